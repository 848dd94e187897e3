//! Settlement rules (结算规则) of a jurisdiction: by when an enterprise applies, a hospital confirms, the agency reviews.
use crate::procurement::rules::file::head;
use crate::procurement::rules::reader::Reader;
use crate::procurement::rules::{Head, Preset, Provision, RuleProblem};

/// The settlement rules that ship.
pub const SETTLEMENT_PRESETS: &[Preset] = &[
    Preset { id: "cn-settlement-hl-2025", text: include_str!("../../rules/cn-settlement-hl-2025.toml") },
    Preset { id: "cn-settlement-js-2025", text: include_str!("../../rules/cn-settlement-js-2025.toml") },
];

/// Shipped settlement rules by id.
pub fn settlement_preset(id: &str) -> Option<&'static Preset> {
    SETTLEMENT_PRESETS.iter().find(|preset| preset.id == id)
}

/// When something is due.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Due {
    /// So many working days after the day that sets it off.
    WorkingDays(u32),
    /// On a day of the month after the one that sets it off.
    DayOfNextMonth {
        /// The day of the month.
        day: i8,
        /// What becomes of it where nobody works on that day.
        holiday: Holiday,
    },
}

/// What becomes of a day on which nobody works.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Holiday {
    /// It stays.
    Stays,
    /// So many working days after the days off (节假日顺延).
    Moves(u32),
}

/// The settlement rules of a jurisdiction.
#[derive(Clone, Debug, PartialEq)]
pub struct SettlementRules {
    /// Who and when.
    pub head: Head,
    /// Every number with its origin.
    pub provisions: Vec<Provision>,
    /// By when an enterprise applies for a month (申请).
    pub apply: Due,
    /// By when a hospital confirms or disputes (确认).
    pub confirm: Due,
    /// Whether what is neither confirmed nor disputed by then counts as confirmed.
    pub confirms_itself: bool,
    /// How many days before that the hospital is told.
    pub told_days_before: u32,
    /// By when the agency has reviewed (审核), where it is known.
    pub review: Option<Due>,
}

/// Reads settlement rules. Days of a month are 1 to 31, working days whole. Errors: every fault of the file at once (`RULE_FILE_INVALID`).
pub fn parse_settlement(text: &str) -> Result<SettlementRules, Vec<RuleProblem>> {
    let mut reader = Reader::open(text)?;
    let head = head(&mut reader);
    let (apply, confirm) = (due(&mut reader, "apply"), due(&mut reader, "confirm"));
    let confirms_itself = reader.flag("confirm.automatic");
    reader.provision("confirm.automatic");
    let told = count(&mut reader, "confirm.told_days_before");
    let review = if reader.has("review") { due(&mut reader, "review") } else { None };
    reader.report_unused();
    match (apply, confirm, told) {
        (Some(apply), Some(confirm), Some(told_days_before)) if reader.problems.is_empty() => {
            let provisions = reader.provisions;
            Ok(SettlementRules {
                head,
                provisions,
                apply,
                confirm,
                confirms_itself,
                told_days_before,
                review,
            })
        }
        _ => Err(reader.problems),
    }
}

fn due(reader: &mut Reader, section: &str) -> Option<Due> {
    let key = |name: &str| format!("{section}.{name}");
    if reader.has(&key("working_days")) {
        return count(reader, &key("working_days")).map(Due::WorkingDays);
    }
    let path = key("day_of_next_month");
    let day = reader.required(&path, Reader::count)?.value;
    let day = i8::try_from(day).ok().filter(|day| (1..=31).contains(day));
    if day.is_none() {
        reader.problem(&path, (0, 0), String::new(), ("a day from 1 to 31", "1至31之间的日期"));
    }
    let moves = key("holiday_moves_working_days");
    let moves = reader.has(&moves).then(|| count(reader, &moves)).flatten();
    let holiday = moves.map_or(Holiday::Stays, Holiday::Moves);
    Some(Due::DayOfNextMonth { day: day?, holiday })
}

fn count(reader: &mut Reader, path: &str) -> Option<u32> {
    u32::try_from(reader.required(path, Reader::count)?.value).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_shipped_file_is_read_and_says_where_each_number_is_from() {
        for preset in SETTLEMENT_PRESETS {
            let rules = parse_settlement(preset.text).unwrap();
            assert_eq!(rules.head.id, preset.id);
            assert!(!rules.confirms_itself && rules.provisions.len() >= 3, "{}", preset.id);
        }
        assert!(settlement_preset("cn-settlement-xx").is_none());
    }

    #[test]
    fn a_day_no_month_has_is_a_fault() {
        let text = SETTLEMENT_PRESETS
            .first()
            .unwrap()
            .text
            .replace("day_of_next_month = 7", "day_of_next_month = 32");
        let faults = parse_settlement(&text).unwrap_err();
        assert!(
            faults.iter().any(|fault| format!("{fault:?}").contains("review.day_of_next_month")),
            "{faults:?}"
        );
    }
}
