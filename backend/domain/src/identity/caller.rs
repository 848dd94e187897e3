//! Who asks, and what of the platform they may reach.
use crate::errors::{Code, Refusal};
use crate::identity::permission::Reach;
use crate::identity::{Permission, RegionCode, Role};
use crate::ids::{ClientId, OrganizationId, SessionId, UserId};

/// Who asks: a person or a program, of an organization.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Caller {
    /// The person or the program.
    pub who: Who,
    /// The organization that it belongs to.
    pub organization: OrganizationId,
    /// What it acts as.
    pub role: Role,
    /// Whether it manages the organization's users.
    pub manager: bool,
    /// Whether the organization is approved.
    pub approved: bool,
    /// The regions that the organization acts in.
    pub regions: Vec<RegionCode>,
}

/// A person or a program.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Who {
    /// A logged-in user.
    User {
        /// The user.
        user: UserId,
        /// The login.
        session: SessionId,
    },
    /// A client: it has no account of its own and no second factor, and manages nobody.
    Client {
        /// The client.
        client: ClientId,
        /// What it was given of what its role may.
        permissions: Vec<Permission>,
    },
}

impl Who {
    fn may(&self, permission: Permission) -> bool {
        match self {
            Self::User { .. } => true,
            Self::Client { client: _, permissions } => {
                permission.rule().clients && permissions.contains(&permission)
            }
        }
    }
}

/// The id of the person or the program.
impl std::fmt::Display for Who {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::User { user, .. } => write!(f, "{user}"),
            Self::Client { client, .. } => write!(f, "{client}"),
        }
    }
}

/// What decides, beside who it is, what somebody may. A webhook has this and no more: it is nobody who logs in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Standing<'a> {
    /// The organization.
    pub organization: OrganizationId,
    /// What it acts as.
    pub role: Role,
    /// Whether it manages the organization's users.
    pub manager: bool,
    /// Whether the organization is approved.
    pub approved: bool,
    /// The regions that the organization acts in.
    pub regions: &'a [RegionCode],
}

/// What a store function may reach. Made only from a permission, or for what is public.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Scope(Reachable);

#[derive(Clone, Debug, PartialEq, Eq)]
enum Reachable {
    Organization(OrganizationId),
    Regions(Vec<RegionCode>),
}

impl Caller {
    /// What the permission lets the caller reach. Errors: `FORBIDDEN`.
    pub fn require(&self, permission: Permission) -> Result<Scope, Refusal> {
        let Caller { organization, role, manager, approved, regions, .. } = self;
        let (organization, role, manager, approved) = (*organization, *role, *manager, *approved);
        if !self.who.may(permission) {
            return Err(Refusal::of(Code::Forbidden));
        }
        Standing { organization, role, manager, approved, regions }.require(permission)
    }

    /// The user. Errors: `FORBIDDEN` for a client.
    pub fn user(&self) -> Result<UserId, Refusal> {
        match self.who {
            Who::User { user, .. } => Ok(user),
            Who::Client { .. } => Err(Refusal::of(Code::Forbidden)),
        }
    }

    /// The login. Errors: `FORBIDDEN` for a client.
    pub fn session(&self) -> Result<SessionId, Refusal> {
        match self.who {
            Who::User { session, .. } => Ok(session),
            Who::Client { .. } => Err(Refusal::of(Code::Forbidden)),
        }
    }

    /// Refuses whoever would review their own organization. Errors: `SELF_REVIEW`.
    pub fn reviews(&self, organization: OrganizationId) -> Result<(), Refusal> {
        if self.organization == organization { Err(Refusal::of(Code::SelfReview)) } else { Ok(()) }
    }
}

impl Standing<'_> {
    /// What the permission lets it reach. Errors: `FORBIDDEN`.
    pub fn require(self, permission: Permission) -> Result<Scope, Refusal> {
        let rule = permission.rule();
        let allowed = rule.roles.contains(&self.role)
            && (self.manager || !rule.managers_only)
            && (self.approved || rule.before_approval);
        if !allowed {
            return Err(Refusal::of(Code::Forbidden));
        }
        Ok(Scope(match rule.reach {
            Reach::Own => Reachable::Organization(self.organization),
            Reach::Jurisdiction => Reachable::Regions(self.regions.to_vec()),
        }))
    }
}

impl Scope {
    /// The one organization that may be reached; none where the scope is a jurisdiction.
    pub fn organization(&self) -> Option<OrganizationId> {
        match &self.0 {
            Reachable::Organization(id) => Some(*id),
            Reachable::Regions(_) => None,
        }
    }

    /// The regions whose parts may be reached; none where the scope is one organization.
    pub fn regions(&self) -> &[RegionCode] {
        match &self.0 {
            Reachable::Organization(_) => &[],
            Reachable::Regions(regions) => regions,
        }
    }

    /// Whether an organization of those regions may be reached: the own one, or one that acts inside the jurisdiction or over it.
    pub fn reaches(&self, organization: OrganizationId, regions: &[RegionCode]) -> bool {
        let near = |own: &RegionCode, other: &RegionCode| own.covers(*other) || other.covers(*own);
        match &self.0 {
            Reachable::Organization(own) => *own == organization,
            Reachable::Regions(own) => own.iter().any(|own| regions.iter().any(|other| near(own, other))),
        }
    }

    /// Whether the region is inside a jurisdiction.
    pub fn covers(&self, region: RegionCode) -> bool {
        self.regions().iter().any(|own| own.covers(region))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ids::Id;

    fn caller(role: Role) -> Caller {
        Caller {
            who: Who::User { user: UserId::from_number(1), session: SessionId::from_number(3) },
            organization: OrganizationId::from_number(2),
            role,
            manager: true,
            approved: true,
            regions: vec![RegionCode::parse("320000").unwrap()],
        }
    }

    #[test]
    fn the_table_of_roles_and_permissions() {
        let everyone = "AnnounceResults:ProcurementOffice \
             AnswerDistribution:Distributor \
             ApplyForListing:Manufacturer \
             ApplyForRounds:Manufacturer \
             ApplyForSettlement:Manufacturer,Distributor \
             AppointDistributors:Manufacturer \
             AppointManagers:Admin \
             ChangeVolumes:Manufacturer,Hospital \
             ChooseDistributors:Hospital \
             ChooseRegions:Manufacturer \
             CollectPrices:ProcurementOffice,Regulator \
             ConfirmStatements:Hospital \
             DecideObjections:ProcurementOffice \
             FulfilOrders:Manufacturer,Distributor \
             HandleAlerts:ProcurementOffice,Regulator \
             HoldShares:KeyCustodian \
             ImportOrganizations:Admin \
             ImportResults:ProcurementOffice \
             KeepAlliances:ProcurementOffice \
             KeepIndices:ProcurementOffice,Regulator \
             KeepJobs:Admin \
             KeepLedger:InsuranceAgency \
             KeepPaymentStandards:InsuranceAgency,Regulator \
             KeepReleases:ProcurementOffice,Admin \
             ManageClients:Manufacturer,Distributor,Hospital,ProcurementOffice,KeyCustodian,Reviewer,InsuranceAgency,Regulator,Auditor,Admin \
             ManageContracts:ProcurementOffice \
             MarkListings:ProcurementOffice,Regulator \
             ManageUsers:Manufacturer,Distributor,Hospital,ProcurementOffice,KeyCustodian,Reviewer,InsuranceAgency,Regulator,Auditor,Admin \
             ManageWebhooks:Manufacturer,Distributor,Hospital,ProcurementOffice,KeyCustodian,Reviewer,InsuranceAgency,Regulator,Auditor,Admin \
             Object:Manufacturer \
             ObserveAlerts:ProcurementOffice,Regulator,Auditor \
             ObserveContracts:Regulator,Auditor \
             ObserveListings:ProcurementOffice,Regulator,Auditor \
             ObservePrices:ProcurementOffice,Regulator,Auditor \
             ObserveRounds:Regulator,Auditor \
             ObserveSettlement:InsuranceAgency,Regulator,Auditor \
             OwnAccount:Manufacturer,Distributor,Hospital,ProcurementOffice,KeyCustodian,Reviewer,InsuranceAgency,Regulator,Auditor,Admin \
             OwnAlerts:Manufacturer \
             OwnContracts:Manufacturer,Distributor,Hospital \
             OwnDistribution:Manufacturer,Distributor,Hospital \
             OwnOrganization:Manufacturer,Distributor,Hospital,ProcurementOffice,KeyCustodian,Reviewer,InsuranceAgency,Regulator,Auditor,Admin \
             OwnPrices:Manufacturer,Hospital \
             OwnRegistration:Manufacturer,Distributor,Hospital,ProcurementOffice,KeyCustodian,Reviewer,InsuranceAgency,Regulator,Auditor,Admin \
             OwnSettlement:Manufacturer,Distributor,Hospital \
             PlaceOrders:Hospital \
             ProposeItems:Manufacturer,ProcurementOffice \
             PublishNotices:ProcurementOffice \
             PublishRounds:ProcurementOffice \
             RationSupply:ProcurementOffice \
             ReadAudit:Auditor \
             ReportDemand:Hospital \
             ReportPrices:Manufacturer,Hospital \
             ResolveTies:ProcurementOffice \
             ReviewDemand:Reviewer \
             ReviewItems:ProcurementOffice,Admin \
             ReviewListings:ProcurementOffice \
             ReviewOrganizations:Admin \
             ReviewQualifications:ProcurementOffice \
             RunSupplySelection:ProcurementOffice \
             SealContracts:Manufacturer,Distributor,Hospital \
             SharePrices:ProcurementOffice,Regulator \
             SubmitBids:Manufacturer \
             ViewItems:Manufacturer,Distributor,Hospital,ProcurementOffice,KeyCustodian,Reviewer,InsuranceAgency,Regulator,Auditor,Admin \
             ViewLicences:ProcurementOffice,Reviewer,Regulator,Auditor,Admin \
             ViewOrganizations:ProcurementOffice,Regulator,Auditor,Admin \
             WithdrawSelection:Manufacturer";
        assert_eq!(table(caller), everyone);
    }

    /// A client with every permission there is, whatever the table says.
    fn client(role: Role) -> Caller {
        let permissions = Permission::ALL.to_vec();
        let who = Who::Client { client: ClientId::from_number(4), permissions };
        Caller { who, manager: false, ..caller(role) }
    }

    fn table(caller: impl Fn(Role) -> Caller) -> String {
        let rows = Permission::ALL.iter().map(|permission| {
            let holders = Role::ALL.iter().filter(|role| caller(**role).require(*permission).is_ok());
            let names: Vec<_> = holders.map(|role| format!("{role:?}")).collect();
            (permission, names)
        });
        let held = rows.filter(|(_, names)| !names.is_empty());
        let lines = held.map(|(permission, names)| format!("{permission:?}:{}", names.join(",")));
        lines.collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn the_table_of_roles_and_permissions_of_clients() {
        let everything = "CollectPrices:ProcurementOffice,Regulator \
             FulfilOrders:Manufacturer,Distributor \
             ObserveAlerts:ProcurementOffice,Regulator,Auditor \
             ObserveContracts:Regulator,Auditor \
             ObserveListings:ProcurementOffice,Regulator,Auditor \
             ObservePrices:ProcurementOffice,Regulator,Auditor \
             ObserveRounds:Regulator,Auditor \
             ObserveSettlement:InsuranceAgency,Regulator,Auditor \
             OwnAlerts:Manufacturer \
             OwnContracts:Manufacturer,Distributor,Hospital \
             OwnDistribution:Manufacturer,Distributor,Hospital \
             OwnOrganization:Manufacturer,Distributor,Hospital,ProcurementOffice,KeyCustodian,Reviewer,InsuranceAgency,Regulator,Auditor,Admin \
             OwnPrices:Manufacturer,Hospital \
             OwnSettlement:Manufacturer,Distributor,Hospital \
             PlaceOrders:Hospital \
             ReadAudit:Auditor \
             ReportDemand:Hospital \
             ReportPrices:Manufacturer,Hospital \
             ViewItems:Manufacturer,Distributor,Hospital,ProcurementOffice,KeyCustodian,Reviewer,InsuranceAgency,Regulator,Auditor,Admin \
             ViewLicences:ProcurementOffice,Reviewer,Regulator,Auditor,Admin \
             ViewOrganizations:ProcurementOffice,Regulator,Auditor,Admin";
        assert_eq!(table(client), everything);
        assert_eq!(table(|role| Caller { manager: true, ..client(role) }), everything);
    }

    #[test]
    fn a_client_may_only_what_it_was_given_and_is_no_user() {
        let permissions = vec![Permission::OwnOrganization, Permission::ReviewOrganizations];
        let who = Who::Client { client: ClientId::from_number(4), permissions };
        let limited = Caller { who, ..client(Role::Admin) };
        let allowed = Permission::ALL.iter().filter(|permission| limited.require(**permission).is_ok());
        assert!(allowed.eq([Permission::OwnOrganization].iter()));
        assert_eq!(limited.user().unwrap_err().code, Code::Forbidden);
        assert_eq!(limited.session().unwrap_err().code, Code::Forbidden);
        assert_eq!(limited.who.to_string(), "cli_00000000000000000000000000000004");
    }

    #[test]
    fn a_clerk_manages_nobody_and_the_unapproved_look_only_at_themselves() {
        let clerk = Caller { manager: false, ..caller(Role::Hospital) };
        assert_eq!(clerk.require(Permission::ManageUsers).unwrap_err().code, Code::Forbidden);
        let pending = Caller { approved: false, ..caller(Role::Admin) };
        let open = Permission::ALL.iter().filter(|permission| pending.require(**permission).is_ok());
        let expected = [Permission::OwnAccount, Permission::OwnOrganization, Permission::OwnRegistration];
        assert!(open.eq(expected.iter()));
    }

    #[test]
    fn a_permission_reaches_the_own_organization_or_the_jurisdiction() {
        let regulator = caller(Role::Regulator);
        let own = regulator.require(Permission::OwnOrganization).unwrap();
        assert_eq!((own.organization(), own.regions().len()), (Some(regulator.organization), 0));
        let wide = regulator.require(Permission::ViewOrganizations).unwrap();
        assert_eq!(wide.organization(), None);
        assert!(wide.covers(RegionCode::parse("320106").unwrap()));
        assert!(!wide.covers(RegionCode::parse("310000").unwrap()));
    }

    #[test]
    fn nobody_reviews_their_own_organization() {
        let admin = caller(Role::Admin);
        assert_eq!(admin.reviews(admin.organization).unwrap_err().code, Code::SelfReview);
        assert!(admin.reviews(OrganizationId::from_number(9)).is_ok());
    }
}
