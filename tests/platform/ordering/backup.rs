//! 备选供应: by decision a backup supplies in the place of a product, and by decision it does no longer.
use serde_json::{Value, json};

use super::market::told;
use super::shop::Shop;
use crate::contract::deal::{contracts, orders};
use crate::support::actor::{Actor, Outcome, key};
use crate::support::postgres::texts;
use crate::support::world::World;

const CHANGED: &str = "id version";

/// A shop with another firm that is the region's backup of its first product, at 0.25 a tablet.
pub(super) struct Standby {
    pub(super) shop: Shop,
    pub(super) backup: Actor,
    /// The backup's product.
    spare: String,
    /// Another clerk of the office.
    second: Actor,
}

impl Standby {
    pub(super) async fn opens() -> Standby {
        let world = World::new().await;
        let backup = world.manager("MANUFACTURER", "320000").await;
        let code = backup.login.split_once('@').unwrap().1.to_owned();
        let row = format!(
            "1,厄贝沙坦片,厄贝沙坦片乙,75mg,片,,,乙企业,{code},0.25,PUBLISHED,2,2099-12-31,310000,BACKUP,"
        );
        let shop = Shop::beside(world, ("310000", "310000"), &[row]).await;
        let query = "{ officialResults(first: 1) { nodes { products(first: 9) { nodes { id name } } } } }";
        let found = shop.office.asks(query).await.done();
        let products = found["nodes"][0]["products"]["nodes"].as_array().unwrap().clone();
        let spare = products.iter().find(|one| one["name"] == "厄贝沙坦片乙").unwrap();
        let spare = spare["id"].as_str().unwrap().to_owned();
        let pack = json!({ "product": spare, "units": "24", "idempotencyKey": key() });
        orders(&backup, "declarePack", pack).await.done();
        let second = shop.world.clerk(&shop.office, "clerk", "PROCUREMENT_OFFICE").await;
        Standby { shop, backup, spare, second }
    }

    async fn proposes(&self, who: &Actor) -> Outcome {
        let input = json!({ "product": self.shop.products[0], "backup": self.spare, "regionCode": "310000", "from": "2020-01-01",
            "reason": "连续三周未配送", "evidence": "断供情况说明及配送记录", "idempotencyKey": key() });
        who.does("proposeBackupSupply", input, CHANGED).await
    }

    pub(super) async fn decides(&self, who: &Actor, supply: &Value, decision: &str) -> Outcome {
        let reason = (decision != "CONFIRM").then_some("恢复供应");
        let input = json!({ "id": supply["id"], "version": supply["version"], "decision": decision, "reason": reason,
            "idempotencyKey": key() });
        who.does("decideBackupSupply", input, CHANGED).await
    }

    /// Proposed by one clerk and confirmed by another.
    pub(super) async fn begins(&self) -> Value {
        let proposed = self.proposes(&self.shop.office).await.done();
        self.decides(&self.second, &proposed, "CONFIRM").await.done()
    }

    /// The contracts in force that are seen, of the first product and of its backup: price, id, and what is agreed.
    async fn stand(&self, reader: &Actor) -> Vec<(String, String, String)> {
        let mut stand = Vec::new();
        for contract in contracts(reader).await {
            let text = |name: &str| contract[name].as_str().unwrap_or_default().to_owned();
            if text("status") != "IN_FORCE" || text("price") == "0.13" {
                continue;
            }
            let id = text("id");
            let query = format!("{{ contractFulfilment(contract: {id:?}) {{ progress {{ agreed }} }} }}");
            let agreed = reader.asks(&query).await.done()["progress"]["agreed"].clone();
            stand.push((text("price"), id, agreed.as_str().unwrap().to_owned()));
        }
        stand.sort_by_key(|(_, id, _)| id.clone());
        stand
    }
}

fn agreed(stand: &[(String, String, String)]) -> Vec<(&str, &str)> {
    stand.iter().map(|(price, _, agreed)| (price.as_str(), agreed.as_str())).collect()
}

/// What the reader's institution can order of contracts: contract, price, whose place it takes, why not.
async fn orderable(who: &Actor) -> Vec<Value> {
    let query = "{ orderable(filter: { kind: SELECTED }, first: 20) { nodes { contractId price sellerId insteadOfProductId refusal { code }
        progress { agreed } productName } } }";
    who.asks(query).await.done()["nodes"].as_array().unwrap().clone()
}

/// The first institution orders 100 packs, of which 50 come, and ten more that nobody answers: the line of those.
async fn half_comes(shop: &Shop) -> String {
    let Shop { distributor, one, .. } = shop;
    let line = shop.orders(&one.actor, &[(0, "100")]).await.swap_remove(0);
    let open = shop.orders(&one.actor, &[(0, "10")]).await.swap_remove(0);
    shop.confirms(&distributor.actor, &[&line]).await.done();
    let shipped = shop.ships(&distributor.actor, &[(&line, "50")]).await.done();
    shop.accepts(&one.actor, json!([{ "delivery": shipped[0] }])).await.done();
    open
}

#[tokio::test(flavor = "multi_thread")]
async fn a_backup_supplies_at_its_own_price_until_the_decision_ends() {
    let standby = Standby::opens().await;
    let Standby { shop, backup, second, .. } = &standby;
    let Shop { world, office, firm, distributor, one, two, .. } = shop;
    let open = half_comes(shop).await;
    let stranger = world.manager("PROCUREMENT_OFFICE", "310000").await;
    standby.proposes(&stranger).await.refused("BACKUP_SUPPLY_INVALID");
    let proposed = standby.proposes(office).await.done();
    standby.proposes(office).await.refused("BACKUP_SUPPLY_STATE");
    standby.decides(office, &proposed, "CONFIRM").await.refused("SECOND_PERSON_NEEDED");
    standby.decides(&stranger, &proposed, "CONFIRM").await.refused("NOT_FOUND");
    let seen = "{ backupSupplies(first: 9) { nodes { status moved returned productId backupId } } }";
    assert_eq!(backup.asks(seen).await.done()["nodes"], json!([]), "a proposal is the office's own");
    let begun = standby.decides(second, &proposed, "CONFIRM").await.done();
    standby.decides(second, &proposed, "CONFIRM").await.refused("STALE_VERSION");
    let told_of = json!([{ "status": "IN_FORCE", "moved": "35300", "returned": "0", "productId": shop.products[0], "backupId": standby.spare }]);
    for party in [office, backup, &firm.actor, &one.actor, &two.actor] {
        assert_eq!(party.asks(seen).await.done()["nodes"], told_of);
    }
    let far = world.manager("HOSPITAL", "320106").await;
    assert_eq!(far.asks(seen).await.done()["nodes"], json!([]));

    // What came stays with the product, the rest is agreed with the backup; each firm sees its own.
    let stand = standby.stand(office).await;
    assert_eq!(agreed(&stand), [("0.2021", "1200"), ("0.25", "35300")]);
    assert_eq!(agreed(&standby.stand(&firm.actor).await), [("0.2021", "1200")]);
    assert_eq!(agreed(&standby.stand(backup).await), [("0.25", "35300")]);
    let spare = stand[1].1.as_str();
    let shown = orderable(&one.actor).await;
    let shown: Vec<&Value> = shown.iter().filter(|row| row["productName"] != "阿托伐他汀钙片").collect();
    let row = json!({ "contractId": spare, "price": "6", "sellerId": backup.organization, "insteadOfProductId": shop.products[0],
        "refusal": null, "progress": { "agreed": "17050" }, "productName": "厄贝沙坦片乙" });
    assert_eq!(shown, [&row]);
    // Whoever orders on the contract as before gets the backup's at its price; what was ordered goes on.
    let moved = shop.orders(&one.actor, &[(0, "20")]).await.swap_remove(0);
    let query =
        format!("{{ orderLine(id: {moved:?}) {{ contractId price sellerId manufacturerId status }} }}");
    let line_of_backup = json!({ "contractId": spare, "price": "6", "sellerId": backup.organization,
        "manufacturerId": backup.organization, "status": "PLACED" });
    for party in [&one.actor, backup, office] {
        assert_eq!(party.asks(&query).await.done(), line_of_backup);
    }
    firm.actor.asks(&query).await.refused("NOT_FOUND");
    shop.confirms(&distributor.actor, &[&open]).await.done();
    shop.confirms(backup, &[&moved]).await.done();
    let shipped = shop.ships(backup, &[(&moved, "20")]).await.done();
    shop.accepts(&one.actor, json!([{ "delivery": shipped[0] }])).await.done();

    comes_back(&standby, &begun, spare).await;
}

/// The product supplies again: what the backup has not delivered is agreed with it, and new orders go there.
async fn comes_back(standby: &Standby, begun: &Value, spare: &str) {
    let Standby { shop, .. } = standby;
    let Shop { world, office, distributor, one, .. } = shop;
    let old = shop.contracts[0].as_str();
    let ended = standby.decides(office, begun, "END").await.done();
    standby.decides(office, &ended, "END").await.refused("BACKUP_SUPPLY_STATE");
    let back = standby.stand(office).await;
    assert_eq!(
        agreed(&back),
        [("0.2021", "1200"), ("0.2021", "34820")],
        "36,500 less 480 that the backup delivered"
    );
    let on = |contract: &str| json!({ "lines": [{ "contract": contract, "packUnits": "24", "packs": "1" }], "idempotencyKey": key() });
    let stopped = one.actor.does("placeOrder", on(spare), "id").await;
    stopped.refused("CONTRACT_STATE");
    assert_eq!(told(&stopped), ("not while TERMINATED".to_owned(), json!(1)));
    let fields = "lines(first: 1) { nodes { contractId price sellerId } }";
    let again = one.actor.does("placeOrder", on(old), fields).await.done();
    let own =
        json!({ "contractId": back[1].1, "price": "4.8504", "sellerId": distributor.actor.organization });
    assert_eq!(again["lines"]["nodes"][0], own);
    let causes = "SELECT string_agg(cause || ' ' || volume, ', ' ORDER BY cause, volume) AS line FROM volume_entries WHERE backup_supply IS NOT NULL";
    let entries = "MOVED_BACK 16570, MOVED_BACK 18250, MOVED_TO_BACKUP 17050, MOVED_TO_BACKUP 18250";
    assert_eq!(texts(&world.database.app, causes).await, [entries]);
    // And once more: what came back is what goes.
    standby.begins().await;
    assert_eq!(
        agreed(&standby.stand(office).await),
        [("0.2021", "1200"), ("0.2021", "0"), ("0.25", "34820")]
    );
    let third = one.actor.does("placeOrder", on(old), fields).await.done();
    assert_eq!(third["lines"]["nodes"][0]["price"], "6");
    let kinds = world.entries(begun["id"].as_str().unwrap()).await;
    assert_eq!(kinds, ["BackupSupplyProposed", "BackupSupplyDecided", "BackupSupplyDecided"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn of_orders_and_a_decision_at_once_each_is_before_it_or_with_the_backup() {
    let standby = Standby::opens().await;
    let Standby { shop, second, .. } = &standby;
    let Shop { world, office, one, two, .. } = shop;
    let app = &world.database.app;
    let all = async |decides: &Actor, supply: &Value, how: &str| {
        let asking = (0..20).map(|number| {
            let who = if number % 2 == 0 { &one.actor } else { &two.actor };
            who.does("placeOrder", shop.wishes(&[(1, "1"), (0, "1")]), "id")
        });
        let (tried, decided) =
            tokio::join!(futures_util::future::join_all(asking), standby.decides(decides, supply, how));
        let codes: Vec<String> = tried.iter().map(Outcome::code).collect();
        assert!(codes.iter().all(|code| code == "ok"), "{codes:?}");
        decided.done()
    };
    let proposed = standby.proposes(office).await.done();
    let begun = all(second, &proposed, "CONFIRM").await;
    all(office, &begun, "END").await;
    // Before a supplement was made, and after it ended, nothing is on it; while it stood in, nothing is on what it stood in for.
    let wrong = "SELECT count(*)::text AS line FROM order_lines l JOIN orders o ON o.id = l.order_id JOIN contracts c ON c.id = l.contract
        WHERE (c.supplement > 0 AND o.placed_at < c.created_at) OR (c.status = 'TERMINATED' AND o.placed_at > c.status_since)
        OR EXISTS (SELECT FROM contracts s JOIN backup_supplies b ON b.backup = s.product
            WHERE b.product = c.product AND s.created_at < o.placed_at AND o.placed_at < s.status_since AND s.status = 'TERMINATED')";
    assert_eq!(texts(app, wrong).await, ["0"]);
    let counted = "SELECT (SELECT sum(ordered * pack_units) FROM order_lines) || ' ' || (SELECT sum(ordered) FROM basis_months) AS line";
    assert_eq!(texts(app, counted).await, ["1920 1920"]);
    // Two clerks at once: one decides.
    let proposed = standby.proposes(office).await.done();
    let third = world.clerk(office, "third", "PROCUREMENT_OFFICE").await;
    let (left, right) = tokio::join!(
        standby.decides(second, &proposed, "CONFIRM"),
        standby.decides(&third, &proposed, "CONFIRM")
    );
    let mut codes = [left.code(), right.code()];
    codes.sort();
    assert_eq!(codes, ["STALE_VERSION", "ok"]);
}
