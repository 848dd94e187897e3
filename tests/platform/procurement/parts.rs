//! An objection holds up its own lots only: the official result of the others is announced, and their contracts are sealed.
use std::time::Instant;

use serde_json::{Value, json};

use super::notice::DAY;
use super::stage::{Stage, nodes};
use crate::contract::deal::{Party, contracts, document, generates, parts};
use crate::support::actor::{Actor, key};
use crate::support::rounds::{HOUR, OPENING};
use crate::support::world::World;

const PRICES: [[&str; 2]; 4] = [["8", "90"], ["9", "100"], ["10", "110"], ["11", "120"]];

/// A stage whose two lots are both chosen in one region, with the notice published and a clerk who may announce. A firm objects to the second lot.
struct Held {
    stage: Stage,
    clerk: Actor,
    objection: Value,
}

impl Held {
    async fn up() -> Held {
        let stage = Stage::bidding(World::new().await, "SELECTED_WITH_PRICES", 4).await;
        stage.demand_in(&[("320000", 5_000)]).await;
        let stage = Stage::chosen_on(stage, PRICES).await;
        let clerk = stage.world.clerk(&stage.live.office, "second", "PROCUREMENT_OFFICE").await;
        stage.publishes(2).await.done();
        let objection = stage.objects(&stage.firms[2].actor, &stage.lot(2), &[]).await.done();
        stage.announces(&clerk).await.refused("OBJECTIONS_OPEN");
        let mut held = Held { stage, clerk, objection };
        held.at(2 * HOUR + 1).await;
        held
    }

    /// So many seconds after the opening may begin.
    async fn at(&mut self, seconds: i64) {
        self.stage.at(OPENING * HOUR + seconds).await;
        self.clerk = self.stage.world.logs_in(&self.clerk.login).await;
    }

    /// The ids of the parts of the official result, the newest first.
    async fn results(&self) -> Vec<String> {
        let query =
            format!("{{ officialResults(round: {:?}, first: 5) {{ nodes {{ id }} }} }}", self.stage.live.id);
        let found = self.stage.world.nobody().asks(&query).await.done();
        nodes(&found).iter().map(|one| one["id"].as_str().unwrap().to_owned()).collect()
    }

    /// Generates the contracts of a part and waits until they are divided: the ones that are new.
    async fn contracts(&self, result: &str) -> Vec<Value> {
        let before: Vec<Value> = contracts(&self.stage.live.office).await;
        generates(&self.stage.live.office, result).await.done();
        let begun = Instant::now();
        loop {
            let mut found = contracts(&self.stage.live.office).await;
            if found.iter().all(|contract| !contract["institutions"].is_null()) {
                found.retain(|one| before.iter().all(|other| other["id"] != one["id"]));
                return found;
            }
            assert!(begun.elapsed().as_secs() < 60, "the contracts are not divided: {found:?}");
        }
    }

    /// The firm of a contract with a key.
    async fn party(&self, contract: &Value) -> Party {
        Party::of(self.stage.actor(&contract["holderId"])).await
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_objection_that_is_upheld_after_contracts_of_other_lots_were_sealed_changes_nothing_of_them() {
    let mut held = Held::up().await;
    let (first, second) = (held.stage.lot(1), held.stage.lot(2));
    held.stage.announces(&held.clerk).await.done();
    assert_eq!(held.stage.live.status().await, "NOTICE");
    assert_eq!(held.stage.parts().await, [(1, vec![first.clone()])]);
    let (id, version) = (held.stage.live.id.clone(), held.stage.live.version().await);
    held.stage.live.office.moves("cancelRound", (&id, version), Some("停止")).await.refused("ROUND_STATE");
    held.stage.objects(&held.stage.firms[3].actor, &first, &[]).await.refused("OBJECTION_LATE");
    held.stage.announces(&held.clerk).await.refused("OBJECTIONS_OPEN");

    // The contract of the first lot is sealed once the standstill is over, while the second lot is still held up.
    let result = held.results().await.remove(0);
    let of_first = held.contracts(&result).await;
    assert_eq!(of_first.len(), 1, "{of_first:?}");
    let contract = of_first[0]["id"].as_str().unwrap().to_owned();
    let mut firm = held.party(&of_first[0]).await;
    let main = document(&firm.actor, &contract).await;
    firm.gives(&[firm.seal(&main)]).await.refused("CONTRACT_STANDSTILL");
    held.at(2 * HOUR + DAY + 1).await;
    firm.logs_in(&held.stage.world).await;
    firm.gives(&[firm.seal(&main)]).await.done();
    let hospital = Party::of(held.stage.hospitals[0].clone()).await;
    let part = parts(&hospital.actor).await[0]["document"].as_str().unwrap().to_owned();
    hospital.gives(&[hospital.seal(&part)]).await.done();
    assert_eq!(contracts(&held.stage.live.office).await[0]["status"], "SEALED");

    let untouched = held.stage.selected(1).await;
    let winner = held.stage.selected(2).await.remove(0);
    held.stage.upholds(&held.objection["id"], &[&winner]).await.done();
    assert_eq!(held.stage.selected(1).await, untouched);
    assert!(!held.stage.selected(2).await.contains(&winner));
    held.stage.announces(&held.clerk).await.refused("NOTICE_RUNS");
    held.stage.plays(&second).await;
    held.stage.until("RoundSupplyDecided", 2).await;
    held.stage.publishes(30).await.done();
    assert_eq!(
        held.stage.notices().await[1]["lots"],
        json!([second]),
        "the first lot is not published again"
    );
    held.at(30 * HOUR + 1).await;
    held.stage.announces(&held.clerk).await.done();
    assert_eq!(held.stage.live.status().await, "OFFICIAL");
    assert_eq!(held.stage.parts().await, [(2, vec![second]), (1, vec![first])]);

    // What follows has a standstill of its own; what was sealed stays sealed, to the byte.
    let of_second = held.contracts(&held.results().await[0]).await;
    assert!(!of_second.is_empty());
    let other = held.party(&of_second[0]).await;
    let waiting = document(&other.actor, of_second[0]["id"].as_str().unwrap()).await;
    other.gives(&[other.seal(&waiting)]).await.refused("CONTRACT_STANDSTILL");
    assert!(held.contracts(&result).await.is_empty(), "the first part has all its contracts");
    firm.logs_in(&held.stage.world).await;
    assert_eq!(document(&firm.actor, &contract).await, main);
    let stands = contracts(&held.stage.live.office).await;
    assert_eq!(stands.iter().find(|one| one["id"] == contract.as_str()).unwrap()["status"], "SEALED");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_objections_held_up_follows_when_they_are_rejected_or_withdrawn() {
    let mut held = Held::up().await;
    let objector = held.stage.firms[3].actor.clone();
    held.stage.objects(&objector, &held.stage.lot(2), &[]).await.refused("OBJECTION_LATE");
    held.stage.announces(&held.stage.live.office).await.refused("SECOND_PERSON_NEEDED");
    let input = json!({ "id": held.stage.live.id, "version": held.stage.live.version().await, "startsOn": "2026-12-01",
        "idempotencyKey": key() });
    let announced = held.clerk.does("announceOfficialResult", input.clone(), "id version").await.done();
    let again = held.clerk.does("announceOfficialResult", input, "id version").await.done();
    assert_eq!(
        (&again, held.stage.parts().await.len()),
        (&announced, 1),
        "a repetition announces nothing more"
    );
    let rejection =
        json!({ "id": held.objection["id"], "version": 1, "answer": "异议不成立", "idempotencyKey": key() });
    held.stage.live.office.does("rejectObjection", rejection, "version").await.done();
    held.at(3 * HOUR).await;
    held.stage.announces(&held.clerk).await.done();
    assert_eq!(held.stage.live.status().await, "OFFICIAL");
    assert_eq!(held.stage.parts().await, [(2, vec![held.stage.lot(2)]), (1, vec![held.stage.lot(1)])]);
    held.stage.announces(&held.clerk).await.refused("ROUND_STATE");

    let mut held = Held::up().await;
    held.stage.announces(&held.clerk).await.done();
    held.at(3 * HOUR).await;
    let id = held.objection["id"].as_str().unwrap();
    held.stage.firms[2].actor.moves("withdrawObjection", (id, 1), None).await.done();
    held.stage.announces(&held.clerk).await.done();
    assert_eq!(held.stage.live.status().await, "OFFICIAL");
}
