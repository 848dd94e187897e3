//! The rows that were not taken, as a table that can be put right and brought in again.
use bytes::Bytes;
use jicai_domain::documents::{Digest, Document, DocumentKind, FileName, MediaType};
use jicai_domain::errors::Code;
use jicai_domain::imports::Import;
use jicai_sheets::line;
use jicai_store::imports::{Rejected, rejects};
use jicai_store::{Store, documents::Writing, fresh};
use sha2::{Digest as _, Sha256};

use crate::app::App;
use crate::errors::Error;

/// Rows that are read at once.
const BATCH: i64 = 1_000;
/// What the file says beside the row as it was; none of it is a column that an import reads.
const TOLD: [&str; 6] = ["行号 line", "错误代码 code", "说明", "message", "错误列 field", "应为 expected"];

/// Writes the file of an import's rejected rows. No row tells of it yet.
pub(super) async fn write(app: &App, import: &Import, file: &Document) -> Result<Document, Error> {
    let id = fresh();
    let mut sheet = Sheet { writing: app.objects.begin(id), digest: Sha256::new(), size: 0 };
    let header = import.header.clone().unwrap_or_default();
    let names = TOLD.iter().copied().chain(header.iter().map(String::as_str));
    sheet.put(["\u{feff}".as_bytes(), &line(names)].concat()).await?;
    let mut after = 0;
    while let Some((last, lines)) = lines_after(&app.store, import, after).await? {
        sheet.put(lines).await?;
        after = last;
    }
    let Sheet { writing, digest, size } = sheet;
    writing.finish().await?;
    Ok(Document {
        id,
        organization: import.organization,
        stored_by: file.stored_by,
        kind: DocumentKind::RejectedRows,
        name: FileName::parse(&format!("{}-rejected.csv", import.id))?,
        media_type: MediaType::CsvUtf8,
        size,
        sha256: Digest::new(digest.finalize().into()),
    })
}

struct Sheet {
    writing: Writing,
    digest: Sha256,
    size: u64,
}

impl Sheet {
    async fn put(&mut self, bytes: Vec<u8>) -> Result<(), Error> {
        self.digest.update(&bytes);
        self.size = self.size.saturating_add(u64::try_from(bytes.len()).unwrap_or(u64::MAX));
        Ok(self.writing.put(Bytes::from(bytes)).await?)
    }
}

async fn lines_after(store: &Store, import: &Import, after: i64) -> Result<Option<(i64, Vec<u8>)>, Error> {
    let mut tx = store.read().await?;
    let rows = rejects(&mut tx, import.id, after, BATCH).await?;
    let last = rows.last().map(|row| row.0);
    Ok(last.map(|last| (last, rows.iter().flat_map(told).collect())))
}

fn told((number, fields, code, field, expected): &Rejected) -> Vec<u8> {
    let spec = Code::from_name(code).unwrap_or(Code::Internal).spec();
    let number = number.to_string();
    let about =
        [number.as_str(), code.as_str(), spec.chinese, spec.english, field.as_str(), expected.as_str()];
    line(about.into_iter().chain(fields.iter().map(|field| field.as_deref().unwrap_or_default())))
}
