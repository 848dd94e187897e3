//! A connection as statements see it. What nobody waits for, such as `BEGIN`, is held back and goes out with the next statement: one
//! round trip for both. Statements are prepared once a connection.
use std::future::poll_fn;
use std::task::Poll;

use diesel::connection::{TransactionDepthChange, TransactionManagerStatus};
use diesel::pg::{Pg, PgQueryBuilder};
use diesel::query_builder::{AsQuery, AstPass, Query, QueryBuilder, QueryFragment, QueryId};
use diesel::result::{Error, QueryResult};
use diesel_async::pooled_connection::bb8::PooledConnection;
use diesel_async::{
    AnsiTransactionManager, AsyncConnectionCore, AsyncPgConnection, SimpleAsyncConnection, TransactionManager,
};
use futures_util::future::{BoxFuture, FutureExt, TryFutureExt};

/// A longer text is not kept prepared: it is a list of rows, which is seldom as long again.
const KEPT_MAX: usize = 2_048;

type Sent<'c> = BoxFuture<'c, QueryResult<()>>;
type Held = Box<dyn for<'c> FnOnce(&'c AsyncPgConnection) -> Sent<'c> + Send>;

/// A connection, and what waits to be sent on it.
pub(crate) struct Line {
    connection: PooledConnection<'static, AsyncPgConnection>,
    held: Vec<Held>,
    /// Whether Postgres knows of the transaction.
    begun: bool,
}

impl Line {
    pub(crate) fn new(connection: PooledConnection<'static, AsyncPgConnection>) -> Line {
        Line { connection, held: Vec::new(), begun: false }
    }

    /// Begins a transaction with the next statement. Until it ends the pool takes the connection for broken, so that one that is
    /// dropped in between is closed.
    pub(crate) fn begin(&mut self) -> QueryResult<()> {
        self.deepen(TransactionDepthChange::IncreaseDepth)?;
        self.hold(diesel::sql_query("BEGIN"));
        Ok(())
    }

    /// Sends a statement with the next one. Its error is that of the next one, or of the commit.
    pub(crate) fn hold<Q>(&mut self, query: Q)
    where
        Q: QueryFragment<Pg> + QueryId + Send + 'static,
    {
        self.held.push(held(move |mut connection| {
            connection.execute_returning_count(Kept(query)).map_ok(|_count| ()).boxed()
        }));
    }

    /// Commits, in one go with what was held. The commit is sent only behind statements that were: where one of them fails, nothing of
    /// the transaction stays.
    pub(crate) async fn commit(&mut self) -> QueryResult<()> {
        if !self.begun && self.held.len() <= 1 {
            return self.forget();
        }
        let outcome = self.then(diesel::sql_query("COMMIT")).await;
        match outcome {
            Ok(()) => self.forget(),
            Err(fault) => {
                // Where this fails, too, the pool closes the connection.
                if let Err(rollback) = self.roll_back().await {
                    tracing::warn!(%rollback, "a transaction that failed to commit could not be rolled back");
                }
                Err(fault)
            }
        }
    }

    /// Takes everything back.
    pub(crate) async fn roll_back(&mut self) -> QueryResult<()> {
        self.held.clear();
        if self.begun {
            self.then(diesel::sql_query("ROLLBACK")).await?;
        }
        self.forget()
    }

    async fn then<Q>(&mut self, query: Q) -> QueryResult<()>
    where
        Q: QueryFragment<Pg> + QueryId + Send + 'static,
    {
        self.next(|mut connection| connection.execute_returning_count(Kept(query))).await.map(|_count| ())
    }

    fn forget(&mut self) -> QueryResult<()> {
        self.held.clear();
        self.begun = false;
        self.deepen(TransactionDepthChange::DecreaseDepth)
    }

    fn deepen(&mut self, change: TransactionDepthChange) -> QueryResult<()> {
        match AnsiTransactionManager::transaction_manager_status_mut(&mut *self.connection) {
            TransactionManagerStatus::Valid(status) => status.change_transaction_depth(change),
            TransactionManagerStatus::InError => Err(Error::BrokenTransactionManager),
        }
    }

    /// Sends a statement behind those that are held.
    fn next<'c, T: Send + 'c>(
        &'c mut self,
        query: impl FnOnce(&'c AsyncPgConnection) -> BoxFuture<'c, QueryResult<T>>,
    ) -> BoxFuture<'c, QueryResult<T>> {
        let held = std::mem::take(&mut self.held);
        self.begun |= !held.is_empty();
        let connection: &'c AsyncPgConnection = &self.connection;
        let last = query(connection);
        if held.is_empty() {
            return last;
        }
        in_order(held.into_iter().map(|held| held(connection)).collect(), last).boxed()
    }
}

/// A closure that works for every connection.
fn held(send: impl for<'c> FnOnce(&'c AsyncPgConnection) -> Sent<'c> + Send + 'static) -> Held {
    Box::new(send)
}

/// Sends all of them, each behind the one before, and waits for all. A statement sends when it is first polled, or, where it has to be
/// prepared, holds the connection's statements until it has; none is polled again once one before it failed.
async fn in_order<T>(mut before: Vec<Sent<'_>>, mut last: BoxFuture<'_, QueryResult<T>>) -> QueryResult<T> {
    let mut found = None;
    poll_fn(move |context| {
        let mut fault = None;
        before.retain_mut(|sent| {
            if fault.is_some() {
                return true;
            }
            match sent.poll_unpin(context) {
                Poll::Pending => true,
                Poll::Ready(outcome) => {
                    fault = outcome.err();
                    false
                }
            }
        });
        if let Some(fault) = fault {
            return Poll::Ready(Err(fault));
        }
        if found.is_none()
            && let Poll::Ready(outcome) = last.poll_unpin(context)
        {
            found = Some(outcome);
        }
        if before.is_empty()
            && let Some(outcome) = found.take()
        {
            return Poll::Ready(outcome);
        }
        Poll::Pending
    })
    .await
}

impl SimpleAsyncConnection for Line {
    #[expect(clippy::disallowed_methods, reason = "the library asks for it; nothing calls it")]
    async fn batch_execute(&mut self, query: &str) -> QueryResult<()> {
        for held in std::mem::take(&mut self.held) {
            self.begun = true;
            held(&self.connection).await?;
        }
        self.connection.batch_execute(query).await
    }
}

impl AsyncConnectionCore for Line {
    type LoadFuture<'conn, 'query> = BoxFuture<'conn, QueryResult<Self::Stream<'conn, 'query>>>;
    type ExecuteFuture<'conn, 'query> = BoxFuture<'conn, QueryResult<usize>>;
    type Stream<'conn, 'query> = <AsyncPgConnection as AsyncConnectionCore>::Stream<'conn, 'query>;
    type Row<'conn, 'query> = <AsyncPgConnection as AsyncConnectionCore>::Row<'conn, 'query>;
    type Backend = Pg;

    fn load<'conn, 'query, T>(&'conn mut self, source: T) -> Self::LoadFuture<'conn, 'query>
    where
        T: AsQuery + 'query,
        T::Query: QueryFragment<Pg> + QueryId + 'query,
    {
        self.next(|mut connection| connection.load(Kept(source.as_query())))
    }

    fn execute_returning_count<'conn, 'query, T>(
        &'conn mut self,
        source: T,
    ) -> Self::ExecuteFuture<'conn, 'query>
    where
        T: QueryFragment<Pg> + QueryId + 'query,
    {
        self.next(|mut connection| connection.execute_returning_count(Kept(source)))
    }
}

/// A statement that a connection prepares once and keeps. The library prepares updates, upserts, lists of rows and written SQL anew for
/// every call: two more round trips, and Postgres plans again.
struct Kept<Q>(Q);

impl<Q: QueryFragment<Pg>> QueryFragment<Pg> for Kept<Q> {
    fn walk_ast<'b>(&'b self, pass: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        self.0.walk_ast(pass)
    }

    fn is_safe_to_cache_prepared(&self, backend: &Pg) -> QueryResult<bool> {
        if self.0.is_safe_to_cache_prepared(backend)? {
            return Ok(true);
        }
        let mut text = PgQueryBuilder::default();
        self.0.to_sql(&mut text, backend)?;
        Ok(text.finish().len() <= KEPT_MAX)
    }
}

impl<Q: QueryId> QueryId for Kept<Q> {
    type QueryId = Q::QueryId;

    const HAS_STATIC_QUERY_ID: bool = Q::HAS_STATIC_QUERY_ID;
}

impl<Q: Query> Query for Kept<Q> {
    type SqlType = Q::SqlType;
}
