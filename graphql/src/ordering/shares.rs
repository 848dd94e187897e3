//! The shares of what institutions buy, over GraphQL.
use async_graphql::connection::Connection;
use async_graphql::{Context, ID, InputObject, Object, SimpleObject};
use jicai_domain::errors::{Code, Refusal};
use jicai_domain::ids::{Id, OrganizationId};
use jicai_domain::ordering::counts::share;
use jicai_domain::ordering::kind::Kind;
use jicai_service::ordering as cases;

use super::types::yuan;
use crate::asking::{app, caller};
use crate::connection::{connection, cost, page};
use crate::dates::Date;
use crate::error::ApiError;

/// Which months, and whose.
#[derive(InputObject)]
struct PurchaseSpanInput {
    /// The first month, by its first day.
    from: Date,
    /// The last month, by its first day.
    until: Date,
    /// Of that institution only.
    institution: Option<ID>,
}

impl PurchaseSpanInput {
    fn read(&self) -> Result<cases::Span, Refusal> {
        if self.until.0 < self.from.0 {
            return Err(Refusal::of(Code::DateInvalid).at("until"));
        }
        let hospital = self.institution.as_ref().map(|id| OrganizationId::parse(id)).transpose();
        let hospital = hospital.map_err(|refusal| refusal.at("institution"))?;
        Ok(cases::Span { from: self.from.0, until: self.until.0, hospital })
    }
}

/// What was bought as one kind.
#[derive(SimpleObject)]
struct PurchaseKind {
    /// SELECTED, LISTED, NEGOTIATED, FILED or EMERGENCY.
    kind: String,
    /// What was taken less what went back, in yuan with two decimals.
    amount: String,
    /// Its share of all, a percentage with two decimals.
    share: Option<String>,
}

/// The shares of what was bought, by amount.
#[derive(SimpleObject)]
struct PurchaseShares {
    /// What was taken less what went back, in yuan with two decimals.
    amount: String,
    /// 线上采购率, what of it was bought at a price of the platform: selected, listed or negotiated; a percentage with two decimals.
    online_rate: Option<String>,
    /// 中选占比, what of it was selected, a percentage with two decimals.
    selected_share: Option<String>,
    /// The kinds.
    kinds: Vec<PurchaseKind>,
}

/// What was bought of a generic name, in smallest units, as decimal numbers.
#[derive(SimpleObject)]
struct GenericShare {
    /// 通用名, the generic name.
    name: String,
    /// Of selected products.
    selected: String,
    /// Of others that have passed the evaluation, or are reference products.
    passed: String,
    /// Of others.
    unpassed: String,
    /// 中选占比, what of all was selected, a percentage with two decimals.
    selected_share: Option<String>,
    /// 非中选占比, what was not, a percentage with two decimals.
    non_selected_share: Option<String>,
    /// 替代, what of all was selected or has passed the evaluation, a percentage with two decimals.
    passed_share: Option<String>,
}

impl GenericShare {
    fn of(one: cases::GenericShare) -> GenericShare {
        let others = one.passed.saturating_add(one.unpassed);
        let all = one.selected.saturating_add(others);
        GenericShare {
            selected_share: share(one.selected, all),
            non_selected_share: share(others, all),
            passed_share: share(one.selected.saturating_add(one.passed), all),
            name: one.name,
            selected: one.selected.to_string(),
            passed: one.passed.to_string(),
            unpassed: one.unpassed.to_string(),
        }
    }
}

/// Queries about shares.
#[derive(Default)]
pub(crate) struct PurchaseShareQuery;

#[Object]
impl PurchaseShareQuery {
    /// What institutions took, by what it was ordered as: an institution its own, authorities and offices those of their region. 采购占比
    #[graphql(complexity = "10 + child_complexity")]
    async fn purchase_shares(
        &self,
        ctx: &Context<'_>,
        span: PurchaseSpanInput,
    ) -> Result<PurchaseShares, ApiError> {
        let caller = caller(ctx)?;
        let found = cases::purchase_kinds(app(ctx)?, caller, span.read()?).await?;
        let all: i64 = found.iter().map(|(_kind, fen)| fen).sum();
        let selected = found.iter().filter(|(kind, _)| *kind == Kind::Selected);
        let selected: i64 = selected.map(|(_kind, fen)| fen).sum();
        let online = found.iter().filter(|(kind, _)| kind.at_a_price_of_the_platform());
        let online: i64 = online.map(|(_kind, fen)| fen).sum();
        let kind = |(kind, fen): &(Kind, i64)| PurchaseKind {
            kind: kind.label().to_owned(),
            amount: yuan(*fen),
            share: share(*fen, all),
        };
        Ok(PurchaseShares {
            amount: yuan(all),
            online_rate: share(online, all),
            selected_share: share(selected, all),
            kinds: found.iter().map(kind).collect(),
        })
    }

    /// The same by generic names under which something was selected. 分品种占比
    #[graphql(complexity = "cost(first, child_complexity)")]
    async fn generic_shares(
        &self,
        ctx: &Context<'_>,
        span: PurchaseSpanInput,
        first: Option<i32>,
        after: Option<String>,
    ) -> Result<Connection<String, GenericShare>, ApiError> {
        let caller = caller(ctx)?;
        let page = page(first, after.as_deref(), |name| Ok(name.to_owned()))?;
        let part = cases::generic_shares(app(ctx)?, caller, span.read()?, &page).await?;
        Ok(connection(part, |one| one.name.clone(), GenericShare::of))
    }
}
