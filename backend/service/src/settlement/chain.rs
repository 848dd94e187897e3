//! Makers' invoices, which distributors register before their own (两票制).
use std::collections::BTreeSet;

use jicai_domain::audit::{Act, IdempotencyKey};
use jicai_domain::errors::{Code, Refusal};
use jicai_domain::identity::{Caller, CreditCode, Permission};
use jicai_domain::ids::FirstInvoiceId;
use jicai_domain::settlement::matching::InvoiceNumber;
use jicai_domain::time::Day;
use jicai_store::audit::record;
use jicai_store::settlement::chain::{self as rows, FirstInvoice, ShownFirstInvoice};
use jicai_store::{Page, Part, fresh};

use super::invoices::INVOICE_LINES_MAX;
use crate::app::App;
use crate::audit::{actor, keyed, once};
use crate::errors::Error;

/// A maker's invoice that is registered.
#[derive(Clone, Debug)]
pub struct RegisterFirstInvoice {
    /// Its number.
    pub number: InvoiceNumber,
    /// The maker.
    pub maker: CreditCode,
    /// The day of issue.
    pub issued_on: Day,
    /// How many packs of which batch.
    pub batches: Vec<(String, u64)>,
    /// The key of the request.
    pub key: IdempotencyKey,
}

/// Registers a maker's invoice to the caller's organization; it stands behind as many packs of a batch as it is about. Errors: `FORBIDDEN`,
/// `INVOICE_TAKEN`, `BATCH_TOO_LARGE`, `INVOICE_CHAIN` for a batch that is named twice or not at all.
pub async fn register_first_invoice(
    app: &App,
    caller: &Caller,
    command: RegisterFirstInvoice,
) -> Result<FirstInvoiceId, Error> {
    caller.require(Permission::ApplyForSettlement)?;
    let by = caller.user()?;
    if command.batches.is_empty() || command.batches.len() > INVOICE_LINES_MAX {
        let range = format!("1 to {INVOICE_LINES_MAX}");
        return Err(Refusal::of(Code::BatchTooLarge).at("lines").allowing(range).into());
    }
    let named: BTreeSet<&str> = command.batches.iter().map(|(batch, _)| batch.as_str()).collect();
    let sound = |batch: &&str| (1..=60).contains(&batch.chars().count());
    if named.len() != command.batches.len() || !named.iter().all(sound) {
        let each = "each batch once, 1 to 60 characters";
        return Err(Refusal::of(Code::InvoiceChain).at("batch").allowing(each).into());
    }
    let said = format!("{command:?}");
    let keyed = keyed(app, Some(caller), &command.key, "register_first_invoice", &[&said]);
    once(app, &keyed, async |tx| {
        let invoice = FirstInvoice {
            id: fresh(),
            number: command.number.clone(),
            maker_code: command.maker.as_str().to_owned(),
            distributor: caller.organization,
            issued_on: command.issued_on,
            batches: command.batches.clone(),
            by,
        };
        rows::add(tx, &invoice).await?;
        let act = Act::new("FirstInvoiceRegistered", invoice.id)
            .with("number", command.number.as_str())
            .with("maker", command.maker.as_str())
            .with("batches", command.batches.len());
        Ok(record(tx, actor(caller), act, invoice.id).await?)
    })
    .await
}

/// A part of the makers' invoices to the caller's organization, the newest first. Errors: `FORBIDDEN`.
pub async fn first_invoices(
    app: &App,
    caller: &Caller,
    page: &Page<FirstInvoiceId>,
) -> Result<Part<ShownFirstInvoice>, Error> {
    let scope = caller.require(Permission::OwnSettlement)?;
    let mut tx = app.store.read().await?;
    Ok(rows::page(&mut tx, scope.organization(), page).await?)
}
