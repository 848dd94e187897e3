//! Who sees which price, in any field.
use serde_json::{Value, json};

use super::market::{Market, prices, reports, seen, with};
use crate::support::actor::key;

#[tokio::test(flavor = "multi_thread")]
async fn a_firm_never_sees_what_a_competitor_keeps_to_itself() {
    let market = Market::opens().await;
    let Market { world, office, hospital, one, two, .. } = &market;
    let neighbour = world.manager("HOSPITAL", "320105").await;
    // Each price is told apart by its digits.
    let bought =
        |key: &str, price: &str| with(two.line(key, "TRANSACTION", price), &json!({ "packs": "75319531" }));
    reports(hospital, &[bought("geheim-1", "11.37")]).await.done();
    reports(&neighbour, &[bought("geheim-2", "11.41"), one.line("own", "TRANSACTION", "11.09")]).await.done();
    let negotiated = with(two.line("geheim-3", "NEGOTIATED", "11.53"), &json!({ "region": "320000" }));
    let listed = with(two.line("public", "LISTED", "11.91"), &json!({ "region": "320000" }));
    reports(office, &[negotiated, listed]).await.done();
    let declared = with(two.line("geheim-4", "DECLARED", "11.67"), &json!({ "region": "320000" }));
    reports(&two.firm, &[declared]).await.done();

    let group = format!("item: {:?}, across: SAME3, superseded: true", one.item);
    let of_one = seen(&one.firm, &group).await;
    let mut found = prices(&of_one);
    found.sort_unstable();
    assert_eq!(found, ["11.09", "11.91"], "its own, and what is disclosed");
    let secrets = [
        "11.37", "11.41", "11.53", "11.67", "0.812142", "0.815", "0.823571", "0.833571", "75319531", "geheim",
    ];
    let filters = [
        group.clone(),
        format!("item: {:?}, superseded: true", two.item),
        format!("item: {:?}, across: SAME4", two.item),
        format!("item: {:?}, manufacturer: {:?}", two.item, two.firm.organization),
        format!("item: {:?}, kinds: [TRANSACTION, NEGOTIATED, DECLARED]", two.item),
    ];
    for filter in &filters {
        let told = Value::from(seen(&one.firm, filter).await).to_string();
        for secret in secrets {
            assert!(!told.contains(secret), "{filter} tells {secret}: {told}");
        }
    }
    let waiting = one.firm.asks("{ priceTickets(first: 20) { nodes { id } } }").await.done();
    assert_eq!(waiting["nodes"], json!([]));
    let mut own =
        prices(&seen(&two.firm, &group).await).join(" ").split(' ').map(str::to_owned).collect::<Vec<_>>();
    own.sort_unstable();
    assert_eq!(own, ["11.37", "11.41", "11.53", "11.67", "11.91"], "its own, whoever bought");

    // A hospital sees what it paid itself, and what is disclosed.
    let mut paid = seen(hospital, &group).await;
    paid.sort_by_key(|one| one["price"]["price"].to_string());
    assert_eq!(prices(&paid), ["11.37", "11.91"]);
    let mut everything = seen(office, &group).await;
    everything.sort_by_key(|one| one["price"]["price"].to_string());
    assert_eq!(prices(&everything), ["11.09", "11.37", "11.41", "11.53", "11.67", "11.91"]);
    let nobody = format!("{{ priceHistory(filter: {{ {group} }}, first: 1) {{ nodes {{ id }} }} }}");
    world.nobody().asks(&nobody).await.refused("UNAUTHENTICATED");
    let everywhere = "{ priceHistory(filter: { kinds: [LISTED] }, first: 1) { nodes { id } } }";
    office.asks(everywhere).await.refused("PRICE_SCOPE_MISSING");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_region_shares_its_prices_with_another_until_it_ends_that() {
    let market = Market::opens().await;
    let Market { world, regulator, hospital, one, .. } = &market;
    let elsewhere = world.manager("REGULATOR", "330000").await;
    let lines: Vec<Value> =
        ["12.30", "12.20", "12.40"].iter().map(|price| one.line(price, "TRANSACTION", price)).collect();
    reports(hospital, &lines).await.done();
    let of = format!("item: {:?}", one.item);
    assert_eq!(seen(&elsewhere, &of).await.len(), 0);
    let input =
        |region: &str, reader: &str| json!({ "region": region, "reader": reader, "idempotencyKey": key() });
    elsewhere.does("sharePrices", input("320000", "330000"), "id").await.refused("FORBIDDEN");
    let shared = regulator.does("sharePrices", input("320000", "330000"), "id version").await.done();
    regulator.does("sharePrices", input("320000", "330000"), "id").await.refused("PRICE_SHARE_STATE");
    assert_eq!(seen(&elsewhere, &of).await.len(), 3);
    // Page by page, nothing twice and nothing left out.
    let mut found: Vec<String> = Vec::new();
    let mut after = String::new();
    loop {
        let query = format!(
            "{{ priceHistory(filter: {{ {of}, regions: [\"320000\"] }}, first: 2{after}) {{ nodes {{ id }} pageInfo {{ endCursor hasNextPage }} }} }}"
        );
        let page = elsewhere.asks(&query).await.done();
        found.extend(page["nodes"].as_array().unwrap().iter().map(|one| one["id"].to_string()));
        if page["pageInfo"]["hasNextPage"] == false {
            break;
        }
        after = format!(", after: {}", page["pageInfo"]["endCursor"]);
    }
    found.sort();
    found.dedup();
    assert_eq!(found.len(), 3);
    let end = json!({ "id": shared["id"], "version": shared["version"], "idempotencyKey": key() });
    elsewhere.does("endPriceSharing", end.clone(), "id").await.refused("NOT_FOUND");
    regulator.does("endPriceSharing", end, "id").await.done();
    assert_eq!(seen(&elsewhere, &of).await.len(), 0);
    let again = json!({ "id": shared["id"], "version": 2, "idempotencyKey": key() });
    regulator.does("endPriceSharing", again, "id").await.refused("PRICE_SHARE_STATE");
}
