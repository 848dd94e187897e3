//! Custodians' keys, the published key of a round, and the key that shares are brought under.
use jicai_domain::audit::{Act, IdempotencyKey, hex};
use jicai_domain::errors::{Code, Refusal};
use jicai_domain::identity::{Caller, Permission};
use jicai_domain::ids::{CustodianKeyId, Id, RoundId, UserId};
use jicai_domain::procurement::bid::sealed_length;
use jicai_domain::procurement::custody::{Custodian, RegisteredKey, RoundKey, may_publish_key};
use jicai_domain::procurement::round::Round;
use jicai_domain::time::Timestamp;
use jicai_seal::{Ceremony, CeremonySignature, CustodianPublic, OpeningKey, SealError, verify_ceremony};
use jicai_store::audit::record;
use jicai_store::procurement::{custody, rounds};
use jicai_store::{Tx, fresh};
use zeroize::Zeroizing;

use crate::app::App;
use crate::audit::{actor, keyed, once};
use crate::errors::Error;
use crate::secret::Purpose;

/// A custodian's registered keys.
pub type CustodianKey = RegisteredKey<CustodianKeyId, UserId>;

/// A round's key to be published.
pub struct PublishRoundKey {
    /// The round.
    pub round: RoundId,
    /// What the ceremony published.
    pub ceremony: Ceremony,
    /// The signatures of all custodians.
    pub signatures: Vec<CeremonySignature>,
    /// The key of the request.
    pub key: IdempotencyKey,
}

/// Registers the caller's keys as a custodian, in place of the ones before. Errors: `FORBIDDEN`, `PUBLIC_KEY_TAKEN`.
pub async fn register_custodian_key(
    app: &App,
    caller: &Caller,
    public: &CustodianPublic,
    key: &IdempotencyKey,
) -> Result<CustodianKeyId, Error> {
    caller.require(Permission::HoldShares)?;
    let (custodian, line) = (caller.user()?, public.to_string());
    let keyed = keyed(app, Some(caller), key, "register_custodian_key", &[&line]);
    once(app, &keyed, async |tx| {
        let id: CustodianKeyId = fresh();
        custody::add_custodian_key(tx, custodian, (id, &line)).await?;
        let act = Act::new("CustodianKeyRegistered", id).with("publicLine", &line);
        Ok(record(tx, actor(caller), act, id).await?)
    })
    .await
}

/// The caller's keys as a custodian; none when none are registered. Errors: `FORBIDDEN`.
pub async fn custodian_key(app: &App, caller: &Caller) -> Result<Option<CustodianKey>, Error> {
    caller.require(Permission::HoldShares)?;
    let mut tx = app.store.read().await?;
    Ok(custody::custodian_key(&mut tx, caller.user()?).await?)
}

/// The custodians that a round announces, by place, with their registered keys. Public. Errors: `NOT_FOUND`.
pub async fn custodians(app: &App, round: RoundId) -> Result<Vec<Custodian>, Error> {
    let mut tx = app.store.read().await?;
    rounds::announced(&mut tx, round).await?;
    Ok(custody::custodians(&mut tx, round).await?)
}

/// The published key of a round; none before that. Public. Errors: `NOT_FOUND`.
pub async fn round_key(app: &App, round: RoundId) -> Result<Option<RoundKey>, Error> {
    let mut tx = app.store.read().await?;
    rounds::announced(&mut tx, round).await?;
    Ok(custody::round_key(&mut tx, round).await?)
}

/// Publishes the key of one of the own office's rounds, which its custodians made and signed.
/// Errors: `FORBIDDEN`, `NOT_FOUND`, `CEREMONY_INVALID`, `ROUND_CLOSED`, `ROUND_STATE`, `ROUND_KEY_PUBLISHED`.
pub async fn publish_round_key(
    app: &App,
    caller: &Caller,
    command: PublishRoundKey,
) -> Result<RoundId, Error> {
    let scope = caller.require(Permission::PublishRounds)?;
    let by = caller.user()?;
    let PublishRoundKey { round: id, ceremony, signatures, key } = command;
    verify_ceremony(&ceremony, &signatures).map_err(untrusted)?;
    let texts = in_order(&ceremony, &signatures);
    let said = [id.to_string(), hex(&ceremony.digest()), texts.join("\n")];
    let keyed = keyed(app, Some(caller), &key, "publish_round_key", &said.each_ref().map(String::as_str));
    once(app, &keyed, async |tx| {
        let round = rounds::lock_own(tx, &scope, id).await?;
        let now = tx.now().await?;
        let published = custody::sealed_length(tx, id).await?.is_some();
        may_publish_key(&round, published, now)?;
        let holders = holders(&round, &ceremony, custody::custodians(tx, id).await?)?;
        let key = made(tx, &round, (&ceremony, &texts), now).await?;
        custody::publish(tx, &key, by, &holders).await?;
        let act = Act::new("RoundKeyPublished", id)
            .concerning(round.office)
            .with("ceremonySha256", hex(&ceremony.digest()))
            .with("recipient", ceremony.recipient())
            .with("threshold", ceremony.threshold())
            .with("sealedLength", key.sealed_length);
        Ok(record(tx, actor(caller), act, id).await?)
    })
    .await
}

async fn made(
    tx: &mut Tx,
    round: &Round,
    (ceremony, signatures): (&Ceremony, &[String]),
    now: Timestamp,
) -> Result<RoundKey, Error> {
    let specs = usize::try_from(custody::spec_count(tx, round.id).await?).unwrap_or_default();
    Ok(RoundKey {
        round: round.id,
        ceremony: ceremony.to_canonical(),
        signatures: signatures.to_vec(),
        sealed_length: i32::try_from(sealed_length(specs)).unwrap_or(i32::MAX),
        published_at: now,
    })
}

/// One signature a custodian, in the order of their places.
fn in_order(ceremony: &Ceremony, signatures: &[CeremonySignature]) -> Vec<String> {
    let of = |position: u8| signatures.iter().find(|signature| signature.position() == position);
    let found = ceremony.custodians().iter().filter_map(|custodian| of(custodian.position));
    found.map(CeremonySignature::to_canonical).collect()
}

/// Who holds which share, when the ceremony is of the round and its custodians as they are announced. Errors: `CEREMONY_INVALID`.
fn holders(
    round: &Round,
    ceremony: &Ceremony,
    announced: Vec<Custodian>,
) -> Result<Vec<(u8, UserId, CustodianKeyId)>, Refusal> {
    let unlike = |what: String| Refusal::of(Code::CeremonyInvalid).at("ceremony").allowing(what);
    if ceremony.round() != round.id.to_string() {
        return Err(unlike(format!("the ceremony of {}", round.id)));
    }
    if ceremony.threshold() != round.threshold || ceremony.custodians().len() != announced.len() {
        return Err(unlike(format!("{} of {} custodians, as announced", round.threshold, announced.len())));
    }
    let named = ceremony.custodians().iter().zip(announced);
    named
        .map(|(named, Custodian { position, custodian, key })| match key {
            Some((key, line)) if named.position == position && named.public.to_string() == line => {
                Ok((position, custodian, key))
            }
            _other => Err(unlike(format!("the registered keys of {custodian} at place {position}"))),
        })
        .collect()
}

fn untrusted(error: SealError) -> Refusal {
    Refusal::of(Code::CeremonyInvalid).at("signatures").allowing(error.expected().0)
}

/// The public half of the key that a round's shares are brought under. Errors: `FORBIDDEN`, `NOT_FOUND`.
pub async fn opening_recipient(app: &App, caller: &Caller, round: RoundId) -> Result<String, Error> {
    caller.require(Permission::HoldShares)?;
    let mut tx = app.store.read().await?;
    rounds::announced(&mut tx, round).await?;
    Ok(opening_key(app, round)?.recipient().to_string())
}

/// The key that a round's shares are brought under: derived, so that neither the database nor a file has it.
pub(crate) fn opening_key(app: &App, round: RoundId) -> Result<OpeningKey, Error> {
    let seed = Zeroizing::new(app.secret.derive(Purpose::Opening, &[&round.number().to_be_bytes()]));
    OpeningKey::derive(&seed).map_err(|error| Error::Broken(error.into()))
}
