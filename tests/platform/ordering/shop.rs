//! Contracts in force, and what their parties do with orders.
use serde_json::{Value, json};

use crate::contract::deal::{CONTRACT, Party, contracts, document, generates, orders};
use crate::contract::support::{announcing, brings};
use crate::support::actor::{Actor, Outcome, key};
use crate::support::rounds::in_seconds;
use crate::support::world::World;

pub(crate) const LINE: &str = "id status reason packUnits price ordered confirmed cancelled shipped accepted rejected returned sellerId orderId rules";
const LINES: &str = "id lines(first: 20) { nodes { id status price packUnits ordered sellerId } }";

/// Two products of a firm, each under a contract in force in a region: the first delivered by a distributor, the second by the firm. Two
/// institutions have a part of each. Packs hold 24.
pub(crate) struct Shop {
    pub(crate) world: World,
    pub(crate) office: Actor,
    pub(crate) firm: Party,
    pub(crate) distributor: Party,
    pub(crate) one: Party,
    pub(crate) two: Party,
    pub(crate) contracts: Vec<String>,
    pub(crate) products: Vec<String>,
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

impl Shop {
    pub(crate) async fn opens(region: &str, within: &str) -> Shop {
        Self::beside(World::new().await, (region, within), &[]).await
    }

    /// The same where the result has more rows.
    pub(crate) async fn beside(world: World, (region, within): (&str, &str), more: &[String]) -> Shop {
        let office = world.manager("PROCUREMENT_OFFICE", region).await;
        let firm = Party::of(world.manager("MANUFACTURER", "330000").await).await;
        let distributor = Party::of(world.manager("DISTRIBUTOR", "330000").await).await;
        let one = Party::of(world.manager("HOSPITAL", within).await).await;
        let two = Party::of(world.manager("HOSPITAL", within).await).await;
        let code = firm.actor.login.split_once('@').unwrap().1.to_owned();
        let row = |lot: u32, name: &str, price: &str| {
            format!(
                "{lot},{name},{name},75mg,片,,,企业,{code},{price},PUBLISHED,1,2099-12-31,{region},MAIN,36500"
            )
        };
        let rows = [row(1, "厄贝沙坦片", "0.2021"), row(2, "阿托伐他汀钙片", "0.13")];
        let import = brings(&office, &[&rows, more].concat()).await;
        let mut input = announcing(&import, "执行结果", 0);
        input["startsOn"] = json!(in_seconds(0)[..10]);
        let announced = office.does("announceImportedResult", input, "id").await.done();
        let result = text(&announced["id"]);
        generates(&office, &result).await.done();
        let mut shop =
            Shop { world, office, firm, distributor, one, two, contracts: Vec::new(), products: Vec::new() };
        shop.signs(&result).await;
        shop
    }

    /// Divides, names the distributor, seals and begins.
    async fn signs(&mut self, result: &str) {
        let mut open = contracts(&self.office).await;
        open.sort_by_key(|contract| text(&contract["price"]) != "0.2021");
        for (place, contract) in open.iter().enumerate() {
            let id = text(&contract["id"]);
            let part = |party: &Party| json!({ "institution": party.actor.organization, "volume": "18250" });
            let parts = json!({ "id": id, "version": contract["version"], "idempotencyKey": key(),
                "parts": [part(&self.one), part(&self.two)] });
            let divided = self.office.does("splitContract", parts, CONTRACT).await.done();
            if place == 0 {
                let named = json!({ "id": id, "version": divided["version"], "idempotencyKey": key(),
                    "distributor": self.distributor.actor.organization });
                self.firm.actor.does("nameDistributor", named, "id").await.done();
            }
            let main = document(&self.firm.actor, &id).await;
            self.firm.gives(&[self.firm.seal(&main)]).await.done();
            if place == 0 {
                self.distributor.gives(&[self.distributor.seal(&main)]).await.done();
            }
            self.contracts.push(id.clone());
            let query = format!("{{ contract(id: {id:?}) {{ productId }} }}");
            self.products.push(text(&self.office.asks(&query).await.done()["productId"]));
        }
        for party in [&self.one, &self.two] {
            let query = "{ subContracts(first: 9) { nodes { document } } }";
            for part in party.actor.asks(query).await.done()["nodes"].as_array().unwrap() {
                party.gives(&[party.seal(part["document"].as_str().unwrap())]).await.done();
            }
        }
        orders(&self.office, "moveContracts", json!({ "result": result, "idempotencyKey": key() }))
            .await
            .done();
        for product in &self.products {
            let pack = json!({ "product": product, "units": "24", "idempotencyKey": key() });
            orders(&self.firm.actor, "declarePack", pack).await.done();
        }
    }

    /// Wishes for so many packs of each product.
    pub(crate) fn wishes(&self, packs: &[(usize, &str)]) -> Value {
        let line = |(product, packs): &(usize, &str)| json!({ "contract": self.contracts[*product], "packUnits": "24", "packs": packs });
        let lines: Vec<Value> = packs.iter().map(line).collect();
        json!({ "lines": lines, "number": "PO-1", "idempotencyKey": key() })
    }

    /// The lines of an order that was placed, in its order.
    pub(crate) async fn orders(&self, who: &Actor, packs: &[(usize, &str)]) -> Vec<String> {
        let order = who.does("placeOrder", self.wishes(packs), LINES).await.done();
        let mut lines: Vec<String> =
            order["lines"]["nodes"].as_array().unwrap().iter().map(|line| text(&line["id"])).collect();
        lines.reverse();
        lines
    }

    /// A line as somebody sees it.
    pub(crate) async fn line(&self, who: &Actor, line: &str) -> Value {
        who.asks(&format!("{{ orderLine(id: {line:?}) {{ {LINE} }} }}")).await.done()
    }

    pub(crate) async fn confirms(&self, seller: &Actor, lines: &[&str]) -> Outcome {
        let lines: Vec<Value> = lines.iter().map(|line| json!({ "line": line })).collect();
        orders(seller, "confirmOrderLines", json!({ "lines": lines, "idempotencyKey": key() })).await
    }

    /// Ships to the first institution.
    pub(crate) async fn ships(&self, seller: &Actor, lines: &[(&str, &str)]) -> Outcome {
        orders(seller, "shipOrderLines", self.shipping(lines)).await
    }

    pub(crate) fn shipping(&self, lines: &[(&str, &str)]) -> Value {
        let line = |(line, packs): &(&str, &str)| {
            json!({ "line": line, "packs": packs, "batch": "A2026", "expiresOn": "2099-12-31",
                "codes": ["81234567890123456789"] })
        };
        let lines: Vec<Value> = lines.iter().map(line).collect();
        json!({ "hospital": self.one.actor.organization, "note": "DN-1", "lines": lines, "idempotencyKey": key() })
    }

    pub(crate) async fn ends(&self, who: &Actor, how: &str, lines: &[&str]) -> Outcome {
        let kind = if how == "cancelOrderLines" { "CancelOrderLinesInput" } else { "EndOrderLinesInput" };
        let query = format!("mutation($input: {kind}!) {{ {how}(input: $input) }}");
        let input = json!({ "lines": lines, "reason": "缺货", "idempotencyKey": key() });
        who.asks_with(&query, json!({ "input": input })).await
    }

    pub(crate) async fn accepts(&self, who: &Actor, lines: Value) -> Outcome {
        orders(who, "acceptDeliveries", json!({ "lines": lines, "idempotencyKey": key() })).await
    }

    pub(crate) async fn returns(&self, who: &Actor, acceptance: &Value, packs: &str) -> Outcome {
        let line = json!({ "acceptance": acceptance, "packs": packs, "reason": "近效期" });
        orders(who, "returnGoods", json!({ "lines": [line], "idempotencyKey": key() })).await
    }

    /// Everything that the tables of orders hold.
    pub(crate) async fn everything(&self) -> Vec<String> {
        let tables = [
            "orders",
            "order_lines",
            "deliveries",
            "acceptances",
            "goods_returns",
            "order_months",
            "basis_months",
            "rationings",
            "rationing_shares",
            "order_sheet_rows",
        ];
        let mut rows = Vec::new();
        for table in tables {
            let query = format!("SELECT '{table} ' || t::text AS line FROM {table} t ORDER BY 1");
            rows.extend(crate::support::postgres::texts(&self.world.database.app, &query).await);
        }
        rows
    }
}
