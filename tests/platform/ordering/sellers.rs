//! Who delivers: the ticked distributor, the contract's, the firm; and nobody unasked after an end.
use serde_json::{Value, json};

use super::market::{Market, told};
use super::shop::Shop;
use crate::listing::support::{accepts, ends};
use crate::support::actor::{Actor, key};

const RELATION: &str = "id version state";

pub(super) async fn appoints(maker: &Actor, distributor: &Actor, region: &str) -> Value {
    let input = json!({ "distributor": distributor.organization, "region": region, "idempotencyKey": key() });
    let proposed = maker.does("proposeDistribution", input, RELATION).await.done();
    accepts(distributor, &proposed).await.done()
}

pub(super) async fn ticks(hospital: &Actor, maker: &Actor, ticked: &[&Actor]) {
    let ids: Vec<&str> = ticked.iter().map(|one| one.organization.as_str()).collect();
    let input = json!({ "manufacturer": maker.organization, "distributors": ids, "preferred": ids[0], "idempotencyKey": key() });
    hospital.does("chooseDistributors", input, "version").await.done();
}

#[tokio::test(flavor = "multi_thread")]
async fn the_ticked_distributor_delivers_until_the_second_of_its_end_and_then_nobody_unasked() {
    let market = Market::opens().await;
    let Market { world, shelf, one, two, .. } = &market;
    let (first, second) =
        (world.manager("DISTRIBUTOR", "310000").await, world.manager("DISTRIBUTOR", "310000").await);
    let maker = &shelf.maker;
    let relation = appoints(maker, &first, "310000").await;
    let other = appoints(maker, &second, "310000").await;
    assert_eq!(market.orders(one, market.listed(), "1").await["sellerId"], json!(maker.organization));
    ticks(one, maker, &[&first, &second]).await;
    assert_eq!(market.orders(one, market.listed(), "1").await["sellerId"], json!(first.organization));
    assert_eq!(market.orders(two, market.listed(), "1").await["sellerId"], json!(maker.organization));
    ends(&first, "voidDistribution", &relation).await.done();
    assert_eq!(market.orders(one, market.listed(), "1").await["sellerId"], json!(second.organization));
    // Of orders and an end at once, none comes after the end.
    let asking = (0..10).map(|_| market.tries(one, market.listed(), "1"));
    let (orders, ended) =
        tokio::join!(futures_util::future::join_all(asking), ends(maker, "voidDistribution", &other));
    ended.done();
    assert!(orders.iter().all(|order| ["ok", "DISTRIBUTOR_NOT_APPOINTED"].contains(&order.code().as_str())));
    let stopped = market.tries(one, market.listed(), "1").await;
    stopped.refused("DISTRIBUTOR_NOT_APPOINTED");
    assert_eq!(told(&stopped), ("运力不足".to_owned(), json!(1)));
}

#[tokio::test(flavor = "multi_thread")]
async fn on_a_contract_its_distributor_delivers_where_none_is_ticked() {
    let shop = Shop::opens("310000", "310000").await;
    let Shop { world, firm, distributor, one, two, .. } = &shop;
    let ticked = world.manager("DISTRIBUTOR", "310000").await;
    let relation = appoints(&firm.actor, &ticked, "310000").await;
    ticks(&one.actor, &firm.actor, &[&ticked]).await;
    let seller = async |who: &Actor| {
        let line = shop.orders(who, &[(0, "1")]).await.swap_remove(0);
        shop.line(who, &line).await["sellerId"].clone()
    };
    assert_eq!(seller(&one.actor).await, json!(ticked.organization));
    assert_eq!(seller(&two.actor).await, json!(distributor.actor.organization));
    ends(&ticked, "voidDistribution", &relation).await.done();
    assert_eq!(seller(&one.actor).await, json!(distributor.actor.organization));
    // The contract's own distributor was appointed, too, and is not any more.
    let own = appoints(&firm.actor, &distributor.actor, "310000").await;
    assert_eq!(seller(&two.actor).await, json!(distributor.actor.organization));
    ends(&distributor.actor, "voidDistribution", &own).await.done();
    let refused = two.actor.does("placeOrder", shop.wishes(&[(1, "1"), (0, "1")]), "id").await;
    refused.refused("DISTRIBUTOR_NOT_APPOINTED");
    assert_eq!(told(&refused), ("运力不足".to_owned(), json!(2)));
}
