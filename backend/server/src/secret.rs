//! The secret of a server with a database of its own: a file in the data directory.
use std::fs::OpenOptions;
use std::io::{ErrorKind, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use jicai_domain::audit::hex;

use crate::config::SecretKey;

/// Reads the secret of the data directory, making it when there is none.
pub(crate) fn of_home(home: &Path) -> std::io::Result<SecretKey> {
    let path = home.join("secret");
    match std::fs::read_to_string(&path) {
        Ok(text) => SecretKey::parse(text.trim()).ok_or_else(|| {
            std::io::Error::new(
                ErrorKind::InvalidData,
                format!("{} is not 64 hexadecimal digits", path.display()),
            )
        }),
        Err(missing) if missing.kind() == ErrorKind::NotFound => make(&path),
        Err(error) => Err(error),
    }
}

fn make(path: &Path) -> std::io::Result<SecretKey> {
    let mut bytes = [0; 32];
    getrandom::fill(&mut bytes).map_err(std::io::Error::other)?;
    let text = hex(&bytes);
    let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)?;
    writeln!(file, "{text}")?;
    file.sync_all()?;
    Ok(SecretKey::new(bytes))
}
