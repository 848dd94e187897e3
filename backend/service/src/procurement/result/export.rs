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
use jicai_store::procurement::{lots, opening, rounds};

use super::decide::{Owners, file, owners, read_demand};
use super::show::viewer_of;
use crate::app::App;
use crate::errors::Error;
use crate::procurement::form::tables;

/// Files by their names.
pub struct Bundle(pub Vec<(&'static str, String)>);

/// What a round was decided on.
pub(super) struct Basis {
    pub(super) rules_text: String,
    pub(super) rules: RuleSet,
    pub(super) lots: Vec<(LotId, Lot)>,
    pub(super) owners: Owners,
    pub(super) result: WholeResult,
}

impl Basis {
    /// Errors: `NOT_FOUND` before the opening.
    pub(super) async fn read(tx: &mut Tx, round: RoundId) -> Result<Basis, Error> {
        let result = whole(tx, round).await?;
        let rules_text = opening::rules_of(tx, round).await?;
        let rules = read_rules(&rules_text)?;
        let announced = lots::standing(tx, round).await?;
        let kept = result.lots.iter().flat_map(|lot| &lot.lines);
        let owners = owners(kept.map(|line| (&line.bid.product, line.product, line.bidder)));
        let lots = announced.iter().map(|lot| Ok((lot.id, decided_lot(lot, &result)?)));
        Ok(Basis { lots: lots.collect::<Result<_, Error>>()?, rules_text, rules, owners, result })
    }
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
    let readme = readme(tables.bids.is_some(), tables.demand.is_some());
    let files = [
        ("README.txt", Some(readme)),
        ("rules.toml", Some(basis.rules_text)),
        ("lots.csv", Some(tables.lots)),
        ("bids.csv", tables.bids),
        ("demand.csv", tables.demand),
        ("result.json", Some(result)),
    ];
    Ok(Bundle(files.into_iter().filter_map(|(name, text)| Some((name, text?))).collect()))
}

fn readme(bids: bool, demand: bool) -> String {
    if !bids {
        return "No bid counted in this round. 本轮没有有效计入的申报。\n".to_owned();
    }
    let demand = if demand { " --demand demand.csv" } else { "" };
    format!(
        "This decides the round again; the bytes are those of result.json. 重新计算本轮结果，输出应与 result.json 逐字节一致：\n\n\
         jicai award --rules rules.toml --lots lots.csv --bids bids.csv{demand} --format json | cmp - result.json\n"
    )
}
