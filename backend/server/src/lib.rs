//! The `jicai` program as a library: command line and files around the rules of [`jicai_domain`], settings, the embedded
//! Postgres, the HTTP server.
// The future of a query holds one of each noun's; the optimising compiler looks deeper into them than its usual bound.
#![recursion_limit = "256"]
#![deny(missing_docs)]

pub mod award;
mod backup;
pub mod cli;
pub mod config;
pub mod database;
mod demonstration;
pub mod embedded;
mod environment;
mod http;
pub mod input;
mod logging;
mod metrics;
mod paper;
mod secret;
pub mod serve;
mod worker;
