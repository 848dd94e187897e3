//! 限量供应: an office decides what institutions get of a scarce product.
use jicai_domain::audit::{Act, IdempotencyKey};
use jicai_domain::errors::{Code, Refusal};
use jicai_domain::identity::{Caller, Permission, Reason, RegionCode, Version};
use jicai_domain::ids::{RationingId, SelectedProductId};
use jicai_store::audit::record;
use jicai_store::fresh;
use jicai_store::ordering::rationings::{self, NewRationing};

use crate::app::App;
use crate::audit::{Changed, actor, keyed, once};
use crate::errors::Error;

/// A rationing that an office declares.
#[derive(Clone, Debug)]
pub struct DeclareRationing {
    /// The product.
    pub product: SelectedProductId,
    /// The region that it is supplied in.
    pub region: RegionCode,
    /// What there is, in smallest units.
    pub units: u64,
    /// What an institution gets at most.
    pub cap: u64,
    /// Why.
    pub reason: Reason,
    /// The key of the request.
    pub key: IdempotencyKey,
}

/// Declares a rationing: from now on institutions order no more than their cap, and all together no more than there is. Errors: `FORBIDDEN`,
/// `NOT_FOUND`, `QUANTITY_INVALID`, `RATIONING_STATE`.
pub async fn declare_rationing(
    app: &App,
    caller: &Caller,
    command: DeclareRationing,
) -> Result<Changed<RationingId>, Error> {
    caller.require(Permission::RationSupply)?;
    let by = caller.user()?;
    if command.cap > command.units {
        return Err(Refusal::of(Code::QuantityInvalid).at("cap").allowing("not above units").into());
    }
    let said = format!("{command:?}");
    let keyed = keyed(app, Some(caller), &command.key, "declare_rationing", &[&said]);
    once(app, &keyed, async |tx| {
        let place = (command.product, command.region);
        if !rationings::supplied(tx, caller.organization, place).await? {
            return Err(Refusal::of(Code::NotFound).at("product").into());
        }
        let new = NewRationing {
            id: fresh(),
            office: caller.organization,
            product: command.product,
            region: command.region,
            units: command.units,
            cap: command.cap,
            reason: command.reason.clone(),
            by,
        };
        rationings::add(tx, &new).await?;
        let act = Act::new("RationingDeclared", new.id)
            .concerning(caller.organization)
            .with("product", new.product)
            .with("region", new.region)
            .with("units", new.units)
            .with("cap", new.cap)
            .with("reason", new.reason.as_str());
        Ok(record(tx, actor(caller), act, Changed { id: new.id, version: Version::FIRST }).await?)
    })
    .await
}

/// Ends a rationing of the caller's office: what was taken stays taken, and orders are free again. Errors: `FORBIDDEN`, `NOT_FOUND`, `STALE_VERSION`.
pub async fn end_rationing(
    app: &App,
    caller: &Caller,
    (rationing, version): (RationingId, Version),
    key: &IdempotencyKey,
) -> Result<Changed<RationingId>, Error> {
    caller.require(Permission::RationSupply)?;
    caller.user()?;
    let said = [rationing.to_string(), version.number().to_string()];
    let keyed = keyed(app, Some(caller), key, "end_rationing", &said.each_ref().map(String::as_str));
    once(app, &keyed, async |tx| {
        rationings::end(tx, caller.organization, (rationing, version)).await?;
        let act = Act::new("RationingEnded", rationing).concerning(caller.organization);
        Ok(record(tx, actor(caller), act, Changed { id: rationing, version: version.next() }).await?)
    })
    .await
}
