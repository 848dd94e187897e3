//! The year of orders that a demonstration begins with: each role finds its part of it.
use std::collections::BTreeSet;
use std::net::SocketAddr;

use serde_json::{Value, json};

use super::deliveries::{OFFICE, all, logs_in};
use crate::support::actor::Actor;

const MANUFACTURER: &str = "demo@91320100MA0DEM0011";
const DISTRIBUTOR: &str = "demo@91320100MA0DEM0024";
const HOSPITAL: &str = "demo@12320000MB0DEM0039";
const AGENCY: &str = "demo@12320000MB0DEM006J";
const REGULATOR: &str = "demo@11320000MB0DEM007Q";
const AUDITOR: &str = "demo@11320000MB0DEM008U";
/// A hospital that buys on the contracts of Jiangsu, and a firm that makes what was selected.
const BUYER: &str = "demo@12320000MB0DEH3206";
const FIRM: &str = "demo@91320100MA0DEF030M";

const MONTHS: &str = "month hospitalName holderName counts { ordered deliveries deliveryRate onTimeRate rejected returned } progress { pace }";

/// The values of a field.
fn kinds(nodes: &[Value], field: &str) -> BTreeSet<String> {
    nodes.iter().map(|node| node[field].as_str().unwrap_or_default().to_owned()).collect()
}

async fn tasks(who: &Actor) -> BTreeSet<String> {
    kinds(&all(who, "tasks", "", "kind").await, "kind")
}

fn below_whole(nodes: &[Value], rate: &str) -> usize {
    let of = |node: &&Value| {
        node["counts"][rate].as_str().is_some_and(|rate| rate.parse::<f64>().unwrap() < 100.0)
    };
    nodes.iter().filter(of).count()
}

pub(crate) async fn each_role_finds_its_part(to: SocketAddr) {
    office(&logs_in(to, OFFICE).await).await;
    sellers(&logs_in(to, MANUFACTURER).await, &logs_in(to, DISTRIBUTOR).await).await;
    hospitals(&logs_in(to, HOSPITAL).await, &logs_in(to, BUYER).await).await;
    authorities(&logs_in(to, AGENCY).await, &logs_in(to, REGULATOR).await, &logs_in(to, AUDITOR).await).await;
    let firm = logs_in(to, FIRM).await;
    assert!(tasks(&firm).await.contains("CONFIRM_ORDER"), "a firm that has not answered");
    let names = all(&firm, "orderLines", "", "hospitalName").await;
    assert!(kinds(&names, "hospitalName").len() > 1, "{names:?}");
}

/// Months of everybody, late and short ones, those ahead and those behind; what it made scarce and what it has to decide.
async fn office(office: &Actor) {
    let months = all(office, "orderMonths", "", MONTHS).await;
    assert!(kinds(&months, "month").len() >= 10, "{:?}", kinds(&months, "month"));
    for month in &months {
        let names = [&month["hospitalName"], &month["holderName"]].map(|name| name.as_str().unwrap());
        assert!(names.iter().all(|name| name.starts_with("模拟")), "{names:?}");
    }
    let paces: BTreeSet<String> =
        months.iter().map(|month| month["progress"]["pace"].as_str().unwrap().to_owned()).collect();
    assert!(paces.contains("BEHIND") && paces.contains("AHEAD"), "{paces:?}");
    assert!(below_whole(&months, "onTimeRate") > 3 && below_whole(&months, "deliveryRate") > 3);
    for counted in ["rejected", "returned"] {
        assert!(months.iter().any(|month| month["counts"][counted] != "0"), "{counted}");
    }
    let lines = all(office, "orderLines", "", "status kind").await;
    let status = kinds(&lines, "status");
    for came_to in ["ACCEPTED", "ACCEPTED_IN_PART", "CANCELLED", "CONFIRMED", "PLACED", "REFUSED", "SHIPPED"]
    {
        assert!(status.contains(came_to), "{came_to} is not in {status:?}");
    }
    let scarce = office.asks("{ rationings(first: 9) { nodes { taken reason } } }").await.done();
    assert!(scarce["nodes"][0]["reason"].as_str().unwrap().starts_with("模拟数据"), "{scarce}");
    assert_ne!(scarce["nodes"][0]["taken"], "0");
    let contracts = all(office, "contracts", "", "productId").await;
    let mut blocks = Vec::new();
    for product in kinds(&contracts, "productId") {
        let filter = format!(", product: {product:?}");
        blocks.extend(all(office, "productBlocks", &filter, "kind liftReason").await);
    }
    assert_eq!(kinds(&blocks, "kind"), ["RECALL", "SANCTION"].map(str::to_owned).into());
    assert_eq!(blocks.iter().filter(|block| block["liftReason"].is_null()).count(), 1);
    assert!(tasks(office).await.contains("DECIDE_LISTING"));
}

/// Products, a hospital that asks for a price, an order that waits, and what is paid.
async fn sellers(maker: &Actor, distributor: &Actor) {
    assert_eq!(all(maker, "listings", "", "id").await.len(), 2);
    assert!(tasks(maker).await.contains("ANSWER_PRICE"));
    let prices = all(maker, "negotiatedPrices", "", "status").await;
    assert_eq!(kinds(&prices, "status"), ["AGREED", "PROPOSED"].map(str::to_owned).into());
    assert!(tasks(distributor).await.contains("CONFIRM_ORDER"));
    assert!(all(distributor, "invoices", "", "number").await.len() > 4);
    let statements = all(distributor, "settlementStatements", "", "status").await;
    assert_eq!(statements.len(), 4, "{statements:?}");
}

async fn hospitals(hospital: &Actor, buyer: &Actor) {
    assert!(
        tasks(hospital).await.contains("ACCEPT_DELIVERY") && tasks(buyer).await.contains("ACCEPT_DELIVERY")
    );
    let span = "span: { from: \"2020-01-01\", until: \"2099-12-01\" }";
    let query = format!("{{ purchaseShares({span}) {{ onlineRate selectedShare kinds {{ kind }} }} }}");
    let shares = hospital.asks(&query).await.done();
    let found = kinds(shares["kinds"].as_array().unwrap(), "kind");
    assert_eq!(found, ["EMERGENCY", "FILED", "LISTED", "NEGOTIATED"].map(str::to_owned).into());
    assert!(shares["onlineRate"].as_str().unwrap().parse::<f64>().unwrap() < 100.0);
    assert_eq!(buyer.asks(&query).await.done()["selectedShare"], "100.00");
    assert!(!all(buyer, "orderMonths", "", MONTHS).await.is_empty());
}

async fn authorities(agency: &Actor, regulator: &Actor, auditor: &Actor) {
    let batches = all(agency, "paymentBatches", "", "id").await;
    assert_eq!(batches.len(), 2);
    let statements = all(agency, "settlementStatements", "", "status").await;
    assert!(kinds(&statements, "status").len() > 1, "{statements:?}");
    let proof = agency.asks("{ ledgerProof { faults } }").await.done();
    assert_eq!(proof["faults"], json!([]));
    let alerts = all(regulator, "alerts", "", "monitor regionCode value").await;
    assert!(kinds(&alerts, "monitor").contains("SUDDEN_RISE"), "{alerts:?}");
    assert!(tasks(regulator).await.contains("HANDLE_ALERT"));
    for reader in [regulator, auditor] {
        let months = all(reader, "orderMonths", "", MONTHS).await;
        assert!(months.iter().all(|month| month["hospitalName"] == "模拟江苏示范医院") && !months.is_empty());
    }
}
