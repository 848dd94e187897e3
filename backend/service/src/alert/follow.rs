//! Alerts as they change, by the feed of the log.
use futures_util::{Stream, StreamExt};
use jicai_domain::alert::Severity;
use jicai_domain::events::{Event, EventKind};
use jicai_domain::identity::{Caller, RegionCode};
use jicai_domain::ids::{Id, PriceAlertId};

use super::read::{ShownAlert, alerts_of, seen};
use crate::app::App;
use crate::errors::Error;
use crate::events::{Following, follow};

/// A change of an alert that a listener is told of.
#[derive(Clone, Debug)]
pub struct AlertEvent {
    /// The event.
    pub event: Event,
    /// The alert as it is now.
    pub alert: ShownAlert,
}

/// Which alerts a listener hears of.
#[derive(Clone, Copy, Debug, Default)]
pub struct HeardAlerts {
    /// In that region, or in one that is part of it.
    pub region: Option<RegionCode>,
    /// At least that grave now.
    pub least: Option<Severity>,
}

/// What changes of the alerts that the caller sees, in the log's order, after a position. Ends with an error when the login is over. Errors:
/// `FORBIDDEN`.
pub fn follow_alerts(
    app: &App,
    caller: &Caller,
    (heard, after): (HeardAlerts, Option<u64>),
) -> Result<impl Stream<Item = Result<AlertEvent, Error>> + Send + use<>, Error> {
    seen(caller)?;
    let kinds = EventKind::ALL.iter().filter(|kind| kind.is_of_alert()).map(|kind| kind.name().to_owned());
    let events = follow(app, caller, &Following { kinds: kinds.collect(), after })?;
    let (app, caller) = (app.clone(), caller.clone());
    Ok(events.filter_map(move |event| {
        let (app, caller) = (app.clone(), caller.clone());
        async move {
            match event {
                Ok(event) => told(&app, &caller, heard, event).await.transpose(),
                Err(error) => Some(Err(error)),
            }
        }
    }))
}

/// The alert of an event; none where it may not be seen any more, such as one that is held, or is not asked for.
async fn told(
    app: &App,
    caller: &Caller,
    heard: HeardAlerts,
    event: Event,
) -> Result<Option<AlertEvent>, Error> {
    let id = PriceAlertId::parse(&event.subject)?;
    let found = alerts_of(app, caller, &[id]).await?.pop();
    let wanted = found.filter(|one| {
        let found = &one.alert.found;
        heard.region.is_none_or(|region| region.covers(found.subject.region))
            && heard.least.is_none_or(|least| found.severity >= least)
    });
    Ok(wanted.map(|alert| AlertEvent { event, alert }))
}
