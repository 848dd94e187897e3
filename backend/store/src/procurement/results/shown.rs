//! What is shown of a result: only rows that the viewer may see leave the database.
use diesel::pg::data_types::PgTimestamp;
use diesel::prelude::*;
use diesel::sql_types::{Array, BigInt, Bool, Integer, Nullable, Uuid as SqlUuid};
use diesel_async::RunQueryDsl;
use jicai_domain::ids::{BidId, LotId, OrganizationId, RoundId};
use jicai_domain::procurement::decision::{LotStatus, Period};
use jicai_domain::procurement::result::{BidOutcome, LotOutcome, Sight, Viewer};
use jicai_domain::time::Timestamp;
use rust_decimal::Decimal;
use uuid::Uuid;

use super::uncount;
use crate::door::Tx;
use crate::errors::StoreError;
use crate::ids::{column, id};
use crate::page::{Page, Part};
use crate::schema::{
    bid_lines, bid_openings, lot_result_editions, lot_results, organizations, round_lots, round_results,
};
use crate::times::timestamp;

/// A decided lot with its name.
#[derive(Clone, Debug)]
pub struct ShownLot {
    /// Its number in the round.
    pub number: i32,
    /// Its name.
    pub name: String,
    /// How it came out.
    pub outcome: LotOutcome,
}

/// A decided bid with its firm, product and offer.
#[derive(Clone, Debug)]
pub struct ShownBid {
    /// How it came out.
    pub outcome: BidOutcome,
    /// The firm's name.
    pub firm: String,
    /// Its credit code.
    pub credit_code: String,
    /// The product's name.
    pub product: String,
    /// The price of a pack.
    pub price: Decimal,
    /// Smallest units in a pack.
    pub units: u64,
    /// Its place in the order that settled a tie.
    pub tie_order: Option<i32>,
}

/// A bid that is void as a whole.
#[derive(Clone, Debug)]
pub struct VoidBid {
    /// The bid.
    pub bid: BidId,
    /// Whose it is.
    pub bidder: OrganizationId,
    /// The firm's name.
    pub firm: String,
    /// Its credit code.
    pub credit_code: String,
    /// Why.
    pub fault: String,
}

/// A line of a bid that is void.
#[derive(Clone, Debug)]
pub struct VoidLine {
    /// The bid.
    pub bid: BidId,
    /// Its place in the bid, from 0.
    pub position: i32,
    /// Whose it is.
    pub bidder: OrganizationId,
    /// The firm's name.
    pub firm: String,
    /// Its credit code.
    pub credit_code: String,
    /// The product that it names.
    pub product_named: String,
    /// Why.
    pub fault: String,
}

/// When a round was opened, and when it was decided last; none before that.
pub async fn find(tx: &mut Tx, round: RoundId) -> Result<Option<(Timestamp, Timestamp)>, StoreError> {
    let row: Option<(PgTimestamp, PgTimestamp)> = round_results::table
        .find(column(round))
        .select((round_results::opened_at, round_results::decided_at))
        .first(tx.connection())
        .await
        .optional()?;
    Ok(row.map(|(opened, decided)| (timestamp(opened), timestamp(decided))))
}

/// How a lot stood before it was decided again.
#[derive(Clone, Debug)]
pub struct EarlierLot {
    /// Which decision, from 1.
    pub edition: i32,
    /// Whether it was decided.
    pub status: LotStatus,
    /// Its part of the result as a file.
    pub json: String,
    /// When it was decided.
    pub decided_at: Timestamp,
    /// When it was decided again.
    pub replaced_at: Timestamp,
    /// Why.
    pub cause: String,
}

/// How lots stood before, the first decision first.
pub async fn earlier(tx: &mut Tx, lot: LotId) -> Result<Vec<EarlierLot>, StoreError> {
    let rows: Vec<(i32, String, String, PgTimestamp, PgTimestamp, String)> = lot_result_editions::table
        .filter(lot_result_editions::lot.eq(column(lot)))
        .order(lot_result_editions::edition)
        .select((
            lot_result_editions::edition,
            lot_result_editions::status,
            lot_result_editions::json,
            lot_result_editions::decided_at,
            lot_result_editions::replaced_at,
            lot_result_editions::cause,
        ))
        .load(tx.connection())
        .await?;
    let read = rows.into_iter().map(|(edition, status, json, decided, replaced, cause)| {
        let status = LotStatus::from_label(&status).ok_or_else(|| StoreError::row("lot status", &status))?;
        let (decided_at, replaced_at) = (timestamp(decided), timestamp(replaced));
        Ok(EarlierLot { edition, status, json, decided_at, replaced_at, cause })
    });
    read.collect()
}

type LotRow = (
    (Uuid, i32, String),
    (i32, String, i64, Option<i64>, Option<String>, Option<String>, Option<i64>, Option<String>),
);

/// A part of a round's lots, in their order.
pub async fn lots(tx: &mut Tx, round: RoundId, page: &Page<i32>) -> Result<Part<ShownLot>, StoreError> {
    let rows: Vec<LotRow> = lot_results::table
        .inner_join(round_lots::table.on(round_lots::id.eq(lot_results::lot)))
        .filter(lot_results::round.eq(column(round)))
        .filter(lot_results::place.gt(page.after.unwrap_or(0)))
        .order(lot_results::place)
        .limit(page.limit())
        .select((
            (lot_results::lot, round_lots::number, round_lots::name),
            (
                lot_results::place,
                lot_results::status,
                lot_results::qualified_bidders,
                lot_results::cap,
                lot_results::lowest,
                lot_results::anchor,
                lot_results::months,
                lot_results::until,
            ),
        ))
        .load(tx.connection())
        .await?;
    let read: Result<Vec<ShownLot>, StoreError> = rows.into_iter().map(lot).collect();
    Ok(Part::cut(read?, page))
}

fn lot(((key, number, name), row): LotRow) -> Result<ShownLot, StoreError> {
    let (place, status, qualified, cap, lowest, anchor, months, until) = row;
    let period = match (months, until) {
        (Some(months), None) => Some(Period::Months(uncount(months)?)),
        (None, Some(day)) => Some(Period::Until(day)),
        (None, None) => None,
        (Some(_), Some(_)) => return Err(StoreError::row("period", key)),
    };
    let outcome = LotOutcome {
        lot: id(key),
        place,
        status: LotStatus::from_label(&status).ok_or_else(|| StoreError::row("lot status", &status))?,
        qualified_bidders: uncount(qualified)?,
        cap: cap.map(uncount).transpose()?,
        lowest,
        anchor,
        period,
    };
    Ok(ShownLot { number, name, outcome })
}

/// Each lot's part of the result as a file. It tells every bid with its reasons, a megabyte where there are a thousand: it is read only
/// where somebody asks for what stands nowhere else.
pub async fn files(tx: &mut Tx, lots: &[LotId]) -> Result<Vec<(LotId, String)>, StoreError> {
    let lots: Vec<Uuid> = lots.iter().copied().map(column).collect();
    let rows: Vec<(Uuid, String)> = lot_results::table
        .filter(lot_results::lot.eq_any(lots))
        .select((lot_results::lot, lot_results::json))
        .load(tx.connection())
        .await?;
    Ok(rows.into_iter().map(|(lot, json)| (id(lot), json)).collect())
}

#[derive(QueryableByName)]
struct BidRow {
    #[diesel(sql_type = SqlUuid)]
    product: Uuid,
    #[diesel(sql_type = SqlUuid)]
    lot: Uuid,
    #[diesel(sql_type = SqlUuid)]
    bidder: Uuid,
    #[diesel(sql_type = Integer)]
    place: i32,
    #[diesel(sql_type = Nullable<BigInt>)]
    rank: Option<i64>,
    #[diesel(sql_type = Bool)]
    valid: bool,
    #[diesel(sql_type = Bool)]
    shortlisted: bool,
    #[diesel(sql_type = Bool)]
    selected: bool,
    #[diesel(sql_type = Bool)]
    tied: bool,
    #[diesel(sql_type = diesel::sql_types::Text)]
    unit_price: String,
    #[diesel(sql_type = diesel::sql_types::Text)]
    comparable_price: String,
    #[diesel(sql_type = Nullable<diesel::sql_types::Text>)]
    final_price: Option<String>,
    #[diesel(sql_type = Nullable<diesel::sql_types::Text>)]
    share: Option<String>,
    #[diesel(sql_type = Nullable<BigInt>)]
    agreed_volume: Option<i64>,
    #[diesel(sql_type = diesel::sql_types::Text)]
    reasons: String,
    #[diesel(sql_type = diesel::sql_types::Text)]
    firm: String,
    #[diesel(sql_type = diesel::sql_types::Text)]
    credit_code: String,
    #[diesel(sql_type = diesel::sql_types::Text)]
    product_label: String,
    #[diesel(sql_type = diesel::sql_types::Numeric)]
    price: Decimal,
    #[diesel(sql_type = BigInt)]
    units: i64,
    #[diesel(sql_type = Nullable<Integer>)]
    tie_order: Option<i32>,
}

/// The first bids of each lot after a place, as many as the page has and one more, that the viewer may see.
pub async fn bids_of(
    tx: &mut Tx,
    lots: &[LotId],
    page: &Page<i32>,
    viewer: &Viewer,
) -> Result<Vec<ShownBid>, StoreError> {
    let lots: Vec<Uuid> = lots.iter().copied().map(column).collect();
    let rows: Vec<BidRow> = diesel::sql_query(
        "SELECT shown.*, o.name AS firm, o.credit_code, l.product_label, l.price, l.units, l.tie_order \
         FROM unnest($1) AS wanted (lot) \
         CROSS JOIN LATERAL ( \
             SELECT * FROM bid_results r WHERE r.lot = wanted.lot AND r.place > $2 AND ($3 OR r.selected OR r.bidder = $4) \
             ORDER BY r.place LIMIT $5) AS shown \
         JOIN bid_lines l ON l.product = shown.product \
         JOIN organizations o ON o.id = shown.bidder \
         ORDER BY shown.lot, shown.place",
    )
    .bind::<Array<SqlUuid>, _>(lots)
    .bind::<Integer, _>(page.after.unwrap_or(0))
    .bind::<Bool, _>(viewer.sight == Sight::Everything)
    .bind::<Nullable<SqlUuid>, _>(viewer.own.map(column))
    .bind::<BigInt, _>(page.limit())
    .load(tx.connection())
    .await?;
    rows.into_iter().map(bid).collect()
}

fn bid(row: BidRow) -> Result<ShownBid, StoreError> {
    Ok(ShownBid {
        outcome: BidOutcome {
            lot: id(row.lot),
            product: id(row.product),
            bidder: id(row.bidder),
            place: row.place,
            rank: row.rank.map(uncount).transpose()?,
            valid: row.valid,
            shortlisted: row.shortlisted,
            selected: row.selected,
            tied: row.tied,
            unit_price: row.unit_price,
            comparable_price: row.comparable_price,
            final_price: row.final_price,
            share: row.share,
            agreed_volume: row.agreed_volume.map(uncount).transpose()?,
            reasons: row.reasons,
        },
        firm: row.firm,
        credit_code: row.credit_code,
        product: row.product_label,
        price: row.price,
        units: uncount(row.units)?,
        tie_order: row.tie_order,
    })
}

/// A part of the bids that are void as a whole, of those that the viewer may see whole.
pub async fn void_bids(
    tx: &mut Tx,
    round: RoundId,
    page: &Page<BidId>,
    viewer: &Viewer,
) -> Result<Part<VoidBid>, StoreError> {
    let mut query = bid_openings::table
        .inner_join(organizations::table.on(organizations::id.eq(bid_openings::bidder)))
        .filter(bid_openings::round.eq(column(round)))
        .select((
            bid_openings::bid,
            bid_openings::bidder,
            organizations::name,
            organizations::credit_code,
            bid_openings::fault.assume_not_null(),
        ))
        .filter(bid_openings::fault.is_not_null())
        .into_boxed();
    if viewer.sight != Sight::Everything {
        query = query.filter(bid_openings::bidder.nullable().eq(viewer.own.map(column)));
    }
    if let Some(after) = page.after {
        query = query.filter(bid_openings::bid.gt(column(after)));
    }
    let rows: Vec<(Uuid, Uuid, String, String, String)> =
        query.order(bid_openings::bid).limit(page.limit()).load(tx.connection()).await?;
    let read = rows.into_iter().map(|(bid, bidder, firm, credit_code, fault)| VoidBid {
        bid: id(bid),
        bidder: id(bidder),
        firm,
        credit_code,
        fault,
    });
    Ok(Part::cut(read.collect(), page))
}

/// A part of the void lines of bids that were opened, of those that the viewer may see whole.
pub async fn void_lines(
    tx: &mut Tx,
    round: RoundId,
    page: &Page<(BidId, i32)>,
    viewer: &Viewer,
) -> Result<Part<VoidLine>, StoreError> {
    let mut query = bid_lines::table
        .inner_join(organizations::table.on(organizations::id.eq(bid_lines::bidder)))
        .filter(bid_lines::round.eq(column(round)))
        .select((
            (bid_lines::bid, bid_lines::position, bid_lines::bidder),
            (organizations::name, organizations::credit_code),
            (bid_lines::product_named, bid_lines::fault.assume_not_null()),
        ))
        .filter(bid_lines::fault.is_not_null())
        .into_boxed();
    if viewer.sight != Sight::Everything {
        query = query.filter(bid_lines::bidder.nullable().eq(viewer.own.map(column)));
    }
    if let Some((bid, position)) = page.after {
        let later = bid_lines::bid.eq(column(bid)).and(bid_lines::position.gt(position));
        query = query.filter(bid_lines::bid.gt(column(bid)).or(later));
    }
    type Row = ((Uuid, i32, Uuid), (String, String), (String, String));
    let rows: Vec<Row> =
        query.order((bid_lines::bid, bid_lines::position)).limit(page.limit()).load(tx.connection()).await?;
    let read =
        rows.into_iter().map(|((bid, position, bidder), (firm, credit_code), (named, fault))| VoidLine {
            bid: id(bid),
            position,
            bidder: id(bidder),
            firm,
            credit_code,
            product_named: named,
            fault,
        });
    Ok(Part::cut(read.collect(), page))
}
