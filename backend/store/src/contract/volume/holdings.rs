//! What parts of contracts hold now: what they were given, less what has left them.
use std::collections::BTreeMap;

use diesel::pg::data_types::PgDate;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Date, Integer, Nullable, Numeric, SmallInt, Text, Uuid as SqlUuid};
use diesel_async::RunQueryDsl;
use jicai_domain::contract::ledger::{Buyer, Holding, Place};
use jicai_domain::contract::term::AgreementYear;
use jicai_domain::errors::{Code, Refusal};
use jicai_domain::ids::{ContractId, OfficialResultId, OrganizationId, SelectedProductId, SubContractId};
use rust_decimal::Decimal;
use uuid::Uuid;

use crate::contract::volume::entries::Side;
use crate::door::Tx;
use crate::errors::StoreError;
use crate::identity::regions::read_code;
use crate::ids::{column, id};
use crate::schema::{contracts, demand_leads, sub_contracts};
use crate::times::day;

/// What a part holds, or a contract that is not divided.
#[derive(Clone, Copy, Debug)]
pub struct Balance {
    /// The contract.
    pub contract: ContractId,
    /// The part; none of a contract that is not divided.
    pub part: Option<SubContractId>,
    /// The result.
    pub result: OfficialResultId,
    /// The office that announced it.
    pub office: OrganizationId,
    /// The number of the lot.
    pub lot_number: i32,
    /// The agreement year.
    pub year: AgreementYear,
    /// Who distributes.
    pub distributor: Option<OrganizationId>,
    /// Who holds it where.
    pub holding: Holding,
    /// What is agreed.
    pub agreed: u64,
    /// What of the part was left over and has no supplier yet.
    pub left_over: u64,
}

impl Balance {
    /// Where the volume is.
    pub const fn side(&self) -> Side {
        Side { contract: Some(self.contract), part: self.part }
    }

    /// The book that it is in.
    pub const fn book(&self) -> super::entries::Book {
        super::entries::Book { result: self.result, lot_number: self.lot_number, year: self.year.number }
    }
}

#[derive(QueryableByName)]
struct Row {
    #[diesel(sql_type = SqlUuid)]
    contract: Uuid,
    #[diesel(sql_type = Nullable<SqlUuid>)]
    part: Option<Uuid>,
    #[diesel(sql_type = SqlUuid)]
    result: Uuid,
    #[diesel(sql_type = SqlUuid)]
    office: Uuid,
    #[diesel(sql_type = Integer)]
    lot_number: i32,
    #[diesel(sql_type = SmallInt)]
    year: i16,
    #[diesel(sql_type = Date)]
    starts_on: PgDate,
    #[diesel(sql_type = Date)]
    until: PgDate,
    #[diesel(sql_type = Nullable<SqlUuid>)]
    distributor: Option<Uuid>,
    #[diesel(sql_type = SqlUuid)]
    product: Uuid,
    #[diesel(sql_type = Text)]
    region: String,
    #[diesel(sql_type = Nullable<Numeric>)]
    content: Option<Decimal>,
    #[diesel(sql_type = Nullable<SqlUuid>)]
    institution: Option<Uuid>,
    #[diesel(sql_type = BigInt)]
    agreed: i64,
    #[diesel(sql_type = BigInt)]
    left_over: i64,
}

/// What a part agrees, and what of it is left over; `s` is the part.
pub(crate) const AGREED: &str = "(s.volume - coalesce((SELECT sum(e.volume) FROM volume_entries e \
     WHERE e.from_part = s.id AND e.from_account = 'HELD'), 0))::bigint";
pub(crate) const LEFT_OVER: &str = "coalesce((SELECT sum(CASE WHEN e.to_account = 'LEFTOVER' THEN e.volume \
     WHEN e.from_account = 'LEFTOVER' THEN -e.volume ELSE 0 END) FROM volume_entries e WHERE e.from_part = s.id), 0)::bigint";

const COLUMNS: &str = "c.id AS contract, s.id AS part, c.result, r.office, p.lot_number, c.year, c.starts_on, c.until, c.distributor, \
     c.product, c.region, CASE WHEN c.supplement = 0 THEN p.content ELSE c.content END AS content, s.institution";
const JOINED: &str =
    "contracts c JOIN selected_products p ON p.id = c.product JOIN official_results r ON r.id = c.result";

/// Holds the contracts of a product that have not ended until the transaction ends.
pub async fn lock_running(tx: &mut Tx, product: SelectedProductId) -> Result<Vec<ContractId>, StoreError> {
    let rows: Vec<Uuid> = contracts::table
        .filter(contracts::product.eq(column(product)))
        .filter(contracts::status.ne_all(["CLOSED", "TERMINATED"]))
        .order(contracts::id)
        .select(contracts::id)
        .for_update()
        .load(tx.connection())
        .await?;
    Ok(rows.into_iter().map(id).collect())
}

/// What the contracts of a product hold that have not ended and whose last day has not passed, by year, contract and part: what is over
/// is nobody's to take over.
pub async fn running(tx: &mut Tx, product: SelectedProductId) -> Result<Vec<Balance>, StoreError> {
    held(
        tx,
        "c.product = $1 AND c.status NOT IN ('CLOSED', 'TERMINATED') \
             AND coalesce(c.ends_on, c.until) >= (app_clock() AT TIME ZONE 'Asia/Shanghai')::date",
        column(product),
    )
    .await
}

/// What the contracts of a product in force hold, by year, contract and part.
pub async fn in_force(tx: &mut Tx, product: SelectedProductId) -> Result<Vec<Balance>, StoreError> {
    held(
        tx,
        "c.product = $1 AND c.status = 'IN_FORCE' \
             AND coalesce(c.ends_on, c.until) >= (app_clock() AT TIME ZONE 'Asia/Shanghai')::date",
        column(product),
    )
    .await
}

/// What a contract holds, by part.
pub async fn of_contract(tx: &mut Tx, contract: ContractId) -> Result<Vec<Balance>, StoreError> {
    held(tx, "c.id = $1", column(contract)).await
}

/// What the institutions of a contract agree now, those that have something.
pub async fn by_institution(
    tx: &mut Tx,
    contract: ContractId,
) -> Result<BTreeMap<OrganizationId, u64>, StoreError> {
    let held = of_contract(tx, contract).await?.into_iter().filter(|balance| balance.agreed > 0);
    let by = held.filter_map(|balance| match balance.holding.place.buyer {
        Buyer::Institution(institution) => Some((institution, balance.agreed)),
        Buyer::Pool => None,
    });
    Ok(by.collect())
}

async fn held(tx: &mut Tx, which: &'static str, wanted: Uuid) -> Result<Vec<Balance>, StoreError> {
    let rows: Vec<Row> = diesel::sql_query(format!(
        "SELECT {COLUMNS}, coalesce({AGREED}, c.volume) AS agreed, {LEFT_OVER} AS left_over \
         FROM {JOINED} LEFT JOIN sub_contracts s ON s.contract = c.id WHERE {which} ORDER BY c.year, c.id, s.id"
    ))
    .bind::<SqlUuid, _>(wanted)
    .load(tx.connection())
    .await?;
    rows.into_iter().map(read).collect()
}

/// What a part holds. Errors: `NOT_FOUND`.
pub async fn part(tx: &mut Tx, wanted: SubContractId) -> Result<Balance, StoreError> {
    let row: Option<Row> = diesel::sql_query(format!(
        "SELECT {COLUMNS}, {AGREED} AS agreed, {LEFT_OVER} AS left_over FROM {JOINED} JOIN sub_contracts s ON s.contract = c.id \
         WHERE s.id = $1"
    ))
    .bind::<SqlUuid, _>(column(wanted))
    .get_result(tx.connection())
    .await
    .optional()?;
    read(row.ok_or(Refusal::of(Code::NotFound))?)
}

/// What all parts of a contract agree together.
pub async fn agreed(tx: &mut Tx, contract: ContractId) -> Result<u64, StoreError> {
    #[derive(QueryableByName)]
    struct Sum {
        #[diesel(sql_type = BigInt)]
        agreed: i64,
    }
    let row: Sum = diesel::sql_query(format!(
        "SELECT coalesce(sum({AGREED}), 0)::bigint AS agreed FROM sub_contracts s WHERE s.contract = $1"
    ))
    .bind::<SqlUuid, _>(column(contract))
    .get_result(tx.connection())
    .await?;
    u64::try_from(row.agreed).map_err(|_negative| StoreError::row("volume", row.agreed))
}

/// The institutions that have a part of a contract.
pub async fn institutions(tx: &mut Tx, contract: ContractId) -> Result<Vec<OrganizationId>, StoreError> {
    let rows: Vec<Uuid> = sub_contracts::table
        .filter(sub_contracts::contract.eq(column(contract)))
        .order(sub_contracts::institution)
        .select(sub_contracts::institution)
        .load(tx.connection())
        .await?;
    Ok(rows.into_iter().map(id).collect())
}

/// The institutions that one leads now.
pub async fn members(tx: &mut Tx, lead: OrganizationId) -> Result<Vec<OrganizationId>, StoreError> {
    let rows: Vec<Uuid> = demand_leads::table
        .filter(demand_leads::lead.eq(column(lead)))
        .filter(demand_leads::left_at.is_null())
        .select(demand_leads::member)
        .load(tx.connection())
        .await?;
    Ok(rows.into_iter().map(id).collect())
}

fn read(row: Row) -> Result<Balance, StoreError> {
    let unreadable = || StoreError::row("contract", row.contract);
    let number = |number: i64| u64::try_from(number).map_err(|_negative| unreadable());
    let buyer = row.institution.map_or(Buyer::Pool, |institution| Buyer::Institution(id(institution)));
    let place = Place { region: read_code(&row.region)?, content: row.content, buyer };
    Ok(Balance {
        contract: id(row.contract),
        part: row.part.map(id),
        result: id(row.result),
        office: id(row.office),
        lot_number: row.lot_number,
        year: AgreementYear {
            number: u32::try_from(row.year).map_err(|_negative| unreadable())?,
            start: day(row.starts_on),
            end: day(row.until),
        },
        distributor: row.distributor.map(id),
        holding: Holding { place, supplier: id(row.product) },
        agreed: number(row.agreed)?,
        left_over: number(row.left_over)?,
    })
}
