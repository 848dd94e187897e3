//! The boards on which firms choose supply regions, and every choice. They are public; the caller has found the round.
use std::collections::BTreeMap;

use diesel::pg::data_types::PgTimestamp;
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use jicai_domain::audit::merkle::Hash;
use jicai_domain::errors::{Code, Refusal};
use jicai_domain::identity::{RegionCode, Version};
use jicai_domain::ids::{LotId, OrganizationId, RoundId, UserId};
use jicai_domain::procurement::supply::{ChoiceRecord, Phase};
use jicai_domain::time::Timestamp;
use uuid::Uuid;

use crate::door::Tx;
use crate::errors::StoreError;
use crate::identity::regions::read_code;
use crate::ids::{column, id};
use crate::page::{Page, Part};
use crate::schema::{app_clock, supply_boards, supply_choices, supply_preferences, supply_selections};
use crate::times::{at, timestamp};

/// A lot's board.
#[derive(Clone, Debug)]
pub struct BoardRow {
    /// The lot.
    pub lot: LotId,
    /// The round.
    pub round: RoundId,
    /// How often it was opened.
    pub edition: i32,
    /// Who may take what, as JSON.
    pub market: String,
    /// The number of the turn; at the end, one more than there are choices.
    pub turn: i32,
    /// The turn; none when everything is given out.
    pub now: Option<TurnRow>,
    /// When its lot was decided with the choices.
    pub decided_at: Option<Timestamp>,
    /// How often it changed.
    pub version: Version,
}

/// Whose turn it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TurnRow {
    /// The firm.
    pub firm: OrganizationId,
    /// For what it chooses.
    pub phase: Phase,
    /// Since when.
    pub since: Timestamp,
    /// Until when.
    pub until: Timestamp,
}

/// A choice with who made it and its digest.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChoiceRow {
    /// The choice.
    pub record: ChoiceRecord,
    /// The user of the firm; none where its time was over.
    pub by: Option<UserId>,
    /// Covers the choice and the digest before.
    pub digest: Hash,
}

#[derive(Queryable, Selectable)]
#[diesel(table_name = supply_boards)]
struct Row {
    lot: Uuid,
    round: Uuid,
    edition: i32,
    market: String,
    turn: i32,
    firm: Option<Uuid>,
    purpose: Option<String>,
    turn_since: Option<PgTimestamp>,
    turn_until: Option<PgTimestamp>,
    decided_at: Option<PgTimestamp>,
    version: i32,
}

/// Begins the selection of a round; how many minutes a turn lasts.
pub async fn begin(tx: &mut Tx, round: RoundId, minutes: i32, by: UserId) -> Result<(), StoreError> {
    diesel::insert_into(supply_selections::table)
        .values((
            supply_selections::round.eq(column(round)),
            supply_selections::minutes.eq(minutes),
            supply_selections::begun_by.eq(column(by)),
            supply_selections::begun_at.eq(app_clock()),
        ))
        .execute(tx.connection())
        .await?;
    Ok(())
}

/// How many minutes a turn lasts in a round; none before its selection begins.
pub async fn minutes(tx: &mut Tx, round: RoundId) -> Result<Option<i32>, StoreError> {
    Ok(supply_selections::table
        .find(column(round))
        .select(supply_selections::minutes)
        .first(tx.connection())
        .await
        .optional()?)
}

/// Opens a lot's board: the first time, or as another edition in place of the one before.
pub async fn open(tx: &mut Tx, board: &BoardRow) -> Result<(), StoreError> {
    let state = state(board);
    diesel::insert_into(supply_boards::table)
        .values((
            supply_boards::lot.eq(column(board.lot)),
            supply_boards::round.eq(column(board.round)),
            supply_boards::edition.eq(board.edition),
            supply_boards::market.eq(&board.market),
            supply_boards::version.eq(board.version.number()),
            state.clone(),
        ))
        .on_conflict(supply_boards::lot)
        .do_update()
        .set((
            supply_boards::edition.eq(board.edition),
            supply_boards::market.eq(&board.market),
            supply_boards::version.eq(board.version.number()),
            state,
        ))
        .execute(tx.connection())
        .await?;
    Ok(())
}

/// The columns of a board that its turns change.
type State = (
    diesel::dsl::Eq<supply_boards::status, &'static str>,
    diesel::dsl::Eq<supply_boards::turn, i32>,
    diesel::dsl::Eq<supply_boards::firm, Option<Uuid>>,
    diesel::dsl::Eq<supply_boards::purpose, Option<String>>,
    diesel::dsl::Eq<supply_boards::turn_since, Option<PgTimestamp>>,
    diesel::dsl::Eq<supply_boards::turn_until, Option<PgTimestamp>>,
    diesel::dsl::Eq<supply_boards::decided_at, Option<PgTimestamp>>,
);

fn state(board: &BoardRow) -> State {
    let now = board.now.as_ref();
    (
        supply_boards::status.eq(if now.is_some() { "OPEN" } else { "DONE" }),
        supply_boards::turn.eq(board.turn),
        supply_boards::firm.eq(now.map(|turn| column(turn.firm))),
        supply_boards::purpose.eq(now.map(|turn| turn.phase.to_string())),
        supply_boards::turn_since.eq(now.map(|turn| at(turn.since))),
        supply_boards::turn_until.eq(now.map(|turn| at(turn.until))),
        supply_boards::decided_at.eq(board.decided_at.map(at)),
    )
}

/// A lot's board, as everybody sees it; none where nothing is chosen.
pub async fn find(tx: &mut Tx, lot: LotId) -> Result<Option<BoardRow>, StoreError> {
    let row: Option<Row> = supply_boards::table
        .find(column(lot))
        .select(Row::as_select())
        .first(tx.connection())
        .await
        .optional()?;
    row.map(board).transpose()
}

/// A lot's board, held for a choice. Errors: `NOT_FOUND`.
pub async fn lock(tx: &mut Tx, lot: LotId) -> Result<BoardRow, StoreError> {
    let row: Option<Row> = supply_boards::table
        .find(column(lot))
        .select(Row::as_select())
        .for_update()
        .first(tx.connection())
        .await
        .optional()?;
    board(row.ok_or(Refusal::of(Code::NotFound))?)
}

/// The boards of a round.
pub async fn of_round(tx: &mut Tx, round: RoundId) -> Result<Vec<BoardRow>, StoreError> {
    let rows: Vec<Row> = supply_boards::table
        .filter(supply_boards::round.eq(column(round)))
        .order(supply_boards::lot)
        .select(Row::as_select())
        .load(tx.connection())
        .await?;
    rows.into_iter().map(board).collect()
}

/// How many boards of a round still have a turn, and how many wait for their lot to be decided with the choices.
pub async fn left(tx: &mut Tx, round: RoundId) -> Result<(i64, i64), StoreError> {
    let of_round = supply_boards::table.filter(supply_boards::round.eq(column(round)));
    let open = of_round.filter(supply_boards::status.eq("OPEN")).count().get_result(tx.connection()).await?;
    let undecided =
        of_round.filter(supply_boards::decided_at.is_null()).count().get_result(tx.connection()).await?;
    Ok((open, undecided))
}

/// Saves the turn of a changed board. Errors: `STALE_VERSION`.
pub async fn save(tx: &mut Tx, changed: &BoardRow, expected: Version) -> Result<(), StoreError> {
    let saved = diesel::update(supply_boards::table.find(column(changed.lot)))
        .filter(supply_boards::version.eq(expected.number()))
        .set((state(changed), supply_boards::version.eq(changed.version.number())))
        .execute(tx.connection())
        .await?;
    if saved == 1 { Ok(()) } else { Err(Refusal::of(Code::StaleVersion).into()) }
}

/// The lots of all boards of a round are decided with their choices.
pub async fn decided(tx: &mut Tx, round: RoundId) -> Result<(), StoreError> {
    let undecided = supply_boards::table
        .filter(supply_boards::round.eq(column(round)))
        .filter(supply_boards::decided_at.is_null());
    diesel::update(undecided)
        .set(supply_boards::decided_at.eq(app_clock().nullable()))
        .execute(tx.connection())
        .await?;
    Ok(())
}

/// Adds a choice. Errors: `SUPPLY_REGION_TAKEN` where somebody was quicker.
pub async fn add_choice(tx: &mut Tx, edition: i32, choice: &ChoiceRow) -> Result<(), StoreError> {
    let ChoiceRow { record, by, digest } = choice;
    let added = diesel::insert_into(supply_choices::table)
        .values((
            supply_choices::lot.eq(column(record.lot)),
            supply_choices::edition.eq(edition),
            supply_choices::number.eq(record.number),
            supply_choices::firm.eq(column(record.firm)),
            supply_choices::purpose.eq(record.phase.to_string()),
            supply_choices::region.eq(record.region.to_string()),
            supply_choices::how.eq(if record.chosen { "CHOSEN" } else { "FALLBACK" }),
            supply_choices::chosen_by.eq(by.map(column)),
            supply_choices::at.eq(at(record.at)),
            supply_choices::digest.eq(digest.to_vec()),
        ))
        .on_conflict_do_nothing()
        .execute(tx.connection())
        .await?;
    if added == 1 { Ok(()) } else { Err(Refusal::of(Code::SupplyRegionTaken).at("region").into()) }
}

/// What is read of a choice.
#[derive(Queryable, Selectable)]
#[diesel(table_name = supply_choices)]
struct ChoiceColumns {
    lot: Uuid,
    number: i32,
    firm: Uuid,
    purpose: String,
    region: String,
    how: String,
    chosen_by: Option<Uuid>,
    at: PgTimestamp,
    digest: Vec<u8>,
}

/// The choices of an edition of a lot's board, in their order.
pub async fn choices(tx: &mut Tx, lot: LotId, edition: i32) -> Result<Vec<ChoiceRow>, StoreError> {
    let rows: Vec<ChoiceColumns> = supply_choices::table
        .filter(supply_choices::lot.eq(column(lot)))
        .filter(supply_choices::edition.eq(edition))
        .order(supply_choices::number)
        .select(ChoiceColumns::as_select())
        .load(tx.connection())
        .await?;
    rows.into_iter().map(choice).collect()
}

/// A part of a lot's choices, by edition and number: those of earlier editions stay.
pub async fn history(
    tx: &mut Tx,
    lot: LotId,
    page: &Page<(i32, i32)>,
) -> Result<Part<(i32, ChoiceRow)>, StoreError> {
    let (edition, number) = page.after.unwrap_or((0, 0));
    let later = supply_choices::edition.eq(edition).and(supply_choices::number.gt(number));
    let rows: Vec<(i32, ChoiceColumns)> = supply_choices::table
        .filter(supply_choices::lot.eq(column(lot)))
        .filter(supply_choices::edition.gt(edition).or(later))
        .order((supply_choices::edition, supply_choices::number))
        .limit(page.limit())
        .select((supply_choices::edition, ChoiceColumns::as_select()))
        .load(tx.connection())
        .await?;
    let read = rows.into_iter().map(|(edition, row)| Ok((edition, choice(row)?)));
    Ok(Part::cut(read.collect::<Result<_, StoreError>>()?, page))
}

/// Keeps what a firm is given in a lot when it lets its time pass, the first one first.
pub async fn prefer(
    tx: &mut Tx,
    (lot, firm): (LotId, OrganizationId),
    regions: &[RegionCode],
) -> Result<(), StoreError> {
    let regions: Vec<String> = regions.iter().map(ToString::to_string).collect();
    let set = (supply_preferences::regions.eq(regions), supply_preferences::set_at.eq(app_clock()));
    diesel::insert_into(supply_preferences::table)
        .values((
            supply_preferences::lot.eq(column(lot)),
            supply_preferences::firm.eq(column(firm)),
            set.clone(),
        ))
        .on_conflict((supply_preferences::lot, supply_preferences::firm))
        .do_update()
        .set(set)
        .execute(tx.connection())
        .await?;
    Ok(())
}

/// What a firm prefers in lots; nothing for a lot where it said nothing.
pub async fn preferred(tx: &mut Tx, lot: LotId, firm: OrganizationId) -> Result<Vec<RegionCode>, StoreError> {
    let row: Option<Vec<String>> = supply_preferences::table
        .find((column(lot), column(firm)))
        .select(supply_preferences::regions)
        .first(tx.connection())
        .await
        .optional()?;
    row.unwrap_or_default().iter().map(|region| read_code(region)).collect()
}

/// The choices that lots of a round are decided with: of every board that is done.
pub async fn made(tx: &mut Tx, boards: &[BoardRow]) -> Result<BTreeMap<LotId, Vec<ChoiceRow>>, StoreError> {
    let mut made = BTreeMap::new();
    for board in boards.iter().filter(|board| board.now.is_none()) {
        made.insert(board.lot, choices(tx, board.lot, board.edition).await?);
    }
    Ok(made)
}

fn board(row: Row) -> Result<BoardRow, StoreError> {
    let unreadable = || StoreError::row("supply board", row.lot);
    let now = match (row.firm, &row.purpose, row.turn_since, row.turn_until) {
        (Some(firm), Some(purpose), Some(since), Some(until)) => Some(TurnRow {
            firm: id(firm),
            phase: Phase::parse(purpose).map_err(|_refused| unreadable())?,
            since: timestamp(since),
            until: timestamp(until),
        }),
        (None, None, None, None) => None,
        _partly => return Err(unreadable()),
    };
    Ok(BoardRow {
        lot: id(row.lot),
        round: id(row.round),
        edition: row.edition,
        market: row.market,
        turn: row.turn,
        now,
        decided_at: row.decided_at.map(timestamp),
        version: Version::new(row.version),
    })
}

fn choice(row: ChoiceColumns) -> Result<ChoiceRow, StoreError> {
    let unreadable = || StoreError::row("supply choice", row.lot);
    Ok(ChoiceRow {
        record: ChoiceRecord {
            lot: id(row.lot),
            number: row.number,
            firm: id(row.firm),
            phase: Phase::parse(&row.purpose).map_err(|_refused| unreadable())?,
            region: read_code(&row.region)?,
            chosen: row.how == "CHOSEN",
            at: timestamp(row.at),
        },
        by: row.chosen_by.map(id),
        digest: Hash::try_from(row.digest).map_err(|_length| unreadable())?,
    })
}
