//! 备案采购: what institutions buy without a listing.
use std::collections::BTreeMap;

use diesel::QueryableByName;
use diesel::pg::data_types::{PgDate, PgTimestamp};
use diesel::prelude::*;
use diesel::sql_types::{Array, BigInt, Date, Uuid as SqlUuid};
use diesel_async::RunQueryDsl;
use jicai_domain::errors::{Code, Refusal};
use jicai_domain::identity::{Reason, RegionCode, Scope, Version};
use jicai_domain::ids::{FilingId, ItemId, OrganizationId, UserId};
use jicai_domain::ordering::filing::{Bought, Filing, FilingStatus, Granted};
use jicai_domain::time::{Day, Timestamp};
use rust_decimal::Decimal;
use uuid::Uuid;

use super::{count, whole};
use crate::door::Tx;
use crate::errors::StoreError;
use crate::identity::regions::read_code;
use crate::ids::{column, id};
use crate::page::{Page, Part};
use crate::schema::{app_clock, filings};
use crate::times::{at, day, on, timestamp};

/// A filing with all that is told of it.
#[derive(Clone, Debug)]
pub struct ShownFiling {
    /// How it stands.
    pub filing: Filing,
    /// Who buys.
    pub hospital: OrganizationId,
    /// Where that is.
    pub region: RegionCode,
    /// The item of the registry.
    pub item: ItemId,
    /// Whose it is.
    pub manufacturer: OrganizationId,
    /// What the registry called it.
    pub name: String,
    /// Its specification.
    pub spec: Option<String>,
    /// The smallest unit.
    pub unit: String,
    /// Smallest units in a pack.
    pub pack_units: u64,
    /// The packs that were ordered of it.
    pub taken: u64,
    /// Why it is bought.
    pub reason: Reason,
    /// The rule file, with its version.
    pub rules: String,
    /// Who filed it.
    pub applied_by: UserId,
    /// When.
    pub applied_at: Timestamp,
}

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = filings)]
struct Row {
    id: Uuid,
    hospital: Uuid,
    region: String,
    item: Uuid,
    manufacturer: Uuid,
    name: String,
    spec: Option<String>,
    unit: String,
    pack_units: i64,
    price: Decimal,
    asked: i64,
    packs: Option<i64>,
    taken: i64,
    until: Option<PgDate>,
    reason: String,
    status: String,
    decision: Option<String>,
    rules: String,
    applied_by: Uuid,
    applied_at: PgTimestamp,
    decided_by: Option<Uuid>,
    decided_at: Option<PgTimestamp>,
    version: i32,
}

/// Adds one.
pub async fn add(tx: &mut Tx, filing: &ShownFiling) -> Result<(), StoreError> {
    diesel::insert_into(filings::table)
        .values((row(filing)?, filings::status_since.eq(at(filing.applied_at))))
        .execute(tx.connection())
        .await?;
    Ok(())
}

/// One that the scope reaches: the own one, or one of the jurisdiction; held until the transaction ends. Errors: `NOT_FOUND`.
pub async fn lock(tx: &mut Tx, scope: &Scope, wanted: FilingId) -> Result<ShownFiling, StoreError> {
    let row: Option<Row> = filings::table
        .find(column(wanted))
        .select(Row::as_select())
        .for_update()
        .first(tx.connection())
        .await
        .optional()?;
    let found = row.map(read).transpose()?;
    let reached = |filing: &ShownFiling| match scope.organization() {
        Some(own) => own == filing.hospital,
        None => scope.covers(filing.region),
    };
    found.filter(reached).ok_or_else(|| Refusal::of(Code::NotFound).into())
}

/// Those of an institution, which nobody decides about before a transaction is over.
pub async fn held(
    tx: &mut Tx,
    hospital: OrganizationId,
    wanted: &[FilingId],
) -> Result<Vec<ShownFiling>, StoreError> {
    let named = filings::table
        .filter(filings::id.eq_any(wanted.iter().copied().map(column).collect::<Vec<_>>()))
        .filter(filings::hospital.eq(column(hospital)))
        .order(filings::id)
        .select(Row::as_select());
    let rows: Vec<Row> = if tx.holds() {
        named.for_no_key_update().load(tx.connection()).await?
    } else {
        named.load(tx.connection()).await?
    };
    rows.into_iter().map(read).collect()
}

/// Saves what was decided. Errors: `STALE_VERSION`.
pub async fn save(tx: &mut Tx, changed: &Filing, expected: Version) -> Result<(), StoreError> {
    let granted = changed.granted;
    let packs = granted.map(|granted| whole(granted.packs)).transpose()?;
    let saved = diesel::update(filings::table.find(column(changed.id)))
        .filter(filings::version.eq(expected.number()))
        .set((
            filings::packs.eq(packs),
            filings::until.eq(granted.map(|granted| on(granted.until))),
            filings::status.eq(changed.status.label()),
            filings::decision.eq(changed.decision.as_ref().map(Reason::as_str)),
            filings::decided_by.eq(changed.decided.map(|(by, _)| column(by))),
            filings::decided_at.eq(changed.decided.map(|(_, when)| at(when))),
            filings::status_since.eq(app_clock()),
            filings::version.eq(changed.version.number()),
        ))
        .execute(tx.connection())
        .await?;
    if saved == 1 { Ok(()) } else { Err(Refusal::of(Code::StaleVersion).at("version").into()) }
}

/// Packs by filing.
pub type Packs = BTreeMap<FilingId, u64>;

/// Takes packs of filings that are held; those that do not have them any more. Where there are any, the transaction has to be given up.
pub async fn take(tx: &mut Tx, packs: &Packs, today: Day) -> Result<Vec<FilingId>, StoreError> {
    let taken: Vec<Key> = diesel::sql_query(
        "UPDATE filings f SET taken = f.taken + w.packs FROM unnest($1, $2) AS w (id, packs) \
         WHERE f.id = w.id AND f.status = 'APPROVED' AND f.taken + w.packs <= f.packs AND f.until >= $3 RETURNING f.id",
    )
    .bind::<Array<SqlUuid>, _>(packs.keys().copied().map(column).collect::<Vec<_>>())
    .bind::<Array<BigInt>, _>(packs.values().copied().map(whole).collect::<Result<Vec<_>, _>>()?)
    .bind::<Date, _>(on(today))
    .load(tx.connection())
    .await?;
    let taken: Vec<FilingId> = taken.into_iter().map(|key| id(key.id)).collect();
    Ok(packs.keys().copied().filter(|one| !taken.contains(one)).collect())
}

/// Packs that go back to the filings that they were taken of.
pub async fn give_back(tx: &mut Tx, packs: &Packs) -> Result<(), StoreError> {
    if packs.is_empty() {
        return Ok(());
    }
    diesel::sql_query(
        "WITH held AS MATERIALIZED (SELECT id FROM filings WHERE id = ANY ($1) ORDER BY id FOR NO KEY UPDATE) \
         UPDATE filings f SET taken = f.taken - w.packs FROM unnest($1, $2) AS w (id, packs) JOIN held ON held.id = w.id \
         WHERE f.id = w.id",
    )
    .bind::<Array<SqlUuid>, _>(packs.keys().copied().map(column).collect::<Vec<_>>())
    .bind::<Array<BigInt>, _>(packs.values().copied().map(whole).collect::<Result<Vec<_>, _>>()?)
    .execute(tx.connection())
    .await?;
    Ok(())
}

#[derive(QueryableByName)]
struct Key {
    #[diesel(sql_type = SqlUuid)]
    id: Uuid,
}

#[derive(QueryableByName)]
struct Sums {
    #[diesel(sql_type = BigInt)]
    all_fen: i64,
    #[diesel(sql_type = BigInt)]
    filed_fen: i64,
}

/// What an institution bought in the twelve months before a day, and what was approved for it. Its filings are held: of two that are approved
/// at once the second sees the first.
pub async fn bought(tx: &mut Tx, hospital: OrganizationId, today: Day) -> Result<Bought, StoreError> {
    diesel::sql_query("SELECT id FROM filings WHERE hospital = $1 ORDER BY id FOR NO KEY UPDATE")
        .bind::<SqlUuid, _>(column(hospital))
        .execute(tx.connection())
        .await?;
    let sums: Sums = diesel::sql_query(
        "SELECT coalesce((SELECT sum(amount_fen) FROM order_months WHERE hospital = $1 \
                 AND month > date_trunc('month', $2)::date - interval '12 months'), 0)::bigint AS all_fen, \
             coalesce((SELECT sum(CASE WHEN status = 'ENDED' THEN taken ELSE packs END * price * 100) FROM filings WHERE hospital = $1 \
                 AND status IN ('APPROVED', 'ENDED') AND decided_at > ($2::timestamp - interval '12 months') AT TIME ZONE 'Asia/Shanghai'), 0)::bigint AS filed_fen",
    )
    .bind::<SqlUuid, _>(column(hospital))
    .bind::<Date, _>(on(today))
    .get_result(tx.connection())
    .await?;
    Ok(Bought { all_fen: sums.all_fen, filed_fen: sums.filed_fen })
}

/// Those that the scope reaches, the newest first.
pub async fn list(
    tx: &mut Tx,
    (scope, maker): (&Scope, bool),
    status: Option<FilingStatus>,
    page: &Page<FilingId>,
) -> Result<Part<ShownFiling>, StoreError> {
    let own = scope.organization().map(column);
    let covered: Vec<String> = scope.regions().iter().map(ToString::to_string).collect();
    let mut query = filings::table.select(Row::as_select()).into_boxed();
    query = match (own, maker) {
        (Some(own), true) => query.filter(filings::manufacturer.eq(own).and(filings::packs.is_not_null())),
        (Some(own), false) => query.filter(filings::hospital.eq(own)),
        (None, _) => query.filter(filings::within.overlaps_with(covered)),
    };
    if let Some(status) = status {
        query = query.filter(filings::status.eq(status.label()));
    }
    if let Some(after) = page.after {
        query = query.filter(filings::id.lt(column(after)));
    }
    let rows: Vec<Row> = query.order(filings::id.desc()).limit(page.limit()).load(tx.connection()).await?;
    Ok(Part::cut(rows.into_iter().map(read).collect::<Result<_, _>>()?, page))
}

fn row(shown: &ShownFiling) -> Result<Row, StoreError> {
    let filing = &shown.filing;
    Ok(Row {
        id: column(filing.id),
        hospital: column(shown.hospital),
        region: shown.region.to_string(),
        item: column(shown.item),
        manufacturer: column(shown.manufacturer),
        name: shown.name.clone(),
        spec: shown.spec.clone(),
        unit: shown.unit.clone(),
        pack_units: whole(shown.pack_units)?,
        price: filing.price,
        asked: whole(filing.asked)?,
        packs: filing.granted.map(|granted| whole(granted.packs)).transpose()?,
        taken: whole(shown.taken)?,
        until: filing.granted.map(|granted| on(granted.until)),
        reason: shown.reason.as_str().to_owned(),
        status: filing.status.label().to_owned(),
        decision: filing.decision.as_ref().map(|reason| reason.as_str().to_owned()),
        rules: shown.rules.clone(),
        applied_by: column(shown.applied_by),
        applied_at: at(shown.applied_at),
        decided_by: filing.decided.map(|(by, _)| column(by)),
        decided_at: filing.decided.map(|(_, when)| at(when)),
        version: filing.version.number(),
    })
}

fn read(row: Row) -> Result<ShownFiling, StoreError> {
    let unreadable = || StoreError::row("filing", row.id);
    let words = |text: &str| Reason::parse(text).map_err(|_refusal| unreadable());
    let packs = row.packs.map(count).transpose()?;
    let filing = Filing {
        id: id(row.id),
        price: row.price,
        asked: count(row.asked)?,
        granted: packs.zip(row.until.map(day)).map(|(packs, until)| Granted { packs, until }),
        status: FilingStatus::from_label(&row.status).ok_or_else(unreadable)?,
        decision: row.decision.as_deref().map(words).transpose()?,
        decided: row.decided_by.map(id).zip(row.decided_at.map(timestamp)),
        version: Version::new(row.version),
    };
    Ok(ShownFiling {
        filing,
        hospital: id(row.hospital),
        region: read_code(&row.region)?,
        item: id(row.item),
        manufacturer: id(row.manufacturer),
        pack_units: count(row.pack_units)?,
        taken: count(row.taken)?,
        reason: words(&row.reason)?,
        applied_by: id(row.applied_by),
        applied_at: timestamp(row.applied_at),
        name: row.name,
        spec: row.spec,
        unit: row.unit,
        rules: row.rules,
    })
}
