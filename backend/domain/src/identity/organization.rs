//! An organization from its registration over its review to its suspension.
use crate::errors::{Code, Refusal};
use crate::identity::{CreditCode, Name, OrganizationKind, Reason, RegionCode};
use crate::ids::OrganizationId;

/// Counts the changes of an aggregate, from 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Version(i32);

impl Version {
    /// The version of something new.
    pub const FIRST: Version = Version(1);

    /// That version.
    pub const fn new(number: i32) -> Self {
        Self(number)
    }

    /// The number.
    pub const fn number(self) -> i32 {
        self.0
    }

    /// The version after one more change.
    #[must_use]
    pub const fn next(self) -> Self {
        Self(self.0.saturating_add(1))
    }
}

/// An organization.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Organization {
    /// Its id.
    pub id: OrganizationId,
    /// Its type.
    pub kind: OrganizationKind,
    /// Its name.
    pub name: Name,
    /// Its unified social credit code.
    pub credit_code: CreditCode,
    /// The regions that it acts in.
    pub regions: Vec<RegionCode>,
    /// Where it is between registration and suspension.
    pub status: OrganizationStatus,
    /// How often it changed.
    pub version: Version,
}

/// Where an organization is between registration and suspension.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum OrganizationStatus {
    /// Registered, waiting for review.
    Pending,
    /// Reviewed; its users may act.
    Approved,
    /// Sent back; may be submitted again.
    Returned {
        /// What has to be put right.
        reason: Reason,
    },
    /// Its users may look and not act.
    Suspended {
        /// Why.
        reason: Reason,
    },
}

/// What can happen to an organization.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum OrganizationCommand {
    /// The review found it in order.
    Approve,
    /// The review found a fault.
    Return {
        /// What has to be put right.
        reason: Reason,
    },
    /// It put the fault right.
    Resubmit {
        /// Its corrected name.
        name: Name,
        /// Its corrected regions.
        regions: Vec<RegionCode>,
    },
    /// It may not act for now.
    Suspend {
        /// Why.
        reason: Reason,
    },
    /// It may act again.
    Reinstate,
    /// It added or removed a licence: whoever reviews it has to look again.
    ChangeLicences,
}

impl OrganizationStatus {
    /// The stable label.
    pub const fn label(&self) -> &'static str {
        match self {
            Self::Pending => "PENDING",
            Self::Approved => "APPROVED",
            Self::Returned { .. } => "RETURNED",
            Self::Suspended { .. } => "SUSPENDED",
        }
    }

    /// Why it was returned or suspended.
    pub const fn reason(&self) -> Option<&Reason> {
        match self {
            Self::Pending | Self::Approved => None,
            Self::Returned { reason } | Self::Suspended { reason } => Some(reason),
        }
    }

    fn next(&self, command: &OrganizationCommand) -> Option<OrganizationStatus> {
        use OrganizationCommand as C;
        match (self, command) {
            (Self::Pending, C::Approve) | (Self::Suspended { .. }, C::Reinstate) => Some(Self::Approved),
            (Self::Pending, C::Return { reason }) => Some(Self::Returned { reason: reason.clone() }),
            (Self::Returned { .. }, C::Resubmit { .. }) => Some(Self::Pending),
            (status, C::ChangeLicences) => Some(status.clone()),
            (Self::Approved, C::Suspend { reason }) => Some(Self::Suspended { reason: reason.clone() }),
            (Self::Pending, C::Resubmit { .. } | C::Suspend { .. } | C::Reinstate)
            | (Self::Approved, C::Approve | C::Return { .. } | C::Resubmit { .. } | C::Reinstate)
            | (Self::Returned { .. }, C::Approve | C::Return { .. } | C::Suspend { .. } | C::Reinstate)
            | (
                Self::Suspended { .. },
                C::Approve | C::Return { .. } | C::Resubmit { .. } | C::Suspend { .. },
            ) => None,
        }
    }
}

impl Organization {
    /// The organization after the command. Errors: `ORGANIZATION_STATE`, `REGION_INVALID` without a region.
    pub fn apply(self, command: OrganizationCommand) -> Result<Organization, Refusal> {
        let status = self.status.next(&command).ok_or_else(|| {
            Refusal::of(Code::OrganizationState).allowing(format!("not while {}", self.status.label()))
        })?;
        let (name, regions) = match command {
            OrganizationCommand::Resubmit { name, regions } => (name, in_order(regions)?),
            OrganizationCommand::Approve
            | OrganizationCommand::Return { .. }
            | OrganizationCommand::Suspend { .. }
            | OrganizationCommand::Reinstate
            | OrganizationCommand::ChangeLicences => (self.name, self.regions),
        };
        Ok(Organization { name, regions, status, version: self.version.next(), ..self })
    }

    /// A new organization, waiting for review. Errors: `REGION_INVALID` without a region.
    pub fn register(
        id: OrganizationId,
        kind: OrganizationKind,
        name: Name,
        credit_code: CreditCode,
        regions: Vec<RegionCode>,
    ) -> Result<Organization, Refusal> {
        let regions = in_order(regions)?;
        let status = OrganizationStatus::Pending;
        Ok(Organization { id, kind, name, credit_code, regions, status, version: Version::FIRST })
    }
}

fn in_order(mut regions: Vec<RegionCode>) -> Result<Vec<RegionCode>, Refusal> {
    const REGIONS_MAX: usize = 40;
    regions.sort_unstable();
    regions.dedup();
    if regions.is_empty() || regions.len() > REGIONS_MAX {
        return Err(Refusal::of(Code::RegionInvalid).at("regions").allowing(format!("1 to {REGIONS_MAX}")));
    }
    Ok(regions)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ids::Id;

    fn reason() -> Reason {
        Reason::parse("许可证已过期").unwrap()
    }

    fn statuses() -> [OrganizationStatus; 4] {
        use OrganizationStatus as S;
        [S::Pending, S::Approved, S::Returned { reason: reason() }, S::Suspended { reason: reason() }]
    }

    fn commands() -> [OrganizationCommand; 6] {
        use OrganizationCommand as C;
        let name = Name::parse("乙").unwrap();
        let regions = vec![RegionCode::NATION];
        [
            C::Approve,
            C::Return { reason: reason() },
            C::Resubmit { name, regions },
            C::Suspend { reason: reason() },
            C::Reinstate,
            C::ChangeLicences,
        ]
    }

    fn organization(status: OrganizationStatus) -> Organization {
        Organization {
            id: OrganizationId::from_number(1),
            kind: OrganizationKind::Hospital,
            name: Name::parse("甲").unwrap(),
            credit_code: CreditCode::parse("914403001922038216").unwrap(),
            regions: vec![RegionCode::NATION],
            status,
            version: Version::FIRST,
        }
    }

    #[test]
    fn every_state_answers_every_command() {
        const NO: &str = "ORGANIZATION_STATE";
        let table = [
            ("PENDING", ["APPROVED", "RETURNED", NO, NO, NO, "PENDING"]),
            ("APPROVED", [NO, NO, NO, "SUSPENDED", NO, "APPROVED"]),
            ("RETURNED", [NO, NO, "PENDING", NO, NO, "RETURNED"]),
            ("SUSPENDED", [NO, NO, NO, NO, "APPROVED", "SUSPENDED"]),
        ];
        for (status, (label, row)) in statuses().into_iter().zip(table) {
            assert_eq!(status.label(), label);
            for (command, expected) in commands().into_iter().zip(row) {
                let outcome = organization(status.clone()).apply(command);
                let label =
                    outcome.map_or_else(|refusal| refusal.code.spec().name, |next| next.status.label());
                assert_eq!(label, expected, "{status:?}");
            }
        }
    }

    #[test]
    fn a_resubmission_corrects_name_and_regions_and_counts_as_a_change() {
        let returned = organization(OrganizationStatus::Returned { reason: reason() });
        let [_, _, resubmit, _, _, _] = commands();
        let pending = returned.apply(resubmit).unwrap();
        assert_eq!(pending.name.as_str(), "乙");
        assert_eq!(pending.version, Version::new(2));
    }

    #[test]
    fn an_organization_acts_somewhere() {
        let one = organization(OrganizationStatus::Pending);
        let nowhere = Organization::register(one.id, one.kind, one.name, one.credit_code, Vec::new());
        assert_eq!(nowhere.unwrap_err().code, Code::RegionInvalid);
    }
}
