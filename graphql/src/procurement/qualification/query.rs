//! What can be asked about applications.
use async_graphql::connection::Connection;
use async_graphql::{Context, ID, Object};
use jicai_domain::ids::{Id, QualificationId, RoundId, RoundProductId};
use jicai_service::procurement::qualification::{self as cases, Wanted};

use super::inputs::QualificationFilter;
use super::types::{Qualification, QualificationStatus, QualifiedProduct};
use crate::asking::{app, caller};
use crate::connection::{connection, cost, page};
use crate::error::ApiError;

/// Queries about applications.
#[derive(Default)]
pub(crate) struct QualificationQuery;

#[Object]
impl QualificationQuery {
    /// An application: an own one, or one that was handed in to the caller's office or jurisdiction.
    async fn qualification(&self, ctx: &Context<'_>, id: ID) -> Result<Qualification, ApiError> {
        let caller = caller(ctx)?;
        let id = QualificationId::parse(&id).map_err(|refusal| refusal.at("id"))?;
        Ok(Qualification(cases::qualification(app(ctx)?, caller, id).await?))
    }

    /// The caller's own applications, or those that were handed in to the caller's office or jurisdiction, the newest first.
    #[graphql(complexity = "cost(first, child_complexity)")]
    async fn qualifications(
        &self,
        ctx: &Context<'_>,
        filter: Option<QualificationFilter>,
        first: Option<i32>,
        after: Option<String>,
    ) -> Result<Connection<String, Qualification>, ApiError> {
        let caller = caller(ctx)?;
        let page = page(first, after.as_deref(), QualificationId::parse)?;
        let QualificationFilter { round, status } = filter.unwrap_or_default();
        let round = round.as_ref().map(|round| RoundId::parse(round)).transpose();
        let round = round.map_err(|refusal| refusal.at("round"))?;
        let wanted = Wanted { round, status: status.map(QualificationStatus::label) };
        let part = cases::qualifications(app(ctx)?, caller, &wanted, &page).await?;
        Ok(connection(part, |one| one.qualification.id.to_string(), Qualification))
    }

    /// The products that qualified in a round, once it is opened. Public.
    #[graphql(complexity = "cost(first, child_complexity)")]
    async fn qualified_products(
        &self,
        ctx: &Context<'_>,
        round: ID,
        first: Option<i32>,
        after: Option<String>,
    ) -> Result<Connection<String, QualifiedProduct>, ApiError> {
        let round = RoundId::parse(&round).map_err(|refusal| refusal.at("round"))?;
        let page = page(first, after.as_deref(), RoundProductId::parse)?;
        let part = cases::qualified_products(app(ctx)?, round, &page).await?;
        Ok(connection(part, |entry| entry.product.to_string(), QualifiedProduct))
    }
}
