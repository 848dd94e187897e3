//! Webhooks of organizations, and what is sent to them.
pub mod deliveries;

use diesel::dsl::case_when;
use diesel::pg::data_types::PgTimestamp;
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use jicai_domain::errors::{Code, Refusal};
use jicai_domain::events::EventKind;
use jicai_domain::identity::{OrganizationStatus, RegionCode, Role, Scope, Version};
use jicai_domain::ids::{OrganizationId, WebhookId};
use jicai_domain::time::Timestamp;
use jicai_domain::webhooks::{Address, Reachable, Webhook, WebhookFault, WebhookStatus};
use uuid::Uuid;

use crate::door::Tx;
use crate::errors::StoreError;
use crate::events::regions_of;
use crate::identity::organizations::{reached, terms};
use crate::ids::{column, id};
use crate::page::{Page, Part};
use crate::schema::{app_clock, organizations, webhooks};
use crate::times;

#[derive(Queryable, Selectable)]
#[diesel(table_name = webhooks)]
struct Row {
    id: Uuid,
    organization: Uuid,
    role: String,
    url: String,
    kinds: Vec<String>,
    status: String,
    fault: Option<String>,
    generation: i32,
    overlap_until: Option<PgTimestamp>,
    failing_since: Option<PgTimestamp>,
    version: i32,
}

/// An enabled webhook, with what its organization is today.
pub struct Listening {
    /// The webhook.
    pub webhook: Webhook,
    /// Whether the organization is approved.
    pub approved: bool,
    /// The regions that the organization acts in.
    pub regions: Vec<RegionCode>,
}

/// Adds a new one.
pub async fn add(tx: &mut Tx, webhook: &Webhook) -> Result<(), StoreError> {
    let kinds: Vec<&str> = webhook.kinds.iter().map(|kind| kind.name()).collect();
    diesel::insert_into(webhooks::table)
        .values((
            webhooks::id.eq(column(webhook.id)),
            webhooks::organization.eq(column(webhook.organization)),
            webhooks::role.eq(webhook.role.label()),
            webhooks::url.eq(webhook.address.as_str()),
            webhooks::kinds.eq(kinds),
            webhooks::status.eq(webhook.status.label()),
            webhooks::generation.eq(webhook.generation),
            webhooks::version.eq(webhook.version.number()),
            webhooks::created_at.eq(app_clock()),
            webhooks::status_since.eq(app_clock()),
        ))
        .execute(tx.connection())
        .await?;
    Ok(())
}

/// How many an organization has; no other transaction can add one before this one ends.
pub async fn count(tx: &mut Tx, organization: OrganizationId) -> Result<i64, StoreError> {
    let held = organizations::table.find(column(organization)).select(organizations::id).for_update();
    let _held: Uuid = held.first(tx.connection()).await?;
    let own = webhooks::table.filter(webhooks::organization.eq(column(organization)));
    Ok(own.count().get_result(tx.connection()).await?)
}

/// One that the scope reaches, held until the transaction ends. Errors: `NOT_FOUND`.
pub async fn lock(tx: &mut Tx, scope: &Scope, wanted: WebhookId) -> Result<Webhook, StoreError> {
    let own = organizations::table.filter(reached(terms(scope))).select(organizations::id);
    let row: Option<Row> = webhooks::table
        .find(column(wanted))
        .filter(webhooks::organization.eq_any(own))
        .select(Row::as_select())
        .for_update()
        .first(tx.connection())
        .await
        .optional()?;
    row.ok_or_else(|| Refusal::of(Code::NotFound).into()).and_then(webhook)
}

/// A part of those that the scope reaches, the newest first.
pub async fn list(tx: &mut Tx, scope: &Scope, page: &Page<WebhookId>) -> Result<Part<Webhook>, StoreError> {
    let own = organizations::table.filter(reached(terms(scope))).select(organizations::id);
    let mut query =
        webhooks::table.filter(webhooks::organization.eq_any(own)).select(Row::as_select()).into_boxed();
    if let Some(after) = page.after {
        query = query.filter(webhooks::id.lt(column(after)));
    }
    let rows: Vec<Row> = query.order(webhooks::id.desc()).limit(page.limit()).load(tx.connection()).await?;
    let read: Result<Vec<Webhook>, StoreError> = rows.into_iter().map(webhook).collect();
    Ok(Part::cut(read?, page))
}

/// One that the platform itself works for.
pub async fn find(tx: &mut Tx, wanted: WebhookId) -> Result<Webhook, StoreError> {
    webhook(webhooks::table.find(column(wanted)).select(Row::as_select()).first(tx.connection()).await?)
}

/// The same, held until the transaction ends.
pub async fn hold(tx: &mut Tx, wanted: WebhookId) -> Result<Webhook, StoreError> {
    let row = webhooks::table.find(column(wanted)).select(Row::as_select()).for_update();
    webhook(row.first(tx.connection()).await?)
}

/// The enabled ones of those organizations, and of whoever has one of those roles.
pub async fn listening(
    tx: &mut Tx,
    concerned: &[OrganizationId],
    overseers: &[Role],
) -> Result<Vec<Listening>, StoreError> {
    let concerned: Vec<Uuid> = concerned.iter().copied().map(column).collect();
    let roles: Vec<&str> = overseers.iter().map(|role| role.label()).collect();
    let rows: Vec<(Row, String)> = webhooks::table
        .inner_join(organizations::table)
        .filter(webhooks::status.eq(WebhookStatus::Enabled.label()))
        .filter(webhooks::organization.eq_any(concerned).or(webhooks::role.eq_any(roles)))
        .select((Row::as_select(), organizations::status))
        .load(tx.connection())
        .await?;
    let regions = regions_of(tx, rows.iter().map(|(row, _)| row.organization).collect()).await?;
    let listening = |(row, status): (Row, String)| {
        let regions = regions.get(&row.organization).cloned().unwrap_or_default();
        let approved = status == OrganizationStatus::Approved.label();
        Ok(Listening { webhook: webhook(row)?, approved, regions })
    };
    rows.into_iter().map(listening).collect()
}

/// Saves one that the transaction holds.
pub async fn save(tx: &mut Tx, changed: &Webhook) -> Result<(), StoreError> {
    let kept = webhooks::status.eq(changed.status.label());
    let since = case_when(kept, webhooks::status_since).otherwise(app_clock());
    diesel::update(webhooks::table.find(column(changed.id)))
        .set((
            webhooks::status.eq(changed.status.label()),
            webhooks::fault.eq(changed.status.fault().map(WebhookFault::label)),
            webhooks::generation.eq(changed.generation),
            webhooks::overlap_until.eq(changed.overlap_until.map(times::at)),
            webhooks::failing_since.eq(changed.failing_since.map(times::at)),
            webhooks::version.eq(changed.version.number()),
            webhooks::status_since.eq(since),
        ))
        .execute(tx.connection())
        .await?;
    Ok(())
}

/// Remembers since when the receiver has accepted nothing.
pub async fn failing(tx: &mut Tx, which: WebhookId, since: Option<Timestamp>) -> Result<(), StoreError> {
    diesel::update(webhooks::table.find(column(which)))
        .set(webhooks::failing_since.eq(since.map(times::at)))
        .execute(tx.connection())
        .await?;
    Ok(())
}

fn webhook(row: Row) -> Result<Webhook, StoreError> {
    let kinds =
        row.kinds.iter().map(|kind| EventKind::from_name(kind).ok_or_else(|| StoreError::row("kind", kind)));
    let kinds = kinds.collect::<Result<Vec<EventKind>, StoreError>>()?;
    // Which addresses are allowed is judged when one is registered and when something is sent there.
    let address = Address::parse(&row.url, Reachable::Anything);
    Ok(Webhook {
        id: id(row.id),
        organization: id(row.organization),
        role: Role::from_label(&row.role).ok_or_else(|| StoreError::row("role", &row.role))?,
        address: address.map_err(|_refusal| StoreError::row("url", row.id))?,
        kinds,
        status: status(&row)?,
        generation: row.generation,
        overlap_until: row.overlap_until.map(times::timestamp),
        failing_since: row.failing_since.map(times::timestamp),
        version: Version::new(row.version),
    })
}

fn status(row: &Row) -> Result<WebhookStatus, StoreError> {
    let fault = row.fault.as_deref().map(WebhookFault::from_label);
    match (row.status.as_str(), fault) {
        ("ENABLED", None) => Ok(WebhookStatus::Enabled),
        ("DISABLED", None) => Ok(WebhookStatus::Disabled),
        ("GIVEN_UP", Some(Some(fault))) => Ok(WebhookStatus::GivenUp { fault }),
        (other, _fault) => Err(StoreError::row("status", other)),
    }
}
