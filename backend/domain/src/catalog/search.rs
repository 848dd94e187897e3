//! What somebody typed into the search of the registry: a code, a name, or what may be either.
use super::code::{AnyCode, Checked, CodeKind, check};
use super::pinyin::Sound;
use super::spec::normal_name;

/// Characters of a name that is looked for.
const NAME_CHARACTERS_MAX: usize = 100;
/// Fewer letters would fit too many names.
const LETTERS_MIN: usize = 2;

/// A text that was looked at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Term {
    /// As which code it can be read.
    pub checked: Checked,
    /// As which name it can be read; none for a code.
    pub name: Option<NameTerm>,
}

/// A name, or how one sounds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NameTerm {
    /// Plain characters, small letters, no blanks.
    pub normal: String,
    /// How it sounds; letters are taken as they are, so pinyin stays pinyin.
    pub sound: String,
    /// Whether it may be the initials of a name.
    pub initials: bool,
}

impl Term {
    /// Looks at a text.
    pub fn of(text: &str) -> Self {
        let checked = check(text);
        let name = if may_be_name(&checked, text) { NameTerm::of(text) } else { None };
        Self { checked, name }
    }
}

impl NameTerm {
    /// Reads a name. `None` for one that is too short or too long to look for.
    pub fn of(text: &str) -> Option<Self> {
        let normal = normal_name(text).replace('ü', "v");
        let sound = Sound::of(&normal).full;
        let characters = normal.chars().count();
        if characters > NAME_CHARACTERS_MAX || sound.len() < LETTERS_MIN {
            return None;
        }
        let initials = normal == sound;
        Some(Self { normal, sound, initials })
    }
}

/// The codes under which an item may be registered that a well-formed code is about, the most precise first: a scanned string names a trade item, a trace code a
/// kind of pack, a single consumable what it is paid as.
pub fn keys(code: &AnyCode) -> Vec<(CodeKind, String)> {
    let own = (code.kind(), code.to_string());
    let more = if let AnyCode::ElementString(scanned) = code {
        scanned.gtin().map(|gtin| (CodeKind::Gtin, gtin.to_string()))
    } else if let AnyCode::TraceCode(trace) = code {
        Some((CodeKind::TracePrefix, trace.identifier().to_string()))
    } else if let AnyCode::NhsaConsumable(single) = code {
        Some((CodeKind::NhsaConsumable, single.payment_code().to_string()))
    } else if let AnyCode::MaUdi(udi) = code {
        Some((CodeKind::MaUdi, udi.device().to_owned()))
    } else if let AnyCode::AhmUdi(udi) = code {
        Some((CodeKind::AhmUdi, udi.device().to_owned()))
    } else {
        None
    };
    let more = more.filter(|key| *key != own);
    std::iter::once(own).chain(more).collect()
}

/// A well-formed code is no name, except for kinds that any word fits. What is faulty is one if it has no digits at all.
fn may_be_name(checked: &Checked, text: &str) -> bool {
    match (&checked.code, checked.kind) {
        (Some(code), _) => matches!(code.kind(), CodeKind::Atc | CodeKind::NhsaPreparation),
        (None, None) => true,
        (None, Some(_)) => !text.chars().any(char::is_numeric),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_scanned_code_is_about_what_it_names() {
        let keys = |text: &str| {
            let found = keys(&check(text).code.unwrap());
            found.into_iter().map(|(kind, value)| format!("{} {value}", kind.name())).collect::<Vec<_>>()
        };
        assert_eq!(keys("XL02BBA326A001010102180"), ["nhsa-western XL02BBA326A001010102180"]);
        let scanned = keys("]d20106901234567892112612311728123110A213B1\u{1d}211234");
        assert_eq!(scanned.last().unwrap(), "gtin 06901234567892");
        assert_eq!(keys("81234567890123456789").last().unwrap(), "trace-prefix 8123456");
        let single = keys("C0201010520000101234");
        assert_eq!(single, ["nhsa-consumable C0201010520000101234"]);
        assert_eq!(
            keys("C02010105200001012340000001").last().unwrap(),
            "nhsa-consumable C0201010520000101234"
        );
    }

    #[test]
    fn names_and_codes_are_told_apart() {
        let seen = |text: &str| {
            let term = Term::of(text);
            (term.checked.code.is_some(), term.name.map(|name| (name.sound, name.initials)))
        };
        let name = |sound: &str, initials: bool| Some((sound.to_owned(), initials));
        assert_eq!(seen("XL02BBA326A001010102180"), (true, None));
        assert_eq!(seen("XL02BBA326A0010101O2180"), (false, None));
        assert_eq!(seen("国药准字H20123298"), (true, None));
        assert_eq!(seen("阿莫西林"), (false, name("amoxilin", false)));
        assert_eq!(seen("AMXLJN"), (false, name("amxljn", true)));
        assert_eq!(seen("xiaochaihu tang"), (false, name("xiaochaihutang", true)));
        assert_eq!(seen("tongxinluo"), (false, name("tongxinluo", true)));
        assert_eq!(seen("B12"), (true, name("b12", true)));
        assert_eq!(seen("lühuana"), (false, name("lvhuana", true)));
        assert_eq!(seen("阿"), (false, None));
        assert_eq!(seen("8690111000002"), (false, None));
        assert_eq!(seen(&"长".repeat(101)), (false, None));
    }
}
