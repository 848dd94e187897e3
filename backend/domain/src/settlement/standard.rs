//! Payment standards (医保支付标准) beside a selection result: what the fund reckons with where a product costs more than the selected one.
use std::cmp::Ordering;

use rust_decimal::Decimal;

use super::money::Money;
use crate::errors::{Code, Refusal};
use crate::exact::Exact;
use crate::procurement::rules::file::head;
use crate::procurement::rules::reader::Reader;
use crate::procurement::rules::{Head, Preset, Provision, RuleProblem};
use crate::time::Day;

/// The rules of payment standards that ship.
pub const STANDARD: Preset = Preset {
    id: "cn-payment-standard-2019",
    text: include_str!("../../rules/cn-payment-standard-2019.toml"),
};

/// How payment standards come down to the selected price.
#[derive(Clone, Debug, PartialEq)]
pub struct StandardRules {
    /// Who and when.
    pub head: Head,
    /// Every number with its origin.
    pub provisions: Vec<Provision>,
    multiple: Exact,
    first_cut: Exact,
    years: u64,
    decimals: usize,
}

/// Reads rules of payment standards. `multiple` and `first_cut` are pure numbers, `years` at least 2, `decimals` counts places of yuan.
/// Errors: every fault of the file at once (`RULE_FILE_INVALID`).
pub fn parse_standard(text: &str) -> Result<StandardRules, Vec<RuleProblem>> {
    let mut reader = Reader::open(text)?;
    let head = head(&mut reader);
    let multiple = reader.required("standard.multiple", Reader::positive);
    let first_cut = reader.required("standard.first_cut", Reader::share);
    let years = reader.required("standard.years", Reader::count);
    let decimals = reader.required("standard.decimals", Reader::count);
    if years.as_ref().is_some_and(|years| years.value < 2) {
        reader.problem("standard.years", (0, 0), String::new(), ("two years or more", "两年或以上"));
    }
    reader.report_unused();
    match (multiple, first_cut, years, decimals) {
        (Some(multiple), Some(first_cut), Some(years), Some(decimals)) if reader.problems.is_empty() => {
            Ok(StandardRules {
                head,
                provisions: reader.provisions,
                multiple: multiple.value,
                first_cut: first_cut.value,
                years: years.value,
                decimals: usize::try_from(decimals.value).unwrap_or(usize::MAX),
            })
        }
        _ => Err(reader.problems),
    }
}

/// The rules that ship. Errors: `RULES_INVALID`, which a test rules out.
pub fn standard_preset() -> Result<StandardRules, Refusal> {
    parse_standard(STANDARD.text).map_err(|_problems| Refusal::of(Code::RulesInvalid))
}

/// A product beside a selected one of the same generic name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Beside {
    /// Its price before the result took effect, yuan per smallest unit.
    pub before: Exact,
    /// Its price today.
    pub today: Exact,
    /// The selected price.
    pub selected: Exact,
    /// Whether it passed the consistency evaluation (一致性评价), or is the original or a reference product.
    pub passed: bool,
}

/// The payment standard of a product in the so-many-th year of the result, from 1; the last year's holds on. Yuan per smallest unit, rounded
/// half-up to the rule's places. Up to the multiple of the selected price (inclusive), or where it has not passed, it is the selected price at
/// once; above it, the price before less the first cut in the first year and the selected price in the last, in even steps between, and never
/// above the price of today (医保发〔2019〕18号). Errors: `PRICE_INVALID` where a price is not above zero, `DATE_INVALID` for year 0.
pub fn standard(rules: &StandardRules, product: &Beside, year: u64) -> Result<Exact, Refusal> {
    let prices = [&product.before, &product.today, &product.selected];
    if prices.into_iter().any(|price| *price <= Exact::zero()) {
        return Err(Refusal::of(Code::PriceInvalid));
    }
    let Some(passed) = year.checked_sub(1) else {
        return Err(Refusal::of(Code::DateInvalid).at("year").allowing(">= 1"));
    };
    let selected = &product.selected;
    if !product.passed || product.before <= &rules.multiple * selected {
        return Ok(Exact::min_of(selected, &product.today));
    }
    let first = &product.before * &(&Exact::one() - &rules.first_cut);
    let steps = Exact::from(rules.years.saturating_sub(1));
    let gone = Exact::from(passed).checked_div(&steps).unwrap_or_else(Exact::one);
    let staged = &first - &(&(&first - selected) * &Exact::min_of(&gone, &Exact::one()));
    let staged = Exact::min_of(&staged, &product.today).to_places(rules.decimals);
    staged.parse().map_err(|_unreadable| Refusal::of(Code::PriceInvalid))
}

/// The places that prices are kept with.
const PLACES: usize = 8;

/// A payment standard from a day on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Step {
    /// The first day.
    pub begins: Day,
    /// The last day; none where it holds on.
    pub ends: Option<Day>,
    /// Yuan per smallest unit.
    pub amount: Decimal,
}

/// The payment standards of a product by date, when a result takes effect on a day: a step for each year that changes it. The years are those of
/// the result, so that a step begins on its anniversary. Errors: those of `standard`.
pub fn steps(rules: &StandardRules, product: &Beside, begins: Day) -> Result<Vec<Step>, Refusal> {
    let mut steps: Vec<Step> = Vec::new();
    for year in 1..=rules.years {
        let amount = amount(&standard(rules, product, year)?)?;
        if steps.last().is_some_and(|last| last.amount == amount) {
            continue;
        }
        let months = year.saturating_sub(1).saturating_mul(12);
        let before =
            begins.last_of_months(months).ok_or_else(|| Refusal::of(Code::DateInvalid).at("begins"))?;
        if let Some(last) = steps.last_mut() {
            last.ends = Some(before);
        }
        steps.push(Step { begins: before.plus_days(1), ends: None, amount });
    }
    Ok(steps)
}

/// A price as it is kept. Errors: `PRICE_INVALID` beyond what can be kept.
pub fn amount(price: &Exact) -> Result<Decimal, Refusal> {
    let amount = price.to_places(PLACES).parse::<Decimal>();
    amount.map(|amount| amount.normalize()).map_err(|_large| Refusal::of(Code::PriceInvalid))
}

/// Who pays how much of a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Split {
    /// The fund.
    pub fund: Money,
    /// The patient.
    pub patient: Money,
}

/// The split of a line between fund and patient: price × quantity is the total, the lower of price and standard × quantity × rate the fund's,
/// both rounded half-up to the fen on the line; the patient pays the difference. Prices are yuan per smallest unit, `rate` from 0 to 1.
/// Errors: `AMOUNT_INVALID` below zero, beyond the largest amount, or a rate above 1.
pub fn split(price: Decimal, standard: Decimal, units: u64, rate: Decimal) -> Result<Split, Refusal> {
    let invalid = || Refusal::of(Code::AmountInvalid);
    let below = [price, standard, rate].iter().any(|number| number.cmp(&Decimal::ZERO) == Ordering::Less);
    if below || rate > Decimal::ONE {
        return Err(invalid());
    }
    let line = |each: Decimal| each.checked_mul(Decimal::from(units)).ok_or_else(invalid);
    let total = Money::round_half_up(line(price)?)?;
    let fund = line(price.min(standard))?.checked_mul(rate).ok_or_else(invalid)?;
    let fund = Money::round_half_up(fund)?;
    Ok(Split { fund, patient: total.minus(fund)? })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn exact(text: &str) -> Exact {
        text.parse().unwrap()
    }

    fn yearly([before, today, selected]: [&str; 3], passed: bool) -> Vec<String> {
        let rules = parse_standard(STANDARD.text).unwrap();
        let product =
            Beside { before: exact(before), today: exact(today), selected: exact(selected), passed };
        (1..=4).map(|year| standard(&rules, &product, year).unwrap().to_short(4)).collect()
    }

    #[test]
    fn standards_come_down_to_the_selected_price() {
        for (prices, passed, expected) in [
            (["5.80", "5.80", "0.62"], true, ["4.06", "2.34", "0.62", "0.62"]),
            (["1.24", "1.24", "0.62"], true, ["0.62", "0.62", "0.62", "0.62"]),
            (["1.25", "1.25", "0.62"], true, ["0.875", "0.7475", "0.62", "0.62"]),
            (["1.00", "1.00", "0.62"], false, ["0.62", "0.62", "0.62", "0.62"]),
            (["5.80", "5.80", "0.62"], false, ["0.62", "0.62", "0.62", "0.62"]),
            (["5.80", "3.00", "0.62"], true, ["3", "2.34", "0.62", "0.62"]),
            (["0.70", "0.50", "0.62"], true, ["0.5", "0.5", "0.5", "0.5"]),
        ] {
            assert_eq!(yearly(prices, passed), expected, "{prices:?}");
        }
    }

    #[test]
    fn a_step_begins_on_the_anniversary_of_the_result_and_equal_years_are_one() {
        let rules = parse_standard(STANDARD.text).unwrap();
        let told = |before: &str, begins: &str| -> Vec<String> {
            let product =
                Beside { before: exact(before), today: exact(before), selected: exact("0.62"), passed: true };
            let steps = steps(&rules, &product, Day::parse(begins).unwrap()).unwrap();
            let told = |step: Step| {
                let ends = step.ends.map(|ends| ends.to_string()).unwrap_or_default();
                format!("{}..{ends} {}", step.begins, step.amount)
            };
            steps.into_iter().map(told).collect()
        };
        assert_eq!(
            told("5.80", "2026-03-01"),
            ["2026-03-01..2027-02-28 4.06", "2027-03-01..2028-02-29 2.34", "2028-03-01.. 0.62"]
        );
        assert_eq!(told("1.24", "2026-03-01"), ["2026-03-01.. 0.62"]);
    }

    #[test]
    fn a_price_of_nothing_and_a_year_before_the_first_are_refused() {
        let rules = parse_standard(STANDARD.text).unwrap();
        let product = Beside { before: exact("1"), today: exact("0"), selected: exact("1"), passed: true };
        assert_eq!(standard(&rules, &product, 1).unwrap_err().code, Code::PriceInvalid);
        let product = Beside { today: exact("1"), ..product };
        assert_eq!(standard(&rules, &product, 0).unwrap_err().field, Some("year"));
        let one_year = STANDARD.text.replace("years = { value = 3", "years = { value = 1");
        assert!(parse_standard(&one_year).is_err());
    }

    #[test]
    fn the_fund_pays_its_rate_up_to_the_standard_and_the_patient_the_rest() {
        let number = |text: &str| text.parse::<Decimal>().unwrap();
        for (price, standard, units, rate, fund, patient) in [
            ("5.80", "4.06", 10, "0.6", "24.36", "33.64"),
            ("0.62", "4.06", 10, "0.6", "3.72", "2.48"),
            ("0.0149", "0.02", 7, "0.5", "0.05", "0.05"),
            ("1", "1", 0, "1", "0.00", "0.00"),
        ] {
            let got = split(number(price), number(standard), units, number(rate)).unwrap();
            assert_eq!(
                (got.fund.to_string(), got.patient.to_string()),
                (fund.into(), patient.into()),
                "{price}"
            );
        }
        assert!(split(number("1"), number("1"), 1, number("1.01")).is_err());
        assert!(split(number("-1"), number("1"), 1, number("1")).is_err());
    }
}
