//! Rounds and what belongs to them over GraphQL.
mod bid;
mod custody;
mod demand;
mod notice;
mod opening;
mod qualification;
mod result;
mod round;
mod supply;

pub(crate) use bid::{BidMutation, BidQuery};
pub(crate) use custody::{CustodyMutation, CustodyQuery};
pub(crate) use demand::{DemandMutation, DemandQuery};
pub(crate) use notice::{NoticeMutation, NoticeQuery};
pub(crate) use opening::OpeningMutation;
pub(crate) use qualification::{QualificationMutation, QualificationQuery};
pub(crate) use result::{BidLoader, LotViewLoader, ResultMutation, ResultQuery};
pub(crate) use round::{
    Disclosure, Round, RoundMutation, RoundPartsLoader, RoundQuery, RoundSubscription, SpecLoader,
};
pub(crate) use supply::{SupplyMutation, SupplyQuery};
