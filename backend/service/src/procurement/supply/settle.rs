//! What the clock and the last choice ask for: a turn whose time is over ends, and a round whose regions are chosen is decided with them.
use jicai_domain::audit::{Act, Actor};
use jicai_domain::errors::{Code, Refusal};
use jicai_domain::ids::{Id, LotId, RoundId};
use jicai_domain::procurement::round::{Round, RoundCommand};
use jicai_store::audit::{record, record_with};
use jicai_store::procurement::results::{self, Cause, NewLot};
use jicai_store::procurement::{rounds, supply};
use jicai_store::{Recorded, Tx};

use super::choose::Played;
use crate::app::App;
use crate::errors::Error;
use crate::jobs::Progress;
use crate::procurement::result::{Basis, Choices, decide};

/// Gives a firm that let its time pass the first free region of its list, or of the usual order. Does nothing in a turn that still runs: the
/// next one begins when this is done, so nobody loses a turn to an outage.
pub(crate) async fn move_supply(app: &App, subject: &str) -> Result<Progress, Error> {
    let lot = LotId::parse(subject)?;
    let ended = app.store.write("end_supply_turn", async |tx| end_turn(tx, lot).await).await;
    match ended {
        Ok(()) => Ok(Progress::Done),
        // Somebody chose meanwhile, or the round was cancelled.
        Err(Error::Refused(Refusal { code: Code::RoundState, .. })) => Ok(Progress::Done),
        Err(error) => Err(error),
    }
}

async fn end_turn(tx: &mut Tx, lot: LotId) -> Result<Recorded<()>, Error> {
    let over = || Refusal::of(Code::RoundState);
    let played = Played::lock(tx, lot).await?;
    played.round.accepts_choices()?;
    let now = tx.now().await?;
    let turn = played.row.now.filter(|turn| turn.until <= now).ok_or_else(over)?;
    let preferred = supply::preferred(tx, lot, turn.firm).await?;
    let wishes: Vec<usize> =
        preferred.into_iter().filter_map(|region| played.market.region(region)).collect();
    let choice = played.market.after(&played.choices)?.fall_back(&wishes).ok_or_else(over)?;
    let (act, next) = played.keep(tx, choice, (None, now)).await?;
    Ok(record_with(tx, Actor::Platform, act, next.into_iter().collect(), ()).await?)
}

/// Decides a round again with the regions that its firms chose, unless that is done or somebody still has a turn.
pub(crate) async fn decide_supply(app: &App, subject: &str) -> Result<Progress, Error> {
    let id = RoundId::parse(subject)?;
    let mut tx = app.store.read().await?;
    let round = rounds::announced(&mut tx, id).await?;
    let (open, undecided) = supply::left(&mut tx, id).await?;
    if open > 0 || undecided == 0 || round.accepts_choices().is_err() {
        return Ok(Progress::Done);
    }
    let basis = Basis::read_with(&mut tx, id, Choices::Done).await?;
    drop(tx);
    let (before, decided) = tokio::task::spawn_blocking(move || {
        let decided = decide(&basis.rules, &basis.lots, &basis.owners);
        (basis.result.lots, decided)
    })
    .await
    .map_err(|error| Error::Broken(error.into()))?;
    let mut decided = decided?;
    decided.lots.retain(|lot| before.iter().any(|kept| kept.lot == lot.outcome.lot && kept.json != lot.json));
    let kept = app
        .store
        .write("decide_supply", async |tx| keep(tx, &round, &decided.tail, &decided.lots).await)
        .await;
    match kept {
        // Something else happened to the round meanwhile: then it is looked at again.
        Err(Error::Refused(Refusal { code: Code::StaleVersion, .. })) => Ok(Progress::Part),
        outcome => outcome,
    }
}

async fn keep(tx: &mut Tx, seen: &Round, tail: &str, lots: &[NewLot]) -> Result<Recorded<Progress>, Error> {
    let round = rounds::lock_announced(tx, seen.id).await?;
    if round.version != seen.version || supply::left(tx, seen.id).await?.0 > 0 {
        return Err(Refusal::of(Code::StaleVersion).into());
    }
    let decided = round.apply(RoundCommand::Redecide)?;
    rounds::save_state(tx, &decided, seen.version).await?;
    let changed: Vec<LotId> = lots.iter().map(|lot| lot.outcome.lot).collect();
    results::remember(tx, &changed, Cause::Supply).await?;
    results::replace(tx, seen.id, tail, lots).await?;
    supply::decided(tx, seen.id).await?;
    let named: Vec<String> = changed.iter().map(ToString::to_string).collect();
    let act = Act::new("RoundSupplyDecided", seen.id).concerning(seen.office).with("lots", named.join(","));
    Ok(record(tx, Actor::Platform, act, Progress::Done).await?)
}
