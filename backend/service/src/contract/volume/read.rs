//! Changes and the ledger for those who may see them.
use jicai_domain::identity::Caller;
use jicai_domain::ids::{OfficialResultId, VolumeChangeId, VolumeEntryId};
use jicai_store::contract::volume::changes::{self, Asked};
use jicai_store::contract::volume::entries::{self, ShownEntry};
use jicai_store::{Page, Part};

use crate::app::App;
use crate::contract::read::scope;
use crate::errors::Error;

/// A change that the caller asked for, has to agree to or to decide, or that is of the caller's jurisdiction. Errors: `FORBIDDEN`, `NOT_FOUND`.
pub async fn volume_change(app: &App, caller: &Caller, id: VolumeChangeId) -> Result<Asked, Error> {
    let scope = scope(caller)?;
    let mut tx = app.store.read().await?;
    Ok(changes::find(&mut tx, &scope, id).await?)
}

/// Such changes, the newest first. Errors: `FORBIDDEN`.
pub async fn volume_changes(
    app: &App,
    caller: &Caller,
    status: Option<&'static str>,
    page: &Page<VolumeChangeId>,
) -> Result<Part<Asked>, Error> {
    let scope = scope(caller)?;
    let mut tx = app.store.read().await?;
    Ok(changes::page(&mut tx, &scope, status, page).await?)
}

/// The ledger of a result as far as the caller may see it. Errors: `FORBIDDEN`.
pub async fn volume_entries(
    app: &App,
    caller: &Caller,
    result: OfficialResultId,
    page: &Page<VolumeEntryId>,
) -> Result<Part<ShownEntry>, Error> {
    let scope = scope(caller)?;
    let mut tx = app.store.read().await?;
    Ok(entries::page(&mut tx, &scope, result, page).await?)
}
