//! 医共体: which institution reports for which others. The reviewers of both say so, and either of the two sees it.
use jicai_domain::audit::{Act, IdempotencyKey};
use jicai_domain::errors::{Code, Refusal};
use jicai_domain::identity::{Caller, Permission};
use jicai_domain::ids::OrganizationId;
use jicai_store::audit::record;
use jicai_store::procurement::demand;

use crate::app::App;
use crate::audit::{actor, keyed, once};
use crate::errors::Error;

/// An institution that reports for another, or is to.
pub struct Leading {
    /// The lead.
    pub lead: OrganizationId,
    /// The member.
    pub member: OrganizationId,
    /// The key of the request.
    pub key: IdempotencyKey,
}

/// Lets an institution report for another; both lie in the caller's jurisdiction. Answers the member. Errors: `FORBIDDEN`, `NOT_FOUND`,
/// `LEAD_STATE` where the member has a lead or leads others, or the lead has one itself.
pub async fn name_lead(app: &App, caller: &Caller, leading: Leading) -> Result<OrganizationId, Error> {
    let scope = caller.require(Permission::ReviewDemand)?;
    let Leading { lead, member, key } = leading;
    let said = [&lead.to_string(), &member.to_string()];
    let keyed = keyed(app, Some(caller), &key, "name_lead", &said.map(String::as_str));
    once(app, &keyed, async |tx| {
        demand::hospital(tx, &scope, lead).await.map_err(|error| at("lead", error.into()))?;
        demand::hospital(tx, &scope, member).await.map_err(|error| at("member", error.into()))?;
        if lead == member || demand::tied(tx, lead, member).await? {
            return Err(Refusal::of(Code::LeadState).at("member").into());
        }
        demand::join(tx, lead, member).await?;
        let act = Act::new("DemandLeadNamed", member).concerning(member).concerning(lead).with("lead", lead);
        Ok(record(tx, actor(caller), act, member).await?)
    })
    .await
}

/// Lets it no longer. What it reported stays. Answers the member. Errors: `FORBIDDEN`, `NOT_FOUND`, `LEAD_STATE` where it does not.
pub async fn end_lead(app: &App, caller: &Caller, leading: Leading) -> Result<OrganizationId, Error> {
    let scope = caller.require(Permission::ReviewDemand)?;
    let Leading { lead, member, key } = leading;
    let said = [&lead.to_string(), &member.to_string()];
    let keyed = keyed(app, Some(caller), &key, "end_lead", &said.map(String::as_str));
    once(app, &keyed, async |tx| {
        demand::hospital(tx, &scope, member).await.map_err(|error| at("member", error.into()))?;
        if !demand::leave(tx, lead, member).await? {
            return Err(Refusal::of(Code::LeadState).at("member").into());
        }
        let act = Act::new("DemandLeadEnded", member).concerning(member).concerning(lead).with("lead", lead);
        Ok(record(tx, actor(caller), act, member).await?)
    })
    .await
}

fn at(field: &'static str, error: Error) -> Error {
    match error {
        Error::Refused(refusal) => Error::Refused(refusal.at(field)),
        Error::Store(_) | Error::Broken(_) => error,
    }
}
