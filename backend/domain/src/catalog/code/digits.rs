//! Check digits, and the codes near one that fails.

/// The GS1 check digit (mod 10) of the digits before it: weights 3, 1, 3, 1 … from the right. Anything but a digit counts as 0.
pub fn gs1_check(body: &str) -> u8 {
    let sum = body
        .bytes()
        .rev()
        .zip([3_u32, 1].into_iter().cycle())
        .fold(0_u32, |sum, (byte, weight)| sum.saturating_add(digit(byte).saturating_mul(weight)));
    let check = 10_u32.saturating_sub(sum % 10) % 10;
    u8::try_from(check).unwrap_or_default()
}

/// Whether the last digit is the GS1 check digit of those before it.
pub(super) fn gs1_valid(text: &str) -> bool {
    let Some((body, check)) = text.len().checked_sub(1).and_then(|at| text.split_at_checked(at)) else {
        return false;
    };
    all_digits(text) && check.bytes().eq([gs1_check(body).saturating_add(b'0')])
}

/// Multiplication in the dihedral group D5.
const PRODUCT: [[u8; 10]; 10] = [
    [0, 1, 2, 3, 4, 5, 6, 7, 8, 9],
    [1, 2, 3, 4, 0, 6, 7, 8, 9, 5],
    [2, 3, 4, 0, 1, 7, 8, 9, 5, 6],
    [3, 4, 0, 1, 2, 8, 9, 5, 6, 7],
    [4, 0, 1, 2, 3, 9, 5, 6, 7, 8],
    [5, 9, 8, 7, 6, 0, 4, 3, 2, 1],
    [6, 5, 9, 8, 7, 1, 0, 4, 3, 2],
    [7, 6, 5, 9, 8, 2, 1, 0, 4, 3],
    [8, 7, 6, 5, 9, 3, 2, 1, 0, 4],
    [9, 8, 7, 6, 5, 4, 3, 2, 1, 0],
];

/// What a digit becomes at its place from the right, modulo 8.
const PERMUTATION: [[u8; 10]; 8] = [
    [0, 1, 2, 3, 4, 5, 6, 7, 8, 9],
    [1, 5, 7, 6, 2, 8, 3, 0, 9, 4],
    [5, 8, 0, 3, 7, 9, 6, 1, 4, 2],
    [8, 9, 1, 6, 0, 4, 3, 5, 2, 7],
    [9, 4, 5, 3, 1, 2, 6, 8, 7, 0],
    [4, 2, 8, 6, 5, 7, 3, 9, 0, 1],
    [2, 7, 9, 3, 8, 0, 6, 4, 1, 5],
    [7, 0, 4, 6, 9, 1, 3, 2, 5, 8],
];

/// Whether the digits, the last of which is a check digit, fulfil the scheme of Verhoeff.
pub fn verhoeff_valid(text: &str) -> bool {
    let cell = |table: &[[u8; 10]], row: usize, column: u8| {
        table.get(row).and_then(|row| row.get(usize::from(column))).copied().unwrap_or_default()
    };
    let sum = text.bytes().rev().zip((0..8_usize).cycle()).fold(0_u8, |sum, (byte, place)| {
        let value = byte.saturating_sub(b'0');
        cell(&PRODUCT, usize::from(sum), cell(&PERMUTATION, place, value))
    });
    all_digits(text) && !text.is_empty() && sum == 0
}

/// The well-formed codes that differ from the digits in one digit, or in two neighbours that changed places: first with another
/// last digit (the check digit), then those with neighbours changed, then by place.
pub(super) fn neighbours(text: &str, valid: impl Fn(&str) -> bool) -> Vec<String> {
    let mut near = Vec::new();
    let mut changed = text.as_bytes().to_vec();
    let last = text.len().saturating_sub(1);
    let mut consider = |changed: &[u8]| {
        let fits =
            std::str::from_utf8(changed).ok().filter(|candidate| *candidate != text && valid(candidate));
        near.extend(fits.map(str::to_owned));
    };
    substitute(&mut changed, last, &mut consider);
    for at in 1..changed.len() {
        changed.swap(at.saturating_sub(1), at);
        consider(&changed);
        changed.swap(at.saturating_sub(1), at);
    }
    for at in 0..last {
        substitute(&mut changed, at, &mut consider);
    }
    near
}

/// Tries every digit at a place, and puts the old one back.
fn substitute(text: &mut [u8], at: usize, consider: &mut impl FnMut(&[u8])) {
    let Some(old) = text.get(at).copied() else { return };
    for digit in b'0'..=b'9' {
        text.iter_mut().skip(at).take(1).for_each(|byte| *byte = digit);
        consider(text);
    }
    text.iter_mut().skip(at).take(1).for_each(|byte| *byte = old);
}

pub(super) fn all_digits(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_digit())
}

fn digit(byte: u8) -> u32 {
    char::from(byte).to_digit(10).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn check_digits_of_the_specification() {
        for (body, check) in [
            ("690123456789", 2),
            ("0690123456789", 2),
            ("1690123456789", 9),
            ("629104150021", 3),
            ("880620500012", 6),
            ("00012345600001234", 3),
            ("8690111000002", 0),
        ] {
            assert_eq!(gs1_check(body), check, "{body}");
            assert!(gs1_valid(&format!("{body}{check}")));
        }
        for bad in ["", "6", "690123456789x", "六"] {
            assert!(!gs1_valid(bad), "{bad}");
        }
    }

    #[test]
    fn verhoeff_finds_the_changed_digit() {
        for good in ["322236009", "39720311000001101", "22298006", "73211009"] {
            assert!(verhoeff_valid(good), "{good}");
        }
        for bad in ["22298007", "", "2229800x"] {
            assert!(!verhoeff_valid(bad), "{bad}");
        }
    }

    #[test]
    fn every_swap_of_neighbours_is_caught_but_of_those_that_differ_by_five() {
        let good = "6291041500213";
        for at in 1..good.len() {
            let mut bytes = good.as_bytes().to_vec();
            let apart = bytes[at].abs_diff(bytes[at - 1]);
            bytes.swap(at - 1, at);
            let swapped = String::from_utf8(bytes).unwrap();
            assert_eq!(gs1_valid(&swapped), matches!(apart, 0 | 5), "{swapped}");
        }
    }

    #[test]
    fn neighbours_hold_what_was_meant() {
        let near = neighbours("6901234567829", gs1_valid);
        assert_eq!(near.first().map(String::as_str), Some("6901234567823"));
        assert!(near.contains(&"6901234567892".to_owned()), "the last two changed places");
        assert!(near.iter().all(|code| gs1_valid(code)));
    }
}
