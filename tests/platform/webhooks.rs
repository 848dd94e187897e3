//! Endpoints that are told of events: signed, at least once, never inside, never what is not theirs.
use std::path::Path;
use std::time::{Duration, Instant};

use jicai_domain::jobs::Lane;
use jicai_domain::webhooks::{GIVEN_UP_AFTER_SECONDS, OVERLAP_SECONDS, Reachable};
use jicai_server::config::Config;
use jicai_server::serve::with_app;
use jicai_service::events::{dispatch_once, lag};
use jicai_service::jobs::{put_up_turns, work_once};
use jicai_service::{App, Error};
use serde_json::{Value, json};

use crate::support::actor::{Actor, key};
use crate::support::program::jicai_on;
use crate::support::receiver::{Receiver, Reply};
use crate::support::worker::Worker;
use crate::support::world::{World, config};

const PATIENCE: Duration = Duration::from_secs(40);

/// A world whose webhooks may lead to this machine.
async fn world() -> World {
    World::with(|config| config.webhooks = Reachable::Anything).await
}

/// The same, whose service leaves the work to others.
async fn idle_world() -> World {
    World::with(|config| (config.jobs, config.webhooks) = (0, Reachable::Anything)).await
}

fn settings(world: &World) -> Config {
    Config { webhooks: Reachable::Anything, ..config(&world.database) }
}

async fn creates(actor: &Actor, url: &str, kinds: &[&str]) -> Value {
    let input = json!({ "url": url, "kinds": kinds, "idempotencyKey": key() });
    actor.does("createWebhook", input, "id version secret").await.done()
}

/// Has something change a webhook.
async fn moves(actor: &Actor, name: &str, webhook: &Value, version: i64) -> crate::support::actor::Outcome {
    let fields = if name == "rotateWebhookSecret" { "id version secret" } else { "id version" };
    let query = format!("mutation($i: ChangeInput!) {{ {name}(input: $i) {{ {fields} }} }}");
    let input = json!({ "id": webhook["id"], "version": version, "idempotencyKey": key() });
    actor.asks_with(&query, json!({ "i": input })).await
}

async fn tests(actor: &Actor, webhook: &Value) -> crate::support::actor::Outcome {
    let query = "mutation($i: TestWebhookInput!) { testWebhook(input: $i) }";
    actor.asks_with(query, json!({ "i": { "id": webhook["id"], "idempotencyKey": key() } })).await
}

async fn redelivers(actor: &Actor, delivery: &Value) -> crate::support::actor::Outcome {
    let query = "mutation($i: RedeliverInput!) { redeliver(input: $i) }";
    actor.asks_with(query, json!({ "i": { "id": delivery, "idempotencyKey": key() } })).await
}

async fn invites(actor: &Actor, clerk: &str) {
    let input = json!({ "clerk": clerk, "name": clerk, "role": "INSURANCE_AGENCY", "idempotencyKey": key() });
    actor.does("inviteUser", input, "id").await.done();
}

/// The newest webhook of an actor, with its deliveries.
async fn listed(actor: &Actor) -> Value {
    let query = "{ webhooks(first: 1) { nodes { id status fault failingSince version
        deliveries { nodes { id kind status tries httpStatus silence nextTryAt } } } } }";
    actor.asks(query).await.done()["nodes"][0].clone()
}

/// The newest delivery of an actor's webhook, once it is so.
async fn comes_to(actor: &Actor, status: &str, tries: i64) -> Value {
    let begun = Instant::now();
    loop {
        let found = listed(actor).await["deliveries"]["nodes"][0].clone();
        if found["status"] == status && found["tries"] == tries {
            return found;
        }
        assert!(begun.elapsed() < PATIENCE, "not {status} after {tries}: {found}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_event_arrives_signed_and_thin() {
    let (world, mut receiver) = (world().await, Receiver::answering(&[]).await);
    let manager = world.manager("INSURANCE_AGENCY", "320106").await;
    let input = json!({ "url": receiver.url, "kinds": ["UserInvited"], "idempotencyKey": key() });
    let webhook = manager.does("createWebhook", input.clone(), "id version secret").await.done();
    assert_eq!(manager.does("createWebhook", input, "id version secret").await.done(), webhook);
    assert!(webhook["secret"].as_str().unwrap().starts_with("whsec_"));
    invites(&manager, "clerk").await;
    let arrived = receiver.hears().await;
    assert!(arrived.proves(&webhook["secret"]));
    assert!(!arrived.proves(&json!("whsec_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=")));
    let body = arrived.json();
    assert_eq!((&body["type"], &body["data"]["kind"]), (&json!("UserInvited"), &json!("UserInvited")));
    assert_eq!(body["data"]["organizations"], json!([manager.organization]));
    assert!(body["data"]["subject"].as_str().unwrap().starts_with("usr_"), "{body}");
    let parsed: u64 = body["data"]["cursor"].as_str().unwrap().parse().unwrap();
    assert!(parsed > 0 && body["timestamp"].as_str().unwrap().ends_with('Z'), "{body}");
    assert_eq!(body["data"].as_object().unwrap().len(), 4);
    let delivery = comes_to(&manager, "DELIVERED", 1).await;
    assert_eq!((&delivery["httpStatus"], &delivery["nextTryAt"]), (&json!(204), &Value::Null));
    assert_eq!(delivery["id"], arrived.header("webhook-id"));
    let text = manager.asks("{ webhooks { nodes { id } } }").await.json.to_string();
    assert!(!text.contains("whsec_"), "{text}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_receiver_that_fails_is_tried_again_under_the_same_id() {
    let script = [Reply::Status(500), Reply::Redirect];
    let (world, mut receiver) = (world().await, Receiver::answering(&script).await);
    let manager = world.manager("INSURANCE_AGENCY", "320106").await;
    let webhook = creates(&manager, &receiver.url, &["UserInvited"]).await;
    tests(&manager, &webhook).await.done();
    let mut ids = vec![receiver.hears().await.header("webhook-id").to_owned()];
    for (tries, status, clock) in [(1, 500, 10), (2, 307, 30)] {
        let waiting = comes_to(&manager, "WAITING", tries).await;
        assert_eq!(waiting["httpStatus"], status);
        assert!(waiting["nextTryAt"].is_string() && listed(&manager).await["failingSince"].is_string());
        redelivers(&manager, &waiting["id"]).await.refused("DELIVERY_STATE");
        world.moves_clock_to(clock).await;
        let again = receiver.hears().await;
        assert!(again.proves(&webhook["secret"]));
        ids.push(again.header("webhook-id").to_owned());
    }
    let delivered = comes_to(&manager, "DELIVERED", 3).await;
    assert_eq!(ids, [delivered["id"].as_str().unwrap(); 3]);
    assert_eq!(listed(&manager).await["failingSince"], Value::Null);
    redelivers(&manager, &delivered["id"]).await.done();
    assert_eq!(receiver.hears().await.header("webhook-id"), ids[0]);
    comes_to(&manager, "DELIVERED", 4).await;
    assert!(receiver.silent());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_receiver_that_is_gone_is_given_up_and_its_managers_are_told() {
    let (world, mut receiver) = (world().await, Receiver::answering(&[Reply::Status(410)]).await);
    let manager = world.manager("INSURANCE_AGENCY", "320106").await;
    let webhook = creates(&manager, &receiver.url, &["UserInvited"]).await;
    invites(&manager, "one").await;
    receiver.hears().await;
    comes_to(&manager, "DROPPED", 1).await;
    let given_up = listed(&manager).await;
    assert_eq!((&given_up["status"], &given_up["fault"]), (&json!("GIVEN_UP"), &json!("GONE")));
    tests(&manager, &webhook).await.refused("WEBHOOK_STATE");
    let begun = Instant::now();
    loop {
        let query = "{ notifications { nodes { kind subject } } tasks { nodes { kind subject detail } } }";
        let seen = manager.asks(query).await.json["data"].clone();
        if seen["notifications"]["nodes"][0]["kind"] == "WebhookGivenUp" {
            assert_eq!(seen["notifications"]["nodes"][0]["subject"], webhook["id"]);
            let repair = seen["tasks"]["nodes"].as_array().unwrap().last().unwrap().clone();
            assert_eq!((&repair["kind"], &repair["subject"]), (&json!("REPAIR_WEBHOOK"), &webhook["id"]));
            break;
        }
        assert!(begun.elapsed() < PATIENCE, "{seen}");
    }
    moves(&manager, "enableWebhook", &webhook, 1).await.refused("STALE_VERSION");
    moves(&manager, "enableWebhook", &webhook, 2).await.done();
    tests(&manager, &webhook).await.done();
    assert_eq!(receiver.hears().await.json()["type"], "WebhookTested");
    comes_to(&manager, "DELIVERED", 1).await;
    let acts = world.entries(webhook["id"].as_str().unwrap()).await;
    assert_eq!(acts, ["WebhookCreated", "WebhookGivenUp", "WebhookEnabled", "WebhookTested"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_receiver_that_hangs_keeps_nobody_else_waiting() {
    let (world, mut hung) = (world().await, Receiver::always(Reply::Never).await);
    let mut quick = Receiver::answering(&[]).await;
    let hospital = world.manager("INSURANCE_AGENCY", "320106").await;
    let other = world.manager("INSURANCE_AGENCY", "320106").await;
    let stuck = creates(&hospital, &hung.url, &["UserEnabled"]).await;
    let webhook = creates(&other, &quick.url, &["UserEnabled"]).await;
    tests(&hospital, &stuck).await.done();
    hung.hears().await;
    tests(&other, &webhook).await.done();
    quick.hears().await;
    assert_eq!(listed(&hospital).await["deliveries"]["nodes"][0]["tries"], 0);
    let silent = comes_to(&hospital, "WAITING", 1).await;
    assert_eq!((&silent["silence"], &silent["httpStatus"]), (&json!("TIMEOUT"), &Value::Null));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_sent_and_not_settled_is_sent_again_under_the_same_id() {
    let (world, mut receiver) = (idle_world().await, Receiver::answering(&[Reply::Never]).await);
    let manager = world.manager("INSURANCE_AGENCY", "320106").await;
    let webhook = creates(&manager, &receiver.url, &["UserInvited"]).await;
    tests(&manager, &webhook).await.done();
    let mut worker = jicai_on(&world.database, Path::new("/nonexistent"), &["worker"]);
    let mut worker = worker.env("JICAI_WEBHOOK_PRIVATE", "allow").spawn().unwrap();
    let first = receiver.hears().await;
    worker.kill().unwrap();
    worker.wait().unwrap();
    assert_eq!(listed(&manager).await["deliveries"]["nodes"][0]["tries"], 0);
    world.moves_clock_to(61).await;
    let next = Worker::with(settings(&world));
    let second = receiver.hears().await;
    assert_eq!(second.header("webhook-id"), first.header("webhook-id"));
    assert_eq!(second.body, first.body);
    comes_to(&manager, "DELIVERED", 1).await;
    next.ends();
}

#[tokio::test(flavor = "multi_thread")]
async fn both_secrets_prove_an_event_until_the_overlap_ends() {
    let (world, mut receiver) = (world().await, Receiver::answering(&[]).await);
    let manager = world.manager("INSURANCE_AGENCY", "320106").await;
    let webhook = creates(&manager, &receiver.url, &["UserInvited"]).await;
    let rotated = moves(&manager, "rotateWebhookSecret", &webhook, 1).await.done();
    assert_ne!(rotated["secret"], webhook["secret"]);
    tests(&manager, &webhook).await.done();
    let during = receiver.hears().await;
    assert!(during.proves(&webhook["secret"]) && during.proves(&rotated["secret"]));
    assert_eq!(during.header("webhook-signature").split(' ').count(), 2);
    world.moves_clock_to(OVERLAP_SECONDS + 1).await;
    tests(&manager, &webhook).await.done();
    let after = receiver.hears().await;
    assert!(!after.proves(&webhook["secret"]) && after.proves(&rotated["secret"]));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_endpoint_hears_what_its_organization_may_hear_and_nothing_of_neighbours() {
    let world = world().await;
    let mut receivers =
        [Receiver::answering(&[]).await, Receiver::answering(&[]).await, Receiver::answering(&[]).await];
    let hospital = world.manager("INSURANCE_AGENCY", "320106").await;
    let neighbour = world.manager("INSURANCE_AGENCY", "320106").await;
    let regulator = world.manager("REGULATOR", "320000").await;
    let elsewhere = world.manager("REGULATOR", "310000").await;
    for (actor, receiver) in [&hospital, &neighbour, &regulator].into_iter().zip(&receivers) {
        creates(actor, &receiver.url, &["OrganizationSuspended", "UserInvited"]).await;
    }
    let [own, others, overseeing] = &mut receivers;
    invites(&hospital, "clerk").await;
    assert_eq!(own.hears().await.json()["type"], "UserInvited");
    for suspended in [&elsewhere, &neighbour, &hospital] {
        let seen = (suspended.organization.as_str(), 2);
        world.admin().moves("suspendOrganization", seen, Some("停业")).await.done();
    }
    // What arrives first is what was not kept back: the events before it were not theirs.
    let subject = |received: crate::support::receiver::Received| received.json()["data"]["subject"].clone();
    let first = [subject(overseeing.hears().await), subject(overseeing.hears().await)];
    assert!(first.contains(&json!(neighbour.organization)) && first.contains(&json!(hospital.organization)));
    assert_eq!(subject(others.hears().await), neighbour.organization.as_str());
    assert_eq!(subject(own.hears().await), hospital.organization.as_str());
    // All of them were handed on by now, in their order.
    for reinstated in [&neighbour, &hospital] {
        let seen = (reinstated.organization.as_str(), 3);
        world.admin().moves("reinstateOrganization", seen, None).await.done();
    }
    for (actor, sent) in [(&hospital, 2), (&neighbour, 1), (&regulator, 2)] {
        assert_eq!(listed(actor).await["deliveries"]["nodes"].as_array().unwrap().len(), sent);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_disabled_endpoint_hears_nothing_and_what_waits_is_dropped() {
    let (world, mut receiver) = (idle_world().await, Receiver::answering(&[]).await);
    let manager = world.manager("INSURANCE_AGENCY", "320106").await;
    let webhook = creates(&manager, &receiver.url, &["UserInvited"]).await;
    let waiting = tests(&manager, &webhook).await.done();
    moves(&manager, "disableWebhook", &webhook, 1).await.done();
    moves(&manager, "disableWebhook", &webhook, 2).await.refused("WEBHOOK_STATE");
    invites(&manager, "one").await;
    let settings = settings(&world);
    with_app(&settings, async |app| works(&world, app).await).await.unwrap();
    assert_eq!(comes_to(&manager, "DROPPED", 0).await["id"], waiting);
    redelivers(&manager, &waiting).await.refused("WEBHOOK_STATE");
    moves(&manager, "enableWebhook", &webhook, 2).await.done();
    redelivers(&manager, &waiting).await.done();
    invites(&manager, "two").await;
    with_app(&settings, async |app| works(&world, app).await).await.unwrap();
    let kinds =
        [receiver.hears().await.json()["type"].clone(), receiver.hears().await.json()["type"].clone()];
    assert_eq!(kinds, [json!("WebhookTested"), json!("UserInvited")]);
    assert!(receiver.silent());
}

/// Hands on what has happened and sends whatever is due.
async fn works(world: &World, app: &App) -> Result<(), Error> {
    world.until_sequenced().await;
    while lag(app).await? > 0 {
        dispatch_once(app).await?;
    }
    while work_once(app, Lane::Outside).await? {}
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_never_accepted_is_given_up_event_by_event_and_then_as_a_whole() {
    let (world, receiver) = (idle_world().await, Receiver::always(Reply::Status(503)).await);
    let manager = world.manager("INSURANCE_AGENCY", "320106").await;
    let webhook = creates(&manager, &receiver.url, &["UserInvited"]).await;
    let story = async |app: &App| {
        tests(&manager, &webhook).await.done();
        let mut clock = 0;
        for doublings in 0..24 {
            works(&world, app).await?;
            clock += (5_i64 << doublings).min(6 * 3_600) * 5 / 4 + 1;
            world.moves_clock_to(clock).await;
        }
        let failed = comes_to(&manager, "FAILED", 24).await;
        let dead = world.admin().asks("{ jobs(status: DEAD) { nodes { kind subject fault } } }").await.done();
        let expected = json!({ "kind": "DELIVER", "subject": failed["id"], "fault": "WEBHOOK_UNDELIVERED" });
        assert_eq!(dead["nodes"], json!([expected]));
        assert_eq!(listed(&manager).await["status"], "ENABLED");
        clock += GIVEN_UP_AFTER_SECONDS;
        world.moves_clock_to(clock).await;
        invites(&manager, "late").await;
        works(&world, app).await?;
        comes_to(&manager, "DROPPED", 1).await;
        let given_up = listed(&manager).await;
        assert_eq!((&given_up["status"], &given_up["fault"]), (&json!("GIVEN_UP"), &json!("FAILING")));
        world.moves_clock_to(clock + 31 * 86_400).await;
        put_up_turns(app).await?;
        while work_once(app, Lane::Inside).await? {}
        let manager = world.logs_in(&manager.login).await;
        assert_eq!(listed(&manager).await["deliveries"]["nodes"], json!([]));
        Ok(())
    };
    with_app(&settings(&world), story).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn an_endpoint_is_outside_and_there_are_only_so_many() {
    let world = World::with(|config| config.jobs = 0).await;
    let manager = world.manager("INSURANCE_AGENCY", "320106").await;
    let clerk = world.clerk(&manager, "clerk", "INSURANCE_AGENCY").await;
    let create = async |actor: &Actor, url: &str, kind: &str| {
        let input = json!({ "url": url, "kinds": [kind], "idempotencyKey": key() });
        actor.does("createWebhook", input, "id").await.code()
    };
    for (url, kind, code) in [
        ("http://hooks.example.com/", "UserInvited", "WEBHOOK_URL_INVALID"),
        ("https://localhost/", "UserInvited", "WEBHOOK_ADDRESS"),
        ("https://169.254.169.254/latest", "UserInvited", "WEBHOOK_ADDRESS"),
        ("https://[::ffff:127.0.0.1]/", "UserInvited", "WEBHOOK_ADDRESS"),
        ("https://hooks.example.com/", "BidOpened", "EVENT_UNKNOWN"),
    ] {
        assert_eq!(create(&manager, url, kind).await, code, "{url}");
    }
    assert_eq!(create(&clerk, "https://hooks.example.com/", "UserInvited").await, "FORBIDDEN");
    for _one in 0..20 {
        assert_eq!(create(&manager, "https://hooks.example.com/", "UserInvited").await, "ok");
    }
    assert_eq!(create(&manager, "https://hooks.example.com/", "UserInvited").await, "WEBHOOK_LIMIT");
}
