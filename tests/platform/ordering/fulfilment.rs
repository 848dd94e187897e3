//! How far agreed volume is, from rows that every change adds to.
use serde_json::{Value, json};

use super::shop::Shop;
use crate::support::actor::Actor;
use crate::support::postgres::texts;

const DAY: i64 = 86_400;

async fn stands(reader: &Actor, contract: &str) -> Value {
    let query = format!(
        "{{ contractFulfilment(contract: {contract:?}) {{ progress {{ agreed bought remaining beyond due elapsed reached pace }}
            counts {{ ordered confirmed cancelled shipped arrived accepted rejected returned deliveryRate deliveries onTimeRate amount }}
            months {{ month counts {{ ordered }} }} }} }}"
    );
    reader.asks(&query).await.done()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_contract_is_as_far_as_its_lines_and_its_pace_is_told() {
    let mut shop = Shop::opens("310000", "310000").await;
    let contract = shop.contracts[0].clone();
    let lines = shop.orders(&shop.one.actor, &[(0, "500"), (0, "100"), (0, "50")]).await;
    let seller = shop.distributor.actor.clone();
    shop.confirms(&seller, &[&lines[0], &lines[1]]).await.done();
    shop.ends(&seller, "refuseOrderLines", &[&lines[2]]).await.done();
    let shipped = shop.ships(&seller, &[(&lines[0], "500")]).await.done();
    let taken = shop.accepts(&shop.one.actor, json!([{ "delivery": shipped[0] }])).await.done();
    shop.returns(&shop.one.actor, &taken[0], "20").await.done();
    // The other one comes after the time that the region gives.
    let late = shop.ships(&seller, &[(&lines[1], "100")]).await.done();
    shop.world.moves_clock_to(4 * DAY).await;
    shop.one.logs_in(&shop.world).await;
    shop.office = shop.world.logs_in(&shop.office.login).await;
    let part = json!([{ "delivery": late[0], "accepted": "90", "rejected": "10", "reason": "破损" }]);
    shop.accepts(&shop.one.actor, part).await.done();

    let seen = stands(&shop.office, &contract).await;
    let counts = json!({ "ordered": "15600", "confirmed": "14400", "cancelled": "1200", "shipped": "14400", "arrived": "14400",
        "accepted": "14160", "rejected": "240", "returned": "480", "deliveryRate": "92.31", "deliveries": "2", "onTimeRate": "50.00",
        "amount": "2764.73" });
    assert_eq!(seen["counts"], counts);
    let progress = &seen["progress"];
    assert_eq!((&progress["agreed"], &progress["bought"]), (&json!("36500"), &json!("13680")));
    assert_eq!((&progress["remaining"], &progress["pace"]), (&json!("22820"), &json!("AHEAD")));

    // The same from the lines themselves.
    let direct = "SELECT concat_ws(' ', sum(ordered * pack_units), sum(cancelled * pack_units), sum((accepted - returned) * pack_units)) AS line
        FROM order_lines";
    let kept = "SELECT concat_ws(' ', sum(ordered), sum(cancelled), sum(accepted - returned)) AS line FROM order_months";
    let url = &shop.world.database.app;
    assert_eq!(texts(url, direct).await, texts(url, kept).await);
    assert_eq!(texts(url, &kept.replace("order_months", "basis_months")).await, texts(url, kept).await);

    let query = "{ subContracts(first: 9) { nodes { contract { id } fulfilment { bought remaining } } } }";
    let parts = shop.one.actor.asks(query).await.done();
    let own = parts["nodes"]
        .as_array()
        .unwrap()
        .iter()
        .find(|part| part["contract"]["id"] == contract.as_str())
        .unwrap();
    assert_eq!(own["fulfilment"], json!({ "bought": "13680", "remaining": "4570" }));
    let months = "{ orderMonths(first: 9) { nodes { contractId hospitalId counts { ordered } progress { agreed bought pace } } } }";
    let seen = shop.one.actor.asks(months).await.done();
    let first = &seen["nodes"][0];
    assert_eq!(
        (&first["counts"]["ordered"], &first["hospitalId"]),
        (&json!("15600"), &json!(shop.one.actor.organization))
    );
    shop.two.logs_in(&shop.world).await;
    assert_eq!(shop.two.actor.asks(months).await.done()["nodes"], json!([]));
    let regulator = shop.world.manager("REGULATOR", "310000").await;
    let seen = regulator.asks(months).await.done();
    assert!(!seen["nodes"].as_array().unwrap().is_empty());
    let away = shop.world.manager("REGULATOR", "330000").await;
    assert_eq!(away.asks(months).await.done()["nodes"], json!([]));

    // Half a year later nothing more was bought: behind its time.
    shop.world.moves_clock_to(200 * DAY).await;
    let office = shop.world.logs_in(&shop.office.login).await;
    let seen = stands(&office, &contract).await;
    assert_eq!(seen["progress"]["pace"], "BEHIND");
}

#[tokio::test(flavor = "multi_thread")]
async fn beyond_the_agreed_volume_orders_run_at_the_selected_price() {
    let shop = Shop::opens("310000", "310000").await;
    let line = shop.orders(&shop.one.actor, &[(1, "2000")]).await.swap_remove(0);
    let seller = &shop.firm.actor;
    shop.confirms(seller, &[&line]).await.done();
    let shipped = shop.ships(seller, &[(&line, "2000")]).await.done();
    shop.accepts(&shop.one.actor, json!([{ "delivery": shipped[0] }])).await.done();
    let more = shop.orders(&shop.one.actor, &[(1, "10")]).await.swap_remove(0);
    assert_eq!(shop.line(&shop.one.actor, &more).await["price"], "3.12");
    let seen = stands(&shop.office, &shop.contracts[1]).await;
    assert_eq!((&seen["progress"]["beyond"], &seen["progress"]["remaining"]), (&json!("11500"), &json!("0")));
}
