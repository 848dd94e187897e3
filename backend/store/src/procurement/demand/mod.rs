//! What institutions report for a round. An institution and its lead reach its form, and so do the reviewers of the jurisdiction.
mod brought;
mod forms;
mod institutions;
mod leads;
mod lines;
mod totals;

pub use brought::{BroughtLine, begin_forms, bring, lock_forms};
pub use forms::{Reported, WantedForms, add, find, list, lock, lock_of, save};
pub(crate) use institutions::institutions_of;
pub use institutions::{Hospital, by_codes, hospital, reported_by, staffed};
pub use leads::{Led, join, lead_of, leads_list, leave, tied};
pub use lines::{LinePlace, ListedLine, of_form, part, replace};
pub use totals::{LockedDemand, Total, TotalPlace, locked, totals, visible_regions};

use std::collections::BTreeMap;

use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use jicai_domain::identity::RegionCode;
use jicai_domain::ids::{RoundId, RoundProductId, SpecId};
use rust_decimal::Decimal;
use uuid::Uuid;

use crate::door::Tx;
use crate::errors::StoreError;
use crate::identity::regions::read_codes;
use crate::ids::{column, id};
use crate::schema::{qualifications, round_lots, round_products, round_regions, round_specs, rounds};

/// What a round asks of demand.
#[derive(Clone, Debug)]
pub struct Terms {
    /// Demand below this share of past use needs a reason.
    pub past_use_share: Decimal,
    /// The regions that buy.
    pub regions: Vec<RegionCode>,
}

/// What a round asks of demand. Public.
pub async fn terms(tx: &mut Tx, round: RoundId) -> Result<Terms, StoreError> {
    let share = rounds::table.find(column(round)).select(rounds::past_use_share);
    let past_use_share = share.first(tx.connection()).await?;
    let regions: Vec<String> = round_regions::table
        .filter(round_regions::round.eq(column(round)))
        .order(round_regions::region)
        .select(round_regions::region)
        .load(tx.connection())
        .await?;
    Ok(Terms { past_use_share, regions: read_codes(&regions)? })
}

/// A spec of a round as a table names it.
pub type NamedSpec = (SpecId, i32, String);

/// The specs of a round's newest edition: id, number of the lot, code. Public.
pub async fn specs(tx: &mut Tx, round: RoundId) -> Result<Vec<NamedSpec>, StoreError> {
    let rows: Vec<(Uuid, i32, String)> = round_specs::table
        .inner_join(round_lots::table)
        .filter(round_lots::round.eq(column(round)))
        .filter(round_lots::withdrawn_in.is_null())
        .filter(round_specs::withdrawn_in.is_null())
        .select((round_specs::id, round_lots::number, round_specs::code))
        .load(tx.connection())
        .await?;
    Ok(rows.into_iter().map(|(spec, lot, code)| (id(spec), lot, code)).collect())
}

/// Those of the products that somebody has applied with in a round and that were not rejected or left out, each with its spec.
pub async fn products(
    tx: &mut Tx,
    round: RoundId,
    wanted: &[RoundProductId],
) -> Result<BTreeMap<RoundProductId, SpecId>, StoreError> {
    let wanted: Vec<Uuid> = wanted.iter().copied().map(column).collect();
    let rows: Vec<(Uuid, Uuid)> = round_products::table
        .inner_join(qualifications::table)
        .filter(round_products::id.eq_any(wanted))
        .filter(qualifications::round.eq(column(round)))
        .filter(qualifications::status.ne_all(["DRAFT", "REJECTED"]))
        .filter(round_products::status.ne_all(["REJECTED", "WITHDRAWN"]))
        .select((round_products::id, round_products::spec))
        .load(tx.connection())
        .await?;
    Ok(rows.into_iter().map(|(product, spec)| (id(product), id(spec))).collect())
}
