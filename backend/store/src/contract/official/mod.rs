//! Official results: their heads. Everybody sees them; who sees a price is for the use case to say.
mod products;

use diesel::pg::data_types::{PgDate, PgTimestamp};
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use jicai_domain::contract::official::{OfficialResult, ResultSource, SelectedProduct};
use jicai_domain::documents::Digest;
use jicai_domain::errors::{Code, Refusal};
use jicai_domain::identity::{Name, Scope};
use jicai_domain::ids::{ImportId, LotId, OfficialResultId, OrganizationId, RoundId};
use jicai_domain::procurement::round::Disclosure;
use uuid::Uuid;

use crate::door::Tx;
use crate::errors::StoreError;
use crate::ids::{column, id};
use crate::page::{Page, Part};
use crate::schema::official_results;
use crate::times::{at, day, on, timestamp};

pub use products::{
    PlacedProduct, all_products, is_manufacturer, lock_holder, lock_lot, lot, of_edition, of_items, product,
    products, set_holder,
};

/// Adds a result with its products. Its canonical form is what its digest was made of.
pub async fn add(
    tx: &mut Tx,
    result: &OfficialResult,
    canonical: &str,
    products: &[SelectedProduct],
) -> Result<(), StoreError> {
    let (round, import) = match result.source {
        ResultSource::Round(round) => (Some(column(round)), None),
        ResultSource::Import(import) => (None, Some(column(import))),
    };
    diesel::insert_into(official_results::table)
        .values((
            official_results::id.eq(column(result.id)),
            official_results::office.eq(column(result.office)),
            official_results::name.eq(result.name.as_str()),
            official_results::round.eq(round),
            official_results::import.eq(import),
            official_results::edition.eq(result.edition),
            official_results::part.eq(result.part),
            official_results::lots.eq(result.lots.iter().copied().map(column).collect::<Vec<Uuid>>()),
            official_results::disclosure.eq(result.disclosure.label()),
            official_results::starts_on.eq(on(result.starts_on)),
            official_results::standstill_until.eq(result.standstill_until.map(at)),
            official_results::announced_by.eq(column(result.announced_by)),
            official_results::announced_at.eq(at(result.announced_at)),
            official_results::canonical.eq(canonical),
            official_results::sha256.eq(result.sha256.bytes().as_slice()),
        ))
        .execute(tx.connection())
        .await?;
    products::add(tx, result.id, products).await
}

#[derive(Queryable, Selectable)]
#[diesel(table_name = official_results)]
pub(super) struct Row {
    id: Uuid,
    office: Uuid,
    name: String,
    round: Option<Uuid>,
    import: Option<Uuid>,
    edition: i32,
    part: i32,
    lots: Vec<Uuid>,
    disclosure: String,
    starts_on: PgDate,
    standstill_until: Option<PgTimestamp>,
    announced_by: Uuid,
    announced_at: PgTimestamp,
    sha256: Vec<u8>,
}

/// A result. Errors: `NOT_FOUND`.
pub async fn find(tx: &mut Tx, wanted: OfficialResultId) -> Result<OfficialResult, StoreError> {
    let row: Option<Row> = official_results::table
        .find(column(wanted))
        .select(Row::as_select())
        .first(tx.connection())
        .await
        .optional()?;
    result(row.ok_or(Refusal::of(Code::NotFound))?)
}

/// Those of them that there are.
pub async fn find_some(tx: &mut Tx, wanted: &[OfficialResultId]) -> Result<Vec<OfficialResult>, StoreError> {
    let wanted: Vec<Uuid> = wanted.iter().copied().map(column).collect();
    let rows: Vec<Row> = official_results::table
        .filter(official_results::id.eq_any(wanted))
        .select(Row::as_select())
        .load(tx.connection())
        .await?;
    rows.into_iter().map(result).collect()
}

/// A result of the scope's own office. Errors: `NOT_FOUND`.
pub async fn own(tx: &mut Tx, scope: &Scope, wanted: OfficialResultId) -> Result<OfficialResult, StoreError> {
    let found = find(tx, wanted).await?;
    if scope.organization() == Some(found.office) {
        Ok(found)
    } else {
        Err(Refusal::of(Code::NotFound).into())
    }
}

/// The newest edition of an office's result of that name, as its last part has it.
pub async fn standing(
    tx: &mut Tx,
    office: OrganizationId,
    name: &Name,
) -> Result<Option<OfficialResult>, StoreError> {
    let row: Option<Row> = official_results::table
        .filter(official_results::office.eq(column(office)))
        .filter(official_results::name.eq(name.as_str()))
        .order((official_results::edition.desc(), official_results::part.desc()))
        .select(Row::as_select())
        .first(tx.connection())
        .await
        .optional()?;
    row.map(result).transpose()
}

/// The lots of a round whose official result is announced.
pub async fn announced_lots(tx: &mut Tx, round: RoundId) -> Result<Vec<LotId>, StoreError> {
    let parts: Vec<Vec<Uuid>> = official_results::table
        .filter(official_results::round.eq(column(round)))
        .select(official_results::lots)
        .load(tx.connection())
        .await?;
    Ok(parts.into_iter().flatten().map(id).collect())
}

/// Whether a part of a round's official result is announced.
pub async fn is_begun(tx: &mut Tx, round: RoundId) -> Result<bool, StoreError> {
    let found = official_results::table.filter(official_results::round.eq(column(round)));
    Ok(diesel::select(diesel::dsl::exists(found)).get_result(tx.connection()).await?)
}

/// Whether an import was announced.
pub async fn is_announced(tx: &mut Tx, import: ImportId) -> Result<bool, StoreError> {
    let found = official_results::table.filter(official_results::import.eq(column(import)));
    Ok(diesel::select(diesel::dsl::exists(found)).get_result(tx.connection()).await?)
}

/// A part of all results, or of those of a round, the newest first.
pub async fn page(
    tx: &mut Tx,
    round: Option<RoundId>,
    page: &Page<OfficialResultId>,
) -> Result<Part<OfficialResult>, StoreError> {
    let mut query = official_results::table
        .order(official_results::id.desc())
        .limit(page.limit())
        .select(Row::as_select())
        .into_boxed();
    if let Some(round) = round {
        query = query.filter(official_results::round.eq(column(round)));
    }
    if let Some(after) = page.after {
        query = query.filter(official_results::id.lt(column(after)));
    }
    let rows: Vec<Row> = query.load(tx.connection()).await?;
    Ok(Part::cut(rows.into_iter().map(result).collect::<Result<_, _>>()?, page))
}

/// The canonical form. Errors: `NOT_FOUND`.
pub async fn canonical(tx: &mut Tx, wanted: OfficialResultId) -> Result<String, StoreError> {
    let text: Option<String> = official_results::table
        .find(column(wanted))
        .select(official_results::canonical)
        .first(tx.connection())
        .await
        .optional()?;
    text.ok_or_else(|| Refusal::of(Code::NotFound).into())
}

pub(super) fn result(row: Row) -> Result<OfficialResult, StoreError> {
    let unreadable = || StoreError::row("official result", row.id);
    let source = match (row.round, row.import) {
        (Some(round), None) => ResultSource::Round(id(round)),
        (None, Some(import)) => ResultSource::Import(id(import)),
        (Some(_), Some(_)) | (None, None) => return Err(unreadable()),
    };
    Ok(OfficialResult {
        id: id(row.id),
        office: id(row.office),
        name: Name::parse(&row.name).map_err(|_refusal| unreadable())?,
        source,
        edition: row.edition,
        part: row.part,
        lots: row.lots.into_iter().map(id).collect(),
        disclosure: Disclosure::from_label(&row.disclosure).ok_or_else(unreadable)?,
        starts_on: day(row.starts_on),
        standstill_until: row.standstill_until.map(timestamp),
        announced_by: id(row.announced_by),
        announced_at: timestamp(row.announced_at),
        sha256: Digest::new(<[u8; 32]>::try_from(row.sha256.as_slice()).map_err(|_length| unreadable())?),
    })
}
