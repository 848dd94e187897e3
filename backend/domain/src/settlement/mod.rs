//! Direct settlement (直接结算): what the fund pays enterprises on the hospitals' commission, and how it comes back from the hospitals' claims.
pub mod calendar;
pub mod chain;
pub mod cover;
pub mod credit;
pub mod exposure;
pub mod ledger;
pub mod matching;
pub mod money;
pub mod outside;
pub mod payment;
pub mod proposal;
pub mod rules;
pub mod savings;
pub mod standard;
pub mod standards;
pub mod statement;

use crate::procurement::rules::Preset;

/// Every rule file of settlement that ships.
pub fn presets() -> impl Iterator<Item = &'static Preset> {
    let single = [&standard::STANDARD, &savings::SAVINGS, &exposure::EXPOSURE, &chain::CHAIN];
    calendar::HOLIDAY_PRESETS.iter().chain(rules::SETTLEMENT_PRESETS).chain(single)
}
