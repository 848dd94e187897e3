//! Packs and specs that are added to a selected product (增补规格包装): its firm asks, the office decides, and the price relation bounds the price.
use jicai_domain::audit::{Act, IdempotencyKey};
use jicai_domain::contract::official::OfficialResult;
use jicai_domain::contract::pack::{AddedPack, PackDecision, PackOffer, PackSize, PackStatus, most};
use jicai_domain::contract::presentation::Added;
use jicai_domain::errors::{Code, Refusal};
use jicai_domain::identity::{Caller, Permission, Reason, Scope, Version};
use jicai_domain::ids::{AddedPackId, SelectedProductId};
use jicai_domain::procurement::rules::relation_preset;
use jicai_store::audit::record;
use jicai_store::contract::official::{self, PlacedProduct};
use jicai_store::contract::packs;
pub use jicai_store::contract::packs::ShownPack;
use jicai_store::{Page, Part, Tx, fresh};
use rust_decimal::Decimal;

use super::official::sees_price;
use crate::app::App;
use crate::audit::{Changed, actor, keyed, once};
use crate::errors::Error;

/// A pack that is asked for.
#[derive(Clone, Debug)]
pub struct RequestPack {
    /// The caller's selected product.
    pub product: SelectedProductId,
    /// The pack and its price.
    pub offer: PackOffer,
    /// What shows that it is the same product.
    pub evidence: Reason,
    /// The key of the request.
    pub key: IdempotencyKey,
}

/// What the rules allow a pack to cost.
#[derive(Clone, Debug)]
pub struct PackPrice {
    /// The price and its factors.
    pub most: Added,
    /// The rule set, as `id/version`.
    pub rules: String,
}

/// What a pack of a product may cost at most, for its firm and its office. Errors: `FORBIDDEN`, `NOT_FOUND`, `CONTRACT_STATE` for a product whose
/// selected price is not known, `DECIMAL_INVALID`.
pub async fn pack_price(
    app: &App,
    caller: &Caller,
    product: SelectedProductId,
    (selected, offered): (PackSize, PackSize),
) -> Result<PackPrice, Error> {
    scope(caller)?;
    let mut tx = app.store.read().await?;
    let (result, product) = placed(&mut tx, product).await?;
    let own = [Some(result.office), product.product.holder.organization];
    if !own.contains(&Some(caller.organization)) {
        return Err(Refusal::of(Code::NotFound).into());
    }
    let selected = selected_size(selected, &product);
    let most = most(&relation_preset(), price(&product)?, (selected, offered))?;
    Ok(PackPrice { most, rules: rules() })
}

/// Asks to add a pack to a selected product of the caller's organization, at a price that is not above what the price relation gives it. Errors:
/// `FORBIDDEN`, `NOT_FOUND`, `CONTRACT_STATE`, `DECIMAL_INVALID`, `PRICE_ABOVE_RELATION`, `PACK_EXISTS`.
pub async fn request_pack(
    app: &App,
    caller: &Caller,
    command: RequestPack,
) -> Result<Changed<AddedPackId>, Error> {
    caller.require(Permission::SealContracts)?;
    let by = caller.user()?;
    let keyed = keyed(app, Some(caller), &command.key, "request_pack", &[&format!("{command:?}")]);
    once(app, &keyed, async |tx| {
        let (result, product) = placed(tx, command.product).await?;
        if product.product.holder.organization != Some(caller.organization) {
            return Err(Refusal::of(Code::NotFound).into());
        }
        let selected = selected_size(command.offer.selected, &product);
        let offer = PackOffer { selected, ..command.offer.clone() };
        let most = offer.check(&relation_preset(), price(&product)?)?;
        let pack = AddedPack {
            id: fresh(),
            product: command.product,
            offer,
            most: most
                .pack_price
                .parse()
                .map_err(|wrong: rust_decimal::Error| Error::broken(wrong.to_string()))?,
            rules: rules(),
            evidence: command.evidence.clone(),
            applied_by: by,
            status: PackStatus::Applied,
            version: Version::FIRST,
        };
        packs::add(tx, &pack).await?;
        // No amount: whoever reads the firm's entries elsewhere may not see the price here.
        let act = Act::new("PackRequested", pack.id)
            .concerning(caller.organization)
            .concerning(result.office)
            .with("product", pack.product)
            .with("spec", pack.offer.spec.as_str())
            .with("rules", &pack.rules);
        Ok(record(tx, actor(caller), act, Changed { id: pack.id, version: pack.version }).await?)
    })
    .await
}

/// Decides about a pack of a product of the caller's office. Errors: `FORBIDDEN`, `NOT_FOUND`, `STALE_VERSION`, `PACK_STATE`.
pub async fn decide_pack(
    app: &App,
    caller: &Caller,
    (id, version): (AddedPackId, Version),
    decision: PackDecision,
    key: &IdempotencyKey,
) -> Result<Changed<AddedPackId>, Error> {
    let scope = caller.require(Permission::ManageContracts)?;
    let by = caller.user()?;
    let said = [id.to_string(), version.number().to_string(), format!("{decision:?}")];
    let keyed = keyed(app, Some(caller), key, "decide_pack", &said.each_ref().map(String::as_str));
    once(app, &keyed, async |tx| {
        let pack = packs::lock(tx, id).await?;
        let product = official::product(tx, pack.product).await?;
        official::own(tx, &scope, product.result).await?;
        if pack.version != version {
            return Err(Refusal::of(Code::StaleVersion).at("version").into());
        }
        let status = pack.status.clone().next(decision.clone(), by)?;
        let changed = AddedPack { status, version: version.next(), ..pack };
        packs::save(tx, &changed, version).await?;
        let mut act = Act::new("PackDecided", id)
            .with("product", changed.product)
            .with("status", changed.status.label());
        if let Some(firm) = product.product.holder.organization {
            act = act.concerning(firm);
        }
        if let Some(reason) = changed.status.reason() {
            act = act.with("reason", reason.as_str());
        }
        Ok(record(tx, actor(caller), act, Changed { id, version: changed.version }).await?)
    })
    .await
}

/// A pack that the caller's organization asked for or decides. Errors: `FORBIDDEN`, `NOT_FOUND`.
pub async fn added_pack(app: &App, caller: &Caller, id: AddedPackId) -> Result<ShownPack, Error> {
    let scope = scope(caller)?;
    let mut tx = app.store.read().await?;
    Ok(packs::find(&mut tx, &scope, id).await?)
}

/// Such packs, the newest first. Errors: `FORBIDDEN`.
pub async fn pack_requests(
    app: &App,
    caller: &Caller,
    status: Option<&'static str>,
    page: &Page<AddedPackId>,
) -> Result<Part<ShownPack>, Error> {
    let scope = scope(caller)?;
    let mut tx = app.store.read().await?;
    Ok(packs::page(&mut tx, &scope, status, page).await?)
}

/// The packs that were added to a selected product, and whether the caller sees their prices: as it sees that of the product. Public. Errors:
/// `NOT_FOUND`.
pub async fn added_packs(
    app: &App,
    caller: Option<&Caller>,
    product: SelectedProductId,
    page: &Page<AddedPackId>,
) -> Result<(Part<AddedPack>, bool), Error> {
    let mut tx = app.store.read().await?;
    let (result, placed) = placed(&mut tx, product).await?;
    let added = packs::added(&mut tx, product, page).await?;
    Ok((added, sees_price(caller, &result, &placed.product)))
}

fn scope(caller: &Caller) -> Result<Scope, Refusal> {
    caller
        .require(Permission::SealContracts)
        .or_else(|_forbidden| caller.require(Permission::ManageContracts))
}

async fn placed(tx: &mut Tx, product: SelectedProductId) -> Result<(OfficialResult, PlacedProduct), Error> {
    let product = official::product(tx, product).await?;
    Ok((official::find(tx, product.result).await?, product))
}

/// The content of the product is what the result says, where it says it.
fn selected_size(said: PackSize, product: &PlacedProduct) -> PackSize {
    let content = product.product.content.map_or(said.content, |content| content.own);
    PackSize { content, ..said }
}

fn price(product: &PlacedProduct) -> Result<Decimal, Refusal> {
    let unknown = Refusal::of(Code::ContractState).at("product").allowing("a selected price");
    product.product.price.map(|selected| selected.price).ok_or(unknown)
}

fn rules() -> String {
    let head = relation_preset().head;
    format!("{}/{}", head.id, head.version)
}
