//! 可采购目录: what an institution may wish for, each judged by what judges an order, so that what is shown is what an order is told.
use std::collections::BTreeSet;

use jicai_domain::errors::{Code, Refusal};
use jicai_domain::identity::{Caller, Permission};
use jicai_domain::ids::{ContractId, FilingId, Id, ListingId, NegotiatedPriceId, OrganizationId};
use jicai_domain::listing::mark::ListingMark;
use jicai_domain::ordering::kind::Kind;
use jicai_domain::ordering::rules::ordering_rules;
use jicai_domain::time::Day;
use jicai_store::listing::marks;
use jicai_store::ordering::offers::{self, Offer, OfferKey, Wisher};
use jicai_store::ordering::place::NewLine;
use jicai_store::{Page, Part};
use rust_decimal::Decimal;

use super::place::{OrderLineWish, OrderedOn, whom};
use super::terms::{Buyer, Grounds};
use crate::app::App;
use crate::errors::Error;

/// An offer, and what an order of a pack would be told now.
#[derive(Clone, Debug)]
pub struct Orderable {
    /// The offer.
    pub offer: Offer,
    /// The price of a pack, where it is known.
    pub price: Option<Decimal>,
    /// Who would deliver.
    pub seller: Option<(OrganizationId, String)>,
    /// Why an order would be refused; none where it would be accepted.
    pub refusal: Option<Refusal>,
    /// The labels of the listing, and what stops its orders.
    pub marks: Vec<ListingMark>,
}

/// What the caller's institution, or a member that it leads, may wish for. Errors: `FORBIDDEN`, `NOT_FOUND`.
pub async fn orderable(
    app: &App,
    caller: &Caller,
    (institution, only): (Option<OrganizationId>, Option<Kind>),
    page: &Page<OfferKey>,
) -> Result<(Day, Part<Orderable>), Error> {
    caller.require(Permission::PlaceOrders)?;
    let mut tx = app.store.read().await?;
    let (hospital, region) = whom(&mut tx, caller, institution).await?;
    let rules = ordering_rules(region).ok_or_else(|| Error::broken("no rules of ordering"))?;
    let wisher = Wisher { hospital, caller: caller.organization, region };
    let Part { rows: found, more } = offers::page(&mut tx, wisher, only, page).await?;
    let buyer = Buyer { hospital, caller: caller.organization, region, rules };
    let wishes: Vec<OrderLineWish> = found.iter().map(wish).collect();
    // Nothing is held: it is not in a transaction.
    let grounds = Grounds::read(&mut tx, buyer, &wishes).await?;
    let judged: Vec<Result<NewLine, Refusal>> =
        wishes.iter().enumerate().map(|(at, wish)| grounds.line(at, wish)).collect();
    let sellers: BTreeSet<OrganizationId> = judged.iter().flatten().map(|line| line.seller).collect();
    let names = offers::names(&mut tx, &sellers).await?;
    let listings: BTreeSet<ListingId> = found.iter().filter_map(|offer| offer.listing).collect();
    let standing = marks::open(&mut tx, &listings.into_iter().collect::<Vec<_>>()).await?;
    let shown = found.into_iter().zip(judged).map(|(offer, line)| {
        let marks = standing.iter().filter(|mark| Some(mark.of) == offer.listing).cloned().collect();
        let line = line.and_then(|line| enough(&offer, &line).map(|()| line));
        let seller = line.as_ref().ok().map(|line| line.seller);
        Orderable {
            price: line.as_ref().ok().map(|line| line.price).or(offer.price),
            seller: seller.and_then(|id| Some((id, names.get(&id)?.clone()))),
            refusal: line.err(),
            marks,
            offer,
        }
    });
    Ok((grounds.now.day_in_china(), Part { rows: shown.collect(), more }))
}

/// Refuses a pack that there is not enough left for. Errors: `RATION_EXCEEDED`, `FILING_LIMIT`.
fn enough(offer: &Offer, line: &NewLine) -> Result<(), Refusal> {
    let Some(left) = offer.left else { return Ok(()) };
    let (code, needed) = if line.filing.is_some() {
        (Code::FilingLimit, 1)
    } else if line.rationing.is_some() {
        (Code::RationExceeded, line.line.units(1))
    } else {
        return Ok(());
    };
    if needed <= left { Ok(()) } else { Err(Refusal::of(code).at("packs")) }
}

/// A pack of an offer.
fn wish(offer: &Offer) -> OrderLineWish {
    let OfferKey { kind, basis, units, .. } = offer.key;
    let on = match kind {
        Kind::Selected => OrderedOn::Contract(ContractId::from_number(basis), offer.added()),
        Kind::Negotiated => OrderedOn::Negotiated(NegotiatedPriceId::from_number(basis)),
        Kind::Filed => OrderedOn::Filing(FilingId::from_number(basis)),
        Kind::Listed | Kind::Emergency => OrderedOn::Listing(ListingId::from_number(basis)),
    };
    OrderLineWish { on, pack_units: units, packs: 1, units: None }
}
