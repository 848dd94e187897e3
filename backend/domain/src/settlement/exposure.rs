//! Rules of what the fund lays out for a hospital: the prepayment, what claims are used for, how much may be owed (垫付上限).
use rust_decimal::Decimal;

use super::cover::CoverRule;
use super::money::Money;
use crate::errors::{Code, Refusal};
use crate::procurement::rules::file::head;
use crate::procurement::rules::reader::Reader;
use crate::procurement::rules::{Head, Preset, Provision, RuleProblem};
use crate::time::Day;

/// The rules that ship.
pub const EXPOSURE: Preset =
    Preset { id: "cn-exposure-2021", text: include_str!("../../rules/cn-exposure-2021.toml") };

/// The rules of what the fund lays out.
#[derive(Clone, Debug, PartialEq)]
pub struct ExposureRules {
    /// Who and when.
    pub head: Head,
    /// Every number with its origin.
    pub provisions: Vec<Provision>,
    /// The least share of a year's contracted amount that is prepaid.
    pub prepaid_at_least: Decimal,
    /// What claims are used for.
    pub cover: CoverRule,
    /// So many months of its average claims a hospital may owe.
    pub claim_months: u32,
    /// Claims of so many months are averaged, over those of them in which there were any.
    pub averaged_months: u32,
    /// By the end of which month after its own a statement is to be paid.
    pub pay_after_months: u32,
    /// After so many months what is owed is asked back in a letter.
    pub letter_after_months: u32,
    /// Within so many working days it is answered.
    pub letter_answer_days: u32,
}

/// The rules that hold where no others are given. Errors: `RULES_INVALID`, which a test rules out.
pub fn exposure_preset() -> Result<ExposureRules, Refusal> {
    parse_exposure(EXPOSURE.text).map_err(|_problems| Refusal::of(Code::RulesInvalid))
}

/// Reads such rules; shares are from 0 to 1. Errors: every fault of the file at once (`RULES_INVALID`).
pub fn parse_exposure(text: &str) -> Result<ExposureRules, Vec<RuleProblem>> {
    let mut reader = Reader::open(text)?;
    let head = head(&mut reader);
    let prepaid = share(&mut reader, "prepayment.lowest_share");
    let offset = share(&mut reader, "offset.highest_share");
    let recovery = share(&mut reader, "recovery.highest_share");
    let months = count(&mut reader, "exposure.claim_months");
    let averaged = count(&mut reader, "exposure.averaged_months");
    let pay = count(&mut reader, "payment.months_after");
    let letter =
        count(&mut reader, "letter.after_months").zip(count(&mut reader, "letter.answer_working_days"));
    reader.report_unused();
    let shares = prepaid.zip(offset.and_then(parts)).zip(recovery.and_then(parts));
    match (shares, months.zip(averaged), pay, letter) {
        (
            Some(((prepaid, offset), recovery)),
            Some((months, averaged)),
            Some(pay_after_months),
            Some((letter_after_months, letter_answer_days)),
        ) if reader.problems.is_empty() => {
            let cover = CoverRule { offset_at_most: offset, recover_at_most: recovery };
            let (claim_months, averaged_months) = (months, averaged);
            let provisions = reader.provisions;
            Ok(ExposureRules {
                head,
                provisions,
                prepaid_at_least: prepaid,
                cover,
                claim_months,
                averaged_months,
                pay_after_months,
                letter_after_months,
                letter_answer_days,
            })
        }
        _ => Err(reader.problems),
    }
}

fn share(reader: &mut Reader, path: &str) -> Option<Decimal> {
    reader.required(path, Reader::share)?.value.to_short(28).parse().ok()
}

fn count(reader: &mut Reader, path: &str) -> Option<u32> {
    u32::try_from(reader.required(path, Reader::count)?.value).ok()
}

/// A share in ten-thousandths, rounded down.
fn parts(share: Decimal) -> Option<u16> {
    u16::try_from(share.checked_mul(Decimal::from(10_000))?.trunc()).ok()
}

impl ExposureRules {
    /// The least that is prepaid of a year's contracted amount, rounded half-up to the fen. Errors: `AMOUNT_INVALID`.
    pub fn least_prepaid(&self, contracted: Money) -> Result<Money, Refusal> {
        let least = contracted.yuan().checked_mul(self.prepaid_at_least);
        Money::round_half_up(least.ok_or_else(|| Refusal::of(Code::AmountInvalid))?)
    }

    /// Whether a prepayment of a year's contracted amount is high enough beside what is prepaid already. Errors: `PREPAYMENT_TOO_LOW` with the least.
    pub fn check_prepaid(
        &self,
        contracted: Option<Money>,
        held: Money,
        amount: Money,
    ) -> Result<(), Refusal> {
        let low = |field| Refusal::of(Code::PrepaymentTooLow).at(field);
        let contracted = contracted.filter(|contracted| contracted.is_positive());
        let contracted = contracted.ok_or_else(|| low("contracted").allowing("> 0"))?;
        let least = self.least_prepaid(contracted)?.minus(held)?;
        if amount >= least { Ok(()) } else { Err(low("amount").allowing(format!(">= {least}"))) }
    }

    /// The day by which a statement of a month is to be paid; none beyond the calendar.
    pub fn pay_by(&self, month: Day) -> Option<Day> {
        month.last_of_months(u64::from(self.pay_after_months).saturating_add(1))
    }

    /// Whether what is owed since a day is asked back on another.
    pub fn asks_back(&self, since: Day, today: Day) -> bool {
        since.last_of_months(self.letter_after_months.into()).is_some_and(|last| today > last)
    }

    /// How much a hospital may owe whose claims of so many months come to that sum; nothing is limited before it has claimed anything.
    /// Errors: `AMOUNT_INVALID` where it is too large.
    pub fn limit(&self, claims: Money, months: u32) -> Result<Option<Money>, Refusal> {
        if months == 0 {
            return Ok(None);
        }
        let invalid = || Refusal::of(Code::AmountInvalid);
        let limit = i128::from(claims.fen()).checked_mul(self.claim_months.into());
        let limit = limit.and_then(|limit| limit.checked_div(months.into())).ok_or_else(invalid)?;
        Money::of_fen(i64::try_from(limit).map_err(|_large| invalid())?).map(Some)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_shipped_file_limits_what_a_hospital_owes() {
        let rules = exposure_preset().unwrap();
        let fen = |fen| Money::of_fen(fen).unwrap();
        assert_eq!(rules.cover, CoverRule { offset_at_most: 10_000, recover_at_most: 10_000 });
        assert_eq!(
            (rules.limit(fen(1_200), 12), rules.limit(fen(1), 7)),
            (Ok(Some(fen(600))), Ok(Some(fen(0))))
        );
        assert_eq!(rules.limit(Money::ZERO, 0), Ok(None));
        let day = |text| Day::parse(text).unwrap();
        assert_eq!(rules.pay_by(day("2026-01-01")), Some(day("2026-02-28")));
        assert!(!rules.asks_back(day("2026-01-15"), day("2026-04-14")));
        assert!(rules.asks_back(day("2026-01-15"), day("2026-04-15")));
        let faults = parse_exposure(&EXPOSURE.text.replace("\"0.3\"", "\"1.3\"")).unwrap_err();
        assert!(format!("{faults:?}").contains("prepayment.lowest_share"), "{faults:?}");
    }

    #[test]
    fn a_prepayment_is_no_less_than_its_share_of_the_contract() {
        let rules = exposure_preset().unwrap();
        let yuan = |text| Money::parse(text).unwrap();
        let judged = |contracted, held, amount| {
            let judged = rules.check_prepaid(contracted, yuan(held), yuan(amount));
            judged.map_err(|refusal| (refusal.field, refusal.allowed.unwrap()))
        };
        let year = Some(yuan("36000000"));
        assert_eq!(judged(year, "0", "10800000"), Ok(()));
        assert_eq!(judged(year, "0", "10799999.99"), Err((Some("amount"), ">= 10800000.00".to_owned())));
        assert_eq!(judged(year, "10000000", "800000"), Ok(()));
        for none in [None, Some(Money::ZERO)] {
            assert_eq!(judged(none, "0", "1").unwrap_err().0, Some("contracted"));
        }
    }
}
