//! Official results and contracts over GraphQL.
mod evaluation;
mod lifetime;
mod mutation;
mod official;
mod query;
mod result_import;
mod types;
mod volume;
mod withdrawal;

pub(crate) use evaluation::EvaluationQuery;
pub(crate) use lifetime::LifetimeMutation;
pub(crate) use mutation::ContractMutation;
pub(crate) use official::{OfficialQuery, SelectedProduct};
pub(crate) use query::ContractQuery;
pub(crate) use result_import::ResultImportMutation;
pub(crate) use volume::{VolumeMutation, VolumeQuery};
pub(crate) use withdrawal::{WithdrawalMutation, WithdrawalQuery};
