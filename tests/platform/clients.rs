//! Programs of organizations: their secrets, their tokens, and what they may do.
use serde_json::{Value, json};

use crate::support::actor::{Actor, key};
use crate::support::http::{Reply, send};
use crate::support::live::Live;
use crate::support::postgres::texts;
use crate::support::world::{PASSWORD, World};

const OWN: [&str; 1] = ["OWN_ORGANIZATION"];

/// Asks for a token with that body, and perhaps an `Authorization` header.
async fn posts(world: &World, body: &str, authorization: Option<&str>) -> Reply {
    let mut headers = vec![("content-type", "application/x-www-form-urlencoded")];
    headers.extend(authorization.map(|value| ("authorization", value)));
    send(world.address(), "POST /oauth/token", &headers, body.as_bytes()).await
}

fn told(reply: &Reply) -> (u16, Value) {
    (reply.status, reply.json()["error"].clone())
}

async fn rotated(manager: &Actor, id: &str, version: i64, overlap: i64) -> String {
    let input = json!({ "id": id, "version": version, "overlapSeconds": overlap, "idempotencyKey": key() });
    let rotated = manager.does("rotateClientSecret", input, "id version secret").await.done();
    rotated["secret"].as_str().unwrap().to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hospitals_system_gets_a_token_and_does_what_it_was_given_and_nothing_else() {
    let world = World::new().await;
    let lead = world.manager("HOSPITAL", "320106").await;
    let (id, secret) = world.client(&lead, "HOSPITAL", &OWN).await;
    let reply = world.nobody().tries_to_get_token((&id, &secret)).await;
    let granted = reply.json();
    assert_eq!(
        (&granted["token_type"], &granted["expires_in"], &granted["scope"]),
        (&json!("Bearer"), &json!(900), &json!("OWN_ORGANIZATION"))
    );
    assert!(reply.head.contains("cache-control: no-store") && reply.head.contains("pragma: no-cache"));

    let system = Actor::client(world.address(), (&id, &secret)).await;
    system.asks(&format!("{{ organization(id: {:?}) {{ name }} }}", lead.organization)).await.done();
    system.asks("{ users { nodes { name } } }").await.done();
    for query in [
        "{ me { id } }",
        "{ clients { nodes { id } } }",
        "mutation { logOut }",
        "mutation { beginSecondFactor { secret } }",
        "mutation { changePassword(current: \"x\", new: \"y\") }",
    ] {
        system.asks(query).await.refused("FORBIDDEN");
    }
    let input = json!({ "name": "HIS", "role": "HOSPITAL", "permissions": OWN, "idempotencyKey": key() });
    system.does("createClient", input, "id").await.refused("FORBIDDEN");
    let clerk = json!({ "clerk": "other", "name": "x", "role": "HOSPITAL", "idempotencyKey": key() });
    system.does("inviteUser", clerk, "id").await.refused("FORBIDDEN");

    let kinds = ["ClientCreated", "ClientTokenIssued", "ClientTokenIssued"];
    assert_eq!(world.entries(&id).await, kinds);
    let entries = "SELECT canonical AS line FROM audit_entries WHERE kind = 'ClientTokenIssued'";
    let who = format!("\nclient 36:{id}\norganization 36:{}\n", lead.organization);
    assert!(texts(&world.database.app, entries).await.iter().all(|entry| entry.contains(&who)));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_is_given_nothing_that_its_role_or_a_program_may_not() {
    let world = World::new().await;
    let lead = world.manager("PROCUREMENT_OFFICE", "320000").await;
    let create = async |role: &str, permissions: Value| {
        let input = json!({ "name": "x", "role": role, "permissions": permissions, "idempotencyKey": key() });
        lead.does("createClient", input, "id").await
    };
    create("HOSPITAL", json!(OWN)).await.refused("ROLE_INVALID");
    create("PROCUREMENT_OFFICE", json!([])).await.refused("PERMISSION_INVALID");
    create("PROCUREMENT_OFFICE", json!(["READ_AUDIT"])).await.refused("PERMISSION_INVALID");
    let refused = create("PROCUREMENT_OFFICE", json!(["KEEP_ALLIANCES"])).await;
    assert_eq!(
        refused.json["errors"][0]["extensions"]["allowed"],
        "COLLECT_PRICES, OBSERVE_ALERTS, OBSERVE_LISTINGS, OBSERVE_PRICES, OWN_ORGANIZATION, VIEW_ITEMS, VIEW_LICENCES, VIEW_ORGANIZATIONS"
    );
    let (id, secret) = world.client(&lead, "PROCUREMENT_OFFICE", &OWN).await;
    let system = Actor::client(world.address(), (&id, &secret)).await;
    system.asks("{ organizations { nodes { id } } }").await.refused("FORBIDDEN");
    let open = json!({ "name": "联盟", "idempotencyKey": key() });
    system.does("openAlliance", open, "id").await.refused("FORBIDDEN");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_repeated_request_shows_the_same_secret_and_no_table_holds_one() {
    let world = World::new().await;
    let lead = world.manager("HOSPITAL", "320106").await;
    let input = json!({ "name": "HIS", "role": "HOSPITAL", "permissions": OWN, "idempotencyKey": key() });
    let first = lead.does("createClient", input.clone(), "id version secret").await.done();
    assert_eq!(lead.does("createClient", input.clone(), "id version secret").await.done(), first);
    let (id, secret) = (first["id"].as_str().unwrap(), first["secret"].as_str().unwrap());
    let renewed = rotated(&lead, id, 1, 60).await;
    assert_eq!(lead.does("createClient", input, "id version secret").await.done(), first);
    let everything = "SELECT clients::text AS line FROM clients UNION ALL SELECT idempotency_keys::text FROM idempotency_keys
        UNION ALL SELECT canonical FROM audit_entries";
    let rows = texts(&world.database.app, everything).await.join("\n");
    assert!(rows.contains("ClientSecretRotated"));
    assert!(!rows.contains(secret) && !rows.contains(&renewed), "{rows}");
    let listed = lead.asks("{ clients { nodes { id name permissions status version } } }").await.done();
    let shown = json!([{ "id": id, "name": "HIS", "permissions": OWN, "status": "ACTIVE", "version": 2 }]);
    assert_eq!(listed["nodes"], shown);
}

#[tokio::test(flavor = "multi_thread")]
async fn two_secrets_overlap_for_the_stated_time() {
    let world = World::new().await;
    let lead = world.manager("HOSPITAL", "320106").await;
    let (id, first) = world.client(&lead, "HOSPITAL", &OWN).await;
    let status = async |secret: &str| world.nobody().tries_to_get_token((&id, secret)).await.status;
    let second = rotated(&lead, &id, 1, 3_600).await;
    assert_eq!((status(&first).await, status(&second).await), (200, 200));
    world.moves_clock_to(3_590).await;
    assert_eq!((status(&first).await, status(&second).await), (200, 200));
    world.moves_clock_to(3_610).await;
    assert_eq!((status(&first).await, status(&second).await), (401, 200));
    let third = rotated(&lead, &id, 2, 0).await;
    assert_eq!((status(&second).await, status(&third).await), (401, 200));
    let input = json!({ "id": id, "version": 3, "overlapSeconds": 604_801, "idempotencyKey": key() });
    lead.does("rotateClientSecret", input, "id").await.refused("OVERLAP_INVALID");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_disabled_client_is_out_at_once_and_for_good() {
    let world = World::new().await;
    let lead = world.manager("HOSPITAL", "320106").await;
    let (id, secret) = world.client(&lead, "HOSPITAL", &OWN).await;
    let system = Actor::client(world.address(), (&id, &secret)).await;
    lead.moves("disableClient", (&id, 2), None).await.refused("STALE_VERSION");
    lead.moves("disableClient", (&id, 1), None).await.done();
    system.asks("{ users { nodes { id } } }").await.refused("TOKEN_INVALID");
    assert_eq!(world.nobody().tries_to_get_token((&id, &secret)).await.status, 401);
    lead.moves("disableClient", (&id, 2), None).await.refused("CLIENT_STATE");
    let input = json!({ "id": id, "version": 2, "idempotencyKey": key() });
    lead.does("rotateClientSecret", input, "id").await.refused("CLIENT_STATE");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_system_hears_what_concerns_its_hospital_until_it_is_disabled() {
    let world = World::new().await;
    let lead = world.manager("HOSPITAL", "320106").await;
    let (id, secret) = world.client(&lead, "HOSPITAL", &OWN).await;
    let system = Actor::client(world.address(), (&id, &secret)).await;
    let mut live = Live::of(&system).await;
    live.follows(&["OrganizationSuspended"], None).await;
    let seen = world.version(&lead.organization).await;
    world.admin().moves("suspendOrganization", (&lead.organization, seen), Some("调查")).await.done();
    assert_eq!(live.event().await["subject"], lead.organization.as_str());
    world.admin().moves("reinstateOrganization", (&lead.organization, seen + 1), None).await.done();
    lead.moves("disableClient", (&id, 1), None).await.done();
    assert_eq!(live.refusal().await, "TOKEN_INVALID");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_of_a_suspended_organization_sees_only_that() {
    let world = World::new().await;
    let regulator = world.manager("REGULATOR", "320000").await;
    let permissions = ["OWN_ORGANIZATION", "VIEW_ORGANIZATIONS"];
    let (id, secret) = world.client(&regulator, "REGULATOR", &permissions).await;
    let system = Actor::client(world.address(), (&id, &secret)).await;
    system.asks("{ organizations { nodes { id } } }").await.done();
    world.admin().moves("suspendOrganization", (&regulator.organization, 2), Some("调查")).await.done();
    system.asks("{ organizations { nodes { id } } }").await.refused("FORBIDDEN");
    let own = format!("{{ organization(id: {:?}) {{ status }} }}", regulator.organization);
    assert_eq!(system.asks(&own).await.done()["status"], "SUSPENDED");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_neighbours_client_is_not_found_and_a_clerk_manages_none() {
    let world = World::new().await;
    let [lead, neighbour] =
        [world.manager("HOSPITAL", "320106").await, world.manager("HOSPITAL", "320106").await];
    let (id, _secret) = world.client(&lead, "HOSPITAL", &OWN).await;
    neighbour.moves("disableClient", (&id, 1), None).await.refused("NOT_FOUND");
    let input = json!({ "id": id, "version": 1, "idempotencyKey": key() });
    neighbour.does("rotateClientSecret", input, "id").await.refused("NOT_FOUND");
    assert_eq!(neighbour.asks("{ clients { nodes { id } } }").await.done()["nodes"], json!([]));
    let clerk = world.clerk(&lead, "clerk", "HOSPITAL").await;
    clerk.asks("{ clients { nodes { id } } }").await.refused("FORBIDDEN");
}

#[tokio::test(flavor = "multi_thread")]
async fn wrong_secrets_are_told_and_closed_alike_whether_the_client_exists_or_not() {
    let world = World::new().await;
    let lead = world.manager("HOSPITAL", "320106").await;
    let (id, secret) = world.client(&lead, "HOSPITAL", &OWN).await;
    let (gone, _secret) = world.client(&lead, "HOSPITAL", &OWN).await;
    lead.moves("disableClient", (&gone, 1), None).await.done();
    let unknown = format!("cli_{:032x}", 7);
    let mut bodies = Vec::new();
    for id in [&id, &gone, &unknown] {
        for _ in 0..5 {
            let reply = world.nobody().tries_to_get_token((id, "wrong")).await;
            assert_eq!(reply.status, 401);
            bodies.push(reply.body);
        }
        let closed = world.nobody().tries_to_get_token((id, &secret)).await;
        assert_eq!(told(&closed), (429, json!("temporarily_unavailable")));
    }
    bodies.push(world.nobody().tries_to_get_token(("no-id", "wrong")).await.body);
    bodies.dedup();
    assert_eq!(bodies.len(), 1, "{bodies:?}");
    world.moves_clock_to(901).await;
    assert_eq!(world.nobody().tries_to_get_token((&id, &secret)).await.status, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn many_right_secrets_at_once_are_no_guesses() {
    let world = World::new().await;
    let lead = world.manager("HOSPITAL", "320106").await;
    let (id, secret) = world.client(&lead, "HOSPITAL", &OWN).await;
    let tries = (0..16).map(|_| {
        let (nobody, id, secret) = (world.nobody(), id.clone(), secret.clone());
        tokio::spawn(async move { nobody.tries_to_get_token((&id, &secret)).await.status })
    });
    for one in tries.collect::<Vec<_>>() {
        assert_eq!(one.await.unwrap(), 200);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_token_endpoint_answers_as_the_rfc_says() {
    const GRANT: &str = "grant_type=client_credentials";
    let world = World::new().await;
    let lead = world.manager("HOSPITAL", "320106").await;
    let (id, secret) = world.client(&lead, "HOSPITAL", &OWN).await;
    let basic = |secret: &str| {
        let credentials = format!("{id}:{secret}");
        format!("Basic {}", crate::tokens::encoded_with_padding(credentials.as_bytes()))
    };
    let (right, wrong) = (basic(&secret), basic("wrong"));
    let body = format!("client_id={id}&client_secret={secret}");
    let table: [(String, Option<&str>, u16, &str); 14] = [
        (GRANT.to_owned(), Some(&right), 200, ""),
        (format!("{GRANT}&{body}"), None, 200, ""),
        (format!("{GRANT}&client_id={id}"), Some(&right), 200, ""),
        (format!("{GRANT}&scope=OWN_ORGANIZATION&resource=x"), Some(&right), 200, ""),
        (format!("{GRANT}&scope=OWN_ORGANIZATION+READ_AUDIT"), Some(&right), 400, "invalid_scope"),
        (GRANT.to_owned(), Some(&wrong), 401, "invalid_client"),
        (GRANT.to_owned(), Some("Bearer x"), 401, "invalid_client"),
        (format!("{GRANT}&client_id={}", lead.user), Some(&right), 401, "invalid_client"),
        (format!("{GRANT}&{body}"), Some(&right), 400, "invalid_request"),
        (GRANT.to_owned(), None, 400, "invalid_request"),
        (body.clone(), None, 400, "invalid_request"),
        (format!("{GRANT}&{GRANT}&{body}"), None, 400, "invalid_request"),
        (format!("grant_type=password&{body}"), None, 400, "unsupported_grant_type"),
        (format!("{GRANT}&client_id={}&client_secret={PASSWORD}", lead.login), None, 401, "invalid_client"),
    ];
    for (body, authorization, status, error) in table {
        let reply = posts(&world, &body, authorization).await;
        let error = if error.is_empty() { Value::Null } else { json!(error) };
        assert_eq!(told(&reply), (status, error), "{body} {authorization:?}");
        assert!(reply.head.contains("cache-control: no-store"), "{}", reply.head);
        assert_eq!(reply.head.contains("www-authenticate: basic realm="), status == 401);
    }
    let json = [("content-type", "application/json")];
    let reply = send(world.address(), "POST /oauth/token", &json, b"{}").await;
    assert_eq!(told(&reply), (400, json!("invalid_request")));
    let long = format!("{GRANT}&{body}&x={}", "x".repeat(1 << 20));
    assert_eq!(told(&posts(&world, &long, None).await), (400, json!("invalid_request")));
}
