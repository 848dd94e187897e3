//! Who was first with what an item is. The key decides between many at once.
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use jicai_domain::documents::Digest;
use jicai_domain::ids::{ItemId, ItemProposalId};
use uuid::Uuid;

use crate::door::Tx;
use crate::errors::StoreError;
use crate::ids::{column, id};
use crate::schema::item_identities;

/// Whose an identity is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Owner {
    /// An item's.
    Item(ItemId),
    /// That of an item that is proposed.
    Proposal(ItemProposalId),
}

impl std::fmt::Display for Owner {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Item(item) => write!(f, "{item}"),
            Self::Proposal(proposal) => write!(f, "{proposal}"),
        }
    }
}

/// Takes an identity, waiting for another transaction that takes it; whose it is then.
pub async fn claim(tx: &mut Tx, identity: &Digest, owner: Owner) -> Result<Owner, StoreError> {
    let (item, proposal) = columns(owner);
    diesel::insert_into(item_identities::table)
        .values((
            item_identities::digest.eq(identity.bytes().to_vec()),
            item_identities::item.eq(item),
            item_identities::proposal.eq(proposal),
        ))
        .on_conflict_do_nothing()
        .execute(tx.connection())
        .await?;
    find(tx, identity).await?.ok_or_else(|| StoreError::row("identity", identity))
}

/// Whose an identity is.
pub async fn find(tx: &mut Tx, identity: &Digest) -> Result<Option<Owner>, StoreError> {
    let row: Option<(Option<Uuid>, Option<Uuid>)> = item_identities::table
        .find(identity.bytes().to_vec())
        .select((item_identities::item, item_identities::proposal))
        .first(tx.connection())
        .await
        .optional()?;
    row.map(|(item, proposal)| match (item, proposal) {
        (Some(item), None) => Ok(Owner::Item(id(item))),
        (None, Some(proposal)) => Ok(Owner::Proposal(id(proposal))),
        (Some(_), Some(_)) | (None, None) => Err(StoreError::row("identity", identity)),
    })
    .transpose()
}

/// Gives what a proposal took to the item that it made.
pub async fn settle(tx: &mut Tx, proposal: ItemProposalId, made: ItemId) -> Result<(), StoreError> {
    diesel::update(item_identities::table.filter(item_identities::proposal.eq(column(proposal))))
        .set((item_identities::item.eq(column(made)), item_identities::proposal.eq(None::<Uuid>)))
        .execute(tx.connection())
        .await?;
    Ok(())
}

/// Gives back what a proposal took.
pub async fn give_back(tx: &mut Tx, proposal: ItemProposalId) -> Result<(), StoreError> {
    diesel::delete(item_identities::table.filter(item_identities::proposal.eq(column(proposal))))
        .execute(tx.connection())
        .await?;
    Ok(())
}

/// Gives back what an item took: there never was such an item.
pub async fn free(tx: &mut Tx, item: ItemId) -> Result<(), StoreError> {
    diesel::delete(item_identities::table.filter(item_identities::item.eq(column(item))))
        .execute(tx.connection())
        .await?;
    Ok(())
}

fn columns(owner: Owner) -> (Option<Uuid>, Option<Uuid>) {
    match owner {
        Owner::Item(item) => (Some(column(item)), None),
        Owner::Proposal(proposal) => (None, Some(column(proposal))),
    }
}
