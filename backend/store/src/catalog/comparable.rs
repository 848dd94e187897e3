//! 可比组: items that are compared with one. Names are compared in one form, which indexes hold; nothing is comparable by what is missing.
use diesel::QueryableByName;
use diesel::sql_types::{BigInt, Date, Nullable, Timestamptz, Uuid as SqlUuid};
use diesel_async::RunQueryDsl;
use jicai_domain::catalog::group::Grouping;
use jicai_domain::ids::ItemId;
use jicai_domain::time::{Day, Timestamp};
use uuid::Uuid;

use crate::door::Tx;
use crate::errors::StoreError;
use crate::ids::{column, id};
use crate::page::{Page, Part};
use crate::times::{at, on};

#[derive(QueryableByName)]
struct Row {
    #[diesel(sql_type = SqlUuid)]
    item: Uuid,
}

/// What holds of a row of versions or codes on the day $2 as it was known at $3.
fn known(row: &str) -> String {
    format!(
        "{row}.valid_from <= $2 AND ({row}.valid_to IS NULL OR {row}.valid_to > $2) AND {row}.recorded_at <= $3 \
         AND ({row}.superseded_at IS NULL OR {row}.superseded_at > $3)"
    )
}

/// The versions `v` that say the same as `o` in what the comparison asks.
const GENERIC: &str =
    "plain_name(v.generic_name) = plain_name(o.generic_name) AND plain_name(v.form) = plain_name(o.form)";
const SPEC: &str = "v.normal_spec = o.normal_spec";
const HOLDER: &str = "plain_name(v.holder_name) = plain_name(o.holder_name)";

/// A part of the items that stand and are compared with one in that way, by id; none for a way that the registry does not hold what it asks.
pub async fn comparable(
    tx: &mut Tx,
    (item, grouping): (ItemId, Grouping),
    (valid_on, known_at): (Day, Timestamp),
    page: &Page<ItemId>,
) -> Result<Part<ItemId>, StoreError> {
    let same = match grouping {
        Grouping::Same4 => versions(&[GENERIC, SPEC, HOLDER]),
        Grouping::Same3 => versions(&[GENERIC, SPEC]),
        Grouping::SameHolder => versions(&[GENERIC, HOLDER]),
        Grouping::SameGeneric => versions(&[GENERIC]),
        Grouping::TherapeuticClass => codes("atc", 5),
        Grouping::ConsumableClass => codes("nhsa-consumable", 10),
        Grouping::ConsumableSystem => return Ok(Part { rows: Vec::new(), more: false }),
    };
    let stands = known("w");
    let rows: Vec<Row> = diesel::sql_query(format!(
        "SELECT DISTINCT same.item FROM ({same}) same WHERE same.item <> $1 AND ($4 IS NULL OR same.item > $4) \
         AND EXISTS (SELECT FROM item_versions w WHERE w.item = same.item AND w.status IN ('ACTIVE', 'SUSPENDED', 'DEPRECATED') AND {stands}) \
         ORDER BY same.item LIMIT $5"
    ))
    .bind::<SqlUuid, _>(column(item))
    .bind::<Date, _>(on(valid_on))
    .bind::<Timestamptz, _>(at(known_at))
    .bind::<Nullable<SqlUuid>, _>(page.after.map(column))
    .bind::<BigInt, _>(page.limit())
    .load(tx.connection())
    .await?;
    Ok(Part::cut(rows.into_iter().map(|row| id(row.item)).collect(), page))
}

fn versions(conditions: &[&str]) -> String {
    let (own, other) = (known("o"), known("v"));
    let alike = conditions.join(" AND ");
    format!(
        "SELECT v.item FROM item_versions o JOIN item_versions v ON {alike} WHERE o.item = $1 AND {own} AND {other}"
    )
}

/// Items with a code of that system that begins with the same characters.
fn codes(system: &str, characters: usize) -> String {
    let (own, other) = (known("o"), known("v"));
    format!(
        "SELECT v.item FROM item_identifiers o JOIN item_identifiers v ON left(v.value, {characters}) = left(o.value, {characters}) \
         WHERE o.item = $1 AND o.system = '{system}' AND v.system = '{system}' AND length(o.value) >= {characters} \
             AND o.status <> 'ENTERED_IN_ERROR' AND v.status <> 'ENTERED_IN_ERROR' AND {own} AND {other}"
    )
}
