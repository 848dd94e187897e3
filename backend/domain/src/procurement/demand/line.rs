//! A line of a form: a spec by its generic name or as a brand's product, with its volume and past use.
use std::collections::{BTreeMap, BTreeSet};

use rust_decimal::Decimal;

use crate::errors::{Code, Refusal};
use crate::exact::Exact;
use crate::identity::Reason;
use crate::ids::{RoundProductId, SpecId};

/// Smallest units that a line may have.
pub const LINE_VOLUME_MAX: u64 = 1_000_000_000_000;
/// Lines that one form may be typed with; an import may bring more.
pub const LINES_MAX: usize = 5_000;

/// What an institution will need of a spec.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DemandLine {
    /// The spec.
    pub spec: SpecId,
    /// The brand's product; none is by generic name. A spec may be reported both ways.
    pub product: Option<RoundProductId>,
    /// Smallest units a year.
    pub volume: u64,
    /// Smallest units a year, the mean of two years.
    pub past_use: u64,
    /// Why it is so little.
    pub reason: Option<Reason>,
}

impl DemandLine {
    /// A brand is a product that somebody has applied with for the spec; `known` are those of the round. Errors: `DEMAND_INVALID`.
    pub fn check_product(&self, known: &BTreeMap<RoundProductId, SpecId>) -> Result<(), Refusal> {
        match self.product {
            Some(product) if known.get(&product) != Some(&self.spec) => {
                Err(Refusal::of(Code::DemandInvalid).at("product").allowing(format!("not {product}")))
            }
            Some(_) | None => Ok(()),
        }
    }

    /// A volume below the round's share of past use needs a reason. In round 11 the share is 80% of the mean use of 2023 and 2024, and
    /// exceptions are explained (spec/procurement.md section 9, [S17][S28]). Errors: `DEMAND_INVALID`, `REASON_MISSING` with the volume
    /// that needs none.
    pub fn check(&self, past_use_share: Decimal) -> Result<(), Refusal> {
        for (field, number) in [("volume", self.volume), ("pastUse", self.past_use)] {
            if number > LINE_VOLUME_MAX {
                return Err(Refusal::of(Code::DemandInvalid).at(field).allowing(bounds()));
            }
        }
        // A share is at most 1.
        if self.volume >= self.past_use || self.reason.is_some() {
            return Ok(());
        }
        let needed = &Exact::from(self.past_use) * &Exact::from(past_use_share);
        if Exact::from(self.volume) >= needed {
            return Ok(());
        }
        let short = needed.floor();
        let least = if Exact::from(short) == needed { short } else { short.saturating_add(1) };
        Err(Refusal::of(Code::ReasonMissing).at("reason").allowing(format!("volume from {least}")))
    }
}

/// Reads a whole number of smallest units. Errors: `DEMAND_INVALID`.
pub fn units(text: &str, field: &'static str) -> Result<u64, Refusal> {
    let read = crate::procurement::values::parse_volume(text).ok();
    let fits = read.filter(|units| *units <= LINE_VOLUME_MAX);
    fits.ok_or_else(|| Refusal::of(Code::DemandInvalid).at(field).allowing(bounds()))
}

fn bounds() -> String {
    format!("0 to {LINE_VOLUME_MAX}")
}

/// Refuses a form that names a spec twice in the same way, or too many. Errors: `DEMAND_INVALID` naming the spec.
pub fn each_once(lines: &[DemandLine]) -> Result<(), Refusal> {
    let wrong = |what: String| Refusal::of(Code::DemandInvalid).at("lines").allowing(what);
    if lines.len() > LINES_MAX {
        return Err(wrong(format!("at most {LINES_MAX} lines")));
    }
    let mut seen = BTreeSet::new();
    match lines.iter().find(|line| !seen.insert((line.spec, line.product))) {
        Some(line) => Err(wrong(format!("{} once", line.spec))),
        None => Ok(()),
    }
}
