//! 模拟数据: what the accounts of the demonstration do in the year. The manufacturer lists products and raises a price, the hospital orders at listed, negotiated and
//! filed prices and in an emergency, the distributor delivers and is paid by the agency.
#![expect(clippy::indexing_slicing, reason = "a JSON value without that member is null")]
use serde_json::{Value, json};

use super::accounts::{CLERK, DISTRIBUTOR, HOSPITAL, MANUFACTURER};
use super::fund::Fund;
use super::play::Stage;
use super::player::{Player, nodes, text};
use super::year::tail;
use crate::serve::ServeError;

const REGION: &str = "320000";
/// The city of the hospital, which the distributor is appointed for.
const CITY: &str = "320100";
/// In which months the price is raised, and an emergency comes.
const RAISED: usize = 5;
const EMERGENCY: usize = 3;
/// Until which month the approved packs are ordered.
const FILED_UNTIL: usize = 8;

/// A product of the account's manufacturer: generic name, spec, unit, smallest units of the pack, price of the pack.
type Ware = (&'static str, &'static str, &'static str, u64, &'static str);
const WARES: [Ware; 3] = [
    ("缬沙坦胶囊", "80mg", "粒", 28, "36.40"),
    ("二甲双胍缓释片", "0.5g", "片", 30, "18.60"),
    ("注射用人凝血因子Ⅷ（模拟）", "200IU", "瓶", 1, "398.00"),
];

/// The accounts, what they can buy and sell, and what was ordered last.
pub(super) struct Counter<'a> {
    stage: &'a Stage<'a>,
    hospital: Player<'a>,
    maker: Player<'a>,
    distributor: Player<'a>,
    office: Player<'a>,
    fund: Fund<'a>,
    listing: Value,
    negotiated: String,
    filing: String,
    /// Lines with their packs.
    lines: Vec<(String, u64)>,
}

impl<'a> Counter<'a> {
    /// Products are in the registry and on the list, the distributor is appointed and ticked, a price is agreed on and a purchase approved.
    pub(super) async fn opens(stage: &'a Stage<'a>) -> Result<Counter<'a>, ServeError> {
        let maker = stage.player(CLERK, MANUFACTURER).await?;
        let distributor = stage.player(CLERK, DISTRIBUTOR).await?;
        let hospital = stage.player(CLERK, HOSPITAL).await?;
        let office = stage.office().await?;
        let mut items = Vec::with_capacity(WARES.len());
        for (place, ware) in WARES.iter().enumerate() {
            items.push(registered(stage, (&maker, &office), (place, ware)).await?);
        }
        let mut listings = Vec::new();
        for (item, ware) in items.iter().zip(&WARES).take(2) {
            let key = |step: &str| stage.key(&format!("{step}-{}", tail(item)));
            let input = json!({ "item": item, "region": REGION, "price": ware.4, "explanation": "模拟数据：按成本定价", "idempotencyKey": key("list") });
            let applied =
                maker.does(("applyForListing", "ApplyForListingInput"), input, "id version").await?;
            let input = json!({ "id": applied["id"], "version": applied["version"], "reason": "模拟数据：已核对成本", "idempotencyKey": key("listed") });
            listings.push(office.does(("approveListing", "ListingInput"), input, "id version").await?);
        }
        appointed(stage, (&maker, &distributor, &hospital)).await?;
        let negotiated = agreed(stage, (&hospital, &maker), &listings[1]["id"]).await?;
        let filing = filed(stage, (&hospital, &office), (&items[2], &maker.organization())).await?;
        let fund = Fund::opens(stage, &hospital, &distributor).await?;
        let listing = listings.swap_remove(0);
        let lines = Vec::new();
        Ok(Counter { stage, hospital, maker, distributor, office, fund, listing, negotiated, filing, lines })
    }

    fn key(&self, step: &str, month: usize) -> String {
        self.stage.key(&format!("counter-{step}-{month}"))
    }

    /// What was accepted in the month before is settled as far as it comes.
    pub(super) async fn settles(&mut self, month: usize) -> Result<(), ServeError> {
        self.fund.settles(month, (MANUFACTURER, &self.distributor, &self.hospital)).await
    }

    /// The hospital orders: what is listed, at the price it agreed on, what is filed, and once in an emergency, which it reports.
    pub(super) async fn orders(&mut self, month: usize) -> Result<(), ServeError> {
        if month == RAISED {
            self.raises_price(month).await?;
        }
        let packs = u64::try_from(month)?;
        let [valsartan, metformin, factor] = [(28, 180 + packs * 5), (30, 260 - packs * 4), (1, 6)]
            .map(|(units, packs): (u64, u64)| (units.to_string(), packs));
        let mut lines = vec![
            (json!({ "listing": self.listing["id"], "packUnits": valsartan.0, "packs": valsartan.1.to_string() })),
            (json!({ "negotiated": self.negotiated, "packUnits": metformin.0, "packs": metformin.1.to_string() })),
        ];
        if (1..FILED_UNTIL).contains(&month) {
            lines
                .push(json!({ "filing": self.filing, "packUnits": factor.0, "packs": factor.1.to_string() }));
        }
        if month == EMERGENCY {
            lines.push(json!({ "listing": self.listing["id"], "packUnits": valsartan.0, "packs": "40", "emergency": "模拟数据：突发公共事件，紧急补货" }));
        }
        let input = json!({ "lines": lines, "number": format!("模拟-{month:02}"), "idempotencyKey": self.key("order", month) });
        let fields = "lines(first: 9) { nodes { id ordered kind } }";
        let order = self.hospital.does(("placeOrder", "PlaceOrderInput"), input, fields).await?;
        self.lines.clear();
        for line in nodes(&order["lines"]) {
            self.lines.push((text(&line["id"]), line["ordered"].as_str().unwrap_or_default().parse()?));
            if line["kind"] == "EMERGENCY" {
                let input = json!({ "line": line["id"], "report": "模拟数据：用于应急处置，事后备案", "idempotencyKey": self.key("report", month) });
                self.hospital.does(("reportEmergency", "ReportEmergencyInput"), input, "id").await?;
            }
        }
        Ok(())
    }

    /// A price that rises by more than a tenth: the office lets it, and the monitors say so.
    async fn raises_price(&mut self, month: usize) -> Result<(), ServeError> {
        let input = json!({ "id": self.listing["id"], "version": self.listing["version"], "price": "42.00", "withOffice": true,
            "explanation": "模拟数据：原料价格上涨", "idempotencyKey": self.key("raise", month) });
        let mutation = ("changeListingPrice", "ChangeListingPriceInput");
        let asked = self.maker.does(mutation, input, "id version").await?;
        let input = json!({ "id": asked["id"], "version": asked["version"], "approve": true, "reason": "模拟数据：成本资料已核",
            "idempotencyKey": self.key("raised", month) });
        let mutation = ("decideListingPrice", "DecideListingPriceInput");
        self.listing = self.office.does(mutation, input, "id version").await?;
        Ok(())
    }

    /// The distributor promises what was ordered.
    pub(super) async fn answers(&self, month: usize) -> Result<(), ServeError> {
        let lines: Vec<Value> = self.lines.iter().map(|(line, _)| json!({ "line": line })).collect();
        let input = json!({ "lines": lines, "idempotencyKey": self.key("confirm", month) });
        self.distributor.does(("confirmOrderLines", "ConfirmOrderLinesInput"), input, "").await?;
        Ok(())
    }

    /// It sends all of it, and the hospital takes it.
    pub(super) async fn sends(&mut self, month: usize) -> Result<(), ServeError> {
        let shipped = self.ships(month).await?;
        let taken: Vec<Value> = shipped
            .as_array()
            .map(|shipped| shipped.iter().map(|one| json!({ "delivery": one })).collect())
            .unwrap_or_default();
        let input = json!({ "lines": taken, "idempotencyKey": self.key("accept", month) });
        let accepted = self.hospital.does(("acceptDeliveries", "AcceptDeliveriesInput"), input, "").await?;
        self.fund.takes_note(&batch(month), &accepted);
        Ok(())
    }

    async fn ships(&self, month: usize) -> Result<Value, ServeError> {
        let goods = |(line, packs): &(String, u64)| json!({ "line": line, "packs": packs.to_string(), "batch": batch(month), "expiresOn": "2099-12-31" });
        let lines: Vec<Value> = self.lines.iter().map(goods).collect();
        let input = json!({ "hospital": self.hospital.organization(), "note": format!("模拟-{month:02}"), "lines": lines,
            "idempotencyKey": self.key("ship", month) });
        self.distributor.does(("shipOrderLines", "ShipOrderLinesInput"), input, "").await
    }

    /// What everybody finds to do: goods to accept, an order to confirm, a price to answer, a purchase and a listing to decide.
    pub(super) async fn stays_open(&mut self, month: usize) -> Result<(), ServeError> {
        self.orders(month).await?;
        self.answers(month).await?;
        self.ships(month).await?;
        self.orders(month + 1).await?;
        let input = json!({ "listing": self.listing["id"], "price": "39.00", "explanation": "模拟数据：用量大", "idempotencyKey": self.key("propose", month) });
        self.hospital.does(("proposePrice", "ProposePriceInput"), input, "id").await?;
        let input = json!({ "id": self.listing["id"], "version": self.listing["version"], "price": "43.50", "withOffice": true,
            "explanation": "模拟数据：能源价格上涨", "idempotencyKey": self.key("raise", month) });
        let mutation = ("changeListingPrice", "ChangeListingPriceInput");
        self.maker.does(mutation, input, "id").await?;
        Ok(())
    }
}

/// The batch of a month.
fn batch(month: usize) -> String {
    format!("MX26{month:02}")
}

async fn registered(
    stage: &Stage<'_>,
    (maker, office): (&Player<'_>, &Player<'_>),
    (place, (name, spec, unit, units, _)): (usize, &Ware),
) -> Result<String, ServeError> {
    let key = |step: &str| stage.key(&format!("counter-{step}-{place}"));
    let holder = maker.asks("{ me { organization { name } } }").await?["organization"]["name"].take();
    let content = json!({ "genericName": name, "tradeName": "模拟数据", "form": "口服制剂", "declaredSpec": spec, "holderName": holder,
        "holder": maker.organization(), "unitsPerPack": units, "smallestUnit": unit });
    let act =
        json!({ "new": { "item": { "kind": "WESTERN", "content": content }, "validFrom": "2020-01-01" } });
    let input = json!({ "act": act, "reason": "模拟数据", "idempotencyKey": key("item") });
    let proposed = maker.does(("proposeItem", "ProposeItemInput"), input, "id version").await?;
    let input = json!({ "id": proposed["id"], "version": proposed["version"], "idempotencyKey": key("item-approve") });
    Ok(text(&office.does(("approveItemProposal", "ItemProposalInput"), input, "itemId").await?["itemId"]))
}

async fn appointed(
    stage: &Stage<'_>,
    (maker, distributor, hospital): (&Player<'_>, &Player<'_>, &Player<'_>),
) -> Result<(), ServeError> {
    let input = json!({ "distributor": distributor.organization(), "region": CITY, "idempotencyKey": stage.key("appoint-distributor") });
    let proposed =
        maker.does(("proposeDistribution", "ProposeDistributionInput"), input, "id version").await?;
    let input = json!({ "id": proposed["id"], "version": proposed["version"], "idempotencyKey": stage.key("accept-appointment") });
    distributor.does(("acceptDistribution", "DistributionInput"), input, "id").await?;
    let input = json!({ "manufacturer": maker.organization(), "distributors": [distributor.organization()],
        "preferred": distributor.organization(), "idempotencyKey": stage.key("tick-distributor") });
    hospital.does(("chooseDistributors", "ChooseDistributorsInput"), input, "version").await?;
    Ok(())
}

/// A price below the listed one that both sides agree on; its id.
async fn agreed(
    stage: &Stage<'_>,
    (hospital, maker): (&Player<'_>, &Player<'_>),
    listing: &Value,
) -> Result<String, ServeError> {
    let input = json!({ "listing": listing, "price": "17.20", "explanation": "模拟数据：用量大", "idempotencyKey": stage.key("counter-propose") });
    let asked = hospital.does(("proposePrice", "ProposePriceInput"), input, "id version").await?;
    let input = json!({ "id": asked["id"], "version": asked["version"], "answer": "AGREE", "idempotencyKey": stage.key("counter-agree") });
    Ok(text(&maker.does(("answerPrice", "AnswerPriceInput"), input, "id").await?["id"]))
}

/// A purchase of an item that is not listed, approved for as many packs as are free of the share; its id.
async fn filed(
    stage: &Stage<'_>,
    (hospital, office): (&Player<'_>, &Player<'_>),
    (item, maker): (&str, &str),
) -> Result<String, ServeError> {
    let input = json!({ "item": item, "manufacturer": maker, "price": WARES[2].4, "packs": "120", "reason": "模拟数据：罕见病用药，未挂网",
        "idempotencyKey": stage.key("counter-file") });
    let asked = hospital.does(("filePurchase", "FilePurchaseInput"), input, "id version").await?;
    let until = stage.now().await?.day_in_china().plus_days(350).to_string();
    let input = json!({ "id": asked["id"], "version": asked["version"], "packs": "60", "until": until,
        "idempotencyKey": stage.key("counter-filed") });
    Ok(text(&office.does(("decideFiling", "DecideFilingInput"), input, "id").await?["id"]))
}
