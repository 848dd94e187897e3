//! A result that was made elsewhere is brought in, tried, announced, and announced again.
use std::time::{Duration, Instant};

use jicai_domain::jobs::JobKind;
use serde_json::json;

use super::deal::generates;
use super::support::{announcing, begins, brings, comes_to, dry_run, pilot, products, shanghai, table};
use crate::support::actor::{Actor, key};
use crate::support::killed::{Hold, until_waiting};
use crate::support::postgres::texts;
use crate::support::program::jicai_on;
use crate::support::serving::Serving;
use crate::support::world::{World, credit_code};

const NAME: &str = "4+7城市药品集中采购";

#[tokio::test(flavor = "multi_thread")]
async fn the_pilot_of_2018_is_brought_in_tried_and_announced() {
    let world = World::new().await;
    let (office, auditor) = (shanghai(&world).await, world.manager("AUDIT_BODY", "310000").await);
    let import = brings(&office, &pilot("310000")).await;
    let tried = dry_run(&office, &import, NAME).await;
    assert_eq!(
        (&tried["standing"], &tried["added"], &tried["holdersKnown"]),
        (&json!(null), &json!(26), &json!(0))
    );
    let input = announcing(&import, NAME, 0);
    let fields = "id edition sha256 importId roundId";
    let first = office.does("announceImportedResult", input.clone(), fields).await.done();
    assert_eq!(
        (&first["edition"], &first["importId"], &first["roundId"]),
        (&json!(1), &json!(import), &json!(null))
    );
    let again = office.does("announceImportedResult", input, fields).await.done();
    assert_eq!(again, first);
    office.does("announceImportedResult", announcing(&import, NAME, 1), fields).await.refused("IMPORT_STATE");
    let id = first["id"].as_str().unwrap();
    let seen = products(&office, id).await;
    let irbesartan = seen.iter().find(|one| one["name"] == "厄贝沙坦片").unwrap();
    assert_eq!((&irbesartan["price"], &irbesartan["priceBasis"]), (&json!("0.2021"), &json!("RECALLED")));
    let escitalopram = seen.iter().find(|one| one["name"] == "草酸艾司西酞普兰片").unwrap();
    assert_eq!((&escitalopram["price"], &escitalopram["priceBasis"]), (&json!("4.363"), &json!("PUBLISHED")));
    assert_eq!(products(&auditor, id).await, seen);
    let public = products(&world.nobody(), id).await;
    assert!(public.iter().all(|one| one["price"].is_null() && one["priceBasis"].is_null()), "{public:?}");
    let elsewhere = world.manager("AUDIT_BODY", "320000").await;
    assert!(products(&elsewhere, id).await.iter().all(|one| one["price"].is_null()));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_result_that_comes_again_shows_what_it_changes_and_the_first_one_stays() {
    let world = World::new().await;
    let office = shanghai(&world).await;
    let rows = pilot("310000");
    let import = brings(&office, &rows).await;
    let first = office.does("announceImportedResult", announcing(&import, NAME, 0), "id").await.done();
    let firm = world.manager("MANUFACTURER", "330000").await;
    let code = firm.login.split_once('@').unwrap().1.to_owned();
    let mut next = rows.clone();
    next.remove(0);
    next[0] = next[0]
        .replace("0.7786,RECALLED", "0.7786,PUBLISHED")
        .replace("浙江京新,,", &format!("浙江京新,{code},"));
    next[1] = format!("{}1000", next[1]);
    next.push(next[3].replacen("5,", "99,", 1));
    let import = brings(&office, &next).await;
    let tried = dry_run(&office, &import, NAME).await;
    let counts = ["added", "changed", "gone", "holdersKnown"].map(|name| tried[name].as_i64().unwrap());
    assert_eq!(counts, [1, 2, 1, 1], "{tried}");
    let told = tried["differences"]["nodes"].as_array().unwrap();
    assert_eq!((&told[0]["kind"], &told[3]["kind"]), (&json!("GONE"), &json!("ADDED")));
    let volume = json!([{ "field": "supply 310000 MAIN", "before": "0", "after": "1000" }]);
    assert_eq!(told[2]["changes"], volume);
    office.does("announceImportedResult", announcing(&import, NAME, 0), "id").await.refused("STALE_VERSION");
    let second =
        office.does("announceImportedResult", announcing(&import, NAME, 1), "id edition").await.done();
    assert_eq!(second["edition"], 2);
    let (first, second) = (first["id"].as_str().unwrap(), second["id"].as_str().unwrap());
    assert_eq!((products(&office, first).await.len(), products(&office, second).await.len()), (26, 26));
    let of_first = generates(&office, first).await;
    of_first.refused("RESULT_INVALID");
    assert_eq!(of_first.json["errors"][0]["extensions"]["allowed"], "the newest edition");
    let seen = products(&office, second).await;
    assert_eq!(seen[0]["holderId"], json!(firm.organization));
    let other = &seen[1];
    assert_eq!(other["holderId"], json!(null));
    let named = json!({ "product": other["id"], "organization": firm.organization, "idempotencyKey": key() });
    let query = "mutation($input: NameHolderInput!) { nameHolder(input: $input) }";
    office.asks_with(query, json!({ "input": named })).await.done();
    assert_eq!(products(&office, second).await[1]["holderId"], json!(firm.organization));
    let again = json!({ "product": other["id"], "organization": firm.organization, "idempotencyKey": key() });
    office.asks_with(query, json!({ "input": again })).await.refused("RESULT_INVALID");
}

#[tokio::test(flavor = "multi_thread")]
async fn rows_that_are_wrong_are_told_and_hold_an_announcement_up() {
    let world = World::new().await;
    let office = shanghai(&world).await;
    let right = pilot("310000").swap_remove(0);
    let rows = [
        (right.clone(), ""),
        (right.clone(), "RESULT_INVALID"),
        (right.replace("310000", "320000"), "FORBIDDEN"),
        (right.replace("310000", "319999"), "REGION_UNKNOWN"),
        (right.replace("MAIN", "BACKUP").replace("0.9429", "0.9430"), "RESULT_INVALID"),
        (right.replace(",,0.9429", &format!(",{}X,0.9429", &credit_code()[..17])), "CREDIT_CODE_INVALID"),
        (right.replace("0.9429", "-1"), "DECIMAL_INVALID"),
    ];
    let lines: Vec<String> = rows.iter().map(|row| row.0.clone()).collect();
    let import = begins(&office, table(&lines).as_bytes()).await;
    let done = comes_to(&office, &import, "DONE").await;
    assert_eq!((&done["rowsAccepted"], &done["rowsRejected"]), (&json!("1"), &json!("6")));
    let file = office.downloads(done["rejectedRows"]["id"].as_str().unwrap()).await.body;
    let mut told: Vec<(usize, &str)> = file
        .lines()
        .skip(1)
        .map(|line| (line.split(',').next().unwrap().parse().unwrap(), line.split(',').nth(1).unwrap()))
        .collect();
    told.sort_unstable();
    let expected =
        rows.iter().enumerate().filter(|(_, row)| !row.1.is_empty()).map(|(at, row)| (at + 2, row.1));
    assert_eq!(told, expected.collect::<Vec<_>>());
    office.does("announceImportedResult", announcing(&import, NAME, 0), "id").await.refused("IMPORT_STATE");
    let mut without = announcing(&import, NAME, 0);
    without["withoutRejectedRows"] = json!(true);
    office.does("announceImportedResult", without, "id").await.done();
}

#[tokio::test(flavor = "multi_thread")]
async fn an_import_that_is_killed_half_way_and_goes_on_is_whole() {
    let world = World::with(|config| config.jobs = 0).await;
    let office = shanghai(&world).await;
    let right = pilot("310000").swap_remove(0);
    let rows: Vec<String> =
        (1..=12_000).map(|number| right.replacen("1,", &format!("{number},"), 1)).collect();
    let import = begins(&office, table(&rows).as_bytes()).await;
    let read = format!("{{ import(id: {import:?}) {{ rowsRead }} }}");
    let home = std::path::Path::new("/nonexistent");
    let starts = || {
        let mut command = jicai_on(&world.database, home, &["worker"]);
        command.env("JICAI_DOCUMENTS", world.database.documents.path());
        command.stdout(std::process::Stdio::null()).stderr(std::process::Stdio::null()).spawn().unwrap()
    };
    let mut worker = starts();
    let begun = Instant::now();
    let mut half = 0;
    while half == 0 {
        half = office.asks(&read).await.done()["rowsRead"].as_str().unwrap().parse().unwrap();
        assert!(begun.elapsed() < Duration::from_secs(60), "nothing was read");
    }
    worker.kill().unwrap();
    worker.wait().unwrap();
    assert!(half < 12_000, "the worker was done before it died");
    let tried = format!("{{ importedResult(import: {import:?}, name: {NAME:?}) {{ products }} }}");
    office.asks(&tried).await.refused("IMPORT_STATE");
    world.moves_clock_to(JobKind::Import.rule().lease_seconds + 1).await;
    let mut worker = starts();
    let done = comes_to(&office, &import, "DONE").await;
    worker.kill().unwrap();
    worker.wait().unwrap();
    assert_eq!((&done["rowsRead"], &done["rowsRejected"]), (&json!("12000"), &json!("0")));
    assert_eq!(office.asks(&tried).await.done()["products"], 12_000);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_is_killed_between_the_commit_and_the_answer_has_announced_once() {
    let world = World::new().await;
    let office = shanghai(&world).await;
    let import = brings(&office, &pilot("310000")).await;
    let (owner, app) = (world.database.owner.clone(), world.database.app.clone());
    let mut command = jicai_on(&world.database, std::path::Path::new("/nonexistent"), &["serve"]);
    command.env("JICAI_DOCUMENTS", world.database.documents.path());
    let serving = Serving::from(command);
    let input = announcing(&import, NAME, 0);

    // It comes to the rows that it clears last. Then its table is asked for, so that it is locked between the commit and the answer.
    let rows =
        Hold::on(&owner, &format!("result_rows WHERE import = '{}'", import.split_once('_').unwrap().1))
            .await;
    let asking = Actor { to: serving.to, ..office.clone() };
    let asked = {
        let input = input.clone();
        let query =
            "mutation($input: AnnounceImportedResultInput!) { announceImportedResult(input: $input) { id } }";
        let body = json!({ "query": query, "variables": { "input": input } });
        tokio::spawn(async move { asking.tries(&body).await })
    };
    until_waiting(&app, 1).await;
    let table = {
        let owner = owner.clone();
        tokio::spawn(async move { Hold::of_table(&owner, "official_results").await })
    };
    let queued = "SELECT count(*)::text AS line FROM pg_locks WHERE relation = 'official_results'::regclass AND NOT granted";
    let begun = Instant::now();
    while texts(&owner, queued).await != ["1"] {
        assert!(begun.elapsed() < Duration::from_secs(60), "nobody asks for the table");
    }
    rows.ends().await;
    let table = table.await.unwrap();
    // The answer, and the job that takes the prices of the result.
    until_waiting(&app, 2).await;
    serving.signal("-KILL");
    serving.last_words();
    table.ends().await;
    assert!(asked.await.unwrap().is_none(), "there was an answer");

    let announced =
        texts(&owner, "SELECT 'off_' || replace(id::text, '-', '') AS line FROM official_results").await;
    assert_eq!(announced.len(), 1, "it was committed");
    let again = office.does("announceImportedResult", input, "id edition").await.done();
    assert_eq!((&again["id"], &again["edition"]), (&json!(announced[0]), &json!(1)));
    let kept = "SELECT concat_ws(' ', (SELECT count(*) FROM official_results), (SELECT count(*) FROM selected_products),
        (SELECT count(*) FROM result_rows), (SELECT count(*) FROM audit_entries WHERE kind = 'ResultImported')) AS line";
    assert_eq!(texts(&owner, kept).await, ["1 26 0 1"]);
}
