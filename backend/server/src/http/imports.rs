//! `POST /imports/{kind}`: a table as the body.
use actix_web::http::header::CACHE_CONTROL;
use actix_web::{HttpRequest, HttpResponse, web};
use jicai_domain::documents::DocumentKind;
use jicai_domain::errors::Refusal;
use jicai_domain::ids::{Id, RoundId};
use jicai_domain::imports::ImportKind;
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
    let brought = Brought::by(&caller, kind, round(request)?)?;
    let command = described(request, Some(DocumentKind::Import))?;
    let upload = receive(payload, (request, &shared.app, &caller), command).await?;
    let id = start_import(upload, brought).await.map_err(told)?;
    Ok(Begun { id: id.to_string() })
}

fn round(request: &HttpRequest) -> Result<Option<RoundId>, Refusal> {
    let query = web::Query::<Of>::from_query(request.query_string());
    let named = query.ok().and_then(|query| query.into_inner().round);
    named.as_deref().map(RoundId::parse).transpose().map_err(|refusal| refusal.at("round"))
}
