//! What a pooling area has chosen within its rules, and statements whose hospitals are silent. Needs the wall open.
use diesel::prelude::*;
use diesel::sql_types::{Array, BigInt, Bool, Date, Integer, Text, Uuid as SqlUuid};
use diesel_async::RunQueryDsl;
use jicai_domain::identity::RegionCode;
use jicai_domain::ids::{StatementId, UserId};
use jicai_domain::settlement::ledger::Book;
use jicai_domain::time::Day;
use uuid::Uuid;

use super::bank::Payee;
use crate::door::Tx;
use crate::errors::StoreError;
use crate::ids::{column, id};
use crate::times::on;

#[derive(QueryableByName)]
struct VersionRow {
    #[diesel(sql_type = Integer)]
    version: i32,
}

#[derive(QueryableByName)]
struct Found {
    #[diesel(sql_type = SqlUuid)]
    id: Uuid,
}

#[derive(QueryableByName)]
struct AccountRow {
    #[diesel(sql_type = Text)]
    holder: String,
    #[diesel(sql_type = Text)]
    bank_code: String,
    #[diesel(sql_type = Text)]
    account: String,
}

/// Says whether silence confirms in an area; the version after that.
pub async fn set_silence(
    tx: &mut Tx,
    area: RegionCode,
    confirms_itself: bool,
    by: UserId,
) -> Result<i32, StoreError> {
    let row: VersionRow = diesel::sql_query(
        "INSERT INTO settlement_terms AS t (area, confirms_itself, set_by, set_at, version) VALUES ($1, $2, $3, app_clock(), 1) \
         ON CONFLICT (area) DO UPDATE SET confirms_itself = excluded.confirms_itself, set_by = excluded.set_by, set_at = app_clock(), \
             version = t.version + 1 RETURNING version",
    )
    .bind::<Text, _>(area.to_string())
    .bind::<Bool, _>(confirms_itself)
    .bind::<SqlUuid, _>(column(by))
    .get_result(tx.connection())
    .await?;
    Ok(row.version)
}

/// Names the account that a book pays from; the version after that. Errors: `NOT_FOUND` without such a book.
pub async fn set_paying_account(
    tx: &mut Tx,
    book: Book,
    account: &Payee,
    by: UserId,
) -> Result<i32, StoreError> {
    let row: VersionRow = diesel::sql_query(
        "INSERT INTO paying_accounts AS p (area, scheme, holder, bank_code, account, set_by, set_at, version) \
         VALUES ($1, $2, $3, $4, $5, $6, app_clock(), 1) ON CONFLICT (area, scheme) DO UPDATE SET holder = excluded.holder, \
             bank_code = excluded.bank_code, account = excluded.account, set_by = excluded.set_by, set_at = app_clock(), version = p.version + 1 \
         RETURNING version",
    )
    .bind::<Text, _>(book.area.to_string())
    .bind::<Text, _>(book.scheme.label())
    .bind::<Text, _>(&account.holder)
    .bind::<Text, _>(&account.bank_code)
    .bind::<Text, _>(&account.account)
    .bind::<SqlUuid, _>(column(by))
    .get_result(tx.connection())
    .await?;
    Ok(row.version)
}

/// The account that a book pays from, where it has one.
pub async fn paying_account(tx: &mut Tx, book: Book) -> Result<Option<Payee>, StoreError> {
    let row: Option<AccountRow> = diesel::sql_query(
        "SELECT holder, bank_code, account FROM paying_accounts WHERE area = $1 AND scheme = $2",
    )
    .bind::<Text, _>(book.area.to_string())
    .bind::<Text, _>(book.scheme.label())
    .get_result(tx.connection())
    .await
    .optional()?;
    Ok(row.map(|row| Payee { holder: row.holder, bank_code: row.bank_code, account: row.account }))
}

/// Where silence confirms: in areas of those codes by their rules, and where the area has said so.
const SILENT: &str = "s.status = 'APPLIED' AND coalesce((SELECT t.confirms_itself FROM settlement_terms t WHERE t.area = s.area), s.area ~ ANY ($1))";

/// Statements that silence will confirm by a day and whose hospitals were not told, at most so many.
pub async fn to_tell(
    tx: &mut Tx,
    by_rules: &[String],
    until: Day,
    most: i64,
) -> Result<Vec<StatementId>, StoreError> {
    let rows: Vec<Found> = diesel::sql_query(format!(
        "SELECT s.id FROM statements s WHERE {SILENT} AND s.reminded_on IS NULL AND s.confirm_by <= $2 ORDER BY s.confirm_by, s.id LIMIT $3"
    ))
    .bind::<Array<Text>, _>(by_rules.to_vec())
    .bind::<Date, _>(on(until))
    .bind::<BigInt, _>(most)
    .load(tx.connection())
    .await?;
    Ok(rows.into_iter().map(|row| id(row.id)).collect())
}

/// Statements that silence confirms now: their time is over, and their hospitals were told by a day; at most so many.
pub async fn to_confirm(
    tx: &mut Tx,
    by_rules: &[String],
    (today, told_by): (Day, Day),
    most: i64,
) -> Result<Vec<StatementId>, StoreError> {
    let rows: Vec<Found> = diesel::sql_query(format!(
        "SELECT s.id FROM statements s WHERE {SILENT} AND s.reminded_on <= $3 AND s.confirm_by < $2 ORDER BY s.confirm_by, s.id LIMIT $4"
    ))
    .bind::<Array<Text>, _>(by_rules.to_vec())
    .bind::<Date, _>(on(today))
    .bind::<Date, _>(on(told_by))
    .bind::<BigInt, _>(most)
    .load(tx.connection())
    .await?;
    Ok(rows.into_iter().map(|row| id(row.id)).collect())
}

/// Keeps that a hospital was told. False where it was already, or has answered.
pub async fn tell(tx: &mut Tx, statement: StatementId, today: Day) -> Result<bool, StoreError> {
    let told = diesel::sql_query(
        "UPDATE statements SET reminded_on = $2 WHERE id = $1 AND reminded_on IS NULL AND status = 'APPLIED'",
    )
    .bind::<SqlUuid, _>(column(statement))
    .bind::<Date, _>(on(today))
    .execute(tx.connection())
    .await?;
    Ok(told == 1)
}

/// Marks a statement as confirmed by silence.
pub async fn mark_silent(tx: &mut Tx, statement: StatementId) -> Result<(), StoreError> {
    diesel::sql_query("UPDATE statements SET confirmed_itself = true WHERE id = $1")
        .bind::<SqlUuid, _>(column(statement))
        .execute(tx.connection())
        .await?;
    Ok(())
}
