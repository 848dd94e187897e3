//! Workbooks. They are unpacked in memory, so what they may come to is bounded.
use std::borrow::Cow;
use std::fmt::Display;
use std::io::{Cursor, Read, Seek};
use std::ops::ControlFlow;

use calamine::{Data, Range, Reader as _, Sheets, Xlsx};
use csv::StringRecord;

use crate::{Fault, Record, Unit};

/// Bytes an Excel file may have; it is unpacked in memory.
pub const EXCEL_BYTES_MAX: u64 = 64 << 20;
/// Cells an Excel sheet may span.
const CELLS_MAX: u64 = 20_000_000;
/// First bytes of the two Excel formats.
const MARKS: [&[u8]; 2] = [b"PK\x03\x04", b"\xD0\xCF\x11\xE0"];

/// Whether a file begins like a workbook.
pub fn is_excel(bytes: &[u8]) -> bool {
    MARKS.iter().any(|mark| bytes.starts_with(mark))
}

pub(crate) fn open(bytes: &[u8]) -> Result<Range<Data>, Fault> {
    let size = u64::try_from(bytes.len()).unwrap_or(u64::MAX);
    if size > EXCEL_BYTES_MAX {
        let found = format!("{size} bytes");
        return Err(Fault::TooLarge { found, most: EXCEL_BYTES_MAX, unit: Unit::Bytes });
    }
    let mut workbook =
        calamine::open_workbook_auto_from_rs(Cursor::new(bytes)).map_err(|error| not_excel(&error))?;
    if let Sheets::Xlsx(xlsx) = &mut workbook {
        check_cells(xlsx)?;
    }
    let sheet = workbook.worksheet_range_at(0).ok_or_else(|| not_excel(&"no sheet"))?;
    sheet.map_err(|error| not_excel(&error))
}

pub(crate) fn each(range: &Range<Data>, mut take: impl FnMut(Record<'_>) -> ControlFlow<()>) {
    let (first_row, first_column) = range.start().unwrap_or_default();
    for (line, row) in (u64::from(first_row) + 1..).zip(range.rows()) {
        // Columns are counted from the sheet's first, as its user sees them.
        let blank = (0..first_column).map(|_| Cow::Borrowed(""));
        let fields: StringRecord = blank.chain(row.iter().map(cell_text)).collect();
        let faulty = row.iter().filter(|cell| matches!(cell, Data::Error(_)));
        let errors: Vec<String> = faulty.map(ToString::to_string).collect();
        let some = fields.iter().any(|field| !field.trim().is_empty());
        if some && take(Record { line, fields: &fields, errors: &errors }).is_break() {
            return;
        }
    }
}

fn not_excel(what: &dyn Display) -> Fault {
    Fault::NotExcel(what.to_string())
}

/// A sheet is held as a rectangle, so one far-away cell makes it as large as a full one.
fn check_cells<R: Read + Seek>(workbook: &mut Xlsx<R>) -> Result<(), Fault> {
    let Some(name) = workbook.sheet_names().first().cloned() else { return Ok(()) };
    let mut cells = workbook.worksheet_cells_reader(&name).map_err(|error| not_excel(&error))?;
    let (mut rows, mut columns) = (0u64, 0u64);
    while let Some(cell) = cells.next_cell().map_err(|error| not_excel(&error))? {
        let (row, column) = cell.get_position();
        (rows, columns) = (rows.max(u64::from(row) + 1), columns.max(u64::from(column) + 1));
        if rows * columns > CELLS_MAX {
            let found = format!("{rows} rows × {columns} columns");
            return Err(Fault::TooLarge { found, most: CELLS_MAX, unit: Unit::Cells });
        }
    }
    Ok(())
}

/// A cell as it would be typed: numbers in their shortest form, dates as YYYY-MM-DD.
fn cell_text(cell: &Data) -> Cow<'_, str> {
    match cell {
        Data::String(text) | Data::DateTimeIso(text) | Data::DurationIso(text) => Cow::Borrowed(text),
        Data::DateTime(date) => {
            let (year, month, day, ..) = date.to_ymd_hms_milli();
            Cow::Owned(format!("{year:04}-{month:02}-{day:02}"))
        }
        Data::Empty => Cow::Borrowed(""),
        Data::Int(_) | Data::Float(_) | Data::Bool(_) | Data::Error(_) => Cow::Owned(cell.to_string()),
    }
}
