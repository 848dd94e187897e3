//! A monitor that finds too much says so.
use serde_json::{Value, json};

use super::support::{Price, alerts, idle_world, listed, reports, works};
use crate::support::actor::Actor;

/// Products in one region over two months, of which the first ones rise.
fn products(from: usize, to: usize, rising: usize) -> Vec<Price> {
    let mut prices = Vec::new();
    for number in from..to {
        let (product, group) = (format!("P{number}"), format!("G{number}"));
        let after = if number < rising { "13.5" } else { "10" };
        for (month, price) in [("2026-01", "10"), ("2026-02", after)] {
            let line = format!("{product}-{month}");
            prices.push(listed(&line, "320000", month, price).of(&product, "M").in_group(&group));
        }
    }
    prices
}

async fn last_run(regulator: &Actor) -> Value {
    let query = "{ monitorRuns(first: 1) { nodes { rules groups observations raised opened held endedAt
        monitors { basis monitor judged found share tooMuch } } } }";
    regulator.asks(query).await.done()["nodes"][0].clone()
}

fn rises(run: &Value) -> Value {
    let monitors = run["monitors"].as_array().unwrap();
    monitors.iter().find(|one| one["monitor"] == "SUDDEN_RISE").unwrap().clone()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_alerts_of_a_monitor_that_finds_too_much_are_held_until_it_does_not() {
    let world = idle_world().await;
    let office = world.manager("PROCUREMENT_OFFICE", "320000").await;
    let firm = world.manager("MANUFACTURER", "320000").await;
    let regulator = world.manager("REGULATOR", "320000").await;
    let prices =
        |from, to| products(from, to, 15).into_iter().map(|price| price.by(&firm)).collect::<Vec<_>>();
    reports(&world, &office, &prices(0, 60)).await;
    works(&world).await;
    let run = last_run(&regulator).await;
    assert_eq!((&run["groups"], &run["observations"]), (&json!("60"), &json!("120")));
    assert_eq!(
        rises(&run),
        json!({ "basis": "LISTED", "monitor": "SUDDEN_RISE", "judged": "60", "found": "15", "share": 0.25, "tooMuch": true })
    );
    assert_eq!(
        (alerts(&regulator, "state: HELD").await.len(), alerts(&regulator, "state: OPEN").await.len()),
        (15, 0)
    );
    assert!(alerts(&firm, "").await.is_empty());
    let feed = "{ alertFeed(first: 5) { nodes { change } } }";
    assert_eq!(regulator.asks(feed).await.done()["nodes"], json!([]));

    // More that is quiet: the share falls to a sixth, and everybody is told.
    reports(&world, &office, &prices(60, 90)).await;
    works(&world).await;
    let run = last_run(&regulator).await;
    assert_eq!((&rises(&run)["tooMuch"], &run["opened"]), (&json!(false), &json!("15")));
    assert_eq!((alerts(&regulator, "state: HELD").await.len(), alerts(&firm, "").await.len()), (0, 15));

    // And back: what nobody has taken up is held again.
    reports(&world, &office, &products(90, 110, 110)).await;
    works(&world).await;
    let run = last_run(&regulator).await;
    assert_eq!((&rises(&run)["tooMuch"], &run["held"]), (&json!(true), &json!("15")));
    assert_eq!((alerts(&regulator, "state: HELD").await.len(), alerts(&firm, "").await.len()), (35, 0));
}
