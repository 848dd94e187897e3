//! What applicants and offices do with applications: one mutation a transition.
use async_graphql::{Context, Object};
use jicai_domain::identity::Reason;
use jicai_service::procurement::qualification::{self as cases, Judgement};

use super::inputs::{
    DecideProductsInput, DraftQualificationInput, ReviseQualificationInput, SetControllerInput,
};
use super::types::QualificationChanged;
use crate::asking::{app, caller};
use crate::error::ApiError;
use crate::identity::{ChangeInput, ReasonedChangeInput};

/// Mutations of applications.
#[derive(Default)]
pub(crate) struct QualificationMutation;

#[Object]
impl QualificationMutation {
    /// Begin the application of the caller's organization to a round. Nobody else sees it until it is submitted. 填写资格申报
    async fn draft_qualification(
        &self,
        ctx: &Context<'_>,
        input: DraftQualificationInput,
    ) -> Result<QualificationChanged, ApiError> {
        let caller = caller(ctx)?;
        Ok(cases::draft_qualification(app(ctx)?, caller, input.try_into()?).await?.into())
    }

    /// Write an application anew, while it is a draft, returned or approved. An approved one is a draft again, and does not qualify
    /// until it is submitted and approved again; unchanged products keep what was decided about them. 修改资格申报
    async fn revise_qualification(
        &self,
        ctx: &Context<'_>,
        input: ReviseQualificationInput,
    ) -> Result<QualificationChanged, ApiError> {
        let caller = caller(ctx)?;
        Ok(cases::revise_qualification(app(ctx)?, caller, input.try_into()?).await?.into())
    }

    /// Hand an application in. 提交资格申报
    async fn submit_qualification(
        &self,
        ctx: &Context<'_>,
        input: ChangeInput,
    ) -> Result<QualificationChanged, ApiError> {
        let caller = caller(ctx)?;
        let (seen, key) = input.parsed()?;
        Ok(cases::submit_qualification(app(ctx)?, caller, seen, &key).await?.into())
    }

    /// Decide about products of a submitted application. 审核申报产品
    async fn decide_products(
        &self,
        ctx: &Context<'_>,
        input: DecideProductsInput,
    ) -> Result<QualificationChanged, ApiError> {
        let caller = caller(ctx)?;
        let ((seen, verdicts), key) = input.parsed()?;
        Ok(cases::decide_products(app(ctx)?, caller, seen, verdicts, &key).await?.into())
    }

    /// Approve an applicant with its approved products; every other one must be rejected. 资格审核通过
    async fn approve_qualification(
        &self,
        ctx: &Context<'_>,
        input: ChangeInput,
    ) -> Result<QualificationChanged, ApiError> {
        judge(ctx, &input, Judgement::Approve).await
    }

    /// Return an application with a reason, as long as it can be submitted again. 资格审核退回
    async fn return_qualification(
        &self,
        ctx: &Context<'_>,
        input: ReasonedChangeInput,
    ) -> Result<QualificationChanged, ApiError> {
        judge_for_reason(ctx, input, Judgement::Return).await
    }

    /// Reject an applicant with a reason. 资格审核不通过
    async fn reject_qualification(
        &self,
        ctx: &Context<'_>,
        input: ReasonedChangeInput,
    ) -> Result<QualificationChanged, ApiError> {
        judge_for_reason(ctx, input, Judgement::Reject).await
    }

    /// Take an approval or a rejection back with a reason, to decide again. 撤回审核结论
    async fn reopen_qualification(
        &self,
        ctx: &Context<'_>,
        input: ReasonedChangeInput,
    ) -> Result<QualificationChanged, ApiError> {
        judge_for_reason(ctx, input, Judgement::Reopen).await
    }

    /// Say with a reason who controls an applicant, whatever it declares. 认定控制关系
    async fn set_controller(
        &self,
        ctx: &Context<'_>,
        input: SetControllerInput,
    ) -> Result<QualificationChanged, ApiError> {
        let caller = caller(ctx)?;
        Ok(cases::set_controller(app(ctx)?, caller, input.try_into()?).await?.into())
    }
}

async fn judge(
    ctx: &Context<'_>,
    input: &ChangeInput,
    judgement: Judgement,
) -> Result<QualificationChanged, ApiError> {
    let caller = caller(ctx)?;
    let (seen, key) = input.parsed()?;
    Ok(cases::judge_qualification(app(ctx)?, caller, seen, judgement, &key).await?.into())
}

/// Whoever is not logged in is told so before anything of the input.
async fn judge_for_reason(
    ctx: &Context<'_>,
    input: ReasonedChangeInput,
    judgement: fn(Reason) -> Judgement,
) -> Result<QualificationChanged, ApiError> {
    caller(ctx)?;
    let (input, reason) = input.parsed()?;
    judge(ctx, &input, judgement(reason)).await
}
