//! An announced round with its office and custodians, and the calendar that stories travel through.
use serde_json::{Value, json};

use super::actor::{Actor, key};
use super::world::World;

pub(crate) const HOUR: i64 = 3_600;
/// When what is open, in hours after the round was made: `world.moves_clock_to(DEMAND * HOUR + 1)` and so on. Tokens do not last
/// as long: whoever acts afterwards logs in again.
pub(crate) const DEMAND: i64 = 10;
pub(crate) const DEMAND_ENDS: i64 = 20;
pub(crate) const BIDS: i64 = 30;
pub(crate) const QUALIFICATION_ENDS: i64 = 35;
pub(crate) const BIDS_END: i64 = 40;
pub(crate) const OPENING: i64 = 50;

/// A round that is announced.
pub(crate) struct Live {
    pub(crate) id: String,
    /// What it announces, whole.
    pub(crate) announcement: Value,
    /// The manager of its office, who drafted and published it.
    pub(crate) office: Actor,
    /// Who holds the shares, in order.
    pub(crate) custodians: Vec<Actor>,
    /// Its lots by number.
    pub(crate) lots: Vec<LiveLot>,
}

/// A lot of a round that is announced.
pub(crate) struct LiveLot {
    pub(crate) id: String,
    pub(crate) number: i64,
    pub(crate) specs: Vec<LiveSpec>,
}

/// A spec of such a lot.
pub(crate) struct LiveSpec {
    pub(crate) id: String,
    pub(crate) code: String,
}

impl Live {
    /// The lot of that number.
    pub(crate) fn lot(&self, number: i64) -> &LiveLot {
        self.lots.iter().find(|lot| lot.number == number).unwrap()
    }

    /// The id of the spec of that code in the lot of that number.
    pub(crate) fn spec(&self, lot: i64, code: &str) -> &str {
        &self.lot(lot).specs.iter().find(|spec| spec.code == code).unwrap().id
    }

    /// The version that it is at.
    pub(crate) async fn version(&self) -> i64 {
        self.read("version").await["version"].as_i64().unwrap()
    }

    /// How far it is.
    pub(crate) async fn status(&self) -> String {
        self.read("status").await["status"].as_str().unwrap().to_owned()
    }

    /// Fields of it as everybody reads them.
    pub(crate) async fn read(&self, fields: &str) -> Value {
        Actor::nobody(self.office.to)
            .asks(&format!("{{ round(id: {:?}) {{ {fields} }} }}", self.id))
            .await
            .done()
    }
}

/// The instant that many seconds from now, by the machine's clock: the stories' offset begins at 0.
pub(crate) fn in_seconds(seconds: i64) -> String {
    let now = std::time::SystemTime::UNIX_EPOCH.elapsed().unwrap().as_secs();
    let at = i64::try_from(now).unwrap() + seconds;
    jiff::Timestamp::from_second(at).unwrap().to_string()
}

/// The usual calendar, beginning so many hours from now.
pub(crate) fn calendar() -> Value {
    let at = |hours: i64| in_seconds(hours * HOUR);
    json!({ "demandFrom": at(DEMAND), "demandUntil": at(DEMAND_ENDS), "qualificationUntil": at(QUALIFICATION_ENDS),
        "bidsFrom": at(BIDS), "bidsUntil": at(BIDS_END), "openingFrom": at(OPENING) })
}

/// The usual announcement without custodians: two lots of drugs, the first with two specs of different content.
pub(crate) fn a_round() -> Value {
    json!({
        "name": "模拟采购", "kind": "DRUG", "ruleSet": "cn-r9-2023", "disclosure": "EVERYTHING",
        "pastUseShare": "0.8", "custodians": [], "threshold": 2, "calendar": calendar(),
        "lots": [
            { "number": 1, "name": "阿托伐他汀口服常释剂型", "form": "ORAL", "unit": "片", "specs": [
                { "code": "10", "name": "10mg", "content": "10", "ceiling": "1.32", "representative": true },
                { "code": "20", "name": "20mg", "content": "20", "ceiling": "2.24" },
            ] },
            { "number": 2, "name": "左氧氟沙星注射剂", "form": "LARGE_INJECTION", "unit": "瓶", "specs": [
                { "code": "100", "name": "100ml:0.5g", "content": "0.5", "ceiling": "12.6", "representative": true },
            ] },
        ],
    })
}

/// Publishes that announcement in Jiangsu, with custodians of three other offices where it names none.
pub(crate) async fn announced(world: &World, announcement: Value) -> Live {
    let office = world.manager("PROCUREMENT_OFFICE", "320000").await;
    announced_by(world, office, announcement).await
}

/// The same by that office.
pub(crate) async fn announced_by(world: &World, office: Actor, mut announcement: Value) -> Live {
    let mut custodians = Vec::new();
    if announcement["custodians"].as_array().unwrap().is_empty() {
        custodians = three_custodians(world).await;
        announcement["custodians"] = custodians.iter().map(|one| json!(one.user)).collect();
    }
    let drafted = office.does("draftRound", drafted(&announcement), "id version").await.done();
    let id = drafted["id"].as_str().unwrap().to_owned();
    publishes(&office, (&id, 1)).await.done();
    let lots = lots(&office, &id).await;
    Live { id, announcement, office, custodians, lots }
}

/// The input of a draft.
pub(crate) fn drafted(announcement: &Value) -> Value {
    json!({ "announcement": announcement, "idempotencyKey": key() })
}

/// The input of a correction.
pub(crate) fn corrected((round, version): (&str, i64), announcement: &Value) -> Value {
    json!({ "id": round, "version": version, "announcement": announcement, "reason": "更正", "idempotencyKey": key() })
}

pub(crate) async fn publishes(office: &Actor, seen: (&str, i64)) -> super::actor::Outcome {
    office.moves("publishRound", seen, None).await
}

/// Key custodians of three offices.
pub(crate) async fn three_custodians(world: &World) -> Vec<Actor> {
    let mut custodians = Vec::new();
    for (region, name) in [("310000", "first"), ("330000", "second"), ("340000", "third")] {
        let manager = world.manager("PROCUREMENT_OFFICE", region).await;
        custodians.push(world.clerk(&manager, name, "KEY_CUSTODIAN").await);
    }
    custodians
}

/// The lots of a round with their specs.
pub(crate) async fn lots(reader: &Actor, round: &str) -> Vec<LiveLot> {
    let query = format!(
        "{{ round(id: {round:?}) {{ lots(first: 50) {{ nodes {{ id number
            specs(first: 20) {{ nodes {{ id code }} }} }} }} }} }}"
    );
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let found = reader.asks(&query).await.done();
    let lots = found["lots"]["nodes"].as_array().unwrap().iter();
    let specs = |lot: &Value| {
        let nodes = lot["specs"]["nodes"].as_array().unwrap().iter();
        nodes.map(|spec| LiveSpec { id: text(&spec["id"]), code: text(&spec["code"]) }).collect()
    };
    lots.map(|lot| LiveLot {
        id: text(&lot["id"]),
        number: lot["number"].as_i64().unwrap(),
        specs: specs(lot),
    })
    .collect()
}
