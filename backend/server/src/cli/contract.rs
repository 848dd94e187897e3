//! `jicai contract`.
use std::path::PathBuf;

use clap::{Args, Subcommand};
use jicai_domain::audit::hex;
use jicai_domain::ids::OrganizationId;
use jicai_seal::{ContractKey, ContractPublic, ContractSeal, Sealable};

use super::Failure;
use super::custodian::{KeygenArgs, said, with_end};
use super::sealing::{Readers, at, create, id, of, read};

#[derive(Debug, Subcommand)]
pub(super) enum ContractCommand {
    /// Make the private file that seals the organization's contracts and print the public line
    Keygen(KeygenArgs),
    /// Seal a contract or an institution's part of one
    Seal(SealArgs),
    /// Check a seal with nothing but the document and the party's public line
    Verify(VerifyArgs),
}

#[derive(Debug, Args)]
#[command(after_help = "\
The document is what the platform gives as `document` of a contract or a part of one, every byte of it. Read it before it is sealed.

Ends with 0, 2 on bad input, 1 on anything else.")]
pub(super) struct SealArgs {
    /// The organization's private file
    #[arg(long, value_name = "FILE")]
    key: PathBuf,
    /// The document
    #[arg(long, value_name = "FILE")]
    document: PathBuf,
    /// The id of the organization that seals
    #[arg(long, value_name = "ID")]
    party: String,
    /// Seal to make, for sealContracts
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
}

#[derive(Debug, Args)]
pub(super) struct VerifyArgs {
    /// The seal
    seal: PathBuf,
    /// The document
    #[arg(long, value_name = "FILE")]
    document: PathBuf,
    /// The party's public line, from elsewhere than the platform
    #[arg(long, value_name = "LINE")]
    key: String,
}

pub(super) fn run(command: &ContractCommand) -> Result<u8, Failure> {
    match command {
        ContractCommand::Keygen(args) => keygen(args),
        ContractCommand::Seal(args) => seal(args),
        ContractCommand::Verify(args) => verify(args),
    }
}

fn keygen(args: &KeygenArgs) -> Result<u8, Failure> {
    let key = ContractKey::generate().map_err(|error| at(&args.out, error))?;
    create(&args.out, key.to_file_text().as_bytes(), Readers::Owner)?;
    said(&[key.public().to_string()])
}

fn seal(args: &SealArgs) -> Result<u8, Failure> {
    let party: OrganizationId = id("--party", &args.party)?;
    let key = read(&args.key, ContractKey::parse)?;
    let document = read(&args.document, Sealable::parse)?;
    let seal = key.seal(&document, &party.to_string());
    create(&args.out, with_end(seal.to_canonical()).as_bytes(), Readers::Everybody)?;
    told(&seal)
}

fn verify(args: &VerifyArgs) -> Result<u8, Failure> {
    let key = ContractPublic::parse(&args.key).map_err(|error| of("--key", error))?;
    let document = read(&args.document, Sealable::parse)?;
    let seal = read(&args.seal, ContractSeal::parse)?;
    seal.verify(&document, &key).map_err(|error| at(&args.seal, error))?;
    told(&seal)
}

fn told(seal: &ContractSeal) -> Result<u8, Failure> {
    said(&[
        format!("sealed     {}", seal.subject),
        format!("party      {}", seal.party),
        format!("SHA-256    {}", hex(&seal.document_sha256)),
    ])
}
