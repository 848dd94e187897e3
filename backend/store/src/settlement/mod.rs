//! Direct settlement behind the second wall: row-level security shows the ledger, statements and payments only to a transaction that has said
//! for which areas, or for which party, it works.
pub mod bank;
pub mod chain;
pub mod designations;
pub mod exposure;
pub mod invoices;
pub mod journal;
pub mod ledger;
pub mod letters;
pub mod lines;
pub mod outside;
pub mod payments;
pub mod proof;
pub mod proposals;
pub mod rates;
pub mod savings;
pub mod speeds;
pub mod standards;
pub mod standards_of;
pub mod statements;
pub mod terms;

use diesel::sql_types::{BigInt, Text};
use diesel_async::RunQueryDsl;
use jicai_domain::identity::{RegionCode, Scope};
use jicai_domain::ids::OrganizationId;
use jicai_domain::settlement::ledger::{Book, Scheme};
use jicai_domain::settlement::money::Money;

use crate::door::Tx;
use crate::errors::StoreError;
use crate::identity::regions::read_code;
use crate::ids::column;

/// Locks of pairs of enterprise and hospital, beside the other advisory locks.
const PAIRS: i64 = 0x7365_7474;

/// Opens the wall as far as the scope reaches, until the transaction ends.
pub async fn reach(tx: &mut Tx, scope: &Scope) -> Result<(), StoreError> {
    match scope.organization() {
        Some(party) => say(tx, "jicai.settling_party", column(party).to_string()).await,
        None => areas(tx, scope.regions()).await,
    }
}

/// Opens the wall to the areas of a region: for work that nobody asks for by name, and for a party's own change once it is judged.
pub async fn reach_area(tx: &mut Tx, area: RegionCode) -> Result<(), StoreError> {
    areas(tx, &[area]).await
}

async fn areas(tx: &mut Tx, regions: &[RegionCode]) -> Result<(), StoreError> {
    say(tx, "jicai.settling_areas", areas_of(regions)).await
}

/// A regular expression of the codes that lie in those regions.
fn areas_of(regions: &[RegionCode]) -> String {
    let prefixes: Vec<String> = regions.iter().map(|region| region.prefix()).collect();
    format!("^({})", prefixes.join("|"))
}

async fn say(tx: &mut Tx, setting: &'static str, value: String) -> Result<(), StoreError> {
    let said =
        diesel::sql_query("SELECT set_config($1, $2, true)").bind::<Text, _>(setting).bind::<Text, _>(value);
    tx.later(said).await
}

/// Holds what goes on between an enterprise and a hospital until the transaction ends: invoices and applications come one after another.
pub async fn hold_pair(
    tx: &mut Tx,
    supplier: OrganizationId,
    hospital: OrganizationId,
) -> Result<(), StoreError> {
    let pair = format!("{supplier} {hospital}");
    diesel::sql_query("SELECT pg_advisory_xact_lock(hashtextextended($1, $2))")
        .bind::<Text, _>(pair)
        .bind::<BigInt, _>(PAIRS)
        .execute(tx.connection())
        .await?;
    Ok(())
}

pub(crate) fn book(area: &str, scheme: &str) -> Result<Book, StoreError> {
    let scheme = Scheme::from_label(scheme).ok_or_else(|| StoreError::row("scheme", scheme))?;
    Ok(Book { area: read_code(area)?, scheme })
}

pub(crate) fn money(fen: i64) -> Result<Money, StoreError> {
    Ok(Money::of_fen(fen)?)
}
