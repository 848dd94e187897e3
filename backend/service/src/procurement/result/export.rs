//! A decided round with everything that it was decided on, for whoever decides it again.
use jicai_domain::errors::{Code, Refusal};
use jicai_domain::identity::Caller;
use jicai_domain::ids::{LotId, RoundId};
use jicai_domain::procurement::opening::announced;
use jicai_domain::procurement::result::Sight;
use jicai_domain::procurement::round::AnnouncedLot;
use jicai_domain::procurement::rules::{self, RuleSet};
use jicai_domain::procurement::tables::Lot;
use jicai_store::Tx;
use jicai_store::procurement::results::{WholeResult, whole};
use jicai_store::procurement::{lots, opening, rounds, supply};

use super::decide::{Owners, file, owners, read_demand};
use super::show::viewer_of;
use crate::app::App;
use crate::errors::Error;
use crate::procurement::form::{Tables, tables};
use crate::procurement::supply::OpenMarket;

/// Files by their names.
pub struct Bundle(pub Vec<(&'static str, String)>);

/// What a round was decided on.
pub(crate) struct Basis {
    pub(crate) rules_text: String,
    pub(crate) rules: RuleSet,
    pub(crate) lots: Vec<(LotId, Lot)>,
    pub(crate) owners: Owners,
    pub(crate) result: WholeResult,
}

/// Which choices of supply regions belong to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Choices {
    /// Those that the lots were decided with.
    Decided,
    /// Those of every lot in which everything is chosen.
    Done,
}

impl Basis {
    /// Errors: `NOT_FOUND` before the opening.
    pub(crate) async fn read(tx: &mut Tx, round: RoundId) -> Result<Basis, Error> {
        Self::read_with(tx, round, Choices::Decided).await
    }

    /// The same with those choices. Errors: `NOT_FOUND` before the opening.
    pub(crate) async fn read_with(tx: &mut Tx, round: RoundId, choices: Choices) -> Result<Basis, Error> {
        let result = whole(tx, round).await?;
        let rules_text = opening::rules_of(tx, round).await?;
        let rules = read_rules(&rules_text)?;
        let announced = lots::standing(tx, round).await?;
        let kept = result.lots.iter().flat_map(|lot| &lot.lines);
        let owners = owners(kept.map(|line| (&line.bid.product, line.product, line.bidder)));
        let lots = announced.iter().map(|lot| Ok((lot.id, decided_lot(lot, &result)?)));
        let mut lots = lots.collect::<Result<Vec<(LotId, Lot)>, Error>>()?;
        choose(tx, round, choices, &mut lots).await?;
        Ok(Basis { lots, rules_text, rules, owners, result })
    }
}

/// Puts the regions that firms chose into their lots.
async fn choose(
    tx: &mut Tx,
    round: RoundId,
    choices: Choices,
    lots: &mut [(LotId, Lot)],
) -> Result<(), Error> {
    let mut boards = supply::of_round(tx, round).await?;
    boards.retain(|board| choices == Choices::Done || board.decided_at.is_some());
    let made = supply::made(tx, &boards).await?;
    for board in &boards {
        let (Some(made), Some((_id, lot))) =
            (made.get(&board.lot), lots.iter_mut().find(|(id, _lot)| *id == board.lot))
        else {
            continue;
        };
        lot.preferences = OpenMarket::from_text(&board.market)?.preferences(made);
    }
    Ok(())
}

/// The rule set of a round's announcement, which was checked before it was announced.
pub(crate) fn read_rules(text: &str) -> Result<RuleSet, Error> {
    rules::parse(text)
        .map_err(|faults| Error::broken(format!("an announced rule set has {} faults", faults.len())))
}

fn decided_lot(lot: &AnnouncedLot, result: &WholeResult) -> Result<Lot, Error> {
    let kept = result.lots.iter().find(|kept| kept.lot == lot.id);
    let kept = kept.ok_or_else(|| Error::broken(format!("{} was not decided", lot.id)))?;
    Ok(Lot {
        bids: kept.lines.iter().map(|line| line.bid.clone()).collect(),
        demand: read_demand(&kept.demand)?,
        ..announced(lot)
    })
}

/// The files of a decided round, for whoever may see the whole of it. Errors: `NOT_FOUND` before the opening, `FORBIDDEN`,
/// `UNAUTHENTICATED`.
pub async fn export(app: &App, caller: Option<&Caller>, id: RoundId) -> Result<Bundle, Error> {
    let mut tx = app.store.read().await?;
    let round = rounds::announced(&mut tx, id).await?;
    let viewer = viewer_of(&mut tx, caller, &round).await?;
    let basis = Basis::read(&mut tx, id).await?;
    if viewer.sight != Sight::Everything {
        let code = if caller.is_some() { Code::Forbidden } else { Code::Unauthenticated };
        return Err(Refusal::of(code).into());
    }
    bundle(basis)
}

fn bundle(basis: Basis) -> Result<Bundle, Error> {
    let lots: Vec<Lot> = basis.lots.into_iter().map(|(_id, lot)| lot).collect();
    let tables = tables(&basis.rules, &lots).map_err(|error| Error::Broken(error.into()))?;
    let WholeResult { head, tail, lots } = basis.result;
    let result = file(&head, lots.iter().map(|lot| lot.json.as_str()), &tail);
    let readme = readme(&tables);
    let files = [
        ("README.txt", Some(readme)),
        ("rules.toml", Some(basis.rules_text)),
        ("lots.csv", Some(tables.lots)),
        ("bids.csv", tables.bids),
        ("demand.csv", tables.demand),
        ("preferences.csv", tables.preferences),
        ("result.json", Some(result)),
    ];
    Ok(Bundle(files.into_iter().filter_map(|(name, text)| Some((name, text?))).collect()))
}

fn readme(tables: &Tables) -> String {
    if tables.bids.is_none() {
        return "No bid counted in this round. 本轮没有有效计入的申报。\n".to_owned();
    }
    let demand = if tables.demand.is_some() { " --demand demand.csv" } else { "" };
    let preferences = if tables.preferences.is_some() { " --preferences preferences.csv" } else { "" };
    format!(
        "This decides the round again; the bytes are those of result.json. 重新计算本轮结果，输出应与 result.json 逐字节一致：\n\n\
         jicai award --rules rules.toml --lots lots.csv --bids bids.csv{demand}{preferences} --format json | cmp - result.json\n"
    )
}
