//! National releases: brought in, seen before they count, published at once, and followed by the next.
use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use jicai_domain::catalog::release::{ReleaseRow, diff, read_row};
use jicai_domain::jobs::JobKind;
use serde_json::{Value, json};

use super::lists::{
    HEADER, Row, Worker, begins, changes, comes_to, compared, counts, looks_up, made_up, office, publishes,
    release, sample, table, tries,
};
use super::support::{Registry, new_item};
use crate::support::actor::{Actor, key};
use crate::support::world::World;

fn read(rows: &[Row]) -> Vec<ReleaseRow> {
    rows.iter().map(|row| read_row(&row.fields()).unwrap()).collect()
}

fn field(change: &Value, name: &str) -> Value {
    let fields = change["fields"].as_array().unwrap();
    fields.iter().find(|field| field["field"] == name).cloned().unwrap_or_default()
}

/// The name and holder of the one item that a code names on a day, and how it stands.
async fn named(reader: &Actor, code: &str, on: &str) -> Option<(String, String, String)> {
    let found = looks_up(reader, code, on).await;
    let item = found["items"].get(0)?;
    let text = |name: &str| item[name].as_str().unwrap_or_default().to_owned();
    Some((text("genericName"), text("holderName"), text("status")))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_release_is_seen_before_it_counts_and_the_next_one_shows_what_it_changes() {
    let world = World::new().await;
    let (office, hospital) = (office(&world).await, world.manager("HOSPITAL", "320106").await);
    let first = sample();
    let marked = format!("\u{feff}{}", table(&first));
    let tried = compared(&office, 1, "2026-08-01", marked.as_bytes()).await;
    assert_eq!((counts(&tried), &tried["licence"]), ([480, 0, 0, 0, 0], &json!("none")));
    hospital.asks("{ itemRelease(number: 1) { number } }").await.refused("NOT_FOUND");
    assert_eq!(named(&hospital, &first[0].code, "2026-09-01").await, None);
    assert_eq!(changes(&office, 1, "ADDED").await.len(), 480);
    let published = publishes(&office, 1).await;
    assert_eq!(counts(&published), [480, 0, 0, 0, 0]);
    for row in &first {
        let found = named(&hospital, &row.code, "2026-09-01").await;
        assert_eq!(found, Some((row.name.clone(), row.company.clone(), "ACTIVE".to_owned())), "{}", row.code);
    }
    assert_eq!(named(&hospital, &first[0].code, "2026-07-31").await, None);

    let mut next = first.clone();
    let gone = next.remove(0);
    next.remove(100);
    next[5] = next[5].by("模拟数据企业改名");
    next[6].approval = "国药准字H20129999".to_owned();
    next.push(Row::of("XA06ADF336P001010199999", "模拟数据散"));
    let text = table(&next);
    let (gb18030, _, _) = encoding_rs::GB18030.encode(&text);
    let tried = compared(&office, 2, "2026-09-01", &gb18030).await;
    let expected = diff(&read(&first), &read(&next), &BTreeSet::new());
    assert_eq!(counts(&tried), [1, 2, expected.unchanged, 2, 0]);
    let told: BTreeSet<(String, String)> = planned(&office, 2).await;
    let reckoned = expected.changes.iter().map(|one| (one.kind.label().to_owned(), one.code.clone()));
    assert_eq!(told, reckoned.collect());
    assert_eq!(named(&office, &gone.code, "2026-09-02").await.unwrap().2, "ACTIVE");
    assert_eq!(counts(&publishes(&office, 2).await), counts(&tried));
    assert_eq!(planned(&hospital, 2).await, told);
    let changed = changes(&hospital, 2, "CHANGED").await;
    let renamed = changed.iter().find(|one| one["code"] == next[5].code.as_str()).unwrap();
    let before_and_after =
        json!({ "field": "company", "before": first[6].company, "after": "模拟数据企业改名" });
    assert_eq!(field(renamed, "company"), before_and_after);
    let relicensed = changed.iter().find(|one| one["code"] == next[6].code.as_str()).unwrap();
    assert_eq!(field(relicensed, "approvalNumber")["after"], "国药准字H20129999");

    for (on, company) in [("2026-08-31", &first[6].company), ("2026-09-01", &next[5].company)] {
        assert_eq!(&named(&hospital, &next[5].code, on).await.unwrap().1, company);
    }
    for (on, status) in [("2026-08-31", "ACTIVE"), ("2026-09-01", "DEPRECATED")] {
        assert_eq!(named(&hospital, &gone.code, on).await.unwrap().2, status);
    }
    assert_eq!(named(&hospital, &next[6].approval, "2026-09-01").await.unwrap().0, next[6].name);
    assert_eq!(named(&hospital, &first[7].approval, "2026-09-01").await.map(|found| found.0), None);

    let back = compared(&office, 3, "2026-10-01", &workbook(&first)).await;
    assert_eq!(counts(&back), [0, 4, 476, 1, 0]);
    publishes(&office, 3).await;
    assert_eq!(named(&hospital, &gone.code, "2026-10-01").await.unwrap().2, "ACTIVE");
    let listed = hospital.asks("{ itemReleases(source: \"NHSA-1003\") { nodes { number } } }").await.done();
    assert_eq!(listed["nodes"], json!([{ "number": 3 }, { "number": 2 }, { "number": 1 }]));
}

async fn planned(reader: &Actor, number: i64) -> BTreeSet<(String, String)> {
    let text = |change: &Value, name: &str| change[name].as_str().unwrap().to_owned();
    let all = changes(reader, number, "null").await;
    all.iter().map(|change| (text(change, "kind"), text(change, "code"))).collect()
}

/// The rows as a workbook with English headings.
fn workbook(rows: &[Row]) -> Vec<u8> {
    let heads = "Code,registered name,registered form,registered spec,trade name,actual form,actual spec,material,units per pack,smallest unit,\
        pack unit,trace code,company,approval number,standard code";
    let mut workbook = rust_xlsxwriter::Workbook::new();
    let sheet = workbook.add_worksheet();
    for (column, head) in (0..).zip(heads.split(',')) {
        sheet.write_string(0, column, head).unwrap();
    }
    for (line, row) in (1..).zip(rows) {
        for (column, cell) in (0..).zip(row.fields()) {
            sheet.write_string(line, column, cell).unwrap();
        }
    }
    workbook.save_to_buffer().unwrap()
}

async fn waiting(office: &Actor, number: i64) -> Vec<(i64, String, String)> {
    let query = format!(
        "{{ itemRelease(number: {number}) {{ quarantine(first: 50) {{ nodes {{ line code reason message messageZh expected }} }} }} }}"
    );
    let rows = office.asks(&query).await.done()["quarantine"]["nodes"].as_array().unwrap().clone();
    let text = |row: &Value, name: &str| row[name].as_str().unwrap().to_owned();
    rows.iter().map(|row| (row["line"].as_i64().unwrap(), text(row, "code"), text(row, "reason"))).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_taken_waits_with_the_reason_and_retires_nothing() {
    let world = World::new().await;
    let office = office(&world).await;
    let rows = &sample()[..6];
    compared(&office, 1, "2026-08-01", table(rows).as_bytes()).await;
    publishes(&office, 1).await;
    let [kept, twice, contradicted, reused, unnamed, replaced] = rows else { panic!("six rows") };
    let lines = [
        kept.clone(),
        twice.clone(),
        twice.clone(),
        contradicted.clone(),
        contradicted.by("模拟数据另一企业"),
        Row { name: "完全另一种药".to_owned(), ..reused.by("模拟数据另一企业") },
        Row { name: String::new(), ..unnamed.clone() },
        Row { code: "XA06ADF336P00101010023".to_owned(), ..replaced.clone() },
        Row { code: "86901110000020".to_owned(), ..replaced.clone() },
        replaced.clone(),
    ];
    let wide = format!("{},多,余\n", kept.line().trim_end_matches(','));
    let text = format!("{}{wide}", table(&lines));
    let tried = compared(&office, 2, "2026-09-01", text.as_bytes()).await;
    assert_eq!(counts(&tried), [0, 0, 3, 0, 8], "{tried}");
    let told = waiting(&office, 2).await;
    let told: Vec<(i64, &str)> = told.iter().map(|(line, _, reason)| (*line, reason.as_str())).collect();
    let expected = [
        (4, "RELEASE_CODE_REPEATED"),
        (5, "RELEASE_CODE_REPEATED"),
        (6, "RELEASE_CODE_REPEATED"),
        (7, "RELEASE_CODE_REUSED"),
        (8, "RELEASE_ROW_INVALID"),
        (9, "RELEASE_CODE_INVALID"),
        (10, "RELEASE_CODE_KIND"),
        (12, "ROW_TOO_WIDE"),
    ];
    assert_eq!(told, expected);
    let import = tried["importId"].as_str().unwrap();
    let seen =
        office.asks(&format!("{{ import(id: {import:?}) {{ rowsRejected rejectedRows {{ id }} }} }}")).await;
    let seen = seen.done();
    assert_eq!(seen["rowsRejected"], "4");
    let file = office.downloads(seen["rejectedRows"]["id"].as_str().unwrap()).await;
    assert_eq!(file.body.lines().count(), 5);
    publishes(&office, 2).await;
    for row in rows {
        let found = named(&office, &row.code, "2026-09-01").await;
        assert_eq!(found, Some((row.name.clone(), row.company.clone(), "ACTIVE".to_owned())));
    }
    assert_eq!(waiting(&office, 2).await.len(), 8);
    let reader = world.manager("HOSPITAL", "320106").await;
    let quarantine = "{ itemRelease(number: 2) { quarantine { nodes { line } } } }";
    reader.asks(quarantine).await.refused("FORBIDDEN");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_release_says_where_it_comes_from_and_may_be_discarded() {
    let world = World::new().await;
    let office = office(&world).await;
    let bytes = table(&sample()[..2]);
    for (said, field) in [
        ("", "source"),
        ("source=S&label=1&licence=none", "cutoff"),
        ("source=S&cutoff=2026-08-01&licence=none", "label"),
        ("source=S&label=1&cutoff=2026-08-01", "licence"),
        ("source=S&label=1&cutoff=2026-08-01&licence=none&effective=2026-07-01", "effectiveOn"),
    ] {
        let refused = tries(&office, said, bytes.as_bytes()).await.json();
        let extensions = &refused["errors"][0]["extensions"];
        assert_eq!((&extensions["code"], &extensions["field"]), (&json!("RELEASE_INVALID"), &json!(field)));
    }
    compared(&office, 1, "2026-08-01", bytes.as_bytes()).await;
    let said = "source=NHSA-1003&label=L1&cutoff=2026-08-01&licence=none";
    let again = tries(&office, said, bytes.as_bytes()).await.json();
    assert_eq!(again["errors"][0]["extensions"]["field"], "label");
    let input = || json!({ "number": 1, "idempotencyKey": key() });
    office.does("discardItemRelease", input(), "status").await.done();
    office.does("publishItemRelease", input(), "status").await.refused("RELEASE_STATE");
    begins(&office, ("L1", "2026-08-01"), bytes.as_bytes()).await;
    comes_to(&office, 2, "STAGED").await;
    let repeated = input();
    let publish = json!({ "number": 2, "idempotencyKey": repeated["idempotencyKey"] });
    office.does("publishItemRelease", publish.clone(), "number").await.done();
    office.does("publishItemRelease", publish, "number").await.done();
    comes_to(&office, 2, "PUBLISHED").await;
    let without = HEADER.replace("药品代码,", "");
    let import = begins(&office, ("L3", "2026-09-01"), without.as_bytes()).await;
    let begun = Instant::now();
    loop {
        let found = office
            .asks(&format!("{{ import(id: {import:?}) {{ status fault {{ detail }} }} }}"))
            .await
            .done();
        if found["status"] == "FAILED" {
            assert_eq!(found["fault"]["detail"], "药品代码/code");
            break;
        }
        assert!(begun.elapsed() < Duration::from_secs(60), "{found}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_worker_that_dies_while_a_release_is_written_leaves_the_one_before_whole() {
    const ROWS: usize = 30_000;
    let world = World::with(|config| config.jobs = 0).await;
    let office = office(&world).await;
    let mut worker = Worker::of(&world);
    compared(&office, 1, "2026-08-01", table(&made_up(ROWS, "模拟数据企业甲")).as_bytes()).await;
    publishes(&office, 1).await;
    let next = made_up(ROWS, "模拟数据企业乙");
    compared(&office, 2, "2026-09-01", table(&next[1..]).as_bytes()).await;
    let publish = json!({ "number": 2, "idempotencyKey": key() });
    office.does("publishItemRelease", publish, "number").await.done();
    let (mut reached, mut clock, mut deaths) = (0, 0, 0);
    while deaths < 2 {
        let begun = Instant::now();
        loop {
            let seen = release(&office, 2).await;
            let line = seen["reachedLine"].as_i64().unwrap();
            assert_eq!(seen["status"], "APPLYING", "it was written before anybody died");
            if line > reached {
                reached = line;
                break;
            }
            assert!(begun.elapsed() < Duration::from_secs(120), "nothing is written");
        }
        worker.dies();
        deaths += 1;
        for row in [&next[0], &next[1], &next[ROWS - 1]] {
            let found = named(&office, &row.code, "2026-09-01").await.unwrap();
            assert_eq!((found.1.as_str(), found.2.as_str()), ("模拟数据企业甲", "ACTIVE"));
        }
        clock += JobKind::ItemRelease.rule().lease_seconds + 1;
        world.moves_clock_to(clock).await;
        worker = Worker::of(&world);
    }
    let done = comes_to(&office, 2, "PUBLISHED").await;
    assert_eq!(counts(&done), [0, ROWS - 1, 0, 1, 0]);
    for (row, company, status) in [
        (&next[0], "模拟数据企业甲", "DEPRECATED"),
        (&next[1], "模拟数据企业乙", "ACTIVE"),
        (&next[ROWS - 1], "模拟数据企业乙", "ACTIVE"),
    ] {
        let found = named(&office, &row.code, "2026-09-01").await.unwrap();
        assert_eq!((found.1.as_str(), found.2.as_str()), (company, status));
    }
    worker.dies();
}

/// What a list brought is found when somebody proposes it, however the name is written, and by whoever approves what was proposed before.
#[tokio::test(flavor = "multi_thread")]
async fn what_a_list_brings_is_found_by_whoever_proposes_it_again() {
    let world = World::new().await;
    let office = office(&world).await;
    let registry = Registry::of(&world).await;
    let content = |name: &str, company: &str| {
        json!({ "genericName": name, "form": "模拟数据", "declaredSpec": "0.01g", "holderName": company, "material": "模拟数据",
            "unitsPerPack": 12, "smallestPackUnit": "盒" })
    };
    let first = registry
        .proposes(new_item(content("模拟数据散", "模拟数据企业乙"), vec![], "2026-01-01"))
        .await
        .done();
    let rows = [
        Row::of("XA06ADF336P001010112345", "模拟数据散（甲）").by("模拟数据企业甲"),
        Row::of("XA06ADF336P001010154321", "模拟数据散").by("模拟数据企业乙"),
    ];
    compared(&office, 1, "2026-08-01", table(&rows).as_bytes()).await;
    publishes(&office, 1).await;
    let brought = looks_up(&office, &rows[0].code, "2026-09-01").await["items"][0]["id"].clone();
    // Half-width brackets, a blank, another unit: the same item.
    let again = new_item(content("模拟数据 散(甲)", "模拟数据企业甲"), vec![], "2026-01-01");
    let refused = registry.proposes(again.clone()).await;
    refused.refused("ITEM_DUPLICATE");
    assert_eq!(refused.json["errors"][0]["extensions"]["allowed"], brought);
    let mut other = again;
    other["new"]["otherThan"] = brought.clone();
    registry.proposes(other.clone()).await.refused("ITEM_DUPLICATE");
    other["new"]["item"]["content"]["unitsPerPack"] = json!(24);
    registry.proposes(other).await.done();
    // What a list brought meanwhile is not made a second time.
    registry.approves(&first).await.refused("ITEM_DUPLICATE");
}
