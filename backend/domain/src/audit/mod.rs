//! What happened, who did it, in a form of bytes that never changes.
pub mod checkpoint;
pub mod merkle;

use crate::errors::{Code, Refusal};
use crate::ids::{ClientId, EntryId, OrganizationId, SessionId, UserId};
use crate::time::Timestamp;

/// Who did it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Actor {
    /// A logged-in user.
    User {
        /// The user.
        user: UserId,
        /// The user's organization at that time.
        organization: OrganizationId,
        /// The login.
        session: SessionId,
    },
    /// A program with credentials of its own.
    Client {
        /// The client.
        client: ClientId,
        /// The client's organization.
        organization: OrganizationId,
    },
    /// Somebody who is not logged in.
    Anonymous,
    /// The operator, by a command on the server.
    Operator,
    /// The platform itself, by a rule.
    Platform,
}

/// For how long a request may be repeated and gets its first answer. After that its key is as good as new.
pub const KEYS_KEPT_SECONDS: i64 = 48 * 3_600;

/// What a client names a request with, so that repeating it changes nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IdempotencyKey(String);

impl IdempotencyKey {
    /// 16 to 64 letters, digits, hyphens or underscores. Errors: `IDEMPOTENCY_KEY_INVALID`.
    pub fn parse(text: &str) -> Result<Self, Refusal> {
        let allowed = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
        if (16..=64).contains(&text.len()) && text.bytes().all(allowed) {
            Ok(Self(text.to_owned()))
        } else {
            Err(Refusal::of(Code::IdempotencyKeyInvalid).at("idempotencyKey"))
        }
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// An entry of the audit log, before it has an id and a time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Act {
    /// What happened: a stable word in the past tense.
    pub kind: &'static str,
    /// Counts the changes of this kind's details.
    pub version: u16,
    /// What it happened to.
    pub subject: String,
    /// Details by name, in a fixed order; never a secret.
    pub details: Vec<(&'static str, String)>,
    /// The organizations that are told of it. Not part of the canonical text: a matter of delivery.
    pub concerns: Vec<OrganizationId>,
}

impl Act {
    /// Version 1 of a kind, without details.
    pub fn new(kind: &'static str, subject: impl ToString) -> Act {
        Act { kind, version: 1, subject: subject.to_string(), details: Vec::new(), concerns: Vec::new() }
    }

    /// The act, told to one more organization and the authorities over it.
    #[must_use]
    pub fn concerning(mut self, organization: OrganizationId) -> Act {
        self.concerns.push(organization);
        self
    }

    /// The act with one more detail.
    #[must_use]
    pub fn with(mut self, name: &'static str, value: impl ToString) -> Act {
        self.details.push((name, value.to_string()));
        self
    }
}

/// Lowercase hexadecimal digits.
pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The bytes of hexadecimal digits, two a byte, in either case.
pub fn unhex(text: &str) -> Option<Vec<u8>> {
    let digits: Option<Vec<u8>> = text.chars().map(|digit| u8::try_from(digit.to_digit(16)?).ok()).collect();
    let digits = digits.filter(|digits| digits.len().is_multiple_of(2))?;
    Some(digits.chunks(2).map(|pair| pair.iter().fold(0, |byte, digit| (byte << 4) | digit)).collect())
}

/// The canonical text: one line `name length:value` a field, the length in bytes, so that no value can pretend to
/// be a field. Its bytes are the identity of the entry.
pub fn canonical(id: EntryId, at: Timestamp, actor: Actor, act: &Act) -> String {
    let mut text = String::from("jicai-audit/1\n");
    let mut field = |name: &str, value: &str| {
        text.push_str(&format!("{name} {}:{value}\n", value.len()));
    };
    field("id", &id.to_string());
    field("at", &at.micros().to_string());
    match actor {
        Actor::User { user, organization, session } => {
            field("user", &user.to_string());
            field("organization", &organization.to_string());
            field("session", &session.to_string());
        }
        Actor::Client { client, organization } => {
            field("client", &client.to_string());
            field("organization", &organization.to_string());
        }
        Actor::Anonymous => field("actor", "anonymous"),
        Actor::Operator => field("actor", "operator"),
        Actor::Platform => field("actor", "platform"),
    }
    field("kind", act.kind);
    field("version", &act.version.to_string());
    field("subject", &act.subject);
    for (name, value) in &act.details {
        field(&format!("detail.{name}"), value);
    }
    text
}

/// The value of a field of such a text; none where it has none, or is no such text.
pub fn field<'t>(canonical: &'t str, wanted: &str) -> Option<&'t str> {
    let mut rest = canonical.strip_prefix("jicai-audit/1\n")?;
    loop {
        let (head, after) = rest.split_once(':')?;
        let (name, length) = head.rsplit_once(' ')?;
        let length: usize = length.parse().ok()?;
        let value = after.get(..length)?;
        if name == wanted {
            return Some(value);
        }
        rest = after.get(length..)?.strip_prefix('\n')?;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ids::Id;

    #[test]
    fn an_idempotency_key_is_long_enough_to_be_unlike_any_other() {
        assert!(IdempotencyKey::parse("0123456789abcdef").is_ok());
        for bad in ["0123456789abcde", "0123456789abcde f", &"x".repeat(65)] {
            assert_eq!(IdempotencyKey::parse(bad).unwrap_err().code, Code::IdempotencyKeyInvalid);
        }
    }

    #[test]
    fn the_canonical_bytes_of_version_1_are_frozen() {
        let act = Act::new("OrganizationReturned", OrganizationId::from_number(2))
            .with("reason", "许可证\nkind 1:x");
        let actor = Actor::User {
            user: UserId::from_number(3),
            organization: OrganizationId::from_number(4),
            session: SessionId::from_number(5),
        };
        let text =
            canonical(EntryId::from_number(1), Timestamp::from_micros(1_700_000_000_000_001), actor, &act);
        assert_eq!(
            text,
            "jicai-audit/1\n\
             id 36:ent_00000000000000000000000000000001\n\
             at 16:1700000000000001\n\
             user 36:usr_00000000000000000000000000000003\n\
             organization 36:org_00000000000000000000000000000004\n\
             session 36:ses_00000000000000000000000000000005\n\
             kind 20:OrganizationReturned\n\
             version 1:1\n\
             subject 36:org_00000000000000000000000000000002\n\
             detail.reason 18:许可证\nkind 1:x\n"
        );
    }

    #[test]
    fn a_field_is_read_by_its_length_whatever_a_value_pretends() {
        let act =
            Act::new("Done", "it").with("reason", "许可证\nkind 4:Else\ndetail.key 1:x").with("key", "7");
        let text = canonical(EntryId::from_number(1), Timestamp::from_micros(2), Actor::Operator, &act);
        assert_eq!([field(&text, "kind"), field(&text, "detail.key")], [Some("Done"), Some("7")]);
        assert_eq!([field(&text, "user"), field("kind 4:Done\n", "kind")], [None, None]);
    }

    #[test]
    fn the_canonical_bytes_of_every_other_actor_are_frozen() {
        let (client, organization) = (ClientId::from_number(6), OrganizationId::from_number(4));
        let table = [
            (
                Actor::Client { client, organization },
                "client 36:cli_00000000000000000000000000000006\n\
                 organization 36:org_00000000000000000000000000000004\n",
            ),
            (Actor::Anonymous, "actor 9:anonymous\n"),
            (Actor::Operator, "actor 8:operator\n"),
        ];
        for (actor, lines) in table {
            let act = Act::new("Done", "it");
            let text = canonical(EntryId::from_number(1), Timestamp::from_micros(2), actor, &act);
            let expected = format!(
                "jicai-audit/1\nid 36:ent_00000000000000000000000000000001\nat 1:2\n{lines}\
                 kind 4:Done\nversion 1:1\nsubject 2:it\n"
            );
            assert_eq!(text, expected);
        }
    }
}
