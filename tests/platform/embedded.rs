//! The embedded Postgres: it starts, or it says clearly why not.
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::Command;

use jicai_server::embedded::{Cluster, SUPERUSER};

use crate::support::folder::{Folder, is_root};
use crate::support::postgres::execute;
use crate::support::program::{jicai, jicai_of_nobody, said};

fn start(home: &Path) -> Result<Cluster, String> {
    Cluster::start(home, &[("fsync", "off")]).map_err(|error| error.to_string())
}

fn refused(home: &Path) -> String {
    start(home).map(|_cluster| ()).unwrap_err()
}

fn postmaster(home: &Path) -> String {
    let file = std::fs::read_to_string(home.join("postgres/data/postmaster.pid")).unwrap();
    file.lines().next().unwrap().to_owned()
}

async fn run(cluster: &Cluster, statements: &str) {
    execute(&cluster.url(SUPERUSER, "postgres"), statements).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_written_is_there_after_a_stop_and_a_start() {
    let home = Folder::new();
    let cluster = start(home.path()).unwrap();
    run(&cluster, "CREATE TABLE kept AS SELECT 1 AS one").await;
    cluster.stop().unwrap();
    assert!(!home.path().join("postgres/data/postmaster.pid").exists());
    let cluster = start(home.path()).unwrap();
    run(&cluster, "SELECT one FROM kept").await;
    cluster.stop().unwrap();
}

#[test]
fn an_ordinary_user_and_the_superuser_both_get_a_migrated_database() {
    let home = Folder::new().of_nobody();
    let first = said(jicai_of_nobody(home.path(), &["migrate"]));
    assert_eq!((first.code, first.err.as_str()), (Some(0), ""));
    let all = jicai_store::setup::known_migrations().unwrap().len();
    assert!(first.out.contains(&format!("{all} applied")), "{}", first.out);
    let again = said(jicai_of_nobody(home.path(), &["migrate"]));
    assert!(again.out.contains("0 applied"), "{}{}", again.out, again.err);
    let own = Folder::new();
    let ours = said(jicai(own.path(), &["migrate"]));
    assert_eq!((ours.code, ours.err.as_str()), (Some(0), ""));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cluster_whose_owner_was_killed_is_adopted() {
    let home = Folder::new();
    let killed = start(home.path()).unwrap();
    run(&killed, "CREATE TABLE kept AS SELECT 1 AS one").await;
    let before = postmaster(home.path());
    drop(killed);
    let cluster = start(home.path()).unwrap();
    assert_eq!(postmaster(home.path()), before);
    run(&cluster, "SELECT one FROM kept").await;
    cluster.stop().unwrap();
    assert!(!home.path().join("postgres/data/postmaster.pid").exists());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_killed_server_is_started_again_and_keeps_what_was_committed() {
    let home = Folder::new();
    let cluster = start(home.path()).unwrap();
    run(&cluster, "CREATE TABLE kept AS SELECT 1 AS one").await;
    assert!(!cluster.revive().unwrap());
    Command::new("kill").args(["-KILL", &postmaster(home.path())]).status().unwrap();
    let (killed, working) =
        (std::time::Instant::now(), Path::new("/proc").join(postmaster(home.path())).join("cwd"));
    while working.read_link().is_ok() {
        assert!(killed.elapsed().as_secs() < 30, "the server outlived its death");
        std::thread::yield_now();
    }
    assert!(cluster.revive().unwrap());
    run(&cluster, "SELECT one FROM kept").await;
    cluster.stop().unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_long_log_is_put_aside_while_the_server_goes_on_writing() {
    let home = Folder::new();
    let cluster = start(home.path()).unwrap();
    let (log, aside) =
        (home.path().join("postgres/postgres.log"), home.path().join("postgres/postgres.log.1"));
    cluster.bound_log().unwrap();
    assert!(!aside.exists());
    let many = 16 * 1024 * 1024 + 1;
    let mut written = std::fs::OpenOptions::new().append(true).open(&log).unwrap();
    std::io::Write::write_all(&mut written, &vec![b'x'; many]).unwrap();
    cluster.bound_log().unwrap();
    assert!(std::fs::metadata(&aside).unwrap().len() > u64::try_from(many).unwrap());
    run(&cluster, "DO 'BEGIN RAISE LOG ''still here''; END'").await;
    let text = std::fs::read_to_string(&log).unwrap();
    assert!(text.contains("still here") && text.len() < 1_000, "{}", text.len());
    cluster.stop().unwrap();
}

#[test]
fn a_pid_file_that_names_a_stranger_is_stale() {
    let home = Folder::new();
    start(home.path()).unwrap().stop().unwrap();
    let stale = format!("{}\n{}\n", std::process::id(), home.path().join("postgres/data").display());
    std::fs::write(home.path().join("postgres/data/postmaster.pid"), stale).unwrap();
    start(home.path()).unwrap().stop().unwrap();
}

#[test]
fn an_interrupted_set_up_is_begun_anew() {
    let home = Folder::new();
    let unfinished = home.path().join("postgres/data.unfinished");
    std::fs::create_dir_all(&unfinished).unwrap();
    std::fs::write(unfinished.join("PG_VERSION"), "15").unwrap();
    start(home.path()).unwrap().stop().unwrap();
    assert!(!unfinished.exists());
}

#[test]
fn two_owners_of_one_folder_are_one_too_many() {
    let home = Folder::new();
    let first = start(home.path()).unwrap();
    let second = said(jicai(home.path(), &["migrate"]));
    assert_eq!(second.code, Some(1));
    let owner = format!("process {}", std::process::id());
    assert!(
        second.err.contains("belongs to a running jicai") && second.err.contains(&owner),
        "{}",
        second.err
    );
    first.stop().unwrap();
}

#[test]
fn the_data_of_another_version_is_refused_untouched() {
    let home = Folder::new();
    start(home.path()).unwrap().stop().unwrap();
    std::fs::write(home.path().join("postgres/data/PG_VERSION"), "9\n").unwrap();
    let fault = refused(home.path());
    assert!(fault.contains("was written by PostgreSQL 9") && fault.contains("pg_upgrade"), "{fault}");
}

#[test]
fn a_path_too_long_for_a_socket_is_refused_before_anything_is_made() {
    let home = Folder::new();
    let long = home.path().join("x".repeat(100));
    let fault = refused(&long);
    assert!(fault.contains("longer than 107 bytes") && fault.contains("JICAI_HOME"), "{fault}");
    assert!(!long.exists());
}

#[test]
fn a_folder_that_the_servers_user_cannot_reach_is_named() {
    if !is_root() {
        return; // The server then runs as ourselves, who can reach what we made.
    }
    let home = Folder::new();
    std::fs::set_permissions(home.path(), std::fs::Permissions::from_mode(0o700)).unwrap();
    let fault = refused(&home.path().join("data"));
    assert!(fault.contains("may not pass") && fault.contains(&home.path().display().to_string()), "{fault}");
}

struct SmallDisk(Folder);

impl SmallDisk {
    fn new() -> SmallDisk {
        let folder = Folder::new();
        let mounted =
            Command::new("mount").args(["-t", "tmpfs", "-o", "size=8m", "tmpfs"]).arg(folder.path()).status();
        assert!(mounted.unwrap().success());
        SmallDisk(folder)
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        Command::new("umount").arg(self.0.path()).status().unwrap();
    }
}

#[test]
fn a_full_disk_is_told_as_such_and_leaves_no_half_cluster() {
    if !is_root() {
        return; // Only root can mount a small disk.
    }
    let disk = SmallDisk::new();
    let fault = refused(disk.0.path());
    assert!(fault.contains("No space left on device"), "{fault}");
    assert!(!disk.0.path().join("postgres/data").exists());
}
