//! 模拟数据: a year of orders on the contracts of the decided round. Some institutions are ahead of their time and some behind; some firms are late, refuse, or
//! send less. What each does is reckoned from its place, so that every start plays the same year.
#![expect(clippy::indexing_slicing, reason = "a JSON value without that member is null")]
use std::collections::{BTreeMap, BTreeSet};

use jicai_domain::time::{Day, Timestamp};
use serde_json::{Value, json};

use super::accounts::{CLERK, DISTRIBUTOR};
use super::counter::Counter;
use super::market::Market;
use super::play::Stage;
use super::player::{Player, nodes, text};
use crate::serve::ServeError;

const HOUR: i64 = 3_600;
const DAY: i64 = 24 * HOUR;
/// The day of a month on which institutions order.
const ORDERED_ON: i32 = 5;
/// When sellers answer, send what is in time, and send what is late, in seconds after the orders.
const ANSWERED: i64 = 20 * HOUR;
const SENT: i64 = 3 * DAY;
const SENT_LATE: i64 = 11 * DAY;
const GIVEN_BACK: i64 = 12 * DAY;
/// Institutions that order each month; the others do each quarter.
const MONTHLY: usize = 6;
/// Smallest units in the packs of the decided round.
const PACK_UNITS: u64 = 10;
/// In which month a selected product is stopped, to be free again after it.
const RECALLED: usize = 4;
/// In which month a selected product becomes scarce.
const SCARCE: usize = 8;

/// Something that an institution orders: its contract, product and region, and its part of a year in packs.
struct Good {
    contract: String,
    product: String,
    region: String,
    packs: u64,
}

/// An institution, and how much of its part it buys in a year, as a percentage.
struct Buyer<'a> {
    player: Player<'a>,
    goods: Vec<Good>,
    pace: u64,
}

/// What becomes of a line.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Fate {
    InTime,
    Late,
    Short,
    Refused,
    Cancelled,
    Broken,
    GivenBack,
}

/// A line that was ordered.
struct Line {
    id: String,
    buyer: usize,
    seller: String,
    packs: u64,
    fate: Fate,
}

impl Line {
    /// What of it is sent.
    fn sent(&self) -> u64 {
        if self.fate == Fate::Short { (self.packs * 7 / 10).max(1) } else { self.packs }
    }

    /// What of it is broken when it comes.
    fn broken(&self) -> u64 {
        if self.fate == Fate::Broken { (self.packs / 20).max(1) } else { 0 }
    }

    fn is_sent(&self) -> bool {
        !matches!(self.fate, Fate::Refused | Fate::Cancelled)
    }
}

/// What becomes of the so manieth line of a seller: three of ten sellers are worse than the others.
fn fate(seller: usize, number: usize) -> Fate {
    let roll = (seller * 37 + number * 53) % 100;
    let ends: [(usize, Fate); 6] = match seller % 10 {
        3 => [
            (40, Fate::Late),
            (55, Fate::Short),
            (58, Fate::Refused),
            (60, Fate::Broken),
            (61, Fate::GivenBack),
            (61, Fate::Cancelled),
        ],
        5 => [
            (10, Fate::Late),
            (18, Fate::Short),
            (45, Fate::Refused),
            (47, Fate::Broken),
            (47, Fate::GivenBack),
            (52, Fate::Cancelled),
        ],
        7 => [
            (8, Fate::Late),
            (30, Fate::Short),
            (32, Fate::Refused),
            (44, Fate::Broken),
            (50, Fate::GivenBack),
            (50, Fate::Cancelled),
        ],
        _good => [
            (5, Fate::Late),
            (7, Fate::Short),
            (8, Fate::Refused),
            (10, Fate::Broken),
            (12, Fate::GivenBack),
            (13, Fate::Cancelled),
        ],
    };
    ends.iter().find(|(end, _)| roll < *end).map_or(Fate::InTime, |(_, fate)| *fate)
}

/// Institutions with goods, sellers by their ids, and what was ordered.
struct Year<'a> {
    stage: &'a Stage<'a>,
    office: Player<'a>,
    buyers: Vec<Buyer<'a>>,
    sellers: BTreeMap<String, (usize, Player<'a>)>,
    ordered: usize,
    stopped: BTreeSet<String>,
}

/// Plays the year on the contracts of a result until that time, with the counter open beside it.
pub(super) async fn passes(
    stage: &Stage<'_>,
    (market, result): (&Market, &str),
    end: Timestamp,
) -> Result<(), ServeError> {
    let mut year = Year::begins(stage, market, result).await?;
    let mut counter = Counter::opens(stage).await?;
    let begun = stage.now().await?;
    let mut month = 0;
    loop {
        let at = ordered_on(begun.day_in_china(), month)?;
        if at.plus_seconds(GIVEN_BACK) > end.plus_seconds(-SENT) {
            break;
        }
        stage.comes_to(at).await?;
        year.office_acts(month).await?;
        counter.settles(month).await?;
        let lines = year.is_ordered(month, |place| place < MONTHLY || (place + month) % 3 == 0).await?;
        counter.orders(month).await?;
        stage.comes_to(at.plus_seconds(ANSWERED)).await?;
        year.is_answered(month, &lines.iter().collect::<Vec<_>>()).await?;
        counter.answers(month).await?;
        stage.comes_to(at.plus_seconds(SENT)).await?;
        let taken = year.is_sent(month, &in_time(&lines)).await?;
        counter.sends(month).await?;
        stage.comes_to(at.plus_seconds(SENT_LATE)).await?;
        let late: Vec<&Line> = lines.iter().filter(|line| line.fate == Fate::Late).collect();
        year.is_sent(month, &late).await?;
        stage.comes_to(at.plus_seconds(GIVEN_BACK)).await?;
        year.is_given_back(month, &lines, &taken).await?;
        month += 1;
    }
    stage.comes_to(end.plus_seconds(-SENT)).await?;
    year.stays_open(month).await?;
    counter.stays_open(month).await?;
    stage.comes_to(end).await
}

fn in_time(lines: &[Line]) -> Vec<&Line> {
    lines.iter().filter(|line| line.is_sent() && line.fate != Fate::Late).collect()
}

/// Nine in the morning of the day on which is ordered, so many months after the one that follows the beginning.
fn ordered_on(begun: Day, month: usize) -> Result<Timestamp, ServeError> {
    let months = u64::try_from(month)?;
    // The last day of the month, whatever month it is, then the day in the next one.
    let first_of_month = begun.plus_days(1 - day_of_month(begun)?);
    let last = first_of_month.last_of_months(months + 1).ok_or("there is no such month")?;
    Ok(last.plus_days(ORDERED_ON).begins_in_china().plus_seconds(9 * HOUR))
}

fn day_of_month(day: Day) -> Result<i32, ServeError> {
    Ok(day.to_string().get(8..).unwrap_or_default().parse()?)
}

/// The end of an id, as a part of keys.
pub(super) fn tail(id: &str) -> &str {
    id.get(28..).unwrap_or_default()
}

impl<'a> Year<'a> {
    /// Firms say in which packs they deliver; institutions read what they can order.
    async fn begins(stage: &'a Stage<'a>, market: &Market, result: &str) -> Result<Year<'a>, ServeError> {
        let office = stage.office().await?;
        let filter = format!(", filter: {{ result: {result:?} }}");
        let contracts = office.pages(("contracts", &filter), "id productId holderId regionCode").await?;
        let by_id: BTreeMap<String, &Value> = contracts.iter().map(|one| (text(&one["id"]), one)).collect();
        let mut sellers = BTreeMap::new();
        let codes = market.firms.iter().map(|firm| firm.code.as_str()).chain([DISTRIBUTOR]);
        for (place, code) in codes.enumerate() {
            let player = stage.player(CLERK, code).await?;
            sellers.insert(player.organization(), (place, player));
        }
        let own: BTreeSet<(String, String)> =
            contracts.iter().map(|one| (text(&one["holderId"]), text(&one["productId"]))).collect();
        for (holder, product) in &own {
            let Some((_, firm)) = sellers.get(holder) else { continue };
            let key = stage.key(&format!("pack-{}", tail(product)));
            let input = json!({ "product": product, "units": PACK_UNITS.to_string(), "idempotencyKey": key });
            firm.does(("declarePack", "DeclarePackInput"), input, "").await?;
        }
        let mut buyers = Vec::with_capacity(market.institutions.len());
        for (place, institution) in market.institutions.iter().enumerate() {
            let player = stage.player(CLERK, &institution.code).await?;
            let fields = "contractId progress { agreed }";
            let goods = player.pages(("orderable", ""), fields).await?;
            let good = |one: &Value| {
                let agreed: u64 = one["progress"]["agreed"].as_str()?.parse().ok()?;
                let contract = by_id.get(one["contractId"].as_str()?)?;
                let told = |name: &str| text(&contract[name]);
                Some(Good {
                    contract: told("id"),
                    product: told("productId"),
                    region: told("regionCode"),
                    packs: agreed / PACK_UNITS,
                })
            };
            let pace = [96, 118, 64, 102, 88, 109, 45][place % 7];
            buyers.push(Buyer { goods: goods.iter().filter_map(good).collect(), player, pace });
        }
        Ok(Year { stage, office, buyers, sellers, ordered: 0, stopped: BTreeSet::new() })
    }

    fn key(&self, step: &str, month: usize, one: &str) -> String {
        self.stage.key(&format!("{step}-{month}-{}", tail(one)))
    }

    fn seller(&self, id: &str) -> Result<&(usize, Player<'a>), ServeError> {
        Ok(self.sellers.get(id).ok_or("a line has a seller that does not play")?)
    }

    fn buyer(&self, place: usize) -> Result<&Buyer<'a>, ServeError> {
        Ok(self.buyers.get(place).ok_or("there is no such institution")?)
    }

    /// A product of the first institution is recalled for a month; later another one becomes scarce in a region.
    async fn office_acts(&mut self, month: usize) -> Result<(), ServeError> {
        let goods = &self.buyer(0)?.goods;
        let (Some(recalled), Some(scarce)) = (goods.first(), goods.last()) else { return Ok(()) };
        let recalled = recalled.product.clone();
        if month == RECALLED {
            self.blocks(&recalled, "RECALL", "模拟数据：个别批次含量测定不合格，暂停采购").await?;
        } else if month == RECALLED + 1 {
            let query = format!("{{ productBlocks(product: {recalled:?}, first: 1) {{ nodes {{ id }} }} }}");
            let block = self.office.asks(&query).await?["nodes"][0]["id"].take();
            let input = json!({ "product": recalled, "block": block, "reason": "模拟数据：复检合格，恢复采购",
                "idempotencyKey": self.key("lift", month, &recalled) });
            self.office.does(("liftProductBlock", "LiftProductBlockInput"), input, "").await?;
            self.stopped.clear();
        } else if month == SCARCE {
            // Half of what it may take in a year.
            let units = (scarce.packs * PACK_UNITS / 2).to_string();
            let input = json!({ "product": scarce.product, "regionCode": scarce.region, "units": units, "cap": units,
                "reason": "模拟数据：原料药短缺，限量供应", "idempotencyKey": self.key("ration", month, &scarce.product) });
            self.office.does(("declareRationing", "DeclareRationingInput"), input, "id").await?;
        }
        Ok(())
    }

    async fn blocks(&mut self, product: &str, kind: &str, reason: &str) -> Result<(), ServeError> {
        let input = json!({ "product": product, "kind": kind, "reason": reason,
            "idempotencyKey": self.key("block", 0, product) });
        self.office.does(("blockProduct", "BlockProductInput"), input, "").await?;
        self.stopped.insert(product.to_owned());
        Ok(())
    }

    /// Those institutions order what they need until they order again; some cancel at once.
    async fn is_ordered(
        &mut self,
        month: usize,
        who: impl Fn(usize) -> bool,
    ) -> Result<Vec<Line>, ServeError> {
        let mut ordered = Vec::new();
        for (place, buyer) in self.buyers.iter().enumerate().filter(|(place, _)| who(*place)) {
            let months = if place < MONTHLY { 1 } else { 3 };
            let wanted: Vec<(&Good, u64)> = buyer
                .goods
                .iter()
                .filter(|good| !self.stopped.contains(&good.product))
                .map(|good| (good, good.packs * buyer.pace * months / 1_200))
                .filter(|(_, packs)| *packs > 0)
                .collect();
            if wanted.is_empty() {
                continue;
            }
            let line = |(good, packs): &(&Good, u64)| json!({ "contract": good.contract, "packUnits": PACK_UNITS.to_string(), "packs": packs.to_string() });
            let lines: Vec<Value> = wanted.iter().map(line).collect();
            let input = json!({ "lines": lines, "number": format!("模拟{:02}-{month:02}", place + 1),
                "idempotencyKey": self.key("order", month, &buyer.player.organization()) });
            let fields = "lines(first: 100) { nodes { id ordered sellerId } }";
            let order = buyer.player.does(("placeOrder", "PlaceOrderInput"), input, fields).await?;
            for line in nodes(&order["lines"]) {
                let seller = text(&line["sellerId"]);
                let packs = line["ordered"].as_str().unwrap_or_default().parse()?;
                let fate = fate(self.sellers.get(&seller).map_or(0, |(place, _)| *place), self.ordered);
                self.ordered += 1;
                ordered.push(Line { id: text(&line["id"]), buyer: place, seller, packs, fate });
            }
        }
        for (place, lines) in
            by(ordered.iter().filter(|line| line.fate == Fate::Cancelled), |line| line.buyer)
        {
            let buyer = &self.buyer(place)?.player;
            let input = json!({ "lines": ids(&lines), "reason": "模拟数据：库存充足", "idempotencyKey": self.key("cancel", month, &buyer.organization()) });
            buyer.does(("cancelOrderLines", "CancelOrderLinesInput"), input, "").await?;
        }
        Ok(ordered)
    }

    /// Each seller refuses some lines and promises the others, of some of them less.
    async fn is_answered(&self, month: usize, lines: &[&Line]) -> Result<(), ServeError> {
        for (id, lines) in
            by(lines.iter().copied().filter(|line| line.fate != Fate::Cancelled), |line| line.seller.clone())
        {
            let (_, seller) = self.seller(&id)?;
            let (refused, promised): (Vec<&Line>, Vec<&Line>) =
                lines.into_iter().partition(|line| line.fate == Fate::Refused);
            if !refused.is_empty() {
                let input = json!({ "lines": ids(&refused), "reason": "模拟数据：生产计划调整，暂无货",
                    "idempotencyKey": self.key("refuse", month, &id) });
                seller.does(("refuseOrderLines", "EndOrderLinesInput"), input, "").await?;
            }
            let line = |line: &&Line| {
                if line.fate == Fate::Short {
                    json!({ "line": line.id, "packs": line.sent().to_string(), "reason": "模拟数据：产能不足" })
                } else {
                    json!({ "line": line.id })
                }
            };
            if !promised.is_empty() {
                let lines: Vec<Value> = promised.iter().map(line).collect();
                let input = json!({ "lines": lines, "idempotencyKey": self.key("confirm", month, &id) });
                seller.does(("confirmOrderLines", "ConfirmOrderLinesInput"), input, "").await?;
            }
        }
        Ok(())
    }

    /// Those lines are sent and arrive, and what is whole of them is taken; the acceptances by the ids of the lines.
    async fn is_sent(&self, month: usize, lines: &[&Line]) -> Result<BTreeMap<String, String>, ServeError> {
        let shipped = self.ships(month, lines).await?;
        for (id, goods) in by(shipped.iter(), |(line, _)| line.seller.clone()) {
            let deliveries: Vec<&str> = goods.iter().map(|(_, delivery)| delivery.as_str()).collect();
            let step = deliveries.first().copied().unwrap_or_default();
            let input =
                json!({ "deliveries": deliveries, "idempotencyKey": self.key("arrive", month, step) });
            self.seller(&id)?.1.does(("reportArrival", "ReportArrivalInput"), input, "").await?;
        }
        self.is_taken(month, &shipped).await
    }

    /// Each seller sends each institution its goods with a note; the deliveries.
    async fn ships<'l>(
        &self,
        month: usize,
        lines: &[&'l Line],
    ) -> Result<Vec<(&'l Line, String)>, ServeError> {
        let mut shipped = Vec::with_capacity(lines.len());
        for ((id, buyer), lines) in by(lines.iter().copied(), |line| (line.seller.clone(), line.buyer)) {
            let (place, seller) = self.seller(&id)?;
            let step = lines.first().map(|line| line.id.clone()).unwrap_or_default();
            let goods = |line: &&Line| {
                json!({ "line": line.id, "packs": line.sent().to_string(),
                "batch": format!("M{place:02}{month:02}"), "expiresOn": "2099-12-31" })
            };
            let goods: Vec<Value> = lines.iter().map(goods).collect();
            let input = json!({ "hospital": self.buyer(buyer)?.player.organization(), "note": format!("模拟{}", tail(&step)),
                "lines": goods, "idempotencyKey": self.key("ship", month, &step) });
            let sent = seller.does(("shipOrderLines", "ShipOrderLinesInput"), input, "").await?;
            let sent = sent.as_array().map(|sent| sent.iter().map(text).collect::<Vec<_>>());
            shipped.extend(lines.into_iter().zip(sent.unwrap_or_default()));
        }
        Ok(shipped)
    }

    async fn is_taken(
        &self,
        month: usize,
        arrived: &[(&Line, String)],
    ) -> Result<BTreeMap<String, String>, ServeError> {
        let mut taken = BTreeMap::new();
        for (place, goods) in by(arrived.iter(), |(line, _)| line.buyer) {
            let buyer = &self.buyer(place)?.player;
            let decide = |(line, delivery): &&(&Line, String)| match line.broken() {
                0 => json!({ "delivery": delivery }),
                broken => {
                    json!({ "delivery": delivery, "rejected": broken.to_string(), "reason": "模拟数据：外包装破损" })
                }
            };
            let lines: Vec<Value> = goods.iter().map(decide).collect();
            let step = goods.first().map(|(_, delivery)| delivery.clone()).unwrap_or_default();
            let input = json!({ "lines": lines, "idempotencyKey": self.key("accept", month, &step) });
            let accepted = buyer.does(("acceptDeliveries", "AcceptDeliveriesInput"), input, "").await?;
            // Of a line of one pack that is broken nothing is taken.
            let whole = goods.iter().filter(|(line, _)| line.broken() < line.sent());
            let accepted = accepted.as_array().map(|accepted| accepted.iter().map(text).collect::<Vec<_>>());
            taken.extend(whole.map(|(line, _)| line.id.clone()).zip(accepted.unwrap_or_default()));
        }
        Ok(taken)
    }

    /// Some of what was taken goes back.
    async fn is_given_back(
        &self,
        month: usize,
        lines: &[Line],
        taken: &BTreeMap<String, String>,
    ) -> Result<(), ServeError> {
        let back = lines.iter().filter(|line| line.fate == Fate::GivenBack);
        for (place, lines) in by(back, |line| line.buyer) {
            let buyer = &self.buyer(place)?.player;
            let line = |line: &&Line| {
                let packs = (line.packs / 10).max(1).to_string();
                Some(
                    json!({ "acceptance": taken.get(&line.id)?, "packs": packs, "reason": "模拟数据：近效期" }),
                )
            };
            let lines: Vec<Value> = lines.iter().filter_map(line).collect();
            let input =
                json!({ "lines": lines, "idempotencyKey": self.key("return", month, &buyer.organization()) });
            buyer.does(("returnGoods", "ReturnGoodsInput"), input, "").await?;
        }
        Ok(())
    }

    /// The last orders: every other seller has not answered, some have sent nothing yet, and what the others sent has not been accepted. A product is blocked.
    async fn stays_open(&mut self, month: usize) -> Result<(), ServeError> {
        let lines = self.is_ordered(month, |place| place % 2 == 1).await?;
        let place = |line: &&Line| self.sellers.get(&line.seller).map_or(0, |(place, _)| *place);
        let answered: Vec<&Line> = lines.iter().filter(|line| place(line) % 2 == 0).collect();
        self.is_answered(month, &answered).await?;
        let sent: Vec<&Line> = in_time(&lines).into_iter().filter(|line| place(line) % 4 == 2).collect();
        self.ships(month, &sent).await?;
        let products: BTreeSet<&str> =
            self.buyers.iter().flat_map(|buyer| &buyer.goods).map(|good| good.product.as_str()).collect();
        let product = products.last().ok_or("nothing was selected")?.to_string();
        self.blocks(&product, "SANCTION", "模拟数据：企业信用评级下调，暂停新增采购").await
    }
}

/// By what a line is of, in its order.
fn by<K: Ord, T>(lines: impl Iterator<Item = T>, key: impl Fn(&T) -> K) -> BTreeMap<K, Vec<T>> {
    let mut found: BTreeMap<K, Vec<T>> = BTreeMap::new();
    for line in lines {
        found.entry(key(&line)).or_default().push(line);
    }
    found
}

fn ids(lines: &[&Line]) -> Vec<String> {
    lines.iter().map(|line| line.id.clone()).collect()
}
