//! One private cluster for the whole run, and a database of its own for every test, cloned from a migrated template.
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};

use diesel::QueryableByName;
use diesel::sql_types::Text;
use diesel_async::{AsyncConnection, AsyncPgConnection, RunQueryDsl, SimpleAsyncConnection};
use jicai_server::embedded::{Cluster, SUPERUSER};
use jicai_store::setup::{APP, OWNER, migrate, prepare_cluster};

use super::folder::Folder;

static SHARED: OnceLock<Shared> = OnceLock::new();
static COUNT: AtomicU32 = AtomicU32::new(0);
const TEMPLATE: &str = "template";

struct Shared {
    cluster: Cluster,
    _janitor: (Child, ChildStdin),
}

/// A database that only this test sees, with a folder for documents.
pub(crate) struct Database {
    pub(crate) app: String,
    pub(crate) owner: String,
    /// Where its documents are kept.
    pub(crate) documents: Folder,
}

impl Database {
    /// A migrated one.
    pub(crate) async fn new() -> Database {
        Self::cloned(TEMPLATE).await
    }

    /// One without a schema.
    pub(crate) async fn empty() -> Database {
        Self::cloned("template0").await
    }

    /// Does something to the whole cluster.
    pub(crate) async fn as_superuser(&self, statements: &str) {
        execute(&shared().cluster.url(SUPERUSER, "postgres"), statements).await;
    }

    async fn cloned(template: &str) -> Database {
        let cluster = &shared().cluster;
        let name = format!("story_{}", COUNT.fetch_add(1, Ordering::Relaxed));
        let statement = format!("CREATE DATABASE {name} TEMPLATE {template} OWNER {OWNER}");
        execute(&cluster.url(SUPERUSER, "postgres"), &statement).await;
        Database { app: cluster.url(APP, &name), owner: cluster.url(OWNER, &name), documents: Folder::new() }
    }
}

/// Runs statements that no use case has.
#[expect(clippy::disallowed_methods, reason = "not a transaction of the service")]
pub(crate) async fn execute(url: &str, statements: &str) {
    let mut connection = AsyncPgConnection::establish(url).await.unwrap();
    connection.batch_execute(statements).await.unwrap();
}

/// The column `line` of every row of a query that no use case has.
pub(crate) async fn texts(url: &str, query: &str) -> Vec<String> {
    let mut connection = AsyncPgConnection::establish(url).await.unwrap();
    let rows: Vec<Line> = diesel::sql_query(query).load(&mut connection).await.unwrap();
    rows.into_iter().map(|row| row.line).collect()
}

#[derive(QueryableByName)]
struct Line {
    #[diesel(sql_type = Text)]
    line: String,
}

fn shared() -> &'static Shared {
    SHARED.get_or_init(|| std::thread::spawn(start).join().unwrap())
}

fn start() -> Shared {
    let folder = Folder::new();
    let fast = [
        ("fsync", "off"),
        ("synchronous_commit", "off"),
        ("full_page_writes", "off"),
        ("max_connections", "400"),
    ];
    let cluster = Cluster::start(folder.path(), &fast).unwrap();
    let janitor = janitor(folder);
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        prepare_cluster(&cluster.url(SUPERUSER, "postgres"), TEMPLATE).await.unwrap();
        migrate(&cluster.url(OWNER, TEMPLATE)).await.unwrap();
    });
    Shared { cluster, _janitor: janitor }
}

/// Statics are never dropped. So a process that ends when this one ends, however it ends, takes the cluster away.
fn janitor(folder: Folder) -> (Child, ChildStdin) {
    let script = r#"cat >/dev/null; kill -QUIT "$(head -1 "$1/postgres/data/postmaster.pid")"; sleep 0.3; rm -rf "$1""#;
    let mut command = Command::new("sh");
    command.args(["-c", script, "janitor"]).arg(folder.path()).stdin(Stdio::piped());
    std::os::unix::process::CommandExt::process_group(&mut command, 0);
    std::mem::forget(folder);
    let mut child = command.spawn().unwrap();
    let stdin = child.stdin.take().unwrap();
    (child, stdin)
}
