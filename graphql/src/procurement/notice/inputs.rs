//! What clients say of notices, objections and official results.
use async_graphql::{ID, InputObject};
use jicai_domain::audit::IdempotencyKey;
use jicai_domain::errors::{Code, Refusal};
use jicai_domain::identity::{Reason, Version};
use jicai_domain::ids::{DocumentId, Id, LotId, ObjectionId, RoundId, RoundProductId};
use jicai_domain::procurement::objection::Terms;
use jicai_service::procurement::notice::{AnnounceResult, DecideObjection, ObjectTo, PublishNotice, Verdict};

use crate::dates::{Date, DateTime};

/// More lots or products than an objection names.
const NAMED_MAX: usize = 1_000;

/// A notice.
#[derive(InputObject)]
pub(super) struct PublishNoticeInput {
    /// The round.
    id: ID,
    /// The version that was seen.
    version: i32,
    /// The end of the time for objections.
    objections_until: DateTime,
    /// The end of the standstill, before which no contract is sealed; not before the end of the time for objections.
    standstill_until: DateTime,
    /// A new key for a new request, the same for its repetition.
    idempotency_key: String,
}

/// An objection.
#[derive(InputObject)]
pub(super) struct ObjectToResultInput {
    /// The round.
    round: ID,
    /// The lots that it is about.
    lots: Vec<ID>,
    /// Why, in 1 to 1000 characters.
    grounds: String,
    /// Own documents that support it.
    documents: Vec<ID>,
    /// A new key for a new request, the same for its repetition.
    idempotency_key: String,
}

/// An objection that is right.
#[derive(InputObject)]
pub(super) struct UpholdObjectionInput {
    /// The objection.
    id: ID,
    /// The version that was seen.
    version: i32,
    /// Products of its lots that no longer count.
    products: Vec<ID>,
    /// What the objector and everybody is told.
    answer: String,
    /// A new key for a new request, the same for its repetition.
    idempotency_key: String,
}

/// An objection that is not right.
#[derive(InputObject)]
pub(super) struct RejectObjectionInput {
    /// The objection.
    id: ID,
    /// The version that was seen.
    version: i32,
    /// What the objector and everybody is told.
    answer: String,
    /// A new key for a new request, the same for its repetition.
    idempotency_key: String,
}

/// The announcement of an official result.
#[derive(InputObject)]
pub(super) struct AnnounceOfficialResultInput {
    /// The round.
    id: ID,
    /// The version that was seen.
    version: i32,
    /// The day its contracts begin.
    starts_on: Date,
    /// Their last day, where the rule set says nothing of it.
    until: Option<Date>,
    /// A new key for a new request, the same for its repetition.
    idempotency_key: String,
}

impl TryFrom<PublishNoticeInput> for PublishNotice {
    type Error = Refusal;

    fn try_from(input: PublishNoticeInput) -> Result<Self, Refusal> {
        let (DateTime(objections_until), DateTime(standstill_until)) =
            (input.objections_until, input.standstill_until);
        Ok(PublishNotice {
            round: RoundId::parse(&input.id).map_err(|refusal| refusal.at("id"))?,
            version: Version::new(input.version),
            terms: Terms { objections_until, standstill_until },
            key: IdempotencyKey::parse(&input.idempotency_key)?,
        })
    }
}

impl TryFrom<ObjectToResultInput> for ObjectTo {
    type Error = Refusal;

    fn try_from(input: ObjectToResultInput) -> Result<Self, Refusal> {
        Ok(ObjectTo {
            round: RoundId::parse(&input.round).map_err(|refusal| refusal.at("round"))?,
            lots: ids::<LotId>(&input.lots, "lots")?,
            grounds: Reason::parse(&input.grounds).map_err(|refusal| refusal.at("grounds"))?,
            documents: ids::<DocumentId>(&input.documents, "documents")?,
            key: IdempotencyKey::parse(&input.idempotency_key)?,
        })
    }
}

impl TryFrom<UpholdObjectionInput> for DecideObjection {
    type Error = Refusal;

    fn try_from(input: UpholdObjectionInput) -> Result<Self, Refusal> {
        Ok(DecideObjection {
            id: ObjectionId::parse(&input.id).map_err(|refusal| refusal.at("id"))?,
            version: Version::new(input.version),
            verdict: Verdict::Uphold(ids::<RoundProductId>(&input.products, "products")?),
            answer: Reason::parse(&input.answer).map_err(|refusal| refusal.at("answer"))?,
            key: IdempotencyKey::parse(&input.idempotency_key)?,
        })
    }
}

impl TryFrom<RejectObjectionInput> for DecideObjection {
    type Error = Refusal;

    fn try_from(input: RejectObjectionInput) -> Result<Self, Refusal> {
        Ok(DecideObjection {
            id: ObjectionId::parse(&input.id).map_err(|refusal| refusal.at("id"))?,
            version: Version::new(input.version),
            verdict: Verdict::Reject,
            answer: Reason::parse(&input.answer).map_err(|refusal| refusal.at("answer"))?,
            key: IdempotencyKey::parse(&input.idempotency_key)?,
        })
    }
}

impl TryFrom<AnnounceOfficialResultInput> for AnnounceResult {
    type Error = Refusal;

    fn try_from(input: AnnounceOfficialResultInput) -> Result<Self, Refusal> {
        let Date(starts_on) = input.starts_on;
        Ok(AnnounceResult {
            round: RoundId::parse(&input.id).map_err(|refusal| refusal.at("id"))?,
            version: Version::new(input.version),
            starts_on,
            until: input.until.map(|Date(day)| day),
            key: IdempotencyKey::parse(&input.idempotency_key)?,
        })
    }
}

fn ids<T: Id>(named: &[ID], field: &'static str) -> Result<Vec<T>, Refusal> {
    if named.len() > NAMED_MAX {
        return Err(Refusal::of(Code::ObjectionInvalid).at(field));
    }
    named.iter().map(|id| T::parse(id).map_err(|refusal| refusal.at(field))).collect()
}
