//! Retained savings (结余留用): what a hospital keeps of what its use of selected products saved the fund.
use rust_decimal::Decimal;

use super::money::Money;
use crate::errors::{Code, Refusal};
use crate::procurement::rules::file::head;
use crate::procurement::rules::reader::Reader;
use crate::procurement::rules::{Head, Preset, Provision, RuleProblem};

/// The rules of retained savings that ship.
pub const SAVINGS: Preset = Preset {
    id: "cn-retained-savings-2020",
    text: include_str!("../../rules/cn-retained-savings-2020.toml"),
};

/// The rules of retained savings.
#[derive(Clone, Debug, PartialEq)]
pub struct SavingsRules {
    /// Who and when.
    pub head: Head,
    /// Every number with its origin.
    pub provisions: Vec<Provision>,
    /// The highest share of what is saved that may be kept.
    pub highest_share: Decimal,
}

/// The rules that hold where no others are given. Errors: `RULES_INVALID`, which a test rules out.
pub fn savings_preset() -> Result<SavingsRules, Refusal> {
    parse_savings(SAVINGS.text).map_err(|_problems| Refusal::of(Code::RulesInvalid))
}

/// Reads a share from 0 to 1 with at most four places. Errors: `AMOUNT_INVALID`.
pub fn share(text: &str) -> Result<Decimal, Refusal> {
    let read: Option<Decimal> = text.parse().ok();
    let fits = |share: &Decimal| share.scale() <= 4 && (Decimal::ZERO..=Decimal::ONE).contains(share);
    read.filter(fits).ok_or_else(|| invalid().allowing("0 to 1, at most 4 places"))
}

/// Reads rules of retained savings; the share is from 0 to 1. Errors: every fault of the file at once (`RULE_FILE_INVALID`).
pub fn parse_savings(text: &str) -> Result<SavingsRules, Vec<RuleProblem>> {
    let mut reader = Reader::open(text)?;
    let head = head(&mut reader);
    let share = reader.required("retained.highest_share", Reader::share);
    reader.report_unused();
    match share.and_then(|share| share.value.to_short(28).parse().ok()) {
        Some(highest_share) if reader.problems.is_empty() => {
            Ok(SavingsRules { head, provisions: reader.provisions, highest_share })
        }
        _ => Err(reader.problems),
    }
}

/// What a hospital used of one generic name in a year. Units are smallest units, prices yuan per unit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Use {
    /// The volume that the agreed one was taken from, before the share (约定采购量基数).
    pub base: u64,
    /// The weighted price before the result.
    pub before: Decimal,
    /// The agreed volume.
    pub agreed: u64,
    /// What was used of the selected product.
    pub selected: u64,
    /// The selected price.
    pub price: Decimal,
    /// What was spent on products that were not selected.
    pub others: Money,
}

/// What is kept and what it is reckoned from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Retained {
    /// Base × price before × the fund's share.
    pub budget: Money,
    /// What was spent: on the selected product within the agreed volume and on the others, × the fund's share.
    pub spending: Money,
    /// Budget less spending; nothing is claimed back where it is below zero.
    pub saved: Money,
    /// Saved × ratio, rounded half-up to the fen; nothing where the agreed volume was not reached.
    pub retained: Money,
}

/// The retained savings of a hospital over what it used. `fund_share` and `ratio` are from 0 to 1; `ratio` comes from the assessment. What is used
/// of the selected product beyond the agreed volume is not counted as spent, so that nobody is worse off for using more of it (recalled practice
/// under 医保发〔2020〕26号).
/// Errors: `AMOUNT_INVALID` for a share outside 0 to 1, a price below zero or a sum that is too large; `RATIO_TOO_HIGH` for a ratio above the
/// rule's highest.
pub fn retained(
    rules: &SavingsRules,
    uses: &[Use],
    fund_share: Decimal,
    ratio: Decimal,
) -> Result<Retained, Refusal> {
    let within = |share: Decimal| (Decimal::ZERO..=Decimal::ONE).contains(&share);
    if !within(fund_share) || !within(ratio) || uses.iter().any(Use::is_unsound) {
        return Err(invalid());
    }
    if ratio > rules.highest_share {
        return Err(Refusal::of(Code::RatioTooHigh)
            .at("ratio")
            .allowing(format!("<= {}", rules.highest_share)));
    }
    let of_fund = |sum: Decimal| Money::round_half_up(sum.checked_mul(fund_share).ok_or_else(invalid)?);
    let budget = of_fund(sum(uses, |line| line.before.checked_mul(line.base.into()))?)?;
    let spending = of_fund(sum(uses, |line| {
        line.price.checked_mul(line.selected.min(line.agreed).into())?.checked_add(line.others.yuan())
    })?)?;
    let saved = budget.minus(spending)?;
    let reached = uses.iter().all(|line| line.selected >= line.agreed);
    let kept = if reached { saved.max(Money::ZERO) } else { Money::ZERO };
    let retained = Money::round_half_up(kept.yuan().checked_mul(ratio).ok_or_else(invalid)?)?;
    Ok(Retained { budget, spending, saved, retained })
}

impl Use {
    fn is_unsound(&self) -> bool {
        self.before < Decimal::ZERO || self.price < Decimal::ZERO || self.others < Money::ZERO
    }
}

fn sum(uses: &[Use], of: impl Fn(&Use) -> Option<Decimal>) -> Result<Decimal, Refusal> {
    uses.iter().try_fold(Decimal::ZERO, |sum, line| sum.checked_add(of(line)?)).ok_or_else(invalid)
}

fn invalid() -> Refusal {
    Refusal::of(Code::AmountInvalid)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn number(text: &str) -> Decimal {
        text.parse().unwrap()
    }

    fn line(selected: u64, others: &str) -> Use {
        Use {
            base: 100_000,
            before: number("5.80"),
            agreed: 70_000,
            selected,
            price: number("0.62"),
            others: Money::parse(others).unwrap(),
        }
    }

    fn kept(uses: &[Use], ratio: &str) -> Result<Retained, Refusal> {
        retained(&parse_savings(SAVINGS.text).unwrap(), uses, number("0.6"), number(ratio))
    }

    #[test]
    fn half_of_what_was_saved_is_kept() {
        let got = kept(&[line(98_000, "0")], "0.5").unwrap();
        assert_eq!(
            (got.budget.to_string(), got.spending.to_string()),
            ("348000.00".into(), "26040.00".into())
        );
        assert_eq!(got.retained.to_string(), "160980.00");
        let other = kept(&[line(98_000, "62000")], "0.5").unwrap();
        assert_eq!(other.spending.to_string(), "63240.00");
        assert_eq!(
            (other.saved.to_string(), other.retained.to_string()),
            ("284760.00".into(), "142380.00".into())
        );
    }

    #[test]
    fn nothing_is_kept_below_the_agreed_volume_or_without_savings_and_nothing_claimed_back() {
        assert_eq!(kept(&[line(69_999, "0")], "0.5").unwrap().retained, Money::ZERO);
        let spent = kept(&[line(70_000, "900000")], "0.5").unwrap();
        assert!(spent.saved < Money::ZERO && spent.retained == Money::ZERO);
    }

    #[test]
    fn a_ratio_above_the_highest_is_refused() {
        let refused = kept(&[line(70_000, "0")], "0.51").unwrap_err();
        assert_eq!((refused.code, refused.allowed.as_deref()), (Code::RatioTooHigh, Some("<= 0.5")));
        assert_eq!(kept(&[line(70_000, "-1")], "0.5").unwrap_err().code, Code::AmountInvalid);
    }
}
