//! `POST /imports/{kind}`: a table as the body.
use actix_web::http::header::CACHE_CONTROL;
use actix_web::{HttpRequest, HttpResponse, web};
use jicai_domain::documents::DocumentKind;
use jicai_domain::errors::Refusal;
use jicai_domain::imports::ImportKind;
use jicai_service::imports::start_import;
use serde::Serialize;

use super::Shared;
use super::documents::{described, known, receive, told};
use super::graphql::refused;

#[derive(Serialize)]
struct Begun {
    id: String,
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
    let command = described(request, Some(DocumentKind::Import))?;
    let upload = receive(payload, (request, &shared.app, &caller), command).await?;
    let id = start_import(upload, kind).await.map_err(told)?;
    Ok(Begun { id: id.to_string() })
}
