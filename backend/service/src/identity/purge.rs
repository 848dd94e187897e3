//! What is remembered of logins only for a while.
use jicai_domain::identity::{Attempts, EXPIRED_KEPT_SECONDS};
use jicai_store::identity::purge as rows;

use crate::app::App;
use crate::errors::Error;

/// Forgets failed logins, logins and invitations whose time is over, at most so many rows of each; the most that it forgot of one.
pub(crate) async fn purge(app: &App, most: i64) -> Result<usize, Error> {
    app.store
        .keep("purge_identity", async |tx| {
            let now = tx.now().await?;
            let (idle, expired) =
                (now.plus_seconds(-Attempts::KEPT_SECONDS), now.plus_seconds(-EXPIRED_KEPT_SECONDS));
            let attempts = rows::forget_attempts(tx, idle, most).await?;
            let sessions = rows::forget_sessions(tx, expired, most).await?;
            let grants = rows::forget_grants(tx, expired, most).await?;
            Ok::<_, Error>(attempts.max(sessions).max(grants))
        })
        .await
}
