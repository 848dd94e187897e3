//! Succession (接替供应): what becomes of the agreed volume of a firm that withdraws, loses its selection or fails to supply. The same
//! plan is the preview before somebody confirms and the authority's decision. `backend/domain/rules/README.md` says what the rules mean.
mod lot;
mod run;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};

use rust_decimal::Decimal;

use super::explanation::Explanation;
use super::ledger::{Account, Cause, Delivered, Entry, Holding, Ledger};
use crate::errors::{Code, Refusal};
use crate::exact::Exact;
use crate::identity::RegionCode;
use crate::ids::SelectedProductId;
use crate::procurement::rules::{Consulted, SanctionRule, SuccessionRules, Take};
use crate::procurement::values::Name;
pub use lot::{RoleChange, opening};
use run::Run;

/// A selected product as a supplier of its lot.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Supplier {
    /// The product.
    pub id: SelectedProductId,
    /// The firm; products of one firm have the same.
    pub firm: Name,
    /// Its rank in the lot; those without one come last.
    pub rank: Option<u64>,
    /// Its content, where one is known.
    pub content: Option<Decimal>,
    /// Its prices, where they are disclosed.
    pub price: Option<Price>,
    /// Selected for the institutions that reported its brand only: it never takes over.
    pub brand_only: bool,
}

/// A selected price, yuan per smallest unit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Price {
    /// Of its own content.
    pub own: Exact,
    /// At the representative content; above zero.
    pub comparable: Exact,
}

/// The suppliers of a lot, and who supplies where.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Lot {
    /// Those that are selected now.
    pub suppliers: Vec<Supplier>,
    /// Main suppliers 主供 of regions.
    pub mains: BTreeSet<(RegionCode, SelectedProductId)>,
    /// Backup suppliers 备供 of regions.
    pub backups: BTreeSet<(RegionCode, SelectedProductId)>,
}

/// Why a firm leaves.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Ground {
    /// It withdraws 退出.
    Withdrawn,
    /// The authority takes the selection away 取消中选资格.
    Disqualified,
    /// It does not supply 断供.
    SupplyFailed,
}

impl Ground {
    /// Every ground.
    pub const ALL: &[Ground] = &[Self::Withdrawn, Self::Disqualified, Self::SupplyFailed];

    /// The stable label, in rows and on the wire.
    pub const fn label(self) -> &'static str {
        match self {
            Self::Withdrawn => "WITHDRAWN",
            Self::Disqualified => "DISQUALIFIED",
            Self::SupplyFailed => "SUPPLY_FAILED",
        }
    }

    /// The ground with that label.
    pub fn from_label(label: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|ground| ground.label() == label)
    }

    /// What the rule set names for it.
    pub const fn sanction(self, rules: &SuccessionRules) -> SanctionRule {
        match self {
            Self::Withdrawn => rules.withdrawn,
            Self::Disqualified => rules.disqualified,
            Self::SupplyFailed => rules.supply_failed,
        }
    }
}

/// Who leaves, where and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Leaving {
    /// The products.
    pub products: BTreeSet<SelectedProductId>,
    /// Where; `None` for everywhere. Only a failure to supply may be one of some regions.
    pub regions: Option<BTreeSet<RegionCode>>,
    /// Why.
    pub ground: Ground,
}

/// What a firm that was asked answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answer {
    /// It takes over, at most so many units in all regions together.
    Accepts {
        /// The bound; `None` for all there is.
        at_most: Option<u64>,
    },
    /// It does not.
    Declines,
}

/// What there is before anybody leaves.
#[derive(Clone, Copy, Debug)]
pub struct Situation<'a> {
    /// The rules.
    pub rules: &'a SuccessionRules,
    /// The lot.
    pub lot: &'a Lot,
    /// Its agreed volume.
    pub ledger: &'a Ledger,
    /// What has been delivered of it: that stays.
    pub delivered: &'a Delivered,
}

/// A part of the volume with the one that takes it over.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Share {
    /// Who takes over, in which step; nobody for what is left over.
    pub taker: Option<(SelectedProductId, Take)>,
    /// The price it supplies at, per smallest unit of its own content; `None` where prices are not disclosed or nobody takes over.
    pub price: Option<Exact>,
    /// Units of the representative content.
    pub volume: u64,
    /// The same by holding that it comes from; none of them zero.
    pub parts: Vec<(Holding, u64)>,
}

/// What becomes of one product's volume of one content in one region.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Succession {
    /// The product that leaves.
    pub product: SelectedProductId,
    /// The region.
    pub region: RegionCode,
    /// The content that was reported.
    pub content: Option<Decimal>,
    /// What leaves.
    pub volume: u64,
    /// Who takes over what; their volumes add up to it.
    pub shares: Vec<Share>,
    /// Why, in order.
    pub explanations: Vec<Explanation>,
}

/// All that follows when a firm leaves.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Plan {
    /// Region by region and content by content.
    pub successions: Vec<Succession>,
    /// Firms that would have to be asked and have not answered; the plan takes it that they accept.
    pub unanswered: BTreeSet<SelectedProductId>,
    /// What the one that leaves faces.
    pub sanction: SanctionRule,
    /// The lot afterwards.
    pub after: Lot,
    /// What changes in the regions' roles.
    pub roles: Vec<Explanation>,
    /// The provisions that were consulted.
    pub consulted: Consulted,
}

impl Plan {
    /// The entries of the decision. Errors: `CASCADE_UNANSWERED` while a firm has not answered.
    pub fn entries(&self) -> Result<Vec<Entry>, Refusal> {
        if !self.unanswered.is_empty() {
            return Err(Refusal::of(Code::CascadeUnanswered).at("answers"));
        }
        let shares = self.successions.iter().flat_map(|succession| &succession.shares);
        Ok(shares.flat_map(Share::entries).collect())
    }

    /// The volume that leaves each region.
    pub fn leaving(&self) -> BTreeMap<RegionCode, u64> {
        let mut regions: BTreeMap<RegionCode, u64> = BTreeMap::new();
        for succession in &self.successions {
            let sum = regions.entry(succession.region).or_default();
            *sum = sum.saturating_add(succession.volume);
        }
        regions
    }
}

impl Share {
    fn by(&self, product: SelectedProductId) -> bool {
        self.taker.is_some_and(|(taker, _)| taker == product)
    }

    fn entries(&self) -> impl Iterator<Item = Entry> {
        self.parts.iter().map(|(holding, volume)| {
            let (to, cause) = match self.taker {
                Some((supplier, take)) => (Account::Held(Holding { supplier, ..*holding }), cause(take)),
                None => (Account::Leftover(holding.place), Cause::Returned),
            };
            Entry { from: Account::Held(*holding), to, volume: *volume, cause }
        })
    }
}

const fn cause(take: Take) -> Cause {
    match take {
        Take::Main => Cause::MovedToMain,
        Take::Backup => Cause::MovedToBackup,
        Take::Rank => Cause::MovedToRank,
    }
}

/// What follows when these leave, with the answers that are there. What has been delivered stays where it is; each region's volume
/// of each content goes to the first in the order of the rules that may supply that content and takes it, whole or up to the bound it
/// named; what nobody takes is left over. Errors: `SUPPLIER_NOT_SELECTED`, `VOLUME_CHANGE_INVALID` for regions that this ground does not
/// allow.
pub fn plan(
    situation: Situation<'_>,
    leaving: &Leaving,
    answers: &BTreeMap<SelectedProductId, Answer>,
) -> Result<Plan, Refusal> {
    check(situation.lot, leaving)?;
    Ok(Run::new(situation, leaving, answers).plan())
}

fn check(lot: &Lot, leaving: &Leaving) -> Result<(), Refusal> {
    let known = |product: &SelectedProductId| lot.suppliers.iter().any(|supplier| supplier.id == *product);
    if leaving.products.is_empty() || !leaving.products.iter().all(known) {
        return Err(Refusal::of(Code::SupplierNotSelected).at("products"));
    }
    match &leaving.regions {
        Some(regions) if leaving.ground != Ground::SupplyFailed || regions.is_empty() => {
            Err(Refusal::of(Code::VolumeChangeInvalid).at("regions"))
        }
        Some(_) | None => Ok(()),
    }
}
