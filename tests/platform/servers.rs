//! Two servers on one database: what happens at one holds at the other at once.
use jicai_domain::identity::LoginName;
use jicai_server::serve::{Service, with_app};
use jicai_service::identity::{LogIn, log_in, rotate_keys};
use serde_json::{Value, json};

use crate::support::actor::{Actor, key};
use crate::support::world::{PASSWORD, World, config, registration};
use crate::tokens::key_of;

/// A second server on the world's database.
async fn second(world: &World) -> Service {
    Service::start(&config(&world.database), false).await.unwrap()
}

/// The same actor, who asks another server.
fn at(server: &Service, actor: &Actor) -> Actor {
    Actor { to: server.address(), ..actor.clone() }
}

async fn knows(actor: &Actor) -> String {
    actor.asks("{ me { id } }").await.code()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rotated_key_is_honoured_by_both_and_both_sign_with_it() {
    let world = World::new().await;
    let other = second(&world).await;
    let (login, before) = (world.admin().login.clone(), world.admin().clone());
    assert_eq!(knows(&at(&other, &before)).await, "ok");
    let settings = config(&world.database);
    let made = with_app(&settings, async |app| {
        rotate_keys(app).await?;
        let login = LoginName::parse(&login)?;
        log_in(app, LogIn { login, password: PASSWORD.to_owned(), code: None }).await
    });
    let by_the_new_key = Actor { token: Some(made.await.unwrap().access), ..before.clone() };
    assert_ne!(key_of(&by_the_new_key), key_of(&before));
    for actor in [&by_the_new_key, &before] {
        assert_eq!((knows(actor).await, knows(&at(&other, actor)).await), ("ok".to_owned(), "ok".to_owned()));
    }
    let here = Actor::logged_in(world.address(), &login, PASSWORD).await;
    let there = Actor::logged_in(other.address(), &login, PASSWORD).await;
    assert_eq!(knows(&at(&other, &here)).await, "ok");
    assert_eq!(knows(&Actor { to: world.address(), ..there.clone() }).await, "ok");
    for actor in [&here, &there] {
        assert_eq!(key_of(actor), key_of(&by_the_new_key));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_ends_at_one_server_is_ended_at_the_other() {
    let world = World::new().await;
    let other = second(&world).await;
    let lead = world.manager("HOSPITAL", "320106").await;
    let (first, second) = (world.logs_in(&lead.login).await, world.logs_in(&lead.login).await);
    for actor in [&first, &second] {
        assert_eq!(knows(&at(&other, actor)).await, "ok");
    }
    first.asks("mutation { logOut }").await.done();
    at(&other, &second).asks("mutation { logOut }").await.done();
    assert_eq!(knows(&at(&other, &first)).await, "TOKEN_INVALID");
    assert_eq!(knows(&second).await, "TOKEN_INVALID");

    let (id, secret) = world.client(&lead, "HOSPITAL", &["OWN_ORGANIZATION"]).await;
    let system = Actor::client(other.address(), (&id, &secret)).await;
    let users = "{ users { nodes { id } } }";
    Actor { to: world.address(), ..system.clone() }.asks(users).await.done();
    lead.moves("disableClient", (&id, 1), None).await.done();
    system.asks(users).await.refused("TOKEN_INVALID");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refresh_token_is_good_once_over_both_servers() {
    let world = World::new().await;
    let other = second(&world).await;
    let lead = world.manager("HOSPITAL", "320106").await;
    let query = "mutation($t: String!) { refresh(refreshToken: $t) { accessToken } }";
    let shown = json!({ "t": lead.refresh });
    at(&other, &world.nobody()).asks_with(query, shown.clone()).await.done();
    world.nobody().asks_with(query, shown).await.refused("TOKEN_INVALID");
    assert_eq!(knows(&at(&other, &lead)).await, "TOKEN_INVALID");
}

#[tokio::test(flavor = "multi_thread")]
async fn guesses_at_both_servers_count_together() {
    let world = World::new().await;
    let other = second(&world).await;
    let lead = world.manager("HOSPITAL", "320106").await;
    let servers = [world.nobody(), at(&other, &world.nobody())];
    for number in 0..5 {
        let nobody = &servers[number % 2];
        nobody.tries_to_log_in(&lead.login, "wrong wrong wrong", None).await.refused("LOGIN_FAILED");
    }
    for nobody in &servers {
        nobody.tries_to_log_in(&lead.login, PASSWORD, None).await.refused("LOGIN_THROTTLED");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn one_key_at_both_servers_at_once_acts_once() {
    let world = World::new().await;
    let other = second(&world).await;
    let lead = world.manager("HOSPITAL", "320106").await;
    let invitation = json!({ "clerk": "clerk", "name": "甲", "role": "HOSPITAL", "idempotencyKey": key() });
    let once = [
        (world.nobody(), "registerOrganization", registration("HOSPITAL", "320106"), "id version"),
        (lead.clone(), "inviteUser", invitation, "id version token"),
    ];
    for (actor, name, input, fields) in once {
        let together = (0..8).map(|number| {
            let actor = if number % 2 == 0 { actor.clone() } else { at(&other, &actor) };
            let input = input.clone();
            tokio::spawn(async move { actor.does(name, input, fields).await.done() })
        });
        let mut answers: Vec<Value> = Vec::new();
        for one in together.collect::<Vec<_>>() {
            answers.push(one.await.unwrap());
        }
        answers.dedup();
        assert_eq!(answers.len(), 1, "{answers:?}");
        assert_eq!(world.entries(answers[0]["id"].as_str().unwrap()).await.len(), 1);
    }
}
