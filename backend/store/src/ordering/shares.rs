//! 线上采购率、中选占比、替代: what institutions took and kept, by what it was ordered as and by generic name. Sums of months, never of lines.
use diesel::QueryableByName;
use diesel::sql_types::{Array, BigInt, Date, Nullable, Text, Uuid as SqlUuid};
use diesel_async::RunQueryDsl;
use jicai_domain::ids::OrganizationId;
use jicai_domain::ordering::kind::Kind;
use jicai_domain::time::Day;

use super::shown::Eyes;
use crate::door::Tx;
use crate::errors::StoreError;
use crate::ids::column;
use crate::page::{Page, Part};
use crate::times::on;

/// Which months, and whose.
#[derive(Clone, Copy, Debug)]
pub struct Span {
    /// The first month, by its first day.
    pub from: Day,
    /// The last one.
    pub until: Day,
    /// Of that institution.
    pub hospital: Option<OrganizationId>,
}

/// Which months `m` are seen; `$1` is the organization, `$2` the beginnings of the codes of the regions.
const fn seen(eyes: &Eyes) -> &'static str {
    match eyes {
        Eyes::Hospital(_) => {
            "(m.hospital = $1 OR m.hospital IN (SELECT d.member FROM demand_leads d WHERE d.lead = $1 AND d.left_at IS NULL))"
        }
        // Firms see what is theirs elsewhere.
        Eyes::Distributor(_) | Eyes::Manufacturer(_) => "false AND $1 IS NULL AND $2 IS NULL",
        Eyes::Office(..) | Eyes::Jurisdiction(_) => {
            "($1 IS NULL OR $1 IS NOT NULL) AND (left(m.region, 2) = ANY ($2) OR left(m.region, 4) = ANY ($2) OR m.region = ANY ($2) \
             OR '' = ANY ($2))"
        }
    }
}

#[derive(QueryableByName)]
struct KindRow {
    #[diesel(sql_type = Text)]
    kind: String,
    #[diesel(sql_type = BigInt)]
    amount_fen: i64,
}

/// What was taken less what went back, in fen, by kind.
pub async fn by_kind(tx: &mut Tx, eyes: &Eyes, span: Span) -> Result<Vec<(Kind, i64)>, StoreError> {
    let (own, prefixes) = eyes.terms();
    let rows: Vec<KindRow> = diesel::sql_query(format!(
        "SELECT m.kind, sum(m.amount_fen)::bigint AS amount_fen FROM order_months m WHERE {} AND ($1 IS NOT NULL OR $2 IS NOT NULL) \
         AND m.month BETWEEN $3 AND $4 AND ($5 IS NULL OR m.hospital = $5) GROUP BY m.kind ORDER BY m.kind",
        seen(eyes)
    ))
    .bind::<Nullable<SqlUuid>, _>(own)
    .bind::<Array<Text>, _>(prefixes)
    .bind::<Date, _>(on(span.from))
    .bind::<Date, _>(on(span.until))
    .bind::<Nullable<SqlUuid>, _>(span.hospital.map(column))
    .load(tx.connection())
    .await?;
    let read = |row: KindRow| {
        let kind = Kind::from_label(&row.kind).ok_or_else(|| StoreError::row("kind", &row.kind))?;
        Ok((kind, row.amount_fen))
    };
    rows.into_iter().map(read).collect()
}

/// What was taken and kept of a generic name, in smallest units.
#[derive(Clone, Debug)]
pub struct GenericShare {
    /// The generic name.
    pub name: String,
    /// Of selected products.
    pub selected: i64,
    /// Of others that have passed the evaluation, or are reference products.
    pub passed: i64,
    /// Of others.
    pub unpassed: i64,
}

#[derive(QueryableByName)]
struct GenericRow {
    #[diesel(sql_type = Text)]
    name: String,
    #[diesel(sql_type = BigInt)]
    selected: i64,
    #[diesel(sql_type = BigInt)]
    passed: i64,
    #[diesel(sql_type = BigInt)]
    unpassed: i64,
}

/// By generic name, those under which something was selected: a selected product by its lot, everything else by its own name.
pub async fn by_generic(
    tx: &mut Tx,
    eyes: &Eyes,
    span: Span,
    page: &Page<String>,
) -> Result<Part<GenericShare>, StoreError> {
    let (own, prefixes) = eyes.terms();
    let rows: Vec<GenericRow> = diesel::sql_query(format!(
        "WITH kept AS (SELECT m.basis, m.kind, sum(m.accepted - m.returned) AS units FROM order_months m \
             WHERE {} AND ($1 IS NOT NULL OR $2 IS NOT NULL) AND m.month BETWEEN $3 AND $4 AND ($5 IS NULL OR m.hospital = $5) \
             GROUP BY m.basis, m.kind), \
         named AS (SELECT p.lot_name AS name, true AS selected, p.item, k.units FROM kept k JOIN contracts c ON c.id = k.basis \
                 JOIN selected_products p ON p.id = c.product WHERE k.kind = 'SELECTED' \
             UNION ALL SELECT i.name, false, i.item, k.units FROM kept k JOIN listings i ON i.id = k.basis \
                 WHERE k.kind IN ('LISTED', 'NEGOTIATED', 'EMERGENCY') \
             UNION ALL SELECT f.name, false, f.item, k.units FROM kept k JOIN filings f ON f.id = k.basis WHERE k.kind = 'FILED'), \
         judged AS (SELECT n.name, n.selected, n.units, EXISTS (SELECT FROM item_flags g WHERE g.item = n.item \
                 AND g.flag IN ('EVALUATED', 'REFERENCE') AND g.superseded_at IS NULL AND g.valid_from < $4 + interval '1 month' \
                 AND (g.valid_to IS NULL OR g.valid_to > $3)) AS passed FROM named n) \
         SELECT j.name, coalesce(sum(j.units) FILTER (WHERE j.selected), 0)::bigint AS selected, \
             coalesce(sum(j.units) FILTER (WHERE NOT j.selected AND j.passed), 0)::bigint AS passed, \
             coalesce(sum(j.units) FILTER (WHERE NOT j.selected AND NOT j.passed), 0)::bigint AS unpassed \
         FROM judged j WHERE ($6 IS NULL OR j.name > $6) \
             AND EXISTS (SELECT FROM selected_products p WHERE p.lot_name = j.name OR p.name = j.name) \
         GROUP BY j.name ORDER BY j.name LIMIT $7",
        seen(eyes)
    ))
    .bind::<Nullable<SqlUuid>, _>(own)
    .bind::<Array<Text>, _>(prefixes)
    .bind::<Date, _>(on(span.from))
    .bind::<Date, _>(on(span.until))
    .bind::<Nullable<SqlUuid>, _>(span.hospital.map(column))
    .bind::<Nullable<Text>, _>(page.after.clone())
    .bind::<BigInt, _>(page.limit())
    .load::<GenericRow>(tx.connection())
    .await?;
    let read = |row: GenericRow| GenericShare {
        name: row.name,
        selected: row.selected,
        passed: row.passed,
        unpassed: row.unpassed,
    };
    Ok(Part::cut(rows.into_iter().map(read).collect(), page))
}
