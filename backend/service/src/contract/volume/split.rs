//! 医共体: a lead splits what it agreed for its members among them.
use jicai_domain::audit::{Act, IdempotencyKey};
use jicai_domain::contract::change::Change;
use jicai_domain::errors::{Code, Refusal};
use jicai_domain::identity::{Caller, Permission, Reason};
use jicai_domain::ids::{OrganizationId, SubContractId};
use jicai_store::audit::record_with;
use jicai_store::contract::volume::entries::Source;
use jicai_store::contract::volume::holdings;
use jicai_store::contract::{contracts, official};

use super::judge::{in_region, judged};
use super::request::own_part;
use super::settle::{Move, Settling, ended_if_empty, settle};
use crate::app::App;
use crate::audit::{actor, keyed, once};
use crate::errors::Error;

/// Why a lead's contract ends when it keeps nothing.
const SPLIT: &str = "全部约定采购量已由牵头单位分解至成员单位";

/// A split by a lead.
#[derive(Clone, Debug)]
pub struct SplitSubContract {
    /// The lead's sub-contract.
    pub part: SubContractId,
    /// What it agreed when the caller looked.
    pub seen: u64,
    /// What each member gets; the lead keeps the rest.
    pub parts: Vec<(OrganizationId, u64)>,
    /// The key of the request.
    pub key: IdempotencyKey,
}

/// Splits a sub-contract of the caller's institution among its members. Errors: `FORBIDDEN`, `NOT_FOUND`, `STALE_VERSION` where it agrees
/// something else by now, `CONTRACT_STATE`, `VOLUME_SHORT`, `VOLUME_CHANGE_INVALID` for whoever is no member.
pub async fn split_sub_contract(
    app: &App,
    caller: &Caller,
    command: SplitSubContract,
) -> Result<SubContractId, Error> {
    caller.require(Permission::ChangeVolumes)?;
    let said = format!("{command:?}");
    let keyed = keyed(app, Some(caller), &command.key, "split_sub_contract", &[&said]);
    once(app, &keyed, async |tx| {
        let held = own_part(tx, caller, command.part).await?;
        official::lock_lot(tx, held.result, held.lot_number).await?;
        let contract = contracts::lock(tx, held.contract).await?;
        let held = holdings::part(tx, command.part).await?;
        if held.agreed != command.seen {
            return Err(Refusal::of(Code::StaleVersion).at("agreedVolume").into());
        }
        let members = holdings::members(tx, caller.organization).await?.into_iter().collect();
        let named: Vec<OrganizationId> = command.parts.iter().map(|(member, _)| *member).collect();
        let change = Change::Split { lead: held.holding, parts: command.parts.clone(), members };
        let entries = judged(tx, &change, (&held, &contract.contract)).await?;
        in_region(tx, &held, &named).await?;
        let moves: Vec<Move> = entries.into_iter().map(|entry| Move::of(entry, &held)).collect();
        let settling = Settling::of(&held, &contract, Source::Act);
        let mut acts = settle(tx, &settling, &moves).await?;
        acts.extend(ended_if_empty(tx, &contract, &Reason::parse(SPLIT)?).await?);
        let act = Act::new("SubContractSplit", command.part)
            .concerning(caller.organization)
            .concerning(contract.contract.holder)
            .with("members", command.parts.len());
        Ok(record_with(tx, actor(caller), act, acts, command.part).await?)
    })
    .await
}
