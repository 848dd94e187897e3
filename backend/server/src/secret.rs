//! The secret of a server with a database of its own: a file in the data directory.
use std::fs::OpenOptions;
use std::io::{ErrorKind, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use jicai_domain::audit::hex;

use crate::config::SecretKey;

/// Reads the secret of the data directory, making it when there is none.
pub(crate) fn of_home(home: &Path) -> std::io::Result<SecretKey> {
    match in_home(home)? {
        Some(key) => Ok(key),
        None => {
            let key = of_chance()?;
            keep(home, &key)?;
            Ok(key)
        }
    }
}

/// Reads the secret of the data directory, if there is one.
pub(crate) fn in_home(home: &Path) -> std::io::Result<Option<SecretKey>> {
    let path = path(home);
    let unreadable = || {
        std::io::Error::new(
            ErrorKind::InvalidData,
            format!("{} is not 64 hexadecimal digits", path.display()),
        )
    };
    match std::fs::read_to_string(&path) {
        Ok(text) => SecretKey::parse(text.trim()).ok_or_else(unreadable).map(Some),
        Err(missing) if missing.kind() == ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

/// A new secret.
fn of_chance() -> std::io::Result<SecretKey> {
    let mut bytes = [0; 32];
    getrandom::fill(&mut bytes).map_err(std::io::Error::other)?;
    Ok(SecretKey::new(bytes))
}

/// Writes the secret into the data directory, where it stays if it is there already.
pub(crate) fn keep(home: &Path, key: &SecretKey) -> std::io::Result<()> {
    let path = path(home);
    if path.exists() {
        return Ok(());
    }
    let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)?;
    writeln!(file, "{}", hex(&key.reveal()))?;
    file.sync_all()
}

fn path(home: &Path) -> PathBuf {
    home.join("secret")
}
