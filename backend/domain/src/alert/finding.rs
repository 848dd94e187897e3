//! What a monitor finds, and the alert that it becomes.
use std::collections::{BTreeMap, BTreeSet};

use crate::pricing::Period;
use crate::procurement::values::Name;

/// What is out of line.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// A price off by the factor of a pack: somebody has to look at the record.
    UnitError,
    /// 四同: above what other regions pay for the same product.
    Same4Gap,
    /// 三同: above what other makers' products of the group cost.
    Same3Gap,
    /// Far from the other regions.
    Outlier,
    /// Far above the median of the product's rows.
    MedianMultiple,
    /// A rise from one period to the next.
    SuddenRise,
    /// A slow shift.
    TimeShift,
    /// Above a ceiling.
    AboveCeiling,
    /// Above what a selected product may cost where its maker does not supply.
    NonSupplyProvince,
    /// Above the maker's own commitment.
    AboveCommitment,
    /// Above the contract's price.
    AboveContract,
    /// Above the basket of foreign prices.
    ForeignReference,
    /// A quantity far from the region's own.
    AbnormalVolume,
}

impl Kind {
    /// Every kind, with its name on the wire and the section of a rule file that it comes from.
    pub const ALL: &[(Self, &str, &str)] = &[
        (Self::UnitError, "UNIT_ERROR", "unit_error"),
        (Self::Same4Gap, "SAME4_GAP", "same4"),
        (Self::Same3Gap, "SAME3_GAP", "same3"),
        (Self::Outlier, "OUTLIER", "outlier"),
        (Self::MedianMultiple, "MEDIAN_MULTIPLE", "median"),
        (Self::SuddenRise, "SUDDEN_RISE", "rise"),
        (Self::TimeShift, "TIME_SHIFT", "shift"),
        (Self::AboveCeiling, "ABOVE_CEILING", "limit"),
        (Self::NonSupplyProvince, "NON_SUPPLY_PROVINCE", "non_supply"),
        (Self::AboveCommitment, "ABOVE_COMMITMENT", "limit"),
        (Self::AboveContract, "ABOVE_CONTRACT", "limit"),
        (Self::ForeignReference, "FOREIGN_REFERENCE", "foreign"),
        (Self::AbnormalVolume, "ABNORMAL_VOLUME", "volume"),
    ];

    fn entry(self) -> Option<&'static (Self, &'static str, &'static str)> {
        Self::ALL.iter().find(|(kind, ..)| *kind == self)
    }

    /// The stable name.
    pub fn name(self) -> &'static str {
        self.entry().map_or("", |(_, name, _)| name)
    }

    /// The kind of that name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.iter().find(|(_, known, _)| *known == name).map(|(kind, ..)| *kind)
    }

    /// The section of the rule file that decides.
    pub fn section(self) -> &'static str {
        self.entry().map_or("", |(.., section)| section)
    }
}

/// How grave it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// A record to check; nobody is accused.
    Ticket,
    /// High.
    Yellow,
    /// A risk.
    Red,
}

impl Severity {
    /// Each of them.
    pub const ALL: &[Self] = &[Self::Ticket, Self::Yellow, Self::Red];

    /// The one of that name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|severity| severity.name() == name)
    }

    /// The stable name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Ticket => "ticket",
            Self::Yellow => "yellow",
            Self::Red => "red",
        }
    }
}

/// A number of a finding.
#[derive(Clone, Debug, PartialEq)]
pub enum Figure {
    /// A price, exact, as decimal text.
    Price(String),
    /// A statistic or a ratio.
    Number(f64),
}

impl std::fmt::Display for Figure {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Price(text) => f.write_str(text),
            // Four places for people; programs get all of them.
            Self::Number(number) => {
                let text = format!("{number:.4}");
                f.write_str(text.trim_end_matches('0').trim_end_matches('.'))
            }
        }
    }
}

/// A row that a finding rests on.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Evidence {
    /// Its id; offline, its line.
    pub row: u64,
    /// When.
    pub period: Period,
    /// Where.
    pub region: Name,
    /// Whose.
    pub maker: Name,
    /// What.
    pub product: Name,
    /// The price as written.
    pub price: String,
}

/// One finding of one monitor about one product in one region and period.
#[derive(Clone, Debug, PartialEq)]
pub struct Finding {
    /// What.
    pub kind: Kind,
    /// Which of the monitor's tests.
    pub test: &'static str,
    /// How grave.
    pub severity: Severity,
    /// The product.
    pub product: Name,
    /// Its maker.
    pub maker: Name,
    /// Where.
    pub region: Name,
    /// When.
    pub period: Period,
    /// What was judged.
    pub value: Figure,
    /// What it was compared with.
    pub benchmark: Figure,
    /// What it was not to exceed.
    pub threshold: Figure,
    /// How many values the benchmark is of.
    pub sample: usize,
    /// The rows at fault.
    pub rows: Vec<Evidence>,
    /// Some of the rows that it was compared with.
    pub compared: Vec<Evidence>,
}

/// Findings of one kind about one product in one region: one open alert.
#[derive(Clone, Debug, PartialEq)]
pub struct Alert {
    /// The gravest finding; of several the first in time.
    pub finding: Finding,
    /// Group of the product.
    pub group: Name,
    /// The tests that found something.
    pub tests: BTreeSet<&'static str>,
    /// First and last period with a finding.
    pub periods: (Period, Period),
    /// How many findings.
    pub findings: usize,
    /// Every row at fault.
    pub rows: Vec<Evidence>,
    /// Rows that were left out of the comparison because their unit is in doubt.
    pub excluded: Vec<Evidence>,
    /// The reason in English and Chinese.
    pub reason: (String, String),
}

/// How often a monitor judged and found.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// Values judged.
    pub judged: usize,
    /// Of them found.
    pub found: usize,
    /// Values not judged because there was too little to compare with.
    pub too_few: usize,
}

impl Tally {
    /// Counts another in.
    pub fn add(&mut self, other: Self) {
        self.judged = self.judged.saturating_add(other.judged);
        self.found = self.found.saturating_add(other.found);
        self.too_few = self.too_few.saturating_add(other.too_few);
    }
}

#[expect(clippy::float_arithmetic, reason = "a share of counts")]
impl Tally {
    /// The share found of what was judged; 0 where nothing was.
    pub fn share(self) -> f64 {
        let [found, judged] =
            [self.found, self.judged].map(|count| f64::from(u32::try_from(count).unwrap_or(u32::MAX)));
        if self.judged == 0 { 0.0 } else { found / judged }
    }
}

/// Tallies by kind.
pub type Tallies = BTreeMap<Kind, Tally>;
