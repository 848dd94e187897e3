//! `POST /documents` and `GET /documents/{id}`: files as they are, not wrapped in a form.
use std::time::Duration;

use actix_web::body::SizedStream;
use actix_web::http::StatusCode;
use actix_web::http::header::{
    CACHE_CONTROL, CONTENT_LENGTH, CONTENT_SECURITY_POLICY, CONTENT_TYPE, Charset, ContentDisposition,
    DispositionParam, DispositionType, ExtendedValue,
};
use actix_web::{HttpRequest, HttpResponse, web};
use futures_util::StreamExt;
use jicai_domain::audit::IdempotencyKey;
use jicai_domain::documents::{Document, DocumentKind, FileName};
use jicai_domain::errors::{Class, Code, Refusal};
use jicai_domain::identity::Caller;
use jicai_domain::ids::{DocumentId, Id};
use jicai_service::documents::{Chunks, StoreDocument, Upload, begin_upload, contents};
use jicai_service::{App, Error};
use serde::{Deserialize, Serialize};

use super::Shared;
use super::graphql::{admitted, refused};

/// For how long an upload may send nothing.
const SILENCE: Duration = Duration::from_secs(30);

/// What the query of an upload says of the file.
#[derive(Deserialize)]
struct Description {
    #[serde(default)]
    kind: String,
    name: String,
}

/// What is told of a stored file.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Stored {
    id: String,
    sha256: String,
    size: u64,
    media_type: &'static str,
}

pub(super) async fn store(
    request: HttpRequest,
    payload: web::Payload,
    shared: web::Data<Shared>,
) -> HttpResponse {
    match stored(&request, payload, &shared).await {
        Ok(stored) => HttpResponse::Created().insert_header((CACHE_CONTROL, "no-store")).json(stored),
        Err(refusal) => refused(&refusal),
    }
}

async fn stored(request: &HttpRequest, payload: web::Payload, shared: &Shared) -> Result<Stored, Refusal> {
    let caller = known(request, shared).await?;
    let upload = receive(payload, (request, &shared.app, &caller), described(request, None)?).await?;
    let Document { id, size, sha256, media_type, .. } = upload.finish().await.map_err(told)?;
    Ok(Stored { id: id.to_string(), sha256: sha256.to_string(), size, media_type: media_type.name() })
}

pub(super) async fn known(request: &HttpRequest, shared: &Shared) -> Result<Caller, Refusal> {
    admitted(request, shared).await?.ok_or(Refusal::of(Code::Unauthenticated))
}

/// What is to be stored; of which kind, where that is known already.
pub(super) fn described(request: &HttpRequest, kind: Option<DocumentKind>) -> Result<StoreDocument, Refusal> {
    let described = web::Query::<Description>::from_query(request.query_string());
    let Description { kind: label, name } = described
        .map_err(|_unreadable| Refusal::of(Code::UploadInvalid).allowing("?kind=LICENCE&name=licence.pdf"))?
        .into_inner();
    let key = request.headers().get("idempotency-key").and_then(|key| key.to_str().ok()).unwrap_or_default();
    Ok(StoreDocument {
        kind: kind.map_or_else(|| DocumentKind::parse(&label), Ok)?,
        name: FileName::parse(&name)?,
        key: IdempotencyKey::parse(key)?,
    })
}

/// Refuses what says itself that it is too large, before it is sent.
fn fits(request: &HttpRequest, kind: DocumentKind) -> Result<(), Refusal> {
    let announced =
        request.headers().get(CONTENT_LENGTH).and_then(|length| length.to_str().ok()?.parse().ok());
    let most = kind.bytes_max();
    if announced.is_none_or(|announced: u64| announced <= most) {
        Ok(())
    } else {
        Err(Refusal::of(Code::BodyTooLarge).allowing(format!("{most} bytes")))
    }
}

/// The file, whole, or nothing of it.
pub(super) async fn receive<'a>(
    payload: web::Payload,
    (request, app, caller): (&HttpRequest, &'a App, &'a Caller),
    command: StoreDocument,
) -> Result<Upload<'a>, Refusal> {
    fits(request, command.kind)?;
    let mut upload = begin_upload(app, caller, command).await.map_err(told)?;
    match pour(payload, &mut upload).await {
        Ok(()) => Ok(upload),
        Err(refusal) => {
            upload.abandon().await;
            Err(refusal)
        }
    }
}

async fn pour(mut payload: web::Payload, upload: &mut Upload<'_>) -> Result<(), Refusal> {
    loop {
        let arrived = tokio::time::timeout(SILENCE, payload.next()).await;
        match arrived.map_err(|_silence| Refusal::of(Code::UploadInvalid))? {
            None => return Ok(()),
            Some(Ok(bytes)) => upload.put(bytes).await.map_err(told)?,
            Some(Err(_cut)) => return Err(Refusal::of(Code::UploadInvalid)),
        }
    }
}

pub(super) async fn read(
    request: HttpRequest,
    id: web::Path<String>,
    shared: web::Data<Shared>,
) -> HttpResponse {
    match found(&request, &id, &shared).await {
        Ok((document, chunks)) => download(&document, chunks),
        Err(refusal) => refused(&refusal),
    }
}

async fn found(request: &HttpRequest, id: &str, shared: &Shared) -> Result<(Document, Chunks), Refusal> {
    let caller = admitted(request, shared).await?;
    let id = DocumentId::parse(id).map_err(|refusal| refusal.at("id"))?;
    contents(&shared.app, caller.as_ref(), id).await.map_err(told)
}

/// A file to be kept, never a page to be shown: whoever stored it is not trusted with the browser of whoever reads it.
fn download(document: &Document, chunks: Chunks) -> HttpResponse {
    HttpResponse::build(StatusCode::OK)
        .insert_header((CONTENT_TYPE, document.media_type.name()))
        .insert_header(attachment(document.name.as_str()))
        .insert_header((CONTENT_SECURITY_POLICY, "default-src 'none'; sandbox"))
        .insert_header((CACHE_CONTROL, "private, no-store"))
        .body(SizedStream::new(document.size, chunks))
}

/// The name in ASCII for what knows nothing else, and in UTF-8 as RFC 6266 and RFC 8187 write it.
fn attachment(name: &str) -> ContentDisposition {
    let plain = |one: char| if one.is_ascii() && !matches!(one, '"' | '%') { one } else { '_' };
    let extended = ExtendedValue {
        charset: Charset::Ext("UTF-8".to_owned()),
        language_tag: None,
        value: name.as_bytes().to_vec(),
    };
    ContentDisposition {
        disposition: DispositionType::Attachment,
        parameters: vec![
            DispositionParam::Filename(name.chars().map(plain).collect()),
            DispositionParam::FilenameExt(extended),
        ],
    }
}

pub(super) fn told(error: Error) -> Refusal {
    let refusal = error.refusal();
    if matches!(refusal.code.spec().class, Class::Internal | Class::Unavailable) {
        tracing::error!(code = refusal.code.spec().name, error = ?error, "a document could not be handled");
    }
    refusal
}
