//! The office decides an objection. What it finds right changes the decision: the named products no longer count, their lots are decided
//! again, and their firms choose again where regions depend on it.
use jicai_domain::audit::{Act, IdempotencyKey};
use jicai_domain::errors::{Code, Refusal};
use jicai_domain::identity::{Caller, Permission, Reason, Scope, Version};
use jicai_domain::ids::{LotId, ObjectionId, RoundProductId};
use jicai_domain::procurement::decision::LotStatus;
use jicai_domain::procurement::objection::{Objection, ObjectionCommand};
use jicai_domain::procurement::round::{Round, RoundCommand};
use jicai_store::Tx;
use jicai_store::audit::record_with;
use jicai_store::procurement::results::{self, Cause, NewLot};
use jicai_store::procurement::{objections, rounds};

use crate::app::App;
use crate::audit::{Changed, actor, keyed, once};
use crate::errors::Error;
use crate::procurement::result::{Basis, Decided, decide};
use crate::procurement::supply::{OpenMarket, open_markets, reopened};

/// What the office finds.
#[derive(Clone, Debug)]
pub enum Verdict {
    /// It is right: these products no longer count.
    Uphold(Vec<RoundProductId>),
    /// It is not right.
    Reject,
}

/// A decision about an objection.
pub struct DecideObjection {
    /// The objection.
    pub id: ObjectionId,
    /// The version that was seen.
    pub version: Version,
    /// What the office finds.
    pub verdict: Verdict,
    /// What the objector is told.
    pub answer: Reason,
    /// The key of the request.
    pub key: IdempotencyKey,
}

/// Decides an objection against a result of the caller's office. Errors: `FORBIDDEN`, `NOT_FOUND`, `OBJECTION_STATE`, `OBJECTION_INVALID` for
/// products that do not count in its lots, `ROUND_STATE`, `STALE_VERSION` also where the round changed meanwhile.
pub async fn decide_objection(
    app: &App,
    caller: &Caller,
    command: DecideObjection,
) -> Result<Changed<ObjectionId>, Error> {
    let scope = caller.require(Permission::DecideObjections)?;
    let by = caller.user()?;
    let DecideObjection { id, version, verdict, answer, key } = command;
    let (name, excluded) = match &verdict {
        Verdict::Uphold(excluded) => ("uphold", excluded.as_slice()),
        Verdict::Reject => ("reject", &[][..]),
    };
    let products: Vec<String> = excluded.iter().map(ToString::to_string).collect();
    let (products, number, shown) = (products.join(","), version.number().to_string(), id.to_string());
    let said = [shown.as_str(), &number, name, &products, answer.as_str()];
    let keyed = keyed(app, Some(caller), &key, "decide_objection", &said);
    let again = match &verdict {
        Verdict::Uphold(excluded) => Some(Again::decide(app, &scope, id, excluded).await?),
        Verdict::Reject => None,
    };
    once(app, &keyed, async |tx| {
        let seen = objections::find(tx, &scope, id).await?;
        let round = rounds::lock_own(tx, &scope, seen.round).await?;
        let current = objections::find(tx, &scope, id).await?;
        let command = match &verdict {
            Verdict::Uphold(excluded) => {
                ObjectionCommand::Uphold { by, answer: answer.clone(), excluded: excluded.clone() }
            }
            Verdict::Reject => ObjectionCommand::Reject { by, answer: answer.clone() },
        };
        let decided = current.apply(command)?;
        if let Some(again) = &again {
            decided.may_exclude(excluded, &again.counting)?;
        }
        objections::save(tx, &decided, version).await?;
        let office = round.office;
        let more = match &again {
            Some(again) => again.keep(tx, round, &decided).await?,
            None => Vec::new(),
        };
        let act = Act::new("RoundObjectionDecided", decided.round)
            .concerning(office)
            .concerning(decided.objector)
            .with("objection", id)
            .with("status", decided.status.label())
            .with("products", &products)
            .with("answer", answer.as_str());
        let answer = Changed { id, version: decided.version };
        Ok(record_with(tx, actor(caller), act, more, answer).await?)
    })
    .await
}

/// A round decided without some products, before that is kept.
struct Again {
    seen: Round,
    counting: Vec<(LotId, RoundProductId)>,
    tail: String,
    lots: Vec<NewLot>,
    boards: Vec<(LotId, Option<OpenMarket>)>,
}

impl Again {
    async fn decide(
        app: &App,
        scope: &Scope,
        id: ObjectionId,
        excluded: &[RoundProductId],
    ) -> Result<Again, Error> {
        let mut tx = app.store.read().await?;
        let objection = objections::find(&mut tx, scope, id).await?;
        let seen = rounds::announced(&mut tx, objection.round).await?;
        let mut basis = Basis::read(&mut tx, seen.id).await?;
        let counting = basis.result.lots.iter();
        let counting = counting.flat_map(|lot| lot.lines.iter().map(|line| (lot.lot, line.product)));
        let counting: Vec<(LotId, RoundProductId)> = counting.collect();
        let of_excluded = counting.iter().filter(|(_lot, product)| excluded.contains(product));
        let mut affected: Vec<LotId> = of_excluded.map(|(lot, _product)| *lot).collect();
        exclude(&mut basis, excluded);
        forget_choices(&mut basis, &affected);
        // A rule that goes over all lots may change others too: their firms choose again as well.
        let changed = changed(&basis, &again(&basis)?);
        affected.extend(changed);
        affected.sort_unstable();
        affected.dedup();
        forget_choices(&mut basis, &affected);
        let decided = again(&basis)?;
        let tail = decided.tail.clone();
        let lots: Vec<NewLot> =
            decided.lots.into_iter().filter(|lot| affected.contains(&lot.outcome.lot)).collect();
        let mut markets = open_markets(&mut tx, seen.id, &basis).await?;
        let tied = |lot: LotId| {
            lots.iter().any(|one| one.outcome.lot == lot && one.outcome.status == LotStatus::Tied)
        };
        // A tie is settled before anybody chooses.
        let boards = affected.into_iter().map(|lot| {
            let place = markets.iter().position(|(of, _market)| *of == lot && !tied(lot));
            (lot, place.map(|place| markets.swap_remove(place).1))
        });
        let boards = boards.collect::<Vec<_>>();
        Ok(Again { seen, counting, tail, lots, boards })
    }

    async fn keep(&self, tx: &mut Tx, round: Round, objection: &Objection) -> Result<Vec<Act>, Error> {
        if round.version != self.seen.version {
            return Err(Refusal::of(Code::StaleVersion).into());
        }
        let excluded = objection.status.excluded();
        let expected = round.version;
        let redecided = round.apply(RoundCommand::Redecide)?;
        rounds::save_state(tx, &redecided, expected).await?;
        objections::exclude(tx, objection.id, excluded).await?;
        let lots: Vec<LotId> = self.lots.iter().map(|lot| lot.outcome.lot).collect();
        results::remember(tx, &lots, Cause::Objection).await?;
        results::replace(tx, redecided.id, &self.tail, &self.lots).await?;
        reopened(tx, &redecided, &self.boards).await
    }
}

fn again(basis: &Basis) -> Result<Decided, Error> {
    decide(&basis.rules, &basis.lots, &basis.owners)
}

/// The lots that come out otherwise.
fn changed(basis: &Basis, decided: &Decided) -> Vec<LotId> {
    let kept = |lot: &&NewLot| {
        basis.result.lots.iter().any(|kept| kept.lot == lot.outcome.lot && kept.json != lot.json)
    };
    decided.lots.iter().filter(kept).map(|lot| lot.outcome.lot).collect()
}

fn exclude(basis: &mut Basis, excluded: &[RoundProductId]) {
    let owners = &basis.owners;
    for (_id, lot) in &mut basis.lots {
        lot.bids.retain(|bid| {
            let product = bid.product.as_ref().and_then(|name| owners.get(name));
            product.is_none_or(|(product, _bidder)| !excluded.contains(product))
        });
    }
}

fn forget_choices(basis: &mut Basis, lots: &[LotId]) {
    for (_id, lot) in basis.lots.iter_mut().filter(|(id, _lot)| lots.contains(id)) {
        lot.preferences.clear();
    }
}
