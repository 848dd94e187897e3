//! A firm that lists a product, and hospitals that buy it.
use serde_json::{Value, json};

use crate::contract::deal::orders;
use crate::listing::shelf::Shelf;
use crate::listing::support::text;
use crate::support::actor::{Actor, Outcome, key};
use crate::support::world::World;

pub(crate) const LINES: &str = "id lines(first: 20) { nodes { id kind status price packUnits ordered sellerId listingId negotiatedId filingId \
    emergency reportBy report productName spec unit } }";

/// A product at 9.80 a pack of 14 in Shanghai, and two hospitals there.
pub(crate) struct Market {
    pub(crate) world: World,
    pub(crate) office: Actor,
    pub(crate) shelf: Shelf,
    pub(crate) listing: Value,
    pub(crate) one: Actor,
    pub(crate) two: Actor,
}

impl Market {
    pub(crate) async fn opens() -> Market {
        Self::of(World::new().await).await
    }

    pub(crate) async fn of(world: World) -> Market {
        let office = world.manager("PROCUREMENT_OFFICE", "310000").await;
        let shelf = Shelf::of(&world, "甲药业", &office).await;
        let listing = shelf.lists(&office, "310000", "9.80").await;
        let (one, two) =
            (world.manager("HOSPITAL", "310000").await, world.manager("HOSPITAL", "310000").await);
        Market { world, office, shelf, listing, one, two }
    }

    /// Tries to order so many packs of 14.
    pub(crate) async fn tries(&self, who: &Actor, on: Value, packs: &str) -> Outcome {
        let mut line = json!({ "packUnits": "14", "packs": packs });
        line.as_object_mut().unwrap().extend(on.as_object().unwrap().clone());
        who.does("placeOrder", json!({ "lines": [line], "idempotencyKey": key() }), LINES).await
    }

    /// Orders, and the line.
    pub(crate) async fn orders(&self, who: &Actor, on: Value, packs: &str) -> Value {
        self.tries(who, on, packs).await.done()["lines"]["nodes"][0].clone()
    }

    pub(crate) fn listed(&self) -> Value {
        json!({ "listing": self.listing["id"] })
    }

    /// The firm confirms and ships a line, and the hospital takes all of it.
    pub(crate) async fn delivers(&self, to: &Actor, line: &Value, packs: &str) -> Value {
        let confirm = json!({ "lines": [{ "line": line["id"] }], "idempotencyKey": key() });
        orders(&self.shelf.maker, "confirmOrderLines", confirm).await.done();
        let goods = json!({ "line": line["id"], "packs": packs, "batch": "B1", "expiresOn": "2099-12-31" });
        let ship =
            json!({ "hospital": to.organization, "note": "DN-9", "lines": [goods], "idempotencyKey": key() });
        let shipped = orders(&self.shelf.maker, "shipOrderLines", ship).await.done();
        let accept = json!({ "lines": [{ "delivery": shipped[0] }], "idempotencyKey": key() });
        orders(to, "acceptDeliveries", accept).await.done()
    }
}

/// What a refusal allows, and its line.
pub(crate) fn told(outcome: &Outcome) -> (String, Value) {
    let extensions = &outcome.json["errors"][0]["extensions"];
    (text(&extensions["allowed"]), extensions["line"].clone())
}
