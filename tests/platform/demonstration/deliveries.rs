//! Real deliveries that were replayed: what the platform tells of them is what the table says, reckoned here a second time.
use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use crate::support::actor::Actor;

const TABLE: &str = include_str!("../../data/usaid_scms_deliveries.csv");
const PASSWORD: &str = "Jicai-showcase-2026";
pub(crate) const OFFICE: &str = "demo@11320000MB0DEM004F";

/// A row of the table: days are counted from 1970.
struct Row {
    id: String,
    country: String,
    /// Item, units of a pack and site.
    product: (String, String, String),
    packs: String,
    gift: bool,
    /// Empty where it is not known.
    ordered: String,
    promised: i64,
    delivered: i64,
}

fn day(text: &str) -> i64 {
    i64::from(
        text.parse::<jiff::civil::Date>()
            .unwrap()
            .since((jiff::Unit::Day, jiff::civil::date(1970, 1, 1)))
            .unwrap()
            .get_days(),
    )
}

fn rows() -> Vec<Row> {
    let mut reader = csv::ReaderBuilder::new().comment(Some(b'#')).from_reader(TABLE.as_bytes());
    let row = |record: csv::StringRecord| Row {
        id: record[0].to_owned(),
        country: record[1].to_owned(),
        product: (record[2].to_owned(), record[3].to_owned(), record[6].to_owned()),
        packs: record[4].to_owned(),
        gift: record[5].trim_matches(['0', '.']).is_empty(),
        ordered: record[7].to_owned(),
        promised: day(&record[8]),
        delivered: day(&record[9]),
    };
    reader.records().map(|record| row(record.unwrap())).collect()
}

/// The numbers that the command tells of a replay of that year: what is ordered, what is left out and why, what is in time.
pub(crate) fn told_of(year: &str) -> Vec<String> {
    let (rows, mut counted) = (rows(), [0; 5]);
    for row in &rows {
        let why = if row.ordered.is_empty() {
            1
        } else if row.delivered < day(&row.ordered) {
            2
        } else if row.gift {
            3
        } else if row.ordered.starts_with(year) {
            0
        } else {
            4
        };
        counted[why] += 1;
    }
    let (_, on_time) = taken(&rows, year).fold((0, 0), counts);
    let [taken, unknown, afterwards, gifts, other] = counted;
    vec![
        format!("{} 条采购记录中的 {taken} 条", rows.len()),
        format!("{unknown} 条无下单日期"),
        format!("{afterwards} 条交付早于下单"),
        format!("{gifts} 条零价捐赠"),
        format!("{other} 条为其他年份下单"),
        format!("{year}: 交付 {taken} 次，及时 {on_time} 次，及时配送率 {} %", rate(taken, on_time)),
    ]
}

fn taken<'a>(rows: &'a [Row], year: &str) -> impl Iterator<Item = &'a Row> {
    let there = |row: &&Row| !row.ordered.is_empty() && row.delivered >= day(&row.ordered) && !row.gift;
    rows.iter().filter(there).filter(move |row| row.ordered.starts_with(year))
}

fn counts((deliveries, on_time): (u64, u64), row: &Row) -> (u64, u64) {
    (deliveries + 1, on_time + u64::from(row.delivered <= row.promised))
}

/// A percentage with two decimals, rounded half-up.
fn rate(deliveries: u64, on_time: u64) -> String {
    let hundredths = (on_time * 20_000 + deliveries) / (2 * deliveries);
    format!("{}.{:02}", hundredths / 100, hundredths % 100)
}

/// All nodes of a list.
pub(crate) async fn all(reader: &Actor, list: &str, filter: &str, fields: &str) -> Vec<Value> {
    let (mut found, mut after) = (Vec::new(), String::new());
    loop {
        let query = format!(
            "{{ {list}(first: 100{after}{filter}) {{ nodes {{ {fields} }} pageInfo {{ hasNextPage endCursor }} }} }}"
        );
        let page = reader.asks(&query).await.done();
        found.extend(page["nodes"].as_array().unwrap().clone());
        if page["pageInfo"]["hasNextPage"] != true {
            return found;
        }
        after = format!(", after: {}", page["pageInfo"]["endCursor"]);
    }
}

pub(crate) async fn logs_in(to: std::net::SocketAddr, login: &str) -> Actor {
    Actor::logged_in(to, login, PASSWORD).await
}

/// The day of an instant in China.
fn day_of(instant: &Value) -> i64 {
    let instant: jiff::Timestamp = instant.as_str().unwrap().parse().unwrap();
    (instant.as_second() + 8 * 3_600).div_euclid(86_400)
}

/// Each delivery of the year, each contract and each institution.
pub(crate) async fn are_as_the_table_says(to: std::net::SocketAddr, year: &str) {
    let (rows, office) = (rows(), logs_in(to, OFFICE).await);
    let lines = all(&office, "orderLines", "", "id ordered placedAt deliverBy").await;
    let lines: BTreeMap<&str, &Value> =
        lines.iter().map(|line| (line["id"].as_str().unwrap(), line)).collect();
    let seen = all(&office, "goodsDeliveries", "", "batch packs arrivedAt onTime lineId").await;
    let seen: BTreeMap<&str, &Value> = seen.iter().map(|one| (one["batch"].as_str().unwrap(), one)).collect();
    let mut found = 0;
    for row in taken(&rows, year) {
        let delivery = seen[format!("SCMS-{}", row.id).as_str()];
        let line = lines[delivery["lineId"].as_str().unwrap()];
        let arrived = day_of(&delivery["arrivedAt"]);
        // The end of the day that was promised.
        let promised = day_of(&line["deliverBy"]) - 1;
        let told = (arrived - day_of(&line["placedAt"]), arrived - promised, &delivery["onTime"]);
        let expected = (row.delivered - day(&row.ordered), row.delivered - row.promised);
        let on_time = json!(row.delivered <= row.promised);
        assert_eq!(told, (expected.0, expected.1, &on_time), "{}", row.id);
        assert_eq!(
            (&delivery["packs"], &line["ordered"]),
            (&json!(row.packs), &json!(row.packs)),
            "{}",
            row.id
        );
        found += 1;
    }
    assert!(found > 100, "{found}");
    of_contracts(&office, &rows, year).await;
    of_institutions(&office, &rows, year).await;
}

/// How much of each contract was in time.
async fn of_contracts(office: &Actor, rows: &[Row], year: &str) {
    let sites: BTreeSet<&str> = rows.iter().map(|row| row.product.2.as_str()).collect();
    let sites: Vec<&str> = sites.into_iter().collect();
    let mut expected: BTreeMap<(String, String, String), (u64, u64)> = BTreeMap::new();
    for row in taken(rows, year) {
        let (item, units, site) = &row.product;
        let place = sites.iter().position(|one| one == site).unwrap() + 1;
        let product = (
            format!("历史交付回放（模拟数据）：{item}"),
            format!("每包装 {units} 单位"),
            format!("回放供应方{place:02}（模拟数据）"),
        );
        let counted = expected.entry(product).or_default();
        *counted = counts(*counted, row);
    }
    let results = all(office, "officialResults", "", "id name").await;
    let result = results
        .iter()
        .find(|one| one["name"].as_str().unwrap().ends_with(&format!("{year} 年下单")))
        .unwrap();
    let filter = format!(", filter: {{ result: {} }}", result["id"]);
    let mut told = BTreeMap::new();
    for contract in all(office, "contracts", &filter, "id productName spec holderName").await {
        let query = format!(
            "{{ contractFulfilment(contract: {}) {{ counts {{ deliveries onTimeRate }} }} }}",
            contract["id"]
        );
        let counts = office.asks(&query).await.done()["counts"].clone();
        let text = |name: &str| contract[name].as_str().unwrap().to_owned();
        told.insert((text("productName"), text("spec"), text("holderName")), counts);
    }
    let expected: BTreeMap<_, Value> = expected
        .into_iter()
        .map(|(product, (deliveries, on_time))| {
            (
                product,
                json!({ "deliveries": deliveries.to_string(), "onTimeRate": rate(deliveries, on_time) }),
            )
        })
        .collect();
    assert_eq!(told, expected);
}

/// How much came to each institution.
async fn of_institutions(office: &Actor, rows: &[Row], year: &str) {
    let mut expected: BTreeMap<String, u64> = BTreeMap::new();
    for row in taken(rows, year) {
        *expected.entry(format!("回放收货方·{}（模拟数据）", row.country)).or_default() += 1;
    }
    let mut told: BTreeMap<String, u64> = BTreeMap::new();
    for month in all(office, "orderMonths", "", "hospitalName counts { deliveries }").await {
        let name = month["hospitalName"].as_str().unwrap().to_owned();
        if name.starts_with("回放") {
            *told.entry(name).or_default() +=
                month["counts"]["deliveries"].as_str().unwrap().parse::<u64>().unwrap();
        }
    }
    assert_eq!(told, expected);
}
