//! Who is told of alerts: the feed, the subscription, webhooks, and one notification a day.
use std::time::Instant;

use diesel_async::{AsyncConnection, AsyncPgConnection, SimpleAsyncConnection};
use jicai_domain::webhooks::Reachable;
use serde_json::{Value, json};

use super::support::{alerts, idle_world, listed, moves, reports, works, works_later};
use crate::support::actor::{Actor, key};
use crate::support::live::Live;
use crate::support::receiver::Receiver;
use crate::support::worker::Worker;
use crate::support::world::World;

/// Two products of Jiangsu and one of Zhejiang, each above the other regions.
async fn three(world: &World, office: &Actor, firm: &Actor) {
    let mut prices = Vec::new();
    for (product, dear) in [("P", "320000"), ("Q", "320000"), ("Z", "330000")] {
        for region in ["320000", "330000", "310000", "110000"] {
            let price = if region == dear { "11" } else { "10" };
            let line = format!("{product}-{region}");
            prices.push(listed(&line, region, "2026-03", price).of(product, "M").in_group(product).by(firm));
        }
    }
    reports(world, office, &prices).await;
    works(world).await;
}

async fn fed(who: &Actor, after: Option<&Value>) -> Vec<Value> {
    let query = "query($a: String) { alertFeed(first: 50, after: $a) { edges { cursor node { alertId change state version } } } }";
    let answer = who.asks_with(query, json!({ "a": after })).await.done();
    answer["edges"].as_array().unwrap().clone()
}

/// What is fed once it is that much: whoever writes anywhere in the cluster holds the feed up.
pub(super) async fn fed_once(who: &Actor, after: Option<&Value>, count: usize) -> Vec<Value> {
    let begun = std::time::Instant::now();
    loop {
        let found = fed(who, after).await;
        if found.len() >= count {
            return found;
        }
        assert!(begun.elapsed().as_secs() < 30, "{found:?}");
    }
}

#[expect(clippy::disallowed_methods, reason = "not a transaction of the service")]
async fn writes(connection: &mut AsyncPgConnection, statements: &str) {
    connection.batch_execute(statements).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn what_commits_late_is_never_skipped_by_a_cursor() {
    let world = idle_world().await;
    let office = world.manager("PROCUREMENT_OFFICE", "320000").await;
    let firm = world.manager("MANUFACTURER", "320000").await;
    let regulator = world.manager("REGULATOR", "320000").await;
    three(&world, &office, &firm).await;
    let opened = fed_once(&regulator, None, 2).await;
    assert_eq!(opened.len(), 2, "{opened:?}");
    let cursor = opened[1]["cursor"].clone();
    let both = alerts(&regulator, "state: OPEN").await;
    // Somebody takes the first one up and is slow to commit; somebody else takes up the second one and is done.
    let uuid = |alert: &Value| alert["id"].as_str().unwrap().strip_prefix("alt_").unwrap().to_owned();
    let mut late = AsyncPgConnection::establish(&world.database.app).await.unwrap();
    let change = format!(
        "BEGIN; INSERT INTO alert_changes (id, alert, change, state, severity, value, at, version)
         VALUES (gen_random_uuid(), '{}', 'CHANGED', 'OPEN', 'YELLOW', '11', app_clock(), 7)",
        uuid(&both[0])
    );
    writes(&mut late, &change).await;
    let input = ("acknowledgeAlert", "AlertInput");
    moves(&regulator, input, &both[1], json!({})).await.done();
    assert_eq!(fed(&regulator, Some(&cursor)).await, Vec::<Value>::new(), "overtaken");
    writes(&mut late, "COMMIT").await;
    let rest = fed_once(&regulator, Some(&cursor), 2).await;
    let told: Vec<_> =
        rest.iter().map(|edge| (edge["node"]["alertId"].clone(), edge["node"]["change"].clone())).collect();
    assert_eq!(
        told,
        [(both[0]["id"].clone(), json!("CHANGED")), (both[1]["id"].clone(), json!("ACKNOWLEDGED"))]
    );
    // The firm hears of its alerts in every region, and not who works on them.
    let firms = fed_once(&firm, None, 4).await;
    let firms: Vec<_> = firms.iter().map(|edge| edge["node"]["change"].clone()).collect();
    assert_eq!(firms, ["OPENED", "OPENED", "OPENED", "CHANGED"]);
    let bad = regulator
        .asks("{ alertFeed(after: \"ach_00000000000000000000000000000000\") { nodes { change } } }")
        .await;
    bad.refused("CURSOR_INVALID");
}

#[tokio::test(flavor = "multi_thread")]
async fn authorities_of_the_region_and_the_firm_listen_and_get_webhooks_and_others_do_not() {
    let world = World::with(|config| config.webhooks = Reachable::Anything).await;
    let office = world.manager("PROCUREMENT_OFFICE", "320000").await;
    let firm = world.manager("MANUFACTURER", "440000").await;
    let regulator = world.manager("REGULATOR", "320000").await;
    // The regulator of the firm's own province has nothing to do with its prices elsewhere.
    let home = world.manager("REGULATOR", "440000").await;
    let mut receiver = Receiver::always(crate::support::receiver::Reply::Status(204)).await;
    let mut silent = Receiver::always(crate::support::receiver::Reply::Status(204)).await;
    let kinds = ["PriceAlertOpened"];
    let hook = |url: &str| json!({ "url": url, "kinds": kinds, "idempotencyKey": key() });
    let secret =
        regulator.does("createWebhook", hook(&receiver.url), "id secret").await.done()["secret"].clone();
    home.does("createWebhook", hook(&silent.url), "id secret").await.done();
    let listen = "subscription($r: String) { priceAlerts(region: $r) { kind cursor alert { product regionCode state } } }";
    let mut live = Live::of(&regulator).await;
    live.asks("1", listen, json!({ "r": null })).await;
    let mut live_firm = Live::of(&firm).await;
    live_firm.asks("1", listen, json!({ "r": "330000" })).await;
    three(&world, &office, &firm).await;
    let mut heard = [live.heard("priceAlerts").await, live.heard("priceAlerts").await];
    heard.sort_by_key(|event| event["alert"]["product"].to_string());
    let told: Vec<_> = heard.iter().map(|event| event["alert"].clone()).collect();
    let alert =
        |product: &str, region: &str| json!({ "product": product, "regionCode": region, "state": "OPEN" });
    assert_eq!(told, [alert("P", "320000"), alert("Q", "320000")]);
    assert_eq!(live_firm.heard("priceAlerts").await["alert"], alert("Z", "330000"));
    for _each in 0..2 {
        let arrived = receiver.hears().await;
        assert!(arrived.proves(&secret));
        assert_eq!(arrived.json()["type"], "PriceAlertOpened");
    }
    assert!(receiver.silent() && silent.silent());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_day_of_alerts_is_one_notification_for_each_whom_it_concerns() {
    let world = idle_world().await;
    let office = world.manager("PROCUREMENT_OFFICE", "320000").await;
    let firm = world.manager("MANUFACTURER", "320000").await;
    let regulator = world.manager("REGULATOR", "320000").await;
    let neighbour = world.manager("REGULATOR", "440000").await;
    three(&world, &office, &firm).await;
    world.moves_clock_to(86_400).await;
    let count = async || {
        let store = jicai_store::Store::new(&world.database.app, 1);
        let put = async |tx: &mut jicai_store::Tx| {
            jicai_store::jobs::put(tx, jicai_domain::jobs::JobKind::AlertDigest, "").await
        };
        store.keep("put", put).await.unwrap();
        works_later(&world).await;
    };
    count().await;
    count().await;
    let digests = async |who: &Actor| {
        let query = "{ alertDigests(first: 5) { nodes { red yellow tickets waiting } } }";
        who.asks(query).await.done()["nodes"].clone()
    };
    let counted = |yellow: &str| json!([{ "red": "0", "yellow": yellow, "tickets": "0", "waiting": yellow }]);
    assert_eq!(digests(&regulator).await, counted("2"));
    assert_eq!(digests(&firm).await, counted("3"));
    assert_eq!(digests(&neighbour).await, json!([]));
    world.until_sequenced().await;
    let told = async |who: &Actor| {
        let query = "{ notifications(first: 50) { nodes { kind } } }";
        let told = who.asks(query).await.done();
        let kinds =
            told["nodes"].as_array().unwrap().iter().map(|one| one["kind"].as_str().unwrap().to_owned());
        kinds.filter(|kind| kind.starts_with("PriceAlert")).collect::<Vec<_>>()
    };
    let worker = Worker::of(&world);
    let begun = Instant::now();
    while told(&regulator).await.is_empty() || told(&firm).await.is_empty() {
        assert!(begun.elapsed().as_secs() < 30, "nobody was told");
    }
    worker.ends();
    assert_eq!(told(&regulator).await, ["PriceAlertDigest"]);
    assert_eq!(told(&firm).await, ["PriceAlertDigest"]);
    assert_eq!(told(&neighbour).await, Vec::<String>::new());
}
