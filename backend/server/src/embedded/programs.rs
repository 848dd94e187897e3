//! Where the system keeps the programs of Postgres.
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::ClusterError;

/// The last one tells the version.
const NEEDED: [&str; 3] = ["initdb", "pg_ctl", "postgres"];
const CLIENT: [&str; 2] = ["pg_restore", "pg_dump"];
const DEBIAN: &str = "/usr/lib/postgresql";

/// A folder with all the programs of one version.
#[derive(Debug)]
pub(super) struct Programs {
    folder: PathBuf,
}

impl Programs {
    /// The programs of the wanted major version, or of the newest when none is wanted.
    pub(super) fn find(
        places: &[PathBuf],
        wanted: Option<(String, PathBuf)>,
    ) -> Result<Programs, ClusterError> {
        let found: BTreeMap<u32, PathBuf> =
            places.iter().filter_map(|folder| Some((version_in(folder, &NEEDED)?, folder.clone()))).collect();
        let Some((_newest, folder)) = found.last_key_value() else {
            return Err(ClusterError::ProgramsMissing { searched: places.to_vec() });
        };
        let Some((written_by, data)) = wanted else {
            return Ok(Programs { folder: folder.clone() });
        };
        let matching = written_by.parse().ok().and_then(|version: u32| found.get(&version));
        matching.map(|folder| Programs { folder: folder.clone() }).ok_or_else(|| ClusterError::OtherVersion {
            data,
            written_by,
            found: found.keys().map(u32::to_string).collect(),
        })
    }

    pub(super) fn path(&self, program: &str) -> PathBuf {
        self.folder.join(program)
    }

    pub(super) fn folder(&self) -> &Path {
        &self.folder
    }
}

/// The folder with the newest programs that dump and restore.
pub(super) fn client(places: &[PathBuf]) -> Option<PathBuf> {
    let found = places.iter().filter_map(|folder| Some((version_in(folder, &CLIENT)?, folder)));
    found.max().map(|(_version, folder)| folder.clone())
}

/// The folders to look in: those in `PATH`, what `pg_config` names, and Debian's, one a version.
pub(super) fn places() -> Vec<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let programs =
        std::env::split_paths(&path).flat_map(|folder| ["pg_ctl", "pg_dump"].map(|name| folder.join(name)));
    let linked = programs.filter_map(|program| program.canonicalize().ok()?.parent().map(Path::to_owned));
    let configured = Command::new("pg_config")
        .arg("--bindir")
        .output()
        .ok()
        .and_then(|output| String::from_utf8(output.stdout).ok().map(|text| PathBuf::from(text.trim())));
    let debian =
        std::fs::read_dir(DEBIAN).into_iter().flatten().flatten().map(|entry| entry.path().join("bin"));
    let mut places: Vec<PathBuf> = linked.chain(configured).chain(debian).collect();
    places.sort();
    places.dedup();
    if places.is_empty() { vec![PathBuf::from(DEBIAN)] } else { places }
}

fn version_in(folder: &Path, needed: &[&str]) -> Option<u32> {
    if !needed.iter().all(|program| folder.join(program).is_file()) {
        return None;
    }
    let output = Command::new(folder.join(needed.last()?)).arg("--version").output().ok()?;
    let text = String::from_utf8(output.stdout).ok()?;
    let number =
        text.split_whitespace().find(|word| word.starts_with(|first: char| first.is_ascii_digit()))?;
    number.split(|letter: char| !letter.is_ascii_digit()).next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_without_the_programs_is_named_in_the_error() {
        let nowhere = vec![PathBuf::from("/nowhere/bin")];
        let fault = Programs::find(&nowhere, None).unwrap_err().to_string();
        assert!(fault.contains("/nowhere/bin") && fault.contains("apt-get install postgresql"), "{fault}");
    }
}
