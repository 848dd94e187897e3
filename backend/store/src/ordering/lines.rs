//! Lines for whoever moves them.
use std::collections::BTreeMap;

use diesel::QueryableByName;
use diesel::pg::data_types::PgTimestamp;
use diesel::sql_types::{Array, BigInt, Nullable, Numeric, Text, Timestamptz, Uuid as SqlUuid};
use diesel_async::RunQueryDsl;
use jicai_domain::identity::{Reason, RegionCode};
use jicai_domain::ids::{ContractId, OrderId, OrderLineId, OrganizationId, RationingId};
use jicai_domain::ordering::line::{Line, Quantities, Status};
use jicai_domain::time::Timestamp;
use rust_decimal::Decimal;
use uuid::Uuid;

use super::{PRICE_NOW, count, whole};
use crate::door::Tx;
use crate::errors::StoreError;
use crate::identity::regions::read_code;
use crate::ids::{column, id};
use crate::times::{at, timestamp};

/// A line that a transaction holds.
#[derive(Clone, Debug)]
pub struct Held {
    /// Its id.
    pub id: OrderLineId,
    /// The order.
    pub order: OrderId,
    /// Selected, listed, and so on.
    pub kind: String,
    /// The contract that it is on.
    pub contract: Option<ContractId>,
    /// The rationing that it took from.
    pub rationing: Option<RationingId>,
    /// Who ordered.
    pub hospital: OrganizationId,
    /// Who delivers.
    pub seller: OrganizationId,
    /// The selected enterprise.
    pub manufacturer: OrganizationId,
    /// Where the hospital is.
    pub region: RegionCode,
    /// The price of a pack at the order.
    pub price: Decimal,
    /// The price of a smallest unit now, where there is one.
    pub unit_price_now: Option<Decimal>,
    /// By which rules it was ordered.
    pub rules: String,
    /// When the seller confirmed it.
    pub confirmed_at: Option<Timestamp>,
    /// By when it is to be delivered.
    pub deliver_by: Option<Timestamp>,
    /// The line.
    pub line: Line,
}

#[derive(QueryableByName)]
struct Row {
    #[diesel(sql_type = SqlUuid)]
    id: Uuid,
    #[diesel(sql_type = SqlUuid)]
    order_id: Uuid,
    #[diesel(sql_type = Text)]
    kind: String,
    #[diesel(sql_type = Nullable<SqlUuid>)]
    contract: Option<Uuid>,
    #[diesel(sql_type = Nullable<SqlUuid>)]
    rationing: Option<Uuid>,
    #[diesel(sql_type = SqlUuid)]
    hospital: Uuid,
    #[diesel(sql_type = SqlUuid)]
    seller: Uuid,
    #[diesel(sql_type = SqlUuid)]
    manufacturer: Uuid,
    #[diesel(sql_type = Text)]
    region: String,
    #[diesel(sql_type = BigInt)]
    pack_units: i64,
    #[diesel(sql_type = Numeric)]
    price: Decimal,
    #[diesel(sql_type = Nullable<Numeric>)]
    price_now: Option<Decimal>,
    #[diesel(sql_type = BigInt)]
    ordered: i64,
    #[diesel(sql_type = BigInt)]
    confirmed: i64,
    #[diesel(sql_type = BigInt)]
    cancelled: i64,
    #[diesel(sql_type = BigInt)]
    shipped: i64,
    #[diesel(sql_type = BigInt)]
    accepted: i64,
    #[diesel(sql_type = BigInt)]
    rejected: i64,
    #[diesel(sql_type = BigInt)]
    returned: i64,
    #[diesel(sql_type = Text)]
    status: String,
    #[diesel(sql_type = Nullable<Text>)]
    reason: Option<String>,
    #[diesel(sql_type = Text)]
    rules: String,
    #[diesel(sql_type = Nullable<Timestamptz>)]
    confirmed_at: Option<PgTimestamp>,
    #[diesel(sql_type = Nullable<Timestamptz>)]
    deliver_by: Option<PgTimestamp>,
}

/// Lines that the organization ordered, for itself or one that it leads, or is to deliver, held until the transaction ends. Always by
/// their ids, so that nobody waits for each other.
pub async fn lock(
    tx: &mut Tx,
    own: OrganizationId,
    wanted: &[OrderLineId],
) -> Result<BTreeMap<OrderLineId, Held>, StoreError> {
    let rows: Vec<Row> = diesel::sql_query(format!(
        "SELECT l.id, l.order_id, l.kind, l.contract, l.rationing, l.hospital, l.seller, l.manufacturer, l.region, l.pack_units, l.price, \
             {PRICE_NOW} AS price_now, l.ordered, l.confirmed, l.cancelled, l.shipped, l.accepted, l.rejected, l.returned, l.status, \
             l.reason, l.rules, l.confirmed_at, l.deliver_by \
         FROM order_lines l LEFT JOIN contracts c ON c.id = l.contract LEFT JOIN selected_products p ON p.id = c.product \
         WHERE l.id = ANY ($1) AND ($2 IN (l.seller, l.hospital) OR EXISTS (SELECT FROM demand_leads d \
             WHERE d.member = l.hospital AND d.lead = $2 AND d.left_at IS NULL)) ORDER BY l.id FOR UPDATE OF l"
    ))
    .bind::<Array<SqlUuid>, _>(wanted.iter().copied().map(column).collect::<Vec<_>>())
    .bind::<SqlUuid, _>(column(own))
    .load(tx.connection())
    .await?;
    rows.into_iter().map(|row| read(row).map(|held| (held.id, held))).collect()
}

fn read(row: Row) -> Result<Held, StoreError> {
    let status = Status::from_label(&row.status).ok_or_else(|| StoreError::row("status", &row.status))?;
    let packs = Quantities {
        ordered: count(row.ordered)?,
        confirmed: count(row.confirmed)?,
        cancelled: count(row.cancelled)?,
        shipped: count(row.shipped)?,
        accepted: count(row.accepted)?,
        rejected: count(row.rejected)?,
        returned: count(row.returned)?,
    };
    let reason = row.reason.as_deref().map(Reason::parse).transpose();
    let reason = reason.map_err(|_refusal| StoreError::row("reason", row.id))?;
    Ok(Held {
        id: id(row.id),
        order: id(row.order_id),
        kind: row.kind,
        contract: row.contract.map(id),
        rationing: row.rationing.map(id),
        hospital: id(row.hospital),
        seller: id(row.seller),
        manufacturer: id(row.manufacturer),
        region: read_code(&row.region)?,
        price: row.price,
        unit_price_now: row.price_now,
        rules: row.rules,
        confirmed_at: row.confirmed_at.map(timestamp),
        deliver_by: row.deliver_by.map(timestamp),
        line: Line { status, packs, pack_units: count(row.pack_units)?, reason },
    })
}

/// Saves lines that the transaction holds, with the next statement.
pub async fn save(tx: &mut Tx, lines: &[&Held]) -> Result<(), StoreError> {
    let numbers = |of: fn(&Quantities) -> u64| {
        lines.iter().map(|held| whole(of(&held.line.packs))).collect::<Result<Vec<i64>, _>>()
    };
    let reasons = lines.iter().map(|held| held.line.reason.as_ref().map(|reason| reason.as_str().to_owned()));
    let update = diesel::sql_query(
        "UPDATE order_lines l SET confirmed = now.confirmed, cancelled = now.cancelled, shipped = now.shipped, accepted = now.accepted, \
             rejected = now.rejected, returned = now.returned, reason = now.reason, confirmed_at = now.confirmed_at, \
             deliver_by = now.deliver_by, version = l.version + 1, status = now.status, \
             status_since = CASE WHEN l.status = now.status THEN l.status_since ELSE app_clock() END \
         FROM unnest($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11) AS now (id, confirmed, cancelled, shipped, accepted, rejected, returned, \
             status, reason, confirmed_at, deliver_by) WHERE l.id = now.id",
    )
    .bind::<Array<SqlUuid>, _>(lines.iter().map(|held| column(held.id)).collect::<Vec<_>>())
    .bind::<Array<BigInt>, _>(numbers(|packs| packs.confirmed)?)
    .bind::<Array<BigInt>, _>(numbers(|packs| packs.cancelled)?)
    .bind::<Array<BigInt>, _>(numbers(|packs| packs.shipped)?)
    .bind::<Array<BigInt>, _>(numbers(|packs| packs.accepted)?)
    .bind::<Array<BigInt>, _>(numbers(|packs| packs.rejected)?)
    .bind::<Array<BigInt>, _>(numbers(|packs| packs.returned)?)
    .bind::<Array<Text>, _>(lines.iter().map(|held| held.line.status.label().to_owned()).collect::<Vec<_>>())
    .bind::<Array<Nullable<Text>>, _>(reasons.collect::<Vec<_>>())
    .bind::<Array<Nullable<Timestamptz>>, _>(lines.iter().map(|held| held.confirmed_at.map(at)).collect::<Vec<_>>())
    .bind::<Array<Nullable<Timestamptz>>, _>(lines.iter().map(|held| held.deliver_by.map(at)).collect::<Vec<_>>());
    tx.later(update).await
}
