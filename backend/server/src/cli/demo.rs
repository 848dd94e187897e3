//! `jicai demo`.
use std::collections::BTreeSet;
use std::fs;
use std::io::{self, Write};
use std::ops::RangeInclusive;
use std::path::{Path, PathBuf};
use std::time::Duration;

use clap::Args;
use jicai_domain::ordering::counts::share;
use jicai_domain::procurement::decision::{LotDecision, LotStatus};

use super::platform::{Failure, runtime, say, settings_of_environment};
use super::{Language, out};
use crate::award::{Award, lots_table, read_rules};
use crate::demonstration::{self, Arrived, LeftOut, RULES, Replay};
use crate::input::{InputFile, Problems, RoundFiles};

#[derive(Debug, Args)]
#[command(group(clap::ArgGroup::new("what").required(true).args(["replay", "forward"])))]
pub(super) struct DemoArgs {
    /// Play a year of real purchases as a round of the demonstration in JICAI_HOME or DATABASE_URL, and real purchases of fifteen years as orders and
    /// deliveries on the days of the records, which sets its clock as far ahead; it may be running
    #[arg(long)]
    replay: bool,
    /// Order only what was ordered in that year, or in those years
    #[arg(long, value_name = "YEAR[-YEAR]", requires = "replay", value_parser = years)]
    ordered: Option<RangeInclusive<u16>>,
    /// Set the clock of the demonstration in JICAI_HOME or DATABASE_URL ahead, such as 90s, 2h or "1day 6h"; it may be running
    #[arg(long, value_name = "SPAN", value_parser = humantime::parse_duration)]
    forward: Option<Duration>,
    /// Also write what the round was decided on here, for `jicai award`
    #[arg(long, value_name = "DIR", requires = "replay")]
    write: Option<PathBuf>,
    /// Language of the table
    #[arg(long, value_enum, default_value_t)]
    lang: Language,
}

pub(super) fn run(args: &DemoArgs) -> Result<(), Failure> {
    match args.forward {
        Some(span) => forward(span),
        None => replay(args),
    }
}

/// Sets the clock of a demonstration ahead, beside a running service or without one.
fn forward(span: Duration) -> Result<(), Failure> {
    let config = settings_of_environment()?;
    let seconds = u32::try_from(span.as_secs())?;
    runtime()?.block_on(demonstration::forward(&config, seconds))?;
    say(format!("The demonstration's clock was set {} ahead.", humantime::format_duration(span)))
}

fn replay(args: &DemoArgs) -> Result<(), Failure> {
    let config = settings_of_environment()?;
    let years = args.ordered.clone().unwrap_or(0..=u16::MAX);
    let replay = runtime()?.block_on(demonstration::replay(&config, &years))?;
    if let Some(folder) = &args.write {
        write_files(&replay, folder)?;
    }
    let decisions = decide(&replay).map_err(|problems| problems.to_string())?;
    let mut out = out();
    tell_heading(&replay, args.lang, &mut out)?;
    tell_lots(&decisions, args.lang, &mut out)?;
    tell_deliveries(&replay, args.lang, &mut out)?;
    tell_round(&replay, args, &mut out)?;
    Ok(out.flush()?)
}

/// What the round's files say, read as `jicai award` reads them.
fn decide(replay: &Replay) -> Result<Vec<LotDecision>, Problems> {
    let text = |name: &str| {
        let file = replay.bundle.0.iter().find(|(file, _)| *file == name);
        file.map_or("", |(_, text)| text.as_str())
    };
    let file = |name| InputFile::new(name, text(name).as_bytes());
    let files = RoundFiles {
        bids: file("bids.csv"),
        lots: Some(file("lots.csv")),
        demand: Some(file("demand.csv")),
        preferences: None,
    };
    let rules = read_rules("rules.toml", text("rules.toml"), &[])?;
    Ok(Award::read(rules, None, &files, &mut BTreeSet::new())?.decide())
}

fn write_files(replay: &Replay, folder: &Path) -> io::Result<()> {
    fs::create_dir_all(folder)?;
    replay.bundle.0.iter().try_for_each(|(name, text)| fs::write(folder.join(name), text))
}

/// Says what this is, what was done to the records and what was left out.
fn tell_heading(replay: &Replay, language: Language, out: &mut impl Write) -> io::Result<()> {
    let (lines, contested) = (replay.purchases.lines, replay.purchases.contested());
    let (count, ids) = (replay.purchases.gifts.len(), replay.purchases.gifts.join(", "));
    match language {
        Language::En => writeln!(
            out,
            "REPLAY OF PAID PRICES, not a tender: {lines} purchases of antiretrovirals and HIV rapid tests delivered in 2014\n\
             (USAID SCMS, public domain), played as a round under {RULES}. Nobody whom the records name takes part: for each\n\
             manufacturing site a fictitious supplier (模拟数据) seals its lowest paid pack price, in US dollars, and for each\n\
             country a fictitious institution of one region reports what it received. Equal prices are ordered by what the site\n\
             delivered in 2013. {count} lines with price zero are gifts and left out ({ids}).\n\
             The rule set's floor is in yuan, and its cut counts from a maximum valid bid that nobody set: both are taken out.\n\
             {contested} lots have three or more manufacturing sites."
        ),
        Language::Zh => writeln!(
            out,
            "历史成交价回放，并非真实招标：2014 年交付的抗逆转录病毒药物和 HIV 快速检测试剂共 {lines} 条采购记录\n\
             （USAID SCMS，公有领域），按 {RULES} 完整走完一轮。记录中的企业和国家均未参加：每个生产厂由一家虚构供应方\n\
             （模拟数据）密封申报其最低成交价（美元），每个国家由同一地区的一家虚构机构填报其实际到货量，\n\
             同价时按生产厂 2013 年供货量排序。{count} 条零价记录为捐赠，未计入（{ids}）。\n\
             规则集的绝对低价线以人民币计，降幅须以主管部门设定的最高有效申报价为基准，二者均已去除。\n\
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

/// Says what became orders, what did not and why, and how much of it was in time, as the platform counts it.
fn tell_deliveries(replay: &Replay, language: Language, out: &mut impl Write) -> io::Result<()> {
    let (records, ordered) = (replay.deliveries.records, replay.deliveries.count());
    let left_out = |why| replay.deliveries.left_out.get(&why).copied().unwrap_or_default();
    let unknown = left_out(LeftOut::OrderUnknown);
    let afterwards = left_out(LeftOut::OrderedAfterwards);
    let (gifts, other) = (left_out(LeftOut::Gift), left_out(LeftOut::OtherYear));
    match language {
        Language::En => writeln!(
            out,
            "\nREPLAY OF REAL DELIVERIES: {ordered} of {records} purchases are ordered, confirmed, shipped, delivered and accepted, as many days apart as\n\
             in the records. Left out: {unknown} whose day of order the records do not tell, {afterwards} that were delivered before it, {gifts} with price\n\
             zero, {other} ordered in other years."
        )?,
        Language::Zh => writeln!(
            out,
            "\n真实交付回放：{records} 条采购记录中的 {ordered} 条按记录的天数间隔下单、确认、发货、送达并验收。未计入：{unknown} 条无下单日期，\n\
             {afterwards} 条交付早于下单，{gifts} 条零价捐赠，{other} 条为其他年份下单。"
        )?,
    }
    for (year, arrived) in &replay.arrived {
        writeln!(out, "{year}: {}", told(*arrived, language))?;
    }
    let all = replay.arrived.values().fold((0, 0), |all, one| (all.0 + one.0, all.1 + one.1));
    writeln!(out, "{}: {}\n", language.pick("All", "合计"), told(all, language))
}

fn told((deliveries, on_time): Arrived, language: Language) -> String {
    let number = |count: u64| i64::try_from(count).unwrap_or(i64::MAX);
    let rate = share(number(on_time), number(deliveries)).unwrap_or_default();
    match language {
        Language::En => format!("{deliveries} deliveries, {on_time} in time, {rate} %"),
        Language::Zh => format!("交付 {deliveries} 次，及时 {on_time} 次，及时配送率 {rate} %"),
    }
}

/// Reads a year, or the first and the last one.
fn years(text: &str) -> Result<RangeInclusive<u16>, String> {
    let (first, last) = text.split_once('-').unwrap_or((text, text));
    let year = |text: &str| text.parse().map_err(|_number| format!("{text} is no year"));
    let (first, last) = (year(first)?, year(last)?);
    if first > last { Err(format!("{first} is after {last}")) } else { Ok(first..=last) }
}

fn tell_round(replay: &Replay, args: &DemoArgs, out: &mut impl Write) -> io::Result<()> {
    let title = args
        .lang
        .pick("The round, sealed and opened by 2 of 3 custodians", "本轮（密封申报，3 名保管人中 2 名开标）");
    writeln!(out, "{title}: {}", replay.round)?;
    let Some(folder) = &args.write else { return Ok(()) };
    let (title, folder) =
        (args.lang.pick("The same decision, bid by bid", "逐条查看同一结果"), folder.display());
    let files = format!("--lots {folder}/lots.csv --bids {folder}/bids.csv --demand {folder}/demand.csv");
    writeln!(out, "\n{title}:\n  jicai award --rules {folder}/rules.toml {files}")
}
