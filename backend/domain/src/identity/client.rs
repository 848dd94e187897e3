//! A program of an organization, such as a hospital's information system, that gets access tokens by a secret of its own.
use crate::errors::{Code, Refusal};
use crate::identity::{Name, OrganizationKind, Permission, Role, Version};
use crate::ids::{ClientId, OrganizationId};

/// A client. It is no user: it has no password, no second factor, and manages nobody.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Client {
    /// Its id, which it shows with its secret.
    pub id: ClientId,
    /// The organization that it belongs to.
    pub organization: OrganizationId,
    /// What its organization calls it.
    pub name: Name,
    /// What it acts as.
    pub role: Role,
    /// What it was given of what its role may.
    pub permissions: Vec<Permission>,
    /// Whether it gets tokens.
    pub status: ClientStatus,
    /// Which secret it has, from 1.
    pub generation: i32,
    /// How often it changed.
    pub version: Version,
}

/// Whether a client gets tokens. A disabled client stays disabled: another one takes its place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ClientStatus {
    /// It does.
    Active,
    /// It does not, and the tokens that it has are refused.
    Disabled,
}

impl ClientStatus {
    /// Every status.
    pub const ALL: &[ClientStatus] = &[Self::Active, Self::Disabled];

    /// The stable label, in rows and on the wire.
    pub const fn label(self) -> &'static str {
        match self {
            Self::Active => "ACTIVE",
            Self::Disabled => "DISABLED",
        }
    }

    /// The status with that label.
    pub fn from_label(label: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|status| status.label() == label)
    }
}

/// For how many seconds the secret before the new one stays good, so that a running system can be set to the new one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Overlap(i64);

impl Overlap {
    /// A week at most.
    pub const SECONDS_MAX: i64 = 7 * 24 * 3600;

    /// 0 to 604800; 0 ends the old secret at once. Errors: `OVERLAP_INVALID`.
    pub fn parse(seconds: i64) -> Result<Self, Refusal> {
        let fits = (0..=Self::SECONDS_MAX).contains(&seconds);
        if fits { Ok(Self(seconds)) } else { Err(Refusal::of(Code::OverlapInvalid).at("overlapSeconds")) }
    }

    /// The seconds.
    pub const fn seconds(self) -> i64 {
        self.0
    }
}

impl Client {
    /// A client with its first secret. Errors: `ROLE_INVALID`, `PERMISSION_INVALID`.
    pub fn create(
        id: ClientId,
        (organization, kind): (OrganizationId, OrganizationKind),
        name: Name,
        role: Role,
        permissions: &[Permission],
    ) -> Result<Client, Refusal> {
        let open = || Permission::ALL.iter().copied().filter(|one| one.open_to_clients_of(role));
        let given: Vec<Permission> = open().filter(|one| permissions.contains(one)).collect();
        if given.is_empty() || permissions.iter().any(|one| !given.contains(one)) {
            let allowed: Vec<&str> = open().map(Permission::label).collect();
            return Err(Refusal::of(Code::PermissionInvalid).at("permissions").allowing(allowed.join(", ")));
        }
        if !kind.may_have(role) {
            return Err(Refusal::of(Code::RoleInvalid).at("role").allowing(kind.first_role().label()));
        }
        Ok(Client {
            id,
            organization,
            name,
            role,
            permissions: given,
            status: ClientStatus::Active,
            generation: 1,
            version: Version::FIRST,
        })
    }

    /// The client with another secret. Errors: `CLIENT_STATE`.
    pub fn rotate_secret(self) -> Result<Client, Refusal> {
        let generation = self.generation.saturating_add(1);
        Ok(Client { generation, ..self.changed()? })
    }

    /// The client without access. Errors: `CLIENT_STATE`.
    pub fn disable(self) -> Result<Client, Refusal> {
        Ok(Client { status: ClientStatus::Disabled, ..self.changed()? })
    }

    fn changed(self) -> Result<Client, Refusal> {
        match self.status {
            ClientStatus::Active => Ok(Client { version: self.version.next(), ..self }),
            ClientStatus::Disabled => Err(Refusal::of(Code::ClientState)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ids::Id;

    fn created(kind: OrganizationKind, role: Role, permissions: &[Permission]) -> Result<Client, Refusal> {
        let organization = (OrganizationId::from_number(2), kind);
        Client::create(ClientId::from_number(1), organization, Name::parse("HIS").unwrap(), role, permissions)
    }

    #[test]
    fn a_client_has_a_role_of_its_organization_and_permissions_that_are_open_to_clients() {
        use OrganizationKind::{AuditBody, Hospital};
        use Permission::{ManageUsers, OwnOrganization, ReadAudit};
        let twice = [OwnOrganization, OwnOrganization];
        assert_eq!(created(Hospital, Role::Hospital, &twice).unwrap().permissions, [OwnOrganization]);
        let table: [(_, _, &[Permission], _, _); 4] = [
            (Hospital, Role::Auditor, &[OwnOrganization], Code::RoleInvalid, "HOSPITAL"),
            (
                Hospital,
                Role::Hospital,
                &[],
                Code::PermissionInvalid,
                "OWN_CONTRACTS, OWN_DISTRIBUTION, OWN_ORGANIZATION, OWN_PRICES, OWN_SETTLEMENT, PLACE_ORDERS, REPORT_DEMAND, REPORT_PRICES, VIEW_ITEMS",
            ),
            (
                Hospital,
                Role::Hospital,
                &[OwnOrganization, ReadAudit],
                Code::PermissionInvalid,
                "OWN_CONTRACTS, OWN_DISTRIBUTION, OWN_ORGANIZATION, OWN_PRICES, OWN_SETTLEMENT, PLACE_ORDERS, REPORT_DEMAND, REPORT_PRICES, VIEW_ITEMS",
            ),
            (
                AuditBody,
                Role::Auditor,
                &[ManageUsers],
                Code::PermissionInvalid,
                "OBSERVE_ALERTS, OBSERVE_CONTRACTS, OBSERVE_LISTINGS, OBSERVE_PRICES, OBSERVE_ROUNDS, OBSERVE_SETTLEMENT, OWN_ORGANIZATION, READ_AUDIT, VIEW_ITEMS, VIEW_LICENCES, VIEW_ORGANIZATIONS",
            ),
        ];
        for (kind, role, permissions, code, allowed) in table {
            let refused = created(kind, role, permissions).unwrap_err();
            assert_eq!((refused.code, refused.allowed.as_deref()), (code, Some(allowed)));
        }
    }

    #[test]
    fn a_disabled_client_stays_as_it_is() {
        let client = created(OrganizationKind::Hospital, Role::Hospital, &[Permission::OwnOrganization]);
        let rotated = client.unwrap().rotate_secret().unwrap();
        assert_eq!((rotated.generation, rotated.version.number()), (2, 2));
        let disabled = rotated.disable().unwrap();
        assert_eq!((disabled.status, disabled.version.number()), (ClientStatus::Disabled, 3));
        assert_eq!(disabled.clone().rotate_secret().unwrap_err().code, Code::ClientState);
        assert_eq!(disabled.disable().unwrap_err().code, Code::ClientState);
    }

    #[test]
    fn secrets_overlap_for_a_week_at_most() {
        assert_eq!(Overlap::parse(0).unwrap().seconds(), 0);
        assert_eq!(Overlap::parse(604_800).unwrap().seconds(), 604_800);
        for bad in [-1, 604_801] {
            assert_eq!(Overlap::parse(bad).unwrap_err().code, Code::OverlapInvalid);
        }
    }
}
