//! `jicai demo`.
use std::collections::BTreeSet;
use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::time::Duration;

use clap::Args;
use jicai_domain::procurement::decision::{LotDecision, LotStatus};
use jicai_domain::procurement::rules::Override;

use super::award::load_rules;
use super::platform::{self, runtime, say, settings_of_environment};
use super::{Failure, Language, out};
use crate::award::{Award, lots_table};
use crate::demonstration;
use crate::input::{InputFile, RoundFiles};
use crate::replay::{PURCHASES, Replay, replay};

/// The rule set of the replay.
const RULES: &str = "cn-r9-2023";
/// The purchases are in US dollars; the rule set's absolute floor is in yuan.
const WITHOUT: &str = "floor";

#[derive(Debug, Args)]
#[command(group(clap::ArgGroup::new("what").required(true).args(["replay", "forward"])))]
pub(super) struct DemoArgs {
    /// Decide a year of real purchases as a round
    #[arg(long)]
    replay: bool,
    /// Set the clock of the demonstration in JICAI_HOME or DATABASE_URL ahead, such as 90s, 2h or "1day 6h"; it may be running
    #[arg(long, value_name = "SPAN", value_parser = humantime::parse_duration)]
    pub(super) forward: Option<Duration>,
    /// Also write the round's files here, for `jicai award`
    #[arg(long, value_name = "DIR", requires = "replay")]
    write: Option<PathBuf>,
    /// Language of the table
    #[arg(long, value_enum, default_value_t)]
    lang: Language,
}

/// Sets the clock of a demonstration ahead, beside a running service or without one.
pub(super) fn forward(span: Duration) -> Result<(), platform::Failure> {
    let config = settings_of_environment()?;
    let seconds = u32::try_from(span.as_secs())?;
    runtime()?.block_on(demonstration::forward(&config, seconds))?;
    say(format!("The demonstration's clock was set {} ahead.", humantime::format_duration(span)))
}

pub(super) fn run(args: &DemoArgs) -> Result<u8, Failure> {
    let round = replay(PURCHASES).map_err(io::Error::other)?;
    if let Some(folder) = &args.write {
        write_files(&round, folder)?;
    }
    let rules = load_rules(RULES, &[Override { key: WITHOUT.to_owned(), value: "none".to_owned() }])?;
    let award = Award::read(rules, None, &files(&round), &mut BTreeSet::new())?;
    let mut out = out();
    tell_heading(&round, args.lang, &mut out)?;
    tell_lots(&award.decide(), args.lang, &mut out)?;
    if let Some(folder) = &args.write {
        tell_command(folder, args.lang, &mut out)?;
    }
    out.flush()?;
    Ok(0)
}

fn files(round: &Replay) -> RoundFiles<'_> {
    RoundFiles {
        bids: InputFile::new("bids.csv", round.bids.as_bytes()),
        lots: Some(InputFile::new("lots.csv", round.lots.as_bytes())),
        demand: Some(InputFile::new("demand.csv", round.demand.as_bytes())),
        preferences: None,
    }
}

fn write_files(round: &Replay, folder: &Path) -> io::Result<()> {
    fs::create_dir_all(folder)?;
    let files = [("bids.csv", &round.bids), ("lots.csv", &round.lots), ("demand.csv", &round.demand)];
    files.into_iter().try_for_each(|(name, text)| fs::write(folder.join(name), text))
}

fn tell_command(folder: &Path, language: Language, out: &mut impl Write) -> io::Result<()> {
    let folder = folder.display();
    let title = language.pick("The same decision, bid by bid", "逐条查看同一结果");
    let files = format!("--bids {folder}/bids.csv --lots {folder}/lots.csv --demand {folder}/demand.csv");
    writeln!(out, "\n{title}:\n  jicai award --rules {RULES} --set {WITHOUT}=none {files}")
}

/// Says what this is, what was done to the records and what was left out.
fn tell_heading(round: &Replay, language: Language, out: &mut impl Write) -> io::Result<()> {
    let Replay { lines, gifts, contested, .. } = round;
    let (count, ids) = (gifts.len(), gifts.join(", "));
    match language {
        Language::En => writeln!(
            out,
            "REPLAY OF PAID PRICES, not a tender: {lines} purchases of antiretrovirals and HIV rapid tests delivered in 2014\n\
             (USAID SCMS, public domain), decided under {RULES}. A bid is a site's lowest paid pack price over its units, in US\n\
             dollars; demand is what each country received; equal prices are ordered by what the site delivered in 2013.\n\
             {count} lines with price zero are gifts and left out ({ids}).\n\
             The rule set's floor is in yuan and taken out; no maximum valid bids are known, so no cut counts.\n\
             {contested} lots have three or more manufacturing sites."
        ),
        Language::Zh => writeln!(
            out,
            "历史成交价回放，并非真实招标：2014 年交付的抗逆转录病毒药物和 HIV 快速检测试剂共 {lines} 条采购记录\n\
             （USAID SCMS，公有领域），按 {RULES} 判定。申报价为生产厂的最低成交单价（美元），需求量为各国实际到货量，\n\
             同价时按生产厂 2013 年供货量排序。{count} 条零价记录为捐赠，未计入（{ids}）。\n\
             规则集的绝对低价线以人民币计，已去除；无最高有效申报价，故不计降幅。\n\
             {contested} 个竞价单元有三家及以上生产厂。"
        ),
    }
}

fn tell_lots(decisions: &[LotDecision], language: Language, out: &mut impl Write) -> io::Result<()> {
    let bids = || decisions.iter().flat_map(|lot| &lot.bids);
    let tied = decisions.iter().filter(|lot| lot.status == LotStatus::Tied).count();
    let (lots, all, selected) = (decisions.len(), bids().count(), bids().filter(|bid| bid.selected).count());
    writeln!(out, "{}", lots_table(decisions, language))?;
    match language {
        Language::En => writeln!(
            out,
            "{lots} lots, {all} bids, {selected} selected; lots tied, where price and keys are equal and nobody is picked: {tied}."
        ),
        Language::Zh => {
            writeln!(
                out,
                "{lots} 个竞价单元，{all} 条申报，{selected} 条中选；因报价及排序条件完全相同而待定的竞价单元：{tied}。"
            )
        }
    }
}
