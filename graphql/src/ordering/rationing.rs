//! Scarce products over GraphQL.
use async_graphql::{Context, ID, InputObject, Object, SimpleObject};
use jicai_domain::audit::IdempotencyKey;
use jicai_domain::identity::{Reason, RegionCode, Version};
use jicai_domain::ids::{Id, RationingId, SelectedProductId};
use jicai_domain::ordering::quantity::parse_units;
use jicai_service::ordering as cases;

use crate::asking::{app, caller};
use crate::dates::DateTime;
use crate::error::ApiError;

/// 限量供应, what institutions get of a scarce product in a region. Quantities are smallest units, as decimal numbers.
#[derive(SimpleObject)]
pub(super) struct Rationing {
    /// Its id.
    id: ID,
    /// The id of the selected product.
    product_id: ID,
    /// The code of the region.
    region_code: String,
    /// What there is.
    units: String,
    /// What an institution gets at most.
    cap: String,
    /// What all took together; the office, the enterprise and the authorities see it.
    taken: Option<String>,
    /// What the own institution took.
    own: String,
    /// Why.
    reason: String,
    /// When it began.
    declared_at: DateTime,
    /// When it ended.
    ended_at: Option<DateTime>,
    /// How often it changed.
    version: i32,
}

impl Rationing {
    pub(super) fn of(one: cases::ShownRationing) -> Rationing {
        Rationing {
            id: ID(one.id.to_string()),
            product_id: ID(one.product.to_string()),
            region_code: one.region.to_string(),
            units: one.units.to_string(),
            cap: one.cap.to_string(),
            taken: one.taken.map(|taken| taken.to_string()),
            own: one.own.to_string(),
            reason: one.reason,
            declared_at: DateTime(one.declared_at),
            ended_at: one.ended_at.map(DateTime),
            version: one.version,
        }
    }
}

/// A rationing that is declared.
#[derive(InputObject)]
struct DeclareRationingInput {
    /// The selected product.
    product: ID,
    /// The code of the region that it is supplied in.
    region_code: String,
    /// What there is, in smallest units.
    units: String,
    /// What an institution gets at most, in smallest units.
    cap: String,
    /// Why.
    reason: String,
    /// A new key for a new request, the same for its repetition.
    idempotency_key: String,
}

/// A rationing that ends.
#[derive(InputObject)]
struct EndRationingInput {
    /// The rationing.
    id: ID,
    /// The version that was seen.
    version: i32,
    /// A new key for a new request, the same for its repetition.
    idempotency_key: String,
}

/// A rationing, and its version now.
#[derive(SimpleObject)]
struct RationingChanged {
    /// Its id.
    id: ID,
    /// How often it changed.
    version: i32,
}

/// Mutations of rationing.
#[derive(Default)]
pub(crate) struct RationingMutation;

#[Object]
impl RationingMutation {
    /// Ration a product of the own office's results in a region: no institution orders more than its cap, and all together no more than there
    /// is. 实行限量供应
    async fn declare_rationing(
        &self,
        ctx: &Context<'_>,
        input: DeclareRationingInput,
    ) -> Result<RationingChanged, ApiError> {
        let caller = caller(ctx)?;
        let command = cases::DeclareRationing {
            product: SelectedProductId::parse(&input.product).map_err(|refusal| refusal.at("product"))?,
            region: RegionCode::parse(&input.region_code).map_err(|refusal| refusal.at("regionCode"))?,
            units: parse_units(&input.units).map_err(|refusal| refusal.at("units"))?,
            cap: parse_units(&input.cap).map_err(|refusal| refusal.at("cap"))?,
            reason: Reason::parse(&input.reason)?,
            key: IdempotencyKey::parse(&input.idempotency_key)?,
        };
        let changed = cases::declare_rationing(app(ctx)?, caller, command).await?;
        Ok(RationingChanged { id: ID(changed.id.to_string()), version: changed.version.number() })
    }

    /// End a rationing of the own office. 结束限量供应
    async fn end_rationing(
        &self,
        ctx: &Context<'_>,
        input: EndRationingInput,
    ) -> Result<RationingChanged, ApiError> {
        let caller = caller(ctx)?;
        let id = RationingId::parse(&input.id).map_err(|refusal| refusal.at("id"))?;
        let key = IdempotencyKey::parse(&input.idempotency_key)?;
        let seen = (id, Version::new(input.version));
        let changed = cases::end_rationing(app(ctx)?, caller, seen, &key).await?;
        Ok(RationingChanged { id: ID(changed.id.to_string()), version: changed.version.number() })
    }
}
