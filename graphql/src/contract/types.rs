//! What is shown of contracts.
use async_graphql::{Context, Enum, ID, Object, SimpleObject};
use jicai_domain::contract::agreement as domain;
use jicai_domain::identity::Reason;
use jicai_service::contract as cases;

use crate::asking::{app, asking};
use crate::catalog::{Item, ItemUse, item_today};
use crate::dates::{Date, DateTime};
use crate::error::ApiError;

/// How far a contract is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
pub(super) enum ContractStatus {
    /// 待签: it is being divided, or nobody has sealed it.
    Draft,
    /// 签章中: some have sealed.
    Sealing,
    /// 已签: every party has sealed.
    Sealed,
    /// 执行中.
    InForce,
    /// 已到期.
    Closed,
    /// 已终止, before its end.
    Terminated,
}

impl ContractStatus {
    /// The label that rows have.
    pub(super) const fn label(self) -> &'static str {
        match self {
            Self::Draft => "DRAFT",
            Self::Sealing => "SEALING",
            Self::Sealed => "SEALED",
            Self::InForce => "IN_FORCE",
            Self::Closed => "CLOSED",
            Self::Terminated => "TERMINATED",
        }
    }

    const fn of(status: &domain::ContractStatus) -> Self {
        match status {
            domain::ContractStatus::Draft => Self::Draft,
            domain::ContractStatus::Sealing => Self::Sealing,
            domain::ContractStatus::Sealed => Self::Sealed,
            domain::ContractStatus::InForce => Self::InForce,
            domain::ContractStatus::Closed => Self::Closed,
            domain::ContractStatus::Terminated { .. } => Self::Terminated,
        }
    }
}

/// 购销合同, a main contract: a selected product in a region for an agreement year.
pub(super) struct Contract(pub(super) cases::ShownContract);

#[Object]
impl Contract {
    /// Its id.
    async fn id(&self) -> ID {
        ID(self.0.id.to_string())
    }

    /// The id of the official result that it comes from.
    async fn result_id(&self) -> ID {
        ID(self.0.result.to_string())
    }

    /// The name of that result.
    async fn result_name(&self) -> &str {
        &self.0.result_name
    }

    /// Which edition of that result it was made under. It stays visible when a newer one takes its place.
    async fn edition(&self) -> i32 {
        self.0.edition
    }

    /// The id of the procurement office.
    async fn office_id(&self) -> ID {
        ID(self.0.office.to_string())
    }

    /// The id of the selected product.
    async fn product_id(&self) -> ID {
        ID(self.0.product.to_string())
    }

    /// The number of its lot.
    async fn lot_number(&self) -> i32 {
        self.0.lot_number
    }

    /// The name of its lot.
    async fn lot_name(&self) -> &str {
        &self.0.lot_name
    }

    /// The product's name.
    async fn product_name(&self) -> &str {
        &self.0.product_name
    }

    /// Its specification.
    async fn spec(&self) -> &str {
        &self.0.spec
    }

    /// What the product is in the registry, with the code and release that were used: it stays, whatever becomes of the item.
    #[graphql(complexity = "2 + child_complexity")]
    async fn item_use(&self, ctx: &Context<'_>) -> Result<Option<ItemUse>, ApiError> {
        let found = asking(ctx)?.items.load_one(self.0.product).await;
        Ok(found.map_err(|error| ApiError::shared(&error))?.map(ItemUse))
    }

    /// The item that the product is, as it stands today; none where the registry did not know it.
    #[graphql(complexity = "4 + child_complexity")]
    async fn item(&self, ctx: &Context<'_>) -> Result<Option<Item>, ApiError> {
        let found = asking(ctx)?.items.load_one(self.0.product).await;
        let used = found.map_err(|error| ApiError::shared(&error))?;
        item_today(ctx, used.and_then(|used| used.item)).await
    }

    /// The smallest unit that the price counts.
    async fn unit(&self) -> &str {
        &self.0.unit
    }

    /// 0 for the contract that comes from the result; a supplement, for volume that came to the supplier since, counts up. 补充协议
    async fn supplement(&self) -> i32 {
        i32::from(self.0.supplement)
    }

    /// The code of the region.
    async fn region_code(&self) -> String {
        self.0.region.to_string()
    }

    /// 协议年度, the agreement year that it is signed for, from 1.
    async fn year(&self) -> u32 {
        self.0.year.number
    }

    /// Its first day.
    async fn starts_on(&self) -> Date {
        Date(self.0.year.start)
    }

    /// Its last day, as it is sealed.
    async fn until(&self) -> Date {
        Date(self.0.year.end)
    }

    /// Its last day where a newer edition of its result ends it before.
    async fn ends_on(&self) -> Option<Date> {
        self.0.ends_on.map(Date)
    }

    /// 协议期, the last day that there may be contracts of its product, with what was extended; none while that runs until the next result.
    async fn term_until(&self) -> Option<Date> {
        self.0.term_until.map(Date)
    }

    /// 续签, the id of the contract of the year before.
    async fn renews_id(&self) -> Option<ID> {
        self.0.renews.map(|before| ID(before.to_string()))
    }

    /// The id of the contract of an earlier edition whose place it takes.
    async fn replaces_id(&self) -> Option<ID> {
        self.0.replaces.map(|before| ID(before.to_string()))
    }

    /// The id of the selected enterprise.
    async fn holder_id(&self) -> ID {
        ID(self.0.holder.to_string())
    }

    /// Its name.
    async fn holder_name(&self) -> &str {
        &self.0.holder_name
    }

    /// The id of the distributor, once it is named.
    async fn distributor_id(&self) -> Option<ID> {
        self.0.distributor.map(|distributor| ID(distributor.to_string()))
    }

    /// 约定采购量, what is agreed for the year in units of the lot's representative, as a decimal number: a floor, never a cap.
    async fn volume(&self) -> String {
        self.0.volume.to_string()
    }

    /// The selected price of a smallest unit, tax included, as a decimal; none where the source of the result does not tell it.
    async fn selected_price(&self) -> Option<String> {
        self.0.price.map(|price| price.normalize().to_string())
    }

    /// The price that holds now: the selected one, or a lower one that the enterprise offers.
    async fn price(&self) -> Option<String> {
        self.0.lowered_price.or(self.0.price).map(|price| price.normalize().to_string())
    }

    /// How far it is.
    async fn status(&self) -> ContractStatus {
        ContractStatus::of(&self.0.status)
    }

    /// Why it was terminated.
    async fn reason(&self) -> Option<&str> {
        self.0.status.reason().map(Reason::as_str)
    }

    /// How many institutions it is divided over, as a decimal number; none before it is.
    async fn institutions(&self) -> Option<String> {
        self.0.institutions.map(|count| count.to_string())
    }

    /// Seals that are still to come, as a decimal number.
    async fn seals_missing(&self) -> String {
        self.0.seals_missing.to_string()
    }

    /// How often it changed.
    async fn version(&self) -> i32 {
        self.0.version
    }

    /// The document that enterprise and distributor seal, in its canonical form; `jicai contract` reads it.
    #[graphql(complexity = 10)]
    async fn document(&self, ctx: &Context<'_>) -> Result<String, ApiError> {
        Ok(cases::contract_document(app(ctx)?, self.0.id).await?)
    }

    /// The seals of enterprise and distributor.
    #[graphql(complexity = "5 + 2 * child_complexity")]
    async fn seals(&self, ctx: &Context<'_>) -> Result<Vec<Seal>, ApiError> {
        let seals = cases::seals(app(ctx)?, self.0.id, None).await?;
        Ok(seals.into_iter().map(Seal::of).collect())
    }
}

/// A party's seal over a document.
#[derive(SimpleObject)]
pub(super) struct Seal {
    /// The id of the organization that sealed.
    party_id: ID,
    /// Its name.
    party_name: String,
    /// The public line of the key that it sealed with.
    public_line: String,
    /// The seal, in its canonical form.
    seal: String,
    /// When.
    sealed_at: DateTime,
}

impl Seal {
    fn of(shown: cases::ShownSeal) -> Seal {
        Seal {
            party_id: ID(shown.party.to_string()),
            party_name: shown.name,
            public_line: shown.public_line,
            seal: shown.seal,
            sealed_at: DateTime(shown.sealed_at),
        }
    }
}

/// An institution's part of a main contract. 机构约定量
pub(super) struct SubContract(pub(super) cases::ShownPart);

#[Object]
impl SubContract {
    /// Its id.
    async fn id(&self) -> ID {
        ID(self.0.id.to_string())
    }

    /// The main contract.
    #[graphql(complexity = "1 + child_complexity")]
    async fn contract(&self) -> Contract {
        Contract(self.0.contract.clone())
    }

    /// The id of the institution.
    async fn institution_id(&self) -> ID {
        ID(self.0.institution.to_string())
    }

    /// Its name.
    async fn institution_name(&self) -> &str {
        &self.0.institution_name
    }

    /// What was agreed for it when it was made and is sealed, in units of the lot's representative, as a decimal number: a floor, never a cap.
    async fn volume(&self) -> String {
        self.0.volume.to_string()
    }

    /// What of it is agreed now: less what moved to other institutions or suppliers since. As a decimal number.
    async fn agreed_volume(&self) -> String {
        self.0.agreed.to_string()
    }

    /// 剩余用量: what of it lost its supplier and has no other yet, as a decimal number. The institution may choose one.
    async fn left_over(&self) -> String {
        self.0.left_over.to_string()
    }

    /// When the institution sealed it.
    async fn sealed_at(&self) -> Option<DateTime> {
        self.0.sealed_at.map(DateTime)
    }

    /// Where it stands today.
    #[graphql(complexity = "2 + child_complexity")]
    async fn fulfilment(&self, ctx: &Context<'_>) -> Result<Fulfilment, ApiError> {
        let stands = cases::fulfilment(app(ctx)?, &self.0).await?;
        Ok(Fulfilment {
            bought: stands.bought.to_string(),
            remaining: stands.remaining.to_string(),
            elapsed: stands.elapsed,
            due: stands.due.to_string(),
        })
    }

    /// The document that the institution seals, in its canonical form; `jicai contract` reads it.
    #[graphql(complexity = 10)]
    async fn document(&self, ctx: &Context<'_>) -> Result<String, ApiError> {
        Ok(cases::sub_contract_document(app(ctx)?, self.0.id).await?)
    }

    /// The institution's seal.
    #[graphql(complexity = "5 + child_complexity")]
    async fn seals(&self, ctx: &Context<'_>) -> Result<Vec<Seal>, ApiError> {
        let seals = cases::seals(app(ctx)?, self.0.contract.id, Some(self.0.id)).await?;
        Ok(seals.into_iter().map(Seal::of).collect())
    }
}

/// How far an agreed volume is.
#[derive(SimpleObject)]
pub(super) struct Fulfilment {
    /// What was bought of it, as a decimal number: what was accepted and not returned.
    bought: String,
    /// What is still to be bought, as a decimal number.
    remaining: String,
    /// 序时进度, the share of the agreement year that has passed, a percentage with two decimals.
    elapsed: String,
    /// What would have been bought by now at an even pace, as a decimal number.
    due: String,
}
