//! A pack or spec that a firm asks to add to its selected product (增补规格包装), and what the office decides about it.
use rust_decimal::Decimal;

use super::presentation::{Added, added};
use crate::errors::{Code, Refusal};
use crate::exact::Exact;
use crate::identity::{Name, Reason, Version};
use crate::ids::{AddedPackId, SelectedProductId, UserId};
use crate::procurement::relation::Presentation;
use crate::procurement::rules::RelationRules;

/// A pack: what is in a unit, and how many units.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PackSize {
    /// Content 含量 of a unit, in a measure that both packs share.
    pub content: Decimal,
    /// Smallest units in the pack 包装数量.
    pub units: u32,
}

/// What a firm asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PackOffer {
    /// The spec as its label words it, such as `25mg×20片`.
    pub spec: Name,
    /// The pack that the selected price is of.
    pub selected: PackSize,
    /// The pack that is to be added.
    pub offered: PackSize,
    /// Yuan per pack, tax included.
    pub price: Decimal,
}

impl PackOffer {
    /// What the price relation gives the pack (差比价规则 发改价格〔2011〕2452号), rounded half-up to the rule's decimals, from the selected price of
    /// a smallest unit; the offer is not above it. Errors: `DECIMAL_INVALID` for a content or count that is not above zero, or a price with
    /// more decimals than the rule's; `PRICE_ABOVE_RELATION`.
    pub fn check(&self, rules: &RelationRules, unit_price: Decimal) -> Result<Added, Refusal> {
        let most = most(rules, unit_price, (self.selected, self.offered))?;
        if u64::from(self.price.normalize().scale()) > rules.decimals.value {
            let decimals = format!("{} decimals", rules.decimals.value);
            return Err(Refusal::of(Code::DecimalInvalid).at("price").allowing(decimals));
        }
        let bound: Option<Exact> = most.pack_price.parse().ok();
        if bound.is_none_or(|bound| Exact::from(self.price) > bound) {
            let above = Refusal::of(Code::PriceAboveRelation).at("price");
            return Err(above.allowing(format!("at most {}", most.pack_price)));
        }
        Ok(most)
    }
}

/// What the price relation gives a pack, yuan, rounded half-up to the rule's decimals, from the selected price of a smallest unit of another pack
/// (差比价规则 发改价格〔2011〕2452号). Errors: `DECIMAL_INVALID` for a content or count that is not above zero.
pub fn most(
    rules: &RelationRules,
    unit_price: Decimal,
    (selected, offered): (PackSize, PackSize),
) -> Result<Added, Refusal> {
    added(rules, &Exact::from(unit_price), &presentation(selected), &presentation(offered))
}

fn presentation(size: PackSize) -> Presentation {
    let units = Exact::from(u64::from(size.units));
    Presentation { content: Exact::from(size.content), units, volume: None }
}

/// How far it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PackStatus {
    /// The firm asks.
    Applied,
    /// It is part of the product.
    Added {
        /// Who decided.
        by: UserId,
    },
    /// It is not.
    Refused {
        /// Who decided.
        by: UserId,
        /// Why.
        reason: Reason,
    },
}

/// What the office decides.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PackDecision {
    /// It becomes part of the product.
    Add,
    /// It does not.
    Refuse(Reason),
}

impl PackStatus {
    /// As the database and clients have it.
    pub const fn label(&self) -> &'static str {
        match self {
            Self::Applied => "APPLIED",
            Self::Added { .. } => "ADDED",
            Self::Refused { .. } => "REFUSED",
        }
    }

    /// From its columns; none where they do not fit each other.
    pub fn from_row(label: &str, by: Option<UserId>, reason: Option<Reason>) -> Option<Self> {
        match (label, by, reason) {
            ("APPLIED", None, None) => Some(Self::Applied),
            ("ADDED", Some(by), None) => Some(Self::Added { by }),
            ("REFUSED", Some(by), Some(reason)) => Some(Self::Refused { by, reason }),
            _misfit => None,
        }
    }

    /// Who decided.
    pub const fn by(&self) -> Option<UserId> {
        match self {
            Self::Applied => None,
            Self::Added { by } | Self::Refused { by, .. } => Some(*by),
        }
    }

    /// Why it was refused.
    pub const fn reason(&self) -> Option<&Reason> {
        match self {
            Self::Applied | Self::Added { .. } => None,
            Self::Refused { reason, .. } => Some(reason),
        }
    }

    /// What it becomes. Errors: `PACK_STATE` where it is decided.
    pub fn next(self, decision: PackDecision, by: UserId) -> Result<Self, Refusal> {
        match (self, decision) {
            (Self::Applied, PackDecision::Add) => Ok(Self::Added { by }),
            (Self::Applied, PackDecision::Refuse(reason)) => Ok(Self::Refused { by, reason }),
            (Self::Added { .. } | Self::Refused { .. }, PackDecision::Add | PackDecision::Refuse(_)) => {
                Err(Refusal::of(Code::PackState))
            }
        }
    }
}

/// A pack of a selected product, asked for or added.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AddedPack {
    /// Its id.
    pub id: AddedPackId,
    /// The product.
    pub product: SelectedProductId,
    /// What is asked for.
    pub offer: PackOffer,
    /// The most that the rule set allows, yuan per pack.
    pub most: Decimal,
    /// The rule set, as `id/version`.
    pub rules: String,
    /// What shows that the pack is the same product, such as its approval.
    pub evidence: Reason,
    /// Who asked.
    pub applied_by: UserId,
    /// How far it is.
    pub status: PackStatus,
    /// Its version.
    pub version: Version,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::procurement::rules::relation_preset;

    fn offer(content: i64, units: u32, price: &str) -> PackOffer {
        PackOffer {
            spec: Name::parse("25mg×20片").unwrap(),
            selected: PackSize { content: 75.into(), units: 7 },
            offered: PackSize { content: content.into(), units },
            price: price.parse().unwrap(),
        }
    }

    #[test]
    fn a_pack_costs_at_most_what_the_relation_gives() {
        let selected: Decimal = "3.18".parse().unwrap();
        let check = |offer: PackOffer| {
            let checked = offer.check(&relation_preset(), selected);
            checked.map(|most| most.pack_price).map_err(|refusal| (refusal.code, refusal.field))
        };
        // The published pair: 75 mg x 7 at 22.26 and 25 mg x 20 at 26.40.
        for price in ["26.40", "26.4", "1", "26.400"] {
            assert_eq!(check(offer(25, 20, price)), Ok("26.40".to_owned()), "{price}");
        }
        assert_eq!(check(offer(25, 20, "26.41")), Err((Code::PriceAboveRelation, Some("price"))));
        assert_eq!(check(offer(25, 20, "26.395")), Err((Code::DecimalInvalid, Some("price"))));
        assert_eq!(check(offer(25, 0, "1")), Err((Code::DecimalInvalid, Some("presentation"))));
    }

    #[test]
    fn a_pack_is_decided_once() {
        use crate::ids::Id as _;
        let (by, why) = (UserId::from_number(7), Reason::parse("not the same approval").unwrap());
        let decisions = [PackDecision::Add, PackDecision::Refuse(why)];
        for first in decisions.clone() {
            let decided = PackStatus::Applied.next(first, by).unwrap();
            assert_eq!(decided.by(), Some(by));
            let again =
                PackStatus::from_row(decided.label(), decided.by(), decided.reason().cloned()).unwrap();
            assert_eq!(again, decided);
            for second in decisions.clone() {
                assert_eq!(again.clone().next(second, by).unwrap_err().code, Code::PackState);
            }
        }
    }
}
