//! Licences of organizations.
use async_graphql::{Enum, ID, InputObject, Object, SimpleObject};
use jicai_domain::audit::IdempotencyKey;
use jicai_domain::errors::Refusal;
use jicai_domain::identity::{self as domain, LicenceNumber};
use jicai_domain::ids::{DocumentId, Id, LicenceId};
use jicai_service::identity::{self as cases, AddLicence};

use crate::dates::Date;
use crate::documents::Document;

/// What a licence permits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "jicai_domain::identity::LicenceKind")]
pub(super) enum LicenceKind {
    /// 营业执照.
    Business,
    /// 药品经营许可证.
    DrugDistribution,
    /// 药品生产许可证.
    DrugManufacturing,
    /// 药品注册证书, which proves the marketing-authorization holder.
    MarketingAuthorization,
    /// 医疗机构执业许可证.
    MedicalInstitution,
}

/// 证照, a licence of an organization.
pub(crate) struct Licence(pub(crate) (domain::Licence, jicai_domain::documents::Document));

#[Object]
impl Licence {
    /// Its id.
    async fn id(&self) -> ID {
        ID(self.0.0.id.to_string())
    }

    /// What it permits.
    async fn kind(&self) -> LicenceKind {
        self.0.0.kind.into()
    }

    /// 证照编号, its number.
    async fn number(&self) -> &str {
        self.0.0.number.as_str()
    }

    /// 有效期至, its last day; none when it has none (长期).
    async fn valid_until(&self) -> Option<Date> {
        self.0.0.valid_until.map(Date)
    }

    /// The document that shows it.
    async fn document(&self) -> Document {
        Document(self.0.1.clone())
    }
}

/// A licence to be shown.
#[derive(InputObject)]
pub(super) struct AddLicenceInput {
    /// What it permits.
    kind: LicenceKind,
    /// 证照编号, its number.
    number: String,
    /// 有效期至, its last day; left out where it has none (长期).
    valid_until: Option<Date>,
    /// The id of the document that shows it, stored with `POST /documents?kind=LICENCE`.
    document: ID,
    /// A new key for a new request, the same for its repetition.
    idempotency_key: String,
}

impl TryFrom<AddLicenceInput> for AddLicence {
    type Error = Refusal;

    fn try_from(input: AddLicenceInput) -> Result<Self, Refusal> {
        Ok(Self {
            kind: input.kind.into(),
            number: LicenceNumber::parse(&input.number)?,
            valid_until: input.valid_until.map(|Date(day)| day),
            document: DocumentId::parse(&input.document).map_err(|refusal| refusal.at("document"))?,
            key: IdempotencyKey::parse(&input.idempotency_key)?,
        })
    }
}

/// A licence to be shown no longer.
#[derive(InputObject)]
pub(super) struct RemoveLicenceInput {
    /// The licence.
    id: ID,
    /// A new key for a new request, the same for its repetition.
    idempotency_key: String,
}

impl RemoveLicenceInput {
    /// The licence, by which request.
    pub(super) fn parsed(&self) -> Result<(LicenceId, IdempotencyKey), Refusal> {
        let id = LicenceId::parse(&self.id).map_err(|refusal| refusal.at("id"))?;
        Ok((id, IdempotencyKey::parse(&self.idempotency_key)?))
    }
}

/// The answer to a change of licences.
#[derive(SimpleObject)]
pub(super) struct LicenceChanged {
    /// The id of the licence.
    id: ID,
    /// The organization's version after the change.
    organization_version: i32,
}

impl From<cases::LicenceChanged> for LicenceChanged {
    fn from(changed: cases::LicenceChanged) -> Self {
        Self {
            id: ID(changed.licence.to_string()),
            organization_version: changed.organization_version.number(),
        }
    }
}
