//! 医共体: which institution reports for which others, and since when.
use diesel::pg::data_types::PgTimestamp;
use diesel::prelude::*;
use diesel::sql_types::{Array, BigInt, Nullable, Text, Timestamptz, Uuid as SqlUuid};
use diesel_async::RunQueryDsl;
use jicai_domain::identity::{CreditCode, Name, Scope};
use jicai_domain::ids::OrganizationId;
use jicai_domain::time::Timestamp;
use uuid::Uuid;

use crate::door::Tx;
use crate::errors::StoreError;
use crate::ids::{column, id};
use crate::page::{Page, Part};
use crate::schema::{app_clock, demand_leads};
use crate::times;

/// An institution and its lead.
#[derive(Clone, Debug)]
pub struct Led {
    /// The member.
    pub member: OrganizationId,
    /// The member's name.
    pub name: Name,
    /// The member's unified social credit code.
    pub credit_code: CreditCode,
    /// The lead.
    pub lead: OrganizationId,
    /// The lead's name.
    pub lead_name: Name,
    /// Since when.
    pub joined: Timestamp,
}

/// From now on the lead reports for the member. Errors: `LEAD_STATE` when it has one.
pub async fn join(tx: &mut Tx, lead: OrganizationId, member: OrganizationId) -> Result<(), StoreError> {
    diesel::insert_into(demand_leads::table)
        .values((
            demand_leads::lead.eq(column(lead)),
            demand_leads::member.eq(column(member)),
            demand_leads::joined_at.eq(app_clock()),
        ))
        .execute(tx.connection())
        .await?;
    Ok(())
}

/// From now on it does not; whether it did.
pub async fn leave(tx: &mut Tx, lead: OrganizationId, member: OrganizationId) -> Result<bool, StoreError> {
    let current = demand_leads::table
        .filter(demand_leads::lead.eq(column(lead)))
        .filter(demand_leads::member.eq(column(member)))
        .filter(demand_leads::left_at.is_null());
    let ended = diesel::update(current).set(demand_leads::left_at.eq(app_clock().nullable()));
    Ok(ended.execute(tx.connection()).await? == 1)
}

/// Whether they cannot become lead and member: the member leads others or is led, or the lead is led.
pub async fn tied(tx: &mut Tx, lead: OrganizationId, member: OrganizationId) -> Result<bool, StoreError> {
    let (lead, member) = (column(lead), column(member));
    let either = demand_leads::member.eq_any([lead, member]).or(demand_leads::lead.eq(member));
    let ties = demand_leads::table.filter(demand_leads::left_at.is_null()).filter(either);
    Ok(diesel::select(diesel::dsl::exists(ties)).get_result(tx.connection()).await?)
}

/// The lead of an institution now.
pub async fn lead_of(tx: &mut Tx, member: OrganizationId) -> Result<Option<OrganizationId>, StoreError> {
    let lead = demand_leads::table
        .filter(demand_leads::member.eq(column(member)))
        .filter(demand_leads::left_at.is_null())
        .select(demand_leads::lead);
    let found: Option<Uuid> = lead.first(tx.connection()).await.optional()?;
    Ok(found.map(id))
}

#[derive(QueryableByName)]
struct Row {
    #[diesel(sql_type = SqlUuid)]
    member: Uuid,
    #[diesel(sql_type = Text)]
    name: String,
    #[diesel(sql_type = Text)]
    credit_code: String,
    #[diesel(sql_type = SqlUuid)]
    lead: Uuid,
    #[diesel(sql_type = Text)]
    lead_name: String,
    #[diesel(sql_type = Timestamptz)]
    joined_at: PgTimestamp,
}

/// A part of the members that an institution leads now, or of those of a jurisdiction.
pub async fn leads_list(
    tx: &mut Tx,
    scope: &Scope,
    page: &Page<OrganizationId>,
) -> Result<Part<Led>, StoreError> {
    let covered: Vec<String> = scope.regions().iter().map(ToString::to_string).collect();
    let rows: Vec<Row> = diesel::sql_query(
        "SELECT l.member, m.name, m.credit_code, l.lead, o.name AS lead_name, l.joined_at FROM demand_leads l \
         JOIN organizations m ON m.id = l.member JOIN organizations o ON o.id = l.lead WHERE l.left_at IS NULL \
         AND (l.lead = $1 OR l.member IN (SELECT organization FROM organization_regions WHERE within && $2)) \
         AND l.member > $3 ORDER BY l.member LIMIT $4",
    )
    .bind::<Nullable<SqlUuid>, _>(scope.organization().map(column))
    .bind::<Array<Text>, _>(covered)
    .bind::<SqlUuid, _>(page.after.map_or(Uuid::nil(), column))
    .bind::<BigInt, _>(page.limit())
    .load(tx.connection())
    .await?;
    Ok(Part::cut(rows.into_iter().map(led).collect::<Result<_, _>>()?, page))
}

fn led(row: Row) -> Result<Led, StoreError> {
    let unreadable = |_refusal| StoreError::row("member", row.member);
    Ok(Led {
        member: id(row.member),
        name: Name::parse(&row.name).map_err(unreadable)?,
        credit_code: CreditCode::parse(&row.credit_code).map_err(unreadable)?,
        lead: id(row.lead),
        lead_name: Name::parse(&row.lead_name).map_err(unreadable)?,
        joined: times::timestamp(row.joined_at),
    })
}
