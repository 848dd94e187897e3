//! What stands before a settlement: designation, silence, the limit of what a hospital owes, letters, refunds and prepayments.
use serde_json::{Value, json};

use super::fund::{AREA, Fund, event};
use super::trade::{Supplier, uuid};
use crate::ordering::shop::Shop;
use crate::support::actor::{Outcome, key};
use crate::support::postgres::{execute, texts};
use crate::support::rounds::in_seconds;
use crate::support::worker::Worker;

/// Seconds of a day, and of the eight hours that China is ahead.
const DAY: i64 = 86_400;
const AHEAD: i64 = 8 * 3_600;

/// A day from now in China.
fn day_in(days: i64) -> String {
    in_seconds(days * DAY + AHEAD)[..10].to_owned()
}

/// A statement of January over so many packs, answered by the hospital.
async fn answered(fund: &Fund, supplier: &Supplier, packs: u32) -> Value {
    let acceptance = supplier.delivers(fund, packs, "2026-01-31").await;
    supplier.registers(supplier.invoice(fund, &acceptance, packs)).await.done();
    let applied = supplier.applies(fund, "2026-01").await.done();
    fund.answers(&applied, &[]).await.done()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_fund_settles_for_designated_hospitals_only() {
    let mut fund = Fund::new().await;
    let supplier = Supplier::of(&fund, 1).await;
    fund.hospital = fund.world.manager("HOSPITAL", "320106").await;
    let acceptance = supplier.delivers(&fund, 3, "2026-01-31").await;
    supplier.registers(supplier.invoice(&fund, &acceptance, 3)).await.done();
    supplier.applies(&fund, "2026-01").await.refused("HOSPITAL_NOT_DESIGNATED");
    // Two clerks at once.
    let (one, two) = tokio::join!(fund.designates("2026-01-20"), fund.designates("2026-01-20"));
    let mut codes = [one.code(), two.code()];
    codes.sort();
    assert_eq!(codes, ["DESIGNATION_STATE", "ok"]);
    let begun = if one.code() == "ok" { one.done() } else { two.done() };
    let stranger = fund.world.manager("INSURANCE_AGENCY", "310000").await;
    let input = json!({ "area": AREA, "hospital": fund.hospital.organization, "begins": "2026-01-01", "idempotencyKey": key() });
    stranger.does("designateHospital", input, "id").await.refused("NOT_FOUND");
    let applied = supplier.applies(&fund, "2026-01").await.done();
    let answered = fund.answers(&applied, &[]).await.done();
    let reviewed = fund.judges(&fund.clerk, &answered, "REVIEW").await.done();
    // A month in which it was designated for some days is settled.
    fund.undesignates(&begun, "2026-01-19").await.refused("DESIGNATION_STATE");
    let ended = fund.undesignates(&begun, "2026-01-25").await.done();
    fund.undesignates(&begun, "2026-01-26").await.refused("STALE_VERSION");
    fund.undesignates(&ended, "2026-01-26").await.refused("DESIGNATION_STATE");
    fund.judges(&fund.second, &reviewed, "APPROVE").await.done();
    let later = supplier.delivers(&fund, 1, "2026-02-10").await;
    supplier.registers(supplier.invoice(&fund, &later, 1)).await.done();
    supplier.applies(&fund, "2026-02").await.refused("HOSPITAL_NOT_DESIGNATED");
    fund.designates("2026-01-25").await.refused("DESIGNATION_STATE");
    let again = fund.designates("2026-02-28").await.done();
    let applied = supplier.applies(&fund, "2026-02").await.done();
    let answered = fund.answers(&applied, &[]).await.done();
    let reviewed = fund.judges(&fund.clerk, &answered, "REVIEW").await.done();
    fund.undesignates(&again, "2026-02-28").await.done();
    fund.judges(&fund.second, &reviewed, "APPROVE").await.done();
    let own = fund.hospital.asks("{ designations { nodes { begins ends reason } } }").await.done();
    assert_eq!(
        own["nodes"][1],
        json!({ "begins": "2026-01-20", "ends": "2026-01-25", "reason": "协议到期" })
    );
    assert_eq!(stranger.asks("{ designations { nodes { id } } }").await.done()["nodes"], json!([]));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_approved_before_its_designation_was_taken_back_is_not_paid() {
    let mut fund = Fund::new().await;
    let supplier = Supplier::of(&fund, 1).await;
    fund.hospital = fund.world.manager("HOSPITAL", "320106").await;
    let begun = fund.designates("2025-12-01").await.done();
    let answered = answered(&fund, &supplier, 3).await;
    let reviewed = fund.judges(&fund.clerk, &answered, "REVIEW").await.done();
    fund.undesignates(&begun, "2025-12-31").await.done();
    fund.judges(&fund.second, &reviewed, "APPROVE").await.refused("HOSPITAL_NOT_DESIGNATED");
    assert_eq!(fund.statement(&reviewed["id"], "status").await["status"], "REVIEWED");
}

/// Waits until the hospital was told so many times of something.
async fn told(fund: &Fund, kind: &str) {
    let begun = std::time::Instant::now();
    loop {
        let told = fund.hospital.asks("{ notifications(first: 50) { nodes { kind } } }").await.done();
        if told["nodes"].as_array().unwrap().iter().any(|node| node["kind"] == kind) {
            return;
        }
        assert!(begun.elapsed().as_secs() < 60, "{told}");
    }
}

async fn comes_to(fund: &Fund, id: &Value, status: &str) -> Value {
    let begun = std::time::Instant::now();
    loop {
        let found = fund.statement(id, "status confirmedItself payable").await;
        if found["status"] == status {
            return found;
        }
        assert!(begun.elapsed().as_secs() < 60, "{found}");
    }
}

impl Fund {
    /// Everybody logs in again after so many days.
    async fn passes(&mut self, days: i64, supplier: &mut Supplier) {
        self.world.moves_clock_to(days * DAY).await;
        for who in [&mut self.clerk, &mut self.second, &mut self.hospital, &mut supplier.actor] {
            *who = self.world.logs_in(&who.login).await;
        }
    }

    async fn lets_silence_confirm(&self, confirms_itself: bool) -> Outcome {
        let input = json!({ "area": AREA, "confirmsItself": confirms_itself, "idempotencyKey": key() });
        self.clerk.does("setSettlementTerms", input, "id version").await
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn silence_confirms_where_the_area_says_so_and_the_hospital_was_told() {
    let mut fund = Fund::new().await;
    let (mut supplier, other) = (Supplier::of(&fund, 1).await, Supplier::of(&fund, 2).await);
    for supplier in [&supplier, &other] {
        let acceptance = supplier.delivers(&fund, 3, "2026-01-31").await;
        supplier.registers(supplier.invoice(&fund, &acceptance, 3)).await.done();
    }
    let silent = supplier.applies(&fund, "2026-01").await.done();
    let spoken = other.applies(&fund, "2026-01").await.done();
    let confirm_by = fund.statement(&silent["id"], "confirmBy dueOn overdueDays").await;
    assert_eq!(confirm_by["confirmBy"], confirm_by["dueOn"]);
    assert_eq!(confirm_by["overdueDays"], 0);
    // Off by default: long after its time it still waits.
    fund.passes(20, &mut supplier).await;
    let late = fund.statement(&silent["id"], "status overdueDays").await;
    assert_eq!(late["status"], "APPLIED");
    assert!(late["overdueDays"].as_i64().unwrap() >= 9, "{late}");
    fund.lets_silence_confirm(true).await.done();
    fund.answers(&spoken, &[]).await.done();
    // Told first, and confirmed two days after that at the earliest.
    fund.passes(21, &mut supplier).await;
    let worker = Worker::of(&fund.world);
    told(&fund, "StatementConfirmsItself").await;
    worker.ends();
    assert_eq!(fund.statement(&silent["id"], "status").await["status"], "APPLIED");
    fund.passes(24, &mut supplier).await;
    let worker = Worker::of(&fund.world);
    let confirmed = comes_to(&fund, &silent["id"], "CONFIRMED").await;
    worker.ends();
    assert_eq!((&confirmed["confirmedItself"], &confirmed["payable"]), (&json!(true), &json!("3000.00")));
    assert_eq!(fund.statement(&spoken["id"], "confirmedItself").await["confirmedItself"], false);
    let kinds = fund.world.entries(silent["id"].as_str().unwrap()).await;
    assert_eq!(kinds, ["SettlementApplied", "StatementConfirmsItself", "StatementSilent"]);
    fund.answers(&silent, &[]).await.refused("STALE_VERSION");
}

#[tokio::test(flavor = "multi_thread")]
async fn above_its_limit_a_hospital_is_paid_for_in_part_and_the_rest_comes_again() {
    let fund = Fund::new().await;
    let (s1, s2) = (Supplier::of(&fund, 1).await, Supplier::of(&fund, 2).await);
    // 6 months of claims of 1,000.00 may be owed.
    fund.posts("CLAIMED", "1000.00", &day_in(-3)).await;
    let (first, second) = (answered(&fund, &s1, 8).await, answered(&fund, &s2, 4).await);
    let reviewed = fund.judges(&fund.clerk, &first, "REVIEW").await.done();
    let whole = fund.judges(&fund.second, &reviewed, "APPROVE").await;
    whole.refused("EXPOSURE_EXCEEDED");
    assert_eq!(whole.json["errors"][0]["extensions"]["allowed"], "<= 6000.00");
    fund.judges_in(&fund.clerk, &reviewed, ("APPROVE", true)).await.refused("SECOND_PERSON_NEEDED");
    let also = fund.judges(&fund.clerk, &second, "REVIEW").await.done();
    // Two at once share the room: one gets it, for the other there is none or less.
    let (one, other) = tokio::join!(
        fund.judges_in(&fund.second, &reviewed, ("APPROVE", true)),
        fund.judges_in(&fund.second, &also, ("APPROVE", true))
    );
    let paid = async |id: &Value| fund.statement(id, "status payable deferred").await;
    let (first_paid, second_paid) = (paid(&first["id"]).await, paid(&second["id"]).await);
    if other.code() == "ok" && second_paid["payable"] == "4000.00" {
        one.done();
        assert_eq!(first_paid, json!({ "status": "APPROVED", "payable": "2000.00", "deferred": "6000.00" }));
    } else {
        other.refused("EXPOSURE_EXCEEDED");
        assert_eq!(first_paid, json!({ "status": "APPROVED", "payable": "6000.00", "deferred": "2000.00" }));
    }
    let balances = fund.balances().await;
    assert!(balances.contains(&"RECEIVABLE 6000.00".to_owned()), "{balances:?}");
    // The rest is a line of the next statement, once.
    let rest = first_paid["deferred"].as_str().unwrap().to_owned();
    let applied = s1.applies(&fund, "2026-02").await.done();
    let lines = fund.lines(&applied["id"]).await;
    assert_eq!((&lines[0]["kind"], &lines[0]["asked"]), (&json!("DEFERRED"), &json!(rest)));
    s1.applies(&fund, "2026-03").await.refused("NOTHING_TO_SETTLE");
    let answered = fund.answers(&applied, &[]).await.done();
    let reviewed = fund.judges(&fund.clerk, &answered, "REVIEW").await.done();
    fund.judges_in(&fund.second, &reviewed, ("APPROVE", true)).await.refused("EXPOSURE_EXCEEDED");
    fund.posts("CLAIMED", "9000.00", &day_in(-2)).await;
    fund.judges(&fund.second, &reviewed, "APPROVE").await.done();
    assert_eq!(paid(&applied["id"]).await["payable"], rest);
    let proof = fund.clerk.asks("{ ledgerProof { faults } }").await.done();
    assert_eq!(proof["faults"], json!([]));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_owed_for_long_is_asked_back_and_paid_back() {
    let mut fund = Fund::new().await;
    let mut supplier = Supplier::of(&fund, 1).await;
    let statement = answered(&fund, &supplier, 5).await;
    fund.approves(&statement).await;
    let since = day_in(0);
    let asks = async |fund: &Fund| {
        let input =
            json!({ "book": fund.book, "hospital": fund.hospital.organization, "idempotencyKey": key() });
        let query = "mutation($input: AskReceivableBackInput!) { askReceivableBack(input: $input) }";
        fund.clerk.asks_with(query, json!({ "input": input })).await
    };
    let early = asks(&fund).await;
    early.refused("NOTHING_TO_SETTLE");
    assert_eq!(early.json["errors"][0]["extensions"]["allowed"], "owed for more than 3 months");
    fund.passes(100, &mut supplier).await;
    let today = day_in(100);
    asks(&fund).await.done();
    asks(&fund).await.refused("NOTHING_TO_SETTLE");
    told(&fund, "ReceivableAskedBack").await;
    let letters = "{ receivableLetters { nodes { amount issuedOn open { since amount ageDays } } } }";
    let own = fund.hospital.asks(letters).await.done()["nodes"][0].clone();
    let open = json!([{ "since": since, "amount": "5000.00", "ageDays": 100 }]);
    assert_eq!(own, json!({ "amount": "5000.00", "issuedOn": today, "open": open }));
    assert_eq!(supplier.actor.asks(letters).await.done()["nodes"], json!([]));
    let tells = async |id: &str, yuan: &str| {
        let input = json!({ "id": id, "book": fund.book, "day": today, "kind": "REFUNDED", "amount": yuan, "idempotencyKey": key() });
        fund.hospital.does("tellRefund", input, "id version").await
    };
    tells(&event(), "5000.01").await.refused("BALANCE_INSUFFICIENT");
    let id = event();
    let refund = tells(&id, "5000").await.done();
    assert_eq!(tells(&id, "5000").await.done(), refund);
    tells(&id, "4000").await.refused("LEDGER_EVENT_CONFLICT");
    fund.decides(&fund.clerk, &refund, "POST").await.done();
    assert_eq!(fund.balances().await, ["CASH 5000.00", "PAYABLE 5000.00"]);
    asks(&fund).await.refused("NOTHING_TO_SETTLE");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_prepayment_is_no_less_than_its_share_of_the_contract() {
    let fund = Fund::new().await;
    fund.posts("GRANTED", "1000", "2026-01-01").await;
    let prepays = async |contracted: Option<&str>, yuan: &str| {
        let input = json!({ "id": event(), "kind": "PREPAID", "amount": yuan, "day": "2026-01-02",
            "hospital": fund.hospital.organization, "contracted": contracted });
        fund.clerk.does("prepareLedgerEvent", fund.with_book(input), "id version").await
    };
    prepays(None, "300").await.refused("PREPAYMENT_TOO_LOW");
    let low = prepays(Some("1000"), "299.99").await;
    low.refused("PREPAYMENT_TOO_LOW");
    assert_eq!(low.json["errors"][0]["extensions"]["allowed"], ">= 300.00");
    let right = prepays(Some("1000"), "300").await.done();
    let shown = "{ ledgerProposals(first: 1) { nodes { contracted } } }";
    assert_eq!(fund.second.asks(shown).await.done()["nodes"][0]["contracted"], "1000.00");
    fund.decides(&fund.second, &right, "POST").await.done();
    // More of the same contract.
    prepays(Some("1500"), "149.99").await.refused("PREPAYMENT_TOO_LOW");
    prepays(Some("1500"), "150").await.done();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hospital_keeps_its_share_of_what_it_saved_once() {
    let shop = Shop::opens("320000", "320106").await;
    let line = shop.orders(&shop.one.actor, &[(0, "100")]).await.swap_remove(0);
    shop.confirms(&shop.distributor.actor, &[&line]).await.done();
    let shipped = shop.ships(&shop.distributor.actor, &[(&line, "100")]).await.done();
    shop.accepts(&shop.one.actor, json!([{ "delivery": shipped[0] }])).await.done();
    let Shop { world, one, contracts, .. } = shop;
    let mut fund = Fund::of(world).await;
    fund.hospital = fund.world.logs_in(&one.actor.login).await;
    fund.posts("GRANTED", "100000000.00", "2026-01-01").await;
    let owner = &fund.world.database.owner;
    let agreed = format!(
        "SELECT volume::text AS line FROM sub_contracts WHERE contract = '{}' AND institution = '{}'",
        uuid(&contracts[0]),
        uuid(&fund.hospital.organization)
    );
    let agreed: i128 = texts(owner, &agreed).await[0].parse().unwrap();
    let prepares = async |ratio: &str, before: &str| {
        let used = json!({ "contract": contracts[0], "base": agreed.to_string(), "before": before, "others": "31.00" });
        let input = json!({ "id": event(), "book": fund.book, "day": "2026-01-31", "hospital": fund.hospital.organization,
            "fundShare": "0.6", "ratio": ratio, "uses": [used], "idempotencyKey": key() });
        fund.clerk.does("prepareRetainedSavings", input, "id version").await
    };
    prepares("0.51", "5.80").await.refused("RATIO_TOO_HIGH");
    // What it was to buy it has not bought yet: nothing is kept.
    let early = prepares("0.5", "5.80").await;
    early.refused("NOTHING_TO_SETTLE");
    let saved = early.json["errors"][0]["extensions"]["allowed"].as_str().unwrap().to_owned();
    assert!(saved.starts_with("saved "), "{saved}");
    let kept = format!("UPDATE order_months SET accepted = {agreed} WHERE basis = '{}'", uuid(&contracts[0]));
    execute(owner, &kept).await;
    prepares("0.5", "0.0001").await.refused("NOTHING_TO_SETTLE");
    // Two clerks at once: it is counted once.
    let (one, two) = tokio::join!(prepares("0.5", "5.80"), prepares("0.5", "5.80"));
    let mut codes = [one.code(), two.code()];
    codes.sort();
    assert_eq!(codes, ["SAVINGS_COUNTED", "ok"]);
    let prepared = if one.code() == "ok" { one.done() } else { two.done() };
    let shown = "{ retainedSavings { nodes { status budget spending saved retained contractIds } } }";
    let told = fund.hospital.asks(shown).await.done()["nodes"][0].clone();
    // The agreed volume at 5.80 and at 0.2021, with 31.00 for others, of which the fund pays 60 %.
    let budget = agreed * 348;
    let spending = ((agreed * 2_021 + 310_000) * 60 + 5_000) / 10_000;
    let yuan = |fen: i128| format!("{}.{:02}", fen / 100, fen % 100);
    let retained = (budget - spending + 1) / 2;
    assert_eq!(
        told,
        json!({ "status": "PENDING", "budget": yuan(budget), "spending": yuan(spending), "saved": yuan(budget - spending),
            "retained": yuan(retained), "contractIds": [contracts[0]] })
    );
    fund.decides(&fund.clerk, &prepared, "POST").await.refused("SECOND_PERSON_NEEDED");
    fund.decides(&fund.second, &prepared, "POST").await.done();
    prepares("0.5", "5.80").await.refused("SAVINGS_COUNTED");
    let cash = format!("CASH {}", yuan(10_000_000_000 - retained));
    assert_eq!(
        fund.balances().await,
        [cash, format!("EXPENSE {}", yuan(retained)), "FUNDING 100000000.00".to_owned()]
    );
    assert_eq!(fund.hospital.asks(shown).await.done()["nodes"][0]["status"], "POSTED");
    let stranger = fund.world.manager("HOSPITAL", "320106").await;
    assert_eq!(stranger.asks(shown).await.done()["nodes"], json!([]));
}
