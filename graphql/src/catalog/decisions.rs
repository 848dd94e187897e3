//! What is shown of what is to be decided: proposals and conflicts.
use async_graphql::{ID, Object};
use jicai_domain::catalog::item as domain;

use super::labels::{ItemConflictKind, ItemConflictResolution, ItemProposalKind, ItemProposalStatus};
use super::types::id;
use crate::dates::{Date, DateTime};

/// What somebody proposes to change in the registry. 申报
pub(crate) struct ItemProposal(pub(crate) domain::Proposal);

#[Object]
impl ItemProposal {
    /// Its id.
    async fn id(&self) -> ID {
        id(self.0.id)
    }

    /// What is proposed.
    async fn kind(&self) -> ItemProposalKind {
        self.0.kind.into()
    }

    /// The id of the organization whose it is.
    async fn organization_id(&self) -> ID {
        id(self.0.organization)
    }

    /// The ids of the items that it is about.
    async fn item_ids(&self) -> Vec<ID> {
        self.0.items.iter().map(id).collect()
    }

    /// What is to be done, as canonical JSON.
    async fn payload(&self) -> &str {
        &self.0.payload
    }

    /// The SHA-256 digest of that, in hexadecimal.
    async fn sha256(&self) -> String {
        self.0.sha256.to_string()
    }

    /// Why.
    async fn reason(&self) -> &str {
        self.0.reason.as_str()
    }

    /// How far it is.
    async fn status(&self) -> ItemProposalStatus {
        self.0.status.into()
    }

    /// When it was proposed.
    async fn proposed_at(&self) -> DateTime {
        DateTime(self.0.proposed_at)
    }

    /// When it was decided.
    async fn decided_at(&self) -> Option<DateTime> {
        self.0.decided.as_ref().map(|(_, at, _)| DateTime(*at))
    }

    /// Why it was rejected.
    async fn decision(&self) -> Option<&str> {
        self.0.decided.as_ref().and_then(|(_, _, reason)| reason.as_ref()).map(|reason| reason.as_str())
    }

    /// The id of the item that it made, or that is left.
    async fn item_id(&self) -> Option<ID> {
        self.0.item.map(id)
    }

    /// Counts its changes.
    async fn version(&self) -> i32 {
        self.0.version.number()
    }
}

/// What contradicts itself. 冲突
pub(crate) struct ItemConflict(pub(crate) domain::Conflict);

#[Object]
impl ItemConflict {
    /// Its id.
    async fn id(&self) -> ID {
        id(self.0.id)
    }

    /// What contradicts what.
    async fn kind(&self) -> ItemConflictKind {
        self.0.kind.into()
    }

    /// The id of the item that it was found at; where a code is claimed, the claimant's.
    async fn item_id(&self) -> ID {
        id(self.0.item)
    }

    /// The id of the item that it contradicts.
    async fn other_id(&self) -> Option<ID> {
        self.0.other.map(id)
    }

    /// The name of the kind of code.
    async fn system(&self) -> &str {
        &self.0.system
    }

    /// The code.
    async fn value(&self) -> &str {
        &self.0.value
    }

    /// From which day the item claims it, or on which a registration ends.
    async fn valid_from(&self) -> Option<Date> {
        self.0.valid_from.map(Date)
    }

    /// What the claim rests on.
    async fn evidence(&self) -> Option<&str> {
        self.0.evidence.as_deref()
    }

    /// When it was found.
    async fn found_at(&self) -> DateTime {
        DateTime(self.0.found_at)
    }

    /// What was decided; none while it is open.
    async fn resolution(&self) -> Option<ItemConflictResolution> {
        self.0.resolved.as_ref().map(|(how, _, _, _)| (*how).into())
    }

    /// Why.
    async fn reason(&self) -> Option<&str> {
        self.0.resolved.as_ref().map(|(_, why, _, _)| why.as_str())
    }

    /// When it was decided.
    async fn resolved_at(&self) -> Option<DateTime> {
        self.0.resolved.as_ref().map(|(_, _, _, at)| DateTime(*at))
    }

    /// Counts its changes.
    async fn version(&self) -> i32 {
        self.0.version.number()
    }
}
