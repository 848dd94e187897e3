//! What a user is told of, and how much of it was read. The dispatcher of `events` writes it.
use jicai_domain::identity::{Caller, Permission};
use jicai_domain::notifications::KEPT_SECONDS;
pub use jicai_domain::notifications::Notification;
use jicai_store::notifications as rows;
use jicai_store::{Page, Part};

use crate::app::App;
use crate::errors::Error;

/// A part of what the caller was told, the newest first.
pub async fn notifications(
    app: &App,
    caller: &Caller,
    unread_only: bool,
    page: &Page<u64>,
) -> Result<Part<Notification>, Error> {
    caller.require(Permission::OwnAccount)?;
    let mut tx = app.store.read().await?;
    Ok(rows::list(&mut tx, caller.user()?, unread_only, page).await?)
}

/// How much the caller was told and has not read.
pub async fn unread_notifications(app: &App, caller: &Caller) -> Result<i64, Error> {
    caller.require(Permission::OwnAccount)?;
    let mut tx = app.store.read().await?;
    Ok(rows::unread(&mut tx, caller.user()?).await?)
}

/// The caller has read everything up to that position; how much is left. What somebody has looked at is bookkeeping: nothing
/// depends on it, so the log does not tell of it, and repeating it changes nothing.
pub async fn mark_notifications_read(app: &App, caller: &Caller, up_to: u64) -> Result<i64, Error> {
    caller.require(Permission::OwnAccount)?;
    app.store
        .keep("mark_notifications_read", async |tx| {
            rows::mark_read(tx, caller.user()?, up_to).await?;
            Ok::<_, Error>(rows::unread(tx, caller.user()?).await?)
        })
        .await
}

/// Forgets what was told long ago, at most so much; how much it forgot.
pub(crate) async fn purge(app: &App, most: i64) -> Result<usize, Error> {
    app.store
        .keep("purge_notifications", async |tx| {
            let before = tx.now().await?.plus_seconds(-KEPT_SECONDS);
            Ok::<_, Error>(rows::forget(tx, before, most).await?)
        })
        .await
}
