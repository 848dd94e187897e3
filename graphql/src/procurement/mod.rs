//! Rounds and what belongs to them over GraphQL.
mod round;

pub(crate) use round::{RoundMutation, RoundPartsLoader, RoundQuery, SpecLoader};
