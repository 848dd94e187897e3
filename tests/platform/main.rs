//! Stories of the platform, through its public doors, on a real Postgres.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a story panics where it goes wrong")]

mod access;
mod accounts;
mod alliances;
mod backup;
mod bell;
mod clients;
mod clock;
mod contract;
mod documents;
mod edge;
mod embedded;
mod imports;
mod jobs;
mod licences;
mod load;
mod log;
mod logins;
mod migrations;
mod notifications;
mod pages;
mod process;
mod procurement;
mod purge;
mod redis;
mod registration;
mod repetition;
mod servers;
mod settings;
mod subscriptions;
mod support;
mod tasks;
mod timing;
mod tls;
mod tokens;
mod webhooks;
