//! 备案采购: an institution files what is not listed, and the office of its region decides.
use jicai_domain::audit::{Act, IdempotencyKey};
use jicai_domain::errors::{Code, Refusal};
use jicai_domain::identity::{Caller, Permission, Reason, Version};
use jicai_domain::ids::{FilingId, ItemId, OrganizationId};
use jicai_domain::listing::state::listable;
use jicai_domain::ordering::filing::{Filing, FilingDecision, FilingStatus, within_rules};
use jicai_domain::ordering::rules::ordering_rules;
use jicai_domain::procurement::demand::region_of;
use jicai_store::audit::record;
use jicai_store::ordering::filings::{self, ShownFiling};
use jicai_store::{Page, Part, fresh};
use rust_decimal::Decimal;

use crate::app::App;
use crate::audit::{Changed, actor, keyed, once};
use crate::errors::Error;
use crate::listing::verdict::product;

/// What an institution files.
#[derive(Clone, Debug)]
pub struct FilePurchase {
    /// The item of the registry.
    pub item: ItemId,
    /// Whose it is.
    pub manufacturer: OrganizationId,
    /// Smallest units in a pack, where the registry does not tell.
    pub pack_units: Option<u64>,
    /// The price of a pack.
    pub price: Decimal,
    /// How many packs.
    pub packs: u64,
    /// Why.
    pub reason: Reason,
    /// The key of the request.
    pub key: IdempotencyKey,
}

/// Files a purchase of an item. Errors: `FORBIDDEN`, `LISTING_INVALID` for an item that does not stand or is not the manufacturer's,
/// `PRICE_INVALID`.
pub async fn file_purchase(
    app: &App,
    caller: &Caller,
    command: FilePurchase,
) -> Result<Changed<FilingId>, Error> {
    caller.require(Permission::PlaceOrders)?;
    let by = caller.user()?;
    listable(command.price)?;
    let keyed = keyed(app, Some(caller), &command.key, "file_purchase", &[&format!("{command:?}")]);
    once(app, &keyed, async |tx| {
        let region = region_of(&caller.regions)?;
        let rules = ordering_rules(region).ok_or_else(|| Error::broken("no rules of ordering"))?;
        let applied_at = tx.now().await?;
        let of = (command.item, command.pack_units);
        let product = product(tx, command.manufacturer, of, applied_at.day_in_china()).await?;
        let filing = Filing {
            id: fresh(),
            price: command.price,
            asked: command.packs,
            granted: None,
            status: FilingStatus::Applied,
            decision: None,
            decided: None,
            version: Version::FIRST,
        };
        let shown = ShownFiling {
            filing,
            hospital: caller.organization,
            region,
            item: product.item,
            manufacturer: command.manufacturer,
            name: product.labels.name,
            spec: product.labels.spec,
            unit: product.labels.unit,
            pack_units: product.pack_units,
            taken: 0,
            reason: command.reason.clone(),
            rules: rules.name(),
            applied_by: by,
            applied_at,
        };
        filings::add(tx, &shown).await?;
        let answer = Changed { id: shown.filing.id, version: shown.filing.version };
        Ok(record(tx, actor(caller), told("PurchaseFiled", &shown), answer).await?)
    })
    .await
}

/// What an office decides of a filing that it has seen.
#[derive(Clone, Debug)]
pub struct DecideFiling {
    /// The filing.
    pub id: FilingId,
    /// The version that was seen.
    pub version: Version,
    /// What is decided.
    pub decision: FilingDecision,
    /// The key of the request.
    pub key: IdempotencyKey,
}

/// Decides about a filing of the jurisdiction. Errors: `FORBIDDEN`, `NOT_FOUND`, `STALE_VERSION`, `FILING_STATE`, `FILING_LIMIT`.
pub async fn decide_filing(
    app: &App,
    caller: &Caller,
    command: DecideFiling,
) -> Result<Changed<FilingId>, Error> {
    let scope = caller.require(Permission::ReviewListings)?;
    let by = caller.user()?;
    let keyed = keyed(app, Some(caller), &command.key, "decide_filing", &[&format!("{command:?}")]);
    once(app, &keyed, async |tx| {
        let shown = filings::lock(tx, &scope, command.id).await?;
        if shown.filing.version != command.version {
            return Err(Refusal::of(Code::StaleVersion).at("version").into());
        }
        let at = tx.now().await?;
        let next = shown.filing.clone().apply(command.decision.clone(), by, at)?;
        if let (FilingStatus::Approved, Some(granted)) = (next.status, next.granted) {
            let today = at.day_in_china();
            let rules = ordering_rules(shown.region).ok_or_else(|| Error::broken("no rules of ordering"))?;
            let bought = filings::bought(tx, shown.hospital, today).await?;
            within_rules(rules, bought, (next.price, granted), today)?;
        }
        filings::save(tx, &next, command.version).await?;
        let shown = ShownFiling { filing: next, ..shown };
        let answer = Changed { id: shown.filing.id, version: shown.filing.version };
        Ok(record(tx, actor(caller), told("FilingDecided", &shown), answer).await?)
    })
    .await
}

fn told(kind: &'static str, shown: &ShownFiling) -> Act {
    let filing = &shown.filing;
    let granted = filing.granted.map(|granted| (granted.packs.to_string(), granted.until.to_string()));
    let (packs, until) = granted.unwrap_or_default();
    Act::new(kind, filing.id)
        .concerning(shown.hospital)
        .with("item", shown.item)
        .with("manufacturer", shown.manufacturer)
        .with("region", shown.region)
        .with("asked", filing.asked)
        .with("packs", packs)
        .with("until", until)
        .with("status", filing.status.label())
        .with("reason", filing.decision.as_ref().unwrap_or(&shown.reason).as_str())
        .with("rules", shown.rules.as_str())
        .with("version", filing.version.number())
}

/// Filings: of the own institution, of the jurisdiction, or of the own items once they were approved; the newest first. Errors: `FORBIDDEN`.
pub async fn filings(
    app: &App,
    caller: &Caller,
    status: Option<FilingStatus>,
    page: &Page<FilingId>,
) -> Result<Part<ShownFiling>, Error> {
    let firm = caller.require(Permission::ApplyForListing).ok();
    let scope = match firm.clone() {
        Some(scope) => scope,
        None => caller
            .require(Permission::PlaceOrders)
            .or_else(|_other| caller.require(Permission::ObserveListings))?,
    };
    let mut tx = app.store.read().await?;
    Ok(filings::list(&mut tx, (&scope, firm.is_some()), status, page).await?)
}
