//! The file of a backup: written beside its name and renamed when it is whole, read from its beginning to its end.
use std::fs::File;
use std::io::{self, BufReader, BufWriter, Read, Write};
use std::path::{Path, PathBuf};

use flate2::Compression;
use flate2::read::GzDecoder;
use flate2::write::GzEncoder;
use jicai_domain::audit::hex;
use sha2::{Digest, Sha256};
use tempfile::NamedTempFile;

use super::manifest::{FORMAT, Manifest, NAME, Part};
use super::{BackupError, folder_of, input};

/// A backup that is being written.
pub(super) struct Writer {
    tar: tar::Builder<GzEncoder<BufWriter<NamedTempFile>>>,
    parts: Vec<Part>,
    file: PathBuf,
}

impl Writer {
    /// Begins a file that only its owner may read.
    pub(super) fn create(file: &Path) -> io::Result<Writer> {
        let unfinished = tempfile::Builder::new().prefix(".jicai-backup-").tempfile_in(folder_of(file))?;
        // The dump is compressed already, documents mostly are.
        let packed = GzEncoder::new(BufWriter::new(unfinished), Compression::fast());
        Ok(Writer { tar: tar::Builder::new(packed), parts: Vec::new(), file: file.to_owned() })
    }

    pub(super) fn add(&mut self, name: &str, source: impl Read, bytes: u64) -> io::Result<()> {
        let mut source = Digested::of(source.take(bytes));
        self.tar.append_data(&mut header(bytes), name, &mut source)?;
        let part = source.part(name);
        if part.bytes != bytes {
            return Err(io::Error::other(format!("{name} changed while it was read")));
        }
        self.parts.push(part);
        Ok(())
    }

    /// Writes the manifest with the digests and makes the file appear; how long it is.
    pub(super) fn finish(mut self, mut manifest: Manifest) -> Result<u64, BackupError> {
        manifest.parts = self.parts;
        let text = serde_json::to_vec_pretty(&manifest)?;
        self.tar.append_data(&mut header(u64::try_from(text.len())?), NAME, text.as_slice())?;
        let mut unfinished = self.tar.into_inner()?.finish()?;
        unfinished.flush()?;
        let file = unfinished.into_inner()?.persist(&self.file)?;
        file.sync_all()?;
        File::open(folder_of(&self.file))?.sync_all()?;
        Ok(file.metadata()?.len())
    }
}

fn header(bytes: u64) -> tar::Header {
    let mut header = tar::Header::new_gnu();
    header.set_size(bytes);
    header.set_mode(0o600);
    header.set_mtime(0);
    header
}

/// Reads the whole file and compares every part with the manifest, before anybody relies on one of them.
pub(super) fn check(file: &Path) -> Result<Manifest, BackupError> {
    let mut text = Vec::new();
    let parts = each(file, |name, part| {
        if name == NAME {
            text.clear();
            part.read_to_end(&mut text)?;
        }
        Ok(())
    })?;
    let damaged = |what: &str| input(format!("{}: {what}", file.display()));
    if parts.last().is_none_or(|part| part.name != NAME) {
        return damaged("has no manifest at its end: it is not a whole backup");
    }
    let manifest: Manifest = match serde_json::from_slice(&text) {
        Ok(manifest) => manifest,
        Err(error) => return damaged(&format!("is damaged in the part {NAME}: {error}")),
    };
    if manifest.format != FORMAT {
        return damaged(&format!("has format {}; this program reads format {FORMAT}", manifest.format));
    }
    match difference(&manifest.parts, parts.get(..parts.len().saturating_sub(1)).unwrap_or_default()) {
        Some(difference) => damaged(&difference),
        None => Ok(manifest),
    }
}

/// How the parts differ from those of the manifest, if they do.
pub(super) fn difference(promised: &[Part], found: &[Part]) -> Option<String> {
    if promised.len() != found.len() {
        return Some(format!("holds {} parts instead of {}", found.len(), promised.len()));
    }
    let (promised, _found) = promised.iter().zip(found).find(|(promised, found)| promised != found)?;
    Some(format!("is damaged in the part {}: its content is not that of its SHA-256", promised.name))
}

/// Visits the parts in their order, and reads of each what the visitor leaves.
pub(super) fn each(
    file: &Path,
    mut visit: impl FnMut(&str, &mut dyn Read) -> Result<(), BackupError>,
) -> Result<Vec<Part>, BackupError> {
    let named = |what: String| BackupError::Input(format!("{}: {what}", file.display()));
    let packed = BufReader::new(File::open(file).map_err(|error| named(error.to_string()))?);
    let mut tar = tar::Archive::new(GzDecoder::new(packed));
    let mut parts: Vec<Part> = Vec::new();
    for entry in tar.entries()? {
        let after = parts.last().map_or("the beginning", |part| &part.name);
        let mut entry = entry.map_err(|error| named(format!("is damaged after {after}: {error}")))?;
        let name = name_of(&entry).ok_or_else(|| named(format!("holds a strange name after {after}")))?;
        let mut part = Digested::of(&mut entry);
        let visited = visit(&name, &mut part);
        let _told_below = io::copy(&mut part, &mut io::sink());
        if let Some(fault) = &part.fault {
            return Err(named(format!("is damaged in the part {name}: {fault}")));
        }
        visited?;
        let part = part.part(&name);
        parts.push(part);
    }
    // What follows the last part has to fit the checksum of the whole.
    io::copy(&mut tar.into_inner(), &mut io::sink())
        .map_err(|error| named(format!("is damaged at its end: {error}")))?;
    Ok(parts)
}

/// The name of a plain file that lies where a backup's files lie.
fn name_of(entry: &tar::Entry<'_, impl Read>) -> Option<String> {
    let path = entry.path().ok()?;
    let plain = path.components().all(|part| matches!(part, std::path::Component::Normal(_)));
    (plain && entry.header().entry_type().is_file()).then(|| path.to_str().map(str::to_owned))?
}

/// Digests what is read through it, and remembers why it could not be read.
struct Digested<R> {
    source: R,
    fault: Option<String>,
    sha256: Sha256,
    bytes: u64,
}

impl<R: Read> Digested<R> {
    fn of(source: R) -> Digested<R> {
        Digested { source, fault: None, sha256: Sha256::new(), bytes: 0 }
    }

    fn part(self, name: &str) -> Part {
        Part { name: name.to_owned(), bytes: self.bytes, sha256: hex(&self.sha256.finalize()) }
    }
}

impl<R: Read> Read for Digested<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.source.read(buffer);
        if let Err(error) = &read {
            self.fault = Some(error.to_string());
        }
        let count = read?;
        self.sha256.update(buffer.get(..count).unwrap_or_default());
        self.bytes = self.bytes.saturating_add(u64::try_from(count).map_err(io::Error::other)?);
        Ok(count)
    }
}
