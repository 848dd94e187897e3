//! A share is opened only to be compared with the digest that the ceremony published, and kept as it came: under a key that the platform
//! derives for the round and nobody stores.
use jicai_domain::audit::Act;
use jicai_domain::errors::{Code, Refusal};
use jicai_domain::identity::{Caller, Permission};
use jicai_domain::ids::{RoundId, UserId};
use jicai_domain::jobs::JobKind;
use jicai_domain::procurement::round::{Round, RoundCommand, RoundStatus};
use jicai_seal::{Ceremony, OpeningKey, SealError, ShareEnvelope};
use jicai_store::audit::{record, record_with};
use jicai_store::jobs;
use jicai_store::procurement::{custody, rounds, shares};
use jicai_store::{Recorded, Tx};

use crate::app::App;
use crate::audit::actor;
use crate::errors::Error;
use crate::procurement::custody::opening_key;

/// A custodian's share, as `jicai custodian share` writes it.
pub struct SubmitShare {
    /// The round.
    pub round: RoundId,
    /// The text of the file.
    pub envelope: String,
}

/// The answer to a share. A share that is given again is answered in the same way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ShareGiven {
    /// The custodian's place in the ceremony.
    pub position: u8,
    /// How many custodians have given theirs.
    pub given: usize,
    /// How many are needed.
    pub needed: u8,
}

/// Takes a share of the round's key. Only once the bids are sealed and the hour of opening has come. The last one that is needed begins the
/// opening. Errors: `FORBIDDEN`, `NOT_FOUND` for whoever is no custodian of the round, `ROUND_CLOSED` too early, `ROUND_STATE`,
/// `SHARE_INVALID`, `SHARE_WRONG` naming the custodian.
pub async fn submit_share(app: &App, caller: &Caller, command: SubmitShare) -> Result<ShareGiven, Error> {
    caller.require(Permission::HoldShares)?;
    let custodian = caller.user()?;
    let mut tx = app.store.read().await?;
    let round = rounds::announced(&mut tx, command.round).await?;
    let position = custody::place_of(&mut tx, round.id, custodian).await?;
    let position = position.ok_or(Refusal::of(Code::NotFound).at("round"))?;
    round.accepts_shares(tx.now().await?)?;
    let (ceremony, _length) = ceremony_of(&mut tx, round.id).await?;
    drop(tx);
    let key = opening_key(app, round.id)?;
    let envelope = match checked(&key, &ceremony, position, &command) {
        Ok(envelope) => envelope,
        Err(refusal) => return refuse(app, caller, (&round, position), refusal).await,
    };
    let keep = async |tx: &mut Tx| {
        let round = rounds::lock_announced(tx, command.round).await?;
        round.accepts_shares(tx.now().await?)?;
        keep(tx, caller, round, (position, custodian, ceremony.threshold()), &envelope.ciphertext).await
    };
    app.store.write("submit_share", keep).await
}

async fn keep(
    tx: &mut Tx,
    caller: &Caller,
    round: Round,
    (position, custodian, needed): (u8, UserId, u8),
    envelope: &[u8],
) -> Result<Recorded<ShareGiven>, Error> {
    let added = shares::add(tx, round.id, (position, custodian), envelope).await?;
    let given = shares::count(tx, round.id).await?;
    let answer = ShareGiven { position, given, needed };
    let kind = if added { "RoundShareAccepted" } else { "RoundShareRepeated" };
    let accepted = act(kind, &round).with("position", position).with("given", given).with("needed", needed);
    let more = if given >= usize::from(needed) && round.status == RoundStatus::Sealed {
        vec![begin(tx, round).await?]
    } else {
        Vec::new()
    };
    Ok(record_with(tx, actor(caller), accepted, more, answer).await?)
}

async fn begin(tx: &mut Tx, round: Round) -> Result<Act, Error> {
    let expected = round.version;
    let begun = round.apply(RoundCommand::BeginOpening)?;
    rounds::save_state(tx, &begun, expected).await?;
    jobs::put(tx, JobKind::OpenRound, &begun.id.to_string()).await?;
    Ok(act("RoundOpeningBegun", &begun))
}

fn act(kind: &'static str, round: &Round) -> Act {
    Act::new(kind, round.id).concerning(round.office)
}

/// The share as it came, if it is the custodian's published one.
fn checked(
    key: &OpeningKey,
    ceremony: &Ceremony,
    position: u8,
    command: &SubmitShare,
) -> Result<ShareEnvelope, Refusal> {
    let invalid = |_why: SealError| Refusal::of(Code::ShareInvalid).at("share");
    let envelope = ShareEnvelope::parse(command.envelope.trim_end()).map_err(invalid)?;
    if envelope.round != command.round.to_string() {
        return Err(Refusal::of(Code::ShareInvalid).at("share"));
    }
    match key.open_share(ceremony, position, &envelope.ciphertext) {
        Ok(_share) => Ok(envelope),
        Err(SealError::ShareMismatch(_)) => {
            Err(Refusal::of(Code::ShareWrong).at("share").allowing(custodian_line(ceremony, position)))
        }
        Err(why) => Err(invalid(why)),
    }
}

/// The custodian as the ceremony names them.
fn custodian_line(ceremony: &Ceremony, position: u8) -> String {
    let named = ceremony.custodians().iter().find(|custodian| custodian.position == position);
    named.map_or_else(String::new, |custodian| format!("{position}: {}", custodian.public))
}

/// Leaves the refusal in the log with the name of the custodian: whoever brings a wrong share may want to hinder the opening.
async fn refuse(
    app: &App,
    caller: &Caller,
    (round, position): (&Round, u8),
    refusal: Refusal,
) -> Result<ShareGiven, Error> {
    let code = refusal.code.spec().name;
    app.store
        .write("refuse_share", async |tx| {
            let act = act("RoundShareRefused", round).with("position", position).with("code", code);
            Ok::<_, Error>(record(tx, actor(caller), act, ()).await?)
        })
        .await?;
    Err(refusal.into())
}

/// The ceremony that published the round's key, and the length of its envelopes. Errors: `NOT_FOUND`.
pub(super) async fn ceremony_of(tx: &mut Tx, round: RoundId) -> Result<(Ceremony, usize), Error> {
    let key = custody::round_key(tx, round).await?.ok_or(Refusal::of(Code::NotFound))?;
    let length = usize::try_from(key.sealed_length).map_err(|error| Error::Broken(error.into()))?;
    Ok((Ceremony::parse(&key.ceremony).map_err(|error| Error::Broken(error.into()))?, length))
}
