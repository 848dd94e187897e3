//! The input of a selection: lots with their bids, demand and preferences; and their assembly from parsed rows, which finds
//! every fault that lies between rows.
use std::collections::{BTreeMap, BTreeSet, HashMap};

use rust_decimal::Decimal;

use crate::exact::Exact;

use super::rules::{ColumnId, Comparable, RuleSet};
use super::supply::Phase;
use super::values::{Form, Name};

/// Units of the representative content that one lot may have in all.
const LOT_VOLUME_MAX: u64 = 1_000_000_000_000_000_000;

/// A bid of one product for one lot (申报).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bid {
    /// Row of the input, for messages.
    pub row: u64,
    /// The bidder 申报企业.
    pub bidder: Name,
    /// Firms under common control share a group; without one, the bidder stands for itself.
    pub group: Option<Name>,
    /// Product, where a bidder has several.
    pub product: Option<Name>,
    /// Price of one pack, tax included.
    pub price: Decimal,
    /// Smallest units in the pack.
    pub units: u64,
    /// Content (含量) of one unit; `None` is the representative content.
    pub content: Option<Decimal>,
    /// Maximum valid bid (最高有效申报价) per unit of this content.
    pub ceiling: Option<Decimal>,
    /// Volume that hospitals reported for this brand, in smallest units of this content.
    pub brand_volume: Option<u64>,
    /// Its place in the order that was drawn or set on site (抽签/现场确认) among tied bids, 1 first.
    pub tie_order: Option<u64>,
    /// Values of the rule set's extra columns: numbers as they are, dates as YYYYMMDD, yes as 1, no as 0.
    pub extra: Vec<Option<Decimal>>,
}

impl Bid {
    /// The group that competes: the bidder itself where none is named.
    pub fn group_name(&self) -> &Name {
        self.group.as_ref().unwrap_or(&self.bidder)
    }

    /// The value of an extra column.
    pub fn extra(&self, column: ColumnId) -> Option<Decimal> {
        self.extra.get(column.0).copied().flatten()
    }

    /// Whether a yes/no column says yes.
    pub fn says_yes(&self, column: ColumnId) -> bool {
        self.extra(column) == Some(Decimal::ONE)
    }
}

/// Reported demand (报量) of one region, in smallest units of its content.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Demand {
    /// Row of the input, for messages.
    pub row: u64,
    /// The region.
    pub region: Name,
    /// Smallest units.
    pub volume: u64,
    /// The brand it was reported for; `None` is by generic name.
    pub bidder: Option<Name>,
    /// The brand's product.
    pub product: Option<Name>,
    /// Content; `None` is the representative content.
    pub content: Option<Decimal>,
}

/// One place in a firm's list of regions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Preference {
    /// Row of the input, for messages.
    pub row: u64,
    /// The firm.
    pub bidder: Name,
    /// The region.
    pub region: Name,
    /// Place in the list, 1 first.
    pub order: u64,
    /// What it is for; none is for everything.
    pub phase: Option<Phase>,
}

/// A lot (品种 / 竞价单元): what competes with each other.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lot {
    /// Its name.
    pub name: Name,
    /// Representative content (代表品规).
    pub representative_content: Option<Decimal>,
    /// Dosage form class.
    pub form: Form,
    /// Volume class, where the lot names one.
    pub volume_class: Option<Name>,
    /// Its own cap, before the rule set's table.
    pub cap: Option<u64>,
    /// The bids.
    pub bids: Vec<Bid>,
    /// The demand.
    pub demand: Vec<Demand>,
    /// The firms' preferences, by bidder, purpose and place.
    pub preferences: Vec<Preference>,
}

impl Lot {
    /// A reported volume in units of the representative content: volume × content / representative, linear, exact. Where either content
    /// is not known they are the same (`backend/domain/rules/README.md` section 12).
    pub fn in_representative_units(&self, volume: u64, content: Option<Decimal>) -> Exact {
        let volume = Exact::from(volume);
        let differing = content
            .zip(self.representative_content)
            .filter(|(content, representative)| content != representative);
        let ratio = differing.and_then(|(content, representative)| {
            Exact::from(content).checked_div(&Exact::from(representative))
        });
        ratio.map_or_else(|| volume.clone(), |ratio| &volume * &ratio)
    }

    /// A lot without bids and demand.
    pub fn named(name: Name) -> Self {
        Self {
            name,
            representative_content: None,
            form: Form::default(),
            volume_class: None,
            cap: None,
            bids: Vec::new(),
            demand: Vec::new(),
            preferences: Vec::new(),
        }
    }
}

/// A row with the lot it names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OfLot<T> {
    /// The lot.
    pub lot: Name,
    /// The row.
    pub row: T,
}

/// The parsed rows of a round's four tables.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Rows {
    /// Lots with their row; `None` where no lots were given: then the bids name them.
    pub lots: Option<Vec<(u64, Lot)>>,
    /// Bids.
    pub bids: Vec<OfLot<Bid>>,
    /// Demand.
    pub demand: Vec<OfLot<Demand>>,
    /// Preferences.
    pub preferences: Vec<OfLot<Preference>>,
}

/// Which table a fault is in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Table {
    /// Bids.
    Bids,
    /// Lots.
    Lots,
    /// Demand.
    Demand,
    /// Preferences.
    Preferences,
}

/// A fault between rows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RowError {
    /// The table.
    pub table: Table,
    /// The row.
    pub row: u64,
    /// The column.
    pub column: &'static str,
    /// What is there.
    pub value: String,
    /// What is wrong.
    pub kind: RowErrorKind,
}

/// What is wrong between rows. Codes are stable.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RowErrorKind {
    /// The same lot is given twice.
    DuplicateLot,
    /// The same bidder bids twice with the same product and content.
    DuplicateBid,
    /// A bidder is in two groups.
    TwoGroups,
    /// No such lot.
    UnknownLot,
    /// The rule set has no such volume class; the ones it has.
    UnknownClass(Vec<String>),
    /// Contents differ, and the lot has no representative content.
    NoRepresentative,
    /// The rule set prints no ratio for this content; the ones it prints.
    UnlistedContent(Vec<String>),
    /// The lot's volume is more than a round can have.
    VolumeTooLarge,
    /// The bidder has no bid in the lot.
    NotABidder,
    /// The lot's demand does not name this region.
    UnknownRegion,
    /// The same region or place twice in a list.
    DuplicatePreference,
    /// The lot's demand does not name this content.
    UnknownContent,
    /// The firm was not selected in the lot.
    NotSelected,
}

impl RowErrorKind {
    /// The stable code.
    pub fn code(&self) -> &'static str {
        match self {
            Self::DuplicateLot => "LOT_DUPLICATE",
            Self::DuplicateBid => "BID_DUPLICATE",
            Self::TwoGroups => "GROUP_CONTRADICTORY",
            Self::UnknownLot => "LOT_UNKNOWN",
            Self::UnknownClass(_) => "VOLUME_CLASS_UNKNOWN",
            Self::NoRepresentative => "REPRESENTATIVE_CONTENT_MISSING",
            Self::UnlistedContent(_) => "CONTENT_NOT_LISTED",
            Self::VolumeTooLarge => "VOLUME_TOO_LARGE",
            Self::NotABidder => "BIDDER_UNKNOWN",
            Self::UnknownRegion => "REGION_UNKNOWN",
            Self::DuplicatePreference => "PREFERENCE_DUPLICATE",
            Self::UnknownContent => "CONTENT_UNKNOWN",
            Self::NotSelected => "PREFERENCE_OF_UNSELECTED",
        }
    }

    /// What was expected, in English and Chinese.
    pub fn expected(&self) -> (String, String) {
        let texts = |en: &str, zh: &str| (en.to_owned(), zh.to_owned());
        match self {
            Self::DuplicateLot => texts("each lot once", "每个竞价单元只出现一次"),
            Self::DuplicateBid => texts(
                "one bid per lot, bidder, product and content",
                "同一竞价单元、企业、产品和含量只有一条申报",
            ),
            Self::TwoGroups => texts(
                "the same group in every bid of a bidder in a lot",
                "同一企业在同一竞价单元内的集团一致",
            ),
            Self::UnknownLot => texts("a lot of this round", "本轮的竞价单元"),
            Self::UnknownClass(known) => {
                let known = known.join(", ");
                (format!("a volume class of the rule set: {known}"), format!("规则集中的采购量类别：{known}"))
            }
            Self::NoRepresentative => texts(
                "the lot's representative_content, because contents differ",
                "含量不同，须给出该竞价单元的代表品规含量 representative_content",
            ),
            Self::UnlistedContent(known) => {
                let known = known.join(", ");
                (format!("a content the rule set lists: {known}"), format!("规则集列出的含量：{known}"))
            }
            Self::VolumeTooLarge => texts(
                "at most 1000000000000000000 units of the representative content in one lot",
                "每个竞价单元折算为代表品规后不超过 1000000000000000000 单位",
            ),
            Self::NotABidder => texts("a firm that bids for this lot", "对该竞价单元申报的企业"),
            Self::UnknownRegion => texts("a region that the lot's demand names", "该竞价单元报量中的地区"),
            Self::DuplicatePreference => {
                texts("each region and each place once in a firm's list", "同一企业的地区和序号不得重复")
            }
            Self::UnknownContent => texts("a content that the lot's demand names", "该竞价单元报量中的含量"),
            Self::NotSelected => texts("a firm that is selected in this lot", "在该竞价单元中选的企业"),
        }
    }
}

/// Puts the rows of a round together. Lots keep the order of their rows, or of their first bid.
/// Errors: every fault between the rows at once.
pub fn assemble(rules: &RuleSet, rows: Rows) -> Result<Vec<Lot>, Vec<RowError>> {
    let mut round = Assembly::default();
    match rows.lots {
        Some(lots) => lots.into_iter().for_each(|(row, lot)| round.add_lot(row, lot)),
        None => rows.bids.iter().for_each(|bid| round.name_lot(&bid.lot)),
    }
    rows.bids.into_iter().for_each(|bid| round.add_bid(bid));
    rows.demand.into_iter().for_each(|demand| round.add_demand(demand));
    rows.preferences.into_iter().for_each(|preference| round.add_preference(preference));
    let Assembly { mut lots, mut errors, lot_rows, .. } = round;
    for (lot, row) in lots.iter_mut().zip(lot_rows) {
        settle_contents(lot);
        check_lot(rules, lot, row, &mut errors);
        lot.preferences.sort_by(|a, b| (&a.bidder, a.phase, a.order).cmp(&(&b.bidder, b.phase, b.order)));
    }
    errors.sort_by_key(|error| (error.table, error.row));
    if errors.is_empty() { Ok(lots) } else { Err(errors) }
}

#[derive(Default)]
struct Assembly {
    lots: Vec<Lot>,
    lot_rows: Vec<u64>,
    by_name: HashMap<Name, usize>,
    errors: Vec<RowError>,
}

impl Assembly {
    fn add_lot(&mut self, row: u64, lot: Lot) {
        if self.by_name.contains_key(&lot.name) {
            return self.lot_error(Table::Lots, row, &lot.name, RowErrorKind::DuplicateLot);
        }
        self.by_name.insert(lot.name.clone(), self.lots.len());
        self.lots.push(lot);
        self.lot_rows.push(row);
    }

    fn name_lot(&mut self, name: &Name) {
        if !self.by_name.contains_key(name) {
            self.add_lot(0, Lot::named(name.clone()));
        }
    }

    fn lot(&mut self, table: Table, row: u64, name: &Name) -> Option<&mut Lot> {
        match self.by_name.get(name) {
            Some(&position) => self.lots.get_mut(position),
            None => {
                self.lot_error(table, row, name, RowErrorKind::UnknownLot);
                None
            }
        }
    }

    fn add_bid(&mut self, OfLot { lot, row }: OfLot<Bid>) {
        if let Some(lot) = self.lot(Table::Bids, row.row, &lot) {
            lot.bids.push(row);
        }
    }

    fn add_demand(&mut self, OfLot { lot, row }: OfLot<Demand>) {
        if let Some(lot) = self.lot(Table::Demand, row.row, &lot) {
            lot.demand.push(row);
        }
    }

    fn add_preference(&mut self, OfLot { lot, row }: OfLot<Preference>) {
        if let Some(lot) = self.lot(Table::Preferences, row.row, &lot) {
            lot.preferences.push(row);
        }
    }

    fn lot_error(&mut self, table: Table, row: u64, lot: &str, kind: RowErrorKind) {
        self.errors.push(RowError { table, row, column: "lot", value: lot.to_owned(), kind });
    }
}

/// Where the lot names no representative content and all stated contents are one, that one is it.
fn settle_contents(lot: &mut Lot) {
    if lot.representative_content.is_none() {
        let mut stated = lot.bids.iter().filter_map(|bid| bid.content);
        let stated = stated.by_ref().chain(lot.demand.iter().filter_map(|demand| demand.content));
        let contents: BTreeSet<Decimal> = stated.collect();
        if contents.len() == 1 {
            lot.representative_content = contents.into_iter().next();
        }
    }
}

fn check_lot(rules: &RuleSet, lot: &Lot, row: u64, errors: &mut Vec<RowError>) {
    check_class(rules, lot, row, errors);
    check_bids(lot, errors);
    check_contents(rules, lot, errors);
    check_volume(lot, errors);
    check_preferences(lot, errors);
}

fn check_class(rules: &RuleSet, lot: &Lot, row: u64, errors: &mut Vec<RowError>) {
    let Some(class) = &lot.volume_class else { return };
    if rules.share_class(Some(class), &lot.name).is_none() {
        let known = rules.shares.iter().map(|class| class.name.clone()).collect();
        let kind = RowErrorKind::UnknownClass(known);
        errors.push(RowError {
            table: Table::Lots,
            row,
            column: "volume_class",
            value: class.to_string(),
            kind,
        });
    }
}

fn check_bids(lot: &Lot, errors: &mut Vec<RowError>) {
    let mut seen = BTreeSet::new();
    let mut groups: BTreeMap<&Name, &Name> = BTreeMap::new();
    for bid in &lot.bids {
        let mut error = |column, value: &Name, kind| {
            errors.push(RowError {
                table: Table::Bids,
                row: bid.row,
                column,
                value: value.to_string(),
                kind,
            });
        };
        let content = bid.content.or(lot.representative_content);
        if !seen.insert((&bid.bidder, &bid.product, content)) {
            error("bidder", &bid.bidder, RowErrorKind::DuplicateBid);
        }
        if *groups.entry(&bid.bidder).or_insert(bid.group_name()) != bid.group_name() {
            error("group", bid.group_name(), RowErrorKind::TwoGroups);
        }
    }
}

fn check_contents(rules: &RuleSet, lot: &Lot, errors: &mut Vec<RowError>) {
    let bids = lot.bids.iter().map(|bid| (Table::Bids, bid.row, bid.content));
    let demand = lot.demand.iter().map(|demand| (Table::Demand, demand.row, demand.content));
    for (table, row, content) in bids.chain(demand) {
        let Some(content) = content else { continue };
        let listed_ratios = matches!(rules.comparable, Comparable::Ratios(_)) && table == Table::Bids;
        let kind = match &rules.comparable {
            _ if lot.representative_content.is_none() && !listed_ratios => RowErrorKind::NoRepresentative,
            Comparable::Ratios(listed) if !listed.iter().any(|(known, _)| *known == content) => {
                RowErrorKind::UnlistedContent(listed.iter().map(|(known, _)| known.to_string()).collect())
            }
            Comparable::Same | Comparable::Power(_) | Comparable::Ratios(_) => continue,
        };
        errors.push(RowError { table, row, column: "content", value: content.to_string(), kind });
    }
}

/// A lot's volume, converted, stays far below what a whole number holds.
fn check_volume(lot: &Lot, errors: &mut Vec<RowError>) {
    let demand = lot.demand.iter().map(|row| (Table::Demand, row.row, "volume", row.volume, row.content));
    let bids = lot
        .bids
        .iter()
        .filter_map(|bid| Some((Table::Bids, bid.row, "brand_volume", bid.brand_volume?, bid.content)));
    let most = Exact::from(LOT_VOLUME_MAX);
    for rows in [demand.collect::<Vec<_>>(), bids.collect()] {
        let mut total = Exact::zero();
        for (table, row, column, volume, content) in rows {
            total = &total + &lot.in_representative_units(volume, content);
            if total > most {
                let kind = RowErrorKind::VolumeTooLarge;
                errors.push(RowError { table, row, column, value: volume.to_string(), kind });
                break;
            }
        }
    }
}

fn check_preferences(lot: &Lot, errors: &mut Vec<RowError>) {
    if lot.preferences.is_empty() {
        return;
    }
    let bidders: BTreeSet<&Name> = lot.bids.iter().map(|bid| &bid.bidder).collect();
    let regions: BTreeSet<&Name> = lot.demand.iter().map(|demand| &demand.region).collect();
    let contents: BTreeSet<Decimal> = lot.demand.iter().filter_map(|demand| demand.content).collect();
    let mut places = BTreeSet::new();
    let mut named = BTreeSet::new();
    for preference in &lot.preferences {
        let mut error = |column, value: String, kind| {
            errors.push(RowError { table: Table::Preferences, row: preference.row, column, value, kind });
        };
        if !bidders.contains(&preference.bidder) {
            error("bidder", preference.bidder.to_string(), RowErrorKind::NotABidder);
        }
        if !regions.contains(&preference.region) {
            error("region", preference.region.to_string(), RowErrorKind::UnknownRegion);
        }
        if let Some(content) = preference.phase.and_then(Phase::content).filter(|one| !contents.contains(one))
        {
            error("for", content.to_string(), RowErrorKind::UnknownContent);
        }
        if !places.insert((&preference.bidder, preference.phase, preference.order)) {
            error("order", preference.order.to_string(), RowErrorKind::DuplicatePreference);
        }
        if !named.insert((&preference.bidder, preference.phase, &preference.region)) {
            error("region", preference.region.to_string(), RowErrorKind::DuplicatePreference);
        }
    }
}
