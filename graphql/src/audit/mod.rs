//! The audit log over GraphQL: entries for auditors, checkpoints and proofs for everybody.
use async_graphql::connection::Connection;
use async_graphql::{Context, ID, Object, SimpleObject};
use jicai_domain::audit::checkpoint::ALGORITHM;
use jicai_domain::audit::hex;
use jicai_domain::errors::{Code, Refusal};
use jicai_service::{Sequenced, Signed, audit as cases};

use crate::asking::{app, caller};
use crate::connection::{connection, cost, page};
use crate::dates::DateTime;
use crate::error::ApiError;

/// Queries about the audit log.
#[derive(Default)]
pub(crate) struct AuditQuery;

#[Object]
impl AuditQuery {
    /// The entries of the caller's jurisdiction, in their order.
    #[graphql(complexity = "cost(first, child_complexity)")]
    async fn audit_entries(
        &self,
        ctx: &Context<'_>,
        first: Option<i32>,
        after: Option<String>,
    ) -> Result<Connection<String, AuditEntry>, ApiError> {
        let caller = caller(ctx)?;
        let page = page(first, after.as_deref(), number)?;
        let part = cases::entries(app(ctx)?, caller, &page).await?;
        Ok(connection(part, |entry| entry.position.to_string(), AuditEntry::from))
    }

    /// The signed checkpoint of a size, or the last one. Public.
    async fn audit_checkpoint(
        &self,
        ctx: &Context<'_>,
        size: Option<String>,
    ) -> Result<AuditCheckpoint, ApiError> {
        let app = app(ctx)?;
        let size = size.as_deref().map(number).transpose()?;
        let signed = cases::checkpoint(app, size).await?;
        Ok(AuditCheckpoint::of(&signed, &cases::public_key(app, signed.key)))
    }

    /// The keys that sign the log and its receipts, the first one first; those before the last one prove what they signed. Public.
    #[graphql(complexity = "10 * child_complexity + 1")]
    async fn audit_keys(&self, ctx: &Context<'_>) -> Result<Vec<AuditKey>, ApiError> {
        let keys = cases::log_keys(app(ctx)?).await?.into_iter();
        let shown = keys.map(|key| AuditKey {
            id: key.id.map(|id| ID(id.to_string())),
            algorithm: ALGORITHM,
            key: hex(&key.public),
            created_at: key.created_at.map(DateTime),
        });
        Ok(shown.collect())
    }

    /// The proof that the entry at a position is in the log of a size: hashes, the nearest to the leaf first. Public.
    async fn audit_inclusion(
        &self,
        ctx: &Context<'_>,
        position: String,
        size: String,
    ) -> Result<Vec<String>, ApiError> {
        let proof = cases::inclusion(app(ctx)?, number(&position)?, number(&size)?).await?;
        Ok(proof.iter().map(|hash| hex(hash)).collect())
    }

    /// The proof that the log of one size is the beginning of the log of another. Public.
    async fn audit_consistency(
        &self,
        ctx: &Context<'_>,
        from: String,
        to: String,
    ) -> Result<Vec<String>, ApiError> {
        let proof = cases::consistency(app(ctx)?, number(&from)?, number(&to)?).await?;
        Ok(proof.iter().map(|hash| hex(hash)).collect())
    }
}

/// An entry of the audit log. Numbers that may be large are strings.
#[derive(SimpleObject)]
pub(crate) struct AuditEntry {
    /// Its id.
    id: ID,
    /// Its place in the log, from 0.
    position: String,
    /// What happened.
    kind: String,
    /// What it happened to.
    subject: String,
    /// Its bytes, which the log's tree is made of.
    canonical: String,
    /// The hash of its bytes in the tree (RFC 6962), in hexadecimal.
    leaf: String,
}

impl From<Sequenced> for AuditEntry {
    fn from(entry: Sequenced) -> Self {
        Self {
            id: ID(entry.id.to_string()),
            position: entry.position.to_string(),
            kind: entry.kind,
            subject: entry.subject,
            canonical: entry.canonical,
            leaf: hex(&entry.leaf),
        }
    }
}

/// How long the log was and what it held, signed.
#[derive(SimpleObject)]
pub(crate) struct AuditCheckpoint {
    /// How many entries it held.
    size: String,
    /// The root of the tree over them, in hexadecimal.
    root: String,
    /// The bytes that are signed.
    signed_text: String,
    /// The signature, in hexadecimal.
    signature: String,
    /// How it is hashed and signed.
    algorithm: &'static str,
    /// The public key, in hexadecimal.
    key: String,
    /// Its id; none for the log's first key.
    key_id: Option<ID>,
}

/// A key that signs the log, or did.
#[derive(SimpleObject)]
pub(crate) struct AuditKey {
    /// Its id; none for the log's first key.
    id: Option<ID>,
    /// How it signs.
    algorithm: &'static str,
    /// The public key, in hexadecimal.
    key: String,
    /// When it was made; none for the first one.
    created_at: Option<DateTime>,
}

impl AuditCheckpoint {
    fn of(signed: &Signed, key: &[u8; 32]) -> Self {
        Self {
            size: signed.checkpoint.size.to_string(),
            root: hex(&signed.checkpoint.root),
            signed_text: signed.checkpoint.signed_text(),
            signature: hex(&signed.signature),
            algorithm: ALGORITHM,
            key: hex(key),
            key_id: signed.key.map(|key| ID(key.to_string())),
        }
    }
}

fn number(text: &str) -> Result<u64, Refusal> {
    text.parse().map_err(|_number| Refusal::of(Code::AuditSize))
}
