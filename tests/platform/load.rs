//! Ten thousand who write at once.
use std::time::{Duration, Instant};

use jicai_domain::audit::merkle::includes;
use serde_json::json;

use crate::log::{audit, checkpoint, hash, settled};
use crate::support::actor::{Actor, Outcome, key};
use crate::support::folder::Folder;
use crate::support::program::jicai_on;
use crate::support::serving::Serving;
use crate::support::world::World;

const WRITERS: usize = 10_000;

/// Opens an alliance. Where the service has no connection free, or not yet room for another client, it asks again with the same key, as a
/// client is told to.
async fn opens(office: Actor, number: usize) -> usize {
    let query = "mutation($i: OpenAllianceInput!) { openAlliance(input: $i) { id version } }";
    let input = json!({ "name": format!("联盟{number}"), "idempotencyKey": key() });
    let body = json!({ "query": query, "variables": { "i": input } });
    let (begun, mut tries) = (Instant::now(), 1);
    loop {
        assert!(begun.elapsed() < Duration::from_secs(300), "writer {number} was never served");
        let code = office.tries(&body).await.map(|reply| Outcome { json: reply.json() }.code());
        match code.as_deref() {
            Some("ok") => return tries,
            Some("UNAVAILABLE") | None => tries += 1,
            Some(other) => panic!("{other}"),
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn ten_thousand_writers_at_once_each_have_one_place_in_the_log() {
    let world = World::new().await;
    let office = world.manager("PROCUREMENT_OFFICE", "320000").await;
    let before = world.entries("").await.len();
    // A process of its own: ten thousand connections need as many file descriptors on either side.
    let home = Folder::new();
    let serving = serves(&world, &home);
    let office = Actor { to: serving.to, ..office };
    let writers: Vec<_> = (0..WRITERS).map(|number| tokio::spawn(opens(office.clone(), number))).collect();
    let mut repeated = 0;
    for writer in writers {
        repeated += usize::from(writer.await.unwrap() > 1);
    }
    serving.signal("-TERM");
    assert_eq!(serving.last_words().0, Some(0));
    let entries = world.entries("").await;
    assert_eq!(entries[before..].iter().filter(|kind| *kind == "AllianceOpened").count(), WRITERS);
    assert_eq!(entries.len(), before + WRITERS, "{repeated} asked more than once");
    let size = settled(&world, entries.len()).await;
    assert_eq!(size, u64::try_from(entries.len()).unwrap());
    prove_some(&world, size).await;
    find_a_changed_byte(&world).await;
}

fn serves(world: &World, home: &Folder) -> Serving {
    let mut command = jicai_on(&world.database, home.path(), &["serve"]);
    command.env("JICAI_ANONYMOUS_RATE", "60000").env("JICAI_CALLER_RATE", "60000");
    Serving::from(command)
}

/// Entries from all over the log, proved against its last checkpoint by what the API gives.
async fn prove_some(world: &World, size: u64) {
    let auditor = world.manager("AUDIT_BODY", "000000").await;
    let root = hash(&checkpoint(world, Some(size)).await["root"]);
    for position in (1..size).step_by(997) {
        let page = format!(
            "{{ auditEntries(first: 1, after: \"{}\") {{ nodes {{ position leaf }} }} }}",
            position - 1
        );
        let seen = auditor.asks(&page).await.done();
        assert_eq!(seen["nodes"][0]["position"], position.to_string());
        let proof = format!("{{ auditInclusion(position: \"{position}\", size: \"{size}\") }}");
        let proof: Vec<_> =
            world.nobody().asks(&proof).await.done().as_array().unwrap().iter().map(hash).collect();
        assert!(includes(hash(&seen["nodes"][0]["leaf"]), position, (size, root), &proof), "{position}");
    }
}

async fn find_a_changed_byte(world: &World) {
    let folder = Folder::new();
    let file = folder.path().join("log.jsonl").display().to_string();
    let exported = audit(world, &["audit", "export", &file]).await;
    assert_eq!(exported.code, Some(0), "{}", exported.err);
    let key = checkpoint(world, None).await["key"].as_str().unwrap().to_owned();
    let verify = ["audit", "verify", &file, "--key", &key];
    let good = audit(world, &verify).await;
    assert_eq!(good.code, Some(0), "{}{}", good.out, good.err);
    let spoilt = std::fs::read_to_string(&file).unwrap().replace("联盟7321\\n", "联盟7322\\n");
    std::fs::write(&file, spoilt).unwrap();
    let bad = audit(world, &verify).await;
    let told = format!("{}{}", bad.out, bad.err);
    assert!(bad.code == Some(2) && told.contains("was changed"), "{told}");
}
