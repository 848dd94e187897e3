//! 购销合同: a main contract of a selected product in a region, divided over institutions, sealed by every party.
use super::official::OfficialResult;
use super::term::AgreementYear;
use crate::errors::{Code, Refusal};
use crate::identity::{Reason, RegionCode, Version};
use crate::ids::{ContractId, OfficialResultId, OrganizationId, SelectedProductId};
use crate::time::{Day, Timestamp};

/// A main contract.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Contract {
    /// Its id.
    pub id: ContractId,
    /// The result that it comes from.
    pub result: OfficialResultId,
    /// The product.
    pub product: SelectedProductId,
    /// The region.
    pub region: RegionCode,
    /// The agreement year that it is signed for, and its first and last day.
    pub year: AgreementYear,
    /// Its last day where a newer edition of its result ends it before that year is over.
    pub ends_on: Option<Day>,
    /// The selected enterprise.
    pub holder: OrganizationId,
    /// The distributor, once it is named.
    pub distributor: Option<OrganizationId>,
    /// What is agreed for the year: a floor, never a cap.
    pub volume: u64,
    /// How far it is.
    pub status: ContractStatus,
    /// How many institutions have a sub-contract; none before it is divided.
    pub institutions: Option<u64>,
    /// Seals that are still to come.
    pub seals_missing: u64,
    /// How often it changed.
    pub version: Version,
}

/// How far a contract is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ContractStatus {
    /// 待签: it is being divided, or nobody has sealed it.
    Draft,
    /// 签章中: some have sealed.
    Sealing,
    /// 已签: every party has sealed.
    Sealed,
    /// 执行中.
    InForce,
    /// 已到期.
    Closed,
    /// 已终止, before its end.
    Terminated {
        /// Why.
        reason: Reason,
    },
}

/// What can happen to a contract.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ContractCommand {
    /// It is divided over that many institutions.
    Divide {
        /// How many.
        institutions: u64,
    },
    /// The enterprise names who distributes.
    NameDistributor {
        /// Who.
        distributor: OrganizationId,
    },
    /// A party seals.
    Seal,
    /// The authority decides that it stands in for another one: nobody has to seal it, for standing by is part of being selected.
    StandIn,
    /// Its first day has come.
    Start {
        /// Today.
        today: Day,
    },
    /// Its last day has passed.
    Close {
        /// Today.
        today: Day,
    },
    /// A newer edition of its result does without it, or has another in its place.
    Supersede {
        /// From this day on.
        from: Day,
        /// Why it ends, where it never comes into force.
        reason: Reason,
    },
    /// It ends before its time.
    Terminate {
        /// Why.
        reason: Reason,
    },
}

impl ContractStatus {
    /// Every label, in rows and on the wire.
    pub const LABELS: &[&str] = &["DRAFT", "SEALING", "SEALED", "IN_FORCE", "CLOSED", "TERMINATED"];

    /// The stable label.
    pub const fn label(&self) -> &'static str {
        match self {
            Self::Draft => "DRAFT",
            Self::Sealing => "SEALING",
            Self::Sealed => "SEALED",
            Self::InForce => "IN_FORCE",
            Self::Closed => "CLOSED",
            Self::Terminated { .. } => "TERMINATED",
        }
    }

    /// The status of a row. None where the columns are no status.
    pub fn from_row(label: &str, reason: Option<Reason>) -> Option<Self> {
        match (label, reason) {
            ("DRAFT", None) => Some(Self::Draft),
            ("SEALING", None) => Some(Self::Sealing),
            ("SEALED", None) => Some(Self::Sealed),
            ("IN_FORCE", None) => Some(Self::InForce),
            ("CLOSED", None) => Some(Self::Closed),
            ("TERMINATED", Some(reason)) => Some(Self::Terminated { reason }),
            _other => None,
        }
    }

    /// Why it was terminated.
    pub const fn reason(&self) -> Option<&Reason> {
        match self {
            Self::Terminated { reason } => Some(reason),
            Self::Draft | Self::Sealing | Self::Sealed | Self::InForce | Self::Closed => None,
        }
    }
}

impl Contract {
    /// Its last day.
    pub fn last_day(&self) -> Day {
        self.ends_on.unwrap_or(self.year.end)
    }

    /// The contract after the command. Errors: `CONTRACT_STATE`.
    pub fn apply(self, command: ContractCommand) -> Result<Contract, Refusal> {
        use ContractCommand as C;
        use ContractStatus as S;
        let divided = self.institutions.is_some();
        let next = Contract { version: self.version.next(), ..self.clone() };
        match (&self.status, command) {
            (S::Draft, C::Divide { institutions }) if !divided => {
                let parties = if self.distributor.is_some() { 2 } else { 1 };
                Ok(Contract {
                    institutions: Some(institutions),
                    seals_missing: institutions.saturating_add(parties),
                    ..next
                })
            }
            (S::Draft, C::NameDistributor { distributor }) => {
                let more = u64::from(divided && self.distributor.is_none());
                let seals_missing = self.seals_missing.saturating_add(more);
                Ok(Contract { distributor: Some(distributor), seals_missing, ..next })
            }
            (S::Draft | S::Sealing, C::Seal) if divided && self.seals_missing > 0 => {
                let seals_missing = self.seals_missing.saturating_sub(1);
                let status = if seals_missing == 0 { S::Sealed } else { S::Sealing };
                Ok(Contract { seals_missing, status, ..next })
            }
            (S::Draft, C::StandIn) if divided => {
                Ok(Contract { seals_missing: 0, status: S::InForce, ..next })
            }
            (S::Sealed, C::Start { today }) if self.year.start <= today => {
                Ok(Contract { status: S::InForce, ..next })
            }
            (S::InForce, C::Close { today }) if self.last_day() < today => {
                Ok(Contract { status: S::Closed, ..next })
            }
            (S::Sealed | S::InForce, C::Supersede { from, .. })
                if self.year.start < from && from <= self.last_day() =>
            {
                Ok(Contract { ends_on: Some(from.plus_days(-1)), ..next })
            }
            (S::Sealed | S::InForce, C::Supersede { from, .. }) if self.last_day() < from => {
                Err(self.refused())
            }
            (
                S::Draft | S::Sealing | S::Sealed | S::InForce,
                C::Terminate { reason } | C::Supersede { reason, .. },
            ) => Ok(Contract { status: S::Terminated { reason }, ..next }),
            (
                S::Draft | S::Sealing | S::Sealed | S::InForce | S::Closed | S::Terminated { .. },
                C::Divide { .. }
                | C::NameDistributor { .. }
                | C::Seal
                | C::StandIn
                | C::Start { .. }
                | C::Close { .. }
                | C::Supersede { .. }
                | C::Terminate { .. },
            ) => Err(self.refused()),
        }
    }

    fn refused(&self) -> Refusal {
        Refusal::of(Code::ContractState).allowing(format!("not while {}", self.status.label()))
    }
}

/// Whether contracts of a product may be sealed now: the standstill of its result is over, and nothing such as an objection blocks its lot.
/// Errors: `CONTRACT_STANDSTILL`, `CONTRACT_BLOCKED` with what blocks it.
pub fn may_seal(result: &OfficialResult, blocked: Option<&str>, now: Timestamp) -> Result<(), Refusal> {
    if !result.standstill_over(now) {
        return Err(Refusal::of(Code::ContractStandstill));
    }
    match blocked {
        Some(why) => Err(Refusal::of(Code::ContractBlocked).allowing(why.to_owned())),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::contract::term::Term;
    use crate::ids::Id;

    fn contract(status: ContractStatus, institutions: Option<u64>, seals_missing: u64) -> Contract {
        let day = |text: &str| Day::parse(text).unwrap();
        Contract {
            id: ContractId::from_number(1),
            result: OfficialResultId::from_number(2),
            product: SelectedProductId::from_number(3),
            region: RegionCode::parse("310000").unwrap(),
            year: Term::between(day("2026-01-01"), day("2026-12-31")).unwrap().year(1).unwrap(),
            ends_on: None,
            holder: OrganizationId::from_number(4),
            distributor: None,
            volume: 100,
            status,
            institutions,
            seals_missing,
            version: Version::FIRST,
        }
    }

    #[test]
    fn every_state_answers_every_command() {
        use ContractCommand as C;
        use ContractStatus as S;
        const NO: &str = "CONTRACT_STATE";
        const ENDS: &str = "TERMINATED";
        let reason = Reason::parse("退出").unwrap();
        let (within, after) = (Day::parse("2026-01-01").unwrap(), Day::parse("2027-01-01").unwrap());
        let commands = [
            C::Divide { institutions: 2 },
            C::NameDistributor { distributor: OrganizationId::from_number(9) },
            C::Seal,
            C::StandIn,
            C::Start { today: within },
            C::Close { today: after },
            C::Supersede { from: Day::parse("2026-07-01").unwrap(), reason: reason.clone() },
            C::Terminate { reason: reason.clone() },
        ];
        let told = |contract: Contract| {
            commands.clone().map(|command| {
                let next = contract.clone().apply(command);
                next.map_or_else(|refusal| refusal.code.spec().name, |next| next.status.label())
            })
        };
        assert_eq!(told(contract(S::Draft, None, 0)), ["DRAFT", "DRAFT", NO, NO, NO, NO, ENDS, ENDS]);
        assert_eq!(
            told(contract(S::Draft, Some(2), 3)),
            [NO, "DRAFT", "SEALING", "IN_FORCE", NO, NO, ENDS, ENDS]
        );
        assert_eq!(told(contract(S::Sealing, Some(2), 1)), [NO, NO, "SEALED", NO, NO, NO, ENDS, ENDS]);
        assert_eq!(told(contract(S::Sealed, Some(2), 0)), [NO, NO, NO, NO, "IN_FORCE", NO, "SEALED", ENDS]);
        assert_eq!(told(contract(S::InForce, Some(2), 0)), [NO, NO, NO, NO, NO, "CLOSED", "IN_FORCE", ENDS]);
        assert_eq!(told(contract(S::Closed, Some(2), 0)), [NO; 8]);
        assert_eq!(told(contract(S::Terminated { reason }, Some(2), 1)), [NO; 8]);
    }

    #[test]
    fn a_contract_that_is_superseded_runs_to_the_day_before_and_one_that_has_not_begun_never_does() {
        let day = |text: &str| Day::parse(text).unwrap();
        let reason = || Reason::parse("第2版中选结果").unwrap();
        let from = |status, text: &str| {
            let contract = contract(status, Some(2), 0);
            contract.apply(ContractCommand::Supersede { from: day(text), reason: reason() })
        };
        let ends = from(ContractStatus::InForce, "2026-07-01").unwrap();
        assert_eq!((ends.status.label(), ends.last_day()), ("IN_FORCE", day("2026-06-30")));
        let close = |today: &str| ends.clone().apply(ContractCommand::Close { today: day(today) });
        assert!(close("2026-06-30").is_err());
        assert_eq!(close("2026-07-01").unwrap().status, ContractStatus::Closed);
        assert!(from(ContractStatus::InForce, "2027-01-01").is_err(), "it is over by then");
        assert_eq!(from(ContractStatus::Sealed, "2026-01-01").unwrap().status.label(), "TERMINATED");
    }

    #[test]
    fn each_party_seals_once_and_time_is_kept() {
        use ContractCommand as C;
        let distributor = OrganizationId::from_number(9);
        let named =
            contract(ContractStatus::Draft, None, 0).apply(C::NameDistributor { distributor }).unwrap();
        let divided = named.apply(C::Divide { institutions: 2 }).unwrap();
        assert_eq!(divided.seals_missing, 4);
        let late = contract(ContractStatus::Draft, Some(2), 3);
        let late = late.apply(C::NameDistributor { distributor }).unwrap();
        let again = late.apply(C::NameDistributor { distributor }).unwrap();
        assert_eq!(again.seals_missing, 4);
        let early = C::Start { today: Day::parse("2025-12-31").unwrap() };
        assert!(contract(ContractStatus::Sealed, Some(2), 0).apply(early).is_err());
        let last = C::Close { today: Day::parse("2026-12-31").unwrap() };
        assert!(contract(ContractStatus::InForce, Some(2), 0).apply(last).is_err());
    }
}
