//! Notices, objections and official results over GraphQL.
mod inputs;
mod types;

use async_graphql::connection::Connection;
use async_graphql::{Context, ID, Object};
use jicai_domain::ids::{Id, ObjectionId, RoundId};
use jicai_service::procurement::notice as cases;

use crate::asking::{app, asking, caller};
use crate::connection::{connection, cost, page};
use crate::error::ApiError;
use crate::identity::ChangeInput;
use crate::procurement::round::RoundChanged;
use inputs::{
    AnnounceOfficialResultInput, ObjectToResultInput, PublishNoticeInput, RejectObjectionInput,
    UpholdObjectionInput,
};
use types::{Objection, ObjectionChanged, RoundNotice};

/// Queries about notices and objections.
#[derive(Default)]
pub(crate) struct NoticeQuery;

#[Object]
impl NoticeQuery {
    /// The notices of a round in their order: the whole result first, then lots that were decided again. 公示
    #[graphql(complexity = "10 * child_complexity + 1")]
    async fn round_notices(&self, ctx: &Context<'_>, round: ID) -> Result<Vec<RoundNotice>, ApiError> {
        let round = RoundId::parse(&round).map_err(|refusal| refusal.at("round"))?;
        Ok(cases::notices(app(ctx)?, round).await?.into_iter().map(RoundNotice).collect())
    }

    /// Objections against the results of a round, the newest first: for everybody those that are decided, for objectors their own, all for the
    /// office and whoever observes the round. 异议
    #[graphql(complexity = "cost(first, child_complexity)")]
    async fn objections(
        &self,
        ctx: &Context<'_>,
        round: ID,
        first: Option<i32>,
        after: Option<String>,
    ) -> Result<Connection<String, Objection>, ApiError> {
        let round = RoundId::parse(&round).map_err(|refusal| refusal.at("round"))?;
        let page = page(first, after.as_deref(), ObjectionId::parse)?;
        let asking = asking(ctx)?;
        let part = cases::objections(&asking.app, asking.caller.as_ref(), round, &page).await?;
        Ok(connection(part, |brought| brought.objection.id.to_string(), Objection))
    }
}

/// Mutations of notices, objections and official results.
#[derive(Default)]
pub(crate) struct NoticeMutation;

#[Object]
impl NoticeMutation {
    /// Publish the result of a round for objections; once more for lots that were decided again. 发布公示
    async fn publish_notice(
        &self,
        ctx: &Context<'_>,
        input: PublishNoticeInput,
    ) -> Result<RoundChanged, ApiError> {
        Ok(cases::publish_notice(app(ctx)?, caller(ctx)?, input.try_into()?).await?.into())
    }

    /// Object to results, as a firm that takes part in the round, while their notice runs. 提出异议
    async fn object_to_result(
        &self,
        ctx: &Context<'_>,
        input: ObjectToResultInput,
    ) -> Result<ObjectionChanged, ApiError> {
        Ok(cases::object_to_result(app(ctx)?, caller(ctx)?, input.try_into()?).await?.into())
    }

    /// Take an own objection back. 撤回异议
    async fn withdraw_objection(
        &self,
        ctx: &Context<'_>,
        input: ChangeInput,
    ) -> Result<ObjectionChanged, ApiError> {
        let (seen, key) = input.parsed()?;
        Ok(cases::withdraw_objection(app(ctx)?, caller(ctx)?, seen, &key).await?.into())
    }

    /// Find an objection right: the named products no longer count, and their lots are decided again. 异议成立
    async fn uphold_objection(
        &self,
        ctx: &Context<'_>,
        input: UpholdObjectionInput,
    ) -> Result<ObjectionChanged, ApiError> {
        Ok(cases::decide_objection(app(ctx)?, caller(ctx)?, input.try_into()?).await?.into())
    }

    /// Find an objection not right. 异议不成立
    async fn reject_objection(
        &self,
        ctx: &Context<'_>,
        input: RejectObjectionInput,
    ) -> Result<ObjectionChanged, ApiError> {
        Ok(cases::decide_objection(app(ctx)?, caller(ctx)?, input.try_into()?).await?.into())
    }

    /// Announce the official result of the lots of a round whose notice has ended and which no undecided objection is about, as another person
    /// than the one who published the newest notice; the others follow in a part of their own. 公布中选结果
    async fn announce_official_result(
        &self,
        ctx: &Context<'_>,
        input: AnnounceOfficialResultInput,
    ) -> Result<RoundChanged, ApiError> {
        Ok(cases::announce_official_result(app(ctx)?, caller(ctx)?, input.try_into()?).await?.into())
    }
}
