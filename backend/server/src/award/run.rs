//! Decides a round in parallel, renders every lot and writes the pieces in order.
use std::collections::BTreeSet;
use std::io::{self, Write};
use std::ops::Range;

use jicai_domain::procurement::decision::{LotDecision, LotStatus};
use jicai_domain::procurement::rules::{Consulted, Override, RuleProblem, RuleSet, parse_with};
use jicai_domain::procurement::select::{Factors, select_part};
use jicai_domain::procurement::tables::Lot;
use jicai_service::procurement::form::{Change, Form, JsonForm, compare};
use rayon::prelude::*;

use crate::input::{InputFile, Problem, Problems, RoundFiles, read_preference_faults, read_round};

/// Lots decided and rendered by one thread at a time.
const CHUNK_LOTS: usize = 128;
/// Lots whose text is held before it is written.
const BATCH_LOTS: usize = 4096;

/// How a round came out.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Outcome {
    /// Lots in a tie that matters.
    pub tied: usize,
    /// Lots in all.
    pub lots: usize,
}

/// A rule set with the round as it reads it.
struct Side {
    rules: RuleSet,
    lots: Vec<Lot>,
    factors: Factors,
}

impl Side {
    fn read(rules: RuleSet, files: &RoundFiles<'_>, unused: &mut BTreeSet<String>) -> Result<Self, Problems> {
        let lots = read_round(&rules, files, unused)?;
        let factors = Factors::of(&rules, &lots);
        Ok(Self { rules, lots, factors })
    }

    fn decide(&self, part: Range<usize>) -> Vec<LotDecision> {
        select_part(&self.rules, &self.factors, self.lots.get(part).unwrap_or_default())
    }

    /// Every lot, on all processors.
    fn decide_all(&self) -> Vec<LotDecision> {
        let chunk = if self.rules.second_step.is_some() { self.lots.len() } else { CHUNK_LOTS };
        let parts = parts(0..self.lots.len(), chunk);
        parts.into_par_iter().flat_map_iter(|part| self.decide(part)).collect()
    }
}

/// A range cut into parts of at most `size`.
fn parts(range: Range<usize>, size: usize) -> Vec<Range<usize>> {
    let end = range.end;
    range.step_by(size.max(1)).map(|start| start..end.min(start + size)).collect()
}

/// A round read and ready to be decided.
pub struct Award {
    side: Side,
    /// The other rule set with the same files.
    against: Option<Side>,
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
        let side = Side::read(rules, files, unused)?;
        if side.lots.iter().any(|lot| !lot.preferences.is_empty()) {
            read_preference_faults(files, &side.lots, &side.decide_all()).none()?;
        }
        let mut unused_by_other = BTreeSet::new();
        let against = against.map(|other| Side::read(other, files, &mut unused_by_other)).transpose()?;
        unused.retain(|column| against.is_none() || unused_by_other.contains(column));
        Ok(Self { side, against })
    }

    /// Decides every lot.
    pub fn decide(&self) -> Vec<LotDecision> {
        self.side.decide_all()
    }

    /// Decides every lot and writes it in a form. Errors: those of `out`.
    pub fn write(&self, form: &dyn Form, out: &mut dyn Write) -> io::Result<Outcome> {
        let mut whole = Piece::default();
        let rules = &self.side.rules;
        form.begin(rules, out)?;
        for batch in parts(0..self.side.lots.len(), self.or_all(BATCH_LOTS)) {
            for piece in self.pieces(form, batch) {
                let piece = piece?;
                if whole.lots > 0 {
                    out.write_all(form.between().as_bytes())?;
                }
                out.write_all(&piece.text)?;
                whole.add(piece);
            }
        }
        let against = self.against.as_ref().map(|other| (&other.rules, whole.changes.as_slice()));
        form.end(rules, whole.consulted, against, out)?;
        Ok(Outcome { tied: whole.tied, lots: whole.lots })
    }

    /// How many lots are decided at a time: all of them where a second step goes over all lots.
    fn or_all(&self, size: usize) -> usize {
        let over_all =
            std::iter::once(&self.side).chain(&self.against).any(|side| side.rules.second_step.is_some());
        if over_all { self.side.lots.len() } else { size }
    }

    /// The pieces of a batch in order, decided and rendered on all processors.
    fn pieces(&self, form: &dyn Form, batch: Range<usize>) -> Vec<io::Result<Piece>> {
        let parts = parts(batch, self.or_all(CHUNK_LOTS));
        parts.into_par_iter().map(|part| self.piece(form, part)).collect()
    }

    fn piece(&self, form: &dyn Form, part: Range<usize>) -> io::Result<Piece> {
        let decisions = self.side.decide(part.clone());
        let mut piece = Piece { lots: decisions.len(), ..Piece::default() };
        for (position, decision) in decisions.iter().enumerate() {
            if position > 0 {
                piece.text.extend_from_slice(form.between().as_bytes());
            }
            form.lot(&self.side.rules, decision, &mut piece.text)?;
            piece.consulted.merge(decision.consulted);
            piece.tied += usize::from(decision.status == LotStatus::Tied);
        }
        if let Some(other) = &self.against {
            let others = other.decide(part);
            piece.changes =
                decisions.iter().zip(&others).flat_map(|(one, other)| compare(one, other)).collect();
        }
        Ok(piece)
    }
}

/// The result of some lots.
#[derive(Default)]
struct Piece {
    text: Vec<u8>,
    lots: usize,
    tied: usize,
    consulted: Consulted,
    changes: Vec<Change>,
}

impl Piece {
    /// Counts another in; its text is written already.
    fn add(&mut self, other: Self) {
        self.lots += other.lots;
        self.tied += other.tied;
        self.consulted.merge(other.consulted);
        self.changes.extend(other.changes);
    }
}

/// Reads a rule file's text. Faults: every one of the file at once.
pub fn read_rules(name: &str, text: &str, overrides: &[Override]) -> Result<RuleSet, Problems> {
    parse_with(text, overrides).map_err(|faults| rule_problems(name, faults))
}

/// Faults of a rule file, as a clerk reads them.
pub(crate) fn rule_problems(name: &str, faults: Vec<RuleProblem>) -> Problems {
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
    award.write(&JsonForm, &mut json).map_err(|error| error.to_string())?;
    String::from_utf8(json).map_err(|error| error.to_string())
}
