//! A row of a table of invoices: a line of one. The rows of an invoice say the same of it.
use rust_decimal::Decimal;

use crate::errors::{Code, Refusal};
use crate::ids::{AcceptanceId, Id};
use crate::procurement::values::{parse_count, parse_positive};
use crate::settlement::chain::Before;
use crate::settlement::matching::InvoiceNumber;
use crate::settlement::money::Money;
use crate::time::Day;

/// The columns, each with the headers that name it.
pub(super) const COLUMNS: &[&[&str]] = &[
    &["发票号码", "invoice"],
    &["开票日期", "issued on"],
    &["销方统一社会信用代码", "seller code"],
    &["购方统一社会信用代码", "buyer code"],
    &["验收编号", "acceptance"],
    &["数量", "packs"],
    &["含税单价", "price"],
    &["金额", "amount"],
    &["税额", "tax"],
    &["红冲发票号码", "corrects"],
    &["首票号码", "first invoice"],
    &["两票制豁免", "exemption"],
];

/// So many of the last may be missing.
pub(super) const OPTIONAL: usize = 3;

/// A line of an invoice as one row tells of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ImportedInvoiceLine {
    /// The number of the invoice.
    pub number: InvoiceNumber,
    /// The day of issue.
    pub issued_on: Day,
    /// The seller's tax id as printed.
    pub seller_code: String,
    /// The buyer's tax id as printed.
    pub buyer_code: String,
    /// Of a red-letter note, the number of the invoice that it corrects.
    pub corrects: Option<InvoiceNumber>,
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

/// Reads the fields in the order of the columns. Errors: the first field's that is wrong.
pub fn read_invoice_line(fields: &[&str]) -> Result<ImportedInvoiceLine, Refusal> {
    let field = |at: usize| fields.get(at).copied().unwrap_or_default().trim();
    let given = |at: usize| Some(field(at)).filter(|text| !text.is_empty());
    let code = |at: usize, name: &'static str| {
        let wrong = || Refusal::of(Code::CreditCodeInvalid).at(name);
        given(at).filter(|text| text.chars().count() <= 40).map(str::to_owned).ok_or_else(wrong)
    };
    let amount = |at: usize, name: &'static str| {
        let wrong = || Refusal::of(Code::AmountInvalid).at(name).allowing("0.00");
        Money::parse(field(at)).ok().filter(|amount| *amount >= Money::ZERO).ok_or_else(wrong)
    };
    let wrong_day = || Refusal::of(Code::DateInvalid).at("issuedOn").allowing("YYYY-MM-DD");
    let packs = parse_count(field(5)).ok().filter(|packs| *packs >= 1);
    let corrects = given(9).map(InvoiceNumber::parse).transpose();
    Ok(ImportedInvoiceLine {
        number: InvoiceNumber::parse(field(0))?,
        issued_on: Day::parse(field(1)).ok_or_else(wrong_day)?,
        seller_code: code(2, "sellerCode")?,
        buyer_code: code(3, "buyerCode")?,
        corrects: corrects.map_err(|refusal| refusal.at("corrects"))?,
        acceptance: AcceptanceId::parse(field(4)).map_err(|refusal| refusal.at("acceptance"))?,
        packs: packs.ok_or_else(|| Refusal::of(Code::DecimalInvalid).at("packs").allowing(">= 1"))?,
        price: parse_positive(field(6)).map_err(|_value| Refusal::of(Code::DecimalInvalid).at("price"))?,
        amount: amount(7, "amount")?,
        tax: amount(8, "tax")?,
        before: Before::read(given(10), given(11))?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const RIGHT: [&str; 12] = [
        "25322000000012345678",
        "2026-02-01",
        "914403001922038216",
        "12320000466000512X",
        "acc_00000000000000000000000000000001",
        "10",
        "4.8504",
        "42.92",
        "5.58",
        "",
        "",
        "remote",
    ];

    #[test]
    fn a_row_is_a_line_and_says_what_is_wrong_with_it() {
        let read = read_invoice_line(&RIGHT).unwrap();
        assert_eq!((read.packs, read.amount.fen(), read.corrects), (10, 4_292, None));
        let short = read_invoice_line(&RIGHT[..9]).unwrap();
        assert_eq!(short.before, Before::Nothing);
        let faults = [
            (0, "2532", Code::InvoiceInvalid, "invoice"),
            (1, "2026-02-30", Code::DateInvalid, "issuedOn"),
            (2, "", Code::CreditCodeInvalid, "sellerCode"),
            (3, "", Code::CreditCodeInvalid, "buyerCode"),
            (4, "验收1", Code::IdMalformed, "acceptance"),
            (5, "0", Code::DecimalInvalid, "packs"),
            (5, "1.5", Code::DecimalInvalid, "packs"),
            (6, "0", Code::DecimalInvalid, "price"),
            (7, "42.921", Code::AmountInvalid, "amount"),
            (8, "-5.58", Code::AmountInvalid, "tax"),
            (9, "1", Code::InvoiceInvalid, "corrects"),
            (10, "25322000000012345679", Code::InvoiceChain, "exemption"),
            (11, "无", Code::InvoiceChain, "exemption"),
        ];
        for (at, text, code, field) in faults {
            let mut row = RIGHT;
            row[at] = text;
            let refusal = read_invoice_line(&row).unwrap_err();
            assert_eq!((refusal.code, refusal.field), (code, Some(field)), "{at} {text}");
        }
    }
}
