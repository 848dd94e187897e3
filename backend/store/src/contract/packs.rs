//! Packs that firms ask to add to their selected products.
use diesel::pg::data_types::PgTimestamp;
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use jicai_domain::contract::pack::{AddedPack, PackOffer, PackSize, PackStatus};
use jicai_domain::errors::{Code, Refusal};
use jicai_domain::identity::{Name, Reason, Scope, Version};
use jicai_domain::ids::{AddedPackId, OrganizationId, SelectedProductId};
use jicai_domain::time::Timestamp;
use rust_decimal::Decimal;
use uuid::Uuid;

use crate::door::Tx;
use crate::errors::StoreError;
use crate::ids::{column, id};
use crate::page::{Page, Part};
use crate::schema::{added_packs, app_clock, official_results, selected_products};
use crate::times::timestamp;

/// A pack with the two sides of it.
#[derive(Clone, Debug)]
pub struct ShownPack {
    /// The pack.
    pub pack: AddedPack,
    /// The firm; none while no organization is known.
    pub firm: Option<OrganizationId>,
    /// The office that decides.
    pub office: OrganizationId,
    /// When it came to where it is.
    pub status_since: Timestamp,
}

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = added_packs)]
struct Row {
    id: Uuid,
    product: Uuid,
    spec: String,
    selected_content: Decimal,
    selected_units: i32,
    content: Decimal,
    units: i32,
    price: Decimal,
    most: Decimal,
    rules: String,
    evidence: String,
    applied_by: Uuid,
    status: String,
    decided_by: Option<Uuid>,
    decision: Option<String>,
    version: i32,
}

type Found = (Row, Option<Uuid>, Uuid, PgTimestamp);

/// Adds a pack that is asked for. Errors: `PACK_EXISTS`.
pub async fn add(tx: &mut Tx, pack: &AddedPack) -> Result<(), StoreError> {
    diesel::insert_into(added_packs::table)
        .values((row(pack)?, added_packs::status_since.eq(app_clock())))
        .execute(tx.connection())
        .await?;
    Ok(())
}

/// A pack, held until the transaction ends. Errors: `NOT_FOUND`.
pub async fn lock(tx: &mut Tx, wanted: AddedPackId) -> Result<AddedPack, StoreError> {
    let row: Option<Row> = added_packs::table
        .find(column(wanted))
        .select(Row::as_select())
        .for_update()
        .first(tx.connection())
        .await
        .optional()?;
    read(row.ok_or(Refusal::of(Code::NotFound))?)
}

/// Saves what was decided. Errors: `STALE_VERSION`.
pub async fn save(tx: &mut Tx, changed: &AddedPack, expected: Version) -> Result<(), StoreError> {
    let status = &changed.status;
    let saved = diesel::update(added_packs::table.find(column(changed.id)))
        .filter(added_packs::version.eq(expected.number()))
        .set((
            added_packs::status.eq(status.label()),
            added_packs::decided_by.eq(status.by().map(column)),
            added_packs::decision.eq(status.reason().map(Reason::as_str)),
            added_packs::version.eq(changed.version.number()),
            added_packs::status_since.eq(app_clock()),
        ))
        .execute(tx.connection())
        .await?;
    if saved == 1 { Ok(()) } else { Err(Refusal::of(Code::StaleVersion).at("version").into()) }
}

/// A pack that the own organization asked for or decides. Errors: `NOT_FOUND`.
pub async fn find(tx: &mut Tx, scope: &Scope, wanted: AddedPackId) -> Result<ShownPack, StoreError> {
    let own = scope.organization().map(column);
    let found: Option<Found> = added_packs::table
        .inner_join(selected_products::table.inner_join(official_results::table))
        .filter(added_packs::id.eq(column(wanted)))
        .filter(official_results::office.nullable().eq(own).or(selected_products::holder.eq(own)))
        .select((
            Row::as_select(),
            selected_products::holder,
            official_results::office,
            added_packs::status_since,
        ))
        .first(tx.connection())
        .await
        .optional()?;
    shown(found.ok_or(Refusal::of(Code::NotFound))?)
}

/// Packs that the own organization asked for or decides, the newest first.
pub async fn page(
    tx: &mut Tx,
    scope: &Scope,
    status: Option<&str>,
    page: &Page<AddedPackId>,
) -> Result<Part<ShownPack>, StoreError> {
    let own = scope.organization().map(column);
    let mut query = added_packs::table
        .inner_join(selected_products::table.inner_join(official_results::table))
        .filter(official_results::office.nullable().eq(own).or(selected_products::holder.eq(own)))
        .select((
            Row::as_select(),
            selected_products::holder,
            official_results::office,
            added_packs::status_since,
        ))
        .into_boxed();
    if let Some(status) = status {
        query = query.filter(added_packs::status.eq(status));
    }
    if let Some(after) = page.after {
        query = query.filter(added_packs::id.lt(column(after)));
    }
    let rows: Vec<Found> =
        query.order(added_packs::id.desc()).limit(page.limit()).load(tx.connection()).await?;
    Ok(Part::cut(rows.into_iter().map(shown).collect::<Result<_, _>>()?, page))
}

/// Packs that were added to a product, in the order in which they were asked for.
pub async fn added(
    tx: &mut Tx,
    product: SelectedProductId,
    page: &Page<AddedPackId>,
) -> Result<Part<AddedPack>, StoreError> {
    let mut query = added_packs::table
        .filter(added_packs::product.eq(column(product)))
        .filter(added_packs::status.eq("ADDED"))
        .select(Row::as_select())
        .into_boxed();
    if let Some(after) = page.after {
        query = query.filter(added_packs::id.gt(column(after)));
    }
    let rows: Vec<Row> = query.order(added_packs::id).limit(page.limit()).load(tx.connection()).await?;
    Ok(Part::cut(rows.into_iter().map(read).collect::<Result<_, _>>()?, page))
}

fn row(pack: &AddedPack) -> Result<Row, StoreError> {
    let units =
        |size: PackSize| i32::try_from(size.units).map_err(|_many| StoreError::row("units", size.units));
    let PackOffer { spec, selected, offered, price } = &pack.offer;
    Ok(Row {
        id: column(pack.id),
        product: column(pack.product),
        spec: spec.as_str().to_owned(),
        selected_content: selected.content,
        selected_units: units(*selected)?,
        content: offered.content,
        units: units(*offered)?,
        price: *price,
        most: pack.most,
        rules: pack.rules.clone(),
        evidence: pack.evidence.as_str().to_owned(),
        applied_by: column(pack.applied_by),
        status: pack.status.label().to_owned(),
        decided_by: pack.status.by().map(column),
        decision: pack.status.reason().map(|reason| reason.as_str().to_owned()),
        version: pack.version.number(),
    })
}

fn shown((row, firm, office, since): Found) -> Result<ShownPack, StoreError> {
    Ok(ShownPack { pack: read(row)?, firm: firm.map(id), office: id(office), status_since: timestamp(since) })
}

fn read(row: Row) -> Result<AddedPack, StoreError> {
    let unreadable = || StoreError::row("added pack", row.id);
    let reason = |text: &str| Reason::parse(text).map_err(|_refusal| unreadable());
    let units = |units: i32| u32::try_from(units).map_err(|_negative| unreadable());
    let decision = row.decision.as_deref().map(reason).transpose()?;
    let status = PackStatus::from_row(&row.status, row.decided_by.map(id), decision);
    Ok(AddedPack {
        id: id(row.id),
        product: id(row.product),
        offer: PackOffer {
            spec: Name::parse(&row.spec).map_err(|_refusal| unreadable())?,
            selected: PackSize { content: row.selected_content, units: units(row.selected_units)? },
            offered: PackSize { content: row.content, units: units(row.units)? },
            price: row.price,
        },
        most: row.most,
        evidence: reason(&row.evidence)?,
        applied_by: id(row.applied_by),
        status: status.ok_or_else(unreadable)?,
        version: Version::new(row.version),
        rules: row.rules,
    })
}
