//! 标识与停采: the office and the regulator label listings and stop their orders, from that second on.
use jicai_domain::audit::IdempotencyKey;
use jicai_domain::errors::{Code, Refusal};
use jicai_domain::identity::{Caller, Permission, Reason, Role};
use jicai_domain::ids::{ListingId, ListingMarkId};
use jicai_domain::listing::mark::{Mark, MarkKind, MarkSource};
use jicai_store::audit::record;
use jicai_store::fresh;
use jicai_store::listing::{listings, marks};

use super::told;
use crate::app::App;
use crate::audit::{actor, keyed, once};
use crate::errors::Error;

/// A mark that somebody sets.
#[derive(Clone, Debug)]
pub struct MarkListing {
    /// The listing.
    pub listing: ListingId,
    /// What.
    pub kind: MarkKind,
    /// Why.
    pub reason: Reason,
    /// The key of the request.
    pub key: IdempotencyKey,
}

/// Labels a listing, or stops its orders: effective when it commits, because orders hold the listing. Errors: `FORBIDDEN`, `NOT_FOUND`,
/// `LISTING_STATE` for what is not listed, `LISTING_MARK_STATE` where it has such a mark.
pub async fn mark_listing(app: &App, caller: &Caller, command: MarkListing) -> Result<ListingId, Error> {
    let scope = caller.require(Permission::MarkListings)?;
    let by = caller.user()?;
    let keyed = keyed(app, Some(caller), &command.key, "mark_listing", &[&format!("{command:?}")]);
    once(app, &keyed, async |tx| {
        let listing = listings::lock(tx, &scope, command.listing).await?;
        if !listing.state.is_public() {
            return Err(Refusal::of(Code::ListingState).into());
        }
        let mark = Mark {
            id: fresh(),
            of: listing.id,
            kind: command.kind,
            source: source(caller),
            reason: command.reason.clone(),
            set_by: by,
            set_at: tx.now().await?,
            lifted: None,
        };
        marks::add(tx, &mark).await?;
        let act = told("ListingMarked", &listing)
            .with("mark", mark.id)
            .with("kind", mark.kind.label())
            .with("source", mark.source.label())
            .with("because", mark.reason.as_str());
        Ok(record(tx, actor(caller), act, listing.id).await?)
    })
    .await
}

fn source(caller: &Caller) -> MarkSource {
    if caller.role == Role::Regulator { MarkSource::Regulator } else { MarkSource::Office }
}

/// A mark that somebody lifts.
#[derive(Clone, Debug)]
pub struct LiftListingMark {
    /// The listing.
    pub listing: ListingId,
    /// The mark.
    pub mark: ListingMarkId,
    /// Why.
    pub reason: Reason,
    /// The key of the request.
    pub key: IdempotencyKey,
}

/// Lifts a mark that the own side set; the office also what a price rule set. Errors: `FORBIDDEN`, `NOT_FOUND`, `LISTING_MARK_STATE`.
pub async fn lift_listing_mark(
    app: &App,
    caller: &Caller,
    command: LiftListingMark,
) -> Result<ListingId, Error> {
    let scope = caller.require(Permission::MarkListings)?;
    let by = caller.user()?;
    let keyed = keyed(app, Some(caller), &command.key, "lift_listing_mark", &[&format!("{command:?}")]);
    once(app, &keyed, async |tx| {
        let listing = listings::lock(tx, &scope, command.listing).await?;
        let open = marks::open(tx, &[listing.id]).await?;
        let mark = open.into_iter().find(|mark| mark.id == command.mark);
        let mark = mark.ok_or_else(|| Refusal::of(Code::ListingMarkState).at("mark"))?;
        if !mark.source.may_be_lifted_by(source(caller)) {
            let by = format!("by the side that set it: {}", mark.source.label());
            return Err(Refusal::of(Code::ListingMarkState).at("mark").allowing(by).into());
        }
        let at = tx.now().await?;
        let lifted = Mark { lifted: Some((by, at, command.reason.clone())), ..mark };
        marks::lift(tx, &lifted).await?;
        let act = told("ListingMarkLifted", &listing)
            .with("mark", lifted.id)
            .with("kind", lifted.kind.label())
            .with("because", command.reason.as_str());
        Ok(record(tx, actor(caller), act, listing.id).await?)
    })
    .await
}
