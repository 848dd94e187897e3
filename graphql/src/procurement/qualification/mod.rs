//! 资格审核: applications of manufacturers to rounds, and who qualified.
mod inputs;
mod mutation;
mod query;
mod types;

pub(crate) use mutation::QualificationMutation;
pub(crate) use query::QualificationQuery;
pub(super) use types::RuleColumn;
