//! Who applied with what: for the applicant, the office and those who watch over it; who qualified, for everybody after the opening.
use jicai_domain::documents::Document;
use jicai_domain::errors::{Code, Refusal};
use jicai_domain::identity::{Caller, Permission};
use jicai_domain::ids::{DocumentId, QualificationId, RoundId, RoundProductId};
use jicai_domain::procurement::qualification::Entry;
use jicai_store::procurement::qualification::{self as rows, Application, Side, Wanted};
use jicai_store::procurement::rounds;
use jicai_store::{Page, Part, Tx};

use crate::app::App;
use crate::errors::Error;

/// An application: an own one, or one that was handed in to the own office or to one of the jurisdiction. Errors: `FORBIDDEN`,
/// `NOT_FOUND`.
pub async fn qualification(app: &App, caller: &Caller, id: QualificationId) -> Result<Application, Error> {
    let side = side(caller)?;
    let mut tx = app.store.read().await?;
    Ok(rows::find(&mut tx, &side, id).await?)
}

/// The same as a list, the newest first. Errors: `FORBIDDEN`.
pub async fn qualifications(
    app: &App,
    caller: &Caller,
    wanted: &Wanted,
    page: &Page<QualificationId>,
) -> Result<Part<Application>, Error> {
    let side = side(caller)?;
    let mut tx = app.store.read().await?;
    Ok(rows::list(&mut tx, &side, wanted, page).await?)
}

/// The products that qualified in a round that was opened, by their ids. Public. Errors: `NOT_FOUND`, `ROUND_CLOSED` before the opening.
pub async fn qualified_products(
    app: &App,
    round: RoundId,
    page: &Page<RoundProductId>,
) -> Result<Part<Entry>, Error> {
    let mut tx = app.store.read().await?;
    rounds::announced(&mut tx, round).await?.shows_qualified()?;
    Ok(rows::qualified(&mut tx, round, page).await?)
}

/// A paper of an application that the caller sees, or a licence of its applicant. Errors: `NOT_FOUND`.
pub(crate) async fn paper(tx: &mut Tx, caller: &Caller, id: DocumentId) -> Result<Document, Error> {
    let side = side(caller).map_err(|_forbidden| Refusal::of(Code::NotFound))?;
    Ok(rows::paper(tx, &side, id).await?)
}

fn side(caller: &Caller) -> Result<Side, Refusal> {
    if let Ok(own) = caller.require(Permission::ApplyForRounds) {
        return Ok(Side::Applicant(own));
    }
    let office = caller.require(Permission::ReviewQualifications);
    office.or_else(|_forbidden| caller.require(Permission::ObserveRounds)).map(Side::Office)
}
