//! 可比组: what an item is compared with.
use serde_json::{Value, json};

use super::support::{Registry, code, irbesartan, new_item, text};
use crate::support::world::World;

impl Registry {
    /// The items that one is compared with in a way, page by page of two.
    async fn comparable(&self, item: &str, group: &str, as_of: Value) -> Vec<String> {
        let (mut all, mut after) = (Vec::new(), Value::Null);
        loop {
            let query = "query($id: ID!, $asOf: AsOfInput, $group: ComparisonGroup!, $after: String) { item(id: $id, asOf: $asOf) {
                comparable(group: $group, first: 2, after: $after) { pageInfo { hasNextPage endCursor } nodes { id state { status } } } } }";
            let asked = json!({ "id": item, "asOf": as_of, "group": group, "after": after });
            let found = self.firm.asks_with(query, asked).await.done()["comparable"].clone();
            let nodes = found["nodes"].as_array().unwrap();
            assert!(nodes.len() <= 2);
            all.extend(nodes.iter().map(|node| text(&node["id"])));
            if found["pageInfo"]["hasNextPage"] != true {
                return all;
            }
            after = found["pageInfo"]["endCursor"].clone();
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_item_is_compared_with_those_that_are_the_same_in_what_the_group_asks() {
    let world = World::new().await;
    let registry = Registry::of(&world).await;
    let add = |name: &str, form: Option<&str>, spec: &str, holder: &str, codes: Vec<Value>| {
        let mut content = irbesartan(spec, holder);
        content["genericName"] = json!(name);
        content["form"] = json!(form);
        new_item(content, codes, "2020-01-01")
    };
    let atc = |value: &str| vec![code("atc", value, "2020-01-01")];
    let tablets = Some("片剂");
    let one = registry.does(add("厄贝沙坦片", tablets, "75mg*7片", "甲药业(杭州)", atc("C09CA04"))).await;
    // Written differently: full width, blanks, capitals, another unit and pack; the material tells the packs of one firm apart.
    let written =
        registry.does(add("厄贝沙坦 片", Some("片 剂"), "０．０７５ｇ×14片", "乙药业", vec![])).await;
    let mut pack = add("厄贝沙坦片", tablets, "75mg*14片", "甲药业（杭州）", vec![]);
    pack["new"]["otherThan"] = json!(one);
    pack["new"]["item"]["content"]["material"] = json!("瓶");
    let pack = registry.does(pack).await;
    let stronger = registry.does(add("厄贝沙坦片", tablets, "150mg", "甲药业(杭州)", atc("C09CA01"))).await;
    let capsules =
        registry.does(add("厄贝沙坦胶囊", Some("胶囊剂"), "75mg", "甲药业(杭州)", atc("C09CA"))).await;
    let other = registry.does(add("盐酸二甲双胍片", tablets, "75mg", "甲药业(杭州)", atc("A10BA02"))).await;
    let formless = registry.does(add("厄贝沙坦片", None, "75mg", "丙药业", atc("C09"))).await;
    let gone = registry.does(add("厄贝沙坦片", tablets, "75mg", "丁药业", vec![])).await;
    let end = json!({ "retire": { "item": gone, "status": "WITHDRAWN", "validFrom": "2024-01-01" } });
    registry.does(end).await;

    let now = json!({});
    let compared = async |item: &str, group: &str, expected: &[&String]| {
        let mut expected: Vec<&str> = expected.iter().map(|one| one.as_str()).collect();
        expected.sort_unstable();
        assert_eq!(registry.comparable(item, group, now.clone()).await, expected, "{group}");
    };
    compared(&one, "SAME4", &[&pack]).await;
    compared(&one, "SAME3", &[&pack, &written]).await;
    compared(&one, "SAME_HOLDER", &[&pack, &stronger]).await;
    compared(&one, "SAME_GENERIC", &[&pack, &written, &stronger]).await;
    compared(&one, "THERAPEUTIC_CLASS", &[&stronger, &capsules]).await;
    compared(&one, "CONSUMABLE_CLASS", &[]).await;
    compared(&formless, "SAME_GENERIC", &[]).await;
    compared(&formless, "THERAPEUTIC_CLASS", &[]).await;
    compared(&other, "SAME3", &[]).await;
    // Before it was withdrawn it was compared too.
    let before = registry.comparable(&one, "SAME3", json!({ "validOn": "2023-12-31" })).await;
    assert_eq!((before.len(), before.contains(&gone)), (3, true));
}

#[tokio::test(flavor = "multi_thread")]
async fn consumables_of_one_class_and_name_are_compared() {
    let world = World::new().await;
    let registry = Registry::of(&world).await;
    let add = |national: &str, holder: &str| {
        let mut item = new_item(
            irbesartan("6F", holder),
            vec![code("nhsa-consumable", national, "2020-01-01")],
            "2020-01-01",
        );
        item["new"]["item"]["kind"] = json!("CONSUMABLE");
        item
    };
    let one = registry.does(add("C0201010520000101234", "甲器械")).await;
    let same = registry.does(add("C0201010520000205678", "乙器械")).await;
    registry.does(add("C0201010530000205678", "丙器械")).await;
    assert_eq!(registry.comparable(&one, "CONSUMABLE_CLASS", json!({})).await, [same]);
}
