//! Backups that supply in the place of products: the decisions, what stays with whom, and where new orders go.
use std::collections::{BTreeMap, BTreeSet};

use diesel::pg::data_types::{PgDate, PgTimestamp};
use diesel::prelude::*;
use diesel::sql_types::{
    Array, BigInt, Bool, Date, Integer, Nullable, Numeric, Text, Timestamptz, Uuid as SqlUuid,
};
use diesel_async::RunQueryDsl;
use jicai_domain::contract::backup::{BackupStatus, BackupSupply};
use jicai_domain::errors::{Code, Refusal};
use jicai_domain::identity::{Reason, RegionCode, Scope, Version};
use jicai_domain::ids::{BackupSupplyId, ContractId, OrganizationId, SelectedProductId};
use jicai_domain::ordering::counts::in_representative;
use rust_decimal::Decimal;
use uuid::Uuid;

use super::shown::reach;
use crate::door::Tx;
use crate::errors::StoreError;
use crate::identity::regions::read_code;
use crate::ids::{column, id};
use crate::page::{Page, Part};
use crate::schema::{backup_supplies, contracts};
use crate::times::{at, day, on, timestamp};

#[derive(QueryableByName)]
struct Row {
    #[diesel(sql_type = SqlUuid)]
    id: Uuid,
    #[diesel(sql_type = SqlUuid)]
    office: Uuid,
    #[diesel(sql_type = SqlUuid)]
    product: Uuid,
    #[diesel(sql_type = SqlUuid)]
    backup: Uuid,
    #[diesel(sql_type = Text)]
    region: String,
    #[diesel(sql_type = Date)]
    from_on: PgDate,
    #[diesel(sql_type = Text)]
    reason: String,
    #[diesel(sql_type = Text)]
    evidence: String,
    #[diesel(sql_type = Text)]
    status: String,
    #[diesel(sql_type = SqlUuid)]
    proposed_by: Uuid,
    #[diesel(sql_type = Timestamptz)]
    proposed_at: PgTimestamp,
    #[diesel(sql_type = Nullable<SqlUuid>)]
    decided_by: Option<Uuid>,
    #[diesel(sql_type = Nullable<Timestamptz>)]
    decided_at: Option<PgTimestamp>,
    #[diesel(sql_type = Nullable<Text>)]
    decision: Option<String>,
    #[diesel(sql_type = Nullable<SqlUuid>)]
    ended_by: Option<Uuid>,
    #[diesel(sql_type = Nullable<Timestamptz>)]
    ended_at: Option<PgTimestamp>,
    #[diesel(sql_type = BigInt)]
    moved: i64,
    #[diesel(sql_type = BigInt)]
    returned: i64,
    #[diesel(sql_type = Integer)]
    version: i32,
}

const COLUMNS: &str = "b.id, b.office, b.product, b.backup, b.region, b.from_on, b.reason, b.evidence, b.status, b.proposed_by, b.proposed_at, \
     b.decided_by, b.decided_at, b.decision, b.ended_by, b.ended_at, b.moved, b.returned, b.version";

fn whole(number: u64) -> Result<i64, StoreError> {
    i64::try_from(number).map_err(|_large| StoreError::row("volume", number))
}

/// Adds a proposed one. Errors: `BACKUP_SUPPLY_STATE` where one is proposed or in force for the product there.
pub async fn add(tx: &mut Tx, new: &BackupSupply) -> Result<(), StoreError> {
    diesel::insert_into(backup_supplies::table)
        .values((
            backup_supplies::id.eq(column(new.id)),
            backup_supplies::office.eq(column(new.office)),
            backup_supplies::product.eq(column(new.product)),
            backup_supplies::backup.eq(column(new.backup)),
            backup_supplies::region.eq(new.region.to_string()),
            backup_supplies::from_on.eq(on(new.from)),
            backup_supplies::reason.eq(new.reason.as_str()),
            backup_supplies::evidence.eq(new.evidence.as_str()),
            backup_supplies::status.eq(new.status.label()),
            backup_supplies::proposed_by.eq(column(new.proposed.0)),
            backup_supplies::proposed_at.eq(at(new.proposed.1)),
            backup_supplies::moved.eq(whole(new.moved)?),
            backup_supplies::returned.eq(whole(new.returned)?),
            backup_supplies::version.eq(new.version.number()),
        ))
        .execute(tx.connection())
        .await?;
    Ok(())
}

/// One of the office's, held until the transaction ends. Errors: `NOT_FOUND`.
pub async fn lock(
    tx: &mut Tx,
    office: OrganizationId,
    wanted: BackupSupplyId,
) -> Result<BackupSupply, StoreError> {
    let row: Option<Row> = diesel::sql_query(format!(
        "SELECT {COLUMNS} FROM backup_supplies b WHERE b.id = $1 AND b.office = $2 FOR UPDATE OF b"
    ))
    .bind::<SqlUuid, _>(column(wanted))
    .bind::<SqlUuid, _>(column(office))
    .get_result(tx.connection())
    .await
    .optional()?;
    read(row.ok_or(Refusal::of(Code::NotFound))?)
}

/// Saves what was decided. Errors: `STALE_VERSION`.
pub async fn save(tx: &mut Tx, changed: &BackupSupply, expected: Version) -> Result<(), StoreError> {
    let (decided, ended) = (changed.status.decided(), changed.status.ended());
    let current = backup_supplies::table
        .find(column(changed.id))
        .filter(backup_supplies::version.eq(expected.number()));
    let saved = diesel::update(current)
        .set((
            backup_supplies::status.eq(changed.status.label()),
            backup_supplies::decided_by.eq(decided.map(|(by, _)| column(by))),
            backup_supplies::decided_at.eq(decided.map(|(_, when)| at(when))),
            backup_supplies::decision.eq(changed.status.reason().map(Reason::as_str)),
            backup_supplies::ended_by.eq(ended.map(|(by, _)| column(by))),
            backup_supplies::ended_at.eq(ended.map(|(_, when)| at(when))),
            backup_supplies::moved.eq(whole(changed.moved)?),
            backup_supplies::returned.eq(whole(changed.returned)?),
            backup_supplies::version.eq(changed.version.number()),
        ))
        .execute(tx.connection())
        .await?;
    if saved == 1 { Ok(()) } else { Err(Refusal::of(Code::StaleVersion).at("version").into()) }
}

/// Those that the scope reaches, the newest first: what an office proposes is seen by itself alone until it is in force.
pub async fn page(
    tx: &mut Tx,
    scope: &Scope,
    page: &Page<BackupSupplyId>,
) -> Result<Part<BackupSupply>, StoreError> {
    let (own, prefixes) = reach(scope);
    let rows: Vec<Row> = diesel::sql_query(format!(
        "SELECT {COLUMNS} FROM backup_supplies b WHERE (b.office = $1 OR (b.status IN ('IN_FORCE', 'ENDED') AND (\
             EXISTS (SELECT FROM selected_products p WHERE p.id IN (b.product, b.backup) AND p.holder = $1) \
             OR EXISTS (SELECT FROM contracts c JOIN sub_contracts s ON s.contract = c.id \
                 WHERE c.product = b.product AND c.region = b.region AND s.institution = $1) \
             OR left(b.region, 2) = ANY ($2) OR left(b.region, 4) = ANY ($2) OR b.region = ANY ($2) OR '' = ANY ($2)))) \
         AND ($3 IS NULL OR b.id < $3) ORDER BY b.id DESC LIMIT $4"
    ))
    .bind::<Nullable<SqlUuid>, _>(own)
    .bind::<Array<Text>, _>(prefixes)
    .bind::<Nullable<SqlUuid>, _>(page.after.map(column))
    .bind::<BigInt, _>(page.limit())
    .load(tx.connection())
    .await?;
    Ok(Part::cut(rows.into_iter().map(read).collect::<Result<_, _>>()?, page))
}

#[derive(QueryableByName)]
struct Fits {
    #[diesel(sql_type = Bool)]
    fits: bool,
}

/// Whether the office announced both products in one lot of one result, whether the second is the region's backup and has not left, and
/// whether the first is under a contract in force there.
pub async fn fits(tx: &mut Tx, wanted: &BackupSupply) -> Result<bool, StoreError> {
    let found: Option<Fits> = diesel::sql_query(
        "SELECT EXISTS (SELECT FROM selected_supplies u WHERE u.product = q.id AND u.region = $4 AND u.role = 'BACKUP') \
             AND NOT EXISTS (SELECT FROM withdrawals w WHERE w.product = q.id) \
             AND EXISTS (SELECT FROM contracts c WHERE c.product = p.id AND c.region = $4 AND c.status = 'IN_FORCE') AS fits \
         FROM selected_products p JOIN selected_products q ON q.result = p.result AND q.lot_number = p.lot_number AND q.id <> p.id \
         JOIN official_results r ON r.id = p.result WHERE p.id = $1 AND q.id = $2 AND r.office = $3",
    )
    .bind::<SqlUuid, _>(column(wanted.product))
    .bind::<SqlUuid, _>(column(wanted.backup))
    .bind::<SqlUuid, _>(column(wanted.office))
    .bind::<Text, _>(wanted.region.to_string())
    .get_result(tx.connection())
    .await
    .optional()?;
    Ok(found.is_some_and(|found| found.fits))
}

#[derive(QueryableByName)]
struct StaysRow {
    #[diesel(sql_type = SqlUuid)]
    contract: Uuid,
    #[diesel(sql_type = SqlUuid)]
    hospital: Uuid,
    #[diesel(sql_type = BigInt)]
    stays: i64,
    #[diesel(sql_type = Nullable<Numeric>)]
    content: Option<Decimal>,
    #[diesel(sql_type = Nullable<Numeric>)]
    representative: Option<Decimal>,
}

/// What institutions took and kept on contracts, or is on its way to them, in units of the lot's representative: it stays where it is.
pub async fn stays(
    tx: &mut Tx,
    wanted: &BTreeSet<ContractId>,
) -> Result<BTreeMap<(ContractId, OrganizationId), u64>, StoreError> {
    let rows: Vec<StaysRow> = diesel::sql_query(
        "SELECT m.basis AS contract, m.hospital, sum(m.shipped - m.rejected - m.returned)::bigint AS stays, p.content, \
             p.representative_content AS representative \
         FROM order_months m JOIN contracts c ON c.id = m.basis JOIN selected_products p ON p.id = c.product \
         WHERE m.basis = ANY ($1) GROUP BY m.basis, m.hospital, p.content, p.representative_content",
    )
    .bind::<Array<SqlUuid>, _>(wanted.iter().copied().map(column).collect::<Vec<_>>())
    .load(tx.connection())
    .await?;
    let stays = |row: StaysRow| {
        let units = u64::try_from(row.stays).unwrap_or(0);
        let units = in_representative(units, row.content.zip(row.representative));
        ((id(row.contract), id(row.hospital)), units)
    };
    Ok(rows.into_iter().map(stays).collect())
}

/// Has new orders on contracts that the transaction holds go to another one, or to themselves again.
pub async fn direct(
    tx: &mut Tx,
    from: &BTreeSet<ContractId>,
    to: Option<ContractId>,
) -> Result<(), StoreError> {
    let held = from.iter().filter(|one| Some(**one) != to).copied().map(column);
    diesel::update(contracts::table.filter(contracts::id.eq_any(held.collect::<Vec<_>>())))
        .set(contracts::orders_go_to.eq(to.map(column)))
        .execute(tx.connection())
        .await?;
    Ok(())
}

#[derive(QueryableByName)]
struct Target {
    #[diesel(sql_type = SqlUuid)]
    id: Uuid,
}

/// The contracts of a product that stand in for others in a region, held until the transaction ends.
pub async fn standing_in(
    tx: &mut Tx,
    (product, region): (SelectedProductId, RegionCode),
    instead_of: SelectedProductId,
) -> Result<BTreeSet<ContractId>, StoreError> {
    let rows: Vec<Target> = diesel::sql_query(
        "SELECT c.id FROM contracts c WHERE c.product = $1 AND c.region = $2 AND c.status = 'IN_FORCE' \
             AND EXISTS (SELECT FROM contracts o WHERE o.orders_go_to = c.id AND o.product = $3) ORDER BY c.id FOR UPDATE OF c",
    )
    .bind::<SqlUuid, _>(column(product))
    .bind::<Text, _>(region.to_string())
    .bind::<SqlUuid, _>(column(instead_of))
    .load(tx.connection())
    .await?;
    Ok(rows.into_iter().map(|row| id(row.id)).collect())
}

fn read(row: Row) -> Result<BackupSupply, StoreError> {
    let unreadable = || StoreError::row("backup supply", row.id);
    let words = |text: &str| Reason::parse(text).map_err(|_refusal| unreadable());
    let decided = row.decided_by.map(id).zip(row.decided_at.map(timestamp));
    let ended = row.ended_by.map(id).zip(row.ended_at.map(timestamp));
    let reason = row.decision.as_deref().map(words).transpose()?;
    let status = match (row.status.as_str(), decided, ended, reason) {
        ("PROPOSED", None, None, None) => BackupStatus::Proposed,
        ("REFUSED", Some(decided), None, Some(reason)) => BackupStatus::Refused { decided, reason },
        ("IN_FORCE", Some(decided), None, None) => BackupStatus::InForce { decided },
        ("ENDED", Some(decided), Some(ended), Some(reason)) => BackupStatus::Ended { decided, ended, reason },
        _other => return Err(unreadable()),
    };
    let volume = |number: i64| u64::try_from(number).map_err(|_negative| unreadable());
    Ok(BackupSupply {
        id: id(row.id),
        office: id(row.office),
        product: id(row.product),
        backup: id(row.backup),
        region: read_code(&row.region)?,
        from: day(row.from_on),
        reason: words(&row.reason)?,
        evidence: words(&row.evidence)?,
        proposed: (id(row.proposed_by), timestamp(row.proposed_at)),
        moved: volume(row.moved)?,
        returned: volume(row.returned)?,
        version: Version::new(row.version),
        status,
    })
}
