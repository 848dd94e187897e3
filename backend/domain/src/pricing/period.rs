//! The periods of a series, and the figures of an index's rows.
use std::fmt;

use crate::procurement::values::{ValueError, parse_date};

/// What a figure of an index's row may be at most; beyond, sums of products leave the range of a double.
const FIGURE_MAX: f64 = 1e15;
/// What it may be at least.
const FIGURE_MIN: f64 = 1e-12;
/// Digits of a numbered period.
const NUMBER_DIGITS_MAX: usize = 9;

/// What the periods of a series are. One series has one kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum PeriodKind {
    /// Whole numbers, years among them.
    Number,
    /// `YYYY-Qn`.
    Quarter,
    /// `YYYY-MM`.
    Month,
    /// `YYYY-MM-DD`.
    Day,
}

/// A period, in the order of time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Period {
    kind: PeriodKind,
    ordinal: u32,
}

impl Period {
    /// What kind it is.
    pub fn kind(self) -> PeriodKind {
        self.kind
    }

    /// Whether `later` is the very next one; numbers and days need not be without gaps.
    pub fn is_followed_by(self, later: Self) -> bool {
        match self.kind {
            PeriodKind::Number | PeriodKind::Day => true,
            PeriodKind::Quarter | PeriodKind::Month => self.ordinal.saturating_add(1) == later.ordinal,
        }
    }
}

impl fmt::Display for Period {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let ordinal = self.ordinal;
        match self.kind {
            PeriodKind::Number => write!(f, "{ordinal}"),
            PeriodKind::Quarter => write!(f, "{:04}-Q{}", ordinal / 4, (ordinal % 4).saturating_add(1)),
            PeriodKind::Month => write!(f, "{:04}-{:02}", ordinal / 12, (ordinal % 12).saturating_add(1)),
            PeriodKind::Day => {
                write!(f, "{:04}-{:02}-{:02}", ordinal / 10_000, ordinal / 100 % 100, ordinal % 100)
            }
        }
    }
}

/// A period: a whole number, `YYYY-Qn`, `YYYY-MM` or `YYYY-MM-DD`. Errors: `BadPeriod`.
pub fn parse_period(text: &str) -> Result<Period, ValueError> {
    let text = text.trim();
    let number = |text: &str, most: usize| {
        let digits = !text.is_empty() && text.len() <= most && text.bytes().all(|byte| byte.is_ascii_digit());
        digits.then(|| text.parse::<u32>().ok()).flatten()
    };
    let found = match text.split_once('-') {
        None => number(text, NUMBER_DIGITS_MAX).map(|ordinal| (PeriodKind::Number, ordinal)),
        Some((year, rest)) if rest.contains('-') => {
            let valid = number(year, 4).is_some() && parse_date(text).is_ok();
            let digits: String = text.chars().filter(char::is_ascii_digit).collect();
            number(&digits, 8).filter(|_| valid).map(|ordinal| (PeriodKind::Day, ordinal))
        }
        Some((year, part)) => number(year, 4).filter(|_| year.len() == 4).and_then(|year| {
            let (kind, length, part) = match part.strip_prefix('Q') {
                Some(quarter) => (PeriodKind::Quarter, 4, number(quarter, 1)),
                None => (PeriodKind::Month, 12, number(part, 2).filter(|_| part.len() == 2)),
            };
            let part = part.filter(|part| (1..=length).contains(part))?;
            Some((kind, year.saturating_mul(length).saturating_add(part).saturating_sub(1)))
        }),
    };
    found.map(|(kind, ordinal)| Period { kind, ordinal }).ok_or(ValueError::BadPeriod)
}

/// A price or quantity of an index's row, as the double nearest to it: from 1e-12 to 1e15. Errors: `BadFigure`.
pub fn parse_figure(text: &str) -> Result<f64, ValueError> {
    let text = text.trim();
    let plain = text.bytes().all(|byte| byte.is_ascii_digit() || b".eE+-".contains(&byte));
    let figure = text.parse::<f64>().ok().filter(|_| plain && !text.starts_with('+'));
    figure.filter(|figure| (FIGURE_MIN..=FIGURE_MAX).contains(figure)).ok_or(ValueError::BadFigure)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn periods_are_read_and_written_and_stand_in_the_order_of_time() {
        for text in ["7", "2014", "2024-Q4", "2025-01", "2024-02-29"] {
            assert_eq!(parse_period(text).unwrap().to_string(), text);
        }
        let ordered = ["9", "10", "2024"].map(|text| parse_period(text).unwrap());
        assert!(ordered.is_sorted());
        assert!(["2024-09", "2024-12", "2025-01"].map(|text| parse_period(text).unwrap()).is_sorted());
        for text in [
            "",
            "x",
            "-1",
            "2024-13",
            "2024-00",
            "2024-1",
            "2024-Q5",
            "24-01",
            "2023-02-29",
            "1234567890",
            "1.5",
        ] {
            assert_eq!(parse_period(text), Err(ValueError::BadPeriod), "{text}");
        }
    }

    #[test]
    fn a_missing_month_is_seen() {
        let [december, january, march] =
            ["2024-12", "2025-01", "2025-03"].map(|text| parse_period(text).unwrap());
        assert!(december.is_followed_by(january));
        assert!(!january.is_followed_by(march));
    }

    #[test]
    fn figures_are_positive_and_bounded() {
        assert_eq!(parse_figure(" 3.3333333333333335 "), Ok(3.333_333_333_333_333_5));
        assert_eq!(parse_figure("1e-5"), Ok(1e-5));
        for text in ["0", "-1", "nan", "inf", "1e16", "1e-13", "1,5", "", "+1", "0x1"] {
            assert_eq!(parse_figure(text), Err(ValueError::BadFigure), "{text}");
        }
    }
}
