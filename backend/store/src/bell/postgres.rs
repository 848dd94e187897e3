//! The bell over Postgres. NOTIFY is a statement of its own, never part of a transaction that writes: a transaction that
//! notifies takes one lock of the whole cluster until its commit has reached the disk, so the writers would commit one after
//! the other. Here only the bell's own commits queue for that lock, and they do not wait for the disk.
use std::pin::pin;

use diesel::sql_types::Text;
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use futures_util::StreamExt;

use super::{Line, LineError};
use crate::door;

const CHANNEL: &str = "jicai_bell";

pub(super) struct PostgresLine(AsyncPgConnection);

impl PostgresLine {
    pub(super) async fn open(url: &str) -> Result<PostgresLine, LineError> {
        let mut connection = door::connect(url).await?;
        diesel::sql_query("SET synchronous_commit = off").execute(&mut connection).await?;
        diesel::sql_query(format!("LISTEN {CHANNEL}")).execute(&mut connection).await?;
        Ok(PostgresLine(connection))
    }
}

impl Line for PostgresLine {
    async fn say(&mut self, message: &str) -> Result<(), LineError> {
        diesel::sql_query("SELECT pg_notify($1, $2)")
            .bind::<Text, _>(CHANNEL)
            .bind::<Text, _>(message)
            .execute(&mut self.0)
            .await?;
        Ok(())
    }

    async fn hear(&mut self) -> Result<String, LineError> {
        let notification = pin!(self.0.notifications_stream()).next().await;
        Ok(notification.ok_or("the connection was closed")??.payload)
    }

    async fn check(&mut self) -> Result<(), LineError> {
        diesel::sql_query("SELECT 1").execute(&mut self.0).await?;
        Ok(())
    }
}
