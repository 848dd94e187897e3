//! Which distributors hospitals tick.
use std::collections::BTreeSet;

use diesel::pg::data_types::PgTimestamp;
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use jicai_domain::errors::{Code, Refusal};
use jicai_domain::identity::Version;
use jicai_domain::ids::OrganizationId;
use jicai_domain::listing::relation::Choice;
use uuid::Uuid;

use crate::door::Tx;
use crate::errors::StoreError;
use crate::ids::{column, id};
use crate::page::{Page, Part};
use crate::schema::distributor_choices;
use crate::times::{at, timestamp};

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = distributor_choices)]
struct Row {
    hospital: Uuid,
    manufacturer: Uuid,
    distributors: Vec<Uuid>,
    preferred: Option<Uuid>,
    chosen_by: Uuid,
    chosen_at: PgTimestamp,
    version: i32,
}

/// What a hospital chose for a manufacturer's goods; none while it has not.
pub async fn of(
    tx: &mut Tx,
    hospital: OrganizationId,
    manufacturer: OrganizationId,
) -> Result<Option<Choice>, StoreError> {
    let row: Option<Row> = distributor_choices::table
        .find((column(hospital), column(manufacturer)))
        .select(Row::as_select())
        .first(tx.connection())
        .await
        .optional()?;
    Ok(row.map(read))
}

/// What a hospital chose for the goods of manufacturers.
pub async fn of_makers(
    tx: &mut Tx,
    hospital: OrganizationId,
    makers: &BTreeSet<OrganizationId>,
) -> Result<Vec<Choice>, StoreError> {
    let rows: Vec<Row> = distributor_choices::table
        .filter(distributor_choices::hospital.eq(column(hospital)))
        .filter(
            distributor_choices::manufacturer.eq_any(makers.iter().copied().map(column).collect::<Vec<_>>()),
        )
        .select(Row::as_select())
        .load(tx.connection())
        .await?;
    Ok(rows.into_iter().map(read).collect())
}

/// A part of what a hospital chose, in the order of manufacturers.
pub async fn list(
    tx: &mut Tx,
    hospital: OrganizationId,
    page: &Page<OrganizationId>,
) -> Result<Part<Choice>, StoreError> {
    let rows: Vec<Row> = distributor_choices::table
        .filter(distributor_choices::hospital.eq(column(hospital)))
        .filter(distributor_choices::manufacturer.gt(page.after.map_or(Uuid::nil(), column)))
        .order(distributor_choices::manufacturer)
        .limit(page.limit())
        .select(Row::as_select())
        .load(tx.connection())
        .await?;
    Ok(Part::cut(rows.into_iter().map(read).collect(), page))
}

/// Saves a choice in the place of the one that was seen. Errors: `STALE_VERSION`.
pub async fn save(tx: &mut Tx, choice: &Choice, seen: Option<Version>) -> Result<(), StoreError> {
    let row = Row {
        hospital: column(choice.hospital),
        manufacturer: column(choice.manufacturer),
        distributors: choice.distributors.iter().copied().map(column).collect(),
        preferred: choice.preferred.map(column),
        chosen_by: column(choice.chosen_by),
        chosen_at: at(choice.chosen_at),
        version: choice.version.number(),
    };
    let saved = match seen {
        None => {
            let new = diesel::insert_into(distributor_choices::table).values(row).on_conflict_do_nothing();
            new.execute(tx.connection()).await?
        }
        Some(seen) => {
            diesel::update(distributor_choices::table.find((row.hospital, row.manufacturer)))
                .filter(distributor_choices::version.eq(seen.number()))
                .set((
                    distributor_choices::distributors.eq(row.distributors),
                    distributor_choices::preferred.eq(row.preferred),
                    distributor_choices::chosen_by.eq(row.chosen_by),
                    distributor_choices::chosen_at.eq(row.chosen_at),
                    distributor_choices::version.eq(row.version),
                ))
                .execute(tx.connection())
                .await?
        }
    };
    if saved == 1 { Ok(()) } else { Err(Refusal::of(Code::StaleVersion).at("version").into()) }
}

fn read(row: Row) -> Choice {
    Choice {
        hospital: id(row.hospital),
        manufacturer: id(row.manufacturer),
        distributors: row.distributors.into_iter().map(id).collect(),
        preferred: row.preferred.map(id),
        chosen_by: id(row.chosen_by),
        chosen_at: timestamp(row.chosen_at),
        version: Version::new(row.version),
    }
}
