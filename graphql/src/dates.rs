//! Civil days on the wire: `YYYY-MM-DD` in the proleptic Gregorian calendar.
use async_graphql::{InputValueResult, Scalar, ScalarType, Value};
use jicai_domain::errors::{Code, Refusal};
use jicai_domain::time::Day;

use crate::error::scalar_error;

/// A civil day, `YYYY-MM-DD`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Date(pub(crate) Day);

/// A civil day, `YYYY-MM-DD`.
#[Scalar]
impl ScalarType for Date {
    fn parse(value: Value) -> InputValueResult<Self> {
        let day = if let Value::String(text) = &value { read(text) } else { None };
        day.map(Date).ok_or_else(|| scalar_error(&Refusal::of(Code::DateInvalid).allowing("YYYY-MM-DD")))
    }

    fn to_value(&self) -> Value {
        Value::String(write(self.0))
    }
}

fn read(text: &str) -> Option<Day> {
    let shape = text.len() == 10
        && text.bytes().enumerate().all(|(at, byte)| match at {
            4 | 7 => byte == b'-',
            _digit => byte.is_ascii_digit(),
        });
    let mut numbers = text.splitn(3, '-').filter_map(|part| part.parse::<i32>().ok());
    let (year, month, day) = (numbers.next()?, numbers.next()?, numbers.next()?);
    let date = Day::from_epoch_days(days_from_civil(year, month, day));
    // What is no day of the calendar, such as 30 February, is written as another.
    (shape && (1..=12).contains(&month) && write(date) == text).then_some(date)
}

fn write(day: Day) -> String {
    let (year, month, day) = civil_from_days(day.epoch_days());
    format!("{year:04}-{month:02}-{day:02}")
}

/// Days since 1970-01-01; years begin in March, so that the leap day is their last.
fn days_from_civil(year: i32, month: i32, day: i32) -> i32 {
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let year_of_era = year.rem_euclid(400);
    let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    era * 146_097 + day_of_era - 719_468
}

fn civil_from_days(days: i32) -> (i32, i32, i32) {
    let shifted = i64::from(days) + 719_468;
    let era = shifted.div_euclid(146_097);
    let day_of_era = shifted.rem_euclid(146_097);
    let year_of_era = (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month_from_march = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month_from_march + 2) / 5 + 1;
    let month = (month_from_march + 2) % 12 + 1;
    let year = year_of_era + era * 400 + i64::from(month <= 2);
    let small = |number: i64| i32::try_from(number).unwrap_or_default();
    (small(year), small(month), small(day))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_are_counted_from_1970() {
        for (text, days) in
            [("1970-01-01", 0), ("2000-02-29", 11_016), ("2026-11-22", 20_779), ("1969-12-31", -1)]
        {
            assert_eq!(read(text), Some(Day::from_epoch_days(days)), "{text}");
            assert_eq!(write(Day::from_epoch_days(days)), text);
        }
    }

    #[test]
    fn every_day_of_four_centuries_is_read_back() {
        for days in -10_000..140_000 {
            let day = Day::from_epoch_days(days);
            assert_eq!(read(&write(day)), Some(day));
        }
    }

    #[test]
    fn what_is_no_day_is_refused() {
        for bad in [
            "",
            "2026-02-30",
            "2026-13-01",
            "2026-00-10",
            "2026-1-01",
            "20261122",
            "2026-11-22T",
            "+026-01-01",
        ] {
            assert_eq!(read(bad), None, "{bad}");
        }
    }
}
