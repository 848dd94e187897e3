//! A user from invitation to disablement.
use crate::errors::{Code, Refusal};
use crate::identity::{LoginName, Name, OrganizationKind, Role, Version};
use crate::ids::{OrganizationId, UserId};

/// A person, or a clerk, of an organization.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct User {
    /// Its id.
    pub id: UserId,
    /// The organization that it belongs to.
    pub organization: OrganizationId,
    /// What it logs in as.
    pub login: LoginName,
    /// The person's name.
    pub name: Name,
    /// What it acts as.
    pub role: Role,
    /// Whether it invites, resets and disables the organization's users.
    pub manager: bool,
    /// Where it is between invitation and disablement.
    pub status: UserStatus,
    /// Whether a one-time code is asked for at login.
    pub second_factor: bool,
    /// How often it changed.
    pub version: Version,
}

/// Where a user is between invitation and disablement.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UserStatus {
    /// Invited, without a password.
    Invited,
    /// May log in.
    Active,
    /// May not log in.
    Disabled,
}

/// For how long a login, an invitation or a reset is remembered after it would have expired, ended before that or not. Who logged
/// in and who was invited stays in the audit log.
pub const EXPIRED_KEPT_SECONDS: i64 = 7 * 24 * 3600;

/// What can happen to a user.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UserCommand {
    /// It set a password by an invitation or a reset.
    SetPassword,
    /// A manager asked it to set a new password; the old one no longer works.
    Reset,
    /// It may no longer log in.
    Disable,
    /// It may set a password again.
    Enable,
}

impl UserStatus {
    /// Every status.
    pub const ALL: &[UserStatus] = &[Self::Invited, Self::Active, Self::Disabled];

    /// The stable label.
    pub const fn label(self) -> &'static str {
        match self {
            Self::Invited => "INVITED",
            Self::Active => "ACTIVE",
            Self::Disabled => "DISABLED",
        }
    }

    /// The status with that label.
    pub fn from_label(label: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|status| status.label() == label)
    }

    const fn next(self, command: UserCommand) -> Option<UserStatus> {
        use UserCommand as C;
        match (self, command) {
            (Self::Invited, C::SetPassword) => Some(Self::Active),
            (Self::Invited | Self::Active, C::Reset) | (Self::Disabled, C::Enable) => Some(Self::Invited),
            (Self::Invited | Self::Active, C::Disable) => Some(Self::Disabled),
            (Self::Invited | Self::Active, C::Enable)
            | (Self::Active, C::SetPassword)
            | (Self::Disabled, C::SetPassword | C::Reset | C::Disable) => None,
        }
    }
}

impl User {
    /// A user without a password. Errors: `ROLE_INVALID` for a role that the organization does not have.
    pub fn invite(
        id: UserId,
        organization: (OrganizationId, OrganizationKind),
        login: LoginName,
        name: Name,
        role: Role,
    ) -> Result<User, Refusal> {
        let (organization, kind) = organization;
        if !kind.may_have(role) {
            return Err(Refusal::of(Code::RoleInvalid).at("role").allowing(kind.first_role().label()));
        }
        Ok(User {
            id,
            organization,
            login,
            name,
            role,
            manager: false,
            status: UserStatus::Invited,
            second_factor: false,
            version: Version::FIRST,
        })
    }

    /// The user after the command. A reset and a disablement drop the second factor. Errors: `USER_STATE`.
    pub fn apply(self, command: UserCommand) -> Result<User, Refusal> {
        let status = self.status.next(command).ok_or_else(|| {
            Refusal::of(Code::UserState).allowing(format!("not while {}", self.status.label()))
        })?;
        let second_factor = self.second_factor && status == UserStatus::Active;
        Ok(User { status, second_factor, version: self.version.next(), ..self })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ids::Id;

    fn user(status: UserStatus) -> User {
        let organization = (OrganizationId::from_number(1), OrganizationKind::ProcurementOffice);
        let login = LoginName::parse("li.na@914403001922038216").unwrap();
        let name = Name::parse("李娜").unwrap();
        let invited = User::invite(UserId::from_number(1), organization, login, name, Role::KeyCustodian);
        User { status, second_factor: true, ..invited.unwrap() }
    }

    #[test]
    fn every_state_answers_every_command() {
        use UserCommand as C;
        const NO: &str = "USER_STATE";
        let table = [
            (UserStatus::Invited, ["ACTIVE", "INVITED", "DISABLED", NO]),
            (UserStatus::Active, [NO, "INVITED", "DISABLED", NO]),
            (UserStatus::Disabled, [NO, NO, NO, "INVITED"]),
        ];
        for (status, row) in table {
            for (command, expected) in [C::SetPassword, C::Reset, C::Disable, C::Enable].into_iter().zip(row)
            {
                let outcome = user(status).apply(command);
                let label =
                    outcome.map_or_else(|refusal| refusal.code.spec().name, |next| next.status.label());
                assert_eq!(label, expected, "{status:?} {command:?}");
            }
        }
    }

    #[test]
    fn a_reset_drops_the_second_factor() {
        assert!(!user(UserStatus::Active).apply(UserCommand::Reset).unwrap().second_factor);
    }

    #[test]
    fn a_role_of_another_type_is_refused() {
        let one = user(UserStatus::Invited);
        let hospital = (one.organization, OrganizationKind::Hospital);
        let refused = User::invite(one.id, hospital, one.login, one.name, Role::Admin).unwrap_err();
        assert_eq!((refused.code, refused.allowed.as_deref()), (Code::RoleInvalid, Some("HOSPITAL")));
    }
}
