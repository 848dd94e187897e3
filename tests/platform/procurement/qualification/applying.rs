//! Manufacturers apply to a round, correct what was returned, and are checked against what the round asks.
use serde_json::{Value, json};

use super::{
    applies, approves, decides, drafts, is_told, may_bid, product, qualified, reads, revises, task, tasks,
};
use crate::support::actor::{PAPER, key};
use crate::support::rounds::{HOUR, QUALIFICATION_ENDS, a_round, announced};
use crate::support::world::World;

#[tokio::test(flavor = "multi_thread")]
async fn what_is_returned_is_corrected_until_the_deadline_and_keeps_what_was_approved() {
    let world = World::new().await;
    let round = announced(&world, a_round()).await;
    let firm = world.manager("MANUFACTURER", "440000").await;
    let (tablet, injection) = (product(round.spec(1, "10"), "片"), product(round.spec(2, "100"), "注射液"));
    let written = applies(&firm, &round.id, &[tablet.clone(), injection.clone()]).await;
    let held = |product: &Value, at: usize| {
        let mut held = product.clone();
        held["id"] = json!(written.products[at]);
        held
    };
    revises(&firm, (&written.id, 2), &[held(&tablet, 0)]).await.refused("QUALIFICATION_STATE");
    let verdicts = [
        (written.products[0].as_str(), "APPROVE", None),
        (written.products[1].as_str(), "RETURN", Some("批件不清")),
    ];
    decides(&round.office, (&written.id, 2), &verdicts).await.done();
    round.office.moves("returnQualification", (&written.id, 3), Some("请补正")).await.done();
    assert_eq!(tasks(&firm).await, [task("CORRECT_QUALIFICATION", &written.id, "请补正")]);
    assert_eq!(tasks(&round.office).await, []);
    let mut corrected = held(&injection, 1);
    corrected["capacity"] = json!("5000000");
    revises(&firm, (&written.id, 4), &[held(&tablet, 0), corrected]).await.done();
    firm.moves("submitQualification", (&written.id, 5), None).await.done();
    let statuses = |shown: &Value| {
        let nodes = shown["products"]["nodes"].as_array().unwrap().iter();
        nodes.map(|one| one["status"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(statuses(&reads(&round.office, &written.id).await), ["APPROVED", "PENDING"]);
    let other = world.manager("MANUFACTURER", "440000").await;
    let late = applies(&other, &round.id, std::slice::from_ref(&tablet)).await;
    round.office.moves("returnQualification", (&late.id, 2), Some("请补正")).await.done();
    world.moves_clock_to(QUALIFICATION_ENDS * HOUR + 60).await;
    let (office, other) = (world.logs_in(&round.office.login).await, world.logs_in(&other.login).await);
    assert_eq!(tasks(&other).await, []);
    other.moves("submitQualification", (&late.id, 3), None).await.refused("ROUND_CLOSED");
    revises(&other, (&late.id, 3), std::slice::from_ref(&tablet)).await.refused("ROUND_CLOSED");
    drafts(&world.manager("MANUFACTURER", "440000").await, &round.id, &[tablet])
        .await
        .refused("ROUND_CLOSED");
    office.moves("returnQualification", (&written.id, 6), Some("请补正")).await.refused("ROUND_CLOSED");
    decides(&office, (&written.id, 6), &[(written.products[1].as_str(), "APPROVE", None)]).await.done();
    office.moves("approveQualification", (&written.id, 7), None).await.done();
    assert_eq!(qualified(&world, &round).await.len(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_application_is_checked_against_the_round() {
    let world = World::new().await;
    let round = announced(&world, a_round()).await;
    let (firm, neighbour) =
        (world.manager("MANUFACTURER", "440000").await, world.manager("MANUFACTURER", "440000").await);
    let theirs = neighbour.uploads("QUALIFICATION", "a.pdf", PAPER).await.json()["id"].clone();
    let licence = firm.uploads("LICENCE", "a.pdf", PAPER).await.json()["id"].clone();
    let good = || product(round.spec(1, "10"), "片");
    let table = [
        ("spec", json!("spc_00000000000000000000000000000000"), "PRODUCTS_INVALID"),
        ("spec", json!("10mg"), "ID_MALFORMED"),
        ("name", json!(" "), "NAME_INVALID"),
        ("approvalNumber", json!("H2012"), "APPROVAL_NUMBER_INVALID"),
        ("approvalNumber", json!("国械注准20163771234"), "APPROVAL_NUMBER_INVALID"),
        ("evaluatedOn", json!(null), "EVIDENCE_INVALID"),
        ("evaluatedOn", json!("2099-01-01"), "EVIDENCE_INVALID"),
        ("evidence", json!("NOT_REQUIRED"), "EVIDENCE_INVALID"),
        ("capacity", json!("0"), "PRODUCTS_INVALID"),
        ("capacity", json!("1.5"), "PRODUCTS_INVALID"),
        ("facts", json!([{ "column": "colour", "value": "1" }]), "PRODUCTS_INVALID"),
        ("facts", json!([{ "column": "evaluation_date", "value": "soon" }]), "PRODUCTS_INVALID"),
        (
            "facts",
            json!([{ "column": "supply_record", "value": "1" }, { "column": "supply_record", "value": "2" }]),
            "PRODUCTS_INVALID",
        ),
        ("documents", json!([theirs]), "NOT_FOUND"),
        ("documents", json!([licence]), "NOT_FOUND"),
        ("id", json!("prd_00000000000000000000000000000000"), "NOT_FOUND"),
    ];
    for (field, value, expected) in table {
        let mut faulty = good();
        faulty[field] = value;
        drafts(&firm, &round.id, &[faulty]).await.refused(expected);
    }
    drafts(&firm, &round.id, &[good(), good()]).await.refused("PRODUCTS_INVALID");
    drafts(&firm, "rnd_00000000000000000000000000000000", &[good()]).await.refused("NOT_FOUND");
    drafts(&round.office, &round.id, &[good()]).await.refused("FORBIDDEN");
    let empty = drafts(&firm, &round.id, &[]).await.done()["id"].as_str().unwrap().to_owned();
    firm.moves("submitQualification", (&empty, 1), None).await.refused("PRODUCTS_INVALID");
    drafts(&firm, &round.id, &[good()]).await.refused("QUALIFICATION_EXISTS");
    revises(&firm, (&empty, 9), &[good()]).await.refused("STALE_VERSION");
    revises(&firm, (&empty, 1), &[good()]).await.done();
    firm.moves("submitQualification", (&empty, 2), None).await.done();
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_applies_with_a_licence_that_is_over() {
    let world = World::new().await;
    let round = announced(&world, a_round()).await;
    let registered = world.registers("MANUFACTURER", "440000").await;
    let firm = world.logs_in(&registered.login).await;
    let china = jiff::tz::Offset::constant(8).to_time_zone();
    let today = jiff::Timestamp::now().to_zoned(china).date().to_string();
    firm.shows_licence("BUSINESS", "2099-12-31").await;
    let version = firm.shows_licence("DRUG_MANUFACTURING", &today).await;
    world.admin().moves("approveOrganization", (&registered.id, version), None).await.done();
    let drafted = drafts(&firm, &round.id, &[product(round.spec(1, "10"), "片")]).await.done();
    world.moves_clock_to(25 * HOUR).await;
    let firm = world.logs_in(&registered.login).await;
    let id = drafted["id"].as_str().unwrap();
    firm.moves("submitQualification", (id, 1), None).await.refused("LICENCE_MISSING");
    firm.shows_licence("DRUG_MANUFACTURING", "2099-12-31").await;
    firm.moves("submitQualification", (id, 1), None).await.done();
}

#[tokio::test(flavor = "multi_thread")]
async fn an_approved_application_that_is_written_anew_qualifies_when_it_is_approved_again() {
    let world = World::new().await;
    let round = announced(&world, a_round()).await;
    let firm = world.manager("MANUFACTURER", "440000").await;
    let tablet = product(round.spec(1, "10"), "片");
    let written = applies(&firm, &round.id, std::slice::from_ref(&tablet)).await;
    approves(&round.office, &written).await;
    assert!(may_bid(&world, &round, &firm.organization).await);
    let mut held = tablet.clone();
    held["id"] = json!(written.products[0]);
    let more = [held, product(round.spec(1, "20"), "片")];
    revises(&firm, (&written.id, 4), &more).await.done();
    assert!(!may_bid(&world, &round, &firm.organization).await);
    firm.moves("submitQualification", (&written.id, 5), None).await.done();
    round
        .office
        .moves("approveQualification", (&written.id, 6), None)
        .await
        .refused("QUALIFICATION_UNDECIDED");
    let shown = reads(&round.office, &written.id).await;
    let second = shown["products"]["nodes"][1]["id"].as_str().unwrap();
    decides(&round.office, (&written.id, 6), &[(second, "APPROVE", None)]).await.done();
    round.office.moves("approveQualification", (&written.id, 7), None).await.done();
    assert_eq!(qualified(&world, &round).await.len(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_correction_that_withdraws_a_lot_takes_its_products_out_and_nothing_else() {
    let world = World::new().await;
    let mut announcement = a_round();
    let round = announced(&world, announcement.clone()).await;
    let (firm, other) =
        (world.manager("MANUFACTURER", "440000").await, world.manager("MANUFACTURER", "440000").await);
    let (tablet, injection) = (product(round.spec(1, "10"), "片"), product(round.spec(2, "100"), "注射液"));
    let written = applies(&firm, &round.id, &[tablet, injection.clone()]).await;
    let unsent = drafts(&other, &round.id, &[injection]).await.done()["id"].as_str().unwrap().to_owned();
    let approved = applies(
        &world.manager("MANUFACTURER", "440000").await,
        &round.id,
        &[product(round.spec(2, "100"), "乙")],
    )
    .await;
    approves(&round.office, &approved).await;
    assert_eq!(qualified(&world, &round).await.len(), 1);
    announcement["custodians"] = round.custodians.iter().map(|one| json!(one.user)).collect();
    announcement["lots"].as_array_mut().unwrap().pop();
    let input = json!({ "id": round.id, "version": round.version().await, "announcement": announcement,
        "reason": "该品种已有全国集采", "idempotencyKey": key() });
    round.office.does("correctRound", input, "version").await.done();
    is_told(&world, &firm, "RoundCorrected").await;
    assert_eq!(qualified(&world, &round).await, []);
    let shown = reads(&round.office, &written.id).await;
    let announced = |at: usize| shown["products"]["nodes"][at]["announced"].clone();
    assert_eq!((announced(0), announced(1)), (json!(true), json!(false)));
    let (first, second) = (written.products[0].as_str(), written.products[1].as_str());
    decides(&round.office, (&written.id, 2), &[(second, "APPROVE", None)]).await.refused("NOT_FOUND");
    decides(&round.office, (&written.id, 2), &[(first, "APPROVE", None)]).await.done();
    round.office.moves("approveQualification", (&written.id, 3), None).await.done();
    let found = qualified(&world, &round).await;
    assert_eq!(found.iter().map(|entry| entry.product.to_string()).collect::<Vec<_>>(), [first]);
    other.moves("submitQualification", (&unsent, 1), None).await.refused("PRODUCTS_INVALID");
    drafts(&world.manager("MANUFACTURER", "440000").await, &round.id, &[product(round.spec(2, "100"), "丙")])
        .await
        .refused("PRODUCTS_INVALID");
}
