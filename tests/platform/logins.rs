//! Logging in: nothing is told to whoever fails; refresh tokens rotate.
use serde_json::{Value, json};

use crate::support::actor::{Actor, Outcome};
use crate::support::world::{World, credit_code};

const REFRESH: &str = "mutation($t: String!) { refresh(refreshToken: $t) { accessToken refreshToken } }";

async fn refresh(nobody: &Actor, token: &str) -> Outcome {
    nobody.asks_with(REFRESH, json!({ "t": token })).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_password_an_unknown_name_and_a_malformed_name_are_told_alike() {
    let world = World::new().await;
    let known = world.manager("HOSPITAL", "320106").await;
    let unknown = format!("lead@{}", credit_code());
    let mut told = Vec::new();
    for login in [known.login.as_str(), &unknown, "nobody"] {
        let outcome = world.nobody().tries_to_log_in(login, "wrong wrong wrong", None).await;
        let mut error = outcome.json["errors"][0].clone();
        error["extensions"]["requestId"] = Value::Null;
        told.push(error);
    }
    told.dedup();
    assert_eq!(told.len(), 1, "{told:?}");
    assert_eq!(told[0]["extensions"]["code"], "LOGIN_FAILED");
}

#[tokio::test(flavor = "multi_thread")]
async fn five_failures_close_a_name_for_a_quarter_of_an_hour_whether_it_exists_or_not() {
    let world = World::new().await;
    let known = world.manager("HOSPITAL", "320106").await;
    let unknown = format!("lead@{}", credit_code());
    for login in [known.login.as_str(), &unknown] {
        for _ in 0..5 {
            world.nobody().tries_to_log_in(login, "wrong wrong wrong", None).await.refused("LOGIN_FAILED");
        }
        let password = crate::support::world::PASSWORD;
        world.nobody().tries_to_log_in(login, password, None).await.refused("LOGIN_THROTTLED");
    }
    world.moves_clock_to(899 - 60).await;
    world.nobody().tries_to_log_in(&known.login, "x", None).await.refused("LOGIN_THROTTLED");
    world.moves_clock_to(901).await;
    world.logs_in(&known.login).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn many_guesses_at_once_are_counted_like_one_after_the_other() {
    let world = World::new().await;
    let known = world.manager("HOSPITAL", "320106").await;
    let guesses = (0..16).map(|number| {
        let (nobody, login) = (world.nobody(), known.login.clone());
        tokio::spawn(async move {
            nobody.tries_to_log_in(&login, &format!("guess number {number}"), None).await.code()
        })
    });
    let mut codes = Vec::new();
    for guess in guesses.collect::<Vec<_>>() {
        codes.push(guess.await.unwrap());
    }
    let failed = codes.iter().filter(|code| *code == "LOGIN_FAILED").count();
    let throttled = codes.iter().filter(|code| *code == "LOGIN_THROTTLED").count();
    assert_eq!((failed, throttled), (5, 11), "{codes:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refresh_token_is_good_once_and_showing_it_twice_ends_the_login() {
    let world = World::new().await;
    let user = world.manager("HOSPITAL", "320106").await;
    let second = refresh(&world.nobody(), &user.refresh).await.done();
    let renewed = Actor { token: second["accessToken"].as_str().map(str::to_owned), ..user.clone() };
    renewed.asks("{ me { id } }").await.done();
    refresh(&world.nobody(), &user.refresh).await.refused("TOKEN_INVALID");
    renewed.asks("{ me { id } }").await.refused("TOKEN_INVALID");
    refresh(&world.nobody(), second["refreshToken"].as_str().unwrap()).await.refused("TOKEN_INVALID");
    assert!(world.entries("").await.contains(&"RefreshTokenReplayed".to_owned()));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_login_ends_by_logging_out_and_after_thirty_days() {
    let world = World::new().await;
    let [first, second] = {
        let user = world.manager("HOSPITAL", "320106").await;
        [world.logs_in(&user.login).await, user]
    };
    first.asks("mutation { logOut }").await.done();
    first.asks("{ me { id } }").await.refused("TOKEN_INVALID");
    refresh(&world.nobody(), &first.refresh).await.refused("TOKEN_INVALID");
    second.asks("{ me { id } }").await.done();
    world.moves_clock_to(30 * 24 * 3600 + 60).await;
    second.asks("{ me { id } }").await.refused("TOKEN_INVALID");
    refresh(&world.nobody(), &second.refresh).await.refused("TOKEN_INVALID");
}
