//! What stands before a settlement: designation, terms of an area, letters about what hospitals owe, and what they paid back.
use async_graphql::connection::Connection;
use async_graphql::{Context, Enum, ID, InputObject, Object, SimpleObject};
use jicai_domain::audit::IdempotencyKey;
use jicai_domain::errors::{Code, Refusal};
use jicai_domain::identity::{Reason, RegionCode, Version};
use jicai_domain::ids::{DesignationId, Id, LedgerEventId, ReceivableLetterId};
use jicai_domain::settlement::ledger::{Act, Event};
use jicai_domain::settlement::money::Money;
use jicai_domain::time::Day;
use jicai_service::settlement as cases;

use super::types::{InsuranceScheme, LedgerBookInput, SettlementChange, amount, organization};
use crate::asking::{app, caller};
use crate::connection::{connection, cost, page};
use crate::dates::Date;
use crate::error::ApiError;

/// 定点, from when until when the fund of an area settles what an institution buys.
struct Designation(cases::Designation);

#[Object]
impl Designation {
    /// Its id.
    async fn id(&self) -> ID {
        ID(self.0.id.to_string())
    }

    /// How often it changed.
    async fn version(&self) -> i32 {
        self.0.version.number()
    }

    /// The code of the pooling area.
    async fn area(&self) -> String {
        self.0.area.to_string()
    }

    /// The id of the hospital.
    async fn hospital_id(&self) -> ID {
        ID(self.0.hospital.to_string())
    }

    /// The first day.
    async fn begins(&self) -> Date {
        Date(self.0.begins)
    }

    /// The last day, where it ends.
    async fn ends(&self) -> Option<Date> {
        self.0.ends.map(Date)
    }

    /// Why it ends.
    async fn reason(&self) -> Option<&str> {
        self.0.reason.as_deref()
    }
}

/// 催缴函, a letter about what a hospital owes the fund for what was paid on its commission.
struct ReceivableLetter(cases::Letter);

/// A part of what is owed.
#[derive(SimpleObject)]
struct OpenReceivable {
    /// The day on which it began to be owed.
    since: Date,
    /// How many days before the letter that was.
    age_days: i32,
    /// Yuan.
    amount: String,
}

#[Object]
impl ReceivableLetter {
    /// Its id.
    async fn id(&self) -> ID {
        ID(self.0.id.to_string())
    }

    /// The code of the pooling area.
    async fn area(&self) -> String {
        self.0.book.area.to_string()
    }

    /// The scheme.
    async fn scheme(&self) -> InsuranceScheme {
        InsuranceScheme::of(self.0.book.scheme)
    }

    /// The id of the hospital.
    async fn hospital_id(&self) -> ID {
        ID(self.0.hospital.to_string())
    }

    /// How much is asked for, yuan.
    async fn amount(&self) -> String {
        self.0.amount().to_string()
    }

    /// Its parts by age, the oldest first.
    #[graphql(complexity = "1 + 10 * child_complexity")]
    async fn open(&self) -> Vec<OpenReceivable> {
        let part = |(since, amount): &(Day, Money)| OpenReceivable {
            since: Date(*since),
            age_days: i32::try_from(since.days_to(self.0.issued_on)).unwrap_or(i32::MAX),
            amount: amount.to_string(),
        };
        self.0.open.iter().map(part).collect()
    }

    /// The day of the letter.
    async fn issued_on(&self) -> Date {
        Date(self.0.issued_on)
    }

    /// By when it is answered, where the calendar is known.
    async fn answer_by(&self) -> Option<Date> {
        self.0.answer_by.map(Date)
    }

    /// The rules that say so.
    async fn rules(&self) -> &str {
        &self.0.rules
    }
}

/// Queries about what stands before a settlement.
#[derive(Default)]
pub(crate) struct GateQuery;

#[Object]
impl GateQuery {
    /// 定点, the designations of the jurisdiction or of the own organization, the newest first.
    #[graphql(complexity = "cost(first, child_complexity)")]
    async fn designations(
        &self,
        ctx: &Context<'_>,
        first: Option<i32>,
        after: Option<String>,
    ) -> Result<Connection<String, Designation>, ApiError> {
        let caller = caller(ctx)?;
        let page = page(first, after.as_deref(), DesignationId::parse)?;
        let part = cases::designations(app(ctx)?, caller, &page).await?;
        Ok(connection(part, |one| one.id.to_string(), Designation))
    }

    /// 催缴函, the letters of the jurisdiction or to the own organization, the newest first.
    #[graphql(complexity = "cost(first, child_complexity)")]
    async fn receivable_letters(
        &self,
        ctx: &Context<'_>,
        first: Option<i32>,
        after: Option<String>,
    ) -> Result<Connection<String, ReceivableLetter>, ApiError> {
        let caller = caller(ctx)?;
        let page = page(first, after.as_deref(), ReceivableLetterId::parse)?;
        let part = cases::receivable_letters(app(ctx)?, caller, &page).await?;
        Ok(connection(part, |one| one.id.to_string(), ReceivableLetter))
    }
}

/// A hospital that is designated.
#[derive(InputObject)]
struct DesignateHospitalInput {
    /// The code of the pooling area.
    area: String,
    /// The hospital.
    hospital: ID,
    /// The first day.
    begins: Date,
    /// A new key for a new request, the same for its repetition.
    idempotency_key: String,
}

/// A designation that ends.
#[derive(InputObject)]
struct EndDesignationInput {
    /// The designation.
    id: ID,
    /// The version that was seen.
    version: i32,
    /// Its last day.
    ends: Date,
    /// Why.
    reason: String,
    /// A new key for a new request, the same for its repetition.
    idempotency_key: String,
}

/// What a pooling area chooses within its rules.
#[derive(InputObject)]
struct SetSettlementTermsInput {
    /// The code of the pooling area.
    area: String,
    /// Whether a statement that the hospital does not answer in time is confirmed, after it was told.
    confirms_itself: bool,
    /// A new key for a new request, the same for its repetition.
    idempotency_key: String,
}

/// The account that a book pays from.
#[derive(InputObject)]
struct SetPayingAccountInput {
    /// The book.
    book: LedgerBookInput,
    /// The holder.
    holder: String,
    /// 联行号, the number of the bank's branch, 12 digits.
    bank_code: String,
    /// The account, 6 to 32 digits.
    account: String,
    /// A new key for a new request, the same for its repetition.
    idempotency_key: String,
}

/// A hospital that is asked for what it owes.
#[derive(InputObject)]
struct AskReceivableBackInput {
    /// The book.
    book: LedgerBookInput,
    /// The hospital.
    hospital: ID,
    /// A new key for a new request, the same for its repetition.
    idempotency_key: String,
}

/// What a hospital paid back.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
enum RefundKind {
    /// 归还代付款: what was paid on its commission.
    Refunded,
    /// 归还预付: prepayment.
    PrepaymentReturned,
}

/// What a hospital paid back.
#[derive(InputObject)]
struct TellRefundInput {
    /// An id that whoever tells of it makes: `led_` and 32 hex digits. The same id with the same content changes nothing.
    id: ID,
    /// The book.
    book: LedgerBookInput,
    /// The day that it belongs to.
    day: Date,
    /// What was paid back.
    kind: RefundKind,
    /// Yuan, above zero.
    amount: String,
    /// A new key for a new request, the same for its repetition.
    idempotency_key: String,
}

/// Changes of what stands before a settlement.
#[derive(Default)]
pub(crate) struct GateMutation;

#[Object]
impl GateMutation {
    /// Designate a hospital from a day on: the fund settles what it buys. 确定定点
    #[graphql(complexity = "1 + child_complexity")]
    async fn designate_hospital(
        &self,
        ctx: &Context<'_>,
        input: DesignateHospitalInput,
    ) -> Result<SettlementChange, ApiError> {
        let wanted = (area(&input.area)?, organization(&input.hospital, "hospital")?, input.begins.0);
        let key = IdempotencyKey::parse(&input.idempotency_key)?;
        Ok(SettlementChange::of(cases::designate(app(ctx)?, caller(ctx)?, wanted, &key).await?))
    }

    /// End a designation after a day. 终止定点
    #[graphql(complexity = "1 + child_complexity")]
    async fn end_designation(
        &self,
        ctx: &Context<'_>,
        input: EndDesignationInput,
    ) -> Result<SettlementChange, ApiError> {
        let id = DesignationId::parse(&input.id).map_err(|refusal| refusal.at("id"))?;
        let (seen, reason) = ((id, Version::new(input.version)), Reason::parse(&input.reason)?);
        let key = IdempotencyKey::parse(&input.idempotency_key)?;
        let (app, caller, end) = (app(ctx)?, caller(ctx)?, (input.ends.0, &reason));
        Ok(SettlementChange::of(cases::end_designation(app, caller, seen, end, &key).await?))
    }

    /// Say whether silence confirms the statements of an area; without that it does where the rules have it so. 设置结算规则
    #[graphql(complexity = "1 + child_complexity")]
    async fn set_settlement_terms(
        &self,
        ctx: &Context<'_>,
        input: SetSettlementTermsInput,
    ) -> Result<SettlementChange, ApiError> {
        let wanted = (area(&input.area)?, input.confirms_itself);
        let key = IdempotencyKey::parse(&input.idempotency_key)?;
        Ok(SettlementChange::of(cases::set_silence(app(ctx)?, caller(ctx)?, wanted, &key).await?))
    }

    /// Name the account that a book pays from. 登记支出户
    #[graphql(complexity = "1 + child_complexity")]
    async fn set_paying_account(
        &self,
        ctx: &Context<'_>,
        input: SetPayingAccountInput,
    ) -> Result<SettlementChange, ApiError> {
        let book = input.book.read()?;
        let account =
            cases::Payee { holder: input.holder, bank_code: input.bank_code, account: input.account };
        let key = IdempotencyKey::parse(&input.idempotency_key)?;
        let changed = cases::set_paying_account(app(ctx)?, caller(ctx)?, (book, account), &key).await?;
        Ok(SettlementChange::of(changed))
    }

    /// Ask a hospital for what it owes for longer than the rules let it. 催缴
    async fn ask_receivable_back(
        &self,
        ctx: &Context<'_>,
        input: AskReceivableBackInput,
    ) -> Result<ID, ApiError> {
        let wanted = (input.book.read()?, organization(&input.hospital, "hospital")?);
        let key = IdempotencyKey::parse(&input.idempotency_key)?;
        let letter = cases::ask_receivable_back(app(ctx)?, caller(ctx)?, wanted, &key).await?;
        Ok(ID(letter.to_string()))
    }

    /// Tell of what the own hospital paid back; the agency posts it. 申报归还
    #[graphql(complexity = "1 + child_complexity")]
    async fn tell_refund(
        &self,
        ctx: &Context<'_>,
        input: TellRefundInput,
    ) -> Result<SettlementChange, ApiError> {
        let caller = caller(ctx)?;
        let (hospital, amount) = (caller.organization, amount(&input.amount, "amount")?);
        let act = match input.kind {
            RefundKind::Refunded => Act::Refunded { hospital, amount },
            RefundKind::PrepaymentReturned => Act::PrepaymentReturned { hospital, amount },
        };
        let id = LedgerEventId::parse(&input.id).map_err(|refusal| refusal.at("id"))?;
        let event = Event { id, book: input.book.read()?, day: input.day.0, act };
        let key = IdempotencyKey::parse(&input.idempotency_key)?;
        let command = cases::PrepareEvent { event, contracted: None, key };
        Ok(SettlementChange::of(cases::tell_refund(app(ctx)?, caller, command).await?))
    }
}

fn area(code: &str) -> Result<RegionCode, Refusal> {
    RegionCode::parse(code).map_err(|_code| Refusal::of(Code::RegionUnknown).at("area"))
}
