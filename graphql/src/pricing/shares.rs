//! 价格共享.
use async_graphql::connection::Connection;
use async_graphql::{Context, ID, InputObject, Object, SimpleObject};
use jicai_domain::audit::IdempotencyKey;
use jicai_domain::errors::Refusal;
use jicai_domain::identity::{RegionCode, Version};
use jicai_domain::ids::{Id, PriceShareId};
use jicai_service::pricing::shares as cases;

use crate::asking::{app, caller};
use crate::connection::{connection, cost, page};
use crate::dates::DateTime;
use crate::error::ApiError;

/// A region's leave for another one to see its undisclosed prices.
#[derive(SimpleObject)]
struct PriceShare {
    /// Its id.
    id: ID,
    /// The code of the region whose prices they are.
    region: String,
    /// The code of the region whose authorities see them.
    reader: String,
    /// Since when.
    granted_at: DateTime,
    /// Until when.
    ended_at: Option<DateTime>,
    /// Counts its changes.
    version: i32,
}

impl PriceShare {
    fn of(share: cases::PriceShare) -> Self {
        Self {
            id: ID(share.id.to_string()),
            region: share.region.to_string(),
            reader: share.reader.to_string(),
            granted_at: DateTime(share.granted_at),
            ended_at: share.ended.map(|(_, when)| DateTime(when)),
            version: share.version.number(),
        }
    }
}

/// What changed.
#[derive(SimpleObject)]
struct ChangedPriceShare {
    /// The id of the leave.
    id: ID,
    /// Its version now.
    version: i32,
}

/// A leave that a region gives.
#[derive(InputObject)]
struct SharePricesInput {
    /// The code of the region whose prices they are.
    region: String,
    /// The code of the region whose authorities may see them.
    reader: String,
    /// A new key for a new request, the same for its repetition.
    idempotency_key: String,
}

/// A leave that ends.
#[derive(InputObject)]
struct EndPriceSharingInput {
    /// Its id.
    id: ID,
    /// The version that was seen.
    version: i32,
    /// A new key for a new request, the same for its repetition.
    idempotency_key: String,
}

fn region(code: &str, field: &'static str) -> Result<RegionCode, Refusal> {
    RegionCode::parse(code).map_err(|refusal| refusal.at(field))
}

/// Queries about sharing.
#[derive(Default)]
pub(crate) struct ShareQuery;

#[Object]
impl ShareQuery {
    /// Which regions share their prices with the own ones, and with which those share theirs, the newest first. 价格共享
    #[graphql(complexity = "cost(first, child_complexity)")]
    async fn price_shares(
        &self,
        ctx: &Context<'_>,
        first: Option<i32>,
        after: Option<String>,
    ) -> Result<Connection<String, PriceShare>, ApiError> {
        let page = page(first, after.as_deref(), PriceShareId::parse)?;
        let part = cases::price_shares(app(ctx)?, caller(ctx)?, &page).await?;
        Ok(connection(part, |share| share.id.to_string(), PriceShare::of))
    }
}

/// Mutations of sharing.
#[derive(Default)]
pub(crate) struct ShareMutation;

#[Object]
impl ShareMutation {
    /// Let the authorities of another region see the prices of an own one. 共享价格
    #[graphql(complexity = "1 + child_complexity")]
    async fn share_prices(
        &self,
        ctx: &Context<'_>,
        input: SharePricesInput,
    ) -> Result<ChangedPriceShare, ApiError> {
        let regions = (region(&input.region, "region")?, region(&input.reader, "reader")?);
        let key = IdempotencyKey::parse(&input.idempotency_key)?;
        let changed = cases::share_prices(app(ctx)?, caller(ctx)?, regions, &key).await?;
        Ok(ChangedPriceShare { id: ID(changed.id.to_string()), version: changed.version.number() })
    }

    /// End that. 停止共享
    #[graphql(complexity = "1 + child_complexity")]
    async fn end_price_sharing(
        &self,
        ctx: &Context<'_>,
        input: EndPriceSharingInput,
    ) -> Result<ChangedPriceShare, ApiError> {
        let id = PriceShareId::parse(&input.id).map_err(|refusal| refusal.at("id"))?;
        let seen = (id, Version::new(input.version));
        let key = IdempotencyKey::parse(&input.idempotency_key)?;
        let changed = cases::end_price_sharing(app(ctx)?, caller(ctx)?, seen, &key).await?;
        Ok(ChangedPriceShare { id: ID(changed.id.to_string()), version: changed.version.number() })
    }
}
