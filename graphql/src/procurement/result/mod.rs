//! The result of a round over GraphQL.
mod loader;
mod mutation;
mod supplies;
mod types;

use async_graphql::{Context, ID, Object};
use jicai_domain::ids::{Id, RoundId};
use jicai_service::procurement::result as cases;

pub(crate) use loader::{BidLoader, LotViewLoader};
pub(crate) use mutation::ResultMutation;
pub(crate) use types::RoundResult;

use crate::asking::asking;
use crate::error::ApiError;

/// Queries about results.
#[derive(Default)]
pub(crate) struct ResultQuery;

#[Object]
impl ResultQuery {
    /// The result of a round, as far as whoever asks may see it; none before it is opened and decided. 开标结果
    async fn round_result(&self, ctx: &Context<'_>, round: ID) -> Result<Option<RoundResult>, ApiError> {
        let round = RoundId::parse(&round).map_err(|refusal| refusal.at("round"))?;
        result_of(ctx, round).await
    }
}

/// The result of a round for whoever asks.
pub(crate) async fn result_of(ctx: &Context<'_>, round: RoundId) -> Result<Option<RoundResult>, ApiError> {
    let asking = asking(ctx)?;
    Ok(cases::result_of(&asking.app, asking.caller.as_ref(), round).await?.map(RoundResult))
}
