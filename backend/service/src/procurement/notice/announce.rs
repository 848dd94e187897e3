//! The official result: announced by another person than the one who published the newest notice, as soon as the notice of a lot has ended
//! and no objection holds it up. What is held up follows in a part of its own.
use std::collections::BTreeMap;

use jicai_domain::audit::{Act, IdempotencyKey, hex};
use jicai_domain::contract::official::{ResultSource, SelectedProduct};
use jicai_domain::errors::{Code, Refusal};
use jicai_domain::identity::{Caller, Permission, RegionCode, Version};
use jicai_domain::ids::{LotId, RoundId};
use jicai_domain::procurement::decision::LotDecision;
use jicai_domain::procurement::objection::{Notice, Way, standstill_until, to_announce};
use jicai_domain::procurement::qualification::Entry;
use jicai_domain::procurement::round::{AnnouncedLot, Round, RoundCommand, RoundStatus};
use jicai_domain::procurement::select::select;
use jicai_domain::procurement::tables::Lot;
use jicai_domain::time::Day;
use jicai_store::Tx;
use jicai_store::audit::record;
use jicai_store::contract::official as kept;
use jicai_store::procurement::{lots, objections, qualification, rounds};

use super::official::{Known, products};
use super::publish::to_publish;
use crate::app::App;
use crate::audit::{Changed, actor, keyed, once};
use crate::contract::official::{NewResult, announce};
use crate::errors::Error;
use crate::procurement::result::{Basis, Owners};
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

/// Announces the official result of the lots of a round of the caller's office that nothing holds up: of all, or a part that others follow.
/// Errors: `FORBIDDEN`, `NOT_FOUND`, `ROUND_STATE`, `STALE_VERSION`, `SECOND_PERSON_NEEDED` for whoever published the newest notice,
/// `NOTICE_RUNS`, `OBJECTIONS_OPEN`, `RESULT_INVALID`.
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
    let decided = Decided::again(app, id, version).await?;
    once(app, &keyed, async |tx| {
        let current = seen_at(version, rounds::lock_own(tx, &scope, id).await?)?;
        let part = current.clone().apply(RoundCommand::AnnouncePart)?;
        let published = objections::notices(tx, id).await?;
        let notices: Vec<Notice> = published.iter().map(|published| published.notice.clone()).collect();
        if notices.last().is_some_and(|newest| newest.published_by == by) {
            return Err(Refusal::of(Code::SecondPersonNeeded).into());
        }
        let decided = decided.as_ref().ok_or_else(|| Refusal::of(Code::StaleVersion))?;
        let left = left(tx, id).await?;
        let way = Way {
            left: &left,
            redecided: &to_publish(tx, id, &published).await?,
            objected: &objections::objected(tx, id).await?,
            joined: decided.joined,
        };
        let lots = to_announce(&notices, &way, tx.now().await?)?;
        let held = left.len().saturating_sub(lots.len());
        let round = if held == 0 { current.apply(RoundCommand::AnnounceResult)? } else { part };
        let products = decided.products(&lots, (starts_on, until))?;
        let (edition, part) = place(tx, &round).await?;
        let new = NewResult {
            office: round.office,
            name: round.name.clone(),
            source: ResultSource::Round(id),
            edition,
            part,
            lots,
            disclosure: round.disclosure,
            starts_on,
            standstill_until: standstill_until(&notices),
            announced_by: by,
        };
        let result = announce(tx, new, &products).await?;
        rounds::save_state(tx, &round, version).await?;
        let act = Act::new("RoundResultAnnounced", id)
            .concerning(round.office)
            .with("result", result.id)
            .with("part", result.part)
            .with("lots", result.lots.len())
            .with("lotsHeldUp", held)
            .with("products", products.len())
            .with("sha256", hex(result.sha256.bytes()));
        Ok(record(tx, actor(caller), act, Changed { id, version: round.version }).await?)
    })
    .await
}

/// The lots of a round that no part of its official result has yet.
async fn left(tx: &mut Tx, round: RoundId) -> Result<Vec<LotId>, Error> {
    let official = kept::announced_lots(tx, round).await?;
    let all = objections::decided(tx, round).await?.into_iter().map(|(lot, _at)| lot);
    Ok(all.filter(|lot| !official.contains(lot)).collect())
}

/// The edition and the part that come next under the round's name: what follows a part of the same round is one of the same edition.
async fn place(tx: &mut Tx, round: &Round) -> Result<(i32, i32), Error> {
    let before = kept::standing(tx, round.office, &round.name).await?;
    Ok(match before {
        Some(before) if before.source == ResultSource::Round(round.id) => {
            (before.edition, before.part.saturating_add(1))
        }
        Some(before) => (before.edition.saturating_add(1), 1),
        None => (1, 1),
    })
}

/// A round whose notice is out, decided again outside any transaction.
struct Decided {
    /// Whether a rule goes over all its lots.
    joined: bool,
    lots: Vec<AnnouncedLot>,
    decisions: Vec<LotDecision>,
    owners: Owners,
    entries: Vec<Entry>,
    codes: BTreeMap<String, RegionCode>,
}

impl Decided {
    /// None where the round is not as the caller has seen it: whoever repeats a request gets its answer without.
    async fn again(app: &App, id: RoundId, seen: Version) -> Result<Option<Decided>, Error> {
        let mut tx = app.store.read().await?;
        match rounds::announced(&mut tx, id).await {
            Ok(round) if round.status == RoundStatus::Notice && round.version == seen => {}
            _other => return Ok(None),
        }
        let basis = Basis::read(&mut tx, id).await?;
        let entries = qualification::entries(&mut tx, id).await?;
        let announced = lots::standing(&mut tx, id).await?;
        let codes = codes(&mut tx, id).await?;
        drop(tx);
        let Basis { rules, lots, owners, .. } = basis;
        let joined = rules.second_step.is_some();
        let inputs: Vec<Lot> = lots.into_iter().map(|(_id, lot)| lot).collect();
        let decisions = tokio::task::spawn_blocking(move || select(&rules, &inputs)).await;
        let decisions = decisions.map_err(|error| Error::Broken(error.into()))?;
        Ok(Some(Decided { joined, lots: announced, decisions, owners, entries, codes }))
    }

    /// The selected products of those lots.
    fn products(&self, of: &[LotId], days: (Day, Option<Day>)) -> Result<Vec<SelectedProduct>, Error> {
        let known = Known { owners: &self.owners, entries: &self.entries, codes: &self.codes, days };
        let mut found = Vec::new();
        for (lot, decision) in self.lots.iter().zip(&self.decisions) {
            if of.contains(&lot.id) {
                found.extend(products(&known, lot, decision)?);
            }
        }
        Ok(found)
    }
}
