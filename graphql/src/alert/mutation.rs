//! What can be done with alerts.
use async_graphql::{Context, Object};
use jicai_domain::ids::PriceAlertId;
use jicai_service::alert as cases;

use super::inputs::{AlertInput, AssignAlertInput, DismissAlertInput};
use super::types::PriceAlert;
use crate::asking::{app, caller};
use crate::error::ApiError;

/// Mutations of alerts.
#[derive(Default)]
pub(crate) struct AlertMutation;

async fn shown(ctx: &Context<'_>, id: PriceAlertId) -> Result<PriceAlert, ApiError> {
    Ok(PriceAlert(cases::alert(app(ctx)?, caller(ctx)?, id).await?))
}

#[Object]
impl AlertMutation {
    /// Take an alert up: from now on the caller works on it. 受理预警
    #[graphql(complexity = "1 + child_complexity")]
    async fn acknowledge_alert(&self, ctx: &Context<'_>, input: AlertInput) -> Result<PriceAlert, ApiError> {
        let (app, caller) = (app(ctx)?, caller(ctx)?);
        let (id, version, key) = input.read()?;
        shown(ctx, cases::acknowledge_alert(app, caller, (id, version, &key)).await?.id).await
    }

    /// Put an alert away: nothing is wrong. It stays away until the price is higher, or the finding graver. 排除预警
    #[graphql(complexity = "1 + child_complexity")]
    async fn dismiss_alert(
        &self,
        ctx: &Context<'_>,
        input: DismissAlertInput,
    ) -> Result<PriceAlert, ApiError> {
        let (app, caller) = (app(ctx)?, caller(ctx)?);
        let ((id, version, key), reason) = input.read()?;
        shown(ctx, cases::dismiss_alert(app, caller, (id, version, &key), &reason).await?.id).await
    }

    /// Give an alert to a person of the own organization. 指派预警
    #[graphql(complexity = "1 + child_complexity")]
    async fn assign_alert(&self, ctx: &Context<'_>, input: AssignAlertInput) -> Result<PriceAlert, ApiError> {
        let (app, caller) = (app(ctx)?, caller(ctx)?);
        let ((id, version, key), assignee) = input.read()?;
        shown(ctx, cases::assign_alert(app, caller, (id, version, &key), assignee).await?.id).await
    }
}
