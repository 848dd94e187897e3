//! What comes after an agreement year, and after an edition of a result.
use async_graphql::{Context, ID, InputObject, Object, SimpleObject};
use jicai_domain::audit::IdempotencyKey;
use jicai_domain::contract::term::Extension;
use jicai_domain::errors::{Code, Refusal};
use jicai_domain::identity::{Reason, Version};
use jicai_domain::procurement::values::parse_positive;
use jicai_service::contract as cases;

use super::mutation::{ContractPartInput, PARTS_MAX, contract, part, result};
use super::types::Contract;
use crate::asking::{app, caller};
use crate::dates::Date;
use crate::error::ApiError;

/// The contracts of a result that are to be renewed as they are.
#[derive(InputObject)]
struct RenewContractsInput {
    /// The official result, in its newest edition.
    result: ID,
    /// Those that end by this day.
    ending_by: Date,
    /// A new key for a new request, the same for its repetition.
    idempotency_key: String,
}

/// A contract that is to be renewed with other volumes or another price.
#[derive(InputObject)]
struct RenewContractInput {
    /// The contract of the year before.
    id: ID,
    /// The version that was seen.
    version: i32,
    /// What each institution is to have in the next year: together the volume of the contract.
    parts: Vec<ContractPartInput>,
    /// What a smallest unit is to cost, tax included, as a decimal; never above the selected price. Without it the price stays.
    price: Option<String>,
    /// A new key for a new request, the same for its repetition.
    idempotency_key: String,
}

/// Terms of contracts that are to be extended.
#[derive(InputObject)]
struct ExtendContractsInput {
    /// The official result, in its newest edition.
    result: ID,
    /// The numbers of its lots; all where none is named.
    #[graphql(default)]
    lots: Vec<i32>,
    /// The last day; without it the terms run until the next result.
    until: Option<Date>,
    /// Why.
    reason: String,
    /// A new key for a new request, the same for its repetition.
    idempotency_key: String,
}

/// A newer edition that is to take effect while contracts of the one before run.
#[derive(InputObject)]
struct SucceedContractsInput {
    /// The official result, in its newest edition.
    result: ID,
    /// The first day of what is different.
    from: Date,
    /// A new key for a new request, the same for its repetition.
    idempotency_key: String,
}

/// What was renewed.
#[derive(SimpleObject)]
struct Renewal {
    /// Contracts of the next year.
    renewed: usize,
    /// Contracts that end by then and are not renewed: their term or the next year is over, or their product is not selected any more.
    ending: usize,
    /// Whether there are more: then another request renews the next ones.
    more: bool,
}

/// What became of the contracts of the editions before.
#[derive(SimpleObject)]
struct Succession {
    /// Contracts that stay as they are, under their edition.
    kept: usize,
    /// Contracts that end the day before, and have another of the newer edition in their place.
    replaced: usize,
    /// Contracts that end the day before, because the newer edition does without them.
    ended: usize,
    /// Contracts of products and regions that had none.
    added: usize,
}

/// Mutations of contracts that follow others.
#[derive(Default)]
pub(crate) struct LifetimeMutation;

#[Object]
impl LifetimeMutation {
    /// Renew the contracts of a result of the caller's office that end by a day, for the next agreement year as they are, at most 500 at once.
    /// Every party seals the new year's contracts again. 年度续签
    #[graphql(complexity = "1 + child_complexity")]
    async fn renew_contracts(
        &self,
        ctx: &Context<'_>,
        input: RenewContractsInput,
    ) -> Result<Renewal, ApiError> {
        let caller = caller(ctx)?;
        let key = IdempotencyKey::parse(&input.idempotency_key)?;
        let command =
            cases::RenewContracts { result: result(&input.result)?, ending_by: input.ending_by.0, key };
        let cases::Renewal { renewed, ending, more } =
            cases::renew_contracts(app(ctx)?, caller, command).await?;
        Ok(Renewal { renewed, ending, more })
    }

    /// Renew a contract of the caller's office with other volumes, at least what the rules require of the year before, or another price, never
    /// above the selected one. 续签
    #[graphql(complexity = "1 + child_complexity")]
    async fn renew_contract(
        &self,
        ctx: &Context<'_>,
        input: RenewContractInput,
    ) -> Result<Contract, ApiError> {
        let (app, caller) = (app(ctx)?, caller(ctx)?);
        if input.parts.len() > PARTS_MAX {
            let many = Refusal::of(Code::SplitInvalid).at("parts").allowing(format!("at most {PARTS_MAX}"));
            return Err(many.into());
        }
        let price = input.price.as_deref().map(parse_positive).transpose();
        let command = cases::RenewContract {
            contract: contract(&input.id)?,
            version: Version::new(input.version),
            parts: input.parts.iter().map(part).collect::<Result<Vec<_>, Refusal>>()?,
            price: price.map_err(|_value| Refusal::of(Code::DecimalInvalid).at("price"))?,
            key: IdempotencyKey::parse(&input.idempotency_key)?,
        };
        let changed = cases::renew_contract(app, caller, command).await?;
        Ok(Contract(cases::contract(app, caller, changed.id).await?))
    }

    /// Extend the terms of selected products of a result of the caller's office: to a day, or until the next result. The contracts of the time
    /// that follows are renewals. 协议期延长、接续
    async fn extend_contracts(&self, ctx: &Context<'_>, input: ExtendContractsInput) -> Result<ID, ApiError> {
        let caller = caller(ctx)?;
        let command = cases::ExtendContracts {
            result: result(&input.result)?,
            lots: input.lots,
            extension: input.until.map_or(Extension::NextResult, |until| Extension::Until(until.0)),
            reason: Reason::parse(&input.reason)?,
            key: IdempotencyKey::parse(&input.idempotency_key)?,
        };
        Ok(ID(cases::extend_contracts(app(ctx)?, caller, command).await?.to_string()))
    }

    /// Let a newer edition of a result of the caller's office take effect from a day on, while contracts of the edition before run. What it does
    /// not change stays as it was sealed, what it changes is replaced for the rest of the year, what it does without ends. 中选结果更新执行
    #[graphql(complexity = "1 + child_complexity")]
    async fn succeed_contracts(
        &self,
        ctx: &Context<'_>,
        input: SucceedContractsInput,
    ) -> Result<Succession, ApiError> {
        let caller = caller(ctx)?;
        let key = IdempotencyKey::parse(&input.idempotency_key)?;
        let command = cases::SucceedContracts { result: result(&input.result)?, from: input.from.0, key };
        let cases::Succession { kept, replaced, ended, added } =
            cases::succeed_contracts(app(ctx)?, caller, command).await?;
        Ok(Succession { kept, replaced, ended, added })
    }
}
