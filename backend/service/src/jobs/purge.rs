//! What is kept only for a while.
use jicai_domain::jobs::DONE_KEPT_SECONDS;
use jicai_store::jobs as rows;

use crate::app::App;
use crate::errors::Error;
use crate::jobs::work::Progress;

/// Rows that one transaction takes away.
const BATCH: i64 = 5_000;

/// Takes away a batch of everything whose time is over; a part while a batch was full.
pub(crate) async fn purge(app: &App) -> Result<Progress, Error> {
    let full = app
        .store
        .keep("purge", async |tx| {
            let now = tx.now().await?;
            let done = rows::forget_done(tx, now.plus_seconds(-DONE_KEPT_SECONDS), BATCH).await?;
            Ok::<_, Error>(i64::try_from(done).is_ok_and(|count| count >= BATCH))
        })
        .await?;
    Ok(if full { Progress::Part } else { Progress::Done })
}
