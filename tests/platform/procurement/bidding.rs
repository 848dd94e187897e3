//! A round that takes bids, with custodians who hold its key.
use jicai_seal::{
    BidKey, BidLine, BidPlain, Ceremony, CustodianKey, CustodianPublic, Envelope, SealedShare, hold_ceremony,
    seal_bid,
};
use serde_json::{Value, json};

use crate::support::actor::{Actor, Outcome, key};
use crate::support::rounds::{Live, a_round, announced, in_seconds};
use crate::support::world::World;

/// What every envelope of a round with three specs holds.
pub(super) const LENGTH: usize = 8_192;
/// Minutes after which the round takes bids, and no longer.
const FROM: i64 = 30;
const UNTIL: i64 = 90;

pub(super) struct Bidding {
    pub(super) world: World,
    pub(super) office: Actor,
    pub(super) custodians: Vec<Actor>,
    pub(super) keys: Vec<CustodianKey>,
    pub(super) round: String,
    /// What it announces.
    pub(super) announcement: Value,
}

/// A manufacturer with a registered key.
pub(super) struct Bidder {
    pub(super) actor: Actor,
    pub(super) key: BidKey,
}

impl Bidding {
    /// A round with three custodians, two of whom open it, long before it takes bids. Its key is not published.
    pub(super) async fn announced() -> Bidding {
        let world = World::new().await;
        let at = |minutes: i64| in_seconds(minutes * 60);
        let mut announcement = a_round();
        announcement["calendar"] = json!({ "demandFrom": at(10), "demandUntil": at(20), "bidsFrom": at(FROM),
            "qualificationUntil": at(UNTIL), "bidsUntil": at(UNTIL), "openingFrom": at(UNTIL) });
        let Live { id: round, office, custodians, .. } = announced(&world, announcement.clone()).await;
        announcement["custodians"] = custodians.iter().map(|one| json!(one.user)).collect();
        let mut keys = Vec::new();
        for custodian in &custodians {
            let key = CustodianKey::generate().unwrap();
            registers(custodian, "registerCustodianKey", &key.public().to_string()).await.done();
            keys.push(key);
        }
        Bidding { world, office, custodians, keys, round, announcement }
    }

    /// The same with its key published, taking bids.
    pub(super) async fn open() -> Bidding {
        let bidding = Self::announced().await;
        let (ceremony, shares) = bidding.holds_ceremony(2);
        bidding.publishes(&ceremony, &bidding.sign(&ceremony, &shares)).await.done();
        bidding.takes_bids().await;
        bidding
    }

    /// Lets the time come when bids are taken, and waits until a job has written that they are.
    pub(super) async fn takes_bids(&self) {
        self.world.moves_clock_to((FROM + 1) * 60).await;
        let begun = std::time::Instant::now();
        while self.version().await < 4 {
            assert!(begun.elapsed().as_secs() < 60, "the round is not moved");
        }
    }

    pub(super) fn publics(&self) -> Vec<CustodianPublic> {
        self.keys.iter().map(CustodianKey::public).collect()
    }

    pub(super) fn holds_ceremony(&self, threshold: u8) -> (Ceremony, Vec<SealedShare>) {
        hold_ceremony(&self.round, &self.publics(), threshold).unwrap()
    }

    pub(super) fn sign(&self, ceremony: &Ceremony, shares: &[SealedShare]) -> Vec<String> {
        let sign = |(key, sealed): (&CustodianKey, &SealedShare)| {
            let share = key.open_share(ceremony, &sealed.ciphertext).unwrap();
            key.sign_ceremony(ceremony, &share).unwrap().to_canonical()
        };
        self.keys.iter().zip(shares).map(sign).collect()
    }

    pub(super) async fn publishes(&self, ceremony: &Ceremony, signatures: &[String]) -> Outcome {
        self.publishes_as(&self.office, ceremony, signatures).await
    }

    pub(super) async fn publishes_as(
        &self,
        who: &Actor,
        ceremony: &Ceremony,
        signatures: &[String],
    ) -> Outcome {
        let input = json!({ "round": self.round, "ceremony": ceremony.to_canonical(), "signatures": signatures,
            "idempotencyKey": key() });
        who.does("publishRoundKey", input, "round").await
    }

    pub(super) async fn bidder(&self) -> Bidder {
        let actor = self.world.manager("MANUFACTURER", "320000").await;
        let key = BidKey::generate().unwrap();
        registers(&actor, "registerBidKey", &key.public().to_string()).await.done();
        Bidder { actor, key }
    }

    /// The published key of the round.
    pub(super) async fn ceremony(&self) -> Ceremony {
        let query = format!("{{ roundKey(round: {:?}) {{ ceremony }} }}", self.round);
        let found = self.world.nobody().asks(&query).await.done();
        Ceremony::parse(found["ceremony"].as_str().unwrap()).unwrap()
    }

    pub(super) async fn envelope(&self, bidder: &Bidder, version: u32, price: &str) -> Envelope {
        self.envelope_of(bidder, (version, price), LENGTH).await
    }

    /// One whose content has that many bytes.
    pub(super) async fn envelope_of(
        &self,
        bidder: &Bidder,
        (version, price): (u32, &str),
        length: usize,
    ) -> Envelope {
        let line = BidLine {
            product: "prd_00000000000000000000000000000001".to_owned(),
            price: price.parse().unwrap(),
            units: 24,
        };
        let bid = BidPlain::new(&self.round, &bidder.actor.organization, (version, 1), vec![line]).unwrap();
        seal_bid(&bid, &bidder.key, self.ceremony().await.recipient(), length).unwrap()
    }

    /// Seals a bid at a price.
    pub(super) async fn seals(&self, bidder: &Bidder, version: u32, price: &str) -> Outcome {
        submits(&bidder.actor, &self.envelope(bidder, version, price).await.to_canonical()).await
    }

    pub(super) async fn withdraws(&self, bidder: &Bidder, version: u32) -> Outcome {
        let input = json!({ "round": self.round, "version": version, "idempotencyKey": key() });
        bidder.actor.does("withdrawBid", input, "receipt").await
    }

    /// The version that the round is at.
    pub(super) async fn version(&self) -> i64 {
        let query = format!("{{ round(id: {:?}) {{ version }} }}", self.round);
        self.world.nobody().asks(&query).await.done()["version"].as_i64().unwrap()
    }

    /// Lets the deadline pass and waits until the round is sealed.
    pub(super) async fn is_sealed(&self) -> Value {
        self.is_sealed_at(3 * 3_600).await
    }

    /// The same at that many seconds from the beginning.
    pub(super) async fn is_sealed_at(&self, seconds: i64) -> Value {
        self.world.moves_clock_to(seconds).await;
        let query = format!("{{ roundSealing(round: {:?}) {{ root size sealedAt }} }}", self.round);
        let begun = std::time::Instant::now();
        loop {
            let sealing = self.world.nobody().asks(&query).await.done();
            if !sealing.is_null() {
                return sealing;
            }
            assert!(begun.elapsed().as_secs() < 90, "the round is not sealed");
        }
    }
}

pub(super) async fn registers(actor: &Actor, mutation: &str, line: &str) -> Outcome {
    actor.does(mutation, json!({ "publicLine": line, "idempotencyKey": key() }), "id").await
}

pub(super) async fn submits(actor: &Actor, envelope: &str) -> Outcome {
    actor.does("submitBid", json!({ "envelope": envelope, "idempotencyKey": key() }), "receipt").await
}

/// The text of a receipt.
pub(super) fn receipt(outcome: Outcome) -> String {
    outcome.done()["receipt"].as_str().unwrap().to_owned()
}

/// The number of an id on the wire, as the database has it.
pub(super) fn uuid(id: &str) -> &str {
    id.split_once('_').unwrap().1
}
