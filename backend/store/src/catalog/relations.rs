//! How items are related.
use diesel::pg::data_types::PgDate;
use diesel::prelude::*;
use diesel::sql_types::{Array, Bool, Date, Text, Timestamptz, Uuid as SqlUuid};
use diesel_async::RunQueryDsl;
use jicai_domain::catalog::item::{Relation, RelationKind};
use jicai_domain::ids::{ItemId, ItemProposalId};
use jicai_domain::time::Timestamp;
use uuid::Uuid;

use crate::door::Tx;
use crate::errors::StoreError;
use crate::ids::{column, id};
use crate::schema::item_relations;
use crate::times::{at, day, on};

#[derive(QueryableByName)]
struct Row {
    #[diesel(sql_type = SqlUuid)]
    from_item: Uuid,
    #[diesel(sql_type = Text)]
    kind: String,
    #[diesel(sql_type = SqlUuid)]
    to_item: Uuid,
    #[diesel(sql_type = Date)]
    valid_from: PgDate,
}

/// Adds relations. Needs the registry to be held.
pub async fn add(
    tx: &mut Tx,
    relations: &[Relation],
    (proposal, now): (Option<ItemProposalId>, Timestamp),
) -> Result<(), StoreError> {
    let row = |relation: &Relation| {
        (
            item_relations::from_item.eq(column(relation.from)),
            item_relations::kind.eq(relation.kind.label()),
            item_relations::to_item.eq(column(relation.to)),
            item_relations::valid_from.eq(on(relation.since)),
            item_relations::recorded_at.eq(at(now)),
            item_relations::proposal.eq(proposal.map(column)),
        )
    };
    let rows: Vec<_> = relations.iter().map(row).collect();
    diesel::insert_into(item_relations::table).values(rows).execute(tx.connection()).await?;
    Ok(())
}

const ONWARDS: &str = "WITH RECURSIVE onwards AS ( \
         SELECT from_item, kind, to_item, valid_from FROM item_relations \
         WHERE from_item = ANY ($1) AND recorded_at <= $2 AND (NOT $3 OR kind IN ('REPLACED_BY', 'MERGED_INTO', 'SPLIT_INTO')) \
         UNION SELECT next.from_item, next.kind, next.to_item, next.valid_from FROM item_relations next \
         JOIN onwards ON next.from_item = onwards.to_item \
         WHERE next.recorded_at <= $2 AND (NOT $3 OR next.kind IN ('REPLACED_BY', 'MERGED_INTO', 'SPLIT_INTO'))) \
     SELECT * FROM onwards ORDER BY valid_from, from_item, to_item";

/// Everything that items lead to, over however many others, as it was known at an instant.
pub async fn onwards(
    tx: &mut Tx,
    items: &[ItemId],
    known_at: Timestamp,
) -> Result<Vec<Relation>, StoreError> {
    reached(tx, items, known_at, false).await
}

/// The same, of what stands for them.
pub async fn successions(
    tx: &mut Tx,
    items: &[ItemId],
    known_at: Timestamp,
) -> Result<Vec<Relation>, StoreError> {
    reached(tx, items, known_at, true).await
}

async fn reached(
    tx: &mut Tx,
    items: &[ItemId],
    known_at: Timestamp,
    successions: bool,
) -> Result<Vec<Relation>, StoreError> {
    let items: Vec<Uuid> = items.iter().copied().map(column).collect();
    let rows: Vec<Row> = diesel::sql_query(ONWARDS)
        .bind::<Array<SqlUuid>, _>(items)
        .bind::<Timestamptz, _>(at(known_at))
        .bind::<Bool, _>(successions)
        .load(tx.connection())
        .await?;
    rows.into_iter().map(read).collect()
}

/// The relations that items are at either end of, as they were known at an instant.
pub async fn around(tx: &mut Tx, items: &[ItemId], known_at: Timestamp) -> Result<Vec<Relation>, StoreError> {
    let items: Vec<Uuid> = items.iter().copied().map(column).collect();
    let rows: Vec<(Uuid, String, Uuid, PgDate)> = item_relations::table
        .filter(item_relations::from_item.eq_any(&items).or(item_relations::to_item.eq_any(&items)))
        .filter(item_relations::recorded_at.le(at(known_at)))
        .order((item_relations::valid_from, item_relations::from_item, item_relations::to_item))
        .select((
            item_relations::from_item,
            item_relations::kind,
            item_relations::to_item,
            item_relations::valid_from,
        ))
        .load(tx.connection())
        .await?;
    let row = |(from_item, kind, to_item, valid_from)| read(Row { from_item, kind, to_item, valid_from });
    rows.into_iter().map(row).collect()
}

fn read(row: Row) -> Result<Relation, StoreError> {
    Ok(Relation {
        from: id(row.from_item),
        kind: RelationKind::from_label(&row.kind).ok_or_else(|| StoreError::row("relation", &row.kind))?,
        to: id(row.to_item),
        since: day(row.valid_from),
    })
}
