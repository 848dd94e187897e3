//! A request that is sent again changes nothing and gets the first answer.
use diesel_async::{AsyncConnection, AsyncPgConnection, RunQueryDsl};
use serde_json::json;

use crate::support::actor::{Outcome, key};
use crate::support::postgres::texts;
use crate::support::world::{World, registration};

#[tokio::test(flavor = "multi_thread")]
async fn a_repeated_registration_gets_the_first_answer() {
    let world = World::new().await;
    let input = registration("HOSPITAL", "320106");
    let first = world.nobody().does("registerOrganization", input.clone(), "id version").await.done();
    let again = world.nobody().does("registerOrganization", input, "id version").await.done();
    assert_eq!(first, again);
    assert_eq!(world.entries(first["id"].as_str().unwrap()).await, ["OrganizationRegistered"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_of_another_request_is_a_conflict_and_of_another_user_is_not() {
    let world = World::new().await;
    let [one, two] = [world.manager("HOSPITAL", "320106").await, world.manager("HOSPITAL", "320105").await];
    let invite = |name: &str, key: &str| json!({ "clerk": "clerk", "name": name, "role": "HOSPITAL", "idempotencyKey": key });
    let key = key();
    let first = one.does("inviteUser", invite("甲", &key), "id version token").await.done();
    one.does("inviteUser", invite("乙", &key), "id").await.refused("IDEMPOTENCY_CONFLICT");
    two.does("inviteUser", invite("甲", &key), "id").await.done();
    let again = one.does("inviteUser", invite("甲", &key), "id version token").await.done();
    assert_eq!(first, again);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_repetition_is_checked_for_permission_again() {
    let world = World::new().await;
    let hospital = world.manager("HOSPITAL", "320106").await;
    let input = json!({ "clerk": "clerk", "name": "甲", "role": "HOSPITAL", "idempotencyKey": key() });
    hospital.does("inviteUser", input.clone(), "id").await.done();
    let version = world.version(&hospital.organization).await;
    world.admin().moves("suspendOrganization", (&hospital.organization, version), Some("调查")).await.done();
    hospital.does("inviteUser", input, "id").await.refused("FORBIDDEN");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_request_many_times_at_once_acts_once() {
    let world = World::new().await;
    let input = registration("HOSPITAL", "320106");
    let nobody = world.nobody();
    let together = (0..8).map(|_| {
        let (nobody, input) = (nobody.clone(), input.clone());
        tokio::spawn(async move { nobody.does("registerOrganization", input, "id version").await.done() })
    });
    let mut answers = Vec::new();
    for one in together.collect::<Vec<_>>() {
        answers.push(one.await.unwrap());
    }
    answers.dedup();
    assert_eq!(answers.len(), 1, "{answers:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refused_request_leaves_its_key_free() {
    let world = World::new().await;
    let taken = registration("HOSPITAL", "320106");
    world.nobody().does("registerOrganization", taken.clone(), "id").await.done();
    let mut input = registration("HOSPITAL", "320106");
    let free = input["creditCode"].clone();
    input["creditCode"] = taken["creditCode"].clone();
    world.nobody().does("registerOrganization", input.clone(), "id").await.refused("CREDIT_CODE_TAKEN");
    input["creditCode"] = free;
    world.nobody().does("registerOrganization", input, "id").await.done();
}

/// Has a manager test a webhook; the request's key.
async fn tests_webhook(world: &World) -> (Outcome, String) {
    let manager = world.manager("HOSPITAL", "320106").await;
    let input = json!({ "url": "https://receiver.example.org/jicai", "kinds": [], "idempotencyKey": key() });
    let webhook = manager.does("createWebhook", input, "id").await.done();
    let key = key();
    let query = "mutation($i: TestWebhookInput!) { testWebhook(input: $i) }";
    (manager.asks_with(query, json!({ "i": { "id": webhook["id"], "idempotencyKey": key } })).await, key)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_change_its_job_its_entry_and_its_answer_are_of_one_transaction() {
    let world = World::with(|config| config.jobs = 0).await;
    // Each connection prepares its statements with the first change that it carries.
    for _change in 0..4 {
        let (tested, key) = tests_webhook(&world).await;
        let delivery = tested.done();
        let delivery = delivery.as_str().unwrap();
        let uuid = delivery.strip_prefix("dlv_").unwrap();
        let transactions = format!(
            "SELECT DISTINCT xmin::text AS line FROM (SELECT xmin FROM webhook_deliveries WHERE id = '{uuid}' \
             UNION ALL SELECT xmin FROM jobs WHERE subject = '{delivery}' \
             UNION ALL SELECT xmin FROM idempotency_keys WHERE key = '{key}' AND answer = '{delivery}' \
             UNION ALL SELECT e.xmin FROM audit_entries e JOIN webhook_deliveries d ON e.subject = d.subject \
                 WHERE d.id = '{uuid}' AND e.kind = 'WebhookTested') rows"
        );
        assert_eq!(texts(&world.database.owner, &transactions).await.len(), 1);
        let rows = transactions.replace("DISTINCT xmin::text", "count(*)::text");
        assert_eq!(texts(&world.database.owner, &rows).await, ["4"]);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_change_whose_entry_cannot_be_written_leaves_nothing() {
    let world = World::with(|config| config.jobs = 0).await;
    let refuse = "ALTER TABLE audit_entries ADD CONSTRAINT none_of_these CHECK (kind <> 'WebhookTested')";
    let mut owner = AsyncPgConnection::establish(&world.database.owner).await.unwrap();
    diesel::sql_query(refuse).execute(&mut owner).await.unwrap();
    for _change in 0..4 {
        let (tested, key) = tests_webhook(&world).await;
        tested.refused("INTERNAL");
        let left = format!(
            "SELECT ((SELECT count(*) FROM webhook_deliveries) + (SELECT count(*) FROM jobs WHERE kind = 'DELIVER') \
             + (SELECT count(*) FROM idempotency_keys WHERE key = '{key}'))::text AS line"
        );
        assert_eq!(texts(&world.database.owner, &left).await, ["0"]);
    }
}
