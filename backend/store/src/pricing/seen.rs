//! Prices that the platform sees itself: what was bought, listed and selected. Whatever is read twice says the same, in the same words.
use diesel::QueryableByName;
use diesel::pg::data_types::PgDate;
use diesel::sql_types::{Array, BigInt, Bool, Date, Nullable, Numeric, Text, Uuid as SqlUuid};
use diesel_async::RunQueryDsl;
use jicai_domain::ids::{AcceptanceId, ListingId, OfficialResultId, PaymentStandardSetId};
use jicai_domain::pricing::observation::{PriceKind, Said, YUAN};
use rust_decimal::Decimal;
use uuid::Uuid;

use crate::door::Tx;
use crate::errors::StoreError;
use crate::identity::regions::read_code;
use crate::ids::{column, id};
use crate::times::day;

#[derive(QueryableByName)]
struct Row {
    #[diesel(sql_type = SqlUuid)]
    key: Uuid,
    #[diesel(sql_type = Text)]
    region: String,
    #[diesel(sql_type = Date)]
    observed_on: PgDate,
    #[diesel(sql_type = Nullable<SqlUuid>)]
    item: Option<Uuid>,
    #[diesel(sql_type = Nullable<Text>)]
    group_key: Option<String>,
    #[diesel(sql_type = Nullable<Text>)]
    loose_group: Option<String>,
    #[diesel(sql_type = Nullable<Text>)]
    maker: Option<String>,
    #[diesel(sql_type = Nullable<SqlUuid>)]
    manufacturer: Option<Uuid>,
    #[diesel(sql_type = Nullable<SqlUuid>)]
    hospital: Option<Uuid>,
    #[diesel(sql_type = Numeric)]
    price: Decimal,
    #[diesel(sql_type = BigInt)]
    pack_units: i64,
    #[diesel(sql_type = Nullable<BigInt>)]
    packs: Option<i64>,
    #[diesel(sql_type = Bool)]
    disclosed: bool,
    #[diesel(sql_type = SqlUuid)]
    source: Uuid,
    #[diesel(sql_type = Nullable<SqlUuid>)]
    listing: Option<Uuid>,
}

/// Whoever takes what the platform saw holds this until the transaction ends.
const FEED_LOCK: i64 = 0x6a69_6361_6900_0035;

/// Waits for the turn.
pub async fn hold(tx: &mut Tx) -> Result<(), StoreError> {
    diesel::sql_query("SELECT pg_advisory_xact_lock($1)")
        .bind::<BigInt, _>(FEED_LOCK)
        .execute(tx.connection())
        .await?;
    Ok(())
}

/// What hospitals took at those acceptances, less what went back of it.
pub async fn bought(tx: &mut Tx, acceptances: &[AcceptanceId]) -> Result<Vec<Said>, StoreError> {
    let rows: Vec<Row> = diesel::sql_query(
        "SELECT a.id AS key, a.region, a.accepted_on AS observed_on, coalesce(l.item, p.item) AS item, l.same4 AS group_key, \
             l.same3 AS loose_group, coalesce(l.holder_name, p.holder_name) AS maker, a.manufacturer, a.hospital, a.price, o.pack_units, \
             a.packs - coalesce((SELECT sum(r.packs) FROM goods_returns r WHERE r.acceptance = a.id), 0)::bigint AS packs, \
             false AS disclosed, a.hospital AS source, l.id AS listing \
         FROM acceptances a JOIN order_lines o ON o.id = a.order_line LEFT JOIN listings l ON l.id = o.listing \
             LEFT JOIN contracts c ON c.id = o.contract LEFT JOIN selected_products p ON p.id = c.product \
         WHERE a.id = ANY ($1) ORDER BY a.id",
    )
    .bind::<Array<SqlUuid>, _>(acceptances.iter().copied().map(column).collect::<Vec<_>>())
    .load(tx.connection())
    .await?;
    let said = |row: Row| {
        let acceptance = id::<AcceptanceId>(row.key);
        let said = said(row, PriceKind::Transaction, format!("#{acceptance}"))?;
        Ok(Said { acceptance: Some(acceptance), ..said })
    };
    rows.into_iter().map(said).collect()
}

/// Every price that a listing has or had, from the day on which it came into force.
pub async fn listed(tx: &mut Tx, listing: ListingId) -> Result<Vec<Said>, StoreError> {
    let rows: Vec<Row> = diesel::sql_query(
        "SELECT p.id AS key, l.region, (p.effective_at AT TIME ZONE 'Asia/Shanghai')::date AS observed_on, l.item, l.same4 AS group_key, \
             l.same3 AS loose_group, l.holder_name AS maker, l.manufacturer, NULL::uuid AS hospital, p.price, l.pack_units, \
             NULL::bigint AS packs, true AS disclosed, l.manufacturer AS source, l.id AS listing \
         FROM listings l JOIN listing_prices p ON p.listing = l.id WHERE l.id = $1 AND p.effective_at IS NOT NULL ORDER BY p.id",
    )
    .bind::<SqlUuid, _>(column(listing))
    .load(tx.connection())
    .await?;
    let said = |row: Row| {
        let key = format!("#lpr_{:032x}", row.key.as_u128());
        said(row, PriceKind::Listed, key)
    };
    rows.into_iter().map(said).collect()
}

/// What an official result selected, in each region that it supplies; in the office's where it names none.
pub async fn selected(tx: &mut Tx, result: OfficialResultId) -> Result<Vec<Said>, StoreError> {
    let rows: Vec<Row> = diesel::sql_query(
        "SELECT DISTINCT p.id AS key, coalesce(s.region, (SELECT min(o.region) FROM organization_regions o WHERE o.organization = r.office)) \
             AS region, (r.announced_at AT TIME ZONE 'Asia/Shanghai')::date AS observed_on, p.item, NULL::text AS group_key, \
             NULL::text AS loose_group, p.holder_name AS maker, p.holder AS manufacturer, NULL::uuid AS hospital, p.price, 1::bigint AS pack_units, \
             NULL::bigint AS packs, r.disclosure <> 'SELECTED_NAMES' AS disclosed, r.office AS source, NULL::uuid AS listing \
         FROM official_results r JOIN selected_products p ON p.result = r.id LEFT JOIN selected_supplies s ON s.product = p.id \
         WHERE r.id = $1 AND p.price IS NOT NULL ORDER BY key, region",
    )
    .bind::<SqlUuid, _>(column(result))
    .load(tx.connection())
    .await?;
    let said = |row: Row| {
        let key = format!("#sel_{:032x} {}", row.key.as_u128(), row.region);
        said(row, PriceKind::Selected, key)
    };
    rows.into_iter().map(said).collect()
}

/// What holds as payment standards of the items of a set, from the day on which each begins; one that another one holds in place of on its first day
/// counts for nothing, which is said as all of it gone back. A piece of the set: so many of its standards after so many.
pub async fn standards(
    tx: &mut Tx,
    set: PaymentStandardSetId,
    (after, count): (i64, i64),
) -> Result<Vec<Said>, StoreError> {
    let rows: Vec<Row> = diesel::sql_query(include_str!("../../sql/pricing/standards.sql"))
        .bind::<SqlUuid, _>(column(set))
        .bind::<BigInt, _>(after)
        .bind::<BigInt, _>(count)
        .load(tx.connection())
        .await?;
    let said = |row: Row| {
        let key = format!("#pst_{:032x}", row.key.as_u128());
        said(row, PriceKind::Standard, key)
    };
    rows.into_iter().map(said).collect()
}

fn said(row: Row, kind: PriceKind, source_key: String) -> Result<Said, StoreError> {
    let whole = |number: i64| u64::try_from(number).map_err(|_negative| StoreError::row("packs", number));
    Ok(Said {
        kind,
        region: read_code(&row.region)?,
        observed_on: day(row.observed_on),
        item: row.item.map(id),
        code: None,
        group_key: row.group_key,
        loose_group: row.loose_group,
        maker: row.maker,
        manufacturer: row.manufacturer.map(id),
        hospital: row.hospital.map(id),
        price: row.price,
        pack_units: whole(row.pack_units)?,
        currency: YUAN.to_owned(),
        abroad: None,
        packs: row.packs.map(whole).transpose()?,
        disclosed: row.disclosed,
        source: id(row.source),
        source_key,
        acceptance: None,
        listing: row.listing.map(id),
    })
}
