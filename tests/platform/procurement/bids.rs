//! Sealed bids: who may, until when, what is shown of them to whom.
use std::fs;

use diesel::prelude::*;
use diesel::sql_types::{BigInt, Text};
use diesel_async::{AsyncConnection, AsyncPgConnection, RunQueryDsl};
use jicai_seal::{CustodianKey, SignedReceipt};
use serde_json::{Value, json};

use super::bidding::{Bidder, Bidding, LENGTH, receipt, registers, submits, uuid};
use crate::access::Schema;
use crate::support::actor::{Actor, key};
use crate::support::folder::Folder;
use crate::support::postgres::texts;
use crate::support::program::{jicai, said};
use crate::support::rounds::in_seconds;

async fn submissions(bidding: &Bidding, bidder: &Bidder) -> Vec<Value> {
    let fields = "kind version commitment ciphertextSha256 receivedAt receipt";
    let query = format!("{{ bidSubmissions(round: {:?}) {{ nodes {{ {fields} }} }} }}", bidding.round);
    bidder.actor.asks(&query).await.done()["nodes"].as_array().unwrap().clone()
}

async fn bid(bidding: &Bidding, bidder: &Bidder) -> Value {
    let query = format!("{{ bid(round: {:?}) {{ id status version nextVersion }} }}", bidding.round);
    bidder.actor.asks(&query).await.done()
}

async fn log_key(bidding: &Bidding) -> String {
    bidding.world.until_sequenced().await;
    let found = bidding.world.nobody().asks("{ auditCheckpoint { key } }").await.done();
    found["key"].as_str().unwrap().to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bid_is_replaced_withdrawn_and_sealed_again_and_every_receipt_is_verified_offline() {
    let bidding = Bidding::open().await;
    let (bidder, other) = (bidding.bidder().await, bidding.bidder().await);
    assert!(bid(&bidding, &bidder).await.is_null());
    let first = bidding.envelope(&bidder, 1, "12.34").await;
    let mut receipts = vec![receipt(submits(&bidder.actor, &first.to_canonical()).await)];
    receipts.push(receipt(bidding.seals(&bidder, 2, "11.98").await));
    receipts.push(receipt(bidding.withdraws(&bidder, 2).await));
    bidding.withdraws(&bidder, 2).await.refused("BID_STATE");
    assert_eq!(bid(&bidding, &bidder).await["status"], "WITHDRAWN");
    receipts.push(receipt(bidding.seals(&bidder, 3, "11.50").await));
    receipt(bidding.seals(&other, 1, "13.00").await);
    let now = bid(&bidding, &bidder).await;
    assert_eq!(
        (&now["status"], &now["version"], &now["nextVersion"]),
        (&json!("SEALED"), &json!(3), &json!(4))
    );
    let history = submissions(&bidding, &bidder).await;
    let told: Vec<(&str, i64)> =
        history.iter().map(|row| (row["kind"].as_str().unwrap(), row["version"].as_i64().unwrap())).collect();
    assert_eq!(told, [("SEALED", 3), ("WITHDRAWN", 2), ("SEALED", 2), ("SEALED", 1)]);
    let again: Vec<&str> = history.iter().rev().map(|row| row["receipt"].as_str().unwrap()).collect();
    assert_eq!(again, receipts, "a receipt is the same whenever it is asked for");
    let kept = "SELECT count(*)::text AS line FROM bids WHERE ciphertext IS NOT NULL";
    assert_eq!(texts(&bidding.world.database.owner, kept).await, ["2"], "old prices stay secret");

    let sealing = bidding.is_sealed().await;
    assert_eq!(sealing["size"], 2);
    let (folder, key) = (Folder::new(), log_key(&bidding).await);
    let path = |name: &str| folder.path().join(name).display().to_string();
    let published = format!("{{ roundCommitments(round: {:?}) {{ nodes }} }}", bidding.round);
    let published = bidding.world.nobody().asks(&published).await.done();
    let lines: String = published["nodes"]
        .as_array()
        .unwrap()
        .iter()
        .map(|node| format!("{}\n", node.as_str().unwrap()))
        .collect();
    for (name, text) in [
        ("published", lines.as_str()),
        ("last.json", &receipts[3]),
        ("first.json", &receipts[0]),
        ("first.sealed", &first.to_canonical()),
    ] {
        fs::write(path(name), text).unwrap();
    }
    let verify = |more: &[&str]| {
        let arguments = [&["bid", "verify-receipt"], more].concat();
        said(jicai(folder.path(), &[&arguments[..], &["--key", &key]].concat()))
    };
    let last = verify(&[&path("last.json"), "--published", &path("published")]);
    assert_eq!((last.code, last.err.as_str()), (Some(0), ""));
    assert!(
        last.out.contains(sealing["root"].as_str().unwrap()) && last.out.contains("version 3, sealed"),
        "{}",
        last.out
    );
    assert_eq!(verify(&[&path("first.json"), "--envelope", &path("first.sealed")]).code, Some(0));
    for (arguments, told) in [
        (vec![path("first.json"), "--published".to_owned(), path("published")], "COMMITMENT_MISSING"),
        (vec![path("last.json"), "--envelope".to_owned(), path("first.sealed")], "RECEIPT_OTHER"),
        (vec![path("first.sealed")], "signed receipt"),
    ] {
        let refused = verify(&arguments.iter().map(String::as_str).collect::<Vec<_>>());
        assert!(refused.code == Some(2) && refused.err.contains(told), "{told}: {}", refused.err);
    }
    fs::write(path("first.json"), receipts[0].replace("\"version\":1", "\"version\":7")).unwrap();
    assert!(verify(&[&path("first.json")]).err.contains("signed with that key"));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_first_bid_after_the_deadline_is_late_however_near_it_is() {
    let bidding = Bidding::open().await;
    let bidder = bidding.bidder().await;
    let deadline = "SELECT (extract(epoch FROM bids_until) * 1000000)::bigint::text AS line FROM rounds";
    let deadline: i64 = texts(&bidding.world.database.owner, deadline).await[0].parse().unwrap();
    let ceremony = bidding.ceremony().await;
    let machine = std::time::SystemTime::UNIX_EPOCH.elapsed().unwrap().as_secs();
    bidding.world.moves_clock_to(deadline / 1_000_000 - 3 - i64::try_from(machine).unwrap()).await;
    let (begun, mut version, mut last) = (std::time::Instant::now(), 0, String::new());
    loop {
        version += 1;
        let envelope = bidding.envelope(&bidder, version, "1").await;
        let outcome = submits(&bidder.actor, &envelope.to_canonical()).await;
        if outcome.code() != "ok" {
            outcome.refused("ROUND_CLOSED");
            break;
        }
        last = receipt(outcome);
        assert!(begun.elapsed().as_secs() < 60, "no bid was late");
    }
    let said = SignedReceipt::parse(&last).unwrap();
    let at = texts(
        &bidding.world.database.owner,
        "SELECT (extract(epoch FROM received_at) * 1000000)::bigint::text AS line FROM bids",
    )
    .await;
    let at: i64 = at[0].parse().unwrap();
    assert!(version > 1 && at < deadline && deadline - at < 3_000_000, "{version} {at} {deadline}");
    bidding.withdraws(&bidder, version - 1).await.refused("ROUND_CLOSED");
    assert_eq!(bidding.is_sealed().await["size"], 1);
    assert_eq!(bidding.ceremony().await, ceremony);
    let rows = submissions(&bidding, &bidder).await;
    assert_eq!(rows[0]["receipt"], said.to_canonical());
    bidding.seals(&bidder, version, "1").await.refused("ROUND_CLOSED");
}

#[tokio::test(flavor = "multi_thread")]
async fn of_two_clerks_who_seal_at_once_one_is_told() {
    let bidding = Bidding::open().await;
    let bidder = bidding.bidder().await;
    let clerk = bidding.world.clerk(&bidder.actor, "clerk", "MANUFACTURER").await;
    for version in 1..=3 {
        let (one, two) =
            (bidding.envelope(&bidder, version, "2").await, bidding.envelope(&bidder, version, "3").await);
        let (one, two) = (one.to_canonical(), two.to_canonical());
        let (first, second) = tokio::join!(submits(&bidder.actor, &one), submits(&clerk, &two));
        let mut codes = [first.code(), second.code()];
        codes.sort();
        assert_eq!(codes, ["BID_VERSION", "ok"], "{version}");
        let told = if first.code() == "ok" { second } else { first };
        let allowed = told.json["errors"][0]["extensions"]["allowed"].to_string();
        assert!(version == 1 || allowed.contains(&format!("version {}", version + 1)), "{}", told.json);
    }
    assert_eq!(submissions(&bidding, &bidder).await.len(), 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_repeated_submission_gets_its_receipt_again_and_a_copied_key_is_no_use() {
    let bidding = Bidding::open().await;
    let (bidder, other) = (bidding.bidder().await, bidding.bidder().await);
    let envelope = bidding.envelope(&bidder, 1, "5").await.to_canonical();
    let input = json!({ "envelope": envelope, "idempotencyKey": key() });
    let first = receipt(bidder.actor.does("submitBid", input.clone(), "receipt").await);
    assert_eq!(receipt(bidder.actor.does("submitBid", input, "receipt").await), first);
    assert_eq!(submissions(&bidding, &bidder).await.len(), 1);
    // Another bidder's envelope is refused as it is; one whose outside was rewritten is only known when it is opened.
    submits(&other.actor, &envelope).await.refused("ENVELOPE_INVALID");
    let copied = envelope.replace(&bidder.actor.organization, &other.actor.organization);
    receipt(submits(&other.actor, &copied).await);
    registers(&other.actor, "registerBidKey", &bidder.key.public().to_string())
        .await
        .refused("PUBLIC_KEY_TAKEN");
    registers(&other.actor, "registerBidKey", "jicai-bidder/1").await.refused("PUBLIC_KEY_INVALID");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_opened_with_the_round_is_refused_at_once_where_it_shows() {
    let bidding = Bidding::announced().await;
    let bidder = bidding.bidder().await;
    let (ceremony, shares) = bidding.holds_ceremony(2);
    let key = bidding.sign(&ceremony, &shares);
    let other = bidding.world.manager("MANUFACTURER", "320000").await;
    bidding.publishes(&ceremony, &key).await.done();
    bidding.takes_bids().await;
    let good = bidding.envelope(&bidder, 1, "5").await;
    for bad in ["", "{}", &good.to_canonical().replace("\"version\":1", "\"version\": 1")] {
        submits(&bidder.actor, bad).await.refused("ENVELOPE_INVALID");
    }
    for length in [LENGTH / 2, LENGTH * 2] {
        let unlike = bidding.envelope_of(&bidder, (1, "5"), length).await;
        submits(&bidder.actor, &unlike.to_canonical()).await.refused("ENVELOPE_INVALID");
    }
    let elsewhere = good.to_canonical().replace(&bidding.round, "rnd_00000000000000000000000000000000");
    submits(&bidder.actor, &elsewhere).await.refused("NOT_FOUND");
    submits(&bidder.actor, &good.to_canonical().replace("\"version\":1", "\"version\":2"))
        .await
        .refused("BID_VERSION");
    let keyless = good.to_canonical().replace(&bidder.actor.organization, &other.organization);
    submits(&other, &keyless).await.refused("BID_KEY_MISSING");
    bidding.withdraws(&bidder, 1).await.refused("BID_STATE");
    receipt(submits(&bidder.actor, &good.to_canonical()).await);
}

/// What everybody but the bidder is answered to everything that can be asked about the round and beside it.
async fn everything(bidding: &Bidding, others: &[Actor]) -> Vec<(String, Value)> {
    bidding.world.until_sequenced().await;
    let schema = Schema::read();
    let mut answers = Vec::new();
    for query in schema.queries_of_round(&bidding.round) {
        for (number, actor) in others.iter().enumerate() {
            let answer = actor.asks(&query).await;
            answers.push((format!("{number} {query}"), json!([answer.code(), answer.json["data"]])));
        }
    }
    answers
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_that_anybody_else_sees_before_the_deadline_changes_with_a_bid() {
    let bidding = Bidding::open().await;
    let (bidder, neighbour) = (bidding.bidder().await, bidding.bidder().await);
    let world = &bidding.world;
    let others = [
        world.nobody(),
        neighbour.actor.clone(),
        bidding.office.clone(),
        bidding.custodians[0].clone(),
        world.manager("REGULATOR", "320000").await,
        world.manager("AUDIT_BODY", "320000").await,
        world.manager("AUDIT_BODY", "000000").await,
        world.manager("HOSPITAL", "320106").await,
        world.admin().clone(),
    ];
    let before = everything(&bidding, &others).await;
    receipt(bidding.seals(&bidder, 1, "9.87").await);
    receipt(bidding.seals(&bidder, 2, "8.76").await);
    receipt(bidding.withdraws(&bidder, 2).await);
    receipt(bidding.seals(&bidder, 3, "7.65").await);
    let after = everything(&bidding, &others).await;
    assert!(before.len() > 100, "{}", before.len());
    for (before, after) in before.iter().zip(&after) {
        assert_eq!(before, after);
    }
    // Everything is told once the round is sealed: the entries of the log, as they were written, and the commitments.
    assert!(bidding.is_sealed().await["size"] == 1);
    world.until_sequenced().await;
    let sealed: Vec<String> = world
        .entries("")
        .await
        .into_iter()
        .filter(|kind| kind.starts_with("Bid") || kind == "RoundSealed")
        .collect();
    let expected = [
        "BidKeyRegistered",
        "BidKeyRegistered",
        "BidSealed",
        "BidSealed",
        "BidWithdrawn",
        "BidSealed",
        "RoundSealed",
    ];
    assert_eq!(sealed, expected);
    let auditor = world.logs_in(&others[5].login).await;
    let entries = auditor.asks("{ auditEntries(first: 100) { nodes { kind canonical } } }").await.done();
    let told =
        entries["nodes"].as_array().unwrap().iter().filter(|entry| entry["kind"] == "BidSealed").count();
    assert_eq!(told, 3, "{entries}");
}

#[derive(QueryableByName)]
struct Count {
    #[diesel(sql_type = BigInt)]
    count: i64,
}

async fn counts(connection: &mut AsyncPgConnection, table: &str) -> i64 {
    let rows: Count = diesel::sql_query(format!("SELECT count(*) AS count FROM {table}"))
        .get_result(connection)
        .await
        .unwrap();
    rows.count
}

async fn says(connection: &mut AsyncPgConnection, setting: &str, value: &str) {
    let set =
        diesel::sql_query("SELECT set_config($1, $2, false)").bind::<Text, _>(setting).bind::<Text, _>(value);
    set.execute(connection).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_query_that_forgets_its_scope_sees_no_bid() {
    let bidding = Bidding::open().await;
    let (bidder, other) = (bidding.bidder().await, bidding.bidder().await);
    for bidder in [&bidder, &other] {
        receipt(bidding.seals(bidder, 1, "3.21").await);
    }
    let mut service = AsyncPgConnection::establish(&bidding.world.database.app).await.unwrap();
    for table in ["bids", "bid_submissions", "withheld_entries"] {
        for (bidder_is, round_is, seen) in [
            ("", "", 0),
            (uuid(&bidder.actor.organization), "", 1),
            (uuid(&bidding.office.organization), "", 0),
            ("", uuid(&bidding.round), 2),
            ("", uuid(&bidder.actor.organization), 0),
        ] {
            says(&mut service, "jicai.bidder", bidder_is).await;
            says(&mut service, "jicai.bids_of_round", round_is).await;
            assert_eq!(counts(&mut service, table).await, seen, "{table} {bidder_is} {round_is}");
        }
    }
    says(&mut service, "jicai.bids_of_round", "").await;
    let forgotten = diesel::sql_query("UPDATE bids SET version = 9").execute(&mut service).await.unwrap();
    let removed = diesel::sql_query("DELETE FROM withheld_entries").execute(&mut service).await.unwrap();
    assert_eq!((forgotten, removed), (0, 0));
    says(&mut service, "jicai.bidder", uuid(&bidder.actor.organization)).await;
    let moved = format!("UPDATE bid_submissions SET bidder = '{}'", uuid(&other.actor.organization));
    let refused = diesel::sql_query(moved).execute(&mut service).await.unwrap_err().to_string();
    assert!(refused.contains("permission denied"), "{refused}");
    for statement in
        ["DELETE FROM bids", "DELETE FROM bid_submissions", "ALTER TABLE bids DISABLE ROW LEVEL SECURITY"]
    {
        let refused = diesel::sql_query(statement).execute(&mut service).await.unwrap_err().to_string();
        assert!(
            refused.contains("permission denied") || refused.contains("must be owner"),
            "{statement}: {refused}"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_office_publishes_only_the_key_that_its_custodians_made() {
    let bidding = Bidding::announced().await;
    let (ceremony, shares) = bidding.holds_ceremony(2);
    let signatures = bidding.sign(&ceremony, &shares);
    bidding.publishes(&ceremony, &signatures[..2]).await.refused("CEREMONY_INVALID");
    let (three_of_three, three_shares) = bidding.holds_ceremony(3);
    let signed = bidding.sign(&three_of_three, &three_shares);
    bidding.publishes(&ceremony, &signed).await.refused("CEREMONY_INVALID");
    bidding.publishes(&three_of_three, &signed).await.refused("CEREMONY_INVALID");
    let stranger = bidding.world.manager("PROCUREMENT_OFFICE", "320000").await;
    bidding.publishes_as(&stranger, &ceremony, &signatures).await.refused("NOT_FOUND");
    bidding.publishes_as(&bidding.custodians[0], &ceremony, &signatures).await.refused("FORBIDDEN");
    // A custodian who registers other keys is no longer the one who took part in the ceremony.
    let renewed = CustodianKey::generate().unwrap();
    registers(&bidding.custodians[1], "registerCustodianKey", &renewed.public().to_string()).await.done();
    bidding.publishes(&ceremony, &signatures).await.refused("CEREMONY_INVALID");
    let mut bidding = bidding;
    bidding.keys[1] = renewed;
    for _again in 0..2 {
        let (ceremony, shares) = bidding.holds_ceremony(2);
        bidding.publishes(&ceremony, &bidding.sign(&ceremony, &shares)).await.done();
        assert_eq!(bidding.ceremony().await, ceremony);
    }
    let bidder = bidding.bidder().await;
    bidding.seals(&bidder, 1, "4").await.refused("ROUND_CLOSED");
    bidding.takes_bids().await;
    let (late, late_shares) = bidding.holds_ceremony(2);
    bidding.publishes(&late, &bidding.sign(&late, &late_shares)).await.refused("ROUND_KEY_PUBLISHED");
    receipt(bidding.seals(&bidder, 1, "4").await);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_round_without_a_key_takes_no_bid_and_is_sealed_all_the_same() {
    let bidding = Bidding::announced().await;
    let bidder = bidding.bidder().await;
    let (ceremony, shares) = bidding.holds_ceremony(2);
    bidding.takes_bids().await;
    let envelope = {
        let other = Bidding::open().await;
        let envelope = other.envelope(&bidder, 1, "4").await;
        envelope.to_canonical().replace(&other.round, &bidding.round)
    };
    submits(&bidder.actor, &envelope).await.refused("ROUND_KEY_MISSING");
    assert_eq!(bidding.is_sealed().await["size"], 0);
    bidding.publishes(&ceremony, &bidding.sign(&ceremony, &shares)).await.refused("ROUND_CLOSED");
    let recipient = format!("{{ openingRecipient(round: {:?}) }}", bidding.round);
    let (one, two) = (&bidding.custodians[0], &bidding.custodians[1]);
    let found = one.asks(&recipient).await.done();
    assert!(found.as_str().unwrap().starts_with("age1"), "{found}");
    assert_eq!(two.asks(&recipient).await.done(), found);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_correction_leaves_what_was_sealed_and_may_move_the_deadline() {
    let bidding = Bidding::open().await;
    let (bidder, other) = (bidding.bidder().await, bidding.bidder().await);
    receipt(bidding.seals(&bidder, 1, "4").await);
    let mut announcement = bidding.announcement.clone();
    for date in ["bidsUntil", "openingFrom"] {
        announcement["calendar"][date] = json!(in_seconds(6 * 3_600));
    }
    let specs = announcement["lots"][1]["specs"].as_array_mut().unwrap();
    specs.extend((0..40).map(|code| {
        json!({ "code": format!("new{code}"), "name": "250ml:0.5g", "content": "0.5", "ceiling": "12.6" })
    }));
    let input = json!({ "id": bidding.round, "version": bidding.version().await, "announcement": announcement, "reason": "延期",
        "idempotencyKey": key() });
    bidding.office.does("correctRound", input, "version").await.done();
    let now = bid(&bidding, &bidder).await;
    assert_eq!((&now["status"], &now["version"]), (&json!("SEALED"), &json!(1)));
    // The deadline of the first edition is over; that of the second is not. The length is the same for early and late bidders.
    bidding.world.moves_clock_to(5 * 3_600).await;
    receipt(bidding.seals(&other, 1, "5").await);
    bidding.withdraws(&bidder, 1).await.done();
    assert_eq!(bidding.is_sealed_at(7 * 3_600).await["size"], 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cancelled_round_lets_go_of_its_bids_and_tells_what_happened() {
    let bidding = Bidding::open().await;
    let bidder = bidding.bidder().await;
    receipt(bidding.seals(&bidder, 1, "4").await);
    let (world, round) = (&bidding.world, &bidding.round);
    bidding.office.moves("cancelRound", (round, bidding.version().await), Some("目录调整")).await.done();
    let kept = "SELECT count(*)::text AS line FROM bids WHERE ciphertext IS NOT NULL";
    assert_eq!(texts(&world.database.owner, kept).await, ["0"]);
    let told = world.entries("").await;
    assert!(
        told.contains(&"BidSealed".to_owned()) && told.ends_with(&["RoundCancelled".to_owned()]),
        "{told:?}"
    );
    bidding.seals(&bidder, 2, "4").await.refused("ROUND_STATE");
    bidding.withdraws(&bidder, 1).await.refused("ROUND_STATE");
    let history = submissions(&bidding, &bidder).await;
    assert_eq!((history.len(), &history[0]["version"]), (1, &json!(1)));
}

/// Every row of every table, as a dump has it.
async fn dump(url: &str) -> String {
    let tables = "SELECT tablename AS line FROM pg_tables WHERE schemaname = 'public' ORDER BY tablename";
    let mut all = String::new();
    for table in texts(url, tables).await {
        let rows = format!("SELECT row.*::text AS line FROM {table} AS row");
        all.extend(texts(url, &rows).await);
    }
    all
}

#[tokio::test(flavor = "multi_thread")]
async fn the_database_holds_no_price_and_no_key_of_a_sealed_round() {
    let bidding = Bidding::announced().await;
    let (ceremony, shares) = bidding.holds_ceremony(2);
    bidding.publishes(&ceremony, &bidding.sign(&ceremony, &shares)).await.done();
    bidding.takes_bids().await;
    let bidder = bidding.bidder().await;
    let (before, after) = ("314159.2653", "271828.1828");
    receipt(bidding.seals(&bidder, 1, before).await);
    receipt(bidding.seals(&bidder, 2, after).await);
    let held = dump(&bidding.world.database.owner).await;
    assert!(held.contains(ceremony.recipient().to_string().as_str()) && held.contains("BidSealed"));
    let seed =
        |key: &CustodianKey| key.to_file_text().lines().last().unwrap().split(' ').nth(2).unwrap().to_owned();
    let mut known = vec![before.to_owned(), after.to_owned(), "AGE-SECRET-KEY".to_owned()];
    known.extend(bidding.keys.iter().map(seed));
    for known in known {
        let written = known.bytes().map(|byte| format!("{byte:02x}")).collect::<String>();
        assert!(!held.contains(&known) && !held.contains(&written), "{known} is in the database");
    }
}
