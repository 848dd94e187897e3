//! A worker of its own, as `jicai worker` runs one.
use std::sync::Arc;

use jicai_server::config::Config;
use jicai_server::serve::work_until;
use tokio::sync::Notify;

use super::world::{World, config};

pub(crate) struct Worker {
    stop: Arc<Notify>,
    thread: std::thread::JoinHandle<()>,
}

impl Worker {
    pub(crate) fn of(world: &World) -> Worker {
        Self::with(config(&world.database))
    }

    /// One with other settings.
    pub(crate) fn with(config: Config) -> Worker {
        let stop = Arc::new(Notify::new());
        let stopped = Arc::clone(&stop);
        let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
        let work = move || runtime.block_on(async { work_until(&config, stopped.notified()).await.unwrap() });
        Worker { stop, thread: std::thread::spawn(work) }
    }

    pub(crate) fn ends(self) {
        self.stop.notify_one();
        self.thread.join().unwrap();
    }
}
