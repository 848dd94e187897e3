//! Matching of an invoice line with what was accepted, ordered and agreed (票货款匹配): every mismatch with its code and both values.
use rust_decimal::Decimal;

use super::money::Money;
use crate::errors::{Code, Refusal};

/// The number of an electronic invoice (数电票号码): 20 digits, unique in the country.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct InvoiceNumber(String);

impl InvoiceNumber {
    /// Reads a number. Errors: `INVOICE_INVALID`.
    pub fn parse(text: &str) -> Result<Self, Refusal> {
        let sound = text.len() == 20 && text.bytes().all(|byte| byte.is_ascii_digit());
        if sound {
            Ok(Self(text.to_owned()))
        } else {
            Err(Refusal::of(Code::InvoiceInvalid).at("invoice").allowing("^[0-9]{20}$"))
        }
    }

    /// The digits.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// On which day's price a line is settled; the jurisdiction says which.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PriceDay {
    /// The price of the day of the order.
    Order,
    /// The price of the day of the acceptance.
    Acceptance,
}

/// A line of an invoice. Quantities are packs, prices yuan per pack with tax.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InvoiceLine {
    /// The seller's tax id (the unified social credit code).
    pub seller: String,
    /// The buyer's.
    pub buyer: String,
    /// Packs, above zero.
    pub packs: u64,
    /// With tax.
    pub price: Decimal,
    /// Without tax.
    pub amount: Money,
    /// The tax.
    pub tax: Money,
    /// Whether the tax office has it as void (作废) or reversed in whole (红冲).
    pub void: bool,
}

/// What the line is held against.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Agreed {
    /// Who delivers by the relation: the tax id.
    pub supplier: String,
    /// Who accepted: the tax id.
    pub hospital: String,
    /// Accepted less returned, in packs.
    pub accepted: u64,
    /// Invoiced before against the same acceptance, less red-letter notes.
    pub invoiced: u64,
    /// The price of the day of the order.
    pub price_ordered: Decimal,
    /// The price of the day of the acceptance.
    pub price_accepted: Decimal,
    /// Packs on the first invoice of the chain, maker to distributor (两票制); `None` where none is needed or the seller is exempt.
    pub first_tier: Option<u64>,
}

/// Something that does not agree.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum MismatchKind {
    /// The invoice is void.
    Void,
    /// Not the seller who delivers.
    Seller,
    /// Not the buyer who accepted.
    Buyer,
    /// Not the price that holds.
    Price,
    /// More than was accepted and is not invoiced yet.
    Quantity,
    /// Amount and tax are not price × packs.
    Total,
    /// More than the first invoice of the chain covers.
    Chain,
}

impl MismatchKind {
    /// The stable label, in rows and on the wire.
    pub const fn label(self) -> &'static str {
        match self {
            Self::Void => "INVOICE_VOID",
            Self::Seller => "SELLER_DIFFERS",
            Self::Buyer => "BUYER_DIFFERS",
            Self::Price => "PRICE_DIFFERS",
            Self::Quantity => "QUANTITY_ABOVE_ACCEPTED",
            Self::Total => "TOTAL_DIFFERS",
            Self::Chain => "CHAIN_INCOMPLETE",
        }
    }
}

/// A mismatch with both values.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mismatch {
    /// What does not agree.
    pub kind: MismatchKind,
    /// As invoiced.
    pub invoiced: String,
    /// As it should be, or at most.
    pub expected: String,
}

/// Every mismatch of a line, none where it matches to the fen: invoice not void, seller and buyer those of the relation, the price that holds on
/// the jurisdiction's day, no more packs than are accepted and not invoiced, amount + tax = price × packs rounded half-up to the fen, and the
/// first invoice of the chain covering the packs. Errors: `AMOUNT_INVALID` where packs × price is too large.
pub fn mismatches(line: &InvoiceLine, agreed: &Agreed, day: PriceDay) -> Result<Vec<Mismatch>, Refusal> {
    let price = match day {
        PriceDay::Order => agreed.price_ordered,
        PriceDay::Acceptance => agreed.price_accepted,
    };
    let total =
        line.price.checked_mul(Decimal::from(line.packs)).ok_or_else(|| Refusal::of(Code::AmountInvalid))?;
    let (total, told) = (Money::round_half_up(total)?, line.amount.plus(line.tax)?);
    let open = agreed.accepted.saturating_sub(agreed.invoiced);
    let chain = agreed.first_tier.unwrap_or(u64::MAX);
    let found = [
        (line.void, MismatchKind::Void, "void".to_owned(), "valid".to_owned()),
        (line.seller != agreed.supplier, MismatchKind::Seller, line.seller.clone(), agreed.supplier.clone()),
        (line.buyer != agreed.hospital, MismatchKind::Buyer, line.buyer.clone(), agreed.hospital.clone()),
        (line.price != price, MismatchKind::Price, line.price.to_string(), price.to_string()),
        (line.packs > open, MismatchKind::Quantity, line.packs.to_string(), open.to_string()),
        (told != total, MismatchKind::Total, told.to_string(), total.to_string()),
        (line.packs > chain, MismatchKind::Chain, line.packs.to_string(), chain.to_string()),
    ];
    let wrong = found.into_iter().filter(|(wrong, ..)| *wrong);
    Ok(wrong.map(|(_, kind, invoiced, expected)| Mismatch { kind, invoiced, expected }).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line() -> InvoiceLine {
        InvoiceLine {
            seller: "S".into(),
            buyer: "H".into(),
            packs: 100,
            price: "17.36".parse().unwrap(),
            amount: Money::parse("1536.28").unwrap(),
            tax: Money::parse("199.72").unwrap(),
            void: false,
        }
    }

    fn agreed() -> Agreed {
        Agreed {
            supplier: "S".into(),
            hospital: "H".into(),
            accepted: 120,
            invoiced: 20,
            price_ordered: "17.36".parse().unwrap(),
            price_accepted: "16.80".parse().unwrap(),
            first_tier: Some(100),
        }
    }

    fn found(line: &InvoiceLine, agreed: &Agreed) -> Vec<(MismatchKind, String, String)> {
        let found = mismatches(line, agreed, PriceDay::Order).unwrap();
        found.into_iter().map(|m| (m.kind, m.invoiced, m.expected)).collect()
    }

    #[test]
    fn what_agrees_to_the_fen_matches() {
        assert_eq!(found(&line(), &agreed()), []);
        let exempt = Agreed { first_tier: None, ..agreed() };
        assert_eq!(found(&line(), &exempt), []);
    }

    #[test]
    fn every_mismatch_names_both_values() {
        use MismatchKind as M;
        let one = |line: InvoiceLine, agreed: Agreed| found(&line, &agreed);
        let cases = [
            (one(InvoiceLine { void: true, ..line() }, agreed()), (M::Void, "void", "valid")),
            (one(InvoiceLine { seller: "X".into(), ..line() }, agreed()), (M::Seller, "X", "S")),
            (one(InvoiceLine { buyer: "Y".into(), ..line() }, agreed()), (M::Buyer, "Y", "H")),
            (one(line(), Agreed { accepted: 119, ..agreed() }), (M::Quantity, "100", "99")),
            (
                one(InvoiceLine { tax: Money::parse("199.73").unwrap(), ..line() }, agreed()),
                (M::Total, "1736.01", "1736.00"),
            ),
            (one(line(), Agreed { first_tier: Some(99), ..agreed() }), (M::Chain, "100", "99")),
        ];
        for (found, (kind, invoiced, expected)) in cases {
            assert_eq!(found, [(kind, invoiced.to_owned(), expected.to_owned())]);
        }
        let later = mismatches(&line(), &agreed(), PriceDay::Acceptance).unwrap();
        assert_eq!(later.first().map(|m| (m.kind, m.expected.as_str())), Some((M::Price, "16.80")));
    }

    #[test]
    fn a_number_has_twenty_digits() {
        assert_eq!(InvoiceNumber::parse("24312000000012345678").unwrap().as_str(), "24312000000012345678");
        for bad in ["", "2431200000001234567", "243120000000123456789", "2431200000001234567A"] {
            assert_eq!(InvoiceNumber::parse(bad).unwrap_err().code, Code::InvoiceInvalid, "{bad}");
        }
    }
}
