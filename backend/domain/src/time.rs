//! Instants and civil days as plain numbers. Nothing here reads a clock: `now` is always an argument.
use std::fmt;

use jiff::civil::Weekday;
use jiff::{Span, civil};

/// 1970-01-01.
const EPOCH: civil::Date = civil::Date::constant(1970, 1, 1);

/// Microseconds since 1970-01-01T00:00:00Z.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp(i64);

impl Timestamp {
    /// The instant that many microseconds after the epoch.
    pub const fn from_micros(micros: i64) -> Self {
        Self(micros)
    }

    /// Microseconds since the epoch.
    pub const fn micros(self) -> i64 {
        self.0
    }

    /// Whole seconds since the epoch, rounded down.
    pub const fn seconds(self) -> i64 {
        self.0.div_euclid(1_000_000)
    }

    /// The civil day that it is part of in China, which has one time, 8 hours ahead of UTC, all year.
    pub fn day_in_china(self) -> Day {
        let days = self.seconds().saturating_add(8 * 3600).div_euclid(86_400);
        Day(i32::try_from(days).unwrap_or(if days < 0 { i32::MIN } else { i32::MAX }))
    }

    /// The instant that many seconds later; the last representable one where there is none.
    pub const fn plus_seconds(self, seconds: i64) -> Self {
        Self(self.0.saturating_add(seconds.saturating_mul(1_000_000)))
    }
}

/// A civil day, counted from 1970-01-01.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Day(i32);

impl Day {
    /// The day that many days after 1970-01-01.
    pub const fn from_epoch_days(days: i32) -> Self {
        Self(days)
    }

    /// Days since 1970-01-01.
    pub const fn epoch_days(self) -> i32 {
        self.0
    }

    /// Reads YYYY-MM-DD and nothing else. `None` where it is no such day.
    pub fn parse(text: &str) -> Option<Self> {
        let date: civil::Date = text.parse().ok()?;
        let day = Self::of(date)?;
        (date.to_string() == text).then_some(day)
    }

    /// The day that many days later, or earlier.
    pub const fn plus_days(self, days: i32) -> Self {
        Self(self.0.saturating_add(days))
    }

    /// The instant that it begins with in China.
    pub fn begins_in_china(self) -> Timestamp {
        let seconds = i64::from(self.0).saturating_mul(86_400).saturating_sub(8 * 3600);
        Timestamp::from_micros(seconds.saturating_mul(1_000_000))
    }

    /// Days from this one to a later one; below zero to an earlier one.
    pub fn days_to(self, later: Day) -> i64 {
        i64::from(later.0).saturating_sub(i64::from(self.0))
    }

    /// The last day of so many months that begin with this day: the one before the day of the same number, or where that month has no such
    /// day, its last (民法典第二百零二条). `None` where it is out of the calendar's range.
    pub fn last_of_months(self, months: u64) -> Option<Self> {
        let start = self.civil()?;
        let months = Span::new().try_months(i64::try_from(months).ok()?).ok()?;
        let month = start.first_of_month().checked_add(months).ok()?;
        if start.day() > month.days_in_month() {
            return Self::of(month.last_of_month());
        }
        Some(Self::of(month)?.plus_days(i32::from(start.day()).saturating_sub(2)))
    }

    /// Whether it is a Saturday or a Sunday.
    pub fn is_weekend(self) -> bool {
        let weekday = self.civil().map(civil::Date::weekday);
        matches!(weekday, Some(Weekday::Saturday | Weekday::Sunday))
    }

    /// The day of that number in the month after. `None` where that month has no such day.
    pub fn in_next_month(self, day: i8) -> Option<Self> {
        let next = self.civil()?.last_of_month().tomorrow().ok()?;
        Self::of(civil::Date::new(next.year(), next.month(), day).ok()?)
    }

    fn of(date: civil::Date) -> Option<Self> {
        Some(Self(EPOCH.until(date).ok()?.get_days()))
    }

    fn civil(self) -> Option<civil::Date> {
        EPOCH.checked_add(Span::new().try_days(self.0).ok()?).ok()
    }
}

/// YYYY-MM-DD.
impl fmt::Display for Day {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.civil().unwrap_or_default().fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_are_read_and_written() {
        for (text, days) in
            [("1970-01-01", 0), ("2000-02-29", 11_016), ("2026-11-22", 20_779), ("1969-12-31", -1)]
        {
            assert_eq!(Day::parse(text), Some(Day::from_epoch_days(days)), "{text}");
            assert_eq!(Day::from_epoch_days(days).to_string(), text);
        }
        for bad in ["", "2023-02-29", "2026-1-1", "20261122", "2026-11-22T00:00"] {
            assert_eq!(Day::parse(bad), None, "{bad}");
        }
    }

    #[test]
    fn months_end_the_day_before_the_day_of_the_same_number_or_with_the_month() {
        for (start, months, last) in [
            ("2021-05-01", 12, "2022-04-30"),
            ("2024-03-01", 36, "2027-02-28"),
            ("2023-03-01", 12, "2024-02-29"),
            ("2023-11-15", 4, "2024-03-14"),
            ("2023-08-31", 6, "2024-02-29"),
            ("2023-08-30", 6, "2024-02-29"),
            ("2023-08-29", 6, "2024-02-28"),
            ("2024-02-29", 12, "2025-02-28"),
            ("2024-12-31", 1, "2025-01-30"),
        ] {
            let day = Day::parse(start).unwrap().last_of_months(months).unwrap();
            assert_eq!(day.to_string(), last, "{start} + {months}");
        }
        assert_eq!(Day::from_epoch_days(0).last_of_months(u64::MAX), None);
        assert_eq!(Day::from_epoch_days(i32::MAX).last_of_months(1), None);
    }

    #[test]
    fn a_day_in_china_begins_at_four_in_the_afternoon_of_the_day_before_in_utc() {
        let day = |seconds: i64| Timestamp::from_micros(seconds * 1_000_000).day_in_china().epoch_days();
        assert_eq!((day(0), day(16 * 3600 - 1), day(16 * 3600), day(-8 * 3600 - 1)), (0, 0, 1, -1));
    }
}
