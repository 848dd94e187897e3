//! Official results and the contracts that come from them.
pub mod official;
mod result_import;

pub use result_import::{
    AnnounceImported, ImportedResult, NameHolder, announce_imported_result, imported_result, name_holder,
};
