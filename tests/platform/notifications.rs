//! What users are told of without asking: whom an event concerns, once, whatever dies and whoever is late.
use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use diesel_async::{AsyncConnection, AsyncPgConnection, SimpleAsyncConnection};
use futures_util::future::join_all;
use jicai_domain::ids::{Id, OrganizationId};
use jicai_domain::webhooks::Reachable;
use jicai_server::serve::with_app;
use jicai_service::audit::sequence;
use jicai_service::events::{dispatch_once, lag};
use serde_json::{Value, json};

use crate::support::actor::{Actor, key};
use crate::support::http::get;
use crate::support::worker::Worker;
use crate::support::world::{World, config};

const PATIENCE: Duration = Duration::from_secs(30);

async fn told(actor: &Actor, unread_only: bool) -> Vec<Value> {
    let query = format!(
        "{{ notifications(unreadOnly: {unread_only}, first: 100) {{
            nodes {{ cursor kind subject at read text textZh }} }} }}"
    );
    actor.asks(&query).await.done()["nodes"].as_array().unwrap().clone()
}

fn kinds(told: &[Value]) -> Vec<&str> {
    told.iter().map(|one| one["kind"].as_str().unwrap()).collect()
}

/// What an actor is told once the log was handed on to its end.
async fn told_in_the_end(world: &World, actor: &Actor) -> Vec<Value> {
    world.until_sequenced().await;
    let begun = Instant::now();
    while !get(world.address(), "/metrics").await.body.contains("jicai_events_lag 0\n") {
        assert!(begun.elapsed() < PATIENCE, "the log was not handed on");
    }
    told(actor, false).await
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_has_to_act_and_whoever_waited_is_told_in_both_languages() {
    let world = World::new().await;
    let pending = world.registers("INSURANCE_AGENCY", "320106").await;
    let manager = world.logs_in(&pending.login).await;
    world.admin().moves("returnOrganization", (&pending.id, 1), Some("许可证已过期")).await.done();
    let input = json!({ "name": "金陵医院", "regions": ["320106"], "version": 2, "idempotencyKey": key() });
    manager.does("resubmitOrganization", input, "id").await.done();
    world.admin().moves("approveOrganization", (&pending.id, 3), None).await.done();
    let heard = told_in_the_end(&world, &manager).await;
    assert_eq!(kinds(&heard), ["OrganizationApproved", "OrganizationReturned"]);
    assert_eq!(heard[0]["text"], "Your organization was approved and may act.");
    assert_eq!(heard[0]["textZh"], "贵机构已审核通过，可以办理业务。");
    let reviewer = told(world.admin(), false).await;
    assert_eq!(kinds(&reviewer), ["OrganizationResubmitted", "OrganizationRegistered"]);
    assert_eq!(reviewer[1]["subject"], pending.id.as_str());
    assert!(reviewer[1]["textZh"].as_str().unwrap().contains(&pending.id));
}

#[tokio::test(flavor = "multi_thread")]
async fn managers_are_told_of_users_and_clerks_neighbours_and_whoever_did_it_are_not() {
    let world = World::new().await;
    let manager = world.manager("INSURANCE_AGENCY", "320106").await;
    let neighbour = world.manager("INSURANCE_AGENCY", "320106").await;
    // Whoever comes later is not told what was handed on before.
    told_in_the_end(&world, &neighbour).await;
    let clerk = world.clerk(&manager, "clerk", "INSURANCE_AGENCY").await;
    world.admin().moves("suspendOrganization", (&manager.organization, 2), Some("停业")).await.done();
    let heard = told_in_the_end(&world, &manager).await;
    // The manager invited the clerk, and knows.
    assert_eq!(kinds(&heard), ["OrganizationSuspended", "OrganizationApproved"]);
    assert_eq!(kinds(&told(&clerk, false).await), ["OrganizationSuspended"]);
    assert_eq!(kinds(&told(&neighbour, false).await), ["OrganizationApproved"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_read_is_counted_no_more() {
    let world = World::new().await;
    let manager = world.manager("INSURANCE_AGENCY", "320106").await;
    world.admin().moves("suspendOrganization", (&manager.organization, 2), Some("停业")).await.done();
    world.admin().moves("reinstateOrganization", (&manager.organization, 3), None).await.done();
    let heard = told_in_the_end(&world, &manager).await;
    assert_eq!(manager.asks("{ unreadNotifications }").await.done(), 3);
    let oldest_two = heard[1]["cursor"].as_str().unwrap();
    let mark = "mutation($to: String!) { markNotificationsRead(upTo: $to) }";
    for _again in 0..2 {
        assert_eq!(manager.asks_with(mark, json!({ "to": oldest_two })).await.done(), 1);
    }
    assert_eq!(kinds(&told(&manager, true).await), ["OrganizationReinstated"]);
    let read: Vec<bool> =
        told(&manager, false).await.iter().map(|one| one["read"].as_bool().unwrap()).collect();
    assert_eq!(read, [false, true, true]);
    let page =
        manager.asks("{ notifications(first: 1) { nodes { kind } pageInfo { hasNextPage endCursor } } }");
    let page = page.await.done();
    assert_eq!(page["pageInfo"]["hasNextPage"], true);
    let after = page["pageInfo"]["endCursor"].as_str().unwrap();
    let rest = format!("{{ notifications(after: {after:?}) {{ nodes {{ kind }} }} }}");
    assert_eq!(manager.asks(&rest).await.done()["nodes"].as_array().unwrap().len(), 2);
    manager.asks("{ notifications(after: \"-1\") { nodes { kind } } }").await.refused("CURSOR_INVALID");
}

#[tokio::test(flavor = "multi_thread")]
async fn many_dispatchers_at_once_tell_everything_once() {
    let world = World::with(|config| (config.jobs, config.webhooks) = (0, Reachable::Anything)).await;
    let manager = world.manager("INSURANCE_AGENCY", "320106").await;
    let hook = json!({ "url": "http://127.0.0.1:9/", "kinds": ["OrganizationSuspended", "OrganizationReinstated"],
        "idempotencyKey": key() });
    manager.does("createWebhook", hook, "id").await.done();
    for number in 0..40 {
        let order = if number % 2 == 0 {
            ("suspendOrganization", Some("停业"))
        } else {
            ("reinstateOrganization", None)
        };
        world.admin().moves(order.0, (&manager.organization, 2 + number), order.1).await.done();
    }
    let acts = world.entries("").await.len();
    let metrics = async || get(world.address(), "/metrics").await.body;
    let begun = Instant::now();
    while !metrics().await.contains(&format!("jicai_events_lag {acts}\n")) {
        assert!(begun.elapsed() < PATIENCE, "{}", metrics().await);
    }
    assert_eq!(told(&manager, false).await.len(), 0);
    let settings = config(&world.database);
    let dispatchers = (0..4).map(|_| {
        with_app(&settings, async |app| {
            while lag(app).await? > 0 {
                dispatch_once(app).await?;
            }
            Ok(())
        })
    });
    for outcome in join_all(dispatchers).await {
        outcome.unwrap();
    }
    assert_eq!(told(&manager, false).await.len(), 41);
    let sent = "{ webhooks { nodes { deliveries(first: 100) { nodes { cursor } } } } }";
    let sent = manager.asks(sent).await.done()["nodes"][0]["deliveries"]["nodes"].clone();
    let cursors: BTreeSet<&str> =
        sent.as_array().unwrap().iter().map(|one| one["cursor"].as_str().unwrap()).collect();
    assert_eq!((sent.as_array().unwrap().len(), cursors.len()), (40, 40));
    assert!(metrics().await.contains("jicai_events_lag 0\n"));
}

/// An entry about an organization, as a use case would write it.
fn entry(organization: &str) -> String {
    let id = format!("{:032x}", OrganizationId::parse(organization).unwrap().number());
    format!(
        "INSERT INTO audit_entries (id, at, kind, version, subject, canonical, concerns) VALUES
            (gen_random_uuid(), app_clock(), 'OrganizationReinstated', 1, '{organization}', 'x', ARRAY['{id}'::uuid]);"
    )
}

#[expect(clippy::disallowed_methods, reason = "a writer that the story holds open by hand")]
async fn writes(connection: &mut AsyncPgConnection, statements: &str) {
    connection.batch_execute(statements).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn what_commits_late_is_told_too() {
    let world = World::new().await;
    let (slow, quick) = (
        world.manager("INSURANCE_AGENCY", "320106").await,
        world.manager("INSURANCE_AGENCY", "320106").await,
    );
    told_in_the_end(&world, &slow).await;
    let mut late = AsyncPgConnection::establish(&world.database.app).await.unwrap();
    writes(&mut late, &format!("BEGIN; {}", entry(&slow.organization))).await;
    let mut early = AsyncPgConnection::establish(&world.database.app).await.unwrap();
    writes(&mut early, &entry(&quick.organization)).await;
    // Whatever can be handed on now is.
    let settings = config(&world.database);
    with_app(&settings, async |app| {
        sequence(app).await?;
        dispatch_once(app).await
    })
    .await
    .unwrap();
    writes(&mut late, "COMMIT").await;
    for actor in [&slow, &quick] {
        let heard = told_in_the_end(&world, actor).await;
        assert_eq!(kinds(&heard), ["OrganizationReinstated", "OrganizationApproved"]);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_told_is_forgotten_after_half_a_year() {
    let world = World::new().await;
    let manager = world.manager("INSURANCE_AGENCY", "320106").await;
    assert_eq!(told_in_the_end(&world, &manager).await.len(), 1);
    world.moves_clock_to(170 * 86_400).await;
    let admin = world.logs_in(&world.admin().login).await;
    admin.moves("suspendOrganization", (&manager.organization, 2), Some("停业")).await.done();
    told_in_the_end(&world, &world.logs_in(&manager.login).await).await;
    world.moves_clock_to(181 * 86_400).await;
    let manager = world.logs_in(&manager.login).await;
    // A worker that starts puts up the work whose turn has come.
    let worker = Worker::of(&world);
    let begun = Instant::now();
    while kinds(&told(&manager, false).await) != ["OrganizationSuspended"] {
        assert!(begun.elapsed() < PATIENCE, "{:?}", told(&manager, false).await);
    }
    worker.ends();
}
