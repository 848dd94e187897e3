//! Documents for those who may see them.
use futures_util::TryStreamExt;
use jicai_domain::documents::{Digest, Document, DocumentKind};
use jicai_domain::errors::{Code, Refusal};
use jicai_domain::identity::{Caller, Permission};
use jicai_domain::ids::DocumentId;
use jicai_store::documents::{self as rows, Chunks};
use sha2::{Digest as _, Sha256};

use crate::app::App;
use crate::errors::Error;
use crate::procurement::qualification::paper;
use crate::procurement::result::tie_evidence;

/// A document of the caller's organization, one of an announced round, of an application to a round that the caller sees, of an
/// objection against the own office's result, of a listing's price in the jurisdiction, the evidence of a tie's order in a result that the caller sees whole, or a licence's of
/// the jurisdiction. Errors: `FORBIDDEN`, `NOT_FOUND`.
pub async fn document(app: &App, caller: &Caller, id: DocumentId) -> Result<Document, Error> {
    let own = caller.require(Permission::OwnOrganization)?;
    let mut tx = app.store.read().await?;
    if let Some(own) = there(rows::find(&mut tx, &own, DocumentKind::ALL, id).await)? {
        return Ok(own);
    }
    if let Some(public) = there(rows::announced(&mut tx, id).await)? {
        return Ok(public);
    }
    if let Some(evidence) = there(tie_evidence(&mut tx, Some(caller), id).await)? {
        return Ok(evidence);
    }
    match paper(&mut tx, caller, id).await {
        Err(Error::Refused(Refusal { code: Code::NotFound, .. })) => {}
        found => return found,
    }
    if let Ok(office) = caller.require(Permission::DecideObjections)
        && let Some(paper) = there(rows::objected(&mut tx, &office, id).await)?
    {
        return Ok(paper);
    }
    if let Ok(observed) = caller.require(Permission::ObserveListings)
        && let Some(paper) = there(rows::proves_listing(&mut tx, &observed, id).await)?
    {
        return Ok(paper);
    }
    let wide = caller.require(Permission::ViewLicences).map_err(|_forbidden| Refusal::of(Code::NotFound))?;
    Ok(rows::find(&mut tx, &wide, &[DocumentKind::Licence], id).await?)
}

/// The same for whoever asks; who is not known reads what an announced round names, and what proves a result that everybody sees whole. Errors: as [`document`], `UNAUTHENTICATED`.
async fn shown_to(app: &App, caller: Option<&Caller>, id: DocumentId) -> Result<Document, Error> {
    if let Some(caller) = caller {
        return document(app, caller, id).await;
    }
    let mut tx = app.store.read().await?;
    if let Some(public) = there(rows::announced(&mut tx, id).await)? {
        return Ok(public);
    }
    let evidence = there(tie_evidence(&mut tx, None, id).await)?;
    evidence.ok_or_else(|| Refusal::of(Code::Unauthenticated).into())
}

fn there(found: Result<Document, impl Into<Error>>) -> Result<Option<Document>, Error> {
    match found.map_err(Into::into) {
        Ok(document) => Ok(Some(document)),
        Err(Error::Refused(Refusal { code: Code::NotFound, .. })) => Ok(None),
        Err(error) => Err(error),
    }
}

/// The document with its bytes. They are read through once before the first is handed out, so that nobody gets a part of what
/// was changed behind our back. Errors: as [`document`], `UNAUTHENTICATED`, `INTERNAL` when they are not what was stored.
pub async fn contents(
    app: &App,
    caller: Option<&Caller>,
    id: DocumentId,
) -> Result<(Document, Chunks), Error> {
    let document = shown_to(app, caller, id).await?;
    check(app, &document).await?;
    let chunks = app.objects.read(id).await?;
    Ok((document, chunks))
}

/// Refuses bytes that are not what was stored. Errors: `INTERNAL`.
pub(crate) async fn check(app: &App, document: &Document) -> Result<(), Error> {
    let found = digest(app.objects.read(document.id).await?).await?;
    if found == document.sha256 {
        return Ok(());
    }
    let Document { id, sha256, .. } = document;
    Err(Error::broken(format!("{id} has the digest {found} instead of {sha256}")))
}

async fn digest(mut chunks: Chunks) -> Result<Digest, Error> {
    let mut digest = Sha256::new();
    while let Some(bytes) = chunks.try_next().await? {
        digest.update(&bytes);
    }
    Ok(Digest::new(digest.finalize().into()))
}
