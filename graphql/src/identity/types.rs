//! What is shown of identity.
use std::sync::Arc;

use async_graphql::{Context, Enum, ID, Object, SimpleObject};
use jicai_domain::errors::{Code, Refusal};
use jicai_domain::identity as domain;
use jicai_domain::ids::{AllianceId, OrganizationId, UserId};
use jicai_service::identity::{Enrolment, Invited, Tokens};
use jicai_service::{App, Changed, Error};

use super::licences::Licence;
use crate::asking::asking;
use crate::dates::Date;
use crate::error::ApiError;

/// The type of an organization; decides the roles that its users may have.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "jicai_domain::identity::OrganizationKind")]
pub(super) enum OrganizationKind {
    /// 申报企业, a marketing-authorization holder.
    Manufacturer,
    /// 配送企业, a distributor.
    Distributor,
    /// 医疗机构, a medical institution.
    Hospital,
    /// 联采办 or 采购中心; its users may be key custodians instead.
    ProcurementOffice,
    /// A reviewing body of a county, city or province.
    ReviewBody,
    /// 经办机构, an agency of the insurance fund.
    InsuranceAgency,
    /// 医保局, a healthcare-security administration.
    Regulator,
    /// A supervising or auditing body.
    AuditBody,
    /// Whoever operates the platform.
    Operator,
}

/// What a user acts as.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "jicai_domain::identity::Role")]
pub(super) enum Role {
    /// 申报企业.
    Manufacturer,
    /// 配送企业.
    Distributor,
    /// 医疗机构.
    Hospital,
    /// 联采办, 采购中心.
    ProcurementOffice,
    /// 密钥保管人, holds a share of a round's key.
    KeyCustodian,
    /// Reviews hospitals' demand upward.
    Reviewer,
    /// 经办机构.
    InsuranceAgency,
    /// 医保局.
    Regulator,
    /// Reads what its jurisdiction allows, changes nothing.
    Auditor,
    /// Accounts and reference data.
    Admin,
}

/// Where an organization is between registration and suspension.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
pub(super) enum OrganizationStatus {
    /// Registered, waiting for review.
    Pending,
    /// Reviewed; its users may act.
    Approved,
    /// Sent back; may be submitted again.
    Returned,
    /// Its users may look and not act.
    Suspended,
}

impl OrganizationStatus {
    /// The label that rows have.
    pub(super) const fn label(self) -> &'static str {
        match self {
            Self::Pending => "PENDING",
            Self::Approved => "APPROVED",
            Self::Returned => "RETURNED",
            Self::Suspended => "SUSPENDED",
        }
    }

    const fn of(status: &domain::OrganizationStatus) -> Self {
        match status {
            domain::OrganizationStatus::Pending => Self::Pending,
            domain::OrganizationStatus::Approved => Self::Approved,
            domain::OrganizationStatus::Returned { .. } => Self::Returned,
            domain::OrganizationStatus::Suspended { .. } => Self::Suspended,
        }
    }
}

/// Where a user is between invitation and disablement.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "jicai_domain::identity::UserStatus")]
pub(super) enum UserStatus {
    /// Invited, without a password.
    Invited,
    /// May log in.
    Active,
    /// May not log in.
    Disabled,
}

/// How far down the tree a region is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "jicai_domain::identity::RegionLevel")]
pub(super) enum RegionLevel {
    /// The whole nation.
    Nation,
    /// 省, 自治区, 直辖市.
    Province,
    /// 地级市, 州, 盟.
    Prefecture,
    /// 区, 县, 县级市, 旗.
    County,
}

/// An administrative division (GB/T 2260).
pub(crate) struct Region(pub(crate) domain::Region);

#[Object]
impl Region {
    /// The six digits of GB/T 2260; `000000` is the whole nation.
    async fn code(&self) -> String {
        self.0.code.to_string()
    }

    /// The Chinese name.
    async fn name(&self) -> &str {
        &self.0.name
    }

    /// The English name.
    async fn english_name(&self) -> &str {
        &self.0.english
    }

    /// How far down the tree it is.
    async fn level(&self) -> RegionLevel {
        self.0.code.level().into()
    }

    /// The code of the region that it is part of.
    async fn parent_code(&self) -> Option<String> {
        self.0.code.parent().map(|parent| parent.to_string())
    }
}

/// An organization.
pub(super) struct Organization(pub(super) domain::Organization);

#[Object]
impl Organization {
    /// Its id.
    async fn id(&self) -> ID {
        ID(self.0.id.to_string())
    }

    /// Its type.
    async fn kind(&self) -> OrganizationKind {
        self.0.kind.into()
    }

    /// Its name.
    async fn name(&self) -> &str {
        self.0.name.as_str()
    }

    /// 统一社会信用代码, its unified social credit code (GB 32100).
    async fn credit_code(&self) -> &str {
        self.0.credit_code.as_str()
    }

    /// The regions that it acts in.
    #[graphql(complexity = "5 * child_complexity")]
    async fn regions(&self, ctx: &Context<'_>) -> Result<Vec<Region>, ApiError> {
        let asking = asking(ctx)?;
        // A page of organizations asks for hardly more regions than are kept: the loader waits for others to ask.
        if let Some(kept) = jicai_service::identity::regions_kept(&asking.app, &self.0.regions) {
            return Ok(kept.into_iter().map(Region).collect());
        }
        let mut found = loaded(asking.regions.load_many(self.0.regions.iter().copied()).await)?;
        Ok(self.0.regions.iter().filter_map(|code| found.remove(code)).map(Region).collect())
    }

    /// 证照, the licences that it shows, the oldest first, at most 50.
    #[graphql(complexity = "5 * child_complexity")]
    async fn licences(&self, ctx: &Context<'_>) -> Result<Vec<Licence>, ApiError> {
        let found = loaded(asking(ctx)?.licences.load_one(self.0.id).await)?;
        Ok(found.unwrap_or_default().into_iter().map(Licence).collect())
    }

    /// Where it is between registration and suspension.
    async fn status(&self) -> OrganizationStatus {
        OrganizationStatus::of(&self.0.status)
    }

    /// Why it was returned or suspended.
    async fn status_reason(&self) -> Option<&str> {
        self.0.status.reason().map(domain::Reason::as_str)
    }

    /// How often it changed; every change names the version that it has seen.
    async fn version(&self) -> i32 {
        self.0.version.number()
    }
}

/// A person, or a clerk, of an organization.
pub(super) struct User(pub(super) domain::User);

#[Object]
impl User {
    /// Its id.
    async fn id(&self) -> ID {
        ID(self.0.id.to_string())
    }

    /// The organization that it belongs to.
    async fn organization(&self, ctx: &Context<'_>) -> Result<Organization, ApiError> {
        let found = loaded(asking(ctx)?.organizations.load_one(self.0.organization).await)?;
        found.map(Organization).ok_or_else(|| Refusal::of(Code::NotFound).into())
    }

    /// What it logs in as.
    async fn login_name(&self) -> &str {
        self.0.login.as_str()
    }

    /// The person's name.
    async fn name(&self) -> &str {
        self.0.name.as_str()
    }

    /// What it acts as.
    async fn role(&self) -> Role {
        self.0.role.into()
    }

    /// Whether it invites, resets and disables the organization's users.
    async fn manager(&self) -> bool {
        self.0.manager
    }

    /// Where it is between invitation and disablement.
    async fn status(&self) -> UserStatus {
        self.0.status.into()
    }

    /// Whether a one-time code is asked for at login.
    async fn second_factor(&self) -> bool {
        self.0.second_factor
    }

    /// How often it changed; every change names the version that it has seen.
    async fn version(&self) -> i32 {
        self.0.version.number()
    }
}

/// 联盟, a set of regions that buy together.
pub(super) struct Alliance(pub(super) domain::Alliance);

#[Object]
impl Alliance {
    /// Its id.
    async fn id(&self) -> ID {
        ID(self.0.id.to_string())
    }

    /// Its name.
    async fn name(&self) -> &str {
        self.0.name.as_str()
    }

    /// The id of the procurement office that keeps it.
    async fn office_id(&self) -> ID {
        ID(self.0.office.to_string())
    }

    /// Who belonged to it, when and for what, the first to join first; only those of a day when one is given.
    #[graphql(complexity = "20 * child_complexity")]
    async fn memberships(&self, on: Option<Date>) -> Vec<Membership> {
        let held = self.0.memberships.iter().filter(|one| on.is_none_or(|Date(day)| one.holds_on(day)));
        held.cloned().map(Membership).collect()
    }

    /// How often it changed; every change names the version that it has seen.
    async fn version(&self) -> i32 {
        self.0.version.number()
    }
}

/// A region's belonging to an alliance for one product group.
pub(super) struct Membership(domain::Membership);

#[Object]
impl Membership {
    /// The region.
    async fn region(&self, ctx: &Context<'_>) -> Result<Region, ApiError> {
        let found = loaded(asking(ctx)?.regions.load_one(self.0.region).await)?;
        found.map(Region).ok_or_else(|| Refusal::of(Code::NotFound).into())
    }

    /// The product group.
    async fn product_group(&self) -> &str {
        self.0.group.as_str()
    }

    /// The first day.
    async fn joined(&self) -> Date {
        Date(self.0.joined)
    }

    /// The first day on which it no longer belongs.
    async fn left(&self) -> Option<Date> {
        self.0.left.map(Date)
    }
}

/// The answer to a change of an organization.
#[derive(SimpleObject)]
pub(super) struct OrganizationChanged {
    /// Its id.
    id: ID,
    /// Its version after the change.
    version: i32,
}

impl From<Changed<OrganizationId>> for OrganizationChanged {
    fn from(changed: Changed<OrganizationId>) -> Self {
        Self { id: ID(changed.id.to_string()), version: changed.version.number() }
    }
}

/// The answer to a change of a user.
#[derive(SimpleObject)]
pub(super) struct UserChanged {
    /// Its id.
    id: ID,
    /// Its version after the change.
    version: i32,
}

impl From<Changed<UserId>> for UserChanged {
    fn from(changed: Changed<UserId>) -> Self {
        Self { id: ID(changed.id.to_string()), version: changed.version.number() }
    }
}

/// The answer to a change of an alliance.
#[derive(SimpleObject)]
pub(super) struct AllianceChanged {
    /// Its id.
    id: ID,
    /// Its version after the change.
    version: i32,
}

impl From<Changed<AllianceId>> for AllianceChanged {
    fn from(changed: Changed<AllianceId>) -> Self {
        Self { id: ID(changed.id.to_string()), version: changed.version.number() }
    }
}

/// A user who may set a password by a one-time token.
#[derive(SimpleObject)]
pub(super) struct UserInvited {
    /// The user's id.
    id: ID,
    /// The user's version after the change.
    version: i32,
    /// The token to hand to the person; good once, for 72 hours.
    token: String,
}

impl UserInvited {
    pub(super) fn of(app: &App, invited: Invited) -> Self {
        let token = invited.token(app);
        Self { id: ID(invited.user.to_string()), version: invited.version.number(), token }
    }
}

/// What a login is shown with.
#[derive(SimpleObject)]
pub(super) struct LoginTokens {
    /// For each request, in `Authorization: Bearer`.
    access_token: String,
    /// For the next access token; good once.
    refresh_token: String,
    /// How long the access token is good.
    expires_in_seconds: i32,
}

impl From<Tokens> for LoginTokens {
    fn from(tokens: Tokens) -> Self {
        Self {
            access_token: tokens.access,
            refresh_token: tokens.refresh,
            expires_in_seconds: i32::try_from(tokens.access_seconds).unwrap_or(i32::MAX),
        }
    }
}

/// What an authenticator program is set up with.
#[derive(SimpleObject)]
pub(super) struct SecondFactorEnrolment {
    /// The shared secret in base 32.
    secret: String,
    /// The same with the account's name, for a QR code.
    uri: String,
}

impl From<Enrolment> for SecondFactorEnrolment {
    fn from(enrolment: Enrolment) -> Self {
        Self { secret: enrolment.secret, uri: enrolment.uri }
    }
}

fn loaded<T>(found: Result<T, Arc<Error>>) -> Result<T, ApiError> {
    found.map_err(|error| ApiError::shared(&error))
}
