//! The writing of a release, in parts. All that it writes is recorded at its one instant, and readers know nothing of that instant until the release is
//! published. A part that was written is not written again: the release tells up to which line, in the same transaction.
use diesel::pg::data_types::{PgDate, PgTimestamp};
use diesel::sql_types::{BigInt, Date, Integer, Nullable, Text, Timestamptz, Uuid as SqlUuid};
use diesel_async::RunQueryDsl;
use jicai_domain::catalog::release::{Counts, Release};
use jicai_domain::ids::ItemId;
use jicai_domain::time::Timestamp;
use uuid::Uuid;

use super::compare::{GONE, bound, compare_rows, tally};
use crate::door::Tx;
use crate::errors::StoreError;
use crate::ids::column;
use crate::times::{at, on};

/// Rows of the part that change something. Parameters of every statement here: 1 release, 2 and 3 the lines between which the part lies, 4 the day
/// from which it is so, 5 the instant that all is recorded at.
const PART: &str = "part AS MATERIALIZED (SELECT * FROM release_rows WHERE release = $1 AND line > $2 AND line <= $3 AND fault IS NULL \
    AND change <> 'UNCHANGED')";

const ITEMS: &str = "INSERT INTO items (id, kind, release, created_at, version) \
    SELECT base, kind, $1, $5, 1 FROM part WHERE change = 'ADDED'";

const TURNED: &str =
    "UPDATE items i SET version = i.version + 1 FROM part WHERE i.id = part.item AND part.change = 'CHANGED'";

const CHANGES: &str = "INSERT INTO item_release_changes (release, item, change, before, after) \
    SELECT $1, coalesce(item, base), change, CASE WHEN change = 'CHANGED' THEN before END, derived_id(base, 1) FROM part";

/// What a version says, beside when.
const CONTENT: &str = "generic_name, trade_name, form, declared_spec, normal_spec, holder_name, holder, maker_name, units_per_pack, smallest_unit, \
    smallest_pack_unit, material, class_code, generic_code, form_code, sha256, stated";

const SUPERSEDED: &str = "UPDATE item_versions v SET superseded_at = greatest($5, v.recorded_at + interval '1 microsecond') FROM part \
    WHERE part.change = 'CHANGED' AND v.item = part.item AND coalesce(v.superseded_at > 'infinity', true) AND (v.valid_to IS NULL OR v.valid_to > $4)";

/// What was true before the day stays true until it. Who makes an item and which organization holds it is not in the list, so that is kept.
const VERSIONS: &str = "INSERT INTO item_versions (id, item, valid_from, recorded_at, release, status, generic_name, trade_name, form, \
        declared_spec, normal_spec, holder_name, holder, maker_name, units_per_pack, smallest_unit, smallest_pack_unit, material, class_code, \
        generic_code, form_code, sha256, stated) \
    SELECT derived_id(r.base, 1), coalesce(r.item, r.base), $4, $5, $1, 'ACTIVE', r.generic_name, r.trade_name, r.form, r.declared_spec, \
        r.normal_spec, r.holder_name, CASE WHEN b.holder_name = r.holder_name THEN b.holder END, b.maker_name, r.units_per_pack, r.smallest_unit, \
        r.smallest_pack_unit, r.material, r.class_code, r.generic_code, r.form_code, r.sha256, r.stated \
    FROM part r LEFT JOIN item_versions b ON b.id = r.before AND r.change = 'CHANGED'";

/// Approval and standard code are of several packs, each of which has its own national code, so they name no item alone.
const CODES: &str = "INSERT INTO item_identifiers (id, item, system, value, exclusive, valid_from, status, recorded_at, release) \
    SELECT derived_id(r.base, code.place), coalesce(r.item, r.base), code.system, code.value, code.place = 2, $4, 'ACTIVE', $5, $1 \
    FROM part r CROSS JOIN LATERAL (VALUES (2, r.system, r.value), (3, CASE WHEN r.approval LIKE '%械%' THEN 'nmpa-device' ELSE 'nmpa-approval' END, \
        r.approval), (4, 'cn-standard-code-14', r.standard_code)) AS code (place, system, value) \
    WHERE code.value IS NOT NULL AND (r.change = 'ADDED' OR NOT EXISTS (SELECT FROM item_identifiers i \
        WHERE i.item = r.item AND i.system = code.system AND i.value = code.value AND i.status = 'ACTIVE' AND i.superseded_at IS NULL))";

/// A licence or standard code that the list no longer gives the item ends, if the list gave it.
const CODES_ENDED: &str = "old AS (UPDATE item_identifiers i SET superseded_at = greatest($5, i.recorded_at + interval '1 microsecond') FROM part \
        WHERE part.change = 'CHANGED' AND i.item = part.item AND i.superseded_at IS NULL AND i.status = 'ACTIVE' AND i.release IS NOT NULL \
            AND (i.system IN ('nmpa-approval', 'nmpa-device') AND i.value IS DISTINCT FROM part.approval \
                OR i.system = 'cn-standard-code-14' AND i.value IS DISTINCT FROM part.standard_code) \
        RETURNING i.item, i.system, i.value, i.exclusive, i.valid_from) \
    INSERT INTO item_identifiers (id, item, system, value, exclusive, valid_from, valid_to, status, recorded_at, release) \
    SELECT gen_random_uuid(), item, system, value, exclusive, valid_from, $4, 'RETIRED', $5, $1 FROM old WHERE valid_from < $4";

const NAMES: &str = "INSERT INTO item_names (item, lang, purpose, name, pinyin, initials) \
    SELECT coalesce(r.item, r.base), t.lang, given.purpose, t.name, CASE WHEN t.lang <> 'en' THEN t.sound END, \
        CASE WHEN t.lang <> 'en' THEN t.initials END \
    FROM part r CROSS JOIN LATERAL (VALUES ('GENERIC', r.generic_name), ('TRADE', r.trade_name)) AS given (purpose, name) \
    JOIN item_terms t ON t.name = given.name ON CONFLICT DO NOTHING";

/// What a list brings is there for whoever proposes it again. What somebody else took first stays theirs. The broad digests come before those with the pack,
/// as proposals take them, so that no two wait for each other.
const IDENTITIES: &str = "INSERT INTO item_identities (digest, item) \
    SELECT taken.digest, coalesce(r.item, r.base) FROM part r CROSS JOIN LATERAL (VALUES (1, r.identity), (2, r.exact_identity)) AS taken (place, digest) \
    WHERE taken.digest IS NOT NULL ORDER BY taken.place, taken.digest ON CONFLICT DO NOTHING";

/// Where a part lies, and when what it says is so.
struct Place {
    release: i32,
    lines: (i32, i32),
    from: PgDate,
    recorded: PgTimestamp,
}

/// What a part came to.
#[derive(Clone, Copy, Debug)]
pub struct Step<T> {
    /// Up to where it was written.
    pub reached: T,
    /// What it came to.
    pub counts: Counts,
}

fn recorded(release: &Release) -> Result<PgTimestamp, StoreError> {
    let instant: Option<Timestamp> = release.recorded_at;
    instant.map(at).ok_or_else(|| StoreError::row("release", release.number))
}

/// Compares the rows up to that line again and writes what they change.
pub async fn apply_rows(tx: &mut Tx, release: &Release, to: i32) -> Result<Step<i32>, StoreError> {
    compare_rows(tx, release, to).await?;
    let place = Place {
        release: release.number,
        lines: (release.reached, to),
        from: on(release.head.valid_from()),
        recorded: recorded(release)?,
    };
    let remainder = remainder("part.change = 'CHANGED' AND o.item = part.item", "part");
    run(tx, &place, &format!("WITH {PART} {ITEMS}")).await?;
    let changed = run(tx, &place, &format!("WITH {PART} {TURNED}")).await?;
    if changed > 0 {
        run(tx, &place, &format!("WITH {PART} {SUPERSEDED}")).await?;
        run(tx, &place, &format!("WITH {PART} {remainder}")).await?;
        run(tx, &place, &format!("WITH {PART}, {CODES_ENDED}")).await?;
    }
    for statement in [VERSIONS, CODES, NAMES, IDENTITIES, CHANGES] {
        run(tx, &place, &format!("WITH {PART} {statement}")).await?;
    }
    let written = tally(tx, place.release, place.lines).await?;
    Ok(Step { reached: to, counts: Counts { retired: 0, ..written } })
}

/// What was true before the day, said again until the day.
fn remainder(condition: &str, of: &str) -> String {
    let content = CONTENT.replace(", ", ", o.");
    format!(
        "INSERT INTO item_versions (id, item, valid_from, valid_to, recorded_at, release, status, {CONTENT}) \
         SELECT gen_random_uuid(), o.item, o.valid_from, $4, $5, $1, o.status, o.{content} FROM item_versions o JOIN {of} ON {condition} \
         WHERE o.superseded_at >= $5 AND o.recorded_at < $5 AND o.valid_from < $4 AND (o.valid_to IS NULL OR o.valid_to > $4)"
    )
}

async fn run(tx: &mut Tx, place: &Place, statement: &str) -> Result<usize, StoreError> {
    let done = diesel::sql_query(statement)
        .bind::<Integer, _>(place.release)
        .bind::<Integer, _>(place.lines.0)
        .bind::<Integer, _>(place.lines.1)
        .bind::<Date, _>(place.from)
        .bind::<Timestamptz, _>(place.recorded)
        .execute(tx.connection())
        .await?;
    Ok(done)
}

/// Retires the items of a part of the registry that the release no longer has; none where it was through.
pub async fn apply_gone(
    tx: &mut Tx,
    release: &Release,
    most: i64,
) -> Result<Option<Step<ItemId>>, StoreError> {
    let Some(to) = bound(tx, release.reached_item, most).await? else { return Ok(None) };
    let (from, recorded) = (on(release.head.valid_from()), recorded(release)?);
    let after: Option<Uuid> = release.reached_item.map(column);
    let retired = diesel::sql_query(format!(
        "WITH {GONE} INSERT INTO item_release_changes (release, item, change, before, after) \
         SELECT $1, item, 'RETIRED', before, gen_random_uuid() FROM gone ON CONFLICT DO NOTHING"
    ))
    .bind::<Integer, _>(release.number)
    .bind::<Text, _>(&release.head.source)
    .bind::<Nullable<SqlUuid>, _>(after)
    .bind::<Nullable<SqlUuid>, _>(Some(column(to)))
    .execute(tx.connection())
    .await?;
    if retired > 0 {
        retire(tx, (release.number, after, to), (from, recorded)).await?;
    }
    let retired = i64::try_from(retired).map_err(|_large| StoreError::row("retired", retired))?;
    Ok(Some(Step { reached: to, counts: Counts { retired, ..Counts::default() } }))
}

/// Versions of items that were retired: nothing of them is removed, and from the day on they are not to be used.
async fn retire(
    tx: &mut Tx,
    (release, after, to): (i32, Option<Uuid>, ItemId),
    (from, recorded): (PgDate, PgTimestamp),
) -> Result<(), StoreError> {
    const RETIRED: &str = "gone AS MATERIALIZED (SELECT item, before, after FROM item_release_changes WHERE release = $1 AND change = 'RETIRED' \
        AND ($2 IS NULL OR item > $2) AND item <= $3)";
    let superseded = "UPDATE item_versions v SET superseded_at = greatest($5, v.recorded_at + interval '1 microsecond') FROM gone \
        WHERE v.item = gone.item AND coalesce(v.superseded_at > 'infinity', true) AND (v.valid_to IS NULL OR v.valid_to > $4)";
    let content = CONTENT.replace(", ", ", o.");
    let ended = format!(
        "INSERT INTO item_versions (id, item, valid_from, recorded_at, release, status, {CONTENT}) \
         SELECT gone.after, o.item, $4, $5, $1, 'DEPRECATED', o.{content} FROM item_versions o JOIN gone ON gone.before = o.id"
    );
    let turned = "UPDATE items i SET version = i.version + 1 FROM gone WHERE i.id = gone.item".to_owned();
    let remainder = remainder("o.item = gone.item", "gone");
    for statement in [superseded.to_owned(), remainder, ended, turned] {
        diesel::sql_query(format!("WITH {RETIRED} {statement}"))
            .bind::<Integer, _>(release)
            .bind::<Nullable<SqlUuid>, _>(after)
            .bind::<SqlUuid, _>(column(to))
            .bind::<Date, _>(from)
            .bind::<Timestamptz, _>(recorded)
            .execute(tx.connection())
            .await?;
    }
    Ok(())
}

/// Forgets at most so many rows of a release, and what it would have retired: those that wait for somebody stay, unless the release was discarded. How
/// many it forgot.
pub async fn forget_rows(
    tx: &mut Tx,
    release: i32,
    (discarded, most): (bool, i64),
) -> Result<usize, StoreError> {
    let rows = if discarded { "" } else { "AND fault IS NULL" };
    let forgotten = diesel::sql_query(format!(
        "DELETE FROM release_rows WHERE (release, line) IN \
             (SELECT release, line FROM release_rows WHERE release = $1 {rows} ORDER BY line LIMIT $2)"
    ))
    .bind::<Integer, _>(release)
    .bind::<BigInt, _>(most)
    .execute(tx.connection())
    .await?;
    let retired = diesel::sql_query(
        "DELETE FROM release_retired WHERE (release, item) IN \
             (SELECT release, item FROM release_retired WHERE release = $1 ORDER BY item LIMIT $2)",
    )
    .bind::<Integer, _>(release)
    .bind::<BigInt, _>(most)
    .execute(tx.connection())
    .await?;
    Ok(forgotten.max(retired))
}
