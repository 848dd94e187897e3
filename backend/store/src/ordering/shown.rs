//! Orders and their lines as those see them who may.
use diesel::QueryableByName;
use diesel::pg::data_types::PgTimestamp;
use diesel::sql_types::{Array, BigInt, Integer, Nullable, Text, Timestamptz, Uuid as SqlUuid};
use diesel_async::RunQueryDsl;
use jicai_domain::errors::{Code, Refusal};
use jicai_domain::identity::RegionCode;
use jicai_domain::ids::{
    AddedPackId, ContractId, FilingId, ListingId, NegotiatedPriceId, OrderId, OrderLineId, OrganizationId,
    RationingId,
};
use jicai_domain::ordering::kind::Kind;
use jicai_domain::ordering::line::{Quantities, Status};
use jicai_domain::time::Timestamp;
use rust_decimal::Decimal;
use uuid::Uuid;

use super::count;
use super::rows::{LINE, LineRow};
use crate::door::Tx;
use crate::errors::StoreError;
use crate::identity::regions::read_code;
use crate::ids::{column, id};
use crate::page::{Page, Part};
use crate::times::timestamp;

/// Whose eyes look.
#[derive(Clone, Debug)]
pub enum Eyes {
    /// A hospital's: what it ordered, for itself or one that it leads.
    Hospital(OrganizationId),
    /// A distributor's: what it delivers.
    Distributor(OrganizationId),
    /// A manufacturer's: what is ordered of its products, whoever delivers.
    Manufacturer(OrganizationId),
    /// An office's: what is ordered on its contracts, and beside contracts what institutions of its regions order.
    Office(OrganizationId, Vec<RegionCode>),
    /// Of a jurisdiction: what its institutions ordered.
    Jurisdiction(Vec<RegionCode>),
}

impl Eyes {
    /// Which lines `l` are seen; `$1` is the organization, `$2` the beginnings of the codes of the regions.
    pub(super) const fn lines(&self) -> &'static str {
        match self {
            Self::Hospital(_) => {
                "(l.hospital = $1 OR l.hospital IN (SELECT d.member FROM demand_leads d WHERE d.lead = $1 AND d.left_at IS NULL))"
            }
            Self::Distributor(_) => "l.seller = $1",
            Self::Manufacturer(_) => "l.manufacturer = $1",
            Self::Office(..) => {
                "(l.contract IN (SELECT k.id FROM contracts k JOIN official_results r ON r.id = k.result WHERE r.office = $1) \
                 OR (l.contract IS NULL AND (left(l.region, 2) = ANY ($2) OR left(l.region, 4) = ANY ($2) OR l.region = ANY ($2) \
                     OR '' = ANY ($2))))"
            }
            Self::Jurisdiction(_) => {
                "(left(l.region, 2) = ANY ($2) OR left(l.region, 4) = ANY ($2) OR l.region = ANY ($2) OR '' = ANY ($2))"
            }
        }
    }

    pub(super) fn terms(&self) -> (Option<Uuid>, Vec<String>) {
        match self {
            Self::Hospital(own) | Self::Distributor(own) | Self::Manufacturer(own) => {
                (Some(column(*own)), Vec::new())
            }
            Self::Office(own, regions) => {
                (Some(column(*own)), regions.iter().map(|region| region.prefix()).collect())
            }
            Self::Jurisdiction(regions) => (None, regions.iter().map(|region| region.prefix()).collect()),
        }
    }
}

/// An order as it is shown.
#[derive(Clone, Debug)]
pub struct ShownOrder {
    /// Its id.
    pub id: OrderId,
    /// For whom.
    pub hospital: OrganizationId,
    /// Its name.
    pub hospital_name: String,
    /// Where it is.
    pub region: RegionCode,
    /// The hospital's own number.
    pub number: Option<String>,
    /// How many lines.
    pub lines: i32,
    /// When it was placed.
    pub placed_at: Timestamp,
}

#[derive(QueryableByName)]
struct OrderRow {
    #[diesel(sql_type = SqlUuid)]
    id: Uuid,
    #[diesel(sql_type = SqlUuid)]
    hospital: Uuid,
    #[diesel(sql_type = Text)]
    hospital_name: String,
    #[diesel(sql_type = Text)]
    region: String,
    #[diesel(sql_type = Nullable<Text>)]
    number: Option<String>,
    #[diesel(sql_type = Integer)]
    lines: i32,
    #[diesel(sql_type = Timestamptz)]
    placed_at: PgTimestamp,
}

fn order(row: OrderRow) -> Result<ShownOrder, StoreError> {
    Ok(ShownOrder {
        id: id(row.id),
        hospital: id(row.hospital),
        hospital_name: row.hospital_name,
        region: read_code(&row.region)?,
        number: row.number,
        lines: row.lines,
        placed_at: timestamp(row.placed_at),
    })
}

/// Orders with a line that is seen, the newest first; or the one.
pub async fn orders(
    tx: &mut Tx,
    eyes: &Eyes,
    one: Option<OrderId>,
    page: &Page<OrderId>,
) -> Result<Part<ShownOrder>, StoreError> {
    let (own, prefixes) = eyes.terms();
    let rows: Vec<OrderRow> = diesel::sql_query(format!(
        "SELECT o.id, o.hospital, h.name AS hospital_name, o.region, o.number, o.lines, o.placed_at \
         FROM orders o JOIN organizations h ON h.id = o.hospital \
         WHERE EXISTS (SELECT FROM order_lines l WHERE l.order_id = o.id AND {} AND ($1 IS NOT NULL OR $2 IS NOT NULL)) \
         AND ($3 IS NULL OR o.id = $3) AND ($4 IS NULL OR o.id < $4) ORDER BY o.id DESC LIMIT $5",
        eyes.lines()
    ))
    .bind::<Nullable<SqlUuid>, _>(own)
    .bind::<Array<Text>, _>(prefixes)
    .bind::<Nullable<SqlUuid>, _>(one.map(column))
    .bind::<Nullable<SqlUuid>, _>(page.after.map(column))
    .bind::<BigInt, _>(page.limit())
    .load(tx.connection())
    .await?;
    Ok(Part::cut(rows.into_iter().map(order).collect::<Result<_, _>>()?, page))
}

/// Which lines somebody wants.
#[derive(Clone, Debug, Default)]
pub struct Wanted {
    /// Of that order.
    pub order: Option<OrderId>,
    /// On that contract.
    pub contract: Option<ContractId>,
    /// That far.
    pub status: Option<Status>,
    /// That one.
    pub line: Option<OrderLineId>,
}

/// A line as it is shown.
#[derive(Clone, Debug)]
pub struct ShownLine {
    /// Its id.
    pub id: OrderLineId,
    /// The order.
    pub order: OrderId,
    /// The hospital's own number of the order.
    pub number: Option<String>,
    /// The hospital's own number of the line, where it came by a table.
    pub row: Option<String>,
    /// Its place in the order.
    pub place: i32,
    /// Selected, listed, and so on.
    pub kind: Kind,
    /// The contract.
    pub contract: Option<ContractId>,
    /// The listing.
    pub listing: Option<ListingId>,
    /// The negotiated price.
    pub negotiated: Option<NegotiatedPriceId>,
    /// The filing.
    pub filing: Option<FilingId>,
    /// The added pack.
    pub added_pack: Option<AddedPackId>,
    /// The rationing that it took from.
    pub rationing: Option<RationingId>,
    /// The product's name.
    pub product_name: Option<String>,
    /// Its specification.
    pub spec: Option<String>,
    /// The smallest unit.
    pub unit: Option<String>,
    /// Who ordered.
    pub hospital: OrganizationId,
    /// Its name.
    pub hospital_name: String,
    /// Who delivers and invoices.
    pub seller: OrganizationId,
    /// Its name.
    pub seller_name: String,
    /// The selected enterprise.
    pub manufacturer: OrganizationId,
    /// Where the hospital is.
    pub region: RegionCode,
    /// Smallest units in a pack.
    pub pack_units: u64,
    /// The price of a pack at the order.
    pub price: Decimal,
    /// How many packs are where.
    pub packs: Quantities,
    /// How far it is.
    pub status: Status,
    /// Why it was refused or cancelled, or why less comes.
    pub reason: Option<String>,
    /// By which rules it was ordered.
    pub rules: String,
    /// When it was placed.
    pub placed_at: Timestamp,
    /// By when the seller answers.
    pub confirm_by: Timestamp,
    /// When the seller confirmed.
    pub confirmed_at: Option<Timestamp>,
    /// By when it is to be delivered.
    pub deliver_by: Option<Timestamp>,
    /// Why it is an emergency.
    pub because: Option<String>,
    /// By when that is to be reported.
    pub report_by: Option<Timestamp>,
    /// What was reported.
    pub report: Option<String>,
    /// When.
    pub reported_at: Option<Timestamp>,
    /// How often it changed.
    pub version: i32,
}

#[derive(QueryableByName)]
struct Row {
    #[diesel(embed)]
    line: LineRow,
    #[diesel(sql_type = Nullable<Text>)]
    number: Option<String>,
    #[diesel(sql_type = Nullable<Text>)]
    row_number: Option<String>,
    #[diesel(sql_type = Integer)]
    place: i32,
    #[diesel(sql_type = Nullable<Text>)]
    product_name: Option<String>,
    #[diesel(sql_type = Nullable<Text>)]
    spec: Option<String>,
    #[diesel(sql_type = Nullable<Text>)]
    unit: Option<String>,
    #[diesel(sql_type = Text)]
    hospital_name: String,
    #[diesel(sql_type = Text)]
    seller_name: String,
    #[diesel(sql_type = Timestamptz)]
    placed_at: PgTimestamp,
    #[diesel(sql_type = Timestamptz)]
    confirm_by: PgTimestamp,
    #[diesel(sql_type = Integer)]
    version: i32,
}

fn line(shown: Row) -> Result<ShownLine, StoreError> {
    let row = shown.line;
    let (kind, status, packs) = (row.kind()?, row.status()?, row.packs()?);
    Ok(ShownLine {
        id: id(row.id),
        order: id(row.order_id),
        number: shown.number,
        row: shown.row_number,
        place: shown.place,
        kind,
        contract: row.contract.map(id),
        listing: row.listing.map(id),
        negotiated: row.negotiated.map(id),
        filing: row.filing.map(id),
        added_pack: row.added_pack.map(id),
        rationing: row.rationing.map(id),
        product_name: shown.product_name,
        spec: shown.spec,
        unit: shown.unit,
        hospital: id(row.hospital),
        hospital_name: shown.hospital_name,
        seller: id(row.seller),
        seller_name: shown.seller_name,
        manufacturer: id(row.manufacturer),
        region: read_code(&row.region)?,
        pack_units: count(row.pack_units)?,
        price: row.price,
        packs,
        status,
        reason: row.reason,
        rules: row.rules,
        placed_at: timestamp(shown.placed_at),
        confirm_by: timestamp(shown.confirm_by),
        confirmed_at: row.confirmed_at.map(timestamp),
        deliver_by: row.deliver_by.map(timestamp),
        because: row.because,
        report_by: row.report_by.map(timestamp),
        report: row.report,
        reported_at: row.reported_at.map(timestamp),
        version: shown.version,
    })
}

const SHOWN: &str = "o.number, (SELECT w.row_number FROM order_sheet_rows w WHERE w.order_line = l.id) AS row_number, l.place, \
     coalesce(p.name, i.name, f.name) AS product_name, coalesce(a.spec, p.spec, i.spec, f.spec) AS spec, \
     coalesce(p.unit, i.unit, f.unit) AS unit, h.name AS hospital_name, s.name AS seller_name, o.placed_at, l.confirm_by, l.version";

/// Lines that are seen, the newest first.
pub async fn lines(
    tx: &mut Tx,
    eyes: &Eyes,
    wanted: &Wanted,
    page: &Page<OrderLineId>,
) -> Result<Part<ShownLine>, StoreError> {
    let (own, prefixes) = eyes.terms();
    let rows: Vec<Row> = diesel::sql_query(format!(
        "SELECT {LINE}, {SHOWN} FROM order_lines l JOIN orders o ON o.id = l.order_id JOIN organizations h ON h.id = l.hospital \
         JOIN organizations s ON s.id = l.seller LEFT JOIN contracts c ON c.id = l.contract \
         LEFT JOIN selected_products p ON p.id = c.product LEFT JOIN added_packs a ON a.id = l.added_pack \
         LEFT JOIN listings i ON i.id = l.listing LEFT JOIN filings f ON f.id = l.filing \
         LEFT JOIN emergencies e ON e.order_line = l.id \
         WHERE {} AND ($1 IS NOT NULL OR $2 IS NOT NULL) AND ($3 IS NULL OR l.order_id = $3) AND ($4 IS NULL OR l.contract = $4) \
         AND ($5 IS NULL OR l.status = $5) AND ($6 IS NULL OR l.id = $6) AND ($7 IS NULL OR l.id < $7) ORDER BY l.id DESC LIMIT $8",
        eyes.lines()
    ))
    .bind::<Nullable<SqlUuid>, _>(own)
    .bind::<Array<Text>, _>(prefixes)
    .bind::<Nullable<SqlUuid>, _>(wanted.order.map(column))
    .bind::<Nullable<SqlUuid>, _>(wanted.contract.map(column))
    .bind::<Nullable<Text>, _>(wanted.status.map(Status::label))
    .bind::<Nullable<SqlUuid>, _>(wanted.line.map(column))
    .bind::<Nullable<SqlUuid>, _>(page.after.map(column))
    .bind::<BigInt, _>(page.limit())
    .load(tx.connection())
    .await?;
    Ok(Part::cut(rows.into_iter().map(line).collect::<Result<_, _>>()?, page))
}

/// A line that is seen. Errors: `NOT_FOUND`.
pub async fn line_of(tx: &mut Tx, eyes: &Eyes, wanted: OrderLineId) -> Result<ShownLine, StoreError> {
    let wanted = Wanted { line: Some(wanted), ..Wanted::default() };
    let found = lines(tx, eyes, &wanted, &Page { first: 1, after: None }).await?;
    found.rows.into_iter().next().ok_or(Refusal::of(Code::NotFound).into())
}
