//! 拼音: what a name sounds like, in plain letters, so that it is found by typing them, by their initials, and with a wrong character.
use pinyin::{ToPinyin, ToPinyinMulti};

use super::spec::normal_name;

/// What a name sounds like.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Sound {
    /// Every syllable without its tone, ü as v, Latin letters and digits as they are; nothing between them.
    pub full: String,
    /// The first letter of every syllable, and of every Latin word.
    pub initials: String,
}

/// Words of the field whose characters are usually read otherwise.
const READINGS: &[(&str, &[&str])] = &[
    ("白术", &["bai", "zhu"]),
    ("苍术", &["cang", "zhu"]),
    ("莪术", &["e", "zhu"]),
    ("重组", &["chong", "zu"]),
    ("重酒石酸", &["chong", "jiu", "shi", "suan"]),
    ("阿胶", &["e", "jiao"]),
    ("藏红花", &["zang", "hong", "hua"]),
    ("藏青果", &["zang", "qing", "guo"]),
    ("单硝酸", &["dan", "xiao", "suan"]),
    ("石斛", &["shi", "hu"]),
    ("大黄", &["da", "huang"]),
    ("调经", &["tiao", "jing"]),
    ("血", &["xue"]),
];
/// Latin words up to so many letters are codes, such as B12, and are kept whole among the initials.
const CODE_LETTERS_MAX: usize = 3;

impl Sound {
    /// How a name sounds.
    pub fn of(name: &str) -> Self {
        let mut sound = Self { full: String::new(), initials: String::new() };
        for word in name.split_whitespace() {
            sound.say(&normal_name(word));
        }
        sound
    }

    fn say(&mut self, text: &str) {
        let mut rest = text;
        while let Some(first) = rest.chars().next() {
            let known = READINGS.iter().find(|(word, _)| rest.starts_with(word));
            let latin = rest.bytes().take_while(u8::is_ascii_alphanumeric).count();
            let taken = match known {
                Some((word, syllables)) => {
                    syllables.iter().for_each(|syllable| self.syllable(syllable));
                    word.len()
                }
                None if latin > 0 => {
                    self.word(rest.get(..latin).unwrap_or_default());
                    latin
                }
                None => {
                    let plain = first.to_pinyin().map(|reading| reading.plain().replace('ü', "v"));
                    plain.into_iter().for_each(|syllable| self.syllable(&syllable));
                    first.len_utf8()
                }
            };
            rest = rest.get(taken..).unwrap_or_default();
        }
    }

    fn syllable(&mut self, syllable: &str) {
        self.full.push_str(syllable);
        self.initials.extend(syllable.chars().next());
    }

    fn word(&mut self, word: &str) {
        self.full.push_str(word);
        let kept = if word.len() <= CODE_LETTERS_MAX { word.len() } else { 1 };
        self.initials.extend(word.chars().take(kept));
    }
}

/// Whether some reading of the character, or the letter itself, begins with that capital letter.
pub(super) fn may_begin(one: char, letter: char) -> bool {
    let wanted = letter.to_ascii_lowercase();
    let itself = one.is_ascii_alphabetic() && one.to_ascii_lowercase() == wanted;
    let readings = one.to_pinyin_multi();
    itself || readings.is_some_and(|all| all.into_iter().any(|reading| reading.plain().starts_with(wanted)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sound(name: &str) -> (String, String) {
        let sound = Sound::of(name);
        (sound.full, sound.initials)
    }

    #[test]
    fn names_sound_as_a_pharmacist_says_them() {
        for (name, full, initials) in [
            ("阿莫西林胶囊", "amoxilinjiaonang", "amxljn"),
            ("氯化钠注射液", "lvhuanazhusheye", "lhnzsy"),
            ("重组人胰岛素", "chongzurenyidaosu", "czryds"),
            ("白术", "baizhu", "bz"),
            ("维生素Ｂ１２片", "weishengsub12pian", "wssb12p"),
            ("Amoxicillin and Clavulanate", "amoxicillinandclavulanate", "aandc"),
            ("儿童清肺口服液（无糖）", "ertongqingfeikoufuyewutang", "etqfkfywt"),
        ] {
            assert_eq!(sound(name), (full.to_owned(), initials.to_owned()), "{name}");
        }
    }

    #[test]
    fn any_reading_may_begin_a_name() {
        assert!(may_begin('重', 'C') && may_begin('重', 'Z') && may_begin('L', 'L'));
        assert!(!may_begin('阿', 'Z') && !may_begin('(', 'A'));
    }
}
