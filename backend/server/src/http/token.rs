//! `POST /oauth/token`: access tokens for clients, as RFC 6749 has it in sections 2.3.1, 4.4 and 5.
use actix_web::http::StatusCode;
use actix_web::http::header::{AUTHORIZATION, CACHE_CONTROL, PRAGMA, RETRY_AFTER, WWW_AUTHENTICATE};
use actix_web::{HttpRequest, HttpResponse, web};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use jicai_domain::errors::Code;
use jicai_domain::ids::{ClientId, Id};
use jicai_service::identity::{ClientCredentials, ClientToken, client_token};
use serde::{Deserialize, Serialize};

use super::Shared;

/// The form. A parameter that is there twice does not fit it; unknown ones are ignored, as the RFC asks.
#[derive(Deserialize)]
pub(super) struct Form {
    grant_type: Option<String>,
    client_id: Option<String>,
    client_secret: Option<String>,
    scope: Option<String>,
}

#[derive(Serialize)]
struct Granted {
    access_token: String,
    token_type: &'static str,
    expires_in: u64,
    scope: String,
}

#[derive(Serialize)]
struct Refused {
    error: &'static str,
    error_description: &'static str,
}

/// The codes of section 5.2, and `temporarily_unavailable` of section 4.1.2.1 where a later try may succeed.
#[derive(Clone, Copy)]
enum Fault {
    Request,
    Grant,
    Client,
    Scope,
    /// With the seconds to wait, where they are known.
    TooMany(Option<u64>),
    Unavailable,
}

impl Fault {
    const fn spec(self) -> (StatusCode, &'static str, &'static str) {
        match self {
            Self::Request => (
                StatusCode::BAD_REQUEST,
                "invalid_request",
                "Send a form with grant_type once, and the client's id and secret in it or by HTTP Basic.",
            ),
            Self::Grant => {
                (StatusCode::BAD_REQUEST, "unsupported_grant_type", "Only client_credentials is supported.")
            }
            Self::Client => {
                (StatusCode::UNAUTHORIZED, "invalid_client", "The client's id or secret is wrong.")
            }
            Self::Scope => {
                (StatusCode::BAD_REQUEST, "invalid_scope", "The client was not given all of this scope.")
            }
            Self::TooMany(_) => {
                (StatusCode::TOO_MANY_REQUESTS, "temporarily_unavailable", "Too many tries. Wait a while.")
            }
            Self::Unavailable => (
                StatusCode::SERVICE_UNAVAILABLE,
                "temporarily_unavailable",
                "The service cannot answer now. Try again.",
            ),
        }
    }
}

pub(super) async fn token(
    request: HttpRequest,
    form: Result<web::Form<Form>, actix_web::Error>,
    shared: web::Data<Shared>,
) -> HttpResponse {
    let form = form.map_err(|_unreadable| Fault::Request);
    let outcome = match form.and_then(|form| read(&request, form.into_inner())) {
        Ok(credentials) => granted(&request, credentials, &shared).await,
        Err(fault) => Err(fault),
    };
    match outcome {
        Ok(token) => respond(StatusCode::OK).json(Granted {
            access_token: token.access,
            token_type: "Bearer",
            expires_in: token.access_seconds,
            scope: token.permissions.iter().map(|one| one.label()).collect::<Vec<_>>().join(" "),
        }),
        Err(fault) => refused(fault),
    }
}

async fn granted(
    request: &HttpRequest,
    credentials: ClientCredentials,
    shared: &Shared,
) -> Result<ClientToken, Fault> {
    shared.admit_address(request).await.map_err(|refusal| Fault::TooMany(refusal.retry_after))?;
    client_token(&shared.app, credentials).await.map_err(|error| fault_of(&error))
}

fn fault_of(error: &jicai_service::Error) -> Fault {
    let told = [
        (Code::LoginFailed, Fault::Client),
        (Code::LoginThrottled, Fault::TooMany(None)),
        (Code::PermissionInvalid, Fault::Scope),
    ];
    let code = error.refusal().code;
    told.iter().find(|(known, _)| *known == code).map_or_else(
        || {
            tracing::error!(%error, "a client's token could not be made");
            Fault::Unavailable
        },
        |(_, fault)| *fault,
    )
}

/// What the request shows. An id that is none is told like one that is nobody's.
fn read(request: &HttpRequest, form: Form) -> Result<ClientCredentials, Fault> {
    let grant = form.grant_type.ok_or(Fault::Request)?;
    if grant != "client_credentials" {
        return Err(Fault::Grant);
    }
    let (client, secret) = match (request.headers().get(AUTHORIZATION), form.client_id, form.client_secret) {
        (Some(header), named, None) => basic(header.as_bytes())
            .filter(|(client, _)| named.is_none_or(|named| named == *client))
            .ok_or(Fault::Client)?,
        (None, Some(client), Some(secret)) => (client, secret),
        (Some(_), _, _) | (None, _, _) => return Err(Fault::Request),
    };
    let client = ClientId::parse(&client).map_err(|_malformed| Fault::Client)?;
    Ok(ClientCredentials { client, secret, scope: form.scope })
}

/// Ids and secrets are of letters, digits and underscores, which the form encoding of section 2.3.1 leaves as they are.
fn basic(header: &[u8]) -> Option<(String, String)> {
    let (scheme, encoded) = std::str::from_utf8(header).ok()?.split_once(' ')?;
    let known = scheme.eq_ignore_ascii_case("Basic");
    let decoded = STANDARD.decode(encoded.trim()).ok().filter(|_| known)?;
    let text = String::from_utf8(decoded).ok()?;
    text.split_once(':').map(|(client, secret)| (client.to_owned(), secret.to_owned()))
}

fn refused(fault: Fault) -> HttpResponse {
    let (status, error, error_description) = fault.spec();
    let mut response = respond(status);
    if status == StatusCode::UNAUTHORIZED {
        response.insert_header((WWW_AUTHENTICATE, "Basic realm=\"jicai\""));
    }
    if let Fault::TooMany(Some(seconds)) = fault {
        response.insert_header((RETRY_AFTER, seconds));
    }
    response.json(Refused { error, error_description })
}

fn respond(status: StatusCode) -> actix_web::HttpResponseBuilder {
    let mut response = HttpResponse::build(status);
    response.insert_header((CACHE_CONTROL, "no-store")).insert_header((PRAGMA, "no-cache"));
    response
}
