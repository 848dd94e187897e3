//! Why the cluster did not start, in words that say what to do.
use std::fmt::{Display, Formatter};
use std::path::{Path, PathBuf};
use std::process::ExitStatus;

/// Why the cluster did not start or stop.
#[derive(Debug)]
pub enum ClusterError {
    /// No folder holds all the programs.
    ProgramsMissing {
        /// Where they were looked for.
        searched: Vec<PathBuf>,
    },
    /// No folder holds the programs that dump and restore.
    ClientMissing {
        /// Where they were looked for.
        searched: Vec<PathBuf>,
    },
    /// There is no cluster in the data directory.
    NotMade {
        /// The data directory.
        home: PathBuf,
    },
    /// The data was written by another version than the programs found.
    OtherVersion {
        /// The data folder.
        data: PathBuf,
        /// What wrote it.
        written_by: String,
        /// What was found.
        found: Vec<String>,
    },
    /// Another process owns the data directory.
    Owned {
        /// The data directory.
        home: PathBuf,
        /// What the owner wrote about itself.
        owner: String,
    },
    /// The socket's path does not fit into a socket address.
    PathTooLong {
        /// The socket.
        socket: PathBuf,
        /// The greatest length.
        bytes_max: usize,
    },
    /// The unprivileged user cannot reach the data directory.
    Unreachable {
        /// The folder that it may not pass.
        folder: PathBuf,
        /// The user.
        user: String,
    },
    /// Started as root and there is no user to run the server as.
    NoAccount,
    /// Processes of a dead server still use the data.
    Orphans {
        /// Their ids.
        pids: Vec<u32>,
    },
    /// A file operation failed.
    Io {
        /// What was tried.
        doing: &'static str,
        /// On what.
        path: PathBuf,
        /// Why it failed.
        source: std::io::Error,
    },
    /// A program of Postgres failed.
    Program {
        /// Which.
        program: &'static str,
        /// How it ended.
        status: ExitStatus,
        /// What it said.
        said: String,
    },
}

impl ClusterError {
    pub(super) fn io(doing: &'static str, path: impl AsRef<Path>, source: std::io::Error) -> Self {
        Self::Io { doing, path: path.as_ref().to_owned(), source }
    }

    /// The same fault with what the server wrote to its log.
    pub(super) fn with_log(self, log: String) -> Self {
        if let Self::Program { program, status, said } = self {
            return Self::Program { program, status, said: format!("{said}{log}") };
        }
        self
    }
}

impl Display for ClusterError {
    fn fmt(&self, f: &mut Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::ProgramsMissing { searched } => write!(
                f,
                "the programs of Postgres (initdb, pg_ctl, postgres) were not found in {}. Install them (Debian: apt-get \
                 install postgresql) or set DATABASE_URL",
                listed(searched)
            ),
            Self::ClientMissing { searched } => write!(
                f,
                "the programs of Postgres that dump and restore (pg_dump, pg_restore) were not found in {}. Install them \
                 (Debian: apt-get install postgresql-client)",
                listed(searched)
            ),
            Self::NotMade { home } => {
                write!(f, "{} holds no database. Set JICAI_HOME to the data directory of the service", home.display())
            }
            Self::OtherVersion { data, written_by, found } => write!(
                f,
                "{} was written by PostgreSQL {written_by}, and only {} was found here. Install version {written_by}, or move \
                 the data with pg_upgrade",
                data.display(),
                found.join(", ")
            ),
            Self::Owned { home, owner } => write!(
                f,
                "{} belongs to a running jicai ({owner}). Stop it, or set JICAI_HOME to another folder",
                home.display()
            ),
            Self::PathTooLong { socket, bytes_max } => write!(
                f,
                "the socket's path {} is longer than {bytes_max} bytes. Set JICAI_HOME to a shorter one",
                socket.display()
            ),
            Self::Unreachable { folder, user } => write!(
                f,
                "the user {user}, whom Postgres runs as, may not pass {}. Set JICAI_HOME to a folder that it may reach",
                folder.display()
            ),
            Self::NoAccount => f.write_str(
                "started as root, and there is no user `jicai` or `postgres` to run Postgres as. Make one (useradd --system \
                 jicai)",
            ),
            Self::Orphans { pids } => {
                write!(f, "processes of a dead server still use the data: {pids:?}. Wait for them or end them")
            }
            Self::Io { doing, path, source } => write!(f, "could not {doing} {}: {source}", path.display()),
            Self::Program { program, status, said } => {
                write!(f, "{program} failed ({status}): {}", last_lines(said))
            }
        }
    }
}

impl std::error::Error for ClusterError {}

fn listed(paths: &[PathBuf]) -> String {
    paths.iter().map(|path| path.display().to_string()).collect::<Vec<_>>().join(", ")
}

fn last_lines(said: &str) -> String {
    const LINES: usize = 8;
    let lines: Vec<&str> = said.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
    lines.iter().skip(lines.len().saturating_sub(LINES)).copied().collect::<Vec<_>>().join("; ")
}
