//! Stored files: their rows in Postgres, their bytes in an object store.
mod bytes;
mod rows;

pub use bytes::{Chunks, Objects, Writing, s3_setting};
pub(crate) use rows::{Row, document};
pub use rows::{add, announced, count, find, held, known, objected, proves_listing};
