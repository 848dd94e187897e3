//! What people do with an alert.
use serde_json::{Value, json};

use super::support::{alerts, idle_world, listed, moves, reports, works};
use crate::support::actor::Actor;
use crate::support::http::send;
use crate::support::world::World;

/// A price of a firm's product in Jiangsu that is above the three other regions', and those.
async fn dear(world: &World, office: &Actor, firm: &Actor, price: &str) {
    let others = [("330000", "10"), ("310000", "10.2"), ("110000", "10.1")];
    let mut prices: Vec<_> =
        others.iter().map(|(region, price)| listed(region, region, "2026-03", price).by(firm)).collect();
    prices.push(listed("own", "320000", "2026-03", price).by(firm));
    reports(world, office, &prices).await;
    works(world).await;
}

const ACKNOWLEDGE: (&str, &str) = ("acknowledgeAlert", "AlertInput");
const DISMISS: (&str, &str) = ("dismissAlert", "DismissAlertInput");
const ASSIGN: (&str, &str) = ("assignAlert", "AssignAlertInput");

async fn tasks(who: &Actor) -> Vec<Value> {
    let listed = who.asks("{ tasks(first: 20) { nodes { kind subject detail } } }").await.done();
    let mut tasks = listed["nodes"].as_array().unwrap().clone();
    tasks.retain(|task| task["kind"] == "HANDLE_ALERT");
    tasks
}

#[tokio::test(flavor = "multi_thread")]
async fn an_alert_is_taken_up_given_to_a_colleague_and_put_away_until_it_is_worse() {
    let world = idle_world().await;
    let office = world.manager("PROCUREMENT_OFFICE", "320000").await;
    let firm = world.manager("MANUFACTURER", "320000").await;
    let regulator = world.manager("REGULATOR", "320000").await;
    let clerk = world.clerk(&regulator, "clerk", "REGULATOR").await;
    let elsewhere = world.manager("REGULATOR", "330000").await;
    dear(&world, &office, &firm, "11").await;
    let open = alerts(&regulator, "state: OPEN").await.remove(0);
    assert_eq!((&open["monitor"], &open["severity"]), (&json!("SAME4_GAP"), &json!("YELLOW")));
    assert_eq!((tasks(&regulator).await.len(), tasks(&clerk).await.len()), (1, 1));
    assert!(alerts(&elsewhere, "").await.is_empty());
    moves(&elsewhere, ACKNOWLEDGE, &open, json!({})).await.refused("NOT_FOUND");
    moves(&firm, ACKNOWLEDGE, &open, json!({})).await.refused("FORBIDDEN");

    let taken = moves(&regulator, ACKNOWLEDGE, &open, json!({})).await.done();
    assert_eq!((&taken["state"], &taken["assigneeId"]), (&json!("ACKNOWLEDGED"), &json!(regulator.user)));
    moves(&clerk, ACKNOWLEDGE, &open, json!({})).await.refused("STALE_VERSION");
    moves(&clerk, ACKNOWLEDGE, &taken, json!({})).await.refused("ALERT_STATE");
    moves(&regulator, ASSIGN, &taken, json!({ "assignee": office.user })).await.refused("ALERT_ASSIGNEE");
    let given = moves(&regulator, ASSIGN, &taken, json!({ "assignee": clerk.user })).await.done();
    assert_eq!(given["assigneeId"], json!(clerk.user));
    assert_eq!((tasks(&regulator).await.len(), tasks(&clerk).await.len()), (0, 1));

    moves(&clerk, DISMISS, &given, json!({ "reason": " " })).await.refused("REASON_MISSING");
    let away = moves(&clerk, DISMISS, &given, json!({ "reason": "已核对发票，含运费" })).await.done();
    assert_eq!(
        (&away["state"], &away["dismissedBecause"]),
        (&json!("DISMISSED"), &json!("已核对发票，含运费"))
    );
    assert!(tasks(&clerk).await.is_empty());
    let query = format!(
        "{{ alertChanges(id: {}, first: 10) {{ nodes {{ change byId reason version }} }} }}",
        open["id"]
    );
    let steps = regulator.asks(&query).await.done();
    let steps: Vec<_> =
        steps["nodes"].as_array().unwrap().iter().map(|step| step["change"].clone()).collect();
    assert_eq!(steps, ["DISMISSED", "ASSIGNED", "ACKNOWLEDGED", "OPENED"]);
    // The firm is not told who works on it, nor why it was put away.
    let told = alerts(&firm, "").await.remove(0);
    assert_eq!((&told["assigneeId"], &told["dismissedBecause"]), (&Value::Null, &Value::Null));

    // What is no worse stays away; a higher price does not.
    dear(&world, &office, &firm, "10.9").await;
    assert_eq!(alerts(&regulator, "").await.len(), 1);
    dear(&world, &office, &firm, "11.0001").await;
    let again = alerts(&regulator, "state: OPEN").await;
    assert_eq!((again.len(), &again[0]["followsId"]), (1, &open["id"]));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_repeated_request_changes_nothing_and_a_table_holds_what_the_list_shows() {
    let world = idle_world().await;
    let office = world.manager("PROCUREMENT_OFFICE", "320000").await;
    let firm = world.manager("MANUFACTURER", "320000").await;
    let regulator = world.manager("REGULATOR", "320000").await;
    dear(&world, &office, &firm, "11").await;
    let open = alerts(&regulator, "").await.remove(0);
    let input = json!({ "id": open["id"], "version": open["version"], "idempotencyKey": crate::support::actor::key() });
    let query = "mutation($i: AlertInput!) { acknowledgeAlert(input: $i) { version state } }";
    let first = regulator.asks_with(query, json!({ "i": input })).await.done();
    assert_eq!(regulator.asks_with(query, json!({ "i": input })).await.done(), first);
    for (who, path, code, rows) in [
        (&regulator, "/alerts.csv", 200, 1),
        (&regulator, "/alerts.csv?monitor=OUTLIER", 200, 0),
        (&firm, "/alerts.csv?state=ACKNOWLEDGED", 200, 1),
        (&regulator, "/alerts.csv?state=BAD", 400, 0),
        (&world.nobody(), "/alerts.csv", 401, 0),
    ] {
        let bearer = who.token.as_ref().map(|token| format!("Bearer {token}"));
        let headers: Vec<_> = bearer.as_deref().map(|bearer| ("authorization", bearer)).into_iter().collect();
        let reply = send(world.address(), &format!("GET {path}"), &headers, b"").await;
        assert_eq!(reply.status, code, "{path}: {}", reply.body);
        if code == 200 {
            assert_eq!(reply.body.lines().count(), rows + 1, "{path}: {}", reply.body);
        }
    }
}
