//! The beginning of an import, and its end before its time.
use jicai_domain::audit::{Act, IdempotencyKey};
use jicai_domain::catalog::release::ReleaseHead;
use jicai_domain::errors::{Code, Refusal};
use jicai_domain::identity::{Caller, Permission};
use jicai_domain::ids::{ImportId, RoundId};
use jicai_domain::imports::{Import, ImportCommand, ImportKind, ImportStatus};
use jicai_domain::jobs::JobKind;
use jicai_store::audit::{record, record_with};
use jicai_store::catalog::releases::{self, NewRelease};
use jicai_store::procurement::rounds;
use jicai_store::{documents, fresh, imports, jobs};

use crate::app::App;
use crate::audit::{actor, keyed, once};
use crate::documents::{Upload, said, stored};
use crate::errors::Error;

/// What a table holds.
#[derive(Clone, Debug)]
pub struct Brought {
    kind: ImportKind,
    round: Option<RoundId>,
    release: Option<ReleaseHead>,
    whole: bool,
}

impl Brought {
    /// Rows of that kind, for that round or of that release where the kind needs one; where the kind lets it be asked, all of them or each that
    /// is right. Errors: `FORBIDDEN` for whoever may not bring it in, `ROUND_NEEDED`, `RELEASE_INVALID`.
    pub fn by(
        caller: &Caller,
        kind: ImportKind,
        (round, release): (Option<RoundId>, Option<ReleaseHead>),
        whole: Option<bool>,
    ) -> Result<Brought, Refusal> {
        kind.scope(caller)?;
        if !kind.is_open_to_programs() {
            caller.session()?;
        }
        let release = release.filter(|_release| kind.is_release()).map(ReleaseHead::check).transpose()?;
        if kind.is_release() && release.is_none() {
            let needed = "?source=…&label=…&cutoff=YYYY-MM-DD&licence=…";
            return Err(Refusal::of(Code::ReleaseInvalid).at("source").allowing(needed));
        }
        if kind.is_of_a_round() && round.is_none() {
            return Err(Refusal::of(Code::RoundNeeded).at("round").allowing("?round=rnd_…"));
        }
        let round = round.filter(|_round| kind.is_of_a_round());
        Ok(Brought { kind, round, release, whole: kind.is_whole(whole) })
    }
}

/// Those were all the bytes of the table: stores it and leaves the rest to a job, once for a key. Errors: `DOCUMENT_TYPE`,
/// `IDEMPOTENCY_CONFLICT`, where it is for a round `NOT_FOUND`, `ROUND_CLOSED`, and where it is a release `RELEASE_INVALID` for a label that its source
/// has used.
pub async fn start_import(upload: Upload<'_>, brought: Brought) -> Result<ImportId, Error> {
    let arrived = upload.arrive().await?;
    let Brought { kind, round, release, whole } = brought;
    let (app, caller, document) = (arrived.app, arrived.caller, &arrived.document);
    let sha256 = document.sha256.to_string();
    let of_round = round.map(|round| round.to_string()).unwrap_or_default();
    let of_release = release.as_ref().map(|release| format!("{release:?}")).unwrap_or_default();
    let taken = if whole { "whole" } else { "each" };
    let said = said(document, &sha256).into_iter().chain([kind.label(), &of_round, &of_release, taken]);
    let said: Vec<&str> = said.collect();
    let keyed = keyed(app, Some(caller), &arrived.key, "start_import", &said);
    let import = Import {
        id: fresh(),
        organization: caller.organization,
        session: caller.session().ok(),
        kind,
        whole,
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
        let released = match &release {
            Some(head) => {
                let by = caller.user()?;
                let new = NewRelease { head: head.clone(), import: import.id, sha256: document.sha256, by };
                Some(releases::begin(tx, &new).await?)
            }
            None => None,
        };
        jobs::put(tx, JobKind::Import, &import.id.to_string()).await?;
        let act = Act::new("ImportStarted", import.id)
            .concerning(import.organization)
            .with("kind", kind.label())
            .with("document", document.id);
        let act = if round.is_some() { act.with("round", &of_round) } else { act };
        let act = released.iter().fold(act, |act, release| act.with("release", release));
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
pub(super) fn may_import(caller: &Caller) -> Result<(), Refusal> {
    let any = ImportKind::ALL.iter().any(|kind| kind.scope(caller).is_ok());
    if any { Ok(()) } else { Err(Refusal::of(Code::Forbidden)) }
}
