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

use async_graphql::MergedObject;

pub(crate) use result::{BidLoader, LotViewLoader};
pub(crate) use round::{Disclosure, Round, RoundPartsLoader, RoundSubscription, SpecItemLoader, SpecLoader};

/// All that can be asked of rounds.
#[derive(MergedObject, Default)]
pub(crate) struct ProcurementQueries(
    bid::BidQuery,
    custody::CustodyQuery,
    demand::DemandQuery,
    round::RoundQuery,
    qualification::QualificationQuery,
    result::ResultQuery,
    supply::SupplyQuery,
    notice::NoticeQuery,
);

/// All that can be done with them.
#[derive(MergedObject, Default)]
pub(crate) struct ProcurementMutations(
    bid::BidMutation,
    custody::CustodyMutation,
    demand::DemandMutation,
    round::RoundMutation,
    qualification::QualificationMutation,
    opening::OpeningMutation,
    result::ResultMutation,
    supply::SupplyMutation,
    notice::NoticeMutation,
);
