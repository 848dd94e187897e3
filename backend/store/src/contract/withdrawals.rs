//! Products that leave, and the volume and roles that moved when they did.
use diesel::pg::data_types::PgTimestamp;
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use jicai_domain::contract::cascade::{Ground, RoleChange};
use jicai_domain::contract::ledger::{Account, Buyer, Cause, Entry, Holding, Place};
use jicai_domain::contract::withdrawal::Withdrawal;
use jicai_domain::documents::Digest;
use jicai_domain::errors::{Code, Refusal};
use jicai_domain::identity::Reason;
use jicai_domain::ids::{OfficialResultId, OrganizationId, SelectedProductId, WithdrawalId};
use rust_decimal::Decimal;
use uuid::Uuid;

use super::volume::entries::{Book, Moved, Side, Source, post};
use crate::door::Tx;
use crate::errors::StoreError;
use crate::identity::regions::read_code;
use crate::ids::{column, id};
use crate::page::{Page, Part};
use crate::schema::{
    contracts, official_results, selected_products, sub_contracts, supply_changes, volume_entries,
    withdrawals,
};
use crate::times::{at, timestamp};

#[derive(Queryable, Selectable)]
#[diesel(table_name = withdrawals)]
struct Row {
    id: Uuid,
    product: Uuid,
    ground: String,
    reason: String,
    filed_by: Uuid,
    filed_at: PgTimestamp,
    decided_by: Option<Uuid>,
    decided_at: Option<PgTimestamp>,
}

/// What the authority decided of a withdrawal.
#[derive(Clone, Debug)]
pub struct Decision {
    /// The plan as it was decided, as JSON.
    pub plan: String,
    /// Why, in the authority's words.
    pub answer: Reason,
    /// What everybody reads of it.
    pub canonical: String,
    /// What that hashes to.
    pub sha256: Digest,
}

/// Files a withdrawal. Errors: `WITHDRAWAL_STATE` where the product left already, or is about to.
pub async fn add(
    tx: &mut Tx,
    withdrawal: &Withdrawal,
    decision: Option<&Decision>,
) -> Result<(), StoreError> {
    diesel::insert_into(withdrawals::table)
        .values((
            withdrawals::id.eq(column(withdrawal.id)),
            withdrawals::product.eq(column(withdrawal.product)),
            withdrawals::ground.eq(withdrawal.ground.label()),
            withdrawals::reason.eq(withdrawal.reason.as_str()),
            withdrawals::filed_by.eq(column(withdrawal.filed_by)),
            withdrawals::filed_at.eq(at(withdrawal.filed_at)),
            withdrawals::decided_by.eq(withdrawal.decided.map(|(by, _)| column(by))),
            withdrawals::decided_at.eq(withdrawal.decided.map(|(_, when)| at(when))),
            withdrawals::plan.eq(decision.map(|decision| decision.plan.as_str())),
            withdrawals::answer.eq(decision.map(|decision| decision.answer.as_str())),
            withdrawals::canonical.eq(decision.map(|decision| decision.canonical.as_str())),
            withdrawals::sha256.eq(decision.map(|decision| decision.sha256.bytes().as_slice())),
        ))
        .execute(tx.connection())
        .await?;
    Ok(())
}

/// Keeps the decision of a withdrawal that waited for it. Errors: `WITHDRAWAL_STATE` where it did not.
pub async fn decide(tx: &mut Tx, withdrawal: &Withdrawal, decision: &Decision) -> Result<(), StoreError> {
    let waiting = withdrawals::table.find(column(withdrawal.id)).filter(withdrawals::decided_at.is_null());
    let changed = diesel::update(waiting)
        .set((
            withdrawals::decided_by.eq(withdrawal.decided.map(|(by, _)| column(by))),
            withdrawals::decided_at.eq(withdrawal.decided.map(|(_, when)| at(when))),
            withdrawals::plan.eq(&decision.plan),
            withdrawals::answer.eq(decision.answer.as_str()),
            withdrawals::canonical.eq(&decision.canonical),
            withdrawals::sha256.eq(decision.sha256.bytes().as_slice()),
        ))
        .execute(tx.connection())
        .await?;
    if changed == 0 { Err(Refusal::of(Code::WithdrawalState).into()) } else { Ok(()) }
}

/// The withdrawal of a product.
pub async fn of_product(tx: &mut Tx, product: SelectedProductId) -> Result<Option<Withdrawal>, StoreError> {
    let row: Option<Row> = withdrawals::table
        .filter(withdrawals::product.eq(column(product)))
        .select(Row::as_select())
        .first(tx.connection())
        .await
        .optional()?;
    row.map(read).transpose()
}

/// A withdrawal as it is shown.
#[derive(Clone, Debug)]
pub struct ShownWithdrawal {
    /// The withdrawal.
    pub withdrawal: Withdrawal,
    /// The official result that its product is of.
    pub result: OfficialResultId,
    /// The number of the product's lot.
    pub lot_number: i32,
    /// The product's name.
    pub product_name: String,
    /// The firm, as the result names it.
    pub holder_name: String,
    /// Why, in the authority's words.
    pub answer: Option<String>,
    /// What everybody reads of the decision, with what that hashes to.
    pub told: Option<(String, Digest)>,
}

type ToldColumns = (Option<String>, Option<String>, Option<Vec<u8>>);
type ShownRow = (Row, (Uuid, i32, String, String), ToldColumns);

/// A withdrawal that is decided, or is of the organization's own product or result. Errors: `NOT_FOUND`.
pub async fn find(
    tx: &mut Tx,
    own: Option<OrganizationId>,
    wanted: WithdrawalId,
) -> Result<ShownWithdrawal, StoreError> {
    let page = Page { first: 1, after: None };
    let found = listed(tx, own, (None, Some(wanted)), &page).await?.into_iter().next();
    found.ok_or_else(|| Refusal::of(Code::NotFound).into())
}

/// A part of such withdrawals, of one official result or of all, the newest first.
pub async fn list(
    tx: &mut Tx,
    own: Option<OrganizationId>,
    result: Option<OfficialResultId>,
    page: &Page<WithdrawalId>,
) -> Result<Part<ShownWithdrawal>, StoreError> {
    Ok(Part::cut(listed(tx, own, (result, None), page).await?, page))
}

async fn listed(
    tx: &mut Tx,
    own: Option<OrganizationId>,
    (result, wanted): (Option<OfficialResultId>, Option<WithdrawalId>),
    page: &Page<WithdrawalId>,
) -> Result<Vec<ShownWithdrawal>, StoreError> {
    let own = own.map(column);
    let of_own = official_results::office.nullable().eq(own).or(selected_products::holder.eq(own));
    let mut query = withdrawals::table
        .inner_join(selected_products::table.inner_join(official_results::table))
        .filter(withdrawals::decided_at.is_not_null().nullable().or(of_own))
        .order(withdrawals::id.desc())
        .limit(page.limit())
        .select((
            Row::as_select(),
            (
                selected_products::result,
                selected_products::lot_number,
                selected_products::name,
                selected_products::holder_name,
            ),
            (withdrawals::answer, withdrawals::canonical, withdrawals::sha256),
        ))
        .into_boxed();
    if let Some(result) = result {
        query = query.filter(selected_products::result.eq(column(result)));
    }
    if let Some(wanted) = wanted {
        query = query.filter(withdrawals::id.eq(column(wanted)));
    }
    if let Some(after) = page.after {
        query = query.filter(withdrawals::id.lt(column(after)));
    }
    let rows: Vec<ShownRow> = query.load(tx.connection()).await?;
    rows.into_iter().map(shown).collect()
}

fn shown((row, product, (answer, canonical, sha256)): ShownRow) -> Result<ShownWithdrawal, StoreError> {
    let withdrawal = read(row)?;
    let unreadable = || StoreError::row("withdrawal", withdrawal.id);
    let digest = |bytes: Vec<u8>| bytes.try_into().map(Digest::new).map_err(|_length| unreadable());
    let told = canonical.zip(sha256.map(digest).transpose()?);
    let (result, lot_number, product_name, holder_name) = product;
    Ok(ShownWithdrawal {
        result: id(result),
        lot_number,
        product_name,
        holder_name,
        answer,
        told,
        withdrawal,
    })
}

/// The institutions that have a part of a contract of the product that a withdrawal is about.
pub async fn institutions_of(
    tx: &mut Tx,
    withdrawal: WithdrawalId,
) -> Result<Vec<OrganizationId>, StoreError> {
    let rows: Vec<Uuid> = sub_contracts::table
        .inner_join(contracts::table.on(contracts::id.eq(sub_contracts::contract)))
        .inner_join(withdrawals::table.on(withdrawals::product.eq(contracts::product)))
        .filter(withdrawals::id.eq(column(withdrawal)))
        .select(sub_contracts::institution)
        .distinct()
        .load(tx.connection())
        .await?;
    Ok(rows.into_iter().map(id).collect())
}

fn read(row: Row) -> Result<Withdrawal, StoreError> {
    let unreadable = || StoreError::row("withdrawal", row.id);
    Ok(Withdrawal {
        id: id(row.id),
        product: id(row.product),
        ground: Ground::from_label(&row.ground).ok_or_else(unreadable)?,
        reason: Reason::parse(&row.reason).map_err(|_refusal| unreadable())?,
        filed_by: id(row.filed_by),
        filed_at: timestamp(row.filed_at),
        decided: row.decided_by.map(id).zip(row.decided_at.map(timestamp)),
    })
}

/// Keeps what moved when a product left: what the result agrees for years without contracts, and roles.
pub async fn keep_moves(
    tx: &mut Tx,
    (withdrawal, book): (WithdrawalId, Book),
    entries: &[Entry],
    changes: &[RoleChange],
) -> Result<(), StoreError> {
    let moved = |entry: &Entry| Moved { entry: *entry, from: Side::NONE, to: Side::NONE };
    let moved: Vec<Moved> = entries.iter().map(moved).collect();
    post(tx, book, Source::Withdrawal(withdrawal), &moved).await?;
    let row = |change: &RoleChange| {
        (
            supply_changes::withdrawal.eq(column(withdrawal)),
            supply_changes::region.eq(change.region.to_string()),
            supply_changes::product.eq(column(change.product)),
            supply_changes::role.eq(if change.main { "MAIN" } else { "BACKUP" }),
            supply_changes::gained.eq(change.gained),
        )
    };
    let rows: Vec<_> = changes.iter().map(row).collect();
    diesel::insert_into(supply_changes::table).values(rows).execute(tx.connection()).await?;
    Ok(())
}

/// What has moved in a lot so far.
#[derive(Clone, Debug, Default)]
pub struct Moves {
    /// Volume, in order.
    pub entries: Vec<Entry>,
    /// Roles, in order.
    pub changes: Vec<RoleChange>,
    /// The products that left.
    pub left: Vec<SelectedProductId>,
}

/// What has moved in a lot so far: decision by decision.
pub async fn moves(tx: &mut Tx, result: OfficialResultId, lot_number: i32) -> Result<Moves, StoreError> {
    let decided: Vec<(Uuid, Uuid)> = withdrawals::table
        .inner_join(selected_products::table)
        .filter(selected_products::result.eq(column(result)))
        .filter(selected_products::lot_number.eq(lot_number))
        .filter(withdrawals::decided_at.is_not_null())
        .order((withdrawals::decided_at, withdrawals::id))
        .select((withdrawals::id, withdrawals::product))
        .load(tx.connection())
        .await?;
    let mut moves = Moves::default();
    for (withdrawal, product) in decided {
        moves.entries.extend(entries(tx, withdrawal).await?);
        moves.changes.extend(changes(tx, withdrawal).await?);
        moves.left.push(id(product));
    }
    Ok(moves)
}

/// The lots of a result that somebody has left.
pub async fn lots_left(tx: &mut Tx, result: OfficialResultId) -> Result<Vec<i32>, StoreError> {
    Ok(withdrawals::table
        .inner_join(selected_products::table)
        .filter(selected_products::result.eq(column(result)))
        .filter(withdrawals::decided_at.is_not_null())
        .select(selected_products::lot_number)
        .distinct()
        .load(tx.connection())
        .await?)
}

async fn entries(tx: &mut Tx, withdrawal: Uuid) -> Result<Vec<Entry>, StoreError> {
    type Columns = (String, Option<Decimal>, Option<Uuid>, Option<Uuid>, i64, String);
    let rows: Vec<Columns> = volume_entries::table
        .filter(volume_entries::withdrawal.eq(Some(withdrawal)))
        .filter(volume_entries::year.eq(0_i16))
        .order(volume_entries::id)
        .select((
            volume_entries::region,
            volume_entries::content,
            volume_entries::from_product,
            volume_entries::to_product,
            volume_entries::volume,
            volume_entries::cause,
        ))
        .load(tx.connection())
        .await?;
    let read = |(region, content, from, to, volume, cause): Columns| {
        let place = Place { region: read_code(&region)?, content, buyer: Buyer::Pool };
        let held = |supplier| Account::Held(Holding { place, supplier: id(supplier) });
        let from = from.ok_or_else(|| StoreError::row("volume entry", &cause))?;
        Ok(Entry {
            from: held(from),
            to: to.map_or(Account::Leftover(place), held),
            volume: u64::try_from(volume).map_err(|_negative| StoreError::row("volume", volume))?,
            cause: Cause::from_label(&cause).ok_or_else(|| StoreError::row("cause", &cause))?,
        })
    };
    rows.into_iter().map(read).collect()
}

async fn changes(tx: &mut Tx, withdrawal: Uuid) -> Result<Vec<RoleChange>, StoreError> {
    let rows: Vec<(String, Uuid, String, bool)> = supply_changes::table
        .filter(supply_changes::withdrawal.eq(withdrawal))
        .select((
            supply_changes::region,
            supply_changes::product,
            supply_changes::role,
            supply_changes::gained,
        ))
        .load(tx.connection())
        .await?;
    let read = |(region, product, role, gained): (String, Uuid, String, bool)| {
        Ok(RoleChange { region: read_code(&region)?, product: id(product), main: role == "MAIN", gained })
    };
    rows.into_iter().map(read).collect()
}
