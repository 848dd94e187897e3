//! Agreed volume that moves: asked for by institutions, split by a lead, taken over when its supplier leaves. Whatever happens, every unit of
//! it has exactly one supplier, or is left over; a second bookkeeping of single units says so after each step.
use std::collections::BTreeMap;

use diesel_async::{AsyncConnection, AsyncPgConnection, RunQueryDsl};
use serde_json::{Value, json};

use super::deal::{CONTRACT, Party, contracts, document, generates, waits};
use super::support::{announcing, brings, shanghai};
use crate::support::actor::{Actor, Outcome, key};
use crate::support::rounds::in_seconds;
use crate::support::world::World;

const NAME: &str = "厄贝沙坦片采购量变更";
const CHANGE: &str = "id version status wish volume institutionId toInstitutionId toProductId decision";

/// A lot of three firms: the first supplies Shanghai with 1,001, the second stands by, the third came third and supplies nowhere. Two
/// institutions of Shanghai.
struct Market {
    world: World,
    office: Actor,
    firms: Vec<Party>,
    one: Party,
    two: Party,
    result: String,
    products: Vec<String>,
}

/// An institution's part of a contract.
#[derive(Clone, Debug)]
struct Piece {
    id: String,
    contract: String,
    product: usize,
    status: String,
    agreed: u64,
    left_over: u64,
}

fn number(value: &Value) -> u64 {
    value.as_str().unwrap().parse().unwrap()
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

impl Market {
    async fn announced() -> Market {
        let world = World::new().await;
        let office = shanghai(&world).await;
        let mut firms = Vec::new();
        let mut rows = Vec::new();
        let supplies = ["310000,MAIN,1001", "310000,BACKUP,", ",,"];
        for (rank, (price, supply)) in (1..).zip(["0.20", "0.22", "0.25"].into_iter().zip(supplies)) {
            let firm = Party::of(world.manager("MANUFACTURER", "330000").await).await;
            let code = firm.actor.login.split_once('@').unwrap().1.to_owned();
            rows.push(format!(
                "1,厄贝沙坦片,厄贝沙坦片,75mg,片,,,企业{rank},{code},{price},PUBLISHED,{rank},2099-12-31,{supply}"
            ));
            firms.push(firm);
        }
        let import = brings(&office, &rows).await;
        let mut input = announcing(&import, NAME, 0);
        input["startsOn"] = json!(in_seconds(0)[..10]);
        let announced = office.does("announceImportedResult", input, "id").await.done();
        let result = text(&announced["id"]);
        let query =
            format!("{{ officialResult(id: {result:?}) {{ products(first: 3) {{ nodes {{ id }} }} }} }}");
        let seen = office.asks(&query).await.done()["products"]["nodes"].clone();
        let products = seen.as_array().unwrap().iter().map(|product| text(&product["id"])).collect();
        let one = Party::of(world.manager("HOSPITAL", "310000").await).await;
        let two = Party::of(world.manager("HOSPITAL", "310000").await).await;
        Market { world, office, firms, one, two, result, products }
    }

    /// Divided among institutions, as the office says.
    async fn divided(&self, parts: &[(&Party, &str)]) -> String {
        generates(&self.office, &self.result).await.done();
        let open = contracts(&self.office).await;
        let open = open.iter().find(|contract| contract["institutions"].is_null()).unwrap().clone();
        let parts = parts
            .iter()
            .map(|(who, volume)| json!({ "institution": who.actor.organization, "volume": volume }));
        let parts: Vec<Value> = parts.collect();
        let input =
            json!({ "id": open["id"], "version": open["version"], "idempotencyKey": key(), "parts": parts });
        self.office.does("splitContract", input, CONTRACT).await.done();
        text(&open["id"])
    }

    /// Every contract that waits is sealed by its parties.
    async fn is_sealed(&self, others: &[&Party]) {
        let institutions: Vec<&Party> =
            [&self.one, &self.two].into_iter().chain(others.iter().copied()).collect();
        for firm in &self.firms {
            for contract in contracts(&firm.actor).await {
                if contract["status"] == "DRAFT" {
                    let main = document(&firm.actor, contract["id"].as_str().unwrap()).await;
                    firm.gives(&[firm.seal(&main)]).await.done();
                }
            }
        }
        for institution in institutions {
            let seen =
                self.nodes(&institution.actor, "subContracts", "document sealedAt contract { status }").await;
            for part in seen
                .iter()
                .filter(|part| part["sealedAt"].is_null() && part["contract"]["status"] == "SEALING")
            {
                institution.gives(&[institution.seal(part["document"].as_str().unwrap())]).await.done();
            }
        }
        for contract in contracts(&self.office).await {
            assert_eq!(
                contract["sealsMissing"]
                    .as_str()
                    .filter(|_| contract["status"] != "TERMINATED")
                    .unwrap_or("0"),
                "0"
            );
        }
    }

    /// All nodes of a list.
    async fn nodes(&self, reader: &Actor, field: &str, fields: &str) -> Vec<Value> {
        let mut after = Value::Null;
        let mut found = Vec::new();
        let argument =
            if field == "volumeEntries" { format!("result: {:?}, ", self.result) } else { String::new() };
        let query = format!(
            "query($after: String) {{ {field}({argument}first: 7, after: $after) {{ nodes {{ {fields} }} pageInfo {{ hasNextPage endCursor }} }} }}"
        );
        loop {
            let page = reader.asks_with(&query, json!({ "after": after })).await.done();
            found.extend(page["nodes"].as_array().unwrap().iter().cloned());
            if page["pageInfo"]["hasNextPage"] == false {
                return found;
            }
            after = page["pageInfo"]["endCursor"].clone();
        }
    }

    async fn pieces(&self, reader: &Actor) -> Vec<Piece> {
        let fields = "id agreedVolume leftOver institutionId contract { id productId status }";
        let place =
            |id: &Value| self.products.iter().position(|product| Some(product.as_str()) == id.as_str());
        let nodes = self.nodes(reader, "subContracts", fields).await;
        nodes
            .iter()
            .map(|part| Piece {
                id: text(&part["id"]),
                contract: text(&part["contract"]["id"]),
                product: place(&part["contract"]["productId"]).unwrap(),
                status: text(&part["contract"]["status"]),
                agreed: number(&part["agreedVolume"]),
                left_over: number(&part["leftOver"]),
            })
            .collect()
    }

    /// What an institution has agreed now: with which firm, how much.
    async fn agreed(&self, party: &Party) -> Vec<(usize, u64)> {
        let pieces = self.pieces(&party.actor).await;
        pieces.iter().filter(|piece| piece.agreed > 0).map(|piece| (piece.product, piece.agreed)).collect()
    }

    async fn piece(&self, party: &Party) -> Piece {
        self.pieces(&party.actor).await.swap_remove(0)
    }

    async fn asks(&self, party: &Party, piece: &str, wish: Value) -> Outcome {
        party.actor.does("requestVolumeChange", asking(piece, wish), CHANGE).await
    }

    async fn decides(&self, who: &Actor, change: &Value, decision: &str) -> Outcome {
        who.does("decideVolumeChange", deciding(change, decision), CHANGE).await
    }

    /// Asked for, agreed to and approved.
    async fn moves(&self, party: &Party, piece: &str, wish: Value, receiver: Option<&Party>) {
        let mut change = self.asks(party, piece, wish).await.done();
        if let Some(receiver) = receiver {
            change = self.decides(&receiver.actor, &change, "AGREE").await.done();
        }
        let approved = self.decides(&self.office, &change, "APPROVE").await.done();
        assert_eq!(approved["status"], "APPROVED");
    }

    async fn cascade(&self, product: usize, ground: &str, answers: Value) {
        let query = "query($product: ID!, $ground: WithdrawalGround!, $answers: [CascadeAnswerInput!]!) {
            previewWithdrawal(product: $product, ground: $ground, answers: $answers) { consequences } }";
        let variables = json!({ "product": self.products[product], "ground": ground, "answers": answers });
        let seen = self.office.asks_with(query, variables).await.done();
        let input = json!({ "product": self.products[product], "ground": ground, "reason": "停产", "answers": answers,
            "consequences": seen["consequences"], "idempotencyKey": key() });
        self.office.does("decideCascade", input, "id").await.done();
    }

    /// The ledger, played on single units that know nothing of it: each is in one account. What the API says of every part, of every region's
    /// volume that is not divided, and of what is left over, is how many units are there; nothing is with a contract that has ended.
    async fn adds_up(&self, all: usize) {
        let account = |side: &Value| {
            let part = ["productId", "institutionId", "subContractId"].map(|name| text(&side[name]));
            (text(&side["account"]), part)
        };
        let fields = "cause volume from { account productId institutionId subContractId }
            to { account productId institutionId subContractId }";
        let mut units: Vec<(String, [String; 3])> = Vec::new();
        for entry in self.nodes(&self.office, "volumeEntries", fields).await {
            let (from, to) = (account(&entry["from"]), account(&entry["to"]));
            for _unit in 0..number(&entry["volume"]) {
                if from.0 == "OUTSIDE" {
                    units.push(to.clone());
                    continue;
                }
                *units
                    .iter_mut()
                    .find(|unit| **unit == from)
                    .unwrap_or_else(|| panic!("no such unit: {entry}")) = to.clone();
            }
            units.retain(|unit| unit.0 != "OUTSIDE");
        }
        assert_eq!(units.len(), all);
        let mut counted: BTreeMap<(String, String), u64> = BTreeMap::new();
        for (account, [_product, _institution, part]) in units {
            *counted.entry((account, part)).or_default() += 1;
        }
        let mut count =
            |account: &str, part: &str| counted.remove(&(account.to_owned(), part.to_owned())).unwrap_or(0);
        let pieces = self.pieces(&self.office).await;
        let mut whole = 0;
        for piece in &pieces {
            let found = (count("HELD", &piece.id), count("LEFTOVER", &piece.id));
            assert_eq!(found, (piece.agreed, piece.left_over), "{piece:?}");
            assert!(piece.agreed == 0 || piece.status != "TERMINATED", "{piece:?}");
            whole += piece.agreed + piece.left_over;
        }
        let undivided = contracts(&self.office).await;
        let undivided =
            undivided.iter().filter(|one| one["institutions"].is_null() && one["status"] != "TERMINATED");
        let pool: u64 = undivided.map(|contract| number(&contract["volume"])).sum();
        assert_eq!(count("HELD", ""), pool);
        assert_eq!(counted, BTreeMap::new());
        assert_eq!(whole + pool, u64::try_from(all).unwrap());
    }
}

fn asking(piece: &str, mut wish: Value) -> Value {
    wish["subContract"] = json!(piece);
    wish["reason"] = json!("临床需求变化");
    wish["idempotencyKey"] = json!(key());
    wish
}

fn deciding(change: &Value, decision: &str) -> Value {
    json!({ "id": change["id"], "version": change["version"], "decision": decision, "reason": "不予同意",
        "idempotencyKey": key() })
}

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
    let member = Party::of(world.manager("HOSPITAL", "310101").await).await;
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
