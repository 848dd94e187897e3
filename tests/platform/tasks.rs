//! What waits for somebody: there as long as the state asks for it, and only for whoever may do it.
use jicai_domain::jobs::{Job, JobKind, JobState};
use jicai_store::{Store, StoreError, jobs};
use serde_json::{Value, json};

use crate::support::actor::{Actor, key};
use crate::support::world::World;

async fn tasks(actor: &Actor) -> Vec<Value> {
    let query = "{ tasks(first: 100) { nodes { kind title titleZh subject since detail } } }";
    actor.asks(query).await.done()["nodes"].as_array().unwrap().clone()
}

async fn waits(actor: &Actor, kind: &str) -> Vec<(String, String)> {
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let found = tasks(actor).await;
    let wanted = found.iter().filter(|task| task["kind"] == kind);
    wanted.map(|task| (text(&task["subject"]), text(&task["detail"]))).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_review_waits_for_the_reviewer_and_a_correction_for_the_manager() {
    let world = World::new().await;
    let pending = world.registers("INSURANCE_AGENCY", "320106").await;
    let manager = world.logs_in(&pending.login).await;
    let review = (pending.id.clone(), "INSURANCE_AGENCY 320106".to_owned());
    assert_eq!(waits(world.admin(), "REVIEW_ORGANIZATION").await, [review]);
    assert_eq!(tasks(&manager).await, Vec::<Value>::new());
    world.admin().moves("returnOrganization", (&pending.id, 1), Some("许可证已过期")).await.done();
    assert_eq!(tasks(world.admin()).await, Vec::<Value>::new());
    let correction = tasks(&manager).await;
    assert_eq!(correction[0]["detail"], "许可证已过期");
    assert_eq!(correction[0]["title"], "Correct your registration and submit it again");
    assert_eq!(correction[0]["titleZh"], "更正注册申请并重新提交");
    let returned = correction[0]["since"].as_str().unwrap().to_owned();
    world.moves_clock_to(2 * 366 * 86_400).await;
    let (admin, manager) = (world.logs_in(&world.admin().login).await, world.logs_in(&pending.login).await);
    let input = json!({ "name": "金陵医院", "regions": ["320106"], "version": 2, "idempotencyKey": key() });
    manager.does("resubmitOrganization", input, "id").await.done();
    assert_eq!(tasks(&manager).await, Vec::<Value>::new());
    let again = tasks(&admin).await;
    assert_eq!(again[0]["detail"], "金陵医院");
    // It waits since it was submitted again, years later, not since it was registered.
    assert_ne!(again[0]["since"].as_str().unwrap()[..4], returned[..4]);
    admin.moves("approveOrganization", (&pending.id, 3), None).await.done();
    assert_eq!(tasks(&admin).await, Vec::<Value>::new());
}

#[tokio::test(flavor = "multi_thread")]
async fn an_invited_user_waits_for_the_managers_of_the_own_organization() {
    let world = World::new().await;
    let manager = world.manager("INSURANCE_AGENCY", "320106").await;
    let neighbour = world.manager("INSURANCE_AGENCY", "320106").await;
    let clerk = world.clerk(&manager, "clerk", "INSURANCE_AGENCY").await;
    let input = json!({ "clerk": "late", "name": "迟", "role": "INSURANCE_AGENCY", "idempotencyKey": key() });
    let invited = manager.does("inviteUser", input, "id token").await.done();
    let login = format!("late@{}", manager.login.split_once('@').unwrap().1);
    let reminder = (invited["id"].as_str().unwrap().to_owned(), login);
    assert_eq!(waits(&manager, "REMIND_USER").await, [reminder]);
    for other in [&neighbour, &clerk, world.admin()] {
        assert_eq!(tasks(other).await, Vec::<Value>::new());
    }
    world.nobody().sets_password(invited["token"].as_str().unwrap(), "a long password").await.done();
    assert_eq!(tasks(&manager).await, Vec::<Value>::new());
}

/// Work that is given up at once.
async fn dies(store: &Store) {
    let act = async |tx: &mut jicai_store::Tx| {
        let id = jobs::put(tx, JobKind::Purge, "").await?;
        let job = jobs::lock(tx, id).await?;
        let state = JobState::Dead { fault: "INTERNAL".to_owned() };
        jobs::save(tx, &Job { state, ..job }).await
    };
    store.keep("die", act).await.map_err(|error: StoreError| error.to_string()).unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_long_list_is_read_in_pages_across_kinds_and_misses_nothing() {
    let world = World::with(|config| config.jobs = 0).await;
    let store = Store::new(&world.database.app, 1);
    for _one in 0..3 {
        world.registers("INSURANCE_AGENCY", "320106").await;
        dies(&store).await;
    }
    let whole = tasks(world.admin()).await;
    let kinds: Vec<&str> = whole.iter().map(|task| task["kind"].as_str().unwrap()).collect();
    let review = ["REVIEW_ORGANIZATION"; 3];
    assert_eq!(kinds, [review, ["SETTLE_JOB"; 3]].concat());
    let (mut paged, mut after) = (Vec::new(), Value::Null);
    loop {
        let query = "query($a: String) { tasks(first: 2, after: $a) {
            nodes { kind title titleZh subject since detail } pageInfo { hasNextPage endCursor } } }";
        let page = world.admin().asks_with(query, json!({ "a": after })).await.done();
        paged.extend(page["nodes"].as_array().unwrap().clone());
        after = page["pageInfo"]["endCursor"].clone();
        if page["pageInfo"]["hasNextPage"] == false {
            break;
        }
    }
    assert_eq!(paged, whole);
    let bad = "{ tasks(after: \"x\") { nodes { kind } } }";
    world.admin().asks(bad).await.refused("CURSOR_INVALID");
}
