//! The audit log as a feed: entries that have a position, which is below where anything can still appear.
use std::collections::{BTreeMap, BTreeSet};

use diesel::dsl::max;
use diesel::pg::data_types::PgTimestamp;
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use jicai_domain::events::{Event, EventKind, Parties};
use jicai_domain::identity::RegionCode;
use jicai_domain::ids::{Id, PriceAlertId, RoundId, WithdrawalId};
use uuid::Uuid;

use crate::contract::withdrawals;
use crate::door::Tx;
use crate::errors::StoreError;
use crate::identity::regions::read_code;
use crate::ids::{column, id};
use crate::procurement::participants;
use crate::schema::{alerts, audit_entries, audit_positions, event_cursor, organization_regions};
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

type Row = (i64, String, String, PgTimestamp, Option<Uuid>, Vec<Uuid>);

/// How many entries have a position.
pub async fn head(tx: &mut Tx) -> Result<u64, StoreError> {
    let last: Option<i64> =
        audit_positions::table.select(max(audit_positions::position)).first(tx.connection()).await?;
    last.map_or(Ok(0), |last| read_position(last).map(|last| last.saturating_add(1)))
}

/// Up to where the log was handed on.
pub async fn handed_on(tx: &mut Tx) -> Result<u64, StoreError> {
    read_position(event_cursor::table.select(event_cursor::position).first(tx.connection()).await?)
}

/// The same, held until the transaction ends; none while another transaction holds it.
pub async fn hold_handed_on(tx: &mut Tx) -> Result<Option<u64>, StoreError> {
    let cursor = event_cursor::table.select(event_cursor::position).for_update().skip_locked();
    let position: Option<i64> = cursor.first(tx.connection()).await.optional()?;
    position.map(read_position).transpose()
}

/// From now on everything below was handed on.
pub async fn hand_on_to(tx: &mut Tx, position: u64) -> Result<(), StoreError> {
    let position = column_of(position)?;
    diesel::update(event_cursor::table)
        .set(event_cursor::position.eq(position))
        .execute(tx.connection())
        .await?;
    Ok(())
}

/// The next news of those kinds from a position on and below a head of the log, at most so many. Without the head Postgres would expect
/// a third of the log, and go through all of it. The entries hold what is public within the scope of
/// whoever is told; who that is, the caller decides for each listener.
pub async fn since(
    tx: &mut Tx,
    (from, head): (u64, u64),
    kinds: &[&str],
    most: i64,
) -> Result<Vec<News>, StoreError> {
    let (from, head) = (column_of(from)?, column_of(head)?);
    let rows: Vec<Row> = audit_positions::table
        .inner_join(audit_entries::table)
        .filter(audit_positions::position.ge(from))
        .filter(audit_positions::position.lt(head))
        .filter(audit_entries::kind.eq_any(kinds))
        .order(audit_positions::position)
        .limit(most)
        .select((
            audit_positions::position,
            audit_entries::kind,
            audit_entries::subject,
            audit_entries::at,
            audit_entries::actor_user,
            audit_entries::concerns,
        ))
        .load(tx.connection())
        .await?;
    let parties = parties_of(tx, &rows).await?;
    let places = places_of(tx, &rows).await?;
    let concerned: Vec<Uuid> = rows.iter().flat_map(|row| row.5.iter().copied()).collect();
    let regions = regions_of(tx, concerned).await?;
    rows.into_iter()
        .map(|row| {
            let those = parties.get(&row.2).filter(|_parties| has_parties(&row)).cloned();
            let place = places.get(&row.2).copied();
            news(row, &regions, (those.unwrap_or_default(), place))
        })
        .collect()
}

fn has_parties((_, kind, ..): &Row) -> bool {
    EventKind::from_name(kind).is_some_and(|kind| kind.is_of_round() || kind.is_of_withdrawal())
}

/// Who takes part in the rounds that the rows tell of, and which institutions a firm leaves that withdraws; each is read once, however much
/// happened to it.
async fn parties_of(tx: &mut Tx, rows: &[Row]) -> Result<BTreeMap<String, Parties>, StoreError> {
    let told = rows.iter().filter(|row| has_parties(row)).map(|row| row.2.as_str());
    let mut parties = BTreeMap::new();
    for subject in told.collect::<BTreeSet<&str>>() {
        parties.insert(subject.to_owned(), parties_in(tx, subject).await?);
    }
    Ok(parties)
}

/// Where the alerts are that the rows tell of.
async fn places_of(tx: &mut Tx, rows: &[Row]) -> Result<BTreeMap<String, RegionCode>, StoreError> {
    let is_of_alert = |kind: &str| EventKind::from_name(kind).is_some_and(EventKind::is_of_alert);
    let told = rows.iter().filter(|(_, kind, ..)| is_of_alert(kind));
    let wanted = told.map(|(_, _, subject, ..)| PriceAlertId::parse(subject).map(column));
    let wanted = wanted.collect::<Result<BTreeSet<Uuid>, _>>()?;
    if wanted.is_empty() {
        return Ok(BTreeMap::new());
    }
    let found: Vec<(Uuid, String)> = alerts::table
        .filter(alerts::id.eq_any(wanted))
        .select((alerts::id, alerts::region))
        .load(tx.connection())
        .await?;
    found
        .iter()
        .map(|(alert, region)| Ok((id::<PriceAlertId>(*alert).to_string(), read_code(region)?)))
        .collect()
}

async fn parties_in(tx: &mut Tx, subject: &str) -> Result<Parties, StoreError> {
    if let Ok(withdrawal) = WithdrawalId::parse(subject) {
        let institutions = withdrawals::institutions_of(tx, withdrawal).await?;
        return Ok(Parties { organizations: institutions.into_iter().collect(), ..Parties::default() });
    }
    let round = RoundId::parse(subject).map_err(|_refusal| StoreError::row("round", subject))?;
    participants::of(tx, round).await
}

/// The regions of those organizations today.
pub(crate) async fn regions_of(
    tx: &mut Tx,
    organizations: Vec<Uuid>,
) -> Result<BTreeMap<Uuid, Vec<RegionCode>>, StoreError> {
    let found: Vec<(Uuid, String)> = organization_regions::table
        .filter(organization_regions::organization.eq_any(organizations))
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
    (position, kind, subject, at, actor, concerns): Row,
    regions: &BTreeMap<Uuid, Vec<RegionCode>>,
    (parties, place): (Parties, Option<RegionCode>),
) -> Result<News, StoreError> {
    let position = read_position(position)?;
    let Some(kind) = EventKind::from_name(&kind) else { return Ok(News::Login { position, subject }) };
    let concerns = concerns.into_iter().map(|one| (id(one), regions.get(&one).cloned().unwrap_or_default()));
    let (at, actor) = (times::timestamp(at), actor.map(id));
    Ok(News::Event(Event {
        position,
        kind,
        subject,
        at,
        actor,
        concerns: concerns.collect(),
        parties,
        place,
    }))
}

pub(crate) fn column_of(position: u64) -> Result<i64, StoreError> {
    i64::try_from(position).map_err(|_large| StoreError::row("position", position))
}

pub(crate) fn read_position(position: i64) -> Result<u64, StoreError> {
    u64::try_from(position).map_err(|_negative| StoreError::row("position", position))
}
