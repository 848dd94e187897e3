//! What can be asked about demand.
use async_graphql::connection::Connection;
use async_graphql::{Context, ID, Object};
use jicai_domain::errors::Refusal;
use jicai_domain::ids::{DemandFormId, Id, OrganizationId, RoundId, RoundProductId};
use jicai_service::procurement::demand::{self as cases, LinePlace, TotalPlace};

use super::inputs::DemandFormFilter;
use super::types::{DemandBrand, DemandForm, DemandLead, DemandLine, DemandStage, DemandStatus, DemandTotal};
use crate::asking::{app, caller};
use crate::connection::{connection, cost, page};
use crate::error::ApiError;

/// Queries about demand.
#[derive(Default)]
pub(crate) struct DemandQuery;

#[Object]
impl DemandQuery {
    /// A demand form of the caller's institution, of a member that it leads, or of the caller's jurisdiction.
    async fn demand_form(&self, ctx: &Context<'_>, id: ID) -> Result<DemandForm, ApiError> {
        let caller = caller(ctx)?;
        let id = DemandFormId::parse(&id).map_err(|refusal| refusal.at("id"))?;
        Ok(DemandForm(cases::demand_form(app(ctx)?, caller, id).await?))
    }

    /// Such forms for a round, the newest first.
    #[graphql(complexity = "cost(first, child_complexity)")]
    async fn demand_forms(
        &self,
        ctx: &Context<'_>,
        filter: DemandFormFilter,
        first: Option<i32>,
        after: Option<String>,
    ) -> Result<Connection<String, DemandForm>, ApiError> {
        let caller = caller(ctx)?;
        let page = page(first, after.as_deref(), DemandFormId::parse)?;
        let DemandFormFilter { round, status, stage } = filter;
        let wanted = (round_id(&round)?, status.map(DemandStatus::label), stage.map(DemandStage::level));
        let part = cases::demand_forms(app(ctx)?, caller, wanted, &page).await?;
        Ok(connection(part, |one| one.form.id.to_string(), DemandForm))
    }

    /// The lines of such a form, by spec, the generic name before the brands.
    #[graphql(complexity = "cost(first, child_complexity)")]
    async fn demand_lines(
        &self,
        ctx: &Context<'_>,
        form: ID,
        first: Option<i32>,
        after: Option<String>,
    ) -> Result<Connection<String, DemandLine>, ApiError> {
        let caller = caller(ctx)?;
        let form = DemandFormId::parse(&form).map_err(|refusal| refusal.at("form"))?;
        let page = page(first, after.as_deref(), LinePlace::parse)?;
        let part = cases::demand_lines(app(ctx)?, caller, form, &page).await?;
        Ok(connection(part, |one| LinePlace::of(&one.line).to_string(), DemandLine))
    }

    /// The products that are qualified by now, which brand demand may name, while demand of a round is reported: for those who report and those
    /// who review it. 可填报品牌
    #[graphql(complexity = "cost(first, child_complexity)")]
    async fn demand_brands(
        &self,
        ctx: &Context<'_>,
        round: ID,
        first: Option<i32>,
        after: Option<String>,
    ) -> Result<Connection<String, DemandBrand>, ApiError> {
        let caller = caller(ctx)?;
        let page = page(first, after.as_deref(), RoundProductId::parse)?;
        let part = cases::demand_brands(app(ctx)?, caller, round_id(&round)?, &page).await?;
        Ok(connection(part, |entry| entry.product.to_string(), DemandBrand))
    }

    /// The institutions for which another reports: those that the caller's leads, or all of the caller's jurisdiction.
    #[graphql(complexity = "cost(first, child_complexity)")]
    async fn demand_leads(
        &self,
        ctx: &Context<'_>,
        first: Option<i32>,
        after: Option<String>,
    ) -> Result<Connection<String, DemandLead>, ApiError> {
        let caller = caller(ctx)?;
        let page = page(first, after.as_deref(), OrganizationId::parse)?;
        let part = cases::demand_leads(app(ctx)?, caller, &page).await?;
        Ok(connection(part, |one| one.member.to_string(), DemandLead))
    }

    /// What the locked forms of a round come to, by lot, region, spec and brand, once reporting is over: for the round's office, and for
    /// auditors and regulators within their jurisdiction.
    #[graphql(complexity = "cost(first, child_complexity)")]
    async fn demand_totals(
        &self,
        ctx: &Context<'_>,
        round: ID,
        first: Option<i32>,
        after: Option<String>,
    ) -> Result<Connection<String, DemandTotal>, ApiError> {
        let caller = caller(ctx)?;
        let page = page(first, after.as_deref(), TotalPlace::parse)?;
        let part = cases::demand_totals(app(ctx)?, caller, round_id(&round)?, &page).await?;
        Ok(connection(part, |one| one.place().to_string(), DemandTotal))
    }
}

fn round_id(id: &ID) -> Result<RoundId, Refusal> {
    RoundId::parse(id).map_err(|refusal| refusal.at("round"))
}
