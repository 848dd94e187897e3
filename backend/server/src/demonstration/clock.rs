//! The clock of a demonstration.
use jicai_store::setup;

use crate::config::Config;
use crate::database::Running;
use crate::serve::ServeError;

/// Sets the clock of the demonstration that the settings name that many seconds ahead of where it is, beside a running service or
/// without one.
pub(crate) async fn forward(config: &Config, seconds: u32) -> Result<(), ServeError> {
    let running = Running::open_beside(config).await?;
    let moved = match &running.owner {
        Some(owner) => setup::advance_clock(owner, seconds).await.map_err(ServeError::from),
        None => Err("DATABASE_MIGRATION_URL is needed to set the clock".into()),
    };
    running.close()?;
    if moved? { Ok(()) } else { Err("this database is not one of a demonstration".into()) }
}
