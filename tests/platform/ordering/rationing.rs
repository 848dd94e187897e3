//! 限量供应: what there is of a scarce product is ordered once, whoever asks at once, and what does not come is there again.
use serde_json::{Value, json};

use super::shop::Shop;
use crate::support::actor::{Actor, key};
use crate::support::postgres::execute;

const RATIONING: &str = "id version";

async fn rations(shop: &Shop, units: &str, cap: &str) -> Value {
    let input = json!({ "product": shop.products[1], "regionCode": "310000", "units": units, "cap": cap,
        "reason": "原料短缺", "idempotencyKey": key() });
    shop.office.does("declareRationing", input, RATIONING).await.done()
}

/// What all took, and what the reader's institution took.
async fn taken(reader: &Actor) -> (Value, Value) {
    let seen = reader.asks("{ rationings(first: 1) { nodes { taken own } } }").await.done();
    (seen["nodes"][0]["taken"].clone(), seen["nodes"][0]["own"].clone())
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_cancelled_refused_or_never_comes_is_given_back_once() {
    let shop = Shop::opens("310000", "310000").await;
    let Shop { office, firm, one, two, .. } = &shop;
    // Ten packs for all, six for each.
    let declared = rations(&shop, "240", "144").await;
    let input = json!({ "product": shop.products[1], "regionCode": "310000", "units": "9", "cap": "9", "reason": "x",
        "idempotencyKey": key() });
    office.does("declareRationing", input, RATIONING).await.refused("RATIONING_STATE");
    let tries = async |who: &Actor, packs: &str| {
        who.does("placeOrder", shop.wishes(&[(0, "1"), (1, packs)]), "id").await
    };
    let over = tries(&one.actor, "7").await;
    over.refused("RATION_EXCEEDED");
    assert_eq!(over.json["errors"][0]["extensions"]["line"], 2);
    let own = shop.orders(&one.actor, &[(1, "2"), (1, "4")]).await;
    tries(&one.actor, "1").await.refused("RATION_EXCEEDED");
    tries(&two.actor, "5").await.refused("RATION_EXCEEDED");
    let other = shop.orders(&two.actor, &[(1, "4")]).await;
    assert_eq!(taken(office).await, (json!("240"), json!("0")));
    assert_eq!(taken(&one.actor).await, (json!(null), json!("144")));

    shop.ends(&one.actor, "cancelOrderLines", &[&own[0]]).await.done();
    shop.ends(&one.actor, "cancelOrderLines", &[&own[0]]).await.refused("ORDER_LINE_STATE");
    assert_eq!(taken(office).await.0, "192");
    shop.ends(&firm.actor, "refuseOrderLines", &[&other[0]]).await.done();
    assert_eq!(taken(office).await.0, "96");
    // Four were ordered: three are confirmed, two sent, one of them rejected, and no more comes.
    let three =
        json!({ "lines": [{ "line": own[1], "packs": "3", "reason": "缺货" }], "idempotencyKey": key() });
    crate::contract::deal::orders(&firm.actor, "confirmOrderLines", three).await.done();
    assert_eq!(taken(office).await.0, "72");
    let shipped = shop.ships(&firm.actor, &[(&own[1], "2")]).await.done();
    let part = json!([{ "delivery": shipped[0], "accepted": "1", "rejected": "1", "reason": "破损" }]);
    shop.accepts(&one.actor, part).await.done();
    assert_eq!(taken(office).await.0, "48");
    shop.ends(&firm.actor, "closeOrderLines", &[&own[1]]).await.done();
    assert_eq!(taken(office).await.0, "24");
    assert_eq!(taken(&one.actor).await.1, "24");

    let input = json!({ "id": declared["id"], "version": 1, "idempotencyKey": key() });
    office.does("endRationing", input, RATIONING).await.done();
    tries(&one.actor, "1000").await.done();
}

#[tokio::test(flavor = "multi_thread")]
async fn of_two_hundred_hospitals_at_once_a_hundred_get_the_last_hundred_packs() {
    let shop = Shop::opens("310000", "310000").await;
    let Shop { world, office, one, .. } = &shop;
    rations(&shop, "2400", "24").await;
    // Two hundred members of the first institution, which orders for them.
    let member = |number: u32| format!("01900000-0000-7000-a00a-{number:012x}");
    let uuid = |id: &str| id.split_once('_').unwrap().1.to_owned();
    let (lead, contract) = (uuid(&one.actor.organization), uuid(&shop.contracts[1]));
    let seed = format!(
        "INSERT INTO organizations (id, kind, name, credit_code, status, version, created_at)
             SELECT ('01900000-0000-7000-a00a-' || lpad(to_hex(n), 12, '0'))::uuid, 'HOSPITAL', '医院' || n, lpad(n::text, 18, '0'), 'APPROVED', 1,
                 app_clock() FROM generate_series(1, 200) n;
         INSERT INTO organization_regions (organization, region)
             SELECT id, '310000' FROM organizations WHERE id::text LIKE '01900000-0000-7000-a00a-%';
         INSERT INTO demand_leads (member, lead, joined_at)
             SELECT id, '{lead}'::uuid, app_clock() FROM organizations WHERE id::text LIKE '01900000-0000-7000-a00a-%';
         INSERT INTO sub_contracts (id, contract, institution, volume)
             SELECT ('01900000-0000-7000-a00b-' || right(id::text, 12))::uuid, '{contract}'::uuid, id, 1 FROM organizations
             WHERE id::text LIKE '01900000-0000-7000-a00a-%'"
    );
    execute(&world.database.owner, &seed).await;
    let mut asking = tokio::task::JoinSet::new();
    for number in 1..=200 {
        let mut input = shop.wishes(&[(1, "1")]);
        input["institution"] = json!(format!("org_{}", member(number).replace('-', "")));
        let actor = one.actor.clone();
        asking.spawn(async move { actor.does("placeOrder", input, "id").await.code() });
    }
    let mut codes = asking.join_all().await;
    codes.sort();
    let got = codes.iter().filter(|code| *code == "ok").count();
    let short = codes.iter().filter(|code| *code == "RATION_EXCEEDED").count();
    assert_eq!((got, short), (100, 100), "{codes:?}");
    assert_eq!(taken(office).await.0, "2400");
    let query = "SELECT sum(ordered)::text AS line FROM basis_months";
    assert_eq!(crate::support::postgres::texts(&world.database.app, query).await, ["2400"]);
}
