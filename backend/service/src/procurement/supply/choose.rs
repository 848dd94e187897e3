//! A firm chooses a region in its turn; and says beforehand what it is to be given if it lets the time pass.
use jicai_domain::audit::{Act, IdempotencyKey, hex};
use jicai_domain::errors::{Code, Refusal};
use jicai_domain::identity::{Caller, Permission, RegionCode};
use jicai_domain::ids::{LotId, OrganizationId, UserId};
use jicai_domain::jobs::JobKind;
use jicai_domain::procurement::round::Round;
use jicai_domain::procurement::supply::{Board, Choice, ChoiceRecord, Fault, digest};
use jicai_domain::time::Timestamp;
use jicai_store::audit::record_with;
use jicai_store::procurement::rounds;
use jicai_store::procurement::supply::{self, BoardRow, ChoiceRow};
use jicai_store::{Tx, jobs};

use super::begin::{began, turn_of};
use super::market::OpenMarket;
use crate::app::App;
use crate::audit::{actor, keyed, once};
use crate::errors::Error;
use crate::procurement::edition::instant;

/// A choice.
pub struct ChooseRegion {
    /// The lot.
    pub lot: LotId,
    /// The number of the turn that was seen.
    pub turn: usize,
    /// The region.
    pub region: RegionCode,
    /// The key of the request.
    pub key: IdempotencyKey,
}

/// What a firm is to be given in a lot, the first one first.
pub struct PreferRegions {
    /// The lot.
    pub lot: LotId,
    /// The regions.
    pub regions: Vec<RegionCode>,
    /// The key of the request.
    pub key: IdempotencyKey,
}

/// A board with its choices.
pub(super) struct Played {
    pub(super) round: Round,
    pub(super) row: BoardRow,
    pub(super) market: OpenMarket,
    pub(super) choices: Vec<ChoiceRow>,
}

impl Played {
    /// The board of a lot, held for a choice; the round cannot be cancelled meanwhile. Errors: `NOT_FOUND`.
    pub(super) async fn lock(tx: &mut Tx, lot: LotId) -> Result<Played, Error> {
        let seen = supply::find(tx, lot).await?.ok_or(Refusal::of(Code::NotFound).at("lot"))?;
        let round = rounds::share(tx, seen.round).await?;
        let row = supply::lock(tx, lot).await?;
        let choices = supply::choices(tx, lot, row.edition).await?;
        Ok(Played { round, market: OpenMarket::from_text(&row.market)?, row, choices })
    }

    /// Why a choice is refused.
    fn refusal(&self, fault: Fault, board: &Board<'_>) -> Refusal {
        match fault {
            Fault::Over => Refusal::of(Code::RoundState).allowing("everything is chosen"),
            Fault::Taken { choice } => {
                let by = self.choices.get(choice.saturating_sub(1)).map(|row| {
                    let record = &row.record;
                    format!("{}, {}", self.name(record.firm), instant(record.at))
                });
                Refusal::of(Code::SupplyRegionTaken).at("region").allowing(by.unwrap_or_default())
            }
            Fault::NotYourTurn => self.not_your_turn(),
            Fault::Invalid => {
                let free = board.free().into_iter().filter_map(|region| self.market.regions.get(region));
                let codes: Vec<String> = free.map(|region| region.code.to_string()).collect();
                Refusal::of(Code::SupplyRegionInvalid).at("region").allowing(codes.join(", "))
            }
        }
    }

    fn not_your_turn(&self) -> Refusal {
        let turn = self.row.now.map(|turn| {
            format!("turn {}: {}, until {}", self.row.turn, self.name(turn.firm), instant(turn.until))
        });
        Refusal::of(Code::SupplyNotYourTurn).at("turn").allowing(turn.unwrap_or_default())
    }

    fn name(&self, firm: OrganizationId) -> &str {
        let firm = self.market.firms.iter().find(|known| known.id == firm);
        firm.map_or("", |firm| firm.name.as_str())
    }

    /// Keeps a choice and begins the next turn. What is told: the choice, then the turn.
    pub(super) async fn keep(
        mut self,
        tx: &mut Tx,
        choice: Choice,
        (by, now): (Option<UserId>, Timestamp),
    ) -> Result<(Act, Option<Act>), Error> {
        let unknown = || Error::broken("a choice that is none of its board");
        let record = ChoiceRecord {
            lot: self.row.lot,
            number: self.row.turn,
            firm: self.market.firms.get(choice.firm).ok_or_else(unknown)?.id,
            phase: choice.phase,
            region: self.market.regions.get(choice.region).ok_or_else(unknown)?.code,
            chosen: by.is_some(),
            at: now,
        };
        let digest = digest(self.choices.last().map(|last| &last.digest), &record);
        let made = ChoiceRow { record, by, digest };
        supply::add_choice(tx, self.row.edition, &made).await?;
        let act = self.told(&made);
        self.choices.push(made);
        let minutes = supply::minutes(tx, self.row.round).await?.unwrap_or(1);
        let next = turn_of(&self.market.after(&self.choices)?, &self.market, (now, minutes));
        let expected = self.row.version;
        let row = BoardRow {
            turn: self.row.turn.saturating_add(1),
            now: next,
            version: expected.next(),
            ..self.row
        };
        supply::save(tx, &row, expected).await?;
        let turn = began(tx, &row).await?;
        if supply::left(tx, row.round).await?.0 == 0 {
            jobs::put(tx, JobKind::DecideSupply, &row.round.to_string()).await?;
        }
        Ok((act, turn))
    }

    fn told(&self, made: &ChoiceRow) -> Act {
        let record = &made.record;
        Act::new("RoundRegionChosen", self.row.round)
            .concerning(self.round.office)
            .with("lot", record.lot)
            .with("number", record.number)
            .with("firm", record.firm)
            .with("purpose", record.phase)
            .with("region", record.region)
            .with("how", if record.chosen { "CHOSEN" } else { "FALLBACK" })
            .with("digest", hex(&made.digest))
    }
}

/// Takes a region for the caller's firm, in its turn. Answers the lot. Errors: `FORBIDDEN`, `NOT_FOUND`, `ROUND_STATE`,
/// `SUPPLY_REGION_TAKEN` with who took it and when, `SUPPLY_NOT_YOUR_TURN` with whose turn it is, `SUPPLY_REGION_INVALID`.
pub async fn choose_supply_region(app: &App, caller: &Caller, command: ChooseRegion) -> Result<LotId, Error> {
    caller.require(Permission::ChooseRegions)?;
    let by = caller.user()?;
    let ChooseRegion { lot, turn, region, key } = command;
    let said = [lot.to_string(), turn.to_string(), region.to_string()];
    let keyed = keyed(app, Some(caller), &key, "choose_supply_region", &said.each_ref().map(String::as_str));
    once(app, &keyed, async |tx| {
        let played = Played::lock(tx, lot).await?;
        played.round.accepts_choices()?;
        let now = tx.now().await?;
        let choice = chosen(&played, (caller.organization, turn, region), now)?;
        let (act, next) = played.keep(tx, choice, (Some(by), now)).await?;
        Ok(record_with(tx, actor(caller), act, next.into_iter().collect(), lot).await?)
    })
    .await
}

fn chosen(
    played: &Played,
    (firm, turn, region): (OrganizationId, usize, RegionCode),
    now: Timestamp,
) -> Result<Choice, Error> {
    let mut board = played.market.after(&played.choices)?;
    // Whoever does not take part, and what is not given out, has no number.
    let firm = played.market.firm(firm).unwrap_or(usize::MAX);
    let region = played.market.region(region).unwrap_or(usize::MAX);
    let choice = board.choose(firm, turn, region).map_err(|fault| played.refusal(fault, &board))?;
    if played.row.now.is_some_and(|turn| now >= turn.until) {
        return Err(played.not_your_turn().into());
    }
    Ok(choice)
}

/// Keeps what the caller's firm is to be given in a lot when it lets its time pass. Answers the lot. Errors: `FORBIDDEN`, `NOT_FOUND` where
/// the firm chooses nothing in the lot, `ROUND_STATE`, `SUPPLY_REGION_INVALID`.
pub async fn set_supply_preferences(
    app: &App,
    caller: &Caller,
    command: PreferRegions,
) -> Result<LotId, Error> {
    caller.require(Permission::ChooseRegions)?;
    caller.user()?;
    let PreferRegions { lot, regions, key } = command;
    let listed: Vec<String> = regions.iter().map(ToString::to_string).collect();
    let listed = listed.join(",");
    let said = [lot.to_string(), listed.clone()];
    let keyed =
        keyed(app, Some(caller), &key, "set_supply_preferences", &said.each_ref().map(String::as_str));
    once(app, &keyed, async |tx| {
        let played = Played::lock(tx, lot).await?;
        played.round.accepts_choices()?;
        played.market.firm(caller.organization).ok_or(Refusal::of(Code::NotFound).at("lot"))?;
        let known = regions.iter().all(|region| played.market.region(*region).is_some());
        let distinct: std::collections::BTreeSet<&RegionCode> = regions.iter().collect();
        if !known || distinct.len() != regions.len() {
            return Err(Refusal::of(Code::SupplyRegionInvalid).at("regions").into());
        }
        supply::prefer(tx, (lot, caller.organization), &regions).await?;
        let act =
            Act::new("SupplyPreferencesSet", lot).with("firm", caller.organization).with("regions", &listed);
        Ok(record_with(tx, actor(caller), act, Vec::new(), lot).await?)
    })
    .await
}
