//! Wake-ups between processes.
use std::time::Duration;

use jicai_service::{Bell, Carrier, Listening, Topic};

use crate::support::postgres::Database;
use crate::support::world::World;

/// What a ring over a line that works takes at most; a machine that is busy may take long.
const BOUND: Duration = Duration::from_secs(10);

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

/// What was rung before the last hearing may still be on its way.
async fn until_silent(ear: &mut Listening) {
    while tokio::time::timeout(Duration::from_millis(300), ear.rang()).await.is_ok() {}
}

#[tokio::test(flavor = "multi_thread")]
async fn what_happens_on_a_server_rings_in_other_processes() {
    let world = World::new().await;
    let bell = elsewhere(Carrier::Postgres(world.database.app.clone()));
    let mut ear = bell.listen(Topic::Log);
    // Opening the line rings once.
    tokio::time::timeout(BOUND, ear.rang()).await.unwrap();
    world.registers("HOSPITAL", "320106").await;
    tokio::time::timeout(BOUND, ear.rang()).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn the_bell_crosses_a_database_and_comes_back_after_its_connections_died() {
    let database = Database::new().await;
    let carrier = || Carrier::Postgres(database.app.clone());
    let (one, two) = (elsewhere(carrier()), elsewhere(carrier()));
    let mut ear = two.listen(Topic::Jobs);
    // Opening the line rings once.
    tokio::time::timeout(BOUND, ear.rang()).await.unwrap();
    until_heard(&one, &mut ear).await;
    until_silent(&mut ear).await;
    let name = database.app.rsplit_once("dbname=").unwrap().1;
    let kill = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname =";
    database.as_superuser(&format!("{kill} '{name}'")).await;
    // A line that opens again rings once, because rings may have been missed.
    tokio::time::timeout(BOUND, ear.rang()).await.unwrap();
    until_heard(&one, &mut ear).await;
}
