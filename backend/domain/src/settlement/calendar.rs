//! Working days (工作日) and what is due by them. The holidays and make-up days of a year are a rule file.
use std::collections::BTreeSet;

use crate::errors::{Code, Refusal};
use crate::procurement::rules::file::head;
use crate::procurement::rules::reader::Reader;
use crate::procurement::rules::{Head, Preset, RuleProblem};
use crate::settlement::rules::{Due, Holiday};
use crate::time::Day;

/// The calendars that ship.
pub const HOLIDAY_PRESETS: &[Preset] = &[
    Preset { id: "cn-holidays-2025", text: include_str!("../../rules/cn-holidays-2025.toml") },
    Preset { id: "cn-holidays-2026", text: include_str!("../../rules/cn-holidays-2026.toml") },
];

/// A year's holidays and make-up working days (放假调休), as the State Council announces them.
#[derive(Clone, Debug, PartialEq)]
pub struct Holidays {
    /// Who and when.
    pub head: Head,
    from: Day,
    until: Day,
    /// Weekdays and weekend days that are off.
    off: BTreeSet<Day>,
    /// Weekend days that are worked (补班).
    worked: BTreeSet<Day>,
}

/// Reads a calendar file: `year`, `off` as `first/last` or single days, `worked` as days. Errors: every fault at once (`RULE_FILE_INVALID`).
pub fn parse_holidays(text: &str) -> Result<Holidays, Vec<RuleProblem>> {
    let mut reader = Reader::open(text)?;
    let head = head(&mut reader);
    let off = days(&mut reader, "calendar.off");
    let worked = days(&mut reader, "calendar.worked");
    let valid = (Day::parse(&head.valid_from), head.valid_to.as_deref().and_then(Day::parse));
    if valid.1.is_none() {
        reader.problem("valid_to", (0, 0), String::new(), ("the last day of the year", "该年度的最后一日"));
    }
    reader.report_unused();
    match valid {
        (Some(from), Some(until)) if reader.problems.is_empty() => {
            Ok(Holidays { head, from, until, off, worked })
        }
        _ => Err(reader.problems),
    }
}

fn days(reader: &mut Reader, path: &str) -> BTreeSet<Day> {
    let texts = reader.list(path);
    reader.provision(path);
    let spans: Vec<Option<Vec<Day>>> = texts.iter().map(|text| span(text)).collect();
    if spans.iter().any(Option::is_none) {
        let expected =
            ("days as 2026-10-01 or 2026-10-01/2026-10-07", "日期，如 2026-10-01 或 2026-10-01/2026-10-07");
        reader.problem(path, (0, 0), texts.join(", "), expected);
    }
    spans.into_iter().flatten().flatten().collect()
}

/// The days from one to another, at most a month of them.
fn span(text: &str) -> Option<Vec<Day>> {
    let (first, last) = text.split_once('/').unwrap_or((text, text));
    let (first, last) = (Day::parse(first)?, Day::parse(last)?);
    let length = i32::try_from(first.days_to(last)).ok().filter(|days| (0..31).contains(days))?;
    Some((0..=length).map(|days| first.plus_days(days)).collect())
}

/// Working days over the years whose calendars are known.
#[derive(Clone, Debug)]
pub struct WorkingDays {
    years: Vec<Holidays>,
}

impl WorkingDays {
    /// Working days by these calendars.
    pub const fn new(years: Vec<Holidays>) -> Self {
        Self { years }
    }

    /// Whether people work on a day: on weekdays but holidays, and on make-up days. Errors: `CALENDAR_UNKNOWN` where no calendar holds for it: a
    /// day is never guessed to be one.
    pub fn works(&self, day: Day) -> Result<bool, Refusal> {
        let held = |year: &&Holidays| year.from <= day && day <= year.until;
        let year =
            self.years.iter().find(held).ok_or_else(|| Refusal::of(Code::CalendarUnknown).at("day"))?;
        Ok(year.worked.contains(&day) || (!day.is_weekend() && !year.off.contains(&day)))
    }

    /// The so-many-th working day after a day; the day itself for 0. Errors: `CALENDAR_UNKNOWN`.
    pub fn after(&self, day: Day, count: u32) -> Result<Day, Refusal> {
        let (mut at, mut left) = (day, count);
        while left > 0 {
            at = at.plus_days(1);
            left = left.saturating_sub(u32::from(self.works(at)?));
        }
        Ok(at)
    }

    /// The day on which something is due by a rule. Errors: `CALENDAR_UNKNOWN`, `DATE_INVALID` where the month has no such day.
    pub fn due(&self, rule: &Due, from: Day) -> Result<Day, Refusal> {
        match rule {
            Due::WorkingDays(count) => self.after(from, *count),
            Due::DayOfNextMonth { day, holiday } => {
                let day = from.in_next_month(*day).ok_or_else(|| Refusal::of(Code::DateInvalid))?;
                match (self.works(day)?, holiday) {
                    (true, _) | (false, Holiday::Stays) => Ok(day),
                    (false, Holiday::Moves(count)) => self.after(day, *count),
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::settlement::rules::{Holiday, parse_settlement, settlement_preset};

    fn china() -> WorkingDays {
        WorkingDays::new(HOLIDAY_PRESETS.iter().map(|preset| parse_holidays(preset.text).unwrap()).collect())
    }

    fn day(text: &str) -> Day {
        Day::parse(text).unwrap()
    }

    #[test]
    fn days_are_worked_as_the_notices_say() {
        for (text, worked) in [
            ("2025-01-26", true),
            ("2025-10-08", false),
            ("2025-10-09", true),
            ("2025-10-11", true),
            ("2025-10-12", false),
            ("2026-01-04", true),
            ("2026-02-16", false),
            ("2026-11-22", false),
            ("2026-11-23", true),
        ] {
            assert_eq!(china().works(day(text)), Ok(worked), "{text}");
        }
    }

    #[test]
    fn the_working_days_of_both_years_are_as_many_as_the_notices_leave() {
        let worked = |year: &str| {
            let first = day(&format!("{year}-01-01"));
            (0..365).filter(|days| china().works(first.plus_days(*days)).unwrap()).count()
        };
        // 261 weekdays each; 2025 has 18 of them off and 5 days made up, 2026 has 19 and 6.
        assert_eq!((worked("2025"), worked("2026")), (248, 248));
    }

    #[test]
    fn a_year_without_a_calendar_is_not_guessed() {
        assert_eq!(china().works(day("2027-01-04")).unwrap_err().code, Code::CalendarUnknown);
        assert_eq!(china().after(day("2026-12-30"), 5).unwrap_err().code, Code::CalendarUnknown);
    }

    #[test]
    fn what_is_due_in_the_holidays_is_due_two_working_days_after_them() {
        let rules = parse_settlement(settlement_preset("cn-settlement-js-2025").unwrap().text).unwrap();
        for (accepted, due) in [
            ("2025-09-12", "2025-10-10"),
            ("2025-12-31", "2026-01-05"),
            ("2026-01-31", "2026-02-05"),
            ("2026-03-02", "2026-04-08"),
        ] {
            assert_eq!(china().due(&rules.apply, day(accepted)), Ok(day(due)), "{accepted}");
        }
        assert_eq!(china().due(&rules.confirm, day("2025-09-30")), Ok(day("2025-10-14")));
        let stays = Due::DayOfNextMonth { day: 5, holiday: Holiday::Stays };
        assert_eq!(china().due(&stays, day("2025-09-30")), Ok(day("2025-10-05")));
        let none = Due::DayOfNextMonth { day: 31, holiday: Holiday::Stays };
        assert_eq!(china().due(&none, day("2025-08-31")).unwrap_err().code, Code::DateInvalid);
    }
}
