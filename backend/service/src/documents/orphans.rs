//! Bytes that no document names: of uploads whose server died, and of changes whose outcome was not known.
use jicai_domain::ids::DocumentId;
use jicai_store::documents as rows;
use jicai_store::first_at;

use crate::app::App;
use crate::errors::Error;

/// No upload takes longer than this.
const GRACE_SECONDS: i64 = 86_400;
/// What is older was looked at before.
const LOOK_BACK_SECONDS: i64 = 30 * 86_400;

/// Removes the bytes that were begun a day ago or before and that no row names.
pub(crate) async fn forget_orphans(app: &App) -> Result<(), Error> {
    let mut tx = app.store.read().await?;
    let now = tx.now().await?;
    drop(tx);
    let [from, to]: [DocumentId; 2] =
        [LOOK_BACK_SECONDS, GRACE_SECONDS].map(|seconds| first_at(now.plus_seconds(-seconds)));
    let begun = app.objects.between(from, to).await?;
    for some in begun.chunks(1_000) {
        let mut tx = app.store.read().await?;
        let known = rows::known(&mut tx, some).await?;
        drop(tx);
        for orphan in some.iter().filter(|id| !known.contains(id)) {
            app.objects.remove(*orphan).await?;
            tracing::info!(document = %orphan, "bytes that no document names were removed");
        }
    }
    Ok(())
}
