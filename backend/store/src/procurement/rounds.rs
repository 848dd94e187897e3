//! The heads of rounds: what every rule about time and state asks. A draft is seen by its own office only.
use diesel::dsl::AsSelect;
use diesel::pg::Pg;
use diesel::pg::data_types::PgTimestamp;
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use jicai_domain::errors::{Code, Refusal};
use jicai_domain::identity::{Name, Reason, Scope, Version};
use jicai_domain::ids::RoundId;
use jicai_domain::procurement::round::{Calendar, Disclosure, Round, RoundStatus};
use uuid::Uuid;

use crate::door::Tx;
use crate::errors::StoreError;
use crate::ids::{column, id};
use crate::schema::rounds;
use crate::times::timestamp;

#[derive(Queryable, Selectable)]
#[diesel(table_name = rounds)]
pub(super) struct Row {
    id: Uuid,
    office: Uuid,
    name: String,
    status: String,
    reason: Option<String>,
    edition: i32,
    drafted_by: Uuid,
    announced_by: Option<Uuid>,
    threshold: i16,
    disclosure: String,
    demand_from: PgTimestamp,
    demand_until: PgTimestamp,
    qualification_until: PgTimestamp,
    bids_from: PgTimestamp,
    bids_until: PgTimestamp,
    opening_from: PgTimestamp,
    version: i32,
}

/// An announced one, as everybody may see it. Errors: `NOT_FOUND`, also for a draft.
pub async fn announced(tx: &mut Tx, wanted: RoundId) -> Result<Round, StoreError> {
    let row = published(column(wanted)).first(tx.connection()).await;
    found(row)
}

/// One of the scope's own office, drafts among them, held for a change until the transaction ends. Errors: `NOT_FOUND`.
pub async fn lock_own(tx: &mut Tx, scope: &Scope, wanted: RoundId) -> Result<Round, StoreError> {
    let row = rounds::table
        .find(column(wanted))
        .filter(rounds::office.nullable().eq(scope.organization().map(column)))
        .select(Row::as_select())
        .for_update()
        .first(tx.connection())
        .await;
    found(row)
}

/// An announced one that does not change while the transaction runs: others may hold it too, and whoever would seal it waits.
/// Errors: `NOT_FOUND`.
pub async fn share(tx: &mut Tx, wanted: RoundId) -> Result<Round, StoreError> {
    let row = published(column(wanted)).for_share().first(tx.connection()).await;
    found(row)
}

/// An announced one, held for a change that the platform or a custodian makes. Errors: `NOT_FOUND`.
pub async fn lock_announced(tx: &mut Tx, wanted: RoundId) -> Result<Round, StoreError> {
    let row = published(column(wanted)).for_update().first(tx.connection()).await;
    found(row)
}

/// Saves how far a changed one is. Errors: `STALE_VERSION`.
pub async fn save_state(tx: &mut Tx, changed: &Round, expected: Version) -> Result<(), StoreError> {
    let saved = diesel::update(rounds::table.find(column(changed.id)))
        .filter(rounds::version.eq(expected.number()))
        .set((
            rounds::status.eq(changed.status.label()),
            rounds::reason.eq(changed.status.reason().map(Reason::as_str)),
            rounds::edition.eq(changed.edition),
            rounds::drafted_by.eq(column(changed.drafted_by)),
            rounds::announced_by.eq(changed.announced_by.map(column)),
            rounds::version.eq(changed.version.number()),
        ))
        .execute(tx.connection())
        .await?;
    if saved == 1 { Ok(()) } else { Err(Refusal::of(Code::StaleVersion).at("version").into()) }
}

#[diesel::dsl::auto_type(no_type_alias)]
fn published(wanted: Uuid) -> _ {
    let head: AsSelect<Row, Pg> = Row::as_select();
    rounds::table.find(wanted).filter(rounds::edition.ge(1_i32)).select(head)
}

fn found(row: QueryResult<Row>) -> Result<Round, StoreError> {
    let row = row.optional()?.ok_or(Refusal::of(Code::NotFound))?;
    round(row)
}

pub(super) fn round(row: Row) -> Result<Round, StoreError> {
    let unreadable = || StoreError::row("round", row.id);
    let refused = |_refusal: Refusal| unreadable();
    let reason = row.reason.as_deref().map(Reason::parse).transpose().map_err(refused)?;
    Ok(Round {
        id: id(row.id),
        office: id(row.office),
        name: Name::parse(&row.name).map_err(refused)?,
        status: RoundStatus::from_row(&row.status, reason).ok_or_else(unreadable)?,
        edition: row.edition,
        drafted_by: id(row.drafted_by),
        announced_by: row.announced_by.map(id),
        calendar: Calendar {
            demand_from: timestamp(row.demand_from),
            demand_until: timestamp(row.demand_until),
            qualification_until: timestamp(row.qualification_until),
            bids_from: timestamp(row.bids_from),
            bids_until: timestamp(row.bids_until),
            opening_from: timestamp(row.opening_from),
        },
        threshold: u8::try_from(row.threshold).map_err(|_number| unreadable())?,
        disclosure: Disclosure::from_label(&row.disclosure).ok_or_else(unreadable)?,
        version: Version::new(row.version),
    })
}
