//! `jicai audit export` and `jicai audit verify`.
use std::fs::File;
use std::io::{BufRead, BufReader, BufWriter, Write};
use std::path::{Path, PathBuf};

use jicai_domain::audit::checkpoint::Checkpoint;
use jicai_domain::audit::{hex, unhex};
use jicai_domain::ids::{Id, LogKeyId};
use jicai_domain::time::Timestamp;
use jicai_service::audit::{LogFault, Step, Verifier, public_key, rotate_log_key, walk};
use jicai_service::{Sequenced, Signed};
use serde::{Deserialize, Serialize};

use crate::cli::platform::{Failure, runtime, say, settings_of_environment};
use crate::config::SecretKey;
use crate::serve::with_app;

#[derive(clap::Subcommand)]
pub(super) enum Command {
    /// Write the log, one JSON object a line: entries, and after them the signed checkpoints that cover them.
    Export {
        /// The file to write.
        file: PathBuf,
    },
    /// Verify an export, with nothing but it and the public key.
    Verify {
        /// The file to read.
        file: PathBuf,
        /// The public half of the first key, 64 hexadecimal digits. It comes from the service's secret; the log itself proves every key after it.
        #[arg(long)]
        key: String,
    },
    /// Sign the log with a new key from the checkpoint on that follows the next one. The keys before it stay published and prove what they signed.
    Rotate,
}

/// A line of an export.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
enum Line {
    Entry {
        position: u64,
        canonical: String,
        leaf: String,
    },
    Checkpoint {
        size: u64,
        root: String,
        at_micros: i64,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        key: Option<String>,
        signature: String,
    },
}

pub(super) fn run(command: Command) -> Result<(), Failure> {
    match command {
        Command::Export { file } => export(&file),
        Command::Verify { file, key } => verify(&file, &key),
        Command::Rotate => rotate(),
    }
}

fn export(file: &Path) -> Result<(), Failure> {
    let config = settings_of_environment()?;
    let mut lines: Vec<Line> = Vec::new();
    let key = runtime()?.block_on(with_app(&config, async |app| {
        walk(app, |step| lines.push(step.into())).await?;
        Ok(public_key(app, None))
    }))?;
    let mut out = BufWriter::new(File::create(file)?);
    for line in &lines {
        serde_json::to_writer(&mut out, line)?;
        out.write_all(b"\n")?;
    }
    out.flush()?;
    say(format!("{} lines; the public key is {}", lines.len(), hex(&key)))
}

fn rotate() -> Result<(), Failure> {
    let config = settings_of_environment()?;
    let key = runtime()?.block_on(with_app(&config, async |app| rotate_log_key(app).await))?;
    say(format!(
        "The log is signed with {key} once the entry that tells of it has its place; the keys before it stay published."
    ))
}

fn verify(file: &Path, key: &str) -> Result<(), Failure> {
    let wrong_key = || Failure::Input(vec!["--key: is not 64 hexadecimal digits".to_owned()]);
    let key = SecretKey::parse(key).ok_or_else(wrong_key)?.reveal();
    let mut verifier = Verifier::new(&key).map_err(|fault| Failure::Input(vec![fault.to_string()]))?;
    let at =
        |number: usize, what: String| Failure::Input(vec![format!("{}:{number}: {what}", file.display())]);
    let mut count = 0;
    for (line, number) in BufReader::new(File::open(file)?).lines().zip(1..) {
        let line: Line = serde_json::from_str(&line?).map_err(|error| at(number, error.to_string()))?;
        take(&mut verifier, &line).map_err(|fault| at(number, fault))?;
        count = number;
    }
    let entries = verifier.finish().map_err(|fault| at(count, fault.to_string()))?;
    say(format!("{entries} entries are those that were signed."))
}

fn take(verifier: &mut Verifier, line: &Line) -> Result<(), String> {
    let told = |fault: LogFault| fault.to_string();
    match line {
        Line::Entry { position, canonical, leaf } => {
            let leaf = hash(leaf).ok_or("leaf is not 64 hexadecimal digits")?;
            verifier.entry(*position, canonical, &leaf).map_err(told)
        }
        Line::Checkpoint { size, root, at_micros, key, signature } => {
            let root = hash(root).ok_or("root is not 64 hexadecimal digits")?;
            let signature = unhex(signature).ok_or("signature is not hexadecimal")?;
            let checkpoint = Checkpoint { size: *size, root, at: Timestamp::from_micros(*at_micros) };
            let key = key.as_deref().map(LogKeyId::parse).transpose();
            let key = key.map_err(|_refusal| "key is not the id of a key of the log")?;
            verifier.checkpoint(&checkpoint, key, &signature).map_err(told)
        }
    }
}

impl From<Step> for Line {
    fn from(step: Step) -> Self {
        match step {
            Step::Entry(Sequenced { position, canonical, leaf, .. }) => {
                Self::Entry { position, canonical, leaf: hex(&leaf) }
            }
            Step::Checkpoint(Signed { checkpoint: Checkpoint { size, root, at }, key, signature }) => {
                Self::Checkpoint {
                    size,
                    root: hex(&root),
                    at_micros: at.micros(),
                    key: key.map(|key| key.to_string()),
                    signature: hex(&signature),
                }
            }
        }
    }
}

fn hash(text: &str) -> Option<[u8; 32]> {
    unhex(text)?.try_into().ok()
}
