//! Organizations, their regions and users, who may do what, and where.
mod alliance;
mod caller;
mod client;
mod credit_code;
mod licence;
mod names;
mod organization;
mod permission;
mod region;
mod role;
mod throttle;
mod user;

pub use alliance::{Alliance, Membership, ProductGroup};
pub use caller::{Caller, Scope, Standing, Who};
pub use client::{Client, ClientStatus, Overlap};
pub use credit_code::CreditCode;
pub use licence::{LICENCES_MAX, Licence, LicenceKind, LicenceNumber, LicenceRules};
pub use names::{LoginName, Name, Password, Reason};
pub use organization::{Organization, OrganizationCommand, OrganizationStatus, Version};
pub use permission::{Permission, Reach};
pub use region::{Region, RegionCode, RegionLevel};
pub use role::{OrganizationKind, Role};
pub use throttle::Attempts;
pub use user::{EXPIRED_KEPT_SECONDS, User, UserCommand, UserStatus};
