//! `jicai custodian`.
use std::io::Write;
use std::path::PathBuf;

use clap::{Args, Subcommand};
use jicai_domain::audit::hex;
use jicai_domain::ids::RoundId;
use jicai_seal::{CustodianKey, Recipient, hold_ceremony};

use super::sealing::{Readers, at, bytes, create, create_folder, custodians, id, key_and_ceremony, of};
use super::{Failure, out};

/// How the commands follow each other.
const ORDER: &str = "\
A round's key is made and shared so:
  1. each custodian   jicai custodian keygen --out me.key              registers the public line on the platform and gives it to bidders
  2. off the network  jicai custodian ceremony --round … --out room    gives ceremony.json to all and share-N.age to custodian N
  3. each custodian   jicai custodian sign …                           gives the signature to the office, which publishes the key
  4. at the opening   jicai custodian share …                          gives the envelope to the platform
Nothing is overwritten. Ends with 0, 2 on bad input, 1 on anything else.";

#[derive(Debug, Subcommand)]
#[command(after_help = ORDER)]
pub(super) enum CustodianCommand {
    /// Make a custodian's private file and print the public line
    Keygen(KeygenArgs),
    /// Make a round's key, split it among custodians, and forget it
    Ceremony(CeremonyArgs),
    /// Check the own share against the ceremony and sign the ceremony
    Sign(SignArgs),
    /// Bring the own share under the platform's opening key
    Share(ShareArgs),
}

#[derive(Debug, Args)]
pub(super) struct KeygenArgs {
    /// Private file to make; keep it off the network
    #[arg(long, value_name = "FILE")]
    pub(super) out: PathBuf,
}

#[derive(Debug, Args)]
pub(super) struct CeremonyArgs {
    /// The round's id
    #[arg(long, value_name = "ID")]
    round: String,
    /// Public lines of the round's custodians, one a line, in the order of the announcement
    #[arg(long, value_name = "FILE")]
    custodians: PathBuf,
    /// How many of them open the round together, as announced
    #[arg(long, value_name = "K")]
    threshold: u8,
    /// Folder for ceremony.json and share-1.age, share-2.age …
    #[arg(long, value_name = "FOLDER")]
    out: PathBuf,
}

#[derive(Debug, Args)]
pub(super) struct SignArgs {
    /// The own private file
    #[arg(long, value_name = "FILE")]
    key: PathBuf,
    /// What the ceremony published
    #[arg(long, value_name = "FILE")]
    ceremony: PathBuf,
    /// The own share
    #[arg(long, value_name = "FILE")]
    share: PathBuf,
    /// Signature to make
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
}

#[derive(Debug, Args)]
pub(super) struct ShareArgs {
    /// The own private file
    #[arg(long, value_name = "FILE")]
    key: PathBuf,
    /// What the ceremony published
    #[arg(long, value_name = "FILE")]
    ceremony: PathBuf,
    /// The own share
    #[arg(long, value_name = "FILE")]
    share: PathBuf,
    /// The platform's opening key for the round
    #[arg(long, value_name = "age1…")]
    to: String,
    /// Envelope to make, for submitShare
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
}

pub(super) fn run(command: &CustodianCommand) -> Result<u8, Failure> {
    match command {
        CustodianCommand::Keygen(args) => keygen(args),
        CustodianCommand::Ceremony(args) => ceremony(args),
        CustodianCommand::Sign(args) => sign(args),
        CustodianCommand::Share(args) => share(args),
    }
}

fn keygen(args: &KeygenArgs) -> Result<u8, Failure> {
    let key = CustodianKey::generate().map_err(|error| at(&args.out, error))?;
    create(&args.out, key.to_file_text().as_bytes(), Readers::Owner)?;
    said(&[key.public().to_string()])
}

fn ceremony(args: &CeremonyArgs) -> Result<u8, Failure> {
    let round: RoundId = id("--round", &args.round)?;
    let custodians = custodians(&args.custodians)?;
    let held = hold_ceremony(&round.to_string(), &custodians, args.threshold);
    let (ceremony, shares) = held.map_err(|error| at(&args.custodians, error))?;
    create_folder(&args.out)?;
    let file = |name: &str| args.out.join(name);
    create(&file("ceremony.json"), with_end(ceremony.to_canonical()).as_bytes(), Readers::Everybody)?;
    for share in &shares {
        create(&file(&format!("share-{}.age", share.position)), &share.ciphertext, Readers::Owner)?;
    }
    said(&[
        format!("round      {round}"),
        format!("public key {}", ceremony.recipient()),
        format!("opened by  {} of {}", ceremony.threshold(), shares.len()),
        format!("SHA-256    {}", hex(&ceremony.digest())),
    ])
}

fn sign(args: &SignArgs) -> Result<u8, Failure> {
    let (key, ceremony) = key_and_ceremony(&args.key, &args.ceremony)?;
    let share = key.open_share(&ceremony, &bytes(&args.share)?).map_err(|error| at(&args.share, error))?;
    let signature = key.sign_ceremony(&ceremony, &share).map_err(|error| at(&args.ceremony, error))?;
    create(&args.out, with_end(signature.to_canonical()).as_bytes(), Readers::Everybody)?;
    said(&[
        format!("round      {}", ceremony.round()),
        format!("public key {}", ceremony.recipient()),
        format!("signed as  custodian {} of {}", signature.position(), ceremony.custodians().len()),
    ])
}

fn share(args: &ShareArgs) -> Result<u8, Failure> {
    let (key, ceremony) = key_and_ceremony(&args.key, &args.ceremony)?;
    let share = key.open_share(&ceremony, &bytes(&args.share)?).map_err(|error| at(&args.share, error))?;
    let opening = Recipient::parse(&args.to).map_err(|error| of("--to", error))?;
    let envelope = share.for_opening(&opening).map_err(|error| of("--to", error))?;
    create(&args.out, with_end(envelope.to_canonical()).as_bytes(), Readers::Owner)?;
    said(&[
        format!("round      {}", envelope.round),
        format!("share of   custodian {}", envelope.position),
        format!("under      {opening}"),
    ])
}

/// A text file ends with a line break.
pub(super) fn with_end(mut text: String) -> String {
    text.push('\n');
    text
}

/// Prints lines.
pub(super) fn said(lines: &[String]) -> Result<u8, Failure> {
    let mut out = out();
    lines.iter().try_for_each(|line| writeln!(out, "{line}"))?;
    out.flush()?;
    Ok(0)
}
