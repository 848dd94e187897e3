//! Rounds in time: the calendar moves them, those who take part have tasks, and everybody may listen.
use std::time::Instant;

use jicai_server::serve::Service;
use serde_json::{Value, json};

use crate::support::actor::{Actor, key};
use crate::support::live::Live as Listening;
use crate::support::rounds::{
    BIDS, BIDS_END, DEMAND, DEMAND_ENDS, HOUR, QUALIFICATION_ENDS, a_round, announced, announced_by,
    corrected, drafted, in_seconds, publishes, three_custodians,
};
use crate::support::worker::Worker;
use crate::support::world::{World, config};

/// Waits until the log tells of that about the round.
async fn until(world: &World, round: &str, kind: &str) {
    let begun = Instant::now();
    while !world.entries(round).await.iter().any(|entry| entry == kind) {
        assert!(begun.elapsed().as_secs() < 30, "no {kind} in {:?}", world.entries(round).await);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_calendar_moves_a_round_by_itself() {
    let world = World::new().await;
    let live = announced(&world, a_round()).await;
    world.moves_clock_to(DEMAND * HOUR - 60).await;
    assert_eq!(live.status().await, "ANNOUNCED");
    world.moves_clock_to(DEMAND * HOUR + 1).await;
    until(&world, &live.id, "RoundDemandOpened").await;
    assert_eq!(live.read("status version").await, json!({ "status": "DEMAND", "version": 3 }));
    world.moves_clock_to(BIDS * HOUR + 1).await;
    until(&world, &live.id, "RoundBiddingOpened").await;
    let moves = ["RoundDrafted", "RoundAnnounced", "RoundDemandOpened", "RoundBiddingOpened"];
    assert_eq!(world.entries(&live.id).await, moves);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_round_is_what_the_calendar_says_while_no_worker_runs_and_each_move_is_made_once() {
    let world = World::with(|config| config.jobs = 0).await;
    let live = announced(&world, a_round()).await;
    world.moves_clock_to(BIDS * HOUR + 1).await;
    assert_eq!(live.read("status version").await, json!({ "status": "BIDDING", "version": 2 }));
    let workers = [Worker::of(&world), Worker::of(&world)];
    until(&world, &live.id, "RoundBiddingOpened").await;
    workers.into_iter().for_each(Worker::ends);
    let moves = ["RoundDrafted", "RoundAnnounced", "RoundDemandOpened", "RoundBiddingOpened"];
    assert_eq!(world.entries(&live.id).await, moves);
    assert_eq!(live.read("status version").await, json!({ "status": "BIDDING", "version": 4 }));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_corrected_date_is_the_one_that_counts() {
    let world = World::new().await;
    let live = announced(&world, a_round()).await;
    let mut announcement = live.announcement.clone();
    for (date, hours) in [("demandFrom", 15), ("demandUntil", 25)] {
        announcement["calendar"][date] = json!(in_seconds(hours * HOUR));
    }
    live.office.does("correctRound", corrected((&live.id, 2), &announcement), "id").await.done();
    world.moves_clock_to(DEMAND * HOUR + 1).await;
    assert_eq!(live.status().await, "ANNOUNCED");
    world.moves_clock_to(15 * HOUR + 1).await;
    until(&world, &live.id, "RoundDemandOpened").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_alliance_buys_with_its_members_of_the_day_of_the_announcement() {
    let world = World::new().await;
    let office = world.manager("PROCUREMENT_OFFICE", "320000").await;
    let opened = json!({ "name": "长三角联盟", "idempotencyKey": key() });
    let alliance = office.does("openAlliance", opened, "id").await.done()["id"].clone();
    let today = &in_seconds(8 * HOUR)[..10];
    let moves = async |name: &str, version: i64, region: &str, day: &str| {
        let input = json!({ "alliance": alliance, "version": version, "region": region,
            "productGroup": "冠脉支架", "day": day, "idempotencyKey": key() });
        office.does(name, input, "version").await.done();
    };
    let mut announcement = a_round();
    announcement["alliance"] = alliance.clone();
    announcement["productGroup"] = json!("冠脉支架");
    let custodians = three_custodians(&world).await;
    announcement["custodians"] = custodians.iter().map(|one| json!(one.user)).collect();
    let draft = office.does("draftRound", drafted(&announcement), "id").await.done();
    let draft = draft["id"].as_str().unwrap();
    publishes(&office, (draft, 1)).await.refused("ALLIANCE_EMPTY");
    for (version, region) in [(1, "320000"), (2, "310000"), (3, "330000"), (4, "340000")] {
        moves("joinAlliance", version, region, "2026-01-01").await;
    }
    moves("leaveAlliance", 5, "310000", today).await;
    publishes(&office, (draft, 1)).await.done();
    let regions = async || {
        let query = format!("{{ round(id: {draft:?}) {{ regions {{ code }} productGroup }} }}");
        world.nobody().asks(&query).await.done()["regions"].clone()
    };
    let members = json!([{ "code": "320000" }, { "code": "330000" }, { "code": "340000" }]);
    assert_eq!(regions().await, members);
    moves("leaveAlliance", 6, "340000", today).await;
    assert_eq!(regions().await, members);
    let neighbour = world.manager("PROCUREMENT_OFFICE", "330000").await;
    neighbour.does("draftRound", drafted(&announcement), "id").await.refused("NOT_FOUND");
    // An institution of each member region has the task, and one of a region that has left has not.
    world.moves_clock_to(DEMAND * HOUR + 1).await;
    for (region, waits) in [("330000", 1), ("310000", 0)] {
        let hospital = world.manager("HOSPITAL", region).await;
        assert_eq!(tasks(&hospital).await.len(), waits, "{region}");
    }
}

async fn tasks(actor: &Actor) -> Vec<Value> {
    let query = "{ tasks { nodes { kind subject detail until } } }";
    actor.asks(query).await.done()["nodes"].as_array().unwrap().clone()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_waits_because_of_a_round_has_its_deadline() {
    let world = World::new().await;
    let office = world.manager("PROCUREMENT_OFFICE", "320000").await;
    let (hospital, firm) =
        (world.manager("HOSPITAL", "320106").await, world.manager("MANUFACTURER", "110000").await);
    let elsewhere = world.manager("HOSPITAL", "330000").await;
    let mut announcement = a_round();
    let custodians = three_custodians(&world).await;
    announcement["custodians"] = custodians.iter().map(|one| json!(one.user)).collect();
    let draft = office.does("draftRound", drafted(&announcement), "id").await.done()["id"].clone();
    let task = |kind: &str, until: &str| {
        let until = &announcement["calendar"][until];
        json!([{ "kind": kind, "subject": draft, "detail": "模拟采购", "until": until }])
    };
    assert_eq!(json!(tasks(&office).await), task("PUBLISH_ROUND", "demandFrom"));
    publishes(&office, (draft.as_str().unwrap(), 1)).await.done();
    assert_eq!([tasks(&office).await.len(), tasks(&hospital).await.len()], [0, 0]);
    assert_eq!(json!(tasks(&firm).await), task("APPLY_FOR_ROUND", "qualificationUntil"));
    let again = async |actor: &Actor, hour: i64| {
        world.moves_clock_to(hour * HOUR + 1).await;
        json!(tasks(&world.logs_in(&actor.login).await).await)
    };
    assert_eq!(again(&hospital, DEMAND).await, task("REPORT_DEMAND", "demandUntil"));
    assert_eq!(again(&elsewhere, DEMAND).await, json!([]));
    assert_eq!(again(&hospital, DEMAND_ENDS).await, json!([]));
    assert_eq!(again(&firm, BIDS).await, task("APPLY_FOR_ROUND", "qualificationUntil"));
    assert_eq!(again(&firm, QUALIFICATION_ENDS).await, json!([]));
    assert_eq!(again(&custodians[0], BIDS_END).await, json!([]));
}

#[tokio::test(flavor = "multi_thread")]
async fn everybody_who_is_logged_in_hears_what_happens_to_a_round_at_every_server() {
    let world = World::new().await;
    let live = announced(&world, a_round()).await;
    let other = Service::start(&config(&world.database), false).await.unwrap();
    let hospital = world.manager("HOSPITAL", "110000").await;
    let there = Actor { to: other.address(), ..hospital.clone() };
    let query = "subscription($r: ID!, $a: String) { roundEvents(round: $r, after: $a) { kind round { status edition } } }";
    world.until_sequenced().await;
    let mut listeners = [Listening::of(&hospital).await, Listening::of(&there).await];
    for listener in &mut listeners {
        listener.asks("1", query, json!({ "r": live.id, "a": "0" })).await;
        assert_eq!(listener.heard("roundEvents").await["kind"], "RoundAnnounced");
    }
    // Another round's events are not this one's.
    announced_by(&world, live.office.clone(), a_round()).await;
    live.office.moves("cancelRound", (&live.id, 2), Some("目录调整")).await.done();
    for listener in &mut listeners {
        let cancelled = json!({ "kind": "RoundCancelled", "round": { "status": "CANCELLED", "edition": 1 } });
        assert_eq!(listener.heard("roundEvents").await, cancelled);
    }
    let draft = drafted(&live.announcement);
    let draft = live.office.does("draftRound", draft, "id").await.done()["id"].clone();
    let mut curious = Listening::of(&hospital).await;
    curious.asks("1", query, json!({ "r": draft })).await;
    assert_eq!(curious.refusal().await, "NOT_FOUND");
    hospital.asks("mutation { logOut }").await.done();
    for listener in &mut listeners {
        assert_eq!(listener.refusal().await, "TOKEN_INVALID");
    }
    drop(listeners);
    drop(curious);
    other.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn of_two_clerks_who_act_at_once_one_acts_and_the_other_is_told() {
    let world = World::new().await;
    let office = world.manager("PROCUREMENT_OFFICE", "320000").await;
    let clerk = world.clerk(&office, "clerk", "PROCUREMENT_OFFICE").await;
    let mut announcement = a_round();
    let custodians = three_custodians(&world).await;
    announcement["custodians"] = custodians.iter().map(|one| json!(one.user)).collect();
    let draft = office.does("draftRound", drafted(&announcement), "id").await.done()["id"].clone();
    let draft = draft.as_str().unwrap();
    let revised = json!({ "id": draft, "version": 1, "announcement": announcement, "idempotencyKey": key() });
    let (published, revised) =
        tokio::join!(publishes(&office, (draft, 1)), clerk.does("reviseRound", revised, "version"));
    let mut codes = [published.code(), revised.code()];
    codes.sort_unstable();
    assert_eq!(codes, ["STALE_VERSION", "ok"]);
    if revised.code() == "ok" {
        publishes(&office, (draft, 2)).await.done();
    }
    let shown = office.asks(&format!("{{ round(id: {draft:?}) {{ version }} }}")).await.done();
    let version = shown["version"].as_i64().unwrap();
    announcement["name"] = json!("更正后的采购");
    let correction = corrected((draft, version), &announcement);
    let (cancelled, corrected) = tokio::join!(
        office.moves("cancelRound", (draft, version), Some("目录调整")),
        clerk.does("correctRound", correction, "version")
    );
    let mut codes = [cancelled.code(), corrected.code()];
    codes.sort_unstable();
    assert_eq!(codes, ["STALE_VERSION", "ok"]);
}
