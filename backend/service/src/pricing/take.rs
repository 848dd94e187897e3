//! The one way in: whatever is taken, by request, table, feed or a settled doubt, passes here in the transaction that takes it.
use jicai_domain::audit::Act;
use jicai_domain::ids::{OrganizationId, PriceBatchId};
use jicai_domain::jobs::JobKind;
use jicai_domain::pricing::observation::PriceBatch;
use jicai_store::pricing::Taken;
use jicai_store::pricing::take::take;
use jicai_store::{Tx, jobs};

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

/// Prices that count from now on leave work for the monitors, in the same commit.
pub(super) async fn taken_in(tx: &mut Tx, batch: PriceBatchId, taken: &Taken) -> Result<(), Error> {
    if !taken.observations.is_empty() {
        jobs::put(tx, JobKind::Monitor, &batch.to_string()).await?;
    }
    Ok(())
}
