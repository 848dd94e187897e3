//! Restoring a backup: everything is checked before anything is touched.
use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use jicai_domain::audit::hex;
use jicai_service::audit::{checkpoint, public_key_of, verify_stored};
use jicai_service::{App, Secret};
use jicai_store::{Store, setup};

use super::archive::{check, difference, each};
use super::client::Client;
use super::manifest::{Manifest, NAME};
use super::{BackupError, DATABASE, DOCUMENTS, SECRET, Tell, documents, has_owner, input};
use crate::config::{Config, SecretKey};
use crate::database::Running;
use crate::secret;
use crate::serve::objects_of;

/// Restores a backup into an empty database.
pub(crate) async fn restore(config: &Config, file: &Path, tell: Tell<'_>) -> Result<(), BackupError> {
    has_owner(config)?;
    let manifest = tokio::task::block_in_place(|| check(file))?;
    tell(format!(
        "{}: whole, {} parts, written by jicai {}.",
        file.display(),
        manifest.parts.len(),
        manifest.version
    ));
    is_known(&manifest)?;
    let key = choose_secret(config, file, &manifest)?;
    if let Some(folder) = documents(config)
        && folder.read_dir().is_ok_and(|mut entries| entries.next().is_some())
    {
        return input(format!("{}: holds documents already. Restore into an empty folder", folder.display()));
    }
    let running = Running::open(config).await?;
    let outcome = fill(config, &running, (file, &manifest, &key), tell).await;
    running.close()?;
    outcome
}

/// A schema that this program does not know yet cannot be served by it.
fn is_known(manifest: &Manifest) -> Result<(), BackupError> {
    let known: BTreeSet<String> = setup::known_migrations()?.into_iter().collect();
    match manifest.migrations.iter().find(|version| !known.contains(*version)) {
        Some(strange) => input(format!(
            "the backup is of jicai {} with the migration {strange}, which this program does not know: use that version or a newer one",
            manifest.version
        )),
        None => Ok(()),
    }
}

/// The secret that is here, else the one in the backup. It has to be the one that signed the log.
fn choose_secret(config: &Config, file: &Path, manifest: &Manifest) -> Result<SecretKey, BackupError> {
    let here = match &config.secret {
        Some(key) => Some(key.clone()),
        None => secret::in_home(&config.home)?,
    };
    let key = match here {
        Some(key) => Some(key),
        None => in_backup(file)?,
    };
    match key {
        Some(key) if hex(&public_key_of(&Secret::new(key.reveal()))) == manifest.audit.key => Ok(key),
        Some(_) => input("the secret here is not the one of the backup. Put that one here"),
        None => input(
            "the secret is not in the backup and not here: put its file `secret` into the data directory, or set JICAI_SECRET",
        ),
    }
}

fn in_backup(file: &Path) -> Result<Option<SecretKey>, BackupError> {
    let mut found = None;
    each(file, |name, part| {
        if name == SECRET {
            let mut text = String::new();
            part.read_to_string(&mut text)?;
            found = SecretKey::parse(text.trim());
        }
        Ok(())
    })?;
    Ok(found)
}

async fn fill(
    config: &Config,
    running: &Running,
    (file, manifest, key): (&Path, &Manifest, &SecretKey),
    tell: Tell<'_>,
) -> Result<(), BackupError> {
    let owner = running.owner.as_deref().unwrap_or_default();
    if !setup::is_empty(owner).await? {
        return input(
            "the database is in use. Restore into an empty one: another JICAI_HOME, or a database that was just created",
        );
    }
    let client = Client::of(running)?;
    let count = manifest.parts.iter().filter(|part| part.name.starts_with("documents/")).count();
    let folder = match documents(config) {
        Some(folder) => folder.to_owned(),
        None if count == 0 => config.home.join(DOCUMENTS),
        None => return input("the backup holds documents, and JICAI_DOCUMENTS is a bucket: name a folder"),
    };
    let unfinished = folder.with_extension("restoring");
    tokio::task::block_in_place(|| unpack(file, manifest, &client, &unfinished))?;
    setup::renumber_transactions(owner).await?;
    tell("The database: restored.".to_owned());
    if count > 0 {
        let _absent = fs::remove_dir(&folder);
        fs::rename(&unfinished, &folder)?;
    }
    tell(format!("The documents: {count}."));
    if config.secret.is_none() {
        secret::keep(&config.home, key)?;
    }
    let applied = setup::migrate(owner).await?;
    tell(format!("Migrations since the backup: {}.", applied.len()));
    let secret = Secret::new(key.reveal());
    let app = App::start(Store::new(&running.app, 1), objects_of(config)?, secret).await?;
    prove(&app, tell).await?;
    verify(&app, manifest, tell).await
}

/// Proves that the balances of the ledger are those of its entries.
async fn prove(app: &App, tell: Tell<'_>) -> Result<(), BackupError> {
    let proof = jicai_service::settlement::prove_now(app).await?;
    if let Some(fault) = proof.faults.first() {
        return Err(format!("the ledger does not agree with its entries: {fault}").into());
    }
    tell(format!("The ledger: {} events, and every balance is that of its entries.", proof.events));
    Ok(())
}

fn unpack(file: &Path, manifest: &Manifest, client: &Client, unfinished: &Path) -> Result<(), BackupError> {
    if unfinished.exists() {
        fs::remove_dir_all(unfinished)?;
    }
    let mut parts = each(file, |name, part| match name.split_once('/') {
        _ if name == DATABASE => Ok(client.restore(part)?),
        Some((DOCUMENTS, inside)) => Ok(write_document(&unfinished.join(inside), part)?),
        _ => Ok(()),
    })?;
    parts.retain(|part| part.name != NAME);
    match difference(&manifest.parts, &parts) {
        Some(difference) => {
            input(format!("{}: changed while it was restored: it {difference}", file.display()))
        }
        None => Ok(()),
    }
}

fn write_document(path: &PathBuf, part: &mut dyn Read) -> io::Result<()> {
    path.parent().map_or(Ok(()), fs::create_dir_all)?;
    let mut file = File::create_new(path)?;
    io::copy(part, &mut file)?;
    file.sync_all()
}

/// Proves that the log is the one that was backed up, with the key that signed it then.
async fn verify(app: &App, manifest: &Manifest, tell: Tell<'_>) -> Result<(), BackupError> {
    let (size, Some(root)) = (manifest.audit.size, &manifest.audit.root) else {
        tell("The audit log: empty.".to_owned());
        return Ok(());
    };
    let trusted =
        SecretKey::parse(&manifest.audit.key).ok_or("the manifest's audit key cannot be read")?.reveal();
    let entries = verify_stored(app, &trusted).await??;
    let found = checkpoint(app, Some(size)).await?;
    if hex(&found.checkpoint.root) != *root {
        return Err(format!("the audit log of {size} entries is not the one of the backup").into());
    }
    tell(format!("The audit log: {entries} entries are those that were signed."));
    Ok(())
}
