//! Supplementary contracts: volume that comes to a supplier after its contract was made.
use diesel::sql_types::{BigInt, Bytea, Date, Nullable, Numeric, SmallInt, Text, Uuid as SqlUuid};
use diesel_async::RunQueryDsl;
use jicai_domain::contract::agreement::Contract;
use jicai_domain::documents::Digest;
use rust_decimal::Decimal;

use crate::door::Tx;
use crate::errors::StoreError;
use crate::ids::column;
use crate::times::on;

/// A supplement that is to be.
#[derive(Clone, Debug)]
pub struct Supplement {
    /// The contract, divided or not.
    pub contract: Contract,
    /// The content that was reported.
    pub content: Option<Decimal>,
    /// The price that was accepted below the selected one.
    pub price: Option<Decimal>,
    /// SHA-256 over a line for each sub-contract.
    pub parts_sha256: Option<Digest>,
}

/// Adds a supplement, under the next number of its product, region and year. The caller holds the lot.
pub async fn add(tx: &mut Tx, new: &Supplement) -> Result<(), StoreError> {
    let Supplement { contract, content, price, parts_sha256 } = new;
    let number = |number: u64| i64::try_from(number).map_err(|_large| StoreError::row("volume", number));
    let year = contract.year.number;
    diesel::sql_query(
        "INSERT INTO contracts (id, result, product, region, year, supplement, starts_on, until, holder, distributor, volume, brand_volume, \
             content, agreed_price, lowered_price, status, institutions, seals_missing, parts_sha256, version, created_at, status_since) \
         SELECT $1, $2, $3, $4, $5, (SELECT coalesce(max(supplement), 0) + 1 FROM contracts WHERE product = $3 AND region = $4 AND year = $5), \
             $6, $7, $8, $9, $10, 0, $11, $12, $12, 'DRAFT', $13, $14, $15, 1, app_clock(), app_clock()",
    )
    .bind::<SqlUuid, _>(column(contract.id))
    .bind::<SqlUuid, _>(column(contract.result))
    .bind::<SqlUuid, _>(column(contract.product))
    .bind::<Text, _>(contract.region.to_string())
    .bind::<SmallInt, _>(i16::try_from(year).map_err(|_large| StoreError::row("year", year))?)
    .bind::<Date, _>(on(contract.year.start))
    .bind::<Date, _>(on(contract.year.end))
    .bind::<SqlUuid, _>(column(contract.holder))
    .bind::<Nullable<SqlUuid>, _>(contract.distributor.map(column))
    .bind::<BigInt, _>(number(contract.volume)?)
    .bind::<Nullable<Numeric>, _>(*content)
    .bind::<Nullable<Numeric>, _>(*price)
    .bind::<Nullable<BigInt>, _>(contract.institutions.map(number).transpose()?)
    .bind::<BigInt, _>(number(contract.seals_missing)?)
    .bind::<Nullable<Bytea>, _>(parts_sha256.map(|digest| digest.bytes().to_vec()))
    .execute(tx.connection())
    .await?;
    Ok(())
}
