//! 执行评估: what a round came to in an agreement year.
use std::collections::BTreeMap;

use jicai_domain::contract::evaluation::{Evaluation, Line, evaluate};
use jicai_domain::contract::progress::progress;
use jicai_domain::errors::{Code, Refusal};
use jicai_domain::exact::Exact;
use jicai_domain::identity::{Caller, Permission};
use jicai_domain::ids::{LotId, RoundId};
use jicai_domain::time::Day;
use jicai_store::contract::evaluation::{EvaluatedContract, contracts};
use jicai_store::contract::official;
use jicai_store::procurement::rounds;

use crate::app::App;
use crate::errors::Error;

/// What a round came to in an agreement year, as far as somebody may see its contracts.
#[derive(Clone, Debug)]
pub struct RoundEvaluation {
    /// The round.
    pub round: RoundId,
    /// The agreement year.
    pub year: u32,
    /// All of it.
    pub whole: Evaluated,
    /// By lot: its id, number and name.
    pub lots: Vec<(LotId, i32, String, Evaluated)>,
}

/// The evaluation of some contracts.
#[derive(Clone, Debug)]
pub struct Evaluated {
    /// How many contracts.
    pub contracts: usize,
    /// What would have been delivered by today at an even pace.
    pub due: u64,
    /// On what was delivered.
    pub delivered: Evaluation,
    /// As if exactly what is agreed were delivered.
    pub agreed: Evaluation,
}

/// Evaluates the contracts of a round of an agreement year that are in force or over: for its office, and for regulators and auditors the
/// contracts of their regions. Errors: `FORBIDDEN`, `NOT_FOUND`, `ROUND_STATE` before its result is official.
pub async fn round_evaluation(
    app: &App,
    caller: &Caller,
    (round, year): (RoundId, u32),
) -> Result<RoundEvaluation, Error> {
    let scope = caller
        .require(Permission::ManageContracts)
        .or_else(|_forbidden| caller.require(Permission::ObserveContracts))?;
    let mut tx = app.store.read_report().await?;
    let found = rounds::announced(&mut tx, round).await?;
    if scope.organization().is_some_and(|own| own != found.office) {
        return Err(Refusal::of(Code::NotFound).into());
    }
    if !official::is_begun(&mut tx, round).await? {
        let wrong = Refusal::of(Code::RoundState).at("round");
        return Err(wrong.allowing("once its result is official").into());
    }
    let number = i16::try_from(year).map_err(|_large| Refusal::of(Code::NotFound).at("year"))?;
    let today = tx.now().await?.day_in_china();
    let rows = contracts(&mut tx, &scope, (round, number)).await?;
    drop(tx);
    let mut lots: BTreeMap<(i32, LotId), Vec<&EvaluatedContract>> = BTreeMap::new();
    for row in &rows {
        lots.entry((row.lot_number, row.lot)).or_default().push(row);
    }
    let lots = lots.into_iter().map(|((number, lot), rows)| {
        let name = rows.first().map_or_else(String::new, |row| row.lot_name.clone());
        (lot, number, name, evaluated(&rows, today))
    });
    let lots = lots.collect();
    Ok(RoundEvaluation { round, year, whole: evaluated(&rows.iter().collect::<Vec<_>>(), today), lots })
}

fn evaluated(rows: &[&EvaluatedContract], today: Day) -> Evaluated {
    let due = rows.iter().map(|row| progress(&row.year, today, row.agreed, 0).due);
    let lines = |volume: fn(&EvaluatedContract) -> u64| {
        rows.iter().filter_map(|row| line(row, volume(row))).collect::<Vec<Line>>()
    };
    Evaluated {
        contracts: rows.len(),
        due: due.fold(0, u64::saturating_add),
        // Nothing is delivered as long as nothing is ordered on the platform.
        delivered: evaluate(&lines(|_row| 0)),
        agreed: evaluate(&lines(|row| row.agreed)),
    }
}

/// A contract with its prices for a unit of the representative: what is compared with is the maximum valid bid of its spec.
fn line(row: &EvaluatedContract, volume: u64) -> Option<Line> {
    let ratio = match row.content {
        Some(content) => Exact::from(content.own).checked_div(&Exact::from(content.representative))?,
        None => Exact::one(),
    };
    Some(Line {
        firm: row.firm.as_str().into(),
        selected: true,
        price_before: Exact::from(row.ceiling).checked_div(&ratio),
        price: Exact::from(row.price?).checked_div(&ratio)?,
        volume_before: 0,
        volume,
        agreed: row.agreed,
    })
}
