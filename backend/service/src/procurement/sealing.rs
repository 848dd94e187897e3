//! The sealing of a round at its deadline: the bids are closed, and what was committed to is published.
use jicai_domain::audit::merkle::Hash;
use jicai_domain::audit::{Act, Actor, hex};
use jicai_domain::errors::{Code, Refusal};
use jicai_domain::ids::RoundId;
use jicai_domain::procurement::bid::published_root;
use jicai_domain::procurement::round::{Round, RoundCommand};
use jicai_domain::time::Timestamp;
use jicai_store::audit::{record, release};
use jicai_store::procurement::bids::{self, Sealing};
use jicai_store::procurement::rounds;
use jicai_store::{Page, Part, Recorded, Tx};

use crate::app::App;
use crate::errors::Error;

/// What a round published when it was sealed; none before that. Public. Errors: `NOT_FOUND`.
pub async fn sealing(app: &App, round: RoundId) -> Result<Option<Sealing>, Error> {
    let mut tx = app.store.read().await?;
    rounds::announced(&mut tx, round).await?;
    Ok(bids::sealing(&mut tx, round).await?)
}

/// A part of the commitments that a round published, in their order. Public. Errors: `NOT_FOUND`.
pub async fn commitments(app: &App, round: RoundId, page: &Page<i32>) -> Result<Part<(i32, Hash)>, Error> {
    let mut tx = app.store.read().await?;
    rounds::announced(&mut tx, round).await?;
    Ok(bids::commitments(&mut tx, round, page).await?)
}

/// Seals a round whose deadline is over. Errors: `NOT_FOUND`, `ROUND_STATE` where it is too early, or it is sealed already.
pub(crate) async fn seal(app: &App, id: RoundId) -> Result<(), Error> {
    app.store
        .write("seal_round", async |tx| {
            let round = rounds::lock_announced(tx, id).await?;
            let now = tx.now().await?;
            seal_held(tx, round, now).await
        })
        .await
}

/// Seals a round that the transaction holds for a change: whoever was submitting has ended, whoever comes is too late.
async fn seal_held(tx: &mut Tx, round: Round, now: Timestamp) -> Result<Recorded<()>, Error> {
    let expected = round.version;
    let round = round.caught_up(now);
    if round.due(now) != Some(RoundCommand::Seal) {
        return Err(Refusal::of(Code::RoundState).into());
    }
    let sealed = round.apply(RoundCommand::Seal)?;
    bids::reach_round(tx, sealed.id).await?;
    let commitments = bids::sealed_commitments(tx, sealed.id).await?;
    let root = published_root(&commitments);
    bids::publish(tx, sealed.id, (&root, now), &commitments).await?;
    release(tx, sealed.id).await?;
    rounds::save_state(tx, &sealed, expected).await?;
    let act = Act::new("RoundSealed", sealed.id)
        .concerning(sealed.office)
        .with("root", hex(&root))
        .with("size", commitments.len());
    Ok(record(tx, Actor::Platform, act, ()).await?)
}

/// What becomes of the bids of a round that is cancelled, in the cancellation's transaction: the envelopes are wiped, and the withheld
/// entries go to the log.
pub async fn abandon(tx: &mut Tx, round: RoundId) -> Result<(), Error> {
    bids::reach_round(tx, round).await?;
    bids::drop_envelopes(tx, round).await?;
    release(tx, round).await?;
    Ok(())
}
