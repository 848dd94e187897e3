//! The opening of a round over GraphQL.
use async_graphql::{Context, ID, InputObject, Object, SimpleObject};
use jicai_domain::ids::{Id, RoundId};
use jicai_service::procurement::opening::{self as cases, SubmitShare};

use crate::asking::{app, caller};
use crate::error::ApiError;

/// A custodian's share of a round's key.
#[derive(InputObject)]
struct SubmitShareInput {
    /// The round.
    round: ID,
    /// The text of the file that `jicai custodian share` wrote.
    share: String,
}

/// The answer to a share. A share that is given again is answered in the same way.
#[derive(SimpleObject)]
struct ShareGiven {
    /// The custodian's place in the ceremony.
    position: i32,
    /// How many custodians have given their share.
    given: i32,
    /// How many are needed.
    needed: i32,
}

/// What custodians do at the opening.
#[derive(Default)]
pub(crate) struct OpeningMutation;

#[Object]
impl OpeningMutation {
    /// Give the own share of a round's key, once its bids are sealed and the hour of opening has come. The last one that is needed
    /// opens the round. 提交密钥份额
    async fn submit_share(&self, ctx: &Context<'_>, input: SubmitShareInput) -> Result<ShareGiven, ApiError> {
        let (app, caller) = (app(ctx)?, caller(ctx)?);
        let round = RoundId::parse(&input.round).map_err(|refusal| refusal.at("round"))?;
        let given = cases::submit_share(app, caller, SubmitShare { round, envelope: input.share }).await?;
        Ok(ShareGiven {
            position: given.position.into(),
            given: i32::try_from(given.given).unwrap_or(i32::MAX),
            needed: given.needed.into(),
        })
    }
}
