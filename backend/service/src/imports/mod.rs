//! Tables that are brought in: begun with the upload, read by a job in chunks, ended with a file of the rows that were not taken.
mod begin;
mod catalog;
mod demand;
mod given_up;
mod invoices;
mod orders;
mod organizations;
mod pieces;
mod prices;
mod read;
mod rejects;
mod results;
mod run;
mod standards;
mod taken;

pub use begin::{Brought, cancel_import, start_import};
pub use given_up::restart_import;
pub(crate) use given_up::{give_up, give_up_left, revived};
pub use read::{import as find_import, imports};
pub(crate) use run::import;
