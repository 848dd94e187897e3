//! How ties are settled: one person proposes an order, another one confirms or rejects it.
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use jicai_domain::documents::{Document, DocumentKind};
use jicai_domain::errors::{Code, Refusal};
use jicai_domain::identity::{Reason, Scope};
use jicai_domain::ids::{DocumentId, RoundId, RoundProductId, TieResolutionId};
use jicai_domain::procurement::result::{TieResolution, TieStatus};
use uuid::Uuid;

use crate::documents as files;
use crate::door::Tx;
use crate::errors::StoreError;
use crate::ids::{column, id};
use crate::page::{Page, Part};
use crate::schema::{
    app_clock, bid_lines, bid_results, documents, lot_results, round_lots, rounds, tie_resolutions,
};

#[derive(Queryable, Selectable)]
#[diesel(table_name = tie_resolutions)]
struct Row {
    id: Uuid,
    round: Uuid,
    status: String,
    products: Vec<Uuid>,
    evidence: Uuid,
    explanation: String,
    proposed_by: Uuid,
    decided_by: Option<Uuid>,
    reason: Option<String>,
}

/// The tied products of a round with the number of their lot.
pub async fn tied(tx: &mut Tx, round: RoundId) -> Result<Vec<(i32, RoundProductId)>, StoreError> {
    let rows: Vec<(i32, Uuid)> = bid_results::table
        .inner_join(lot_results::table.on(lot_results::lot.eq(bid_results::lot)))
        .inner_join(round_lots::table.on(round_lots::id.eq(bid_results::lot)))
        .filter(lot_results::round.eq(column(round)))
        .filter(bid_results::tied)
        .order((lot_results::place, bid_results::place))
        .select((round_lots::number, bid_results::product))
        .load(tx.connection())
        .await?;
    Ok(rows.into_iter().map(|(lot, product)| (lot, id(product))).collect())
}

/// Adds a proposed one. Errors: `NOT_FOUND` where the evidence is no document of a round of the scope's own organization.
pub async fn add(tx: &mut Tx, scope: &Scope, resolution: &TieResolution) -> Result<(), StoreError> {
    let own: Option<Uuid> = documents::table
        .find(column(resolution.evidence))
        .filter(documents::organization.nullable().eq(scope.organization().map(column)))
        .filter(documents::kind.eq(DocumentKind::Round.label()))
        .select(documents::id)
        .first(tx.connection())
        .await
        .optional()?;
    own.ok_or_else(|| Refusal::of(Code::NotFound).at("evidence"))?;
    let products: Vec<Uuid> = resolution.order.iter().copied().map(column).collect();
    diesel::insert_into(tie_resolutions::table)
        .values((
            tie_resolutions::id.eq(column(resolution.id)),
            tie_resolutions::round.eq(column(resolution.round)),
            tie_resolutions::status.eq(resolution.status.label()),
            tie_resolutions::products.eq(products),
            tie_resolutions::evidence.eq(column(resolution.evidence)),
            tie_resolutions::explanation.eq(resolution.explanation.as_str()),
            tie_resolutions::proposed_by.eq(column(resolution.proposed_by)),
            tie_resolutions::proposed_at.eq(app_clock()),
        ))
        .execute(tx.connection())
        .await?;
    Ok(())
}

/// One of a round of the scope's own office. Errors: `NOT_FOUND`.
pub async fn find(tx: &mut Tx, scope: &Scope, wanted: TieResolutionId) -> Result<TieResolution, StoreError> {
    let row: Option<Row> = tie_resolutions::table
        .inner_join(rounds::table.on(rounds::id.eq(tie_resolutions::round)))
        .filter(tie_resolutions::id.eq(column(wanted)))
        .filter(rounds::office.nullable().eq(scope.organization().map(column)))
        .select(Row::as_select())
        .first(tx.connection())
        .await
        .optional()?;
    resolution(row.ok_or_else(|| Refusal::of(Code::NotFound))?)
}

/// Saves the second person's word. Errors: `TIE_STATE` where there is one already.
pub async fn save(tx: &mut Tx, decided: &TieResolution) -> Result<(), StoreError> {
    let (by, reason) = decided.status.decision();
    let proposed = tie_resolutions::table
        .find(column(decided.id))
        .filter(tie_resolutions::status.eq(TieStatus::Proposed.label()));
    let saved = diesel::update(proposed)
        .set((
            tie_resolutions::status.eq(decided.status.label()),
            tie_resolutions::decided_by.eq(by.map(column)),
            tie_resolutions::decided_at.eq(app_clock().nullable()),
            tie_resolutions::reason.eq(reason.map(Reason::as_str)),
        ))
        .execute(tx.connection())
        .await?;
    if saved == 1 { Ok(()) } else { Err(Refusal::of(Code::TieState).into()) }
}

/// Puts the lines of those products into that order. No other line of theirs loses its place.
pub async fn put_in_order(tx: &mut Tx, order: &[RoundProductId]) -> Result<(), StoreError> {
    for (place, product) in (1_i32..).zip(order) {
        diesel::update(bid_lines::table.filter(bid_lines::product.eq(column(*product))))
            .set(bid_lines::tie_order.eq(place))
            .execute(tx.connection())
            .await?;
    }
    Ok(())
}

/// A part of a round's, the newest first.
pub async fn list(
    tx: &mut Tx,
    round: RoundId,
    page: &Page<TieResolutionId>,
) -> Result<Part<TieResolution>, StoreError> {
    let mut query = tie_resolutions::table
        .filter(tie_resolutions::round.eq(column(round)))
        .select(Row::as_select())
        .into_boxed();
    if let Some(after) = page.after {
        query = query.filter(tie_resolutions::id.lt(column(after)));
    }
    let rows: Vec<Row> =
        query.order(tie_resolutions::id.desc()).limit(page.limit()).load(tx.connection()).await?;
    let read: Result<Vec<TieResolution>, StoreError> = rows.into_iter().map(resolution).collect();
    Ok(Part::cut(read?, page))
}

/// A document that proves an order of tied bids, with the rounds that it was brought for. Errors: `NOT_FOUND`.
pub async fn evidence(tx: &mut Tx, wanted: DocumentId) -> Result<(Document, Vec<RoundId>), StoreError> {
    let brought = tie_resolutions::table.filter(tie_resolutions::evidence.eq(column(wanted)));
    let rounds: Vec<Uuid> = brought.select(tie_resolutions::round).distinct().load(tx.connection()).await?;
    let row: Option<files::Row> = documents::table
        .find(column(wanted))
        .filter(documents::id.eq_any(brought.select(tie_resolutions::evidence)))
        .select(files::Row::as_select())
        .first(tx.connection())
        .await
        .optional()?;
    let document = row.map(files::document).transpose()?.ok_or(Refusal::of(Code::NotFound))?;
    Ok((document, rounds.into_iter().map(id).collect()))
}

fn resolution(row: Row) -> Result<TieResolution, StoreError> {
    let unreadable = || StoreError::row("tie resolution", row.id);
    let reason = row.reason.as_deref().map(Reason::parse).transpose().map_err(|_refusal| unreadable())?;
    let status = TieStatus::from_row(&row.status, row.decided_by.map(id), reason).ok_or_else(unreadable)?;
    Ok(TieResolution {
        id: id(row.id),
        round: id(row.round),
        order: row.products.iter().copied().map(id).collect(),
        evidence: id(row.evidence),
        explanation: Reason::parse(&row.explanation).map_err(|_refusal| unreadable())?,
        proposed_by: id(row.proposed_by),
        status,
    })
}
