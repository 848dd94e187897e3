//! Alliances and who belonged to them. Public to read; changed by the office that keeps them.
use std::collections::BTreeMap;

use diesel::pg::data_types::PgDate;
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use jicai_domain::errors::{Code, Refusal};
use jicai_domain::identity::{Alliance, Membership, Name, ProductGroup, RegionCode, Scope, Version};
use jicai_domain::ids::AllianceId;
use jicai_domain::time::Day;
use uuid::Uuid;

use super::regions::read_code;
use crate::door::Tx;
use crate::errors::StoreError;
use crate::ids::{column, id};
use crate::page::{Page, Part};
use crate::schema::{alliance_memberships, alliances, app_clock};
use crate::times;

type Row = (Uuid, String, Uuid, i32);
type MembershipRow = (Uuid, String, String, PgDate, Option<PgDate>);

/// Adds a new one.
pub async fn add(tx: &mut Tx, alliance: &Alliance) -> Result<(), StoreError> {
    diesel::insert_into(alliances::table)
        .values((
            alliances::id.eq(column(alliance.id)),
            alliances::name.eq(alliance.name.as_str()),
            alliances::office.eq(column(alliance.office)),
            alliances::version.eq(alliance.version.number()),
            alliances::created_at.eq(app_clock()),
        ))
        .execute(tx.connection())
        .await?;
    Ok(())
}

/// One that the scope's own office keeps, held until the transaction ends. Errors: `NOT_FOUND`.
pub async fn lock(tx: &mut Tx, scope: &Scope, wanted: AllianceId) -> Result<Alliance, StoreError> {
    let office = scope.organization().map(column);
    let rows: Vec<Row> = alliances::table
        .find(column(wanted))
        .filter(alliances::office.nullable().eq(office))
        .select((alliances::id, alliances::name, alliances::office, alliances::version))
        .for_update()
        .load(tx.connection())
        .await?;
    one(with_memberships(tx, rows).await?)
}

/// One of all. Errors: `NOT_FOUND`.
pub async fn find(tx: &mut Tx, wanted: AllianceId) -> Result<Alliance, StoreError> {
    let rows: Vec<Row> = alliances::table
        .find(column(wanted))
        .select((alliances::id, alliances::name, alliances::office, alliances::version))
        .load(tx.connection())
        .await?;
    one(with_memberships(tx, rows).await?)
}

/// A part of all, the newest first.
pub async fn list(tx: &mut Tx, page: &Page<AllianceId>) -> Result<Part<Alliance>, StoreError> {
    let mut query = alliances::table
        .select((alliances::id, alliances::name, alliances::office, alliances::version))
        .into_boxed();
    if let Some(after) = page.after {
        query = query.filter(alliances::id.lt(column(after)));
    }
    let rows = query.order(alliances::id.desc()).limit(page.limit()).load(tx.connection()).await?;
    Ok(Part::cut(with_memberships(tx, rows).await?, page))
}

/// Saves the last membership of a changed alliance as a new one. Errors: `STALE_VERSION`, `REGION_UNKNOWN`.
pub async fn save_joined(tx: &mut Tx, changed: &Alliance, expected: Version) -> Result<(), StoreError> {
    advance(tx, changed, expected).await?;
    let Some(joined) = changed.memberships.last() else { return Ok(()) };
    diesel::insert_into(alliance_memberships::table)
        .values((
            alliance_memberships::alliance.eq(column(changed.id)),
            alliance_memberships::region.eq(joined.region.to_string()),
            alliance_memberships::product_group.eq(joined.group.as_str()),
            alliance_memberships::joined_on.eq(times::on(joined.joined)),
        ))
        .execute(tx.connection())
        .await?;
    Ok(())
}

/// Saves the leaving of a region. Errors: `STALE_VERSION`.
pub async fn save_left(
    tx: &mut Tx,
    changed: &Alliance,
    expected: Version,
    (region, group, day): (RegionCode, &ProductGroup, Day),
) -> Result<(), StoreError> {
    advance(tx, changed, expected).await?;
    let current = alliance_memberships::table
        .filter(alliance_memberships::alliance.eq(column(changed.id)))
        .filter(alliance_memberships::region.eq(region.to_string()))
        .filter(alliance_memberships::product_group.eq(group.as_str()))
        .filter(alliance_memberships::left_on.is_null());
    diesel::update(current)
        .set(alliance_memberships::left_on.eq(times::on(day)))
        .execute(tx.connection())
        .await?;
    Ok(())
}

async fn advance(tx: &mut Tx, changed: &Alliance, expected: Version) -> Result<(), StoreError> {
    let current = alliances::table.find(column(changed.id)).filter(alliances::version.eq(expected.number()));
    let saved = diesel::update(current)
        .set(alliances::version.eq(changed.version.number()))
        .execute(tx.connection())
        .await?;
    if saved == 0 { Err(Refusal::of(Code::StaleVersion).at("version").into()) } else { Ok(()) }
}

fn one(found: Vec<Alliance>) -> Result<Alliance, StoreError> {
    found.into_iter().next().ok_or_else(|| Refusal::of(Code::NotFound).into())
}

async fn with_memberships(tx: &mut Tx, rows: Vec<Row>) -> Result<Vec<Alliance>, StoreError> {
    let ids: Vec<Uuid> = rows.iter().map(|row| row.0).collect();
    let found: Vec<MembershipRow> = alliance_memberships::table
        .filter(alliance_memberships::alliance.eq_any(ids))
        .order((
            alliance_memberships::joined_on,
            alliance_memberships::region,
            alliance_memberships::product_group,
        ))
        .load(tx.connection())
        .await?;
    let mut memberships: BTreeMap<Uuid, Vec<Membership>> = BTreeMap::new();
    for row in found {
        memberships.entry(row.0).or_default().push(membership(&row)?);
    }
    rows.into_iter().map(|row| alliance(&row, memberships.remove(&row.0).unwrap_or_default())).collect()
}

fn alliance(
    (key, name, office, version): &Row,
    memberships: Vec<Membership>,
) -> Result<Alliance, StoreError> {
    Ok(Alliance {
        id: id(*key),
        name: Name::parse(name).map_err(|_refusal| StoreError::row("alliance", key))?,
        office: id(*office),
        memberships,
        version: Version::new(*version),
    })
}

fn membership((key, region, group, joined, left): &MembershipRow) -> Result<Membership, StoreError> {
    Ok(Membership {
        region: read_code(region)?,
        group: ProductGroup::parse(group).map_err(|_refusal| StoreError::row("membership", key))?,
        joined: times::day(*joined),
        left: left.map(times::day),
    })
}
