//! From the settings to a service that answers, and back to nothing when it is asked to stop.
use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;
use std::time::Duration;

use actix_web::dev::ServerHandle;
use jicai_service::{App, Carrier, Secret};
use jicai_store::documents::Objects;
use jicai_store::redis::Redis;
use jicai_store::{Store, setup};

use tokio::net::TcpSocket;
use tokio::sync::watch;
use tokio::task::JoinSet;

use crate::config::{Config, Database, Documents, SecretKey};
use crate::database::Running;
use crate::demonstration;
use crate::http::{Limits, Shared, Workers, server};
use crate::metrics::Metrics;
use crate::secret;
use crate::worker::Worker;

/// How often a private cluster is looked after.
const LOOK_AFTER: Duration = Duration::from_secs(1);

/// Connections that wait to be taken; the system may allow fewer.
const BACKLOG: u32 = 4_096;

/// Why the service does not run.
pub type ServeError = Box<dyn std::error::Error + Send + Sync>;

/// A service that answers.
pub struct Service {
    answering: Answering,
    running: Running,
}

struct Answering {
    address: SocketAddr,
    accounts: Vec<(String, String)>,
    shared: Shared,
    handle: ServerHandle,
    server: tokio::task::JoinHandle<std::io::Result<()>>,
    worker: Worker,
    /// Hands what happens to whoever listens; it ends when this is dropped.
    _feed: JoinSet<()>,
}

impl Service {
    /// Starts the service. A private database is migrated; one of somebody else has to be up to date.
    pub async fn start(config: &Config, demonstrate: bool) -> Result<Service, ServeError> {
        let running = Running::open(config).await?;
        match Answering::begin(config, &running, demonstrate).await {
            Ok(answering) => Ok(Service { answering, running }),
            Err(error) => {
                running.close()?;
                Err(error)
            }
        }
    }

    /// Where it answers.
    pub fn address(&self) -> SocketAddr {
        self.answering.address
    }

    /// The accounts of a demonstration: role, and login name with password.
    pub fn accounts(&self) -> &[(String, String)] {
        &self.answering.accounts
    }

    /// Answers until the future is ready, starting a private server again when it died.
    pub async fn until(&self, stop: impl Future<Output = ()>) {
        tokio::pin!(stop);
        let mut look = tokio::time::interval(LOOK_AFTER);
        loop {
            tokio::select! {
                () = &mut stop => return,
                _tick = look.tick() => self.look_after(),
            }
        }
    }

    /// Stops: not ready any more, answers what it has begun, then closes its database.
    pub async fn stop(self) -> Result<(), ServeError> {
        self.answering.shared.drain();
        self.answering.handle.stop(true).await;
        self.answering.server.await??;
        self.answering.worker.stop().await;
        Ok(self.running.close()?)
    }

    fn look_after(&self) {
        let Some(cluster) = &self.running.cluster else { return };
        match tokio::task::block_in_place(|| cluster.revive()) {
            Ok(false) => {}
            Ok(true) => tracing::warn!("the embedded Postgres had died and was started again"),
            Err(error) => tracing::error!(%error, "the embedded Postgres died and does not start"),
        }
        if let Err(error) = tokio::task::block_in_place(|| cluster.bound_log()) {
            tracing::error!(%error, "the log of the embedded Postgres could not be put aside");
        }
    }
}

impl Answering {
    async fn begin(config: &Config, running: &Running, demonstrate: bool) -> Result<Answering, ServeError> {
        bring_up_to_date(config, running, demonstrate).await?;
        let app = app_of(config, running, config.connections).await?;
        let accounts = if demonstrate { demonstration::accounts(&app).await? } else { Vec::new() };
        let shared = shared(config, app, redis_of(config).await, demonstrate);
        if demonstrate && let Some(owner) = &running.owner {
            demonstration::rounds(&shared.app, &shared.api, (&running.app, owner)).await?;
        }
        let listener = listener(config.listen)
            .map_err(|error| format!("could not listen on {}: {error}", config.listen))?;
        let address = listener.local_addr()?;
        let (url, replica) = (running.app.clone(), running.replica.clone());
        let workers = Workers { count: config.workers, connections: config.connections, url, replica };
        let server = server(shared.clone(), workers, listener)?;
        let handle = server.handle();
        let worker = Worker::start(&shared.app, config.jobs, carrier(shared.redis.as_ref(), running));
        let mut feed = JoinSet::new();
        let app = shared.app.clone();
        feed.spawn(async move { jicai_service::events::tail(&app).await });
        let server = tokio::spawn(server);
        Ok(Answering { address, accounts, shared, handle, server, worker, _feed: feed })
    }
}

/// Listens, with room for a crowd that connects at once.
fn listener(to: SocketAddr) -> std::io::Result<TcpListener> {
    let socket = if to.is_ipv4() { TcpSocket::new_v4()? } else { TcpSocket::new_v6()? };
    socket.set_reuseaddr(true)?;
    socket.bind(to)?;
    socket.listen(BACKLOG)?.into_std()
}

/// Works until the future is ready, without answering requests.
pub async fn work_until(config: &Config, stop: impl Future<Output = ()>) -> Result<(), ServeError> {
    let running = Running::open(config).await?;
    let outcome = work(config, &running, stop).await;
    running.close()?;
    outcome
}

async fn work(config: &Config, running: &Running, stop: impl Future<Output = ()>) -> Result<(), ServeError> {
    migrated(config, running, false).await?;
    let hands = config.jobs.max(1);
    let connections = u32::try_from(hands)?.saturating_add(2);
    let app = app_of(config, running, connections).await?;
    let redis = redis_of(config).await;
    let worker = Worker::start(&app, hands, carrier(redis.as_ref(), running));
    stop.await;
    worker.stop().await;
    Ok(())
}

fn shared(config: &Config, app: App, redis: Option<Redis>, demonstrate: bool) -> Shared {
    let metrics = Arc::new(Metrics::new(redis.clone()));
    Shared {
        api: jicai_graphql::api(),
        app,
        limits: Arc::new(Limits::new(config, redis.clone(), Arc::clone(&metrics))),
        metrics,
        trusted_proxies: config.trusted_proxies.clone().into(),
        redis,
        stopping: watch::Sender::default(),
        open: demonstrate,
    }
}

async fn redis_of(config: &Config) -> Option<Redis> {
    match &config.redis {
        Some(address) => Some(Redis::open(address.clone()).await),
        None => None,
    }
}

/// What carries rings between the processes on this database: the same for all of them.
fn carrier(redis: Option<&Redis>, running: &Running) -> Carrier {
    redis.map_or_else(|| Carrier::Postgres(running.app.clone()), |redis| Carrier::Redis(redis.clone()))
}

/// Does something with the app of a command that works without HTTP, and closes the database whatever comes of it.
pub async fn with_app<T>(
    config: &Config,
    act: impl AsyncFnOnce(&App) -> Result<T, jicai_service::Error>,
) -> Result<T, ServeError> {
    let running = Running::open(config).await?;
    let outcome = on(config, &running, act).await;
    running.close()?;
    outcome
}

async fn on<T>(
    config: &Config,
    running: &Running,
    act: impl AsyncFnOnce(&App) -> Result<T, jicai_service::Error>,
) -> Result<T, ServeError> {
    bring_up_to_date(config, running, false).await?;
    let app = app_of(config, running, 2).await?;
    Ok(act(&app).await?)
}

pub(crate) async fn app_of(config: &Config, running: &Running, connections: u32) -> Result<App, ServeError> {
    let store = Store::new(&running.app, connections).reporting_from(running.replica.as_deref(), connections);
    Ok(App::start(store, objects_of(config)?, secret_of(config)?).await?.reaching(config.webhooks))
}

pub(crate) async fn bring_up_to_date(
    config: &Config,
    running: &Running,
    demonstrate: bool,
) -> Result<(), ServeError> {
    migrated(config, running, demonstrate).await?;
    match (setup::is_demonstration(&running.app).await?, demonstrate) {
        (true, false) => {
            Err("this database is one of a demonstration: serve it with --demo, or use another".into())
        }
        (false, true) => Err("this database is not one of a demonstration: serve it without --demo".into()),
        (true, true) | (false, false) => Ok(()),
    }
}

/// A private database gets the migrations that it lacks; somebody else's has to have them.
async fn migrated(config: &Config, running: &Running, demonstrate: bool) -> Result<(), ServeError> {
    let (Database::Embedded, Some(owner)) = (&config.database, &running.owner) else {
        return if setup::is_behind(&running.app).await? {
            Err("the database's schema is not up to date: run `jicai migrate`".into())
        } else {
            Ok(())
        };
    };
    let fresh = setup::is_empty(owner).await?;
    setup::migrate(owner).await?;
    if demonstrate && fresh {
        setup::shift_clock(owner, demonstration::BEGINS).await?;
    }
    Ok(())
}

pub(crate) fn objects_of(config: &Config) -> Result<Objects, ServeError> {
    match &config.documents {
        Documents::Folder(folder) => Objects::in_folder(folder).map_err(|error| {
            let why = std::error::Error::source(&error).map(ToString::to_string).unwrap_or_default();
            format!("the documents in {}: {why}", folder.display()).into()
        }),
        Documents::Bucket { bucket, prefix, settings } => Ok(Objects::in_bucket(bucket, prefix, settings)?),
    }
}

pub(crate) fn secret_of(config: &Config) -> Result<Secret, ServeError> {
    Ok(Secret::new(secret_key(config)?.reveal()))
}

/// The secret of the settings, or else of the data directory.
pub(crate) fn secret_key(config: &Config) -> Result<SecretKey, ServeError> {
    if let Some(key) = &config.secret {
        return Ok(key.clone());
    }
    let fault = |error| format!("the secret in {}: {error}", config.home.display());
    Ok(secret::of_home(&config.home).map_err(fault)?)
}
