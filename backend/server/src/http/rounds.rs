//! `GET /rounds/{id}/export`: a decided round with everything that it was decided on, as a tar of text files.
use actix_web::http::header::{CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_SECURITY_POLICY, CONTENT_TYPE};
use actix_web::{HttpRequest, HttpResponse, web};
use jicai_domain::errors::{Code, Refusal};
use jicai_domain::ids::{Id, RoundId};
use jicai_service::procurement::result::{Bundle, export as exported};

use super::Shared;
use super::documents::told;
use super::graphql::{admitted, refused};

pub(super) async fn export(
    request: HttpRequest,
    id: web::Path<String>,
    shared: web::Data<Shared>,
) -> HttpResponse {
    match bundle(&request, &id, &shared).await {
        Ok((round, bytes)) => HttpResponse::Ok()
            .insert_header((CONTENT_TYPE, "application/x-tar"))
            .insert_header((CONTENT_DISPOSITION, format!("attachment; filename=\"{round}.tar\"")))
            .insert_header((CONTENT_SECURITY_POLICY, "default-src 'none'; sandbox"))
            .insert_header((CACHE_CONTROL, "private, no-store"))
            .body(bytes),
        Err(refusal) => refused(&refusal),
    }
}

async fn bundle(request: &HttpRequest, id: &str, shared: &Shared) -> Result<(RoundId, Vec<u8>), Refusal> {
    let caller = admitted(request, shared).await?;
    let round = RoundId::parse(id).map_err(|refusal| refusal.at("id"))?;
    let bundle = exported(&shared.app, caller.as_ref(), round).await.map_err(told)?;
    let packed = web::block(move || packed(&bundle)).await;
    match packed {
        Ok(Ok(bytes)) => Ok((round, bytes)),
        Ok(Err(error)) => Err(unpacked(&error)),
        Err(error) => Err(unpacked(&error)),
    }
}

/// The files, each time with the same bytes.
fn packed(bundle: &Bundle) -> std::io::Result<Vec<u8>> {
    let mut tar = tar::Builder::new(Vec::new());
    for (name, text) in &bundle.0 {
        let mut header = tar::Header::new_gnu();
        header.set_size(u64::try_from(text.len()).map_err(std::io::Error::other)?);
        header.set_mode(0o644);
        tar.append_data(&mut header, name, text.as_bytes())?;
    }
    tar.into_inner()
}

fn unpacked(error: &dyn std::error::Error) -> Refusal {
    tracing::error!(%error, "a result could not be packed");
    Refusal::of(Code::Internal)
}
