//! A private Postgres cluster in the data directory, from the system's own programs.
//!
//! The cluster outlives a killed service: the next one adopts it. So nothing here holds the server as a child; `pg_ctl` starts
//! it in a session of its own, where a Ctrl-C meant for the service does not reach it.
mod account;
mod error;
mod folder;
mod processes;
mod programs;

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

pub use error::ClusterError;

use account::Account;
use folder::{Folder, Ownership};
use programs::Programs;

/// The folder of the newest programs that dump and restore a database of somebody else.
pub fn client_programs() -> Result<PathBuf, ClusterError> {
    let places = programs::places();
    programs::client(&places).ok_or(ClusterError::ClientMissing { searched: places })
}

/// The superuser of the cluster; nothing but set-up uses it.
pub const SUPERUSER: &str = "jicai_superuser";
const START_SECONDS_MAX: &str = "60";

/// A running cluster, owned by this process unless it was borrowed.
pub struct Cluster {
    programs: Programs,
    folder: Folder,
    account: Option<Account>,
    ownership: Option<Ownership>,
}

impl Cluster {
    /// Starts the cluster of that data directory, making it when it is new and adopting it when it still runs.
    pub fn start(home: &Path, settings: &[(&str, &str)]) -> Result<Cluster, ClusterError> {
        let folder = Folder::of(home)?;
        let programs = Programs::find(&programs::places(), folder.version()?)?;
        let account = account::unprivileged()?;
        folder.prepare(account.as_ref())?;
        let ownership = folder.take_ownership()?;
        let cluster = Cluster { programs, folder, account, ownership: Some(ownership) };
        cluster.make_when_new()?;
        cluster.run(settings)?;
        Ok(cluster)
    }

    /// The cluster of that data directory, which has to be there: borrowed from the service that runs it, or else started.
    pub fn borrow(home: &Path) -> Result<Cluster, ClusterError> {
        let folder = Folder::of(home)?;
        let version = folder.version()?.ok_or_else(|| ClusterError::NotMade { home: home.to_owned() })?;
        let programs = Programs::find(&programs::places(), Some(version))?;
        match Cluster::start(home, &[]) {
            Err(ClusterError::Owned { .. }) if folder.postmaster().is_some() => {
                Ok(Cluster { programs, folder, account: None, ownership: None })
            }
            outcome => outcome,
        }
    }

    /// Everything that would keep the cluster of that data directory from starting, found without starting it.
    pub fn faults(home: &Path) -> Vec<ClusterError> {
        let folder = match Folder::of(home) {
            Ok(folder) => folder,
            Err(fault) => return vec![fault],
        };
        let programs = folder.version().and_then(|version| Programs::find(&programs::places(), version));
        let reachable = account::unprivileged().and_then(|account| folder.reachable(account.as_ref()));
        programs.err().into_iter().chain(reachable.err()).collect()
    }

    /// Where to connect to.
    pub fn url(&self, role: &str, database: &str) -> String {
        let socket = self.folder.socket().display().to_string().replace('\\', "\\\\").replace('\'', "\\'");
        format!("host='{socket}' user={role} dbname={database}")
    }

    /// Starts the server again if it died. True when it had to.
    pub fn revive(&self) -> Result<bool, ClusterError> {
        if self.folder.postmaster().is_some() {
            return Ok(false);
        }
        self.launch()?;
        Ok(true)
    }

    /// Keeps the server's log from growing without bound.
    pub fn bound_log(&self) -> Result<(), ClusterError> {
        self.folder.bound_log()
    }

    /// The folder of Postgres' programs that fit the cluster.
    pub fn programs(&self) -> &Path {
        self.programs.folder()
    }

    /// Stops the server and waits for it, unless it is borrowed. Connections are ended, transactions that did not commit are
    /// rolled back.
    pub fn stop(self) -> Result<(), ClusterError> {
        if self.ownership.is_none() || self.folder.postmaster().is_none() {
            return Ok(());
        }
        self.program("pg_ctl", |command| {
            command.args(["stop", "-m", "fast", "-w", "-t", START_SECONDS_MAX, "-D"]).arg(self.folder.data());
        })
    }

    fn make_when_new(&self) -> Result<(), ClusterError> {
        if self.folder.version()?.is_some() {
            return Ok(());
        }
        let unfinished = self.folder.clear_unfinished()?;
        self.program("initdb", |command| {
            command.args(["-U", SUPERUSER, "-A", "trust", "-E", "UTF8", "--locale=C", "--data-checksums"]);
            command.args(["--no-instructions", "-D"]).arg(&unfinished);
        })?;
        self.folder.finish(&unfinished)
    }

    fn run(&self, settings: &[(&str, &str)]) -> Result<(), ClusterError> {
        self.folder.write_settings(settings, self.account.as_ref())?;
        if self.folder.postmaster().is_some() {
            tracing::info!(data = %self.folder.data().display(), "the cluster still runs: adopting it");
            return Ok(());
        }
        self.launch()
    }

    fn launch(&self) -> Result<(), ClusterError> {
        self.folder.clear_locks_of_the_dead()?;
        self.bound_log()?;
        let logged = self.folder.log_length();
        let started = self.program("pg_ctl", |command| {
            command.args(["start", "-w", "-t", START_SECONDS_MAX, "-D"]).arg(self.folder.data());
            command.arg("-l").arg(self.folder.log());
        });
        started.map_err(|fault| fault.with_log(self.folder.log_since(logged)))
    }

    fn program(&self, name: &'static str, arguments: impl FnOnce(&mut Command)) -> Result<(), ClusterError> {
        let mut command = Command::new(self.programs.path(name));
        command.current_dir("/").env("LC_ALL", "C").stdin(Stdio::null());
        account::run_as(&mut command, self.account.as_ref());
        arguments(&mut command);
        let output =
            command.output().map_err(|source| ClusterError::io("run", self.programs.path(name), source))?;
        if output.status.success() {
            return Ok(());
        }
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        Err(ClusterError::Program { program: name, status: output.status, said })
    }
}
