//! What somebody prepared for the ledger and another person has to post. Needs the wall open.
use diesel::pg::data_types::{PgDate, PgTimestamp};
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Date, Integer, Nullable, Text, Timestamptz, Uuid as SqlUuid};
use diesel_async::RunQueryDsl;
use jicai_domain::errors::{Code, Refusal};
use jicai_domain::identity::{Reason, Version};
use jicai_domain::ids::{LedgerEventId, UserId};
use jicai_domain::settlement::ledger::{Act, Event, Told};
use jicai_domain::settlement::money::Money;
use jicai_domain::settlement::proposal::ProposalState;
use jicai_domain::time::Timestamp;
use uuid::Uuid;

use super::{book, money};
use crate::door::Tx;
use crate::errors::StoreError;
use crate::ids::{column, id};
use crate::page::{Page, Part};
use crate::times::{day, on, timestamp};

/// An event that was prepared.
#[derive(Clone, Debug)]
pub struct Proposal {
    /// The event.
    pub event: Event,
    /// Where it stands.
    pub state: ProposalState,
    /// Who prepared it.
    pub prepared_by: UserId,
    /// When.
    pub prepared_at: Timestamp,
    /// Of a prepayment: the year's contracted amount.
    pub contracted: Option<Money>,
    /// How often it changed.
    pub version: Version,
}

#[derive(QueryableByName)]
struct Row {
    #[diesel(sql_type = SqlUuid)]
    id: Uuid,
    #[diesel(sql_type = Text)]
    area: String,
    #[diesel(sql_type = Text)]
    scheme: String,
    #[diesel(sql_type = Date)]
    day: PgDate,
    #[diesel(sql_type = Text)]
    kind: String,
    #[diesel(sql_type = Nullable<SqlUuid>)]
    hospital: Option<Uuid>,
    #[diesel(sql_type = BigInt)]
    amount: i64,
    #[diesel(sql_type = BigInt)]
    recovered: i64,
    #[diesel(sql_type = BigInt)]
    disbursed: i64,
    #[diesel(sql_type = Text)]
    status: String,
    #[diesel(sql_type = SqlUuid)]
    prepared_by: Uuid,
    #[diesel(sql_type = Timestamptz)]
    prepared_at: PgTimestamp,
    #[diesel(sql_type = Nullable<SqlUuid>)]
    decided_by: Option<Uuid>,
    #[diesel(sql_type = Nullable<Text>)]
    reason: Option<String>,
    #[diesel(sql_type = Nullable<BigInt>)]
    contracted_fen: Option<i64>,
    #[diesel(sql_type = Integer)]
    version: i32,
}

const SELECT: &str = "SELECT id, area, scheme, day, kind, hospital, amount, recovered, disbursed, status, prepared_by, prepared_at, decided_by, \
     reason, contracted_fen, version FROM ledger_proposals";

/// Adds an event that waits for a second person, of a prepayment with the contracted amount that it is a share of. False where there is one with this id.
pub async fn add(
    tx: &mut Tx,
    (event, contracted): (&Event, Option<Money>),
    by: UserId,
) -> Result<bool, StoreError> {
    let Told { hospital, amounts: [amount, recovered, disbursed], .. } = event.act.told();
    let added = diesel::sql_query(
        "INSERT INTO ledger_proposals (id, area, scheme, day, kind, hospital, amount, recovered, disbursed, status, prepared_by, prepared_at, \
             contracted_fen, version) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, 'PENDING', $10, app_clock(), $11, 1) ON CONFLICT DO NOTHING",
    )
    .bind::<SqlUuid, _>(column(event.id))
    .bind::<Text, _>(event.book.area.to_string())
    .bind::<Text, _>(event.book.scheme.label())
    .bind::<Date, _>(on(event.day))
    .bind::<Text, _>(event.act.label())
    .bind::<Nullable<SqlUuid>, _>(hospital.map(column))
    .bind::<BigInt, _>(amount.fen())
    .bind::<BigInt, _>(recovered.fen())
    .bind::<BigInt, _>(disbursed.fen())
    .bind::<SqlUuid, _>(column(by))
    .bind::<Nullable<BigInt>, _>(contracted.map(Money::fen))
    .execute(tx.connection())
    .await?;
    Ok(added == 1)
}

/// One of them, held until the transaction ends. Errors: `NOT_FOUND`.
pub async fn lock(tx: &mut Tx, wanted: LedgerEventId) -> Result<Proposal, StoreError> {
    let row: Option<Row> = diesel::sql_query(format!("{SELECT} WHERE id = $1 FOR UPDATE"))
        .bind::<SqlUuid, _>(column(wanted))
        .get_result(tx.connection())
        .await
        .optional()?;
    proposal(row.ok_or(Refusal::of(Code::NotFound))?)
}

/// A part of them, the newest first.
pub async fn page(
    tx: &mut Tx,
    status: Option<&str>,
    page: &Page<LedgerEventId>,
) -> Result<Part<Proposal>, StoreError> {
    let rows: Vec<Row> = diesel::sql_query(format!(
        "{SELECT} WHERE ($1 IS NULL OR status = $1) AND ($2 IS NULL OR id < $2) ORDER BY id DESC LIMIT $3"
    ))
    .bind::<Nullable<Text>, _>(status)
    .bind::<Nullable<SqlUuid>, _>(page.after.map(column))
    .bind::<BigInt, _>(page.limit())
    .load(tx.connection())
    .await?;
    Ok(Part::cut(rows.into_iter().map(proposal).collect::<Result<_, _>>()?, page))
}

/// Saves what was decided. Errors: `STALE_VERSION`.
pub async fn decide(
    tx: &mut Tx,
    (decided, expected): (LedgerEventId, Version),
    state: &ProposalState,
) -> Result<(), StoreError> {
    let (by, reason) = match state {
        ProposalState::Pending => (None, None),
        ProposalState::Posted { by } => (Some(*by), None),
        ProposalState::Voided { by, reason } => (Some(*by), Some(reason.as_str())),
    };
    let saved = diesel::sql_query(
        "UPDATE ledger_proposals SET status = $3, decided_by = $4, reason = $5, decided_at = app_clock(), version = version + 1 \
         WHERE id = $1 AND version = $2",
    )
    .bind::<SqlUuid, _>(column(decided))
    .bind::<Integer, _>(expected.number())
    .bind::<Text, _>(state.label())
    .bind::<Nullable<SqlUuid>, _>(by.map(column))
    .bind::<Nullable<Text>, _>(reason)
    .execute(tx.connection())
    .await?;
    if saved == 1 { Ok(()) } else { Err(Refusal::of(Code::StaleVersion).at("version").into()) }
}

fn proposal(row: Row) -> Result<Proposal, StoreError> {
    let unreadable = || StoreError::row("ledger proposal", row.id);
    let amounts = [money(row.amount)?, money(row.recovered)?, money(row.disbursed)?];
    let told = Told { hospital: row.hospital.map(id), amounts, ..Told::default() };
    let act = Act::of(&row.kind, told).ok_or_else(unreadable)?;
    let reason = row.reason.as_deref().map(Reason::parse).transpose()?;
    let state =
        ProposalState::from_row(&row.status, row.decided_by.map(id), reason).ok_or_else(unreadable)?;
    Ok(Proposal {
        event: Event { id: id(row.id), book: book(&row.area, &row.scheme)?, day: day(row.day), act },
        state,
        prepared_by: id(row.prepared_by),
        prepared_at: timestamp(row.prepared_at),
        contracted: row.contracted_fen.map(money).transpose()?,
        version: Version::new(row.version),
    })
}
