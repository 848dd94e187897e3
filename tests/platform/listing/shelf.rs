//! Items of firms, and what becomes of them on the list.
use serde_json::{Value, json};

use super::support::text;
use crate::support::actor::{Actor, Outcome, key};
use crate::support::world::World;

/// What is shown of a listing in these stories.
pub(crate) const LISTING: &str = "id version state reason region price packUnits unit name spec holderName manufacturerId itemId \
    listedAt orderable stoppedBecause marks { id kind source reason setAt }";
pub(crate) const VERDICT: &str = "rules unitPrice label aboveCeiling findings { test outcome value benchmark threshold sample messageEn messageZh }";

/// A firm with an item of the registry: irbesartan, 75mg, 14 tablets a pack.
pub(crate) struct Shelf {
    pub(crate) maker: Actor,
    pub(crate) item: String,
}

impl Shelf {
    pub(crate) async fn of(world: &World, holder: &str, reviewer: &Actor) -> Shelf {
        let maker = world.manager("MANUFACTURER", "320000").await;
        let content = json!({ "genericName": "厄贝沙坦片", "form": "片剂", "declaredSpec": "75mg", "holderName": holder,
            "holder": maker.organization, "unitsPerPack": 14, "smallestUnit": "片", "smallestPackUnit": "盒" });
        let act = json!({ "new": { "item": { "kind": "WESTERN", "content": content, "codes": [] }, "validFrom": "2026-01-01" } });
        let input = json!({ "act": act, "reason": "新批准的品规", "idempotencyKey": key() });
        let proposed = maker.does("proposeItem", input, "id version").await.done();
        let approve = "mutation($i: ItemProposalInput!) { approveItemProposal(input: $i) { itemId } }";
        let input = json!({ "id": proposed["id"], "version": proposed["version"], "idempotencyKey": key() });
        let item = reviewer.asks_with(approve, json!({ "i": input })).await.done();
        Shelf { maker, item: text(&item["itemId"]) }
    }

    pub(crate) async fn applies(&self, region: &str, price: &str) -> Outcome {
        self.applies_with(region, price, json!({})).await
    }

    pub(crate) async fn applies_with(&self, region: &str, price: &str, more: Value) -> Outcome {
        let mut input = json!({ "item": self.item, "region": region, "price": price, "explanation": "按成本定价",
            "idempotencyKey": key() });
        input.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        self.maker.does("applyForListing", input, LISTING).await
    }

    /// Applied for, and approved by the office, whatever the rules say.
    pub(crate) async fn lists(&self, office: &Actor, region: &str, price: &str) -> Value {
        let applied = self.applies(region, price).await.done();
        approves(office, &applied, Some("已核对成本")).await.done()
    }

    pub(crate) async fn verdict(&self, region: &str, price: &str) -> Value {
        let query = format!("query($i: AskVerdictInput!) {{ listingVerdict(input: $i) {{ {VERDICT} }} }}");
        let input = json!({ "item": self.item, "region": region, "price": price });
        self.maker.asks_with(&query, json!({ "i": input })).await.done()
    }

    pub(crate) async fn reprices(&self, listing: &Value, price: &str, with_office: bool) -> Outcome {
        let input = json!({ "id": listing["id"], "version": listing["version"], "price": price, "withOffice": with_office,
            "explanation": "原料价格变化", "idempotencyKey": key() });
        self.maker.does("changeListingPrice", input, LISTING).await
    }
}

/// A mutation with `ListingInput`.
pub(crate) async fn moves(who: &Actor, mutation: &str, listing: &Value, reason: Option<&str>) -> Outcome {
    let query = format!("mutation($i: ListingInput!) {{ {mutation}(input: $i) {{ {LISTING} }} }}");
    let input = json!({ "id": listing["id"], "version": listing["version"], "reason": reason, "idempotencyKey": key() });
    who.asks_with(&query, json!({ "i": input })).await
}

pub(crate) async fn approves(office: &Actor, listing: &Value, reason: Option<&str>) -> Outcome {
    moves(office, "approveListing", listing, reason).await
}

/// A mutation with `EndListingInput`.
pub(crate) async fn ends_listing(who: &Actor, mutation: &str, listing: &Value) -> Outcome {
    let query = format!("mutation($i: EndListingInput!) {{ {mutation}(input: $i) {{ {LISTING} }} }}");
    let input = json!({ "id": listing["id"], "version": listing["version"], "reason": "资料不全", "idempotencyKey": key() });
    who.asks_with(&query, json!({ "i": input })).await
}

pub(crate) async fn decides_price(
    office: &Actor,
    listing: &Value,
    approve: bool,
    reason: Option<&str>,
) -> Outcome {
    let input = json!({ "id": listing["id"], "version": listing["version"], "approve": approve, "reason": reason,
        "idempotencyKey": key() });
    office.does("decideListingPrice", input, LISTING).await
}

pub(crate) async fn marks(who: &Actor, listing: &Value, kind: &str) -> Outcome {
    let input =
        json!({ "id": listing["id"], "kind": kind, "reason": "批号A可能混入异物", "idempotencyKey": key() });
    who.does("markListing", input, LISTING).await
}

pub(crate) async fn lifts(who: &Actor, listing: &Value, mark: &Value) -> Outcome {
    let input = json!({ "id": listing["id"], "mark": mark, "reason": "已排除", "idempotencyKey": key() });
    who.does("liftListingMark", input, LISTING).await
}

pub(crate) async fn listing(who: &Actor, id: &Value) -> Outcome {
    who.asks(&format!("{{ listing(id: {id}) {{ {LISTING} }} }}")).await
}

/// The prices of a listing, the newest first.
pub(crate) async fn prices(who: &Actor, id: &Value) -> Vec<Value> {
    let query = format!(
        "{{ listingPrices(id: {id}, first: 20) {{ nodes {{ price state effectiveAt endedAt explanation documentIds decision verdict {{ {VERDICT} }} }} }} }}"
    );
    who.asks(&query).await.done()["nodes"].as_array().unwrap().clone()
}

/// The finding of a test.
pub(crate) fn finding(verdict: &Value, test: &str) -> Value {
    let findings = verdict["findings"].as_array().unwrap();
    findings.iter().find(|one| one["test"] == test).cloned().unwrap_or(Value::Null)
}

/// The ids of the listings that somebody sees.
pub(crate) async fn on_list(who: &Actor, filter: &str) -> Vec<String> {
    let query = format!("{{ listings(first: 50, filter: {{ {filter} }}) {{ nodes {{ id }} }} }}");
    let listed = who.asks(&query).await.done();
    listed["nodes"].as_array().unwrap().iter().map(|one| text(&one["id"])).collect()
}
