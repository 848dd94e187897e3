//! 挂网申请: a firm applies for a listing, puts it right, takes it back, and changes, suspends and delists what is listed.
use std::collections::BTreeSet;

use jicai_domain::audit::{Act, IdempotencyKey};
use jicai_domain::documents::DocumentKind;
use jicai_domain::errors::{Code, Refusal};
use jicai_domain::identity::{Caller, Permission, Reason, RegionCode, Scope, Version};
use jicai_domain::ids::{DocumentId, ItemId, ListingId, UserId};
use jicai_domain::listing::price::{EVIDENCE_MAX, ListingPrice, PriceCommand, PriceState};
use jicai_domain::listing::rules::listing_preset;
use jicai_domain::listing::state::{Listing, ListingCommand, ListingState, listable};
use jicai_domain::time::Timestamp;
use jicai_store::audit::record;
use jicai_store::listing::{listings, prices};
use jicai_store::{Tx, documents, fresh};
pub use rust_decimal::Decimal;

use super::decide::takes_effect;
use super::verdict::{Asked, ShownVerdict, judged, product};
use super::{fresh_enough, told};
use crate::app::App;
use crate::audit::{Changed, actor, keyed, once};
use crate::errors::Error;

/// A price with what the firm says for it.
#[derive(Clone, Debug)]
pub struct Argued {
    /// The price of a pack, tax included.
    pub price: Decimal,
    /// What the firm says for it.
    pub explanation: Reason,
    /// What proves it: documents of the own organization.
    pub documents: Vec<DocumentId>,
}

/// An application for a listing.
#[derive(Clone, Debug)]
pub struct ApplyForListing {
    /// The own item.
    pub item: ItemId,
    /// The province.
    pub region: RegionCode,
    /// Smallest units in a pack, where the registry does not tell.
    pub pack_units: Option<u64>,
    /// The price.
    pub argued: Argued,
    /// The key of the request.
    pub key: IdempotencyKey,
}

/// A listing as somebody has seen it.
#[derive(Clone, Debug)]
pub struct SeenListing {
    /// Its id.
    pub id: ListingId,
    /// The version that was seen.
    pub version: Version,
    /// The key of the request.
    pub key: IdempotencyKey,
}

/// Applies for a listing; the office of the region decides. Errors: `FORBIDDEN`, `LISTING_INVALID`, `LISTING_EXISTS`, `PRICE_INVALID`,
/// `REGION_UNKNOWN`, `NOT_FOUND` for documents that are not the own ones.
pub async fn apply_for_listing(
    app: &App,
    caller: &Caller,
    command: ApplyForListing,
) -> Result<Changed<ListingId>, Error> {
    let scope = caller.require(Permission::ApplyForListing)?;
    let by = caller.user()?;
    let said = format!("{command:?}");
    let keyed = keyed(app, Some(caller), &command.key, "apply_for_listing", &[&said]);
    once(app, &keyed, async |tx| {
        proved(tx, &scope, &command.argued).await?;
        let applied_at = tx.now().await?;
        let today = applied_at.day_in_china();
        let of = (command.item, command.pack_units);
        let product = product(tx, caller.organization, of, today).await?;
        let listing = Listing {
            id: fresh(),
            item: Some(product.item),
            manufacturer: caller.organization,
            region: command.region,
            labels: product.labels,
            price: command.argued.price,
            pack_units: product.pack_units,
            state: ListingState::Applied,
            applied_by: by,
            applied_at,
            version: Version::FIRST,
        };
        let listing = listing.checked()?;
        listings::add(tx, &listing).await?;
        let (price, _verdict) = proposed(tx, &listing, &command.argued, (by, applied_at)).await?;
        prices::add(tx, &price).await?;
        let act = argued(told("ListingApplied", &listing), &price);
        let answer = Changed { id: listing.id, version: listing.version };
        Ok(record(tx, actor(caller), act, answer).await?)
    })
    .await
}

/// A returned application, put right. Errors: as [`apply_for_listing`], `STALE_VERSION`, `LISTING_STATE`.
pub async fn resubmit_listing(
    app: &App,
    caller: &Caller,
    (seen, argued_for): (SeenListing, Argued),
) -> Result<Changed<ListingId>, Error> {
    let scope = caller.require(Permission::ApplyForListing)?;
    let by = caller.user()?;
    let said = format!("{seen:?} {argued_for:?}");
    let keyed = keyed(app, Some(caller), &seen.key, "resubmit_listing", &[&said]);
    once(app, &keyed, async |tx| {
        let listing = listings::lock(tx, &scope, seen.id).await?;
        fresh_enough(listing.version, seen.version)?;
        proved(tx, &scope, &argued_for).await?;
        let next = listing.apply(&ListingCommand::Resubmit)?;
        let next = Listing { price: argued_for.price, ..next }.checked()?;
        let at = tx.now().await?;
        withdraw_proposed(tx, &next, (by, at)).await?;
        let (price, _verdict) = proposed(tx, &next, &argued_for, (by, at)).await?;
        prices::add(tx, &price).await?;
        listings::save(tx, &next, seen.version).await?;
        let act = argued(told("ListingResubmitted", &next), &price);
        let answer = Changed { id: next.id, version: next.version };
        Ok(record(tx, actor(caller), act, answer).await?)
    })
    .await
}

/// Takes an application back. Errors: `FORBIDDEN`, `NOT_FOUND`, `STALE_VERSION`, `LISTING_STATE`.
pub async fn withdraw_listing(
    app: &App,
    caller: &Caller,
    seen: SeenListing,
) -> Result<Changed<ListingId>, Error> {
    let scope = caller.require(Permission::ApplyForListing)?;
    let by = caller.user()?;
    let keyed = keyed(app, Some(caller), &seen.key, "withdraw_listing", &[&format!("{seen:?}")]);
    once(app, &keyed, async |tx| {
        let listing = listings::lock(tx, &scope, seen.id).await?;
        fresh_enough(listing.version, seen.version)?;
        let next = listing.apply(&ListingCommand::Withdraw)?;
        let at = tx.now().await?;
        withdraw_proposed(tx, &next, (by, at)).await?;
        listings::save(tx, &next, seen.version).await?;
        let answer = Changed { id: next.id, version: next.version };
        Ok(record(tx, actor(caller), told("ListingWithdrawn", &next), answer).await?)
    })
    .await
}

/// Another price of a listing.
#[derive(Clone, Debug)]
pub struct ChangeListingPrice {
    /// The listing as it was seen.
    pub seen: SeenListing,
    /// The price.
    pub argued: Argued,
    /// Whether the office is to decide about a lower price, too.
    pub with_office: bool,
}

/// Changes the price: a lower one at once where the rules let it, a higher one by the office. A price that waits is withdrawn. Errors:
/// `FORBIDDEN`, `NOT_FOUND`, `STALE_VERSION`, `LISTING_STATE`, `PRICE_INVALID` for the same price.
pub async fn change_listing_price(
    app: &App,
    caller: &Caller,
    command: ChangeListingPrice,
) -> Result<Changed<ListingId>, Error> {
    let scope = caller.require(Permission::ApplyForListing)?;
    let by = caller.user()?;
    let said = format!("{command:?}");
    let keyed = keyed(app, Some(caller), &command.seen.key, "change_listing_price", &[&said]);
    once(app, &keyed, async |tx| {
        let ChangeListingPrice { seen, argued: wanted, with_office } = &command;
        let listing = listings::lock(tx, &scope, seen.id).await?;
        fresh_enough(listing.version, seen.version)?;
        proved(tx, &scope, wanted).await?;
        listable(wanted.price)?;
        if wanted.price == listing.price {
            return Err(Refusal::of(Code::PriceInvalid).at("price").allowing("another price").into());
        }
        let lowers = wanted.price < listing.price && !with_office && listing_preset().lower_at_once;
        let next = listing.apply(&ListingCommand::Reprice)?;
        let at = tx.now().await?;
        withdraw_proposed(tx, &next, (by, at)).await?;
        let (price, verdict) = proposed(tx, &next, wanted, (by, at)).await?;
        prices::add(tx, &price).await?;
        let (kind, next) = if lowers {
            ("ListingPriceLowered", takes_effect(tx, next, (price.clone(), None), &verdict, (by, at)).await?)
        } else {
            ("ListingPriceProposed", next)
        };
        listings::save(tx, &next, seen.version).await?;
        let answer = Changed { id: next.id, version: next.version };
        Ok(record(tx, actor(caller), argued(told(kind, &next), &price), answer).await?)
    })
    .await
}

/// Errors: `NOT_FOUND` for documents that are not the own organization's.
async fn proved(tx: &mut Tx, scope: &Scope, argued: &Argued) -> Result<(), Error> {
    if argued.documents.len() > EVIDENCE_MAX {
        let most = format!("at most {EVIDENCE_MAX}");
        return Err(Refusal::of(Code::ListingInvalid).at("documents").allowing(most).into());
    }
    let named: BTreeSet<DocumentId> = argued.documents.iter().copied().collect();
    let held = documents::held(tx, scope, DocumentKind::Qualification, &named).await?;
    if held == named { Ok(()) } else { Err(Refusal::of(Code::NotFound).at("documents").into()) }
}

/// A price that is asked for, with what the rules say of it.
async fn proposed(
    tx: &mut Tx,
    listing: &Listing,
    argued: &Argued,
    (by, at): (UserId, Timestamp),
) -> Result<(ListingPrice, ShownVerdict), Error> {
    let (_, verdict) = judged(tx, &Asked::of(listing, argued.price, false), at.day_in_china()).await?;
    let price = ListingPrice {
        id: fresh(),
        listing: listing.id,
        price: argued.price,
        state: PriceState::Proposed,
        explanation: argued.explanation.clone(),
        documents: argued.documents.clone(),
        verdict: verdict.to_text()?,
        proposed_by: by,
        proposed_at: at,
        decided: None,
    };
    Ok((price, verdict))
}

/// What waits to be decided waits no longer.
async fn withdraw_proposed(
    tx: &mut Tx,
    listing: &Listing,
    (by, at): (UserId, Timestamp),
) -> Result<(), Error> {
    if let Some(waiting) = prices::proposed(tx, listing.id).await? {
        prices::save(tx, &waiting.apply(PriceCommand::Withdraw, by, at)?).await?;
    }
    Ok(())
}

/// The same entry with the price that it is about.
fn argued(act: Act, price: &ListingPrice) -> Act {
    let papers: Vec<String> = price.documents.iter().map(ToString::to_string).collect();
    act.with("asked", price.price.normalize().to_string())
        .with("explanation", price.explanation.as_str())
        .with("documents", papers.join(" "))
        .with("verdict", &price.verdict)
}
