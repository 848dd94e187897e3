//! Custodians open a round together, and whoever may decides it again.
use std::collections::BTreeMap;
use std::io::Read;

use jicai_domain::jobs::JobKind;
use jicai_server::award::award_json;
use serde_json::{Value, json};

use super::bidding::submits;
use super::stage::{Stage, nodes, with_worker};
use crate::support::actor::{Actor, key};
use crate::support::killed::{Hold, Killed};
use crate::support::live::{Heard, Live};
use crate::support::postgres::texts;
use crate::support::rounds::{HOUR, OPENING};
use crate::support::world::World;

/// The files of a bundle.
pub(super) fn unpacked(bytes: &[u8]) -> BTreeMap<String, String> {
    let mut files = BTreeMap::new();
    for entry in tar::Archive::new(bytes).entries().unwrap() {
        let mut entry = entry.unwrap();
        let name = entry.path().unwrap().display().to_string();
        let mut text = String::new();
        entry.read_to_string(&mut text).unwrap();
        files.insert(name, text);
    }
    files
}

/// What `jicai award` writes for the tables of a bundle.
pub(super) fn recomputed(files: &BTreeMap<String, String>) -> String {
    let file = |name: &str| files.get(name).map(String::as_bytes);
    let tables = (file("lots.csv"), file("demand.csv"), file("preferences.csv"));
    award_json(&files["rules.toml"], file("bids.csv").unwrap(), tables.0, tables.1, tables.2).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn custodians_open_a_round_together_and_its_result_is_decided_again_to_the_same_bytes() {
    let mut stage = Stage::bidding(World::new().await, "EVERYTHING", 4).await;
    stage.seals(0, ["8", "90"]).await;
    stage.seals(1, ["9", "100"]).await;
    let mut copy = stage.seals(2, ["10", "110"]).await;
    let copier = &stage.firms[3];
    copy.bidder.clone_from(&copier.actor.organization);
    submits(&copier.actor, &copy.to_canonical()).await.done();
    stage.is_sealed().await;
    let early = stage.brought(&stage.share(0)).await;
    stage.gives(0, &early).await.refused("ROUND_CLOSED");
    stage.at(OPENING * HOUR + 1).await;
    let auditor = stage.world.manager("AUDIT_BODY", "320000").await;
    let mut live = Live::of(&auditor).await;
    live.follows(&["RoundShareAccepted", "RoundShareRefused", "RoundOpeningBegun", "RoundOpened"], None)
        .await;
    let of_another = stage.brought(&stage.share(1)).await;
    let refused = stage.gives(0, &of_another).await;
    refused.refused("SHARE_WRONG");
    let named = refused.json["errors"][0]["extensions"]["allowed"].to_string();
    assert!(named.contains(&format!("1: {}", stage.keys[0].public())), "{named}");
    stage.gives(0, "no share").await.refused("SHARE_INVALID");
    let first = stage.gives_own(0).await;
    assert_eq!(first, json!({ "position": 1, "given": 1, "needed": 2 }));
    assert_eq!(stage.gives_own(0).await, first, "a share that is given again is answered the same way");
    assert_eq!(stage.live.status().await, "SEALED", "one share opens nothing");
    let nobody = stage.world.nobody();
    assert!(stage.result(&nobody).await.is_null());
    assert_eq!(stage.gives_own(2).await["given"], 2);
    stage.comes_to("PROVISIONAL").await;
    for kind in [
        "RoundShareRefused",
        "RoundShareRefused",
        "RoundShareAccepted",
        "RoundShareAccepted",
        "RoundOpeningBegun",
        "RoundOpened",
    ] {
        let heard = live.hears().await;
        let Heard::Message(message) = heard else { panic!("{heard:?}") };
        assert_eq!(message["payload"]["data"]["events"]["kind"], kind, "{message}");
    }
    let left = "SELECT ((SELECT count(*) FROM round_shares) + (SELECT count(*) FROM bids WHERE ciphertext IS NOT NULL))::text AS line";
    assert_eq!(texts(&stage.world.database.owner, left).await, ["0"], "shares and envelopes are gone");
    let result = stage.result(&nobody).await;
    let lot = &nodes(&result["lots"])[0];
    let selected: Vec<&Value> = nodes(&lot["bids"]).iter().filter(|bid| bid["selected"] == true).collect();
    let prices: Vec<&str> = selected.iter().map(|bid| bid["finalPrice"].as_str().unwrap()).collect();
    assert_eq!((lot["status"].as_str(), prices), (Some("DECIDED"), vec!["0.800000", "0.900000"]));
    let region = &nodes(&lot["regions"])[0];
    let first = &selected[0]["firm"];
    let alike = format!("{} ({})", first["name"].as_str().unwrap(), first["creditCode"].as_str().unwrap());
    assert_eq!((&region["region"], &region["main"]), (&json!("江苏省"), &json!(alike)));
    let void = &nodes(&result["voidBids"])[0];
    assert_eq!((&void["firm"]["id"], &void["reason"]["code"]), (&json!(copy.bidder), &json!("OTHER_BIDDER")));
    let bundle = stage.bundle(&nobody).await;
    assert_eq!(bundle.status, 200, "{}", bundle.body);
    let files = unpacked(&bundle.bytes);
    assert_eq!(recomputed(&files), files["result.json"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn everybody_sees_of_a_result_what_the_disclosure_rule_says() {
    for (disclosure, bids, priced) in
        [("SELECTED_NAMES", 2, false), ("SELECTED_WITH_PRICES", 2, true), ("EVERYTHING", 3, true)]
    {
        let mut stage = Stage::bidding(World::new().await, disclosure, 3).await;
        for (firm, prices) in [["8", "90"], ["9", "100"], ["10", "110"]].into_iter().enumerate() {
            stage.seals(firm, prices).await;
        }
        stage.is_opened().await;
        let manager = async |kind: &str, region: &str| stage.world.manager(kind, region).await;
        let open = disclosure == "EVERYTHING";
        let readers = [
            ("nobody", stage.world.nobody(), open, if open { 200 } else { 401 }),
            ("hospital", manager("HOSPITAL", "320106").await, open, if open { 200 } else { 403 }),
            (
                "other office",
                manager("PROCUREMENT_OFFICE", "310000").await,
                open,
                if open { 200 } else { 403 },
            ),
            (
                "auditor of another region",
                manager("AUDIT_BODY", "310000").await,
                open,
                if open { 200 } else { 403 },
            ),
            ("auditor of a part", manager("AUDIT_BODY", "320106").await, open, if open { 200 } else { 403 }),
            ("auditor", manager("AUDIT_BODY", "320000").await, true, 200),
            ("regulator", manager("REGULATOR", "000000").await, true, 200),
            ("office", stage.live.office.clone(), true, 200),
        ];
        for (who, reader, whole, status) in &readers {
            let result = stage.result(reader).await;
            let shown = nodes(&nodes(&result["lots"])[0]["bids"]);
            let count = if *whole { 3 } else { bids };
            assert_eq!(shown.len(), count, "{disclosure}: {who} sees {shown:?}");
            assert_eq!(!shown[0]["finalPrice"].is_null(), priced || *whole, "{disclosure}: {who}");
            assert_eq!(!shown[0]["price"].is_null(), *whole, "{disclosure}: {who}");
            assert_eq!(nodes(&shown[0]["reasons"]).is_empty(), !whole, "{disclosure}: {who}");
            assert_eq!(stage.bundle(reader).await.status, *status, "{disclosure}: {who}");
        }
        let loser = &stage.firms[2].actor;
        let result = stage.result(loser).await;
        let shown = nodes(&nodes(&result["lots"])[0]["bids"]);
        let own = shown.iter().find(|bid| bid["firm"]["id"] == loser.organization.as_str()).unwrap();
        assert_eq!((&own["price"], &own["selected"]), (&json!("10"), &json!(false)));
        assert!(!nodes(&own["reasons"]).is_empty());
        assert_eq!(!shown[0]["price"].is_null(), open, "{disclosure}: the price of another");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_opening_that_was_killed_before_its_commit_and_after_it_is_finished_once_with_the_same_result() {
    let world = World::with(|config| config.jobs = 0).await;
    let mut stage = Stage::bidding(world, "EVERYTHING", 2).await;
    stage.seals(0, ["8", "90"]).await;
    stage.seals(1, ["9", "100"]).await;
    stage.at(crate::support::rounds::BIDS_END * HOUR + 1).await;
    with_worker(&stage.world, stage.comes_to("SEALED")).await;
    let mut clock = OPENING * HOUR + 1;
    stage.at(clock).await;
    stage.gives_own(0).await;
    stage.gives_own(1).await;
    let (owner, app) = (stage.world.database.owner.clone(), stage.world.database.app.clone());
    let kept = "SELECT concat((SELECT count(*) FROM bid_lines), ' lines, ', (SELECT count(*) FROM round_shares), ' shares, ',
        (SELECT status FROM jobs WHERE kind = 'OPEN_ROUND')) AS line";

    // Everything is decrypted and decided; what is missing is the commit.
    let round = Hold::on(&owner, "rounds").await;
    Killed::worker(&stage.world.database).at_what_is_held(&app).await;
    round.ends().await;
    assert_eq!(stage.live.status().await, "OPENING");
    assert_eq!(texts(&owner, kept).await, ["0 lines, 2 shares, RUNNING"]);

    // It is committed; what is missing is the word that the work is done.
    clock += JobKind::OpenRound.rule().lease_seconds + 1;
    stage.at(clock).await;
    let round = Hold::on(&owner, "rounds").await;
    let second = Killed::worker(&stage.world.database);
    let taken = "SELECT count(*)::text AS line FROM jobs WHERE kind = 'OPEN_ROUND' AND status = 'RUNNING' AND tries = 2";
    let begun = std::time::Instant::now();
    while texts(&owner, taken).await != ["1"] {
        assert!(begun.elapsed().as_secs() < 60, "the opening is not taken again");
    }
    let job = Hold::on(&owner, "jobs WHERE kind = 'OPEN_ROUND'").await;
    round.ends().await;
    stage.comes_to("PROVISIONAL").await;
    second.at_what_is_held(&app).await;
    job.ends().await;
    assert_eq!(texts(&owner, kept).await, ["4 lines, 0 shares, RUNNING"]);
    let decided = stage.result(&stage.live.office).await;

    clock += JobKind::OpenRound.rule().lease_seconds + 1;
    stage.at(clock).await;
    let done = async {
        let begun = std::time::Instant::now();
        while texts(&owner, kept).await != ["4 lines, 0 shares, DONE"] {
            assert!(begun.elapsed().as_secs() < 60, "the opening is not done again");
        }
    };
    with_worker(&stage.world, done).await;
    assert_eq!(stage.result(&stage.live.office).await, decided);
    let entries = stage.world.entries(&stage.live.id).await;
    assert_eq!(entries.iter().filter(|kind| *kind == "RoundOpened").count(), 1, "{entries:?}");
    let files = unpacked(&stage.bundle(&stage.live.office).await.bytes);
    assert_eq!(recomputed(&files), files["result.json"]);
}

pub(super) async fn settles(who: &Actor, name: &str, input: Value) -> crate::support::actor::Outcome {
    let kind = format!("{}{}Input", name[..1].to_uppercase(), &name[1..]);
    let query = format!("mutation($input: {kind}!) {{ {name}(input: $input) }}");
    who.asks_with(&query, json!({ "input": input })).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_tie_is_settled_by_two_persons_with_evidence() {
    let mut stage = Stage::bidding(World::new().await, "EVERYTHING", 3).await;
    stage.seals(0, ["8", "90"]).await;
    stage.seals(1, ["9", "100"]).await;
    stage.seals(2, ["9", "110"]).await;
    stage.is_opened().await;
    let (office, nobody) = (stage.live.office.clone(), stage.world.nobody());
    let other = stage.world.clerk(&office, "other", "PROCUREMENT_OFFICE").await;
    let before = stage.result(&nobody).await;
    let lot = |result: &Value, place: usize| nodes(&result["lots"])[place].clone();
    assert_eq!((&lot(&before, 0)["status"], &lot(&before, 1)["status"]), (&json!("TIED"), &json!("DECIDED")));
    let paper = office.uploads("ROUND", "抽签记录.pdf", crate::support::actor::PAPER).await.json();
    let order = |products: &[&str]| {
        json!({ "round": stage.live.id, "products": products, "evidence": paper["id"], "explanation": "现场抽签",
            "idempotencyKey": key() })
    };
    let [tied, also] = [&stage.firms[1].products[0], &stage.firms[2].products[0]].map(String::as_str);
    settles(&office, "resolveTie", order(&[also])).await.refused("TIE_ORDER_INVALID");
    settles(&office, "resolveTie", order(&[also, tied, &stage.firms[0].products[0]]))
        .await
        .refused("TIE_ORDER_INVALID");
    settles(&stage.firms[1].actor, "resolveTie", order(&[tied, also])).await.refused("FORBIDDEN");
    let first = settles(&office, "resolveTie", order(&[tied, also])).await.done();
    let decision = |id: &Value| json!({ "id": id, "idempotencyKey": key() });
    let rejection = |id: &Value| json!({ "id": id, "reason": "记录不清", "idempotencyKey": key() });
    settles(&office, "confirmTie", decision(&first)).await.refused("SECOND_PERSON_NEEDED");
    settles(&other, "rejectTie", rejection(&first)).await.done();
    settles(&other, "confirmTie", decision(&first)).await.refused("TIE_STATE");
    assert_eq!(lot(&stage.result(&nobody).await, 0)["status"], "TIED");
    let second = settles(&other, "resolveTie", order(&[also, tied])).await.done();
    let confirmation = decision(&second);
    settles(&office, "confirmTie", confirmation.clone()).await.done();
    assert_eq!(
        settles(&office, "confirmTie", confirmation).await.done(),
        second,
        "a repetition gets the same answer"
    );
    let after = stage.result(&nobody).await;
    let selected: Vec<String> = nodes(&lot(&after, 0)["bids"])
        .iter()
        .filter(|bid| bid["selected"] == true)
        .map(|bid| bid["product"].as_str().unwrap().to_owned())
        .collect();
    assert_eq!(selected, [stage.firms[0].products[0].clone(), also.to_owned()]);
    assert_eq!(lot(&after, 1), lot(&before, 1), "the other lot stays as it was");
    let resolutions = nodes(&after["tieResolutions"]).clone();
    let states: Vec<&str> = resolutions.iter().map(|row| row["status"].as_str().unwrap()).collect();
    assert_eq!(states, ["CONFIRMED", "REJECTED"]);
    settles(&office, "resolveTie", order(&[also, tied])).await.refused("TIE_ORDER_INVALID");
    let entries = stage.world.entries(&stage.live.id).await;
    let ties: Vec<&str> = entries.iter().map(String::as_str).filter(|kind| kind.contains("Tie")).collect();
    assert_eq!(ties, ["RoundTieProposed", "RoundTieRejected", "RoundTieProposed", "RoundTieResolved"]);
    let files = unpacked(&stage.bundle(&nobody).await.bytes);
    assert!(files["bids.csv"].contains("tie_order"));
    assert_eq!(recomputed(&files), files["result.json"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_proves_the_order_of_a_tie_is_read_by_whoever_sees_the_whole_result() {
    for (disclosure, others) in [("SELECTED_NAMES", [401, 404, 404, 404]), ("EVERYTHING", [200; 4])] {
        let mut stage = Stage::bidding(World::new().await, disclosure, 3).await;
        for (firm, prices) in [["8", "90"], ["9", "100"], ["9", "110"]].into_iter().enumerate() {
            stage.seals(firm, prices).await;
        }
        stage.is_opened().await;
        let manager = async |kind: &str, region: &str| stage.world.manager(kind, region).await;
        let others = [
            (stage.world.nobody(), others[0]),
            (manager("HOSPITAL", "320106").await, others[1]),
            (manager("AUDIT_BODY", "310000").await, others[2]),
            (stage.firms[1].actor.clone(), others[3]),
        ];
        let office = &stage.live.office;
        let paper = office.uploads("ROUND", "抽签记录.pdf", crate::support::actor::PAPER).await.json();
        let paper = paper["id"].as_str().unwrap();
        let auditor = manager("AUDIT_BODY", "320000").await;
        assert_eq!(auditor.downloads(paper).await.status, 404, "it proves nothing yet");
        let products: Vec<&str> = [1, 2].map(|firm| stage.firms[firm].products[0].as_str()).to_vec();
        let order = json!({ "round": stage.live.id, "products": products, "evidence": paper, "explanation": "现场抽签",
            "idempotencyKey": key() });
        settles(office, "resolveTie", order).await.done();
        for reader in [&auditor, office, &manager("REGULATOR", "320000").await] {
            assert_eq!(reader.downloads(paper).await.status, 200, "{disclosure}: {}", reader.login);
        }
        for (reader, status) in others {
            assert_eq!(reader.downloads(paper).await.status, status, "{disclosure}: {}", reader.login);
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_result_that_is_asked_for_again_is_the_same_for_whoever_may_still_see_it() {
    let mut stage = Stage::bidding(World::new().await, "SELECTED_NAMES", 2).await;
    stage.seals(0, ["8", "90"]).await;
    stage.seals(1, ["9", "100"]).await;
    stage.is_sealed().await;
    stage.is_opened().await;
    let office = stage.live.office.clone();
    let first = stage.result(&office).await;
    assert_eq!(stage.result(&office).await, first);
    let priced = &nodes(&nodes(&first["lots"])[0]["bids"])[0]["unitPrice"];
    assert!(priced.is_string(), "{first}");
    let anybody = stage.result(&stage.world.nobody()).await;
    let hidden = &nodes(&nodes(&anybody["lots"])[0]["bids"])[0]["unitPrice"];
    assert!(hidden.is_null(), "{anybody}");
    for (fields, name) in [
        ("lots(first: 1) { nodes { number } } lots(first: 1) { nodes { name } }", "lots"),
        ("a: lots(first: 1) { nodes { number name } } lots(first: 1) { nodes { cap } }", "a"),
        ("...L ...L } } fragment L on RoundResult { b: lots(first: 1) { nodes { number name } ", "b"),
    ] {
        let query = format!("{{ roundResult(round: {:?}) {{ {fields} }} }}", stage.live.id);
        for _time in 0..2 {
            let lot = nodes(&office.asks(&query).await.done()[name])[0].clone();
            assert_eq!((&lot["number"], lot["name"].is_string()), (&json!(1), true), "{query}: {lot}");
        }
    }
    office.asks("mutation { logOut }").await.done();
    let query = format!(
        "{{ roundResult(round: {:?}) {{ lots(first: 10) {{ nodes {{ number }} }} }} }}",
        stage.live.id
    );
    office.asks(&query).await.refused("TOKEN_INVALID");
}
