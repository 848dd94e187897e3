//! What an office sends about results that were made elsewhere.
use async_graphql::{Context, ID, InputObject, Object};
use jicai_domain::audit::IdempotencyKey;
use jicai_domain::errors::Refusal;
use jicai_domain::identity::Name;
use jicai_domain::ids::{Id, ImportId, OrganizationId, SelectedProductId};
use jicai_service::contract as cases;
use jicai_service::contract::official::official_result;

use super::official::OfficialResult;
use crate::asking::{app, caller};
use crate::dates::{Date, DateTime};
use crate::error::ApiError;
use crate::procurement::Disclosure;

/// A result that was brought in and is to be announced.
#[derive(InputObject)]
struct AnnounceImportedResultInput {
    /// The import.
    import: ID,
    /// The name; the same name replaces what stands under it.
    name: String,
    /// The edition that was seen standing under the name; 0 where there was none.
    replaces: i32,
    /// The day its contracts begin.
    starts_on: Date,
    /// Who sees its prices.
    disclosure: Disclosure,
    /// No contract is sealed before.
    standstill_until: Option<DateTime>,
    /// Whether it is announced although rows of the table were rejected.
    #[graphql(default)]
    without_rejected_rows: bool,
    /// A new key for a new request, the same for its repetition.
    idempotency_key: String,
}

impl TryFrom<AnnounceImportedResultInput> for cases::AnnounceImported {
    type Error = Refusal;

    fn try_from(input: AnnounceImportedResultInput) -> Result<Self, Refusal> {
        Ok(Self {
            import: ImportId::parse(&input.import).map_err(|refusal| refusal.at("import"))?,
            name: Name::parse(&input.name).map_err(|refusal| refusal.at("name"))?,
            replaces: input.replaces,
            starts_on: input.starts_on.0,
            disclosure: input.disclosure.into(),
            standstill_until: input.standstill_until.map(|until| until.0),
            without_rejected_rows: input.without_rejected_rows,
            key: IdempotencyKey::parse(&input.idempotency_key)?,
        })
    }
}

/// Which organization the firm of a product is.
#[derive(InputObject)]
struct NameHolderInput {
    /// The product.
    product: ID,
    /// The manufacturer.
    organization: ID,
    /// A new key for a new request, the same for its repetition.
    idempotency_key: String,
}

/// Mutations of results that were made elsewhere.
#[derive(Default)]
pub(crate) struct ResultImportMutation;

#[Object]
impl ResultImportMutation {
    /// Announce a result that was brought in, as the next edition of its name. 公布导入的中选结果
    #[graphql(complexity = "1 + child_complexity")]
    async fn announce_imported_result(
        &self,
        ctx: &Context<'_>,
        input: AnnounceImportedResultInput,
    ) -> Result<OfficialResult, ApiError> {
        let (app, caller) = (app(ctx)?, caller(ctx)?);
        let id = cases::announce_imported_result(app, caller, input.try_into()?).await?;
        Ok(OfficialResult(official_result(app, id).await?))
    }

    /// Say which manufacturer of the platform the firm of a selected product is. 指认中选企业
    async fn name_holder(&self, ctx: &Context<'_>, input: NameHolderInput) -> Result<ID, ApiError> {
        let caller = caller(ctx)?;
        let command = cases::NameHolder {
            product: SelectedProductId::parse(&input.product).map_err(|refusal| refusal.at("product"))?,
            organization: OrganizationId::parse(&input.organization)
                .map_err(|refusal| refusal.at("organization"))?,
            key: IdempotencyKey::parse(&input.idempotency_key)?,
        };
        Ok(ID(cases::name_holder(app(ctx)?, caller, command).await?.to_string()))
    }
}
