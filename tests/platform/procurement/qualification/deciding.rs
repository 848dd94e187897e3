//! The office decides about applications, each with its reason; who sees what, and who qualifies.
use futures_util::future::join;
use serde_json::json;

use super::{
    Written, applies, approves, decides, drafts, is_told, may_bid, opened, product, qualified, reads,
    revises, task, tasks,
};
use crate::support::actor::{Actor, PAPER, key};
use crate::support::rounds::{BIDS_END, HOUR, OPENING, a_round, announced};
use crate::support::world::World;

#[tokio::test(flavor = "multi_thread")]
async fn a_manufacturer_applies_with_products_and_the_office_decides_each_with_its_reason() {
    let world = World::new().await;
    let round = announced(&world, a_round()).await;
    let firm = world.manager("MANUFACTURER", "440000").await;
    let name = round.read("name").await["name"].as_str().unwrap().to_owned();
    assert_eq!(tasks(&firm).await, [task("APPLY_FOR_ROUND", &round.id, &name)]);
    let asked = round.read("ruleSet { columns { name kind required } }").await["ruleSet"]["columns"].clone();
    let column = |name: &str, kind: &str| json!({ "name": name, "kind": kind, "required": false });
    assert!(asked.as_array().unwrap().contains(&column("evaluation_date", "DATE")), "{asked}");
    let paper = firm.uploads("QUALIFICATION", "批件.pdf", PAPER).await.json()["id"].clone();
    let mut tablet = product(round.spec(1, "10"), "阿托伐他汀钙片");
    tablet["documents"] = json!([paper]);
    tablet["facts"] = json!([{ "column": "evaluation_date", "value": "2020-06-30" }]);
    let written = applies(&firm, &round.id, &[tablet, product(round.spec(2, "100"), "左氧氟沙星")]).await;
    assert_eq!(tasks(&firm).await, []);
    let wait = task("DECIDE_QUALIFICATION", &written.id, "MANUFACTURER 440000");
    assert_eq!(tasks(&round.office).await, [wait]);
    let seen = reads(&round.office, &written.id).await;
    assert_eq!(seen["applicantId"], json!(firm.organization));
    assert_eq!(seen["licences"].as_array().unwrap().len(), 2);
    let shown = &seen["products"]["nodes"][0];
    assert_eq!(shown["facts"], json!([{ "column": "evaluation_date", "value": "2020-06-30" }]));
    for path in [&shown["papers"][0]["path"], &seen["licences"][0]["document"]["path"]] {
        let document = path.as_str().unwrap().strip_prefix("/documents/").unwrap();
        assert_eq!(round.office.downloads(document).await.status, 200, "{path}");
    }
    let (tablet, injection) = (written.products[0].as_str(), written.products[1].as_str());
    let verdicts = [(tablet, "APPROVE", None), (injection, "REJECT", Some("未过评"))];
    round
        .office
        .moves("approveQualification", (&written.id, 2), None)
        .await
        .refused("QUALIFICATION_UNDECIDED");
    decides(&round.office, (&written.id, 2), &[(injection, "REJECT", None)]).await.refused("REASON_MISSING");
    decides(&round.office, (&written.id, 2), &verdicts).await.done();
    assert_eq!(qualified(&world, &round).await, []);
    round.office.moves("approveQualification", (&written.id, 3), None).await.done();
    assert_eq!(tasks(&round.office).await, []);
    let told = reads(&firm, &written.id).await;
    assert_eq!((&told["status"], &told["version"]), (&json!("APPROVED"), &json!(4)));
    assert_eq!(told["products"]["nodes"][1]["statusReason"], "未过评");
    let found = qualified(&world, &round).await;
    let entry = &found[0];
    assert_eq!((found.len(), entry.product.to_string().as_str()), (1, tablet));
    assert_eq!((entry.applicant.to_string(), entry.capacity), (firm.organization.clone(), 120_000_000));
    assert_eq!((entry.content.unwrap().to_string(), entry.ceiling.to_string()), ("10".into(), "1.32".into()));
    assert_eq!((entry.lot_name.as_str(), entry.group.as_deref()), ("阿托伐他汀口服常释剂型", None));
    assert_eq!(entry.facts["evaluation_date"], "2020-06-30");
    assert!(may_bid(&world, &round, &firm.organization).await);
    let log = ["QualificationDrafted", "QualificationSubmitted", "ProductsDecided", "QualificationApproved"];
    assert_eq!(world.entries(&written.id).await, log);
    assert_eq!(world.entries(injection).await, ["ProductRejected"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_pending_at_the_opening_is_not_qualified_and_then_everybody_sees_who_is() {
    let world = World::new().await;
    let round = announced(&world, a_round()).await;
    let (first, second) =
        (world.manager("MANUFACTURER", "440000").await, world.manager("MANUFACTURER", "440000").await);
    let approved = applies(&first, &round.id, &[product(round.spec(1, "10"), "甲片")]).await;
    let pending = applies(&second, &round.id, &[product(round.spec(1, "10"), "乙片")]).await;
    approves(&round.office, &approved).await;
    decides(&round.office, (&pending.id, 2), &[(pending.products[0].as_str(), "APPROVE", None)]).await.done();
    let list = format!(
        "{{ qualifiedProducts(round: {:?}) {{ nodes {{ id name applicantId applicantName lotName specName group }} }} }}",
        round.id
    );
    world.nobody().asks(&list).await.refused("ROUND_CLOSED");
    world.moves_clock_to(BIDS_END * HOUR + 60).await;
    world.nobody().asks(&list).await.refused("ROUND_CLOSED");
    world.moves_clock_to(OPENING * HOUR + 60).await;
    let office = world.logs_in(&round.office.login).await;
    assert_eq!(tasks(&office).await, []);
    office.moves("approveQualification", (&pending.id, 3), None).await.refused("ROUND_CLOSED");
    office.moves("reopenQualification", (&approved.id, 4), Some("复核")).await.refused("ROUND_CLOSED");
    opened(&world, &round).await;
    let listed = world.nobody().asks(&list).await.done();
    let only = json!([{ "id": approved.products[0], "name": "甲片", "applicantId": first.organization,
        "applicantName": "MANUFACTURER 440000", "lotName": "阿托伐他汀口服常释剂型", "specName": "10mg", "group": null }]);
    assert_eq!(listed["nodes"], only);
    assert!(may_bid(&world, &round, &first.organization).await);
    assert!(!may_bid(&world, &round, &second.organization).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn of_two_reviewers_at_once_one_is_told_that_it_changed() {
    let world = World::new().await;
    let round = announced(&world, a_round()).await;
    let firm = world.manager("MANUFACTURER", "440000").await;
    let colleague = world.clerk(&round.office, "second", "PROCUREMENT_OFFICE").await;
    let written = applies(&firm, &round.id, &[product(round.spec(1, "10"), "片")]).await;
    let (id, only) = (written.id.as_str(), written.products[0].as_str());
    let approve = [(only, "APPROVE", None)];
    let reject = [(only, "REJECT", Some("资料不实"))];
    let (one, other) =
        join(decides(&round.office, (id, 2), &approve), decides(&colleague, (id, 2), &reject)).await;
    let mut codes = [one.code(), other.code()];
    codes.sort();
    assert_eq!(codes, ["STALE_VERSION", "ok"]);
    let key = key();
    let input = json!({ "id": id, "version": 3, "reason": "资料不实", "idempotencyKey": key });
    let query =
        "mutation($input: ReasonedChangeInput!) { rejectQualification(input: $input) { id version } }";
    let first = round.office.asks_with(query, json!({ "input": input })).await.done();
    let again = round.office.asks_with(query, json!({ "input": input })).await.done();
    assert_eq!((first, again["version"].as_i64()), (again.clone(), Some(4)));
    let rejected = world.entries(id).await.into_iter().filter(|kind| kind == "QualificationRejected").count();
    assert_eq!(rejected, 1);
    round.office.moves("approveQualification", (id, 4), None).await.refused("QUALIFICATION_STATE");
    round.office.moves("reopenQualification", (id, 4), Some("误操作")).await.done();
    decides(&colleague, (id, 5), &approve).await.done();
    colleague.moves("approveQualification", (id, 6), None).await.done();
    assert_eq!(qualified(&world, &round).await.len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_but_applicant_office_and_overseers_sees_who_applies() {
    let world = World::new().await;
    let round = announced(&world, a_round()).await;
    let firm = world.manager("MANUFACTURER", "440000").await;
    let paper = firm.uploads("QUALIFICATION", "批件.pdf", PAPER).await.json()["id"].clone();
    let mut offered = product(round.spec(1, "10"), "片");
    offered["documents"] = json!([paper]);
    let drafted = drafts(&firm, &round.id, &[offered]).await.done();
    let id = drafted["id"].as_str().unwrap();
    let auditor = world.manager("AUDIT_BODY", "320000").await;
    let regulator = world.manager("REGULATOR", "320000").await;
    let neighbour = world.manager("MANUFACTURER", "440000").await;
    let elsewhere = world.manager("PROCUREMENT_OFFICE", "320000").await;
    let nation = world.manager("AUDIT_BODY", "000000").await;
    let city = world.manager("REGULATOR", "320100").await;
    let far = world.manager("AUDIT_BODY", "440000").await;
    let hospital = world.manager("HOSPITAL", "320106").await;
    let query = format!("{{ qualification(id: {id:?}) {{ id }} }}");
    let list = "{ qualifications { nodes { id } } }";
    let sees = async |actor: &Actor| {
        let (one, all) = (actor.asks(&query).await.code(), actor.asks(list).await);
        let count = if all.code() == "ok" { all.done()["nodes"].as_array().unwrap().len() } else { 0 };
        let download = actor.downloads(paper.as_str().unwrap()).await.status;
        (one, count, download)
    };
    let nothing = || ("NOT_FOUND".to_owned(), 0, 404);
    for other in [&round.office, &auditor, &regulator, &nation, &neighbour, &elsewhere, &city, &far] {
        assert_eq!(sees(other).await, nothing());
    }
    firm.moves("submitQualification", (id, 1), None).await.done();
    for one in [&firm, &round.office, &auditor, &regulator, &nation] {
        assert_eq!(sees(one).await, ("ok".to_owned(), 1, 200));
    }
    for other in [&neighbour, &elsewhere, &city, &far] {
        assert_eq!(sees(other).await, nothing());
    }
    for other in [&hospital, &round.custodians[0], world.admin()] {
        assert_eq!(sees(other).await, ("FORBIDDEN".to_owned(), 0, 404));
    }
    assert_eq!(sees(&world.nobody()).await, ("UNAUTHENTICATED".to_owned(), 0, 401));
    elsewhere.moves("approveQualification", (id, 2), None).await.refused("NOT_FOUND");
    neighbour.moves("submitQualification", (id, 2), None).await.refused("NOT_FOUND");
    auditor.moves("approveQualification", (id, 2), None).await.refused("FORBIDDEN");
    let by_status = |status: &str| {
        format!(
            "{{ qualifications(filter: {{ round: {:?}, status: {status} }}) {{ nodes {{ id }} }} }}",
            round.id
        )
    };
    let count = async |status: &str| {
        round.office.asks(&by_status(status)).await.done()["nodes"].as_array().unwrap().len()
    };
    assert_eq!((count("SUBMITTED").await, count("RETURNED").await), (1, 0));
}

#[tokio::test(flavor = "multi_thread")]
async fn firms_under_one_controller_are_one_group_by_declaration_or_by_the_offices_word() {
    let world = World::new().await;
    let round = announced(&world, a_round()).await;
    let spec = round.spec(1, "10");
    let mut firms = Vec::new();
    for _one in 0..3 {
        firms.push(world.manager("MANUFACTURER", "440000").await);
    }
    let code = |firm: &Actor| firm.login.split_once('@').unwrap().1.to_owned();
    let controller = json!({ "name": "母公司", "creditCode": code(&firms[0]) });
    let input = json!({ "round": round.id, "controller": controller, "products": [product(spec, "子")],
        "idempotencyKey": key() });
    let daughter =
        firms[1].does("draftQualification", input, "id").await.done()["id"].as_str().unwrap().to_owned();
    firms[1].moves("submitQualification", (&daughter, 1), None).await.done();
    let mother = applies(&firms[0], &round.id, &[product(spec, "母")]).await;
    let third = applies(&firms[2], &round.id, &[product(spec, "丙")]).await;
    let sets = async |version: i64, reason: &str| {
        let input = json!({ "id": third.id, "version": version, "controller": controller, "reason": reason,
            "idempotencyKey": key() });
        round.office.does("setController", input, "version").await
    };
    sets(2, " ").await.refused("REASON_MISSING");
    approves(&round.office, &mother).await;
    approves(&round.office, &third).await;
    let group_of = async |firm: &Actor| {
        let found = qualified(&world, &round).await;
        let entry = found.into_iter().find(|entry| entry.applicant.to_string() == firm.organization);
        entry.unwrap().group
    };
    assert_eq!(group_of(&firms[0]).await, Some(code(&firms[0])));
    assert_eq!(group_of(&firms[2]).await, None);
    sets(4, "工商登记显示为同一控制人").await.done();
    assert_eq!(group_of(&firms[2]).await, Some(code(&firms[0])));
    let told = reads(&firms[2], &third.id).await;
    assert_eq!(told["controllerReason"], "工商登记显示为同一控制人");
    // What the office set stays when the applicant writes its application anew.
    let mut again = product(spec, "丙");
    again["id"] = json!(third.products[0]);
    revises(&firms[2], (&third.id, 5), &[again]).await.done();
    assert_eq!(reads(&firms[2], &third.id).await["controller"]["creditCode"], json!(code(&firms[0])));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_office_is_told_of_an_application_and_the_applicant_of_its_decisions() {
    let world = World::new().await;
    let round = announced(&world, a_round()).await;
    let custodian = world.clerk(&round.office, "keeper", "KEY_CUSTODIAN").await;
    let colleague = world.clerk(&round.office, "second", "PROCUREMENT_OFFICE").await;
    let firm = world.manager("MANUFACTURER", "440000").await;
    let written = applies(&firm, &round.id, &[product(round.spec(1, "10"), "片")]).await;
    for reviewer in [&round.office, &colleague] {
        is_told(&world, reviewer, "QualificationSubmitted").await;
    }
    let told = custodian.asks("{ notifications { nodes { kind } } }").await.done();
    assert!(!told.to_string().contains("Qualification"), "{told}");
    round.office.moves("returnQualification", (&written.id, 2), Some("请补正")).await.done();
    is_told(&world, &firm, "QualificationReturned").await;
    firm.moves("submitQualification", (&written.id, 3), None).await.done();
    approves(&round.office, &Written { version: 4, ..written }).await;
    is_told(&world, &firm, "QualificationApproved").await;
}
