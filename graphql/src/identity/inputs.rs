//! What clients send, parsed once.
use async_graphql::InputObject;
use jicai_domain::audit::IdempotencyKey;
use jicai_domain::errors::Refusal;
use jicai_domain::identity::{
    CreditCode, LoginName, Name, Password, ProductGroup, Reason, RegionCode, Version,
};
use jicai_domain::ids::{AllianceId, Id, OrganizationId};
use jicai_service::identity::{
    InviteManager, InviteUser, JoinAlliance, LeaveAlliance, OpenAlliance, RegisterOrganization,
    ResubmitOrganization,
};

use super::types::{OrganizationKind, OrganizationStatus, Role};
use crate::dates::Date;

/// An organization that wants to take part, with its first user, a manager.
#[derive(InputObject)]
pub(super) struct RegisterOrganizationInput {
    /// Its type; nobody registers as the operator.
    kind: OrganizationKind,
    /// Its name.
    name: String,
    /// 统一社会信用代码 (GB 32100).
    credit_code: String,
    /// The codes of the regions that it acts in (GB/T 2260).
    regions: Vec<String>,
    /// The clerk's part of the login name, which is this, `@`, and the credit code.
    clerk: String,
    /// The first user's name.
    person: String,
    /// The first user's password.
    password: String,
    /// A new key for a new request, the same for its repetition: 16 to 64 letters, digits, hyphens or underscores.
    idempotency_key: String,
}

impl TryFrom<RegisterOrganizationInput> for RegisterOrganization {
    type Error = Refusal;

    fn try_from(input: RegisterOrganizationInput) -> Result<Self, Refusal> {
        let credit_code = CreditCode::parse(&input.credit_code)?;
        let login = LoginName::of(&input.clerk, &credit_code)?;
        Ok(Self {
            kind: input.kind.into(),
            name: Name::parse(&input.name).map_err(|refusal| refusal.at("name"))?,
            credit_code,
            regions: regions(&input.regions)?,
            password: Password::choose(&input.password, &login)?,
            login,
            person: Name::parse(&input.person).map_err(|refusal| refusal.at("person"))?,
            key: IdempotencyKey::parse(&input.idempotency_key)?,
        })
    }
}

/// The caller's organization, put right after it was returned.
#[derive(InputObject)]
pub(super) struct ResubmitOrganizationInput {
    /// Its corrected name.
    name: String,
    /// The codes of its corrected regions.
    regions: Vec<String>,
    /// The version that was seen.
    version: i32,
    /// A new key for a new request, the same for its repetition.
    idempotency_key: String,
}

impl TryFrom<ResubmitOrganizationInput> for ResubmitOrganization {
    type Error = Refusal;

    fn try_from(input: ResubmitOrganizationInput) -> Result<Self, Refusal> {
        Ok(Self {
            name: Name::parse(&input.name).map_err(|refusal| refusal.at("name"))?,
            regions: regions(&input.regions)?,
            version: Version::new(input.version),
            key: IdempotencyKey::parse(&input.idempotency_key)?,
        })
    }
}

/// A change of something that was seen at a version.
#[derive(InputObject)]
pub(crate) struct ChangeInput {
    /// What is to change.
    id: async_graphql::ID,
    /// The version that was seen.
    version: i32,
    /// A new key for a new request, the same for its repetition.
    idempotency_key: String,
}

impl ChangeInput {
    /// What is to change, at which version, by which request.
    pub(crate) fn parsed<T: Id>(&self) -> Result<((T, Version), IdempotencyKey), Refusal> {
        let id = T::parse(&self.id).map_err(|refusal| refusal.at("id"))?;
        Ok(((id, Version::new(self.version)), IdempotencyKey::parse(&self.idempotency_key)?))
    }
}

/// An organization whose manager is to be invited.
#[derive(InputObject)]
pub(super) struct InviteImportedManagerInput {
    /// The organization.
    organization: async_graphql::ID,
    /// A new key for a new request, the same for its repetition.
    idempotency_key: String,
}

impl InviteImportedManagerInput {
    /// The organization, by which request.
    pub(super) fn parsed(&self) -> Result<(OrganizationId, IdempotencyKey), Refusal> {
        let id = OrganizationId::parse(&self.organization).map_err(|refusal| refusal.at("organization"))?;
        Ok((id, IdempotencyKey::parse(&self.idempotency_key)?))
    }
}

/// A change that needs a reason.
#[derive(InputObject)]
pub(crate) struct ReasonedChangeInput {
    /// What is to change.
    id: async_graphql::ID,
    /// The version that was seen.
    version: i32,
    /// Why, for those whom it concerns.
    reason: String,
    /// A new key for a new request, the same for its repetition.
    idempotency_key: String,
}

impl ReasonedChangeInput {
    /// The change and its reason.
    pub(crate) fn parsed(self) -> Result<(ChangeInput, Reason), Refusal> {
        let reason = Reason::parse(&self.reason)?;
        Ok((
            ChangeInput { id: self.id, version: self.version, idempotency_key: self.idempotency_key },
            reason,
        ))
    }
}

/// Which organizations.
#[derive(InputObject, Default)]
pub(super) struct OrganizationFilter {
    /// Only in that state.
    pub(super) status: Option<OrganizationStatus>,
    /// Only of that type.
    pub(super) kind: Option<OrganizationKind>,
}

/// A clerk to be invited into the caller's organization.
#[derive(InputObject)]
pub(super) struct InviteUserInput {
    /// The clerk's part of the login name.
    clerk: String,
    /// The person's name.
    name: String,
    /// What the user will act as.
    role: Role,
    /// A new key for a new request, the same for its repetition.
    idempotency_key: String,
}

impl TryFrom<InviteUserInput> for InviteUser {
    type Error = Refusal;

    fn try_from(input: InviteUserInput) -> Result<Self, Refusal> {
        Ok(Self {
            clerk: input.clerk,
            name: Name::parse(&input.name).map_err(|refusal| refusal.at("name"))?,
            role: input.role.into(),
            key: IdempotencyKey::parse(&input.idempotency_key)?,
        })
    }
}

/// A manager for an organization that has lost its own.
#[derive(InputObject)]
pub(super) struct InviteManagerInput {
    /// The organization.
    organization: async_graphql::ID,
    /// The manager's part of the login name.
    clerk: String,
    /// The person's name.
    name: String,
    /// Why the administrator steps in.
    reason: String,
    /// A new key for a new request, the same for its repetition.
    idempotency_key: String,
}

impl TryFrom<InviteManagerInput> for InviteManager {
    type Error = Refusal;

    fn try_from(input: InviteManagerInput) -> Result<Self, Refusal> {
        Ok(Self {
            organization: OrganizationId::parse(&input.organization)
                .map_err(|refusal| refusal.at("organization"))?,
            clerk: input.clerk,
            name: Name::parse(&input.name).map_err(|refusal| refusal.at("name"))?,
            reason: Reason::parse(&input.reason)?,
            key: IdempotencyKey::parse(&input.idempotency_key)?,
        })
    }
}

/// A new alliance.
#[derive(InputObject)]
pub(super) struct OpenAllianceInput {
    /// Its name.
    name: String,
    /// A new key for a new request, the same for its repetition.
    idempotency_key: String,
}

impl TryFrom<OpenAllianceInput> for OpenAlliance {
    type Error = Refusal;

    fn try_from(input: OpenAllianceInput) -> Result<Self, Refusal> {
        Ok(Self {
            name: Name::parse(&input.name).map_err(|refusal| refusal.at("name"))?,
            key: IdempotencyKey::parse(&input.idempotency_key)?,
        })
    }
}

/// A region that joins or leaves an alliance for a product group.
#[derive(InputObject)]
pub(super) struct MembershipInput {
    /// The alliance.
    alliance: async_graphql::ID,
    /// The version that was seen.
    version: i32,
    /// The region's code.
    region: String,
    /// The product group.
    product_group: String,
    /// The first day of belonging, or of no longer belonging.
    day: Date,
    /// A new key for a new request, the same for its repetition.
    idempotency_key: String,
}

impl TryFrom<MembershipInput> for JoinAlliance {
    type Error = Refusal;

    fn try_from(input: MembershipInput) -> Result<Self, Refusal> {
        Ok(Self {
            alliance: AllianceId::parse(&input.alliance).map_err(|refusal| refusal.at("alliance"))?,
            version: Version::new(input.version),
            region: RegionCode::parse(&input.region).map_err(|refusal| refusal.at("region"))?,
            group: ProductGroup::parse(&input.product_group)?,
            joined: input.day.0,
            key: IdempotencyKey::parse(&input.idempotency_key)?,
        })
    }
}

impl TryFrom<MembershipInput> for LeaveAlliance {
    type Error = Refusal;

    fn try_from(input: MembershipInput) -> Result<Self, Refusal> {
        let JoinAlliance { alliance, version, region, group, joined, key } = input.try_into()?;
        Ok(Self { alliance, version, region, group, left: joined, key })
    }
}

fn regions(codes: &[String]) -> Result<Vec<RegionCode>, Refusal> {
    codes.iter().map(|code| RegionCode::parse(code).map_err(|refusal| refusal.at("regions"))).collect()
}
