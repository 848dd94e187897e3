//! Exact ratios: every price comparison is made on them, so that nothing is decided by rounding.
#![expect(
    clippy::arithmetic_side_effects,
    reason = "integers of any size do not overflow; divisors are shown not to be zero"
)]

use std::ops::{Add, Mul, Sub};
use std::str::FromStr;

use dashu_base::{BitTest, Gcd, Sign, SquareRoot};
use dashu_float::{Context, DBig, round::mode::HalfAway};
use dashu_int::{IBig, UBig};
use dashu_ratio::Relaxed;
use rust_decimal::Decimal;

/// Significant decimal digits to which [`Exact::power_of_log2`] rounds its result.
const POWER_DIGITS: usize = 28;
/// Digits carried inside the power, so that its result is correct to the last of [`POWER_DIGITS`].
const POWER_WORKING_DIGITS: usize = 50;
/// Decimal places to which a square root is cut.
const ROOT_PLACES: usize = 30;
/// Denominators that have so many bits together may be multiplied in a sum.
const SMALL_BITS: usize = 128;

/// An exact ratio of two integers of any size. Sums, differences and products neither overflow nor round.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Exact(Relaxed);

impl Exact {
    /// Zero.
    pub fn zero() -> Self {
        Self(Relaxed::ZERO)
    }

    /// One.
    pub fn one() -> Self {
        Self(Relaxed::ONE)
    }

    /// Whether this is zero.
    pub fn is_zero(&self) -> bool {
        self.0.is_zero()
    }

    /// This divided by `divisor`; `None` when the divisor is zero.
    pub fn checked_div(&self, divisor: &Self) -> Option<Self> {
        (!divisor.is_zero()).then(|| Self(&self.0 / &divisor.0))
    }

    /// The largest whole number not above this; zero for a negative ratio and `u64::MAX` past its range.
    pub fn floor(&self) -> u64 {
        let floor = self.0.floor();
        if floor < IBig::ZERO { 0 } else { u64::try_from(floor).unwrap_or(u64::MAX) }
    }

    /// This as a whole number, where it is one within the range.
    pub fn whole(&self) -> Option<u64> {
        let floor = self.floor();
        (Self::from(floor) == *self).then_some(floor)
    }

    /// The nearest whole number, halves up.
    pub fn round_half_up(&self) -> u64 {
        Self(&self.0 + Relaxed::from_parts(IBig::ONE, UBig::from(2u8))).floor()
    }

    /// This as a decimal text with exactly `places` decimals, halves away from zero. For print only.
    pub fn to_places(&self, places: usize) -> String {
        let (sign, magnitude) = self.0.numerator().clone().into_parts();
        let rounded = rounded_in_word(&magnitude, self.0.denominator(), places)
            .unwrap_or_else(|| rounded_digits(&magnitude, self.0.denominator(), places));
        let mut text = format!("{rounded:0>width$}", width = places + 1);
        if places > 0 {
            text.insert(text.len() - places, '.');
        }
        if sign == Sign::Negative && text.bytes().any(|byte| (b'1'..=b'9').contains(&byte)) {
            text.insert(0, '-');
        }
        text
    }

    /// Like [`Exact::to_places`], without trailing zeros.
    pub fn to_short(&self, places: usize) -> String {
        let text = self.to_places(places);
        if !text.contains('.') {
            return text;
        }
        text.trim_end_matches('0').trim_end_matches('.').to_owned()
    }

    /// The square root, cut to 30 decimal places (error below 1e-30); zero for a negative ratio.
    pub fn square_root(&self) -> Self {
        let (sign, numerator) = self.0.numerator().clone().into_parts();
        if sign == Sign::Negative {
            return Self::zero();
        }
        let scale = UBig::from(10u8).pow(ROOT_PLACES);
        let root = (numerator * &scale * &scale / self.0.denominator()).sqrt();
        Self(Relaxed::from_parts(IBig::from(root), scale))
    }

    /// `self ^ log2(ratio)`, the power function of the price relation (差比价, 发改价格〔2011〕2452号), rounded half-up to
    /// 28 significant digits: its relative error is at most 5e-28, and powers of two give the exact power. For a ratio below one it is
    /// the exact reciprocal of the power of the inverse ratio. `None` unless both numbers are above zero.
    pub fn power_of_log2(&self, ratio: &Self) -> Option<Self> {
        if *self <= Self::zero() || *ratio <= Self::zero() {
            return None;
        }
        if *ratio < Self::one() {
            return Self::one().checked_div(&self.power_of_log2(&Self::one().checked_div(ratio)?)?);
        }
        let exponent = ratio.to_float().ln() / Self::from(2).to_float().ln();
        let power = (exponent * self.to_float().ln()).exp();
        Some(Self::from_float(&power))
    }

    fn to_float(&self) -> DBig {
        let context = Context::<HalfAway>::new(POWER_WORKING_DIGITS);
        let part = |integer: IBig| context.convert_int::<10>(integer).value();
        part(self.0.numerator().clone()) / part(IBig::from(self.0.denominator().clone()))
    }

    fn from_float(float: &DBig) -> Self {
        let (significand, exponent) =
            float.clone().with_precision(POWER_DIGITS).value().into_repr().into_parts();
        let scale = UBig::from(10u8).pow(exponent.unsigned_abs());
        if exponent < 0 {
            Self(Relaxed::from_parts(significand, scale))
        } else {
            Self(Relaxed::from_parts(significand * IBig::from(scale), UBig::ONE))
        }
    }

    /// The smaller of two.
    pub fn min_of(a: &Self, b: &Self) -> Self {
        if b < a { b.clone() } else { a.clone() }
    }

    /// The larger of two.
    pub fn max_of(a: &Self, b: &Self) -> Self {
        if b > a { b.clone() } else { a.clone() }
    }

    /// The arithmetic mean; `None` of nothing.
    pub fn mean<'a>(values: impl IntoIterator<Item = &'a Self>) -> Option<Self> {
        let mut count = 0u64;
        let mut sum = Self::zero();
        for value in values {
            count = count.saturating_add(1);
            // Reduced at each step: the denominators of many prices must not multiply up.
            sum = Self((&sum + value).0.canonicalize().relax());
        }
        sum.checked_div(&Self::from(count))
    }

    /// The population standard deviation (divisor n), its root cut to 30 places; `None` of nothing.
    pub fn standard_deviation(values: &[&Self]) -> Option<Self> {
        let mean = Self::mean(values.iter().copied())?;
        let squares: Vec<Self> = values.iter().map(|value| &(*value - &mean) * &(*value - &mean)).collect();
        Some(Self::mean(&squares)?.square_root())
    }
}

/// magnitude / denominator × 10^places, halves up, where it fits 128 bits: most prices do.
fn rounded_in_word(magnitude: &UBig, denominator: &UBig, places: usize) -> Option<String> {
    let (magnitude, denominator) = (u128::try_from(magnitude).ok()?, u128::try_from(denominator).ok()?);
    let scale = 10u128.checked_pow(u32::try_from(places).ok()?)?;
    let doubled = magnitude.checked_mul(scale)?.checked_mul(2)?.checked_add(denominator)?;
    Some((doubled / denominator.checked_mul(2)?).to_string())
}

/// The same for any size.
fn rounded_digits(magnitude: &UBig, denominator: &UBig, places: usize) -> String {
    let doubled = magnitude * UBig::from(10u8).pow(places) * UBig::from(2u8) + denominator;
    (doubled / (denominator * UBig::from(2u8))).to_string()
}

impl From<u64> for Exact {
    fn from(value: u64) -> Self {
        Self(Relaxed::from(value))
    }
}

impl From<Decimal> for Exact {
    fn from(value: Decimal) -> Self {
        let value = value.normalize();
        let scale = usize::try_from(value.scale()).unwrap_or(0);
        Self(Relaxed::from_parts(IBig::from(value.mantissa()), UBig::from(10u8).pow(scale)))
    }
}

impl FromStr for Exact {
    type Err = rust_decimal::Error;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Decimal::from_str_exact(text).map(Self::from)
    }
}

impl Add for &Exact {
    type Output = Exact;
    fn add(self, other: Self) -> Exact {
        if self.0.denominator() == other.0.denominator() {
            // Sums over one denominator must not multiply it.
            let numerator = self.0.numerator() + other.0.numerator();
            return Exact(Relaxed::from_parts(numerator, self.0.denominator().clone()));
        }
        let (own, others) = (self.0.denominator(), other.0.denominator());
        if own.bit_len().saturating_add(others.bit_len()) <= SMALL_BITS {
            return Exact(&self.0 + &other.0);
        }
        // Large ones are brought to what they have in common, or a sum of thousands would multiply them all.
        let common = own.gcd(others);
        let (to_own, to_others) = (others / &common, own / &common);
        let numerator = self.0.numerator() * &to_own + other.0.numerator() * to_others;
        Exact(Relaxed::from_parts(numerator, own * to_own))
    }
}

impl Sub for &Exact {
    type Output = Exact;
    fn sub(self, other: Self) -> Exact {
        Exact(&self.0 - &other.0)
    }
}

impl Mul for &Exact {
    type Output = Exact;
    fn mul(self, other: Self) -> Exact {
        Exact(&self.0 * &other.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn exact(text: &str) -> Exact {
        text.parse().unwrap()
    }

    #[test]
    fn a_third_times_three_is_one() {
        let third = Exact::one().checked_div(&exact("3")).unwrap();
        assert_eq!(&third * &exact("3"), Exact::one());
        assert_eq!(Exact::one().checked_div(&Exact::zero()), None);
    }

    #[test]
    fn print_rounds_halves_away_from_zero() {
        for (value, places, text) in [
            ("0.0000005", 6, "0.000001"),
            ("0.00000049", 6, "0.000000"),
            ("-0.00000049", 6, "0.000000"),
            ("-1.005", 2, "-1.01"),
            ("12.5", 0, "13"),
            ("26.3968", 2, "26.40"),
        ] {
            assert_eq!(exact(value).to_places(places), text, "{value}");
        }
        let large = &exact("1234567890123456789012345.125") * &exact("1000000000000000000000000000");
        assert_eq!(large.to_places(2), "1234567890123456789012345125000000000000000000000000.00");
        assert_eq!(exact("6.975").to_short(6), "6.975");
        assert_eq!(exact("100").to_short(6), "100");
        assert_eq!(exact("100").to_short(0), "100");
    }

    #[test]
    fn powers_of_two_are_exact_and_others_correct_to_28_digits() {
        let base = exact("1.7");
        assert_eq!(base.power_of_log2(&exact("8")), Some(exact("4.913")));
        assert_eq!(base.power_of_log2(&exact("0.5")), Exact::one().checked_div(&base));
        // bc -l with scale=60: e(l(3)/l(2)*l(1.7))
        let three = base.power_of_log2(&exact("3")).unwrap();
        assert_eq!(three.to_places(27), "2.318744510095004283595748218");
        assert_eq!(base.power_of_log2(&Exact::zero()), None);
    }

    #[test]
    fn the_deviation_is_the_population_s() {
        let values =
            [exact("2"), exact("4"), exact("4"), exact("4"), exact("5"), exact("5"), exact("7"), exact("9")];
        let values: Vec<&Exact> = values.iter().collect();
        assert_eq!(Exact::standard_deviation(&values), Some(exact("2")));
        assert_eq!(exact("2").square_root().to_places(20), "1.41421356237309504880");
    }

    #[test]
    fn a_sum_of_thousands_keeps_its_denominator() {
        let part = |of: u64| Exact::from(of).checked_div(&exact("46000000000")).unwrap();
        let sum = (1..=20_000).fold(Exact::zero(), |sum, of| &sum + &part(of));
        assert_eq!(sum, Exact::from(200_010_000).checked_div(&exact("46000000000")).unwrap());
        assert!(sum.0.denominator().bit_len() < 256, "{}", sum.0.denominator().bit_len());
    }

    #[test]
    fn whole_parts() {
        assert_eq!(exact("70.7").floor(), 70);
        assert_eq!(exact("70.5").round_half_up(), 71);
        assert_eq!(exact("-3").floor(), 0);
        let whole = ["70", "70.5", "-3", "0", "18446744073709551615", "18446744073709551616"];
        assert_eq!(
            whole.map(|text| exact(text).whole()),
            [Some(70), None, None, Some(0), Some(u64::MAX), None]
        );
    }
}
