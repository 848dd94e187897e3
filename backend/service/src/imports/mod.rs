//! Tables that are brought in: begun with the upload, read by a job in chunks, ended with a file of the rows that were not taken.
mod begin;
mod catalog;
mod demand;
mod organizations;
mod pieces;
mod read;
mod rejects;
mod results;
mod run;
mod taken;

pub use begin::{Brought, cancel_import, start_import};
pub use read::{import as find_import, imports};
pub(crate) use run::import;
