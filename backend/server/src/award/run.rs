//! Decides a round in batches and hands every lot to an output.
use std::collections::BTreeSet;
use std::io;

use jicai_domain::procurement::decision::{LotDecision, LotStatus};
use jicai_domain::procurement::round::Lot;
use jicai_domain::procurement::rules::{Consulted, Override, RuleProblem, RuleSet, parse_with};
use jicai_domain::procurement::select::select;
use rayon::prelude::*;

use super::{Change, JsonForm, compare};
use crate::input::{InputFile, Problem, Problems, RoundFiles, read_preference_faults, read_round};

/// Lots decided by one thread at a time.
const CHUNK_LOTS: usize = 256;
/// Lots decided before they are written.
const BATCH_LOTS: usize = 8192;

/// Where decisions go.
pub trait Output {
    /// Before the first lot.
    fn begin(&mut self, rules: &RuleSet) -> io::Result<()>;
    /// One lot.
    fn lot(&mut self, rules: &RuleSet, decision: &LotDecision) -> io::Result<()>;
    /// After the last lot, with what another rule set would have done.
    fn end(
        &mut self,
        rules: &RuleSet,
        consulted: Consulted,
        against: Option<(&RuleSet, &[Change])>,
    ) -> io::Result<()>;
}

/// How a round came out.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Outcome {
    /// Lots in a tie that matters.
    pub tied: usize,
    /// Lots in all.
    pub lots: usize,
}

/// A round read and ready to be decided.
pub struct Award {
    rules: RuleSet,
    lots: Vec<Lot>,
    /// The other rule set with the same files read for it.
    against: Option<(RuleSet, Vec<Lot>)>,
}

impl Award {
    /// Reads the files for a rule set, and for another to compare with. Columns that neither reads are named to `unused`.
    /// Faults: every one at once, preferences of unselected firms included.
    pub fn read(
        rules: RuleSet,
        against: Option<RuleSet>,
        files: &RoundFiles<'_>,
        unused: &mut BTreeSet<String>,
    ) -> Result<Self, Problems> {
        let lots = read_round(&rules, files, unused)?;
        check_preferences(&rules, files, &lots)?;
        let against = match against {
            Some(other) => {
                let mut unused_by_other = BTreeSet::new();
                let lots = read_round(&other, files, &mut unused_by_other)?;
                unused.retain(|column| unused_by_other.contains(column));
                Some((other, lots))
            }
            None => None,
        };
        Ok(Self { rules, lots, against })
    }

    /// Decides lot by lot and writes each. Errors: those of the output.
    pub fn write(&self, output: &mut dyn Output) -> io::Result<Outcome> {
        let mut consulted = Consulted::default();
        let mut outcome = Outcome { tied: 0, lots: self.lots.len() };
        let mut changes = Vec::new();
        output.begin(&self.rules)?;
        let at_once = self.rules.second_step.is_some()
            || self.against.iter().any(|(other, _)| other.second_step.is_some());
        for (start, batch) in batches(&self.lots, at_once) {
            let decisions = decide_all(&self.rules, batch);
            for decision in &decisions {
                consulted.merge(decision.consulted);
                outcome.tied += usize::from(decision.status == LotStatus::Tied);
                output.lot(&self.rules, decision)?;
            }
            if let Some((other, lots)) = &self.against {
                let others = decide_all(other, lots.get(start..start + batch.len()).unwrap_or_default());
                changes.extend(decisions.iter().zip(&others).flat_map(|(one, other)| compare(one, other)));
            }
        }
        let against = self.against.as_ref().map(|(other, _)| (other, changes.as_slice()));
        output.end(&self.rules, consulted, against)?;
        Ok(outcome)
    }
}

/// A second step goes over all lots, which then are one batch.
fn batches(lots: &[Lot], at_once: bool) -> impl Iterator<Item = (usize, &[Lot])> {
    let size = if at_once { lots.len().max(1) } else { BATCH_LOTS };
    lots.chunks(size).scan(0, |start, batch| {
        let at = *start;
        *start += batch.len();
        Some((at, batch))
    })
}

/// Decides lots on all processors, in their order.
pub fn decide_all(rules: &RuleSet, lots: &[Lot]) -> Vec<LotDecision> {
    if rules.second_step.is_some() {
        return select(rules, lots);
    }
    lots.par_chunks(CHUNK_LOTS).flat_map_iter(|chunk| select(rules, chunk)).collect()
}

fn check_preferences(rules: &RuleSet, files: &RoundFiles<'_>, lots: &[Lot]) -> Result<(), Problems> {
    if lots.iter().all(|lot| lot.preferences.is_empty()) {
        return Ok(());
    }
    let mut problems = Problems::default();
    for (_, batch) in batches(lots, rules.second_step.is_some()) {
        problems.append(read_preference_faults(files, batch, &decide_all(rules, batch)));
    }
    problems.none()
}

/// Reads a rule file's text. Faults: every one of the file at once.
pub fn read_rules(name: &str, text: &str, overrides: &[Override]) -> Result<RuleSet, Problems> {
    parse_with(text, overrides).map_err(|faults| rule_problems(name, faults))
}

fn rule_problems(name: &str, faults: Vec<RuleProblem>) -> Problems {
    let mut problems = Problems::default();
    problems.extend(faults.into_iter().map(|fault| {
        let expected = (fault.expected_en.as_str(), fault.expected_zh.as_str());
        let line = u64::try_from(fault.line).unwrap_or(0);
        Problem::of_file("RULE_FILE_INVALID", name, fault.value, expected).at(line, fault.column, &fault.key)
    }));
    problems
}

/// The whole offline path on texts at hand: JSON out, or the faults as told to people.
pub fn award_json(
    rules: &str,
    bids: &[u8],
    lots: Option<&[u8]>,
    demand: Option<&[u8]>,
    preferences: Option<&[u8]>,
) -> Result<String, String> {
    let files = RoundFiles {
        bids: InputFile::new("bids", bids),
        lots: lots.map(|bytes| InputFile::new("lots", bytes)),
        demand: demand.map(|bytes| InputFile::new("demand", bytes)),
        preferences: preferences.map(|bytes| InputFile::new("preferences", bytes)),
    };
    let rules = read_rules("rules", rules, &[]).map_err(|problems| problems.to_string())?;
    let award =
        Award::read(rules, None, &files, &mut BTreeSet::new()).map_err(|problems| problems.to_string())?;
    let mut json = Vec::new();
    award.write(&mut JsonForm::new(&mut json)).map_err(|error| error.to_string())?;
    String::from_utf8(json).map_err(|error| error.to_string())
}
