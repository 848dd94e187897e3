//! Rule sets (规则集): every number of a round as data with its source. The file format and the meaning of each key are in
//! `backend/domain/rules/README.md`.
pub(crate) mod file;
mod presets;
pub(crate) mod reader;
mod succession;

use rust_decimal::Decimal;

pub use file::{parse, parse_head, parse_relation, parse_with};
pub use presets::{PRESETS, Preset, RELATION, SUCCESSION, preset, relation_preset, succession_preset};
pub use reader::{Override, RuleProblem};
pub use succession::{PriceRule, Rating, SanctionRule, Step, SuccessionRules, Take, parse_succession};

use crate::exact::Exact;
use crate::procurement::values::{Form, ValueError, parse_date, parse_flag, parse_number, parse_positive};

/// How sure a number is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Confidence {
    /// A published text states it.
    Sourced,
    /// Known from memory of the field.
    Recalled,
    /// Our reading where the field is silent.
    Assumed,
    /// Set by the caller in place of the file's number.
    Given,
}

impl Confidence {
    /// As written in files and results.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Sourced => "sourced",
            Self::Recalled => "recalled",
            Self::Assumed => "assumed",
            Self::Given => "given",
        }
    }
}

/// One number or choice of a rule set (条款) with its origin.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Provision {
    /// Dotted path of the key in the file, as `--set` takes it.
    pub key: String,
    /// The value as written.
    pub value: String,
    /// Where it comes from.
    pub source: String,
    /// How sure it is.
    pub confidence: Confidence,
}

/// Position of a [`Provision`] in its rule set; below 128.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct ProvisionId(pub(crate) u8);

/// The provisions that a decision consulted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Consulted(u128);

impl Consulted {
    /// Adds one provision.
    pub(crate) fn add(&mut self, provision: ProvisionId) {
        self.0 |= 1u128.checked_shl(u32::from(provision.0)).unwrap_or(0);
    }

    /// Adds all of another set.
    pub fn merge(&mut self, other: Self) {
        self.0 |= other.0;
    }

    /// Whether a provision is in the set.
    pub fn contains(self, provision: ProvisionId) -> bool {
        self.0 & 1u128.checked_shl(u32::from(provision.0)).unwrap_or(0) != 0
    }
}

/// A number of a rule set: an exact ratio with its provision.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Number {
    /// The value; unit and scale are those of the key.
    pub value: Exact,
    pub(crate) provision: ProvisionId,
}

/// A whole number of a rule set with its provision.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Count {
    /// The value.
    pub value: u64,
    pub(crate) provision: ProvisionId,
}

/// A table by count: each entry holds from its key upward.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StepTable<T>(pub(crate) Vec<(u64, T)>);

impl<T> StepTable<T> {
    /// The entry for a count: the one with the largest key not above it.
    pub fn at(&self, count: u64) -> Option<&T> {
        self.0.iter().rev().find(|(from, _)| *from <= count).map(|(_, entry)| entry)
    }
}

/// An extra column of the bids that a rule set reads.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Column {
    /// Header in the file.
    pub name: String,
    /// What its values are.
    pub kind: ColumnKind,
    /// Whether the file must have it.
    pub required: bool,
}

/// What an extra column holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ColumnKind {
    /// Any number.
    Number,
    /// A date, held as the number YYYYMMDD.
    Date,
    /// Yes or no, held as 1 or 0.
    Flag,
    /// A price above zero.
    Price,
}

impl ColumnKind {
    /// Reads a value: dates become the number YYYYMMDD, yes 1 and no 0. Errors: what the kind's parser refuses.
    pub fn read(self, text: &str) -> Result<Decimal, ValueError> {
        match self {
            Self::Number => parse_number(text),
            Self::Date => parse_date(text),
            Self::Flag => parse_flag(text).map(|yes| if yes { Decimal::ONE } else { Decimal::ZERO }),
            Self::Price => parse_positive(text),
        }
    }
}

/// Position of a [`Column`] in its rule set and in a bid's extra values.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ColumnId(pub(crate) usize);

/// How prices of different contents are compared (单位可比价).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Comparable {
    /// K = 1: contents do not differ.
    Same,
    /// K = base ^ log2(content ratio).
    Power(Number),
    /// A printed list of contents with their K.
    Ratios(Vec<(Decimal, Number)>),
}

/// One key that orders bids of equal price.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TieKey {
    /// The column that holds it.
    pub column: ColumnId,
    /// Whether the largest value comes first.
    pub highest_first: bool,
    pub(crate) provision: ProvisionId,
}

/// What takes a place in the shortlist.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Competes {
    /// A group of firms under common control.
    Bidder,
    /// Each product.
    Product,
}

/// How many are shortlisted (入围).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cap {
    /// Table by the number of qualified bidders that bid; without one, nothing bounds the list.
    pub by_bidders: Option<StepTable<Count>>,
    /// At most this many products of one group.
    pub per_group: Option<Count>,
}

/// The price against which the fuse is measured (锚点价).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Anchor {
    /// The lowest shortlisted price.
    Lowest,
    /// The larger of the lowest and factor × mean.
    HalfMean(Number),
    /// The larger of the lowest and mean − deviations × standard deviation.
    MeanLessDeviation(Number),
}

/// The tests of which a shortlisted bid must pass any one.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tests {
    /// At most this multiple of the anchor (熔断).
    pub fuse: Option<Number>,
    /// A cut from the ceiling of at least this share (降幅).
    pub cut: Option<Number>,
    /// An absolute floor by form, yuan per unit.
    pub floor: Vec<(Form, Number)>,
    /// A printed reference price.
    pub reference: Option<Number>,
    /// A printed price per bid.
    pub printed: Option<ColumnId>,
}

impl Tests {
    /// Whether there is no test: then every shortlisted bid is selected.
    pub fn is_empty(&self) -> bool {
        self.fuse.is_none()
            && self.cut.is_none()
            && self.floor.is_empty()
            && self.reference.is_none()
            && self.printed.is_none()
    }
}

/// What the price of a revived sole survivor is a multiple of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SoleOf {
    /// The one passing price.
    Price,
    /// The anchor.
    Anchor,
}

/// Ways back for a bid that failed (复活).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Revival {
    /// For shortlisted bids that failed the tests: the sole multiple and what it multiplies.
    pub shortlisted: Option<(Number, SoleOf)>,
    /// For bids outside the cap with this multiple of the mean reported brand volume.
    pub brand: Option<Number>,
    /// For reference products outside the cap, without volume.
    pub reference: Option<ColumnId>,
    /// For bids at or under their former selected price.
    pub former: Option<ColumnId>,
}

/// The A/B units of consumable rounds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Units {
    /// Share of the volume that A covers first.
    pub cumulative: Number,
    /// Groups to which A is filled.
    pub fill_to: Count,
    /// Yes/no columns, each with the lots it applies to (none = every lot).
    pub conditions: Vec<(ColumnId, Vec<String>)>,
}

/// The second step of the 4+7 pilot.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SecondStep {
    /// Lots selected at once.
    pub at_once: Count,
    /// Lots with at least this many groups set the minimum cut.
    pub minimum_from_bidders: Count,
    /// Column of the negotiated pack price.
    pub column: Option<ColumnId>,
}

/// Volume shares of the insulin-type classes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClassShares {
    /// Class A, rank 1.
    pub a1: Number,
    /// Class A.
    pub a: Number,
    /// Class B.
    pub b: Number,
    /// Class C.
    pub c: Number,
}

/// A volume class and its shares by number selected.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ShareClass {
    /// Name, as in the lots' `volume_class`.
    pub name: String,
    /// Shares by number selected.
    pub table: StepTable<Number>,
    /// Lots that belong to it by name.
    pub lots: Vec<String>,
}

/// The class of lots that name none and are in no list.
pub const STANDARD_CLASS: &str = "standard";

/// How long the contracts run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PeriodRule {
    /// Months by number selected.
    pub months: Option<StepTable<Count>>,
    /// Months by number selected of the volume classes that have their own.
    pub classes: Vec<(String, StepTable<Count>)>,
    /// A fixed last day.
    pub until: Option<(String, ProvisionId)>,
    /// Listed lots with their own months.
    pub listed: Vec<(Count, Vec<String>)>,
}

/// Supply-region selection (供应地区确认).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Regions {
    /// Regions the first firm takes before the turns.
    pub first_pick: Count,
    /// Whether backup regions are chosen.
    pub backup: bool,
    pub(crate) backup_provision: ProvisionId,
}

/// Whose the reported volume is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum VolumeMethod {
    /// A brand's volume follows it; the rest goes to the region's main supplier.
    Regions(ProvisionId),
    /// Each product has its own; the rest is spread in proportion or left.
    Own {
        /// Whether the volume of the unselected is spread over the selected.
        reassign: bool,
        /// The provision of `reassign`.
        provision: ProvisionId,
    },
}

/// What an unknown rule keeps the engine from deciding.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Blocks {
    /// Nobody can be selected.
    Selection,
    /// Nobody can be rejected for good.
    Rejection,
    /// No volume can be given.
    Volume,
}

/// A rule that no source states.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnknownRule {
    /// Its name.
    pub rule: String,
    /// What it blocks.
    pub blocks: Blocks,
    /// In English.
    pub text_en: String,
    /// In Chinese.
    pub text_zh: String,
}

/// What the public may see of a round.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Disclosure {
    /// Selected prices.
    pub selected_prices: bool,
    /// Bids that were not selected.
    pub losing_bids: bool,
}

/// Who a rule set is for, and when.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Head {
    /// Stable id.
    pub id: String,
    /// Version of the file.
    pub version: String,
    /// Title in English.
    pub title_en: String,
    /// Title in Chinese.
    pub title_zh: String,
    /// Region or alliance.
    pub jurisdiction: String,
    /// First day.
    pub valid_from: String,
    /// Last day, where one is known.
    pub valid_to: Option<String>,
}

/// The bases of the price relation (差比价).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RelationRules {
    /// Who and when.
    pub head: Head,
    /// Every number with its origin.
    pub provisions: Vec<Provision>,
    /// For the content ratio.
    pub content_base: Number,
    /// For the ratio of units in the pack.
    pub pack_base: Number,
    /// For the fill volume ratio.
    pub volume_base: Number,
    /// Decimals of the result.
    pub decimals: Count,
}

/// The rules of one round.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RuleSet {
    /// Who and when.
    pub head: Head,
    /// What is disclosed.
    pub disclosure: Disclosure,
    /// Every number and choice with its origin; [`ProvisionId`] is the position.
    pub provisions: Vec<Provision>,
    /// Extra columns of the bids.
    pub columns: Vec<Column>,
    /// Section 1.
    pub comparable: Comparable,
    /// Section 3.
    pub ties: Vec<TieKey>,
    /// Section 3.
    pub competes: Competes,
    /// Section 4.
    pub units: Option<Units>,
    /// Section 5: deviations below the mean.
    pub zero_volume: Option<Number>,
    /// Section 6.
    pub cap: Option<Cap>,
    /// Section 7, with its provision where the file has the section.
    pub anchor: (Anchor, Option<ProvisionId>),
    /// Section 7.
    pub tests: Tests,
    /// Section 7: ranks exempt from the exclusion of the highest bid.
    pub highest_excluded: Option<Count>,
    /// Section 8.
    pub revival: Revival,
    /// Section 9.
    pub second_step: Option<SecondStep>,
    /// Section 10.
    pub classes: Option<ClassShares>,
    /// Section 11.
    pub shares: Vec<ShareClass>,
    /// Section 11.
    pub period: Option<PeriodRule>,
    /// Section 12.
    pub regions: Option<Regions>,
    /// Section 12.
    pub volume: VolumeMethod,
    /// Section 13.
    pub unknown: Vec<UnknownRule>,
}

impl RuleSet {
    /// Whether reported brand volumes decide something, so that the bids must state them.
    pub fn needs_brand_volume(&self) -> bool {
        self.units.is_some()
    }

    /// The consulted provisions that are not sourced.
    pub fn uncertain(&self, consulted: Consulted) -> impl Iterator<Item = &Provision> {
        uncertain(&self.provisions, consulted)
    }

    /// The share class of a lot by its `volume_class`, else by name, else `standard`.
    pub fn share_class(&self, volume_class: Option<&str>, lot: &str) -> Option<&ShareClass> {
        let named = |name: &str| self.shares.iter().find(|class| class.name == name);
        match volume_class {
            Some(class) => named(class),
            None => self
                .shares
                .iter()
                .find(|class| class.lots.iter().any(|listed| listed == lot))
                .or_else(|| named(STANDARD_CLASS)),
        }
    }

    /// The unknown rules that block a step.
    pub fn unknown_for(&self, blocks: Blocks) -> impl Iterator<Item = &UnknownRule> {
        self.unknown.iter().filter(move |rule| rule.blocks == blocks)
    }
}

/// The consulted provisions of a file that are not sourced.
fn uncertain(provisions: &[Provision], consulted: Consulted) -> impl Iterator<Item = &Provision> {
    provisions.iter().enumerate().filter_map(move |(position, provision)| {
        let id = ProvisionId(u8::try_from(position).ok()?);
        (consulted.contains(id) && provision.confidence != Confidence::Sourced).then_some(provision)
    })
}
