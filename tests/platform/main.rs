//! Stories of the platform, through its public doors, on a real Postgres.
// The futures of stories hold those of their worlds, one in another.
#![recursion_limit = "256"]
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a story panics where it goes wrong")]

mod access;
mod accounts;
mod alert;
mod alliances;
mod backup;
mod bell;
mod bucket;
mod catalog;
mod clients;
mod clock;
mod contract;
mod demonstration;
mod documents;
mod edge;
mod embedded;
mod imports;
mod jobs;
mod licences;
mod listing;
mod load;
mod log;
mod logins;
mod migrations;
mod notifications;
mod ordering;
mod pages;
mod plans;
mod pricing;
mod process;
mod procurement;
mod purge;
mod redis;
mod registration;
mod repetition;
mod servers;
mod settings;
mod settlement;
mod subscriptions;
mod support;
mod tasks;
mod timing;
mod tls;
mod tokens;
mod webhooks;
