//! Work that a change leaves to be done after it: when it is due, when it is tried again, when it is given up.
use crate::errors::{Code, Refusal};
use crate::ids::{Id, JobId};
use crate::time::Timestamp;

/// Who does a kind of work. Work that waits for somebody outside has hands of its own, so that a slow receiver keeps nothing waiting
/// that the platform needs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lane {
    /// Needs nobody but the platform.
    Inside,
    /// Waits for somebody outside.
    Outside,
}

/// What kind of work.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum JobKind {
    /// Counts the price alerts of the day before for whoever they are about or with.
    AlertDigest,
    /// Books the payments of an approved batch in the ledger.
    BookPayments,
    /// Tells hospitals that silence will confirm a statement, and confirms it after its time, where the area has it so.
    ConfirmSilent,
    /// Sends an event to a webhook.
    Deliver,
    /// Divides the contracts of a result over institutions.
    DivideContracts,
    /// Reads the rows of a table that somebody brought in.
    Import,
    /// Compares the rows of a national release with what stands, and writes it once it is published.
    ItemRelease,
    /// Decides a round again with the regions that its firms chose.
    DecideSupply,
    /// Looks again at the prices of the groups that observations came to.
    Monitor,
    /// Brings the contracts of a result into force and ends them; due at each of their dates.
    MoveContracts,
    /// Makes the moves that the calendar of a round asks for; due at each of its dates.
    MoveRound,
    /// Ends a turn of a supply-region selection when its time is over; due at that time.
    MoveSupply,
    /// Opens the bids of a round and decides it.
    OpenRound,
    /// Takes the prices of what was listed, selected or bought.
    PriceFeed,
    /// Reckons every balance of the ledger from its entries again.
    ProveLedger,
    /// Takes away what is kept only for a while: answers to keyed requests, failed logins, ended jobs, rejected rows of ended
    /// imports, and bytes that no document names.
    Purge,
}

/// How a kind of work is done.
#[derive(Clone, Copy, Debug)]
pub struct JobRule {
    /// Its name in the database, the API and the log.
    pub name: &'static str,
    /// Who does it.
    pub lane: Lane,
    /// How often it is tried before it is given up.
    pub tries_max: i32,
    /// Seconds that one try may take; after that another worker takes it.
    pub lease_seconds: i64,
    /// Seconds until the second try; each further wait is twice the one before.
    pub first_wait_seconds: i64,
    /// Seconds from one to the next where it is done regularly.
    pub every_seconds: Option<i64>,
}

/// Work of the platform itself that goes on in parts.
const fn inside(name: &'static str, tries_max: i32) -> JobRule {
    JobRule {
        name,
        lane: Lane::Inside,
        tries_max,
        lease_seconds: 60,
        first_wait_seconds: 5,
        every_seconds: None,
    }
}

/// For how long work that is done is remembered.
pub const DONE_KEPT_SECONDS: i64 = 7 * 86_400;

/// No wait between two tries is longer.
const WAIT_MAX_SECONDS: i64 = 6 * 3_600;

/// What a date asks for. Everybody waits for it: tried again soon, for about four days.
const CALENDAR: JobRule = JobRule {
    name: "",
    lane: Lane::Inside,
    tries_max: 30,
    lease_seconds: 60,
    first_wait_seconds: 1,
    every_seconds: None,
};

impl JobKind {
    /// Every kind.
    pub const ALL: &[JobKind] = &[
        Self::AlertDigest,
        Self::BookPayments,
        Self::ConfirmSilent,
        Self::Deliver,
        Self::DivideContracts,
        Self::DecideSupply,
        Self::Import,
        Self::ItemRelease,
        Self::Monitor,
        Self::MoveContracts,
        Self::MoveRound,
        Self::MoveSupply,
        Self::OpenRound,
        Self::PriceFeed,
        Self::ProveLedger,
        Self::Purge,
    ];

    /// How it is done.
    pub const fn rule(self) -> JobRule {
        match self {
            // Soon after a hiccup, then for about three days, as Standard Webhooks recommends.
            Self::Deliver => JobRule {
                name: "DELIVER",
                lane: Lane::Outside,
                tries_max: 24,
                lease_seconds: 60,
                first_wait_seconds: 5,
                every_seconds: None,
            },
            Self::AlertDigest => JobRule { every_seconds: Some(86_400), ..inside("ALERT_DIGEST", 5) },
            // Put up with each batch of observations; once an hour whatever a dying process left is looked for.
            Self::Monitor => JobRule { every_seconds: Some(3_600), ..inside("MONITOR", 16) },
            // Suppliers wait for it, and money may have to come in first: tried again for about a day.
            Self::BookPayments => inside("BOOK_PAYMENTS", 16),
            Self::ConfirmSilent => JobRule { every_seconds: Some(3_600), ..inside("CONFIRM_SILENT", 5) },
            Self::DivideContracts => inside("DIVIDE_CONTRACTS", 16),
            Self::Import => inside("IMPORT", 5),
            // While a release is being written nobody else writes one: tried again for about a day.
            Self::ItemRelease => inside("ITEM_RELEASE", 16),
            Self::MoveContracts => JobRule { name: "MOVE_CONTRACTS", ..CALENDAR },
            Self::MoveRound => JobRule { name: "MOVE_ROUND", ..CALENDAR },
            Self::MoveSupply => JobRule { name: "MOVE_SUPPLY", ..CALENDAR },
            // As for the opening.
            Self::DecideSupply => JobRule {
                name: "DECIDE_SUPPLY",
                lane: Lane::Inside,
                tries_max: 16,
                lease_seconds: 300,
                first_wait_seconds: 5,
                every_seconds: None,
            },
            // A round waits for nothing else: tried again for about a day, so that an outage does not leave it shut.
            Self::OpenRound => JobRule {
                name: "OPEN_ROUND",
                lane: Lane::Inside,
                tries_max: 16,
                lease_seconds: 300,
                first_wait_seconds: 5,
                every_seconds: None,
            },
            // Nothing waits for it; tried again for about a day.
            Self::PriceFeed => inside("PRICE_FEED", 16),
            Self::ProveLedger => JobRule { every_seconds: Some(86_400), ..inside("PROVE_LEDGER", 5) },
            Self::Purge => JobRule {
                name: "PURGE",
                lane: Lane::Inside,
                tries_max: 5,
                lease_seconds: 60,
                first_wait_seconds: 60,
                every_seconds: Some(3_600),
            },
        }
    }

    /// The kind of that name.
    pub fn from_name(name: &str) -> Option<JobKind> {
        Self::ALL.iter().copied().find(|kind| kind.rule().name == name)
    }

    /// The kinds of a lane.
    pub fn of(lane: Lane) -> impl Iterator<Item = JobKind> {
        Self::ALL.iter().copied().filter(move |kind| kind.rule().lane == lane)
    }

    /// What names the turn of regular work that falls into `now`, so that it is put up once; none where it is not regular.
    pub fn turn(self, now: Timestamp) -> Option<String> {
        let every = self.rule().every_seconds?;
        let number = now.seconds().checked_div_euclid(every)?;
        Some(format!("{} {number}", self.rule().name))
    }
}

/// A piece of work.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Job {
    /// Its id.
    pub id: JobId,
    /// What kind.
    pub kind: JobKind,
    /// What it is about: an id, or nothing.
    pub subject: String,
    /// Where it stands.
    pub state: JobState,
    /// How often it was begun.
    pub tries: i32,
}

/// Where a piece of work stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum JobState {
    /// It waits until it is due.
    Queued {
        /// When.
        due: Timestamp,
    },
    /// A worker has it.
    Running {
        /// Until when nobody else takes it.
        until: Timestamp,
    },
    /// It is done.
    Done,
    /// It was given up.
    Dead {
        /// What went wrong the last time.
        fault: String,
    },
}

/// What can happen to a piece of work.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum JobCommand {
    /// A worker takes it.
    Take,
    /// The worker did it.
    Finish,
    /// The worker did a part and wants to go on at once.
    Continue,
    /// It went wrong.
    Fail {
        /// What went wrong; no secret, no personal data.
        fault: String,
    },
    /// An administrator wants it tried again.
    Revive,
    /// An administrator gives it up for good.
    Discard,
}

impl Job {
    /// The work after the command. Errors: `JOB_STATE`.
    ///
    /// A try that fails is repeated after `first_wait_seconds`, then twice that and so on, at most six hours, each wait longer by
    /// up to a quarter that depends on the id, so that what failed together is not tried together. After `tries_max` tries it is dead.
    /// A lease that ran out counts as a failed try: its worker died or was too slow.
    pub fn apply(self, command: JobCommand, now: Timestamp) -> Result<Job, Refusal> {
        let rule = self.kind.rule();
        match (&self.state, command) {
            (JobState::Queued { .. }, JobCommand::Take) => Ok(self.taken(now)),
            (JobState::Running { until }, JobCommand::Take) if *until <= now => {
                if self.tries < rule.tries_max {
                    return Ok(self.taken(now));
                }
                let fault = format!("not finished within {} s", rule.lease_seconds);
                Ok(Job { state: JobState::Dead { fault }, ..self })
            }
            (JobState::Running { .. }, JobCommand::Finish) => Ok(Job { state: JobState::Done, ..self }),
            (JobState::Running { .. }, JobCommand::Continue) => {
                Ok(Job { state: JobState::Queued { due: now }, tries: 0, ..self })
            }
            (JobState::Running { .. }, JobCommand::Fail { fault }) => Ok(self.failed(fault, now)),
            (JobState::Dead { .. }, JobCommand::Revive) => {
                Ok(Job { state: JobState::Queued { due: now }, tries: 0, ..self })
            }
            (JobState::Dead { .. }, JobCommand::Discard) => Ok(Job { state: JobState::Done, ..self }),
            (
                JobState::Queued { .. } | JobState::Running { .. } | JobState::Done | JobState::Dead { .. },
                JobCommand::Take
                | JobCommand::Finish
                | JobCommand::Continue
                | JobCommand::Fail { .. }
                | JobCommand::Revive
                | JobCommand::Discard,
            ) => Err(Refusal::of(Code::JobState)),
        }
    }

    fn taken(self, now: Timestamp) -> Job {
        let until = now.plus_seconds(self.kind.rule().lease_seconds);
        Job { state: JobState::Running { until }, tries: self.tries.saturating_add(1), ..self }
    }

    fn failed(self, fault: String, now: Timestamp) -> Job {
        if self.tries >= self.kind.rule().tries_max {
            return Job { state: JobState::Dead { fault }, ..self };
        }
        let due = now.plus_seconds(self.wait_seconds());
        Job { state: JobState::Queued { due }, ..self }
    }

    /// Seconds until the next try.
    fn wait_seconds(&self) -> i64 {
        let doublings = u32::try_from(self.tries.saturating_sub(1)).unwrap_or(0).min(30);
        let doubled = self.kind.rule().first_wait_seconds.saturating_mul(1_i64.wrapping_shl(doublings));
        let wait = doubled.min(WAIT_MAX_SECONDS);
        let spread = i64::try_from(self.id.number() % 256).unwrap_or(0);
        wait.saturating_add(wait.saturating_mul(spread).checked_div(1_024).unwrap_or(0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp::from_micros(0);

    fn job(state: JobState, tries: i32) -> Job {
        Job { id: JobId::from_number(0), kind: JobKind::Purge, subject: String::new(), state, tries }
    }

    fn failed(tries: i32) -> JobState {
        let running = job(JobState::Running { until: NOW }, tries);
        running.apply(JobCommand::Fail { fault: "x".to_owned() }, NOW).unwrap().state
    }

    #[test]
    fn each_wait_is_twice_the_one_before_and_the_last_try_is_the_last() {
        let waits: Vec<JobState> = (1..=5).map(failed).collect();
        let due = |seconds| JobState::Queued { due: NOW.plus_seconds(seconds) };
        assert_eq!(waits[..4], [due(60), due(120), due(240), due(480)]);
        assert_eq!(waits[4], JobState::Dead { fault: "x".to_owned() });
    }

    #[test]
    fn an_event_is_tried_for_about_three_days() {
        let days = |number| {
            let tries = 1..JobKind::Deliver.rule().tries_max;
            let id = JobId::from_number(number);
            let waits = tries
                .map(|tries| Job { id, kind: JobKind::Deliver, ..job(JobState::Done, tries) }.wait_seconds());
            waits.sum::<i64>().div_euclid(86_400)
        };
        assert_eq!((days(0), days(255)), (2, 3));
    }

    #[test]
    fn what_failed_together_is_not_tried_together() {
        let late = Job { id: JobId::from_number(255), ..job(JobState::Running { until: NOW }, 1) };
        let state = late.apply(JobCommand::Fail { fault: "x".to_owned() }, NOW).unwrap().state;
        assert_eq!(state, JobState::Queued { due: NOW.plus_seconds(60 + 14) });
    }

    #[test]
    fn a_lease_that_ran_out_is_a_failed_try() {
        let until = NOW.plus_seconds(60);
        let held = job(JobState::Running { until }, 1);
        assert_eq!(held.clone().apply(JobCommand::Take, NOW).unwrap_err().code, Code::JobState);
        let again = held.apply(JobCommand::Take, until).unwrap();
        assert_eq!((again.tries, again.state), (2, JobState::Running { until: until.plus_seconds(60) }));
        let last = job(JobState::Running { until }, 5).apply(JobCommand::Take, until).unwrap();
        assert_eq!(last.state, JobState::Dead { fault: "not finished within 60 s".to_owned() });
    }

    #[test]
    fn going_on_is_no_failure() {
        let part = job(JobState::Running { until: NOW }, 5).apply(JobCommand::Continue, NOW).unwrap();
        assert_eq!((part.tries, part.state), (0, JobState::Queued { due: NOW }));
    }

    #[test]
    fn only_what_is_dead_is_revived_or_discarded() {
        for command in [JobCommand::Revive, JobCommand::Discard] {
            assert!(job(JobState::Dead { fault: String::new() }, 5).apply(command.clone(), NOW).is_ok());
            for state in [JobState::Queued { due: NOW }, JobState::Running { until: NOW }, JobState::Done] {
                assert_eq!(job(state, 1).apply(command.clone(), NOW).unwrap_err().code, Code::JobState);
            }
        }
    }

    #[test]
    fn regular_work_has_one_name_a_turn() {
        let turn = |seconds| JobKind::Purge.turn(NOW.plus_seconds(seconds));
        assert_eq!(turn(0), turn(3_599));
        assert_ne!(turn(3_599), turn(3_600));
    }
}
