//! The products of applications, with their papers.
use std::collections::BTreeMap;

use diesel::pg::data_types::{PgDate, PgTimestamp};
use diesel::prelude::*;
use diesel::upsert::excluded;
use diesel_async::RunQueryDsl;
use jicai_domain::catalog::code::ApprovalNumber;
use jicai_domain::errors::Refusal;
use jicai_domain::identity::{Name, Reason};
use jicai_domain::ids::DocumentId;
use jicai_domain::procurement::qualification::{Claim, Evidence, Product, ProductStatus, Qualification};
use uuid::Uuid;

use crate::catalog::uses::{read_use, written};
use crate::door::Tx;
use crate::errors::StoreError;
use crate::ids::{column, id};
use crate::schema::{app_clock, round_lots, round_product_documents, round_products, round_specs};
use crate::times;

/// Products by the application that holds them.
pub(super) type ByApplication = BTreeMap<Uuid, Vec<Product>>;

#[derive(Queryable, Selectable)]
#[diesel(table_name = round_products)]
pub(super) struct Row {
    id: Uuid,
    qualification: Uuid,
    spec: Uuid,
    name: String,
    approval_number: String,
    maker: Option<String>,
    evidence: String,
    evaluated_on: Option<PgDate>,
    capacity: i64,
    fact_names: Vec<String>,
    fact_values: Vec<String>,
    status: String,
    reason: Option<String>,
    item: Option<Uuid>,
    item_system: Option<String>,
    item_code: Option<String>,
    item_release: Option<i32>,
    item_at: Option<PgTimestamp>,
}

/// Saves the products of an application that is held: new ones are added, the others changed; none goes.
pub(super) async fn save(tx: &mut Tx, of: &Qualification) -> Result<(), StoreError> {
    if of.products.is_empty() {
        return Ok(());
    }
    let rows: Result<Vec<_>, StoreError> = (0_i16..)
        .zip(&of.products)
        .map(|(position, product)| {
            let Product { id: key, claim, status, announced: _ } = product;
            let capacity = column_of(claim.capacity)?;
            let used = written(claim.item.as_ref());
            let (names, values): (Vec<&str>, Vec<&str>) =
                claim.facts.iter().map(|(name, value)| (name.as_str(), value.as_str())).unzip();
            Ok((
                (
                    round_products::id.eq(column(*key)),
                    round_products::qualification.eq(column(of.id)),
                    round_products::spec.eq(column(claim.spec)),
                    round_products::position.eq(position),
                    round_products::name.eq(claim.name.as_str()),
                    round_products::approval_number.eq(claim.approval_number.as_str()),
                    round_products::maker.eq(claim.maker.as_ref().map(Name::as_str)),
                    round_products::created_at.eq(app_clock()),
                ),
                (
                    round_products::evidence.eq(claim.evidence.label()),
                    round_products::evaluated_on.eq(claim.evidence.day().map(times::on)),
                    round_products::capacity.eq(capacity),
                    round_products::fact_names.eq(names),
                    round_products::fact_values.eq(values),
                    round_products::status.eq(status.label()),
                    round_products::reason.eq(status.reason().map(Reason::as_str)),
                ),
                (
                    round_products::item.eq(used.0),
                    round_products::item_system.eq(used.1),
                    round_products::item_code.eq(used.2),
                    round_products::item_release.eq(used.3),
                    round_products::item_at.eq(used.4),
                ),
            ))
        })
        .collect();
    diesel::insert_into(round_products::table)
        .values(rows?)
        .on_conflict(round_products::id)
        .do_update()
        .set((
            round_products::position.eq(excluded(round_products::position)),
            round_products::name.eq(excluded(round_products::name)),
            round_products::approval_number.eq(excluded(round_products::approval_number)),
            round_products::maker.eq(excluded(round_products::maker)),
            round_products::evidence.eq(excluded(round_products::evidence)),
            round_products::evaluated_on.eq(excluded(round_products::evaluated_on)),
            round_products::capacity.eq(excluded(round_products::capacity)),
            round_products::fact_names.eq(excluded(round_products::fact_names)),
            round_products::fact_values.eq(excluded(round_products::fact_values)),
            round_products::status.eq(excluded(round_products::status)),
            round_products::reason.eq(excluded(round_products::reason)),
            (
                round_products::item.eq(excluded(round_products::item)),
                round_products::item_system.eq(excluded(round_products::item_system)),
                round_products::item_code.eq(excluded(round_products::item_code)),
                round_products::item_release.eq(excluded(round_products::item_release)),
                round_products::item_at.eq(excluded(round_products::item_at)),
            ),
        ))
        .execute(tx.connection())
        .await?;
    save_papers(tx, of).await
}

fn column_of(capacity: u64) -> Result<i64, StoreError> {
    i64::try_from(capacity).map_err(|_large| StoreError::row("capacity", capacity))
}

async fn save_papers(tx: &mut Tx, of: &Qualification) -> Result<(), StoreError> {
    let products: Vec<Uuid> = of.products.iter().map(|product| column(product.id)).collect();
    let before = round_product_documents::table.filter(round_product_documents::product.eq_any(products));
    diesel::delete(before).execute(tx.connection()).await?;
    let papers: Vec<_> = of
        .products
        .iter()
        .flat_map(|product| {
            (0_i16..).zip(&product.claim.documents).map(move |(position, document)| {
                (
                    round_product_documents::product.eq(column(product.id)),
                    round_product_documents::position.eq(position),
                    round_product_documents::document.eq(column(*document)),
                )
            })
        })
        .collect();
    diesel::insert_into(round_product_documents::table).values(papers).execute(tx.connection()).await?;
    Ok(())
}

/// The products of those applications, in their order.
pub(super) async fn of(tx: &mut Tx, applications: &[Uuid]) -> Result<ByApplication, StoreError> {
    let announced = round_specs::withdrawn_in.is_null().and(round_lots::withdrawn_in.is_null());
    let rows: Vec<(Row, bool)> = round_products::table
        .inner_join(round_specs::table.inner_join(round_lots::table))
        .filter(round_products::qualification.eq_any(applications))
        .order((round_products::qualification, round_products::position))
        .select((Row::as_select(), announced))
        .load(tx.connection())
        .await?;
    let ids: Vec<Uuid> = rows.iter().map(|(row, _)| row.id).collect();
    let mut papers = papers(tx, &ids).await?;
    let mut found = ByApplication::new();
    for (row, announced) in rows {
        let documents = papers.remove(&row.id).unwrap_or_default();
        let product = product(&row, documents, announced)?;
        found.entry(row.qualification).or_default().push(product);
    }
    Ok(found)
}

async fn papers(tx: &mut Tx, products: &[Uuid]) -> Result<BTreeMap<Uuid, Vec<DocumentId>>, StoreError> {
    let rows: Vec<(Uuid, Uuid)> = round_product_documents::table
        .filter(round_product_documents::product.eq_any(products))
        .order((round_product_documents::product, round_product_documents::position))
        .select((round_product_documents::product, round_product_documents::document))
        .load(tx.connection())
        .await?;
    let mut found: BTreeMap<Uuid, Vec<DocumentId>> = BTreeMap::new();
    for (product, document) in rows {
        found.entry(product).or_default().push(id(document));
    }
    Ok(found)
}

fn product(row: &Row, documents: Vec<DocumentId>, announced: bool) -> Result<Product, StoreError> {
    let unreadable = || StoreError::row("product", row.id);
    let refused = |_refusal: Refusal| unreadable();
    let reason = row.reason.as_deref().map(Reason::parse).transpose().map_err(refused)?;
    let used = (row.item, row.item_system.clone(), row.item_code.clone(), row.item_release, row.item_at);
    let claim = Claim {
        item: read_use(used)?,
        spec: id(row.spec),
        name: Name::parse(&row.name).map_err(refused)?,
        approval_number: ApprovalNumber::parse(&row.approval_number).map_err(refused)?,
        maker: row.maker.as_deref().map(Name::parse).transpose().map_err(refused)?,
        evidence: Evidence::of(&row.evidence, row.evaluated_on.map(times::day)).map_err(refused)?,
        capacity: u64::try_from(row.capacity).map_err(|_negative| unreadable())?,
        facts: facts(&row.fact_names, &row.fact_values),
        documents,
    };
    let status = ProductStatus::from_row(&row.status, reason).ok_or_else(unreadable)?;
    Ok(Product { id: id(row.id), claim, status, announced })
}

/// What the rule set's columns ask, from the two arrays of a row.
pub(super) fn facts(names: &[String], values: &[String]) -> BTreeMap<String, String> {
    names.iter().cloned().zip(values.iter().cloned()).collect()
}
