//! A newer edition of a result takes effect while contracts of the one before run.
use serde_json::{Value, json};

use super::deal::{document, generates};
use super::following::{DAY, Side, day};

fn of_lot(contracts: &[Value], lot: i64, edition: i64) -> Value {
    let found = contracts.iter().find(|one| one["lotNumber"] == lot && one["edition"] == edition);
    found.unwrap_or_else(|| panic!("lot {lot} of edition {edition}: {contracts:?}")).clone()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_newer_edition_changes_is_replaced_from_a_day_on_and_what_it_does_not_stays_as_it_was_sealed()
{
    let side = Side::of(1).await;
    let before = side.announces(1, (-30, 700), &[(1, "0.20", 100), (2, "0.30", 200), (3, "0.40", 300)]).await;
    side.in_force(&before, |volume| vec![volume]).await;
    let old = of_lot(&side.contracts().await, 2, 1);
    let sealed = document(&side.firm.actor, old["id"].as_str().unwrap()).await;

    let after = side.announces(2, (10, 700), &[(1, "0.20", 100), (2, "0.25", 200), (4, "0.50", 400)]).await;
    generates(&side.office, &after).await.refused("CONTRACT_STATE");
    side.succeeds(&after, &day(5)).await.refused("DATE_INVALID");
    side.succeeds(&before, &day(12)).await.refused("RESULT_INVALID");
    let all = json!({ "kept": 1, "replaced": 1, "ended": 1, "added": 1 });
    assert_eq!(side.succeeds(&after, &day(12)).await.done(), all);
    let again = json!({ "kept": 1, "replaced": 0, "ended": 0, "added": 0 });
    assert_eq!(side.succeeds(&after, &day(12)).await.done(), again);

    let found = side.contracts().await;
    assert_eq!(found.len(), 5, "{found:?}");
    let told = |lot, edition| {
        let one = of_lot(&found, lot, edition);
        ["status", "endsOn", "startsOn", "volume", "price"].map(|field| one[field].clone())
    };
    let stays = [json!("IN_FORCE"), Value::Null, json!(day(-30)), json!("100"), json!("0.2")];
    assert_eq!(told(1, 1), stays);
    assert_eq!(told(2, 1)[..2], [json!("IN_FORCE"), json!(day(11))]);
    assert_eq!(told(3, 1)[..2], [json!("IN_FORCE"), json!(day(11))]);
    let added = [json!("DRAFT"), Value::Null, json!(day(12)), json!("400"), json!("0.5")];
    assert_eq!(told(4, 2), added);
    let next = of_lot(&found, 2, 2);
    assert_eq!(
        (&next["replacesId"], &next["until"], &next["price"]),
        (&old["id"], &old["until"], &json!("0.25"))
    );
    assert_eq!(document(&side.firm.actor, old["id"].as_str().unwrap()).await, sealed);

    // The institutions keep their shares; the calendar ends the one and begins the other.
    let next = side.until(&next["id"], |contract| contract["institutions"] == "1").await;
    assert_eq!(side.shares(&next["id"]).await, ["200"]);
    side.seals(&next).await;
    side.world.moves_clock_to(13 * DAY).await;
    let side = Side { office: side.world.logs_in(&side.office.login).await, ..side };
    side.until(&old["id"], |contract| contract["status"] == "CLOSED").await;
    side.until(&next["id"], |contract| contract["status"] == "IN_FORCE").await;
    side.until(&of_lot(&found, 3, 1)["id"], |contract| contract["status"] == "CLOSED").await;
    assert_eq!(side.contract(&of_lot(&found, 1, 1)["id"]).await["status"], "IN_FORCE");
    let kinds = side.world.entries(old["id"].as_str().unwrap()).await;
    assert_eq!(kinds.last_chunk(), Some(&["ContractSuperseded".to_owned(), "ContractMoved".to_owned()]));
}
