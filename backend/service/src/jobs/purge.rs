//! What is kept only for a while.
use jicai_domain::jobs::DONE_KEPT_SECONDS;
use jicai_store::{imports as tables, jobs as rows};

use crate::app::App;
use crate::documents::forget_orphans;
use crate::errors::Error;
use crate::jobs::work::Progress;
use crate::{audit, identity, imports, notifications, webhooks};

/// Rows of a kind that one transaction takes away.
const BATCH: i64 = 5_000;

/// Takes away a batch of everything whose time is over; a part while a batch was full.
pub(crate) async fn purge(app: &App) -> Result<Progress, Error> {
    let jobs = purge_jobs(app).await?;
    let keys = audit::purge_keys(app, BATCH).await?;
    let logins = identity::purge(app, BATCH).await?;
    let told = notifications::purge(app, BATCH).await?;
    let sent = webhooks::purge(app, BATCH).await?;
    let rejects = app.store.keep("purge_rejects", async |tx| tables::forget_rejects(tx, BATCH).await).await?;
    let rows =
        app.store.keep("purge_waiting_rows", async |tx| tables::forget_waiting(tx, BATCH).await).await?;
    let most = [jobs, keys, logins, told, sent, rejects, rows].into_iter().max().unwrap_or(0);
    if i64::try_from(most).is_ok_and(|count| count >= BATCH) {
        return Ok(Progress::Part);
    }
    imports::give_up_left(app).await?;
    forget_orphans(app).await?;
    Ok(Progress::Done)
}

async fn purge_jobs(app: &App) -> Result<usize, Error> {
    app.store
        .keep("purge_jobs", async |tx| {
            let before = tx.now().await?.plus_seconds(-DONE_KEPT_SECONDS);
            Ok::<_, Error>(rows::forget_done(tx, before, BATCH).await?)
        })
        .await
}
