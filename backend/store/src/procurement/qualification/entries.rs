//! What the opening and the public list read: who applied with what, and whether it qualifies. Whoever calls has judged the time.
use std::collections::BTreeMap;

use diesel::pg::data_types::PgTimestamp;
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use jicai_domain::errors::Refusal;
use jicai_domain::identity::{CreditCode, Name};
use jicai_domain::ids::{OrganizationId, RoundId, RoundProductId};
use jicai_domain::procurement::qualification::{Controller, Entry, Firm, groups};
use rust_decimal::Decimal;
use uuid::Uuid;

use super::products::facts;
use super::read_controller;
use crate::catalog::uses::read_use;
use crate::door::Tx;
use crate::errors::StoreError;
use crate::ids::{column, id};
use crate::page::{Page, Part};
use crate::schema::{organizations, qualifications, round_lots, round_products, round_specs};

/// An application.
#[derive(Queryable, Selectable)]
#[diesel(table_name = qualifications)]
struct Applied {
    id: Uuid,
    applicant: Uuid,
    status: String,
    controller: Option<String>,
    controller_code: Option<String>,
}

#[derive(Queryable, Selectable)]
#[diesel(table_name = round_products)]
struct Row {
    id: Uuid,
    qualification: Uuid,
    spec: Uuid,
    name: String,
    capacity: i64,
    fact_names: Vec<String>,
    fact_values: Vec<String>,
    status: String,
    item: Option<Uuid>,
    item_system: Option<String>,
    item_code: Option<String>,
    item_release: Option<i32>,
    item_at: Option<PgTimestamp>,
}

type SpecRow = (Uuid, String, String, Option<Decimal>, Decimal, bool);

/// An applicant, with the group that it competes in.
struct Applicant {
    id: OrganizationId,
    name: Name,
    credit_code: CreditCode,
    approved: bool,
    group: Option<String>,
}

/// Every product of a round, whether it qualifies or not, by their ids; those of applications that were never handed in among them,
/// because demand may name one.
pub async fn entries(tx: &mut Tx, round: RoundId) -> Result<Vec<Entry>, StoreError> {
    read(tx, round, None).await
}

/// The products of a round that qualify, by their ids.
pub async fn qualified_products(tx: &mut Tx, round: RoundId) -> Result<Vec<Entry>, StoreError> {
    Ok(entries(tx, round).await?.into_iter().filter(Entry::qualifies).collect())
}

/// A part of the products of a round that qualify, by their ids.
pub async fn qualified(
    tx: &mut Tx,
    round: RoundId,
    page: &Page<RoundProductId>,
) -> Result<Part<Entry>, StoreError> {
    Ok(Part::cut(read(tx, round, Some(page)).await?, page))
}

/// Whether an organization may bid in a round: it is approved with at least one product.
pub async fn is_qualified_applicant(
    tx: &mut Tx,
    round: RoundId,
    organization: OrganizationId,
) -> Result<bool, StoreError> {
    let held = round_products::table
        .inner_join(qualifications::table)
        .inner_join(round_specs::table.inner_join(round_lots::table))
        .filter(qualifications::round.eq(column(round)))
        .filter(qualifications::applicant.eq(column(organization)))
        .filter(qualifying());
    Ok(diesel::select(diesel::dsl::exists(held)).get_result(tx.connection()).await?)
}

/// What qualifies: application and product approved, lot and spec still announced.
#[diesel::dsl::auto_type(no_type_alias)]
fn qualifying() -> _ {
    let decided = qualifications::status.eq("APPROVED").and(round_products::status.eq("APPROVED"));
    let announced = round_specs::withdrawn_in.is_null().and(round_lots::withdrawn_in.is_null());
    decided.and(announced)
}

/// All products; with a page, those that qualify, behind its key and one more than it has room for.
async fn read(
    tx: &mut Tx,
    round: RoundId,
    page: Option<&Page<RoundProductId>>,
) -> Result<Vec<Entry>, StoreError> {
    let applicants = applicants(tx, round).await?;
    let announced = round_specs::withdrawn_in.is_null().and(round_lots::withdrawn_in.is_null());
    let spec = (
        round_lots::id,
        round_lots::name,
        round_specs::name,
        round_specs::content,
        round_specs::ceiling,
        announced,
    );
    let mut query = round_products::table
        .inner_join(qualifications::table)
        .inner_join(round_specs::table.inner_join(round_lots::table))
        .filter(qualifications::round.eq(column(round)))
        .order(round_products::id)
        .select((Row::as_select(), spec))
        .into_boxed();
    if let Some(page) = page {
        let after = page.after.map_or(Uuid::nil(), column);
        query = query.filter(qualifying()).filter(round_products::id.gt(after)).limit(page.limit());
    }
    let rows: Vec<(Row, SpecRow)> = query.load(tx.connection()).await?;
    rows.into_iter().map(|row| entry(row, &applicants)).collect()
}

fn entry((row, spec): (Row, SpecRow), applicants: &BTreeMap<Uuid, Applicant>) -> Result<Entry, StoreError> {
    let unreadable = || StoreError::row("product", row.id);
    let refused = |_refusal: Refusal| unreadable();
    let applicant = applicants.get(&row.qualification).ok_or_else(unreadable)?;
    let (lot, lot_name, spec_name, content, ceiling, announced) = spec;
    Ok(Entry {
        product: id(row.id),
        name: Name::parse(&row.name).map_err(refused)?,
        applicant: applicant.id,
        applicant_name: applicant.name.clone(),
        credit_code: applicant.credit_code.clone(),
        group: applicant.group.clone(),
        lot: id(lot),
        lot_name: Name::parse(&lot_name).map_err(refused)?,
        spec: id(row.spec),
        spec_name: Name::parse(&spec_name).map_err(refused)?,
        content,
        ceiling,
        item: read_use((row.item, row.item_system, row.item_code, row.item_release, row.item_at))?,
        capacity: u64::try_from(row.capacity).map_err(|_negative| unreadable())?,
        facts: facts(&row.fact_names, &row.fact_values),
        approved: applicant.approved && row.status == "APPROVED",
        announced,
    })
}

/// Everybody who applies to a round, by the application. Control goes over all of them, whatever was decided: whoever bids is approved
/// with what it declares.
async fn applicants(tx: &mut Tx, round: RoundId) -> Result<BTreeMap<Uuid, Applicant>, StoreError> {
    let rows: Vec<(Applied, String, String)> = qualifications::table
        .inner_join(organizations::table)
        .filter(qualifications::round.eq(column(round)))
        .select((Applied::as_select(), organizations::name, organizations::credit_code))
        .load(tx.connection())
        .await?;
    let read = |(row, name, code): (Applied, String, String)| {
        let refused = |_refusal: Refusal| StoreError::row("qualification", row.id);
        let controller = read_controller(row.controller.as_deref(), row.controller_code.as_deref());
        let applicant = Applicant {
            id: id(row.applicant),
            name: Name::parse(&name).map_err(refused)?,
            credit_code: CreditCode::parse(&code).map_err(refused)?,
            approved: row.status == "APPROVED",
            group: None,
        };
        Ok((row.id, applicant, controller.map_err(refused)?))
    };
    let read: Result<Vec<(Uuid, Applicant, Option<Controller>)>, StoreError> =
        rows.into_iter().map(read).collect();
    let read = read?;
    let mut grouped = groups(&read.iter().map(firm).collect::<Vec<_>>());
    let placed = |(key, applicant, _): (Uuid, Applicant, Option<Controller>)| {
        let group = grouped.remove(&applicant.id).flatten();
        (key, Applicant { group, ..applicant })
    };
    Ok(read.into_iter().map(placed).collect())
}

fn firm((_, applicant, controller): &(Uuid, Applicant, Option<Controller>)) -> Firm<'_> {
    Firm { id: applicant.id, credit_code: &applicant.credit_code, controller: controller.as_ref() }
}
