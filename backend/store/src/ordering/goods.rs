//! Deliveries and acceptances as those see them who may.
use diesel::QueryableByName;
use diesel::pg::data_types::{PgDate, PgTimestamp};
use diesel::sql_types::{Array, BigInt, Bool, Date, Nullable, Numeric, Text, Timestamptz, Uuid as SqlUuid};
use diesel_async::RunQueryDsl;
use jicai_domain::ids::{AcceptanceId, GoodsDeliveryId, OrderLineId, OrganizationId};
use jicai_domain::time::{Day, Timestamp};
use rust_decimal::Decimal;
use uuid::Uuid;

use super::count;
use super::shown::Eyes;
use crate::door::Tx;
use crate::errors::StoreError;
use crate::ids::{column, id};
use crate::page::{Page, Part};
use crate::times::{day, timestamp};

/// A delivery as it is shown.
#[derive(Clone, Debug)]
pub struct ShownDelivery {
    /// Its id.
    pub id: GoodsDeliveryId,
    /// The line.
    pub line: OrderLineId,
    /// For whom.
    pub hospital: OrganizationId,
    /// By whom.
    pub seller: OrganizationId,
    /// The number of the note.
    pub note: String,
    /// The batch.
    pub batch: String,
    /// The last day that it is good.
    pub expires_on: Day,
    /// Trace codes or UDI.
    pub codes: Vec<String>,
    /// How many packs.
    pub packs: u64,
    /// What of it was taken.
    pub accepted: u64,
    /// What of it was rejected.
    pub rejected: u64,
    /// Why.
    pub reason: Option<String>,
    /// When it was sent.
    pub shipped_at: Timestamp,
    /// When it arrived.
    pub arrived_at: Option<Timestamp>,
    /// Whether that was in time.
    pub on_time: Option<bool>,
}

#[derive(QueryableByName)]
struct DeliveryRow {
    #[diesel(sql_type = SqlUuid)]
    id: Uuid,
    #[diesel(sql_type = SqlUuid)]
    order_line: Uuid,
    #[diesel(sql_type = SqlUuid)]
    hospital: Uuid,
    #[diesel(sql_type = SqlUuid)]
    seller: Uuid,
    #[diesel(sql_type = Text)]
    note: String,
    #[diesel(sql_type = Text)]
    batch: String,
    #[diesel(sql_type = Date)]
    expires_on: PgDate,
    #[diesel(sql_type = Array<Text>)]
    codes: Vec<String>,
    #[diesel(sql_type = BigInt)]
    packs: i64,
    #[diesel(sql_type = BigInt)]
    accepted: i64,
    #[diesel(sql_type = BigInt)]
    rejected: i64,
    #[diesel(sql_type = Nullable<Text>)]
    reason: Option<String>,
    #[diesel(sql_type = Timestamptz)]
    shipped_at: PgTimestamp,
    #[diesel(sql_type = Nullable<Timestamptz>)]
    arrived_at: Option<PgTimestamp>,
    #[diesel(sql_type = Nullable<Bool>)]
    on_time: Option<bool>,
}

/// Which deliveries somebody wants.
#[derive(Clone, Debug, Default)]
pub struct WantedDeliveries {
    /// Of that line.
    pub line: Option<OrderLineId>,
    /// That came with that note.
    pub note: Option<String>,
    /// Only those of which something waits to be taken or rejected.
    pub waiting: bool,
}

/// Deliveries of lines that are seen, the newest first.
pub async fn deliveries(
    tx: &mut Tx,
    eyes: &Eyes,
    wanted: &WantedDeliveries,
    page: &Page<GoodsDeliveryId>,
) -> Result<Part<ShownDelivery>, StoreError> {
    let (own, prefixes) = eyes.terms();
    let rows: Vec<DeliveryRow> = diesel::sql_query(format!(
        "SELECT d.id, d.order_line, d.hospital, d.seller, d.note, d.batch, d.expires_on, d.codes, d.packs, d.accepted, d.rejected, d.reason, \
             d.shipped_at, d.arrived_at, d.on_time \
         FROM deliveries d JOIN order_lines l ON l.id = d.order_line \
         WHERE {} AND ($1 IS NOT NULL OR $2 IS NOT NULL) AND ($3 IS NULL OR d.order_line = $3) AND ($4 IS NULL OR d.note = $4) \
         AND (NOT $5 OR d.accepted + d.rejected < d.packs) AND ($6 IS NULL OR d.id < $6) ORDER BY d.id DESC LIMIT $7",
        eyes.lines()
    ))
    .bind::<Nullable<SqlUuid>, _>(own)
    .bind::<Array<Text>, _>(prefixes)
    .bind::<Nullable<SqlUuid>, _>(wanted.line.map(column))
    .bind::<Nullable<Text>, _>(wanted.note.clone())
    .bind::<Bool, _>(wanted.waiting)
    .bind::<Nullable<SqlUuid>, _>(page.after.map(column))
    .bind::<BigInt, _>(page.limit())
    .load(tx.connection())
    .await?;
    let read = |row: DeliveryRow| {
        Ok(ShownDelivery {
            id: id(row.id),
            line: id(row.order_line),
            hospital: id(row.hospital),
            seller: id(row.seller),
            note: row.note,
            batch: row.batch,
            expires_on: day(row.expires_on),
            codes: row.codes,
            packs: count(row.packs)?,
            accepted: count(row.accepted)?,
            rejected: count(row.rejected)?,
            reason: row.reason,
            shipped_at: timestamp(row.shipped_at),
            arrived_at: row.arrived_at.map(timestamp),
            on_time: row.on_time,
        })
    };
    Ok(Part::cut(rows.into_iter().map(read).collect::<Result<_, StoreError>>()?, page))
}

/// An acceptance as it is shown.
#[derive(Clone, Debug)]
pub struct ShownAcceptance {
    /// Its id.
    pub id: AcceptanceId,
    /// The line.
    pub line: OrderLineId,
    /// The delivery.
    pub delivery: GoodsDeliveryId,
    /// Who took it.
    pub hospital: OrganizationId,
    /// Who is paid.
    pub seller: OrganizationId,
    /// How many packs.
    pub packs: u64,
    /// What one of them cost.
    pub price: Decimal,
    /// What they cost together, in fen.
    pub amount_fen: i64,
    /// That, less what they came to at the price of the order.
    pub difference_fen: i64,
    /// How many packs went back.
    pub returned: u64,
    /// What they had cost, in fen.
    pub returned_fen: i64,
    /// When they were taken.
    pub accepted_at: Timestamp,
}

#[derive(QueryableByName)]
struct AcceptanceRow {
    #[diesel(sql_type = SqlUuid)]
    id: Uuid,
    #[diesel(sql_type = SqlUuid)]
    order_line: Uuid,
    #[diesel(sql_type = SqlUuid)]
    delivery: Uuid,
    #[diesel(sql_type = SqlUuid)]
    hospital: Uuid,
    #[diesel(sql_type = SqlUuid)]
    seller: Uuid,
    #[diesel(sql_type = BigInt)]
    packs: i64,
    #[diesel(sql_type = Numeric)]
    price: Decimal,
    #[diesel(sql_type = BigInt)]
    amount_fen: i64,
    #[diesel(sql_type = BigInt)]
    difference_fen: i64,
    #[diesel(sql_type = BigInt)]
    returned: i64,
    #[diesel(sql_type = BigInt)]
    returned_fen: i64,
    #[diesel(sql_type = Timestamptz)]
    accepted_at: PgTimestamp,
}

/// Acceptances of lines that are seen, the newest first.
pub async fn acceptances(
    tx: &mut Tx,
    eyes: &Eyes,
    wanted: Option<OrderLineId>,
    page: &Page<AcceptanceId>,
) -> Result<Part<ShownAcceptance>, StoreError> {
    let (own, prefixes) = eyes.terms();
    let rows: Vec<AcceptanceRow> = diesel::sql_query(format!(
        "SELECT a.id, a.order_line, a.delivery, a.hospital, a.seller, a.packs, a.price, a.amount_fen, a.difference_fen, \
             coalesce(g.packs, 0)::bigint AS returned, coalesce(g.fen, 0)::bigint AS returned_fen, a.accepted_at \
         FROM acceptances a JOIN order_lines l ON l.id = a.order_line \
         LEFT JOIN LATERAL (SELECT sum(packs) AS packs, sum(amount_fen) AS fen FROM goods_returns WHERE acceptance = a.id) g ON true \
         WHERE {} AND ($1 IS NOT NULL OR $2 IS NOT NULL) AND ($3 IS NULL OR a.order_line = $3) AND ($4 IS NULL OR a.id < $4) \
         ORDER BY a.id DESC LIMIT $5",
        eyes.lines()
    ))
    .bind::<Nullable<SqlUuid>, _>(own)
    .bind::<Array<Text>, _>(prefixes)
    .bind::<Nullable<SqlUuid>, _>(wanted.map(column))
    .bind::<Nullable<SqlUuid>, _>(page.after.map(column))
    .bind::<BigInt, _>(page.limit())
    .load(tx.connection())
    .await?;
    let read = |row: AcceptanceRow| {
        Ok(ShownAcceptance {
            id: id(row.id),
            line: id(row.order_line),
            delivery: id(row.delivery),
            hospital: id(row.hospital),
            seller: id(row.seller),
            packs: count(row.packs)?,
            price: row.price,
            amount_fen: row.amount_fen,
            difference_fen: row.difference_fen,
            returned: count(row.returned)?,
            returned_fen: row.returned_fen,
            accepted_at: timestamp(row.accepted_at),
        })
    };
    Ok(Part::cut(rows.into_iter().map(read).collect::<Result<_, StoreError>>()?, page))
}
