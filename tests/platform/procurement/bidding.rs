//! A round that takes bids, with custodians who hold its key.
use jicai_domain::ids::{Id, RoundId};
use jicai_seal::{
    BidKey, BidLine, BidPlain, Ceremony, CustodianKey, CustodianPublic, Envelope, SealedShare, hold_ceremony,
    seal_bid,
};
use jicai_store::fresh;
use serde_json::{Value, json};

use crate::support::actor::{Actor, Outcome, key};
use crate::support::postgres::execute;
use crate::support::world::World;

/// The announcement has no specs here, so every envelope holds this.
pub(super) const LENGTH: usize = 4_096;

pub(super) struct Bidding {
    pub(super) world: World,
    pub(super) office: Actor,
    pub(super) custodians: Vec<Actor>,
    pub(super) keys: Vec<CustodianKey>,
    pub(super) round: String,
}

/// A manufacturer with a registered key.
pub(super) struct Bidder {
    pub(super) actor: Actor,
    pub(super) key: BidKey,
}

impl Bidding {
    /// A round with three custodians, two of whom open it, that takes bids from and until so many minutes from now. Its key is not published.
    pub(super) async fn announced(from: i64, until: i64) -> Bidding {
        let world = World::new().await;
        let office = world.manager("PROCUREMENT_OFFICE", "320000").await;
        let (mut custodians, mut keys) = (Vec::new(), Vec::new());
        for name in ["first", "second", "third"] {
            let custodian = world.clerk(&office, name, "KEY_CUSTODIAN").await;
            let key = CustodianKey::generate().unwrap();
            registers(&custodian, "registerCustodianKey", &key.public().to_string()).await.done();
            custodians.push(custodian);
            keys.push(key);
        }
        let round = announce(&world, &office, &custodians, (from, until)).await;
        Bidding { world, office, custodians, keys, round }
    }

    /// The same with its key published, taking bids for an hour.
    pub(super) async fn open() -> Bidding {
        let bidding = Self::announced(-60, 60).await;
        let (ceremony, shares) = bidding.holds_ceremony(2);
        bidding.publishes(&ceremony, &bidding.sign(&ceremony, &shares)).await.done();
        bidding
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

    /// Lets the deadline pass and waits until the round is sealed.
    pub(super) async fn is_sealed(&self) -> Value {
        self.world.moves_clock_to(3 * 3_600).await;
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

async fn announce(world: &World, office: &Actor, custodians: &[Actor], (from, until): (i64, i64)) -> String {
    let round: RoundId = fresh();
    let (id, office_id, user) =
        (format!("{:032x}", round.number()), uuid(&office.organization), uuid(&office.user));
    let named: Vec<String> = custodians
        .iter()
        .zip(1..)
        .map(|(custodian, place)| format!("('{id}', '{}', {place})", uuid(&custodian.user)))
        .collect();
    let minutes = |minutes: i64| format!("app_clock() + interval '{minutes} minutes'");
    let statement = format!(
        "INSERT INTO rounds (id, office, status, edition, drafted_by, announced_by, name, product_kind, rules, disclosure,
             past_use_share, threshold, demand_from, demand_until, qualification_until, bids_from, bids_until, opening_from,
             version, created_at)
         VALUES ('{id}', '{office_id}', 'ANNOUNCED', 1, '{user}', '{user}', '轮次', 'DRUG', '', 'EVERYTHING', 0.8, 2,
             {}, {}, {}, {}, {}, {}, 2, app_clock());
         INSERT INTO round_custodians (round, custodian, position) VALUES {}",
        minutes(from - 20),
        minutes(from - 10),
        minutes(from),
        minutes(from),
        minutes(until),
        minutes(until),
        named.join(", "),
    );
    execute(&world.database.owner, &statement).await;
    round.to_string()
}

/// The number of an id on the wire, as the database has it.
pub(super) fn uuid(id: &str) -> &str {
    id.split_once('_').unwrap().1
}
