//! The pages of `web/`, which are part of the program. Without them (they were not built) it says how to get them.
use actix_web::http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, ETAG, IF_NONE_MATCH, REFERRER_POLICY,
};
use actix_web::{HttpRequest, HttpResponse, web};
use jicai_domain::audit::hex;
use rust_embed::{Embed, EmbeddedFile};

/// What `make web` built.
#[derive(Embed)]
#[folder = "../../web/dist"]
struct Built;

const NOT_BUILT: &str = "This program was built without its pages. Build them and it: make web && make run\n";

/// Nothing is loaded from another host. GraphiQL's editor writes styles into the page, and its fonts are in its style sheet.
const POLICY: &str = "default-src 'self'; style-src 'self' 'unsafe-inline'; font-src 'self' data:; img-src 'self' data:; \
     object-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";
/// A page may change with the next version of the program.
const ASK_AGAIN: &str = "no-cache";
/// The name of an asset holds a digest of its content.
const FOR_EVER: &str = "public, max-age=31536000, immutable";

pub(super) async fn graphiql(request: HttpRequest) -> HttpResponse {
    page(&request, "graphiql.html")
}

/// A script, a style sheet, a picture or a font of a page.
pub(super) async fn asset(name: web::Path<String>) -> HttpResponse {
    match Built::get(&format!("assets/{name}")) {
        Some(file) => HttpResponse::Ok()
            .insert_header((CONTENT_TYPE, file.metadata.mimetype()))
            .insert_header((CACHE_CONTROL, FOR_EVER))
            .body(file.data),
        None => HttpResponse::NotFound().body("there is no such file\n"),
    }
}

fn page(request: &HttpRequest, name: &str) -> HttpResponse {
    let Some(file) = Built::get(name) else { return HttpResponse::NotFound().body(NOT_BUILT) };
    let tag = tag(&file);
    let known = request.headers().get(IF_NONE_MATCH).is_some_and(|known| known.as_bytes() == tag.as_bytes());
    let mut response = if known { HttpResponse::NotModified() } else { HttpResponse::Ok() };
    response
        .insert_header((CACHE_CONTROL, ASK_AGAIN))
        .insert_header((CONTENT_SECURITY_POLICY, POLICY))
        .insert_header((ETAG, tag))
        .insert_header((REFERRER_POLICY, "no-referrer"));
    if known {
        return response.finish();
    }
    response.insert_header((CONTENT_TYPE, file.metadata.mimetype())).body(file.data)
}

fn tag(file: &EmbeddedFile) -> String {
    format!("\"{}\"", hex(&file.metadata.sha256_hash()))
}
