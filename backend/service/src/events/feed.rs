//! The log's news, read once a process and handed to all who listen in it.
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use jicai_domain::events::{EventKind, LOGIN_ENDING};
use jicai_store::bell::Topic;
use jicai_store::events::{self as rows, News};
use tokio::sync::broadcast;

use crate::app::App;
use crate::errors::Error;

/// News that a slow listener may be behind; then it reads them from the database instead.
const HELD: usize = 1_024;
/// Entries that one query reads.
const BATCH: i64 = 500;

/// The process's feed.
pub(crate) struct Feed {
    news: broadcast::Sender<Arc<News>>,
    /// Everything below was handed out.
    position: AtomicU64,
}

impl Default for Feed {
    fn default() -> Feed {
        Feed { news: broadcast::Sender::new(HELD), position: AtomicU64::new(0) }
    }
}

impl Feed {
    /// What comes from now on, and the position that it begins at.
    pub(crate) fn listen(&self) -> (broadcast::Receiver<Arc<News>>, u64) {
        let listener = self.news.subscribe();
        (listener, self.position.load(Ordering::Acquire))
    }

    /// Hands out a batch; whether it was full.
    async fn advance(&self, app: &App) -> Result<bool, Error> {
        let from = self.position.load(Ordering::Acquire);
        // Read before the news: what is below it and no news is nobody's to hear, and need not be read again.
        let head = rows::head(&mut app.store.read().await?).await?;
        if head <= from {
            return Ok(false);
        }
        let batch = between(app, from, head).await?;
        let full = batch.len() >= usize::try_from(BATCH).unwrap_or(usize::MAX);
        for news in batch {
            let next = news.position().saturating_add(1);
            // Nobody listens: then nobody misses it.
            let _unheard = self.news.send(Arc::new(news));
            self.position.store(next, Ordering::Release);
        }
        if !full {
            self.position.fetch_max(head, Ordering::AcqRel);
        }
        Ok(full)
    }
}

/// The next news from a position on.
pub(crate) async fn since(app: &App, from: u64) -> Result<Vec<News>, Error> {
    let head = rows::head(&mut app.store.read().await?).await?;
    between(app, from, head).await
}

async fn between(app: &App, from: u64, head: u64) -> Result<Vec<News>, Error> {
    let kinds: Vec<&str> =
        EventKind::ALL.iter().map(|kind| kind.name()).chain(LOGIN_ENDING.iter().copied()).collect();
    let mut tx = app.store.read().await?;
    Ok(rows::since(&mut tx, (from, head), &kinds, BATCH).await?)
}

/// Hands out the news of the log as they come, until it is dropped. Begins at the end of the log.
pub async fn tail(app: &App) {
    let mut bell = app.bell.listen(Topic::Log);
    while let Err(error) = begin(app).await {
        tracing::error!(error = error.chain(), "the end of the audit log could not be found");
        bell.wake().await;
    }
    loop {
        match app.feed.advance(app).await {
            Ok(true) => continue,
            Ok(false) => {}
            Err(error) => tracing::error!(error = error.chain(), "the audit log's news could not be read"),
        }
        bell.wake().await;
    }
}

async fn begin(app: &App) -> Result<(), Error> {
    let mut tx = app.store.read().await?;
    let head = rows::head(&mut tx).await?;
    app.feed.position.store(head, Ordering::Release);
    Ok(())
}
