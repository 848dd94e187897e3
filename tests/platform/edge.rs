//! The edge of the service: its limits, its probes, what it tells and what it does not.
use serde_json::{Value, json};

use crate::support::actor::Actor;
use crate::support::http::{Reply, get, send};
use crate::support::postgres::execute;
use crate::support::program::{jicai, said};
use crate::support::world::World;

fn code(reply: &Reply) -> String {
    let json = reply.json();
    let first = if json.is_array() { &json[0] } else { &json };
    first["errors"][0]["extensions"]["code"].as_str().unwrap_or("ok").to_owned()
}

#[test]
fn the_committed_schema_is_the_one_that_is_served() {
    let printed = said(jicai(std::path::Path::new("/nonexistent"), &["schema"]));
    let committed = include_str!("../../graphql/schema.graphql");
    assert!(printed.out == committed, "run `make schema` and review the difference");
}

#[tokio::test(flavor = "multi_thread")]
async fn each_limit_lets_pass_what_fits_and_refuses_what_does_not() {
    let world = World::new().await;
    let to = world.address();
    let small = json!({ "query": "{ region(code: \"320000\") { name } }" });
    let batch = |size: usize| Value::Array(vec![small.clone(); size]);
    assert_eq!(code(&world.nobody().posts(&batch(10)).await), "ok");
    let large = world.nobody().posts(&batch(11)).await;
    assert_eq!((large.status, code(&large).as_str()), (429, "BATCH_TOO_LARGE"));

    let padded = |bytes: usize| {
        let empty =
            json!({ "query": "{ region(code: \"320000\") { name } }", "variables": { "x": "" } }).to_string();
        empty.replace("\"x\":\"\"", &format!("\"x\":\"{}\"", "y".repeat(bytes - empty.len())))
    };
    let json = [("content-type", "application/json")];
    let fits = send(to, "POST /graphql", &json, padded(1024 * 1024).as_bytes()).await;
    assert_eq!((fits.status, code(&fits).as_str()), (200, "ok"));
    let long = send(to, "POST /graphql", &json, padded(1024 * 1024 + 1).as_bytes()).await;
    assert_eq!((long.status, code(&long).as_str()), (413, "BODY_TOO_LARGE"));

    let rows = |first: u32| {
        format!("{{ alliances(first: {first}) {{ nodes {{ memberships {{ region {{ name }} }} }} }} }}")
    };
    world.nobody().asks(&rows(90)).await.done();
    world.nobody().asks(&rows(100)).await.done();
    let many = format!(
        "{{ {} }}",
        (0..3).map(|at| format!("a{at}: {}", &rows(100)[1..rows(100).len() - 1])).collect::<String>()
    );
    world.nobody().asks(&many).await.refused("QUERY_TOO_COMPLEX");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_librarys_own_errors_have_codes_too() {
    let world = World::new().await;
    let deep = (0..17).fold("name".to_owned(), |inner, _| format!("ofType {{ {inner} }}"));
    let nested = (0..40).fold("name".to_owned(), |inner, _| format!("ofType {{ {inner} }}"));
    let table = [
        ("{ nope }".to_owned(), "QUERY_INVALID"),
        ("{ regions(first: \"x\") { nodes { code } } }".to_owned(), "QUERY_INVALID"),
        ("{ region { name } }".to_owned(), "QUERY_INVALID"),
        ("{ region(code: 5) { name } }".to_owned(), "QUERY_INVALID"),
        ("query($code: String!) { region(code: $code) { name } }".to_owned(), "QUERY_INVALID"),
        ("{ regions { nodes }".to_owned(), "QUERY_INVALID"),
        ("mutation { refresh }".to_owned(), "QUERY_INVALID"),
        (format!("{{ __schema {{ types {{ {deep} }} }} }}"), "QUERY_TOO_DEEP"),
        (format!("{{ __schema {{ types {{ {nested} }} }} }}"), "QUERY_TOO_DEEP"),
    ];
    for (query, expected) in table {
        let outcome = world.admin().asks(&query).await;
        outcome.refused(expected);
        let extensions = &outcome.json["errors"][0]["extensions"];
        assert!(extensions["class"].is_string() && extensions["messageZh"].is_string(), "{extensions}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_request_is_told_so() {
    let world = World::new().await;
    let table: [(&str, &[u8]); 4] = [
        ("application/json", b"{"),
        ("application/json", b"[1]"),
        ("text/plain", b"{\"query\":\"{ me { id } }\"}"),
        ("application/x-www-form-urlencoded", b"query=%7Bme%7Bid%7D%7D"),
    ];
    for (kind, body) in table {
        let reply = send(world.address(), "POST /graphql", &[("content-type", kind)], body).await;
        assert_eq!((reply.status, code(&reply).as_str()), (400, "REQUEST_INVALID"), "{kind}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn only_who_is_logged_in_may_ask_for_the_schema() {
    let world = World::new().await;
    let query = "{ __schema { queryType { name } } }";
    assert_eq!(world.admin().asks(query).await.done()["queryType"]["name"], "Query");
    assert_eq!(world.nobody().asks(query).await.json["data"]["__schema"], Value::Null);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_fault_of_ours_tells_the_request_and_nothing_else() {
    let world = World::new().await;
    execute(&world.database.owner, "ALTER TABLE alliances RENAME COLUMN name TO gone").await;
    let reply = world.nobody().posts(&json!({ "query": "{ alliances { nodes { name } } }" })).await;
    assert_eq!(code(&reply), "INTERNAL");
    for secret in ["gone", "does not exist", "SELECT", "diesel", "relation"] {
        assert!(!reply.body.contains(secret), "{}", reply.body);
    }
    let request = reply.json()["errors"][0]["extensions"]["requestId"].as_str().unwrap().to_owned();
    assert!(reply.head.contains(&format!("x-request-id: {request}")), "{}", reply.head);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_database_that_is_away_makes_the_service_not_ready_and_comes_back() {
    let world = World::new().await;
    let to = world.address();
    assert_eq!((get(to, "/healthz").await.status, get(to, "/readyz").await.status), (200, 200));
    let database = world.database.app.rsplit_once("dbname=").unwrap().1.to_owned();
    world.database.as_superuser(&format!("ALTER DATABASE {database} ALLOW_CONNECTIONS false")).await;
    let away = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname =";
    world.database.as_superuser(&format!("{away} '{database}'")).await;
    assert_eq!((get(to, "/healthz").await.status, get(to, "/readyz").await.status), (200, 503));
    world.nobody().asks("{ region(code: \"320000\") { name } }").await.refused("UNAVAILABLE");
    world.database.as_superuser(&format!("ALTER DATABASE {database} ALLOW_CONNECTIONS true")).await;
    assert_eq!(get(to, "/readyz").await.status, 200);
    world.nobody().asks("{ region(code: \"320000\") { name } }").await.done();
}

#[tokio::test(flavor = "multi_thread")]
async fn the_service_counts_what_it_answers() {
    let world = World::new().await;
    let count = async |name: &str| -> u64 {
        let text = get(world.address(), "/metrics").await.body;
        let line = text.lines().find(|line| line.starts_with(&format!("{name} "))).unwrap();
        line.rsplit(' ').next().unwrap().parse().unwrap()
    };
    let before = count("jicai_http_answered_total").await;
    let refused = count("jicai_http_refused_total").await;
    get(world.address(), "/nothing-here").await;
    assert_eq!(count("jicai_http_answered_total").await, before + 3);
    assert_eq!(count("jicai_http_refused_total").await, refused + 1);
    assert_eq!(count("jicai_http_in_flight").await, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_shifted_clock_is_refused_unless_it_is_a_demonstration() {
    let world = World::new().await;
    world.moves_clock_to(1).await;
    let refused =
        jicai_server::serve::Service::start(&crate::support::world::config(&world.database), false).await;
    let told = refused.map(|_service| ()).unwrap_err().to_string();
    assert!(told.contains("--demo"), "{told}");
    let again: Actor = world.nobody();
    again.asks("{ region(code: \"320000\") { name } }").await.done();
}
