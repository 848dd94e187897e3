//! The `jicai` program as a library: configuration, the embedded Postgres, the HTTP server, the command line.
pub mod cli;
pub mod config;
pub mod database;
pub mod embedded;
