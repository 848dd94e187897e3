//! The selection of supply regions over GraphQL.
mod types;

use async_graphql::{Context, ID, InputObject, Object};
use jicai_domain::audit::IdempotencyKey;
use jicai_domain::errors::{Code, Refusal};
use jicai_domain::identity::{RegionCode, Version};
use jicai_domain::ids::{Id, LotId, RoundId};
use jicai_service::procurement::supply::{self as cases, BeginSupply, ChooseRegion, PreferRegions};

use crate::asking::{app, caller};
use crate::error::ApiError;
use crate::procurement::round::RoundChanged;
use types::SupplyBoard;

/// More regions than a round can have.
const REGIONS_MAX: usize = 100;

/// The beginning of a selection.
#[derive(InputObject)]
struct BeginSupplySelectionInput {
    /// The round.
    id: ID,
    /// The version that was seen.
    version: i32,
    /// How many minutes a turn lasts: 1 to 1440.
    minutes: i32,
    /// A new key for a new request, the same for its repetition.
    idempotency_key: String,
}

/// What a firm is to be given when it lets its time pass.
#[derive(InputObject)]
struct SetSupplyPreferencesInput {
    /// The lot.
    lot: ID,
    /// Codes of regions, the first one first.
    regions: Vec<String>,
    /// A new key for a new request, the same for its repetition.
    idempotency_key: String,
}

/// A choice.
#[derive(InputObject)]
struct ChooseSupplyRegionInput {
    /// The lot.
    lot: ID,
    /// The number of the turn that was seen.
    turn: i32,
    /// The code of the region.
    region: String,
    /// A new key for a new request, the same for its repetition.
    idempotency_key: String,
}

/// Queries about the selection of supply regions.
#[derive(Default)]
pub(crate) struct SupplyQuery;

#[Object]
impl SupplyQuery {
    /// The board on which the firms of a lot choose their regions; none where nothing is chosen, or not yet. 供应地区确认
    async fn supply_board(&self, ctx: &Context<'_>, lot: ID) -> Result<Option<SupplyBoard>, ApiError> {
        let lot = LotId::parse(&lot).map_err(|refusal| refusal.at("lot"))?;
        Ok(cases::supply_board(app(ctx)?, lot).await?.map(SupplyBoard))
    }
}

/// Mutations of the selection of supply regions.
#[derive(Default)]
pub(crate) struct SupplyMutation;

#[Object]
impl SupplyMutation {
    /// Let the selected firms of a round choose their supply regions, lot by lot at the same time. 启动供应地区确认
    async fn begin_supply_selection(
        &self,
        ctx: &Context<'_>,
        input: BeginSupplySelectionInput,
    ) -> Result<RoundChanged, ApiError> {
        let command = BeginSupply {
            round: RoundId::parse(&input.id).map_err(|refusal| refusal.at("id"))?,
            version: Version::new(input.version),
            minutes: input.minutes,
            key: IdempotencyKey::parse(&input.idempotency_key)?,
        };
        Ok(cases::begin_supply_selection(app(ctx)?, caller(ctx)?, command).await?.into())
    }

    /// Say which regions the own firm is to be given in a lot when it lets its time pass. The answer is the board. 设置供应地区意愿顺序
    async fn set_supply_preferences(
        &self,
        ctx: &Context<'_>,
        input: SetSupplyPreferencesInput,
    ) -> Result<Option<SupplyBoard>, ApiError> {
        let invalid = || Refusal::of(Code::SupplyRegionInvalid).at("regions");
        if input.regions.len() > REGIONS_MAX {
            return Err(invalid().into());
        }
        let regions = input.regions.iter().map(|code| RegionCode::parse(code));
        let command = PreferRegions {
            lot: LotId::parse(&input.lot).map_err(|refusal| refusal.at("lot"))?,
            regions: regions.collect::<Result<_, _>>().map_err(|refusal| refusal.at("regions"))?,
            key: IdempotencyKey::parse(&input.idempotency_key)?,
        };
        let lot = cases::set_supply_preferences(app(ctx)?, caller(ctx)?, command).await?;
        Ok(cases::supply_board(app(ctx)?, lot).await?.map(SupplyBoard))
    }

    /// Choose a region for the own firm, in its turn. The answer is the board after that. 选择供应地区
    async fn choose_supply_region(
        &self,
        ctx: &Context<'_>,
        input: ChooseSupplyRegionInput,
    ) -> Result<Option<SupplyBoard>, ApiError> {
        let no_turn = |_negative| Refusal::of(Code::SupplyNotYourTurn).at("turn");
        let command = ChooseRegion {
            lot: LotId::parse(&input.lot).map_err(|refusal| refusal.at("lot"))?,
            turn: usize::try_from(input.turn).map_err(no_turn)?,
            region: RegionCode::parse(&input.region).map_err(|refusal| refusal.at("region"))?,
            key: IdempotencyKey::parse(&input.idempotency_key)?,
        };
        let lot = cases::choose_supply_region(app(ctx)?, caller(ctx)?, command).await?;
        Ok(cases::supply_board(app(ctx)?, lot).await?.map(SupplyBoard))
    }
}
