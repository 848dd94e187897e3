//! What the service counts, in the text format of Prometheus.
use std::fmt::Display;
use std::sync::atomic::{AtomicU64, Ordering};

use jicai_service::jobs::Backlog;
use jicai_store::redis::Redis;

/// A metric. Its name and help are what `/metrics` shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Metric {
    Answered,
    CountedAlone,
    Failed,
    InFlight,
    Limited,
    Micros,
    RedisFailed,
    RedisThere,
    Refused,
}

impl Metric {
    const ALL: [Metric; 9] = [
        Self::Answered,
        Self::CountedAlone,
        Self::Failed,
        Self::InFlight,
        Self::Limited,
        Self::Micros,
        Self::RedisFailed,
        Self::RedisThere,
        Self::Refused,
    ];

    const fn spec(self) -> (&'static str, &'static str, &'static str) {
        match self {
            Self::Answered => ("jicai_http_answered_total", "counter", "Requests that were answered"),
            Self::CountedAlone => (
                "jicai_rate_counted_alone_total",
                "counter",
                "Requests that this server counted alone because Redis was away",
            ),
            Self::Failed => (
                "jicai_http_failed_total",
                "counter",
                "Requests that were answered with a status of 500 or above",
            ),
            Self::InFlight => ("jicai_http_in_flight", "gauge", "Requests that wait for their answer"),
            Self::Limited => {
                ("jicai_rate_limited_total", "counter", "Requests that were refused because of a rate limit")
            }
            Self::Micros => {
                ("jicai_http_micros_total", "counter", "Microseconds that answering took, over all requests")
            }
            Self::RedisFailed => (
                "jicai_redis_failed_total",
                "counter",
                "Commands and connections that Redis did not answer as it should",
            ),
            Self::RedisThere => ("jicai_redis_there", "gauge", "1 while Redis answers"),
            Self::Refused => (
                "jicai_http_refused_total",
                "counter",
                "Requests that were answered with a status from 400 to 499",
            ),
        }
    }
}

/// The counters of a process.
#[derive(Default)]
pub(crate) struct Metrics {
    redis: Option<Redis>,
    answered: AtomicU64,
    counted_alone: AtomicU64,
    failed: AtomicU64,
    in_flight: AtomicU64,
    limited: AtomicU64,
    micros: AtomicU64,
    refused: AtomicU64,
}

impl Metrics {
    pub(crate) fn new(redis: Option<Redis>) -> Metrics {
        Metrics { redis, ..Metrics::default() }
    }

    pub(crate) fn counted_alone(&self) {
        self.counted_alone.fetch_add(1, Ordering::Relaxed);
    }

    pub(crate) fn limited(&self) {
        self.limited.fetch_add(1, Ordering::Relaxed);
    }

    pub(crate) fn begin(&self) {
        self.in_flight.fetch_add(1, Ordering::Relaxed);
    }

    pub(crate) fn end(&self, status: u16, micros: u64) {
        self.in_flight.fetch_sub(1, Ordering::Relaxed);
        self.answered.fetch_add(1, Ordering::Relaxed);
        self.micros.fetch_add(micros, Ordering::Relaxed);
        match status {
            400..=499 => self.refused.fetch_add(1, Ordering::Relaxed),
            500.. => self.failed.fetch_add(1, Ordering::Relaxed),
            _below => 0,
        };
    }

    pub(crate) fn text(&self) -> String {
        let own = Metric::ALL.iter().map(|metric| (metric.spec(), self.value(*metric)));
        let uncoded = (
            "jicai_graphql_uncoded_error_total",
            "counter",
            "Errors that only the net below the resolvers gave a code; each is a fault",
        );
        own.chain([(uncoded, jicai_graphql::uncoded_errors())])
            .map(|(spec, value)| shown(spec, value))
            .collect()
    }

    fn value(&self, metric: Metric) -> u64 {
        let cell = match metric {
            Metric::Answered => &self.answered,
            Metric::CountedAlone => &self.counted_alone,
            Metric::Failed => &self.failed,
            Metric::InFlight => &self.in_flight,
            Metric::Limited => &self.limited,
            Metric::Micros => &self.micros,
            Metric::RedisFailed => return self.redis.as_ref().map_or(0, Redis::failures),
            Metric::RedisThere => return self.redis.as_ref().is_some_and(Redis::is_there).into(),
            Metric::Refused => &self.refused,
        };
        cell.load(Ordering::Relaxed)
    }
}

/// How much work the platform has, as the database counts it.
pub(crate) fn backlog_text(backlog: Backlog) -> String {
    let waiting = ("jicai_jobs_waiting", "gauge", "Pieces of work that are due and not taken");
    let lag = ("jicai_jobs_lag_seconds", "gauge", "Seconds for which the oldest of them has been due");
    let dead = ("jicai_jobs_dead", "gauge", "Pieces of work that were given up");
    [shown(waiting, backlog.waiting), shown(lag, backlog.lag_seconds), shown(dead, backlog.dead)].concat()
}

/// How far handing on the log's news is behind.
pub(crate) fn lag_text(lag: u64) -> String {
    let help = "Positions of the audit log that were not handed on to notifications and webhooks";
    shown(("jicai_events_lag", "gauge", help), lag)
}

fn shown((name, kind, help): (&str, &str, &str), value: impl Display) -> String {
    format!("# HELP {name} {help}\n# TYPE {name} {kind}\n{name} {value}\n")
}
