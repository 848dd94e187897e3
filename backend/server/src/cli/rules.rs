//! `jicai rules`.
use std::io::Write;

use clap::{Args, Subcommand};
use jicai_domain::alert::rules::{MONITOR_PRESETS, monitor_preset, parse_monitors};
use jicai_domain::procurement::reason::REASONS;
use jicai_domain::procurement::rules::{
    Head, PRESETS, RELATION, SUCCESSION, preset, relation_preset, succession_preset,
};
use serde_json::json;

use super::award::{load_rules, unknown_rules};
use super::{Failure, Format, out};
use crate::award::new_table;
use crate::input::Problems;

/// Columns of a table's width.

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

fn heads() -> Result<Vec<Head>, Problems> {
    let mut heads = Vec::new();
    for preset in PRESETS {
        heads.push(load_rules(preset.id, &[])?.head);
    }
    heads.push(relation_preset().head);
    heads.push(succession_preset().head);
    let monitors = MONITOR_PRESETS.iter().filter_map(|preset| parse_monitors(preset.text).ok());
    heads.extend(monitors.map(|rules| rules.head));
    Ok(heads)
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
    let others = [&RELATION, &SUCCESSION];
    let found = others
        .into_iter()
        .find(|preset| preset.id == id)
        .or_else(|| preset(id))
        .or_else(|| monitor_preset(id));
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
