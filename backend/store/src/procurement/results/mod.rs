//! The results of rounds: what was opened, what it was decided on, and how each lot and bid came out.
mod shown;
mod whole;

use diesel::prelude::*;
use diesel::sql_types::{Array, Text, Uuid as SqlUuid};
use diesel_async::RunQueryDsl;
use jicai_domain::ids::{BidId, LotId, OrganizationId, RoundId};
use jicai_domain::procurement::decision::Period;
use jicai_domain::procurement::opening::JudgedLine;
use jicai_domain::procurement::result::{BidOutcome, LotOutcome};

use uuid::Uuid;

use crate::door::Tx;
use crate::errors::StoreError;
use crate::ids::column;
use crate::schema::{app_clock, bid_lines, bid_openings, bid_results, lot_results, round_results};

pub use shown::{
    EarlierLot, ShownBid, ShownLot, VoidBid, VoidLine, bids_of, earlier, files, find, lots, void_bids,
    void_lines,
};
pub use whole::{CountedLine, WholeLot, WholeResult, whole};

/// Rows that one statement inserts: a statement has at most 65,535 parameters.
const CHUNK: usize = 2_000;

/// A decided lot with what it was decided on.
#[derive(Clone, Debug)]
pub struct NewLot {
    /// How it came out.
    pub outcome: LotOutcome,
    /// Its part of the result as a file.
    pub json: String,
    /// Its bids.
    pub bids: Vec<BidOutcome>,
    /// The demand, as JSON.
    pub demand: String,
}

/// An opened and decided round.
#[derive(Clone, Debug)]
pub struct NewResult {
    /// The round.
    pub round: RoundId,
    /// What stands before the lots in the result as a file.
    pub head: String,
    /// What stands after them.
    pub tail: String,
    /// Its lots.
    pub lots: Vec<NewLot>,
    /// What became of each bid: why it is void as a whole.
    pub openings: Vec<(BidId, OrganizationId, Option<&'static str>)>,
    /// Every line of every opened bid.
    pub lines: Vec<JudgedLine>,
}

/// Adds the result of a round.
pub async fn add(tx: &mut Tx, result: &NewResult) -> Result<(), StoreError> {
    diesel::insert_into(round_results::table)
        .values((
            round_results::round.eq(column(result.round)),
            round_results::head.eq(&result.head),
            round_results::tail.eq(&result.tail),
            round_results::opened_at.eq(app_clock()),
            round_results::decided_at.eq(app_clock()),
        ))
        .execute(tx.connection())
        .await?;
    add_lots(tx, result).await?;
    add_openings(tx, result).await?;
    add_lines(tx, result).await?;
    for lot in &result.lots {
        add_bids(tx, &lot.bids).await?;
    }
    Ok(())
}

async fn add_lots(tx: &mut Tx, result: &NewResult) -> Result<(), StoreError> {
    let row = |lot: &NewLot| {
        let outcome = &lot.outcome;
        let (months, until) = period(outcome);
        Ok::<_, StoreError>((
            lot_results::lot.eq(column(outcome.lot)),
            lot_results::round.eq(column(result.round)),
            lot_results::place.eq(outcome.place),
            lot_results::status.eq(outcome.status.label()),
            lot_results::qualified_bidders.eq(count(outcome.qualified_bidders)?),
            lot_results::cap.eq(outcome.cap.map(count).transpose()?),
            lot_results::lowest.eq(outcome.lowest.clone()),
            lot_results::anchor.eq(outcome.anchor.clone()),
            lot_results::months.eq(months),
            lot_results::until.eq(until),
            lot_results::demand.eq(lot.demand.clone()),
            lot_results::json.eq(lot.json.clone()),
            lot_results::decided_at.eq(app_clock()),
        ))
    };
    for lots in result.lots.chunks(CHUNK) {
        let rows = lots.iter().map(row).collect::<Result<Vec<_>, _>>()?;
        diesel::insert_into(lot_results::table).values(rows).execute(tx.connection()).await?;
    }
    Ok(())
}

async fn add_openings(tx: &mut Tx, result: &NewResult) -> Result<(), StoreError> {
    for openings in result.openings.chunks(CHUNK) {
        let rows = openings.iter().map(|(bid, bidder, fault)| {
            (
                bid_openings::bid.eq(column(*bid)),
                bid_openings::round.eq(column(result.round)),
                bid_openings::bidder.eq(column(*bidder)),
                bid_openings::fault.eq(*fault),
            )
        });
        let rows: Vec<_> = rows.collect();
        diesel::insert_into(bid_openings::table).values(rows).execute(tx.connection()).await?;
    }
    Ok(())
}

async fn add_lines(tx: &mut Tx, result: &NewResult) -> Result<(), StoreError> {
    let row = |line: &JudgedLine| {
        let (counted, fault) = match &line.outcome {
            Ok(counted) => (Some(counted), None),
            Err(fault) => (None, Some(fault.code())),
        };
        let bid = counted.map(|counted| &counted.bid);
        let position =
            i32::try_from(line.position).map_err(|_large| StoreError::row("line", line.position))?;
        Ok::<_, StoreError>((
            bid_lines::bid.eq(column(line.bid)),
            bid_lines::position.eq(position),
            bid_lines::round.eq(column(result.round)),
            bid_lines::bidder.eq(column(line.bidder)),
            bid_lines::product_named.eq(line.offered.product.clone()),
            bid_lines::price.eq(line.offered.price),
            bid_lines::units.eq(count(line.offered.units)?),
            bid_lines::fault.eq(fault),
            bid_lines::lot.eq(counted.map(|counted| column(counted.lot))),
            bid_lines::product.eq(counted.map(|counted| column(counted.product))),
            bid_lines::bidder_label.eq(bid.map(|bid| bid.bidder.to_string())),
            bid_lines::group_label.eq(bid.and_then(|bid| bid.group.as_ref()).map(ToString::to_string)),
            bid_lines::product_label.eq(bid.and_then(|bid| bid.product.as_ref()).map(ToString::to_string)),
            bid_lines::content.eq(bid.and_then(|bid| bid.content)),
            bid_lines::ceiling.eq(bid.and_then(|bid| bid.ceiling)),
            bid_lines::extra.eq(bid.map(|bid| bid.extra.clone())),
        ))
    };
    for lines in result.lines.chunks(CHUNK) {
        let rows = lines.iter().map(row).collect::<Result<Vec<_>, _>>()?;
        diesel::insert_into(bid_lines::table).values(rows).execute(tx.connection()).await?;
    }
    Ok(())
}

async fn add_bids(tx: &mut Tx, bids: &[BidOutcome]) -> Result<(), StoreError> {
    let row = |bid: &BidOutcome| {
        Ok::<_, StoreError>((
            bid_results::product.eq(column(bid.product)),
            bid_results::lot.eq(column(bid.lot)),
            bid_results::bidder.eq(column(bid.bidder)),
            bid_results::place.eq(bid.place),
            bid_results::rank.eq(bid.rank.map(count).transpose()?),
            bid_results::valid.eq(bid.valid),
            bid_results::shortlisted.eq(bid.shortlisted),
            bid_results::selected.eq(bid.selected),
            bid_results::tied.eq(bid.tied),
            bid_results::unit_price.eq(bid.unit_price.clone()),
            bid_results::comparable_price.eq(bid.comparable_price.clone()),
            bid_results::final_price.eq(bid.final_price.clone()),
            bid_results::share.eq(bid.share.clone()),
            bid_results::agreed_volume.eq(bid.agreed_volume.map(count).transpose()?),
            bid_results::reasons.eq(bid.reasons.clone()),
        ))
    };
    for bids in bids.chunks(CHUNK) {
        let rows = bids.iter().map(row).collect::<Result<Vec<_>, _>>()?;
        diesel::insert_into(bid_results::table).values(rows).execute(tx.connection()).await?;
    }
    Ok(())
}

/// Why a lot was decided again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cause {
    /// Its firms chose their regions.
    Supply,
    /// An objection was upheld.
    Objection,
}

impl Cause {
    /// The stable label, in rows and on the wire.
    pub const fn label(self) -> &'static str {
        match self {
            Self::Supply => "SUPPLY",
            Self::Objection => "OBJECTION",
        }
    }
}

/// Keeps how lots stand before they are decided again, so that everybody can go on seeing it.
pub async fn remember(tx: &mut Tx, lots: &[LotId], cause: Cause) -> Result<(), StoreError> {
    let lots: Vec<Uuid> = lots.iter().copied().map(column).collect();
    diesel::sql_query(
        "INSERT INTO lot_result_editions (lot, edition, status, json, decided_at, replaced_at, cause) \
         SELECT r.lot, 1 + (SELECT count(*) FROM lot_result_editions e WHERE e.lot = r.lot), r.status, r.json, r.decided_at, app_clock(), $2 \
         FROM lot_results r WHERE r.lot = ANY($1)",
    )
    .bind::<Array<SqlUuid>, _>(lots)
    .bind::<Text, _>(cause.label())
    .execute(tx.connection())
    .await?;
    Ok(())
}

/// Puts lots that were decided again in the place of what they were.
pub async fn replace(tx: &mut Tx, round: RoundId, tail: &str, lots: &[NewLot]) -> Result<(), StoreError> {
    diesel::update(round_results::table.find(column(round)))
        .set((round_results::tail.eq(tail), round_results::decided_at.eq(app_clock())))
        .execute(tx.connection())
        .await?;
    for lot in lots {
        let outcome = &lot.outcome;
        let (months, until) = period(outcome);
        diesel::update(lot_results::table.find(column(outcome.lot)))
            .set((
                lot_results::status.eq(outcome.status.label()),
                lot_results::qualified_bidders.eq(count(outcome.qualified_bidders)?),
                lot_results::cap.eq(outcome.cap.map(count).transpose()?),
                lot_results::lowest.eq(outcome.lowest.as_deref()),
                lot_results::anchor.eq(outcome.anchor.as_deref()),
                lot_results::months.eq(months),
                lot_results::until.eq(until),
                lot_results::json.eq(&lot.json),
                lot_results::decided_at.eq(app_clock()),
            ))
            .execute(tx.connection())
            .await?;
        let before = bid_results::table.filter(bid_results::lot.eq(column(outcome.lot)));
        diesel::delete(before).execute(tx.connection()).await?;
        add_bids(tx, &lot.bids).await?;
    }
    Ok(())
}

fn period(outcome: &LotOutcome) -> (Option<i64>, Option<String>) {
    match &outcome.period {
        Some(Period::Months(months)) => (i64::try_from(*months).ok(), None),
        Some(Period::Until(day)) => (None, Some(day.clone())),
        None => (None, None),
    }
}

fn count(number: u64) -> Result<i64, StoreError> {
    i64::try_from(number).map_err(|_large| StoreError::row("count", number))
}

fn uncount(number: i64) -> Result<u64, StoreError> {
    u64::try_from(number).map_err(|_negative| StoreError::row("count", number))
}
