//! `jicai migrate`.
use crate::cli::platform::{Failure, runtime, say, settings_of_environment};
use crate::config::Config;
use crate::database::Running;

pub(super) fn run() -> Result<(), Failure> {
    let config = settings_of_environment()?;
    runtime()?.block_on(migrate(&config))
}

async fn migrate(config: &Config) -> Result<(), Failure> {
    let running = Running::open(config).await?;
    let Some(owner) = running.owner.clone() else {
        return Err(Failure::Input(vec![
            "DATABASE_MIGRATION_URL: is required to migrate that database".to_owned(),
        ]));
    };
    let applied = jicai_store::setup::migrate(&owner).await;
    running.close()?;
    let applied = applied?;
    for name in &applied {
        say(format!("applied {name}"))?;
    }
    say(format!("The schema is up to date; {} applied.", applied.len()))
}
