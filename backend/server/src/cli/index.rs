//! `jicai index`.
use std::collections::BTreeSet;
use std::io::Write;
use std::path::PathBuf;

use clap::{Args, ValueEnum};
use jicai_domain::pricing::index::{Base, Method, Series, Window, compute};
use jicai_domain::pricing::{Duplicates, Formula, Period, Splice};
use serde::Serialize;

use super::{Failure, out, tell};
use crate::award::new_table;
use crate::input::{InputFile, Problem, Problems, read_panel};

#[derive(Debug, Args)]
#[command(after_help = "\
The file is CSV (UTF-8 or GB18030) or Excel with the columns period,product,price,quantity, in any order of rows. Periods are YYYY-MM,
YYYY-Qn, YYYY-MM-DD or whole numbers. jevons and geks-jevons do without quantities. The first period is 1.

laspeyres to walsh compare two periods over the products that both have: each with the one before (--chain, multiplied) or each
with the first (--fixed). unit-value is expenditure over quantity: what is paid including what is bought instead, not a price.
geks-*, gk and wtpd compare all periods of a window at once. Without --window that is the whole file; with it, the window moves and
the splice carries the series on, and no value that an earlier file gave is ever revised.

Coverage is the share of expenditure that a value rests on: of the comparison made (--chain, --fixed), of the weakest comparison
with another period of the window (geks-*), on products that the window has more than once (gk, wtpd).

Ends with 0, with 2 on bad input, 1 on anything else.")]
pub(super) struct IndexArgs {
    /// Prices and quantities
    #[arg(long, value_name = "FILE")]
    input: PathBuf,
    /// How the index is computed
    #[arg(long, value_enum)]
    method: MethodName,
    /// Periods of the window that a geks-*, gk or wtpd index moves over the file
    #[arg(long, value_name = "N")]
    window: Option<usize>,
    /// How the series goes on when the window moves; half and hasp want a window of odd length [default: mean-published]
    #[arg(long, value_enum, value_name = "NAME", requires = "window")]
    splice: Option<SpliceName>,
    /// Compare each period with the one before; what laspeyres to walsh do by default
    #[arg(long, conflicts_with = "fixed")]
    chain: bool,
    /// Compare each period with the first
    #[arg(long)]
    fixed: bool,
    /// Several rows of one product in one period
    #[arg(long, value_enum, default_value_t)]
    duplicates: DuplicatesName,
    /// Warn where a value rests on less than this share of expenditure
    #[arg(long, value_name = "SHARE", default_value_t = 0.5)]
    coverage: f64,
    /// Form of the result
    #[arg(long, value_enum, default_value_t)]
    format: Format,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum MethodName {
    Laspeyres,
    Paasche,
    Fisher,
    Tornqvist,
    Jevons,
    Walsh,
    UnitValue,
    GeksTornqvist,
    GeksFisher,
    GeksJevons,
    Gk,
    Wtpd,
}

impl MethodName {
    fn method(self, base: Base) -> Method {
        match self {
            Self::Laspeyres => Method::Bilateral(Formula::Laspeyres, base),
            Self::Paasche => Method::Bilateral(Formula::Paasche, base),
            Self::Fisher => Method::Bilateral(Formula::Fisher, base),
            Self::Tornqvist => Method::Bilateral(Formula::Tornqvist, base),
            Self::Jevons => Method::Bilateral(Formula::Jevons, base),
            Self::Walsh => Method::Bilateral(Formula::Walsh, base),
            Self::UnitValue => Method::UnitValue,
            Self::GeksTornqvist => Method::Geks(Formula::Tornqvist),
            Self::GeksFisher => Method::Geks(Formula::Fisher),
            Self::GeksJevons => Method::Geks(Formula::Jevons),
            Self::Gk => Method::GearyKhamis,
            Self::Wtpd => Method::TimeProductDummy,
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum SpliceName {
    Movement,
    Window,
    Half,
    Mean,
    Wisp,
    Hasp,
    MeanPublished,
}

impl From<SpliceName> for Splice {
    fn from(name: SpliceName) -> Self {
        match name {
            SpliceName::Movement => Self::Movement,
            SpliceName::Window => Self::Window,
            SpliceName::Half => Self::Half,
            SpliceName::Mean => Self::Mean,
            SpliceName::Wisp => Self::Wisp,
            SpliceName::Hasp => Self::Hasp,
            SpliceName::MeanPublished => Self::MeanPublished,
        }
    }
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
enum DuplicatesName {
    /// Refuse them with their lines
    #[default]
    Refuse,
    /// Make them one: quantities and expenditures added, the price their quotient
    UnitValue,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
enum Format {
    #[default]
    Table,
    Json,
    Csv,
}

pub(super) fn run(args: &IndexArgs) -> Result<u8, Failure> {
    let base = if args.fixed { Base::Fixed } else { Base::Chained };
    let method = args.method.method(base);
    let mut problems = option_faults(args, method);
    let duplicates = match args.duplicates {
        DuplicatesName::Refuse => Duplicates::Refuse,
        DuplicatesName::UnitValue => Duplicates::UnitValue,
    };
    let mut unused = BTreeSet::new();
    let read = InputFile::read(&args.input)
        .and_then(|file| read_panel(&file, !method.takes_prices_alone(), duplicates, &mut unused));
    let panel = match read {
        Ok(panel) => panel,
        Err(faults) => {
            problems.append(faults);
            return Err(problems.into());
        }
    };
    problems.none()?;
    let splice = args.splice.map(Splice::from).unwrap_or_default();
    let window = args.window.map(|length| Window { length, splice });
    let series = compute(&panel, method, window);
    say(&notes(&series, panel.periods(), args.coverage, unused));
    match args.format {
        Format::Table => write_table(&series)?,
        Format::Json => write_json(&series)?,
        Format::Csv => write_csv(&series)?,
    }
    Ok(0)
}

/// Options that do not go together; clap knows the others.
fn option_faults(args: &IndexArgs, method: Method) -> Problems {
    let mut problems = Problems::default();
    let mut fault = |option, value: String, expected| {
        problems.push(Problem::of_file("OPTION_INVALID", option, value, expected));
    };
    if let Some(length) = args.window {
        let splice = args.splice.map(Splice::from).unwrap_or_default();
        if !method.is_multilateral() {
            let expected = ("a window only for geks-*, gk and wtpd", "只有 geks-*、gk 和 wtpd 使用窗口");
            fault("--window", length.to_string(), expected);
        } else if length < 2 {
            fault("--window", length.to_string(), ("at least 2 periods", "至少 2 个期间"));
        } else if splice.needs_odd_window() && length % 2 == 0 {
            let expected = ("an odd number of periods for this splice", "此拼接方法要求窗口期数为奇数");
            fault("--window", length.to_string(), expected);
        }
    }
    if (args.chain || args.fixed) && method.base().is_none() {
        let option = if args.chain { "--chain" } else { "--fixed" };
        let expected = ("that option only for laspeyres to walsh", "此选项只用于 laspeyres 至 walsh");
        fault(option, method.name().to_owned(), expected);
    }
    if !(0.0..=1.0).contains(&args.coverage) {
        fault("--coverage", args.coverage.to_string(), ("a share from 0 to 1", "0 至 1 的比例"));
    }
    problems
}

fn say(notes: &[String]) {
    for note in notes {
        tell(&format!("{note}\n"));
    }
}

fn notes(series: &Series, periods: &[Period], threshold: f64, unused: BTreeSet<String>) -> Vec<String> {
    let mut notes = Vec::new();
    if !unused.is_empty() {
        let unused: Vec<String> = unused.into_iter().collect();
        notes.push(format!("note: columns that nothing reads / 未使用的列: {}", unused.join(", ")));
    }
    let gaps = periods.windows(2).filter_map(|pair| match pair {
        [earlier, later] if !earlier.is_followed_by(*later) => Some(format!("{earlier}–{later}")),
        _ => None,
    });
    let gaps: Vec<String> = gaps.collect();
    if !gaps.is_empty() {
        notes.push(format!("note: no rows between / 中间没有数据: {}", gaps.join(", ")));
    }
    let named = |points: Vec<&jicai_domain::pricing::index::Point>| {
        points.iter().map(|point| point.period.to_string()).collect::<Vec<_>>().join(", ")
    };
    let without: Vec<_> = series.points.iter().filter(|point| point.value.is_none()).collect();
    if !without.is_empty() {
        let list = named(without);
        notes.push(format!(
            "warning: no shared product leads to these periods / 没有共同产品可比的期间: {list}"
        ));
    }
    let weak: Vec<_> = series.points.iter().filter(|point| point.coverage < threshold).collect();
    if !weak.is_empty() {
        let list = named(weak);
        notes.push(format!(
            "warning: less than {threshold} of expenditure is compared / 可比金额占比低于 {threshold}: {list}"
        ));
        notes.extend(series.weakest.map(|link| {
            let (earlier, later, coverage) = (link.earlier, link.later, link.coverage);
            format!("warning: the weakest comparison / 占比最低的比较: {earlier}–{later}, {coverage:.4}")
        }));
    }
    notes
}

fn base_name(series: &Series) -> Option<&'static str> {
    series.method.base().map(|base| match base {
        Base::Chained => "chained",
        Base::Fixed => "fixed",
    })
}

fn write_table(series: &Series) -> std::io::Result<()> {
    let mut out = out();
    let window =
        series.window.map(|window| format!("window {}, splice {}", window.length, window.splice.name()));
    let parts = [Some(series.method.name().to_owned()), base_name(series).map(str::to_owned), window];
    writeln!(out, "{}", parts.into_iter().flatten().collect::<Vec<_>>().join(", "))?;
    let mut table = new_table(&["period", "index", "coverage"], &[1, 2]);
    for point in &series.points {
        let value = point.value.map_or("–".to_owned(), |value| format!("{value:.6}"));
        table.add_row([point.period.to_string(), value, format!("{:.4}", point.coverage)]);
    }
    writeln!(out, "{table}")?;
    out.flush()
}

/// An index as programs read it; numbers are the shortest text that gives the same double again.
#[derive(Serialize)]
struct JsonIndex {
    method: &'static str,
    base: Option<&'static str>,
    window: Option<usize>,
    splice: Option<&'static str>,
    series: Vec<JsonPoint>,
}

#[derive(Serialize)]
struct JsonPoint {
    period: String,
    value: Option<f64>,
    coverage: f64,
}

fn write_json(series: &Series) -> std::io::Result<()> {
    let points = series.points.iter().map(|point| JsonPoint {
        period: point.period.to_string(),
        value: point.value,
        coverage: point.coverage,
    });
    let index = JsonIndex {
        method: series.method.name(),
        base: base_name(series),
        window: series.window.map(|window| window.length),
        splice: series.window.map(|window| window.splice.name()),
        series: points.collect(),
    };
    let mut out = out();
    serde_json::to_writer(&mut out, &index)?;
    writeln!(out)?;
    out.flush()
}

fn write_csv(series: &Series) -> std::io::Result<()> {
    let mut out = out();
    writeln!(out, "period,value,coverage")?;
    for point in &series.points {
        let value = point.value.map_or(String::new(), |value| value.to_string());
        writeln!(out, "{},{value},{}", point.period, point.coverage)?;
    }
    out.flush()
}
