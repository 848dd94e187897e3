//! Seconds and memory of the offline award by stage, its growth, and the ratio of deciding to merely parsing the same CSV.
//! Each size runs in a process of its own, so that its peak memory is its own.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::print_stdout,
    reason = "a benchmark stops at the first surprise and prints its figures"
)]

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::io::{self, Write};
use std::process::Command;
use std::time::Instant;

use jicai_domain::procurement::decision::LotDecision;
use jicai_domain::procurement::rules::{Consulted, RuleSet, parse, preset};
use jicai_server::award::Award;
use jicai_server::input::{InputFile, RoundFiles};
use jicai_service::procurement::form::{Change, Form, JsonForm};

const SIZES: [usize; 3] = [10_000, 100_000, 1_000_000];
const BIDS_PER_LOT: usize = 20;
const REGIONS: usize = 31;
const RUNS: usize = 3;

fn main() {
    let size = std::env::args().filter_map(|argument| argument.parse::<usize>().ok()).next();
    match size {
        Some(size) => println!("{}", run(size)),
        None => compare_sizes(),
    }
}

fn compare_sizes() {
    println!(
        "bids     lots   parse s  read s  decide s  write s  decide/parse  decide/read  peak MB   (medians of {RUNS})"
    );
    for size in SIZES {
        let mut runs: Vec<Vec<f64>> = (0..RUNS).map(|_| measure(size)).collect();
        let mut median = |figure: usize| {
            runs.sort_by(|a, b| a[figure].total_cmp(&b[figure]));
            runs[RUNS / 2][figure]
        };
        let [parse, read, decide, write, peak] = [0, 1, 2, 3, 4].map(&mut median);
        let lots = size / BIDS_PER_LOT;
        let (to_parse, to_read) = (decide / parse, decide / read);
        println!(
            "{size:<8} {lots:<6} {parse:>7.3} {read:>7.3} {decide:>9.3} {write:>8.3} {to_parse:>13.2} {to_read:>12.2} {peak:>8.0}"
        );
    }
}

fn measure(size: usize) -> Vec<f64> {
    let output = Command::new(std::env::current_exe().unwrap()).arg(size.to_string()).output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    text.split_whitespace().map(|figure| figure.parse().unwrap()).collect()
}

/// One size: seconds to parse, read, decide and write, and peak megabytes.
fn run(size: usize) -> String {
    let (bids, lots, demand) = (bids_csv(size), lots_csv(size), demand_csv(size));
    let parse = timed(|| records(&bids) + records(&lots) + records(&demand));
    let rules = parse_rules();
    let files = RoundFiles {
        bids: InputFile::new("bids", bids.as_bytes()),
        lots: Some(InputFile::new("lots", lots.as_bytes())),
        demand: Some(InputFile::new("demand", demand.as_bytes())),
        preferences: None,
    };
    let mut award = None;
    let read = timed(|| award = Some(Award::read(rules, None, &files, &mut BTreeSet::new()).unwrap()));
    let award = award.unwrap();
    let decide = timed(|| award.write(&Nothing, &mut io::sink()).unwrap());
    let write = timed(|| award.write(&JsonForm, &mut io::sink()).unwrap()) - decide;
    let mut line = String::new();
    write!(line, "{parse} {read} {decide} {write} {}", peak_megabytes()).unwrap();
    line
}

fn parse_rules() -> RuleSet {
    parse(preset("cn-r9-2023").unwrap().text).unwrap()
}

fn timed<T>(work: impl FnOnce() -> T) -> f64 {
    let start = Instant::now();
    std::hint::black_box(work());
    start.elapsed().as_secs_f64()
}

/// Merely parsing: every field of every record is seen.
fn records(text: &str) -> usize {
    let mut reader = csv::Reader::from_reader(text.as_bytes());
    let mut record = csv::StringRecord::new();
    let mut fields = 0;
    while reader.read_record(&mut record).unwrap() {
        fields += record.iter().filter(|field| !field.is_empty()).count();
    }
    fields
}

/// Three contents, packs of 7 to 30, prices spread over a factor of three, ceilings, every tenth firm in a group.
fn bids_csv(size: usize) -> String {
    let mut text = "lot,bidder,group,price,units,content,ceiling\n".to_owned();
    for bid in 0..size {
        let (lot, firm) = (bid / BIDS_PER_LOT, bid % BIDS_PER_LOT);
        let spread = (bid * 7_919) % 9_973;
        let units = [7, 10, 14, 28, 30][bid % 5];
        let content = [25, 50, 100][firm % 3];
        let group = if firm % 10 == 9 { "group" } else { "" };
        let price = (10_000 + 2 * spread) * units / 100;
        let cents = price % 100;
        writeln!(
            text,
            "lot{lot:05},firm{firm:02},{group},{}.{cents:02},{units},{content},4.0000",
            price / 100
        )
        .unwrap();
    }
    text
}

fn lots_csv(size: usize) -> String {
    let mut text = "lot,representative_content\n".to_owned();
    for lot in 0..size / BIDS_PER_LOT {
        writeln!(text, "lot{lot:05},50").unwrap();
    }
    text
}

fn demand_csv(size: usize) -> String {
    let mut text = "lot,region,volume,content\n".to_owned();
    for lot in 0..size / BIDS_PER_LOT {
        for region in 0..REGIONS {
            let volume = 1_000 + (lot * 31 + region * 977) % 50_000;
            writeln!(text, "lot{lot:05},region{region:02},{volume},50").unwrap();
        }
    }
    text
}

/// A form that writes nothing: what is left is deciding.
struct Nothing;

impl Form for Nothing {
    fn begin(&self, _: &RuleSet, _: &mut dyn Write) -> io::Result<()> {
        Ok(())
    }

    fn lot(&self, _: &RuleSet, _: &LotDecision, _: &mut Vec<u8>) -> io::Result<()> {
        Ok(())
    }

    fn end(
        &self,
        _: &RuleSet,
        _: Consulted,
        _: Option<(&RuleSet, &[Change])>,
        _: &mut dyn Write,
    ) -> io::Result<()> {
        Ok(())
    }
}

/// The most memory this process ever held, as the kernel counts it.
fn peak_megabytes() -> f64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    line.and_then(|line| line.trim().trim_end_matches(" kB").parse::<f64>().ok())
        .map_or(f64::NAN, |kilobytes| kilobytes / 1024.0)
}
