//! Work that the platform does by itself: done at least once, by any number of workers, given up where everybody sees it.
use std::time::{Duration, Instant};

use jicai_domain::jobs::{JobKind, JobState, Lane};
use jicai_store::{Store, StoreError, jobs};
use serde_json::{Value, json};

use crate::support::actor::{Actor, key};
use crate::support::worker::Worker;
use crate::support::world::World;

/// A world whose service leaves the work to others.
async fn idle_world() -> World {
    World::with(|config| config.jobs = 0).await
}

fn store(world: &World) -> Store {
    Store::new(&world.database.app, 4)
}

async fn listed(admin: &Actor, status: &str) -> Vec<Value> {
    let query = format!("{{ jobs(status: {status}, first: 100) {{ nodes {{ id kind tries fault }} }} }}");
    admin.asks(&query).await.done()["nodes"].as_array().unwrap().clone()
}

/// What is listed under a status, once it is that many.
async fn comes_to(admin: &Actor, status: &str, count: usize) -> Vec<Value> {
    let begun = Instant::now();
    loop {
        let found = listed(admin, status).await;
        if found.len() == count {
            return found;
        }
        assert!(begun.elapsed() < Duration::from_secs(30), "{status}: {found:?}");
    }
}

/// Takes work and dies over it.
async fn dies_over_work(store: &Store) -> Option<JobState> {
    let taken = store.keep("die", async |tx| jobs::take(tx, Lane::Inside).await).await;
    taken.unwrap().map(|job| job.state)
}

#[tokio::test(flavor = "multi_thread")]
async fn regular_work_is_put_up_once_and_done_by_one_of_many_workers() {
    let world = idle_world().await;
    let workers = [Worker::of(&world), Worker::of(&world), Worker::of(&world)];
    let done = comes_to(world.admin(), "DONE", 5).await;
    let mut told: Vec<_> = done.iter().map(|job| (job["kind"].as_str(), job["tries"].as_i64())).collect();
    told.sort();
    let once = |kind| (Some(kind), Some(1));
    assert_eq!(
        told,
        [once("ALERT_DIGEST"), once("CONFIRM_SILENT"), once("MONITOR"), once("PROVE_LEDGER"), once("PURGE")]
    );
    for worker in workers {
        worker.ends();
    }
    assert_eq!(listed(world.admin(), "DONE").await.len(), 5);
}

#[tokio::test(flavor = "multi_thread")]
async fn every_piece_of_work_is_taken_by_one() {
    let world = idle_world().await;
    let store = store(&world);
    let put = async |tx: &mut jicai_store::Tx| {
        for number in 0..200 {
            jobs::put(tx, JobKind::Purge, &number.to_string()).await?;
        }
        Ok::<_, StoreError>(())
    };
    store.keep("put", put).await.unwrap();
    let take = async |store: Store| {
        let mut taken = Vec::new();
        while let Some(job) = store.keep("take", async |tx| jobs::take(tx, Lane::Inside).await).await.unwrap()
        {
            taken.push(job.id);
        }
        taken
    };
    let hands = (0..4).map(|_| tokio::spawn(take(store.clone())));
    let mut taken = Vec::new();
    for hand in hands.collect::<Vec<_>>() {
        taken.extend(hand.await.unwrap());
    }
    taken.sort_unstable();
    let all = taken.len();
    taken.dedup();
    assert_eq!((all, taken.len()), (200, 200));
}

#[tokio::test(flavor = "multi_thread")]
async fn work_whose_worker_died_is_done_by_another() {
    let world = idle_world().await;
    let store = store(&world);
    store.keep("put", async |tx| jobs::put(tx, JobKind::Purge, "").await).await.unwrap();
    assert!(matches!(dies_over_work(&store).await, Some(JobState::Running { .. })));
    assert_eq!(dies_over_work(&store).await, None);
    world.moves_clock_to(JobKind::Purge.rule().lease_seconds + 1).await;
    let worker = Worker::of(&world);
    let done = comes_to(world.admin(), "DONE", 6).await;
    assert!(done.iter().any(|job| job["tries"] == 2), "{done:?}");
    worker.ends();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_worker_that_was_too_slow_cannot_settle_the_work_of_another() {
    let world = idle_world().await;
    let store = store(&world);
    store.keep("put", async |tx| jobs::put(tx, JobKind::Purge, "").await).await.unwrap();
    let take =
        async || store.keep("take", async |tx| jobs::take(tx, Lane::Inside).await).await.unwrap().unwrap();
    let slow = take().await;
    world.moves_clock_to(JobKind::Purge.rule().lease_seconds + 1).await;
    let quick = take().await;
    let held = async |job| store.keep("held", async |tx| jobs::held(tx, job).await).await.unwrap();
    assert_eq!((held(&slow).await, held(&quick).await.map(|job| job.tries)), (None, Some(2)));
}

#[tokio::test(flavor = "multi_thread")]
async fn work_that_is_given_up_is_seen_and_tried_again_or_discarded() {
    let world = idle_world().await;
    let (store, rule) = (store(&world), JobKind::Purge.rule());
    for _piece in 0..2 {
        store.keep("put", async |tx| jobs::put(tx, JobKind::Purge, "").await).await.unwrap();
    }
    let mut clock = 0;
    for _try in 0..=rule.tries_max {
        for _piece in 0..2 {
            dies_over_work(&store).await.unwrap();
        }
        clock += rule.lease_seconds + 1;
        world.moves_clock_to(clock).await;
    }
    let admin = world.admin();
    let dead = listed(admin, "DEAD").await;
    assert_eq!(dead[0]["fault"], "not finished within 60 s");
    let metrics = crate::support::http::get(world.address(), "/metrics").await.body;
    assert!(metrics.contains("jicai_jobs_dead 2\n"), "{metrics}");
    let (kept, given_up) = (dead[0]["id"].as_str().unwrap(), dead[1]["id"].as_str().unwrap());
    let retry = "mutation($i: RetryJobInput!) { retryJob(input: $i) }";
    let discard = "mutation($i: DiscardJobInput!) { discardJob(input: $i) }";
    let again = json!({ "i": { "id": kept, "idempotencyKey": key() } });
    admin.asks_with(retry, again.clone()).await.done();
    assert_eq!(admin.asks_with(retry, again).await.done(), kept);
    let empty = json!({ "i": { "id": given_up, "reason": " ", "idempotencyKey": key() } });
    admin.asks_with(discard, empty).await.refused("REASON_MISSING");
    let reason = json!({ "i": { "id": given_up, "reason": "重复", "idempotencyKey": key() } });
    admin.asks_with(discard, reason).await.done();
    let once_more = json!({ "i": { "id": given_up, "idempotencyKey": key() } });
    admin.asks_with(retry, once_more).await.refused("JOB_STATE");
    assert_eq!(world.entries(kept).await, ["JobRetried"]);
    assert_eq!(world.entries(given_up).await, ["JobDiscarded"]);
    let worker = Worker::of(&world);
    comes_to(admin, "DONE", 7).await;
    assert_eq!(listed(admin, "DEAD").await, Vec::<Value>::new());
    worker.ends();
}

#[tokio::test(flavor = "multi_thread")]
async fn work_that_was_done_is_forgotten_after_a_week() {
    let world = World::new().await;
    let first = comes_to(world.admin(), "DONE", 5).await;
    world.moves_clock_to(8 * 86_400).await;
    let worker = Worker::of(&world);
    let begun = Instant::now();
    while listed(world.admin(), "DONE").await.contains(&first[0]) {
        assert!(begun.elapsed() < Duration::from_secs(30), "old work is still listed");
    }
    worker.ends();
}
