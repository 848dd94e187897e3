//! What can be asked about rounds.
use async_graphql::connection::Connection;
use async_graphql::{Context, ID, Object};
use jicai_domain::ids::{Id, RoundId};
use jicai_service::procurement as cases;

use super::types::Round;
use crate::asking::{app, asking};
use crate::connection::{connection, cost, page};
use crate::error::ApiError;

/// Queries about rounds.
#[derive(Default)]
pub(crate) struct RoundQuery;

#[Object]
impl RoundQuery {
    /// A round that is announced, or a draft of the caller's office. Public. 采购轮次
    async fn round(&self, ctx: &Context<'_>, id: ID) -> Result<Round, ApiError> {
        let id = RoundId::parse(&id).map_err(|refusal| refusal.at("id"))?;
        Ok(Round(cases::round(app(ctx)?, asking(ctx)?.caller.as_ref(), id).await?))
    }

    /// The announced rounds, and the drafts of the caller's office, the newest first. Public.
    #[graphql(complexity = "cost(first, child_complexity)")]
    async fn rounds(
        &self,
        ctx: &Context<'_>,
        first: Option<i32>,
        after: Option<String>,
    ) -> Result<Connection<String, Round>, ApiError> {
        let page = page(first, after.as_deref(), RoundId::parse)?;
        let part = cases::rounds(app(ctx)?, asking(ctx)?.caller.as_ref(), &page).await?;
        Ok(connection(part, |shown| shown.round.id.to_string(), Round))
    }
}
