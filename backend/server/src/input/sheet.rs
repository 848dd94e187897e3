//! A table of an input file: records by line, fields by header.
use std::borrow::Cow;
use std::collections::{BTreeSet, HashSet};
use std::fmt::Display;
use std::io::{Cursor, Read, Seek};
use std::path::Path;
use std::sync::Arc;

use calamine::{Data, Range, Reader as _, Sheets, Xlsx};
use csv::StringRecord;
use encoding_rs::{GB18030, UTF_8};
use jicai_domain::procurement::values::ValueError;

use super::{Problem, Problems};

/// Bytes a CSV file may have.
const CSV_BYTES_MAX: u64 = 1 << 30;
/// Bytes an Excel file may have; it is unpacked in memory.
const EXCEL_BYTES_MAX: u64 = 64 << 20;
/// Cells an Excel sheet may span.
const EXCEL_CELLS_MAX: u64 = 20_000_000;
/// First bytes of the two Excel formats.
const EXCEL_MARKS: [&[u8]; 2] = [b"PK\x03\x04", b"\xD0\xCF\x11\xE0"];

/// The bytes of a file with the name by which its faults are told.
#[derive(Clone, Debug)]
pub struct InputFile<'a> {
    /// Name for messages.
    pub name: String,
    /// Contents.
    pub bytes: Cow<'a, [u8]>,
}

impl<'a> InputFile<'a> {
    /// Contents at hand.
    pub fn new(name: &str, bytes: &'a [u8]) -> Self {
        Self { name: name.to_owned(), bytes: Cow::Borrowed(bytes) }
    }

    /// Reads a file, after asking its size. Faults: `FILE_UNREADABLE`, `FILE_TOO_LARGE`.
    pub fn read(path: &Path) -> Result<Self, Problems> {
        let name = path.display().to_string();
        let unreadable = |error: std::io::Error| {
            let expected = ("a readable file", "可读取的文件");
            Problems::from(Problem::of_file("FILE_UNREADABLE", &name, error.to_string(), expected))
        };
        let size = std::fs::metadata(path).map_err(unreadable)?.len();
        check_size(&name, size, CSV_BYTES_MAX)?;
        let mut bytes = Vec::new();
        let file = std::fs::File::open(path).map_err(unreadable)?;
        // A pipe tells no size beforehand.
        file.take(CSV_BYTES_MAX + 1).read_to_end(&mut bytes).map_err(unreadable)?;
        check_size(&name, u64::try_from(bytes.len()).unwrap_or(u64::MAX), CSV_BYTES_MAX)?;
        Ok(Self { name, bytes: Cow::Owned(bytes) })
    }

    fn is_excel(&self) -> bool {
        EXCEL_MARKS.iter().any(|mark| self.bytes.starts_with(mark))
    }

    /// The contents as text: UTF-8, with or without a byte order mark, else GB18030. Fault: `FILE_ENCODING`.
    pub fn text(&self) -> Result<Cow<'_, str>, Problems> {
        let (text, _, faulty) = UTF_8.decode(&self.bytes);
        if !faulty {
            return Ok(text);
        }
        let (text, _, faulty) = GB18030.decode(&self.bytes);
        if faulty {
            let expected = ("text in UTF-8 or GB18030", "UTF-8 或 GB18030 编码的文本");
            return Err(Problem::of_file("FILE_ENCODING", &self.name, "", expected).into());
        }
        Ok(text)
    }
}

fn check_size(name: &str, size: u64, most: u64) -> Result<(), Problems> {
    if size <= most {
        return Ok(());
    }
    let expected = (format!("at most {most} bytes"), format!("不超过 {most} 字节"));
    Err(Problem::of_file("FILE_TOO_LARGE", name, format!("{size} bytes"), (&expected.0, &expected.1)).into())
}

enum Records<'a> {
    Csv(Cow<'a, str>),
    Excel(Range<Data>),
}

/// A table of which some columns are wanted.
pub struct Sheet<'a> {
    /// Name for messages.
    pub name: &'a str,
    records: Records<'a>,
}

impl<'a> Sheet<'a> {
    /// Opens a file as a table: the first sheet of an Excel file, else CSV.
    /// Faults: `FILE_TOO_LARGE`, `FILE_ENCODING`, `FILE_NOT_EXCEL`.
    pub fn open(file: &'a InputFile<'_>) -> Result<Self, Problems> {
        let records =
            if file.is_excel() { Records::Excel(open_excel(file)?) } else { Records::Csv(file.text()?) };
        Ok(Self { name: &file.name, records })
    }

    /// Hands every row to `take`; columns are positions in `wanted`. Faults of the header and of the records are added to
    /// `problems`; columns that are not wanted are named to `unused`.
    pub fn read(
        &self,
        wanted: &[(&str, bool)],
        problems: &mut Problems,
        unused: &mut BTreeSet<String>,
        mut take: impl FnMut(&mut Row<'_>),
    ) {
        let mut header: Option<Header> = None;
        let mut rows = 0usize;
        self.each_record(problems, |line, record, problems| match &header {
            None => {
                let read = Header::read(self.name, line, record, wanted, problems);
                unused.extend(read.unused.iter().cloned());
                header = Some(read);
            }
            Some(header) if header.complete => {
                rows += 1;
                take(&mut Row { file: self.name, line, record, header, wanted, problems });
            }
            Some(_) => rows += 1,
        });
        if rows == 0 {
            let expected = ("a header and at least one row", "表头和至少一行数据");
            problems.push(Problem::of_file("FILE_EMPTY", self.name, "", expected));
        }
    }

    fn each_record(&self, problems: &mut Problems, mut take: impl FnMut(u64, &StringRecord, &mut Problems)) {
        match &self.records {
            Records::Csv(text) => each_csv_record(self.name, text, problems, take),
            Records::Excel(range) => {
                let (first_row, first_column) = range.start().unwrap_or_default();
                for (line, row) in (u64::from(first_row) + 1..).zip(range.rows()) {
                    self.report_error_cells(line, row, problems);
                    // Columns are counted from the sheet's first, as its user sees them.
                    let blank = (0..first_column).map(|_| Cow::Borrowed(""));
                    let record: StringRecord = blank.chain(row.iter().map(cell_text)).collect();
                    if record.iter().any(|field| !field.trim().is_empty()) {
                        take(line, &record, problems);
                    }
                }
            }
        }
    }
}

impl Sheet<'_> {
    /// A cell that shows an error such as #N/A is no value.
    fn report_error_cells(&self, line: u64, row: &[Data], problems: &mut Problems) {
        for cell in row.iter().filter(|cell| matches!(cell, Data::Error(_))) {
            let expected = ("a value instead of an Excel error", "有效值，而不是 Excel 错误");
            problems
                .push(Problem::of_file("CELL_ERROR", self.name, cell.to_string(), expected).at(line, 0, ""));
        }
    }
}

fn each_csv_record(
    name: &str,
    text: &str,
    problems: &mut Problems,
    mut take: impl FnMut(u64, &StringRecord, &mut Problems),
) {
    let mut reader = csv::ReaderBuilder::new().has_headers(false).flexible(true).from_reader(text.as_bytes());
    let mut record = StringRecord::new();
    let mut last_line = 0;
    loop {
        match reader.read_record(&mut record) {
            Ok(true) => {
                let line = record.position().map_or(0, csv::Position::line);
                last_line = line;
                if record.iter().any(|field| !field.trim().is_empty()) {
                    take(line, &record, problems);
                }
            }
            Ok(false) => return report_open_quote(name, text, last_line, problems),
            Err(error) => {
                let expected = ("a CSV record", "CSV 记录");
                return problems.push(Problem::of_file("FILE_NOT_CSV", name, error.to_string(), expected));
            }
        }
    }
}

/// A quote that is never closed swallows the rest of the file into one field.
fn report_open_quote(name: &str, text: &str, last_line: u64, problems: &mut Problems) {
    if text.bytes().filter(|byte| *byte == b'"').count() % 2 == 1 {
        let expected = ("every quotation mark closed", "引号成对出现");
        problems.push(Problem::of_file("QUOTE_NOT_CLOSED", name, "\"", expected).at(last_line, 0, ""));
    }
}

fn open_excel(file: &InputFile<'_>) -> Result<Range<Data>, Problems> {
    check_size(&file.name, u64::try_from(file.bytes.len()).unwrap_or(u64::MAX), EXCEL_BYTES_MAX)?;
    let bytes: &[u8] = &file.bytes;
    let mut workbook =
        calamine::open_workbook_auto_from_rs(Cursor::new(bytes)).map_err(|error| not_excel(file, &error))?;
    if let Sheets::Xlsx(xlsx) = &mut workbook {
        check_cells(file, xlsx)?;
    }
    let sheet = workbook.worksheet_range_at(0).ok_or_else(|| not_excel(file, &"no sheet"))?;
    sheet.map_err(|error| not_excel(file, &error))
}

fn not_excel(file: &InputFile<'_>, what: &dyn Display) -> Problems {
    let expected = ("an Excel workbook with a sheet", "包含工作表的 Excel 文件");
    Problem::of_file("FILE_NOT_EXCEL", &file.name, what.to_string(), expected).into()
}

/// A sheet is held as a rectangle, so one far-away cell makes it as large as a full one.
fn check_cells<R: Read + Seek>(file: &InputFile<'_>, workbook: &mut Xlsx<R>) -> Result<(), Problems> {
    let Some(name) = workbook.sheet_names().first().cloned() else { return Ok(()) };
    let mut cells = workbook.worksheet_cells_reader(&name).map_err(|error| not_excel(file, &error))?;
    let (mut rows, mut columns) = (0u64, 0u64);
    while let Some(cell) = cells.next_cell().map_err(|error| not_excel(file, &error))? {
        let (row, column) = cell.get_position();
        (rows, columns) = (rows.max(u64::from(row) + 1), columns.max(u64::from(column) + 1));
        if rows * columns > EXCEL_CELLS_MAX {
            let expected =
                (format!("at most {EXCEL_CELLS_MAX} cells"), format!("不超过 {EXCEL_CELLS_MAX} 个单元格"));
            let size = format!("{rows} rows × {columns} columns");
            return Err(
                Problem::of_file("FILE_TOO_LARGE", &file.name, size, (&expected.0, &expected.1)).into()
            );
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

/// Where the wanted columns are.
struct Header {
    positions: Vec<Option<usize>>,
    width: usize,
    unused: Vec<String>,
    complete: bool,
}

impl Header {
    fn read(
        file: &str,
        line: u64,
        record: &StringRecord,
        wanted: &[(&str, bool)],
        problems: &mut Problems,
    ) -> Self {
        let names: Vec<String> = record.iter().map(|name| name.trim().to_lowercase()).collect();
        let mut complete = true;
        let mut seen = HashSet::new();
        for (position, name) in names.iter().enumerate().filter(|(_, name)| !name.is_empty()) {
            if !seen.insert(name) {
                complete = false;
                let problem =
                    Problem::of_file("COLUMN_DUPLICATE", file, name, ("each column once", "每列只出现一次"));
                problems.push(problem.at(line, position + 1, name));
            }
        }
        let find = |wanted: &str| names.iter().position(|name| name == wanted);
        let positions: Vec<Option<usize>> = wanted.iter().map(|(name, _)| find(name)).collect();
        for ((name, required), position) in wanted.iter().zip(&positions) {
            if *required && position.is_none() {
                complete = false;
                let expected = (format!("a column {name}"), format!("列 {name}"));
                let shown = names.join(",");
                problems.push(
                    Problem::of_file("COLUMN_MISSING", file, shown, (&expected.0, &expected.1))
                        .at(line, 0, name),
                );
            }
        }
        let known = |name: &String| wanted.iter().any(|(wanted, _)| wanted == name);
        let unused = names.iter().filter(|name| !name.is_empty() && !known(name)).cloned().collect();
        Self { positions, width: names.len(), unused, complete }
    }
}

/// One record under a header.
pub struct Row<'r> {
    file: &'r str,
    /// Line of the file.
    pub line: u64,
    record: &'r StringRecord,
    header: &'r Header,
    wanted: &'r [(&'r str, bool)],
    problems: &'r mut Problems,
}

impl Row<'_> {
    /// Reports a record that is wider than the header.
    pub fn check_width(&mut self) {
        if let Some(extra) =
            self.record.get(self.header.width).filter(|_| self.record.len() > self.header.width)
        {
            let expected = ("as many fields as the header has", "字段数与表头一致");
            let problem = Problem::of_file("ROW_TOO_WIDE", self.file, extra, expected);
            self.problems.push(problem.at(self.line, self.header.width + 1, ""));
        }
    }

    fn field(&self, column: usize) -> Option<&str> {
        let position = self.header.positions.get(column).copied().flatten()?;
        self.record.get(position).filter(|field| !field.trim().is_empty())
    }

    fn wrong(&mut self, column: usize, error: ValueError) {
        let name = self.wanted.get(column).map_or("", |(name, _)| name);
        let position =
            self.header.positions.get(column).copied().flatten().map_or(0, |position| position + 1);
        let value = self.field(column).unwrap_or_default();
        let problem = Problem::of_value(self.file, value, error).at(self.line, position, name);
        self.problems.push(problem);
    }

    /// A value that may be absent; a faulty one is reported and counts as absent.
    pub fn optional<T>(
        &mut self,
        column: usize,
        parse: impl FnOnce(&str) -> Result<T, ValueError>,
    ) -> Option<T> {
        match parse(self.field(column)?) {
            Ok(value) => Some(value),
            Err(error) => {
                self.wrong(column, error);
                None
            }
        }
    }

    /// A value that must be there; a faulty or missing one is reported.
    pub fn required<T>(
        &mut self,
        column: usize,
        parse: impl FnOnce(&str) -> Result<T, ValueError>,
    ) -> Option<T> {
        if self.field(column).is_none() {
            self.wrong(column, ValueError::Missing);
            return None;
        }
        self.optional(column, parse)
    }
}

/// Names met so far, so that equal names share their text.
#[derive(Default)]
pub(super) struct Names(HashSet<Arc<str>>);

impl Names {
    pub(super) fn share(&mut self, name: &str) -> Arc<str> {
        if let Some(known) = self.0.get(name) {
            return Arc::clone(known);
        }
        let name: Arc<str> = name.into();
        self.0.insert(Arc::clone(&name));
        name
    }
}
