//! Amounts with their units.
use std::fmt;

use rust_decimal::Decimal;

/// What an amount counts, in the one unit that is kept for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Unit {
    /// Mass, in milligrams.
    Milligram,
    /// Volume, in millilitres.
    Millilitre,
    /// Activity, in units (单位).
    Activity,
    /// Activity, in international units (国际单位).
    International,
    /// Activity against factor Xa, in international units (抗Ⅹa因子国际单位).
    AntiXa,
    /// A share in hundred.
    Percent,
}

impl Unit {
    /// The unit as it is written in a normal spec.
    pub const fn symbol(self) -> &'static str {
        match self {
            Self::Milligram => "mg",
            Self::Millilitre => "ml",
            Self::Activity => "u",
            Self::International => "iu",
            Self::AntiXa => "axaiu",
            Self::Percent => "%",
        }
    }
}

/// An amount.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Quantity {
    /// How much.
    pub amount: Decimal,
    /// Of what.
    pub unit: Unit,
}

impl fmt::Display for Quantity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}", self.amount.normalize(), self.unit.symbol())
    }
}

/// Ways in which units are written, the longer before those that they begin with; and what one is in the unit that is kept, as a
/// count and a power of ten.
const WRITTEN: &[(&str, Unit, i64, u32)] = &[
    ("抗xa因子国际单位", Unit::AntiXa, 1, 0),
    ("axaiu", Unit::AntiXa, 1, 0),
    ("万国际单位", Unit::International, 10_000, 0),
    ("国际单位", Unit::International, 1, 0),
    ("万iu", Unit::International, 10_000, 0),
    ("iu", Unit::International, 1, 0),
    ("万单位", Unit::Activity, 10_000, 0),
    ("万u", Unit::Activity, 10_000, 0),
    ("单位", Unit::Activity, 1, 0),
    ("毫克", Unit::Milligram, 1, 0),
    ("微克", Unit::Milligram, 1, 3),
    ("千克", Unit::Milligram, 1_000_000, 0),
    ("克", Unit::Milligram, 1_000, 0),
    ("毫升", Unit::Millilitre, 1, 0),
    ("升", Unit::Millilitre, 1_000, 0),
    ("mcg", Unit::Milligram, 1, 3),
    ("mg", Unit::Milligram, 1, 0),
    ("μg", Unit::Milligram, 1, 3),
    ("ug", Unit::Milligram, 1, 3),
    ("kg", Unit::Milligram, 1_000_000, 0),
    ("ml", Unit::Millilitre, 1, 0),
    ("g", Unit::Milligram, 1_000, 0),
    ("l", Unit::Millilitre, 1_000, 0),
    ("u", Unit::Activity, 1, 0),
    ("%", Unit::Percent, 1, 0),
];

/// Digits that a number of a spec may have.
const DIGITS_MAX: usize = 15;

/// The amount that the text (normal characters, small letters) begins with, and what follows.
pub(super) fn leading(text: &str) -> Option<(Quantity, &str)> {
    let (amount, rest) = number(text)?;
    let (written, unit, count, places) = WRITTEN.iter().find(|(written, ..)| rest.starts_with(written))?;
    let after = rest.get(written.len()..)?;
    // "10mgx" or "5gel" is no amount: the unit is a word of its own.
    let goes_on = written.is_ascii() && after.starts_with(|one: char| one.is_ascii_lowercase() && one != 'x');
    let amount = amount.checked_mul(Decimal::new(*count, *places))?.normalize();
    (!goes_on).then_some((Quantity { amount, unit: *unit }, after))
}

/// The number that the text begins with, and what follows.
pub(super) fn number(text: &str) -> Option<(Decimal, &str)> {
    let end = text.find(|one: char| !one.is_ascii_digit() && one != '.').unwrap_or(text.len());
    let (digits, rest) = text.split_at_checked(end)?;
    let digits = digits.strip_suffix('.').map_or(digits, |_| "");
    let fits = digits.len() <= DIGITS_MAX && digits.starts_with(|one: char| one.is_ascii_digit());
    let number = fits.then(|| Decimal::from_str_exact(digits).ok())??;
    Some((number, rest))
}
