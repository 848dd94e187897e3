//! The keys that sign access tokens: made, rotated, shared by every server of a database.
use std::collections::HashMap;
use std::sync::{PoisonError, RwLock};
use std::time::{Duration, Instant};

use ed25519_dalek::SigningKey;
use jicai_domain::audit::{Act, Actor, hex};
use jicai_domain::errors::{Code, Refusal};
use jicai_domain::ids::{Id, SigningKeyId};
use jicai_store::audit::record;
use jicai_store::identity::keys;
use jicai_store::{Tx, fresh};

use super::token::{self, Proved, Subject};
use crate::app::App;
use crate::clock;
use crate::errors::Error;
use crate::secret::{Purpose, Secret};

/// A server learns of a new key at the latest after this long, or when it sees a token that names it.
const READ_AGAIN: Duration = Duration::from_secs(60);
/// Tokens that name unknown keys, and requests for the key set, make a server read the keys no more often than this.
const READ_AT_MOST: Duration = Duration::from_secs(1);
/// Tokens of which a server remembers what they proved.
const PROVED_MAX: usize = 20_000;
const RETIRE_SECONDS: i64 = 15 * 60 + 60 + 30;

/// The keys that this process knows, the newest first.
pub struct KeyRing {
    known: RwLock<Known>,
    /// What tokens proved, so that a signature is checked once: by which key, and until when.
    proved: RwLock<HashMap<String, (SigningKeyId, Proved, u64)>>,
}

#[derive(Clone)]
struct Known {
    keys: Vec<(SigningKeyId, Vec<u8>)>,
    read: Option<Instant>,
    /// When a token with an unknown key last made the server read.
    sought: Option<Instant>,
}

/// A key as the JWKS publishes it.
#[derive(Clone, Debug)]
pub struct PublishedKey {
    /// Its id.
    pub id: SigningKeyId,
    /// Its 32 public bytes.
    pub public: Vec<u8>,
}

impl KeyRing {
    pub(crate) fn empty() -> KeyRing {
        let known = RwLock::new(Known { keys: Vec::new(), read: None, sought: None });
        KeyRing { known, proved: RwLock::default() }
    }

    /// Reads the keys, making the first one when there is none.
    pub(crate) async fn begin(&self, app: &App) -> Result<(), Error> {
        self.read(app).await?;
        if self.known().keys.is_empty() {
            rotate_keys(app).await?;
        }
        Ok(())
    }

    /// An access token, signed by the newest key.
    pub(crate) async fn sign(&self, app: &App, subject: Subject) -> Result<String, Error> {
        self.read_when_older(app, READ_AGAIN).await?;
        let newest = self.known().keys.into_iter().next();
        let (key, _public) = newest.ok_or_else(|| Error::broken("there is no signing key"))?;
        token::sign(key, &seed(&app.secret, key), subject)
    }

    /// The login or the client that a token proves, and for how many seconds. Errors: `TOKEN_INVALID`, `TOKEN_EXPIRED`.
    pub(crate) async fn prove(&self, app: &App, unverified: &str) -> Result<(Proved, u64), Error> {
        self.read_when_older(app, READ_AGAIN).await?;
        if let Some(proved) = self.proved_before(unverified) {
            return Ok(proved);
        }
        let key = token::unverified_key(unverified)?;
        if self.public(key).is_none() && self.may_seek() {
            self.read(app).await?;
        }
        let public = self.public(key).ok_or(Refusal::of(Code::TokenInvalid))?;
        let (proved, seconds) = token::prove(unverified, &public)?;
        self.remember(unverified, (key, proved, clock::seconds().saturating_add(seconds)));
        Ok((proved, seconds))
    }

    /// What a token proved before; nothing once its key is gone or its time is up. Whether the login still stands is asked elsewhere.
    fn proved_before(&self, unverified: &str) -> Option<(Proved, u64)> {
        let proved = self.proved.read().unwrap_or_else(PoisonError::into_inner);
        let (key, who, expires) = *proved.get(unverified)?;
        drop(proved);
        let left = expires.checked_sub(clock::seconds()).filter(|left| *left > 0)?;
        self.public(key).map(|_public| (who, left))
    }

    fn remember(&self, unverified: &str, proof: (SigningKeyId, Proved, u64)) {
        let mut proved = self.proved.write().unwrap_or_else(PoisonError::into_inner);
        if proved.len() >= PROVED_MAX {
            proved.clear();
        }
        proved.insert(unverified.to_owned(), proof);
    }

    async fn read_when_older(&self, app: &App, age: Duration) -> Result<(), Error> {
        let young = self.known().read.is_some_and(|read| read.elapsed() < age);
        if young { Ok(()) } else { self.read(app).await }
    }

    async fn read(&self, app: &App) -> Result<(), Error> {
        let mut tx = app.store.read().await?;
        let mut found = Vec::new();
        for key in keys::current(&mut tx).await? {
            if public(&app.secret, key.id) != key.bytes.as_slice() {
                return Err(Error::broken("the signing keys of this database were made with another secret"));
            }
            found.push((key.id, key.bytes));
        }
        let mut known = self.known.write().unwrap_or_else(PoisonError::into_inner);
        *known = Known { keys: found, read: Some(Instant::now()), sought: known.sought };
        Ok(())
    }

    fn may_seek(&self) -> bool {
        let mut known = self.known.write().unwrap_or_else(PoisonError::into_inner);
        let may = known.sought.is_none_or(|sought| sought.elapsed() >= READ_AT_MOST);
        if may {
            known.sought = Some(Instant::now());
        }
        may
    }

    fn known(&self) -> Known {
        self.known.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn public(&self, wanted: SigningKeyId) -> Option<Vec<u8>> {
        self.known().keys.into_iter().find(|(key, _)| *key == wanted).map(|(_, public)| public)
    }
}

/// The keys that prove tokens, the newest first, to be published.
pub async fn published_keys(app: &App) -> Result<Vec<PublishedKey>, Error> {
    app.keys.read_when_older(app, READ_AT_MOST).await?;
    let keys = app.keys.known().keys.into_iter();
    Ok(keys.map(|(id, public)| PublishedKey { id, public }).collect())
}

/// Signs with a new key from now on. The keys before it prove the tokens that they signed until those expire.
pub async fn rotate_keys(app: &App) -> Result<SigningKeyId, Error> {
    let key = app.store.write("rotate_keys", async |tx| rotate(app, tx).await).await?;
    app.keys.read(app).await?;
    Ok(key)
}

async fn rotate(app: &App, tx: &mut Tx) -> Result<jicai_store::Recorded<SigningKeyId>, Error> {
    let key: SigningKeyId = fresh();
    let public = public(&app.secret, key);
    keys::add(tx, key, &public).await?;
    keys::retire_others(tx, key, RETIRE_SECONDS).await?;
    let act =
        Act::new("SigningKeyAdded", key).with("algorithm", keys::ALGORITHM).with("public", hex(&public));
    Ok(record(tx, Actor::Operator, act, key).await?)
}

fn seed(secret: &Secret, key: SigningKeyId) -> [u8; 32] {
    secret.derive(Purpose::SigningKey, &[&key.number().to_be_bytes()])
}

fn public(secret: &Secret, key: SigningKeyId) -> [u8; 32] {
    SigningKey::from_bytes(&seed(secret, key)).verifying_key().to_bytes()
}

#[cfg(test)]
mod tests {
    use jicai_domain::ids::{Id, SessionId};

    use super::*;

    #[test]
    fn what_a_token_proved_is_remembered_until_it_expires_or_its_key_is_gone() {
        let (ring, now) = (KeyRing::empty(), clock::seconds());
        let [key, gone] = [1, 2].map(SigningKeyId::from_number);
        ring.known.write().unwrap().keys.push((key, vec![0; 32]));
        let proved = |expires, key| {
            ring.remember("token", (key, Proved::Login(SessionId::from_number(7)), expires));
            ring.proved_before("token").map(|(_who, left)| left)
        };
        assert!(proved(now + 900, key).is_some_and(|left| (895..=900).contains(&left)));
        assert!(ring.proved_before("another token").is_none());
        assert!(proved(now, key).is_none());
        assert!(proved(now + 900, gone).is_none());
        for number in 0..=PROVED_MAX {
            ring.remember(&number.to_string(), (key, Proved::Login(SessionId::from_number(7)), now + 900));
        }
        assert!(ring.proved.read().unwrap().len() <= PROVED_MAX);
    }
}
