//! Contracts of as many institutions as the country has, divided by a worker from the demand that `demand` brought in and locked, against
//! `COPY` of the same sub-contracts into the same table of the same cluster.
use std::process::Command;
use std::time::Instant;

use jicai_store::setup::OWNER;

use crate::api::{Api, Worker};
use crate::cluster::{Bench, NAME, until};
use crate::demand::{LOTS, ROUND};

const RESULT: &str = "01900000-0000-7000-9003-000000000000";
const ROWS: &str = "sub_contracts (id, contract, institution, volume)";

/// A selected product a lot, whose whole volume one firm supplies to the province.
pub(crate) async fn compare(bench: &Bench, office: &Api) {
    bench.execute(OWNER, &result()).await;
    let worker = Worker::start(bench);
    let begun = Instant::now();
    let result = RESULT.replace('-', "");
    let generate = format!(
        "mutation {{ generateContracts(input: {{ result: \"off_{result}\", idempotencyKey: \"bench-contracts-01\" }}) }}"
    );
    office.asks(&generate).await;
    until(async || divided(office).await).await;
    let took = begun.elapsed().as_secs_f64();
    let (held, _logs) = worker.stop();
    let (rows, copied) = copied(bench);
    println!(
        "{rows} sub-contracts: {took:.1} s, the worker holds {held:.0} MB at most; COPY into the same table {copied:.1} s: ratio {:.2}",
        copied / took
    );
}

async fn divided(office: &Api) -> bool {
    let found = office.asks("{ contracts(first: 100) { nodes { institutions } } }").await;
    let contracts = found["contracts"]["nodes"].as_array().unwrap().clone();
    contracts.len() == LOTS && contracts.iter().all(|contract| !contract["institutions"].is_null())
}

fn result() -> String {
    format!(
        "INSERT INTO official_results (id, office, name, round, edition, disclosure, starts_on, announced_by, announced_at, canonical, sha256) \
             SELECT '{RESULT}', office, name, id, 1, 'EVERYTHING', '2026-01-01', drafted_by, app_clock(), '', decode(repeat('00', 32), 'hex') \
             FROM rounds WHERE id = '{ROUND}'; \
         INSERT INTO qualifications (id, round, applicant, status, version, created_at, status_since, submitted_at) \
             SELECT '01900000-0000-7000-9004-000000000000', '{ROUND}', office, 'APPROVED', 1, app_clock(), app_clock(), app_clock() \
             FROM rounds WHERE id = '{ROUND}'; \
         INSERT INTO round_products (id, qualification, spec, position, name, approval_number, evidence, capacity, fact_names, fact_values, \
                 status, created_at) \
             SELECT ('01900000-0000-7000-9005-' || lpad(to_hex(l.number), 12, '0'))::uuid, '01900000-0000-7000-9004-000000000000', s.id, \
                 l.number, l.name, '国药准字H20160001', 'NOT_REQUIRED', 1, '{{}}', '{{}}', 'APPROVED', app_clock() \
             FROM round_specs s JOIN round_lots l ON l.id = s.lot WHERE l.round = '{ROUND}'; \
         INSERT INTO selected_products (id, result, place, lot_number, lot_name, name, spec, unit, holder_name, holder, round_product, until) \
             SELECT ('01900000-0000-7000-9006-' || lpad(to_hex(l.number), 12, '0'))::uuid, '{RESULT}', l.number, l.number, l.name, l.name, \
                 '10mg', '片', '模拟企业', r.office, ('01900000-0000-7000-9005-' || lpad(to_hex(l.number), 12, '0'))::uuid, '2026-12-31' \
             FROM round_lots l JOIN rounds r ON r.id = l.round WHERE r.id = '{ROUND}'; \
         INSERT INTO selected_supplies (product, region, role, volume) \
             SELECT p.id, '320000', 'MAIN', sum(d.volume) * 7 / 10 FROM selected_products p JOIN round_products q ON q.id = p.round_product \
                 JOIN demand_lines d ON d.spec = q.spec WHERE p.result = '{RESULT}' GROUP BY p.id"
    )
}

/// How many sub-contracts there are, and the seconds in which Postgres copies them into the table once more.
fn copied(bench: &Bench) -> (String, f64) {
    let file = bench.home.path().join("contracts.copy");
    let psql = |command: &str| {
        let mut psql = Command::new(bench.cluster.programs().join("psql"));
        psql.arg(bench.cluster.url(OWNER, NAME)).args(["-q", "-At", "-v", "ON_ERROR_STOP=1", "-c", command]);
        let said = psql.output().unwrap();
        assert!(said.status.success(), "{command}");
        String::from_utf8(said.stdout).unwrap().trim().to_owned()
    };
    let rows = psql("SELECT count(*) FROM sub_contracts");
    psql(&format!("\\copy {ROWS} TO '{}'", file.display()));
    psql("TRUNCATE sub_contracts CASCADE");
    let begun = Instant::now();
    psql(&format!("\\copy {ROWS} FROM '{}'", file.display()));
    (rows, begun.elapsed().as_secs_f64())
}
