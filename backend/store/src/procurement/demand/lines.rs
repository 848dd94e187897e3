//! The lines of demand forms. Whoever changes them holds their form.
use diesel::prelude::*;
use diesel::sql_types::{Array, BigInt, Integer, Nullable, Text, Uuid as SqlUuid};
use diesel_async::RunQueryDsl;
use jicai_domain::errors::{Code, Refusal};
use jicai_domain::identity::Reason;
use jicai_domain::ids::{DemandFormId, Id, RoundProductId, SpecId};
use jicai_domain::procurement::demand::DemandLine;
use uuid::Uuid;

use crate::door::Tx;
use crate::errors::StoreError;
use crate::ids::{column, id};
use crate::page::{Page, Part};
use crate::schema::demand_lines;

#[derive(Queryable)]
struct Row {
    spec: Uuid,
    product: Option<Uuid>,
    volume: i64,
    past_use: i64,
    reason: Option<String>,
}

/// A line as it is shown.
#[derive(Clone, Debug)]
pub struct ListedLine {
    /// The line.
    pub line: DemandLine,
    /// The number of its lot.
    pub lot: i32,
    /// The code of its spec.
    pub code: String,
}

/// A place among a form's lines: the spec, then the product.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LinePlace {
    /// The spec.
    pub spec: SpecId,
    /// The brand's product.
    pub product: Option<RoundProductId>,
}

impl LinePlace {
    /// The place of a line.
    pub const fn of(line: &DemandLine) -> LinePlace {
        LinePlace { spec: line.spec, product: line.product }
    }

    /// Reads a place as it is shown. Errors: `CURSOR_INVALID`.
    pub fn parse(text: &str) -> Result<LinePlace, Refusal> {
        let invalid = |_refusal| Refusal::of(Code::CursorInvalid);
        let (spec, product) =
            text.split_once('.').map_or((text, None), |(spec, product)| (spec, Some(product)));
        let product = product.map(RoundProductId::parse).transpose().map_err(invalid)?;
        Ok(LinePlace { spec: SpecId::parse(spec).map_err(invalid)?, product })
    }
}

impl std::fmt::Display for LinePlace {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.product {
            Some(product) => write!(f, "{}.{product}", self.spec),
            None => write!(f, "{}", self.spec),
        }
    }
}

/// Puts those lines in the place of all that a form has.
pub async fn replace(tx: &mut Tx, form: DemandFormId, lines: &[DemandLine]) -> Result<(), StoreError> {
    diesel::delete(demand_lines::table.filter(demand_lines::form.eq(column(form))))
        .execute(tx.connection())
        .await?;
    let specs: Vec<Uuid> = lines.iter().map(|line| column(line.spec)).collect();
    let products: Vec<Option<Uuid>> = lines.iter().map(|line| line.product.map(column)).collect();
    let volumes = lines.iter().map(|line| amount(line.volume)).collect::<Result<Vec<_>, _>>()?;
    let past_uses = lines.iter().map(|line| amount(line.past_use)).collect::<Result<Vec<_>, _>>()?;
    let reasons: Vec<Option<&str>> =
        lines.iter().map(|line| line.reason.as_ref().map(Reason::as_str)).collect();
    diesel::sql_query(
        "INSERT INTO demand_lines (form, spec, product, volume, past_use, reason) \
         SELECT $1, spec, product, volume, past_use, reason \
         FROM unnest($2, $3, $4, $5, $6) AS typed (spec, product, volume, past_use, reason)",
    )
    .bind::<SqlUuid, _>(column(form))
    .bind::<Array<SqlUuid>, _>(specs)
    .bind::<Array<Nullable<SqlUuid>>, _>(products)
    .bind::<Array<BigInt>, _>(volumes)
    .bind::<Array<BigInt>, _>(past_uses)
    .bind::<Array<Nullable<Text>>, _>(reasons)
    .execute(tx.connection())
    .await?;
    Ok(())
}

/// Every line of a form, for whoever holds it.
pub async fn of_form(tx: &mut Tx, form: DemandFormId) -> Result<Vec<DemandLine>, StoreError> {
    let rows: Vec<Row> = demand_lines::table
        .filter(demand_lines::form.eq(column(form)))
        .order((demand_lines::spec, demand_lines::product))
        .select((
            demand_lines::spec,
            demand_lines::product,
            demand_lines::volume,
            demand_lines::past_use,
            demand_lines::reason,
        ))
        .load(tx.connection())
        .await?;
    rows.into_iter().map(line).collect()
}

#[derive(QueryableByName)]
struct ListedRow {
    #[diesel(sql_type = SqlUuid)]
    spec: Uuid,
    #[diesel(sql_type = Nullable<SqlUuid>)]
    product: Option<Uuid>,
    #[diesel(sql_type = BigInt)]
    volume: i64,
    #[diesel(sql_type = BigInt)]
    past_use: i64,
    #[diesel(sql_type = Nullable<Text>)]
    reason: Option<String>,
    #[diesel(sql_type = Integer)]
    lot: i32,
    #[diesel(sql_type = Text)]
    code: String,
}

/// A part of the lines of a form that was found in a scope, by spec, the generic name before the brands.
pub async fn part(
    tx: &mut Tx,
    form: DemandFormId,
    page: &Page<LinePlace>,
) -> Result<Part<ListedLine>, StoreError> {
    let rows: Vec<ListedRow> = diesel::sql_query(
        "SELECT l.spec, l.product, l.volume, l.past_use, l.reason, o.number AS lot, s.code FROM demand_lines l \
         JOIN round_specs s ON s.id = l.spec JOIN round_lots o ON o.id = s.lot WHERE l.form = $1 \
         AND ($2 IS NULL OR (l.spec, coalesce(l.product, '00000000-0000-0000-0000-000000000000')) > ($2, $3)) \
         ORDER BY l.spec, l.product NULLS FIRST LIMIT $4",
    )
    .bind::<SqlUuid, _>(column(form))
    .bind::<Nullable<SqlUuid>, _>(page.after.map(|place| column(place.spec)))
    .bind::<SqlUuid, _>(page.after.and_then(|place| place.product).map_or(Uuid::nil(), column))
    .bind::<BigInt, _>(page.limit())
    .load(tx.connection())
    .await?;
    Ok(Part::cut(rows.into_iter().map(listed).collect::<Result<_, _>>()?, page))
}

fn listed(row: ListedRow) -> Result<ListedLine, StoreError> {
    let ListedRow { spec, product, volume, past_use, reason, lot, code } = row;
    Ok(ListedLine { line: line(Row { spec, product, volume, past_use, reason })?, lot, code })
}

fn line(row: Row) -> Result<DemandLine, StoreError> {
    let unreadable = |_refusal| StoreError::row("reason", row.spec);
    Ok(DemandLine {
        spec: id(row.spec),
        product: row.product.map(id),
        volume: units(row.volume)?,
        past_use: units(row.past_use)?,
        reason: row.reason.as_deref().map(Reason::parse).transpose().map_err(unreadable)?,
    })
}

pub(super) fn amount(units: u64) -> Result<i64, StoreError> {
    i64::try_from(units).map_err(|_large| StoreError::row("volume", units))
}

pub(super) fn units(amount: i64) -> Result<u64, StoreError> {
    u64::try_from(amount).map_err(|_negative| StoreError::row("volume", amount))
}
