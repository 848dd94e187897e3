//! Tables of orders: which rows were ordered, for whom, and what a code stands for.
use std::collections::{BTreeMap, BTreeSet};

use diesel::prelude::*;
use diesel::sql_types::{Array, BigInt, Bool, Text, Uuid as SqlUuid};
use diesel_async::RunQueryDsl;
use jicai_domain::identity::RegionCode;
use jicai_domain::ids::{FilingId, ImportId, ItemId, OrderLineId, OrganizationId};
use uuid::Uuid;

use super::{count, whole};
use crate::door::Tx;
use crate::errors::StoreError;
use crate::identity::regions::read_codes;
use crate::ids::{column, id};
use crate::schema::filings;

#[derive(QueryableByName)]
struct InstitutionRow {
    #[diesel(sql_type = Text)]
    credit_code: String,
    #[diesel(sql_type = SqlUuid)]
    id: Uuid,
    #[diesel(sql_type = Array<Text>)]
    regions: Vec<String>,
}

/// Those of the credit codes that are the organization's own or of one that it leads now, with where that is.
pub async fn institutions(
    tx: &mut Tx,
    lead: OrganizationId,
    codes: &[&str],
) -> Result<Vec<(String, OrganizationId, Vec<RegionCode>)>, StoreError> {
    if codes.is_empty() {
        return Ok(Vec::new());
    }
    let rows: Vec<InstitutionRow> = diesel::sql_query(
        "SELECT o.credit_code, o.id, ARRAY(SELECT r.region FROM organization_regions r WHERE r.organization = o.id ORDER BY 1) AS regions \
         FROM organizations o WHERE o.credit_code = ANY ($2) AND (o.id = $1 OR EXISTS (SELECT FROM demand_leads d \
             WHERE d.lead = $1 AND d.member = o.id AND d.left_at IS NULL))",
    )
    .bind::<SqlUuid, _>(column(lead))
    .bind::<Array<Text>, _>(codes)
    .load(tx.connection())
    .await?;
    rows.into_iter().map(|row| Ok((row.credit_code, id(row.id), read_codes(&row.regions)?))).collect()
}

/// Holds institutions: of tables that order for one, the second sees what the first ordered.
pub async fn hold(tx: &mut Tx, institutions: &BTreeSet<OrganizationId>) -> Result<(), StoreError> {
    diesel::sql_query("SELECT id FROM organizations WHERE id = ANY ($1) ORDER BY id FOR NO KEY UPDATE")
        .bind::<Array<SqlUuid>, _>(institutions.iter().copied().map(column).collect::<Vec<_>>())
        .execute(tx.connection())
        .await?;
    Ok(())
}

/// What was ordered under numbers of orders, by institution, number and number of the line.
pub async fn known(
    tx: &mut Tx,
    keys: &[(OrganizationId, String)],
) -> Result<BTreeMap<(OrganizationId, String, String), String>, StoreError> {
    let rows: Vec<KnownRow> = diesel::sql_query(
        "SELECT r.hospital, r.number, r.row_number, r.said FROM unnest($1, $2) AS w (hospital, number) \
         JOIN order_sheet_rows r ON r.hospital = w.hospital AND r.number = w.number",
    )
    .bind::<Array<SqlUuid>, _>(keys.iter().map(|(hospital, _)| column(*hospital)).collect::<Vec<_>>())
    .bind::<Array<Text>, _>(keys.iter().map(|(_, number)| number.as_str()).collect::<Vec<_>>())
    .load(tx.connection())
    .await?;
    Ok(rows.into_iter().map(|row| ((id(row.hospital), row.number, row.row_number), row.said)).collect())
}

#[derive(QueryableByName)]
struct KnownRow {
    #[diesel(sql_type = SqlUuid)]
    hospital: Uuid,
    #[diesel(sql_type = Text)]
    number: String,
    #[diesel(sql_type = Text)]
    row_number: String,
    #[diesel(sql_type = Text)]
    said: String,
}

/// Something that an item can be ordered on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Basis {
    /// The contract, or the listing, by number.
    pub number: u128,
    /// Whether it is selected.
    pub selected: bool,
}

#[derive(QueryableByName)]
struct BasisRow {
    #[diesel(sql_type = SqlUuid)]
    item: Uuid,
    #[diesel(sql_type = BigInt)]
    units: i64,
    #[diesel(sql_type = SqlUuid)]
    basis: Uuid,
    #[diesel(sql_type = Bool)]
    selected: bool,
}

/// What an institution of a region can order items on, by item and smallest units in a pack: contracts in force that it has a part of, and
/// listings of the region.
pub async fn bases(
    tx: &mut Tx,
    (hospital, region): (OrganizationId, RegionCode),
    items: &[(ItemId, u64)],
) -> Result<BTreeMap<(ItemId, u64), Vec<Basis>>, StoreError> {
    let wanted: BTreeSet<(ItemId, u64)> = items.iter().copied().collect();
    let units: Result<Vec<i64>, StoreError> = wanted.iter().map(|(_, units)| whole(*units)).collect();
    let wider: Vec<String> = region.ancestors().map(|one| one.to_string()).collect();
    let rows: Vec<BasisRow> = diesel::sql_query(
        "WITH w AS (SELECT * FROM unnest($1, $2) AS w (item, units)) \
         SELECT DISTINCT w.item, w.units, coalesce(c.orders_go_to, c.id) AS basis, true AS selected FROM w \
         JOIN selected_products p ON p.item = w.item JOIN contracts c ON c.product = p.id AND c.status = 'IN_FORCE' \
         JOIN sub_contracts s ON s.contract = c.id AND s.institution = $3 \
         UNION ALL SELECT w.item, w.units, i.id, false FROM w JOIN listings i ON i.item = w.item AND i.pack_units = w.units \
             AND i.state = 'LISTED' AND i.region = ANY ($4) ORDER BY 1, 2, 4 DESC, 3",
    )
    .bind::<Array<SqlUuid>, _>(wanted.iter().map(|(item, _)| column(*item)).collect::<Vec<_>>())
    .bind::<Array<BigInt>, _>(units?)
    .bind::<SqlUuid, _>(column(hospital))
    .bind::<Array<Text>, _>(wider)
    .load(tx.connection())
    .await?;
    let mut found: BTreeMap<(ItemId, u64), Vec<Basis>> = BTreeMap::new();
    for row in rows {
        let basis = Basis { number: row.basis.as_u128(), selected: row.selected };
        found.entry((id(row.item), count(row.units)?)).or_default().push(basis);
    }
    Ok(found)
}

/// What is free of filings that the transaction holds.
pub async fn free(tx: &mut Tx, wanted: &BTreeSet<FilingId>) -> Result<BTreeMap<FilingId, u64>, StoreError> {
    if wanted.is_empty() {
        return Ok(BTreeMap::new());
    }
    let rows: Vec<(Uuid, Option<i64>, i64)> = filings::table
        .filter(filings::id.eq_any(wanted.iter().copied().map(column).collect::<Vec<_>>()))
        .select((filings::id, filings::packs, filings::taken))
        .load(tx.connection())
        .await?;
    let left = |(filing, packs, taken): (Uuid, Option<i64>, i64)| {
        Ok((id(filing), count(packs.unwrap_or(0).saturating_sub(taken).max(0))?))
    };
    rows.into_iter().map(left).collect()
}

/// A row that was ordered.
#[derive(Clone, Debug)]
pub struct Ordered {
    /// For whom.
    pub hospital: OrganizationId,
    /// The institution's own number of the order.
    pub number: String,
    /// Its own number of the line.
    pub row: String,
    /// What the row said.
    pub said: String,
    /// The line that came of it.
    pub line: OrderLineId,
}

/// Keeps which lines came of which rows, with the next statement.
pub async fn add(tx: &mut Tx, import: ImportId, rows: &[Ordered]) -> Result<(), StoreError> {
    let text = |of: fn(&Ordered) -> &str| rows.iter().map(|row| of(row).to_owned()).collect::<Vec<String>>();
    let insert = diesel::sql_query(
        "INSERT INTO order_sheet_rows (hospital, number, row_number, said, import, order_line) \
         SELECT hospital, number, row_number, said, $1, line FROM unnest($2, $3, $4, $5, $6) AS new (hospital, number, row_number, said, line)",
    )
    .bind::<SqlUuid, _>(column(import))
    .bind::<Array<SqlUuid>, _>(rows.iter().map(|row| column(row.hospital)).collect::<Vec<_>>())
    .bind::<Array<Text>, _>(text(|row| &row.number))
    .bind::<Array<Text>, _>(text(|row| &row.row))
    .bind::<Array<Text>, _>(text(|row| &row.said))
    .bind::<Array<SqlUuid>, _>(rows.iter().map(|row| column(row.line)).collect::<Vec<_>>());
    tx.later(insert).await
}
