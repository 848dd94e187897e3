//! The sequenced audit log: positions, signed checkpoints, proofs, exports.
use std::collections::BTreeMap;

use ed25519_dalek::Signer;
use jicai_domain::audit::checkpoint::Checkpoint;
use jicai_domain::audit::merkle::{self, Hash, Node, Nodes};
use jicai_domain::errors::{Code, Refusal};
use jicai_domain::identity::{Caller, Permission};
use jicai_domain::ids::LogKeyId;
use jicai_store::Tx;
use jicai_store::audit::keys;
use jicai_store::audit::log::{self, Sequenced, Signed, Waiting};
use jicai_store::bell::Topic;
use jicai_store::{Page, Part};

use super::keys::signing_key;
use super::verify::{LogFault, Verifier};
use crate::app::App;
use crate::errors::Error;

const WALK_PAGE: u16 = 1_000;

/// What is met on a walk through the log.
pub enum Step {
    /// An entry.
    Entry(Sequenced),
    /// A checkpoint of the entries so far.
    Checkpoint(Signed),
}

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
    // Before anything gets a place: the checkpoint that covers a new key's entry is signed by the one before.
    let key = keys::signing(tx).await?;
    let (mut placed, mut complete) = (Vec::new(), Vec::new());
    for (id, canonical) in entries {
        let leaf = merkle::leaf(canonical.as_bytes());
        placed.push((frontier.size(), id, leaf));
        complete.extend(frontier.append(leaf));
    }
    log::place(tx, &placed).await?;
    log::keep_nodes(tx, &complete).await?;
    let checkpoint = Checkpoint { size: frontier.size(), root: frontier.root(), at: tx.now().await? };
    log::keep_checkpoint(tx, &sign(app, checkpoint, key), &frontier, &horizon).await?;
    Ok(Some(frontier.size()))
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

/// Goes through the log up to its last checkpoint, for whoever has the server's command line: every entry in its order, each
/// checkpoint after what it covers. Errors: `NOT_FOUND` when there is no checkpoint yet.
pub async fn walk(app: &App, mut visit: impl FnMut(Step)) -> Result<(), Error> {
    let end = checkpoint(app, None).await?.checkpoint.size;
    let mut page = Page { first: WALK_PAGE, after: None };
    let mut done = 0;
    while done < end {
        let mut tx = app.store.read().await?;
        let part = log::all(&mut tx, &page).await?;
        let Some(last) = part.rows.last() else { break };
        let (from, to) = (done, last.position.saturating_add(1).min(end));
        page.after = Some(last.position);
        let mut checkpoints = log::checkpoints_between(&mut tx, (from, to)).await?.into_iter().peekable();
        for entry in part.rows.into_iter().filter(|entry| entry.position < end) {
            let size = entry.position.saturating_add(1);
            visit(Step::Entry(entry));
            checkpoints
                .next_if(|signed| signed.checkpoint.size == size)
                .into_iter()
                .for_each(|signed| visit(Step::Checkpoint(signed)));
        }
        done = to;
    }
    Ok(())
}

/// Verifies the log of the database with the public half of its first key: how many entries are those that were signed.
pub async fn verify_stored(app: &App, key: &[u8; 32]) -> Result<Result<u64, LogFault>, Error> {
    let mut state = Verifier::new(key);
    walk(app, |step| {
        let Ok(verifier) = &mut state else { return };
        let taken = match step {
            Step::Entry(entry) => verifier.entry(entry.position, &entry.canonical, &entry.leaf),
            Step::Checkpoint(signed) => {
                verifier.checkpoint(&signed.checkpoint, signed.key, &signed.signature)
            }
        };
        if let Err(fault) = taken {
            state = Err(fault);
        }
    })
    .await?;
    Ok(state.and_then(Verifier::finish))
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

fn sign(app: &App, checkpoint: Checkpoint, key: Option<LogKeyId>) -> Signed {
    let signer = signing_key(&app.secret, key);
    let signature = signer.sign(checkpoint.signed_text().as_bytes()).to_bytes().to_vec();
    Signed { checkpoint, key, signature }
}
