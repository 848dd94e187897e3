//! What can be asked about identity.
use async_graphql::connection::Connection;
use async_graphql::{Context, ID, Object};
use jicai_domain::errors::Refusal;
use jicai_domain::identity::RegionCode;
use jicai_domain::ids::{AllianceId, Id, OrganizationId, UserId};
use jicai_service::identity as cases;

use super::inputs::OrganizationFilter;
use super::types::{Alliance, Organization, OrganizationStatus, Region, User};
use crate::asking::{app, caller};
use crate::connection::{connection, cost, page};
use crate::error::ApiError;

/// Queries about identity.
#[derive(Default)]
pub(crate) struct IdentityQuery;

#[Object]
impl IdentityQuery {
    /// A region of the tree. Public.
    async fn region(&self, ctx: &Context<'_>, code: String) -> Result<Region, ApiError> {
        let code = RegionCode::parse(&code).map_err(|refusal| refusal.at("code"))?;
        Ok(Region(cases::region(app(ctx)?, code).await?))
    }

    /// The parts of a region, one level down; of the nation when none is named. Public.
    #[graphql(complexity = "cost(first, child_complexity)")]
    async fn regions(
        &self,
        ctx: &Context<'_>,
        parent: Option<String>,
        first: Option<i32>,
        after: Option<String>,
    ) -> Result<Connection<String, Region>, ApiError> {
        let parent = parent.as_deref().map(RegionCode::parse).transpose();
        let parent = parent.map_err(|refusal| refusal.at("parent"))?.unwrap_or(RegionCode::NATION);
        let page = page(first, after.as_deref(), RegionCode::parse)?;
        let part = cases::regions(app(ctx)?, parent, &page).await?;
        Ok(connection(part, |region| region.code.to_string(), Region))
    }

    /// The caller's own account.
    async fn me(&self, ctx: &Context<'_>) -> Result<User, ApiError> {
        Ok(User(cases::own_user(app(ctx)?, caller(ctx)?).await?))
    }

    /// A user of the caller's organization.
    async fn user(&self, ctx: &Context<'_>, id: ID) -> Result<User, ApiError> {
        let caller = caller(ctx)?;
        let id = UserId::parse(&id).map_err(|refusal| refusal.at("id"))?;
        Ok(User(cases::user(app(ctx)?, caller, id).await?))
    }

    /// The users of the caller's organization, the newest first.
    #[graphql(complexity = "cost(first, child_complexity)")]
    async fn users(
        &self,
        ctx: &Context<'_>,
        first: Option<i32>,
        after: Option<String>,
    ) -> Result<Connection<String, User>, ApiError> {
        let caller = caller(ctx)?;
        let page = page(first, after.as_deref(), UserId::parse)?;
        let part = cases::users(app(ctx)?, caller, &page).await?;
        Ok(connection(part, |user| user.id.to_string(), User))
    }

    /// The caller's own organization, or one of the caller's jurisdiction.
    async fn organization(&self, ctx: &Context<'_>, id: ID) -> Result<Organization, ApiError> {
        let caller = caller(ctx)?;
        let id = organization_id(&id)?;
        Ok(Organization(cases::organization(app(ctx)?, caller, id).await?))
    }

    /// The organizations of the caller's jurisdiction, the newest first.
    #[graphql(complexity = "cost(first, child_complexity)")]
    async fn organizations(
        &self,
        ctx: &Context<'_>,
        filter: Option<OrganizationFilter>,
        first: Option<i32>,
        after: Option<String>,
    ) -> Result<Connection<String, Organization>, ApiError> {
        let caller = caller(ctx)?;
        let page = page(first, after.as_deref(), OrganizationId::parse)?;
        let OrganizationFilter { status, kind } = filter.unwrap_or_default();
        let wanted = (status.map(OrganizationStatus::label), kind.map(Into::into));
        let part = cases::organizations(app(ctx)?, caller, wanted, &page).await?;
        Ok(connection(part, |one| one.id.to_string(), Organization))
    }

    /// An alliance. Public.
    async fn alliance(&self, ctx: &Context<'_>, id: ID) -> Result<Alliance, ApiError> {
        let id = AllianceId::parse(&id).map_err(|refusal| refusal.at("id"))?;
        Ok(Alliance(cases::alliance(app(ctx)?, id).await?))
    }

    /// All alliances, the newest first. Public.
    #[graphql(complexity = "cost(first, child_complexity)")]
    async fn alliances(
        &self,
        ctx: &Context<'_>,
        first: Option<i32>,
        after: Option<String>,
    ) -> Result<Connection<String, Alliance>, ApiError> {
        let page = page(first, after.as_deref(), AllianceId::parse)?;
        let part = cases::alliances(app(ctx)?, &page).await?;
        Ok(connection(part, |alliance| alliance.id.to_string(), Alliance))
    }
}

fn organization_id(id: &ID) -> Result<OrganizationId, Refusal> {
    OrganizationId::parse(id).map_err(|refusal| refusal.at("id"))
}
