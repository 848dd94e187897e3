//! How far an agreed volume is fulfilled against the time that has passed (序时进度).
use std::cmp::Ordering;

use super::term::AgreementYear;
use crate::exact::Exact;
use crate::time::Day;

/// Where an agreed volume stands at the end of a day.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Progress {
    /// What is agreed for the year.
    pub agreed: u64,
    /// What was bought of it so far.
    pub bought: u64,
    /// What is still to be bought; zero once the floor is reached.
    pub remaining: u64,
    /// What was bought beyond it, at the same price: the agreed volume is a floor, never a cap.
    pub beyond: u64,
    /// The days that passed over the days of the year, from 0 to 1.
    pub elapsed: Exact,
    /// Bought over agreed, above 1 once the floor is passed; `None` where nothing is agreed.
    pub reached: Option<Exact>,
    /// What would have been bought by now at an even pace: agreed × elapsed, rounded half-up to the unit.
    pub due: u64,
    /// Reached against elapsed.
    pub pace: Pace,
}

/// Reached against elapsed, compared exactly.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Pace {
    /// Less than the time that has passed.
    Behind,
    /// As much.
    Even,
    /// More; or there is nothing to reach.
    Ahead,
}

impl Pace {
    /// The stable label, in rows and on the wire.
    pub const fn label(self) -> &'static str {
        match self {
            Self::Behind => "BEHIND",
            Self::Even => "EVEN",
            Self::Ahead => "AHEAD",
        }
    }
}

/// The share of an agreement year that has passed at the end of a day: days from its first to that day over all its days, exact. 0 before it,
/// 1 after it.
pub fn elapsed(year: &AgreementYear, day: Day) -> Exact {
    let passed = year.start.days_to(day).saturating_add(1);
    let passed = u64::try_from(passed).unwrap_or(0).min(year.days());
    Exact::from(passed).checked_div(&Exact::from(year.days())).unwrap_or_else(Exact::one)
}

/// Where an agreed volume stands at the end of a day.
pub fn progress(year: &AgreementYear, day: Day, agreed: u64, bought: u64) -> Progress {
    let elapsed = elapsed(year, day);
    let due = &Exact::from(agreed) * &elapsed;
    let pace = match Exact::from(bought).cmp(&due) {
        _ if agreed == 0 => Pace::Ahead,
        Ordering::Less => Pace::Behind,
        Ordering::Equal => Pace::Even,
        Ordering::Greater => Pace::Ahead,
    };
    Progress {
        agreed,
        bought,
        remaining: agreed.saturating_sub(bought),
        beyond: bought.saturating_sub(agreed),
        reached: Exact::from(bought).checked_div(&Exact::from(agreed)),
        due: due.round_half_up(),
        elapsed,
        pace,
    }
}

/// A share as a percentage with two decimals, halves up. For print only.
pub fn percent(share: &Exact) -> String {
    (share * &Exact::from(100)).to_places(2)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::contract::term::Term;

    fn year() -> AgreementYear {
        let day = |text: &str| Day::parse(text).unwrap();
        Term::between(day("2023-01-01"), day("2023-12-31")).unwrap().year(1).unwrap()
    }

    #[test]
    fn time_passes_by_whole_days() {
        for (day, percentage) in [
            ("2022-12-31", "0.00"),
            ("2023-01-01", "0.27"),
            ("2023-03-14", "20.00"),
            ("2023-07-02", "50.14"),
            ("2023-12-31", "100.00"),
            ("2024-05-01", "100.00"),
        ] {
            assert_eq!(percent(&elapsed(&year(), Day::parse(day).unwrap())), percentage, "{day}");
        }
    }

    #[test]
    fn a_volume_is_behind_or_ahead_of_its_time_and_never_capped() {
        // 2023-03-14 ends day 73 of 365, a fifth of the year.
        for (agreed, bought, remaining, beyond, due, pace, reached) in [
            (1000, 199, 801, 0, 200, Pace::Behind, Some("19.90")),
            (1000, 200, 800, 0, 200, Pace::Even, Some("20.00")),
            (1000, 201, 799, 0, 200, Pace::Ahead, Some("20.10")),
            (1000, 1500, 0, 500, 200, Pace::Ahead, Some("150.00")),
            (3, 0, 3, 0, 1, Pace::Behind, Some("0.00")),
            (3, 1, 2, 0, 1, Pace::Ahead, Some("33.33")),
            (0, 0, 0, 0, 0, Pace::Ahead, None),
            (0, 5, 0, 5, 0, Pace::Ahead, None),
        ] {
            let at = progress(&year(), Day::parse("2023-03-14").unwrap(), agreed, bought);
            let told = at.reached.as_ref().map(percent);
            assert_eq!(
                (at.remaining, at.beyond, at.due, at.pace, told.as_deref()),
                (remaining, beyond, due, pace, reached),
                "{bought} of {agreed}"
            );
        }
    }
}
