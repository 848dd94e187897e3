//! The audit log as a feed: entries that have a position, which is below where anything can still appear.
use std::collections::BTreeMap;

use diesel::dsl::max;
use diesel::pg::data_types::PgTimestamp;
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use jicai_domain::events::{Event, EventKind};
use jicai_domain::identity::RegionCode;
use uuid::Uuid;

use crate::door::Tx;
use crate::errors::StoreError;
use crate::identity::regions::read_code;
use crate::ids::id;
use crate::schema::{audit_entries, audit_positions, organization_regions};
use crate::times;

/// An entry that somebody is told of.
#[derive(Clone, Debug)]
pub enum News {
    /// Something that whoever it reaches hears of.
    Event(Event),
    /// A login may be over: that of the user or session named.
    Login {
        /// Its place in the log.
        position: u64,
        /// The user or the session.
        subject: String,
    },
}

impl News {
    /// Its place in the log.
    pub const fn position(&self) -> u64 {
        match self {
            Self::Event(event) => event.position,
            Self::Login { position, .. } => *position,
        }
    }
}

type Row = (i64, String, String, PgTimestamp, Vec<Uuid>);

/// How many entries have a position.
pub async fn head(tx: &mut Tx) -> Result<u64, StoreError> {
    let last: Option<i64> =
        audit_positions::table.select(max(audit_positions::position)).first(tx.connection()).await?;
    last.map_or(Ok(0), |last| read_position(last).map(|last| last.saturating_add(1)))
}

/// The next news of those kinds from a position on, at most so many. The entries hold what is public within the scope of
/// whoever is told; who that is, the caller decides for each listener.
pub async fn since(tx: &mut Tx, from: u64, kinds: &[&str], most: i64) -> Result<Vec<News>, StoreError> {
    let from = i64::try_from(from).map_err(|_large| StoreError::row("position", from))?;
    let rows: Vec<Row> = audit_positions::table
        .inner_join(audit_entries::table)
        .filter(audit_positions::position.ge(from))
        .filter(audit_entries::kind.eq_any(kinds))
        .order(audit_positions::position)
        .limit(most)
        .select((
            audit_positions::position,
            audit_entries::kind,
            audit_entries::subject,
            audit_entries::at,
            audit_entries::concerns,
        ))
        .load(tx.connection())
        .await?;
    let regions = regions_of(tx, &rows).await?;
    rows.into_iter().map(|row| news(row, &regions)).collect()
}

async fn regions_of(tx: &mut Tx, rows: &[Row]) -> Result<BTreeMap<Uuid, Vec<RegionCode>>, StoreError> {
    let concerned: Vec<Uuid> = rows.iter().flat_map(|row| row.4.iter().copied()).collect();
    let found: Vec<(Uuid, String)> = organization_regions::table
        .filter(organization_regions::organization.eq_any(concerned))
        .select((organization_regions::organization, organization_regions::region))
        .load(tx.connection())
        .await?;
    let mut regions: BTreeMap<Uuid, Vec<RegionCode>> = BTreeMap::new();
    for (organization, region) in found {
        regions.entry(organization).or_default().push(read_code(&region)?);
    }
    Ok(regions)
}

fn news(
    (position, kind, subject, at, concerns): Row,
    regions: &BTreeMap<Uuid, Vec<RegionCode>>,
) -> Result<News, StoreError> {
    let position = read_position(position)?;
    let Some(kind) = EventKind::from_name(&kind) else { return Ok(News::Login { position, subject }) };
    let concerns = concerns.into_iter().map(|one| (id(one), regions.get(&one).cloned().unwrap_or_default()));
    Ok(News::Event(Event { position, kind, subject, at: times::timestamp(at), concerns: concerns.collect() }))
}

fn read_position(position: i64) -> Result<u64, StoreError> {
    u64::try_from(position).map_err(|_negative| StoreError::row("position", position))
}
