//! 可采购目录 over GraphQL: what an institution can order, and what an order of the rest would be told.
use async_graphql::connection::Connection;
use async_graphql::{ComplexObject, Context, Enum, ID, InputObject, Object, SimpleObject};
use jicai_domain::errors::{Code, Refusal};
use jicai_domain::ids::{
    AddedPackId, ContractId, FilingId, Id, ListingId, NegotiatedPriceId, OrganizationId, SelectedProductId,
};
use jicai_domain::listing::mark;
use jicai_domain::ordering::kind::Kind;
use jicai_domain::time::Day;
use jicai_service::ordering as cases;

use super::blocking::OrderAlternative;
use super::fulfilment::OrderProgress;
use crate::asking::{app, caller};
use crate::connection::{connection, cost, page};
use crate::error::ApiError;

/// What something is ordered as.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
enum OrderableKind {
    /// 中选: on a contract, at its price.
    Selected,
    /// 议价: at a price that was agreed on.
    Negotiated,
    /// 备案: on a filing that was approved.
    Filed,
    /// 挂网: at the listed price; in an emergency, too.
    Listed,
}

impl OrderableKind {
    const fn kind(self) -> Kind {
        match self {
            Self::Selected => Kind::Selected,
            Self::Negotiated => Kind::Negotiated,
            Self::Filed => Kind::Filed,
            Self::Listed => Kind::Listed,
        }
    }
}

/// A label of a listing, or what stops its orders.
#[derive(SimpleObject)]
struct OrderableLabel {
    /// YELLOW, RED, RECALL, SUSPENSION or SANCTION.
    kind: String,
    /// Why.
    reason: String,
}

impl OrderableLabel {
    fn of(mark: mark::ListingMark) -> OrderableLabel {
        OrderableLabel { kind: mark.kind.label().to_owned(), reason: mark.reason.as_str().to_owned() }
    }
}

/// What an order of one pack would be told now.
#[derive(SimpleObject)]
struct OrderableRefusal {
    /// The code of the error table.
    code: String,
    /// What it means.
    message: String,
    /// What it means, in Chinese.
    message_zh: String,
    /// The reason, or what would be right.
    allowed: Option<String>,
}

impl OrderableRefusal {
    fn of(refusal: Refusal) -> OrderableRefusal {
        let spec = refusal.code.spec();
        OrderableRefusal {
            code: spec.name.to_owned(),
            message: spec.english.to_owned(),
            message_zh: spec.chinese.to_owned(),
            allowed: refusal.allowed,
        }
    }
}

/// Something that an institution can order, or could if nothing stopped it. One of the ids of contract, negotiated price, filing and listing is
/// what a line is ordered on.
#[derive(SimpleObject)]
#[graphql(complex)]
struct Orderable {
    /// SELECTED, NEGOTIATED, FILED or LISTED.
    kind: String,
    /// The id of the contract.
    contract_id: Option<ID>,
    /// The id of the added pack of its product.
    added_pack_id: Option<ID>,
    /// The id of the negotiated price.
    negotiated_id: Option<ID>,
    /// The id of the filing.
    filing_id: Option<ID>,
    /// The id of the listing.
    listing_id: Option<ID>,
    /// The product's name.
    product_name: String,
    /// Its specification.
    spec: Option<String>,
    /// The smallest unit.
    unit: String,
    /// The firm.
    holder_name: String,
    /// Smallest units in the pack, as a decimal number.
    pack_units: String,
    /// The price of the pack, tax included, as a decimal; none where the source of the result does not tell it.
    price: Option<String>,
    /// The id of who delivers and invoices: the ticked distributor that is appointed, the contract's, or the firm.
    seller_id: Option<ID>,
    /// Its name.
    seller_name: Option<String>,
    /// Of a contract, how far the institution's part is.
    progress: Option<OrderProgress>,
    /// Of a backup supply, the id of the selected product in whose place it supplies.
    instead_of_product_id: Option<ID>,
    /// Of a rationed product, the smallest units that are left for the institution; of a filing, the packs; as a decimal number.
    left: Option<String>,
    /// The labels of the listing.
    labels: Vec<OrderableLabel>,
    /// Why an order of a pack would be refused now; none where it would be accepted.
    refusal: Option<OrderableRefusal>,
    #[graphql(skip)]
    product: Option<SelectedProductId>,
}

#[ComplexObject]
impl Orderable {
    /// What can be ordered in the place of a contract's product.
    #[graphql(complexity = "10 + 10 * child_complexity")]
    async fn alternatives(&self, ctx: &Context<'_>) -> Result<Vec<OrderAlternative>, ApiError> {
        let Some(product) = self.product else { return Ok(Vec::new()) };
        let found = cases::alternatives_to(app(ctx)?, caller(ctx)?, product).await?;
        Ok(found.into_iter().map(OrderAlternative::of).collect())
    }
}

impl Orderable {
    fn of(one: cases::Orderable, today: Day) -> Orderable {
        let cases::Orderable { offer, price, seller, refusal, marks } = one;
        let id = |kind: Kind| (offer.key.kind == kind).then_some(offer.key.basis);
        let contract = id(Kind::Selected).map(ContractId::from_number);
        let progress = offer.part.map(|part| {
            OrderProgress::of(part.agreed, cases::stands(&part.year, today, part.agreed, part.bought))
        });
        let (seller_id, seller_name) = seller.unzip();
        Orderable {
            kind: offer.key.kind.label().to_owned(),
            contract_id: contract.map(|id| ID(id.to_string())),
            added_pack_id: offer.added().map(|id: AddedPackId| ID(id.to_string())),
            negotiated_id: id(Kind::Negotiated).map(|id| ID(NegotiatedPriceId::from_number(id).to_string())),
            filing_id: id(Kind::Filed).map(|id| ID(FilingId::from_number(id).to_string())),
            listing_id: offer.listing.map(|id: ListingId| ID(id.to_string())),
            product_name: offer.product_name,
            spec: offer.spec,
            unit: offer.unit,
            holder_name: offer.holder_name,
            pack_units: offer.key.units.to_string(),
            price: price.map(|price| price.normalize().to_string()),
            seller_id: seller_id.map(|id| ID(id.to_string())),
            seller_name,
            progress,
            instead_of_product_id: offer.instead_of.map(|id| ID(id.to_string())),
            left: offer.left.map(|left| left.to_string()),
            labels: marks.into_iter().map(OrderableLabel::of).collect(),
            refusal: refusal.map(OrderableRefusal::of),
            product: offer.product,
        }
    }
}

/// Which.
#[derive(Default, InputObject)]
struct OrderableFilter {
    /// Only those that are ordered like that.
    kind: Option<OrderableKind>,
    /// Those of a member that the own institution leads.
    institution: Option<ID>,
}

impl OrderableFilter {
    fn asked(&self) -> Result<(Option<OrganizationId>, Option<Kind>), Refusal> {
        let institution = self.institution.as_ref().map(|id| OrganizationId::parse(id)).transpose();
        Ok((institution.map_err(|refusal| refusal.at("institution"))?, self.kind.map(OrderableKind::kind)))
    }
}

fn cursor(key: &cases::OfferKey) -> String {
    let cases::OfferKey { kind, basis, units, added } = key;
    format!("{}.{basis:032x}.{units}.{added:032x}", kind.label())
}

fn key(text: &str) -> Result<cases::OfferKey, Refusal> {
    let wrong = || Refusal::of(Code::CursorInvalid);
    let mut parts = text.split('.');
    let mut part = || parts.next().ok_or_else(wrong);
    let kind = Kind::from_label(part()?).filter(|kind| cases::OFFERED.contains(kind)).ok_or_else(wrong)?;
    let number = |text: &str| u128::from_str_radix(text, 16).map_err(|_number| wrong());
    Ok(cases::OfferKey {
        kind,
        basis: number(part()?)?,
        units: part()?.parse().map_err(|_number| wrong())?,
        added: number(part()?)?,
    })
}

/// Queries about what can be ordered.
#[derive(Default)]
pub(crate) struct OfferQuery;

#[Object]
impl OfferQuery {
    /// What the own institution, or a member that it leads, can order now: its contracts in each pack, its negotiated prices and filings, what is
    /// listed in its region; with price, seller, labels, what is left, and why an order would be refused. 可采购目录
    #[graphql(complexity = "cost(first, child_complexity)")]
    async fn orderable(
        &self,
        ctx: &Context<'_>,
        filter: Option<OrderableFilter>,
        first: Option<i32>,
        after: Option<String>,
    ) -> Result<Connection<String, Orderable>, ApiError> {
        let caller = caller(ctx)?;
        let page = page(first, after.as_deref(), key)?;
        let asked = filter.unwrap_or_default().asked()?;
        let (today, part) = cases::orderable(app(ctx)?, caller, asked, &page).await?;
        Ok(connection(part, |one| cursor(&one.offer.key), |one| Orderable::of(one, today)))
    }
}
