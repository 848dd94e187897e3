//! What packs cost: the price of a smallest unit times those of a pack, and a line's amount to the fen.
use rust_decimal::{Decimal, RoundingStrategy};

use super::rules::PriceDate;
use crate::errors::{Code, Refusal};
use crate::settlement::money::Money;

/// Decimal places of a pack's price.
const PLACES: u32 = 4;

/// The price of a pack from that of a smallest unit, tax included, rounded half-up to four places. `None` where it is too large.
pub fn pack_price(unit_price: Decimal, pack_units: u64) -> Option<Decimal> {
    let price = unit_price.checked_mul(Decimal::from(pack_units))?;
    Some(price.round_dp_with_strategy(PLACES, RoundingStrategy::MidpointAwayFromZero))
}

/// What so many packs come to, rounded half-up to the fen. Errors: `AMOUNT_INVALID` where it is too large.
pub fn amount(price: Decimal, packs: u64) -> Result<Money, Refusal> {
    let yuan = price.checked_mul(Decimal::from(packs)).ok_or(Refusal::of(Code::AmountInvalid))?;
    Money::round_half_up(yuan)
}

/// What is paid for packs that are accepted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Priced {
    /// The price of a pack that holds.
    pub price: Decimal,
    /// What the packs come to.
    pub amount: Money,
    /// That, less what they came to at the price of the order: the difference note (差价).
    pub difference: Money,
}

/// The price that holds for packs accepted now: that of the order, or the one of today, as the jurisdiction has it. Errors: `AMOUNT_INVALID`.
pub fn priced(
    on: PriceDate,
    ordered_at: Decimal,
    today: Option<Decimal>,
    packs: u64,
) -> Result<Priced, Refusal> {
    let price = match on {
        PriceDate::Order => ordered_at,
        PriceDate::Acceptance => today.unwrap_or(ordered_at),
    };
    let paid = amount(price, packs)?;
    Ok(Priced { price, amount: paid, difference: paid.minus(amount(ordered_at, packs)?)? })
}

/// Of an accepted amount, what goes back with some of its packs: to the fen, so that giving back all of them in parts gives back all of it.
/// Errors: `AMOUNT_INVALID`.
pub fn given_back(price: Decimal, returned_before: u64, packs: u64) -> Result<Money, Refusal> {
    let after = amount(price, returned_before.saturating_add(packs))?;
    after.minus(amount(price, returned_before)?)
}

/// Refuses a price that patients are charged above what was paid and the mark-up that the jurisdiction allows. Both are of a pack.
/// Errors: `CHARGE_MARKED_UP`.
pub fn charged(charge: Decimal, price: Decimal, markup: Decimal) -> Result<(), Refusal> {
    let most = Decimal::ONE.checked_add(markup).and_then(|most| most.checked_mul(price)).unwrap_or(price);
    if charge <= most {
        return Ok(());
    }
    let most = most.normalize();
    Err(Refusal::of(Code::ChargeMarkedUp).at("chargePrice").allowing(format!("at most {most}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(text: &str) -> Decimal {
        text.parse().unwrap()
    }

    #[test]
    fn a_pack_costs_its_units_and_a_line_is_rounded_once() {
        assert_eq!(pack_price(of("0.2021"), 24), Some(of("4.8504")));
        assert_eq!(pack_price(of("0.20212"), 3), Some(of("0.6064")));
        assert_eq!(amount(of("4.8504"), 100).unwrap().to_string(), "485.04");
        assert_eq!(amount(of("0.005"), 1).unwrap().fen(), 1);
    }

    #[test]
    fn a_price_that_fell_holds_from_the_order_or_from_the_acceptance() {
        let told = |on, today: Option<&str>| {
            let priced = priced(on, of("4.8504"), today.map(of), 100).unwrap();
            (priced.amount.fen(), priced.difference.fen())
        };
        assert_eq!(told(PriceDate::Order, Some("4.80")), (48_504, 0));
        assert_eq!(told(PriceDate::Acceptance, Some("4.80")), (48_000, -504));
        assert_eq!(told(PriceDate::Acceptance, None), (48_504, 0));
    }

    #[test]
    fn what_goes_back_in_parts_is_all_of_it() {
        let price = of("0.3333");
        let parts: i64 = [(0, 1), (1, 5), (6, 4)]
            .iter()
            .map(|(before, packs)| given_back(price, *before, *packs).unwrap().fen())
            .sum();
        assert_eq!(parts, amount(price, 10).unwrap().fen());
    }

    #[test]
    fn patients_are_charged_what_was_paid() {
        assert!(charged(of("4.8504"), of("4.8504"), Decimal::ZERO).is_ok());
        assert_eq!(
            charged(of("4.8505"), of("4.8504"), Decimal::ZERO).unwrap_err().code,
            Code::ChargeMarkedUp
        );
        assert!(charged(of("5"), of("4"), of("0.25")).is_ok());
        assert!(charged(of("5.0001"), of("4"), of("0.25")).is_err());
    }
}
