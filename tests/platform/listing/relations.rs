//! 配送关系: proposed, accepted, refused, voided, replaced, and ticked by hospitals.
use serde_json::{Value, json};

use super::support::{RELATION, Trade, accepts, ends, relation, seen, text};
use crate::support::actor::{Actor, key};
use crate::support::world::World;

/// 2027-01-10 in China.
const TEN_JANUARY: &str = "2027-01-10";

#[tokio::test(flavor = "multi_thread")]
async fn a_distributor_accepts_and_either_side_ends_it_and_neighbours_see_nothing() {
    let world = World::new().await;
    let trade = Trade::of(&world).await;
    let (neighbour, stranger) =
        (world.manager("MANUFACTURER", "320000").await, world.manager("DISTRIBUTOR", "320000").await);
    let hospital = world.manager("HOSPITAL", "320106").await;
    let far = world.manager("HOSPITAL", "320200").await;
    let (office, elsewhere) = (
        world.manager("PROCUREMENT_OFFICE", "320000").await,
        world.manager("PROCUREMENT_OFFICE", "310000").await,
    );

    let proposed = trade.proposes("320100").await.done();
    assert_eq!((&proposed["state"], &proposed["version"]), (&json!("PROPOSED"), &json!(1)));
    let id = &proposed["id"];
    for outsider in [&neighbour, &stranger, &hospital, &far, &elsewhere] {
        relation(outsider, id).await.refused("NOT_FOUND");
        assert!(seen(outsider, "").await.is_empty());
    }
    accepts(&stranger, &proposed).await.refused("NOT_FOUND");
    ends(&stranger, "refuseDistribution", &proposed).await.refused("NOT_FOUND");
    ends(&neighbour, "voidDistribution", &proposed).await.refused("NOT_FOUND");
    accepts(&trade.maker, &proposed).await.refused("FORBIDDEN");
    trade.proposes("320100").await.refused("RELATION_EXISTS");
    let waiting = "{ tasks(first: 20) { nodes { kind subject detail } } }";
    let tasks = trade.distributor.asks(waiting).await.done();
    let asked = tasks["nodes"].as_array().unwrap().iter().find(|task| task["subject"] == *id).unwrap();
    assert_eq!(asked["kind"], "ANSWER_DISTRIBUTION");

    let accepted = accepts(&trade.distributor, &proposed).await.done();
    assert_eq!((&accepted["state"], &accepted["validTo"]), (&json!("ACCEPTED"), &Value::Null));
    accepts(&trade.distributor, &proposed).await.refused("STALE_VERSION");
    accepts(&trade.distributor, &accepted).await.refused("RELATION_STATE");
    for sees in [&trade.maker, &trade.distributor, &hospital, &office] {
        assert_eq!(seen(sees, "").await, [text(id)]);
        assert_eq!(relation(sees, id).await.done()["state"], "ACCEPTED");
    }
    for outsider in [&neighbour, &stranger, &far, &elsewhere] {
        relation(outsider, id).await.refused("NOT_FOUND");
    }
    assert_eq!(seen(&office, ", filter: { region: \"320106\", state: ACCEPTED }").await, [text(id)]);
    assert!(seen(&office, ", filter: { region: \"320200\" }").await.is_empty());

    let voided = ends(&trade.distributor, "voidDistribution", &accepted).await.done();
    assert_eq!((&voided["state"], &voided["reason"]), (&json!("VOIDED"), &json!("运力不足")));
    assert_eq!(voided["endedById"], json!(trade.distributor.organization));
    assert!(voided["validTo"].is_string());
    ends(&trade.maker, "voidDistribution", &voided).await.refused("RELATION_STATE");
    // What was ended can be proposed again, and refused.
    let again = trade.proposes("320100").await.done();
    let refused = ends(&trade.distributor, "refuseDistribution", &again).await.done();
    assert_eq!((&refused["state"], &refused["acceptedAt"]), (&json!("REFUSED"), &Value::Null));
    assert_eq!(seen(&hospital, "").await, [text(id)], "what was never accepted is no hospital's business");
    world.until_sequenced().await;
    let told = ["DistributionProposed", "DistributionAccepted", "DistributionVoided"];
    assert_eq!(world.entries(&text(id)).await, told);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_relation_is_for_an_approved_distributor_a_near_region_own_goods_and_days_ahead() {
    let world = World::new().await;
    let trade = Trade::of(&world).await;
    let refused = |outcome: crate::support::actor::Outcome, field: &str| {
        outcome.refused("RELATION_INVALID");
        assert_eq!(outcome.json["errors"][0]["extensions"]["field"], field);
    };
    refused(trade.proposes("320000").await, "region");
    refused(trade.proposes_to(&trade.maker, "320100", json!({})).await, "distributor");
    let pending = world.registers("DISTRIBUTOR", "320000").await;
    let pending = Actor { organization: pending.id, ..world.nobody() };
    refused(trade.proposes_to(&pending, "320100", json!({})).await, "distributor");
    let past = json!({ "validFrom": "2020-01-01" });
    refused(trade.proposes_to(&trade.distributor, "320100", past).await, "validFrom");
    let turned = json!({ "validFrom": TEN_JANUARY, "validTo": TEN_JANUARY });
    refused(trade.proposes_to(&trade.distributor, "320100", turned).await, "validTo");
    let listing = json!({ "listing": "lst_00000000000000000000000000000001" });
    refused(trade.proposes_to(&trade.distributor, "320100", listing).await, "goods");
    let product = json!({ "product": "sel_00000000000000000000000000000001" });
    refused(trade.proposes_to(&trade.distributor, "320100", product).await, "goods");
    trade.proposes_to(&trade.distributor, "320199", json!({})).await.refused("REGION_UNKNOWN");
    trade.proposes("310000").await.done();
    world.until_sequenced().await;
    assert_eq!(world.entries("").await.iter().filter(|kind| *kind == "DistributionProposed").count(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn another_distributor_takes_the_place_of_one_without_a_gap() {
    let world = World::new().await;
    let trade = Trade::of(&world).await;
    let other = world.manager("DISTRIBUTOR", "320000").await;
    let hospital = world.manager("HOSPITAL", "320106").await;
    let old = trade.appoints(&trade.distributor, "320100").await;
    let replace = |relation: &Value, distributor: &Actor| {
        json!({ "id": relation["id"], "version": relation["version"], "distributor": distributor.organization,
            "reason": "配送不及时", "idempotencyKey": key() })
    };
    let ask = async |input: Value| trade.maker.does("replaceDistributor", input, RELATION).await;
    ask(replace(&old, &trade.distributor)).await.refused("RELATION_INVALID");
    let successor = ask(replace(&old, &other)).await.done();
    assert_eq!((&successor["replacesId"], &successor["state"]), (&old["id"], &json!("PROPOSED")));
    assert_eq!(successor["replacesBecause"], "配送不及时");
    ask(replace(&old, &other)).await.refused("RELATION_EXISTS");
    // Until the other accepts, the one before delivers.
    assert_eq!(relation(&hospital, &old["id"]).await.done()["state"], "ACCEPTED");
    relation(&hospital, &successor["id"]).await.refused("NOT_FOUND");

    let accepted = accepts(&other, &successor).await.done();
    let replaced = relation(&trade.distributor, &old["id"]).await.done();
    assert_eq!((&replaced["state"], &replaced["reason"]), (&json!("REPLACED"), &json!("配送不及时")));
    assert_eq!(replaced["validTo"], accepted["validFrom"], "neither a gap nor both at once");
    ends(&trade.distributor, "voidDistribution", &replaced).await.refused("RELATION_STATE");
    ask(replace(&replaced, &trade.distributor)).await.refused("RELATION_STATE");

    // Where the one before is ended meanwhile, the other one just begins.
    let back = ask(replace(&accepted, &trade.distributor)).await.done();
    ends(&other, "voidDistribution", &accepted).await.done();
    assert_eq!(accepts(&trade.distributor, &back).await.done()["state"], "ACCEPTED");
    assert_eq!(relation(&other, &accepted["id"]).await.done()["state"], "VOIDED");
    world.until_sequenced().await;
    let told = ["DistributionProposed", "DistributionAccepted", "DistributionReplaced"];
    assert_eq!(world.entries(&text(&old["id"])).await, told);
}

#[tokio::test(flavor = "multi_thread")]
async fn of_accepting_and_voiding_at_once_one_wins_and_a_repeated_request_is_one() {
    let world = World::new().await;
    let trade = Trade::of(&world).await;
    for region in ["320100", "320200", "320300", "320400", "320500", "320600"] {
        let proposed = trade.proposes(region).await.done();
        let (accepted, voided) = futures_util::future::join(
            accepts(&trade.distributor, &proposed),
            ends(&trade.maker, "voidDistribution", &proposed),
        )
        .await;
        let mut codes = [accepted.code(), voided.code()];
        codes.sort_unstable();
        assert_eq!(codes, ["STALE_VERSION", "ok"], "{region}");
        let state = relation(&trade.maker, &proposed["id"]).await.done();
        assert_eq!(state["version"], 2);
        assert_eq!(state["state"], if accepted.code() == "ok" { "ACCEPTED" } else { "VOIDED" });
    }
    // Two proposals at once are one, and so is one that is sent twice.
    let (one, other) = futures_util::future::join(trade.proposes("321000"), trade.proposes("321000")).await;
    let mut codes = [one.code(), other.code()];
    codes.sort_unstable();
    assert_eq!(codes, ["RELATION_EXISTS", "ok"]);
    let input =
        json!({ "distributor": trade.distributor.organization, "region": "321100", "idempotencyKey": key() });
    let first = trade.maker.does("proposeDistribution", input.clone(), "id version").await.done();
    assert_eq!(trade.maker.does("proposeDistribution", input.clone(), "id version").await.done(), first);
    let mut changed = input;
    changed["region"] = json!("321200");
    trade.maker.does("proposeDistribution", changed, "id").await.refused("IDEMPOTENCY_CONFLICT");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hospital_ticks_distributors_that_are_appointed_where_it_is_and_prefers_one() {
    let world = World::new().await;
    let trade = Trade::of(&world).await;
    let other = world.manager("DISTRIBUTOR", "320000").await;
    let hospital = world.manager("HOSPITAL", "320106").await;
    let member = world.manager("HOSPITAL", "320105").await;
    let fields = "institutionId manufacturerId version distributors { distributorId distributorName appointed preferred }";
    let choose = async |who: &Actor, ticked: &[&Actor], preferred: Option<&Actor>, more: Value| {
        let ticked: Vec<&str> = ticked.iter().map(|one| one.organization.as_str()).collect();
        let mut input = json!({ "manufacturer": trade.maker.organization, "distributors": ticked,
            "preferred": preferred.map(|one| one.organization.clone()), "idempotencyKey": key() });
        input.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        who.does("chooseDistributors", input, fields).await
    };
    let nothing = json!({});
    choose(&hospital, &[&trade.distributor], Some(&trade.distributor), nothing.clone())
        .await
        .refused("DISTRIBUTOR_NOT_APPOINTED");
    let kept = trade.appoints(&trade.distributor, "320100").await;
    trade.appoints(&other, "320105").await;
    // The other one is appointed for another county.
    choose(&hospital, &[&other], Some(&other), nothing.clone()).await.refused("DISTRIBUTOR_NOT_APPOINTED");
    choose(&hospital, &[&trade.distributor], Some(&other), nothing.clone())
        .await
        .refused("DISTRIBUTOR_CHOICE_INVALID");
    let (one, two) = futures_util::future::join(
        choose(&hospital, &[&trade.distributor], Some(&trade.distributor), nothing.clone()),
        choose(&hospital, &[&trade.distributor], Some(&trade.distributor), nothing.clone()),
    )
    .await;
    let mut codes = [one.code(), two.code()];
    codes.sort_unstable();
    assert_eq!(codes, ["STALE_VERSION", "ok"]);
    let listed = async |who: &Actor, member: &str| {
        who.asks(&format!("{{ distributorChoices(first: 5{member}) {{ nodes {{ {fields} }} }} }}")).await
    };
    let shown = listed(&hospital, "").await.done()["nodes"][0].clone();
    assert_eq!(shown["distributors"][0]["preferred"], true);
    assert_eq!(shown["distributors"][0]["appointed"], true);

    // A lead ticks for its member; nobody else does.
    let of_member = json!({ "institution": member.organization });
    choose(&hospital, &[&other], Some(&other), of_member.clone()).await.refused("NOT_FOUND");
    let reviewer = world.manager("REVIEW_BODY", "320100").await;
    let lead =
        json!({ "lead": hospital.organization, "member": member.organization, "idempotencyKey": key() });
    let lead = reviewer
        .asks_with("mutation($i: DemandLeadInput!) { nameDemandLead(input: $i) }", json!({ "i": lead }))
        .await;
    lead.done();
    let chosen = choose(&hospital, &[&other, &trade.distributor], Some(&other), of_member).await.done();
    assert_eq!(chosen["institutionId"], json!(member.organization));
    let of_member = format!(", institution: {:?}", member.organization);
    assert_eq!(listed(&hospital, &of_member).await.done()["nodes"].as_array().unwrap().len(), 1);
    listed(&member, &format!(", institution: {:?}", hospital.organization)).await.refused("NOT_FOUND");

    // What is no longer appointed stays ticked and is told as such.
    ends(&trade.maker, "voidDistribution", &kept).await.done();
    let shown = listed(&hospital, "").await.done()["nodes"][0].clone();
    assert_eq!(shown["distributors"][0]["appointed"], false);
    let cleared = choose(&hospital, &[], None, json!({ "version": 1 })).await.done();
    assert_eq!((&cleared["version"], &cleared["distributors"]), (&json!(2), &json!([])));
}
