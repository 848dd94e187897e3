//! A table of an input file: records by line, fields by header.
use std::borrow::Cow;
use std::collections::{BTreeSet, HashSet};
use std::io::Read;
use std::ops::ControlFlow;
use std::path::Path;
use std::sync::Arc;

use jicai_domain::procurement::values::ValueError;
use jicai_sheets::{CSV_BYTES_MAX, Fault, StringRecord, Table, Unit};

use super::{Problem, Problems};

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

    /// The contents as text: UTF-8, with or without a byte order mark, else GB18030. Fault: `FILE_ENCODING`.
    pub fn text(&self) -> Result<Cow<'_, str>, Problems> {
        jicai_sheets::text(&self.bytes).map_err(|fault| told(&self.name, &fault).into())
    }
}

fn check_size(name: &str, size: u64, most: u64) -> Result<(), Problems> {
    if size <= most {
        return Ok(());
    }
    let expected = (format!("at most {most} bytes"), format!("不超过 {most} 字节"));
    Err(Problem::of_file("FILE_TOO_LARGE", name, format!("{size} bytes"), (&expected.0, &expected.1)).into())
}

/// A fault of a table, as a clerk reads it.
fn told(name: &str, fault: &Fault) -> Problem {
    let problem = |code, value: &str, expected| Problem::of_file(code, name, value, expected);
    match fault {
        Fault::TooLarge { found, most, unit } => {
            let (english, chinese) = match unit {
                Unit::Bytes => ("bytes", "字节"),
                Unit::Cells => ("cells", "个单元格"),
            };
            let expected = (format!("at most {most} {english}"), format!("不超过 {most} {chinese}"));
            problem("FILE_TOO_LARGE", found, (&expected.0, &expected.1))
        }
        Fault::Encoding => {
            problem("FILE_ENCODING", "", ("text in UTF-8 or GB18030", "UTF-8 或 GB18030 编码的文本"))
        }
        Fault::NotExcel(what) => {
            problem("FILE_NOT_EXCEL", what, ("an Excel workbook with a sheet", "包含工作表的 Excel 文件"))
        }
        Fault::Io(what) => problem("FILE_UNREADABLE", what, ("a readable file", "可读取的文件")),
        Fault::NotCsv(what) => problem("FILE_NOT_CSV", what, ("a CSV record", "CSV 记录")),
        Fault::QuoteNotClosed(line) => {
            let expected = ("every quotation mark closed", "引号成对出现");
            problem("QUOTE_NOT_CLOSED", "\"", expected).at(*line, 0, "")
        }
    }
}

/// A table of which some columns are wanted.
pub struct Sheet<'a> {
    /// Name for messages.
    pub name: &'a str,
    table: Table<'a>,
}

impl<'a> Sheet<'a> {
    /// Opens a file as a table: the first sheet of an Excel file, else CSV.
    /// Faults: `FILE_TOO_LARGE`, `FILE_ENCODING`, `FILE_NOT_EXCEL`.
    pub fn open(file: &'a InputFile<'_>) -> Result<Self, Problems> {
        let table = Table::open(&file.bytes).map_err(|fault| told(&file.name, &fault))?;
        Ok(Self { name: &file.name, table })
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
        let read = self.table.each(|record| {
            // A cell that shows an error such as #N/A is no value.
            for error in record.errors {
                let expected = ("a value instead of an Excel error", "有效值，而不是 Excel 错误");
                let problem = Problem::of_file("CELL_ERROR", self.name, error, expected);
                problems.push(problem.at(record.line, 0, ""));
            }
            take(record.line, record.fields, problems);
            ControlFlow::Continue(())
        });
        if let Err(fault) = read {
            problems.push(told(self.name, &fault));
        }
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
