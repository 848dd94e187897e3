//! Official results and contracts over GraphQL.
mod official;
mod result_import;

pub(crate) use official::OfficialQuery;
pub(crate) use result_import::ResultImportMutation;
