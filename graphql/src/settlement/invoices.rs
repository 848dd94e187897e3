//! Invoices, and the accounts that enterprises are paid to.
use async_graphql::connection::Connection;
use async_graphql::{Context, Enum, ID, InputObject, Object};
use jicai_domain::audit::IdempotencyKey;
use jicai_domain::errors::{Code, Refusal};
use jicai_domain::ids::{AcceptanceId, Id, InvoiceId};
use jicai_domain::procurement::values::{parse_count, parse_positive};
use jicai_domain::settlement::chain::{Before, Exemption};
use jicai_domain::settlement::matching::InvoiceNumber;
use jicai_service::settlement as cases;

use super::types::{SettlementChange, amount, organization};
use crate::asking::{app, caller};
use crate::connection::{connection, cost, page};
use crate::dates::Date;
use crate::error::ApiError;

/// 发票, an invoice or a red-letter note.
struct Invoice(cases::ShownInvoice);

#[Object]
impl Invoice {
    /// Its id.
    async fn id(&self) -> ID {
        ID(self.0.id.to_string())
    }

    /// Its number, 20 digits.
    async fn number(&self) -> &str {
        &self.0.number
    }

    /// Whether it is a red-letter note. 红字
    async fn red(&self) -> bool {
        self.0.red
    }

    /// The id of the enterprise.
    async fn supplier_id(&self) -> ID {
        ID(self.0.supplier.to_string())
    }

    /// The id of the hospital.
    async fn hospital_id(&self) -> ID {
        ID(self.0.hospital.to_string())
    }

    /// The day of issue.
    async fn issued_on(&self) -> Date {
        Date(self.0.issued_on)
    }

    /// Without tax, yuan.
    async fn amount(&self) -> String {
        self.0.amount.to_string()
    }

    /// The tax, yuan.
    async fn tax(&self) -> String {
        self.0.tax.to_string()
    }

    /// Whether it is void. 作废
    async fn void(&self) -> bool {
        self.0.void
    }

    /// What does not agree with what was accepted, as `line CODE invoiced expected`: such lines are not settled.
    async fn mismatches(&self) -> &[String] {
        &self.0.mismatches
    }
}

/// Queries about invoices.
#[derive(Default)]
pub(crate) struct InvoiceQuery;

#[Object]
impl InvoiceQuery {
    /// 发票, the invoices that the own organization issued or got, the newest first.
    #[graphql(complexity = "cost(first, child_complexity)")]
    async fn invoices(
        &self,
        ctx: &Context<'_>,
        first: Option<i32>,
        after: Option<String>,
    ) -> Result<Connection<String, Invoice>, ApiError> {
        let caller = caller(ctx)?;
        let page = page(first, after.as_deref(), InvoiceId::parse)?;
        let part = cases::invoices(app(ctx)?, caller, &page).await?;
        Ok(connection(part, |one| one.id.to_string(), Invoice))
    }
}

/// An invoice that is registered.
#[derive(InputObject)]
struct RegisterInvoiceInput {
    /// Its number, 20 digits, used once in the country.
    number: String,
    /// Of a red-letter note: the number of the invoice that it corrects.
    corrects: Option<String>,
    /// The hospital.
    hospital: ID,
    /// The seller's tax id as printed.
    seller_code: String,
    /// The buyer's tax id as printed.
    buyer_code: String,
    /// The day of issue.
    issued_on: Date,
    /// Its lines.
    lines: Vec<InvoiceLineInput>,
    /// A new key for a new request, the same for its repetition.
    idempotency_key: String,
}

/// A line as it is printed. Of a red-letter note everything is above zero, too.
#[derive(InputObject)]
struct InvoiceLineInput {
    /// The acceptance.
    acceptance: ID,
    /// Packs, as a decimal number.
    packs: String,
    /// Per pack with tax, yuan.
    price: String,
    /// Without tax, yuan.
    amount: String,
    /// The tax, yuan.
    tax: String,
    /// 首票, of a distributor's line: the number of the maker's invoice of the same batch, which is registered.
    first_invoice: Option<String>,
    /// In its place: why the rules ask for none.
    exemption: Option<ChainExemption>,
}

/// 两票制豁免, why no invoice of the maker stands behind a distributor's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "jicai_domain::settlement::chain::Exemption")]
enum ChainExemption {
    /// 进口药品国内总代理或生产企业独家商业公司.
    GeneralAgent,
    /// 集团内部调拨.
    GroupTransfer,
    /// 急抢救、灾害和疫情.
    Emergency,
    /// 偏远、交通不便的乡村.
    Remote,
    /// 麻醉药品和第一类精神药品.
    Controlled,
}

impl InvoiceLineInput {
    fn read(&self) -> Result<cases::InvoicedLine, Refusal> {
        let price =
            parse_positive(&self.price).map_err(|_text| Refusal::of(Code::PriceInvalid).at("price"))?;
        let packs = parse_count(&self.packs).map_err(|_text| Refusal::of(Code::AmountInvalid).at("packs"))?;
        Ok(cases::InvoicedLine {
            acceptance: AcceptanceId::parse(&self.acceptance).map_err(|refusal| refusal.at("acceptance"))?,
            packs,
            price,
            amount: amount(&self.amount, "amount")?,
            tax: amount(&self.tax, "tax")?,
            before: Before::read(
                self.first_invoice.as_deref(),
                self.exemption.map(|one| Exemption::from(one).label()),
            )?,
        })
    }
}

/// An invoice that is void.
#[derive(InputObject)]
struct VoidInvoiceInput {
    /// The invoice.
    id: ID,
    /// A new key for a new request, the same for its repetition.
    idempotency_key: String,
}

/// An account that is named.
#[derive(InputObject)]
struct SetPayeeAccountInput {
    /// The holder.
    holder: String,
    /// 联行号, the number of the bank's branch, 12 digits.
    bank_code: String,
    /// The account, 6 to 32 digits.
    account: String,
    /// A new key for a new request, the same for its repetition.
    idempotency_key: String,
}

/// Changes of invoices.
#[derive(Default)]
pub(crate) struct InvoiceMutation;

#[Object]
impl InvoiceMutation {
    /// Register an invoice or a red-letter note; each line is held against the acceptance that it names. 登记发票
    async fn register_invoice(&self, ctx: &Context<'_>, input: RegisterInvoiceInput) -> Result<ID, ApiError> {
        let caller = caller(ctx)?;
        let number = |text: &str, field| InvoiceNumber::parse(text).map_err(|refusal| refusal.at(field));
        let command = cases::RegisterInvoice {
            number: number(&input.number, "number")?,
            corrects: input.corrects.as_deref().map(|text| number(text, "corrects")).transpose()?,
            hospital: organization(&input.hospital, "hospital")?,
            seller_code: input.seller_code,
            buyer_code: input.buyer_code,
            issued_on: input.issued_on.0,
            lines: input.lines.iter().map(InvoiceLineInput::read).collect::<Result<_, _>>()?,
            key: IdempotencyKey::parse(&input.idempotency_key)?,
        };
        Ok(ID(cases::register_invoice(app(ctx)?, caller, command).await?.to_string()))
    }

    /// Mark an invoice as void, as the tax office has it. 作废发票
    async fn void_invoice(&self, ctx: &Context<'_>, input: VoidInvoiceInput) -> Result<ID, ApiError> {
        let id = InvoiceId::parse(&input.id).map_err(|refusal| refusal.at("id"))?;
        let key = IdempotencyKey::parse(&input.idempotency_key)?;
        Ok(ID(cases::void_invoice(app(ctx)?, caller(ctx)?, id, &key).await?.to_string()))
    }

    /// Name the account that the own organization is paid to. 登记收款账户
    #[graphql(complexity = "1 + child_complexity")]
    async fn set_payee_account(
        &self,
        ctx: &Context<'_>,
        input: SetPayeeAccountInput,
    ) -> Result<SettlementChange, ApiError> {
        let payee = cases::Payee { holder: input.holder, bank_code: input.bank_code, account: input.account };
        let key = IdempotencyKey::parse(&input.idempotency_key)?;
        Ok(SettlementChange::of(cases::set_payee_account(app(ctx)?, caller(ctx)?, payee, &key).await?))
    }
}
