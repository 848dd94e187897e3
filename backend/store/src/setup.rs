//! What a database needs before the service can use it: the two roles, the database, the migrations.
use diesel::migration::MigrationSource;
use diesel::prelude::*;
use diesel::sql_types::{Bool, Text};
use diesel_async::{AsyncMigrationHarness, AsyncPgConnection, RunQueryDsl, SimpleAsyncConnection};
use diesel_migrations::{EmbeddedMigrations, MigrationHarness, embed_migrations};

use crate::address;
use crate::errors::StoreError;

/// The role that owns the schema and migrates it.
pub const OWNER: &str = "jicai_owner";
/// The role that the service runs as.
pub const APP: &str = "jicai_app";

const MIGRATIONS: EmbeddedMigrations = embed_migrations!("../../migrations");

/// Makes the two roles and the database where they are missing. Needs a connection of a superuser.
pub async fn prepare_cluster(superuser_url: &str, database: &str) -> Result<(), StoreError> {
    let mut connection = open(superuser_url).await?;
    for role in [OWNER, APP] {
        if !exists(&mut connection, "SELECT EXISTS (SELECT FROM pg_roles WHERE rolname = $1) AS found", role)
            .await?
        {
            run(&mut connection, &format!("CREATE ROLE {role} LOGIN")).await?;
        }
    }
    let made = "SELECT EXISTS (SELECT FROM pg_database WHERE datname = $1) AS found";
    if !exists(&mut connection, made, database).await? {
        run(&mut connection, &format!("CREATE DATABASE {database} OWNER {OWNER}")).await?;
        run(&mut connection, &format!("REVOKE ALL ON DATABASE {database} FROM PUBLIC")).await?;
        run(&mut connection, &format!("GRANT CONNECT ON DATABASE {database} TO {APP}")).await?;
    }
    Ok(())
}

/// Applies the migrations that are missing; the names of those that it applied. Needs the multi-threaded runtime.
pub async fn migrate(owner_url: &str) -> Result<Vec<String>, StoreError> {
    let mut harness = AsyncMigrationHarness::new(open(owner_url).await?);
    let applied = harness.run_pending_migrations(MIGRATIONS).map_err(StoreError::Broken)?;
    Ok(applied.iter().map(ToString::to_string).collect())
}

/// Undoes every migration, the last one first; the names of those that it undid.
pub async fn unmigrate(owner_url: &str) -> Result<Vec<String>, StoreError> {
    let mut harness = AsyncMigrationHarness::new(open(owner_url).await?);
    let undone = harness.revert_all_migrations(MIGRATIONS).map_err(StoreError::Broken)?;
    Ok(undone.iter().map(ToString::to_string).collect())
}

/// Whether migrations are missing. The service may ask this as `jicai_app`.
pub async fn is_behind(url: &str) -> Result<bool, StoreError> {
    let mut connection = open(url).await?;
    let made = "SELECT to_regclass($1) IS NOT NULL AS found";
    if !exists(&mut connection, made, "__diesel_schema_migrations").await? {
        return Ok(true);
    }
    let known = MigrationSource::<diesel::pg::Pg>::migrations(&MIGRATIONS).map_err(StoreError::Broken)?;
    for migration in known {
        let applied = "SELECT EXISTS (SELECT FROM __diesel_schema_migrations WHERE version = $1) AS found";
        if !exists(&mut connection, applied, &migration.name().version().to_string()).await? {
            return Ok(true);
        }
    }
    Ok(false)
}

/// The versions of the migrations that this program knows, the oldest first.
pub fn known_migrations() -> Result<Vec<String>, StoreError> {
    let known = MigrationSource::<diesel::pg::Pg>::migrations(&MIGRATIONS).map_err(StoreError::Broken)?;
    let mut versions: Vec<String> =
        known.iter().map(|migration| migration.name().version().to_string()).collect();
    versions.sort();
    Ok(versions)
}

/// The versions of the migrations that the database has, the oldest first; none when it was never migrated.
pub async fn applied_migrations(url: &str) -> Result<Vec<String>, StoreError> {
    let mut connection = open(url).await?;
    let made = "SELECT to_regclass($1) IS NOT NULL AS found";
    if !exists(&mut connection, made, "__diesel_schema_migrations").await? {
        return Ok(Vec::new());
    }
    let query = "SELECT version::text AS version FROM __diesel_schema_migrations ORDER BY version";
    let rows: Vec<Applied> = diesel::sql_query(query).load(&mut connection).await?;
    Ok(rows.into_iter().map(|row| row.version).collect())
}

/// Whether the database holds nothing at all.
pub async fn is_empty(url: &str) -> Result<bool, StoreError> {
    let mut connection = open(url).await?;
    let query = "SELECT NOT EXISTS (SELECT FROM pg_class WHERE relnamespace = $1::regnamespace) AS found";
    exists(&mut connection, query, "public").await
}

/// Fits the audit log and the feed of alerts to the transaction numbers of the cluster that a database was restored into, which counts from anew: what
/// has a position lies below every checkpoint's horizon, what waits for one does not. Needs a connection of `jicai_owner`.
pub async fn renumber_transactions(owner_url: &str) -> Result<(), StoreError> {
    let mut connection = open(owner_url).await?;
    let statement = "WITH entries AS (UPDATE audit_entries SET written_by = CASE \
             WHEN EXISTS (SELECT FROM audit_positions WHERE entry = audit_entries.id) THEN '3'::xid8 \
             ELSE pg_current_xact_id() END), \
         changes AS (UPDATE alert_changes SET written_by = '3'::xid8) \
         UPDATE audit_checkpoints SET horizon = pg_current_xact_id()";
    diesel::sql_query(statement).execute(&mut connection).await?;
    Ok(())
}

/// Marks a database as one of a demonstration or a test, and sets its clock that many seconds ahead.
pub async fn shift_clock(owner_url: &str, seconds: i64) -> Result<(), StoreError> {
    let mut connection = open(owner_url).await?;
    let statement = "INSERT INTO clock_shift (shift) VALUES (make_interval(secs => $1)) \
         ON CONFLICT (singleton) DO UPDATE SET shift = excluded.shift";
    let seconds =
        f64::from(i32::try_from(seconds).map_err(|_large| StoreError::row("clock shift", seconds))?);
    diesel::sql_query(statement)
        .bind::<diesel::sql_types::Double, _>(seconds)
        .execute(&mut connection)
        .await?;
    Ok(())
}

/// Sets the clock of a demonstration that many seconds ahead of where it is. False where the database is not one of a demonstration.
pub async fn advance_clock(owner_url: &str, seconds: u32) -> Result<bool, StoreError> {
    let mut connection = open(owner_url).await?;
    let statement = "UPDATE clock_shift SET shift = shift + make_interval(secs => $1)";
    let query = diesel::sql_query(statement).bind::<diesel::sql_types::Double, _>(f64::from(seconds));
    Ok(query.execute(&mut connection).await? == 1)
}

/// Whether the database is one of a demonstration or a test.
pub async fn is_demonstration(url: &str) -> Result<bool, StoreError> {
    let mut connection = open(url).await?;
    exists(&mut connection, "SELECT EXISTS (SELECT FROM clock_shift WHERE $1 <> '') AS found", "any").await
}

#[derive(QueryableByName)]
struct Applied {
    #[diesel(sql_type = Text)]
    version: String,
}

#[derive(QueryableByName)]
struct Found {
    #[diesel(sql_type = Bool)]
    found: bool,
}

async fn exists(connection: &mut AsyncPgConnection, query: &str, name: &str) -> Result<bool, StoreError> {
    let found: Found = diesel::sql_query(query).bind::<Text, _>(name).get_result(connection).await?;
    Ok(found.found)
}

#[expect(
    clippy::disallowed_methods,
    reason = "CREATE ROLE and CREATE DATABASE take no parameters; the names are constants"
)]
async fn run(connection: &mut AsyncPgConnection, statement: &str) -> Result<(), StoreError> {
    Ok(connection.batch_execute(statement).await?)
}

async fn open(url: &str) -> Result<AsyncPgConnection, StoreError> {
    address::open(url).await.map_err(|error| StoreError::Unavailable(error.into()))
}
