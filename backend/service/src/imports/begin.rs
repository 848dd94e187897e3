//! The beginning of an import, and its end before its time.
use jicai_domain::audit::{Act, IdempotencyKey};
use jicai_domain::identity::{Caller, Permission};
use jicai_domain::ids::ImportId;
use jicai_domain::imports::{Import, ImportCommand, ImportKind, ImportStatus};
use jicai_domain::jobs::JobKind;
use jicai_store::audit::{record, record_with};
use jicai_store::{documents, fresh, imports, jobs};

use crate::app::App;
use crate::audit::{actor, keyed, once};
use crate::documents::{Upload, said, stored};
use crate::errors::Error;

/// Those were all the bytes of the table: stores it and leaves the rest to a job, once for a key. Errors: `DOCUMENT_TYPE`,
/// `IDEMPOTENCY_CONFLICT`.
pub async fn start_import(upload: Upload<'_>, kind: ImportKind) -> Result<ImportId, Error> {
    let arrived = upload.arrive().await?;
    let (app, caller, document) = (arrived.app, arrived.caller, &arrived.document);
    let sha256 = document.sha256.to_string();
    let said: Vec<&str> = said(document, &sha256).into_iter().chain([kind.label()]).collect();
    let keyed = keyed(app, Some(caller), &arrived.key, "start_import", &said);
    let import = Import {
        id: fresh(),
        organization: caller.organization,
        session: caller.session()?,
        kind,
        document: document.id,
        status: ImportStatus::Queued,
        header: None,
        rows_read: 0,
        rows_rejected: 0,
        rejected_rows: None,
    };
    let begun = once(app, &keyed, async |tx| {
        documents::add(tx, document).await?;
        imports::add(tx, &import).await?;
        jobs::put(tx, JobKind::Import, &import.id.to_string()).await?;
        let act = Act::new("ImportStarted", import.id)
            .concerning(import.organization)
            .with("kind", kind.label())
            .with("document", document.id);
        Ok(record_with(tx, actor(caller), stored(document), vec![act], import.id).await?)
    })
    .await;
    arrived.settle(begun.as_ref().map(|begun| *begun == import.id)).await;
    begun
}

/// Ends an import of the caller's organization; what was taken stays. Errors: `FORBIDDEN`, `NOT_FOUND`, `IMPORT_STATE`.
pub async fn cancel_import(
    app: &App,
    caller: &Caller,
    id: ImportId,
    key: &IdempotencyKey,
) -> Result<ImportId, Error> {
    caller.require(Permission::ImportOrganizations)?;
    let own = caller.require(Permission::OwnOrganization)?;
    let keyed = keyed(app, Some(caller), key, "cancel_import", &[&id.to_string()]);
    once(app, &keyed, async |tx| {
        imports::find(tx, &own, id).await?;
        let import = imports::lock(tx, id).await?.apply(ImportCommand::Cancel)?;
        imports::save(tx, &import).await?;
        let act = Act::new("ImportCancelled", id)
            .concerning(import.organization)
            .with("read", import.rows_read)
            .with("rejected", import.rows_rejected);
        Ok(record(tx, actor(caller), act, id).await?)
    })
    .await
}
