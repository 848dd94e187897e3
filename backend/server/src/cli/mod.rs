//! The command line. Every command says what went wrong on the error stream and ends with a stable code.
mod audit;
mod award;
mod backup;
mod bid;
mod check;
mod code;
mod contract;
mod custodian;
mod demo;
mod found;
mod health;
mod index;
mod keys;
mod ledger;
mod migrate;
mod monitor;
mod platform;
mod price;
mod rules;
mod schema;
mod sealing;
mod serve;
mod worker;

use std::fmt::Display;
use std::io::{self, Write};
use std::process::ExitCode;

use clap::{Parser, Subcommand, ValueEnum};

use crate::input::Problems;

/// Exit code for bad input.
const BAD_INPUT: u8 = 2;
/// Exit code for a round decided except for tied lots.
const TIED: u8 = 3;
/// Exit code for everything else that went wrong.
const FAILED: u8 = 1;

/// 集采: volume-based procurement of medicines and consumables
#[derive(Parser)]
#[command(name = "jicai", version, about, arg_required_else_help = true, after_help = platform::settings())]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Decide a round from files: who is selected, why, at what price and volume, for which regions
    Award(award::AwardArgs),
    /// Price relations between presentations of one product (差比价)
    #[command(subcommand)]
    Price(price::PriceCommand),
    /// A price index (价格指数) from prices and quantities
    Index(index::IndexArgs),
    /// Watch prices (价格监测): who is out of line, why, under which rule
    Monitor(monitor::MonitorArgs),
    /// Codes of drugs and consumables (药品和耗材编码)
    #[command(subcommand)]
    Code(code::CodeCommand),
    /// The rule sets (规则集) and the reasons they give
    #[command(subcommand)]
    Rules(rules::RulesCommand),
    /// Seal a bid, and check receipts, on the bidder's own machine (密封报价)
    #[command(subcommand)]
    Bid(bid::BidCommand),
    /// Seal contracts, and check seals, on the party's own machine (合同签章)
    #[command(subcommand)]
    Contract(contract::ContractCommand),
    /// Hold a round's key in shares, on the custodians' own machines (密钥保管)
    #[command(subcommand)]
    Custodian(custodian::CustodianCommand),
    /// Show the program at work on real records
    Demo(demo::DemoArgs),
    #[command(flatten)]
    Platform(platform::Command),
}

/// Language of tables.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum Language {
    /// English
    #[default]
    En,
    /// 中文
    Zh,
}

impl Language {
    /// The text of this language.
    pub fn pick<'t>(self, en: &'t str, zh: &'t str) -> &'t str {
        match self {
            Self::En => en,
            Self::Zh => zh,
        }
    }
}

/// Form of a result that has no table for spreadsheets.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
enum Format {
    #[default]
    Table,
    Json,
}

/// Why a command ends without a result.
#[derive(Debug)]
enum Failure {
    /// Faults of the input.
    Input(Problems),
    /// The output cannot be written.
    Output(io::Error),
}

impl From<Problems> for Failure {
    fn from(problems: Problems) -> Self {
        Self::Input(problems)
    }
}

impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        Self::Output(error)
    }
}

/// Runs the program on the arguments it was started with.
pub fn run() -> ExitCode {
    let ended = match Cli::parse().command {
        Command::Award(args) => award::run(&args),
        Command::Price(command) => price::run(&command),
        Command::Index(args) => index::run(&args),
        Command::Monitor(args) => monitor::run(&args),
        Command::Code(command) => code::run(&command),
        Command::Rules(command) => rules::run(&command),
        Command::Demo(args) => return platform::ended(demo::run(&args)),
        Command::Bid(command) => bid::run(&command),
        Command::Contract(command) => contract::run(&command),
        Command::Custodian(command) => custodian::run(&command),
        Command::Platform(command) => return platform::run(command),
    };
    match ended {
        Ok(code) => ExitCode::from(code),
        Err(Failure::Input(problems)) => {
            tell(&problems);
            ExitCode::from(BAD_INPUT)
        }
        Err(Failure::Output(error)) if error.kind() == io::ErrorKind::BrokenPipe => ExitCode::from(FAILED),
        Err(Failure::Output(error)) => {
            tell(&format!("cannot write the result / 无法写出结果: {error}\n"));
            ExitCode::from(FAILED)
        }
    }
}

/// Says something on the error stream; if nobody can read it there is nobody left to tell.
fn tell(message: &dyn Display) {
    let _unread = write!(io::stderr(), "{message}");
}

/// The output stream, buffered.
fn out() -> io::BufWriter<io::StdoutLock<'static>> {
    io::BufWriter::with_capacity(1 << 16, io::stdout().lock())
}
