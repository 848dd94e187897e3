//! The ledger as it is read.
use async_graphql::connection::Connection;
use async_graphql::{Context, Enum, ID, InputObject, Object, SimpleObject};
use jicai_domain::errors::{Code, Refusal};
use jicai_domain::ids::{Id, LedgerEventId, OrganizationId};
use jicai_domain::settlement::ledger::Side;
use jicai_domain::settlement::money::Money;
use jicai_domain::settlement::proposal::ProposalState;
use jicai_service::settlement as cases;

use super::types::{InsuranceScheme, LedgerBookInput, cursor, organization};
use crate::asking::{app, caller};
use crate::connection::{connection, cost, page};
use crate::dates::{Date, DateTime};
use crate::error::ApiError;

/// 账套, the book of a pooling area and scheme.
struct LedgerBook(cases::Closed);

#[Object]
impl LedgerBook {
    /// The code of the pooling area.
    async fn area(&self) -> String {
        self.0.book.area.to_string()
    }

    /// The scheme.
    async fn scheme(&self) -> InsuranceScheme {
        InsuranceScheme::of(self.0.book.scheme)
    }

    /// The last day that is closed.
    async fn closed_until(&self) -> Option<Date> {
        self.0.until.map(Date)
    }
}

/// An account of a book: `CASH` 支出户存款, `PREPAYMENT` 预付, `RECEIVABLE` 代付应收, `EXPENSE` 待遇支出, `TRANSIT` 在途, `PAYABLE` 应付企业,
/// `CLAIM` 应付医疗机构 or `FUNDING` 专户拨入.
struct LedgerAccount(cases::Balance);

#[Object]
impl LedgerAccount {
    /// The code of the pooling area.
    async fn area(&self) -> String {
        self.0.book.area.to_string()
    }

    /// The scheme.
    async fn scheme(&self) -> InsuranceScheme {
        InsuranceScheme::of(self.0.book.scheme)
    }

    /// Which account.
    async fn account(&self) -> &'static str {
        self.0.account.label()
    }

    /// The id of the hospital or supplier that it is about.
    async fn party_id(&self) -> Option<ID> {
        self.0.account.party().map(|party| ID(party.to_string()))
    }

    /// All its debits, yuan.
    async fn debits(&self) -> String {
        self.0.debits.to_string()
    }

    /// All its credits, yuan.
    async fn credits(&self) -> String {
        self.0.credits.to_string()
    }

    /// What it holds on its own side, yuan; never below zero.
    async fn balance(&self) -> String {
        self.0.held.to_string()
    }
}

/// 分录, a side of a transfer.
#[derive(SimpleObject)]
struct LedgerEntry {
    /// Which account.
    account: &'static str,
    /// The id of the hospital or supplier that it is about.
    party_id: Option<ID>,
    /// `DEBIT` 借 or `CREDIT` 贷.
    side: &'static str,
    /// Yuan.
    amount: String,
}

impl LedgerEntry {
    fn of(entry: &cases::Entry) -> Self {
        Self {
            account: entry.account.label(),
            party_id: entry.account.party().map(|party| ID(party.to_string())),
            side: match entry.side {
                Side::Debit => "DEBIT",
                Side::Credit => "CREDIT",
            },
            amount: entry.amount.to_string(),
        }
    }
}

/// 记账事项, something that happened to the money of a book. It is never changed.
struct LedgerEvent(cases::ShownEvent);

#[Object]
impl LedgerEvent {
    /// Its id, as whoever told of it gave it.
    async fn id(&self) -> ID {
        ID(self.0.event.id.to_string())
    }

    /// The code of the pooling area.
    async fn area(&self) -> String {
        self.0.event.book.area.to_string()
    }

    /// The scheme.
    async fn scheme(&self) -> InsuranceScheme {
        InsuranceScheme::of(self.0.event.book.scheme)
    }

    /// The day that it belongs to.
    async fn day(&self) -> Date {
        Date(self.0.event.day)
    }

    /// What happened: `GRANTED`, `PREPAID`, `SETTLED`, `INSTRUCTED`, `PAID`, `FAILED`, `RETURNED`, `CLAIMED`, `COVERED`, `REFUNDED`,
    /// `PREPAYMENT_RETURNED` or `RETAINED`.
    async fn kind(&self) -> &'static str {
        self.0.event.act.label()
    }

    /// The id of the payment that it is about.
    async fn payment_id(&self) -> Option<ID> {
        self.0.event.act.told().payment.map(|payment| ID(payment.to_string()))
    }

    /// Its entries, at most six.
    #[graphql(complexity = "1 + 2 * child_complexity")]
    async fn entries(&self) -> Vec<LedgerEntry> {
        self.0.entries.iter().map(LedgerEntry::of).collect()
    }

    /// When it was posted.
    async fn posted_at(&self) -> DateTime {
        DateTime(self.0.posted_at)
    }
}

/// Where a prepared event stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
pub(super) enum LedgerProposalStatus {
    /// A second person has to decide.
    Pending,
    /// It is posted.
    Posted,
    /// It is not posted and never will be.
    Voided,
}

impl LedgerProposalStatus {
    const fn of(state: &ProposalState) -> Self {
        match state {
            ProposalState::Pending => Self::Pending,
            ProposalState::Posted { .. } => Self::Posted,
            ProposalState::Voided { .. } => Self::Voided,
        }
    }

    const fn label(self) -> &'static str {
        match self {
            Self::Pending => "PENDING",
            Self::Posted => "POSTED",
            Self::Voided => "VOIDED",
        }
    }
}

/// 提请记账, an event that one person prepared and another has to post.
struct LedgerProposal(cases::Proposal);

impl LedgerProposal {
    fn told(&self, place: usize) -> Option<Money> {
        self.0.event.act.told().amounts.get(place).copied()
    }
}

#[Object]
impl LedgerProposal {
    /// The id of the event.
    async fn id(&self) -> ID {
        ID(self.0.event.id.to_string())
    }

    /// How often it changed.
    async fn version(&self) -> i32 {
        self.0.version.number()
    }

    /// Where it stands.
    async fn status(&self) -> LedgerProposalStatus {
        LedgerProposalStatus::of(&self.0.state)
    }

    /// The code of the pooling area.
    async fn area(&self) -> String {
        self.0.event.book.area.to_string()
    }

    /// The scheme.
    async fn scheme(&self) -> InsuranceScheme {
        InsuranceScheme::of(self.0.event.book.scheme)
    }

    /// The day that it belongs to.
    async fn day(&self) -> Date {
        Date(self.0.event.day)
    }

    /// What happened.
    async fn kind(&self) -> &'static str {
        self.0.event.act.label()
    }

    /// The id of the hospital that it is about.
    async fn hospital_id(&self) -> Option<ID> {
        self.0.event.act.told().hospital.map(|hospital| ID(hospital.to_string()))
    }

    /// How much, yuan; of a use of claims, what is offset against what was paid for the hospital.
    async fn amount(&self) -> Option<String> {
        self.told(0).map(|amount| amount.to_string())
    }

    /// Of a use of claims: what is taken of the prepayment, yuan.
    async fn recovered(&self) -> Option<String> {
        self.told(1).map(|amount| amount.to_string())
    }

    /// Of a use of claims: what is paid to the hospital, yuan.
    async fn disbursed(&self) -> Option<String> {
        self.told(2).map(|amount| amount.to_string())
    }

    /// Of a prepayment: the year's contracted amount that it is a share of, yuan.
    async fn contracted(&self) -> Option<String> {
        self.0.contracted.map(|contracted| contracted.to_string())
    }

    /// Who prepared it.
    async fn prepared_by_id(&self) -> ID {
        ID(self.0.prepared_by.to_string())
    }

    /// When.
    async fn prepared_at(&self) -> DateTime {
        DateTime(self.0.prepared_at)
    }

    /// Why it was given up.
    async fn reason(&self) -> Option<&str> {
        match &self.0.state {
            ProposalState::Voided { reason, .. } => Some(reason.as_str()),
            ProposalState::Pending | ProposalState::Posted { .. } => None,
        }
    }
}

/// 垫付情况, what the fund has laid out for a hospital.
struct HospitalExposure(cases::Exposure);

#[Object]
impl HospitalExposure {
    /// The id of the hospital.
    async fn hospital_id(&self) -> ID {
        ID(self.0.outlay.hospital.to_string())
    }

    /// Paid on its commission and not offset, yuan.
    async fn receivable(&self) -> String {
        self.0.outlay.receivable.to_string()
    }

    /// Prepaid and not recovered, yuan.
    async fn prepayment(&self) -> String {
        self.0.outlay.prepaid.to_string()
    }

    /// Approved claims that are not used yet, yuan.
    async fn open_claims(&self) -> String {
        self.0.outlay.claims_open.to_string()
    }

    /// The most that may be receivable by the rules, yuan; none before the hospital has claimed anything.
    async fn limit(&self) -> Option<String> {
        self.0.limit.map(|limit| limit.to_string())
    }

    /// The day of the oldest statement that claims have not covered.
    async fn uncovered_since(&self) -> Option<Date> {
        self.0.outlay.since.map(Date)
    }

    /// The rules that the limit is reckoned by.
    async fn rules(&self) -> &str {
        &self.0.rules
    }
}

/// Whether every balance is that of its entries, reckoned when it is asked for.
#[derive(SimpleObject)]
struct LedgerProof {
    /// Events, as a decimal number.
    events: String,
    /// Entries, as a decimal number.
    entries: String,
    /// What differs, at most 100; empty where everything agrees.
    faults: Vec<String>,
}

/// A part of the ledger.
#[derive(InputObject)]
struct LedgerPartInput {
    /// Of one book.
    book: Option<LedgerBookInput>,
    /// Of one hospital or supplier.
    party: Option<ID>,
}

/// Queries about the ledger.
#[derive(Default)]
pub(crate) struct LedgerQuery;

#[Object]
impl LedgerQuery {
    /// 账套, the books of the jurisdiction.
    #[graphql(complexity = "cost(first, child_complexity)")]
    async fn ledger_books(
        &self,
        ctx: &Context<'_>,
        first: Option<i32>,
        after: Option<String>,
    ) -> Result<Connection<String, LedgerBook>, ApiError> {
        let caller = caller(ctx)?;
        let page = page(first, after.as_deref(), cursor)?;
        let part = cases::books(app(ctx)?, caller, &page).await?;
        Ok(connection(part, |one| one.book.to_string(), LedgerBook))
    }

    /// 余额, the accounts of the jurisdiction, or those of the own organization.
    #[graphql(complexity = "cost(first, child_complexity)")]
    async fn ledger_accounts(
        &self,
        ctx: &Context<'_>,
        of: Option<LedgerPartInput>,
        first: Option<i32>,
        after: Option<String>,
    ) -> Result<Connection<String, LedgerAccount>, ApiError> {
        let caller = caller(ctx)?;
        let page = page(first, after.as_deref(), cursor)?;
        let wanted = wanted(of.as_ref())?;
        let part = cases::balances(app(ctx)?, caller, wanted, &page).await?;
        Ok(connection(part, cases::Balance::key, LedgerAccount))
    }

    /// 日记账, the journal of the jurisdiction in the order of posting.
    #[graphql(complexity = "cost(first, child_complexity)")]
    async fn ledger_events(
        &self,
        ctx: &Context<'_>,
        of: Option<LedgerPartInput>,
        first: Option<i32>,
        after: Option<String>,
    ) -> Result<Connection<String, LedgerEvent>, ApiError> {
        let caller = caller(ctx)?;
        let position = |text: &str| text.parse::<i64>().map_err(|_text| Refusal::of(Code::CursorInvalid));
        let page = page(first, after.as_deref(), position)?;
        let wanted = wanted(of.as_ref())?;
        let part = cases::events(app(ctx)?, caller, wanted, &page).await?;
        Ok(connection(part, |one| one.position.to_string(), LedgerEvent))
    }

    /// 提请记账, what was prepared for the ledger, the newest first.
    #[graphql(complexity = "cost(first, child_complexity)")]
    async fn ledger_proposals(
        &self,
        ctx: &Context<'_>,
        status: Option<LedgerProposalStatus>,
        first: Option<i32>,
        after: Option<String>,
    ) -> Result<Connection<String, LedgerProposal>, ApiError> {
        let caller = caller(ctx)?;
        let page = page(first, after.as_deref(), LedgerEventId::parse)?;
        let status = status.map(LedgerProposalStatus::label);
        let part = cases::proposals_of(app(ctx)?, caller, status, &page).await?;
        Ok(connection(part, |one| one.event.id.to_string(), LedgerProposal))
    }

    /// 垫付情况, what the fund has laid out by hospital, with the limit of the rules.
    #[graphql(complexity = "cost(first, child_complexity)")]
    async fn hospital_exposures(
        &self,
        ctx: &Context<'_>,
        book: LedgerBookInput,
        first: Option<i32>,
        after: Option<String>,
    ) -> Result<Connection<String, HospitalExposure>, ApiError> {
        let caller = caller(ctx)?;
        let page = page(first, after.as_deref(), OrganizationId::parse)?;
        let part = cases::exposures(app(ctx)?, caller, book.read()?, &page).await?;
        Ok(connection(part, |one| one.outlay.hospital.to_string(), HospitalExposure))
    }

    /// 账实核对: whether every balance of the jurisdiction is that of its entries, reckoned now.
    #[graphql(complexity = "10 + child_complexity")]
    async fn ledger_proof(&self, ctx: &Context<'_>) -> Result<LedgerProof, ApiError> {
        let proof = cases::proof_of(app(ctx)?, caller(ctx)?).await?;
        Ok(LedgerProof {
            events: proof.events.to_string(),
            entries: proof.entries.to_string(),
            faults: proof.faults,
        })
    }
}

fn wanted(of: Option<&LedgerPartInput>) -> Result<cases::Wanted, Refusal> {
    let Some(of) = of else { return Ok(cases::Wanted::default()) };
    let book = of.book.as_ref().map(LedgerBookInput::read).transpose()?;
    let party = of.party.as_ref().map(|party| organization(party, "party")).transpose()?;
    Ok(cases::Wanted { book, party })
}
