//! Retained savings (结余留用).
use async_graphql::connection::Connection;
use async_graphql::{Context, ID, InputObject, Object};
use jicai_domain::audit::IdempotencyKey;
use jicai_domain::errors::{Code, Refusal};
use jicai_domain::ids::{ContractId, Id, LedgerEventId};
use jicai_domain::procurement::values::{parse_positive, parse_volume};
use jicai_domain::settlement::savings::share;
use jicai_service::settlement as cases;

use super::types::{LedgerBookInput, SettlementChange, amount, organization};
use crate::asking::{app, caller};
use crate::connection::{connection, cost, page};
use crate::dates::Date;
use crate::error::ApiError;

/// 结余留用, what a hospital keeps of what it saved the fund.
struct RetainedSavings(cases::ShownSavings);

#[Object]
impl RetainedSavings {
    /// The id of the event of the ledger that was prepared with it.
    async fn id(&self) -> ID {
        ID(self.0.savings.event.to_string())
    }

    /// The id of the hospital.
    async fn hospital_id(&self) -> ID {
        ID(self.0.savings.hospital.to_string())
    }

    /// `PENDING` until another person posts it, `POSTED` or `VOIDED`.
    async fn status(&self) -> &str {
        &self.0.status
    }

    /// The ids of the contracts that it counts.
    async fn contract_ids(&self) -> Vec<ID> {
        self.0.contracts.iter().map(|contract| ID(contract.to_string())).collect()
    }

    /// The fund's share of what is spent.
    async fn fund_share(&self) -> String {
        self.0.savings.fund_share.to_string()
    }

    /// The ratio of the assessment.
    async fn ratio(&self) -> String {
        self.0.savings.ratio.to_string()
    }

    /// Base × price before × the fund's share, yuan.
    async fn budget(&self) -> String {
        self.0.savings.retained.budget.to_string()
    }

    /// What was spent × the fund's share, yuan.
    async fn spending(&self) -> String {
        self.0.savings.retained.spending.to_string()
    }

    /// Budget less spending, yuan.
    async fn saved(&self) -> String {
        self.0.savings.retained.saved.to_string()
    }

    /// What is kept, yuan.
    async fn retained(&self) -> String {
        self.0.savings.retained.retained.to_string()
    }

    /// The rules.
    async fn rules(&self) -> &str {
        &self.0.savings.rules
    }
}

/// Queries about retained savings.
#[derive(Default)]
pub(crate) struct SavingsQuery;

#[Object]
impl SavingsQuery {
    /// 结余留用, those of the jurisdiction or of the own organization, the newest first.
    #[graphql(complexity = "cost(first, child_complexity)")]
    async fn retained_savings(
        &self,
        ctx: &Context<'_>,
        first: Option<i32>,
        after: Option<String>,
    ) -> Result<Connection<String, RetainedSavings>, ApiError> {
        let caller = caller(ctx)?;
        let page = page(first, after.as_deref(), LedgerEventId::parse)?;
        let part = cases::retained_savings(app(ctx)?, caller, &page).await?;
        Ok(connection(part, |one| one.savings.event.to_string(), RetainedSavings))
    }
}

/// Savings that are reckoned.
#[derive(InputObject)]
struct PrepareRetainedSavingsInput {
    /// An id that whoever tells of it makes: `led_` and 32 hex digits.
    id: ID,
    /// The book.
    book: LedgerBookInput,
    /// The day that it belongs to.
    day: Date,
    /// The hospital.
    hospital: ID,
    /// The fund's share of what is spent, 0 to 1.
    fund_share: String,
    /// The ratio of the assessment, 0 to 1; no more than the rules allow.
    ratio: String,
    /// What the platform does not know of each contract; volumes agreed and used and the price are those of the contract.
    uses: Vec<SavingsUseInput>,
    /// A new key for a new request, the same for its repetition.
    idempotency_key: String,
}

/// What the platform does not know of a contract.
#[derive(InputObject)]
struct SavingsUseInput {
    /// The contract.
    contract: ID,
    /// 约定采购量基数, the volume that the agreed one was taken from, in units of the lot's representative, as a decimal number.
    base: String,
    /// The weighted price of such a unit before the result, yuan.
    before: String,
    /// What was spent on products that were not selected, yuan.
    others: String,
}

impl SavingsUseInput {
    fn read(&self) -> Result<cases::SavingsUse, Refusal> {
        let base = parse_volume(&self.base).map_err(|_text| Refusal::of(Code::AmountInvalid).at("base"))?;
        let before =
            parse_positive(&self.before).map_err(|_text| Refusal::of(Code::PriceInvalid).at("before"))?;
        let contract = ContractId::parse(&self.contract).map_err(|refusal| refusal.at("contract"))?;
        Ok(cases::SavingsUse { contract, base, before, others: amount(&self.others, "others")? })
    }
}

/// Changes of retained savings.
#[derive(Default)]
pub(crate) struct SavingsMutation;

#[Object]
impl SavingsMutation {
    /// Reckon what a hospital keeps of what it saved, and prepare its posting for another person. 提请结余留用
    #[graphql(complexity = "1 + child_complexity")]
    async fn prepare_retained_savings(
        &self,
        ctx: &Context<'_>,
        input: PrepareRetainedSavingsInput,
    ) -> Result<SettlementChange, ApiError> {
        let command = cases::PrepareSavings {
            id: LedgerEventId::parse(&input.id).map_err(|refusal| refusal.at("id"))?,
            book: input.book.read()?,
            day: input.day.0,
            hospital: organization(&input.hospital, "hospital")?,
            fund_share: share(&input.fund_share).map_err(|refusal| refusal.at("fundShare"))?,
            ratio: share(&input.ratio).map_err(|refusal| refusal.at("ratio"))?,
            uses: input.uses.iter().map(SavingsUseInput::read).collect::<Result<_, _>>()?,
            key: IdempotencyKey::parse(&input.idempotency_key)?,
        };
        Ok(SettlementChange::of(cases::prepare_savings(app(ctx)?, caller(ctx)?, command).await?))
    }
}
