//! The four tables of a round: bids, lots, demand, preferences.
use std::collections::BTreeSet;

use jicai_domain::procurement::decision::{LotDecision, LotStatus};
use jicai_domain::procurement::rules::{Column, RuleSet};
use jicai_domain::procurement::supply::Phase;
use jicai_domain::procurement::tables::{
    Bid, Demand, Lot, OfLot, Preference, RowError, RowErrorKind, Rows, Table, assemble,
};
use jicai_domain::procurement::values::{
    Name, ValueError, parse_count, parse_form, parse_name, parse_positive, parse_units, parse_volume,
};

use super::sheet::Names;
use super::{InputFile, Problem, Problems, Row, Sheet};

/// The files of a round.
#[derive(Clone, Debug)]
pub struct RoundFiles<'a> {
    /// Bids.
    pub bids: InputFile<'a>,
    /// Lots; without them the bids name the lots.
    pub lots: Option<InputFile<'a>>,
    /// Demand.
    pub demand: Option<InputFile<'a>>,
    /// Preferences.
    pub preferences: Option<InputFile<'a>>,
}

impl<'a> RoundFiles<'a> {
    fn file(&self, table: Table) -> Option<&InputFile<'a>> {
        match table {
            Table::Bids => Some(&self.bids),
            Table::Lots => self.lots.as_ref(),
            Table::Demand => self.demand.as_ref(),
            Table::Preferences => self.preferences.as_ref(),
        }
    }
}

/// Reads a round for a rule set. Columns that nothing reads are named to `unused`.
/// Faults: every one of the files and between their rows, at once.
pub fn read_round(
    rules: &RuleSet,
    files: &RoundFiles<'_>,
    unused: &mut BTreeSet<String>,
) -> Result<Vec<Lot>, Problems> {
    let mut reader = RoundReader { files, unused, problems: Problems::default(), names: Names::default() };
    let rows = Rows {
        lots: reader.lots(),
        bids: reader.bids(rules),
        demand: reader.demand(),
        preferences: reader.preferences(),
    };
    let mut problems = reader.problems;
    match assemble(rules, rows) {
        Ok(lots) => problems.none().map(|()| lots),
        Err(errors) => {
            problems.extend(errors.into_iter().map(|error| tell(files, error)));
            Err(problems)
        }
    }
}

/// Preferences of firms that the decision does not select.
pub fn read_preference_faults(files: &RoundFiles<'_>, lots: &[Lot], decisions: &[LotDecision]) -> Problems {
    let mut problems = Problems::default();
    let decided = lots.iter().zip(decisions).filter(|(_, decision)| decision.status != LotStatus::Tied);
    for (lot, decision) in decided {
        let selected: BTreeSet<&Name> =
            decision.bids.iter().filter(|bid| bid.selected).map(|bid| &bid.bidder).collect();
        for preference in lot.preferences.iter().filter(|preference| !selected.contains(&preference.bidder)) {
            let value = preference.bidder.to_string();
            let kind = RowErrorKind::NotSelected;
            problems.push(tell(
                files,
                RowError { table: Table::Preferences, row: preference.row, column: "bidder", value, kind },
            ));
        }
    }
    problems
}

fn tell(files: &RoundFiles<'_>, error: RowError) -> Problem {
    let (table, row) = if error.table == Table::Lots && files.lots.is_none() {
        (Table::Bids, 0)
    } else {
        (error.table, error.row)
    };
    let file = files.file(table).map_or("", |file| &file.name);
    let (en, zh) = error.kind.expected();
    Problem::of_file(error.kind.code(), file, error.value, (&en, &zh)).at(row, 0, error.column)
}

struct RoundReader<'a, 'f> {
    files: &'a RoundFiles<'f>,
    unused: &'a mut BTreeSet<String>,
    problems: Problems,
    names: Names,
}

impl RoundReader<'_, '_> {
    /// Reads one table; rows whose names are whole are kept even where a value is faulty, so that faults between rows are told too.
    fn read<T>(
        &mut self,
        table: Table,
        wanted: &[(&str, bool)],
        mut row: impl FnMut(&mut Row<'_>, &mut Names) -> Option<T>,
    ) -> Vec<T> {
        let mut rows = Vec::new();
        let Some(file) = self.files.file(table) else { return rows };
        let (problems, names) = (&mut self.problems, &mut self.names);
        match Sheet::open(file) {
            Ok(sheet) => sheet.read(wanted, problems, self.unused, |record| {
                record.check_width();
                rows.extend(row(record, names));
            }),
            Err(faults) => problems.append(faults),
        }
        rows
    }

    fn lots(&mut self) -> Option<Vec<(u64, Lot)>> {
        self.files.lots.as_ref()?;
        let wanted = [
            ("lot", true),
            ("representative_content", false),
            ("form", false),
            ("volume_class", false),
            ("cap", false),
        ];
        Some(self.read(Table::Lots, &wanted, |row, names| {
            let representative_content = row.optional(1, parse_positive);
            let form = row.optional(2, parse_form).unwrap_or_default();
            let volume_class = row.optional(3, |text| name(names, text));
            let cap = row.optional(4, parse_count);
            let lot = Lot::named(row.required(0, |text| name(names, text))?);
            Some((row.line, Lot { representative_content, form, volume_class, cap, ..lot }))
        }))
    }

    fn bids(&mut self, rules: &RuleSet) -> Vec<OfLot<Bid>> {
        let mut wanted = vec![
            ("lot", true),
            ("bidder", true),
            ("price", true),
            ("group", false),
            ("content", false),
            ("units", false),
            ("ceiling", false),
            ("brand_volume", rules.needs_brand_volume()),
            ("product", false),
            ("tie_order", false),
        ];
        let first_extra = wanted.len();
        wanted.extend(rules.columns.iter().map(|column| (column.name.as_str(), column.required)));
        self.read(Table::Bids, &wanted, |row, names| bid(row, names, &rules.columns, first_extra))
    }

    fn demand(&mut self) -> Vec<OfLot<Demand>> {
        let wanted = [
            ("lot", true),
            ("region", true),
            ("volume", true),
            ("bidder", false),
            ("content", false),
            ("product", false),
        ];
        self.read(Table::Demand, &wanted, |row, names| {
            let lot = row.required(0, |text| name(names, text));
            let region = row.required(1, |text| name(names, text));
            let volume = row.required(2, parse_volume).unwrap_or(0);
            let bidder = row.optional(3, |text| name(names, text));
            let content = row.optional(4, parse_positive);
            let product = row.optional(5, |text| name(names, text));
            Some(OfLot {
                lot: lot?,
                row: Demand { row: row.line, region: region?, volume, bidder, product, content },
            })
        })
    }

    fn preferences(&mut self) -> Vec<OfLot<Preference>> {
        let wanted = [("lot", true), ("bidder", true), ("region", true), ("order", true), ("for", false)];
        self.read(Table::Preferences, &wanted, |row, names| {
            let lot = row.required(0, |text| name(names, text));
            let bidder = row.required(1, |text| name(names, text));
            let region = row.required(2, |text| name(names, text));
            let order = row.required(3, parse_count);
            let phase = row.optional(4, Phase::parse);
            Some(OfLot {
                lot: lot?,
                row: Preference { row: row.line, bidder: bidder?, region: region?, order: order?, phase },
            })
        })
    }
}

fn name(names: &mut Names, text: &str) -> Result<Name, ValueError> {
    parse_name(text).map(|name| names.share(name))
}

fn bid(row: &mut Row<'_>, names: &mut Names, columns: &[Column], first_extra: usize) -> Option<OfLot<Bid>> {
    let lot = row.required(0, |text| name(names, text));
    let bidder = row.required(1, |text| name(names, text));
    let price = row.required(2, parse_positive).unwrap_or_default();
    let group = row.optional(3, |text| name(names, text));
    let content = row.optional(4, parse_positive);
    let units = row.optional(5, parse_units).unwrap_or(1);
    let ceiling = row.optional(6, parse_positive);
    let brand_volume = row.optional(7, parse_volume);
    let product = row.optional(8, |text| name(names, text));
    let tie_order = row.optional(9, parse_count);
    let extra = (first_extra..)
        .zip(columns)
        .map(|(position, column)| row.optional(position, |text| column.kind.read(text)));
    let extra = extra.collect();
    let bid = Bid {
        row: row.line,
        bidder: bidder?,
        group,
        product,
        price,
        units,
        content,
        ceiling,
        brand_volume,
        tie_order,
        extra,
    };
    Some(OfLot { lot: lot?, row: bid })
}
