//! The letter of the name in a national code: in 13,707 of 13,738 real codes the initial of the active part. It is worth a word where it is not, and no
//! error.
use crate::catalog::code::AnyCode;
use crate::catalog::pinyin::may_begin;

/// What stands before the active part and is skipped by most codes: salts, acids, and how it is used.
const SKIPPED: &[&str] = &[
    "注射用",
    "吸入用",
    "外用",
    "复方",
    "重组",
    "人",
    "盐酸",
    "硫酸氢",
    "硫酸",
    "磷酸",
    "枸橼酸",
    "马来酸",
    "富马酸",
    "酒石酸",
    "重酒石酸",
    "甲磺酸",
    "苯磺酸",
    "对甲苯磺酸",
    "甲苯磺酸",
    "醋酸",
    "乙酸",
    "氢溴酸",
    "琥珀酸",
    "乳酸",
    "乳糖酸",
    "硝酸",
    "单硝酸",
    "门冬氨酸",
    "苹果酸",
    "丙酸",
    "草酸",
    "门冬",
    "精氨酸",
    "那",
];

/// The letter of the name, in codes that have one.
pub(super) fn names_letter(code: &AnyCode) -> Option<char> {
    let name = if let AnyCode::NhsaWestern(western) = code {
        western.name()
    } else if let AnyCode::NhsaPatent(patent) = code {
        patent.name()
    } else {
        return None;
    };
    name.chars().next()
}

/// Whether the letter is the initial of the name, or of what is left of it behind words that do not count.
pub(super) fn fits(name: &str, letter: char) -> bool {
    let mut rest = name;
    loop {
        let begins = rest.chars().find(|one| one.is_alphanumeric()).is_some_and(|one| may_begin(one, letter));
        if begins {
            return true;
        }
        let mut skipped = SKIPPED.iter().filter_map(|word| rest.strip_prefix(word));
        match skipped.next() {
            Some(after) => rest = after,
            None => return false,
        }
    }
}
