//! What a backup holds.
use serde::{Deserialize, Serialize};

/// The format that this program writes and reads.
pub(super) const FORMAT: u32 = 1;
/// The name of the manifest in the file. It comes last, so that a file which was cut off has none.
pub(super) const NAME: &str = "manifest.json";

/// What a backup holds, and by which it is checked.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct Manifest {
    pub(super) format: u32,
    /// The program that wrote it.
    pub(super) version: String,
    /// The versions of the schema's migrations, the oldest first.
    pub(super) migrations: Vec<String>,
    pub(super) audit: AuditLog,
    pub(super) parts: Vec<Part>,
}

/// The audit log at the beginning of the backup; the database may hold some more of it.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct AuditLog {
    pub(super) size: u64,
    /// The root of its last checkpoint; none before the first one.
    pub(super) root: Option<String>,
    /// The public key of its checkpoints.
    pub(super) key: String,
}

/// A file in the backup.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct Part {
    pub(super) name: String,
    pub(super) bytes: u64,
    pub(super) sha256: String,
}
