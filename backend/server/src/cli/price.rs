//! `jicai price`.
use std::io::Write;

use clap::{Args, Subcommand};
use jicai_domain::exact::Exact;
use jicai_domain::procurement::relation::{Presentation, Related, relate};
use jicai_domain::procurement::rules::{RelationRules, relation_preset};
use jicai_domain::procurement::values::{ValueError, parse_positive, parse_units};

use super::{Failure, Format, out};
use crate::input::{Problem, Problems};

/// Decimal places of the factors in the table.
const FACTOR_PLACES: usize = 6;

#[derive(Debug, Subcommand)]
pub(super) enum PriceCommand {
    /// The price of a pack in another content, count or fill volume
    Relate(RelateArgs),
}

#[derive(Debug, Args)]
pub(super) struct RelateArgs {
    /// Price of the known pack, yuan
    #[arg(long, allow_hyphen_values = true)]
    price: String,
    /// Content (含量) of the known pack, in the unit of --to-content
    #[arg(long, allow_hyphen_values = true)]
    from_content: String,
    /// Units in the known pack
    #[arg(long, allow_hyphen_values = true)]
    from_units: String,
    /// Content of the other pack
    #[arg(long, allow_hyphen_values = true)]
    to_content: String,
    /// Units in the other pack
    #[arg(long, allow_hyphen_values = true)]
    to_units: String,
    /// Fill volume (装量) of the known pack, where it differs
    #[arg(long, requires = "to_volume")]
    from_volume: Option<String>,
    /// Fill volume of the other pack
    #[arg(long, requires = "from_volume")]
    to_volume: Option<String>,
    /// Form of the result
    #[arg(long, value_enum, default_value_t)]
    format: Format,
}

pub(super) fn run(command: &PriceCommand) -> Result<u8, Failure> {
    let PriceCommand::Relate(args) = command;
    let mut problems = Problems::default();
    let price = decimal("--price", &args.price, &mut problems);
    let from = presentation(
        ["--from-content", "--from-units", "--from-volume"],
        [&args.from_content, &args.from_units],
        args.from_volume.as_deref(),
        &mut problems,
    );
    let to = presentation(
        ["--to-content", "--to-units", "--to-volume"],
        [&args.to_content, &args.to_units],
        args.to_volume.as_deref(),
        &mut problems,
    );
    problems.none()?;
    let rules = relation_preset();
    let related = price.zip(from).zip(to).and_then(|((price, from), to)| relate(&rules, &price, &from, &to));
    related.iter().try_for_each(|related| write_related(args, &rules, related))?;
    Ok(0)
}

fn decimal(option: &str, text: &str, problems: &mut Problems) -> Option<Exact> {
    checked(option, text, problems, |text| parse_positive(text).map(Exact::from))
}

fn checked(
    option: &str,
    text: &str,
    problems: &mut Problems,
    parse: impl Fn(&str) -> Result<Exact, ValueError>,
) -> Option<Exact> {
    parse(text).map_err(|error| problems.push(Problem::of_value(option, text, error))).ok()
}

fn presentation(
    [content_option, units_option, volume_option]: [&str; 3],
    [content, units]: [&String; 2],
    volume: Option<&str>,
    problems: &mut Problems,
) -> Option<Presentation> {
    let content = decimal(content_option, content, problems);
    let units = checked(units_option, units, problems, |text| parse_units(text).map(Exact::from));
    let volume = volume.map(|volume| decimal(volume_option, volume, problems));
    Some(Presentation { content: content?, units: units?, volume: volume.flatten() })
}

fn write_related(args: &RelateArgs, rules: &RelationRules, related: &Related) -> std::io::Result<()> {
    let price = related.price(rules);
    let mut out = out();
    if args.format == Format::Json {
        writeln!(out, "{}", serde_json::json!({ "price": price }))?;
        return out.flush();
    }
    writeln!(out, "{price}")?;
    let factor = |factor: &Exact| factor.to_short(FACTOR_PLACES);
    writeln!(
        out,
        "= {} × {} (content 含量) × {} (pack 包装) × {} (volume 装量), {} {}",
        args.price,
        factor(&related.content_factor),
        factor(&related.pack_factor),
        factor(&related.volume_factor),
        rules.head.id,
        rules.head.title_zh,
    )?;
    out.flush()
}
