//! Lots and specs: the newest edition's as rows, and what corrections took out of it.
use diesel::prelude::*;
use diesel::upsert::excluded;
use diesel_async::RunQueryDsl;
use jicai_domain::errors::Refusal;
use jicai_domain::identity::Name;
use jicai_domain::ids::{ItemId, LotId, RoundId, SpecId};
use jicai_domain::procurement::round::{AnnouncedLot, KnownLots, Spec};
use jicai_domain::procurement::values::Form;
use rust_decimal::Decimal;
use uuid::Uuid;

use crate::door::Tx;
use crate::errors::StoreError;
use crate::ids::{column, id};
use crate::page::{Page, Part};
use crate::schema::{round_lots, round_specs};

/// Rows of one statement: Postgres takes 65,535 parameters.
const ROWS_MAX: usize = 1_000;

/// A lot without its specs.
#[derive(Clone, Debug)]
pub struct LotRow {
    /// Its id.
    pub id: LotId,
    /// Its number in the round.
    pub number: i32,
    /// Its name.
    pub name: Name,
    /// Dosage form class.
    pub form: Form,
    /// Volume class of the rule set, where it names one.
    pub volume_class: Option<Name>,
    /// Its own cap.
    pub cap: Option<u32>,
    /// The smallest unit.
    pub unit: Name,
    /// The edition that took it out.
    pub withdrawn_in: Option<i32>,
}

/// A spec of a lot.
#[derive(Clone, Debug)]
pub struct SpecRow {
    /// Its lot.
    pub lot: LotId,
    /// What is announced of it.
    pub spec: Spec,
    /// The edition that took it out.
    pub withdrawn_in: Option<i32>,
}

#[derive(Queryable, Selectable)]
#[diesel(table_name = round_lots)]
struct Lot {
    id: Uuid,
    number: i32,
    name: String,
    form: String,
    volume_class: Option<String>,
    cap: Option<i32>,
    unit: String,
    withdrawn_in: Option<i32>,
}

#[derive(Queryable, Selectable)]
#[diesel(table_name = round_specs)]
struct Specification {
    id: Uuid,
    lot: Uuid,
    code: String,
    name: String,
    content: Option<Decimal>,
    ceiling: Decimal,
    representative: bool,
    item: Option<Uuid>,
    withdrawn_in: Option<i32>,
}

/// A part of the round's lots by their numbers, withdrawn ones among them. The caller has found the round.
pub async fn list(tx: &mut Tx, round: RoundId, page: &Page<i32>) -> Result<Part<LotRow>, StoreError> {
    let rows: Vec<Lot> = round_lots::table
        .filter(round_lots::round.eq(column(round)))
        .filter(round_lots::number.gt(page.after.unwrap_or(0)))
        .order(round_lots::number)
        .limit(page.limit())
        .select(Lot::as_select())
        .load(tx.connection())
        .await?;
    let found: Result<Vec<LotRow>, StoreError> = rows.iter().map(lot).collect();
    Ok(Part::cut(found?, page))
}

/// The specs of the lots, in the order in which they were announced, withdrawn ones among them. The caller has found the lots.
pub async fn specs(tx: &mut Tx, lots: &[LotId]) -> Result<Vec<SpecRow>, StoreError> {
    let lots: Vec<Uuid> = lots.iter().copied().map(column).collect();
    let rows: Vec<Specification> = round_specs::table
        .filter(round_specs::lot.eq_any(lots))
        .order((round_specs::lot, round_specs::id))
        .select(Specification::as_select())
        .load(tx.connection())
        .await?;
    rows.iter().map(spec).collect()
}

/// The items of the registry that specs are drawn from; nothing for a spec that names none. The caller has found the specs.
pub async fn items_of(tx: &mut Tx, specs: &[SpecId]) -> Result<Vec<(SpecId, ItemId)>, StoreError> {
    let specs: Vec<Uuid> = specs.iter().copied().map(column).collect();
    let rows: Vec<(Uuid, Uuid)> = round_specs::table
        .filter(round_specs::id.eq_any(specs))
        .filter(round_specs::item.is_not_null())
        .select((round_specs::id, round_specs::item.assume_not_null()))
        .load(tx.connection())
        .await?;
    Ok(rows.into_iter().map(|(spec, item)| (id(spec), id(item))).collect())
}

/// Every lot of the round that is not withdrawn, with its specs that are not, by number.
pub async fn standing(tx: &mut Tx, round: RoundId) -> Result<Vec<AnnouncedLot>, StoreError> {
    let (lots, specs) = everything(tx, round).await?;
    let mut standing: Vec<AnnouncedLot> =
        lots.into_iter().filter(|lot| lot.withdrawn_in.is_none()).map(LotRow::announced).collect();
    for row in specs.into_iter().filter(|row| row.withdrawn_in.is_none()) {
        if let Some(lot) = standing.iter_mut().find(|lot| lot.id == row.lot) {
            lot.specs.push(row.spec);
        }
    }
    Ok(standing)
}

/// The ids of all lots and specs that the round ever had.
pub async fn known(tx: &mut Tx, round: RoundId) -> Result<KnownLots, StoreError> {
    let (lots, specs) = everything(tx, round).await?;
    Ok(KnownLots {
        lots: lots.into_iter().map(|lot| (lot.number, lot.id)).collect(),
        specs: specs
            .into_iter()
            .map(|row| ((row.lot, row.spec.code.as_str().to_owned()), row.spec.id))
            .collect(),
    })
}

async fn everything(tx: &mut Tx, round: RoundId) -> Result<(Vec<LotRow>, Vec<SpecRow>), StoreError> {
    let rows: Vec<Lot> = round_lots::table
        .filter(round_lots::round.eq(column(round)))
        .order(round_lots::number)
        .select(Lot::as_select())
        .load(tx.connection())
        .await?;
    let lots = rows.iter().map(lot).collect::<Result<Vec<LotRow>, StoreError>>()?;
    let ids: Vec<LotId> = lots.iter().map(|lot| lot.id).collect();
    let specs = specs(tx, &ids).await?;
    Ok((lots, specs))
}

/// Puts the lots of a draft in place of those that it had.
pub(super) async fn replace(tx: &mut Tx, round: RoundId, lots: &[AnnouncedLot]) -> Result<(), StoreError> {
    let had = round_lots::table.filter(round_lots::round.eq(column(round))).select(round_lots::id);
    diesel::delete(round_specs::table.filter(round_specs::lot.eq_any(had))).execute(tx.connection()).await?;
    let had = round_lots::table.filter(round_lots::round.eq(column(round)));
    diesel::delete(had).execute(tx.connection()).await?;
    let all: Vec<&AnnouncedLot> = lots.iter().collect();
    put_lots(tx, round, &all).await?;
    put_specs(tx, &specs_in(lots)).await
}

/// Puts a correction's lots in place of those that stood. What it took out stays as withdrawn. Whatever changes is taken out first,
/// so that names and the mark of the representative spec may pass from one row to another.
pub(super) async fn amend(
    tx: &mut Tx,
    (round, edition): (RoundId, i32),
    (before, after): (&[AnnouncedLot], &[AnnouncedLot]),
) -> Result<(), StoreError> {
    let changed = |lot: &&AnnouncedLot| !before.contains(lot);
    let specs_before: Vec<(LotId, &Spec)> = specs_in(before);
    let specs_after: Vec<(LotId, &Spec)> = specs_in(after);
    let stale_lots: Vec<Uuid> =
        before.iter().filter(|lot| !after.contains(lot)).map(|lot| column(lot.id)).collect();
    let stale_specs: Vec<Uuid> = specs_before
        .iter()
        .filter(|one| !specs_after.contains(one))
        .map(|(_, spec)| column(spec.id))
        .collect();
    diesel::update(round_lots::table.filter(round_lots::id.eq_any(stale_lots)))
        .set(round_lots::withdrawn_in.eq(edition))
        .execute(tx.connection())
        .await?;
    diesel::update(round_specs::table.filter(round_specs::id.eq_any(stale_specs)))
        .set(round_specs::withdrawn_in.eq(edition))
        .execute(tx.connection())
        .await?;
    let lots: Vec<&AnnouncedLot> = after.iter().filter(changed).collect();
    let specs: Vec<(LotId, &Spec)> =
        specs_after.into_iter().filter(|one| !specs_before.contains(one)).collect();
    put_lots(tx, round, &lots).await?;
    put_specs(tx, &specs).await
}

fn specs_in(lots: &[AnnouncedLot]) -> Vec<(LotId, &Spec)> {
    lots.iter().flat_map(|lot| lot.specs.iter().map(|spec| (lot.id, spec))).collect()
}

/// Adds lots, or puts them in place of the rows of the same ids.
async fn put_lots(tx: &mut Tx, round: RoundId, lots: &[&AnnouncedLot]) -> Result<(), StoreError> {
    for some in lots.chunks(ROWS_MAX) {
        let rows: Vec<_> = some
            .iter()
            .map(|lot| {
                (
                    round_lots::id.eq(column(lot.id)),
                    round_lots::round.eq(column(round)),
                    round_lots::number.eq(lot.number),
                    round_lots::name.eq(lot.name.as_str()),
                    round_lots::form.eq(lot.form.label()),
                    round_lots::volume_class.eq(lot.volume_class.as_ref().map(Name::as_str)),
                    round_lots::cap.eq(lot.cap.and_then(|cap| i32::try_from(cap).ok())),
                    round_lots::unit.eq(lot.unit.as_str()),
                )
            })
            .collect();
        diesel::insert_into(round_lots::table)
            .values(rows)
            .on_conflict(round_lots::id)
            .do_update()
            .set((
                round_lots::name.eq(excluded(round_lots::name)),
                round_lots::form.eq(excluded(round_lots::form)),
                round_lots::volume_class.eq(excluded(round_lots::volume_class)),
                round_lots::cap.eq(excluded(round_lots::cap)),
                round_lots::unit.eq(excluded(round_lots::unit)),
                round_lots::withdrawn_in.eq(None::<i32>),
            ))
            .execute(tx.connection())
            .await?;
    }
    Ok(())
}

/// Adds specs, or puts them in place of the rows of the same ids.
async fn put_specs(tx: &mut Tx, specs: &[(LotId, &Spec)]) -> Result<(), StoreError> {
    for some in specs.chunks(ROWS_MAX) {
        let rows: Vec<_> = some
            .iter()
            .map(|(lot, spec)| {
                (
                    round_specs::id.eq(column(spec.id)),
                    round_specs::lot.eq(column(*lot)),
                    round_specs::code.eq(spec.code.as_str()),
                    round_specs::name.eq(spec.name.as_str()),
                    round_specs::content.eq(spec.content),
                    round_specs::ceiling.eq(spec.ceiling),
                    round_specs::representative.eq(spec.representative),
                    round_specs::item.eq(spec.item.map(column)),
                )
            })
            .collect();
        diesel::insert_into(round_specs::table)
            .values(rows)
            .on_conflict(round_specs::id)
            .do_update()
            .set((
                round_specs::name.eq(excluded(round_specs::name)),
                round_specs::content.eq(excluded(round_specs::content)),
                round_specs::ceiling.eq(excluded(round_specs::ceiling)),
                round_specs::representative.eq(excluded(round_specs::representative)),
                round_specs::item.eq(excluded(round_specs::item)),
                round_specs::withdrawn_in.eq(None::<i32>),
            ))
            .execute(tx.connection())
            .await?;
    }
    Ok(())
}

impl LotRow {
    fn announced(self) -> AnnouncedLot {
        let LotRow { id, number, name, form, volume_class, cap, unit, withdrawn_in: _ } = self;
        AnnouncedLot { id, number, name, form, volume_class, cap, unit, specs: Vec::new() }
    }
}

fn lot(row: &Lot) -> Result<LotRow, StoreError> {
    let unreadable = || StoreError::row("lot", row.id);
    let refused = |_refusal: Refusal| unreadable();
    let cap = row.cap.map(u32::try_from).transpose().map_err(|_negative| unreadable())?;
    Ok(LotRow {
        id: id(row.id),
        number: row.number,
        name: Name::parse(&row.name).map_err(refused)?,
        form: Form::from_label(&row.form).ok_or_else(unreadable)?,
        volume_class: row.volume_class.as_deref().map(Name::parse).transpose().map_err(refused)?,
        cap,
        unit: Name::parse(&row.unit).map_err(refused)?,
        withdrawn_in: row.withdrawn_in,
    })
}

fn spec(row: &Specification) -> Result<SpecRow, StoreError> {
    let refused = |_refusal: Refusal| StoreError::row("spec", row.id);
    let spec_id: SpecId = id(row.id);
    let spec = Spec {
        id: spec_id,
        code: Name::parse(&row.code).map_err(refused)?,
        name: Name::parse(&row.name).map_err(refused)?,
        content: row.content,
        ceiling: row.ceiling,
        representative: row.representative,
        item: row.item.map(id),
    };
    Ok(SpecRow { lot: id(row.lot), spec, withdrawn_in: row.withdrawn_in })
}
