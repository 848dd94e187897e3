//! Sub-contracts: what a contract is divided by, its parts, keys and seals.
use std::collections::BTreeMap;

use diesel::prelude::*;
use diesel::sql_types::{Array, BigInt, Bool, Text, Uuid as SqlUuid};
use diesel_async::RunQueryDsl;
use jicai_domain::contract::split::Reported;
use jicai_domain::errors::{Code, Refusal};
use jicai_domain::exact::Exact;
use jicai_domain::identity::{OrganizationKind, RegionCode, Scope};
use jicai_domain::ids::{
    ContractId, ContractKeyId, OfficialResultId, OrganizationId, RoundProductId, SelectedProductId,
    SubContractId,
};
use uuid::Uuid;

use crate::door::Tx;
use crate::errors::StoreError;
use crate::ids::{column, id};
use crate::schema::{
    app_clock, contract_keys, contract_seals, organization_regions, organizations, sub_contracts,
};

/// Rows that one statement inserts.
const CHUNK: usize = 5_000;

/// An institution's part of a contract.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Part {
    /// Its id.
    pub id: SubContractId,
    /// The institution.
    pub institution: OrganizationId,
    /// What is agreed.
    pub volume: u64,
}

#[derive(QueryableByName)]
struct ReportRow {
    #[diesel(sql_type = SqlUuid)]
    product: Uuid,
    #[diesel(sql_type = SqlUuid)]
    institution: Uuid,
    #[diesel(sql_type = Bool)]
    brand: bool,
    #[diesel(sql_type = Text)]
    weight: String,
}

/// Forms count in the smallest of the round's regions that holds them. A line is of the brand where its product is the contract's, of
/// nobody here where another selected product keeps it as its brand in this region, and generic otherwise.
const REPORTED: &str = "WITH lot AS (SELECT p.id AS product, s.lot, q.round FROM round_products p \
         JOIN round_specs s ON s.id = p.spec JOIN qualifications q ON q.id = p.qualification WHERE p.id = ANY ($1)), \
     regions AS (SELECT r.region FROM round_regions r WHERE r.round IN (SELECT round FROM lot)), \
     brands AS (SELECT p.round_product FROM selected_products p JOIN selected_supplies y ON y.product = p.id \
         WHERE p.result = $2 AND y.region = $3 AND y.role = 'BRAND' AND y.volume > 0), \
     specs AS (SELECT s.id, lot.product, coalesce(s.content, 1) AS content \
         FROM round_specs s JOIN lot ON lot.lot = s.lot WHERE s.withdrawn_in IS NULL), \
     forms AS (SELECT f.id, f.institution FROM demand_forms f WHERE f.round IN (SELECT round FROM lot) \
         AND f.status = 'LOCKED' AND f.within @> ARRAY[$3] AND EXISTS (SELECT FROM regions WHERE region = $3) \
         AND NOT f.within && ARRAY(SELECT region FROM regions WHERE region > $3)) \
     SELECT s.product, f.institution, \
         coalesce(l.product = s.product AND s.product IN (SELECT round_product FROM brands), false) AS brand, \
         sum(l.volume * s.content)::text AS weight \
     FROM forms f JOIN demand_lines l ON l.form = f.id JOIN specs s ON s.id = l.spec \
     WHERE l.product IS NULL OR l.product = s.product OR NOT EXISTS (SELECT FROM brands b WHERE b.round_product = l.product) \
     GROUP BY 1, 2, 3 ORDER BY 2";

/// What the institutions of a region reported that each of those products of one round may supply, in the order of institutions. Read
/// together the lines are read once; asked one by one each product goes through the lines of all the others. A product that nobody
/// reported is not there.
pub async fn reported(
    tx: &mut Tx,
    (result, products): (OfficialResultId, &[RoundProductId]),
    region: RegionCode,
) -> Result<BTreeMap<RoundProductId, Vec<Reported>>, StoreError> {
    // The best way through the lines depends on how many products there are, and how large the region is.
    tx.later(diesel::sql_query("SET LOCAL plan_cache_mode = force_custom_plan")).await?;
    let rows: Vec<ReportRow> = diesel::sql_query(REPORTED)
        .bind::<Array<SqlUuid>, _>(products.iter().copied().map(column).collect::<Vec<_>>())
        .bind::<SqlUuid, _>(column(result))
        .bind::<Text, _>(region.to_string())
        .load(tx.connection())
        .await?;
    let mut found: BTreeMap<RoundProductId, Vec<Reported>> = BTreeMap::new();
    for row in rows {
        let weight: Exact = row.weight.parse().map_err(|_text| StoreError::row("volume", &row.weight))?;
        let (institution, of_product) = (id(row.institution), found.entry(id(row.product)).or_default());
        if of_product.last().is_none_or(|last| last.institution != institution) {
            of_product.push(Reported { institution, brand: Exact::zero(), generic: Exact::zero() });
        }
        if let Some(one) = of_product.last_mut() {
            if row.brand { one.brand = weight } else { one.generic = weight }
        }
    }
    Ok(found)
}

/// Adds the parts of a contract.
pub async fn add(tx: &mut Tx, contract: ContractId, parts: &[Part]) -> Result<(), StoreError> {
    for chunk in parts.chunks(CHUNK) {
        let volumes: Result<Vec<i64>, StoreError> = chunk
            .iter()
            .map(|part| i64::try_from(part.volume).map_err(|_large| StoreError::row("volume", part.volume)))
            .collect();
        diesel::sql_query(
            "INSERT INTO sub_contracts (id, contract, institution, volume) \
             SELECT id, $1, institution, volume FROM unnest($2, $3, $4) AS part (id, institution, volume)",
        )
        .bind::<SqlUuid, _>(column(contract))
        .bind::<Array<SqlUuid>, _>(chunk.iter().map(|part| column(part.id)).collect::<Vec<_>>())
        .bind::<Array<SqlUuid>, _>(chunk.iter().map(|part| column(part.institution)).collect::<Vec<_>>())
        .bind::<Array<BigInt>, _>(volumes?)
        .execute(tx.connection())
        .await?;
    }
    Ok(())
}

/// Those of the organizations that are approved institutions of a region.
pub async fn institutions(
    tx: &mut Tx,
    region: RegionCode,
    wanted: &[OrganizationId],
) -> Result<Vec<OrganizationId>, StoreError> {
    let wanted: Vec<Uuid> = wanted.iter().copied().map(column).collect();
    let inside = organization_regions::table
        .filter(organization_regions::within.contains(vec![region.to_string()]))
        .select(organization_regions::organization);
    let rows: Vec<Uuid> = organizations::table
        .filter(organizations::id.eq_any(wanted))
        .filter(organizations::kind.eq(OrganizationKind::Hospital.label()))
        .filter(organizations::status.eq("APPROVED"))
        .filter(organizations::id.eq_any(inside))
        .select(organizations::id)
        .load(tx.connection())
        .await?;
    Ok(rows.into_iter().map(id).collect())
}

/// A part with its contract. Errors: `NOT_FOUND`.
pub async fn find(tx: &mut Tx, wanted: SubContractId) -> Result<(ContractId, Part), StoreError> {
    let row: Option<(Uuid, Uuid, Uuid, i64)> = sub_contracts::table
        .find(column(wanted))
        .select((
            sub_contracts::id,
            sub_contracts::contract,
            sub_contracts::institution,
            sub_contracts::volume,
        ))
        .first(tx.connection())
        .await
        .optional()?;
    let (key, contract, institution, volume) = row.ok_or(Refusal::of(Code::NotFound))?;
    let volume = u64::try_from(volume).map_err(|_negative| StoreError::row("volume", volume))?;
    Ok((id(contract), Part { id: id(key), institution: id(institution), volume }))
}

/// Registers a party's key in place of the one before. Errors: `PUBLIC_KEY_TAKEN`.
pub async fn add_key(
    tx: &mut Tx,
    organization: OrganizationId,
    (key, public_line): (ContractKeyId, &str),
) -> Result<(), StoreError> {
    let current = contract_keys::table.filter(contract_keys::organization.eq(column(organization)));
    diesel::update(current.filter(contract_keys::retired_at.is_null()))
        .set(contract_keys::retired_at.eq(app_clock().nullable()))
        .execute(tx.connection())
        .await?;
    diesel::insert_into(contract_keys::table)
        .values((
            contract_keys::id.eq(column(key)),
            contract_keys::organization.eq(column(organization)),
            contract_keys::public_line.eq(public_line),
            contract_keys::created_at.eq(app_clock()),
        ))
        .execute(tx.connection())
        .await?;
    Ok(())
}

/// The key of the scope's own organization; none when none is registered.
pub async fn key(tx: &mut Tx, scope: &Scope) -> Result<Option<(ContractKeyId, String)>, StoreError> {
    let row: Option<(Uuid, String)> = contract_keys::table
        .filter(contract_keys::organization.nullable().eq(scope.organization().map(column)))
        .filter(contract_keys::retired_at.is_null())
        .select((contract_keys::id, contract_keys::public_line))
        .first(tx.connection())
        .await
        .optional()?;
    Ok(row.map(|(key, line)| (id(key), line)))
}

/// Adds a party's seal; whether it is the first of that party.
pub async fn add_seal(
    tx: &mut Tx,
    (contract, part): (ContractId, Option<SubContractId>),
    (party, key): (OrganizationId, ContractKeyId),
    seal: &str,
) -> Result<bool, StoreError> {
    let added = diesel::insert_into(contract_seals::table)
        .values((
            contract_seals::contract.eq(column(contract)),
            contract_seals::party.eq(column(party)),
            contract_seals::sub_contract.eq(part.map(column)),
            contract_seals::key.eq(column(key)),
            contract_seals::seal.eq(seal),
            contract_seals::sealed_at.eq(app_clock()),
        ))
        .on_conflict_do_nothing()
        .execute(tx.connection())
        .await?;
    Ok(added == 1)
}

/// The product of a contract of a round; none where the result was made elsewhere.
pub async fn round_product(
    tx: &mut Tx,
    product: SelectedProductId,
) -> Result<Option<RoundProductId>, StoreError> {
    let placed = super::official::product(tx, product).await?;
    Ok(placed.product.round_product)
}
