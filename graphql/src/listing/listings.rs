//! 挂网: what can be asked of listings, and done with them.
use async_graphql::connection::Connection;
use async_graphql::{Context, ID, Object};
use jicai_domain::errors::Refusal;
use jicai_domain::ids::{Id, ListingId, ListingMarkId, ListingPriceId};
use jicai_service::listing::decide::{Decision, Move, decide_listing, decide_listing_price, move_listing};
use jicai_service::listing::{apply, marks, read, verdict};

use super::inputs::{
    ApplyForListingInput, AskVerdictInput, ChangeListingPriceInput, DecideListingPriceInput, EndListingInput,
    LiftListingMarkInput, ListingFilter, ListingInput, MarkListingInput, ResubmitListingInput,
};
use super::types::{Listing, ListingMark, ListingPrice, ListingVerdict};
use crate::asking::{app, asking, caller};
use crate::connection::{connection, cost, page};
use crate::error::ApiError;

fn listing_id(id: &ID) -> Result<ListingId, Refusal> {
    ListingId::parse(id).map_err(|refusal| refusal.at("id"))
}

/// Queries about listings.
#[derive(Default)]
pub(crate) struct ListingQuery;

#[Object]
impl ListingQuery {
    /// What the price rules would say of a price of an own item, before it is applied for. 价格预判
    #[graphql(complexity = "20 + child_complexity")]
    async fn listing_verdict(
        &self,
        ctx: &Context<'_>,
        input: AskVerdictInput,
    ) -> Result<ListingVerdict, ApiError> {
        let (app, caller) = (app(ctx)?, caller(ctx)?);
        Ok(ListingVerdict::of(verdict::listing_verdict(app, caller, input.try_into()?).await?))
    }

    /// A listing. What is or was listed is public; its firm and the authorities of its region see the rest.
    #[graphql(complexity = "5 + child_complexity")]
    async fn listing(&self, ctx: &Context<'_>, id: ID) -> Result<Listing, ApiError> {
        let asking = asking(ctx)?;
        Ok(Listing(read::listing(&asking.app, asking.caller.as_ref(), listing_id(&id)?).await?))
    }

    /// Such listings, the newest first. Public. 挂网目录
    #[graphql(complexity = "cost(first, child_complexity)")]
    async fn listings(
        &self,
        ctx: &Context<'_>,
        filter: Option<ListingFilter>,
        first: Option<i32>,
        after: Option<String>,
    ) -> Result<Connection<String, Listing>, ApiError> {
        let asking = asking(ctx)?;
        let page = page(first, after.as_deref(), ListingId::parse)?;
        let wanted = filter.unwrap_or_default().read()?;
        let part = read::listings_of(&asking.app, asking.caller.as_ref(), &wanted, &page).await?;
        Ok(connection(part, |one| one.listing.id.to_string(), Listing))
    }

    /// The prices of a listing, the newest first. Those that are or were in force are public. 价格历史
    #[graphql(complexity = "cost(first, child_complexity)")]
    async fn listing_prices(
        &self,
        ctx: &Context<'_>,
        id: ID,
        first: Option<i32>,
        after: Option<String>,
    ) -> Result<Connection<String, ListingPrice>, ApiError> {
        let asking = asking(ctx)?;
        let page = page(first, after.as_deref(), ListingPriceId::parse)?;
        let caller = asking.caller.as_ref();
        let part = read::listing_prices(&asking.app, caller, listing_id(&id)?, &page).await?;
        Ok(connection(part, |one| one.price.id.to_string(), ListingPrice))
    }

    /// All marks that a listing ever had, the newest first. Public.
    #[graphql(complexity = "cost(first, child_complexity)")]
    async fn listing_marks(
        &self,
        ctx: &Context<'_>,
        id: ID,
        first: Option<i32>,
        after: Option<String>,
    ) -> Result<Connection<String, ListingMark>, ApiError> {
        let asking = asking(ctx)?;
        let page = page(first, after.as_deref(), ListingMarkId::parse)?;
        let caller = asking.caller.as_ref();
        let part = read::listing_marks(&asking.app, caller, listing_id(&id)?, &page).await?;
        Ok(connection(part, |one| one.id.to_string(), ListingMark::of))
    }
}

async fn shown(ctx: &Context<'_>, id: ListingId) -> Result<Listing, ApiError> {
    Ok(Listing(read::listing(app(ctx)?, Some(caller(ctx)?), id).await?))
}

/// Mutations of listings.
#[derive(Default)]
pub(crate) struct ListingMutation;

#[Object]
impl ListingMutation {
    /// Apply for the listing of an own item in a province. 申请挂网
    #[graphql(complexity = "1 + child_complexity")]
    async fn apply_for_listing(
        &self,
        ctx: &Context<'_>,
        input: ApplyForListingInput,
    ) -> Result<Listing, ApiError> {
        let (app, caller) = (app(ctx)?, caller(ctx)?);
        let changed = apply::apply_for_listing(app, caller, input.try_into()?).await?;
        shown(ctx, changed.id).await
    }

    /// Hand a returned application in again. 重新提交
    #[graphql(complexity = "1 + child_complexity")]
    async fn resubmit_listing(
        &self,
        ctx: &Context<'_>,
        input: ResubmitListingInput,
    ) -> Result<Listing, ApiError> {
        let (app, caller) = (app(ctx)?, caller(ctx)?);
        let changed = apply::resubmit_listing(app, caller, input.read()?).await?;
        shown(ctx, changed.id).await
    }

    /// Take an application back. 撤回申请
    #[graphql(complexity = "1 + child_complexity")]
    async fn withdraw_listing(&self, ctx: &Context<'_>, input: ListingInput) -> Result<Listing, ApiError> {
        let (app, caller) = (app(ctx)?, caller(ctx)?);
        let (seen, _reason) = input.read()?;
        let changed = apply::withdraw_listing(app, caller, seen).await?;
        shown(ctx, changed.id).await
    }

    /// Change the price: a lower one at once where the rules let it, a higher one by the office. 调整价格
    #[graphql(complexity = "1 + child_complexity")]
    async fn change_listing_price(
        &self,
        ctx: &Context<'_>,
        input: ChangeListingPriceInput,
    ) -> Result<Listing, ApiError> {
        let (app, caller) = (app(ctx)?, caller(ctx)?);
        let changed = apply::change_listing_price(app, caller, input.try_into()?).await?;
        shown(ctx, changed.id).await
    }

    /// List what was applied for; above a ceiling only with a reason. 审核通过
    #[graphql(complexity = "1 + child_complexity")]
    async fn approve_listing(&self, ctx: &Context<'_>, input: ListingInput) -> Result<Listing, ApiError> {
        let (app, caller) = (app(ctx)?, caller(ctx)?);
        let (seen, reason) = input.read()?;
        let changed = decide_listing(app, caller, (seen, Decision::Approve(reason))).await?;
        shown(ctx, changed.id).await
    }

    /// Have the firm put something right. 退回
    #[graphql(complexity = "1 + child_complexity")]
    async fn return_listing(&self, ctx: &Context<'_>, input: EndListingInput) -> Result<Listing, ApiError> {
        let (app, caller) = (app(ctx)?, caller(ctx)?);
        let (seen, reason) = input.read()?;
        let changed = decide_listing(app, caller, (seen, Decision::Return(reason))).await?;
        shown(ctx, changed.id).await
    }

    /// Refuse an application. 审核不通过
    #[graphql(complexity = "1 + child_complexity")]
    async fn reject_listing(&self, ctx: &Context<'_>, input: EndListingInput) -> Result<Listing, ApiError> {
        let (app, caller) = (app(ctx)?, caller(ctx)?);
        let (seen, reason) = input.read()?;
        let changed = decide_listing(app, caller, (seen, Decision::Reject(reason))).await?;
        shown(ctx, changed.id).await
    }

    /// Decide the price that waits of something that is listed. 审核调价
    #[graphql(complexity = "1 + child_complexity")]
    async fn decide_listing_price(
        &self,
        ctx: &Context<'_>,
        input: DecideListingPriceInput,
    ) -> Result<Listing, ApiError> {
        let (app, caller) = (app(ctx)?, caller(ctx)?);
        let changed = decide_listing_price(app, caller, input.read()?).await?;
        shown(ctx, changed.id).await
    }

    /// Stop a listing for a time, as its firm or as the office. 暂停挂网
    #[graphql(complexity = "1 + child_complexity")]
    async fn suspend_listing(&self, ctx: &Context<'_>, input: EndListingInput) -> Result<Listing, ApiError> {
        let (app, caller) = (app(ctx)?, caller(ctx)?);
        let (seen, reason) = input.read()?;
        let changed = move_listing(app, caller, (seen, Move::Suspend(reason))).await?;
        shown(ctx, changed.id).await
    }

    /// List again what the own side suspended. 恢复挂网
    #[graphql(complexity = "1 + child_complexity")]
    async fn resume_listing(&self, ctx: &Context<'_>, input: ListingInput) -> Result<Listing, ApiError> {
        let (app, caller) = (app(ctx)?, caller(ctx)?);
        let (seen, _reason) = input.read()?;
        let changed = move_listing(app, caller, (seen, Move::Resume)).await?;
        shown(ctx, changed.id).await
    }

    /// Take a listing off the list, as its firm or as the office. 撤网
    #[graphql(complexity = "1 + child_complexity")]
    async fn delist_listing(&self, ctx: &Context<'_>, input: EndListingInput) -> Result<Listing, ApiError> {
        let (app, caller) = (app(ctx)?, caller(ctx)?);
        let (seen, reason) = input.read()?;
        let changed = move_listing(app, caller, (seen, Move::Delist(reason))).await?;
        shown(ctx, changed.id).await
    }

    /// Label a listing, or stop its new orders from now on. 标识与停采
    #[graphql(complexity = "1 + child_complexity")]
    async fn mark_listing(&self, ctx: &Context<'_>, input: MarkListingInput) -> Result<Listing, ApiError> {
        let id = marks::mark_listing(app(ctx)?, caller(ctx)?, input.try_into()?).await?;
        shown(ctx, id).await
    }

    /// Lift a mark that the own side set. 解除
    #[graphql(complexity = "1 + child_complexity")]
    async fn lift_listing_mark(
        &self,
        ctx: &Context<'_>,
        input: LiftListingMarkInput,
    ) -> Result<Listing, ApiError> {
        let id = marks::lift_listing_mark(app(ctx)?, caller(ctx)?, input.try_into()?).await?;
        shown(ctx, id).await
    }
}
