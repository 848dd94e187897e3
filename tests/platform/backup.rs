//! Backup and restore: what was there comes back and goes on, and nothing is restored that is not whole.
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::time::Instant;

use jicai_server::embedded::SUPERUSER;
use serde_json::json;

use crate::support::actor::Actor;
use crate::support::folder::Folder;
use crate::support::postgres::{Database, execute};
use crate::support::program::{Said, jicai, jicai_on, said};
use crate::support::serving::Serving;
use crate::support::world::{PASSWORD, World, registration};

fn run(home: &Path, arguments: &[&str]) -> Said {
    said(jicai(home, arguments))
}

#[track_caller]
fn done(said: &Said) -> &str {
    assert_eq!((said.code, said.err.as_str()), (Some(0), ""), "{}", said.out);
    &said.out
}

#[track_caller]
fn refused(said: &Said, told: &str) {
    assert_eq!(said.code, Some(2), "{}{}", said.out, said.err);
    assert!(said.err.contains(told), "{told} is not in: {}", said.err);
}

/// Makes the cluster count its transactions far ahead of a new one.
async fn many_transactions(home: &Path) {
    let url = format!("host='{}' user={SUPERUSER} dbname=jicai", home.join("postgres/run").display());
    execute(&url, "DO 'BEGIN FOR i IN 1..5000 LOOP PERFORM txid_current(); COMMIT; END LOOP; END'").await;
}

async fn log_size(to: std::net::SocketAddr) -> u64 {
    let last = Actor::nobody(to).asks("{ auditCheckpoint { size } }").await;
    if last.code() == "NOT_FOUND" {
        return 0;
    }
    last.done()["size"].as_str().unwrap().parse().unwrap()
}

/// The size of the log once it is above that.
async fn log_above(to: std::net::SocketAddr, size: u64) -> u64 {
    let begun = Instant::now();
    let mut found = log_size(to).await;
    while found <= size && begun.elapsed().as_secs() < 30 {
        found = log_size(to).await;
    }
    found
}

fn files_below(folder: &Path) -> usize {
    let entries = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    entries.map(|path| if path.is_dir() { files_below(&path) } else { 1 }).sum()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_backed_up_beside_the_running_service_comes_back_and_goes_on() {
    let (home, safe) = (Folder::new(), Folder::new());
    let file = safe.path().join("jicai.tar.gz").display().to_string();
    let serving = Serving::start(home.path(), &["serve", "--demo"]);
    many_transactions(home.path()).await;
    let input = registration("HOSPITAL", "320106");
    let name = input["creditCode"].as_str().unwrap().to_owned();
    let before = log_above(serving.to, 0).await;
    Actor::nobody(serving.to).does("registerOrganization", input, "id").await.done();
    let size = log_above(serving.to, before).await;
    std::fs::create_dir_all(home.path().join("documents/ab")).unwrap();
    std::fs::write(home.path().join("documents/ab/licence.pdf"), b"a licence").unwrap();

    let made = run(home.path(), &["backup", &file]);
    let documents = format!("The documents: {}.", files_below(&home.path().join("documents")));
    assert!(documents != "The documents: 0." && done(&made).contains(&documents), "{}", made.out);
    assert!(made.out.contains("The secret is not in the backup"), "{}", made.out);
    assert_eq!(std::fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
    assert_eq!(std::fs::read_dir(safe.path()).unwrap().count(), 1, "something is left beside the backup");
    let running = run(home.path(), &["restore", &file]);
    assert_eq!(running.code, Some(2), "{}{}", running.out, running.err);
    serving.signal("-TERM");
    assert_eq!(serving.last_words().0, Some(0));
    let secret = std::fs::read(home.path().join("secret")).unwrap();
    drop(home);

    let home = Folder::new();
    refused(&run(home.path(), &["restore", &file]), "the secret is not in the backup and not here");
    std::fs::write(home.path().join("secret"), "ab".repeat(32)).unwrap();
    refused(&run(home.path(), &["restore", &file]), "the secret here is not the one of the backup");
    assert!(!home.path().join("postgres").exists());
    std::fs::write(home.path().join("secret"), secret).unwrap();
    let restored = run(home.path(), &["restore", &file]);
    assert!(done(&restored).contains(&format!("The audit log: {size} entries are those that were signed.")));
    assert_eq!(std::fs::read(home.path().join("documents/ab/licence.pdf")).unwrap(), b"a licence");
    refused(&run(home.path(), &["restore", &file]), "holds documents already");
    std::fs::remove_dir_all(home.path().join("documents")).unwrap();
    refused(&run(home.path(), &["restore", &file]), "the database is in use");

    let serving = Serving::start(home.path(), &["serve", "--demo"]);
    let (_, login, password) = &serving.accounts[0];
    let admin = Actor::logged_in(serving.to, login, password).await;
    let found = admin.asks("{ organizations(first: 100) { nodes { creditCode } } }").await.done();
    assert!(found.to_string().contains(&name), "{found}");
    let size = log_size(serving.to).await;
    Actor::nobody(serving.to)
        .does("registerOrganization", registration("HOSPITAL", "320106"), "id")
        .await
        .done();
    assert!(log_above(serving.to, size).await > size, "the log stands still after a restore");
    serving.signal("-TERM");
    assert_eq!(serving.last_words().0, Some(0));
}

/// A stopped service with one user, backed up with its secret.
fn small_backup(safe: &Path) -> (Folder, String) {
    let home = Folder::new();
    let founded = ["found", "--name", "运营方", "--credit-code", "11100000MB0DEM0099", "--clerk", "root"];
    done(&run(home.path(), &[&founded[..], &["--person", "管理员"]].concat()));
    let file = safe.join("small.tar.gz").display().to_string();
    let made = run(home.path(), &["backup", &file, "--with-secret"]);
    assert!(done(&made).contains("whoever has the file can log in as anybody"), "{}", made.out);
    (home, file)
}

#[test]
fn a_secret_that_is_in_the_backup_is_restored_for_its_owner_only() {
    let safe = Folder::new();
    let (home, file) = small_backup(safe.path());
    let secret = |home: &Folder| std::fs::read_to_string(home.path().join("secret")).unwrap();
    let again = Folder::new();
    done(&run(again.path(), &["restore", &file]));
    assert_eq!(secret(&again), secret(&home));
    let mode = std::fs::metadata(again.path().join("secret")).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
}

#[test]
fn a_backup_that_is_not_whole_is_refused_before_anything_is_touched() {
    let safe = Folder::new();
    let (_home, file) = small_backup(safe.path());
    let whole = std::fs::read(&file).unwrap();
    let target = Folder::new();
    // The first ten bytes hold what gzip ignores, and the last one before its trailer of eight has bits that mean nothing.
    for at in (10..whole.len() - 9).step_by(whole.len() / 23).chain([whole.len() - 5]) {
        let mut flipped = whole.clone();
        flipped[at] ^= 0x10;
        std::fs::write(&file, flipped).unwrap();
        let told = run(target.path(), &["restore", &file]);
        assert_eq!(told.code, Some(2), "byte {at}: {}{}", told.out, told.err);
        assert!(told.err.contains("small.tar.gz: is damaged"), "byte {at}: {}", told.err);
    }
    let table: [(&str, &[u8], &str); 4] = [
        ("cut", &whole[..whole.len() / 2], "is damaged in the part database.dump"),
        ("no backup", b"PK", "is damaged after the beginning"),
        ("empty", b"", "is damaged after the beginning"),
        ("gone", b"", "No such file"),
    ];
    for (what, bytes, told) in table {
        std::fs::write(&file, bytes).unwrap();
        if what == "gone" {
            std::fs::remove_file(&file).unwrap();
        }
        refused(&run(target.path(), &["restore", &file]), told);
    }
    assert_eq!(std::fs::read_dir(target.path()).unwrap().count(), 0);
}

#[test]
fn nothing_is_made_where_there_is_nothing_to_back_up() {
    let home = Folder::new();
    let file = home.path().join("backup").display().to_string();
    let nothing = run(home.path(), &["backup", &file]);
    assert_eq!(nothing.code, Some(1));
    assert!(nothing.err.contains("holds no database"), "{}", nothing.err);
    refused(&run(home.path(), &["backup", &format!("{file}/there")]), "its folder does not exist");
    assert_eq!(std::fs::read_dir(home.path()).unwrap().count(), 0);
}

/// The last migration: its version and its undo.
fn last_migration() -> (String, String) {
    let migrations = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../migrations");
    let folders = std::fs::read_dir(&migrations).unwrap().map(|entry| entry.unwrap().path());
    let last = folders.filter(|path| path.is_dir()).max().unwrap();
    let name = last.file_name().unwrap().to_str().unwrap();
    let version = name.split('_').next().unwrap().replace('-', "");
    (version, std::fs::read_to_string(last.join("down.sql")).unwrap())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_backup_of_an_older_schema_is_brought_up_to_date() {
    let (world, home) = (World::new().await, Folder::new());
    let (version, undo) = last_migration();
    let file = home.path().join("older.tar.gz").display().to_string();
    execute(&world.database.owner, &undo).await;
    let forget = format!("DELETE FROM __diesel_schema_migrations WHERE version = '{version}'");
    execute(&world.database.owner, &forget).await;
    done(&beside(&world.database, home.path(), &["backup", &file]).await);
    let empty = Database::empty().await;
    let restored = beside(&empty, home.path(), &["restore", &file]).await;
    assert!(done(&restored).contains("Migrations since the backup: 1."), "{}", restored.out);
    assert!(!jicai_store::setup::is_behind(&empty.app).await.unwrap());
}

/// The program with a database of somebody else.
async fn beside(database: &Database, home: &Path, arguments: &[&str]) -> Said {
    let mut command = jicai_on(database, home, arguments);
    command.env("DATABASE_MIGRATION_URL", &database.owner);
    tokio::task::spawn_blocking(move || said(command)).await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_database_of_somebody_else_is_backed_up_and_restored_too() {
    let (world, home) = (World::new().await, Folder::new());
    let hospital = world.manager("HOSPITAL", "320106").await;
    let file = home.path().join("external.tar.gz").display().to_string();
    done(&beside(&world.database, home.path(), &["backup", &file]).await);
    let (empty, used) = (Database::empty().await, Database::new().await);
    refused(&beside(&used, home.path(), &["restore", &file]).await, "the database is in use");
    done(&beside(&empty, home.path(), &["restore", &file]).await);
    let config = crate::support::world::config(&empty);
    let service = jicai_server::serve::Service::start(&config, false).await.unwrap();
    let again = Actor::logged_in(service.address(), &hospital.login, PASSWORD).await;
    assert_eq!(again.user, hospital.user);
    // A login from before the backup goes on.
    let query = "mutation($t: String!) { refresh(refreshToken: $t) { accessToken } }";
    Actor::nobody(service.address()).asks_with(query, json!({ "t": hospital.refresh })).await.done();
    service.stop().await.unwrap();

    let newer = "INSERT INTO __diesel_schema_migrations (version) VALUES ('99991231000001')";
    execute(&world.database.owner, newer).await;
    done(&beside(&world.database, home.path(), &["backup", &file]).await);
    let told = beside(&Database::empty().await, home.path(), &["restore", &file]).await;
    refused(&told, "the migration 99991231000001, which this program does not know");
}
