//! Rows of demand: a piece is a few statements, however many rows it has.
use std::collections::{BTreeMap, BTreeSet};

use jicai_domain::audit::Act;
use jicai_domain::errors::{Code, Refusal};
use jicai_domain::identity::{RegionCode, Scope};
use jicai_domain::ids::{OrganizationId, RoundProductId, SpecId};
use jicai_domain::imports::{Import, ImportedDemand, read_demand};
use jicai_domain::procurement::demand::{DemandCommand, DemandForm, DemandLine, buying_region, region_of};
use jicai_domain::procurement::round::Round;
use jicai_domain::time::Timestamp;
use jicai_store::Tx;
use jicai_store::imports::Reject;
use jicai_store::procurement::demand::{self as rows, BroughtLine, Hospital, Terms};
use jicai_store::procurement::rounds;

use super::pieces::Line;
use super::taken::{Taken, fields, rejected};
use crate::errors::Error;

/// A row that is right, as far as its form is not asked.
struct Wanted<'l> {
    row: &'l Line,
    institution: OrganizationId,
    line: DemandLine,
}

/// What rows are held against.
struct Asked {
    specs: BTreeMap<i32, BTreeMap<String, SpecId>>,
    terms: Terms,
    hospitals: BTreeMap<String, Hospital>,
    products: BTreeMap<RoundProductId, SpecId>,
}

/// Takes those of the rows that are right and whose forms are open. Errors: `ROUND_CLOSED` once nothing of the round's demand can change.
pub(super) async fn take(
    tx: &mut Tx,
    (scope, import): (&Scope, &Import),
    (lines, positions, width): (&[Line], &[usize], usize),
) -> Result<Taken, Error> {
    let round = import.round.ok_or_else(|| Error::broken(format!("{} is for no round", import.id)))?;
    let (round, now) = (rounds::share(tx, round).await?, tx.now().await?);
    round.accepts_demand_reviews(now)?;
    let mut rejects = Vec::new();
    let mut read = Vec::with_capacity(lines.len());
    for row in lines {
        match fields(row, positions, width).and_then(|fields| read_demand(&fields)) {
            Ok(demand) => read.push((row, demand)),
            Err(refusal) => rejects.push(rejected(row, refusal)),
        }
    }
    let asked = asked(tx, (scope, &round), &read).await?;
    let wanted = wanted(&asked, read, &mut rejects);
    let forms = forms(tx, (&round, now), (&asked, &wanted)).await?;
    let act = bring(tx, import, (&forms, wanted), &mut rejects).await?;
    Ok(Taken { acts: act.into_iter().collect(), rejects })
}

async fn asked(
    tx: &mut Tx,
    (scope, round): (&Scope, &Round),
    read: &[(&Line, ImportedDemand<'_>)],
) -> Result<Asked, Error> {
    let codes: BTreeSet<&str> = read.iter().map(|(_, demand)| demand.credit_code).collect();
    let mut specs: BTreeMap<i32, BTreeMap<String, SpecId>> = BTreeMap::new();
    for (spec, lot, code) in rows::specs(tx, round.id).await? {
        specs.entry(lot).or_default().insert(code, spec);
    }
    let named: BTreeSet<RoundProductId> = read.iter().filter_map(|(_, demand)| demand.product).collect();
    Ok(Asked {
        products: rows::products(tx, round.id, &named.into_iter().collect::<Vec<_>>()).await?,
        specs,
        terms: rows::terms(tx, round.id).await?,
        hospitals: rows::by_codes(tx, scope, &codes.into_iter().collect::<Vec<_>>()).await?,
    })
}

fn wanted<'l>(
    asked: &Asked,
    read: Vec<(&'l Line, ImportedDemand<'_>)>,
    rejects: &mut Vec<Reject>,
) -> Vec<Wanted<'l>> {
    let mut seen: BTreeSet<(OrganizationId, SpecId, Option<RoundProductId>)> = BTreeSet::new();
    let mut wanted = Vec::with_capacity(read.len());
    for (row, demand) in read {
        let found = asked.line(demand).and_then(|(institution, line)| {
            let first = seen.insert((institution, line.spec, line.product));
            if first { Ok(Wanted { row, institution, line }) } else { Err(again()) }
        });
        match found {
            Ok(found) => wanted.push(found),
            Err(refusal) => rejects.push(rejected(row, refusal)),
        }
    }
    wanted
}

impl Asked {
    fn line(&self, demand: ImportedDemand<'_>) -> Result<(OrganizationId, DemandLine), Refusal> {
        let hospital = self.hospitals.get(demand.credit_code);
        let hospital = hospital.ok_or_else(|| Refusal::of(Code::NotFound).at("creditCode"))?;
        let unknown = |field| move || Refusal::of(Code::DemandInvalid).at(field);
        let lot = self.specs.get(&demand.lot).ok_or_else(unknown("lot"))?;
        let spec = lot.get(demand.spec).copied().ok_or_else(unknown("spec"))?;
        let ImportedDemand { product, volume, past_use, reason, .. } = demand;
        let line = DemandLine { spec, product, volume, past_use, reason };
        line.check_product(&self.products)?;
        line.check(self.terms.past_use_share)?;
        Ok((hospital.id, line))
    }

    /// Where each of the institutions is, or why it reports nothing in this round.
    fn region(&self, hospital: &Hospital) -> Result<RegionCode, Refusal> {
        let region = region_of(&hospital.regions)?;
        buying_region(&self.terms.regions, region)?;
        Ok(region)
    }
}

/// The forms of the rows' institutions as they will be, or why they are not open.
async fn forms(
    tx: &mut Tx,
    (round, now): (&Round, Timestamp),
    (asked, wanted): (&Asked, &[Wanted<'_>]),
) -> Result<BTreeMap<OrganizationId, Result<DemandForm, Refusal>>, Error> {
    let named: BTreeSet<OrganizationId> = wanted.iter().map(|one| one.institution).collect();
    let located: BTreeMap<OrganizationId, Result<RegionCode, Refusal>> = asked
        .hospitals
        .values()
        .filter(|hospital| named.contains(&hospital.id))
        .map(|hospital| (hospital.id, asked.region(hospital)))
        .collect();
    let inside: BTreeMap<OrganizationId, RegionCode> =
        located.iter().filter_map(|(id, region)| Some((*id, *region.as_ref().ok()?))).collect();
    let begins = round.accepts_demand(now);
    if begins.is_ok() {
        rows::begin_forms(tx, round.id, &inside).await?;
    }
    let mut there = rows::lock_forms(tx, round.id, &inside).await?;
    let closed = begins.err().unwrap_or(Refusal::of(Code::RoundClosed));
    let open = located.into_iter().map(|(id, region)| {
        let form = region.and_then(|region| {
            let form = there.remove(&id).ok_or_else(|| closed.clone())?;
            form.accepts_report(round, now)?;
            DemandForm { region, ..form }.apply(DemandCommand::Fill)
        });
        (id, form)
    });
    Ok(open.collect())
}

async fn bring(
    tx: &mut Tx,
    import: &Import,
    (forms, wanted): (&BTreeMap<OrganizationId, Result<DemandForm, Refusal>>, Vec<Wanted<'_>>),
    rejects: &mut Vec<Reject>,
) -> Result<Option<Act>, Error> {
    let (mut taken, mut brought) = (Vec::with_capacity(wanted.len()), Vec::with_capacity(wanted.len()));
    for Wanted { row, institution, line } in wanted {
        match forms.get(&institution) {
            Some(Ok(form)) => {
                brought.push(BroughtLine { form: form.id, line });
                taken.push(row);
            }
            Some(Err(refusal)) => rejects.push(rejected(row, refusal.clone())),
            None => rejects.push(rejected(row, Refusal::of(Code::NotFound).at("creditCode"))),
        }
    }
    if brought.is_empty() {
        return Ok(None);
    }
    let open: Vec<DemandForm> = forms.values().filter_map(|form| form.as_ref().ok()).cloned().collect();
    let twice = rows::bring(tx, import.id, &open, &brought).await?;
    rejects.extend(twice.iter().filter_map(|at| taken.get(*at)).map(|row| rejected(row, again())));
    let act = Act::new("DemandBrought", import.id)
        .concerning(import.organization)
        .with("forms", open.len())
        .with("lines", brought.len().saturating_sub(twice.len()));
    Ok(Some(act))
}

fn again() -> Refusal {
    Refusal::of(Code::DemandInvalid).at("spec").allowing("each once")
}
