//! The audit log: every act has a place, no late commit is skipped, and a changed byte is named.
use std::path::Path;

use diesel_async::{AsyncConnection, AsyncPgConnection, SimpleAsyncConnection};
use jicai_domain::audit::merkle::{Hash, extends, includes};
use jicai_server::serve::with_app;
use jicai_service::audit::sequence;
use serde_json::{Value, json};

use crate::support::folder::Folder;
use crate::support::program::{Said, jicai_on, said};
use crate::support::world::{World, config};

pub(crate) async fn audit(world: &World, arguments: &[&str]) -> Said {
    let command = jicai_on(&world.database, Path::new("/nonexistent"), arguments);
    tokio::task::spawn_blocking(move || said(command)).await.unwrap()
}

/// Sequences what waits, here or in the background, until nothing does; the size of the log then.
async fn sequenced(world: &World) -> u64 {
    let settings = config(&world.database);
    with_app(&settings, async |app| {
        while sequence(app).await?.is_some() {}
        Ok(())
    })
    .await
    .unwrap();
    let last = world.nobody().asks("{ auditCheckpoint { size } }").await;
    if last.code() == "NOT_FOUND" { 0 } else { size(&last.done()) }
}

pub(crate) async fn checkpoint(world: &World, size: Option<u64>) -> Value {
    let query = "query($s: String) { auditCheckpoint(size: $s) { size root key } }";
    world.nobody().asks_with(query, json!({ "s": size.map(|size| size.to_string()) })).await.done()
}

fn size(checkpoint: &Value) -> u64 {
    checkpoint["size"].as_str().unwrap().parse().unwrap()
}

pub(crate) fn hash(text: &Value) -> Hash {
    let text = text.as_str().unwrap();
    let bytes: Vec<u8> =
        (0..32).map(|at| u8::from_str_radix(&text[2 * at..2 * at + 2], 16).unwrap()).collect();
    bytes.try_into().unwrap()
}

/// Waits until both writers and the background sequencer leave nothing behind.
pub(crate) async fn settled(world: &World, entries: usize) -> u64 {
    let mut found = sequenced(world).await;
    let begun = std::time::Instant::now();
    while found < u64::try_from(entries).unwrap() && begun.elapsed().as_secs() < 30 {
        found = sequenced(world).await;
    }
    found
}

#[tokio::test(flavor = "multi_thread")]
async fn an_export_is_verified_and_whatever_was_done_to_it_is_named() {
    let world = World::new().await;
    world.manager("HOSPITAL", "320106").await;
    let acts = world.entries("").await.len();
    assert_eq!(settled(&world, acts).await, u64::try_from(acts).unwrap());
    let folder = Folder::new();
    let file = folder.path().join("log.jsonl").display().to_string();
    let exported = audit(&world, &["audit", "export", &file]).await;
    assert_eq!((exported.code, exported.err.as_str()), (Some(0), ""));
    let key = checkpoint(&world, None).await["key"].as_str().unwrap().to_owned();
    assert!(exported.out.contains(&key), "{}", exported.out);
    let whole = std::fs::read_to_string(&file).unwrap();
    // One checkpoint at the end covers everything as well as one after every few entries.
    let (last, mut lines) = (whole.lines().last().unwrap(), whole.lines().collect::<Vec<&str>>());
    lines.retain(|line| line.contains("\"position\":") || *line == last);
    let good = lines.join("\n");
    let second = lines.iter().position(|line| line.contains("\"position\":1,")).unwrap();
    let spoilt = |change: &dyn Fn(&mut Vec<String>)| {
        let mut lines: Vec<String> = lines.iter().map(|line| (*line).to_owned()).collect();
        change(&mut lines);
        lines.join("\n")
    };
    let with_new_leaf = |line: &str| {
        let mut entry: Value = serde_json::from_str(&line.replace("kind ", "kind  ")).unwrap();
        let own = jicai_domain::audit::merkle::leaf(entry["entry"]["canonical"].as_str().unwrap().as_bytes());
        entry["entry"]["leaf"] = own.iter().map(|byte| format!("{byte:02x}")).collect::<String>().into();
        entry.to_string()
    };
    let signature = lines.last().unwrap().rsplit('"').nth(1).unwrap();
    let flipped = format!("{}{}", if signature.starts_with('0') { '1' } else { '0' }, &signature[1..]);
    let table: [(&str, String, &str); 8] = [
        ("nothing", whole.clone(), "entries are those that were signed"),
        ("nothing but early checkpoints", good.clone(), "entries are those that were signed"),
        (
            "a byte",
            spoilt(&|lines| lines[second] = lines[second].replace("kind ", "kind  ")),
            "entry 1 was changed",
        ),
        (
            "a byte and its hash",
            spoilt(&|lines| lines[second] = with_new_leaf(&lines[second])),
            "are not those of the signed checkpoint",
        ),
        ("a missing line", spoilt(&|lines| drop(lines.remove(second))), "entry 1 is missing"),
        ("a missing end", spoilt(&|lines| drop(lines.pop())), "no checkpoint covers"),
        ("a forged signature", good.replace(signature, &flipped), "was not signed by the key"),
        ("a line that is none", spoilt(&|lines| lines[second] = "{}".to_owned()), "log.jsonl:"),
    ];
    for (what, text, told) in table {
        std::fs::write(&file, text).unwrap();
        let verified = audit(&world, &["audit", "verify", &file, "--key", &key]).await;
        assert!(
            format!("{}{}", verified.out, verified.err).contains(told),
            "{what}: {}{}",
            verified.out,
            verified.err
        );
        assert_eq!(verified.code, Some(if what.starts_with("nothing") { 0 } else { 2 }), "{what}");
    }
    std::fs::write(&file, whole).unwrap();
    let other = audit(&world, &["audit", "verify", &file, "--key", &"58".repeat(32)]).await;
    assert_eq!(other.code, Some(2), "{}", other.out);
}

const ENTRY: &str = "INSERT INTO audit_entries (id, at, kind, version, subject, canonical) \
     VALUES (gen_random_uuid(), now(), 'Load', 1, 'load', gen_random_uuid()::text);";

#[expect(clippy::disallowed_methods, reason = "a writer that the story holds open by hand")]
async fn writes(connection: &mut AsyncPgConnection, statements: &str) {
    connection.batch_execute(statements).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn what_commits_late_is_not_skipped_and_nothing_overtakes_it() {
    let world = World::new().await;
    let before = settled(&world, world.entries("").await.len()).await;
    let mut late = AsyncPgConnection::establish(&world.database.app).await.unwrap();
    writes(&mut late, &format!("BEGIN; {ENTRY}")).await;
    let mut quick = AsyncPgConnection::establish(&world.database.app).await.unwrap();
    writes(&mut quick, ENTRY).await;
    assert_eq!(sequenced(&world).await, before);
    writes(&mut late, "COMMIT").await;
    assert_eq!(settled(&world, world.entries("").await.len()).await, before + 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn many_writers_at_once_leave_a_dense_log_whose_proofs_hold() {
    let world = World::new().await;
    let first = settled(&world, world.entries("").await.len()).await;
    let writers = (0..20).map(|_| {
        let url = world.database.app.clone();
        tokio::spawn(async move {
            let mut connection = AsyncPgConnection::establish(&url).await.unwrap();
            for _ in 0..50 {
                writes(&mut connection, ENTRY).await;
                writes(&mut connection, &format!("BEGIN; {ENTRY} ROLLBACK")).await;
            }
        })
    });
    let writers: Vec<_> = writers.collect();
    let middle = sequenced(&world).await;
    for writer in writers {
        writer.await.unwrap();
    }
    let entries = world.entries("").await.len();
    let last = settled(&world, entries).await;
    assert_eq!(last, u64::try_from(entries).unwrap());
    assert_eq!(last, first + 1_000);

    let root = async |size: u64| (size, hash(&checkpoint(&world, Some(size)).await["root"]));
    let hashes = async |query: String| -> Vec<Hash> {
        world.nobody().asks(&query).await.done().as_array().unwrap().iter().map(hash).collect()
    };
    for old in [first, middle] {
        let proof = hashes(format!("{{ auditConsistency(from: \"{old}\", to: \"{last}\") }}")).await;
        assert!(extends(root(old).await, root(last).await, &proof), "{old}");
    }
    let auditor = world.manager("AUDIT_BODY", "000000").await;
    let page =
        format!("{{ auditEntries(first: 100, after: \"{}\") {{ nodes {{ position leaf }} }} }}", last - 60);
    let seen = auditor.asks(&page).await.done();
    for node in &seen["nodes"].as_array().unwrap()[..59] {
        let position: u64 = node["position"].as_str().unwrap().parse().unwrap();
        let proof = hashes(format!("{{ auditInclusion(position: \"{position}\", size: \"{last}\") }}")).await;
        assert!(includes(hash(&node["leaf"]), position, root(last).await, &proof), "{position}");
    }
    world
        .nobody()
        .asks(&format!("{{ auditInclusion(position: \"{last}\", size: \"{last}\") }}"))
        .await
        .refused("AUDIT_SIZE");
    world.nobody().asks("{ auditConsistency(from: \"0\", to: \"1\") }").await.refused("AUDIT_SIZE");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_auditor_reads_what_its_jurisdiction_did() {
    let world = World::new().await;
    let inside = world.manager("HOSPITAL", "320106").await;
    let outside = world.manager("HOSPITAL", "310000").await;
    let auditor = world.manager("AUDIT_BODY", "320000").await;
    settled(&world, world.entries("").await.len()).await;
    let seen = auditor.asks("{ auditEntries(first: 100) { nodes { canonical } } }").await.done();
    let text = seen.to_string();
    assert!(text.contains(&inside.user) && !text.contains(&outside.user), "{text}");
}

/// The whole log as the command line exports it.
async fn exported(world: &World, file: &str) -> String {
    assert_eq!(audit(world, &["audit", "export", file]).await.code, Some(0));
    std::fs::read_to_string(file).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_log_that_changes_its_key_is_verified_with_the_first_one_alone() {
    let world = World::new().await;
    let grows = async || {
        world.manager("HOSPITAL", "320106").await;
        settled(&world, world.entries("").await.len()).await
    };
    let before = grows().await;
    let first = checkpoint(&world, None).await["key"].as_str().unwrap().to_owned();
    for _rotation in 0..2 {
        let rotated = audit(&world, &["audit", "rotate"]).await;
        assert_eq!((rotated.code, rotated.err.as_str()), (Some(0), ""));
        grows().await;
        grows().await;
    }
    let keys = world.nobody().asks("{ auditKeys { id key createdAt } }").await.done();
    let keys = keys.as_array().unwrap();
    assert_eq!((keys.len(), &keys[0]["key"], &keys[0]["id"]), (3, &json!(first), &json!(null)));
    let query = "{ auditCheckpoint { key keyId } }";
    let last = world.nobody().asks(query).await.done();
    assert_eq!((&last["key"], &last["keyId"]), (&keys[2]["key"], &keys[2]["id"]));
    assert_eq!(checkpoint(&world, Some(before)).await["key"], first.as_str(), "what it signed stays its own");

    let folder = Folder::new();
    let file = folder.path().join("log.jsonl").display().to_string();
    let whole = exported(&world, &file).await;
    let verify = async |text: &str, key: &str| {
        std::fs::write(&file, text).unwrap();
        let said = audit(&world, &["audit", "verify", &file, "--key", key]).await;
        (said.code, format!("{}{}", said.out, said.err))
    };
    let (code, told) = verify(&whole, &first).await;
    assert_eq!(code, Some(0), "{told}");
    assert_eq!(
        verify(&whole, keys[2]["key"].as_str().unwrap()).await.0,
        Some(2),
        "the first key is where trust begins"
    );
    // A key that the log does not tell of signs nothing, and neither does one that another has followed.
    let (second, third) = (keys[1]["id"].as_str().unwrap(), keys[2]["id"].as_str().unwrap());
    let named = |id: &str| format!("\"key\":{id:?},");
    for (what, text) in [
        ("the third key as the second", whole.replace(&named(third), &named(second))),
        ("the second key as the first", whole.replace(&named(second), "")),
        ("another key in the entry", whole.replace(keys[1]["key"].as_str().unwrap(), &first)),
    ] {
        assert_ne!(text, whole, "{what}");
        assert_eq!(verify(&text, &first).await.0, Some(2), "{what}");
    }
}
