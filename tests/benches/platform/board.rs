//! How soon everybody who looks at a live board hears of a choice: from its commit, and from the first who heard of it to the last. The
//! choice waits for the log's next checkpoint, which comes every second.
use std::time::{Duration, Instant};

use jicai_store::setup::OWNER;
use tokio::sync::mpsc;

use crate::api::Serving;
use crate::bids::{id, round_of};
use crate::cluster::Bench;

const LISTENERS: usize = 2_000;
const CHOICES: usize = 10;
/// Connections that are opened at once.
const AT_ONCE: usize = 50;
const PATIENCE: Duration = Duration::from_secs(30);
const ROUND: &str = "01900000-0000-7000-a200-000000000000";

pub(crate) async fn fan_out(bench: &Bench, serving: &Serving) {
    bench.execute(OWNER, &round_of(ROUND, "BIDDING")).await;
    let round = id("rnd", ROUND);
    let api = serving.login("MANUFACTURER").await;
    let (heard, mut hearing) = mpsc::unbounded_channel();
    let mut listening = tokio::task::JoinSet::new();
    for _part in 0..LISTENERS / AT_ONCE {
        let mut opening = tokio::task::JoinSet::new();
        for _one in 0..AT_ONCE {
            let (api, round) = (api.clone(), round.clone());
            opening.spawn(async move { api.listens(&round).await });
        }
        while let Some(listener) = opening.join_next().await {
            let (mut listener, heard) = (listener.unwrap(), heard.clone());
            listening.spawn(async move {
                loop {
                    let message = listener.hears().await;
                    assert_eq!(message["type"], "next", "{message}");
                    heard.send(Instant::now()).unwrap();
                }
            });
        }
    }
    // Whoever subscribed last may still be on its way to the feed.
    tokio::time::sleep(Duration::from_secs(2)).await;
    let (mut whole, mut spread) = (Vec::new(), Vec::new());
    for _choice in 0..CHOICES {
        bench.execute(OWNER, &choice(&round)).await;
        let chosen = Instant::now();
        let mut times = Vec::new();
        while times.len() < LISTENERS {
            let time = tokio::time::timeout(PATIENCE, hearing.recv()).await;
            times.push(time.unwrap_or_else(|_late| panic!("{} heard of it", times.len())).unwrap());
        }
        let first = *times.iter().min().unwrap();
        whole.extend(times.iter().map(|time| time.saturating_duration_since(chosen)));
        spread.extend(times.iter().map(|time| *time - first));
    }
    let [whole, spread] = [whole, spread].map(percentiles);
    println!(
        "a choice on a live board reaches {LISTENERS} listeners: p50 {:.0} ms, p99 {:.0} ms, the last {:.0} ms after its commit; \
         p50 {:.0} ms, p99 {:.0} ms, the last {:.0} ms after the first listener",
        whole[0], whole[1], whole[2], spread[0], spread[1], spread[2]
    );
}

/// The entry that `chooseSupplyRegion` leaves.
fn choice(round: &str) -> String {
    format!(
        "INSERT INTO audit_entries (id, at, kind, version, subject, canonical, concerns) \
         VALUES (gen_random_uuid(), app_clock(), 'RoundRegionChosen', 1, '{round}', 'bench', '{{}}')"
    )
}

/// The median, the hundredth from above, and the last, in milliseconds.
pub(crate) fn percentiles(mut times: Vec<Duration>) -> [f64; 3] {
    times.sort();
    [times.len() / 2, times.len() * 99 / 100, times.len() - 1].map(|at| times[at].as_secs_f64() * 1_000.0)
}
