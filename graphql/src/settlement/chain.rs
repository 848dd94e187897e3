//! Makers' invoices to distributors (首票).
use async_graphql::connection::Connection;
use async_graphql::{Context, ID, InputObject, Object, SimpleObject};
use jicai_domain::audit::IdempotencyKey;
use jicai_domain::errors::{Code, Refusal};
use jicai_domain::identity::CreditCode;
use jicai_domain::ids::{FirstInvoiceId, Id};
use jicai_domain::procurement::values::parse_count;
use jicai_domain::settlement::matching::InvoiceNumber;
use jicai_service::settlement as cases;

use crate::asking::{app, caller};
use crate::connection::{connection, cost, page};
use crate::dates::Date;
use crate::error::ApiError;

/// 首票, a maker's invoice to a distributor.
struct FirstInvoice(cases::ShownFirstInvoice);

/// How much of a batch a maker's invoice is about.
#[derive(SimpleObject)]
struct FirstInvoiceBatch {
    /// 批号.
    batch: String,
    /// Packs, as a decimal number.
    packs: String,
}

#[Object]
impl FirstInvoice {
    /// Its id.
    async fn id(&self) -> ID {
        ID(self.0.id().to_string())
    }

    /// Its number, 20 digits.
    async fn number(&self) -> &str {
        &self.0.number
    }

    /// The maker's unified social credit code.
    async fn maker_code(&self) -> &str {
        &self.0.maker_code
    }

    /// The day of issue.
    async fn issued_on(&self) -> Date {
        Date(self.0.issued_on())
    }

    /// The batches that it is about.
    #[graphql(complexity = "1 + 10 * child_complexity")]
    async fn batches(&self) -> Vec<FirstInvoiceBatch> {
        let batch = |(batch, packs): (&str, i64)| FirstInvoiceBatch {
            batch: batch.to_owned(),
            packs: packs.to_string(),
        };
        self.0.batches().map(batch).collect()
    }
}

/// Queries about makers' invoices.
#[derive(Default)]
pub(crate) struct FirstInvoiceQuery;

#[Object]
impl FirstInvoiceQuery {
    /// 首票, the makers' invoices to the own organization, the newest first.
    #[graphql(complexity = "cost(first, child_complexity)")]
    async fn first_invoices(
        &self,
        ctx: &Context<'_>,
        first: Option<i32>,
        after: Option<String>,
    ) -> Result<Connection<String, FirstInvoice>, ApiError> {
        let caller = caller(ctx)?;
        let page = page(first, after.as_deref(), FirstInvoiceId::parse)?;
        let part = cases::first_invoices(app(ctx)?, caller, &page).await?;
        Ok(connection(part, |one| one.id().to_string(), FirstInvoice))
    }
}

/// A maker's invoice that is registered.
#[derive(InputObject)]
struct RegisterFirstInvoiceInput {
    /// Its number, 20 digits.
    number: String,
    /// The maker's unified social credit code as printed.
    maker_code: String,
    /// The day of issue.
    issued_on: Date,
    /// The batches that it is about, each once.
    batches: Vec<FirstInvoiceBatchInput>,
    /// A new key for a new request, the same for its repetition.
    idempotency_key: String,
}

/// A batch of a maker's invoice.
#[derive(InputObject)]
struct FirstInvoiceBatchInput {
    /// 批号.
    batch: String,
    /// Packs, as a decimal number.
    packs: String,
}

/// Changes of makers' invoices.
#[derive(Default)]
pub(crate) struct FirstInvoiceMutation;

#[Object]
impl FirstInvoiceMutation {
    /// Register a maker's invoice; it stands behind the own invoices of the same batches. 登记首票
    async fn register_first_invoice(
        &self,
        ctx: &Context<'_>,
        input: RegisterFirstInvoiceInput,
    ) -> Result<ID, ApiError> {
        let batch = |one: FirstInvoiceBatchInput| {
            let wrong = |_text| Refusal::of(Code::AmountInvalid).at("packs");
            Ok((one.batch.trim().to_owned(), parse_count(&one.packs).map_err(wrong)?))
        };
        let command = cases::RegisterFirstInvoice {
            number: InvoiceNumber::parse(&input.number)?,
            maker: CreditCode::parse(&input.maker_code).map_err(|refusal| refusal.at("makerCode"))?,
            issued_on: input.issued_on.0,
            batches: input.batches.into_iter().map(batch).collect::<Result<_, Refusal>>()?,
            key: IdempotencyKey::parse(&input.idempotency_key)?,
        };
        Ok(ID(cases::register_first_invoice(app(ctx)?, caller(ctx)?, command).await?.to_string()))
    }
}
