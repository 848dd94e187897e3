//! What the commands of custodians and bidders share: files that are read as one thing, files that are made and never overwritten.
use std::fs::{DirBuilder, File, OpenOptions};
use std::io::{ErrorKind, Read, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::Path;

use jicai_domain::ids::Id;
use jicai_seal::{Ceremony, CustodianKey, CustodianPublic, SealError};
use zeroize::Zeroizing;

use crate::input::{Problem, Problems};

/// The longest file of a key, a ceremony, a share or an envelope.
const BYTES_MAX: u64 = 1 << 20;

/// Who may read a new file.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Readers {
    Owner,
    Everybody,
}

/// Makes a file that was not there. Faults: `FILE_EXISTS`, `FILE_UNWRITABLE`.
pub(super) fn create(path: &Path, bytes: &[u8], readers: Readers) -> Result<(), Problems> {
    let mode = if readers == Readers::Owner { 0o600 } else { 0o644 };
    let opened = OpenOptions::new().write(true).create_new(true).mode(mode).open(path);
    let mut file = opened.map_err(|error| unwritable(path, &error))?;
    file.write_all(bytes).and_then(|()| file.sync_all()).map_err(|error| unwritable(path, &error))
}

/// Makes a folder that only its owner enters, where there is none. Faults: `FILE_UNWRITABLE`.
pub(super) fn create_folder(path: &Path) -> Result<(), Problems> {
    let made = DirBuilder::new().recursive(true).mode(0o700).create(path);
    made.map_err(|error| unwritable(path, &error))
}

fn unwritable(path: &Path, error: &std::io::Error) -> Problems {
    let name = path.display().to_string();
    let problem = if error.kind() == ErrorKind::AlreadyExists {
        let expected =
            ("a name that no file has yet; nothing is overwritten", "尚不存在的文件名；不会覆盖任何文件");
        Problem::of_file("FILE_EXISTS", &name, "", expected)
    } else {
        Problem::of_file("FILE_UNWRITABLE", &name, error.to_string(), ("a place to write to", "可写入的位置"))
    };
    problem.into()
}

/// The bytes of a file, which are wiped. Faults: `FILE_UNREADABLE`, `FILE_TOO_LARGE`.
pub(super) fn bytes(path: &Path) -> Result<Zeroizing<Vec<u8>>, Problems> {
    let name = path.display().to_string();
    let mut bytes = Zeroizing::new(Vec::new());
    let read = File::open(path).and_then(|file| file.take(BYTES_MAX + 1).read_to_end(&mut bytes));
    let read = read.map_err(|error| {
        Problem::of_file("FILE_UNREADABLE", &name, error.to_string(), ("a readable file", "可读取的文件"))
    })?;
    if u64::try_from(read).is_ok_and(|read| read <= BYTES_MAX) {
        return Ok(bytes);
    }
    let expected = ("at most 1048576 bytes", "不超过 1048576 字节");
    Err(Problem::of_file("FILE_TOO_LARGE", &name, "", expected).into())
}

/// Reads a file as one thing. Faults: those of `bytes`, and what the parser found.
pub(super) fn read<T>(path: &Path, parse: impl FnOnce(&str) -> Result<T, SealError>) -> Result<T, Problems> {
    let bytes = bytes(path)?;
    // What is no text has no form either.
    let text = std::str::from_utf8(&bytes).unwrap_or_default();
    parse(text).map_err(|error| at(path, error))
}

/// A fault of a file.
pub(super) fn at(path: &Path, error: SealError) -> Problems {
    of(&path.display().to_string(), error)
}

/// A fault of an option.
pub(super) fn of(name: &str, error: SealError) -> Problems {
    let (english, chinese) = error.expected();
    Problem::of_file(error.code(), name, "", (&english, &chinese)).into()
}

/// A custodian's key and the ceremony that names it.
pub(super) fn key_and_ceremony(key: &Path, ceremony: &Path) -> Result<(CustodianKey, Ceremony), Problems> {
    let read_key = read(key, CustodianKey::parse);
    match (read_key, read(ceremony, Ceremony::parse)) {
        (Ok(key), Ok(ceremony)) => Ok((key, ceremony)),
        (key, ceremony) => {
            let mut problems = Problems::default();
            key.err().into_iter().chain(ceremony.err()).for_each(|faults| problems.append(faults));
            Err(problems)
        }
    }
}

/// Public lines of custodians, one a line; empty lines and such as begin with `#` are left out.
pub(super) fn custodians(path: &Path) -> Result<Vec<CustodianPublic>, Problems> {
    let name = path.display().to_string();
    let bytes = bytes(path)?;
    let text = std::str::from_utf8(&bytes).unwrap_or_default();
    let (mut found, mut problems) = (Vec::new(), Problems::default());
    let lines = text.lines().zip(1..).filter(|(line, _)| !line.trim().is_empty() && !line.starts_with('#'));
    for (line, number) in lines {
        match CustodianPublic::parse(line) {
            Ok(public) => found.push(public),
            Err(error) => {
                let (english, chinese) = error.expected();
                let problem = Problem::of_file(error.code(), &name, line, (&english, &chinese));
                problems.push(problem.at(number, 0, ""));
            }
        }
    }
    if found.is_empty() && problems.is_empty() {
        let expected = ("public lines of custodians, one a line", "保管人公钥行，每行一位");
        problems.push(Problem::of_file("FILE_EMPTY", &name, "", expected));
    }
    problems.none().map(|()| found)
}

/// An id given as an option. Fault: `ID_MALFORMED`.
pub(super) fn id<T: Id>(option: &str, text: &str) -> Result<T, Problems> {
    T::parse(text).map_err(|refusal| {
        let expected = format!("{}_ and 32 hex digits", T::PREFIX);
        let chinese = format!("{}_ 加 32 位十六进制数字", T::PREFIX);
        Problem::of_file(refusal.code.spec().name, option, text, (&expected, &chinese)).into()
    })
}
