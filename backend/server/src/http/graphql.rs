//! `POST /graphql`.
use actix_web::http::StatusCode;
use actix_web::http::header::{AUTHORIZATION, CACHE_CONTROL, CONTENT_TYPE, RETRY_AFTER};
use actix_web::{HttpMessage, HttpRequest, HttpResponse, web};
use jicai_domain::errors::{Class, Code, Refusal};
use jicai_domain::identity::Caller;
use jicai_graphql::{Answer, BODY_BYTES_MAX, answer, rejection};
use jicai_service::App;
use jicai_service::identity::authenticate_for;

use super::{RequestName, Shared};

pub(super) async fn graphql(
    request: HttpRequest,
    payload: web::Payload,
    shared: web::Data<Shared>,
) -> HttpResponse {
    match answered(&request, payload, &shared).await {
        Ok(Answer { json, rejected }) => {
            let status = rejected.map_or(StatusCode::OK, |refusal| status_of(&refusal));
            respond(status, json)
        }
        Err(refusal) => refused(&refusal),
    }
}

/// The answer to a request of which nothing was executed.
pub(super) fn refused(refusal: &Refusal) -> HttpResponse {
    let mut response = respond(status_of(refusal), rejection(refusal));
    if let Some(seconds) = refusal.retry_after {
        response.headers_mut().insert(RETRY_AFTER, seconds.into());
    }
    response
}

async fn answered(request: &HttpRequest, payload: web::Payload, shared: &Shared) -> Result<Answer, Refusal> {
    let json = request.content_type().eq_ignore_ascii_case("application/json");
    if !json {
        return Err(Refusal::of(Code::RequestInvalid).allowing("application/json"));
    }
    let too_large = || Refusal::of(Code::BodyTooLarge).allowing(format!("{BODY_BYTES_MAX} bytes"));
    let body = payload.to_bytes_limited(BODY_BYTES_MAX).await.map_err(|_limit| too_large())?;
    let body = body.map_err(|_broken| Refusal::of(Code::RequestInvalid))?;
    let caller = admitted(request, shared).await?;
    let name = request.extensions().get::<RequestName>().map(|name| name.0.clone()).unwrap_or_default();
    Ok(answer(&shared.api, &shared.app, caller, (&body, &name), shared.open).await)
}

/// Who asks, unless they ask too much. Whoever proves to be nobody counts as the address that they ask from.
pub(super) async fn admitted(request: &HttpRequest, shared: &Shared) -> Result<Option<Caller>, Refusal> {
    let caller = caller(request, shared).await;
    if let Ok(Some(caller)) = &caller {
        shared.limits.admit_caller(caller).await?;
    } else {
        shared.admit_address(request).await?;
    }
    caller
}

/// Who asks; nobody without an `Authorization` header. A header that proves nobody is refused.
pub(super) async fn caller(request: &HttpRequest, shared: &Shared) -> Result<Option<Caller>, Refusal> {
    let Some(header) = request.headers().get(AUTHORIZATION) else { return Ok(None) };
    let text = header.to_str().map_err(|_letters| Refusal::of(Code::TokenInvalid))?;
    Ok(Some(prove(&shared.app, text).await?.0))
}

/// Who shows `Bearer` and an access token, and for how many seconds it is good.
pub(super) async fn prove(app: &App, shown: &str) -> Result<(Caller, u64), Refusal> {
    let unverified = shown.strip_prefix("Bearer ").ok_or(Refusal::of(Code::TokenInvalid))?;
    authenticate_for(app, unverified).await.map_err(|error| {
        let refusal = error.refusal();
        if refusal.code.spec().class != Class::Unauthenticated {
            tracing::error!(error = error.chain(), "a token could not be proved");
        }
        refusal
    })
}

pub(super) fn respond(status: StatusCode, json: String) -> HttpResponse {
    HttpResponse::build(status)
        .insert_header((CONTENT_TYPE, "application/json"))
        .insert_header((CACHE_CONTROL, "no-store"))
        .body(json)
}

pub(super) fn status_of(refusal: &Refusal) -> StatusCode {
    match refusal.code.spec().class {
        Class::Invalid => StatusCode::BAD_REQUEST,
        Class::Unauthenticated => StatusCode::UNAUTHORIZED,
        Class::Forbidden => StatusCode::FORBIDDEN,
        Class::NotFound => StatusCode::NOT_FOUND,
        Class::Conflict => StatusCode::CONFLICT,
        Class::Limited if refusal.code == Code::BodyTooLarge => StatusCode::PAYLOAD_TOO_LARGE,
        Class::Limited => StatusCode::TOO_MANY_REQUESTS,
        Class::Unavailable => StatusCode::SERVICE_UNAVAILABLE,
        Class::Internal => StatusCode::INTERNAL_SERVER_ERROR,
    }
}
