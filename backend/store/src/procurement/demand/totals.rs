//! What a round's locked forms come to. Nothing else of a form leaves the hands of its institution and reviewers.
use diesel::prelude::*;
use diesel::sql_types::{Array, BigInt, Integer, Nullable, Numeric, Text, Uuid as SqlUuid};
use diesel_async::RunQueryDsl;
use jicai_domain::errors::{Code, Refusal};
use jicai_domain::identity::{RegionCode, Scope};
use jicai_domain::ids::{Id, LotId, RoundId, RoundProductId, SpecId};
use rust_decimal::Decimal;
use uuid::Uuid;

use super::lines::units;
use crate::door::Tx;
use crate::errors::StoreError;
use crate::identity::regions::{read_code, read_codes};
use crate::ids::{column, id};
use crate::page::{Page, Part};
use crate::schema::{round_regions, rounds};

/// The locked demand of a region for a spec, by generic name or for a brand.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LockedDemand {
    /// The lot.
    pub lot: LotId,
    /// The one of the round's regions that buys it.
    pub region: RegionCode,
    /// The spec.
    pub spec: SpecId,
    /// The brand's product; none is by generic name.
    pub product: Option<RoundProductId>,
    /// The content of one unit, where the lot's contents differ.
    pub content: Option<Decimal>,
    /// Smallest units.
    pub volume: u64,
}

/// The same as it is shown.
#[derive(Clone, Debug)]
pub struct Total {
    /// What is demanded.
    pub demand: LockedDemand,
    /// The number of the lot.
    pub number: i32,
    /// The code of the spec.
    pub code: String,
}

/// A place among the totals of a round: lot, region, spec, product.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TotalPlace {
    number: i32,
    region: RegionCode,
    spec: SpecId,
    product: Option<RoundProductId>,
}

impl Total {
    /// Its place.
    pub const fn place(&self) -> TotalPlace {
        let LockedDemand { region, spec, product, .. } = self.demand;
        TotalPlace { number: self.number, region, spec, product }
    }
}

impl TotalPlace {
    /// Reads a place as it is shown. Errors: `CURSOR_INVALID`.
    pub fn parse(text: &str) -> Result<TotalPlace, Refusal> {
        let mut parts = text.split('.');
        let place = (|| {
            let number = parts.next()?.parse().ok()?;
            let region = RegionCode::parse(parts.next()?).ok()?;
            let spec = SpecId::parse(parts.next()?).ok()?;
            let product = parts.next().map(RoundProductId::parse).transpose().ok()?;
            Some(TotalPlace { number, region, spec, product })
        })();
        place.filter(|_| parts.next().is_none()).ok_or(Refusal::of(Code::CursorInvalid))
    }
}

impl std::fmt::Display for TotalPlace {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}.{}.{}", self.number, self.region, self.spec)?;
        self.product.map_or(Ok(()), |product| write!(f, ".{product}"))
    }
}

/// Each form is counted in the smallest of the round's regions that holds it; lots and specs that a correction took out are not.
const LOCKED: &str = "WITH counted AS MATERIALIZED (SELECT f.id, (SELECT r.region FROM round_regions r \
         WHERE r.round = f.round AND r.region = ANY (f.within) ORDER BY r.region DESC LIMIT 1) AS region \
         FROM demand_forms f WHERE f.round = $1 AND f.status = 'LOCKED'), \
     summed AS (SELECT c.region, l.spec, l.product, sum(l.volume)::bigint AS volume \
         FROM demand_lines l JOIN counted c ON c.id = l.form WHERE c.region IS NOT NULL GROUP BY c.region, l.spec, l.product), \
     total AS (SELECT s.lot, o.number, summed.region, summed.spec, s.code, summed.product, s.content, summed.volume \
         FROM summed JOIN round_specs s ON s.id = summed.spec JOIN round_lots o ON o.id = s.lot \
         WHERE s.withdrawn_in IS NULL AND o.withdrawn_in IS NULL)";

#[derive(QueryableByName)]
struct Row {
    #[diesel(sql_type = SqlUuid)]
    lot: Uuid,
    #[diesel(sql_type = Integer)]
    number: i32,
    #[diesel(sql_type = Text)]
    region: String,
    #[diesel(sql_type = SqlUuid)]
    spec: Uuid,
    #[diesel(sql_type = Text)]
    code: String,
    #[diesel(sql_type = Nullable<SqlUuid>)]
    product: Option<Uuid>,
    #[diesel(sql_type = Nullable<Numeric>)]
    content: Option<Decimal>,
    #[diesel(sql_type = BigInt)]
    volume: i64,
}

/// All locked demand of a round, for the opening: by lot, region, spec and product, the generic name first.
pub async fn locked(tx: &mut Tx, round: RoundId) -> Result<Vec<LockedDemand>, StoreError> {
    let rows: Vec<Row> = diesel::sql_query(format!(
        "{LOCKED} SELECT * FROM total ORDER BY number, region, spec, product NULLS FIRST"
    ))
    .bind::<SqlUuid, _>(column(round))
    .load(tx.connection())
    .await?;
    rows.into_iter().map(|row| total(row).map(|total| total.demand)).collect()
}

/// A part of the locked demand of some of a round's regions.
pub async fn totals(
    tx: &mut Tx,
    (round, regions): (RoundId, &[RegionCode]),
    page: &Page<TotalPlace>,
) -> Result<Part<Total>, StoreError> {
    let place = page.after;
    let rows: Vec<Row> = diesel::sql_query(format!(
        "{LOCKED} SELECT * FROM total WHERE region = ANY ($2) AND ($3 IS NULL OR \
         (number, region, spec, coalesce(product, '00000000-0000-0000-0000-000000000000')) > ($3, $4, $5, $6)) \
         ORDER BY number, region, spec, product NULLS FIRST LIMIT $7"
    ))
    .bind::<SqlUuid, _>(column(round))
    .bind::<Array<Text>, _>(regions.iter().map(ToString::to_string).collect::<Vec<_>>())
    .bind::<Nullable<Integer>, _>(place.map(|place| place.number))
    .bind::<Text, _>(place.map_or_else(String::new, |place| place.region.to_string()))
    .bind::<SqlUuid, _>(place.map_or(Uuid::nil(), |place| column(place.spec)))
    .bind::<SqlUuid, _>(place.and_then(|place| place.product).map_or(Uuid::nil(), column))
    .bind::<BigInt, _>(page.limit())
    .load(tx.connection())
    .await?;
    Ok(Part::cut(rows.into_iter().map(total).collect::<Result<_, _>>()?, page))
}

/// The round's regions whose demand the scope may see: all of the own office's round, or those of the jurisdiction.
/// Errors: `NOT_FOUND` where there is none.
pub async fn visible_regions(
    tx: &mut Tx,
    scope: &Scope,
    round: RoundId,
) -> Result<Vec<RegionCode>, StoreError> {
    let rows: Vec<(String, Uuid)> = round_regions::table
        .inner_join(rounds::table)
        .filter(rounds::id.eq(column(round)))
        .order(round_regions::region)
        .select((round_regions::region, rounds::office))
        .load(tx.connection())
        .await?;
    let (regions, offices): (Vec<String>, Vec<Uuid>) = rows.into_iter().unzip();
    let own = scope.organization().map(column).is_some_and(|own| offices.contains(&own));
    let visible: Vec<RegionCode> =
        read_codes(&regions)?.into_iter().filter(|region| own || scope.covers(*region)).collect();
    if visible.is_empty() { Err(Refusal::of(Code::NotFound).into()) } else { Ok(visible) }
}

fn total(row: Row) -> Result<Total, StoreError> {
    let demand = LockedDemand {
        lot: id(row.lot),
        region: read_code(&row.region)?,
        spec: id(row.spec),
        product: row.product.map(id),
        content: row.content,
        volume: units(row.volume)?,
    };
    Ok(Total { demand, number: row.number, code: row.code })
}
