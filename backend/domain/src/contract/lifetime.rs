//! What comes after an agreement year: the next one (续签), and the end of the round that all of them come from.
use std::collections::{BTreeMap, BTreeSet};

use super::change::Around;
use super::ledger::{Account, Buyer, Cause, Delivered, Entry, Holding, Ledger, Place};
use super::renewal::renew;
use super::split::{Agreed, Reported, by_reports};
use super::term::AgreementYear;
use crate::errors::{Code, Refusal};
use crate::exact::Exact;
use crate::identity::RegionCode;
use crate::ids::{OrganizationId, SelectedProductId};
use crate::procurement::round::{RoundCommand, RoundStatus};
use crate::procurement::rules::SuccessionRules;
use crate::time::Day;

/// Months of an agreement year.
const YEAR: u64 = 12;

/// The agreement year after one: 12 months from the day after its last, shorter where the term ends before. `last_day` is the last day of
/// the term with its extension, none while that runs until the next result. `None` where the term is over by then.
pub fn next_year(year: &AgreementYear, last_day: Option<Day>) -> Option<AgreementYear> {
    let start = year.end.plus_days(1);
    let whole = start.last_of_months(YEAR)?;
    let end = last_day.map_or(whole, |last| last.min(whole));
    let number = year.number.checked_add(1)?;
    (start <= end).then_some(AgreementYear { number, start, end })
}

/// The part of 12 months that an agreement year is, exact: volumes are agreed for a whole year and count day by day for a shorter one.
pub fn part_of_year(year: &AgreementYear) -> Exact {
    let whole = year.start.last_of_months(YEAR).filter(|whole| year.end < *whole);
    let whole = whole.map(|end| AgreementYear { end, ..*year }.days());
    whole.and_then(|days| Exact::from(year.days()).checked_div(&Exact::from(days))).unwrap_or_else(Exact::one)
}

/// What an agreed volume comes to in a year, rounded up to the unit.
pub fn volume_in(volume: u64, year: &AgreementYear) -> u64 {
    let exact = &Exact::from(volume) * &part_of_year(year);
    let down = exact.floor();
    if Exact::from(down) < exact { down.saturating_add(1) } else { down }
}

/// The parts of a volume that institutions had other parts of before: in proportion, by largest remainder. `None` where nobody had any.
pub fn in_shares(
    volume: u64,
    before: &BTreeMap<OrganizationId, u64>,
) -> Option<BTreeMap<OrganizationId, u64>> {
    let nothing = |institution: OrganizationId, had: u64| Reported {
        institution,
        brand: Exact::zero(),
        generic: Exact::from(had),
    };
    let before: Vec<Reported> = before.iter().map(|(institution, had)| nothing(*institution, *had)).collect();
    by_reports(Agreed { brand: 0, main: volume }, &before)
}

/// Refuses a renewal that gives an institution less than the rules require of what it had, day by day where the next year is a shorter one.
/// Errors: `RENEWAL_TOO_LOW`, `VOLUME_CHANGE_INVALID`.
pub fn may_renew(
    rules: &SuccessionRules,
    (region, supplier): (RegionCode, SelectedProductId),
    (before, year): (&BTreeMap<OrganizationId, u64>, &AgreementYear),
    next: &BTreeMap<OrganizationId, u64>,
) -> Result<(), Refusal> {
    let holding = |institution: OrganizationId| Holding {
        place: Place { region, content: None, buyer: Buyer::Institution(institution) },
        supplier,
    };
    let part = part_of_year(year);
    let held = before.iter().map(|(institution, volume)| Entry {
        from: Account::Outside,
        to: Account::Held(holding(*institution)),
        volume: (&Exact::from(*volume) * &part).floor(),
        cause: Cause::Awarded,
    });
    let held: Vec<Entry> = held.filter(|entry| entry.volume > 0).collect();
    let ledger = Ledger::replay(&held)?;
    let volumes = next.iter().map(|(institution, volume)| (holding(*institution), *volume)).collect();
    let (selected, delivered) = (BTreeSet::from([supplier]), Delivered::new());
    renew(rules, &ledger, &volumes, Around { selected: &selected, delivered: &delivered })?;
    Ok(())
}

/// How the contracts of a round stand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Standing {
    /// Whether one is or was in force.
    pub begun: bool,
    /// Whether one is in force, or sealed to be.
    pub open: bool,
    /// The last day on which there may be contracts, with what was extended; none while one runs until the next result.
    pub last_day: Option<Day>,
}

/// What the contracts of a round make of it: it is in force from the first one that is, and over when none is and none can follow.
pub fn follows(status: &RoundStatus, contracts: &Standing, today: Day) -> Option<RoundCommand> {
    let over = !contracts.open && contracts.last_day.is_some_and(|last| last < today);
    match status {
        RoundStatus::Official if contracts.begun => Some(RoundCommand::EnterForce),
        RoundStatus::Official | RoundStatus::InForce => over.then_some(RoundCommand::Close),
        RoundStatus::Draft
        | RoundStatus::Announced
        | RoundStatus::Demand
        | RoundStatus::Bidding
        | RoundStatus::Sealed
        | RoundStatus::Opening
        | RoundStatus::Provisional
        | RoundStatus::Choosing
        | RoundStatus::Notice
        | RoundStatus::Closed
        | RoundStatus::Cancelled { .. } => None,
    }
}

/// That a contract may be followed by another. Errors: `TERM_INVALID` where its term has no further day.
pub fn following(year: &AgreementYear, last_day: Option<Day>) -> Result<AgreementYear, Refusal> {
    let over = || Refusal::of(Code::TermInvalid).at("id").allowing("an extended term");
    next_year(year, last_day).ok_or_else(over)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::contract::term::{Extension, Term};
    use crate::ids::Id;
    use crate::procurement::rules::succession_preset;

    fn day(text: &str) -> Day {
        Day::parse(text).unwrap()
    }

    fn institution(number: u128) -> OrganizationId {
        OrganizationId::from_number(number)
    }

    #[test]
    fn a_year_follows_the_one_before_to_the_end_of_the_term_and_of_its_extension() {
        let term = Term::between(day("2026-03-01"), day("2027-08-31")).unwrap();
        let first = term.year(1).unwrap();
        let second = next_year(&first, term.last_day()).unwrap();
        assert_eq!(Some(second), term.year(2));
        assert_eq!(next_year(&second, term.last_day()), None);
        let until = |last: &str| term.extended(Extension::Until(day(last))).unwrap().last_day();
        let third = next_year(&second, until("2027-11-30")).unwrap();
        assert_eq!((third.number, third.start, third.end), (3, day("2027-09-01"), day("2027-11-30")));
        let open = term.extended(Extension::NextResult).unwrap().last_day();
        assert_eq!(next_year(&second, open).unwrap().end, day("2028-08-31"));
    }

    #[test]
    fn a_shorter_year_has_its_part_of_the_volume_and_a_whole_one_all_of_it() {
        let year = |start: &str, end: &str| AgreementYear { number: 2, start: day(start), end: day(end) };
        let (leap, usual) = (year("2028-01-01", "2028-12-31"), year("2027-01-01", "2027-12-31"));
        assert_eq!((volume_in(1_000, &leap), volume_in(1_000, &usual)), (1_000, 1_000));
        // 73 of 365 days are a fifth.
        let fifth = year("2027-01-01", "2027-03-14");
        assert_eq!([1_000, 1_001, 1_005, 1].map(|volume| volume_in(volume, &fifth)), [200, 201, 201, 1]);
    }

    #[test]
    fn each_institution_keeps_what_it_had_or_more() {
        let whole = AgreementYear { number: 2, start: day("2027-01-01"), end: day("2027-12-31") };
        let of = |one: u64, two: u64| BTreeMap::from([(institution(1), one), (institution(2), two)]);
        let (region, supplier) = (RegionCode::parse("310000").unwrap(), SelectedProductId::from_number(3));
        let code = |next: &BTreeMap<OrganizationId, u64>| {
            let outcome = may_renew(&succession_preset(), (region, supplier), (&of(60, 40), &whole), next);
            outcome.map_err(|refusal| refusal.code)
        };
        assert_eq!(code(&of(60, 41)), Ok(()));
        assert_eq!(code(&of(70, 39)), Err(Code::RenewalTooLow));
        assert_eq!(code(&BTreeMap::from([(institution(1), 100)])), Err(Code::RenewalTooLow));
        assert_eq!(code(&of(60, 0)), Err(Code::VolumeChangeInvalid));
        assert_eq!(in_shares(51, &of(60, 40)), Some(of(31, 20)));
        let quarter = AgreementYear { end: day("2027-03-31"), ..whole };
        let next = in_shares(volume_in(100, &quarter), &of(60, 40)).unwrap();
        let outcome = may_renew(&succession_preset(), (region, supplier), (&of(60, 40), &quarter), &next);
        assert_eq!(outcome, Ok(()), "{next:?}");
    }

    #[test]
    fn a_round_is_in_force_with_its_first_contract_and_over_after_the_last_day() {
        let today = day("2027-01-01");
        let contracts = |begun, open, last: Option<&str>| Standing { begun, open, last_day: last.map(day) };
        let (over, runs) = (Some("2026-12-31"), Some("2027-01-01"));
        let official = |standing| follows(&RoundStatus::Official, &standing, today);
        assert_eq!(official(contracts(false, false, runs)), None);
        assert_eq!(official(contracts(true, true, runs)), Some(RoundCommand::EnterForce));
        assert_eq!(official(contracts(true, false, over)), Some(RoundCommand::EnterForce));
        assert_eq!(official(contracts(false, false, over)), Some(RoundCommand::Close));
        let in_force = |standing| follows(&RoundStatus::InForce, &standing, today);
        assert_eq!(in_force(contracts(true, false, runs)), None, "another year may follow");
        assert_eq!(in_force(contracts(true, true, over)), None);
        assert_eq!(in_force(contracts(true, false, None)), None);
        assert_eq!(in_force(contracts(true, false, over)), Some(RoundCommand::Close));
        assert_eq!(follows(&RoundStatus::Closed, &contracts(true, false, over), today), None);
    }
}
