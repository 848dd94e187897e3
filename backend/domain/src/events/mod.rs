//! What the platform tells of: the entries of the audit log that concern somebody, in the log's order.
use std::collections::BTreeSet;

use crate::errors::{Code, Refusal};
use crate::identity::{Caller, Permission, Reach, RegionCode, Role, Scope, Standing};
use crate::ids::{OrganizationId, UserId};
use crate::time::Timestamp;

macro_rules! kinds {
    ($($(#[$doc:meta])* $kind:ident $own:ident $jurisdiction:ident;)+) => {
        /// What happened. Its name is that of the audit log's entry.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum EventKind {
            $($(#[$doc])* $kind,)+
        }

        impl EventKind {
            /// Every kind.
            pub const ALL: &[EventKind] = &[$(Self::$kind),+];

            /// Its name in the audit log.
            pub const fn name(self) -> &'static str {
                match self {
                    $(Self::$kind => stringify!($kind),)+
                }
            }

            /// What lets somebody hear of it: within the own organization, and over a jurisdiction.
            const fn permissions(self) -> [Permission; 2] {
                match self {
                    $(Self::$kind => [Permission::$own, Permission::$jurisdiction],)+
                }
            }
        }
    };
}

kinds! {
    /// A backup supplies in the place of a product, or does no longer.
    BackupSupplyDecided OwnContracts ObserveContracts;
    /// A contract was divided over institutions: its parties may seal it.
    ContractDivided OwnContracts ObserveContracts;
    /// A newer edition of its result ends a contract from a day on, or takes its place.
    ContractSuperseded OwnContracts ObserveContracts;
    /// Volume came to a supplier: a supplementary contract waits for the seals of its parties.
    ContractSupplemented OwnContracts ObserveContracts;
    /// A contract was ended before its time.
    ContractTerminated OwnContracts ObserveContracts;
    /// Contracts of selected products may go on after their term.
    ContractTermExtended OwnContracts ObserveContracts;
    /// An institution's demand for a round counts, and never changes again.
    DemandLocked ReportDemand ReviewDemand;
    /// An institution has to put its demand right.
    DemandReturned ReportDemand ReviewDemand;
    /// The fund settles for a hospital no longer.
    DesignationEnded OwnSettlement ObserveSettlement;
    /// A distributor accepted a distribution relation.
    DistributionAccepted OwnDistribution ObserveListings;
    /// A manufacturer asks a distributor to deliver in a city or county.
    DistributionProposed OwnDistribution ObserveListings;
    /// A distributor refused a distribution relation.
    DistributionRefused OwnDistribution ObserveListings;
    /// Another distributor took the place of one.
    DistributionReplaced OwnDistribution ObserveListings;
    /// A side ended a distribution relation.
    DistributionVoided OwnDistribution ObserveListings;
    /// An office decided about what an institution files to buy without a listing.
    FilingDecided OwnContracts ObserveListings;
    /// A hospital took a delivery, or rejected some of it.
    GoodsAccepted OwnContracts ObserveContracts;
    /// A hospital gave back what it had taken.
    GoodsReturned OwnContracts ObserveContracts;
    /// The fund settles for a hospital from a day on.
    HospitalDesignated OwnSettlement ObserveSettlement;
    /// An import ended before its last row.
    ImportFailed OwnOrganization OwnOrganization;
    /// Every row of an import was read.
    ImportFinished OwnOrganization OwnOrganization;
    /// An organization shows another licence.
    LicenceAdded OwnOrganization ViewLicences;
    /// An organization shows a licence no longer.
    LicenceRemoved OwnOrganization ViewLicences;
    /// An application for a listing, or a price of one, was decided.
    ListingDecided ApplyForListing ObserveListings;
    /// A listing was labelled, or its orders were stopped.
    ListingMarked ApplyForListing ObserveListings;
    /// A label of a listing, or what stopped its orders, was lifted.
    ListingMarkLifted ApplyForListing ObserveListings;
    /// A listing was suspended, listed again or delisted.
    ListingMoved ApplyForListing ObserveListings;
    /// An administrator invited a manager into an organization: those whom it has are told.
    ManagerInvited ManageUsers AppointManagers;
    /// A delivery of an order arrived.
    OrderArrived OwnContracts ObserveContracts;
    /// A hospital cancelled lines of an order before they were shipped.
    OrderCancelled OwnContracts ObserveContracts;
    /// A seller ships no more of lines of an order.
    OrderClosed OwnContracts ObserveContracts;
    /// A seller promised lines of an order.
    OrderConfirmed OwnContracts ObserveContracts;
    /// A hospital placed an order.
    OrderPlaced OwnContracts ObserveContracts;
    /// A seller refused lines of an order.
    OrderRefused OwnContracts ObserveContracts;
    /// A seller shipped lines of an order.
    OrderShipped OwnContracts ObserveContracts;
    /// An organization was approved.
    OrganizationApproved OwnOrganization ViewOrganizations;
    /// An organization asks to take part.
    OrganizationRegistered OwnOrganization ViewOrganizations;
    /// A suspended organization may act again.
    OrganizationReinstated OwnOrganization ViewOrganizations;
    /// A returned organization was put right.
    OrganizationResubmitted OwnOrganization ViewOrganizations;
    /// An organization has to put something right.
    OrganizationReturned OwnOrganization ViewOrganizations;
    /// An organization may not act for now.
    OrganizationSuspended OwnOrganization ViewOrganizations;
    /// A firm agreed to a negotiated price or refused it, or a side ended it.
    PriceAnswered OwnContracts OwnContracts;
    /// An institution asks a firm for a price.
    PriceProposed OwnContracts OwnContracts;
    /// New orders of a selected product are stopped.
    ProductBlocked OwnContracts ObserveContracts;
    /// What stopped new orders of a selected product was lifted.
    ProductUnblocked OwnContracts ObserveContracts;
    /// An applicant qualifies for a round, with the products that were approved.
    QualificationApproved ApplyForRounds ApplyForRounds;
    /// The office said who controls an applicant.
    QualificationGrouped ApplyForRounds ApplyForRounds;
    /// An applicant does not qualify for a round.
    QualificationRejected ApplyForRounds ApplyForRounds;
    /// A decision about an applicant was taken back.
    QualificationReopened ApplyForRounds ApplyForRounds;
    /// An applicant has to put something right.
    QualificationReturned ApplyForRounds ApplyForRounds;
    /// An application was handed in to the office of a round.
    QualificationSubmitted ReviewQualifications ObserveRounds;
    /// Somebody works on a price alert.
    PriceAlertAcknowledged OwnAlerts ObserveAlerts;
    /// A price alert was given to somebody.
    PriceAlertAssigned OwnAlerts ObserveAlerts;
    /// What a price alert found is graver, or less so.
    PriceAlertChanged OwnAlerts ObserveAlerts;
    /// The observations say it no longer.
    PriceAlertClosed OwnAlerts ObserveAlerts;
    /// How many price alerts a day brought.
    PriceAlertDigest OwnOrganization OwnOrganization;
    /// Somebody found that nothing is wrong.
    PriceAlertDismissed OwnAlerts ObserveAlerts;
    /// A price alert is held, because its monitor finds too much.
    PriceAlertHeld OwnAlerts ObserveAlerts;
    /// A price is out of line.
    PriceAlertOpened OwnAlerts ObserveAlerts;
    /// A scarce product is rationed in a region.
    RationingDeclared OwnContracts ObserveContracts;
    /// A product is not rationed any more.
    RationingEnded OwnContracts ObserveContracts;
    /// A hospital is asked for what was paid on its commission long ago.
    ReceivableAskedBack OwnSettlement ObserveSettlement;
    /// A round was published.
    RoundAnnounced OwnOrganization ObserveRounds;
    /// Bids of a round may be sealed.
    RoundBiddingOpened OwnOrganization ObserveRounds;
    /// A round was ended before its contracts.
    RoundCancelled OwnOrganization ObserveRounds;
    /// The last contract of a round is over.
    RoundClosed OwnOrganization ObserveRounds;
    /// A round announces something else.
    RoundCorrected OwnOrganization ObserveRounds;
    /// Institutions may report demand for a round.
    RoundDemandOpened OwnOrganization ObserveRounds;
    /// The first contract of a round is in force.
    RoundInForce OwnOrganization ObserveRounds;
    /// The public key of a round was published: bids can be sealed to it.
    RoundKeyPublished OwnOrganization ObserveRounds;
    /// The results of a round were published for objections.
    RoundNoticePublished OwnOrganization ObserveRounds;
    /// An objection against a result of a round was decided.
    RoundObjectionDecided OwnOrganization ObserveRounds;
    /// Somebody objects to a result of a round.
    RoundObjectionSubmitted DecideObjections ObserveRounds;
    /// The bids of a round were opened and decided.
    RoundOpened OwnOrganization ObserveRounds;
    /// Enough custodians gave their shares: the bids of a round are being opened.
    RoundOpeningBegun OwnOrganization ObserveRounds;
    /// A firm took a supply region of a lot, or was given one because its time was over.
    RoundRegionChosen OwnOrganization ObserveRounds;
    /// The official result of a round was announced.
    RoundResultAnnounced OwnOrganization ObserveRounds;
    /// The deadline of a round has closed its bids.
    RoundSealed OwnOrganization ObserveRounds;
    /// A custodian gave the share of a round's key.
    RoundShareAccepted OwnOrganization ObserveRounds;
    /// A custodian gave something else than the published share of a round's key.
    RoundShareRefused PublishRounds ObserveRounds;
    /// The selected firms of a round choose their supply regions from now on.
    RoundSupplyBegun OwnOrganization ObserveRounds;
    /// All supply regions of a round are chosen, and its lots are decided with them.
    RoundSupplyDecided OwnOrganization ObserveRounds;
    /// An order of the tied bidders of a round waits for a second person.
    RoundTieProposed ResolveTies ObserveRounds;
    /// A second person rejected an order of the tied bidders of a round.
    RoundTieRejected ResolveTies ObserveRounds;
    /// Tied bidders of a round were put in order.
    RoundTieResolved OwnOrganization ObserveRounds;
    /// The authority decided what follows when a product leaves: who takes over is told, and the institutions that it supplied.
    SelectionCascadeDecided OwnContracts ObserveContracts;
    /// A firm has filed that it withdraws a product.
    SelectionWithdrawalFiled ManageContracts ObserveContracts;
    /// A settlement statement that a hospital does not answer will be confirmed by its silence.
    StatementConfirmsItself OwnSettlement ObserveSettlement;
    /// It is a firm's turn to choose a supply region of a lot.
    SupplyTurnBegan ChooseRegions ObserveRounds;
    /// A user was disabled.
    UserDisabled ManageUsers ManageUsers;
    /// A disabled user may log in again.
    UserEnabled ManageUsers ManageUsers;
    /// A user was invited.
    UserInvited ManageUsers ManageUsers;
    /// The receiving side agrees to a change of agreed volume: it waits for the office.
    VolumeChangeAgreed ChangeVolumes ManageContracts;
    /// A change of agreed volume was approved or rejected.
    VolumeChangeDecided ChangeVolumes ManageContracts;
    /// An institution asks for a change of agreed volume.
    VolumeChangeRequested ChangeVolumes ManageContracts;
    /// A webhook was disabled because its receiver accepts nothing.
    WebhookGivenUp ManageWebhooks ManageWebhooks;
}

impl EventKind {
    /// The kind of that name.
    pub fn from_name(name: &str) -> Option<EventKind> {
        Self::ALL.iter().copied().find(|kind| kind.name() == name)
    }
}

impl EventKind {
    /// Whether it is of a round that is announced: everybody may hear of it, and whoever takes part in the round is told.
    pub const fn is_of_round(self) -> bool {
        matches!(
            self,
            Self::RoundAnnounced
                | Self::RoundBiddingOpened
                | Self::RoundCancelled
                | Self::RoundClosed
                | Self::RoundCorrected
                | Self::RoundDemandOpened
                | Self::RoundInForce
                | Self::RoundKeyPublished
                | Self::RoundNoticePublished
                | Self::RoundObjectionDecided
                | Self::RoundOpened
                | Self::RoundOpeningBegun
                | Self::RoundRegionChosen
                | Self::RoundResultAnnounced
                | Self::RoundSealed
                | Self::RoundShareAccepted
                | Self::RoundSupplyBegun
                | Self::RoundSupplyDecided
                | Self::RoundTieResolved
        )
    }
}

impl EventKind {
    /// Whether it is of a product that leaves: the institutions that it supplied are told, too.
    pub const fn is_of_withdrawal(self) -> bool {
        matches!(self, Self::SelectionCascadeDecided)
    }
}

impl EventKind {
    /// Whether it is of a price alert: the authorities of its region are told, and not those of the firm's.
    pub const fn is_of_alert(self) -> bool {
        matches!(
            self,
            Self::PriceAlertAcknowledged
                | Self::PriceAlertAssigned
                | Self::PriceAlertChanged
                | Self::PriceAlertClosed
                | Self::PriceAlertDismissed
                | Self::PriceAlertHeld
                | Self::PriceAlertOpened
        )
    }
}

/// The roles that hear of organizations which are not their own.
pub fn overseers() -> Vec<Role> {
    let permissions = EventKind::ALL.iter().flat_map(|kind| kind.permissions());
    let wide = permissions.map(Permission::rule).filter(|rule| rule.reach == Reach::Jurisdiction);
    let mut roles: Vec<Role> = wide.flat_map(|rule| rule.roles.iter().copied()).collect();
    roles.sort_unstable();
    roles.dedup();
    roles
}

/// Entries that are told to nobody, but after which a login may be over: whoever listens by it looks at it again.
pub const LOGIN_ENDING: &[&str] =
    &["ClientDisabled", "LoggedOut", "PasswordChanged", "PasswordSet", "RefreshTokenReplayed", "UserReset"];

/// Something that happened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event {
    /// Its place in the audit log, from 0; the cursor of whoever listens.
    pub position: u64,
    /// What happened.
    pub kind: EventKind,
    /// What it happened to.
    pub subject: String,
    /// When.
    pub at: Timestamp,
    /// Which user did it; none where it was no user.
    pub actor: Option<UserId>,
    /// Whom it concerns, each with the regions that it acts in today.
    pub concerns: Vec<(OrganizationId, Vec<RegionCode>)>,
    /// Who takes part in the round that it is of. They hear of it, and nobody hears who they are.
    pub parties: Parties,
    /// Where it happened, where that and not whom it concerns says which authorities hear of it.
    pub place: Option<RegionCode>,
}

/// Who takes part in a round, or whom it concerns that a product leaves.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Parties {
    /// Institutions that report demand and firms that apply.
    pub organizations: BTreeSet<OrganizationId>,
    /// Those who hold shares of its key.
    pub custodians: BTreeSet<UserId>,
}

impl Event {
    /// Whether the caller hears of it: it concerns the caller's own organization, or one of the caller's jurisdiction, and the
    /// permission table lets the caller know.
    pub fn reaches(&self, caller: &Caller) -> bool {
        let holds_share = caller.user().is_ok_and(|user| self.parties.custodians.contains(&user));
        holds_share || self.reaches_scopes(|permission| caller.require(permission))
    }

    /// The same for a webhook, which is nobody who logs in.
    pub fn reaches_standing(&self, standing: Standing<'_>) -> bool {
        self.reaches_scopes(|permission| standing.require(permission))
    }

    fn reaches_scopes(&self, require: impl Fn(Permission) -> Result<Scope, Refusal>) -> bool {
        let mut scopes =
            self.kind.permissions().into_iter().filter_map(|permission| require(permission).ok());
        scopes.any(|scope| {
            let party = scope.organization().is_some_and(|own| self.parties.organizations.contains(&own));
            match (self.place, scope.organization()) {
                (Some(place), None) => scope.covers(place),
                (Some(_), Some(own)) => self.concerns(own),
                (None, _) => party || self.reaches_concerned(&scope),
            }
        })
    }

    fn reaches_concerned(&self, scope: &Scope) -> bool {
        self.concerns.iter().any(|(organization, regions)| scope.reaches(*organization, regions))
    }

    /// Whether it concerns the organization.
    pub fn concerns(&self, organization: OrganizationId) -> bool {
        self.concerns.iter().any(|(concerned, _regions)| *concerned == organization)
    }
}

/// Which events somebody wants; all when no kind is named. Errors: `EVENT_UNKNOWN`.
pub fn wanted(names: &[String]) -> Result<Vec<EventKind>, Refusal> {
    let unknown = || {
        let known: Vec<&str> = EventKind::ALL.iter().map(|kind| kind.name()).collect();
        Refusal::of(Code::EventUnknown).at("kinds").allowing(known.join(", "))
    };
    if names.is_empty() {
        return Ok(EventKind::ALL.to_vec());
    }
    names.iter().map(|name| EventKind::from_name(name).ok_or_else(unknown)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::identity::Who;
    use crate::ids::{Id, SessionId, UserId};

    fn caller(role: Role, organization: u128, region: &str) -> Caller {
        Caller {
            who: Who::User { user: UserId::from_number(1), session: SessionId::from_number(3) },
            organization: OrganizationId::from_number(organization),
            role,
            manager: false,
            approved: true,
            regions: vec![RegionCode::parse(region).unwrap()],
        }
    }

    fn event(kind: EventKind) -> Event {
        let hospital = (OrganizationId::from_number(7), vec![RegionCode::parse("320106").unwrap()]);
        let at = Timestamp::from_micros(0);
        let parties = Parties::default();
        Event {
            position: 0,
            kind,
            subject: String::new(),
            at,
            actor: None,
            concerns: vec![hospital],
            parties,
            place: None,
        }
    }

    #[test]
    fn whom_it_concerns_and_the_authorities_over_them_hear_of_it() {
        let approved = event(EventKind::OrganizationApproved);
        for (role, organization, region, hears) in [
            (Role::Hospital, 7, "320106", true),
            (Role::Hospital, 8, "320106", false),
            (Role::Regulator, 8, "320000", true),
            (Role::Regulator, 8, "310000", false),
            (Role::Manufacturer, 8, "000000", false),
        ] {
            assert_eq!(approved.reaches(&caller(role, organization, region)), hears, "{role:?} {region}");
        }
    }

    #[test]
    fn an_alert_is_told_to_its_firm_and_to_the_authorities_of_its_region() {
        let place = RegionCode::parse("330000").ok();
        let opened = Event { place, ..event(EventKind::PriceAlertOpened) };
        for (role, organization, region, hears) in [
            (Role::Regulator, 8, "330000", true),
            (Role::Regulator, 8, "000000", true),
            (Role::Regulator, 8, "320000", false),
            (Role::Manufacturer, 7, "320000", true),
            (Role::Manufacturer, 8, "330000", false),
            (Role::Hospital, 7, "330000", false),
        ] {
            assert_eq!(opened.reaches(&caller(role, organization, region)), hears, "{role:?} {region}");
        }
    }

    #[test]
    fn whoever_takes_part_in_a_round_hears_of_it_and_its_neighbours_do_not() {
        let parties = Parties {
            organizations: BTreeSet::from([OrganizationId::from_number(8)]),
            custodians: BTreeSet::from([UserId::from_number(1)]),
        };
        let corrected = Event { parties, ..event(EventKind::RoundCorrected) };
        let stranger = |role, organization| {
            let who = Who::User { user: UserId::from_number(2), session: SessionId::from_number(3) };
            Caller { who, ..caller(role, organization, "330000") }
        };
        assert!(corrected.reaches(&stranger(Role::Manufacturer, 8)));
        assert!(!corrected.reaches(&stranger(Role::Manufacturer, 9)));
        assert!(corrected.reaches(&caller(Role::KeyCustodian, 9, "330000")));
        assert!(!corrected.reaches(&stranger(Role::KeyCustodian, 9)));
        assert!(!corrected.reaches(&stranger(Role::Regulator, 9)));
    }

    #[test]
    fn what_is_told_to_managers_is_not_told_to_clerks_or_authorities() {
        let invited = event(EventKind::UserInvited);
        let manager = Caller { manager: true, ..caller(Role::Hospital, 7, "320106") };
        assert!(invited.reaches(&manager));
        assert!(!invited.reaches(&caller(Role::Hospital, 7, "320106")));
        let authority = Caller { manager: true, ..caller(Role::Regulator, 8, "320000") };
        assert!(!invited.reaches(&authority));
    }

    #[test]
    fn whoever_oversees_others_is_known_by_the_role() {
        let known = [
            Role::ProcurementOffice,
            Role::Reviewer,
            Role::InsuranceAgency,
            Role::Regulator,
            Role::Auditor,
            Role::Admin,
        ];
        assert_eq!(overseers(), known);
    }

    #[test]
    fn nobody_waits_for_an_event_that_there_is_not() {
        assert_eq!(wanted(&[]).unwrap(), EventKind::ALL);
        assert_eq!(wanted(&["UserInvited".to_owned()]).unwrap(), [EventKind::UserInvited]);
        assert_eq!(wanted(&["BidOpened".to_owned()]).unwrap_err().code, Code::EventUnknown);
    }
}
