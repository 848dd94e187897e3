//! Files: bytes into the object store, a row and an audit entry for them, and back to those who may see them.
mod read;
mod upload;

pub use jicai_store::documents::Chunks;
pub use read::{contents, document};
pub use upload::{StoreDocument, Upload, begin_upload};
