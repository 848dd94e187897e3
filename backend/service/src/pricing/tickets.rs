//! 价格核对: what is in doubt of prices. Its reporter says it otherwise, or a person of the reporter's or of the authority settles it with a reason.
use jicai_domain::audit::{Act, IdempotencyKey};
use jicai_domain::errors::{Code, Refusal};
use jicai_domain::identity::{Caller, Permission, Reason, Scope, Version};
use jicai_domain::ids::{PriceBatchId, PriceObservationId, PriceTicketId};
use jicai_store::audit::record;
use jicai_store::pricing::take::{Taken, confirm};
use jicai_store::pricing::tickets;
pub use jicai_store::pricing::tickets::{PriceTicket, TicketState};
use jicai_store::{Page, Part, Tx, fresh};

use super::take::taken_in;
use crate::app::App;
use crate::audit::{Changed, actor, keyed, once};
use crate::errors::Error;

/// What a person says of a price in doubt.
#[derive(Clone, Debug)]
pub struct SettleTicket {
    /// The ticket.
    pub id: PriceTicketId,
    /// The version that was seen.
    pub version: Version,
    /// Whether it is so: then it counts from now on; else it never does.
    pub real: bool,
    /// Why.
    pub reason: Reason,
    /// The key of the request.
    pub key: IdempotencyKey,
}

fn scope(caller: &Caller) -> Result<Scope, Refusal> {
    let own = caller.require(Permission::ReportPrices);
    own.or_else(|_forbidden| caller.require(Permission::CollectPrices))
}

/// Settles what is in doubt. Errors: `FORBIDDEN`, also for a program, `NOT_FOUND`, `STALE_VERSION`, `PRICE_TICKET_STATE`.
pub async fn settle_price_ticket(
    app: &App,
    caller: &Caller,
    command: SettleTicket,
) -> Result<Changed<PriceTicketId>, Error> {
    let scope = scope(caller)?;
    let by = caller.user()?;
    let said = format!("{command:?}");
    let keyed = keyed(app, Some(caller), &command.key, "settle_price_ticket", &[&said]);
    once(app, &keyed, async |tx| {
        let ticket = tickets::lock(tx, &scope, command.id).await?;
        if ticket.state != TicketState::Open {
            return Err(Refusal::of(Code::PriceTicketState).allowing(ticket.state.label()).into());
        }
        if ticket.version != command.version {
            return Err(Refusal::of(Code::StaleVersion).at("version").into());
        }
        let when = tx.now().await?;
        let (state, observation) = if command.real {
            (TicketState::Confirmed, Some(counts(tx, &ticket).await?))
        } else {
            (TicketState::Withdrawn, None)
        };
        tickets::save(tx, (&ticket, state), (by, when, command.reason.as_str()), observation).await?;
        let act = Act::new("PriceTicketSettled", ticket.id)
            .concerning(ticket.said.source)
            .with("state", state.label())
            .with("observation", observation.map(|id| id.to_string()).unwrap_or_default())
            .with("reason", command.reason.as_str());
        let answer = Changed { id: ticket.id, version: ticket.version.next() };
        Ok(record(tx, actor(caller), act, answer).await?)
    })
    .await
}

/// The price counts from now on.
async fn counts(tx: &mut Tx, ticket: &PriceTicket) -> Result<PriceObservationId, Error> {
    let (batch, observation): (PriceBatchId, PriceObservationId) = (fresh(), fresh());
    if !confirm(tx, batch, ticket, observation).await? {
        return Err(Refusal::of(Code::PriceTicketState).into());
    }
    taken_in(tx, batch, &Taken { observations: vec![observation], ..Taken::default() }).await?;
    Ok(observation)
}

/// A part of those that the caller's organization reported or that lie in its regions, the newest first. Errors: `FORBIDDEN`.
pub async fn price_tickets(
    app: &App,
    caller: &Caller,
    state: Option<TicketState>,
    page: &Page<PriceTicketId>,
) -> Result<Part<PriceTicket>, Error> {
    let scope = scope(caller)?;
    let mut tx = app.store.read().await?;
    Ok(tickets::list(&mut tx, &scope, state, page).await?)
}

/// One of them. Errors: `FORBIDDEN`, `NOT_FOUND`.
pub async fn price_ticket(app: &App, caller: &Caller, id: PriceTicketId) -> Result<PriceTicket, Error> {
    let scope = scope(caller)?;
    let mut tx = app.store.read().await?;
    Ok(tickets::find(&mut tx, &scope, id).await?)
}
