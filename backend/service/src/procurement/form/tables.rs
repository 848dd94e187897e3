//! A round's input as the four tables that `jicai award` reads, so that whoever has them decides the round again.
use csv::Writer;
use jicai_domain::procurement::rules::{Column, ColumnKind, RuleSet};
use jicai_domain::procurement::tables::{Bid, Demand, Lot, Preference};
use jicai_domain::procurement::values::Form;
use rust_decimal::Decimal;

/// The tables of a round as CSV in UTF-8. A table without rows is not there: the reader would refuse it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tables {
    /// The lots.
    pub lots: String,
    /// The bids.
    pub bids: Option<String>,
    /// The demand.
    pub demand: Option<String>,
    /// The preferences.
    pub preferences: Option<String>,
}

/// Writes the tables of assembled lots. Read again under the same rule set they are the same lots.
pub fn tables(rules: &RuleSet, lots: &[Lot]) -> Result<Tables, csv::Error> {
    let lot_header = ["lot", "representative_content", "form", "volume_class", "cap"];
    let lot_rows = lots.iter().map(lot_fields);
    let fixed = ["lot", "bidder", "price", "group", "content", "units", "ceiling", "brand_volume", "product"];
    let extra = rules.columns.iter().map(|column| column.name.as_str());
    let bid_header: Vec<&str> = fixed.into_iter().chain(["tie_order"]).chain(extra).collect();
    let bid_rows = rows(lots, |lot| &lot.bids, |lot, bid| bid_fields(&rules.columns, lot, bid));
    let demand_header = ["lot", "region", "volume", "bidder", "content", "product"];
    let demand_rows = rows(lots, |lot| &lot.demand, demand_fields);
    let purposes = lots.iter().flat_map(|lot| &lot.preferences).any(|preference| preference.phase.is_some());
    let preference_header: &[&str] = if purposes {
        &["lot", "bidder", "region", "order", "for"]
    } else {
        &["lot", "bidder", "region", "order"]
    };
    let preference_rows =
        rows(lots, |lot| &lot.preferences, |lot, preference| preference_fields(lot, preference, purposes));
    Ok(Tables {
        lots: table(&lot_header, lot_rows)?.unwrap_or_default(),
        bids: table(&bid_header, bid_rows)?,
        demand: table(&demand_header, demand_rows)?,
        preferences: table(preference_header, preference_rows)?,
    })
}

/// The rows of all lots, one after the other.
fn rows<'l, T: 'l>(
    lots: &'l [Lot],
    of: impl Fn(&'l Lot) -> &'l Vec<T>,
    fields: impl Fn(&Lot, &T) -> Vec<String>,
) -> impl Iterator<Item = Vec<String>> {
    lots.iter().flat_map(move |lot| of(lot).iter().map(|row| fields(lot, row)).collect::<Vec<_>>())
}

/// A header with its rows; nothing where there are none.
fn table(header: &[&str], rows: impl Iterator<Item = Vec<String>>) -> Result<Option<String>, csv::Error> {
    let mut rows = rows.peekable();
    if rows.peek().is_none() {
        return Ok(None);
    }
    let mut writer = Writer::from_writer(Vec::new());
    writer.write_record(header)?;
    for row in rows {
        writer.write_record(row)?;
    }
    let bytes = writer.into_inner().map_err(|error| error.into_error())?;
    Ok(Some(String::from_utf8_lossy(&bytes).into_owned()))
}

fn lot_fields(lot: &Lot) -> Vec<String> {
    let form = match lot.form {
        Form::Oral => "oral",
        Form::SmallInjection => "small_injection",
        Form::LargeInjection => "large_injection",
        Form::Consumable => "consumable",
    };
    vec![
        lot.name.to_string(),
        decimal(lot.representative_content),
        form.to_owned(),
        optional(lot.volume_class.as_ref()),
        optional(lot.cap),
    ]
}

fn bid_fields(columns: &[Column], lot: &Lot, bid: &Bid) -> Vec<String> {
    let fixed = [
        lot.name.to_string(),
        bid.bidder.to_string(),
        decimal(Some(bid.price)),
        optional(bid.group.as_ref()),
        decimal(bid.content),
        bid.units.to_string(),
        decimal(bid.ceiling),
        optional(bid.brand_volume),
        optional(bid.product.as_ref()),
        optional(bid.tie_order),
    ];
    let extra = columns.iter().zip(&bid.extra).map(|(column, value)| extra(column.kind, *value));
    fixed.into_iter().chain(extra).collect()
}

fn demand_fields(lot: &Lot, demand: &Demand) -> Vec<String> {
    vec![
        lot.name.to_string(),
        demand.region.to_string(),
        demand.volume.to_string(),
        optional(demand.bidder.as_ref()),
        decimal(demand.content),
        optional(demand.product.as_ref()),
    ]
}

fn preference_fields(lot: &Lot, preference: &Preference, purposes: bool) -> Vec<String> {
    let Preference { bidder, region, order, phase, .. } = preference;
    let fixed = [lot.name.to_string(), bidder.to_string(), region.to_string(), order.to_string()];
    fixed.into_iter().chain(purposes.then(|| optional(*phase))).collect()
}

fn extra(kind: ColumnKind, value: Option<Decimal>) -> String {
    let Some(value) = value else { return String::new() };
    match kind {
        ColumnKind::Number | ColumnKind::Price => decimal(Some(value)),
        ColumnKind::Flag => if value == Decimal::ONE { "yes" } else { "no" }.to_owned(),
        ColumnKind::Date => date(&decimal(Some(value))),
    }
}

/// The number YYYYMMDD as a date.
fn date(number: &str) -> String {
    let digits = format!("{number:0>8}");
    let (year, rest) = digits.split_at_checked(4).unwrap_or((&digits, ""));
    let (month, day) = rest.split_at_checked(2).unwrap_or((rest, ""));
    format!("{year}-{month}-{day}")
}

fn decimal(value: Option<Decimal>) -> String {
    optional(value.map(|value| value.normalize()))
}

fn optional<T: ToString>(value: Option<T>) -> String {
    value.map(|value| value.to_string()).unwrap_or_default()
}
