//! One search for whatever somebody has in hand.
use std::time::{Duration, Instant};

use jicai_server::serve::Service;
use serde_json::{Value, json};

use super::lists::{Row, compared, looks_up, office, publishes, sample, table};
use super::support::{Registry, irbesartan, new_item, text};
use crate::support::actor::Actor;
use crate::support::world::{World, config};

const DAY: &str = "2026-09-01";

/// The sample published, and consumables and pieces that there are not.
async fn published(world: &World) -> (Actor, Vec<Row>) {
    let office = office(world).await;
    let mut rows = sample();
    rows.push(Row::of("C0201010520000101234", "模拟数据鞘组"));
    rows.push(Row::of("T000100001", "模拟数据饮片"));
    rows.push(Row::of("T0001000001000010166", "模拟数据配方颗粒"));
    rows.push(Row::of("XA06ADF336P001010199998", "Simulated Amoxicillin Capsules"));
    rows.push(Row::of("XA06ADF336P001010199997", "阿莫西林胶囊"));
    compared(&office, 1, "2026-08-01", table(&rows).as_bytes()).await;
    publishes(&office, 1).await;
    (office, rows)
}

fn kind(found: &Value) -> (Option<&str>, bool) {
    (found["code"]["kind"].as_str(), found["code"]["valid"] == true)
}

fn names<'f>(found: &'f Value, of: &str) -> Vec<&'f str> {
    let list = if of == "named" { &found["named"]["nodes"] } else { &found[of] };
    list.as_array().unwrap().iter().map(|item| item["genericName"].as_str().unwrap()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn any_code_tells_what_it_is_and_which_item_it_names() {
    let world = World::new().await;
    let (_office, rows) = published(&world).await;
    let anybody = world.nobody();
    let typed = format!(" {} ", rows[0].code.to_lowercase());
    let found = looks_up(&anybody, &typed, DAY).await;
    assert_eq!(
        (kind(&found), names(&found, "items")),
        ((Some("nhsa-western"), true), vec![rows[0].name.as_str()])
    );
    let codes: Vec<&str> = found["items"][0]["codes"]
        .as_array()
        .unwrap()
        .iter()
        .map(|code| code["kind"].as_str().unwrap())
        .collect();
    assert_eq!(codes, ["cn-standard-code-14", "nhsa-western", "nmpa-approval"]);
    assert_eq!(found["code"]["parts"][5], json!({ "name": "pack", "value": "01" }));
    for row in rows.iter().filter(|row| !row.standard.is_empty()) {
        let found = looks_up(&anybody, &row.standard, DAY).await;
        assert_eq!(kind(&found), (Some("cn-standard-code-14"), true));
        assert!(names(&found, "items").contains(&row.name.as_str()), "{found}");
    }
    let licensed = looks_up(&anybody, &rows[0].approval, DAY).await;
    assert_eq!(kind(&licensed), (Some("nmpa-approval"), true));
    assert!(names(&licensed, "items").contains(&rows[0].name.as_str()), "{licensed}");
    for (text, expected, items) in [
        ("C0201010520000101234", ("nhsa-consumable", true), vec!["模拟数据鞘组"]),
        ("C02010105200001012340000001", ("nhsa-consumable", true), vec!["模拟数据鞘组"]),
        ("T000100001", ("nhsa-piece", true), vec!["模拟数据饮片"]),
        ("Ｔ０００１０００００１０００Ｏ１０１６６", ("nhsa-granule", false), vec![]),
        ("T0001000001000010166", ("nhsa-granule", true), vec!["模拟数据配方颗粒"]),
        ("]d20106901234567892112612311728123110A213B1\u{1d}211234", ("gs1", true), vec![]),
        ("6901234567892", ("gtin", true), vec![]),
        ("81234567890123456789", ("trace-code", true), vec![]),
        ("国械注准20163771234", ("nmpa-device", true), vec![]),
        ("000123456000012343", ("sscc", true), vec![]),
        ("0781-1506-10", ("ndc", true), vec![]),
        ("003105120040000", ("nhsa-service", true), vec![]),
    ] {
        let found = looks_up(&anybody, text, DAY).await;
        assert_eq!((kind(&found), names(&found, "items")), ((Some(expected.0), expected.1), items), "{text}");
    }
    let lot = looks_up(&anybody, "]d20106901234567892112612311728123110A213B1\u{1d}211234", DAY).await;
    let parts = lot["code"]["parts"].as_array().unwrap();
    assert!(parts.iter().any(|part| part["value"] == "A213B1"), "{lot}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mistyped_code_tells_where_and_which_one_was_meant() {
    let world = World::new().await;
    let (_office, rows) = published(&world).await;
    let anybody = world.nobody();
    let meant = rows.iter().find(|row| row.code.starts_with('Z')).unwrap();
    let last = meant.code.chars().last().unwrap();
    let digit = |one: char| char::from_digit((one.to_digit(10).unwrap() + 1) % 10, 10).unwrap();
    let wrong = format!("{}{}", &meant.code[..19], digit(last));
    assert!(rows.iter().all(|row| row.code != wrong));
    let short = &meant.code[..19];
    let letter = format!("{}O{}", &meant.code[..11], &meant.code[12..]);
    for (text, valid, error) in [
        (wrong.as_str(), true, None),
        (short, false, Some(("CODE_LENGTH", 20))),
        (&letter, false, Some(("CODE_CHARACTER", 12))),
    ] {
        let found = looks_up(&anybody, text, DAY).await;
        assert_eq!((kind(&found), names(&found, "items").len()), ((Some("nhsa-tcm"), valid), 0), "{text}");
        let near: Vec<&str> =
            found["near"].as_array().unwrap().iter().map(|one| one["foundBy"].as_str().unwrap()).collect();
        assert!(near.contains(&meant.code.as_str()), "{text}: {near:?}");
        let told = found["code"]["errors"]
            .get(0)
            .map(|one| (one["code"].as_str().unwrap(), one["position"].as_i64().unwrap()));
        assert_eq!(told, error, "{text}");
    }
    let standard = looks_up(&anybody, "86902551000258", DAY).await;
    assert_eq!(standard["code"]["errors"][0]["code"], "CODE_CHECK_DIGIT");
    assert_eq!(standard["near"][0]["foundBy"], "86902551000259");
    let nothing = looks_up(&anybody, "什么也不是的名字", DAY).await;
    assert_eq!((kind(&nothing), names(&nothing, "named").len()), ((None, false), 0));
    let asked = json!({ "text": "x".repeat(501) });
    anybody
        .asks_with("query($text: String!) { lookup(text: $text) { text } }", asked)
        .await
        .refused("NAME_INVALID");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_name_is_found_in_chinese_by_its_sound_by_its_initials_and_with_a_mistake() {
    let world = World::new().await;
    let (_office, _rows) = published(&world).await;
    let anybody = world.nobody();
    for (text, first) in [
        ("阿莫西林胶囊", "阿莫西林胶囊"),
        ("阿莫西林", "阿莫西林胶囊"),
        ("阿莫四林胶囊", "阿莫西林胶囊"),
        ("amoxilin", "阿莫西林胶囊"),
        ("amxljn", "阿莫西林胶囊"),
        ("AMX", "阿莫西林胶囊"),
        ("amoxlinjiaonang", "阿莫西林胶囊"),
        ("simulated amoxicillin", "Simulated Amoxicillin Capsules"),
        ("simulated amoxicilin", "Simulated Amoxicillin Capsules"),
        ("他达拉菲片", "他达拉非片"),
        ("tadalafei", "他达拉非片"),
        ("重组人干扰素", "重组人干扰素α2b栓"),
        ("czrgrs", "重组人干扰素α2b栓"),
        ("枸橼酸西地那非片", "枸橼酸西地那非片"),
    ] {
        let found = looks_up(&anybody, text, DAY).await;
        let named = names(&found, "named");
        let nearly = first == "重组人干扰素α2b栓";
        let right = named.first() == Some(&first)
            || nearly && named.first().is_some_and(|one| one.starts_with("重组人干扰素"));
        assert!(found["isName"] == true && right, "{text}: {named:?}");
    }
    let early = looks_up(&anybody, "阿莫西林胶囊", "2026-07-31").await;
    assert_eq!(names(&early, "named").len(), 0);
    assert_eq!(paged(&anybody, "枸橼酸西地那非片").await, 27);
}

/// How many items the pages of a name show before another name begins; each once.
async fn paged(reader: &Actor, name: &str) -> usize {
    let (mut seen, mut after) = (std::collections::BTreeSet::new(), String::from("null"));
    loop {
        let query = format!(
            "{{ lookup(text: {name:?}, on: {DAY:?}) {{ named(first: 4, after: {after}) {{ pageInfo {{ endCursor hasNextPage }} nodes {{ id genericName }} }} }} }}"
        );
        let part = reader.asks(&query).await.done()["named"].clone();
        for node in part["nodes"].as_array().unwrap() {
            if node["genericName"] != name {
                return seen.len();
            }
            assert!(seen.insert(node["id"].to_string()), "{node} is shown twice");
        }
        assert_eq!(part["pageInfo"]["hasNextPage"], true);
        after = part["pageInfo"]["endCursor"].to_string();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn two_servers_forget_what_they_remember_when_a_release_is_published() {
    let world = World::new().await;
    let other = Service::start(&config(&world.database), false).await.unwrap();
    let office = office(&world).await;
    let rows = sample();
    let (here, there) = (world.nobody(), Actor::nobody(other.address()));
    for (number, cutoff, company) in
        [(1, "2026-08-01", "模拟数据甲"), (2, "2026-09-01", "模拟数据乙"), (3, "2026-09-01", "模拟数据丙")]
    {
        for reader in [&here, &there, &here, &there] {
            assert_ne!(holder(reader, &rows[0].code).await.as_deref(), Some(company));
        }
        compared(&office, number, cutoff, table(&[rows[0].by(company)]).as_bytes()).await;
        publishes(&office, number).await;
        for reader in [&here, &there] {
            let begun = Instant::now();
            while holder(reader, &rows[0].code).await.as_deref() != Some(company) {
                assert!(begun.elapsed() < Duration::from_secs(5), "{company} is not seen");
            }
        }
    }
}

async fn holder(reader: &Actor, code: &str) -> Option<String> {
    let found = looks_up(reader, code, DAY).await;
    found["items"].get(0).map(|item| item["holderName"].as_str().unwrap().to_owned())
}

#[tokio::test(flavor = "multi_thread")]
async fn our_own_code_is_looked_up_like_any_other() {
    let world = World::new().await;
    let registry = Registry::of(&world).await;
    let item = registry.does(new_item(irbesartan("75mg", "甲药业"), vec![], "2020-01-01")).await;
    registry.does(new_item(irbesartan("150mg", "甲药业"), vec![], "2020-01-01")).await;
    let own = text(&registry.item(&item, json!({})).await["ownCode"]);
    let anybody = world.nobody();
    let found = looks_up(&anybody, &own.to_lowercase(), "").await;
    assert_eq!((kind(&found), &found["items"][0]["id"]), ((Some("jicai"), true), &json!(item)));
    assert_eq!(found["items"].as_array().unwrap().len(), 1);
    assert_eq!(found["code"]["parts"][1], json!({ "name": "item_kind", "value": "X" }));
    let mut mistaken = own.clone().into_bytes();
    mistaken[4] = b'7';
    let found = looks_up(&anybody, std::str::from_utf8(&mistaken).unwrap(), "").await;
    assert_eq!((kind(&found), &found["items"]), ((Some("jicai"), false), &json!([])));
    assert_eq!(found["code"]["errors"][0]["position"], 13);
    assert_eq!(found["near"][0]["id"], json!(item), "the one at distance one that there is");
    let resolved = registry.resolves(&format!(" {} ", own.to_lowercase()), "2026-01-01").await.done();
    assert_eq!((&resolved["systems"], &resolved["items"][0]["id"]), (&json!(["jicai"]), &json!(item)));
}
