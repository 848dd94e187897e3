//! Labels of listings, and what stops their orders.
use diesel::pg::data_types::PgTimestamp;
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use jicai_domain::errors::{Code, Refusal};
use jicai_domain::identity::Reason;
use jicai_domain::ids::{Id, ListingId, ListingMarkId};
use jicai_domain::listing::mark::{ListingMark, Mark, MarkKind, MarkSource};
use uuid::Uuid;

use crate::door::Tx;
use crate::errors::StoreError;
use crate::ids::{column, id};
use crate::page::{Page, Part};
use crate::schema::listing_marks;
use crate::times::{at, timestamp};

/// A row of marks, or of blocks.
#[derive(Queryable)]
pub(crate) struct Row {
    id: Uuid,
    of: Uuid,
    kind: String,
    source: String,
    reason: String,
    set_by: Uuid,
    set_at: PgTimestamp,
    lifted_by: Option<Uuid>,
    lifted_at: Option<PgTimestamp>,
    lift_reason: Option<String>,
}

type Columns = (
    listing_marks::id,
    listing_marks::listing,
    listing_marks::kind,
    listing_marks::source,
    listing_marks::reason,
    listing_marks::set_by,
    listing_marks::set_at,
    listing_marks::lifted_by,
    listing_marks::lifted_at,
    listing_marks::lift_reason,
);

const COLUMNS: Columns = (
    listing_marks::id,
    listing_marks::listing,
    listing_marks::kind,
    listing_marks::source,
    listing_marks::reason,
    listing_marks::set_by,
    listing_marks::set_at,
    listing_marks::lifted_by,
    listing_marks::lifted_at,
    listing_marks::lift_reason,
);

/// The marks of listings that nobody has lifted.
pub async fn open(tx: &mut Tx, wanted: &[ListingId]) -> Result<Vec<ListingMark>, StoreError> {
    let wanted: Vec<Uuid> = wanted.iter().copied().map(column).collect();
    let rows: Vec<Row> = listing_marks::table
        .filter(listing_marks::listing.eq_any(wanted))
        .filter(listing_marks::lifted_at.is_null())
        .order(listing_marks::id)
        .select(COLUMNS)
        .load(tx.connection())
        .await?;
    rows.into_iter().map(read).collect()
}

/// A part of all marks that a listing ever had, the newest first.
pub async fn history(
    tx: &mut Tx,
    listing: ListingId,
    page: &Page<ListingMarkId>,
) -> Result<Part<ListingMark>, StoreError> {
    let mut query =
        listing_marks::table.filter(listing_marks::listing.eq(column(listing))).select(COLUMNS).into_boxed();
    if let Some(after) = page.after {
        query = query.filter(listing_marks::id.lt(column(after)));
    }
    let rows: Vec<Row> =
        query.order(listing_marks::id.desc()).limit(page.limit()).load(tx.connection()).await?;
    Ok(Part::cut(rows.into_iter().map(read).collect::<Result<_, _>>()?, page))
}

/// Sets one. Errors: `LISTING_MARK_STATE` where the listing has one of its kind.
pub async fn add(tx: &mut Tx, mark: &ListingMark) -> Result<(), StoreError> {
    diesel::insert_into(listing_marks::table)
        .values((
            listing_marks::id.eq(column(mark.id)),
            listing_marks::listing.eq(column(mark.of)),
            listing_marks::kind.eq(mark.kind.label()),
            listing_marks::source.eq(mark.source.label()),
            listing_marks::reason.eq(mark.reason.as_str()),
            listing_marks::set_by.eq(column(mark.set_by)),
            listing_marks::set_at.eq(at(mark.set_at)),
        ))
        .execute(tx.connection())
        .await?;
    Ok(())
}

/// Lifts one. Errors: `LISTING_MARK_STATE` where somebody has.
pub async fn lift(tx: &mut Tx, mark: &ListingMark) -> Result<(), StoreError> {
    let Some((by, when, why)) = &mark.lifted else { return Ok(()) };
    let open = listing_marks::table.find(column(mark.id)).filter(listing_marks::lifted_at.is_null());
    let lifted = diesel::update(open)
        .set((
            listing_marks::lifted_by.eq(column(*by)),
            listing_marks::lifted_at.eq(at(*when)),
            listing_marks::lift_reason.eq(why.as_str()),
        ))
        .execute(tx.connection())
        .await?;
    if lifted == 1 { Ok(()) } else { Err(Refusal::of(Code::ListingMarkState).into()) }
}

/// What a row of either says.
pub(crate) fn read<I: Id, O: Id>(row: Row) -> Result<Mark<I, O>, StoreError> {
    let unreadable = || StoreError::row("mark", row.id);
    let words = |text: &str| Reason::parse(text).map_err(|_refusal| unreadable());
    let lifted = match (row.lifted_by, row.lifted_at, row.lift_reason.as_deref()) {
        (Some(by), Some(when), Some(why)) => Some((id(by), timestamp(when), words(why)?)),
        _open => None,
    };
    Ok(Mark {
        id: id(row.id),
        of: id(row.of),
        kind: MarkKind::from_label(&row.kind).ok_or_else(unreadable)?,
        source: MarkSource::from_label(&row.source).ok_or_else(unreadable)?,
        reason: words(&row.reason)?,
        set_by: id(row.set_by),
        set_at: timestamp(row.set_at),
        lifted,
    })
}
