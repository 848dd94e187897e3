//! Agreed volume that moves: asked for by institutions, split by a lead, taken over when its supplier leaves. Whatever happens, every unit of
//! it has exactly one supplier, or is left over; a second bookkeeping of single units says so after each step.
use diesel_async::{AsyncConnection, AsyncPgConnection, RunQueryDsl};
use serde_json::{Value, json};

use super::deal::{Party, contracts, document, generates, waits};
use super::market::{CHANGE, Market, Piece, asking};
use crate::support::actor::{Actor, key};

/// Whether a change waits for somebody.
async fn waits_for(reader: &Actor, kind: &str, change: &Value) -> bool {
    let tasks = reader.asks("{ tasks(first: 50) { nodes { kind subject } } }").await.done();
    tasks["nodes"].as_array().unwrap().contains(&json!({ "kind": kind, "subject": change["id"] }))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_transfer_waits_for_the_other_institution_and_then_for_the_office() {
    let market = Market::announced().await;
    let Market { world, office, one, two, .. } = &market;
    market.divided(&[(one, "700"), (two, "301")]).await;
    market.adds_up(1001).await;
    let piece = market.piece(one).await;
    let wish = |volume: &str| json!({ "wish": "TO_INSTITUTION", "toInstitution": two.actor.organization, "volume": volume });
    market.asks(one, &piece.id, wish("100")).await.refused("CONTRACT_STATE");
    market.is_sealed(&[]).await;
    let stranger = Party::of(world.manager("HOSPITAL", "310000").await).await;
    market.asks(&stranger, &piece.id, wish("100")).await.refused("NOT_FOUND");
    market.asks(one, &piece.id, wish("701")).await.refused("VOLUME_SHORT");
    let away = world.manager("HOSPITAL", "320106").await;
    let mut wrong = wish("1");
    wrong["toInstitution"] = json!(away.organization);
    market.asks(one, &piece.id, wrong).await.refused("VOLUME_CHANGE_INVALID");

    let input = asking(&piece.id, wish("100"));
    let asked = one.actor.does("requestVolumeChange", input.clone(), CHANGE).await.done();
    let again = one.actor.does("requestVolumeChange", input, CHANGE).await.done();
    assert_eq!((&again, &asked["status"]), (&asked, &json!("APPLIED")));
    assert_eq!(market.nodes(&one.actor, "volumeChanges", "id").await.len(), 1);
    let query = format!("{{ volumeChange(id: {}) {{ id }} }}", asked["id"]);
    stranger.actor.asks(&query).await.refused("NOT_FOUND");
    market.decides(&stranger.actor, &asked, "AGREE").await.refused("NOT_FOUND");
    market.decides(&one.actor, &asked, "AGREE").await.refused("NOT_FOUND");
    market.decides(office, &asked, "APPROVE").await.refused("VOLUME_CHANGE_STATE");
    assert!(waits_for(&two.actor, "ANSWER_VOLUME_CHANGE", &asked).await);
    assert!(!waits_for(office, "DECIDE_VOLUME_CHANGE", &asked).await);
    let agreed = market.decides(&two.actor, &asked, "AGREE").await.done();
    assert!(waits_for(office, "DECIDE_VOLUME_CHANGE", &agreed).await);
    market.decides(&two.actor, &agreed, "REJECT").await.refused("VOLUME_CHANGE_STATE");
    market.adds_up(1001).await;

    let clerk = world.clerk(office, "second", "PROCUREMENT_OFFICE").await;
    let (first, second) =
        tokio::join!(market.decides(office, &agreed, "APPROVE"), market.decides(&clerk, &agreed, "APPROVE"));
    let mut codes = [first.code(), second.code()];
    codes.sort();
    assert_eq!(codes, ["STALE_VERSION", "ok"]);
    assert_eq!(market.agreed(one).await, [(0, 600)]);
    assert_eq!(market.agreed(two).await, [(0, 301), (0, 100)]);
    market.adds_up(1001).await;
    // What came is agreed in a supplement, which its parties seal.
    let supplement = market.pieces(&two.actor).await.swap_remove(1);
    assert!(waits(&two.actor, &supplement.contract).await && !waits(&one.actor, &supplement.contract).await);
    market.is_sealed(&[]).await;
    assert_eq!(market.pieces(&two.actor).await[1].status, "SEALED");
    let kinds = world.entries(asked["id"].as_str().unwrap()).await;
    assert_eq!(kinds, ["VolumeChangeRequested", "VolumeChangeAgreed", "VolumeChangeDecided"]);
    assert_eq!(world.entries(&supplement.contract).await[0], "ContractSupplemented");
}

#[tokio::test(flavor = "multi_thread")]
async fn volume_goes_to_a_supplier_of_the_region_and_is_raised_and_lowered() {
    let market = Market::announced().await;
    let Market { office, firms, one, two, products, .. } = &market;
    market.divided(&[(one, "700"), (two, "301")]).await;
    market.is_sealed(&[]).await;
    let piece = market.piece(one).await.id;
    let to = |product: usize, volume: &str| json!({ "wish": "TO_SUPPLIER", "toProduct": products[product], "volume": volume });
    market.asks(one, &piece, to(2, "1")).await.refused("SUPPLIER_NOT_SELECTED");
    let mixed = json!({ "wish": "ADJUST", "toProduct": products[1], "volume": "1" });
    market.asks(one, &piece, mixed).await.refused("VOLUME_CHANGE_INVALID");
    market.moves(one, &piece, to(1, "50"), Some(&firms[1])).await;
    assert_eq!(market.agreed(one).await, [(0, 650), (1, 50)]);
    market.adds_up(1001).await;
    let adjust = |volume: &str| json!({ "wish": "ADJUST", "volume": volume });
    market.moves(one, &piece, adjust("800"), None).await;
    assert_eq!(market.agreed(one).await, [(0, 650), (1, 50), (0, 150)]);
    market.adds_up(1151).await;
    let other = market.piece(two).await.id;
    market.moves(two, &other, adjust("1"), None).await;
    assert_eq!(market.agreed(two).await, [(0, 1)]);
    market.adds_up(851).await;

    // Of two that ask for the same units, the second finds them gone.
    let early = market.asks(one, &piece, to(1, "600")).await.done();
    let late = market.asks(one, &piece, to(1, "600")).await.done();
    let early = market.decides(&firms[1].actor, &early, "AGREE").await.done();
    let late = market.decides(&firms[1].actor, &late, "AGREE").await.done();
    market.decides(office, &early, "APPROVE").await.done();
    market.decides(office, &late, "APPROVE").await.refused("VOLUME_SHORT");
    let rejected = market.decides(office, &late, "REJECT").await.done();
    assert_eq!((&rejected["status"], &rejected["decision"]), (&json!("REJECTED"), &json!("不予同意")));
    let back = market.asks(one, &piece, to(1, "1")).await.done();
    let input = json!({ "id": back["id"], "version": back["version"], "idempotencyKey": key() });
    two.actor.does("withdrawVolumeChange", input.clone(), CHANGE).await.refused("NOT_FOUND");
    let back = one.actor.does("withdrawVolumeChange", input, CHANGE).await.done();
    assert_eq!(back["status"], "WITHDRAWN");
    market.decides(&firms[1].actor, &back, "AGREE").await.refused("VOLUME_CHANGE_STATE");
    assert_eq!(market.agreed(one).await, [(0, 50), (1, 50), (0, 150), (1, 600)]);
    market.adds_up(851).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cascade_ends_contracts_and_the_successors_seal_theirs() {
    let market = Market::announced().await;
    let Market { world, one, two, products, .. } = &market;
    let contract = market.divided(&[(one, "700"), (two, "301")]).await;
    market.is_sealed(&[]).await;
    market.cascade(0, "DISQUALIFIED", json!([])).await;
    assert_eq!(market.agreed(one).await, [(1, 700)]);
    assert_eq!(market.agreed(two).await, [(1, 301)]);
    market.adds_up(1001).await;
    assert_eq!(world.entries(&contract).await.last().unwrap(), "ContractTerminated");
    let after = market.pieces(&one.actor).await;
    let taken = after.iter().find(|piece| piece.product == 1).unwrap();
    assert_eq!((after[0].status.as_str(), taken.status.as_str()), ("TERMINATED", "DRAFT"));
    assert!(waits(&market.firms[1].actor, &taken.contract).await && waits(&two.actor, &taken.contract).await);
    market.is_sealed(&[]).await;
    // Made once: there is nothing more to generate.
    let before = contracts(&market.office).await.len();
    generates(&market.office, &market.result).await.done();
    assert_eq!(contracts(&market.office).await.len(), before);

    let answers = json!([{ "product": products[2], "accepts": true, "atMost": "600" }]);
    market.cascade(1, "SUPPLY_FAILED", answers).await;
    // 600 in the proportion 700 : 301, at the price of the one that left.
    assert_eq!(market.agreed(one).await, [(2, 420)]);
    assert_eq!(market.agreed(two).await, [(2, 180)]);
    market.adds_up(1001).await;
    let last = contracts(&market.firms[2].actor).await;
    assert_eq!((&last[0]["price"], &last[0]["selectedPrice"]), (&json!("0.22"), &json!("0.25")));
    assert!(
        document(&market.firms[2].actor, last[0]["id"].as_str().unwrap())
            .await
            .contains("\"price\":\"0.22\"")
    );

    let left: Vec<Piece> =
        market.pieces(&one.actor).await.into_iter().filter(|one| one.left_over > 0).collect();
    assert_eq!((left.len(), left[0].left_over, left[0].agreed), (1, 280, 0));
    let choose = |product: usize, volume: &str| json!({ "wish": "CHOOSE", "toProduct": products[product], "volume": volume });
    market.asks(one, &left[0].id, choose(2, "281")).await.refused("VOLUME_SHORT");
    market.asks(one, &left[0].id, choose(0, "1")).await.refused("SUPPLIER_NOT_SELECTED");
    market.asks(two, &left[0].id, choose(2, "1")).await.refused("NOT_FOUND");
    market.moves(one, &left[0].id, choose(2, "200"), None).await;
    market.moves(one, &left[0].id, choose(2, "80"), None).await;
    assert_eq!(market.agreed(one).await, [(2, 420), (2, 200), (2, 80)]);
    market.asks(one, &left[0].id, choose(2, "1")).await.refused("VOLUME_SHORT");
    market.adds_up(1001).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_not_divided_passes_on_whole_and_what_the_office_ends_is_left_over() {
    let market = Market::announced().await;
    let Market { office, one, two, products, .. } = &market;
    generates(office, &market.result).await.done();
    market.adds_up(1001).await;
    market.cascade(0, "DISQUALIFIED", json!([])).await;
    market.adds_up(1001).await;
    let contract = market.divided(&[(one, "1"), (two, "1000")]).await;
    market.adds_up(1001).await;
    assert_eq!(market.agreed(two).await, [(1, 1000)]);
    market.is_sealed(&[]).await;
    let version =
        contracts(office).await.iter().find(|one| one["id"] == contract.as_str()).unwrap()["version"].clone();
    office.moves("terminateContract", (&contract, version.as_i64().unwrap()), Some("违约")).await.done();
    market.adds_up(1001).await;
    let piece = market.pieces(&two.actor).await.swap_remove(0);
    assert_eq!((piece.agreed, piece.left_over), (0, 1000));
    let choose = json!({ "wish": "CHOOSE", "toProduct": products[1], "volume": "1000" });
    market.moves(two, &piece.id, choose, None).await;
    market.adds_up(1001).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn contracts_of_a_lot_that_somebody_left_are_made_for_the_successor() {
    let market = Market::announced().await;
    market.cascade(0, "DISQUALIFIED", json!([])).await;
    market.divided(&[(&market.one, "1001")]).await;
    assert_eq!(market.agreed(&market.one).await, [(1, 1001)]);
    assert_eq!(contracts(&market.office).await.len(), 1);
    market.adds_up(1001).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lead_splits_what_it_agreed_among_its_members() {
    let market = Market::announced().await;
    let Market { world, one, two, .. } = &market;
    let member = Party::of(world.manager("HOSPITAL", "310000").await).await;
    let reviewer = world.manager("REVIEW_BODY", "310000").await;
    let query = "mutation($input: DemandLeadInput!) { nameDemandLead(input: $input) }";
    let input = json!({ "lead": one.actor.organization, "member": member.actor.organization, "idempotencyKey": key() });
    reviewer.asks_with(query, json!({ "input": input })).await.done();
    market.divided(&[(one, "1000"), (two, "1")]).await;
    let piece = market.piece(one).await.id;
    let splitting = |seen: &str, parts: &[(&Party, &str)]| {
        let part = |(who, volume): &(&Party, &str)| json!({ "institution": who.actor.organization, "volume": volume });
        let parts: Vec<Value> = parts.iter().map(part).collect();
        json!({ "id": piece, "agreedVolume": seen, "parts": parts, "idempotencyKey": key() })
    };
    let splits = async |input: Value| one.actor.does("splitSubContract", input, "id agreedVolume").await;
    splits(splitting("1000", &[(&member, "400")])).await.refused("CONTRACT_STATE");
    market.is_sealed(&[]).await;
    splits(splitting("1000", &[(two, "1")])).await.refused("VOLUME_CHANGE_INVALID");
    splits(splitting("1000", &[(&member, "1001")])).await.refused("VOLUME_SHORT");
    two.actor.does("splitSubContract", splitting("1000", &[(&member, "1")]), "id").await.refused("NOT_FOUND");
    let input = splitting("1000", &[(&member, "400")]);
    let split = splits(input.clone()).await.done();
    assert_eq!((&split, &split["agreedVolume"]), (&splits(input).await.done(), &json!("600")));
    splits(splitting("1000", &[(&member, "1")])).await.refused("STALE_VERSION");
    assert_eq!((market.agreed(one).await, market.agreed(&member).await), (vec![(0, 600)], vec![(0, 400)]));
    market.adds_up(1001).await;
    market.is_sealed(&[&member]).await;
    splits(splitting("600", &[(&member, "600")])).await.done();
    assert_eq!(market.agreed(&member).await, [(0, 400), (0, 600)]);
    market.adds_up(1001).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_service_can_add_to_the_ledger_and_not_change_it() {
    let market = Market::announced().await;
    for statement in [
        "UPDATE volume_entries SET volume = 1",
        "DELETE FROM volume_entries",
        "TRUNCATE volume_entries",
        "UPDATE sub_contracts SET volume = 1",
        "DELETE FROM sub_contracts",
        "UPDATE contracts SET volume = 1",
        "DELETE FROM contracts",
        "DELETE FROM volume_changes",
        "UPDATE volume_changes SET volume = 1",
    ] {
        let mut connection = AsyncPgConnection::establish(&market.world.database.app).await.unwrap();
        let refused = diesel::sql_query(statement).execute(&mut connection).await.unwrap_err().to_string();
        assert!(refused.contains("permission denied"), "{statement}: {refused}");
    }
}

/// Chance that is the same for the same seed.
struct Chance(u64);

impl Chance {
    /// A number below that.
    fn below(&mut self, bound: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % bound
    }
}

/// One act by chance; how many units there are after it where it was allowed.
async fn acts(market: &Market, chance: &mut Chance, all: u64) -> Option<u64> {
    let [party, other] =
        if chance.below(2) == 0 { [&market.one, &market.two] } else { [&market.two, &market.one] };
    let mut pieces = market.pieces(&party.actor).await;
    pieces.retain(|piece| piece.agreed + piece.left_over > 0);
    let there = usize::try_from(chance.below(u64::try_from(pieces.len().max(1)).unwrap())).unwrap();
    let piece = pieces.get(there)?;
    let volume = 1 + chance.below(piece.agreed.max(piece.left_over) + 1);
    let product = usize::try_from(chance.below(3)).unwrap();
    let (wish, receiver) = match chance.below(12) {
        0..2 => (json!({ "wish": "TO_INSTITUTION", "toInstitution": other.actor.organization }), Some(other)),
        2..5 => (
            json!({ "wish": "TO_SUPPLIER", "toProduct": market.products[product] }),
            Some(&market.firms[product]),
        ),
        5..7 => (json!({ "wish": "ADJUST" }), None),
        7..10 => (json!({ "wish": "CHOOSE", "toProduct": market.products[product] }), None),
        _leaves => {
            let accepts = |product: usize| json!({ "product": market.products[product], "accepts": true });
            let mut answers = json!([accepts(0), accepts(1), accepts(2)]);
            answers[2]["atMost"] = json!(volume.to_string());
            return market.tries_cascade(product, "DISQUALIFIED", answers).await.then_some(all);
        }
    };
    let mut asked = wish;
    asked["volume"] = json!(volume.to_string());
    let adjusts = asked["wish"] == "ADJUST";
    let change = market.asks(party, &piece.id, asked).await;
    if change.code() != "ok" {
        return None;
    }
    let mut change = change.done();
    if let Some(receiver) = receiver {
        change = market.decides(&receiver.actor, &change, "AGREE").await.done();
    }
    market.decides(&market.office, &change, "APPROVE").await.done();
    Some(if adjusts { all + volume - piece.agreed } else { all })
}

#[tokio::test(flavor = "multi_thread")]
async fn whatever_is_done_in_whatever_order_every_unit_has_one_supplier() {
    let mut left_over = false;
    for seed in 1..=4 {
        let market = Market::announced().await;
        market.divided(&[(&market.one, "700"), (&market.two, "301")]).await;
        let (mut chance, mut all, mut moved) = (Chance(seed), 1001, 0);
        for _act in 0..24 {
            market.is_sealed(&[]).await;
            if let Some(now) = acts(&market, &mut chance, all).await {
                (all, moved) = (now, moved + 1);
            }
            market.adds_up(usize::try_from(all).unwrap()).await;
            left_over |= market.pieces(&market.office).await.iter().any(|piece| piece.left_over > 0);
        }
        assert!(moved >= 4, "seed {seed}: {moved} of 24 acts were allowed");
    }
    assert!(left_over, "nothing was ever left over");
}
