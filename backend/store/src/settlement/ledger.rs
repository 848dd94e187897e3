//! The ledger: events and entries are added and never changed. Balances are kept by the database as entries come.
use diesel::pg::data_types::PgDate;
use diesel::prelude::*;
use diesel::sql_types::{Array, BigInt, Date, Nullable, SmallInt, Text, Uuid as SqlUuid};
use diesel_async::RunQueryDsl;
use jicai_domain::errors::{Code, Refusal};
use jicai_domain::identity::{RegionCode, Scope};
use jicai_domain::ids::{LedgerEventId, OrganizationId, PaymentId};
use jicai_domain::settlement::ledger::{
    Account, Act, Book, Event, Payment, PaymentState, Posted, Side, Standing, Told,
};
use jicai_domain::time::Day;
use uuid::Uuid;

use super::{book, money};
use crate::door::Tx;
use crate::errors::StoreError;
use crate::ids::{column, id};
use crate::times::{day, on};

/// A book, and until when it is closed.
#[derive(Clone, Copy, Debug)]
pub struct Closed {
    /// The book.
    pub book: Book,
    /// The last day that is closed.
    pub until: Option<Day>,
}

#[derive(QueryableByName)]
struct BookRow {
    #[diesel(sql_type = Text)]
    area: String,
    #[diesel(sql_type = Text)]
    scheme: String,
    #[diesel(sql_type = Nullable<Date>)]
    closed_until: Option<PgDate>,
}

#[derive(QueryableByName)]
struct AccountRow {
    #[diesel(sql_type = Text)]
    area: String,
    #[diesel(sql_type = Text)]
    scheme: String,
    #[diesel(sql_type = Text)]
    account: String,
    #[diesel(sql_type = SqlUuid)]
    party: Uuid,
    #[diesel(sql_type = BigInt)]
    held: i64,
}

#[derive(QueryableByName)]
pub(super) struct EventRow {
    #[diesel(sql_type = SqlUuid)]
    pub(super) id: Uuid,
    #[diesel(sql_type = Text)]
    area: String,
    #[diesel(sql_type = Text)]
    scheme: String,
    #[diesel(sql_type = Date)]
    day: PgDate,
    #[diesel(sql_type = Text)]
    kind: String,
    #[diesel(sql_type = Nullable<SqlUuid>)]
    hospital: Option<Uuid>,
    #[diesel(sql_type = Nullable<SqlUuid>)]
    supplier: Option<Uuid>,
    #[diesel(sql_type = Nullable<SqlUuid>)]
    payment: Option<Uuid>,
    #[diesel(sql_type = BigInt)]
    amount: i64,
    #[diesel(sql_type = BigInt)]
    recovered: i64,
    #[diesel(sql_type = BigInt)]
    disbursed: i64,
}

pub(super) const EVENT: &str = "e.id, e.area, e.scheme, e.day, e.kind, e.hospital, e.supplier, e.payment, e.amount, e.recovered, e.disbursed";

/// Opens a book. False where it is open already.
pub async fn open_book(tx: &mut Tx, book: Book) -> Result<bool, StoreError> {
    let opened =
        diesel::sql_query("INSERT INTO ledger_books (area, scheme) VALUES ($1, $2) ON CONFLICT DO NOTHING")
            .bind::<Text, _>(book.area.to_string())
            .bind::<Text, _>(book.scheme.label())
            .execute(tx.connection())
            .await?;
    Ok(opened == 1)
}

/// The books of the areas that the scope reaches.
pub async fn books(tx: &mut Tx, scope: &Scope) -> Result<Vec<Closed>, StoreError> {
    let rows: Vec<BookRow> =
        diesel::sql_query("SELECT area, scheme, closed_until FROM ledger_books ORDER BY area, scheme")
            .load(tx.connection())
            .await?;
    let books: Result<Vec<Closed>, StoreError> = rows.into_iter().map(closed).collect();
    Ok(books?.into_iter().filter(|closed| scope.covers(closed.book.area)).collect())
}

/// Books, held until the transaction ends, so that what is posted to them is judged one after another. Errors: `NOT_FOUND`.
pub async fn hold_books(tx: &mut Tx, books: &[Book]) -> Result<Vec<Closed>, StoreError> {
    let mut wanted = books.to_vec();
    wanted.sort_unstable();
    wanted.dedup();
    let areas: Vec<String> = wanted.iter().map(|book| book.area.to_string()).collect();
    let schemes: Vec<&str> = wanted.iter().map(|book| book.scheme.label()).collect();
    let rows: Vec<BookRow> = diesel::sql_query(
        "SELECT area, scheme, closed_until FROM ledger_books WHERE (area, scheme) IN (SELECT * FROM unnest($1, $2)) \
         ORDER BY area, scheme FOR UPDATE",
    )
    .bind::<Array<Text>, _>(areas)
    .bind::<Array<Text>, _>(schemes)
    .load(tx.connection())
    .await?;
    if rows.len() == wanted.len() {
        rows.into_iter().map(closed).collect()
    } else {
        Err(Refusal::of(Code::NotFound).at("area").into())
    }
}

/// Closes a book up to and with a day.
pub async fn close_book(tx: &mut Tx, book: Book, until: Day) -> Result<(), StoreError> {
    diesel::sql_query("UPDATE ledger_books SET closed_until = $3 WHERE area = $1 AND scheme = $2")
        .bind::<Text, _>(book.area.to_string())
        .bind::<Text, _>(book.scheme.label())
        .bind::<Date, _>(on(until))
        .execute(tx.connection())
        .await?;
    Ok(())
}

/// As much of the ledger as those events are judged by. Needs the wall open to their areas, and their books held.
pub async fn standing(tx: &mut Tx, closed: &[Closed], events: &[Event]) -> Result<Standing, StoreError> {
    let ids: Vec<Uuid> = events.iter().map(|event| column(event.id)).collect();
    let payments: Vec<Uuid> =
        events.iter().filter_map(|event| event.act.told().payment).map(column).collect();
    let rows: Vec<EventRow> = diesel::sql_query(format!(
        "SELECT {EVENT} FROM ledger_events e WHERE e.id = ANY ($1) OR e.payment = ANY ($2) ORDER BY e.position"
    ))
    .bind::<Array<SqlUuid>, _>(ids)
    .bind::<Array<SqlUuid>, _>(payments)
    .load(tx.connection())
    .await?;
    let known: Vec<Event> = rows.iter().map(event).collect::<Result<_, _>>()?;
    let payments = payments_of(&known);
    let parties = events.iter().map(|event| event.act.told());
    let parties: Vec<OrganizationId> =
        parties.flat_map(|told| told.hospital.into_iter().chain(told.supplier)).collect();
    let parties =
        parties.into_iter().chain(payments.iter().map(|(_, payment)| payment.act.0)).collect::<Vec<_>>();
    let balances = balances(tx, closed, &parties).await?;
    let closed = closed.iter().filter_map(|closed| Some((closed.book, closed.until?))).collect();
    Ok(Standing { balances, payments, events: known, closed })
}

/// Where payments stand after their events, told in the order of posting.
fn payments_of(events: &[Event]) -> Vec<(PaymentId, Payment)> {
    let mut payments = std::collections::BTreeMap::<PaymentId, Payment>::new();
    for event in events {
        let (id, state) = match event.act {
            Act::Instructed { payment, supplier, amount } => {
                let book = event.book;
                payments.insert(
                    payment,
                    Payment { book, act: (supplier, amount), state: PaymentState::Instructed },
                );
                continue;
            }
            Act::Paid { payment } => (payment, PaymentState::Paid),
            Act::Failed { payment } | Act::Returned { payment } => (payment, PaymentState::Failed),
            Act::Granted { .. }
            | Act::Prepaid { .. }
            | Act::Settled { .. }
            | Act::Claimed { .. }
            | Act::Covered { .. }
            | Act::Refunded { .. }
            | Act::PrepaymentReturned { .. }
            | Act::Retained { .. } => continue,
        };
        if let Some(payment) = payments.get_mut(&id) {
            payment.state = state;
        }
    }
    payments.into_iter().collect()
}

/// Balances of the accounts without a party, and of those parties.
async fn balances(
    tx: &mut Tx,
    closed: &[Closed],
    parties: &[OrganizationId],
) -> Result<Vec<(Book, Account, jicai_domain::settlement::money::Money)>, StoreError> {
    let areas: Vec<String> = closed.iter().map(|closed| closed.book.area.to_string()).collect();
    let schemes: Vec<&str> = closed.iter().map(|closed| closed.book.scheme.label()).collect();
    let parties: Vec<Uuid> = parties.iter().copied().map(column).chain([Uuid::nil()]).collect();
    let rows: Vec<AccountRow> = diesel::sql_query(
        "SELECT area, scheme, account, party, held FROM ledger_accounts \
         WHERE (area, scheme) IN (SELECT * FROM unnest($1, $2)) AND party = ANY ($3)",
    )
    .bind::<Array<Text>, _>(areas)
    .bind::<Array<Text>, _>(schemes)
    .bind::<Array<SqlUuid>, _>(parties)
    .load(tx.connection())
    .await?;
    rows.iter()
        .map(|row| Ok((book(&row.area, &row.scheme)?, account(&row.account, row.party)?, money(row.held)?)))
        .collect()
}

/// An account of a row; the number zero is no party.
pub(super) fn account(label: &str, party: Uuid) -> Result<Account, StoreError> {
    let party = (!party.is_nil()).then(|| id(party));
    Account::from_row(label, party).ok_or_else(|| StoreError::row("account", label))
}

/// Adds events with their entries, many in few statements. Needs the wall open to their areas. What the database refuses, the ledger would
/// have refused: the constraints stand behind it.
pub async fn append(tx: &mut Tx, postings: &[Posted]) -> Result<(), StoreError> {
    if postings.is_empty() {
        return Ok(());
    }
    append_events(tx, postings).await?;
    append_entries(tx, postings).await
}

async fn append_events(tx: &mut Tx, postings: &[Posted]) -> Result<(), StoreError> {
    let events = || postings.iter().map(|posted| &posted.event);
    let told: Vec<Told> = events().map(|event| event.act.told()).collect();
    let amount = |place: usize| -> Vec<i64> {
        told.iter().map(|told| told.amounts.get(place).map_or(0, |amount| amount.fen())).collect()
    };
    diesel::sql_query(
        "INSERT INTO ledger_events (id, area, scheme, day, kind, hospital, supplier, payment, amount, recovered, disbursed, posted_at) \
         SELECT id, area, scheme, day, kind, hospital, supplier, payment, amount, recovered, disbursed, app_clock() \
         FROM unnest($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11) WITH ORDINALITY \
             AS e (id, area, scheme, day, kind, hospital, supplier, payment, amount, recovered, disbursed, place) ORDER BY place",
    )
    .bind::<Array<SqlUuid>, _>(events().map(|event| column(event.id)).collect::<Vec<_>>())
    .bind::<Array<Text>, _>(events().map(|event| event.book.area.to_string()).collect::<Vec<_>>())
    .bind::<Array<Text>, _>(events().map(|event| event.book.scheme.label()).collect::<Vec<_>>())
    .bind::<Array<Date>, _>(events().map(|event| on(event.day)).collect::<Vec<_>>())
    .bind::<Array<Text>, _>(events().map(|event| event.act.label()).collect::<Vec<_>>())
    .bind::<Array<Nullable<SqlUuid>>, _>(told.iter().map(|told| told.hospital.map(column)).collect::<Vec<_>>())
    .bind::<Array<Nullable<SqlUuid>>, _>(told.iter().map(|told| told.supplier.map(column)).collect::<Vec<_>>())
    .bind::<Array<Nullable<SqlUuid>>, _>(told.iter().map(|told| told.payment.map(column)).collect::<Vec<_>>())
    .bind::<Array<BigInt>, _>(amount(0))
    .bind::<Array<BigInt>, _>(amount(1))
    .bind::<Array<BigInt>, _>(amount(2))
    .execute(tx.connection())
    .await?;
    Ok(())
}

/// The two sides of each transfer.
struct Entry {
    event: Uuid,
    line: i16,
    book: Book,
    account: Account,
    side: Side,
    fen: i64,
}

fn entries(posted: &Posted) -> impl Iterator<Item = Entry> {
    let sides = posted.transfers.iter().flat_map(|transfer| {
        [(transfer.debit, Side::Debit, transfer.amount), (transfer.credit, Side::Credit, transfer.amount)]
    });
    (1..).zip(sides).map(|(line, (account, side, amount))| Entry {
        event: column(posted.event.id),
        line,
        book: posted.event.book,
        account,
        side,
        fen: amount.fen(),
    })
}

async fn append_entries(tx: &mut Tx, postings: &[Posted]) -> Result<(), StoreError> {
    let entries: Vec<Entry> = postings.iter().flat_map(entries).collect();
    diesel::sql_query(
        "INSERT INTO ledger_entries (event, line, area, scheme, account, party, side, amount) \
         SELECT * FROM unnest($1, $2, $3, $4, $5, $6, $7, $8)",
    )
    .bind::<Array<SqlUuid>, _>(entries.iter().map(|entry| entry.event).collect::<Vec<_>>())
    .bind::<Array<SmallInt>, _>(entries.iter().map(|entry| entry.line).collect::<Vec<_>>())
    .bind::<Array<Text>, _>(entries.iter().map(|entry| entry.book.area.to_string()).collect::<Vec<_>>())
    .bind::<Array<Text>, _>(entries.iter().map(|entry| entry.book.scheme.label()).collect::<Vec<_>>())
    .bind::<Array<Text>, _>(entries.iter().map(|entry| entry.account.label()).collect::<Vec<_>>())
    .bind::<Array<Nullable<SqlUuid>>, _>(
        entries.iter().map(|entry| entry.account.party().map(column)).collect::<Vec<_>>(),
    )
    .bind::<Array<Text>, _>(entries.iter().map(|entry| entry.side.label()).collect::<Vec<_>>())
    .bind::<Array<BigInt>, _>(entries.iter().map(|entry| entry.fen).collect::<Vec<_>>())
    .execute(tx.connection())
    .await?;
    Ok(())
}

fn closed(row: BookRow) -> Result<Closed, StoreError> {
    Ok(Closed { book: book(&row.area, &row.scheme)?, until: row.closed_until.map(day) })
}

pub(super) fn event(row: &EventRow) -> Result<Event, StoreError> {
    let told = Told {
        hospital: row.hospital.map(id),
        supplier: row.supplier.map(id),
        payment: row.payment.map(id),
        amounts: [money(row.amount)?, money(row.recovered)?, money(row.disbursed)?],
    };
    let act = Act::of(&row.kind, told).ok_or_else(|| StoreError::row("ledger event", row.id))?;
    Ok(Event { id: id(row.id), book: book(&row.area, &row.scheme)?, day: day(row.day), act })
}

/// Whether an area is one that institutions of a region belong to: itself, or what is above it.
pub fn pools(area: RegionCode, region: RegionCode) -> bool {
    area.covers(region)
}

/// The event with that id, where it is posted. Needs the wall open.
pub async fn find(tx: &mut Tx, wanted: LedgerEventId) -> Result<Option<Event>, StoreError> {
    let row: Option<EventRow> =
        diesel::sql_query(format!("SELECT {EVENT} FROM ledger_events e WHERE e.id = $1"))
            .bind::<SqlUuid, _>(column(wanted))
            .get_result(tx.connection())
            .await
            .optional()?;
    row.as_ref().map(event).transpose()
}
