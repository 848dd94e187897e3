//! The proof of the balances, once a day and after a restore.
use jicai_domain::identity::RegionCode;
use jicai_store::settlement::proof::{self, Proof};
use jicai_store::settlement::reach_area;

use crate::app::App;
use crate::errors::Error;
use crate::jobs::Progress;

/// Reckons every balance from the entries, and keeps what it came to.
pub async fn prove_now(app: &App) -> Result<Proof, Error> {
    app.store
        .keep("prove_ledger", async |tx| {
            reach_area(tx, RegionCode::NATION).await?;
            let proof = proof::prove(tx).await?;
            proof::keep(tx, &proof).await?;
            Ok::<_, Error>(proof)
        })
        .await
}

/// The same as work: a balance that is broken is told in the log of the program, and the work fails until somebody has looked.
pub(crate) async fn prove(app: &App) -> Result<Progress, Error> {
    let proof = prove_now(app).await?;
    if proof.faults.is_empty() {
        return Ok(Progress::Done);
    }
    for fault in &proof.faults {
        tracing::error!(fault, "the ledger does not agree with its entries");
    }
    Err(Error::broken("the ledger does not agree with its entries"))
}
