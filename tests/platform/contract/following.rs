//! A result of the office of Shanghai whose contracts one firm and its institutions seal, and what follows them.
use serde_json::{Value, json};

use super::deal::{Party, document, generates, orders};
use super::support::brings;
use crate::support::actor::{Actor, Outcome, key};
use crate::support::rounds::in_seconds;
use crate::support::world::World;

pub(super) const DAY: i64 = 86_400;
const NAME: &str = "上海执行结果";
const FIELDS: &str = "id version status lotNumber edition year startsOn until endsOn termUntil volume price selectedPrice institutions
    sealsMissing renewsId replacesId";

/// The day that many days from now.
pub(super) fn day(days: i64) -> String {
    in_seconds(days * DAY)[..10].to_owned()
}

/// What is selected: lot, price, volume.
pub(super) type Selected = (i64, &'static str, u64);

/// Everybody who has to do with the contracts.
pub(super) struct Side {
    pub(super) world: World,
    pub(super) office: Actor,
    pub(super) firm: Party,
    pub(super) hospitals: Vec<Party>,
}

impl Side {
    pub(super) async fn of(hospitals: usize) -> Side {
        let world = World::new().await;
        let office = super::support::shanghai(&world).await;
        let firm = Party::of(world.manager("MANUFACTURER", "330000").await).await;
        let mut side = Side { world, office, firm, hospitals: Vec::new() };
        for _hospital in 0..hospitals {
            side.hospitals.push(Party::of(side.world.manager("HOSPITAL", "310000").await).await);
        }
        side
    }

    /// Announces products of the firm as the next edition, with its first and its last day.
    pub(super) async fn announces(
        &self,
        edition: i64,
        (first, last): (i64, i64),
        products: &[Selected],
    ) -> String {
        let code = self.firm.actor.login.split_once('@').unwrap().1;
        let row = |(lot, price, volume): &Selected| {
            format!(
                "{lot},品种{lot},产品{lot},75mg,片,,,企业,{code},{price},PUBLISHED,1,{},310000,MAIN,{volume}",
                day(last)
            )
        };
        let import = brings(&self.office, &products.iter().map(row).collect::<Vec<_>>()).await;
        let input = json!({ "import": import, "name": NAME, "replaces": edition - 1, "startsOn": day(first),
            "disclosure": "SELECTED_NAMES", "idempotencyKey": key() });
        let announced = self.office.does("announceImportedResult", input, "id").await.done();
        announced["id"].as_str().unwrap().to_owned()
    }

    /// The contracts that the office sees, the newest first.
    pub(super) async fn contracts(&self) -> Vec<Value> {
        let query = format!("{{ contracts(first: 50) {{ nodes {{ {FIELDS} }} }} }}");
        self.office.asks(&query).await.done()["nodes"].as_array().unwrap().clone()
    }

    /// A contract as the office sees it now.
    pub(super) async fn contract(&self, id: &Value) -> Value {
        self.office.asks(&format!("{{ contract(id: {id}) {{ {FIELDS} }} }}")).await.done()
    }

    /// Divides a contract: so much for each hospital, in order.
    pub(super) async fn splits(&self, contract: &Value, volumes: &[u64]) {
        let input = json!({ "id": contract["id"], "version": contract["version"], "parts": self.parts(volumes),
            "idempotencyKey": key() });
        self.office.does("splitContract", input, "id").await.done();
    }

    pub(super) fn parts(&self, volumes: &[u64]) -> Value {
        let part = |(party, volume): (&Party, &u64)| json!({ "institution": party.actor.organization, "volume": volume.to_string() });
        self.hospitals.iter().zip(volumes).map(part).collect()
    }

    /// Every party seals a contract.
    pub(super) async fn seals(&self, contract: &Value) {
        let id = contract["id"].as_str().unwrap();
        let main = document(&self.firm.actor, id).await;
        self.firm.gives(&[self.firm.seal(&main)]).await.done();
        for hospital in &self.hospitals {
            let query = format!("{{ subContracts(first: 5, contract: {id:?}) {{ nodes {{ document }} }} }}");
            let part = hospital.actor.asks(&query).await.done()["nodes"][0]["document"].clone();
            hospital.gives(&[hospital.seal(part.as_str().unwrap())]).await.done();
        }
    }

    /// Contracts of a result are made, divided as said, sealed and in force.
    pub(super) async fn in_force(&self, result: &str, volumes: impl Fn(u64) -> Vec<u64>) {
        generates(&self.office, result).await.done();
        for contract in self.contracts().await {
            let volume: u64 = contract["volume"].as_str().unwrap().parse().unwrap();
            self.splits(&contract, &volumes(volume)).await;
            self.seals(&contract).await;
        }
        orders(&self.office, "moveContracts", json!({ "result": result, "idempotencyKey": key() }))
            .await
            .done();
        for contract in self.contracts().await {
            assert_eq!(contract["status"], "IN_FORCE");
        }
    }

    /// Waits until a contract is as wanted.
    pub(super) async fn until(&self, id: &Value, wanted: impl Fn(&Value) -> bool) -> Value {
        let begun = std::time::Instant::now();
        loop {
            let contract = self.contract(id).await;
            if wanted(&contract) {
                return contract;
            }
            assert!(begun.elapsed().as_secs() < 60, "{contract}");
        }
    }

    /// What each hospital has of a contract, in order.
    pub(super) async fn shares(&self, id: &Value) -> Vec<String> {
        let mut shares = Vec::new();
        for hospital in &self.hospitals {
            let query = format!("{{ subContracts(first: 5, contract: {id}) {{ nodes {{ volume }} }} }}");
            let found = hospital.actor.asks(&query).await.done();
            shares.push(found["nodes"][0]["volume"].as_str().unwrap_or("none").to_owned());
        }
        shares
    }

    pub(super) async fn renews_by(&self, result: &str, day: &str) -> Value {
        let input = json!({ "result": result, "endingBy": day, "idempotencyKey": key() });
        self.office.does("renewContracts", input, "renewed ending more").await.done()
    }

    pub(super) async fn renews(&self, contract: &Value, parts: Value, price: Option<&str>) -> Outcome {
        let input = json!({ "id": contract["id"], "version": contract["version"], "parts": parts, "price": price,
            "idempotencyKey": key() });
        self.office.does("renewContract", input, FIELDS).await
    }

    pub(super) async fn extends(&self, result: &str, lots: &[i64], until: Option<String>) -> Outcome {
        let input = json!({ "result": result, "lots": lots, "until": until, "reason": "新一轮采购尚未执行",
            "idempotencyKey": key() });
        orders(&self.office, "extendContracts", input).await
    }

    pub(super) async fn succeeds(&self, result: &str, from: &str) -> Outcome {
        let input = json!({ "result": result, "from": from, "idempotencyKey": key() });
        self.office.does("succeedContracts", input, "kept replaced ended added").await
    }
}
