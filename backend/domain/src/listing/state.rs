//! 挂网: a product as it is listed in a region, from the application to the end.
use crate::errors::{Code, Refusal};
use crate::identity::{Reason, RegionCode, RegionLevel, Version};
use crate::ids::{ItemId, ListingId, OrganizationId, UserId};
use crate::time::Timestamp;
use rust_decimal::Decimal;

/// Decimal places that a listed price may have.
const PRICE_PLACES: u32 = 4;

/// A listing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listing {
    /// Its id.
    pub id: ListingId,
    /// The item of the registry.
    pub item: Option<ItemId>,
    /// Whose it is.
    pub manufacturer: OrganizationId,
    /// The province that it is listed in.
    pub region: RegionCode,
    /// What the registry said of it when it was applied for.
    pub labels: Labels,
    /// The price of a pack, tax included: the one in force, or the one applied for before there is one.
    pub price: Decimal,
    /// Smallest units in a pack.
    pub pack_units: u64,
    /// How it stands.
    pub state: ListingState,
    /// Who applied.
    pub applied_by: UserId,
    /// When.
    pub applied_at: Timestamp,
    /// Counts its changes.
    pub version: Version,
}

/// What a listing is called, and what its price is compared with.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Labels {
    /// 通用名.
    pub name: String,
    /// 剂型.
    pub form: Option<String>,
    /// 规格.
    pub spec: Option<String>,
    /// The holder, as the registry names it.
    pub holder_name: String,
    /// 最小制剂单位.
    pub unit: String,
    /// 四同.
    pub same4: Option<String>,
    /// 三同.
    pub same3: Option<String>,
}

/// Who suspended a listing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// Its manufacturer.
    Firm,
    /// The office of the region.
    Office,
}

impl Side {
    /// The stable label.
    pub const fn label(self) -> &'static str {
        match self {
            Self::Firm => "FIRM",
            Self::Office => "OFFICE",
        }
    }

    /// The side with that label.
    pub fn from_label(label: &str) -> Option<Self> {
        [Self::Firm, Self::Office].into_iter().find(|side| side.label() == label)
    }
}

/// How a listing stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ListingState {
    /// The office has it.
    Applied,
    /// The firm has to put something right.
    Returned {
        /// What.
        reason: Reason,
    },
    /// The office refused it.
    Rejected {
        /// Why.
        reason: Reason,
    },
    /// The firm took the application back.
    Withdrawn,
    /// Hospitals may order it.
    Listed {
        /// Since when it is listed.
        at: Timestamp,
    },
    /// Nobody may order it for now.
    Suspended {
        /// Since when it is listed.
        at: Timestamp,
        /// Why.
        reason: Reason,
        /// Who suspended it: only that side lists it again.
        by: Side,
    },
    /// It was taken off the list.
    Delisted {
        /// Since when it was listed.
        at: Timestamp,
        /// Why.
        reason: Reason,
    },
}

/// What can happen to a listing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ListingCommand {
    /// The office lists it.
    Approve {
        /// When.
        at: Timestamp,
    },
    /// The office wants something put right.
    Return {
        /// What.
        reason: Reason,
    },
    /// The office refuses it.
    Reject {
        /// Why.
        reason: Reason,
    },
    /// The firm hands it in again.
    Resubmit,
    /// The firm takes it back.
    Withdraw,
    /// A side stops it for a time.
    Suspend {
        /// Why.
        reason: Reason,
        /// Which side.
        by: Side,
    },
    /// The side that suspended it lists it again.
    Resume {
        /// Which side.
        by: Side,
    },
    /// A side takes it off the list.
    Delist {
        /// Why.
        reason: Reason,
    },
    /// Its price changes, or is to be changed.
    Reprice,
}

impl ListingState {
    /// The stable label.
    pub const fn label(&self) -> &'static str {
        match self {
            Self::Applied => "APPLIED",
            Self::Returned { .. } => "RETURNED",
            Self::Rejected { .. } => "REJECTED",
            Self::Withdrawn => "WITHDRAWN",
            Self::Listed { .. } => "LISTED",
            Self::Suspended { .. } => "SUSPENDED",
            Self::Delisted { .. } => "DELISTED",
        }
    }

    /// Why it is not listed.
    pub const fn reason(&self) -> Option<&Reason> {
        match self {
            Self::Applied | Self::Withdrawn | Self::Listed { .. } => None,
            Self::Returned { reason }
            | Self::Rejected { reason }
            | Self::Suspended { reason, .. }
            | Self::Delisted { reason, .. } => Some(reason),
        }
    }

    /// Since when it is listed.
    pub const fn listed_at(&self) -> Option<Timestamp> {
        match self {
            Self::Applied | Self::Returned { .. } | Self::Rejected { .. } | Self::Withdrawn => None,
            Self::Listed { at } | Self::Suspended { at, .. } | Self::Delisted { at, .. } => Some(*at),
        }
    }

    /// Who suspended it.
    pub const fn suspended_by(&self) -> Option<Side> {
        match self {
            Self::Suspended { by, .. } => Some(*by),
            Self::Applied
            | Self::Returned { .. }
            | Self::Rejected { .. }
            | Self::Withdrawn
            | Self::Listed { .. }
            | Self::Delisted { .. } => None,
        }
    }

    /// Whether hospitals and the public see it.
    pub const fn is_public(&self) -> bool {
        self.listed_at().is_some()
    }

    fn next(&self, command: &ListingCommand) -> Option<ListingState> {
        use ListingCommand as C;
        match (self, command) {
            (Self::Applied, C::Approve { at }) => Some(Self::Listed { at: *at }),
            (Self::Applied, C::Return { reason }) => Some(Self::Returned { reason: reason.clone() }),
            (Self::Applied | Self::Returned { .. }, C::Reject { reason }) => {
                Some(Self::Rejected { reason: reason.clone() })
            }
            (Self::Applied | Self::Returned { .. }, C::Withdraw) => Some(Self::Withdrawn),
            (Self::Returned { .. }, C::Resubmit) => Some(Self::Applied),
            (Self::Listed { at }, C::Suspend { reason, by }) => {
                Some(Self::Suspended { at: *at, reason: reason.clone(), by: *by })
            }
            (Self::Suspended { at, by, .. }, C::Resume { by: side }) if by == side => {
                Some(Self::Listed { at: *at })
            }
            (Self::Listed { at } | Self::Suspended { at, .. }, C::Delist { reason }) => {
                Some(Self::Delisted { at: *at, reason: reason.clone() })
            }
            (Self::Listed { .. } | Self::Suspended { .. }, C::Reprice) => Some(self.clone()),
            (
                Self::Applied,
                C::Resubmit | C::Suspend { .. } | C::Resume { .. } | C::Delist { .. } | C::Reprice,
            )
            | (
                Self::Returned { .. },
                C::Approve { .. }
                | C::Return { .. }
                | C::Suspend { .. }
                | C::Resume { .. }
                | C::Delist { .. }
                | C::Reprice,
            )
            | (
                Self::Listed { .. },
                C::Approve { .. }
                | C::Return { .. }
                | C::Reject { .. }
                | C::Resubmit
                | C::Withdraw
                | C::Resume { .. },
            )
            | (
                Self::Suspended { .. },
                C::Approve { .. }
                | C::Return { .. }
                | C::Reject { .. }
                | C::Resubmit
                | C::Withdraw
                | C::Suspend { .. }
                | C::Resume { .. },
            )
            | (Self::Rejected { .. } | Self::Withdrawn | Self::Delisted { .. }, _) => None,
        }
    }
}

impl Listing {
    /// A new one. Errors: `LISTING_INVALID` for a region that is no province, `PRICE_INVALID`.
    pub fn checked(self) -> Result<Self, Refusal> {
        if self.region.level() != RegionLevel::Province {
            return Err(Refusal::of(Code::ListingInvalid).at("region").allowing("a province"));
        }
        if self.pack_units == 0 {
            return Err(Refusal::of(Code::ListingInvalid).at("packUnits"));
        }
        listable(self.price)?;
        Ok(self)
    }

    /// The listing after a command. Errors: `LISTING_STATE`.
    pub fn apply(self, command: &ListingCommand) -> Result<Self, Refusal> {
        let state = self.state.next(command).ok_or_else(|| {
            Refusal::of(Code::ListingState).allowing(format!("not while it is {}", self.state.label()))
        })?;
        Ok(Self { state, version: self.version.next(), ..self })
    }
}

/// Refuses what a price of a pack cannot be. Errors: `PRICE_INVALID`.
pub fn listable(price: Decimal) -> Result<(), Refusal> {
    if price > Decimal::ZERO && price.normalize().scale() <= PRICE_PLACES {
        return Ok(());
    }
    Err(Refusal::of(Code::PriceInvalid).at("price").allowing("yuan of a pack with at most 4 decimal places"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ids::Id;

    fn listing(state: ListingState) -> Listing {
        Listing {
            id: ListingId::from_number(1),
            item: None,
            manufacturer: OrganizationId::from_number(2),
            region: RegionCode::parse("320000").unwrap(),
            labels: Labels::default(),
            price: "12.3400".parse().unwrap(),
            pack_units: 7,
            state,
            applied_by: UserId::from_number(3),
            applied_at: Timestamp::from_micros(0),
            version: Version::FIRST,
        }
    }

    #[test]
    fn every_state_takes_what_the_table_says_and_nothing_else() {
        let (at, reason) = (Timestamp::from_micros(9), Reason::parse("说明").unwrap());
        let suspended = |by| ListingState::Suspended { at, reason: reason.clone(), by };
        let suspend = |by| ListingCommand::Suspend { reason: reason.clone(), by };
        let commands = [
            ListingCommand::Approve { at },
            ListingCommand::Return { reason: reason.clone() },
            ListingCommand::Reject { reason: reason.clone() },
            ListingCommand::Resubmit,
            ListingCommand::Withdraw,
            suspend(Side::Firm),
            suspend(Side::Office),
            ListingCommand::Resume { by: Side::Firm },
            ListingCommand::Resume { by: Side::Office },
            ListingCommand::Delist { reason: reason.clone() },
            ListingCommand::Reprice,
        ];
        let table = [
            (ListingState::Applied, "LISTED RETURNED REJECTED - WITHDRAWN - - - - - -"),
            (ListingState::Returned { reason: reason.clone() }, "- - REJECTED APPLIED WITHDRAWN - - - - - -"),
            (ListingState::Listed { at }, "- - - - - SUSPENDED SUSPENDED - - DELISTED LISTED"),
            (suspended(Side::Firm), "- - - - - - - LISTED - DELISTED SUSPENDED"),
            (suspended(Side::Office), "- - - - - - - - LISTED DELISTED SUSPENDED"),
            (ListingState::Rejected { reason: reason.clone() }, "- - - - - - - - - - -"),
            (ListingState::Withdrawn, "- - - - - - - - - - -"),
            (ListingState::Delisted { at, reason: reason.clone() }, "- - - - - - - - - - -"),
        ];
        for (state, expected) in table {
            let outcome = |command| match listing(state.clone()).apply(command) {
                Ok(next) => {
                    assert_eq!(next.version, Version::FIRST.next());
                    next.state.label()
                }
                Err(refusal) => {
                    assert_eq!(refusal.code, Code::ListingState);
                    "-"
                }
            };
            let outcomes: Vec<&str> = commands.iter().map(outcome).collect();
            assert_eq!(outcomes.join(" "), expected, "{state:?}");
        }
    }

    #[test]
    fn a_listing_is_for_a_province_at_a_price_with_four_places() {
        let at = |region: &str, price: &str| {
            let region = RegionCode::parse(region).unwrap();
            let checked =
                Listing { region, price: price.parse().unwrap(), ..listing(ListingState::Applied) }.checked();
            checked.map_err(|refusal| (refusal.code, refusal.field)).err()
        };
        assert_eq!(at("320000", "12.34000"), None);
        assert_eq!(at("320100", "12.34"), Some((Code::ListingInvalid, Some("region"))));
        assert_eq!(at("000000", "12.34"), Some((Code::ListingInvalid, Some("region"))));
        for bad in ["0", "-1", "1.00001"] {
            assert_eq!(at("320000", bad), Some((Code::PriceInvalid, Some("price"))), "{bad}");
        }
    }
}
