//! Two firms with one drug, who buys it, and who watches the prices.
use jicai_server::config::Config;
use serde_json::{Value, json};

use crate::support::actor::{Actor, Outcome, key};
use crate::support::world::World;

pub(super) const REPORT: &str =
    "batchId taken superseded unchanged ticketIds refused { line code field expected }";
pub(super) const SAID: &str = "kind region observedOn price packUnits unitPrice packs maker manufacturerId hospitalId disclosed sourceId \
    key itemId same3 currency country exchange { rate basis on }";

/// A firm with an item of the registry: irbesartan, 75mg, 14 tablets a pack.
pub(super) struct Maker {
    pub(super) firm: Actor,
    pub(super) item: String,
    pub(super) code: String,
}

pub(super) struct Market {
    pub(super) world: World,
    pub(super) office: Actor,
    pub(super) regulator: Actor,
    pub(super) hospital: Actor,
    pub(super) one: Maker,
    pub(super) two: Maker,
}

impl Market {
    pub(super) async fn opens() -> Market {
        Self::opens_with(|_config| {}).await
    }

    /// One whose service has other settings.
    pub(super) async fn opens_with(set: impl FnOnce(&mut Config)) -> Market {
        let world = World::with(set).await;
        let office = world.manager("PROCUREMENT_OFFICE", "320000").await;
        let regulator = world.manager("REGULATOR", "320000").await;
        let hospital = world.manager("HOSPITAL", "320106").await;
        let one = Maker::of(&world, "甲药业", &office).await;
        let two = Maker::of(&world, "乙药业", &office).await;
        Market { world, office, regulator, hospital, one, two }
    }
}

impl Maker {
    async fn of(world: &World, holder: &str, reviewer: &Actor) -> Maker {
        let firm = world.manager("MANUFACTURER", "320000").await;
        let content = json!({ "genericName": "厄贝沙坦片", "form": "片剂", "declaredSpec": "75mg", "holderName": holder,
            "holder": firm.organization, "unitsPerPack": 14, "smallestUnit": "片", "smallestPackUnit": "盒" });
        let act = json!({ "new": { "item": { "kind": "WESTERN", "content": content, "codes": [] }, "validFrom": "2026-01-01" } });
        let input = json!({ "act": act, "reason": "新批准的品规", "idempotencyKey": key() });
        let proposed = firm.does("proposeItem", input, "id version").await.done();
        let approve = "mutation($i: ItemProposalInput!) { approveItemProposal(input: $i) { itemId } }";
        let input = json!({ "id": proposed["id"], "version": proposed["version"], "idempotencyKey": key() });
        let item = reviewer.asks_with(approve, json!({ "i": input })).await.done();
        let item = item["itemId"].as_str().unwrap().to_owned();
        let shown = firm.asks(&format!("{{ item(id: {item:?}) {{ ownCode }} }}")).await.done();
        Maker { firm, code: shown["ownCode"].as_str().unwrap().to_owned(), item }
    }

    /// A line about the item: `2026-10-05`, in Jiangsu.
    pub(super) fn line(&self, key: &str, kind: &str, price: &str) -> Value {
        json!({ "key": key, "kind": kind, "code": self.code, "observedOn": "2026-10-05", "price": price })
    }
}

pub(super) async fn reports(who: &Actor, lines: &[Value]) -> Outcome {
    let input = json!({ "prices": lines, "idempotencyKey": key() });
    who.does("reportPrices", input, REPORT).await
}

/// The prices that somebody sees of what a filter asks for.
pub(super) async fn seen(who: &Actor, filter: &str) -> Vec<Value> {
    let query = format!(
        "{{ priceHistory(filter: {{ {filter} }}, first: 50) {{ nodes {{ id supersedesId supersededById price {{ {SAID} }} }} }} }}"
    );
    who.asks(&query).await.done()["nodes"].as_array().unwrap().clone()
}

/// The prices of a pack of them.
pub(super) fn prices(seen: &[Value]) -> Vec<&str> {
    seen.iter().map(|one| one["price"]["price"].as_str().unwrap()).collect()
}

pub(super) fn with(mut line: Value, more: &Value) -> Value {
    line.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    line
}
