//! Parties of a contract, and what they do with it.
use jicai_seal::{ContractKey, ContractPublic, ContractSeal, Sealable};
use serde_json::{Value, json};

use super::support::{announcing, brings, pilot, shanghai};
use crate::support::actor::{Actor, Outcome, key};
use crate::support::http::{Reply, send};
use crate::support::rounds::in_seconds;
use crate::support::world::World;

pub(crate) const CONTRACT: &str = "id version status regionCode volume price selectedPrice institutions sealsMissing year startsOn until holderId";

/// A mutation whose answer is an id.
pub(crate) async fn orders(actor: &Actor, name: &str, input: Value) -> Outcome {
    let kind = format!("{}{}Input", name[..1].to_uppercase(), &name[1..]);
    let query = format!("mutation($input: {kind}!) {{ {name}(input: $input) }}");
    actor.asks_with(&query, json!({ "input": input })).await
}

pub(crate) async fn generates(office: &Actor, result: &str) -> Outcome {
    orders(office, "generateContracts", json!({ "result": result, "idempotencyKey": key() })).await
}

pub(crate) async fn contracts(reader: &Actor) -> Vec<Value> {
    let query = format!("{{ contracts(first: 50) {{ nodes {{ {CONTRACT} }} }} }}");
    reader.asks(&query).await.done()["nodes"].as_array().unwrap().clone()
}

pub(crate) async fn parts(reader: &Actor) -> Vec<Value> {
    let query = "{ subContracts(first: 50) { nodes { id volume institutionId sealedAt document
        contract { id status price } fulfilment { bought remaining elapsed due } } } }";
    reader.asks(query).await.done()["nodes"].as_array().unwrap().clone()
}

/// A party with a key that it has registered.
pub(crate) struct Party {
    pub(crate) actor: Actor,
    key: ContractKey,
}

impl Party {
    pub(crate) async fn of(actor: Actor) -> Party {
        let contract_key = ContractKey::generate().unwrap();
        let input = json!({ "publicLine": contract_key.public().to_string(), "idempotencyKey": key() });
        orders(&actor, "registerContractKey", input).await.done();
        Party { actor, key: contract_key }
    }

    /// The party with another login, after the one before has ended.
    pub(crate) async fn logs_in(&mut self, world: &World) {
        self.actor = world.logs_in(&self.actor.login).await;
    }

    pub(crate) fn seal(&self, document: &str) -> ContractSeal {
        self.key.seal(&Sealable::parse(document).unwrap(), &self.actor.organization)
    }

    /// A seal by the own key that names somebody else.
    pub(crate) fn seal_as(&self, document: &str, party: &Party) -> ContractSeal {
        self.key.seal(&Sealable::parse(document).unwrap(), &party.actor.organization)
    }

    pub(crate) async fn gives(&self, seals: &[ContractSeal]) -> Outcome {
        let seals: Vec<String> = seals.iter().map(ContractSeal::to_canonical).collect();
        orders(&self.actor, "sealContracts", json!({ "seals": seals, "idempotencyKey": key() })).await
    }
}

pub(crate) async fn document(reader: &Actor, contract: &str) -> String {
    let found = reader.asks(&format!("{{ contract(id: {contract:?}) {{ document }} }}")).await.done();
    found["document"].as_str().unwrap().to_owned()
}

/// A result of one product of a firm of the platform in Shanghai, with that volume.
pub(crate) async fn brought(office: &Actor, firm: &Actor, volume: u64, standstill: Option<String>) -> String {
    let code = firm.login.split_once('@').unwrap().1;
    let row = pilot("310000").swap_remove(4).replace("浙江华海,,", &format!("浙江华海,{code},"));
    let import = brings(office, &[format!("{row}{volume}")]).await;
    let mut input = announcing(&import, "上海执行结果", 0);
    input["standstillUntil"] = json!(standstill);
    let result = office.does("announceImportedResult", input, "id").await.done();
    result["id"].as_str().unwrap().to_owned()
}

/// Whether the contract waits for somebody's seal.
pub(crate) async fn waits(reader: &Actor, contract: &str) -> bool {
    let tasks = reader.asks("{ tasks(first: 50) { nodes { kind subject } } }").await.done();
    let wanted = json!({ "kind": "SEAL_CONTRACT", "subject": contract });
    tasks["nodes"].as_array().unwrap().contains(&wanted)
}

pub(crate) async fn paper(reader: &Actor, contract: &str) -> Reply {
    let bearer = format!("Bearer {}", reader.token.clone().unwrap_or_default());
    let headers = [("authorization", bearer.as_str())];
    send(reader.to, &format!("GET /contracts/{contract}/pdf"), &headers, b"").await
}

/// The seal of the enterprise holds for the document that the platform gives, and for no other.
pub(crate) async fn verifies(reader: &Actor, contract: &str, main: &str) {
    let query = format!("{{ contract(id: {contract:?}) {{ seals {{ partyName publicLine seal }} }} }}");
    let found = reader.asks(&query).await.done();
    let given = &found["seals"][0];
    let seal = ContractSeal::parse(given["seal"].as_str().unwrap()).unwrap();
    let public = ContractPublic::parse(given["publicLine"].as_str().unwrap()).unwrap();
    assert!(seal.verify(&Sealable::parse(main).unwrap(), &public).is_ok());
    let other = main.replace("0.2021", "0.2022");
    assert!(seal.verify(&Sealable::parse(&other).unwrap(), &public).is_err());
}

/// A contract of 1,001 units for two institutions of Shanghai, of a result whose standstill ends in ten minutes.
pub(crate) struct Deal {
    pub(crate) world: World,
    pub(crate) office: Actor,
    pub(crate) firm: Party,
    pub(crate) one: Party,
    pub(crate) two: Party,
    pub(crate) result: String,
    pub(crate) contract: String,
}

impl Deal {
    /// Generated, and not divided yet.
    pub(crate) async fn generated() -> Deal {
        let world = World::new().await;
        let office = shanghai(&world).await;
        let firm = Party::of(world.manager("MANUFACTURER", "330000").await).await;
        let one = Party::of(world.manager("HOSPITAL", "310000").await).await;
        let two = Party::of(world.manager("HOSPITAL", "310000").await).await;
        let result = brought(&office, &firm.actor, 1_001, Some(in_seconds(600))).await;
        generates(&office, &result).await.done();
        let contract = contracts(&office).await[0]["id"].as_str().unwrap().to_owned();
        Deal { world, office, firm, one, two, result, contract }
    }

    /// Divides it into such parts.
    pub(crate) async fn splits(&self, first: &str, second: &str) -> Outcome {
        let part = |party: &Party, volume: &str| json!({ "institution": party.actor.organization, "volume": volume });
        let parts = [part(&self.one, first), part(&self.two, second)];
        let input = json!({ "id": self.contract, "version": 1, "idempotencyKey": key(), "parts": parts });
        self.office.does("splitContract", input, CONTRACT).await
    }

    /// Divided into 1,000 and 1.
    pub(crate) async fn divided() -> Deal {
        let deal = Self::generated().await;
        deal.splits("1000", "1").await.done();
        deal
    }

    /// The contract as the office sees it.
    pub(crate) async fn stands(&self) -> Value {
        contracts(&self.office).await.swap_remove(0)
    }

    /// What enterprise and distributor seal.
    pub(crate) async fn main(&self) -> String {
        document(&self.firm.actor, &self.contract).await
    }

    /// What an institution seals.
    pub(crate) async fn part(&self, party: &Party) -> String {
        parts(&party.actor).await[0]["document"].as_str().unwrap().to_owned()
    }

    /// Ends the standstill; every party seals.
    pub(crate) async fn is_sealed(&self) {
        self.world.moves_clock_to(601).await;
        self.firm.gives(&[self.firm.seal(&self.main().await)]).await.done();
        for party in [&self.one, &self.two] {
            party.gives(&[party.seal(&self.part(party).await)]).await.done();
        }
    }
}
