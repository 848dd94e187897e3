//! What the rules would say of a price before it is declared.
use jicai_domain::catalog::group::{Grouping, Traits};
use serde_json::{Value, json};

use super::support::{Price, idle_world, listed, reports, works};
use crate::listing::shelf::Shelf;

/// The keys of irbesartan of a holder as the registry tells them.
fn keys(holder: &str) -> [String; 2] {
    let said = |text: &str| Some(text.to_owned());
    let traits = Traits {
        generic: said("厄贝沙坦片"),
        form: said("片剂"),
        spec: said("75mg"),
        holder: said(holder),
        ..Traits::default()
    };
    [Grouping::Same4, Grouping::Same3].map(|grouping| grouping.of(&traits).unwrap().values.join("|"))
}

async fn verdict(shelf: &Shelf, price: &str) -> Value {
    let query =
        "query($i: AskPriceInput!) { priceVerdict(input: $i) { label aboveCeiling unitPrice known rules
        findings { monitor severity value benchmark threshold sample reason reasonZh } } }";
    let input = json!({ "item": shelf.item, "region": "320000", "price": price });
    shelf.maker.asks_with(query, json!({ "i": input })).await.done()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_firm_hears_what_the_monitors_would_say_and_nothing_of_what_others_ask() {
    let world = idle_world().await;
    let office = world.manager("PROCUREMENT_OFFICE", "320000").await;
    let shelf = Shelf::of(&world, "甲制药", &office).await;
    let [same4, same3] = keys("甲制药");
    let own = |line: &str, region: &str, price: &str| Price {
        product: same4.clone(),
        maker: "甲制药".to_owned(),
        group: same3.clone(),
        ..listed(line, region, "2026-03", price).by(&shelf.maker)
    };
    let month = |price: Price, month: &str| Price { month: month.to_owned(), ..price };
    let store = jicai_store::Store::new(&world.database.app, 1);
    let now = store.read().await.unwrap().now().await.unwrap().day_in_china().to_string();
    let prices: Vec<Price> = [("330000", "1"), ("310000", "1"), ("110000", "1.1")]
        .iter()
        .map(|(region, price)| month(own(region, region, price), &now[..7]))
        .collect();
    reports(&world, &office, &prices).await;
    works(&world).await;
    // 14 tablets: 15.40 is 1.1 a tablet, as dear as the dearest and above the median.
    let dear = verdict(&shelf, "15.40").await;
    assert_eq!((&dear["unitPrice"], &dear["known"]), (&json!("1.1"), &json!(3)));
    let found = &dear["findings"][0];
    assert_eq!(
        (&found["monitor"], &found["severity"], &found["sample"]),
        (&json!("SAME4_GAP"), &json!("yellow"), &json!(4))
    );
    assert_eq!((&found["value"], &found["threshold"]), (&json!("1.1"), &json!("1.05")));
    assert!(found["reason"].as_str().unwrap().contains("Jiangsu"), "{found}");
    assert_eq!(verdict(&shelf, "14").await["findings"], json!([]));
    // What a rival asks where nobody may know it changes nothing of the answer.
    let rival =
        Price { product: "R".to_owned(), maker: "乙制药".to_owned(), ..own("rival", "320000", "0.1") };
    reports(&world, &office, &[month(rival, &now[..7]).undisclosed()]).await;
    works(&world).await;
    assert_eq!(verdict(&shelf, "15.40").await, dear);
    assert_eq!(verdict(&shelf, "14").await["findings"], json!([]));
}
