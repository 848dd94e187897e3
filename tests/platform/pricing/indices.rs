//! Indices: defined by one, published by another, never revised, the same for everybody and the same as offline.
use jicai_store::redis::RedisAddress;
use serde_json::{Value, json};

use super::market::{Market, reports, with};
use crate::support::actor::{Actor, Outcome, key};
use crate::support::folder::Folder;
use crate::support::http::{get, send};
use crate::support::program::{jicai, said};
use crate::support::redis::Redis;
use crate::support::world::World;

const INDEX: &str = "id version method baseMonth kind points { month value coverage warned linked } publication { month inputSha256 inputRows products }";

fn definition(more: &Value) -> Value {
    let index = json!({ "name": "江苏省药品价格指数", "method": "fisher", "baseMonth": "2026-07", "scope": "ALL", "region": "320000",
        "kind": "TRANSACTION", "idempotencyKey": key() });
    with(index, more)
}

async fn defines(who: &Actor, more: Value) -> Outcome {
    who.does("defineIndex", definition(&more), INDEX).await
}

async fn publishes(who: &Actor, id: &Value, month: &str) -> Outcome {
    let input = json!({ "id": id, "month": month, "idempotencyKey": key() });
    who.does("publishIndex", input, INDEX).await
}

/// What hospitals paid in four months: of the second drug nothing in the third.
async fn sells(market: &Market) {
    let bought = |key: String, of: &Value, day: &str, packs: u32| {
        with(of.clone(), &json!({ "key": key, "observedOn": day, "packs": packs.to_string() }))
    };
    let mut lines = Vec::new();
    for (month, price, packs) in
        [("07", "12.30", 100), ("08", "12.10", 130), ("09", "11.70", 170), ("10", "11.90", 150)]
    {
        let line = market.one.line("", "TRANSACTION", price);
        lines.push(bought(format!("1 {month}"), &line, &format!("2026-{month}-05"), packs));
        lines.push(bought(format!("1 {month} late"), &line, &format!("2026-{month}-28"), packs + 7));
    }
    for (month, price, packs) in [("07", "14.00", 80), ("08", "14.40", 60), ("10", "13.90", 90)] {
        let line = market.two.line("", "TRANSACTION", price);
        lines.push(bought(format!("2 {month}"), &line, &format!("2026-{month}-11"), packs));
    }
    let report = reports(&market.hospital, &lines).await.done();
    assert_eq!(report["taken"], 11, "{report}");
}

async fn file(world: &World, id: &Value, name: &str) -> crate::support::http::Reply {
    get(world.address(), &format!("/indices/{}/{name}", id.as_str().unwrap())).await
}

#[tokio::test(flavor = "multi_thread")]
async fn an_index_is_published_by_a_second_person_as_jicai_index_reckons_it() {
    let market = Market::opens().await;
    sells(&market).await;
    let Market { world, office, regulator, hospital, one, .. } = &market;
    let second = world.clerk(regulator, "second", "REGULATOR").await;
    defines(regulator, json!({ "window": 3 })).await.refused("INDEX_INVALID");
    defines(regulator, json!({ "kind": "LISTED" })).await.refused("INDEX_INVALID");
    defines(regulator, json!({ "region": "330000" })).await.refused("FORBIDDEN");
    defines(&one.firm, json!({})).await.refused("FORBIDDEN");
    let folder = Folder::new();
    let kinds = [
        ("fisher", json!({}), vec!["--method", "fisher"]),
        ("fisher", json!({ "fixedBase": true }), vec!["--method", "fisher", "--fixed"]),
        ("geks-tornqvist", json!({ "window": 3 }), vec!["--method", "geks-tornqvist", "--window", "3"]),
        ("unit-value", json!({}), vec!["--method", "unit-value"]),
    ];
    for (method, more, options) in kinds {
        // A window is published once it is full.
        let first = if more["window"].is_null() { "2026-08" } else { "2026-09" };
        let more = with(json!({ "method": method }), &more);
        let index = defines(regulator, more).await.done();
        publishes(regulator, &index["id"], "2026-08").await.refused("SECOND_PERSON_NEEDED");
        publishes(&second, &index["id"], "2099-01").await.refused("INDEX_MONTH");
        publishes(&second, &index["id"], "2026-06").await.refused("INDEX_MONTH");
        // What is asked for before it is published is not there, and is there at once when it is.
        for month in [first, "2026-10"] {
            assert_eq!(file(world, &index["id"], &format!("{month}.csv")).await.status, 404);
            publishes(&second, &index["id"], month).await.done();
            publishes(&second, &index["id"], month).await.refused("INDEX_MONTH");
            let published = file(world, &index["id"], &format!("{month}.csv")).await;
            let bearer = format!("Bearer {}", office.token.clone().unwrap());
            let path = format!("GET /indices/{}/{month}.input.csv", index["id"].as_str().unwrap());
            let input = send(world.address(), &path, &[("authorization", &bearer)], b"").await;
            assert_eq!((published.status, input.status), (200, 200), "{} {}", published.body, input.body);
            let table = folder.path().join("input.csv");
            std::fs::write(&table, &input.body).unwrap();
            let arguments =
                [&["index", "--input", table.to_str().unwrap(), "--format", "csv"], &options[..]].concat();
            let offline = said(jicai(folder.path(), &arguments));
            assert_eq!((offline.code, &published.body), (Some(0), &offline.out), "{method}: {}", offline.err);
            let told = file(world, &index["id"], &format!("{month}.json")).await.json();
            let series = told["series"].as_array().unwrap();
            assert_eq!((&told["method"], series.len()), (&json!(method), published.body.lines().count() - 1));
            assert_eq!(told["inputSha256"], sha256(input.body.as_bytes()).as_str());
        }
        assert_eq!(file(world, &index["id"], "2026-11.csv").await.status, 404);
    }
    let hidden = world.nobody().asks("{ priceIndices(first: 9) { nodes { id name } } }").await.done();
    assert_eq!(hidden["nodes"].as_array().unwrap().len(), 4, "everybody sees what is published");
    let index = &hidden["nodes"][0]["id"];
    let path = format!("GET /indices/{}/2026-10.input.csv", index.as_str().unwrap());
    assert_eq!(send(world.address(), &path, &[], b"").await.status, 401);
    let bearer = format!("Bearer {}", hospital.token.clone().unwrap());
    assert_eq!(send(world.address(), &path, &[("authorization", &bearer)], b"").await.status, 403);
}

fn sha256(bytes: &[u8]) -> String {
    use sha2::{Digest, Sha256};
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_published_stands_whatever_comes_late() {
    let market = Market::opens().await;
    sells(&market).await;
    let Market { world, regulator, hospital, one, .. } = &market;
    let second = world.clerk(regulator, "second", "REGULATOR").await;
    let third = world.clerk(regulator, "third", "REGULATOR").await;
    let index = defines(regulator, json!({ "threshold": 0.9 })).await.done();
    let id = &index["id"];
    publishes(&second, id, "2026-09").await.done();
    let before = file(world, id, "2026-09.csv").await.body;
    // A correction of a month that is published.
    let late = with(
        one.line("1 08", "TRANSACTION", "11.10"),
        &json!({ "observedOn": "2026-08-05", "packs": "130" }),
    );
    assert_eq!(reports(hospital, &[late]).await.done()["superseded"], 1);
    assert_eq!(file(world, id, "2026-09.csv").await.body, before);
    let (here, there) = tokio::join!(publishes(&second, id, "2026-10"), publishes(&third, id, "2026-10"));
    let mut codes = [here.code(), there.code()];
    codes.sort();
    assert_eq!(codes, ["INDEX_MONTH", "ok"], "of two at once one publishes");
    let after = file(world, id, "2026-10.csv").await.body;
    assert!(after.starts_with(&before), "{before} {after}");
    let shown = world.nobody().asks(&format!("{{ priceIndex(id: {id}) {{ {INDEX} }} }}")).await.done();
    let points = shown["points"].as_array().unwrap();
    let linked: Vec<bool> = points.iter().map(|point| point["linked"].as_bool().unwrap()).collect();
    assert_eq!(linked, [false, false, false, true], "the last one follows from the published one before it");
    assert_eq!(points[2]["warned"], true, "of what was spent before, less than nine tenths is compared");
    let stands = world.nobody().asks(&format!("{{ priceIndex(id: {id}) {{ id }} }}")).await;
    assert_eq!(stands.code(), "ok");
    // Another method is another version; nobody makes two of one.
    let again = json!({ "replaces": id, "method": "tornqvist" });
    assert_eq!(defines(regulator, again.clone()).await.done()["version"], 2);
    defines(regulator, again).await.refused("INDEX_STATE");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_published_index_is_read_with_redis_there_and_away() {
    let mut redis = Redis::start().await;
    let url = redis.url();
    let market = Market::opens_with(|config| config.redis = Some(RedisAddress::parse(&url).unwrap())).await;
    sells(&market).await;
    let Market { world, regulator, .. } = &market;
    let second = world.clerk(regulator, "second", "REGULATOR").await;
    let index = defines(regulator, json!({})).await.done();
    let id = &index["id"];
    assert_eq!(file(world, id, "2026-10.csv").await.status, 404, "and nothing of that is kept");
    publishes(&second, id, "2026-09").await.done();
    let first = file(world, id, "2026-09.csv").await;
    let kept = redis.says(&["KEYS", "jicai:index:*"]);
    assert_eq!(
        (first.status, kept.trim()),
        (200, format!("jicai:index:{}:2026-09.csv", id.as_str().unwrap()).as_str())
    );
    assert_eq!(file(world, id, "2026-09.csv").await.body, first.body);
    let ttl: u64 = redis.says(&["TTL", kept.trim()]).trim().parse().unwrap();
    assert!((1..=86_400).contains(&ttl), "{ttl}");
    redis.is_killed();
    assert_eq!(file(world, id, "2026-09.csv").await.body, first.body);
    publishes(&second, id, "2026-10").await.done();
    for _turn in 0..50 {
        let (reply, _other) = tokio::join!(file(world, id, "2026-10.csv"), file(world, id, "2026-09.json"));
        assert!(reply.status == 200 && reply.body.starts_with(&first.body), "{}", reply.body);
    }
    redis.comes_back().await;
    assert_eq!(file(world, id, "2026-09.csv").await.body, first.body);
}
