//! Which kind of code a text is, and whether it is well formed.
use super::digits::all_digits;
use super::finding::{Finding, FindingCode};
use super::foreign::partition;
use super::udi::MA_DEVICE;
use super::{AnyCode, Clean, CodeKind, Faults};
use crate::catalog::code::number::DOMESTIC;

/// What was found out about a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Checked {
    /// What it is or most likely was meant to be.
    pub kind: Option<CodeKind>,
    /// The code, if it is well formed.
    pub code: Option<AnyCode>,
    /// What is unusual, or was put right.
    pub warnings: Vec<Finding>,
    /// Why it is not well formed.
    pub errors: Vec<Finding>,
}

impl Checked {
    /// What a text that cannot be looked at at all is: no code.
    pub fn refused(finding: Finding) -> Self {
        Self { kind: None, code: None, warnings: Vec::new(), errors: vec![finding] }
    }
}

/// Looks at a text of unknown kind.
pub fn check(text: &str) -> Checked {
    let clean = Clean::of(text);
    if clean.text().is_empty() {
        return Checked::refused(Finding::new(FindingCode::Empty, 1, "a code", "编码"));
    }
    let kinds = plausible(&clean);
    let mut fitting = kinds.iter().filter_map(|kind| kind.read(&clean).ok());
    match fitting.next() {
        Some(code) => {
            let others: Vec<CodeKind> = fitting.map(|code| code.kind()).collect();
            let mut checked = well_formed(code, &clean);
            checked.warnings.extend((!others.is_empty()).then(|| also_fits(&others, &clean)));
            checked
        }
        None => refused(&kinds, &clean),
    }
}

/// Looks at a text that is meant to be of a kind.
pub fn check_as(kind: CodeKind, text: &str) -> Checked {
    let clean = Clean::of(text);
    match kind.read(&clean) {
        Ok(code) => well_formed(code, &clean),
        Err(errors) => faulty(kind, errors, &clean),
    }
}

fn refused(kinds: &[CodeKind], clean: &Clean<'_>) -> Checked {
    match kinds.first().map(|kind| (*kind, kind.read(clean))) {
        Some((kind, Err(errors))) => faulty(kind, errors, clean),
        Some((_, Ok(code))) => well_formed(code, clean),
        None => {
            let (english, chinese) = ("a code of a known kind", "已知种类的编码");
            let warnings = clean.warnings().to_vec();
            let unknown = Finding::new(FindingCode::Unknown, clean.position(0), english, chinese);
            Checked { warnings, ..Checked::refused(unknown) }
        }
    }
}

fn faulty(kind: CodeKind, errors: Faults, clean: &Clean<'_>) -> Checked {
    Checked { kind: Some(kind), code: None, warnings: put_right(kind, clean), errors }
}

fn well_formed(code: AnyCode, clean: &Clean<'_>) -> Checked {
    let mut warnings = put_right(code.kind(), clean);
    warnings.extend(code.remarks(clean));
    Checked { kind: Some(code.kind()), code: Some(code), warnings, errors: Vec::new() }
}

/// What cleaning changed, as far as the kind makes use of it: element strings and the production data of UDIs keep small letters.
fn put_right(kind: CodeKind, clean: &Clean<'_>) -> Vec<Finding> {
    let kept_from = if kind == CodeKind::ElementString {
        0
    } else if kind == CodeKind::MaUdi {
        clean.position(MA_DEVICE)
    } else if kind == CodeKind::AhmUdi {
        let digits = clean.text().bytes().skip(2).take_while(u8::is_ascii_digit).count();
        clean.position(digits.saturating_add(2))
    } else {
        usize::MAX
    };
    let kept = |warning: &Finding| warning.code == FindingCode::CaseChanged && warning.position >= kept_from;
    clean.warnings().iter().filter(|warning| !kept(warning)).cloned().collect()
}

fn also_fits(others: &[CodeKind], clean: &Clean<'_>) -> Finding {
    let names = others.iter().map(|kind| kind.name()).collect::<Vec<_>>().join(", ");
    let english = format!("a text of one kind only; it is also well formed as {names}");
    let chinese = format!("唯一种类（亦符合 {names}）");
    Finding::new(FindingCode::AlsoFits, clean.position(0), english, chinese)
}

/// The kinds that a text may be by its shape, the likeliest first.
fn plausible(clean: &Clean<'_>) -> Vec<CodeKind> {
    let text = clean.text();
    if is_scanned(clean.cased()) {
        vec![CodeKind::ElementString]
    } else if all_digits(text) {
        plausible_digits(text)
    } else {
        plausible_chinese(text).map_or_else(|| plausible_letters(text), |kind| vec![kind])
    }
}

/// Signs of an element string that no other code has.
fn is_scanned(text: &str) -> bool {
    let signs = ["]", "(", "http://", "https://"];
    signs.iter().any(|sign| text.starts_with(sign)) || text.contains('\u{1d}')
}

fn plausible_digits(text: &str) -> Vec<CodeKind> {
    let mut kinds = match text.len() {
        8 | 12 | 13 => vec![CodeKind::Gtin],
        14 if text.starts_with("869") => vec![CodeKind::StandardCode],
        14 => vec![CodeKind::Gtin],
        15 => vec![CodeKind::NhsaService],
        18 if text.starts_with("01") => vec![CodeKind::Sscc, CodeKind::ElementString],
        18 => vec![CodeKind::Sscc],
        20 if text.starts_with("00") || text.starts_with("01") => {
            vec![CodeKind::ElementString, CodeKind::TraceCode]
        }
        16.. if text.starts_with("01") => vec![CodeKind::ElementString],
        19..=21 => vec![CodeKind::TraceCode],
        _ => Vec::new(),
    };
    if looks_like_dmd(text) {
        // A concept's shape is rare by chance where its check digit fits, so only a well-formed key of GS1 goes before it.
        let sound = kinds.first().is_some_and(|kind| kind.read(&Clean::of(text)).is_ok());
        kinds.insert(usize::from(sound), CodeKind::DmdId);
    }
    if matches!(text.len(), 10 | 11) {
        kinds.push(CodeKind::Ndc);
    }
    kinds
}

/// Concepts of the international edition have up to 10 digits, those that dm+d adds the number of its namespace.
fn looks_like_dmd(text: &str) -> bool {
    let international = (6..=10).contains(&text.len()) && partition(text) == Some("00");
    let added = text.len() <= 18
        && text
            .len()
            .checked_sub(10)
            .and_then(|at| text.get(at..))
            .is_some_and(|end| end.starts_with("1000001") && partition(end) == Some("10"));
    !text.starts_with('0') && (international || added)
}

fn plausible_chinese(text: &str) -> Option<CodeKind> {
    let words = [("械注", CodeKind::DeviceRegistration), ("械备", CodeKind::DeviceRegistration)];
    let former = [("药监械", CodeKind::DeviceRegistration), ("药管械", CodeKind::DeviceRegistration)];
    let licence = [(DOMESTIC, CodeKind::DrugApproval)];
    let found = words.into_iter().chain(former).chain(licence).find(|(word, _)| text.contains(word));
    found.map(|(_, kind)| kind).filter(|_| !text.is_ascii())
}

fn plausible_letters(text: &str) -> Vec<CodeKind> {
    let mut kinds = Vec::new();
    let length = text.chars().count();
    let letters = text.bytes().take_while(u8::is_ascii_uppercase).count();
    let after = text.get(letters..).unwrap_or_default();
    let mut consider = |looks: bool, kind: CodeKind| kinds.extend(looks.then_some(kind));
    consider((11..=15).contains(&length) && text.starts_with("JC"), CodeKind::Own);
    consider(text.starts_with("MA."), CodeKind::MaUdi);
    consider(text.starts_with("MF") && after.starts_with(|one: char| one.is_ascii_digit()), CodeKind::AhmUdi);
    consider(length >= 14 && text.starts_with('X'), CodeKind::NhsaWestern);
    consider(length >= 14 && text.starts_with('Z'), CodeKind::NhsaPatent);
    consider((8..=13).contains(&length) && text.starts_with('T'), CodeKind::NhsaPiece);
    consider(length >= 14 && text.starts_with('T'), CodeKind::NhsaGranule);
    consider(length >= 10 && text.starts_with('C') && letters == 1, CodeKind::NhsaConsumable);
    consider(matches!(letters, 1..=3) && after.len() == 8 && all_digits(after), CodeKind::DrugApproval);
    let alphanumeric = text.bytes().all(|byte| byte.is_ascii_alphanumeric());
    let begun = text.starts_with(['X', 'Z']) && has_drug_class(text);
    consider(length == 16 && letters > 0 && alphanumeric && !begun, CodeKind::NhsaPreparation);
    let class = letters == 1 && text.bytes().skip(1).take(2).filter(u8::is_ascii_digit).count() == 2;
    consider((length == 1 && letters == 1) || ((3..=7).contains(&length) && class), CodeKind::Atc);
    let hyphens = text.bytes().filter(|byte| *byte == b'-').count();
    let grouped = text.bytes().all(|byte| byte == b'-' || byte.is_ascii_digit());
    consider(grouped && hyphens == 2, CodeKind::Ndc);
    consider(letters == 0 && text.starts_with("01") && length > 16, CodeKind::ElementString);
    kinds
}

/// Whether the kind's letter is followed by a class of drugs: a letter, two digits, two letters.
fn has_drug_class(text: &str) -> bool {
    let class = text.as_bytes().get(1..6);
    matches!(class, Some([b'A'..=b'Z', b'0'..=b'9', b'0'..=b'9', b'A'..=b'Z', b'A'..=b'Z']))
}
