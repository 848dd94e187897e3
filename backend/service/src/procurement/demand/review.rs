//! The review of a form by the county, the city and the province; the last approval locks it.
use jicai_domain::audit::{Act, IdempotencyKey};
use jicai_domain::identity::{Caller, Permission, Reason, Version};
use jicai_domain::ids::DemandFormId;
use jicai_domain::procurement::demand::{DemandCommand, DemandForm, DemandStatus, stages};
use jicai_store::Tx;
use jicai_store::audit::record;
use jicai_store::procurement::{demand, rounds};

use super::{fresh_enough, volume};
use crate::app::App;
use crate::audit::{Changed, actor, keyed, once};
use crate::errors::Error;

/// What a review comes to.
pub enum DemandVerdict {
    /// It is in order.
    Approve,
    /// Something has to be put right.
    Return(Reason),
}

/// Reviews a form that waits in a region of the caller's. Errors: `FORBIDDEN`, `NOT_FOUND`, `ROUND_CLOSED` once reviews are over,
/// `DEMAND_STATE`, `DEMAND_STAGE` where it waits for somebody else, `STALE_VERSION`.
pub async fn review_demand(
    app: &App,
    caller: &Caller,
    (id, version): (DemandFormId, Version),
    verdict: DemandVerdict,
    key: &IdempotencyKey,
) -> Result<Changed<DemandFormId>, Error> {
    let scope = caller.require(Permission::ReviewDemand)?;
    let reason = match &verdict {
        DemandVerdict::Approve => "",
        DemandVerdict::Return(reason) => reason.as_str(),
    };
    let said = [&id.to_string(), &version.number().to_string(), reason];
    let keyed = keyed(app, Some(caller), key, "review_demand", &said);
    once(app, &keyed, async |tx| {
        let form = demand::lock(tx, &scope, id).await?;
        fresh_enough(&form, version)?;
        form.waits_for(&scope)?;
        rounds::share(tx, form.round).await?.accepts_demand_reviews(tx.now().await?)?;
        let seen = form.status.waits_in();
        let reviewed = form.clone().apply(command(tx, &form, &verdict).await?)?;
        demand::save(tx, &reviewed, version).await?;
        let stage = seen.map(|region| region.to_string()).unwrap_or_default();
        let act = told(tx, &reviewed).await?.with("stage", stage).with("reason", reason);
        let answer = Changed { id, version: reviewed.version };
        Ok(record(tx, actor(caller), act, answer).await?)
    })
    .await
}

async fn command(tx: &mut Tx, form: &DemandForm, verdict: &DemandVerdict) -> Result<DemandCommand, Error> {
    Ok(match verdict {
        DemandVerdict::Return(reason) => DemandCommand::Return { reason: reason.clone() },
        DemandVerdict::Approve => {
            let staffed = demand::staffed(tx, &stages(form.region).collect::<Vec<_>>()).await?;
            DemandCommand::Approve { staffed }
        }
    })
}

/// What the log tells; the institution hears of it, and so does its lead.
async fn told(tx: &mut Tx, form: &DemandForm) -> Result<Act, Error> {
    let kind = match form.status {
        DemandStatus::Returned { .. } => "DemandReturned",
        DemandStatus::Locked => "DemandLocked",
        DemandStatus::Draft | DemandStatus::Submitted { .. } => "DemandApproved",
    };
    let lines = demand::of_form(tx, form.id).await?;
    let act = Act::new(kind, form.id)
        .concerning(form.institution)
        .with("round", form.round)
        .with("institution", form.institution)
        .with("version", form.version.number())
        .with("lines", lines.len())
        .with("volume", volume(&lines));
    Ok(demand::lead_of(tx, form.institution).await?.map_or(act.clone(), |lead| act.concerning(lead)))
}
