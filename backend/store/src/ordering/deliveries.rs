//! What was shipped, what of it arrived, was taken and went back.
use std::collections::BTreeMap;

use diesel::QueryableByName;
use diesel::pg::data_types::PgTimestamp;
use diesel::sql_types::{Array, BigInt, Bool, Date, Nullable, Numeric, Text, Timestamptz, Uuid as SqlUuid};
use diesel_async::RunQueryDsl;
use jicai_domain::ids::{AcceptanceId, GoodsDeliveryId, GoodsReturnId, OrderLineId};
use jicai_domain::ordering::price::Priced;
use jicai_domain::settlement::money::Money;
use jicai_domain::time::{Day, Timestamp};
use rust_decimal::Decimal;
use uuid::Uuid;

use super::lines::Held;
use super::{count, whole};
use crate::door::Tx;
use crate::errors::StoreError;
use crate::ids::{column, id};
use crate::times::{at, on, timestamp};

/// A delivery that is to be.
#[derive(Clone, Debug)]
pub struct NewDelivery {
    /// Its id.
    pub id: GoodsDeliveryId,
    /// How many packs.
    pub packs: u64,
    /// The batch.
    pub batch: String,
    /// The last day that it is good.
    pub expires_on: Day,
    /// Trace codes or UDI.
    pub codes: Vec<String>,
}

/// Adds deliveries of a note, each of a line, with the next statement.
pub async fn add(tx: &mut Tx, note: &str, new: &[(&Held, &NewDelivery)]) -> Result<(), StoreError> {
    let packs: Result<Vec<i64>, StoreError> = new.iter().map(|(_, one)| whole(one.packs)).collect();
    // A line break parts the codes of a delivery, so that all deliveries are one array.
    let codes = new.iter().map(|(_, one)| one.codes.join("\n"));
    let insert = diesel::sql_query(
        "INSERT INTO deliveries (id, order_line, hospital, seller, note, batch, expires_on, codes, packs, accepted, rejected, shipped_at, version) \
         SELECT id, order_line, hospital, seller, $1, batch, expires_on, coalesce(string_to_array(nullif(codes, ''), chr(10)), '{}'), packs, 0, 0, app_clock(), 1 \
         FROM unnest($2, $3, $4, $5, $6, $7, $8, $9) AS new (id, order_line, hospital, seller, batch, expires_on, codes, packs)",
    )
    .bind::<Text, _>(note.to_owned())
    .bind::<Array<SqlUuid>, _>(new.iter().map(|(_, one)| column(one.id)).collect::<Vec<_>>())
    .bind::<Array<SqlUuid>, _>(new.iter().map(|(held, _)| column(held.id)).collect::<Vec<_>>())
    .bind::<Array<SqlUuid>, _>(new.iter().map(|(held, _)| column(held.hospital)).collect::<Vec<_>>())
    .bind::<Array<SqlUuid>, _>(new.iter().map(|(held, _)| column(held.seller)).collect::<Vec<_>>())
    .bind::<Array<Text>, _>(new.iter().map(|(_, one)| one.batch.clone()).collect::<Vec<_>>())
    .bind::<Array<Date>, _>(new.iter().map(|(_, one)| on(one.expires_on)).collect::<Vec<_>>())
    .bind::<Array<Text>, _>(codes.collect::<Vec<_>>())
    .bind::<Array<BigInt>, _>(packs?);
    tx.later(insert).await
}

/// A delivery that a transaction holds: whoever holds its line holds it.
#[derive(Clone, Debug)]
pub struct Shipped {
    /// Its id.
    pub id: GoodsDeliveryId,
    /// The line.
    pub line: OrderLineId,
    /// How many packs.
    pub packs: u64,
    /// What of it was taken.
    pub accepted: u64,
    /// What of it was rejected.
    pub rejected: u64,
    /// Why.
    pub reason: Option<String>,
    /// When it arrived.
    pub arrived_at: Option<Timestamp>,
    /// Whether that was in time.
    pub on_time: Option<bool>,
}

impl Shipped {
    /// What nobody has decided about.
    pub const fn undecided(&self) -> u64 {
        self.packs.saturating_sub(self.accepted).saturating_sub(self.rejected)
    }
}

#[derive(QueryableByName)]
struct Row {
    #[diesel(sql_type = SqlUuid)]
    id: Uuid,
    #[diesel(sql_type = SqlUuid)]
    order_line: Uuid,
    #[diesel(sql_type = BigInt)]
    packs: i64,
    #[diesel(sql_type = BigInt)]
    accepted: i64,
    #[diesel(sql_type = BigInt)]
    rejected: i64,
    #[diesel(sql_type = Nullable<Text>)]
    reason: Option<String>,
    #[diesel(sql_type = Nullable<Timestamptz>)]
    arrived_at: Option<PgTimestamp>,
    #[diesel(sql_type = Nullable<Bool>)]
    on_time: Option<bool>,
}

#[derive(QueryableByName)]
struct Line {
    #[diesel(sql_type = SqlUuid)]
    id: Uuid,
    #[diesel(sql_type = SqlUuid)]
    order_line: Uuid,
}

/// The lines of deliveries. A delivery never changes its line.
pub async fn lines(
    tx: &mut Tx,
    wanted: &[GoodsDeliveryId],
) -> Result<BTreeMap<GoodsDeliveryId, OrderLineId>, StoreError> {
    let rows: Vec<Line> = diesel::sql_query("SELECT id, order_line FROM deliveries WHERE id = ANY ($1)")
        .bind::<Array<SqlUuid>, _>(wanted.iter().copied().map(column).collect::<Vec<_>>())
        .load(tx.connection())
        .await?;
    Ok(rows.into_iter().map(|row| (id(row.id), id(row.order_line))).collect())
}

/// Deliveries whose lines the transaction holds, as they are now.
pub async fn of_held(
    tx: &mut Tx,
    wanted: &[GoodsDeliveryId],
) -> Result<BTreeMap<GoodsDeliveryId, Shipped>, StoreError> {
    let rows: Vec<Row> = diesel::sql_query(
        "SELECT id, order_line, packs, accepted, rejected, reason, arrived_at, on_time FROM deliveries WHERE id = ANY ($1)",
    )
    .bind::<Array<SqlUuid>, _>(wanted.iter().copied().map(column).collect::<Vec<_>>())
    .load(tx.connection())
    .await?;
    let read = |row: Row| {
        let shipped = Shipped {
            id: id(row.id),
            line: id(row.order_line),
            packs: count(row.packs)?,
            accepted: count(row.accepted)?,
            rejected: count(row.rejected)?,
            reason: row.reason,
            arrived_at: row.arrived_at.map(timestamp),
            on_time: row.on_time,
        };
        Ok((shipped.id, shipped))
    };
    rows.into_iter().map(read).collect()
}

/// Saves deliveries whose lines the transaction holds, with the next statement.
pub async fn save(tx: &mut Tx, changed: &[&Shipped]) -> Result<(), StoreError> {
    let numbers =
        |of: fn(&Shipped) -> u64| changed.iter().map(|one| whole(of(one))).collect::<Result<Vec<i64>, _>>();
    let update = diesel::sql_query(
        "UPDATE deliveries d SET accepted = now.accepted, rejected = now.rejected, reason = now.reason, arrived_at = now.arrived_at, \
             on_time = now.on_time, version = d.version + 1 \
         FROM unnest($1, $2, $3, $4, $5, $6) AS now (id, accepted, rejected, reason, arrived_at, on_time) WHERE d.id = now.id",
    )
    .bind::<Array<SqlUuid>, _>(changed.iter().map(|one| column(one.id)).collect::<Vec<_>>())
    .bind::<Array<BigInt>, _>(numbers(|one| one.accepted)?)
    .bind::<Array<BigInt>, _>(numbers(|one| one.rejected)?)
    .bind::<Array<Nullable<Text>>, _>(changed.iter().map(|one| one.reason.clone()).collect::<Vec<_>>())
    .bind::<Array<Nullable<Timestamptz>>, _>(changed.iter().map(|one| one.arrived_at.map(at)).collect::<Vec<_>>())
    .bind::<Array<Nullable<Bool>>, _>(changed.iter().map(|one| one.on_time).collect::<Vec<_>>());
    tx.later(update).await
}

/// What is taken of a delivery.
#[derive(Clone, Debug)]
pub struct NewAcceptance {
    /// Its id.
    pub id: AcceptanceId,
    /// The delivery.
    pub delivery: GoodsDeliveryId,
    /// How many packs.
    pub packs: u64,
    /// What they cost.
    pub priced: Priced,
}

/// Adds acceptances, with the next statement.
pub async fn accept(tx: &mut Tx, now: Timestamp, new: &[(&Held, NewAcceptance)]) -> Result<(), StoreError> {
    let packs: Result<Vec<i64>, StoreError> = new.iter().map(|(_, one)| whole(one.packs)).collect();
    let held = |of: fn(&Held) -> Uuid| new.iter().map(|(held, _)| of(held)).collect::<Vec<_>>();
    let insert = diesel::sql_query(
        "INSERT INTO acceptances (id, order_line, delivery, hospital, seller, manufacturer, region, packs, price, amount_fen, difference_fen, \
             accepted_at, accepted_on) \
         SELECT new.*, $1, $2 FROM unnest($3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13) AS new",
    )
    .bind::<Timestamptz, _>(at(now))
    .bind::<Date, _>(on(now.day_in_china()))
    .bind::<Array<SqlUuid>, _>(new.iter().map(|(_, one)| column(one.id)).collect::<Vec<_>>())
    .bind::<Array<SqlUuid>, _>(held(|held| column(held.id)))
    .bind::<Array<SqlUuid>, _>(new.iter().map(|(_, one)| column(one.delivery)).collect::<Vec<_>>())
    .bind::<Array<SqlUuid>, _>(held(|held| column(held.hospital)))
    .bind::<Array<SqlUuid>, _>(held(|held| column(held.seller)))
    .bind::<Array<SqlUuid>, _>(held(|held| column(held.manufacturer)))
    .bind::<Array<Text>, _>(new.iter().map(|(held, _)| held.region.to_string()).collect::<Vec<_>>())
    .bind::<Array<BigInt>, _>(packs?)
    .bind::<Array<Numeric>, _>(new.iter().map(|(_, one)| one.priced.price).collect::<Vec<Decimal>>())
    .bind::<Array<BigInt>, _>(new.iter().map(|(_, one)| one.priced.amount.fen()).collect::<Vec<_>>())
    .bind::<Array<BigInt>, _>(new.iter().map(|(_, one)| one.priced.difference.fen()).collect::<Vec<_>>());
    tx.later(insert).await
}

/// The lines of acceptances. An acceptance never changes.
pub async fn accepted_lines(
    tx: &mut Tx,
    wanted: &[AcceptanceId],
) -> Result<BTreeMap<AcceptanceId, OrderLineId>, StoreError> {
    let rows: Vec<Line> = diesel::sql_query("SELECT id, order_line FROM acceptances WHERE id = ANY ($1)")
        .bind::<Array<SqlUuid>, _>(wanted.iter().copied().map(column).collect::<Vec<_>>())
        .load(tx.connection())
        .await?;
    Ok(rows.into_iter().map(|row| (id(row.id), id(row.order_line))).collect())
}

/// What was taken at once, and what of it went back.
#[derive(Clone, Copy, Debug)]
pub struct Taken {
    /// How many packs were taken.
    pub packs: u64,
    /// What one of them cost.
    pub price: Decimal,
    /// How many went back.
    pub returned: u64,
}

#[derive(QueryableByName)]
struct TakenRow {
    #[diesel(sql_type = SqlUuid)]
    id: Uuid,
    #[diesel(sql_type = BigInt)]
    packs: i64,
    #[diesel(sql_type = Numeric)]
    price: Decimal,
    #[diesel(sql_type = BigInt)]
    returned: i64,
}

/// Acceptances whose lines the transaction holds, with what went back of them.
pub async fn taken(
    tx: &mut Tx,
    wanted: &[AcceptanceId],
) -> Result<BTreeMap<AcceptanceId, Taken>, StoreError> {
    let rows: Vec<TakenRow> = diesel::sql_query(
        "SELECT a.id, a.packs, a.price, \
             coalesce((SELECT sum(g.packs) FROM goods_returns g WHERE g.acceptance = a.id), 0)::bigint AS returned \
         FROM acceptances a WHERE a.id = ANY ($1)",
    )
    .bind::<Array<SqlUuid>, _>(wanted.iter().copied().map(column).collect::<Vec<_>>())
    .load(tx.connection())
    .await?;
    let read = |row: TakenRow| {
        let taken = Taken { packs: count(row.packs)?, price: row.price, returned: count(row.returned)? };
        Ok((id(row.id), taken))
    };
    rows.into_iter().map(read).collect()
}

/// Something that goes back.
#[derive(Clone, Debug)]
pub struct NewReturn {
    /// Its id.
    pub id: GoodsReturnId,
    /// What was taken.
    pub acceptance: AcceptanceId,
    /// How many packs.
    pub packs: u64,
    /// What they had cost.
    pub amount: Money,
    /// Why.
    pub reason: String,
}

/// Adds returns, with the next statement.
pub async fn give_back(tx: &mut Tx, new: &[NewReturn]) -> Result<(), StoreError> {
    let packs: Result<Vec<i64>, StoreError> = new.iter().map(|one| whole(one.packs)).collect();
    let insert = diesel::sql_query(
        "INSERT INTO goods_returns (id, acceptance, packs, amount_fen, reason, returned_at) \
         SELECT new.*, app_clock() FROM unnest($1, $2, $3, $4, $5) AS new",
    )
    .bind::<Array<SqlUuid>, _>(new.iter().map(|one| column(one.id)).collect::<Vec<_>>())
    .bind::<Array<SqlUuid>, _>(new.iter().map(|one| column(one.acceptance)).collect::<Vec<_>>())
    .bind::<Array<BigInt>, _>(packs?)
    .bind::<Array<BigInt>, _>(new.iter().map(|one| one.amount.fen()).collect::<Vec<_>>())
    .bind::<Array<Text>, _>(new.iter().map(|one| one.reason.clone()).collect::<Vec<_>>());
    tx.later(insert).await
}
