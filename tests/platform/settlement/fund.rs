//! An agency with two persons, a hospital and enterprises of a pooling area. 模拟数据.
use jicai_domain::ids::LedgerEventId;
use serde_json::{Value, json};

use crate::support::actor::{Actor, Outcome, key};
use crate::support::world::World;

pub(super) const AREA: &str = "320100";

pub(super) struct Fund {
    pub(super) world: World,
    /// Prepares.
    pub(super) clerk: Actor,
    /// Approves.
    pub(super) second: Actor,
    pub(super) hospital: Actor,
    pub(super) book: Value,
}

/// An id as whoever tells of an event makes it.
pub(super) fn event() -> String {
    jicai_store::fresh::<LedgerEventId>().to_string()
}

impl Fund {
    pub(super) async fn new() -> Fund {
        Self::of(World::new().await).await
    }

    pub(super) async fn of(world: World) -> Fund {
        let second = world.manager("INSURANCE_AGENCY", "320000").await;
        let clerk = world.clerk(&second, "clerk", "INSURANCE_AGENCY").await;
        let hospital = world.manager("HOSPITAL", "320106").await;
        let book = json!({ "area": AREA, "scheme": "EMPLOYEE" });
        let fund = Fund { world, clerk, second, hospital, book };
        fund.changes(&fund.clerk, "openLedgerBook", json!({})).await.done();
        fund.designates("2010-01-01").await.done();
        fund
    }

    /// The fund settles for the hospital from a day on.
    pub(super) async fn designates(&self, begins: &str) -> Outcome {
        let input = json!({ "area": AREA, "hospital": self.hospital.organization, "begins": begins, "idempotencyKey": key() });
        self.clerk.does("designateHospital", input, "id version").await
    }

    pub(super) async fn undesignates(&self, seen: &Value, ends: &str) -> Outcome {
        let input = json!({ "id": seen["id"], "version": seen["version"], "ends": ends, "reason": "协议到期", "idempotencyKey": key() });
        self.clerk.does("endDesignation", input, "id version").await
    }

    /// A mutation about the book that answers true.
    pub(super) async fn changes(&self, who: &Actor, name: &str, more: Value) -> Outcome {
        let kind = format!("{}{}Input", name[..1].to_uppercase(), &name[1..]);
        let query = format!("mutation($input: {kind}!) {{ {name}(input: $input) }}");
        who.asks_with(&query, json!({ "input": self.with_book(more) })).await
    }

    pub(super) fn with_book(&self, more: Value) -> Value {
        let mut input = self.book.clone();
        let fields = input.as_object_mut().unwrap();
        fields.insert("idempotencyKey".to_owned(), json!(key()));
        fields.extend(more.as_object().unwrap().clone());
        input
    }

    pub(super) async fn prepares(&self, kind: &str, yuan: &str, day: &str) -> Outcome {
        self.tells(&event(), kind, yuan, day).await
    }

    /// An event under an id, of the hospital where it is about one.
    pub(super) async fn tells(&self, id: &str, kind: &str, yuan: &str, day: &str) -> Outcome {
        let hospital = (kind != "GRANTED").then(|| self.hospital.organization.clone());
        let contracted = (kind == "PREPAID").then_some("1");
        let input = json!({ "id": id, "kind": kind, "amount": yuan, "day": day, "hospital": hospital, "contracted": contracted });
        self.clerk.does("prepareLedgerEvent", self.with_book(input), "id version").await
    }

    pub(super) async fn decides(&self, who: &Actor, prepared: &Value, decision: &str) -> Outcome {
        let input = json!({ "id": prepared["id"], "version": prepared["version"], "decision": decision,
            "reason": (decision == "VOID").then_some("重复"), "idempotencyKey": key() });
        who.does("decideLedgerEvent", input, "id version").await
    }

    /// Prepares and posts.
    pub(super) async fn posts(&self, kind: &str, yuan: &str, day: &str) {
        let prepared = self.prepares(kind, yuan, day).await.done();
        self.decides(&self.second, &prepared, "POST").await.done();
    }

    /// Uses the hospital's open claims.
    pub(super) async fn offsets(&self, day: &str) -> Outcome {
        let input = json!({ "id": event(), "day": day, "hospital": self.hospital.organization });
        let prepared = self.clerk.does("prepareClaimsOffset", self.with_book(input), "id version").await;
        if prepared.code() != "ok" {
            return prepared;
        }
        self.decides(&self.second, &prepared.done(), "POST").await
    }

    /// Every account of the book that holds something: `ACCOUNT yuan`, those of several parties added up by name.
    pub(super) async fn balances(&self) -> Vec<String> {
        let query = "{ ledgerAccounts(first: 100) { nodes { account balance } } }";
        let found = self.clerk.asks(query).await.done();
        let nodes = found["nodes"].as_array().unwrap();
        let told = nodes.iter().filter(|node| node["balance"] != "0.00");
        let line = |node: &Value| {
            format!("{} {}", node["account"].as_str().unwrap(), node["balance"].as_str().unwrap())
        };
        told.map(line).collect()
    }
}
