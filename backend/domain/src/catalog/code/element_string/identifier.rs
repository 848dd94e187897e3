//! Application identifiers (AIs): what an element is about and how long it may be.

/// What may stand in the variable part of a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Tail {
    /// Digits.
    Digits,
    /// The 82 characters of GS1.
    Characters,
}

/// Identifiers that follow each other and have values of one form: `head` digits, then `tail` characters from `least` to `most`.
#[derive(Clone, Copy, Debug)]
struct Row {
    first: u16,
    last: u16,
    /// Digits of the identifier itself.
    width: usize,
    form: Form,
}

/// The form of a value.
#[derive(Clone, Copy, Debug)]
pub(super) struct Form {
    /// Digits that have to be there.
    pub(super) head: usize,
    /// What may follow.
    pub(super) tail: Tail,
    /// Characters that have to follow.
    pub(super) least: usize,
    /// Characters that may follow.
    pub(super) most: usize,
    /// How many digits, from the first, end with a check digit; 0 for none.
    pub(super) checked: usize,
}

const fn digits(head: usize) -> Form {
    Form { head, tail: Tail::Digits, least: 0, most: 0, checked: 0 }
}

const fn checked(head: usize) -> Form {
    Form { checked: head, ..digits(head) }
}

const fn up_to(tail: Tail, most: usize) -> Form {
    Form { head: 0, tail, least: 1, most, checked: 0 }
}

const fn then(head: Form, tail: Tail, most: usize) -> Form {
    Form { tail, most, ..head }
}

const fn one(identifier: u16, width: usize, form: Form) -> Row {
    Row { first: identifier, last: identifier, width, form }
}

const fn range(first: u16, last: u16, width: usize, form: Form) -> Row {
    Row { first, last, width, form }
}

use Tail::{Characters, Digits};

/// The identifiers, from the table of GS1's Digital Link toolkit and the general specifications.
const ROWS: &[Row] = &[
    one(0, 2, checked(18)),
    range(1, 3, 2, checked(14)),
    one(10, 2, up_to(Characters, 20)),
    range(11, 13, 2, digits(6)),
    range(15, 17, 2, digits(6)),
    one(20, 2, digits(2)),
    range(21, 22, 2, up_to(Characters, 20)),
    one(235, 3, up_to(Characters, 28)),
    range(240, 241, 3, up_to(Characters, 30)),
    one(242, 3, up_to(Digits, 6)),
    one(243, 3, up_to(Characters, 20)),
    range(250, 251, 3, up_to(Characters, 30)),
    one(253, 3, then(checked(13), Characters, 17)),
    one(254, 3, up_to(Characters, 20)),
    one(255, 3, then(checked(13), Digits, 12)),
    one(30, 2, up_to(Digits, 8)),
    range(3100, 3699, 4, digits(6)),
    one(37, 2, up_to(Digits, 8)),
    range(3900, 3909, 4, up_to(Digits, 15)),
    range(3910, 3919, 4, then(digits(3), Digits, 15)),
    range(3920, 3929, 4, up_to(Digits, 15)),
    range(3930, 3939, 4, then(digits(3), Digits, 15)),
    range(3940, 3943, 4, digits(4)),
    range(400, 401, 3, up_to(Characters, 30)),
    one(402, 3, checked(17)),
    one(403, 3, up_to(Characters, 30)),
    range(410, 417, 3, checked(13)),
    one(420, 3, up_to(Characters, 20)),
    one(421, 3, then(digits(3), Characters, 9)),
    one(422, 3, digits(3)),
    one(423, 3, then(digits(3), Digits, 12)),
    one(424, 3, digits(3)),
    one(425, 3, then(digits(3), Digits, 12)),
    one(426, 3, digits(3)),
    one(427, 3, up_to(Characters, 3)),
    one(7001, 4, digits(13)),
    one(7002, 4, up_to(Characters, 30)),
    one(7003, 4, digits(10)),
    one(7004, 4, up_to(Digits, 4)),
    one(7005, 4, up_to(Characters, 12)),
    one(7006, 4, digits(6)),
    one(7007, 4, then(digits(6), Digits, 6)),
    one(7008, 4, up_to(Characters, 3)),
    one(7009, 4, up_to(Characters, 10)),
    one(7010, 4, up_to(Characters, 2)),
    one(7011, 4, then(digits(6), Digits, 4)),
    range(7020, 7022, 4, up_to(Characters, 20)),
    one(7023, 4, up_to(Characters, 30)),
    range(7030, 7039, 4, then(digits(3), Characters, 27)),
    one(7040, 4, then(digits(1), Characters, 3)),
    range(710, 716, 3, up_to(Characters, 20)),
    range(7230, 7239, 4, up_to(Characters, 30)),
    one(8001, 4, digits(14)),
    one(8002, 4, up_to(Characters, 20)),
    one(8003, 4, then(Form { checked: 14, ..digits(14) }, Characters, 16)),
    one(8004, 4, up_to(Characters, 30)),
    one(8005, 4, digits(6)),
    one(8006, 4, Form { checked: 14, ..digits(18) }),
    one(8007, 4, up_to(Characters, 34)),
    one(8008, 4, then(digits(8), Digits, 4)),
    one(8009, 4, up_to(Characters, 50)),
    one(8010, 4, up_to(Characters, 30)),
    one(8011, 4, up_to(Digits, 12)),
    one(8012, 4, up_to(Characters, 20)),
    one(8013, 4, up_to(Characters, 30)),
    one(8014, 4, up_to(Characters, 25)),
    range(8017, 8018, 4, checked(18)),
    one(8019, 4, up_to(Digits, 10)),
    one(8020, 4, up_to(Characters, 25)),
    one(8026, 4, Form { checked: 14, ..digits(18) }),
    one(8110, 4, up_to(Characters, 70)),
    one(8111, 4, digits(4)),
    one(8112, 4, up_to(Characters, 70)),
    one(8200, 4, up_to(Characters, 70)),
    one(90, 2, up_to(Characters, 30)),
    range(91, 99, 2, up_to(Characters, 90)),
];

/// Identifiers of a thing, one of which an element string needs: the others only say something about it.
const KEYS: &[&str] = &[
    "00", "01", "253", "255", "401", "402", "410", "411", "412", "413", "414", "415", "416", "417", "8003",
    "8004", "8006", "8010", "8013", "8017", "8018",
];

/// Identifiers that labels of medicines and devices hold beside the key.
const ON_LABELS: &[&str] = &["10", "11", "13", "15", "17", "21"];

/// Identifiers and what their values are called.
const NAMES: &[(&str, &str)] = &[
    ("00", "sscc"),
    ("01", "gtin"),
    ("02", "content_gtin"),
    ("10", "lot"),
    ("11", "production_date"),
    ("12", "due_date"),
    ("13", "packaging_date"),
    ("15", "best_before_date"),
    ("16", "sell_by_date"),
    ("17", "expiry_date"),
    ("20", "variant"),
    ("21", "serial"),
    ("22", "consumer_variant"),
    ("30", "count"),
    ("37", "content_count"),
    ("240", "additional_id"),
    ("410", "ship_to_gln"),
    ("414", "gln"),
    ("417", "party_gln"),
];

/// The form of the values of an identifier.
pub(super) fn form(identifier: &str) -> Option<Form> {
    let number: u16 =
        identifier.parse().ok().filter(|_| identifier.bytes().all(|byte| byte.is_ascii_digit()))?;
    let holds = |row: &&Row| row.width == identifier.len() && (row.first..=row.last).contains(&number);
    ROWS.iter().find(holds).map(|row| row.form)
}

/// The identifier that the text begins with.
pub(super) fn leading(text: &str) -> Option<(&str, Form)> {
    let candidates = [2, 3, 4].into_iter().filter_map(|width| text.get(..width));
    candidates.filter_map(|identifier| form(identifier).map(|form| (identifier, form))).next()
}

/// Whether the identifier's values need no separator after them: their length is known from its first two digits.
pub(super) fn is_predefined(identifier: &str) -> bool {
    identifier.get(..2).is_some_and(|two| {
        matches!(
            two,
            "00" | "01"
                | "02"
                | "03"
                | "04"
                | "11"
                | "12"
                | "13"
                | "14"
                | "15"
                | "16"
                | "17"
                | "18"
                | "19"
                | "20"
        ) || matches!(two, "31" | "32" | "33" | "34" | "35" | "36" | "41")
    })
}

/// Whether the identifier stands for a thing.
pub(super) fn is_key(identifier: &str) -> bool {
    KEYS.contains(&identifier)
}

/// Whether labels of medicines and devices hold it beside the key.
pub(super) fn is_on_labels(identifier: &str) -> bool {
    ON_LABELS.contains(&identifier)
}

/// What the value is called; the identifier itself where it has no name here.
pub(super) fn name(identifier: &str) -> Option<&'static str> {
    NAMES.iter().find(|(known, _)| *known == identifier).map(|(_, name)| *name)
}

/// Whether the value begins with a day YYMMDD.
pub(super) fn is_dated(identifier: &str) -> bool {
    matches!(identifier, "11" | "12" | "13" | "15" | "16" | "17" | "7003" | "7006" | "7007" | "7011" | "8008")
}

/// The 82 characters of GS1.
pub(super) const fn is_character(one: char) -> bool {
    one.is_ascii_alphanumeric() || matches!(one, '!' | '"' | '%'..='/' | ':'..='?' | '_')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_identifier_begins_another() {
        let all: Vec<String> = ROWS
            .iter()
            .flat_map(|row| {
                (row.first..=row.last).map(|number| format!("{number:0width$}", width = row.width))
            })
            .collect();
        for identifier in &all {
            assert_eq!(leading(&format!("{identifier}x")).map(|(found, _)| found), Some(identifier.as_str()));
            assert!(
                !is_predefined(identifier) || form(identifier).is_some_and(|form| form.most == 0),
                "{identifier}"
            );
        }
        assert_eq!(all.iter().collect::<std::collections::BTreeSet<_>>().len(), all.len());
    }

    #[test]
    fn there_are_82_characters() {
        assert_eq!((0..=255_u8).map(char::from).filter(|one| is_character(*one)).count(), 82);
    }
}
