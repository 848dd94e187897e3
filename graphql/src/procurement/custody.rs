//! Custodians' keys, and the published key of a round.
use async_graphql::{Context, ID, InputObject, Object, SimpleObject};
use jicai_domain::audit::{IdempotencyKey, hex};
use jicai_domain::errors::{Code, Refusal};
use jicai_domain::procurement::custody as domain;
use jicai_seal::{Ceremony, CeremonySignature, CustodianPublic, SealError};
use jicai_service::procurement::custody::{self as cases, PublishRoundKey};

use super::bid::{KeyRegistered, round_id};
use crate::asking::{app, caller};
use crate::dates::DateTime;
use crate::error::ApiError;

/// Signatures that one request may bring.
const SIGNATURES_MAX: usize = 64;

/// Queries about keys.
#[derive(Default)]
pub(crate) struct CustodyQuery;

#[Object]
impl CustodyQuery {
    /// The caller's registered keys as a custodian. 保管人公钥
    async fn custodian_key(&self, ctx: &Context<'_>) -> Result<Option<CustodianKey>, ApiError> {
        let found = cases::custodian_key(app(ctx)?, caller(ctx)?).await?;
        Ok(found.map(CustodianKey::from))
    }

    /// The custodians that a round announces, by place, with their registered keys: what a ceremony is held with. Public. 密钥保管人
    async fn round_custodian_keys(
        &self,
        ctx: &Context<'_>,
        round: ID,
    ) -> Result<Vec<RoundCustodianKey>, ApiError> {
        let found = cases::custodians(app(ctx)?, round_id(&round)?).await?;
        Ok(found.into_iter().map(RoundCustodianKey::from).collect())
    }

    /// The published key of a round; none before that. Public. 本轮公钥
    async fn round_key(&self, ctx: &Context<'_>, round: ID) -> Result<Option<RoundKey>, ApiError> {
        let found = cases::round_key(app(ctx)?, round_id(&round)?).await?;
        found.map(RoundKey::of).transpose()
    }

    /// The public key under which a round's custodians bring their shares. 开标公钥
    async fn opening_recipient(&self, ctx: &Context<'_>, round: ID) -> Result<String, ApiError> {
        Ok(cases::opening_recipient(app(ctx)?, caller(ctx)?, round_id(&round)?).await?)
    }
}

/// Mutations of keys.
#[derive(Default)]
pub(crate) struct CustodyMutation;

#[Object]
impl CustodyMutation {
    /// Register the caller's keys as a custodian, in place of the ones before. 登记保管人公钥
    async fn register_custodian_key(
        &self,
        ctx: &Context<'_>,
        input: RegisterCustodianKeyInput,
    ) -> Result<KeyRegistered, ApiError> {
        let caller = caller(ctx)?;
        let invalid = |error: SealError| {
            Refusal::of(Code::PublicKeyInvalid).at("publicLine").allowing(error.expected().0)
        };
        let public = CustodianPublic::parse(&input.public_line).map_err(invalid)?;
        let key = IdempotencyKey::parse(&input.idempotency_key)?;
        let id = cases::register_custodian_key(app(ctx)?, caller, &public, &key).await?;
        Ok(KeyRegistered { id: ID(id.to_string()) })
    }

    /// Publish the key that a round's custodians made and signed: in place of another only before bids are taken. 公布本轮公钥
    async fn publish_round_key(
        &self,
        ctx: &Context<'_>,
        input: PublishRoundKeyInput,
    ) -> Result<RoundKeyPublished, ApiError> {
        let caller = caller(ctx)?;
        let round = cases::publish_round_key(app(ctx)?, caller, input.try_into()?).await?;
        Ok(RoundKeyPublished { round: ID(round.to_string()) })
    }
}

/// Keys that a custodian registered.
#[derive(SimpleObject)]
pub(super) struct CustodianKey {
    /// Their id.
    id: ID,
    /// The public line.
    public_line: String,
    /// When they were registered.
    registered_at: DateTime,
}

impl From<cases::CustodianKey> for CustodianKey {
    fn from(key: cases::CustodianKey) -> Self {
        Self {
            id: ID(key.id.to_string()),
            public_line: key.public_line,
            registered_at: DateTime(key.registered_at),
        }
    }
}

/// Somebody who is to hold a share of a round's key.
#[derive(SimpleObject)]
pub(super) struct RoundCustodianKey {
    /// The place, from 1.
    position: i32,
    /// The user.
    custodian: ID,
    /// The public line; none while no keys are registered.
    public_line: Option<String>,
}

impl From<domain::Custodian> for RoundCustodianKey {
    fn from(custodian: domain::Custodian) -> Self {
        Self {
            position: custodian.position.into(),
            custodian: ID(custodian.custodian.to_string()),
            public_line: custodian.key.map(|(_id, line)| line),
        }
    }
}

/// A round's key as it was published.
#[derive(SimpleObject)]
pub(super) struct RoundKey {
    /// What the ceremony published, as the file `ceremony.json`.
    ceremony: String,
    /// Its SHA-256, in hexadecimal.
    ceremony_sha256: String,
    /// The signatures of all custodians, each as a file, in the order of their places.
    signatures: Vec<String>,
    /// The public key that bids are encrypted to.
    recipient: String,
    /// How many custodians open the round together.
    threshold: i32,
    /// The one length to which bids are padded, bytes.
    sealed_length: i32,
    /// When it was published.
    published_at: DateTime,
}

impl RoundKey {
    fn of(key: domain::RoundKey) -> Result<Self, ApiError> {
        let ceremony = Ceremony::parse(&key.ceremony).map_err(|_stored| Refusal::of(Code::Internal))?;
        Ok(Self {
            ceremony: key.ceremony,
            ceremony_sha256: hex(&ceremony.digest()),
            signatures: key.signatures,
            recipient: ceremony.recipient().to_string(),
            threshold: ceremony.threshold().into(),
            sealed_length: key.sealed_length,
            published_at: DateTime(key.published_at),
        })
    }
}

/// A round whose key was published.
#[derive(SimpleObject)]
pub(super) struct RoundKeyPublished {
    /// The round.
    round: ID,
}

/// Keys of a custodian.
#[derive(InputObject)]
pub(super) struct RegisterCustodianKeyInput {
    /// What `jicai custodian keygen` printed.
    public_line: String,
    /// A new key for a new request, the same for its repetition.
    idempotency_key: String,
}

/// A round's key to be published.
#[derive(InputObject)]
pub(super) struct PublishRoundKeyInput {
    /// The round.
    round: ID,
    /// The text of `ceremony.json`.
    ceremony: String,
    /// The texts of the signatures that `jicai custodian sign` made, of every custodian.
    signatures: Vec<String>,
    /// A new key for a new request, the same for its repetition.
    idempotency_key: String,
}

impl TryFrom<PublishRoundKeyInput> for PublishRoundKey {
    type Error = Refusal;

    fn try_from(input: PublishRoundKeyInput) -> Result<Self, Refusal> {
        let invalid = |field| {
            move |error: SealError| Refusal::of(Code::CeremonyInvalid).at(field).allowing(error.expected().0)
        };
        if input.signatures.len() > SIGNATURES_MAX {
            return Err(Refusal::of(Code::CeremonyInvalid)
                .at("signatures")
                .allowing("one signature a custodian"));
        }
        let signatures = input.signatures.iter().map(|text| CeremonySignature::parse(text));
        Ok(Self {
            round: round_id(&input.round)?,
            ceremony: Ceremony::parse(&input.ceremony).map_err(invalid("ceremony"))?,
            signatures: signatures.collect::<Result<_, _>>().map_err(invalid("signatures"))?,
            key: IdempotencyKey::parse(&input.idempotency_key)?,
        })
    }
}
