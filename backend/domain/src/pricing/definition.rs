//! 指数定义: how a published index is made. A definition never changes; another version stands beside it.
use super::index::{Base, Method, Window};
use super::observation::PriceKind;
use super::{Formula, Splice};
use crate::catalog::code::{Atc, PublicCode};
use crate::errors::{Code, Refusal};
use crate::identity::{Name, RegionCode};
use crate::ids::{Id, ItemId, PriceIndexId, RoundId, UserId};
use crate::time::{Day, Timestamp};

/// Months of a window at most.
const WINDOW_MAX: usize = 120;
/// Characters of a subject at most.
const SUBJECT_MAX: usize = 1_000;

/// Every method by its name.
const METHODS: &[Method] = &[
    Method::Bilateral(Formula::Laspeyres, Base::Chained),
    Method::Bilateral(Formula::Paasche, Base::Chained),
    Method::Bilateral(Formula::Fisher, Base::Chained),
    Method::Bilateral(Formula::Tornqvist, Base::Chained),
    Method::Bilateral(Formula::Jevons, Base::Chained),
    Method::Bilateral(Formula::Walsh, Base::Chained),
    Method::UnitValue,
    Method::Geks(Formula::Tornqvist),
    Method::Geks(Formula::Fisher),
    Method::Geks(Formula::Jevons),
    Method::GearyKhamis,
    Method::TimeProductDummy,
];

/// The method of that name. Errors: `INDEX_INVALID`.
pub fn method_named(name: &str, fixed: bool) -> Result<Method, Refusal> {
    let found = METHODS.iter().copied().find(|method| method.name() == name).ok_or_else(|| {
        let names: Vec<&str> = METHODS.iter().map(|method| method.name()).collect();
        wrong("method", &names.join(", "))
    })?;
    match (found, fixed) {
        (Method::Bilateral(formula, _), true) => Ok(Method::Bilateral(formula, Base::Fixed)),
        (_, true) => Err(wrong("fixedBase", "only for laspeyres to walsh")),
        (found, false) => Ok(found),
    }
}

/// The splice of that name. Errors: `INDEX_INVALID`.
pub fn splice_named(name: &str) -> Result<Splice, Refusal> {
    Splice::ALL.iter().copied().find(|splice| splice.name() == name).ok_or_else(|| {
        let names: Vec<&str> = Splice::ALL.iter().map(|splice| splice.name()).collect();
        wrong("splice", &names.join(", "))
    })
}

/// What an index is of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum IndexScope {
    /// One item.
    Item(ItemId),
    /// A 三同 group.
    Group(String),
    /// A generic name, in the form that groups have it.
    Molecule(String),
    /// A class of the WHO, from its first letter to its whole code.
    Class(String),
    /// What a round selected.
    Round(RoundId),
    /// Everything.
    All,
}

impl IndexScope {
    /// The stable label, and what it is about.
    pub fn told(&self) -> (&'static str, Option<String>) {
        match self {
            Self::Item(item) => ("ITEM", Some(item.to_string())),
            Self::Group(group) => ("GROUP", Some(group.clone())),
            Self::Molecule(name) => ("MOLECULE", Some(name.clone())),
            Self::Class(class) => ("CLASS", Some(class.clone())),
            Self::Round(round) => ("ROUND", Some(round.to_string())),
            Self::All => ("ALL", None),
        }
    }

    /// Reads that. Errors: `INDEX_INVALID`.
    pub fn read(label: &str, subject: Option<&str>) -> Result<Self, Refusal> {
        let about = || {
            let text = subject.map(str::trim).filter(|text| !text.is_empty());
            text.filter(|text| text.chars().count() <= SUBJECT_MAX)
                .ok_or_else(|| wrong("subject", "what the index is of"))
        };
        let class = |text: &str| {
            let class = text.to_uppercase();
            let known = Atc::parse(&class).is_ok() || (class.len() == 1 && class.is_ascii());
            if known { Ok(class) } else { Err(wrong("subject", "an ATC code of any level")) }
        };
        match label {
            "ITEM" => Ok(Self::Item(ItemId::parse(about()?).map_err(|refusal| refusal.at("subject"))?)),
            "GROUP" => Ok(Self::Group(about()?.to_owned())),
            "MOLECULE" => Ok(Self::Molecule(crate::catalog::spec::normal_name(about()?))),
            "CLASS" => Ok(Self::Class(class(about()?)?)),
            "ROUND" => Ok(Self::Round(RoundId::parse(about()?).map_err(|refusal| refusal.at("subject"))?)),
            "ALL" if subject.is_none() => Ok(Self::All),
            "ALL" => Err(wrong("subject", "none")),
            _other => Err(wrong("scope", "ITEM, GROUP, MOLECULE, CLASS, ROUND, ALL")),
        }
    }
}

/// How an index is made.
#[derive(Clone, Debug, PartialEq)]
pub struct IndexDefinition {
    /// Its id.
    pub id: PriceIndexId,
    /// What it is called.
    pub name: Name,
    /// Its version, from 1.
    pub version: i32,
    /// The version before it.
    pub replaces: Option<PriceIndexId>,
    /// The method.
    pub method: Method,
    /// A window that moves, and how the series goes on.
    pub window: Option<Window>,
    /// The month that is 1: its first day.
    pub base: Day,
    /// What it is of.
    pub scope: IndexScope,
    /// Where: in the region and all below it.
    pub region: RegionCode,
    /// Of which prices.
    pub kind: PriceKind,
    /// The share of what is spent below which a value is warned of.
    pub threshold: f64,
    /// Who defined it.
    pub defined_by: UserId,
    /// When.
    pub defined_at: Timestamp,
}

impl IndexDefinition {
    /// Refuses what does not go together. Errors: `INDEX_INVALID`.
    pub fn check(&self, today: Day) -> Result<(), Refusal> {
        let window = self.window;
        if window.is_some() && !self.method.is_multilateral() {
            return Err(wrong("window", "only for geks-*, gk and wtpd"));
        }
        if window.is_some_and(|window| !(2..=WINDOW_MAX).contains(&window.length)) {
            return Err(wrong("window", "2 to 120 months"));
        }
        if window.is_some_and(|window| window.splice.needs_odd_window() && window.length % 2 == 0) {
            return Err(wrong("window", "an odd number of months for this splice"));
        }
        let published = matches!(
            self.kind,
            PriceKind::Listed | PriceKind::Selected | PriceKind::Transaction | PriceKind::Negotiated
        );
        if !published {
            return Err(wrong("kind", "LISTED, SELECTED, TRANSACTION, NEGOTIATED"));
        }
        if self.kind != PriceKind::Transaction && !self.method.takes_prices_alone() {
            return Err(wrong(
                "kind",
                "TRANSACTION, or a method that does without quantities: jevons, geks-jevons",
            ));
        }
        if self.base >= month_of(today) {
            return Err(wrong("baseMonth", "a month that is over"));
        }
        if !(0.0..=1.0).contains(&self.threshold) {
            return Err(wrong("threshold", "0 to 1"));
        }
        Ok(())
    }
}

/// The first day of the month of a day.
pub fn month_of(day: Day) -> Day {
    let text = day.to_string();
    let first = text.get(..7).map(|month| format!("{month}-01"));
    first.and_then(|first| Day::parse(&first)).unwrap_or(day)
}

/// Reads `YYYY-MM` as its first day.
pub fn parse_month(text: &str) -> Option<Day> {
    Day::parse(&format!("{text}-01")).filter(|_day| text.len() == 7)
}

fn wrong(field: &'static str, allowed: &str) -> Refusal {
    Refusal::of(Code::IndexInvalid).at(field).allowing(allowed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_definition_is_read_back() {
        for method in METHODS {
            assert_eq!(method_named(method.name(), false).unwrap(), *method);
        }
        let fixed = method_named("fisher", true).unwrap();
        assert_eq!((fixed.name(), fixed.base()), ("fisher", Some(Base::Fixed)));
        assert_eq!(method_named("gk", true).unwrap_err().field, Some("fixedBase"));
        for splice in Splice::ALL {
            assert_eq!(splice_named(splice.name()).unwrap(), *splice);
        }
        let read = |label: &str, subject: Option<&str>| {
            IndexScope::read(label, subject).map(|scope| scope.told()).map_err(|refusal| refusal.field)
        };
        assert_eq!(read("ALL", None), Ok(("ALL", None)));
        assert_eq!(read("CLASS", Some("c08ca")), Ok(("CLASS", Some("C08CA".to_owned()))));
        let faults =
            [("ALL", Some("x")), ("CLASS", Some("X9")), ("GROUP", None), ("ITEM", Some("x")), ("NONE", None)];
        for (label, subject) in faults {
            assert!(read(label, subject).is_err(), "{label}");
        }
    }

    #[test]
    fn months() {
        let month = |text: &str| parse_month(text).map(|day| day.to_string());
        assert_eq!(month("2026-10").as_deref(), Some("2026-10-01"));
        assert_eq!(["2026-13", "2026-1", "2026-10-01", "x"].map(month), [None, None, None, None]);
        assert_eq!(month_of(Day::parse("2026-10-31").unwrap()).to_string(), "2026-10-01");
    }
}
