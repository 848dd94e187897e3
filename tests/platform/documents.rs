//! Files that are stored and read back: whole, of a known type, by those who may.
use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Instant;

use jicai_domain::documents::{DOCUMENTS_BEFORE_APPROVAL_MAX, DocumentKind};
use jicai_domain::ids::DocumentId;
use jicai_domain::jobs::JobKind;
use jicai_store::{Store, jobs};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::support::actor::{Actor, PAPER, key};
use crate::support::http::Reply;
use crate::support::world::World;

const PNG: &[u8] = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR";

fn code(reply: &Reply) -> String {
    reply.json()["errors"][0]["extensions"]["code"].as_str().unwrap_or("ok").to_owned()
}

fn id(reply: &Reply) -> String {
    assert_eq!(reply.status, 201, "{}", reply.body);
    reply.json()["id"].as_str().unwrap().to_owned()
}

/// What lies in the folder of the documents.
fn files(world: &World) -> Vec<PathBuf> {
    let found = std::fs::read_dir(world.database.documents.path()).unwrap();
    found.map(|entry| entry.unwrap().path()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_document_is_read_back_as_it_was_stored_under_its_name() {
    let world = World::new().await;
    let office = world.manager("PROCUREMENT_OFFICE", "320000").await;
    let stored = office.uploads("LICENCE", "许可证 \"1\"%.pdf", PAPER).await;
    let told = stored.json();
    assert_eq!((told["size"].as_u64(), told["mediaType"].as_str()), (Some(15), Some("application/pdf")));
    assert_eq!(told["sha256"], "14bcd090baf31edba64e9cbd8cdfc15f943344aa72cb3675ad8e91bfcbce03ad");
    let read = office.downloads(&id(&stored)).await;
    assert_eq!((read.status, read.bytes.as_slice()), (200, PAPER));
    for header in [
        "content-type: application/pdf\r",
        "content-length: 15\r",
        "content-disposition: attachment; filename=\"___ _1__.pdf\"; \
         filename*=utf-8''%e8%ae%b8%e5%8f%af%e8%af%81%20%221%22%25.pdf\r",
        "x-content-type-options: nosniff\r",
        "content-security-policy: default-src 'none'; sandbox\r",
    ] {
        assert!(format!("{}\r", read.head).contains(header), "{header} is not in {}", read.head);
    }
    assert_eq!(world.entries(&id(&stored)).await, ["DocumentStored"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_repeated_upload_gets_the_first_answer_and_leaves_one_file() {
    let world = World::new().await;
    let office = world.manager("PROCUREMENT_OFFICE", "320000").await;
    let key = key();
    let first = office.uploads_by_key("LICENCE", "a.pdf", PAPER, &key).await;
    let again = office.uploads_by_key("LICENCE", "a.pdf", PAPER, &key).await;
    assert_eq!((first.json(), again.status), (again.json(), 201));
    for (name, bytes) in [("a.pdf", PNG), ("b.pdf", PAPER)] {
        let other = office.uploads_by_key("LICENCE", name, bytes, &key).await;
        assert_eq!((other.status, code(&other).as_str()), (409, "IDEMPOTENCY_CONFLICT"));
    }
    assert_eq!(files(&world), [world.database.documents.path().join(id(&first))]);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_content_tells_the_type_and_not_the_name() {
    let world = World::new().await;
    let office = world.manager("PROCUREMENT_OFFICE", "320000").await;
    let table: [(&str, &[u8]); 5] = [
        ("licence.pdf", b"<html><script>alert(1)</script></html>"),
        ("licence.pdf", b"MZ\x90\0\x03\0\0\0\x04\0\0\0\xff\xff\0\0"),
        ("licence.pdf", b""),
        ("licence.png", b"GIF89a\x01\0\x01\0"),
        ("licence.pdf", b"x%PDF-1.4 not at the beginning"),
    ];
    for (name, bytes) in table {
        let refused = office.uploads("LICENCE", name, bytes).await;
        assert_eq!((refused.status, code(&refused).as_str()), (400, "DOCUMENT_TYPE"), "{bytes:?}");
        let allowed = &refused.json()["errors"][0]["extensions"]["allowed"];
        assert_eq!(allowed, "application/pdf, image/png, image/jpeg");
    }
    assert_eq!(files(&world), Vec::<PathBuf>::new());
    let png = office.uploads("LICENCE", "licence.pdf", PNG).await;
    assert_eq!(png.json()["mediaType"], "image/png");
    assert!(office.downloads(&id(&png)).await.head.contains("content-type: image/png\r"));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_upload_says_what_it_is_and_who_sends_it() {
    let world = World::new().await;
    let office = world.manager("PROCUREMENT_OFFICE", "320000").await;
    let clerk = world.clerk(&office, "clerk", "PROCUREMENT_OFFICE").await;
    for (actor, kind, name, key, expected) in [
        (&world.nobody(), "LICENCE", "a.pdf", key(), "UNAUTHENTICATED"),
        (&clerk, "LICENCE", "a.pdf", key(), "FORBIDDEN"),
        (&office, "SPELL", "a.pdf", key(), "DOCUMENT_KIND"),
        (&office, "LICENCE", "../a.pdf", key(), "FILE_NAME_INVALID"),
        (&office, "LICENCE", "a.pdf", "short".to_owned(), "IDEMPOTENCY_KEY_INVALID"),
        (&office, "LICENCE&kind=LICENCE", "a.pdf", key(), "UPLOAD_INVALID"),
    ] {
        let refused = actor.uploads_by_key(kind, name, PAPER, &key).await;
        assert_eq!(code(&refused), expected);
    }
    assert_eq!(files(&world), Vec::<PathBuf>::new());
}

/// The head of an upload, as far as it comes before the body.
fn head(actor: &Actor, length: &str) -> String {
    let (token, key) = (actor.token.clone().unwrap(), key());
    format!(
        "POST /documents?kind=LICENCE&name=a.pdf HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {token}\r\n\
         idempotency-key: {key}\r\nconnection: close\r\n{length}\r\n\r\n"
    )
}

async fn sent(to: SocketAddr, parts: &[&[u8]]) -> TcpStream {
    let mut stream = TcpStream::connect(to).await.unwrap();
    for part in parts {
        stream.write_all(part).await.unwrap();
    }
    stream
}

/// The answer up to the end of its errors; the server may still wait for the rest of the body.
async fn answered(stream: &mut TcpStream) -> String {
    let (mut answer, mut part) = (Vec::new(), [0; 4096]);
    while !answer.ends_with(b"}]}") {
        let length = stream.read(&mut part).await.unwrap();
        assert!(length > 0, "{}", String::from_utf8_lossy(&answer));
        answer.extend_from_slice(&part[..length]);
    }
    String::from_utf8(answer).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_too_large_is_refused_whether_or_not_it_says_so() {
    let world = World::new().await;
    let office = world.manager("PROCUREMENT_OFFICE", "320000").await;
    let most = usize::try_from(DocumentKind::Licence.bytes_max()).unwrap();
    let announced = head(&office, &format!("content-length: {}", most + 1));
    let mut body = PAPER.to_vec();
    body.resize(most + 1, b' ');
    let chunked = head(&office, "transfer-encoding: chunked");
    let size = format!("{:x}\r\n", body.len());
    let parts: [&[&[u8]]; 2] =
        [&[announced.as_bytes()], &[chunked.as_bytes(), size.as_bytes(), &body, b"\r\n"]];
    for parts in parts {
        let answer = answered(&mut sent(world.address(), parts).await).await;
        assert!(answer.starts_with("HTTP/1.1 413 ") && answer.contains("BODY_TOO_LARGE"), "{answer}");
    }
    assert_eq!(files(&world), Vec::<PathBuf>::new());
    body.truncate(most);
    id(&office.uploads("LICENCE", "a.pdf", &body).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_upload_that_is_cut_leaves_nothing() {
    let world = World::new().await;
    let office = world.manager("PROCUREMENT_OFFICE", "320000").await;
    let mut body = PAPER.to_vec();
    body.resize(8 * 1024 * 1024, b' ');
    let announced = head(&office, &format!("content-length: {}", body.len()));
    let stream = sent(world.address(), &[announced.as_bytes(), &body[..7 * 1024 * 1024]]).await;
    let begun = Instant::now();
    while files(&world).is_empty() {
        assert!(begun.elapsed().as_secs() < 30, "nothing was written before the cut");
        tokio::task::yield_now().await;
    }
    drop(stream);
    while !files(&world).is_empty() {
        assert!(begun.elapsed().as_secs() < 60, "{:?}", files(&world));
        tokio::task::yield_now().await;
    }
    assert!(!world.entries("").await.contains(&"DocumentStored".to_owned()));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_document_is_shown_to_its_organization_and_to_whoever_oversees_it() {
    let world = World::new().await;
    let hospital = world.manager("HOSPITAL", "320106").await;
    let clerk = world.clerk(&hospital, "clerk", "HOSPITAL").await;
    let document = id(&hospital.uploads("LICENCE", "a.pdf", PAPER).await);
    for (actor, status) in [
        (&hospital, 200),
        (&clerk, 200),
        (&world.manager("HOSPITAL", "320106").await, 404),
        (&world.manager("INSURANCE_AGENCY", "320000").await, 404),
        (&world.manager("REVIEW_BODY", "320100").await, 200),
        (&world.manager("REGULATOR", "320000").await, 200),
        (&world.manager("REGULATOR", "310000").await, 404),
        (&world.manager("AUDIT_BODY", "320000").await, 200),
        (world.admin(), 200),
        (&world.nobody(), 401),
    ] {
        let read = actor.downloads(&document).await;
        assert_eq!(read.status, status, "{}", actor.login);
        if status == 404 {
            assert_eq!(code(&read), "NOT_FOUND");
        }
    }
    assert_eq!(code(&hospital.downloads("doc_00000000000000000000000000000000").await), "NOT_FOUND");
    assert_eq!(code(&hospital.downloads("..%2Fsecret").await), "ID_MALFORMED");
}

#[tokio::test(flavor = "multi_thread")]
async fn bytes_that_were_changed_or_lost_are_never_handed_out() {
    let world = World::new().await;
    let office = world.manager("PROCUREMENT_OFFICE", "320000").await;
    let document = id(&office.uploads("LICENCE", "a.pdf", PAPER).await);
    let path = world.database.documents.path().join(&document);
    let changed = String::from_utf8(PAPER.to_vec()).unwrap().replace("1.4", "1.5");
    std::fs::write(&path, &changed).unwrap();
    let read = office.downloads(&document).await;
    assert_eq!((read.status, code(&read).as_str()), (500, "INTERNAL"));
    assert!(!read.body.contains("%PDF"));
    std::fs::remove_file(&path).unwrap();
    assert_eq!(code(&office.downloads(&document).await), "INTERNAL");
    std::fs::write(&path, PAPER).unwrap();
    assert_eq!(office.downloads(&document).await.bytes, PAPER);
}

#[tokio::test(flavor = "multi_thread")]
async fn bytes_that_no_document_names_are_removed_after_a_day() {
    let world = World::new().await;
    let office = world.manager("PROCUREMENT_OFFICE", "320000").await;
    let document = id(&office.uploads("LICENCE", "a.pdf", PAPER).await);
    let stray = jicai_store::fresh::<DocumentId>().to_string();
    std::fs::write(world.database.documents.path().join(stray), PAPER).unwrap();
    let left = [world.database.documents.path().join(&document)];
    let later = async |seconds: i64| {
        world.moves_clock_to(seconds).await;
        let store = Store::new(&world.database.app, 1);
        let put = async |tx: &mut jicai_store::Tx| jobs::put(tx, JobKind::Purge, "").await;
        store.keep("put", put).await.unwrap();
    };
    later(23 * 3600).await;
    let (begun, done) = (Instant::now(), "{ jobs(status: QUEUED) { nodes { id } } }");
    while world.admin().asks(done).await.done()["nodes"] != serde_json::json!([]) {
        assert!(begun.elapsed().as_secs() < 30, "the purge was not done");
    }
    assert_eq!(files(&world).len(), 2);
    later(25 * 3600).await;
    while files(&world) != left {
        assert!(begun.elapsed().as_secs() < 60, "{:?}", files(&world));
        tokio::task::yield_now().await;
    }
    assert_eq!(office.downloads(&document).await.bytes, PAPER);
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_waits_for_review_cannot_fill_the_store() {
    let world = World::new().await;
    let lead = world.logs_in(&world.registers("REGULATOR", "320000").await.login).await;
    for _ in 0..DOCUMENTS_BEFORE_APPROVAL_MAX {
        id(&lead.uploads("LICENCE", "a.pdf", PAPER).await);
    }
    let refused = lead.uploads("LICENCE", "a.pdf", PAPER).await;
    assert_eq!((refused.status, code(&refused).as_str()), (429, "DOCUMENT_LIMIT"));
}
