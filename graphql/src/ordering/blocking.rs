//! 停采 and what can be ordered instead, over GraphQL.
use async_graphql::connection::Connection;
use async_graphql::{Context, Enum, ID, InputObject, Object, SimpleObject};
use jicai_domain::audit::IdempotencyKey;
use jicai_domain::identity::Reason;
use jicai_domain::ids::{ContractId, Id, ListingId, ProductBlockId, SelectedProductId};
use jicai_domain::listing::mark::MarkKind;
use jicai_service::ordering as cases;

use crate::asking::{app, caller};
use crate::connection::{connection, cost, page};
use crate::dates::DateTime;
use crate::error::ApiError;

/// What stops new orders of a selected product.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
enum ProductBlockKind {
    /// 召回
    Recall,
    /// 暂停采购
    Suspension,
    /// 处罚
    Sanction,
}

impl ProductBlockKind {
    const fn kind(self) -> MarkKind {
        match self {
            Self::Recall => MarkKind::Recall,
            Self::Suspension => MarkKind::Suspension,
            Self::Sanction => MarkKind::Sanction,
        }
    }
}

/// A block of a selected product.
#[derive(SimpleObject)]
struct ProductBlock {
    /// Its id.
    id: ID,
    /// RECALL, SUSPENSION or SANCTION.
    kind: String,
    /// Which side set it: OFFICE or REGULATOR.
    source: String,
    /// Why.
    reason: String,
    /// From which instant on.
    set_at: DateTime,
    /// From which instant on no longer.
    lifted_at: Option<DateTime>,
    /// Why it was lifted.
    lift_reason: Option<String>,
}

impl ProductBlock {
    fn of(block: cases::Block) -> ProductBlock {
        let lifted = block.lifted;
        ProductBlock {
            id: ID(block.id.to_string()),
            kind: block.kind.label().to_owned(),
            source: block.source.label().to_owned(),
            reason: block.reason.as_str().to_owned(),
            set_at: DateTime(block.set_at),
            lifted_at: lifted.as_ref().map(|(_, at, _)| DateTime(*at)),
            lift_reason: lifted.map(|(_, _, why)| why.as_str().to_owned()),
        }
    }
}

/// Something that can be ordered in the place of a product.
#[derive(SimpleObject)]
pub(super) struct OrderAlternative {
    /// The id of the contract, of what is selected.
    contract_id: Option<ID>,
    /// The id of the listing, of what is not.
    listing_id: Option<ID>,
    /// The product's name.
    product_name: String,
    /// Its specification.
    spec: Option<String>,
    /// The firm.
    holder_name: String,
    /// Smallest units in the pack that the price is of; 1 for a contract.
    pack_units: String,
    /// The price, tax included, as a decimal.
    price: Option<String>,
}

impl OrderAlternative {
    pub(super) fn of(one: cases::Alternative) -> OrderAlternative {
        let contract = one.selected.then(|| ID(ContractId::from_number(one.basis).to_string()));
        let listing = (!one.selected).then(|| ID(ListingId::from_number(one.basis).to_string()));
        OrderAlternative {
            contract_id: contract,
            listing_id: listing,
            product_name: one.name,
            spec: one.spec,
            holder_name: one.holder_name,
            pack_units: one.pack_units.unwrap_or(1).to_string(),
            price: one.price.map(|price| price.normalize().to_string()),
        }
    }
}

/// A block that is set.
#[derive(InputObject)]
struct BlockProductInput {
    /// The selected product.
    product: ID,
    /// What it is.
    kind: ProductBlockKind,
    /// Why.
    reason: String,
    /// A new key for a new request, the same for its repetition.
    idempotency_key: String,
}

/// A block that is lifted.
#[derive(InputObject)]
struct LiftProductBlockInput {
    /// The selected product.
    product: ID,
    /// The block.
    block: ID,
    /// Why.
    reason: String,
    /// A new key for a new request, the same for its repetition.
    idempotency_key: String,
}

/// Queries about blocks.
#[derive(Default)]
pub(crate) struct BlockQuery;

#[Object]
impl BlockQuery {
    /// All that ever stopped new orders of a selected product, the newest first. Public. 停采记录
    #[graphql(complexity = "cost(first, child_complexity)")]
    async fn product_blocks(
        &self,
        ctx: &Context<'_>,
        product: ID,
        first: Option<i32>,
        after: Option<String>,
    ) -> Result<Connection<String, ProductBlock>, ApiError> {
        let product = SelectedProductId::parse(&product).map_err(|refusal| refusal.at("product"))?;
        let page = page(first, after.as_deref(), ProductBlockId::parse)?;
        let part = cases::product_blocks(app(ctx)?, product, &page).await?;
        Ok(connection(part, |one| one.id.to_string(), ProductBlock::of))
    }

    /// What the own institution can order in the place of a contract's product: other selected products of its lot, then at most 50 that are
    /// listed, the cheapest first. 替代产品
    #[graphql(complexity = "10 + 10 * child_complexity")]
    async fn order_alternatives(
        &self,
        ctx: &Context<'_>,
        contract: ID,
    ) -> Result<Vec<OrderAlternative>, ApiError> {
        let caller = caller(ctx)?;
        let contract = ContractId::parse(&contract).map_err(|refusal| refusal.at("contract"))?;
        let found = cases::alternatives(app(ctx)?, caller, contract).await?;
        Ok(found.into_iter().map(OrderAlternative::of).collect())
    }
}

/// Mutations of blocks.
#[derive(Default)]
pub(crate) struct BlockMutation;

#[Object]
impl BlockMutation {
    /// Stop new orders and seals of a selected product, from now on. What was ordered goes on. 停采
    async fn block_product(&self, ctx: &Context<'_>, input: BlockProductInput) -> Result<ID, ApiError> {
        let caller = caller(ctx)?;
        let command = cases::BlockProduct {
            product: SelectedProductId::parse(&input.product).map_err(|refusal| refusal.at("product"))?,
            kind: input.kind.kind(),
            reason: Reason::parse(&input.reason)?,
            key: IdempotencyKey::parse(&input.idempotency_key)?,
        };
        Ok(ID(cases::block_product(app(ctx)?, caller, command).await?.to_string()))
    }

    /// Lift a block that the own side set. 解除停采
    async fn lift_product_block(
        &self,
        ctx: &Context<'_>,
        input: LiftProductBlockInput,
    ) -> Result<ID, ApiError> {
        let caller = caller(ctx)?;
        let command = cases::LiftProductBlock {
            product: SelectedProductId::parse(&input.product).map_err(|refusal| refusal.at("product"))?,
            block: ProductBlockId::parse(&input.block).map_err(|refusal| refusal.at("block"))?,
            reason: Reason::parse(&input.reason)?,
            key: IdempotencyKey::parse(&input.idempotency_key)?,
        };
        Ok(ID(cases::lift_product_block(app(ctx)?, caller, command).await?.to_string()))
    }
}
