//! What Postgres reads for what is asked often: no more where there is more that nobody asked for.
use serde_json::Value;

use crate::ordering::shop::Shop;
use crate::support::actor::Actor;
use crate::support::postgres::{execute, texts};
use crate::support::redis::until;
use crate::support::world::{World, credit_code};

/// Hospitals of one province.
const MANY: usize = 5_000;
/// Hospitals of another.
const FEW: usize = 3;
/// Entries that get their places one after the other, a second each.
const RINGS: usize = 12;

/// Scans of tables' indexes, and rows that were read of the tables.
async fn read(world: &World, tables: &[&str]) -> (usize, usize) {
    let tables: Vec<String> = tables.iter().map(|table| format!("'{table}'")).collect();
    let sums = "coalesce(sum(i.idx_scan), 0) AS scans, coalesce(sum(i.idx_tup_read), 0) AS rows";
    let query = format!(
        "SELECT scans || ' ' || rows + (SELECT sum(seq_tup_read) FROM pg_stat_user_tables WHERE relname IN ({tables})) AS line \
         FROM (SELECT {sums} FROM pg_stat_user_indexes i WHERE relname IN ({tables})) AS of_indexes",
        tables = tables.join(", ")
    );
    let line = texts(&world.database.owner, &query).await.remove(0);
    let (scans, rows) = line.split_once(' ').unwrap();
    (scans.parse().unwrap(), rows.parse().unwrap())
}

fn hospitals(region: &str, first: usize, count: usize) -> String {
    format!(
        "WITH made AS (INSERT INTO organizations (id, kind, name, credit_code, status, version, created_at) \
             SELECT ('01900000-0000-7000-8000-' || lpad(to_hex(n), 12, '0'))::uuid, 'HOSPITAL', '模拟医院' || n, \
                 ({codes})[n - {first} + 1], 'APPROVED', 1, app_clock() FROM generate_series({first}, {first} + {count} - 1) AS n \
             RETURNING id) \
         INSERT INTO organization_regions (organization, region) SELECT id, '{region}' FROM made",
        codes = format_args!(
            "ARRAY[{}]",
            (0..count).map(|_one| format!("'{}'", credit_code())).collect::<Vec<_>>().join(", ")
        ),
    )
}

/// The rows that Postgres reads for a page of the hospitals of an office's province.
async fn rows_a_page(world: &World, province: &str, expected: usize) -> usize {
    let office = world.manager("PROCUREMENT_OFFICE", province).await;
    let query = "{ organizations(first: 20, filter: { kind: HOSPITAL }) { nodes { id regions { code } } } }";
    let page = async || {
        let found: Value = office.asks(query).await.done();
        assert_eq!(found["nodes"].as_array().unwrap().len(), expected);
    };
    let tables = ["organizations", "organization_regions"];
    let (scans_before, rows_before) = read(world, &tables).await;
    let mut asked = 0;
    // Postgres counts with a delay. Each page is at least one scan for the caller and another for each hospital.
    loop {
        page().await;
        asked += 1;
        let (scans, rows) = read(world, &tables).await;
        if scans - scans_before >= asked * expected && asked >= 10 {
            return (rows - rows_before) / asked;
        }
        assert!(asked < 10_000, "Postgres counted nothing");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_of_many_organizations_reads_as_many_as_it_shows_and_one_of_few_reads_each_once() {
    let world = World::with(|config| config.jobs = 0).await;
    let made = [hospitals("320106", 1, MANY), hospitals("440000", MANY + 1, FEW)].join("; ");
    execute(&world.database.owner, &format!("{made}; ANALYZE organizations, organization_regions")).await;
    let many = rows_a_page(&world, "320000", 20).await;
    assert!(many < 500, "{many} rows for a page of {MANY}");
    let few = rows_a_page(&world, "440000", FEW).await;
    assert!(few < 3 * MANY, "{few} rows for {FEW}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_news_is_read_once_by_whoever_hands_out_the_news() {
    let world = World::with(|config| config.jobs = 0).await;
    let quiet = |count: usize| {
        format!(
            "INSERT INTO audit_entries (id, at, kind, version, subject, canonical) SELECT gen_random_uuid(), app_clock(), 'Quiet', 1, '', '' \
             FROM generate_series(1, {count})"
        )
    };
    let owner = &world.database.owner;
    let has_place = async || {
        let missing = "SELECT ((SELECT count(*) FROM audit_entries) - coalesce((SELECT max(size) FROM audit_checkpoints), 0))::text AS line";
        texts(owner, missing).await == ["0"]
    };
    execute(owner, &quiet(MANY)).await;
    until("places in the log", has_place).await;
    execute(owner, "ANALYZE audit_entries, audit_positions").await;
    let (scans, rows) = read(&world, &["audit_positions"]).await;
    for _ring in 0..RINGS {
        execute(owner, &quiet(1)).await;
        until("a place in the log", has_place).await;
    }
    // Postgres counts with a delay, and may count now what was read before.
    until("counted scans", async || read(&world, &["audit_positions"]).await.0 >= scans + RINGS).await;
    let rows = read(&world, &["audit_positions"]).await.1 - rows;
    assert!(rows < RINGS * MANY / 2, "{rows} rows for {RINGS} rings");
}

/// Rows of the months that Postgres reads for a page of a province's last month.
async fn rows_a_page_of_months(shop: &Shop, regulator: &Actor) -> usize {
    let page = "{ orderMonths(first: 20, filter: { month: \"2026-12-01\" }) { nodes { hospitalName counts { ordered } progress { bought } } } }";
    let table = ["order_months"];
    let (scans_before, rows_before) = read(&shop.world, &table).await;
    let mut asked = 0;
    loop {
        let found: Value = regulator.asks(page).await.done();
        assert_eq!(found["nodes"].as_array().unwrap().len(), 20);
        asked += 1;
        // Postgres counts with a delay. Each page is a scan, and one more for what each of its institutions bought before.
        let (scans, rows) = read(&shop.world, &table).await;
        if scans - scans_before >= asked * 21 && asked >= 10 {
            return (rows - rows_before) / asked;
        }
        assert!(asked < 10_000, "Postgres counted nothing");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_of_fulfilment_reads_what_it_shows_however_much_was_ordered() {
    let shop = Shop::opens("310000", "310000").await;
    let regulator = shop.world.manager("REGULATOR", "310000").await;
    let months = |first: usize, count: usize| {
        format!(
            "{}; INSERT INTO order_months (hospital, basis, month, kind, region, province, ordered, confirmed, cancelled, shipped, arrived, accepted, \
                 rejected, returned, deliveries, on_time, amount_fen) \
             SELECT h.id, c.id, make_date(2026, m, 1), 'SELECTED', '310000', '310000', 10, 10, 0, 10, 10, 10, 0, 0, 1, 1, 100 \
             FROM organizations h, contracts c, generate_series(1, 12) m WHERE h.id::text LIKE '01900000-0000-7000-8000-%' \
             ON CONFLICT DO NOTHING; ANALYZE order_months, organizations",
            hospitals("310000", first, count)
        )
    };
    execute(&shop.world.database.owner, &months(1, MANY / 20)).await;
    let few = rows_a_page_of_months(&shop, &regulator).await;
    execute(&shop.world.database.owner, &months(MANY / 20 + 1, MANY)).await;
    let many = rows_a_page_of_months(&shop, &regulator).await;
    // Twelve months of each institution, and the page; where there is little, all of the month may be read.
    assert!(many < 20 * 20, "{many} rows a page of {MANY} institutions");
    assert!(few < MANY / 20 * 2 + 20 * 20, "{few} rows a page of a twentieth of them");
}
