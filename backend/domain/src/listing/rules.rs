//! Listing rules (挂网规则): what a listed price is measured by, beside the monitor rules. The meaning of each key is in
//! `backend/domain/rules/listings.md`.
use crate::alert::rules::{MonitorRules, Same3Rule, Same4Rule, monitor_preset, parse_monitors};
use crate::exact::Exact;
use crate::procurement::rules::file::head;
use crate::procurement::rules::reader::Reader;
use crate::procurement::rules::{Head, Preset, Provision, RuleProblem};

/// The listing rules that ship.
pub const LISTING: Preset =
    Preset { id: "cn-listing-2026", text: include_str!("../../rules/cn-listing-2026.toml") };

/// The monitor rules that listing goes by, too.
const MONITORS: &str = "cn-monitor-2026";

/// The rules of listing.
#[derive(Clone, Debug, PartialEq)]
pub struct ListingRules {
    /// Who and when.
    pub head: Head,
    /// Every number and choice with its origin.
    pub provisions: Vec<Provision>,
    /// The head of the monitor rules that 四同 and 三同 come from.
    pub monitors: Head,
    /// 四同: against the other regions; none where those rules leave it out.
    pub same4: Option<Same4Rule>,
    /// 三同: the labels.
    pub same3: Option<Same3Rule>,
    /// The multiple of a selected price where its firm does not supply.
    pub non_supply: Exact,
    /// The multiple of the highest selected price for what has not passed the evaluation.
    pub unpassed: Exact,
    /// The same for what has.
    pub passed: Exact,
    /// Whether a red label stops new orders.
    pub red_stops: bool,
    /// Whether a yellow one does.
    pub yellow_stops: bool,
    /// Whether a firm may lower its price without the office.
    pub lower_at_once: bool,
}

/// Reads listing rules; 四同 and 三同 are those of the monitor rules. Errors: every fault of the file at once (`RULE_FILE_INVALID`).
pub fn parse_listing(text: &str, monitors: MonitorRules) -> Result<ListingRules, Vec<RuleProblem>> {
    let mut reader = Reader::open(text)?;
    let head = head(&mut reader);
    let non_supply = reader.required("non_supply.multiple", Reader::positive);
    let unpassed = reader.required("non_selected.unpassed", Reader::positive);
    let passed = reader.required("non_selected.passed", Reader::positive);
    let [red_stops, yellow_stops, lower_at_once] =
        ["labels.red_stops_orders", "labels.yellow_stops_orders", "lowering.at_once"].map(|key| {
            let flag = reader.flag(key);
            reader.provision(key);
            flag
        });
    reader.report_unused();
    match (non_supply, unpassed, passed) {
        (Some(non_supply), Some(unpassed), Some(passed)) if reader.problems.is_empty() => Ok(ListingRules {
            head,
            provisions: reader.provisions,
            monitors: monitors.head,
            same4: monitors.same4,
            same3: monitors.same3,
            non_supply: non_supply.value,
            unpassed: unpassed.value,
            passed: passed.value,
            red_stops,
            yellow_stops,
            lower_at_once,
        }),
        _ => Err(reader.problems),
    }
}

/// The shipped listing rules.
#[expect(clippy::expect_used, reason = "the files are part of the program and a test reads them")]
pub fn listing_preset() -> ListingRules {
    let monitors = monitor_preset(MONITORS).expect("the monitor rules ship");
    let monitors = parse_monitors(monitors.text).expect("the shipped monitor rules are valid");
    parse_listing(LISTING.text, monitors).expect("the shipped listing rules are valid")
}

impl ListingRules {
    /// The rule files, as a decision remembers them.
    pub fn named(&self) -> [String; 2] {
        [&self.head, &self.monitors].map(|head| format!("{} {}", head.id, head.version))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_shipped_rules_are_read_and_every_number_has_an_origin() {
        let rules = listing_preset();
        assert_eq!(rules.named(), ["cn-listing-2026 1", "cn-monitor-2026 1"]);
        assert_eq!(rules.non_supply, "1.5".parse().unwrap());
        assert!(rules.red_stops && !rules.yellow_stops && rules.lower_at_once);
        assert_eq!(rules.provisions.len(), 6);
        assert!(rules.same4.is_some() && rules.same3.is_some());
    }

    #[test]
    fn a_fault_names_its_key() {
        let monitors = parse_monitors(monitor_preset(MONITORS).unwrap().text).unwrap();
        let bad = LISTING.text.replace("unpassed = \"1\"", "unpassed = \"0\"");
        let problems = parse_listing(&bad, monitors).unwrap_err();
        assert!(problems.iter().any(|problem| problem.key == "non_selected.unpassed"), "{problems:?}");
    }
}
