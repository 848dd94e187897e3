//! Settlement statements: applied for by the enterprise, answered by the hospital, reviewed and approved by the agency.
use jicai_domain::audit::{Act, IdempotencyKey};
use jicai_domain::errors::{Code, Refusal};
use jicai_domain::identity::{Caller, Permission, Reason, RegionCode, Version};
use jicai_domain::ids::{Id as _, LedgerEventId, OrganizationId, StatementId, StatementLineId};
use jicai_domain::settlement::calendar::{HOLIDAY_PRESETS, WorkingDays, parse_holidays};
use jicai_domain::settlement::cover::{Owed, payable_within};
use jicai_domain::settlement::credit::credits;
use jicai_domain::settlement::exposure::exposure_preset;
use jicai_domain::settlement::ledger::{Act as Booked, Book, Event};
use jicai_domain::settlement::money::Money;
use jicai_domain::settlement::rules::{SETTLEMENT_PRESETS, SettlementRules, parse_settlement};
use jicai_domain::settlement::statement::{Net, StatementCommand, StatementState, net};
use jicai_domain::time::Day;
use jicai_store::audit::record;
use jicai_store::settlement::ledger::hold_books;
use jicai_store::settlement::lines::{self, Dispute, ShownLine};
use jicai_store::settlement::statements::{self as rows, Application, By, Statement, Subject};
use jicai_store::settlement::{exposure, hold_pair, reach};
use jicai_store::{Page, Part, Recorded, Tx, fresh};

use super::designations::designated;
use super::ledger::post;
use super::read::{averaged_since, own_or_observed};
use crate::app::App;
use crate::audit::{Changed, actor, keyed, once};
use crate::errors::Error;

/// A statement that is applied for.
#[derive(Clone, Debug)]
pub struct ApplyForSettlement {
    /// The first day of the month.
    pub month: Day,
    /// The hospital.
    pub hospital: OrganizationId,
    /// The book.
    pub book: Book,
    /// The key of the request.
    pub key: IdempotencyKey,
}

/// What the agency does with a statement.
#[derive(Clone, Debug)]
pub enum StatementDecision {
    /// A clerk has reviewed it.
    Review,
    /// Another one approves: it is owed. In part as far as the hospital may owe it, where that is said.
    Approve {
        /// Whether the rest may be put off to a later statement.
        in_part: bool,
    },
    /// It goes back to the enterprise.
    Return(Reason),
}

/// Applies for a month: every line that matches and no statement has, what disputes left to pay, less what went back. Errors: `FORBIDDEN`,
/// `NOT_FOUND` where there is no such book, `DATE_INVALID` for a month that has not ended, `STATEMENT_EXISTS`, `NOTHING_TO_SETTLE`,
/// `HOSPITAL_NOT_DESIGNATED`.
pub async fn apply_for_settlement(
    app: &App,
    caller: &Caller,
    command: ApplyForSettlement,
) -> Result<Changed<StatementId>, Error> {
    let scope = caller.require(Permission::ApplyForSettlement)?;
    let by = caller.user()?;
    let last = command.month.last_of_months(1).ok_or_else(|| Refusal::of(Code::DateInvalid).at("month"))?;
    let said = format!("{command:?}");
    let keyed = keyed(app, Some(caller), &command.key, "apply_for_settlement", &[&said]);
    once(app, &keyed, async |tx| {
        let today = tx.now().await?.day_in_china();
        if last >= today {
            return Err(Refusal::of(Code::DateInvalid).at("month").allowing(format!("< {today}")).into());
        }
        let ApplyForSettlement { month, hospital, book, .. } = command;
        let (rules, confirm_by) = deadline(book, today);
        let subject = Subject { month, hospital, supplier: caller.organization, book };
        let application = Application { id: fresh(), subject, rules, confirm_by, by };
        reach(tx, &scope).await?;
        hold_pair(tx, caller.organization, hospital).await?;
        let (asked, credit) = gathered(tx, &application, last).await?;
        designated(tx, (book, hospital), month).await?;
        let act = Act::new("SettlementApplied", application.id)
            .concerning(hospital)
            .with("month", month)
            .with("book", book)
            .with("asked", asked)
            .with("credit", credit);
        let answer = Changed { id: application.id, version: Version::new(1) };
        Ok(record(tx, actor(caller), act, answer).await?)
    })
    .await
}

async fn gathered(tx: &mut Tx, application: &Application, last: Day) -> Result<(Money, Money), Error> {
    let carried = rows::begin(tx, application).await?;
    let (count, asked) = rows::gather(tx, application, last).await?;
    let mut taken_off = Vec::new();
    for settled in rows::went_back(tx, &application.subject).await? {
        taken_off.extend(credits(&settled)?);
    }
    let credit = Money::sum(taken_off.iter().map(|(_, amount)| *amount))?;
    if count == 0 && taken_off.is_empty() && carried == Money::ZERO {
        return Err(Refusal::of(Code::NothingToSettle).at("month").into());
    }
    rows::add_credits(tx, application.id, &taken_off).await?;
    rows::set_sums(tx, application.id, (asked, credit)).await?;
    Ok((asked, credit))
}

/// The rules of the area, and by when the hospital answers what is applied for today; none where the area's rules or the calendar are not known.
fn deadline(book: Book, today: Day) -> (String, Option<Day>) {
    let rules = SETTLEMENT_PRESETS.iter().filter_map(|preset| parse_settlement(preset.text).ok());
    let Some(rules) = rules.into_iter().find(|rules| holds(rules, book)) else {
        return ("none".to_owned(), None);
    };
    let due = working_days().due(&rules.confirm, today).ok();
    (format!("{} {}", rules.head.id, rules.head.version), due)
}

pub(super) fn working_days() -> WorkingDays {
    let years = HOLIDAY_PRESETS.iter().filter_map(|preset| parse_holidays(preset.text).ok());
    WorkingDays::new(years.collect())
}

/// By when the next step of a statement is due, and how many days ago that was; nothing where nothing is left to do or the day is not known.
pub fn due(of: &Statement) -> Option<(Day, i64)> {
    let rules = exposure_preset().ok()?;
    let due = of.state.due(of.confirm_by, rules.pay_by(of.subject.month))?;
    Some((due, due.days_to(of.today).max(0)))
}

fn holds(rules: &SettlementRules, book: Book) -> bool {
    let of = RegionCode::parse(&rules.head.jurisdiction);
    of.is_ok_and(|of| of.covers(book.area))
}

/// Answers every line of a statement: what is not disputed is confirmed. Errors: `FORBIDDEN`, `NOT_FOUND`, `STALE_VERSION`, `STATEMENT_STATE`,
/// `AMOUNT_INVALID` for a dispute that is no line of it or above it.
pub async fn answer_statement(
    app: &App,
    caller: &Caller,
    (statement, version): (StatementId, Version),
    disputes: &[Dispute],
    key: &IdempotencyKey,
) -> Result<Changed<StatementId>, Error> {
    let scope = caller.require(Permission::ConfirmStatements)?;
    let by = caller.user()?;
    let said = [statement.to_string(), version.number().to_string(), format!("{disputes:?}")];
    let keyed = keyed(app, Some(caller), key, "answer_statement", &said.each_ref().map(String::as_str));
    once(app, &keyed, async |tx| {
        reach(tx, &scope).await?;
        let found = held(tx, statement, version).await?;
        if found.subject.hospital != caller.organization {
            return Err(Refusal::of(Code::NotFound).into());
        }
        let state = found.state.next(StatementCommand::Confirm)?;
        lines::answer(tx, statement, disputes).await?;
        let told = lines::answers(tx, statement).await?;
        let net = net(&told, found.credit, found.carried_in)?;
        rows::save(tx, (statement, version), (state, net), (By::Confirmed(by), None)).await?;
        let told = Statement { state, net, ..found };
        let act = act("StatementAnswered", &told).with("disputes", disputes.len());
        answered(tx, caller, act, &told).await
    })
    .await
}

/// Applies again for a statement that the agency sent back. Errors: `FORBIDDEN`, `NOT_FOUND`, `STALE_VERSION`, `STATEMENT_STATE`.
pub async fn reapply_for_settlement(
    app: &App,
    caller: &Caller,
    (statement, version): (StatementId, Version),
    key: &IdempotencyKey,
) -> Result<Changed<StatementId>, Error> {
    let scope = caller.require(Permission::ApplyForSettlement)?;
    caller.user()?;
    let said = [statement.to_string(), version.number().to_string()];
    let keyed = keyed(app, Some(caller), key, "reapply_for_settlement", &said.each_ref().map(String::as_str));
    once(app, &keyed, async |tx| {
        reach(tx, &scope).await?;
        let found = held(tx, statement, version).await?;
        if found.subject.supplier != caller.organization {
            return Err(Refusal::of(Code::NotFound).into());
        }
        let state = found.state.next(StatementCommand::Apply)?;
        rows::save(tx, (statement, version), (state, found.net), (By::Other, None)).await?;
        let told = Statement { state, ..found };
        answered(tx, caller, act("StatementAppliedAgain", &told), &told).await
    })
    .await
}

/// Reviews a statement, approves it as another person, or sends it back. What is approved is owed to the enterprise on the hospital's commission,
/// and stands in the ledger under the statement's number. Errors: `FORBIDDEN`, `NOT_FOUND`, `STALE_VERSION`, `STATEMENT_STATE`,
/// `SECOND_PERSON_NEEDED`, `HOSPITAL_NOT_DESIGNATED`, `EXPOSURE_EXCEEDED` with what may be paid in part, and those of the ledger.
pub async fn decide_statement(
    app: &App,
    caller: &Caller,
    (statement, version): (StatementId, Version),
    decision: StatementDecision,
    key: &IdempotencyKey,
) -> Result<Changed<StatementId>, Error> {
    let scope = caller.require(Permission::KeepLedger)?;
    let by = caller.user()?;
    let said = [statement.to_string(), version.number().to_string(), format!("{decision:?}")];
    let keyed = keyed(app, Some(caller), key, "decide_statement", &said.each_ref().map(String::as_str));
    once(app, &keyed, async |tx| {
        reach(tx, &scope).await?;
        let found = held(tx, statement, version).await?;
        let mut found = found;
        let (state, by, kind, reason) = match &decision {
            StatementDecision::Review => {
                (found.state.next(StatementCommand::Review(by))?, By::Reviewed(by), "StatementReviewed", None)
            }
            StatementDecision::Approve { in_part } => {
                let state = found.state.approved(by, found.net.payable)?;
                designated(tx, (found.subject.book, found.subject.hospital), found.subject.month).await?;
                found.net = within_limit(tx, &found, *in_part).await?;
                (state, By::Approved(by), "StatementApproved", None)
            }
            StatementDecision::Return(reason) => {
                let state = found.state.next(StatementCommand::Return)?;
                (state, By::Other, "StatementReturned", Some(reason.as_str()))
            }
        };
        rows::save(tx, (statement, version), (state, found.net), (by, reason)).await?;
        if state == StatementState::Approved {
            owed(tx, &found).await?;
        }
        let told = Statement { state, ..found };
        let act = reason.into_iter().fold(act(kind, &told), |act, reason| act.with("reason", reason));
        answered(tx, caller, act, &told).await
    })
    .await
}

/// What of a statement the hospital may owe: the whole, or as much as there is room for where that is allowed.
async fn within_limit(tx: &mut Tx, found: &Statement, in_part: bool) -> Result<Net, Error> {
    let Subject { hospital, book, .. } = found.subject;
    // Nobody else uses the room meanwhile.
    hold_books(tx, &[book]).await?;
    let rules = exposure_preset()?;
    let since = averaged_since(found.today, rules.averaged_months);
    let outlays =
        exposure::outlays(tx, (book, Some(hospital)), since, &Page { first: 1, after: None }).await?;
    let Some(outlay) = outlays.rows.first() else { return Ok(found.net) };
    let Some(limit) = rules.limit(outlay.claimed, outlay.months)? else { return Ok(found.net) };
    let asked = [Owed { month: 0, amount: found.net.payable }];
    let room = Money::sum(payable_within(limit, outlay.receivable, &asked)?)?;
    let net = found.net.within(room)?;
    if net == found.net || (in_part && net.payable.is_positive()) {
        return Ok(net);
    }
    Err(Refusal::of(Code::ExposureExceeded).at("hospital").allowing(format!("<= {room}")).into())
}

/// Books what is owed.
async fn owed(tx: &mut Tx, found: &Statement) -> Result<(), Error> {
    let Subject { hospital, supplier, book, .. } = found.subject;
    let (today, amount) = (found.today, found.net.payable);
    let act = Booked::Settled { hospital, supplier, amount };
    let id = LedgerEventId::from_number(found.id.number());
    post(tx, &[Event { id, book, day: today, act }]).await
}

/// Says what of a dispute is to be paid after all: the hospital any part of it, the enterprise that nothing is. It enters the next statement.
/// Errors: `FORBIDDEN`, `NOT_FOUND` for a dispute that is resolved or whose statement is not approved, `AMOUNT_INVALID`.
pub async fn resolve_dispute(
    app: &App,
    caller: &Caller,
    (line, payable): (StatementLineId, Money),
    key: &IdempotencyKey,
) -> Result<StatementLineId, Error> {
    let hospital = caller.require(Permission::ConfirmStatements);
    let scope = match hospital {
        Ok(scope) => scope,
        Err(_forbidden) if payable == Money::ZERO => caller.require(Permission::ApplyForSettlement)?,
        Err(forbidden) => return Err(forbidden.into()),
    };
    caller.user()?;
    let said = [line.to_string(), payable.to_string()];
    let keyed = keyed(app, Some(caller), key, "resolve_dispute", &said.each_ref().map(String::as_str));
    once(app, &keyed, async |tx| {
        reach(tx, &scope).await?;
        let dispute = lines::lock_dispute(tx, line).await?;
        if payable < Money::ZERO || payable > dispute.disputed {
            let range = format!("0 to {}", dispute.disputed);
            return Err(Refusal::of(Code::AmountInvalid).at("amount").allowing(range).into());
        }
        lines::resolve(tx, line, payable).await?;
        let statement = rows::find(tx, dispute.statement).await?;
        let act = act("DisputeResolved", &statement).with("line", line).with("amount", payable);
        Ok(record(tx, actor(caller), act, line).await?)
    })
    .await
}

async fn held(tx: &mut Tx, statement: StatementId, version: Version) -> Result<Statement, Error> {
    let found = rows::lock(tx, statement).await?;
    if found.version == version {
        Ok(found)
    } else {
        Err(Refusal::of(Code::StaleVersion).at("version").into())
    }
}

/// The entry of the log, told to both sides.
fn act(kind: &'static str, of: &Statement) -> Act {
    Act::new(kind, of.id)
        .concerning(of.subject.hospital)
        .concerning(of.subject.supplier)
        .with("status", of.state.label())
        .with("payable", of.net.payable)
        .with("held", of.net.held)
        .with("deferred", of.net.deferred)
        .with("carried", of.net.carried)
}

async fn answered(
    tx: &mut Tx,
    caller: &Caller,
    act: Act,
    of: &Statement,
) -> Result<Recorded<Changed<StatementId>>, Error> {
    let answer = Changed { id: of.id, version: of.version.next() };
    Ok(record(tx, actor(caller), act, answer).await?)
}

/// A part of the statements of the own organization or the jurisdiction, the newest first. Errors: `FORBIDDEN`.
pub async fn statements(
    app: &App,
    caller: &Caller,
    status: Option<&str>,
    page: &Page<StatementId>,
) -> Result<Part<Statement>, Error> {
    let scope = own_or_observed(caller)?;
    app.store
        .keep("read_statements", async |tx| {
            reach(tx, &scope).await?;
            Ok::<_, Error>(rows::page(tx, status, page).await?)
        })
        .await
}

/// A statement of the own organization or the jurisdiction. Errors: `FORBIDDEN`, `NOT_FOUND`.
pub async fn statement(app: &App, caller: &Caller, id: StatementId) -> Result<Statement, Error> {
    let scope = own_or_observed(caller)?;
    app.store
        .keep("read_statement", async |tx| {
            reach(tx, &scope).await?;
            Ok::<_, Error>(rows::find(tx, id).await?)
        })
        .await
}

/// A part of the lines of a statement. Errors: `FORBIDDEN`, `NOT_FOUND`.
pub async fn statement_lines(
    app: &App,
    caller: &Caller,
    id: StatementId,
    page: &Page<StatementLineId>,
) -> Result<Part<ShownLine>, Error> {
    let scope = own_or_observed(caller)?;
    app.store
        .keep("read_statement_lines", async |tx| {
            reach(tx, &scope).await?;
            rows::find(tx, id).await?;
            Ok::<_, Error>(lines::lines(tx, id, page).await?)
        })
        .await
}
