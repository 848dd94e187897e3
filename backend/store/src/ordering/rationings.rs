//! What there is of scarce products. Taking is one conditional update, so that of any number at once no more is taken than there is.
use std::collections::{BTreeMap, BTreeSet};

use diesel::QueryableByName;
use diesel::pg::data_types::PgTimestamp;
use diesel::prelude::*;
use diesel::sql_types::{Array, BigInt, Bool, Integer, Nullable, Text, Timestamptz, Uuid as SqlUuid};
use diesel_async::RunQueryDsl;
use jicai_domain::errors::{Code, Refusal};
use jicai_domain::identity::{Reason, RegionCode, Version};
use jicai_domain::ids::{OrganizationId, RationingId, SelectedProductId, UserId};
use jicai_domain::time::Timestamp;
use uuid::Uuid;

use super::{count, whole};
use crate::door::Tx;
use crate::errors::StoreError;
use crate::identity::regions::read_code;
use crate::ids::{column, id};
use crate::page::{Page, Part};
use crate::schema::{app_clock, official_results, rationings, selected_products, selected_supplies};
use crate::times::timestamp;

/// A rationing that is to be.
#[derive(Clone, Debug)]
pub struct NewRationing {
    /// Its id.
    pub id: RationingId,
    /// The office.
    pub office: OrganizationId,
    /// The product.
    pub product: SelectedProductId,
    /// The region.
    pub region: RegionCode,
    /// What there is, in smallest units.
    pub units: u64,
    /// What an institution gets at most.
    pub cap: u64,
    /// Why.
    pub reason: Reason,
    /// Who decided.
    pub by: UserId,
}

/// Whether a product of the office's is supplied in the region.
pub async fn supplied(
    tx: &mut Tx,
    office: OrganizationId,
    (product, region): (SelectedProductId, RegionCode),
) -> Result<bool, StoreError> {
    let found = selected_products::table
        .inner_join(official_results::table)
        .inner_join(selected_supplies::table)
        .filter(selected_products::id.eq(column(product)))
        .filter(official_results::office.eq(column(office)))
        .filter(selected_supplies::region.eq(region.to_string()));
    Ok(diesel::select(diesel::dsl::exists(found)).get_result(tx.connection()).await?)
}

/// Adds a rationing. Errors: `RATIONING_STATE` where the product is rationed there already.
pub async fn add(tx: &mut Tx, new: &NewRationing) -> Result<(), StoreError> {
    diesel::insert_into(rationings::table)
        .values((
            rationings::id.eq(column(new.id)),
            rationings::office.eq(column(new.office)),
            rationings::product.eq(column(new.product)),
            rationings::region.eq(new.region.to_string()),
            rationings::units.eq(whole(new.units)?),
            rationings::cap.eq(whole(new.cap)?),
            rationings::taken.eq(0_i64),
            rationings::reason.eq(new.reason.as_str()),
            rationings::declared_by.eq(column(new.by)),
            rationings::declared_at.eq(app_clock()),
            rationings::version.eq(Version::FIRST.number()),
        ))
        .execute(tx.connection())
        .await?;
    Ok(())
}

/// Ends one of the office's. Errors: `NOT_FOUND`, `STALE_VERSION`.
pub async fn end(
    tx: &mut Tx,
    office: OrganizationId,
    (wanted, expected): (RationingId, Version),
) -> Result<(), StoreError> {
    let own = rationings::table.find(column(wanted)).filter(rationings::office.eq(column(office)));
    let ended = diesel::update(own.filter(rationings::version.eq(expected.number())))
        .filter(rationings::ended_at.is_null())
        .set((
            rationings::ended_at.eq(app_clock().nullable()),
            rationings::version.eq(expected.next().number()),
        ))
        .execute(tx.connection())
        .await?;
    if ended == 1 {
        return Ok(());
    }
    let there: bool = diesel::select(diesel::dsl::exists(own)).get_result(tx.connection()).await?;
    let code = if there { Code::StaleVersion } else { Code::NotFound };
    Err(Refusal::of(code).at("version").into())
}

#[derive(QueryableByName)]
struct Key {
    #[diesel(sql_type = SqlUuid)]
    id: Uuid,
}

/// Units by rationing, in the order in which their rows are taken.
pub type Units = BTreeMap<RationingId, u64>;

/// Takes units for an institution; the rationings that do not have them any more, or not for it. Where there are any, the transaction has
/// to be given up.
pub async fn take(
    tx: &mut Tx,
    hospital: OrganizationId,
    units: &Units,
) -> Result<Vec<RationingId>, StoreError> {
    let shares: Vec<Key> = diesel::sql_query(
        "INSERT INTO rationing_shares AS s (rationing, hospital, taken) SELECT r.id, $3, w.units \
         FROM unnest($1, $2) AS w (id, units) JOIN rationings r ON r.id = w.id WHERE w.units <= r.cap ORDER BY r.id \
         ON CONFLICT ON CONSTRAINT rationing_shares_pkey DO UPDATE SET taken = s.taken + excluded.taken \
         WHERE s.taken + excluded.taken <= (SELECT cap FROM rationings WHERE id = s.rationing) RETURNING s.rationing AS id",
    )
    .bind::<Array<SqlUuid>, _>(units.keys().copied().map(column).collect::<Vec<_>>())
    .bind::<Array<BigInt>, _>(units.values().copied().map(whole).collect::<Result<Vec<_>, _>>()?)
    .bind::<SqlUuid, _>(column(hospital))
    .load(tx.connection())
    .await?;
    if shares.len() < units.len() {
        return Ok(missing(units, &shares));
    }
    let taken: Vec<Key> = diesel::sql_query(
        "WITH held AS MATERIALIZED (SELECT id FROM rationings WHERE id = ANY ($1) ORDER BY id FOR NO KEY UPDATE) \
         UPDATE rationings r SET taken = r.taken + w.units FROM unnest($1, $2) AS w (id, units) JOIN held ON held.id = w.id \
         WHERE r.id = w.id AND r.ended_at IS NULL AND r.taken + w.units <= r.units RETURNING r.id",
    )
    .bind::<Array<SqlUuid>, _>(units.keys().copied().map(column).collect::<Vec<_>>())
    .bind::<Array<BigInt>, _>(units.values().copied().map(whole).collect::<Result<Vec<_>, _>>()?)
    .load(tx.connection())
    .await?;
    Ok(missing(units, &taken))
}

/// What is left of rationings: of each, and of it for each institution.
#[derive(Clone, Debug, Default)]
pub struct Rest {
    all: Units,
    own: BTreeMap<(RationingId, OrganizationId), u64>,
}

impl Rest {
    /// Takes units, where there are so many.
    pub fn take(&mut self, (rationing, hospital): (RationingId, OrganizationId), units: u64) -> bool {
        let (all, own) = (self.all.get_mut(&rationing), self.own.get_mut(&(rationing, hospital)));
        let (Some(all), Some(own)) = (all, own) else { return false };
        let (Some(rest), Some(share)) = (all.checked_sub(units), own.checked_sub(units)) else {
            return false;
        };
        (*all, *own) = (rest, share);
        true
    }
}

/// What is left of rationings for institutions. Until the transaction ends nobody takes of it, in the order in which it is taken.
pub async fn rest(tx: &mut Tx, wanted: &BTreeSet<(RationingId, OrganizationId)>) -> Result<Rest, StoreError> {
    let mut rest = Rest::default();
    if wanted.is_empty() {
        return Ok(rest);
    }
    let ids: Vec<Uuid> = wanted.iter().map(|(rationing, _)| column(*rationing)).collect();
    let hospitals: Vec<Uuid> = wanted.iter().map(|(_, hospital)| column(*hospital)).collect();
    diesel::sql_query(
        "SELECT FROM rationing_shares s JOIN unnest($1, $2) AS w (rationing, hospital) USING (rationing, hospital) \
         ORDER BY s.rationing, s.hospital FOR NO KEY UPDATE OF s",
    )
    .bind::<Array<SqlUuid>, _>(ids.clone())
    .bind::<Array<SqlUuid>, _>(hospitals.clone())
    .execute(tx.connection())
    .await?;
    diesel::sql_query("SELECT id FROM rationings WHERE id = ANY ($1) ORDER BY id FOR NO KEY UPDATE")
        .bind::<Array<SqlUuid>, _>(ids.clone())
        .execute(tx.connection())
        .await?;
    let rows: Vec<RestRow> = diesel::sql_query(
        "SELECT r.id, w.hospital, CASE WHEN r.ended_at IS NULL THEN r.units - r.taken ELSE 0 END AS rest, \
             greatest(r.cap - coalesce(s.taken, 0), 0) AS share \
         FROM unnest($1, $2) AS w (rationing, hospital) JOIN rationings r ON r.id = w.rationing \
         LEFT JOIN rationing_shares s ON s.rationing = r.id AND s.hospital = w.hospital",
    )
    .bind::<Array<SqlUuid>, _>(ids)
    .bind::<Array<SqlUuid>, _>(hospitals)
    .load(tx.connection())
    .await?;
    for row in rows {
        rest.all.insert(id(row.id), count(row.rest)?);
        rest.own.insert((id(row.id), id(row.hospital)), count(row.share)?);
    }
    Ok(rest)
}

#[derive(QueryableByName)]
struct RestRow {
    #[diesel(sql_type = SqlUuid)]
    id: Uuid,
    #[diesel(sql_type = SqlUuid)]
    hospital: Uuid,
    #[diesel(sql_type = BigInt)]
    rest: i64,
    #[diesel(sql_type = BigInt)]
    share: i64,
}

fn missing(units: &Units, found: &[Key]) -> Vec<RationingId> {
    let found: Vec<RationingId> = found.iter().map(|key| id(key.id)).collect();
    units.keys().copied().filter(|one| !found.contains(one)).collect()
}

/// Units of institutions that go back to where they were taken from.
pub async fn give_back(
    tx: &mut Tx,
    units: &BTreeMap<(RationingId, OrganizationId), u64>,
) -> Result<(), StoreError> {
    if units.is_empty() {
        return Ok(());
    }
    let of_shares = units.values().copied().map(whole).collect::<Result<Vec<i64>, _>>()?;
    diesel::sql_query(
        "WITH held AS MATERIALIZED (SELECT s.rationing, s.hospital FROM rationing_shares s \
             JOIN unnest($1, $2) AS w (rationing, hospital) USING (rationing, hospital) \
             ORDER BY s.rationing, s.hospital FOR NO KEY UPDATE OF s) \
         UPDATE rationing_shares s SET taken = s.taken - w.units FROM unnest($1, $2, $3) AS w (rationing, hospital, units) \
         JOIN held USING (rationing, hospital) WHERE s.rationing = w.rationing AND s.hospital = w.hospital",
    )
    .bind::<Array<SqlUuid>, _>(units.keys().map(|(one, _)| column(*one)).collect::<Vec<_>>())
    .bind::<Array<SqlUuid>, _>(units.keys().map(|(_, hospital)| column(*hospital)).collect::<Vec<_>>())
    .bind::<Array<BigInt>, _>(of_shares)
    .execute(tx.connection())
    .await?;
    let mut sums = Units::new();
    for ((one, _hospital), units) in units {
        let sum = sums.entry(*one).or_default();
        *sum = sum.saturating_add(*units);
    }
    diesel::sql_query(
        "WITH held AS MATERIALIZED (SELECT id FROM rationings WHERE id = ANY ($1) ORDER BY id FOR NO KEY UPDATE) \
         UPDATE rationings r SET taken = r.taken - w.units FROM unnest($1, $2) AS w (id, units) JOIN held ON held.id = w.id \
         WHERE r.id = w.id",
    )
    .bind::<Array<SqlUuid>, _>(sums.keys().copied().map(column).collect::<Vec<_>>())
    .bind::<Array<BigInt>, _>(sums.values().copied().map(whole).collect::<Result<Vec<_>, _>>()?)
    .execute(tx.connection())
    .await?;
    Ok(())
}

/// A rationing as it is shown.
#[derive(Clone, Debug)]
pub struct ShownRationing {
    /// Its id.
    pub id: RationingId,
    /// The product.
    pub product: SelectedProductId,
    /// The region.
    pub region: RegionCode,
    /// What there is.
    pub units: u64,
    /// What an institution gets at most.
    pub cap: u64,
    /// What was taken of it, by all; none where the caller may not know.
    pub taken: Option<u64>,
    /// What the caller's institution took.
    pub own: u64,
    /// Why.
    pub reason: String,
    /// When it began.
    pub declared_at: Timestamp,
    /// When it ended.
    pub ended_at: Option<Timestamp>,
    /// How often it changed.
    pub version: i32,
}

#[derive(QueryableByName)]
struct Row {
    #[diesel(sql_type = SqlUuid)]
    id: Uuid,
    #[diesel(sql_type = SqlUuid)]
    product: Uuid,
    #[diesel(sql_type = Text)]
    region: String,
    #[diesel(sql_type = BigInt)]
    units: i64,
    #[diesel(sql_type = BigInt)]
    cap: i64,
    #[diesel(sql_type = BigInt)]
    taken: i64,
    #[diesel(sql_type = Bool)]
    whole: bool,
    #[diesel(sql_type = BigInt)]
    own: i64,
    #[diesel(sql_type = Text)]
    reason: String,
    #[diesel(sql_type = Timestamptz)]
    declared_at: PgTimestamp,
    #[diesel(sql_type = Nullable<Timestamptz>)]
    ended_at: Option<PgTimestamp>,
    #[diesel(sql_type = Integer)]
    version: i32,
}

/// The rationings that somebody is told of, the newest first: the office its own, the firm those of its products, institutions and
/// authorities those of regions that they are part of or that are part of theirs.
pub async fn page(
    tx: &mut Tx,
    (own, regions): (OrganizationId, &[RegionCode]),
    whole: bool,
    page: &Page<RationingId>,
) -> Result<Part<ShownRationing>, StoreError> {
    let provinces = regions.iter().map(|region| region.to_string());
    let rows: Vec<Row> = diesel::sql_query(
        "SELECT r.id, r.product, r.region, r.units, r.cap, r.taken, ($3 OR r.office = $1 OR p.holder = $1) AS whole, \
             coalesce((SELECT s.taken FROM rationing_shares s WHERE s.rationing = r.id AND s.hospital = $1), 0) AS own, \
             r.reason, r.declared_at, r.ended_at, r.version \
         FROM rationings r JOIN selected_products p ON p.id = r.product \
         WHERE (r.office = $1 OR p.holder = $1 OR EXISTS (SELECT FROM unnest($2) AS near (region) WHERE near.region = '000000' \
             OR left(near.region, 2) = left(r.region, 2))) AND ($4 IS NULL OR r.id < $4) ORDER BY r.id DESC LIMIT $5",
    )
    .bind::<SqlUuid, _>(column(own))
    .bind::<Array<Text>, _>(provinces.collect::<Vec<_>>())
    .bind::<Bool, _>(whole)
    .bind::<Nullable<SqlUuid>, _>(page.after.map(column))
    .bind::<BigInt, _>(page.limit())
    .load(tx.connection())
    .await?;
    let read = |row: Row| {
        Ok(ShownRationing {
            id: id(row.id),
            product: id(row.product),
            region: read_code(&row.region)?,
            units: count(row.units)?,
            cap: count(row.cap)?,
            taken: if row.whole { Some(count(row.taken)?) } else { None },
            own: count(row.own)?,
            reason: row.reason,
            declared_at: timestamp(row.declared_at),
            ended_at: row.ended_at.map(timestamp),
            version: row.version,
        })
    };
    Ok(Part::cut(rows.into_iter().map(read).collect::<Result<_, StoreError>>()?, page))
}
