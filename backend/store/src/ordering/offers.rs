//! What an institution may wish for: its contracts in each pack, its negotiated prices and filings, and what is listed in its region. Whether it
//! may be ordered says whoever judges an order.
use std::collections::{BTreeMap, BTreeSet};

use diesel::QueryableByName;
use diesel::pg::data_types::PgDate;
use diesel::prelude::*;
use diesel::sql_types::{Array, BigInt, Date, Integer, Nullable, Numeric, Text, Uuid as SqlUuid};
use diesel_async::RunQueryDsl;
use jicai_domain::contract::term::AgreementYear;
use jicai_domain::identity::RegionCode;
use jicai_domain::ids::{AddedPackId, ListingId, OrganizationId, SelectedProductId};
use jicai_domain::ordering::counts::in_representative;
use jicai_domain::ordering::kind::Kind;
use jicai_domain::ordering::price::pack_price;
use rust_decimal::Decimal;
use uuid::Uuid;

use super::{count, whole};
use crate::contract::volume::holdings::AGREED;
use crate::door::Tx;
use crate::errors::StoreError;
use crate::ids::{column, id};
use crate::page::{Page, Part};
use crate::schema::organizations;
use crate::times::day;

/// The kinds that are offered, in their order. An emergency is on a listing.
pub const OFFERED: &[Kind] = &[Kind::Selected, Kind::Negotiated, Kind::Filed, Kind::Listed];

/// The key of an offer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OfferKey {
    /// What it would be ordered as.
    pub kind: Kind,
    /// The contract, negotiated price, filing or listing, by number.
    pub basis: u128,
    /// Smallest units in the pack.
    pub units: u64,
    /// The added pack, by number; 0 for none.
    pub added: u128,
}

/// Something that an institution may wish for.
#[derive(Clone, Debug)]
pub struct Offer {
    /// Which.
    pub key: OfferKey,
    /// The product's name.
    pub product_name: String,
    /// Its specification.
    pub spec: Option<String>,
    /// The smallest unit.
    pub unit: String,
    /// The firm.
    pub holder_name: String,
    /// The price of the pack, where it is known.
    pub price: Option<Decimal>,
    /// The listing that it is on.
    pub listing: Option<ListingId>,
    /// Of a contract, how far the institution's part is.
    pub part: Option<OfferedPart>,
    /// The product in whose place it supplies.
    pub instead_of: Option<SelectedProductId>,
    /// Of a contract, its product.
    pub product: Option<SelectedProductId>,
    /// Smallest units that are left of a ration, or packs of a filing.
    pub left: Option<u64>,
}

impl Offer {
    /// The added pack.
    pub fn added(&self) -> Option<AddedPackId> {
        use jicai_domain::ids::Id;
        (self.key.added > 0).then(|| AddedPackId::from_number(self.key.added))
    }
}

/// A part of a contract.
#[derive(Clone, Copy, Debug)]
pub struct OfferedPart {
    /// The agreement year.
    pub year: AgreementYear,
    /// What it agrees, in units of the lot's representative.
    pub agreed: u64,
    /// What was bought of it.
    pub bought: u64,
}

#[derive(QueryableByName)]
struct Row {
    #[diesel(sql_type = SqlUuid)]
    basis: Uuid,
    #[diesel(sql_type = BigInt)]
    units: i64,
    #[diesel(sql_type = Nullable<SqlUuid>)]
    added: Option<Uuid>,
    #[diesel(sql_type = Text)]
    name: String,
    #[diesel(sql_type = Nullable<Text>)]
    spec: Option<String>,
    #[diesel(sql_type = Text)]
    unit: String,
    #[diesel(sql_type = Text)]
    holder_name: String,
    #[diesel(sql_type = Nullable<Numeric>)]
    price: Option<Decimal>,
    #[diesel(sql_type = Nullable<SqlUuid>)]
    listing: Option<Uuid>,
    #[diesel(sql_type = Nullable<BigInt>)]
    left_over: Option<i64>,
}

#[derive(QueryableByName)]
struct ContractRow {
    #[diesel(embed)]
    offer: Row,
    #[diesel(sql_type = Nullable<Numeric>)]
    unit_price: Option<Decimal>,
    #[diesel(sql_type = Integer)]
    year: i32,
    #[diesel(sql_type = Date)]
    starts_on: PgDate,
    #[diesel(sql_type = Date)]
    until: PgDate,
    #[diesel(sql_type = BigInt)]
    agreed: i64,
    #[diesel(sql_type = BigInt)]
    kept: i64,
    #[diesel(sql_type = Nullable<Numeric>)]
    content: Option<Decimal>,
    #[diesel(sql_type = Nullable<Numeric>)]
    representative: Option<Decimal>,
    #[diesel(sql_type = Nullable<SqlUuid>)]
    instead_of: Option<Uuid>,
    #[diesel(sql_type = SqlUuid)]
    product: Uuid,
}

/// Who would order: the institution, who sends the request, and where the institution is.
#[derive(Clone, Copy, Debug)]
pub struct Wisher {
    /// The institution.
    pub hospital: OrganizationId,
    /// It itself, or its lead.
    pub caller: OrganizationId,
    /// Where it is.
    pub region: RegionCode,
}

/// What an institution may wish for, by kind and key; of one kind where it is asked for.
pub async fn page(
    tx: &mut Tx,
    wisher: Wisher,
    only: Option<Kind>,
    page: &Page<OfferKey>,
) -> Result<Part<Offer>, StoreError> {
    let place = |kind: Kind| OFFERED.iter().position(|one| *one == kind);
    let from = page.after.and_then(|after| place(after.kind)).unwrap_or(0);
    let mut rows = Vec::new();
    for kind in OFFERED.iter().skip(from).copied() {
        let rest = page.limit().saturating_sub(i64::try_from(rows.len()).unwrap_or(i64::MAX));
        if rest <= 0 || only.is_some_and(|only| only != kind) {
            continue;
        }
        let after = page.after.filter(|after| after.kind == kind);
        rows.extend(match kind {
            Kind::Selected => contracts(tx, wisher.hospital, (after, rest)).await?,
            Kind::Negotiated => negotiated(tx, wisher, (after, rest)).await?,
            Kind::Filed => filed(tx, wisher.hospital, (after, rest)).await?,
            Kind::Listed | Kind::Emergency => listed(tx, wisher.region, (after, rest)).await?,
        });
    }
    Ok(Part::cut(rows, page))
}

type Span = (Option<OfferKey>, i64);

async fn contracts(
    tx: &mut Tx,
    hospital: OrganizationId,
    (after, most): Span,
) -> Result<Vec<Offer>, StoreError> {
    let rows: Vec<ContractRow> = diesel::sql_query(format!(
        "SELECT c.id AS basis, k.units, k.added, p.name, coalesce(k.spec, p.spec) AS spec, p.unit, p.holder_name, k.price, NULL::uuid AS listing, \
             least(r.units - r.taken, r.cap - coalesce((SELECT t.taken FROM rationing_shares t WHERE t.rationing = r.id AND t.hospital = $1), 0)) \
                 AS left_over, {} AS unit_price, c.year::integer AS year, c.starts_on, c.until, \
             coalesce((SELECT {AGREED} FROM sub_contracts s WHERE s.contract = c.id AND s.institution = $1), 0)::bigint AS agreed, \
             coalesce((SELECT sum(m.accepted - m.returned) FROM order_months m WHERE m.basis = c.id AND m.hospital = $1), 0)::bigint AS kept, \
             p.content, p.representative_content AS representative, \
             (SELECT o.product FROM contracts o WHERE o.orders_go_to = c.id AND o.product <> c.product LIMIT 1) AS instead_of, c.product \
         FROM (SELECT DISTINCT coalesce(x.orders_go_to, x.id) AS id FROM sub_contracts s JOIN contracts x ON x.id = s.contract \
             WHERE s.institution = $1 AND x.status = 'IN_FORCE') own \
         JOIN contracts c ON c.id = own.id JOIN selected_products p ON p.id = c.product \
         JOIN LATERAL (SELECT d.units, NULL::uuid AS added, NULL::text AS spec, NULL::numeric AS price FROM product_packs d WHERE d.product = c.product \
             UNION ALL SELECT a.units::bigint, a.id, a.spec, a.price FROM added_packs a WHERE a.product = c.product AND a.status = 'ADDED') k ON true \
         LEFT JOIN rationings r ON r.product = c.product AND r.region = c.region AND r.ended_at IS NULL \
         WHERE ($2 IS NULL OR (c.id, k.units, coalesce(k.added, $5)) > ($2, $3, $4)) \
         ORDER BY c.id, k.units, coalesce(k.added, $5) LIMIT $6",
        super::PRICE_NOW
    ))
    .bind::<SqlUuid, _>(column(hospital))
    .bind::<Nullable<SqlUuid>, _>(after.map(|key| Uuid::from_u128(key.basis)))
    .bind::<Nullable<BigInt>, _>(after.map(|key| whole(key.units)).transpose()?)
    .bind::<Nullable<SqlUuid>, _>(after.map(|key| Uuid::from_u128(key.added)))
    .bind::<SqlUuid, _>(Uuid::nil())
    .bind::<BigInt, _>(most)
    .load(tx.connection())
    .await?;
    rows.into_iter().map(of_contract).collect()
}

fn of_contract(row: ContractRow) -> Result<Offer, StoreError> {
    let number = u32::try_from(row.year).map_err(|_negative| StoreError::row("year", row.year))?;
    let kept = u64::try_from(row.kept).unwrap_or(0);
    let part = OfferedPart {
        year: AgreementYear { number, start: day(row.starts_on), end: day(row.until) },
        agreed: count(row.agreed)?,
        bought: in_representative(kept, row.content.zip(row.representative)),
    };
    let (unit_price, instead_of, product) = (row.unit_price, row.instead_of.map(id), Some(id(row.product)));
    let offer = read(Kind::Selected, row.offer)?;
    let price = offer.price.or(unit_price.and_then(|price| pack_price(price, offer.key.units)));
    Ok(Offer { price, part: Some(part), instead_of, product, ..offer })
}

async fn negotiated(tx: &mut Tx, wisher: Wisher, (after, most): Span) -> Result<Vec<Offer>, StoreError> {
    let rows: Vec<Row> = diesel::sql_query(
        "SELECT n.id AS basis, i.pack_units AS units, NULL::uuid AS added, i.name, i.spec, i.unit, i.holder_name, least(n.price, i.price) AS price, \
             i.id AS listing, NULL::bigint AS left_over FROM negotiated_prices n JOIN listings i ON i.id = n.listing \
         WHERE n.hospital = ANY ($1) AND n.status = 'AGREED' AND ($2 IS NULL OR n.id > $2) ORDER BY n.id LIMIT $3",
    )
    .bind::<Array<SqlUuid>, _>(vec![column(wisher.hospital), column(wisher.caller)])
    .bind::<Nullable<SqlUuid>, _>(after.map(|key| Uuid::from_u128(key.basis)))
    .bind::<BigInt, _>(most)
    .load(tx.connection())
    .await?;
    rows.into_iter().map(|row| read(Kind::Negotiated, row)).collect()
}

async fn filed(tx: &mut Tx, hospital: OrganizationId, (after, most): Span) -> Result<Vec<Offer>, StoreError> {
    let rows: Vec<Row> = diesel::sql_query(
        "SELECT f.id AS basis, f.pack_units AS units, NULL::uuid AS added, f.name, f.spec, f.unit, o.name AS holder_name, f.price, \
             NULL::uuid AS listing, f.packs - f.taken AS left_over FROM filings f JOIN organizations o ON o.id = f.manufacturer \
         WHERE f.hospital = $1 AND f.status = 'APPROVED' AND ($2 IS NULL OR f.id > $2) ORDER BY f.id LIMIT $3",
    )
    .bind::<SqlUuid, _>(column(hospital))
    .bind::<Nullable<SqlUuid>, _>(after.map(|key| Uuid::from_u128(key.basis)))
    .bind::<BigInt, _>(most)
    .load(tx.connection())
    .await?;
    rows.into_iter().map(|row| read(Kind::Filed, row)).collect()
}

async fn listed(tx: &mut Tx, region: RegionCode, (after, most): Span) -> Result<Vec<Offer>, StoreError> {
    let wider: Vec<String> = region.ancestors().map(|one| one.to_string()).collect();
    let rows: Vec<Row> = diesel::sql_query(
        "SELECT i.id AS basis, i.pack_units AS units, NULL::uuid AS added, i.name, i.spec, i.unit, i.holder_name, i.price, i.id AS listing, \
             NULL::bigint AS left_over FROM listings i \
         WHERE i.region = ANY ($1) AND i.state IN ('LISTED', 'SUSPENDED') AND ($2 IS NULL OR i.id > $2) ORDER BY i.id LIMIT $3",
    )
    .bind::<Array<Text>, _>(wider)
    .bind::<Nullable<SqlUuid>, _>(after.map(|key| Uuid::from_u128(key.basis)))
    .bind::<BigInt, _>(most)
    .load(tx.connection())
    .await?;
    rows.into_iter().map(|row| read(Kind::Listed, row)).collect()
}

fn read(kind: Kind, row: Row) -> Result<Offer, StoreError> {
    let added = row.added.map_or(0, |added| added.as_u128());
    Ok(Offer {
        key: OfferKey { kind, basis: row.basis.as_u128(), units: count(row.units)?, added },
        product_name: row.name,
        spec: row.spec,
        unit: row.unit,
        holder_name: row.holder_name,
        price: row.price,
        listing: row.listing.map(id),
        part: None,
        instead_of: None,
        product: None,
        left: row.left_over.map(|left| u64::try_from(left).unwrap_or(0)),
    })
}

/// What organizations are called.
pub async fn names(
    tx: &mut Tx,
    wanted: &BTreeSet<OrganizationId>,
) -> Result<BTreeMap<OrganizationId, String>, StoreError> {
    let rows: Vec<(Uuid, String)> = organizations::table
        .filter(organizations::id.eq_any(wanted.iter().copied().map(column).collect::<Vec<_>>()))
        .select((organizations::id, organizations::name))
        .load(tx.connection())
        .await?;
    Ok(rows.into_iter().map(|(organization, name)| (id(organization), name)).collect())
}
