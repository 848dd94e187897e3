//! Lines for whoever moves them.
use std::collections::BTreeMap;

use diesel::QueryableByName;
use diesel::sql_types::{Array, BigInt, Nullable, Numeric, Text, Timestamptz, Uuid as SqlUuid};
use diesel_async::RunQueryDsl;
use jicai_domain::identity::{Reason, RegionCode};
use jicai_domain::ids::{ContractId, FilingId, ListingId, OrderId, OrderLineId, OrganizationId, RationingId};
use jicai_domain::ordering::kind::Kind;
use jicai_domain::ordering::line::{Line, Quantities};
use jicai_domain::ordering::price::pack_price;
use jicai_domain::time::Timestamp;
use rust_decimal::Decimal;

use super::rows::{LINE, LineRow};
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
    pub kind: Kind,
    /// The contract that it is on.
    pub contract: Option<ContractId>,
    /// The listing that it is on.
    pub listing: Option<ListingId>,
    /// The filing that it took from.
    pub filing: Option<FilingId>,
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
    /// The price of a pack now, where there is one.
    pub price_now: Option<Decimal>,
    /// By which rules it was ordered.
    pub rules: String,
    /// When the seller confirmed it.
    pub confirmed_at: Option<Timestamp>,
    /// By when it is to be delivered.
    pub deliver_by: Option<Timestamp>,
    /// By when an emergency is to be reported.
    pub report_by: Option<Timestamp>,
    /// Whether it was.
    pub reported: bool,
    /// The line.
    pub line: Line,
}

#[derive(QueryableByName)]
struct Row {
    #[diesel(embed)]
    line: LineRow,
    #[diesel(sql_type = Nullable<Numeric>)]
    unit_price_now: Option<Decimal>,
    #[diesel(sql_type = Nullable<Numeric>)]
    pack_price_now: Option<Decimal>,
    #[diesel(sql_type = Nullable<Numeric>)]
    content: Option<Decimal>,
    #[diesel(sql_type = Nullable<Numeric>)]
    selected_content: Option<Decimal>,
}

/// What a pack of something else than a contract's own packs costs now.
const PACK_PRICE_NOW: &str = "CASE WHEN a.id IS NOT NULL THEN a.price WHEN l.kind = 'LISTED' THEN i.price \
     WHEN l.kind = 'NEGOTIATED' THEN least(n.price, i.price) WHEN l.contract IS NULL THEN l.price END";

/// Lines that the organization ordered, for itself or one that it leads, or is to deliver, held until the transaction ends. Always by
/// their ids, so that nobody waits for each other.
pub async fn lock(
    tx: &mut Tx,
    own: OrganizationId,
    wanted: &[OrderLineId],
) -> Result<BTreeMap<OrderLineId, Held>, StoreError> {
    let rows: Vec<Row> = diesel::sql_query(format!(
        "SELECT {LINE}, {PRICE_NOW} AS unit_price_now, {PACK_PRICE_NOW} AS pack_price_now, a.content, a.selected_content \
         FROM order_lines l LEFT JOIN contracts c ON c.id = l.contract LEFT JOIN selected_products p ON p.id = c.product \
         LEFT JOIN added_packs a ON a.id = l.added_pack LEFT JOIN listings i ON i.id = l.listing \
         LEFT JOIN negotiated_prices n ON n.id = l.negotiated LEFT JOIN emergencies e ON e.order_line = l.id \
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
    let (kind, status, packs) = (row.line.kind()?, row.line.status()?, row.line.packs()?);
    let content = row.content.zip(row.selected_content);
    let (unit_now, pack_now, row) = (row.unit_price_now, row.pack_price_now, row.line);
    let pack_units = count(row.pack_units)?;
    let reason = row.reason.as_deref().map(Reason::parse).transpose();
    let reason = reason.map_err(|_refusal| StoreError::row("reason", row.id))?;
    Ok(Held {
        id: id(row.id),
        order: id(row.order_id),
        kind,
        contract: row.contract.map(id),
        listing: row.listing.map(id),
        filing: row.filing.map(id),
        rationing: row.rationing.map(id),
        hospital: id(row.hospital),
        seller: id(row.seller),
        manufacturer: id(row.manufacturer),
        region: read_code(&row.region)?,
        price: row.price,
        price_now: pack_now.or(unit_now.and_then(|price| pack_price(price, pack_units))),
        rules: row.rules,
        confirmed_at: row.confirmed_at.map(timestamp),
        deliver_by: row.deliver_by.map(timestamp),
        report_by: row.report_by.map(timestamp),
        reported: row.report.is_some(),
        line: Line { status, packs, pack_units, content, reason },
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

/// Keeps what an institution says of an emergency afterwards, with the next statement. The line is held.
pub async fn report(tx: &mut Tx, line: OrderLineId, text: &Reason) -> Result<(), StoreError> {
    let said = diesel::sql_query(
        "UPDATE emergencies SET report = $2, reported_at = app_clock() WHERE order_line = $1",
    )
    .bind::<SqlUuid, _>(column(line))
    .bind::<Text, _>(text.as_str().to_owned());
    tx.later(said).await
}
