//! Requests that may be repeated, and the short answers that a repetition gets again.
mod keys;
mod log;
mod verify;

pub(crate) use keys::{LogKeys, ReceiptSigner};
pub use keys::{PublishedLogKey, log_keys, public_key, public_key_of, rotate_log_key};
pub use log::{
    Entries, Proof, Step, checkpoint, consistency, entries, inclusion, sequence, verify_stored, walk,
};
pub use verify::{LogFault, Verifier};

use jicai_domain::audit::{Actor, IdempotencyKey, KEYS_KEPT_SECONDS};
use jicai_domain::identity::{Caller, Version, Who};
use jicai_domain::ids::Id;
use jicai_store::audit::{Keyed, Turn, forget_keys, keep_answer, take_turn};
use jicai_store::{Act, Recorded, Tx};

use crate::app::App;
use crate::errors::Error;
use crate::secret::Purpose;

/// The answer to a change: what changed, and its version after that.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Changed<T> {
    /// What changed.
    pub id: T,
    /// Its version now.
    pub version: Version,
}

/// An answer that is kept as text beside the change, for repetitions of the request.
pub(crate) trait Answer: Sized {
    fn to_text(&self) -> String;
    fn from_text(text: &str) -> Option<Self>;
}

impl<T: Id + ToString> Answer for T {
    fn to_text(&self) -> String {
        self.to_string()
    }

    fn from_text(text: &str) -> Option<Self> {
        T::parse(text).ok()
    }
}

impl<T: Id + ToString> Answer for Changed<T> {
    fn to_text(&self) -> String {
        format!("{} {}", self.id.to_string(), self.version.number())
    }

    fn from_text(text: &str) -> Option<Self> {
        let (id, version) = text.split_once(' ')?;
        Some(Changed { id: T::parse(id).ok()?, version: Version::new(version.parse().ok()?) })
    }
}

/// A request with its key, whose it is and what it says.
pub(crate) fn keyed(
    app: &App,
    caller: Option<&Caller>,
    key: &IdempotencyKey,
    operation: &'static str,
    said: &[&str],
) -> Keyed {
    let parts: Vec<&[u8]> =
        std::iter::once(operation).chain(said.iter().copied()).map(str::as_bytes).collect();
    Keyed {
        owner: caller.map_or_else(|| "anonymous".to_owned(), |caller| caller.who.to_string()),
        key: key.as_str().to_owned(),
        operation,
        fingerprint: app.secret.derive(Purpose::Request, &parts).to_vec(),
    }
}

/// Acts once for a key; a repetition gets the first answer. The caller's permission was checked before, every time.
#[expect(
    clippy::manual_async_fn,
    reason = "an `async fn` could not promise that its future may move between threads"
)]
pub(crate) fn once<'a, T, F>(
    app: &'a App,
    keyed: &'a Keyed,
    act: F,
) -> impl Future<Output = Result<T, Error>> + Send + 'a
where
    for<'t> F: AsyncFn(&'t mut Tx) -> Result<Recorded<T>, Error>
        + Act<&'t mut Tx, Result<Recorded<T>, Error>, Future: Send>
        + Send
        + Sync
        + 'a,
    T: Answer + Send + Sync + 'a,
{
    async move {
        app.store
            .write(keyed.operation, async |tx: &mut Tx| match take_turn(tx, keyed).await? {
                Turn::First => {
                    let recorded = act(tx).await?;
                    keep_answer(tx, keyed, &recorded.answer().to_text()).await?;
                    Ok(recorded)
                }
                Turn::Replay(recorded) => recorded.try_map(|text| {
                    T::from_text(&text).ok_or_else(|| Error::broken(format!("an unreadable answer: {text}")))
                }),
            })
            .await
    }
}

/// Forgets keys whose requests are no longer repeated, at most so many; how many it forgot.
pub(crate) async fn purge_keys(app: &App, most: i64) -> Result<usize, Error> {
    app.store
        .keep("purge_keys", async |tx| {
            let before = tx.now().await?.plus_seconds(-KEYS_KEPT_SECONDS);
            Ok::<_, Error>(forget_keys(tx, before, most).await?)
        })
        .await
}

/// The caller as the audit log names it.
pub(crate) fn actor(caller: &Caller) -> Actor {
    let organization = caller.organization;
    match caller.who {
        Who::User { user, session } => Actor::User { user, organization, session },
        Who::Client { client, .. } => Actor::Client { client, organization },
    }
}
