//! What every use case works with.
use std::sync::Arc;

use jicai_store::Store;
use jicai_store::bell::Bell;
use jicai_store::documents::Objects;

use crate::audit::LogKeys;
use crate::catalog::Remembered;
use crate::errors::Error;
use crate::events::Feed;
use crate::identity::{KeyRing, Passwords, Regions};
use crate::secret::Secret;
use crate::webhooks::{Courier, Reachable};

/// The doors, keys and limits of one worker. Cheap to clone.
#[derive(Clone)]
pub struct App {
    pub(crate) store: Store,
    pub(crate) objects: Objects,
    pub(crate) secret: Arc<Secret>,
    pub(crate) keys: Arc<KeyRing>,
    pub(crate) log_keys: Arc<LogKeys>,
    pub(crate) passwords: Arc<Passwords>,
    pub(crate) regions: Arc<Regions>,
    pub(crate) bell: Bell,
    pub(crate) feed: Arc<Feed>,
    pub(crate) courier: Arc<Courier>,
    pub(crate) remembered: Arc<Remembered>,
}

impl App {
    /// An app with a pool of its own, making the first signing key when there is none.
    pub async fn start(store: Store, objects: Objects, secret: Secret) -> Result<App, Error> {
        let bell = Bell::default();
        let app = App {
            store: store.ringing(bell.clone()),
            objects,
            secret: Arc::new(secret),
            keys: Arc::new(KeyRing::empty()),
            log_keys: Arc::default(),
            passwords: Arc::new(Passwords::start().map_err(|error| Error::Broken(error.into()))?),
            regions: Arc::new(Regions::none()),
            remembered: Arc::new(Remembered::new(&bell)),
            bell,
            feed: Arc::default(),
            courier: Arc::new(Courier::new(Reachable::Public)),
        };
        app.keys.begin(&app).await?;
        Ok(app)
    }

    /// The same app with another pool: connections belong to the worker that uses them.
    #[must_use]
    pub fn with_store(&self, store: Store) -> App {
        App { store: store.ringing(self.bell.clone()), ..self.clone() }
    }

    /// The same app, whose webhooks may lead there.
    #[must_use]
    pub fn reaching(&self, reachable: Reachable) -> App {
        App { courier: Arc::new(Courier::new(reachable)), ..self.clone() }
    }

    /// What wakes whoever waits for something to happen. The process that serves has it carried to other processes.
    pub fn bell(&self) -> &Bell {
        &self.bell
    }

    /// Whether the database answers.
    pub async fn ready(&self) -> Result<(), Error> {
        self.store.read().await?.now().await?;
        Ok(())
    }
}
