//! Invoices that enterprises register, held against what hospitals accepted.
use jicai_domain::audit::{Act, IdempotencyKey};
use jicai_domain::errors::{Code, Refusal};
use jicai_domain::identity::{Caller, Permission, Version};
use jicai_domain::ids::{AcceptanceId, InvoiceId, OrganizationId};
use jicai_domain::settlement::chain::Before;
use jicai_domain::settlement::matching::InvoiceNumber;
use jicai_domain::settlement::money::Money;
use jicai_domain::time::Day;
use jicai_store::audit::record;
use jicai_store::settlement::bank::{Payee, set_payee};
use jicai_store::settlement::hold_pair;
use jicai_store::settlement::invoices::{self as rows, Invoice, ShownInvoice};
use jicai_store::{Page, Part, fresh};
use rust_decimal::Decimal;

use super::judge::{Judge, Printed};
use crate::app::App;
use crate::audit::{Changed, actor, keyed, once};
use crate::errors::Error;

/// Lines of one invoice.
pub const INVOICE_LINES_MAX: usize = 1_000;

/// An invoice that is registered.
#[derive(Clone, Debug)]
pub struct RegisterInvoice {
    /// Its number.
    pub number: InvoiceNumber,
    /// Of a red-letter note, the number of the invoice that it corrects.
    pub corrects: Option<InvoiceNumber>,
    /// The hospital.
    pub hospital: OrganizationId,
    /// The seller's tax id as printed.
    pub seller_code: String,
    /// The buyer's tax id as printed.
    pub buyer_code: String,
    /// The day of issue.
    pub issued_on: Day,
    /// Its lines.
    pub lines: Vec<InvoicedLine>,
    /// The key of the request.
    pub key: IdempotencyKey,
}

/// A line as it is printed.
#[derive(Clone, Debug)]
pub struct InvoicedLine {
    /// The acceptance.
    pub acceptance: AcceptanceId,
    /// Packs.
    pub packs: u64,
    /// Per pack, with tax.
    pub price: Decimal,
    /// Without tax.
    pub amount: Money,
    /// The tax.
    pub tax: Money,
    /// What stands behind a distributor's line.
    pub before: Before,
}

/// Registers an invoice or a red-letter note. Each line is held against the acceptance that it names; what does not agree is kept with both
/// values, and is not settled. Errors: `FORBIDDEN`, `NOT_FOUND` for an acceptance that is not between the two or a maker's invoice that is not
/// registered, `INVOICE_CHAIN`, `INVOICE_TAKEN`, `BATCH_TOO_LARGE`, `AMOUNT_INVALID`.
pub async fn register_invoice(
    app: &App,
    caller: &Caller,
    command: RegisterInvoice,
) -> Result<InvoiceId, Error> {
    caller.require(Permission::ApplyForSettlement)?;
    let by = caller.user()?;
    if command.lines.is_empty() || command.lines.len() > INVOICE_LINES_MAX {
        let range = format!("1 to {INVOICE_LINES_MAX}");
        return Err(Refusal::of(Code::BatchTooLarge).at("lines").allowing(range).into());
    }
    let said = format!("{command:?}");
    let keyed = keyed(app, Some(caller), &command.key, "register_invoice", &[&said]);
    once(app, &keyed, async |tx| {
        let pair = (caller.organization, command.hospital);
        hold_pair(tx, pair.0, pair.1).await?;
        let corrects = match &command.corrects {
            Some(number) => Some(rows::corrected(tx, pair, number).await?),
            None => None,
        };
        let printed = Printed {
            seller_code: &command.seller_code,
            buyer_code: &command.buyer_code,
            red: corrects.is_some(),
            hospital: Some(command.hospital),
        };
        let mut judge = Judge::of(tx, pair.0, &command.lines.iter().collect::<Vec<_>>()).await?;
        let (_, lines) = judge.lines(&printed, &command.lines)?;
        let invoice = Invoice {
            id: fresh(),
            number: command.number.clone(),
            corrects,
            supplier: pair.0,
            hospital: pair.1,
            seller_code: command.seller_code.clone(),
            buyer_code: command.buyer_code.clone(),
            issued_on: command.issued_on,
            lines,
            by,
        };
        rows::add(tx, std::slice::from_ref(&invoice)).await?;
        let total = invoice.total()?;
        let wrong = invoice.lines.iter().filter(|line| !line.mismatches.is_empty()).count();
        let act = Act::new("InvoiceRegistered", invoice.id)
            .concerning(command.hospital)
            .with("number", command.number.as_str())
            .with("red", corrects.is_some())
            .with("amount", total.0)
            .with("tax", total.1)
            .with("lines", invoice.lines.len())
            .with("mismatches", wrong);
        Ok(record(tx, actor(caller), act, invoice.id).await?)
    })
    .await
}

/// Marks an invoice as void, as the tax office has it. Errors: `FORBIDDEN`, `NOT_FOUND`, `INVOICE_STATE` once a statement has a line of it.
pub async fn void_invoice(
    app: &App,
    caller: &Caller,
    invoice: InvoiceId,
    key: &IdempotencyKey,
) -> Result<InvoiceId, Error> {
    let scope = caller.require(Permission::ApplyForSettlement)?;
    caller.user()?;
    let said = invoice.to_string();
    let keyed = keyed(app, Some(caller), key, "void_invoice", &[&said]);
    once(app, &keyed, async |tx| {
        let hospital = rows::buyer(tx, &scope, invoice).await?;
        hold_pair(tx, caller.organization, hospital).await?;
        rows::void(tx, &scope, invoice).await?;
        let act = Act::new("InvoiceVoided", invoice).concerning(hospital);
        Ok(record(tx, actor(caller), act, invoice).await?)
    })
    .await
}

/// A part of the invoices that the caller's organization issued or got, the newest first. Errors: `FORBIDDEN`.
pub async fn invoices(
    app: &App,
    caller: &Caller,
    page: &Page<InvoiceId>,
) -> Result<Part<ShownInvoice>, Error> {
    let scope = caller.require(Permission::OwnSettlement)?;
    let mut tx = app.store.read().await?;
    Ok(rows::page(&mut tx, &scope, page).await?)
}

/// Names the account that the caller's organization is paid to; payments that are prepared later use it. Errors: `FORBIDDEN`, `PAYEE_INVALID`.
pub async fn set_payee_account(
    app: &App,
    caller: &Caller,
    payee: Payee,
    key: &IdempotencyKey,
) -> Result<Changed<OrganizationId>, Error> {
    caller.require(Permission::ApplyForSettlement)?;
    let by = caller.user()?;
    check(&payee)?;
    let said = format!("{payee:?}");
    let keyed = keyed(app, Some(caller), key, "set_payee_account", &[&said]);
    once(app, &keyed, async |tx| {
        let version = set_payee(tx, caller.organization, &payee, by).await?;
        let end: String = payee.account.chars().skip(payee.account.len().saturating_sub(4)).collect();
        let act = Act::new("PayeeAccountSet", caller.organization)
            .with("bank", &payee.bank_code)
            .with("accountEnd", end);
        let answer = Changed { id: caller.organization, version: Version::new(version) };
        Ok(record(tx, actor(caller), act, answer).await?)
    })
    .await
}

pub(super) fn check(payee: &Payee) -> Result<(), Refusal> {
    let digits = |text: &str, least: usize, most: usize| {
        (least..=most).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit())
    };
    let invalid = |field| Refusal::of(Code::PayeeInvalid).at(field);
    let holder = payee.holder.chars().count();
    if holder == 0 || holder > 200 || payee.holder.chars().any(char::is_control) {
        return Err(invalid("holder"));
    }
    if !digits(&payee.bank_code, 12, 12) {
        return Err(invalid("bankCode"));
    }
    if digits(&payee.account, 6, 32) { Ok(()) } else { Err(invalid("account")) }
}
