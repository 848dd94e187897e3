//! The count of what readers of the registry may see changed, so that a server knows when what it remembers is old.
use diesel::prelude::*;
use diesel_async::RunQueryDsl;

use crate::door::Tx;
use crate::errors::StoreError;
use crate::schema::catalog_revision;

/// Counts a change, and has whoever remembers told after the commit. Every transaction that changes what readers see calls it.
pub async fn bump(tx: &mut Tx) -> Result<(), StoreError> {
    diesel::update(catalog_revision::table)
        .set(catalog_revision::revision.eq(catalog_revision::revision + 1_i64))
        .execute(tx.connection())
        .await?;
    tx.changes_catalog();
    Ok(())
}

/// The count.
pub async fn current(tx: &mut Tx) -> Result<i64, StoreError> {
    Ok(catalog_revision::table.select(catalog_revision::revision).first(tx.connection()).await?)
}

/// Holds the count until the transaction ends.
pub(super) async fn hold(tx: &mut Tx) -> Result<(), StoreError> {
    let _held: i64 = catalog_revision::table
        .select(catalog_revision::revision)
        .for_update()
        .first(tx.connection())
        .await?;
    Ok(())
}
