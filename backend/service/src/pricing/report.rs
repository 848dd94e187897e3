//! 报送价格: up to 500 lines of one request, by a person or a program.
use jicai_domain::audit::IdempotencyKey;
use jicai_domain::errors::{Code, Refusal};
use jicai_domain::identity::Caller;
use jicai_domain::ids::{Id, PriceBatchId, PriceTicketId};
use jicai_domain::pricing::report::{LINES_MAX, Reported, Reporter};
use jicai_store::audit::record;
use serde::{Deserialize, Serialize};

use super::{record_batch, sift};
use crate::app::App;
use crate::audit::{Answer, actor, keyed, once};
use crate::errors::Error;

/// What came of a report.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReportOutcome {
    /// What was taken together.
    pub batch: PriceBatchId,
    /// How many prices count from now on.
    pub taken: usize,
    /// How many of them stand in the place of what was said before.
    pub superseded: usize,
    /// How many said again what was known.
    pub unchanged: usize,
    /// What is kept apart until somebody has looked.
    pub tickets: Vec<PriceTicketId>,
    /// What was not taken, by the line of the request.
    pub refused: Vec<Refused>,
}

/// A line that was not taken.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Refused {
    /// Its place, from 1.
    pub line: usize,
    /// The code of the table of errors.
    pub code: String,
    /// The field at fault.
    pub field: Option<String>,
    /// What would have been right.
    pub expected: Option<String>,
}

impl Refused {
    fn of((place, refusal): (usize, Refusal)) -> Self {
        Self {
            line: place.saturating_add(1),
            code: refusal.code.spec().name.to_owned(),
            field: refusal.field.map(str::to_owned),
            expected: refusal.allowed,
        }
    }
}

#[derive(Serialize, Deserialize)]
struct Kept {
    batch: String,
    taken: usize,
    superseded: usize,
    unchanged: usize,
    tickets: Vec<String>,
    refused: Vec<Refused>,
}

impl Answer for ReportOutcome {
    fn to_text(&self) -> String {
        let kept = Kept {
            batch: self.batch.to_string(),
            taken: self.taken,
            superseded: self.superseded,
            unchanged: self.unchanged,
            tickets: self.tickets.iter().map(ToString::to_string).collect(),
            refused: self.refused.clone(),
        };
        serde_json::to_string(&kept).unwrap_or_default()
    }

    fn from_text(text: &str) -> Option<Self> {
        let kept: Kept = serde_json::from_str(text).ok()?;
        let tickets = kept.tickets.iter().map(|id| PriceTicketId::parse(id).ok());
        Some(Self {
            batch: PriceBatchId::parse(&kept.batch).ok()?,
            taken: kept.taken,
            superseded: kept.superseded,
            unchanged: kept.unchanged,
            tickets: tickets.collect::<Option<_>>()?,
            refused: kept.refused,
        })
    }
}

/// Takes prices; what is wrong with a line leaves the others alone. Lines could not be read at all come as refusals. Errors: `FORBIDDEN`,
/// `PRICE_REPORT_INVALID` for no lines or too many.
pub async fn report_prices(
    app: &App,
    caller: &Caller,
    (lines, key): (Vec<Result<Reported, Refusal>>, &IdempotencyKey),
) -> Result<ReportOutcome, Error> {
    let reporter = Reporter::of(caller)?;
    if !(1..=LINES_MAX).contains(&lines.len()) {
        let allowed = format!("1 to {LINES_MAX}");
        return Err(Refusal::of(Code::PriceReportInvalid).at("prices").allowing(allowed).into());
    }
    let said = format!("{lines:?}");
    let keyed = keyed(app, Some(caller), key, "report_prices", &[&said]);
    once(app, &keyed, async |tx| {
        let mut rows = Vec::with_capacity(lines.len());
        let mut refused = Vec::new();
        for (place, line) in lines.iter().enumerate() {
            match line {
                Ok(row) => rows.push((place, row.clone())),
                Err(refusal) => refused.push((place, refusal.clone())),
            }
        }
        let sifted = sift(tx, &reporter, rows).await?;
        refused.extend(sifted.refused);
        refused.sort_by_key(|(place, _)| *place);
        let (taken, act) = record_batch(tx, caller.organization, &sifted.batch).await?;
        let outcome = ReportOutcome {
            batch: sifted.batch.id,
            taken: taken.observations.len(),
            superseded: taken.superseded,
            unchanged: taken.unchanged,
            tickets: taken.tickets,
            refused: refused.into_iter().map(Refused::of).collect(),
        };
        let act = act.with("refused", outcome.refused.len());
        Ok(record(tx, actor(caller), act, outcome).await?)
    })
    .await
}
