//! What every use case works with.
use std::sync::Arc;

use jicai_store::Store;

use crate::errors::Error;
use crate::identity::{KeyRing, Passwords};
use crate::secret::Secret;

/// The doors, keys and limits of one worker. Cheap to clone.
#[derive(Clone)]
pub struct App {
    pub(crate) store: Store,
    pub(crate) secret: Arc<Secret>,
    pub(crate) keys: Arc<KeyRing>,
    pub(crate) passwords: Arc<Passwords>,
}

impl App {
    /// An app with a pool of its own, making the first signing key when there is none.
    pub async fn start(store: Store, secret: Secret) -> Result<App, Error> {
        let app = App {
            store,
            secret: Arc::new(secret),
            keys: Arc::new(KeyRing::empty()),
            passwords: Arc::new(Passwords::start().map_err(|error| Error::Broken(error.into()))?),
        };
        app.keys.begin(&app).await?;
        Ok(app)
    }

    /// The same app with another pool: connections belong to the worker that uses them.
    #[must_use]
    pub fn with_store(&self, store: Store) -> App {
        App { store, ..self.clone() }
    }

    /// Whether the database answers.
    pub async fn ready(&self) -> Result<(), Error> {
        self.store.read().await?.now().await?;
        Ok(())
    }
}
