//! Tables of files: bytes in, records out. The offline commands read whole files, imports read as the bytes arrive; both read
//! the same tables.
#![deny(missing_docs)]

mod excel;
mod text;

use std::io::Read;
use std::ops::ControlFlow;

use calamine::{Data, Range};
pub use csv::StringRecord;

pub use excel::{EXCEL_BYTES_MAX, is_excel};
pub use text::{CSV_BYTES_MAX, Charset, CharsetProbe, Decoded, line, text};

/// Why a file is no table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fault {
    /// It is larger than what is read.
    TooLarge {
        /// How large, in words of its format.
        found: String,
        /// How large it may be.
        most: u64,
        /// Of what: `bytes` or `cells`.
        unit: Unit,
    },
    /// It is text in neither UTF-8 nor GB18030.
    Encoding,
    /// It begins like Excel and is none.
    NotExcel(String),
    /// The bytes did not arrive.
    Io(String),
    /// It cannot be read as CSV.
    NotCsv(String),
    /// A quotation mark that is never closed swallowed the rest, from that line on.
    QuoteNotClosed(u64),
}

/// What the size of a file is counted in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unit {
    /// Bytes of the file.
    Bytes,
    /// Cells that a sheet spans.
    Cells,
}

/// A record with something in it.
pub struct Record<'r> {
    /// Its line or row of the file, from 1.
    pub line: u64,
    /// Its fields.
    pub fields: &'r StringRecord,
    /// The Excel errors among its cells, such as `#N/A`.
    pub errors: &'r [String],
}

/// A table in memory.
pub enum Table<'a> {
    /// Text.
    Csv(std::borrow::Cow<'a, str>),
    /// The first sheet of a workbook.
    Excel(Range<Data>),
}

impl<'a> Table<'a> {
    /// The table in the bytes of a file: the first sheet of an Excel file, else CSV.
    pub fn open(bytes: &'a [u8]) -> Result<Self, Fault> {
        if is_excel(bytes) { excel::open(bytes).map(Self::Excel) } else { text(bytes).map(Self::Csv) }
    }

    /// Hands every record to `take` until it breaks.
    pub fn each(&self, take: impl FnMut(Record<'_>) -> ControlFlow<()>) -> Result<(), Fault> {
        match self {
            Self::Csv(text) => each_csv(text.as_bytes(), take),
            Self::Excel(range) => {
                excel::each(range, take);
                Ok(())
            }
        }
    }
}

/// Hands every record of CSV in UTF-8 to `take` until it breaks, as the bytes arrive.
pub fn each_csv(reader: impl Read, take: impl FnMut(Record<'_>) -> ControlFlow<()>) -> Result<(), Fault> {
    text::each(reader, take)
}
