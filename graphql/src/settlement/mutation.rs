//! What can be done with the ledger.
use async_graphql::{Context, Enum, ID, InputObject, Object};
use jicai_domain::audit::IdempotencyKey;
use jicai_domain::errors::{Code, Refusal};
use jicai_domain::identity::{Reason, Version};
use jicai_domain::ids::{Id, LedgerEventId};
use jicai_domain::settlement::ledger::{Act, Event, Told};
use jicai_domain::settlement::money::Money;
use jicai_domain::time::Day;
use jicai_service::settlement as cases;

use super::types::{InsuranceScheme, SettlementChange, amount, book, organization};
use crate::asking::{app, caller};
use crate::dates::Date;
use crate::error::ApiError;

/// What may be prepared for the ledger.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
enum LedgerEventKind {
    /// 用款拨入: a fund-use request was paid in from the fiscal special account.
    Granted,
    /// 预付: a hospital is prepaid.
    Prepaid,
    /// 待遇审核: a hospital's claims were approved.
    Claimed,
    /// 归还代付款: a hospital paid back what was paid for it.
    Refunded,
    /// 归还预付: a hospital paid back prepayment.
    PrepaymentReturned,
}

impl LedgerEventKind {
    const fn label(self) -> &'static str {
        match self {
            Self::Granted => "GRANTED",
            Self::Prepaid => "PREPAID",
            Self::Claimed => "CLAIMED",
            Self::Refunded => "REFUNDED",
            Self::PrepaymentReturned => "PREPAYMENT_RETURNED",
        }
    }
}

/// A book that is opened.
#[derive(InputObject)]
struct OpenLedgerBookInput {
    /// The code of the pooling area.
    area: String,
    /// The scheme.
    scheme: InsuranceScheme,
    /// A new key for a new request, the same for its repetition.
    idempotency_key: String,
}

/// A month that is closed.
#[derive(InputObject)]
struct CloseLedgerMonthInput {
    /// The code of the pooling area.
    area: String,
    /// The scheme.
    scheme: InsuranceScheme,
    /// The month, `YYYY-MM`; it has to be over.
    month: String,
    /// A new key for a new request, the same for its repetition.
    idempotency_key: String,
}

/// An event that is prepared.
#[derive(InputObject)]
struct PrepareLedgerEventInput {
    /// An id that whoever tells of it makes: `led_` and 32 hex digits. The same id with the same content changes nothing.
    id: ID,
    /// The code of the pooling area.
    area: String,
    /// The scheme.
    scheme: InsuranceScheme,
    /// The day that it belongs to.
    day: Date,
    /// What happened.
    kind: LedgerEventKind,
    /// The hospital, of everything but `GRANTED`.
    hospital: Option<ID>,
    /// Yuan, above zero.
    amount: String,
    /// Of `PREPAID`: the year's contracted amount, yuan; no less than the share of the rules is prepaid.
    contracted: Option<String>,
    /// A new key for a new request, the same for its repetition.
    idempotency_key: String,
}

/// The use of a hospital's open claims that is prepared.
#[derive(InputObject)]
struct PrepareClaimsOffsetInput {
    /// An id that whoever tells of it makes: `led_` and 32 hex digits.
    id: ID,
    /// The code of the pooling area.
    area: String,
    /// The scheme.
    scheme: InsuranceScheme,
    /// The day that it belongs to.
    day: Date,
    /// The hospital.
    hospital: ID,
    /// A new key for a new request, the same for its repetition.
    idempotency_key: String,
}

/// What is decided about a prepared event.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
enum LedgerDecision {
    /// It is posted.
    Post,
    /// It is given up.
    Void,
}

/// What is decided about a prepared event.
#[derive(InputObject)]
struct DecideLedgerEventInput {
    /// The event.
    id: ID,
    /// The version that was seen.
    version: i32,
    /// What is decided.
    decision: LedgerDecision,
    /// Why it is given up.
    reason: Option<String>,
    /// A new key for a new request, the same for its repetition.
    idempotency_key: String,
}

/// Changes of the ledger.
#[derive(Default)]
pub(crate) struct LedgerMutation;

#[Object]
impl LedgerMutation {
    /// Open the book of a pooling area and scheme. 建立账套
    async fn open_ledger_book(
        &self,
        ctx: &Context<'_>,
        input: OpenLedgerBookInput,
    ) -> Result<bool, ApiError> {
        let key = IdempotencyKey::parse(&input.idempotency_key)?;
        let book = book(&input.area, input.scheme)?;
        cases::open_ledger_book(app(ctx)?, caller(ctx)?, book, &key).await?;
        Ok(true)
    }

    /// Close a book up to and with the end of a month. 结账
    async fn close_ledger_month(
        &self,
        ctx: &Context<'_>,
        input: CloseLedgerMonthInput,
    ) -> Result<bool, ApiError> {
        let key = IdempotencyKey::parse(&input.idempotency_key)?;
        let book = book(&input.area, input.scheme)?;
        let month = month(&input.month)?;
        cases::close_ledger_month(app(ctx)?, caller(ctx)?, (book, month), &key).await?;
        Ok(true)
    }

    /// Prepare an event of the ledger for another person: money paid in, a prepayment, approved claims, what a hospital pays back. 提请记账
    #[graphql(complexity = "1 + child_complexity")]
    async fn prepare_ledger_event(
        &self,
        ctx: &Context<'_>,
        input: PrepareLedgerEventInput,
    ) -> Result<SettlementChange, ApiError> {
        let caller = caller(ctx)?;
        let hospital = input.hospital.as_ref().map(|id| organization(id, "hospital")).transpose()?;
        let amounts = [amount(&input.amount, "amount")?, Money::ZERO, Money::ZERO];
        let told = Told { hospital, amounts, ..Told::default() };
        let act = Act::of(input.kind.label(), told);
        let act = act.ok_or_else(|| Refusal::of(Code::NotFound).at("hospital"))?;
        let (id, book) = (event(&input.id)?, book(&input.area, input.scheme)?);
        let contracted = input.contracted.as_deref().map(|text| amount(text, "contracted")).transpose()?;
        let key = IdempotencyKey::parse(&input.idempotency_key)?;
        let event = Event { id, book, day: input.day.0, act };
        let command = cases::PrepareEvent { event, contracted, key };
        Ok(SettlementChange::of(cases::prepare_event(app(ctx)?, caller, command).await?))
    }

    /// Prepare what a hospital's open claims are used for: against what was paid for it, against its prepayment, the rest to the hospital. 提请抵扣
    #[graphql(complexity = "1 + child_complexity")]
    async fn prepare_claims_offset(
        &self,
        ctx: &Context<'_>,
        input: PrepareClaimsOffsetInput,
    ) -> Result<SettlementChange, ApiError> {
        let caller = caller(ctx)?;
        let command = cases::PrepareCover {
            id: event(&input.id)?,
            book: book(&input.area, input.scheme)?,
            day: input.day.0,
            hospital: organization(&input.hospital, "hospital")?,
            key: IdempotencyKey::parse(&input.idempotency_key)?,
        };
        Ok(SettlementChange::of(cases::prepare_cover(app(ctx)?, caller, command).await?))
    }

    /// Post what another person prepared, or give it up. 复核记账
    #[graphql(complexity = "1 + child_complexity")]
    async fn decide_ledger_event(
        &self,
        ctx: &Context<'_>,
        input: DecideLedgerEventInput,
    ) -> Result<SettlementChange, ApiError> {
        let caller = caller(ctx)?;
        let decision = match input.decision {
            LedgerDecision::Post => cases::Decision::Post,
            LedgerDecision::Void => {
                cases::Decision::Void(Reason::parse(input.reason.as_deref().unwrap_or_default())?)
            }
        };
        let seen = (event(&input.id)?, Version::new(input.version));
        let key = IdempotencyKey::parse(&input.idempotency_key)?;
        Ok(SettlementChange::of(cases::decide_ledger_event(app(ctx)?, caller, seen, decision, &key).await?))
    }
}

fn event(id: &str) -> Result<LedgerEventId, Refusal> {
    LedgerEventId::parse(id).map_err(|refusal| refusal.at("id"))
}

/// The first day of a month.
pub(super) fn month(text: &str) -> Result<Day, Refusal> {
    let wrong = || Refusal::of(Code::DateInvalid).at("month").allowing("YYYY-MM");
    Day::parse(&format!("{text}-01")).ok_or_else(wrong)
}
