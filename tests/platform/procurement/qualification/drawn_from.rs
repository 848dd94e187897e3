//! A spec is drawn from an item of the registry, and products are compared with it.
use serde_json::{Value, json};

use super::{applies, product};
use crate::catalog::support::{Registry, code, gtin, irbesartan, new_item};
use crate::support::rounds::{a_round, announced, corrected, drafted, publishes};
use crate::support::world::World;

/// The first spec of the round, drawn from that item.
fn drawn_from(item: &str) -> Value {
    let mut announcement = a_round();
    announcement["lots"][0]["specs"][0]["item"] = json!(item);
    announcement
}

async fn adds(registry: &Registry, number: u32, content: Value) -> String {
    registry.does(new_item(content, vec![code("gtin", &gtin(number), "2020-01-01")], "2020-01-01")).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reviewer_sees_how_a_product_compares_with_what_the_spec_is_drawn_from() {
    let world = World::new().await;
    let registry = Registry::of(&world).await;
    let reference = adds(&registry, 1, irbesartan("75mg", "原研")).await;
    let alike = adds(&registry, 2, irbesartan("75mg", "甲药业")).await;
    let stronger = adds(&registry, 3, irbesartan("150mg", "甲药业")).await;
    let mut content = irbesartan("75mg", "甲药业");
    content["genericName"] = json!("氯沙坦钾片");
    let another = adds(&registry, 4, content).await;
    let round = announced(&world, drawn_from(&reference)).await;

    let firm = world.manager("MANUFACTURER", "440000").await;
    let offer = |name: &str, item: Option<&str>| {
        let mut offer = product(round.spec(1, "10"), name);
        item.into_iter().for_each(|item| offer["item"] = json!(item));
        offer
    };
    let mut elsewhere = product(round.spec(1, "20"), "戊");
    elsewhere["item"] = json!(alike);
    let offered = [
        offer("甲", Some(&alike)),
        offer("乙", Some(&stronger)),
        offer("丙", Some(&another)),
        offer("丁", None),
        elsewhere,
    ];
    let application = applies(&firm, &round.id, &offered).await;
    let query = format!(
        "{{ qualification(id: {:?}) {{ products {{ nodes {{ name comparableWithSpec }} }} }} }}",
        application.id
    );
    let shown = round.office.asks(&query).await.done();
    let compared: Vec<(&str, &Value)> = shown["products"]["nodes"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| (one["name"].as_str().unwrap(), &one["comparableWithSpec"]))
        .collect();
    let expected = [
        ("甲", json!(["SAME3", "SAME_GENERIC"])),
        ("乙", json!(["SAME_GENERIC"])),
        ("丙", json!([])),
        ("丁", json!(null)),
        ("戊", json!(null)),
    ];
    assert_eq!(compared, expected.each_ref().map(|(name, ways)| (*name, ways)));

    let query = format!(
        "{{ round(id: {:?}) {{ lots {{ nodes {{ specs {{ nodes {{ code item {{ id state {{ holderName }} }} }} }} }} }} }} }}",
        round.id
    );
    let specs = firm.asks(&query).await.done();
    let first = &specs["lots"]["nodes"][0]["specs"]["nodes"];
    assert_eq!(first[0]["item"], json!({ "id": reference, "state": { "holderName": "原研" } }));
    assert_eq!(first[1]["item"], json!(null));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_spec_names_only_what_may_be_bought_and_a_correction_says_that_it_names_another() {
    let world = World::new().await;
    let registry = Registry::of(&world).await;
    let [first, second, gone] = [1, 2, 3].map(|number| (number, format!("{}mg", 75 * number)));
    let first = adds(&registry, first.0, irbesartan(&first.1, "原研")).await;
    let second = adds(&registry, second.0, irbesartan(&second.1, "原研")).await;
    let gone = adds(&registry, gone.0, irbesartan(&gone.1, "原研")).await;
    let end = json!({ "retire": { "item": gone, "status": "WITHDRAWN", "validFrom": "2024-01-01" } });
    registry.does(end.clone()).await;
    let mut device =
        new_item(irbesartan("300mg", "丁器械"), vec![code("gtin", &gtin(9), "2020-01-01")], "2020-01-01");
    device["new"]["item"]["kind"] = json!("CONSUMABLE");
    let device = registry.does(device).await;

    let round = announced(&world, drawn_from(&first)).await;
    let mut announcement = round.announcement.clone();
    let nobody = "itm_00000000000000000000000000000000";
    for (item, refused) in [
        (gone.as_str(), "ITEM_RETIRED"),
        (&device, "LOTS_INVALID"),
        (nobody, "NOT_FOUND"),
        ("bid_1", "ID_MALFORMED"),
    ] {
        announcement["lots"][0]["specs"][0]["item"] = json!(item);
        let draft = round.office.does("draftRound", drafted(&announcement), "id").await;
        draft.refused(refused);
        round
            .office
            .does("correctRound", corrected((&round.id, 2), &announcement), "id")
            .await
            .refused(refused);
    }

    // What was announced stays when the registry retires it; a correction that names another says so.
    let end_first = json!({ "retire": { "item": first, "status": "WITHDRAWN", "validFrom": "2024-01-01" } });
    let mut kept = round.announcement.clone();
    kept["lots"][0]["specs"][1]["item"] = json!(second);
    let late =
        round.office.does("draftRound", drafted(&drawn_from_with(&first, &round.announcement)), "id version");
    let late = late.await.done();
    registry.does(end_first).await;
    publishes(&round.office, (late["id"].as_str().unwrap(), 1)).await.refused("ITEM_RETIRED");
    round.office.does("correctRound", corrected((&round.id, 2), &kept), "version").await.done();
    let editions =
        round.read("editions { nodes { changes { nodes { field text textZh } } canonical } }").await;
    let newest = &editions["editions"]["nodes"][0];
    let text = format!("lot 1, spec 20 registry item of the spec added: {second}");
    let change = &newest["changes"]["nodes"];
    assert_eq!((&change[0]["field"], change[0]["text"].as_str()), (&json!("SPEC_ITEM"), Some(text.as_str())));
    assert_eq!(change.as_array().unwrap().len(), 1);
    assert!(change[0]["textZh"].as_str().unwrap().contains("规格对照品目"));
    for item in [first, second] {
        assert!(newest["canonical"].as_str().unwrap().contains(&format!("\"item\":\"{item}\"")));
    }
}

/// Another announcement with the custodians of that one.
fn drawn_from_with(item: &str, like: &Value) -> Value {
    let mut announcement = drawn_from(item);
    announcement["custodians"] = like["custodians"].clone();
    announcement
}
