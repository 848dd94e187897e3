//! Files: bytes into the object store, a row and an audit entry for them, and back to those who may see them.
mod orphans;
mod read;
mod upload;

pub use jicai_store::documents::Chunks;
pub(crate) use orphans::forget_orphans;
pub(crate) use read::check;
pub use read::{contents, document};
pub use upload::{StoreDocument, Upload, begin_upload};
pub(crate) use upload::{said, stored};
