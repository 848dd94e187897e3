//! The keys that sign checkpoints and receipts. The first is the secret's own; each further one is told of in the log, under a checkpoint of
//! the one before, so that whoever trusts the first can follow.
use std::sync::{PoisonError, RwLock};
use std::time::{Duration, Instant};

use ed25519_dalek::SigningKey;
use jicai_domain::audit::{Act, Actor, hex};
use jicai_domain::ids::{Id, LogKeyId};
use jicai_domain::time::Timestamp;
use jicai_seal::{Receipt, SignedReceipt};
use jicai_store::audit::{keys, record};
use jicai_store::fresh;

use crate::app::App;
use crate::errors::Error;
use crate::secret::{Purpose, Secret};

/// What an entry of the log that adds a key is called.
pub(super) const ADDED: &str = "LogKeyAdded";
/// A server signs receipts with a new key at the latest after this long.
const READ_AGAIN: Duration = Duration::from_secs(60);

/// The key that this process signs receipts with.
#[derive(Default)]
pub(crate) struct LogKeys(RwLock<Option<(Option<LogKeyId>, Instant)>>);

/// A key as it is published.
#[derive(Clone, Debug)]
pub struct PublishedLogKey {
    /// Its id; none for the first one.
    pub id: Option<LogKeyId>,
    /// Its 32 public bytes.
    pub public: Vec<u8>,
    /// When it was made; none for the first one, which is as old as the secret.
    pub created_at: Option<Timestamp>,
}

/// Every key that has signed the log or will, the first one first. Public: the old ones prove what they signed.
pub async fn log_keys(app: &App) -> Result<Vec<PublishedLogKey>, Error> {
    let first = PublishedLogKey { id: None, public: public_key_of(&app.secret).to_vec(), created_at: None };
    let mut tx = app.store.read().await?;
    let further = keys::all(&mut tx).await?.into_iter().map(|key| PublishedLogKey {
        id: Some(key.id),
        public: key.public,
        created_at: Some(key.created_at),
    });
    Ok(std::iter::once(first).chain(further).collect())
}

/// Adds a key. The checkpoint that covers its entry is the last one of the key before.
pub async fn rotate_log_key(app: &App) -> Result<LogKeyId, Error> {
    app.store
        .write("rotate_log_key", async |tx| {
            let key: LogKeyId = fresh();
            let public = public_key(app, Some(key));
            keys::add(tx, key, &public).await?;
            let act = Act::new(ADDED, key).with("algorithm", keys::ALGORITHM).with("public", hex(&public));
            Ok::<_, Error>(record(tx, Actor::Operator, act, key).await?)
        })
        .await
}

/// The public half of a key.
pub fn public_key(app: &App, key: Option<LogKeyId>) -> [u8; 32] {
    signing_key(&app.secret, key).verifying_key().to_bytes()
}

/// That of the first key of a secret.
pub fn public_key_of(secret: &Secret) -> [u8; 32] {
    signing_key(secret, None).verifying_key().to_bytes()
}

pub(super) fn signing_key(secret: &Secret, key: Option<LogKeyId>) -> SigningKey {
    let number = key.map(|key| key.number().to_be_bytes());
    let parts: Vec<&[u8]> = number.iter().map(<[u8; 16]>::as_slice).collect();
    SigningKey::from_bytes(&secret.derive(Purpose::AuditLog, &parts))
}

/// What signs receipts: the key of the newest checkpoints, so that the same public key proves the log and what the platform says it received.
pub(crate) struct ReceiptSigner(SigningKey);

impl ReceiptSigner {
    pub(crate) async fn of(app: &App) -> Result<ReceiptSigner, Error> {
        let known = *app.log_keys.0.read().unwrap_or_else(PoisonError::into_inner);
        let key = match known {
            Some((key, read)) if read.elapsed() < READ_AGAIN => key,
            _older => {
                let mut tx = app.store.read().await?;
                let key = keys::signing(&mut tx).await?;
                *app.log_keys.0.write().unwrap_or_else(PoisonError::into_inner) = Some((key, Instant::now()));
                key
            }
        };
        Ok(ReceiptSigner(signing_key(&app.secret, key)))
    }

    pub(crate) fn sign(&self, receipt: Receipt) -> SignedReceipt {
        SignedReceipt::sign(receipt, &self.0)
    }
}
