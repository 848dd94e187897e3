//! Whatever is kept before the opening tells nobody a price or a share: the database's dump, the documents, Redis, every log.
use std::fs::{self, File};
use std::path::Path;
use std::process::{Command, Stdio};
use std::str::FromStr;

use age::x25519::Identity;
use jicai_server::embedded::{SUPERUSER, client_programs};
use serde_json::Value;

use crate::support::folder::Folder;
use crate::support::postgres::execute;
use crate::support::program::{jicai, said};
use crate::support::readme::{block, shell};
use crate::support::redis::Redis;
use crate::support::serving::Serving;

/// What the README's bidder offers first, and then instead.
const PRICES: [&str; 2] = ["314159.2653", "271828.1828"];

/// The README's round up to the first share, with a bid that replaces the first one.
fn up_to_the_first_share() -> String {
    let helpers: String = block("tour").split_inclusive('\n').take(2).collect();
    let (bidding, rest) = block("round").split_once("# The deadline passes").unwrap();
    let (deadline, opening) =
        rest.split_once("\nbring custodian3 3").unwrap().0.split_once("\n# Two of").unwrap();
    let deadline = deadline.split_once("\nKEY=").unwrap().0;
    let [first, second] = PRICES;
    let sealed = bidding.split_once("jicai bid seal").unwrap().1.split_once(" > receipt.json").unwrap().0;
    let again =
        format!("jicai bid seal{sealed}").replace("--version 1", "--version 2").replace("bid-1", "bid-2");
    let bidding = bidding.replace("2.40", first);
    assert!(bidding.contains(first) && again.contains("bid-2.json"));
    format!("{helpers}{bidding}\nsed -i 's/{first}/{second}/' bid.csv\n{again}\n#{deadline}\n#{opening}")
}

/// Everything in the files of a folder, but not of those folders in it.
fn below(folder: &Path, but: &[&str]) -> Vec<u8> {
    let mut all = Vec::new();
    for entry in fs::read_dir(folder).unwrap().map(Result::unwrap) {
        let name = entry.file_name().into_string().unwrap();
        if entry.path().is_dir() && !but.contains(&name.as_str()) {
            all.extend(below(&entry.path(), &[]));
        } else if entry.path().is_file() {
            all.extend(fs::read(entry.path()).unwrap());
        }
    }
    all
}

fn dump(home: &Folder) -> Vec<u8> {
    let mut command = Command::new(client_programs().unwrap().join("pg_dump"));
    command.arg("-h").arg(home.path().join("postgres/run")).args(["-U", SUPERUSER, "jicai"]);
    let output = command.output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    output.stdout
}

/// The last word of the line of a file that is no comment.
fn last_word(text: &str) -> &str {
    text.lines().rfind(|line| !line.starts_with('#')).unwrap().rsplit(' ').next().unwrap()
}

fn digits(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn bytes(digits: &str) -> Vec<u8> {
    let pairs = digits.as_bytes().chunks(2).map(|pair| std::str::from_utf8(pair).unwrap());
    pairs.map(|pair| u8::from_str_radix(pair, 16).unwrap()).collect()
}

/// What must be nowhere: prices, shares and private keys as they are, as digits of their bytes, and as a list of bytes.
fn secrets(folder: &Folder) -> Vec<String> {
    let read = |name: &str| fs::read_to_string(folder.path().join(name)).unwrap();
    let mut texts: Vec<String> = PRICES.map(str::to_owned).to_vec();
    texts.extend(PRICES.map(|price| price.replace('.', "")));
    texts.push(last_word(&read("bid.key")).to_owned());
    let mut raw = Vec::new();
    for (place, clerk) in [(1, "custodian"), (2, "custodian2"), (3, "custodian3")] {
        let key = read(&format!("{clerk}.key"));
        let identity = last_word(&key).to_owned();
        let sealed = fs::read(folder.path().join(format!("room/share-{place}.age"))).unwrap();
        let share = age::decrypt(&Identity::from_str(&identity).unwrap(), &sealed).unwrap();
        raw.push(bytes(last_word(&String::from_utf8(share).unwrap())));
        texts.push(identity);
    }
    let list = |bytes: &[u8]| bytes.iter().map(u8::to_string).collect::<Vec<_>>().join(", ");
    let of_texts =
        texts.iter().flat_map(|text| [text.clone(), digits(text.as_bytes()), list(text.as_bytes())]);
    let of_bytes =
        raw.iter().flat_map(|bytes| [digits(bytes), digits(digits(bytes).as_bytes()), list(bytes)]);
    of_texts.chain(of_bytes).map(|text| text.to_ascii_lowercase()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_that_is_kept_before_the_opening_tells_a_price_or_a_share() {
    let (home, folder, mut redis) = (Folder::new(), Folder::new(), Redis::start().await);
    let (watched, logged) = (folder.path().join("redis"), folder.path().join("log"));
    redis.is_watched(&watched).await;
    let mut command = jicai(home.path(), &["serve", "--demo"]);
    command.env("REDIS_URL", redis.url()).env("RUST_LOG", "debug");
    command.env("JICAI_ANONYMOUS_RATE", "60000").env("JICAI_CALLER_RATE", "60000");
    let serving = Serving::logging_to(command, Stdio::from(File::create(&logged).unwrap()));
    // Postgres writes down every statement with its values.
    let owner =
        format!("host='{}' user={SUPERUSER} dbname=jicai", home.path().join("postgres/run").display());
    execute(&owner, "ALTER SYSTEM SET log_min_duration_statement = 0").await;
    execute(&owner, "SELECT pg_reload_conf()").await;

    let mut shell = shell(&up_to_the_first_share(), &home, &folder);
    shell.env("API", format!("http://{}/graphql", serving.to));
    let walked = tokio::task::spawn_blocking(move || said(shell)).await.unwrap();
    assert_eq!((walked.code, walked.err.as_str()), (Some(0), ""), "{}", walked.out);
    assert!(
        walked.out.ends_with("{\"data\":{\"submitShare\":{\"given\":1,\"needed\":2}}}\n"),
        "{}",
        walked.out
    );

    let secrets = secrets(&folder);
    let sealed = fs::read_to_string(folder.path().join("bid-2.json")).unwrap();
    let sealed: Value = serde_json::from_str(&sealed).unwrap();
    let sealed = sealed["ciphertextSha256"].as_str().unwrap();
    for (what, kept, known) in [
        ("the database", dump(&home), sealed),
        ("the documents", below(&home.path().join("documents"), &[]), "%pdf"),
        ("Redis", fs::read(&watched).unwrap(), "jicai:rate:"),
        ("the service's log", fs::read(&logged).unwrap(), "actix_server::server"),
        ("Postgres' log", below(&home.path().join("postgres"), &["data", "run"]), sealed),
    ] {
        let kept: String = kept.iter().map(|byte| char::from(byte.to_ascii_lowercase())).collect();
        assert!(kept.contains(known), "{what} is not what is searched");
        for secret in &secrets {
            assert!(!kept.contains(secret.as_str()), "{what} holds {secret}");
        }
    }
    serving.signal("-TERM");
    assert_eq!(serving.last_words().0, Some(0));
}
