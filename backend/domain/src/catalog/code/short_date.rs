//! Days as labels print them: YYMMDD.

/// A day with two digits for its year. Day 00 is the last one of its month.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ShortDate {
    year: u16,
    month: u8,
    day: u8,
}

impl ShortDate {
    /// Reads six digits YYMMDD. `None` if there is no such day in any century.
    pub fn parse(text: &str) -> Option<Self> {
        let number = |from: usize| text.get(from..from.saturating_add(2)).and_then(two_digits);
        let (year, month, day) = (number(0)?, number(2)?, number(4)?);
        let exists = text.len() == 6
            && (1..=12).contains(&month)
            && day <= days_in(2000_u16.saturating_add(year.into()), month);
        exists.then_some(Self { year: year.into(), month, day })
    }

    /// The day in full, `YYYY-MM-DD`: in the century that puts it less than 51 years ahead of the given year and less than 50 before
    /// it, as GS1 has it.
    pub fn iso(self, now: u16) -> String {
        let century = now.saturating_sub(now % 100);
        let apart = i32::from(self.year).saturating_sub(i32::from(now % 100));
        let century = match apart {
            51.. => century.saturating_sub(100),
            ..=-50 => century.saturating_add(100),
            _ => century,
        };
        let year = century.saturating_add(self.year);
        let day = if self.day == 0 { days_in(year, self.month) } else { self.day };
        format!("{year:04}-{:02}-{day:02}", self.month)
    }
}

fn two_digits(text: &str) -> Option<u8> {
    text.bytes().all(|byte| byte.is_ascii_digit()).then(|| text.parse().ok()).flatten()
}

const fn days_in(year: u16, month: u8) -> u8 {
    match month {
        2 if year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400)) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_and_centuries() {
        let iso = |text: &str, now: u16| ShortDate::parse(text).map(|date| date.iso(now));
        assert_eq!(iso("150707", 2026).as_deref(), Some("2015-07-07"));
        assert_eq!(iso("240200", 2026).as_deref(), Some("2024-02-29"), "day 00 is the last of the month");
        assert_eq!(iso("230200", 2026).as_deref(), Some("2023-02-28"));
        assert_eq!(iso("760131", 2026).as_deref(), Some("2076-01-31"), "50 years ahead is this century");
        assert_eq!(iso("770131", 2026).as_deref(), Some("1977-01-31"), "51 years ahead is the last one");
        assert_eq!(iso("010131", 2051).as_deref(), Some("2101-01-31"));
        for bad in ["", "991301", "990001", "990132", "230229", "99010", "9901011", "99O101", "９９０１０1"]
        {
            assert_eq!(ShortDate::parse(bad), None, "{bad}");
        }
    }
}
