//! The official result: announced by another person than the one who published the newest notice, when all notices have ended.
use jicai_domain::audit::{Act, IdempotencyKey, hex};
use jicai_domain::contract::official::{ResultSource, SelectedProduct};
use jicai_domain::errors::{Code, Refusal};
use jicai_domain::identity::{Caller, Permission, Version};
use jicai_domain::ids::{LotId, RoundId};
use jicai_domain::procurement::objection::{Notice, may_announce, standstill_until};
use jicai_domain::procurement::round::{Round, RoundCommand, RoundStatus};
use jicai_domain::procurement::select::select;
use jicai_domain::procurement::tables::Lot;
use jicai_domain::time::Day;
use jicai_store::audit::record;
use jicai_store::contract::official as kept;
use jicai_store::procurement::{lots, objections, qualification, rounds};

use super::official::{Known, products};
use super::publish::{settled, to_publish};
use crate::app::App;
use crate::audit::{Changed, actor, keyed, once};
use crate::contract::official::{NewResult, announce};
use crate::errors::Error;
use crate::procurement::result::Basis;
use crate::procurement::rounds::seen_at;
use crate::procurement::supply::codes;

/// The announcement of an official result.
pub struct AnnounceResult {
    /// The round.
    pub round: RoundId,
    /// The version that was seen.
    pub version: Version,
    /// The day its contracts begin.
    pub starts_on: Day,
    /// Their last day, where the rules say nothing of it.
    pub until: Option<Day>,
    /// The key of the request.
    pub key: IdempotencyKey,
}

/// Announces the official result of a round of the caller's office. Errors: `FORBIDDEN`, `NOT_FOUND`, `ROUND_STATE`, `STALE_VERSION`,
/// `SECOND_PERSON_NEEDED` for whoever published the newest notice, `NOTICE_RUNS`, `OBJECTIONS_OPEN`, `RESULT_INVALID`.
pub async fn announce_official_result(
    app: &App,
    caller: &Caller,
    command: AnnounceResult,
) -> Result<Changed<RoundId>, Error> {
    let scope = caller.require(Permission::AnnounceResults)?;
    let by = caller.user()?;
    let AnnounceResult { round: id, version, starts_on, until, key } = command;
    let ends = until.map(|day| day.to_string()).unwrap_or_default();
    let said = [id.to_string(), version.number().to_string(), starts_on.to_string(), ends];
    let keyed =
        keyed(app, Some(caller), &key, "announce_official_result", &said.each_ref().map(String::as_str));
    let selected = selected(app, id, (starts_on, until)).await?;
    once(app, &keyed, async |tx| {
        let current = seen_at(version, rounds::lock_own(tx, &scope, id).await?)?;
        let official = current.apply(RoundCommand::AnnounceResult)?;
        settled(tx, id).await?;
        let published = objections::notices(tx, id).await?;
        let redecided = to_publish(tx, id, &published).await?;
        let notices: Vec<Notice> = published.into_iter().map(|published| published.notice).collect();
        if notices.last().is_some_and(|newest| newest.published_by == by) {
            return Err(Refusal::of(Code::SecondPersonNeeded).into());
        }
        let decided = objections::decided(tx, id).await?;
        let all: Vec<LotId> = decided.into_iter().map(|(lot, _at)| lot).collect();
        let undecided = objections::undecided(tx, id).await?;
        may_announce(&notices, (&all, &redecided), undecided, tx.now().await?)?;
        let products = selected.as_deref().ok_or_else(|| Refusal::of(Code::StaleVersion))?;
        let before = kept::standing(tx, official.office, &official.name).await?;
        let new = NewResult {
            office: official.office,
            name: official.name.clone(),
            source: ResultSource::Round(id),
            edition: before.map_or(1, |before| before.edition.saturating_add(1)),
            disclosure: official.disclosure,
            starts_on,
            standstill_until: standstill_until(&notices),
            announced_by: by,
        };
        let result = announce(tx, new, products).await?;
        rounds::save_state(tx, &official, version).await?;
        let act = Act::new("RoundResultAnnounced", id)
            .concerning(official.office)
            .with("result", result.id)
            .with("products", products.len())
            .with("sha256", hex(result.sha256.bytes()));
        Ok(record(tx, actor(caller), act, Changed { id, version: official.version }).await?)
    })
    .await
}

/// The selected products of a round whose notice is out, decided again outside any transaction; none in another state.
async fn selected(
    app: &App,
    id: RoundId,
    days: (Day, Option<Day>),
) -> Result<Option<Vec<SelectedProduct>>, Error> {
    let mut tx = app.store.read().await?;
    let Ok(Round { status: RoundStatus::Notice, .. }) = rounds::announced(&mut tx, id).await else {
        return Ok(None);
    };
    let basis = Basis::read(&mut tx, id).await?;
    let entries = qualification::entries(&mut tx, id).await?;
    let announced = lots::standing(&mut tx, id).await?;
    let codes = codes(&mut tx, id).await?;
    drop(tx);
    let Basis { rules, lots, owners, .. } = basis;
    let inputs: Vec<Lot> = lots.into_iter().map(|(_id, lot)| lot).collect();
    let decisions = tokio::task::spawn_blocking(move || select(&rules, &inputs)).await;
    let decisions = decisions.map_err(|error| Error::Broken(error.into()))?;
    let known = Known { owners: &owners, entries: &entries, codes: &codes, days };
    let mut found = Vec::new();
    for (lot, decision) in announced.iter().zip(&decisions) {
        found.extend(products(&known, lot, decision)?);
    }
    Ok(Some(found))
}
