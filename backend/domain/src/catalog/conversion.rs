//! From packs to smallest units, to content, to defined daily doses: what one is of the other, and for how long that holds.
use super::code::Atc;
use super::spec::{Quantity, Unit};
use crate::exact::Exact;
use crate::time::Day;

/// From when to when something holds, the last day not included.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Validity {
    /// The first day.
    pub from: Day,
    /// The day after the last one; `None` for still.
    pub to: Option<Day>,
}

impl Validity {
    /// Whether it holds on a day.
    pub fn covers(&self, day: Day) -> bool {
        self.from <= day && self.to.is_none_or(|to| day < to)
    }
}

/// What a pack of an item holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PackContent {
    /// Smallest units in a pack.
    pub units: u64,
    /// Content of a smallest unit, where it is declared.
    pub content: Option<Quantity>,
    /// When that holds.
    pub validity: Validity,
}

/// The defined daily dose of a substance by a route. Imported; none ships.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DailyDose {
    /// The substance.
    pub atc: Atc,
    /// The route, as the list has it: O, P, R …
    pub route: String,
    /// The dose.
    pub dose: Quantity,
    /// When it holds.
    pub validity: Validity,
}

/// The one of them that holds on a day; the later one if lists overlap.
pub fn content_on(contents: &[PackContent], day: Day) -> Option<&PackContent> {
    contents.iter().filter(|content| content.validity.covers(day)).max_by_key(|content| content.validity.from)
}

/// The dose of a substance by a route on a day.
pub fn dose_on<'d>(doses: &'d [DailyDose], atc: &Atc, route: &str, day: Day) -> Option<&'d DailyDose> {
    let same = |dose: &&DailyDose| dose.atc == *atc && dose.route == route && dose.validity.covers(day);
    doses.iter().filter(same).max_by_key(|dose| dose.validity.from)
}

impl PackContent {
    /// Smallest units in that many packs. `None` if there are too many to count.
    pub fn units_in(&self, packs: u64) -> Option<u64> {
        self.units.checked_mul(packs)
    }

    /// What that many packs hold, and its unit.
    pub fn content_in(&self, packs: u64) -> Option<(Exact, Unit)> {
        let content = self.content?;
        Some((&Exact::from(self.units_in(packs)?) * &Exact::from(content.amount), content.unit))
    }

    /// How many daily doses that is, exactly. `None` where content and dose are counted in different units: nothing is converted that
    /// needs knowledge of the substance.
    pub fn doses_in(&self, packs: u64, dose: &DailyDose) -> Option<Exact> {
        let (content, unit) = self.content_in(packs)?;
        if unit == dose.dose.unit { content.checked_div(&Exact::from(dose.dose.amount)) } else { None }
    }
}

#[cfg(test)]
mod tests {
    use rust_decimal::Decimal;

    use super::super::code::PublicCode;
    use super::*;

    fn from(from: i32, to: Option<i32>) -> Validity {
        Validity { from: Day::from_epoch_days(from), to: to.map(Day::from_epoch_days) }
    }

    fn mg(amount: i64) -> Quantity {
        Quantity { amount: Decimal::from(amount), unit: Unit::Milligram }
    }

    #[test]
    fn packs_become_units_content_and_doses() {
        let pack = PackContent { units: 28, content: Some(mg(75)), validity: from(0, None) };
        assert_eq!(pack.units_in(3), Some(84));
        assert_eq!(pack.units_in(u64::MAX), None);
        let (content, unit) = pack.content_in(3).unwrap();
        assert_eq!((content.to_short(4), unit), ("6300".to_owned(), Unit::Milligram));
        let atc = Atc::parse("B01AC04").unwrap();
        let dose = |dose: Quantity| DailyDose {
            atc: atc.clone(),
            route: "O".to_owned(),
            dose,
            validity: from(0, None),
        };
        assert_eq!(pack.doses_in(1, &dose(mg(75))).unwrap().to_short(4), "28");
        assert_eq!(pack.doses_in(1, &dose(mg(90))).unwrap().to_places(6), "23.333333");
        assert_eq!(pack.doses_in(1, &dose(mg(0))), None);
        let millilitres = Quantity { unit: Unit::Millilitre, ..mg(75) };
        assert_eq!(pack.doses_in(1, &dose(millilitres)), None, "no unit is made of another one");
        assert_eq!(PackContent { content: None, ..pack }.doses_in(1, &dose(mg(75))), None);
    }

    #[test]
    fn what_holds_on_a_day() {
        let pack = |units, validity| PackContent { units, content: None, validity };
        let packs = [pack(10, from(0, Some(100))), pack(12, from(100, Some(200))), pack(14, from(150, None))];
        let units = |day| content_on(&packs, Day::from_epoch_days(day)).map(|pack| pack.units);
        assert_eq!(
            [-1, 0, 99, 100, 149, 150, 500].map(units),
            [None, Some(10), Some(10), Some(12), Some(12), Some(14), Some(14)]
        );
        assert_eq!(
            content_on(&packs[..2], Day::from_epoch_days(200)),
            None,
            "the day it ends is not part of it"
        );
        let (atc, other) = (Atc::parse("B01AC04").unwrap(), Atc::parse("B01AC05").unwrap());
        let dose = |amount, validity| DailyDose {
            atc: atc.clone(),
            route: "O".to_owned(),
            dose: mg(amount),
            validity,
        };
        let doses = [dose(75, from(0, Some(100))), dose(80, from(100, None))];
        let on = |atc: &Atc, route: &str, day| {
            dose_on(&doses, atc, route, Day::from_epoch_days(day)).map(|dose| dose.dose)
        };
        assert_eq!(
            [on(&atc, "O", 99), on(&atc, "O", 100), on(&atc, "P", 1), on(&other, "O", 1)],
            [Some(mg(75)), Some(mg(80)), None, None]
        );
    }
}
