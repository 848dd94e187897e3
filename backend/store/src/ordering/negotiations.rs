//! 议价: prices that institutions and firms agree on.
use diesel::pg::data_types::PgTimestamp;
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use jicai_domain::errors::{Code, Refusal};
use jicai_domain::identity::{Reason, Version};
use jicai_domain::ids::{ListingId, NegotiatedPriceId, OrganizationId};
use jicai_domain::ordering::negotiation::{NegotiatedPrice, NegotiationStatus};
use rust_decimal::Decimal;
use uuid::Uuid;

use crate::door::Tx;
use crate::errors::StoreError;
use crate::ids::{column, id};
use crate::page::{Page, Part};
use crate::schema::{app_clock, negotiated_prices};
use crate::times::{at, timestamp};

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = negotiated_prices)]
struct Row {
    id: Uuid,
    listing: Uuid,
    hospital: Uuid,
    manufacturer: Uuid,
    price: Decimal,
    listed: Decimal,
    explanation: String,
    status: String,
    reason: Option<String>,
    proposed_by: Uuid,
    proposed_at: PgTimestamp,
    answered_by: Option<Uuid>,
    answered_at: Option<PgTimestamp>,
    version: i32,
}

/// Adds one. Errors: `NEGOTIATION_STATE` where the institution waits for the answer to another.
pub async fn add(tx: &mut Tx, price: &NegotiatedPrice) -> Result<(), StoreError> {
    diesel::insert_into(negotiated_prices::table)
        .values((row(price), negotiated_prices::status_since.eq(at(price.proposed_at))))
        .execute(tx.connection())
        .await?;
    Ok(())
}

/// One of a side's, held until the transaction ends. Errors: `NOT_FOUND`.
pub async fn lock(
    tx: &mut Tx,
    own: OrganizationId,
    wanted: NegotiatedPriceId,
) -> Result<NegotiatedPrice, StoreError> {
    let side =
        negotiated_prices::hospital.eq(column(own)).or(negotiated_prices::manufacturer.eq(column(own)));
    let row: Option<Row> = negotiated_prices::table
        .find(column(wanted))
        .filter(side)
        .select(Row::as_select())
        .for_update()
        .first(tx.connection())
        .await
        .optional()?;
    read(row.ok_or(Refusal::of(Code::NotFound))?)
}

/// The one that an institution agreed on for a listing, held until the transaction ends.
pub async fn agreed(
    tx: &mut Tx,
    (listing, hospital): (ListingId, OrganizationId),
) -> Result<Option<NegotiatedPrice>, StoreError> {
    let row: Option<Row> = negotiated_prices::table
        .filter(negotiated_prices::listing.eq(column(listing)))
        .filter(negotiated_prices::hospital.eq(column(hospital)))
        .filter(negotiated_prices::status.eq(NegotiationStatus::Agreed.label()))
        .select(Row::as_select())
        .for_update()
        .first(tx.connection())
        .await
        .optional()?;
    row.map(read).transpose()
}

/// Those of the institutions, which nobody ends before a transaction is over.
pub async fn held(
    tx: &mut Tx,
    hospitals: &[OrganizationId],
    wanted: &[NegotiatedPriceId],
) -> Result<Vec<NegotiatedPrice>, StoreError> {
    let named = negotiated_prices::table
        .filter(negotiated_prices::id.eq_any(wanted.iter().copied().map(column).collect::<Vec<_>>()))
        .filter(negotiated_prices::hospital.eq_any(hospitals.iter().copied().map(column).collect::<Vec<_>>()))
        .order(negotiated_prices::id)
        .select(Row::as_select());
    let rows: Vec<Row> = if tx.holds() {
        named.for_share().load(tx.connection()).await?
    } else {
        named.load(tx.connection()).await?
    };
    rows.into_iter().map(read).collect()
}

/// Saves a changed one, which is held. Errors: `STALE_VERSION`.
pub async fn save(tx: &mut Tx, changed: &NegotiatedPrice, expected: Version) -> Result<(), StoreError> {
    let row = row(changed);
    let saved = diesel::update(negotiated_prices::table.find(row.id))
        .filter(negotiated_prices::version.eq(expected.number()))
        .set((
            negotiated_prices::status.eq(row.status),
            negotiated_prices::reason.eq(row.reason),
            negotiated_prices::answered_by.eq(row.answered_by),
            negotiated_prices::answered_at.eq(row.answered_at),
            negotiated_prices::status_since.eq(app_clock()),
            negotiated_prices::version.eq(row.version),
        ))
        .execute(tx.connection())
        .await?;
    if saved == 1 { Ok(()) } else { Err(Refusal::of(Code::StaleVersion).at("version").into()) }
}

/// Those of a side, the newest first.
pub async fn list(
    tx: &mut Tx,
    own: OrganizationId,
    status: Option<NegotiationStatus>,
    page: &Page<NegotiatedPriceId>,
) -> Result<Part<NegotiatedPrice>, StoreError> {
    let side =
        negotiated_prices::hospital.eq(column(own)).or(negotiated_prices::manufacturer.eq(column(own)));
    let mut query = negotiated_prices::table.filter(side).select(Row::as_select()).into_boxed();
    if let Some(status) = status {
        query = query.filter(negotiated_prices::status.eq(status.label()));
    }
    if let Some(after) = page.after {
        query = query.filter(negotiated_prices::id.lt(column(after)));
    }
    let rows: Vec<Row> =
        query.order(negotiated_prices::id.desc()).limit(page.limit()).load(tx.connection()).await?;
    Ok(Part::cut(rows.into_iter().map(read).collect::<Result<_, _>>()?, page))
}

fn row(price: &NegotiatedPrice) -> Row {
    Row {
        id: column(price.id),
        listing: column(price.listing),
        hospital: column(price.hospital),
        manufacturer: column(price.manufacturer),
        price: price.price,
        listed: price.listed,
        explanation: price.explanation.as_str().to_owned(),
        status: price.status.label().to_owned(),
        reason: price.reason.as_ref().map(|reason| reason.as_str().to_owned()),
        proposed_by: column(price.proposed_by),
        proposed_at: at(price.proposed_at),
        answered_by: price.answered.map(|(by, _)| column(by)),
        answered_at: price.answered.map(|(_, when)| at(when)),
        version: price.version.number(),
    }
}

fn read(row: Row) -> Result<NegotiatedPrice, StoreError> {
    let unreadable = || StoreError::row("negotiated price", row.id);
    let words = |text: &str| Reason::parse(text).map_err(|_refusal| unreadable());
    Ok(NegotiatedPrice {
        id: id(row.id),
        listing: id(row.listing),
        hospital: id(row.hospital),
        manufacturer: id(row.manufacturer),
        price: row.price,
        listed: row.listed,
        explanation: words(&row.explanation)?,
        status: NegotiationStatus::from_label(&row.status).ok_or_else(unreadable)?,
        reason: row.reason.as_deref().map(words).transpose()?,
        proposed_by: id(row.proposed_by),
        proposed_at: timestamp(row.proposed_at),
        answered: row.answered_by.map(id).zip(row.answered_at.map(timestamp)),
        version: Version::new(row.version),
    })
}
