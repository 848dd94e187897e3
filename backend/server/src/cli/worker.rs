//! `jicai worker`.
use crate::cli::platform::{Failure, runtime, say, settings_of_environment};
use crate::cli::serve::stopped;
use crate::logging;
use crate::serve::work_until;

pub(super) fn run() -> Result<(), Failure> {
    let config = settings_of_environment()?;
    logging::begin(config.log);
    runtime()?.block_on(async {
        let stop = stopped()?;
        say(format!("Working with {} hands.", config.jobs))?;
        work_until(&config, stop).await?;
        say("Stopped.")
    })
}
