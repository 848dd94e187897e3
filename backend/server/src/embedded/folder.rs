//! The data directory: who owns it, what is in it, and whether the server can reach it.
use std::fs::{File, OpenOptions, Permissions};
use std::io::{Read, Seek, SeekFrom, Write};
use std::os::unix::fs::{MetadataExt, PermissionsExt, chown};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use super::account::Account;
use super::{ClusterError, processes};

/// A socket address holds 108 bytes, the last of them a zero.
const SOCKET_BYTES_MAX: usize = 107;
const SOCKET_NAME: &str = ".s.PGSQL.5432";
/// What the server may write before its log is begun anew; as much again is kept of what it wrote before.
const LOG_BYTES_MAX: u64 = 16 * 1024 * 1024;
const ORPHANS_WAIT: Duration = Duration::from_secs(10);
const ORPHANS_LOOK: Duration = Duration::from_millis(50);

/// The folders of the cluster below the data directory.
pub(super) struct Folder {
    home: PathBuf,
    root: PathBuf,
}

/// Held while this process owns the data directory; the system lets go of it when the process ends, however it ends.
pub(super) struct Ownership {
    _file: File,
}

impl Folder {
    pub(super) fn of(home: &Path) -> Result<Folder, ClusterError> {
        let home = std::path::absolute(home).map_err(|source| ClusterError::io("find", home, source))?;
        let folder = Folder { root: home.join("postgres"), home };
        let socket = folder.socket().join(SOCKET_NAME);
        if socket.as_os_str().len() > SOCKET_BYTES_MAX {
            return Err(ClusterError::PathTooLong { socket, bytes_max: SOCKET_BYTES_MAX });
        }
        Ok(folder)
    }

    pub(super) fn data(&self) -> PathBuf {
        self.root.join("data")
    }

    pub(super) fn socket(&self) -> PathBuf {
        self.root.join("run")
    }

    pub(super) fn log(&self) -> PathBuf {
        self.root.join("postgres.log")
    }

    /// What wrote the data, and where it is; none when there is no data yet.
    pub(super) fn version(&self) -> Result<Option<(String, PathBuf)>, ClusterError> {
        let file = self.data().join("PG_VERSION");
        match std::fs::read_to_string(&file) {
            Ok(version) => Ok(Some((version.trim().to_owned(), self.data()))),
            Err(missing) if missing.kind() == std::io::ErrorKind::NotFound => Ok(None),
            Err(source) => Err(ClusterError::io("read", file, source)),
        }
    }

    /// Makes the folders, for the user whom the server runs as and nobody else.
    pub(super) fn prepare(&self, account: Option<&Account>) -> Result<(), ClusterError> {
        std::fs::create_dir_all(&self.home).map_err(|source| ClusterError::io("make", &self.home, source))?;
        self.reachable(account)?;
        for folder in [&self.root, &self.socket()] {
            std::fs::create_dir_all(folder).map_err(|source| ClusterError::io("make", folder, source))?;
            std::fs::set_permissions(folder, Permissions::from_mode(0o700))
                .map_err(|source| ClusterError::io("protect", folder, source))?;
            give(folder, account)?;
        }
        Ok(())
    }

    /// Whether the user may pass every folder on the way to the data directory.
    pub(super) fn reachable(&self, account: Option<&Account>) -> Result<(), ClusterError> {
        let Some(account) = account else { return Ok(()) };
        let closed = self.home.ancestors().find(|folder| {
            std::fs::metadata(folder).is_ok_and(|found| {
                let bit = if found.uid() == account.uid {
                    0o100
                } else if found.gid() == account.gid {
                    0o010
                } else {
                    0o001
                };
                found.mode() & bit == 0
            })
        });
        closed.map_or(Ok(()), |folder| {
            Err(ClusterError::Unreachable { folder: folder.to_owned(), user: account.name.clone() })
        })
    }

    /// Makes this process the one owner of the data directory.
    pub(super) fn take_ownership(&self) -> Result<Ownership, ClusterError> {
        let path = self.home.join("owner.lock");
        let fault = |source| ClusterError::io("lock", &path, source);
        let mut file = OpenOptions::new()
            .create(true)
            .read(true)
            .write(true)
            .truncate(false)
            .open(&path)
            .map_err(fault)?;
        if let Err(taken) = file.try_lock() {
            return Err(match taken {
                std::fs::TryLockError::WouldBlock => {
                    let owner = std::fs::read_to_string(&path).unwrap_or_default();
                    ClusterError::Owned { home: self.home.clone(), owner: owner.trim().to_owned() }
                }
                std::fs::TryLockError::Error(source) => fault(source),
            });
        }
        file.set_len(0).and_then(|()| writeln!(file, "process {}", std::process::id())).map_err(fault)?;
        Ok(Ownership { _file: file })
    }

    /// A folder for a new cluster, without what an interrupted attempt left.
    pub(super) fn clear_unfinished(&self) -> Result<PathBuf, ClusterError> {
        let unfinished = self.root.join("data.unfinished");
        match std::fs::remove_dir_all(&unfinished) {
            Err(source) if source.kind() != std::io::ErrorKind::NotFound => {
                Err(ClusterError::io("remove", unfinished, source))
            }
            Ok(()) | Err(_) => Ok(unfinished),
        }
    }

    /// Makes a finished new cluster the cluster.
    pub(super) fn finish(&self, unfinished: &Path) -> Result<(), ClusterError> {
        let file = unfinished.join("postgresql.conf");
        let include = OpenOptions::new().append(true).open(&file).and_then(|mut settings| {
            settings.write_all(b"\ninclude_if_exists = 'jicai.conf'\n")?;
            settings.sync_all()
        });
        include.map_err(|source| ClusterError::io("write", &file, source))?;
        std::fs::rename(unfinished, self.data())
            .map_err(|source| ClusterError::io("rename", unfinished, source))
    }

    pub(super) fn write_settings(
        &self,
        settings: &[(&str, &str)],
        account: Option<&Account>,
    ) -> Result<(), ClusterError> {
        let path = self.data().join("jicai.conf");
        let socket = self.socket().display().to_string();
        let always = [("listen_addresses", ""), ("unix_socket_directories", &socket), ("timezone", "UTC")];
        let lines: String = always
            .iter()
            .chain(settings)
            .map(|(name, value)| format!("{name} = '{}'\n", value.replace('\'', "''")))
            .collect();
        std::fs::write(&path, lines).map_err(|source| ClusterError::io("write", &path, source))?;
        give(&path, account)
    }

    /// The process of the server, if it runs.
    pub(super) fn postmaster(&self) -> Option<u32> {
        self.pid().filter(|pid| processes::works_in(*pid, &self.data()))
    }

    /// Removes the lock files of a server that is dead, once nothing of it is left. Another process may have got its number,
    /// or it may wait as a zombie for an init that never comes, and Postgres would then refuse to start.
    pub(super) fn clear_locks_of_the_dead(&self) -> Result<(), ClusterError> {
        let asked = Instant::now();
        loop {
            let pids = processes::working_in(&self.data());
            if pids.is_empty() {
                break;
            }
            if asked.elapsed() > ORPHANS_WAIT {
                return Err(ClusterError::Orphans { pids });
            }
            std::thread::park_timeout(ORPHANS_LOOK);
        }
        let socket = self.socket().join(SOCKET_NAME);
        let lock = self.socket().join(format!("{SOCKET_NAME}.lock"));
        [self.pid_file(), lock, socket].iter().try_for_each(|file| remove_if_there(file))
    }

    /// Puts a long log aside and lets the server go on with an empty one. It appends, so it need not be told; the lines of the
    /// moment in between are lost.
    pub(super) fn bound_log(&self) -> Result<(), ClusterError> {
        if self.log_length() <= LOG_BYTES_MAX {
            return Ok(());
        }
        let aside = self.root.join("postgres.log.1");
        std::fs::copy(self.log(), &aside).map_err(|source| ClusterError::io("write", &aside, source))?;
        let emptied = OpenOptions::new().write(true).open(self.log()).and_then(|log| log.set_len(0));
        emptied.map_err(|source| ClusterError::io("empty", self.log(), source))
    }

    pub(super) fn log_length(&self) -> u64 {
        std::fs::metadata(self.log()).map_or(0, |found| found.len())
    }

    pub(super) fn log_since(&self, position: u64) -> String {
        let mut text = Vec::new();
        let read = File::open(self.log()).and_then(|mut log| {
            log.seek(SeekFrom::Start(position))?;
            log.read_to_end(&mut text)
        });
        read.map_or_else(|_unreadable| String::new(), |_bytes| String::from_utf8_lossy(&text).into_owned())
    }

    fn pid_file(&self) -> PathBuf {
        self.data().join("postmaster.pid")
    }

    fn pid(&self) -> Option<u32> {
        std::fs::read_to_string(self.pid_file()).ok()?.lines().next()?.trim().parse().ok()
    }
}

fn remove_if_there(file: &Path) -> Result<(), ClusterError> {
    match std::fs::remove_file(file) {
        Err(source) if source.kind() != std::io::ErrorKind::NotFound => {
            Err(ClusterError::io("remove", file, source))
        }
        Ok(()) | Err(_) => Ok(()),
    }
}

fn give(path: &Path, account: Option<&Account>) -> Result<(), ClusterError> {
    let Some(account) = account else { return Ok(()) };
    chown(path, Some(account.uid), Some(account.gid))
        .map_err(|source| ClusterError::io("give away", path, source))
}
