//! Corrections (更正公告): another edition that shows what it changes. What was published before stays as it was.
use jicai_domain::audit::{Act, IdempotencyKey};
use jicai_domain::identity::{Caller, Permission, Reason, RegionCode, Version};
use jicai_domain::ids::RoundId;
use jicai_domain::procurement::round::{RoundCommand, Written, changes};
use jicai_store::audit::record;
use jicai_store::procurement::{announcements, custody, editions, lots, parts, rounds};
use jicai_store::{Tx, fresh};

use super::due::schedule;
use super::edition::{Edition, instant, written};
use super::rounds::{items_fit, possible, seen_at};
use crate::app::App;
use crate::audit::{Changed, actor, keyed, once};
use crate::errors::Error;

/// A round that announces something else from now on.
pub struct CorrectRound {
    /// The round.
    pub round: RoundId,
    /// The version that the caller has seen.
    pub version: Version,
    /// What it announces, whole.
    pub announcement: Written,
    /// Why.
    pub reason: Reason,
    /// The key of the request.
    pub key: IdempotencyKey,
}

/// Publishes a correction of a round of the caller's office as its next edition. Errors: `FORBIDDEN`, `NOT_FOUND`, `ROUND_CLOSED`,
/// `ROUND_STATE`, `STALE_VERSION`, `CALENDAR_INVALID`, `CORRECTION_INVALID`, `CUSTODIANS_INVALID`, `LOTS_INVALID`, `LOT_TOO_LATE`,
/// `RULES_INVALID`.
pub async fn correct_round(
    app: &App,
    caller: &Caller,
    command: CorrectRound,
) -> Result<Changed<RoundId>, Error> {
    let scope = caller.require(Permission::PublishRounds)?;
    let by = caller.user()?;
    command.announcement.check()?;
    let CorrectRound { round, version, announcement: wanted, reason, key } = command;
    let said =
        [round.to_string(), version.number().to_string(), format!("{wanted:?}"), reason.as_str().to_owned()];
    let keyed = keyed(app, Some(caller), &key, "correct_round", &said.each_ref().map(String::as_str));
    once(app, &keyed, async |tx| {
        let current = seen_at(version, rounds::lock_own(tx, &scope, round).await?)?;
        let (now, known) = (tx.now().await?, lots::known(tx, round).await?);
        current.accepts_corrections(now)?;
        let before = announcements::whole(tx, &current).await?;
        let after = wanted.clone().identified(&known, (fresh, fresh));
        before.calendar.may_become(&after.calendar, now)?;
        before.may_become(&after, &known, custody::sealed_length(tx, round).await?.is_some())?;
        before.may_gain_lots(&after, now)?;
        let corrected = current.apply(RoundCommand::Correct { by })?.worded(&after);
        possible(tx, &scope, &corrected, &after).await?;
        items_fit(tx, &after, &before.lots).await?;
        announcements::correct(tx, &corrected, version, (&before, &after)).await?;
        let regions = regions_of(tx, round).await?;
        let edition = Edition { round: &corrected, announcement: &after, regions: &regions };
        let changes = changes(&before, &after, instant);
        let edition = written(&edition, by, (Some(&reason), &changes))?;
        editions::add(tx, &edition).await?;
        schedule(tx, round, &after.calendar).await?;
        let act = Act::new("RoundCorrected", round).concerning(corrected.office);
        let act = act.with("edition", corrected.edition).with("sha256", edition.sha256);
        let act = act.with("reason", reason.as_str());
        Ok(record(tx, actor(caller), act, Changed { id: round, version: corrected.version }).await?)
    })
    .await
}

/// The regions that buy stay those of the first announcement.
async fn regions_of(tx: &mut Tx, round: RoundId) -> Result<Vec<RegionCode>, Error> {
    let found = parts::regions(tx, &[round]).await?;
    Ok(found.into_iter().map(|(_round, region)| region).collect())
}
