//! Results that an office brings in.
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::support::actor::{Actor, key};
use crate::support::http::send;
use crate::support::world::World;

pub(crate) const HEADER: &str = "竞价单元序号,品种名称,产品名称,规格,计量单位,含量,代表品含量,中选企业,统一社会信用代码,中选价格,价格依据,中选顺位,合同截止日期,地区代码,供应角色,约定采购量";

/// The published list of the 4+7 pilot of 2018 as rows of an import: each product for that region, without a volume. Prices that the list
/// marks as remembered stay so. `#` in a spec tells packs apart.
pub(super) fn pilot(region: &str) -> Vec<String> {
    let list = include_str!("../../data/47_2018_winners.csv");
    let lines = list.lines().filter(|line| !line.starts_with('#')).skip(1);
    let row = |(number, line): (usize, &str)| {
        let mut cells = line.splitn(8, ',');
        let mut cell = || cells.next().unwrap();
        let (chinese, _english, spec, pack, holder) = (cell(), cell(), cell(), cell(), cell());
        let (_pack_price, price, basis) = (cell(), cell(), cell());
        let basis = if basis.starts_with("memory") { "RECALLED" } else { "PUBLISHED" };
        format!(
            "{},{chinese},{chinese},{spec}*{pack},片,,,{holder},,{price},{basis},1,2019-12-31,{region},MAIN,",
            number + 1
        )
    };
    lines.enumerate().map(row).collect()
}

pub(crate) fn table(rows: &[String]) -> String {
    [HEADER.to_owned()].iter().chain(rows).map(|line| format!("{line}\n")).collect()
}

/// Sends a table and says which import it is.
pub(crate) async fn begins(office: &Actor, bytes: &[u8]) -> String {
    let bearer = format!("Bearer {}", office.token.clone().unwrap_or_default());
    let key = key();
    let headers = [("authorization", bearer.as_str()), ("idempotency-key", key.as_str())];
    let begun = send(office.to, "POST /imports/results?name=table", &headers, bytes).await;
    assert_eq!(begun.status, 201, "{}", begun.body);
    begun.json()["id"].as_str().unwrap().to_owned()
}

/// The import once it has ended as that.
pub(crate) async fn comes_to(office: &Actor, import: &str, status: &str) -> Value {
    let query = format!(
        "{{ import(id: {import:?}) {{ status rowsRead rowsAccepted rowsRejected rejectedRows {{ id }} fault {{ code detail }} }} }}"
    );
    let begun = Instant::now();
    loop {
        let found = office.asks(&query).await.done();
        if found["status"] == status {
            return found;
        }
        assert!(begun.elapsed() < Duration::from_secs(90), "{found}");
    }
}

/// Brings a table in whole.
pub(crate) async fn brings(office: &Actor, rows: &[String]) -> String {
    let import = begins(office, table(rows).as_bytes()).await;
    let done = comes_to(office, &import, "DONE").await;
    assert_eq!(done["rowsRejected"], "0", "{done}");
    import
}

/// What an import would change.
pub(super) async fn dry_run(office: &Actor, import: &str, name: &str) -> Value {
    let query = format!(
        "{{ importedResult(import: {import:?}, name: {name:?}) {{ standing {{ id edition }} products holdersKnown rowsRejected
            added changed gone differences(first: 50) {{ nodes {{ kind lotNumber holderName changes {{ field before after }} }} }} }} }}"
    );
    office.asks(&query).await.done()
}

/// The input that announces an import.
pub(crate) fn announcing(import: &str, name: &str, replaces: i64) -> Value {
    json!({ "import": import, "name": name, "replaces": replaces, "startsOn": "2019-04-01",
        "disclosure": "SELECTED_NAMES", "idempotencyKey": key() })
}

/// The products of a result as somebody sees them.
pub(super) async fn products(reader: &Actor, result: &str) -> Vec<Value> {
    let query = format!(
        "{{ officialResult(id: {result:?}) {{ products(first: 30) {{ nodes {{ id lotNumber name spec holderName holderId price
            priceBasis supplies {{ region role volume }} }} }} }} }}"
    );
    reader.asks(&query).await.done()["products"]["nodes"].as_array().unwrap().clone()
}

/// The office of Shanghai.
pub(crate) async fn shanghai(world: &World) -> Actor {
    world.manager("PROCUREMENT_OFFICE", "310000").await
}
