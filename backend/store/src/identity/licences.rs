//! Licences of organizations. A removed one keeps its row, and its document.
use diesel::pg::data_types::PgDate;
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use jicai_domain::documents::Document;
use jicai_domain::identity::{Licence, LicenceKind, LicenceNumber, Scope};
use jicai_domain::ids::{LicenceId, OrganizationId};
use uuid::Uuid;

use super::organizations::{reached, terms};
use crate::documents::{self as files, document};
use crate::door::Tx;
use crate::errors::StoreError;
use crate::ids::{column, id};
use crate::schema::{app_clock, documents, licences, organizations};
use crate::times;

#[derive(Queryable, Selectable)]
#[diesel(table_name = licences)]
struct Row {
    id: Uuid,
    organization: Uuid,
    kind: String,
    number: String,
    valid_until: Option<PgDate>,
    document: Uuid,
}

/// Adds a new one.
pub async fn add(tx: &mut Tx, licence: &Licence) -> Result<(), StoreError> {
    diesel::insert_into(licences::table)
        .values((
            licences::id.eq(column(licence.id)),
            licences::organization.eq(column(licence.organization)),
            licences::kind.eq(licence.kind.label()),
            licences::number.eq(licence.number.as_str()),
            licences::valid_until.eq(licence.valid_until.map(times::on)),
            licences::document.eq(column(licence.document)),
            licences::added_at.eq(app_clock()),
        ))
        .execute(tx.connection())
        .await?;
    Ok(())
}

/// Removes one from what the organization shows. The organization is held by whoever calls.
pub async fn remove(tx: &mut Tx, licence: LicenceId) -> Result<(), StoreError> {
    diesel::update(licences::table.find(column(licence)))
        .set(licences::removed_at.eq(app_clock().nullable()))
        .execute(tx.connection())
        .await?;
    Ok(())
}

/// What those of the organizations that the scope reaches show, the oldest first, with the documents.
pub async fn of(
    tx: &mut Tx,
    scope: &Scope,
    holders: &[OrganizationId],
) -> Result<Vec<(Licence, Document)>, StoreError> {
    let wanted: Vec<Uuid> = holders.iter().copied().map(column).collect();
    let inside = organizations::table.filter(reached(terms(scope))).select(organizations::id);
    let rows: Vec<(Row, files::Row)> = licences::table
        .inner_join(documents::table)
        .filter(licences::organization.eq_any(wanted))
        .filter(licences::organization.eq_any(inside))
        .filter(licences::removed_at.is_null())
        .order(licences::id)
        .select((Row::as_select(), files::Row::as_select()))
        .load(tx.connection())
        .await?;
    rows.into_iter().map(|(row, file)| Ok((licence(&row)?, document(file)?))).collect()
}

/// What those organizations show, the oldest first, with the documents; for whoever may see them for a reason of their own.
pub(crate) async fn shown_by(tx: &mut Tx, holders: &[Uuid]) -> Result<Vec<(Licence, Document)>, StoreError> {
    let rows: Vec<(Row, files::Row)> = licences::table
        .inner_join(documents::table)
        .filter(licences::organization.eq_any(holders))
        .filter(licences::removed_at.is_null())
        .order(licences::id)
        .select((Row::as_select(), files::Row::as_select()))
        .load(tx.connection())
        .await?;
    rows.into_iter().map(|(row, file)| Ok((licence(&row)?, document(file)?))).collect()
}

fn licence(row: &Row) -> Result<Licence, StoreError> {
    Ok(Licence {
        id: id(row.id),
        organization: id(row.organization),
        kind: LicenceKind::from_label(&row.kind).ok_or_else(|| StoreError::row("kind", &row.kind))?,
        number: LicenceNumber::parse(&row.number).map_err(|_refusal| StoreError::row("number", row.id))?,
        valid_until: row.valid_until.map(times::day),
        document: id(row.document),
    })
}
