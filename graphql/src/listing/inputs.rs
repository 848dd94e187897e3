//! What clients send about listings, parsed once.
use async_graphql::{ID, InputObject};
use jicai_domain::audit::IdempotencyKey;
use jicai_domain::errors::{Code, Refusal};
use jicai_domain::identity::{Reason, Version};
use jicai_domain::ids::{DocumentId, Id, ItemId, ListingId, ListingMarkId};
use jicai_domain::procurement::values::{parse_positive, parse_units};
use jicai_service::listing::decide::Decision;
use jicai_service::listing::{apply, marks, read, verdict};

use super::distribution::{organization_if_any, region};
use super::types::{ListingMarkKind, ListingState};

/// Which listings.
#[derive(Default, InputObject)]
pub(super) struct ListingFilter {
    /// That stand like this.
    state: Option<ListingState>,
    /// The code of a region: in it, in a part of it, or in what it is part of.
    region: Option<String>,
    /// With that in their name or the holder's name.
    text: Option<String>,
    /// With that label, or stopped like that, now.
    label: Option<ListingMarkKind>,
    /// Of that manufacturer.
    manufacturer: Option<ID>,
    /// Of that item.
    item: Option<ID>,
}

impl ListingFilter {
    pub(super) fn read(self) -> Result<read::Wanted, Refusal> {
        Ok(read::Wanted {
            state: self.state.map(ListingState::label),
            region: self.region.map(|code| region(&code)).transpose()?,
            text: self.text.map(|text| text.trim().to_owned()).filter(|text| !text.is_empty()),
            mark: self.label.map(Into::into),
            manufacturer: organization_if_any(self.manufacturer.as_ref(), "manufacturer")?,
            item: self.item.map(|id| item(&id)).transpose()?,
        })
    }
}

fn item(id: &ID) -> Result<ItemId, Refusal> {
    ItemId::parse(id).map_err(|refusal| refusal.at("item"))
}

fn price(text: &str) -> Result<apply::Decimal, Refusal> {
    parse_positive(text).map_err(|_value| Refusal::of(Code::PriceInvalid).at("price"))
}

fn units(text: Option<String>) -> Result<Option<u64>, Refusal> {
    let invalid = |_value| Refusal::of(Code::ListingInvalid).at("packUnits").allowing("1 to 1000000000");
    text.map(|text| parse_units(&text)).transpose().map_err(invalid)
}

fn argued(amount: &str, explanation: &str, documents: &[ID]) -> Result<apply::Argued, Refusal> {
    let documents = documents.iter().map(|id| DocumentId::parse(id));
    Ok(apply::Argued {
        price: price(amount)?,
        explanation: Reason::parse(explanation).map_err(|refusal| refusal.at("explanation"))?,
        documents: documents.collect::<Result<_, _>>().map_err(|refusal: Refusal| refusal.at("documents"))?,
    })
}

fn seen(id: &ID, version: i32, key: &str) -> Result<apply::SeenListing, Refusal> {
    Ok(apply::SeenListing {
        id: ListingId::parse(id).map_err(|refusal| refusal.at("id"))?,
        version: Version::new(version),
        key: IdempotencyKey::parse(key)?,
    })
}

/// A price that somebody asks about.
#[derive(InputObject)]
pub(super) struct AskVerdictInput {
    /// The own item.
    item: ID,
    /// The code of the province.
    region: String,
    /// The price of a pack in yuan, tax included, as a decimal.
    price: String,
    /// Smallest units in a pack, as a decimal number, where the registry does not tell.
    pack_units: Option<String>,
}

impl TryFrom<AskVerdictInput> for verdict::AskVerdict {
    type Error = Refusal;

    fn try_from(input: AskVerdictInput) -> Result<Self, Refusal> {
        Ok(Self {
            item: item(&input.item)?,
            region: region(&input.region)?,
            price: price(&input.price)?,
            pack_units: units(input.pack_units)?,
        })
    }
}

/// An application for a listing.
#[derive(InputObject)]
pub(super) struct ApplyForListingInput {
    /// The own item.
    item: ID,
    /// The code of the province.
    region: String,
    /// The price of a pack in yuan, tax included, as a decimal with at most 4 places.
    price: String,
    /// Smallest units in a pack, as a decimal number, where the registry does not tell.
    pack_units: Option<String>,
    /// What is said for the price.
    explanation: String,
    /// Documents of the own organization that prove it.
    #[graphql(default)]
    documents: Vec<ID>,
    /// A new key for a new request, the same for its repetition.
    idempotency_key: String,
}

impl TryFrom<ApplyForListingInput> for apply::ApplyForListing {
    type Error = Refusal;

    fn try_from(input: ApplyForListingInput) -> Result<Self, Refusal> {
        Ok(Self {
            item: item(&input.item)?,
            region: region(&input.region)?,
            pack_units: units(input.pack_units)?,
            argued: argued(&input.price, &input.explanation, &input.documents)?,
            key: IdempotencyKey::parse(&input.idempotency_key)?,
        })
    }
}

/// A returned application, put right.
#[derive(InputObject)]
pub(super) struct ResubmitListingInput {
    /// The listing.
    id: ID,
    /// The version that was seen.
    version: i32,
    /// The price of a pack in yuan, tax included, as a decimal with at most 4 places.
    price: String,
    /// What is said for the price.
    explanation: String,
    /// Documents of the own organization that prove it.
    #[graphql(default)]
    documents: Vec<ID>,
    /// A new key for a new request, the same for its repetition.
    idempotency_key: String,
}

impl ResubmitListingInput {
    pub(super) fn read(&self) -> Result<(apply::SeenListing, apply::Argued), Refusal> {
        let seen = seen(&self.id, self.version, &self.idempotency_key)?;
        Ok((seen, argued(&self.price, &self.explanation, &self.documents)?))
    }
}

/// Another price of a listing.
#[derive(InputObject)]
pub(super) struct ChangeListingPriceInput {
    /// The listing.
    id: ID,
    /// The version that was seen.
    version: i32,
    /// The price of a pack in yuan, tax included, as a decimal with at most 4 places.
    price: String,
    /// What is said for the price.
    explanation: String,
    /// Documents of the own organization that prove it.
    #[graphql(default)]
    documents: Vec<ID>,
    /// Whether the office is to decide about a lower price, too.
    #[graphql(default)]
    with_office: bool,
    /// A new key for a new request, the same for its repetition.
    idempotency_key: String,
}

impl TryFrom<ChangeListingPriceInput> for apply::ChangeListingPrice {
    type Error = Refusal;

    fn try_from(input: ChangeListingPriceInput) -> Result<Self, Refusal> {
        Ok(Self {
            seen: seen(&input.id, input.version, &input.idempotency_key)?,
            argued: argued(&input.price, &input.explanation, &input.documents)?,
            with_office: input.with_office,
        })
    }
}

/// A listing as it was seen.
#[derive(InputObject)]
pub(super) struct ListingInput {
    /// The listing.
    id: ID,
    /// The version that was seen.
    version: i32,
    /// Why; needed to list something above a ceiling.
    reason: Option<String>,
    /// A new key for a new request, the same for its repetition.
    idempotency_key: String,
}

impl ListingInput {
    pub(super) fn read(&self) -> Result<(apply::SeenListing, Option<Reason>), Refusal> {
        let reason = self.reason.as_deref().map(Reason::parse).transpose()?;
        Ok((seen(&self.id, self.version, &self.idempotency_key)?, reason))
    }
}

/// A listing that is returned, refused, suspended or delisted.
#[derive(InputObject)]
pub(super) struct EndListingInput {
    /// The listing.
    id: ID,
    /// The version that was seen.
    version: i32,
    /// Why.
    reason: String,
    /// A new key for a new request, the same for its repetition.
    idempotency_key: String,
}

impl EndListingInput {
    pub(super) fn read(&self) -> Result<(apply::SeenListing, Reason), Refusal> {
        Ok((seen(&self.id, self.version, &self.idempotency_key)?, Reason::parse(&self.reason)?))
    }
}

/// What is decided about the price that waits.
#[derive(InputObject)]
pub(super) struct DecideListingPriceInput {
    /// The listing.
    id: ID,
    /// The version that was seen.
    version: i32,
    /// Whether it becomes the price.
    approve: bool,
    /// Why; needed to refuse it, and for a price above a ceiling.
    reason: Option<String>,
    /// A new key for a new request, the same for its repetition.
    idempotency_key: String,
}

impl DecideListingPriceInput {
    pub(super) fn read(&self) -> Result<(apply::SeenListing, Decision), Refusal> {
        let decision = if self.approve {
            Decision::Approve(self.reason.as_deref().map(Reason::parse).transpose()?)
        } else {
            Decision::Reject(Reason::parse(self.reason.as_deref().unwrap_or_default())?)
        };
        Ok((seen(&self.id, self.version, &self.idempotency_key)?, decision))
    }
}

/// A mark that is set.
#[derive(InputObject)]
pub(super) struct MarkListingInput {
    /// The listing.
    id: ID,
    /// What.
    kind: ListingMarkKind,
    /// Why.
    reason: String,
    /// A new key for a new request, the same for its repetition.
    idempotency_key: String,
}

impl TryFrom<MarkListingInput> for marks::MarkListing {
    type Error = Refusal;

    fn try_from(input: MarkListingInput) -> Result<Self, Refusal> {
        Ok(Self {
            listing: ListingId::parse(&input.id).map_err(|refusal| refusal.at("id"))?,
            kind: input.kind.into(),
            reason: Reason::parse(&input.reason)?,
            key: IdempotencyKey::parse(&input.idempotency_key)?,
        })
    }
}

/// A mark that is lifted.
#[derive(InputObject)]
pub(super) struct LiftListingMarkInput {
    /// The listing.
    id: ID,
    /// The mark.
    mark: ID,
    /// Why.
    reason: String,
    /// A new key for a new request, the same for its repetition.
    idempotency_key: String,
}

impl TryFrom<LiftListingMarkInput> for marks::LiftListingMark {
    type Error = Refusal;

    fn try_from(input: LiftListingMarkInput) -> Result<Self, Refusal> {
        Ok(Self {
            listing: ListingId::parse(&input.id).map_err(|refusal| refusal.at("id"))?,
            mark: ListingMarkId::parse(&input.mark).map_err(|refusal| refusal.at("mark"))?,
            reason: Reason::parse(&input.reason)?,
            key: IdempotencyKey::parse(&input.idempotency_key)?,
        })
    }
}
