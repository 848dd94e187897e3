//! What firms offer is in the registry before they apply with it: each firm proposes its items, and the office approves them. An earlier round may have brought
//! them already.
#![expect(clippy::indexing_slicing, reason = "a JSON value without that member is null")]
use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::market::{Firm, Offer};
use super::play::Played;
use super::player::{Player, nodes, text};
use crate::serve::ServeError;

/// The day from which the items are, before any round.
const SINCE: &str = "2020-01-01";

/// Generic name and spec, which tell apart the items of one firm.
type Known = BTreeMap<(String, String), String>;

impl Played<'_> {
    /// The ids of the items that a firm offers, in the order of its offers.
    pub(super) async fn registers(
        &self,
        (player, office): (&Player<'_>, &Player<'_>),
        firm: &Firm,
    ) -> Result<Vec<String>, ServeError> {
        let mut known = held(player).await?;
        let name = text(&player.asks("{ me { organization { name } } }").await?["organization"]["name"]);
        let mut items = Vec::with_capacity(firm.offers.len());
        for (place, offer) in firm.offers.iter().enumerate() {
            let lot = &self.market.lots[offer.lot];
            let told = (text(&lot["name"]), text(&lot["specs"][0]["name"]));
            if !known.contains_key(&told) {
                let step = |act: &str| self.key(act, &format!("{}-{place}", firm.code));
                let content = content((lot, &told), offer, (&player.organization(), &name));
                let input = json!({ "act": { "new": { "item": { "kind": "WESTERN", "content": content }, "validFrom": SINCE } },
                    "reason": "模拟数据", "idempotencyKey": step("item") });
                let proposed = player.does(("proposeItem", "ProposeItemInput"), input, "id version").await?;
                let input = json!({ "id": proposed["id"], "version": proposed["version"], "idempotencyKey": step("item-approve") });
                let made = office.does(("approveItemProposal", "ItemProposalInput"), input, "itemId").await?;
                known.insert(told.clone(), text(&made["itemId"]));
            }
            items.extend(known.get(&told).cloned());
        }
        Ok(items)
    }
}

/// The items that are the player's already.
async fn held(player: &Player<'_>) -> Result<Known, ServeError> {
    let query = format!(
        "{{ items(filter: {{ holder: {:?} }}, first: 100) {{ nodes {{ id state {{ genericName declaredSpec }} }} }} }}",
        player.organization()
    );
    let found = player.asks(&query).await?;
    let item = |item: &Value| {
        let state = &item["state"];
        ((text(&state["genericName"]), text(&state["declaredSpec"])), text(&item["id"]))
    };
    Ok(nodes(&found).iter().map(item).collect())
}

fn content((lot, told): (&Value, &(String, String)), offer: &Offer, (holder, name): (&str, &str)) -> Value {
    let form = match lot["form"].as_str() {
        Some("SMALL_INJECTION") => "小容量注射剂",
        Some("LARGE_INJECTION") => "大容量注射剂",
        Some(_) | None => "口服制剂",
    };
    json!({ "genericName": told.0, "tradeName": offer.name, "form": form, "declaredSpec": told.1, "holderName": name, "holder": holder,
        "unitsPerPack": offer.units, "smallestUnit": lot["unit"] })
}
