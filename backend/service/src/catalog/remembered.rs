//! What codes name, remembered by a server. A change of the registry rings, here before its author has the answer and in other servers within
//! milliseconds; and because a ring may be lost, the count of changes is read again every second. What was read before a change is not kept after it.
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use jicai_domain::time::Day;
use jicai_store::Store;
use jicai_store::bell::{Bell, LOOK_EVERY, Listening, Topic};
use jicai_store::catalog::revision;
use lru::LruCache;

use super::lookup::CodeAnswer;
use crate::errors::Error;

/// Answers that are remembered at most; one is about a kilobyte.
const ANSWERS_MAX: std::num::NonZeroUsize = match std::num::NonZeroUsize::new(20_000) {
    Some(most) => most,
    None => std::num::NonZeroUsize::MIN,
};

/// A code in its one form, and the day that is asked about.
pub(super) type Question = (String, Day);

/// What a server remembers.
pub(crate) struct Remembered(Mutex<Inside>);

struct Inside {
    ear: Listening,
    /// The count of changes that everything here was read at.
    revision: Option<i64>,
    /// The count and when it was compared with the database's; none before the first time and after a ring.
    known: Option<(i64, Instant)>,
    answers: LruCache<Question, Arc<CodeAnswer>>,
}

impl Remembered {
    pub(crate) fn new(bell: &Bell) -> Remembered {
        let ear = bell.listen(Topic::Catalog);
        Remembered(Mutex::new(Inside {
            ear,
            revision: None,
            known: None,
            answers: LruCache::new(ANSWERS_MAX),
        }))
    }

    /// The answer that is remembered, and the count of changes that another one has to be read at to be kept.
    pub(super) async fn recall(
        &self,
        store: &Store,
        question: &Question,
    ) -> Result<(Option<Arc<CodeAnswer>>, i64), Error> {
        if let Some((revision, _)) = self.fresh() {
            return Ok((self.inside().answers.get(question).cloned(), revision));
        }
        let asked = Instant::now();
        let mut tx = store.read().await?;
        let revision = revision::current(&mut tx).await?;
        drop(tx);
        let mut inside = self.inside();
        inside.compare(revision, asked);
        Ok((inside.answers.get(question).cloned(), revision))
    }

    /// Keeps an answer that was read after the count was, unless something changed since.
    pub(super) fn keep(&self, question: Question, answer: Arc<CodeAnswer>, revision: i64) {
        let mut inside = self.inside();
        if !inside.ear.has_rung() && inside.known.is_some_and(|(known, _)| known == revision) {
            inside.answers.put(question, answer);
        } else {
            inside.known = None;
        }
    }

    fn fresh(&self) -> Option<(i64, Instant)> {
        let mut inside = self.inside();
        if inside.ear.has_rung() {
            inside.known = None;
        }
        inside.known.filter(|(_, compared)| compared.elapsed() < LOOK_EVERY)
    }

    fn inside(&self) -> MutexGuard<'_, Inside> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Inside {
    fn compare(&mut self, revision: i64, asked: Instant) {
        // Somebody who asked earlier may be told later; the count only grows.
        if self.revision.is_some_and(|known| revision < known) {
            return;
        }
        if self.revision != Some(revision) {
            self.answers.clear();
        }
        self.revision = Some(revision);
        self.known = Some((revision, asked));
    }
}
