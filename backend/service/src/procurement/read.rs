//! Rounds as everybody may read them, and drafts as their office does.
use jicai_domain::identity::{Caller, Permission, RegionCode, Scope};
use jicai_domain::ids::{ItemId, LotId, RoundId, SpecId};
use jicai_domain::procurement::round::{Change, RoundDocument};
use jicai_domain::time::Timestamp;
use jicai_store::procurement::announcements::{self, Shown};
use jicai_store::procurement::editions::{self as rows_of_editions, EditionRow};
use jicai_store::procurement::lots::{self, LotRow, SpecRow};
use jicai_store::procurement::parts::{self as rows, Custodian};
use jicai_store::{Page, Part};

use super::edition::changes_of;
use crate::app::App;
use crate::errors::Error;

/// What belongs to rounds, each with its round.
pub struct Parts {
    /// Who holds shares of their keys, in order.
    pub custodians: Vec<Custodian>,
    /// Their documents, in order.
    pub documents: Vec<(RoundId, RoundDocument)>,
    /// The regions that buy.
    pub regions: Vec<(RoundId, RegionCode)>,
}

/// An announced round, or a draft of the caller's office, as the calendar has it now. Errors: `NOT_FOUND`.
pub async fn round(app: &App, caller: Option<&Caller>, id: RoundId) -> Result<Shown, Error> {
    let mut tx = app.store.read().await?;
    let found = announcements::find(&mut tx, own(caller).as_ref(), id).await?;
    let now = tx.now().await?;
    Ok(caught_up(found, now))
}

/// The announced rounds and the drafts of the caller's office, the newest first.
pub async fn rounds(app: &App, caller: Option<&Caller>, page: &Page<RoundId>) -> Result<Part<Shown>, Error> {
    let mut tx = app.store.read().await?;
    let part = announcements::list(&mut tx, own(caller).as_ref(), page).await?;
    let now = tx.now().await?;
    let rows = part.rows.into_iter().map(|shown| caught_up(shown, now)).collect();
    Ok(Part { rows, more: part.more })
}

/// Rounds in which items qualified, once they were opened, the newest first; one more of each item than the page has room for. Public.
pub async fn rounds_of_items(
    app: &App,
    items: &[ItemId],
    page: &Page<RoundId>,
) -> Result<Vec<(ItemId, Shown)>, Error> {
    let mut tx = app.store.read().await?;
    let found = announcements::of_items(&mut tx, items, page).await?;
    let now = tx.now().await?;
    Ok(found.into_iter().map(|(item, shown)| (item, caught_up(shown, now))).collect())
}

/// A part of the lots of a round that was found, by number.
pub async fn round_lots(app: &App, round: RoundId, page: &Page<i32>) -> Result<Part<LotRow>, Error> {
    let mut tx = app.store.read().await?;
    Ok(lots::list(&mut tx, round, page).await?)
}

/// A published edition with what it changed.
pub struct Published {
    /// The edition.
    pub row: EditionRow,
    /// What it changed.
    pub changes: Vec<Change>,
}

/// A part of the editions of a round that was found, the newest first.
pub async fn editions(app: &App, round: RoundId, page: &Page<i32>) -> Result<Part<Published>, Error> {
    let mut tx = app.store.read().await?;
    let part = rows_of_editions::list(&mut tx, round, page).await?;
    let published = |row: EditionRow| Ok::<_, Error>(Published { changes: changes_of(&row.changes)?, row });
    let rows: Result<Vec<Published>, Error> = part.rows.into_iter().map(published).collect();
    Ok(Part { rows: rows?, more: part.more })
}

/// The canonical text of an edition of a round that was found. Errors: `NOT_FOUND`.
pub async fn edition_text(app: &App, round: RoundId, edition: i32) -> Result<String, Error> {
    let mut tx = app.store.read().await?;
    Ok(rows_of_editions::text(&mut tx, round, edition).await?)
}

/// The specs of lots that were found.
pub async fn specs_of(app: &App, wanted: &[LotId]) -> Result<Vec<SpecRow>, Error> {
    let mut tx = app.store.read().await?;
    Ok(lots::specs(&mut tx, wanted).await?)
}

/// The items of the registry that specs which were found are drawn from; nothing for a spec that names none.
pub async fn spec_items(app: &App, wanted: &[SpecId]) -> Result<Vec<(SpecId, ItemId)>, Error> {
    let mut tx = app.store.read().await?;
    Ok(lots::items_of(&mut tx, wanted).await?)
}

/// What belongs to rounds that were found.
pub async fn parts(app: &App, wanted: &[RoundId]) -> Result<Parts, Error> {
    let mut tx = app.store.read().await?;
    Ok(Parts {
        custodians: rows::custodians(&mut tx, wanted).await?,
        documents: rows::documents(&mut tx, wanted).await?,
        regions: rows::regions(&mut tx, wanted).await?,
    })
}

/// Whose drafts the caller sees.
fn own(caller: Option<&Caller>) -> Option<Scope> {
    caller.and_then(|caller| caller.require(Permission::PublishRounds).ok())
}

fn caught_up(shown: Shown, now: Timestamp) -> Shown {
    Shown { round: shown.round.caught_up(now), ..shown }
}
