//! Payment standards (医保支付标准) as they hold: sets that one person prepares and another publishes. Nothing that is published is edited; what is
//! published later holds in its place on the days that it names.
use std::collections::BTreeMap;

use rust_decimal::Decimal;

use super::standard::{Beside, Step};
use crate::errors::{Code, Refusal};
use crate::identity::{Reason, RegionCode};
use crate::ids::{ItemId, PaymentStandardId, UserId};
use crate::time::Day;

/// Standards that one request prepares at most.
pub const STANDARDS_MAX: usize = 500;

/// Why a standard is what it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum StandardBasis {
    /// 中选: the selected price itself.
    Selected,
    /// 非中选: reckoned from the price before beside the selected one.
    NotSelected,
    /// 谈判: agreed nationally; it goes before every other one.
    Negotiated,
    /// As a province publishes it.
    Published,
    /// 停止执行: from that day there is none.
    Ended,
}

impl StandardBasis {
    /// Every basis.
    pub const ALL: &[Self] =
        &[Self::Selected, Self::NotSelected, Self::Negotiated, Self::Published, Self::Ended];

    /// The stable label, in rows and on the wire.
    pub const fn label(self) -> &'static str {
        match self {
            Self::Selected => "SELECTED",
            Self::NotSelected => "NOT_SELECTED",
            Self::Negotiated => "NEGOTIATED",
            Self::Published => "PUBLISHED",
            Self::Ended => "ENDED",
        }
    }

    /// What tables call it.
    pub const fn chinese(self) -> &'static str {
        match self {
            Self::Selected => "中选",
            Self::NotSelected => "非中选",
            Self::Negotiated => "谈判",
            Self::Published => "公布",
            Self::Ended => "停止",
        }
    }

    /// The basis of that label.
    pub fn from_label(label: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|basis| basis.label() == label)
    }
}

/// What the fund reckons with for an item in a region.
#[derive(Clone, Debug, PartialEq)]
pub struct PaymentStandard {
    /// Its id.
    pub id: PaymentStandardId,
    /// Where.
    pub region: RegionCode,
    /// What.
    pub item: ItemId,
    /// Smallest units of the one pack that it is of; none where it is of a smallest unit of every pack.
    pub pack_units: Option<u64>,
    /// Why.
    pub basis: StandardBasis,
    /// From when to when.
    pub span: (Day, Option<Day>),
    /// Yuan of the pack or of a smallest unit; none where it has ended.
    pub amount: Option<Decimal>,
    /// The document that it rests on.
    pub source: String,
    /// The prices that it was reckoned from.
    pub beside: Option<Beside>,
}

/// What somebody tells of a standard.
#[derive(Clone, Debug, PartialEq)]
pub enum Told {
    /// It is known.
    Amount {
        /// Why; not by reckoning.
        basis: StandardBasis,
        /// Yuan; none where it ends.
        amount: Option<Decimal>,
        /// From when to when.
        span: (Day, Option<Day>),
    },
    /// It is reckoned beside a selected one.
    Beside {
        /// From which prices.
        beside: Beside,
        /// The day on which the result takes effect.
        begins: Day,
    },
}

impl Told {
    /// An amount with what has to be right of it alone. Errors: `PAYMENT_STANDARD_INVALID` with the field, `PRICE_INVALID`.
    pub fn amount(
        basis: StandardBasis,
        amount: Option<Decimal>,
        span: (Day, Option<Day>),
    ) -> Result<Told, Refusal> {
        let invalid =
            |field, allowed: &str| Refusal::of(Code::PaymentStandardInvalid).at(field).allowing(allowed);
        if (basis == StandardBasis::Ended) == amount.is_some() {
            return Err(invalid("standard", "an amount, and none where it ENDED"));
        }
        if span.1.is_some_and(|ends| ends < span.0) {
            return Err(invalid("ends", &format!("{} or later", span.0)));
        }
        if amount.is_some_and(|amount| amount <= Decimal::ZERO || amount.normalize().scale() > 8) {
            return Err(Refusal::of(Code::PriceInvalid)
                .at("standard")
                .allowing("above 0, at most 8 decimal places"));
        }
        Ok(Told::Amount { basis, amount, span })
    }
}

/// The standards that a step a row makes of one that is reckoned.
pub fn of_steps(
    first: &PaymentStandard,
    steps: &[Step],
    mut fresh: impl FnMut() -> PaymentStandardId,
) -> Vec<PaymentStandard> {
    let each = |step: &Step| PaymentStandard {
        id: fresh(),
        span: (step.begins, step.ends),
        amount: Some(step.amount),
        ..first.clone()
    };
    steps.iter().map(each).collect()
}

/// From when to when a standard holds, and its place.
type Placed = (Day, Option<Day>, usize);

/// Holds standards of one set against each other: of an item and pack no two hold on one day. Answers the place of the first that is wrong. Errors:
/// `PAYMENT_STANDARD_INVALID`.
pub fn check(standards: &[PaymentStandard]) -> Result<(), (usize, Refusal)> {
    let mut of: BTreeMap<(ItemId, Option<u64>), Vec<Placed>> = BTreeMap::new();
    for (place, one) in standards.iter().enumerate() {
        of.entry((one.item, one.pack_units)).or_default().push((one.span.0, one.span.1, place));
    }
    for spans in of.values_mut() {
        spans.sort_unstable_by_key(|span| span.0);
        for pair in spans.windows(2) {
            let [(_, ends, _), (begins, _, place)] = pair else { continue };
            if ends.is_none_or(|ends| ends >= *begins) {
                let refusal = Refusal::of(Code::PaymentStandardInvalid).at("begins");
                return Err((*place, refusal.allowing("one standard a day of an item and pack")));
            }
        }
    }
    Ok(())
}

/// Where a set stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SetState {
    /// A second person has to decide.
    Prepared,
    /// Its standards hold.
    Published {
        /// Who published it.
        by: UserId,
    },
    /// It never holds.
    Voided {
        /// Who gave it up.
        by: UserId,
        /// Why.
        reason: Reason,
    },
}

/// What is decided about a set.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SetCommand {
    /// It is published.
    Publish,
    /// It is given up.
    Void(Reason),
}

impl SetState {
    /// The stable label, in rows and on the wire.
    pub const fn label(&self) -> &'static str {
        match self {
            Self::Prepared => "PREPARED",
            Self::Published { .. } => "PUBLISHED",
            Self::Voided { .. } => "VOIDED",
        }
    }

    /// The state as rows keep it.
    pub fn from_row(label: &str, by: Option<UserId>, reason: Option<Reason>) -> Option<Self> {
        match (label, by, reason) {
            ("PREPARED", None, None) => Some(Self::Prepared),
            ("PUBLISHED", Some(by), None) => Some(Self::Published { by }),
            ("VOIDED", Some(by), Some(reason)) => Some(Self::Voided { by, reason }),
            _ => None,
        }
    }

    /// The state after somebody has decided; whoever prepared it may give it up, and not publish it. Errors: `PAYMENT_STANDARD_STATE`,
    /// `SECOND_PERSON_NEEDED`.
    pub fn next(self, prepared_by: UserId, command: SetCommand, by: UserId) -> Result<Self, Refusal> {
        match (self, command) {
            (Self::Prepared, SetCommand::Publish) if by == prepared_by => {
                Err(Refusal::of(Code::SecondPersonNeeded))
            }
            (Self::Prepared, SetCommand::Publish) => Ok(Self::Published { by }),
            (Self::Prepared, SetCommand::Void(reason)) => Ok(Self::Voided { by, reason }),
            (
                state @ (Self::Published { .. } | Self::Voided { .. }),
                SetCommand::Publish | SetCommand::Void(_),
            ) => {
                Err(Refusal::of(Code::PaymentStandardState).allowing(format!("not while {}", state.label())))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ids::Id;

    fn day(text: &str) -> Day {
        Day::parse(text).unwrap()
    }

    #[test]
    fn a_set_is_published_by_another_person_and_nothing_follows() {
        let (one, two) = (UserId::from_number(1), UserId::from_number(2));
        let why = || SetCommand::Void(Reason::parse("录入错误").unwrap());
        let code = |refusal: Refusal| refusal.code;
        let next = |state: SetState, command, by| state.next(one, command, by).map_err(code);
        assert_eq!(next(SetState::Prepared, SetCommand::Publish, one), Err(Code::SecondPersonNeeded));
        let published = next(SetState::Prepared, SetCommand::Publish, two).unwrap();
        let voided = next(SetState::Prepared, why(), one).unwrap();
        assert_eq!((published.label(), voided.label()), ("PUBLISHED", "VOIDED"));
        for state in [published, voided] {
            for command in [SetCommand::Publish, why()] {
                assert_eq!(next(state.clone(), command, two), Err(Code::PaymentStandardState));
            }
        }
    }

    #[test]
    fn an_amount_is_positive_and_only_what_ended_has_none() {
        let (begins, ends) = (day("2026-01-02"), Some(day("2026-01-01")));
        let amount = |basis, text: &str, ends| {
            let told = Told::amount(basis, text.parse().ok(), (begins, ends));
            told.err().map(|refusal| (refusal.code, refusal.field.unwrap()))
        };
        assert_eq!(amount(StandardBasis::Published, "0.62", None), None);
        assert_eq!(amount(StandardBasis::Ended, "", None), None);
        let invalid = |field| Some((Code::PaymentStandardInvalid, field));
        assert_eq!(amount(StandardBasis::Ended, "1", None), invalid("standard"));
        assert_eq!(amount(StandardBasis::Published, "", None), invalid("standard"));
        assert_eq!(amount(StandardBasis::Published, "1", ends), invalid("ends"));
        for wrong in ["0", "-1", "0.123456789"] {
            let refused = Some((Code::PriceInvalid, "standard"));
            assert_eq!(amount(StandardBasis::Negotiated, wrong, None), refused, "{wrong}");
        }
    }

    #[test]
    fn no_two_standards_of_a_set_hold_on_one_day() {
        let standard = |item: u128, begins: &str, ends: &str| PaymentStandard {
            id: PaymentStandardId::from_number(1),
            region: RegionCode::parse("320000").unwrap(),
            item: ItemId::from_number(item),
            pack_units: None,
            basis: StandardBasis::Published,
            span: (day(begins), Day::parse(ends)),
            amount: Some(Decimal::ONE),
            source: "x".to_owned(),
            beside: None,
        };
        let wrong = |standards: &[PaymentStandard]| check(standards).err().map(|(place, _)| place);
        let first = standard(1, "2026-01-01", "2026-12-31");
        assert_eq!(wrong(&[standard(1, "2027-01-01", ""), first.clone()]), None);
        assert_eq!(wrong(&[standard(1, "2026-12-31", ""), first.clone()]), Some(0));
        assert_eq!(wrong(&[standard(1, "2026-01-01", ""), standard(2, "2026-01-01", "")]), None);
        assert_eq!(wrong(&[first.clone(), standard(1, "2025-01-01", "")]), Some(0));
    }
}
