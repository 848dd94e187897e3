//! The beginning of an import, and its end before its time.
use jicai_domain::audit::{Act, IdempotencyKey};
use jicai_domain::errors::{Code, Refusal};
use jicai_domain::identity::{Caller, Permission};
use jicai_domain::ids::{ImportId, RoundId};
use jicai_domain::imports::{Import, ImportCommand, ImportKind, ImportStatus};
use jicai_domain::jobs::JobKind;
use jicai_store::audit::{record, record_with};
use jicai_store::procurement::rounds;
use jicai_store::{documents, fresh, imports, jobs};

use crate::app::App;
use crate::audit::{actor, keyed, once};
use crate::documents::{Upload, said, stored};
use crate::errors::Error;

/// What a table holds.
#[derive(Clone, Copy, Debug)]
pub struct Brought {
    kind: ImportKind,
    round: Option<RoundId>,
}

impl Brought {
    /// Rows of that kind, for that round where the kind needs one. Errors: `FORBIDDEN` for whoever may not bring it in, `ROUND_NEEDED`.
    pub fn by(caller: &Caller, kind: ImportKind, round: Option<RoundId>) -> Result<Brought, Refusal> {
        kind.scope(caller)?;
        if kind.is_of_a_round() && round.is_none() {
            return Err(Refusal::of(Code::RoundNeeded).at("round").allowing("?round=rnd_…"));
        }
        Ok(Brought { kind, round: round.filter(|_round| kind.is_of_a_round()) })
    }
}

/// Those were all the bytes of the table: stores it and leaves the rest to a job, once for a key. Errors: `DOCUMENT_TYPE`,
/// `IDEMPOTENCY_CONFLICT`, and where it is for a round `NOT_FOUND`, `ROUND_CLOSED`.
pub async fn start_import(upload: Upload<'_>, brought: Brought) -> Result<ImportId, Error> {
    let arrived = upload.arrive().await?;
    let Brought { kind, round } = brought;
    let (app, caller, document) = (arrived.app, arrived.caller, &arrived.document);
    let sha256 = document.sha256.to_string();
    let of_round = round.map(|round| round.to_string()).unwrap_or_default();
    let said: Vec<&str> = said(document, &sha256).into_iter().chain([kind.label(), &of_round]).collect();
    let keyed = keyed(app, Some(caller), &arrived.key, "start_import", &said);
    let import = Import {
        id: fresh(),
        organization: caller.organization,
        session: caller.session()?,
        kind,
        round,
        document: document.id,
        status: ImportStatus::Queued,
        header: None,
        rows_read: 0,
        rows_rejected: 0,
        rejected_rows: None,
    };
    let begun = once(app, &keyed, async |tx| {
        if let Some(round) = round {
            rounds::share(tx, round).await?.accepts_demand_reviews(tx.now().await?)?;
        }
        documents::add(tx, document).await?;
        imports::add(tx, &import).await?;
        jobs::put(tx, JobKind::Import, &import.id.to_string()).await?;
        let act = Act::new("ImportStarted", import.id)
            .concerning(import.organization)
            .with("kind", kind.label())
            .with("document", document.id);
        let act = if round.is_some() { act.with("round", &of_round) } else { act };
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
    may_import(caller)?;
    let own = caller.require(Permission::OwnOrganization)?;
    let keyed = keyed(app, Some(caller), key, "cancel_import", &[&id.to_string()]);
    once(app, &keyed, async |tx| {
        imports::find(tx, &own, id).await?.kind.scope(caller)?;
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

/// Errors: `FORBIDDEN` for whoever may bring in nothing.
fn may_import(caller: &Caller) -> Result<(), Refusal> {
    let any = ImportKind::ALL.iter().any(|kind| kind.scope(caller).is_ok());
    if any { Ok(()) } else { Err(Refusal::of(Code::Forbidden)) }
}
