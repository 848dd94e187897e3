//! Processes that are killed at a moment that a story chooses: they come to rows that it holds.
use std::path::Path;
use std::process::{Child, Stdio};
use std::time::{Duration, Instant};

use diesel_async::{AsyncConnection, AsyncPgConnection, SimpleAsyncConnection};

use super::postgres::{Database, texts};
use super::program::jicai_on;

/// Rows that nobody else may change for a while.
pub(crate) struct Hold(AsyncPgConnection);

#[expect(clippy::disallowed_methods, reason = "not a transaction of the service")]
impl Hold {
    pub(crate) async fn on(url: &str, rows: &str) -> Hold {
        Self::by(url, &format!("SELECT FROM {rows} FOR UPDATE")).await
    }

    /// A table that nobody else may even read, as soon as whoever changes it has committed.
    pub(crate) async fn of_table(url: &str, table: &str) -> Hold {
        Self::by(url, &format!("LOCK TABLE {table} IN ACCESS EXCLUSIVE MODE")).await
    }

    async fn by(url: &str, statement: &str) -> Hold {
        let mut connection = AsyncPgConnection::establish(url).await.unwrap();
        connection.batch_execute(&format!("BEGIN; {statement}")).await.unwrap();
        Hold(connection)
    }

    pub(crate) async fn ends(mut self) {
        self.0.batch_execute("ROLLBACK").await.unwrap();
    }
}

/// Waits until so many sessions wait for what others hold. A role sees what its own sessions wait for.
pub(crate) async fn until_waiting(url: &str, count: usize) {
    let waiting = "SELECT count(*)::text AS line FROM pg_stat_activity
        WHERE datname = current_database() AND wait_event_type = 'Lock'";
    let begun = Instant::now();
    while texts(url, waiting).await != [count.to_string()] {
        assert!(begun.elapsed() < Duration::from_secs(60), "nobody comes to what is held");
    }
}

/// A process that works and is killed.
pub(crate) struct Killed(Child);

impl Killed {
    pub(crate) fn worker(database: &Database) -> Killed {
        let mut command = jicai_on(database, Path::new("/nonexistent"), &["worker"]);
        command.env("JICAI_DOCUMENTS", database.documents.path());
        Killed(command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap())
    }

    /// Waits until it comes to rows that are held, and ends it as `kill -9` does.
    pub(crate) async fn at_what_is_held(mut self, app: &str) {
        until_waiting(app, 1).await;
        assert!(self.0.try_wait().unwrap().is_none(), "the worker ended by itself");
        self.0.kill().unwrap();
        assert_eq!(self.0.wait().unwrap().code(), None);
    }
}
