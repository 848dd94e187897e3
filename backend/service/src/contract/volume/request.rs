//! An institution asks for a change of its agreed volume.
use jicai_domain::audit::{Act, IdempotencyKey};
use jicai_domain::contract::change::Application;
use jicai_domain::contract::ledger::Buyer;
use jicai_domain::contract::volume::{VolumeChange, Wish};
use jicai_domain::errors::{Code, Refusal};
use jicai_domain::identity::{Caller, Permission, Reason, Version};
use jicai_domain::ids::{OrganizationId, SubContractId, VolumeChangeId};
use jicai_store::audit::record;
use jicai_store::contract::volume::holdings::Balance;
use jicai_store::contract::volume::{changes, holdings};
use jicai_store::contract::{contracts, official};
use jicai_store::{Tx, fresh};

use super::judge::judged;
use crate::app::App;
use crate::audit::{Changed, actor, keyed, once};
use crate::errors::Error;

/// A change that is asked for.
#[derive(Clone, Debug)]
pub struct RequestVolumeChange {
    /// The sub-contract of the caller's institution.
    pub part: SubContractId,
    /// What is to become of it.
    pub wish: Wish,
    /// How much; of an adjustment, what it is to be.
    pub volume: u64,
    /// Why.
    pub reason: Reason,
    /// The key of the request.
    pub key: IdempotencyKey,
}

/// Asks for a transfer or an adjustment of agreed volume of the caller's institution, or for a supplier of what is left over. Nothing moves
/// before the office has approved it. Errors: `FORBIDDEN`, `NOT_FOUND`, `CONTRACT_STATE`, `VOLUME_SHORT`, `VOLUME_CHANGE_INVALID`,
/// `SUPPLIER_NOT_SELECTED`.
pub async fn request_volume_change(
    app: &App,
    caller: &Caller,
    command: RequestVolumeChange,
) -> Result<Changed<VolumeChangeId>, Error> {
    caller.require(Permission::ChangeVolumes)?;
    let by = caller.user()?;
    let said = format!("{command:?}");
    let keyed = keyed(app, Some(caller), &command.key, "request_volume_change", &[&said]);
    once(app, &keyed, async |tx| {
        let held = own_part(tx, caller, command.part).await?;
        let contract = contracts::find(tx, held.contract).await?.contract;
        let change = command.wish.change(held.holding, command.volume);
        judged(tx, &change, (&held, &contract)).await?;
        let receiver = receiver(tx, command.wish).await?;
        let application = Application::new(change, command.reason.clone(), by);
        let asked = VolumeChange {
            id: fresh(),
            part: command.part,
            wish: command.wish,
            volume: command.volume,
            receiver,
            application,
            version: Version::FIRST,
        };
        let now = tx.now().await?;
        changes::add(tx, &asked, now).await?;
        let act = Act::new("VolumeChangeRequested", asked.id)
            .concerning(caller.organization)
            .concerning(receiver.unwrap_or(held.office))
            .with("subContract", asked.part)
            .with("wish", asked.wish.label())
            .with("volume", asked.volume)
            .with("reason", command.reason.as_str());
        let answer = Changed { id: asked.id, version: asked.version };
        Ok(record(tx, actor(caller), act, answer).await?)
    })
    .await
}

/// A part of the caller's institution. Errors: `NOT_FOUND`.
pub(super) async fn own_part(tx: &mut Tx, caller: &Caller, part: SubContractId) -> Result<Balance, Error> {
    let held = holdings::part(tx, part).await?;
    if held.holding.place.buyer == Buyer::Institution(caller.organization) {
        Ok(held)
    } else {
        Err(Refusal::of(Code::NotFound).into())
    }
}

/// Who has to agree: whom the volume comes to, where that is somebody who did not ask for it.
async fn receiver(tx: &mut Tx, wish: Wish) -> Result<Option<OrganizationId>, Error> {
    match wish {
        Wish::ToInstitution(institution) => Ok(Some(institution)),
        Wish::ToSupplier(product) => {
            let holder = official::product(tx, product).await?.product.holder.organization;
            let unknown =
                || Refusal::of(Code::ContractState).at("product").allowing("once its firm is named");
            Ok(Some(holder.ok_or_else(unknown)?))
        }
        Wish::Adjust | Wish::Choose(_) => Ok(None),
    }
}
