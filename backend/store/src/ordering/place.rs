//! What lines are ordered on, and how an order is written: a few statements, however many lines it has.
use diesel::pg::data_types::PgTimestamp;
use diesel::prelude::*;
use diesel::sql_types::{
    Array, BigInt, Bool, Integer, Nullable, Numeric, Text, Timestamptz, Uuid as SqlUuid,
};
use diesel_async::RunQueryDsl;
use jicai_domain::identity::{Reason, RegionCode};
use jicai_domain::ids::{
    AddedPackId, ContractId, FilingId, ListingId, NegotiatedPriceId, OrderId, OrderLineId, OrganizationId,
    RationingId, SelectedProductId,
};
use jicai_domain::ordering::kind::Kind;
use jicai_domain::ordering::line::Line;
use jicai_domain::time::Timestamp;
use rust_decimal::Decimal;
use uuid::Uuid;

use super::{PRICE_NOW, count, whole};
use crate::door::Tx;
use crate::errors::StoreError;
use crate::identity::regions::read_code;
use crate::ids::{column, id};
use crate::schema::{demand_leads, emergencies, orders, organization_regions};
use crate::times::{at, timestamp};

/// What a line is ordered on.
#[derive(Clone, Debug)]
pub struct Terms {
    /// The place of the line in the request, from 0.
    pub place: usize,
    /// The contract that the line goes on: the one that was named, or what stands in for it.
    pub contract: ContractId,
    /// How far it is, or the one that was named where that is over.
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
    /// The added pack that is asked for, where the product has it.
    pub added: Option<Added>,
    /// Whether the institution has a part of it.
    pub own: bool,
    /// The rationing that holds for it.
    pub rationing: Option<RationingId>,
    /// Now.
    pub now: Timestamp,
}

/// A pack that was added to a product.
#[derive(Clone, Copy, Debug)]
pub struct Added {
    /// Smallest units in it.
    pub units: u64,
    /// What it costs.
    pub price: Decimal,
    /// The content of its unit, and that of the selected product's.
    pub content: (Decimal, Decimal),
}

/// A line on a contract that is wished for.
#[derive(Clone, Copy, Debug)]
pub struct Wanted {
    /// Its place in the request, from 0.
    pub place: usize,
    /// The contract.
    pub contract: ContractId,
    /// Smallest units in a pack.
    pub pack_units: u64,
    /// The added pack.
    pub added: Option<AddedPackId>,
}

#[derive(QueryableByName)]
struct TermsRow {
    #[diesel(sql_type = BigInt)]
    place: i64,
    #[diesel(sql_type = SqlUuid)]
    contract: Uuid,
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
    #[diesel(sql_type = Nullable<Integer>)]
    added_units: Option<i32>,
    #[diesel(sql_type = Nullable<Numeric>)]
    added_price: Option<Decimal>,
    #[diesel(sql_type = Nullable<Numeric>)]
    content: Option<Decimal>,
    #[diesel(sql_type = Nullable<Numeric>)]
    selected_content: Option<Decimal>,
    #[diesel(sql_type = Bool)]
    own: bool,
    #[diesel(sql_type = Nullable<SqlUuid>)]
    rationing: Option<Uuid>,
    #[diesel(sql_type = Timestamptz)]
    now: PgTimestamp,
}

/// What lines on contracts are ordered on, in the order of the request; a line whose contract there is not is left out. Nobody ends one of
/// the contracts, or has its orders go elsewhere, before the transaction is over.
pub async fn terms(
    tx: &mut Tx,
    hospital: OrganizationId,
    wanted: &[Wanted],
) -> Result<Vec<Terms>, StoreError> {
    let found = read_terms(tx, hospital, wanted).await?;
    if found.len() == wanted.len() {
        return Ok(found);
    }
    // A statement that waited for a decision about where orders go finds the contract without what stands in for it.
    read_terms(tx, hospital, wanted).await
}

async fn read_terms(
    tx: &mut Tx,
    hospital: OrganizationId,
    wanted: &[Wanted],
) -> Result<Vec<Terms>, StoreError> {
    let units: Result<Vec<i64>, StoreError> = wanted.iter().map(|one| whole(one.pack_units)).collect();
    let places = wanted.iter().map(|one| i64::try_from(one.place));
    let places: Result<Vec<i64>, _> = places.collect();
    let lock = if tx.holds() { "FOR KEY SHARE OF o, c" } else { "" };
    let rows: Vec<TermsRow> = diesel::sql_query(format!(
        "SELECT w.place, c.id AS contract, CASE WHEN o.status = 'IN_FORCE' THEN c.status ELSE o.status END AS status, c.product, c.holder, \
             c.distributor, {PRICE_NOW} AS price, k.units IS NOT NULL AS packed, \
             a.units AS added_units, a.price AS added_price, a.content, a.selected_content, \
             s.id IS NOT NULL OR EXISTS (SELECT FROM contracts x JOIN sub_contracts y ON y.contract = x.id AND y.institution = $3 \
                 WHERE x.orders_go_to = o.id) AS own, r.id AS rationing, app_clock() AS now \
         FROM unnest($1, $2, $4, $5) AS w (contract, units, added, place) JOIN contracts o ON o.id = w.contract \
         JOIN contracts c ON c.id = coalesce(o.orders_go_to, o.id) JOIN selected_products p ON p.id = c.product \
         LEFT JOIN sub_contracts s ON s.contract = o.id AND s.institution = $3 \
         LEFT JOIN product_packs k ON k.product = c.product AND k.units = w.units \
         LEFT JOIN added_packs a ON a.id = w.added AND a.product = c.product AND a.status = 'ADDED' \
         LEFT JOIN rationings r ON r.product = c.product AND r.region = c.region AND r.ended_at IS NULL \
         ORDER BY w.place {lock}"
    ))
    .bind::<Array<SqlUuid>, _>(wanted.iter().map(|one| column(one.contract)).collect::<Vec<_>>())
    .bind::<Array<BigInt>, _>(units?)
    .bind::<SqlUuid, _>(column(hospital))
    .bind::<Array<Nullable<SqlUuid>>, _>(wanted.iter().map(|one| one.added.map(column)).collect::<Vec<_>>())
    .bind::<Array<BigInt>, _>(places.map_err(|_large| StoreError::row("place", wanted.len()))?)
    .load(tx.connection())
    .await?;
    rows.into_iter().map(read).collect()
}

fn read(row: TermsRow) -> Result<Terms, StoreError> {
    let units = row.added_units.map(|units| count(units.into())).transpose()?;
    let added = units.zip(row.added_price).zip(row.content.zip(row.selected_content));
    Ok(Terms {
        place: usize::try_from(row.place).map_err(|_negative| StoreError::row("place", row.place))?,
        contract: id(row.contract),
        status: row.status,
        product: id(row.product),
        holder: id(row.holder),
        distributor: row.distributor.map(id),
        unit_price: row.price,
        packed: row.packed,
        added: added.map(|((units, price), content)| Added { units, price, content }),
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
#[derive(Clone, Debug)]
pub struct NewLine {
    /// Its id.
    pub id: OrderLineId,
    /// What it is ordered as.
    pub kind: Kind,
    /// The contract.
    pub contract: Option<ContractId>,
    /// The added pack of its product.
    pub added_pack: Option<AddedPackId>,
    /// The listing.
    pub listing: Option<ListingId>,
    /// The negotiated price.
    pub negotiated: Option<NegotiatedPriceId>,
    /// The filing.
    pub filing: Option<FilingId>,
    /// Why it is an emergency, and by when that is to be reported.
    pub emergency: Option<(Reason, Timestamp)>,
    /// The rationing that holds for it.
    pub rationing: Option<RationingId>,
    /// Who delivers and invoices.
    pub seller: OrganizationId,
    /// The selected enterprise.
    pub manufacturer: OrganizationId,
    /// The price of a pack.
    pub price: Decimal,
    /// The line, with its packs.
    pub line: Line,
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
    let ids = |of: fn(&NewLine) -> Option<Uuid>| lines.iter().map(of).collect::<Vec<Option<Uuid>>>();
    let sure = |of: fn(&NewLine) -> Uuid| lines.iter().map(of).collect::<Vec<Uuid>>();
    let kinds = lines.iter().map(|line| line.kind.label().to_owned());
    let insert = diesel::sql_query(ADD_LINES)
        .bind::<SqlUuid, _>(column(order.id))
        .bind::<SqlUuid, _>(column(order.hospital))
        .bind::<Text, _>(order.region.to_string())
        .bind::<Text, _>(order.rules.clone())
        .bind::<Timestamptz, _>(at(order.confirm_by))
        .bind::<Timestamptz, _>(at(order.at))
        .bind::<Array<SqlUuid>, _>(sure(|line| column(line.id)))
        .bind::<Array<Integer>, _>((1..=many).collect::<Vec<_>>())
        .bind::<Array<Text>, _>(kinds.collect::<Vec<_>>())
        .bind::<Array<Nullable<SqlUuid>>, _>(ids(|line| line.contract.map(column)))
        .bind::<Array<Nullable<SqlUuid>>, _>(ids(|line| line.added_pack.map(column)))
        .bind::<Array<Nullable<SqlUuid>>, _>(ids(|line| line.listing.map(column)))
        .bind::<Array<Nullable<SqlUuid>>, _>(ids(|line| line.negotiated.map(column)))
        .bind::<Array<Nullable<SqlUuid>>, _>(ids(|line| line.filing.map(column)))
        .bind::<Array<Nullable<SqlUuid>>, _>(ids(|line| line.rationing.map(column)))
        .bind::<Array<SqlUuid>, _>(sure(|line| column(line.seller)))
        .bind::<Array<SqlUuid>, _>(sure(|line| column(line.manufacturer)))
        .bind::<Array<BigInt>, _>(numbers(|line| line.line.pack_units)?)
        .bind::<Array<Numeric>, _>(lines.iter().map(|line| line.price).collect::<Vec<_>>())
        .bind::<Array<BigInt>, _>(numbers(|line| line.line.packs.ordered)?);
    tx.later(insert).await?;
    add_emergencies(tx, order.hospital, lines).await
}

async fn add_emergencies(tx: &mut Tx, hospital: OrganizationId, lines: &[NewLine]) -> Result<(), StoreError> {
    let said = |line: &NewLine| {
        let (because, by) = line.emergency.as_ref()?;
        Some((
            emergencies::order_line.eq(column(line.id)),
            emergencies::hospital.eq(column(hospital)),
            emergencies::because.eq(because.as_str().to_owned()),
            emergencies::report_by.eq(at(*by)),
        ))
    };
    let said: Vec<_> = lines.iter().filter_map(said).collect();
    if said.is_empty() {
        return Ok(());
    }
    diesel::insert_into(emergencies::table).values(said).execute(tx.connection()).await?;
    Ok(())
}

const ADD_LINES: &str = "INSERT INTO order_lines (id, order_id, place, kind, contract, added_pack, listing, negotiated, filing, rationing, \
         hospital, seller, manufacturer, region, pack_units, price, ordered, confirmed, cancelled, shipped, accepted, rejected, returned, \
         status, rules, confirm_by, status_since, version) \
     SELECT id, $1, place, kind, contract, added_pack, listing, negotiated, filing, rationing, $2, seller, manufacturer, $3, pack_units, \
         price, ordered, 0, 0, 0, 0, 0, 0, 'PLACED', $4, $5, $6, 1 \
     FROM unnest($7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20) \
         AS new (id, place, kind, contract, added_pack, listing, negotiated, filing, rationing, seller, manufacturer, pack_units, price, \
             ordered)";
