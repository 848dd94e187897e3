//! A backup is one file: a compressed tar with the database, the documents, perhaps the secret, and at its end a manifest with
//! a digest of each of them.
mod archive;
mod client;
mod connection;
mod make;
mod manifest;
mod restore;

use std::path::Path;

pub(crate) use make::back_up;
pub(crate) use restore::restore;

use crate::config::{Config, Database, Documents};

/// The dump of the database, in Postgres' own archive format.
const DATABASE: &str = "database.dump";
/// The folder of the documents, in the backup and in the data directory.
const DOCUMENTS: &str = "documents";
/// The service's secret, where the operator wanted it to be in the backup.
const SECRET: &str = "secret";

/// Tells the operator how far it is.
pub(crate) type Tell<'t> = &'t dyn Fn(String);

/// Why there is no backup, or nothing was restored.
pub(crate) enum BackupError {
    /// What was given cannot be used.
    Input(String),
    /// It could not be done.
    Broken(Box<dyn std::error::Error + Send + Sync>),
}

impl<E: Into<Box<dyn std::error::Error + Send + Sync>>> From<E> for BackupError {
    fn from(error: E) -> Self {
        Self::Broken(error.into())
    }
}

fn input<T>(fault: impl Into<String>) -> Result<T, BackupError> {
    Err(BackupError::Input(fault.into()))
}

/// The owner of the schema dumps and restores it: without its connection nothing can be done.
fn has_owner(config: &Config) -> Result<(), BackupError> {
    match &config.database {
        Database::External { owner: None, .. } => {
            input("DATABASE_MIGRATION_URL: is required to back up or restore that database")
        }
        Database::External { owner: Some(_), .. } | Database::Embedded => Ok(()),
    }
}

/// The folder of the documents; none where they are in a bucket, which is backed up where it is.
fn documents(config: &Config) -> Option<&Path> {
    match &config.documents {
        Documents::Folder(folder) => Some(folder),
        Documents::Bucket { .. } => None,
    }
}

/// The folder that a file is in, for temporary files beside it.
fn folder_of(file: &Path) -> &Path {
    file.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."))
}
