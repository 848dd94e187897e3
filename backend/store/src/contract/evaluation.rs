//! What a round is evaluated on: the contracts of an agreement year with their prices.
use diesel::pg::data_types::PgDate;
use diesel::prelude::*;
use diesel::sql_types::{Array, BigInt, Date, Integer, Nullable, Numeric, SmallInt, Text, Uuid as SqlUuid};
use diesel_async::RunQueryDsl;
use jicai_domain::contract::official::Content;
use jicai_domain::contract::term::AgreementYear;
use jicai_domain::identity::Scope;
use jicai_domain::ids::{LotId, RoundId};
use rust_decimal::Decimal;
use uuid::Uuid;

use crate::door::Tx;
use crate::errors::StoreError;
use crate::ids::{column, id};
use crate::times::day;

/// A contract that is in force or over.
#[derive(Clone, Debug)]
pub struct EvaluatedContract {
    /// The lot of the round.
    pub lot: LotId,
    /// Its number.
    pub lot_number: i32,
    /// Its name.
    pub lot_name: String,
    /// The firm.
    pub firm: String,
    /// Its days.
    pub year: AgreementYear,
    /// What is agreed, in units of the lot's representative.
    pub agreed: u64,
    /// What a smallest unit costs now.
    pub price: Option<Decimal>,
    /// The maximum valid bid of its spec, for a smallest unit.
    pub ceiling: Decimal,
    /// How its units count as units of the lot's representative.
    pub content: Option<Content>,
}

#[derive(QueryableByName)]
struct Row {
    #[diesel(sql_type = SqlUuid)]
    lot: Uuid,
    #[diesel(sql_type = Integer)]
    lot_number: i32,
    #[diesel(sql_type = Text)]
    lot_name: String,
    #[diesel(sql_type = Text)]
    firm: String,
    #[diesel(sql_type = SmallInt)]
    year: i16,
    #[diesel(sql_type = Date)]
    starts_on: PgDate,
    #[diesel(sql_type = Date)]
    last_day: PgDate,
    #[diesel(sql_type = BigInt)]
    volume: i64,
    #[diesel(sql_type = Nullable<Numeric>)]
    price: Option<Decimal>,
    #[diesel(sql_type = Numeric)]
    ceiling: Decimal,
    #[diesel(sql_type = Nullable<Numeric>)]
    content: Option<Decimal>,
    #[diesel(sql_type = Nullable<Numeric>)]
    representative_content: Option<Decimal>,
}

/// The contracts of a round of an agreement year that are in force or over, as far as the scope reaches: of the own office, or of the
/// regions of a jurisdiction. By lot.
pub async fn contracts(
    tx: &mut Tx,
    scope: &Scope,
    (round, year): (RoundId, i16),
) -> Result<Vec<EvaluatedContract>, StoreError> {
    let prefixes: Vec<String> = scope.regions().iter().map(|region| region.prefix()).collect();
    let rows: Vec<Row> = diesel::sql_query(
        "SELECT s.lot, p.lot_number, p.lot_name, h.name AS firm, c.year, c.starts_on, coalesce(c.ends_on, c.until) AS last_day, c.volume, \
             coalesce(c.lowered_price, p.price) AS price, s.ceiling, p.content, p.representative_content \
         FROM contracts c JOIN official_results r ON r.id = c.result JOIN selected_products p ON p.id = c.product \
         JOIN organizations h ON h.id = c.holder JOIN round_products q ON q.id = p.round_product JOIN round_specs s ON s.id = q.spec \
         WHERE r.round = $1 AND c.year = $2 AND c.status IN ('IN_FORCE', 'CLOSED') \
             AND (r.office = $3 OR left(c.region, 2) = ANY ($4) OR left(c.region, 4) = ANY ($4) OR c.region = ANY ($4) OR '' = ANY ($4)) \
         ORDER BY p.lot_number, c.id",
    )
    .bind::<SqlUuid, _>(column(round))
    .bind::<SmallInt, _>(year)
    .bind::<Nullable<SqlUuid>, _>(scope.organization().map(column))
    .bind::<Array<Text>, _>(prefixes)
    .load(tx.connection())
    .await?;
    rows.into_iter().map(read).collect()
}

fn read(row: Row) -> Result<EvaluatedContract, StoreError> {
    let agreed = u64::try_from(row.volume).map_err(|_negative| StoreError::row("volume", row.volume))?;
    let number = u32::try_from(row.year).map_err(|_negative| StoreError::row("year", row.year))?;
    let content = row.content.zip(row.representative_content);
    Ok(EvaluatedContract {
        lot: id(row.lot),
        lot_number: row.lot_number,
        lot_name: row.lot_name,
        firm: row.firm,
        year: AgreementYear { number, start: day(row.starts_on), end: day(row.last_day) },
        agreed,
        price: row.price,
        ceiling: row.ceiling,
        content: content.map(|(own, representative)| Content { own, representative }),
    })
}
