//! The random rounds reach every reason code and every status.
use crate::naive;
use crate::random::{self, FAMILIES};
use jicai_domain::procurement::rules::preset;
use std::collections::BTreeMap;

const CODES: [&str; 41] = [
    "ABOVE_CEILING",
    "GROUP_COUNTED_ONCE",
    "TIE_SETTLED",
    "TIED",
    "UNIT_A",
    "UNIT_A_FILLED",
    "UNIT_B",
    "ZERO_VOLUME",
    "SHORTLISTED",
    "OUTSIDE_CAP",
    "GROUP_LIMIT",
    "WITHIN_FUSE",
    "ABOVE_FUSE",
    "CUT_AT_LEAST",
    "CUT_BELOW",
    "NO_CEILING",
    "AT_MOST_FLOOR",
    "ABOVE_FLOOR",
    "AT_MOST_REFERENCE",
    "ABOVE_REFERENCE",
    "AT_MOST_PRINTED",
    "ABOVE_PRINTED",
    "BY_RANK",
    "HIGHEST_BID",
    "HIGHEST_NOT_REVIVED",
    "REVIVED",
    "BRAND_VOLUME_BELOW_MEAN",
    "REVIVED_BY_BRAND",
    "REVIVED_REFERENCE",
    "REVIVED_FORMER",
    "ABOVE_FORMER",
    "PRESELECTED",
    "SELECTED_AT_ONCE",
    "NEGOTIATED",
    "NEGOTIATION",
    "CUT_UNKNOWN",
    "RULE_UNKNOWN",
    "CLASS",
    "decided",
    "tied",
    "no_valid_bid",
];

#[test]
fn every_code_and_status_occurs() {
    let mut seen: BTreeMap<String, u64> = BTreeMap::new();
    for family in FAMILIES {
        for seed in 0..200 {
            let round = random::round(family, seed);
            for decision in naive::award(preset(round.rules).unwrap().text, &round.lots) {
                *seen.entry(format!("{family:?} {}", decision.status)).or_default() += 1;
                *seen.entry(decision.status.clone()).or_default() += 1;
                for code in decision.bids.iter().flat_map(|b| &b.codes) {
                    *seen.entry(code.clone()).or_default() += 1;
                }
            }
        }
    }
    let missing: Vec<&&str> = CODES.iter().filter(|code| !seen.contains_key(**code)).collect();
    assert!(missing.is_empty(), "never seen: {missing:?}; seen: {seen:#?}");
}
