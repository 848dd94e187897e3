//! What a change is judged by: the sub-contract as it is now, and who may supply it.
use std::collections::BTreeSet;

use jicai_domain::contract::agreement::{Contract, ContractStatus};
use jicai_domain::contract::change::{Around, Change};
use jicai_domain::contract::ledger::{Delivered, Entry};
use jicai_domain::contract::volume::{ledger_of, serving};
use jicai_domain::errors::{Code, Refusal};
use jicai_domain::ids::{OrganizationId, SelectedProductId};
use jicai_domain::time::Day;
use jicai_store::Tx;
use jicai_store::contract::parts;
use jicai_store::contract::volume::holdings::Balance;

use crate::contract::withdrawal::Standing;
use crate::errors::Error;

/// The entries that make a change of what a part holds. Errors: `VOLUME_SHORT`, `SUPPLIER_NOT_SELECTED`, `VOLUME_CHANGE_INVALID`,
/// `CONTRACT_STATE` where the contract is not sealed, or its year is over.
pub(super) async fn judged(
    tx: &mut Tx,
    change: &Change,
    (held, contract): (&Balance, &Contract),
) -> Result<Vec<Entry>, Error> {
    let today = tx.now().await?.day_in_china();
    may_change(change, contract, today)?;
    if let Change::ToInstitution { to, .. } = change {
        in_region(tx, held, &[*to]).await?;
    }
    let selected = selected(tx, change, held).await?;
    let ledger = ledger_of(held.holding, held.agreed, held.left_over)?;
    let delivered = Delivered::new();
    Ok(change.entries(&ledger, Around { selected: &selected, delivered: &delivered })?)
}

/// What is left over has no running contract; all else is of one that every party has sealed.
fn may_change(change: &Change, contract: &Contract, today: Day) -> Result<(), Refusal> {
    let sealed = matches!(contract.status, ContractStatus::Sealed | ContractStatus::InForce);
    if contract.last_day() < today || !sealed && !matches!(change, Change::Choose { .. }) {
        return Err(Refusal::of(Code::ContractState).allowing("SEALED, IN_FORCE"));
    }
    Ok(())
}

/// Those who may be given the volume: who serves the region, or whoever has it already and has not left.
async fn selected(
    tx: &mut Tx,
    change: &Change,
    held: &Balance,
) -> Result<BTreeSet<SelectedProductId>, Error> {
    let standing = Standing::of(tx, held.result, held.lot_number).await?;
    Ok(match change {
        Change::ToSupplier { .. } | Change::Choose { .. } => {
            serving(&standing.lot, &standing.products, held.holding.place.region)
        }
        Change::Award { .. }
        | Change::LeaveOver { .. }
        | Change::Allot { .. }
        | Change::Split { .. }
        | Change::ToInstitution { .. }
        | Change::Adjust { .. } => standing.lot.suppliers.iter().map(|supplier| supplier.id).collect(),
    })
}

/// Errors: `VOLUME_CHANGE_INVALID` for whoever is no approved institution of the region.
pub(super) async fn in_region(
    tx: &mut Tx,
    held: &Balance,
    institutions: &[OrganizationId],
) -> Result<(), Error> {
    let region = held.holding.place.region;
    let there = parts::institutions(tx, region, institutions).await?;
    if let Some(stranger) = institutions.iter().find(|one| !there.contains(one)) {
        let wrong = Refusal::of(Code::VolumeChangeInvalid).at("institution");
        return Err(wrong.allowing(format!("an institution of {region}, not {stranger}")).into());
    }
    Ok(())
}
