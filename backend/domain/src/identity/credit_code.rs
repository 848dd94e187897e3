//! 统一社会信用代码: the unified social credit code of an organization (GB 32100-2015).
use crate::errors::{Code, Refusal};

const ALPHABET: &str = "0123456789ABCDEFGHJKLMNPQRTUWXY";
const WEIGHTS: [usize; 17] = [1, 3, 9, 27, 19, 26, 16, 17, 20, 29, 25, 13, 8, 24, 10, 30, 28];

/// Eighteen characters, the last of which checks the others.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CreditCode(String);

impl CreditCode {
    /// Reads a code and proves its check character. Errors: `CREDIT_CODE_INVALID`.
    pub fn parse(text: &str) -> Result<Self, Refusal> {
        let values: Option<Vec<usize>> = text.chars().map(|letter| ALPHABET.find(letter)).collect();
        let checked = values.as_deref().and_then(|values| values.split_last());
        match checked {
            Some((last, body)) if body.len() == WEIGHTS.len() && *last == check(body) => {
                Ok(Self(text.to_owned()))
            }
            Some(_) | None => Err(Refusal::of(Code::CreditCodeInvalid).at("creditCode")),
        }
    }

    /// The eighteen characters.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

fn check(body: &[usize]) -> usize {
    let sum = body
        .iter()
        .zip(WEIGHTS)
        .fold(0_usize, |sum, (value, weight)| sum.saturating_add(value.saturating_mul(weight)));
    31_usize.saturating_sub(sum % 31) % 31
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_check_character_is_proved() {
        // Published codes of 华为技术有限公司 and of 阿里巴巴（中国）有限公司.
        for good in ["914403001922038216", "91330100799655058B"] {
            assert_eq!(CreditCode::parse(good).unwrap().as_str(), good);
        }
        for bad in [
            "",
            "914403001922038217",
            "91440300192203821",
            "9144030019220382160",
            "91330100799655O58B",
            "91330100799655058b",
        ] {
            assert_eq!(CreditCode::parse(bad).unwrap_err().code, Code::CreditCodeInvalid, "{bad}");
        }
    }

    #[test]
    fn any_single_changed_character_is_noticed() {
        let good = "914403001922038216";
        for at in 0..good.len() {
            for letter in ALPHABET.chars().filter(|letter| !good[at..].starts_with(*letter)) {
                let mut changed: Vec<char> = good.chars().collect();
                changed[at] = letter;
                let changed: String = changed.into_iter().collect();
                assert!(CreditCode::parse(&changed).is_err(), "{changed}");
            }
        }
    }
}
