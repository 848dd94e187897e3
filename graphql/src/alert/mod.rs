//! 价格预警: alerts and the monitors that raise them, over GraphQL.
mod inputs;
mod mutation;
mod query;
mod runs;
mod subscription;
mod types;

pub(crate) use mutation::AlertMutation;
pub(crate) use query::AlertQuery;
pub(crate) use subscription::AlertSubscription;
