//! Contracts from a result to their end: generated, divided, sealed by every party, in force, over.
use serde_json::{Value, json};

use super::deal::{
    CONTRACT, Deal, Party, brought, contracts, document, generates, orders, paper, parts, verifies, waits,
};
use super::support::shanghai;
use crate::support::actor::key;
use crate::support::postgres::execute;
use crate::support::world::World;

#[tokio::test(flavor = "multi_thread")]
async fn a_contract_is_generated_once_divided_to_the_unit_and_seen_by_its_parties() {
    let deal = Deal::generated().await;
    let Deal { world, office, firm, one, result, contract, .. } = &deal;
    generates(&firm.actor, result).await.refused("FORBIDDEN");
    generates(office, result).await.done();
    let found = contracts(office).await;
    assert_eq!(found.len(), 1, "{found:?}");
    let told = ["status", "volume", "startsOn", "until"].map(|field| found[0][field].clone());
    assert_eq!(told, ["DRAFT", "1001", "2019-04-01", "2019-12-31"].map(Value::from));
    deal.splits("1000", "2").await.refused("SPLIT_INVALID");
    let divided = deal.splits("1000", "1").await.done();
    assert_eq!((&divided["institutions"], &divided["sealsMissing"]), (&json!("2"), &json!("3")));
    deal.splits("1000", "1").await.refused("STALE_VERSION");
    let stranger = world.manager("HOSPITAL", "310000").await;
    assert_eq!(contracts(&stranger).await, Vec::<Value>::new());
    assert_eq!(parts(&stranger).await, Vec::<Value>::new());
    stranger.asks(&format!("{{ contract(id: {contract:?}) {{ id }} }}")).await.refused("NOT_FOUND");
    let (near, far) =
        (world.manager("AUDIT_BODY", "310000").await, world.manager("AUDIT_BODY", "320000").await);
    assert_eq!((contracts(&near).await.len(), parts(&near).await.len()), (1, 2));
    assert_eq!((contracts(&far).await.len(), parts(&far).await.len()), (0, 0));
    let of = format!("{{ subContracts(first: 5, contract: {contract:?}) {{ nodes {{ id }} }} }}");
    assert_eq!(office.asks(&of).await.done()["nodes"].as_array().unwrap().len(), 2);
    let own = parts(&one.actor).await;
    let told = (own.len(), &own[0]["volume"], &own[0]["contract"]["price"]);
    assert_eq!(told, (1, &json!("1000"), &json!("0.2021")));
    for (reader, status) in [(office, 200), (&one.actor, 200), (&stranger, 404)] {
        let paper = paper(reader, contract).await;
        assert_eq!((paper.status, paper.body.starts_with("%PDF-")), (status, status == 200));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_party_seals_what_it_was_given_and_nobody_before_the_standstill_ends() {
    let deal = Deal::divided().await;
    let Deal { world, office, firm, one, two, contract, .. } = &deal;
    let (main, part) = (deal.main().await, deal.part(one).await);
    firm.gives(&[firm.seal(&main)]).await.refused("CONTRACT_STANDSTILL");
    assert!(!waits(&firm.actor, contract).await);
    world.moves_clock_to(601).await;
    assert!(waits(&firm.actor, contract).await && waits(&one.actor, contract).await);
    execute(&world.database.owner, "UPDATE selected_products SET blocked = '质疑未决'").await;
    firm.gives(&[firm.seal(&main)]).await.refused("CONTRACT_BLOCKED");
    execute(&world.database.owner, "UPDATE selected_products SET blocked = NULL").await;
    two.gives(&[two.seal(&part)]).await.refused("NOT_FOUND");
    one.gives(&[two.seal(&part)]).await.refused("SEAL_INVALID");
    one.gives(&[one.seal_as(&part, two)]).await.refused("SEAL_INVALID");
    let other = main.replace("\"volume\":1001", "\"volume\":1002");
    firm.gives(&[firm.seal(&other)]).await.refused("SEAL_INVALID");
    one.gives(&[one.seal(&part)]).await.done();
    assert_eq!(deal.stands().await["status"], "SEALING");
    one.gives(&[one.seal(&part)]).await.refused("CONTRACT_STATE");
    firm.gives(&[firm.seal(&main)]).await.done();
    assert!(!waits(&firm.actor, contract).await && waits(&two.actor, contract).await);
    two.gives(&[two.seal(&deal.part(two).await)]).await.done();
    let sealed = deal.stands().await;
    assert_eq!((&sealed["status"], &sealed["sealsMissing"]), (&json!("SEALED"), &json!("0")));
    verifies(office, contract, &main).await;
    let kinds = world.entries(contract).await;
    assert_eq!(kinds.iter().filter(|kind| *kind == "ContractSealed").count(), 3, "{kinds:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sealed_contract_runs_to_its_end_and_its_price_only_falls() {
    let deal = Deal::divided().await;
    let Deal { office, firm, one, result, contract, .. } = &deal;
    deal.is_sealed().await;
    let main = deal.main().await;
    let version = deal.stands().await["version"].clone();
    let lower =
        |price: &str| json!({ "id": contract, "version": version, "price": price, "idempotencyKey": key() });
    firm.actor.does("lowerPrice", lower("0.2022"), CONTRACT).await.refused("PRICE_ABOVE_SELECTED");
    one.actor.does("lowerPrice", lower("0.2"), CONTRACT).await.refused("NOT_FOUND");
    let lowered = firm.actor.does("lowerPrice", lower("0.2000"), CONTRACT).await.done();
    assert_eq!((&lowered["price"], &lowered["selectedPrice"]), (&json!("0.2"), &json!("0.2021")));
    assert_eq!(deal.main().await, main);
    for status in ["IN_FORCE", "CLOSED"] {
        orders(office, "moveContracts", json!({ "result": result, "idempotencyKey": key() })).await.done();
        assert_eq!(deal.stands().await["status"], status);
    }
    let stands = &parts(&one.actor).await[0]["fulfilment"];
    assert_eq!(stands, &json!({ "bought": "0", "remaining": "1000", "elapsed": "100.00", "due": "1000" }));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_distributor_that_is_named_seals_too() {
    let world = World::new().await;
    let office = shanghai(&world).await;
    let firm = Party::of(world.manager("MANUFACTURER", "330000").await).await;
    let carrier = Party::of(world.manager("DISTRIBUTOR", "310000").await).await;
    let hospital = world.manager("HOSPITAL", "310000").await;
    let result = brought(&office, &firm.actor, 7, None).await;
    generates(&office, &result).await.done();
    let contract = contracts(&firm.actor).await[0]["id"].as_str().unwrap().to_owned();
    let named =
        |who: &str| json!({ "id": contract, "version": 1, "distributor": who, "idempotencyKey": key() });
    firm.actor
        .does("nameDistributor", named(&hospital.organization), CONTRACT)
        .await
        .refused("ORGANIZATION_KIND");
    carrier
        .actor
        .does("nameDistributor", named(&carrier.actor.organization), CONTRACT)
        .await
        .refused("NOT_FOUND");
    assert_eq!(contracts(&carrier.actor).await.len(), 0);
    firm.actor.does("nameDistributor", named(&carrier.actor.organization), CONTRACT).await.done();
    let parts = json!([{ "institution": hospital.organization, "volume": "7" }]);
    let input = json!({ "id": contract, "version": 2, "parts": parts, "idempotencyKey": key() });
    let divided = office.does("splitContract", input, CONTRACT).await.done();
    assert_eq!(divided["sealsMissing"], "3");
    let main = document(&carrier.actor, &contract).await;
    carrier.gives(&[carrier.seal(&main)]).await.done();
    firm.gives(&[firm.seal(&main)]).await.done();
    assert_eq!(contracts(&office).await[0]["sealsMissing"], "1");
    let version = contracts(&office).await[0]["version"].as_i64().unwrap();
    let ended = office.moves("terminateContract", (&contract, version), Some("企业退出")).await.done();
    assert_eq!(ended["id"], contract.as_str());
    assert_eq!(contracts(&office).await[0]["status"], "TERMINATED");
}
