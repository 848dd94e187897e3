//! Subscriptions: whom they reach, that nothing is missed, and when they end.
use jicai_server::serve::Service;
use serde_json::{Value, json};

use crate::support::actor::Actor;
use crate::support::live::{Heard, Live};
use crate::support::world::{World, config, registration};

/// Reads events until one is about that subject.
async fn until_about(live: &mut Live, subject: &str) -> Value {
    loop {
        let event = live.event().await;
        if event["subject"] == subject {
            return event;
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_event_reaches_whom_it_concerns_and_the_authorities_over_them() {
    let world = World::new().await;
    let regulator = world.manager("REGULATOR", "320000").await;
    let elsewhere = world.manager("REGULATOR", "310000").await;
    let (mut hears, mut does_not) = (Live::of(&regulator).await, Live::of(&elsewhere).await);
    hears.follows(&["OrganizationRegistered"], None).await;
    does_not.follows(&["OrganizationRegistered"], None).await;
    let hospital = world.registers("HOSPITAL", "320106").await;
    let event = until_about(&mut hears, &hospital.id).await;
    assert_eq!(
        (&event["kind"], &event["organizations"]),
        (&json!("OrganizationRegistered"), &json!([hospital.id]))
    );
    let other = world.registers("HOSPITAL", "310000").await;
    // The log has an order: what reaches the other one later would have reached it before.
    loop {
        let subject = does_not.event().await["subject"].clone();
        assert_ne!(subject, hospital.id.as_str());
        if subject == other.id.as_str() {
            break;
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_comes_back_with_a_cursor_missed_nothing() {
    let world = World::new().await;
    let regulator = world.manager("REGULATOR", "320000").await;
    let first = world.registers("HOSPITAL", "320106").await;
    let mut live = Live::of(&regulator).await;
    live.follows(&["OrganizationRegistered"], Some("0")).await;
    let cursor = until_about(&mut live, &first.id).await["cursor"].as_str().unwrap().to_owned();
    drop(live);
    let mut missed = Vec::new();
    for _ in 0..5 {
        missed.push(world.registers("HOSPITAL", "320106").await.id);
    }
    let mut again = Live::of(&regulator).await;
    again.follows(&["OrganizationRegistered"], Some(&cursor)).await;
    for expected in missed {
        assert_eq!(again.event().await["subject"], expected.as_str());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_event_of_one_server_is_heard_on_another() {
    let world = World::new().await;
    let regulator = world.manager("REGULATOR", "320000").await;
    let other = Service::start(&config(&world.database), false).await.unwrap();
    let there = Actor { to: other.address(), ..regulator };
    let mut live = Live::of(&there).await;
    live.follows(&["OrganizationRegistered"], None).await;
    let hospital = world.registers("HOSPITAL", "320106").await;
    until_about(&mut live, &hospital.id).await;
    drop(live);
    other.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pending_organization_hears_that_it_is_approved() {
    let world = World::new().await;
    let pending = world.registers("INSURANCE_AGENCY", "320000").await;
    let manager = world.logs_in(&pending.login).await;
    let mut live = Live::of(&manager).await;
    live.follows(&["OrganizationApproved"], None).await;
    world.admin().moves("approveOrganization", (&pending.id, 1), None).await.done();
    assert_eq!(live.event().await["subject"], pending.id.as_str());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_subscription_ends_with_its_login() {
    let world = World::new().await;
    let office = world.manager("PROCUREMENT_OFFICE", "320000").await;
    let clerk = world.clerk(&office, "clerk", "PROCUREMENT_OFFICE").await;
    let (mut leaver, mut disabled) = (Live::of(&office).await, Live::of(&clerk).await);
    leaver.follows(&[], None).await;
    // A kind that nobody causes here: what was committed just before may still be told.
    disabled.follows(&["RoundCancelled"], None).await;
    office.moves("disableUser", (&clerk.user, 2), None).await.done();
    assert_eq!(disabled.refusal().await, "TOKEN_INVALID");
    while leaver.event().await["kind"] != "UserDisabled" {}
    office.asks("mutation { logOut }").await.done();
    assert_eq!(leaver.refusal().await, "TOKEN_INVALID");
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_is_not_known_is_not_admitted() {
    let world = World::new().await;
    let mut nobody = Live::connected(world.address()).await;
    nobody.says(&json!({ "type": "connection_init" })).await;
    assert_eq!(nobody.hears().await, Heard::Closed(4403, "UNAUTHENTICATED".to_owned()));
    for (shown, code) in [("Bearer x", "TOKEN_INVALID"), ("x", "TOKEN_INVALID")] {
        let mut stranger = Live::connected(world.address()).await;
        stranger.admits(shown).await;
        assert_eq!(stranger.hears().await, Heard::Closed(4403, code.to_owned()));
    }
    let reply = crate::support::http::send(
        world.address(),
        "GET /subscriptions",
        &[("sec-websocket-protocol", "graphql-ws")],
        b"",
    );
    assert_eq!(reply.await.status, 400);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_connection_carries_subscriptions_and_only_so_many() {
    let world = World::new().await;
    let mut live = Live::of(world.admin()).await;
    live.asks("q", "{ me { id } }", json!({})).await;
    assert_eq!(live.refusal().await, "QUERY_INVALID");
    assert_eq!(live.hears().await, Heard::Message(json!({ "type": "complete", "id": "q" })));
    live.follows(&["BidOpened"], None).await;
    assert_eq!(live.refusal().await, "EVENT_UNKNOWN");
    live.hears().await;
    live.follows(&[], Some("x")).await;
    assert_eq!(live.refusal().await, "CURSOR_INVALID");
    live.hears().await;
    for number in 0..20 {
        live.asks(&number.to_string(), "subscription { events { cursor } }", json!({})).await;
    }
    live.asks("more", "subscription { events { cursor } }", json!({})).await;
    assert_eq!(live.refusal().await, "SUBSCRIPTION_LIMIT");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_service_that_stops_says_so_to_whoever_listens() {
    let world = World::new().await;
    let other = Service::start(&config(&world.database), false).await.unwrap();
    let there = Actor { to: other.address(), ..world.admin().clone() };
    let mut live = Live::of(&there).await;
    live.follows(&[], None).await;
    let stopping = tokio::spawn(other.stop());
    loop {
        if let Heard::Closed(code, reason) = live.hears().await {
            assert_eq!((code, reason.as_str()), (1001, "UNAVAILABLE"));
            break;
        }
    }
    drop(live);
    stopping.await.unwrap().unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_not_of_the_protocol_ends_the_connection() {
    let world = World::new().await;
    let mut live = Live::of(world.admin()).await;
    live.says(&registration("HOSPITAL", "320106")).await;
    assert_eq!(live.hears().await, Heard::Closed(1002, "REQUEST_INVALID".to_owned()));
    let mut early = Live::connected(world.address()).await;
    early.asks("1", "subscription { events { cursor } }", json!({})).await;
    assert_eq!(early.hears().await, Heard::Closed(1011, "REQUEST_INVALID".to_owned()));
    let mut long = Live::of(world.admin()).await;
    long.says(&json!({ "type": "ping", "payload": "x".repeat(100_000) })).await;
    assert_eq!(long.hears().await, Heard::Closed(1009, "BODY_TOO_LARGE".to_owned()));
}
