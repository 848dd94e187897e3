//! Payment standards: reckoned by the rules, made of a result, brought in as a table; published by a second person, and never edited. 模拟数据.
use serde_json::{Value, json};

use crate::contract::support::{HEADER, announcing, begins as begins_result, comes_to};
use crate::listing::shelf::Shelf;
use crate::support::actor::{Actor, Outcome, key};
use crate::support::http::send;
use crate::support::postgres::texts;
use crate::support::redis::until;
use crate::support::world::World;

/// What everybody knows of payment standards now.
const SEEN: &str = "SELECT concat_ws(' ', observed_on, price::float8, pack_units, coalesce(packs::text, '-'), disclosed) AS line \
    FROM price_observations WHERE kind = 'STANDARD' AND superseded_by IS NULL ORDER BY observed_on, price";

/// Two persons of an authority, and who lists.
struct Authority {
    world: World,
    office: Actor,
    clerk: Actor,
    second: Actor,
}

impl Authority {
    async fn new() -> Authority {
        let world = World::new().await;
        let office = world.manager("PROCUREMENT_OFFICE", "320000").await;
        let second = world.manager("REGULATOR", "320000").await;
        let clerk = world.clerk(&second, "clerk", "REGULATOR").await;
        Authority { world, office, clerk, second }
    }

    async fn prepares(&self, standards: Value) -> Outcome {
        let input = json!({ "region": "320000", "standards": standards, "idempotencyKey": key() });
        self.clerk.does("preparePaymentStandards", input, "id version").await
    }

    async fn publishes(&self, standards: Value) -> Value {
        let prepared = self.prepares(standards).await.done();
        decides(&self.second, &prepared, true).await.done()
    }

    /// Yuan of the standard that a hospital finds of an item, and where.
    async fn finds(&self, who: &Actor, item: &str, on: &str) -> String {
        self.finds_of(who, (item, None), on).await
    }

    async fn finds_of(&self, who: &Actor, (item, pack): (&str, Option<&str>), on: &str) -> String {
        let query = "query($of: PaymentStandardOfInput!) { paymentStandard(of: $of) { standard } }";
        let of = json!({ "item": item, "packUnits": pack, "region": "320106", "on": on });
        let found = who.asks_with(query, json!({ "of": of })).await.done();
        found["standard"].as_str().unwrap_or("none").to_owned()
    }
}

async fn decides(who: &Actor, seen: &Value, publish: bool) -> Outcome {
    let input = json!({ "id": seen["id"], "version": seen["version"], "publish": publish,
        "reason": (!publish).then_some("录入错误"), "idempotencyKey": key() });
    who.does("decidePaymentStandards", input, "id version").await
}

fn beside(item: &str, [before, selected]: [&str; 2], passed: bool) -> Value {
    let beside = json!({ "before": before, "today": before, "selected": selected, "passed": passed });
    json!({ "item": item, "basis": "NOT_SELECTED", "beside": beside, "begins": "2026-03-01", "source": "苏医保发〔2026〕3号" })
}

fn told(item: &str, basis: &str, standard: Option<&str>, span: [&str; 2]) -> Value {
    let ends = Some(span[1]).filter(|ends| !ends.is_empty());
    json!({ "item": item, "basis": basis, "standard": standard, "begins": span[0], "ends": ends, "source": "苏医保发〔2026〕9号" })
}

async fn splits(who: &Actor, item: &str, [price, packs, rate]: [&str; 3]) -> Outcome {
    let query = "query($input: PaymentSplitInput!) { paymentSplit(input: $input) { fund patient standardOfPack by { standard source } } }";
    let of = json!({ "item": item, "region": "320106", "on": "2026-03-01" });
    let input = json!({ "of": of, "price": price, "packs": packs, "rate": rate });
    who.asks_with(query, json!({ "input": input })).await
}

#[tokio::test(flavor = "multi_thread")]
async fn standards_come_down_by_the_rules_and_split_what_is_paid_to_the_fen() {
    let authority = Authority::new().await;
    let Authority { world, office, clerk, second } = &authority;
    let hospital = world.manager("HOSPITAL", "320106").await;
    let original = Shelf::of(world, "甲药业", office).await;
    let twice = Shelf::of(world, "乙药业", office).await;
    let unpassed = Shelf::of(world, "丙药业", office).await;
    let rows = json!([
        beside(&original.item, ["5.80", "0.62"], true),
        beside(&twice.item, ["1.24", "0.62"], true),
        beside(&unpassed.item, ["1.00", "0.62"], false),
    ]);
    let input = json!({ "region": "320000", "standards": rows, "idempotencyKey": key() });
    hospital.does("preparePaymentStandards", input, "id").await.refused("FORBIDDEN");
    let prepared = authority.prepares(rows).await.done();
    decides(clerk, &prepared, true).await.refused("SECOND_PERSON_NEEDED");
    let neighbour = world.manager("REGULATOR", "330000").await;
    decides(&neighbour, &prepared, true).await.refused("NOT_FOUND");
    assert_eq!(authority.finds(&hospital, &original.item, "2026-03-01").await, "none");
    splits(&hospital, &original.item, ["81.20", "10", "0.6"]).await.refused("PAYMENT_STANDARD_UNKNOWN");

    let (one, other) = tokio::join!(decides(second, &prepared, true), decides(second, &prepared, true));
    let mut codes = [one.code(), other.code()];
    codes.sort();
    assert_eq!(codes, ["STALE_VERSION", "ok"]);
    for (day, expected) in [
        ("2026-02-28", "none"),
        ("2026-03-01", "4.06"),
        ("2027-02-28", "4.06"),
        ("2027-03-01", "2.34"),
        ("2028-02-29", "2.34"),
        ("2028-03-01", "0.62"),
        ("2035-01-01", "0.62"),
    ] {
        assert_eq!(authority.finds(&hospital, &original.item, day).await, expected, "{day}");
    }
    for item in [&twice.item, &unpassed.item] {
        assert_eq!(authority.finds(&hospital, item, "2026-03-01").await, "0.62");
    }

    // The fund's rate of the lower of price and standard, rounded once on the line; the patient pays the difference.
    for (bought, fund, patient) in [
        (["81.20", "10", "0.6"], "341.04", "470.96"),
        (["8.68", "10", "0.6"], "52.08", "34.72"),
        (["81.20", "1", "0.775"], "44.05", "37.15"),
        (["81.20", "1", "0"], "0.00", "81.20"),
    ] {
        let split = splits(&hospital, &original.item, bought).await.done();
        assert_eq!((&split["fund"], &split["patient"]), (&json!(fund), &json!(patient)), "{bought:?}");
        assert_eq!((&split["standardOfPack"], &split["by"]["standard"]), (&json!("56.84"), &json!("4.06")));
    }
    splits(&hospital, &original.item, ["81.20", "1", "1.01"]).await.refused("AMOUNT_INVALID");
    splits(&hospital, &original.item, ["81.20", "0", "0.6"]).await.refused("AMOUNT_INVALID");

    let shown = second.asks("{ paymentStandards(of: { region: \"320100\", on: \"2027-03-01\" }, first: 10) { nodes { itemId standard rules beside { before selected passed } } } }").await.done();
    let of = |item: &str| {
        shown["nodes"].as_array().unwrap().iter().find(|one| one["itemId"] == item).unwrap().clone()
    };
    assert_eq!(of(&original.item)["standard"], "2.34");
    assert_eq!(of(&original.item)["rules"], "cn-payment-standard-2019 1");
    assert_eq!(of(&original.item)["beside"], json!({ "before": "5.8", "selected": "0.62", "passed": true }));
    let subject = prepared["id"].as_str().unwrap();
    world.until_sequenced().await;
    let entries = world.entries(subject).await;
    assert_eq!(entries, ["PaymentStandardsPrepared", "PaymentStandardsPublished"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_published_later_holds_in_its_place_and_what_never_holds_is_no_price() {
    let authority = Authority::new().await;
    let Authority { world, office, second, .. } = &authority;
    let hospital = world.manager("HOSPITAL", "320106").await;
    let Shelf { item, .. } = &Shelf::of(world, "甲药业", office).await;
    authority.publishes(json!([beside(item, ["5.80", "0.62"], true)])).await;
    let seen = async |expected: &[&str]| {
        until("the standards are seen", async || texts(&world.database.app, SEEN).await == expected).await;
    };
    seen(&["2026-03-01 4.06 1 - t", "2027-03-01 2.34 1 - t", "2028-03-01 0.62 1 - t"]).await;

    let until_june = ["2026-06-01", "2027-06-30"];
    let later = json!([told(item, "PUBLISHED", Some("3.00"), until_june)]);
    authority.publishes(later).await;
    for (day, expected) in [
        ("2026-05-31", "4.06"),
        ("2026-06-01", "3"),
        ("2027-06-30", "3"),
        ("2027-07-01", "2.34"),
        ("2028-03-01", "0.62"),
    ] {
        assert_eq!(authority.finds(&hospital, item, day).await, expected, "{day}");
    }
    // The second year begins while the later one holds.
    seen(&["2026-03-01 4.06 1 - t", "2026-06-01 3 1 - t", "2027-03-01 2.34 1 0 t", "2028-03-01 0.62 1 - t"])
        .await;

    // A pack of its own, what was negotiated, the end.
    let pack = json!({ "item": item, "packUnits": "28", "basis": "PUBLISHED", "standard": "50.00", "begins": "2026-07-01", "source": "公告" });
    authority.publishes(json!([pack])).await;
    assert_eq!(authority.finds_of(&hospital, (item, Some("28")), "2026-07-01").await, "50");
    assert_eq!(authority.finds_of(&hospital, (item, Some("14")), "2026-07-01").await, "3");
    authority.publishes(json!([told(item, "NEGOTIATED", Some("2.5"), ["2026-08-01", ""])])).await;
    authority.publishes(json!([told(item, "PUBLISHED", Some("2.4"), ["2026-08-01", ""])])).await;
    assert_eq!(authority.finds(&hospital, item, "2026-08-01").await, "2.5");
    let gone = Shelf::of(world, "乙药业", office).await.item;
    authority.publishes(json!([told(&gone, "PUBLISHED", Some("1"), ["2026-01-01", ""])])).await;
    authority.publishes(json!([told(&gone, "ENDED", None, ["2026-09-01", ""])])).await;
    assert_eq!(authority.finds(&hospital, &gone, "2026-08-31").await, "1");
    assert_eq!(authority.finds(&hospital, &gone, "2026-09-01").await, "none");

    // What is given up never holds, and no two of a set hold on one day.
    let prepared =
        authority.prepares(json!([told(item, "NEGOTIATED", Some("1"), ["2026-08-01", ""])])).await.done();
    let voided = decides(second, &prepared, false).await.done();
    decides(second, &voided, true).await.refused("PAYMENT_STANDARD_STATE");
    assert_eq!(authority.finds(&hospital, item, "2026-08-01").await, "2.5");
    let twice = json!([
        told(item, "PUBLISHED", Some("1"), ["2026-01-01", ""]),
        told(item, "PUBLISHED", Some("2"), ["2026-02-01", ""])
    ]);
    authority.prepares(twice).await.refused("PAYMENT_STANDARD_INVALID");
    authority
        .prepares(json!([told("itm_00000000000000000000000000000000", "PUBLISHED", Some("1"), until_june)]))
        .await
        .refused("NOT_FOUND");
    let owner = &world.database.owner;
    let edited = texts(owner, "SELECT count(*) FILTER (WHERE status = 'PUBLISHED') || ' ' || count(DISTINCT position) AS line FROM payment_standard_sets").await;
    assert_eq!(edited, ["7 7"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_result_makes_the_standards_of_what_it_selects_and_of_what_is_listed_beside_it() {
    let authority = Authority::new().await;
    let Authority { world, office, clerk, second } = &authority;
    let (selected, original) =
        (Shelf::of(world, "甲药业", office).await, Shelf::of(world, "乙药业", office).await);
    let generic = Shelf::of(world, "丙药业", office).await;
    original.lists(office, "320000", "81.20").await;
    generic.lists(office, "320000", "8.40").await;
    selected.lists(office, "320000", "8.68").await;
    let flag = json!({ "item": original.item, "flag": "EVALUATED", "validFrom": "2026-01-01", "source": "参比制剂目录", "idempotencyKey": key() });
    office.does("flagItem", flag, "id").await.done();
    let code = office.asks(&format!("{{ item(id: {:?}) {{ ownCode }} }}", selected.item)).await.done();
    let row = format!(
        "1,厄贝沙坦片,厄贝沙坦片,75mg,片,,,甲药业,,0.62,PUBLISHED,1,2099-12-31,320000,MAIN,1000,{}",
        code["ownCode"].as_str().unwrap()
    );
    let import = begins_result(office, format!("{HEADER},医保编码\n{row}\n").as_bytes()).await;
    comes_to(office, &import, "DONE").await;
    let mut announce = announcing(&import, "省际联盟集采", 0);
    announce["disclosure"] = json!("SELECTED_WITH_PRICES");
    let result = office.does("announceImportedResult", announce, "id").await.done();

    let of = |region: &str| json!({ "result": result["id"], "region": region, "begins": "2026-12-01", "source": "苏医保发〔2026〕12号", "idempotencyKey": key() });
    clerk.does("prepareResultStandards", of("330000"), "id").await.refused("NOT_FOUND");
    let prepared = clerk.does("prepareResultStandards", of("320000"), "id version").await.done();
    decides(second, &prepared, true).await.done();
    let query = format!(
        "{{ paymentStandardsOfSet(set: {}, first: 20) {{ nodes {{ itemId basis begins ends standard }} }} }}",
        prepared["id"]
    );
    let shown = second.asks(&query).await.done();
    let of = |item: &str| -> Vec<String> {
        let own = shown["nodes"].as_array().unwrap().iter().filter(|one| one["itemId"] == item);
        own.map(|one| {
            format!(
                "{} {} {}",
                one["basis"].as_str().unwrap(),
                one["begins"].as_str().unwrap(),
                one["standard"].as_str().unwrap()
            )
        })
        .collect()
    };
    assert_eq!(of(&selected.item), ["SELECTED 2026-12-01 0.62"]);
    assert_eq!(
        of(&original.item),
        ["NOT_SELECTED 2026-12-01 4.06", "NOT_SELECTED 2027-12-01 2.34", "NOT_SELECTED 2028-12-01 0.62"]
    );
    // It asks for less than the selected price: its own price is the standard.
    assert_eq!(of(&generic.item), ["NOT_SELECTED 2026-12-01 0.6"]);
    let sets =
        second.asks("{ paymentStandardSets(first: 5) { nodes { status resultId rules } } }").await.done();
    assert_eq!(
        sets["nodes"],
        json!([{ "status": "PUBLISHED", "resultId": result["id"], "rules": "cn-payment-standard-2019 1" }])
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_published_table_is_prepared_whole_or_not_at_all() {
    let authority = Authority::new().await;
    let Authority { world, office, clerk, second } = &authority;
    let hospital = world.manager("HOSPITAL", "320106").await;
    let shelf = Shelf::of(world, "甲药业", office).await;
    let code = office.asks(&format!("{{ item(id: {:?}) {{ ownCode }} }}", shelf.item)).await.done();
    let code = code["ownCode"].as_str().unwrap();
    let sends = async |rows: &[String]| {
        let (bearer, key) = (format!("Bearer {}", clerk.token.clone().unwrap_or_default()), key());
        let headers = [("authorization", bearer.as_str()), ("idempotency-key", key.as_str())];
        let head = "编码,地区代码,类别,支付标准,起始日期,依据,截止日期,最小单位数";
        let table = format!("{head}\n{}\n", rows.join("\n"));
        let begun =
            send(clerk.to, "POST /imports/payment-standards?name=table", &headers, table.as_bytes()).await;
        assert_eq!(begun.status, 201, "{}", begun.body);
        comes_to(clerk, begun.json()["id"].as_str().unwrap(), "DONE").await
    };
    let right = format!("{code},320000,公布,26.40,2026-01-01,苏医保发〔2026〕1号,2026-12-31,14");
    for wrong in [
        format!("{code},330000,公布,1,2026-01-01,x,,"),
        "XC09CAA123A001010199999,320000,公布,1,2026-01-01,x,,".to_owned(),
        format!("{code},320000,公布,27,2026-12-31,x,,14"),
        format!("{code},320000,其他,27,2026-12-31,x,,"),
    ] {
        let done = sends(&[right.clone(), wrong.clone()]).await;
        assert_eq!((&done["rowsAccepted"], &done["rowsRejected"]), (&json!("0"), &json!("1")), "{wrong}");
    }
    let sets = "{ paymentStandardSets(first: 5) { nodes { id version status importId } } }";
    assert_eq!(second.asks(sets).await.done()["nodes"], json!([]));
    let done = sends(&[right, format!("{code},320000,公布,28,2027-01-01,苏医保发〔2026〕1号,,14")]).await;
    assert_eq!((&done["rowsAccepted"], &done["rowsRejected"]), (&json!("2"), &json!("0")));
    let set = second.asks(sets).await.done()["nodes"][0].clone();
    assert_eq!(set["status"], "PREPARED");
    decides(clerk, &set, true).await.refused("SECOND_PERSON_NEEDED");
    decides(second, &set, true).await.done();
    assert_eq!(authority.finds(&hospital, &shelf.item, "2026-12-31").await, "26.4");
    assert_eq!(authority.finds(&hospital, &shelf.item, "2027-01-01").await, "28");
}
