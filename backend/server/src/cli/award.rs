//! `jicai award`.
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};
use jicai_domain::procurement::rules::{Override, PRESETS, RuleSet, preset};
use jicai_service::procurement::form::{Form, JsonForm};

use super::{Failure, Language, TIED, out, tell};
use crate::award::{Award, CsvForm, TableForm, read_rules};
use crate::input::{InputFile, Problem, Problems, RoundFiles, read_round};

#[derive(Debug, Args)]
#[command(after_help = "\
Files are CSV (UTF-8 or GB18030) or Excel, with a header:
  bids         lot,bidder,price and optionally group,content,units,ceiling,brand_volume,product,tie_order and the columns the rule set names
  lots         lot and optionally representative_content,form,volume_class,cap
  demand       lot,region,volume and optionally bidder,content,product
  preferences  lot,bidder,region,order and optionally for: main, backup or a content
Prices are of one pack, tax included; units are smallest units in the pack; volumes in the result are units of the representative content.

Ends with 0 when every lot is decided, 3 when all but tied lots are, 2 on bad input, 1 on anything else.")]
pub(super) struct AwardArgs {
    /// Rule set: an id from `jicai rules list`, or a file
    #[arg(long, value_name = "ID|FILE.toml")]
    rules: String,
    /// Bids
    #[arg(long, value_name = "FILE")]
    bids: PathBuf,
    /// Lots; without them the bids name the lots
    #[arg(long, value_name = "FILE")]
    lots: Option<PathBuf>,
    /// Reported demand by region
    #[arg(long, value_name = "FILE")]
    demand: Option<PathBuf>,
    /// Regions that selected firms prefer, in order
    #[arg(long, value_name = "FILE")]
    preferences: Option<PathBuf>,
    /// A value in place of the rule set's; `section=none` takes a section out
    #[arg(long = "set", value_name = "KEY=VALUE", value_parser = parse_override)]
    overrides: Vec<Override>,
    /// Another rule set: show which bids come out differently under it
    #[arg(long, value_name = "ID|FILE.toml")]
    against: Option<String>,
    /// Form of the result
    #[arg(long, value_enum, default_value_t)]
    format: Format,
    /// Language of tables
    #[arg(long, value_enum, default_value_t)]
    lang: Language,
}

/// Form of a result.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
enum Format {
    #[default]
    Table,
    Json,
    Csv,
}

fn parse_override(text: &str) -> Result<Override, String> {
    match text.split_once('=') {
        Some((key, value)) if !key.trim().is_empty() && !value.trim().is_empty() => {
            Ok(Override { key: key.trim().to_owned(), value: value.trim().to_owned() })
        }
        Some(_) | None => Err("expected KEY=VALUE / 应为 键=值".to_owned()),
    }
}

pub(super) fn run(args: &AwardArgs) -> Result<u8, Failure> {
    let (rules, against, files) = load(args)?;
    let mut unused = BTreeSet::new();
    let award = Award::read(rules, against, &files, &mut unused)?;
    if !unused.is_empty() {
        let unused: Vec<String> = unused.into_iter().collect();
        tell(&format!("note: columns that nothing reads / 未使用的列: {}\n", unused.join(", ")));
    }
    let outcome = award.write(&*form(args), &mut out())?;
    Ok(if outcome.tied > 0 { TIED } else { 0 })
}

/// Loads everything that is named. Where something cannot be loaded, the rest is read all the same, so that its faults are told at once.
fn load(args: &AwardArgs) -> Result<(RuleSet, Option<RuleSet>, RoundFiles<'static>), Problems> {
    let rules = load_rules(&args.rules, &args.overrides);
    let against = args.against.as_ref().map(|other| load_rules(other, &[])).transpose();
    let mut problems = Problems::default();
    let files = load_files(args, &mut problems);
    match (rules, against, files) {
        (Ok(rules), Ok(against), Some(files)) if problems.is_empty() => Ok((rules, against, files)),
        (rules, against, files) => {
            let readable = rules.as_ref().ok().cloned().or_else(|| load_rules(&args.rules, &[]).ok());
            let read =
                readable.zip(files).map(|(rules, files)| read_round(&rules, &files, &mut BTreeSet::new()));
            let faults = [rules.err(), against.err(), read.and_then(Result::err)];
            faults.into_iter().flatten().for_each(|faults| problems.append(faults));
            Err(problems)
        }
    }
}

fn form(args: &AwardArgs) -> Box<dyn Form> {
    match args.format {
        Format::Table => Box::new(TableForm { language: args.lang }),
        Format::Json => Box::new(JsonForm),
        Format::Csv => Box::new(CsvForm { changes_only: args.against.is_some() }),
    }
}

/// A shipped rule set by id, or a rule file.
pub(super) fn load_rules(id_or_file: &str, overrides: &[Override]) -> Result<RuleSet, Problems> {
    if let Some(preset) = preset(id_or_file) {
        return read_rules(preset.id, preset.text, overrides);
    }
    if !Path::new(id_or_file).exists() {
        return Err(unknown_rules(id_or_file).into());
    }
    let file = InputFile::read(Path::new(id_or_file))?;
    let text = file.text()?;
    read_rules(&file.name, &text, overrides)
}

/// The fault of naming a rule set that does not ship and is no file.
pub(super) fn unknown_rules(id: &str) -> Problem {
    let known: Vec<&str> = PRESETS.iter().map(|preset| preset.id).collect();
    let known = known.join(", ");
    let expected = (format!("a rule file, or one of: {known}"), format!("规则文件，或以下之一：{known}"));
    Problem::of_file("RULES_UNKNOWN", "--rules", id, (&expected.0, &expected.1))
}

/// The files that can be opened; `None` without bids.
fn load_files(args: &AwardArgs, problems: &mut Problems) -> Option<RoundFiles<'static>> {
    let mut load = |path: &Path| match InputFile::read(path) {
        Ok(file) => Some(file),
        Err(faults) => {
            problems.append(faults);
            None
        }
    };
    let bids = load(&args.bids);
    let lots = args.lots.as_deref().and_then(&mut load);
    let demand = args.demand.as_deref().and_then(&mut load);
    let preferences = args.preferences.as_deref().and_then(&mut load);
    Some(RoundFiles { bids: bids?, lots, demand, preferences })
}
