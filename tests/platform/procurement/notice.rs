//! The result lies open, participants object, and what stands is announced.
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::opening::{recomputed, settles, unpacked};
use super::stage::{Stage, nodes};
use crate::support::actor::{Actor, Outcome, PAPER, key};
use crate::support::postgres::texts;
use crate::support::rounds::{HOUR, OPENING, in_seconds};
use crate::support::world::World;

pub(super) const DAY: i64 = 24 * HOUR;

impl Stage {
    /// Publishes a notice that runs until so many hours after the opening.
    pub(super) async fn publishes(&self, hours: i64) -> Outcome {
        let until = OPENING * HOUR + hours * HOUR;
        let input = json!({ "id": self.live.id, "version": self.live.version().await,
            "objectionsUntil": in_seconds(until), "standstillUntil": in_seconds(until + DAY), "idempotencyKey": key() });
        self.live.office.does("publishNotice", input, "id version").await
    }

    pub(super) async fn announces(&self, who: &Actor) -> Outcome {
        let input = json!({ "id": self.live.id, "version": self.live.version().await, "startsOn": "2026-12-01",
            "idempotencyKey": key() });
        who.does("announceOfficialResult", input, "id version").await
    }

    pub(super) async fn objects(&self, who: &Actor, lot: &str, documents: &[&str]) -> Outcome {
        let input = json!({ "round": self.live.id, "lots": [lot], "grounds": "中选产品不符合申报资格",
            "documents": documents, "idempotencyKey": key() });
        who.does("objectToResult", input, "id version").await
    }

    pub(super) async fn upholds(&self, id: &Value, products: &[&str]) -> Outcome {
        let input = json!({ "id": id, "version": 1, "products": products, "answer": "经核实，异议成立",
            "idempotencyKey": key() });
        self.live.office.does("upholdObjection", input, "version").await
    }

    /// The objections that somebody sees, with how far they are.
    async fn objections(&self, reader: &Actor) -> Vec<String> {
        let query = format!(
            "{{ objections(round: {:?}, first: 10) {{ nodes {{ status objector grounds answer excluded }} }} }}",
            self.live.id
        );
        let found = reader.asks(&query).await.done();
        nodes(&found).iter().map(|one| one["status"].as_str().unwrap().to_owned()).collect()
    }

    pub(super) async fn notices(&self) -> Vec<Value> {
        let query = format!("{{ roundNotices(round: {:?}) {{ edition lots text sha256 }} }}", self.live.id);
        self.world.nobody().asks(&query).await.done().as_array().unwrap().clone()
    }

    /// The parts of the official result, the newest first, each with its lots.
    pub(super) async fn parts(&self) -> Vec<(i64, Vec<String>)> {
        let query = format!(
            "{{ officialResults(round: {:?}, first: 5) {{ nodes {{ part edition lotIds }} }} }}",
            self.live.id
        );
        let found = self.world.nobody().asks(&query).await.done();
        let part = |one: &Value| {
            assert_eq!(one["edition"], 1, "a following part is of the same edition");
            let lots = one["lotIds"].as_array().unwrap().iter();
            (one["part"].as_i64().unwrap(), lots.map(|lot| lot.as_str().unwrap().to_owned()).collect())
        };
        nodes(&found).iter().map(part).collect()
    }

    /// The products that are selected in the lot of that number.
    pub(super) async fn selected(&self, number: i64) -> Vec<String> {
        let result = self.result(&self.live.office).await;
        let lot = nodes(&result["lots"]).iter().find(|lot| lot["number"] == number).unwrap();
        let selected = nodes(&lot["bids"]).iter().filter(|bid| bid["selected"] == true);
        selected.map(|bid| bid["product"].as_str().unwrap().to_owned()).collect()
    }

    /// A stage whose regions are chosen and decided: in the first lot the two cheapest firms of four are selected.
    async fn chosen(prices: [[&str; 2]; 4]) -> Stage {
        let stage = Stage::bidding(World::new().await, "SELECTED_WITH_PRICES", 4).await;
        Self::chosen_on(stage, prices).await
    }

    /// The same on a stage that takes bids.
    pub(super) async fn chosen_on(mut stage: Stage, prices: [[&str; 2]; 4]) -> Stage {
        for (firm, prices) in prices.into_iter().enumerate() {
            stage.seals(firm, prices).await;
        }
        stage.is_opened().await;
        stage.publishes(2).await.refused("ROUND_STATE");
        stage.begins_supply(60).await.done();
        stage.publishes(2).await.refused("ROUND_STATE");
        for number in [1, 2] {
            if !stage.board(&stage.lot(number)).await.is_null() {
                stage.plays(&stage.lot(number)).await;
            }
        }
        stage.until("RoundSupplyDecided", 1).await;
        stage
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_an_upheld_objection_excludes_is_decided_chosen_and_published_again_before_the_result_is_official()
 {
    let prices = [["8", "90"], ["9", "100"], ["10", "110"], ["11", "120"]];
    let mut stage = Stage::chosen(prices).await;
    let (first_lot, other_lot) = (stage.lot(1), stage.lot(2));
    let clerk = stage.world.clerk(&stage.live.office, "second", "PROCUREMENT_OFFICE").await;
    stage.publishes(-1).await.refused("DATE_INVALID");
    stage.objects(&stage.firms[2].actor, &first_lot, &[]).await.refused("ROUND_STATE");
    stage.publishes(2).await.done();
    assert_eq!(stage.live.status().await, "NOTICE");
    stage.publishes(2).await.refused("ROUND_STATE");
    let notice = stage.notices().await.remove(0);
    let text = notice["text"].as_str().unwrap();
    assert_eq!(notice["sha256"], jicai_domain::audit::hex(&Sha256::digest(text)));
    assert_eq!(serde_json::from_str::<Value>(text).unwrap()["lots"][0]["bids"].as_array().unwrap().len(), 2);

    let [winner, other, loser, last] = [0, 1, 2, 3].map(|firm| stage.firms[firm].products[0].clone());
    assert_eq!(stage.selected(1).await, [winner.clone(), other.clone()]);
    let paper = stage.firms[2].actor.uploads("QUALIFICATION", "证据.pdf", PAPER).await.json()["id"].clone();
    let paper = paper.as_str().unwrap();
    let brought = objected(&stage, &clerk, paper).await;

    // What it excludes lies in its lots; then the lot is decided, chosen and published again.
    stage.upholds(&brought["id"], &[&stage.firms[0].products[1]]).await.refused("OBJECTION_INVALID");
    stage.upholds(&brought["id"], &[]).await.refused("OBJECTION_INVALID");
    let untouched = stage.selected(2).await;
    stage.upholds(&brought["id"], &[&winner]).await.done();
    stage.upholds(&brought["id"], &[&winner]).await.refused("OBJECTION_STATE");
    assert_eq!(stage.objections(&stage.world.nobody()).await, ["UPHELD"]);
    assert_eq!(stage.selected(1).await, [other.clone(), loser.clone()], "the next one moves up");
    assert_eq!(stage.selected(2).await, untouched);
    let board = stage.board(&first_lot).await;
    assert_eq!((&board["edition"], &board["turn"]["number"]), (&json!(2), &json!(1)));
    stage.publishes(4).await.refused("ROUND_STATE");
    stage.plays(&first_lot).await;
    stage.until("RoundSupplyDecided", 2).await;
    let query = format!(
        "{{ roundResult(round: {:?}) {{ lots(first: 1) {{ nodes {{ earlier {{ edition cause }} }} }} }} }}",
        stage.live.id
    );
    let earlier = stage.world.nobody().asks(&query).await.done()["lots"]["nodes"][0]["earlier"].clone();
    let causes: Vec<&str> =
        earlier.as_array().unwrap().iter().map(|one| one["cause"].as_str().unwrap()).collect();
    assert!(causes.contains(&"OBJECTION"), "the first decision stays visible: {earlier}");
    stage.at(OPENING * HOUR + 2 * HOUR + 1).await;
    let clerk = stage.world.logs_in(&clerk.login).await;
    stage.announces(&clerk).await.done();
    assert_eq!(
        (stage.live.status().await.as_str(), stage.parts().await),
        ("NOTICE", vec![(1, vec![other_lot.clone()])])
    );
    stage.announces(&clerk).await.refused("NOTICE_RUNS");
    stage.publishes(4).await.done();
    assert_eq!(stage.notices().await[1]["lots"], json!([first_lot]), "only what was decided again");
    stage.objects(&stage.firms[0].actor, &other_lot, &[]).await.refused("OBJECTION_LATE");
    let second = stage.objects(&stage.firms[0].actor, &first_lot, &[]).await.done();
    let rejection =
        json!({ "id": second["id"], "version": 1, "answer": "异议不成立", "idempotencyKey": key() });
    stage.live.office.does("rejectObjection", rejection, "version").await.done();
    stage.announces(&clerk).await.refused("NOTICE_RUNS");

    stage.at(OPENING * HOUR + 4 * HOUR + 1).await;
    let clerk = stage.world.logs_in(&clerk.login).await;
    stage.objects(&stage.firms[3].actor, &first_lot, &[]).await.refused("OBJECTION_LATE");
    stage.announces(&clerk).await.done();
    assert_eq!(stage.live.status().await, "OFFICIAL");
    assert_eq!(stage.parts().await, [(2, vec![first_lot]), (1, vec![other_lot])]);
    assert!(!stage.selected(1).await.contains(&last));
    official(&stage, [&other, &loser]).await;
}

/// A firm objects with a paper and another takes its objection back; whoever did not take part cannot, and nothing is announced meanwhile.
async fn objected(stage: &Stage, clerk: &Actor, paper: &str) -> Value {
    let (first_lot, other_lot) = (stage.lot(1), stage.lot(2));
    let outsider = stage.world.manager("MANUFACTURER", "320000").await;
    stage.objects(&outsider, &first_lot, &[]).await.refused("FORBIDDEN");
    stage.objects(&stage.live.office, &first_lot, &[]).await.refused("FORBIDDEN");
    stage.objects(&stage.firms[3].actor, &first_lot, &[paper]).await.refused("OBJECTION_INVALID");
    let brought = stage.objects(&stage.firms[2].actor, &first_lot, &[paper]).await.done();
    let taken_back = stage.objects(&stage.firms[3].actor, &other_lot, &[]).await.done();
    let id = taken_back["id"].as_str().unwrap();
    stage.firms[2].actor.moves("withdrawObjection", (id, 1), None).await.refused("NOT_FOUND");
    stage.firms[3].actor.moves("withdrawObjection", (id, 1), None).await.done();
    stage.firms[3].actor.moves("withdrawObjection", (id, 2), None).await.refused("OBJECTION_STATE");
    assert!(stage.objections(&stage.world.nobody()).await.is_empty(), "nobody sees what is not decided");
    assert_eq!(stage.objections(&stage.firms[2].actor).await, ["SUBMITTED"]);
    assert_eq!(stage.objections(&stage.live.office).await, ["WITHDRAWN", "SUBMITTED"]);
    assert_eq!(stage.live.office.downloads(paper).await.status, 200, "the office reads what supports it");
    assert_eq!(stage.firms[3].actor.downloads(paper).await.status, 404);
    let tasks = stage.live.office.asks("{ tasks { nodes { kind } } }").await.done();
    assert!(tasks.to_string().contains("DECIDE_OBJECTION"), "{tasks}");
    stage.announces(&stage.live.office).await.refused("SECOND_PERSON_NEEDED");
    stage.announces(clerk).await.refused("OBJECTIONS_OPEN");
    brought
}

/// The official result has what is selected, and can no longer be cancelled.
async fn official(stage: &Stage, first_lot: [&str; 2]) {
    let owner = &stage.world.database.owner;
    let products = texts(
        owner,
        "SELECT 'prd_' || replace(round_product::text, '-', '') AS line FROM selected_products WHERE lot_number = 1 ORDER BY place",
    )
    .await;
    assert_eq!(products, first_lot);
    let main = "SELECT concat_ws(' ', s.region, s.role, s.volume > 0) AS line FROM selected_supplies s
         JOIN selected_products p ON p.id = s.product WHERE p.lot_number = 1 AND s.role <> 'BRAND' ORDER BY s.role";
    assert_eq!(texts(owner, main).await, ["320000 BACKUP f", "320000 MAIN t"]);
    let price =
        "SELECT concat_ws(' ', price, price_basis, until, holder IS NOT NULL) AS line FROM selected_products
         WHERE lot_number = 1 ORDER BY place LIMIT 1";
    assert_eq!(texts(owner, price).await, ["0.900000 DECIDED 2027-12-31 t"]);
    let (id, version) = (&stage.live.id, stage.live.version().await);
    stage.live.office.moves("cancelRound", (id, version), Some("停止")).await.refused("ROUND_STATE");
    let files = unpacked(&stage.bundle(&stage.live.office).await.bytes);
    assert_eq!(recomputed(&files), files["result.json"]);
    let entries = stage.world.entries(id).await;
    assert_eq!(entries.iter().filter(|kind| *kind == "RoundNoticePublished").count(), 2, "{entries:?}");
    assert_eq!(entries.last().map(String::as_str), Some("RoundResultAnnounced"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_tie_that_an_upheld_objection_brings_up_is_settled_before_anybody_chooses_again() {
    let prices = [["8", "90"], ["9", "100"], ["10", "110"], ["10", "120"]];
    let stage = Stage::chosen(prices).await;
    let lot = stage.lot(1);
    let clerk = stage.world.clerk(&stage.live.office, "second", "PROCUREMENT_OFFICE").await;
    stage.publishes(2).await.done();
    let brought = stage.objects(&stage.firms[2].actor, &lot, &[]).await.done();
    let [winner, other, one, another] = [0, 1, 2, 3].map(|firm| stage.firms[firm].products[0].clone());
    stage.upholds(&brought["id"], &[&winner]).await.done();
    assert!(stage.selected(1).await.is_empty(), "two firms are equal");
    assert!(stage.board(&lot).await["turn"].is_null());
    stage.publishes(3).await.refused("ROUND_STATE");
    let paper = stage.live.office.uploads("ROUND", "抽签记录.pdf", PAPER).await.json()["id"].clone();
    let order = json!({ "round": stage.live.id, "products": [another, one], "evidence": paper,
        "explanation": "现场抽签", "idempotencyKey": key() });
    let proposed = settles(&stage.live.office, "resolveTie", order).await.done();
    settles(&clerk, "confirmTie", json!({ "id": proposed, "idempotencyKey": key() })).await.done();
    assert_eq!(stage.selected(1).await, [other, another]);
    assert_eq!(stage.board(&lot).await["turn"]["number"], 1);
    stage.plays(&lot).await;
    stage.until("RoundSupplyDecided", 2).await;
    stage.publishes(3).await.done();
    let files = unpacked(&stage.bundle(&stage.live.office).await.bytes);
    assert_eq!(recomputed(&files), files["result.json"]);
}
