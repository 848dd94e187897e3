//! Clients: programs of organizations, and what a manager does about them. They get their tokens at `POST /oauth/token`.
use async_graphql::connection::Connection;
use async_graphql::{Context, Enum, ID, InputObject, Object, SimpleObject};
use jicai_domain::audit::IdempotencyKey;
use jicai_domain::errors::Refusal;
use jicai_domain::identity::{Name, Overlap, Version};
use jicai_domain::ids::{ClientId, Id};
use jicai_service::identity::{self as cases, CreateClient, RotateClientSecret};
use jicai_service::{App, Changed};

use super::inputs::ChangeInput;
use super::types::Role;
use crate::asking::{app, caller};
use crate::connection::{connection, cost, page};
use crate::error::ApiError;

/// Queries about clients.
#[derive(Default)]
pub(crate) struct ClientQuery;

#[Object]
impl ClientQuery {
    /// The clients of the caller's organization, the newest first.
    #[graphql(complexity = "cost(first, child_complexity)")]
    async fn clients(
        &self,
        ctx: &Context<'_>,
        first: Option<i32>,
        after: Option<String>,
    ) -> Result<Connection<String, Client>, ApiError> {
        let caller = caller(ctx)?;
        let page = page(first, after.as_deref(), ClientId::parse)?;
        let part = cases::clients(app(ctx)?, caller, &page).await?;
        Ok(connection(part, |client| client.id.to_string(), Client::from))
    }
}

/// Mutations of clients.
#[derive(Default)]
pub(crate) struct ClientMutation;

#[Object]
impl ClientMutation {
    /// Let a program of the caller's organization in; the answer holds its secret, which is shown only here. 创建客户端
    async fn create_client(
        &self,
        ctx: &Context<'_>,
        input: CreateClientInput,
    ) -> Result<ClientSecret, ApiError> {
        let (app, caller) = (app(ctx)?, caller(ctx)?);
        Ok(ClientSecret::of(app, &cases::create_client(app, caller, input.try_into()?).await?))
    }

    /// Give a client another secret; the one before stays good for a while. 轮换密钥
    async fn rotate_client_secret(
        &self,
        ctx: &Context<'_>,
        input: RotateClientSecretInput,
    ) -> Result<ClientSecret, ApiError> {
        let (app, caller) = (app(ctx)?, caller(ctx)?);
        Ok(ClientSecret::of(app, &cases::rotate_client_secret(app, caller, input.try_into()?).await?))
    }

    /// End a client for good; its tokens are refused at once. 停用客户端
    async fn disable_client(&self, ctx: &Context<'_>, input: ChangeInput) -> Result<ClientChanged, ApiError> {
        let caller = caller(ctx)?;
        let (client, key) = input.parsed()?;
        Ok(cases::disable_client(app(ctx)?, caller, client, &key).await?.into())
    }
}

/// Something that a role may do. A client may only what it was given, and only what is open to clients.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "jicai_domain::identity::Permission")]
pub(super) enum Permission {
    /// Announce the official results of rounds. Not open to clients.
    AnnounceResults,
    /// Accept, refuse and void distribution relations. Not open to clients.
    AnswerDistribution,
    /// Apply for listings, and change, suspend and delist what is listed. Not open to clients.
    ApplyForListing,
    /// Apply to take part in a round, with products. Not open to clients.
    ApplyForRounds,
    /// Register invoices and apply for settlement. Not open to clients.
    ApplyForSettlement,
    /// Propose, void and replace distributors. Not open to clients.
    AppointDistributors,
    /// Invite a manager into an organization that has lost its own. Not open to clients.
    AppointManagers,
    /// Ask for changes of agreed volume, and agree to them. Not open to clients.
    ChangeVolumes,
    /// Tick the distributors of the own institution. Not open to clients.
    ChooseDistributors,
    /// Choose supply regions. Not open to clients.
    ChooseRegions,
    /// Report prices of the jurisdiction.
    CollectPrices,
    /// Confirm and dispute settlement statements. Not open to clients.
    ConfirmStatements,
    /// Decide objections against results. Not open to clients.
    DecideObjections,
    /// Declare packs; confirm, refuse, ship and close what is ordered from the own organization.
    FulfilOrders,
    /// Acknowledge, dismiss and assign price alerts. Not open to clients.
    HandleAlerts,
    /// Register custodian keys, and give shares to open a round. Not open to clients.
    HoldShares,
    /// Bring in organizations of the jurisdiction as approved ones.
    ImportOrganizations,
    /// Bring in and announce results that were made elsewhere. Not open to clients.
    ImportResults,
    /// Open and change alliances. Not open to clients.
    KeepAlliances,
    /// Define and publish indices. Not open to clients.
    KeepIndices,
    /// See and settle the platform's work. Not open to clients.
    KeepJobs,
    /// Keep the fund's ledger. Not open to clients.
    KeepLedger,
    /// Prepare and publish payment standards. Not open to clients.
    KeepPaymentStandards,
    /// Bring in and publish national releases of items. Not open to clients.
    KeepReleases,
    /// Create and disable clients. Not open to clients.
    ManageClients,
    /// Generate, divide and end contracts. Not open to clients.
    ManageContracts,
    /// Label listings, and stop their orders. Not open to clients.
    MarkListings,
    /// Invite, reset, disable and enable users. Not open to clients.
    ManageUsers,
    /// Keep webhooks of the own organization. Not open to clients.
    ManageWebhooks,
    /// Object to results. Not open to clients.
    Object,
    /// See price alerts of the jurisdiction, and the runs of the monitors.
    ObserveAlerts,
    /// See the contracts of the jurisdiction.
    ObserveContracts,
    /// See listings and distribution relations of the jurisdiction.
    ObserveListings,
    /// See the prices of the jurisdiction, and those that other regions share with it.
    ObservePrices,
    /// See every bid of the jurisdiction's rounds once they are opened.
    ObserveRounds,
    /// See the ledger, statements and payments of the jurisdiction.
    ObserveSettlement,
    /// See and secure the own account. Not open to clients, which have none.
    OwnAccount,
    /// See price alerts about the own products, and ask what the monitors would say of a price.
    OwnAlerts,
    /// See the contracts that the own organization is a party of.
    OwnContracts,
    /// See the own distribution relations, or those for the own regions.
    OwnDistribution,
    /// See the own organization and its users.
    OwnOrganization,
    /// See the prices of the own products, or what the own institution paid, and what is disclosed.
    OwnPrices,
    /// Correct and resubmit the own registration. Not open to clients.
    OwnRegistration,
    /// See the own invoices, statements, payments and balances.
    OwnSettlement,
    /// Order for the own institution or one that it leads, accept and return.
    PlaceOrders,
    /// Propose items of the registry. Not open to clients.
    ProposeItems,
    /// Publish results for objections. Not open to clients.
    PublishNotices,
    /// Draft, publish, correct and cancel rounds, and publish their keys. Not open to clients.
    PublishRounds,
    /// Ration scarce products. Not open to clients.
    RationSupply,
    /// Read the audit log.
    ReadAudit,
    /// Report the own institution's demand for a round.
    ReportDemand,
    /// Report what the own institution paid, or what the own firm declares.
    ReportPrices,
    /// Settle ties of rounds, with another person. Not open to clients.
    ResolveTies,
    /// Review, return and lock demand. Not open to clients.
    ReviewDemand,
    /// Decide proposals and conflicts of the registry. Not open to clients.
    ReviewItems,
    /// Decide applications for listings, and about what is listed. Not open to clients.
    ReviewListings,
    /// Approve, return, suspend and reinstate organizations. Not open to clients.
    ReviewOrganizations,
    /// Approve, return and reject applications to rounds. Not open to clients.
    ReviewQualifications,
    /// Run the selection of supply regions. Not open to clients.
    RunSupplySelection,
    /// Register contract keys and seal contracts. Not open to clients.
    SealContracts,
    /// Let other regions see prices. Not open to clients.
    SharePrices,
    /// Register bid keys; seal, replace and withdraw bids. Not open to clients.
    SubmitBids,
    /// See the registry of drugs, consumables and reagents.
    ViewItems,
    /// See the licences of organizations of the jurisdiction, and their papers.
    ViewLicences,
    /// See organizations of the jurisdiction.
    ViewOrganizations,
    /// Withdraw what the own organization was selected with. Not open to clients.
    WithdrawSelection,
}

/// Whether a client gets tokens.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "jicai_domain::identity::ClientStatus")]
pub(super) enum ClientStatus {
    /// It does.
    Active,
    /// It does not, for good.
    Disabled,
}

/// A program of an organization, such as a hospital's information system.
#[derive(SimpleObject)]
pub(crate) struct Client {
    /// Its id, which it shows with its secret.
    id: ID,
    /// What its organization calls it.
    name: String,
    /// What it acts as.
    role: Role,
    /// What it was given of what its role may.
    permissions: Vec<Permission>,
    /// Whether it gets tokens.
    status: ClientStatus,
    /// How often it changed.
    version: i32,
}

impl From<jicai_domain::identity::Client> for Client {
    fn from(client: jicai_domain::identity::Client) -> Self {
        Self {
            id: ID(client.id.to_string()),
            name: client.name.as_str().to_owned(),
            role: client.role.into(),
            permissions: client.permissions.into_iter().map(Permission::from).collect(),
            status: client.status.into(),
            version: client.version.number(),
        }
    }
}

/// A client with a new secret.
#[derive(SimpleObject)]
pub(super) struct ClientSecret {
    /// The client.
    id: ID,
    /// Its version now.
    version: i32,
    /// The secret. Nothing keeps it: it is shown here, and to a repetition of the request.
    secret: String,
}

impl ClientSecret {
    fn of(app: &App, made: &cases::ClientSecret) -> Self {
        let secret = made.secret(app);
        Self { id: ID(made.client.to_string()), version: made.version.number(), secret }
    }
}

/// A client that changed.
#[derive(SimpleObject)]
pub(super) struct ClientChanged {
    /// The client.
    id: ID,
    /// Its version now.
    version: i32,
}

impl From<Changed<ClientId>> for ClientChanged {
    fn from(changed: Changed<ClientId>) -> Self {
        Self { id: ID(changed.id.to_string()), version: changed.version.number() }
    }
}

/// A program to be let in.
#[derive(InputObject)]
pub(super) struct CreateClientInput {
    /// What the organization calls it.
    name: String,
    /// What it will act as.
    role: Role,
    /// What it is given of what its role may: as little as it needs.
    permissions: Vec<Permission>,
    /// A new key for a new request, the same for its repetition.
    idempotency_key: String,
}

impl TryFrom<CreateClientInput> for CreateClient {
    type Error = Refusal;

    fn try_from(input: CreateClientInput) -> Result<Self, Refusal> {
        Ok(Self {
            name: Name::parse(&input.name).map_err(|refusal| refusal.at("name"))?,
            role: input.role.into(),
            permissions: input.permissions.into_iter().map(Into::into).collect(),
            key: IdempotencyKey::parse(&input.idempotency_key)?,
        })
    }
}

/// A client to be given another secret.
#[derive(InputObject)]
pub(super) struct RotateClientSecretInput {
    /// The client.
    id: ID,
    /// The version that was seen.
    version: i32,
    /// For how many seconds the secret before stays good: 0 to 604800. A day, so that a running system can be set to the new
    /// one; 0 when the secret has become known.
    #[graphql(default = 86400)]
    overlap_seconds: i32,
    /// A new key for a new request, the same for its repetition.
    idempotency_key: String,
}

impl TryFrom<RotateClientSecretInput> for RotateClientSecret {
    type Error = Refusal;

    fn try_from(input: RotateClientSecretInput) -> Result<Self, Refusal> {
        Ok(Self {
            id: ClientId::parse(&input.id).map_err(|refusal| refusal.at("id"))?,
            version: Version::new(input.version),
            overlap: Overlap::parse(input.overlap_seconds.into())?,
            key: IdempotencyKey::parse(&input.idempotency_key)?,
        })
    }
}
