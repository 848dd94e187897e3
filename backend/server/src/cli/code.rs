//! `jicai code`.
use std::io::{self, BufRead, BufReader, Read, Write};

use clap::builder::{PossibleValuesParser, TypedValueParser};
use clap::{Args, Subcommand};
use jicai_domain::catalog::code::{Checked, CodeKind, Finding, FindingCode, Parts, check, check_as};
use serde::ser::SerializeMap;
use serde::{Serialize, Serializer};

use super::{BAD_INPUT, Failure, Format, out};
use crate::input::{Problem, Problems};

/// Bytes of the longest line that may hold a code.
const LINE_MAX: usize = 8192;

#[derive(Debug, Subcommand)]
pub(super) enum CodeCommand {
    /// Tell what codes are and whether they are well formed
    Check(CheckArgs),
}

#[derive(Debug, Args)]
#[command(after_help = "\
Knows the codes of the health-insurance authority (X, Z, T, C), standard codes (本位码), approval numbers, registrations of devices, trace codes,
GS1 keys and element strings, UDI of MA and AHM, NDC, dm+d, ATC, and the own codes of the registry (JC). It looks at the form and the check digit: whether a code was
given to anything, only the catalogue knows. A GLN, a Korean price code and the prefix of a trace code look like other numbers and are never
guessed: name them with --kind.

With --format json each code is one line:
  {\"input\",\"kind\",\"valid\",\"canonical\",\"parts\":{},\"warnings\":[],\"errors\":[{\"code\",\"position\",\"expected\"}]}
A position is that of a character, from 1. A finding has \"candidates\" where well-formed codes differ from the input in one character, or in two
neighbours that changed places. \"kind\" is null where nothing fits.

Without CODE, each line of the standard input is one.

Ends with 0, or 2 if any code is not well formed.")]
pub(super) struct CheckArgs {
    /// Codes, as typed, pasted or scanned
    #[arg(value_name = "CODE")]
    codes: Vec<String>,
    /// What the codes are meant to be, instead of telling it by their shape
    #[arg(long, value_name = "KIND", value_parser = kinds())]
    kind: Option<CodeKind>,
    /// Form of the result
    #[arg(long, value_enum, default_value_t)]
    format: Format,
}

fn kinds() -> impl TypedValueParser<Value = CodeKind> {
    let names = PossibleValuesParser::new(CodeKind::ALL.iter().map(|kind| kind.name()));
    names.try_map(|name| CodeKind::from_name(&name).ok_or("no such kind"))
}

/// What the lines are written to, and how.
struct Report<'a, W> {
    args: &'a CheckArgs,
    out: W,
    /// In the century of this year a label's two digits are read.
    year: u16,
    all_valid: bool,
}

pub(super) fn run(command: &CodeCommand) -> Result<u8, Failure> {
    let CodeCommand::Check(args) = command;
    let year = u16::try_from(jiff::Zoned::now().year()).unwrap_or_default();
    let mut report = Report { args, out: out(), year, all_valid: true };
    if args.codes.is_empty() {
        lines(BufReader::with_capacity(1 << 16, io::stdin().lock()), &mut report)?;
    }
    for code in &args.codes {
        report.of_text(code)?;
    }
    report.out.flush()?;
    Ok(if report.all_valid { 0 } else { BAD_INPUT })
}

/// Each line is a code, an empty one too. What was found out is written before more input is waited for.
fn lines<R: Read, W: Write>(mut input: BufReader<R>, report: &mut Report<'_, W>) -> Result<(), Failure> {
    let mut line = Vec::new();
    while next_line(&mut input, &mut line).map_err(unreadable)? {
        report.of_line(&line)?;
        if input.buffer().is_empty() {
            report.out.flush()?;
        }
    }
    Ok(())
}

/// Reads the next line without its end; of one that is too long one byte more than a code may have. False at the end of the input.
fn next_line<R: Read>(input: &mut BufReader<R>, line: &mut Vec<u8>) -> io::Result<bool> {
    line.clear();
    let most = u64::try_from(LINE_MAX).unwrap_or(u64::MAX).saturating_add(2);
    if input.by_ref().take(most).read_until(b'\n', line)? == 0 {
        return Ok(false);
    }
    if line.last() == Some(&b'\n') {
        line.pop();
        line.pop_if(|last| *last == b'\r');
    } else if line.len() > LINE_MAX {
        line.truncate(LINE_MAX.saturating_add(1));
        input.skip_until(b'\n')?;
    }
    Ok(true)
}

fn unreadable(error: io::Error) -> Failure {
    let expected = ("lines of text", "文本行");
    Problems::from(Problem::of_file("FILE_UNREADABLE", "standard input", error.to_string(), expected)).into()
}

impl<W: Write> Report<'_, W> {
    fn of_line(&mut self, line: &[u8]) -> Result<(), Failure> {
        if line.len() > LINE_MAX {
            let shown = String::from_utf8_lossy(line.get(..LINE_MAX).unwrap_or(line));
            let expected = ("a line of at most 8192 bytes", "每行不超过 8192 字节");
            let place = shown.chars().count().saturating_add(1);
            return self.refused(&shown, FindingCode::TooLong, place, expected);
        }
        match std::str::from_utf8(line) {
            Ok(text) => self.of_text(text),
            Err(error) => {
                let sound = line.get(..error.valid_up_to()).map(String::from_utf8_lossy).unwrap_or_default();
                let place = sound.chars().count().saturating_add(1);
                self.refused(
                    &String::from_utf8_lossy(line),
                    FindingCode::Encoding,
                    place,
                    ("UTF-8", "UTF-8 编码"),
                )
            }
        }
    }

    fn refused(
        &mut self,
        input: &str,
        code: FindingCode,
        place: usize,
        (english, chinese): (&'static str, &'static str),
    ) -> Result<(), Failure> {
        self.write(input, &Checked::refused(Finding::new(code, place, english, chinese)))
    }

    fn of_text(&mut self, text: &str) -> Result<(), Failure> {
        let checked = match self.args.kind {
            Some(kind) => check_as(kind, text),
            None => check(text),
        };
        self.write(text, &checked)
    }

    fn write(&mut self, input: &str, checked: &Checked) -> Result<(), Failure> {
        self.all_valid &= checked.code.is_some();
        match self.args.format {
            Format::Json => self.write_json(input, checked)?,
            Format::Table => self.write_text(input, checked)?,
        }
        Ok(())
    }

    fn write_json(&mut self, input: &str, checked: &Checked) -> io::Result<()> {
        let canonical = checked.code.as_ref().map(ToString::to_string);
        let line = Line {
            input,
            kind: checked.kind.map(CodeKind::name),
            valid: checked.code.is_some(),
            canonical: canonical.as_deref(),
            parts: Named { parts: &parts(checked), year: self.year },
            warnings: checked.warnings.iter().map(Told::of).collect(),
            errors: checked.errors.iter().map(Told::of).collect(),
        };
        serde_json::to_writer(&mut self.out, &line)?;
        self.out.write_all(b"\n")
    }

    fn write_text(&mut self, input: &str, checked: &Checked) -> io::Result<()> {
        let sign = if checked.code.is_some() { "✓" } else { "✗" };
        let (english, chinese) = checked.kind.map_or(("unknown", "未知"), CodeKind::title);
        writeln!(self.out, "{sign} {} · {english} {chinese}", input.escape_debug())?;
        if let Some(code) = checked.code.as_ref().map(ToString::to_string).filter(|code| code != input) {
            writeln!(self.out, "    = {code}")?;
        }
        let named = parts(checked);
        let named: Vec<_> =
            named.iter().map(|(name, value)| format!("{name} {}", value.text(self.year))).collect();
        if !named.is_empty() {
            writeln!(self.out, "    {}", named.join(", "))?;
        }
        for (sign, finding) in warned(checked) {
            let Finding { code, position, expected, candidates } = finding;
            writeln!(
                self.out,
                "    {sign} {position}: expected {} / 应为：{} [{}]",
                expected.english,
                expected.chinese,
                code.name()
            )?;
            if !candidates.is_empty() {
                writeln!(self.out, "      near / 相近：{}", candidates.join(", "))?;
            }
        }
        Ok(())
    }
}

fn parts(checked: &Checked) -> Parts {
    checked.code.as_ref().map(|code| code.parts()).unwrap_or_default()
}

fn warned(checked: &Checked) -> impl Iterator<Item = (char, &Finding)> {
    let errors = checked.errors.iter().map(|finding| ('✗', finding));
    errors.chain(checked.warnings.iter().map(|finding| ('!', finding)))
}

/// The form that programs read.
#[derive(Serialize)]
struct Line<'a> {
    input: &'a str,
    kind: Option<&'static str>,
    valid: bool,
    canonical: Option<&'a str>,
    parts: Named<'a>,
    warnings: Vec<Told<'a>>,
    errors: Vec<Told<'a>>,
}

struct Named<'a> {
    parts: &'a Parts,
    year: u16,
}

impl Serialize for Named<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.parts.len()))?;
        for (name, value) in self.parts {
            map.serialize_entry(name, &value.text(self.year))?;
        }
        map.end()
    }
}

#[derive(Serialize)]
struct Told<'a> {
    code: &'static str,
    position: usize,
    expected: &'a str,
    #[serde(skip_serializing_if = "<[String]>::is_empty")]
    candidates: &'a [String],
}

impl<'a> Told<'a> {
    fn of(finding: &'a Finding) -> Self {
        Self {
            code: finding.code.name(),
            position: finding.position,
            expected: &finding.expected.english,
            candidates: &finding.candidates,
        }
    }
}
