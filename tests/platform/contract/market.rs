//! A lot under contract, and what its institutions, firms and office do with its agreed volume.
use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::deal::{CONTRACT, Party, contracts, document, generates};
use super::support::{announcing, brings, shanghai};
use crate::support::actor::{Actor, Outcome, key};
use crate::support::rounds::in_seconds;
use crate::support::world::World;

const NAME: &str = "厄贝沙坦片采购量变更";
pub(super) const CHANGE: &str =
    "id version status wish volume institutionId toInstitutionId toProductId decision";

/// A lot of three firms: the first supplies Shanghai with 1,001, the second stands by, the third came third and supplies nowhere. Two
/// institutions of Shanghai.
pub(super) struct Market {
    pub(super) world: World,
    pub(super) office: Actor,
    pub(super) firms: Vec<Party>,
    pub(super) one: Party,
    pub(super) two: Party,
    pub(super) result: String,
    pub(super) products: Vec<String>,
}

/// An institution's part of a contract.
#[derive(Clone, Debug)]
pub(super) struct Piece {
    pub(super) id: String,
    pub(super) contract: String,
    pub(super) product: usize,
    pub(super) status: String,
    pub(super) agreed: u64,
    pub(super) left_over: u64,
}

fn number(value: &Value) -> u64 {
    value.as_str().unwrap().parse().unwrap()
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

impl Market {
    pub(super) async fn announced() -> Market {
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
    pub(super) async fn divided(&self, parts: &[(&Party, &str)]) -> String {
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
    pub(super) async fn is_sealed(&self, others: &[&Party]) {
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
    pub(super) async fn nodes(&self, reader: &Actor, field: &str, fields: &str) -> Vec<Value> {
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

    pub(super) async fn pieces(&self, reader: &Actor) -> Vec<Piece> {
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
    pub(super) async fn agreed(&self, party: &Party) -> Vec<(usize, u64)> {
        let pieces = self.pieces(&party.actor).await;
        pieces.iter().filter(|piece| piece.agreed > 0).map(|piece| (piece.product, piece.agreed)).collect()
    }

    pub(super) async fn piece(&self, party: &Party) -> Piece {
        self.pieces(&party.actor).await.swap_remove(0)
    }

    pub(super) async fn asks(&self, party: &Party, piece: &str, wish: Value) -> Outcome {
        party.actor.does("requestVolumeChange", asking(piece, wish), CHANGE).await
    }

    pub(super) async fn decides(&self, who: &Actor, change: &Value, decision: &str) -> Outcome {
        who.does("decideVolumeChange", deciding(change, decision), CHANGE).await
    }

    /// Asked for, agreed to and approved.
    pub(super) async fn moves(&self, party: &Party, piece: &str, wish: Value, receiver: Option<&Party>) {
        let mut change = self.asks(party, piece, wish).await.done();
        if let Some(receiver) = receiver {
            change = self.decides(&receiver.actor, &change, "AGREE").await.done();
        }
        let approved = self.decides(&self.office, &change, "APPROVE").await.done();
        assert_eq!(approved["status"], "APPROVED");
    }

    pub(super) async fn cascade(&self, product: usize, ground: &str, answers: Value) {
        assert!(self.tries_cascade(product, ground, answers).await);
    }

    /// Whether the office could decide it so.
    pub(super) async fn tries_cascade(&self, product: usize, ground: &str, answers: Value) -> bool {
        let query = "query($product: ID!, $ground: WithdrawalGround!, $answers: [CascadeAnswerInput!]!) {
            previewWithdrawal(product: $product, ground: $ground, answers: $answers) { consequences } }";
        let variables = json!({ "product": self.products[product], "ground": ground, "answers": answers });
        let seen = self.office.asks_with(query, variables).await;
        if seen.code() == "SUPPLIER_NOT_SELECTED" {
            return false;
        }
        let input = json!({ "product": self.products[product], "ground": ground, "reason": "停产", "answers": answers,
            "consequences": seen.done()["consequences"], "idempotencyKey": key() });
        self.office.does("decideCascade", input, "id").await.done();
        true
    }

    /// The ledger, played on single units that know nothing of it: each is in one account. What the API says of every part, of every region's
    /// volume that is not divided, and of what is left over, is how many units are there; nothing is with a contract that has ended.
    pub(super) async fn adds_up(&self, all: usize) {
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

pub(super) fn asking(piece: &str, mut wish: Value) -> Value {
    wish["subContract"] = json!(piece);
    wish["reason"] = json!("临床需求变化");
    wish["idempotencyKey"] = json!(key());
    wish
}

pub(super) fn deciding(change: &Value, decision: &str) -> Value {
    json!({ "id": change["id"], "version": change["version"], "decision": decision, "reason": "不予同意",
        "idempotencyKey": key() })
}
