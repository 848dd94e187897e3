//! A firm leaves what it was selected for: it sees what follows before it confirms, and the office decides as it was shown.
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::deal::{CONTRACT, contracts, generates};
use super::support::{announcing, brings, shanghai};
use crate::support::actor::{Actor, Outcome, key};
use crate::support::postgres::texts;
use crate::support::rounds::in_seconds;
use crate::support::world::World;

const NAME: &str = "厄贝沙坦片接替供应";

/// A lot of three firms: the first supplies Shanghai with 1,000, the second stands by, the third came third and supplies nowhere.
struct Lot {
    office: Actor,
    firms: Vec<Actor>,
    result: String,
    products: Vec<String>,
}

impl Lot {
    async fn announced(world: &World) -> Lot {
        Self::starting(world, "2019-04-01").await
    }

    async fn starting(world: &World, day: &str) -> Lot {
        let office = shanghai(world).await;
        let mut firms = Vec::new();
        let mut rows = Vec::new();
        let supplies = ["310000,MAIN,1000", "310000,BACKUP,", ",,"];
        for (rank, (price, supply)) in (1..).zip(["0.20", "0.22", "0.25"].into_iter().zip(supplies)) {
            let firm = world.manager("MANUFACTURER", "330000").await;
            let code = firm.login.split_once('@').unwrap().1.to_owned();
            rows.push(format!(
                "1,厄贝沙坦片,厄贝沙坦片,75mg,片,,,企业{rank},{code},{price},PUBLISHED,{rank},2028-12-31,{supply}"
            ));
            firms.push(firm);
        }
        let import = brings(&office, &rows).await;
        let mut input = announcing(&import, NAME, 0);
        input["startsOn"] = json!(day);
        let result = office.does("announceImportedResult", input, "id").await.done();
        let id = result["id"].as_str().unwrap();
        let query = format!("{{ officialResult(id: {id:?}) {{ products(first: 3) {{ nodes {{ id }} }} }} }}");
        let seen = office.asks(&query).await.done()["products"]["nodes"].clone();
        let ids = seen.as_array().unwrap().iter().map(|product| product["id"].as_str().unwrap().to_owned());
        let products = ids.collect();
        Lot { office, firms, result: id.to_owned(), products }
    }

    async fn preview(&self, reader: &Actor, product: usize, ground: &str, answers: Value) -> Outcome {
        let query = "query($product: ID!, $ground: WithdrawalGround!, $answers: [CascadeAnswerInput!]!) {
            previewWithdrawal(product: $product, ground: $ground, answers: $answers) {
                consequences violationList banMonthsMost rating rules unanswered uncertain { key confidence }
                regions { region volume shares { productId step volume price } explanations { code messageZh } }
                roles { code }
            } }";
        let variables = json!({ "product": self.products[product], "ground": ground, "answers": answers });
        reader.asks_with(query, variables).await
    }

    async fn withdraws(&self, firm: usize, product: usize, consequences: &Value) -> Outcome {
        let input = json!({ "product": self.products[product], "reason": "生产线停产", "consequences": consequences,
            "idempotencyKey": key() });
        self.firms[firm].does("withdrawSelection", input, "id ground decidedAt").await
    }

    fn decision(&self, product: usize, ground: &str, answers: &Value, consequences: &Value) -> Value {
        json!({ "product": self.products[product], "ground": ground, "reason": "接替供应", "answers": answers,
            "consequences": consequences, "idempotencyKey": key() })
    }

    async fn decides(&self, product: usize, ground: &str, answers: Value) -> Outcome {
        let seen = self.preview(&self.office, product, ground, answers.clone()).await.done();
        let input = self.decision(product, ground, &answers, &seen["consequences"]);
        self.office.does("decideCascade", input, "id productId ground decidedAt").await
    }

    /// The withdrawals that somebody sees of the result.
    async fn withdrawals(&self, reader: &Actor) -> Vec<Value> {
        let fields = "id productId lotNumber holderName ground reason answer text sha256 filedAt decidedAt";
        let query =
            format!("{{ withdrawals(result: {:?}, first: 5) {{ nodes {{ {fields} }} }} }}", self.result);
        reader.asks(&query).await.done()["nodes"].as_array().unwrap().clone()
    }

    /// Who takes how much of the one region, in which step.
    fn shares(&self, plan: &Value) -> Vec<(Option<usize>, String, String)> {
        let shares = plan["regions"][0]["shares"].as_array().unwrap();
        let place =
            |id: &Value| self.products.iter().position(|product| Some(product.as_str()) == id.as_str());
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        shares
            .iter()
            .map(|share| (place(&share["productId"]), text(&share["step"]), text(&share["volume"])))
            .collect()
    }
}

fn share(taker: Option<usize>, step: &str, volume: &str) -> (Option<usize>, String, String) {
    (taker, step.to_owned(), volume.to_owned())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_firm_sees_what_follows_withdraws_and_the_backup_takes_over() {
    let world = World::new().await;
    let lot = Lot::announced(&world).await;
    let none = || json!([]);
    lot.preview(&lot.firms[1], 0, "WITHDRAWN", none()).await.refused("NOT_FOUND");
    let shown = lot.preview(&lot.firms[0], 0, "WITHDRAWN", none()).await.done();
    assert_eq!(lot.shares(&shown), [share(Some(1), "BACKUP", "1000")]);
    assert_eq!(
        (&shown["violationList"], &shown["banMonthsMost"], &shown["rating"]),
        (&json!(true), &json!(24), &json!("SERIOUS"))
    );
    assert_eq!(
        shown["regions"][0]["shares"][0]["price"],
        json!(null),
        "another firm's price is not disclosed"
    );
    let told = |plan: &Value| {
        let told = plan["regions"][0]["explanations"].as_array().unwrap().iter();
        told.map(|one| one["code"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(told(&shown), ["LEAVES", "BACKUP_TAKES"]);
    let office = lot.preview(&lot.office, 0, "WITHDRAWN", none()).await.done();
    assert_eq!(office["regions"][0]["shares"][0]["price"], "0.22");
    assert_eq!(told(&office), ["LEAVES", "BACKUP_TAKES", "OWN_PRICE"]);
    assert_eq!(office["consequences"], shown["consequences"]);
    assert!(office["uncertain"].as_array().unwrap().iter().all(|one| one["confidence"] != "sourced"));

    let seen = &shown["consequences"];
    lot.decides(0, "WITHDRAWN", none()).await.refused("WITHDRAWAL_STATE");
    lot.withdraws(0, 0, &json!("0".repeat(64))).await.refused("STALE_VERSION");
    lot.withdraws(1, 0, seen).await.refused("NOT_FOUND");
    let filed = lot.withdraws(0, 0, seen).await.done();
    assert_eq!((&filed["ground"], &filed["decidedAt"]), (&json!("WITHDRAWN"), &json!(null)));
    lot.withdraws(0, 0, seen).await.refused("WITHDRAWAL_STATE");

    let elsewhere = world.manager("PROCUREMENT_OFFICE", "320000").await;
    let input = lot.decision(0, "WITHDRAWN", &none(), seen);
    elsewhere.does("decideCascade", input.clone(), "id").await.refused("NOT_FOUND");
    let decided = lot.office.does("decideCascade", input.clone(), "id productId decidedAt").await.done();
    assert_eq!((&decided["id"], &decided["productId"]), (&filed["id"], &json!(lot.products[0])));
    assert!(decided["decidedAt"].is_string());
    let again = lot.office.does("decideCascade", input, "id productId decidedAt").await.done();
    assert_eq!(again, decided);
    lot.preview(&lot.office, 0, "DISQUALIFIED", none()).await.refused("SUPPLIER_NOT_SELECTED");
    let kinds = world.entries(decided["id"].as_str().unwrap()).await;
    assert_eq!(kinds, ["SelectionWithdrawalFiled", "SelectionCascadeDecided"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn volume_goes_on_to_the_next_by_rank_as_far_as_it_accepts_and_the_rest_is_left_over() {
    let world = World::new().await;
    let lot = Lot::announced(&world).await;
    lot.decides(0, "DISQUALIFIED", json!([])).await.done();
    // The backup is now the main supplier with 1,000, and nobody backs it up.
    let shown = lot.preview(&lot.office, 1, "SUPPLY_FAILED", json!([])).await.done();
    assert_eq!(lot.shares(&shown), [share(Some(2), "RANK", "1000")]);
    assert_eq!(shown["regions"][0]["shares"][0]["price"], "0.22");
    assert_eq!(shown["unanswered"], json!([lot.products[2]]));
    lot.decides(1, "SUPPLY_FAILED", json!([])).await.refused("CASCADE_UNANSWERED");
    let answers = json!([{ "product": lot.products[2], "accepts": true, "atMost": "600" }]);
    let plan = lot.preview(&lot.office, 1, "SUPPLY_FAILED", answers.clone()).await.done();
    assert_eq!(lot.shares(&plan), [share(Some(2), "RANK", "600"), share(None, "", "400")]);
    let unseen = lot.decision(1, "SUPPLY_FAILED", &answers, &shown["consequences"]);
    lot.office.does("decideCascade", unseen, "id").await.refused("STALE_VERSION");
    lot.decides(1, "SUPPLY_FAILED", answers).await.done();
    // Of 1,000 units, 600 have a supplier; the other 400 are no agreed volume any more.
    let last = lot.preview(&lot.office, 2, "DISQUALIFIED", json!([])).await.done();
    assert_eq!(lot.shares(&last), [share(None, "", "600")]);
    assert_eq!(last["rating"], "ESPECIALLY_SERIOUS");
}

/// The kinds of notifications that somebody has.
async fn told(reader: &Actor) -> Vec<String> {
    let found = reader.asks("{ notifications(first: 50) { nodes { kind } } }").await.done();
    let nodes = found["nodes"].as_array().unwrap().iter();
    nodes.map(|one| one["kind"].as_str().unwrap().to_owned()).collect()
}

async fn is_told(reader: &Actor, kind: &str) {
    let begun = Instant::now();
    while !told(reader).await.iter().any(|one| one == kind) {
        assert!(begun.elapsed() < Duration::from_secs(30), "{} is not told of {kind}", reader.login);
    }
}

/// Whether a decision waits for somebody.
async fn waits(reader: &Actor, withdrawal: &Value) -> bool {
    let tasks = reader.asks("{ tasks(first: 50) { nodes { kind subject } } }").await.done();
    let wanted = json!({ "kind": "DECIDE_WITHDRAWAL", "subject": withdrawal });
    tasks["nodes"].as_array().unwrap().contains(&wanted)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_withdrawal_is_told_to_those_it_concerns_and_its_decision_is_read_by_everybody() {
    let world = World::new().await;
    let lot = Lot::starting(&world, &in_seconds(0)[..10]).await;
    let hospital = world.manager("HOSPITAL", "310000").await;
    let stranger = world.manager("HOSPITAL", "310000").await;
    generates(&lot.office, &lot.result).await.done();
    let contract = contracts(&lot.office).await.remove(0);
    let parts = json!([{ "institution": hospital.organization, "volume": "1000" }]);
    let input = json!({ "id": contract["id"], "version": 1, "parts": parts, "idempotencyKey": key() });
    lot.office.does("splitContract", input, CONTRACT).await.done();

    let seen = lot.preview(&lot.firms[0], 0, "WITHDRAWN", json!([])).await.done();
    let filed = lot.withdraws(0, 0, &seen["consequences"]).await.done();
    assert!(waits(&lot.office, &filed["id"]).await);
    assert!(!waits(&world.manager("PROCUREMENT_OFFICE", "320000").await, &filed["id"]).await);
    is_told(&lot.office, "SelectionWithdrawalFiled").await;
    for (reader, count) in [(&lot.office, 1), (&lot.firms[0], 1), (&lot.firms[1], 0), (&world.nobody(), 0)] {
        assert_eq!(lot.withdrawals(reader).await.len(), count, "{}", reader.login);
    }
    let one = format!("{{ withdrawal(id: {}) {{ id text }} }}", filed["id"]);
    world.nobody().asks(&one).await.refused("NOT_FOUND");
    assert_eq!(lot.office.asks(&one).await.done()["text"], json!(null));

    lot.decides(0, "WITHDRAWN", json!([])).await.done();
    assert!(!waits(&lot.office, &filed["id"]).await);
    let public = lot.withdrawals(&world.nobody()).await.remove(0);
    assert_eq!(world.nobody().asks(&one).await.done()["text"], public["text"]);
    let fields = ["id", "productId", "ground", "reason", "answer"].map(|field| public[field].clone());
    let expected = [filed["id"].as_str().unwrap(), &lot.products[0], "WITHDRAWN", "生产线停产", "接替供应"];
    assert_eq!(fields, expected.map(Value::from));
    let text = public["text"].as_str().unwrap();
    assert_eq!(public["sha256"], jicai_domain::audit::hex(&Sha256::digest(text)));
    assert!(!text.contains("0.2"), "a price that the result does not disclose: {text}");
    let shares = serde_json::from_str::<Value>(text).unwrap()["regions"][0]["shares"].clone();
    assert_eq!(shares, json!([[lot.products[1], "BACKUP", 1_000]]));
    let logged = format!(
        "SELECT count(*)::text AS line FROM audit_entries WHERE kind = 'SelectionCascadeDecided' AND canonical LIKE '%sha256 64:{}%'",
        public["sha256"].as_str().unwrap()
    );
    assert_eq!(texts(&world.database.owner, &logged).await, ["1"], "the log has the digest");

    for concerned in [&lot.firms[0], &lot.firms[1], &hospital] {
        is_told(concerned, "SelectionCascadeDecided").await;
    }
    for other in [&lot.firms[2], &stranger] {
        assert!(!told(other).await.iter().any(|kind| kind.starts_with("Selection")), "{}", other.login);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn contracts_of_a_year_that_is_over_keep_nobody_from_deciding() {
    let world = World::new().await;
    let lot = Lot::announced(&world).await;
    generates(&lot.office, &lot.result).await.done();
    lot.decides(0, "SUPPLY_FAILED", json!([])).await.done();
    let all = contracts(&lot.office).await;
    assert_eq!(all.len(), 1, "what is over is nobody's to take over: {all:?}");
}
