//! Demand of as many institutions as the country has, brought in as a table by a worker, against `COPY` of the same rows into the same
//! table of the same cluster.
use std::fmt::Write as _;
use std::process::Command;
use std::time::Instant;

use jicai_domain::ids::{Id, RoundId};
use jicai_store::Store;
use jicai_store::procurement::demand::locked;
use jicai_store::setup::OWNER;
use serde_json::Value;

use crate::api::{Api, Worker};
use crate::cluster::{Bench, HOSPITALS, NAME, credit_code, until};

pub(crate) const LOTS: usize = 100;
pub(crate) const ROUND: &str = "01900000-0000-7000-9000-000000000000";
const LINES: &str = "demand_lines (form, spec, product, volume, past_use, reason, import)";

/// A table of so many rows, or of `BENCH_DEMAND_ROWS`.
pub(crate) async fn compare(bench: &Bench, reviewer: &Api) {
    let set = std::env::var("BENCH_DEMAND_ROWS").ok().and_then(|rows| rows.parse().ok());
    let rows: usize = set.unwrap_or(HOSPITALS * LOTS).min(HOSPITALS * LOTS);
    bench.execute(OWNER, &round()).await;
    let table = table(rows);
    let worker = Worker::start(bench);
    let begun = Instant::now();
    let import =
        reviewer.brings(&format!("demand?name=demand&round=rnd_{}", ROUND.replace('-', "")), &table).await;
    let sent = begun.elapsed().as_secs_f64();
    assert_eq!(done(reviewer, &import).await, rows.to_string());
    let took = begun.elapsed().as_secs_f64();
    let (held, _logs) = worker.stop();
    let copied = copied(bench);
    let summed = summed(bench).await;
    let count = f64::from(u32::try_from(rows).unwrap());
    println!(
        "demand of {rows} rows: {took:.1} s, {sent:.1} s of them sending {} MB, {:.0} rows/s, the worker holds {held:.0} MB at most; \
         COPY into the same table {copied:.1} s: ratio {:.2}; the totals of all of it locked {summed:.2} s",
        table.len() >> 20,
        count / took,
        copied / took
    );
}

/// A round in which a province reports demand now, with a spec for each of its lots.
fn round() -> String {
    format!(
        "INSERT INTO rounds (id, office, status, edition, drafted_by, announced_by, name, product_kind, rules, disclosure, past_use_share, \
             threshold, demand_from, demand_until, qualification_until, bids_from, bids_until, opening_from, version, created_at) \
         SELECT '{ROUND}', o.id, 'DEMAND', 1, u.id, u.id, '模拟采购', 'DRUG', '', 'EVERYTHING', 0.8, 2, \
             app_clock() - interval '1 day', app_clock() + interval '1 day', app_clock() + interval '2 days', app_clock() + interval '2 days', \
             app_clock() + interval '3 days', app_clock() + interval '4 days', 1, app_clock() \
             FROM organizations o JOIN users u ON u.organization = o.id WHERE o.kind = 'PROCUREMENT_OFFICE' AND u.manager LIMIT 1; \
         INSERT INTO round_regions (round, region) VALUES ('{ROUND}', '320000'); \
         INSERT INTO round_lots (id, round, number, name, form, unit) \
             SELECT ('01900000-0000-7000-9001-' || lpad(to_hex(n), 12, '0'))::uuid, '{ROUND}', n, '品种' || n, 'ORAL', '片' \
             FROM generate_series(1, {LOTS}) AS n; \
         INSERT INTO round_specs (id, lot, code, name, ceiling, representative) \
             SELECT ('01900000-0000-7000-9002-' || lpad(to_hex(number), 12, '0'))::uuid, id, '10', '10mg', 1, true FROM round_lots"
    )
}

/// Every institution reports every lot, until there are so many rows.
fn table(rows: usize) -> String {
    let mut table = String::from("credit code,lot,spec,product,volume,past use,reason\n");
    for hospital in 0..rows.div_ceil(LOTS) {
        let code = credit_code(hospital);
        for lot in 1..=LOTS.min(rows - hospital * LOTS) {
            writeln!(table, "{code},{lot},10,,{},1100,", 1_000 + hospital % 500).unwrap();
        }
    }
    table
}

/// The rows that the import took, once it has read them all.
async fn done(reviewer: &Api, import: &str) -> String {
    let query = format!("{{ import(id: {import:?}) {{ status rowsAccepted fault {{ code }} }} }}");
    let state = async || reviewer.asks(&query).await["import"].clone();
    let read = async || {
        let state: Value = state().await;
        assert_ne!(state["status"], "FAILED", "{state}");
        state["status"] == "DONE"
    };
    until(read).await;
    state().await["rowsAccepted"].as_str().unwrap().to_owned()
}

/// Seconds in which Postgres copies the rows that are there into the table once more.
fn copied(bench: &Bench) -> f64 {
    let file = bench.home.path().join("demand.copy");
    let psql = |command: &str| {
        let mut psql = Command::new(bench.cluster.programs().join("psql"));
        psql.arg(bench.cluster.url(OWNER, NAME)).args(["-q", "-v", "ON_ERROR_STOP=1", "-c", command]);
        assert!(psql.status().unwrap().success(), "{command}");
    };
    psql(&format!("\\copy {LINES} TO '{}'", file.display()));
    psql("TRUNCATE demand_lines");
    let begun = Instant::now();
    psql(&format!("\\copy {LINES} FROM '{}'", file.display()));
    begun.elapsed().as_secs_f64()
}

/// Seconds in which the opening reads what all of that comes to once it is locked.
async fn summed(bench: &Bench) -> f64 {
    bench
        .execute(OWNER, "UPDATE demand_forms SET status = 'LOCKED'; ANALYZE demand_forms, demand_lines")
        .await;
    let store = Store::new(&bench.url(), 1);
    let mut tx = store.read().await.unwrap();
    let begun = Instant::now();
    let found =
        locked(&mut tx, RoundId::parse(&format!("rnd_{}", ROUND.replace('-', ""))).unwrap()).await.unwrap();
    assert_eq!(found.len(), LOTS);
    begun.elapsed().as_secs_f64()
}
