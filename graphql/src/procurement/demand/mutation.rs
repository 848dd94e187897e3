//! What can be done about demand: one mutation a transition.
use async_graphql::{Context, ID, Object};
use jicai_service::procurement::demand::{self as cases, DemandVerdict};

use super::inputs::{DemandLeadInput, FillDemandInput};
use super::types::DemandChanged;
use crate::asking::{app, caller};
use crate::error::ApiError;
use crate::identity::{ChangeInput, ReasonedChangeInput};

/// Mutations of demand.
#[derive(Default)]
pub(crate) struct DemandMutation;

#[Object]
impl DemandMutation {
    /// Fill the demand form of the caller's institution, or of a member that it leads; begins it where there is none. 填报
    async fn fill_demand(
        &self,
        ctx: &Context<'_>,
        input: FillDemandInput,
    ) -> Result<DemandChanged, ApiError> {
        let caller = caller(ctx)?;
        Ok(cases::fill_demand(app(ctx)?, caller, input.parsed(caller)?).await?.into())
    }

    /// Submit such a form: from now on it is the reviewers'. 提交报量
    async fn submit_demand(&self, ctx: &Context<'_>, input: ChangeInput) -> Result<DemandChanged, ApiError> {
        let caller = caller(ctx)?;
        let (seen, key) = input.parsed()?;
        Ok(cases::submit_demand(app(ctx)?, caller, seen, &key).await?.into())
    }

    /// Approve a form that waits for the caller; the province's approval locks it. 审核通过
    async fn approve_demand(&self, ctx: &Context<'_>, input: ChangeInput) -> Result<DemandChanged, ApiError> {
        review(ctx, &input, DemandVerdict::Approve).await
    }

    /// Return a form that waits for the caller, with a reason. 退回
    async fn return_demand(
        &self,
        ctx: &Context<'_>,
        input: ReasonedChangeInput,
    ) -> Result<DemandChanged, ApiError> {
        caller(ctx)?;
        let (input, reason) = input.parsed()?;
        review(ctx, &input, DemandVerdict::Return(reason)).await
    }

    /// Let an institution report for another of the caller's jurisdiction from now on; the answer is the id of the latter. 指定牵头机构
    async fn name_demand_lead(&self, ctx: &Context<'_>, input: DemandLeadInput) -> Result<ID, ApiError> {
        let caller = caller(ctx)?;
        Ok(ID(cases::name_lead(app(ctx)?, caller, input.try_into()?).await?.to_string()))
    }

    /// Let it no longer; the answer is the id of the latter. 解除牵头关系
    async fn end_demand_lead(&self, ctx: &Context<'_>, input: DemandLeadInput) -> Result<ID, ApiError> {
        let caller = caller(ctx)?;
        Ok(ID(cases::end_lead(app(ctx)?, caller, input.try_into()?).await?.to_string()))
    }
}

async fn review(
    ctx: &Context<'_>,
    input: &ChangeInput,
    verdict: DemandVerdict,
) -> Result<DemandChanged, ApiError> {
    let caller = caller(ctx)?;
    let (seen, key) = input.parsed()?;
    Ok(cases::review_demand(app(ctx)?, caller, seen, verdict, &key).await?.into())
}
