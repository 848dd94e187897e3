//! Changes of agreed volume that institutions ask for.
use diesel::pg::data_types::PgTimestamp;
use diesel::prelude::*;
use diesel::sql_types::{Array, BigInt, Integer, Nullable, Numeric, Text, Timestamptz, Uuid as SqlUuid};
use diesel_async::RunQueryDsl;
use jicai_domain::contract::change::{Application, Status};
use jicai_domain::contract::ledger::{Buyer, Holding, Place};
use jicai_domain::contract::volume::{VolumeChange, Wish};
use jicai_domain::errors::{Code, Refusal};
use jicai_domain::identity::{Reason, Scope, Version};
use jicai_domain::ids::{ContractId, OfficialResultId, OrganizationId, VolumeChangeId};
use jicai_domain::time::Timestamp;
use rust_decimal::Decimal;
use uuid::Uuid;

use crate::contract::shown::reach;
use crate::door::Tx;
use crate::errors::StoreError;
use crate::identity::regions::read_code;
use crate::ids::{column, id};
use crate::page::{Page, Part};
use crate::schema::{app_clock, volume_changes};
use crate::times::{at, timestamp};

/// A change with what it is of.
#[derive(Clone, Debug)]
pub struct Asked {
    /// The change.
    pub change: VolumeChange,
    /// The institution.
    pub institution: OrganizationId,
    /// The contract of the sub-contract.
    pub contract: ContractId,
    /// What the sub-contract holds where.
    pub holding: Holding,
    /// The result.
    pub result: OfficialResultId,
    /// The number of the lot.
    pub lot_number: i32,
    /// The office that decides.
    pub office: OrganizationId,
    /// When it was asked for.
    pub applied_at: Timestamp,
    /// When it came to where it is.
    pub status_since: Timestamp,
}

#[derive(QueryableByName)]
struct Row {
    #[diesel(sql_type = SqlUuid)]
    id: Uuid,
    #[diesel(sql_type = SqlUuid)]
    part: Uuid,
    #[diesel(sql_type = Text)]
    wish: String,
    #[diesel(sql_type = Nullable<SqlUuid>)]
    to_institution: Option<Uuid>,
    #[diesel(sql_type = Nullable<SqlUuid>)]
    to_product: Option<Uuid>,
    #[diesel(sql_type = BigInt)]
    volume: i64,
    #[diesel(sql_type = Nullable<SqlUuid>)]
    receiver: Option<Uuid>,
    #[diesel(sql_type = Text)]
    reason: String,
    #[diesel(sql_type = SqlUuid)]
    applied_by: Uuid,
    #[diesel(sql_type = Timestamptz)]
    applied_at: PgTimestamp,
    #[diesel(sql_type = Text)]
    status: String,
    #[diesel(sql_type = Nullable<SqlUuid>)]
    decided_by: Option<Uuid>,
    #[diesel(sql_type = Nullable<Text>)]
    decision: Option<String>,
    #[diesel(sql_type = Integer)]
    version: i32,
    #[diesel(sql_type = Timestamptz)]
    status_since: PgTimestamp,
    #[diesel(sql_type = SqlUuid)]
    institution: Uuid,
    #[diesel(sql_type = SqlUuid)]
    contract: Uuid,
    #[diesel(sql_type = SqlUuid)]
    product: Uuid,
    #[diesel(sql_type = Text)]
    region: String,
    #[diesel(sql_type = Nullable<Numeric>)]
    content: Option<Decimal>,
    #[diesel(sql_type = SqlUuid)]
    result: Uuid,
    #[diesel(sql_type = Integer)]
    lot_number: i32,
    #[diesel(sql_type = SqlUuid)]
    office: Uuid,
}

const SELECT: &str = "SELECT v.id, v.part, v.wish, v.to_institution, v.to_product, v.volume, v.receiver, v.reason, v.applied_by, v.applied_at, \
         v.status, v.decided_by, v.decision, v.version, v.status_since, s.institution, c.id AS contract, c.product, c.region, \
         CASE WHEN c.supplement = 0 THEN p.content ELSE c.content END AS content, c.result, p.lot_number, r.office \
     FROM volume_changes v JOIN sub_contracts s ON s.id = v.part JOIN contracts c ON c.id = s.contract \
     JOIN selected_products p ON p.id = c.product JOIN official_results r ON r.id = c.result";

/// `$1` is the own organization, `$2` the beginnings of the region codes of a jurisdiction.
const REACHED: &str = "(s.institution = $1 OR v.receiver = $1 OR r.office = $1 OR left(c.region, 2) = ANY ($2) \
     OR left(c.region, 4) = ANY ($2) OR c.region = ANY ($2) OR '' = ANY ($2))";

/// Adds a change.
pub async fn add(tx: &mut Tx, change: &VolumeChange, now: Timestamp) -> Result<(), StoreError> {
    let volume = i64::try_from(change.volume).map_err(|_large| StoreError::row("volume", change.volume))?;
    diesel::insert_into(volume_changes::table)
        .values((
            volume_changes::id.eq(column(change.id)),
            volume_changes::part.eq(column(change.part)),
            volume_changes::wish.eq(change.wish.label()),
            volume_changes::to_institution.eq(change.wish.institution().map(column)),
            volume_changes::to_product.eq(change.wish.product().map(column)),
            volume_changes::volume.eq(volume),
            volume_changes::receiver.eq(change.receiver.map(column)),
            volume_changes::reason.eq(change.application.reason.as_str()),
            volume_changes::applied_by.eq(column(change.application.applied_by)),
            volume_changes::applied_at.eq(at(now)),
            volume_changes::status.eq(change.application.status.label()),
            volume_changes::version.eq(change.version.number()),
            volume_changes::status_since.eq(at(now)),
        ))
        .execute(tx.connection())
        .await?;
    Ok(())
}

/// A change, held until the transaction ends. Errors: `NOT_FOUND`.
pub async fn lock(tx: &mut Tx, wanted: VolumeChangeId) -> Result<Asked, StoreError> {
    let row: Option<Row> = diesel::sql_query(format!("{SELECT} WHERE v.id = $1 FOR UPDATE OF v"))
        .bind::<SqlUuid, _>(column(wanted))
        .get_result(tx.connection())
        .await
        .optional()?;
    asked(row.ok_or(Refusal::of(Code::NotFound))?)
}

/// A change that the scope reaches. Errors: `NOT_FOUND`.
pub async fn find(tx: &mut Tx, scope: &Scope, wanted: VolumeChangeId) -> Result<Asked, StoreError> {
    let (own, prefixes) = reach(scope);
    let row: Option<Row> = diesel::sql_query(format!("{SELECT} WHERE {REACHED} AND v.id = $3"))
        .bind::<Nullable<SqlUuid>, _>(own)
        .bind::<Array<Text>, _>(prefixes)
        .bind::<SqlUuid, _>(column(wanted))
        .get_result(tx.connection())
        .await
        .optional()?;
    asked(row.ok_or(Refusal::of(Code::NotFound))?)
}

/// A part of the changes that the scope reaches, the newest first.
pub async fn page(
    tx: &mut Tx,
    scope: &Scope,
    status: Option<&str>,
    page: &Page<VolumeChangeId>,
) -> Result<Part<Asked>, StoreError> {
    let (own, prefixes) = reach(scope);
    let rows: Vec<Row> = diesel::sql_query(format!(
        "{SELECT} WHERE {REACHED} AND ($3 IS NULL OR v.status = $3) AND ($4 IS NULL OR v.id < $4) ORDER BY v.id DESC LIMIT $5"
    ))
    .bind::<Nullable<SqlUuid>, _>(own)
    .bind::<Array<Text>, _>(prefixes)
    .bind::<Nullable<Text>, _>(status)
    .bind::<Nullable<SqlUuid>, _>(page.after.map(column))
    .bind::<BigInt, _>(page.limit())
    .load(tx.connection())
    .await?;
    Ok(Part::cut(rows.into_iter().map(asked).collect::<Result<_, _>>()?, page))
}

/// Saves how far a change is. Errors: `STALE_VERSION`.
pub async fn save(tx: &mut Tx, changed: &VolumeChange, expected: Version) -> Result<(), StoreError> {
    let status = &changed.application.status;
    let saved = diesel::update(volume_changes::table.find(column(changed.id)))
        .filter(volume_changes::version.eq(expected.number()))
        .set((
            volume_changes::status.eq(status.label()),
            volume_changes::decided_by.eq(status.by().map(column)),
            volume_changes::decision.eq(status.reason().map(Reason::as_str)),
            volume_changes::version.eq(changed.version.number()),
            volume_changes::status_since.eq(app_clock()),
        ))
        .execute(tx.connection())
        .await?;
    if saved == 1 { Ok(()) } else { Err(Refusal::of(Code::StaleVersion).at("version").into()) }
}

fn asked(row: Row) -> Result<Asked, StoreError> {
    let unreadable = || StoreError::row("volume change", row.id);
    let parsed = |text: &str| Reason::parse(text).map_err(|_refusal| unreadable());
    let wish = Wish::from_row(&row.wish, row.to_institution.map(id), row.to_product.map(id));
    let wish = wish.ok_or_else(unreadable)?;
    let volume = u64::try_from(row.volume).map_err(|_negative| unreadable())?;
    let decision = row.decision.as_deref().map(parsed).transpose()?;
    let status = Status::from_row(&row.status, row.decided_by.map(id), decision).ok_or_else(unreadable)?;
    let buyer = Buyer::Institution(id(row.institution));
    let place = Place { region: read_code(&row.region)?, content: row.content, buyer };
    let holding = Holding { place, supplier: id(row.product) };
    let application = Application {
        change: wish.change(holding, volume),
        reason: parsed(&row.reason)?,
        applied_by: id(row.applied_by),
        status,
    };
    let change = VolumeChange {
        id: id(row.id),
        part: id(row.part),
        wish,
        volume,
        receiver: row.receiver.map(id),
        application,
        version: Version::new(row.version),
    };
    Ok(Asked {
        change,
        institution: id(row.institution),
        contract: id(row.contract),
        holding,
        result: id(row.result),
        lot_number: row.lot_number,
        office: id(row.office),
        applied_at: timestamp(row.applied_at),
        status_since: timestamp(row.status_since),
    })
}
