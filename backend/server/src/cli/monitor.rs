//! `jicai monitor`.
use std::collections::{BTreeMap, BTreeSet};
use std::io::Write;
use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};
use jicai_domain::alert::movement::movements;
use jicai_domain::alert::rules::{MONITOR_PRESETS, MonitorRules, monitor_preset, parse_monitors};
use jicai_domain::alert::{Alert, Batch, Evidence, Figure, Kind, Monitors, Observation};
use serde::Serialize;

use super::{Failure, Language, out, tell};
use crate::award::{new_table, rule_problems};
use crate::input::{InputFile, Problem, Problems, read_observations};

#[derive(Debug, Args)]
#[command(after_help = "\
The file is CSV (UTF-8 or GB18030) or Excel with the columns period,region,maker,product,group,price and optionally quantity, in any
order of rows. Prices are of the smallest unit (最小制剂单位). A product of a maker is compared between regions (四同), the products of a
group between makers (三同). Periods are YYYY-MM, YYYY-Qn, YYYY-MM-DD or whole numbers.

Every threshold is in the rule file; a monitor whose section the file leaves out is off (`jicai rules show cn-monitor-2026`). Only what
is strictly above a limit is found. A price off by the factor of a pack is a ticket for whoever keeps the data, and is compared with nothing else.

Alerts go to the output, one JSON object a line, one for each product, kind and region; the summary goes to the error stream. Ends
with 0 whether or not there are alerts, with 2 on bad input, 1 on anything else.")]
pub(super) struct MonitorArgs {
    /// Prices
    #[arg(long, value_name = "FILE")]
    input: PathBuf,
    /// Monitor rules: an id from `jicai rules list`, or a file
    #[arg(long, value_name = "FILE|ID")]
    rules: String,
    /// Form of the alerts
    #[arg(long, value_enum, default_value_t)]
    format: Format,
    /// Language of tables
    #[arg(long, value_enum, default_value_t)]
    lang: Language,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
enum Format {
    #[default]
    Json,
    Table,
}

pub(super) fn run(args: &MonitorArgs) -> Result<u8, Failure> {
    let mut unused = BTreeSet::new();
    let rules = load_rules(&args.rules);
    let rows = InputFile::read(&args.input).and_then(|file| read_observations(&file, &mut unused));
    let (rules, rows) = match (rules, rows) {
        (Ok(rules), Ok(rows)) => (rules, rows),
        (rules, rows) => {
            let mut problems = Problems::default();
            [rules.err(), rows.err()].into_iter().flatten().for_each(|faults| problems.append(faults));
            return Err(problems.into());
        }
    };
    if !unused.is_empty() {
        let unused: Vec<String> = unused.into_iter().collect();
        tell(&format!("note: columns that nothing reads / 未使用的列: {}\n", unused.join(", ")));
    }
    let head = summary_of_rows(&rules, &rows);
    let mut monitors = Monitors::new(rules);
    monitors.feed(Batch { rows, withdrawn: Vec::new() });
    match args.format {
        Format::Json => write_json(&monitors)?,
        Format::Table => write_table(&monitors, args.lang)?,
    }
    tell(&format!("{head}{}", summary_of_findings(&monitors)));
    Ok(0)
}

/// Shipped monitor rules by id, or a rule file.
fn load_rules(id_or_file: &str) -> Result<MonitorRules, Problems> {
    if let Some(preset) = monitor_preset(id_or_file) {
        return parse_monitors(preset.text).map_err(|faults| rule_problems(preset.id, faults));
    }
    if !Path::new(id_or_file).exists() {
        let known: Vec<&str> = MONITOR_PRESETS.iter().map(|preset| preset.id).collect();
        let known = known.join(", ");
        let expected = (format!("a rule file, or one of: {known}"), format!("规则文件，或以下之一：{known}"));
        let problem = Problem::of_file("RULES_UNKNOWN", "--rules", id_or_file, (&expected.0, &expected.1));
        return Err(problem.into());
    }
    let file = InputFile::read(Path::new(id_or_file))?;
    let text = file.text()?;
    parse_monitors(&text).map_err(|faults| rule_problems(&file.name, faults))
}

/// An alert as programs read it. Prices are text, statistics numbers.
#[derive(Serialize)]
struct JsonAlert<'a> {
    rule: JsonRule<'a>,
    kind: &'static str,
    tests: &'a BTreeSet<&'static str>,
    severity: &'static str,
    state: &'static str,
    product: &'a str,
    maker: &'a str,
    group: &'a str,
    region: &'a str,
    period: String,
    first_period: String,
    last_period: String,
    findings: usize,
    value: JsonFigure<'a>,
    benchmark: JsonFigure<'a>,
    threshold: JsonFigure<'a>,
    sample: usize,
    reason_en: &'a str,
    reason_zh: &'a str,
    rows: Vec<JsonRow<'a>>,
    compared: Vec<JsonRow<'a>>,
    excluded: Vec<JsonRow<'a>>,
}

#[derive(Serialize)]
struct JsonRule<'a> {
    id: &'a str,
    version: &'a str,
    section: &'static str,
}

#[derive(Serialize)]
#[serde(untagged)]
enum JsonFigure<'a> {
    Price(&'a str),
    Number(f64),
}

impl<'a> From<&'a Figure> for JsonFigure<'a> {
    fn from(figure: &'a Figure) -> Self {
        match figure {
            Figure::Price(text) => Self::Price(text),
            Figure::Number(number) => Self::Number(*number),
        }
    }
}

#[derive(Serialize)]
struct JsonRow<'a> {
    line: u64,
    period: String,
    region: &'a str,
    maker: &'a str,
    product: &'a str,
    price: &'a str,
}

fn json_rows(rows: &[Evidence]) -> Vec<JsonRow<'_>> {
    let mut shown = Vec::with_capacity(rows.len());
    for Evidence { row, period, region, maker, product, price } in rows {
        shown.push(JsonRow { line: *row, period: period.to_string(), region, maker, product, price });
    }
    shown
}

fn json_alert<'a>(rules: &'a MonitorRules, alert: &'a Alert) -> JsonAlert<'a> {
    let finding = &alert.finding;
    JsonAlert {
        rule: JsonRule { id: &rules.head.id, version: &rules.head.version, section: finding.kind.section() },
        kind: finding.kind.name(),
        tests: &alert.tests,
        severity: finding.severity.name(),
        state: "open",
        product: &finding.product,
        maker: &finding.maker,
        group: &alert.group,
        region: &finding.region,
        period: finding.period.to_string(),
        first_period: alert.periods.0.to_string(),
        last_period: alert.periods.1.to_string(),
        findings: alert.findings,
        value: (&finding.value).into(),
        benchmark: (&finding.benchmark).into(),
        threshold: (&finding.threshold).into(),
        sample: finding.sample,
        reason_en: &alert.reason.0,
        reason_zh: &alert.reason.1,
        rows: json_rows(&alert.rows),
        compared: json_rows(&finding.compared),
        excluded: json_rows(&alert.excluded),
    }
}

fn write_json(monitors: &Monitors) -> std::io::Result<()> {
    let mut out = out();
    for alert in monitors.alerts() {
        serde_json::to_writer(&mut out, &json_alert(monitors.rules(), alert))?;
        writeln!(out)?;
    }
    out.flush()
}

fn write_table(monitors: &Monitors, language: Language) -> std::io::Result<()> {
    let header: &[&str] = match language {
        Language::En => &["kind", "severity", "product", "maker", "region", "period", "why"],
        Language::Zh => &["类别", "级别", "产品", "企业", "地区", "期间", "原因"],
    };
    let mut table = new_table(header, &[]);
    for alert in monitors.alerts() {
        let finding = &alert.finding;
        let reason = language.pick(&alert.reason.0, &alert.reason.1);
        table.add_row([
            finding.kind.name(),
            finding.severity.name(),
            &finding.product,
            &finding.maker,
            &finding.region,
            &finding.period.to_string(),
            reason,
        ]);
    }
    let mut out = out();
    writeln!(out, "{table}")?;
    out.flush()
}

fn summary_of_rows(rules: &MonitorRules, rows: &[Observation]) -> String {
    let products: BTreeSet<_> = rows.iter().map(|row| (&row.product, &row.maker)).collect();
    let regions: BTreeSet<_> = rows.iter().map(|row| &row.region).collect();
    let periods: BTreeSet<_> = rows.iter().map(|row| row.period).collect();
    let mut text = format!(
        "{} version {}: {} rows, {} products, {} regions, {} periods\n",
        rules.head.id,
        rules.head.version,
        rows.len(),
        products.len(),
        regions.len(),
        periods.len()
    );
    for (period, movement) in movements(rows) {
        text.push_str(&format!(
            "{period}: {} prices changed, {} of them up; {} listed, {} delisted\n",
            movement.changed, movement.raised, movement.listed, movement.delisted
        ));
    }
    text
}

fn summary_of_findings(monitors: &Monitors) -> String {
    let mut alerts: BTreeMap<Kind, usize> = BTreeMap::new();
    for alert in monitors.alerts() {
        *alerts.entry(alert.finding.kind).or_default() += 1;
    }
    let mut text = String::new();
    for (kind, tally) in monitors.tallies() {
        let open = alerts.get(&kind).copied().unwrap_or_default();
        let share = 100.0 * tally.share();
        text.push_str(&format!(
            "{}: {open} alerts; {} judged, {} found ({share:.1} %), {} without enough to compare with\n",
            kind.name(),
            tally.judged,
            tally.found,
            tally.too_few
        ));
    }
    for (kind, share) in monitors.noisy() {
        text.push_str(&format!(
            "warning: {} finds {:.1} % of what it judges; its threshold is in doubt / 触发比例过高，阈值存疑\n",
            kind.name(),
            100.0 * share
        ));
    }
    text
}
