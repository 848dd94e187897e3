//! Contracts and their parts as those see them who may: the parties, the office, and the regulators and auditors of the region.
use diesel::pg::data_types::{PgDate, PgTimestamp};
use diesel::prelude::*;
use diesel::sql_types::{
    Array, BigInt, Date, Integer, Nullable, Numeric, SmallInt, Text, Timestamptz, Uuid as SqlUuid,
};
use diesel_async::RunQueryDsl;
use jicai_domain::contract::agreement::ContractStatus;
use jicai_domain::contract::term::AgreementYear;
use jicai_domain::errors::{Code, Refusal};
use jicai_domain::identity::{RegionCode, Scope};
use jicai_domain::ids::{ContractId, OfficialResultId, OrganizationId, SelectedProductId, SubContractId};
use jicai_domain::time::{Day, Timestamp};
use rust_decimal::Decimal;
use uuid::Uuid;

use super::rows;
use crate::contract::volume::holdings::{AGREED, LEFT_OVER};
use crate::door::Tx;
use crate::errors::StoreError;
use crate::identity::regions::read_code;
use crate::ids::{column, id};
use crate::page::{Page, Part};
use crate::schema::{contract_seals, organizations};
use crate::times::{day, timestamp};

/// Which contracts somebody wants.
#[derive(Clone, Debug, Default)]
pub struct Wanted {
    /// Of that result.
    pub result: Option<OfficialResultId>,
    /// Of that region.
    pub region: Option<RegionCode>,
    /// That far.
    pub status: Option<&'static str>,
}

/// A contract as it is shown.
#[derive(Clone, Debug)]
pub struct ShownContract {
    /// Its id.
    pub id: ContractId,
    /// The result.
    pub result: OfficialResultId,
    /// The name of the result.
    pub result_name: String,
    /// Which edition of the result it is.
    pub edition: i32,
    /// The office.
    pub office: OrganizationId,
    /// The product.
    pub product: SelectedProductId,
    /// The number of its lot.
    pub lot_number: i32,
    /// The name of its lot.
    pub lot_name: String,
    /// The product's name.
    pub product_name: String,
    /// Its specification.
    pub spec: String,
    /// The smallest unit.
    pub unit: String,
    /// The region.
    pub region: RegionCode,
    /// The agreement year.
    pub year: AgreementYear,
    /// 0 for the one that comes from the result; its supplements count up.
    pub supplement: i16,
    /// Its last day where a newer edition ends it before.
    pub ends_on: Option<Day>,
    /// The last day of contracts of its product, with what was extended; none while that runs until the next result.
    pub term_until: Option<Day>,
    /// The contract of the year before.
    pub renews: Option<ContractId>,
    /// The contract of an earlier edition whose place it takes.
    pub replaces: Option<ContractId>,
    /// The selected enterprise.
    pub holder: OrganizationId,
    /// Its name.
    pub holder_name: String,
    /// The distributor.
    pub distributor: Option<OrganizationId>,
    /// What is agreed.
    pub volume: u64,
    /// The selected price.
    pub price: Option<Decimal>,
    /// A price below it that the holder offers.
    pub lowered_price: Option<Decimal>,
    /// How far it is.
    pub status: ContractStatus,
    /// Institutions that have a part.
    pub institutions: Option<u64>,
    /// Seals that are still to come.
    pub seals_missing: u64,
    /// How often it changed.
    pub version: i32,
}

/// An institution's part as it is shown.
#[derive(Clone, Debug)]
pub struct ShownPart {
    /// Its id.
    pub id: SubContractId,
    /// The contract.
    pub contract: ShownContract,
    /// The institution.
    pub institution: OrganizationId,
    /// Its name.
    pub institution_name: String,
    /// What was agreed when it was made.
    pub volume: u64,
    /// What is agreed now.
    pub agreed: u64,
    /// What was agreed, lost its supplier and has no other yet.
    pub left_over: u64,
    /// When the institution sealed it.
    pub sealed_at: Option<Timestamp>,
}

/// A seal as it is shown.
#[derive(Clone, Debug)]
pub struct ShownSeal {
    /// Who sealed.
    pub party: OrganizationId,
    /// Its name.
    pub name: String,
    /// The part, where an institution sealed.
    pub part: Option<SubContractId>,
    /// The public line of the key.
    pub public_line: String,
    /// The seal.
    pub seal: String,
    /// When.
    pub sealed_at: Timestamp,
}

#[derive(QueryableByName)]
struct Row {
    #[diesel(sql_type = SqlUuid)]
    id: Uuid,
    #[diesel(sql_type = SqlUuid)]
    result: Uuid,
    #[diesel(sql_type = Text)]
    result_name: String,
    #[diesel(sql_type = Integer)]
    edition: i32,
    #[diesel(sql_type = Nullable<Date>)]
    ends_on: Option<PgDate>,
    #[diesel(sql_type = Nullable<Date>)]
    term_until: Option<PgDate>,
    #[diesel(sql_type = Nullable<SqlUuid>)]
    renews: Option<Uuid>,
    #[diesel(sql_type = Nullable<SqlUuid>)]
    replaces: Option<Uuid>,
    #[diesel(sql_type = SqlUuid)]
    office: Uuid,
    #[diesel(sql_type = SqlUuid)]
    product: Uuid,
    #[diesel(sql_type = Integer)]
    lot_number: i32,
    #[diesel(sql_type = Text)]
    lot_name: String,
    #[diesel(sql_type = Text)]
    product_name: String,
    #[diesel(sql_type = Text)]
    spec: String,
    #[diesel(sql_type = Text)]
    unit: String,
    #[diesel(sql_type = Text)]
    region: String,
    #[diesel(sql_type = SmallInt)]
    year: i16,
    #[diesel(sql_type = SmallInt)]
    supplement: i16,
    #[diesel(sql_type = Date)]
    starts_on: PgDate,
    #[diesel(sql_type = Date)]
    until: PgDate,
    #[diesel(sql_type = SqlUuid)]
    holder: Uuid,
    #[diesel(sql_type = Text)]
    holder_name: String,
    #[diesel(sql_type = Nullable<SqlUuid>)]
    distributor: Option<Uuid>,
    #[diesel(sql_type = BigInt)]
    volume: i64,
    #[diesel(sql_type = Nullable<Numeric>)]
    price: Option<Decimal>,
    #[diesel(sql_type = Nullable<Numeric>)]
    lowered_price: Option<Decimal>,
    #[diesel(sql_type = Text)]
    status: String,
    #[diesel(sql_type = Nullable<Text>)]
    reason: Option<String>,
    #[diesel(sql_type = Nullable<BigInt>)]
    institutions: Option<i64>,
    #[diesel(sql_type = BigInt)]
    seals_missing: i64,
    #[diesel(sql_type = Integer)]
    version: i32,
}

#[derive(QueryableByName)]
struct PartRow {
    #[diesel(embed)]
    contract: Row,
    #[diesel(sql_type = SqlUuid)]
    part: Uuid,
    #[diesel(sql_type = SqlUuid)]
    institution: Uuid,
    #[diesel(sql_type = Text)]
    institution_name: String,
    #[diesel(sql_type = BigInt)]
    part_volume: i64,
    #[diesel(sql_type = BigInt)]
    agreed: i64,
    #[diesel(sql_type = BigInt)]
    left_over: i64,
    #[diesel(sql_type = Nullable<Timestamptz>)]
    sealed_at: Option<PgTimestamp>,
}

const COLUMNS: &str = "c.id, c.result, r.name AS result_name, r.edition, c.ends_on, c.renews, c.replaces, \
     CASE WHEN x.product IS NULL THEN p.until ELSE x.until END AS term_until, r.office, c.product, p.lot_number, p.lot_name, p.name AS product_name, \
     p.spec, p.unit, c.region, c.year, c.supplement, c.starts_on, c.until, c.holder, h.name AS holder_name, c.distributor, c.volume, p.price, \
     c.lowered_price, c.status, c.reason, c.institutions, c.seals_missing, c.version";

const JOINED: &str = "contracts c JOIN official_results r ON r.id = c.result JOIN selected_products p ON p.id = c.product \
     JOIN organizations h ON h.id = c.holder LEFT JOIN LATERAL (SELECT e.product, e.until FROM term_extensions e \
     WHERE e.product = c.product ORDER BY e.number DESC LIMIT 1) x ON true";

/// `$1` is the own organization, `$2` the beginnings of the region codes of a jurisdiction.
const REACHED: &str = "(r.office = $1 OR c.holder = $1 OR c.distributor = $1 OR left(c.region, 2) = ANY ($2) \
     OR left(c.region, 4) = ANY ($2) OR c.region = ANY ($2) OR '' = ANY ($2))";

pub(super) fn reach(scope: &Scope) -> (Option<Uuid>, Vec<String>) {
    let prefixes = scope.regions().iter().map(|region| region.prefix()).collect();
    (scope.organization().map(column), prefixes)
}

/// A part of the contracts that the scope reaches, the newest first.
pub async fn contracts(
    tx: &mut Tx,
    scope: &Scope,
    wanted: &Wanted,
    page: &Page<ContractId>,
) -> Result<Part<ShownContract>, StoreError> {
    let (own, prefixes) = reach(scope);
    let rows: Vec<Row> = diesel::sql_query(format!(
        "SELECT {COLUMNS} FROM {JOINED} WHERE ({REACHED} OR EXISTS (SELECT FROM sub_contracts s \
             WHERE s.contract = c.id AND s.institution = $1)) AND ($3 IS NULL OR c.result = $3) AND ($4 IS NULL OR c.region = $4) \
             AND ($5 IS NULL OR c.status = $5) AND ($6 IS NULL OR c.id < $6) ORDER BY c.id DESC LIMIT $7"
    ))
    .bind::<Nullable<SqlUuid>, _>(own)
    .bind::<Array<Text>, _>(prefixes)
    .bind::<Nullable<SqlUuid>, _>(wanted.result.map(column))
    .bind::<Nullable<Text>, _>(wanted.region.map(|region| region.to_string()))
    .bind::<Nullable<Text>, _>(wanted.status)
    .bind::<Nullable<SqlUuid>, _>(page.after.map(column))
    .bind::<BigInt, _>(page.limit())
    .load(tx.connection())
    .await?;
    Ok(Part::cut(rows.into_iter().map(contract).collect::<Result<_, _>>()?, page))
}

/// A contract that the scope reaches. Errors: `NOT_FOUND`.
pub async fn find(tx: &mut Tx, scope: &Scope, wanted: ContractId) -> Result<ShownContract, StoreError> {
    let (own, prefixes) = reach(scope);
    let row: Option<Row> = diesel::sql_query(format!(
        "SELECT {COLUMNS} FROM {JOINED} WHERE c.id = $3 AND ({REACHED} OR EXISTS (SELECT FROM sub_contracts s \
             WHERE s.contract = c.id AND s.institution = $1))"
    ))
    .bind::<Nullable<SqlUuid>, _>(own)
    .bind::<Array<Text>, _>(prefixes)
    .bind::<SqlUuid, _>(column(wanted))
    .get_result(tx.connection())
    .await
    .optional()?;
    contract(row.ok_or(Refusal::of(Code::NotFound))?)
}

const PART_COLUMNS: &str =
    "s.id AS part, s.institution, i.name AS institution_name, s.volume AS part_volume, z.sealed_at";

const PARTS: &str = "FROM sub_contracts s JOIN organizations i ON i.id = s.institution \
     LEFT JOIN contract_seals z ON z.contract = s.contract AND z.party = s.institution";

/// A part of the sub-contracts that the scope reaches, of one contract or of all: an institution its own, others those of the contracts that
/// they reach. By id.
pub async fn parts(
    tx: &mut Tx,
    scope: &Scope,
    wanted: Option<ContractId>,
    page: &Page<SubContractId>,
) -> Result<Part<ShownPart>, StoreError> {
    let (own, prefixes) = reach(scope);
    let rows: Vec<PartRow> = diesel::sql_query(format!(
        "SELECT {COLUMNS}, {PART_COLUMNS}, {AGREED} AS agreed, {LEFT_OVER} AS left_over {PARTS} JOIN ({JOINED}) ON c.id = s.contract \
         WHERE (s.institution = $1 OR {REACHED}) AND ($3 IS NULL OR s.contract = $3) AND ($4 IS NULL OR s.id > $4) \
         ORDER BY s.id LIMIT $5"
    ))
    .bind::<Nullable<SqlUuid>, _>(own)
    .bind::<Array<Text>, _>(prefixes)
    .bind::<Nullable<SqlUuid>, _>(wanted.map(column))
    .bind::<Nullable<SqlUuid>, _>(page.after.map(column))
    .bind::<BigInt, _>(page.limit())
    .load(tx.connection())
    .await?;
    Ok(Part::cut(rows.into_iter().map(part).collect::<Result<_, _>>()?, page))
}

/// A sub-contract that the scope reaches. Errors: `NOT_FOUND`.
pub async fn find_part(tx: &mut Tx, scope: &Scope, wanted: SubContractId) -> Result<ShownPart, StoreError> {
    let (own, prefixes) = reach(scope);
    let row: Option<PartRow> = diesel::sql_query(format!(
        "SELECT {COLUMNS}, {PART_COLUMNS}, {AGREED} AS agreed, {LEFT_OVER} AS left_over {PARTS} JOIN ({JOINED}) ON c.id = s.contract WHERE s.id = $3 AND (s.institution = $1 OR {REACHED})"
    ))
    .bind::<Nullable<SqlUuid>, _>(own)
    .bind::<Array<Text>, _>(prefixes)
    .bind::<SqlUuid, _>(column(wanted))
    .get_result(tx.connection())
    .await
    .optional()?;
    part(row.ok_or(Refusal::of(Code::NotFound))?)
}

type SealRow = (Uuid, String, Option<Uuid>, Uuid, String, PgTimestamp);

/// The seals over a contract itself, or over one of its parts. The caller has found it.
pub async fn seals(
    tx: &mut Tx,
    contract: ContractId,
    part: Option<SubContractId>,
) -> Result<Vec<ShownSeal>, StoreError> {
    let rows: Vec<(SealRow, String)> = contract_seals::table
        .inner_join(organizations::table.on(organizations::id.eq(contract_seals::party)))
        .inner_join(
            crate::schema::contract_keys::table.on(crate::schema::contract_keys::id.eq(contract_seals::key)),
        )
        .filter(contract_seals::contract.eq(column(contract)))
        .filter(contract_seals::sub_contract.is_not_distinct_from(part.map(column)))
        .order(contract_seals::sealed_at)
        .select((
            (
                contract_seals::party,
                organizations::name,
                contract_seals::sub_contract,
                contract_seals::key,
                contract_seals::seal,
                contract_seals::sealed_at,
            ),
            crate::schema::contract_keys::public_line,
        ))
        .load(tx.connection())
        .await?;
    let shown = |((party, name, part, _key, seal, at), public_line): (SealRow, String)| ShownSeal {
        party: id(party),
        name,
        part: part.map(id),
        public_line,
        seal,
        sealed_at: timestamp(at),
    };
    Ok(rows.into_iter().map(shown).collect())
}

fn part(row: PartRow) -> Result<ShownPart, StoreError> {
    let number = |number: i64| u64::try_from(number).map_err(|_negative| StoreError::row("volume", row.part));
    let (volume, agreed, left_over) = (number(row.part_volume)?, number(row.agreed)?, number(row.left_over)?);
    Ok(ShownPart {
        id: id(row.part),
        contract: contract(row.contract)?,
        institution: id(row.institution),
        institution_name: row.institution_name,
        volume,
        agreed,
        left_over,
        sealed_at: row.sealed_at.map(timestamp),
    })
}

fn contract(row: Row) -> Result<ShownContract, StoreError> {
    let number = |number: i64| rows::count(row.id, number);
    Ok(ShownContract {
        id: id(row.id),
        result: id(row.result),
        office: id(row.office),
        product: id(row.product),
        lot_number: row.lot_number,
        region: read_code(&row.region)?,
        year: rows::year(row.id, row.year, (row.starts_on, row.until))?,
        supplement: row.supplement,
        edition: row.edition,
        ends_on: row.ends_on.map(day),
        term_until: row.term_until.map(day),
        renews: row.renews.map(id),
        replaces: row.replaces.map(id),
        holder: id(row.holder),
        distributor: row.distributor.map(id),
        volume: number(row.volume)?,
        price: row.price,
        lowered_price: row.lowered_price,
        status: rows::status(row.id, &row.status, row.reason.as_deref())?,
        institutions: row.institutions.map(number).transpose()?,
        seals_missing: number(row.seals_missing)?,
        version: row.version,
        result_name: row.result_name,
        lot_name: row.lot_name,
        product_name: row.product_name,
        spec: row.spec,
        unit: row.unit,
        holder_name: row.holder_name,
    })
}
