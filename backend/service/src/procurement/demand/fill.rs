//! A form in the hands of its institution, or of the lead that reports for it.
use std::collections::BTreeSet;

use jicai_domain::audit::{Act, IdempotencyKey};
use jicai_domain::errors::{Code, Refusal};
use jicai_domain::identity::{Caller, Permission, Reason, Scope, Version};
use jicai_domain::ids::{DemandFormId, OrganizationId, RoundId, RoundProductId, SpecId};
use jicai_domain::procurement::demand::{
    DemandCommand, DemandForm, DemandLine, buying_region, each_once, region_of, stages,
};
use jicai_domain::procurement::round::Round;
use jicai_store::audit::record;
use jicai_store::procurement::{demand, rounds};
use jicai_store::{Tx, fresh};

use super::{fresh_enough, volume};
use crate::app::App;
use crate::audit::{Changed, actor, keyed, once};
use crate::errors::Error;

/// The whole demand of an institution for a round, as it stands now.
pub struct FillDemand {
    /// The round.
    pub round: RoundId,
    /// The institution: the own one, or a member that the own one leads.
    pub institution: OrganizationId,
    /// The version that the caller has seen; none where there is no form yet.
    pub version: Option<Version>,
    /// Its lines, in the place of those that were there.
    pub lines: Vec<DemandLine>,
    /// The key of the request.
    pub key: IdempotencyKey,
}

/// Fills a form, and begins it where there is none. Errors: `FORBIDDEN`, `NOT_FOUND`, `ROUND_CLOSED`, `DEMAND_STATE`, `DEMAND_INVALID`,
/// `REASON_MISSING`, `DEMAND_REGION`, `STALE_VERSION`.
pub async fn fill_demand(
    app: &App,
    caller: &Caller,
    command: FillDemand,
) -> Result<Changed<DemandFormId>, Error> {
    let scope = caller.require(Permission::ReportDemand)?;
    each_once(&command.lines)?;
    let said = said(&command);
    let said: Vec<&str> = said.iter().map(String::as_str).collect();
    let keyed = keyed(app, Some(caller), &command.key, "fill_demand", &said);
    once(app, &keyed, async |tx| {
        let round = rounds::share(tx, command.round).await?;
        let form = form_to_fill(tx, &scope, &command).await?;
        let form = located(tx, &scope, form).await?;
        form.accepts_report(&round, tx.now().await?)?;
        check(tx, &round, &command.lines).await?;
        let begun = command.version.is_none();
        let filled = if begun { form } else { form.apply(DemandCommand::Fill)? };
        match command.version {
            None => demand::add(tx, &filled).await?,
            Some(seen) => demand::save(tx, &filled, seen).await?,
        }
        demand::replace(tx, filled.id, &command.lines).await?;
        let act = told("DemandFilled", &filled, &command.lines);
        let answer = Changed { id: filled.id, version: filled.version };
        Ok(record(tx, actor(caller), act, answer).await?)
    })
    .await
}

/// The institution stands by its form: from now on it is the reviewers'. Errors: `FORBIDDEN`, `NOT_FOUND`, `ROUND_CLOSED`, `DEMAND_STATE`,
/// `DEMAND_INVALID` for a form without lines, `REASON_MISSING`, `DEMAND_REGION`, `STALE_VERSION`.
pub async fn submit_demand(
    app: &App,
    caller: &Caller,
    (id, version): (DemandFormId, Version),
    key: &IdempotencyKey,
) -> Result<Changed<DemandFormId>, Error> {
    let scope = caller.require(Permission::ReportDemand)?;
    let said = [&id.to_string(), &version.number().to_string()];
    let keyed = keyed(app, Some(caller), key, "submit_demand", &said.map(String::as_str));
    once(app, &keyed, async |tx| {
        let form = demand::lock(tx, &scope, id).await?;
        fresh_enough(&form, version)?;
        let round = rounds::share(tx, form.round).await?;
        let form = located(tx, &scope, form).await?;
        form.accepts_report(&round, tx.now().await?)?;
        let lines = demand::of_form(tx, id).await?;
        if lines.is_empty() {
            return Err(Refusal::of(Code::DemandInvalid).at("lines").allowing("at least 1 line").into());
        }
        check(tx, &round, &lines).await?;
        let staffed = demand::staffed(tx, &stages(form.region).collect::<Vec<_>>()).await?;
        let submitted = form.apply(DemandCommand::Submit { staffed })?;
        demand::save(tx, &submitted, version).await?;
        let waits_in = submitted.status.waits_in().map(|region| region.to_string()).unwrap_or_default();
        let act = told("DemandSubmitted", &submitted, &lines).with("waitsIn", waits_in);
        let answer = Changed { id, version: submitted.version };
        Ok(record(tx, actor(caller), act, answer).await?)
    })
    .await
}

/// The form as it is, or a new one where the caller has seen none.
async fn form_to_fill(tx: &mut Tx, scope: &Scope, command: &FillDemand) -> Result<DemandForm, Error> {
    let hospital = demand::hospital(tx, scope, command.institution).await?;
    let Some(seen) = command.version else {
        let region = region_of(&hospital.regions)?;
        return Ok(DemandForm::begin(fresh(), command.round, hospital.id, region));
    };
    let form = demand::lock_of(tx, command.round, hospital.id).await?;
    fresh_enough(&form, seen)?;
    Ok(form)
}

/// The form where its institution is today. Errors: `DEMAND_REGION` outside of the regions that buy.
async fn located(tx: &mut Tx, scope: &Scope, form: DemandForm) -> Result<DemandForm, Error> {
    let hospital = demand::hospital(tx, scope, form.institution).await?;
    let region = region_of(&hospital.regions)?;
    buying_region(&demand::terms(tx, form.round).await?.regions, region)?;
    Ok(DemandForm { region, ..form })
}

/// Refuses lines that are not of the round, or are too little without a reason.
async fn check(tx: &mut Tx, round: &Round, lines: &[DemandLine]) -> Result<(), Error> {
    let specs = demand::specs(tx, round.id).await?;
    let specs: BTreeSet<SpecId> = specs.into_iter().map(|(spec, _lot, _code)| spec).collect();
    let share = demand::terms(tx, round.id).await?.past_use_share;
    let named: Vec<RoundProductId> = lines.iter().filter_map(|line| line.product).collect();
    let products = demand::products(tx, round.id, &named).await?;
    for line in lines {
        if !specs.contains(&line.spec) {
            let unknown = Refusal::of(Code::DemandInvalid).at("spec");
            return Err(unknown.allowing(format!("not {}", line.spec)).into());
        }
        line.check_product(&products)?;
        line.check(share).map_err(|refusal| naming(refusal, line))?;
    }
    Ok(())
}

/// The same refusal, naming the line.
fn naming(refusal: Refusal, line: &DemandLine) -> Refusal {
    let allowed = refusal.allowed.clone().unwrap_or_default();
    refusal.allowing(format!("{}: {allowed}", line.spec))
}

fn said(command: &FillDemand) -> Vec<String> {
    let FillDemand { round, institution, version, lines, key: _ } = command;
    let version = version.map(|version| version.number().to_string()).unwrap_or_default();
    let head = [round.to_string(), institution.to_string(), version];
    let lines = lines.iter().flat_map(|line| {
        let product = line.product.map(|product| product.to_string()).unwrap_or_default();
        let reason = line.reason.as_ref().map(Reason::as_str).unwrap_or_default().to_owned();
        [line.spec.to_string(), product, line.volume.to_string(), line.past_use.to_string(), reason]
    });
    head.into_iter().chain(lines).collect()
}

/// What the log tells of a form and what it holds; its actor may be a lead, so the institution is named.
fn told(kind: &'static str, form: &DemandForm, lines: &[DemandLine]) -> Act {
    Act::new(kind, form.id)
        .concerning(form.institution)
        .with("round", form.round)
        .with("institution", form.institution)
        .with("version", form.version.number())
        .with("lines", lines.len())
        .with("volume", volume(lines))
}
