//! A fault of an input file, as a clerk reads it.
use std::fmt;

use jicai_domain::procurement::values::ValueError;

/// Faults kept; past that they are counted.
const PROBLEMS_MAX: usize = 10_000;
/// Characters of a faulty value that are shown.
const SHOWN_CHARS_MAX: usize = 80;

/// One fault: where, what is there, what was expected.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// Stable code.
    pub code: &'static str,
    /// The file, as named by the caller.
    pub file: String,
    /// Line of the file, from 1; 0 where the fault is the file's.
    pub line: u64,
    /// Column of the line, from 1; 0 where the fault is the line's.
    pub column: usize,
    /// Header of the column.
    pub field: String,
    /// What is there.
    pub value: String,
    /// What was expected.
    pub expected_en: String,
    /// What was expected, in Chinese.
    pub expected_zh: String,
}

impl Problem {
    /// A fault of a whole file.
    pub fn of_file(code: &'static str, file: &str, value: impl Into<String>, expected: (&str, &str)) -> Self {
        Self {
            code,
            file: file.to_owned(),
            line: 0,
            column: 0,
            field: String::new(),
            value: value.into(),
            expected_en: expected.0.to_owned(),
            expected_zh: expected.1.to_owned(),
        }
    }

    /// The same fault at a place.
    #[must_use]
    pub fn at(mut self, line: u64, column: usize, field: &str) -> Self {
        (self.line, self.column, self.field) = (line, column, field.to_owned());
        self
    }

    /// A value that is not what its field expects.
    pub fn of_value(file: &str, value: &str, error: ValueError) -> Self {
        Self::of_file(error.code(), file, value, error.expected())
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.file)?;
        if self.line > 0 {
            write!(f, ", line {}", self.line)?;
        }
        if self.column > 0 {
            write!(f, ", column {}", self.column)?;
        }
        if !self.field.is_empty() {
            write!(f, " ({})", self.field)?;
        }
        let shown: String = self.value.chars().take(SHOWN_CHARS_MAX).collect();
        write!(
            f,
            ": \"{}\" — expected {} / 应为：{} [{}]",
            shown.escape_debug(),
            self.expected_en,
            self.expected_zh,
            self.code
        )
    }
}

/// The faults found so far; a bound keeps a file of nothing but faults from filling the memory.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Problems {
    found: Vec<Problem>,
    more: usize,
}

impl Problems {
    /// Adds one.
    pub fn push(&mut self, problem: Problem) {
        if self.found.len() < PROBLEMS_MAX {
            self.found.push(problem);
        } else {
            self.more += 1;
        }
    }

    /// Adds all of another list.
    pub fn append(&mut self, other: Self) {
        self.more += other.more;
        other.found.into_iter().for_each(|problem| self.push(problem));
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.found.is_empty()
    }

    /// `Err(self)` unless there is none.
    pub fn none(self) -> Result<(), Self> {
        if self.is_empty() { Ok(()) } else { Err(self) }
    }
}

impl Extend<Problem> for Problems {
    fn extend<T: IntoIterator<Item = Problem>>(&mut self, problems: T) {
        problems.into_iter().for_each(|problem| self.push(problem));
    }
}

impl From<Problem> for Problems {
    fn from(problem: Problem) -> Self {
        Self { found: vec![problem], more: 0 }
    }
}

impl fmt::Display for Problems {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.found.iter().try_for_each(|problem| writeln!(f, "{problem}"))?;
        if self.more > 0 {
            writeln!(f, "… and {} more / 另有 {} 处", self.more, self.more)?;
        }
        Ok(())
    }
}
