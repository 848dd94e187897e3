//! The doors to the database: one for changes that the audit log tells of, one for bookkeeping, one for reading.
use std::time::{Duration, Instant};

use diesel::pg::Pg;
use diesel::pg::data_types::PgTimestamp;
use diesel::query_builder::{QueryFragment, QueryId};
use diesel_async::pooled_connection::bb8::{Pool, PooledConnection};
use diesel_async::pooled_connection::{AsyncDieselConnectionManager, ManagerConfig};
use diesel_async::{AsyncPgConnection, RunQueryDsl, SimpleAsyncConnection};
use jicai_domain::time::Timestamp;

use crate::address;
use crate::bell::{Bell, Topic};
use crate::errors::{Retry, StoreError};
use crate::line::Line;
use crate::replica::{self, Replica};
use crate::schema::app_clock;
use crate::times;

const TRIES_MAX: u32 = 4;
const WAIT_FOR_CONNECTION_SECONDS: u64 = 5;
const SESSION_SETTINGS: &str = "SET application_name = 'jicai'; SET statement_timeout = '5s'; \
     SET lock_timeout = '3s'; SET idle_in_transaction_session_timeout = '10s'; SET timezone = 'UTC'; \
     SET pg_trgm.word_similarity_threshold = 0.45";
const PLANNED_ONCE: &str = "SET plan_cache_mode = force_generic_plan";

/// Pools of connections of the role `jicai_app`: for everything, and for reads that are planned once.
#[derive(Clone)]
pub struct Store {
    pool: Pool<AsyncPgConnection>,
    planned: Pool<AsyncPgConnection>,
    replica: Option<Replica>,
    bell: Bell,
}

/// A connection inside a transaction, or of a read.
pub struct Tx {
    line: Line,
    open: bool,
    /// What the clock said when it was last asked.
    asked: Option<Timestamp>,
    left_work: bool,
    changed_catalog: bool,
}

/// The answer of a change whose audit entry is written. Made only by `audit::record`.
pub struct Recorded<T>(T);

impl<T> Recorded<T> {
    pub(crate) fn new(answer: T) -> Self {
        Self(answer)
    }

    /// The answer.
    pub fn answer(&self) -> &T {
        &self.0
    }

    /// The same answer in another form.
    pub fn try_map<U, E>(self, read: impl FnOnce(T) -> Result<U, E>) -> Result<Recorded<U>, E> {
        read(self.0).map(Recorded)
    }
}

impl Tx {
    fn over(connection: PooledConnection<'static, AsyncPgConnection>) -> Tx {
        let line = Line::new(connection);
        Tx { line, open: false, asked: None, left_work: false, changed_catalog: false }
    }

    pub(crate) fn connection(&mut self) -> &mut Line {
        &mut self.line
    }

    /// Whether what it locks stays locked: a look at the state holds nothing.
    pub(crate) const fn holds(&self) -> bool {
        self.open
    }

    /// Sends a statement in one go with the next one, or with the commit: its error comes with that.
    pub(crate) async fn later<Q>(&mut self, query: Q) -> Result<(), StoreError>
    where
        Q: QueryFragment<Pg> + QueryId + Send + 'static,
    {
        if self.open {
            self.line.hold(query);
        } else {
            query.execute(self.connection()).await?;
        }
        Ok(())
    }

    /// Has the hands woken after the commit.
    pub(crate) fn leaves_work(&mut self) {
        self.left_work = true;
    }

    /// Has whoever remembers the registry told after the commit.
    pub(crate) fn changes_catalog(&mut self) {
        self.changed_catalog = true;
    }

    /// The clock that every rule reads.
    pub async fn now(&mut self) -> Result<Timestamp, StoreError> {
        let now = diesel::select(app_clock()).get_result(self.connection()).await?;
        Ok(self.said(now))
    }

    /// Remembers what the clock said to a statement.
    pub(crate) fn said(&mut self, now: PgTimestamp) -> Timestamp {
        *self.asked.insert(times::timestamp(now))
    }

    /// When this happens: what the clock said last in the transaction, after whatever a rule asked it for. No rule reads this.
    pub(crate) async fn moment(&mut self) -> Result<Timestamp, StoreError> {
        match self.asked {
            Some(asked) if self.open => Ok(asked),
            _ => self.now().await,
        }
    }
}

impl Store {
    /// Pools that connect when they are first used. Connections are not tested at check-out: a broken one shows itself, and
    /// testing costs a query each time.
    pub fn new(url: &str, connections_max: u32) -> Store {
        let pool = |planning| pool(url, planning, (connections_max, WAIT_FOR_CONNECTION_SECONDS));
        Store { pool: pool(""), planned: pool(PLANNED_ONCE), replica: None, bell: Bell::default() }
    }

    /// The same, with reports read from a replica.
    #[must_use]
    pub fn reporting_from(self, url: Option<&str>, connections_max: u32) -> Store {
        let replica = |url| Replica::new(pool(url, "", (connections_max, replica::WAIT_SECONDS)));
        Store { replica: url.map(replica), ..self }
    }

    /// The same pool, ringing another bell.
    #[must_use]
    pub fn ringing(self, bell: Bell) -> Store {
        Store { bell, ..self }
    }

    /// A change of the platform's state: one transaction, its audit entry inside, repeated a few times when another
    /// transaction was in the way.
    #[expect(
        clippy::manual_async_fn,
        reason = "an `async fn` could not promise that its future may move between threads"
    )]
    pub fn write<'a, T, E, F>(
        &'a self,
        name: &'static str,
        act: F,
    ) -> impl Future<Output = Result<T, E>> + Send + 'a
    where
        for<'t> F: AsyncFn(&'t mut Tx) -> Result<Recorded<T>, E>
            + Act<&'t mut Tx, Result<Recorded<T>, E>, Future: Send>
            + Send
            + Sync
            + 'a,
        T: Send + 'a,
        E: From<StoreError> + Retry + Send + 'a,
    {
        async move { self.bounded(name, act).await.map(|recorded| recorded.0) }
    }

    /// A change of bookkeeping that is no act of anybody, such as counting a failed login. It leaves no audit entry.
    pub fn keep<'a, T, E, F>(
        &'a self,
        name: &'static str,
        act: F,
    ) -> impl Future<Output = Result<T, E>> + Send + 'a
    where
        for<'t> F: AsyncFn(&'t mut Tx) -> Result<T, E>
            + Act<&'t mut Tx, Result<T, E>, Future: Send>
            + Send
            + Sync
            + 'a,
        T: Send + 'a,
        E: From<StoreError> + Retry + Send + 'a,
    {
        self.bounded(name, act)
    }

    /// A connection for reading, outside a transaction.
    pub async fn read(&self) -> Result<Tx, StoreError> {
        self.pool.get_owned().await.map(Tx::over).map_err(StoreError::from)
    }

    /// The same for a frequent read whose best plan is the same for every value that is asked for: Postgres plans it once a connection.
    /// Otherwise it would plan a page anew each time, because of the number of its rows, and longer than it reads it. A test shows
    /// for each such read that a rare value does not make it slow (`tests/platform/plans.rs`).
    pub async fn read_planned(&self) -> Result<Tx, StoreError> {
        self.planned.get_owned().await.map(Tx::over).map_err(StoreError::from)
    }

    /// The same for a report, which may be some seconds behind: from the replica where there is one that follows, else from the primary.
    pub async fn read_report(&self) -> Result<Tx, StoreError> {
        let replica = match &self.replica {
            Some(replica) => replica.connection().await,
            None => None,
        };
        match replica {
            Some(connection) => Ok(Tx::over(connection)),
            None => self.read().await,
        }
    }

    async fn bounded<T, E, F>(&self, name: &'static str, act: F) -> Result<T, E>
    where
        for<'t> F: Act<&'t mut Tx, Result<T, E>, Future: Send> + Send + Sync,
        T: Send,
        E: From<StoreError> + Retry + Send,
    {
        let started = Instant::now();
        let mut tries = 1;
        loop {
            let outcome = self.once(&act).await;
            let collided = outcome.as_ref().is_err_and(Retry::collided);
            if !collided || tries == TRIES_MAX {
                let micros = started.elapsed().as_micros();
                tracing::debug!(transaction = name, tries, micros, ok = outcome.is_ok(), "transaction ended");
                return outcome;
            }
            tries += 1;
        }
    }

    async fn once<T, E, F>(&self, act: &F) -> Result<T, E>
    where
        for<'t> F: Act<&'t mut Tx, Result<T, E>, Future: Send> + Send + Sync,
        T: Send,
        E: From<StoreError> + Send,
    {
        let mut tx = self.read().await?;
        tx.line.begin().map_err(StoreError::from)?;
        tx.open = true;
        match act(&mut tx).await {
            Ok(answer) => {
                tx.line.commit().await.map_err(StoreError::from)?;
                if tx.left_work {
                    self.bell.ring(Topic::Jobs);
                }
                if tx.changed_catalog {
                    self.bell.ring(Topic::Catalog);
                }
                Ok(answer)
            }
            Err(error) => {
                if let Err(rollback) = tx.line.roll_back().await {
                    tracing::warn!(%rollback, "a transaction could not be rolled back");
                }
                Err(error)
            }
        }
    }
}

/// An async closure that names its future, so that a caller can ask for one that may move between threads.
pub trait Act<Argument, Output>: Fn(Argument) -> <Self as Act<Argument, Output>>::Future {
    /// What a call gives.
    type Future: Future<Output = Output>;
}

impl<F, Argument, Running, Output> Act<Argument, Output> for F
where
    F: Fn(Argument) -> Running,
    Running: Future<Output = Output>,
{
    type Future = Running;
}

fn pool(
    url: &str,
    planning: &'static str,
    (connections_max, wait_seconds): (u32, u64),
) -> Pool<AsyncPgConnection> {
    let mut settings = ManagerConfig::default();
    settings.custom_setup = Box::new(move |url| Box::pin(connect_with(url, planning)));
    Pool::builder()
        .max_size(connections_max.max(1))
        .min_idle(Some(0))
        .test_on_check_out(false)
        .connection_timeout(Duration::from_secs(wait_seconds))
        .build_unchecked(AsyncDieselConnectionManager::new_with_config(url, settings))
}

pub(crate) async fn connect(url: &str) -> Result<AsyncPgConnection, diesel::ConnectionError> {
    connect_with(url, "").await
}

async fn connect_with(url: &str, planning: &str) -> Result<AsyncPgConnection, diesel::ConnectionError> {
    let mut connection = address::open(url).await?;
    let settings = format!("{SESSION_SETTINGS}; {planning}");
    set(&mut connection, &settings).await.map_err(diesel::ConnectionError::CouldntSetupConfiguration)?;
    Ok(connection)
}

#[expect(clippy::disallowed_methods, reason = "settings of a new connection, outside any transaction")]
async fn set(connection: &mut AsyncPgConnection, settings: &str) -> Result<(), diesel::result::Error> {
    connection.batch_execute(settings).await
}
