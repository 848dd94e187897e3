//! Codes that somebody may have meant.
use super::{Clean, CodeKind};

/// What a character may be replaced by.
const ALPHABET: &str = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ";
/// Characters of a text that is looked at: no code with a fixed layout has more.
const CHARACTERS_MAX: usize = 30;

/// The well-formed codes of a kind at distance one from a text: one character replaced, left out or added, or two neighbours that changed
/// places. For a kind without check digit these are hundreds; a loaded release tells which of them exist.
pub fn near(kind: CodeKind, text: &str) -> Vec<String> {
    let clean = Clean::of(text);
    let characters: Vec<char> = clean.text().chars().collect();
    if characters.len() > CHARACTERS_MAX {
        return Vec::new();
    }
    let mut found: Vec<String> = variants(&characters)
        .filter_map(|variant| kind.read(&Clean::of(&variant)).ok())
        .map(|code| code.to_string())
        .filter(|code| code != clean.text())
        .collect();
    found.sort_unstable();
    found.dedup();
    found
}

fn variants(characters: &[char]) -> impl Iterator<Item = String> + '_ {
    let swapped = (1..characters.len()).map(|at| {
        let mut changed = characters.to_vec();
        changed.swap(at.saturating_sub(1), at);
        changed.into_iter().collect()
    });
    let dropped = (0..characters.len()).map(|at| around(characters, at, None, at.saturating_add(1)));
    let replaced = (0..characters.len()).flat_map(move |at| {
        ALPHABET.chars().map(move |one| around(characters, at, Some(one), at.saturating_add(1)))
    });
    let added = (0..=characters.len())
        .flat_map(move |at| ALPHABET.chars().map(move |one| around(characters, at, Some(one), at)));
    swapped.chain(dropped).chain(replaced).chain(added)
}

/// What stands before a place, a character, and what follows from another place on.
fn around(characters: &[char], before: usize, between: Option<char>, after: usize) -> String {
    characters
        .iter()
        .take(before)
        .copied()
        .chain(between)
        .chain(characters.iter().skip(after).copied())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_typing_mistake_is_one_step_away() {
        let meant = "ZA04CAE0023010100166".to_owned();
        for typed in
            ["ZA04CAE0023010100168", "ZA40CAE0023010100166", "ZA04CAE002301010016", "ZA04CAE00230101001666"]
        {
            assert!(near(CodeKind::NhsaPatent, typed).contains(&meant), "{typed}");
        }
        assert!(!near(CodeKind::NhsaPatent, &meant).contains(&meant));
        let forgotten = near(CodeKind::StandardCode, "8690111000002");
        assert!(forgotten.contains(&"86901110000020".to_owned()) && forgotten.len() == 11, "{forgotten:?}");
        assert_eq!(near(CodeKind::Gtin, &"6".repeat(31)), Vec::<String>::new());
    }
}
