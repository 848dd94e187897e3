//! Wake-ups between processes.
use std::time::{Duration, Instant};

use diesel_async::{AsyncConnection, AsyncPgConnection, RunQueryDsl};
use futures_util::StreamExt;
use jicai_service::{Bell, Carrier, Listening, Topic};

use crate::support::postgres::Database;
use crate::support::redis::BOUND;
use crate::support::world::World;

/// A bell of another process.
fn elsewhere(carrier: Carrier) -> Bell {
    let bell = Bell::default();
    tokio::spawn(bell.clone().carry(carrier));
    bell
}

/// Rings until it is heard: a line that is not open yet loses rings.
async fn until_heard(bell: &Bell, ear: &mut Listening) {
    let ringing = async {
        loop {
            bell.ring(Topic::Jobs);
            if tokio::time::timeout(Duration::from_millis(50), ear.rang()).await.is_ok() {
                return;
            }
        }
    };
    tokio::time::timeout(BOUND, ringing).await.unwrap();
}

pub(crate) async fn heard(ear: &mut Listening) {
    tokio::time::timeout(BOUND, ear.rang()).await.unwrap();
}

/// What was rung before the last hearing may still be on its way.
pub(crate) async fn until_silent(ear: &mut Listening) {
    while tokio::time::timeout(Duration::from_millis(300), ear.rang()).await.is_ok() {}
}

#[tokio::test(flavor = "multi_thread")]
async fn what_happens_on_a_server_rings_in_other_processes() {
    let world = World::new().await;
    let bell = elsewhere(Carrier::Postgres(world.database.app.clone()));
    let mut ear = bell.listen(Topic::Log);
    // Opening the line rings once.
    heard(&mut ear).await;
    world.registers("HOSPITAL", "320106").await;
    heard(&mut ear).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_bell_crosses_a_database_and_comes_back_after_its_connections_died() {
    let database = Database::new().await;
    let carrier = || Carrier::Postgres(database.app.clone());
    let (one, two) = (elsewhere(carrier()), elsewhere(carrier()));
    let mut ear = two.listen(Topic::Jobs);
    // Opening the line rings once.
    heard(&mut ear).await;
    until_heard(&one, &mut ear).await;
    until_silent(&mut ear).await;
    let name = database.app.rsplit_once("dbname=").unwrap().1;
    let kill = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname =";
    database.as_superuser(&format!("{kill} '{name}'")).await;
    // A line that opens again rings once, because rings may have been missed.
    heard(&mut ear).await;
    until_heard(&one, &mut ear).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn rings_in_quick_succession_are_one_message() {
    let database = Database::new().await;
    let mut listening = AsyncPgConnection::establish(&database.app).await.unwrap();
    diesel::sql_query("LISTEN jicai_bell").execute(&mut listening).await.unwrap();
    let bell = elsewhere(Carrier::Postgres(database.app.clone()));
    let begun = Instant::now();
    while begun.elapsed() < Duration::from_millis(500) {
        bell.ring(Topic::Log);
        tokio::task::yield_now().await;
    }
    let mut messages = std::pin::pin!(listening.notifications_stream());
    let mut count = u32::from(tokio::time::timeout(BOUND, messages.next()).await.is_ok());
    while tokio::time::timeout(Duration::from_millis(300), messages.next()).await.is_ok() {
        count += 1;
    }
    let most = 2 + begun.elapsed().as_millis() / 20;
    assert!((1..=most).contains(&count.into()), "{count} messages, at most {most}");
}
