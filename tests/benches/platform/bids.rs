//! Bids of a whole market: sealing one against pgbench running its statements, opening all of them by a worker, stage by stage, and a page
//! of the result with lots, bids, reasons and firms against one statement that returns the same JSON.
use std::fmt::Write as _;
use std::fs::File;
use std::io::{BufWriter, Write as _};
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

use jicai_domain::procurement::bid::sealed_length;
use jicai_domain::procurement::rules::preset;
use jicai_seal::{
    BidKey, BidLine, BidPlain, Ceremony, CustodianKey, Recipient, SealedShare, hold_ceremony, seal_bid,
};
use jicai_store::setup::OWNER;
use serde_json::{Value, json};

use crate::api::{Api, Serving, Worker, per_second};
use crate::cluster::{Bench, NAME, credit_code, until};
use crate::{CLIENTS, RUNS, medians};

const BIDDERS: usize = 20_000;
const LOTS: usize = 20;
/// Its bids are sealed.
const SEALED: &str = "01900000-0000-7000-a000-000000000000";
/// It takes bids.
const BIDDING: &str = "01900000-0000-7000-a100-000000000000";
/// Credit codes of bidders count from here: those of hospitals are below.
const FIRST_CODE: usize = 100_000;
const PASSWORD: &str = "Jicai-showcase-2026";
const RULES: &str = "cn-r9-2023";

const RESULT: &str = "lots(first: 20) { nodes { number name status qualifiedBidders cap lowest \
     bids(first: 10) { nodes { productName selected unitPrice comparablePrice rank finalPrice agreedVolume firm { id name creditCode } \
         reasons(first: 3) { nodes { code messageZh } } } } } }";

pub(crate) async fn compare(bench: &Bench, serving: &Serving) {
    let market = Market::seed(bench, serving).await;
    market.compare_sealing(bench, serving).await;
    market.open(bench, serving).await;
    market.compare_result(bench, serving).await;
}

/// The key of a round with those who hold it.
struct Held {
    ceremony: Ceremony,
    keys: Vec<CustodianKey>,
    shares: Vec<SealedShare>,
}

impl Held {
    fn of(round: &str) -> Held {
        let keys: Vec<CustodianKey> = (0..2).map(|_custodian| CustodianKey::generate().unwrap()).collect();
        let publics: Vec<_> = keys.iter().map(CustodianKey::public).collect();
        let (ceremony, shares) = hold_ceremony(&id("rnd", round), &publics, 2).unwrap();
        Held { ceremony, keys, shares }
    }
}

struct Market {
    sealed: Held,
    bidding: Held,
    bidders: Vec<BidKey>,
}

impl Market {
    async fn seed(bench: &Bench, serving: &Serving) -> Market {
        let bidders = (0..BIDDERS).map(|_bidder| BidKey::generate().unwrap()).collect();
        let market = Market { sealed: Held::of(SEALED), bidding: Held::of(BIDDING), bidders };
        let mut custodians = Vec::new();
        for custodian in 0..2 {
            let api = serving.login_nth("KEY_CUSTODIAN", custodian).await;
            custodians.push(api.asks("{ me { id } }").await["me"]["id"].as_str().unwrap().to_owned());
        }
        bench.execute(OWNER, &organizations()).await;
        for (round, status, held) in
            [(SEALED, "SEALED", &market.sealed), (BIDDING, "BIDDING", &market.bidding)]
        {
            bench.execute(OWNER, &round_of(round, status)).await;
            bench.execute(OWNER, &key_of(round, held, &custodians)).await;
        }
        market.copy(bench, "bid_keys (id, organization, public_line, created_at)", |bidder, key| {
            format!("{}\t{}\t{}\t2026-01-01", uuid(5, bidder), uuid(4, bidder), key.public())
        });
        bench.execute(OWNER, &qualifications()).await;
        market.copy_bids(bench);
        bench.execute(OWNER, "ANALYZE").await;
        market
    }

    /// Copies a row a bidder.
    fn copy(&self, bench: &Bench, table: &str, row: impl Fn(usize, &BidKey) -> String) {
        let path = bench.home.path().join("rows.copy");
        let mut file = BufWriter::new(File::create(&path).unwrap());
        for (bidder, key) in self.bidders.iter().enumerate() {
            writeln!(file, "{}", row(bidder, key)).unwrap();
        }
        file.flush().unwrap();
        let mut psql = Command::new(bench.cluster.programs().join("psql"));
        psql.arg(bench.cluster.url(OWNER, NAME)).args(["-q", "-v", "ON_ERROR_STOP=1", "-c"]);
        assert!(psql.arg(format!("\\copy {table} FROM '{}'", path.display())).status().unwrap().success());
        std::fs::remove_file(path).unwrap();
    }

    /// A sealed bid of each bidder for one product, no two of a lot at one price.
    fn copy_bids(&self, bench: &Bench) {
        let columns =
            "bids (id, round, bidder, status, version, key, commitment, digest, ciphertext, received_at)";
        self.copy(bench, columns, |bidder, key| {
            let cents = 500 + bidder / LOTS;
            let price = format!("{}.{:02}", cents / 100, cents % 100);
            let envelope = sealed((SEALED, &self.sealed), bidder, key, &price);
            format!(
                "{}\t{SEALED}\t{}\tSEALED\t1\t{}\t{}\t{}\t{}\t2026-01-01",
                uuid(6, bidder),
                uuid(4, bidder),
                uuid(5, bidder),
                bytes(&envelope.commitment),
                bytes(&envelope.digest),
                bytes(&envelope.ciphertext)
            )
        });
    }

    async fn compare_sealing(&self, bench: &Bench, serving: &Serving) {
        let mut bidders = Vec::new();
        for bidder in 0..CLIENTS {
            bidders.push(serving.opens(&login(bidder), PASSWORD).await);
        }
        let envelopes: Vec<String> = (0..CLIENTS)
            .map(|bidder| {
                sealed((BIDDING, &self.bidding), bidder, &self.bidders[bidder], "5.00").to_canonical()
            })
            .collect();
        let mut bids = Vec::new();
        for (bidder, envelope) in bidders.iter().zip(&envelopes) {
            let first = format!(
                "mutation {{ submitBid(input: {{ envelope: {envelope:?}, idempotencyKey: \"bench-first-envelope\" }}) {{ receipt }} }}"
            );
            bidder.asks(&first).await;
            let found = bidder.asks(&format!("{{ bid(round: {:?}) {{ id }} }}", id("rnd", BIDDING))).await;
            bids.push(found["bid"]["id"].as_str().unwrap().to_owned());
        }
        let versions: Arc<Vec<AtomicUsize>> =
            Arc::new((0..CLIENTS).map(|_bidder| AtomicUsize::new(2)).collect());
        let (envelopes, script) = (Arc::new(envelopes), script(&bidders[0], &bids));
        let padded = format!("\\x{}", "5a".repeat(sealed_length(LOTS)));
        let mut figures = Vec::new();
        for _run in 0..RUNS {
            let (envelopes, versions) = (Arc::clone(&envelopes), Arc::clone(&versions));
            let body = move |client: usize, number: usize| {
                let version = versions[client].fetch_add(1, Ordering::Relaxed);
                let envelope =
                    envelopes[client].replace("\"version\":1,", &format!("\"version\":{version},"));
                json!({ "query": "mutation ($envelope: String!, $key: String!) { submitBid(input: { envelope: $envelope, idempotencyKey: $key }) \
                     { receipt } }", "variables": { "envelope": envelope, "key": format!("bench-bid-{version:08}-{client:04}-{number:08}") } })
                .to_string()
            };
            figures.push((
                per_second(&bidders, body).await,
                bench.pgbench_with(&script, &[("envelope", &padded)]),
                0.0,
            ));
        }
        let (own, same, _) = medians(figures);
        println!(
            "sealing a bid of {} bytes: {own:.0}/s; the same statements by pgbench {same:.0}/s: ratio {:.2}",
            sealed_length(LOTS),
            own / same
        );
    }

    /// Two custodians give their shares; a worker opens the round.
    async fn open(&self, bench: &Bench, serving: &Serving) {
        let worker = Worker::start(bench);
        let begun = Instant::now();
        for (position, (key, share)) in self.sealed.keys.iter().zip(&self.sealed.shares).enumerate() {
            let custodian = serving.login_nth("KEY_CUSTODIAN", position).await;
            let asked = format!("{{ openingRecipient(round: {:?}) }}", id("rnd", SEALED));
            let recipient = custodian.asks(&asked).await["openingRecipient"].as_str().unwrap().to_owned();
            let share = key.open_share(&self.sealed.ceremony, &share.ciphertext).unwrap();
            let brought = share.for_opening(&Recipient::parse(&recipient).unwrap()).unwrap().to_canonical();
            let given = format!(
                "mutation {{ submitShare(input: {{ round: {:?}, share: {brought:?} }}) {{ given }} }}",
                id("rnd", SEALED)
            );
            custodian.asks(&given).await;
        }
        let office = serving.login("PROCUREMENT_OFFICE").await;
        let asked = format!("{{ round(id: {:?}) {{ status }} }}", id("rnd", SEALED));
        until(async || office.asks(&asked).await["round"]["status"] == "PROVISIONAL").await;
        let took = begun.elapsed().as_secs_f64();
        let (held, told) = worker.stop();
        let stages = told.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
        let stages =
            stages.map(|line| line["fields"].clone()).find(|fields| fields["message"] == "a round is opened");
        let stages = stages.unwrap_or_else(|| panic!("{told}"));
        println!(
            "opening {BIDDERS} bids in {LOTS} lots: {took:.1} s from the shares to the result; decrypting {} ms, reading the rest {} ms, \
             deciding {} ms, writing {} ms; the worker holds {held:.0} MB at most",
            stages["decrypt_ms"], stages["read_ms"], stages["decide_ms"], stages["write_ms"]
        );
    }

    async fn compare_result(&self, bench: &Bench, serving: &Serving) {
        let office = serving.login("PROCUREMENT_OFFICE").await;
        let query = format!("{{ roundResult(round: {:?}) {{ {RESULT} }} }}", id("rnd", SEALED));
        let first = office.asks(&query).await;
        assert_eq!(first["roundResult"]["lots"]["nodes"].as_array().unwrap().len(), LOTS);
        let offices = vec![office; CLIENTS];
        let mut figures = Vec::new();
        for _run in 0..RUNS {
            let body = json!({ "query": query }).to_string();
            let own = per_second(&offices, move |_client, _number| body.clone()).await;
            // A request whose text is new finds nothing that is kept.
            let query = query.clone();
            let new = move |_client, number| json!({ "query": format!("{query} #{number}") }).to_string();
            figures.push((own, bench.pgbench(&result_floor()), per_second(&offices, new).await));
        }
        let (own, floor, new) = medians(figures);
        println!(
            "result of 20 lots with ten bids each, their firms and reasons: {own:.0}/s; one statement by pgbench {floor:.0}/s: ratio {:.2}; \
             requests of which each is new {new:.0}/s: ratio {:.2}",
            own / floor,
            new / floor
        );
    }
}

fn sealed((round, held): (&str, &Held), bidder: usize, key: &BidKey, price: &str) -> jicai_seal::Envelope {
    let line = BidLine { product: id("prd", &uuid(8, bidder)), price: price.parse().unwrap(), units: 10 };
    let bid = BidPlain::new(&id("rnd", round), &id("org", &uuid(4, bidder)), (1, 1), vec![line]).unwrap();
    seal_bid(&bid, key, held.ceremony.recipient(), sealed_length(LOTS)).unwrap()
}

/// An id of this benchmark.
fn uuid(kind: usize, number: usize) -> String {
    format!("01900000-0000-7000-a00{kind}-{number:012x}")
}

/// The id on the wire.
pub(crate) fn id(prefix: &str, uuid: &str) -> String {
    format!("{prefix}_{}", uuid.replace('-', ""))
}

/// Bytes as `COPY` reads them.
fn bytes(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(2 * bytes.len() + 3);
    text.push_str("\\\\x");
    for byte in bytes {
        write!(text, "{byte:02x}").unwrap();
    }
    text
}

fn login(bidder: usize) -> String {
    format!("bench@{}", credit_code(FIRST_CODE + bidder))
}

/// The bidders; the first ones have somebody who logs in.
fn organizations() -> String {
    let codes: Vec<String> =
        (0..BIDDERS).map(|bidder| format!("'{}'", credit_code(FIRST_CODE + bidder))).collect();
    format!(
        "INSERT INTO organizations (id, kind, name, credit_code, status, version, created_at) \
             SELECT ('01900000-0000-7000-a004-' || lpad(to_hex(n - 1), 12, '0'))::uuid, 'MANUFACTURER', '模拟药厂' || n, code, 'APPROVED', 1, app_clock() \
             FROM unnest(ARRAY[{}]) WITH ORDINALITY AS made (code, n); \
         INSERT INTO organization_regions (organization, region) SELECT id, '320000' FROM organizations WHERE id::text LIKE '01900000-0000-7000-a004-%'; \
         INSERT INTO users (id, organization, login, name, role, manager, status, password_hash, version, created_at) \
             SELECT ('01900000-0000-7000-a009-' || right(o.id::text, 12))::uuid, o.id, 'bench@' || o.credit_code, '模拟用户', 'MANUFACTURER', true, \
                 'ACTIVE', (SELECT password_hash FROM users WHERE role = 'MANUFACTURER' AND status = 'ACTIVE' LIMIT 1), 1, app_clock() \
             FROM organizations o WHERE o.id::text LIKE '01900000-0000-7000-a004-%' ORDER BY o.id LIMIT {CLIENTS}",
        codes.join(", ")
    )
}

/// A round with one spec for each of its lots, and demand of one hospital that is locked.
pub(crate) fn round_of(round: &str, status: &str) -> String {
    let rules = preset(RULES).unwrap().text.replace('\'', "''");
    let deadline = if status == "BIDDING" {
        "app_clock() + interval '1 day'"
    } else {
        "app_clock() - interval '1 hour'"
    };
    let mut statements = format!(
        "INSERT INTO rounds (id, office, status, edition, drafted_by, announced_by, name, product_kind, rules, disclosure, past_use_share, \
             threshold, demand_from, demand_until, qualification_until, bids_from, bids_until, opening_from, version, created_at) \
         SELECT '{round}', o.id, '{status}', 1, u.id, u.id, '模拟采购', 'DRUG', '{rules}', 'EVERYTHING', 0.8, 2, \
             app_clock() - interval '9 days', app_clock() - interval '8 days', app_clock() - interval '7 days', app_clock() - interval '6 days', \
             {deadline}, {deadline}, 1, app_clock() \
             FROM organizations o JOIN users u ON u.organization = o.id WHERE o.kind = 'PROCUREMENT_OFFICE' AND u.manager LIMIT 1; \
         INSERT INTO round_regions (round, region) VALUES ('{round}', '320000'); "
    );
    let own = &round[24..];
    for lot in 1..=LOTS {
        let (lot_id, spec_id) =
            (format!("{}{lot:02}-{own}", &round[..21]), format!("{}{}-{own}", &round[..21], lot + 40));
        write!(
            statements,
            "INSERT INTO round_lots (id, round, number, name, form, unit) VALUES ('{lot_id}', '{round}', {lot}, '品种{lot}', 'ORAL', '片'); \
             INSERT INTO round_specs (id, lot, code, name, content, ceiling, representative) VALUES ('{spec_id}', '{lot_id}', '10', '10mg', 10, 100, true); "
        )
        .unwrap();
    }
    statements
}

/// The published key, held by two custodians of the demonstration.
fn key_of(round: &str, held: &Held, custodians: &[String]) -> String {
    let mut statements = format!(
        "INSERT INTO round_keys (round, ceremony, signatures, sealed_length, published_by, published_at) \
             SELECT '{round}', '{}', '{{}}', {}, announced_by, app_clock() FROM rounds WHERE id = '{round}'; ",
        held.ceremony.to_canonical(),
        sealed_length(LOTS)
    );
    for (position, (key, custodian)) in held.keys.iter().zip(custodians).enumerate() {
        let (place, custodian) = (position + 1, custodian.split_once('_').unwrap().1);
        let key_id = format!("{}f{place}-{}", &round[..21], &round[24..]);
        write!(
            statements,
            "INSERT INTO custodian_keys (id, custodian, public_line, created_at, retired_at) \
                 VALUES ('{key_id}', '{custodian}', '{}', app_clock(), app_clock()); \
             INSERT INTO round_custodians (round, custodian, position) VALUES ('{round}', '{custodian}', {place}); \
             INSERT INTO round_key_holders (round, position, custodian, key) VALUES ('{round}', {place}, '{custodian}', '{key_id}'); ",
            key.public()
        )
        .unwrap();
    }
    statements
}

/// Every bidder qualifies with one product; each lot has its part of them.
fn qualifications() -> String {
    let own = &SEALED[24..];
    format!(
        "INSERT INTO qualifications (id, round, applicant, status, version, created_at, status_since, submitted_at) \
             SELECT ('01900000-0000-7000-a007-' || lpad(to_hex(n), 12, '0'))::uuid, '{SEALED}', \
                 ('01900000-0000-7000-a004-' || lpad(to_hex(n), 12, '0'))::uuid, 'APPROVED', 2, app_clock(), app_clock(), app_clock() \
             FROM generate_series(0, {last}) AS n; \
         INSERT INTO round_products (id, qualification, spec, position, name, approval_number, evidence, capacity, fact_names, fact_values, status, \
                 created_at) \
             SELECT ('01900000-0000-7000-a008-' || lpad(to_hex(n), 12, '0'))::uuid, ('01900000-0000-7000-a007-' || lpad(to_hex(n), 12, '0'))::uuid, \
                 ('{}' || (n % {LOTS} + 41)::text || '-{own}')::uuid, 1, '产品' || n, '国药准字H20160001', 'NOT_REQUIRED', 1, '{{}}', '{{}}', 'APPROVED', \
                 app_clock() \
             FROM generate_series(0, {last}) AS n; \
         INSERT INTO demand_forms (id, round, institution, region, status, version, created_at, status_since) \
             SELECT '01900000-0000-7000-a010-000000000000', '{SEALED}', id, '320106', 'LOCKED', 1, app_clock(), app_clock() \
             FROM organizations WHERE kind = 'HOSPITAL' LIMIT 1; \
         INSERT INTO demand_lines (form, spec, volume, past_use) SELECT '01900000-0000-7000-a010-000000000000', s.id, 1000000, 0 \
             FROM round_specs s JOIN round_lots l ON l.id = s.lot WHERE l.round = '{SEALED}'",
        &SEALED[..21],
        last = BIDDERS - 1,
    )
}

/// What `submitBid` has Postgres do, each client with a bidder and a bid of its own.
fn script(bidder: &Api, bids: &[String]) -> String {
    let bids: Vec<String> = bids.iter().map(|bid| format!("'{}'", bid.split_once('_').unwrap().1)).collect();
    let of_client = |kind: usize| {
        format!("('01900000-0000-7000-a00{kind}-' || lpad(to_hex(:client_id::bigint), 12, '0'))::uuid")
    };
    include_str!("submit.sql")
        .replace("SESSION", &bidder.session())
        .replace("ROUND", BIDDING)
        .replace("'USER'", &of_client(9))
        .replace("'ORGANIZATION'", &of_client(4))
        .replace("'KEY'", &of_client(5))
        .replace("'BID'", &format!("(ARRAY[{}]::uuid[])[:client_id + 1]", bids.join(", ")))
}

fn result_floor() -> String {
    format!(
        "SELECT json_agg(one ORDER BY one.number) FROM (SELECT l.number, l.name, r.status, r.qualified_bidders, r.cap, r.lowest, \
             (SELECT json_agg(bid) FROM (SELECT p.name AS product_name, b.selected, b.unit_price, b.comparable_price, b.rank, b.final_price, \
                 b.agreed_volume, b.reasons::json AS reasons, json_build_object('id', o.id, 'name', o.name, 'creditCode', o.credit_code) AS firm \
                 FROM bid_results b JOIN round_products p ON p.id = b.product JOIN organizations o ON o.id = b.bidder \
                 WHERE b.lot = r.lot ORDER BY b.place LIMIT 10) bid) AS bids \
             FROM lot_results r JOIN round_lots l ON l.id = r.lot WHERE r.round = '{SEALED}' ORDER BY r.place LIMIT 20) one;\n"
    )
}
