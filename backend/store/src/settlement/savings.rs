//! What hospitals keep of what they saved the fund (结余留用).
use diesel::prelude::*;
use diesel::sql_types::{Array, BigInt, Bool, Nullable, Numeric, Text, Uuid as SqlUuid};
use diesel_async::RunQueryDsl;
use jicai_domain::errors::{Code, Refusal};
use jicai_domain::identity::{RegionCode, Scope};
use jicai_domain::ids::{ContractId, LedgerEventId, OrganizationId};
use jicai_domain::ordering::counts::in_representative;
use jicai_domain::settlement::money::Money;
use jicai_domain::settlement::savings::{Retained, Use};
use rust_decimal::Decimal;
use uuid::Uuid;

use super::areas_of;
use super::money;
use crate::contract::volume::holdings::AGREED;
use crate::door::Tx;
use crate::errors::StoreError;
use crate::ids::{column, id};
use crate::page::{Page, Part};

/// What a hospital was given of a contract, and what it kept of it, in units of the lot's representative.
#[derive(Clone, Copy, Debug)]
pub struct Fulfilled {
    /// The contract.
    pub contract: ContractId,
    /// What its part agrees.
    pub agreed: u64,
    /// What it took and kept.
    pub selected: u64,
    /// What such a unit costs.
    pub price: Decimal,
}

/// A year's savings of a hospital.
#[derive(Clone, Debug)]
pub struct Savings {
    /// The event that was prepared with it.
    pub event: LedgerEventId,
    /// The hospital.
    pub hospital: OrganizationId,
    /// The fund's share.
    pub fund_share: Decimal,
    /// The assessed ratio.
    pub ratio: Decimal,
    /// The rules.
    pub rules: String,
    /// What it came to.
    pub retained: Retained,
}

/// The same as it is shown.
#[derive(Clone, Debug)]
pub struct ShownSavings {
    /// What it came to.
    pub savings: Savings,
    /// `PENDING`, `POSTED` or `VOIDED`.
    pub status: String,
    /// Of which contracts.
    pub contracts: Vec<ContractId>,
}

#[derive(QueryableByName)]
struct FulfilledRow {
    #[diesel(sql_type = SqlUuid)]
    contract: Uuid,
    #[diesel(sql_type = BigInt)]
    agreed: i64,
    #[diesel(sql_type = BigInt)]
    kept: i64,
    #[diesel(sql_type = Nullable<Numeric>)]
    price: Option<Decimal>,
    #[diesel(sql_type = Nullable<Numeric>)]
    content: Option<Decimal>,
    #[diesel(sql_type = Nullable<Numeric>)]
    representative: Option<Decimal>,
    #[diesel(sql_type = Bool)]
    counted: bool,
}

#[derive(QueryableByName)]
struct Row {
    #[diesel(sql_type = SqlUuid)]
    event: Uuid,
    #[diesel(sql_type = SqlUuid)]
    hospital: Uuid,
    #[diesel(sql_type = Numeric)]
    fund_share: Decimal,
    #[diesel(sql_type = Numeric)]
    ratio: Decimal,
    #[diesel(sql_type = Text)]
    rules: String,
    #[diesel(sql_type = BigInt)]
    budget_fen: i64,
    #[diesel(sql_type = BigInt)]
    spending_fen: i64,
    #[diesel(sql_type = BigInt)]
    saved_fen: i64,
    #[diesel(sql_type = BigInt)]
    retained_fen: i64,
    #[diesel(sql_type = Text)]
    status: String,
    #[diesel(sql_type = Array<SqlUuid>)]
    contracts: Vec<Uuid>,
}

/// What a hospital was given of contracts that are in force or over in an area, and what it kept. Errors: `NOT_FOUND` for a contract that it has no part
/// of, `SAVINGS_COUNTED` for one that savings count already. Needs the wall open and the book held.
pub async fn fulfilled(
    tx: &mut Tx,
    (area, hospital): (RegionCode, OrganizationId),
    wanted: &[ContractId],
) -> Result<Vec<Fulfilled>, StoreError> {
    let rows: Vec<FulfilledRow> = diesel::sql_query(format!(
        "SELECT c.id AS contract, sum({AGREED})::bigint AS agreed, \
             coalesce((SELECT sum(m.accepted - m.returned) FROM order_months m WHERE m.hospital = $1 AND m.basis = c.id), 0)::bigint AS kept, \
             coalesce(c.lowered_price, p.price) AS price, p.content, p.representative_content AS representative, \
             EXISTS (SELECT FROM retained_uses u JOIN retained_savings r ON r.event = u.event JOIN ledger_proposals q ON q.id = r.event \
                 WHERE u.contract = c.id AND r.hospital = $1 AND q.status <> 'VOIDED') AS counted \
         FROM contracts c JOIN selected_products p ON p.id = c.product JOIN sub_contracts s ON s.contract = c.id AND s.institution = $1 \
         WHERE c.id = ANY ($2) AND c.status IN ('IN_FORCE', 'CLOSED') AND EXISTS (SELECT FROM organization_regions o WHERE o.organization = $1 \
             AND left(o.region, length($3)) = $3) GROUP BY c.id, p.id"
    ))
    .bind::<SqlUuid, _>(column(hospital))
    .bind::<Array<SqlUuid>, _>(wanted.iter().copied().map(column).collect::<Vec<_>>())
    .bind::<Text, _>(area.prefix())
    .load(tx.connection())
    .await?;
    if rows.len() != wanted.len() {
        return Err(Refusal::of(Code::NotFound).at("contract").into());
    }
    rows.into_iter().map(of_contract).collect()
}

fn of_contract(row: FulfilledRow) -> Result<Fulfilled, StoreError> {
    if row.counted {
        return Err(Refusal::of(Code::SavingsCounted).at("contract").into());
    }
    let whole = |units: i64| u64::try_from(units.max(0)).unwrap_or(0);
    let content = row.content.zip(row.representative);
    let price = row.price.ok_or_else(|| Refusal::of(Code::PriceInvalid).at("contract"))?;
    let price = match content {
        None => Some(price),
        Some((own, representative)) => {
            price.checked_mul(representative).and_then(|price| price.checked_div(own))
        }
    };
    Ok(Fulfilled {
        contract: id(row.contract),
        agreed: whole(row.agreed),
        selected: in_representative(whole(row.kept), content),
        price: price.ok_or_else(|| Refusal::of(Code::PriceInvalid).at("contract"))?,
    })
}

/// Keeps how savings were reckoned.
pub async fn add(
    tx: &mut Tx,
    area: RegionCode,
    savings: &Savings,
    uses: &[(ContractId, Use)],
) -> Result<(), StoreError> {
    let Retained { budget, spending, saved, retained } = savings.retained;
    diesel::sql_query(
        "INSERT INTO retained_savings (event, area, hospital, fund_share, ratio, rules, budget_fen, spending_fen, saved_fen, retained_fen) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
    )
    .bind::<SqlUuid, _>(column(savings.event))
    .bind::<Text, _>(area.to_string())
    .bind::<SqlUuid, _>(column(savings.hospital))
    .bind::<Numeric, _>(savings.fund_share)
    .bind::<Numeric, _>(savings.ratio)
    .bind::<Text, _>(&savings.rules)
    .bind::<BigInt, _>(budget.fen())
    .bind::<BigInt, _>(spending.fen())
    .bind::<BigInt, _>(saved.fen())
    .bind::<BigInt, _>(retained.fen())
    .execute(tx.connection())
    .await?;
    let units = |of: fn(&Use) -> u64| {
        uses.iter().map(|(_, one)| i64::try_from(of(one)).unwrap_or(i64::MAX)).collect::<Vec<_>>()
    };
    diesel::sql_query(
        "INSERT INTO retained_uses (event, contract, base, before, agreed, selected, price, others_fen) \
         SELECT $1, contract, base, before, agreed, selected, price, others FROM unnest($2, $3, $4, $5, $6, $7, $8) \
             AS u (contract, base, before, agreed, selected, price, others)",
    )
    .bind::<SqlUuid, _>(column(savings.event))
    .bind::<Array<SqlUuid>, _>(uses.iter().map(|(contract, _)| column(*contract)).collect::<Vec<_>>())
    .bind::<Array<BigInt>, _>(units(|one| one.base))
    .bind::<Array<Numeric>, _>(uses.iter().map(|(_, one)| one.before).collect::<Vec<_>>())
    .bind::<Array<BigInt>, _>(units(|one| one.agreed))
    .bind::<Array<BigInt>, _>(units(|one| one.selected))
    .bind::<Array<Numeric>, _>(uses.iter().map(|(_, one)| one.price).collect::<Vec<_>>())
    .bind::<Array<BigInt>, _>(uses.iter().map(|(_, one)| one.others.fen()).collect::<Vec<_>>())
    .execute(tx.connection())
    .await?;
    Ok(())
}

/// A part of the savings of the scope's own organization or of its areas, the newest first. Needs the wall open everywhere.
pub async fn page(
    tx: &mut Tx,
    scope: &Scope,
    page: &Page<LedgerEventId>,
) -> Result<Part<ShownSavings>, StoreError> {
    let rows: Vec<Row> = diesel::sql_query(
        "SELECT r.event, r.hospital, r.fund_share, r.ratio, r.rules, r.budget_fen, r.spending_fen, r.saved_fen, r.retained_fen, q.status, \
             ARRAY (SELECT u.contract FROM retained_uses u WHERE u.event = r.event ORDER BY 1) AS contracts \
         FROM retained_savings r JOIN ledger_proposals q ON q.id = r.event \
         WHERE ($1 IS NULL OR r.hospital = $1) AND ($1 IS NOT NULL OR r.area ~ $2) AND ($3 IS NULL OR r.event < $3) \
         ORDER BY r.event DESC LIMIT $4",
    )
    .bind::<Nullable<SqlUuid>, _>(scope.organization().map(column))
    .bind::<Text, _>(areas_of(scope.regions()))
    .bind::<Nullable<SqlUuid>, _>(page.after.map(column))
    .bind::<BigInt, _>(page.limit())
    .load(tx.connection())
    .await?;
    Ok(Part::cut(rows.into_iter().map(shown).collect::<Result<_, _>>()?, page))
}

fn shown(row: Row) -> Result<ShownSavings, StoreError> {
    let amount = |fen: i64| -> Result<Money, StoreError> { money(fen) };
    Ok(ShownSavings {
        savings: Savings {
            event: id(row.event),
            hospital: id(row.hospital),
            fund_share: row.fund_share.normalize(),
            ratio: row.ratio.normalize(),
            rules: row.rules,
            retained: Retained {
                budget: amount(row.budget_fen)?,
                spending: amount(row.spending_fen)?,
                saved: amount(row.saved_fen)?,
                retained: amount(row.retained_fen)?,
            },
        },
        status: row.status,
        contracts: row.contracts.into_iter().map(id).collect(),
    })
}
