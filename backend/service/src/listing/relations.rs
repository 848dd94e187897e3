//! 配送关系: proposed by the manufacturer, accepted or refused by the distributor, voided by either, replaced by the manufacturer.
use std::collections::BTreeMap;

use jicai_domain::audit::{Act, IdempotencyKey};
use jicai_domain::errors::{Code, Refusal};
use jicai_domain::identity::{Caller, OrganizationKind, Permission, Reason, RegionCode, Role, Version};
use jicai_domain::ids::{DistributionRelationId, OrganizationId};
use jicai_domain::listing::relation::RelationCommand;
pub use jicai_domain::listing::relation::{Goods, Relation, RelationState};
use jicai_domain::time::Day;
use jicai_store::audit::{record, record_with};
pub use jicai_store::listing::relations::Wanted;
use jicai_store::listing::relations::{self, Seen};
use jicai_store::{Page, Part, Tx, fresh};

use super::fresh_enough;
use crate::app::App;
use crate::audit::{Changed, actor, keyed, once};
use crate::errors::Error;

/// A relation that a manufacturer proposes.
#[derive(Clone, Debug)]
pub struct ProposeDistribution {
    /// Who is asked.
    pub distributor: OrganizationId,
    /// The city or county.
    pub region: RegionCode,
    /// What it is for.
    pub goods: Goods,
    /// From which day on; from the day of acceptance where it is left out.
    pub valid_from: Option<Day>,
    /// The day on which it holds no longer.
    pub valid_to: Option<Day>,
    /// The key of the request.
    pub key: IdempotencyKey,
}

/// Proposes a relation. Errors: `FORBIDDEN`, `RELATION_INVALID`, `RELATION_EXISTS`, `REGION_UNKNOWN`.
pub async fn propose_distribution(
    app: &App,
    caller: &Caller,
    command: ProposeDistribution,
) -> Result<Changed<DistributionRelationId>, Error> {
    caller.require(Permission::AppointDistributors)?;
    let by = caller.user()?;
    let said = format!("{command:?}");
    let keyed = keyed(app, Some(caller), &command.key, "propose_distribution", &[&said]);
    once(app, &keyed, async |tx| {
        distributes(tx, command.distributor).await?;
        if !relations::owns(tx, caller.organization, command.goods).await? {
            return Err(Refusal::of(Code::RelationInvalid).at("goods").into());
        }
        let proposed_at = tx.now().await?;
        let relation = Relation {
            id: fresh(),
            manufacturer: caller.organization,
            distributor: command.distributor,
            region: command.region,
            goods: command.goods,
            replaces: None,
            state: RelationState::Proposed,
            valid_from: command.valid_from.unwrap_or(proposed_at.day_in_china()),
            valid_to: command.valid_to,
            proposed_by: by,
            proposed_at,
            accepted: None,
            version: Version::FIRST,
        };
        let relation = relation.checked()?;
        relations::add(tx, &relation).await?;
        let answer = Changed { id: relation.id, version: relation.version };
        Ok(record(tx, actor(caller), told("DistributionProposed", &relation), answer).await?)
    })
    .await
}

/// Errors: `RELATION_INVALID` for whoever is no approved distributor.
async fn distributes(tx: &mut Tx, distributor: OrganizationId) -> Result<(), Error> {
    if relations::is_approved(tx, distributor, OrganizationKind::Distributor).await? {
        return Ok(());
    }
    Err(Refusal::of(Code::RelationInvalid).at("distributor").allowing("an approved distributor").into())
}

/// What the log tells of a relation.
fn told(kind: &'static str, relation: &Relation) -> Act {
    let goods = match relation.goods {
        Goods::All => "ALL".to_owned(),
        Goods::Listing(listing) => listing.to_string(),
        Goods::Product(product) => product.to_string(),
    };
    let before = relation.replaces.as_ref().map(|(before, _)| before.to_string()).unwrap_or_default();
    Act::new(kind, relation.id)
        .concerning(relation.manufacturer)
        .concerning(relation.distributor)
        .with("manufacturer", relation.manufacturer)
        .with("distributor", relation.distributor)
        .with("region", relation.region.to_string())
        .with("goods", goods)
        .with("replaces", before)
        .with("from", relation.valid_from.to_string())
        .with("to", relation.valid_to.map(|day| day.to_string()).unwrap_or_default())
        .with("reason", relation.state.reason().map(Reason::as_str).unwrap_or_default())
        .with("version", relation.version.number())
}

/// A relation as somebody has seen it.
#[derive(Clone, Debug)]
pub struct SeenRelation {
    /// Its id.
    pub id: DistributionRelationId,
    /// The version that was seen.
    pub version: Version,
    /// The key of the request.
    pub key: IdempotencyKey,
}

/// Accepts a relation; the one that it replaces ends in the same commit. Errors: `FORBIDDEN`, `NOT_FOUND`, `STALE_VERSION`, `RELATION_STATE`,
/// `RELATION_INVALID` when its days are over.
pub async fn accept_distribution(
    app: &App,
    caller: &Caller,
    command: SeenRelation,
) -> Result<Changed<DistributionRelationId>, Error> {
    let scope = caller.require(Permission::AnswerDistribution)?;
    let by = caller.user()?;
    let said = format!("{command:?}");
    let keyed = keyed(app, Some(caller), &command.key, "accept_distribution", &[&said]);
    once(app, &keyed, async |tx| {
        let relation = relations::lock(tx, &Seen::Side(scope.clone()), command.id).await?;
        fresh_enough(relation.version, command.version)?;
        let at = tx.now().await?;
        let accepted = relation.apply(RelationCommand::Accept { by, at })?;
        relations::save(tx, &accepted, command.version).await?;
        let mut more = Vec::new();
        if let Some((before, reason)) = &accepted.replaces {
            let before = relations::lock_any(tx, *before).await?;
            if before.state == RelationState::Accepted {
                let seen = before.version;
                let replace =
                    RelationCommand::Replace { reason: reason.clone(), by: accepted.manufacturer, at };
                let replaced = before.apply(replace)?;
                relations::save(tx, &replaced, seen).await?;
                more.push(told("DistributionReplaced", &replaced));
            }
        }
        let answer = Changed { id: accepted.id, version: accepted.version };
        Ok(record_with(tx, actor(caller), told("DistributionAccepted", &accepted), more, answer).await?)
    })
    .await
}

/// How a side ends a relation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Ending {
    Refuse,
    Void,
}

/// Refuses a relation. Errors: `FORBIDDEN`, `NOT_FOUND`, `STALE_VERSION`, `RELATION_STATE`.
pub async fn refuse_distribution(
    app: &App,
    caller: &Caller,
    command: (SeenRelation, Reason),
) -> Result<Changed<DistributionRelationId>, Error> {
    caller.require(Permission::AnswerDistribution)?;
    end(app, caller, command, Ending::Refuse).await
}

/// Ends a relation, by either side: what runs is finished, new orders need another one. Errors: `FORBIDDEN`, `NOT_FOUND`, `STALE_VERSION`,
/// `RELATION_STATE`.
pub async fn void_distribution(
    app: &App,
    caller: &Caller,
    command: (SeenRelation, Reason),
) -> Result<Changed<DistributionRelationId>, Error> {
    let appoints = caller.require(Permission::AppointDistributors);
    appoints.or_else(|_forbidden| caller.require(Permission::AnswerDistribution))?;
    end(app, caller, command, Ending::Void).await
}

async fn end(
    app: &App,
    caller: &Caller,
    (command, reason): (SeenRelation, Reason),
    ending: Ending,
) -> Result<Changed<DistributionRelationId>, Error> {
    let scope = caller.require(Permission::OwnDistribution)?;
    let by = caller.organization;
    let operation = if ending == Ending::Refuse { "refuse_distribution" } else { "void_distribution" };
    let said = format!("{command:?} {}", reason.as_str());
    let keyed = keyed(app, Some(caller), &command.key, operation, &[&said]);
    once(app, &keyed, async |tx| {
        let relation = relations::lock(tx, &Seen::Side(scope.clone()), command.id).await?;
        fresh_enough(relation.version, command.version)?;
        let at = tx.now().await?;
        let reason = reason.clone();
        let (kind, act) = match ending {
            Ending::Refuse => ("DistributionRefused", RelationCommand::Refuse { reason }),
            Ending::Void => ("DistributionVoided", RelationCommand::Void { reason, by, at }),
        };
        let ended = relation.apply(act)?;
        relations::save(tx, &ended, command.version).await?;
        let answer = Changed { id: ended.id, version: ended.version };
        Ok(record(tx, actor(caller), told(kind, &ended), answer).await?)
    })
    .await
}

/// A distributor that is to take the place of another.
#[derive(Clone, Debug)]
pub struct ReplaceDistributor {
    /// The relation as it was seen.
    pub seen: SeenRelation,
    /// Who is asked.
    pub distributor: OrganizationId,
    /// Why.
    pub reason: Reason,
}

/// Asks another distributor to take the place of one that delivers. It goes on delivering until the other accepts. Errors: `FORBIDDEN`,
/// `NOT_FOUND`, `STALE_VERSION`, `RELATION_STATE`, `RELATION_INVALID`, `RELATION_EXISTS`.
pub async fn replace_distributor(
    app: &App,
    caller: &Caller,
    command: ReplaceDistributor,
) -> Result<Changed<DistributionRelationId>, Error> {
    let scope = caller.require(Permission::AppointDistributors)?;
    let by = caller.user()?;
    let said = format!("{command:?}");
    let keyed = keyed(app, Some(caller), &command.seen.key, "replace_distributor", &[&said]);
    once(app, &keyed, async |tx| {
        let before = relations::lock(tx, &Seen::Side(scope.clone()), command.seen.id).await?;
        fresh_enough(before.version, command.seen.version)?;
        distributes(tx, command.distributor).await?;
        let proposed_at = tx.now().await?;
        let successor =
            before.successor(fresh(), (command.distributor, command.reason.clone()), (by, proposed_at))?;
        relations::add(tx, &successor).await?;
        let answer = Changed { id: successor.id, version: successor.version };
        Ok(record(tx, actor(caller), told("DistributionProposed", &successor), answer).await?)
    })
    .await
}

/// A relation with the names of its sides.
#[derive(Clone, Debug)]
pub struct ShownRelation {
    /// The relation.
    pub relation: Relation,
    /// Who appoints.
    pub manufacturer_name: String,
    /// Who is appointed.
    pub distributor_name: String,
}

/// What the caller sees: sides their own, a hospital what was accepted for its regions, authorities their jurisdiction. Errors: `FORBIDDEN`.
fn seen(caller: &Caller) -> Result<Seen, Refusal> {
    if let Ok(scope) = caller.require(Permission::OwnDistribution) {
        let buys = caller.role == Role::Hospital;
        return Ok(if buys { Seen::Buyer(caller.regions.clone()) } else { Seen::Side(scope) });
    }
    Ok(Seen::Jurisdiction(caller.require(Permission::ObserveListings)?))
}

/// A relation that the caller sees. Errors: `FORBIDDEN`, `NOT_FOUND`.
pub async fn distribution_relation(
    app: &App,
    caller: &Caller,
    id: DistributionRelationId,
) -> Result<ShownRelation, Error> {
    let seen = seen(caller)?;
    let mut tx = app.store.read().await?;
    let found = relations::find(&mut tx, &seen, id).await?;
    let mut shown = named(&mut tx, vec![found]).await?;
    shown.pop().ok_or_else(|| Refusal::of(Code::NotFound).into())
}

/// A part of the relations that the caller sees, the newest first. Errors: `FORBIDDEN`.
pub async fn distribution_relations(
    app: &App,
    caller: &Caller,
    wanted: &Wanted,
    page: &Page<DistributionRelationId>,
) -> Result<Part<ShownRelation>, Error> {
    let seen = seen(caller)?;
    let mut tx = app.store.read().await?;
    let part = relations::list(&mut tx, &seen, wanted, page).await?;
    Ok(Part { rows: named(&mut tx, part.rows).await?, more: part.more })
}

async fn named(tx: &mut Tx, found: Vec<Relation>) -> Result<Vec<ShownRelation>, Error> {
    let sides = found.iter().flat_map(|relation| [relation.manufacturer, relation.distributor]);
    let names = relations::names(tx, sides).await?;
    Ok(found.into_iter().map(|relation| shown(relation, &names)).collect())
}

fn shown(relation: Relation, names: &BTreeMap<OrganizationId, String>) -> ShownRelation {
    let name = |of: OrganizationId| names.get(&of).cloned().unwrap_or_default();
    ShownRelation {
        manufacturer_name: name(relation.manufacturer),
        distributor_name: name(relation.distributor),
        relation,
    }
}
