//! From when until when the fund settles what an institution buys (定点).
use diesel::pg::data_types::PgDate;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Bool, Date, Integer, Nullable, Text, Uuid as SqlUuid};
use diesel_async::RunQueryDsl;
use jicai_domain::errors::{Code, Refusal};
use jicai_domain::identity::{RegionCode, Scope, Version};
use jicai_domain::ids::{DesignationId, OrganizationId, UserId};
use jicai_domain::time::Day;
use uuid::Uuid;

use super::areas_of;
use crate::door::Tx;
use crate::errors::StoreError;
use crate::identity::regions::read_code;
use crate::ids::{column, id};
use crate::page::{Page, Part};
use crate::times::{day, on};

/// A designation.
#[derive(Clone, Debug)]
pub struct Designation {
    /// Its id.
    pub id: DesignationId,
    /// The pooling area.
    pub area: RegionCode,
    /// The institution.
    pub hospital: OrganizationId,
    /// The first day.
    pub begins: Day,
    /// The last day, where it ends.
    pub ends: Option<Day>,
    /// Why it ends.
    pub reason: Option<String>,
    /// How often it changed.
    pub version: Version,
}

#[derive(QueryableByName)]
struct Row {
    #[diesel(sql_type = SqlUuid)]
    id: Uuid,
    #[diesel(sql_type = Text)]
    area: String,
    #[diesel(sql_type = SqlUuid)]
    hospital: Uuid,
    #[diesel(sql_type = Date)]
    begins: PgDate,
    #[diesel(sql_type = Nullable<Date>)]
    ends: Option<PgDate>,
    #[diesel(sql_type = Nullable<Text>)]
    reason: Option<String>,
    #[diesel(sql_type = Integer)]
    version: i32,
}

#[derive(QueryableByName)]
struct Held {
    #[diesel(sql_type = Bool)]
    held: bool,
}

const SELECT: &str = "SELECT id, area, hospital, begins, ends, reason, version FROM designations";

/// Designates an approved hospital, unless it is designated on that day or later already. Errors: `NOT_FOUND`, `DESIGNATION_STATE`.
pub async fn begin(
    tx: &mut Tx,
    new: &Designation,
    (agency, by): (OrganizationId, UserId),
) -> Result<(), StoreError> {
    let there: Held = diesel::sql_query(
        "SELECT EXISTS (SELECT FROM organizations WHERE id = $1 AND kind = 'HOSPITAL' AND status = 'APPROVED') AS held",
    )
    .bind::<SqlUuid, _>(column(new.hospital))
    .get_result(tx.connection())
    .await?;
    if !there.held {
        return Err(Refusal::of(Code::NotFound).at("hospital").into());
    }
    let begun = diesel::sql_query(
        "INSERT INTO designations (id, agency, area, hospital, begins, begun_by, begun_at, version) \
         SELECT $1, $2, $3, $4, $5, $6, app_clock(), 1 \
         WHERE NOT EXISTS (SELECT FROM designations WHERE hospital = $4 AND area = $3 AND coalesce(ends, 'infinity') >= $5)",
    )
    .bind::<SqlUuid, _>(column(new.id))
    .bind::<SqlUuid, _>(column(agency))
    .bind::<Text, _>(new.area.to_string())
    .bind::<SqlUuid, _>(column(new.hospital))
    .bind::<Date, _>(on(new.begins))
    .bind::<SqlUuid, _>(column(by))
    .execute(tx.connection())
    .await?;
    if begun == 1 { Ok(()) } else { Err(Refusal::of(Code::DesignationState).at("hospital").into()) }
}

/// Ends a designation after a day. Errors: `NOT_FOUND`, `STALE_VERSION`, `DESIGNATION_STATE` for one that has ended or begins later.
pub async fn end(
    tx: &mut Tx,
    scope: &Scope,
    (ended, expected): (DesignationId, Version),
    (last, reason, by): (Day, &str, UserId),
) -> Result<Designation, StoreError> {
    let row: Option<Row> = diesel::sql_query(format!("{SELECT} WHERE id = $1 FOR UPDATE"))
        .bind::<SqlUuid, _>(column(ended))
        .get_result(tx.connection())
        .await
        .optional()?;
    let found = designation(row.ok_or(Refusal::of(Code::NotFound))?)?;
    if !scope.covers(found.area) {
        return Err(Refusal::of(Code::NotFound).into());
    }
    if found.version != expected {
        return Err(Refusal::of(Code::StaleVersion).at("version").into());
    }
    if found.ends.is_some() || last < found.begins {
        return Err(Refusal::of(Code::DesignationState).into());
    }
    diesel::sql_query(
        "UPDATE designations SET ends = $2, reason = $3, ended_by = $4, version = version + 1 WHERE id = $1",
    )
    .bind::<SqlUuid, _>(column(ended))
    .bind::<Date, _>(on(last))
    .bind::<Text, _>(reason)
    .bind::<SqlUuid, _>(column(by))
    .execute(tx.connection())
    .await?;
    Ok(Designation { ends: Some(last), ..found })
}

/// Whether an institution is designated in an area on some day from one to another; what says so is held until the transaction ends.
pub async fn held(
    tx: &mut Tx,
    (area, hospital): (RegionCode, OrganizationId),
    (first, last): (Day, Day),
) -> Result<bool, StoreError> {
    let rows: Vec<Row> = diesel::sql_query(format!(
        "{SELECT} WHERE hospital = $1 AND area = $2 AND begins <= $4 AND coalesce(ends, 'infinity') >= $3 FOR SHARE"
    ))
    .bind::<SqlUuid, _>(column(hospital))
    .bind::<Text, _>(area.to_string())
    .bind::<Date, _>(on(first))
    .bind::<Date, _>(on(last))
    .load(tx.connection())
    .await?;
    Ok(!rows.is_empty())
}

/// A part of the designations of the areas that the scope reaches, or of its own organization, the newest first.
pub async fn page(
    tx: &mut Tx,
    scope: &Scope,
    page: &Page<DesignationId>,
) -> Result<Part<Designation>, StoreError> {
    let rows: Vec<Row> = diesel::sql_query(format!(
        "{SELECT} WHERE ($1 IS NULL OR hospital = $1) AND ($1 IS NOT NULL OR area ~ $2) AND ($3 IS NULL OR id < $3) ORDER BY id DESC LIMIT $4"
    ))
    .bind::<Nullable<SqlUuid>, _>(scope.organization().map(column))
    .bind::<Text, _>(areas_of(scope.regions()))
    .bind::<Nullable<SqlUuid>, _>(page.after.map(column))
    .bind::<BigInt, _>(page.limit())
    .load(tx.connection())
    .await?;
    Ok(Part::cut(rows.into_iter().map(designation).collect::<Result<_, _>>()?, page))
}

fn designation(row: Row) -> Result<Designation, StoreError> {
    Ok(Designation {
        id: id(row.id),
        area: read_code(&row.area)?,
        hospital: id(row.hospital),
        begins: day(row.begins),
        ends: row.ends.map(day),
        reason: row.reason,
        version: Version::new(row.version),
    })
}
