//! A streaming replica of the database, for reports that may be some seconds behind.
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use diesel::QueryableByName;
use diesel::sql_types::Bool;
use diesel_async::pooled_connection::bb8::{Pool, PooledConnection};
use diesel_async::{AsyncPgConnection, RunQueryDsl};

use crate::errors::StoreError;

/// How long a report waits for a connection to the replica before it goes to the primary.
pub(crate) const WAIT_SECONDS: u64 = 1;
/// How long nobody asks a replica that could not be used.
const LEFT_ALONE: Duration = Duration::from_secs(10);
/// Whether it follows: a replica that was promoted goes its own way, and one that has replayed nothing for a minute may have lost the
/// primary. A primary that wrote nothing for a minute has time for the reports itself.
const FOLLOWS: &str = "SELECT pg_is_in_recovery() AND coalesce(clock_timestamp() - pg_last_xact_replay_timestamp() < interval '60 s', false) AS follows";

/// Its connections, and until when nobody asks for one.
#[derive(Clone)]
pub(crate) struct Replica {
    pool: Pool<AsyncPgConnection>,
    left_alone_until: Arc<Mutex<Option<Instant>>>,
}

#[derive(QueryableByName)]
struct Following {
    #[diesel(sql_type = Bool)]
    follows: bool,
}

impl Replica {
    pub(crate) fn new(pool: Pool<AsyncPgConnection>) -> Replica {
        Replica { pool, left_alone_until: Arc::default() }
    }

    /// A connection to it, while it follows the primary.
    pub(crate) async fn connection(&self) -> Option<PooledConnection<'static, AsyncPgConnection>> {
        if self.left_alone().is_some_and(|until| Instant::now() < until) {
            return None;
        }
        match self.following().await {
            Ok(Some(connection)) => return Some(connection),
            Ok(None) => tracing::warn!("the replica does not follow the primary: reports go to the primary"),
            Err(error) => tracing::warn!(%error, "the replica cannot be reached: reports go to the primary"),
        }
        *self.left_alone_until.lock().unwrap_or_else(PoisonError::into_inner) =
            Some(Instant::now() + LEFT_ALONE);
        None
    }

    fn left_alone(&self) -> Option<Instant> {
        *self.left_alone_until.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn following(&self) -> Result<Option<PooledConnection<'static, AsyncPgConnection>>, StoreError> {
        let mut connection = self.pool.get_owned().await?;
        let row: Following = diesel::sql_query(FOLLOWS).get_result(&mut *connection).await?;
        Ok(row.follows.then_some(connection))
    }
}
