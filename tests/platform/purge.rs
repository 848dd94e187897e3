//! What is kept only for a while goes when its time is over, and not before.
use jicai_server::serve::Service;
use jicai_service::jobs::{Lane, put_up_turns, work_once};
use jicai_service::{App, Secret};
use jicai_store::Store;
use jicai_store::documents::Objects;
use jicai_store::setup::shift_clock;
use serde_json::json;

use crate::support::actor::{Actor, key};
use crate::support::folder::Folder;
use crate::support::postgres::{Database, execute, texts};
use crate::support::world::{SECRET, World, config, credit_code};

const HOUR: i64 = 3_600;
const DAY: i64 = 24 * HOUR;

/// Does the regular work of the hour that the clock shows.
async fn works(database: &Database) {
    let folder = Folder::new();
    let objects = Objects::in_folder(folder.path()).unwrap();
    let app = App::start(Store::new(&database.app, 2), objects, Secret::new(SECRET)).await.unwrap();
    put_up_turns(&app).await.unwrap();
    while work_once(&app, Lane::Inside).await.unwrap() {}
}

async fn count(database: &Database, table: &str) -> usize {
    texts(&database.app, &format!("SELECT 'x' AS line FROM {table}")).await.len()
}

async fn idle_world() -> World {
    World::with(|config| config.jobs = 0).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_is_repeated_for_two_days_and_then_its_key_is_as_good_as_new() {
    let world = idle_world().await;
    let lead = world.manager("HOSPITAL", "320106").await;
    let input = json!({ "clerk": "clerk", "name": "甲", "role": "HOSPITAL", "idempotencyKey": key() });
    let first = lead.does("inviteUser", input.clone(), "id token").await.done();
    world.moves_clock_to(47 * HOUR).await;
    works(&world.database).await;
    assert_eq!(lead.does("inviteUser", input.clone(), "id token").await.done(), first);
    world.moves_clock_to(49 * HOUR).await;
    works(&world.database).await;
    assert_eq!(count(&world.database, "idempotency_keys").await, 0);
    lead.does("inviteUser", input, "id").await.refused("LOGIN_NAME_TAKEN");
}

#[tokio::test(flavor = "multi_thread")]
async fn failed_logins_are_forgotten_a_day_after_the_last_one() {
    let world = idle_world().await;
    let unknown = [format!("lead@{}", credit_code()), format!("lead@{}", credit_code())];
    let fails = async |login: &str| world.nobody().tries_to_log_in(login, "wrong wrong", None).await;
    fails(&unknown[0]).await.refused("LOGIN_FAILED");
    world.moves_clock_to(2 * HOUR).await;
    fails(&unknown[1]).await.refused("LOGIN_FAILED");
    world.moves_clock_to(DAY + HOUR).await;
    works(&world.database).await;
    assert_eq!(count(&world.database, "login_attempts").await, 1);
    world.moves_clock_to(DAY + 3 * HOUR).await;
    works(&world.database).await;
    assert_eq!(count(&world.database, "login_attempts").await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn logins_and_invitations_go_a_week_after_they_would_have_expired_and_the_log_stays() {
    let world = idle_world().await;
    let lead = world.manager("HOSPITAL", "320106").await;
    world.clerk(&lead, "clerk", "HOSPITAL").await;
    let [sessions, grants] =
        [count(&world.database, "sessions").await, count(&world.database, "grants").await];
    assert_eq!((sessions, grants), (3, 2));
    world.moves_clock_to(9 * DAY).await;
    works(&world.database).await;
    assert_eq!((count(&world.database, "sessions").await, count(&world.database, "grants").await), (3, 2));
    lead.asks("{ me { id } }").await.done();
    world.moves_clock_to(11 * DAY).await;
    works(&world.database).await;
    assert_eq!((count(&world.database, "sessions").await, count(&world.database, "grants").await), (3, 0));
    world.moves_clock_to(36 * DAY).await;
    works(&world.database).await;
    assert_eq!(count(&world.database, "sessions").await, 3);
    world.moves_clock_to(38 * DAY).await;
    works(&world.database).await;
    assert_eq!(count(&world.database, "sessions").await, 0);
    let logged_in = world.entries("").await.into_iter().filter(|kind| kind == "LoggedIn").count();
    assert_eq!(logged_in, 3);
    world.logs_in(&lead.login).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn more_than_one_batch_goes_in_one_turn() {
    let world = idle_world().await;
    let many = "INSERT INTO idempotency_keys SELECT 'usr', 'key ' || n, 'load', '', '', app_clock() FROM generate_series(1, 12000) n;
        INSERT INTO login_attempts SELECT convert_to('name ' || n, 'UTF8'), 1, NULL, app_clock() FROM generate_series(1, 12000) n";
    execute(&world.database.owner, many).await;
    world.moves_clock_to(3 * DAY).await;
    works(&world.database).await;
    assert_eq!(count(&world.database, "idempotency_keys").await, 0);
    assert_eq!(count(&world.database, "login_attempts").await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_demonstration_starts_again_after_its_keys_are_forgotten() {
    let database = Database::new().await;
    shift_clock(&database.owner, 0).await.unwrap();
    let begun = Service::start(&config(&database), true).await.unwrap();
    begun.stop().await.unwrap();
    shift_clock(&database.owner, 3 * DAY).await.unwrap();
    works(&database).await;
    assert_eq!(count(&database, "idempotency_keys").await, 0);
    let again = Service::start(&config(&database), true).await.unwrap();
    for (_, shown) in again.accounts() {
        let (login, password) = shown.split_once(" / ").unwrap();
        Actor::logged_in(again.address(), login, password).await;
    }
}
