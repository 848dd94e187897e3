//! A national release of as many rows as the country has, brought in and published with its diff, against `COPY` of the rows that it wrote into the same
//! tables of the same cluster; searches in it by code, name, pinyin, initials and with a mistake; and the lookup of a code, asked for the first time
//! and again, against pgbench running one statement that answers it.
use std::fmt::Write as _;
use std::process::Command;
use std::time::Instant;

use jicai_store::setup::OWNER;
use serde_json::{Value, json};

use crate::api::{Api, Worker, per_second};
use crate::cluster::{Bench, NAME, until};
use crate::{CLIENTS, RUNS};

/// What a release writes, in the order in which it can be copied.
const TABLES: [&str; 5] =
    ["items", "item_versions", "item_identifiers", "item_names", "item_release_changes"];
/// Characters that names are made of, and their sounds.
const SYLLABLES: [(&str, &str); 30] = [
    ("阿", "a"),
    ("莫", "mo"),
    ("西", "xi"),
    ("林", "lin"),
    ("头", "tou"),
    ("孢", "bao"),
    ("呋", "fu"),
    ("辛", "xin"),
    ("他", "ta"),
    ("达", "da"),
    ("拉", "la"),
    ("非", "fei"),
    ("氯", "lv"),
    ("雷", "lei"),
    ("替", "ti"),
    ("尼", "ni"),
    ("美", "mei"),
    ("托", "tuo"),
    ("洛", "luo"),
    ("尔", "er"),
    ("普", "pu"),
    ("利", "li"),
    ("沙", "sha"),
    ("坦", "tan"),
    ("格", "ge"),
    ("列", "lie"),
    ("奥", "ao"),
    ("美", "mei"),
    ("唑", "zuo"),
    ("丁", "ding"),
];
const FORMS: [(&str, &str); 4] =
    [("片", "pian"), ("胶囊", "jiaonang"), ("颗粒", "keli"), ("注射液", "zhusheye")];
/// Questions of each kind of search.
const QUESTIONS: usize = 200;
/// Different codes that are asked for again and again.
const AGAIN: usize = 100;

fn code(number: usize) -> String {
    format!("XA06ADM{:03}P0010101{:05}", number / 100_000, number % 100_000)
}

/// The name of a row and how it sounds.
fn name(number: usize) -> (String, String) {
    let places = [number % 30, number / 30 % 30, number / 900 % 7 + number % 3];
    let parts = places.iter().map(|place| SYLLABLES[*place]).chain([FORMS[number % 4]]);
    parts.fold((String::new(), String::new()), |(name, sound), (one, other)| (name + one, sound + other))
}

fn table(rows: usize) -> String {
    let mut table = String::from(
        "code,registered name,registered form,registered spec,trade name,actual form,actual spec,material,units per pack,smallest unit,\
         pack unit,trace code,company,approval number,standard code\n",
    );
    for number in 0..rows {
        writeln!(
            table,
            "{},{},模拟数据,{}mg,,模拟数据,{}mg,模拟数据包装材质,12,片,盒,是,模拟数据企业{},国药准字H2012{:04},",
            code(number),
            name(number).0,
            number % 50 + 1,
            number % 50 + 1,
            number % 5_000,
            number % 10_000
        )
        .unwrap();
    }
    table
}

/// A release of so many rows, or of `BENCH_CATALOG_ROWS`.
pub(crate) async fn compare(bench: &Bench, office: &Api) {
    let set = std::env::var("BENCH_CATALOG_ROWS").ok().and_then(|rows| rows.parse().ok());
    let rows: usize = set.unwrap_or(300_000);
    let table = table(rows);
    let worker = Worker::start(bench);
    let begun = Instant::now();
    office.brings("catalog?name=catalog&source=BENCH&label=1&cutoff=2026-01-01&licence=none", &table).await;
    comes_to(office, "STAGED").await;
    let compared = begun.elapsed().as_secs_f64();
    office.asks("mutation { publishItemRelease(input: { number: 1, idempotencyKey: \"bench-release-01\" }) { number } }").await;
    let published = comes_to(office, "PUBLISHED").await;
    let took = begun.elapsed().as_secs_f64();
    assert_eq!(published["added"], rows.to_string());
    let (held, _logs) = worker.stop();
    bench.execute(OWNER, &format!("ANALYZE {}, item_terms", TABLES.join(", "))).await;
    search(office, rows).await;
    look_up(bench, office, rows).await;
    let copied = copied(bench);
    println!(
        "release of {rows} rows: {took:.1} s, {compared:.1} s of them until it is compared, the worker holds {held:.0} MB at most; COPY of what it \
         wrote {copied:.1} s: ratio {:.2}",
        copied / took
    );
}

async fn comes_to(office: &Api, status: &str) -> Value {
    let query = "{ itemRelease(number: 1) { status added quarantined } }";
    let release = async || office.asks(query).await["itemRelease"].clone();
    until(async || release().await["status"] == status).await;
    release().await
}

/// Percentiles of the time of each kind of search, one after the other.
async fn search(office: &Api, rows: usize) {
    let typo = |sound: &str| format!("{}{}", &sound[..3], &sound[4..]);
    let kinds: [(&str, &dyn Fn(usize) -> String); 5] = [
        ("code", &code),
        ("name", &|number| name(number).0),
        ("pinyin", &|number| name(number).1),
        ("part of a name", &|number| name(number).0.chars().take(2).collect()),
        ("typo", &|number| typo(&name(number).1)),
    ];
    for (kind, text) in kinds {
        let mut times = Vec::new();
        for question in 0..QUESTIONS {
            let text = text(question * 7_919 % rows);
            let begun = Instant::now();
            let query = format!(
                "{{ lookup(text: {text:?}, on: \"2026-06-01\") {{ items {{ id }} named(first: 20) {{ nodes {{ id genericName holderName }} }} }} }}"
            );
            office.asks(&query).await;
            times.push(begun.elapsed().as_secs_f64() * 1_000.0);
        }
        times.sort_by(f64::total_cmp);
        println!(
            "search by {kind} in {rows} items: p50 {:.1} ms, p99 {:.1} ms",
            times[QUESTIONS / 2],
            times[QUESTIONS * 99 / 100]
        );
    }
}

/// Lookups by anybody: of codes that were not asked for before, and of codes that were.
async fn look_up(bench: &Bench, office: &Api, rows: usize) {
    let clients = vec![office.nobody(); CLIENTS];
    let body = |code: &str| {
        let query = format!(
            "{{ lookup(text: {code:?}, on: \"2026-06-01\") {{ items {{ id genericName form declaredSpec holderName codes {{ kind value }} }} }} }}"
        );
        json!({ "query": query }).to_string()
    };
    let floor = format!(
        "\\set n random(0, {})\n\
         SELECT json_agg(one) FROM (SELECT v.item, v.generic_name, v.form, v.declared_spec, v.holder_name, \
         (SELECT json_agg(json_build_object('kind', c.system, 'value', c.value)) FROM item_identifiers c WHERE c.item = v.item AND c.superseded_at IS NULL) AS codes \
         FROM item_identifiers i JOIN item_versions v ON v.item = i.item WHERE i.system = 'nhsa-western' \
         AND i.value = 'XA06ADM' || lpad((:n / 100000)::text, 3, '0') || 'P0010101' || lpad((:n % 100000)::text, 5, '0') \
         AND i.valid_from <= '2026-06-01' AND i.superseded_at IS NULL AND v.valid_from <= '2026-06-01' \
         AND (v.valid_to IS NULL OR v.valid_to > '2026-06-01') AND (v.superseded_at IS NULL OR v.superseded_at > now())) one;\n",
        rows - 1
    );
    let (mut first, mut again, mut below) = (Vec::new(), Vec::new(), Vec::new());
    for run in 0..RUNS {
        // So many that what is remembered of the run before is forgotten.
        let new = move |_client: usize, number: usize| body(&code((run * 100_003 + number) % rows));
        first.push(per_second(&clients, new).await);
        again.push(per_second(&clients, move |_client, number| body(&code(number % AGAIN % rows))).await);
        below.push(bench.pgbench(&floor));
    }
    for figures in [&mut first, &mut again, &mut below] {
        figures.sort_by(f64::total_cmp);
    }
    let (first, again, below) = (first[RUNS / 2], again[RUNS / 2], below[RUNS / 2]);
    println!(
        "lookup of a code: {first:.0}/s for the first time, {again:.0}/s again; one statement by pgbench {below:.0}/s: ratios {:.2} and {:.2}",
        first / below,
        again / below
    );
}

/// Seconds in which Postgres copies the rows that are there into the tables once more.
fn copied(bench: &Bench) -> f64 {
    let file = |table: &str| bench.home.path().join(format!("{table}.copy")).display().to_string();
    let psql = |command: &str| {
        let mut psql = Command::new(bench.cluster.programs().join("psql"));
        psql.arg(bench.cluster.url(OWNER, NAME)).args(["-q", "-v", "ON_ERROR_STOP=1", "-c", command]);
        assert!(psql.status().unwrap().success(), "{command}");
    };
    TABLES.iter().for_each(|table| psql(&format!("\\copy {table} TO '{}'", file(table))));
    psql(&format!("TRUNCATE {} CASCADE", TABLES.join(", ")));
    let begun = Instant::now();
    TABLES.iter().for_each(|table| psql(&format!("\\copy {table} FROM '{}'", file(table))));
    begun.elapsed().as_secs_f64()
}
