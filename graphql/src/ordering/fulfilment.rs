//! How far agreed volume is fulfilled.
use async_graphql::connection::Connection;
use async_graphql::{Context, Enum, ID, InputObject, Object, SimpleObject};
use jicai_domain::errors::{Code, Refusal};
use jicai_domain::identity::RegionCode;
use jicai_domain::ids::{ContractId, Id, OrganizationId};
use jicai_domain::ordering::counts::{Counts, share};
use jicai_domain::time::Day;
use jicai_service::ordering as cases;

use super::types::yuan;
use crate::asking::{app, caller};
use crate::connection::{connection, cost, page};
use crate::dates::Date;
use crate::error::ApiError;

/// What was bought against the time that has passed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "jicai_domain::contract::progress::Pace")]
enum OrderPace {
    /// Less than the time that has passed.
    Behind,
    /// As much.
    Even,
    /// More; or there is nothing to reach.
    Ahead,
}

/// How far an agreed volume is, in units of the lot's representative, as decimal numbers.
#[derive(SimpleObject)]
pub(super) struct OrderProgress {
    /// 约定采购量, what is agreed: a floor, never a cap.
    agreed: String,
    /// What was taken and kept.
    bought: String,
    /// What is still to be bought.
    remaining: String,
    /// What was bought beyond it, at the same price.
    beyond: String,
    /// What would have been bought by then at an even pace.
    due: String,
    /// 序时进度, the share of the agreement year that had passed, a percentage with two decimals.
    elapsed: String,
    /// 完成率, the share that was bought, a percentage with two decimals.
    reached: Option<String>,
    /// The one against the other.
    pace: OrderPace,
}

impl OrderProgress {
    pub(super) fn of(agreed: u64, stands: cases::Stands) -> OrderProgress {
        OrderProgress {
            agreed: agreed.to_string(),
            bought: stands.bought.to_string(),
            remaining: stands.remaining.to_string(),
            beyond: stands.beyond.to_string(),
            due: stands.due.to_string(),
            elapsed: stands.elapsed,
            reached: stands.reached,
            pace: stands.pace.into(),
        }
    }
}

/// What was ordered and came, in smallest units, as decimal numbers.
#[derive(SimpleObject)]
struct OrderCounts {
    /// What was ordered.
    ordered: String,
    /// What sellers promised.
    confirmed: String,
    /// What will not come.
    cancelled: String,
    /// What was sent.
    shipped: String,
    /// What arrived.
    arrived: String,
    /// What was taken.
    accepted: String,
    /// What was rejected.
    rejected: String,
    /// What went back later.
    returned: String,
    /// 配送率, what arrived of what was ordered, a percentage with two decimals.
    delivery_rate: Option<String>,
    /// How many deliveries arrived.
    deliveries: String,
    /// 及时配送率, how many of them in time, a percentage with two decimals.
    on_time_rate: Option<String>,
    /// What was taken less what went back, in yuan with two decimals.
    amount: String,
}

impl OrderCounts {
    fn of(counts: Counts) -> OrderCounts {
        OrderCounts {
            ordered: counts.ordered.to_string(),
            confirmed: counts.confirmed.to_string(),
            cancelled: counts.cancelled.to_string(),
            shipped: counts.shipped.to_string(),
            arrived: counts.arrived.to_string(),
            accepted: counts.accepted.to_string(),
            rejected: counts.rejected.to_string(),
            returned: counts.returned.to_string(),
            delivery_rate: share(counts.arrived, counts.ordered),
            deliveries: counts.deliveries.to_string(),
            on_time_rate: share(counts.on_time, counts.deliveries),
            amount: yuan(counts.amount_fen),
        }
    }
}

/// A month of a contract.
#[derive(SimpleObject)]
struct OrderMonth {
    /// Its first day.
    month: Date,
    /// What was ordered and came.
    counts: OrderCounts,
}

/// Where a contract stands.
#[derive(SimpleObject)]
struct ContractFulfilment {
    /// How far it is.
    progress: OrderProgress,
    /// What was ordered and came since it is in force.
    counts: OrderCounts,
    /// The same by month.
    months: Vec<OrderMonth>,
}

/// A month of an institution on a contract.
#[derive(SimpleObject)]
struct InstitutionMonth {
    /// Its first day.
    month: Date,
    /// The id of the institution.
    hospital_id: ID,
    /// Its name.
    hospital_name: String,
    /// The code of its region.
    region_code: String,
    /// The id of the contract.
    contract_id: ID,
    /// The product's name.
    product_name: String,
    /// Its specification.
    spec: String,
    /// The name of the selected enterprise.
    holder_name: String,
    /// What was ordered and came in the month.
    counts: OrderCounts,
    /// How far the institution's part is by the end of the month, or today.
    progress: OrderProgress,
}

/// Which months.
#[derive(Default, InputObject)]
struct OrderMonthFilter {
    /// On that contract.
    contract: Option<ID>,
    /// That month, by its first day.
    month: Option<Date>,
    /// Of institutions of that province.
    province_code: Option<String>,
}

impl TryFrom<OrderMonthFilter> for cases::WantedMonths {
    type Error = Refusal;

    fn try_from(filter: OrderMonthFilter) -> Result<Self, Refusal> {
        let contract = filter.contract.map(|contract| ContractId::parse(&contract)).transpose();
        let province = filter.province_code.as_deref().map(RegionCode::parse).transpose();
        Ok(Self {
            contract: contract.map_err(|refusal| refusal.at("contract"))?,
            month: filter.month.map(|month| month.0),
            province: province.map_err(|refusal| refusal.at("provinceCode"))?,
        })
    }
}

fn cursor(key: &cases::MonthKey) -> String {
    format!("{}.{}.{}", key.month, key.hospital, key.contract)
}

fn key(text: &str) -> Result<cases::MonthKey, Refusal> {
    let wrong = || Refusal::of(Code::CursorInvalid);
    let mut parts = text.split('.');
    let mut part = || parts.next().ok_or_else(wrong);
    Ok(cases::MonthKey {
        month: Day::parse(part()?).ok_or_else(wrong)?,
        hospital: OrganizationId::parse(part()?)?,
        contract: ContractId::parse(part()?)?,
    })
}

/// The last day of a month, or today where that is before it.
fn end_of(month: Day, today: Day) -> Day {
    month.last_of_months(1).map_or(today, |last| last.min(today))
}

/// Queries about fulfilment.
#[derive(Default)]
pub(crate) struct FulfilmentQuery;

#[Object]
impl FulfilmentQuery {
    /// Months in which institutions ordered on contracts or got something: an institution its own, a firm and an office those of their
    /// contracts, authorities those of their region. By month. 采购执行
    #[graphql(complexity = "cost(first, child_complexity)")]
    async fn order_months(
        &self,
        ctx: &Context<'_>,
        filter: Option<OrderMonthFilter>,
        first: Option<i32>,
        after: Option<String>,
    ) -> Result<Connection<String, InstitutionMonth>, ApiError> {
        let caller = caller(ctx)?;
        let page = page(first, after.as_deref(), key)?;
        let wanted = filter.unwrap_or_default().try_into()?;
        let (today, part) = cases::months(app(ctx)?, caller, wanted, &page).await?;
        let shown = |one: cases::ShownMonth| {
            let stands = cases::stands(&one.year, end_of(one.key.month, today), one.agreed, one.bought);
            InstitutionMonth {
                month: Date(one.key.month),
                hospital_id: ID(one.key.hospital.to_string()),
                hospital_name: one.hospital_name,
                region_code: one.region.to_string(),
                contract_id: ID(one.key.contract.to_string()),
                product_name: one.product_name,
                spec: one.spec,
                holder_name: one.holder_name,
                counts: OrderCounts::of(one.counts),
                progress: OrderProgress::of(one.agreed, stands),
            }
        };
        Ok(connection(part, |one| cursor(&one.key), shown))
    }

    /// Where a contract stands that the caller may see as its enterprise, distributor, office or authority. 合同执行
    #[graphql(complexity = "10 + child_complexity")]
    async fn contract_fulfilment(
        &self,
        ctx: &Context<'_>,
        contract: ID,
    ) -> Result<ContractFulfilment, ApiError> {
        let caller = caller(ctx)?;
        let contract = ContractId::parse(&contract).map_err(|refusal| refusal.at("contract"))?;
        let found = cases::contract_fulfilment(app(ctx)?, caller, contract).await?;
        let month = |(month, counts)| OrderMonth { month: Date(month), counts: OrderCounts::of(counts) };
        Ok(ContractFulfilment {
            progress: OrderProgress::of(found.agreed, found.stands),
            counts: OrderCounts::of(found.all),
            months: found.months.into_iter().map(month).collect(),
        })
    }
}
