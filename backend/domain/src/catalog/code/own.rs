//! Our own code for an item that has no national one: `JC`, the letter of its kind, nine digits, and a check character (ISO 7064 MOD 37,36) that
//! catches every wrong character and 629 of 630 swaps of two neighbours. A number is given once, by the database.
use std::fmt;

use super::finding::{Finding, FindingCode};
use super::layout::{Field, character, fitting, parts_of};
use super::{Clean, CodeKind, Faults, Parts, PublicCode};
use crate::catalog::item::ItemKind;

/// How many there can be.
pub const NUMBERS_MAX: u32 = 999_999_999;
const ALPHABET: &[u8; 36] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ";
const DIGITS: usize = 9;
/// Where the letter of the kind stands, the number begins, and the check character stands.
const KIND_AT: usize = 2;
const NUMBER_AT: usize = 3;
const CHECK_AT: usize = 12;
const LAYOUT: &[Field] = &[
    Field { name: "registry", shape: "JC" },
    Field { name: "item_kind", shape: "l" },
    Field { name: "number", shape: "ddddddddd" },
    Field { name: "check_character", shape: "n" },
];

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
        <Self as PublicCode>::read(&Clean::of(text)).ok().filter(|code| code.0 == text)
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl PublicCode for OwnCode {
    const KIND: CodeKind = CodeKind::Own;

    fn read(clean: &Clean<'_>) -> Result<Self, Faults> {
        let text = fitting(clean, LAYOUT)?;
        if kind_of(&text).is_none() {
            let letters: String = ItemKind::ALL.iter().map(|kind| letter(*kind)).collect();
            let (english, chinese) = (format!("one of {letters}"), format!("{letters} 之一"));
            let place = clean.position(KIND_AT);
            return Err(vec![Finding::new(FindingCode::Character, place, english, chinese)]);
        }
        if text.get(NUMBER_AT..CHECK_AT).is_some_and(|number| number.bytes().all(|digit| digit == b'0')) {
            return Err(vec![character(clean.position(CHECK_AT.saturating_sub(1)), '1')]);
        }
        match text.get(..CHECK_AT).and_then(check) {
            Some(right) if text.ends_with(right) => Ok(Self(text)),
            right => Err(vec![wrong_check(clean, &text, right.unwrap_or_default())]),
        }
    }

    fn parts(&self) -> Parts {
        parts_of(&self.0, LAYOUT)
    }
}

/// That the check character is another, with the codes that may have been meant.
fn wrong_check(clean: &Clean<'_>, text: &str, right: char) -> Finding {
    let (english, chinese) =
        (format!("the check character {right} after these"), format!("校验字符 {right}"));
    Finding::new(FindingCode::CheckDigit, clean.position(CHECK_AT), english, chinese)
        .suggesting(meant(text, right))
}

/// The codes that differ in one character, or in two neighbours that changed places: first with another check character, then with neighbours changed, then
/// by place.
fn meant(text: &str, right: char) -> Vec<String> {
    let body = text.get(..CHECK_AT).unwrap_or_default();
    let mut found = vec![format!("{body}{right}")];
    let mut changed = text.as_bytes().to_vec();
    let mut consider = |changed: &[u8]| {
        let fits = std::str::from_utf8(changed).ok().filter(|one| *one != text && is_code(one));
        found.extend(fits.map(str::to_owned));
    };
    for at in NUMBER_AT..CHECK_AT {
        changed.swap(at, at.saturating_add(1));
        consider(&changed);
        changed.swap(at, at.saturating_add(1));
    }
    for at in KIND_AT..CHECK_AT {
        let old = changed.get(at).copied();
        for byte in ALPHABET {
            changed.iter_mut().skip(at).take(1).for_each(|one| *one = *byte);
            consider(&changed);
        }
        changed.iter_mut().skip(at).take(1).for_each(|one| *one = old.unwrap_or_default());
    }
    found
}

/// Whether a text of the right length is a code: what [`OwnCode::read`] says, without its reasons.
fn is_code(text: &str) -> bool {
    let (body, end) = text.split_at_checked(CHECK_AT).unwrap_or((text, ""));
    let number = body.get(NUMBER_AT..).unwrap_or_default();
    let given = number.bytes().all(|byte| byte.is_ascii_digit()) && number.bytes().any(|byte| byte != b'0');
    given && kind_of(body).is_some() && check(body).is_some_and(|right| end.chars().eq([right]))
}

fn kind_of(text: &str) -> Option<ItemKind> {
    let given = text.chars().nth(KIND_AT)?;
    ItemKind::ALL.iter().copied().find(|kind| letter(*kind) == given)
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
        let value = usize::from(match byte {
            b'0'..=b'9' => byte.wrapping_sub(b'0'),
            b'A'..=b'Z' => byte.wrapping_sub(b'A').wrapping_add(10),
            _other => return None,
        });
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
    fn what_is_wrong_is_told_with_what_may_have_been_meant() {
        let code = OwnCode::of(ItemKind::Western, 12_345).unwrap();
        let faults = |text: &str| <OwnCode as PublicCode>::parse(text).unwrap_err();
        for at in NUMBER_AT..=CHECK_AT {
            let mut wrong = code.as_str().as_bytes().to_vec();
            wrong[at] = if wrong[at] == b'7' { b'3' } else { b'7' };
            let fault = faults(std::str::from_utf8(&wrong).unwrap()).pop().unwrap();
            assert_eq!((fault.code, fault.position), (FindingCode::CheckDigit, 13), "{at}");
            assert!(fault.candidates.contains(&code.to_string()), "{at}: {:?}", fault.candidates);
            assert!(fault.candidates.iter().all(|one| OwnCode::parse(one).is_some()));
        }
        let nothing = faults("JCX0000000000").pop().unwrap();
        assert_eq!((nothing.code, nothing.position), (FindingCode::Character, 12));
        let kind = faults(&code.as_str().replace('X', "Q")).pop().unwrap();
        assert_eq!(
            (kind.code, kind.position, kind.expected.english.as_ref()),
            (FindingCode::Character, 3, "one of XZTGHCR")
        );
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
