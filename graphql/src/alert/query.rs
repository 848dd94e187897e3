//! What can be asked about alerts.
use async_graphql::connection::Connection;
use async_graphql::{Context, ID, Object};
use jicai_domain::ids::{AlertChangeId, AlertDigestId, Id, MonitorRunId, PriceAlertId};
use jicai_service::alert as cases;

use super::inputs::{AlertFilter, AskPriceInput};
use super::runs::{AlertDigest, MonitorRun, PriceVerdict};
use super::types::{AlertChange, AlertStep, PriceAlert};
use crate::asking::{app, caller};
use crate::connection::{connection, cost, page};
use crate::error::ApiError;

/// Queries about alerts.
#[derive(Default)]
pub(crate) struct AlertQuery;

#[Object]
impl AlertQuery {
    /// An alert about an own product, or of the jurisdiction. 价格预警
    #[graphql(complexity = "5 + child_complexity")]
    async fn alert(&self, ctx: &Context<'_>, id: ID) -> Result<PriceAlert, ApiError> {
        let caller = caller(ctx)?;
        let id = PriceAlertId::parse(&id).map_err(|refusal| refusal.at("id"))?;
        Ok(PriceAlert(cases::alert(app(ctx)?, caller, id).await?))
    }

    /// Such alerts: a firm sees those about its own products, an authority those of its regions, also while they are held.
    #[graphql(complexity = "cost(first, child_complexity)")]
    async fn alerts(
        &self,
        ctx: &Context<'_>,
        filter: Option<AlertFilter>,
        first: Option<i32>,
        after: Option<String>,
    ) -> Result<Connection<String, PriceAlert>, ApiError> {
        let caller = caller(ctx)?;
        let page = page(first, after.as_deref(), PriceAlertId::parse)?;
        let wanted = filter.unwrap_or_default().read()?;
        let part = cases::alerts(app(ctx)?, caller, &wanted, &page).await?;
        Ok(connection(part, |one| one.alert.id.to_string(), PriceAlert))
    }

    /// What changed of the alerts that the caller sees, in the order in which it cannot change any more: give the last cursor back as `after`, and
    /// nothing is skipped, however late it was committed.
    #[graphql(complexity = "cost(first, child_complexity)")]
    async fn alert_feed(
        &self,
        ctx: &Context<'_>,
        first: Option<i32>,
        after: Option<String>,
    ) -> Result<Connection<String, AlertChange>, ApiError> {
        let caller = caller(ctx)?;
        let page = page(first, after.as_deref(), AlertChangeId::parse)?;
        let part = cases::alert_feed(app(ctx)?, caller, &page).await?;
        Ok(connection(part, |one| one.id.to_string(), AlertChange))
    }

    /// What became of an alert of the jurisdiction, with who did it, the newest first. 处理记录
    #[graphql(complexity = "cost(first, child_complexity)")]
    async fn alert_changes(
        &self,
        ctx: &Context<'_>,
        id: ID,
        first: Option<i32>,
        after: Option<String>,
    ) -> Result<Connection<String, AlertStep>, ApiError> {
        let caller = caller(ctx)?;
        let id = PriceAlertId::parse(&id).map_err(|refusal| refusal.at("id"))?;
        let page = page(first, after.as_deref(), AlertChangeId::parse)?;
        let part = cases::alert_changes(app(ctx)?, caller, id, &page).await?;
        Ok(connection(part, |one| one.id.to_string(), AlertStep::of))
    }

    /// What days of alerts came to for the own organization, the newest first. 预警日报
    #[graphql(complexity = "cost(first, child_complexity)")]
    async fn alert_digests(
        &self,
        ctx: &Context<'_>,
        first: Option<i32>,
        after: Option<String>,
    ) -> Result<Connection<String, AlertDigest>, ApiError> {
        let caller = caller(ctx)?;
        let page = page(first, after.as_deref(), AlertDigestId::parse)?;
        let part = cases::alert_digests(app(ctx)?, caller, &page).await?;
        Ok(connection(part, |one| one.id.to_string(), AlertDigest))
    }

    /// Runs of the monitors, the newest first: what each looked at and did, and which monitors find too much. 监测运行
    #[graphql(complexity = "cost(first, child_complexity)")]
    async fn monitor_runs(
        &self,
        ctx: &Context<'_>,
        first: Option<i32>,
        after: Option<String>,
    ) -> Result<Connection<String, MonitorRun>, ApiError> {
        let caller = caller(ctx)?;
        let page = page(first, after.as_deref(), MonitorRunId::parse)?;
        let part = cases::monitor_runs(app(ctx)?, caller, &page).await?;
        Ok(connection(part, |one| one.run.id.to_string(), MonitorRun))
    }

    /// What the rules would say of a price of an own item, before it is declared. 价格预判
    #[graphql(complexity = "30 + child_complexity")]
    async fn price_verdict(&self, ctx: &Context<'_>, input: AskPriceInput) -> Result<PriceVerdict, ApiError> {
        let (app, caller) = (app(ctx)?, caller(ctx)?);
        Ok(PriceVerdict::of(cases::price_verdict(app, caller, input.read()?).await?))
    }
}
