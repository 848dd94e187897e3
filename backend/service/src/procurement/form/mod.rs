//! What decisions and the tables they were made from look like: the program that decides files and the service write the same bytes.
mod compare;
mod json;
mod tables;

use std::io::{self, Write};

use jicai_domain::procurement::decision::LotDecision;
use jicai_domain::procurement::rules::{Consulted, RuleSet};

pub use compare::{Change, Standing, compare};
pub use json::{JsonForm, SHARE_PLACES, price_text, reasons_json};
pub use tables::{Tables, tables};

/// What decisions look like. Lots are rendered in parallel and written in their order.
pub trait Form: Sync {
    /// What comes before the first lot.
    fn begin(&self, rules: &RuleSet, out: &mut dyn Write) -> io::Result<()>;
    /// One lot.
    fn lot(&self, rules: &RuleSet, decision: &LotDecision, out: &mut Vec<u8>) -> io::Result<()>;
    /// What stands between lots.
    fn between(&self) -> &'static str {
        ""
    }
    /// What comes after the last lot, with what another rule set would have done.
    fn end(
        &self,
        rules: &RuleSet,
        consulted: Consulted,
        against: Option<(&RuleSet, &[Change])>,
        out: &mut dyn Write,
    ) -> io::Result<()>;
}
