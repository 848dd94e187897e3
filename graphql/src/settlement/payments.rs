//! Payment batches, the bank's file and its answer.
use async_graphql::connection::Connection;
use async_graphql::{Context, Enum, ID, InputObject, Object};
use jicai_domain::audit::IdempotencyKey;
use jicai_domain::errors::Refusal;
use jicai_domain::identity::Version;
use jicai_domain::ids::{Id, OrganizationId, PaymentBatchId, PaymentId, StatementId};
use jicai_domain::settlement::payment::BatchState;
use jicai_service::settlement as cases;

use super::types::{InsuranceScheme, LedgerBookInput, SettlementChange, days, yuan};
use crate::asking::{app, caller};
use crate::connection::{connection, cost, page};
use crate::dates::{Date, DateTime};
use crate::error::ApiError;

/// Where a batch stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
enum PaymentBatchStatus {
    /// It waits for a second person.
    Prepared,
    /// Its payments are being booked.
    Approved,
    /// The file may go to the bank.
    Sent,
    /// It was given up.
    Voided,
}

/// 付款批次, what the bank is told at once.
struct PaymentBatch(cases::Batch);

#[Object]
impl PaymentBatch {
    /// Its id.
    async fn id(&self) -> ID {
        ID(self.0.id.to_string())
    }

    /// How often it changed.
    async fn version(&self) -> i32 {
        self.0.version.number()
    }

    /// Where it stands.
    async fn status(&self) -> PaymentBatchStatus {
        match self.0.state {
            BatchState::Prepared => PaymentBatchStatus::Prepared,
            BatchState::Approved => PaymentBatchStatus::Approved,
            BatchState::Sent => PaymentBatchStatus::Sent,
            BatchState::Voided => PaymentBatchStatus::Voided,
        }
    }

    /// The code of the pooling area.
    async fn area(&self) -> String {
        self.0.book.area.to_string()
    }

    /// The scheme.
    async fn scheme(&self) -> InsuranceScheme {
        InsuranceScheme::of(self.0.book.scheme)
    }

    /// The day on which it is to be paid.
    async fn day(&self) -> Date {
        Date(self.0.day)
    }

    /// How many payments.
    async fn payments(&self) -> i32 {
        self.0.payments
    }

    /// How much, yuan.
    async fn total(&self) -> String {
        self.0.total.to_string()
    }

    /// Who put it together.
    async fn prepared_by_id(&self) -> ID {
        ID(self.0.prepared_by.to_string())
    }

    /// When.
    async fn prepared_at(&self) -> DateTime {
        DateTime(self.0.prepared_at)
    }
}

/// 付款, a payment of a statement.
struct Payment(cases::Payment);

#[Object]
impl Payment {
    /// Its id.
    async fn id(&self) -> ID {
        ID(self.0.id.to_string())
    }

    /// The id of the batch.
    async fn batch_id(&self) -> ID {
        ID(self.0.batch.to_string())
    }

    /// The id of the statement.
    async fn statement_id(&self) -> ID {
        ID(self.0.statement.to_string())
    }

    /// The id of the enterprise.
    async fn supplier_id(&self) -> ID {
        ID(self.0.supplier.to_string())
    }

    /// How much, yuan.
    async fn amount(&self) -> String {
        self.0.amount.to_string()
    }

    /// `PREPARED`, `INSTRUCTED`, `PAID`, `FAILED`, `RETURNED` or `VOIDED`.
    async fn status(&self) -> &str {
        &self.0.status
    }

    /// The id of the payment that did not arrive, of which this is the next try.
    async fn replaces_id(&self) -> Option<ID> {
        self.0.replaces.map(|payment| ID(payment.to_string()))
    }

    /// The bank's number of it.
    async fn bank_reference(&self) -> Option<&str> {
        self.0.reference.as_deref()
    }

    /// Why the bank did not pay.
    async fn bank_reason(&self) -> Option<&str> {
        self.0.reason.as_deref()
    }

    /// The day on which the bank paid.
    async fn paid_on(&self) -> Option<Date> {
        self.0.paid_on.map(Date)
    }
}

/// 回款天数, how long it took from acceptance to payment with a hospital.
struct PaymentSpeed(cases::Speed);

#[Object]
impl PaymentSpeed {
    /// The id of the hospital.
    async fn hospital_id(&self) -> ID {
        ID(self.0.hospital().to_string())
    }

    /// Acceptances that were paid, as a decimal number.
    async fn acceptances(&self) -> String {
        self.0.acceptances.to_string()
    }

    /// How much was paid for them, yuan.
    async fn amount(&self) -> String {
        yuan(self.0.fen)
    }

    /// Days from acceptance to payment, weighted by amounts, with one decimal place.
    async fn average_days(&self) -> String {
        days(self.0.day_fen, self.0.fen)
    }

    /// The longest, days.
    async fn longest_days(&self) -> i32 {
        self.0.longest
    }

    /// Whether some took longer than was asked about.
    async fn behind(&self) -> bool {
        self.0.behind
    }
}

/// The form of a file for the bank and of its answer.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Enum)]
enum BankFileForm {
    /// A table, CSV in UTF-8.
    #[default]
    Table,
    /// ISO 20022: pain.001.001.09 to the bank, pain.002.001.10 from it.
    #[graphql(name = "ISO_20022")]
    Iso20022,
}

impl BankFileForm {
    const fn form(self) -> cases::BankForm {
        match self {
            Self::Table => cases::BankForm::Table,
            Self::Iso20022 => cases::BankForm::Iso20022,
        }
    }
}

/// Which payments.
#[derive(InputObject)]
struct PaymentFilterInput {
    /// Of one batch.
    batch: Option<ID>,
    /// Of one statement.
    statement: Option<ID>,
}

/// Payments of some days.
#[derive(InputObject)]
struct PaymentDaysInput {
    /// The first day.
    from: Date,
    /// The last day.
    until: Date,
    /// Longer than so many days from acceptance to payment is behind.
    behind_after: i32,
}

/// Queries about payments.
#[derive(Default)]
pub(crate) struct PaymentQuery;

#[Object]
impl PaymentQuery {
    /// 付款批次, the batches of the jurisdiction, the newest first.
    #[graphql(complexity = "cost(first, child_complexity)")]
    async fn payment_batches(
        &self,
        ctx: &Context<'_>,
        first: Option<i32>,
        after: Option<String>,
    ) -> Result<Connection<String, PaymentBatch>, ApiError> {
        let caller = caller(ctx)?;
        let page = page(first, after.as_deref(), PaymentBatchId::parse)?;
        let part = cases::payment_batches(app(ctx)?, caller, &page).await?;
        Ok(connection(part, |one| one.id.to_string(), PaymentBatch))
    }

    /// 付款, the payments of the jurisdiction or to the own organization, the newest first.
    #[graphql(complexity = "cost(first, child_complexity)")]
    async fn payments(
        &self,
        ctx: &Context<'_>,
        of: Option<PaymentFilterInput>,
        first: Option<i32>,
        after: Option<String>,
    ) -> Result<Connection<String, Payment>, ApiError> {
        let caller = caller(ctx)?;
        let page = page(first, after.as_deref(), PaymentId::parse)?;
        let of = of.unwrap_or(PaymentFilterInput { batch: None, statement: None });
        let batch = of.batch.as_ref().map(|id| batch(id)).transpose()?;
        let statement = of.statement.as_ref().map(|id| StatementId::parse(id)).transpose();
        let statement = statement.map_err(|refusal| refusal.at("statement"))?;
        let part = cases::payments(app(ctx)?, caller, (batch, statement), &page).await?;
        Ok(connection(part, |one| one.id.to_string(), Payment))
    }

    /// 银行付款文件, the file of a batch for the bank: a table with a last row of count and sum, or a pain.001.
    async fn payment_file(
        &self,
        ctx: &Context<'_>,
        batch: ID,
        #[graphql(default)] form: BankFileForm,
    ) -> Result<String, ApiError> {
        let id = PaymentBatchId::parse(&batch).map_err(|refusal| refusal.at("batch"))?;
        Ok(cases::payment_file(app(ctx)?, caller(ctx)?, (id, form.form())).await?)
    }

    /// 回款天数, days from acceptance to payment by hospital.
    #[graphql(complexity = "cost(first, child_complexity)")]
    async fn payment_speeds(
        &self,
        ctx: &Context<'_>,
        of: PaymentDaysInput,
        first: Option<i32>,
        after: Option<String>,
    ) -> Result<Connection<String, PaymentSpeed>, ApiError> {
        let caller = caller(ctx)?;
        let page = page(first, after.as_deref(), OrganizationId::parse)?;
        let asked = (of.from.0, of.until.0, of.behind_after);
        let part = cases::payment_speeds(app(ctx)?, caller, asked, &page).await?;
        Ok(connection(part, |one| one.hospital().to_string(), PaymentSpeed))
    }
}

/// A batch that is put together.
#[derive(InputObject)]
struct PreparePaymentBatchInput {
    /// The book.
    book: LedgerBookInput,
    /// The day on which it is to be paid.
    day: Date,
    /// A new key for a new request, the same for its repetition.
    idempotency_key: String,
}

/// What is decided about a batch.
#[derive(InputObject)]
struct DecidePaymentBatchInput {
    /// The batch.
    id: ID,
    /// The version that was seen.
    version: i32,
    /// Whether it is approved; else it is given up.
    approve: bool,
    /// A new key for a new request, the same for its repetition.
    idempotency_key: String,
}

/// The bank's answer.
#[derive(InputObject)]
struct TakeBankAnswerInput {
    /// The batch.
    batch: ID,
    /// The file: `payment,answer,day,reference,reason`, a row a payment, and a last row `TOTAL` with the number of answers; or a pain.002.
    file: String,
    /// Its form.
    #[graphql(default)]
    form: BankFileForm,
    /// A new key for a new request, the same for its repetition.
    idempotency_key: String,
}

/// Changes of payments.
#[derive(Default)]
pub(crate) struct PaymentMutation;

#[Object]
impl PaymentMutation {
    /// Put the approved statements of a book that nothing pays yet into a batch. 生成付款批次
    #[graphql(complexity = "1 + child_complexity")]
    async fn prepare_payment_batch(
        &self,
        ctx: &Context<'_>,
        input: PreparePaymentBatchInput,
    ) -> Result<SettlementChange, ApiError> {
        let wanted = (input.book.read()?, input.day.0);
        let key = IdempotencyKey::parse(&input.idempotency_key)?;
        let changed = cases::prepare_payment_batch(app(ctx)?, caller(ctx)?, wanted, &key).await?;
        Ok(SettlementChange::of(changed))
    }

    /// Approve a batch as another person than the one who prepared it, or give it up. 复核付款批次
    #[graphql(complexity = "1 + child_complexity")]
    async fn decide_payment_batch(
        &self,
        ctx: &Context<'_>,
        input: DecidePaymentBatchInput,
    ) -> Result<SettlementChange, ApiError> {
        let seen = (batch(&input.id)?, Version::new(input.version), input.approve);
        let key = IdempotencyKey::parse(&input.idempotency_key)?;
        let changed = cases::decide_payment_batch(app(ctx)?, caller(ctx)?, seen, &key).await?;
        Ok(SettlementChange::of(changed))
    }

    /// Take in the bank's answer to a batch, whole or not at all. 银行回盘
    async fn take_bank_answer(&self, ctx: &Context<'_>, input: TakeBankAnswerInput) -> Result<ID, ApiError> {
        let id = PaymentBatchId::parse(&input.batch).map_err(|refusal| refusal.at("batch"))?;
        let key = IdempotencyKey::parse(&input.idempotency_key)?;
        let answer = (id, input.form.form(), input.file.as_str());
        let taken = cases::take_bank_answer(app(ctx)?, caller(ctx)?, answer, &key).await?;
        Ok(ID(taken.to_string()))
    }
}

fn batch(id: &str) -> Result<PaymentBatchId, Refusal> {
    PaymentBatchId::parse(id).map_err(|refusal| refusal.at("id"))
}
