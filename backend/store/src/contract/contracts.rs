//! Main contracts: their state, for whoever changes them.
use std::collections::BTreeMap;

use diesel::pg::data_types::PgDate;
use diesel::prelude::*;
use diesel::sql_types::{Array, BigInt, Date, Nullable, SmallInt, Text, Uuid as SqlUuid};
use diesel_async::RunQueryDsl;
use jicai_domain::contract::agreement::Contract;
use jicai_domain::contract::official::OfficialResult;
use jicai_domain::contract::split::Agreed;
use jicai_domain::contract::term::AgreementYear;
use jicai_domain::documents::Digest;
use jicai_domain::errors::{Code, Refusal};
use jicai_domain::identity::{Reason, RegionCode, Version};
use jicai_domain::ids::{ContractId, OfficialResultId, OrganizationId, RoundProductId, SelectedProductId};
use jicai_domain::time::Day;
use rust_decimal::Decimal;
use uuid::Uuid;

use super::rows;
use crate::door::Tx;
use crate::errors::StoreError;
use crate::identity::regions::read_code;
use crate::ids::{column, id};
use crate::schema::{app_clock, contracts, official_results, organizations};
use crate::times::{day, on};

/// A main contract that is to be.
#[derive(Clone, Copy, Debug)]
pub struct NewContract {
    /// Its id.
    pub id: ContractId,
    /// The product.
    pub product: SelectedProductId,
    /// The region.
    pub region: RegionCode,
    /// The selected enterprise.
    pub holder: OrganizationId,
    /// The agreement year.
    pub year: AgreementYear,
    /// What is agreed.
    pub agreed: Agreed,
}

/// Adds those that are not there, nor a supplement in their place; how many that were.
pub async fn add(tx: &mut Tx, result: OfficialResultId, new: &[NewContract]) -> Result<usize, StoreError> {
    let numbers = |number: fn(&NewContract) -> u64| -> Result<Vec<i64>, StoreError> {
        let number = |one| i64::try_from(number(one)).map_err(|_large| StoreError::row("volume", one));
        new.iter().map(number).collect()
    };
    let years: Result<Vec<i16>, StoreError> = new.iter().map(|one| year(one.year.number)).collect();
    let added = diesel::sql_query(
        "INSERT INTO contracts (id, result, product, region, year, starts_on, until, holder, volume, brand_volume, status, \
             seals_missing, version, created_at, status_since) \
         SELECT id, $1, product, region, year, starts_on, until, holder, volume, brand_volume, 'DRAFT', 0, 1, app_clock(), app_clock() \
         FROM unnest($2, $3, $4, $5, $6, $7, $8, $9, $10) \
             AS new (id, product, region, year, starts_on, until, holder, volume, brand_volume) \
         WHERE NOT EXISTS (SELECT FROM contracts c WHERE (c.product, c.region, c.year) = (new.product, new.region, new.year)) \
         ON CONFLICT ON CONSTRAINT contracts_year_key DO NOTHING",
    )
    .bind::<SqlUuid, _>(column(result))
    .bind::<Array<SqlUuid>, _>(new.iter().map(|one| column(one.id)).collect::<Vec<_>>())
    .bind::<Array<SqlUuid>, _>(new.iter().map(|one| column(one.product)).collect::<Vec<_>>())
    .bind::<Array<Text>, _>(new.iter().map(|one| one.region.to_string()).collect::<Vec<_>>())
    .bind::<Array<SmallInt>, _>(years?)
    .bind::<Array<Date>, _>(new.iter().map(|one| on(one.year.start)).collect::<Vec<_>>())
    .bind::<Array<Date>, _>(new.iter().map(|one| on(one.year.end)).collect::<Vec<_>>())
    .bind::<Array<SqlUuid>, _>(new.iter().map(|one| column(one.holder)).collect::<Vec<_>>())
    .bind::<Array<BigInt>, _>(numbers(|one| one.agreed.total())?)
    .bind::<Array<BigInt>, _>(numbers(|one| one.agreed.brand)?)
    .execute(tx.connection())
    .await?;
    Ok(added)
}

fn year(number: u32) -> Result<i16, StoreError> {
    i16::try_from(number).map_err(|_large| StoreError::row("year", number))
}

#[derive(Queryable, Selectable)]
#[diesel(table_name = contracts)]
struct Row {
    id: Uuid,
    result: Uuid,
    product: Uuid,
    region: String,
    year: i16,
    starts_on: PgDate,
    until: PgDate,
    ends_on: Option<PgDate>,
    holder: Uuid,
    distributor: Option<Uuid>,
    volume: i64,
    brand_volume: i64,
    status: String,
    reason: Option<String>,
    institutions: Option<i64>,
    seals_missing: i64,
    parts_sha256: Option<Vec<u8>>,
    agreed_price: Option<Decimal>,
    lowered_price: Option<Decimal>,
    version: i32,
}

/// A contract with what only its making asks for.
#[derive(Clone, Debug)]
pub struct Held {
    /// The contract.
    pub contract: Contract,
    /// Where its volume comes from.
    pub agreed: Agreed,
    /// SHA-256 over a line for each sub-contract, once it is divided.
    pub parts_sha256: Option<Digest>,
    /// The price below the selected one that was accepted when the supplier took over.
    pub agreed_price: Option<Decimal>,
    /// The price below the selected one that it supplies at now.
    pub lowered_price: Option<Decimal>,
}

/// A contract, held until the transaction ends. Errors: `NOT_FOUND`.
pub async fn lock(tx: &mut Tx, wanted: ContractId) -> Result<Held, StoreError> {
    let row = contracts::table.find(column(wanted)).select(Row::as_select()).for_update();
    let row: Option<Row> = row.first(tx.connection()).await.optional()?;
    held(row.ok_or(Refusal::of(Code::NotFound))?)
}

/// A contract. Errors: `NOT_FOUND`.
pub async fn find(tx: &mut Tx, wanted: ContractId) -> Result<Held, StoreError> {
    let row = contracts::table.find(column(wanted)).select(Row::as_select());
    let row: Option<Row> = row.first(tx.connection()).await.optional()?;
    held(row.ok_or(Refusal::of(Code::NotFound))?)
}

/// A contract that is not divided.
#[derive(Clone, Copy, Debug)]
pub struct Undivided {
    /// The contract.
    pub id: ContractId,
    /// Its region.
    pub region: RegionCode,
    /// The product of the round whose reports divide it; none where it follows another contract, or the result was made elsewhere.
    pub reported: Option<RoundProductId>,
}

#[derive(QueryableByName)]
struct UndividedRow {
    #[diesel(sql_type = SqlUuid)]
    id: Uuid,
    #[diesel(sql_type = Text)]
    region: String,
    #[diesel(sql_type = Nullable<SqlUuid>)]
    reported: Option<Uuid>,
}

/// The next contracts of a result that are not divided, by id.
pub async fn undivided(
    tx: &mut Tx,
    result: OfficialResultId,
    after: Option<ContractId>,
    most: i64,
) -> Result<Vec<Undivided>, StoreError> {
    let rows: Vec<UndividedRow> = diesel::sql_query(
        "SELECT c.id, c.region, CASE WHEN coalesce(c.renews, c.replaces) IS NULL THEN p.round_product END AS reported \
         FROM contracts c JOIN selected_products p ON p.id = c.product \
         WHERE c.result = $1 AND c.institutions IS NULL AND c.status = 'DRAFT' AND c.id > $2 ORDER BY c.id LIMIT $3",
    )
    .bind::<SqlUuid, _>(column(result))
    .bind::<SqlUuid, _>(after.map_or(Uuid::nil(), column))
    .bind::<BigInt, _>(most)
    .load(tx.connection())
    .await?;
    let undivided = |row: UndividedRow| {
        let region = read_code(&row.region)?;
        Ok(Undivided { id: id(row.id), region, reported: row.reported.map(id) })
    };
    rows.into_iter().map(undivided).collect()
}

/// Contracts of a result whose first day has come although they are not in force, or whose last day has passed.
pub async fn due(
    tx: &mut Tx,
    result: OfficialResultId,
    today: Day,
    most: i64,
) -> Result<Vec<ContractId>, StoreError> {
    let starts = contracts::status.eq("SEALED").and(contracts::starts_on.le(on(today)));
    let over = contracts::until.lt(on(today)).nullable().or(contracts::ends_on.lt(on(today)));
    let ends = contracts::status.eq("IN_FORCE").nullable().and(over);
    let rows: Vec<Uuid> = contracts::table
        .filter(contracts::result.eq(column(result)))
        .filter(starts.nullable().or(ends))
        .order(contracts::id)
        .limit(most)
        .select(contracts::id)
        .load(tx.connection())
        .await?;
    Ok(rows.into_iter().map(id).collect())
}

/// Whether contracts of an earlier edition of the same result run, or may be sealed.
pub async fn earlier_run(tx: &mut Tx, result: &OfficialResult) -> Result<bool, StoreError> {
    let earlier = official_results::table
        .filter(official_results::office.eq(column(result.office)))
        .filter(official_results::name.eq(result.name.as_str()))
        .filter(official_results::edition.lt(result.edition))
        .select(official_results::id);
    let running = contracts::table
        .filter(contracts::result.eq_any(earlier))
        .filter(contracts::status.ne_all(["CLOSED", "TERMINATED"]));
    Ok(diesel::select(diesel::dsl::exists(running)).get_result(tx.connection()).await?)
}

/// Saves a contract that was changed. Errors: `STALE_VERSION`.
pub async fn save(
    tx: &mut Tx,
    changed: &Contract,
    expected: Version,
    parts_sha256: Option<Digest>,
) -> Result<(), StoreError> {
    let number = |number: u64| i64::try_from(number).map_err(|_large| StoreError::row("count", number));
    let saved = diesel::update(contracts::table.find(column(changed.id)))
        .filter(contracts::version.eq(expected.number()))
        .set((
            contracts::distributor.eq(changed.distributor.map(column)),
            contracts::status.eq(changed.status.label()),
            contracts::reason.eq(changed.status.reason().map(Reason::as_str)),
            contracts::institutions.eq(changed.institutions.map(number).transpose()?),
            contracts::seals_missing.eq(number(changed.seals_missing)?),
            contracts::parts_sha256.eq(parts_sha256.map(|digest| digest.bytes().to_vec())),
            contracts::version.eq(changed.version.number()),
            contracts::status_since.eq(app_clock()),
            contracts::ends_on.eq(changed.ends_on.map(on)),
        ))
        .execute(tx.connection())
        .await?;
    if saved == 1 { Ok(()) } else { Err(Refusal::of(Code::StaleVersion).at("version").into()) }
}

/// Offers a lower price.
pub async fn lower_price(
    tx: &mut Tx,
    contract: &Contract,
    expected: Version,
    price: Decimal,
) -> Result<(), StoreError> {
    let saved = diesel::update(contracts::table.find(column(contract.id)))
        .filter(contracts::version.eq(expected.number()))
        .set((contracts::lowered_price.eq(price), contracts::version.eq(expected.next().number())))
        .execute(tx.connection())
        .await?;
    if saved == 1 { Ok(()) } else { Err(Refusal::of(Code::StaleVersion).at("version").into()) }
}

/// Names and credit codes of organizations.
pub async fn named(
    tx: &mut Tx,
    wanted: &[OrganizationId],
) -> Result<BTreeMap<OrganizationId, (String, String)>, StoreError> {
    let wanted: Vec<Uuid> = wanted.iter().copied().map(column).collect();
    let rows: Vec<(Uuid, String, String)> = organizations::table
        .filter(organizations::id.eq_any(wanted))
        .select((organizations::id, organizations::name, organizations::credit_code))
        .load(tx.connection())
        .await?;
    Ok(rows.into_iter().map(|(key, name, code)| (id(key), (name, code))).collect())
}

/// Whether an organization is an approved one of that type.
pub async fn is_approved(tx: &mut Tx, wanted: OrganizationId, kind: &str) -> Result<bool, StoreError> {
    let found = organizations::table
        .find(column(wanted))
        .filter(organizations::kind.eq(kind))
        .filter(organizations::status.eq("APPROVED"));
    Ok(diesel::select(diesel::dsl::exists(found)).get_result(tx.connection()).await?)
}

fn held(row: Row) -> Result<Held, StoreError> {
    let number = |number: i64| rows::count(row.id, number);
    let unreadable = |_length| StoreError::row("contract", row.id);
    let digest = |bytes: Vec<u8>| bytes.try_into().map(Digest::new).map_err(unreadable);
    let (volume, brand) = (number(row.volume)?, number(row.brand_volume)?);
    let contract = Contract {
        id: id(row.id),
        result: id(row.result),
        product: id(row.product),
        region: read_code(&row.region)?,
        year: rows::year(row.id, row.year, (row.starts_on, row.until))?,
        ends_on: row.ends_on.map(day),
        holder: id(row.holder),
        distributor: row.distributor.map(id),
        volume,
        status: rows::status(row.id, &row.status, row.reason.as_deref())?,
        institutions: row.institutions.map(number).transpose()?,
        seals_missing: number(row.seals_missing)?,
        version: Version::new(row.version),
    };
    let parts_sha256 = row.parts_sha256.map(digest).transpose()?;
    let agreed = Agreed { brand, main: volume.saturating_sub(brand) };
    let (agreed_price, lowered_price) = (row.agreed_price, row.lowered_price);
    Ok(Held { contract, agreed, parts_sha256, agreed_price, lowered_price })
}
