//! What is known of items before a price of them is believed.
use std::collections::{BTreeMap, BTreeSet};

use diesel::QueryableByName;
use diesel::sql_types::{Array, Date, Numeric, Uuid as SqlUuid};
use diesel_async::RunQueryDsl;
use jicai_domain::ids::ItemId;
use jicai_domain::time::Day;
use rust_decimal::Decimal;
use uuid::Uuid;

use crate::door::Tx;
use crate::errors::StoreError;
use crate::ids::{column, id};
use crate::times::on;

/// For how long back a price says what one is now.
const DAYS: i32 = 183;

#[derive(QueryableByName)]
struct Row {
    #[diesel(sql_type = SqlUuid)]
    item: Uuid,
    #[diesel(sql_type = Numeric)]
    unit_price: Decimal,
}

/// What a smallest unit of those items cost in the half year before a day, at most 25 prices an item, the newest first.
pub async fn unit_prices(
    tx: &mut Tx,
    items: &BTreeSet<ItemId>,
    until: Day,
) -> Result<BTreeMap<ItemId, Vec<Decimal>>, StoreError> {
    let rows: Vec<Row> = diesel::sql_query(
        "SELECT i.item, last.unit_price FROM unnest($1) AS i (item) CROSS JOIN LATERAL ( \
             SELECT o.unit_price FROM price_observations o WHERE o.item = i.item AND o.observed_on > $2 AND o.observed_on <= $3 \
                 AND o.superseded_by IS NULL AND o.kind NOT IN ('DECLARED', 'FOREIGN') AND o.packs IS DISTINCT FROM 0 \
             ORDER BY o.observed_on DESC LIMIT 25) last",
    )
    .bind::<Array<SqlUuid>, _>(items.iter().copied().map(column).collect::<Vec<_>>())
    .bind::<Date, _>(on(until.plus_days(DAYS.saturating_neg())))
    .bind::<Date, _>(on(until))
    .load(tx.connection())
    .await?;
    let mut known: BTreeMap<ItemId, Vec<Decimal>> = BTreeMap::new();
    for row in rows {
        known.entry(id(row.item)).or_default().push(row.unit_price);
    }
    Ok(known)
}
