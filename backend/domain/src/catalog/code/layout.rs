//! Codes whose characters are fixed by place.
use super::finding::{Finding, FindingCode};
use super::{Clean, Faults, Parts, part};

/// A field: its name, and what may stand at each of its places: `d` a digit, `l` a capital letter, `n` either, `b` 0 or 1, anything
/// else itself.
#[derive(Clone, Copy)]
pub(super) struct Field {
    pub(super) name: &'static str,
    pub(super) shape: &'static str,
}

/// What stands for a character, and fits if it does: letters and digits that look alike.
const ALIKE: &[(char, char)] = &[('O', '0'), ('I', '1'), ('L', '1'), ('S', '5'), ('B', '8'), ('Z', '2')];

/// The text, if each character fits its place. Errors: `CODE_LENGTH`, `CODE_CHARACTER`.
pub(super) fn fitting(clean: &Clean<'_>, layout: &[Field]) -> Result<String, Faults> {
    let text = clean.text();
    let shape = || layout.iter().flat_map(|field| field.shape.chars());
    let wanted = shape().count();
    let found = text.chars().count();
    if found != wanted {
        return Err(vec![length(clean, found, wanted, layout)]);
    }
    let wrong: Vec<_> =
        text.chars().zip(shape()).enumerate().filter(|(_, (one, place))| !fits(*one, *place)).collect();
    if wrong.is_empty() {
        return Ok(text.to_owned());
    }
    let only = wrong.len() == 1;
    let fault = |(index, (one, place)): &(usize, (char, char))| {
        let fault = character(clean.position(*index), *place);
        match look_alike(*one, *place).filter(|_| only) {
            Some(meant) => fault.suggesting(vec![replaced(text, *index, meant)]),
            None => fault,
        }
    };
    Err(wrong.iter().map(fault).collect())
}

/// The parts of a text that fits.
pub(super) fn parts_of(text: &str, layout: &[Field]) -> Parts {
    let mut parts = Parts::new();
    let mut rest = text;
    for field in layout {
        let (value, after) = rest.split_at_checked(field.shape.len()).unwrap_or((rest, ""));
        part(&mut parts, field.name, value.to_owned());
        rest = after;
    }
    parts
}

fn length(clean: &Clean<'_>, found: usize, wanted: usize, layout: &[Field]) -> Finding {
    let named = layout.iter().map(|field| format!("{} {}", field.name, field.shape.len()));
    let named = named.collect::<Vec<_>>().join(", ");
    Finding::new(
        FindingCode::Length,
        clean.position(found.min(wanted)),
        format!("{wanted} characters ({named}), not {found}"),
        format!("{wanted} 位（实为 {found} 位）"),
    )
}

/// That another character has to stand there.
pub(super) fn character(position: usize, place: char) -> Finding {
    let (english, chinese) = match place {
        'd' => ("a digit".into(), "数字".into()),
        'l' => ("a letter from A to Z".into(), "字母 A 至 Z".into()),
        'n' => ("a letter from A to Z or a digit".into(), "字母 A 至 Z 或数字".into()),
        'b' => ("0 or 1".into(), "0 或 1".into()),
        itself => (format!("{itself}"), format!("{itself}")),
    };
    Finding::new(FindingCode::Character, position, english, chinese)
}

const fn fits(one: char, place: char) -> bool {
    match place {
        'd' => one.is_ascii_digit(),
        'l' => one.is_ascii_uppercase(),
        'n' => one.is_ascii_digit() || one.is_ascii_uppercase(),
        'b' => matches!(one, '0' | '1'),
        itself => one == itself,
    }
}

fn look_alike(one: char, place: char) -> Option<char> {
    let twins = ALIKE.iter().flat_map(|(letter, digit)| [(*letter, *digit), (*digit, *letter)]);
    twins.filter(|(from, to)| *from == one && fits(*to, place)).map(|(_, to)| to).next()
}

fn replaced(text: &str, index: usize, by: char) -> String {
    text.chars().enumerate().map(|(at, one)| if at == index { by } else { one }).collect()
}

/// A type for a code of fixed layout, with one method a field.
macro_rules! fixed_code {
    ($(#[$doc:meta])* $name:ident { $($(#[$field_doc:meta])* $field:ident $from:literal..$to:literal $shape:literal,)+ }) => {
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(String);

        impl $name {
            pub(super) const LAYOUT: &[$crate::catalog::code::layout::Field] =
                &[$($crate::catalog::code::layout::Field { name: stringify!($field), shape: $shape },)+];

            /// The code.
            pub fn as_str(&self) -> &str {
                &self.0
            }

            $($(#[$field_doc])*
            pub fn $field(&self) -> &str {
                self.0.get($from..$to).unwrap_or_default()
            })+
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(&self.0)
            }
        }
    };
}
pub(super) use fixed_code;
