//! What lines come to by month: rows that whoever changes a line adds to, in the same transaction.
use std::collections::BTreeMap;

use diesel::sql_types::{Array, BigInt, Date, SmallInt, Text, Uuid as SqlUuid};
use jicai_domain::identity::RegionCode;
use jicai_domain::ids::OrganizationId;
use jicai_domain::ordering::counts::Counts;
use jicai_domain::ordering::kind::Kind;
use jicai_domain::time::Day;
use uuid::Uuid;

use super::lines::Held;
use crate::door::Tx;
use crate::errors::StoreError;
use crate::ids::column;
use crate::times::on;

/// Rows that the sum over all institutions is spread over in a month.
const SHARDS: u128 = 16;

/// Institution, basis and kind.
type OwnKey = (u128, u128, Kind);

/// What happened to lines of an institution.
#[derive(Clone, Debug)]
pub struct Moved {
    /// The institution.
    pub hospital: OrganizationId,
    /// The contract, listing or filing.
    pub basis: u128,
    /// Selected, listed, and so on.
    pub kind: Kind,
    /// Where the institution is.
    pub region: RegionCode,
    /// What happened.
    pub counts: Counts,
}

impl Moved {
    /// What happened to a line; none of one that is on nothing.
    pub fn of(held: &Held, counts: Counts) -> Option<Moved> {
        use jicai_domain::ids::Id;
        let listed = held.listing.map(Id::number).or(held.filing.map(Id::number));
        let basis = held.contract.map(Id::number).or(listed)?;
        Some(Moved { hospital: held.hospital, basis, kind: held.kind, region: held.region, counts })
    }
}

const COUNTS: &str = "ordered, confirmed, cancelled, shipped, arrived, accepted, rejected, returned, deliveries, on_time, amount_fen";
const ADDED: &str = "ordered = m.ordered + excluded.ordered, confirmed = m.confirmed + excluded.confirmed, \
     cancelled = m.cancelled + excluded.cancelled, shipped = m.shipped + excluded.shipped, arrived = m.arrived + excluded.arrived, \
     accepted = m.accepted + excluded.accepted, rejected = m.rejected + excluded.rejected, returned = m.returned + excluded.returned, \
     deliveries = m.deliveries + excluded.deliveries, on_time = m.on_time + excluded.on_time, amount_fen = m.amount_fen + excluded.amount_fen";

/// The columns of [`COUNTS`] as arrays, `$1` to `$11`.
const UNNESTED: &str = "$1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11";

fn numbers(counts: &[Counts], of: fn(&Counts) -> i64) -> Vec<i64> {
    counts.iter().map(of).collect()
}

macro_rules! bind_counts {
    ($statement:expr, $counts:expr) => {
        $statement
            .bind::<Array<BigInt>, _>(numbers(&$counts, |one| one.ordered))
            .bind::<Array<BigInt>, _>(numbers(&$counts, |one| one.confirmed))
            .bind::<Array<BigInt>, _>(numbers(&$counts, |one| one.cancelled))
            .bind::<Array<BigInt>, _>(numbers(&$counts, |one| one.shipped))
            .bind::<Array<BigInt>, _>(numbers(&$counts, |one| one.arrived))
            .bind::<Array<BigInt>, _>(numbers(&$counts, |one| one.accepted))
            .bind::<Array<BigInt>, _>(numbers(&$counts, |one| one.rejected))
            .bind::<Array<BigInt>, _>(numbers(&$counts, |one| one.returned))
            .bind::<Array<BigInt>, _>(numbers(&$counts, |one| one.deliveries))
            .bind::<Array<BigInt>, _>(numbers(&$counts, |one| one.on_time))
            .bind::<Array<BigInt>, _>(numbers(&$counts, |one| one.amount_fen))
    };
}

/// Adds what happened today, with the next statement. Rows are taken in the order of their keys, so that nobody waits for each other.
pub async fn add(tx: &mut Tx, today: Day, moved: &[Moved]) -> Result<(), StoreError> {
    let mut own: BTreeMap<OwnKey, (&Moved, Counts)> = BTreeMap::new();
    let mut all: BTreeMap<(u128, u128), Counts> = BTreeMap::new();
    for one in moved {
        let hospital = column(one.hospital).as_u128();
        let entry = own.entry((hospital, one.basis, one.kind)).or_insert((one, Counts::default()));
        entry.1 = entry.1.and(one.counts);
        let sum = all.entry((one.basis, hospital % SHARDS)).or_default();
        *sum = sum.and(one.counts);
    }
    of_hospitals(tx, today, &own).await?;
    of_all(tx, today, &all).await
}

async fn of_hospitals(
    tx: &mut Tx,
    today: Day,
    rows: &BTreeMap<OwnKey, (&Moved, Counts)>,
) -> Result<(), StoreError> {
    let counts: Vec<Counts> = rows.values().map(|(_one, counts)| *counts).collect();
    let statement = diesel::sql_query(format!(
        "INSERT INTO order_months AS m (hospital, basis, month, kind, region, province, {COUNTS}) \
         SELECT hospital, basis, date_trunc('month', $12)::date, kind, region, left(region, 2) || '0000', {COUNTS} \
         FROM unnest($13, $14, $15, $16, {UNNESTED}) AS new (hospital, basis, kind, region, {COUNTS}) ORDER BY hospital, basis, kind \
         ON CONFLICT ON CONSTRAINT order_months_pkey DO UPDATE SET {ADDED}"
    ));
    let statement = bind_counts!(statement, counts)
        .bind::<Date, _>(on(today))
        .bind::<Array<SqlUuid>, _>(
            rows.keys().map(|(hospital, ..)| Uuid::from_u128(*hospital)).collect::<Vec<_>>(),
        )
        .bind::<Array<SqlUuid>, _>(
            rows.keys().map(|(_, basis, _)| Uuid::from_u128(*basis)).collect::<Vec<_>>(),
        )
        .bind::<Array<Text>, _>(rows.keys().map(|(_, _, kind)| kind.label().to_owned()).collect::<Vec<_>>())
        .bind::<Array<Text>, _>(rows.values().map(|(one, _)| one.region.to_string()).collect::<Vec<_>>());
    tx.later(statement).await
}

async fn of_all(tx: &mut Tx, today: Day, rows: &BTreeMap<(u128, u128), Counts>) -> Result<(), StoreError> {
    let counts: Vec<Counts> = rows.values().copied().collect();
    let shard = |shard: &u128| i16::try_from(*shard).map_err(|_large| StoreError::row("shard", shard));
    let shards: Result<Vec<i16>, StoreError> = rows.keys().map(|(_basis, one)| shard(one)).collect();
    let statement = diesel::sql_query(format!(
        "INSERT INTO basis_months AS m (basis, month, shard, {COUNTS}) \
         SELECT basis, date_trunc('month', $12)::date, shard, {COUNTS} \
         FROM unnest($13, $14, {UNNESTED}) AS new (basis, shard, {COUNTS}) ORDER BY basis, shard \
         ON CONFLICT ON CONSTRAINT basis_months_pkey DO UPDATE SET {ADDED}"
    ));
    let statement = bind_counts!(statement, counts)
        .bind::<Date, _>(on(today))
        .bind::<Array<SqlUuid>, _>(rows.keys().map(|(basis, _)| Uuid::from_u128(*basis)).collect::<Vec<_>>())
        .bind::<Array<SmallInt>, _>(shards?);
    tx.later(statement).await
}
