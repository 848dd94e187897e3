//! 备选供应: an office decides that a backup supplies a region in the place of a product that does not, and ends it again. What was delivered, or is
//! on its way, stays with whoever delivers it; the rest of the agreed volume moves, and comes back as far as the backup has not delivered it.
use crate::errors::{Code, Refusal};
use crate::identity::{Reason, RegionCode, Version};
use crate::ids::{BackupSupplyId, OrganizationId, SelectedProductId, UserId};
use crate::time::{Day, Timestamp};

/// How far it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum BackupStatus {
    /// A clerk proposed it.
    Proposed,
    /// It does not begin.
    Refused {
        /// Who refused it, when and why.
        decided: (UserId, Timestamp),
        /// Why.
        reason: Reason,
    },
    /// The backup supplies.
    InForce {
        /// Who confirmed it, and when.
        decided: (UserId, Timestamp),
    },
    /// The product supplies again.
    Ended {
        /// Who confirmed it, and when.
        decided: (UserId, Timestamp),
        /// Who ended it, and when.
        ended: (UserId, Timestamp),
        /// Why.
        reason: Reason,
    },
}

/// What can happen to it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum BackupCommand {
    /// It begins.
    Confirm,
    /// It does not.
    Refuse(Reason),
    /// It ends.
    End(Reason),
}

/// A backup supply.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BackupSupply {
    /// Its id.
    pub id: BackupSupplyId,
    /// The office.
    pub office: OrganizationId,
    /// The product that does not supply.
    pub product: SelectedProductId,
    /// The one that does in its place.
    pub backup: SelectedProductId,
    /// Where.
    pub region: RegionCode,
    /// Not before this day.
    pub from: Day,
    /// Why.
    pub reason: Reason,
    /// What shows it.
    pub evidence: Reason,
    /// Who proposed it, and when.
    pub proposed: (UserId, Timestamp),
    /// How far it is.
    pub status: BackupStatus,
    /// What moved to the backup, in units of the lot's representative.
    pub moved: u64,
    /// What of it came back.
    pub returned: u64,
    /// How often it changed.
    pub version: Version,
}

impl BackupStatus {
    /// The stable label, in rows and on the wire.
    pub const fn label(&self) -> &'static str {
        match self {
            Self::Proposed => "PROPOSED",
            Self::Refused { .. } => "REFUSED",
            Self::InForce { .. } => "IN_FORCE",
            Self::Ended { .. } => "ENDED",
        }
    }

    /// Why it was refused, or why it ended.
    pub const fn reason(&self) -> Option<&Reason> {
        match self {
            Self::Refused { reason, .. } | Self::Ended { reason, .. } => Some(reason),
            Self::Proposed | Self::InForce { .. } => None,
        }
    }

    /// Who decided, and when.
    pub const fn decided(&self) -> Option<(UserId, Timestamp)> {
        match self {
            Self::Refused { decided, .. } | Self::InForce { decided } | Self::Ended { decided, .. } => {
                Some(*decided)
            }
            Self::Proposed => None,
        }
    }

    /// Who ended it, and when.
    pub const fn ended(&self) -> Option<(UserId, Timestamp)> {
        match self {
            Self::Ended { ended, .. } => Some(*ended),
            Self::Proposed | Self::Refused { .. } | Self::InForce { .. } => None,
        }
    }
}

impl BackupSupply {
    /// What it becomes. Errors: `SECOND_PERSON_NEEDED` where who proposed it would confirm it, `BACKUP_SUPPLY_STATE` for what its state does
    /// not allow, and for a day before the one that it is to begin on.
    pub fn apply(self, command: BackupCommand, by: UserId, at: Timestamp) -> Result<Self, Refusal> {
        let refused = |allowed: String| Err(Refusal::of(Code::BackupSupplyState).allowing(allowed));
        let status = match (&self.status, command) {
            (BackupStatus::Proposed, BackupCommand::Confirm) => {
                if by == self.proposed.0 {
                    return Err(Refusal::of(Code::SecondPersonNeeded));
                }
                if at.day_in_china() < self.from {
                    return refused(format!("not before {}", self.from));
                }
                BackupStatus::InForce { decided: (by, at) }
            }
            (BackupStatus::Proposed, BackupCommand::Refuse(reason)) => {
                BackupStatus::Refused { decided: (by, at), reason }
            }
            (BackupStatus::InForce { decided }, BackupCommand::End(reason)) => {
                BackupStatus::Ended { decided: *decided, ended: (by, at), reason }
            }
            (
                BackupStatus::Proposed
                | BackupStatus::Refused { .. }
                | BackupStatus::InForce { .. }
                | BackupStatus::Ended { .. },
                BackupCommand::Confirm | BackupCommand::Refuse(_) | BackupCommand::End(_),
            ) => return refused(format!("not while {}", self.status.label())),
        };
        Ok(Self { status, version: self.version.next(), ..self })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ids::Id;

    fn proposed() -> BackupSupply {
        let reason = Reason::parse("连续三周未配送").unwrap();
        BackupSupply {
            id: BackupSupplyId::from_number(1),
            office: OrganizationId::from_number(2),
            product: SelectedProductId::from_number(3),
            backup: SelectedProductId::from_number(4),
            region: RegionCode::parse("310000").unwrap(),
            from: Day::parse("1970-01-01").unwrap(),
            reason: reason.clone(),
            evidence: reason,
            proposed: (UserId::from_number(5), Timestamp::from_micros(0)),
            status: BackupStatus::Proposed,
            moved: 0,
            returned: 0,
            version: Version::FIRST,
        }
    }

    #[test]
    fn every_state_answers_every_command() {
        const NO: &str = "BACKUP_SUPPLY_STATE";
        let reason = Reason::parse("恢复供应").unwrap();
        let (other, at) = (UserId::from_number(6), Timestamp::from_micros(1));
        let commands =
            [BackupCommand::Confirm, BackupCommand::Refuse(reason.clone()), BackupCommand::End(reason)];
        let told = |supply: &BackupSupply| {
            commands.clone().map(|command| match supply.clone().apply(command, other, at) {
                Ok(next) => next.status.label(),
                Err(refusal) => refusal.code.spec().name,
            })
        };
        let after = |supply: &BackupSupply, command: usize| {
            supply.clone().apply(commands[command].clone(), other, at).unwrap()
        };
        let begun = after(&proposed(), 0);
        assert_eq!(told(&proposed()), ["IN_FORCE", "REFUSED", NO]);
        assert_eq!(told(&begun), [NO, NO, "ENDED"]);
        assert_eq!(told(&after(&proposed(), 1)), [NO; 3]);
        assert_eq!(told(&after(&begun, 2)), [NO; 3]);
    }

    #[test]
    fn another_person_confirms_it_and_not_before_its_day() {
        let at = Timestamp::from_micros(1);
        let own = proposed().apply(BackupCommand::Confirm, UserId::from_number(5), at);
        assert_eq!(own.unwrap_err().code, Code::SecondPersonNeeded);
        let later = BackupSupply { from: Day::parse("1970-01-02").unwrap(), ..proposed() };
        let early = later.clone().apply(BackupCommand::Confirm, UserId::from_number(6), at).unwrap_err();
        assert_eq!(
            (early.code, early.allowed.as_deref()),
            (Code::BackupSupplyState, Some("not before 1970-01-02"))
        );
        let day = Timestamp::from_micros(86_400_000_000);
        assert!(later.apply(BackupCommand::Confirm, UserId::from_number(6), day).is_ok());
    }
}
