//! Our own code for an item that has no national one: `JC`, the letter of its kind, nine digits, and a check character (ISO 7064 MOD 37,36) that
//! catches every wrong character and 629 of 630 swaps of two neighbours. A number is given once, by the database.
use std::fmt;

use super::ItemKind;

/// How many there can be.
pub const NUMBERS_MAX: u32 = 999_999_999;
const ALPHABET: &[u8; 36] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ";
const DIGITS: usize = 9;

/// Our own code of an item.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct OwnCode(String);

impl OwnCode {
    /// The code with that number. `None` where there are no more.
    pub fn of(kind: ItemKind, number: u32) -> Option<Self> {
        if number == 0 || number > NUMBERS_MAX {
            return None;
        }
        let body = format!("JC{}{number:0DIGITS$}", letter(kind));
        let check = check(&body)?;
        Some(Self(format!("{body}{check}")))
    }

    /// Reads a code in capital letters, as it is printed.
    pub fn parse(text: &str) -> Option<Self> {
        let (body, given) =
            text.char_indices().last().and_then(|(at, last)| Some((text.get(..at)?, last)))?;
        let kind = ItemKind::ALL.iter().find(|kind| body.starts_with(&format!("JC{}", letter(**kind))))?;
        let digits = body.get(3..)?;
        let well_formed = digits.len() == DIGITS && digits.bytes().all(|byte| byte.is_ascii_digit());
        let code = Self::of(*kind, digits.parse().ok()?)?;
        (well_formed && check(body)? == given).then_some(code)
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for OwnCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

const fn letter(kind: ItemKind) -> char {
    match kind {
        ItemKind::Western => 'X',
        ItemKind::Patent => 'Z',
        ItemKind::Pieces => 'T',
        ItemKind::Granules => 'G',
        ItemKind::InHouse => 'H',
        ItemKind::Consumable => 'C',
        ItemKind::Reagent => 'R',
    }
}

/// ISO/IEC 7064, hybrid system MOD 37,36.
fn check(body: &str) -> Option<char> {
    let mut product = 36_usize;
    for byte in body.bytes() {
        let value = ALPHABET.iter().position(|one| *one == byte)?;
        let sum = match product.checked_add(value)? % 36 {
            0 => 36,
            sum => sum,
        };
        product = sum.checked_mul(2)? % 37;
    }
    let value = 37_usize.checked_sub(product)? % 36;
    ALPHABET.get(value).map(|byte| char::from(*byte))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_check_character_is_the_standards() {
        // ISO/IEC 7064:2003, example of MOD 37,36.
        assert_eq!(check("A12425GABC1234002"), Some('M'));
        assert_eq!(OwnCode::of(ItemKind::Western, 0), None);
        assert_eq!(OwnCode::of(ItemKind::Western, u32::MAX), None);
    }

    #[test]
    fn hardly_a_swap_of_neighbours_is_taken_for_another_code() {
        let (mut swaps, mut taken) = (0_u32, 0_u32);
        for number in (1..NUMBERS_MAX).step_by(99_991) {
            let code = OwnCode::of(ItemKind::Western, number).unwrap();
            for at in 3..12_usize {
                let mut swapped = code.as_str().as_bytes().to_vec();
                swapped.swap(at, at.saturating_add(1));
                if swapped != code.as_str().as_bytes() {
                    swaps = swaps.saturating_add(1);
                    let read = OwnCode::parse(std::str::from_utf8(&swapped).unwrap());
                    taken = taken.saturating_add(u32::from(read.is_some()));
                }
            }
        }
        assert!(swaps > 50_000 && taken < swaps / 100, "{taken} of {swaps}");
    }

    proptest! {
        #[test]
        fn a_code_is_read_back_and_no_slip_is_taken_for_it(number in 1..=NUMBERS_MAX, kind in 0..7_usize, at in 0..13_usize, by in 1..36_usize) {
            let code = OwnCode::of(ItemKind::ALL[kind], number).unwrap();
            prop_assert_eq!(OwnCode::parse(code.as_str()), Some(code.clone()));
            let mut bytes = code.as_str().as_bytes().to_vec();
            let value = ALPHABET.iter().position(|one| *one == bytes[at]).unwrap();
            bytes[at] = ALPHABET[value.saturating_add(by) % 36];
            prop_assert_eq!(OwnCode::parse(std::str::from_utf8(&bytes).unwrap()), None);
        }
    }
}
