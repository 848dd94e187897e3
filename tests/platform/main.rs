//! Stories of the platform, through its public doors, on a real Postgres.
#![expect(clippy::unwrap_used, reason = "a story panics where it goes wrong")]

mod embedded;
mod migrations;
mod settings;
mod support;
