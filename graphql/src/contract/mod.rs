//! Official results and contracts over GraphQL.
mod backup;
mod evaluation;
mod lifetime;
mod mutation;
mod official;
mod packs;
mod query;
mod result_import;
mod types;
mod volume;
mod withdrawal;

use async_graphql::MergedObject;
pub(crate) use official::SelectedProduct;

/// All that can be asked of contracts: one object a noun, because the compiler follows the chain of all objects.
#[derive(MergedObject, Default)]
pub(crate) struct ContractQueries(
    query::ContractQuery,
    official::OfficialQuery,
    volume::VolumeQuery,
    withdrawal::WithdrawalQuery,
    evaluation::EvaluationQuery,
    packs::PackQuery,
    backup::BackupQuery,
);

/// All that can be done with them.
#[derive(MergedObject, Default)]
pub(crate) struct ContractMutations(
    mutation::ContractMutation,
    result_import::ResultImportMutation,
    volume::VolumeMutation,
    withdrawal::WithdrawalMutation,
    lifetime::LifetimeMutation,
    packs::PackMutation,
    backup::BackupMutation,
);
