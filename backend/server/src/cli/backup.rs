//! `jicai backup` and `jicai restore`.
use std::path::PathBuf;

use crate::backup::{BackupError, back_up, restore};
use crate::cli::platform::{Failure, runtime, say, settings_of_environment};

/// What a backup holds.
#[derive(clap::Args)]
pub(super) struct BackupOptions {
    /// The file to write: a compressed tar, readable by its owner only.
    file: PathBuf,
    /// Put the service's secret into the file, too. Whoever has both can log in as anybody.
    #[arg(long)]
    with_secret: bool,
}

/// What to restore.
#[derive(clap::Args)]
pub(super) struct RestoreOptions {
    /// The file that `jicai backup` wrote.
    file: PathBuf,
}

pub(super) fn make(options: &BackupOptions) -> Result<(), Failure> {
    let config = settings_of_environment()?;
    let made = back_up(&config, &options.file, options.with_secret, &tell);
    runtime()?.block_on(made).map_err(failure)
}

pub(super) fn take(options: &RestoreOptions) -> Result<(), Failure> {
    let config = settings_of_environment()?;
    runtime()?.block_on(restore(&config, &options.file, &tell)).map_err(failure)?;
    say("Restored.")
}

/// A line of progress. The work goes on when nobody reads it.
fn tell(line: String) {
    let _unread = say(line);
}

fn failure(error: BackupError) -> Failure {
    match error {
        BackupError::Input(fault) => Failure::Input(vec![fault]),
        BackupError::Broken(error) => Failure::Broken(error),
    }
}
