//! What the rows of a release are against what stands. Nothing here shows: it may be done again at any time.
use diesel::QueryableByName;
use diesel::sql_types::{BigInt, Integer, Nullable, Text, Uuid as SqlUuid};
use diesel_async::RunQueryDsl;
use jicai_domain::catalog::release::{Counts, Release};
use jicai_domain::ids::ItemId;
use uuid::Uuid;

use crate::door::Tx;
use crate::errors::StoreError;
use crate::ids::{column, id};

/// A code finds its item; what its source said of the item last is held against what it says now. Changes that a person made are kept as long as the source
/// says the same. Rows change only where the answer does. That a version is not superseded is written so that Postgres does not take the slow index which keeps
/// versions from overlapping.
const COMPARE: &str = "WITH rows AS MATERIALIZED ( \
        SELECT line, system, value, sha256, generic_name, holder_name, \
            CASE WHEN fault NOT IN ('RELEASE_CODE_CONFLICT', 'RELEASE_CODE_REUSED') THEN fault END AS fault, fault_field, fault_expected \
        FROM release_rows WHERE release = $1 AND line > $3 AND line <= $4 AND system <> ''), \
    stood AS ( \
        SELECT r.*, i.item, i.status AS tie, v.id AS standing, v.status, v.generic_name AS stood_name, v.holder_name AS stood_holder, \
            l.change AS last, l.sha256 AS last_sha256 \
        FROM rows r \
        LEFT JOIN LATERAL (SELECT item, status FROM item_identifiers \
            WHERE value = r.value AND system = r.system AND superseded_at IS NULL AND status <> 'ENTERED_IN_ERROR' \
            ORDER BY status = 'ACTIVE' DESC, valid_from DESC LIMIT 1) i ON true \
        LEFT JOIN LATERAL (SELECT id, status, generic_name, holder_name FROM item_versions \
            WHERE item = i.item AND coalesce(superseded_at > 'infinity', true) ORDER BY valid_from DESC LIMIT 1) v ON true \
        LEFT JOIN LATERAL (SELECT c.change, a.sha256 FROM item_release_changes c \
            JOIN item_releases e ON e.number = c.release AND e.source = $2 AND e.status = 'PUBLISHED' \
            JOIN item_versions a ON a.id = c.after \
            WHERE c.item = i.item ORDER BY c.release DESC LIMIT 1) l ON true), \
    said AS ( \
        SELECT *, CASE WHEN item IS NULL THEN 'ADDED' WHEN last <> 'RETIRED' AND last_sha256 = sha256 THEN 'UNCHANGED' ELSE 'CHANGED' END AS turn \
        FROM stood), \
    judged AS ( \
        SELECT *, CASE WHEN fault IS NOT NULL THEN fault \
            WHEN tie = 'RETIRED' THEN 'RELEASE_CODE_REUSED' \
            WHEN turn = 'CHANGED' AND status IN ('REPLACED', 'WITHDRAWN', 'ENTERED_IN_ERROR') THEN 'RELEASE_CODE_CONFLICT' \
            WHEN turn = 'CHANGED' AND generic_name <> stood_name AND holder_name IS DISTINCT FROM stood_holder THEN 'RELEASE_CODE_REUSED' \
            END AS verdict FROM said), \
    answer AS ( \
        SELECT line, item, standing, verdict, CASE WHEN verdict IS NULL THEN turn END AS change, \
            CASE WHEN fault IS NOT NULL THEN fault_field WHEN verdict IS NOT NULL THEN 'code' END AS field, \
            CASE WHEN fault IS NOT NULL THEN fault_expected WHEN verdict IS NOT NULL THEN concat_ws(' ', stood_name, stood_holder, status) END \
                AS expected FROM judged) \
    UPDATE release_rows r SET item = a.item, before = a.standing, change = a.change, fault = a.verdict, fault_field = a.field, \
        fault_expected = a.expected \
    FROM answer a WHERE r.release = $1 AND r.line = a.line AND (r.item, r.before, r.change, r.fault) \
        IS DISTINCT FROM (a.item, a.standing, a.change, a.verdict)";

/// An item is said once; the first line says it.
const TWICE: &str = "UPDATE release_rows r SET fault = 'RELEASE_CODE_CONFLICT', change = NULL, fault_field = 'code', fault_expected = 'line ' || o.line \
    FROM release_rows o WHERE r.release = $1 AND r.line > $2 AND r.line <= $3 AND r.fault IS NULL AND r.item IS NOT NULL \
        AND o.release = $1 AND o.item = r.item AND o.line < r.line AND o.fault IS NULL";

/// Compares the rows of those lines with what stands.
pub async fn compare_rows(tx: &mut Tx, release: &Release, to: i32) -> Result<(), StoreError> {
    diesel::sql_query(COMPARE)
        .bind::<Integer, _>(release.number)
        .bind::<Text, _>(&release.head.source)
        .bind::<Integer, _>(release.reached)
        .bind::<Integer, _>(to)
        .execute(tx.connection())
        .await?;
    diesel::sql_query(TWICE)
        .bind::<Integer, _>(release.number)
        .bind::<Integer, _>(release.reached)
        .bind::<Integer, _>(to)
        .execute(tx.connection())
        .await?;
    Ok(())
}

/// Items that the releases of the source have and this one has not. One whose code stands in a row that waits for somebody goes on.
/// Parameters: 1 release, 2 source, 3 and 4 the items between which to look.
pub(super) const GONE: &str = "listed AS ( \
        SELECT DISTINCT ON (c.item) c.item, c.change FROM item_release_changes c \
        JOIN item_releases e ON e.number = c.release AND e.source = $2 AND e.status = 'PUBLISHED' \
        WHERE ($3 IS NULL OR c.item > $3) AND ($4 IS NULL OR c.item <= $4) ORDER BY c.item, c.release DESC), \
    gone AS MATERIALIZED ( \
        SELECT l.item, v.id AS before FROM listed l JOIN LATERAL (SELECT id, status FROM item_versions \
            WHERE item = l.item AND coalesce(superseded_at > 'infinity', true) ORDER BY valid_from DESC LIMIT 1) v ON true \
        WHERE l.change <> 'RETIRED' AND v.status IN ('ACTIVE', 'SUSPENDED') \
            AND NOT EXISTS (SELECT FROM release_rows r WHERE r.release = $1 AND r.item = l.item))";

#[derive(QueryableByName)]
struct Bound {
    #[diesel(sql_type = Nullable<SqlUuid>)]
    id: Option<Uuid>,
}

/// The last item of a part of at most so many after that one; none where there are no more.
pub(super) async fn bound(
    tx: &mut Tx,
    after: Option<ItemId>,
    most: i64,
) -> Result<Option<ItemId>, StoreError> {
    let bound: Bound = diesel::sql_query(
        "SELECT (SELECT id FROM (SELECT id FROM items WHERE $1 IS NULL OR id > $1 ORDER BY id LIMIT $2) part ORDER BY id DESC LIMIT 1) AS id",
    )
    .bind::<Nullable<SqlUuid>, _>(after.map(column))
    .bind::<BigInt, _>(most)
    .get_result(tx.connection())
    .await?;
    Ok(bound.id.map(id))
}

/// Notes the items that a part of the registry would lose; the item up to which it looked, none where it was through.
pub async fn compare_gone(tx: &mut Tx, release: &Release, most: i64) -> Result<Option<ItemId>, StoreError> {
    let Some(to) = bound(tx, release.reached_item, most).await? else { return Ok(None) };
    diesel::sql_query(format!(
        "WITH {GONE} INSERT INTO release_retired (release, item, before) SELECT $1, item, before FROM gone ON CONFLICT DO NOTHING"
    ))
    .bind::<Integer, _>(release.number)
    .bind::<Text, _>(&release.head.source)
    .bind::<Nullable<SqlUuid>, _>(release.reached_item.map(column))
    .bind::<Nullable<SqlUuid>, _>(Some(column(to)))
    .execute(tx.connection())
    .await?;
    Ok(Some(to))
}

#[derive(QueryableByName)]
struct CountRow {
    #[diesel(sql_type = BigInt)]
    read: i64,
    #[diesel(sql_type = BigInt)]
    added: i64,
    #[diesel(sql_type = BigInt)]
    changed: i64,
    #[diesel(sql_type = BigInt)]
    unchanged: i64,
    #[diesel(sql_type = BigInt)]
    retired: i64,
    #[diesel(sql_type = BigInt)]
    quarantined: i64,
}

/// What a release that was compared comes to.
pub async fn count(tx: &mut Tx, release: i32) -> Result<Counts, StoreError> {
    tally(tx, release, (0, i32::MAX)).await
}

/// What the rows after one line up to another come to, beside all that the release retires.
pub(super) async fn tally(tx: &mut Tx, release: i32, lines: (i32, i32)) -> Result<Counts, StoreError> {
    let row: CountRow = diesel::sql_query(
        "SELECT count(*) AS read, count(*) FILTER (WHERE fault IS NULL AND change = 'ADDED') AS added, \
             count(*) FILTER (WHERE fault IS NULL AND change = 'CHANGED') AS changed, \
             count(*) FILTER (WHERE fault IS NULL AND change = 'UNCHANGED') AS unchanged, \
             count(*) FILTER (WHERE fault IS NOT NULL) AS quarantined, \
             (SELECT count(*) FROM release_retired WHERE release = $1) AS retired \
         FROM release_rows WHERE release = $1 AND line > $2 AND line <= $3",
    )
    .bind::<Integer, _>(release)
    .bind::<Integer, _>(lines.0)
    .bind::<Integer, _>(lines.1)
    .get_result(tx.connection())
    .await?;
    let CountRow { read, added, changed, unchanged, retired, quarantined } = row;
    Ok(Counts { read, added, changed, unchanged, retired, quarantined })
}
