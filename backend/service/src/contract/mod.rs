//! Official results and the contracts that come from them.
mod backup;
mod calendar;
mod edition;
mod evaluation;
mod generate;
mod lifetime;
mod manage;
pub mod official;
mod packs;
mod read;
mod result_import;
mod seal;
pub mod volume;
pub mod withdrawal;
pub mod withdrawal_notice;

pub use backup::{
    DecideBackupSupply, ProposeBackupSupply, backup_supplies, decide_backup_supply, propose_backup_supply,
};
pub(crate) use calendar::move_due;
pub use edition::{SucceedContracts, Succession, succeed_contracts};
pub use evaluation::{Evaluated, RoundEvaluation, round_evaluation};
pub(crate) use generate::divide;
pub use generate::{generate_contracts, split_contract};
pub use lifetime::{
    ExtendContracts, RenewContract, RenewContracts, Renewal, extend_contracts, renew_contract,
    renew_contracts,
};
pub use manage::{lower_price, move_contracts, name_distributor, terminate_contract};
pub use packs::{
    PackPrice, RequestPack, ShownPack, added_pack, added_packs, decide_pack, pack_price, pack_requests,
    request_pack,
};
pub(crate) use read::scope;
pub use read::{
    Fulfilment, Paper, ShownContract, ShownPart, ShownSeal, Wanted, contract, contract_document,
    contract_paper, contracts_of, fulfilment, seals, sub_contract, sub_contract_document, sub_contracts,
};
pub use result_import::{
    AnnounceImported, CodeWarning, ImportedResult, NameHolder, announce_imported_result, imported_result,
    name_holder,
};
pub use seal::{SEALS_MAX, contract_key, register_contract_key, seal_contracts};
