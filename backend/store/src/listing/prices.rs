//! Prices of listings: applied for, in force, and over.
use diesel::pg::data_types::PgTimestamp;
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use jicai_domain::errors::{Code, Refusal};
use jicai_domain::identity::Reason;
use jicai_domain::ids::{DocumentId, ListingId, ListingPriceId};
use jicai_domain::listing::price::{ListingPrice, PriceState};
use rust_decimal::Decimal;
use uuid::Uuid;

use crate::door::Tx;
use crate::errors::StoreError;
use crate::ids::{column, id};
use crate::page::{Page, Part};
use crate::schema::listing_prices;
use crate::times::{at, timestamp};

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = listing_prices)]
struct Row {
    id: Uuid,
    listing: Uuid,
    price: Decimal,
    status: String,
    explanation: String,
    documents: Vec<Uuid>,
    verdict: String,
    proposed_by: Uuid,
    proposed_at: PgTimestamp,
    decided_by: Option<Uuid>,
    decided_at: Option<PgTimestamp>,
    decision: Option<String>,
    effective_at: Option<PgTimestamp>,
    ended_at: Option<PgTimestamp>,
}

/// Adds one. Errors: `LISTING_PRICE_STATE` where another one waits to be decided.
pub async fn add(tx: &mut Tx, price: &ListingPrice) -> Result<(), StoreError> {
    diesel::insert_into(listing_prices::table).values(row(price)).execute(tx.connection()).await?;
    Ok(())
}

/// The one that nobody has decided.
pub async fn proposed(tx: &mut Tx, listing: ListingId) -> Result<Option<ListingPrice>, StoreError> {
    with_status(tx, listing, "PROPOSED").await
}

/// The one that is in force.
pub async fn in_force(tx: &mut Tx, listing: ListingId) -> Result<Option<ListingPrice>, StoreError> {
    with_status(tx, listing, "IN_FORCE").await
}

async fn with_status(
    tx: &mut Tx,
    listing: ListingId,
    status: &str,
) -> Result<Option<ListingPrice>, StoreError> {
    let row: Option<Row> = listing_prices::table
        .filter(listing_prices::listing.eq(column(listing)))
        .filter(listing_prices::status.eq(status))
        .select(Row::as_select())
        .first(tx.connection())
        .await
        .optional()?;
    row.map(read).transpose()
}

/// A part of the prices of a listing, the newest first: all of them, or those that were or are in force.
pub async fn list(
    tx: &mut Tx,
    (listing, all): (ListingId, bool),
    page: &Page<ListingPriceId>,
) -> Result<Part<ListingPrice>, StoreError> {
    let mut query = listing_prices::table
        .filter(listing_prices::listing.eq(column(listing)))
        .select(Row::as_select())
        .into_boxed();
    if !all {
        query = query.filter(listing_prices::effective_at.is_not_null());
    }
    if let Some(after) = page.after {
        query = query.filter(listing_prices::id.lt(column(after)));
    }
    let rows: Vec<Row> =
        query.order(listing_prices::id.desc()).limit(page.limit()).load(tx.connection()).await?;
    Ok(Part::cut(rows.into_iter().map(read).collect::<Result<_, _>>()?, page))
}

/// Saves a changed one. The listing is held.
pub async fn save(tx: &mut Tx, changed: &ListingPrice) -> Result<(), StoreError> {
    let row = row(changed);
    let saved = diesel::update(listing_prices::table.find(row.id))
        .set((
            listing_prices::status.eq(row.status),
            listing_prices::verdict.eq(row.verdict),
            listing_prices::decided_by.eq(row.decided_by),
            listing_prices::decided_at.eq(row.decided_at),
            listing_prices::decision.eq(row.decision),
            listing_prices::effective_at.eq(row.effective_at),
            listing_prices::ended_at.eq(row.ended_at),
        ))
        .execute(tx.connection())
        .await?;
    if saved == 1 { Ok(()) } else { Err(Refusal::of(Code::ListingPriceState).into()) }
}

fn row(price: &ListingPrice) -> Row {
    let (effective, ended) = price.state.span();
    let decided = price.decided.as_ref();
    Row {
        id: column(price.id),
        listing: column(price.listing),
        price: price.price,
        status: price.state.label().to_owned(),
        explanation: price.explanation.as_str().to_owned(),
        documents: price.documents.iter().copied().map(column).collect(),
        verdict: price.verdict.clone(),
        proposed_by: column(price.proposed_by),
        proposed_at: at(price.proposed_at),
        decided_by: decided.map(|(by, _, _)| column(*by)),
        decided_at: decided.map(|(_, when, _)| at(*when)),
        decision: decided.and_then(|(_, _, why)| why.as_ref()).map(|why| why.as_str().to_owned()),
        effective_at: effective.map(at),
        ended_at: ended.map(at),
    }
}

fn read(row: Row) -> Result<ListingPrice, StoreError> {
    let unreadable = || StoreError::row("listing price", row.id);
    let words = |text: &str| Reason::parse(text).map_err(|_refusal| unreadable());
    let span = (row.effective_at.map(timestamp), row.ended_at.map(timestamp));
    let state = match (row.status.as_str(), span) {
        ("PROPOSED", (None, None)) => PriceState::Proposed,
        ("IN_FORCE", (Some(since), None)) => PriceState::InForce { since },
        ("ENDED", (Some(since), Some(until))) => PriceState::Ended { since, until },
        ("REJECTED", (None, None)) => PriceState::Rejected,
        ("WITHDRAWN", (None, None)) => PriceState::Withdrawn,
        _other => return Err(unreadable()),
    };
    let decision = row.decision.as_deref().map(words).transpose()?;
    let decided = row.decided_by.zip(row.decided_at);
    Ok(ListingPrice {
        id: id(row.id),
        listing: id(row.listing),
        price: row.price,
        state,
        explanation: words(&row.explanation)?,
        documents: row.documents.iter().copied().map(id::<DocumentId>).collect(),
        verdict: row.verdict,
        proposed_by: id(row.proposed_by),
        proposed_at: timestamp(row.proposed_at),
        decided: decided.map(|(by, when)| (id(by), timestamp(when), decision)),
    })
}
