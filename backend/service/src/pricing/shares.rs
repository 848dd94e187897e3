//! 价格共享: a region lets another one see its prices, and ends that.
use jicai_domain::audit::{Act, IdempotencyKey};
use jicai_domain::errors::{Code, Refusal};
use jicai_domain::identity::{Caller, Permission, RegionCode, Version};
use jicai_domain::ids::PriceShareId;
use jicai_store::audit::record;
pub use jicai_store::pricing::shares::PriceShare;
use jicai_store::pricing::shares::{self};
use jicai_store::{Page, Part, fresh};

use crate::app::App;
use crate::audit::{Changed, actor, keyed, once};
use crate::errors::Error;

/// Shares the prices of a region of the jurisdiction. Errors: `FORBIDDEN`, `PRICE_SHARE_STATE`, `REGION_UNKNOWN`.
pub async fn share_prices(
    app: &App,
    caller: &Caller,
    (region, reader): (RegionCode, RegionCode),
    key: &IdempotencyKey,
) -> Result<Changed<PriceShareId>, Error> {
    let scope = caller.require(Permission::SharePrices)?;
    let by = caller.user()?;
    if !scope.covers(region) {
        return Err(Refusal::of(Code::Forbidden).at("region").into());
    }
    if region == reader {
        return Err(Refusal::of(Code::PriceShareState).at("reader").allowing("another region").into());
    }
    let said = format!("{region} {reader}");
    let keyed = keyed(app, Some(caller), key, "share_prices", &[&said]);
    once(app, &keyed, async |tx| {
        let granted_at = tx.now().await?;
        let share = PriceShare {
            id: fresh(),
            region,
            reader,
            granted_by: by,
            granted_at,
            ended: None,
            version: Version::FIRST,
        };
        shares::add(tx, &share).await?;
        let act =
            Act::new("PricesShared", share.id).with("region", share.region).with("reader", share.reader);
        let answer = Changed { id: share.id, version: share.version };
        Ok(record(tx, actor(caller), act, answer).await?)
    })
    .await
}

/// Ends that. Errors: `FORBIDDEN`, `NOT_FOUND`, `STALE_VERSION`, `PRICE_SHARE_STATE`.
pub async fn end_price_sharing(
    app: &App,
    caller: &Caller,
    (id, version): (PriceShareId, Version),
    key: &IdempotencyKey,
) -> Result<Changed<PriceShareId>, Error> {
    let scope = caller.require(Permission::SharePrices)?;
    let by = caller.user()?;
    let said = format!("{id} {version:?}");
    let keyed = keyed(app, Some(caller), key, "end_price_sharing", &[&said]);
    once(app, &keyed, async |tx| {
        let share = shares::lock(tx, &scope, id).await?;
        if share.ended.is_some() {
            return Err(Refusal::of(Code::PriceShareState).at("id").into());
        }
        if share.version != version {
            return Err(Refusal::of(Code::StaleVersion).at("version").into());
        }
        let when = tx.now().await?;
        shares::end(tx, &share, (by, when)).await?;
        let act =
            Act::new("PriceSharingEnded", share.id).with("region", share.region).with("reader", share.reader);
        let answer = Changed { id, version: share.version.next() };
        Ok(record(tx, actor(caller), act, answer).await?)
    })
    .await
}

/// A part of what the caller's regions give and have, the newest first. Errors: `FORBIDDEN`.
pub async fn price_shares(
    app: &App,
    caller: &Caller,
    page: &Page<PriceShareId>,
) -> Result<Part<PriceShare>, Error> {
    let scope = caller.require(Permission::ObservePrices)?;
    let mut tx = app.store.read().await?;
    Ok(shares::list(&mut tx, scope.regions(), page).await?)
}
