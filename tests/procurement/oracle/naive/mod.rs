//! A second, naive award engine. Written from `backend/domain/rules/README.md` alone ("README" in the comments below), it
//! shares nothing with the real one and is slow on purpose: plain loops over exact ratios.
mod number;
mod order;
mod outcome;
mod price_tests;
mod regions;
mod revival;
mod rules;
mod second_step;
mod share;
mod shortlist;

mod units;
mod volume;

pub(crate) use number::{Q, content_factor, parse, print};
use rules::Rules;
use std::collections::{BTreeMap, BTreeSet};

#[derive(Clone, Debug, Default)]
pub(crate) struct Lot {
    pub(crate) name: String,
    pub(crate) representative_content: Option<String>,
    pub(crate) form: Option<String>,
    pub(crate) volume_class: Option<String>,
    pub(crate) cap: Option<u64>,
    pub(crate) bids: Vec<Bid>,
    pub(crate) demand: Vec<Demand>,
    pub(crate) preferences: Vec<Preference>,
}

#[derive(Clone, Debug, Default)]
pub(crate) struct Bid {
    pub(crate) bidder: String,
    pub(crate) group: Option<String>,
    pub(crate) product: Option<String>,
    pub(crate) price: String,
    pub(crate) units: u64,
    pub(crate) content: Option<String>,
    pub(crate) ceiling: Option<String>,
    pub(crate) brand_volume: Option<u64>,
    pub(crate) columns: BTreeMap<String, String>,
}

#[derive(Clone, Debug, Default)]
pub(crate) struct Demand {
    pub(crate) region: String,
    pub(crate) volume: u64,
    pub(crate) bidder: Option<String>,
    pub(crate) product: Option<String>,
    pub(crate) content: Option<String>,
}

#[derive(Clone, Debug, Default)]
pub(crate) struct Preference {
    pub(crate) bidder: String,
    pub(crate) region: String,
    pub(crate) order: u64,
}

#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Decision {
    pub(crate) lot: String,
    pub(crate) status: String,
    pub(crate) qualified_bidders: usize,
    pub(crate) cap: Option<usize>,
    pub(crate) lowest: Option<String>,
    pub(crate) anchor: Option<String>,
    pub(crate) bids: Vec<BidResult>,
    pub(crate) regions: Vec<RegionResult>,
}

#[derive(Clone, Debug, PartialEq)]
pub(crate) struct BidResult {
    pub(crate) bidder: String,
    pub(crate) product: Option<String>,
    pub(crate) content: Option<String>,
    pub(crate) rank: Option<usize>,
    pub(crate) valid: bool,
    pub(crate) shortlisted: bool,
    pub(crate) selected: bool,
    pub(crate) final_price: Option<String>,
    pub(crate) share: Option<String>,
    pub(crate) agreed_volume: Option<u64>,
    pub(crate) codes: BTreeSet<String>,
}

#[derive(Clone, Debug, PartialEq)]
pub(crate) struct RegionResult {
    pub(crate) region: String,
    pub(crate) content: Option<String>,
    pub(crate) main: Option<String>,
    pub(crate) backup: Option<String>,
    pub(crate) volume: u64,
}

/// One bid on its way through the sections.
struct Entry<'a> {
    bid: &'a Bid,
    group: String,
    /// The competing unit: the group, or the bid itself (README section 3).
    unit: String,
    /// Content as a number; the representative content where the bid states none.
    content: Option<Q>,
    /// Content / representative content: the linear coefficient of section 12.
    ratio: Q,
    /// K of section 1.
    factor: Q,
    unit_price: Q,
    ceiling: Option<Q>,
    comparable: Q,
    keys: Vec<Option<Q>>,
    valid: bool,
    rank: usize,
    /// False for the bids of a group's other firms.
    stands: bool,
    shortlisted: bool,
    /// The section of the test that the bid passed; `""` in a file without tests.
    passed: Option<&'static str>,
    selected: bool,
    no_volume: bool,
    final_comparable: Option<Q>,
    share: Option<Q>,
    agreed_volume: Option<u64>,
    codes: BTreeSet<String>,
}

impl Entry<'_> {
    fn note(&mut self, code: &str) {
        self.codes.insert(code.to_string());
    }

    fn select(&mut self, code: &str, comparable: Q) {
        self.selected = true;
        self.final_comparable = Some(comparable);
        self.note(code);
    }

    /// Its place in the order drawn or set on site.
    fn tie_order(&self) -> Option<Q> {
        self.bid.columns.get("tie_order").and_then(|place| parse(place))
    }

    fn supplies(&self) -> bool {
        self.selected && !self.no_volume
    }

    /// 1 - unit price / ceiling.
    fn cut(&self) -> Option<Q> {
        self.ceiling.as_ref().map(|ceiling| number::whole(1) - &self.unit_price / ceiling)
    }
}

/// One lot on its way through the sections. `entries` are in order: valid first, void last.
struct Case<'a> {
    lot: &'a Lot,
    /// Its demand (section 12).
    rows: Vec<volume::Row<'a>>,
    entries: Vec<Entry<'a>>,
    /// The competing units in order; each is the list of its standing bids (indices into `entries`), in order.
    units: Vec<Vec<usize>>,
    groups: usize,
    cap: Option<usize>,
    lowest: Option<Q>,
    anchor: Option<Q>,
    tied: bool,
    /// For every group in which two firms tie for standing, the tied bids.
    standing_ties: Vec<Vec<usize>>,
    regions: Vec<RegionResult>,
}

impl Case<'_> {
    /// Section 3: two firms of one group tie for standing, and the group is shortlisted or selected (or outside the cap,
    /// where a brand can bring it back).
    fn tie_for_standing(&mut self, rules: &Rules) {
        for equal in self.standing_ties.clone() {
            let matters = |e: &Entry| {
                e.shortlisted
                    || e.selected
                    || e.codes.contains("TIED")
                    || (rules.has("revival.brand") && e.codes.contains("OUTSIDE_CAP"))
            };
            if equal.iter().any(|&i| matters(&self.entries[i])) {
                self.tie(&equal);
            }
        }
    }

    fn tie(&mut self, entries: &[usize]) {
        for &i in entries {
            self.entries[i].note("TIED");
            self.tied = true;
        }
    }
}

/// The whole award: README sections 1 to 13 in their order.
pub(crate) fn award(rules_toml: &str, lots: &[Lot]) -> Vec<Decision> {
    let rules = Rules::read(rules_toml);
    let mut cases: Vec<Case> = lots.iter().map(|lot| decide(&rules, lot)).collect();
    second_step::run(&rules, &mut cases);
    cases.iter_mut().for_each(|case| finish(&rules, case));
    cases.into_iter().map(outcome::decision).collect()
}

/// Sections 1 to 8.
fn decide<'a>(rules: &Rules, lot: &'a Lot) -> Case<'a> {
    let mut case = order::prepare(rules, lot);
    if case.groups == 0 {
        return case;
    }
    units::sort_into_a_and_b(rules, &mut case);
    if rules.blocks("selection") {
        for entry in case.entries.iter_mut().filter(|e| e.valid) {
            entry.note("RULE_UNKNOWN");
        }
        return case;
    }
    shortlist::run(rules, &mut case);
    case.tie_for_standing(rules);
    price_tests::find_anchor(rules, &mut case);
    if case.tied {
        return case;
    }
    price_tests::run(rules, &mut case);
    revival::run(rules, &mut case);
    case.tie_for_standing(rules);
    case
}

/// Sections 10 to 13, for a lot that is not tied so far.
fn finish(rules: &Rules, case: &mut Case) {
    if !case.tied {
        share::classes(rules, case);
    }
    if !case.tied {
        regions::ties(rules, case);
    }
    if !case.tied {
        share::shares(rules, case);
        volume::run(rules, case);
        outcome::left_open(rules, case);
    }
}
