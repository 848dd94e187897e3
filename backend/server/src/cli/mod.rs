//! The command line. Exit code 2 means that what was given cannot be used, 1 that it could not be done.
mod audit;
mod check;
mod found;
mod keys;
mod migrate;
mod platform;
mod schema;
mod serve;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

#[derive(Parser)]
#[command(name = "jicai", version, about = "集采 volume-based procurement of medicines and consumables")]
#[command(after_help = platform::settings())]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    #[command(flatten)]
    Platform(platform::Command),
}

/// Runs the command line of this process.
pub fn run() -> ExitCode {
    match Cli::parse().command {
        Command::Platform(command) => platform::run(command),
    }
}
