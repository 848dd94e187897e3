//! Clients: programs that get access tokens by a secret of their own.
use diesel::dsl::array;
use diesel::pg::data_types::PgTimestamp;
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use jicai_domain::errors::{Code, Refusal};
use jicai_domain::identity::{
    Caller, Client, ClientStatus, Name, Overlap, Permission, Role, Scope, Version, Who,
};
use jicai_domain::ids::{ClientId, OrganizationId};
use uuid::Uuid;

use super::organizations::{reached, terms};
use super::regions::{own_regions, read_codes};
use crate::door::Tx;
use crate::errors::StoreError;
use crate::ids::{column, id};
use crate::page::{Page, Part};
use crate::schema::{app_clock, clients, organizations};
use crate::times;

#[derive(Queryable, Selectable)]
#[diesel(table_name = clients)]
struct Row {
    id: Uuid,
    organization: Uuid,
    name: String,
    role: String,
    permissions: Vec<String>,
    status: String,
    generation: i32,
    version: i32,
}

/// What proves a client.
pub struct Proof {
    /// The client's organization.
    pub organization: OrganizationId,
    /// What it may do.
    pub permissions: Vec<Permission>,
    /// The digests of the secrets that are good now.
    pub digests: Vec<Vec<u8>>,
}

/// Adds a new one with the digest of its secret.
pub async fn add(tx: &mut Tx, client: &Client, digest: &[u8]) -> Result<(), StoreError> {
    let permissions: Vec<&str> = client.permissions.iter().map(|permission| permission.label()).collect();
    diesel::insert_into(clients::table)
        .values((
            clients::id.eq(column(client.id)),
            clients::organization.eq(column(client.organization)),
            clients::name.eq(client.name.as_str()),
            clients::role.eq(client.role.label()),
            clients::permissions.eq(permissions),
            clients::status.eq(client.status.label()),
            clients::generation.eq(client.generation),
            clients::secret_digest.eq(digest),
            clients::version.eq(client.version.number()),
            clients::created_at.eq(app_clock()),
        ))
        .execute(tx.connection())
        .await?;
    Ok(())
}

/// One of an organization that the scope reaches, held until the transaction ends. Errors: `NOT_FOUND`.
pub async fn lock(tx: &mut Tx, scope: &Scope, wanted: ClientId) -> Result<Client, StoreError> {
    let row: Option<Row> = clients::table
        .find(column(wanted))
        .filter(
            clients::organization
                .eq_any(organizations::table.filter(reached(terms(scope))).select(organizations::id)),
        )
        .select(Row::as_select())
        .for_update()
        .first(tx.connection())
        .await
        .optional()?;
    row.ok_or_else(|| Refusal::of(Code::NotFound).into()).and_then(|row| client(&row))
}

/// A part of the clients of the organizations that the scope reaches, the newest first.
pub async fn list(tx: &mut Tx, scope: &Scope, page: &Page<ClientId>) -> Result<Part<Client>, StoreError> {
    let mut query = clients::table
        .filter(
            clients::organization
                .eq_any(organizations::table.filter(reached(terms(scope))).select(organizations::id)),
        )
        .select(Row::as_select())
        .into_boxed();
    if let Some(after) = page.after {
        query = query.filter(clients::id.lt(column(after)));
    }
    let rows: Vec<Row> = query.order(clients::id.desc()).limit(page.limit()).load(tx.connection()).await?;
    let found: Result<Vec<Client>, StoreError> = rows.iter().map(client).collect();
    Ok(Part::cut(found?, page))
}

/// Replaces the secret; the one before stays good for a while. What was before that one is no longer.
pub async fn rotate(
    tx: &mut Tx,
    changed: &Client,
    (expected, digest): (Version, &[u8]),
    overlap: Overlap,
) -> Result<(), StoreError> {
    let until = times::at(tx.now().await?.plus_seconds(overlap.seconds()));
    let current = clients::table.find(column(changed.id)).filter(clients::version.eq(expected.number()));
    let saved = diesel::update(current)
        .set((
            clients::previous_digest.eq(clients::secret_digest.nullable()),
            clients::previous_until.eq(until),
            clients::secret_digest.eq(digest),
            clients::generation.eq(changed.generation),
            clients::version.eq(changed.version.number()),
        ))
        .execute(tx.connection())
        .await?;
    fresh_enough(saved)
}

/// Saves another status. Errors: `STALE_VERSION` when it is no longer at the expected version.
pub async fn save_status(tx: &mut Tx, changed: &Client, expected: Version) -> Result<(), StoreError> {
    let current = clients::table.find(column(changed.id)).filter(clients::version.eq(expected.number()));
    let saved = diesel::update(current)
        .set((clients::status.eq(changed.status.label()), clients::version.eq(changed.version.number())))
        .execute(tx.connection())
        .await?;
    fresh_enough(saved)
}

type ProofRow = (Uuid, Vec<String>, Vec<u8>, Option<Vec<u8>>, Option<PgTimestamp>);

/// What proves the active client of that id; none when there is none.
pub async fn proof(tx: &mut Tx, wanted: ClientId) -> Result<Option<Proof>, StoreError> {
    let now = times::at(tx.now().await?);
    let row: Option<ProofRow> = clients::table
        .find(column(wanted))
        .filter(clients::status.eq(ClientStatus::Active.label()))
        .select((
            clients::organization,
            clients::permissions,
            clients::secret_digest,
            clients::previous_digest,
            clients::previous_until,
        ))
        .first(tx.connection())
        .await
        .optional()?;
    Ok(row.map(|(organization, labels, current, previous, until)| {
        let previous = previous.filter(|_| until.is_some_and(|until| now.0 < until.0));
        Proof {
            organization: id(organization),
            permissions: permissions(&labels),
            digests: std::iter::once(current).chain(previous).collect(),
        }
    }))
}

type CallerRow = (Uuid, String, Vec<String>, String, Vec<String>);

/// Who an active client is; none when it is disabled.
pub async fn caller(tx: &mut Tx, wanted: ClientId) -> Result<Option<Caller>, StoreError> {
    let row: Option<CallerRow> = clients::table
        .inner_join(organizations::table)
        .filter(clients::id.eq(column(wanted)))
        .filter(clients::status.eq(ClientStatus::Active.label()))
        .select((
            organizations::id,
            clients::role,
            clients::permissions,
            organizations::status,
            array(own_regions()),
        ))
        .first(tx.connection())
        .await
        .optional()?;
    let Some((organization, role, labels, status, regions)) = row else { return Ok(None) };
    Ok(Some(Caller {
        who: Who::Client { client: wanted, permissions: permissions(&labels) },
        organization: id(organization),
        role: Role::from_label(&role).ok_or_else(|| StoreError::row("role", &role))?,
        manager: false,
        approved: status == "APPROVED",
        regions: read_codes(&regions)?,
    }))
}

fn fresh_enough(saved: usize) -> Result<(), StoreError> {
    if saved == 0 { Err(Refusal::of(Code::StaleVersion).at("version").into()) } else { Ok(()) }
}

/// A label that the table no longer has permits nothing.
fn permissions(labels: &[String]) -> Vec<Permission> {
    labels.iter().filter_map(|label| Permission::from_label(label)).collect()
}

fn client(row: &Row) -> Result<Client, StoreError> {
    let unreadable = |_refusal: Refusal| StoreError::row("client", row.id);
    Ok(Client {
        id: id(row.id),
        organization: id(row.organization),
        name: Name::parse(&row.name).map_err(unreadable)?,
        role: Role::from_label(&row.role).ok_or_else(|| StoreError::row("role", &row.role))?,
        permissions: permissions(&row.permissions),
        status: ClientStatus::from_label(&row.status)
            .ok_or_else(|| StoreError::row("status", &row.status))?,
        generation: row.generation,
        version: Version::new(row.version),
    })
}
