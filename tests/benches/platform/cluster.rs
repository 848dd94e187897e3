//! A private cluster with the settings that ours has by default, a demonstration database in it, and pgbench on it.
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use diesel_async::{AsyncConnection, AsyncPgConnection, SimpleAsyncConnection};
use jicai_domain::identity::CreditCode;
use jicai_server::embedded::{Cluster, SUPERUSER};
use jicai_store::setup::{APP, OWNER, migrate, prepare_cluster, shift_clock};
use tempfile::TempDir;

use crate::{CLIENTS, SECONDS};

pub(crate) const NAME: &str = "jicai";
/// Hospitals that the list is taken from.
pub(crate) const HOSPITALS: usize = 46_000;

pub(crate) struct Bench {
    pub(crate) cluster: Cluster,
    pub(crate) home: TempDir,
}

/// Looks again until it has come about.
pub(crate) async fn until(come_about: impl AsyncFn() -> bool) {
    while !come_about().await {
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

pub(crate) fn open_to_all(folder: &Path) {
    std::fs::set_permissions(folder, std::fs::Permissions::from_mode(0o755)).unwrap();
}

/// A credit code whose check character is right.
pub(crate) fn credit_code(number: usize) -> String {
    let body = format!("12320100MA0{number:06}");
    let mut codes = "0123456789ABCDEFGHJKLMNPQRTUWXY".chars().map(|check| format!("{body}{check}"));
    codes.find(|code| CreditCode::parse(code).is_ok()).unwrap()
}

impl Bench {
    pub(crate) async fn prepare() -> Bench {
        let home = tempfile::tempdir().unwrap();
        open_to_all(home.path());
        let cluster = tokio::task::block_in_place(|| Cluster::start(home.path(), &[])).unwrap();
        prepare_cluster(&cluster.url(SUPERUSER, "postgres"), NAME).await.unwrap();
        migrate(&cluster.url(OWNER, NAME)).await.unwrap();
        shift_clock(&cluster.url(OWNER, NAME), 0).await.unwrap();
        Bench { cluster, home }
    }

    pub(crate) fn url(&self) -> String {
        self.cluster.url(APP, NAME)
    }

    /// As many hospitals as the country has, all over a province.
    pub(crate) async fn seed(&self) {
        let codes: Vec<String> = (0..HOSPITALS).map(|number| format!("'{}'", credit_code(number))).collect();
        let codes = codes.join(", ");
        let seed = format!(
            "CREATE TABLE bench_rows (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, text text NOT NULL); \
             GRANT INSERT ON bench_rows TO {APP}; \
             INSERT INTO organizations (id, kind, name, credit_code, status, version, created_at) \
                 SELECT ('01900000-0000-7000-8000-' || lpad(to_hex(n), 12, '0'))::uuid, 'HOSPITAL', '医院' || n, code, 'APPROVED', 1, app_clock() \
                 FROM unnest(ARRAY[{codes}]) WITH ORDINALITY AS made (code, n); \
             INSERT INTO organization_regions (organization, region) \
                 SELECT o.id, r.code FROM organizations o JOIN (SELECT code, row_number() OVER () - 1 AS at, count(*) OVER () AS all_of FROM regions \
                     WHERE parent = '320100') r ON r.at = substr(o.credit_code, 12, 6)::bigint % r.all_of WHERE o.credit_code LIKE '12320100MA0_______'; \
             ANALYZE"
        );
        self.execute(OWNER, &seed).await;
    }

    #[expect(clippy::disallowed_methods, reason = "not a transaction of the service")]
    pub(crate) async fn execute(&self, role: &str, statements: &str) {
        let mut connection = AsyncPgConnection::establish(&self.cluster.url(role, NAME)).await.unwrap();
        connection.batch_execute(statements).await.unwrap();
    }

    /// Transactions a second of a script, prepared.
    pub(crate) fn pgbench(&self, script: &str) -> f64 {
        self.pgbench_with(script, &[])
    }

    /// The same with values for parameters of the script.
    pub(crate) fn pgbench_with(&self, script: &str, defined: &[(&str, &str)]) -> f64 {
        let file = self.home.path().join("script.sql");
        std::fs::write(&file, script).unwrap();
        let [clients, seconds] = [CLIENTS.to_string(), SECONDS.to_string()];
        let output = Command::new(self.cluster.programs().join("pgbench"))
            .args(["-n", "-M", "prepared", "-j", "2", "-c", &clients, "-T", &seconds, "-f"])
            .arg(&file)
            .args(defined.iter().map(|(name, value)| format!("-D{name}={value}")))
            .arg(self.url())
            .output()
            .unwrap();
        let told = String::from_utf8(output.stdout).unwrap();
        let line = told.lines().find(|line| line.starts_with("tps = "));
        let line = line.unwrap_or_else(|| panic!("{told}{}", String::from_utf8_lossy(&output.stderr)));
        line.split(' ').nth(2).unwrap().parse().unwrap()
    }
}
