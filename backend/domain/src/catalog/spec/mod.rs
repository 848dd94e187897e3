//! 规格: what a label declares of strength and pack, made comparable.
//!
//! `0.1ｇ`, `100mg` and `100 毫克` are one spec, and so are `0.1g:10ml` and `10ml:100mg`, `20mg与12.5mg` and `20mg+12.5mg`. Nothing is
//! guessed: words stay words, so what is not understood is compared as it is written. What the amount refers to (以芬太尼计) is kept
//! beside it, and so is the pack, which is no part of the spec.
mod quantity;

pub use quantity::{Quantity, Unit};

use std::fmt;

use unicode_normalization::UnicodeNormalization;

use quantity::{leading, number};

/// Characters that a spec may have.
const CHARACTERS_MAX: usize = 500;
/// What joins substances.
const JOINTS: [&str; 7] = ["与", "和", "及", "、", ",", ";", "+"];
/// Signs between strength and pack, and between the levels of a pack.
const TIMES: [char; 5] = ['×', '*', '✕', '⨯', '╳'];
/// What stands before a strength and says nothing.
const FILLERS: [&str; 4] = ["每", "含", "装", "为"];
/// Smallest units and what they are packed in.
const COUNTED: [&str; 20] = [
    "片", "粒", "支", "瓶", "袋", "丸", "贴", "板", "盒", "枚", "包", "块", "喷", "揿", "张", "套", "筒",
    "吸", "滴", "颗",
];

/// A spec in its one form.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct NormalSpec {
    strength: String,
    basis: Vec<String>,
    contents: Vec<Quantity>,
    volume: Option<Quantity>,
    pack: Option<u64>,
}

impl NormalSpec {
    /// Makes a spec comparable. `None` for a text that says nothing, or has more than 500 characters.
    pub fn parse(text: &str) -> Option<Self> {
        let text = plain(text);
        if text.is_empty() || text.chars().count() > CHARACTERS_MAX {
            return None;
        }
        let (main, notes) = without_notes(&text);
        let (main, pack) = without_pack(&main);
        let (basis, remarks): (Vec<String>, Vec<String>) = notes.into_iter().partition(|note| is_basis(note));
        let mut spec = Self { strength: String::new(), basis, contents: Vec::new(), volume: None, pack };
        let sides: Vec<String> = main.split(':').map(|side| spec.side(side)).collect();
        spec.strength = volume_first(sides);
        for remark in remarks {
            spec.strength.push_str(&format!("({})", amounts_normal(&remark)));
        }
        let says = !spec.strength.is_empty() || !spec.basis.is_empty() || spec.pack.is_some();
        says.then_some(spec)
    }

    /// What is declared of the strength, in one form.
    pub fn strength(&self) -> &str {
        &self.strength
    }

    /// What the amounts refer to, such as 以芬太尼计.
    pub fn basis(&self) -> &[String] {
        &self.basis
    }

    /// The amounts of substances, in the order of the label.
    pub fn contents(&self) -> &[Quantity] {
        &self.contents
    }

    /// The volume that they are in.
    pub const fn volume(&self) -> Option<Quantity> {
        self.volume
    }

    /// Smallest units in the pack.
    pub const fn pack(&self) -> Option<u64> {
        self.pack
    }

    /// One side of the colon: substances with their amounts, in one form.
    fn side(&mut self, side: &str) -> String {
        let mut joined = side.to_owned();
        for joint in JOINTS {
            joined = joined.replace(joint, "+");
        }
        let parts = joined.split('+').map(|part| self.part(part)).filter(|part| !part.is_empty());
        parts.collect::<Vec<_>>().join("+")
    }

    fn part(&mut self, part: &str) -> String {
        let mut text = String::new();
        let mut rest = without_fillers(part);
        while let Some(first) = rest.chars().next() {
            let within_number = text.ends_with(|one: char| one.is_ascii_digit() || one == '.');
            match leading(rest).filter(|_| !within_number) {
                Some((quantity, after)) => {
                    self.found(quantity);
                    text.push_str(&quantity.to_string());
                    rest = after;
                }
                None => {
                    text.push(first);
                    rest = rest.get(first.len_utf8()..).unwrap_or_default();
                }
            }
        }
        text
    }

    fn found(&mut self, quantity: Quantity) {
        if quantity.unit == Unit::Millilitre && self.volume.is_none() {
            self.volume = Some(quantity);
        } else {
            self.contents.push(quantity);
        }
    }
}

impl fmt::Display for NormalSpec {
    /// Strength, basis and pack; reading it again gives the same.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.strength)?;
        self.basis.iter().try_for_each(|basis| write!(f, "({basis})"))?;
        self.pack.map_or(Ok(()), |pack| write!(f, "×{pack}"))
    }
}

/// The name of a drug, a form or a firm in one form: plain characters, small letters, no blanks.
pub fn normal_name(text: &str) -> String {
    plain(text)
}

fn plain(text: &str) -> String {
    let letters = text.nfkc().filter(|one| !one.is_whitespace() && !one.is_control());
    letters.flat_map(char::to_lowercase).map(plain_sign).collect()
}

/// Signs that look alike and have no compatibility form.
const fn plain_sign(one: char) -> char {
    match one {
        'µ' => 'μ',
        '∶' | '︰' => ':',
        _ => one,
    }
}

/// The text without its brackets, and what stood in them.
fn without_notes(text: &str) -> (String, Vec<String>) {
    let (mut main, mut notes, mut depth) = (String::new(), Vec::<String>::new(), 0_usize);
    for one in text.chars() {
        match one {
            '(' => {
                depth = depth.saturating_add(1);
                if depth == 1 {
                    notes.push(String::new());
                }
            }
            ')' => depth = depth.saturating_sub(1),
            _ if depth == 0 => main.push(one),
            _ => notes.last_mut().into_iter().for_each(|note| note.push(one)),
        }
    }
    notes.retain(|note| !note.is_empty());
    notes.sort_unstable();
    notes.dedup();
    (main, notes)
}

/// 以…计 and 按…计.
fn is_basis(note: &str) -> bool {
    note.starts_with(['以', '按']) && note.ends_with('计')
}

/// The text without its pack, and the smallest units in it: the numbers behind the signs of multiplication.
fn without_pack(text: &str) -> (String, Option<u64>) {
    let mut levels = text.split(|one| TIMES.contains(&one) || one == 'x');
    let first = levels.next().unwrap_or_default();
    let counts: Option<Vec<u64>> = levels.map(count).collect();
    match counts.filter(|counts| !counts.is_empty()) {
        Some(counts) => match pack_alone(first) {
            Some(units) => (String::new(), counts.iter().try_fold(units, |all, one| all.checked_mul(*one))),
            None => (first.to_owned(), counts.iter().try_fold(1_u64, |all, one| all.checked_mul(*one))),
        },
        None => match pack_alone(text) {
            Some(units) => (String::new(), Some(units)),
            None => (text.to_owned(), None),
        },
    }
}

/// `7片/板` alone is a pack; `10mg` is none.
fn pack_alone(text: &str) -> Option<u64> {
    let bare = text.bytes().all(|byte| byte.is_ascii_digit());
    if bare { None } else { count(text) }
}

/// A level of a pack: a whole number, and what is counted.
fn count(level: &str) -> Option<u64> {
    let (amount, rest) = number(level)?;
    let words = rest
        .split('/')
        .all(|word| word.is_empty() || COUNTED.iter().any(|counted| word.starts_with(counted)));
    let whole = amount.is_integer().then(|| u64::try_from(amount).ok())??;
    (words && whole > 0).then_some(whole)
}

/// Without 每片含, 每粒装, 每瓶, 含 and their like.
fn without_fillers(part: &str) -> &str {
    let mut rest = part;
    while let Some(after) = FILLERS.iter().find_map(|filler| rest.strip_prefix(filler)) {
        rest = after.strip_prefix('1').filter(|one| starts_counted(one)).unwrap_or(after);
        rest = COUNTED.iter().find_map(|counted| rest.strip_prefix(counted)).unwrap_or(rest);
    }
    rest
}

fn starts_counted(text: &str) -> bool {
    COUNTED.iter().any(|counted| text.starts_with(counted))
}

/// Of two sides the one that is a volume stands first.
fn volume_first(mut sides: Vec<String>) -> String {
    let is_volume = |side: &str| {
        leading(side).is_some_and(|(found, rest)| found.unit == Unit::Millilitre && rest.is_empty())
    };
    if let [first, second] = sides.as_mut_slice()
        && is_volume(second)
        && !is_volume(first)
    {
        std::mem::swap(first, second);
    }
    sides.retain(|side| !side.is_empty());
    sides.join(":")
}

/// A remark with its amounts in one form.
fn amounts_normal(remark: &str) -> String {
    let mut unused = NormalSpec {
        strength: String::new(),
        basis: Vec::new(),
        contents: Vec::new(),
        volume: None,
        pack: None,
    };
    remark.split(':').map(|side| unused.side(side)).collect::<Vec<_>>().join(":")
}
