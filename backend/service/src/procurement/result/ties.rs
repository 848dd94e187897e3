//! Ties that matter are settled outside, by a draw or on site; the platform takes the order from two persons and decides again.
use jicai_domain::audit::{Act, IdempotencyKey};
use jicai_domain::documents::Document;
use jicai_domain::errors::{Code, Refusal};
use jicai_domain::identity::{Caller, Permission, Reason, Scope};
use jicai_domain::ids::{DocumentId, LotId, RoundId, RoundProductId, TieResolutionId};
use jicai_domain::procurement::decision::LotStatus;
use jicai_domain::procurement::result::{Sight, TieCommand, TieResolution, TieStatus, check_order};
use jicai_domain::procurement::round::{Round, RoundCommand, RoundStatus};
use jicai_store::audit::{record, record_with};
use jicai_store::procurement::{results, rounds, ties};
use jicai_store::{Page, Part, Recorded, Tx, fresh};

use super::decide::decide;
use super::export::Basis;
use super::show::{RoundResult, viewer_of};
use crate::app::App;
use crate::audit::{actor, keyed, once};
use crate::errors::Error;
use crate::procurement::supply::{OpenMarket, open_markets, reopened};

/// An order of tied bids.
pub struct ProposeTie {
    /// The round.
    pub round: RoundId,
    /// The products of the tied bids, the first one first.
    pub order: Vec<RoundProductId>,
    /// The record of the draw, or of what was confirmed on site.
    pub evidence: DocumentId,
    /// How it came about.
    pub explanation: Reason,
    /// The key of the request.
    pub key: IdempotencyKey,
}

/// Proposes an order of tied bids; another person confirms or rejects it. Errors: `FORBIDDEN`, `NOT_FOUND`, `ROUND_STATE`,
/// `TIE_ORDER_INVALID`.
pub async fn propose_tie(app: &App, caller: &Caller, command: ProposeTie) -> Result<TieResolutionId, Error> {
    let scope = caller.require(Permission::ResolveTies)?;
    let by = caller.user()?;
    let products: Vec<String> = command.order.iter().map(ToString::to_string).collect();
    let (round, evidence) = (command.round.to_string(), command.evidence.to_string());
    let products = products.join(",");
    let said = [round.as_str(), &products, &evidence, command.explanation.as_str()];
    let keyed = keyed(app, Some(caller), &command.key, "propose_tie", &said);
    once(app, &keyed, async |tx| {
        let round = rounds::lock_own(tx, &scope, command.round).await?;
        decided(&round)?;
        check_order(&command.order, &ties::tied(tx, round.id).await?)?;
        let resolution = TieResolution {
            id: fresh(),
            round: round.id,
            order: command.order.clone(),
            evidence: command.evidence,
            explanation: command.explanation.clone(),
            proposed_by: by,
            status: TieStatus::Proposed,
        };
        ties::add(tx, &scope, &resolution).await?;
        let act = act("RoundTieProposed", &round, &resolution)
            .with("products", &products)
            .with("evidence", resolution.evidence)
            .with("explanation", resolution.explanation.as_str());
        Ok(record(tx, actor(caller), act, resolution.id).await?)
    })
    .await
}

/// Confirms or rejects a proposed order; a confirmed one decides the round's lots again. Errors: `FORBIDDEN`, `NOT_FOUND`,
/// `SECOND_PERSON_NEEDED`, `TIE_STATE`, `TIE_ORDER_INVALID` where the tie is another one by now, `ROUND_STATE`, `STALE_VERSION`.
pub async fn decide_tie(
    app: &App,
    caller: &Caller,
    id: TieResolutionId,
    command: TieCommand,
    key: &IdempotencyKey,
) -> Result<TieResolutionId, Error> {
    let scope = caller.require(Permission::ResolveTies)?;
    let by = caller.user()?;
    let reason = match &command {
        TieCommand::Confirm => "",
        TieCommand::Reject { reason } => reason.as_str(),
    };
    let keyed = keyed(app, Some(caller), key, "decide_tie", &[&id.to_string(), command.name(), reason]);
    let again = match command {
        TieCommand::Confirm => Some(Again::decide(app, &scope, id).await?),
        TieCommand::Reject { .. } => None,
    };
    once(app, &keyed, async |tx| {
        let seen = ties::find(tx, &scope, id).await?;
        let round = rounds::lock_own(tx, &scope, seen.round).await?;
        let resolution = ties::find(tx, &scope, id).await?.apply(command.clone(), by)?;
        decided(&round)?;
        ties::save(tx, &resolution).await?;
        let (act, turns) = match &again {
            Some(again) => again.keep(tx, round, &resolution).await?,
            None => (act("RoundTieRejected", &round, &resolution).with("reason", reason), Vec::new()),
        };
        let answer: Recorded<TieResolutionId> =
            record_with(tx, actor(caller), act, turns, resolution.id).await?;
        Ok(answer)
    })
    .await
}

/// A round decided with an order, before that is kept.
struct Again {
    seen: Round,
    tail: String,
    lots: Vec<results::NewLot>,
    /// The markets of these lots, where an objection had them decided again after the regions were chosen.
    boards: Vec<(LotId, Option<OpenMarket>)>,
}

impl Again {
    /// Decides the whole round again, outside any transaction: a step of the rules may go over all lots.
    async fn decide(app: &App, scope: &Scope, id: TieResolutionId) -> Result<Again, Error> {
        let mut tx = app.store.read().await?;
        let resolution = ties::find(&mut tx, scope, id).await?;
        let seen = rounds::announced(&mut tx, resolution.round).await?;
        let mut basis = Basis::read(&mut tx, seen.id).await?;
        let placed = |product: Option<&RoundProductId>| {
            let place = resolution.order.iter().position(|ordered| Some(ordered) == product)?;
            u64::try_from(place).ok()?.checked_add(1)
        };
        let owners = &basis.owners;
        for bid in basis.lots.iter_mut().flat_map(|(_id, lot)| &mut lot.bids) {
            let owned =
                bid.product.as_ref().and_then(|name| owners.get(name)).map(|(product, _firm)| product);
            bid.tie_order = placed(owned).or(bid.tie_order);
        }
        let again = decide(&basis.rules, &basis.lots, &basis.owners)?;
        let before = &basis.result.lots;
        let changed = |lot: &results::NewLot| {
            before.iter().any(|kept| kept.lot == lot.outcome.lot && kept.json != lot.json)
        };
        let lots: Vec<results::NewLot> = again.lots.into_iter().filter(changed).collect();
        let mut boards = Vec::new();
        if seen.status == RoundStatus::Notice {
            let mut markets = open_markets(&mut tx, seen.id, &basis).await?;
            for lot in lots.iter().filter(|lot| lot.outcome.status != LotStatus::Tied) {
                let place = markets.iter().position(|(of, _market)| *of == lot.outcome.lot);
                boards.push((lot.outcome.lot, place.map(|place| markets.swap_remove(place).1)));
            }
        }
        Ok(Again { seen, tail: again.tail, lots, boards })
    }

    /// Keeps it. What is told: the settlement, then the turns that begin.
    async fn keep(
        &self,
        tx: &mut Tx,
        round: Round,
        resolution: &TieResolution,
    ) -> Result<(Act, Vec<Act>), Error> {
        if round.version != self.seen.version {
            return Err(Refusal::of(Code::StaleVersion).into());
        }
        check_order(&resolution.order, &ties::tied(tx, round.id).await?)?;
        let expected = round.version;
        let settled = round.apply(RoundCommand::SettleTie)?;
        rounds::save_state(tx, &settled, expected).await?;
        ties::put_in_order(tx, &resolution.order).await?;
        results::replace(tx, settled.id, &self.tail, &self.lots).await?;
        let lots: Vec<String> = self.lots.iter().map(|lot| lot.outcome.lot.to_string()).collect();
        let turns = reopened(tx, &settled, &self.boards).await?;
        Ok((act("RoundTieResolved", &settled, resolution).with("lots", lots.join(",")), turns))
    }
}

fn act(kind: &'static str, round: &Round, resolution: &TieResolution) -> Act {
    Act::new(kind, round.id).concerning(round.office).with("resolution", resolution.id)
}

fn decided(round: &Round) -> Result<(), Refusal> {
    if matches!(round.status, RoundStatus::Provisional | RoundStatus::Notice) {
        return Ok(());
    }
    Err(Refusal::of(Code::RoundState).allowing(RoundStatus::Provisional.label().to_owned()))
}

/// A part of the resolutions of a round, the newest first; nothing for whoever does not see the whole result.
pub async fn tie_resolutions(
    app: &App,
    result: &RoundResult,
    page: &Page<TieResolutionId>,
) -> Result<Part<TieResolution>, Error> {
    if result.viewer.sight != Sight::Everything {
        return Ok(Part { rows: Vec::new(), more: false });
    }
    let mut tx = app.store.read().await?;
    Ok(ties::list(&mut tx, result.round, page).await?)
}

/// What proves an order of tied bids, for whoever sees the whole result of a round that it was brought for. Errors: `NOT_FOUND`.
pub(crate) async fn tie_evidence(
    tx: &mut Tx,
    caller: Option<&Caller>,
    id: DocumentId,
) -> Result<Document, Error> {
    let (document, brought_for) = ties::evidence(tx, id).await?;
    for round in brought_for {
        let round = rounds::announced(tx, round).await?;
        if viewer_of(tx, caller, &round).await?.sight == Sight::Everything {
            return Ok(document);
        }
    }
    Err(Refusal::of(Code::NotFound).into())
}
