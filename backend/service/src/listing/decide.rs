//! 挂网审核: the office of the region decides applications and prices, and a side suspends, lists again and delists.
use jicai_domain::errors::{Code, Refusal};
use jicai_domain::identity::{Caller, Permission, Reason, Scope};
use jicai_domain::ids::{ListingId, UserId};
use jicai_domain::listing::mark::{Mark, MarkKind, MarkSource};
use jicai_domain::listing::price::{ListingPrice, PriceCommand};
use jicai_domain::listing::state::{Listing, ListingCommand, Side};
use jicai_domain::time::Timestamp;
use jicai_store::audit::record;
use jicai_store::listing::{listings, marks, prices};
use jicai_store::{Tx, fresh};

use super::apply::SeenListing;
use super::verdict::{Asked, ShownVerdict, judged};
use super::{fresh_enough, told};
use crate::app::App;
use crate::audit::{Changed, actor, keyed, once};
use crate::errors::Error;
use crate::pricing::leave_listed;

/// What the office decides of an application, or of a price that waits.
#[derive(Clone, Debug)]
pub enum Decision {
    /// It is listed at the price. A reason is needed where the price is above a ceiling.
    Approve(Option<Reason>),
    /// The firm has to put something right. Not for the price of what is listed.
    Return(Reason),
    /// It is refused.
    Reject(Reason),
}

impl Decision {
    const fn label(&self) -> &'static str {
        match self {
            Self::Approve(_) => "APPROVED",
            Self::Return(_) => "RETURNED",
            Self::Reject(_) => "REJECTED",
        }
    }

    fn reason(&self) -> &str {
        let reason = match self {
            Self::Approve(reason) => reason.as_ref(),
            Self::Return(reason) | Self::Reject(reason) => Some(reason),
        };
        reason.map(Reason::as_str).unwrap_or_default()
    }
}

/// Decides an application. The rules judge the price again, as the market is now. Errors: `FORBIDDEN`, `NOT_FOUND`, `STALE_VERSION`,
/// `LISTING_STATE`, `LISTING_ABOVE_CEILING` for an approval above a ceiling without a reason.
pub async fn decide_listing(
    app: &App,
    caller: &Caller,
    (seen, decision): (SeenListing, Decision),
) -> Result<Changed<ListingId>, Error> {
    let scope = caller.require(Permission::ReviewListings)?;
    let by = caller.user()?;
    let said = format!("{seen:?} {decision:?}");
    let keyed = keyed(app, Some(caller), &seen.key, "decide_listing", &[&said]);
    once(app, &keyed, async |tx| {
        let listing = listings::lock(tx, &scope, seen.id).await?;
        fresh_enough(listing.version, seen.version)?;
        let at = tx.now().await?;
        let command = match decision.clone() {
            Decision::Approve(_) => ListingCommand::Approve { at },
            Decision::Return(reason) => ListingCommand::Return { reason },
            Decision::Reject(reason) => ListingCommand::Reject { reason },
        };
        let next = listing.apply(&command)?;
        let next = decided(tx, next, &decision, (by, at)).await?;
        listings::save(tx, &next, seen.version).await?;
        let act = told("ListingDecided", &next)
            .with("decision", decision.label())
            .with("because", decision.reason());
        let answer = Changed { id: next.id, version: next.version };
        Ok(record(tx, actor(caller), act, answer).await?)
    })
    .await
}

/// Decides the price that waits of something that is listed. Errors: `FORBIDDEN`, `NOT_FOUND`, `STALE_VERSION`, `LISTING_STATE`,
/// `LISTING_PRICE_STATE` where none waits, `LISTING_ABOVE_CEILING`.
pub async fn decide_listing_price(
    app: &App,
    caller: &Caller,
    (seen, decision): (SeenListing, Decision),
) -> Result<Changed<ListingId>, Error> {
    let scope = caller.require(Permission::ReviewListings)?;
    let by = caller.user()?;
    let said = format!("{seen:?} {decision:?}");
    let keyed = keyed(app, Some(caller), &seen.key, "decide_listing_price", &[&said]);
    once(app, &keyed, async |tx| {
        let listing = listings::lock(tx, &scope, seen.id).await?;
        fresh_enough(listing.version, seen.version)?;
        let at = tx.now().await?;
        let next = listing.apply(&ListingCommand::Reprice)?;
        let next = decided(tx, next, &decision, (by, at)).await?;
        listings::save(tx, &next, seen.version).await?;
        let act = told("ListingDecided", &next)
            .with("decision", decision.label())
            .with("because", decision.reason());
        let answer = Changed { id: next.id, version: next.version };
        Ok(record(tx, actor(caller), act, answer).await?)
    })
    .await
}

/// The listing once the price that waits is decided. A returned application keeps it until it is handed in again.
async fn decided(
    tx: &mut Tx,
    listing: Listing,
    decision: &Decision,
    (by, at): (UserId, Timestamp),
) -> Result<Listing, Error> {
    let waiting = prices::proposed(tx, listing.id).await?;
    let waiting = waiting.ok_or_else(|| Refusal::of(Code::ListingPriceState))?;
    match decision {
        Decision::Return(_) => Ok(listing),
        Decision::Reject(reason) => {
            prices::save(tx, &waiting.apply(PriceCommand::Reject(reason.clone()), by, at)?).await?;
            Ok(listing)
        }
        Decision::Approve(reason) => {
            let asked = Asked::of(&listing, waiting.price, true);
            let (verdict, shown) = judged(tx, &asked, at.day_in_china()).await?;
            if verdict.above_ceiling() && reason.is_none() {
                let above = Refusal::of(Code::ListingAboveCeiling).at("reason");
                return Err(above.allowing(ceilings(&shown)).into());
            }
            let price = ListingPrice { verdict: shown.to_text()?, ..waiting };
            takes_effect(tx, listing, (price, reason.clone()), &shown, (by, at)).await
        }
    }
}

/// The ceilings that a price exceeds, in words.
fn ceilings(verdict: &ShownVerdict) -> String {
    let above = verdict.findings.iter().filter(|one| one.outcome == "EXCEEDED" && one.test != "SAME3");
    above.map(|one| one.english.as_str()).collect::<Vec<_>>().join(" ")
}

/// A price takes effect: the one before ends in the same instant, and the label follows.
pub(super) async fn takes_effect(
    tx: &mut Tx,
    listing: Listing,
    (price, why): (ListingPrice, Option<Reason>),
    verdict: &ShownVerdict,
    (by, at): (UserId, Timestamp),
) -> Result<Listing, Error> {
    if let Some(before) = prices::in_force(tx, listing.id).await? {
        prices::save(tx, &before.apply(PriceCommand::End, by, at)?).await?;
    }
    let amount = price.price;
    prices::save(tx, &price.apply(PriceCommand::Approve(why), by, at)?).await?;
    relabel(tx, &listing, verdict, (by, at)).await?;
    leave_listed(tx, listing.id).await?;
    Ok(Listing { price: amount, ..listing })
}

/// What a rule labelled before is lifted, and what it labels now is set. What a person labelled stays.
async fn relabel(
    tx: &mut Tx,
    listing: &Listing,
    verdict: &ShownVerdict,
    (by, at): (UserId, Timestamp),
) -> Result<(), Error> {
    let words = verdict.findings.iter().find(|one| one.test == "SAME3").map(|one| one.chinese.as_str());
    let reason = Reason::parse(words.unwrap_or("价格变更"))?;
    let wanted = MarkKind::from_label(&verdict.label);
    let open = marks::open(tx, &[listing.id]).await?;
    for mark in open.iter().filter(|mark| mark.source == MarkSource::Rules) {
        marks::lift(tx, &Mark { lifted: Some((by, at, reason.clone())), ..mark.clone() }).await?;
    }
    let labelled = open.iter().any(|mark| mark.source != MarkSource::Rules && Some(mark.kind) == wanted);
    let Some(kind) = wanted.filter(|_| !labelled) else { return Ok(()) };
    let mark = Mark {
        id: fresh(),
        of: listing.id,
        kind,
        source: MarkSource::Rules,
        reason,
        set_by: by,
        set_at: at,
        lifted: None,
    };
    Ok(marks::add(tx, &mark).await?)
}

/// How a side moves what is listed.
#[derive(Clone, Debug)]
pub enum Move {
    /// Nobody may order it for now.
    Suspend(Reason),
    /// Hospitals may order it again.
    Resume,
    /// It is taken off the list.
    Delist(Reason),
}

/// Suspends a listing, lists it again or takes it off the list, as its firm or as the office of its region. Errors: `FORBIDDEN`, `NOT_FOUND`,
/// `STALE_VERSION`, `LISTING_STATE`, also where the other side suspended it.
pub async fn move_listing(
    app: &App,
    caller: &Caller,
    (seen, wanted): (SeenListing, Move),
) -> Result<Changed<ListingId>, Error> {
    let (scope, side) = side(caller)?;
    caller.user()?;
    let said = format!("{seen:?} {wanted:?}");
    let keyed = keyed(app, Some(caller), &seen.key, "move_listing", &[&said]);
    once(app, &keyed, async |tx| {
        let listing = listings::lock(tx, &scope, seen.id).await?;
        fresh_enough(listing.version, seen.version)?;
        let command = match wanted.clone() {
            Move::Suspend(reason) => ListingCommand::Suspend { reason, by: side },
            Move::Resume => ListingCommand::Resume { by: side },
            Move::Delist(reason) => ListingCommand::Delist { reason },
        };
        let next = listing.apply(&command)?;
        listings::save(tx, &next, seen.version).await?;
        let answer = Changed { id: next.id, version: next.version };
        let act = told("ListingMoved", &next).with("by", side.label());
        Ok(record(tx, actor(caller), act, answer).await?)
    })
    .await
}

fn side(caller: &Caller) -> Result<(Scope, Side), Refusal> {
    match caller.require(Permission::ApplyForListing) {
        Ok(scope) => Ok((scope, Side::Firm)),
        Err(_forbidden) => Ok((caller.require(Permission::ReviewListings)?, Side::Office)),
    }
}
