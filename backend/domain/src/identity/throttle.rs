//! How many wrong passwords a login name may see before it has to wait.
use crate::time::Timestamp;

/// The failed logins of one login name, whether a user has it or not: so that waiting tells nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Attempts {
    /// Failures since the last success or the last wait.
    pub failures: i32,
    /// Until when every try is refused.
    pub closed_until: Option<Timestamp>,
}

impl Attempts {
    /// Failures that close a login name.
    pub const FAILURES_MAX: i32 = 5;
    /// For how long.
    pub const CLOSED_SECONDS: i64 = 900;
    /// For how long the failures of a name that nobody tries any more are remembered.
    pub const KEPT_SECONDS: i64 = 24 * 3600;
    /// No failure yet.
    pub const NONE: Attempts = Attempts { failures: 0, closed_until: None };

    /// Whether a try is refused unread.
    pub fn closed(self, now: Timestamp) -> bool {
        self.closed_until.is_some_and(|until| now < until)
    }

    /// The attempts after one more failure.
    #[must_use]
    pub fn after_failure(self, now: Timestamp) -> Attempts {
        let failures = if self.closed_until.is_some() { 1 } else { self.failures.saturating_add(1) };
        if failures < Self::FAILURES_MAX {
            return Attempts { failures, closed_until: None };
        }
        Attempts { failures, closed_until: Some(now.plus_seconds(Self::CLOSED_SECONDS)) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_fifth_failure_closes_the_name_for_a_quarter_of_an_hour() {
        let now = Timestamp::from_micros(1_000_000);
        let fourth = (0..4).fold(Attempts::NONE, |attempts, _| attempts.after_failure(now));
        assert!(!fourth.closed(now));
        let fifth = fourth.after_failure(now);
        assert!(fifth.closed(now.plus_seconds(899)));
        assert!(!fifth.closed(now.plus_seconds(900)));
        assert_eq!(fifth.after_failure(now.plus_seconds(900)).failures, 1);
    }
}
