//! Rows of institutions. An authority vouches for them: they are approved without licences, and the log names the import instead.
use std::collections::BTreeSet;

use jicai_domain::audit::Act;
use jicai_domain::errors::{Code, Refusal};
use jicai_domain::identity::{Organization, OrganizationCommand, RegionCode, Scope, User};
use jicai_domain::imports::{Import, ImportedOrganization, read_organization};
use jicai_store::identity::{organizations, regions, users};
use jicai_store::imports::Reject;
use jicai_store::{Tx, fresh};

use super::pieces::Line;
use super::taken::{Taken, fields, rejected};
use crate::errors::Error;

/// Takes those of the rows that are right.
pub(super) async fn take(
    tx: &mut Tx,
    (scope, import): (&Scope, &Import),
    (lines, positions, width): (&[Line], &[usize], usize),
) -> Result<Taken, Error> {
    let read = lines.iter().map(|line| (line, fields(line, positions, width)));
    let read: Vec<_> = read
        .map(|(line, fields)| (line, fields.and_then(|fields| read_organization(&fields, scope))))
        .collect();
    let named =
        read.iter().filter_map(|(_, row)| row.as_ref().ok()).flat_map(|row| row.regions.iter().copied());
    let named: Vec<RegionCode> = named.collect::<BTreeSet<_>>().into_iter().collect();
    let known: BTreeSet<RegionCode> =
        regions::named(tx, &named).await?.into_iter().map(|region| region.code).collect();
    let mut rejects = Vec::new();
    let mut wanted = Vec::new();
    for (line, row) in read {
        match row.and_then(|row| new(row, &known)) {
            Ok(new) => wanted.push((line, new)),
            Err(refusal) => rejects.push(rejected(line, refusal)),
        }
    }
    let acts = add(tx, import, wanted, &mut rejects).await?;
    Ok(Taken { acts, rejects })
}

/// The approved organization of a row and its invited manager.
fn new(row: ImportedOrganization, known: &BTreeSet<RegionCode>) -> Result<(Organization, User), Refusal> {
    if !row.regions.iter().all(|region| known.contains(region)) {
        return Err(Refusal::of(Code::RegionUnknown).at("regions"));
    }
    let pending = Organization::register(fresh(), row.kind, row.name, row.credit_code, row.regions)?;
    let organization = pending.apply(OrganizationCommand::Approve)?;
    let belongs = (organization.id, organization.kind);
    let invited = User::invite(fresh(), belongs, row.login, row.person, row.kind.first_role())?;
    Ok((organization, User { manager: true, ..invited }))
}

async fn add(
    tx: &mut Tx,
    import: &Import,
    wanted: Vec<(&Line, (Organization, User))>,
    rejects: &mut Vec<Reject>,
) -> Result<Vec<Act>, Error> {
    if wanted.is_empty() {
        return Ok(Vec::new());
    }
    let all: Vec<Organization> = wanted.iter().map(|(_, (organization, _))| organization.clone()).collect();
    let added = organizations::add_new(tx, &all).await?;
    let (mut managers, mut acts) = (Vec::new(), Vec::new());
    for (line, (organization, manager)) in wanted {
        if added.contains(&organization.id) {
            acts.push(imported(import, line.number, (&organization, &manager)));
            managers.push(manager);
        } else {
            rejects.push(rejected(line, Refusal::of(Code::CreditCodeTaken).at("creditCode")));
        }
    }
    users::add_invited(tx, &managers).await?;
    Ok(acts)
}

fn imported(import: &Import, line: u64, (organization, manager): (&Organization, &User)) -> Act {
    let regions: Vec<String> = organization.regions.iter().map(ToString::to_string).collect();
    Act::new("OrganizationImported", organization.id)
        .concerning(organization.id)
        .with("import", import.id)
        .with("line", line)
        .with("kind", organization.kind.label())
        .with("name", organization.name.as_str())
        .with("creditCode", organization.credit_code.as_str())
        .with("regions", regions.join(","))
        .with("manager", manager.id)
}
