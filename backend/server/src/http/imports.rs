//! `POST /imports/{kind}`: a table as the body.
use actix_web::http::header::CACHE_CONTROL;
use actix_web::{HttpRequest, HttpResponse, web};
use jicai_domain::catalog::release::ReleaseHead;
use jicai_domain::documents::DocumentKind;
use jicai_domain::errors::{Code, Refusal};
use jicai_domain::ids::{Id, RoundId};
use jicai_domain::imports::ImportKind;
use jicai_domain::time::Day;
use jicai_service::imports::{Brought, start_import};
use serde::{Deserialize, Serialize};

use super::Shared;
use super::documents::{described, known, receive, told};
use super::graphql::refused;

#[derive(Serialize)]
struct Begun {
    id: String,
}

/// What the query of an import says beside the file.
#[derive(Deserialize)]
struct Of {
    round: Option<String>,
    source: Option<String>,
    label: Option<String>,
    cutoff: Option<String>,
    effective: Option<String>,
    url: Option<String>,
    licence: Option<String>,
    rows: Option<String>,
}

pub(super) async fn begin(
    request: HttpRequest,
    kind: web::Path<String>,
    payload: web::Payload,
    shared: web::Data<Shared>,
) -> HttpResponse {
    match begun(&request, &kind, payload, &shared).await {
        Ok(begun) => HttpResponse::Created().insert_header((CACHE_CONTROL, "no-store")).json(begun),
        Err(refusal) => refused(&refusal),
    }
}

async fn begun(
    request: &HttpRequest,
    kind: &str,
    payload: web::Payload,
    shared: &Shared,
) -> Result<Begun, Refusal> {
    let caller = known(request, shared).await?;
    let kind = ImportKind::parse(kind)?;
    let brought = Brought::by(&caller, kind, (round(request)?, release(request)?), whole(request)?)?;
    let command = described(request, Some(DocumentKind::Import))?;
    let upload = receive(payload, (request, &shared.app, &caller), command).await?;
    let id = start_import(upload, brought).await.map_err(told)?;
    Ok(Begun { id: id.to_string() })
}

fn round(request: &HttpRequest) -> Result<Option<RoundId>, Refusal> {
    let named = said(request).and_then(|said| said.round);
    named.as_deref().map(RoundId::parse).transpose().map_err(|refusal| refusal.at("round"))
}

/// Whether a row that is wrong keeps out every other one, where the query says.
fn whole(request: &HttpRequest) -> Result<Option<bool>, Refusal> {
    match said(request).and_then(|said| said.rows).as_deref() {
        None => Ok(None),
        Some("all") => Ok(Some(true)),
        Some("each") => Ok(Some(false)),
        Some(_) => Err(Refusal::of(Code::UploadInvalid).at("rows").allowing("all, each")),
    }
}

/// What the query says of a release; none where it names no source.
fn release(request: &HttpRequest) -> Result<Option<ReleaseHead>, Refusal> {
    let Some(Of { source: Some(source), label, cutoff, effective, url, licence, .. }) = said(request) else {
        return Ok(None);
    };
    let wrong = |field| Refusal::of(Code::ReleaseInvalid).at(field).allowing("YYYY-MM-DD");
    let day = |text: &str, field| Day::parse(text).ok_or_else(|| wrong(field));
    let cutoff_on = day(cutoff.as_deref().unwrap_or_default(), "cutoff")?;
    Ok(Some(ReleaseHead {
        source,
        label: label.unwrap_or_default(),
        cutoff_on,
        effective_on: effective.as_deref().map(|text| day(text, "effective")).transpose()?,
        source_url: url,
        licence: licence.unwrap_or_default(),
    }))
}

fn said(request: &HttpRequest) -> Option<Of> {
    web::Query::<Of>::from_query(request.query_string()).ok().map(web::Query::into_inner)
}
