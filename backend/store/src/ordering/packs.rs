//! Packs that products are delivered in.
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use jicai_domain::ids::{OrganizationId, SelectedProductId, UserId};

use super::whole;
use crate::door::Tx;
use crate::errors::StoreError;
use crate::ids::column;
use crate::schema::{app_clock, product_packs, selected_products};

/// Whether the product is the organization's.
pub async fn is_of(
    tx: &mut Tx,
    product: SelectedProductId,
    holder: OrganizationId,
) -> Result<bool, StoreError> {
    let found =
        selected_products::table.find(column(product)).filter(selected_products::holder.eq(column(holder)));
    Ok(diesel::select(diesel::dsl::exists(found)).get_result(tx.connection()).await?)
}

/// Adds a pack; one that is there stays.
pub async fn add(tx: &mut Tx, product: SelectedProductId, units: u64, by: UserId) -> Result<(), StoreError> {
    diesel::insert_into(product_packs::table)
        .values((
            product_packs::product.eq(column(product)),
            product_packs::units.eq(whole(units)?),
            product_packs::declared_by.eq(column(by)),
            product_packs::declared_at.eq(app_clock()),
        ))
        .on_conflict_do_nothing()
        .execute(tx.connection())
        .await?;
    Ok(())
}
