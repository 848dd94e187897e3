//! Making a backup, while the service runs or not.
use std::fs::File;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use jicai_domain::audit::hex;
use jicai_domain::errors::Code;
use jicai_service::audit::{checkpoint, public_key};
use jicai_service::{App, Error};
use jicai_store::{Store, setup};

use super::archive::Writer;
use super::client::Client;
use super::manifest::{AuditLog, FORMAT, Manifest};
use super::{BackupError, DATABASE, DOCUMENTS, SECRET, Tell, documents, folder_of, has_owner, input};
use crate::config::Config;
use crate::database::Running;
use crate::serve::{objects_of, secret_key, secret_of};

/// Writes a backup of the database and the documents, and of the secret if it is wanted.
pub(crate) async fn back_up(
    config: &Config,
    file: &Path,
    with_secret: bool,
    tell: Tell<'_>,
) -> Result<(), BackupError> {
    has_owner(config)?;
    if !folder_of(file).is_dir() {
        return input(format!("{}: its folder does not exist", file.display()));
    }
    let running = Running::open_beside(config).await?;
    let outcome = write(config, &running, (file, with_secret), tell).await;
    running.close()?;
    outcome
}

async fn write(
    config: &Config,
    running: &Running,
    (file, with_secret): (&Path, bool),
    tell: Tell<'_>,
) -> Result<(), BackupError> {
    let migrations = setup::applied_migrations(running.owner.as_deref().unwrap_or_default()).await?;
    if migrations.is_empty() {
        return input("the database is empty: there is nothing to back up");
    }
    let secret = secret_of(config)?;
    let app = App::start(Store::new(&running.app, 1), objects_of(config)?, secret).await?;
    let audit = audit_log(&app).await?;
    let manifest = Manifest {
        format: FORMAT,
        version: env!("CARGO_PKG_VERSION").to_owned(),
        migrations,
        audit,
        parts: Vec::new(),
    };
    let client = Client::of(running)?;
    let bytes = tokio::task::block_in_place(|| pack(config, &client, (file, with_secret), manifest, tell))?;
    tell(format!("{}: {bytes} bytes", file.display()));
    Ok(())
}

/// The log as it is now, before the database is dumped: the dump holds all of it.
async fn audit_log(app: &App) -> Result<AuditLog, Error> {
    let key = hex(&public_key(app, None));
    match checkpoint(app, None).await {
        Ok(last) => {
            let root = Some(hex(&last.checkpoint.root));
            Ok(AuditLog { size: last.checkpoint.size, root, key })
        }
        Err(error) if error.refusal().code == Code::NotFound => Ok(AuditLog { size: 0, root: None, key }),
        Err(error) => Err(error),
    }
}

fn pack(
    config: &Config,
    client: &Client,
    (file, with_secret): (&Path, bool),
    manifest: Manifest,
    tell: Tell<'_>,
) -> Result<u64, BackupError> {
    let mut writer = Writer::create(file)?;
    let dump = tempfile::Builder::new().prefix(".jicai-dump-").tempfile_in(folder_of(file))?;
    client.dump(dump.reopen()?)?;
    let bytes = dump.as_file().metadata()?.len();
    writer.add(DATABASE, dump.reopen()?, bytes)?;
    tell(format!("The database: {bytes} bytes, {} migrations.", manifest.migrations.len()));
    // After the database: a document is stored before the row that names it.
    match documents(config) {
        Some(folder) => tell(format!("The documents: {}.", add_documents(&mut writer, folder)?)),
        None => {
            tell("The documents are in their bucket and not in the backup: back up the bucket.".to_owned())
        }
    }
    if with_secret {
        let mut text = Vec::new();
        writeln!(text, "{}", hex(&secret_key(config)?.reveal()))?;
        writer.add(SECRET, text.as_slice(), u64::try_from(text.len())?)?;
        tell(
            "The secret is in the backup: whoever has the file can log in as anybody and sign the audit log."
                .to_owned(),
        );
    } else {
        tell(
            "The secret is not in the backup. Keep it elsewhere (the file `secret`, or JICAI_SECRET): a backup cannot be restored \
             without it."
                .to_owned(),
        );
    }
    writer.finish(manifest)
}

fn add_documents(writer: &mut Writer, folder: &Path) -> Result<usize, BackupError> {
    let files = files_below(folder)?;
    for path in &files {
        let inside =
            path.strip_prefix(folder)?.to_str().ok_or_else(|| format!("{}: not UTF-8", path.display()))?;
        let source = File::open(path)?;
        let bytes = source.metadata()?.len();
        writer.add(&format!("{DOCUMENTS}/{inside}"), source, bytes)?;
    }
    Ok(files.len())
}

/// Every plain file below a folder, in a stable order; none when there is no folder.
fn files_below(folder: &Path) -> std::io::Result<Vec<PathBuf>> {
    let (mut files, mut folders) = (Vec::new(), vec![folder.to_owned()]);
    while let Some(next) = folders.pop() {
        if !next.is_dir() {
            continue;
        }
        for entry in std::fs::read_dir(&next)? {
            let entry = entry?;
            let kind = entry.file_type()?;
            if kind.is_dir() {
                folders.push(entry.path());
            } else if kind.is_file() {
                files.push(entry.path());
            }
        }
    }
    files.sort();
    Ok(files)
}
