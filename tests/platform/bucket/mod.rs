//! Documents in a bucket of a server that speaks like S3. It takes large objects in parts and knows one key; it does not prove signatures.
//! `.ci/s3` installs it.
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use jicai_domain::documents::DocumentKind;
use jicai_server::config::Documents;

use crate::support::actor::PAPER;
use crate::support::folder::Folder;
use crate::support::http::Reply;
use crate::support::world::World;

const BUCKET: &str = "papers";
const PREFIX: &str = "jicai/documents";

/// The server, with one bucket in a folder.
struct Buckets {
    child: Child,
    folder: Folder,
    endpoint: String,
}

impl Buckets {
    fn start() -> Buckets {
        let folder = Folder::new();
        let program = Path::new(env!("CARGO_MANIFEST_DIR"))
            .join("../../tests/platform/bucket/node_modules/.bin/s3rver");
        assert!(program.exists(), "a server like S3 is missing: sh .ci/s3");
        let mut command = Command::new(program);
        command.args(["--address", "127.0.0.1", "--port", "0", "--no-vhost-buckets", "--directory"]);
        command.arg(folder.path()).args(["--configure-bucket", BUCKET]);
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
        let mut told = BufReader::new(child.stdout.take().unwrap()).lines().map(Result::unwrap);
        let line = told.find(|line| line.contains("listening on ")).unwrap();
        // What it tells of each request is read, or it would wait for a reader.
        std::thread::spawn(move || told.for_each(drop));
        let endpoint = format!("http://{}", line.rsplit(' ').next().unwrap());
        Buckets { child, folder, endpoint }
    }

    /// A service that keeps its documents there.
    async fn world(&self, key: &str) -> World {
        let settings = [
            ("AWS_ACCESS_KEY_ID", key),
            ("AWS_SECRET_ACCESS_KEY", "S3RVER"),
            ("AWS_ENDPOINT_URL", &self.endpoint),
            ("AWS_REGION", "us-east-1"),
            ("AWS_ALLOW_HTTP", "true"),
        ];
        let settings = settings.map(|(name, value)| (name.to_owned(), value.to_owned())).to_vec();
        let (bucket, prefix) = (BUCKET.to_owned(), PREFIX.to_owned());
        World::with(|config| config.documents = Documents::Bucket { bucket, prefix, settings }).await
    }

    /// The objects that are there.
    fn objects(&self) -> Vec<String> {
        let Ok(found) = std::fs::read_dir(self.folder.path().join(BUCKET).join(PREFIX)) else {
            return Vec::new();
        };
        let names = found.map(|entry| entry.unwrap().file_name().into_string().unwrap());
        names.filter_map(|name| name.strip_suffix("._S3rver_object").map(str::to_owned)).collect()
    }

    /// The file that an object's bytes are in.
    fn file(&self, object: &str) -> PathBuf {
        self.folder.path().join(BUCKET).join(PREFIX).join(format!("{object}._S3rver_object"))
    }
}

impl Drop for Buckets {
    fn drop(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}

fn id(reply: &Reply) -> String {
    assert_eq!(reply.status, 201, "{}", reply.body);
    reply.json()["id"].as_str().unwrap().to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bucket_gives_back_what_was_stored_and_nothing_that_was_changed() {
    let buckets = Buckets::start();
    let world = buckets.world("S3RVER").await;
    let office = world.manager("PROCUREMENT_OFFICE", "320000").await;
    let before = buckets.objects();
    // What is larger than five megabytes goes in parts.
    let mut large = PAPER.to_vec();
    large.resize(8 * 1024 * 1024, b'x');
    for bytes in [PAPER, &large] {
        let document = id(&office.uploads("LICENCE", "a.pdf", bytes).await);
        let read = office.downloads(&document).await;
        assert_eq!((read.status, read.bytes == bytes), (200, true), "{} bytes", bytes.len());
        let mut changed = bytes.to_vec();
        *changed.last_mut().unwrap() ^= 1;
        std::fs::write(buckets.file(&document), &changed).unwrap();
        assert!(office.downloads(&document).await.bytes != changed, "{} bytes", bytes.len());
    }
    assert_eq!(buckets.objects().len(), before.len() + 2);
    let most = usize::try_from(DocumentKind::Licence.bytes_max()).unwrap();
    large.resize(most + 1, b'x');
    assert_eq!(office.uploads("LICENCE", "a.pdf", &large).await.status, 413);
    assert_eq!(buckets.objects().len(), before.len() + 2, "what is refused leaves nothing");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bucket_that_does_not_know_our_key_takes_nothing_and_clients_are_not_told_why() {
    let buckets = Buckets::start();
    let world = buckets.world("UNKNOWN").await;
    let refused = world.admin().uploads("LICENCE", "a.pdf", PAPER).await;
    assert!(refused.status >= 500 && !refused.body.contains("InvalidAccessKeyId"), "{}", refused.body);
    assert_eq!(buckets.objects(), Vec::<String>::new());
}
