//! What can be asked of the registry.
use async_graphql::connection::Connection;
use async_graphql::{Context, ID, InputObject, Object};
use jicai_domain::errors::Refusal;
use jicai_domain::ids::{Id, ItemConflictId, ItemId, ItemProposalId, ItemVersionId, OrganizationId};
use jicai_service::catalog as cases;

use super::decisions::{ItemConflict, ItemProposal};
use super::inputs::{AsOf, AsOfInput, item, system};
use super::labels::{ItemConflictKind, ItemFlagKind, ItemKind, ItemProposalStatus, ItemStatus};
use super::types::{Item, ItemVersion, ResolvedCode};
use crate::asking::{app, caller};
use crate::connection::{connection, cost, page};
use crate::error::ApiError;

/// Which items.
#[derive(Default, InputObject)]
struct ItemFilter {
    /// Of that kind.
    kind: Option<ItemKind>,
    /// That stand like this.
    status: Option<ItemStatus>,
    /// Of that organization.
    holder: Option<ID>,
    /// With that flag.
    flag: Option<ItemFlagKind>,
    /// As of a day, an instant or a release.
    as_of: Option<AsOfInput>,
}

impl ItemFilter {
    fn read(self) -> Result<(cases::WantedItems, cases::AsOf), Refusal> {
        let filter = self;
        let holder = filter.holder.map(|holder| OrganizationId::parse(&holder)).transpose();
        let AsOf(as_of) = filter.as_of.into();
        let wanted = cases::WantedItems {
            kind: filter.kind.map(Into::into),
            status: filter.status.map(Into::into),
            holder: holder.map_err(|refusal| refusal.at("holder"))?,
            flag: filter.flag.map(Into::into),
        };
        Ok((wanted, as_of))
    }
}

/// Which proposals.
#[derive(Default, InputObject)]
struct ItemProposalFilter {
    /// That far.
    status: Option<ItemProposalStatus>,
    /// About that item.
    item: Option<ID>,
}

/// Which conflicts.
#[derive(Default, InputObject)]
struct ItemConflictFilter {
    /// Only those that are open, or only those that are not.
    open: Option<bool>,
    /// Of that kind.
    kind: Option<ItemConflictKind>,
    /// Of that item, at either side.
    item: Option<ID>,
}

/// Queries of the registry.
#[derive(Default)]
pub(crate) struct CatalogQuery;

#[Object]
impl CatalogQuery {
    /// An item, as of a day, an instant or a release. 项目
    #[graphql(complexity = "5 + child_complexity")]
    async fn item(&self, ctx: &Context<'_>, id: ID, as_of: Option<AsOfInput>) -> Result<Item, ApiError> {
        let caller = caller(ctx)?;
        let AsOf(as_of) = as_of.into();
        Ok(Item(cases::item(app(ctx)?, caller, item(&id, "id")?, as_of).await?))
    }

    /// Items as of a day, an instant or a release, the newest first.
    #[graphql(complexity = "cost(first, child_complexity)")]
    async fn items(
        &self,
        ctx: &Context<'_>,
        filter: Option<ItemFilter>,
        first: Option<i32>,
        after: Option<String>,
    ) -> Result<Connection<String, Item>, ApiError> {
        let caller = caller(ctx)?;
        let page = page(first, after.as_deref(), ItemId::parse)?;
        let (wanted, as_of) = filter.unwrap_or_default().read()?;
        let part = cases::items(app(ctx)?, caller, (&wanted, as_of), &page).await?;
        Ok(connection(part, |one| one.item.id.to_string(), Item))
    }

    /// All that was ever said of an item, also what is superseded, in the order in which it was.
    #[graphql(complexity = "cost(first, child_complexity)")]
    async fn item_history(
        &self,
        ctx: &Context<'_>,
        id: ID,
        first: Option<i32>,
        after: Option<String>,
    ) -> Result<Connection<String, ItemVersion>, ApiError> {
        let caller = caller(ctx)?;
        let page = page(first, after.as_deref(), ItemVersionId::parse)?;
        let part = cases::item_history(app(ctx)?, caller, item(&id, "id")?, &page).await?;
        Ok(connection(part, |one| one.id.to_string(), ItemVersion))
    }

    /// The item that a code names on a day, and what stands for it. 编码解析
    #[graphql(complexity = "5 + child_complexity")]
    async fn resolve_code(
        &self,
        ctx: &Context<'_>,
        code: String,
        system: Option<String>,
        as_of: Option<AsOfInput>,
    ) -> Result<ResolvedCode, ApiError> {
        let caller = caller(ctx)?;
        let system = system.as_deref().map(self::system).transpose()?;
        let AsOf(as_of) = as_of.into();
        Ok(ResolvedCode(cases::resolve_code(app(ctx)?, caller, (&code, system), as_of).await?))
    }

    /// A proposal: reviewers see every one, others those of their organization. 申报
    async fn item_proposal(&self, ctx: &Context<'_>, id: ID) -> Result<ItemProposal, ApiError> {
        let caller = caller(ctx)?;
        let id = ItemProposalId::parse(&id).map_err(|refusal| refusal.at("id"))?;
        Ok(ItemProposal(cases::item_proposal(app(ctx)?, caller, id).await?))
    }

    /// Such proposals, the newest first.
    #[graphql(complexity = "cost(first, child_complexity)")]
    async fn item_proposals(
        &self,
        ctx: &Context<'_>,
        filter: Option<ItemProposalFilter>,
        first: Option<i32>,
        after: Option<String>,
    ) -> Result<Connection<String, ItemProposal>, ApiError> {
        let caller = caller(ctx)?;
        let page = page(first, after.as_deref(), ItemProposalId::parse)?;
        let filter = filter.unwrap_or_default();
        let wanted = cases::WantedProposals {
            status: filter.status.map(Into::into),
            item: filter.item.map(|id| item(&id, "item")).transpose()?,
        };
        let part = cases::item_proposals(app(ctx)?, caller, &wanted, &page).await?;
        Ok(connection(part, |one| one.id.to_string(), ItemProposal))
    }

    /// What contradicts itself in the registry, the newest first. 冲突清单
    #[graphql(complexity = "cost(first, child_complexity)")]
    async fn item_conflicts(
        &self,
        ctx: &Context<'_>,
        filter: Option<ItemConflictFilter>,
        first: Option<i32>,
        after: Option<String>,
    ) -> Result<Connection<String, ItemConflict>, ApiError> {
        let caller = caller(ctx)?;
        let page = page(first, after.as_deref(), ItemConflictId::parse)?;
        let filter = filter.unwrap_or_default();
        let wanted = cases::WantedConflicts {
            open: filter.open,
            kind: filter.kind.map(Into::into),
            item: filter.item.map(|id| item(&id, "item")).transpose()?,
        };
        let part = cases::item_conflicts(app(ctx)?, caller, &wanted, &page).await?;
        Ok(connection(part, |one| one.id.to_string(), ItemConflict))
    }
}
