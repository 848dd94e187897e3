//! Storing a file that arrives in pieces.
use bytes::{Bytes, BytesMut};
use jicai_domain::audit::{Act, IdempotencyKey};
use jicai_domain::documents::{
    DOCUMENTS_BEFORE_APPROVAL_MAX, Digest, Document, DocumentKind, FileName, MediaType, StoredBy,
};
use jicai_domain::errors::{Code, Refusal};
use jicai_domain::identity::{Caller, Permission, Scope, Version, Who};
use jicai_domain::ids::DocumentId;
use jicai_domain::imports::ImportKind;
use jicai_sheets::{Charset, CharsetProbe};
use jicai_store::audit::record;
use jicai_store::documents::{self as rows, Writing};
use jicai_store::fresh;
use sha2::{Digest as _, Sha256};

use crate::app::App;
use crate::audit::{Changed, actor, keyed, once};
use crate::errors::Error;

/// How much of a file is looked at to tell what it is.
const HEAD_BYTES: usize = 8 * 1024;

/// A file to be stored.
pub struct StoreDocument {
    /// What it is for.
    pub kind: DocumentKind,
    /// What it is called.
    pub name: FileName,
    /// The key of the request.
    pub key: IdempotencyKey,
}

/// A file on its way. Nothing of it is visible until it is finished.
pub struct Upload<'a> {
    app: &'a App,
    caller: &'a Caller,
    command: StoreDocument,
    id: DocumentId,
    state: State,
    digest: Sha256,
    size: u64,
    /// Tells how text is written; asked where the file is a table.
    charset: CharsetProbe,
}

/// A file that has arrived whole, of which no row tells yet.
pub(crate) struct Arrived<'a> {
    pub(crate) app: &'a App,
    pub(crate) caller: &'a Caller,
    pub(crate) document: Document,
    pub(crate) key: IdempotencyKey,
}

enum State {
    /// Too little has arrived to tell what it is; nothing is written.
    Unknown(BytesMut),
    /// It is of an allowed type and is being written.
    Known(MediaType, Writing),
}

/// Begins to store a file for the caller's organization. Errors: `FORBIDDEN`, `DOCUMENT_LIMIT`.
pub async fn begin_upload<'a>(
    app: &'a App,
    caller: &'a Caller,
    command: StoreDocument,
) -> Result<Upload<'a>, Error> {
    let scope = scope(caller, command.kind)?;
    if !caller.approved {
        let mut tx = app.store.read().await?;
        if rows::count(&mut tx, &scope).await? >= u64::from(DOCUMENTS_BEFORE_APPROVAL_MAX) {
            let most = DOCUMENTS_BEFORE_APPROVAL_MAX.to_string();
            return Err(Refusal::of(Code::DocumentLimit).allowing(most).into());
        }
    }
    let state = State::Unknown(BytesMut::new());
    Ok(Upload {
        app,
        caller,
        command,
        id: fresh(),
        state,
        digest: Sha256::new(),
        size: 0,
        charset: CharsetProbe::default(),
    })
}

/// What the caller may store such a document for. Which tables somebody may bring in says the import.
fn scope(caller: &Caller, kind: DocumentKind) -> Result<Scope, Refusal> {
    match kind {
        DocumentKind::Licence => caller.require(Permission::OwnRegistration),
        DocumentKind::Round => caller.require(Permission::PublishRounds),
        DocumentKind::Qualification => caller.require(Permission::ApplyForRounds),
        DocumentKind::Import | DocumentKind::RejectedRows => {
            let mut scopes = ImportKind::ALL.iter().filter_map(|kind| kind.scope(caller).ok());
            scopes.next().ok_or(Refusal::of(Code::Forbidden))
        }
    }
}

/// A program stores nothing but tables; which ones says the import. Errors: `FORBIDDEN`.
fn stored_by(caller: &Caller, kind: DocumentKind) -> Result<StoredBy, Refusal> {
    match caller.who {
        Who::Client { client, .. } if kind == DocumentKind::Import => Ok(StoredBy::Client(client)),
        Who::User { .. } | Who::Client { .. } => Ok(StoredBy::User(caller.user()?)),
    }
}

impl<'a> Upload<'a> {
    /// The next bytes. Errors: `BODY_TOO_LARGE`, `DOCUMENT_TYPE`.
    pub async fn put(&mut self, bytes: Bytes) -> Result<(), Error> {
        let most = self.command.kind.bytes_max();
        self.size = self.size.saturating_add(u64::try_from(bytes.len()).unwrap_or(u64::MAX));
        if self.size > most {
            return Err(Refusal::of(Code::BodyTooLarge).allowing(format!("{most} bytes")).into());
        }
        self.digest.update(&bytes);
        if self.command.kind == DocumentKind::Import {
            self.charset.push(&bytes);
        }
        match &mut self.state {
            State::Known(_, writing) => Ok(writing.put(bytes).await?),
            State::Unknown(head) => {
                head.extend_from_slice(&bytes);
                if head.len() < HEAD_BYTES { Ok(()) } else { self.look().await.map(|_media_type| ()) }
            }
        }
    }

    /// Those were all: makes the document visible, once for a key. Errors: `DOCUMENT_TYPE`, `IDEMPOTENCY_CONFLICT`.
    pub async fn finish(self) -> Result<Document, Error> {
        let arrived = self.arrive().await?;
        let stored = store(&arrived).await;
        arrived.settle(stored.as_ref().map(|changed| changed.id == arrived.document.id)).await;
        stored.map(|changed| Document { id: changed.id, ..arrived.document })
    }

    /// It does not come to its end: nothing is left of it.
    pub async fn abandon(self) {
        if let State::Known(_, writing) = self.state
            && let Err(error) = writing.abandon().await
        {
            tracing::warn!(%error, document = %self.id, "an upload could not be abandoned");
        }
    }

    /// Finishes the bytes. Errors: `DOCUMENT_TYPE`.
    pub(crate) async fn arrive(mut self) -> Result<Arrived<'a>, Error> {
        let looked = self.look().await?;
        let (text, charset) = (matches!(looked, MediaType::CsvUtf8), self.charset.finish());
        let media_type = if text { self.command.kind.admit(charset.map(csv)) } else { Ok(looked) };
        match (self.state, &media_type) {
            (State::Known(_, writing), Ok(_)) => writing.finish().await?,
            (State::Known(_, writing), Err(_)) => writing.abandon().await?,
            (State::Unknown(_), _) => {}
        }
        let document = Document {
            id: self.id,
            organization: self.caller.organization,
            stored_by: stored_by(self.caller, self.command.kind)?,
            kind: self.command.kind,
            name: self.command.name,
            media_type: media_type?,
            size: self.size,
            sha256: Digest::new(self.digest.finalize().into()),
        };
        Ok(Arrived { app: self.app, caller: self.caller, document, key: self.command.key })
    }

    /// Tells the type of the content, once, and begins to write.
    async fn look(&mut self) -> Result<MediaType, Error> {
        let head = match &mut self.state {
            State::Known(media_type, _) => return Ok(*media_type),
            State::Unknown(head) => head.split().freeze(),
        };
        let media_type = self.command.kind.admit(media_type_of(self.command.kind, &head))?;
        let mut writing = self.app.objects.begin(self.id);
        writing.put(head).await?;
        self.state = State::Known(media_type, writing);
        Ok(media_type)
    }
}

/// What the content begins like. Readers of PDF find its header somewhere in the first kilobyte, and so does `infer`; what
/// begins with something else would be that to another program.
fn media_type_of(kind: DocumentKind, head: &[u8]) -> Option<MediaType> {
    let found = infer::get(head);
    if kind == DocumentKind::Import {
        let text = found.is_none() && !head.is_empty() && !head.contains(&0);
        return if text { Some(MediaType::CsvUtf8) } else { workbook(head) };
    }
    let found = found.and_then(|found| MediaType::from_name(found.mime_type()));
    found.filter(|media_type| *media_type != MediaType::Pdf || head.starts_with(b"%PDF-"))
}

fn workbook(head: &[u8]) -> Option<MediaType> {
    let zipped = if head.starts_with(b"PK") { MediaType::Xlsx } else { MediaType::Xls };
    jicai_sheets::is_excel(head).then_some(zipped)
}

const fn csv(charset: Charset) -> MediaType {
    match charset {
        Charset::Utf8 => MediaType::CsvUtf8,
        Charset::Gb18030 => MediaType::CsvGb18030,
    }
}

async fn store(arrived: &Arrived<'_>) -> Result<Changed<DocumentId>, Error> {
    let Arrived { app, caller, document, key } = arrived;
    let keyed =
        keyed(app, Some(caller), key, "store_document", &said(document, &document.sha256.to_string()));
    once(app, &keyed, async |tx| {
        rows::add(tx, document).await?;
        let answer = Changed { id: document.id, version: Version::FIRST };
        Ok(record(tx, actor(caller), stored(document), answer).await?)
    })
    .await
}

/// What a request that brings a file says.
pub(crate) fn said<'a>(document: &'a Document, sha256: &'a str) -> [&'a str; 3] {
    [document.kind.label(), document.name.as_str(), sha256]
}

/// What the log tells of a stored file.
pub(crate) fn stored(document: &Document) -> Act {
    Act::new("DocumentStored", document.id)
        .concerning(document.organization)
        .with("kind", document.kind.label())
        .with("name", document.name.as_str())
        .with("mediaType", document.media_type.name())
        .with("size", document.size)
        .with("sha256", document.sha256)
}

impl Arrived<'_> {
    /// After the change that was to tell of the file: whether it does, or why not.
    pub(crate) async fn settle(&self, told: Result<bool, &Error>) {
        match told {
            Ok(true) => {}
            // A repetition, or refused for certain: no row names these bytes. Where the outcome is not known, they stay.
            Ok(false) | Err(Error::Refused(_)) => forget(self.app, self.document.id).await,
            Err(Error::Store(_) | Error::Broken(_)) => {}
        }
    }
}

async fn forget(app: &App, id: DocumentId) {
    if let Err(error) = app.objects.remove(id).await {
        tracing::warn!(%error, document = %id, "bytes that no row names could not be removed");
    }
}
