//! Who may do what. A role that a permission does not name is denied.
use crate::identity::Role;

/// Something that a use case asks for before it acts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Permission {
    /// Announce the official results of the own office's rounds.
    AnnounceResults,
    /// Accept, refuse and void distribution relations of the own organization as a distributor.
    AnswerDistribution,
    /// Apply for listings of the own items, and change, suspend and delist what is listed.
    ApplyForListing,
    /// Apply to take part in a round, with products.
    ApplyForRounds,
    /// Register invoices, name the account to be paid to, and apply for settlement.
    ApplyForSettlement,
    /// Propose, void and replace the own organization's distributors.
    AppointDistributors,
    /// Invite a manager into an organization that has lost its own.
    AppointManagers,
    /// Ask for changes of the own agreed volume, and agree to those that come to the own organization.
    ChangeVolumes,
    /// Tick the distributors of the own institution and of its members.
    ChooseDistributors,
    /// Choose supply regions for the own selected products.
    ChooseRegions,
    /// Report prices of the jurisdiction, and settle what is in doubt of them.
    CollectPrices,
    /// Confirm and dispute lines of settlement statements of the own institution.
    ConfirmStatements,
    /// Decide objections against results of the own office's rounds.
    DecideObjections,
    /// Declare packs; confirm, refuse, ship and close what is ordered from the own organization.
    FulfilOrders,
    /// Acknowledge, dismiss and assign price alerts of the jurisdiction.
    HandleAlerts,
    /// Register custodian keys, and give shares to open a round.
    HoldShares,
    /// Bring in organizations of the jurisdiction as approved ones.
    ImportOrganizations,
    /// Bring in and announce results that were made elsewhere, for the regions of the office.
    ImportResults,
    /// Open and change alliances, and who belongs to them.
    KeepAlliances,
    /// Define and publish indices of the jurisdiction's prices.
    KeepIndices,
    /// See what the platform has to do, and retry or discard what was given up.
    KeepJobs,
    /// Keep the fund's ledger of the jurisdiction: prepay, review and approve, pay, offset, close.
    KeepLedger,
    /// Prepare and publish payment standards of the jurisdiction.
    KeepPaymentStandards,
    /// Bring in national releases of items and publish them.
    KeepReleases,
    /// Create and disable clients of the own organization, and rotate their secrets.
    ManageClients,
    /// Invite, reset, disable and enable users of the own organization.
    ManageUsers,
    /// Register, test, rotate, disable and enable webhooks of the own organization.
    ManageWebhooks,
    /// Generate, divide and end the contracts of the own office's results.
    ManageContracts,
    /// Label listings of the jurisdiction, and stop their orders.
    MarkListings,
    /// Object to results of rounds that the own organization takes part in.
    Object,
    /// See price alerts of the jurisdiction, and the runs of the monitors.
    ObserveAlerts,
    /// See the contracts of the jurisdiction.
    ObserveContracts,
    /// See listings and distribution relations of the jurisdiction.
    ObserveListings,
    /// See the prices of the jurisdiction, and those that other regions share with it.
    ObservePrices,
    /// See every bid of the jurisdiction's rounds once they are opened, and watch the opening.
    ObserveRounds,
    /// See the ledger, statements and payments of the jurisdiction.
    ObserveSettlement,
    /// See the own account and end its sessions, set its second factor.
    OwnAccount,
    /// See price alerts about the own products, and ask what the monitors would say of a price.
    OwnAlerts,
    /// See the contracts that the own organization is a party of.
    OwnContracts,
    /// See the own distribution relations; a hospital sees those that are for its regions.
    OwnDistribution,
    /// See the own organization and its users.
    OwnOrganization,
    /// See the prices of the own products, or what the own institution paid, and what is disclosed.
    OwnPrices,
    /// Correct and resubmit the own registration, and keep its licences.
    OwnRegistration,
    /// See the own invoices, statements, payments and balances.
    OwnSettlement,
    /// Order for the own institution or one that it leads, accept and return.
    PlaceOrders,
    /// Propose items of the registry and changes of them, and see the own proposals.
    ProposeItems,
    /// Publish the results of the own office's rounds for objections.
    PublishNotices,
    /// Draft, publish, correct and cancel rounds of the own office, and publish their keys.
    PublishRounds,
    /// Ration scarce products of the own office's results.
    RationSupply,
    /// Read the audit log.
    ReadAudit,
    /// Report the own institution's demand for a round.
    ReportDemand,
    /// Report what the own institution paid, or what the own firm declares, and settle what is in doubt of it.
    ReportPrices,
    /// Settle ties of the own office's rounds, with another person.
    ResolveTies,
    /// Review, return and lock the demand of the jurisdiction's institutions.
    ReviewDemand,
    /// Decide proposals and conflicts of the registry, and keep what lists say of items.
    ReviewItems,
    /// Approve, return and reject applications for listings, and decide about prices and listings of the jurisdiction.
    ReviewListings,
    /// Approve, return, suspend and reinstate organizations.
    ReviewOrganizations,
    /// Approve, return and reject applications to the own office's rounds.
    ReviewQualifications,
    /// Run the selection of supply regions in rounds of the own office.
    RunSupplySelection,
    /// Register contract keys, and seal contracts that the own organization is a party of.
    SealContracts,
    /// Let other regions see the prices of the jurisdiction.
    SharePrices,
    /// Register bid keys; seal, replace and withdraw bids.
    SubmitBids,
    /// See the registry of drugs, consumables and reagents.
    ViewItems,
    /// See the licences of organizations of the jurisdiction, with their documents.
    ViewLicences,
    /// See organizations of the jurisdiction.
    ViewOrganizations,
    /// Withdraw what the own organization was selected with.
    WithdrawSelection,
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
    /// Whether a client may have it: a program decides nothing that a person answers for.
    pub clients: bool,
    /// What it reaches.
    pub reach: Reach,
}

const fn rule(roles: &'static [Role], reach: Reach) -> Rule {
    Rule { roles, managers_only: false, before_approval: false, clients: false, reach }
}

const fn open_to_clients(roles: &'static [Role], reach: Reach) -> Rule {
    Rule { clients: true, ..rule(roles, reach) }
}

/// Who decides about prices.
const AUTHORITIES: &[Role] = &[Role::ProcurementOffice, Role::Regulator];
/// Who makes and who buys.
const MAKER_AND_BUYER: &[Role] = &[Role::Manufacturer, Role::Hospital];
/// Who trades.
const TRADE: &[Role] = &[Role::Manufacturer, Role::Distributor, Role::Hospital];
/// Who decides what the fund pays by.
const FUND: &[Role] = &[Role::InsuranceAgency, Role::Regulator];
/// Who watches over the fund.
const FUND_WATCHERS: &[Role] = &[Role::InsuranceAgency, Role::Regulator, Role::Auditor];
/// Who watches over a market.
const WATCHERS: &[Role] = &[Role::ProcurementOffice, Role::Auditor, Role::Regulator];
/// Who reads organizations of others.
const ORGANIZATION_READERS: &[Role] = &[Role::Admin, Role::Auditor, Role::ProcurementOffice, Role::Regulator];
/// Who reads licences of others.
const LICENCE_READERS: &[Role] =
    &[Role::Admin, Role::Auditor, Role::ProcurementOffice, Role::Regulator, Role::Reviewer];

impl Permission {
    /// Every permission.
    pub const ALL: &[Permission] = &[
        Self::AnnounceResults,
        Self::AnswerDistribution,
        Self::ApplyForListing,
        Self::ApplyForRounds,
        Self::ApplyForSettlement,
        Self::AppointDistributors,
        Self::AppointManagers,
        Self::ChangeVolumes,
        Self::ChooseDistributors,
        Self::ChooseRegions,
        Self::CollectPrices,
        Self::ConfirmStatements,
        Self::DecideObjections,
        Self::FulfilOrders,
        Self::HandleAlerts,
        Self::HoldShares,
        Self::ImportOrganizations,
        Self::ImportResults,
        Self::KeepAlliances,
        Self::KeepIndices,
        Self::KeepJobs,
        Self::KeepLedger,
        Self::KeepPaymentStandards,
        Self::KeepReleases,
        Self::ManageClients,
        Self::ManageContracts,
        Self::MarkListings,
        Self::ManageUsers,
        Self::ManageWebhooks,
        Self::Object,
        Self::ObserveAlerts,
        Self::ObserveContracts,
        Self::ObserveListings,
        Self::ObservePrices,
        Self::ObserveRounds,
        Self::ObserveSettlement,
        Self::OwnAccount,
        Self::OwnAlerts,
        Self::OwnContracts,
        Self::OwnDistribution,
        Self::OwnOrganization,
        Self::OwnPrices,
        Self::OwnRegistration,
        Self::OwnSettlement,
        Self::PlaceOrders,
        Self::ProposeItems,
        Self::PublishNotices,
        Self::PublishRounds,
        Self::RationSupply,
        Self::ReadAudit,
        Self::ReportDemand,
        Self::ReportPrices,
        Self::ResolveTies,
        Self::ReviewDemand,
        Self::ReviewItems,
        Self::ReviewListings,
        Self::ReviewOrganizations,
        Self::ReviewQualifications,
        Self::RunSupplySelection,
        Self::SealContracts,
        Self::SharePrices,
        Self::SubmitBids,
        Self::ViewItems,
        Self::ViewLicences,
        Self::ViewOrganizations,
        Self::WithdrawSelection,
    ];

    /// The stable label, in rows and on the wire.
    pub const fn label(self) -> &'static str {
        match self {
            Self::AnnounceResults => "ANNOUNCE_RESULTS",
            Self::AnswerDistribution => "ANSWER_DISTRIBUTION",
            Self::ApplyForListing => "APPLY_FOR_LISTING",
            Self::ApplyForRounds => "APPLY_FOR_ROUNDS",
            Self::ApplyForSettlement => "APPLY_FOR_SETTLEMENT",
            Self::AppointDistributors => "APPOINT_DISTRIBUTORS",
            Self::AppointManagers => "APPOINT_MANAGERS",
            Self::ChangeVolumes => "CHANGE_VOLUMES",
            Self::ChooseDistributors => "CHOOSE_DISTRIBUTORS",
            Self::ChooseRegions => "CHOOSE_REGIONS",
            Self::CollectPrices => "COLLECT_PRICES",
            Self::ConfirmStatements => "CONFIRM_STATEMENTS",
            Self::DecideObjections => "DECIDE_OBJECTIONS",
            Self::FulfilOrders => "FULFIL_ORDERS",
            Self::HandleAlerts => "HANDLE_ALERTS",
            Self::HoldShares => "HOLD_SHARES",
            Self::ImportOrganizations => "IMPORT_ORGANIZATIONS",
            Self::ImportResults => "IMPORT_RESULTS",
            Self::KeepAlliances => "KEEP_ALLIANCES",
            Self::KeepIndices => "KEEP_INDICES",
            Self::KeepJobs => "KEEP_JOBS",
            Self::KeepLedger => "KEEP_LEDGER",
            Self::KeepPaymentStandards => "KEEP_PAYMENT_STANDARDS",
            Self::KeepReleases => "KEEP_RELEASES",
            Self::ManageClients => "MANAGE_CLIENTS",
            Self::ManageContracts => "MANAGE_CONTRACTS",
            Self::MarkListings => "MARK_LISTINGS",
            Self::ManageUsers => "MANAGE_USERS",
            Self::ManageWebhooks => "MANAGE_WEBHOOKS",
            Self::Object => "OBJECT",
            Self::ObserveAlerts => "OBSERVE_ALERTS",
            Self::ObserveContracts => "OBSERVE_CONTRACTS",
            Self::ObserveListings => "OBSERVE_LISTINGS",
            Self::ObservePrices => "OBSERVE_PRICES",
            Self::ObserveRounds => "OBSERVE_ROUNDS",
            Self::ObserveSettlement => "OBSERVE_SETTLEMENT",
            Self::OwnAccount => "OWN_ACCOUNT",
            Self::OwnAlerts => "OWN_ALERTS",
            Self::OwnContracts => "OWN_CONTRACTS",
            Self::OwnDistribution => "OWN_DISTRIBUTION",
            Self::OwnOrganization => "OWN_ORGANIZATION",
            Self::OwnPrices => "OWN_PRICES",
            Self::OwnRegistration => "OWN_REGISTRATION",
            Self::OwnSettlement => "OWN_SETTLEMENT",
            Self::PlaceOrders => "PLACE_ORDERS",
            Self::ProposeItems => "PROPOSE_ITEMS",
            Self::PublishNotices => "PUBLISH_NOTICES",
            Self::PublishRounds => "PUBLISH_ROUNDS",
            Self::RationSupply => "RATION_SUPPLY",
            Self::ReadAudit => "READ_AUDIT",
            Self::ReportDemand => "REPORT_DEMAND",
            Self::ReportPrices => "REPORT_PRICES",
            Self::ResolveTies => "RESOLVE_TIES",
            Self::ReviewDemand => "REVIEW_DEMAND",
            Self::ReviewItems => "REVIEW_ITEMS",
            Self::ReviewListings => "REVIEW_LISTINGS",
            Self::ReviewOrganizations => "REVIEW_ORGANIZATIONS",
            Self::ReviewQualifications => "REVIEW_QUALIFICATIONS",
            Self::RunSupplySelection => "RUN_SUPPLY_SELECTION",
            Self::SealContracts => "SEAL_CONTRACTS",
            Self::SharePrices => "SHARE_PRICES",
            Self::SubmitBids => "SUBMIT_BIDS",
            Self::ViewItems => "VIEW_ITEMS",
            Self::ViewLicences => "VIEW_LICENCES",
            Self::ViewOrganizations => "VIEW_ORGANIZATIONS",
            Self::WithdrawSelection => "WITHDRAW_SELECTION",
        }
    }

    /// The permission with that label.
    pub fn from_label(label: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|permission| permission.label() == label)
    }

    /// Whether a client of that role may be given it.
    pub fn open_to_clients_of(self, role: Role) -> bool {
        let rule = self.rule();
        rule.clients && rule.roles.contains(&role)
    }

    /// The row of the table.
    pub const fn rule(self) -> Rule {
        match self {
            Self::AppointManagers
            | Self::ImportOrganizations
            | Self::KeepJobs
            | Self::ReviewOrganizations => rule(&[Role::Admin], Reach::Jurisdiction),
            Self::AppointDistributors
            | Self::ApplyForListing
            | Self::ApplyForRounds
            | Self::ChooseRegions
            | Self::Object
            | Self::SubmitBids
            | Self::WithdrawSelection => rule(&[Role::Manufacturer], Reach::Own),
            Self::ApplyForSettlement => rule(&[Role::Manufacturer, Role::Distributor], Reach::Own),
            Self::ChooseDistributors | Self::ConfirmStatements => rule(&[Role::Hospital], Reach::Own),
            Self::KeepLedger => rule(&[Role::InsuranceAgency], Reach::Jurisdiction),
            Self::KeepPaymentStandards => rule(FUND, Reach::Jurisdiction),
            Self::ObserveSettlement => open_to_clients(FUND_WATCHERS, Reach::Jurisdiction),
            Self::HoldShares => rule(&[Role::KeyCustodian], Reach::Own),
            Self::AnnounceResults
            | Self::DecideObjections
            | Self::KeepAlliances
            | Self::ManageContracts
            | Self::PublishNotices
            | Self::PublishRounds
            | Self::RationSupply
            | Self::ResolveTies
            | Self::ReviewQualifications
            | Self::RunSupplySelection => rule(&[Role::ProcurementOffice], Reach::Own),
            Self::ImportResults | Self::ReviewListings => {
                rule(&[Role::ProcurementOffice], Reach::Jurisdiction)
            }
            Self::KeepReleases => rule(&[Role::Admin, Role::ProcurementOffice], Reach::Jurisdiction),
            Self::OwnContracts | Self::OwnDistribution | Self::OwnSettlement => {
                open_to_clients(TRADE, Reach::Own)
            }
            Self::HandleAlerts | Self::KeepIndices | Self::MarkListings | Self::SharePrices => {
                rule(AUTHORITIES, Reach::Jurisdiction)
            }
            Self::CollectPrices => open_to_clients(AUTHORITIES, Reach::Jurisdiction),
            Self::OwnPrices | Self::ReportPrices => open_to_clients(MAKER_AND_BUYER, Reach::Own),
            Self::AnswerDistribution => rule(&[Role::Distributor], Reach::Own),
            Self::ObserveAlerts | Self::ObserveListings | Self::ObservePrices => {
                open_to_clients(WATCHERS, Reach::Jurisdiction)
            }
            Self::OwnAlerts => open_to_clients(&[Role::Manufacturer], Reach::Own),
            Self::ChangeVolumes => rule(&[Role::Manufacturer, Role::Hospital], Reach::Own),
            Self::SealContracts => rule(TRADE, Reach::Own),
            Self::ObserveContracts | Self::ObserveRounds => {
                open_to_clients(&[Role::Auditor, Role::Regulator], Reach::Jurisdiction)
            }
            Self::PlaceOrders | Self::ReportDemand => open_to_clients(&[Role::Hospital], Reach::Own),
            Self::FulfilOrders => open_to_clients(&[Role::Manufacturer, Role::Distributor], Reach::Own),
            Self::ReviewDemand => rule(&[Role::Reviewer], Reach::Jurisdiction),
            Self::ManageClients | Self::ManageUsers | Self::ManageWebhooks => {
                Rule { managers_only: true, ..rule(Role::ALL, Reach::Own) }
            }
            Self::OwnAccount => Rule { before_approval: true, ..rule(Role::ALL, Reach::Own) },
            Self::OwnOrganization => Rule { before_approval: true, ..open_to_clients(Role::ALL, Reach::Own) },
            Self::OwnRegistration => {
                Rule { managers_only: true, before_approval: true, ..rule(Role::ALL, Reach::Own) }
            }
            Self::ProposeItems => rule(&[Role::Manufacturer, Role::ProcurementOffice], Reach::Own),
            Self::ReviewItems => rule(&[Role::ProcurementOffice, Role::Admin], Reach::Jurisdiction),
            Self::ViewItems => open_to_clients(Role::ALL, Reach::Jurisdiction),
            Self::ReadAudit => open_to_clients(&[Role::Auditor], Reach::Jurisdiction),
            Self::ViewLicences => open_to_clients(LICENCE_READERS, Reach::Jurisdiction),
            Self::ViewOrganizations => open_to_clients(ORGANIZATION_READERS, Reach::Jurisdiction),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_are_distinct_and_read_back() {
        for permission in Permission::ALL {
            assert_eq!(Permission::from_label(permission.label()), Some(*permission));
        }
        assert_eq!(Permission::from_label("EVERYTHING"), None);
    }
}
