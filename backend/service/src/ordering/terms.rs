//! What lines are ordered on: read and held at once, then each line is judged by it.
use std::collections::{BTreeMap, BTreeSet};

use jicai_domain::errors::{Code, Refusal};
use jicai_domain::identity::RegionCode;
use jicai_domain::ids::{FilingId, ListingId, NegotiatedPriceId, OrganizationId, SelectedProductId};
use jicai_domain::listing::relation::{Choice, Goods, Relation};
use jicai_domain::listing::rules::listing_preset;
use jicai_domain::listing::state::Listing;
use jicai_domain::ordering::filing::FilingStatus;
use jicai_domain::ordering::kind::Kind;
use jicai_domain::ordering::line::Line;
use jicai_domain::ordering::negotiation::{NegotiatedPrice, NegotiationStatus};
use jicai_domain::ordering::price::{amount, pack_price};
use jicai_domain::ordering::rules::OrderingRules;
use jicai_domain::ordering::seller::{Appointment, seller};
use jicai_domain::time::Timestamp;
use jicai_store::listing::listings::Orderable;
use jicai_store::listing::{choices, listings, relations};
use jicai_store::ordering::filings::ShownFiling;
use jicai_store::ordering::place::{self, NewLine, Terms, Wanted};
use jicai_store::ordering::{blocks, filings, negotiations};
use jicai_store::{Tx, fresh};
use rust_decimal::Decimal;

use super::place::{OrderLineWish, OrderedOn};
use crate::errors::Error;

/// Who orders, where, and under which rules.
#[derive(Clone, Copy)]
pub(super) struct Buyer {
    pub(super) hospital: OrganizationId,
    /// Who sends the request: the institution itself, or its lead.
    pub(super) caller: OrganizationId,
    pub(super) region: RegionCode,
    pub(super) rules: &'static OrderingRules,
}

/// All that lines of an order are on. Nobody changes it before the transaction is over.
pub(super) struct Grounds {
    buyer: Buyer,
    pub(super) now: Timestamp,
    contracts: BTreeMap<usize, Terms>,
    blocked: BTreeMap<SelectedProductId, String>,
    negotiated: BTreeMap<NegotiatedPriceId, NegotiatedPrice>,
    filings: BTreeMap<FilingId, ShownFiling>,
    listings: BTreeMap<ListingId, Orderable>,
    choices: BTreeMap<OrganizationId, Choice>,
    relations: Vec<Relation>,
}

impl Grounds {
    /// Reads and holds what the wishes name; what there is not is left out.
    pub(super) async fn read(tx: &mut Tx, buyer: Buyer, wishes: &[OrderLineWish]) -> Result<Grounds, Error> {
        let wanted: Vec<Wanted> = wishes.iter().enumerate().filter_map(on_contract).collect();
        let contracts =
            if wanted.is_empty() { Vec::new() } else { place::terms(tx, buyer.hospital, &wanted).await? };
        let negotiated = negotiated(tx, buyer, wishes).await?;
        let filings = filed(tx, buyer, wishes).await?;
        let named = wishes.iter().filter_map(|wish| match &wish.on {
            OrderedOn::Listing(listing) | OrderedOn::Emergency(listing, _) => Some(*listing),
            OrderedOn::Negotiated(price) => negotiated.get(price).map(|price| price.listing),
            OrderedOn::Contract(..) | OrderedOn::Filing(_) => None,
        });
        let named: BTreeSet<ListingId> = named.collect();
        let named: Vec<ListingId> = named.into_iter().collect();
        let listed = if named.is_empty() {
            Vec::new()
        } else {
            listings::orderable_many(tx, &listing_preset(), &named).await?
        };
        let makers = contracts.iter().map(|terms| terms.holder);
        let makers = makers.chain(filings.values().map(|filing| filing.manufacturer));
        let makers: BTreeSet<OrganizationId> =
            makers.chain(listed.iter().map(|one| one.listing.manufacturer)).collect();
        let products: BTreeSet<SelectedProductId> = contracts.iter().map(|terms| terms.product).collect();
        let products: Vec<SelectedProductId> = products.into_iter().collect();
        let blocked =
            if products.is_empty() { Vec::new() } else { blocks::of_products(tx, &products).await? };
        let chosen = choices::of_makers(tx, buyer.hospital, &makers).await?;
        let relations = relations::of_makers(tx, &makers, buyer.region).await?;
        let now = match contracts.first() {
            Some(terms) => terms.now,
            None => tx.now().await?,
        };
        Ok(Grounds {
            buyer,
            now,
            contracts: contracts.into_iter().map(|terms| (terms.place, terms)).collect(),
            blocked: blocked.into_iter().collect(),
            negotiated,
            filings,
            listings: listed.into_iter().map(|one| (one.listing.id, one)).collect(),
            choices: chosen.into_iter().map(|one| (one.manufacturer, one)).collect(),
            relations,
        })
    }

    /// The line as it is ordered. Errors: `NOT_FOUND`, `CONTRACT_STATE`, `CONTRACT_BLOCKED`, `LISTING_NOT_ORDERABLE`, `NEGOTIATION_STATE`,
    /// `FILING_STATE`, `PACK_UNKNOWN`, `PRICE_UNKNOWN`, `AMOUNT_INVALID`, `DISTRIBUTOR_NOT_APPOINTED`.
    pub(super) fn line(&self, at: usize, wish: &OrderLineWish) -> Result<NewLine, Refusal> {
        let line = match &wish.on {
            OrderedOn::Contract(..) => self.selected(at, wish)?,
            OrderedOn::Listing(listing) => {
                let listing = self.listed(*listing, wish, true)?;
                let line = self.on_listing(listing, wish)?;
                NewLine { kind: Kind::Listed, ..line }
            }
            OrderedOn::Negotiated(id) => {
                let price = self.negotiated.get(id).ok_or(Refusal::of(Code::NotFound).at("negotiated"))?;
                if price.status != NegotiationStatus::Agreed {
                    let not = format!("not while {}", price.status.label());
                    return Err(Refusal::of(Code::NegotiationState).at("negotiated").allowing(not));
                }
                let listing = self.listed(price.listing, wish, true)?;
                let line = self.on_listing(listing, wish)?;
                let paid = price.price_now(listing.price);
                NewLine { kind: Kind::Negotiated, negotiated: Some(*id), price: paid, ..line }
            }
            OrderedOn::Emergency(listing, because) => {
                let listing = self.listed(*listing, wish, false)?;
                let line = self.on_listing(listing, wish)?;
                let by = self.now.plus_seconds(i64::from(self.buyer.rules.report_hours).saturating_mul(3600));
                NewLine { kind: Kind::Emergency, emergency: Some((because.clone(), by)), ..line }
            }
            OrderedOn::Filing(id) => self.filed(*id, wish)?,
        };
        amount(line.price, wish.packs).map_err(|refusal| refusal.at("packs"))?;
        Ok(line)
    }

    fn selected(&self, at: usize, wish: &OrderLineWish) -> Result<NewLine, Refusal> {
        let OrderedOn::Contract(_, added) = &wish.on else {
            return Err(Refusal::of(Code::OrderBasis));
        };
        let unknown = Refusal::of(Code::NotFound).at("contract");
        let terms = self.contracts.get(&at).filter(|terms| terms.own).ok_or(unknown)?;
        if terms.status != "IN_FORCE" {
            let not = format!("not while {}", terms.status);
            return Err(Refusal::of(Code::ContractState).at("contract").allowing(not));
        }
        if let Some(why) = self.blocked.get(&terms.product) {
            return Err(Refusal::of(Code::ContractBlocked).at("contract").allowing(why.clone()));
        }
        let draft = Line::draft(wish.packs, wish.pack_units);
        let (price, line) = if added.is_some() {
            let pack = terms.added.filter(|pack| pack.units == wish.pack_units);
            let pack = pack.ok_or(Refusal::of(Code::PackUnknown).at("addedPack"))?;
            (Some(pack.price), Line { content: Some(pack.content), ..draft })
        } else if terms.packed {
            (terms.unit_price.and_then(|price| pack_price(price, wish.pack_units)), draft)
        } else {
            return Err(Refusal::of(Code::PackUnknown).at("packUnits"));
        };
        let price = price.ok_or(Refusal::of(Code::PriceUnknown).at("contract"))?;
        let seller = self.seller(terms.holder, terms.distributor, Goods::Product(terms.product))?;
        let line = NewLine { line, ..bare(terms.holder, seller, (price, wish)) };
        let rationing = terms.rationing;
        Ok(NewLine { contract: Some(terms.contract), added_pack: *added, rationing, ..line })
    }

    /// A listing that may be ordered; where it has to be one of the region, no other.
    fn listed(&self, id: ListingId, wish: &OrderLineWish, here: bool) -> Result<&Listing, Refusal> {
        let found = self.listings.get(&id).filter(|found| found.listing.state.is_public());
        let found = found.ok_or(Refusal::of(Code::NotFound).at("listing"))?;
        if let Some(refusal) = &found.refusal {
            return Err(refusal.clone());
        }
        let listing = &found.listing;
        if here && !listing.region.covers(self.buyer.region) {
            let only = format!("listed in {}", listing.region);
            return Err(Refusal::of(Code::ListingNotOrderable).at("listing").allowing(only));
        }
        if listing.pack_units != wish.pack_units {
            let packs = format!("packs of {}", listing.pack_units);
            return Err(Refusal::of(Code::PackUnknown).at("packUnits").allowing(packs));
        }
        Ok(listing)
    }

    fn on_listing(&self, listing: &Listing, wish: &OrderLineWish) -> Result<NewLine, Refusal> {
        let seller = self.seller(listing.manufacturer, None, Goods::Listing(listing.id))?;
        let line = bare(listing.manufacturer, seller, (listing.price, wish));
        Ok(NewLine { listing: Some(listing.id), ..line })
    }

    fn filed(&self, id: FilingId, wish: &OrderLineWish) -> Result<NewLine, Refusal> {
        let found = self.filings.get(&id).ok_or(Refusal::of(Code::NotFound).at("filing"))?;
        if found.filing.granted.is_none_or(|granted| granted.until < self.now.day_in_china())
            || found.filing.status != FilingStatus::Approved
        {
            let not = format!("not while {}", found.filing.status.label());
            return Err(Refusal::of(Code::FilingState).at("filing").allowing(not));
        }
        if found.pack_units != wish.pack_units {
            let packs = format!("packs of {}", found.pack_units);
            return Err(Refusal::of(Code::PackUnknown).at("packUnits").allowing(packs));
        }
        let seller = self.seller(found.manufacturer, None, Goods::All)?;
        let line = bare(found.manufacturer, seller, (found.filing.price, wish));
        Ok(NewLine { kind: Kind::Filed, filing: Some(id), ..line })
    }

    fn seller(
        &self,
        maker: OrganizationId,
        contract: Option<OrganizationId>,
        goods: Goods,
    ) -> Result<OrganizationId, Refusal> {
        let choice = self.choices.get(&maker);
        let ticked: Vec<OrganizationId> = choice.map(preferred_first).unwrap_or_default();
        let today = self.now.day_in_china();
        let about = self.relations.iter().filter(|relation| {
            relation.manufacturer == maker
                && (relation.goods == goods || relation.goods == Goods::All)
                && relation.valid_from <= today
        });
        let appointed: Vec<Appointment> = about
            .map(|relation| Appointment {
                distributor: relation.distributor,
                ended: (!relation.holds(today)).then(|| why(relation)),
            })
            .collect();
        seller(maker, &ticked, contract, &appointed)
    }
}

/// Why a relation holds no longer.
fn why(relation: &Relation) -> String {
    let until = || relation.valid_to.map(|day| format!("until {day}")).unwrap_or_default();
    relation.state.reason().map_or_else(until, |reason| reason.as_str().to_owned())
}

fn preferred_first(choice: &Choice) -> Vec<OrganizationId> {
    let others = choice.distributors.iter().copied().filter(|one| Some(*one) != choice.preferred);
    choice.preferred.into_iter().chain(others).collect()
}

/// A line that is on nothing yet.
fn bare(
    manufacturer: OrganizationId,
    seller: OrganizationId,
    (price, wish): (Decimal, &OrderLineWish),
) -> NewLine {
    NewLine {
        id: fresh(),
        kind: Kind::Selected,
        contract: None,
        added_pack: None,
        listing: None,
        negotiated: None,
        filing: None,
        emergency: None,
        rationing: None,
        seller,
        manufacturer,
        price,
        line: Line::draft(wish.packs, wish.pack_units),
    }
}

fn on_contract((place, wish): (usize, &OrderLineWish)) -> Option<Wanted> {
    match &wish.on {
        OrderedOn::Contract(contract, added) => {
            Some(Wanted { place, contract: *contract, pack_units: wish.pack_units, added: *added })
        }
        OrderedOn::Listing(_)
        | OrderedOn::Negotiated(_)
        | OrderedOn::Emergency(..)
        | OrderedOn::Filing(_) => None,
    }
}

/// An institution orders at what it agreed on itself, or what its lead did that orders for it.
async fn negotiated(
    tx: &mut Tx,
    buyer: Buyer,
    wishes: &[OrderLineWish],
) -> Result<BTreeMap<NegotiatedPriceId, NegotiatedPrice>, Error> {
    let named = wishes.iter().filter_map(|wish| match &wish.on {
        OrderedOn::Negotiated(price) => Some(*price),
        OrderedOn::Contract(..) | OrderedOn::Listing(_) | OrderedOn::Emergency(..) | OrderedOn::Filing(_) => {
            None
        }
    });
    let named: Vec<NegotiatedPriceId> = named.collect();
    if named.is_empty() {
        return Ok(BTreeMap::new());
    }
    let found = negotiations::held(tx, &[buyer.hospital, buyer.caller], &named).await?;
    Ok(found.into_iter().map(|price| (price.id, price)).collect())
}

async fn filed(
    tx: &mut Tx,
    buyer: Buyer,
    wishes: &[OrderLineWish],
) -> Result<BTreeMap<FilingId, ShownFiling>, Error> {
    let named = wishes.iter().filter_map(|wish| match &wish.on {
        OrderedOn::Filing(filing) => Some(*filing),
        OrderedOn::Contract(..)
        | OrderedOn::Listing(_)
        | OrderedOn::Negotiated(_)
        | OrderedOn::Emergency(..) => None,
    });
    let named: Vec<FilingId> = named.collect();
    if named.is_empty() {
        return Ok(BTreeMap::new());
    }
    let found = filings::held(tx, buyer.hospital, &named).await?;
    Ok(found.into_iter().map(|one| (one.filing.id, one)).collect())
}
