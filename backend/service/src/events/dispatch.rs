//! The log's news handed on to whoever is told without listening. The cursor moves in the transaction that writes what is handed
//! on, so nothing is skipped or told twice, whatever dies, and however many processes do this.
use jicai_domain::events::{Event, EventKind};
use jicai_store::Tx;
use jicai_store::bell::Topic;
use jicai_store::events::{self as rows, News};
use jicai_store::notifications;

use crate::app::App;
use crate::errors::Error;
use crate::webhooks;

/// Events that one transaction hands on; it has to end within five seconds.
const BATCH: usize = 100;

/// Hands on the log's news as they come, until it is dropped.
pub async fn dispatch(app: &App) {
    let mut bell = app.bell.listen(Topic::Log);
    loop {
        match dispatch_once(app).await {
            Ok(true) => continue,
            Ok(false) => {}
            Err(error) => tracing::error!(error = error.chain(), "the log's news could not be handed on"),
        }
        bell.wake().await;
    }
}

/// Hands on one batch. Whether there may be more; false, too, while another process does it.
pub async fn dispatch_once(app: &App) -> Result<bool, Error> {
    app.store.keep("dispatch", async |tx| dispatch_in(tx).await).await
}

/// How many positions of the log were not handed on yet.
pub async fn lag(app: &App) -> Result<u64, Error> {
    let mut tx = app.store.read().await?;
    let handed_on = rows::handed_on(&mut tx).await?;
    Ok(rows::head(&mut tx).await?.saturating_sub(handed_on))
}

async fn dispatch_in(tx: &mut Tx) -> Result<bool, Error> {
    let Some(from) = rows::hold_handed_on(tx).await? else { return Ok(false) };
    // Read before the news: what is below it and no news is nobody's to be told.
    let head = rows::head(tx).await?;
    if head <= from {
        return Ok(false);
    }
    let events = next(tx, (from, head)).await?;
    notifications::tell(tx, &events).await?;
    webhooks::put_up(tx, &events).await?;
    let last = events.last().map(|event| event.position.saturating_add(1));
    let full = events.len() >= BATCH;
    let to = last.filter(|last| full || *last > head).unwrap_or(head);
    rows::hand_on_to(tx, to).await?;
    Ok(full)
}

async fn next(tx: &mut Tx, (from, head): (u64, u64)) -> Result<Vec<Event>, Error> {
    let kinds: Vec<&str> = EventKind::ALL.iter().map(|kind| kind.name()).collect();
    let most = i64::try_from(BATCH).unwrap_or(i64::MAX);
    let news = rows::since(tx, (from, head), &kinds, most).await?;
    Ok(news
        .into_iter()
        .filter_map(|news| match news {
            News::Event(event) => Some(event),
            News::Login { .. } => None,
        })
        .collect())
}
