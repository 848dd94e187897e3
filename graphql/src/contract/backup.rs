//! 备选供应 over GraphQL.
use async_graphql::connection::Connection;
use async_graphql::{Context, Enum, ID, InputObject, Object, SimpleObject};
use jicai_domain::audit::IdempotencyKey;
use jicai_domain::contract::backup as domain;
use jicai_domain::errors::{Code, Refusal};
use jicai_domain::identity::{Reason, RegionCode, Version};
use jicai_domain::ids::{BackupSupplyId, Id, SelectedProductId};
use jicai_service::contract as cases;

use crate::asking::{app, caller};
use crate::connection::{connection, cost, page};
use crate::dates::{Date, DateTime};
use crate::error::ApiError;

/// 备选供应, a decision that a backup supplies a region in the place of a product. Volumes are units of the lot's representative, as decimal
/// numbers.
#[derive(SimpleObject)]
struct BackupSupply {
    /// Its id.
    id: ID,
    /// The id of the product that does not supply.
    product_id: ID,
    /// The id of the one that does in its place.
    backup_id: ID,
    /// The code of the region.
    region_code: String,
    /// Not before this day.
    from: Date,
    /// Why.
    reason: String,
    /// What shows it.
    evidence: String,
    /// PROPOSED, REFUSED, IN_FORCE or ENDED.
    status: String,
    /// When it was proposed.
    proposed_at: DateTime,
    /// When it was confirmed or refused.
    decided_at: Option<DateTime>,
    /// When it ended.
    ended_at: Option<DateTime>,
    /// Why it was refused, or why it ended.
    decision: Option<String>,
    /// What moved to the backup.
    moved: String,
    /// What of it came back.
    returned: String,
    /// How often it changed.
    version: i32,
}

impl BackupSupply {
    fn of(one: domain::BackupSupply) -> BackupSupply {
        BackupSupply {
            id: ID(one.id.to_string()),
            product_id: ID(one.product.to_string()),
            backup_id: ID(one.backup.to_string()),
            region_code: one.region.to_string(),
            from: Date(one.from),
            reason: one.reason.as_str().to_owned(),
            evidence: one.evidence.as_str().to_owned(),
            status: one.status.label().to_owned(),
            proposed_at: DateTime(one.proposed.1),
            decided_at: one.status.decided().map(|(_, at)| DateTime(at)),
            ended_at: one.status.ended().map(|(_, at)| DateTime(at)),
            decision: one.status.reason().map(|reason| reason.as_str().to_owned()),
            moved: one.moved.to_string(),
            returned: one.returned.to_string(),
            version: one.version.number(),
        }
    }
}

/// A backup supply that is proposed.
#[derive(InputObject)]
struct ProposeBackupSupplyInput {
    /// The selected product that does not supply.
    product: ID,
    /// The region's backup, of the same lot.
    backup: ID,
    /// The code of the region.
    region_code: String,
    /// Not before this day.
    from: Date,
    /// Why.
    reason: String,
    /// What shows it.
    evidence: String,
    /// A new key for a new request, the same for its repetition.
    idempotency_key: String,
}

/// What is decided of a backup supply.
#[derive(Clone, Copy, PartialEq, Eq, Enum)]
enum BackupSupplyDecision {
    /// It begins. Another person than the one who proposed it says so.
    Confirm,
    /// It does not.
    Refuse,
    /// The product supplies again.
    End,
}

/// What is decided of a backup supply.
#[derive(InputObject)]
struct DecideBackupSupplyInput {
    /// Which.
    id: ID,
    /// The version that was seen.
    version: i32,
    /// What.
    decision: BackupSupplyDecision,
    /// Why it is refused or ends.
    reason: Option<String>,
    /// A new key for a new request, the same for its repetition.
    idempotency_key: String,
}

impl DecideBackupSupplyInput {
    fn command(&self) -> Result<domain::BackupCommand, Refusal> {
        let missing = || Refusal::of(Code::ReasonMissing).at("reason");
        let reason = || Reason::parse(self.reason.as_deref().ok_or_else(missing)?);
        Ok(match self.decision {
            BackupSupplyDecision::Confirm => domain::BackupCommand::Confirm,
            BackupSupplyDecision::Refuse => domain::BackupCommand::Refuse(reason()?),
            BackupSupplyDecision::End => domain::BackupCommand::End(reason()?),
        })
    }
}

/// A backup supply, and its version now.
#[derive(SimpleObject)]
struct BackupSupplyChanged {
    /// Its id.
    id: ID,
    /// How often it changed.
    version: i32,
}

/// Queries about backup supplies.
#[derive(Default)]
pub(crate) struct BackupQuery;

#[Object]
impl BackupQuery {
    /// Backups that supply or supplied in the place of products, the newest first: the office's own, those of the caller's products and
    /// contracts, those of the jurisdiction. 备选供应
    #[graphql(complexity = "cost(first, child_complexity)")]
    async fn backup_supplies(
        &self,
        ctx: &Context<'_>,
        first: Option<i32>,
        after: Option<String>,
    ) -> Result<Connection<String, BackupSupply>, ApiError> {
        let caller = caller(ctx)?;
        let page = page(first, after.as_deref(), BackupSupplyId::parse)?;
        let part = cases::backup_supplies(app(ctx)?, caller, &page).await?;
        Ok(connection(part, |one| one.id.to_string(), BackupSupply::of))
    }
}

/// Mutations of backup supplies.
#[derive(Default)]
pub(crate) struct BackupMutation;

#[Object]
impl BackupMutation {
    /// Propose that a region's backup supplies in the place of a product of the own office's results. 提出启用备选供应
    async fn propose_backup_supply(
        &self,
        ctx: &Context<'_>,
        input: ProposeBackupSupplyInput,
    ) -> Result<BackupSupplyChanged, ApiError> {
        let caller = caller(ctx)?;
        let command = cases::ProposeBackupSupply {
            product: SelectedProductId::parse(&input.product).map_err(|refusal| refusal.at("product"))?,
            backup: SelectedProductId::parse(&input.backup).map_err(|refusal| refusal.at("backup"))?,
            region: RegionCode::parse(&input.region_code).map_err(|refusal| refusal.at("regionCode"))?,
            from: input.from.0,
            reason: Reason::parse(&input.reason)?,
            evidence: Reason::parse(&input.evidence).map_err(|refusal| refusal.at("evidence"))?,
            key: IdempotencyKey::parse(&input.idempotency_key)?,
        };
        let changed = cases::propose_backup_supply(app(ctx)?, caller, command).await?;
        Ok(BackupSupplyChanged { id: ID(changed.id.to_string()), version: changed.version.number() })
    }

    /// Confirm, refuse or end a backup supply of the own office: agreed volume that has not come moves to the backup at its own price, and what
    /// the backup has not delivered comes back; new orders go the same way. 决定备选供应
    async fn decide_backup_supply(
        &self,
        ctx: &Context<'_>,
        input: DecideBackupSupplyInput,
    ) -> Result<BackupSupplyChanged, ApiError> {
        let caller = caller(ctx)?;
        let command = cases::DecideBackupSupply {
            id: BackupSupplyId::parse(&input.id).map_err(|refusal| refusal.at("id"))?,
            version: Version::new(input.version),
            command: input.command()?,
            key: IdempotencyKey::parse(&input.idempotency_key)?,
        };
        let changed = cases::decide_backup_supply(app(ctx)?, caller, command).await?;
        Ok(BackupSupplyChanged { id: ID(changed.id.to_string()), version: changed.version.number() })
    }
}
