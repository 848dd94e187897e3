//! What can be done with contracts.
use async_graphql::{Context, ID, InputObject, Object};
use jicai_domain::audit::IdempotencyKey;
use jicai_domain::errors::{Code, Refusal};
use jicai_domain::identity::{Reason, Version};
use jicai_domain::ids::{ContractId, Id, OfficialResultId, OrganizationId};
use jicai_domain::procurement::values::{parse_positive, parse_volume};
use jicai_seal::{ContractPublic, ContractSeal};
use jicai_service::contract as cases;

use super::types::Contract;
use crate::asking::{app, caller};
use crate::error::ApiError;

/// Parts that one request divides a contract into.
pub(super) const PARTS_MAX: usize = 5_000;

/// The contracts of an agreement year that are to be made from a result.
#[derive(InputObject)]
struct GenerateContractsInput {
    /// The official result, in its newest edition.
    result: ID,
    /// 协议年度, the agreement year, from 1.
    #[graphql(default = 1)]
    year: u32,
    /// A new key for a new request, the same for its repetition.
    idempotency_key: String,
}

/// The contracts of a result that move with the calendar.
#[derive(InputObject)]
struct MoveContractsInput {
    /// The official result.
    result: ID,
    /// A new key for a new request, the same for its repetition.
    idempotency_key: String,
}

/// A contract that is divided by a list.
#[derive(InputObject)]
struct SplitContractInput {
    /// The contract.
    id: ID,
    /// The version that was seen.
    version: i32,
    /// The parts, which add up to the contract.
    parts: Vec<ContractPartInput>,
    /// A new key for a new request, the same for its repetition.
    idempotency_key: String,
}

/// An institution's part.
#[derive(InputObject)]
pub(super) struct ContractPartInput {
    /// The institution.
    institution: ID,
    /// Units of the lot's representative, as a decimal number.
    volume: String,
}

/// Who distributes a contract.
#[derive(InputObject)]
struct NameDistributorInput {
    /// The contract.
    id: ID,
    /// The version that was seen.
    version: i32,
    /// The distributor.
    distributor: ID,
    /// A new key for a new request, the same for its repetition.
    idempotency_key: String,
}

/// A lower price of a contract.
#[derive(InputObject)]
struct LowerPriceInput {
    /// The contract.
    id: ID,
    /// The version that was seen.
    version: i32,
    /// The price of a smallest unit, tax included, as a decimal.
    price: String,
    /// A new key for a new request, the same for its repetition.
    idempotency_key: String,
}

/// A contract that ends before its time.
#[derive(InputObject)]
struct TerminateContractInput {
    /// The contract.
    id: ID,
    /// The version that was seen.
    version: i32,
    /// Why.
    reason: String,
    /// A new key for a new request, the same for its repetition.
    idempotency_key: String,
}

/// A key that seals contracts.
#[derive(InputObject)]
struct RegisterContractKeyInput {
    /// The public line that `jicai contract keygen` printed.
    public_line: String,
    /// A new key for a new request, the same for its repetition.
    idempotency_key: String,
}

/// Seals over contracts and parts.
#[derive(InputObject)]
struct SealContractsInput {
    /// What `jicai contract seal` made, 1 to 100 of them.
    seals: Vec<String>,
    /// A new key for a new request, the same for its repetition.
    idempotency_key: String,
}

pub(super) fn contract(id: &ID) -> Result<ContractId, Refusal> {
    ContractId::parse(id).map_err(|refusal| refusal.at("id"))
}

pub(super) fn result(id: &ID) -> Result<OfficialResultId, Refusal> {
    OfficialResultId::parse(id).map_err(|refusal| refusal.at("result"))
}

pub(super) fn part(input: &ContractPartInput) -> Result<(OrganizationId, u64), Refusal> {
    let institution =
        OrganizationId::parse(&input.institution).map_err(|refusal| refusal.at("institution"))?;
    let volume =
        parse_volume(&input.volume).map_err(|_value| Refusal::of(Code::SplitInvalid).at("volume"))?;
    Ok((institution, volume))
}

/// Mutations of contracts.
#[derive(Default)]
pub(crate) struct ContractMutation;

#[Object]
impl ContractMutation {
    /// Make the main contracts of an agreement year from a result of the caller's office; those of a round are divided by its locked demand.
    /// 生成合同
    async fn generate_contracts(
        &self,
        ctx: &Context<'_>,
        input: GenerateContractsInput,
    ) -> Result<ID, ApiError> {
        let caller = caller(ctx)?;
        let key = IdempotencyKey::parse(&input.idempotency_key)?;
        let wanted = (result(&input.result)?, input.year);
        Ok(ID(cases::generate_contracts(app(ctx)?, caller, wanted, &key).await?.to_string()))
    }

    /// Bring contracts of a result into force whose first day has come, and close those whose last day has passed, at most 500 at once.
    /// 合同生效与到期
    async fn move_contracts(&self, ctx: &Context<'_>, input: MoveContractsInput) -> Result<ID, ApiError> {
        let caller = caller(ctx)?;
        let key = IdempotencyKey::parse(&input.idempotency_key)?;
        let result = result(&input.result)?;
        Ok(ID(cases::move_contracts(app(ctx)?, caller, result, &key).await?.to_string()))
    }

    /// Divide a contract over institutions by a list. 分解约定量
    #[graphql(complexity = "1 + child_complexity")]
    async fn split_contract(
        &self,
        ctx: &Context<'_>,
        input: SplitContractInput,
    ) -> Result<Contract, ApiError> {
        let (app, caller) = (app(ctx)?, caller(ctx)?);
        if input.parts.len() > PARTS_MAX {
            let many = Refusal::of(Code::SplitInvalid).at("parts").allowing(format!("at most {PARTS_MAX}"));
            return Err(many.into());
        }
        let parts = input.parts.iter().map(part).collect::<Result<Vec<_>, Refusal>>()?;
        let key = IdempotencyKey::parse(&input.idempotency_key)?;
        let seen = (contract(&input.id)?, Version::new(input.version));
        let changed = cases::split_contract(app, caller, seen, &parts, &key).await?;
        Ok(Contract(cases::contract(app, caller, changed.id).await?))
    }

    /// Name who distributes a contract that the caller's organization supplies. 确定配送企业
    #[graphql(complexity = "1 + child_complexity")]
    async fn name_distributor(
        &self,
        ctx: &Context<'_>,
        input: NameDistributorInput,
    ) -> Result<Contract, ApiError> {
        let (app, caller) = (app(ctx)?, caller(ctx)?);
        let distributor =
            OrganizationId::parse(&input.distributor).map_err(|refusal| refusal.at("distributor"))?;
        let key = IdempotencyKey::parse(&input.idempotency_key)?;
        let seen = (contract(&input.id)?, Version::new(input.version));
        let changed = cases::name_distributor(app, caller, seen, distributor, &key).await?;
        Ok(Contract(cases::contract(app, caller, changed.id).await?))
    }

    /// Offer a price below the selected one for a contract that the caller's organization supplies. 下调价格
    #[graphql(complexity = "1 + child_complexity")]
    async fn lower_price(&self, ctx: &Context<'_>, input: LowerPriceInput) -> Result<Contract, ApiError> {
        let (app, caller) = (app(ctx)?, caller(ctx)?);
        let price = parse_positive(&input.price);
        let price = price.map_err(|_value| Refusal::of(Code::DecimalInvalid).at("price"))?;
        let key = IdempotencyKey::parse(&input.idempotency_key)?;
        let seen = (contract(&input.id)?, Version::new(input.version));
        let changed = cases::lower_price(app, caller, seen, price, &key).await?;
        Ok(Contract(cases::contract(app, caller, changed.id).await?))
    }

    /// End a contract of the caller's office before its time. 终止合同
    #[graphql(complexity = "1 + child_complexity")]
    async fn terminate_contract(
        &self,
        ctx: &Context<'_>,
        input: TerminateContractInput,
    ) -> Result<Contract, ApiError> {
        let (app, caller) = (app(ctx)?, caller(ctx)?);
        let reason = Reason::parse(&input.reason)?;
        let key = IdempotencyKey::parse(&input.idempotency_key)?;
        let seen = (contract(&input.id)?, Version::new(input.version));
        let changed = cases::terminate_contract(app, caller, seen, &reason, &key).await?;
        Ok(Contract(cases::contract(app, caller, changed.id).await?))
    }

    /// Register the key that seals the contracts of the caller's organization, in place of the one before. 登记签章公钥
    async fn register_contract_key(
        &self,
        ctx: &Context<'_>,
        input: RegisterContractKeyInput,
    ) -> Result<ID, ApiError> {
        let caller = caller(ctx)?;
        let public = ContractPublic::parse(&input.public_line).map_err(|error| {
            Refusal::of(Code::PublicKeyInvalid).at("publicLine").allowing(error.expected().0)
        })?;
        let key = IdempotencyKey::parse(&input.idempotency_key)?;
        Ok(ID(cases::register_contract_key(app(ctx)?, caller, &public, &key).await?.to_string()))
    }

    /// Seal contracts and parts that the caller's organization is a party of, all or none. 签章
    async fn seal_contracts(&self, ctx: &Context<'_>, input: SealContractsInput) -> Result<ID, ApiError> {
        let caller = caller(ctx)?;
        let read = |text: &String| ContractSeal::parse(text);
        let seals = input.seals.iter().map(read).collect::<Result<Vec<_>, _>>();
        let seals =
            seals.map_err(|error| Refusal::of(Code::SealInvalid).at("seals").allowing(error.expected().0))?;
        let key = IdempotencyKey::parse(&input.idempotency_key)?;
        Ok(ID(cases::seal_contracts(app(ctx)?, caller, &seals, &key).await?.to_string()))
    }
}
