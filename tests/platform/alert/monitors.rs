//! What stands depends on the observations alone.
use std::path::Path;

use serde_json::Value;

use super::support::{Price, alerts, compared, idle_world, listed, reports, works, works_later};
use crate::support::actor::Actor;
use crate::support::folder::Folder;
use crate::support::killed::{Hold, Killed};
use crate::support::program::{jicai_on, said};
use crate::support::world::World;
use jicai_domain::jobs::JobKind;

const REGIONS: [&str; 5] = ["320000", "330000", "310000", "110000", "440000"];

/// Prices of three products of two groups in five regions over six months: one rises, one is dear in one region, one is dear in its group.
fn prices() -> Vec<Price> {
    let mut prices = Vec::new();
    for month in 1_u32..=6 {
        for (place, region) in REGIONS.iter().enumerate() {
            let line = |product: &str| format!("{product}-{region}-{month}");
            let month = format!("2026-{month:02}");
            let rising = if *region == "330000" && month.as_str() > "2026-03" { "2.8" } else { "2.0" };
            let dear = if *region == "110000" { "1.35" } else { ["1.1", "1.2", "1.15", "1.2", "1.1"][place] };
            prices.push(listed(&line("A"), region, &month, rising).of("A", "甲制药"));
            prices.push(listed(&line("B"), region, &month, dear).of("B", "乙制药"));
            prices.push(listed(&line("C"), region, &month, "0.9").of("C", "丙制药").in_group("H"));
        }
    }
    prices
}

/// The same numbers in the same order each time: a small generator is enough to mix rows.
fn mixed(mut prices: Vec<Price>, seed: u64) -> Vec<Price> {
    let mut state = seed;
    for last in (1..prices.len()).rev() {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let place = usize::try_from(state >> 33).unwrap() % (last + 1);
        prices.swap(last, place);
    }
    prices
}

/// What stands after the prices came in batches of that size, looked at after each.
async fn after(world: &World, prices: &[Price], size: usize) -> Vec<Value> {
    let office = world.manager("PROCUREMENT_OFFICE", "320000").await;
    for batch in prices.chunks(size) {
        reports(world, &office, batch).await;
        works(world).await;
    }
    standing(world).await
}

async fn standing(world: &World) -> Vec<Value> {
    let regulator = world.manager("REGULATOR", "000000").await;
    let mut found = alerts(&regulator, "").await;
    found.retain(|alert| alert["state"] != "CLOSED");
    found
}

/// What `jicai monitor` says of the same prices.
async fn offline(prices: &[Price]) -> Vec<Value> {
    let folder = Folder::new();
    let file = folder.path().join("prices.csv");
    let mut text = "period,region,maker,product,group,price\n".to_owned();
    for price in prices {
        let Price { month, region, maker, product, group, price, .. } = price;
        text.push_str(&format!("{month},{region},{maker},{product},{group},{price}\n"));
    }
    std::fs::write(&file, text).unwrap();
    let world = World::new().await;
    let arguments = ["monitor", "--input", file.to_str().unwrap(), "--rules", "cn-monitor-2026"];
    let command = jicai_on(&world.database, Path::new("/nonexistent"), &arguments);
    let told = tokio::task::spawn_blocking(move || said(command)).await.unwrap();
    assert_eq!(told.code, Some(0), "{}", told.err);
    told.out.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// An alert of the program in the words of the story, with its figures as numbers.
fn figures(alert: &Value, names: [&str; 4]) -> (Vec<String>, Vec<f64>) {
    let number = |value: &Value| value.as_f64().unwrap_or_else(|| value.as_str().unwrap().parse().unwrap());
    let [kind, region, value, severity] = names;
    let words = [kind, region, "product", severity].map(|name| alert[name].as_str().unwrap().to_lowercase());
    let (benchmark, threshold, sample) = match alert.get("benchmark").filter(|found| found.is_object()) {
        Some(found) => (number(&found["value"]), number(&found["threshold"]), number(&found["sample"])),
        None => (number(&alert["benchmark"]), number(&alert["threshold"]), number(&alert["sample"])),
    };
    (words.to_vec(), vec![number(&alert[value]), benchmark, threshold, sample, number(&alert["findings"])])
}

#[tokio::test(flavor = "multi_thread")]
async fn what_stands_is_what_the_offline_monitors_say_however_the_prices_were_split() {
    let prices = prices();
    let whole = idle_world().await;
    let expected = after(&whole, &prices, prices.len()).await;
    assert!(expected.len() > 5, "{expected:#?}");
    let mut live: Vec<_> =
        expected.iter().map(|alert| figures(alert, ["monitor", "regionCode", "value", "severity"])).collect();
    let told = offline(&prices).await;
    let mut said: Vec<_> =
        told.iter().map(|alert| figures(alert, ["kind", "region", "value", "severity"])).collect();
    live.sort_by(|a, b| a.0.cmp(&b.0));
    said.sort_by(|a, b| a.0.cmp(&b.0));
    assert_eq!(live, said);
    for (seed, size) in [(1, 7), (2, 23)] {
        let split = idle_world().await;
        let found = after(&split, &mixed(prices.clone(), seed), size).await;
        assert_eq!(compared(&found), compared(&expected), "seed {seed}, batches of {size}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn prices_that_come_twice_change_nothing_and_corrected_ones_take_the_place_of_the_old() {
    let world = idle_world().await;
    let office = world.manager("PROCUREMENT_OFFICE", "320000").await;
    let regulator = world.manager("REGULATOR", "320000").await;
    let dear = |price: &str| {
        let others = [("330000", "10"), ("310000", "10.2"), ("110000", "10.1")];
        let mut prices: Vec<Price> =
            others.iter().map(|(region, price)| listed(region, region, "2026-03", price)).collect();
        prices.push(listed("own", "320000", "2026-03", price));
        prices
    };
    reports(&world, &office, &dear("11")).await;
    works(&world).await;
    let first = alerts(&regulator, "monitor: SAME4_GAP").await;
    assert_eq!(first.len(), 1, "{first:#?}");
    assert_eq!(first[0]["benchmark"]["value"], "10.15");
    assert_eq!((&first[0]["state"], &first[0]["value"]), (&Value::from("OPEN"), &Value::from("11")));
    assert!(first[0]["reason"].as_str().unwrap().contains("Jiangsu"), "{}", first[0]["reason"]);
    assert!(first[0]["reasonZh"].as_str().unwrap().contains("江苏"), "{}", first[0]["reasonZh"]);
    reports(&world, &office, &dear("11")).await;
    works(&world).await;
    assert_eq!(alerts(&regulator, "").await, first);
    reports(&world, &office, &dear("10")).await;
    works(&world).await;
    let closed = alerts(&regulator, "").await;
    assert_eq!((closed.len(), &closed[0]["state"]), (1, &Value::from("CLOSED")));
    reports(&world, &office, &dear("11.5")).await;
    works(&world).await;
    let again = alerts(&regulator, "state: OPEN").await;
    assert_eq!((again.len(), &again[0]["value"]), (1, &Value::from("11.5")));
    assert_eq!(again[0]["followsId"], Value::Null);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_worker_that_dies_amid_leaves_nothing_half_done_and_another_finds_the_same() {
    let world = idle_world().await;
    let office = world.manager("PROCUREMENT_OFFICE", "320000").await;
    let prices = prices();
    reports(&world, &office, &prices).await;
    let held = Hold::of_table(&world.database.owner, "monitor_tallies").await;
    Killed::worker(&world.database).at_what_is_held(&world.database.app).await;
    held.ends().await;
    assert_eq!(standing(&world).await, Vec::<Value>::new());
    world.moves_clock_to(JobKind::Monitor.rule().lease_seconds + 1).await;
    works_later(&world).await;
    let expected = after(&idle_world().await, &prices, prices.len()).await;
    assert_eq!(compared(&standing(&world).await), compared(&expected));
}

#[tokio::test(flavor = "multi_thread")]
async fn two_workers_at_once_find_what_one_finds() {
    let world = idle_world().await;
    let office = world.manager("PROCUREMENT_OFFICE", "320000").await;
    let prices = prices();
    let report = async |actor: &Actor| {
        for batch in mixed(prices.clone(), 5).chunks(9) {
            reports(&world, actor, batch).await;
        }
    };
    tokio::join!(report(&office), works(&world), works(&world));
    tokio::join!(works(&world), works(&world));
    let expected = after(&idle_world().await, &prices, prices.len()).await;
    assert_eq!(compared(&standing(&world).await), compared(&expected));
}
