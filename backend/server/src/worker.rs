//! What runs beside the requests: due work, and the audit log's sequencer. Any number of processes may run them.
use std::time::Duration;

use jicai_service::jobs::Lane;
use jicai_service::{App, Carrier, Error, Topic, audit, events, jobs};
use tokio::sync::watch;
use tokio::task::JoinSet;

/// How often the audit log is sequenced.
const CHECKPOINT_EVERY: Duration = Duration::from_secs(1);
/// How often the turns of regular work are put up.
const TURNS_EVERY: Duration = Duration::from_secs(60);
/// Hands for work that waits for somebody outside. They hold no connection while they wait.
const HANDS_OUTSIDE: usize = 4;
/// For how long work that was begun may go on after the process was asked to stop. What is not done then is done again elsewhere.
const DRAIN: Duration = Duration::from_secs(20);

/// The tasks of a process.
pub(crate) struct Worker {
    stop: watch::Sender<bool>,
    tasks: JoinSet<()>,
    /// Carries rings to other processes, looks after Redis and hands on the log's news; what they were about is done elsewhere when this is
    /// dropped.
    _beside: JoinSet<()>,
}

impl Worker {
    /// Starts the sequencer, the bell to other processes, and so many hands for work; with them what hands on the log's news.
    pub(crate) fn start(app: &App, hands: usize, carrier: Carrier) -> Worker {
        let (stop, stopped) = watch::channel(false);
        let mut tasks = JoinSet::new();
        tasks.spawn(every(CHECKPOINT_EVERY, app.clone(), stopped.clone(), sequence));
        if hands > 0 {
            tasks.spawn(every(TURNS_EVERY, app.clone(), stopped.clone(), put_up_turns));
        }
        let outside = if hands > 0 { HANDS_OUTSIDE } else { 0 };
        for lane in
            std::iter::repeat_n(Lane::Inside, hands).chain(std::iter::repeat_n(Lane::Outside, outside))
        {
            tasks.spawn(work_when_woken(app.clone(), lane, stopped.clone()));
        }
        let mut beside = JoinSet::new();
        if let Carrier::Redis(redis) = &carrier {
            beside.spawn(redis.clone().look_after());
        }
        beside.spawn(app.bell().clone().carry(carrier));
        if hands > 0 {
            let app = app.clone();
            beside.spawn(async move { events::dispatch(&app).await });
        }
        Worker { stop, tasks, _beside: beside }
    }

    /// Takes no new work, and waits a while for what was begun.
    pub(crate) async fn stop(mut self) {
        self.stop.send_replace(true);
        let drained = tokio::time::timeout(DRAIN, async { while self.tasks.join_next().await.is_some() {} });
        if drained.await.is_err() {
            tracing::warn!("work that was begun is left to another worker");
        }
    }
}

/// Does something again and again until it is asked to stop.
async fn every(
    period: Duration,
    app: App,
    mut stopped: watch::Receiver<bool>,
    act: impl AsyncFn(&App, &watch::Receiver<bool>),
) {
    let mut tick = tokio::time::interval(period);
    tick.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            _asked = stopped.wait_for(|stop| *stop) => return,
            _tick = tick.tick() => {}
        }
        act(&app, &stopped).await;
    }
}

/// Gives the audit log's entries their positions and signs a checkpoint. Every process tries; one at a time does.
async fn sequence(app: &App, _stopped: &watch::Receiver<bool>) {
    tell(audit::sequence(app).await.map(drop), "the audit log could not be sequenced");
}

async fn put_up_turns(app: &App, _stopped: &watch::Receiver<bool>) {
    tell(jobs::put_up_turns(app).await, "regular work could not be put up");
}

/// Looks for work when there may be some, until it is asked to stop.
async fn work_when_woken(app: App, lane: Lane, mut stopped: watch::Receiver<bool>) {
    let mut bell = app.bell().listen(Topic::Jobs);
    loop {
        work(&app, lane, &stopped).await;
        tokio::select! {
            _asked = stopped.wait_for(|stop| *stop) => return,
            _why = bell.wake() => {}
        }
    }
}

/// Does what is due until nothing is.
async fn work(app: &App, lane: Lane, stopped: &watch::Receiver<bool>) {
    while !*stopped.borrow() {
        match jobs::work_once(app, lane).await {
            Ok(true) => {}
            Ok(false) => return,
            Err(error) => return tell(Err(error), "work could not be taken or settled"),
        }
    }
}

fn tell(outcome: Result<(), Error>, what: &str) {
    if let Err(error) = outcome {
        tracing::error!(error = error.chain(), "{what}");
    }
}
