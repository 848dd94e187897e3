//! Results and contracts name the registry's item, with the code and the release that were used; what becomes of the item later changes none of it.
use serde_json::{Value, json};

use super::deal::{Party, document, generates};
use super::support::{HEADER, announcing, begins, comes_to, pilot, shanghai};
use crate::catalog::lists::{Row, compared, publishes, table};
use crate::catalog::support::{Registry, code, gtin, irbesartan, new_item, text};
use crate::support::actor::Actor;
use crate::support::world::World;

const NAME: &str = "上海执行结果";
const NATIONAL: &str = "XC09CAA123A001010112345";
const USE: &str = "itemUse { itemId system code release resolvedAt state { genericName status holderName } } item { id state { genericName status holderName } }";

/// A result whose rows have these codes beside what the first rows of the pilot of 2018 say; the first one is of a firm of the platform.
fn coded(firm: &Actor, codes: &[&str]) -> String {
    let credit_code = firm.login.split_once('@').unwrap().1;
    let rows = pilot("310000").into_iter().skip(4).zip(codes);
    let row = |(row, code): (String, &&str)| format!("{row}1000,{code}\n");
    let rows: String = rows.map(row).collect();
    format!("{HEADER},医保编码\n{}", rows.replacen("浙江华海,,", &format!("浙江华海,{credit_code},"), 1))
}

async fn brings(office: &Actor, bytes: &str, rejected: &str) -> String {
    let import = begins(office, bytes.as_bytes()).await;
    let done = comes_to(office, &import, "DONE").await;
    assert_eq!(done["rowsRejected"], rejected, "{done}");
    import
}

/// How many products name an item, and the warnings as (lot, code of the warning, code of the product).
async fn tried(office: &Actor, import: &str) -> (i64, Vec<(i64, String, String)>) {
    let query = format!(
        "{{ importedResult(import: {import:?}, name: {NAME:?}) {{ itemsKnown warnings(first: 10) {{ nodes {{ lotNumber name itemCode code
            message messageZh allowed }} }} }} }}"
    );
    let found = office.asks(&query).await.done();
    let warning = |one: &Value| {
        assert!(
            one["message"].as_str().unwrap().is_ascii() && !one["messageZh"].as_str().unwrap().is_ascii()
        );
        (one["lotNumber"].as_i64().unwrap(), text(&one["code"]), text(&one["itemCode"]))
    };
    (
        found["itemsKnown"].as_i64().unwrap(),
        found["warnings"]["nodes"].as_array().unwrap().iter().map(warning).collect(),
    )
}

async fn products(reader: &Actor, result: &str) -> Vec<Value> {
    let query = format!(
        "{{ officialResult(id: {result:?}) {{ products(first: 10) {{ nodes {{ id lotNumber name price {USE} }} }} }} }}"
    );
    reader.asks(&query).await.done()["products"]["nodes"].as_array().unwrap().clone()
}

async fn contract(reader: &Actor) -> Value {
    let query = format!("{{ contracts(first: 5) {{ nodes {{ id productId {USE} }} }} }}");
    reader.asks(&query).await.done()["nodes"][0].clone()
}

/// The national list, of irbesartan under that code by a company, and of something else.
fn list(rows: &[(&str, &str)]) -> String {
    let row = |(code, company): &(&str, &str)| Row::of(code, "厄贝沙坦片").by(company);
    table(&rows.iter().map(row).collect::<Vec<_>>())
}

#[tokio::test(flavor = "multi_thread")]
async fn an_old_contract_keeps_the_code_and_the_release_that_it_used() {
    let world = World::new().await;
    let office = shanghai(&world).await;
    let registry = Registry::of(&world).await;
    let mut firm = Party::of(world.manager("MANUFACTURER", "330000").await).await;
    let other = "XC09CAA123A001010154321";
    let (gone, unknown) = (gtin(7), gtin(8));
    compared(&office, 1, "2026-01-01", list(&[(NATIONAL, "甲药业"), (other, "乙药业")]).as_bytes()).await;
    publishes(&office, 1).await;
    let old = registry
        .does(new_item(irbesartan("150mg", "丙药业"), vec![code("gtin", &gone, "2020-01-01")], "2020-01-01"))
        .await;
    let end = json!({ "retire": { "item": old, "status": "WITHDRAWN", "validFrom": "2024-01-01" } });
    registry.does(end).await;

    let malformed = coded(&firm.actor, &[NATIONAL, "XC09CAA123A00101011234"]);
    brings(&office, &malformed, "1").await;
    let import = brings(&office, &coded(&firm.actor, &[NATIONAL, &unknown, &gone, ""]), "0").await;
    let (known, warnings) = tried(&office, &import).await;
    let expected =
        [(6, "ITEM_CODE_UNKNOWN".to_owned(), unknown.clone()), (7, "ITEM_RETIRED".to_owned(), gone.clone())];
    assert_eq!((known, warnings), (2, expected.to_vec()));
    let announced = office.does("announceImportedResult", announcing(&import, NAME, 0), "id").await.done();
    let result = text(&announced["id"]);
    let sold = products(&office, &result).await;
    let used = |one: &Value| {
        (one["itemUse"]["system"].clone(), one["itemUse"]["code"].clone(), one["itemUse"]["release"].clone())
    };
    assert_eq!(used(&sold[0]), (json!("nhsa-western"), json!(NATIONAL), json!(1)));
    assert_eq!((&sold[1]["itemUse"]["code"], &sold[1]["itemUse"]["itemId"]), (&json!(unknown), &json!(null)));
    assert_eq!((&sold[2]["itemUse"]["itemId"], &sold[2]["itemUse"]["release"]), (&json!(old), &json!(null)));
    assert_eq!(sold[3]["itemUse"], json!(null));
    let public = world.nobody();
    let query = |fields: &str| {
        format!("{{ officialResult(id: {result:?}) {{ products(first: 1) {{ nodes {{ {fields} }} }} }} }}")
    };
    let shown = public.asks(&query("itemUse { code release state { status } }")).await.done();
    assert_eq!(shown["products"]["nodes"][0]["itemUse"]["state"]["status"], "ACTIVE");
    public.asks(&query("item { id }")).await.refused("UNAUTHENTICATED");

    generates(&office, &result).await.done();
    let hospital = world.manager("HOSPITAL", "310000").await;
    let first = contract(&office).await;
    let id = text(&first["id"]);
    let part = json!([{ "institution": hospital.organization, "volume": "1000" }]);
    let input =
        json!({ "id": id, "version": 1, "idempotencyKey": crate::support::actor::key(), "parts": part });
    office.does("splitContract", input, "id").await.done();
    let item = text(&first["item"]["id"]);
    assert_eq!(used(&first), used(&sold[0]));
    let sealed = document(&firm.actor, &id).await;
    let named =
        format!(r#""item":{{"system":"nhsa-western","code":"{NATIONAL}","item":"{item}","release":1}}"#);
    assert!(sealed.contains(&named), "{sealed}");
    firm.gives(&[firm.seal(&sealed)]).await.done();

    // The firm's name is corrected for all days; then the next list has the item no more.
    let corrected = json!({ "change": { "item": item, "content": irbesartan("75mg", "丁药业"), "validFrom": "2026-01-01" } });
    registry.does(corrected).await;
    compared(&office, 2, "2026-02-01", list(&[(other, "乙药业")]).as_bytes()).await;
    publishes(&office, 2).await;
    firm.logs_in(&world).await;
    let later = contract(&firm.actor).await;
    assert_eq!(later["itemUse"], first["itemUse"], "what was used then, and what was said of it then");
    let state = |one: &Value| (text(&one["status"]), text(&one["holderName"]));
    assert_eq!(state(&later["itemUse"]["state"]), ("ACTIVE".to_owned(), "甲药业".to_owned()));
    assert_eq!(state(&later["item"]["state"]), ("DEPRECATED".to_owned(), "丁药业".to_owned()));
    assert_eq!(document(&firm.actor, &id).await, sealed, "what was sealed stays");

    // What is brought in again under the old code keeps it, with the newest release, and says that it is gone.
    let import = brings(&office, &coded(&firm.actor, &[NATIONAL]), "0").await;
    assert_eq!(tried(&office, &import).await, (1, vec![(5, "ITEM_RETIRED".to_owned(), NATIONAL.to_owned())]));
    let again = office.does("announceImportedResult", announcing(&import, NAME, 1), "id").await.done();
    assert_eq!(products(&office, &text(&again["id"])).await[0]["itemUse"]["release"], 2);
    assert_eq!(products(&office, &result).await[0]["itemUse"], sold[0]["itemUse"]);

    knows_what_names_it(&item, &office, &registry.firm).await;
}

/// An item knows what names it, the newest first; who may see a price there is who may see it in the result.
async fn knows_what_names_it(item: &str, office: &Actor, neighbour: &Actor) {
    let of_item = format!(
        "{{ item(id: {item:?}) {{ selectedProducts(first: 1) {{ pageInfo {{ hasNextPage endCursor }} nodes {{ price itemUse {{ release }} }} }}
            rounds(first: 5) {{ nodes {{ id }} }} }} }}"
    );
    let seen = office.asks(&of_item).await.done();
    assert_eq!(
        seen["selectedProducts"]["nodes"],
        json!([{ "price": "0.2021", "itemUse": { "release": 2 } }])
    );
    assert_eq!(seen["rounds"]["nodes"], json!([]));
    let after = format!("first: 1, after: {}", seen["selectedProducts"]["pageInfo"]["endCursor"]);
    let seen = office.asks(&of_item.replacen("first: 1", &after, 1)).await.done();
    assert_eq!(seen["selectedProducts"]["nodes"][0]["itemUse"]["release"], 1);
    assert_eq!(seen["selectedProducts"]["pageInfo"]["hasNextPage"], false);
    let hidden = neighbour.asks(&of_item).await.done();
    assert_eq!(hidden["selectedProducts"]["nodes"][0]["price"], json!(null));
}

/// The registration of an item ends before the contracts of what is selected: found when the result is announced, and when the end is told.
#[tokio::test(flavor = "multi_thread")]
async fn a_registration_that_ends_while_its_item_is_selected_is_found_from_both_sides() {
    let world = World::new().await;
    let (office, registry) = (shanghai(&world).await, Registry::of(&world).await);
    let firm = world.manager("MANUFACTURER", "330000").await;
    let approval = |number: &str, to: Option<&str>| {
        let mut approval = code("nmpa-approval", number, "2020-01-01");
        approval["validTo"] = json!(to);
        approval
    };
    let mut made = Vec::new();
    for (number, to) in [(1, Some("2029-12-31")), (2, Some("2030-01-01")), (3, None), (4, Some("2028-01-01"))]
    {
        let codes = vec![
            code("gtin", &gtin(number), "2020-01-01"),
            approval(&format!("国药准字H2012320{number}"), to),
        ];
        let holder = format!("{number}药业");
        made.push(registry.does(new_item(irbesartan("75mg", &holder), codes, "2020-01-01")).await);
    }
    // The last one's place is taken by another one in time.
    let renewed = json!({ "link": { "item": made[3], "codes": [approval("国药准字H20129999", None)] } });
    registry.does(renewed).await;
    assert!(registry.conflicts().await.is_empty(), "nothing is selected yet");
    let codes = [1, 2, 3, 4].map(gtin);
    let codes: Vec<&str> = codes.iter().map(String::as_str).collect();
    let rows = coded(&firm, &codes).replace("2019-12-31", "2029-12-31");
    let import = brings(&office, &rows, "0").await;
    office.does("announceImportedResult", announcing(&import, NAME, 0), "id").await.done();
    let open = async || {
        let found = registry.conflicts().await;
        let one = |one: &Value| (text(&one["kind"]), text(&one["itemId"]), text(&one["value"]));
        found.iter().map(one).collect::<Vec<_>>()
    };
    let expected = |item: usize, number: &str| {
        ("REGISTRATION_EXPIRED".to_owned(), made[item].clone(), number.to_owned())
    };
    assert_eq!(open().await, [expected(0, "国药准字H20123201")], "the day after the last one is soon enough");

    // It is told later when another one ends: a year before the contracts do.
    let ends =
        json!({ "link": { "item": made[2], "codes": [approval("国药准字H20125555", Some("2029-01-01"))] } });
    registry.does(ends).await;
    assert_eq!(open().await.len(), 1, "another registration of the item holds until then");
    let late =
        json!({ "link": { "item": made[1], "codes": [approval("国药准字H20126666", Some("2029-01-01"))] } });
    registry.does(late).await;
    assert_eq!(open().await.len(), 1, "and so does this one's");
    for conflict in registry.conflicts().await {
        registry.resolves_conflict(&conflict, "DISMISSED").await.done();
    }

    // Of an older edition nothing is selected any more.
    let import = brings(&office, &coded(&firm, &codes[1..2]).replace("2019-12-31", "2031-12-31"), "0").await;
    office.does("announceImportedResult", announcing(&import, NAME, 1), "id").await.done();
    let both = [expected(1, "国药准字H20123202"), expected(1, "国药准字H20126666")];
    let mut found = open().await;
    found.sort_unstable();
    assert_eq!(found, both);
}
