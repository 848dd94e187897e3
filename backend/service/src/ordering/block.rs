//! 停采: an office or a regulator stops new orders of a selected product, from that second on, and lifts it again.
use jicai_domain::audit::{Act, IdempotencyKey};
use jicai_domain::errors::{Code, Refusal};
use jicai_domain::identity::{Caller, Permission, Reason, Role};
use jicai_domain::ids::{ContractId, OrganizationId, ProductBlockId, SelectedProductId};
use jicai_domain::listing::mark::{MarkKind, MarkSource};
use jicai_domain::listing::rules::listing_preset;
use jicai_domain::ordering::block::{Block, blocked};
use jicai_domain::procurement::demand::region_of;
use jicai_store::audit::record;
use jicai_store::contract::{official, shown};
use jicai_store::ordering::blocks::{self, Alternative};
use jicai_store::{Page, Part, Tx, fresh};

use crate::app::App;
use crate::audit::{actor, keyed, once};
use crate::errors::Error;

/// A block that is set.
#[derive(Clone, Debug)]
pub struct BlockProduct {
    /// The product.
    pub product: SelectedProductId,
    /// 召回, 暂停采购 or 处罚.
    pub kind: MarkKind,
    /// Why.
    pub reason: Reason,
    /// The key of the request.
    pub key: IdempotencyKey,
}

/// Stops new orders and seals of a product of the own office's results, or as a regulator of one that an office of its jurisdiction announced.
/// What was ordered goes on. Errors: `FORBIDDEN`, `NOT_FOUND`, `PRODUCT_BLOCK_STATE` where it is blocked like this.
pub async fn block_product(
    app: &App,
    caller: &Caller,
    command: BlockProduct,
) -> Result<SelectedProductId, Error> {
    caller.require(Permission::MarkListings)?;
    let by = caller.user()?;
    if matches!(command.kind, MarkKind::Yellow | MarkKind::Red) {
        return Err(Refusal::of(Code::ProductBlockState)
            .at("kind")
            .allowing("a label is of a listing")
            .into());
    }
    let keyed = keyed(app, Some(caller), &command.key, "block_product", &[&format!("{command:?}")]);
    once(app, &keyed, async |tx| {
        reaches(tx, caller, command.product).await?;
        let told = blocks::hold(tx, command.product).await?;
        let block = Block {
            id: fresh(),
            of: command.product,
            kind: command.kind,
            source: source(caller),
            reason: command.reason.clone(),
            set_by: by,
            set_at: tx.now().await?,
            lifted: None,
        };
        blocks::add(tx, &block).await?;
        tells(tx, command.product).await?;
        let act = acts(tx, ("ProductBlocked", &block, &block.reason), told).await?;
        Ok(record(tx, actor(caller), act, command.product).await?)
    })
    .await
}

/// A block that is lifted.
#[derive(Clone, Debug)]
pub struct LiftProductBlock {
    /// The product.
    pub product: SelectedProductId,
    /// The block.
    pub block: ProductBlockId,
    /// Why.
    pub reason: Reason,
    /// The key of the request.
    pub key: IdempotencyKey,
}

/// Lifts a block that the own side set. Errors: `FORBIDDEN`, `NOT_FOUND`, `PRODUCT_BLOCK_STATE`.
pub async fn lift_product_block(
    app: &App,
    caller: &Caller,
    command: LiftProductBlock,
) -> Result<SelectedProductId, Error> {
    caller.require(Permission::MarkListings)?;
    let by = caller.user()?;
    let keyed = keyed(app, Some(caller), &command.key, "lift_product_block", &[&format!("{command:?}")]);
    once(app, &keyed, async |tx| {
        reaches(tx, caller, command.product).await?;
        let told = blocks::hold(tx, command.product).await?;
        let open = blocks::open(tx, command.product).await?;
        let block = open.into_iter().find(|block| block.id == command.block);
        let block = block.ok_or(Refusal::of(Code::ProductBlockState).at("block"))?;
        if !block.source.may_be_lifted_by(source(caller)) {
            let side = format!("by the side that set it: {}", block.source.label());
            return Err(Refusal::of(Code::ProductBlockState).at("block").allowing(side).into());
        }
        let at = tx.now().await?;
        let lifted = Block { lifted: Some((by, at, command.reason.clone())), ..block };
        blocks::lift(tx, &lifted).await?;
        tells(tx, command.product).await?;
        let act = acts(tx, ("ProductUnblocked", &lifted, &command.reason), told).await?;
        Ok(record(tx, actor(caller), act, command.product).await?)
    })
    .await
}

async fn reaches(tx: &mut Tx, caller: &Caller, product: SelectedProductId) -> Result<(), Error> {
    let own = match source(caller) {
        MarkSource::Regulator => {
            let scope = caller.require(Permission::MarkListings)?;
            blocks::inside(tx, &scope, product).await?
        }
        MarkSource::Office | MarkSource::Rules => blocks::announced(tx, caller.organization, product).await?,
    };
    if own { Ok(()) } else { Err(Refusal::of(Code::NotFound).at("product").into()) }
}

fn source(caller: &Caller) -> MarkSource {
    if caller.role == Role::Regulator { MarkSource::Regulator } else { MarkSource::Office }
}

/// What is told of the product from now on.
async fn tells(tx: &mut Tx, product: SelectedProductId) -> Result<(), Error> {
    let open = blocks::open(tx, product).await?;
    Ok(blocks::tell(tx, product, blocked(&open).as_deref()).await?)
}

/// The entry of the log; the firm and every institution with a part of a contract in force are told.
async fn acts(
    tx: &mut Tx,
    (kind, block, because): (&'static str, &Block, &Reason),
    told: Vec<OrganizationId>,
) -> Result<Act, Error> {
    let placed = official::product(tx, block.of).await?;
    let act = Act::new(kind, block.of)
        .with("block", block.id)
        .with("kind", block.kind.label())
        .with("source", block.source.label())
        .with("because", because.as_str());
    let firm = placed.product.holder.organization;
    Ok(told.into_iter().chain(firm).fold(act, Act::concerning))
}

/// All blocks that a selected product ever had, the newest first. Public, as the result is. Errors: `NOT_FOUND`.
pub async fn product_blocks(
    app: &App,
    product: SelectedProductId,
    page: &Page<ProductBlockId>,
) -> Result<Part<Block>, Error> {
    let mut tx = app.store.read().await?;
    official::product(&mut tx, product).await?;
    Ok(blocks::history(&mut tx, product, page).await?)
}

/// What the own institution can order in the place of a contract's product. Errors: `FORBIDDEN`, `NOT_FOUND`.
pub async fn alternatives(
    app: &App,
    caller: &Caller,
    contract: ContractId,
) -> Result<Vec<Alternative>, Error> {
    caller.require(Permission::PlaceOrders)?;
    let scope = crate::contract::scope(caller)?;
    let mut tx = app.store.read().await?;
    let found = shown::find(&mut tx, &scope, contract).await?;
    drop(tx);
    alternatives_to(app, caller, found.product).await
}

/// What the own institution can order in the place of a selected product. Errors: `FORBIDDEN`.
pub async fn alternatives_to(
    app: &App,
    caller: &Caller,
    product: SelectedProductId,
) -> Result<Vec<Alternative>, Error> {
    caller.require(Permission::PlaceOrders)?;
    let mut tx = app.store.read().await?;
    let place = (caller.organization, region_of(&caller.regions)?);
    Ok(blocks::alternatives(&mut tx, product, place, &listing_preset()).await?)
}
