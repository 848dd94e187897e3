//! The audit log and the first answers to keyed requests.
pub mod keys;
pub mod log;

use diesel::pg::data_types::PgTimestamp;
use diesel::prelude::*;
use diesel::sql_types::Uuid as SqlUuid;
use diesel_async::RunQueryDsl;
use jicai_domain::audit::{Act, Actor, canonical};
use jicai_domain::errors::{Code, Refusal};
use jicai_domain::ids::{EntryId, RoundId};
use jicai_domain::time::Timestamp;
use uuid::Uuid;

use crate::door::{Recorded, Tx};
use crate::errors::StoreError;
use crate::ids::{column, fresh};
use crate::schema::{app_clock, audit_entries, idempotency_keys, withheld_entries};
use crate::times;

/// Writes the entry of a change in the change's own transaction, and lets its answer through the door.
pub async fn record<T>(tx: &mut Tx, actor: Actor, act: Act, answer: T) -> Result<Recorded<T>, StoreError> {
    record_with(tx, actor, act, Vec::new(), answer).await
}

/// The same for a change that did more than one thing, in that order.
pub async fn record_with<T>(
    tx: &mut Tx,
    actor: Actor,
    act: Act,
    more: Vec<Act>,
    answer: T,
) -> Result<Recorded<T>, StoreError> {
    let at = tx.moment().await?;
    let (user, client, organization) = match actor {
        Actor::User { user, organization, session: _ } => {
            (Some(column(user)), None, Some(column(organization)))
        }
        Actor::Client { client, organization } => (None, Some(column(client)), Some(column(organization))),
        Actor::Anonymous | Actor::Operator | Actor::Platform => (None, None, None),
    };
    let entry = |act: Act| {
        let id: EntryId = fresh();
        let version = i16::try_from(act.version).map_err(|_large| StoreError::row("version", act.version))?;
        let concerns: Vec<Uuid> = act.concerns.iter().copied().map(column).collect();
        let canonical = canonical(id, at, actor, &act);
        Ok::<_, StoreError>((
            audit_entries::id.eq(column(id)),
            audit_entries::at.eq(times::at(at)),
            audit_entries::actor_user.eq(user),
            audit_entries::actor_client.eq(client),
            audit_entries::actor_organization.eq(organization),
            audit_entries::kind.eq(act.kind),
            audit_entries::version.eq(version),
            audit_entries::subject.eq(act.subject),
            audit_entries::canonical.eq(canonical),
            audit_entries::concerns.eq(concerns),
        ))
    };
    let entries = std::iter::once(act).chain(more).map(entry).collect::<Result<Vec<_>, _>>()?;
    tx.later(diesel::insert_into(audit_entries::table).values(entries)).await?;
    Ok(Recorded::new(answer))
}

/// Keeps the entry of a change out of the log until its round is sealed or cancelled: before that it would count the bidders. What it
/// tells of is an organization's own bid, which the transaction reaches.
pub async fn withhold<T>(
    tx: &mut Tx,
    (round, actor): (RoundId, Actor),
    act: Act,
    answer: T,
) -> Result<Recorded<T>, StoreError> {
    let Actor::User { user, organization, session: _ } = actor else {
        return Err(Refusal::of(Code::Forbidden).into());
    };
    let (id, at): (EntryId, Timestamp) = (fresh(), tx.moment().await?);
    let version = i16::try_from(act.version).map_err(|_large| StoreError::row("version", act.version))?;
    let canonical = canonical(id, at, actor, &act);
    let entry = diesel::insert_into(withheld_entries::table).values((
        withheld_entries::id.eq(column(id)),
        withheld_entries::round.eq(column(round)),
        withheld_entries::bidder.eq(column(organization)),
        withheld_entries::at.eq(times::at(at)),
        withheld_entries::actor_user.eq(column(user)),
        withheld_entries::kind.eq(act.kind),
        withheld_entries::version.eq(version),
        withheld_entries::subject.eq(act.subject),
        withheld_entries::canonical.eq(canonical),
    ));
    tx.later(entry).await?;
    Ok(Recorded::new(answer))
}

/// Hands the withheld entries of a round to the log, as they were written. Needs a transaction that reaches the round's bids.
pub async fn release(tx: &mut Tx, round: RoundId) -> Result<(), StoreError> {
    let moved = "INSERT INTO audit_entries (id, at, actor_user, actor_organization, kind, version, subject, canonical) \
         SELECT id, at, actor_user, bidder, kind, version, subject, canonical FROM withheld_entries WHERE round = $1";
    diesel::sql_query(moved).bind::<SqlUuid, _>(column(round)).execute(tx.connection()).await?;
    diesel::delete(withheld_entries::table.filter(withheld_entries::round.eq(column(round))))
        .execute(tx.connection())
        .await?;
    Ok(())
}

/// A request that carries an idempotency key.
#[derive(Clone, Debug)]
pub struct Keyed {
    /// Whose key it is.
    pub owner: String,
    /// The key.
    pub key: String,
    /// Which use case.
    pub operation: &'static str,
    /// A keyed digest of the request.
    pub fingerprint: Vec<u8>,
}

/// Whether a keyed request was answered before.
pub enum Turn {
    /// Never: act, then keep the answer.
    First,
    /// It was: this is the answer, and its entry is already in the log.
    Replay(Recorded<String>),
}

/// Takes the key, waiting for another request that holds it. Errors: `IDEMPOTENCY_CONFLICT`.
pub async fn take_turn(tx: &mut Tx, keyed: &Keyed) -> Result<Turn, StoreError> {
    let taken: Option<PgTimestamp> = diesel::insert_into(idempotency_keys::table)
        .values((
            idempotency_keys::owner.eq(&keyed.owner),
            idempotency_keys::key.eq(&keyed.key),
            idempotency_keys::operation.eq(keyed.operation),
            idempotency_keys::fingerprint.eq(&keyed.fingerprint),
            idempotency_keys::created_at.eq(app_clock()),
        ))
        .on_conflict_do_nothing()
        .returning(idempotency_keys::created_at)
        .get_result(tx.connection())
        .await
        .optional()?;
    if let Some(now) = taken {
        _ = tx.said(now);
        return Ok(Turn::First);
    }
    let row = idempotency_keys::table.find((&keyed.owner, &keyed.key)).select((
        idempotency_keys::operation,
        idempotency_keys::fingerprint,
        idempotency_keys::answer,
    ));
    let found: Option<(String, Vec<u8>, Option<String>)> = row.first(tx.connection()).await.optional()?;
    let (operation, fingerprint, answer) =
        found.ok_or_else(|| StoreError::Collided("the key was forgotten meanwhile".into()))?;
    if operation != keyed.operation || fingerprint != keyed.fingerprint {
        return Err(Refusal::of(Code::IdempotencyConflict).at("idempotencyKey").into());
    }
    let answer = answer.ok_or_else(|| StoreError::row("answer", &keyed.key))?;
    Ok(Turn::Replay(Recorded::new(answer)))
}

/// Keeps the first answer beside the change that it tells of.
pub async fn keep_answer(tx: &mut Tx, keyed: &Keyed, answer: &str) -> Result<(), StoreError> {
    let row = idempotency_keys::table.find((keyed.owner.clone(), keyed.key.clone()));
    tx.later(diesel::update(row).set(idempotency_keys::answer.eq(answer.to_owned()))).await
}

/// Forgets keys that were used before then, the oldest first, about so many; how many it forgot.
pub async fn forget_keys(tx: &mut Tx, before: Timestamp, most: i64) -> Result<usize, StoreError> {
    let old = idempotency_keys::table.filter(idempotency_keys::created_at.lt(times::at(before)));
    let bound: Option<PgTimestamp> = old
        .order(idempotency_keys::created_at)
        .offset(most.saturating_sub(1))
        .select(idempotency_keys::created_at)
        .first(tx.connection())
        .await
        .optional()?;
    let part = old.filter(idempotency_keys::created_at.le(bound.unwrap_or(times::at(before))));
    Ok(diesel::delete(part).execute(tx.connection()).await?)
}
