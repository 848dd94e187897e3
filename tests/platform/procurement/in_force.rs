//! A round after its official result: in force with its first contract, evaluated, extended, closed after its last day.
use jicai_seal::{ContractKey, Sealable};
use serde_json::{Value, json};

use super::stage::{Stage, nodes};
use crate::support::actor::{Actor, Outcome, key};
use crate::support::postgres::texts;
use crate::support::rounds::{HOUR, OPENING, a_round, in_seconds};
use crate::support::world::World;

const DAY: i64 = 24 * HOUR;
/// The day the contracts begin, in days after the round was made: the one before the opening ends.
const BEGINS: i64 = 2;

fn day(days: i64) -> String {
    in_seconds(days * DAY)[..10].to_owned()
}

async fn orders(who: &Actor, name: &str, input: Value) -> Outcome {
    let kind = format!("{}{}Input", name[..1].to_uppercase(), &name[1..]);
    let query = format!("mutation($input: {kind}!) {{ {name}(input: $input) }}");
    who.asks_with(&query, json!({ "input": input })).await
}

impl Stage {
    /// Two firms, of which the first one supplies the one region; the official result is announced.
    async fn official() -> (Stage, String) {
        let mut announcement = a_round();
        // Its contracts last 12 months where one or two firms are selected.
        announcement["ruleSet"] = json!("cn-r7-2022");
        announcement["disclosure"] = json!("SELECTED_NAMES");
        announcement["lots"][0]["cap"] = json!(2);
        let mut stage = Stage::announcing(World::new().await, announcement, 2).await;
        stage.seals(0, ["8", "90"]).await;
        stage.seals(1, ["9", "100"]).await;
        stage.is_opened().await;
        stage.begins_supply(60).await.done();
        stage.plays(&stage.lot(1)).await;
        stage.until("RoundSupplyDecided", 1).await;
        let clerk = stage.world.clerk(&stage.live.office, "second", "PROCUREMENT_OFFICE").await;
        let until = in_seconds(OPENING * HOUR + 2 * HOUR);
        let input = json!({ "id": stage.live.id, "version": stage.live.version().await, "objectionsUntil": until,
            "standstillUntil": until, "idempotencyKey": key() });
        stage.live.office.does("publishNotice", input, "id").await.done();
        stage.at(OPENING * HOUR + 3 * HOUR).await;
        let clerk = stage.world.logs_in(&clerk.login).await;
        let input = json!({ "id": stage.live.id, "version": stage.live.version().await, "startsOn": day(BEGINS),
            "idempotencyKey": key() });
        clerk.does("announceOfficialResult", input, "id").await.done();
        let results = clerk.asks("{ officialResults(first: 5) { nodes { id } } }").await.done();
        let result = nodes(&results)[0]["id"].as_str().unwrap().to_owned();
        (stage, result)
    }

    /// The one institution that reported demand.
    async fn hospital(&self) -> Actor {
        let query = "SELECT u.login AS line FROM users u JOIN organizations o ON o.id = u.organization WHERE o.kind = 'HOSPITAL'";
        self.world.logs_in(&texts(&self.world.database.owner, query).await[0]).await
    }

    /// The newest contract, once it is divided by what was reported.
    async fn divided(&self, result: &str) -> Value {
        let query = format!(
            "{{ contracts(first: 1, filter: {{ result: {result:?} }}) {{ nodes {{ id status volume year until termUntil institutions renewsId }} }} }}"
        );
        let begun = std::time::Instant::now();
        loop {
            let found = self.live.office.asks(&query).await.done();
            if nodes(&found)[0]["institutions"] == "1" {
                return nodes(&found)[0].clone();
            }
            assert!(begun.elapsed().as_secs() < 60, "{found}");
        }
    }

    /// The firm and the institution seal a contract.
    async fn is_sealed_by_all(&self, contract: &Value) {
        let main = format!("{{ contract(id: {}) {{ document }} }}", contract["id"]);
        let main = self.firms[0].actor.asks(&main).await.done()["document"].clone();
        seals(&self.firms[0].actor, main.as_str().unwrap()).await;
        let hospital = self.hospital().await;
        let part =
            format!("{{ subContracts(first: 1, contract: {}) {{ nodes {{ document }} }} }}", contract["id"]);
        let part = nodes(&hospital.asks(&part).await.done())[0]["document"].clone();
        seals(&hospital, part.as_str().unwrap()).await;
    }

    async fn evaluation(&self, reader: &Actor, year: i64) -> Outcome {
        let query = format!(
            "{{ roundEvaluation(round: {:?}, year: {year}) {{ year whole {{ {EVALUATION} }} lots(first: 5) {{ nodes {{ number evaluation {{ {EVALUATION} }} }} }} }} }}",
            self.live.id
        );
        reader.asks(&query).await
    }
}

const EVALUATION: &str = "contracts agreed delivered reached priceChange concentration deliveredConcentration spendAtCeiling spendAgreed spendDelivered";

async fn seals(who: &Actor, document: &str) {
    let private = ContractKey::generate().unwrap();
    let input = json!({ "publicLine": private.public().to_string(), "idempotencyKey": key() });
    orders(who, "registerContractKey", input).await.done();
    let seal = private.seal(&Sealable::parse(document).unwrap(), &who.organization).to_canonical();
    orders(who, "sealContracts", json!({ "seals": [seal], "idempotencyKey": key() })).await.done();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_round_is_in_force_with_its_first_contract_and_closed_after_the_last_day_of_its_terms() {
    let (mut stage, result) = Stage::official().await;
    let office = stage.live.office.clone();
    stage.evaluation(&office, 1).await.done();
    orders(&office, "generateContracts", json!({ "result": result, "idempotencyKey": key() })).await.done();
    let first = stage.divided(&result).await;
    stage.is_sealed_by_all(&first).await;
    assert_eq!(stage.live.status().await, "OFFICIAL");
    orders(&office, "moveContracts", json!({ "result": result, "idempotencyKey": key() })).await.done();
    assert_eq!(stage.live.status().await, "IN_FORCE");
    let version = stage.live.version().await;
    office.moves("cancelRound", (&stage.live.id, version), Some("停止")).await.refused("ROUND_STATE");
    is_evaluated(&stage, &first).await;

    // It goes on as long as its terms do; then the calendar renews nothing and closes it.
    let extension = json!({ "result": result, "until": day(BEGINS + 455), "reason": "等待下一轮", "idempotencyKey": key() });
    orders(&office, "extendContracts", extension).await.done();
    let renewal = json!({ "result": result, "endingBy": first["until"], "idempotencyKey": key() });
    let renewed = office.does("renewContracts", renewal, "renewed").await.done();
    assert_eq!(renewed["renewed"], 1);
    let second = stage.divided(&result).await;
    assert_eq!((&second["renewsId"], &second["until"]), (&first["id"], &json!(day(BEGINS + 455))));
    stage.is_sealed_by_all(&second).await;
    stage.at((BEGINS + 400) * DAY).await;
    becomes(&stage, &first, "CLOSED").await;
    becomes(&stage, &second, "IN_FORCE").await;
    assert_eq!(stage.live.status().await, "IN_FORCE");
    let office = stage.live.office.clone();
    assert_eq!(stage.evaluation(&office, 2).await.done()["whole"]["contracts"], 1);
    stage.at((BEGINS + 457) * DAY).await;
    becomes(&stage, &second, "CLOSED").await;
    stage.comes_to("CLOSED").await;
    let kinds = stage.world.entries(&stage.live.id).await;
    assert_eq!(
        kinds.last_chunk(),
        Some(&["RoundResultAnnounced", "RoundInForce", "RoundClosed"].map(str::to_owned))
    );
    let begun = std::time::Instant::now();
    let mut heard = Value::Null;
    while !heard.to_string().contains("RoundClosed") {
        heard = stage.live.office.asks("{ notifications(first: 20) { nodes { kind } } }").await.done();
        assert!(begun.elapsed().as_secs() < 30, "{heard}");
    }
}

async fn becomes(stage: &Stage, contract: &Value, status: &str) {
    let begun = std::time::Instant::now();
    let query = format!("{{ contract(id: {}) {{ status }} }}", contract["id"]);
    while stage.live.office.asks(&query).await.done()["status"] != status {
        assert!(begun.elapsed().as_secs() < 60, "the contract does not become {status}");
    }
}

/// The office and those who watch over the region see what the round came to; nothing is delivered.
async fn is_evaluated(stage: &Stage, contract: &Value) {
    let seen = stage.evaluation(&stage.live.office, 1).await.done();
    let volume: i64 = contract["volume"].as_str().unwrap().parse().unwrap();
    // 0.8 yuan a unit, 1.32 at most; one firm has all of it.
    let fen = |each: i64| {
        let (yuan, rest) = (volume * each / 100, volume * each % 100);
        if rest == 0 {
            yuan.to_string()
        } else {
            format!("{yuan}.{rest:02}").trim_end_matches('0').to_owned()
        }
    };
    let expected = json!({ "contracts": 1, "agreed": contract["volume"], "delivered": "0", "reached": "0",
        "priceChange": "-0.393939", "concentration": "10000", "deliveredConcentration": null,
        "spendAtCeiling": fen(132), "spendAgreed": fen(80), "spendDelivered": "0" });
    assert_eq!(seen["whole"], expected);
    assert_eq!(seen["lots"]["nodes"], json!([{ "number": 1, "evaluation": expected }]));
    let auditor = stage.world.manager("AUDIT_BODY", "320000").await;
    assert_eq!(stage.evaluation(&auditor, 1).await.done(), seen);
    let regulator = stage.world.manager("REGULATOR", "310000").await;
    let elsewhere = stage.evaluation(&regulator, 1).await.done();
    assert_eq!((&elsewhere["whole"]["contracts"], &elsewhere["whole"]["reached"]), (&json!(0), &Value::Null));
    let office = stage.world.manager("PROCUREMENT_OFFICE", "310000").await;
    stage.evaluation(&office, 1).await.refused("NOT_FOUND");
    stage.evaluation(&stage.firms[0].actor, 1).await.refused("FORBIDDEN");
}
