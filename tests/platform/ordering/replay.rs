//! Real purchases, ordered, promised and delivered on their real days: what the platform counts is what the table says.
use serde_json::{Value, json};

use super::shop::Shop;
use crate::contract::deal::orders;
use crate::support::actor::key;
use crate::support::postgres::texts;

const DAY: i64 = 86_400;

/// A purchase: its packs, and the days after the first one on which it was ordered, promised for and delivered.
struct Purchase {
    packs: String,
    ordered: i64,
    promised: i64,
    delivered: i64,
}

fn days(text: &str) -> i64 {
    i64::from(jicai_domain::time::Day::parse(text).unwrap().epoch_days())
}

fn purchases() -> Vec<Purchase> {
    let table = include_str!("../../data/usaid_scms_orders_2012.csv");
    let rows: Vec<Vec<&str>> = table.lines().skip(2).map(|line| line.split(',').collect()).collect();
    let first = rows.iter().map(|row| days(row[2])).min().unwrap();
    let after = |text: &str| days(text) - first;
    rows.iter()
        .map(|row| Purchase {
            packs: row[1].to_owned(),
            ordered: after(row[2]),
            promised: after(row[3]),
            delivered: after(row[4]),
        })
        .collect()
}

/// A day of the world that is so many days after its first one.
async fn day(shop: &Shop, today: i64, wanted: i64) -> String {
    let query = format!("SELECT to_char(DATE '1970-01-01' + {}, 'YYYY-MM-DD') AS line", today + wanted);
    texts(&shop.world.database.app, &query).await.swap_remove(0)
}

#[tokio::test(flavor = "multi_thread")]
async fn the_on_time_rate_of_real_deliveries_is_that_of_the_table() {
    let mut shop = Shop::opens("310000", "310000").await;
    // From noon in China on, so that no day ends meanwhile.
    let query = "SELECT (DATE (app_clock() AT TIME ZONE 'Asia/Shanghai') - DATE '1970-01-01')::text AS line";
    let today: i64 = texts(&shop.world.database.app, query).await[0].parse().unwrap();
    let query =
        "SELECT ceil(extract(epoch FROM (DATE (app_clock() AT TIME ZONE 'Asia/Shanghai') + TIME '12:00')
        - (app_clock() AT TIME ZONE 'Asia/Shanghai')))::bigint::text AS line";
    let noon: i64 = texts(&shop.world.database.app, query).await[0].parse().unwrap();
    let (today, noon) = if noon < 0 { (today + 1, noon + DAY) } else { (today, noon) };

    let purchases = purchases();
    let mut events: Vec<(i64, bool, usize)> = Vec::new();
    for (place, one) in purchases.iter().enumerate() {
        events.extend([(one.ordered, false, place), (one.delivered, true, place)]);
    }
    events.sort_unstable();
    let mut lines = vec![String::new(); purchases.len()];
    for (at, arrives, place) in events {
        shop.world.moves_clock_to(noon + at * DAY).await;
        shop.one.logs_in(&shop.world).await;
        shop.firm.logs_in(&shop.world).await;
        let (one, packs) = (&purchases[place], purchases[place].packs.as_str());
        if arrives {
            let shipped = shop.ships(&shop.firm.actor, &[(&lines[place], packs)]).await.done();
            let arrival = json!({ "deliveries": shipped, "idempotencyKey": key() });
            orders(&shop.firm.actor, "reportArrival", arrival).await.done();
            shop.accepts(&shop.one.actor, json!([{ "delivery": shipped[0] }])).await.done();
        } else {
            lines[place] = shop.orders(&shop.one.actor, &[(1, packs)]).await.swap_remove(0);
            let input = json!({ "lines": [{ "line": lines[place] }], "deliverOn": day(&shop, today, one.promised).await,
                "idempotencyKey": key() });
            orders(&shop.firm.actor, "confirmOrderLines", input).await.done();
        }
    }

    let query = "{ orderMonths(first: 100) { nodes { counts { deliveries ordered arrived } } } }";
    let months = shop.one.actor.asks(query).await.done()["nodes"].as_array().unwrap().clone();
    let sum = |field: &str| -> i64 {
        months.iter().map(|month| month["counts"][field].as_str().unwrap().parse::<i64>().unwrap()).sum()
    };
    let packs: i64 = purchases.iter().map(|one| one.packs.parse::<i64>().unwrap()).sum();
    assert_eq!((sum("ordered"), sum("arrived")), (packs * 24, packs * 24));
    let query = format!(
        "{{ contractFulfilment(contract: {:?}) {{ counts {{ deliveries onTimeRate }} }} }}",
        shop.contracts[1]
    );
    let seen = shop.firm.actor.asks(&query).await.done();
    let on_time = purchases.iter().filter(|one| one.delivered <= one.promised).count();
    assert!(on_time > 0 && on_time < purchases.len());
    let rate = on_time * 100_000 / purchases.len();
    let rate = format!("{}.{:02}", rate / 1_000, (rate % 1_000 + 5) / 10);
    assert_eq!(seen["counts"], json!({ "deliveries": purchases.len().to_string(), "onTimeRate": rate }));

    // Each delay, by the days that the platform tells.
    for (one, line) in purchases.iter().zip(&lines) {
        let query = format!(
            "{{ orderLine(id: {line:?}) {{ deliverBy }} goodsDeliveries(filter: {{ line: {line:?} }}, first: 1) {{ nodes {{ arrivedAt onTime }} }} }}"
        );
        let seen: Value = shop.one.actor.asks(&query).await.json["data"].clone();
        let delivery = &seen["goodsDeliveries"]["nodes"][0];
        let query = format!(
            "SELECT (DATE (TIMESTAMPTZ '{}' AT TIME ZONE 'Asia/Shanghai') - DATE (TIMESTAMPTZ '{}' AT TIME ZONE 'Asia/Shanghai'))::text AS line",
            delivery["arrivedAt"].as_str().unwrap(),
            seen["orderLine"]["deliverBy"].as_str().unwrap()
        );
        let late: i64 = texts(&shop.world.database.app, &query).await[0].parse::<i64>().unwrap() + 1;
        assert_eq!(
            (late, &delivery["onTime"]),
            (one.delivered - one.promised, &json!(one.delivered <= one.promised))
        );
    }
}
