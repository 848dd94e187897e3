//! National releases, as an office brings them in: codes and names are published facts, everything else is made up and says so.
use std::process::{Child, Stdio};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::support::actor::{Actor, key};
use crate::support::http::{Reply, send};
use crate::support::program::jicai_on;
use crate::support::world::World;

pub(crate) const HEADER: &str = "药品代码,注册名称,注册剂型,注册规格,商品名称,实际剂型,实际规格,包装材质,最小包装数量,最小制剂单位,最小包装单位,追溯码标识,药品企业,批准文号,药品本位码";

/// A row of the list.
#[derive(Clone, Debug)]
pub(crate) struct Row {
    pub(crate) code: String,
    pub(crate) name: String,
    pub(crate) company: String,
    pub(crate) approval: String,
    pub(crate) standard: String,
}

impl Row {
    /// A row with that code and name, by a company that there is not.
    pub(crate) fn of(code: &str, name: &str) -> Row {
        let company = format!("模拟数据企业{}", &code[code.len().saturating_sub(5)..]);
        Row {
            code: code.to_owned(),
            name: name.to_owned(),
            company,
            approval: String::new(),
            standard: String::new(),
        }
    }

    pub(crate) fn by(&self, company: &str) -> Row {
        Row { company: company.to_owned(), ..self.clone() }
    }

    pub(crate) fn line(&self) -> String {
        format!("{},", self.fields().join(",")).trim_end_matches(',').to_owned()
    }

    pub(crate) fn fields(&self) -> [&str; 15] {
        let made_up = "模拟数据";
        [
            &self.code,
            &self.name,
            made_up,
            "10mg",
            "",
            made_up,
            "10mg",
            made_up,
            "12",
            "片",
            "盒",
            "是",
            &self.company,
            &self.approval,
            &self.standard,
        ]
    }
}

/// The 480 codes of the sample with their names; the first 27 have the sample's standard codes and approvals.
pub(crate) fn sample() -> Vec<Row> {
    let codes = include_str!("../../data/catalog/nhsa_codes.csv").lines().skip(2);
    let standards = include_str!("../../data/catalog/standard_codes.csv").lines().skip(2);
    let mut standards = standards.map(|line| {
        let mut cells = line.splitn(3, ',');
        let mut cell = || cells.next().unwrap().to_owned();
        (cell(), cell())
    });
    let row = |line: &str| {
        let mut cells = line.splitn(3, ',');
        let mut cell = || cells.next().unwrap();
        let (code, _kind, name) = (cell(), cell(), cell());
        let (standard, approval) = standards.next().unwrap_or_default();
        Row { standard, approval, ..Row::of(code, name) }
    };
    codes.map(row).collect()
}

/// So many rows that there are not, with codes of a class of the sample.
pub(crate) fn made_up(count: usize, company: &str) -> Vec<Row> {
    let row = |number: usize| {
        Row::of(
            &format!("XA06ADM{:03}P00101{:02}{number:05}", number % 1_000, number % 97),
            &format!("模拟数据散{}", number % 500),
        )
        .by(company)
    };
    (0..count).map(row).collect()
}

pub(crate) fn table(rows: &[Row]) -> String {
    [HEADER.to_owned()].into_iter().chain(rows.iter().map(Row::line)).map(|line| line + "\n").collect()
}

pub(crate) async fn tries(office: &Actor, said: &str, bytes: &[u8]) -> Reply {
    let bearer = format!("Bearer {}", office.token.clone().unwrap_or_default());
    let key = key();
    let headers = [("authorization", bearer.as_str()), ("idempotency-key", key.as_str())];
    send(office.to, &format!("POST /imports/catalog?name=table&{said}"), &headers, bytes).await
}

/// Sends a release of that label and cut-off; its import.
pub(crate) async fn begins(office: &Actor, (label, cutoff): (&str, &str), bytes: &[u8]) -> String {
    let said = format!(
        "source=NHSA-1003&label={label}&cutoff={cutoff}&licence=none&url=https%3A%2F%2Fcode.nhsa.gov.cn%2F"
    );
    let begun = tries(office, &said, bytes).await;
    assert_eq!(begun.status, 201, "{}", begun.body);
    begun.json()["id"].as_str().unwrap().to_owned()
}

const RELEASE: &str = "number status label source cutoffOn licence rowsRead added changed unchanged retired quarantined reachedLine importId";

pub(crate) async fn release(reader: &Actor, number: i64) -> Value {
    reader.asks(&format!("{{ itemRelease(number: {number}) {{ {RELEASE} }} }}")).await.done()
}

/// The release once it is that far.
pub(crate) async fn comes_to(reader: &Actor, number: i64, status: &str) -> Value {
    let begun = Instant::now();
    loop {
        let found = release(reader, number).await;
        if found["status"] == status {
            return found;
        }
        assert!(begun.elapsed() < Duration::from_secs(240), "{found}");
    }
}

/// Brings a release in and has it compared.
pub(crate) async fn compared(office: &Actor, number: i64, cutoff: &str, bytes: &[u8]) -> Value {
    begins(office, (&format!("L{number}"), cutoff), bytes).await;
    comes_to(office, number, "STAGED").await
}

pub(crate) async fn publishes(office: &Actor, number: i64) -> Value {
    let input = json!({ "number": number, "idempotencyKey": key() });
    office.does("publishItemRelease", input, "number status").await.done();
    comes_to(office, number, "PUBLISHED").await
}

/// Added, changed, unchanged, retired, quarantined.
pub(crate) fn counts(release: &Value) -> [usize; 5] {
    let count = |name: &str| release[name].as_str().unwrap().parse().unwrap();
    ["added", "changed", "unchanged", "retired", "quarantined"].map(count)
}

/// All that a release changes, page by page.
pub(crate) async fn changes(reader: &Actor, number: i64, kind: &str) -> Vec<Value> {
    let (mut all, mut after) = (Vec::new(), String::from("null"));
    loop {
        let query = format!(
            "{{ itemRelease(number: {number}) {{ changes(kind: {kind}, first: 40, after: {after}) {{ pageInfo {{ hasNextPage endCursor }} \
             nodes {{ kind code name itemId line fields {{ field before after }} }} }} }} }}"
        );
        let part = reader.asks(&query).await.done()["changes"].clone();
        all.extend(part["nodes"].as_array().unwrap().iter().cloned());
        if part["pageInfo"]["hasNextPage"] != true {
            return all;
        }
        after = part["pageInfo"]["endCursor"].to_string();
    }
}

pub(crate) async fn looks_up(reader: &Actor, text: &str, on: &str) -> Value {
    let on = if on.is_empty() { "null".to_owned() } else { format!("{on:?}") };
    let query = format!(
        "query($text: String!) {{ lookup(text: $text, on: {on}) {{ isName code {{ kind valid canonical parts {{ name value }} \
         warnings {{ code }} errors {{ code position candidates }} }} \
         items {{ id genericName holderName status codes {{ kind value }} }} near {{ id genericName foundBy }} successors {{ toId }} \
         named(first: 5) {{ nodes {{ id genericName foundBy }} }} }} }}"
    );
    reader.asks_with(&query, json!({ "text": text })).await.done()
}

pub(crate) async fn office(world: &World) -> Actor {
    world.manager("PROCUREMENT_OFFICE", "320000").await
}

/// `jicai worker`, as a process that can be killed.
pub(crate) struct Worker(Child);

impl Worker {
    pub(crate) fn of(world: &World) -> Worker {
        let home = std::path::Path::new("/nonexistent");
        let mut command = jicai_on(&world.database, home, &["worker"]);
        command.env("JICAI_DOCUMENTS", world.database.documents.path());
        Worker(command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap())
    }

    /// Is killed, whatever it is doing.
    pub(crate) fn dies(mut self) {
        self.0.kill().unwrap();
        self.0.wait().unwrap();
    }
}
