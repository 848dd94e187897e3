//! From an event to a receiver: who is told, one try, and what its answer means.
use jicai_domain::audit::{Act, Actor};
use jicai_domain::errors::{Code, Refusal};
use jicai_domain::events::{Event, overseers};
use jicai_domain::ids::{DeliveryId, Id, OrganizationId, WebhookId};
use jicai_domain::time::Timestamp;
use jicai_domain::webhooks::{
    Answer, Delivery, DeliveryStatus, KEPT_SECONDS, Webhook, WebhookCommand, WebhookFault, WebhookStatus,
};
use jicai_store::audit::record;
use jicai_store::webhooks::{self as rows, deliveries};
use jicai_store::{Recorded, Tx};
use serde::Serialize;

use super::post::Letter;
use super::sign::signatures;
use crate::app::App;
use crate::clock;
use crate::errors::Error;
use crate::jobs::Progress;

/// Puts up the events for whichever webhooks hear them, in the transaction that hands them on.
pub(crate) async fn put_up(tx: &mut Tx, events: &[Event]) -> Result<(), Error> {
    let concerned: Vec<OrganizationId> = events
        .iter()
        .flat_map(|event| {
            let parties = event.parties.organizations.iter().copied();
            event.concerns.iter().map(|(organization, _)| *organization).chain(parties)
        })
        .collect();
    if concerned.is_empty() && events.iter().all(|event| event.place.is_none()) {
        return Ok(());
    }
    let listening = rows::listening(tx, &concerned, &overseers()).await?;
    let sent: Vec<(WebhookId, &Event)> = events
        .iter()
        .flat_map(|event| {
            let hear = listening.iter().filter(|one| one.webhook.hears(event, one.approved, &one.regions));
            hear.map(move |one| (one.webhook.id, event))
        })
        .collect();
    Ok(deliveries::put_up(tx, &sent).await?)
}

/// Tries a delivery once. It may have been accepted before by a try that nobody lived to settle; the receiver knows it by its id.
/// Errors: `WEBHOOK_UNDELIVERED`.
pub(crate) async fn deliver(app: &App, subject: &str) -> Result<Progress, Error> {
    let Some((delivery, webhook, now)) = read(app, DeliveryId::parse(subject)?).await? else {
        return Ok(Progress::Done);
    };
    if delivery.status == DeliveryStatus::Delivered {
        return Ok(Progress::Done);
    }
    if webhook.status != WebhookStatus::Enabled {
        let drop = async |tx: &mut Tx| Ok::<_, Error>(deliveries::drop_it(tx, delivery.id).await?);
        app.store.keep("drop_delivery", drop).await?;
        return Ok(Progress::Done);
    }
    let answer = app.courier.post(letter(app, &webhook, &delivery, now)?).await?;
    let fault = settle(app, &delivery, answer).await?;
    if let Some(fault) = fault {
        give_up(app, &delivery, fault).await?;
    }
    if answer.accepted() || fault.is_some() {
        return Ok(Progress::Done);
    }
    Err(Refusal::of(Code::WebhookUndelivered).into())
}

/// Forgets deliveries whose time is over, at most so many; how many it forgot.
pub(crate) async fn purge(app: &App, most: i64) -> Result<usize, Error> {
    app.store
        .keep("purge_deliveries", async |tx| {
            let before = tx.now().await?.plus_seconds(-KEPT_SECONDS);
            Ok::<_, Error>(deliveries::forget(tx, before, most).await?)
        })
        .await
}

async fn read(app: &App, id: DeliveryId) -> Result<Option<(Delivery, Webhook, Timestamp)>, Error> {
    let mut tx = app.store.read().await?;
    let Some(delivery) = deliveries::find(&mut tx, id).await? else { return Ok(None) };
    let webhook = rows::find(&mut tx, delivery.webhook).await?;
    Ok(Some((delivery, webhook, tx.now().await?)))
}

/// What the receiver reads.
#[derive(Serialize)]
struct Body<'a> {
    #[serde(rename = "type")]
    kind: &'a str,
    timestamp: String,
    data: Data<'a>,
}

/// Enough to ask the API for the rest.
#[derive(Serialize)]
struct Data<'a> {
    cursor: Option<String>,
    kind: &'a str,
    subject: &'a str,
    organizations: Vec<String>,
}

/// The event, signed. The time of the signature is the machine's, as with tokens: whoever proves it has no database.
fn letter<'a>(
    app: &App,
    webhook: &'a Webhook,
    delivery: &Delivery,
    now: Timestamp,
) -> Result<Letter<'a>, Error> {
    let happened = jiff::Timestamp::from_microsecond(delivery.at.micros());
    let body = Body {
        kind: &delivery.kind,
        timestamp: happened.map_err(|error| Error::Broken(error.into()))?.to_string(),
        data: Data {
            cursor: delivery.position.map(|position| position.to_string()),
            kind: &delivery.kind,
            subject: &delivery.subject,
            organizations: delivery.organizations.iter().map(ToString::to_string).collect(),
        },
    };
    let body = serde_json::to_string(&body).map_err(|error| Error::Broken(error.into()))?;
    let seconds = clock::seconds();
    let signature = signatures(app, webhook.id, &webhook.signing(now), (delivery.id, seconds, &body));
    let headers = [
        ("webhook-id", delivery.id.to_string()),
        ("webhook-timestamp", seconds.to_string()),
        ("webhook-signature", signature),
    ];
    Ok(Letter { to: &webhook.address, headers, body })
}

/// Remembers what came back; why the webhook is to be given up, where it is.
async fn settle(app: &App, delivery: &Delivery, answer: Answer) -> Result<Option<WebhookFault>, Error> {
    app.store
        .keep("settle_delivery", async |tx| {
            let webhook = rows::hold(tx, delivery.webhook).await?;
            deliveries::tried(tx, delivery.id, answer).await?;
            let (since, fault) = webhook.heard_back(answer, tx.now().await?);
            if since != webhook.failing_since {
                rows::failing(tx, webhook.id, since).await?;
            }
            Ok::<_, Error>(fault)
        })
        .await
}

/// Gives a webhook up, unless somebody disabled it meanwhile. Its managers are told by the entry.
async fn give_up(app: &App, delivery: &Delivery, fault: WebhookFault) -> Result<(), Error> {
    app.store.write("give_up_webhook", async |tx| give_up_in(tx, delivery, fault).await).await
}

async fn give_up_in(tx: &mut Tx, delivery: &Delivery, fault: WebhookFault) -> Result<Recorded<()>, Error> {
    let webhook = rows::hold(tx, delivery.webhook).await?;
    let act = Act::new("WebhookGivenUp", webhook.id)
        .concerning(webhook.organization)
        .with("version", webhook.version.next().number())
        .with("fault", fault.label());
    let now = tx.now().await?;
    rows::save(tx, &webhook.apply(WebhookCommand::GiveUp { fault }, now)?).await?;
    deliveries::drop_it(tx, delivery.id).await?;
    Ok(record(tx, Actor::Platform, act, ()).await?)
}
