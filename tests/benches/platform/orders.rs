//! Orders of a province with as many institutions as the country has: one of ten lines against pgbench running its statements, one of 2,000 lines, and pages of
//! what its institutions ordered and got while the table behind them grows tenfold. The pages are read from the sums of months, which a change of a line adds to;
//! here each row is one line's: `BENCH_ORDER_LINES` says how many, up to 46,000 institutions, 100 products and 12 months.
use std::fmt::Write as _;
use std::time::Instant;

use jicai_store::setup::OWNER;
use serde_json::{Value, json};

use crate::api::{Api, Serving, bare, per_second};
use crate::bids::{id, round_of};
use crate::board::percentiles;
use crate::cluster::{Bench, HOSPITALS, credit_code};
use crate::{CLIENTS, RUNS, medians};

const PRODUCTS: usize = 100;
const MONTHS: usize = 12;
/// Rows of months where nothing else is said.
const ROWS: usize = 1_000_000;
/// Pages of each measurement, and rows of a page.
const PAGES: usize = 200;
const PAGE: usize = 50;
/// Lines of the small and of the large order, and how many large ones are placed.
const LINES: usize = 10;
const MANY_LINES: usize = 2_000;
const LARGE: usize = 60;
const ROUND: &str = "01900000-0000-7000-b000-000000000000";
const RESULT: &str = "01900000-0000-7000-b200-000000000000";
const PASSWORD: &str = "Jicai-showcase-2026";
const PLACE: &str = "mutation ($input: PlaceOrderInput!) { placeOrder(input: $input) { id } }";

pub(crate) async fn compare(bench: &Bench, serving: &Serving) {
    bench.execute(OWNER, &round_of(ROUND, "BIDDING")).await;
    bench.execute(OWNER, &contracts()).await;
    bench.execute(OWNER, &people()).await;
    compare_pages(bench, serving).await;
    let mut hospitals = Vec::new();
    for hospital in 0..CLIENTS {
        hospitals.push(serving.opens(&format!("bench@{}", credit_code(hospital)), PASSWORD).await);
    }
    compare_small(bench, &hospitals).await;
    place_large(&hospitals[0]).await;
}

fn contract(number: usize) -> String {
    format!("01900000-0000-7000-b203-{number:012x}")
}

/// A product of each contract with a pack of ten; the first institutions have a part of each.
fn contracts() -> String {
    let numbered = |kind: &str, number: &str| {
        format!("('01900000-0000-7000-{kind}-' || lpad(to_hex({number}), 12, '0'))::uuid")
    };
    let (product, contract) = (numbered("b201", "n"), numbered("b203", "n"));
    format!(
        "INSERT INTO official_results (id, office, name, round, edition, disclosure, starts_on, announced_by, announced_at, canonical, sha256) \
             SELECT '{RESULT}', office, name, id, 1, 'EVERYTHING', '2026-01-01', drafted_by, app_clock(), '', decode(repeat('00', 32), 'hex') \
             FROM rounds WHERE id = '{ROUND}'; \
         INSERT INTO selected_products (id, result, place, lot_number, lot_name, name, spec, unit, holder_name, holder, price, price_basis, until) \
             SELECT {product}, '{RESULT}', n, n, '品种' || n, '产品' || n, '10mg', '片', '模拟企业', o.id, 0.42, 'PUBLISHED', '2099-12-31' \
             FROM generate_series(1, {PRODUCTS}) n, (SELECT id FROM organizations WHERE kind = 'MANUFACTURER' LIMIT 1) o; \
         INSERT INTO contracts (id, result, product, region, year, starts_on, until, holder, volume, brand_volume, status, institutions, seals_missing, \
                 parts_sha256, version, created_at, status_since) \
             SELECT {contract}, '{RESULT}', {product}, '320000', 1, '2026-01-01', '2099-12-31', p.holder, 1000000000, 0, 'IN_FORCE', {HOSPITALS}, 0, \
                 decode(repeat('00', 32), 'hex'), 1, app_clock(), app_clock() \
             FROM generate_series(1, {PRODUCTS}) n JOIN selected_products p ON p.id = {product}; \
         INSERT INTO product_packs (product, units, declared_by, declared_at) \
             SELECT p.id, 10, r.drafted_by, app_clock() FROM selected_products p, rounds r WHERE p.result = '{RESULT}' AND r.id = '{ROUND}'; \
         INSERT INTO sub_contracts (id, contract, institution, volume) \
             SELECT gen_random_uuid(), c.id, {hospital}, 10000 FROM contracts c, generate_series(1, {CLIENTS}) n WHERE c.result = '{RESULT}'",
        hospital = numbered("8000", "n"),
    )
}

/// Somebody in each of the first institutions who logs in.
fn people() -> String {
    let codes: Vec<String> = (0..CLIENTS).map(|hospital| format!("'{}'", credit_code(hospital))).collect();
    format!(
        "INSERT INTO users (id, organization, login, name, role, manager, status, password_hash, version, created_at) \
         SELECT gen_random_uuid(), o.id, 'bench@' || o.credit_code, '模拟用户', 'HOSPITAL', true, 'ACTIVE', \
             (SELECT password_hash FROM users WHERE role = 'HOSPITAL' AND status = 'ACTIVE' LIMIT 1), 1, app_clock() \
         FROM organizations o WHERE o.credit_code = ANY (ARRAY[{}])",
        codes.join(", ")
    )
}

/// Months of the institutions, those from one number to before another: all institutions in a month, then the next month, then the next product.
fn months((from, to): (usize, usize)) -> String {
    format!(
        "INSERT INTO order_months (hospital, basis, month, kind, region, province, ordered, confirmed, cancelled, shipped, arrived, accepted, \
             rejected, returned, deliveries, on_time, amount_fen) \
         SELECT ('01900000-0000-7000-8000-' || lpad(to_hex(n % {HOSPITALS} + 1), 12, '0'))::uuid, \
             ('01900000-0000-7000-b203-' || lpad(to_hex(n / {HOSPITALS} / {MONTHS} + 1), 12, '0'))::uuid, \
             make_date(2025, (n / {HOSPITALS} % {MONTHS} + 1)::integer, 1), 'SELECTED', '320106', '320000', 100, 100, 0, 100, 100, 100, 0, 0, 1, 1, 420 \
         FROM generate_series({from}::bigint, {to}::bigint - 1) n"
    )
}

async fn compare_pages(bench: &Bench, serving: &Serving) {
    let set = std::env::var("BENCH_ORDER_LINES").ok().and_then(|rows| rows.parse().ok());
    let rows: usize = set.unwrap_or(ROWS).min(HOSPITALS * PRODUCTS * MONTHS);
    let regulator = serving.login("REGULATOR").await;
    let mut told = Vec::new();
    for (from, to) in [(0, rows / 10), (rows / 10, rows)] {
        bench.execute(OWNER, &months((from, to))).await;
        bench.execute(OWNER, "VACUUM ANALYZE order_months").await;
        told.push((to, pages(&regulator).await));
    }
    for (rows, [p50, p99, last]) in &told {
        println!(
            "a page of {PAGE} of what a province ordered, of {rows} lines: p50 {p50:.1} ms, p99 {p99:.1} ms, the slowest {last:.1} ms"
        );
    }
    println!(
        "ten times as many lines: p50 times {:.2}, p99 times {:.2}",
        told[1].1[0] / told[0].1[0],
        told[1].1[1] / told[0].1[1]
    );
}

/// One page after the other, as somebody reads on, and again from the beginning.
async fn pages(regulator: &Api) -> [f64; 3] {
    let (mut times, mut after) = (Vec::with_capacity(PAGES), Value::Null);
    while times.len() < PAGES {
        let query = format!(
            "{{ orderMonths(first: {PAGE}, after: {after}, filter: {{ provinceCode: \"320000\" }}) {{ nodes {{ month hospitalName regionCode productName spec \
                 holderName counts {{ ordered arrived accepted returned deliveryRate onTimeRate amount }} progress {{ agreed bought due reached pace }} }} \
                 pageInfo {{ hasNextPage endCursor }} }} }}"
        );
        let begun = Instant::now();
        let page = regulator.asks(&query).await["orderMonths"].take();
        times.push(begun.elapsed());
        after = if page["pageInfo"]["hasNextPage"] == true {
            page["pageInfo"]["endCursor"].clone()
        } else {
            Value::Null
        };
    }
    percentiles(times)
}

/// An order of so many lines, on one contract after the other.
fn order(lines: usize, key: &str) -> String {
    let line = |line: usize| json!({ "contract": id("con", &contract(line % PRODUCTS + 1)), "packUnits": "10", "packs": "7" });
    let lines: Vec<Value> = (0..lines).map(line).collect();
    json!({ "query": PLACE, "variables": { "input": { "lines": lines, "idempotencyKey": key } } }).to_string()
}

fn key(number: usize) -> String {
    format!("bench-{}-{number}", std::time::UNIX_EPOCH.elapsed().unwrap().as_nanos())
}

async fn compare_small(bench: &Bench, hospitals: &[Api]) {
    let script = script(hospitals).await;
    let mut figures = Vec::new();
    for _run in 0..RUNS {
        let own = per_second(hospitals, |_client, number| order(LINES, &key(number))).await;
        figures.push((own, bench.pgbench(&script), 0.0));
    }
    let (own, same, _) = medians(figures);
    println!(
        "an order of {LINES} lines: {own:.0}/s; the same statements by pgbench {same:.0}/s: ratio {:.2}",
        own / same
    );
}

async fn place_large(hospital: &Api) {
    let mut times = Vec::with_capacity(LARGE);
    for number in 0..LARGE {
        let body = order(MANY_LINES, &key(number));
        let begun = Instant::now();
        hospital.answers(&body).await;
        times.push(begun.elapsed());
    }
    let [p50, p99, last] = percentiles(times);
    println!("an order of {MANY_LINES} lines: p50 {p50:.0} ms, p99 {p99:.0} ms, the slowest {last:.0} ms");
}

/// The statements with the ids of these callers, one a client, and of the contracts.
async fn script(hospitals: &[Api]) -> String {
    let (mut sessions, mut users, mut organizations) = (String::new(), String::new(), String::new());
    for hospital in hospitals {
        let me = hospital.asks("{ me { id organization { id } } }").await["me"].clone();
        let [user, organization] =
            [&me["id"], &me["organization"]["id"]].map(|id| bare(id.as_str().unwrap()));
        for (list, one) in [
            (&mut sessions, hospital.session().as_str()),
            (&mut users, user),
            (&mut organizations, organization),
        ] {
            write!(list, "{}'{one}'", if list.is_empty() { "" } else { ", " }).unwrap();
        }
    }
    let of_client = |list: &str| format!("(ARRAY[{list}]::uuid[])[:client_id + 1]");
    let contracts: Vec<String> = (1..=LINES).map(|number| format!("\"{}\"", contract(number))).collect();
    let products: Vec<String> =
        contracts.iter().map(|contract| contract.replace("-b203-", "-b201-")).collect();
    let sold = hospitals[0].asks("{ orderable(first: 1) { nodes { sellerId } } }").await;
    let holder = sold["orderable"]["nodes"][0]["sellerId"].as_str().unwrap().to_owned();
    include_str!("order.sql")
        .replace("'SESSION'", &of_client(&sessions))
        .replace("'USER'", &of_client(&users))
        .replace("'ORGANIZATION'", &of_client(&organizations))
        .replace("HOLDER", bare(&holder))
        .replace("CONTRACTS", &contracts.join(","))
        .replace("PRODUCTS", &products.join(","))
}
