//! What is shown of the evaluation of a round.
#![expect(clippy::unused_async, reason = "the library wants the function of a field to be async")]
use async_graphql::connection::{Connection, Edge};
use async_graphql::{Context, ID, Object, SimpleObject};
use jicai_domain::errors::{Code, Refusal};
use jicai_domain::exact::Exact;
use jicai_domain::ids::{Id, RoundId};
use jicai_service::contract as cases;

use crate::asking::{app, caller};
use crate::connection::{cost, page};
use crate::error::ApiError;

/// Decimal places of ratios and indices.
const PLACES: usize = 6;

/// 执行评估, what a round came to in an agreement year.
struct RoundEvaluation(cases::RoundEvaluation);

#[Object]
impl RoundEvaluation {
    /// The id of the round.
    async fn round_id(&self) -> ID {
        ID(self.0.round.to_string())
    }

    /// 协议年度, the agreement year, from 1.
    async fn year(&self) -> u32 {
        self.0.year
    }

    /// All contracts of the year that are in force or over, as far as the caller may see them.
    #[graphql(complexity = "1 + child_complexity")]
    async fn whole(&self) -> ContractsEvaluation {
        ContractsEvaluation::of(&self.0.whole)
    }

    /// The same by lot.
    #[graphql(complexity = "cost(first, child_complexity)")]
    async fn lots(
        &self,
        first: Option<i32>,
        after: Option<String>,
    ) -> Result<Connection<String, LotEvaluation>, ApiError> {
        let number = |text: &str| text.parse().map_err(|_number| Refusal::of(Code::CursorInvalid));
        let page = page(first, after.as_deref(), number)?;
        let begin: usize = page.after.unwrap_or(0);
        let more = self.0.lots.len() > begin.saturating_add(usize::from(page.first));
        let mut connection = Connection::new(false, more);
        let shown = self.0.lots.iter().enumerate().skip(begin).take(usize::from(page.first));
        connection.edges.extend(shown.map(|(at, (lot, number, name, evaluated))| {
            let lot = LotEvaluation {
                lot_id: ID(lot.to_string()),
                number: *number,
                name: name.clone(),
                evaluation: ContractsEvaluation::of(evaluated),
            };
            Edge::new(at.saturating_add(1).to_string(), lot)
        }));
        Ok(connection)
    }
}

/// A lot's part of the evaluation.
#[derive(SimpleObject)]
struct LotEvaluation {
    /// The id of the lot.
    lot_id: ID,
    /// Its number.
    number: i32,
    /// Its name.
    name: String,
    /// What it came to.
    #[graphql(complexity = "1 + child_complexity")]
    evaluation: ContractsEvaluation,
}

/// What contracts came to. Volumes are units of each lot's representative, money is yuan, both as decimals.
#[derive(SimpleObject)]
struct ContractsEvaluation {
    /// How many contracts.
    contracts: usize,
    /// What is agreed.
    agreed: String,
    /// What was delivered of it: 0 until there are orders on the platform.
    delivered: String,
    /// Delivered over agreed: 0 until there are orders on the platform; none where nothing is agreed.
    reached: Option<String>,
    /// What would have been delivered by today at an even pace.
    due: String,
    /// Change of price against the maximum valid bids (最高有效申报价), weighted with the agreed volumes; below zero for a cut. What was paid before the
    /// round is not known to the platform.
    price_change: Option<String>,
    /// 供应集中度, the Herfindahl-Hirschman index of the firms' agreed volumes, 0 to 10000 for a sole firm.
    concentration: Option<String>,
    /// The same of what was delivered: none until there are orders on the platform.
    delivered_concentration: Option<String>,
    /// What the agreed volumes would cost at the maximum valid bids. What was spent before the round is not known to the platform.
    spend_at_ceiling: String,
    /// What they cost at the prices of the contracts.
    spend_agreed: String,
    /// What was spent on what was delivered: 0 until there are orders on the platform.
    spend_delivered: String,
}

impl ContractsEvaluation {
    fn of(evaluated: &cases::Evaluated) -> Self {
        let told = |exact: &Exact| exact.to_short(PLACES);
        let cases::Evaluated { contracts, due, delivered, agreed } = evaluated;
        ContractsEvaluation {
            contracts: *contracts,
            agreed: agreed.agreed.to_string(),
            delivered: delivered.bought.to_string(),
            reached: delivered.reached.as_ref().map(told),
            due: due.to_string(),
            price_change: agreed.price_change.as_ref().map(told),
            concentration: agreed.concentration.as_ref().map(told),
            delivered_concentration: delivered.concentration.as_ref().map(told),
            spend_at_ceiling: told(&(&agreed.spend - &agreed.price_effect)),
            spend_agreed: told(&agreed.spend),
            spend_delivered: told(&delivered.spend),
        }
    }
}

/// Queries about what rounds came to.
#[derive(Default)]
pub(crate) struct EvaluationQuery;

#[Object]
impl EvaluationQuery {
    /// What a round came to in an agreement year: for its office, and for regulators and auditors the contracts of their regions. 执行评估
    async fn round_evaluation(
        &self,
        ctx: &Context<'_>,
        round: ID,
        #[graphql(default = 1)] year: u32,
    ) -> Result<RoundEvaluation, ApiError> {
        let caller = caller(ctx)?;
        let round = RoundId::parse(&round).map_err(|refusal| refusal.at("round"))?;
        Ok(RoundEvaluation(cases::round_evaluation(app(ctx)?, caller, (round, year)).await?))
    }
}
