//! Lines that an import brings in, thousands in one statement.
use std::collections::{BTreeMap, BTreeSet};

use diesel::prelude::*;
use diesel::sql_types::{Array, BigInt, Integer, Nullable, Text, Uuid as SqlUuid};
use diesel_async::RunQueryDsl;
use jicai_domain::identity::{Reason, RegionCode};
use jicai_domain::ids::{DemandFormId, ImportId, OrganizationId, RoundId};
use jicai_domain::procurement::demand::{DemandForm, DemandLine};
use uuid::Uuid;

use super::forms::{Row, form};
use super::lines::amount;
use crate::door::Tx;
use crate::errors::StoreError;
use crate::ids::{column, fresh};
use crate::schema::demand_forms;

/// A line and the form that it is for.
#[derive(Clone, Debug)]
pub struct BroughtLine {
    /// The form.
    pub form: DemandFormId,
    /// The line.
    pub line: DemandLine,
}

/// Begins a form for each of those institutions that has none.
pub async fn begin_forms(
    tx: &mut Tx,
    round: RoundId,
    institutions: &BTreeMap<OrganizationId, RegionCode>,
) -> Result<(), StoreError> {
    let ids: Vec<Uuid> = institutions.keys().map(|_one| column(fresh::<DemandFormId>())).collect();
    let wanted: Vec<Uuid> = institutions.keys().copied().map(column).collect();
    let regions: Vec<String> = institutions.values().map(ToString::to_string).collect();
    diesel::sql_query(
        "INSERT INTO demand_forms (id, round, institution, region, status, version, created_at, status_since) \
         SELECT id, $1, institution, region, 'DRAFT', 1, app_clock(), app_clock() \
         FROM unnest($2, $3, $4) AS begun (id, institution, region) \
         ON CONFLICT ON CONSTRAINT demand_forms_institution_key DO NOTHING",
    )
    .bind::<SqlUuid, _>(column(round))
    .bind::<Array<SqlUuid>, _>(ids)
    .bind::<Array<SqlUuid>, _>(wanted)
    .bind::<Array<Text>, _>(regions)
    .execute(tx.connection())
    .await?;
    Ok(())
}

/// The forms that those institutions have, held until the transaction ends.
pub async fn lock_forms(
    tx: &mut Tx,
    round: RoundId,
    institutions: &BTreeMap<OrganizationId, RegionCode>,
) -> Result<BTreeMap<OrganizationId, DemandForm>, StoreError> {
    let wanted: Vec<Uuid> = institutions.keys().copied().map(column).collect();
    let rows: Vec<Row> = demand_forms::table
        .filter(demand_forms::round.eq(column(round)))
        .filter(demand_forms::institution.eq_any(wanted))
        .order(demand_forms::id)
        .select(Row::as_select())
        .for_update()
        .load(tx.connection())
        .await?;
    let forms = rows.iter().map(|row| form(row).map(|form| (form.institution, form)));
    forms.collect()
}

#[derive(QueryableByName)]
struct Left {
    #[diesel(sql_type = BigInt)]
    at: i64,
}

/// Takes lines into forms that the transaction holds, over what those had, and counts the change of each form. No two lines are the
/// same. Answers the places, from 0, of those that the same import has brought before: they are not taken.
pub async fn bring(
    tx: &mut Tx,
    import: ImportId,
    forms: &[DemandForm],
    lines: &[BroughtLine],
) -> Result<BTreeSet<usize>, StoreError> {
    let left: Vec<Left> = diesel::sql_query(
        "WITH brought AS MATERIALIZED (SELECT * FROM unnest($2, $3, $4, $5, $6, $7) \
             WITH ORDINALITY AS row (form, spec, product, volume, past_use, reason, at)), \
         taken AS (INSERT INTO demand_lines AS own (form, spec, product, volume, past_use, reason, import) \
             SELECT form, spec, product, volume, past_use, reason, $1 FROM brought \
             ON CONFLICT ON CONSTRAINT demand_lines_key DO UPDATE SET volume = excluded.volume, \
                 past_use = excluded.past_use, reason = excluded.reason, import = excluded.import \
             WHERE own.import IS DISTINCT FROM excluded.import RETURNING form, spec, product) \
         SELECT at - 1 AS at FROM brought WHERE NOT EXISTS (SELECT FROM taken WHERE taken.form = brought.form \
             AND taken.spec = brought.spec AND coalesce(taken.product, taken.form) = coalesce(brought.product, brought.form))",
    )
    .bind::<SqlUuid, _>(column(import))
    .bind::<Array<SqlUuid>, _>(lines.iter().map(|one| column(one.form)).collect::<Vec<_>>())
    .bind::<Array<SqlUuid>, _>(lines.iter().map(|one| column(one.line.spec)).collect::<Vec<_>>())
    .bind::<Array<Nullable<SqlUuid>>, _>(
        lines.iter().map(|one| one.line.product.map(column)).collect::<Vec<_>>(),
    )
    .bind::<Array<BigInt>, _>(lines.iter().map(|one| amount(one.line.volume)).collect::<Result<Vec<_>, _>>()?)
    .bind::<Array<BigInt>, _>(
        lines.iter().map(|one| amount(one.line.past_use)).collect::<Result<Vec<_>, _>>()?,
    )
    .bind::<Array<Nullable<Text>>, _>(
        lines.iter().map(|one| one.line.reason.as_ref().map(Reason::as_str)).collect::<Vec<_>>(),
    )
    .load(tx.connection())
    .await?;
    filled(tx, forms).await?;
    let place = |left: Left| usize::try_from(left.at).map_err(|_negative| StoreError::row("at", left.at));
    left.into_iter().map(place).collect()
}

/// Saves forms whose lines changed.
async fn filled(tx: &mut Tx, forms: &[DemandForm]) -> Result<(), StoreError> {
    diesel::sql_query(
        "UPDATE demand_forms SET region = now.region, version = now.version \
         FROM unnest($1, $2, $3) AS now (id, region, version) WHERE demand_forms.id = now.id",
    )
    .bind::<Array<SqlUuid>, _>(forms.iter().map(|form| column(form.id)).collect::<Vec<_>>())
    .bind::<Array<Text>, _>(forms.iter().map(|form| form.region.to_string()).collect::<Vec<_>>())
    .bind::<Array<Integer>, _>(forms.iter().map(|form| form.version.number()).collect::<Vec<_>>())
    .execute(tx.connection())
    .await?;
    Ok(())
}
