//! One listener: first what it missed, then what comes, as long as its login lasts.
use std::collections::VecDeque;
use std::sync::Arc;

use futures_util::{Stream, stream};
use jicai_domain::errors::{Code, Refusal};
use jicai_domain::events::{Event, EventKind, Parties, wanted};
use jicai_domain::identity::Caller;
use jicai_domain::ids::RoundId;
use jicai_store::events::News;
use tokio::sync::broadcast;
use tokio::sync::broadcast::error::RecvError;

use super::feed::since;
use crate::app::App;
use crate::errors::Error;
use crate::identity::{Proved, caller_of};
use crate::procurement;

/// What a listener wants to hear.
#[derive(Clone, Debug, Default)]
pub struct Following {
    /// The names of the kinds; all when there is none.
    pub kinds: Vec<String>,
    /// The position of the last event that it has.
    pub after: Option<u64>,
}

/// Whose events a listener hears.
enum Hears {
    /// Those that reach the caller.
    Reaching,
    /// Those of an announced round, which everybody may hear.
    OfRound(String),
}

struct Listener {
    hears: Hears,
    app: App,
    caller: Caller,
    kinds: Vec<EventKind>,
    /// Everything below was looked at.
    position: u64,
    coming: broadcast::Receiver<Arc<News>>,
    /// Read from the database and not looked at yet.
    missed: VecDeque<Arc<News>>,
    /// There may be more to read from the database.
    behind: bool,
}

/// The events that reach the caller, in the log's order. Ends with an error when the login is over. Errors: `EVENT_UNKNOWN`.
pub fn follow(
    app: &App,
    caller: &Caller,
    following: &Following,
) -> Result<impl Stream<Item = Result<Event, Error>> + Send + use<>, Error> {
    let kinds = wanted(&following.kinds)?;
    Ok(listen(app, caller, (Hears::Reaching, kinds), following.after))
}

/// The events of a round that is announced or of the caller's office, in the log's order. Ends with an error when the login is over.
/// Errors: `NOT_FOUND`.
pub async fn follow_round(
    app: &App,
    caller: &Caller,
    round: RoundId,
    after: Option<u64>,
) -> Result<impl Stream<Item = Result<Event, Error>> + Send + use<>, Error> {
    procurement::round(app, Some(caller), round).await?;
    let kinds = EventKind::ALL.iter().copied().filter(|kind| kind.is_of_round()).collect();
    Ok(listen(app, caller, (Hears::OfRound(round.to_string()), kinds), after))
}

fn listen(
    app: &App,
    caller: &Caller,
    (hears, kinds): (Hears, Vec<EventKind>),
    after: Option<u64>,
) -> impl Stream<Item = Result<Event, Error>> + Send + use<> {
    let (coming, now) = app.feed.listen();
    let position = after.map_or(now, |last| last.saturating_add(1));
    let listener = Listener {
        hears,
        app: app.clone(),
        caller: caller.clone(),
        kinds,
        position,
        coming,
        missed: VecDeque::new(),
        behind: true,
    };
    stream::unfold(Some(listener), |listener| async {
        let mut listener = listener?;
        match listener.next().await {
            Ok(Some(event)) => Some((Ok(event), Some(listener))),
            Ok(None) => None,
            Err(error) => Some((Err(error), None)),
        }
    })
}

/// What a listener is told: not who takes part, which may be tens of thousands, copied for each of thousands who listen.
fn told(event: &Event) -> Event {
    let Event { position, kind, ref subject, at, actor, ref concerns, parties: _, place } = *event;
    let (subject, concerns) = (subject.clone(), concerns.clone());
    Event { position, kind, subject, at, actor, concerns, parties: Parties::default(), place }
}

impl Listener {
    /// The next event that reaches the caller; none when the process stops.
    async fn next(&mut self) -> Result<Option<Event>, Error> {
        loop {
            let Some(news) = self.news().await? else { return Ok(None) };
            if news.position() < self.position {
                continue;
            }
            self.position = news.position().saturating_add(1);
            self.look_at_login(&news).await?;
            if let News::Event(event) = &*news
                && self.kinds.contains(&event.kind)
                && self.hears(event)
            {
                return Ok(Some(told(event)));
            }
        }
    }

    fn hears(&self, event: &Event) -> bool {
        match &self.hears {
            Hears::Reaching => event.reaches(&self.caller),
            Hears::OfRound(round) => event.subject == *round,
        }
    }

    async fn news(&mut self) -> Result<Option<Arc<News>>, Error> {
        loop {
            if let Some(news) = self.missed.pop_front() {
                return Ok(Some(news));
            }
            if self.behind {
                self.missed.extend(since(&self.app, self.position).await?.into_iter().map(Arc::new));
                self.behind = !self.missed.is_empty();
                continue;
            }
            match self.coming.recv().await {
                Ok(news) => return Ok(Some(news)),
                Err(RecvError::Lagged(_many)) => self.behind = true,
                Err(RecvError::Closed) => return Ok(None),
            }
        }
    }

    /// After news about the own user, login or organization: whether the login still lasts, and what it may.
    async fn look_at_login(&mut self, news: &News) -> Result<(), Error> {
        let subject = match news {
            News::Event(event) => &event.subject,
            News::Login { subject, .. } => subject,
        };
        let Caller { who, organization, .. } = &self.caller;
        let proved = Proved::by(who);
        let own = [who.to_string(), proved.to_string(), organization.to_string()];
        if own.contains(subject) {
            let mut tx = self.app.store.read().await?;
            self.caller = caller_of(&mut tx, proved).await?.ok_or(Refusal::of(Code::TokenInvalid))?;
        }
        Ok(())
    }
}
