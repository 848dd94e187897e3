//! What lists say of items.
use diesel::pg::data_types::{PgDate, PgTimestamp};
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use jicai_domain::catalog::item::{Flag, FlagKind};
use jicai_domain::ids::{ItemFlagId, ItemId};
use jicai_domain::time::Timestamp;
use rust_decimal::Decimal;
use uuid::Uuid;

use super::span;
use crate::door::Tx;
use crate::errors::StoreError;
use crate::ids::{column, id};
use crate::schema::item_flags;
use crate::times::{at, on};

type Columns = (Uuid, Uuid, String, (PgDate, Option<PgDate>), Option<Decimal>, String, PgTimestamp);

/// A flag with its id, and the item that it is of.
#[derive(Clone, Debug)]
pub struct Flagged {
    /// Its id.
    pub id: ItemFlagId,
    /// Of which item.
    pub item: ItemId,
    /// It.
    pub flag: Flag,
}

/// What lists say of items, as it was known at an instant, in the order of the days.
pub async fn of_items(
    tx: &mut Tx,
    items: &[ItemId],
    known_at: Timestamp,
) -> Result<Vec<Flagged>, StoreError> {
    let items: Vec<Uuid> = items.iter().copied().map(column).collect();
    let rows: Vec<Columns> = item_flags::table
        .filter(item_flags::item.eq_any(items))
        .filter(item_flags::recorded_at.le(at(known_at)))
        .filter(item_flags::superseded_at.gt(at(known_at)).or(item_flags::superseded_at.is_null()))
        .order((item_flags::item, item_flags::valid_from, item_flags::id))
        .select((
            item_flags::id,
            item_flags::item,
            item_flags::flag,
            (item_flags::valid_from, item_flags::valid_to),
            item_flags::price,
            item_flags::source,
            item_flags::recorded_at,
        ))
        .load(tx.connection())
        .await?;
    let read = |(flag_id, item, kind, (from, to), price, source, _): Columns| {
        let kind = FlagKind::from_label(&kind).ok_or_else(|| StoreError::row("flag", &kind))?;
        Ok(Flagged {
            id: id(flag_id),
            item: id(item),
            flag: Flag { kind, span: span(from, to)?, price, source },
        })
    };
    rows.into_iter().map(read).collect()
}

/// Records what lists say from now on.
pub async fn record(tx: &mut Tx, flags: &[Flagged], now: Timestamp) -> Result<(), StoreError> {
    let row = |flagged: &Flagged| {
        (
            item_flags::id.eq(column(flagged.id)),
            item_flags::item.eq(column(flagged.item)),
            item_flags::flag.eq(flagged.flag.kind.label()),
            item_flags::valid_from.eq(on(flagged.flag.span.from)),
            item_flags::valid_to.eq(flagged.flag.span.to.map(on)),
            item_flags::price.eq(flagged.flag.price),
            item_flags::source.eq(flagged.flag.source.clone()),
            item_flags::recorded_at.eq(at(now)),
        )
    };
    let rows: Vec<_> = flags.iter().map(row).collect();
    diesel::insert_into(item_flags::table).values(rows).execute(tx.connection()).await?;
    Ok(())
}

/// Supersedes what is known now.
pub async fn supersede(tx: &mut Tx, flags: &[ItemFlagId], now: Timestamp) -> Result<(), StoreError> {
    let flags: Vec<Uuid> = flags.iter().copied().map(column).collect();
    let known =
        item_flags::table.filter(item_flags::id.eq_any(flags)).filter(item_flags::superseded_at.is_null());
    diesel::update(known).set(item_flags::superseded_at.eq(at(now))).execute(tx.connection()).await?;
    Ok(())
}
