//! 勾选配送企业: which distributors a hospital ticks.
use async_graphql::connection::Connection;
use async_graphql::{Context, ID, InputObject, Object, SimpleObject};
use jicai_domain::audit::IdempotencyKey;
use jicai_domain::identity::Version;
use jicai_domain::ids::{Id, OrganizationId};
use jicai_service::listing::choices as ticks;

use super::distribution::{organization, organization_if_any};
use crate::asking::{app, caller};
use crate::connection::{connection, cost, page};
use crate::dates::DateTime;
use crate::error::ApiError;

/// A distributor that a hospital ticked.
#[derive(SimpleObject)]
struct TickedDistributor {
    /// The id of the distributor.
    distributor_id: ID,
    /// Its name.
    distributor_name: String,
    /// Whether the manufacturer's appointment holds here today: without it no new order goes to it.
    appointed: bool,
    /// Whether it is the one that the hospital prefers. 首选
    preferred: bool,
}

/// 勾选配送企业: who may deliver a manufacturer's goods to a hospital.
#[derive(SimpleObject)]
struct DistributorChoice {
    /// The id of the hospital.
    institution_id: ID,
    /// The id of the manufacturer.
    manufacturer_id: ID,
    /// The manufacturer's name.
    manufacturer_name: String,
    /// The ticked distributors, in the hospital's order.
    #[graphql(complexity = "20 * child_complexity")]
    distributors: Vec<TickedDistributor>,
    /// When it was chosen.
    chosen_at: DateTime,
    /// Counts its changes.
    version: i32,
}

impl DistributorChoice {
    fn of(shown: ticks::ShownChoice) -> Self {
        let choice = shown.choice;
        let ticked = shown.distributors.into_iter().map(|(distributor, name, appointed)| TickedDistributor {
            distributor_id: ID(distributor.to_string()),
            distributor_name: name,
            appointed,
            preferred: choice.preferred == Some(distributor),
        });
        Self {
            institution_id: ID(choice.hospital.to_string()),
            manufacturer_id: ID(choice.manufacturer.to_string()),
            manufacturer_name: shown.manufacturer_name,
            distributors: ticked.collect(),
            chosen_at: DateTime(choice.chosen_at),
            version: choice.version.number(),
        }
    }
}

/// The distributors that a hospital ticks.
#[derive(InputObject)]
struct ChooseDistributorsInput {
    /// The institution: the own one where it is left out, or a member that the own one leads.
    institution: Option<ID>,
    /// Whose goods.
    manufacturer: ID,
    /// Who may deliver them, in the place of those that were ticked; an empty list clears the choice.
    distributors: Vec<ID>,
    /// The one of them that orders go to unless they name another.
    preferred: Option<ID>,
    /// The version that was seen; none where nothing was chosen before.
    version: Option<i32>,
    /// A new key for a new request, the same for its repetition.
    idempotency_key: String,
}

/// Queries about the distributors that hospitals tick.
#[derive(Default)]
pub(crate) struct ChoiceQuery;

#[Object]
impl ChoiceQuery {
    /// The distributors that the own institution, or a member that it leads, ticked: a row a manufacturer. 勾选配送企业列表
    #[graphql(complexity = "cost(first, child_complexity)")]
    async fn distributor_choices(
        &self,
        ctx: &Context<'_>,
        institution: Option<ID>,
        first: Option<i32>,
        after: Option<String>,
    ) -> Result<Connection<String, DistributorChoice>, ApiError> {
        let caller = caller(ctx)?;
        let page = page(first, after.as_deref(), OrganizationId::parse)?;
        let institution = organization_if_any(institution.as_ref(), "institution")?;
        let part = ticks::distributor_choices(app(ctx)?, caller, institution, &page).await?;
        Ok(connection(part, |one| one.choice.manufacturer.to_string(), DistributorChoice::of))
    }
}

/// Mutations of them.
#[derive(Default)]
pub(crate) struct ChoiceMutation;

#[Object]
impl ChoiceMutation {
    /// Tick the distributors that may deliver a manufacturer's goods, and the one that is preferred. 勾选配送企业
    #[graphql(complexity = "1 + child_complexity")]
    async fn choose_distributors(
        &self,
        ctx: &Context<'_>,
        input: ChooseDistributorsInput,
    ) -> Result<DistributorChoice, ApiError> {
        let (app, caller) = (app(ctx)?, caller(ctx)?);
        let institution = organization_if_any(input.institution.as_ref(), "institution")?;
        let institution = institution.unwrap_or(caller.organization);
        let ticked = input.distributors.iter().map(|id| organization(id, "distributors"));
        let command = ticks::ChooseDistributors {
            institution,
            manufacturer: organization(&input.manufacturer, "manufacturer")?,
            distributors: ticked.collect::<Result<_, _>>()?,
            preferred: organization_if_any(input.preferred.as_ref(), "preferred")?,
            version: input.version.map(Version::new),
            key: IdempotencyKey::parse(&input.idempotency_key)?,
        };
        let changed = ticks::choose_distributors(app, caller, command).await?;
        let choice = ticks::distributor_choice(app, caller, (institution, changed.id)).await?;
        Ok(DistributorChoice::of(choice))
    }
}
