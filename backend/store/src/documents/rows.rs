//! What is known of each document.
use std::collections::BTreeSet;

use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use jicai_domain::documents::{Digest, Document, DocumentKind, FileName, MediaType, StoredBy};
use jicai_domain::errors::{Code, Refusal};
use jicai_domain::identity::Scope;
use jicai_domain::ids::DocumentId;
use uuid::Uuid;

use crate::door::Tx;
use crate::errors::StoreError;
use crate::identity::organizations::{reached, terms};
use crate::ids::{column, id};
use crate::schema::{
    app_clock, documents, listing_prices, listings, objections, organizations, round_documents, rounds,
};

#[derive(Queryable, Selectable)]
#[diesel(table_name = documents)]
pub(crate) struct Row {
    id: Uuid,
    organization: Uuid,
    stored_by: Option<Uuid>,
    stored_by_client: Option<Uuid>,
    kind: String,
    name: String,
    media_type: String,
    size: i64,
    sha256: Vec<u8>,
}

/// Adds a new one, whose bytes are finished.
pub async fn add(tx: &mut Tx, document: &Document) -> Result<(), StoreError> {
    let size = i64::try_from(document.size).map_err(|_large| StoreError::row("size", document.size))?;
    let (user, client) = match document.stored_by {
        StoredBy::User(user) => (Some(column(user)), None),
        StoredBy::Client(client) => (None, Some(column(client))),
    };
    diesel::insert_into(documents::table)
        .values((
            documents::id.eq(column(document.id)),
            documents::organization.eq(column(document.organization)),
            documents::stored_by.eq(user),
            documents::stored_by_client.eq(client),
            documents::kind.eq(document.kind.label()),
            documents::name.eq(document.name.as_str()),
            documents::media_type.eq(document.media_type.name()),
            documents::size.eq(size),
            documents::sha256.eq(document.sha256.bytes().as_slice()),
            documents::stored_at.eq(app_clock()),
        ))
        .execute(tx.connection())
        .await?;
    Ok(())
}

/// One of those kinds that the scope reaches. Errors: `NOT_FOUND`.
pub async fn find(
    tx: &mut Tx,
    scope: &Scope,
    kinds: &[DocumentKind],
    wanted: DocumentId,
) -> Result<Document, StoreError> {
    let labels: Vec<&str> = kinds.iter().map(|kind| kind.label()).collect();
    let inside = organizations::table.filter(reached(terms(scope))).select(organizations::id);
    let row: Option<Row> = documents::table
        .find(column(wanted))
        .filter(documents::kind.eq_any(labels))
        .filter(documents::organization.eq_any(inside))
        .select(Row::as_select())
        .first(tx.connection())
        .await
        .optional()?;
    row.map(document).transpose()?.ok_or_else(|| Refusal::of(Code::NotFound).into())
}

/// Those of the ids that are of the kind and that the scope reaches.
pub async fn held(
    tx: &mut Tx,
    scope: &Scope,
    kind: DocumentKind,
    wanted: &BTreeSet<DocumentId>,
) -> Result<BTreeSet<DocumentId>, StoreError> {
    let ids: Vec<Uuid> = wanted.iter().copied().map(column).collect();
    let inside = organizations::table.filter(reached(terms(scope))).select(organizations::id);
    let rows: Vec<Uuid> = documents::table
        .filter(documents::id.eq_any(ids))
        .filter(documents::kind.eq(kind.label()))
        .filter(documents::organization.eq_any(inside))
        .select(documents::id)
        .load(tx.connection())
        .await?;
    Ok(rows.into_iter().map(id).collect())
}

/// One that supports an objection against a round of the scope's own office. Errors: `NOT_FOUND`.
pub async fn objected(tx: &mut Tx, scope: &Scope, wanted: DocumentId) -> Result<Document, StoreError> {
    let named = objections::table
        .inner_join(rounds::table.on(rounds::id.eq(objections::round)))
        .filter(rounds::office.nullable().eq(scope.organization().map(column)))
        .filter(objections::documents.contains(vec![column(wanted)]));
    let row: Option<Row> = documents::table
        .find(column(wanted))
        .filter(diesel::dsl::exists(named))
        .select(Row::as_select())
        .first(tx.connection())
        .await
        .optional()?;
    row.map(document).transpose()?.ok_or_else(|| Refusal::of(Code::NotFound).into())
}

/// One that an announced round names, in its newest edition or an earlier one: everybody may read it. Errors: `NOT_FOUND`.
pub async fn announced(tx: &mut Tx, wanted: DocumentId) -> Result<Document, StoreError> {
    let named = round_documents::table
        .inner_join(rounds::table)
        .filter(rounds::edition.ge(1))
        .select(round_documents::document);
    let row: Option<Row> = documents::table
        .find(column(wanted))
        .filter(documents::kind.eq(DocumentKind::Round.label()))
        .filter(documents::id.eq_any(named))
        .select(Row::as_select())
        .first(tx.connection())
        .await
        .optional()?;
    row.map(document).transpose()?.ok_or_else(|| Refusal::of(Code::NotFound).into())
}

/// One that proves a price of a listing in the scope's jurisdiction. Errors: `NOT_FOUND`.
pub async fn proves_listing(tx: &mut Tx, scope: &Scope, wanted: DocumentId) -> Result<Document, StoreError> {
    let covered: Vec<String> = scope.regions().iter().map(ToString::to_string).collect();
    let named = listing_prices::table
        .inner_join(listings::table)
        .filter(listings::within.overlaps_with(covered))
        .filter(listing_prices::documents.contains(vec![column(wanted)]));
    let proves: bool = diesel::select(diesel::dsl::exists(named)).get_result(tx.connection()).await?;
    let row: Option<Row> = documents::table
        .find(column(wanted))
        .select(Row::as_select())
        .first(tx.connection())
        .await
        .optional()?;
    let row = row.filter(|_| proves).map(document).transpose()?;
    row.ok_or_else(|| Refusal::of(Code::NotFound).into())
}

/// Those of the ids that have a row.
pub async fn known(tx: &mut Tx, wanted: &[DocumentId]) -> Result<BTreeSet<DocumentId>, StoreError> {
    let ids: Vec<Uuid> = wanted.iter().copied().map(column).collect();
    let rows: Vec<Uuid> = documents::table
        .filter(documents::id.eq_any(ids))
        .select(documents::id)
        .load(tx.connection())
        .await?;
    Ok(rows.into_iter().map(id).collect())
}

/// How many the scope's own organization has.
pub async fn count(tx: &mut Tx, scope: &Scope) -> Result<u64, StoreError> {
    let own =
        documents::table.filter(documents::organization.nullable().eq(scope.organization().map(column)));
    let count: i64 = own.count().get_result(tx.connection()).await?;
    u64::try_from(count).map_err(|_negative| StoreError::row("count", count))
}

pub(crate) fn document(row: Row) -> Result<Document, StoreError> {
    let unreadable = |what| move || StoreError::row(what, row.id);
    let digest: Option<[u8; 32]> = row.sha256.try_into().ok();
    let user = row.stored_by.map(|user| StoredBy::User(id(user)));
    let stored_by = user.or(row.stored_by_client.map(|client| StoredBy::Client(id(client))));
    Ok(Document {
        id: id(row.id),
        organization: id(row.organization),
        stored_by: stored_by.ok_or_else(unreadable("storer"))?,
        kind: DocumentKind::from_label(&row.kind).ok_or_else(unreadable("kind"))?,
        name: FileName::parse(&row.name).map_err(|_refusal| StoreError::row("name", row.id))?,
        media_type: MediaType::from_name(&row.media_type).ok_or_else(unreadable("media type"))?,
        size: u64::try_from(row.size).map_err(|_negative| StoreError::row("size", row.id))?,
        sha256: digest.map(Digest::new).ok_or_else(unreadable("digest"))?,
    })
}
