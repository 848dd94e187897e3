//! The ledger as it is shown and exported. Needs the wall open.
use diesel::pg::data_types::PgTimestamp;
use diesel::prelude::*;
use diesel::sql_types::{Array, BigInt, Nullable, Text, Timestamptz, Uuid as SqlUuid};
use diesel_async::RunQueryDsl;
use jicai_domain::ids::OrganizationId;
use jicai_domain::settlement::ledger::{Account, Book, Event, Posted, Side, Transfer};
use jicai_domain::settlement::money::Money;
use jicai_domain::time::Timestamp;
use uuid::Uuid;

use super::ledger::{EVENT, EventRow, account, event};
use super::{book, money};
use crate::door::Tx;
use crate::errors::StoreError;
use crate::ids::column;
use crate::page::{Page, Part};
use crate::times::timestamp;

/// A side of a transfer.
#[derive(Clone, Copy, Debug)]
pub struct Entry {
    /// The account.
    pub account: Account,
    /// Which side.
    pub side: Side,
    /// How much.
    pub amount: Money,
}

/// A posted event.
#[derive(Clone, Debug)]
pub struct ShownEvent {
    /// The event.
    pub event: Event,
    /// Which one it is, in the order of posting.
    pub position: i64,
    /// When it was posted.
    pub posted_at: Timestamp,
    /// Its entries.
    pub entries: Vec<Entry>,
}

/// What is wanted of the ledger.
#[derive(Clone, Copy, Debug, Default)]
pub struct Wanted {
    /// Of one book.
    pub book: Option<Book>,
    /// Of one hospital or supplier.
    pub party: Option<OrganizationId>,
}

/// The balance of an account.
#[derive(Clone, Copy, Debug)]
pub struct Balance {
    /// The book.
    pub book: Book,
    /// The account.
    pub account: Account,
    /// All its debits.
    pub debits: Money,
    /// All its credits.
    pub credits: Money,
    /// What it holds, on its own side.
    pub held: Money,
}

#[derive(QueryableByName)]
struct Row {
    #[diesel(embed)]
    event: EventRow,
    #[diesel(sql_type = BigInt)]
    position: i64,
    #[diesel(sql_type = Timestamptz)]
    posted_at: PgTimestamp,
}

#[derive(QueryableByName)]
struct EntryRow {
    #[diesel(sql_type = SqlUuid)]
    event: Uuid,
    #[diesel(sql_type = Text)]
    account: String,
    #[diesel(sql_type = Nullable<SqlUuid>)]
    party: Option<Uuid>,
    #[diesel(sql_type = Text)]
    side: String,
    #[diesel(sql_type = BigInt)]
    amount: i64,
}

#[derive(QueryableByName)]
struct BalanceRow {
    #[diesel(sql_type = Text)]
    area: String,
    #[diesel(sql_type = Text)]
    scheme: String,
    #[diesel(sql_type = Text)]
    account: String,
    #[diesel(sql_type = SqlUuid)]
    party: Uuid,
    #[diesel(sql_type = BigInt)]
    debits: i64,
    #[diesel(sql_type = BigInt)]
    credits: i64,
    #[diesel(sql_type = BigInt)]
    held: i64,
}

/// A part of the events, in the order of posting.
pub async fn events(tx: &mut Tx, wanted: &Wanted, page: &Page<i64>) -> Result<Part<ShownEvent>, StoreError> {
    let rows: Vec<Row> = diesel::sql_query(format!(
        "SELECT {EVENT}, e.position, e.posted_at FROM ledger_events e WHERE ($1 IS NULL OR e.area = $1) AND ($2 IS NULL OR e.scheme = $2) \
             AND ($3 IS NULL OR e.hospital = $3 OR e.supplier = $3) AND ($4 IS NULL OR e.position > $4) ORDER BY e.position LIMIT $5"
    ))
    .bind::<Nullable<Text>, _>(wanted.book.map(|book| book.area.to_string()))
    .bind::<Nullable<Text>, _>(wanted.book.map(|book| book.scheme.label()))
    .bind::<Nullable<SqlUuid>, _>(wanted.party.map(column))
    .bind::<Nullable<BigInt>, _>(page.after)
    .bind::<BigInt, _>(page.limit())
    .load(tx.connection())
    .await?;
    let ids: Vec<Uuid> = rows.iter().map(|row| row.event.id).collect();
    let entries: Vec<EntryRow> = diesel::sql_query(
        "SELECT event, account, party, side, amount FROM ledger_entries WHERE event = ANY ($1) ORDER BY event, line",
    )
    .bind::<Array<SqlUuid>, _>(ids)
    .load(tx.connection())
    .await?;
    let shown = rows.iter().map(|row| {
        let own = entries.iter().filter(|entry| entry.event == row.event.id);
        Ok(ShownEvent {
            event: event(&row.event)?,
            position: row.position,
            posted_at: timestamp(row.posted_at),
            entries: own.map(entry).collect::<Result<_, StoreError>>()?,
        })
    });
    Ok(Part::cut(shown.collect::<Result<_, StoreError>>()?, page))
}

/// The same as what the domain writes a journal of.
pub async fn postings(
    tx: &mut Tx,
    wanted: &Wanted,
    page: &Page<i64>,
) -> Result<Part<(i64, Posted)>, StoreError> {
    let part = events(tx, wanted, page).await?;
    let posted = part.rows.into_iter().map(|shown| {
        let pairs = shown.entries.chunks(2).map(|pair| match pair {
            [debit, credit] => {
                Ok(Transfer { debit: debit.account, credit: credit.account, amount: debit.amount })
            }
            _ => Err(StoreError::row("entries", shown.event.id)),
        });
        let transfers = pairs.collect::<Result<Vec<_>, _>>()?;
        Ok((shown.position, Posted { event: shown.event, transfers }))
    });
    Ok(Part { rows: posted.collect::<Result<_, StoreError>>()?, more: part.more })
}

/// The balances of accounts, by book, account and party; a party sees its own.
pub async fn balances(
    tx: &mut Tx,
    wanted: &Wanted,
    page: &Page<String>,
) -> Result<Part<Balance>, StoreError> {
    let rows: Vec<BalanceRow> = diesel::sql_query(
        "SELECT area, scheme, account, party, debits, credits, held FROM ledger_accounts \
         WHERE ($1 IS NULL OR area = $1) AND ($2 IS NULL OR scheme = $2) AND ($3 IS NULL OR party = $3) \
             AND ($4 IS NULL OR concat_ws(' ', area, scheme, account, party) > $4 COLLATE \"C\") \
         ORDER BY concat_ws(' ', area, scheme, account, party) COLLATE \"C\" LIMIT $5",
    )
    .bind::<Nullable<Text>, _>(wanted.book.map(|book| book.area.to_string()))
    .bind::<Nullable<Text>, _>(wanted.book.map(|book| book.scheme.label()))
    .bind::<Nullable<SqlUuid>, _>(wanted.party.map(column))
    .bind::<Nullable<Text>, _>(page.after.as_deref())
    .bind::<BigInt, _>(page.limit())
    .load(tx.connection())
    .await?;
    Ok(Part::cut(rows.iter().map(balance).collect::<Result<_, _>>()?, page))
}

impl Balance {
    /// What tells it from others, and where a list goes on.
    pub fn key(&self) -> String {
        let party = self.account.party().map_or(Uuid::nil(), column);
        let (area, scheme) = (self.book.area, self.book.scheme.label());
        format!("{area} {scheme} {} {party}", self.account.label())
    }
}

fn balance(row: &BalanceRow) -> Result<Balance, StoreError> {
    Ok(Balance {
        book: book(&row.area, &row.scheme)?,
        account: account(&row.account, row.party)?,
        debits: money(row.debits)?,
        credits: money(row.credits)?,
        held: money(row.held)?,
    })
}

fn entry(row: &EntryRow) -> Result<Entry, StoreError> {
    let side = if row.side == Side::Debit.label() { Side::Debit } else { Side::Credit };
    let account = account(&row.account, row.party.unwrap_or_default())?;
    Ok(Entry { account, side, amount: money(row.amount)? })
}
