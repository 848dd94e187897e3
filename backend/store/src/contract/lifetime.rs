//! Contracts that follow others, how far their products' terms were extended, and how the contracts of a round stand.
use std::collections::BTreeMap;

use diesel::pg::data_types::PgDate;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Bool, Date, Nullable, Uuid as SqlUuid};
use diesel_async::RunQueryDsl;
use jicai_domain::contract::lifetime::Standing;
use jicai_domain::contract::official::OfficialResult;
use jicai_domain::contract::term::Extension;
use jicai_domain::identity::{Reason, RegionCode};
use jicai_domain::ids::{ContractId, OfficialResultId, RoundId, SelectedProductId, UserId};
use jicai_domain::time::Day;
use rust_decimal::Decimal;
use uuid::Uuid;

use super::contracts::NewContract;
use crate::door::Tx;
use crate::errors::StoreError;
use crate::identity::regions::read_code;
use crate::ids::{column, id};
use crate::schema::{app_clock, contracts, official_results, term_extensions};
use crate::times::{day, on};

/// Contracts that one statement adds, below Postgres' limit of parameters.
const ADDED_AT_ONCE: usize = 1_000;

/// The contract that another follows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Follows {
    /// It is of the year before.
    Renews(ContractId),
    /// It is of an earlier edition, whose place the other takes; it may have ended that day.
    Replaces(ContractId),
    /// None.
    Nothing,
}

/// What only a supplement has (补充协议).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Supplemented {
    /// The content that was reported, where another one supplies it.
    pub content: Option<Decimal>,
    /// The price that was accepted when it took over.
    pub agreed_price: Option<Decimal>,
}

/// A contract that follows another.
#[derive(Clone, Copy, Debug)]
pub struct NextContract {
    /// The contract.
    pub new: NewContract,
    /// The part of the result that its product is in.
    pub result: OfficialResultId,
    /// Where it follows a supplement: it is one too, under the next number of its year.
    pub supplement: Option<Supplemented>,
    /// What it follows.
    pub follows: Follows,
    /// A price below the selected one, that the holder offers.
    pub lowered_price: Option<Decimal>,
}

/// Adds those that are not there; how many that were. Whoever adds supplements holds the contracts that they follow, and their lots.
pub async fn add(tx: &mut Tx, next: &[NextContract]) -> Result<usize, StoreError> {
    let (supplements, first): (Vec<NextContract>, Vec<NextContract>) =
        next.iter().copied().partition(|one| one.supplement.is_some());
    let mut added = 0_usize;
    for chunk in first.chunks(ADDED_AT_ONCE) {
        added = added.saturating_add(add_rows(tx, chunk, 0).await?);
    }
    for one in supplements {
        let number = next_number(tx, &one.new).await?;
        added = added.saturating_add(add_rows(tx, &[one], number).await?);
    }
    Ok(added)
}

/// The number of the next supplement of a product, region and year.
async fn next_number(tx: &mut Tx, new: &NewContract) -> Result<i16, StoreError> {
    let newest: Option<i16> = contracts::table
        .filter(contracts::product.eq(column(new.product)))
        .filter(contracts::region.eq(new.region.to_string()))
        .filter(contracts::year.eq(year_number(new)?))
        .select(diesel::dsl::max(contracts::supplement))
        .first(tx.connection())
        .await?;
    Ok(newest.unwrap_or(0).saturating_add(1))
}

fn year_number(new: &NewContract) -> Result<i16, StoreError> {
    i16::try_from(new.year.number).map_err(|_large| StoreError::row("year", new.year.number))
}

async fn add_rows(tx: &mut Tx, next: &[NextContract], supplement: i16) -> Result<usize, StoreError> {
    let number = |number: u64| i64::try_from(number).map_err(|_large| StoreError::row("volume", number));
    let row = |one: &NextContract| {
        let NextContract { new, result, supplement: only, follows, lowered_price } = *one;
        let year = year_number(&new)?;
        let (renews, replaces) = match follows {
            Follows::Renews(before) => (Some(column(before)), None),
            Follows::Replaces(before) => (None, Some(column(before))),
            Follows::Nothing => (None, None),
        };
        Ok::<_, StoreError>((
            (
                contracts::id.eq(column(new.id)),
                contracts::result.eq(column(result)),
                contracts::product.eq(column(new.product)),
                contracts::region.eq(new.region.to_string()),
                contracts::year.eq(year),
                contracts::starts_on.eq(on(new.year.start)),
                contracts::until.eq(on(new.year.end)),
                contracts::holder.eq(column(new.holder)),
                contracts::supplement.eq(supplement),
                contracts::content.eq(only.and_then(|only| only.content)),
                contracts::agreed_price.eq(only.and_then(|only| only.agreed_price)),
            ),
            (
                contracts::volume.eq(number(new.agreed.total())?),
                contracts::brand_volume.eq(number(new.agreed.brand)?),
                contracts::lowered_price.eq(lowered_price),
                contracts::status.eq("DRAFT"),
                contracts::seals_missing.eq(0_i64),
                contracts::version.eq(1_i32),
                contracts::created_at.eq(app_clock()),
                contracts::status_since.eq(app_clock()),
                contracts::renews.eq(renews),
                contracts::replaces.eq(replaces),
            ),
        ))
    };
    let rows = next.iter().map(row).collect::<Result<Vec<_>, _>>()?;
    let added = diesel::insert_into(contracts::table)
        .values(rows)
        .on_conflict_do_nothing()
        .execute(tx.connection())
        .await?;
    Ok(added)
}

/// What a contract has as a supplement; none where it comes from the result.
pub async fn supplemented(tx: &mut Tx, contract: ContractId) -> Result<Option<Supplemented>, StoreError> {
    let (number, content, agreed_price): (i16, Option<Decimal>, Option<Decimal>) = contracts::table
        .find(column(contract))
        .select((contracts::supplement, contracts::content, contracts::agreed_price))
        .first(tx.connection())
        .await?;
    Ok((number > 0).then_some(Supplemented { content, agreed_price }))
}

/// The contract that one follows, of the year or of the edition before.
pub async fn before(tx: &mut Tx, contract: ContractId) -> Result<Option<ContractId>, StoreError> {
    let (renews, replaces): (Option<Uuid>, Option<Uuid>) = contracts::table
        .find(column(contract))
        .select((contracts::renews, contracts::replaces))
        .first(tx.connection())
        .await?;
    Ok(renews.or(replaces).map(id))
}

/// The price below the selected one that the holder of a contract offers.
pub async fn lowered_price(tx: &mut Tx, contract: ContractId) -> Result<Option<Decimal>, StoreError> {
    let found = contracts::table.find(column(contract)).select(contracts::lowered_price);
    Ok(found.first(tx.connection()).await?)
}

/// Whether another contract follows one, for the next year or in its place.
pub async fn is_followed(tx: &mut Tx, contract: ContractId) -> Result<bool, StoreError> {
    let following = contracts::table
        .filter(contracts::renews.eq(column(contract)).or(contracts::replaces.eq(column(contract))));
    Ok(diesel::select(diesel::dsl::exists(following)).get_result(tx.connection()).await?)
}

#[derive(QueryableByName)]
struct IdRow {
    #[diesel(sql_type = SqlUuid)]
    id: Uuid,
}

/// Contracts of a result, in any edition, that end by that day and are followed by none: sealed ones, in force or over. Those of products
/// that have left are not among them.
pub async fn to_renew(
    tx: &mut Tx,
    result: &OfficialResult,
    ending_by: Day,
    most: i64,
) -> Result<Vec<ContractId>, StoreError> {
    let rows: Vec<IdRow> = diesel::sql_query(
        "SELECT c.id FROM contracts c JOIN official_results r ON r.id = c.result \
         JOIN official_results n ON n.office = r.office AND n.name = r.name AND n.id = $1 \
         WHERE c.status IN ('SEALED', 'IN_FORCE', 'CLOSED') AND c.ends_on IS NULL AND c.until <= $2 \
             AND NOT EXISTS (SELECT FROM contracts f WHERE f.renews = c.id) \
             AND NOT EXISTS (SELECT FROM contracts f WHERE f.replaces = c.id) \
             AND NOT EXISTS (SELECT FROM withdrawals w WHERE w.product = c.product AND w.decided_at IS NOT NULL) \
         ORDER BY c.id LIMIT $3",
    )
    .bind::<SqlUuid, _>(column(result.id))
    .bind::<Date, _>(on(ending_by))
    .bind::<BigInt, _>(most)
    .load(tx.connection())
    .await?;
    Ok(rows.into_iter().map(|row| id(row.id)).collect())
}

/// The contracts of the editions before one that run, or may be sealed, by id.
pub async fn of_earlier_editions(
    tx: &mut Tx,
    result: &OfficialResult,
) -> Result<Vec<ContractId>, StoreError> {
    let earlier = official_results::table
        .filter(official_results::office.eq(column(result.office)))
        .filter(official_results::name.eq(result.name.as_str()))
        .filter(official_results::edition.lt(result.edition))
        .select(official_results::id);
    let rows: Vec<Uuid> = contracts::table
        .filter(contracts::result.eq_any(earlier))
        .filter(contracts::status.ne_all(["CLOSED", "TERMINATED"]))
        .order(contracts::id)
        .select(contracts::id)
        .load(tx.connection())
        .await?;
    Ok(rows.into_iter().map(id).collect())
}

/// The products and regions that contracts of a result are of.
pub async fn places(
    tx: &mut Tx,
    result: OfficialResultId,
) -> Result<Vec<(SelectedProductId, RegionCode)>, StoreError> {
    let rows: Vec<(Uuid, String)> = contracts::table
        .filter(contracts::result.eq(column(result)))
        .select((contracts::product, contracts::region))
        .distinct()
        .load(tx.connection())
        .await?;
    rows.into_iter().map(|(product, region)| Ok((id(product), read_code(&region)?))).collect()
}

/// How far the terms of products were extended, where they were.
pub async fn extensions(
    tx: &mut Tx,
    products: &[SelectedProductId],
) -> Result<BTreeMap<SelectedProductId, Extension>, StoreError> {
    let wanted: Vec<Uuid> = products.iter().copied().map(column).collect();
    let rows: Vec<(Uuid, Option<PgDate>)> = term_extensions::table
        .filter(term_extensions::product.eq_any(wanted))
        .order((term_extensions::product, term_extensions::number))
        .select((term_extensions::product, term_extensions::until))
        .load(tx.connection())
        .await?;
    let extension =
        |until: Option<PgDate>| until.map_or(Extension::NextResult, |until| Extension::Until(day(until)));
    // The newest one of each product comes last.
    Ok(rows.into_iter().map(|(product, until)| (id(product), extension(until))).collect())
}

/// Extends the term of a product, once more where it was extended before. The caller holds the products of its lot.
pub async fn extend(
    tx: &mut Tx,
    product: SelectedProductId,
    extension: Extension,
    (reason, by): (&Reason, UserId),
) -> Result<(), StoreError> {
    let before: i64 = term_extensions::table
        .filter(term_extensions::product.eq(column(product)))
        .count()
        .get_result(tx.connection())
        .await?;
    let number =
        i16::try_from(before.saturating_add(1)).map_err(|_large| StoreError::row("number", before))?;
    let until = match extension {
        Extension::Until(until) => Some(on(until)),
        Extension::NextResult => None,
    };
    diesel::insert_into(term_extensions::table)
        .values((
            term_extensions::product.eq(column(product)),
            term_extensions::number.eq(number),
            term_extensions::until.eq(until),
            term_extensions::reason.eq(reason.as_str()),
            term_extensions::decided_by.eq(column(by)),
            term_extensions::decided_at.eq(app_clock()),
        ))
        .execute(tx.connection())
        .await?;
    Ok(())
}

#[derive(QueryableByName)]
struct StandingRow {
    #[diesel(sql_type = Bool)]
    begun: bool,
    #[diesel(sql_type = Bool)]
    open: bool,
    #[diesel(sql_type = Bool)]
    endless: bool,
    #[diesel(sql_type = Nullable<Date>)]
    last_day: Option<PgDate>,
}

/// How the contracts of a round stand: those of every edition of its result, and the terms of the newest one.
pub async fn of_round(tx: &mut Tx, round: RoundId) -> Result<Standing, StoreError> {
    let row: StandingRow = diesel::sql_query(
        "WITH results AS (SELECT id, edition FROM official_results WHERE round = $1), \
             terms AS (SELECT p.until, x.product IS NOT NULL AND x.until IS NULL AS endless, x.until AS extended \
                 FROM selected_products p LEFT JOIN LATERAL (SELECT e.product, e.until FROM term_extensions e \
                     WHERE e.product = p.id ORDER BY e.number DESC LIMIT 1) x ON true \
                 WHERE p.result = (SELECT id FROM results ORDER BY edition DESC LIMIT 1)) \
         SELECT EXISTS (SELECT FROM contracts c JOIN results r ON r.id = c.result WHERE c.status IN ('IN_FORCE', 'CLOSED')) AS begun, \
             EXISTS (SELECT FROM contracts c JOIN results r ON r.id = c.result WHERE c.status IN ('SEALED', 'IN_FORCE')) AS open, \
             coalesce((SELECT bool_or(endless) FROM terms), false) AS endless, \
             (SELECT max(greatest(until, extended)) FROM terms) AS last_day",
    )
    .bind::<SqlUuid, _>(column(round))
    .get_result(tx.connection())
    .await?;
    let last_day = row.last_day.filter(|_day| !row.endless).map(day);
    Ok(Standing { begun: row.begun, open: row.open, last_day })
}
