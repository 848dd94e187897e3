//! Each agreement year is signed anew, and terms go on until the next result.
use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::following::{Side, day};
use super::market::Market;
use crate::support::actor::key;

#[tokio::test(flavor = "multi_thread")]
async fn a_contract_is_renewed_each_year_with_what_it_had_or_more_and_never_above_the_selected_price() {
    let side = Side::of(2).await;
    let result = side.announces(1, (-200, 400), &[(1, "0.2021", 1_001)]).await;
    side.in_force(&result, |_volume| vec![1_000, 1]).await;
    let first = side.contracts().await.swap_remove(0);
    let lower =
        json!({ "id": first["id"], "version": first["version"], "price": "0.2", "idempotencyKey": key() });
    side.firm.actor.does("lowerPrice", lower, "id").await.done();

    // Its year has 12 months; the rest of the term is the next one, with its part of the volume.
    let nothing = json!({ "renewed": 0, "ending": 0, "more": false });
    assert_eq!(side.renews_by(&result, &day(100)).await, nothing);
    assert_eq!(side.renews_by(&result, &day(170)).await, json!({ "renewed": 1, "ending": 0, "more": false }));
    assert_eq!(side.renews_by(&result, &day(170)).await, nothing);
    let id = side.contracts().await.swap_remove(0)["id"].clone();
    let second = side.until(&id, |contract| contract["institutions"] == "2").await;
    let told = ["year", "status", "renewsId", "price", "until", "termUntil", "sealsMissing"];
    let expected = json!([2, "DRAFT", first["id"], "0.2", day(400), day(400), "3"]);
    assert_eq!(Value::from_iter(told.map(|field| second[field].clone())), expected);
    let volume: u64 = second["volume"].as_str().unwrap().parse().unwrap();
    assert!((600..700).contains(&volume), "236 days of a year have their part of 1,001: {volume}");
    assert_eq!(side.shares(&id).await, [(volume - 1).to_string(), "1".to_owned()]);
    let kinds = side.world.entries(id.as_str().unwrap()).await;
    assert_eq!(kinds, ["ContractDivided"]);

    // Its term is over then, but for an extension.
    side.renews(&second, side.parts(&[700, 1]), None).await.refused("CONTRACT_STATE");
    side.seals(&second).await;
    let second = side.contract(&id).await;
    side.renews(&second, side.parts(&[700, 1]), None).await.refused("TERM_INVALID");
    assert_eq!(side.renews_by(&result, &day(400)).await, json!({ "renewed": 0, "ending": 1, "more": false }));
    side.extends(&result, &[], Some(day(400))).await.refused("TERM_INVALID");
    side.extends(&result, &[2], Some(day(490))).await.refused("RESULT_INVALID");
    side.extends(&result, &[1], Some(day(490))).await.done();
    assert_eq!(side.contract(&id).await["termUntil"], day(490));
    side.extends(&result, &[], None).await.done();
    assert_eq!(side.contract(&id).await["termUntil"], Value::Null);
    side.extends(&result, &[], None).await.refused("TERM_INVALID");
    third_year(&side, (&first, &second), volume).await;
}

/// The office renews by a list: no institution has less, and no price rises above the selected one.
async fn third_year(side: &Side, (first, second): (&Value, &Value), volume: u64) {
    let enough = || side.parts(&[volume, 1]);
    side.renews(second, side.parts(&[volume - 2, 10]), None).await.refused("RENEWAL_TOO_LOW");
    side.renews(second, side.parts(&[volume]), None).await.refused("RENEWAL_TOO_LOW");
    side.renews(second, enough(), Some("0.2022")).await.refused("PRICE_ABOVE_SELECTED");
    let stranger = side.world.manager("HOSPITAL", "320000").await;
    let mut parts = enough();
    parts.as_array_mut().unwrap().push(json!({ "institution": stranger.organization, "volume": "1" }));
    side.renews(second, parts, None).await.refused("SPLIT_INVALID");
    let third = side.renews(second, enough(), Some("0.2021")).await.done();
    let told = ["year", "startsOn", "renewsId", "price", "institutions"].map(|field| third[field].clone());
    assert_eq!(Value::from_iter(told), json!([3, day(401), second["id"], "0.2021", "2"]));
    assert_eq!(third["volume"], (volume + 1).to_string());
    side.renews(second, enough(), None).await.refused("CONTRACT_STATE");
    let now = side.contract(&first["id"]).await;
    side.renews(&now, side.parts(&[1_000, 1]), None).await.refused("CONTRACT_STATE");
}

/// What reminds an office of contracts that end.
async fn reminded(side: &Side) -> Vec<Value> {
    let tasks = side.office.asks("{ tasks(first: 50) { nodes { kind subject detail until } } }").await.done();
    let tasks = tasks["nodes"].as_array().unwrap().clone();
    tasks.into_iter().filter(|task| task["kind"] == "RENEW_CONTRACTS").collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn an_office_is_reminded_of_contracts_that_end_until_others_follow_them() {
    let side = Side::of(1).await;
    let later = side.announces(1, (-200, 400), &[(1, "0.2021", 10)]).await;
    side.in_force(&later, |volume| vec![volume]).await;
    assert_eq!(reminded(&side).await, Vec::<Value>::new());
    let side = Side::of(1).await;
    let soon = side.announces(1, (-300, 400), &[(1, "0.2021", 10), (2, "0.3", 10)]).await;
    side.in_force(&soon, |volume| vec![volume]).await;
    let [reminder] = &reminded(&side).await[..] else { panic!("one reminder") };
    assert_eq!(reminder["subject"], soon.as_str());
    assert!(reminder["detail"].as_str().unwrap().ends_with(" 2"), "{reminder}");
    // The first year ends with its last day in China: 365 days after the start, or 366.
    let ends = reminder["until"].as_str().unwrap();
    assert!([day(64), day(65)].iter().any(|last| ends == format!("{last}T16:00:00Z")), "{ends}");
    assert_eq!(side.renews_by(&soon, &day(100)).await["renewed"], 2);
    assert_eq!(reminded(&side).await, Vec::<Value>::new());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_year_that_is_over_is_not_signed_any_more() {
    let side = Side::of(1).await;
    let result = side.announces(1, (-800, -100), &[(1, "0.2021", 10)]).await;
    side.in_force(&result, |volume| vec![volume]).await;
    assert_eq!(side.renews_by(&result, &day(0)).await, json!({ "renewed": 0, "ending": 1, "more": false }));
    let contract = side.contracts().await.swap_remove(0);
    side.renews(&contract, side.parts(&[10]), None).await.refused("TERM_INVALID");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_next_year_has_what_is_agreed_when_it_is_signed_in_contract_and_supplement() {
    let market = Market::announced().await;
    let Market { office, one, two, .. } = &market;
    market.divided(&[(one, "700"), (two, "301")]).await;
    market.is_sealed(&[]).await;
    let piece = market.piece(one).await.id;
    let wish = json!({ "wish": "TO_INSTITUTION", "toInstitution": two.actor.organization, "volume": "100" });
    market.moves(one, &piece, wish, Some(two)).await;
    market.is_sealed(&[]).await;

    let input = json!({ "result": market.result, "endingBy": day(370), "idempotencyKey": key() });
    let renewed = office.does("renewContracts", input, "renewed ending more").await.done();
    assert_eq!(renewed, json!({ "renewed": 2, "ending": 0, "more": false }));
    let begun = Instant::now();
    let next = loop {
        let next = next_year(&market).await;
        if next.len() == 3 || begun.elapsed() > Duration::from_secs(30) {
            break next;
        }
        tokio::task::yield_now().await;
    };
    let (one, two) = (&one.actor.organization, &two.actor.organization);
    let expected = [(0, one, "600"), (0, two, "301"), (1, two, "100")];
    let expected = expected.map(|(supplement, who, volume)| json!([supplement, who, volume]));
    assert_eq!(BTreeSet::from_iter(next), BTreeSet::from(expected.map(|row| row.to_string())));
    market.adds_up(2_002).await;
}

/// Supplement, institution and volume of the parts of the second year.
async fn next_year(market: &Market) -> Vec<String> {
    let fields = "institutionId agreedVolume contract { year supplement }";
    let parts = market.nodes(&market.office, "subContracts", fields).await;
    let next = parts.iter().filter(|part| part["contract"]["year"] == 2);
    next.map(|part| {
        json!([part["contract"]["supplement"], part["institutionId"], part["agreedVolume"]]).to_string()
    })
    .collect()
}
