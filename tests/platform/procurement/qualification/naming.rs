//! A product names the registry's item: by its id, or by any code of it. What was used stays, whatever the registry says later.
use serde_json::{Value, json};

use super::{applies, decides, drafts, product, revises};
use crate::catalog::support::{Registry, code, gtin, irbesartan, new_item, text};
use crate::support::actor::{Actor, Outcome};
use crate::support::rounds::{a_round, announced};
use crate::support::world::World;

const NATIONAL: &str = "XC09CAA123A001010112345";
const APPROVAL: &str = "国药准字H20123298";

/// What the products of an application name.
async fn named(reader: &Actor, id: &str) -> Vec<Value> {
    let query = format!(
        "{{ qualification(id: {id:?}) {{ products {{ nodes {{ id status itemUse {{ itemId system code release resolvedAt state {{ holderName }} }}
            item {{ id state {{ holderName }} }} }} }} }} }}"
    );
    reader.asks(&query).await.done()["products"]["nodes"].as_array().unwrap().clone()
}

fn naming(spec: &str, field: &str, value: &str) -> Value {
    let mut product = product(spec, "厄贝沙坦片");
    product[field] = json!(value);
    product
}

/// The code of a refusal, in both languages, and what it offers instead.
#[track_caller]
fn told(outcome: &Outcome) -> (String, String) {
    let extensions = &outcome.json["errors"][0]["extensions"];
    assert!(!extensions["messageZh"].as_str().unwrap().is_ascii(), "{}", outcome.json);
    (outcome.code(), extensions["allowed"].as_str().unwrap_or_default().to_owned())
}

#[tokio::test(flavor = "multi_thread")]
async fn an_item_that_may_not_be_used_is_refused_with_the_one_that_may() {
    let world = World::new().await;
    let registry = Registry::of(&world).await;
    let [old, gone, single] = [7, 8, 9].map(gtin);
    let add = |spec: &str, holder: &str, codes: &[(&str, &str)]| {
        let codes = codes.iter().map(|(system, value)| code(system, value, "2020-01-01")).collect();
        new_item(irbesartan(spec, holder), codes, "2020-01-01")
    };
    let standing = [("nhsa-western", NATIONAL), ("nmpa-approval", APPROVAL)];
    let item = registry.does(add("75mg", "甲药业", &standing)).await;
    let replaced = registry.does(add("75mg", "乙药业", &[("gtin", &old), ("nmpa-approval", APPROVAL)])).await;
    let by = json!({ "supersede": { "item": replaced, "by": item, "validFrom": "2024-01-01" } });
    let retired = registry.does(add("75mg", "丙药业", &[("gtin", &gone)])).await;
    let other = registry.does(add("150mg", "甲药业", &[("nmpa-approval", APPROVAL)])).await;
    let mut device = add("150mg", "丁药业", &[("gtin", &single)]);
    device["new"]["item"]["kind"] = json!("CONSUMABLE");
    registry.does(device).await;
    registry.does(by).await;
    let end = json!({ "retire": { "item": retired, "status": "WITHDRAWN", "validFrom": "2024-01-01" } });
    registry.does(end).await;
    let suspend = json!({ "retire": { "item": other, "status": "SUSPENDED", "validFrom": "2024-01-01" } });

    let round = announced(&world, a_round()).await;
    let firm = world.manager("MANUFACTURER", "440000").await;
    let spec = round.spec(1, "10");
    let tries =
        async |field: &str, value: &str| told(&drafts(&firm, &round.id, &[naming(spec, field, value)]).await);
    let instead = format!("{NATIONAL} 厄贝沙坦片");
    for (field, value, expected, allowed) in [
        ("itemCode", old.as_str(), "ITEM_REPLACED", instead.as_str()),
        ("item", &replaced, "ITEM_REPLACED", &instead),
        ("itemCode", &gone, "ITEM_RETIRED", ""),
        ("item", &retired, "ITEM_RETIRED", ""),
        ("itemCode", APPROVAL, "ITEM_CODE_AMBIGUOUS", ""),
        ("item", "itm_00000000000000000000000000000000", "NOT_FOUND", ""),
    ] {
        assert_eq!(tries(field, value).await, (expected.to_owned(), allowed.to_owned()), "{field} {value}");
    }
    registry.does(suspend).await;
    assert_eq!(tries("item", &other).await.0, "ITEM_RETIRED", "suspended items are for nothing new");
    let (refused, place) = tries("itemCode", "XC09CAA123A00101011234").await;
    assert_eq!((refused.as_str(), place.contains("CODE_LENGTH 23")), ("ITEM_CODE_INVALID", true), "{place}");
    let mut both = naming(spec, "item", &item);
    both["itemCode"] = json!(NATIONAL);
    drafts(&firm, &round.id, &[both]).await.refused("PRODUCTS_INVALID");
    let (refused, why) = tries("itemCode", &single).await;
    assert_eq!((refused.as_str(), why.contains("DRUG")), ("PRODUCTS_INVALID", true), "{why}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_used_stays_and_an_unknown_code_is_kept_until_the_registry_knows_it() {
    let world = World::new().await;
    let registry = Registry::of(&world).await;
    let (known, unknown) = (gtin(7), gtin(8));
    let codes = vec![code("nhsa-western", NATIONAL, "2020-01-01"), code("gtin", &known, "2020-01-01")];
    let item = registry.does(new_item(irbesartan("75mg", "甲药业"), codes, "2020-01-01")).await;
    let round = announced(&world, a_round()).await;
    let firm = world.manager("MANUFACTURER", "440000").await;
    let scanned = format!("(01){known}(10)A1");
    let offered = [
        naming(round.spec(1, "10"), "itemCode", &scanned),
        naming(round.spec(1, "20"), "item", &item),
        naming(round.spec(2, "100"), "itemCode", &unknown),
    ];
    let written = applies(&firm, &round.id, &offered).await;
    let first = named(&firm, &written.id).await;
    let used = |one: &Value| {
        (one["itemUse"]["system"].clone(), one["itemUse"]["code"].clone(), one["itemUse"]["itemId"].clone())
    };
    assert_eq!(used(&first[0]), (json!("gtin"), json!(known), json!(item)));
    assert_eq!(used(&first[1]), (json!("nhsa-western"), json!(NATIONAL), json!(item)));
    assert_eq!(used(&first[2]), (json!("gtin"), json!(unknown), json!(null)));
    assert_eq!((&first[2]["item"], &first[2]["itemUse"]["state"]), (&json!(null), &json!(null)));
    let approved: Vec<_> = written.products.iter().map(|one| (one.as_str(), "APPROVE", None)).collect();
    decides(&round.office, (&written.id, 2), &approved).await.done();
    round.office.moves("returnQualification", (&written.id, 3), Some("请补正")).await.done();

    // The registry corrects the item for all of its days, replaces it, and learns of the other code.
    let corrected = json!({ "change": { "item": item, "content": irbesartan("75mg", "丁药业"), "validFrom": "2020-01-01" } });
    registry.does(corrected).await;
    let codes = vec![code("gtin", &unknown, "2020-01-01")];
    let learnt = registry.does(new_item(irbesartan("150mg", "乙药业"), codes, "2020-01-01")).await;
    let by = json!({ "supersede": { "item": item, "by": learnt, "validFrom": "2021-01-01" } });
    registry.does(by).await;

    let held = |at: usize| {
        let mut held = offered[at].clone();
        held["id"] = json!(written.products[at]);
        held
    };
    revises(&firm, (&written.id, 4), &[held(0), held(1), held(2)]).await.done();
    let second = named(&firm, &written.id).await;
    for at in [0, 1] {
        assert_eq!(
            second[at]["itemUse"], first[at]["itemUse"],
            "it keeps what was used, and what was said then"
        );
        assert_eq!(text(&second[at]["itemUse"]["state"]["holderName"]), "甲药业");
        assert_eq!(text(&second[at]["item"]["state"]["holderName"]), "丁药业");
        assert_eq!(second[at]["status"], "APPROVED", "nothing of it changed");
    }
    assert_eq!(used(&second[2]), (json!("gtin"), json!(unknown), json!(learnt)));
    assert_eq!(second[2]["status"], "PENDING", "it names something now that nobody looked at");
    let neighbour = world.manager("MANUFACTURER", "440000").await;
    let query =
        format!("{{ qualification(id: {:?}) {{ products {{ nodes {{ item {{ id }} }} }} }} }}", written.id);
    neighbour.asks(&query).await.refused("NOT_FOUND");
}
