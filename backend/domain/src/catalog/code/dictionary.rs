//! Names of classes and dosage forms, as far as they ship: published facts, incomplete by construction.
use std::collections::BTreeMap;
use std::sync::LazyLock;

type Names = BTreeMap<&'static str, &'static str>;

static CLASSES: LazyLock<Names> = LazyLock::new(|| names(include_str!("../../../catalog/classes.csv")));
static FORMS: LazyLock<Names> = LazyLock::new(|| names(include_str!("../../../catalog/forms.csv")));

/// Lines `code,name`, after a line with the source and the header.
fn names(file: &'static str) -> Names {
    file.lines().skip(2).filter_map(|line| line.split_once(',')).collect()
}

/// The name of the class with exactly that code.
pub(super) fn class(code: &str) -> Option<&'static str> {
    CLASSES.get(code).copied()
}

/// The name of the most specific class of a drug's code that is known: by its first 6, 5, 4 or 2 characters.
pub(super) fn drug_class(code: &str) -> Option<&'static str> {
    [6, 5, 4, 2].into_iter().filter_map(|length| code.get(..length)).find_map(class)
}

/// The classes of that length whose codes differ from the given one in one character, the letter for the kind aside.
pub(super) fn classes_near(code: &str) -> impl Iterator<Item = &'static str> {
    let letter = code.get(..1).unwrap_or_default();
    let siblings =
        CLASSES.keys().copied().filter(move |known| known.len() == code.len() && known.starts_with(letter));
    siblings
        .filter(move |known| known.bytes().zip(code.bytes()).filter(|(one, other)| one != other).count() == 1)
}

/// The dosage form with that code.
pub(super) fn form(code: &str) -> Option<&'static str> {
    FORMS.get(code).copied()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_files_are_whole() {
        assert_eq!((CLASSES.len(), FORMS.len()), (878, 44));
        assert_eq!(drug_class("XR03DA"), Some("黄嘌呤类"));
        assert_eq!(drug_class("XR03DZ"), class("XR03D"));
        assert_eq!(classes_near("XR13").collect::<Vec<_>>(), ["XR03"]);
        assert_eq!(form("A006"), Some("分散片"));
    }
}
