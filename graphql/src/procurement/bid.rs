//! Sealed bids: what a bidder does, and what everybody sees once a round is sealed.
use async_graphql::connection::Connection;
use async_graphql::{Context, Enum, ID, InputObject, Object, SimpleObject};
use jicai_domain::audit::{IdempotencyKey, hex};
use jicai_domain::errors::{Code, Refusal};
use jicai_domain::ids::{Id, RoundId};
use jicai_domain::procurement::bid::{self as domain, next_version};
use jicai_seal::{BidPublic, Envelope};
use jicai_service::procurement::bid::{self as cases, Receipted};
use jicai_service::procurement::sealing;

use crate::asking::{app, caller};
use crate::connection::{connection, cost, page};
use crate::dates::DateTime;
use crate::error::ApiError;

/// Queries about bids.
#[derive(Default)]
pub(crate) struct BidQuery;

#[Object]
impl BidQuery {
    /// The key that signs the bids of the caller's organization. 报价签名公钥
    async fn bid_key(&self, ctx: &Context<'_>) -> Result<Option<BidKey>, ApiError> {
        let found = cases::bid_key(app(ctx)?, caller(ctx)?).await?;
        Ok(found.map(BidKey::from))
    }

    /// The bid of the caller's own organization in a round, as it is seen from outside; none when it never sealed one. Nobody else is shown
    /// that there is one. 密封报价
    async fn bid(&self, ctx: &Context<'_>, round: ID) -> Result<Option<Bid>, ApiError> {
        let found = cases::own_bid(app(ctx)?, caller(ctx)?, round_id(&round)?).await?;
        Ok(found.map(Bid::from))
    }

    /// What happened to the bid of the caller's own organization in a round, with the receipts, the newest first.
    #[graphql(complexity = "cost(first, child_complexity)")]
    async fn bid_submissions(
        &self,
        ctx: &Context<'_>,
        round: ID,
        first: Option<i32>,
        after: Option<String>,
    ) -> Result<Connection<String, BidSubmission>, ApiError> {
        let caller = caller(ctx)?;
        let page = page(first, after.as_deref(), read_cursor)?;
        let part = cases::own_submissions(app(ctx)?, caller, round_id(&round)?, &page).await?;
        let cursor = |row: &Receipted| format!("{} {}", row.bid.version, row.bid.status.label());
        Ok(connection(part, cursor, BidSubmission::from))
    }

    /// What a round published at its deadline: how many bids there are and the root over their commitments; none before that. Public. 封标公布
    async fn round_sealing(&self, ctx: &Context<'_>, round: ID) -> Result<Option<RoundSealing>, ApiError> {
        let found = sealing::sealing(app(ctx)?, round_id(&round)?).await?;
        Ok(found.map(|sealing| RoundSealing {
            root: hex(&sealing.root),
            size: sealing.size,
            sealed_at: DateTime(sealing.sealed_at),
        }))
    }

    /// The commitments of all sealed bids, sorted, so that their order tells nothing; none before the deadline. Public.
    #[graphql(complexity = "cost(first, child_complexity)")]
    async fn round_commitments(
        &self,
        ctx: &Context<'_>,
        round: ID,
        first: Option<i32>,
        after: Option<String>,
    ) -> Result<Connection<String, String>, ApiError> {
        let page =
            page(first, after.as_deref(), |cursor| cursor.parse().map_err(|_number| cursor_refused()))?;
        let part = sealing::commitments(app(ctx)?, round_id(&round)?, &page).await?;
        Ok(connection(part, |(position, _)| position.to_string(), |(_, commitment)| hex(&commitment)))
    }
}

/// Mutations of bids.
#[derive(Default)]
pub(crate) struct BidMutation;

#[Object]
impl BidMutation {
    /// Register the key that signs the organization's bids, in place of the one before. 登记报价签名公钥
    async fn register_bid_key(
        &self,
        ctx: &Context<'_>,
        input: RegisterBidKeyInput,
    ) -> Result<KeyRegistered, ApiError> {
        let caller = caller(ctx)?;
        let invalid = |error: jicai_seal::SealError| {
            Refusal::of(Code::PublicKeyInvalid).at("publicLine").allowing(error.expected().0)
        };
        let public = BidPublic::parse(&input.public_line).map_err(invalid)?;
        let key = IdempotencyKey::parse(&input.idempotency_key)?;
        let id = cases::register_bid_key(app(ctx)?, caller, &public, &key).await?;
        Ok(KeyRegistered { id: ID(id.to_string()) })
    }

    /// Seal a bid in a round, or put another in place of it, until the deadline. 提交密封报价
    async fn submit_bid(&self, ctx: &Context<'_>, input: SubmitBidInput) -> Result<BidReceipt, ApiError> {
        let caller = caller(ctx)?;
        let invalid = |error: jicai_seal::SealError| {
            Refusal::of(Code::EnvelopeInvalid).at("envelope").allowing(error.expected().0)
        };
        let envelope = Envelope::parse(&input.envelope).map_err(invalid)?;
        let key = IdempotencyKey::parse(&input.idempotency_key)?;
        let receipt = cases::submit_bid(app(ctx)?, caller, &envelope, &key).await?;
        Ok(BidReceipt { receipt: receipt.to_canonical() })
    }

    /// Take the organization's bid in a round back, until the deadline; its envelope is gone. 撤回报价
    async fn withdraw_bid(&self, ctx: &Context<'_>, input: WithdrawBidInput) -> Result<BidReceipt, ApiError> {
        let caller = caller(ctx)?;
        let (round, key) = (round_id(&input.round)?, IdempotencyKey::parse(&input.idempotency_key)?);
        let receipt = cases::withdraw_bid(app(ctx)?, caller, (round, input.version), &key).await?;
        Ok(BidReceipt { receipt: receipt.to_canonical() })
    }
}

pub(super) fn round_id(round: &ID) -> Result<RoundId, Refusal> {
    RoundId::parse(round).map_err(|refusal| refusal.at("round"))
}

fn read_cursor(cursor: &str) -> Result<(i32, domain::BidStatus), Refusal> {
    let (version, status) = cursor.split_once(' ').ok_or_else(cursor_refused)?;
    let version = version.parse().map_err(|_number| cursor_refused())?;
    Ok((version, domain::BidStatus::from_label(status).ok_or_else(cursor_refused)?))
}

fn cursor_refused() -> Refusal {
    Refusal::of(Code::CursorInvalid)
}

/// Whether a bid counts, or what happened to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "jicai_domain::procurement::bid::BidStatus")]
pub(super) enum BidStatus {
    /// It is sealed.
    Sealed,
    /// It was withdrawn.
    Withdrawn,
}

/// A key that is registered.
#[derive(SimpleObject)]
pub(super) struct BidKey {
    /// Its id.
    id: ID,
    /// The public line.
    public_line: String,
    /// When it was registered.
    registered_at: DateTime,
}

impl From<cases::BidKey> for BidKey {
    fn from(key: cases::BidKey) -> Self {
        Self {
            id: ID(key.id.to_string()),
            public_line: key.public_line,
            registered_at: DateTime(key.registered_at),
        }
    }
}

/// A bid as it is seen from outside.
#[derive(SimpleObject)]
pub(super) struct Bid {
    /// Its id; the same over all envelopes.
    id: ID,
    /// Whether it counts.
    status: BidStatus,
    /// How many envelopes there were, this one included.
    version: i32,
    /// What the next envelope has to say of itself.
    next_version: i32,
    /// SHA-256 over nonce and bid, in hexadecimal.
    commitment: String,
    /// SHA-256 over the ciphertext, in hexadecimal.
    ciphertext_sha256: String,
    /// When it became what it is.
    received_at: DateTime,
}

impl From<domain::Bid> for Bid {
    fn from(bid: domain::Bid) -> Self {
        Self {
            id: ID(bid.id.to_string()),
            status: bid.status.into(),
            version: bid.version,
            next_version: next_version(Some(&bid)),
            commitment: hex(&bid.commitment),
            ciphertext_sha256: hex(&bid.digest),
            received_at: DateTime(bid.received_at),
        }
    }
}

/// Something that happened to a bid.
#[derive(SimpleObject)]
pub(super) struct BidSubmission {
    /// What happened.
    kind: BidStatus,
    /// Which envelope.
    version: i32,
    /// SHA-256 over nonce and bid, in hexadecimal.
    commitment: String,
    /// SHA-256 over the ciphertext, in hexadecimal.
    ciphertext_sha256: String,
    /// When.
    received_at: DateTime,
    /// The signed receipt, as a file for `jicai bid verify-receipt`.
    receipt: String,
}

impl From<Receipted> for BidSubmission {
    fn from(Receipted { bid, receipt }: Receipted) -> Self {
        Self {
            kind: bid.status.into(),
            version: bid.version,
            commitment: hex(&bid.commitment),
            ciphertext_sha256: hex(&bid.digest),
            received_at: DateTime(bid.received_at),
            receipt: receipt.to_canonical(),
        }
    }
}

/// What a round published at its deadline.
#[derive(SimpleObject)]
pub(super) struct RoundSealing {
    /// The root (RFC 6962) over the sorted commitments, in hexadecimal.
    root: String,
    /// How many bids are sealed.
    size: i32,
    /// When.
    sealed_at: DateTime,
}

/// A key that was registered.
#[derive(SimpleObject)]
pub(super) struct KeyRegistered {
    /// Its id.
    pub(super) id: ID,
}

/// What the platform says it received.
#[derive(SimpleObject)]
pub(super) struct BidReceipt {
    /// The signed receipt, as a file for `jicai bid verify-receipt`.
    receipt: String,
}

/// A key that signs bids.
#[derive(InputObject)]
pub(super) struct RegisterBidKeyInput {
    /// What `jicai bid keygen` printed.
    public_line: String,
    /// A new key for a new request, the same for its repetition.
    idempotency_key: String,
}

/// A sealed bid.
#[derive(InputObject)]
pub(super) struct SubmitBidInput {
    /// The text of the file that `jicai bid seal` made. It names its round, its bidder and its version.
    envelope: String,
    /// A new key for a new request, the same for its repetition.
    idempotency_key: String,
}

/// A bid to be taken back.
#[derive(InputObject)]
pub(super) struct WithdrawBidInput {
    /// The round.
    round: ID,
    /// The version that was seen.
    version: i32,
    /// A new key for a new request, the same for its repetition.
    idempotency_key: String,
}
