//! The offline award: rule set and files in, decisions out. It streams: lots are decided in parallel, written, and dropped.
mod csv_form;
mod run;
mod table_form;

pub use csv_form::CsvForm;
pub(crate) use run::rule_problems;
pub use run::{Award, Outcome, award_json, read_rules};
pub(crate) use table_form::new_table;
pub use table_form::{TableForm, lots_table};

/// Nothing for what is not there.
fn optional<T: ToString>(value: Option<T>) -> String {
    value.map(|value| value.to_string()).unwrap_or_default()
}
