//! Alliances: opened and changed by the procurement office that keeps them.
use jicai_domain::audit::{Act, IdempotencyKey};
use jicai_domain::errors::{Code, Refusal};
use jicai_domain::identity::{Alliance, Caller, Name, Permission, ProductGroup, RegionCode, Version};
use jicai_domain::ids::AllianceId;
use jicai_domain::time::Day;
use jicai_store::audit::record;
use jicai_store::fresh;
use jicai_store::identity::alliances;

use crate::app::App;
use crate::audit::{Changed, actor, keyed, once};
use crate::errors::Error;

/// A new alliance.
pub struct OpenAlliance {
    /// Its name.
    pub name: Name,
    /// The key of the request.
    pub key: IdempotencyKey,
}

/// A region that joins for a product group.
pub struct JoinAlliance {
    /// The alliance.
    pub alliance: AllianceId,
    /// The version that the caller has seen.
    pub version: Version,
    /// The region.
    pub region: RegionCode,
    /// The product group.
    pub group: ProductGroup,
    /// The first day.
    pub joined: Day,
    /// The key of the request.
    pub key: IdempotencyKey,
}

/// A region that leaves for a product group.
pub struct LeaveAlliance {
    /// The alliance.
    pub alliance: AllianceId,
    /// The version that the caller has seen.
    pub version: Version,
    /// The region.
    pub region: RegionCode,
    /// The product group.
    pub group: ProductGroup,
    /// The first day on which it no longer belongs.
    pub left: Day,
    /// The key of the request.
    pub key: IdempotencyKey,
}

/// Opens an alliance. Errors: `FORBIDDEN`.
pub async fn open_alliance(
    app: &App,
    caller: &Caller,
    command: OpenAlliance,
) -> Result<Changed<AllianceId>, Error> {
    caller.require(Permission::KeepAlliances)?;
    let keyed = keyed(app, Some(caller), &command.key, "open_alliance", &[command.name.as_str()]);
    once(app, &keyed, async |tx| {
        let alliance = Alliance::open(fresh(), command.name.clone(), caller.organization);
        alliances::add(tx, &alliance).await?;
        let act = Act::new("AllianceOpened", alliance.id).with("name", alliance.name.as_str());
        let answer = Changed { id: alliance.id, version: alliance.version };
        Ok(record(tx, actor(caller), act, answer).await?)
    })
    .await
}

/// Lets a region join. Errors: `FORBIDDEN`, `NOT_FOUND`, `ALLIANCE_MEMBER`, `DATE_INVALID`, `REGION_UNKNOWN`,
/// `STALE_VERSION`.
pub async fn join_alliance(
    app: &App,
    caller: &Caller,
    command: JoinAlliance,
) -> Result<Changed<AllianceId>, Error> {
    let scope = caller.require(Permission::KeepAlliances)?;
    let JoinAlliance { alliance, version, region, group, joined, key } = command;
    let said = said(alliance, version, region, &group, joined);
    let keyed = keyed(app, Some(caller), &key, "join_alliance", &said.each_ref().map(String::as_str));
    once(app, &keyed, async |tx| {
        let current = at(version, alliances::lock(tx, &scope, alliance).await?)?;
        let changed = current.join(region, group.clone(), joined)?;
        alliances::save_joined(tx, &changed, version).await?;
        let act = act("AllianceJoined", alliance, region, &group, joined);
        Ok(record(tx, actor(caller), act, Changed { id: alliance, version: changed.version }).await?)
    })
    .await
}

/// Lets a region leave. Errors: `FORBIDDEN`, `NOT_FOUND`, `ALLIANCE_NOT_MEMBER`, `DATE_INVALID`, `STALE_VERSION`.
pub async fn leave_alliance(
    app: &App,
    caller: &Caller,
    command: LeaveAlliance,
) -> Result<Changed<AllianceId>, Error> {
    let scope = caller.require(Permission::KeepAlliances)?;
    let LeaveAlliance { alliance, version, region, group, left, key } = command;
    let said = said(alliance, version, region, &group, left);
    let keyed = keyed(app, Some(caller), &key, "leave_alliance", &said.each_ref().map(String::as_str));
    once(app, &keyed, async |tx| {
        let current = at(version, alliances::lock(tx, &scope, alliance).await?)?;
        let changed = current.leave(region, &group, left)?;
        alliances::save_left(tx, &changed, version, (region, &group, left)).await?;
        let act = act("AllianceLeft", alliance, region, &group, left);
        Ok(record(tx, actor(caller), act, Changed { id: alliance, version: changed.version }).await?)
    })
    .await
}

fn at(expected: Version, current: Alliance) -> Result<Alliance, Refusal> {
    if current.version == expected { Ok(current) } else { Err(Refusal::of(Code::StaleVersion).at("version")) }
}

fn said(
    alliance: AllianceId,
    version: Version,
    region: RegionCode,
    group: &ProductGroup,
    day: Day,
) -> [String; 5] {
    [
        alliance.to_string(),
        version.number().to_string(),
        region.to_string(),
        group.as_str().to_owned(),
        day.epoch_days().to_string(),
    ]
}

fn act(kind: &'static str, alliance: AllianceId, region: RegionCode, group: &ProductGroup, day: Day) -> Act {
    Act::new(kind, alliance)
        .with("region", region)
        .with("productGroup", group.as_str())
        .with("day", day.epoch_days())
}
