//! The result of a selection.
use rust_decimal::Decimal;

use super::reason::Reason;
use super::rules::Consulted;
use super::values::Name;
use crate::exact::Exact;

/// Whether a lot is decided.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LotStatus {
    /// As far as the rules are known.
    Decided,
    /// A tie that changes the outcome survives the keys: nobody is selected until it is settled.
    Tied,
    /// No bid is valid.
    NoValidBid,
}

impl LotStatus {
    /// Every status.
    pub const ALL: [Self; 3] = [Self::Decided, Self::Tied, Self::NoValidBid];

    /// The stable label, in rows and on the wire.
    pub const fn label(self) -> &'static str {
        match self {
            Self::Decided => "DECIDED",
            Self::Tied => "TIED",
            Self::NoValidBid => "NO_VALID_BID",
        }
    }

    /// The status with that label.
    pub fn from_label(label: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|status| status.label() == label)
    }

    /// As written in results.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Decided => "decided",
            Self::Tied => "tied",
            Self::NoValidBid => "no_valid_bid",
        }
    }
}

/// How long the contracts of a lot run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Period {
    /// Months from the start.
    Months(u64),
    /// A last day, YYYY-MM-DD.
    Until(String),
}

/// What became of one bid. Prices are yuan per smallest unit, tax included, exact; volumes are whole units of the representative
/// content.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BidDecision {
    /// The bidder.
    pub bidder: Name,
    /// The group it competes in: its own name where it has none.
    pub group: Name,
    /// Its product, where it has several.
    pub product: Option<Name>,
    /// Its content, where one is known.
    pub content: Option<Decimal>,
    /// Pack price over units.
    pub unit_price: Exact,
    /// The unit price at the representative content.
    pub comparable_price: Exact,
    /// 1 + the other competing units strictly ahead; `None` for a void bid.
    pub rank: Option<u64>,
    /// Not above its ceiling.
    pub valid: bool,
    /// Within the cap.
    pub shortlisted: bool,
    /// Selected 中选.
    pub selected: bool,
    /// The selected price per unit of its own content.
    pub final_price: Option<Exact>,
    /// Volume share: the fraction of the reported volume that is agreed.
    pub share: Option<Exact>,
    /// Agreed volume (约定采购量).
    pub agreed_volume: Option<u64>,
    /// Why, in the order of the rules.
    pub reasons: Vec<Reason>,
}

/// The suppliers of a region for one content.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RegionAward {
    /// The region.
    pub region: Name,
    /// The content; `None` where the demand names none.
    pub content: Option<Decimal>,
    /// Main supplier 主供企业.
    pub main: Name,
    /// Backup supplier 备供企业.
    pub backup: Option<Name>,
    /// The main supplier's agreed volume here.
    pub volume: u64,
}

/// A volume that follows its brand.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BrandVolume {
    /// The region; `None` where only a total was reported.
    pub region: Option<Name>,
    /// The content; `None` where the demand names none.
    pub content: Option<Decimal>,
    /// The selected firm.
    pub bidder: Name,
    /// Its product.
    pub product: Option<Name>,
    /// Agreed volume.
    pub volume: u64,
}

/// The decision on one lot.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LotDecision {
    /// The lot.
    pub lot: Name,
    /// Whether it is decided.
    pub status: LotStatus,
    /// Groups with a valid bid.
    pub qualified_bidders: u64,
    /// How many may be shortlisted; `None` where nothing bounds it.
    pub cap: Option<u64>,
    /// Lowest comparable price that competes for a place; `None` where none is given out.
    pub lowest: Option<Exact>,
    /// The anchor of the fuse; `None` where the rule set has no fuse.
    pub anchor: Option<Exact>,
    /// How long the contracts run, where the rule set says so and somebody is selected.
    pub period: Option<Period>,
    /// The bids in rank order, void ones last by bidder.
    pub bids: Vec<BidDecision>,
    /// Main and backup suppliers, by region and content.
    pub regions: Vec<RegionAward>,
    /// Volumes that follow their brand, by region, content, bidder and product.
    pub brand_volumes: Vec<BrandVolume>,
    /// Provisions of the rule set that were consulted.
    pub consulted: Consulted,
}
