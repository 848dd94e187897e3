//! Reading a table: chunk by chunk, each in a transaction of its own that also counts it, so that whoever goes on after a crash
//! takes no row twice and leaves none out.
use std::time::{Duration, Instant};

use jicai_domain::audit::{Act, Actor};
use jicai_domain::documents::{Document, StoredBy};
use jicai_domain::errors::{Code, Refusal};
use jicai_domain::identity::{Caller, Scope};
use jicai_domain::ids::{Id, ImportId};
use jicai_domain::imports::{Import, ImportCommand, ImportFault, ImportKind, positions};
use jicai_domain::jobs::JobKind;
use jicai_sheets::Fault;
use jicai_store::audit::record_with;
use jicai_store::catalog::releases;
use jicai_store::documents as document_rows;
use jicai_store::identity::{clients, sessions};
use jicai_store::imports as rows;
use jicai_store::{Recorded, Tx, jobs};

use super::pieces::{Line, Piece, pieces};
use super::rejects;
use super::{catalog, demand, invoices, orders, organizations, prices, results, standards};
use crate::app::App;
use crate::audit::actor;
use crate::documents::{check, stored};
use crate::errors::Error;
use crate::jobs::Progress;

/// After so long the rest is left to another try, well before the job's lease ends.
const TURN: Duration = Duration::from_secs(20);

/// What a worker has in hand.
struct Run<'a> {
    app: &'a App,
    file: Document,
    caller: Caller,
    scope: Scope,
}

/// Reads on in an import for as long as a try may take.
pub(crate) async fn import(app: &App, subject: &str) -> Result<Progress, Error> {
    let id = ImportId::parse(subject)?;
    let mut tx = app.store.read().await?;
    let (import, file) = rows::load(&mut tx, id).await?;
    let caller = behind(&mut tx, &import, &file).await?;
    drop(tx);
    if !import.status.is_open() {
        return Ok(Progress::Done);
    }
    let allowed = caller.ok_or(Refusal::of(Code::Forbidden));
    let outcome = match allowed.and_then(|caller| Ok((import.kind.scope(&caller)?, caller))) {
        Ok((scope, caller)) => Run { app, file: file.clone(), caller, scope }.go_on(import.clone()).await,
        Err(refusal) => Err(refusal.into()),
    };
    match outcome {
        // It ended meanwhile, or somebody else reads on.
        Err(Error::Refused(Refusal { code: Code::ImportState, .. })) => Ok(Progress::Done),
        Err(Error::Refused(refusal)) => fail(app, (&import, &file), refusal).await,
        other => other,
    }
}

/// Whoever began it, as they are now; none who may do nothing any more.
async fn behind(tx: &mut Tx, import: &Import, file: &Document) -> Result<Option<Caller>, Error> {
    match (file.stored_by, import.session) {
        (StoredBy::User(user), Some(session)) => Ok(sessions::caller_behind(tx, user, session).await?),
        (StoredBy::Client(client), _) => Ok(clients::caller(tx, client).await?),
        (StoredBy::User(_), None) => Ok(None),
    }
}

impl Run<'_> {
    async fn go_on(&self, mut import: Import) -> Result<Progress, Error> {
        let begun = Instant::now();
        if import.rows_read == 0 {
            check(self.app, &self.file).await?;
        }
        let mut arriving =
            pieces(self.app, &self.file, (import.rows_read, import.kind.rows_at_once())).await?;
        let mut columns = Vec::new();
        while let Some(piece) = arriving.recv().await {
            match piece.map_err(unreadable)? {
                Piece::Header(header) => {
                    columns = positions(import.kind, &header)?;
                    import.header = Some(header);
                }
                Piece::Rows(lines) => import = self.take(&import, &lines, &columns).await?,
            }
            if begun.elapsed() > TURN {
                return Ok(Progress::Part);
            }
        }
        if import.rows_read == 0 {
            return Err(Refusal::of(Code::FileEmpty).into());
        }
        if import.kind.waits() {
            import = self.conclude(&import).await?;
        }
        self.finish(&import).await
    }

    /// Takes the rows that waited, or rejects what is wrong with them.
    async fn conclude(&self, seen: &Import) -> Result<Import, Error> {
        self.app
            .store
            .write("conclude_import", async |tx| {
                let current = rows::lock(tx, seen.id).await?;
                let by = self.file.stored_by;
                let taken = match current.kind {
                    ImportKind::Orders => orders::conclude(tx, &self.caller, &current).await?,
                    ImportKind::PaymentStandards => {
                        standards::conclude(tx, (&self.scope, by.user()?), &current).await?
                    }
                    ImportKind::Invoices
                    | ImportKind::Organizations
                    | ImportKind::Demand
                    | ImportKind::Results
                    | ImportKind::Catalog
                    | ImportKind::Prices => {
                        invoices::conclude(tx, (&self.scope, by.user()?), &current).await?
                    }
                };
                if !taken.rejects.is_empty() {
                    rows::add_rejects(tx, current.id, &taken.rejects).await?;
                }
                let rejected = u64::try_from(taken.rejects.len()).unwrap_or(0);
                let act = Act::new("ImportConcluded", current.id)
                    .concerning(current.organization)
                    .with("rejected", rejected);
                let import = current.apply(ImportCommand::Read { rows: 0, rejected })?;
                rows::save(tx, &import).await?;
                Ok::<_, Error>(record_with(tx, actor(&self.caller), act, taken.acts, import).await?)
            })
            .await
    }

    /// Takes some rows, unless somebody else did or the import ended.
    async fn take(&self, seen: &Import, lines: &[Line], columns: &[usize]) -> Result<Import, Error> {
        self.app
            .store
            .write("take_rows", async |tx| {
                let current = rows::lock(tx, seen.id).await?;
                if current.rows_read != seen.rows_read {
                    return Err(Refusal::of(Code::ImportState).into());
                }
                self.taken(tx, Import { header: seen.header.clone(), ..current }, lines, columns).await
            })
            .await
    }

    async fn taken(
        &self,
        tx: &mut Tx,
        current: Import,
        lines: &[Line],
        columns: &[usize],
    ) -> Result<Recorded<Import>, Error> {
        let width = current.header.as_ref().map_or(0, Vec::len);
        let taken = match current.kind {
            ImportKind::Organizations => {
                organizations::take(tx, (&self.scope, &current), (lines, columns, width)).await?
            }
            ImportKind::Demand => demand::take(tx, (&self.scope, &current), (lines, columns, width)).await?,
            ImportKind::Results => {
                results::take(tx, (&self.scope, &current), (lines, columns, width)).await?
            }
            ImportKind::Catalog => catalog::take(tx, &current, (lines, columns, width)).await?,
            ImportKind::Prices => prices::take(tx, (&self.caller, &current), (lines, columns, width)).await?,
            ImportKind::Invoices => invoices::take(tx, &current, (lines, columns, width)).await?,
            ImportKind::Orders => orders::take(tx, &current, (lines, columns, width)).await?,
            ImportKind::PaymentStandards => standards::take(tx, &current, (lines, columns, width)).await?,
        };
        if !taken.rejects.is_empty() {
            rows::add_rejects(tx, current.id, &taken.rejects).await?;
        }
        let [read, rejected] =
            [lines.len(), taken.rejects.len()].map(|count| u64::try_from(count).unwrap_or(0));
        let act = Act::new("ImportRowsRead", current.id)
            .concerning(current.organization)
            .with("from", current.rows_read)
            .with("read", read)
            .with("rejected", rejected);
        let import = current.apply(ImportCommand::Read { rows: read, rejected })?;
        rows::save(tx, &import).await?;
        Ok(record_with(tx, actor(&self.caller), act, taken.acts, import).await?)
    }

    async fn finish(&self, import: &Import) -> Result<Progress, Error> {
        let rejected = match import.rows_rejected {
            0 => None,
            _some => Some(rejects::write(self.app, import, &self.file).await?),
        };
        self.app
            .store
            .write("finish_import", async |tx| {
                if let Some(rejected) = &rejected {
                    document_rows::add(tx, rejected).await?;
                }
                let command = ImportCommand::Finish { rejected_rows: rejected.as_ref().map(|file| file.id) };
                let done = rows::lock(tx, import.id).await?.apply(command)?;
                rows::save(tx, &done).await?;
                if done.kind.is_release() {
                    let release = releases::of_import(tx, done.id).await?;
                    jobs::put(tx, JobKind::ItemRelease, &release.number.to_string()).await?;
                }
                let act = Act::new("ImportFinished", done.id)
                    .concerning(done.organization)
                    .with("begunBy", self.file.stored_by)
                    .with("read", done.rows_read)
                    .with("rejected", done.rows_rejected);
                let more = rejected.iter().map(stored).collect();
                Ok::<_, Error>(record_with(tx, Actor::Platform, act, more, Progress::Done).await?)
            })
            .await
    }
}

pub(super) async fn fail(
    app: &App,
    (import, file): (&Import, &Document),
    refusal: Refusal,
) -> Result<Progress, Error> {
    let Refusal { code, allowed, .. } = refusal;
    let fault = ImportFault { code, detail: allowed.unwrap_or_default() };
    app.store
        .write("fail_import", async |tx| {
            let current = rows::lock(tx, import.id).await?;
            let failed = current.apply(ImportCommand::Fail { fault: fault.clone() })?;
            rows::save(tx, &failed).await?;
            let act = Act::new("ImportFailed", failed.id)
                .concerning(failed.organization)
                .with("begunBy", file.stored_by)
                .with("code", fault.code.spec().name)
                .with("read", failed.rows_read);
            Ok(record_with(tx, Actor::Platform, act, Vec::new(), Progress::Done).await?)
        })
        .await
}

/// Bytes that do not arrive may arrive another time; a file that is no table stays none.
fn unreadable(fault: Fault) -> Error {
    let detail = match fault {
        Fault::Io(what) => return Error::broken(what),
        Fault::TooLarge { found, most, .. } => format!("{found}, at most {most}"),
        Fault::Encoding => "UTF-8, GB18030".to_owned(),
        Fault::NotExcel(_) => "Excel".to_owned(),
        Fault::NotCsv(_) => "CSV".to_owned(),
        Fault::QuoteNotClosed(line) => format!("\", line {line}"),
    };
    Refusal::of(Code::FileUnreadable).allowing(detail).into()
}
