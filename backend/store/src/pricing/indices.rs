//! 价格指数: definitions, and what was published. Both are read by everybody and changed by nobody.
use diesel::QueryableByName;
use diesel::pg::data_types::{PgDate, PgTimestamp};
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Date, Nullable, Text, Uuid as SqlUuid};
use diesel_async::RunQueryDsl;
use jicai_domain::documents::Digest;
use jicai_domain::errors::{Code, Refusal};
use jicai_domain::identity::Name;
use jicai_domain::ids::{PriceIndexId, UserId};
use jicai_domain::pricing::definition::{IndexDefinition, IndexScope, method_named, splice_named};
use jicai_domain::pricing::index::{Base, Window};
use jicai_domain::pricing::observation::PriceKind;
use jicai_domain::time::{Day, Timestamp};
use uuid::Uuid;

use crate::door::Tx;
use crate::errors::StoreError;
use crate::identity::regions::read_code;
use crate::ids::{column, id};
use crate::page::{Page, Part};
use crate::schema::{price_index_points, price_index_publications, price_indices};
use crate::times::{at, day, on, timestamp};

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = price_indices)]
struct Row {
    id: Uuid,
    name: String,
    version: i32,
    replaces: Option<Uuid>,
    method: String,
    fixed_base: bool,
    window_months: Option<i32>,
    splice: Option<String>,
    base_month: PgDate,
    scope: String,
    subject: Option<String>,
    region: String,
    kind: String,
    threshold: f64,
    defined_by: Uuid,
    defined_at: PgTimestamp,
}

/// Adds a definition. Errors: `INDEX_STATE` where the one before it has been replaced, `REGION_UNKNOWN`.
pub async fn add(tx: &mut Tx, index: &IndexDefinition) -> Result<(), StoreError> {
    let (scope, subject) = index.scope.told();
    let months = index.window.map(|window| i32::try_from(window.length).unwrap_or(i32::MAX));
    let row = Row {
        id: column(index.id),
        name: index.name.as_str().to_owned(),
        version: index.version,
        replaces: index.replaces.map(column),
        method: index.method.name().to_owned(),
        fixed_base: index.method.base() == Some(Base::Fixed),
        window_months: months,
        splice: index.window.map(|window| window.splice.name().to_owned()),
        base_month: on(index.base),
        scope: scope.to_owned(),
        subject,
        region: index.region.to_string(),
        kind: index.kind.label().to_owned(),
        threshold: index.threshold,
        defined_by: column(index.defined_by),
        defined_at: at(index.defined_at),
    };
    diesel::insert_into(price_indices::table).values(row).execute(tx.connection()).await?;
    Ok(())
}

/// A definition. Errors: `NOT_FOUND`.
pub async fn find(tx: &mut Tx, wanted: PriceIndexId) -> Result<IndexDefinition, StoreError> {
    let row: Option<Row> = price_indices::table
        .find(column(wanted))
        .select(Row::as_select())
        .first(tx.connection())
        .await
        .optional()?;
    row.map(read).transpose()?.ok_or_else(|| Refusal::of(Code::NotFound).into())
}

/// A part of them, the newest first.
pub async fn list(tx: &mut Tx, page: &Page<PriceIndexId>) -> Result<Part<IndexDefinition>, StoreError> {
    let mut query = price_indices::table.select(Row::as_select()).into_boxed();
    if let Some(after) = page.after {
        query = query.filter(price_indices::id.lt(column(after)));
    }
    let rows: Vec<Row> =
        query.order(price_indices::id.desc()).limit(page.limit()).load(tx.connection()).await?;
    Ok(Part::cut(rows.into_iter().map(read).collect::<Result<_, _>>()?, page))
}

fn read(row: Row) -> Result<IndexDefinition, StoreError> {
    let unreadable = || StoreError::row("index", row.id);
    let refused = |_refusal| unreadable();
    let splice = row.splice.as_deref().map(splice_named).transpose().map_err(refused)?;
    let length = row.window_months.map(usize::try_from).transpose().map_err(|_negative| unreadable())?;
    Ok(IndexDefinition {
        id: id(row.id),
        name: Name::parse(&row.name).map_err(refused)?,
        version: row.version,
        replaces: row.replaces.map(id),
        method: method_named(&row.method, row.fixed_base).map_err(refused)?,
        window: length.zip(splice).map(|(length, splice)| Window { length, splice }),
        base: day(row.base_month),
        scope: IndexScope::read(&row.scope, row.subject.as_deref()).map_err(refused)?,
        region: read_code(&row.region)?,
        kind: PriceKind::from_label(&row.kind).ok_or_else(unreadable)?,
        threshold: row.threshold,
        defined_by: id(row.defined_by),
        defined_at: timestamp(row.defined_at),
    })
}

/// A published value.
#[derive(Clone, Debug, PartialEq)]
pub struct PublishedPoint {
    /// The first day of its month.
    pub month: Day,
    /// The index over its base; none where nothing leads there.
    pub value: Option<f64>,
    /// The share of what is spent that it rests on.
    pub coverage: f64,
    /// Whether that is below the threshold.
    pub warned: bool,
    /// Whether it follows from the published value before it, because prices came late.
    pub linked: bool,
}

/// A publication.
#[derive(Clone, Debug)]
pub struct Publication {
    /// Up to which month.
    pub month: Day,
    /// What the table hashes to that it was reckoned from.
    pub input_sha256: Digest,
    /// The rows of that.
    pub input_rows: u64,
    /// The products in it.
    pub products: u64,
    /// Who published it.
    pub published_by: UserId,
    /// When.
    pub published_at: Timestamp,
}

#[derive(Queryable, Selectable)]
#[diesel(table_name = price_index_points)]
struct PointRow {
    month: PgDate,
    value: Option<f64>,
    coverage: f64,
    warned: bool,
    linked: bool,
}

/// What is published up to a month, or at all, in the order of time.
pub async fn points(
    tx: &mut Tx,
    index: PriceIndexId,
    until: Option<Day>,
) -> Result<Vec<PublishedPoint>, StoreError> {
    let mut query = price_index_points::table
        .filter(price_index_points::index.eq(column(index)))
        .select(PointRow::as_select())
        .into_boxed();
    if let Some(until) = until {
        query = query.filter(price_index_points::month.le(on(until)));
    }
    let rows: Vec<PointRow> = query.order(price_index_points::month).load(tx.connection()).await?;
    let read = |row: PointRow| PublishedPoint {
        month: day(row.month),
        value: row.value,
        coverage: row.coverage,
        warned: row.warned,
        linked: row.linked,
    };
    Ok(rows.into_iter().map(read).collect())
}

/// The newest publication, or the one that a month came with.
pub async fn publication(
    tx: &mut Tx,
    index: PriceIndexId,
    month: Option<Day>,
) -> Result<Option<Publication>, StoreError> {
    type Columns = (PgDate, Vec<u8>, i64, i64, Uuid, PgTimestamp);
    let mut query = price_index_publications::table
        .filter(price_index_publications::index.eq(column(index)))
        .select((
            price_index_publications::month,
            price_index_publications::input_sha256,
            price_index_publications::input_rows,
            price_index_publications::products,
            price_index_publications::published_by,
            price_index_publications::published_at,
        ))
        .into_boxed();
    query = match month {
        Some(month) => query
            .filter(price_index_publications::month.ge(on(month)))
            .order(price_index_publications::month.asc()),
        None => query.order(price_index_publications::month.desc()),
    };
    let found: Option<Columns> = query.first(tx.connection()).await.optional()?;
    let whole = |number: i64| u64::try_from(number).map_err(|_negative| StoreError::row("rows", number));
    found
        .map(|(month, sha256, rows, products, by, when)| {
            let bytes: [u8; 32] = sha256.try_into().map_err(|bytes| StoreError::row("digest", bytes))?;
            Ok(Publication {
                month: day(month),
                input_sha256: Digest::new(bytes),
                input_rows: whole(rows)?,
                products: whole(products)?,
                published_by: id(by),
                published_at: timestamp(when),
            })
        })
        .transpose()
}

/// Publishes. Errors: `INDEX_MONTH` where one of the months is published.
pub async fn publish(
    tx: &mut Tx,
    index: PriceIndexId,
    publication: &Publication,
    points: &[PublishedPoint],
) -> Result<(), StoreError> {
    let whole = |number: u64| i64::try_from(number).unwrap_or(i64::MAX);
    diesel::insert_into(price_index_publications::table)
        .values((
            price_index_publications::index.eq(column(index)),
            price_index_publications::month.eq(on(publication.month)),
            price_index_publications::input_sha256.eq(publication.input_sha256.bytes().as_slice()),
            price_index_publications::input_rows.eq(whole(publication.input_rows)),
            price_index_publications::products.eq(whole(publication.products)),
            price_index_publications::published_by.eq(column(publication.published_by)),
            price_index_publications::published_at.eq(at(publication.published_at)),
        ))
        .execute(tx.connection())
        .await?;
    let rows: Vec<_> = points
        .iter()
        .map(|point| {
            (
                price_index_points::index.eq(column(index)),
                price_index_points::month.eq(on(point.month)),
                price_index_points::published_with.eq(on(publication.month)),
                price_index_points::value.eq(point.value),
                price_index_points::coverage.eq(point.coverage),
                price_index_points::warned.eq(point.warned),
                price_index_points::linked.eq(point.linked),
            )
        })
        .collect();
    diesel::insert_into(price_index_points::table).values(rows).execute(tx.connection()).await?;
    Ok(())
}

/// What was paid for a product in a month: the price of a smallest unit, and how many were bought.
#[derive(Clone, Debug, QueryableByName)]
pub struct Sold {
    /// 四同, or the item where the registry tells no group.
    #[diesel(sql_type = Text)]
    pub product: String,
    /// In yuan.
    #[diesel(sql_type = Text)]
    pub price: String,
    /// Smallest units; none where no row is a purchase.
    #[diesel(sql_type = Nullable<Text>)]
    pub quantity: Option<String>,
}

/// What counts now of an index in a month, by product: purchases at what was paid in all over all units, other prices at their mean.
pub async fn sold(
    tx: &mut Tx,
    index: &IndexDefinition,
    (from, until): (Day, Day),
) -> Result<Vec<Sold>, StoreError> {
    let (condition, text, number): (&str, Option<String>, Option<Uuid>) = match &index.scope {
        IndexScope::Item(item) => ("o.item = $6 AND $5 IS NULL", None, Some(column(*item))),
        IndexScope::Group(group) => ("o.loose_group = $5 AND $6 IS NULL", Some(group.clone()), None),
        IndexScope::Molecule(name) => {
            ("starts_with(o.loose_group, $5 || '|') AND $6 IS NULL", Some(name.clone()), None)
        }
        IndexScope::Class(class) => (
            "$6 IS NULL AND EXISTS (SELECT FROM item_identifiers i WHERE i.item = o.item AND i.system = 'atc' AND starts_with(i.value, $5) \
                AND i.superseded_at IS NULL AND i.status <> 'ENTERED_IN_ERROR')",
            Some(class.clone()),
            None,
        ),
        IndexScope::Round(round) => (
            "$5 IS NULL AND o.item IN (SELECT p.item FROM selected_products p JOIN official_results r ON r.id = p.result WHERE r.round = $6)",
            None,
            Some(column(*round)),
        ),
        IndexScope::All => ("$5 IS NULL AND $6 IS NULL", None, None),
    };
    let rows = diesel::sql_query(format!(
        "SELECT CASE WHEN length(p.product) <= 200 THEN p.product ELSE md5(p.product) END AS product, \
             (CASE WHEN p.units > 0 THEN round(p.spent / p.units, 10) ELSE p.mean END)::text AS price, \
             nullif(p.units, 0)::text AS quantity \
         FROM (SELECT coalesce(o.group_key, o.item::text) AS product, coalesce(sum(o.packs * o.pack_units), 0) AS units, \
                 coalesce(sum(o.packs * o.price), 0) AS spent, round(avg(o.unit_price), 10) AS mean \
             FROM price_observations o WHERE o.kind = $1 AND o.region::text LIKE $2 AND o.observed_on >= $3 AND o.observed_on < $4 \
                 AND o.superseded_by IS NULL AND o.packs IS DISTINCT FROM 0 AND coalesce(o.group_key, o.item::text) IS NOT NULL AND {condition} \
             GROUP BY 1) p ORDER BY p.product COLLATE \"C\""
    ))
    .bind::<Text, _>(index.kind.label())
    .bind::<Text, _>(format!("{}%", index.region.prefix()))
    .bind::<Date, _>(on(from))
    .bind::<Date, _>(on(until))
    .bind::<Nullable<Text>, _>(text)
    .bind::<Nullable<SqlUuid>, _>(number)
    .load(tx.connection())
    .await?;
    Ok(rows)
}

/// Holds an index until the transaction ends, so that it is published by one at a time.
pub async fn hold(tx: &mut Tx, index: PriceIndexId) -> Result<(), StoreError> {
    diesel::sql_query("SELECT pg_advisory_xact_lock(hashtextextended($1, $2))")
        .bind::<Text, _>(index.to_string())
        .bind::<BigInt, _>(35_i64)
        .execute(tx.connection())
        .await?;
    Ok(())
}
