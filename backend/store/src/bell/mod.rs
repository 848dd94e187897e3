//! Wake-ups between tasks and processes. A ring says "look again", never what there is to see, and it may be lost: so
//! whoever listens also looks every second, and a lost ring costs at most that second.
mod carry;
mod postgres;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use jicai_domain::ids::RequestId;
use tokio::sync::{Notify, watch};

use crate::ids::fresh;

pub use carry::Carrier;
pub(crate) use carry::{Line, LineError};

/// How often whoever listens looks without a ring.
pub const LOOK_EVERY: Duration = Duration::from_secs(1);

/// What rang.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Topic {
    /// A job is due.
    Jobs,
    /// The audit log has new positions.
    Log,
    /// Readers of the registry see something else.
    Catalog,
}

impl Topic {
    /// Every topic.
    pub const ALL: [Topic; 3] = [Self::Jobs, Self::Log, Self::Catalog];

    const fn name(self) -> &'static str {
        match self {
            Self::Jobs => "jobs",
            Self::Log => "log",
            Self::Catalog => "catalog",
        }
    }
}

/// Why a listener woke.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wake {
    /// The topic rang.
    Rang,
    /// A second passed.
    Due,
}

/// Rings here at once, and in other processes while somebody runs [`Bell::carry`]. Cheap to clone.
#[derive(Clone)]
pub struct Bell(Arc<Tower>);

struct Tower {
    jobs: Rope,
    log: Rope,
    catalog: Rope,
    /// There is something to carry to other processes.
    outgoing: Notify,
    /// Tells our own rings from those of others.
    origin: String,
}

#[derive(Default)]
struct Rope {
    heard: watch::Sender<()>,
    to_carry: AtomicBool,
}

impl Default for Bell {
    fn default() -> Bell {
        Bell(Arc::new(Tower {
            jobs: Rope::default(),
            log: Rope::default(),
            catalog: Rope::default(),
            outgoing: Notify::default(),
            origin: fresh::<RequestId>().to_string(),
        }))
    }
}

impl Bell {
    /// Wakes whoever listens. Call it after the commit: a listener that looks before it sees nothing new. Never waits; rings
    /// in quick succession are one.
    pub fn ring(&self, topic: Topic) {
        self.ring_here(topic);
        self.rope(topic).to_carry.store(true, Ordering::Release);
        self.0.outgoing.notify_one();
    }

    /// Hears what rings from now on.
    pub fn listen(&self, topic: Topic) -> Listening {
        Listening { heard: self.rope(topic).heard.subscribe() }
    }

    fn ring_here(&self, topic: Topic) {
        self.rope(topic).heard.send_replace(());
    }

    fn rope(&self, topic: Topic) -> &Rope {
        match topic {
            Topic::Jobs => &self.0.jobs,
            Topic::Log => &self.0.log,
            Topic::Catalog => &self.0.catalog,
        }
    }
}

/// An ear for one topic. A ring between two calls is not missed.
pub struct Listening {
    heard: watch::Receiver<()>,
}

impl Listening {
    /// Waits for a ring, and at most [`LOOK_EVERY`]: look again either way.
    pub async fn wake(&mut self) -> Wake {
        match tokio::time::timeout(LOOK_EVERY, self.rang()).await {
            Ok(()) => Wake::Rang,
            Err(_elapsed) => Wake::Due,
        }
    }

    /// Whether it rang since this was asked the last time. Never waits.
    pub fn has_rung(&mut self) -> bool {
        match self.heard.has_changed() {
            Ok(changed) => {
                self.heard.mark_unchanged();
                changed
            }
            // The bell is gone, and nobody can ring any more.
            Err(_gone) => false,
        }
    }

    /// Waits for a ring, which may be lost.
    pub async fn rang(&mut self) {
        if self.heard.changed().await.is_err() {
            // The bell is gone, and nobody can ring any more.
            std::future::pending().await
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_ring_wakes_every_listener_of_its_topic_and_no_other() {
        let bell = Bell::default();
        let [mut one, mut two] = [bell.listen(Topic::Jobs), bell.listen(Topic::Jobs)];
        let mut other = bell.listen(Topic::Log);
        bell.clone().ring(Topic::Jobs);
        bell.ring(Topic::Jobs);
        assert_eq!((one.wake().await, two.wake().await), (Wake::Rang, Wake::Rang));
        assert_eq!((one.wake().await, other.wake().await), (Wake::Due, Wake::Due));
        drop(bell);
        assert_eq!(one.wake().await, Wake::Due);
    }
}
