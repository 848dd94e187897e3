//! Plays real purchases as orders: the contracts of each year, then day by day what was ordered, promised, delivered and accepted, on the clock of the
//! demonstration. The days between are those of the records.
#![expect(clippy::indexing_slicing, reason = "a JSON value without that member is null")]
use std::collections::{BTreeMap, BTreeSet};

use jicai_domain::time::Day;
use rust_decimal::Decimal;
use serde_json::{Value, json};

use super::accounts::{CLERK, take_part};
use super::deliveries::{Deliveries, Delivery, Places, Product, REGION};
use super::play::Stage;
use super::player::{Player, nodes, text};
use crate::serve::ServeError;

/// When of a day things happen, so that no day ends meanwhile.
const NOON: i64 = 12 * 3_600;
/// Days of an agreement year after its first one.
const YEAR: i32 = 364;
/// Rows of a page, and lines of an order.
const PAGE: usize = 100;
/// Decimal places of a price in the table of a result.
const PLACES: u32 = 8;
const COLUMNS: [&str; 16] = [
    "竞价单元序号",
    "品种名称",
    "产品名称",
    "规格",
    "计量单位",
    "含量",
    "代表品含量",
    "中选企业",
    "统一社会信用代码",
    "中选价格",
    "价格依据",
    "中选顺位",
    "合同截止日期",
    "地区代码",
    "供应角色",
    "约定采购量",
];
/// What the batches of these deliveries begin with; the id in the records follows.
const BATCH: &str = "SCMS-";

/// What is bought of a product in a year: at the lowest price that was paid for a unit, by the country, in units.
#[derive(Default)]
struct Bought<'a> {
    price: Option<Decimal>,
    parts: BTreeMap<&'a str, u64>,
}

/// Deliveries that arrived, and those of them in time.
pub(crate) type Arrived = (u64, u64);

/// Everybody, and what stands between them.
struct Trade<'a> {
    stage: &'a Stage<'a>,
    taken: &'a [Delivery],
    places: Places,
    office: Player<'a>,
    players: BTreeMap<String, Player<'a>>,
    contracts: BTreeMap<(u16, &'a Product), String>,
    /// The lines by the places of the purchases.
    lines: BTreeMap<usize, String>,
}

/// Plays those of the years that were not played yet. One that was interrupted stays as far as it came.
pub(super) async fn dispatch(stage: &Stage<'_>, deliveries: &Deliveries) -> Result<(), ServeError> {
    let office = stage.office().await?;
    let results = office.asks("{ officialResults(first: 100) { nodes { name } } }").await?;
    let there: BTreeSet<String> = nodes(&results).iter().map(|result| text(&result["name"])).collect();
    let mut days: BTreeMap<Day, (Vec<usize>, Vec<usize>)> = BTreeMap::new();
    for (place, one) in deliveries.taken.iter().enumerate() {
        if !there.contains(&name(one.year)) {
            days.entry(one.ordered).or_default().0.push(place);
            days.entry(one.delivered).or_default().1.push(place);
        }
    }
    let Some(first) = days.keys().next().copied() else { return Ok(()) };
    let begun = stage.now().await?.day_in_china().plus_days(1);
    let on = |day: Day| begun.plus_days(i32::try_from(first.days_to(day)).unwrap_or_default());
    let mut trade = Trade::opens(stage, office, &deliveries.taken).await?;
    for (day, (ordered, arrived)) in &days {
        stage.comes_to(on(*day).begins_in_china().plus_seconds(NOON)).await?;
        if let Some(one) = ordered.first().and_then(|place| trade.taken.get(*place)) {
            trade.signs(one.year, on(*day)).await?;
        }
        trade.orders(ordered).await?;
        trade.is_promised(ordered, on).await?;
        trade.arrives(arrived).await?;
    }
    Ok(())
}

/// What the platform says has arrived of them, by the year of the order.
pub(super) async fn arrived(
    stage: &Stage<'_>,
    deliveries: &Deliveries,
) -> Result<BTreeMap<u16, Arrived>, ServeError> {
    let years: BTreeMap<&str, u16> = deliveries.taken.iter().map(|one| (one.id.as_str(), one.year)).collect();
    let office = stage.office().await?;
    let mut counted: BTreeMap<u16, Arrived> = BTreeMap::new();
    for one in office.pages(("goodsDeliveries", ""), "batch onTime").await? {
        let year = one["batch"].as_str().and_then(|batch| years.get(batch.strip_prefix(BATCH)?));
        let (Some(year), Some(on_time)) = (year, one["onTime"].as_bool()) else { continue };
        let arrived = counted.entry(*year).or_default();
        *arrived = (arrived.0 + 1, arrived.1 + u64::from(on_time));
    }
    Ok(counted)
}

/// The name of the result that a year is ordered on.
fn name(year: u16) -> String {
    format!("历史交付回放，并非真实采购（模拟数据，价格为美元）：{year} 年下单")
}

impl<'a> Trade<'a> {
    async fn opens(
        stage: &'a Stage<'a>,
        office: Player<'a>,
        taken: &'a [Delivery],
    ) -> Result<Trade<'a>, ServeError> {
        let places = Places::read()?;
        let sites: BTreeSet<&str> = taken.iter().map(|one| one.product.site.as_str()).collect();
        let countries: BTreeSet<&str> = taken.iter().map(|one| one.country.as_str()).collect();
        let parties = places.parties(&sites, &countries);
        take_part(stage.with.0, &parties).await?;
        let mut players = BTreeMap::new();
        for party in parties {
            let player = stage.player(CLERK, &party.code).await?;
            players.insert(party.code, player);
        }
        let (contracts, lines) = (BTreeMap::new(), BTreeMap::new());
        Ok(Trade { stage, taken, places, office, players, contracts, lines })
    }

    fn supplier(&self, site: &str) -> Result<&Player<'a>, ServeError> {
        Ok(self.players.get(&self.places.supplier(site)).ok_or("no supplier stands for the site")?)
    }

    fn receiver(&self, country: &str) -> Result<&Player<'a>, ServeError> {
        Ok(self.players.get(&self.places.receiver(country)).ok_or("no institution stands for the country")?)
    }

    fn key(&self, step: &str, one: &str) -> String {
        self.stage.key(&format!("{step}-{one}"))
    }

    /// The contracts of the year, from their first day on, unless they are there.
    async fn signs(&mut self, year: u16, today: Day) -> Result<(), ServeError> {
        if self.contracts.keys().any(|(signed, _)| *signed == year) {
            return Ok(());
        }
        let mut bought: BTreeMap<&'a Product, Bought<'a>> = BTreeMap::new();
        for one in self.taken.iter().filter(|one| one.year == year) {
            let of_product = bought.entry(&one.product).or_default();
            let price = one.price / Decimal::from(one.product.units);
            of_product.price = Some(of_product.price.map_or(price, |lowest| lowest.min(price)));
            *of_product.parts.entry(&one.country).or_default() += one.packs * one.product.units;
        }
        let bought: Vec<(&Product, Bought<'_>)> = bought.into_iter().collect();
        let result = self.announces((year, today), &bought).await?;
        let contracts = self.divides(&result, &bought).await?;
        self.everybody_seals(&result, &bought).await?;
        for (contract, (product, _)) in contracts.iter().zip(&bought) {
            let units = product.units.to_string();
            let step = text(&contract["id"]).get(28..).unwrap_or_default().to_owned();
            let input = json!({ "product": contract["productId"], "units": units, "idempotencyKey": self.key("pack", &step) });
            self.supplier(&product.site)?.does(("declarePack", "DeclarePackInput"), input, "").await?;
            self.contracts.insert((year, *product), text(&contract["id"]));
        }
        Ok(())
    }

    /// The office brings in what was bought in the year as a result and announces it; its id.
    async fn announces(
        &self,
        (year, today): (u16, Day),
        bought: &[(&Product, Bought<'_>)],
    ) -> Result<String, ServeError> {
        let step = year.to_string();
        let table = self.table(today, bought)?;
        let import = self.office.brings("results", table, &self.key("table", &step)).await?;
        let query = format!("{{ import(id: {import:?}) {{ status rowsRejected }} }}");
        let read = self.stage.until(&self.office, &query, |shown| shown["status"] == "DONE").await?;
        if read["rowsRejected"] != "0" {
            return Err(format!("rows of the year's result are refused: {read}").into());
        }
        let input = json!({ "import": import, "name": name(year), "replaces": 0, "startsOn": today.to_string(),
            "disclosure": "SELECTED_WITH_PRICES", "idempotencyKey": self.key("announce", &step) });
        let mutation = ("announceImportedResult", "AnnounceImportedResultInput");
        let result = text(&self.office.does(mutation, input, "id").await?["id"]);
        let input = json!({ "result": result, "idempotencyKey": self.key("generate", &step) });
        self.office.does(("generateContracts", "GenerateContractsInput"), input, "").await?;
        Ok(result)
    }

    fn table(&self, today: Day, bought: &[(&Product, Bought<'_>)]) -> Result<Vec<u8>, ServeError> {
        let mut table = csv::Writer::from_writer(Vec::new());
        table.write_record(COLUMNS)?;
        let until = today.plus_days(YEAR).to_string();
        for (place, (product, bought)) in bought.iter().enumerate() {
            let lot = (place + 1).to_string();
            let title = format!("历史交付回放（模拟数据）：{}", product.item);
            let spec = format!("每包装 {} 单位", product.units);
            let (holder, code) =
                (self.places.supplier_name(&product.site), self.places.supplier(&product.site));
            let price = bought.price.unwrap_or_default().round_dp(PLACES).normalize().to_string();
            let volume = bought.parts.values().sum::<u64>().to_string();
            let row: [&str; 16] = [
                &lot,
                &title,
                &title,
                &spec,
                "单位",
                "",
                "",
                &holder,
                &code,
                &price,
                "PUBLISHED",
                "1",
                &until,
                REGION,
                "MAIN",
                &volume,
            ];
            table.write_record(row)?;
        }
        Ok(table.into_inner().map_err(|error| error.to_string())?)
    }

    /// Each contract is divided among the institutions by what they got in the year; the contracts, in the order of the products.
    async fn divides(
        &self,
        result: &str,
        bought: &[(&Product, Bought<'_>)],
    ) -> Result<Vec<Value>, ServeError> {
        let filter = format!(", filter: {{ result: {result:?} }}");
        let mut contracts =
            self.office.pages(("contracts", &filter), "id version lotNumber productId").await?;
        contracts.sort_by_key(|contract| contract["lotNumber"].as_u64());
        if contracts.len() != bought.len() {
            return Err("not every product of the year has a contract".into());
        }
        for (contract, (_, bought)) in contracts.iter().zip(bought) {
            let mut parts = Vec::with_capacity(bought.parts.len());
            for (country, units) in &bought.parts {
                let institution = self.receiver(country)?.organization();
                parts.push(json!({ "institution": institution, "volume": units.to_string() }));
            }
            let step = text(&contract["id"]).get(28..).unwrap_or_default().to_owned();
            let input = json!({ "id": contract["id"], "version": contract["version"], "parts": parts,
                "idempotencyKey": self.key("divide", &step) });
            self.office.does(("splitContract", "SplitContractInput"), input, "id").await?;
        }
        Ok(contracts)
    }

    async fn everybody_seals(
        &self,
        result: &str,
        bought: &[(&Product, Bought<'_>)],
    ) -> Result<(), ServeError> {
        let filter = format!(", filter: {{ result: {result:?} }}");
        let sites: BTreeSet<&str> = bought.iter().map(|(product, _)| product.site.as_str()).collect();
        for site in sites {
            let list = ("contracts", filter.as_str(), "id document");
            self.stage.seals(self.supplier(site)?, list).await?;
        }
        let countries: BTreeSet<&str> =
            bought.iter().flat_map(|(_, bought)| bought.parts.keys().copied()).collect();
        for country in countries {
            let list = ("subContracts", "", "id document sealedAt");
            self.stage.seals(self.receiver(country)?, list).await?;
        }
        let step = result.get(28..).unwrap_or_default();
        let input = json!({ "result": result, "idempotencyKey": self.key("in-force", step) });
        self.office.does(("moveContracts", "MoveContractsInput"), input, "").await?;
        let waiting = format!(
            "{{ contracts(first: 1, filter: {{ result: {result:?}, status: SEALED }}) {{ nodes {{ id }} }} }}"
        );
        self.stage.until(&self.office, &waiting, |shown| nodes(shown).is_empty()).await?;
        Ok(())
    }

    fn of<T: Ord>(
        &self,
        places: &[usize],
        key: impl Fn(&'a Delivery) -> T,
    ) -> BTreeMap<T, Vec<(usize, &'a Delivery)>> {
        let mut found: BTreeMap<T, Vec<(usize, &'a Delivery)>> = BTreeMap::new();
        for place in places {
            if let Some(one) = self.taken.get(*place) {
                found.entry(key(one)).or_default().push((*place, one));
            }
        }
        found
    }

    fn line(&self, place: usize) -> Result<&str, ServeError> {
        Ok(self.lines.get(&place).map(String::as_str).ok_or("a purchase has no line")?)
    }

    /// Each country orders what it ordered on that day.
    async fn orders(&mut self, ordered: &[usize]) -> Result<(), ServeError> {
        for (country, wanted) in self.of(ordered, |one| one.country.as_str()) {
            for wanted in wanted.chunks(PAGE) {
                let mut lines = Vec::with_capacity(wanted.len());
                for (_, one) in wanted {
                    let contract = self.contracts.get(&(one.year, &one.product));
                    let contract = contract.ok_or("a purchase has no contract")?;
                    lines.push(json!({ "contract": contract, "packUnits": one.product.units.to_string(),
                        "packs": one.packs.to_string() }));
                }
                let step = wanted.first().map(|(_, one)| one.id.as_str()).unwrap_or_default();
                let input = json!({ "lines": lines, "idempotencyKey": self.key("order", step) });
                let fields = format!("lines(first: {PAGE}) {{ nodes {{ id place }} }}");
                let placed =
                    self.receiver(country)?.does(("placeOrder", "PlaceOrderInput"), input, &fields).await?;
                for line in nodes(&placed["lines"]) {
                    let at = line["place"].as_u64().and_then(|place| usize::try_from(place).ok());
                    let at = at.and_then(|place| wanted.get(place.checked_sub(1)?));
                    self.lines.insert(at.ok_or("a line has no purchase")?.0, text(&line["id"]));
                }
            }
        }
        Ok(())
    }

    /// Each supplier promises on that day what was ordered of it, for the days that it promised.
    async fn is_promised(&self, ordered: &[usize], on: impl Fn(Day) -> Day) -> Result<(), ServeError> {
        for ((site, promised), wanted) in self.of(ordered, |one| (one.product.site.as_str(), one.promised)) {
            let mut lines = Vec::with_capacity(wanted.len());
            for (place, _) in &wanted {
                lines.push(json!({ "line": self.line(*place)? }));
            }
            let step = wanted.first().map(|(_, one)| one.id.as_str()).unwrap_or_default();
            let input = json!({ "lines": lines, "deliverOn": on(promised).to_string(),
                "idempotencyKey": self.key("confirm", step) });
            let mutation = ("confirmOrderLines", "ConfirmOrderLinesInput");
            self.supplier(site)?.does(mutation, input, "").await?;
        }
        Ok(())
    }

    /// What was delivered on that day is sent, arrives and is taken whole: when it was sent, the records do not tell.
    async fn arrives(&self, arrived: &[usize]) -> Result<(), ServeError> {
        for ((country, site), sent) in
            self.of(arrived, |one| (one.country.as_str(), one.product.site.as_str()))
        {
            let (supplier, receiver) = (self.supplier(site)?, self.receiver(country)?);
            let mut lines = Vec::with_capacity(sent.len());
            for (place, one) in &sent {
                lines.push(json!({ "line": self.line(*place)?, "packs": one.packs.to_string(),
                    "batch": format!("{BATCH}{}", one.id), "expiresOn": "2099-12-31" }));
            }
            let step = sent.first().map(|(_, one)| one.id.as_str()).unwrap_or_default();
            let input = json!({ "hospital": receiver.organization(), "note": format!("回放-{step}"), "lines": lines,
                "idempotencyKey": self.key("ship", step) });
            let shipped = supplier.does(("shipOrderLines", "ShipOrderLinesInput"), input, "").await?;
            let input = json!({ "deliveries": shipped, "idempotencyKey": self.key("arrive", step) });
            supplier.does(("reportArrival", "ReportArrivalInput"), input, "").await?;
            let taken: Vec<Value> = shipped
                .as_array()
                .map(|shipped| shipped.iter().map(|one| json!({ "delivery": one })).collect())
                .unwrap_or_default();
            let input = json!({ "lines": taken, "idempotencyKey": self.key("accept", step) });
            receiver.does(("acceptDeliveries", "AcceptDeliveriesInput"), input, "").await?;
        }
        Ok(())
    }
}
