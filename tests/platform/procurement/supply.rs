//! The selected firms choose their supply regions in public.
use std::collections::{BTreeMap, BTreeSet};
use std::time::Instant;

use jicai_domain::identity::RegionCode;
use jicai_domain::ids::{Id, LotId, OrganizationId};
use jicai_domain::procurement::supply::{ChoiceRecord, Phase, digest};
use jicai_domain::time::Timestamp;
use jicai_server::serve::Service;
use serde_json::{Value, json};

use super::opening::{recomputed, unpacked};
use super::stage::{Stage, nodes};
use crate::support::actor::{Actor, Outcome, key};
use crate::support::live::Live as Listening;
use crate::support::rounds::{HOUR, OPENING, a_round};
use crate::support::worker::Worker;
use crate::support::world::{World, config};

/// The provinces, autonomous regions and municipalities of the mainland.
const PROVINCES: [&str; 31] = [
    "110000", "120000", "130000", "140000", "150000", "210000", "220000", "230000", "310000", "320000",
    "330000", "340000", "350000", "360000", "370000", "410000", "420000", "430000", "440000", "450000",
    "460000", "500000", "510000", "520000", "530000", "540000", "610000", "620000", "630000", "640000",
    "650000",
];
const BOARD: &str =
    "lot edition decidedAt turn { number phase content until free firm { id name } } firms { id name }
    regions { code name volume main { id } backup { id } }
    choices(first: 100) { nodes { edition number firm phase region how micros digest } }";

impl Stage {
    pub(super) fn lot(&self, number: i64) -> String {
        self.live.lot(number).id.clone()
    }

    pub(super) async fn board(&self, lot: &str) -> Value {
        self.world.nobody().asks(&format!("{{ supplyBoard(lot: {lot:?}) {{ {BOARD} }} }}")).await.done()
    }

    pub(super) async fn begins_supply(&self, minutes: i64) -> Outcome {
        let input = json!({ "id": self.live.id, "version": self.live.version().await, "minutes": minutes,
            "idempotencyKey": key() });
        self.live.office.does("beginSupplySelection", input, "id version").await
    }

    /// The firm that an organization is.
    pub(super) fn actor(&self, organization: &Value) -> Actor {
        let found = self.firms.iter().find(|firm| firm.actor.organization == organization.as_str().unwrap());
        found.unwrap().actor.clone()
    }

    /// Lets everybody choose in turns what `wish` says of the free regions, until the lots' boards are done.
    pub(super) async fn plays(&self, lot: &str) {
        loop {
            let board = self.board(lot).await;
            let turn = &board["turn"];
            if turn.is_null() {
                return;
            }
            let free = turn["free"].as_array().unwrap();
            let number = usize::try_from(turn["number"].as_i64().unwrap()).unwrap();
            let region = free[number * 7 % free.len()].as_str().unwrap();
            chooses(&self.actor(&turn["firm"]["id"]), lot, (&turn["number"], region)).await.done();
        }
    }

    /// Waits until the log tells of that about the round so often.
    pub(super) async fn until(&self, kind: &str, times: usize) {
        let begun = Instant::now();
        loop {
            let entries = self.world.entries(&self.live.id).await;
            if entries.iter().filter(|entry| *entry == kind).count() >= times {
                return;
            }
            assert!(begun.elapsed().as_secs() < 60, "no {kind} in {entries:?}");
        }
    }
}

pub(super) async fn chooses(who: &Actor, lot: &str, (turn, region): (&Value, &str)) -> Outcome {
    let input = json!({ "lot": lot, "turn": turn, "region": region, "idempotencyKey": key() });
    who.does("chooseSupplyRegion", input, BOARD).await
}

/// Waits until the subscription tells of that.
async fn hears(listening: &mut Listening, kind: &str) {
    while listening.heard("roundEvents").await["kind"] != kind {}
}

fn allowed(outcome: &Outcome) -> String {
    outcome.json["errors"][0]["extensions"]["allowed"].to_string()
}

/// Whether every digest covers its choice and the one before.
fn follows(board: &Value) {
    let mut before = None;
    for node in nodes(&board["choices"]) {
        let text = |name: &str| node[name].as_str().unwrap();
        let record = ChoiceRecord {
            lot: LotId::parse(board["lot"].as_str().unwrap()).unwrap(),
            number: i32::try_from(node["number"].as_i64().unwrap()).unwrap(),
            firm: OrganizationId::parse(text("firm")).unwrap(),
            phase: if text("phase") == "MAIN" { Phase::Main } else { Phase::Backup },
            region: RegionCode::parse(text("region")).unwrap(),
            chosen: text("how") == "CHOSEN",
            at: Timestamp::from_micros(text("micros").parse().unwrap()),
        };
        let now = digest(before.as_ref(), &record);
        assert_eq!(jicai_domain::audit::hex(&now), text("digest"));
        before = Some(now);
    }
    assert!(before.is_some());
}

#[tokio::test(flavor = "multi_thread")]
async fn ten_firms_choose_among_31_provinces_in_turns_and_whoever_comes_too_late_sees_why() {
    let mut announcement = a_round();
    announcement["lots"][1]["cap"] = json!(11);
    let mut stage = Stage::announcing(World::new().await, announcement, 11).await;
    let volumes: Vec<(&str, u32)> =
        PROVINCES.iter().copied().zip((1..).map(|number| number * 1_000)).collect();
    stage.demand_in(&volumes).await;
    for firm in 0..11 {
        stage.seals(firm, [&format!("{}", 8 + firm), &format!("{}", 40 + firm)]).await;
    }
    stage.is_opened().await;
    let lot = stage.lot(2);
    assert!(stage.board(&lot).await.is_null());
    stage.begins_supply(0).await.refused("SUPPLY_MINUTES_INVALID");
    let auditor = stage.world.manager("AUDIT_BODY", "320000").await;
    let mut listening = Listening::of(&auditor).await;
    let query = "subscription($r: ID!) { roundEvents(round: $r) { kind round { status } } }";
    listening.asks("1", query, json!({ "r": stage.live.id })).await;
    stage.begins_supply(5).await.done();
    stage.begins_supply(5).await.refused("ROUND_STATE");
    hears(&mut listening, "RoundSupplyBegun").await;

    let board = stage.board(&lot).await;
    assert_eq!(
        (board["firms"].as_array().unwrap().len(), board["regions"].as_array().unwrap().len()),
        (10, 31)
    );
    let first = stage.actor(&board["turn"]["firm"]["id"]);
    let second = stage.actor(&board["firms"][1]["id"]);
    let tasks = "{ tasks { nodes { kind subject } } }";
    let waits = async |who: &Actor| who.asks(tasks).await.done().to_string().contains("CHOOSE_REGION");
    assert!(waits(&first).await && !waits(&second).await);
    let wanted = "440000";
    one_of_several_gets(&stage, &lot, wanted, [&first, &second]).await;
    hears(&mut listening, "RoundRegionChosen").await;
    let repeated = json!({ "lot": lot, "turn": 2, "region": "310000", "idempotencyKey": key() });
    first.does("chooseSupplyRegion", repeated.clone(), "turn { number }").await.done();
    let again = first.does("chooseSupplyRegion", repeated, "turn { number }").await.done();
    assert_eq!(again["turn"]["number"], 3, "a repeated request chooses nothing more");

    // The second firm lets its time pass: it is given the first free region of its list.
    let listed = |regions: &[&str]| json!({ "lot": lot, "regions": regions, "idempotencyKey": key() });
    second
        .does("setSupplyPreferences", listed(&["320000", "320000"]), "lot")
        .await
        .refused("SUPPLY_REGION_INVALID");
    second.does("setSupplyPreferences", listed(&[wanted, "540000", "320000"]), "lot").await.done();
    stage.at(OPENING * HOUR + 1 + 301).await;
    stage.until_choice(&lot, 3).await;
    let board = stage.board(&lot).await;
    let third = &nodes(&board["choices"])[2];
    assert_eq!(
        [&third["how"], &third["region"], &third["firm"]],
        [&json!("FALLBACK"), &json!("540000"), &json!(second.organization)]
    );
    stage.at(OPENING * HOUR + 1 + 301).await;
    stage.plays(&lot).await;
    stage.plays(&stage.lot(1)).await;
    stage.until("RoundSupplyDecided", 1).await;
    decided_as_chosen(&stage, &lot).await;
}

/// Two clerks of the firm whose turn it is, and the firm that comes after it, want one region: one gets it, the others see why they do not.
async fn one_of_several_gets(stage: &Stage, lot: &str, wanted: &str, [first, second]: [&Actor; 2]) {
    let board = stage.board(lot).await;
    let name = board["turn"]["firm"]["name"].as_str().unwrap();
    let clerk = stage.world.clerk(first, "clerk", "MANUFACTURER").await;
    let turn = json!(1);
    let (one, other, early) = tokio::join!(
        chooses(first, lot, (&turn, wanted)),
        chooses(&clerk, lot, (&turn, wanted)),
        chooses(second, lot, (&turn, wanted)),
    );
    let (done, late) = if one.code() == "ok" { (one, other) } else { (other, one) };
    late.refused("SUPPLY_REGION_TAKEN");
    assert!(allowed(&late).contains(name), "{}", allowed(&late));
    assert!(
        ["SUPPLY_NOT_YOUR_TURN", "SUPPLY_REGION_TAKEN"].contains(&early.code().as_str()),
        "{}",
        early.code()
    );
    assert_eq!(done.done()["turn"]["number"], 2);
    let taken = chooses(second, lot, (&json!(2), wanted)).await;
    taken.refused("SUPPLY_REGION_TAKEN");
    let early = chooses(second, lot, (&json!(2), "310000")).await;
    early.refused("SUPPLY_NOT_YOUR_TURN");
    assert!(allowed(&early).contains(name), "the first one picks twice: {}", allowed(&early));
    chooses(first, lot, (&json!(2), "999900")).await.refused("SUPPLY_REGION_INVALID");
    chooses(&stage.live.office, lot, (&json!(2), "310000")).await.refused("FORBIDDEN");
}

/// The result has what was chosen, and whoever has the tables decides it again.
async fn decided_as_chosen(stage: &Stage, lot: &str) {
    let board = stage.board(lot).await;
    follows(&board);
    let mains: BTreeSet<&str> = nodes(&board["choices"])
        .iter()
        .filter(|choice| choice["phase"] == "MAIN")
        .map(|choice| choice["region"].as_str().unwrap())
        .collect();
    assert_eq!(mains.len(), 31, "every region once");
    let names: BTreeMap<&str, &str> = board["firms"]
        .as_array()
        .unwrap()
        .iter()
        .map(|firm| (firm["id"].as_str().unwrap(), firm["name"].as_str().unwrap()))
        .collect();
    let query = format!(
        "{{ roundResult(round: {:?}) {{ lots(first: 2) {{ nodes {{ number regions(first: 40) {{ nodes {{ region main backup }} }}
            earlier {{ edition cause regions(first: 40) {{ nodes {{ region main }} }} }} }} }} }} }}",
        stage.live.id
    );
    let result = stage.world.nobody().asks(&query).await.done();
    let of_lot = nodes(&result["lots"]).iter().find(|lot| lot["number"] == 2).unwrap();
    for row in nodes(&of_lot["regions"]) {
        let region =
            board["regions"].as_array().unwrap().iter().find(|region| region["name"] == row["region"]);
        let region = region.unwrap();
        for role in ["main", "backup"] {
            assert_eq!(
                row[role].as_str(),
                region[role]["id"].as_str().map(|id| names[id]),
                "{role} {region}"
            );
        }
    }
    let earlier = &of_lot["earlier"][0];
    assert_eq!((&earlier["edition"], &earlier["cause"]), (&json!(1), &json!("SUPPLY")));
    assert_ne!(nodes(&earlier["regions"]).len(), 0);
    let files = unpacked(&stage.bundle(&stage.live.office).await.bytes);
    assert!(files["preferences.csv"].starts_with("lot,bidder,region,order,for\n"));
    assert_eq!(recomputed(&files), files["result.json"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_ends_in_the_middle_of_a_turn_loses_nothing() {
    let world = World::with(|config| config.jobs = 0).await;
    let other = Service::start(&config(&world.database), false).await.unwrap();
    let mut stage = Stage::bidding(world, "SELECTED_WITH_PRICES", 3).await;
    stage.demand_in(&[("310000", 3_000), ("330000", 2_000), ("340000", 1_000)]).await;
    for (firm, prices) in [["8", "40"], ["9", "41"], ["10", "42"]].into_iter().enumerate() {
        stage.seals(firm, prices).await;
    }
    stage.is_opened().await;
    stage.begins_supply(10).await.done();
    let lot = stage.lot(2);
    let at = |server: &Service, actor: &Actor| Actor { to: server.address(), ..actor.clone() };
    let board = stage.board(&lot).await;
    let first = at(&other, &stage.actor(&board["turn"]["firm"]["id"]));
    chooses(&first, &lot, (&json!(1), "330000")).await.done();
    let before = stage.board(&lot).await;
    other.stop().await.unwrap();
    // The turn ends while no server works, and the next one lasts as long as any.
    let clock = OPENING * HOUR + 1 + 3_600;
    stage.at(clock).await;
    assert_eq!(stage.board(&lot).await, before, "nothing is lost, and nobody's turn ended");
    chooses(&stage.actor(&board["turn"]["firm"]["id"]), &lot, (&json!(2), "310000"))
        .await
        .refused("SUPPLY_NOT_YOUR_TURN");
    let worker = Worker::of(&stage.world);
    stage.until_choice(&lot, 2).await;
    let after = stage.board(&lot).await;
    assert_eq!(
        (&nodes(&after["choices"])[0], &after["turn"]["number"]),
        (&nodes(&before["choices"])[0], &json!(3))
    );
    let given = &nodes(&after["choices"])[1];
    assert_eq!([&given["how"], &given["region"]], [&json!("FALLBACK"), &json!("310000")], "the largest one");
    stage.at(clock).await;
    stage.plays(&lot).await;
    stage.plays(&stage.lot(1)).await;
    stage.until("RoundSupplyDecided", 1).await;
    follows(&stage.board(&lot).await);
    let files = unpacked(&stage.bundle(&stage.live.office).await.bytes);
    assert_eq!(recomputed(&files), files["result.json"]);
    worker.ends();
}

impl Stage {
    /// Waits until that choice of a lot is made.
    async fn until_choice(&self, lot: &str, number: usize) {
        let begun = Instant::now();
        while nodes(&self.board(lot).await["choices"]).len() < number {
            assert!(begun.elapsed().as_secs() < 60, "no choice {number}");
        }
    }
}
