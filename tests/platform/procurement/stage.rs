//! A round whose bids are sealed, with the custodians who open it.
use jicai_domain::procurement::bid::sealed_length;
use jicai_seal::{
    BidKey, BidLine, BidPlain, Ceremony, CustodianKey, Envelope, Recipient, SealedShare, Share,
    hold_ceremony, seal_bid,
};
use serde_json::{Value, json};

use super::bidding::{registers, submits, uuid};
use super::qualification::{applies, approves, product};
use crate::support::actor::{Actor, Outcome, key};
use crate::support::http::{Reply, send};
use crate::support::postgres::execute;
use crate::support::rounds::{BIDS, BIDS_END, DEMAND, HOUR, Live, OPENING, a_round, announced};
use crate::support::worker::Worker;
use crate::support::world::World;

/// Specs of the announcement.
const SPECS: usize = 3;

/// A manufacturer with a product for the first spec of the first lot, `P`, and one for the second lot, `Q`.
pub(super) struct Firm {
    pub(super) actor: Actor,
    pub(super) key: BidKey,
    pub(super) products: [String; 2],
}

pub(super) struct Stage {
    pub(super) world: World,
    pub(super) live: Live,
    pub(super) keys: Vec<CustodianKey>,
    pub(super) ceremony: Ceremony,
    pub(super) shares: Vec<SealedShare>,
    pub(super) firms: Vec<Firm>,
    /// The hospital in Nanjing that reported demand.
    pub(super) hospitals: Vec<Actor>,
}

impl Stage {
    /// A round with that disclosure, two lots of which the first one takes two firms, and so many qualified firms. It takes bids.
    pub(super) async fn bidding(world: World, disclosure: &str, firms: usize) -> Stage {
        let mut announcement = a_round();
        announcement["disclosure"] = json!(disclosure);
        announcement["lots"][0]["cap"] = json!(2);
        Self::announcing(world, announcement, firms).await
    }

    /// A round that announces that, with so many qualified firms. It takes bids.
    pub(super) async fn announcing(world: World, announcement: Value, firms: usize) -> Stage {
        let live = announced(&world, announcement).await;
        let keys: Vec<CustodianKey> =
            live.custodians.iter().map(|_custodian| CustodianKey::generate().unwrap()).collect();
        for (custodian, key) in live.custodians.iter().zip(&keys) {
            registers(custodian, "registerCustodianKey", &key.public().to_string()).await.done();
        }
        let publics: Vec<_> = keys.iter().map(CustodianKey::public).collect();
        let (ceremony, shares) = hold_ceremony(&live.id, &publics, 2).unwrap();
        let signatures: Vec<String> = keys
            .iter()
            .zip(&shares)
            .map(|(key, sealed)| {
                let share = key.open_share(&ceremony, &sealed.ciphertext).unwrap();
                key.sign_ceremony(&ceremony, &share).unwrap().to_canonical()
            })
            .collect();
        let input = json!({ "round": live.id, "ceremony": ceremony.to_canonical(), "signatures": signatures,
            "idempotencyKey": key() });
        live.office.does("publishRoundKey", input, "round").await.done();
        let mut stage =
            Stage { world, live, keys, ceremony, shares, firms: Vec::new(), hospitals: Vec::new() };
        for _number in 0..firms {
            stage.firms.push(stage.firm().await);
        }
        stage.demand().await;
        stage.at(BIDS * HOUR + 1).await;
        stage
    }

    /// A firm that is qualified with two products.
    async fn firm(&self) -> Firm {
        let actor = self.world.manager("MANUFACTURER", "320000").await;
        let bid_key = BidKey::generate().unwrap();
        registers(&actor, "registerBidKey", &bid_key.public().to_string()).await.done();
        let named = |lot, code, number: &str| {
            let mut product = product(self.live.spec(lot, code), &format!("产品{}", self.firms.len()));
            product["approvalNumber"] = json!(number);
            product
        };
        let offered = [named(1, "10", "国药准字H20123298"), named(2, "100", "国药准字H20123299")];
        let written = applies(&actor, &self.live.id, &offered).await;
        approves(&self.live.office, &written).await;
        let products = written.products.try_into().unwrap();
        Firm { actor, key: bid_key, products }
    }

    /// Locked demand of a hospital in Nanjing: by generic name, and for the first firm's product.
    async fn demand(&mut self) {
        let reviewer = self.world.manager("REVIEW_BODY", "320000").await;
        self.hospitals.push(self.world.manager("HOSPITAL", "320106").await);
        self.at(DEMAND * HOUR + 1).await;
        let (hospital, spec) = (&self.hospitals[0], self.live.spec(1, "10"));
        let brand = self.firms.first().map(|firm| firm.products[0].clone());
        let line = |product: Option<String>, volume: &str| json!({ "spec": spec, "product": product, "volume": volume, "pastUse": "0" });
        let mut lines = vec![line(None, "1000")];
        lines.extend(brand.map(|brand| line(Some(brand), "501")));
        let input = json!({ "round": self.live.id, "lines": lines, "idempotencyKey": key() });
        let filled = hospital.does("fillDemand", input, "id").await.done();
        let form = filled["id"].as_str().unwrap();
        hospital.moves("submitDemand", (form, 1), None).await.done();
        let reviewer = self.world.logs_in(&reviewer.login).await;
        reviewer.moves("approveDemand", (form, 2), None).await.done();
    }

    /// Locked demand for the second lot in other provinces too: so many units in each.
    pub(super) async fn demand_in(&self, provinces: &[(&str, u32)]) {
        let (round, spec) = (uuid(&self.live.id), uuid(self.live.spec(2, "100")));
        for (number, (region, volume)) in provinces.iter().enumerate() {
            let (form, institution) =
                (format!("{:032x}", 0xd000 + number), format!("{:032x}", 0xe000 + number));
            let statement = format!(
                "INSERT INTO organizations SELECT (jsonb_populate_record(o, jsonb_build_object('id', '{institution}',
                     'name', '医院{number}', 'credit_code', '{number:018}'))).* FROM organizations o WHERE o.kind = 'HOSPITAL' LIMIT 1;
                 INSERT INTO round_regions (round, region) VALUES ('{round}', '{region}') ON CONFLICT DO NOTHING;
                 INSERT INTO demand_forms (id, round, institution, region, status, version, created_at, status_since)
                 VALUES ('{form}', '{round}', '{institution}', '{region}', 'LOCKED', 1, app_clock(), app_clock());
                 INSERT INTO demand_lines (form, spec, product, volume, past_use) VALUES ('{form}', '{spec}', NULL, {volume}, 0)"
            );
            execute(&self.world.database.owner, &statement).await;
        }
    }

    /// So many seconds after the round was made; everybody logs in again.
    pub(super) async fn at(&mut self, seconds: i64) {
        self.world.moves_clock_to(seconds).await;
        let actors = self.live.custodians.iter_mut().chain([&mut self.live.office]);
        let parties = self.firms.iter_mut().map(|firm| &mut firm.actor).chain(&mut self.hospitals);
        for actor in actors.chain(parties) {
            *actor = self.world.logs_in(&actor.login).await;
        }
    }

    /// What a firm seals: lines of product and pack price.
    pub(super) fn envelope(&self, firm: &Firm, lines: &[(&str, &str)]) -> Envelope {
        let lines = lines.iter().map(|(product, price)| BidLine {
            product: (*product).to_owned(),
            price: price.parse().unwrap(),
            units: 10,
        });
        let bid = BidPlain::new(&self.live.id, &firm.actor.organization, (1, 1), lines.collect()).unwrap();
        seal_bid(&bid, &firm.key, self.ceremony.recipient(), sealed_length(SPECS)).unwrap()
    }

    /// A firm seals what it offers for its first product, and for its second.
    pub(super) async fn seals(&self, firm: usize, prices: [&str; 2]) -> Envelope {
        let firm = &self.firms[firm];
        let lines: Vec<(&str, &str)> = firm.products.iter().map(String::as_str).zip(prices).collect();
        let envelope = self.envelope(firm, &lines);
        submits(&firm.actor, &envelope.to_canonical()).await.done();
        envelope
    }

    /// Lets the deadline pass and waits until the round is sealed.
    pub(super) async fn is_sealed(&mut self) {
        self.at(BIDS_END * HOUR + 1).await;
        self.comes_to("SEALED").await;
    }

    /// Lets the hour of opening come.
    pub(super) async fn may_be_opened(&mut self) {
        self.is_sealed().await;
        self.at(OPENING * HOUR + 1).await;
    }

    /// Waits until the round is so far.
    pub(super) async fn comes_to(&self, status: &str) {
        let begun = std::time::Instant::now();
        while self.live.status().await != status {
            assert!(begun.elapsed().as_secs() < 90, "the round does not come to {status}");
        }
    }

    /// The share of a custodian.
    pub(super) fn share(&self, custodian: usize) -> Share {
        self.keys[custodian].open_share(&self.ceremony, &self.shares[custodian].ciphertext).unwrap()
    }

    /// The file that a custodian brings.
    pub(super) async fn brought(&self, share: &Share) -> String {
        let query = format!("{{ openingRecipient(round: {:?}) }}", self.live.id);
        let recipient = self.live.custodians[0].asks(&query).await.done();
        let recipient = Recipient::parse(recipient.as_str().unwrap()).unwrap();
        share.for_opening(&recipient).unwrap().to_canonical()
    }

    /// A custodian gives a share.
    pub(super) async fn gives(&self, custodian: usize, share: &str) -> Outcome {
        let input = json!({ "round": self.live.id, "share": share });
        self.live.custodians[custodian].does("submitShare", input, "position given needed").await
    }

    /// A custodian gives the own share.
    pub(super) async fn gives_own(&self, custodian: usize) -> Value {
        let share = self.brought(&self.share(custodian)).await;
        self.gives(custodian, &share).await.done()
    }

    /// Two of the custodians open the round.
    pub(super) async fn is_opened(&mut self) {
        self.may_be_opened().await;
        self.gives_own(0).await;
        self.gives_own(2).await;
        self.comes_to("PROVISIONAL").await;
    }

    /// The result as somebody sees it.
    pub(super) async fn result(&self, reader: &Actor) -> Value {
        let query = format!("{{ roundResult(round: {:?}) {{ {RESULT} }} }}", self.live.id);
        reader.asks(&query).await.done()
    }

    /// The bundle that somebody gets.
    pub(super) async fn bundle(&self, reader: &Actor) -> Reply {
        let bearer = reader.token.as_ref().map(|token| format!("Bearer {token}"));
        let headers: Vec<_> = bearer.as_deref().map(|bearer| ("authorization", bearer)).into_iter().collect();
        send(self.world.address(), &format!("GET /rounds/{}/export", self.live.id), &headers, b"").await
    }
}

const RESULT: &str = "openedAt decidedAt
    lots(first: 10) { nodes { number name status qualifiedBidders cap lowest
        bids(first: 10) { nodes { product productName firm { id name creditCode } selected price units unitPrice comparablePrice rank
            tied tieOrder finalPrice share agreedVolume
            reasons(first: 5) { nodes { code messageEn messageZh } } } }
        regions(first: 5) { nodes { region main backup volume } } } }
    voidBids(first: 10) { nodes { bid firm { id } reason { code messageEn messageZh } } }
    voidLines(first: 10) { nodes { bid productNamed reason { code } } }
    tieResolutions(first: 5) { nodes { id status products explanation proposedBy decidedBy reason } }";

/// The nodes of a connection.
pub(super) fn nodes(connection: &Value) -> &Vec<Value> {
    connection["nodes"].as_array().unwrap()
}

/// Runs a worker while something happens.
pub(super) async fn with_worker(world: &World, happens: impl Future<Output = ()>) {
    let worker = Worker::of(world);
    happens.await;
    worker.ends();
}
