//! Entries of the volume ledger. They are added and never changed.
use diesel::pg::data_types::PgTimestamp;
use diesel::prelude::*;
use diesel::sql_types::{
    Array, BigInt, Integer, Nullable, Numeric, SmallInt, Text, Timestamptz, Uuid as SqlUuid,
};
use diesel_async::RunQueryDsl;
use jicai_domain::contract::ledger::{Account, Buyer, Entry, Holding, Place};
use jicai_domain::identity::{RegionCode, Scope};
use jicai_domain::ids::{
    BackupSupplyId, ContractId, OfficialResultId, OrganizationId, SelectedProductId, SubContractId,
    VolumeChangeId, VolumeEntryId, WithdrawalId,
};
use jicai_domain::time::Timestamp;
use rust_decimal::Decimal;
use uuid::Uuid;

use crate::contract::shown::reach;
use crate::door::Tx;
use crate::errors::StoreError;
use crate::identity::regions::read_code;
use crate::ids::{column, fresh, id};
use crate::page::{Page, Part};
use crate::schema::volume_entries;
use crate::times::{at, timestamp};

/// Rows that one statement inserts: a statement has at most 65,535 parameters.
const CHUNK: usize = 2_000;

/// Whose volume moves, and when.
#[derive(Clone, Copy, Debug)]
pub struct Book {
    /// The result.
    pub result: OfficialResultId,
    /// The number of the lot.
    pub lot_number: i32,
    /// The agreement year; 0 for what the result agrees for the years without contracts.
    pub year: u32,
}

/// What moves it.
#[derive(Clone, Copy, Debug)]
pub enum Source {
    /// A product left.
    Withdrawal(WithdrawalId),
    /// An institution asked for it.
    Change(VolumeChangeId),
    /// A backup supplies in the place of a product, or does no longer.
    Backup(BackupSupplyId),
    /// Somebody acted on the contract itself: a lead split it, or the office ended it.
    Act,
}

/// A contract, and the part of it where it is divided.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Side {
    /// The contract; none for what is left over.
    pub contract: Option<ContractId>,
    /// The part.
    pub part: Option<SubContractId>,
}

impl Side {
    /// Where there is no contract.
    pub const NONE: Side = Side { contract: None, part: None };
}

/// An entry with the contracts that it is in.
#[derive(Clone, Copy, Debug)]
pub struct Moved {
    /// The entry.
    pub entry: Entry,
    /// Where it was.
    pub from: Side,
    /// Where it is now.
    pub to: Side,
}

#[derive(Insertable)]
#[diesel(table_name = volume_entries)]
struct NewEntry {
    id: Uuid,
    result: Uuid,
    lot_number: i32,
    year: i16,
    region: String,
    content: Option<Decimal>,
    cause: &'static str,
    volume: i64,
    from_account: &'static str,
    from_product: Option<Uuid>,
    from_institution: Option<Uuid>,
    from_contract: Option<Uuid>,
    from_part: Option<Uuid>,
    to_account: &'static str,
    to_product: Option<Uuid>,
    to_institution: Option<Uuid>,
    to_contract: Option<Uuid>,
    to_part: Option<Uuid>,
    withdrawal: Option<Uuid>,
    change: Option<Uuid>,
    backup_supply: Option<Uuid>,
    at: PgTimestamp,
}

/// Adds entries to a book.
pub async fn post(tx: &mut Tx, book: Book, source: Source, moved: &[Moved]) -> Result<(), StoreError> {
    let now = at(tx.now().await?);
    for chunk in moved.chunks(CHUNK) {
        let rows = chunk.iter().map(|moved| row(book, source, moved, now));
        let rows = rows.collect::<Result<Vec<_>, StoreError>>()?;
        diesel::insert_into(volume_entries::table).values(rows).execute(tx.connection()).await?;
    }
    Ok(())
}

fn row(book: Book, source: Source, moved: &Moved, now: PgTimestamp) -> Result<NewEntry, StoreError> {
    let Moved { entry, from, to } = moved;
    let place = place(&entry.from).or(place(&entry.to));
    let place = place.ok_or_else(|| StoreError::row("volume entry", "outside"))?;
    let (from_account, from_product, from_institution) = columns(&entry.from);
    let (to_account, to_product, to_institution) = columns(&entry.to);
    let (withdrawal, change, backup_supply) = match source {
        Source::Withdrawal(withdrawal) => (Some(column(withdrawal)), None, None),
        Source::Change(change) => (None, Some(column(change)), None),
        Source::Backup(supply) => (None, None, Some(column(supply))),
        Source::Act => (None, None, None),
    };
    Ok(NewEntry {
        id: column(fresh::<VolumeEntryId>()),
        result: column(book.result),
        lot_number: book.lot_number,
        year: i16::try_from(book.year).map_err(|_large| StoreError::row("year", book.year))?,
        region: place.region.to_string(),
        content: place.content,
        cause: entry.cause.label(),
        volume: i64::try_from(entry.volume).map_err(|_large| StoreError::row("volume", entry.volume))?,
        from_account,
        from_product,
        from_institution,
        from_contract: from.contract.map(column),
        from_part: from.part.map(column),
        to_account,
        to_product,
        to_institution,
        to_contract: to.contract.map(column),
        to_part: to.part.map(column),
        withdrawal,
        change,
        backup_supply,
        at: now,
    })
}

const fn place(account: &Account) -> Option<Place> {
    match account {
        Account::Outside => None,
        Account::Leftover(place) => Some(*place),
        Account::Held(holding) => Some(holding.place),
    }
}

fn columns(account: &Account) -> (&'static str, Option<Uuid>, Option<Uuid>) {
    let institution = |place: &Place| match place.buyer {
        Buyer::Pool => None,
        Buyer::Institution(institution) => Some(column(institution)),
    };
    match account {
        Account::Outside => ("OUTSIDE", None, None),
        Account::Leftover(place) => ("LEFTOVER", None, institution(place)),
        Account::Held(Holding { place, supplier }) => ("HELD", Some(column(*supplier)), institution(place)),
    }
}

/// An account as an entry shows it.
#[derive(Clone, Debug)]
pub struct ShownAccount {
    /// `OUTSIDE`, `LEFTOVER` or `HELD`.
    pub account: String,
    /// The supplier.
    pub product: Option<SelectedProductId>,
    /// The institution; none for a region's volume that is not divided.
    pub institution: Option<OrganizationId>,
    /// The part of a contract; of what is left over, the one that it was in.
    pub part: Option<SubContractId>,
}

/// An entry as it is shown.
#[derive(Clone, Debug)]
pub struct ShownEntry {
    /// Its id.
    pub id: VolumeEntryId,
    /// The number of the lot.
    pub lot_number: i32,
    /// The agreement year.
    pub year: i16,
    /// The region.
    pub region: RegionCode,
    /// The content that was reported.
    pub content: Option<Decimal>,
    /// Why it moved.
    pub cause: String,
    /// How much.
    pub volume: i64,
    /// Where it was.
    pub from: ShownAccount,
    /// Where it is now.
    pub to: ShownAccount,
    /// The withdrawal that moved it.
    pub withdrawal: Option<WithdrawalId>,
    /// The change that moved it.
    pub change: Option<VolumeChangeId>,
    /// When.
    pub at: Timestamp,
}

#[derive(QueryableByName)]
struct LedgerRow {
    #[diesel(sql_type = SqlUuid)]
    id: Uuid,
    #[diesel(sql_type = Integer)]
    lot_number: i32,
    #[diesel(sql_type = SmallInt)]
    year: i16,
    #[diesel(sql_type = Text)]
    region: String,
    #[diesel(sql_type = Nullable<Numeric>)]
    content: Option<Decimal>,
    #[diesel(sql_type = Text)]
    cause: String,
    #[diesel(sql_type = BigInt)]
    volume: i64,
    #[diesel(sql_type = Text)]
    from_account: String,
    #[diesel(sql_type = Nullable<SqlUuid>)]
    from_product: Option<Uuid>,
    #[diesel(sql_type = Nullable<SqlUuid>)]
    from_institution: Option<Uuid>,
    #[diesel(sql_type = Nullable<SqlUuid>)]
    from_part: Option<Uuid>,
    #[diesel(sql_type = Text)]
    to_account: String,
    #[diesel(sql_type = Nullable<SqlUuid>)]
    to_product: Option<Uuid>,
    #[diesel(sql_type = Nullable<SqlUuid>)]
    to_institution: Option<Uuid>,
    #[diesel(sql_type = Nullable<SqlUuid>)]
    to_part: Option<Uuid>,
    #[diesel(sql_type = Nullable<SqlUuid>)]
    withdrawal: Option<Uuid>,
    #[diesel(sql_type = Nullable<SqlUuid>)]
    change: Option<Uuid>,
    #[diesel(sql_type = Timestamptz)]
    at: PgTimestamp,
}

/// A part of the ledger of a result, by id: the office's and an authority's of the region whole, a firm's and an institution's own entries.
pub async fn page(
    tx: &mut Tx,
    scope: &Scope,
    result: OfficialResultId,
    page: &Page<VolumeEntryId>,
) -> Result<Part<ShownEntry>, StoreError> {
    let (own, prefixes) = reach(scope);
    let rows: Vec<LedgerRow> = diesel::sql_query(
        "SELECT l.id, l.lot_number, l.year, l.region, l.content, l.cause, l.volume, l.from_account, l.from_product, l.from_institution, \
             l.from_part, l.to_account, l.to_product, l.to_institution, l.to_part, l.withdrawal, l.change, l.at FROM volume_ledger l \
         WHERE l.result = $3 AND ($4 IS NULL OR l.id > $4) AND (EXISTS (SELECT FROM official_results r WHERE r.id = l.result AND r.office = $1) \
             OR l.from_institution = $1 OR l.to_institution = $1 \
             OR EXISTS (SELECT FROM selected_products p WHERE p.id IN (l.from_product, l.to_product) AND p.holder = $1) \
             OR left(l.region, 2) = ANY ($2) OR left(l.region, 4) = ANY ($2) OR l.region = ANY ($2) OR '' = ANY ($2)) \
         ORDER BY l.id LIMIT $5",
    )
    .bind::<Nullable<SqlUuid>, _>(own)
    .bind::<Array<Text>, _>(prefixes)
    .bind::<SqlUuid, _>(column(result))
    .bind::<Nullable<SqlUuid>, _>(page.after.map(column))
    .bind::<BigInt, _>(page.limit())
    .load(tx.connection())
    .await?;
    Ok(Part::cut(rows.into_iter().map(shown).collect::<Result<_, _>>()?, page))
}

fn shown(row: LedgerRow) -> Result<ShownEntry, StoreError> {
    let from = ShownAccount {
        account: row.from_account,
        product: row.from_product.map(id),
        institution: row.from_institution.map(id),
        part: row.from_part.map(id),
    };
    // What is left over is known by the part that it was in.
    let to_part = if row.to_account == "LEFTOVER" { row.from_part } else { row.to_part };
    let to = ShownAccount {
        account: row.to_account,
        product: row.to_product.map(id),
        institution: row.to_institution.map(id),
        part: to_part.map(id),
    };
    Ok(ShownEntry {
        id: id(row.id),
        lot_number: row.lot_number,
        year: row.year,
        region: read_code(&row.region)?,
        content: row.content,
        cause: row.cause,
        volume: row.volume,
        from,
        to,
        withdrawal: row.withdrawal.map(id),
        change: row.change.map(id),
        at: timestamp(row.at),
    })
}
