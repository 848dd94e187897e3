//! National releases: how far each is, its rows as they were read, what they change, and the writing of them.
mod apply;
mod compare;
mod shown;
mod stage;

pub use apply::{Step, apply_gone, apply_rows, forget_rows};
pub use compare::{compare_gone, compare_rows, count};
pub use shown::{ChangedItem, Quarantined, changes, quarantine};
pub use stage::{Staged, last_line, stage};

use diesel::pg::data_types::{PgDate, PgTimestamp};
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use jicai_domain::catalog::release::{Counts, Release, ReleaseHead, ReleaseStatus};
use jicai_domain::documents::Digest;
use jicai_domain::errors::{Code, Refusal};
use jicai_domain::ids::{ImportId, ItemId, UserId};
use jicai_domain::time::Timestamp;
use uuid::Uuid;

use crate::catalog::revision;
use crate::door::Tx;
use crate::errors::StoreError;
use crate::ids::{column, id};
use crate::page::{Page, Part};
use crate::schema::{app_clock, item_releases};
use crate::times::{at, day, on, timestamp};

#[derive(Queryable, Selectable)]
#[diesel(table_name = item_releases)]
struct Row {
    number: i32,
    source: String,
    label: String,
    status: String,
    import: Option<Uuid>,
    cutoff_on: PgDate,
    effective_on: Option<PgDate>,
    source_url: Option<String>,
    licence: String,
    sha256: Vec<u8>,
    created_at: PgTimestamp,
    recorded_at: Option<PgTimestamp>,
    published_at: Option<PgTimestamp>,
    rows_read: i64,
    added: i64,
    changed: i64,
    unchanged: i64,
    retired: i64,
    quarantined: i64,
    reached: i32,
    reached_item: Option<Uuid>,
}

/// What a release is begun with.
#[derive(Clone, Debug)]
pub struct NewRelease {
    /// What it says of itself.
    pub head: ReleaseHead,
    /// The import that brings its rows.
    pub import: ImportId,
    /// SHA-256 of the file.
    pub sha256: Digest,
    /// Who brings it.
    pub by: UserId,
}

/// Begins a release; its number. Errors: `RELEASE_INVALID` for a label that the source has used.
pub async fn begin(tx: &mut Tx, new: &NewRelease) -> Result<i32, StoreError> {
    // One after the other, so that numbers have no gaps.
    revision::hold(tx).await?;
    let last: Option<i32> =
        item_releases::table.select(diesel::dsl::max(item_releases::number)).first(tx.connection()).await?;
    let number = last.unwrap_or(0).saturating_add(1);
    let head = &new.head;
    diesel::insert_into(item_releases::table)
        .values((
            item_releases::number.eq(number),
            item_releases::source.eq(&head.source),
            item_releases::label.eq(&head.label),
            item_releases::status.eq(ReleaseStatus::Staging.label()),
            item_releases::import.eq(column(new.import)),
            item_releases::cutoff_on.eq(on(head.cutoff_on)),
            item_releases::effective_on.eq(head.effective_on.map(on)),
            item_releases::source_url.eq(&head.source_url),
            item_releases::licence.eq(&head.licence),
            item_releases::sha256.eq(new.sha256.bytes().to_vec()),
            item_releases::created_by.eq(column(new.by)),
            item_releases::created_at.eq(app_clock()),
            (
                item_releases::rows_read.eq(0_i64),
                item_releases::added.eq(0_i64),
                item_releases::changed.eq(0_i64),
                item_releases::retired.eq(0_i64),
                item_releases::quarantined.eq(0_i64),
            ),
        ))
        .execute(tx.connection())
        .await?;
    Ok(number)
}

/// A release. Errors: `NOT_FOUND`.
pub async fn find(tx: &mut Tx, number: i32) -> Result<Release, StoreError> {
    let row: Option<Row> =
        item_releases::table.find(number).select(Row::as_select()).first(tx.connection()).await.optional()?;
    one(row)
}

/// A release, held until the transaction ends. Errors: `NOT_FOUND`.
pub async fn lock(tx: &mut Tx, number: i32) -> Result<Release, StoreError> {
    let row: Option<Row> = item_releases::table
        .find(number)
        .select(Row::as_select())
        .for_update()
        .first(tx.connection())
        .await
        .optional()?;
    one(row)
}

/// The release of an import.
pub async fn of_import(tx: &mut Tx, import: ImportId) -> Result<Release, StoreError> {
    let row: Option<Row> = item_releases::table
        .filter(item_releases::import.eq(column(import)))
        .select(Row::as_select())
        .first(tx.connection())
        .await
        .optional()?;
    one(row)
}

/// Releases, the newest first; those that are not published only where asked for.
pub async fn list(
    tx: &mut Tx,
    (source, drafts): (Option<&str>, bool),
    page: &Page<i32>,
) -> Result<Part<Release>, StoreError> {
    let mut query = item_releases::table.select(Row::as_select()).into_boxed();
    if let Some(source) = source {
        query = query.filter(item_releases::source.eq(source.to_owned()));
    }
    if !drafts {
        query = query.filter(item_releases::status.eq(ReleaseStatus::Published.label()));
    }
    if let Some(after) = page.after {
        query = query.filter(item_releases::number.lt(after));
    }
    let rows: Vec<Row> =
        query.order(item_releases::number.desc()).limit(page.limit()).load(tx.connection()).await?;
    Ok(Part::cut(rows.into_iter().map(release).collect::<Result<_, _>>()?, page))
}

/// Saves how far a release is and what it came to. Errors: `RELEASE_STATE` where another one is being written.
pub async fn save(tx: &mut Tx, release: &Release, by: Option<UserId>) -> Result<(), StoreError> {
    let counts = release.counts;
    let own = item_releases::table.find(release.number);
    diesel::update(own)
        .set((
            item_releases::status.eq(release.status.label()),
            item_releases::recorded_at.eq(release.recorded_at.map(at)),
            item_releases::published_at.eq(release.published_at.map(at)),
            item_releases::rows_read.eq(counts.read),
            item_releases::added.eq(counts.added),
            item_releases::changed.eq(counts.changed),
            item_releases::unchanged.eq(counts.unchanged),
            item_releases::retired.eq(counts.retired),
            item_releases::quarantined.eq(counts.quarantined),
            item_releases::reached.eq(release.reached),
            item_releases::reached_item.eq(release.reached_item.map(column)),
        ))
        .execute(tx.connection())
        .await?;
    if let Some(by) = by {
        diesel::update(item_releases::table.find(release.number))
            .set(item_releases::published_by.eq(column(by)))
            .execute(tx.connection())
            .await?;
    }
    Ok(())
}

/// The instant of the newest release that was published; all that another one records is recorded later.
pub async fn last_recorded(tx: &mut Tx) -> Result<Option<Timestamp>, StoreError> {
    let last: Option<PgTimestamp> = item_releases::table
        .select(diesel::dsl::max(item_releases::recorded_at))
        .first(tx.connection())
        .await?;
    Ok(last.map(timestamp))
}

fn one(row: Option<Row>) -> Result<Release, StoreError> {
    row.map(release).transpose()?.ok_or_else(|| Refusal::of(Code::NotFound).into())
}

fn release(row: Row) -> Result<Release, StoreError> {
    let status =
        ReleaseStatus::from_label(&row.status).ok_or_else(|| StoreError::row("status", &row.status))?;
    let sha256: [u8; 32] = row.sha256.try_into().map_err(|bytes| StoreError::row("release digest", bytes))?;
    Ok(Release {
        number: row.number,
        head: ReleaseHead {
            source: row.source,
            label: row.label,
            cutoff_on: day(row.cutoff_on),
            effective_on: row.effective_on.map(day),
            source_url: row.source_url,
            licence: row.licence,
        },
        status,
        import: row.import.map(id),
        sha256: Digest::new(sha256),
        created_at: timestamp(row.created_at),
        recorded_at: row.recorded_at.map(timestamp),
        published_at: row.published_at.map(timestamp),
        counts: Counts {
            read: row.rows_read,
            added: row.added,
            changed: row.changed,
            unchanged: row.unchanged,
            retired: row.retired,
            quarantined: row.quarantined,
        },
        reached: row.reached,
        reached_item: row.reached_item.map(id::<ItemId>),
    })
}
