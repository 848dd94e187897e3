//! `jicai rules`.
use std::io::Write;

use clap::{Args, Subcommand};
use jicai_domain::alert::rules::MONITOR_PRESETS;
use jicai_domain::listing::rules::LISTING;
use jicai_domain::ordering::rules::ORDERING_PRESETS;
use jicai_domain::procurement::reason::REASONS;
use jicai_domain::procurement::rules::{Head, PRESETS, Preset, RELATION, SUCCESSION, parse_head};
use jicai_domain::settlement;
use serde_json::json;

use super::award::unknown_rules;
use super::{Failure, Format, out};
use crate::award::{new_table, rule_problems};
use crate::input::Problems;

#[derive(Debug, Subcommand)]
pub(super) enum RulesCommand {
    /// The rule sets that ship with the program
    List(FormatArgs),
    /// Print a rule set's file
    Show {
        /// Its id
        id: String,
    },
    /// Every reason a decision can give, in English and Chinese
    Reasons(FormatArgs),
}

#[derive(Debug, Args)]
pub(super) struct FormatArgs {
    /// Form of the result
    #[arg(long, value_enum, default_value_t)]
    format: Format,
}

pub(super) fn run(command: &RulesCommand) -> Result<u8, Failure> {
    match command {
        RulesCommand::List(args) => list(args.format)?,
        RulesCommand::Show { id } => show(id)?,
        RulesCommand::Reasons(args) => reasons(args.format)?,
    }
    Ok(0)
}

/// Every rule file that ships.
fn presets() -> impl Iterator<Item = &'static Preset> {
    PRESETS
        .iter()
        .chain([&RELATION, &SUCCESSION, &LISTING])
        .chain(MONITOR_PRESETS)
        .chain(settlement::presets())
        .chain(ORDERING_PRESETS)
}

fn heads() -> Result<Vec<Head>, Problems> {
    presets()
        .map(|preset| parse_head(preset.text).map_err(|faults| rule_problems(preset.id, faults)))
        .collect()
}

fn list(format: Format) -> Result<(), Failure> {
    let heads = heads()?;
    let mut out = out();
    if format == Format::Json {
        let rows = heads.iter().map(|head| {
            json!({
                "id": head.id, "version": head.version, "jurisdiction": head.jurisdiction,
                "valid_from": head.valid_from, "valid_to": head.valid_to,
                "title_en": head.title_en, "title_zh": head.title_zh,
            })
        });
        writeln!(out, "{}", serde_json::Value::from_iter(rows))?;
        return Ok(out.flush()?);
    }
    let mut table = new_table(&["id", "version", "from", "to", "title", "名称"], &[]);
    for head in &heads {
        let valid_to = head.valid_to.as_deref().unwrap_or_default();
        table.add_row([&head.id, &head.version, &head.valid_from, valid_to, &head.title_en, &head.title_zh]);
    }
    writeln!(out, "{table}")?;
    Ok(out.flush()?)
}

fn show(id: &str) -> Result<(), Failure> {
    let found = presets().find(|preset| preset.id == id);
    let preset = found.ok_or_else(|| Problems::from(unknown_rules(id)))?;
    let mut out = out();
    write!(out, "{}", preset.text)?;
    Ok(out.flush()?)
}

fn reasons(format: Format) -> Result<(), Failure> {
    let mut out = out();
    if format == Format::Json {
        let rows = REASONS.iter().map(|info| {
            json!({
                "code": info.code, "values": info.values, "section": info.section,
                "message_en": info.en, "message_zh": info.zh,
            })
        });
        writeln!(out, "{}", serde_json::Value::from_iter(rows))?;
        return Ok(out.flush()?);
    }
    let mut table = new_table(&["code", "values", "English", "中文"], &[]);
    for info in REASONS {
        table.add_row([info.code, &info.values.join(", "), info.en, info.zh]);
    }
    writeln!(out, "{table}")?;
    Ok(out.flush()?)
}
