//! Who keeps the registry, and what is said of items.
use serde_json::{Value, json};

use crate::support::actor::{Actor, Outcome, key};
use crate::support::world::World;

/// What is shown of an item in these stories.
const ITEM: &str = "id ownCode version kind state { status genericName declaredSpec normalSpec holderName makerName } \
    codes { system value validFrom validTo status } path { fromId kind toId since } stands \
    names { lang purpose name pinyin initials } flags { flag validFrom validTo price source } relations { fromId kind toId }";

/// A firm that proposes, and an office that reviews.
pub(crate) struct Registry {
    pub(crate) firm: Actor,
    pub(crate) office: Actor,
}

impl Registry {
    pub(crate) async fn of(world: &World) -> Registry {
        let firm = world.manager("MANUFACTURER", "320000").await;
        let office = world.manager("PROCUREMENT_OFFICE", "310000").await;
        Registry { firm, office }
    }

    pub(crate) async fn proposes(&self, act: Value) -> Outcome {
        proposes(&self.firm, act).await
    }

    /// Proposed by the firm and approved by the office; the id of the item that it made or that is left.
    pub(crate) async fn does(&self, act: Value) -> String {
        let proposed = self.proposes(act).await.done();
        let done = self.approves(&proposed).await.done();
        assert_eq!(done["status"], "APPROVED");
        done["itemId"].as_str().unwrap().to_owned()
    }

    /// Proposed by the firm; what the approval comes to.
    pub(crate) async fn tries(&self, act: Value) -> Outcome {
        let proposed = self.proposes(act).await.done();
        self.approves(&proposed).await
    }

    pub(crate) async fn approves(&self, proposal: &Value) -> Outcome {
        approves(&self.office, proposal).await
    }

    /// An item as of something: `{}` is now.
    pub(crate) async fn item(&self, id: &str, as_of: Value) -> Value {
        self.asks_item(id, as_of).await.done()
    }

    pub(crate) async fn asks_item(&self, id: &str, as_of: Value) -> Outcome {
        let query =
            format!("query($id: ID!, $asOf: AsOfInput) {{ item(id: $id, asOf: $asOf) {{ {ITEM} }} }}");
        self.firm.asks_with(&query, json!({ "id": id, "asOf": as_of })).await
    }

    /// The ids of the items that a code names on a day.
    pub(crate) async fn names(&self, code: &str, on: &str) -> Vec<String> {
        let resolved = self.resolves(code, on).await.done();
        resolved["items"].as_array().unwrap().iter().map(|item| text(&item["id"])).collect()
    }

    pub(crate) async fn resolves(&self, code: &str, on: &str) -> Outcome {
        let query = format!(
            "query($code: String!, $on: Date) {{ resolveCode(code: $code, asOf: {{ validOn: $on }}) {{ systems value items {{ {ITEM} }} }} }}"
        );
        self.firm.asks_with(&query, json!({ "code": code, "on": on })).await
    }

    /// What is open of one kind.
    pub(crate) async fn conflicts(&self) -> Vec<Value> {
        let query = "{ itemConflicts(filter: { open: true }, first: 50) { nodes { id kind itemId otherId system value version } } }";
        self.office.asks(query).await.done()["nodes"].as_array().unwrap().clone()
    }

    pub(crate) async fn resolves_conflict(&self, conflict: &Value, how: &str) -> Outcome {
        let input = json!({ "id": conflict["id"], "version": conflict["version"], "resolution": how, "reason": "核对包装后认定",
            "idempotencyKey": key() });
        self.office.does("resolveItemConflict", input, "id resolution reason version").await
    }
}

pub(crate) async fn proposes(who: &Actor, act: Value) -> Outcome {
    let input = json!({ "act": act, "reason": "新批准的品规", "idempotencyKey": key() });
    who.does("proposeItem", input, "id kind status version itemId itemIds payload sha256").await
}

pub(crate) async fn approves(who: &Actor, proposal: &Value) -> Outcome {
    let query =
        "mutation($i: ItemProposalInput!) { approveItemProposal(input: $i) { id status itemId version } }";
    let input = json!({ "id": proposal["id"], "version": proposal["version"], "idempotencyKey": key() });
    who.asks_with(query, json!({ "i": input })).await
}

pub(crate) fn text(value: &Value) -> String {
    value.as_str().unwrap().to_owned()
}

/// Irbesartan tablets of a firm.
pub(crate) fn irbesartan(spec: &str, holder: &str) -> Value {
    json!({ "genericName": "厄贝沙坦片", "form": "片剂", "declaredSpec": spec, "holderName": holder, "makerName": "受托生产厂",
        "unitsPerPack": 14, "smallestUnit": "片", "smallestPackUnit": "盒" })
}

pub(crate) fn code(system: &str, value: &str, from: &str) -> Value {
    json!({ "system": system, "value": value, "validFrom": from, "evidence": "包装与批件" })
}

pub(crate) fn new_item(content: Value, codes: Vec<Value>, from: &str) -> Value {
    json!({ "new": { "item": { "kind": "WESTERN", "content": content, "codes": codes }, "validFrom": from } })
}

/// A GTIN with that number.
pub(crate) fn gtin(number: u32) -> String {
    let body = format!("690123{number:06}");
    let digits = body.bytes().rev().map(|byte| u32::from(byte - b'0'));
    let sum: u32 = digits.zip([3, 1].into_iter().cycle()).map(|(digit, weight)| digit * weight).sum();
    format!("0{body}{}", (10 - sum % 10) % 10)
}
