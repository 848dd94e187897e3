//! Exact numbers. README, "Numbers" and section 1.
use num_bigint::BigInt;
use num_integer::Integer;
use num_rational::BigRational;
use num_traits::{One, Signed, Zero};

pub(crate) type Q = BigRational;

pub(crate) fn whole(n: impl Into<BigInt>) -> Q {
    Q::from_integer(n.into())
}

/// `"-12.50"` as an exact ratio; `None` where the text is no decimal number.
pub(crate) fn parse(text: &str) -> Option<Q> {
    let (negative, digits) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text),
    };
    let (before, after) = digits.split_once('.').unwrap_or((digits, ""));
    if before.is_empty() || !format!("{before}{after}").chars().all(|c| c.is_ascii_digit()) {
        return None;
    }
    let numerator: BigInt = format!("{before}{after}").parse().unwrap();
    let value = Q::new(numerator, ten_to(after.len().try_into().unwrap()));
    Some(if negative { -value } else { value })
}

/// Half-up: the nearest integer, upward when two are equally near.
pub(crate) fn round(value: &Q) -> BigInt {
    let (n, d): (&BigInt, &BigInt) = (value.numer(), value.denom());
    let above: BigInt = n * 2 + d;
    above.div_floor(&(d * 2))
}

fn ten_to(power: u32) -> BigInt {
    BigInt::from(10).pow(power)
}

/// Rounded half-up to 6 places, with all 6 of them.
pub(crate) fn print(value: &Q) -> String {
    let scaled = round(&(value * whole(ten_to(6))));
    let sign = if scaled.is_negative() { "-" } else { "" };
    let (before, after) = scaled.abs().div_rem(&ten_to(6));
    format!("{sign}{before}.{after:0>6}", after = after.to_string())
}

/// Rounded half-up to 28 significant digits (README section 1). `value` is above zero.
fn significant(value: &Q) -> Q {
    let (mut n, mut d) = (value.numer().clone(), value.denom().clone());
    let (mut up, mut down) = (BigInt::one(), BigInt::one());
    while n < &d * ten_to(27) {
        n *= 10;
        up *= 10;
    }
    while n >= &d * ten_to(28) {
        d *= 10;
        down *= 10;
    }
    Q::new(round(&Q::new_raw(n, d)) * down, up)
}

/// Square root: exact where it is rational, else cut off after 30 decimals.
pub(crate) fn square_root(value: &Q) -> Q {
    let (n, d) = (value.numer(), value.denom());
    let (root_n, root_d) = (n.sqrt(), d.sqrt());
    if &(&root_n * &root_n) == n && &(&root_d * &root_d) == d {
        return Q::new(root_n, root_d);
    }
    Q::new((n * ten_to(60) / d).sqrt(), ten_to(30))
}

/// `base ^ log2(ratio)` to 28 significant digits; below 1 the reciprocal of the inverse ratio's (README section 1).
pub(crate) fn content_factor(base: &Q, ratio: &Q) -> Q {
    if *ratio < Q::one() {
        return content_factor(base, &ratio.recip()).recip();
    }
    let (mut power, mut left) = (Q::one(), ratio.clone());
    let two = whole(2);
    while left >= two {
        left /= &two;
        power *= base;
    }
    if left.is_one() {
        return significant(&power);
    }
    let scale = ten_to(DIGITS);
    let exponent = logarithm(base) * logarithm(&left) / logarithm(&two);
    significant(&(power * Q::new(exponential(&exponent), scale)))
}

/// Digits that the two series below keep: far more than the 28 that are asked for.
const DIGITS: u32 = 60;

/// Natural logarithm times 10^DIGITS, for 1 <= x <= 4 or so:
/// `ln x = 2 (t + t^3/3 + t^5/5 + …)` with `t = (x - 1) / (x + 1)`.
fn logarithm(x: &Q) -> BigInt {
    let scale = ten_to(DIGITS);
    let t: BigInt = (x.numer() - x.denom()) * &scale / (x.numer() + x.denom());
    let square = &t * &t / &scale;
    let (mut term, mut sum, mut k) = (t, BigInt::zero(), 1);
    while !term.is_zero() {
        sum += &term / k;
        term = &term * &square / &scale;
        k += 2;
    }
    sum * 2
}

/// `e^y` times 10^DIGITS by its power series, for a small `y` times 10^DIGITS.
fn exponential(y: &BigInt) -> BigInt {
    let scale = ten_to(DIGITS);
    let (mut term, mut sum, mut k) = (scale.clone(), BigInt::zero(), 1);
    while !term.is_zero() {
        sum += &term;
        term = &term * y / &scale / k;
        k += 1;
    }
    sum
}
