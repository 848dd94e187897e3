//! Rounds and what belongs to them over GraphQL.
mod qualification;
mod round;

pub(crate) use qualification::{QualificationMutation, QualificationQuery};
pub(crate) use round::{RoundMutation, RoundPartsLoader, RoundQuery, SpecLoader};
