//! What is asked and said of alerts.
use async_graphql::{Enum, ID, InputObject};
use jicai_domain::audit::IdempotencyKey;
use jicai_domain::errors::{Code, Refusal};
use jicai_domain::identity::{Reason, RegionCode, Version};
use jicai_domain::ids::{Id, ItemId, OrganizationId, PriceAlertId, UserId};
use jicai_domain::procurement::values::parse_positive;
use jicai_service::alert as cases;

use super::types::{AlertBasis, AlertSeverity, AlertState, MonitorKind};

/// In which order.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Enum)]
enum AlertOrder {
    /// The newest first.
    #[default]
    NewestFirst,
    /// The oldest first.
    OldestFirst,
}

/// Which alerts.
#[derive(Default, InputObject)]
pub(super) struct AlertFilter {
    /// In that region, or in one that is part of it.
    region: Option<String>,
    /// That grave.
    severity: Option<AlertSeverity>,
    /// Of that group.
    group: Option<String>,
    /// Of that maker, as observations name it.
    maker: Option<String>,
    /// Of that firm.
    manufacturer: Option<ID>,
    /// Of that item.
    item: Option<ID>,
    /// That such a monitor raised.
    monitor: Option<MonitorKind>,
    /// Of such prices.
    basis: Option<AlertBasis>,
    /// That stand like this.
    state: Option<AlertState>,
    /// Given to that person.
    assignee: Option<ID>,
    /// In which order.
    #[graphql(default)]
    order: AlertOrder,
}

impl AlertFilter {
    pub(super) fn read(self) -> Result<cases::Wanted, Refusal> {
        let region = self.region.as_deref().map(RegionCode::parse).transpose();
        Ok(cases::Wanted {
            region: region.map_err(|refusal| refusal.at("region"))?,
            severity: self.severity.map(Into::into),
            group: self.group,
            maker: self.maker,
            manufacturer: id::<OrganizationId>(self.manufacturer.as_ref(), "manufacturer")?,
            item: id::<ItemId>(self.item.as_ref(), "item")?,
            kind: self.monitor.map(Into::into),
            basis: self.basis.map(Into::into),
            state: self.state.map(AlertState::label),
            assignee: id::<UserId>(self.assignee.as_ref(), "assignee")?,
            oldest_first: self.order == AlertOrder::OldestFirst,
        })
    }
}

fn id<T: Id>(given: Option<&ID>, field: &'static str) -> Result<Option<T>, Refusal> {
    given.map(|id| T::parse(id)).transpose().map_err(|refusal| refusal.at(field))
}

/// An alert and the version of it that was seen.
#[derive(InputObject)]
pub(super) struct AlertInput {
    /// The alert.
    id: ID,
    /// The version that was seen.
    version: i32,
    /// A new key for a new request, the same for its repetition.
    idempotency_key: String,
}

/// What was seen of an alert, and the key of the request.
pub(super) type Read = (PriceAlertId, Version, IdempotencyKey);

fn seen(id: &ID, version: i32, key: &str) -> Result<Read, Refusal> {
    let id = PriceAlertId::parse(id).map_err(|refusal| refusal.at("id"))?;
    Ok((id, Version::new(version), IdempotencyKey::parse(key)?))
}

impl AlertInput {
    pub(super) fn read(&self) -> Result<Read, Refusal> {
        seen(&self.id, self.version, &self.idempotency_key)
    }
}

/// An alert that nothing is wrong with.
#[derive(InputObject)]
pub(super) struct DismissAlertInput {
    /// The alert.
    id: ID,
    /// The version that was seen.
    version: i32,
    /// Why nothing is wrong.
    reason: String,
    /// A new key for a new request, the same for its repetition.
    idempotency_key: String,
}

impl DismissAlertInput {
    pub(super) fn read(&self) -> Result<(Read, Reason), Refusal> {
        Ok((seen(&self.id, self.version, &self.idempotency_key)?, Reason::parse(&self.reason)?))
    }
}

/// An alert that somebody is to work on.
#[derive(InputObject)]
pub(super) struct AssignAlertInput {
    /// The alert.
    id: ID,
    /// The version that was seen.
    version: i32,
    /// An active user of the own organization who may work on alerts.
    assignee: ID,
    /// A new key for a new request, the same for its repetition.
    idempotency_key: String,
}

impl AssignAlertInput {
    pub(super) fn read(&self) -> Result<(Read, UserId), Refusal> {
        let assignee = UserId::parse(&self.assignee).map_err(|refusal| refusal.at("assignee"))?;
        Ok((seen(&self.id, self.version, &self.idempotency_key)?, assignee))
    }
}

/// A price that a firm asks about before it declares it.
#[derive(InputObject)]
pub(super) struct AskPriceInput {
    /// An own item of the registry.
    item: ID,
    /// The code of the province.
    region: String,
    /// The price of a pack in yuan, tax included, as a decimal.
    price: String,
    /// Smallest units in a pack, where the registry does not tell.
    pack_units: Option<u32>,
}

impl AskPriceInput {
    pub(super) fn read(&self) -> Result<cases::AskPrice, Refusal> {
        let price =
            parse_positive(&self.price).map_err(|_value| Refusal::of(Code::PriceInvalid).at("price"))?;
        Ok(cases::AskPrice {
            item: ItemId::parse(&self.item).map_err(|refusal| refusal.at("item"))?,
            region: RegionCode::parse(&self.region).map_err(|refusal| refusal.at("region"))?,
            price,
            pack_units: self.pack_units.map(u64::from),
        })
    }
}
