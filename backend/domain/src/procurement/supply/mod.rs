//! Supply-region selection (供应地区确认): who chooses next, what may be chosen, and what is given to whoever lets its time pass.
mod board;
mod chain;
mod turns;

use std::fmt;

use rust_decimal::Decimal;

pub use board::{Board, Choice, Fault, Turn};
pub use chain::{ChoiceRecord, digest};
pub use turns::{ContentField, Field, Play, Taken, Turns};

use crate::procurement::values::{Name, ValueError, parse_positive};

/// For what a region is taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Phase {
    /// 主供: as main supplier.
    Main,
    /// 备供: as backup supplier.
    Backup,
    /// 按规格: as supplier of a content that the region's main supplier does not quote.
    Content(Decimal),
}

impl Phase {
    /// Reads it as it is written.
    pub fn parse(text: &str) -> Result<Phase, ValueError> {
        match text {
            "main" => Ok(Self::Main),
            "backup" => Ok(Self::Backup),
            content => parse_positive(content)
                .map(|content| Self::Content(content.normalize()))
                .map_err(|_decimal| ValueError::BadPhase),
        }
    }

    /// The content that it is about.
    pub const fn content(self) -> Option<Decimal> {
        match self {
            Self::Main | Self::Backup => None,
            Self::Content(content) => Some(content),
        }
    }
}

impl fmt::Display for Phase {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Main => f.write_str("main"),
            Self::Backup => f.write_str("backup"),
            Self::Content(content) => write!(f, "{}", content.normalize()),
        }
    }
}

/// What a lot's firms choose from, by name: the numbers of its [`Field`] are places in these lists.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Market {
    /// The firms in the order of their turns.
    pub firms: Vec<Name>,
    /// The regions by name.
    pub regions: Vec<MarketRegion>,
    /// Who may take what.
    pub field: Field,
}

/// A region of a market.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MarketRegion {
    /// Its name.
    pub name: Name,
    /// What was reported there without the brands' own, in units of the representative content, as printed.
    pub volume: String,
}

#[cfg(test)]
#[expect(clippy::arithmetic_side_effects, reason = "small numbers of a test")]
mod tests;
