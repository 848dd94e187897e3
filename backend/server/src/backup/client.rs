//! `pg_dump` and `pg_restore`. A password goes to them in their environment, where other users of the machine do not see it.
use std::fs::File;
use std::io::{ErrorKind, Read, Seek, SeekFrom};
use std::path::PathBuf;
use std::process::{Command, ExitStatus, Stdio};

use super::connection::without_password;
use crate::database::Running;
use crate::embedded::{ClusterError, client_programs};

/// Postgres' programs, and where they connect to.
pub(super) struct Client {
    programs: PathBuf,
    url: String,
}

impl Client {
    /// The programs that fit a private cluster, or the newest ones, as `jicai_owner`.
    pub(super) fn of(running: &Running) -> Result<Client, ClusterError> {
        let programs = match &running.cluster {
            Some(cluster) => cluster.programs().to_owned(),
            None => client_programs()?,
        };
        Ok(Client { programs, url: running.owner.clone().unwrap_or_default() })
    }

    /// Dumps the database as it is at one moment.
    pub(super) fn dump(&self, into: File) -> Result<(), ClusterError> {
        let mut command = self.command("pg_dump")?;
        command.arg("--format=custom").stdin(Stdio::null()).stdout(into);
        let output = command.output().map_err(|source| self.fault("pg_dump", source))?;
        outcome("pg_dump", output.status, &output.stderr)
    }

    /// Restores a dump: all of it or nothing.
    pub(super) fn restore(&self, from: &mut dyn Read) -> Result<(), ClusterError> {
        let fault = |source| self.fault("pg_restore", source);
        let mut complaints = tempfile::tempfile().map_err(fault)?;
        let mut command = self.command("pg_restore")?;
        command.args(["--single-transaction", "--exit-on-error", "--no-owner"]).stdin(Stdio::piped());
        command.stdout(Stdio::null()).stderr(complaints.try_clone().map_err(fault)?);
        let mut child = command.spawn().map_err(fault)?;
        if let Some(mut stdin) = child.stdin.take() {
            match std::io::copy(from, &mut stdin) {
                // It gave up; what it complained of tells why.
                Err(gone) if gone.kind() == ErrorKind::BrokenPipe => {}
                outcome => drop(outcome.map_err(fault)?),
            }
        }
        let status = child.wait().map_err(fault)?;
        let mut said = Vec::new();
        complaints
            .seek(SeekFrom::Start(0))
            .and_then(|_start| complaints.read_to_end(&mut said))
            .map_err(fault)?;
        outcome("pg_restore", status, &said)
    }

    fn command(&self, program: &str) -> Result<Command, ClusterError> {
        let mut command = Command::new(self.programs.join(program));
        let (url, password) = without_password(&self.url);
        command.arg("--no-password").arg(format!("--dbname={url}")).env("LC_ALL", "C").current_dir("/");
        if let Some(password) = password {
            command.env("PGPASSWORD", password);
        }
        Ok(command)
    }

    fn fault(&self, program: &str, source: std::io::Error) -> ClusterError {
        ClusterError::Io { doing: "run", path: self.programs.join(program), source }
    }
}

fn outcome(program: &'static str, status: ExitStatus, said: &[u8]) -> Result<(), ClusterError> {
    if status.success() {
        return Ok(());
    }
    Err(ClusterError::Program { program, status, said: String::from_utf8_lossy(said).into_owned() })
}
