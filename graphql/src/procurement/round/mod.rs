//! Rounds: announced to everybody, drafted by their office.
mod editions;
mod inputs;
mod loaders;
mod mutation;
mod query;
mod spec;
mod subscription;
mod types;

pub(crate) use loaders::{RoundPartsLoader, SpecItemLoader, SpecLoader};
pub(crate) use mutation::{RoundChanged, RoundMutation};
pub(crate) use query::RoundQuery;
pub(crate) use subscription::RoundSubscription;
pub(crate) use types::{Disclosure, Round};
