//! The keys that sign access tokens: made, rotated, shared by every server of a database.
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
use crate::errors::Error;
use crate::secret::{Purpose, Secret};

/// A server learns of a new key at the latest after this long, or when it sees a token that names it.
const READ_AGAIN: Duration = Duration::from_secs(60);
/// Tokens that name unknown keys, and requests for the key set, make a server read the keys no more often than this.
const READ_AT_MOST: Duration = Duration::from_secs(1);
const RETIRE_SECONDS: i64 = 15 * 60 + 60 + 30;

/// The keys that this process knows, the newest first.
pub struct KeyRing {
    known: RwLock<Known>,
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
        KeyRing { known: RwLock::new(Known { keys: Vec::new(), read: None, sought: None }) }
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
        let key = token::unverified_key(unverified)?;
        self.read_when_older(app, READ_AGAIN).await?;
        if self.public(key).is_none() && self.may_seek() {
            self.read(app).await?;
        }
        let public = self.public(key).ok_or(Refusal::of(Code::TokenInvalid))?;
        Ok(token::prove(unverified, &public)?)
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
