//! Organizations, regions, users, logins, alliances.
pub mod alliances;
pub mod keys;
pub mod organizations;
pub mod regions;
pub mod sessions;
pub mod throttle;
pub mod users;
