//! Settlement statements.
use async_graphql::connection::Connection;
use async_graphql::{Context, Enum, ID, InputObject, Object};
use jicai_domain::audit::IdempotencyKey;
use jicai_domain::errors::{Code, Refusal};
use jicai_domain::identity::{Reason, Version};
use jicai_domain::ids::{Id, StatementId, StatementLineId};
use jicai_domain::settlement::statement::{Answer, StatementState};
use jicai_service::settlement as cases;

use super::mutation::month;
use super::types::{InsuranceScheme, LedgerBookInput, SettlementChange, amount, organization};
use crate::asking::{app, caller};
use crate::connection::{connection, cost, page};
use crate::dates::{Date, DateTime};
use crate::error::ApiError;

/// Disputes in one answer.
const DISPUTES_MAX: usize = 5_000;

/// Where a statement stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
pub(super) enum StatementStatus {
    /// 已申请.
    Applied,
    /// 已确认.
    Confirmed,
    /// 已审核.
    Reviewed,
    /// 已复核: it is owed.
    Approved,
    /// 已支付.
    Paid,
    /// 已抵扣.
    Offset,
    /// 已办结.
    Closed,
    /// 已退回.
    Returned,
}

impl StatementStatus {
    const fn of(state: StatementState) -> Self {
        match state {
            StatementState::Applied => Self::Applied,
            StatementState::Confirmed => Self::Confirmed,
            StatementState::Reviewed { .. } => Self::Reviewed,
            StatementState::Approved => Self::Approved,
            StatementState::Paid => Self::Paid,
            StatementState::Offset => Self::Offset,
            StatementState::Closed => Self::Closed,
            StatementState::Returned => Self::Returned,
        }
    }

    const fn label(self) -> &'static str {
        match self {
            Self::Applied => "APPLIED",
            Self::Confirmed => "CONFIRMED",
            Self::Reviewed => "REVIEWED",
            Self::Approved => "APPROVED",
            Self::Paid => "PAID",
            Self::Offset => "OFFSET",
            Self::Closed => "CLOSED",
            Self::Returned => "RETURNED",
        }
    }
}

/// 结算单, what an enterprise asks to be paid for a month, a hospital, a pooling area and a scheme.
struct SettlementStatement(cases::Statement);

#[Object]
impl SettlementStatement {
    /// Its id.
    async fn id(&self) -> ID {
        ID(self.0.id.to_string())
    }

    /// How often it changed.
    async fn version(&self) -> i32 {
        self.0.version.number()
    }

    /// The first day of the month.
    async fn month(&self) -> Date {
        Date(self.0.subject.month)
    }

    /// The id of the hospital.
    async fn hospital_id(&self) -> ID {
        ID(self.0.subject.hospital.to_string())
    }

    /// The id of the enterprise.
    async fn supplier_id(&self) -> ID {
        ID(self.0.subject.supplier.to_string())
    }

    /// The code of the pooling area.
    async fn area(&self) -> String {
        self.0.subject.book.area.to_string()
    }

    /// The scheme.
    async fn scheme(&self) -> InsuranceScheme {
        InsuranceScheme::of(self.0.subject.book.scheme)
    }

    /// Where it stands.
    async fn status(&self) -> StatementStatus {
        StatementStatus::of(self.0.state)
    }

    /// The rules of its deadlines; `none` where those of the area are not known.
    async fn rules(&self) -> &str {
        &self.0.rules
    }

    /// By when the hospital answers, where it is known.
    async fn confirm_by(&self) -> Option<Date> {
        self.0.confirm_by.map(Date)
    }

    /// What is asked for, yuan.
    async fn asked(&self) -> String {
        self.0.asked.to_string()
    }

    /// What is taken off for goods that went back, yuan.
    async fn credit(&self) -> String {
        self.0.credit.to_string()
    }

    /// Credit of an earlier month that is taken off, yuan.
    async fn carried_in(&self) -> String {
        self.0.carried_in.to_string()
    }

    /// What is paid, yuan; known once the hospital has answered.
    async fn payable(&self) -> String {
        self.0.net.payable.to_string()
    }

    /// What is disputed, yuan.
    async fn held(&self) -> String {
        self.0.net.held.to_string()
    }

    /// Credit that a later month takes off, yuan.
    async fn carried_out(&self) -> String {
        self.0.net.carried.to_string()
    }

    /// What is confirmed and put off to a later statement, because the hospital owes the fund as much as it may, yuan.
    async fn deferred(&self) -> String {
        self.0.net.deferred.to_string()
    }

    /// Whether it was confirmed by the hospital's silence.
    async fn confirmed_itself(&self) -> bool {
        self.0.confirmed_itself
    }

    /// By when the next step is due: the hospital's answer, then the payment. None where nothing is left to do, or the day is not known.
    async fn due_on(&self) -> Option<Date> {
        cases::due(&self.0).map(|(day, _)| Date(day))
    }

    /// How many days it is overdue; 0 where it is not.
    async fn overdue_days(&self) -> i32 {
        cases::due(&self.0).map_or(0, |(_, late)| i32::try_from(late).unwrap_or(i32::MAX))
    }

    /// Why it was sent back.
    async fn reason(&self) -> Option<&str> {
        self.0.reason.as_deref()
    }

    /// When it was applied for.
    async fn applied_at(&self) -> DateTime {
        DateTime(self.0.applied_at)
    }

    /// When it came to where it is.
    async fn status_since(&self) -> DateTime {
        DateTime(self.0.status_since)
    }
}

/// A line of a statement. It is in no other one.
struct StatementLine(cases::ShownLine);

#[Object]
impl StatementLine {
    /// Its id.
    async fn id(&self) -> ID {
        ID(self.0.id.to_string())
    }

    /// `INVOICE`, `RESOLVED` (what an earlier dispute left to pay), `DEFERRED` (what an earlier limit left to pay) or `CREDIT` (goods that went back).
    async fn kind(&self) -> &str {
        &self.0.kind
    }

    /// The id of the acceptance that it is about.
    async fn acceptance_id(&self) -> Option<ID> {
        self.0.acceptance.map(|acceptance| ID(acceptance.to_string()))
    }

    /// The number of the invoice.
    async fn invoice_number(&self) -> Option<&str> {
        self.0.invoice.as_deref()
    }

    /// What is asked for, or taken off, yuan.
    async fn asked(&self) -> String {
        self.0.line.asked.to_string()
    }

    /// What of it the hospital disputes, yuan; none before it has answered.
    async fn disputed(&self) -> Option<String> {
        match self.0.line.answer {
            Answer::Open => None,
            Answer::Confirmed => Some("0.00".to_owned()),
            Answer::Disputed(amount) => Some(amount.to_string()),
        }
    }

    /// Why it is disputed.
    async fn reason(&self) -> Option<&str> {
        self.0.reason.as_deref()
    }

    /// What of the dispute is to be paid after all, yuan.
    async fn resolved(&self) -> Option<String> {
        self.0.resolved.map(|resolved| resolved.to_string())
    }
}

/// Queries about statements.
#[derive(Default)]
pub(crate) struct StatementQuery;

#[Object]
impl StatementQuery {
    /// 结算单, a statement of the own organization or the jurisdiction.
    async fn settlement_statement(&self, ctx: &Context<'_>, id: ID) -> Result<SettlementStatement, ApiError> {
        let caller = caller(ctx)?;
        Ok(SettlementStatement(cases::statement(app(ctx)?, caller, statement(&id)?).await?))
    }

    /// Such statements, the newest first.
    #[graphql(complexity = "cost(first, child_complexity)")]
    async fn settlement_statements(
        &self,
        ctx: &Context<'_>,
        status: Option<StatementStatus>,
        first: Option<i32>,
        after: Option<String>,
    ) -> Result<Connection<String, SettlementStatement>, ApiError> {
        let caller = caller(ctx)?;
        let page = page(first, after.as_deref(), StatementId::parse)?;
        let status = status.map(StatementStatus::label);
        let part = cases::statements(app(ctx)?, caller, status, &page).await?;
        Ok(connection(part, |one| one.id.to_string(), SettlementStatement))
    }

    /// The lines of a statement.
    #[graphql(complexity = "cost(first, child_complexity)")]
    async fn statement_lines(
        &self,
        ctx: &Context<'_>,
        statement: ID,
        first: Option<i32>,
        after: Option<String>,
    ) -> Result<Connection<String, StatementLine>, ApiError> {
        let caller = caller(ctx)?;
        let page = page(first, after.as_deref(), StatementLineId::parse)?;
        let id = StatementId::parse(&statement).map_err(|refusal| refusal.at("statement"))?;
        let part = cases::statement_lines(app(ctx)?, caller, id, &page).await?;
        Ok(connection(part, |one| one.id.to_string(), StatementLine))
    }
}

/// A month that is applied for.
#[derive(InputObject)]
struct ApplyForSettlementInput {
    /// The month, `YYYY-MM`; it has to be over.
    month: String,
    /// The hospital.
    hospital: ID,
    /// The book.
    book: LedgerBookInput,
    /// A new key for a new request, the same for its repetition.
    idempotency_key: String,
}

/// A statement that is applied for again.
#[derive(InputObject)]
struct ReapplyForSettlementInput {
    /// The statement.
    id: ID,
    /// The version that was seen.
    version: i32,
    /// A new key for a new request, the same for its repetition.
    idempotency_key: String,
}

/// What a hospital answers to a statement.
#[derive(InputObject)]
struct AnswerStatementInput {
    /// The statement.
    id: ID,
    /// The version that was seen.
    version: i32,
    /// What is disputed; everything else is confirmed.
    disputes: Vec<DisputeInput>,
    /// A new key for a new request, the same for its repetition.
    idempotency_key: String,
}

/// A dispute of a line.
#[derive(InputObject)]
struct DisputeInput {
    /// The line.
    line: ID,
    /// How much of it, yuan.
    amount: String,
    /// Why.
    reason: String,
}

impl DisputeInput {
    fn read(&self) -> Result<cases::Dispute, Refusal> {
        Ok(cases::Dispute {
            line: StatementLineId::parse(&self.line).map_err(|refusal| refusal.at("line"))?,
            amount: amount(&self.amount, "amount")?,
            reason: Reason::parse(&self.reason)?.as_str().to_owned(),
        })
    }
}

/// What becomes of a dispute.
#[derive(InputObject)]
struct ResolveDisputeInput {
    /// The line.
    line: ID,
    /// What of it is to be paid after all, yuan.
    amount: String,
    /// A new key for a new request, the same for its repetition.
    idempotency_key: String,
}

/// What the agency does with a statement.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
enum StatementDecision {
    /// A clerk has reviewed it. 审核
    Review,
    /// Another one approves: it is owed. 复核
    Approve,
    /// It goes back to the enterprise. 退回
    Return,
}

/// What the agency does with a statement.
#[derive(InputObject)]
struct DecideStatementInput {
    /// The statement.
    id: ID,
    /// The version that was seen.
    version: i32,
    /// What is decided.
    decision: StatementDecision,
    /// Of an approval: whether as much as the hospital may owe is approved and the rest put off to a later statement. Else all or nothing.
    #[graphql(default)]
    in_part: bool,
    /// Why it goes back.
    reason: Option<String>,
    /// A new key for a new request, the same for its repetition.
    idempotency_key: String,
}

/// Changes of statements.
#[derive(Default)]
pub(crate) struct StatementMutation;

#[Object]
impl StatementMutation {
    /// Apply for the settlement of a month with a hospital. 申请结算
    #[graphql(complexity = "1 + child_complexity")]
    async fn apply_for_settlement(
        &self,
        ctx: &Context<'_>,
        input: ApplyForSettlementInput,
    ) -> Result<SettlementChange, ApiError> {
        let command = cases::ApplyForSettlement {
            month: month(&input.month)?,
            hospital: organization(&input.hospital, "hospital")?,
            book: input.book.read()?,
            key: IdempotencyKey::parse(&input.idempotency_key)?,
        };
        Ok(SettlementChange::of(cases::apply_for_settlement(app(ctx)?, caller(ctx)?, command).await?))
    }

    /// Apply again for a statement that the agency sent back. 重新申请
    #[graphql(complexity = "1 + child_complexity")]
    async fn reapply_for_settlement(
        &self,
        ctx: &Context<'_>,
        input: ReapplyForSettlementInput,
    ) -> Result<SettlementChange, ApiError> {
        let seen = (statement(&input.id)?, Version::new(input.version));
        let key = IdempotencyKey::parse(&input.idempotency_key)?;
        Ok(SettlementChange::of(cases::reapply_for_settlement(app(ctx)?, caller(ctx)?, seen, &key).await?))
    }

    /// Confirm a statement, but for the lines that are disputed. 确认结算单
    #[graphql(complexity = "1 + child_complexity")]
    async fn answer_statement(
        &self,
        ctx: &Context<'_>,
        input: AnswerStatementInput,
    ) -> Result<SettlementChange, ApiError> {
        if input.disputes.len() > DISPUTES_MAX {
            let many = Refusal::of(Code::BatchTooLarge).at("disputes");
            return Err(many.allowing(format!("at most {DISPUTES_MAX}")).into());
        }
        let seen = (statement(&input.id)?, Version::new(input.version));
        let disputes: Vec<cases::Dispute> =
            input.disputes.iter().map(DisputeInput::read).collect::<Result<_, _>>()?;
        let key = IdempotencyKey::parse(&input.idempotency_key)?;
        let (app, caller) = (app(ctx)?, caller(ctx)?);
        Ok(SettlementChange::of(cases::answer_statement(app, caller, seen, &disputes, &key).await?))
    }

    /// Say what of a dispute is to be paid after all; it enters the next statement. 处理争议
    async fn resolve_dispute(&self, ctx: &Context<'_>, input: ResolveDisputeInput) -> Result<ID, ApiError> {
        let line = StatementLineId::parse(&input.line).map_err(|refusal| refusal.at("line"))?;
        let payable = amount(&input.amount, "amount")?;
        let key = IdempotencyKey::parse(&input.idempotency_key)?;
        let line = cases::resolve_dispute(app(ctx)?, caller(ctx)?, (line, payable), &key).await?;
        Ok(ID(line.to_string()))
    }

    /// Review a statement, approve it as another person, or send it back. 审核、复核或退回结算单
    #[graphql(complexity = "1 + child_complexity")]
    async fn decide_statement(
        &self,
        ctx: &Context<'_>,
        input: DecideStatementInput,
    ) -> Result<SettlementChange, ApiError> {
        let decision = match input.decision {
            StatementDecision::Review => cases::StatementDecision::Review,
            StatementDecision::Approve => cases::StatementDecision::Approve { in_part: input.in_part },
            StatementDecision::Return => {
                cases::StatementDecision::Return(Reason::parse(input.reason.as_deref().unwrap_or_default())?)
            }
        };
        let seen = (statement(&input.id)?, Version::new(input.version));
        let key = IdempotencyKey::parse(&input.idempotency_key)?;
        let (app, caller) = (app(ctx)?, caller(ctx)?);
        Ok(SettlementChange::of(cases::decide_statement(app, caller, seen, decision, &key).await?))
    }
}

fn statement(id: &str) -> Result<StatementId, Refusal> {
    StatementId::parse(id).map_err(|refusal| refusal.at("id"))
}
