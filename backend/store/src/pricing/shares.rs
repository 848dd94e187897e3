//! Which regions share their prices with which.
use diesel::pg::data_types::PgTimestamp;
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use jicai_domain::errors::{Code, Refusal};
use jicai_domain::identity::{RegionCode, Scope, Version};
use jicai_domain::ids::{PriceShareId, UserId};
use jicai_domain::time::Timestamp;
use uuid::Uuid;

use crate::door::Tx;
use crate::errors::StoreError;
use crate::identity::regions::read_code;
use crate::ids::{column, id};
use crate::page::{Page, Part};
use crate::schema::price_shares;
use crate::times::{at, timestamp};

/// A region's leave for another one to see its prices.
#[derive(Clone, Debug)]
pub struct PriceShare {
    /// Its id.
    pub id: PriceShareId,
    /// Whose prices.
    pub region: RegionCode,
    /// Who may see them.
    pub reader: RegionCode,
    /// Who gave it.
    pub granted_by: UserId,
    /// Since when it stands.
    pub granted_at: Timestamp,
    /// Who ended it, and when.
    pub ended: Option<(UserId, Timestamp)>,
    /// Counts its changes.
    pub version: Version,
}

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = price_shares)]
struct Row {
    id: Uuid,
    region: String,
    reader: String,
    granted_by: Uuid,
    granted_at: PgTimestamp,
    ended_by: Option<Uuid>,
    ended_at: Option<PgTimestamp>,
    version: i32,
}

/// Adds one. Errors: `PRICE_SHARE_STATE` where one stands, `REGION_UNKNOWN`.
pub async fn add(tx: &mut Tx, share: &PriceShare) -> Result<(), StoreError> {
    let row = Row {
        id: column(share.id),
        region: share.region.to_string(),
        reader: share.reader.to_string(),
        granted_by: column(share.granted_by),
        granted_at: at(share.granted_at),
        ended_by: share.ended.map(|(by, _)| column(by)),
        ended_at: share.ended.map(|(_, when)| at(when)),
        version: share.version.number(),
    };
    diesel::insert_into(price_shares::table).values(row).execute(tx.connection()).await?;
    Ok(())
}

/// One of a region of the scope, held until the transaction ends. Errors: `NOT_FOUND`.
pub async fn lock(tx: &mut Tx, scope: &Scope, wanted: PriceShareId) -> Result<PriceShare, StoreError> {
    let row: Option<Row> = price_shares::table
        .find(column(wanted))
        .select(Row::as_select())
        .for_update()
        .first(tx.connection())
        .await
        .optional()?;
    let found = row.map(read).transpose()?.filter(|share| scope.covers(share.region));
    found.ok_or_else(|| Refusal::of(Code::NotFound).into())
}

/// Ends one that the transaction holds.
pub async fn end(tx: &mut Tx, share: &PriceShare, (by, when): (UserId, Timestamp)) -> Result<(), StoreError> {
    diesel::update(price_shares::table.find(column(share.id)))
        .set((
            price_shares::ended_by.eq(column(by)),
            price_shares::ended_at.eq(at(when)),
            price_shares::version.eq(share.version.next().number()),
        ))
        .execute(tx.connection())
        .await?;
    Ok(())
}

/// Which regions share with those now.
pub async fn shared_with(tx: &mut Tx, readers: &[RegionCode]) -> Result<Vec<RegionCode>, StoreError> {
    let readers: Vec<String> = readers.iter().map(ToString::to_string).collect();
    let regions: Vec<String> = price_shares::table
        .filter(price_shares::reader.eq_any(readers))
        .filter(price_shares::ended_at.is_null())
        .select(price_shares::region)
        .load(tx.connection())
        .await?;
    regions.iter().map(|region| read_code(region)).collect()
}

/// A part of those that those regions give or have, the newest first.
pub async fn list(
    tx: &mut Tx,
    regions: &[RegionCode],
    page: &Page<PriceShareId>,
) -> Result<Part<PriceShare>, StoreError> {
    let regions: Vec<String> = regions.iter().map(ToString::to_string).collect();
    let of = price_shares::region.eq_any(regions.clone()).or(price_shares::reader.eq_any(regions));
    let mut query = price_shares::table.filter(of).select(Row::as_select()).into_boxed();
    if let Some(after) = page.after {
        query = query.filter(price_shares::id.lt(column(after)));
    }
    let rows: Vec<Row> =
        query.order(price_shares::id.desc()).limit(page.limit()).load(tx.connection()).await?;
    Ok(Part::cut(rows.into_iter().map(read).collect::<Result<_, _>>()?, page))
}

fn read(row: Row) -> Result<PriceShare, StoreError> {
    Ok(PriceShare {
        id: id(row.id),
        region: read_code(&row.region)?,
        reader: read_code(&row.reader)?,
        granted_by: id(row.granted_by),
        granted_at: timestamp(row.granted_at),
        ended: row.ended_by.map(id).zip(row.ended_at.map(timestamp)),
        version: Version::new(row.version),
    })
}
