//! What is shown of the selection of supply regions.
use async_graphql::connection::Connection;
use async_graphql::{Context, Enum, ID, Object, SimpleObject};
use jicai_domain::audit::hex;
use jicai_domain::errors::{Code, Refusal};
use jicai_domain::procurement::supply::Phase;
use jicai_service::procurement::supply::{self as cases, MarketFirm, MarketRegion, ShownBoard};

use crate::asking::app;
use crate::connection::{connection, cost, page};
use crate::dates::DateTime;
use crate::error::ApiError;

/// For what a region is chosen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
enum SupplyPhase {
    /// 主供: as main supplier.
    Main,
    /// 备供: as backup supplier.
    Backup,
    /// 按规格: as supplier of a content that the main supplier does not quote.
    Content,
}

impl SupplyPhase {
    const fn of(phase: Phase) -> Self {
        match phase {
            Phase::Main => Self::Main,
            Phase::Backup => Self::Backup,
            Phase::Content(_) => Self::Content,
        }
    }
}

/// How a region was taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
enum SupplyHow {
    /// The firm chose it in its turn.
    Chosen,
    /// The firm let its time pass and was given it.
    Fallback,
}

/// The board on which the firms of a lot choose their regions, for everybody. 供应地区确认
pub(super) struct SupplyBoard(pub(super) ShownBoard);

#[Object]
impl SupplyBoard {
    /// The lot.
    async fn lot(&self) -> ID {
        ID(self.0.lot.to_string())
    }

    /// The round.
    async fn round(&self) -> ID {
        ID(self.0.round.to_string())
    }

    /// How often it was opened: once more when an objection had the lot decided again.
    async fn edition(&self) -> i32 {
        self.0.edition
    }

    /// The turn; null when everything is given out.
    async fn turn(&self) -> Option<SupplyTurn> {
        let turn = self.0.turn?;
        let firm = self.0.firms.iter().find(|firm| firm.id == turn.firm)?;
        let free = self.0.free.iter().filter_map(|region| self.0.regions.get(*region));
        Some(SupplyTurn {
            number: self.0.number,
            firm: SupplyFirm::of(firm),
            phase: SupplyPhase::of(turn.phase),
            content: turn.phase.content().map(|content| content.normalize().to_string()),
            since: DateTime(turn.since),
            until: DateTime(turn.until),
            free: free.map(|region| region.code.to_string()).collect(),
        })
    }

    /// When the lot was decided with the choices.
    async fn decided_at(&self) -> Option<DateTime> {
        self.0.decided_at.map(DateTime)
    }

    /// The firms in the order of their turns.
    #[graphql(complexity = "20 * child_complexity")]
    async fn firms(&self) -> Vec<SupplyFirm> {
        self.0.firms.iter().map(SupplyFirm::of).collect()
    }

    /// The regions by name, with who has them by now.
    #[graphql(complexity = "35 * child_complexity")]
    async fn regions(&self) -> Vec<SupplyRegion> {
        self.0.regions.iter().map(|region| SupplyRegion::of(&self.0, region)).collect()
    }

    /// The choices in their order, those of earlier editions first.
    #[graphql(complexity = "cost(first, child_complexity)")]
    async fn choices(
        &self,
        ctx: &Context<'_>,
        first: Option<i32>,
        after: Option<String>,
    ) -> Result<Connection<String, SupplyChoice>, ApiError> {
        let page = page(first, after.as_deref(), place)?;
        let part = cases::choices(app(ctx)?, self.0.lot, &page).await?;
        let cursor = |(edition, row): &(i32, cases::ChoiceRow)| format!("{edition}.{}", row.record.number);
        Ok(connection(part, cursor, |(edition, row)| SupplyChoice::of(edition, &row)))
    }
}

/// A turn.
#[derive(SimpleObject)]
struct SupplyTurn {
    /// Its number, from 1.
    number: i32,
    /// The firm that chooses.
    firm: SupplyFirm,
    /// For what.
    phase: SupplyPhase,
    /// The content, where it is about one.
    content: Option<String>,
    /// Since when.
    since: DateTime,
    /// Until when; after that the firm is given a region.
    until: DateTime,
    /// Codes of the regions that it may choose.
    free: Vec<String>,
}

/// A firm that chooses.
#[derive(SimpleObject)]
struct SupplyFirm {
    /// Its organization.
    id: ID,
    /// Its name in the result.
    name: String,
}

impl SupplyFirm {
    fn of(firm: &MarketFirm) -> Self {
        Self { id: ID(firm.id.to_string()), name: firm.name.clone() }
    }
}

/// A region that is chosen.
#[derive(SimpleObject)]
struct SupplyRegion {
    /// Its code.
    code: String,
    /// Its name in the result.
    name: String,
    /// What was reported there without the brands' own, in units of the representative content.
    volume: String,
    /// Who took it as main supplier. 主供企业
    main: Option<SupplyFirm>,
    /// Who took it as backup supplier. 备供企业
    backup: Option<SupplyFirm>,
}

impl SupplyRegion {
    fn of(board: &ShownBoard, region: &MarketRegion) -> Self {
        let taker = |phase| board.taker(region, phase).map(SupplyFirm::of);
        Self {
            code: region.code.to_string(),
            name: region.name.clone(),
            volume: region.volume.clone(),
            main: taker(Phase::Main),
            backup: taker(Phase::Backup),
        }
    }
}

/// A choice, with the digest by which everybody follows it: SHA-256 of the digest before and of the choice in one line, `lot number firm
/// purpose region how microseconds`.
#[derive(SimpleObject)]
struct SupplyChoice {
    /// Which opening of the board.
    edition: i32,
    /// Its number, from 1.
    number: i32,
    /// The firm's organization.
    firm: ID,
    /// For what.
    phase: SupplyPhase,
    /// The content, where it is about one.
    content: Option<String>,
    /// The code of the region.
    region: String,
    /// How it was taken.
    how: SupplyHow,
    /// When.
    at: DateTime,
    /// When, in microseconds since 1970, as the digest has it.
    micros: String,
    /// The digest, in hexadecimal digits.
    digest: String,
}

impl SupplyChoice {
    fn of(edition: i32, row: &cases::ChoiceRow) -> Self {
        let record = &row.record;
        Self {
            edition,
            number: record.number,
            firm: ID(record.firm.to_string()),
            phase: SupplyPhase::of(record.phase),
            content: record.phase.content().map(|content| content.normalize().to_string()),
            region: record.region.to_string(),
            how: if record.chosen { SupplyHow::Chosen } else { SupplyHow::Fallback },
            at: DateTime(record.at),
            micros: record.at.micros().to_string(),
            digest: hex(&row.digest),
        }
    }
}

fn place(cursor: &str) -> Result<(i32, i32), Refusal> {
    let place = cursor
        .split_once('.')
        .and_then(|(edition, number)| Some((edition.parse().ok()?, number.parse().ok()?)));
    place.ok_or_else(|| Refusal::of(Code::CursorInvalid))
}
