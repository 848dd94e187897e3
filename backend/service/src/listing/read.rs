//! Listings for those who may see them: what is listed everybody, the rest its firm and the authorities of the region.
use jicai_domain::errors::{Code, Refusal};
use jicai_domain::identity::{Caller, Permission};
use jicai_domain::ids::{ListingId, ListingMarkId, ListingPriceId};
use jicai_domain::listing::mark::{ListingMark, may_order};
use jicai_domain::listing::price::ListingPrice;
use jicai_domain::listing::rules::listing_preset;
use jicai_domain::listing::state::Listing;
pub use jicai_store::listing::listings::Wanted;
use jicai_store::listing::listings::{self, Seen};
use jicai_store::listing::{marks, prices, relations};
use jicai_store::{Page, Part, Tx};

use super::verdict::ShownVerdict;
use crate::app::App;
use crate::errors::Error;

/// A listing as somebody sees it.
#[derive(Clone, Debug)]
pub struct ShownListing {
    /// The listing.
    pub listing: Listing,
    /// Its firm.
    pub manufacturer_name: String,
    /// The marks that it has now.
    pub marks: Vec<ListingMark>,
    /// Why no new order may go in now; none where one may.
    pub stopped: Option<String>,
    /// Whether the caller is its firm, or an authority of its region.
    pub inside: bool,
}

fn seen(caller: Option<&Caller>) -> Seen {
    let own = caller.and_then(|caller| caller.require(Permission::ApplyForListing).ok());
    let wide = caller.and_then(|caller| caller.require(Permission::ObserveListings).ok());
    match (own, wide) {
        (Some(own), _) => Seen::Firm(own),
        (None, Some(wide)) => Seen::Jurisdiction(wide),
        (None, None) => Seen::Public,
    }
}

fn inside(seen: &Seen, listing: &Listing) -> bool {
    match seen {
        Seen::Public => false,
        Seen::Firm(scope) => scope.organization() == Some(listing.manufacturer),
        Seen::Jurisdiction(scope) => scope.covers(listing.region),
    }
}

/// A listing that the caller sees. Errors: `NOT_FOUND`.
pub async fn listing(app: &App, caller: Option<&Caller>, id: ListingId) -> Result<ShownListing, Error> {
    let seen = seen(caller);
    let mut tx = app.store.read().await?;
    let found = listings::find(&mut tx, &seen, id).await?;
    let mut shown = shown(&mut tx, &seen, vec![found]).await?;
    shown.pop().ok_or_else(|| Refusal::of(Code::NotFound).into())
}

/// A part of the listings that the caller sees, the newest first.
pub async fn listings_of(
    app: &App,
    caller: Option<&Caller>,
    wanted: &Wanted,
    page: &Page<ListingId>,
) -> Result<Part<ShownListing>, Error> {
    let seen = seen(caller);
    let mut tx = app.store.read().await?;
    let part = listings::list(&mut tx, &seen, wanted, page).await?;
    Ok(Part { rows: shown(&mut tx, &seen, part.rows).await?, more: part.more })
}

async fn shown(tx: &mut Tx, seen: &Seen, found: Vec<Listing>) -> Result<Vec<ShownListing>, Error> {
    let names = relations::names(tx, found.iter().map(|one| one.manufacturer)).await?;
    let ids: Vec<ListingId> = found.iter().map(|one| one.id).collect();
    let standing = marks::open(tx, &ids).await?;
    let (now, rules) = (tx.now().await?, listing_preset());
    let one = |listing: Listing| {
        let marks: Vec<ListingMark> = standing.iter().filter(|mark| mark.of == listing.id).cloned().collect();
        let stopped = may_order(&rules, &listing.state, &marks, now).err();
        ShownListing {
            manufacturer_name: names.get(&listing.manufacturer).cloned().unwrap_or_default(),
            stopped: stopped.map(|refusal| refusal.allowed.unwrap_or_default()),
            inside: inside(seen, &listing),
            marks,
            listing,
        }
    };
    Ok(found.into_iter().map(one).collect())
}

/// A price as somebody sees it.
#[derive(Clone, Debug)]
pub struct ShownPrice {
    /// The price.
    pub price: ListingPrice,
    /// Whether the caller sees what was said for it and about it.
    pub inside: bool,
    /// What the rules said of it, as far as the caller may know.
    pub verdict: Option<ShownVerdict>,
}

/// A part of the prices of a listing, the newest first: its firm and the authorities of its region see those that were asked for, too. Errors:
/// `NOT_FOUND`.
pub async fn listing_prices(
    app: &App,
    caller: Option<&Caller>,
    id: ListingId,
    page: &Page<ListingPriceId>,
) -> Result<Part<ShownPrice>, Error> {
    let seen = seen(caller);
    let mut tx = app.store.read().await?;
    let listing = listings::find(&mut tx, &seen, id).await?;
    let inside = inside(&seen, &listing);
    let part = prices::list(&mut tx, (id, inside), page).await?;
    let firm = matches!(seen, Seen::Firm(_));
    let one = |price: ListingPrice| {
        let verdict = inside.then(|| ShownVerdict::from_text(&price.verdict)).transpose()?;
        let verdict = verdict.map(|verdict| if firm { verdict.for_firm() } else { verdict });
        Ok::<_, Error>(ShownPrice { price, inside, verdict })
    };
    Ok(Part { rows: part.rows.into_iter().map(one).collect::<Result<_, _>>()?, more: part.more })
}

/// A part of all marks that a listing ever had, the newest first. Errors: `NOT_FOUND`.
pub async fn listing_marks(
    app: &App,
    caller: Option<&Caller>,
    id: ListingId,
    page: &Page<ListingMarkId>,
) -> Result<Part<ListingMark>, Error> {
    let mut tx = app.store.read().await?;
    listings::find(&mut tx, &seen(caller), id).await?;
    Ok(marks::history(&mut tx, id, page).await?)
}
