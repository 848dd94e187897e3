//! Imports for those whose they are.
use jicai_domain::identity::{Caller, Permission};
use jicai_domain::ids::ImportId;
use jicai_domain::imports::Import;
use jicai_store::imports as rows;
use jicai_store::{Page, Part};

use crate::app::App;
use crate::errors::Error;

/// An import of the caller's organization. Errors: `FORBIDDEN`, `NOT_FOUND`.
pub async fn import(app: &App, caller: &Caller, id: ImportId) -> Result<Import, Error> {
    let own = caller.require(Permission::OwnOrganization)?;
    let mut tx = app.store.read().await?;
    Ok(rows::find(&mut tx, &own, id).await?)
}

/// The imports of the caller's organization, the newest first. Errors: `FORBIDDEN`.
pub async fn imports(app: &App, caller: &Caller, page: &Page<ImportId>) -> Result<Part<Import>, Error> {
    let own = caller.require(Permission::OwnOrganization)?;
    let mut tx = app.store.read().await?;
    Ok(rows::list(&mut tx, &own, page).await?)
}
