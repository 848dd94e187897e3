//! Which licences an organization needs to be approved, and what becomes of them afterwards.
use serde_json::{Value, json};

use crate::support::actor::{Actor, PAPER, key};
use crate::support::world::{World, licences};

/// The last second of 2060-01-02 in China.
const LAST_SECOND: i64 = 2_840_140_800 + 2 * 86_400 - 8 * 3600 - 1;
const QUEUE: &str = "{ organizations(filter: { status: PENDING }) { nodes { id version
    licences { id kind number validUntil document { name path sha256 } } } } }";

fn allowed(json: &Value) -> &str {
    json["errors"][0]["extensions"]["allowed"].as_str().unwrap_or_default()
}

async fn adds(
    actor: &Actor,
    kind: &str,
    document: &Value,
    valid_until: Option<&str>,
) -> crate::support::actor::Outcome {
    let input = json!({ "kind": kind, "number": "苏20160001", "validUntil": valid_until, "document": document,
        "idempotencyKey": key() });
    actor.does("addLicence", input, "id organizationVersion").await
}

async fn removes(actor: &Actor, licence: &Value) -> crate::support::actor::Outcome {
    actor
        .does("removeLicence", json!({ "id": licence, "idempotencyKey": key() }), "id organizationVersion")
        .await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reviewer_sees_the_licences_and_approves_only_who_shows_all() {
    let world = World::new().await;
    let registered = world.registers("MANUFACTURER", "320000").await;
    let lead = world.logs_in(&registered.login).await;
    let refused = world.admin().moves("approveOrganization", (&registered.id, 1), None).await;
    refused.refused("LICENCE_MISSING");
    assert_eq!(allowed(&refused.json), "DRUG_MANUFACTURING or MARKETING_AUTHORIZATION, BUSINESS");

    assert_eq!(lead.shows_licence("MARKETING_AUTHORIZATION", "2099-12-31").await, 2);
    let refused = world.admin().moves("approveOrganization", (&registered.id, 2), None).await;
    assert_eq!(allowed(&refused.json), "BUSINESS");

    let paper = lead.uploads("LICENCE", "营业执照.pdf", PAPER).await.json();
    adds(&lead, "BUSINESS", &paper["id"], None).await.done();
    let queue = world.admin().asks(QUEUE).await.done();
    let waiting = &queue["nodes"][0];
    assert_eq!((&waiting["id"], &waiting["version"]), (&json!(registered.id), &json!(3)));
    let shown = &waiting["licences"][1];
    assert_eq!((&shown["kind"], &shown["validUntil"]), (&json!("BUSINESS"), &Value::Null));
    assert_eq!(
        (&shown["document"]["name"], &shown["document"]["sha256"]),
        (&json!("营业执照.pdf"), &paper["sha256"])
    );
    let path = shown["document"]["path"].as_str().unwrap().rsplit('/').next().unwrap();
    assert_eq!(world.admin().downloads(path).await.bytes, PAPER);

    world.admin().moves("approveOrganization", (&registered.id, 3), None).await.done();
    let told = ["OrganizationRegistered", "LicenceAdded", "LicenceAdded", "OrganizationApproved"];
    assert_eq!(world.entries(&registered.id).await, told);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_changed_after_the_reviewer_looked_is_looked_at_again() {
    let world = World::new().await;
    let registered = world.registers("HOSPITAL", "320106").await;
    let lead = world.logs_in(&registered.login).await;
    let seen = lead.shows_licence("MEDICAL_INSTITUTION", "2099-12-31").await;
    lead.shows_licence("BUSINESS", "2099-12-31").await;
    let stale = world.admin().moves("approveOrganization", (&registered.id, seen), None).await;
    stale.refused("STALE_VERSION");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_licence_counts_until_its_last_day_has_passed_by_the_platforms_clock() {
    let world = World::new().await;
    let registered = world.registers("HOSPITAL", "320106").await;
    let lead = world.logs_in(&registered.login).await;
    let version = lead.shows_licence("MEDICAL_INSTITUTION", "2060-01-02").await;
    let ahead = LAST_SECOND - i64::try_from(machine_seconds()).unwrap();
    world.moves_clock_to(ahead + 1).await;
    let admin = world.logs_in(&world.admin().login).await;
    admin.moves("approveOrganization", (&registered.id, version), None).await.refused("LICENCE_MISSING");
    world.moves_clock_to(ahead - 3600).await;
    admin.moves("approveOrganization", (&registered.id, version), None).await.done();
}

#[expect(
    clippy::disallowed_methods,
    reason = "a story that sets the platform's clock to a date has to know the machine's"
)]
fn machine_seconds() -> u64 {
    std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap().as_secs()
}

#[tokio::test(flavor = "multi_thread")]
async fn after_approval_a_licence_is_renewed_and_not_just_taken_away() {
    let world = World::new().await;
    let hospital = world.manager("HOSPITAL", "320106").await;
    let own = "{ me { organization { licences { id validUntil } } } }";
    let old = hospital.asks(own).await.done()["organization"]["licences"][0]["id"].clone();
    let refused = removes(&hospital, &old).await;
    refused.refused("LICENCE_MISSING");
    assert_eq!(allowed(&refused.json), licences("HOSPITAL")[0]);
    hospital.shows_licence("MEDICAL_INSTITUTION", "2100-12-31").await;
    removes(&hospital, &old).await.done();
    removes(&hospital, &old).await.refused("NOT_FOUND");
    let left = hospital.asks(own).await.done()["organization"]["licences"].clone();
    assert_eq!(left.as_array().unwrap().len(), 1);
    assert_eq!(left[0]["validUntil"], "2100-12-31");
    assert!(world.entries(&hospital.organization).await.ends_with(&["LicenceRemoved".to_owned()]));
}

#[tokio::test(flavor = "multi_thread")]
async fn before_approval_a_wrong_licence_is_taken_away_again() {
    let world = World::new().await;
    let registered = world.registers("HOSPITAL", "320106").await;
    let lead = world.logs_in(&registered.login).await;
    let paper = lead.uploads("LICENCE", "a.pdf", PAPER).await.json();
    let added = adds(&lead, "MEDICAL_INSTITUTION", &paper["id"], None).await.done();
    assert_eq!(removes(&lead, &added["id"]).await.done()["organizationVersion"], 3);
    world.admin().moves("approveOrganization", (&registered.id, 3), None).await.refused("LICENCE_MISSING");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_licence_is_checked_field_by_field() {
    let world = World::new().await;
    let distributor = world.manager("DISTRIBUTOR", "320000").await;
    let neighbour = world.manager("DISTRIBUTOR", "320000").await;
    let clerk = world.clerk(&distributor, "clerk", "DISTRIBUTOR").await;
    let paper = distributor.uploads("LICENCE", "a.pdf", PAPER).await.json()["id"].clone();
    let theirs = neighbour.uploads("LICENCE", "a.pdf", PAPER).await.json()["id"].clone();
    let nothing = json!("doc_00000000000000000000000000000000");
    let table = [
        (&distributor, "DRUG_DISTRIBUTION", &paper, None, "LICENCE_EXPIRED"),
        (&distributor, "BUSINESS", &paper, Some("2020-01-01"), "LICENCE_EXPIRED"),
        (&distributor, "BUSINESS", &theirs, None, "NOT_FOUND"),
        (&distributor, "BUSINESS", &nothing, None, "NOT_FOUND"),
        (&distributor, "BUSINESS", &json!("a.pdf"), None, "ID_MALFORMED"),
        (&distributor, "FISHING", &paper, None, "QUERY_INVALID"),
        (&clerk, "BUSINESS", &paper, None, "FORBIDDEN"),
    ];
    for (actor, kind, document, until, expected) in table {
        adds(actor, kind, document, until).await.refused(expected);
    }
    let licence = adds(&distributor, "BUSINESS", &paper, None).await.done()["id"].clone();
    removes(&neighbour, &licence).await.refused("NOT_FOUND");
    removes(&clerk, &licence).await.refused("FORBIDDEN");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_organization_shows_no_more_licences_than_anybody_reads() {
    let world = World::new().await;
    let hospital = world.manager("HOSPITAL", "320106").await;
    let paper = hospital.uploads("LICENCE", "a.pdf", PAPER).await.json()["id"].clone();
    for _ in 1..jicai_domain::identity::LICENCES_MAX {
        adds(&hospital, "BUSINESS", &paper, None).await.done();
    }
    adds(&hospital, "BUSINESS", &paper, None).await.refused("LICENCE_LIMIT");
}
