//! Texts that people type, parsed once at the edge.
use crate::errors::{Code, Refusal};

/// A name of an organization, a person or an alliance.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Name(String);

impl Name {
    /// 1 to 200 characters, none a control character, blanks trimmed. Errors: `NAME_INVALID`.
    pub fn parse(text: &str) -> Result<Self, Refusal> {
        bounded(text, 200).map(Self).ok_or(Refusal::of(Code::NameInvalid))
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Why something was returned, suspended or disabled.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reason(String);

impl Reason {
    /// 1 to 1000 characters, none a control character, blanks trimmed. Errors: `REASON_MISSING`.
    pub fn parse(text: &str) -> Result<Self, Refusal> {
        bounded(text, 1000).map(Self).ok_or(Refusal::of(Code::ReasonMissing).at("reason"))
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

fn bounded(text: &str, longest: usize) -> Option<String> {
    let text = text.trim();
    let length = text.chars().count();
    let fits = length > 0 && length <= longest && !text.chars().any(char::is_control);
    fits.then(|| text.to_owned())
}

/// What a user logs in as.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LoginName(String);

impl LoginName {
    /// 3 to 64 of lowercase letters, digits and `.-_@`. Errors: `LOGIN_NAME_INVALID`.
    pub fn parse(text: &str) -> Result<Self, Refusal> {
        let allowed = |byte: u8| {
            byte.is_ascii_lowercase() || byte.is_ascii_digit() || matches!(byte, b'.' | b'-' | b'_' | b'@')
        };
        if (3..=64).contains(&text.len()) && text.bytes().all(allowed) {
            Ok(Self(text.to_owned()))
        } else {
            Err(Refusal::of(Code::LoginNameInvalid).at("loginName"))
        }
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// A password that a user chose. Shows nothing of itself.
#[derive(Clone)]
pub struct Password(String);

impl Password {
    /// 12 to 128 characters that do not hold the login name. Errors: `PASSWORD_WEAK`.
    pub fn choose(text: &str, login: &LoginName) -> Result<Self, Refusal> {
        let length = text.chars().count();
        let holds_login = text.to_lowercase().contains(login.as_str());
        if (12..=128).contains(&length) && !holds_login {
            Ok(Self(text.to_owned()))
        } else {
            Err(Refusal::of(Code::PasswordWeak).at("password"))
        }
    }

    /// The characters, for hashing only.
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl std::fmt::Debug for Password {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Password(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_trimmed_and_bounded() {
        assert_eq!(Name::parse("  江苏省人民医院 ").unwrap().as_str(), "江苏省人民医院");
        assert!(Name::parse(&"院".repeat(200)).is_ok());
        for bad in ["", "  ", "a\u{0}b", &"院".repeat(201)] {
            assert_eq!(Name::parse(bad).unwrap_err().code, Code::NameInvalid);
        }
        assert_eq!(Reason::parse(" ").unwrap_err().code, Code::ReasonMissing);
    }

    #[test]
    fn login_names_are_lowercase_and_bounded() {
        assert!(LoginName::parse("li.na@hospital-1").is_ok());
        for bad in ["ab", "Li.Na", "李娜", "a b c", &"a".repeat(65)] {
            assert_eq!(LoginName::parse(bad).unwrap_err().code, Code::LoginNameInvalid, "{bad}");
        }
    }

    #[test]
    fn a_password_is_long_enough_and_does_not_hold_the_login_name() {
        let login = LoginName::parse("li.na").unwrap();
        assert!(Password::choose("correct horse", &login).is_ok());
        for bad in ["elevenchars", &"x".repeat(129), "my-LI.NA-password"] {
            assert_eq!(Password::choose(bad, &login).unwrap_err().code, Code::PasswordWeak, "{bad}");
        }
    }

    #[test]
    fn a_password_shows_nothing_of_itself() {
        let login = LoginName::parse("li.na").unwrap();
        let password = Password::choose("correct horse", &login).unwrap();
        assert_eq!(format!("{password:?}"), "Password(…)");
    }
}
