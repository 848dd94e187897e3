//! Applications to a round: who applies with what, who decides, who sees it, and who qualifies at the opening.
use futures_util::future::join;
use jicai_domain::ids::{Id, OrganizationId, RoundId};
use jicai_domain::procurement::qualification::Entry;
use jicai_domain::procurement::round::RoundCommand;
use jicai_store::procurement::{qualification as rows, rounds};
use jicai_store::{Store, StoreError, Tx};
use serde_json::{Value, json};

use crate::support::actor::{Actor, Outcome, PAPER, key};
use crate::support::rounds::{BIDS_END, HOUR, Live, OPENING, QUALIFICATION_ENDS, a_round, announced};
use crate::support::world::World;

/// An application that somebody wrote.
struct Written {
    id: String,
    version: i64,
    products: Vec<String>,
}

fn product(spec: &str, name: &str) -> Value {
    json!({ "spec": spec, "name": name, "approvalNumber": "国药准字H20123298", "evidence": "PASSED_EVALUATION",
        "evaluatedOn": "2020-06-30", "capacity": "120000000", "facts": [], "documents": [] })
}

async fn drafts(actor: &Actor, round: &str, products: &[Value]) -> Outcome {
    let input = json!({ "round": round, "products": products, "idempotencyKey": key() });
    actor.does("draftQualification", input, "id version").await
}

async fn revises(actor: &Actor, (id, version): (&str, i64), products: &[Value]) -> Outcome {
    let input = json!({ "id": id, "version": version, "products": products, "idempotencyKey": key() });
    actor.does("reviseQualification", input, "id version").await
}

/// Decisions as (product, verdict, reason).
async fn decides(office: &Actor, seen: (&str, i64), verdicts: &[(&str, &str, Option<&str>)]) -> Outcome {
    let decision = |(product, verdict, reason): &(&str, &str, Option<&str>)| json!({ "product": product, "verdict": verdict, "reason": reason });
    let decisions: Vec<Value> = verdicts.iter().map(decision).collect();
    let input = json!({ "id": seen.0, "version": seen.1, "decisions": decisions, "idempotencyKey": key() });
    office.does("decideProducts", input, "id version").await
}

async fn reads(actor: &Actor, id: &str) -> Value {
    let query = format!(
        "{{ qualification(id: {id:?}) {{ roundId applicantId applicantName status statusReason version submittedAt
            controller {{ name creditCode }} controllerReason licences {{ kind document {{ path }} }}
            products {{ nodes {{ id specId name status statusReason announced facts {{ column value }} papers {{ path }} }} }} }} }}"
    );
    actor.asks(&query).await.done()
}

/// Drafts an application and hands it in.
async fn applies(actor: &Actor, round: &str, products: &[Value]) -> Written {
    let drafted = drafts(actor, round, products).await.done();
    let id = drafted["id"].as_str().unwrap().to_owned();
    actor.moves("submitQualification", (&id, 1), None).await.done();
    let shown = reads(actor, &id).await;
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let products = shown["products"]["nodes"].as_array().unwrap().iter().map(|one| text(&one["id"]));
    Written { products: products.collect(), id, version: 2 }
}

/// The office approves every product and the applicant.
async fn approves(office: &Actor, written: &Written) {
    let all: Vec<_> = written.products.iter().map(|product| (product.as_str(), "APPROVE", None)).collect();
    decides(office, (&written.id, written.version), &all).await.done();
    office.moves("approveQualification", (&written.id, written.version + 1), None).await.done();
}

async fn tasks(actor: &Actor) -> Vec<(String, String, String)> {
    let found = actor.asks("{ tasks(first: 100) { nodes { kind subject detail } } }").await.done();
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let nodes = found["nodes"].as_array().unwrap().iter();
    nodes.map(|task| (text(&task["kind"]), text(&task["subject"]), text(&task["detail"]))).collect()
}

fn task(kind: &str, subject: &str, detail: &str) -> (String, String, String) {
    (kind.to_owned(), subject.to_owned(), detail.to_owned())
}

/// The products that qualify, as the opening reads them.
async fn qualified(world: &World, round: &Live) -> Vec<Entry> {
    let mut tx = Store::new(&world.database.app, 1).read().await.unwrap();
    rows::qualified_products(&mut tx, RoundId::parse(&round.id).unwrap()).await.unwrap()
}

async fn may_bid(world: &World, round: &Live, organization: &str) -> bool {
    let mut tx = Store::new(&world.database.app, 1).read().await.unwrap();
    let organization = OrganizationId::parse(organization).unwrap();
    rows::is_qualified_applicant(&mut tx, RoundId::parse(&round.id).unwrap(), organization).await.unwrap()
}

/// As if the custodians had opened it.
async fn opened(world: &World, round: &Live) {
    let (store, id) = (Store::new(&world.database.app, 1), RoundId::parse(&round.id).unwrap());
    let open = async |tx: &mut Tx| {
        let mut at = rounds::lock_announced(tx, id).await?.caught_up(tx.now().await?);
        let seen = at.version;
        for command in [RoundCommand::Seal, RoundCommand::BeginOpening] {
            at = at.apply(command)?;
        }
        rounds::save_state(tx, &at, seen).await
    };
    store.keep("open", open).await.map_err(|error: StoreError| error.to_string()).unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_manufacturer_applies_with_products_and_the_office_decides_each_with_its_reason() {
    let world = World::new().await;
    let round = announced(&world, a_round()).await;
    let firm = world.manager("MANUFACTURER", "440000").await;
    let name = round.read("name").await["name"].as_str().unwrap().to_owned();
    assert_eq!(tasks(&firm).await, [task("APPLY_FOR_ROUND", &round.id, &name)]);
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
    for other in [&round.office, &auditor, &regulator, &neighbour, &elsewhere, &far] {
        assert_eq!(sees(other).await, nothing());
    }
    firm.moves("submitQualification", (id, 1), None).await.done();
    for one in [&firm, &round.office, &auditor, &regulator] {
        assert_eq!(sees(one).await, ("ok".to_owned(), 1, 200));
    }
    for other in [&neighbour, &elsewhere, &far] {
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
