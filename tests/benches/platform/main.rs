//! What the service adds to Postgres: a mutation and a nested list against pgbench running their statements on the same cluster
//! in the same run; how long a start takes and what an idle service holds; a table of demand, and the division
//! of contracts by it, against `COPY`; a national release, and searches in it; an order against pgbench, a large one, and pages of what a
//! province ordered while their table grows; sealing, opening and showing the bids of a market; how soon all who look at a live board hear
//! of a choice; a month of settlement from matching to the payment file, and the ledger. One part alone: `-- api`, `-- demand`, `-- contracts`,
//! `-- catalog`, `-- orders`, `-- bids`, `-- board`, `-- settlement`.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::print_stdout,
    reason = "a benchmark stops at the first surprise and prints its figures"
)]
mod api;
mod bids;
mod board;
mod catalog;
mod cluster;
mod contracts;
mod demand;
mod orders;
mod settlement;

use api::{Api, Serving, per_second};
use cluster::Bench;
use serde_json::json;

/// Clients at once, on both sides.
const CLIENTS: usize = 16;
/// Seconds of each run.
const SECONDS: u64 = 5;
/// Runs of each; the medians are printed.
const RUNS: usize = 3;

/// What may run alone, after `--`.
const PARTS: [&str; 8] = ["api", "demand", "contracts", "catalog", "orders", "bids", "board", "settlement"];

const LIST: &str = "{ organizations(first: 20, filter: { kind: HOSPITAL }) { nodes { id name creditCode regions { code name } } } }";
const LIST_FLOOR: &str = "SELECT json_agg(one) FROM (SELECT o.id, o.name, o.credit_code, \
     (SELECT json_agg(json_build_object('code', r.code, 'name', r.name)) FROM organization_regions p \
         JOIN regions r ON r.code = p.region WHERE p.organization = o.id) AS regions \
     FROM organizations o WHERE o.kind = 'HOSPITAL' AND o.id IN (SELECT organization FROM organization_regions \
         WHERE within && ARRAY['320000'] OR region = ANY (ARRAY['000000'])) ORDER BY o.id DESC LIMIT 20) one;\n";
const INSERT_FLOOR: &str = "INSERT INTO bench_rows (text) VALUES ('one row');\n";

fn main() {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let named = |part: &str| std::env::args().any(|argument| argument == part);
        let every = !PARTS.iter().any(|part| named(part));
        let asked = |part: &str| every || named(part);
        if asked("api") {
            start_up();
        }
        let bench = Bench::prepare().await;
        let serving = Serving::start(&bench);
        bench.seed().await;
        if asked("api") {
            let office = serving.login("PROCUREMENT_OFFICE").await;
            compare_mutation(&bench, &office).await;
            compare_list(&bench, &office).await;
        }
        if asked("demand") || asked("contracts") {
            demand::compare(&bench, &serving.login("REVIEWER").await).await;
        }
        // Divided by the demand that was brought in.
        if asked("contracts") {
            contracts::compare(&bench, &serving.login("PROCUREMENT_OFFICE").await).await;
        }
        if asked("catalog") {
            catalog::compare(&bench, &serving.login("PROCUREMENT_OFFICE").await).await;
        }
        if asked("orders") {
            orders::compare(&bench, &serving).await;
        }
        if asked("bids") {
            bids::compare(&bench, &serving).await;
        }
        if asked("board") {
            board::fan_out(&bench, &serving).await;
        }
        if asked("settlement") {
            settlement::compare(&bench, &serving).await;
        }
        serving.stop();
    });
}

/// The second start of a private cluster, and the memory of the service's own process when it has nothing to do.
fn start_up() {
    let home = tempfile::tempdir().unwrap();
    cluster::open_to_all(home.path());
    Serving::private(home.path()).0.stop();
    let mut starts: Vec<(f64, f64)> = (0..RUNS)
        .map(|_| {
            let (serving, seconds) = Serving::private(home.path());
            let megabytes = serving.resident_megabytes();
            serving.stop();
            (seconds, megabytes)
        })
        .collect();
    starts.sort_by(|a, b| a.0.total_cmp(&b.0));
    let (seconds, megabytes) = starts[RUNS / 2];
    println!("start with data there: {seconds:.2} s; idle: {megabytes:.0} MB resident");
}

async fn compare_mutation(bench: &Bench, office: &Api) {
    let (offices, webhooks) = (vec![office.clone(); CLIENTS], office.creates_webhooks().await);
    let script = office.filled(include_str!("mutation.sql"), &webhooks).await;
    let mut figures = Vec::new();
    for _run in 0..RUNS {
        let webhooks = webhooks.clone();
        let own =
            per_second(&offices, move |client, number| Api::webhook_test(&webhooks[client], number)).await;
        figures.push((own, bench.pgbench(&script), bench.pgbench(INSERT_FLOOR)));
    }
    let (own, same, bare) = medians(figures);
    println!(
        "mutation (permission, key, change, audit, job): {own:.0}/s; the same statements by pgbench {same:.0}/s: ratio {:.2}; one-row \
         insert {bare:.0}/s: ratio {:.2}",
        own / same,
        own / bare
    );
}

async fn compare_list(bench: &Bench, office: &Api) {
    let (offices, body) = (vec![office.clone(); CLIENTS], json!({ "query": LIST }).to_string());
    let mut figures = Vec::new();
    for _run in 0..RUNS {
        let body = body.clone();
        let own = per_second(&offices, move |_client, _number| body.clone()).await;
        let floor = bench.pgbench(LIST_FLOOR);
        figures.push((own, floor, floor));
    }
    let (own, floor, _) = medians(figures);
    println!(
        "list of 20 with their regions: {own:.0}/s; one statement by pgbench {floor:.0}/s: ratio {:.2}",
        own / floor
    );
}

fn medians(figures: Vec<(f64, f64, f64)>) -> (f64, f64, f64) {
    let median = |of: &dyn Fn(&(f64, f64, f64)) -> f64| {
        let mut all: Vec<f64> = figures.iter().map(of).collect();
        all.sort_by(f64::total_cmp);
        all[RUNS / 2]
    };
    (median(&|one| one.0), median(&|one| one.1), median(&|one| one.2))
}
