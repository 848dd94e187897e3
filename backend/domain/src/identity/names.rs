//! Texts that people type, parsed once at the edge.
use crate::errors::{Code, Refusal};
use crate::identity::CreditCode;

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

/// What a user logs in as: the clerk's name, `@`, and the credit code of the organization. Names of other organizations can
/// then never be taken, and so registering or inviting tells nothing about anybody else's accounts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LoginName {
    text: String,
    clerk_length: usize,
}

impl LoginName {
    /// The clerk of that organization. 2 to 40 of lowercase letters, digits and `.-_`. Errors: `LOGIN_NAME_INVALID`.
    pub fn of(clerk: &str, organization: &CreditCode) -> Result<Self, Refusal> {
        let allowed = |byte: u8| {
            byte.is_ascii_lowercase() || byte.is_ascii_digit() || matches!(byte, b'.' | b'-' | b'_')
        };
        if !(2..=40).contains(&clerk.len()) || !clerk.bytes().all(allowed) {
            return Err(Refusal::of(Code::LoginNameInvalid).at("loginName"));
        }
        Ok(Self { text: format!("{clerk}@{}", organization.as_str()), clerk_length: clerk.len() })
    }

    /// Reads `clerk@CREDITCODE`. Errors: `LOGIN_NAME_INVALID`.
    pub fn parse(text: &str) -> Result<Self, Refusal> {
        let invalid = || Refusal::of(Code::LoginNameInvalid).at("loginName");
        let (clerk, code) = text.split_once('@').ok_or_else(invalid)?;
        let code = CreditCode::parse(code).map_err(|_code| invalid())?;
        Self::of(clerk, &code)
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    fn clerk(&self) -> &str {
        self.text.get(..self.clerk_length).unwrap_or(&self.text)
    }
}

/// A password that a user chose. Shows nothing of itself.
#[derive(Clone)]
pub struct Password(String);

impl Password {
    /// 12 to 128 characters that do not hold the clerk's name. Errors: `PASSWORD_WEAK`.
    pub fn choose(text: &str, login: &LoginName) -> Result<Self, Refusal> {
        let length = text.chars().count();
        let holds_login = text.to_lowercase().contains(login.clerk());
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

    fn login() -> LoginName {
        LoginName::of("li.na", &CreditCode::parse("914403001922038216").unwrap()).unwrap()
    }

    #[test]
    fn a_login_name_is_a_clerk_of_an_organization() {
        assert_eq!(login().as_str(), "li.na@914403001922038216");
        assert_eq!(LoginName::parse("li.na@914403001922038216").unwrap(), login());
        for clerk in ["a", "Li.Na", "李娜", "a b", "a@b", &"a".repeat(41)] {
            let text = format!("{clerk}@914403001922038216");
            assert_eq!(LoginName::parse(&text).unwrap_err().code, Code::LoginNameInvalid, "{text}");
        }
        for bad in ["li.na", "li.na@", "li.na@914403001922038217"] {
            assert_eq!(LoginName::parse(bad).unwrap_err().code, Code::LoginNameInvalid, "{bad}");
        }
    }

    #[test]
    fn a_password_is_long_enough_and_does_not_hold_the_clerks_name() {
        assert!(Password::choose("correct horse", &login()).is_ok());
        for bad in ["elevenchars", &"x".repeat(129), "my-LI.NA-password"] {
            assert_eq!(Password::choose(bad, &login()).unwrap_err().code, Code::PasswordWeak, "{bad}");
        }
    }

    #[test]
    fn a_password_shows_nothing_of_itself() {
        let password = Password::choose("correct horse", &login()).unwrap();
        assert_eq!(format!("{password:?}"), "Password(…)");
    }
}
