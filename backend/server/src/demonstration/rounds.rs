//! 模拟数据: two rounds of an alliance of all 31 regions. The first one goes its whole way, from the draft to the provisional selection,
//! with its key in the hands of three custodians; the second one takes bids. Everybody asks the API what a client would ask it; the
//! clock of the demonstration moves through the calendar.
#![expect(clippy::indexing_slicing, reason = "a JSON value without that member is null")]
use jicai_domain::jobs::Lane;
use jicai_domain::procurement::bid::sealed_length;
use jicai_domain::time::Timestamp;
use jicai_graphql::Api;
use jicai_seal::{
    BidKey, BidLine, BidPlain, Ceremony, CustodianKey, Recipient, SealedShare, hold_ceremony, seal_bid,
};
use jicai_service::jobs::work_once;
use jicai_service::procurement::rounds as announced_rounds;
use jicai_service::{App, Page};
use jicai_store::{Store, setup};
use rust_decimal::Decimal;
use serde_json::{Value, json};

use super::accounts::{CLERK, CUSTODIANS, OFFICE, REVIEWERS, take_part};
use super::market::{DECIDED, FIRMS, Good, INSTITUTIONS, OPEN, makes, unit_price};
use super::player::Player;
use crate::serve::ServeError;

const GROUP: &str = "化学药品第一批";
const ALLIANCE: &str = "模拟数据·三十一省药品采购联盟";
const DECIDED_NAME: &str = "模拟数据·第一批药品集中带量采购";
const OPEN_NAME: &str = "模拟数据·第二批药品集中带量采购（正在申报）";
const HOUR: i64 = 3_600;
const DAY: i64 = 24 * HOUR;
/// For how long the second round takes bids.
const OPEN_DAYS: i64 = 30;

/// When what of a round is open, in seconds from its draft.
struct Plan {
    demand: i64,
    demand_ends: i64,
    bids: i64,
    qualification_ends: i64,
    bids_end: i64,
    opening: i64,
}

const DECIDED_PLAN: Plan = Plan {
    demand: HOUR,
    demand_ends: 2 * HOUR,
    bids: 3 * HOUR,
    qualification_ends: 4 * HOUR,
    bids_end: 5 * HOUR,
    opening: 6 * HOUR,
};
const OPEN_PLAN: Plan = Plan {
    demand: HOUR,
    demand_ends: 2 * HOUR,
    bids: 3 * HOUR,
    qualification_ends: 20 * DAY,
    bids_end: OPEN_DAYS * DAY,
    opening: OPEN_DAYS * DAY + HOUR,
};

/// Who plays, and on which database.
struct Stage<'a> {
    with: (&'a App, &'a Api),
    /// Where the clock is read,
    store: Store,
    /// and where it is set.
    owner: &'a str,
    /// Tells apart the requests of a start that was interrupted.
    attempt: String,
}

/// A round that somebody plays.
struct Played<'a> {
    stage: &'a Stage<'a>,
    goods: &'static [Good],
    round: String,
    specs: Vec<Vec<String>>,
    keys: Vec<CustodianKey>,
    ceremony: Ceremony,
    shares: Vec<SealedShare>,
}

/// Makes both rounds, unless an earlier start did. `owner` may set the clock.
pub(crate) async fn rounds(app: &App, api: &Api, (url, owner): (&str, &str)) -> Result<(), ServeError> {
    // Asked without logging in, which takes long on purpose, because every start asks it.
    let there = announced_rounds(app, None, &Page { first: 50, after: None }).await?.rows;
    if there.iter().any(|shown| shown.round.name.as_str() == OPEN_NAME) {
        return Ok(());
    }
    take_part(app).await?;
    let office = Player::of((app, api), (CLERK, OFFICE)).await?;
    let begun = office.asks("{ rounds(first: 50) { nodes { id } } }").await?;
    let attempt = nodes(&begun).len().to_string();
    let stage = Stage { with: (app, api), store: Store::new(url, 1), owner, attempt };
    let alliance = stage.alliance(&office).await?;
    stage.decided(&alliance).await?;
    stage.open(&alliance).await
}

impl<'a> Stage<'a> {
    fn key(&self, step: &str) -> String {
        format!("demonstration-{}-{step}", self.attempt)
    }

    async fn player(&self, clerk: &str, code: &str) -> Result<Player<'a>, ServeError> {
        Player::of(self.with, (clerk, code)).await
    }

    async fn office(&self) -> Result<Player<'a>, ServeError> {
        self.player(CLERK, OFFICE).await
    }

    async fn now(&self) -> Result<Timestamp, ServeError> {
        Ok(self.store.read().await?.now().await?)
    }

    /// Lets the time come that lies so many seconds behind a beginning, and what is due then be done.
    async fn comes_to(&self, begun: Timestamp, seconds: i64) -> Result<(), ServeError> {
        let ahead = begun.plus_seconds(seconds).seconds().saturating_sub(self.now().await?.seconds());
        setup::advance_clock(self.owner, u32::try_from(ahead.saturating_add(1)).unwrap_or(0)).await?;
        while work_once(self.with.0, Lane::Inside).await? {}
        Ok(())
    }

    /// All 31 regions, which buy together.
    async fn alliance(&self, office: &Player<'_>) -> Result<String, ServeError> {
        let input = json!({ "name": ALLIANCE, "idempotencyKey": self.key("alliance") });
        let opened = office.does(("openAlliance", "OpenAllianceInput"), input, "id version").await?;
        let mut version = opened["version"].clone();
        for (region, ..) in INSTITUTIONS {
            let input = json!({ "alliance": opened["id"], "version": version, "region": region, "productGroup": GROUP,
                "day": "2026-01-01", "idempotencyKey": self.key(&format!("join-{region}")) });
            version =
                office.does(("joinAlliance", "MembershipInput"), input, "version").await?["version"].clone();
        }
        Ok(text(&opened["id"]))
    }

    /// The round that goes its whole way.
    async fn decided(&self, alliance: &str) -> Result<(), ServeError> {
        let begun = self.now().await?;
        let played =
            self.announced(("decided", DECIDED_NAME), alliance, (&DECIDED, &DECIDED_PLAN, begun)).await?;
        self.comes_to(begun, DECIDED_PLAN.demand).await?;
        played.institutions_report().await?;
        let products = played.firms_apply().await?;
        self.comes_to(begun, DECIDED_PLAN.bids).await?;
        played.firms_bid(&products, FIRMS.len()).await?;
        self.comes_to(begun, DECIDED_PLAN.opening).await?;
        played.custodians_open().await?;
        self.comes_to(begun, DECIDED_PLAN.opening).await
    }

    /// The round that takes bids: some are sealed, and nobody sees of whom.
    async fn open(&self, alliance: &str) -> Result<(), ServeError> {
        let begun = self.now().await?;
        let played = self.announced(("open", OPEN_NAME), alliance, (&OPEN, &OPEN_PLAN, begun)).await?;
        self.comes_to(begun, OPEN_PLAN.demand).await?;
        played.institutions_report().await?;
        let products = played.firms_apply().await?;
        self.comes_to(begun, OPEN_PLAN.bids).await?;
        played.firms_bid(&products, FIRMS.len() / 2).await
    }

    async fn announced(
        &'a self,
        (step, name): (&str, &str),
        alliance: &str,
        (goods, plan, begun): (&'static [Good], &Plan, Timestamp),
    ) -> Result<Played<'a>, ServeError> {
        let office = self.office().await?;
        let (custodians, keys) = self.custodians().await?;
        let announcement = json!({
            "name": name, "kind": "DRUG", "alliance": alliance, "productGroup": GROUP, "ruleSet": "cn-r9-2023",
            "disclosure": "SELECTED_WITH_PRICES", "pastUseShare": "0.8", "custodians": custodians, "threshold": 2,
            "calendar": calendar(plan, begun)?, "lots": lots(goods),
        });
        let input =
            json!({ "announcement": announcement, "idempotencyKey": self.key(&format!("{step}-draft")) });
        let drafted = office.does(("draftRound", "DraftRoundInput"), input, "id version").await?;
        let input = json!({ "id": drafted["id"], "version": drafted["version"],
            "idempotencyKey": self.key(&format!("{step}-publish")) });
        office.does(("publishRound", "ChangeInput"), input, "id").await?;
        let round = text(&drafted["id"]);
        let specs = specs(&office, &round).await?;
        let (ceremony, shares) = self.ceremony(&office, &round, &keys).await?;
        Ok(Played { stage: self, goods, round, specs, keys, ceremony, shares })
    }

    /// The custodians, each with new keys.
    async fn custodians(&self) -> Result<(Vec<String>, Vec<CustodianKey>), ServeError> {
        let (mut users, mut keys) = (Vec::new(), Vec::new());
        for clerk in CUSTODIANS {
            let custodian = self.player(clerk, OFFICE).await?;
            let key = CustodianKey::generate()?;
            let line = key.public().to_string();
            register(self, &custodian, ("registerCustodianKey", "RegisterCustodianKeyInput"), &line).await?;
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

/// The dates of a plan that begins at that time.
fn calendar(plan: &Plan, begun: Timestamp) -> Result<Value, ServeError> {
    let at = |seconds: i64| {
        jiff::Timestamp::from_second(begun.plus_seconds(seconds).seconds()).map(|at| at.to_string())
    };
    Ok(
        json!({ "demandFrom": at(plan.demand)?, "demandUntil": at(plan.demand_ends)?, "bidsFrom": at(plan.bids)?,
        "qualificationUntil": at(plan.qualification_ends)?, "bidsUntil": at(plan.bids_end)?,
        "openingFrom": at(plan.opening)? }),
    )
}

impl Played<'_> {
    fn key(&self, step: &str, code: &str) -> String {
        self.stage.key(&format!("{step}-{code}-{}", self.round.get(30..).unwrap_or_default()))
    }

    /// Every institution reports what it needs, and the reviewers lock it.
    async fn institutions_report(&self) -> Result<(), ServeError> {
        let reviewers = self.stage.player(CLERK, REVIEWERS).await?;
        for (_, code, _, weight) in INSTITUTIONS {
            let institution = self.stage.player(CLERK, code).await?;
            let input = json!({ "round": self.round, "lines": self.demand(weight), "idempotencyKey": self.key("fill", code) });
            let filled = institution.does(("fillDemand", "FillDemandInput"), input, "id version").await?;
            let input = json!({ "id": filled["id"], "version": filled["version"], "idempotencyKey": self.key("submit", code) });
            let sent = institution.does(("submitDemand", "ChangeInput"), input, "id version").await?;
            let input = json!({ "id": sent["id"], "version": sent["version"], "idempotencyKey": self.key("lock", code) });
            reviewers.does(("approveDemand", "ChangeInput"), input, "id version").await?;
        }
        Ok(())
    }

    /// A little more than nine tenths of what was used, the larger part of it of the representative spec.
    fn demand(&self, weight: u64) -> Vec<Value> {
        let line = |spec: &String, used: u64| json!({ "spec": spec, "volume": (used / 100 * 92).to_string(), "pastUse": used.to_string() });
        let lot = |(good, specs): (&Good, &Vec<String>)| {
            let used = good.use_of_one.saturating_mul(weight);
            specs
                .iter()
                .enumerate()
                .map(move |(place, spec)| line(spec, if place == 0 { used } else { used / 3 }))
                .collect::<Vec<_>>()
        };
        self.goods.iter().zip(&self.specs).flat_map(lot).collect()
    }

    /// Every firm applies with what it makes, and the office approves it; the products of each firm by lot.
    async fn firms_apply(&self) -> Result<Vec<Vec<(usize, String)>>, ServeError> {
        let office = self.stage.office().await?;
        let mut all = Vec::new();
        for (firm, (code, name)) in FIRMS.iter().enumerate() {
            let player = self.stage.player(CLERK, code).await?;
            let made: Vec<usize> = (0..self.goods.len()).filter(|good| makes(firm, *good)).collect();
            let products: Vec<Value> =
                made.iter().filter_map(|good| self.product((firm, name), *good)).collect();
            let input = json!({ "round": self.round, "products": products, "idempotencyKey": self.key("apply", code) });
            let drafted =
                player.does(("draftQualification", "DraftQualificationInput"), input, "id version").await?;
            let input = json!({ "id": drafted["id"], "version": drafted["version"], "idempotencyKey": self.key("hand-in", code) });
            let sent = player.does(("submitQualification", "ChangeInput"), input, "id version").await?;
            let named = self.approve(&office, &sent, code).await?;
            all.push(made.into_iter().zip(named).collect());
        }
        Ok(all)
    }

    fn product(&self, (firm, name): (usize, &str), good: usize) -> Option<Value> {
        let spec = self.specs.get(good)?.first()?;
        let number = firm.checked_mul(100)?.checked_add(good)?;
        Some(json!({ "spec": spec, "name": format!("{}（{name}）", self.goods.get(good)?.name),
            "approvalNumber": format!("国药准字H2026{number:04}"), "evidence": "PASSED_EVALUATION", "evaluatedOn": "2025-06-30",
            "capacity": "9000000000", "facts": [], "documents": [] }))
    }

    /// The office approves every product and the applicant; the ids of the products, in their order.
    async fn approve(
        &self,
        office: &Player<'_>,
        sent: &Value,
        code: &str,
    ) -> Result<Vec<String>, ServeError> {
        let query = format!("{{ qualification(id: {}) {{ products {{ nodes {{ id }} }} }} }}", sent["id"]);
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
    async fn firms_bid(&self, products: &[Vec<(usize, String)>], firms: usize) -> Result<(), ServeError> {
        let length = sealed_length(self.specs.iter().map(Vec::len).sum());
        for (firm, ((code, _), products)) in FIRMS.iter().zip(products).enumerate().take(firms) {
            let player = self.stage.player(CLERK, code).await?;
            let key = BidKey::generate()?;
            let line = key.public().to_string();
            register(self.stage, &player, ("registerBidKey", "RegisterBidKeyInput"), &line).await?;
            let bid = BidPlain::new(&self.round, &player.organization(), (1, 1), self.offer(firm, products))?;
            let envelope = seal_bid(&bid, &key, self.ceremony.recipient(), length)?.to_canonical();
            let input = json!({ "envelope": envelope, "idempotencyKey": self.key("seal", code) });
            player.does(("submitBid", "SubmitBidInput"), input, "receipt").await?;
        }
        Ok(())
    }

    /// Packs of ten.
    fn offer(&self, firm: usize, products: &[(usize, String)]) -> Vec<BidLine> {
        let line = |(good, product): &(usize, String)| {
            let ceiling = self.goods.get(*good)?.specs.first()?.3;
            // Fen times 100 a unit are yuan times 1000 a pack of ten.
            let price = Decimal::new(i64::try_from(unit_price(firm, *good, ceiling)).ok()?, 3);
            Some(BidLine { product: product.clone(), price, units: 10 })
        };
        products.iter().filter_map(line).collect()
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

async fn register(
    stage: &Stage<'_>,
    player: &Player<'_>,
    mutation: (&str, &str),
    line: &str,
) -> Result<(), ServeError> {
    let end = line.len().saturating_sub(24);
    let input =
        json!({ "publicLine": line, "idempotencyKey": stage.key(line.get(end..).unwrap_or_default()) });
    player.does(mutation, input, "id").await?;
    Ok(())
}

fn lots(goods: &[Good]) -> Vec<Value> {
    let spec = |(place, (code, name, content, ceiling)): (usize, &(&str, &str, &str, u64))| {
        let ceiling = Decimal::new(i64::try_from(*ceiling).unwrap_or_default(), 2);
        json!({ "code": code, "name": name, "content": content, "ceiling": ceiling.to_string(), "representative": place == 0 })
    };
    let lot = |(place, good): (usize, &Good)| {
        json!({ "number": place.saturating_add(1), "name": good.name, "form": good.form, "unit": good.unit,
            "specs": good.specs.iter().enumerate().map(spec).collect::<Vec<_>>() })
    };
    goods.iter().enumerate().map(lot).collect()
}

/// The ids of the specs, by lot, in the order of the announcement.
async fn specs(office: &Player<'_>, round: &str) -> Result<Vec<Vec<String>>, ServeError> {
    let query = format!(
        "{{ round(id: {round:?}) {{ lots(first: 50) {{ nodes {{ specs(first: 20) {{ nodes {{ id representative }} }} }} }} }} }}"
    );
    let shown = office.asks(&query).await?;
    let ids = |lot: &Value| {
        let mut specs: Vec<&Value> = nodes(&lot["specs"]).iter().collect();
        specs.sort_by_key(|spec| spec["representative"] != true);
        specs.into_iter().map(|spec| text(&spec["id"])).collect()
    };
    Ok(nodes(&shown["lots"]).iter().map(ids).collect())
}

fn nodes(connection: &Value) -> &[Value] {
    connection["nodes"].as_array().map(Vec::as_slice).unwrap_or_default()
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}
