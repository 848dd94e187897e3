//! A board as everybody sees it.
use jicai_domain::ids::{LotId, RoundId};
use jicai_domain::procurement::supply::Phase;
use jicai_domain::time::Timestamp;
use jicai_store::procurement::supply::{self, ChoiceRow, TurnRow};
use jicai_store::{Page, Part};

use super::market::{MarketFirm, MarketRegion, OpenMarket};
use crate::app::App;
use crate::errors::Error;

/// A lot's board: whose turn it is, and who has what.
#[derive(Clone, Debug)]
pub struct ShownBoard {
    /// The lot.
    pub lot: LotId,
    /// The round.
    pub round: RoundId,
    /// How often it was opened.
    pub edition: i32,
    /// The number of the turn.
    pub number: i32,
    /// The turn; none when everything is given out.
    pub turn: Option<TurnRow>,
    /// When the lot was decided with the choices.
    pub decided_at: Option<Timestamp>,
    /// The firms in the order of their turns.
    pub firms: Vec<MarketFirm>,
    /// The regions by name.
    pub regions: Vec<MarketRegion>,
    /// Regions that may be chosen in this turn, by number, in the order in which they are given to whoever lets the time pass.
    pub free: Vec<usize>,
    /// The choices of this edition.
    pub choices: Vec<ChoiceRow>,
}

impl ShownBoard {
    /// The firm that took the region for that.
    pub fn taker(&self, region: &MarketRegion, phase: Phase) -> Option<&MarketFirm> {
        let took = |row: &&ChoiceRow| row.record.region == region.code && row.record.phase == phase;
        let firm = self.choices.iter().find(took)?.record.firm;
        self.firms.iter().find(|known| known.id == firm)
    }
}

/// A lot's board; none where nothing is chosen, or not yet. Public.
pub async fn supply_board(app: &App, lot: LotId) -> Result<Option<ShownBoard>, Error> {
    let mut tx = app.store.read().await?;
    let Some(row) = supply::find(&mut tx, lot).await? else { return Ok(None) };
    let choices = supply::choices(&mut tx, lot, row.edition).await?;
    let market = OpenMarket::from_text(&row.market)?;
    // Between the two reads somebody may have chosen: then the turn is that of the later choices at the next look.
    let free = if row.now.is_some() { market.after(&choices)?.free() } else { Vec::new() };
    Ok(Some(ShownBoard {
        lot,
        round: row.round,
        edition: row.edition,
        number: row.turn,
        turn: row.now,
        decided_at: row.decided_at,
        firms: market.firms,
        regions: market.regions,
        free,
        choices,
    }))
}

/// A part of a lot's choices, with those of earlier editions. Public.
pub async fn choices(
    app: &App,
    lot: LotId,
    page: &Page<(i32, i32)>,
) -> Result<Part<(i32, ChoiceRow)>, Error> {
    let mut tx = app.store.read().await?;
    Ok(supply::history(&mut tx, lot, page).await?)
}
