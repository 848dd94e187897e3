//! How long contracts run: civil days in China, agreement years that are signed one by one, and extension until the next result.
use crate::errors::{Code, Refusal};
use crate::procurement::decision::Period;
use crate::time::Day;

/// Months of an agreement year.
const YEAR: u64 = 12;

/// The term of the contracts of a lot (协议期). Both days belong to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Term {
    start: Day,
    end: Day,
    extension: Option<Extension>,
}

/// How far a term goes on after its end (续签, 接续).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Extension {
    /// To a day, which belongs to it.
    Until(Day),
    /// Until the next result's contracts begin.
    NextResult,
}

/// One agreement year (协议年度): contracts are signed and volumes agreed for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AgreementYear {
    /// 1 for the first.
    pub number: u32,
    /// Its first day.
    pub start: Day,
    /// Its last day.
    pub end: Day,
}

impl AgreementYear {
    /// How many days it has.
    pub fn days(&self) -> u64 {
        u64::try_from(self.start.days_to(self.end).saturating_add(1)).unwrap_or(0)
    }
}

fn invalid(field: &'static str) -> Refusal {
    Refusal::of(Code::TermInvalid).at(field)
}

impl Term {
    /// The term that begins with that day and lasts as the engine decided. Errors: `TERM_INVALID`.
    pub fn of(period: &Period, start: Day) -> Result<Self, Refusal> {
        let end = match period {
            Period::Months(0) => None,
            Period::Months(months) => start.last_of_months(*months),
            Period::Until(last) => Day::parse(last),
        };
        Self::between(start, end.ok_or(invalid("period"))?)
    }

    /// The term of these first and last days. Errors: `TERM_INVALID`.
    pub fn between(start: Day, end: Day) -> Result<Self, Refusal> {
        if end < start { Err(invalid("end")) } else { Ok(Self { start, end, extension: None }) }
    }

    /// The first day.
    pub const fn start(&self) -> Day {
        self.start
    }

    /// The last day without extension.
    pub const fn end(&self) -> Day {
        self.end
    }

    /// How it is extended.
    pub const fn extension(&self) -> Option<Extension> {
        self.extension
    }

    /// The last day as it is known; `None` while it runs until the next result.
    pub const fn last_day(&self) -> Option<Day> {
        match self.extension {
            None => Some(self.end),
            Some(Extension::Until(last)) => Some(last),
            Some(Extension::NextResult) => None,
        }
    }

    /// Whether a day belongs to it.
    pub fn covers(&self, day: Day) -> bool {
        self.start <= day && self.last_day().is_none_or(|last| day <= last)
    }

    /// The term extended, or extended further. Errors: `TERM_INVALID` for a day that is not later than its last, or once it runs until
    /// the next result.
    pub fn extended(self, extension: Extension) -> Result<Self, Refusal> {
        let last = self.last_day().ok_or(invalid("extension"))?;
        match extension {
            Extension::Until(day) if day <= last => Err(invalid("extension")),
            Extension::Until(_) | Extension::NextResult => Ok(Self { extension: Some(extension), ..self }),
        }
    }

    /// The term when the contracts of the next result begin with that day: it ends the day before, and no later than it would have.
    /// Errors: `TERM_INVALID` where it would never have begun.
    pub fn succeeded_from(self, next: Day) -> Result<Self, Refusal> {
        let before = next.plus_days(-1);
        if before < self.start {
            return Err(invalid("start"));
        }
        if self.last_day().is_some_and(|last| last <= before) {
            return Ok(self);
        }
        if before <= self.end {
            return Ok(Self { end: before, extension: None, ..self });
        }
        Ok(Self { extension: Some(Extension::Until(before)), ..self })
    }

    /// The agreement year that a day belongs to: 12 months each from the start, the last one shorter where the term ends before.
    pub fn year_of(&self, day: Day) -> Option<AgreementYear> {
        if !self.covers(day) {
            return None;
        }
        let mut year = self.year(1)?;
        while year.end < day {
            year = self.year(year.number.checked_add(1)?)?;
        }
        Some(year)
    }

    /// The agreement year of that number, from 1.
    pub fn year(&self, number: u32) -> Option<AgreementYear> {
        let before = u64::from(number.checked_sub(1)?).checked_mul(YEAR)?;
        let start = if before == 0 { self.start } else { self.start.last_of_months(before)?.plus_days(1) };
        let whole = self.start.last_of_months(before.checked_add(YEAR)?)?;
        let end = self.last_day().map_or(whole, |last| last.min(whole));
        (start <= end).then_some(AgreementYear { number, start, end })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> Day {
        Day::parse(text).unwrap()
    }

    fn years(term: &Term) -> Vec<String> {
        let known = (1..9).map_while(|number| term.year(number));
        known.map(|year| format!("{} {}..{} {}", year.number, year.start, year.end, year.days())).collect()
    }

    #[test]
    fn the_period_of_the_engine_becomes_days() {
        let round_5 = Term::of(&Period::Months(24), day("2021-10-01")).unwrap();
        assert_eq!((round_5.start(), round_5.end()), (day("2021-10-01"), day("2023-09-30")));
        assert_eq!(years(&round_5), ["1 2021-10-01..2022-09-30 365", "2 2022-10-01..2023-09-30 365"]);
        let round_9 = Term::of(&Period::Until("2027-12-31".to_owned()), day("2024-03-01")).unwrap();
        assert_eq!(
            years(&round_9),
            [
                "1 2024-03-01..2025-02-28 365",
                "2 2025-03-01..2026-02-28 365",
                "3 2026-03-01..2027-02-28 365",
                "4 2027-03-01..2027-12-31 306"
            ]
        );
        assert_eq!(round_9.year_of(day("2026-02-28")).unwrap().number, 2);
        assert_eq!(round_9.year_of(day("2028-01-01")), None);
        for bad in
            [Period::Months(0), Period::Until("soon".to_owned()), Period::Until("2024-02-29".to_owned())]
        {
            assert_eq!(Term::of(&bad, day("2024-03-01")).unwrap_err().code, Code::TermInvalid, "{bad:?}");
        }
    }

    #[test]
    fn years_that_begin_on_a_leap_day_follow_one_another() {
        let term = Term::of(&Period::Months(36), day("2024-02-29")).unwrap();
        assert_eq!(
            years(&term),
            ["1 2024-02-29..2025-02-28 366", "2 2025-03-01..2026-02-28 365", "3 2026-03-01..2027-02-28 365"]
        );
    }

    #[test]
    fn an_extension_lasts_until_the_next_result() {
        let term = Term::of(&Period::Months(12), day("2021-05-01")).unwrap();
        let open = term.extended(Extension::NextResult).unwrap();
        assert_eq!((open.last_day(), open.covers(day("2030-01-01"))), (None, true));
        assert_eq!(open.year_of(day("2023-05-01")).unwrap().number, 3);
        assert!(open.extended(Extension::Until(day("2031-01-01"))).is_err());
        let closed = open.succeeded_from(day("2023-02-01")).unwrap();
        assert_eq!(closed.last_day(), Some(day("2023-01-31")));
        assert_eq!(years(&closed), ["1 2021-05-01..2022-04-30 365", "2 2022-05-01..2023-01-31 276"]);
        assert_eq!(term.succeeded_from(day("2021-11-01")).unwrap().end(), day("2021-10-31"));
        assert_eq!(term.succeeded_from(day("2025-11-01")).unwrap(), term);
        assert!(term.succeeded_from(day("2021-05-01")).is_err());
        assert!(term.extended(Extension::Until(day("2022-04-30"))).is_err());
        assert!(term.extended(Extension::Until(day("2022-05-01"))).is_ok());
    }
}
