//! An alert that stands on the platform: what becomes of it by people, and by the next look at the observations.
use std::collections::{BTreeMap, BTreeSet};

use rust_decimal::Decimal;

use super::finding::{Finding, Kind, Severity};
use super::reason::words_in;
use crate::errors::{Code, Refusal};
use crate::identity::{Reason, RegionCode, Version};
use crate::ids::{ItemId, OrganizationId, PriceAlertId, UserId};
use crate::procurement::values::Name;
use crate::time::Timestamp;

/// Which prices were compared with each other. Prices of other kinds are never mixed in: they are what something is held against.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Basis {
    /// 挂网价.
    Listed,
    /// 实际采购价.
    Transaction,
}

impl Basis {
    /// Every basis.
    pub const ALL: &[Basis] = &[Self::Listed, Self::Transaction];

    /// The stable label, which is that of the observations' kind.
    pub const fn label(self) -> &'static str {
        match self {
            Self::Listed => "LISTED",
            Self::Transaction => "TRANSACTION",
        }
    }

    /// The basis with that label.
    pub fn from_label(label: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|basis| basis.label() == label)
    }
}

/// What an alert is about. At most one stands of each.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Subject {
    /// Which prices were compared.
    pub basis: Basis,
    /// What is out of line.
    pub kind: Kind,
    /// The product, as its observations name it (四同).
    pub product: String,
    /// Its maker.
    pub maker: String,
    /// Where.
    pub region: RegionCode,
}

/// What the monitors find about a subject: a function of the observations and the rules alone.
#[derive(Clone, Debug, PartialEq)]
pub struct Found {
    /// What it is about.
    pub subject: Subject,
    /// The group of the product (三同).
    pub group: String,
    /// The item of the registry, where the observations name it.
    pub item: Option<ItemId>,
    /// The firm, where the observations name it.
    pub manufacturer: Option<OrganizationId>,
    /// The rule file and its version.
    pub rules: (String, String),
    /// How grave.
    pub severity: Severity,
    /// The tests that found something.
    pub tests: Vec<String>,
    /// What was judged.
    pub value: String,
    /// What it was compared with.
    pub benchmark: String,
    /// What it was not to exceed.
    pub threshold: String,
    /// How many values the benchmark is of.
    pub sample: u32,
    /// The highest price at fault.
    pub highest: Decimal,
    /// First and last period with a finding.
    pub periods: (String, String),
    /// How many findings.
    pub findings: u32,
    /// The reason in English and Chinese.
    pub reason: (String, String),
    /// What the firm is told of it, in both.
    pub told: (String, String),
    /// The observations that it rests on, as text.
    pub evidence: String,
}

/// How an alert stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AlertState {
    /// Not told to anybody yet: its run is not over, or its monitor finds too much.
    Held,
    /// It waits for somebody.
    Open,
    /// Somebody works on it.
    Acknowledged {
        /// Who.
        by: UserId,
    },
    /// Somebody found that nothing is wrong.
    Dismissed {
        /// Who.
        by: UserId,
        /// Why.
        reason: Reason,
    },
    /// The observations say it no longer.
    Closed,
}

/// What happens to an alert.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AlertCommand {
    /// Its run is over, and its monitor does not find too much.
    Release,
    /// Its monitor finds too much by now.
    Hold,
    /// Somebody takes it up.
    Acknowledge {
        /// Who.
        by: UserId,
    },
    /// Somebody puts it away.
    Dismiss {
        /// Who.
        by: UserId,
        /// Why.
        reason: Reason,
    },
    /// The observations say it no longer.
    Clear,
}

impl AlertState {
    /// Every label.
    pub const LABELS: &[&str] = &["HELD", "OPEN", "ACKNOWLEDGED", "DISMISSED", "CLOSED"];

    /// The stable label.
    pub const fn label(&self) -> &'static str {
        match self {
            Self::Held => "HELD",
            Self::Open => "OPEN",
            Self::Acknowledged { .. } => "ACKNOWLEDGED",
            Self::Dismissed { .. } => "DISMISSED",
            Self::Closed => "CLOSED",
        }
    }

    /// Whether it follows the observations.
    pub const fn stands(&self) -> bool {
        match self {
            Self::Held | Self::Open | Self::Acknowledged { .. } => true,
            Self::Dismissed { .. } | Self::Closed => false,
        }
    }

    /// Refuses to give the work to somebody where there is none. Errors: `ALERT_STATE`.
    pub fn may_be_assigned(&self) -> Result<(), Refusal> {
        match self {
            Self::Open | Self::Acknowledged { .. } => Ok(()),
            Self::Held | Self::Dismissed { .. } | Self::Closed => Err(self.refusal()),
        }
    }

    /// The state after a command. Errors: `ALERT_STATE`.
    pub fn next(self, command: AlertCommand) -> Result<AlertState, Refusal> {
        match (self, command) {
            (Self::Held, AlertCommand::Release) => Ok(Self::Open),
            (Self::Open, AlertCommand::Hold) => Ok(Self::Held),
            (Self::Open, AlertCommand::Acknowledge { by }) => Ok(Self::Acknowledged { by }),
            (Self::Open | Self::Acknowledged { .. }, AlertCommand::Dismiss { by, reason }) => {
                Ok(Self::Dismissed { by, reason })
            }
            (Self::Held | Self::Open | Self::Acknowledged { .. }, AlertCommand::Clear) => Ok(Self::Closed),
            (
                state @ (Self::Held
                | Self::Open
                | Self::Acknowledged { .. }
                | Self::Dismissed { .. }
                | Self::Closed),
                AlertCommand::Release
                | AlertCommand::Hold
                | AlertCommand::Acknowledge { .. }
                | AlertCommand::Dismiss { .. }
                | AlertCommand::Clear,
            ) => Err(state.refusal()),
        }
    }

    fn refusal(&self) -> Refusal {
        Refusal::of(Code::AlertState).allowing(format!("not {}", self.label()))
    }
}

/// An alert.
#[derive(Clone, Debug, PartialEq)]
pub struct PriceAlert {
    /// Its id.
    pub id: PriceAlertId,
    /// What was found.
    pub found: Found,
    /// How it stands.
    pub state: AlertState,
    /// Who is to work on it.
    pub assignee: Option<UserId>,
    /// The one before about the same subject.
    pub follows: Option<PriceAlertId>,
    /// When it was first told of.
    pub opened_at: Option<Timestamp>,
    /// When it came to stand as it does.
    pub state_since: Timestamp,
    /// How often it changed.
    pub version: Version,
}

impl PriceAlert {
    /// Whether what was dismissed covers what is found now: no higher price, nothing graver, and of quantities no later period.
    fn covers(&self, found: &Found) -> bool {
        let later = found.subject.kind == Kind::AbnormalVolume && found.periods.1 > self.found.periods.1;
        found.severity <= self.found.severity && found.highest <= self.found.highest && !later
    }
}

/// What the next look changes.
#[derive(Clone, Debug, PartialEq)]
pub enum Step {
    /// An alert comes to stand, held for now.
    Raise {
        /// What was found.
        found: Found,
        /// The one before about the same subject.
        follows: Option<PriceAlertId>,
    },
    /// What stands is found otherwise.
    Change {
        /// How it was.
        before: Box<PriceAlert>,
        /// What is found now.
        found: Found,
    },
    /// What stands is found no longer.
    Clear(PriceAlert),
}

/// What changes between what is known of some groups, in any order, and what is found in them. What was dismissed stays away for as long as it
/// covers what is found.
pub fn reconcile(known: Vec<PriceAlert>, found: Vec<Found>) -> Vec<Step> {
    let mut before: BTreeMap<Subject, Vec<PriceAlert>> = BTreeMap::new();
    for alert in known {
        before.entry(alert.found.subject.clone()).or_default().push(alert);
    }
    let seen: BTreeSet<Subject> = found.iter().map(|found| found.subject.clone()).collect();
    let mut steps = Vec::new();
    for found in found {
        let of_subject = before.get(&found.subject).map(Vec::as_slice).unwrap_or_default();
        match of_subject.iter().find(|alert| alert.state.stands()) {
            Some(standing) if standing.found == found => {}
            Some(standing) => steps.push(Step::Change { before: Box::new(standing.clone()), found }),
            None if of_subject.iter().any(|alert| dismissed(alert) && alert.covers(&found)) => {}
            None => {
                let follows = of_subject.iter().map(|alert| alert.id).max();
                steps.push(Step::Raise { found, follows });
            }
        }
    }
    let gone = before.into_iter().filter(|(subject, _)| !seen.contains(subject));
    steps.extend(gone.flat_map(|(_, alerts)| alerts).filter(|alert| alert.state.stands()).map(Step::Clear));
    steps
}

fn dismissed(alert: &PriceAlert) -> bool {
    matches!(alert.state, AlertState::Dismissed { .. })
}

/// Whether what a price is compared with rests on what other firms ask. A firm is then told neither benchmark nor threshold, in no field: with
/// the lowest price as reference, or with two products in the group, each of them is one competitor's price.
pub const fn rests_on_others(kind: Kind) -> bool {
    match kind {
        Kind::Same3Gap | Kind::NonSupplyProvince => true,
        Kind::UnitError
        | Kind::Same4Gap
        | Kind::Outlier
        | Kind::MedianMultiple
        | Kind::SuddenRise
        | Kind::TimeShift
        | Kind::AboveCeiling
        | Kind::AboveCommitment
        | Kind::AboveContract
        | Kind::ForeignReference
        | Kind::AbnormalVolume => false,
    }
}

/// The reason of a finding in English and Chinese, each with the region's name in it.
pub fn reason_of(finding: &Finding, (english, chinese): (&Name, &Name)) -> (String, String) {
    (words_in(finding, english).0, words_in(finding, chinese).1)
}

/// The same as its firm is told it: without figures that rest on what others ask.
pub fn told_of(finding: &Finding, names: (&Name, &Name)) -> (String, String) {
    if !rests_on_others(finding.kind) {
        return reason_of(finding, names);
    }
    let Finding { value, sample, period, severity, .. } = finding;
    let (level, label) = match severity {
        Severity::Red => ("red", "红标"),
        Severity::Yellow => ("yellow", "黄标"),
        Severity::Ticket => ("", "核对"),
    };
    (
        format!(
            "{value} in {}, {period}, is above the {level} line of its group; the line rests on what others ask ({sample} prices) and is not told.",
            names.0
        ),
        format!(
            "{} {period} 价格 {value} 高于同组{label}界限；该界限由其他企业的价格（共 {sample} 个）得出，不予披露。",
            names.1
        ),
    )
}

#[cfg(test)]
#[expect(clippy::arithmetic_side_effects, reason = "small numbers in a test")]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::ids::Id;

    fn found(kind: Kind, highest: &str, severity: Severity) -> Found {
        let subject = Subject {
            basis: Basis::Listed,
            kind,
            product: "P".to_owned(),
            maker: "M".to_owned(),
            region: RegionCode::parse("320000").unwrap(),
        };
        Found {
            subject,
            group: "G".to_owned(),
            item: None,
            manufacturer: None,
            rules: ("r".to_owned(), "1".to_owned()),
            severity,
            tests: vec!["gap".to_owned()],
            value: highest.to_owned(),
            benchmark: "1".to_owned(),
            threshold: "1".to_owned(),
            sample: 3,
            highest: highest.parse().unwrap(),
            periods: ("2026-01".to_owned(), "2026-01".to_owned()),
            findings: 1,
            reason: (String::new(), String::new()),
            told: (String::new(), String::new()),
            evidence: String::new(),
        }
    }

    fn alert(id: u128, state: AlertState, found: Found) -> PriceAlert {
        PriceAlert {
            id: PriceAlertId::from_number(id),
            found,
            state,
            assignee: None,
            follows: None,
            opened_at: None,
            state_since: Timestamp::from_micros(0),
            version: Version::FIRST,
        }
    }

    fn by() -> UserId {
        UserId::from_number(1)
    }

    fn put_away() -> AlertState {
        AlertState::Dismissed { by: by(), reason: Reason::parse("已核对").unwrap() }
    }

    fn commands() -> [AlertCommand; 5] {
        let reason = Reason::parse("已核对").unwrap();
        [
            AlertCommand::Release,
            AlertCommand::Hold,
            AlertCommand::Acknowledge { by: by() },
            AlertCommand::Dismiss { by: by(), reason },
            AlertCommand::Clear,
        ]
    }

    #[test]
    fn each_state_takes_what_the_table_says() {
        let table = [
            (AlertState::Held, ["OPEN", "-", "-", "-", "CLOSED"]),
            (AlertState::Open, ["-", "HELD", "ACKNOWLEDGED", "DISMISSED", "CLOSED"]),
            (AlertState::Acknowledged { by: by() }, ["-", "-", "-", "DISMISSED", "CLOSED"]),
            (put_away(), ["-", "-", "-", "-", "-"]),
            (AlertState::Closed, ["-", "-", "-", "-", "-"]),
        ];
        for (state, expected) in table {
            let next = commands().map(|command| match state.clone().next(command) {
                Ok(state) => state.label(),
                Err(refusal) if refusal.code == Code::AlertState => "-",
                Err(_other) => "?",
            });
            assert_eq!(next, expected, "{}", state.label());
        }
    }

    #[test]
    fn what_stands_is_changed_or_cleared_and_what_is_new_is_raised() {
        let standing = |state| alert(1, state, found(Kind::Same4Gap, "2", Severity::Yellow));
        let (same, other) = (standing(AlertState::Open).found, found(Kind::Same4Gap, "3", Severity::Yellow));
        for state in [AlertState::Held, AlertState::Open, AlertState::Acknowledged { by: by() }] {
            let before = standing(state);
            assert_eq!(reconcile(vec![before.clone()], vec![same.clone()]), []);
            let changed = Step::Change { before: Box::new(before.clone()), found: other.clone() };
            assert_eq!(reconcile(vec![before.clone()], vec![other.clone()]), [changed]);
            assert_eq!(reconcile(vec![before.clone()], vec![]), [Step::Clear(before)]);
        }
        let raised = |follows: Option<u128>| Step::Raise {
            found: same.clone(),
            follows: follows.map(PriceAlertId::from_number),
        };
        assert_eq!(reconcile(vec![], vec![same.clone()]), [raised(None)]);
        assert_eq!(reconcile(vec![standing(AlertState::Closed)], vec![same.clone()]), [raised(Some(1))]);
    }

    #[test]
    fn what_was_dismissed_stays_away_until_it_is_worse() {
        let raises = |kind, then: (&str, Severity), now: Found| {
            let known = vec![alert(1, put_away(), found(kind, then.0, then.1))];
            !reconcile(known, vec![now]).is_empty()
        };
        let gap = |price, severity| found(Kind::Same3Gap, price, severity);
        let then = ("2", Severity::Yellow);
        assert!(!raises(Kind::Same3Gap, then, gap("2", Severity::Yellow)));
        assert!(!raises(Kind::Same3Gap, then, gap("1.9", Severity::Yellow)));
        assert!(raises(Kind::Same3Gap, then, gap("2.0001", Severity::Yellow)));
        assert!(raises(Kind::Same3Gap, then, gap("2", Severity::Red)));
        let later = |kind| Found {
            periods: ("2026-01".to_owned(), "2026-02".to_owned()),
            ..found(kind, "2", Severity::Yellow)
        };
        assert!(!raises(Kind::Same3Gap, then, later(Kind::Same3Gap)));
        assert!(raises(Kind::AbnormalVolume, then, later(Kind::AbnormalVolume)));
    }

    proptest! {
        /// Whatever was found before, in whatever order: afterwards what stands is what is found, each subject once.
        #[test]
        fn afterwards_what_stands_is_what_is_found(looks in prop::collection::vec(prop::collection::btree_map(0_usize..4, 1_u32..4, 0..4), 1..6)) {
            let mut known: Vec<PriceAlert> = Vec::new();
            for look in looks {
                let wanted: Vec<Found> =
                    look.iter().map(|(kind, price)| found(Kind::ALL[*kind].0, &price.to_string(), Severity::Yellow)).collect();
                for step in reconcile(known.clone(), wanted.clone()) {
                    match step {
                        Step::Raise { found, .. } => {
                            let id = u128::try_from(known.len()).unwrap() + 1;
                            known.push(alert(id, AlertState::Held, found));
                        }
                        Step::Change { before, found } => known.iter_mut().filter(|one| one.id == before.id).for_each(|one| one.found = found.clone()),
                        Step::Clear(before) => known.iter_mut().filter(|one| one.id == before.id).for_each(|one| one.state = AlertState::Closed),
                    }
                }
                let standing: Vec<Found> = {
                    let mut standing: Vec<Found> = known.iter().filter(|one| one.state.stands()).map(|one| one.found.clone()).collect();
                    standing.sort_by(|a, b| a.subject.cmp(&b.subject));
                    standing
                };
                prop_assert_eq!(standing, wanted);
            }
        }
    }
}
