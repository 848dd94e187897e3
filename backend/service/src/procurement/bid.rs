//! Bids: the key that signs them, sealing, replacing and withdrawing them, and what a bidder sees of its own.
use jicai_domain::audit::{Act, IdempotencyKey, hex};
use jicai_domain::errors::{Code, Refusal};
use jicai_domain::identity::{Caller, Permission, Scope};
use jicai_domain::ids::{BidKeyId, Id, OrganizationId, RoundId};
use jicai_domain::procurement::bid::{Arrival, Bid, BidStatus};
use jicai_domain::procurement::custody::RegisteredKey;
use jicai_domain::time::Timestamp;
use jicai_seal::{BidPublic, ENVELOPE_OVERHEAD_MAX, Envelope, Receipt, ReceiptKind, SignedReceipt};
use jicai_store::audit::{record, withhold};
use jicai_store::procurement::bids::{self, Submission};
use jicai_store::procurement::{custody, rounds};
use jicai_store::{Page, Part, Recorded, Tx, fresh};

use crate::app::App;
use crate::audit::{Answer, ReceiptSigner, actor, keyed, once};
use crate::errors::Error;

/// A bidder's registered key.
pub type BidKey = RegisteredKey<BidKeyId, OrganizationId>;

/// What happened to a bid, with its receipt.
pub struct Receipted {
    /// The bid as it was after that.
    pub bid: Bid,
    /// What the platform says it received.
    pub receipt: SignedReceipt,
}

/// Registers the key that signs the bids of the caller's organization, in place of the one before: what was sealed stays under that.
/// Errors: `FORBIDDEN`, `PUBLIC_KEY_TAKEN`.
pub async fn register_bid_key(
    app: &App,
    caller: &Caller,
    public: &BidPublic,
    key: &IdempotencyKey,
) -> Result<BidKeyId, Error> {
    caller.require(Permission::SubmitBids)?;
    let line = public.to_string();
    let keyed = keyed(app, Some(caller), key, "register_bid_key", &[&line]);
    once(app, &keyed, async |tx| {
        let id: BidKeyId = fresh();
        custody::add_bid_key(tx, caller.organization, (id, &line)).await?;
        let act = Act::new("BidKeyRegistered", id).with("publicLine", &line);
        Ok(record(tx, actor(caller), act, id).await?)
    })
    .await
}

/// The key that signs the bids of the caller's organization; none when none is registered. Errors: `FORBIDDEN`.
pub async fn bid_key(app: &App, caller: &Caller) -> Result<Option<BidKey>, Error> {
    let scope = caller.require(Permission::SubmitBids)?;
    let mut tx = app.store.read().await?;
    Ok(custody::bid_key(&mut tx, &scope).await?)
}

/// Seals a bid, or puts another in place of it. The round is held against its sealing, not against other bidders; the deadline is judged
/// after it is held, by the database's clock.
/// Errors: `FORBIDDEN`, `NOT_FOUND`, `ROUND_CLOSED`, `ROUND_STATE`, `ROUND_KEY_MISSING`, `BID_KEY_MISSING`, `ENVELOPE_INVALID`, `BID_VERSION`.
pub async fn submit_bid(
    app: &App,
    caller: &Caller,
    envelope: &Envelope,
    key: &IdempotencyKey,
) -> Result<SignedReceipt, Error> {
    let scope = caller.require(Permission::SubmitBids)?;
    let invalid = |what: &str| Refusal::of(Code::EnvelopeInvalid).at("envelope").allowing(what.to_owned());
    let round = RoundId::parse(&envelope.round).map_err(|_refusal| invalid("the id of a round"))?;
    if envelope.bidder != caller.organization.to_string() {
        return Err(invalid(&format!("an envelope of {}", caller.organization)).into());
    }
    let said = [envelope.round.as_str(), &envelope.version.to_string(), &hex(&envelope.digest)];
    let keyed = keyed(app, Some(caller), key, "submit_bid", &said);
    let Received(receipt) = once(app, &keyed, async |tx| {
        let now = open_round(tx, round).await?;
        check_length(tx, round, envelope).await?;
        bids::reach_own(tx, &scope).await?;
        let registered = custody::bid_key(tx, &scope).await?.ok_or(Refusal::of(Code::BidKeyMissing))?;
        let current = bids::lock_own(tx, &scope, round).await?;
        let arrival = Arrival {
            version: i32::try_from(envelope.version).map_err(|_large| invalid("a version within bounds"))?,
            key: registered.id,
            commitment: envelope.commitment,
            digest: envelope.digest,
            at: now,
        };
        let bid = Bid::seal(current.as_ref(), (fresh(), round, caller.organization), arrival)?;
        happened(tx, caller, bid, Some(&envelope.ciphertext)).await
    })
    .await?;
    Ok(ReceiptSigner::of(app).await?.sign(receipt))
}

/// Takes the bid of the caller's organization back; its envelope is gone. Another may be sealed until the deadline.
/// Errors: `FORBIDDEN`, `NOT_FOUND`, `ROUND_CLOSED`, `ROUND_STATE`, `BID_STATE`, `BID_VERSION`.
pub async fn withdraw_bid(
    app: &App,
    caller: &Caller,
    (round, version): (RoundId, i32),
    key: &IdempotencyKey,
) -> Result<SignedReceipt, Error> {
    let scope = caller.require(Permission::SubmitBids)?;
    let said = [round.to_string(), version.to_string()];
    let keyed = keyed(app, Some(caller), key, "withdraw_bid", &said.each_ref().map(String::as_str));
    let Received(receipt) = once(app, &keyed, async |tx| {
        let now = open_round(tx, round).await?;
        bids::reach_own(tx, &scope).await?;
        let current = bids::lock_own(tx, &scope, round).await?.ok_or(Refusal::of(Code::BidState))?;
        happened(tx, caller, current.withdraw(version, now)?, None).await
    })
    .await?;
    Ok(ReceiptSigner::of(app).await?.sign(receipt))
}

/// Holds a round that takes bids now, and the time that it was judged by.
async fn open_round(tx: &mut Tx, wanted: RoundId) -> Result<Timestamp, Error> {
    let round = rounds::share(tx, wanted).await?;
    let now = tx.now().await?;
    round.accepts_bids(now)?;
    Ok(now)
}

/// Every envelope of a round holds as many bytes; more cannot be known of it before the opening.
async fn check_length(tx: &mut Tx, round: RoundId, envelope: &Envelope) -> Result<(), Error> {
    let length = custody::sealed_length(tx, round).await?.ok_or(Refusal::of(Code::RoundKeyMissing))?;
    let least = usize::try_from(length).unwrap_or(usize::MAX);
    let most = least.saturating_add(ENVELOPE_OVERHEAD_MAX);
    if (least..=most).contains(&envelope.ciphertext.len()) {
        return Ok(());
    }
    let refusal = Refusal::of(Code::EnvelopeInvalid).at("envelope");
    Err(refusal.allowing(format!("a bid that was padded to {length} bytes")).into())
}

/// Keeps what happened to a bid. Its entry waits for the sealing, because until then nothing visible may count bidders.
async fn happened(
    tx: &mut Tx,
    caller: &Caller,
    bid: Bid,
    ciphertext: Option<&[u8]>,
) -> Result<Recorded<Received>, Error> {
    let submission = Submission { bid, by: caller.user()? };
    bids::save(tx, &submission, ciphertext).await?;
    let bid = submission.bid;
    let kind = match bid.status {
        BidStatus::Sealed => "BidSealed",
        BidStatus::Withdrawn => "BidWithdrawn",
    };
    let act = Act::new(kind, bid.id)
        .with("round", bid.round)
        .with("version", bid.version)
        .with("commitmentSha256", hex(&bid.commitment))
        .with("ciphertextSha256", hex(&bid.digest));
    Ok(withhold(tx, (bid.round, actor(caller)), act, Received(receipt(&bid))).await?)
}

fn receipt(bid: &Bid) -> Receipt {
    let received = jiff::Timestamp::from_microsecond(bid.received_at.micros()).unwrap_or_default();
    Receipt {
        kind: match bid.status {
            BidStatus::Sealed => ReceiptKind::Sealed,
            BidStatus::Withdrawn => ReceiptKind::Withdrawn,
        },
        round: bid.round.to_string(),
        bidder: bid.bidder.to_string(),
        bid: bid.id.to_string(),
        version: u32::try_from(bid.version).unwrap_or_default(),
        commitment: bid.commitment,
        ciphertext_sha256: bid.digest,
        received_at: format!("{received:.6}"),
    }
}

/// A receipt as the answer that a repeated request gets again.
struct Received(Receipt);

impl Answer for Received {
    fn to_text(&self) -> String {
        self.0.to_canonical()
    }

    fn from_text(text: &str) -> Option<Self> {
        Receipt::parse(text).ok().map(Self)
    }
}

/// The bid of the caller's own organization in a round; none when it never sealed one. Errors: `FORBIDDEN`, `NOT_FOUND`.
pub async fn own_bid(app: &App, caller: &Caller, round: RoundId) -> Result<Option<Bid>, Error> {
    let scope = caller.require(Permission::SubmitBids)?;
    app.store.keep("own_bid", async |tx| reach(tx, &scope, round).await).await
}

/// What happened to the bid of the caller's own organization in a round, with the receipts, the newest first.
/// Errors: `FORBIDDEN`, `NOT_FOUND`.
pub async fn own_submissions(
    app: &App,
    caller: &Caller,
    round: RoundId,
    page: &Page<(i32, BidStatus)>,
) -> Result<Part<Receipted>, Error> {
    let scope = caller.require(Permission::SubmitBids)?;
    let found = app
        .store
        .keep("own_submissions", async |tx| {
            let Some(bid) = reach(tx, &scope, round).await? else {
                return Ok(Part { rows: Vec::new(), more: false });
            };
            Ok::<_, Error>(bids::submissions(tx, &bid, page).await?)
        })
        .await?;
    let signer = ReceiptSigner::of(app).await?;
    let receipted = |Submission { bid, by: _ }: Submission| {
        let receipt = signer.sign(receipt(&bid));
        Receipted { bid, receipt }
    };
    Ok(Part { rows: found.rows.into_iter().map(receipted).collect(), more: found.more })
}

async fn reach(tx: &mut Tx, scope: &Scope, round: RoundId) -> Result<Option<Bid>, Error> {
    rounds::announced(tx, round).await?;
    bids::reach_own(tx, scope).await?;
    Ok(bids::own(tx, scope, round).await?)
}
