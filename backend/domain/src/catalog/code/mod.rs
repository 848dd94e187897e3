//! The public codes of the field. Each parses once, at the edge, into a type that cannot be wrong; its `Display` is the canonical
//! form, and parsing that gives the same value again.
//!
//! # Which kind is it?
//!
//! [`check`] tells the kind of a text by its shape alone: the kinds that it may be are tried in the order of `plausible` and the first that fits
//! is the answer. If none fits, the faults are those of the first, the likeliest one; a text that looks like nothing has no kind.
//!
//! | looks like | kinds, in this order |
//! |---|---|
//! | a symbology prefix, a bracket, an FNC1 (GS), a web address | element string |
//! | `MA.` / `MF` and a digit | UDI of MA / of AHM |
//! | 国药准字 / 械 | approval number of a drug / registration of a device |
//! | `JC` and 9 to 13 more characters | our own code |
//! | X, Z, C and then a class; T | NHSA western, Chinese patent, consumable; pieces (to 13 characters) or granules |
//! | one to three letters and 8 digits | old import licence |
//! | 16 letters and digits, the first a letter | in-house preparation |
//! | a letter, two digits and up to four more characters; a letter alone | ATC |
//! | three groups of digits with hyphens, 10 or 11 digits | NDC |
//! | 20 digits | element string if it begins with 00 or 01 and is one, else trace code |
//! | 18 digits | SSCC, dm+d |
//! | 16 digits and more that begin with 01 | element string |
//! | 15 digits | NHSA service item |
//! | 14 digits | standard code (本位码) if they begin with 869, else GTIN-14, dm+d |
//! | 8, 12, 13 digits | GTIN, dm+d |
//! | 6, 7, 9, 10 digits, and other lengths from 11 to 18 | dm+d |
//!
//! A GTIN-14 of packaging level 8 and a Chinese company also begins with 869 and has the same check digit; level 8 is hardly used, so such a code is
//! a standard code. A GLN looks like a GTIN-13 and a Korean price code like any nine digits: these are never guessed and have to be
//! asked for with [`check_as`]. Where a second kind also fits, a warning says so.
mod any;
mod approval;
mod clean;
mod detect;
mod device;
mod dictionary;
mod digits;
mod element_string;
mod finding;
mod foreign;
mod keys;
mod layout;
mod near;
mod nhsa;
mod number;
mod own;
mod short_date;
mod standard;
mod trace;
mod udi;

pub use any::{AnyCode, CodeKind};
pub use approval::DrugApproval;
pub use clean::Clean;
pub use detect::{Checked, check, check_as};
pub use device::{Certificate, DeviceRegistration};
pub use digits::{gs1_check, verhoeff_valid};
pub use element_string::{Element, ElementString};
pub use finding::{Expected, Finding, FindingCode};
pub use foreign::{Atc, DmdId, KoreanPriceCode, Ndc};
pub use keys::{Gln, Gtin, Sscc};
pub use near::near;
pub use nhsa::{
    ConsumableCode, ConsumablePaymentCode, GranuleCode, PatentCode, PieceCode, PreparationCode, ServiceCode,
    WesternCode,
};
pub use number::ApprovalNumber;
pub use own::{NUMBERS_MAX, OwnCode};
pub use short_date::ShortDate;
pub use standard::StandardCode;
pub use trace::{TraceCode, TracePrefix};
pub use udi::{AhmUdi, MaUdi};

use std::borrow::Cow;
use std::fmt::Display;

/// Faults of a text that is no such code; never empty.
pub type Faults = Vec<Finding>;

/// What one part of a code says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PartValue {
    /// Characters of the code, or the name of what they stand for.
    Text(Cow<'static, str>),
    /// A day written with two digits for its year.
    Date(ShortDate),
}

impl PartValue {
    /// The value as text; a day as `YYYY-MM-DD`, in the century that is nearest to the given year.
    pub fn text(&self, year: u16) -> Cow<'_, str> {
        match self {
            Self::Text(text) => Cow::Borrowed(text),
            Self::Date(date) => Cow::Owned(date.iso(year)),
        }
    }
}

/// The parts of a code, by name, in the order of the code.
pub type Parts = Vec<(Cow<'static, str>, PartValue)>;

/// Adds a part.
fn part(parts: &mut Parts, name: &'static str, text: impl Into<Cow<'static, str>>) {
    parts.push((Cow::Borrowed(name), PartValue::Text(text.into())));
}

/// What every public code can do.
pub trait PublicCode: Sized + Display {
    /// Its kind.
    const KIND: CodeKind;

    /// Reads a cleaned text. Errors: what does not fit, with places.
    fn read(clean: &Clean<'_>) -> Result<Self, Faults>;

    /// Its parts.
    fn parts(&self) -> Parts;

    /// What is unusual about it though it is well formed.
    fn remarks(&self, _clean: &Clean<'_>) -> Vec<Finding> {
        Vec::new()
    }

    /// Reads a text as people write it: full-width characters, blanks and small letters are put right.
    /// Errors: what does not fit, with places.
    fn parse(text: &str) -> Result<Self, Faults> {
        Self::read(&Clean::of(text))
    }
}
