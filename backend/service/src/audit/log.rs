//! The sequenced audit log: positions, signed checkpoints, proofs, exports.
use std::collections::BTreeMap;

use ed25519_dalek::{Signer, SigningKey};
use jicai_domain::audit::checkpoint::Checkpoint;
use jicai_domain::audit::merkle::{self, Hash, Node, Nodes};
use jicai_domain::errors::{Code, Refusal};
use jicai_domain::identity::{Caller, Permission};
use jicai_store::Tx;
use jicai_store::audit::log::{self, Sequenced, Signed, Waiting};
use jicai_store::bell::Topic;
use jicai_store::{Page, Part};

use crate::app::App;
use crate::errors::Error;
use crate::secret::Purpose;

/// Entries in their order.
pub type Entries = Part<Sequenced>;
/// The hashes of a proof, the nearest to the leaf first.
pub type Proof = Vec<Hash>;

/// Gives positions to what waits for them and signs a checkpoint. None when nothing waits or another server does it; else the
/// size of the log after it.
pub async fn sequence(app: &App) -> Result<Option<u64>, Error> {
    let sequenced = app.store.keep("sequence", async |tx| sequence_in(app, tx).await).await?;
    if sequenced.is_some() {
        app.bell.ring(Topic::Log);
    }
    Ok(sequenced)
}

async fn sequence_in(app: &App, tx: &mut Tx) -> Result<Option<u64>, Error> {
    if !log::hold_sequencer(tx).await? {
        return Ok(None);
    }
    let Waiting { mut frontier, entries, horizon } = log::waiting(tx).await?;
    if entries.is_empty() {
        return Ok(None);
    }
    let (mut placed, mut complete) = (Vec::new(), Vec::new());
    for (id, canonical) in entries {
        let leaf = merkle::leaf(canonical.as_bytes());
        placed.push((frontier.size(), id, leaf));
        complete.extend(frontier.append(leaf));
    }
    log::place(tx, &placed).await?;
    log::keep_nodes(tx, &complete).await?;
    let checkpoint = Checkpoint { size: frontier.size(), root: frontier.root(), at: tx.now().await? };
    log::keep_checkpoint(tx, &sign(app, checkpoint), &frontier, &horizon).await?;
    Ok(Some(frontier.size()))
}

/// The key that checkpoints are signed with: its 32 public bytes.
pub fn public_key(app: &App) -> [u8; 32] {
    key(app).verifying_key().to_bytes()
}

/// The checkpoint of that size, or the last one. Public. Errors: `NOT_FOUND`.
pub async fn checkpoint(app: &App, size: Option<u64>) -> Result<Signed, Error> {
    let mut tx = app.store.read().await?;
    let found = log::checkpoint(&mut tx, size).await?;
    found.ok_or(Error::Refused(Refusal::of(Code::NotFound)))
}

/// The proof that an entry is in the log of that size. Public: it tells nothing but hashes. Errors: `AUDIT_SIZE`.
pub async fn inclusion(app: &App, position: u64, size: u64) -> Result<Proof, Error> {
    proved(app, size, |nodes| merkle::inclusion(position, size, nodes)).await
}

/// The proof that the log of one size is the beginning of the log of another. Public. Errors: `AUDIT_SIZE`.
pub async fn consistency(app: &App, from: u64, to: u64) -> Result<Proof, Error> {
    proved(app, to, |nodes| merkle::consistency(from, to, nodes)).await
}

/// The entries of the caller's jurisdiction, in their order. Errors: `FORBIDDEN`.
pub async fn entries(app: &App, caller: &Caller, page: &Page<u64>) -> Result<Entries, Error> {
    let scope = caller.require(Permission::ReadAudit)?;
    let mut tx = app.store.read().await?;
    Ok(log::list(&mut tx, &scope, page).await?)
}

/// Every entry in its order, for whoever has the server's command line.
pub async fn export_entries(app: &App, page: &Page<u64>) -> Result<Entries, Error> {
    let mut tx = app.store.read().await?;
    Ok(log::all(&mut tx, page).await?)
}

/// The checkpoints whose size lies above the first number and not above the second.
pub async fn export_checkpoints(app: &App, between: (u64, u64)) -> Result<Vec<Signed>, Error> {
    let mut tx = app.store.read().await?;
    Ok(log::checkpoints_between(&mut tx, between).await?)
}

async fn proved(app: &App, size: u64, proof: impl Fn(Nodes<'_>) -> Option<Proof>) -> Result<Proof, Error> {
    let outside = || Error::Refused(Refusal::of(Code::AuditSize));
    let mut tx = app.store.read().await?;
    let last = log::checkpoint(&mut tx, None).await?.ok_or_else(outside)?;
    if size > last.checkpoint.size {
        return Err(outside());
    }
    let wanted = merkle::needed(&proof);
    let found: BTreeMap<Node, Hash> = log::nodes(&mut tx, &wanted).await?.into_iter().collect();
    proof(&|node| found.get(&node).copied()).ok_or_else(outside)
}

fn sign(app: &App, checkpoint: Checkpoint) -> Signed {
    let signature = key(app).sign(checkpoint.signed_text().as_bytes()).to_bytes().to_vec();
    Signed { checkpoint, signature }
}

fn key(app: &App) -> SigningKey {
    SigningKey::from_bytes(&app.secret.derive(Purpose::AuditLog, &[]))
}
