//! From registration over review to acting.
use serde_json::json;

use crate::support::actor::key;
use crate::support::world::{World, registration};

const OWN: &str = "{ me { role status organization { status statusReason version regions { name } } } }";

#[tokio::test(flavor = "multi_thread")]
async fn an_organization_is_returned_put_right_and_approved() {
    let world = World::new().await;
    let hospital = world.registers("HOSPITAL", "320106").await;
    let lead = world.logs_in(&hospital.login).await;
    assert_eq!(lead.asks(OWN).await.done()["organization"]["status"], "PENDING");

    let returned =
        world.admin().moves("returnOrganization", (&hospital.id, 1), Some("许可证已过期")).await.done();
    assert_eq!(returned["version"], 2);
    let seen = lead.asks(OWN).await.done();
    assert_eq!(seen["organization"]["statusReason"], "许可证已过期");

    let version = lead.shows_licence("MEDICAL_INSTITUTION", "2099-12-31").await;
    let input = json!({ "name": "鼓楼医院", "regions": ["320106", "320105"], "version": version, "idempotencyKey": key() });
    lead.does("resubmitOrganization", input, "id version").await.done();
    world.admin().moves("approveOrganization", (&hospital.id, 4), None).await.done();

    let seen = lead.asks(OWN).await.done();
    assert_eq!((&seen["organization"]["status"], &seen["role"]), (&json!("APPROVED"), &json!("HOSPITAL")));
    assert_eq!(seen["organization"]["regions"], json!([{ "name": "建邺区" }, { "name": "鼓楼区" }]));
    let told = [
        "OrganizationRegistered",
        "OrganizationReturned",
        "LicenceAdded",
        "OrganizationResubmitted",
        "OrganizationApproved",
    ];
    assert_eq!(world.entries(&hospital.id).await, told);
}

#[tokio::test(flavor = "multi_thread")]
async fn who_waits_for_review_looks_only_at_itself() {
    let world = World::new().await;
    let office = world.registers("PROCUREMENT_OFFICE", "320000").await;
    let lead = world.logs_in(&office.login).await;
    lead.asks("{ organizations { nodes { id } } }").await.refused("FORBIDDEN");
    let input = json!({ "name": "联盟", "idempotencyKey": key() });
    lead.does("openAlliance", input, "id").await.refused("FORBIDDEN");
    let input =
        json!({ "clerk": "clerk", "name": "clerk", "role": "PROCUREMENT_OFFICE", "idempotencyKey": key() });
    lead.does("inviteUser", input, "id").await.refused("FORBIDDEN");
    assert_eq!(
        lead.asks("{ users { nodes { loginName } } }").await.done()["nodes"][0]["loginName"],
        json!(office.login)
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_suspended_organization_no_longer_acts_and_a_reinstated_one_does() {
    let world = World::new().await;
    let office = world.manager("PROCUREMENT_OFFICE", "320000").await;
    let open = async || {
        let input = json!({ "name": "联盟", "idempotencyKey": key() });
        office.does("openAlliance", input, "id").await.code()
    };
    assert_eq!(open().await, "ok");
    world.admin().moves("suspendOrganization", (&office.organization, 2), Some("调查")).await.done();
    assert_eq!(open().await, "FORBIDDEN");
    world.admin().moves("reinstateOrganization", (&office.organization, 3), None).await.done();
    assert_eq!(open().await, "ok");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_review_of_what_changed_meanwhile_is_stale_and_of_what_is_done_is_refused() {
    let world = World::new().await;
    let office = world.registers("PROCUREMENT_OFFICE", "320000").await;
    world.admin().moves("approveOrganization", (&office.id, 2), None).await.refused("STALE_VERSION");
    world.admin().moves("approveOrganization", (&office.id, 1), None).await.done();
    world.admin().moves("approveOrganization", (&office.id, 2), None).await.refused("ORGANIZATION_STATE");
    world.admin().moves("suspendOrganization", (&office.id, 2), Some(" ")).await.refused("REASON_MISSING");
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_reviews_their_own_organization() {
    let world = World::new().await;
    let own = world.admin().organization.clone();
    world.admin().moves("suspendOrganization", (&own, 2), Some("自查")).await.refused("SELF_REVIEW");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_registration_is_checked_field_by_field() {
    let world = World::new().await;
    let table = [
        ("creditCode", json!("914403001922038217"), "CREDIT_CODE_INVALID"),
        ("regions", json!(["32000"]), "REGION_INVALID"),
        ("regions", json!(["990000"]), "REGION_UNKNOWN"),
        ("regions", json!([]), "REGION_INVALID"),
        ("name", json!(" "), "NAME_INVALID"),
        ("clerk", json!("Lead"), "LOGIN_NAME_INVALID"),
        ("password", json!("too short"), "PASSWORD_WEAK"),
        ("kind", json!("OPERATOR"), "ROLE_INVALID"),
        ("idempotencyKey", json!("short"), "IDEMPOTENCY_KEY_INVALID"),
        ("kind", json!("PHARMACY"), "QUERY_INVALID"),
    ];
    for (field, value, code) in table {
        let mut input = registration("HOSPITAL", "320106");
        input[field] = value;
        let outcome = world.nobody().does("registerOrganization", input, "id").await;
        outcome.refused(code);
    }
    let first = registration("HOSPITAL", "320106");
    world.nobody().does("registerOrganization", first.clone(), "id").await.done();
    let mut second = registration("HOSPITAL", "320106");
    second["creditCode"] = first["creditCode"].clone();
    world.nobody().does("registerOrganization", second, "id").await.refused("CREDIT_CODE_TAKEN");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_regulator_sees_whoever_acts_in_its_region_and_nobody_else() {
    let world = World::new().await;
    let regulator = world.manager("REGULATOR", "320000").await;
    let inside = world.registers("HOSPITAL", "320106").await;
    let national = world.registers("MANUFACTURER", "000000").await;
    let outside = world.registers("HOSPITAL", "310000").await;
    let seen = regulator.asks("{ organizations { nodes { id } } }").await.done();
    let ids: Vec<&str> =
        seen["nodes"].as_array().unwrap().iter().map(|node| node["id"].as_str().unwrap()).collect();
    assert!(ids.contains(&inside.id.as_str()) && ids.contains(&national.id.as_str()), "{ids:?}");
    assert!(!ids.contains(&outside.id.as_str()));
    let one = |id: &str| format!("{{ organization(id: {id:?}) {{ name }} }}");
    regulator.asks(&one(&inside.id)).await.done();
    regulator.asks(&one(&outside.id)).await.refused("NOT_FOUND");
    regulator.asks(&one("org_00000000000000000000000000000000")).await.refused("NOT_FOUND");
}

#[tokio::test(flavor = "multi_thread")]
async fn pages_meet_without_gap_or_overlap() {
    let world = World::new().await;
    let mut seen = Vec::new();
    let mut after = String::new();
    loop {
        let query = format!(
            "{{ regions(first: 10{after}) {{ nodes {{ code }} pageInfo {{ hasNextPage endCursor }} }} }}"
        );
        let page = world.nobody().asks(&query).await.done();
        let codes =
            page["nodes"].as_array().unwrap().iter().map(|node| node["code"].as_str().unwrap().to_owned());
        seen.extend(codes);
        if page["pageInfo"]["hasNextPage"] == json!(false) {
            break;
        }
        after = format!(", after: {}", page["pageInfo"]["endCursor"]);
    }
    let mut sorted = seen.clone();
    sorted.dedup();
    assert_eq!(
        (sorted.len(), seen.first().unwrap().as_str(), seen.last().unwrap().as_str()),
        (31, "110000", "650000")
    );
    let below = world
        .nobody()
        .asks("{ regions(parent: \"320100\", first: 100) { nodes { name level } } }")
        .await
        .done();
    assert_eq!(below["nodes"].as_array().unwrap().len(), 11);
    world.nobody().asks("{ regions(first: 101) { nodes { code } } }").await.refused("PAGE_SIZE");
    world.nobody().asks("{ regions(first: 0) { nodes { code } } }").await.refused("PAGE_SIZE");
    world.nobody().asks("{ regions(after: \"x\") { nodes { code } } }").await.refused("CURSOR_INVALID");
}
