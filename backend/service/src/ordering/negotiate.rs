//! 议价: an institution asks a firm for a price, the firm answers, and either ends it.
use jicai_domain::audit::{Act, IdempotencyKey};
use jicai_domain::errors::{Code, Refusal};
use jicai_domain::identity::{Caller, Permission, Reason, Version};
use jicai_domain::ids::{ListingId, NegotiatedPriceId};
use jicai_domain::listing::rules::listing_preset;
use jicai_domain::ordering::negotiation::{NegotiatedPrice, NegotiationCommand, NegotiationStatus};
use jicai_store::audit::record;
use jicai_store::listing::listings;
use jicai_store::ordering::negotiations;
use jicai_store::{Page, Part, fresh};
use rust_decimal::Decimal;

use crate::app::App;
use crate::audit::{Changed, actor, keyed, once};
use crate::errors::Error;

/// A price that an institution asks for.
#[derive(Clone, Debug)]
pub struct ProposePrice {
    /// The listing.
    pub listing: ListingId,
    /// Of a pack, tax included.
    pub price: Decimal,
    /// What it says for it.
    pub explanation: Reason,
    /// The key of the request.
    pub key: IdempotencyKey,
}

/// Asks the firm of a listing of the own region for a price. Errors: `FORBIDDEN`, `NOT_FOUND`, `LISTING_NOT_ORDERABLE`, `PRICE_INVALID`,
/// `PRICE_ABOVE_LISTED`, `NEGOTIATION_STATE` where another waits for an answer.
pub async fn propose_price(
    app: &App,
    caller: &Caller,
    command: ProposePrice,
) -> Result<Changed<NegotiatedPriceId>, Error> {
    caller.require(Permission::PlaceOrders)?;
    let by = caller.user()?;
    let keyed = keyed(app, Some(caller), &command.key, "propose_price", &[&format!("{command:?}")]);
    once(app, &keyed, async |tx| {
        let mut found = listings::orderable_many(tx, &listing_preset(), &[command.listing]).await?;
        let near = |listing: &jicai_domain::listing::state::Listing| {
            listing.state.is_public() && caller.regions.iter().any(|region| listing.region.covers(*region))
        };
        let found = found.pop().filter(|found| near(&found.listing));
        let found = found.ok_or(Refusal::of(Code::NotFound).at("listing"))?;
        if let Some(refusal) = found.refusal {
            return Err(refusal.into());
        }
        let price = NegotiatedPrice {
            id: fresh(),
            listing: command.listing,
            hospital: caller.organization,
            manufacturer: found.listing.manufacturer,
            price: command.price,
            listed: found.listing.price,
            explanation: command.explanation.clone(),
            status: NegotiationStatus::Proposed,
            reason: None,
            proposed_by: by,
            proposed_at: tx.now().await?,
            answered: None,
            version: Version::FIRST,
        };
        let price = price.checked()?;
        negotiations::add(tx, &price).await?;
        let answer = Changed { id: price.id, version: price.version };
        Ok(record(tx, actor(caller), told("PriceProposed", &price), answer).await?)
    })
    .await
}

/// What a side does with a negotiated price.
#[derive(Clone, Debug)]
pub struct AnswerPrice {
    /// The price.
    pub id: NegotiatedPriceId,
    /// The version that was seen.
    pub version: Version,
    /// What is done.
    pub command: NegotiationCommand,
    /// The key of the request.
    pub key: IdempotencyKey,
}

/// Agrees or refuses as the firm, or ends as either side. One that is agreed takes the place of the one before. Errors: `FORBIDDEN`, `NOT_FOUND`,
/// `STALE_VERSION`, `NEGOTIATION_STATE`.
pub async fn answer_price(
    app: &App,
    caller: &Caller,
    command: AnswerPrice,
) -> Result<Changed<NegotiatedPriceId>, Error> {
    let firm = caller.require(Permission::ApplyForListing);
    match &command.command {
        NegotiationCommand::Agree | NegotiationCommand::Refuse(_) => firm?,
        NegotiationCommand::End(_) => firm.or_else(|_hospital| caller.require(Permission::PlaceOrders))?,
    };
    let by = caller.user()?;
    let keyed = keyed(app, Some(caller), &command.key, "answer_price", &[&format!("{command:?}")]);
    once(app, &keyed, async |tx| {
        let price = negotiations::lock(tx, caller.organization, command.id).await?;
        if price.version != command.version {
            return Err(Refusal::of(Code::StaleVersion).at("version").into());
        }
        let at = tx.now().await?;
        let next = price.apply(command.command.clone(), by, at)?;
        if next.status == NegotiationStatus::Agreed
            && let Some(before) = negotiations::agreed(tx, (next.listing, next.hospital)).await?
        {
            let seen = before.version;
            let over = NegotiationCommand::End(Reason::parse("新议价已达成")?);
            negotiations::save(tx, &before.apply(over, by, at)?, seen).await?;
        }
        negotiations::save(tx, &next, command.version).await?;
        let answer = Changed { id: next.id, version: next.version };
        let act = told("PriceAnswered", &next);
        Ok(record(tx, actor(caller), act, answer).await?)
    })
    .await
}

/// No amount: what two agree on is told to nobody else who reads the log.
fn told(kind: &'static str, price: &NegotiatedPrice) -> Act {
    Act::new(kind, price.id)
        .concerning(price.hospital)
        .concerning(price.manufacturer)
        .with("listing", price.listing)
        .with("status", price.status.label())
        .with("reason", price.reason.as_ref().map(Reason::as_str).unwrap_or_default())
        .with("version", price.version.number())
}

/// The own ones, the newest first, of the institution or the firm. Errors: `FORBIDDEN`.
pub async fn negotiated_prices(
    app: &App,
    caller: &Caller,
    status: Option<NegotiationStatus>,
    page: &Page<NegotiatedPriceId>,
) -> Result<Part<NegotiatedPrice>, Error> {
    caller.require(Permission::PlaceOrders).or_else(|_firm| caller.require(Permission::ApplyForListing))?;
    let mut tx = app.store.read().await?;
    Ok(negotiations::list(&mut tx, caller.organization, status, page).await?)
}
