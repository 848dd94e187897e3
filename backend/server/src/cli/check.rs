//! `jicai config check`.
use crate::cli::platform::{Failure, say, settings_of_environment};
use crate::config::Database;
use crate::embedded::Cluster;

pub(super) fn run() -> Result<(), Failure> {
    let config = settings_of_environment()?;
    let faults = match &config.database {
        Database::Embedded => Cluster::faults(&config.home),
        Database::External { .. } => Vec::new(),
    };
    if !faults.is_empty() {
        return Err(Failure::Input(faults.iter().map(ToString::to_string).collect()));
    }
    say(format!("{config:#?}"))?;
    say("The settings can be used.")
}
