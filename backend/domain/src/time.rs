//! Instants and civil days as plain numbers. Nothing here reads a clock: `now` is always an argument.

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
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_in_china_begins_at_four_in_the_afternoon_of_the_day_before_in_utc() {
        let day = |seconds: i64| Timestamp::from_micros(seconds * 1_000_000).day_in_china().epoch_days();
        assert_eq!((day(0), day(16 * 3600 - 1), day(16 * 3600), day(-8 * 3600 - 1)), (0, 0, 1, -1));
    }
}
