//! Registration, review, users, logins, clients, alliances and regions.
mod alliances;
mod client_token;
mod clients;
mod found;
mod invite;
mod keys;
mod licences;
mod login;
mod passwords;
mod purge;
mod read;
mod regions;
mod register;
mod review;
mod second_factor;
mod sessions;
mod token;
mod users;

pub use alliances::{
    JoinAlliance, LeaveAlliance, OpenAlliance, join_alliance, leave_alliance, open_alliance,
};
pub use client_token::{ClientCredentials, ClientToken, client_token};
pub use clients::{
    ClientSecret, CreateClient, RotateClientSecret, clients, create_client, disable_client,
    rotate_client_secret,
};
pub use found::{FoundOperator, Founded, found_operator};
pub use invite::{InviteManager, InviteUser, Invited, invite_imported_manager, invite_manager, invite_user};
pub use keys::{KeyRing, PublishedKey, published_keys, rotate_keys};
pub(crate) use licences::licensed;
pub use licences::{AddLicence, LicenceChanged, add_licence, licences_of, remove_licence};
pub use login::{LogIn, Tokens, log_in};
pub use passwords::Passwords;
pub(crate) use purge::purge;
pub use read::{alliance, alliances, organization, organizations, organizations_of, own_user, user, users};
pub(crate) use regions::Regions;
pub use regions::{region, regions, regions_kept, regions_named};
pub use register::{RegisterOrganization, register_organization};
pub use review::{ResubmitOrganization, Verdict, resubmit_organization, review_organization};
pub use second_factor::{Enrolment, begin_second_factor, confirm_second_factor, drop_second_factor};
pub(crate) use sessions::caller_of;
pub use sessions::{authenticate, authenticate_for, log_out, refresh};
pub(crate) use token::Proved;
pub use users::{ChangePassword, UserOrder, change_password, disable_user, order_user, set_password};
