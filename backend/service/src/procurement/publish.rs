//! A round becomes public, and is cancelled.
use jicai_domain::audit::{Act, IdempotencyKey};
use jicai_domain::errors::{Code, Refusal};
use jicai_domain::identity::{Caller, Permission, Reason, RegionCode, Scope, Version};
use jicai_domain::ids::RoundId;
use jicai_domain::procurement::round::{Buyer, RoundCommand};
use jicai_domain::time::Timestamp;
use jicai_store::Tx;
use jicai_store::audit::record;
use jicai_store::contract::official;
use jicai_store::identity::{alliances, organizations};
use jicai_store::procurement::{announcements, editions, parts, rounds};

use super::due::schedule;
use super::edition::{Edition, written};
use super::rounds::{items_fit, possible, seen_at};
use super::sealing;
use crate::app::App;
use crate::audit::{Changed, actor, keyed, once};
use crate::errors::Error;

/// Publishes a draft of the caller's office as its first edition. Errors: `FORBIDDEN`, `NOT_FOUND`, `ROUND_STATE`, `STALE_VERSION`,
/// `ALLIANCE_EMPTY`, `CALENDAR_INVALID`, `CUSTODIANS_INVALID`.
pub async fn publish_round(
    app: &App,
    caller: &Caller,
    (round, version): (RoundId, Version),
    key: &IdempotencyKey,
) -> Result<Changed<RoundId>, Error> {
    let scope = caller.require(Permission::PublishRounds)?;
    let by = caller.user()?;
    let said = [&round.to_string(), &version.number().to_string()];
    let keyed = keyed(app, Some(caller), key, "publish_round", &said.map(String::as_str));
    once(app, &keyed, async |tx| {
        let current = seen_at(version, rounds::lock_own(tx, &scope, round).await?)?;
        let announcement = announcements::whole(tx, &current).await?;
        let published = current.apply(RoundCommand::Announce { by })?;
        let now = tx.now().await?;
        announcement.calendar.begins_after(now)?;
        announcement.check()?;
        possible(tx, &scope, &published, &announcement).await?;
        items_fit(tx, &announcement, &[]).await?;
        let regions = buying(tx, &scope, &announcement.buyer, now).await?;
        rounds::save_state(tx, &published, version).await?;
        parts::add_regions(tx, round, &regions).await?;
        let edition = Edition { round: &published, announcement: &announcement, regions: &regions };
        let edition = written(&edition, by, (None, &[]))?;
        editions::add(tx, &edition).await?;
        schedule(tx, round, &announcement.calendar).await?;
        let act = Act::new("RoundAnnounced", round).concerning(published.office);
        let act = act.with("edition", published.edition).with("sha256", edition.sha256);
        Ok(record(tx, actor(caller), act, Changed { id: round, version: published.version }).await?)
    })
    .await
}

/// Cancels a round of the caller's office for a reason. Errors: `FORBIDDEN`, `NOT_FOUND`, `ROUND_STATE`, `STALE_VERSION`.
pub async fn cancel_round(
    app: &App,
    caller: &Caller,
    (round, version): (RoundId, Version),
    reason: Reason,
    key: &IdempotencyKey,
) -> Result<Changed<RoundId>, Error> {
    let scope = caller.require(Permission::PublishRounds)?;
    let said = [&round.to_string(), &version.number().to_string(), reason.as_str()];
    let keyed = keyed(app, Some(caller), key, "cancel_round", &said);
    once(app, &keyed, async |tx| {
        let current = seen_at(version, rounds::lock_own(tx, &scope, round).await?)?;
        let cancelled = current.apply(RoundCommand::Cancel { reason: reason.clone() })?;
        if official::is_begun(tx, round).await? {
            return Err(Refusal::of(Code::RoundState).allowing("not once a part is official").into());
        }
        rounds::save_state(tx, &cancelled, version).await?;
        sealing::abandon(tx, round).await?;
        let act = Act::new("RoundCancelled", round).with("reason", reason.as_str());
        // Nobody else has heard of a draft.
        let act = if cancelled.edition == 0 { act } else { act.concerning(cancelled.office) };
        Ok(record(tx, actor(caller), act, Changed { id: round, version: cancelled.version }).await?)
    })
    .await
}

/// The regions that buy: the office's, or the members that the alliance has on that day. Errors: `ALLIANCE_EMPTY`, `NOT_FOUND`.
async fn buying(tx: &mut Tx, scope: &Scope, buyer: &Buyer, now: Timestamp) -> Result<Vec<RegionCode>, Error> {
    match buyer {
        Buyer::Office => {
            let office = scope.organization().ok_or(Refusal::of(Code::NotFound))?;
            Ok(organizations::find(tx, scope, office).await?.regions)
        }
        Buyer::Alliance { alliance, group } => {
            let members = alliances::lock(tx, scope, *alliance).await?.members_on(group, now.day_in_china());
            if members.is_empty() {
                return Err(Refusal::of(Code::AllianceEmpty).at("productGroup").into());
            }
            Ok(members)
        }
    }
}
