//! How far agreed volume is fulfilled: sums of the rows that changes of lines add to, never of lines.
use diesel::QueryableByName;
use diesel::pg::data_types::PgDate;
use diesel::sql_types::{Array, BigInt, Date, Nullable, Numeric, SmallInt, Text, Uuid as SqlUuid};
use diesel_async::RunQueryDsl;
use jicai_domain::contract::term::AgreementYear;
use jicai_domain::identity::RegionCode;
use jicai_domain::ids::{ContractId, OrganizationId};
use jicai_domain::ordering::counts::{Counts, in_representative};
use jicai_domain::time::Day;
use rust_decimal::Decimal;
use uuid::Uuid;

use super::count;
use super::shown::Eyes;
use crate::contract::volume::holdings::AGREED;
use crate::door::Tx;
use crate::errors::StoreError;
use crate::identity::regions::read_code;
use crate::ids::{column, id};
use crate::page::{Page, Part};
use crate::times::{day, on};

/// The key of a month's row.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct MonthKey {
    /// The first day of the month.
    pub month: Day,
    /// The institution.
    pub hospital: OrganizationId,
    /// The contract.
    pub contract: ContractId,
}

/// Which rows somebody wants.
#[derive(Clone, Copy, Debug, Default)]
pub struct Wanted {
    /// On that contract.
    pub contract: Option<ContractId>,
    /// Of that month.
    pub month: Option<Day>,
    /// Of institutions of that province.
    pub province: Option<RegionCode>,
}

/// What an institution ordered and got on a contract in a month, and how far its part is by the end of it.
#[derive(Clone, Debug)]
pub struct ShownMonth {
    /// Which.
    pub key: MonthKey,
    /// The institution's name.
    pub hospital_name: String,
    /// Where it is.
    pub region: RegionCode,
    /// The product's name.
    pub product_name: String,
    /// Its specification.
    pub spec: String,
    /// The firm.
    pub holder_name: String,
    /// The agreement year.
    pub year: AgreementYear,
    /// What happened in the month.
    pub counts: Counts,
    /// What its part agrees now, in units of the lot's representative.
    pub agreed: u64,
    /// What it took and kept from the beginning of the contract until the end of the month, in units of the lot's representative.
    pub bought: u64,
}

#[derive(QueryableByName)]
struct CountsRow {
    #[diesel(sql_type = BigInt)]
    ordered: i64,
    #[diesel(sql_type = BigInt)]
    confirmed: i64,
    #[diesel(sql_type = BigInt)]
    cancelled: i64,
    #[diesel(sql_type = BigInt)]
    shipped: i64,
    #[diesel(sql_type = BigInt)]
    arrived: i64,
    #[diesel(sql_type = BigInt)]
    accepted: i64,
    #[diesel(sql_type = BigInt)]
    rejected: i64,
    #[diesel(sql_type = BigInt)]
    returned: i64,
    #[diesel(sql_type = BigInt)]
    deliveries: i64,
    #[diesel(sql_type = BigInt)]
    on_time: i64,
    #[diesel(sql_type = BigInt)]
    amount_fen: i64,
}

impl From<CountsRow> for Counts {
    fn from(row: CountsRow) -> Self {
        Self {
            ordered: row.ordered,
            confirmed: row.confirmed,
            cancelled: row.cancelled,
            shipped: row.shipped,
            arrived: row.arrived,
            accepted: row.accepted,
            rejected: row.rejected,
            returned: row.returned,
            deliveries: row.deliveries,
            on_time: row.on_time,
            amount_fen: row.amount_fen,
        }
    }
}

#[derive(QueryableByName)]
struct MonthRow {
    #[diesel(sql_type = Date)]
    month: PgDate,
    #[diesel(sql_type = SqlUuid)]
    hospital: Uuid,
    #[diesel(sql_type = SqlUuid)]
    basis: Uuid,
    #[diesel(sql_type = Text)]
    hospital_name: String,
    #[diesel(sql_type = Text)]
    region: String,
    #[diesel(sql_type = Text)]
    product_name: String,
    #[diesel(sql_type = Text)]
    spec: String,
    #[diesel(sql_type = Text)]
    holder_name: String,
    #[diesel(sql_type = SmallInt)]
    year: i16,
    #[diesel(sql_type = Date)]
    starts_on: PgDate,
    #[diesel(sql_type = Date)]
    until: PgDate,
    #[diesel(embed)]
    counts: CountsRow,
    #[diesel(sql_type = BigInt)]
    agreed: i64,
    #[diesel(sql_type = BigInt)]
    kept: i64,
    #[diesel(sql_type = Nullable<Numeric>)]
    content: Option<Decimal>,
    #[diesel(sql_type = Nullable<Numeric>)]
    representative: Option<Decimal>,
}

/// Which rows `m` of contracts `c` are seen; `$1` is the organization, `$2` the beginnings of the codes of the regions.
const fn seen(eyes: &Eyes) -> &'static str {
    match eyes {
        Eyes::Hospital(_) => {
            "(m.hospital = $1 OR m.hospital IN (SELECT d.member FROM demand_leads d WHERE d.lead = $1 AND d.left_at IS NULL))"
        }
        Eyes::Distributor(_) => "c.distributor = $1",
        Eyes::Manufacturer(_) => "c.holder = $1",
        Eyes::Office(..) => "c.result IN (SELECT r.id FROM official_results r WHERE r.office = $1)",
        Eyes::Jurisdiction(_) => {
            "(left(m.region, 2) = ANY ($2) OR left(m.region, 4) = ANY ($2) OR m.region = ANY ($2) OR '' = ANY ($2))"
        }
    }
}

/// Months that are seen, by month, institution and contract. What is not asked for is not in the statement, so that the page is read from
/// the index that it is ordered by.
pub async fn months(
    tx: &mut Tx,
    eyes: &Eyes,
    wanted: Wanted,
    page: &Page<MonthKey>,
) -> Result<Part<ShownMonth>, StoreError> {
    let (own, prefixes) = eyes.terms();
    let mut filter = String::new();
    for (asked, clause) in [
        (wanted.contract.is_some(), " AND m.basis = $3"),
        (wanted.month.is_some(), " AND m.month = $4"),
        (wanted.province.is_some(), " AND m.province = $5"),
        (page.after.is_some(), " AND (m.month, m.hospital, m.basis) > ($6, $7, $8)"),
    ] {
        if asked {
            filter.push_str(clause);
        }
    }
    let rows: Vec<MonthRow> = diesel::sql_query(format!(
        "WITH page AS MATERIALIZED (SELECT m.* FROM order_months m JOIN contracts c ON c.id = m.basis \
             WHERE {} AND ($1 IS NOT NULL OR $2 IS NOT NULL){filter} ORDER BY m.month, m.hospital, m.basis LIMIT $9) \
         SELECT m.*, h.name AS hospital_name, p.name AS product_name, p.spec, f.name AS holder_name, c.year, c.starts_on, c.until, \
             coalesce((SELECT {AGREED} FROM sub_contracts s WHERE s.contract = m.basis AND s.institution = m.hospital), 0)::bigint AS agreed, \
             (SELECT sum(b.accepted - b.returned) FROM order_months b WHERE b.hospital = m.hospital AND b.basis = m.basis \
                 AND b.month <= m.month)::bigint AS kept, p.content, p.representative_content AS representative \
         FROM page m JOIN contracts c ON c.id = m.basis JOIN selected_products p ON p.id = c.product \
         JOIN organizations h ON h.id = m.hospital JOIN organizations f ON f.id = c.holder ORDER BY m.month, m.hospital, m.basis",
        seen(eyes)
    ))
    .bind::<Nullable<SqlUuid>, _>(own)
    .bind::<Array<Text>, _>(prefixes)
    .bind::<Nullable<SqlUuid>, _>(wanted.contract.map(column))
    .bind::<Nullable<Date>, _>(wanted.month.map(on))
    .bind::<Nullable<Text>, _>(wanted.province.map(|region| region.to_string()))
    .bind::<Nullable<Date>, _>(page.after.map(|key| on(key.month)))
    .bind::<Nullable<SqlUuid>, _>(page.after.map(|key| column(key.hospital)))
    .bind::<Nullable<SqlUuid>, _>(page.after.map(|key| column(key.contract)))
    .bind::<BigInt, _>(page.limit())
    .load(tx.connection())
    .await?;
    Ok(Part::cut(rows.into_iter().map(month).collect::<Result<_, _>>()?, page))
}

fn month(row: MonthRow) -> Result<ShownMonth, StoreError> {
    let number = u32::try_from(row.year).map_err(|_negative| StoreError::row("year", row.year))?;
    let kept = u64::try_from(row.kept).unwrap_or(0);
    Ok(ShownMonth {
        key: MonthKey { month: day(row.month), hospital: id(row.hospital), contract: id(row.basis) },
        hospital_name: row.hospital_name,
        region: read_code(&row.region)?,
        product_name: row.product_name,
        spec: row.spec,
        holder_name: row.holder_name,
        year: AgreementYear { number, start: day(row.starts_on), end: day(row.until) },
        counts: row.counts.into(),
        agreed: count(row.agreed)?,
        bought: in_representative(kept, row.content.zip(row.representative)),
    })
}

/// All that institutions ordered and got on a contract, by month.
#[derive(Clone, Debug)]
pub struct OfContract {
    /// The sums.
    pub months: Vec<(Day, Counts)>,
    /// What the contract agrees now, in units of the lot's representative.
    pub agreed: u64,
    /// The agreement year.
    pub year: AgreementYear,
    /// What was taken and kept, in the same units.
    pub bought: u64,
}

#[derive(QueryableByName)]
struct SumRow {
    #[diesel(sql_type = Date)]
    month: PgDate,
    #[diesel(embed)]
    counts: CountsRow,
}

#[derive(QueryableByName)]
struct HeadRow {
    #[diesel(sql_type = SmallInt)]
    year: i16,
    #[diesel(sql_type = Date)]
    starts_on: PgDate,
    #[diesel(sql_type = Date)]
    until: PgDate,
    #[diesel(sql_type = BigInt)]
    agreed: i64,
    #[diesel(sql_type = Nullable<Numeric>)]
    content: Option<Decimal>,
    #[diesel(sql_type = Nullable<Numeric>)]
    representative: Option<Decimal>,
}

/// Where a contract stands that the caller has found: sixteen rows a month are read, however many institutions order.
pub async fn of_contract(tx: &mut Tx, contract: ContractId) -> Result<OfContract, StoreError> {
    let head: HeadRow = diesel::sql_query(
        "SELECT c.year, c.starts_on, c.until, p.content, p.representative_content AS representative, \
             (c.volume - coalesce((SELECT sum(e.volume) FROM volume_entries e WHERE e.from_contract = c.id AND e.from_account = 'HELD' \
                 AND (e.to_contract IS DISTINCT FROM c.id)), 0))::bigint AS agreed \
         FROM contracts c JOIN selected_products p ON p.id = c.product WHERE c.id = $1",
    )
    .bind::<SqlUuid, _>(column(contract))
    .get_result(tx.connection())
    .await?;
    let sums: Vec<SumRow> = diesel::sql_query(
        "SELECT month, sum(ordered)::bigint AS ordered, sum(confirmed)::bigint AS confirmed, sum(cancelled)::bigint AS cancelled, \
             sum(shipped)::bigint AS shipped, sum(arrived)::bigint AS arrived, sum(accepted)::bigint AS accepted, \
             sum(rejected)::bigint AS rejected, sum(returned)::bigint AS returned, sum(deliveries)::bigint AS deliveries, \
             sum(on_time)::bigint AS on_time, sum(amount_fen)::bigint AS amount_fen \
         FROM basis_months WHERE basis = $1 GROUP BY month ORDER BY month",
    )
    .bind::<SqlUuid, _>(column(contract))
    .load(tx.connection())
    .await?;
    let months: Vec<(Day, Counts)> =
        sums.into_iter().map(|row| (day(row.month), row.counts.into())).collect();
    let all = months.iter().fold(Counts::default(), |all, (_month, counts)| all.and(*counts));
    let number = u32::try_from(head.year).map_err(|_negative| StoreError::row("year", head.year))?;
    Ok(OfContract {
        months,
        agreed: count(head.agreed)?,
        year: AgreementYear { number, start: day(head.starts_on), end: day(head.until) },
        bought: in_representative(all.bought(), head.content.zip(head.representative)),
    })
}

#[derive(QueryableByName)]
struct BoughtRow {
    #[diesel(sql_type = BigInt)]
    kept: i64,
    #[diesel(sql_type = Nullable<Numeric>)]
    content: Option<Decimal>,
    #[diesel(sql_type = Nullable<Numeric>)]
    representative: Option<Decimal>,
}

/// What an institution took and kept on a contract, in units of the lot's representative.
pub async fn bought(tx: &mut Tx, contract: ContractId, hospital: OrganizationId) -> Result<u64, StoreError> {
    let row: BoughtRow = diesel::sql_query(
        "SELECT p.content, p.representative_content AS representative, coalesce((SELECT sum(m.accepted - m.returned) FROM order_months m \
             WHERE m.basis = c.id AND m.hospital = $2), 0)::bigint AS kept \
         FROM contracts c JOIN selected_products p ON p.id = c.product WHERE c.id = $1",
    )
    .bind::<SqlUuid, _>(column(contract))
    .bind::<SqlUuid, _>(column(hospital))
    .get_result(tx.connection())
    .await?;
    let kept = u64::try_from(row.kept).unwrap_or(0);
    Ok(in_representative(kept, row.content.zip(row.representative)))
}
