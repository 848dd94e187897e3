//! Imports whose work was given up: they end with a reason that a clerk understands, and can be started again.
use jicai_domain::audit::{Act, IdempotencyKey};
use jicai_domain::errors::{Code, Refusal};
use jicai_domain::identity::{Caller, Permission};
use jicai_domain::ids::{Id, ImportId};
use jicai_domain::imports::Import;
use jicai_domain::jobs::JobKind;
use jicai_store::audit::record;
use jicai_store::imports as rows;
use jicai_store::{Tx, jobs};

use super::begin::may_import;
use super::run::fail;
use crate::app::App;
use crate::audit::{actor, keyed, once};
use crate::errors::Error;

/// Imports that one look ends.
const BATCH: i64 = 100;

/// Ends an import whose work was given up, naming the line that comes next; nothing where it has ended.
pub(crate) async fn give_up(app: &App, subject: &str) -> Result<(), Error> {
    let id = ImportId::parse(subject)?;
    let mut tx = app.store.read().await?;
    let (import, file) = rows::load(&mut tx, id).await?;
    drop(tx);
    // The header is line 1.
    let next = format!("line {}", import.rows_read.saturating_add(2));
    match fail(app, (&import, &file), Refusal::of(Code::ImportGivenUp).allowing(next)).await {
        Err(Error::Refused(Refusal { code: Code::ImportState, .. })) => Ok(()),
        ended => ended.map(|_progress| ()),
    }
}

/// Ends imports that nobody works on any more, such as where a worker died between giving up and saying so.
pub(crate) async fn give_up_left(app: &App) -> Result<(), Error> {
    let mut tx = app.store.read().await?;
    let left = rows::left(&mut tx, BATCH).await?;
    drop(tx);
    for import in left {
        give_up(app, &import.to_string()).await?;
    }
    Ok(())
}

/// Has an import of the caller's organization read on after the platform gave it up; what was taken stays. Errors: `FORBIDDEN`, `NOT_FOUND`,
/// `IMPORT_STATE`.
pub async fn restart_import(
    app: &App,
    caller: &Caller,
    id: ImportId,
    key: &IdempotencyKey,
) -> Result<ImportId, Error> {
    may_import(caller)?;
    let own = caller.require(Permission::OwnOrganization)?;
    let keyed = keyed(app, Some(caller), key, "restart_import", &[&id.to_string()]);
    once(app, &keyed, async |tx| {
        rows::find(tx, &own, id).await?.kind.scope(caller)?;
        let import = rows::lock(tx, id).await?;
        let act = read_on(tx, import).await?;
        jobs::put_again(tx, JobKind::Import, &id.to_string()).await?;
        Ok(record(tx, actor(caller), act, id).await?)
    })
    .await
}

/// The same where its work is tried again by whoever keeps the work; nothing where the import has ended otherwise.
pub(crate) async fn revived(tx: &mut Tx, subject: &str) -> Result<Vec<Act>, Error> {
    let import = rows::lock(tx, ImportId::parse(subject)?).await?;
    match read_on(tx, import).await {
        Ok(act) => Ok(vec![act]),
        Err(Error::Refused(Refusal { code: Code::ImportState, .. })) => Ok(Vec::new()),
        Err(error) => Err(error),
    }
}

async fn read_on(tx: &mut Tx, import: Import) -> Result<Act, Error> {
    let import = import.restart()?;
    rows::save(tx, &import).await?;
    let act = Act::new("ImportRestarted", import.id).concerning(import.organization);
    Ok(act.with("read", import.rows_read))
}
