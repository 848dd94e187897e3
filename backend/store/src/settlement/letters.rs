//! Letters about what hospitals owe (催缴函). Needs the wall open.
use diesel::pg::data_types::PgDate;
use diesel::prelude::*;
use diesel::sql_types::{Array, BigInt, Date, Nullable, Text, Uuid as SqlUuid};
use diesel_async::RunQueryDsl;
use jicai_domain::ids::{OrganizationId, ReceivableLetterId, UserId};
use jicai_domain::settlement::ledger::Book;
use jicai_domain::settlement::money::Money;
use jicai_domain::time::Day;
use uuid::Uuid;

use super::{book, money};
use crate::door::Tx;
use crate::errors::StoreError;
use crate::ids::{column, id};
use crate::page::{Page, Part};
use crate::times::{day, on};

/// A letter.
#[derive(Clone, Debug)]
pub struct Letter {
    /// Its id.
    pub id: ReceivableLetterId,
    /// The book.
    pub book: Book,
    /// The hospital.
    pub hospital: OrganizationId,
    /// What is open of each day on which it began to be owed, the oldest first.
    pub open: Vec<(Day, Money)>,
    /// The day of the letter.
    pub issued_on: Day,
    /// By when it is answered, where the calendar is known.
    pub answer_by: Option<Day>,
    /// The rules that say so.
    pub rules: String,
}

impl Letter {
    /// How much is asked for.
    pub fn amount(&self) -> Money {
        Money::sum(self.open.iter().map(|(_, amount)| *amount)).unwrap_or_default()
    }
}

#[derive(QueryableByName)]
struct OpenRow {
    #[diesel(sql_type = Date)]
    day: PgDate,
    #[diesel(sql_type = BigInt)]
    fen: i64,
}

#[derive(QueryableByName)]
struct Row {
    #[diesel(sql_type = SqlUuid)]
    id: Uuid,
    #[diesel(sql_type = Text)]
    area: String,
    #[diesel(sql_type = Text)]
    scheme: String,
    #[diesel(sql_type = SqlUuid)]
    hospital: Uuid,
    #[diesel(sql_type = Array<Date>)]
    days: Vec<PgDate>,
    #[diesel(sql_type = Array<BigInt>)]
    amounts_fen: Vec<i64>,
    #[diesel(sql_type = Date)]
    issued_on: PgDate,
    #[diesel(sql_type = Nullable<Date>)]
    answer_by: Option<PgDate>,
    #[diesel(sql_type = Text)]
    rules: String,
}

/// What a hospital owes of each day on which it began to be owed, the oldest first: offsets and refunds take the oldest.
pub async fn open(
    tx: &mut Tx,
    book: Book,
    hospital: OrganizationId,
) -> Result<Vec<(Day, Money)>, StoreError> {
    let rows: Vec<OpenRow> = diesel::sql_query(
        "WITH gone AS (SELECT coalesce(sum(credits), 0) AS fen FROM ledger_accounts \
                 WHERE area = $1 AND scheme = $2 AND party = $3 AND account = 'RECEIVABLE'), \
             owed AS (SELECT e.day, least(e.amount, greatest(0, sum(e.amount) OVER (ORDER BY e.position) - gone.fen)) AS rest \
                 FROM ledger_events e, gone WHERE e.area = $1 AND e.scheme = $2 AND e.hospital = $3 AND e.kind = 'SETTLED') \
         SELECT day, sum(rest)::bigint AS fen FROM owed WHERE rest > 0 GROUP BY day ORDER BY day",
    )
    .bind::<Text, _>(book.area.to_string())
    .bind::<Text, _>(book.scheme.label())
    .bind::<SqlUuid, _>(column(hospital))
    .load(tx.connection())
    .await?;
    rows.into_iter().map(|row| Ok((day(row.day), money(row.fen)?))).collect()
}

/// Keeps a letter. False where the hospital got one of this book today.
pub async fn add(tx: &mut Tx, letter: &Letter, by: UserId) -> Result<bool, StoreError> {
    let added = diesel::sql_query(
        "INSERT INTO receivable_letters (id, area, scheme, hospital, amount_fen, days, amounts_fen, issued_on, answer_by, rules, issued_by, issued_at) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, app_clock()) ON CONFLICT (hospital, area, scheme, issued_on) DO NOTHING",
    )
    .bind::<SqlUuid, _>(column(letter.id))
    .bind::<Text, _>(letter.book.area.to_string())
    .bind::<Text, _>(letter.book.scheme.label())
    .bind::<SqlUuid, _>(column(letter.hospital))
    .bind::<BigInt, _>(letter.amount().fen())
    .bind::<Array<Date>, _>(letter.open.iter().map(|(day, _)| on(*day)).collect::<Vec<_>>())
    .bind::<Array<BigInt>, _>(letter.open.iter().map(|(_, amount)| amount.fen()).collect::<Vec<_>>())
    .bind::<Date, _>(on(letter.issued_on))
    .bind::<Nullable<Date>, _>(letter.answer_by.map(on))
    .bind::<Text, _>(&letter.rules)
    .bind::<SqlUuid, _>(column(by))
    .execute(tx.connection())
    .await?;
    Ok(added == 1)
}

/// A part of the letters that the wall lets through, the newest first.
pub async fn page(tx: &mut Tx, page: &Page<ReceivableLetterId>) -> Result<Part<Letter>, StoreError> {
    let rows: Vec<Row> = diesel::sql_query(
        "SELECT id, area, scheme, hospital, days, amounts_fen, issued_on, answer_by, rules FROM receivable_letters \
         WHERE ($1 IS NULL OR id < $1) ORDER BY id DESC LIMIT $2",
    )
    .bind::<Nullable<SqlUuid>, _>(page.after.map(column))
    .bind::<BigInt, _>(page.limit())
    .load(tx.connection())
    .await?;
    Ok(Part::cut(rows.into_iter().map(letter).collect::<Result<_, _>>()?, page))
}

fn letter(row: Row) -> Result<Letter, StoreError> {
    let open = row.days.into_iter().zip(row.amounts_fen).map(|(on, fen)| Ok((day(on), money(fen)?)));
    Ok(Letter {
        id: id(row.id),
        book: book(&row.area, &row.scheme)?,
        hospital: id(row.hospital),
        open: open.collect::<Result<_, StoreError>>()?,
        issued_on: day(row.issued_on),
        answer_by: row.answer_by.map(day),
        rules: row.rules,
    })
}
