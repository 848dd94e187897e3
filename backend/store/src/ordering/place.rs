//! What lines are ordered on, and how an order is written: a few statements, however many lines it has.
use diesel::pg::data_types::PgTimestamp;
use diesel::prelude::*;
use diesel::sql_types::{
    Array, BigInt, Bool, Integer, Nullable, Numeric, Text, Timestamptz, Uuid as SqlUuid,
};
use diesel_async::RunQueryDsl;
use jicai_domain::identity::RegionCode;
use jicai_domain::ids::{ContractId, OrderId, OrderLineId, OrganizationId, RationingId, SelectedProductId};
use jicai_domain::time::Timestamp;
use rust_decimal::Decimal;
use uuid::Uuid;

use super::{PRICE_NOW, whole};
use crate::door::Tx;
use crate::errors::StoreError;
use crate::identity::regions::read_code;
use crate::ids::{column, id};
use crate::schema::{demand_leads, orders, organization_regions};
use crate::times::{at, timestamp};

/// What a line is ordered on.
#[derive(Clone, Debug)]
pub struct Terms {
    /// The place of the line in the request, from 0.
    pub place: usize,
    /// How far the contract is.
    pub status: String,
    /// The product.
    pub product: SelectedProductId,
    /// The selected enterprise.
    pub holder: OrganizationId,
    /// Who distributes.
    pub distributor: Option<OrganizationId>,
    /// The price of a smallest unit now, where it is known.
    pub unit_price: Option<Decimal>,
    /// Whether packs of that size are delivered.
    pub packed: bool,
    /// Whether the institution has a part of it.
    pub own: bool,
    /// The rationing that holds for it.
    pub rationing: Option<RationingId>,
    /// Now.
    pub now: Timestamp,
}

#[derive(QueryableByName)]
struct TermsRow {
    #[diesel(sql_type = BigInt)]
    place: i64,
    #[diesel(sql_type = Text)]
    status: String,
    #[diesel(sql_type = SqlUuid)]
    product: Uuid,
    #[diesel(sql_type = SqlUuid)]
    holder: Uuid,
    #[diesel(sql_type = Nullable<SqlUuid>)]
    distributor: Option<Uuid>,
    #[diesel(sql_type = Nullable<Numeric>)]
    price: Option<Decimal>,
    #[diesel(sql_type = Bool)]
    packed: bool,
    #[diesel(sql_type = Bool)]
    own: bool,
    #[diesel(sql_type = Nullable<SqlUuid>)]
    rationing: Option<Uuid>,
    #[diesel(sql_type = Timestamptz)]
    now: PgTimestamp,
}

/// What lines on contracts are ordered on, in the order of the request; a line whose contract there is not is left out. Nobody ends one of
/// the contracts before the transaction is over.
pub async fn terms(
    tx: &mut Tx,
    hospital: OrganizationId,
    wanted: &[(ContractId, u64)],
) -> Result<Vec<Terms>, StoreError> {
    let units: Result<Vec<i64>, StoreError> = wanted.iter().map(|(_contract, units)| whole(*units)).collect();
    let rows: Vec<TermsRow> = diesel::sql_query(format!(
        "SELECT w.place - 1 AS place, c.status, c.product, c.holder, c.distributor, {PRICE_NOW} AS price, k.units IS NOT NULL AS packed, \
             s.id IS NOT NULL AS own, r.id AS rationing, app_clock() AS now \
         FROM unnest($1, $2) WITH ORDINALITY AS w (contract, units, place) JOIN contracts c ON c.id = w.contract \
         JOIN selected_products p ON p.id = c.product \
         LEFT JOIN sub_contracts s ON s.contract = c.id AND s.institution = $3 \
         LEFT JOIN product_packs k ON k.product = c.product AND k.units = w.units \
         LEFT JOIN rationings r ON r.product = c.product AND r.region = c.region AND r.ended_at IS NULL \
         ORDER BY w.place FOR KEY SHARE OF c"
    ))
    .bind::<Array<SqlUuid>, _>(wanted.iter().map(|(contract, _units)| column(*contract)).collect::<Vec<_>>())
    .bind::<Array<BigInt>, _>(units?)
    .bind::<SqlUuid, _>(column(hospital))
    .load(tx.connection())
    .await?;
    rows.into_iter().map(read).collect()
}

fn read(row: TermsRow) -> Result<Terms, StoreError> {
    Ok(Terms {
        place: usize::try_from(row.place).map_err(|_negative| StoreError::row("place", row.place))?,
        status: row.status,
        product: id(row.product),
        holder: id(row.holder),
        distributor: row.distributor.map(id),
        unit_price: row.price,
        packed: row.packed,
        own: row.own,
        rationing: row.rationing.map(id),
        now: timestamp(row.now),
    })
}

/// The regions of an institution that the other one leads now; none where it does not.
pub async fn led(
    tx: &mut Tx,
    lead: OrganizationId,
    member: OrganizationId,
) -> Result<Vec<RegionCode>, StoreError> {
    let rows: Vec<String> = organization_regions::table
        .inner_join(demand_leads::table.on(demand_leads::member.eq(organization_regions::organization)))
        .filter(organization_regions::organization.eq(column(member)))
        .filter(demand_leads::lead.eq(column(lead)))
        .filter(demand_leads::left_at.is_null())
        .select(organization_regions::region)
        .load(tx.connection())
        .await?;
    rows.iter().map(|code| read_code(code)).collect()
}

/// An order that is to be.
#[derive(Clone, Debug)]
pub struct NewOrder {
    /// Its id.
    pub id: OrderId,
    /// For whom.
    pub hospital: OrganizationId,
    /// Where that is.
    pub region: RegionCode,
    /// The hospital's own number of it.
    pub number: Option<String>,
    /// By which rules.
    pub rules: String,
    /// Now.
    pub at: Timestamp,
    /// By when sellers answer.
    pub confirm_by: Timestamp,
}

/// A line of it.
#[derive(Clone, Copy, Debug)]
pub struct NewLine {
    /// Its id.
    pub id: OrderLineId,
    /// The contract.
    pub contract: ContractId,
    /// The rationing that holds for it.
    pub rationing: Option<RationingId>,
    /// Who delivers and invoices.
    pub seller: OrganizationId,
    /// The selected enterprise.
    pub manufacturer: OrganizationId,
    /// Smallest units in a pack.
    pub pack_units: u64,
    /// The price of a pack.
    pub price: Decimal,
    /// How many packs.
    pub packs: u64,
}

/// Writes an order with its lines, with the next statement.
pub async fn add(tx: &mut Tx, order: &NewOrder, lines: &[NewLine]) -> Result<(), StoreError> {
    let many = i32::try_from(lines.len()).map_err(|_many| StoreError::row("lines", lines.len()))?;
    tx.later(diesel::insert_into(orders::table).values((
        orders::id.eq(column(order.id)),
        orders::hospital.eq(column(order.hospital)),
        orders::region.eq(order.region.to_string()),
        orders::number.eq(order.number.clone()),
        orders::lines.eq(many),
        orders::placed_at.eq(at(order.at)),
    )))
    .await?;
    let numbers =
        |of: fn(&NewLine) -> u64| lines.iter().map(|line| whole(of(line))).collect::<Result<Vec<i64>, _>>();
    let insert = diesel::sql_query(
        "INSERT INTO order_lines (id, order_id, place, kind, contract, rationing, hospital, seller, manufacturer, region, pack_units, price, \
             ordered, confirmed, cancelled, shipped, accepted, rejected, returned, status, rules, confirm_by, status_since, version) \
         SELECT id, $1, place, 'SELECTED', contract, rationing, $2, seller, manufacturer, $3, pack_units, price, \
             ordered, 0, 0, 0, 0, 0, 0, 'PLACED', $4, $5, $6, 1 \
         FROM unnest($7, $8, $9, $10, $11, $12, $13, $14, $15) \
             AS new (id, place, contract, rationing, seller, manufacturer, pack_units, price, ordered)",
    )
    .bind::<SqlUuid, _>(column(order.id))
    .bind::<SqlUuid, _>(column(order.hospital))
    .bind::<Text, _>(order.region.to_string())
    .bind::<Text, _>(order.rules.clone())
    .bind::<Timestamptz, _>(at(order.confirm_by))
    .bind::<Timestamptz, _>(at(order.at))
    .bind::<Array<SqlUuid>, _>(lines.iter().map(|line| column(line.id)).collect::<Vec<_>>())
    .bind::<Array<Integer>, _>((1..=many).collect::<Vec<_>>())
    .bind::<Array<SqlUuid>, _>(lines.iter().map(|line| column(line.contract)).collect::<Vec<_>>())
    .bind::<Array<Nullable<SqlUuid>>, _>(lines.iter().map(|line| line.rationing.map(column)).collect::<Vec<_>>())
    .bind::<Array<SqlUuid>, _>(lines.iter().map(|line| column(line.seller)).collect::<Vec<_>>())
    .bind::<Array<SqlUuid>, _>(lines.iter().map(|line| column(line.manufacturer)).collect::<Vec<_>>())
    .bind::<Array<BigInt>, _>(numbers(|line| line.pack_units)?)
    .bind::<Array<Numeric>, _>(lines.iter().map(|line| line.price).collect::<Vec<_>>())
    .bind::<Array<BigInt>, _>(numbers(|line| line.packs)?);
    tx.later(insert).await
}
