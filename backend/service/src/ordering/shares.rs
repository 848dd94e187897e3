//! 线上采购率、中选占比、替代: the shares of what institutions buy.
use jicai_domain::errors::{Code, Refusal};
use jicai_domain::identity::{Caller, Role};
use jicai_domain::ordering::kind::Kind;
pub use jicai_store::ordering::shares::{GenericShare, Span};
use jicai_store::ordering::shares::{by_generic, by_kind};
use jicai_store::ordering::shown::Eyes;
use jicai_store::{Page, Part};

use super::read::eyes;
use crate::app::App;
use crate::errors::Error;

fn buyers(caller: &Caller) -> Result<Eyes, Refusal> {
    if matches!(caller.role, Role::Manufacturer | Role::Distributor) {
        return Err(Refusal::of(Code::Forbidden));
    }
    eyes(caller)
}

/// What institutions took and kept, in fen, by what it was ordered as. Errors: `FORBIDDEN`.
pub async fn purchase_kinds(app: &App, caller: &Caller, span: Span) -> Result<Vec<(Kind, i64)>, Error> {
    let eyes = buyers(caller)?;
    let mut tx = app.store.read_report().await?;
    Ok(by_kind(&mut tx, &eyes, span).await?)
}

/// The same in smallest units, by generic names under which something was selected. Errors: `FORBIDDEN`.
pub async fn generic_shares(
    app: &App,
    caller: &Caller,
    span: Span,
    page: &Page<String>,
) -> Result<Part<GenericShare>, Error> {
    let eyes = buyers(caller)?;
    let mut tx = app.store.read_report().await?;
    Ok(by_generic(&mut tx, &eyes, span, page).await?)
}
