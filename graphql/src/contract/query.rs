//! What can be asked about contracts.
use async_graphql::connection::Connection;
use async_graphql::{Context, ID, InputObject, Object};
use jicai_domain::errors::Refusal;
use jicai_domain::identity::RegionCode;
use jicai_domain::ids::{ContractId, Id, OfficialResultId, SubContractId};
use jicai_service::contract as cases;

use super::types::{Contract, ContractStatus, SubContract};
use crate::asking::{app, caller};
use crate::connection::{connection, cost, page};
use crate::error::ApiError;

/// Which contracts.
#[derive(Default, InputObject)]
struct ContractFilter {
    /// Of that official result.
    result: Option<ID>,
    /// Of that region.
    region_code: Option<String>,
    /// That far.
    status: Option<ContractStatus>,
}

impl TryFrom<ContractFilter> for cases::Wanted {
    type Error = Refusal;

    fn try_from(filter: ContractFilter) -> Result<Self, Refusal> {
        let result = filter.result.map(|result| OfficialResultId::parse(&result)).transpose();
        let region = filter.region_code.as_deref().map(RegionCode::parse).transpose();
        Ok(Self {
            result: result.map_err(|refusal| refusal.at("result"))?,
            region: region.map_err(|refusal| refusal.at("regionCode"))?,
            status: filter.status.map(ContractStatus::label),
        })
    }
}

/// Queries about contracts.
#[derive(Default)]
pub(crate) struct ContractQuery;

#[Object]
impl ContractQuery {
    /// A contract that the caller is a party of, of the caller's office, or of the caller's jurisdiction. 购销合同
    async fn contract(&self, ctx: &Context<'_>, id: ID) -> Result<Contract, ApiError> {
        let caller = caller(ctx)?;
        let id = ContractId::parse(&id).map_err(|refusal| refusal.at("id"))?;
        Ok(Contract(cases::contract(app(ctx)?, caller, id).await?))
    }

    /// Such contracts, the newest first.
    #[graphql(complexity = "cost(first, child_complexity)")]
    async fn contracts(
        &self,
        ctx: &Context<'_>,
        filter: Option<ContractFilter>,
        first: Option<i32>,
        after: Option<String>,
    ) -> Result<Connection<String, Contract>, ApiError> {
        let caller = caller(ctx)?;
        let page = page(first, after.as_deref(), ContractId::parse)?;
        let wanted = filter.unwrap_or_default().try_into()?;
        let part = cases::contracts_of(app(ctx)?, caller, &wanted, &page).await?;
        Ok(connection(part, |one| one.id.to_string(), Contract))
    }

    /// The institution's part of such a contract. 机构约定量
    async fn sub_contract(&self, ctx: &Context<'_>, id: ID) -> Result<SubContract, ApiError> {
        let caller = caller(ctx)?;
        let id = SubContractId::parse(&id).map_err(|refusal| refusal.at("id"))?;
        Ok(SubContract(cases::sub_contract(app(ctx)?, caller, id).await?))
    }

    /// Such parts, of one main contract or of all: an institution sees its own, each with its main contract.
    #[graphql(complexity = "cost(first, child_complexity)")]
    async fn sub_contracts(
        &self,
        ctx: &Context<'_>,
        contract: Option<ID>,
        first: Option<i32>,
        after: Option<String>,
    ) -> Result<Connection<String, SubContract>, ApiError> {
        let caller = caller(ctx)?;
        let page = page(first, after.as_deref(), SubContractId::parse)?;
        let contract = contract.map(|contract| ContractId::parse(&contract)).transpose();
        let contract = contract.map_err(|refusal| refusal.at("contract"))?;
        let part = cases::sub_contracts(app(ctx)?, caller, contract, &page).await?;
        Ok(connection(part, |one| one.id.to_string(), SubContract))
    }

    /// The public line of the key that seals the contracts of the caller's organization.
    async fn contract_key(&self, ctx: &Context<'_>) -> Result<Option<String>, ApiError> {
        let caller = caller(ctx)?;
        Ok(cases::contract_key(app(ctx)?, caller).await?)
    }
}
