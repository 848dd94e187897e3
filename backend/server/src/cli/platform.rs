//! The commands of the platform: the service, its database, its accounts, its log.
use std::error::Error;
use std::io::Write as _;
use std::process::ExitCode;

use clap::Subcommand;

use super::{audit, backup, check, found, health, keys, ledger, migrate, schema, serve, worker};
use crate::config::{Config, Fault, VARIABLES};
use crate::environment;

/// The commands of the platform.
#[derive(Subcommand)]
pub(super) enum Command {
    /// The audit log.
    Audit {
        #[command(subcommand)]
        command: audit::Command,
    },
    /// Write the database and the documents into one file, while the service runs or not.
    Backup(backup::BackupOptions),
    /// The settings.
    Config {
        #[command(subcommand)]
        command: ConfigCommand,
    },
    /// Make the organization that operates the platform, with its first administrator.
    Found(found::Options),
    /// Ask the service at JICAI_LISTEN whether it is ready.
    Health,
    /// The keys that sign access tokens.
    Keys {
        #[command(subcommand)]
        command: KeysCommand,
    },
    /// The ledger of direct settlement (直接结算账).
    Ledger {
        #[command(subcommand)]
        command: ledger::Command,
    },
    /// Bring the database's schema up to date.
    Migrate,
    /// Restore a backup into an empty database, and verify its audit log.
    Restore(backup::RestoreOptions),
    /// Print the GraphQL schema.
    Schema,
    /// Run the service.
    Serve(serve::Options),
    /// Do the platform's work without answering requests.
    Worker,
}

#[derive(Subcommand)]
pub(super) enum KeysCommand {
    /// Sign with a new key from now on.
    Rotate,
}

#[derive(Subcommand)]
pub(super) enum ConfigCommand {
    /// Check the settings and tell every fault at once.
    Check,
}

/// Why a command did not do what it was asked to.
pub(crate) enum Failure {
    /// What was given cannot be used.
    Input(Vec<String>),
    /// It could not be done.
    Broken(Box<dyn Error + Send + Sync>),
}

impl<E: Into<Box<dyn Error + Send + Sync>>> From<E> for Failure {
    fn from(error: E) -> Self {
        Self::Broken(error.into())
    }
}

/// Runs a command.
pub(super) fn run(command: Command) -> ExitCode {
    let outcome = match command {
        Command::Audit { command } => audit::run(command),
        Command::Backup(options) => backup::make(&options),
        Command::Config { command: ConfigCommand::Check } => check::run(),
        Command::Found(options) => found::run(options),
        Command::Health => health::run(),
        Command::Keys { command: KeysCommand::Rotate } => keys::rotate(),
        Command::Ledger { command } => ledger::run(&command),
        Command::Migrate => migrate::run(),
        Command::Restore(options) => backup::take(&options),
        Command::Schema => schema::run(),
        Command::Serve(options) => serve::run(&options),
        Command::Worker => worker::run(),
    };
    ended(outcome)
}

/// Says what went wrong, and how the program ends.
pub(super) fn ended(outcome: Result<(), Failure>) -> ExitCode {
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(Failure::Input(faults)) => {
            faults.iter().for_each(|fault| complain(fault));
            ExitCode::from(2)
        }
        Err(Failure::Broken(error)) => {
            complain(&chain(&*error));
            ExitCode::FAILURE
        }
    }
}

/// A line for whoever started the program.
pub(crate) fn say(line: impl AsRef<str>) -> Result<(), Failure> {
    Ok(writeln!(std::io::stdout(), "{}", line.as_ref())?)
}

/// The settings of this process's environment.
pub(crate) fn settings_of_environment() -> Result<Config, Failure> {
    let faults = |faults: Vec<Fault>| Failure::Input(faults.iter().map(ToString::to_string).collect());
    let variables = environment::variables(std::env::vars()).map_err(faults)?;
    Config::read(variables.into_iter()).map_err(faults)
}

/// The runtime of commands that talk to a database.
pub(crate) fn runtime() -> Result<tokio::runtime::Runtime, Failure> {
    Ok(tokio::runtime::Builder::new_multi_thread().enable_all().build()?)
}

fn complain(line: &str) {
    // Nobody is left to tell when standard error is closed.
    let _closed = writeln!(std::io::stderr(), "jicai: {line}");
}

fn chain(error: &(dyn Error + 'static)) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        text = format!("{text}: {cause}");
        source = cause.source();
    }
    text
}

/// What the environment may hold, for the help.
pub(super) fn settings() -> String {
    let settings = VARIABLES
        .iter()
        .fold("Environment:".to_owned(), |text, (name, meaning)| format!("{text}\n  {name:<22}  {meaning}"));
    let secrets = environment::SECRETS.join(", ");
    format!(
        "{settings}\nEach of {secrets}\nmay lie in a file instead, which the variable of that name with _FILE at its end names."
    )
}
