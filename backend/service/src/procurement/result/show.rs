//! Results as far as whoever asks may see them.
use std::collections::BTreeMap;

use jicai_domain::identity::{Caller, Permission};
use jicai_domain::ids::{BidId, LotId, OrganizationId, RoundId, RoundProductId};
use jicai_domain::procurement::decision::LotStatus;
use jicai_domain::procurement::opening::LineFault;
use jicai_domain::procurement::result::{LotOutcome, Sight, Viewer, public_sight};
use jicai_domain::procurement::round::{Disclosure, Round};
use jicai_domain::time::Timestamp;
use jicai_seal::VoidReason;
use jicai_store::procurement::{parts, results as rows, rounds};
use jicai_store::{Page, Part, Tx};
use serde::Deserialize;

use crate::app::App;
use crate::errors::Error;

/// The decision on a round, and how much of it whoever asks may see.
#[derive(Clone, Debug)]
pub struct RoundResult {
    /// The round.
    pub round: RoundId,
    /// Who may see what.
    pub disclosure: Disclosure,
    /// What whoever asks may see.
    pub viewer: Viewer,
    /// When it was opened.
    pub opened_at: Timestamp,
    /// When it was decided last.
    pub decided_at: Timestamp,
}

/// A lot's result.
#[derive(Clone, Debug)]
pub struct ShownLot {
    /// Its number in the round.
    pub number: i32,
    /// Its name.
    pub name: String,
    /// How it came out; without prices where these are not shown.
    pub outcome: LotOutcome,
}

/// Who supplies where, as printed.
#[derive(Clone, Debug, Default, Deserialize)]
pub struct LotView {
    /// Main and backup suppliers.
    pub regions: Vec<RegionView>,
}

/// The suppliers of a region.
#[derive(Clone, Debug, Deserialize)]
pub struct RegionView {
    /// The region's name.
    pub region: String,
    /// The content; none where the demand names none.
    pub content: Option<String>,
    /// The main supplier's name.
    pub main: String,
    /// The backup supplier's name.
    pub backup: Option<String>,
    /// The main supplier's volume.
    pub volume: u64,
}

/// A firm, as results name it.
#[derive(Clone, Debug)]
pub struct Firm {
    /// Its organization.
    pub id: OrganizationId,
    /// Its name.
    pub name: String,
    /// Its credit code.
    pub credit_code: String,
}

/// A reason as it is told.
#[derive(Clone, Debug, Deserialize)]
pub struct Told {
    /// The stable code.
    pub code: String,
    /// In English.
    pub message_en: String,
    /// In Chinese.
    pub message_zh: String,
}

/// A bid's result, with nothing in it that is not shown.
#[derive(Clone, Debug)]
pub struct ShownBid {
    /// The lot.
    pub lot: LotId,
    /// Its place in the lot's result.
    pub place: i32,
    /// The product.
    pub product: RoundProductId,
    /// The product's name.
    pub product_name: String,
    /// The firm.
    pub firm: Firm,
    /// Selected.
    pub selected: bool,
    /// The price of a pack.
    pub price: Option<String>,
    /// Smallest units in a pack.
    pub units: Option<u64>,
    /// Pack price over units.
    pub unit_price: Option<String>,
    /// At the representative content.
    pub comparable_price: Option<String>,
    /// 1 + the competing units ahead.
    pub rank: Option<u64>,
    /// Not above its ceiling.
    pub valid: Option<bool>,
    /// Within the cap.
    pub shortlisted: Option<bool>,
    /// In a tie that has to be settled.
    pub tied: Option<bool>,
    /// Its place in the order that settled a tie.
    pub tie_order: Option<i32>,
    /// The selected price.
    pub final_price: Option<String>,
    /// The fraction of the reported volume that is agreed.
    pub share: Option<String>,
    /// Agreed volume.
    pub agreed_volume: Option<u64>,
    /// Why.
    pub reasons: Vec<Told>,
}

/// A bid, or a line of one, that is void.
#[derive(Clone, Debug)]
pub struct VoidEntry {
    /// The bid.
    pub bid: BidId,
    /// The line's place in the bid, from 0; 0 for a whole bid.
    pub position: i32,
    /// The firm.
    pub firm: Firm,
    /// The product that the line names; none for a whole bid.
    pub product_named: Option<String>,
    /// Why.
    pub reason: Told,
}

/// What whoever asks may see of the bids of an opened round: the bidder its own; its office, and auditors and regulators of a region that
/// buys, all; everybody what the disclosure rule says.
pub(crate) async fn viewer_of(tx: &mut Tx, caller: Option<&Caller>, round: &Round) -> Result<Viewer, Error> {
    let public = Viewer { sight: public_sight(round.disclosure), own: None };
    let Some(caller) = caller else { return Ok(public) };
    let own = caller.require(Permission::OwnOrganization).ok().map(|_scope| caller.organization);
    let office = caller.require(Permission::PublishRounds).ok().and_then(|scope| scope.organization());
    let observed = match caller.require(Permission::ObserveRounds) {
        Ok(scope) => {
            parts::regions(tx, &[round.id]).await?.into_iter().any(|(_round, region)| scope.covers(region))
        }
        Err(_forbidden) => false,
    };
    let whole = observed || office == Some(round.office);
    Ok(Viewer { sight: if whole { Sight::Everything } else { public.sight }, own })
}

/// The result of a round; none before it is opened and decided. Errors: `NOT_FOUND`.
pub async fn result_of(
    app: &App,
    caller: Option<&Caller>,
    id: RoundId,
) -> Result<Option<RoundResult>, Error> {
    let mut tx = app.store.read().await?;
    let round = rounds::announced(&mut tx, id).await?;
    let Some((opened_at, decided_at)) = rows::find(&mut tx, id).await? else { return Ok(None) };
    let viewer = viewer_of(&mut tx, caller, &round).await?;
    Ok(Some(RoundResult { round: id, disclosure: round.disclosure, viewer, opened_at, decided_at }))
}

/// A part of a result's lots.
pub async fn lots(app: &App, result: &RoundResult, page: &Page<i32>) -> Result<Part<ShownLot>, Error> {
    let mut tx = app.store.read().await?;
    let part = rows::lots(&mut tx, result.round, page).await?;
    let shown = part.rows.into_iter().map(|lot| shown_lot(lot, result.viewer.sight));
    Ok(Part { rows: shown.collect(), more: part.more })
}

/// Who supplies where, of each of those lots; nothing where volumes are not shown.
pub async fn views(app: &App, viewer: &Viewer, lots: &[LotId]) -> Result<BTreeMap<LotId, LotView>, Error> {
    if viewer.sight == Sight::SelectedNames {
        return Ok(lots.iter().map(|lot| (*lot, LotView::default())).collect());
    }
    let mut tx = app.store.read().await?;
    let files = rows::files(&mut tx, lots).await?;
    files.into_iter().map(|(lot, json)| Ok((lot, read(&json)?))).collect()
}

/// How a lot stood before it was decided again.
#[derive(Clone, Debug)]
pub struct EarlierLot {
    /// Which decision, from 1.
    pub edition: i32,
    /// Whether it was decided.
    pub status: LotStatus,
    /// When.
    pub decided_at: Timestamp,
    /// When it was decided again.
    pub replaced_at: Timestamp,
    /// Why: `SUPPLY` or `OBJECTION`.
    pub cause: String,
    /// What it said of regions and brands; nothing where volumes are not shown.
    pub view: LotView,
}

/// The earlier decisions of a lot, the first one first.
pub async fn earlier(app: &App, viewer: &Viewer, lot: LotId) -> Result<Vec<EarlierLot>, Error> {
    let mut tx = app.store.read().await?;
    let found = rows::earlier(&mut tx, lot).await?;
    let shown = found.into_iter().map(|row| {
        let rows::EarlierLot { edition, status, json, decided_at, replaced_at, cause } = row;
        let view = match viewer.sight {
            Sight::SelectedNames => LotView::default(),
            Sight::SelectedPrices | Sight::Everything => read(&json)?,
        };
        Ok(EarlierLot { edition, status, decided_at, replaced_at, cause, view })
    });
    shown.collect()
}

fn shown_lot(lot: rows::ShownLot, sight: Sight) -> ShownLot {
    let rows::ShownLot { number, name, mut outcome } = lot;
    if sight != Sight::Everything {
        (outcome.lowest, outcome.anchor) = (None, None);
    }
    ShownLot { number, name, outcome }
}

/// The first bids after a place of each of those lots, one more than the page has where there are more.
pub async fn bids_of(
    app: &App,
    viewer: &Viewer,
    lots: &[LotId],
    page: &Page<i32>,
) -> Result<Vec<ShownBid>, Error> {
    let mut tx = app.store.read().await?;
    let found = rows::bids_of(&mut tx, lots, page, viewer).await?;
    found.into_iter().map(|bid| shown_bid(bid, viewer)).collect()
}

fn shown_bid(bid: rows::ShownBid, viewer: &Viewer) -> Result<ShownBid, Error> {
    let rows::ShownBid { outcome, firm, credit_code, product, price, units, tie_order } = bid;
    let sight = viewer.of(outcome.bidder);
    let (whole, priced) = (sight == Sight::Everything, sight >= Sight::SelectedPrices);
    Ok(ShownBid {
        lot: outcome.lot,
        place: outcome.place,
        product: outcome.product,
        product_name: product,
        firm: Firm { id: outcome.bidder, name: firm, credit_code },
        selected: outcome.selected,
        price: whole.then(|| price.normalize().to_string()),
        units: whole.then_some(units),
        unit_price: whole.then_some(outcome.unit_price),
        comparable_price: whole.then_some(outcome.comparable_price),
        rank: outcome.rank.filter(|_rank| whole),
        valid: whole.then_some(outcome.valid),
        shortlisted: whole.then_some(outcome.shortlisted),
        tied: whole.then_some(outcome.tied),
        tie_order: tie_order.filter(|_order| whole),
        final_price: outcome.final_price.filter(|_price| priced),
        share: outcome.share.filter(|_share| priced),
        agreed_volume: outcome.agreed_volume.filter(|_volume| priced),
        reasons: if whole { read(&outcome.reasons)? } else { Vec::new() },
    })
}

/// A part of the bids that are void as a whole, of those that the viewer may see.
pub async fn void_bids(
    app: &App,
    result: &RoundResult,
    page: &Page<BidId>,
) -> Result<Part<VoidEntry>, Error> {
    let mut tx = app.store.read().await?;
    let part = rows::void_bids(&mut tx, result.round, page, &result.viewer).await?;
    let entries = part.rows.into_iter().map(|row| {
        let known = VoidReason::ALL.into_iter().find(|reason| reason.code() == row.fault);
        let reason = told(row.fault, known.map(VoidReason::says))?;
        let firm = Firm { id: row.bidder, name: row.firm, credit_code: row.credit_code };
        Ok(VoidEntry { bid: row.bid, position: 0, firm, product_named: None, reason })
    });
    Ok(Part { rows: entries.collect::<Result<_, Error>>()?, more: part.more })
}

/// A part of the void lines of opened bids, of those that the viewer may see.
pub async fn void_lines(
    app: &App,
    result: &RoundResult,
    page: &Page<(BidId, i32)>,
) -> Result<Part<VoidEntry>, Error> {
    let mut tx = app.store.read().await?;
    let part = rows::void_lines(&mut tx, result.round, page, &result.viewer).await?;
    let entries = part.rows.into_iter().map(|row| {
        let known = LineFault::from_code(&row.fault);
        let reason = told(row.fault, known.map(LineFault::says))?;
        let firm = Firm { id: row.bidder, name: row.firm, credit_code: row.credit_code };
        let product_named = Some(row.product_named);
        Ok(VoidEntry { bid: row.bid, position: row.position, firm, product_named, reason })
    });
    Ok(Part { rows: entries.collect::<Result<_, Error>>()?, more: part.more })
}

fn told(code: String, says: Option<(&str, &str)>) -> Result<Told, Error> {
    let (english, chinese) = says.ok_or_else(|| Error::broken(format!("an unknown fault: {code}")))?;
    Ok(Told { code, message_en: english.to_owned(), message_zh: chinese.to_owned() })
}

fn read<'j, T: Deserialize<'j>>(json: &'j str) -> Result<T, Error> {
    serde_json::from_str(json).map_err(|error| Error::Broken(error.into()))
}
