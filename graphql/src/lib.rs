//! The GraphQL schema: thin resolvers over the use cases. A resolver parses, calls one use case and maps its answer.
mod alert;
mod asking;
mod audit;
mod catalog;
mod connection;
mod contract;
mod dates;
mod documents;
mod error;
mod events;
mod execute;
mod identity;
mod imports;
mod jobs;
mod limits;
mod listing;
mod notifications;
mod ordering;
mod plain;
mod pricing;
mod procurement;
mod settlement;
mod splice;
mod subscribe;
mod tasks;
mod webhooks;

use async_graphql::{MergedObject, MergedSubscription, Schema};

pub use error::{rejection, uncoded_errors};
pub use execute::{Answer, answer};
pub use limits::BODY_BYTES_MAX;
pub use subscribe::{Outgoing, PROTOCOL, subscribe};

/// Everything that can be asked.
#[derive(MergedObject, Default)]
pub struct Query(
    alert::AlertQuery,
    audit::AuditQuery,
    catalog::CatalogQueries,
    identity::IdentityQueries,
    jobs::JobsQuery,
    notifications::NotificationsQuery,
    tasks::TasksQuery,
    webhooks::WebhooksQuery,
    imports::ImportsQuery,
    procurement::ProcurementQueries,
    contract::ContractQueries,
    listing::ListingQueries,
    ordering::OrderingQueries,
    pricing::PricingQueries,
    settlement::SettlementQueries,
);

/// Everything that can be done.
#[derive(MergedObject, Default)]
pub struct Mutation(
    alert::AlertMutation,
    catalog::CatalogMutations,
    identity::IdentityMutations,
    jobs::JobsMutation,
    notifications::NotificationsMutation,
    webhooks::WebhooksMutation,
    imports::ImportsMutation,
    procurement::ProcurementMutations,
    contract::ContractMutations,
    listing::ListingMutations,
    ordering::OrderingMutations,
    pricing::PricingMutations,
    settlement::SettlementMutations,
);

/// Everything that can be listened to.
#[derive(MergedSubscription, Default)]
pub struct Subscription(alert::AlertSubscription, events::EventsSubscription, procurement::RoundSubscription);

/// The schema, built once and shared by every worker.
pub type Api = Schema<Query, Mutation, Subscription>;

/// Builds the schema with its limits.
pub fn api() -> Api {
    Schema::build(Query::default(), Mutation::default(), Subscription::default())
        .limit_depth(limits::DEPTH_MAX)
        .limit_complexity(limits::COMPLEXITY_MAX)
        .limit_recursive_depth(limits::NESTING_MAX)
        .limit_directives(limits::DIRECTIVES_MAX)
        .disable_suggestions()
        .data(splice::Answers::default())
        .finish()
}

/// The schema in the schema definition language, as `schema.graphql` keeps it.
pub fn sdl() -> String {
    api().sdl_with_options(
        async_graphql::SDLExportOptions::new().sorted_fields().sorted_arguments().sorted_enum_items(),
    )
}
