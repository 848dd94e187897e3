//! A firm never sees what a competitor asks, in any field.
use serde_json::json;

use super::support::{ALERT, alerts, idle_world, listed, reports, works};
use crate::support::http::send;
use crate::support::live::Live;

#[tokio::test(flavor = "multi_thread")]
async fn a_firm_sees_its_own_prices_and_no_competitors_in_any_field() {
    let world = idle_world().await;
    let office = world.manager("PROCUREMENT_OFFICE", "320000").await;
    let firm = world.manager("MANUFACTURER", "320000").await;
    let rival = world.manager("MANUFACTURER", "320000").await;
    let regulator = world.manager("REGULATOR", "320000").await;
    let secret = listed("rival", "320000", "2026-03", "4.3219").of("R", "竞争者").by(&rival).undisclosed();
    let own = listed("own", "320000", "2026-03", "9.8765").of("O", "本企业").by(&firm);
    reports(&world, &office, &[secret, own]).await;
    works(&world).await;
    // The authority sees what was compared.
    let inside = alerts(&regulator, "").await.remove(0);
    assert_eq!((&inside["monitor"], &inside["severity"]), (&json!("SAME3_GAP"), &json!("RED")));
    assert_eq!((&inside["benchmark"]["value"], &inside["withheld"]), (&json!("4.3219"), &json!(false)));
    assert!(inside["reason"].as_str().unwrap().contains("4.3219"), "{inside}");

    let seen = alerts(&firm, "").await;
    assert_eq!((seen.len(), &seen[0]["value"], &seen[0]["withheld"]), (1, &json!("9.8765"), &json!(true)));
    assert_eq!(seen[0]["evidence"][0]["price"], "9.8765");
    assert_eq!((&seen[0]["benchmark"], &seen[0]["compared"]), (&json!(null), &json!([])));
    assert!(alerts(&rival, "").await.is_empty());
    world.until_sequenced().await;
    let mut live = Live::of(&firm).await;
    let query = format!("subscription {{ priceAlerts(after: \"0\") {{ kind alert {{ {ALERT} }} }} }}");
    live.asks("1", &query, json!({})).await;
    let heard = live.heard("priceAlerts").await;
    assert_eq!(heard["kind"], "PriceAlertOpened");
    let bearer = format!("Bearer {}", firm.token.as_ref().unwrap());
    let table = send(world.address(), "GET /alerts.csv", &[("authorization", bearer.as_str())], b"").await;
    let one = firm.asks(&format!("{{ alert(id: {}) {{ {ALERT} }} }}", inside["id"])).await.json;
    let feed = firm.asks("{ alertFeed(first: 9) { nodes { change state value } } }").await.json;
    assert_eq!(
        feed["data"]["alertFeed"]["nodes"],
        json!([{ "change": "OPENED", "state": "OPEN", "value": "9.8765" }])
    );
    // 7.77942 would be the red line: 1.8 times the competitor's price.
    let everything = format!("{seen:?} {heard} {} {one} {feed}", table.body);
    for secret in ["4.3219", "7.77942", "7.7794", "6.48285", "6.4829", "竞争者"] {
        assert!(!everything.contains(secret), "{secret} in {everything}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn of_rows_of_other_regions_an_authority_sees_the_price_only_where_everybody_may() {
    let world = idle_world().await;
    let office = world.manager("PROCUREMENT_OFFICE", "320000").await;
    let prices = [
        listed("1", "330000", "2026-03", "10").undisclosed(),
        listed("2", "310000", "2026-03", "10.2"),
        listed("3", "110000", "2026-03", "10.1"),
        listed("4", "320000", "2026-03", "11"),
    ];
    reports(&world, &office, &prices).await;
    works(&world).await;
    let price_of = |alert: &serde_json::Value, region: &str| {
        let rows = alert["compared"].as_array().unwrap();
        rows.iter().find(|row| row["regionCode"] == region).unwrap()["price"].clone()
    };
    let own = world.manager("REGULATOR", "320000").await;
    let seen = alerts(&own, "").await.remove(0);
    assert_eq!(
        [price_of(&seen, "330000"), price_of(&seen, "310000"), price_of(&seen, "320000")],
        [json!(null), json!("10.2"), json!("11")]
    );
    let nation = world.manager("REGULATOR", "000000").await;
    let seen = alerts(&nation, "").await.remove(0);
    assert_eq!(price_of(&seen, "330000"), json!("10"));
}
