//! Firms, hospitals and authorities around listings.
use serde_json::{Value, json};

use crate::support::actor::{Actor, Outcome, key};
use crate::support::world::World;

/// What is shown of a relation in these stories.
pub(crate) const RELATION: &str = "id version state reason region manufacturerId distributorId distributorName replacesId \
    replacesBecause endedById validFrom validTo acceptedAt listingId productId";

/// A manufacturer and its distributors.
pub(crate) struct Trade {
    pub(crate) maker: Actor,
    pub(crate) distributor: Actor,
}

impl Trade {
    pub(crate) async fn of(world: &World) -> Trade {
        let maker = world.manager("MANUFACTURER", "320000").await;
        let distributor = world.manager("DISTRIBUTOR", "320000").await;
        Trade { maker, distributor }
    }

    pub(crate) async fn proposes(&self, region: &str) -> Outcome {
        self.proposes_to(&self.distributor, region, json!({})).await
    }

    pub(crate) async fn proposes_to(&self, distributor: &Actor, region: &str, more: Value) -> Outcome {
        let mut input =
            json!({ "distributor": distributor.organization, "region": region, "idempotencyKey": key() });
        input.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        self.maker.does("proposeDistribution", input, RELATION).await
    }

    /// A relation that was accepted.
    pub(crate) async fn appoints(&self, distributor: &Actor, region: &str) -> Value {
        let proposed = self.proposes_to(distributor, region, json!({})).await.done();
        accepts(distributor, &proposed).await.done()
    }
}

pub(crate) async fn accepts(distributor: &Actor, relation: &Value) -> Outcome {
    let query =
        format!("mutation($i: DistributionInput!) {{ acceptDistribution(input: $i) {{ {RELATION} }} }}");
    let input = json!({ "id": relation["id"], "version": relation["version"], "idempotencyKey": key() });
    distributor.asks_with(&query, json!({ "i": input })).await
}

/// `refuseDistribution` or `voidDistribution`.
pub(crate) async fn ends(who: &Actor, mutation: &str, relation: &Value) -> Outcome {
    let query = format!("mutation($i: EndDistributionInput!) {{ {mutation}(input: $i) {{ {RELATION} }} }}");
    let input = json!({ "id": relation["id"], "version": relation["version"], "reason": "运力不足", "idempotencyKey": key() });
    who.asks_with(&query, json!({ "i": input })).await
}

pub(crate) async fn relation(who: &Actor, id: &Value) -> Outcome {
    who.asks(&format!("{{ distributionRelation(id: {id}) {{ {RELATION} }} }}")).await
}

/// The ids of the relations that somebody sees.
pub(crate) async fn seen(who: &Actor, filter: &str) -> Vec<String> {
    let query = format!("{{ distributionRelations(first: 50{filter}) {{ nodes {{ id }} }} }}");
    let listed = who.asks(&query).await.done();
    listed["nodes"].as_array().unwrap().iter().map(|one| text(&one["id"])).collect()
}

pub(crate) fn text(value: &Value) -> String {
    value.as_str().unwrap().to_owned()
}
