//! Civil days and instants on the wire.
use async_graphql::{InputValueResult, Scalar, ScalarType, Value};
use jicai_domain::errors::{Code, Refusal};
use jicai_domain::time::{Day, Timestamp};

use crate::error::scalar_error;

/// A civil day, `YYYY-MM-DD`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Date(pub(crate) Day);

/// A civil day, `YYYY-MM-DD`.
#[Scalar]
impl ScalarType for Date {
    fn parse(value: Value) -> InputValueResult<Self> {
        let day = if let Value::String(text) = &value { Day::parse(text) } else { None };
        day.map(Date).ok_or_else(|| scalar_error(&Refusal::of(Code::DateInvalid).allowing("YYYY-MM-DD")))
    }

    fn to_value(&self) -> Value {
        Value::String(self.0.to_string())
    }
}

/// An instant in UTC, as RFC 3339 writes it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct DateTime(pub(crate) Timestamp);

/// An instant in UTC, as RFC 3339 writes it: `2026-11-22T08:00:00.123456Z`.
#[Scalar]
impl ScalarType for DateTime {
    fn parse(value: Value) -> InputValueResult<Self> {
        let instant =
            if let Value::String(text) = &value { text.parse::<jiff::Timestamp>().ok() } else { None };
        let instant = instant.map(|instant| DateTime(Timestamp::from_micros(instant.as_microsecond())));
        instant.ok_or_else(|| {
            scalar_error(&Refusal::of(Code::DateInvalid).allowing("an instant such as 2026-11-22T08:00:00Z"))
        })
    }

    fn to_value(&self) -> Value {
        let instant = jiff::Timestamp::from_microsecond(self.0.micros()).unwrap_or_default();
        Value::String(instant.to_string())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Option<Date> {
        Date::parse(Value::from(text)).ok()
    }

    #[test]
    fn days_are_counted_from_1970() {
        for (text, days) in
            [("1970-01-01", 0), ("2000-02-29", 11_016), ("2026-11-22", 20_779), ("1969-12-31", -1)]
        {
            assert_eq!(read(text), Some(Date(Day::from_epoch_days(days))), "{text}");
            assert_eq!(Date(Day::from_epoch_days(days)).to_value(), Value::from(text));
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
            "2026-11-22T08:00:00",
            "+026-01-01",
        ] {
            assert_eq!(read(bad), None, "{bad}");
        }
    }

    #[test]
    fn an_instant_is_read_back_to_the_microsecond() {
        let instant = DateTime(Timestamp::from_micros(1_795_000_000_123_456));
        assert_eq!(instant.to_value(), Value::from("2026-11-18T11:06:40.123456Z"));
        assert_eq!(DateTime::parse(instant.to_value()).map_err(drop), Ok(instant));
        assert!(DateTime::parse(Value::from("2026-11-18")).is_err());
    }
}
