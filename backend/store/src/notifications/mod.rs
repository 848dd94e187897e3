//! What users are told of. Rows of one user, whom every function that reads them names.
use std::collections::BTreeSet;

use diesel::pg::data_types::PgTimestamp;
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use jicai_domain::events::{Event, EventKind};
use jicai_domain::identity::{OrganizationStatus, Permission, RegionCode, Role, UserStatus};
use jicai_domain::ids::{OrganizationId, UserId};
use jicai_domain::notifications::{Notification, Whom, notice};
use jicai_domain::time::Timestamp;
use uuid::Uuid;

use crate::door::Tx;
use crate::errors::StoreError;
use crate::events::{column_of, read_position};
use crate::ids::column;
use crate::page::{Page, Part};
use crate::schema::{notifications, organization_regions, organizations, users};
use crate::times;

/// Rows that one statement adds.
const AT_ONCE: usize = 1_000;

/// Tells whomever the events concern. Once an event: a second time breaks the key.
pub async fn tell(tx: &mut Tx, events: &[Event]) -> Result<(), StoreError> {
    let mut rows = Vec::new();
    for event in events {
        let position = column_of(event.position)?;
        rows.extend(told(tx, event).await?.into_iter().map(|user| {
            (
                notifications::user_id.eq(user),
                notifications::position.eq(position),
                notifications::kind.eq(event.kind.name()),
                notifications::subject.eq(&event.subject),
                notifications::at.eq(times::at(event.at)),
            )
        }));
    }
    for some in rows.chunks(AT_ONCE) {
        diesel::insert_into(notifications::table).values(some).execute(tx.connection()).await?;
    }
    Ok(())
}

/// Who is told of an event: active users, not the one who did it.
async fn told(tx: &mut Tx, event: &Event) -> Result<BTreeSet<Uuid>, StoreError> {
    let mut told = match notice(event.kind).whom {
        Whom::Nobody => BTreeSet::new(),
        Whom::Everybody => own(tx, event, (Role::ALL, false)).await?,
        Whom::Managers => own(tx, event, (Role::ALL, true)).await?,
        Whom::Holding(permission) => {
            let rule = permission.rule();
            own(tx, event, (rule.roles, rule.managers_only)).await?
        }
        Whom::Over(permission) => {
            let mut over = BTreeSet::new();
            for (organization, regions) in &event.concerns {
                over.extend(overseeing(tx, permission, (*organization, regions)).await?);
            }
            over
        }
    };
    if let Some(actor) = event.actor {
        told.remove(&column(actor));
    }
    Ok(told)
}

async fn own(
    tx: &mut Tx,
    event: &Event,
    (roles, managers_only): (&[Role], bool),
) -> Result<BTreeSet<Uuid>, StoreError> {
    let roles: Vec<&str> = roles.iter().map(|role| role.label()).collect();
    let concerned = event.concerns.iter().map(|(organization, _)| *organization);
    let concerned = concerned.chain(event.parties.organizations.iter().copied());
    let concerned: Vec<Uuid> = concerned.map(column).collect();
    let custodians: Vec<Uuid> = event.parties.custodians.iter().copied().map(column).collect();
    let found: Vec<Uuid> = users::table
        .filter(users::organization.eq_any(concerned).or(users::id.eq_any(custodians)))
        .filter(users::status.eq(UserStatus::Active.label()))
        .filter(users::role.eq_any(roles))
        .filter(users::manager.eq_any(managers(managers_only)))
        .select(users::id)
        .load(tx.connection())
        .await?;
    Ok(found.into_iter().collect())
}

/// Those who have the permission over an organization as a whole, and are not of it.
async fn overseeing(
    tx: &mut Tx,
    permission: Permission,
    (organization, regions): (OrganizationId, &[RegionCode]),
) -> Result<Vec<Uuid>, StoreError> {
    let rule = permission.rule();
    let roles: Vec<&str> = rule.roles.iter().map(|role| role.label()).collect();
    let approved = organizations::status.eq(OrganizationStatus::Approved.label());
    let mut found = users::table
        .inner_join(organizations::table)
        .filter(approved)
        .filter(users::status.eq(UserStatus::Active.label()))
        .filter(users::role.eq_any(roles))
        .filter(users::manager.eq_any(managers(rule.managers_only)))
        .filter(organizations::id.ne(column(organization)))
        .select(users::id)
        .into_boxed();
    for region in regions {
        let over: Vec<String> = region.ancestors().map(|over| over.to_string()).collect();
        let covering = organization_regions::table
            .filter(organization_regions::region.eq_any(over))
            .select(organization_regions::organization);
        found = found.filter(organizations::id.eq_any(covering));
    }
    Ok(found.load(tx.connection()).await?)
}

/// What may stand in the column `manager`.
fn managers(only: bool) -> Vec<bool> {
    if only { vec![true] } else { vec![true, false] }
}

type Row = (i64, String, String, PgTimestamp, bool);

/// A part of what a user was told, the newest first.
pub async fn list(
    tx: &mut Tx,
    user: UserId,
    unread_only: bool,
    page: &Page<u64>,
) -> Result<Part<Notification>, StoreError> {
    let mut query = notifications::table
        .filter(notifications::user_id.eq(column(user)))
        .select((
            notifications::position,
            notifications::kind,
            notifications::subject,
            notifications::at,
            notifications::read,
        ))
        .into_boxed();
    if unread_only {
        query = query.filter(diesel::dsl::not(notifications::read));
    }
    if let Some(after) = page.after {
        query = query.filter(notifications::position.lt(column_of(after)?));
    }
    let rows: Vec<Row> =
        query.order(notifications::position.desc()).limit(page.limit()).load(tx.connection()).await?;
    let read: Result<Vec<Notification>, StoreError> = rows.into_iter().map(notification).collect();
    Ok(Part::cut(read?, page))
}

/// How much a user was told and has not read.
pub async fn unread(tx: &mut Tx, user: UserId) -> Result<i64, StoreError> {
    Ok(notifications::table
        .filter(notifications::user_id.eq(column(user)))
        .filter(diesel::dsl::not(notifications::read))
        .count()
        .get_result(tx.connection())
        .await?)
}

/// The user has read everything up to that position.
pub async fn mark_read(tx: &mut Tx, user: UserId, up_to: u64) -> Result<(), StoreError> {
    let unread = notifications::table
        .filter(notifications::user_id.eq(column(user)))
        .filter(notifications::position.le(column_of(up_to)?))
        .filter(diesel::dsl::not(notifications::read));
    diesel::update(unread).set(notifications::read.eq(true)).execute(tx.connection()).await?;
    Ok(())
}

/// Forgets what was told before then, at most so many; how many it forgot.
pub async fn forget(tx: &mut Tx, before: Timestamp, most: i64) -> Result<usize, StoreError> {
    let old: Vec<(Uuid, i64)> = notifications::table
        .filter(notifications::at.lt(times::at(before)))
        .order(notifications::at)
        .limit(most)
        .select((notifications::user_id, notifications::position))
        .load(tx.connection())
        .await?;
    let (users, positions): (Vec<Uuid>, Vec<i64>) = old.into_iter().unzip();
    let gone = diesel::sql_query(
        "DELETE FROM notifications USING unnest($1, $2) AS old (user_id, position) \
         WHERE notifications.user_id = old.user_id AND notifications.position = old.position",
    );
    Ok(gone
        .bind::<diesel::sql_types::Array<diesel::sql_types::Uuid>, _>(users)
        .bind::<diesel::sql_types::Array<diesel::sql_types::BigInt>, _>(positions)
        .execute(tx.connection())
        .await?)
}

fn notification((position, kind, subject, at, read): Row) -> Result<Notification, StoreError> {
    let kind = EventKind::from_name(&kind).ok_or_else(|| StoreError::row("kind", &kind))?;
    Ok(Notification { position: read_position(position)?, kind, subject, at: times::timestamp(at), read })
}
