//! Reports are read from a replica that follows the primary, and from the primary when it does not.
use std::fs;
use std::os::unix::fs::MetadataExt;
use std::os::unix::process::CommandExt;
use std::process::Command;

use jicai_server::embedded::{Cluster, SUPERUSER};
use jicai_store::setup::{APP, OWNER, migrate, prepare_cluster};

use super::market::{Market, prices, reports, seen};
use crate::support::folder::Folder;
use crate::support::postgres::{Database, execute, texts};
use crate::support::redis::until;
use crate::support::world::config_with;

const NAME: &str = "jicai";

/// A primary with a replica, and the service on both.
struct Pair {
    market: Market,
    replica: Option<Cluster>,
    primary: Cluster,
    _homes: [Folder; 2],
}

impl Pair {
    async fn opens() -> Pair {
        let homes = [Folder::new(), Folder::new()];
        let primary = Cluster::start(homes[0].path(), &[]).unwrap();
        prepare_cluster(&primary.url(SUPERUSER, "postgres"), NAME).await.unwrap();
        migrate(&primary.url(OWNER, NAME)).await.unwrap();
        let replica = replica_of(&primary, &homes[1]);
        let (app, owner) = (primary.url(APP, NAME), primary.url(OWNER, NAME));
        let database = Database { app, owner, documents: Folder::new() };
        let reports_from = replica.url(APP, NAME);
        let settings = config_with(&database, &[("DATABASE_REPLICA_URL", &reports_from)]);
        let market = Market::opens_with(|config| *config = settings).await;
        Pair { market, replica: Some(replica), primary, _homes: homes }
    }

    async fn reports(&self, price: &str) {
        let Market { hospital, one, .. } = &self.market;
        let done = reports(hospital, &[one.line(price, "TRANSACTION", price)]).await.done();
        assert_eq!(done["taken"], 1);
    }

    async fn shows(&self, expected: &[&str]) -> bool {
        let Market { hospital, one, .. } = &self.market;
        prices(&seen(hospital, &format!("item: {:?}", one.item)).await) == expected
    }

    /// The replica no longer replays what the primary sends it.
    async fn halts_the_replica(&self) {
        let replica = self.replica();
        execute(&replica, "SELECT pg_wal_replay_pause()").await;
        let state = "SELECT pg_get_wal_replay_pause_state() AS line";
        until("a halted replica", async || texts(&replica, state).await == ["paused"]).await;
    }

    fn replica(&self) -> String {
        self.replica.as_ref().unwrap().url(SUPERUSER, NAME)
    }

    fn loses_the_replica(&mut self) {
        self.replica.take().unwrap().stop().unwrap();
    }

    async fn ends(self) {
        self.market.world.service.stop().await.unwrap();
        if let Some(replica) = self.replica {
            replica.stop().unwrap();
        }
        self.primary.stop().unwrap();
    }
}

/// A cluster whose data are replaced by the primary's, and that follows it from then on.
fn replica_of(primary: &Cluster, home: &Folder) -> Cluster {
    Cluster::start(home.path(), &[]).unwrap().stop().unwrap();
    let data = home.path().join("postgres/data");
    let account = fs::metadata(&data).unwrap();
    fs::remove_dir_all(&data).unwrap();
    let mut copy = Command::new(primary.programs().join("pg_basebackup"));
    copy.uid(account.uid()).gid(account.gid()).current_dir("/");
    copy.args(["--write-recovery-conf", "--checkpoint=fast", "--wal-method=stream", "--pgdata"]).arg(&data);
    copy.arg("--dbname").arg(primary.url(SUPERUSER, "postgres"));
    let copied = copy.output().unwrap();
    assert!(copied.status.success(), "{}", String::from_utf8_lossy(&copied.stderr));
    Cluster::start(home.path(), &[]).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_report_comes_from_the_replica_and_from_the_primary_once_that_is_gone() {
    let mut pair = Pair::opens().await;
    pair.reports("12.31").await;
    until("what was reported", async || pair.shows(&["12.31"]).await).await;
    pair.halts_the_replica().await;
    pair.reports("12.41").await;
    assert!(pair.shows(&["12.31"]).await, "the replica does not know more");
    pair.loses_the_replica();
    assert!(pair.shows(&["12.41", "12.31"]).await);
    pair.ends().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_replica_that_was_promoted_is_not_asked_any_more() {
    let pair = Pair::opens().await;
    pair.reports("12.31").await;
    until("what was reported", async || pair.shows(&["12.31"]).await).await;
    execute(&pair.replica(), "SELECT pg_promote()").await;
    pair.reports("12.41").await;
    assert!(pair.shows(&["12.41", "12.31"]).await);
    pair.ends().await;
}
