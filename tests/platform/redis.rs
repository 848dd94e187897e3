//! Redis: what servers share through it, and what becomes of that when it dies and comes back.
use std::time::Instant;

use jicai_server::serve::Service;
use jicai_service::{Bell, Carrier, Topic, Wake};
use jicai_store::redis::{KEYS, RedisAddress};
use serde_json::json;

use crate::bell::{heard, until_silent};
use crate::support::actor::Actor;
use crate::support::folder::Folder;
use crate::support::http::{Reply, get, send};
use crate::support::postgres::Database;
use crate::support::program::jicai;
use crate::support::redis::{Redis, until};
use crate::support::serving::Serving;
use crate::support::world::{World, config_with, registration};

/// Requests a second in these stories; three may be saved up.
const RATE: (&str, &str) = ("JICAI_ANONYMOUS_RATE", "1");
const BURST: u64 = 3;

async fn serve(database: &Database, settings: &[(&str, &str)]) -> Service {
    Service::start(&config_with(database, settings), false).await.unwrap()
}

/// Asks as often as would be refused by any server; what was admitted, and what the clock allowed at most.
async fn rush(actors: &[&Actor]) -> (u64, u64) {
    let (begun, mut admitted) = (Instant::now(), 0);
    for _turn in 0..8 {
        for actor in actors {
            let reply = actor.posts(&json!({ "query": "{ region(code: \"320000\") { name } }" })).await;
            match reply.status {
                200 => admitted += 1,
                _refused => assert_limited(&reply),
            }
        }
    }
    (admitted, BURST + begun.elapsed().as_secs() + 1)
}

fn assert_limited(reply: &Reply) {
    let extensions = &reply.json()["errors"][0]["extensions"];
    assert_eq!((reply.status, extensions["code"].as_str()), (429, Some("RATE_LIMITED")), "{}", reply.body);
    let seconds = extensions["retryAfter"].as_u64().unwrap();
    assert_eq!(seconds, 1);
    assert!(reply.head.contains(&format!("retry-after: {seconds}")), "{}", reply.head);
}

async fn count(service: &Service, name: &str) -> u64 {
    let text = get(service.address(), "/metrics").await.body;
    let line = text.lines().find(|line| line.starts_with(&format!("{name} "))).unwrap();
    line.rsplit(' ').next().unwrap().parse().unwrap()
}

/// How many listen to the bell.
fn listeners(redis: &Redis) -> u32 {
    redis.says(&["PUBSUB", "NUMSUB", "jicai:bell"]).rsplit('\n').next().unwrap().trim().parse().unwrap()
}

async fn redis_is(service: &Service, state: &str) -> bool {
    let ready = get(service.address(), "/readyz").await;
    assert_eq!(ready.status, 200, "{}", ready.body);
    ready.body.contains(&format!("redis: {state}\n"))
}

/// A port that nobody listened on a moment ago.
fn free_port() -> String {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    listener.local_addr().unwrap().port().to_string()
}

#[tokio::test(flavor = "multi_thread")]
async fn servers_share_a_limit_count_alone_while_redis_is_dead_and_share_again() {
    let (database, mut redis) = (Database::new().await, Redis::start().await);
    let url = redis.url();
    let settings = [RATE, ("REDIS_URL", url.as_str())];
    let (one, two) = (serve(&database, &settings).await, serve(&database, &settings).await);
    let (asks_one, asks_two) = (Actor::nobody(one.address()), Actor::nobody(two.address()));
    assert!(redis_is(&one, "there").await);
    let (admitted, most) = rush(&[&asks_one, &asks_two]).await;
    assert!((BURST..=most).contains(&admitted), "{admitted} of {most}");
    assert_eq!(count(&one, "jicai_rate_counted_alone_total").await, 0);

    redis.is_killed();
    for (service, actor) in [(&one, &asks_one), (&two, &asks_two)] {
        let (admitted, most) = rush(&[actor]).await;
        assert!((BURST..=most).contains(&admitted), "{admitted} of {most}");
        assert!(redis_is(service, "away").await);
        assert!(count(service, "jicai_rate_counted_alone_total").await > 0);
        assert_eq!(count(service, "jicai_redis_there").await, 0);
    }

    redis.comes_back().await;
    until("both servers have Redis again", async || {
        redis_is(&one, "there").await && redis_is(&two, "there").await
    })
    .await;
    let alone = count(&one, "jicai_rate_counted_alone_total").await;
    let (admitted, most) = rush(&[&asks_one, &asks_two]).await;
    assert!((BURST..=most).contains(&admitted), "{admitted} of {most}");
    assert_eq!(count(&one, "jicai_rate_counted_alone_total").await, alone);
    assert_eq!(count(&one, "jicai_http_failed_total").await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_caller_has_a_limit_on_all_servers_together_and_no_other_caller_bears_it() {
    let (world, redis) = (World::new().await, Redis::start().await);
    let url = redis.url();
    let settings = [("JICAI_CALLER_RATE", "1"), ("REDIS_URL", url.as_str())];
    let (one, two) = (serve(&world.database, &settings).await, serve(&world.database, &settings).await);
    let clerk = world.clerk(world.admin(), "clerk", "ADMIN").await;
    let on = |actor: &Actor, service: &Service| Actor { to: service.address(), ..actor.clone() };
    let (admitted, most) = rush(&[&on(&clerk, &one), &on(&clerk, &two)]).await;
    assert!((BURST..=most).contains(&admitted), "{admitted} of {most}");
    on(world.admin(), &one).asks("{ me { id } }").await.done();
    Actor::nobody(one.address()).asks("{ region(code: \"320000\") { name } }").await.done();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_that_proves_nobody_counts_against_its_address() {
    let database = Database::new().await;
    let service = serve(&database, &[RATE]).await;
    let liar = Actor { token: Some("not.a.token".to_owned()), ..Actor::nobody(service.address()) };
    let outcomes = async || liar.asks("{ me { id } }").await.code();
    until("the address is limited", async || outcomes().await == "RATE_LIMITED").await;
    assert!(count(&service, "jicai_rate_limited_total").await > 0);
    assert_eq!(count(&service, "jicai_rate_counted_alone_total").await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn every_door_for_strangers_counts_against_the_address() {
    let database = Database::new().await;
    let protocol = [("sec-websocket-protocol", "graphql-transport-ws")];
    let doors: [(&str, &[(&str, &str)]); 2] =
        [("GET /.well-known/jwks.json", &[]), ("GET /subscriptions", &protocol)];
    for (first, headers) in doors {
        let service = serve(&database, &[RATE]).await;
        let limited = async || {
            let reply = send(service.address(), first, headers, b"").await;
            let limited = reply.status == 429;
            if limited {
                assert_limited(&reply);
            }
            limited
        };
        until(first, limited).await;
    }
    let service = serve(&database, &[RATE]).await;
    let client = jicai_store::fresh::<jicai_domain::ids::ClientId>();
    let form = format!("grant_type=client_credentials&client_id={client}&client_secret=guessed");
    let headers = [("content-type", "application/x-www-form-urlencoded")];
    let limited = async || {
        let reply = send(service.address(), "POST /oauth/token", &headers, form.as_bytes()).await;
        reply.status == 429 && reply.head.contains("retry-after: 1")
    };
    until("tokens of clients", limited).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn behind_a_trusted_proxy_the_client_is_limited_and_elsewhere_the_peer_is() {
    let database = Database::new().await;
    let body = json!({ "query": "{ region(code: \"320000\") { name } }" }).to_string();
    let ask = async |service: &Service, client: &str| {
        let headers = [("content-type", "application/json"), ("x-forwarded-for", client)];
        send(service.address(), "POST /graphql", &headers, body.as_bytes()).await.status
    };
    let proxied = serve(&database, &[RATE, ("JICAI_TRUSTED_PROXIES", "127.0.0.0/8")]).await;
    until("a client is limited", async || ask(&proxied, "192.0.2.7").await == 429).await;
    assert_eq!(ask(&proxied, "192.0.2.7, 198.51.100.1").await, 200);
    let direct = serve(&database, &[RATE]).await;
    let mut number = 0..;
    let mut others = async || ask(&direct, &format!("192.0.2.{}", number.next().unwrap())).await;
    let mut statuses = Vec::new();
    while !statuses.contains(&429) {
        assert!(statuses.len() < 200, "another name made another client");
        statuses.push(others().await);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_kind_of_key_is_there_with_an_end_and_in_the_architecture() {
    let (world, redis) = (World::new().await, Redis::start().await);
    let url = redis.url();
    let settings = [RATE, ("JICAI_CALLER_RATE", "1"), ("REDIS_URL", url.as_str())];
    let service = serve(&world.database, &settings).await;
    let known = Actor { to: service.address(), ..world.admin().clone() };
    let script = "local lines = {} for _, key in ipairs(redis.call('KEYS', '*')) do \
         table.insert(lines, key .. ' ' .. redis.call('PTTL', key)) end return table.concat(lines, '\\n')";
    let seen = async || {
        rush(&[&known, &Actor::nobody(service.address())]).await;
        let lines = redis.says(&["EVAL", script, "0"]);
        let rows = lines.lines().map(|line| line.rsplit_once(' ').unwrap());
        rows.map(|(key, ttl)| (key.to_owned(), ttl.parse::<i64>().unwrap())).collect::<Vec<_>>()
    };
    until("every kind of key was seen, and none without an end", async || {
        let keys = seen().await;
        for (key, ttl) in &keys {
            let spec = KEYS.iter().find(|spec| key.starts_with(spec.prefix));
            let most = spec.unwrap_or_else(|| panic!("{key} is of no kind")).ttl_max.as_millis();
            assert!(*ttl >= 0 && u128::try_from(*ttl).unwrap() <= most, "{key} ends in {ttl} ms");
        }
        // Published indices are kept in a story of their own.
        let mut rates = KEYS.iter().filter(|spec| spec.prefix.starts_with("jicai:rate:"));
        rates.all(|spec| keys.iter().any(|(key, _)| key.starts_with(spec.prefix)))
    })
    .await;
    let architecture = include_str!("../../ARCHITECTURE.md");
    for spec in KEYS {
        let row = format!("| `{}…` | {} s |", spec.prefix, spec.ttl_max.as_secs());
        assert!(architecture.contains(&row), "ARCHITECTURE.md has no row {row}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_bell_crosses_redis_and_costs_a_look_while_redis_is_dead() {
    let (database, mut redis) = (Database::new().await, Redis::start().await);
    let url = redis.url();
    let service = serve(&database, &[("REDIS_URL", url.as_str())]).await;
    let shared = jicai_store::redis::Redis::open(RedisAddress::parse(&url).unwrap()).await;
    tokio::spawn(shared.clone().look_after());
    let bell = Bell::default();
    tokio::spawn(bell.clone().carry(Carrier::Redis(shared)));
    let mut ear = bell.listen(Topic::Log);
    // Opening the line rings once.
    heard(&mut ear).await;
    until("both listen", async || listeners(&redis) == 2).await;
    let asks = Actor::nobody(service.address());
    let registers = async || {
        asks.does("registerOrganization", registration("HOSPITAL", "320106"), "id").await.done();
    };
    registers().await;
    heard(&mut ear).await;

    redis.is_killed();
    registers().await;
    assert_eq!(bell.listen(Topic::Jobs).wake().await, Wake::Due);
    redis.comes_back().await;
    until("both listen again", async || listeners(&redis) == 2).await;
    until_silent(&mut ear).await;
    registers().await;
    heard(&mut ear).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cluster_is_shared_like_one_server() {
    let database = Database::new().await;
    let (port, bus) = (free_port(), free_port());
    let clustered = ["--bind", "127.0.0.1", "--cluster-enabled", "yes"];
    let redis = Redis::with(&[&clustered, &["--port", &port, "--cluster-port", &bus][..]].concat()).await;
    redis.says(&["CLUSTER", "ADDSLOTSRANGE", "0", "16383"]);
    until("the cluster is up", async || redis.says(&["CLUSTER", "INFO"]).contains("cluster_state:ok")).await;
    let url = format!("redis-cluster://127.0.0.1:{port}");
    let settings = [RATE, ("REDIS_URL", url.as_str())];
    let (one, two) = (serve(&database, &settings).await, serve(&database, &settings).await);
    until("both listen", async || listeners(&redis) == 2).await;
    let (admitted, most) = rush(&[&Actor::nobody(one.address()), &Actor::nobody(two.address())]).await;
    assert!((BURST..=most).contains(&admitted), "{admitted} of {most}");
    assert_eq!(count(&two, "jicai_rate_counted_alone_total").await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn redis_over_tls_is_believed_only_with_a_certificate_that_the_system_trusts() {
    let (database, folder) = (Database::new().await, Folder::new());
    let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    let [certificate, key] = ["certificate", "key"].map(|name| folder.path().join(name));
    std::fs::write(&certificate, made.cert.pem()).unwrap();
    std::fs::write(&key, made.signing_key.serialize_pem()).unwrap();
    let (certificate, key, port) = (certificate.to_str().unwrap(), key.to_str().unwrap(), free_port());
    let tls = ["--tls-port", &port, "--tls-cert-file", certificate, "--tls-key-file", key];
    let _redis = Redis::with(&[&tls, &["--port", "0", "--tls-auth-clients", "no"][..]].concat()).await;
    let url = format!("rediss://localhost:{port}");
    for (trusted, state) in [(certificate, "there"), ("/dev/null", "away")] {
        let mut command = jicai(folder.path(), &["serve"]);
        command.env("DATABASE_URL", &database.app).env("JICAI_SECRET", "5a".repeat(32));
        command.env("REDIS_URL", &url).env("SSL_CERT_FILE", trusted);
        let serving = Serving::from(command);
        let ready = get(serving.to, "/readyz").await.body;
        serving.signal("-TERM");
        assert_eq!(serving.last_words().0, Some(0));
        assert_eq!(ready, format!("ready\nredis: {state}\n"));
    }
}
