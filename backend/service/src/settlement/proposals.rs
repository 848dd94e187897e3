//! What moves money is prepared by one person and posted by another.
use jicai_domain::audit::{Act as Entry, IdempotencyKey};
use jicai_domain::errors::{Code, Refusal};
use jicai_domain::identity::{Caller, Permission, Reason, Version};
use jicai_domain::ids::{LedgerEventId, OrganizationId};
use jicai_domain::settlement::cover::{Owed, cover};
use jicai_domain::settlement::exposure::exposure_preset;
use jicai_domain::settlement::ledger::{Account, Act, Book, Event, Ledger};
use jicai_domain::settlement::money::Money;
use jicai_domain::settlement::proposal::{ProposalCommand, ProposalState};
use jicai_domain::time::Day;
use jicai_store::audit::record;
use jicai_store::settlement::{ledger as rows, proposals, reach, reach_area};
use jicai_store::{Recorded, Tx};

use super::ledger::{changed, post, within};
use crate::app::App;
use crate::audit::{Changed, actor, keyed, once};
use crate::errors::Error;

/// An event that is prepared.
#[derive(Clone, Debug)]
pub struct PrepareEvent {
    /// The event, with the id that whoever tells of it gave it.
    pub event: Event,
    /// Of a prepayment: the year's contracted amount.
    pub contracted: Option<Money>,
    /// The key of the request.
    pub key: IdempotencyKey,
}

/// The use of a hospital's claims that is prepared.
#[derive(Clone, Debug)]
pub struct PrepareCover {
    /// The id of the event.
    pub id: LedgerEventId,
    /// The book.
    pub book: Book,
    /// The day that it belongs to.
    pub day: Day,
    /// The hospital.
    pub hospital: OrganizationId,
    /// The key of the request.
    pub key: IdempotencyKey,
}

/// What is decided about a prepared event.
#[derive(Clone, Debug)]
pub enum Decision {
    /// It is posted.
    Post,
    /// It is given up.
    Void(Reason),
}

/// Prepares an event: money paid in, a prepayment, approved claims, what a hospital pays back. The same event again is answered as the first time.
/// Errors: `FORBIDDEN`, `NOT_FOUND`, `AMOUNT_INVALID`, `PREPAYMENT_TOO_LOW`, `LEDGER_EVENT_CONFLICT` with the field that differs, and what posting it
/// now is refused with.
pub async fn prepare_event(
    app: &App,
    caller: &Caller,
    command: PrepareEvent,
) -> Result<Changed<LedgerEventId>, Error> {
    let scope = caller.require(Permission::KeepLedger)?;
    caller.user()?;
    within(&scope, command.event.book)?;
    let said = format!("{:?} {:?}", command.event, command.contracted);
    let keyed = keyed(app, Some(caller), &command.key, "prepare_event", &[&said]);
    once(app, &keyed, async |tx| {
        reach(tx, &scope).await?;
        prepared(tx, caller, (&command.event, command.contracted)).await
    })
    .await
}

/// Tells, as the hospital that did it, of what it paid back; the agency posts it once the money has come. Errors: `FORBIDDEN`, `NOT_FOUND`, and
/// those of `prepare_event`.
pub async fn tell_refund(
    app: &App,
    caller: &Caller,
    command: PrepareEvent,
) -> Result<Changed<LedgerEventId>, Error> {
    caller.require(Permission::ConfirmStatements)?;
    caller.user()?;
    let said = format!("{:?}", command.event);
    let keyed = keyed(app, Some(caller), &command.key, "tell_refund", &[&said]);
    once(app, &keyed, async |tx| {
        if command.event.act.told().hospital != Some(caller.organization) {
            return Err(Refusal::of(Code::NotFound).at("hospital").into());
        }
        reach_area(tx, command.event.book.area).await?;
        prepared(tx, caller, (&command.event, None)).await
    })
    .await
}

/// Prepares what a hospital's approved claims are used for: against what was paid for it, against its prepayment, the rest to the hospital, by
/// the rules. Errors: `FORBIDDEN`, `NOT_FOUND`, `NOTHING_TO_SETTLE` without open claims, and those of `prepare_event`.
pub async fn prepare_cover(
    app: &App,
    caller: &Caller,
    command: PrepareCover,
) -> Result<Changed<LedgerEventId>, Error> {
    let scope = caller.require(Permission::KeepLedger)?;
    caller.user()?;
    within(&scope, command.book)?;
    let said = format!("{command:?}");
    let keyed = keyed(app, Some(caller), &command.key, "prepare_cover", &[&said]);
    once(app, &keyed, async |tx| {
        reach(tx, &scope).await?;
        let PrepareCover { id, book, day, hospital, .. } = command;
        let told = |offset, recovered, disbursed| Event {
            id,
            book,
            day,
            act: Act::Covered { hospital, offset, recovered, disbursed },
        };
        let held = rows::hold_books(tx, &[book]).await?;
        let asked = [told(Money::ZERO, Money::ZERO, Money::ZERO)];
        let ledger = Ledger::standing(rows::standing(tx, &held, &asked).await?);
        let balance = |account| ledger.balance(book, account);
        let claims = balance(Account::Claim(hospital));
        if !claims.is_positive() {
            return Err(Refusal::of(Code::NothingToSettle).at("hospital").into());
        }
        let owed = [Owed { month: 0, amount: balance(Account::Receivable(hospital)) }];
        let rules = exposure_preset()?;
        let used = cover(claims, &owed, balance(Account::Prepayment(hospital)), rules.cover)?;
        let offset = Money::sum(used.offsets.iter().map(|offset| offset.amount))?;
        prepared(tx, caller, (&told(offset, used.recovered, used.disbursed), None)).await
    })
    .await
}

async fn prepared(
    tx: &mut Tx,
    caller: &Caller,
    (event, contracted): (&Event, Option<Money>),
) -> Result<Recorded<Changed<LedgerEventId>>, Error> {
    let by = caller.user()?;
    let held = rows::hold_books(tx, &[event.book]).await?;
    let version = if proposals::add(tx, (event, contracted), by).await? {
        let mut ledger = Ledger::standing(rows::standing(tx, &held, std::slice::from_ref(event)).await?);
        if let Act::Prepaid { hospital, amount } = event.act {
            let prepaid = ledger.balance(event.book, Account::Prepayment(hospital));
            exposure_preset()?.check_prepaid(contracted, prepaid, amount)?;
        }
        // What could not be posted now is not left to the second person.
        ledger.post(event)?;
        1
    } else {
        let first = proposals::lock(tx, event.id).await.map_err(|_unseen| conflict())?;
        first.event.same_as(event)?;
        first.version.number()
    };
    let act = entry("LedgerEventPrepared", event).with("again", version > 1);
    let act = contracted.into_iter().fold(act, |act, contracted| act.with("contracted", contracted));
    Ok(record(tx, actor(caller), act, changed(event.id, version)).await?)
}

fn conflict() -> Refusal {
    Refusal::of(Code::LedgerEventConflict).at("id")
}

fn entry(kind: &'static str, event: &Event) -> Entry {
    let told = event.act.told();
    let [amount, recovered, disbursed] = told.amounts;
    let entry = Entry::new(kind, event.id)
        .with("book", event.book)
        .with("day", event.day)
        .with("kind", event.act.label())
        .with("amount", amount)
        .with("recovered", recovered)
        .with("disbursed", disbursed);
    told.hospital
        .into_iter()
        .fold(entry, |entry, hospital| entry.concerning(hospital).with("hospital", hospital))
}

/// Posts a prepared event, or gives it up. Nobody posts what they prepared. Errors: `FORBIDDEN`, `NOT_FOUND`, `STALE_VERSION`, `PROPOSAL_STATE`,
/// `SECOND_PERSON_NEEDED`, and those of the ledger.
pub async fn decide_ledger_event(
    app: &App,
    caller: &Caller,
    (event, version): (LedgerEventId, Version),
    decision: Decision,
    key: &IdempotencyKey,
) -> Result<Changed<LedgerEventId>, Error> {
    let scope = caller.require(Permission::KeepLedger)?;
    let by = caller.user()?;
    let said = [event.to_string(), version.number().to_string(), format!("{decision:?}")];
    let keyed = keyed(app, Some(caller), key, "decide_ledger_event", &said.each_ref().map(String::as_str));
    once(app, &keyed, async |tx| {
        reach(tx, &scope).await?;
        let found = proposals::lock(tx, event).await?;
        if found.version != version {
            return Err(Refusal::of(Code::StaleVersion).at("version").into());
        }
        let (command, kind) = match &decision {
            Decision::Post => (ProposalCommand::Post, "LedgerEventPosted"),
            Decision::Void(reason) => (ProposalCommand::Void(reason.clone()), "LedgerEventVoided"),
        };
        let state = found.state.clone().next(found.prepared_by, command, by)?;
        proposals::decide(tx, (event, version), &state).await?;
        if matches!(state, ProposalState::Posted { .. }) {
            post(tx, std::slice::from_ref(&found.event)).await?;
        }
        let answer = changed(event, version.next().number());
        Ok(record(tx, actor(caller), entry(kind, &found.event), answer).await?)
    })
    .await
}
