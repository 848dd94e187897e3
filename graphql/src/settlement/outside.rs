//! What hospitals pay enterprises themselves, and how much of what was accepted is paid.
use async_graphql::connection::Connection;
use async_graphql::{Context, ID, InputObject, Object};
use jicai_domain::audit::IdempotencyKey;
use jicai_domain::errors::{Code, Refusal};
use jicai_domain::identity::{Reason, Version};
use jicai_domain::ids::{AcceptanceId, Id, OrganizationId, OutsidePaymentId};
use jicai_domain::procurement::values::parse_name;
use jicai_domain::settlement::money::Money;
use jicai_domain::settlement::outside::OutsideState;
use jicai_service::settlement as cases;

use super::types::{SettlementChange, amount, organization, percent, yuan};
use crate::asking::{app, caller};
use crate::connection::{connection, cost, page};
use crate::dates::Date;
use crate::error::ApiError;

/// 渠道外支付, what a hospital paid an enterprise itself.
struct OutsidePayment(cases::OutsidePayment);

#[Object]
impl OutsidePayment {
    /// Its id.
    async fn id(&self) -> ID {
        ID(self.0.id.to_string())
    }

    /// How often it changed.
    async fn version(&self) -> i32 {
        self.0.version.number()
    }

    /// The id of the hospital.
    async fn hospital_id(&self) -> ID {
        ID(self.0.hospital.to_string())
    }

    /// The id of the enterprise.
    async fn supplier_id(&self) -> ID {
        ID(self.0.supplier.to_string())
    }

    /// When it was paid.
    async fn paid_on(&self) -> Date {
        Date(self.0.paid_on)
    }

    /// How much, yuan.
    async fn amount(&self) -> String {
        self.0.amount.to_string()
    }

    /// The bank's number of it, as the hospital has it.
    async fn reference(&self) -> &str {
        &self.0.reference
    }

    /// `REPORTED` until the enterprise answers, `CONFIRMED` or `DENIED`.
    async fn status(&self) -> &str {
        self.0.state.label()
    }

    /// Why the enterprise denies it.
    async fn reason(&self) -> Option<&str> {
        match &self.0.state {
            OutsideState::Denied { reason, .. } => Some(reason.as_str()),
            OutsideState::Reported | OutsideState::Confirmed { .. } => None,
        }
    }
}

/// 回款率, what became of the goods that a hospital accepted.
struct PaymentRate(cases::Rate);

#[Object]
impl PaymentRate {
    /// The id of the hospital.
    async fn hospital_id(&self) -> ID {
        ID(self.0.hospital().to_string())
    }

    /// What it accepted and kept, yuan.
    async fn accepted(&self) -> String {
        yuan(self.0.kept)
    }

    /// What of it the fund paid, yuan.
    async fn paid_directly(&self) -> String {
        yuan(self.0.direct)
    }

    /// What of it the hospital paid itself, as the enterprises confirm, yuan.
    async fn paid_outside(&self) -> String {
        yuan(self.0.outside)
    }

    /// What no statement asks for and nobody paid, yuan.
    async fn unasked(&self) -> String {
        yuan(self.0.unasked)
    }

    /// 直接结算占比, the percentage that the fund paid of all that was accepted; none where nothing was.
    async fn direct_share(&self) -> Option<String> {
        percent(self.0.direct, self.0.kept)
    }

    /// What was to be paid by now, yuan.
    async fn due(&self) -> String {
        yuan(self.0.due)
    }

    /// What of that is not paid, yuan.
    async fn overdue(&self) -> String {
        yuan(self.0.overdue)
    }

    /// 回款率, the percentage that was paid of all that was to be paid by now; none where nothing was.
    async fn rate(&self) -> Option<String> {
        percent(self.0.due.saturating_sub(self.0.overdue), self.0.due)
    }

    /// Whether anything is overdue.
    async fn behind(&self) -> bool {
        self.0.overdue > 0
    }
}

/// 逾期未回款, goods that should have been paid.
struct OverdueGoods(cases::Overdue);

#[Object]
impl OverdueGoods {
    /// The id of the acceptance.
    async fn acceptance_id(&self) -> ID {
        ID(self.0.acceptance.to_string())
    }

    /// The id of the hospital.
    async fn hospital_id(&self) -> ID {
        ID(self.0.hospital.to_string())
    }

    /// The id of the enterprise that waits.
    async fn supplier_id(&self) -> ID {
        ID(self.0.supplier.to_string())
    }

    /// When they were accepted.
    async fn accepted_on(&self) -> Date {
        Date(self.0.accepted_on)
    }

    /// By when they were to be paid.
    async fn pay_by(&self) -> Date {
        Date(self.0.pay_by)
    }

    /// How many days ago that was.
    async fn days(&self) -> i32 {
        self.0.days
    }

    /// What is not paid, yuan.
    async fn open(&self) -> String {
        yuan(self.0.open)
    }

    /// Whether a statement asks the fund for it.
    async fn asked_directly(&self) -> bool {
        self.0.asked
    }
}

/// Goods that were accepted on some days.
#[derive(InputObject)]
struct AcceptedDaysInput {
    /// The first day.
    from: Date,
    /// The last day.
    until: Date,
}

/// Queries about payments outside direct settlement, and about what is paid at all.
#[derive(Default)]
pub(crate) struct OutsideQuery;

#[Object]
impl OutsideQuery {
    /// 渠道外支付, those of the own organization or of the jurisdiction's hospitals, the newest first.
    #[graphql(complexity = "cost(first, child_complexity)")]
    async fn outside_payments(
        &self,
        ctx: &Context<'_>,
        first: Option<i32>,
        after: Option<String>,
    ) -> Result<Connection<String, OutsidePayment>, ApiError> {
        let caller = caller(ctx)?;
        let page = page(first, after.as_deref(), OutsidePaymentId::parse)?;
        let part = cases::outside_payments(app(ctx)?, caller, &page).await?;
        Ok(connection(part, |one| one.id.to_string(), OutsidePayment))
    }

    /// 回款率与直接结算占比, what became of the goods that hospitals accepted on some days, by hospital.
    #[graphql(complexity = "cost(first, child_complexity)")]
    async fn payment_rates(
        &self,
        ctx: &Context<'_>,
        of: AcceptedDaysInput,
        first: Option<i32>,
        after: Option<String>,
    ) -> Result<Connection<String, PaymentRate>, ApiError> {
        let caller = caller(ctx)?;
        let page = page(first, after.as_deref(), OrganizationId::parse)?;
        let part = cases::payment_rates(app(ctx)?, caller, (of.from.0, of.until.0), &page).await?;
        Ok(connection(part, |one| one.hospital().to_string(), PaymentRate))
    }

    /// 逾期未回款, goods that should have been paid, directly or outside, the oldest first.
    #[graphql(complexity = "cost(first, child_complexity)")]
    async fn overdue_goods(
        &self,
        ctx: &Context<'_>,
        first: Option<i32>,
        after: Option<String>,
    ) -> Result<Connection<String, OverdueGoods>, ApiError> {
        let caller = caller(ctx)?;
        let page = page(first, after.as_deref(), AcceptanceId::parse)?;
        let part = cases::overdue_goods(app(ctx)?, caller, &page).await?;
        Ok(connection(part, |one| one.acceptance.to_string(), OverdueGoods))
    }
}

/// What a hospital paid for an acceptance.
#[derive(InputObject)]
struct OutsidePaymentLineInput {
    /// The id of the acceptance.
    acceptance: ID,
    /// How much, yuan.
    amount: String,
}

impl OutsidePaymentLineInput {
    fn read(&self) -> Result<(AcceptanceId, Money), Refusal> {
        let acceptance = AcceptanceId::parse(&self.acceptance).map_err(|refusal| refusal.at("acceptance"))?;
        Ok((acceptance, amount(&self.amount, "amount")?))
    }
}

/// What a hospital paid an enterprise itself.
#[derive(InputObject)]
struct ReportOutsidePaymentInput {
    /// The id of the enterprise.
    supplier: ID,
    /// When it was paid.
    paid_on: Date,
    /// The bank's number of it.
    reference: String,
    /// What it was paid for.
    lines: Vec<OutsidePaymentLineInput>,
    /// A new key for a new request, the same for its repetition.
    idempotency_key: String,
}

/// Whether the money came.
#[derive(InputObject)]
struct AnswerOutsidePaymentInput {
    /// The id of the payment.
    id: ID,
    /// The version that was seen.
    version: i32,
    /// Whether it came.
    came: bool,
    /// Where it did not: what was found.
    reason: Option<String>,
    /// A new key for a new request, the same for its repetition.
    idempotency_key: String,
}

/// Changes of payments outside direct settlement.
#[derive(Default)]
pub(crate) struct OutsideMutation;

#[Object]
impl OutsideMutation {
    /// Tell, as a hospital, of what it paid an enterprise itself. 报送自行支付
    #[graphql(complexity = "1 + child_complexity")]
    async fn report_outside_payment(
        &self,
        ctx: &Context<'_>,
        input: ReportOutsidePaymentInput,
    ) -> Result<SettlementChange, ApiError> {
        let wrong = Refusal::of(Code::NameInvalid).at("reference").allowing("1 to 100 characters");
        let reference = parse_name(&input.reference).ok().filter(|text| text.chars().count() <= 100);
        let command = cases::ReportOutside {
            supplier: organization(&input.supplier, "supplier")?,
            paid_on: input.paid_on.0,
            reference: reference.ok_or(wrong)?.to_owned(),
            lines: input.lines.iter().map(OutsidePaymentLineInput::read).collect::<Result<_, _>>()?,
            key: IdempotencyKey::parse(&input.idempotency_key)?,
        };
        Ok(SettlementChange::of(cases::report_outside_payment(app(ctx)?, caller(ctx)?, command).await?))
    }

    /// Answer, as the enterprise, whether the money came. 确认到账
    #[graphql(complexity = "1 + child_complexity")]
    async fn answer_outside_payment(
        &self,
        ctx: &Context<'_>,
        input: AnswerOutsidePaymentInput,
    ) -> Result<SettlementChange, ApiError> {
        let seen = (OutsidePaymentId::parse(&input.id)?, Version::new(input.version));
        let reason = input.reason.as_deref().unwrap_or_default();
        let deny = (!input.came).then(|| Reason::parse(reason)).transpose()?;
        let key = IdempotencyKey::parse(&input.idempotency_key)?;
        Ok(SettlementChange::of(
            cases::answer_outside_payment(app(ctx)?, caller(ctx)?, seen, deny, &key).await?,
        ))
    }
}
