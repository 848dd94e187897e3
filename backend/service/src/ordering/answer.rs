//! Sellers answer, and hospitals think better of it.
use jicai_domain::audit::IdempotencyKey;
use jicai_domain::errors::{Code, Refusal};
use jicai_domain::identity::{Caller, Permission, Reason};
use jicai_domain::ids::OrderLineId;
use jicai_domain::ordering::line::Command;
use jicai_domain::ordering::rules::rules_of;
use jicai_domain::time::Day;
use jicai_store::audit::record_with;
use jicai_store::ordering::lines::{self, Held};
use jicai_store::{Recorded, Tx};

use super::work::{Side, Work, acts};
use super::{Several, bounded, each_once};
use crate::app::App;
use crate::audit::{actor, keyed, once};
use crate::errors::Error;

/// The lines that moved.
pub type Answered = Several<OrderLineId>;

/// A line that a seller promises.
#[derive(Clone, Debug)]
pub struct ConfirmLine {
    /// The line.
    pub line: OrderLineId,
    /// How many packs; all of them where it is not said.
    pub packs: Option<u64>,
    /// Why no more.
    pub reason: Option<Reason>,
}

/// Promises lines, to be delivered by the end of that day, or in the time that the region gives. Errors, with the line: `FORBIDDEN`, `NOT_FOUND`,
/// `ORDER_LINE_STATE`, `CONFIRMATION_EXCEEDS`, `PACK_UNIT_SLIP`, `REASON_MISSING`.
pub async fn confirm_order_lines(
    app: &App,
    caller: &Caller,
    (lines, promised): (&[ConfirmLine], Option<Day>),
    key: &IdempotencyKey,
) -> Result<Answered, Error> {
    caller.require(Permission::FulfilOrders)?;
    bounded(lines)?;
    each_once(lines.iter().map(|one| one.line))?;
    let said = format!("{lines:?} {promised:?}");
    let keyed = keyed(app, Some(caller), key, "confirm_order_lines", &[&said]);
    once(app, &keyed, async |tx| {
        let ids: Vec<OrderLineId> = lines.iter().map(|one| one.line).collect();
        let mut work = Work::begin(tx, caller, Side::Seller, &ids).await?;
        let now = work.now;
        for (place, one) in lines.iter().enumerate() {
            let ordered = work.line(one.line)?.line.packs.ordered;
            let packs = one.packs.unwrap_or(ordered);
            work.moves(place, one.line, Command::Confirm { packs, reason: one.reason.clone() })?;
            let held = work.line(one.line)?;
            held.confirmed_at = Some(now);
            let hours = rules_of(&held.rules, held.region).map_or(0, |rules| rules.deliver_hours);
            let by = promised.map(|day| day.plus_days(1).begins_in_china());
            held.deliver_by = Some(by.unwrap_or(now.plus_seconds(i64::from(hours) * 3600)));
        }
        let held = work.end(tx).await?;
        answered(tx, caller, ("OrderConfirmed", &[]), (&held, ids)).await
    })
    .await
}

/// How lines end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ending {
    /// The seller does not deliver them.
    Refused,
    /// The seller sends no more of them.
    Closed,
    /// The hospital does without them; nothing of them was sent.
    Cancelled,
}

impl Ending {
    const fn side(self) -> Side {
        match self {
            Self::Refused | Self::Closed => Side::Seller,
            Self::Cancelled => Side::Hospital,
        }
    }

    const fn operation(self) -> &'static str {
        match self {
            Self::Refused => "refuse_order_lines",
            Self::Closed => "close_order_lines",
            Self::Cancelled => "cancel_order_lines",
        }
    }

    const fn told(self) -> &'static str {
        match self {
            Self::Refused => "OrderRefused",
            Self::Closed => "OrderClosed",
            Self::Cancelled => "OrderCancelled",
        }
    }

    fn command(self, reason: Reason) -> Command {
        match self {
            Self::Refused => Command::Refuse { reason },
            Self::Closed => Command::Close { reason },
            Self::Cancelled => Command::Cancel { reason },
        }
    }
}

/// Ends lines, as their seller or as the hospital. Errors, with the line: `FORBIDDEN`, `NOT_FOUND`, `ORDER_LINE_STATE`.
pub async fn end_order_lines(
    app: &App,
    caller: &Caller,
    ending: Ending,
    (lines, reason): (&[OrderLineId], &Reason),
    key: &IdempotencyKey,
) -> Result<Answered, Error> {
    let side = ending.side();
    caller.require(match side {
        Side::Seller => Permission::FulfilOrders,
        Side::Hospital => Permission::PlaceOrders,
    })?;
    bounded(lines)?;
    each_once(lines.iter())?;
    let said = format!("{lines:?} {reason:?}");
    let keyed = keyed(app, Some(caller), key, ending.operation(), &[&said]);
    once(app, &keyed, async |tx| {
        let mut work = Work::begin(tx, caller, side, lines).await?;
        for (place, line) in lines.iter().enumerate() {
            work.moves(place, *line, ending.command(reason.clone()))?;
        }
        let held = work.end(tx).await?;
        let said = [("reason", reason.as_str().to_owned())];
        answered(tx, caller, (ending.told(), &said), (&held, lines.to_vec())).await
    })
    .await
}

/// Says afterwards what an emergency was, once. Errors: `FORBIDDEN`, `NOT_FOUND`, `ORDER_LINE_STATE` for what is no emergency or was reported.
pub async fn report_emergency(
    app: &App,
    caller: &Caller,
    (line, text): (OrderLineId, &Reason),
    key: &IdempotencyKey,
) -> Result<Answered, Error> {
    caller.require(Permission::PlaceOrders)?;
    caller.user()?;
    let said = format!("{line} {text:?}");
    let keyed = keyed(app, Some(caller), key, "report_emergency", &[&said]);
    once(app, &keyed, async |tx| {
        let mut work = Work::begin(tx, caller, Side::Hospital, &[line]).await?;
        let now = work.now;
        let held = work.line(line)?;
        let due = held.report_by.filter(|_by| !held.reported);
        let no =
            || Refusal::of(Code::OrderLineState).at("line").allowing("an emergency that nobody has reported");
        let late = now > due.ok_or_else(no)?;
        lines::report(tx, line, text).await?;
        let said = [("report", text.as_str().to_owned()), ("late", late.to_string())];
        let held = [held.clone()];
        answered(tx, caller, ("EmergencyReported", &said), (&held, vec![line])).await
    })
    .await
}

/// The entries of the log, one an order.
pub(super) async fn answered<T>(
    tx: &mut Tx,
    caller: &Caller,
    (kind, said): (&'static str, &[(&'static str, String)]),
    (held, answer): (&[Held], Vec<T>),
) -> Result<Recorded<Several<T>>, Error> {
    let mut acts = acts(kind, held, said);
    let last = acts.pop().ok_or(Refusal::of(Code::OrderInvalid))?;
    Ok(record_with(tx, actor(caller), last, acts, Several(answer)).await?)
}
