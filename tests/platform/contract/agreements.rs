//! Contracts from a result to their end: generated, divided, sealed by every party, in force, over.
use std::time::Instant;

use jicai_seal::{ContractKey, ContractPublic, ContractSeal, Sealable};
use serde_json::{Value, json};

use super::support::{announcing, brings, pilot, shanghai};
use crate::support::actor::{Actor, Outcome, key};
use crate::support::http::{Reply, send};
use crate::support::postgres::execute;
use crate::support::rounds::{a_round, announced, in_seconds};
use crate::support::world::World;

const CONTRACT: &str = "id version status regionCode volume price selectedPrice institutions sealsMissing year startsOn until holderId";

/// A mutation whose answer is an id.
async fn orders(actor: &Actor, name: &str, input: Value) -> Outcome {
    let kind = format!("{}{}Input", name[..1].to_uppercase(), &name[1..]);
    let query = format!("mutation($input: {kind}!) {{ {name}(input: $input) }}");
    actor.asks_with(&query, json!({ "input": input })).await
}

async fn generates(office: &Actor, result: &str) -> Outcome {
    orders(office, "generateContracts", json!({ "result": result, "idempotencyKey": key() })).await
}

async fn contracts(reader: &Actor) -> Vec<Value> {
    let query = format!("{{ contracts(first: 50) {{ nodes {{ {CONTRACT} }} }} }}");
    reader.asks(&query).await.done()["nodes"].as_array().unwrap().clone()
}

async fn parts(reader: &Actor) -> Vec<Value> {
    let query = "{ subContracts(first: 50) { nodes { id volume institutionId sealedAt document
        contract { id status price } fulfilment { bought remaining elapsed due } } } }";
    reader.asks(query).await.done()["nodes"].as_array().unwrap().clone()
}

/// A party with a key that it has registered.
struct Party {
    actor: Actor,
    key: ContractKey,
}

impl Party {
    async fn of(actor: Actor) -> Party {
        let contract_key = ContractKey::generate().unwrap();
        let input = json!({ "publicLine": contract_key.public().to_string(), "idempotencyKey": key() });
        orders(&actor, "registerContractKey", input).await.done();
        Party { actor, key: contract_key }
    }

    fn seal(&self, document: &str) -> ContractSeal {
        self.key.seal(&Sealable::parse(document).unwrap(), &self.actor.organization)
    }

    async fn gives(&self, seals: &[ContractSeal]) -> Outcome {
        let seals: Vec<String> = seals.iter().map(ContractSeal::to_canonical).collect();
        orders(&self.actor, "sealContracts", json!({ "seals": seals, "idempotencyKey": key() })).await
    }
}

async fn document(reader: &Actor, contract: &str) -> String {
    let found = reader.asks(&format!("{{ contract(id: {contract:?}) {{ document }} }}")).await.done();
    found["document"].as_str().unwrap().to_owned()
}

/// A result of one product of a firm of the platform in Shanghai, with that volume.
async fn brought(office: &Actor, firm: &Actor, volume: u64, standstill: Option<String>) -> String {
    let code = firm.login.split_once('@').unwrap().1;
    let row = pilot("310000").swap_remove(4).replace("浙江华海,,", &format!("浙江华海,{code},"));
    let import = brings(office, &[format!("{row}{volume}")]).await;
    let mut input = announcing(&import, "上海执行结果", 0);
    input["standstillUntil"] = json!(standstill);
    let result = office.does("announceImportedResult", input, "id").await.done();
    result["id"].as_str().unwrap().to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_contract_is_generated_divided_sealed_by_all_and_runs_to_its_end() {
    let world = World::new().await;
    let office = shanghai(&world).await;
    let firm = Party::of(world.manager("MANUFACTURER", "330000").await).await;
    let one = Party::of(world.manager("HOSPITAL", "310000").await).await;
    let two = Party::of(world.manager("HOSPITAL", "310000").await).await;
    let stranger = world.manager("HOSPITAL", "310000").await;
    let auditor = world.manager("AUDIT_BODY", "310000").await;
    let result = brought(&office, &firm.actor, 1_001, Some(in_seconds(600))).await;
    generates(&firm.actor, &result).await.refused("FORBIDDEN");
    generates(&office, &result).await.done();
    generates(&office, &result).await.done();
    let found = contracts(&office).await;
    assert_eq!(found.len(), 1, "{found:?}");
    let contract = found[0]["id"].as_str().unwrap().to_owned();
    assert_eq!(
        (&found[0]["status"], &found[0]["volume"], &found[0]["startsOn"], &found[0]["until"]),
        (&json!("DRAFT"), &json!("1001"), &json!("2019-04-01"), &json!("2019-12-31"))
    );
    let split = |first: &str, second: &str| {
        json!({ "id": contract, "version": 1, "idempotencyKey": key(), "parts": [
            { "institution": one.actor.organization, "volume": first },
            { "institution": two.actor.organization, "volume": second } ] })
    };
    office.does("splitContract", split("1000", "2"), CONTRACT).await.refused("SPLIT_INVALID");
    let divided = office.does("splitContract", split("1000", "1"), CONTRACT).await.done();
    assert_eq!((&divided["institutions"], &divided["sealsMissing"]), (&json!("2"), &json!("3")));
    assert_eq!(contracts(&stranger).await, Vec::<Value>::new());
    assert_eq!(parts(&stranger).await, Vec::<Value>::new());
    let query = format!("{{ contract(id: {contract:?}) {{ id }} }}");
    stranger.asks(&query).await.refused("NOT_FOUND");
    assert_eq!(contracts(&auditor).await.len(), 1);
    assert_eq!(parts(&auditor).await.len(), 2);
    let own = parts(&one.actor).await;
    assert_eq!(
        (own.len(), &own[0]["volume"], &own[0]["contract"]["price"]),
        (1, &json!("1000"), &json!("0.2021"))
    );
    let main = document(&firm.actor, &contract).await;
    let part = own[0]["document"].as_str().unwrap();

    firm.gives(&[firm.seal(&main)]).await.refused("CONTRACT_STANDSTILL");
    assert!(!waits(&firm.actor, &contract).await);
    world.moves_clock_to(601).await;
    assert!(waits(&firm.actor, &contract).await && waits(&one.actor, &contract).await);
    assert!(!waits(&stranger, &contract).await);
    execute(&world.database.owner, "UPDATE selected_products SET blocked = '质疑未决'").await;
    firm.gives(&[firm.seal(&main)]).await.refused("CONTRACT_BLOCKED");
    execute(&world.database.owner, "UPDATE selected_products SET blocked = NULL").await;
    two.gives(&[two.seal(part)]).await.refused("NOT_FOUND");
    one.gives(&[two.seal(part)]).await.refused("SEAL_INVALID");
    let other = main.replace("\"volume\":1001", "\"volume\":1002");
    firm.gives(&[firm.seal(&other)]).await.refused("SEAL_INVALID");
    one.gives(&[one.seal(part)]).await.done();
    assert_eq!(contracts(&office).await[0]["status"], "SEALING");
    one.gives(&[one.seal(part)]).await.refused("CONTRACT_STATE");
    firm.gives(&[firm.seal(&main)]).await.done();
    assert!(!waits(&firm.actor, &contract).await && waits(&two.actor, &contract).await);
    let last = parts(&two.actor).await;
    two.gives(&[two.seal(last[0]["document"].as_str().unwrap())]).await.done();
    let sealed = &contracts(&firm.actor).await[0];
    assert_eq!((&sealed["status"], &sealed["sealsMissing"]), (&json!("SEALED"), &json!("0")));
    verifies(&office, &contract, &main).await;
    for (reader, status) in [(&office, 200), (&two.actor, 200), (&stranger, 404)] {
        let paper = paper(reader, &contract).await;
        assert_eq!((paper.status, paper.body.starts_with("%PDF-")), (status, status == 200));
    }

    let lower = |price: &str, version: &Value| json!({ "id": contract, "version": version, "price": price, "idempotencyKey": key() });
    firm.actor
        .does("lowerPrice", lower("0.2022", &sealed["version"]), CONTRACT)
        .await
        .refused("PRICE_ABOVE_SELECTED");
    let lowered = firm.actor.does("lowerPrice", lower("0.2000", &sealed["version"]), CONTRACT).await.done();
    assert_eq!((&lowered["price"], &lowered["selectedPrice"]), (&json!("0.2"), &json!("0.2021")));
    assert_eq!(document(&firm.actor, &contract).await, main);
    for status in ["IN_FORCE", "CLOSED"] {
        orders(&office, "moveContracts", json!({ "result": result, "idempotencyKey": key() })).await.done();
        assert_eq!(contracts(&office).await[0]["status"], status);
    }
    let stands = &parts(&one.actor).await[0]["fulfilment"];
    assert_eq!(stands, &json!({ "bought": "0", "remaining": "1000", "elapsed": "100.00", "due": "1000" }));
    let kinds = world.entries(&contract).await;
    assert_eq!(kinds.iter().filter(|kind| *kind == "ContractSealed").count(), 3, "{kinds:?}");
}

/// Whether the contract waits for somebody's seal.
async fn waits(reader: &Actor, contract: &str) -> bool {
    let tasks = reader.asks("{ tasks(first: 50) { nodes { kind subject } } }").await.done();
    let wanted = json!({ "kind": "SEAL_CONTRACT", "subject": contract });
    tasks["nodes"].as_array().unwrap().contains(&wanted)
}

async fn paper(reader: &Actor, contract: &str) -> Reply {
    let bearer = format!("Bearer {}", reader.token.clone().unwrap_or_default());
    let headers = [("authorization", bearer.as_str())];
    send(reader.to, &format!("GET /contracts/{contract}/pdf"), &headers, b"").await
}

/// The seal of the enterprise holds for the document that the platform gives, and for no other.
async fn verifies(reader: &Actor, contract: &str, main: &str) {
    let query = format!("{{ contract(id: {contract:?}) {{ seals {{ partyName publicLine seal }} }} }}");
    let found = reader.asks(&query).await.done();
    let given = &found["seals"][0];
    let seal = ContractSeal::parse(given["seal"].as_str().unwrap()).unwrap();
    let public = ContractPublic::parse(given["publicLine"].as_str().unwrap()).unwrap();
    assert!(seal.verify(&Sealable::parse(main).unwrap(), &public).is_ok());
    let other = main.replace("0.2021", "0.2022");
    assert!(seal.verify(&Sealable::parse(&other).unwrap(), &public).is_err());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_distributor_that_is_named_seals_too() {
    let world = World::new().await;
    let office = shanghai(&world).await;
    let firm = Party::of(world.manager("MANUFACTURER", "330000").await).await;
    let carrier = Party::of(world.manager("DISTRIBUTOR", "310000").await).await;
    let hospital = world.manager("HOSPITAL", "310000").await;
    let result = brought(&office, &firm.actor, 7, None).await;
    generates(&office, &result).await.done();
    let contract = contracts(&firm.actor).await[0]["id"].as_str().unwrap().to_owned();
    let named =
        |who: &str| json!({ "id": contract, "version": 1, "distributor": who, "idempotencyKey": key() });
    firm.actor
        .does("nameDistributor", named(&hospital.organization), CONTRACT)
        .await
        .refused("ORGANIZATION_KIND");
    carrier
        .actor
        .does("nameDistributor", named(&carrier.actor.organization), CONTRACT)
        .await
        .refused("NOT_FOUND");
    assert_eq!(contracts(&carrier.actor).await.len(), 0);
    firm.actor.does("nameDistributor", named(&carrier.actor.organization), CONTRACT).await.done();
    let parts = json!([{ "institution": hospital.organization, "volume": "7" }]);
    let input = json!({ "id": contract, "version": 2, "parts": parts, "idempotencyKey": key() });
    let divided = office.does("splitContract", input, CONTRACT).await.done();
    assert_eq!(divided["sealsMissing"], "3");
    let main = document(&carrier.actor, &contract).await;
    carrier.gives(&[carrier.seal(&main)]).await.done();
    firm.gives(&[firm.seal(&main)]).await.done();
    assert_eq!(contracts(&office).await[0]["sealsMissing"], "1");
    let version = contracts(&office).await[0]["version"].as_i64().unwrap();
    let ended = office.moves("terminateContract", (&contract, version), Some("企业退出")).await.done();
    assert_eq!(ended["id"], contract.as_str());
    assert_eq!(contracts(&office).await[0]["status"], "TERMINATED");
}

fn uuid(id: &str) -> &str {
    id.split_once('_').unwrap().1
}

#[tokio::test(flavor = "multi_thread")]
async fn a_round_divides_its_contracts_by_locked_demand_to_the_unit() {
    let world = World::new().await;
    let live = announced(&world, a_round()).await;
    let firms =
        [world.manager("MANUFACTURER", "320000").await, world.manager("MANUFACTURER", "320000").await];
    let (ten, twenty) = (uuid(live.spec(1, "10")), uuid(live.spec(1, "20")));
    let product = |number: usize| format!("{:032x}", 100 + number);
    let mut seed = String::new();
    for (number, firm) in firms.iter().enumerate() {
        seed += &format!(
            "INSERT INTO qualifications (id, round, applicant, status, version, created_at, status_since, submitted_at)
                 VALUES ('{:032x}', '{}', '{}', 'APPROVED', 2, app_clock(), app_clock(), app_clock());
             INSERT INTO round_products (id, qualification, spec, position, name, approval_number, evidence, capacity,
                     fact_names, fact_values, status, created_at)
                 VALUES ('{}', '{:032x}', '{ten}', 1, '产品', '国药准字H20160001', 'NOT_REQUIRED', 1, '{{}}', '{{}}', 'APPROVED',
                     app_clock());",
            number + 1,
            uuid(&live.id),
            uuid(&firm.organization),
            product(number),
            number + 1,
        );
    }
    // Three institutions: 100 by generic name; 50 of the stronger spec, worth 100, and 30 for the first brand; 10 for a brand that is not
    // selected as one here.
    let mut hospitals = Vec::new();
    for number in 0..3 {
        let hospital = world.manager("HOSPITAL", "320106").await;
        let form = format!("{:032x}", 200 + number);
        seed += &format!(
            "INSERT INTO demand_forms (id, round, institution, region, status, version, created_at, status_since)
                 VALUES ('{form}', '{}', '{}', '320106', 'LOCKED', 1, app_clock(), app_clock());",
            uuid(&live.id),
            uuid(&hospital.organization),
        );
        let lines = match number {
            0 => vec![(ten, None, 100)],
            1 => vec![(twenty, None, 50), (ten, Some(0), 30)],
            _last => vec![(ten, Some(1), 10)],
        };
        for (spec, brand, volume) in lines {
            let brand = brand.map_or("NULL".to_owned(), |brand| format!("'{}'", product(brand)));
            seed += &format!(
                "INSERT INTO demand_lines (form, spec, product, volume, past_use) VALUES ('{form}', '{spec}', {brand}, {volume}, 0);"
            );
        }
        hospitals.push(hospital);
    }
    // The first firm is selected: 171 as main supplier, 20 for its brand.
    seed += &format!(
        "INSERT INTO official_results (id, office, name, round, edition, disclosure, starts_on, announced_by, announced_at, canonical, sha256)
             VALUES ('{result}', '{}', '模拟采购', '{}', 1, 'EVERYTHING', '2026-01-01', '{}', app_clock(), '', decode(repeat('00', 32), 'hex'));
         INSERT INTO selected_products (id, result, place, lot_number, lot_name, name, spec, unit, content, representative_content,
                 holder_name, holder, round_product, price, price_basis, until)
             VALUES ('{selected}', '{result}', 1, 1, '阿托伐他汀', '产品', '10mg', '片', 10, 10, '甲', '{}', '{}', 0.5, 'DECIDED', '2027-12-31');
         INSERT INTO selected_supplies VALUES ('{selected}', '320000', 'MAIN', 171), ('{selected}', '320000', 'BRAND', 20)",
        uuid(&live.office.organization),
        uuid(&live.id),
        uuid(&live.office.user),
        uuid(&firms[0].organization),
        product(0),
        result = "000000000000000000000000000003e7",
        selected = "000000000000000000000000000003e8",
    );
    execute(&world.database.owner, &seed).await;
    generates(&live.office, "off_000000000000000000000000000003e7").await.done();
    let begun = Instant::now();
    while contracts(&live.office).await[0]["institutions"].is_null() {
        assert!(begun.elapsed().as_secs() < 60, "the contract is not divided");
    }
    let contract = &contracts(&firms[0]).await[0];
    assert_eq!((&contract["volume"], &contract["until"]), (&json!("191"), &json!("2026-12-31")));
    let mut volumes = Vec::new();
    for hospital in &hospitals {
        volumes.push(parts(hospital).await[0]["volume"].as_str().unwrap().parse::<u64>().unwrap());
    }
    // 171 by 100 : 100 : 10 is 81.43, 81.43 and 8.14; the odd unit goes to the institution that comes first.
    assert_eq!(volumes, [82, 81 + 20, 8]);
    assert_eq!(contracts(&firms[1]).await, Vec::<Value>::new());
}
