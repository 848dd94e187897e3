//! Procurement rounds (集中带量采购): the rule sets, the bids and demand of a round, and the selection.

pub mod bid;
pub mod custody;
pub mod decision;
pub mod demand;
pub mod objection;
pub mod opening;
pub mod qualification;
pub mod reason;
pub mod relation;
pub mod result;
pub mod round;
pub mod rules;
pub mod select;
pub mod supply;
pub mod tables;
pub mod values;
