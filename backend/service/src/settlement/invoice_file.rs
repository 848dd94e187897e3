//! A file of invoices, taken whole or not at all: a seller sends what its books say of a month, and half of a month is a wrong month.
use std::collections::{BTreeMap, BTreeSet};

use jicai_domain::audit::Act;
use jicai_domain::errors::{Code, Refusal};
use jicai_domain::identity::Scope;
use jicai_domain::ids::{AcceptanceId, InvoiceId, OrganizationId, UserId};
use jicai_domain::imports::ImportedInvoiceLine;
use jicai_domain::settlement::money::Money;
use jicai_store::settlement::chain::{Registered, registered};
use jicai_store::settlement::hold_pair;
use jicai_store::settlement::invoices::{self as rows, Invoice};
use jicai_store::{Tx, fresh};

use super::invoices::{INVOICE_LINES_MAX, InvoicedLine};
use super::judge::{Judge, Printed};
use crate::errors::Error;

/// A row of a file: its place among the rows, and what it says.
pub(crate) type FileRow = (usize, ImportedInvoiceLine);

/// What became of a file.
pub(crate) struct FileTaken {
    /// What was done.
    pub(crate) acts: Vec<Act>,
    /// What is wrong, with the row; where there is anything, nothing was done.
    pub(crate) wrong: Vec<(usize, Refusal)>,
}

/// Registers the invoices of a file, or says what is wrong with it. An invoice that is registered with the same words is left alone.
pub(crate) async fn register_file(
    tx: &mut Tx,
    (scope, by): (&Scope, UserId),
    file: Vec<FileRow>,
) -> Result<FileTaken, Error> {
    let supplier = scope.organization().ok_or(Refusal::of(Code::Forbidden))?;
    // Files of one seller come one after another.
    hold_pair(tx, supplier, supplier).await?;
    let mut groups: BTreeMap<String, Vec<FileRow>> = BTreeMap::new();
    for row in file {
        groups.entry(row.1.number.as_str().to_owned()).or_default().push(row);
    }
    let named = groups.values().flatten().filter_map(|(_, row)| row.corrects.as_ref());
    let named: BTreeSet<&str> =
        groups.keys().map(String::as_str).chain(named.map(|number| number.as_str())).collect();
    let known = registered(tx, &named.into_iter().collect::<Vec<_>>()).await?;
    let known: BTreeMap<String, Registered> =
        known.into_iter().map(|one| (one.number.clone(), one)).collect();
    let mut wrong = Vec::new();
    groups.retain(|number, rows| match new(supplier, known.get(number), rows) {
        Ok(new) => new,
        Err(fault) => {
            wrong.push(fault);
            false
        }
    });
    let invoices = judged(tx, (supplier, by), (&groups, &known), &mut wrong).await?;
    if !wrong.is_empty() {
        wrong.sort_by_key(|(at, _)| *at);
        return Ok(FileTaken { acts: Vec::new(), wrong });
    }
    if !invoices.is_empty() {
        rows::add(tx, &invoices).await?;
    }
    Ok(FileTaken { acts: told(supplier, &invoices)?, wrong })
}

/// Whether the invoice of those rows has to be registered. Errors: the first row that contradicts another one or what is registered.
fn new(
    supplier: OrganizationId,
    known: Option<&Registered>,
    rows: &[FileRow],
) -> Result<bool, (usize, Refusal)> {
    let Some((at, first)) = rows.first() else { return Ok(false) };
    if rows.len() > INVOICE_LINES_MAX {
        let most = format!("at most {INVOICE_LINES_MAX} rows of an invoice");
        return Err((*at, Refusal::of(Code::BatchTooLarge).at("invoice").allowing(most)));
    }
    for (at, row) in rows {
        let fields = [
            ("issuedOn", row.issued_on != first.issued_on),
            ("sellerCode", row.seller_code != first.seller_code),
            ("buyerCode", row.buyer_code != first.buyer_code),
            ("corrects", row.corrects != first.corrects),
        ];
        if let Some((field, _)) = fields.into_iter().find(|(_, differs)| *differs) {
            return Err((*at, Refusal::of(Code::InvoiceRowsDiffer).at(field)));
        }
    }
    match known {
        None => Ok(true),
        Some(known) if known.supplier() == supplier && known.said == said(first, rows) => Ok(false),
        Some(_) => Err((*at, Refusal::of(Code::InvoiceTaken).at("invoice"))),
    }
}

/// An invoice in the words of what is registered.
fn said(first: &ImportedInvoiceLine, rows: &[FileRow]) -> String {
    let corrects = first.corrects.as_ref().map_or("", |number| number.as_str());
    let head = format!("{corrects}|{}|{}|{}", first.seller_code, first.buyer_code, first.issued_on);
    rows.iter().fold(head, |said, (_, row)| {
        let (acceptance, price) = (rows::uuid_text(row.acceptance), row.price.normalize());
        format!("{said}|{acceptance} {} {price} {} {}", row.packs, row.amount.fen(), row.tax.fen())
    })
}

type Groups = BTreeMap<String, Vec<FileRow>>;

async fn judged(
    tx: &mut Tx,
    (supplier, by): (OrganizationId, UserId),
    (groups, known): (&Groups, &BTreeMap<String, Registered>),
    wrong: &mut Vec<(usize, Refusal)>,
) -> Result<Vec<Invoice>, Error> {
    let lines: BTreeMap<&String, Vec<InvoicedLine>> =
        groups.iter().map(|(number, rows)| (number, rows.iter().map(line).collect())).collect();
    let all: Vec<&InvoicedLine> = lines.values().flatten().collect();
    for hospital in hospitals(tx, supplier, &all).await? {
        hold_pair(tx, supplier, hospital).await?;
    }
    let mut judge = Judge::of(tx, supplier, &all).await?;
    let ids: BTreeMap<&String, InvoiceId> = groups.keys().map(|number| (number, fresh())).collect();
    let mut invoices = Vec::with_capacity(groups.len());
    // Red-letter notes come after what they correct.
    let red = |rows: &[FileRow]| rows.first().is_some_and(|(_, row)| row.corrects.is_some());
    for (number, rows) in
        groups.iter().filter(|(_, rows)| !red(rows)).chain(groups.iter().filter(|(_, rows)| red(rows)))
    {
        let Some((at, first)) = rows.first() else { continue };
        let lines = lines.get(number).map(Vec::as_slice).unwrap_or_default();
        let corrects = match corrected(supplier, first, (known, &ids)) {
            Ok(corrects) => corrects,
            Err(refusal) => {
                wrong.push((*at, refusal));
                continue;
            }
        };
        let printed = Printed {
            seller_code: &first.seller_code,
            buyer_code: &first.buyer_code,
            red: corrects.is_some(),
            hospital: None,
        };
        let mut judged = Vec::with_capacity(lines.len());
        let mut hospital = None;
        for ((at, _), one) in rows.iter().zip(lines) {
            let printed = Printed { hospital, ..printed };
            match judge.lines(&printed, std::slice::from_ref(one)) {
                Ok((of, line)) => {
                    hospital = hospital.or(of);
                    judged.extend(line);
                }
                Err(refusal) => wrong.push((*at, refusal)),
            }
        }
        let (Some(hospital), Some(id)) = (hospital, ids.get(number)) else { continue };
        invoices.push(Invoice {
            id: *id,
            number: first.number.clone(),
            corrects,
            supplier,
            hospital,
            seller_code: first.seller_code.clone(),
            buyer_code: first.buyer_code.clone(),
            issued_on: first.issued_on,
            lines: judged,
            by,
        });
    }
    Ok(invoices)
}

fn line((_, row): &FileRow) -> InvoicedLine {
    InvoicedLine {
        acceptance: row.acceptance,
        packs: row.packs,
        price: row.price,
        amount: row.amount,
        tax: row.tax,
        before: row.before.clone(),
    }
}

/// The hospitals of the lines' acceptances, in the order in which they are held.
async fn hospitals(
    tx: &mut Tx,
    supplier: OrganizationId,
    lines: &[&InvoicedLine],
) -> Result<BTreeSet<OrganizationId>, Error> {
    let wanted: BTreeSet<AcceptanceId> = lines.iter().map(|line| line.acceptance).collect();
    Ok(rows::hospitals_of(tx, supplier, &wanted.into_iter().collect::<Vec<_>>()).await?)
}

/// What a red-letter note corrects: an invoice that stands, or one of the same file. Errors: `NOT_FOUND`.
fn corrected(
    supplier: OrganizationId,
    row: &ImportedInvoiceLine,
    (known, ids): (&BTreeMap<String, Registered>, &BTreeMap<&String, InvoiceId>),
) -> Result<Option<InvoiceId>, Refusal> {
    let Some(number) = row.corrects.as_ref().map(|number| number.as_str().to_owned()) else {
        return Ok(None);
    };
    let standing =
        known.get(&number).filter(|one| one.supplier() == supplier && one.stands).map(Registered::id);
    let found = standing.or_else(|| ids.get(&number).copied());
    found.map(Some).ok_or_else(|| Refusal::of(Code::NotFound).at("corrects"))
}

/// An entry a hospital: how many invoices, how much, how many lines that do not match.
fn told(supplier: OrganizationId, invoices: &[Invoice]) -> Result<Vec<Act>, Refusal> {
    let mut sums: BTreeMap<OrganizationId, (usize, Money, usize)> = BTreeMap::new();
    for invoice in invoices {
        let (amount, tax) = invoice.total()?;
        let wrong = invoice.lines.iter().filter(|line| !line.mismatches.is_empty()).count();
        let sum = sums.entry(invoice.hospital).or_default();
        let total = sum.1.plus(amount)?.plus(tax)?;
        *sum = (sum.0.saturating_add(1), total, sum.2.saturating_add(wrong));
    }
    let act = |(hospital, (count, total, wrong)): (OrganizationId, (usize, Money, usize))| {
        Act::new("InvoicesRegistered", supplier)
            .concerning(hospital)
            .with("hospital", hospital)
            .with("invoices", count)
            .with("total", total)
            .with("mismatches", wrong)
    };
    Ok(sums.into_iter().map(act).collect())
}
