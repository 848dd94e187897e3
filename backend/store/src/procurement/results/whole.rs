//! A result whole, with everything that it was decided on.
use std::collections::BTreeMap;

use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use jicai_domain::errors::{Code, Refusal};
use jicai_domain::ids::{LotId, OrganizationId, RoundId, RoundProductId};
use jicai_domain::procurement::tables::Bid;
use rust_decimal::Decimal;
use uuid::Uuid;

use super::uncount;
use crate::door::Tx;
use crate::errors::StoreError;
use crate::ids::{column, id};
use crate::schema::{bid_lines, lot_results, round_results};

/// A result with what it was decided on.
#[derive(Clone, Debug)]
pub struct WholeResult {
    /// What stands before the lots in the result as a file.
    pub head: String,
    /// What stands after them.
    pub tail: String,
    /// Its lots, in their order.
    pub lots: Vec<WholeLot>,
}

/// A lot of it.
#[derive(Clone, Debug)]
pub struct WholeLot {
    /// The lot.
    pub lot: LotId,
    /// The demand, as JSON.
    pub demand: String,
    /// Its part of the result as a file.
    pub json: String,
    /// The lines that count.
    pub lines: Vec<CountedLine>,
}

/// A line that counts.
#[derive(Clone, Debug)]
pub struct CountedLine {
    /// The product.
    pub product: RoundProductId,
    /// Whose it is.
    pub bidder: OrganizationId,
    /// As the selection reads it.
    pub bid: Bid,
}

#[derive(Queryable, Selectable)]
#[diesel(table_name = bid_lines)]
struct Row {
    lot: Option<Uuid>,
    product: Option<Uuid>,
    bidder: Uuid,
    price: Decimal,
    units: i64,
    bidder_label: Option<String>,
    group_label: Option<String>,
    product_label: Option<String>,
    content: Option<Decimal>,
    ceiling: Option<Decimal>,
    extra: Option<Vec<Option<Decimal>>>,
    tie_order: Option<i32>,
}

/// The result of a round. Errors: `NOT_FOUND` before the opening.
pub async fn whole(tx: &mut Tx, round: RoundId) -> Result<WholeResult, StoreError> {
    let texts: Option<(String, String)> = round_results::table
        .find(column(round))
        .select((round_results::head, round_results::tail))
        .first(tx.connection())
        .await
        .optional()?;
    let (head, tail) = texts.ok_or_else(|| Refusal::of(Code::NotFound))?;
    let mut lines = lines(tx, round).await?;
    let lots: Vec<(Uuid, String, String)> = lot_results::table
        .filter(lot_results::round.eq(column(round)))
        .order(lot_results::place)
        .select((lot_results::lot, lot_results::demand, lot_results::json))
        .load(tx.connection())
        .await?;
    let lots = lots.into_iter().map(|(lot, demand, json)| WholeLot {
        lot: id(lot),
        demand,
        json,
        lines: lines.remove(&lot).unwrap_or_default(),
    });
    Ok(WholeResult { head, tail, lots: lots.collect() })
}

async fn lines(tx: &mut Tx, round: RoundId) -> Result<BTreeMap<Uuid, Vec<CountedLine>>, StoreError> {
    let rows: Vec<Row> = bid_lines::table
        .filter(bid_lines::round.eq(column(round)))
        .filter(bid_lines::fault.is_null())
        .filter(bid_lines::excluded_by.is_null())
        .order((bid_lines::bid, bid_lines::position))
        .select(Row::as_select())
        .load(tx.connection())
        .await?;
    let mut lines: BTreeMap<Uuid, Vec<CountedLine>> = BTreeMap::new();
    for (row, number) in rows.into_iter().zip(1..) {
        let lot = row.lot.ok_or_else(|| StoreError::row("line", number))?;
        lines.entry(lot).or_default().push(line(row, number)?);
    }
    Ok(lines)
}

fn line(row: Row, number: u64) -> Result<CountedLine, StoreError> {
    let unreadable = || StoreError::row("line", row.product);
    let tie_order = row.tie_order.map(i64::from).map(uncount).transpose()?;
    Ok(CountedLine {
        product: id(row.product.ok_or_else(unreadable)?),
        bidder: id(row.bidder),
        bid: Bid {
            row: number,
            bidder: row.bidder_label.ok_or_else(unreadable)?.into(),
            group: row.group_label.map(Into::into),
            product: row.product_label.map(Into::into),
            price: row.price,
            units: uncount(row.units)?,
            content: row.content,
            ceiling: row.ceiling,
            brand_volume: None,
            tie_order,
            extra: row.extra.ok_or_else(unreadable)?,
        },
    })
}
