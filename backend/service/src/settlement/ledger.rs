//! Posting to the ledger, and its books.
use jicai_domain::audit::{Act, IdempotencyKey};
use jicai_domain::errors::{Code, Refusal};
use jicai_domain::identity::{Caller, Permission, Scope, Version};
use jicai_domain::ids::{LedgerEventId, OrganizationId};
use jicai_domain::settlement::ledger::{Book, Event, Ledger, Outcome, Posted};
use jicai_domain::time::Day;
use jicai_store::Tx;
use jicai_store::audit::record;
use jicai_store::settlement::ledger as rows;

use crate::app::App;
use crate::audit::{Changed, actor, keyed, once};
use crate::errors::Error;

/// Posts events, all or none: the ledger judges them as it stands, with their books held. Needs the wall open to their areas. Errors: as those
/// of the ledger.
pub(crate) async fn post(tx: &mut Tx, events: &[Event]) -> Result<(), Error> {
    let books: Vec<Book> = events.iter().map(|event| event.book).collect();
    let held = rows::hold_books(tx, &books).await?;
    let mut ledger = Ledger::standing(rows::standing(tx, &held, events).await?);
    let mut postings = Vec::with_capacity(events.len());
    for event in events {
        if let Outcome::Posted(transfers) = ledger.post(event)? {
            postings.push(Posted { event: event.clone(), transfers });
        }
    }
    Ok(rows::append(tx, &postings).await?)
}

/// The book, where the caller keeps it. Errors: `NOT_FOUND`.
pub(super) fn within(scope: &Scope, book: Book) -> Result<(), Refusal> {
    if scope.covers(book.area) { Ok(()) } else { Err(Refusal::of(Code::NotFound).at("area")) }
}

/// What a book is called in the log, and how its changes are answered: by the organization that keeps it.
fn named(book: Book) -> String {
    book.to_string()
}

/// Opens the book of a pooling area and scheme; one that is open stays as it is. Errors: `FORBIDDEN`, `NOT_FOUND`, `REGION_UNKNOWN`.
pub async fn open_ledger_book(
    app: &App,
    caller: &Caller,
    book: Book,
    key: &IdempotencyKey,
) -> Result<OrganizationId, Error> {
    let scope = caller.require(Permission::KeepLedger)?;
    caller.user()?;
    within(&scope, book)?;
    let said = named(book);
    let keyed = keyed(app, Some(caller), key, "open_ledger_book", &[&said]);
    once(app, &keyed, async |tx| {
        let new = rows::open_book(tx, book).await?;
        let act = Act::new("LedgerBookOpened", &said).with("new", new);
        Ok(record(tx, actor(caller), act, caller.organization).await?)
    })
    .await
}

/// Closes a book up to and with the last day of a month, which is over. Nothing is posted into it any more. Errors: `FORBIDDEN`, `NOT_FOUND`,
/// `MONTH_CLOSED`, `DATE_INVALID` for a month that has not ended.
pub async fn close_ledger_month(
    app: &App,
    caller: &Caller,
    (book, month): (Book, Day),
    key: &IdempotencyKey,
) -> Result<OrganizationId, Error> {
    let scope = caller.require(Permission::KeepLedger)?;
    caller.user()?;
    within(&scope, book)?;
    let last = month.last_of_months(1).ok_or_else(|| Refusal::of(Code::DateInvalid).at("month"))?;
    let said = [named(book), last.to_string()];
    let keyed = keyed(app, Some(caller), key, "close_ledger_month", &said.each_ref().map(String::as_str));
    once(app, &keyed, async |tx| {
        let today = tx.now().await?.day_in_china();
        if last >= today {
            return Err(Refusal::of(Code::DateInvalid).at("month").allowing(format!("< {today}")).into());
        }
        let held = rows::hold_books(tx, &[book]).await?;
        let closed = held.iter().filter_map(|closed| closed.until).max();
        if closed.is_some_and(|closed| last <= closed) {
            return Err(Refusal::of(Code::MonthClosed).at("month").into());
        }
        rows::close_book(tx, book, last).await?;
        let act = Act::new("LedgerMonthClosed", named(book)).with("until", last);
        Ok(record(tx, actor(caller), act, caller.organization).await?)
    })
    .await
}

/// The answer to what was done to an event.
pub(super) fn changed(id: LedgerEventId, version: i32) -> Changed<LedgerEventId> {
    Changed { id, version: Version::new(version) }
}
