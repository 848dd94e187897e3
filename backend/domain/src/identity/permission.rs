//! Who may do what. A role that a permission does not name is denied.
use crate::identity::Role;

/// Something that a use case asks for before it acts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Permission {
    /// Open and change alliances, and who belongs to them.
    KeepAlliances,
    /// See what the platform has to do, and retry or discard what was given up.
    KeepJobs,
    /// Invite, reset, disable and enable users of the own organization.
    ManageUsers,
    /// See the own account and end its sessions, set its second factor.
    OwnAccount,
    /// See the own organization and its users.
    OwnOrganization,
    /// Correct and resubmit the own registration.
    OwnRegistration,
    /// Read the audit log.
    ReadAudit,
    /// Approve, return, suspend and reinstate organizations.
    ReviewOrganizations,
    /// See organizations of the jurisdiction.
    ViewOrganizations,
}

/// What a permission reaches.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reach {
    /// The caller's own organization.
    Own,
    /// Every organization of the caller's regions.
    Jurisdiction,
}

/// A row of the table.
#[derive(Clone, Copy, Debug)]
pub struct Rule {
    /// The roles that have the permission.
    pub roles: &'static [Role],
    /// Whether only managers of the organization have it.
    pub managers_only: bool,
    /// Whether it holds while the organization is not approved.
    pub before_approval: bool,
    /// What it reaches.
    pub reach: Reach,
}

const fn rule(roles: &'static [Role], reach: Reach) -> Rule {
    Rule { roles, managers_only: false, before_approval: false, reach }
}

impl Permission {
    /// Every permission.
    pub const ALL: &[Permission] = &[
        Self::KeepAlliances,
        Self::KeepJobs,
        Self::ManageUsers,
        Self::OwnAccount,
        Self::OwnOrganization,
        Self::OwnRegistration,
        Self::ReadAudit,
        Self::ReviewOrganizations,
        Self::ViewOrganizations,
    ];

    /// The row of the table.
    pub const fn rule(self) -> Rule {
        match self {
            Self::KeepAlliances => rule(&[Role::ProcurementOffice], Reach::Own),
            Self::KeepJobs => rule(&[Role::Admin], Reach::Jurisdiction),
            Self::ManageUsers => Rule { managers_only: true, ..rule(Role::ALL, Reach::Own) },
            Self::OwnAccount | Self::OwnOrganization => {
                Rule { before_approval: true, ..rule(Role::ALL, Reach::Own) }
            }
            Self::OwnRegistration => {
                Rule { managers_only: true, before_approval: true, ..rule(Role::ALL, Reach::Own) }
            }
            Self::ReadAudit => rule(&[Role::Auditor], Reach::Jurisdiction),
            Self::ReviewOrganizations => rule(&[Role::Admin], Reach::Jurisdiction),
            Self::ViewOrganizations => rule(
                &[Role::Admin, Role::Auditor, Role::ProcurementOffice, Role::Regulator],
                Reach::Jurisdiction,
            ),
        }
    }
}
