//! The rule sets that ship with the program.
use super::RelationRules;
use super::file::parse_relation;
use super::succession::{SuccessionRules, parse_succession};

/// A rule file that ships with the program.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Preset {
    /// Its id, which is also its file name.
    pub id: &'static str,
    /// The file.
    pub text: &'static str,
}

macro_rules! presets {
    ($($id:literal)*) => {
        &[$(Preset { id: $id, text: include_str!(concat!("../../../rules/", $id, ".toml")) }),*]
    };
}

/// Every rule set of a round that ships, oldest first, consumables and insulin last.
pub const PRESETS: &[Preset] = presets![
    "cn-4plus7-2018" "cn-union-2019" "cn-r2-2019" "cn-r3-2020" "cn-r4-2021" "cn-r5-2021" "cn-r7-2022" "cn-r8-2023"
    "cn-r9-2023" "cn-r10-2024" "cn-r11-2025" "cn-r12-2026" "cn-stent-2020" "cn-joint-2021" "cn-insulin-2021"
    "cn-insulin-2024"
];

/// The price relation that ships.
pub const RELATION: Preset =
    Preset { id: "cn-relation-2011", text: include_str!("../../../rules/cn-relation-2011.toml") };

/// The rules of succession that ship.
pub const SUCCESSION: Preset =
    Preset { id: "cn-succession-2020", text: include_str!("../../../rules/cn-succession-2020.toml") };

/// A shipped rule set by id.
pub fn preset(id: &str) -> Option<&'static Preset> {
    PRESETS.iter().find(|preset| preset.id == id)
}

/// The shipped price relation.
#[expect(clippy::expect_used, reason = "the file is part of the program and a test reads it")]
pub fn relation_preset() -> RelationRules {
    parse_relation(RELATION.text).expect("the shipped price relation is valid")
}

/// The shipped rules of succession.
#[expect(clippy::expect_used, reason = "the file is part of the program and a test reads it")]
pub fn succession_preset() -> SuccessionRules {
    parse_succession(SUCCESSION.text).expect("the shipped rules of succession are valid")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_shipped_file_is_valid_and_named_by_its_id() {
        for preset in PRESETS {
            match super::super::parse(preset.text) {
                Ok(rules) => assert_eq!(rules.head.id, preset.id),
                Err(problems) => panic!("{}: {problems:#?}", preset.id),
            }
        }
        relation_preset();
        succession_preset();
    }
}
