//! Contracts of a round, divided by what its institutions reported.
use std::time::Instant;

use jicai_domain::jobs::JobKind;
use serde_json::{Value, json};

use super::deal::{contracts, generates, parts};
use crate::support::actor::Actor;
use crate::support::killed::{Hold, Killed};
use crate::support::postgres::{execute, texts};
use crate::support::rounds::{Live, a_round, announced};
use crate::support::worker::Worker;
use crate::support::world::World;

fn uuid(id: &str) -> &str {
    id.split_once('_').unwrap().1
}

fn product(number: usize) -> String {
    format!("{:032x}", 100 + number)
}

/// Two firms that are qualified with a product each.
fn qualified(live: &Live, firms: &[Actor]) -> String {
    let ten = uuid(live.spec(1, "10"));
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
    seed
}

/// Three institutions: 100 by generic name; 50 of the stronger spec, worth 100, and 30 for the first brand; 10 for a brand that is not
/// selected as one here.
async fn reported(world: &World, live: &Live) -> (Vec<Actor>, String) {
    let (ten, twenty) = (uuid(live.spec(1, "10")), uuid(live.spec(1, "20")));
    let mut seed = String::new();
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
    (hospitals, seed)
}

/// The first firm is selected: 171 as main supplier, 20 for its brand.
fn selected(live: &Live, firm: &Actor) -> String {
    format!(
        "INSERT INTO official_results (id, office, name, round, edition, disclosure, starts_on, announced_by, announced_at, canonical, sha256)
             VALUES ('{result}', '{}', '模拟采购', '{}', 1, 'EVERYTHING', '2026-01-01', '{}', app_clock(), '', decode(repeat('00', 32), 'hex'));
         INSERT INTO selected_products (id, result, place, lot_number, lot_name, name, spec, unit, content, representative_content,
                 holder_name, holder, round_product, price, price_basis, until)
             VALUES ('{selected}', '{result}', 1, 1, '阿托伐他汀', '产品', '10mg', '片', 10, 10, '甲', '{}', '{}', 0.5, 'DECIDED', '2027-12-31');
         INSERT INTO selected_supplies VALUES ('{selected}', '320000', 'MAIN', 171), ('{selected}', '320000', 'BRAND', 20)",
        uuid(&live.office.organization),
        uuid(&live.id),
        uuid(&live.office.user),
        uuid(&firm.organization),
        product(0),
        result = "000000000000000000000000000003e7",
        selected = "000000000000000000000000000003e8",
    )
}

#[tokio::test(flavor = "multi_thread")]
async fn a_round_divides_its_contracts_by_locked_demand_to_the_unit() {
    let world = World::new().await;
    let live = announced(&world, a_round()).await;
    let firms =
        [world.manager("MANUFACTURER", "320000").await, world.manager("MANUFACTURER", "320000").await];
    execute(&world.database.owner, &qualified(&live, &firms)).await;
    let (hospitals, seed) = reported(&world, &live).await;
    execute(&world.database.owner, &seed).await;
    execute(&world.database.owner, &selected(&live, &firms[0])).await;
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

/// Shanghai takes part too: a hospital there reports what the first firm supplies it with.
fn elsewhere(live: &Live, hospital: &Actor) -> String {
    format!(
        "INSERT INTO demand_forms (id, round, institution, region, status, version, created_at, status_since)
             VALUES ('{form}', '{0}', '{1}', '310000', 'LOCKED', 1, app_clock(), app_clock());
         INSERT INTO demand_lines (form, spec, product, volume, past_use) VALUES ('{form}', '{2}', NULL, 70, 0);
         INSERT INTO round_regions (round, region) VALUES ('{0}', '310000');
         INSERT INTO selected_supplies VALUES ('000000000000000000000000000003e8', '310000', 'MAIN', 40)",
        uuid(&live.id),
        uuid(&hospital.organization),
        uuid(live.spec(1, "10")),
        form = "000000000000000000000000000003ef",
    )
}

#[tokio::test(flavor = "multi_thread")]
async fn a_division_that_is_killed_in_the_middle_goes_on_and_divides_nothing_twice() {
    let world = World::with(|config| config.jobs = 0).await;
    let live = announced(&world, a_round()).await;
    let firms =
        [world.manager("MANUFACTURER", "320000").await, world.manager("MANUFACTURER", "320000").await];
    let (owner, app) = (world.database.owner.clone(), world.database.app.clone());
    execute(&owner, &qualified(&live, &firms)).await;
    let (hospitals, seed) = reported(&world, &live).await;
    execute(&owner, &seed).await;
    execute(&owner, &selected(&live, &firms[0])).await;
    let far = world.manager("HOSPITAL", "310000").await;
    execute(&owner, &elsewhere(&live, &far)).await;
    generates(&live.office, "off_000000000000000000000000000003e7").await.done();
    let kept = "SELECT concat_ws(' ', c.region, c.institutions, (SELECT count(*) FROM sub_contracts s WHERE s.contract = c.id),
            (SELECT sum(volume) FROM sub_contracts s WHERE s.contract = c.id), encode(parts_sha256, 'hex')) AS line
        FROM contracts c ORDER BY region";

    // Shanghai's contract is divided; the other one is held, and the worker dies before it.
    let second = Hold::on(&owner, "contracts WHERE region = '320000'").await;
    Killed::worker(&world.database).at_what_is_held(&app).await;
    second.ends().await;
    let half = texts(&owner, kept).await;
    assert!(half[0].starts_with("310000 1 1 40 "), "{half:?}");
    assert_eq!(half[1], "320000 0", "the second contract is not divided");

    // It is taken again; both are divided, and the worker dies before it can say so.
    let lease = JobKind::DivideContracts.rule().lease_seconds + 1;
    world.moves_clock_to(lease).await;
    let held = Hold::on(&owner, "contracts WHERE region = '320000'").await;
    let third = Killed::worker(&world.database);
    crate::support::killed::until_waiting(&app, 1).await;
    let job = Hold::on(&owner, "jobs WHERE kind = 'DIVIDE_CONTRACTS'").await;
    held.ends().await;
    let begun = Instant::now();
    while texts(&owner, kept).await[1] == half[1] {
        assert!(begun.elapsed().as_secs() < 60, "the second contract is not divided");
    }
    third.at_what_is_held(&app).await;
    job.ends().await;
    let whole = texts(&owner, kept).await;
    assert_eq!(whole[0], half[0], "what was divided stays as it is");
    assert!(whole[1].starts_with("320000 3 3 191 "), "{whole:?}");

    world.moves_clock_to(2 * lease).await;
    let worker = Worker::of(&world);
    let done = "SELECT status AS line FROM jobs WHERE kind = 'DIVIDE_CONTRACTS'";
    while texts(&owner, done).await != ["DONE"] {
        assert!(begun.elapsed().as_secs() < 60, "the division is not done again");
    }
    worker.ends();
    assert_eq!(texts(&owner, kept).await, whole, "nothing is divided twice");
    let mut volumes = Vec::new();
    for hospital in hospitals.iter().chain([&far]) {
        let hospital = world.logs_in(&hospital.login).await;
        volumes.push(parts(&hospital).await[0]["volume"].as_str().unwrap().parse::<u64>().unwrap());
    }
    assert_eq!(volumes, [82, 81 + 20, 8, 40], "as without a crash");
    let told =
        "SELECT count(*)::text AS line FROM audit_entries WHERE kind = 'ContractDivided' GROUP BY subject";
    assert_eq!(texts(&owner, told).await, ["1", "1"]);
}
