//! 价格历史: who sees which price. What is disclosed all of them; the rest an authority for its regions and those that share with it, a firm for its own products, a hospital for what it
//! paid. A row that somebody may not see does not leave the database.
use jicai_domain::errors::{Code, Refusal};
use jicai_domain::identity::{Caller, Permission, Role};
use jicai_domain::ids::PriceObservationId;
use jicai_domain::pricing::observation::PriceObservation;
use jicai_domain::time::Day;
use jicai_store::catalog::{self, versions};
pub use jicai_store::pricing::history::Wanted;
use jicai_store::pricing::history::{self, Eyes};
use jicai_store::pricing::shares;
use jicai_store::{Page, Part, Tx};

use crate::app::App;
use crate::errors::Error;
use crate::listing::verdict::group_keys;

/// What an item is compared with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Across {
    /// Nothing: the item alone.
    Item,
    /// 四同: one product in other regions.
    Same4,
    /// 三同: other makers too.
    Same3,
}

/// A part of the prices that the caller may see, the newest first. Errors: `FORBIDDEN`, `PRICE_SCOPE_MISSING` where neither an item nor a group is named or the registry does not
/// tell the group of the item.
pub async fn price_history(
    app: &App,
    caller: &Caller,
    (wanted, across): (Wanted, Across),
    page: &Page<(Day, PriceObservationId)>,
) -> Result<Part<PriceObservation>, Error> {
    let mut tx = app.store.read().await?;
    let eyes = eyes(&mut tx, caller).await?;
    let wanted = widened(&mut tx, wanted, across).await?;
    if wanted.item.is_none() && wanted.group_key.is_none() && wanted.loose_group.is_none() {
        return Err(Refusal::of(Code::PriceScopeMissing).at("item").into());
    }
    drop(tx);
    Ok(history::page(&mut app.store.read_report().await?, &eyes, &wanted, page).await?)
}

/// What the caller sees beside what is disclosed. Errors: `FORBIDDEN`.
async fn eyes(tx: &mut Tx, caller: &Caller) -> Result<Eyes, Error> {
    if let Ok(scope) = caller.require(Permission::ObservePrices) {
        let mut regions = scope.regions().to_vec();
        regions.extend(shares::shared_with(tx, scope.regions()).await?);
        return Ok(Eyes::Regions(regions));
    }
    caller.require(Permission::OwnPrices)?;
    Ok(match caller.role {
        Role::Hospital => Eyes::Hospital(caller.organization),
        Role::Manufacturer
        | Role::Distributor
        | Role::ProcurementOffice
        | Role::KeyCustodian
        | Role::Reviewer
        | Role::InsuranceAgency
        | Role::Regulator
        | Role::Auditor
        | Role::Admin => Eyes::Firm(caller.organization),
    })
}

/// The group of the item in the place of the item, where that is asked for.
async fn widened(tx: &mut Tx, wanted: Wanted, across: Across) -> Result<Wanted, Error> {
    let Some(item) = wanted.item.filter(|_item| across != Across::Item) else { return Ok(wanted) };
    let known_at = catalog::horizon(tx).await?;
    let versions = versions::as_of(tx, &[item], known_at.day_in_china(), known_at).await?;
    let keys = versions.into_iter().next().map(|version| group_keys(&version.said.content));
    let (same4, same3) = keys.unwrap_or_default();
    let same4 = same4.filter(|_key| across == Across::Same4);
    if same3.is_none() || (across == Across::Same4 && same4.is_none()) {
        return Err(Refusal::of(Code::PriceScopeMissing).at("across").allowing("ITEM").into());
    }
    // With the wider group, which an index holds.
    Ok(Wanted { item: None, group_key: same4, loose_group: same3, ..wanted })
}
