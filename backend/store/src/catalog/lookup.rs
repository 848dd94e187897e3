//! What codes and names name on a day, as it is known now: a statement a question.
use diesel::QueryableByName;
use diesel::pg::data_types::PgDate;
use diesel::sql_types::{Array, BigInt, Date, Integer, Nullable, Text, Uuid as SqlUuid};
use diesel_async::RunQueryDsl;
use jicai_domain::ids::ItemId;
use jicai_domain::time::Day;
use uuid::Uuid;

use crate::door::Tx;
use crate::errors::StoreError;
use crate::ids::{column, id};
use crate::times::{day, on};

/// An item as it stands on a day.
#[derive(Clone, Debug)]
pub struct FoundItem {
    /// The item.
    pub item: ItemId,
    /// What kind of item: a label of the registry.
    pub kind: String,
    /// How it stands: a label of the registry.
    pub status: String,
    /// 通用名.
    pub generic_name: String,
    /// 商品名.
    pub trade_name: Option<String>,
    /// 剂型.
    pub form: Option<String>,
    /// 规格 as declared.
    pub declared_spec: Option<String>,
    /// 上市许可持有人.
    pub holder_name: Option<String>,
    /// Smallest units in a pack.
    pub units_per_pack: Option<i32>,
    /// 最小制剂单位.
    pub smallest_unit: Option<String>,
    /// 最小包装单位.
    pub smallest_pack_unit: Option<String>,
    /// 包装材质.
    pub material: Option<String>,
    /// From when on it is so.
    pub valid_from: Day,
    /// Until the day before.
    pub valid_to: Option<Day>,
    /// The release that says so.
    pub release: Option<i32>,
    /// Its codes on the day.
    pub codes: Vec<FoundCode>,
    /// What it was found by: the code or the name.
    pub by: String,
    /// Whether something came in its place.
    pub succeeded: bool,
}

/// A code of an item.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FoundCode {
    /// Its kind.
    pub system: String,
    /// The code.
    pub value: String,
    /// How the tie stands.
    pub status: String,
    /// From when on.
    pub valid_from: Day,
    /// Until the day before.
    pub valid_to: Option<Day>,
}

/// A step from an item to what came in its place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Successor {
    /// From.
    pub from: ItemId,
    /// How.
    pub kind: String,
    /// To.
    pub to: ItemId,
    /// The name of what came.
    pub name: Option<String>,
    /// From which day on.
    pub since: Day,
}

/// What readers know: all that was recorded before this instant and not known better since.
const KNOWN: &str = "known AS MATERIALIZED (SELECT catalog_known() AS at)";

/// An item found by something, as it stands on the day $1. `found` has the columns item, by, place.
const ITEMS: &str = "SELECT v.item, s.kind, v.status, v.generic_name, v.trade_name, v.form, v.declared_spec, v.holder_name, v.units_per_pack, \
        v.smallest_unit, v.smallest_pack_unit, v.material, v.valid_from, v.valid_to, v.release, f.by, codes.*, \
        EXISTS (SELECT FROM item_relations r WHERE r.from_item = v.item AND r.kind IN ('REPLACED_BY', 'MERGED_INTO', 'SPLIT_INTO') \
            AND r.valid_from <= $1 AND r.recorded_at <= known.at) AS succeeded \
    FROM found f CROSS JOIN known JOIN items s ON s.id = f.item \
    JOIN item_versions v ON v.item = f.item AND v.valid_from <= $1 AND (v.valid_to IS NULL OR v.valid_to > $1) AND v.recorded_at <= known.at \
        AND (v.superseded_at IS NULL OR v.superseded_at > known.at) \
    CROSS JOIN LATERAL (SELECT coalesce(array_agg(c.system ORDER BY c.system, c.value), '{}') AS systems, \
        coalesce(array_agg(c.value ORDER BY c.system, c.value), '{}') AS code_values, coalesce(array_agg(c.status ORDER BY c.system, c.value), '{}') AS ties, \
        coalesce(array_agg(c.valid_from ORDER BY c.system, c.value), '{}') AS froms, array_agg(c.valid_to ORDER BY c.system, c.value) AS tos \
        FROM item_identifiers c WHERE c.item = f.item AND c.status <> 'ENTERED_IN_ERROR' AND c.valid_from <= $1 AND (c.valid_to IS NULL OR c.valid_to > $1) \
            AND c.recorded_at <= known.at AND (c.superseded_at IS NULL OR c.superseded_at > known.at)) codes \
    ORDER BY f.place, v.generic_name, v.item";

#[derive(QueryableByName)]
struct Row {
    #[diesel(sql_type = SqlUuid)]
    item: Uuid,
    #[diesel(sql_type = Text)]
    kind: String,
    #[diesel(sql_type = Text)]
    status: String,
    #[diesel(sql_type = Text)]
    generic_name: String,
    #[diesel(sql_type = Nullable<Text>)]
    trade_name: Option<String>,
    #[diesel(sql_type = Nullable<Text>)]
    form: Option<String>,
    #[diesel(sql_type = Nullable<Text>)]
    declared_spec: Option<String>,
    #[diesel(sql_type = Nullable<Text>)]
    holder_name: Option<String>,
    #[diesel(sql_type = Nullable<Integer>)]
    units_per_pack: Option<i32>,
    #[diesel(sql_type = Nullable<Text>)]
    smallest_unit: Option<String>,
    #[diesel(sql_type = Nullable<Text>)]
    smallest_pack_unit: Option<String>,
    #[diesel(sql_type = Nullable<Text>)]
    material: Option<String>,
    #[diesel(sql_type = Date)]
    valid_from: PgDate,
    #[diesel(sql_type = Nullable<Date>)]
    valid_to: Option<PgDate>,
    #[diesel(sql_type = Nullable<Integer>)]
    release: Option<i32>,
    #[diesel(sql_type = Text)]
    by: String,
    #[diesel(sql_type = Array<Text>)]
    systems: Vec<String>,
    #[diesel(sql_type = Array<Text>)]
    code_values: Vec<String>,
    #[diesel(sql_type = Array<Text>)]
    ties: Vec<String>,
    #[diesel(sql_type = Array<Date>)]
    froms: Vec<PgDate>,
    #[diesel(sql_type = Nullable<Array<Nullable<Date>>>)]
    tos: Option<Vec<Option<PgDate>>>,
    #[diesel(sql_type = diesel::sql_types::Bool)]
    succeeded: bool,
}

/// Items that some of those codes name on the day, at most so many.
pub async fn by_codes(
    tx: &mut Tx,
    codes: &[(String, String)],
    valid_on: Day,
    most: i64,
) -> Result<Vec<FoundItem>, StoreError> {
    let systems: Vec<&str> = codes.iter().map(|(system, _)| system.as_str()).collect();
    let values: Vec<&str> = codes.iter().map(|(_, value)| value.as_str()).collect();
    let rows: Vec<Row> = diesel::sql_query(format!(
        "WITH {KNOWN}, asked AS (SELECT * FROM unnest($2, $3) WITH ORDINALITY AS k (system, value, place)), \
         borne AS (SELECT i.item, k.value AS by, k.place FROM asked k \
             CROSS JOIN known JOIN item_identifiers i ON i.value = k.value AND i.system = k.system AND i.status <> 'ENTERED_IN_ERROR' \
                 AND i.valid_from <= $1 AND (i.valid_to IS NULL OR i.valid_to > $1) AND i.recorded_at <= known.at \
                 AND (i.superseded_at IS NULL OR i.superseded_at > known.at) \
             UNION ALL SELECT s.id, k.value, k.place FROM asked k JOIN items s ON k.system = 'jicai' AND s.own_code = k.value), \
         found AS (SELECT DISTINCT ON (item) item, by, place FROM borne ORDER BY item, place LIMIT $4) {ITEMS}"
    ))
    .bind::<Date, _>(on(valid_on))
    .bind::<Array<Text>, _>(systems)
    .bind::<Array<Text>, _>(values)
    .bind::<BigInt, _>(most)
    .load(tx.connection())
    .await?;
    Ok(rows.into_iter().map(item).collect())
}

/// Names that a search finds, the best first.
#[derive(Clone, Debug)]
pub struct RankedName {
    /// The name.
    pub name: String,
    /// Its place: lower is better.
    pub place: i64,
}

#[derive(QueryableByName)]
struct NameRow {
    #[diesel(sql_type = Text)]
    name: String,
}

/// Names like that, at most so many: those that are it, begin with it or hold it, and those whose initials it is; where these are few, also those that sound
/// like it, so that a wrong character or letter still finds them. Every branch reads an index and is bounded, and what is exactly it comes first in its branch.
pub async fn names_like(
    tx: &mut Tx,
    (normal, sound): (&str, &str),
    initials: bool,
    most: i64,
) -> Result<Vec<RankedName>, StoreError> {
    let rows: Vec<NameRow> = diesel::sql_query(NAMES_LIKE)
        .bind::<Text, _>(normal)
        .bind::<Text, _>(sound)
        .bind::<Nullable<Text>, _>(initials.then_some(sound))
        .bind::<BigInt, _>(most)
        .load(tx.connection())
        .await?;
    let ranked = rows.into_iter().zip(0_i64..);
    Ok(ranked.map(|(row, place)| RankedName { name: row.name, place }).collect())
}

/// Sounds and initials are letters and digits alone, all of which come before `{`, and none of which is a sign of LIKE.
pub const NAMES_LIKE: &str = "WITH sure AS MATERIALIZED ( \
        (SELECT name, sound, initials FROM item_terms WHERE sound ~>=~ $2 AND sound ~<~ ($2 || '{') ORDER BY sound USING ~<~ LIMIT 400) \
        UNION (SELECT name, sound, initials FROM item_terms WHERE sound LIKE '%' || $2 || '%' LIMIT 400) \
        UNION (SELECT name, sound, initials FROM item_terms WHERE initials ~>=~ $3 AND initials ~<~ ($3 || '{') \
            ORDER BY initials USING ~<~ LIMIT 400)), \
    hit AS (SELECT * FROM sure \
        UNION (SELECT name, sound, initials FROM item_terms WHERE (SELECT count(*) FROM sure) < 20 AND $2 <% sound \
            ORDER BY sound <->> $2 LIMIT 200)), \
    ranked AS (SELECT name, CASE WHEN name = $1 THEN 0 WHEN sound = $2 THEN 1 WHEN initials = $3 THEN 2 WHEN starts_with(name, $1) THEN 3 \
            WHEN strpos(name, $1) > 0 THEN 4 WHEN starts_with(initials, $3) THEN 5 WHEN starts_with(sound, $2) THEN 6 \
            WHEN strpos(sound, $2) > 0 THEN 7 ELSE 8 END AS class, word_similarity($2, sound) AS near, length(name) AS length FROM hit) \
    SELECT name FROM ranked ORDER BY class, near DESC, length, name LIMIT $4";

/// Items that bear one of those names, the best names first: at most so many after the first so many.
pub async fn by_names(
    tx: &mut Tx,
    names: &[RankedName],
    valid_on: Day,
    (skip, most): (i64, i64),
) -> Result<Vec<FoundItem>, StoreError> {
    let texts: Vec<&str> = names.iter().map(|name| name.name.as_str()).collect();
    let places: Vec<i64> = names.iter().map(|name| name.place).collect();
    let rows: Vec<Row> = diesel::sql_query(format!(
        "WITH {KNOWN}, borne AS (SELECT n.item, min(k.place) AS place FROM unnest($2, $3) AS k (name, place) JOIN item_names n ON n.name = k.name \
             GROUP BY n.item), \
         found AS (SELECT b.item, b.place, (SELECT k.name FROM unnest($2, $3) AS k (name, place) WHERE k.place = b.place) AS by \
             FROM borne b CROSS JOIN known WHERE EXISTS (SELECT FROM item_versions v WHERE v.item = b.item AND v.valid_from <= $1 \
                 AND (v.valid_to IS NULL OR v.valid_to > $1) AND v.recorded_at <= known.at \
                 AND (v.superseded_at IS NULL OR v.superseded_at > known.at)) \
             ORDER BY b.place, b.item OFFSET $4 LIMIT $5) {}",
        ITEMS.replace("ORDER BY f.place, v.generic_name, v.item", "ORDER BY f.place, v.item")
    ))
    .bind::<Date, _>(on(valid_on))
    .bind::<Array<Text>, _>(texts)
    .bind::<Array<BigInt>, _>(places)
    .bind::<BigInt, _>(skip)
    .bind::<BigInt, _>(most)
    .load(tx.connection())
    .await?;
    Ok(rows.into_iter().map(item).collect())
}

#[derive(QueryableByName)]
struct StepRow {
    #[diesel(sql_type = SqlUuid)]
    from_item: Uuid,
    #[diesel(sql_type = Text)]
    kind: String,
    #[diesel(sql_type = SqlUuid)]
    to_item: Uuid,
    #[diesel(sql_type = Nullable<Text>)]
    name: Option<String>,
    #[diesel(sql_type = Date)]
    valid_from: PgDate,
}

/// What came in the place of those items until the day, and in the place of that, step by step. Relations have no circle.
pub async fn successors(
    tx: &mut Tx,
    items: &[ItemId],
    valid_on: Day,
    most: i64,
) -> Result<Vec<Successor>, StoreError> {
    let rows: Vec<StepRow> = diesel::sql_query(format!(
        "WITH RECURSIVE {KNOWN}, step AS ( \
             SELECT r.from_item, r.kind, r.to_item, r.valid_from, 1 AS depth FROM item_relations r, known WHERE r.from_item = ANY ($2) \
                 AND r.kind IN ('REPLACED_BY', 'MERGED_INTO', 'SPLIT_INTO') AND r.valid_from <= $1 AND r.recorded_at <= known.at \
             UNION SELECT r.from_item, r.kind, r.to_item, r.valid_from, step.depth + 1 FROM step JOIN item_relations r ON r.from_item = step.to_item, known \
                 WHERE r.kind IN ('REPLACED_BY', 'MERGED_INTO', 'SPLIT_INTO') AND r.valid_from <= $1 AND r.recorded_at <= known.at AND step.depth < 50) \
         SELECT s.from_item, s.kind, s.to_item, s.valid_from, (SELECT v.generic_name FROM item_versions v, known WHERE v.item = s.to_item \
             AND v.valid_from <= $1 AND (v.valid_to IS NULL OR v.valid_to > $1) AND v.recorded_at <= known.at \
             AND (v.superseded_at IS NULL OR v.superseded_at > known.at) LIMIT 1) AS name \
         FROM step s ORDER BY s.depth, s.valid_from, s.to_item LIMIT $3"
    ))
    .bind::<Date, _>(on(valid_on))
    .bind::<Array<SqlUuid>, _>(items.iter().copied().map(column).collect::<Vec<_>>())
    .bind::<BigInt, _>(most)
    .load(tx.connection())
    .await?;
    let step = |row: StepRow| Successor {
        from: id(row.from_item),
        kind: row.kind,
        to: id(row.to_item),
        name: row.name,
        since: day(row.valid_from),
    };
    Ok(rows.into_iter().map(step).collect())
}

fn item(row: Row) -> FoundItem {
    let tos = row.tos.unwrap_or_default();
    let ends = tos.into_iter().chain(std::iter::repeat(None));
    let codes = row.systems.into_iter().zip(row.code_values).zip(row.ties).zip(row.froms).zip(ends);
    FoundItem {
        item: id(row.item),
        kind: row.kind,
        status: row.status,
        generic_name: row.generic_name,
        trade_name: row.trade_name,
        form: row.form,
        declared_spec: row.declared_spec,
        holder_name: row.holder_name,
        units_per_pack: row.units_per_pack,
        smallest_unit: row.smallest_unit,
        smallest_pack_unit: row.smallest_pack_unit,
        material: row.material,
        valid_from: day(row.valid_from),
        valid_to: row.valid_to.map(day),
        release: row.release,
        codes: codes
            .map(|((((system, value), status), from), to)| FoundCode {
                system,
                value,
                status,
                valid_from: day(from),
                valid_to: to.map(day),
            })
            .collect(),
        by: row.by,
        succeeded: row.succeeded,
    }
}
