//! One secret, from which every key and token is derived. So the database holds nothing that opens anything.
use hmac::{Hmac, KeyInit, Mac};
use sha2::{Digest, Sha256};

/// 32 secret bytes, followed by zeros up to the block of HMAC-SHA-256 as it would pad them itself. Shows nothing of itself.
pub struct Secret([u8; 64]);

/// What a derived value is for; no two purposes share a value.
#[derive(Clone, Copy)]
pub(crate) enum Purpose {
    /// The seed of the key that signs checkpoints of the audit log.
    AuditLog,
    /// The seed of a key that signs access tokens.
    SigningKey,
    /// A refresh token.
    Refresh,
    /// An invitation or a reset.
    Grant,
    /// The shared secret of a second factor.
    SecondFactor,
    /// The secret of a client.
    ClientSecret,
    /// The digest under which failed logins are counted.
    LoginName,
    /// What an idempotency key was used for.
    Request,
    /// What signs events for a webhook.
    Webhook,
    /// The seed of the key that custodians bring a round's shares under.
    Opening,
}

impl Secret {
    /// Those bytes.
    pub fn new(bytes: [u8; 32]) -> Secret {
        let mut block = [0; 64];
        block.iter_mut().zip(bytes).for_each(|(place, byte)| *place = byte);
        Secret(block)
    }

    /// HMAC-SHA-256 over the purpose and the length-prefixed parts.
    pub(crate) fn derive(&self, purpose: Purpose, parts: &[&[u8]]) -> [u8; 32] {
        let mut mac = Hmac::<Sha256>::new(&self.0.into());
        mac.update(purpose.label().as_bytes());
        for part in parts {
            mac.update(format!("\n{}:", part.len()).as_bytes());
            mac.update(part);
        }
        mac.finalize().into_bytes().into()
    }
}

impl Purpose {
    const fn label(self) -> &'static str {
        match self {
            Self::AuditLog => "jicai/1 audit log",
            Self::SigningKey => "jicai/1 signing key",
            Self::Refresh => "jicai/1 refresh token",
            Self::Grant => "jicai/1 grant",
            Self::SecondFactor => "jicai/1 second factor",
            Self::ClientSecret => "jicai/1 client secret",
            Self::LoginName => "jicai/1 login name",
            Self::Request => "jicai/1 request",
            Self::Webhook => "jicai/1 webhook",
            Self::Opening => "jicai/1 round opening",
        }
    }
}

/// SHA-256 of a token: what the database keeps of it.
pub(crate) fn digest(token: &str) -> [u8; 32] {
    Sha256::digest(token.as_bytes()).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn purposes_and_the_bounds_of_parts_matter() {
        let secret = Secret::new([7; 32]);
        let one = secret.derive(Purpose::Grant, &[b"ab", b"c"]);
        assert_ne!(one, secret.derive(Purpose::Refresh, &[b"ab", b"c"]));
        assert_ne!(one, secret.derive(Purpose::Grant, &[b"a", b"bc"]));
        assert_ne!(one, Secret::new([8; 32]).derive(Purpose::Grant, &[b"ab", b"c"]));
        assert_eq!(one, secret.derive(Purpose::Grant, &[b"ab", b"c"]));
    }
}
