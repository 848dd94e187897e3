//! An observation between its columns and the domain.
use diesel::QueryableByName;
use diesel::pg::data_types::{PgDate, PgTimestamp};
use diesel::sql_types::{BigInt, Bool, Date, Nullable, Numeric, Text, Timestamptz, Uuid as SqlUuid};
use jicai_domain::pricing::observation::{Abroad, Exchange, PriceKind, PriceObservation, Said};
use rust_decimal::Decimal;
use uuid::Uuid;

use crate::errors::StoreError;
use crate::identity::regions::read_code;
use crate::ids::id;
use crate::times::{day, timestamp};

/// What a query of observations `o` selects.
pub(super) const COLUMNS: &str = "o.id, o.kind, o.region::text, o.observed_on, o.item, o.code, o.group_key, o.loose_group, o.maker, o.manufacturer, \
    o.hospital, o.price, o.pack_units, o.currency::text, o.country::text, o.exchange_rate, o.exchange_basis, o.exchange_on, o.packs, o.disclosed, \
    o.source, o.source_key, o.batch, o.acceptance, o.listing, o.supersedes, o.recorded_at, o.superseded_by, o.superseded_at";

#[derive(QueryableByName)]
pub(super) struct Row {
    #[diesel(sql_type = SqlUuid)]
    id: Uuid,
    #[diesel(sql_type = Text)]
    kind: String,
    #[diesel(sql_type = Text)]
    region: String,
    #[diesel(sql_type = Date)]
    observed_on: PgDate,
    #[diesel(sql_type = Nullable<SqlUuid>)]
    item: Option<Uuid>,
    #[diesel(sql_type = Nullable<Text>)]
    code: Option<String>,
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
    #[diesel(sql_type = Text)]
    currency: String,
    #[diesel(sql_type = Nullable<Text>)]
    country: Option<String>,
    #[diesel(sql_type = Nullable<Numeric>)]
    exchange_rate: Option<Decimal>,
    #[diesel(sql_type = Nullable<Text>)]
    exchange_basis: Option<String>,
    #[diesel(sql_type = Nullable<Date>)]
    exchange_on: Option<PgDate>,
    #[diesel(sql_type = Nullable<BigInt>)]
    packs: Option<i64>,
    #[diesel(sql_type = Bool)]
    disclosed: bool,
    #[diesel(sql_type = SqlUuid)]
    source: Uuid,
    #[diesel(sql_type = Text)]
    source_key: String,
    #[diesel(sql_type = SqlUuid)]
    batch: Uuid,
    #[diesel(sql_type = Nullable<SqlUuid>)]
    acceptance: Option<Uuid>,
    #[diesel(sql_type = Nullable<SqlUuid>)]
    listing: Option<Uuid>,
    #[diesel(sql_type = Nullable<SqlUuid>)]
    supersedes: Option<Uuid>,
    #[diesel(sql_type = Timestamptz)]
    recorded_at: PgTimestamp,
    #[diesel(sql_type = Nullable<SqlUuid>)]
    superseded_by: Option<Uuid>,
    #[diesel(sql_type = Nullable<Timestamptz>)]
    superseded_at: Option<PgTimestamp>,
}

pub(super) fn read(row: Row) -> Result<PriceObservation, StoreError> {
    let whole = |number: i64| u64::try_from(number).map_err(|_negative| StoreError::row("packs", number));
    let exchange = row.exchange_rate.zip(row.exchange_basis).zip(row.exchange_on);
    let exchange = exchange.map(|((rate, basis), on)| Exchange { rate, basis, on: day(on) });
    Ok(PriceObservation {
        id: id(row.id),
        batch: id(row.batch),
        supersedes: row.supersedes.map(id),
        recorded_at: timestamp(row.recorded_at),
        superseded: row.superseded_by.map(id).zip(row.superseded_at.map(timestamp)),
        said: Said {
            kind: PriceKind::from_label(&row.kind).ok_or_else(|| StoreError::row("kind", &row.kind))?,
            region: read_code(&row.region)?,
            observed_on: day(row.observed_on),
            item: row.item.map(id),
            code: row.code,
            group_key: row.group_key,
            loose_group: row.loose_group,
            maker: row.maker,
            manufacturer: row.manufacturer.map(id),
            hospital: row.hospital.map(id),
            price: row.price,
            pack_units: whole(row.pack_units)?,
            currency: row.currency,
            abroad: row.country.map(|country| Abroad { country, exchange }),
            packs: row.packs.map(whole).transpose()?,
            disclosed: row.disclosed,
            source: id(row.source),
            source_key: row.source_key,
            acceptance: row.acceptance.map(id),
            listing: row.listing.map(id),
        },
    })
}
