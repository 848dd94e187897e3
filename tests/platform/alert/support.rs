//! Prices that come, and the alerts that stand afterwards.
use std::time::Instant;

use jicai_domain::alert::live::Basis;
use jicai_domain::identity::RegionCode;
use jicai_domain::ids::{Id, OrganizationId};
use jicai_domain::jobs::{JobKind, Lane};
use jicai_domain::pricing::observation::{PriceBatch, PriceKind, Said};
use jicai_domain::time::Day;
use jicai_server::serve::with_app;
use jicai_service::jobs::work_once;
use jicai_store::pricing::take::take;
use jicai_store::{Store, StoreError, fresh, jobs};
use serde_json::Value;

use crate::support::actor::Actor;
use crate::support::postgres::texts;
use crate::support::worker::Worker;
use crate::support::world::{World, config};

/// What is shown of an alert in these stories: all that the library can select but for nested items and regions.
pub(super) const ALERT: &str = "id version state rule ruleVersion monitor tests basis severity regionCode product group \
    maker { name organizationId } value benchmark { value threshold sample } withheld firstPeriod lastPeriod findings reason reasonZh \
    evidence { id period regionCode maker product price } evidenceCount compared { id period regionCode maker product price } \
    exclusions { id price } assigneeId dismissedBecause followsId openedAt";

/// A price that somebody reports.
#[derive(Clone, Debug)]
pub(super) struct Price {
    pub(super) line: String,
    pub(super) basis: Basis,
    pub(super) region: String,
    pub(super) month: String,
    pub(super) product: String,
    pub(super) maker: String,
    pub(super) group: String,
    pub(super) price: String,
    pub(super) firm: Option<String>,
    pub(super) disclosed: bool,
}

/// A listed price of product `P` of maker `M`.
pub(super) fn listed(line: &str, region: &str, month: &str, price: &str) -> Price {
    Price {
        line: line.to_owned(),
        basis: Basis::Listed,
        region: region.to_owned(),
        month: month.to_owned(),
        product: "P".to_owned(),
        maker: "M".to_owned(),
        group: "G".to_owned(),
        price: price.to_owned(),
        firm: None,
        disclosed: true,
    }
}

impl Price {
    pub(super) fn of(self, product: &str, maker: &str) -> Price {
        Price { product: product.to_owned(), maker: maker.to_owned(), ..self }
    }

    pub(super) fn in_group(self, group: &str) -> Price {
        Price { group: group.to_owned(), ..self }
    }

    pub(super) fn by(self, firm: &Actor) -> Price {
        Price { firm: Some(firm.organization.clone()), ..self }
    }

    pub(super) fn undisclosed(self) -> Price {
        Price { disclosed: false, ..self }
    }

    fn said(&self, source: OrganizationId) -> Said {
        Said {
            kind: if self.basis == Basis::Listed { PriceKind::Listed } else { PriceKind::Transaction },
            region: RegionCode::parse(&self.region).unwrap(),
            observed_on: Day::parse(&format!("{}-15", self.month)).unwrap(),
            item: None,
            code: None,
            group_key: Some(self.product.clone()),
            loose_group: Some(self.group.clone()),
            maker: Some(self.maker.clone()),
            manufacturer: self.firm.as_deref().map(|firm| OrganizationId::parse(firm).unwrap()),
            hospital: None,
            price: self.price.parse().unwrap(),
            pack_units: 1,
            currency: "CNY".to_owned(),
            abroad: None,
            packs: None,
            disclosed: self.disclosed,
            source,
            source_key: self.line.clone(),
            acceptance: None,
            listing: None,
        }
    }
}

/// A world whose service leaves the work to the story.
pub(super) async fn idle_world() -> World {
    World::with(|config| config.jobs = 0).await
}

/// Prices that an organization reports at once, and the work that this leaves.
pub(super) async fn reports(world: &World, reporter: &Actor, prices: &[Price]) {
    let source = OrganizationId::parse(&reporter.organization).unwrap();
    let store = Store::new(&world.database.app, 1);
    let sound: Vec<_> = prices.iter().map(|price| (fresh(), price.said(source))).collect();
    let batch = PriceBatch { id: fresh(), sound, doubted: Vec::new() };
    store
        .keep("report", async |tx| {
            take(tx, (source, "test"), &batch).await?;
            jobs::put(tx, JobKind::Monitor, &batch.id.to_string()).await?;
            Ok::<_, StoreError>(())
        })
        .await
        .unwrap();
}

/// Does what is due until nothing is.
pub(super) async fn works(world: &World) {
    let settings = config(&world.database);
    with_app(&settings, async |app| {
        while work_once(app, Lane::Inside).await? {}
        Ok(())
    })
    .await
    .unwrap();
}

/// The same by a worker, which serves a database whose clock was moved, too.
pub(super) async fn works_later(world: &World) {
    let worker = Worker::of(world);
    let due = "SELECT kind AS line FROM jobs \
        WHERE status = 'RUNNING' OR status = 'QUEUED' AND due_at <= app_clock()";
    let begun = Instant::now();
    loop {
        let due = texts(&world.database.owner, due).await;
        if due.is_empty() {
            break;
        }
        assert!(begun.elapsed().as_secs() < 60, "still due: {due:?}");
    }
    worker.ends();
}

/// Such alerts as somebody sees them, the oldest first.
pub(super) async fn alerts(who: &Actor, filter: &str) -> Vec<Value> {
    let query = format!(
        "query($a: String) {{ alerts(first: 20, after: $a, filter: {{ order: OLDEST_FIRST, {filter} }}) {{ \
         nodes {{ {ALERT} }} pageInfo {{ hasNextPage endCursor }} }} }}"
    );
    let (mut found, mut after) = (Vec::new(), Value::Null);
    loop {
        let part = who.asks_with(&query, serde_json::json!({ "a": after })).await.done();
        found.extend(part["nodes"].as_array().unwrap().clone());
        after = part["pageInfo"]["endCursor"].clone();
        if part["pageInfo"]["hasNextPage"] != true {
            return found;
        }
    }
}

/// What the story compares of alerts: everything that is a function of the observations, in one order.
pub(super) fn compared(alerts: &[Value]) -> Vec<String> {
    let line = |alert: &Value| {
        let text = |name: &str| alert[name].as_str().map_or_else(|| alert[name].to_string(), str::to_owned);
        let benchmark = &alert["benchmark"];
        let prices = |name: &str| {
            let rows = alert[name].as_array().unwrap();
            let rows = rows.iter().map(|row| {
                format!("{} {} {} {}", row["period"], row["regionCode"], row["product"], row["price"])
            });
            rows.collect::<Vec<_>>().join("; ")
        };
        let named =
            ["basis", "monitor", "regionCode", "product", "severity", "state", "value", "firstPeriod"];
        let head: Vec<String> = named.iter().map(|name| text(name)).collect();
        format!(
            "{} {} {} {} {} {} {} [{}] [{}]",
            head.join(" "),
            benchmark["value"],
            benchmark["threshold"],
            benchmark["sample"],
            text("lastPeriod"),
            text("findings"),
            alert["tests"],
            prices("evidence"),
            prices("compared")
        )
    };
    let mut lines: Vec<String> = alerts.iter().map(line).collect();
    lines.sort();
    lines
}

/// A mutation of an alert with its input's name.
pub(super) async fn moves(
    who: &Actor,
    (mutation, input): (&str, &str),
    alert: &Value,
    more: Value,
) -> crate::support::actor::Outcome {
    let mut said = serde_json::json!({ "id": alert["id"], "version": alert["version"],
        "idempotencyKey": crate::support::actor::key() });
    said.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    let query = format!("mutation($i: {input}!) {{ {mutation}(input: $i) {{ {ALERT} }} }}");
    who.asks_with(&query, serde_json::json!({ "i": said })).await
}
