//! What a procurement office does with its rounds.
use async_graphql::{Context, ID, Object, SimpleObject};
use jicai_domain::ids::RoundId;
use jicai_service::{Changed, procurement as cases};

use super::inputs::{CorrectRoundInput, DraftRoundInput, ReviseRoundInput};
use crate::asking::{app, caller};
use crate::error::ApiError;
use crate::identity::{ChangeInput, ReasonedChangeInput};

/// The answer to a change of a round.
#[derive(SimpleObject)]
pub(crate) struct RoundChanged {
    /// Its id.
    id: ID,
    /// Its version after the change.
    version: i32,
}

impl From<Changed<RoundId>> for RoundChanged {
    fn from(changed: Changed<RoundId>) -> Self {
        Self { id: ID(changed.id.to_string()), version: changed.version.number() }
    }
}

/// Mutations of rounds.
#[derive(Default)]
pub(crate) struct RoundMutation;

#[Object]
impl RoundMutation {
    /// Draft a round of the caller's office; nobody else sees it until it is published. 起草采购公告
    async fn draft_round(&self, ctx: &Context<'_>, input: DraftRoundInput) -> Result<RoundChanged, ApiError> {
        let caller = caller(ctx)?;
        Ok(cases::draft_round(app(ctx)?, caller, input.try_into()?).await?.into())
    }

    /// Put another announcement in place of a draft's. 修改草案
    async fn revise_round(
        &self,
        ctx: &Context<'_>,
        input: ReviseRoundInput,
    ) -> Result<RoundChanged, ApiError> {
        let caller = caller(ctx)?;
        Ok(cases::revise_round(app(ctx)?, caller, input.try_into()?).await?.into())
    }

    /// Publish a draft for everybody. What is published never changes; a correction is another edition. 发布采购公告
    async fn publish_round(&self, ctx: &Context<'_>, input: ChangeInput) -> Result<RoundChanged, ApiError> {
        let caller = caller(ctx)?;
        let (seen, key) = input.parsed()?;
        Ok(cases::publish_round(app(ctx)?, caller, seen, &key).await?.into())
    }

    /// Publish a correction: another edition of the whole announcement, which shows what it changes and tells everybody concerned. Lots that it
    /// no longer names are withdrawn; no number is given twice. 发布更正公告
    async fn correct_round(
        &self,
        ctx: &Context<'_>,
        input: CorrectRoundInput,
    ) -> Result<RoundChanged, ApiError> {
        let caller = caller(ctx)?;
        Ok(cases::correct_round(app(ctx)?, caller, input.try_into()?).await?.into())
    }

    /// Cancel a round with a reason. 取消采购
    async fn cancel_round(
        &self,
        ctx: &Context<'_>,
        input: ReasonedChangeInput,
    ) -> Result<RoundChanged, ApiError> {
        let caller = caller(ctx)?;
        let (input, reason) = input.parsed()?;
        let (seen, key) = input.parsed()?;
        Ok(cases::cancel_round(app(ctx)?, caller, seen, reason, &key).await?.into())
    }
}
