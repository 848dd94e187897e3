//! Instants and days between the domain (from 1970) and Postgres (from 2000).
use diesel::pg::data_types::{PgDate, PgTimestamp};
use jicai_domain::time::{Day, Timestamp};

const MICROS_TO_2000: i64 = 946_684_800_000_000;
const DAYS_TO_2000: i32 = 10_957;

pub(crate) fn timestamp(column: PgTimestamp) -> Timestamp {
    Timestamp::from_micros(column.0.saturating_add(MICROS_TO_2000))
}

pub(crate) fn at(instant: Timestamp) -> PgTimestamp {
    PgTimestamp(instant.micros().saturating_sub(MICROS_TO_2000))
}

pub(crate) fn day(column: PgDate) -> Day {
    Day::from_epoch_days(column.0.saturating_add(DAYS_TO_2000))
}

pub(crate) fn on(day: Day) -> PgDate {
    PgDate(day.epoch_days().saturating_sub(DAYS_TO_2000))
}
