//! 价格指数: defined by one person, published by another, month after month, and never revised. The table that it is reckoned from is what `jicai index` reads, and the values are the
//! same.
use std::collections::{BTreeMap, BTreeSet};

use jicai_domain::audit::{Act, IdempotencyKey};
use jicai_domain::documents::Digest;
use jicai_domain::errors::{Code, Refusal};
use jicai_domain::identity::{Caller, Name, Permission, RegionCode};
use jicai_domain::ids::PriceIndexId;
use jicai_domain::pricing::definition::month_of;
pub use jicai_domain::pricing::definition::{
    IndexDefinition, IndexScope, method_named, parse_month, splice_named,
};
pub use jicai_domain::pricing::index::Window;
use jicai_domain::pricing::index::{Base, Point, compute};
use jicai_domain::pricing::observation::PriceKind;
use jicai_domain::pricing::{Duplicates, Panel, Sale, parse_figure, parse_period};
use jicai_domain::time::Day;
use jicai_store::audit::record;
use jicai_store::pricing::indices;
pub use jicai_store::pricing::indices::{Publication, PublishedPoint};
use jicai_store::{Page, Part, fresh};
use sha2::{Digest as _, Sha256};

use crate::app::App;
use crate::audit::{Changed, actor, keyed, once};
use crate::errors::Error;

/// What is said of a new index.
#[derive(Clone, Debug)]
pub struct DefineIndex {
    /// What it is called.
    pub name: Name,
    /// The version that it stands in the place of.
    pub replaces: Option<PriceIndexId>,
    /// The method's name, and whether each month is compared with the base.
    pub method: (String, bool),
    /// Months of a window, and the splice's name.
    pub window: Option<(usize, String)>,
    /// The month that is 1.
    pub base: Day,
    /// What it is of.
    pub scope: IndexScope,
    /// Where.
    pub region: RegionCode,
    /// Of which prices.
    pub kind: PriceKind,
    /// The share of what is spent below which a value is warned of.
    pub threshold: f64,
    /// The key of the request.
    pub key: IdempotencyKey,
}

/// Defines an index, or another version of one. Errors: `FORBIDDEN`, `INDEX_INVALID`, `INDEX_STATE`, `NOT_FOUND`, `REGION_UNKNOWN`.
pub async fn define_index(
    app: &App,
    caller: &Caller,
    command: DefineIndex,
) -> Result<Changed<PriceIndexId>, Error> {
    let scope = caller.require(Permission::KeepIndices)?;
    let by = caller.user()?;
    if !scope.covers(command.region) {
        return Err(Refusal::of(Code::Forbidden).at("region").into());
    }
    let method = method_named(&command.method.0, command.method.1)?;
    let window = command
        .window
        .as_ref()
        .map(|(length, splice)| Ok::<_, Refusal>(Window { length: *length, splice: splice_named(splice)? }));
    let window = window.transpose()?;
    let said = format!("{command:?}");
    let keyed = keyed(app, Some(caller), &command.key, "define_index", &[&said]);
    once(app, &keyed, async |tx| {
        let before = match command.replaces {
            Some(before) => {
                let before = indices::find(tx, before).await?;
                if !scope.covers(before.region) {
                    return Err(Refusal::of(Code::NotFound).at("replaces").into());
                }
                before.version
            }
            None => 0,
        };
        let defined_at = tx.now().await?;
        let index = IndexDefinition {
            id: fresh(),
            name: command.name.clone(),
            version: before.saturating_add(1),
            replaces: command.replaces,
            method,
            window,
            base: month_of(command.base),
            scope: command.scope.clone(),
            region: command.region,
            kind: command.kind,
            threshold: command.threshold,
            defined_by: by,
            defined_at,
        };
        index.check(defined_at.day_in_china())?;
        indices::add(tx, &index).await?;
        let act = Act::new("IndexDefined", index.id)
            .with("name", index.name.as_str())
            .with("version", index.version)
            .with("method", index.method.name())
            .with("base", index.base)
            .with("scope", index.scope.told().0)
            .with("region", index.region)
            .with("kind", index.kind.label());
        let answer = Changed { id: index.id, version: jicai_domain::identity::Version::FIRST };
        Ok(record(tx, actor(caller), act, answer).await?)
    })
    .await
}

/// The table that an index is reckoned from.
struct Input {
    csv: Vec<u8>,
    sales: Vec<Sale>,
    products: usize,
}

/// Reads the table of an index from its base to a month. One month is one statement.
async fn input(app: &App, index: &IndexDefinition, until: Day) -> Result<Input, Error> {
    let mut tx = app.store.read().await?;
    let mut out = csv::Writer::from_writer(Vec::new());
    let weighted = index.kind == PriceKind::Transaction;
    let header: &[&str] =
        if weighted { &["period", "product", "price", "quantity"] } else { &["period", "product", "price"] };
    let broken = |error: csv::Error| Error::Broken(error.into());
    out.write_record(header).map_err(broken)?;
    let (mut sales, mut products, mut month) = (Vec::new(), BTreeSet::new(), index.base);
    while month <= until {
        let next = month.in_next_month(1).ok_or(Refusal::of(Code::IndexMonth))?;
        let label = month.to_string().get(..7).unwrap_or_default().to_owned();
        let period = parse_period(&label).map_err(|_value| Refusal::of(Code::IndexMonth))?;
        for sold in indices::sold(&mut tx, index, (month, next)).await? {
            let quantity = sold.quantity.as_deref().filter(|_units| weighted);
            if weighted && quantity.is_none() {
                continue;
            }
            let fields = [Some(label.as_str()), Some(&sold.product), Some(&sold.price), quantity];
            out.write_record(fields.into_iter().flatten()).map_err(broken)?;
            let figure =
                |text: &str| parse_figure(text).map_err(|_value| Error::broken(format!("no figure: {text}")));
            products.insert(sold.product.clone());
            sales.push(Sale {
                row: u64::try_from(sales.len()).unwrap_or(u64::MAX).saturating_add(2),
                period,
                product: sold.product.as_str().into(),
                price: figure(&sold.price)?,
                quantity: quantity.map(figure).transpose()?,
            });
        }
        month = next;
    }
    let csv = out.into_inner().map_err(|error| Error::broken(error.to_string()))?;
    Ok(Input { csv, sales, products: products.len() })
}

/// Publishes an index up to a month; every month before it that is not published comes with it. Not by the person who defined it. Errors: `FORBIDDEN`, `NOT_FOUND`,
/// `SECOND_PERSON_NEEDED`, `INDEX_MONTH`.
pub async fn publish_index(
    app: &App,
    caller: &Caller,
    (id, month): (PriceIndexId, Day),
    key: &IdempotencyKey,
) -> Result<Changed<PriceIndexId>, Error> {
    let scope = caller.require(Permission::KeepIndices)?;
    let by = caller.user()?;
    let said = format!("{id} {month}");
    let keyed = keyed(app, Some(caller), key, "publish_index", &[&said]);
    let mut tx = app.store.read().await?;
    let index = indices::find(&mut tx, id).await?;
    let today = tx.now().await?.day_in_china();
    drop(tx);
    if !scope.covers(index.region) {
        return Err(Refusal::of(Code::NotFound).at("id").into());
    }
    if index.defined_by == by {
        return Err(Refusal::of(Code::SecondPersonNeeded).into());
    }
    let over = Refusal::of(Code::IndexMonth).at("month");
    if month < index.base || month >= month_of(today) {
        return Err(over.into());
    }
    let input = input(app, &index, month).await?;
    let (rows, products) = (input.sales.len(), input.products);
    let sha256 = Digest::new(Sha256::digest(&input.csv).into());
    let reckoned = reckoned(&index, input)?;
    once(app, &keyed, async |tx| {
        indices::hold(tx, id).await?;
        let published = indices::points(tx, id, None).await?;
        let new = carried_on(&index, &published, &reckoned, month);
        let last = indices::publication(tx, id, None).await?.map(|one| one.month);
        if new.is_empty() || last.is_some_and(|last| last >= month) {
            return Err(over.clone().into());
        }
        let publication = Publication {
            month,
            input_sha256: sha256,
            input_rows: u64::try_from(rows).unwrap_or(u64::MAX),
            products: u64::try_from(products).unwrap_or(u64::MAX),
            published_by: by,
            published_at: tx.now().await?,
        };
        indices::publish(tx, id, &publication, &new).await?;
        let act = Act::new("IndexPublished", id)
            .with("month", month)
            .with("values", new.len())
            .with("input", publication.input_sha256)
            .with("warned", new.iter().filter(|point| point.warned).count());
        let answer = Changed { id, version: jicai_domain::identity::Version::FIRST };
        Ok(record(tx, actor(caller), act, answer).await?)
    })
    .await
}

/// The series on what is known now. Errors: `INDEX_MONTH` where there are no prices.
fn reckoned(index: &IndexDefinition, input: Input) -> Result<BTreeMap<Day, Point>, Error> {
    if input.sales.is_empty() {
        return Err(Refusal::of(Code::IndexMonth).at("month").into());
    }
    let panel = Panel::new(input.sales, Duplicates::Refuse)
        .map_err(|faults| Error::broken(format!("no panel: {faults:?}")))?;
    let points = compute(&panel, index.method, index.window).points;
    Ok(points
        .into_iter()
        .filter_map(|point| Some((parse_month(&point.period.to_string())?, point)))
        .collect())
}

/// The values that are new. What was published stands, whatever came late: then the next value follows from it by the movement that is known now.
fn carried_on(
    index: &IndexDefinition,
    published: &[PublishedPoint],
    reckoned: &BTreeMap<Day, Point>,
    month: Day,
) -> Vec<PublishedPoint> {
    let same = |point: &PublishedPoint| {
        let now = reckoned.get(&point.month).and_then(|now| now.value);
        point.value.map(f64::to_bits) == now.map(f64::to_bits)
    };
    let fixed = index.method.base() == Some(Base::Fixed);
    let linked = !fixed && !published.iter().all(same);
    let last = published.iter().rev().find(|point| point.value.is_some());
    let over = |point: &Point| {
        let value = point.value?;
        if !linked {
            return Some(value);
        }
        let last = last?;
        let then = reckoned.get(&last.month)?.value?;
        Some(last.value? * (value / then))
    };
    let done = published.last().map(|point| point.month);
    reckoned
        .iter()
        .filter(|(day, _)| **day <= month && done.is_none_or(|done| **day > done))
        .map(|(day, point)| PublishedPoint {
            month: *day,
            value: over(point),
            coverage: point.coverage,
            warned: point.coverage < index.threshold,
            linked,
        })
        .collect()
}

/// An index with what is published of it.
#[derive(Clone, Debug)]
pub struct ShownIndex {
    /// How it is made.
    pub index: IndexDefinition,
    /// The newest publication, or the one that was asked for.
    pub publication: Option<Publication>,
}

/// An index; everybody may see it. Errors: `NOT_FOUND`.
pub async fn price_index(app: &App, id: PriceIndexId) -> Result<ShownIndex, Error> {
    let mut tx = app.store.read().await?;
    let index = indices::find(&mut tx, id).await?;
    let publication = indices::publication(&mut tx, id, None).await?;
    Ok(ShownIndex { index, publication })
}

/// What is published of an index, in the order of time.
pub async fn index_points(app: &App, id: PriceIndexId) -> Result<Vec<PublishedPoint>, Error> {
    let mut tx = app.store.read().await?;
    Ok(indices::points(&mut tx, id, None).await?)
}

/// A part of the indices, the newest first; everybody may see them.
pub async fn price_indices(app: &App, page: &Page<PriceIndexId>) -> Result<Part<ShownIndex>, Error> {
    let mut tx = app.store.read().await?;
    let part = indices::list(&mut tx, page).await?;
    let mut rows = Vec::with_capacity(part.rows.len());
    for index in part.rows {
        let publication = indices::publication(&mut tx, index.id, None).await?;
        rows.push(ShownIndex { index, publication });
    }
    Ok(Part { rows, more: part.more })
}

/// What was published up to a month, as everybody may keep it. Errors: `NOT_FOUND` for a month that is not published.
pub async fn published_until(
    app: &App,
    id: PriceIndexId,
    month: Day,
) -> Result<(ShownIndex, Vec<PublishedPoint>), Error> {
    let mut tx = app.store.read().await?;
    let index = indices::find(&mut tx, id).await?;
    let publication = indices::publication(&mut tx, id, Some(month)).await?;
    let publication = publication.filter(|_one| month >= index.base).ok_or(Refusal::of(Code::NotFound))?;
    let points = indices::points(&mut tx, id, Some(month)).await?;
    Ok((ShownIndex { index, publication: Some(publication) }, points))
}

/// The table that an index is reckoned from, as it is known now. Errors: `FORBIDDEN`, `NOT_FOUND`.
pub async fn index_input(
    app: &App,
    caller: &Caller,
    (id, month): (PriceIndexId, Day),
) -> Result<Vec<u8>, Error> {
    let scope = caller.require(Permission::ObservePrices)?;
    let mut tx = app.store.read().await?;
    let index = indices::find(&mut tx, id).await?;
    drop(tx);
    if !scope.covers(index.region) || month < index.base {
        return Err(Refusal::of(Code::NotFound).into());
    }
    Ok(input(app, &index, month).await?.csv)
}
