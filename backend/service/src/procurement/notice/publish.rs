//! The result is published for objections: all of it, later the lots that were decided again.
use jicai_domain::audit::{Act, IdempotencyKey, hex};
use jicai_domain::errors::Code;
use jicai_domain::identity::{Caller, Permission, Version};
use jicai_domain::ids::{LotId, RoundId};
use jicai_domain::procurement::objection::{Notice, Terms, notice_of};
use jicai_domain::procurement::round::RoundCommand;
use jicai_domain::time::Timestamp;
use jicai_store::Tx;
use jicai_store::audit::record;
use jicai_store::contract::official;
use jicai_store::procurement::objections::{self, Published};
use jicai_store::procurement::results::whole;
use jicai_store::procurement::{rounds, supply, ties};
use sha2::{Digest, Sha256};

use super::text::{text, wants};
use crate::app::App;
use crate::audit::{Changed, actor, keyed, once};
use crate::errors::Error;
use crate::procurement::rounds::seen_at;
use crate::procurement::supply::markets_to_open;

/// A notice that is to be published.
pub struct PublishNotice {
    /// The round.
    pub round: RoundId,
    /// The version that was seen.
    pub version: Version,
    /// How long it runs.
    pub terms: Terms,
    /// The key of the request.
    pub key: IdempotencyKey,
}

/// Publishes the result of a round of the caller's office for objections; once more for the lots that were decided again since. Errors:
/// `FORBIDDEN`, `NOT_FOUND`, `ROUND_STATE` also where a tie or regions are open or there is nothing new, `STALE_VERSION`, `DATE_INVALID`.
pub async fn publish_notice(
    app: &App,
    caller: &Caller,
    command: PublishNotice,
) -> Result<Changed<RoundId>, Error> {
    let scope = caller.require(Permission::PublishNotices)?;
    let by = caller.user()?;
    let PublishNotice { round: id, version, terms, key } = command;
    let ends = [terms.objections_until, terms.standstill_until].map(|end| end.micros().to_string());
    let said = [&id.to_string(), &version.number().to_string(), &ends[0], &ends[1]];
    let keyed = keyed(app, Some(caller), &key, "publish_notice", &said.map(String::as_str));
    let to_choose = markets_to_open(app, id).await?.is_some_and(|markets| !markets.is_empty());
    once(app, &keyed, async |tx| {
        let current = seen_at(version, rounds::lock_own(tx, &scope, id).await?)?;
        let open = current.apply(RoundCommand::PublishNotice)?;
        if to_choose {
            return Err(wants(Code::RoundState, "the supply regions chosen first"));
        }
        settled(tx, id).await?;
        let now = tx.now().await?;
        let terms = terms.ahead(now)?;
        let before = objections::notices(tx, id).await?;
        let lots = to_publish(tx, id, &before).await?;
        if lots.is_empty() {
            return Err(wants(Code::RoundState, "lots that were decided again"));
        }
        let edition = i32::try_from(before.len()).unwrap_or(i32::MAX).saturating_add(1);
        let result = whole(tx, id).await?;
        let canonical = text(&open, (&terms, edition), (&result.lots, &lots))?;
        let sha256: [u8; 32] = Sha256::digest(&canonical).into();
        let notice = Notice { round: id, edition, lots, terms, published_by: by, published_at: now };
        let act = Act::new("RoundNoticePublished", id)
            .concerning(open.office)
            .with("edition", edition)
            .with("lots", notice.lots.len())
            .with("sha256", hex(&sha256));
        objections::publish(tx, &Published { notice, canonical, sha256 }).await?;
        rounds::save_state(tx, &open, version).await?;
        Ok(record(tx, actor(caller), act, Changed { id, version: open.version }).await?)
    })
    .await
}

/// Nothing is tied, and every region is chosen and decided. Errors: `ROUND_STATE`.
async fn settled(tx: &mut Tx, round: RoundId) -> Result<(), Error> {
    if !ties::tied(tx, round).await?.is_empty() {
        return Err(wants(Code::RoundState, "every tie settled"));
    }
    if supply::left(tx, round).await? != (0, 0) {
        return Err(wants(Code::RoundState, "every supply region chosen"));
    }
    Ok(())
}

/// The lots that no notice has as they stand now, nor the official result.
pub(super) async fn to_publish(
    tx: &mut Tx,
    round: RoundId,
    before: &[Published],
) -> Result<Vec<LotId>, Error> {
    let notices: Vec<Notice> = before.iter().map(|published| published.notice.clone()).collect();
    let seen = |lot: LotId, decided: Timestamp| {
        notice_of(&notices, lot).is_some_and(|notice| decided <= notice.published_at)
    };
    let official = official::announced_lots(tx, round).await?;
    let decided = objections::decided(tx, round).await?.into_iter();
    let unseen = decided.filter(|(lot, at)| !official.contains(lot) && !seen(*lot, *at));
    Ok(unseen.map(|(lot, _at)| lot).collect())
}
