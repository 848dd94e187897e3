//! The office begins: every lot with something to choose gets a board, and its first firm a turn.
use std::collections::BTreeMap;

use jicai_domain::audit::{Act, IdempotencyKey};
use jicai_domain::errors::{Code, Refusal};
use jicai_domain::identity::{Caller, Permission, RegionCode, Version};
use jicai_domain::ids::{LotId, OrganizationId, RoundId};
use jicai_domain::jobs::JobKind;
use jicai_domain::procurement::opening::region_names;
use jicai_domain::procurement::round::{Round, RoundCommand, RoundStatus};
use jicai_domain::procurement::select::markets;
use jicai_domain::procurement::supply::Board;
use jicai_domain::procurement::tables::Lot;
use jicai_domain::time::Timestamp;
use jicai_store::audit::record_with;
use jicai_store::procurement::supply::{self, BoardRow, TurnRow};
use jicai_store::procurement::{rounds, ties};
use jicai_store::{Tx, jobs};

use super::market::OpenMarket;
use crate::app::App;
use crate::audit::{Changed, actor, keyed, once};
use crate::errors::Error;
use crate::procurement::opening::locked_demand;
use crate::procurement::result::Basis;
use crate::procurement::rounds::seen_at;

/// Minutes of the longest turn.
const MINUTES_MAX: i32 = 1_440;

/// The beginning of a selection.
pub struct BeginSupply {
    /// The round.
    pub round: RoundId,
    /// The version that was seen.
    pub version: Version,
    /// How many minutes a turn lasts.
    pub minutes: i32,
    /// The key of the request.
    pub key: IdempotencyKey,
}

/// Begins the selection of supply regions of a round of the caller's office. Errors: `FORBIDDEN`, `NOT_FOUND`, `ROUND_STATE` also where a
/// tie is not settled or there is nothing to choose, `STALE_VERSION`, `SUPPLY_MINUTES_INVALID`.
pub async fn begin_supply_selection(
    app: &App,
    caller: &Caller,
    command: BeginSupply,
) -> Result<Changed<RoundId>, Error> {
    let scope = caller.require(Permission::RunSupplySelection)?;
    let by = caller.user()?;
    let BeginSupply { round: id, version, minutes, key } = command;
    if !(1..=MINUTES_MAX).contains(&minutes) {
        return Err(Refusal::of(Code::SupplyMinutesInvalid).at("minutes").into());
    }
    let said = [id.to_string(), version.number().to_string(), minutes.to_string()];
    let said = said.each_ref().map(String::as_str);
    let keyed = keyed(app, Some(caller), &key, "begin_supply_selection", &said);
    let prepared = markets_to_open(app, id).await?;
    once(app, &keyed, async |tx| {
        let current = seen_at(version, rounds::lock_own(tx, &scope, id).await?)?;
        let begun = current.apply(RoundCommand::BeginChoosing)?;
        let markets = prepared.as_deref().ok_or_else(|| Refusal::of(Code::StaleVersion))?;
        if !ties::tied(tx, id).await?.is_empty() {
            return Err(Refusal::of(Code::RoundState).allowing("every tie settled").into());
        }
        if markets.is_empty() {
            return Err(Refusal::of(Code::RoundState).allowing("regions to choose").into());
        }
        rounds::save_state(tx, &begun, version).await?;
        supply::begin(tx, id, minutes, by).await?;
        let turns = open_boards(tx, &begun, minutes, markets).await?;
        let act = Act::new("RoundSupplyBegun", id).concerning(begun.office);
        let act = act.with("minutes", minutes).with("lots", markets.len());
        let answer = Changed { id, version: begun.version };
        Ok(record_with(tx, actor(caller), act, turns, answer).await?)
    })
    .await
}

/// The markets of a round that is decided, outside any transaction; none in another state.
pub(crate) async fn markets_to_open(
    app: &App,
    id: RoundId,
) -> Result<Option<Vec<(LotId, OpenMarket)>>, Error> {
    let mut tx = app.store.read().await?;
    // A draft is somebody's own, which the transaction finds out.
    let Ok(round) = rounds::announced(&mut tx, id).await else { return Ok(None) };
    if round.status != RoundStatus::Provisional {
        return Ok(None);
    }
    let basis = Basis::read(&mut tx, id).await?;
    Ok(Some(open_markets(&mut tx, id, &basis).await?))
}

/// The markets of the lots in which something is chosen.
pub(crate) async fn open_markets(
    tx: &mut Tx,
    round: RoundId,
    basis: &Basis,
) -> Result<Vec<(LotId, OpenMarket)>, Error> {
    let codes = codes(tx, round).await?;
    let bidders: BTreeMap<String, OrganizationId> = basis
        .result
        .lots
        .iter()
        .flat_map(|lot| &lot.lines)
        .map(|line| (line.bid.bidder.to_string(), line.bidder))
        .collect();
    let (ids, lots): (Vec<LotId>, Vec<Lot>) = basis.lots.iter().cloned().unzip();
    let rules = basis.rules.clone();
    let found = tokio::task::spawn_blocking(move || markets(&rules, &lots)).await;
    let found = found.map_err(|error| Error::Broken(error.into()))?;
    let open = ids.into_iter().zip(found).filter_map(|(id, market)| Some((id, market?)));
    open.map(|(id, market)| Ok((id, OpenMarket::of(market, &basis.owners, &bidders, &codes)?))).collect()
}

/// The codes of the regions whose demand a round was decided on, by the names that they have in the result.
pub(crate) async fn codes(tx: &mut Tx, round: RoundId) -> Result<BTreeMap<String, RegionCode>, Error> {
    let demand = locked_demand(tx, round).await?;
    let named = region_names(&demand).into_iter();
    named.map(|(code, name)| Ok((name.to_string(), RegionCode::parse(&code)?))).collect()
}

/// Opens the boards of lots for the first time.
async fn open_boards(
    tx: &mut Tx,
    round: &Round,
    minutes: i32,
    markets: &[(LotId, OpenMarket)],
) -> Result<Vec<Act>, Error> {
    let mut turns = Vec::new();
    for (lot, market) in markets {
        turns.extend(open_board(tx, (round.id, *lot, 1), minutes, market).await?);
    }
    Ok(turns)
}

/// Opens the boards of lots that were decided again, in place of those before. A lot that has nothing to choose any more has none to play.
pub(crate) async fn reopened(
    tx: &mut Tx,
    round: &Round,
    lots: &[(LotId, Option<OpenMarket>)],
) -> Result<Vec<Act>, Error> {
    let mut turns = Vec::new();
    let Some(minutes) = supply::minutes(tx, round.id).await? else { return Ok(turns) };
    for (lot, market) in lots {
        let before = supply::find(tx, *lot).await?;
        let edition = before.as_ref().map_or(1, |board| board.edition.saturating_add(1));
        match (market, before) {
            (Some(market), _before) => {
                turns.extend(open_board(tx, (round.id, *lot, edition), minutes, market).await?);
            }
            (None, Some(before)) => {
                let decided_at = Some(tx.now().await?);
                let ended =
                    BoardRow { edition, turn: 1, now: None, decided_at, version: Version::FIRST, ..before };
                supply::open(tx, &ended).await?;
            }
            (None, None) => {}
        }
    }
    Ok(turns)
}

async fn open_board(
    tx: &mut Tx,
    (round, lot, edition): (RoundId, LotId, i32),
    minutes: i32,
    market: &OpenMarket,
) -> Result<Option<Act>, Error> {
    let now = tx.now().await?;
    let board = market.after(&[])?;
    let row = BoardRow {
        lot,
        round,
        edition,
        market: market.to_text()?,
        turn: 1,
        now: turn_of(&board, market, (now, minutes)),
        decided_at: None,
        version: Version::FIRST,
    };
    supply::open(tx, &row).await?;
    began(tx, &row).await
}

/// The turn that a board is at, from now on.
pub(super) fn turn_of(
    board: &Board<'_>,
    market: &OpenMarket,
    (now, minutes): (Timestamp, i32),
) -> Option<TurnRow> {
    let turn = board.turn()?;
    let firm = market.firms.get(turn.firm)?.id;
    let until = now.plus_seconds(i64::from(minutes).saturating_mul(60));
    Some(TurnRow { firm, phase: turn.phase, since: now, until })
}

/// Tells the firm whose turn begins, and has the end of the turn looked at when it comes.
pub(super) async fn began(tx: &mut Tx, row: &BoardRow) -> Result<Option<Act>, Error> {
    let Some(turn) = row.now else { return Ok(None) };
    jobs::put_at(tx, JobKind::MoveSupply, &row.lot.to_string(), &[turn.until]).await?;
    let act = Act::new("SupplyTurnBegan", row.lot).concerning(turn.firm);
    Ok(Some(act.with("round", row.round).with("turn", row.turn).with("purpose", turn.phase)))
}
