//! Organizations, regions, users, logins, clients, alliances.
pub mod alliances;
pub mod clients;
pub mod keys;
pub mod licences;
pub mod organizations;
pub mod purge;
pub mod regions;
pub mod sessions;
pub mod throttle;
pub mod users;
