//! 开标: opened bids, the qualified products and the locked demand become the input of the selection. What does not count is void
//! with its reason, and holds nobody else back.
mod labels;

use std::collections::{BTreeMap, BTreeSet};

use rust_decimal::Decimal;

use super::round::{AnnouncedLot, Spec};
use super::rules::{Column, ColumnKind, RuleSet};
use super::tables::{Bid, Demand, Lot, OfLot, RowError, Rows, Table, assemble};
use super::values::{Name, parse_date, parse_flag, parse_number, parse_positive};
use crate::ids::{BidId, Id, LotId, OrganizationId, RoundProductId, SpecId};
use labels::Labels;
pub use labels::region_names;

/// A manufacturer that bids in a round.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Firm {
    /// Its organization.
    pub id: OrganizationId,
    /// Its name.
    pub name: String,
    /// Its credit code, which tells it from another of the same name.
    pub credit_code: String,
    /// The group under common control that it belongs to; none where it stands for itself.
    pub group: Option<String>,
}

/// A product that somebody applied with in a round.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Product {
    /// Its id in the round.
    pub id: RoundProductId,
    /// Whose it is.
    pub applicant: OrganizationId,
    /// The lot that it competes in.
    pub lot: LotId,
    /// Its specification.
    pub spec: SpecId,
    /// Its name.
    pub name: String,
    /// Whether it may be bid with.
    pub qualified: bool,
    /// What the rule set's extra columns ask of it, as text.
    pub facts: BTreeMap<String, String>,
}

/// Locked demand (报量) of a region.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RegionDemand {
    /// The lot.
    pub lot: LotId,
    /// The region's code.
    pub region: String,
    /// The region's name.
    pub region_name: String,
    /// The specification.
    pub spec: SpecId,
    /// The brand that it was reported for; none is by generic name.
    pub product: Option<RoundProductId>,
    /// Smallest units.
    pub volume: u64,
}

/// A line of an opened bid.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OfferedLine {
    /// The product as the bid names it.
    pub product: String,
    /// The price of a pack, tax included.
    pub price: Decimal,
    /// Smallest units in the pack.
    pub units: u64,
}

/// A bid that was opened, parsed and verified.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OpenedBid {
    /// Its id.
    pub bid: BidId,
    /// Whose it is.
    pub bidder: OrganizationId,
    /// Its lines.
    pub lines: Vec<OfferedLine>,
}

/// Everything that a round is decided on.
#[derive(Clone, Debug)]
pub struct Case<'a> {
    /// The rule set.
    pub rules: &'a RuleSet,
    /// The announced lots.
    pub lots: &'a [AnnouncedLot],
    /// The firms.
    pub firms: &'a [Firm],
    /// Their products.
    pub products: &'a [Product],
    /// The opened bids.
    pub bids: &'a [OpenedBid],
    /// The demand.
    pub demand: &'a [RegionDemand],
}

/// Why a line of a bid does not count. Codes are stable.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum LineFault {
    /// The round has no such product.
    ProductUnknown,
    /// The product is another firm's.
    ProductOfAnother,
    /// The product was not approved before the opening.
    ProductNotQualified,
    /// The lot or the specification was withdrawn by a correction.
    Withdrawn,
    /// The rule set cannot compare this content, or the line contradicts another one.
    NotComparable,
}

impl LineFault {
    /// Every fault.
    pub const ALL: [Self; 5] = [
        Self::ProductUnknown,
        Self::ProductOfAnother,
        Self::ProductNotQualified,
        Self::Withdrawn,
        Self::NotComparable,
    ];

    /// The stable code.
    pub const fn code(self) -> &'static str {
        match self {
            Self::ProductUnknown => "PRODUCT_UNKNOWN",
            Self::ProductOfAnother => "PRODUCT_OF_ANOTHER",
            Self::ProductNotQualified => "PRODUCT_NOT_QUALIFIED",
            Self::Withdrawn => "LOT_WITHDRAWN",
            Self::NotComparable => "NOT_COMPARABLE",
        }
    }

    /// The fault with that code.
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|fault| fault.code() == code)
    }

    /// What it says, in English and Chinese.
    pub const fn says(self) -> (&'static str, &'static str) {
        match self {
            Self::ProductUnknown => ("The round has no such product.", "本轮无此产品。"),
            Self::ProductOfAnother => ("The product is another firm's.", "该产品属于其他企业。"),
            Self::ProductNotQualified => {
                ("The product was not qualified before the opening.", "该产品在开标前未通过资格审核。")
            }
            Self::Withdrawn => {
                ("A correction withdrew the lot or specification.", "该竞价单元或规格已被更正公告撤销。")
            }
            Self::NotComparable => ("The rule set cannot compare this line.", "该行报价无法按本轮规则比较。"),
        }
    }
}

/// A line of a bid with what becomes of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct JudgedLine {
    /// The bid.
    pub bid: BidId,
    /// Whose it is.
    pub bidder: OrganizationId,
    /// Its place in the bid, from 0.
    pub position: usize,
    /// What it offers.
    pub offered: OfferedLine,
    /// Where it counts, or why not.
    pub outcome: Result<Counted, LineFault>,
}

/// A line that counts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Counted {
    /// The lot.
    pub lot: LotId,
    /// The product.
    pub product: RoundProductId,
    /// As the selection reads it.
    pub bid: Bid,
}

/// The input of the selection.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Assembled {
    /// The lots with their bids and demand, in the order of the announcement.
    pub lots: Vec<(LotId, Lot)>,
    /// Every line of every opened bid.
    pub lines: Vec<JudgedLine>,
}

/// Puts a round together. It cannot fail because of a bid: a line that cannot be compared is void.
/// Errors: the faults of the demand or of the announcement, which nobody but the platform can have caused.
pub fn put_together(case: &Case<'_>) -> Result<Assembled, Vec<RowError>> {
    let mut lines = judge(case);
    loop {
        match assemble(case.rules, rows(case, &lines)) {
            Ok(lots) => {
                let ids = case.lots.iter().map(|lot| lot.id);
                return Ok(Assembled { lots: ids.zip(lots).collect(), lines });
            }
            Err(errors) => {
                let faulty: BTreeSet<u64> =
                    errors.iter().filter(|error| error.table == Table::Bids).map(|error| error.row).collect();
                if faulty.is_empty() {
                    return Err(errors);
                }
                let counted =
                    lines.iter_mut().filter(|line| line.row().is_some_and(|row| faulty.contains(&row)));
                counted.for_each(|line| line.outcome = Err(LineFault::NotComparable));
            }
        }
    }
}

impl JudgedLine {
    fn row(&self) -> Option<u64> {
        self.outcome.as_ref().ok().map(|counted| counted.bid.row)
    }
}

fn judge(case: &Case<'_>) -> Vec<JudgedLine> {
    let labels = Labels::of(case);
    let products: BTreeMap<RoundProductId, &Product> =
        case.products.iter().map(|product| (product.id, product)).collect();
    let specs = specs(case.lots);
    let lines = case.bids.iter().flat_map(|bid| bid.lines.iter().enumerate().map(move |line| (bid, line)));
    let judged = lines.zip(1..).map(|((bid, (position, offered)), row)| {
        let outcome = RoundProductId::parse(&offered.product)
            .ok()
            .and_then(|id| products.get(&id).copied())
            .ok_or(LineFault::ProductUnknown)
            .and_then(|product| Ok((product, spec_of(&specs, bid, product)?)))
            .map(|(product, spec)| Counted {
                lot: product.lot,
                product: product.id,
                bid: labels.bid(case.rules, (row, product, spec), offered),
            });
        JudgedLine { bid: bid.bid, bidder: bid.bidder, position, offered: offered.clone(), outcome }
    });
    judged.collect()
}

fn specs(lots: &[AnnouncedLot]) -> BTreeMap<(LotId, SpecId), &Spec> {
    lots.iter().flat_map(|lot| lot.specs.iter().map(|spec| ((lot.id, spec.id), spec))).collect()
}

fn spec_of<'s>(
    specs: &BTreeMap<(LotId, SpecId), &'s Spec>,
    bid: &OpenedBid,
    product: &Product,
) -> Result<&'s Spec, LineFault> {
    if product.applicant != bid.bidder {
        return Err(LineFault::ProductOfAnother);
    }
    if !product.qualified {
        return Err(LineFault::ProductNotQualified);
    }
    specs.get(&(product.lot, product.spec)).copied().ok_or(LineFault::Withdrawn)
}

fn rows(case: &Case<'_>, lines: &[JudgedLine]) -> Rows {
    let names: BTreeMap<LotId, Name> =
        case.lots.iter().map(|lot| (lot.id, Name::from(lot.name.as_str()))).collect();
    let lots = case.lots.iter().zip(1..).map(|(lot, row)| (row, announced(lot)));
    let bids = lines.iter().filter_map(|line| line.outcome.as_ref().ok());
    let bids = bids.filter_map(|counted| {
        Some(OfLot { lot: names.get(&counted.lot)?.clone(), row: counted.bid.clone() })
    });
    Rows {
        lots: Some(lots.collect()),
        bids: bids.collect(),
        demand: demand(case, &names),
        preferences: Vec::new(),
    }
}

/// A lot as it was announced, without bids and demand.
pub fn announced(lot: &AnnouncedLot) -> Lot {
    Lot {
        representative_content: lot.representative().and_then(|spec| spec.content),
        form: lot.form,
        volume_class: lot.volume_class.as_ref().map(|class| Name::from(class.as_str())),
        cap: lot.cap.map(u64::from),
        ..Lot::named(lot.name.as_str().into())
    }
}

/// The demand of each lot by region, brand and content. A brand that nobody bids with follows nobody, but keeps its firm's name.
fn demand(case: &Case<'_>, names: &BTreeMap<LotId, Name>) -> Vec<OfLot<Demand>> {
    let labels = Labels::of(case);
    let specs = specs(case.lots);
    let mut totals: BTreeMap<(LotId, Name, Option<RoundProductId>, Option<Decimal>), u64> = BTreeMap::new();
    for reported in case.demand {
        let Some(spec) = specs.get(&(reported.lot, reported.spec)) else { continue };
        let region = labels.region(&reported.region);
        let key = (reported.lot, region, reported.product, spec.content);
        let total = totals.entry(key).or_default();
        *total = total.saturating_add(reported.volume);
    }
    let rows = totals.into_iter().zip(1..).filter_map(|(((lot, region, product, content), volume), row)| {
        let (bidder, product) = product.and_then(|product| labels.brand(product)).unzip();
        Some(OfLot {
            lot: names.get(&lot)?.clone(),
            row: Demand { row, region, volume, bidder, product, content },
        })
    });
    rows.collect()
}

/// The values of the rule set's extra columns; what is not there, or cannot be read, is not known.
fn extra(columns: &[Column], facts: &BTreeMap<String, String>) -> Vec<Option<Decimal>> {
    let value = |column: &Column| {
        let text = facts.get(&column.name)?;
        match column.kind {
            ColumnKind::Number => parse_number(text).ok(),
            ColumnKind::Date => parse_date(text).ok(),
            ColumnKind::Flag => {
                parse_flag(text).ok().map(|yes| if yes { Decimal::ONE } else { Decimal::ZERO })
            }
            ColumnKind::Price => parse_positive(text).ok(),
        }
    };
    columns.iter().map(value).collect()
}
