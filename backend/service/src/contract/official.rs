//! Official results: their announcement in one form, whoever decided them, and what is shown of them.
use std::collections::BTreeSet;

use jicai_domain::contract::official::{OfficialResult, ResultSource, SelectedProduct, check};
use jicai_domain::documents::Digest;
use jicai_domain::identity::{Caller, Name, Permission};
use jicai_domain::ids::{
    ItemId, LotId, OfficialResultId, OrganizationId, RoundId, SelectedProductId, UserId,
};
use jicai_domain::procurement::round::Disclosure;
use jicai_domain::time::{Day, Timestamp};
use jicai_store::catalog;
use jicai_store::contract::official as rows;
pub use jicai_store::contract::official::PlacedProduct as Placed;
use jicai_store::{Page, Part, Tx, fresh};
use serde::Serialize;
use sha2::{Digest as _, Sha256};

use crate::app::App;
use crate::catalog::{Expiring, find_expiring};
use crate::errors::Error;
use crate::pricing::leave_selected;

/// A result that is to be announced.
pub(crate) struct NewResult {
    pub(crate) office: OrganizationId,
    pub(crate) name: Name,
    pub(crate) source: ResultSource,
    pub(crate) edition: i32,
    pub(crate) part: i32,
    pub(crate) lots: Vec<LotId>,
    pub(crate) disclosure: Disclosure,
    pub(crate) starts_on: Day,
    pub(crate) standstill_until: Option<Timestamp>,
    pub(crate) announced_by: UserId,
}

/// Announces a result with its products: checks them, makes the canonical form and its digest, and keeps all of it. The caller writes the
/// entry of the log. Errors: `RESULT_INVALID`, `STALE_VERSION` where somebody else has announced that edition.
pub(crate) async fn announce(
    tx: &mut Tx,
    new: NewResult,
    products: &[SelectedProduct],
) -> Result<OfficialResult, Error> {
    // Of the lots that follow, nothing may be left that is selected.
    if new.part == 1 || !products.is_empty() {
        check(new.starts_on, products)?;
    }
    let NewResult { office, name, source, edition, part, lots, disclosure, .. } = new;
    let NewResult { starts_on, standstill_until, announced_by, .. } = new;
    let mut result = OfficialResult {
        id: fresh(),
        office,
        name,
        source,
        edition,
        part,
        lots,
        disclosure,
        starts_on,
        standstill_until,
        announced_by,
        announced_at: tx.now().await?,
        sha256: Digest::new([0; 32]),
    };
    let canonical = canonical(&result, products)?;
    result.sha256 = Digest::new(Sha256::digest(canonical.as_bytes()).into());
    rows::add(tx, &result, &canonical, products).await?;
    leave_selected(tx, result.id).await?;
    if products.iter().any(|product| product.item.is_some()) {
        catalog::hold_still(tx).await?;
        find_expiring(tx, Expiring::OfResult(result.id)).await?;
    }
    Ok(result)
}

// The order of the fields is the order of the text.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ResultText<'a> {
    announced_at: i64,
    disclosure: &'static str,
    edition: i32,
    lots: Vec<String>,
    name: &'a str,
    /// So that nobody finds undisclosed prices by trying until the digest fits.
    nonce: String,
    office: String,
    part: i32,
    products: Vec<ProductText<'a>>,
    result: String,
    schema: &'static str,
    source: String,
    standstill_until: Option<i64>,
    starts_on: String,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ProductText<'a> {
    content: Option<String>,
    credit_code: Option<&'a str>,
    holder: &'a str,
    id: String,
    /// The code, the item, and the release.
    item: Option<(&'a str, Option<String>, Option<i32>)>,
    lot: i32,
    lot_name: &'a str,
    name: &'a str,
    price: Option<String>,
    price_basis: Option<&'static str>,
    rank: Option<i32>,
    representative_content: Option<String>,
    spec: &'a str,
    supplies: Vec<(String, &'static str, u64)>,
    unit: &'a str,
    until: String,
}

fn canonical(result: &OfficialResult, products: &[SelectedProduct]) -> Result<String, Error> {
    let mut nonce = [0; 32];
    getrandom::fill(&mut nonce).map_err(|error| Error::Broken(error.into()))?;
    let text = ResultText {
        announced_at: result.announced_at.micros(),
        disclosure: result.disclosure.label(),
        edition: result.edition,
        lots: result.lots.iter().map(ToString::to_string).collect(),
        name: result.name.as_str(),
        nonce: jicai_domain::audit::hex(&nonce),
        office: result.office.to_string(),
        part: result.part,
        products: products.iter().map(product_text).collect(),
        result: result.id.to_string(),
        schema: "jicai/official-result/3",
        source: match result.source {
            ResultSource::Round(round) => round.to_string(),
            ResultSource::Import(import) => import.to_string(),
        },
        standstill_until: result.standstill_until.map(Timestamp::micros),
        starts_on: result.starts_on.to_string(),
    };
    serde_json::to_string(&text).map_err(|error| Error::Broken(error.into()))
}

fn product_text(product: &SelectedProduct) -> ProductText<'_> {
    let supply = |supply: &jicai_domain::contract::official::SupplyRow| {
        (supply.region.to_string(), supply.role.label(), supply.volume)
    };
    ProductText {
        content: product.content.map(|content| content.own.normalize().to_string()),
        credit_code: product.holder.credit_code.as_deref(),
        holder: &product.holder.name,
        id: product.id.to_string(),
        item: product
            .item
            .as_ref()
            .map(|used| (used.code.as_str(), used.item.map(|item| item.to_string()), used.release)),
        lot: product.lot_number,
        lot_name: &product.lot_name,
        name: &product.name,
        price: product.price.map(|price| price.price.normalize().to_string()),
        price_basis: product.price.map(|price| price.basis.label()),
        rank: product.rank,
        representative_content: product.content.map(|content| content.representative.normalize().to_string()),
        spec: &product.spec,
        supplies: product.supplies.iter().map(supply).collect(),
        unit: &product.unit,
        until: product.until.to_string(),
    }
}

/// An official result. Public. Errors: `NOT_FOUND`.
pub async fn official_result(app: &App, id: OfficialResultId) -> Result<OfficialResult, Error> {
    let mut tx = app.store.read().await?;
    Ok(rows::find(&mut tx, id).await?)
}

/// All official results, or the parts of a round's, the newest first. Public.
pub async fn official_results(
    app: &App,
    round: Option<RoundId>,
    page: &Page<OfficialResultId>,
) -> Result<Part<OfficialResult>, Error> {
    let mut tx = app.store.read().await?;
    Ok(rows::page(&mut tx, round, page).await?)
}

/// A part of a result's products. Public, but for prices that the disclosure rule hides from the caller.
pub async fn selected_products(
    app: &App,
    caller: Option<&Caller>,
    result: &OfficialResult,
    page: &Page<i32>,
) -> Result<Part<Placed>, Error> {
    let mut tx = app.store.read().await?;
    let mut part = rows::products(&mut tx, result.id, page).await?;
    for placed in &mut part.rows {
        if !sees_price(caller, result, &placed.product) {
            placed.product.price = None;
        }
    }
    Ok(part)
}

/// Selected products that name items, the newest first; one more of each item than the page has room for. Public, but for prices that the disclosure rule hides
/// from the caller.
pub async fn selected_of_items(
    app: &App,
    caller: Option<&Caller>,
    items: &[ItemId],
    page: &Page<SelectedProductId>,
) -> Result<Vec<(ItemId, Placed)>, Error> {
    let mut tx = app.store.read().await?;
    let mut found = rows::of_items(&mut tx, items, page).await?;
    let results: BTreeSet<OfficialResultId> = found.iter().map(|(_item, placed)| placed.result).collect();
    let results = rows::find_some(&mut tx, &Vec::from_iter(results)).await?;
    for (_item, placed) in &mut found {
        let result = results.iter().find(|result| result.id == placed.result);
        if !result.is_some_and(|result| sees_price(caller, result, &placed.product)) {
            placed.product.price = None;
        }
    }
    Ok(found)
}

/// Whether the caller sees the price of a product: everybody where the result discloses it; its office, its firm, and the regulators and
/// auditors of a region that it is supplied in, always.
pub(crate) fn sees_price(
    caller: Option<&Caller>,
    result: &OfficialResult,
    product: &SelectedProduct,
) -> bool {
    let open = match result.disclosure {
        Disclosure::Everything | Disclosure::SelectedWithPrices => true,
        Disclosure::SelectedNames => false,
    };
    let inside = |caller: &Caller| {
        let observed = caller.require(Permission::ObserveContracts);
        let observed =
            observed.is_ok_and(|scope| product.supplies.iter().any(|supply| scope.covers(supply.region)));
        let own = [Some(result.office), product.holder.organization].contains(&Some(caller.organization));
        observed || own && caller.approved
    };
    open || caller.is_some_and(inside)
}
