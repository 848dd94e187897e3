//! 数据核对: prices that wait until somebody has looked.
use diesel::pg::data_types::{PgDate, PgTimestamp};
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use jicai_domain::errors::{Code, Refusal};
use jicai_domain::identity::{Scope, Version};
use jicai_domain::ids::{PriceBatchId, PriceObservationId, PriceTicketId, UserId};
use jicai_domain::pricing::observation::{PriceKind, Said, YUAN};
use jicai_domain::pricing::unit::{Doubt, DoubtKind};
use jicai_domain::time::Timestamp;
use rust_decimal::Decimal;
use uuid::Uuid;

use super::take::whole;
use crate::door::Tx;
use crate::errors::StoreError;
use crate::identity::regions::read_code;
use crate::ids::{column, id};
use crate::page::{Page, Part};
use crate::schema::{app_clock, price_tickets};
use crate::times::{at, day, on, timestamp};

/// Rows of a statement: far below the parameters that one takes.
const AT_ONCE: usize = 1_000;

#[derive(Insertable)]
#[diesel(table_name = price_tickets)]
struct New<'s> {
    id: Uuid,
    doubt: &'static str,
    state: &'static str,
    kind: &'static str,
    region: String,
    observed_on: PgDate,
    item: Option<Uuid>,
    code: Option<&'s str>,
    group_key: Option<&'s str>,
    loose_group: Option<&'s str>,
    maker: Option<&'s str>,
    manufacturer: Option<Uuid>,
    hospital: Option<Uuid>,
    price: Decimal,
    pack_units: i64,
    packs: Option<i64>,
    disclosed: bool,
    source: Uuid,
    source_key: &'s str,
    batch: Uuid,
    value: Decimal,
    expected: Decimal,
    factor: Decimal,
    sample: i32,
    rules: &'s str,
    version: i32,
}

/// Keeps prices apart. Their lines are claimed.
pub(super) async fn open(
    tx: &mut Tx,
    (batch, rules): (PriceBatchId, &str),
    doubted: &[&(PriceTicketId, Said, Doubt)],
) -> Result<(), StoreError> {
    for some in doubted.chunks(AT_ONCE) {
        let rows: Vec<_> = some
            .iter()
            .map(|(id, said, doubt)| {
                (new((*id, batch, rules), said, doubt), price_tickets::opened_at.eq(app_clock()))
            })
            .collect();
        diesel::insert_into(price_tickets::table).values(rows).execute(tx.connection()).await?;
    }
    Ok(())
}

fn new<'s>(
    (id, batch, rules): (PriceTicketId, PriceBatchId, &'s str),
    said: &'s Said,
    doubt: &'s Doubt,
) -> New<'s> {
    New {
        id: column(id),
        doubt: doubt.kind.label(),
        state: "OPEN",
        kind: said.kind.label(),
        region: said.region.to_string(),
        observed_on: on(said.observed_on),
        item: said.item.map(column),
        code: said.code.as_deref(),
        group_key: said.group_key.as_deref(),
        loose_group: said.loose_group.as_deref(),
        maker: said.maker.as_deref(),
        manufacturer: said.manufacturer.map(column),
        hospital: said.hospital.map(column),
        price: said.price,
        pack_units: whole(said.pack_units),
        packs: said.packs.map(whole),
        disclosed: said.disclosed,
        source: column(said.source),
        source_key: &said.source_key,
        batch: column(batch),
        value: doubt.value,
        expected: doubt.expected,
        factor: doubt.factor,
        sample: i32::try_from(doubt.sample).unwrap_or(i32::MAX),
        rules,
        version: 1,
    }
}

/// How the doubt about a price stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TicketState {
    /// Somebody has to look.
    Open,
    /// A person said that it is so.
    Confirmed,
    /// Its reporter said it otherwise.
    Corrected,
    /// A person said that it is not so.
    Withdrawn,
}

impl TicketState {
    const ALL: [Self; 4] = [Self::Open, Self::Confirmed, Self::Corrected, Self::Withdrawn];

    /// The stable label.
    pub const fn label(self) -> &'static str {
        match self {
            Self::Open => "OPEN",
            Self::Confirmed => "CONFIRMED",
            Self::Corrected => "CORRECTED",
            Self::Withdrawn => "WITHDRAWN",
        }
    }
}

/// A price that waits, or waited.
#[derive(Clone, Debug)]
pub struct PriceTicket {
    /// Its id.
    pub id: PriceTicketId,
    /// What was said.
    pub said: Said,
    /// Why it is in doubt.
    pub doubt: Doubt,
    /// How that stands.
    pub state: TicketState,
    /// The rule file that it rests on.
    pub rules: String,
    /// Since when.
    pub opened_at: Timestamp,
    /// Until when.
    pub resolved_at: Option<Timestamp>,
    /// What the person said who settled it.
    pub reason: Option<String>,
    /// What came of it.
    pub observation: Option<PriceObservationId>,
    /// Counts its changes.
    pub version: Version,
}

#[derive(Queryable, Selectable)]
#[diesel(table_name = price_tickets)]
struct Row {
    id: Uuid,
    doubt: String,
    state: String,
    kind: String,
    region: String,
    observed_on: PgDate,
    item: Option<Uuid>,
    code: Option<String>,
    group_key: Option<String>,
    loose_group: Option<String>,
    maker: Option<String>,
    manufacturer: Option<Uuid>,
    hospital: Option<Uuid>,
    price: Decimal,
    pack_units: i64,
    packs: Option<i64>,
    disclosed: bool,
    source: Uuid,
    source_key: String,
    value: Decimal,
    expected: Decimal,
    factor: Decimal,
    sample: i32,
    rules: String,
    opened_at: PgTimestamp,
    resolved_at: Option<PgTimestamp>,
    reason: Option<String>,
    observation: Option<Uuid>,
    version: i32,
}

/// One that the scope's organization reported, or that lies in its regions, held until the transaction ends. Errors: `NOT_FOUND`.
pub async fn lock(tx: &mut Tx, scope: &Scope, wanted: PriceTicketId) -> Result<PriceTicket, StoreError> {
    let row = price_tickets::table.find(column(wanted)).select(Row::as_select()).for_update();
    within(scope, row.first(tx.connection()).await.optional()?)
}

/// The same, without holding it.
pub async fn find(tx: &mut Tx, scope: &Scope, wanted: PriceTicketId) -> Result<PriceTicket, StoreError> {
    let row = price_tickets::table.find(column(wanted)).select(Row::as_select());
    within(scope, row.first(tx.connection()).await.optional()?)
}

fn within(scope: &Scope, row: Option<Row>) -> Result<PriceTicket, StoreError> {
    let within = |ticket: &PriceTicket| {
        scope.organization() == Some(ticket.said.source) || scope.covers(ticket.said.region)
    };
    row.map(read).transpose()?.filter(within).ok_or_else(|| Refusal::of(Code::NotFound).into())
}

/// A part of those that the scope's organization reported, or that lie in its regions, the newest first.
pub async fn list(
    tx: &mut Tx,
    scope: &Scope,
    state: Option<TicketState>,
    page: &Page<PriceTicketId>,
) -> Result<Part<PriceTicket>, StoreError> {
    let mut query = price_tickets::table.select(Row::as_select()).into_boxed();
    query = match scope.organization() {
        Some(own) => query.filter(price_tickets::source.eq(column(own))),
        None => {
            let mut within: Box<
                dyn BoxableExpression<price_tickets::table, diesel::pg::Pg, SqlType = diesel::sql_types::Bool>,
            > = Box::new(diesel::dsl::sql::<diesel::sql_types::Bool>("false"));
            for region in scope.regions() {
                within = Box::new(within.or(price_tickets::region.like(format!("{}%", region.prefix()))));
            }
            query.filter(within)
        }
    };
    if let Some(state) = state {
        query = query.filter(price_tickets::state.eq(state.label()));
    }
    if let Some(after) = page.after {
        query = query.filter(price_tickets::id.lt(column(after)));
    }
    let rows: Vec<Row> =
        query.order(price_tickets::id.desc()).limit(page.limit()).load(tx.connection()).await?;
    Ok(Part::cut(rows.into_iter().map(read).collect::<Result<_, _>>()?, page))
}

/// Settles one that the transaction holds.
pub async fn save(
    tx: &mut Tx,
    (ticket, state): (&PriceTicket, TicketState),
    (by, when, reason): (UserId, Timestamp, &str),
    observation: Option<PriceObservationId>,
) -> Result<(), StoreError> {
    diesel::update(price_tickets::table.find(column(ticket.id)))
        .set((
            price_tickets::state.eq(state.label()),
            price_tickets::resolved_by.eq(column(by)),
            price_tickets::resolved_at.eq(at(when)),
            price_tickets::reason.eq(reason),
            price_tickets::observation.eq(observation.map(column)),
            price_tickets::version.eq(ticket.version.next().number()),
        ))
        .execute(tx.connection())
        .await?;
    Ok(())
}

fn read(row: Row) -> Result<PriceTicket, StoreError> {
    let unreadable = || StoreError::row("price ticket", row.id);
    let whole = |number: i64| u64::try_from(number).map_err(|_negative| StoreError::row("packs", number));
    let state = TicketState::ALL.into_iter().find(|state| state.label() == row.state);
    Ok(PriceTicket {
        id: id(row.id),
        doubt: Doubt {
            kind: DoubtKind::from_label(&row.doubt).ok_or_else(unreadable)?,
            value: row.value,
            expected: row.expected,
            factor: row.factor,
            sample: usize::try_from(row.sample).map_err(|_negative| unreadable())?,
        },
        state: state.ok_or_else(unreadable)?,
        said: Said {
            kind: PriceKind::from_label(&row.kind).ok_or_else(unreadable)?,
            region: read_code(&row.region)?,
            observed_on: day(row.observed_on),
            item: row.item.map(id),
            code: row.code,
            group_key: row.group_key,
            loose_group: row.loose_group,
            maker: row.maker,
            manufacturer: row.manufacturer.map(id),
            hospital: row.hospital.map(id),
            price: row.price,
            pack_units: whole(row.pack_units)?,
            currency: YUAN.to_owned(),
            abroad: None,
            packs: row.packs.map(whole).transpose()?,
            disclosed: row.disclosed,
            source: id(row.source),
            source_key: row.source_key,
            acceptance: None,
            listing: None,
        },
        rules: row.rules,
        opened_at: timestamp(row.opened_at),
        resolved_at: row.resolved_at.map(timestamp),
        reason: row.reason,
        observation: row.observation.map(id),
        version: Version::new(row.version),
    })
}
