//! Lines of invoices, held one after another against what was accepted and what the maker invoiced: what one line takes, the next one cannot.
use std::collections::{BTreeMap, BTreeSet};

use jicai_domain::errors::{Code, Refusal};
use jicai_domain::ids::{AcceptanceId, OrganizationId};
use jicai_domain::settlement::chain::{Before, ChainRules, chain_preset};
use jicai_domain::settlement::matching::{Agreed, InvoiceLine, InvoiceNumber, PriceDay, mismatches};
use jicai_store::Tx;
use jicai_store::settlement::chain::{FirstBatch, batches};
use jicai_store::settlement::invoices::{Accepted, Line, accepted};

use super::invoices::InvoicedLine;
use crate::errors::Error;

/// What an invoice says of itself.
pub(super) struct Printed<'a> {
    pub(super) seller_code: &'a str,
    pub(super) buyer_code: &'a str,
    /// Whether it takes back what was invoiced.
    pub(super) red: bool,
    /// To whom it is made out, where somebody says so.
    pub(super) hospital: Option<OrganizationId>,
}

/// What lines are held against.
pub(super) struct Judge {
    rules: ChainRules,
    accepted: BTreeMap<AcceptanceId, Accepted>,
    firsts: BTreeMap<(String, String), FirstBatch>,
    known: BTreeSet<String>,
}

impl Judge {
    /// All that those lines of an enterprise name. Needs what goes on between it and the hospitals held.
    pub(super) async fn of(
        tx: &mut Tx,
        supplier: OrganizationId,
        lines: &[&InvoicedLine],
    ) -> Result<Judge, Error> {
        let wanted: Vec<AcceptanceId> =
            lines.iter().map(|line| line.acceptance).collect::<BTreeSet<_>>().into_iter().collect();
        let numbers = lines.iter().filter_map(|line| match &line.before {
            Before::First(number) => Some(number.as_str()),
            Before::Exempt(_) | Before::Nothing => None,
        });
        let numbers: Vec<&str> = numbers.collect::<BTreeSet<_>>().into_iter().collect();
        let firsts = batches(tx, supplier, &numbers).await?;
        let accepted = accepted(tx, supplier, &wanted).await?;
        Ok(Judge {
            rules: chain_preset()?,
            accepted: accepted.into_iter().map(|one| (one.id, one)).collect(),
            known: firsts.iter().map(|first| first.number.clone()).collect(),
            firsts: firsts
                .into_iter()
                .map(|first| ((first.number.clone(), first.batch.clone()), first))
                .collect(),
        })
    }

    /// The hospital of an acceptance.
    pub(super) fn hospital(&self, acceptance: AcceptanceId) -> Option<OrganizationId> {
        self.accepted.get(&acceptance).map(|accepted| accepted.hospital)
    }

    /// The hospital of an invoice, and its lines as they were judged. Errors: `NOT_FOUND`, `INVOICE_CHAIN`, `INVOICE_ROWS_DIFFER`, `AMOUNT_INVALID`.
    pub(super) fn lines(
        &mut self,
        printed: &Printed<'_>,
        lines: &[InvoicedLine],
    ) -> Result<(Option<OrganizationId>, Vec<Line>), Refusal> {
        let mut hospital = printed.hospital;
        let mut judged = Vec::with_capacity(lines.len());
        for line in lines {
            let unknown = || Refusal::of(Code::NotFound).at("acceptance");
            let of = self.hospital(line.acceptance).ok_or_else(unknown)?;
            match (hospital, printed.hospital) {
                (Some(hospital), Some(_)) if hospital != of => return Err(unknown()),
                (Some(hospital), None) if hospital != of => {
                    return Err(Refusal::of(Code::InvoiceRowsDiffer).at("acceptance"));
                }
                _ => hospital = Some(of),
            }
            judged.push(self.line(printed, line)?);
        }
        Ok((hospital, judged))
    }

    fn line(&mut self, printed: &Printed<'_>, line: &InvoicedLine) -> Result<Line, Refusal> {
        let Self { rules, accepted, firsts, known } = self;
        let unknown = || Refusal::of(Code::NotFound).at("acceptance");
        let found = accepted.get_mut(&line.acceptance).ok_or_else(unknown)?;
        let chained = found.maker_code.is_some() && !printed.red && rules.hold(found.region, found.on);
        if chained {
            rules.check(&line.before)?;
        }
        let mut first = first_of(firsts, known, found, &line.before)?;
        let agreed = Agreed {
            supplier: found.seller_code.clone(),
            hospital: found.buyer_code.clone(),
            // A red-letter note takes back what was invoiced.
            accepted: if printed.red { found.invoiced } else { found.packs },
            invoiced: if printed.red { 0 } else { found.invoiced },
            price_ordered: found.price,
            price_accepted: found.price,
            first_tier: if printed.red { None } else { first.as_ref().map(|first| first.left) },
        };
        let InvoicedLine { acceptance, packs, price, amount, tax, .. } = *line;
        let invoiced = InvoiceLine {
            seller: printed.seller_code.to_owned(),
            buyer: printed.buyer_code.to_owned(),
            packs,
            price,
            amount,
            tax,
            void: false,
        };
        let mismatches = mismatches(&invoiced, &agreed, PriceDay::Acceptance)?;
        if mismatches.is_empty() {
            move_packs(&mut found.invoiced, packs, !printed.red);
            if let Some(first) = &mut first {
                move_packs(&mut first.left, packs, printed.red);
            }
        }
        let exemption = match line.before {
            Before::Exempt(exemption) => Some(exemption),
            Before::First(_) | Before::Nothing => None,
        };
        let first = first.map(|first| first.id);
        Ok(Line { acceptance, packs, price, amount, tax, first, exemption, mismatches })
    }
}

/// The batch of the maker's invoice that a line names. Errors: `NOT_FOUND` for one that is not registered, `INVOICE_CHAIN` for one of another maker
/// or without the batch.
fn first_of<'f>(
    firsts: &'f mut BTreeMap<(String, String), FirstBatch>,
    known: &BTreeSet<String>,
    of: &Accepted,
    before: &Before,
) -> Result<Option<&'f mut FirstBatch>, Refusal> {
    let Before::First(number) = before else { return Ok(None) };
    if !known.contains(number.as_str()) {
        return Err(Refusal::of(Code::NotFound).at("firstInvoice"));
    }
    let key = (InvoiceNumber::as_str(number).to_owned(), of.batch.clone());
    let wrong = |expected: String| Refusal::of(Code::InvoiceChain).at("firstInvoice").allowing(expected);
    let first = firsts.get_mut(&key).ok_or_else(|| wrong(format!("batch {}", of.batch)))?;
    match &of.maker_code {
        Some(maker) if *maker != first.maker_code => Err(wrong(format!("an invoice of {maker}"))),
        _ => Ok(Some(first)),
    }
}

fn move_packs(held: &mut u64, packs: u64, more: bool) {
    *held = if more { held.saturating_add(packs) } else { held.saturating_sub(packs) };
}
