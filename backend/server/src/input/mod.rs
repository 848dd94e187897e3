//! Files of people: CSV in UTF-8 (with or without a byte order mark) or GB18030, and Excel. Every fault is reported with file,
//! line, column, value and what was expected.
mod observations;
mod problem;
mod round;
mod sales;
mod sheet;

pub use observations::read_observations;
pub use problem::{Problem, Problems};
pub use round::{RoundFiles, read_preference_faults, read_round};
pub use sales::read_panel;
pub use sheet::{InputFile, Row, Sheet};
