//! 勾选配送企业: a hospital ticks who may deliver a manufacturer's goods, and prefers one.
use std::collections::BTreeMap;

use jicai_domain::audit::{Act, IdempotencyKey};
use jicai_domain::errors::{Code, Refusal};
use jicai_domain::identity::{Caller, Permission, Version};
use jicai_domain::ids::OrganizationId;
pub use jicai_domain::listing::relation::Choice;
use jicai_store::audit::record;
use jicai_store::listing::{choices, relations};
use jicai_store::procurement::demand;
use jicai_store::{Page, Part};

use crate::app::App;
use crate::audit::{Changed, actor, keyed, once};
use crate::errors::Error;

/// What a hospital ticks.
#[derive(Clone, Debug)]
pub struct ChooseDistributors {
    /// The institution: the own one, or a member that the own one leads.
    pub institution: OrganizationId,
    /// Whose goods.
    pub manufacturer: OrganizationId,
    /// Who may deliver, in the place of those that were ticked; nobody clears the choice.
    pub distributors: Vec<OrganizationId>,
    /// The one of them that orders go to unless they name another.
    pub preferred: Option<OrganizationId>,
    /// The version that was seen; none where there was no choice.
    pub version: Option<Version>,
    /// The key of the request.
    pub key: IdempotencyKey,
}

/// Ticks distributors. The answer names the manufacturer. Errors: `FORBIDDEN`, `NOT_FOUND`, `STALE_VERSION`, `DISTRIBUTOR_CHOICE_INVALID`,
/// `DISTRIBUTOR_NOT_APPOINTED`.
pub async fn choose_distributors(
    app: &App,
    caller: &Caller,
    command: ChooseDistributors,
) -> Result<Changed<OrganizationId>, Error> {
    let scope = caller.require(Permission::ChooseDistributors)?;
    let by = caller.user()?;
    let said = format!("{command:?}");
    let keyed = keyed(app, Some(caller), &command.key, "choose_distributors", &[&said]);
    once(app, &keyed, async |tx| {
        let hospital = demand::hospital(tx, &scope, command.institution).await?;
        let chosen_at = tx.now().await?;
        let today = chosen_at.day_in_china();
        let appointed = relations::appointed(tx, command.manufacturer, &hospital.regions, today).await?;
        let choice = Choice {
            hospital: hospital.id,
            manufacturer: command.manufacturer,
            distributors: command.distributors.clone(),
            preferred: command.preferred,
            chosen_by: by,
            chosen_at,
            version: command.version.map_or(Version::FIRST, Version::next),
        };
        if choices::of(tx, hospital.id, command.manufacturer).await?.map(|found| found.version)
            != command.version
        {
            return Err(Refusal::of(Code::StaleVersion).at("version").into());
        }
        let choice = choice.checked(&appointed)?;
        if choice.distributors.is_empty() && command.version.is_none() {
            return Err(Refusal::of(Code::DistributorChoiceInvalid).at("distributors").into());
        }
        choices::save(tx, &choice, command.version).await?;
        let answer = Changed { id: choice.manufacturer, version: choice.version };
        Ok(record(tx, actor(caller), told(&choice), answer).await?)
    })
    .await
}

fn told(choice: &Choice) -> Act {
    let ticked: Vec<String> = choice.distributors.iter().map(ToString::to_string).collect();
    Act::new("DistributorsChosen", choice.hospital)
        .with("manufacturer", choice.manufacturer)
        .with("distributors", ticked.join(" "))
        .with("preferred", choice.preferred.map(|one| one.to_string()).unwrap_or_default())
        .with("version", choice.version.number())
}

/// A choice with the names of all that it names, and which of the ticked ones are appointed today.
#[derive(Clone, Debug)]
pub struct ShownChoice {
    /// The choice.
    pub choice: Choice,
    /// Whose goods.
    pub manufacturer_name: String,
    /// The ticked distributors: id, name, and whether new orders may go to them today.
    pub distributors: Vec<(OrganizationId, String, bool)>,
}

/// A part of what an institution chose: the own one, or a member that the own one leads. Errors: `FORBIDDEN`, `NOT_FOUND`.
pub async fn distributor_choices(
    app: &App,
    caller: &Caller,
    institution: Option<OrganizationId>,
    page: &Page<OrganizationId>,
) -> Result<Part<ShownChoice>, Error> {
    let scope = caller.require(Permission::ChooseDistributors)?;
    let mut tx = app.store.read().await?;
    let hospital = demand::hospital(&mut tx, &scope, institution.unwrap_or(caller.organization)).await?;
    let part = choices::list(&mut tx, hospital.id, page).await?;
    let named = part.rows.iter().flat_map(|one| one.distributors.iter().copied().chain([one.manufacturer]));
    let names = relations::names(&mut tx, named).await?;
    let today = tx.now().await?.day_in_china();
    let mut rows = Vec::with_capacity(part.rows.len());
    for choice in part.rows {
        let appointed = relations::appointed(&mut tx, choice.manufacturer, &hospital.regions, today).await?;
        rows.push(shown(choice, &names, |one| appointed.contains(&one)));
    }
    Ok(Part { rows, more: part.more })
}

/// One choice, as the caller has just made it. Errors: `FORBIDDEN`, `NOT_FOUND`.
pub async fn distributor_choice(
    app: &App,
    caller: &Caller,
    (institution, manufacturer): (OrganizationId, OrganizationId),
) -> Result<ShownChoice, Error> {
    let scope = caller.require(Permission::ChooseDistributors)?;
    let mut tx = app.store.read().await?;
    let hospital = demand::hospital(&mut tx, &scope, institution).await?;
    let choice = choices::of(&mut tx, hospital.id, manufacturer).await?;
    let choice = choice.ok_or(Refusal::of(Code::NotFound))?;
    let names = relations::names(&mut tx, choice.distributors.iter().copied().chain([manufacturer])).await?;
    let today = tx.now().await?.day_in_china();
    let appointed = relations::appointed(&mut tx, manufacturer, &hospital.regions, today).await?;
    Ok(shown(choice, &names, |one| appointed.contains(&one)))
}

fn shown(
    choice: Choice,
    names: &BTreeMap<OrganizationId, String>,
    appointed: impl Fn(OrganizationId) -> bool,
) -> ShownChoice {
    let name = |of: &OrganizationId| names.get(of).cloned().unwrap_or_default();
    let ticked = choice.distributors.iter().map(|one| (*one, name(one), appointed(*one))).collect();
    ShownChoice { manufacturer_name: name(&choice.manufacturer), distributors: ticked, choice }
}
