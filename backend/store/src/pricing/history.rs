//! 价格历史: prices as those see them who may.
use diesel::pg::data_types::PgDate;
use diesel::sql_types::{Array, BigInt, Bool, Date, Nullable, Text, Uuid as SqlUuid};
use diesel_async::RunQueryDsl;
use jicai_domain::identity::RegionCode;
use jicai_domain::ids::{ItemId, OrganizationId, PriceObservationId};
use jicai_domain::pricing::observation::{PriceKind, PriceObservation};
use jicai_domain::time::Day;
use uuid::Uuid;

use super::row::{COLUMNS, Row, read};
use crate::door::Tx;
use crate::errors::StoreError;
use crate::ids::column;
use crate::page::{Page, Part};
use crate::times::on;

/// Who looks. What is disclosed is seen by all of them.
#[derive(Clone, Debug)]
pub enum Eyes {
    /// An authority: what lies in those regions, its own and those that share with it.
    Regions(Vec<RegionCode>),
    /// A firm: what its own products cost, and what it reported.
    Firm(OrganizationId),
    /// A hospital: what it paid, and what it reported.
    Hospital(OrganizationId),
}

/// Which prices somebody wants.
#[derive(Clone, Debug, Default)]
pub struct Wanted {
    /// Of that item.
    pub item: Option<ItemId>,
    /// Of that 四同 group.
    pub group_key: Option<String>,
    /// Of that 三同 group.
    pub loose_group: Option<String>,
    /// Of those kinds; of all where none is named.
    pub kinds: Vec<PriceKind>,
    /// In those regions and all below them; everywhere where none is named.
    pub regions: Vec<RegionCode>,
    /// Of that firm.
    pub manufacturer: Option<OrganizationId>,
    /// From that day.
    pub from: Option<Day>,
    /// Until that day.
    pub to: Option<Day>,
    /// Also what counts no more.
    pub superseded: bool,
}

/// Patterns of the codes of regions and all below them.
fn below(regions: &[RegionCode]) -> Vec<String> {
    regions.iter().map(|region| format!("{}%", region.prefix())).collect()
}

/// A part of them, the newest day first.
pub async fn page(
    tx: &mut Tx,
    eyes: &Eyes,
    wanted: &Wanted,
    page: &Page<(Day, PriceObservationId)>,
) -> Result<Part<PriceObservation>, StoreError> {
    let (regions, own, side): (Vec<String>, Option<Uuid>, &str) = match eyes {
        Eyes::Regions(regions) => (below(regions), None, "o.region::text LIKE ANY ($1) AND $2 IS NULL"),
        Eyes::Firm(own) => (Vec::new(), Some(column(*own)), "$2 IN (o.manufacturer, o.source) AND $1 = '{}'"),
        Eyes::Hospital(own) => (Vec::new(), Some(column(*own)), "$2 IN (o.hospital, o.source) AND $1 = '{}'"),
    };
    let (after_on, after): (Option<PgDate>, Option<Uuid>) =
        page.after.map_or((None, None), |(day, id)| (Some(on(day)), Some(column(id))));
    let rows: Vec<Row> = diesel::sql_query(format!(
        "SELECT {COLUMNS} FROM price_observations o WHERE (o.disclosed OR ({side})) \
             AND ($3 IS NULL OR o.item = $3) AND ($4 IS NULL OR o.group_key = $4) AND ($5 IS NULL OR o.loose_group = $5) \
             AND ($6 = '{{}}' OR o.kind = ANY ($6)) AND ($7 = '{{}}' OR o.region::text LIKE ANY ($7)) AND ($8 IS NULL OR o.manufacturer = $8) \
             AND ($9 IS NULL OR o.observed_on >= $9) AND ($10 IS NULL OR o.observed_on <= $10) AND ($11 OR o.superseded_by IS NULL) \
             AND ($12 IS NULL OR (o.observed_on, o.id) < ($12, $13)) ORDER BY o.observed_on DESC, o.id DESC LIMIT $14"
    ))
    .bind::<Array<Text>, _>(regions)
    .bind::<Nullable<SqlUuid>, _>(own)
    .bind::<Nullable<SqlUuid>, _>(wanted.item.map(column))
    .bind::<Nullable<Text>, _>(wanted.group_key.as_deref())
    .bind::<Nullable<Text>, _>(wanted.loose_group.as_deref())
    .bind::<Array<Text>, _>(wanted.kinds.iter().map(|kind| kind.label()).collect::<Vec<_>>())
    .bind::<Array<Text>, _>(below(&wanted.regions))
    .bind::<Nullable<SqlUuid>, _>(wanted.manufacturer.map(column))
    .bind::<Nullable<Date>, _>(wanted.from.map(on))
    .bind::<Nullable<Date>, _>(wanted.to.map(on))
    .bind::<Bool, _>(wanted.superseded)
    .bind::<Nullable<Date>, _>(after_on)
    .bind::<Nullable<SqlUuid>, _>(after)
    .bind::<BigInt, _>(page.limit())
    .load(tx.connection())
    .await?;
    Ok(Part::cut(rows.into_iter().map(read).collect::<Result<_, _>>()?, page))
}
