//! Agreed volume that moves: what institutions ask for, what is decided, and the ledger of it.
use async_graphql::connection::Connection;
use async_graphql::{Context, Enum, ID, InputObject, Object, SimpleObject};
use jicai_domain::audit::IdempotencyKey;
use jicai_domain::contract::change::Status;
use jicai_domain::contract::official::SUPPLY_VOLUME_MAX;
use jicai_domain::contract::volume::Wish;
use jicai_domain::errors::{Code, Refusal};
use jicai_domain::identity::{Reason, Version};
use jicai_domain::ids::{
    Id, OfficialResultId, OrganizationId, SelectedProductId, SubContractId, VolumeChangeId, VolumeEntryId,
};
use jicai_service::contract::{self as contracts, volume as cases};

use super::types::SubContract;
use crate::asking::{app, caller};
use crate::connection::{connection, cost, page};
use crate::dates::DateTime;
use crate::error::ApiError;

/// Members that one request splits a sub-contract among.
const PARTS_MAX: usize = 1_000;

/// What is to become of agreed volume.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
enum VolumeWish {
    /// 划转 to another institution of the region, which has to agree.
    ToInstitution,
    /// 划转 to another selected supplier of the region, which has to agree.
    ToSupplier,
    /// 调整: the sub-contract is to agree that much.
    Adjust,
    /// A selected supplier of the region for what is left over of the sub-contract. 剩余用量
    Choose,
}

/// How far a change of agreed volume is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
enum VolumeChangeStatus {
    /// The one that it comes to has to agree.
    Applied,
    /// The office has to decide.
    Agreed,
    /// The volume has moved.
    Approved,
    /// It is refused.
    Rejected,
    /// The institution took it back.
    Withdrawn,
}

impl VolumeChangeStatus {
    const fn of(status: &Status) -> Self {
        match status {
            Status::Applied => Self::Applied,
            Status::Agreed => Self::Agreed,
            Status::Approved { .. } => Self::Approved,
            Status::Rejected { .. } => Self::Rejected,
            Status::Withdrawn => Self::Withdrawn,
        }
    }

    const fn label(self) -> &'static str {
        match self {
            Self::Applied => "APPLIED",
            Self::Agreed => "AGREED",
            Self::Approved => "APPROVED",
            Self::Rejected => "REJECTED",
            Self::Withdrawn => "WITHDRAWN",
        }
    }
}

/// 约定采购量变更, a change of agreed volume that an institution asks for.
struct VolumeChange(cases::Asked);

#[Object]
impl VolumeChange {
    /// Its id.
    async fn id(&self) -> ID {
        ID(self.0.change.id.to_string())
    }

    /// How often it changed.
    async fn version(&self) -> i32 {
        self.0.change.version.number()
    }

    /// What is asked for.
    async fn wish(&self) -> VolumeWish {
        match self.0.change.wish {
            Wish::ToInstitution(_) => VolumeWish::ToInstitution,
            Wish::ToSupplier(_) => VolumeWish::ToSupplier,
            Wish::Adjust => VolumeWish::Adjust,
            Wish::Choose(_) => VolumeWish::Choose,
        }
    }

    /// How far it is.
    async fn status(&self) -> VolumeChangeStatus {
        VolumeChangeStatus::of(&self.0.change.application.status)
    }

    /// The id of the sub-contract.
    async fn sub_contract_id(&self) -> ID {
        ID(self.0.change.part.to_string())
    }

    /// The id of the institution that asks.
    async fn institution_id(&self) -> ID {
        ID(self.0.institution.to_string())
    }

    /// The id of the selected product of the sub-contract.
    async fn product_id(&self) -> ID {
        ID(self.0.holding.supplier.to_string())
    }

    /// The code of the region.
    async fn region_code(&self) -> String {
        self.0.holding.place.region.to_string()
    }

    /// The id of the institution that the volume is to come to.
    async fn to_institution_id(&self) -> Option<ID> {
        self.0.change.wish.institution().map(|institution| ID(institution.to_string()))
    }

    /// The id of the selected product that the volume is to come to.
    async fn to_product_id(&self) -> Option<ID> {
        self.0.change.wish.product().map(|product| ID(product.to_string()))
    }

    /// How much, in units of the lot's representative, as a decimal number; of an adjustment, what it is to be.
    async fn volume(&self) -> String {
        self.0.change.volume.to_string()
    }

    /// Why it is asked for.
    async fn reason(&self) -> &str {
        self.0.change.application.reason.as_str()
    }

    /// Why it was rejected.
    async fn decision(&self) -> Option<&str> {
        self.0.change.application.status.reason().map(Reason::as_str)
    }

    /// When it was asked for.
    async fn applied_at(&self) -> DateTime {
        DateTime(self.0.applied_at)
    }

    /// When it came to where it is.
    async fn status_since(&self) -> DateTime {
        DateTime(self.0.status_since)
    }
}

/// Where volume is.
#[derive(SimpleObject)]
struct VolumeAccount {
    /// `OUTSIDE`: not agreed; `LEFTOVER`: left over, with no supplier; `HELD`: with the one supplier responsible for it.
    account: String,
    /// The id of the selected product that supplies it.
    product_id: Option<ID>,
    /// The id of the institution; none for a region's volume that is not divided.
    institution_id: Option<ID>,
    /// The id of the sub-contract; of what is left over, the one that it was in.
    sub_contract_id: Option<ID>,
}

impl VolumeAccount {
    fn of(shown: &cases::ShownAccount) -> Self {
        Self {
            account: shown.account.clone(),
            product_id: shown.product.map(|product| ID(product.to_string())),
            institution_id: shown.institution.map(|institution| ID(institution.to_string())),
            sub_contract_id: shown.part.map(|part| ID(part.to_string())),
        }
    }
}

/// A movement of agreed volume. Entries are added and never changed.
struct VolumeEntry(cases::ShownEntry);

#[Object]
impl VolumeEntry {
    /// Its id.
    async fn id(&self) -> ID {
        ID(self.0.id.to_string())
    }

    /// The number of the lot.
    async fn lot_number(&self) -> i32 {
        self.0.lot_number
    }

    /// 协议年度, the agreement year.
    async fn year(&self) -> i32 {
        i32::from(self.0.year)
    }

    /// The code of the region.
    async fn region_code(&self) -> String {
        self.0.region.to_string()
    }

    /// The content that was reported, as a decimal.
    async fn content(&self) -> Option<String> {
        self.0.content.map(|content| content.normalize().to_string())
    }

    /// Why it moved: `AWARDED`, `ALLOTTED`, `SPLIT`, `TRANSFERRED`, `ADJUSTED`, `CHOSEN`, `MOVED_TO_MAIN`, `MOVED_TO_BACKUP`, `MOVED_TO_RANK`
    /// or `RETURNED`.
    async fn cause(&self) -> &str {
        &self.0.cause
    }

    /// How much, in units of the lot's representative, as a decimal number.
    async fn volume(&self) -> String {
        self.0.volume.to_string()
    }

    /// Where it was.
    #[graphql(complexity = "child_complexity")]
    async fn from(&self) -> VolumeAccount {
        VolumeAccount::of(&self.0.from)
    }

    /// Where it is now.
    #[graphql(complexity = "child_complexity")]
    async fn to(&self) -> VolumeAccount {
        VolumeAccount::of(&self.0.to)
    }

    /// The id of the withdrawal that moved it.
    async fn withdrawal_id(&self) -> Option<ID> {
        self.0.withdrawal.map(|withdrawal| ID(withdrawal.to_string()))
    }

    /// The id of the change that moved it.
    async fn volume_change_id(&self) -> Option<ID> {
        self.0.change.map(|change| ID(change.to_string()))
    }

    /// When.
    async fn at(&self) -> DateTime {
        DateTime(self.0.at)
    }
}

/// Queries about agreed volume that moves.
#[derive(Default)]
pub(crate) struct VolumeQuery;

#[Object]
impl VolumeQuery {
    /// A change of agreed volume that the caller asked for, has to agree to or to decide, or that is of the caller's jurisdiction.
    async fn volume_change(&self, ctx: &Context<'_>, id: ID) -> Result<VolumeChange, ApiError> {
        let caller = caller(ctx)?;
        let id = VolumeChangeId::parse(&id).map_err(|refusal| refusal.at("id"))?;
        Ok(VolumeChange(cases::volume_change(app(ctx)?, caller, id).await?))
    }

    /// Such changes, the newest first.
    #[graphql(complexity = "cost(first, child_complexity)")]
    async fn volume_changes(
        &self,
        ctx: &Context<'_>,
        status: Option<VolumeChangeStatus>,
        first: Option<i32>,
        after: Option<String>,
    ) -> Result<Connection<String, VolumeChange>, ApiError> {
        let caller = caller(ctx)?;
        let page = page(first, after.as_deref(), VolumeChangeId::parse)?;
        let status = status.map(VolumeChangeStatus::label);
        let part = cases::volume_changes(app(ctx)?, caller, status, &page).await?;
        Ok(connection(part, |one| one.change.id.to_string(), VolumeChange))
    }

    /// 约定采购量台账, the ledger of the agreed volume of an official result from its contracts on: whole for the office and the authorities of the
    /// region, their own entries for firms and institutions.
    #[graphql(complexity = "cost(first, child_complexity)")]
    async fn volume_entries(
        &self,
        ctx: &Context<'_>,
        result: ID,
        first: Option<i32>,
        after: Option<String>,
    ) -> Result<Connection<String, VolumeEntry>, ApiError> {
        let caller = caller(ctx)?;
        let page = page(first, after.as_deref(), VolumeEntryId::parse)?;
        let result = OfficialResultId::parse(&result).map_err(|refusal| refusal.at("result"))?;
        let part = cases::volume_entries(app(ctx)?, caller, result, &page).await?;
        Ok(connection(part, |one| one.id.to_string(), VolumeEntry))
    }
}

/// A change that is asked for.
#[derive(InputObject)]
struct RequestVolumeChangeInput {
    /// The sub-contract of the own institution.
    sub_contract: ID,
    /// What is to become of it.
    wish: VolumeWish,
    /// The institution that the volume is to come to, where it is one.
    to_institution: Option<ID>,
    /// The selected product that the volume is to come to, where it is one.
    to_product: Option<ID>,
    /// How much, in units of the lot's representative, as a decimal number; of an adjustment, what it is to be.
    volume: String,
    /// Why.
    reason: String,
    /// A new key for a new request, the same for its repetition.
    idempotency_key: String,
}

impl RequestVolumeChangeInput {
    fn wish(&self) -> Result<Wish, Refusal> {
        let wrong = |field| Refusal::of(Code::VolumeChangeInvalid).at(field);
        let institution = self.to_institution.as_ref().map(|id| OrganizationId::parse(id));
        let institution = institution.transpose().map_err(|refusal| refusal.at("toInstitution"))?;
        let product = self.to_product.as_ref().map(|id| SelectedProductId::parse(id));
        let product = product.transpose().map_err(|refusal| refusal.at("toProduct"))?;
        match (self.wish, institution, product) {
            (VolumeWish::ToInstitution, Some(institution), None) => Ok(Wish::ToInstitution(institution)),
            (VolumeWish::ToSupplier, None, Some(product)) => Ok(Wish::ToSupplier(product)),
            (VolumeWish::Choose, None, Some(product)) => Ok(Wish::Choose(product)),
            (VolumeWish::Adjust, None, None) => Ok(Wish::Adjust),
            (VolumeWish::ToInstitution, _, _) => Err(wrong("toInstitution")),
            (VolumeWish::ToSupplier | VolumeWish::Choose | VolumeWish::Adjust, _, _) => {
                Err(wrong("toProduct"))
            }
        }
    }
}

/// What is decided about a change.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
enum VolumeDecision {
    /// The one that the volume comes to agrees.
    Agree,
    /// The office approves: the volume moves.
    Approve,
    /// The one that it comes to, as long as it has not agreed, or the office refuses.
    Reject,
}

/// What somebody decides about a change.
#[derive(InputObject)]
struct DecideVolumeChangeInput {
    /// The change.
    id: ID,
    /// The version that was seen.
    version: i32,
    /// What is decided.
    decision: VolumeDecision,
    /// Why it is rejected.
    reason: Option<String>,
    /// A new key for a new request, the same for its repetition.
    idempotency_key: String,
}

/// A change that is taken back.
#[derive(InputObject)]
struct WithdrawVolumeChangeInput {
    /// The change.
    id: ID,
    /// The version that was seen.
    version: i32,
    /// A new key for a new request, the same for its repetition.
    idempotency_key: String,
}

/// A sub-contract that a lead splits.
#[derive(InputObject)]
struct SplitSubContractInput {
    /// The sub-contract of the own institution.
    id: ID,
    /// What it agreed when it was looked at.
    agreed_volume: String,
    /// What each member gets; the lead keeps the rest.
    parts: Vec<MemberPartInput>,
    /// A new key for a new request, the same for its repetition.
    idempotency_key: String,
}

/// A member's part.
#[derive(InputObject)]
struct MemberPartInput {
    /// The member.
    institution: ID,
    /// Units of the lot's representative, as a decimal number.
    volume: String,
}

fn volume(text: &str, field: &'static str) -> Result<u64, Refusal> {
    let wrong = || Refusal::of(Code::VolumeChangeInvalid).at(field);
    let volume: u64 = text.parse().map_err(|_text| wrong())?;
    if volume <= SUPPLY_VOLUME_MAX { Ok(volume) } else { Err(wrong()) }
}

fn seen(id: &ID, version: i32) -> Result<(VolumeChangeId, Version), Refusal> {
    let change = VolumeChangeId::parse(id).map_err(|refusal| refusal.at("id"))?;
    Ok((change, Version::new(version)))
}

/// Mutations of agreed volume.
#[derive(Default)]
pub(crate) struct VolumeMutation;

#[Object]
impl VolumeMutation {
    /// Ask for a transfer or an adjustment of the own institution's agreed volume, or for a supplier of what is left over. 申请变更约定采购量
    #[graphql(complexity = "1 + child_complexity")]
    async fn request_volume_change(
        &self,
        ctx: &Context<'_>,
        input: RequestVolumeChangeInput,
    ) -> Result<VolumeChange, ApiError> {
        let (app, caller) = (app(ctx)?, caller(ctx)?);
        let command = cases::RequestVolumeChange {
            part: SubContractId::parse(&input.sub_contract).map_err(|refusal| refusal.at("subContract"))?,
            wish: input.wish()?,
            volume: volume(&input.volume, "volume")?,
            reason: Reason::parse(&input.reason)?,
            key: IdempotencyKey::parse(&input.idempotency_key)?,
        };
        let changed = cases::request_volume_change(app, caller, command).await?;
        Ok(VolumeChange(cases::volume_change(app, caller, changed.id).await?))
    }

    /// Agree to volume that is to come to the own organization, or decide about a change as the office. 审批约定采购量变更
    #[graphql(complexity = "1 + child_complexity")]
    async fn decide_volume_change(
        &self,
        ctx: &Context<'_>,
        input: DecideVolumeChangeInput,
    ) -> Result<VolumeChange, ApiError> {
        let (app, caller) = (app(ctx)?, caller(ctx)?);
        let decision = match input.decision {
            VolumeDecision::Agree => cases::Decision::Agree,
            VolumeDecision::Approve => cases::Decision::Approve,
            VolumeDecision::Reject => {
                cases::Decision::Reject(Reason::parse(input.reason.as_deref().unwrap_or_default())?)
            }
        };
        let key = IdempotencyKey::parse(&input.idempotency_key)?;
        let seen = seen(&input.id, input.version)?;
        let changed = cases::decide_volume_change(app, caller, seen, decision, &key).await?;
        Ok(VolumeChange(cases::volume_change(app, caller, changed.id).await?))
    }

    /// Take a change back that the own institution asked for. 撤回变更申请
    #[graphql(complexity = "1 + child_complexity")]
    async fn withdraw_volume_change(
        &self,
        ctx: &Context<'_>,
        input: WithdrawVolumeChangeInput,
    ) -> Result<VolumeChange, ApiError> {
        let (app, caller) = (app(ctx)?, caller(ctx)?);
        let key = IdempotencyKey::parse(&input.idempotency_key)?;
        let seen = seen(&input.id, input.version)?;
        let changed = cases::withdraw_volume_change(app, caller, seen, &key).await?;
        Ok(VolumeChange(cases::volume_change(app, caller, changed.id).await?))
    }

    /// Split a sub-contract of the own institution among the members that it leads. 医共体牵头单位分解约定采购量
    #[graphql(complexity = "1 + child_complexity")]
    async fn split_sub_contract(
        &self,
        ctx: &Context<'_>,
        input: SplitSubContractInput,
    ) -> Result<SubContract, ApiError> {
        let (app, caller) = (app(ctx)?, caller(ctx)?);
        if input.parts.len() > PARTS_MAX {
            let many = Refusal::of(Code::BatchTooLarge).at("parts").allowing(format!("at most {PARTS_MAX}"));
            return Err(many.into());
        }
        let part = |part: &MemberPartInput| {
            let member =
                OrganizationId::parse(&part.institution).map_err(|refusal| refusal.at("institution"))?;
            Ok((member, volume(&part.volume, "volume")?))
        };
        let command = cases::SplitSubContract {
            part: SubContractId::parse(&input.id).map_err(|refusal| refusal.at("id"))?,
            seen: volume(&input.agreed_volume, "agreedVolume")?,
            parts: input.parts.iter().map(part).collect::<Result<Vec<_>, Refusal>>()?,
            key: IdempotencyKey::parse(&input.idempotency_key)?,
        };
        let id = cases::split_sub_contract(app, caller, command).await?;
        Ok(SubContract(contracts::sub_contract(app, caller, id).await?))
    }
}
