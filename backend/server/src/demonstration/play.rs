//! Plays a round of a demonstration through the API, from the draft to the provisional selection, with its key in the hands of three
//! custodians. Everybody asks what a client would ask; the clock of the demonstration moves through the calendar.
#![expect(clippy::indexing_slicing, reason = "a JSON value without that member is null")]
use std::time::{Duration, Instant};

use jicai_domain::jobs::Lane;
use jicai_domain::procurement::bid::sealed_length;
use jicai_domain::time::Timestamp;
use jicai_graphql::Api;
use jicai_seal::{
    BidKey, BidLine, BidPlain, Ceremony, CustodianKey, Recipient, SealedShare, hold_ceremony, seal_bid,
};
use jicai_service::App;
use jicai_service::jobs::work_once;
use jicai_store::{Store, setup};
use serde_json::{Value, json};

use super::accounts::{CLERK, CUSTODIANS, OFFICE, REVIEWERS};
use super::market::{Firm, Market, Offer};
use super::player::{Player, nodes, text};
use crate::serve::ServeError;

/// How long somebody else's worker may take over work that is due.
const WORK_SECONDS_MAX: u64 = 60;

/// When what of a round is open, in seconds from its draft.
pub(super) struct Plan {
    pub(super) demand: i64,
    pub(super) demand_ends: i64,
    pub(super) bids: i64,
    pub(super) qualification_ends: i64,
    pub(super) bids_end: i64,
    pub(super) opening: i64,
}

impl Plan {
    /// One whose dates lie that many seconds apart.
    pub(super) const fn in_steps_of(step: i64) -> Plan {
        Plan {
            demand: step,
            demand_ends: 2 * step,
            bids: 3 * step,
            qualification_ends: 4 * step,
            bids_end: 5 * step,
            opening: 6 * step,
        }
    }

    /// The dates of a plan that begins at that time.
    fn calendar(&self, begun: Timestamp) -> Result<Value, ServeError> {
        let at = |seconds: i64| {
            jiff::Timestamp::from_second(begun.plus_seconds(seconds).seconds()).map(|at| at.to_string())
        };
        Ok(
            json!({ "demandFrom": at(self.demand)?, "demandUntil": at(self.demand_ends)?, "bidsFrom": at(self.bids)?,
            "qualificationUntil": at(self.qualification_ends)?, "bidsUntil": at(self.bids_end)?,
            "openingFrom": at(self.opening)? }),
        )
    }
}

/// Who plays, and on which database.
pub(super) struct Stage<'a> {
    pub(super) with: (&'a App, &'a Api),
    /// Where the clock is read,
    pub(super) store: Store,
    /// and where it is set.
    pub(super) owner: &'a str,
    /// Tells apart the requests of a start that was interrupted.
    pub(super) attempt: String,
}

/// A round that somebody plays.
pub(super) struct Played<'a> {
    pub(super) stage: &'a Stage<'a>,
    pub(super) market: &'a Market,
    plan: &'a Plan,
    begun: Timestamp,
    pub(super) round: String,
    specs: Vec<Vec<String>>,
    keys: Vec<CustodianKey>,
    ceremony: Ceremony,
    shares: Vec<SealedShare>,
}

impl<'a> Stage<'a> {
    pub(super) fn key(&self, step: &str) -> String {
        format!("demonstration-{}-{step}", self.attempt)
    }

    pub(super) async fn player(&self, clerk: &str, code: &str) -> Result<Player<'a>, ServeError> {
        Player::of(self.with, (clerk, code)).await
    }

    pub(super) async fn office(&self) -> Result<Player<'a>, ServeError> {
        self.player(CLERK, OFFICE).await
    }

    pub(super) async fn now(&self) -> Result<Timestamp, ServeError> {
        Ok(self.store.read().await?.now().await?)
    }

    /// Lets so many seconds pass, and does what is due then.
    pub(super) async fn passes(&self, seconds: i64) -> Result<(), ServeError> {
        setup::advance_clock(self.owner, u32::try_from(seconds).unwrap_or(0)).await?;
        self.work().await
    }

    async fn work(&self) -> Result<(), ServeError> {
        while work_once(self.with.0, Lane::Inside).await? {}
        Ok(())
    }

    /// Does what is due until the answer is as wanted, and tells it; a service that runs beside may have taken the work.
    pub(super) async fn until(
        &self,
        asking: &Player<'_>,
        query: &str,
        wanted: impl Fn(&Value) -> bool,
    ) -> Result<Value, ServeError> {
        let begun = Instant::now();
        loop {
            self.work().await?;
            let shown = asking.asks(query).await?;
            if wanted(&shown) {
                return Ok(shown);
            }
            if begun.elapsed().as_secs() > WORK_SECONDS_MAX {
                return Err(format!("it stays as it is: {shown}").into());
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    }

    /// Lets it become that time; nothing where it is later already.
    pub(super) async fn comes_to(&self, there: Timestamp) -> Result<(), ServeError> {
        let ahead = there.seconds().saturating_sub(self.now().await?.seconds());
        self.passes(ahead.saturating_add(1)).await
    }

    /// Announces what the market buys on those terms: name, rules, who buys, who may see what.
    pub(super) async fn announces(
        &'a self,
        step: &str,
        mut terms: Value,
        (market, plan): (&'a Market, &'a Plan),
    ) -> Result<Played<'a>, ServeError> {
        let (office, begun) = (self.office().await?, self.now().await?);
        let (custodians, keys) = self.custodians().await?;
        terms["custodians"] = json!(custodians);
        terms["threshold"] = json!(2);
        terms["calendar"] = plan.calendar(begun)?;
        terms["lots"] = json!(market.lots);
        let input = json!({ "announcement": terms, "idempotencyKey": self.key(&format!("{step}-draft")) });
        let drafted = office.does(("draftRound", "DraftRoundInput"), input, "id version").await?;
        let input = json!({ "id": drafted["id"], "version": drafted["version"],
            "idempotencyKey": self.key(&format!("{step}-publish")) });
        office.does(("publishRound", "ChangeInput"), input, "id").await?;
        let round = text(&drafted["id"]);
        let specs = specs(&office, &round).await?;
        let (ceremony, shares) = self.ceremony(&office, &round, &keys).await?;
        Ok(Played { stage: self, market, plan, begun, round, specs, keys, ceremony, shares })
    }

    /// The custodians, each with new keys.
    async fn custodians(&self) -> Result<(Vec<String>, Vec<CustodianKey>), ServeError> {
        let (mut users, mut keys) = (Vec::new(), Vec::new());
        for clerk in CUSTODIANS {
            let custodian = self.player(clerk, OFFICE).await?;
            let key = CustodianKey::generate()?;
            let line = key.public().to_string();
            register(self, &custodian, ("registerCustodianKey", "RegisterCustodianKeyInput"), (&line, "id"))
                .await?;
            users.push(custodian.user());
            keys.push(key);
        }
        Ok((users, keys))
    }

    /// The round's key is made, shared, signed by every custodian, and published. Away from a demonstration this happens off the server.
    async fn ceremony(
        &self,
        office: &Player<'_>,
        round: &str,
        keys: &[CustodianKey],
    ) -> Result<(Ceremony, Vec<SealedShare>), ServeError> {
        let publics: Vec<_> = keys.iter().map(CustodianKey::public).collect();
        let (ceremony, shares) = hold_ceremony(round, &publics, 2)?;
        let mut signatures = Vec::new();
        for (key, sealed) in keys.iter().zip(&shares) {
            let share = key.open_share(&ceremony, &sealed.ciphertext)?;
            signatures.push(key.sign_ceremony(&ceremony, &share)?.to_canonical());
        }
        let input = json!({ "round": round, "ceremony": ceremony.to_canonical(), "signatures": signatures,
            "idempotencyKey": self.key(&format!("key-{round}")) });
        office.does(("publishRoundKey", "PublishRoundKeyInput"), input, "round").await?;
        Ok((ceremony, shares))
    }
}

impl Played<'_> {
    pub(super) fn key(&self, step: &str, code: &str) -> String {
        self.stage.key(&format!("{step}-{code}-{}", self.round.get(30..).unwrap_or_default()))
    }

    /// The round as far as it takes bids, with those of the first so many firms.
    pub(super) async fn takes_bids(&self, firms: usize) -> Result<(), ServeError> {
        self.comes_to(self.plan.demand).await?;
        self.institutions_report().await?;
        let products = self.firms_apply().await?;
        self.comes_to(self.plan.bids).await?;
        self.firms_bid(&products, firms).await
    }

    /// Its whole way, to the provisional selection.
    pub(super) async fn is_decided(&self) -> Result<(), ServeError> {
        self.takes_bids(self.market.firms.len()).await?;
        self.comes_to(self.plan.opening).await?;
        self.becomes("SEALED").await?;
        self.custodians_open().await?;
        self.becomes("PROVISIONAL").await
    }

    /// Lets the time come that lies so many seconds behind the beginning.
    async fn comes_to(&self, seconds: i64) -> Result<(), ServeError> {
        self.stage.comes_to(self.begun.plus_seconds(seconds)).await
    }

    /// Does what is due until the round is so far.
    pub(super) async fn becomes(&self, status: &str) -> Result<(), ServeError> {
        let office = self.stage.office().await?;
        let query = format!("{{ round(id: {:?}) {{ status }} }}", self.round);
        self.stage.until(&office, &query, |shown| shown["status"] == status).await?;
        Ok(())
    }

    /// Every institution reports what it needs, and the reviewers lock it.
    async fn institutions_report(&self) -> Result<(), ServeError> {
        let reviewers = self.stage.player(CLERK, REVIEWERS).await?;
        for institution in &self.market.institutions {
            let code = institution.code.as_str();
            let player = self.stage.player(CLERK, code).await?;
            let line = |need: &super::market::Need| {
                let spec = self.specs.get(need.lot)?.get(need.spec)?;
                Some(
                    json!({ "spec": spec, "volume": need.volume.to_string(), "pastUse": need.used.to_string() }),
                )
            };
            let lines: Vec<Value> = institution.needs.iter().filter_map(line).collect();
            let input =
                json!({ "round": self.round, "lines": lines, "idempotencyKey": self.key("fill", code) });
            let filled = player.does(("fillDemand", "FillDemandInput"), input, "id version").await?;
            let input = json!({ "id": filled["id"], "version": filled["version"], "idempotencyKey": self.key("submit", code) });
            let sent = player.does(("submitDemand", "ChangeInput"), input, "id version").await?;
            let input = json!({ "id": sent["id"], "version": sent["version"], "idempotencyKey": self.key("lock", code) });
            reviewers.does(("approveDemand", "ChangeInput"), input, "id version").await?;
        }
        Ok(())
    }

    /// Every firm applies with what it offers, and the office approves it; the products of each firm, in the order of its offers.
    async fn firms_apply(&self) -> Result<Vec<Vec<String>>, ServeError> {
        let office = self.stage.office().await?;
        let mut all = Vec::new();
        for firm @ Firm { code, offers } in &self.market.firms {
            let player = self.stage.player(CLERK, code).await?;
            let items = self.registers((&player, &office), firm).await?;
            let products: Vec<Value> =
                offers.iter().zip(&items).filter_map(|(offer, item)| self.product(offer, item)).collect();
            let input = json!({ "round": self.round, "products": products, "idempotencyKey": self.key("apply", code) });
            let drafted =
                player.does(("draftQualification", "DraftQualificationInput"), input, "id version").await?;
            let input = json!({ "id": drafted["id"], "version": drafted["version"], "idempotencyKey": self.key("hand-in", code) });
            let sent = player.does(("submitQualification", "ChangeInput"), input, "id version").await?;
            all.push(self.approve(&office, &sent, code).await?);
        }
        Ok(all)
    }

    fn product(&self, offer: &Offer, item: &str) -> Option<Value> {
        let spec = self.specs.get(offer.lot)?.first()?;
        let mut product = json!({ "spec": spec, "name": offer.name, "item": item, "approvalNumber": offer.approval_number,
            "evidence": "REFERENCE", "capacity": "9000000000", "facts": offer.facts, "documents": [] });
        if let Some(day) = offer.evaluated_on {
            product["evidence"] = json!("PASSED_EVALUATION");
            product["evaluatedOn"] = json!(day);
        }
        Some(product)
    }

    /// The office approves every product and the applicant; the ids of the products, in their order.
    async fn approve(
        &self,
        office: &Player<'_>,
        sent: &Value,
        code: &str,
    ) -> Result<Vec<String>, ServeError> {
        let query = format!(
            "{{ qualification(id: {}) {{ products(first: 100) {{ nodes {{ id }} }} }} }}",
            sent["id"]
        );
        let shown = office.asks(&query).await?;
        let products: Vec<String> =
            nodes(&shown["products"]).iter().map(|product| text(&product["id"])).collect();
        let decisions: Vec<Value> =
            products.iter().map(|product| json!({ "product": product, "verdict": "APPROVE" })).collect();
        let input = json!({ "id": sent["id"], "version": sent["version"], "decisions": decisions,
            "idempotencyKey": self.key("decide", code) });
        let decided = office.does(("decideProducts", "DecideProductsInput"), input, "id version").await?;
        let input = json!({ "id": decided["id"], "version": decided["version"], "idempotencyKey": self.key("approve", code) });
        office.does(("approveQualification", "ChangeInput"), input, "id").await?;
        Ok(products)
    }

    /// The first so many firms seal their bids.
    async fn firms_bid(&self, products: &[Vec<String>], firms: usize) -> Result<(), ServeError> {
        let length = sealed_length(self.specs.iter().map(Vec::len).sum());
        for (Firm { code, offers }, products) in self.market.firms.iter().zip(products).take(firms) {
            let player = self.stage.player(CLERK, code).await?;
            let key = BidKey::generate()?;
            let line = key.public().to_string();
            register(self.stage, &player, ("registerBidKey", "RegisterBidKeyInput"), (&line, "id")).await?;
            let line = |(offer, product): (&Offer, &String)| BidLine {
                product: product.clone(),
                price: offer.price,
                units: offer.units,
            };
            let lines = offers.iter().zip(products).map(line).collect();
            let bid = BidPlain::new(&self.round, &player.organization(), (1, 1), lines)?;
            let envelope = seal_bid(&bid, &key, self.ceremony.recipient(), length)?.to_canonical();
            let input = json!({ "envelope": envelope, "idempotencyKey": self.key("seal", code) });
            player.does(("submitBid", "SubmitBidInput"), input, "receipt").await?;
        }
        Ok(())
    }

    /// Two of the three custodians give their shares.
    async fn custodians_open(&self) -> Result<(), ServeError> {
        for ((clerk, key), sealed) in CUSTODIANS.iter().zip(&self.keys).zip(&self.shares).take(2) {
            let custodian = self.stage.player(clerk, OFFICE).await?;
            let recipient =
                custodian.asks(&format!("{{ openingRecipient(round: {:?}) }}", self.round)).await?;
            let share = key.open_share(&self.ceremony, &sealed.ciphertext)?;
            let brought = share.for_opening(&Recipient::parse(&text(&recipient))?)?.to_canonical();
            let input = json!({ "round": self.round, "share": brought });
            custodian.does(("submitShare", "SubmitShareInput"), input, "position").await?;
        }
        Ok(())
    }
}

pub(super) async fn register(
    stage: &Stage<'_>,
    player: &Player<'_>,
    mutation: (&str, &str),
    (line, fields): (&str, &str),
) -> Result<(), ServeError> {
    let end = line.len().saturating_sub(24);
    let input =
        json!({ "publicLine": line, "idempotencyKey": stage.key(line.get(end..).unwrap_or_default()) });
    player.does(mutation, input, fields).await?;
    Ok(())
}

/// The ids of the specs, by lot, in the order of the announcement.
async fn specs(office: &Player<'_>, round: &str) -> Result<Vec<Vec<String>>, ServeError> {
    let query = format!(
        "{{ round(id: {round:?}) {{ lots(first: 100) {{ nodes {{ specs(first: 5) {{ nodes {{ id representative }} }} }} }} }} }}"
    );
    let shown = office.asks(&query).await?;
    let ids = |lot: &Value| {
        let mut specs: Vec<&Value> = nodes(&lot["specs"]).iter().collect();
        specs.sort_by_key(|spec| spec["representative"] != true);
        specs.into_iter().map(|spec| text(&spec["id"])).collect()
    };
    Ok(nodes(&shown["lots"]).iter().map(ids).collect())
}
