//! What a round announces (公告).
use std::collections::{BTreeMap, BTreeSet};

use rust_decimal::Decimal;

use super::Calendar;
use crate::errors::{Code, Refusal};
use crate::identity::{Name, ProductGroup};
use crate::ids::{AllianceId, DocumentId, ItemId, LotId, SpecId, UserId};
use crate::procurement::rules::{self, Comparable, RuleSet};
use crate::procurement::values::{Form, parse_positive};
use crate::time::Timestamp;

/// Lots that one round may have.
pub const LOTS_MAX: usize = 1_000;
/// Specs that one round may have, over all lots.
pub const SPECS_MAX: usize = 5_000;
/// Custodians that one round may have.
pub const CUSTODIANS_MAX: usize = 15;

/// Documents that one round may have. `ROUND_DOCUMENTS`.
pub const DOCUMENTS_MAX: usize = 50;

/// What a round buys.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ProductKind {
    /// 药品.
    Drug,
    /// 医用耗材.
    Consumable,
}

impl ProductKind {
    /// Every kind.
    pub const ALL: &[ProductKind] = &[Self::Drug, Self::Consumable];

    /// The stable label, in rows and on the wire.
    pub const fn label(self) -> &'static str {
        match self {
            Self::Drug => "DRUG",
            Self::Consumable => "CONSUMABLE",
        }
    }

    /// The kind with that label.
    pub fn from_label(label: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|kind| kind.label() == label)
    }
}

/// Who buys.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Buyer {
    /// The regions of the office.
    Office,
    /// The members that an alliance has for a product group on the day of the announcement.
    Alliance {
        /// The alliance.
        alliance: AllianceId,
        /// The product group.
        group: ProductGroup,
    },
}

/// Who may see what of the bids once they are decided (spec: losing bids are not published; since 2024 the selected prices are not either).
/// The bidder sees its own, and the office, auditors and regulators of the jurisdiction see all, whatever it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Disclosure {
    /// Everybody sees every bid with its price and reasons.
    Everything,
    /// Everybody sees who is selected and at what price.
    SelectedWithPrices,
    /// Everybody sees who is selected.
    SelectedNames,
}

impl Disclosure {
    /// Every rule.
    pub const ALL: &[Disclosure] = &[Self::Everything, Self::SelectedWithPrices, Self::SelectedNames];

    /// The stable label, in rows and on the wire.
    pub const fn label(self) -> &'static str {
        match self {
            Self::Everything => "EVERYTHING",
            Self::SelectedWithPrices => "SELECTED_WITH_PRICES",
            Self::SelectedNames => "SELECTED_NAMES",
        }
    }

    /// The rule with that label.
    pub fn from_label(label: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|rule| rule.label() == label)
    }
}

/// What a round announces.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Announcement<Lot = LotId, Specification = SpecId> {
    /// Its name.
    pub name: Name,
    /// What it buys.
    pub kind: ProductKind,
    /// Who buys.
    pub buyer: Buyer,
    /// The whole text of the rule set (TOML), so that a result never depends on what a later program ships.
    pub rules: String,
    /// Who may see what of the bids once they are decided.
    pub disclosure: Disclosure,
    /// Demand below this share of past use needs a reason: 0 to 1.
    pub past_use_share: Decimal,
    /// Who holds a share of the round's key, in the order of their shares.
    pub custodians: Vec<UserId>,
    /// How many of them open it together.
    pub threshold: u8,
    /// When what is open.
    pub calendar: Calendar,
    /// Its documents, in order.
    pub documents: Vec<RoundDocument>,
    /// Its lots, by number.
    pub lots: Vec<AnnouncedLot<Lot, Specification>>,
}

/// An announcement as somebody writes it: a lot is known by its number in the round, a spec by its code in the lot.
pub type Written = Announcement<(), ()>;

/// A document of a round.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RoundDocument {
    /// The file.
    pub document: DocumentId,
    /// What it is.
    pub title: Name,
}

/// A lot (品种 / 竞价单元) as it is announced.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AnnouncedLot<Lot = LotId, Specification = SpecId> {
    /// Its id; the same in every edition.
    pub id: Lot,
    /// Its number in the round, from 1; the same in every edition.
    pub number: i32,
    /// Its name; in a round no two lots have the same.
    pub name: Name,
    /// Dosage form class.
    pub form: Form,
    /// Volume class of the rule set, where the lot names one.
    pub volume_class: Option<Name>,
    /// Its own cap, before the rule set's table.
    pub cap: Option<u32>,
    /// The smallest unit, such as 片.
    pub unit: Name,
    /// Its specs, one of them the representative one.
    pub specs: Vec<Spec<Specification>>,
}

/// A specification (规格) of a lot.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Spec<Specification = SpecId> {
    /// Its id; the same in every edition.
    pub id: Specification,
    /// Its code; in a lot no two specs have the same, and it is the same in every edition.
    pub code: Name,
    /// Its name, such as 10mg.
    pub name: Name,
    /// What it is compared by: the content of one unit. None where the lot's contents do not differ.
    pub content: Option<Decimal>,
    /// Maximum valid bid (最高有效申报价): yuan per smallest unit, tax included.
    pub ceiling: Decimal,
    /// Whether it is the representative one (代表品规); the others compete (竞争规格).
    pub representative: bool,
    /// An item of the registry that it is drawn from, such as the reference product; products are compared with it.
    pub item: Option<ItemId>,
}

impl Announcement {
    /// Refuses a correction that changes what the first edition fixed, brings back what an earlier correction took out, or changes
    /// nothing. Once the round's key is published, its custodians and threshold stand, too. `known` names every lot and spec that the
    /// round ever had. Errors: `CORRECTION_INVALID`, `LOTS_INVALID`.
    pub fn may_become(
        &self,
        corrected: &Announcement,
        known: &KnownLots,
        keyed: bool,
    ) -> Result<(), Refusal> {
        let fixed = |one: &Announcement| (one.buyer.clone(), one.kind);
        let custody = |one: &Announcement| (one.custodians.clone(), one.threshold);
        let other_custody = keyed && custody(self) != custody(corrected);
        if fixed(self) != fixed(corrected) || other_custody || self == corrected {
            return Err(Refusal::of(Code::CorrectionInvalid).at("announcement"));
        }
        let standing: BTreeSet<LotId> = self.lots.iter().map(|lot| lot.id).collect();
        let specs: BTreeSet<SpecId> =
            self.lots.iter().flat_map(|lot| lot.specs.iter().map(|spec| spec.id)).collect();
        let gone_lots: BTreeSet<LotId> =
            known.lots.values().copied().filter(|id| !standing.contains(id)).collect();
        let gone_specs: BTreeSet<SpecId> =
            known.specs.values().copied().filter(|id| !specs.contains(id)).collect();
        let back = |lot: &&AnnouncedLot| {
            gone_lots.contains(&lot.id) || lot.specs.iter().any(|spec| gone_specs.contains(&spec.id))
        };
        match corrected.lots.iter().find(back) {
            Some(lot) => {
                let told = format!("lot {}: a number and codes that no correction took out", lot.number);
                Err(Refusal::of(Code::LotsInvalid).at("lots").allowing(told))
            }
            None => Ok(()),
        }
    }

    /// Refuses a correction that adds a lot when nobody can report demand for it any more: a lot without demand is bought of nobody.
    /// Errors: `LOT_TOO_LATE`.
    pub fn may_gain_lots(&self, corrected: &Announcement, now: Timestamp) -> Result<(), Refusal> {
        let new = |lot: &&AnnouncedLot| self.lots.iter().all(|known| known.id != lot.id);
        match corrected.lots.iter().find(new) {
            Some(lot) if now >= corrected.calendar.demand_until => {
                Err(Refusal::of(Code::LotTooLate).at("lots").allowing(format!("not lot {}", lot.number)))
            }
            Some(_) | None => Ok(()),
        }
    }
}

/// The rule set of that text. Errors: `RULES_INVALID` with every fault of the text.
pub fn rule_set(text: &str) -> Result<RuleSet, Refusal> {
    rules::parse(text).map_err(|problems| {
        let told: Vec<String> =
            problems.iter().map(|problem| format!("{}: {}", problem.key, problem.expected_en)).collect();
        Refusal::of(Code::RulesInvalid).at("rules").allowing(told.join("; "))
    })
}

/// The share of past use below which demand needs a reason: 0 to 1. Errors: `DECIMAL_INVALID`.
pub fn past_use_share(text: &str) -> Result<Decimal, Refusal> {
    let share = if text.trim() == "0" { Some(Decimal::ZERO) } else { parse_positive(text).ok() };
    share
        .filter(|share| *share <= Decimal::ONE)
        .ok_or_else(|| Refusal::of(Code::DecimalInvalid).at("pastUseShare").allowing("0 to 1"))
}

impl<Lot, Specification> Announcement<Lot, Specification> {
    /// What a draft has to be. Errors: `CALENDAR_INVALID`, `CUSTODIANS_INVALID`, `LOTS_INVALID`, `ROUND_DOCUMENTS`,
    /// `RULES_INVALID`.
    pub fn check(&self) -> Result<RuleSet, Refusal> {
        self.calendar.check()?;
        self.check_custodians()?;
        if self.documents.len() > DOCUMENTS_MAX {
            return Err(Refusal::of(Code::RoundDocuments).at("documents"));
        }
        let rules = self.rule_set()?;
        self.check_lots(&rules)?;
        Ok(rules)
    }

    /// The rule set of its text. Errors: `RULES_INVALID` with every fault of the text.
    pub fn rule_set(&self) -> Result<RuleSet, Refusal> {
        rule_set(&self.rules)
    }

    fn check_custodians(&self) -> Result<(), Refusal> {
        let distinct: BTreeSet<UserId> = self.custodians.iter().copied().collect();
        let count = self.custodians.len();
        let enough = (2..=CUSTODIANS_MAX).contains(&count) && distinct.len() == count;
        if enough && self.threshold >= 2 && usize::from(self.threshold) <= count {
            Ok(())
        } else {
            Err(Refusal::of(Code::CustodiansInvalid).at("custodians"))
        }
    }

    fn check_lots(&self, rules: &RuleSet) -> Result<(), Refusal> {
        let wrong = |what: String| Refusal::of(Code::LotsInvalid).at("lots").allowing(what);
        let specs: usize = self.lots.iter().map(|lot| lot.specs.len()).sum();
        if self.lots.is_empty() || self.lots.len() > LOTS_MAX || specs > SPECS_MAX {
            return Err(wrong(format!("1 to {LOTS_MAX} lots with at most {SPECS_MAX} specs")));
        }
        let numbers: BTreeSet<i32> = self.lots.iter().map(|lot| lot.number).collect();
        let names: BTreeSet<&str> = self.lots.iter().map(|lot| lot.name.as_str()).collect();
        if numbers.len() != self.lots.len() || names.len() != self.lots.len() {
            return Err(wrong("each number and each name once".to_owned()));
        }
        self.lots.iter().try_for_each(|lot| lot.check(rules).map_err(wrong))
    }
}

impl<Lot, Specification> AnnouncedLot<Lot, Specification> {
    /// The representative spec; every lot that was checked has one.
    pub fn representative(&self) -> Option<&Spec<Specification>> {
        self.specs.iter().find(|spec| spec.representative)
    }

    /// What would be right, where something is wrong.
    fn check(&self, rules: &RuleSet) -> Result<(), String> {
        let number = self.number;
        let codes: BTreeSet<&str> = self.specs.iter().map(|spec| spec.code.as_str()).collect();
        let representatives = self.specs.iter().filter(|spec| spec.representative).count();
        if number < 1 || codes.len() != self.specs.len() || representatives != 1 {
            return Err(format!("lot {number}: each code once, exactly one representative spec"));
        }
        let stated = self.specs.iter().filter(|spec| spec.content.is_some()).count();
        if stated != 0 && stated != self.specs.len() {
            return Err(format!("lot {number}: a content for every spec, or for none"));
        }
        if let Some(class) = &self.volume_class
            && rules.share_class(Some(class.as_str()), self.name.as_str()).is_none()
        {
            let known: Vec<&str> = rules.shares.iter().map(|class| class.name.as_str()).collect();
            return Err(format!("lot {number}: a volume class of {}", known.join(", ")));
        }
        self.check_contents(rules)
    }

    /// A rule set that prints its ratios cannot compare another content, and demand for one would keep the round from being decided.
    fn check_contents(&self, rules: &RuleSet) -> Result<(), String> {
        let Comparable::Ratios(listed) = &rules.comparable else { return Ok(()) };
        let known = |content: &Decimal| listed.iter().any(|(known, _ratio)| known == content);
        if self.specs.iter().filter_map(|spec| spec.content).all(|content| known(&content)) {
            return Ok(());
        }
        let known: Vec<String> = listed.iter().map(|(known, _ratio)| known.to_string()).collect();
        Err(format!("lot {}: a content of {}", self.number, known.join(", ")))
    }
}

impl Written {
    /// The same with an id for every lot and spec: the one that its number and code have had, or a new one.
    pub fn identified(
        self,
        known: &KnownLots,
        (mut lot_id, mut spec_id): (impl FnMut() -> LotId, impl FnMut() -> SpecId),
    ) -> Announcement {
        let mut identify = |lot: AnnouncedLot<(), ()>| {
            let id = known.lots.get(&lot.number).copied().unwrap_or_else(&mut lot_id);
            let mut spec = |spec: Spec<()>| {
                let known = known.specs.get(&(id, spec.code.as_str().to_owned())).copied();
                spec.with_id(known.unwrap_or_else(&mut spec_id))
            };
            let AnnouncedLot { id: (), number, name, form, volume_class, cap, unit, specs } = lot;
            let specs = specs.into_iter().map(&mut spec).collect();
            AnnouncedLot { id, number, name, form, volume_class, cap, unit, specs }
        };
        let lots = self.lots.into_iter().map(&mut identify).collect();
        let Self {
            name,
            kind,
            buyer,
            rules,
            disclosure,
            past_use_share,
            custodians,
            threshold,
            calendar,
            ..
        } = self;
        let documents = self.documents;
        Announcement {
            name,
            kind,
            buyer,
            rules,
            disclosure,
            past_use_share,
            custodians,
            threshold,
            calendar,
            documents,
            lots,
        }
    }
}

impl Spec<()> {
    fn with_id(self, id: SpecId) -> Spec {
        let Spec { id: (), code, name, content, ceiling, representative, item } = self;
        Spec { id, code, name, content, ceiling, representative, item }
    }
}

/// The ids that lots and specs of a round have, by their numbers and codes.
#[derive(Clone, Debug, Default)]
pub struct KnownLots {
    /// Lots by number.
    pub lots: BTreeMap<i32, LotId>,
    /// Specs by lot and code.
    pub specs: BTreeMap<(LotId, String), SpecId>,
}
