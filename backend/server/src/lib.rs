//! The `jicai` program as a library: configuration, the embedded Postgres, the HTTP server, the command line.
pub mod cli;
pub mod config;
pub mod database;
mod demonstration;
pub mod embedded;
mod http;
mod logging;
mod metrics;
mod secret;
pub mod serve;
