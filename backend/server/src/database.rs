//! The database that the settings ask for, running and reachable.
use std::path::Path;

use jicai_store::StoreError;
use jicai_store::setup::{self, APP, OWNER};

use crate::config::{Config, Database};
use crate::embedded::{Cluster, ClusterError, SUPERUSER};

/// The name of the database in the private cluster.
const NAME: &str = "jicai";

/// A database to connect to, with the cluster that this process started for it.
pub struct Running {
    /// The private cluster, if it is ours.
    pub cluster: Option<Cluster>,
    /// Where `jicai_app` connects to.
    pub app: String,
    /// Where `jicai_owner` connects to.
    pub owner: Option<String>,
    /// Where reports are read, if not there.
    pub replica: Option<String>,
}

/// Why there is no database.
#[derive(Debug)]
pub enum OpenError {
    /// The private cluster did not start.
    Cluster(ClusterError),
    /// The database refused.
    Store(StoreError),
}

impl std::fmt::Display for OpenError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Cluster(error) => write!(f, "the embedded Postgres: {error}"),
            Self::Store(error) => write!(f, "{error}"),
        }
    }
}

impl std::error::Error for OpenError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Cluster(_) => None,
            Self::Store(error) => error.source(),
        }
    }
}

impl From<StoreError> for OpenError {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

impl From<ClusterError> for OpenError {
    fn from(error: ClusterError) -> Self {
        Self::Cluster(error)
    }
}

impl Running {
    /// Starts the private cluster, or takes the database that the settings name.
    pub async fn open(config: &Config) -> Result<Running, OpenError> {
        Self::on(config, |home| Cluster::start(home, &[])).await
    }

    /// The same beside a running service, whose cluster is borrowed. Nothing is made.
    pub async fn open_beside(config: &Config) -> Result<Running, OpenError> {
        Self::on(config, Cluster::borrow).await
    }

    async fn on(
        config: &Config,
        cluster: impl FnOnce(&Path) -> Result<Cluster, ClusterError>,
    ) -> Result<Running, OpenError> {
        match &config.database {
            Database::External { app, owner, replica } => Ok(Running {
                cluster: None,
                app: app.reveal().to_owned(),
                owner: owner.as_ref().map(|url| url.reveal().to_owned()),
                replica: replica.as_ref().map(|url| url.reveal().to_owned()),
            }),
            Database::Embedded => {
                let cluster = tokio::task::block_in_place(|| cluster(&config.home))?;
                let running = Running {
                    app: cluster.url(APP, NAME),
                    owner: Some(cluster.url(OWNER, NAME)),
                    replica: None,
                    cluster: Some(cluster),
                };
                running.prepare().await
            }
        }
    }

    /// Stops the cluster, if it is ours.
    pub fn close(self) -> Result<(), ClusterError> {
        match self.cluster {
            Some(cluster) => tokio::task::block_in_place(|| cluster.stop()),
            None => Ok(()),
        }
    }

    /// Makes what is missing in a private cluster; one that cannot be prepared is stopped again.
    async fn prepare(self) -> Result<Running, OpenError> {
        let Some(cluster) = &self.cluster else { return Ok(self) };
        match setup::prepare_cluster(&cluster.url(SUPERUSER, "postgres"), NAME).await {
            Ok(()) => Ok(self),
            Err(error) => {
                self.close()?;
                Err(error.into())
            }
        }
    }
}
