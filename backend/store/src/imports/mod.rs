//! Imports, and their rows that were not taken.
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Text, Uuid as SqlUuid};
use diesel_async::RunQueryDsl;
use jicai_domain::documents::Document;
use jicai_domain::errors::{Code, Refusal};
use jicai_domain::identity::Scope;
use jicai_domain::ids::ImportId;
use jicai_domain::imports::{Import, ImportFault, ImportKind, ImportStatus};
use uuid::Uuid;

use crate::documents::{self as files, document};
use crate::door::Tx;
use crate::errors::StoreError;
use crate::ids::{column, id};
use crate::page::{Page, Part};
use crate::schema::{app_clock, documents, import_rejects, import_rows, imports};

#[derive(Queryable, Selectable)]
#[diesel(table_name = imports)]
struct Row {
    id: Uuid,
    organization: Uuid,
    session: Option<Uuid>,
    kind: String,
    whole: bool,
    round: Option<Uuid>,
    document: Uuid,
    status: String,
    fault: Option<String>,
    fault_detail: Option<String>,
    header: Option<Vec<Option<String>>>,
    rows_read: i64,
    rows_rejected: i64,
    rejected_rows: Option<Uuid>,
}

/// A row of a table that was not taken.
#[derive(Clone, Debug)]
pub struct Reject {
    /// Its line of the file.
    pub line: u64,
    /// Its fields as they were.
    pub fields: Vec<String>,
    /// Why.
    pub refusal: Refusal,
}

/// Adds a new one.
pub async fn add(tx: &mut Tx, import: &Import) -> Result<(), StoreError> {
    diesel::insert_into(imports::table)
        .values((
            imports::id.eq(column(import.id)),
            imports::organization.eq(column(import.organization)),
            imports::session.eq(import.session.map(column)),
            imports::whole.eq(import.whole),
            imports::kind.eq(import.kind.label()),
            imports::round.eq(import.round.map(column)),
            imports::document.eq(column(import.document)),
            imports::status.eq(import.status.label()),
            imports::created_at.eq(app_clock()),
        ))
        .execute(tx.connection())
        .await?;
    Ok(())
}

/// One of the scope's own organization. Errors: `NOT_FOUND`.
pub async fn find(tx: &mut Tx, scope: &Scope, wanted: ImportId) -> Result<Import, StoreError> {
    let row: Option<Row> = imports::table
        .find(column(wanted))
        .filter(imports::organization.nullable().eq(scope.organization().map(column)))
        .select(Row::as_select())
        .first(tx.connection())
        .await
        .optional()?;
    one(row)
}

/// One, for the worker or after it was found in a scope, held until the transaction ends. Errors: `NOT_FOUND`.
pub async fn lock(tx: &mut Tx, wanted: ImportId) -> Result<Import, StoreError> {
    let row = imports::table.find(column(wanted)).select(Row::as_select()).for_update();
    one(row.first(tx.connection()).await.optional()?)
}

/// One with its file, for the worker. Errors: `NOT_FOUND`.
pub async fn load(tx: &mut Tx, wanted: ImportId) -> Result<(Import, Document), StoreError> {
    let row = imports::table.find(column(wanted)).select(Row::as_select());
    let import = one(row.first(tx.connection()).await.optional()?)?;
    let file = documents::table.find(column(import.document)).select(files::Row::as_select());
    let file = document(file.first(tx.connection()).await?)?;
    Ok((import, file))
}

/// At most so many that are open although nobody works on them any more: their work was given up or discarded.
pub async fn left(tx: &mut Tx, most: i64) -> Result<Vec<ImportId>, StoreError> {
    let rows: Vec<LeftRow> = diesel::sql_query(
        "SELECT i.id FROM imports i WHERE i.status IN ('QUEUED', 'RUNNING') AND NOT EXISTS (SELECT FROM jobs j \
             WHERE j.kind = 'IMPORT' AND j.subject = 'imp_' || replace(i.id::text, '-', '') AND j.status IN ('QUEUED', 'RUNNING')) \
         ORDER BY i.id LIMIT $1",
    )
    .bind::<BigInt, _>(most)
    .load(tx.connection())
    .await?;
    Ok(rows.into_iter().map(|row| id(row.id)).collect())
}

#[derive(QueryableByName)]
struct LeftRow {
    #[diesel(sql_type = SqlUuid)]
    id: Uuid,
}

/// A part of those of the scope's own organization, the newest first.
pub async fn list(tx: &mut Tx, scope: &Scope, page: &Page<ImportId>) -> Result<Part<Import>, StoreError> {
    let mut query = imports::table
        .filter(imports::organization.nullable().eq(scope.organization().map(column)))
        .select(Row::as_select())
        .into_boxed();
    if let Some(after) = page.after {
        query = query.filter(imports::id.lt(column(after)));
    }
    let rows: Vec<Row> = query.order(imports::id.desc()).limit(page.limit()).load(tx.connection()).await?;
    Ok(Part::cut(rows.into_iter().map(import).collect::<Result<_, _>>()?, page))
}

/// Saves one that the transaction holds.
pub async fn save(tx: &mut Tx, changed: &Import) -> Result<(), StoreError> {
    let large = |_large| StoreError::row("rows", changed.rows_read);
    let fault = match &changed.status {
        ImportStatus::Failed { fault } => Some(fault),
        ImportStatus::Queued | ImportStatus::Running | ImportStatus::Done | ImportStatus::Cancelled => None,
    };
    diesel::update(imports::table.find(column(changed.id)))
        .set((
            imports::status.eq(changed.status.label()),
            imports::fault.eq(fault.map(|fault| fault.code.spec().name)),
            imports::fault_detail.eq(fault.map(|fault| fault.detail.as_str())),
            imports::header.eq(&changed.header),
            imports::rows_read.eq(i64::try_from(changed.rows_read).map_err(large)?),
            imports::rows_rejected.eq(i64::try_from(changed.rows_rejected).map_err(large)?),
            imports::rejected_rows.eq(changed.rejected_rows.map(column)),
        ))
        .execute(tx.connection())
        .await?;
    Ok(())
}

/// Keeps rows that were not taken.
pub async fn add_rejects(tx: &mut Tx, import: ImportId, rejects: &[Reject]) -> Result<(), StoreError> {
    let rows: Vec<_> = rejects
        .iter()
        .map(|reject| {
            (
                import_rejects::import.eq(column(import)),
                import_rejects::line.eq(i64::try_from(reject.line).unwrap_or(i64::MAX)),
                import_rejects::fields.eq(&reject.fields),
                import_rejects::code.eq(reject.refusal.code.spec().name),
                import_rejects::field.eq(reject.refusal.field.unwrap_or_default()),
                import_rejects::expected.eq(reject.refusal.allowed.as_deref().unwrap_or_default()),
            )
        })
        .collect();
    diesel::insert_into(import_rejects::table).values(rows).execute(tx.connection()).await?;
    Ok(())
}

/// A row that was not taken, as it is told: line, fields, code, field, what was expected.
pub type Rejected = (i64, Vec<Option<String>>, String, String, String);

/// At most so many rows that were not taken, from after that line on.
pub async fn rejects(
    tx: &mut Tx,
    import: ImportId,
    after: i64,
    most: i64,
) -> Result<Vec<Rejected>, StoreError> {
    let rows = import_rejects::table
        .filter(import_rejects::import.eq(column(import)))
        .filter(import_rejects::line.gt(after))
        .order(import_rejects::line)
        .limit(most)
        .select((
            import_rejects::line,
            import_rejects::fields,
            import_rejects::code,
            import_rejects::field,
            import_rejects::expected,
        ));
    Ok(rows.load(tx.connection()).await?)
}

/// A row that waits: its line of the file and its fields.
pub type Waiting = (u64, Vec<String>);

/// Keeps rows until the whole file is taken.
pub async fn add_waiting(tx: &mut Tx, import: ImportId, rows: &[Waiting]) -> Result<(), StoreError> {
    let rows: Vec<_> = rows
        .iter()
        .map(|(line, fields)| {
            (
                import_rows::import.eq(column(import)),
                import_rows::line.eq(i64::try_from(*line).unwrap_or(i64::MAX)),
                import_rows::fields.eq(fields),
            )
        })
        .collect();
    diesel::insert_into(import_rows::table).values(rows).execute(tx.connection()).await?;
    Ok(())
}

/// Takes out the rows that wait, by line.
pub async fn take_waiting(tx: &mut Tx, import: ImportId) -> Result<Vec<Waiting>, StoreError> {
    let of = import_rows::table.filter(import_rows::import.eq(column(import)));
    let mut rows: Vec<(i64, Vec<Option<String>>)> = diesel::delete(of)
        .returning((import_rows::line, import_rows::fields))
        .get_results(tx.connection())
        .await?;
    rows.sort_unstable_by_key(|(line, _)| *line);
    let row = |(line, fields): (i64, Vec<Option<String>>)| {
        (u64::try_from(line).unwrap_or(0), fields.into_iter().map(Option::unwrap_or_default).collect())
    };
    Ok(rows.into_iter().map(row).collect())
}

/// Forgets at most so many rows that waited for imports that have ended; how many it forgot.
pub async fn forget_waiting(tx: &mut Tx, most: i64) -> Result<usize, StoreError> {
    let forgotten = diesel::sql_query(
        "DELETE FROM import_rows WHERE (import, line) IN (SELECT r.import, r.line FROM import_rows r JOIN imports i ON i.id = r.import \
             WHERE i.status IN ('DONE', 'CANCELLED') OR (i.status = 'FAILED' AND i.fault <> $2) LIMIT $1)",
    )
    .bind::<BigInt, _>(most)
    .bind::<Text, _>(Code::ImportGivenUp.spec().name)
    .execute(tx.connection())
    .await?;
    Ok(forgotten)
}

/// Forgets at most so many rejected rows of imports that have ended; how many it forgot.
pub async fn forget_rejects(tx: &mut Tx, most: i64) -> Result<usize, StoreError> {
    let ended = imports::table
        .filter(imports::status.eq_any(["DONE", "FAILED", "CANCELLED"]))
        // What was given up may be read on, and then tells all of them.
        .filter(imports::fault.is_distinct_from(Code::ImportGivenUp.spec().name))
        .filter(diesel::dsl::exists(import_rejects::table.filter(import_rejects::import.eq(imports::id))))
        .select(imports::id);
    let Some(import) = ended.first::<Uuid>(tx.connection()).await.optional()? else { return Ok(0) };
    let lines: Vec<i64> = import_rejects::table
        .filter(import_rejects::import.eq(import))
        .order(import_rejects::line)
        .limit(most)
        .select(import_rejects::line)
        .load(tx.connection())
        .await?;
    let last = lines.last().copied().unwrap_or_default();
    let old =
        import_rejects::table.filter(import_rejects::import.eq(import)).filter(import_rejects::line.le(last));
    Ok(diesel::delete(old).execute(tx.connection()).await?)
}

fn one(row: Option<Row>) -> Result<Import, StoreError> {
    row.map(import).transpose()?.ok_or_else(|| Refusal::of(Code::NotFound).into())
}

fn import(row: Row) -> Result<Import, StoreError> {
    let count = |count: i64| u64::try_from(count).map_err(|_negative| StoreError::row("rows", count));
    Ok(Import {
        id: id(row.id),
        organization: id(row.organization),
        session: row.session.map(id),
        whole: row.whole,
        kind: ImportKind::from_label(&row.kind).ok_or_else(|| StoreError::row("kind", &row.kind))?,
        round: row.round.map(id),
        document: id(row.document),
        rows_read: count(row.rows_read)?,
        rows_rejected: count(row.rows_rejected)?,
        rejected_rows: row.rejected_rows.map(id),
        status: status(&row.status, row.fault, row.fault_detail)?,
        header: row.header.map(|names| names.into_iter().map(Option::unwrap_or_default).collect()),
    })
}

fn status(label: &str, fault: Option<String>, detail: Option<String>) -> Result<ImportStatus, StoreError> {
    match (label, fault.as_deref().and_then(Code::from_name)) {
        ("QUEUED", None) => Ok(ImportStatus::Queued),
        ("RUNNING", None) => Ok(ImportStatus::Running),
        ("DONE", None) => Ok(ImportStatus::Done),
        ("CANCELLED", None) => Ok(ImportStatus::Cancelled),
        ("FAILED", Some(code)) => {
            Ok(ImportStatus::Failed { fault: ImportFault { code, detail: detail.unwrap_or_default() } })
        }
        (other, code) => Err(StoreError::row("status", (other, code))),
    }
}
