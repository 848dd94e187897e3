//! `jicai bid`.
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use clap::{Args, Subcommand};
use jicai_domain::audit::merkle::Hash;
use jicai_domain::audit::{hex, unhex};
use jicai_domain::ids::{OrganizationId, RoundId, RoundProductId};
use jicai_domain::procurement::bid::{is_sealed_length, published_root};
use jicai_domain::procurement::values::{parse_positive, parse_product, parse_units};
use jicai_seal::{
    BidKey, BidLine, BidPlain, Ceremony, CeremonySignature, Envelope, Receipt, ReceiptKind, SignedReceipt,
    seal_bid, verify_ceremony,
};

use super::custodian::{KeygenArgs, said, with_end};
use super::sealing::{Readers, at, create, custodians, id, of, read};
use super::{Failure, tell};
use crate::input::{InputFile, Problem, Problems, Row, Sheet};

#[derive(Debug, Subcommand)]
pub(super) enum BidCommand {
    /// Make the private file that signs the enterprise's bids and print the public line
    Keygen(KeygenArgs),
    /// Sign a bid and encrypt it to the round's key
    Seal(Box<SealArgs>),
    /// Check a receipt with nothing but the platform's public key
    VerifyReceipt(VerifyArgs),
}

#[derive(Debug, Args)]
#[command(after_help = "\
The lines are CSV (UTF-8 or GB18030) or Excel with the header product,price,units: the id of a qualified product, the price of a
pack in yuan, tax included, and the smallest units in the pack. The round's id, its edition and its envelope length are in the announcement.
Nobody can read the envelope before enough custodians open the round, its maker neither: keep the lines.

Ends with 0, 2 on bad input, 1 on anything else.")]
pub(super) struct SealArgs {
    /// The enterprise's private file
    #[arg(long, value_name = "FILE")]
    key: PathBuf,
    /// What the ceremony of the round's key published
    #[arg(long, value_name = "FILE")]
    ceremony: PathBuf,
    /// The signatures of all custodians
    #[arg(long, value_name = "FILE", num_args = 1.., required = true)]
    signatures: Vec<PathBuf>,
    /// Public lines of custodians whom the enterprise trusts, from elsewhere than the platform
    #[arg(long, value_name = "FILE")]
    custodians: PathBuf,
    /// The round's id
    #[arg(long, value_name = "ID")]
    round: String,
    /// The id of the enterprise's organization
    #[arg(long, value_name = "ID")]
    bidder: String,
    /// Which submission of the enterprise it is in this round, from 1
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    version: u32,
    /// The edition of the announcement that was read
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    edition: u32,
    /// The round's envelope length, bytes
    #[arg(long, value_name = "BYTES")]
    length: usize,
    /// The lines
    #[arg(long, value_name = "FILE")]
    lines: PathBuf,
    /// Envelope to make, for submitBid
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
}

#[derive(Debug, Args)]
pub(super) struct VerifyArgs {
    /// The receipt
    receipt: PathBuf,
    /// The platform's public key, 64 hexadecimal digits: the one that proves the audit log
    #[arg(long, value_name = "KEY")]
    key: String,
    /// The envelope that was submitted, to compare
    #[arg(long, value_name = "FILE")]
    envelope: Option<PathBuf>,
    /// The commitments that the round published when it was sealed, one a line, to find the receipt's among them
    #[arg(long, value_name = "FILE")]
    published: Option<PathBuf>,
}

pub(super) fn run(command: &BidCommand) -> Result<u8, Failure> {
    match command {
        BidCommand::Keygen(args) => keygen(args),
        BidCommand::Seal(args) => seal(args),
        BidCommand::VerifyReceipt(args) => verify(args),
    }
}

fn keygen(args: &KeygenArgs) -> Result<u8, Failure> {
    let key = BidKey::generate().map_err(|error| at(&args.out, error))?;
    create(&args.out, key.to_file_text().as_bytes(), Readers::Owner)?;
    said(&[key.public().to_string()])
}

fn seal(args: &SealArgs) -> Result<u8, Failure> {
    let ceremony = trusted_ceremony(args)?;
    let bidder: OrganizationId = id("--bidder", &args.bidder)?;
    if !is_sealed_length(args.length) {
        let expected = ("the round's envelope length", "本轮公告的密封长度");
        Err(Problems::from(Problem::of_file(
            "LENGTH_INVALID",
            "--length",
            args.length.to_string(),
            expected,
        )))?;
    }
    let key = read(&args.key, BidKey::parse)?;
    let lines = read_lines(&args.lines)?;
    let count = lines.len();
    let bid = BidPlain::new(ceremony.round(), &bidder.to_string(), (args.version, args.edition), lines);
    let bid = bid.map_err(|error| at(&args.lines, error))?;
    let sealed = seal_bid(&bid, &key, ceremony.recipient(), args.length);
    let envelope = sealed.map_err(|error| at(&args.lines, error))?;
    create(&args.out, with_end(envelope.to_canonical()).as_bytes(), Readers::Everybody)?;
    said(&[
        format!("round      {}", envelope.round),
        format!("bidder     {}", envelope.bidder),
        format!("version    {}, {count} lines, read in edition {}", envelope.version, bid.edition()),
        format!("opened by  {} of {} custodians", ceremony.threshold(), ceremony.custodians().len()),
        format!("commitment {}", hex(&envelope.commitment)),
        format!("SHA-256    {}", hex(&envelope.digest)),
    ])
}

/// The ceremony of the round, signed by all of its custodians, each of whom the enterprise knows from elsewhere.
fn trusted_ceremony(args: &SealArgs) -> Result<Ceremony, Problems> {
    let round: RoundId = id("--round", &args.round)?;
    let ceremony = read(&args.ceremony, Ceremony::parse)?;
    if ceremony.round() != round.to_string() {
        let expected = (format!("the ceremony of {round}"), format!("{round} 的密钥仪式"));
        let name = args.ceremony.display().to_string();
        Err(Problem::of_file("ROUND_OTHER", &name, ceremony.round(), (&expected.0, &expected.1)))?;
    }
    let signature = |path: &PathBuf| {
        let signature = read(path, CeremonySignature::parse)?;
        signature.check(&ceremony).map_err(|error| at(path, error))?;
        Ok(signature)
    };
    let signatures: Vec<CeremonySignature> =
        args.signatures.iter().map(signature).collect::<Result<_, Problems>>()?;
    verify_ceremony(&ceremony, &signatures).map_err(|error| of("--signatures", error))?;
    let pinned = custodians(&args.custodians)?;
    ceremony.check_pinned(&pinned).map_err(|error| at(&args.custodians, error))?;
    Ok(ceremony)
}

fn read_lines(path: &Path) -> Result<Vec<BidLine>, Problems> {
    let file = InputFile::read(path)?;
    let (mut problems, mut unused, mut seen) = (Problems::default(), BTreeSet::new(), BTreeSet::new());
    let mut lines = Vec::new();
    let mut twice = Problems::default();
    Sheet::open(&file)?.read(
        &[("product", true), ("price", true), ("units", true)],
        &mut problems,
        &mut unused,
        |row| {
            row.check_width();
            let Some((product, line)) = read_line(row) else { return };
            if !seen.insert(product) {
                let expected = ("each product once", "每个产品只出现一次");
                twice.push(
                    Problem::of_file("PRODUCT_TWICE", &file.name, &line.product, expected)
                        .at(row.line, 0, "product"),
                );
            }
            lines.push(line);
        },
    );
    problems.append(twice);
    if !unused.is_empty() {
        tell(&format!("columns that nothing reads / 未使用的列: {}\n", Vec::from_iter(unused).join(", ")));
    }
    problems.none().map(|()| lines)
}

fn read_line(row: &mut Row<'_>) -> Option<(RoundProductId, BidLine)> {
    let product = row.required(0, parse_product);
    let price = row.required(1, parse_positive);
    let units = row.required(2, parse_units);
    let product = product?;
    Some((product, BidLine { product: product.to_string(), price: price?, units: units? }))
}

fn verify(args: &VerifyArgs) -> Result<u8, Failure> {
    let key = unhex(&args.key).and_then(|key| <[u8; 32]>::try_from(key).ok()).ok_or_else(|| {
        let expected = ("64 hexadecimal digits", "64 位十六进制数字");
        Problems::from(Problem::of_file("KEY_INVALID", "--key", &args.key, expected))
    })?;
    let signed = read(&args.receipt, SignedReceipt::parse)?;
    let receipt = signed.verify(&key).map_err(|error| at(&args.receipt, error))?;
    args.envelope.iter().try_for_each(|envelope| compare(receipt, envelope))?;
    let root = args.published.as_ref().map(|published| find(receipt, published)).transpose()?;
    let happened = match receipt.kind {
        ReceiptKind::Sealed => "sealed",
        ReceiptKind::Withdrawn => "withdrawn",
    };
    let mut lines = vec![
        format!("received   {}", receipt.received_at),
        format!("round      {}", receipt.round),
        format!("bidder     {}", receipt.bidder),
        format!("bid        {}, version {}, {happened}", receipt.bid, receipt.version),
        format!("commitment {}", hex(&receipt.commitment)),
        format!("SHA-256    {}", hex(&receipt.ciphertext_sha256)),
    ];
    lines.extend(root.map(|root| format!("published  under the root {}", hex(&root))));
    said(&lines)
}

/// Whether the receipt is of that envelope. Fault: `RECEIPT_OTHER`.
fn compare(receipt: &Receipt, path: &Path) -> Result<(), Problems> {
    let envelope = read(path, Envelope::parse)?;
    let same =
        (&receipt.round, &receipt.bidder, receipt.version, receipt.commitment, receipt.ciphertext_sha256)
            == (&envelope.round, &envelope.bidder, envelope.version, envelope.commitment, envelope.digest);
    if same {
        return Ok(());
    }
    let expected = ("the envelope that the receipt is of", "回执所对应的密封报价文件");
    Err(Problem::of_file("RECEIPT_OTHER", &path.display().to_string(), hex(&envelope.digest), expected)
        .into())
}

/// The root over the published commitments, among which the receipt's is. Faults: `COMMITMENT_INVALID`, `COMMITMENTS_UNSORTED`,
/// `COMMITMENT_MISSING`.
fn find(receipt: &Receipt, path: &Path) -> Result<Hash, Problems> {
    let file = InputFile::read(path)?;
    let fault = |code, value: &str, expected| Problem::of_file(code, &file.name, value, expected);
    let mut commitments: Vec<Hash> = Vec::new();
    for (line, number) in file.text()?.lines().zip(1..) {
        let commitment = unhex(line.trim()).and_then(|bytes| bytes.try_into().ok());
        let expected = ("64 hexadecimal digits", "64 位十六进制数字");
        commitments
            .push(commitment.ok_or_else(|| fault("COMMITMENT_INVALID", line, expected).at(number, 0, ""))?);
    }
    if !commitments.is_sorted() {
        Err(fault(
            "COMMITMENTS_UNSORTED",
            "",
            ("commitments in ascending order, as published", "按公布顺序（升序）排列的承诺值"),
        ))?;
    }
    if !commitments.contains(&receipt.commitment) {
        let value = hex(&receipt.commitment);
        Err(fault(
            "COMMITMENT_MISSING",
            &value,
            ("a list that holds the receipt's commitment", "包含回执承诺值的名单"),
        ))?;
    }
    Ok(published_root(&commitments))
}
