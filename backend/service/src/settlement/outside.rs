//! What hospitals pay enterprises themselves (渠道外支付), and how much of what was accepted is paid at all (回款率).
use std::collections::BTreeMap;

use jicai_domain::audit::{Act, IdempotencyKey};
use jicai_domain::errors::{Code, Refusal};
use jicai_domain::identity::{Caller, Permission, Reason, Version};
use jicai_domain::ids::{AcceptanceId, OrganizationId, OutsidePaymentId};
use jicai_domain::settlement::exposure::exposure_preset;
use jicai_domain::settlement::money::Money;
use jicai_domain::settlement::outside::{OUTSIDE_LINES_MAX, OutsideCommand, OutsideState};
use jicai_domain::time::Day;
use jicai_store::audit::record;
use jicai_store::settlement::outside::{self as rows, OutsidePayment};
use jicai_store::settlement::rates::{self, Goods, Overdue, Rate};
use jicai_store::settlement::{hold_pair, reach};
use jicai_store::{Page, Part, Tx, fresh};

use super::read::{observed, own_or_observed};
use crate::app::App;
use crate::audit::{Changed, actor, keyed, once};
use crate::errors::Error;

/// The first day that goods are looked at from where nobody says one.
const FIRST: Day = Day::from_epoch_days(0);

/// A payment that a hospital tells of.
#[derive(Clone, Debug)]
pub struct ReportOutside {
    /// Whom it paid.
    pub supplier: OrganizationId,
    /// When.
    pub paid_on: Day,
    /// The bank's number of it.
    pub reference: String,
    /// How much of it for which acceptance.
    pub lines: Vec<(AcceptanceId, Money)>,
    /// The key of the request.
    pub key: IdempotencyKey,
}

/// Tells, as the hospital, of what it paid itself: for goods that no statement asks the fund for, and no more than is open of them. Errors:
/// `FORBIDDEN`, `NOT_FOUND`, `BATCH_TOO_LARGE`, `DATE_INVALID` for a day to come, `SETTLED_DIRECTLY`, `AMOUNT_INVALID`, `OUTSIDE_PAYMENT_KNOWN`.
pub async fn report_outside_payment(
    app: &App,
    caller: &Caller,
    command: ReportOutside,
) -> Result<Changed<OutsidePaymentId>, Error> {
    let scope = caller.require(Permission::ConfirmStatements)?;
    let by = caller.user()?;
    if !(1..=OUTSIDE_LINES_MAX).contains(&command.lines.len()) {
        let range = format!("1 to {OUTSIDE_LINES_MAX}");
        return Err(Refusal::of(Code::BatchTooLarge).at("lines").allowing(range).into());
    }
    let amount = Money::sum(command.lines.iter().map(|(_, amount)| *amount))?;
    let said = format!("{command:?}");
    let keyed = keyed(app, Some(caller), &command.key, "report_outside_payment", &[&said]);
    once(app, &keyed, async |tx| {
        let today = tx.now().await?.day_in_china();
        if command.paid_on > today {
            return Err(Refusal::of(Code::DateInvalid).at("paidOn").allowing(format!("<= {today}")).into());
        }
        reach(tx, &scope).await?;
        let (hospital, supplier) = (caller.organization, command.supplier);
        hold_pair(tx, supplier, hospital).await?;
        fits(tx, (hospital, supplier), &command.lines).await?;
        let payment = OutsidePayment {
            id: fresh(),
            hospital,
            supplier,
            paid_on: command.paid_on,
            amount,
            reference: command.reference.clone(),
            state: OutsideState::Reported,
            version: Version::FIRST,
        };
        rows::add(tx, &payment, &command.lines, by).await?;
        let answer = Changed { id: payment.id, version: payment.version };
        Ok(record(tx, actor(caller), told("OutsidePaymentReported", &payment), answer).await?)
    })
    .await
}

/// Whether each acceptance is the pair's own, named once, and so much of it is open.
async fn fits(
    tx: &mut Tx,
    pair: (OrganizationId, OrganizationId),
    lines: &[(AcceptanceId, Money)],
) -> Result<(), Error> {
    let wanted: Vec<AcceptanceId> = lines.iter().map(|(acceptance, _)| *acceptance).collect();
    let mut open: BTreeMap<_, _> = rows::open(tx, pair, &wanted).await?.into_iter().collect();
    for (acceptance, amount) in lines {
        let open = open.remove(acceptance).ok_or_else(|| Refusal::of(Code::NotFound).at("acceptance"))?;
        open.take(*amount)?;
    }
    Ok(())
}

fn told(kind: &'static str, payment: &OutsidePayment) -> Act {
    Act::new(kind, payment.id)
        .concerning(payment.hospital)
        .concerning(payment.supplier)
        .with("amount", payment.amount)
        .with("paidOn", payment.paid_on)
}

/// Answers, as the enterprise, whether the money came. Errors: `FORBIDDEN`, `NOT_FOUND`, `STALE_VERSION`, `OUTSIDE_PAYMENT_STATE`.
pub async fn answer_outside_payment(
    app: &App,
    caller: &Caller,
    (id, version): (OutsidePaymentId, Version),
    deny: Option<Reason>,
    key: &IdempotencyKey,
) -> Result<Changed<OutsidePaymentId>, Error> {
    caller.require(Permission::ApplyForSettlement)?;
    let by = caller.user()?;
    let said = [id.to_string(), version.number().to_string(), format!("{deny:?}")];
    let keyed = keyed(app, Some(caller), key, "answer_outside_payment", &said.each_ref().map(String::as_str));
    once(app, &keyed, async |tx| {
        let payment = rows::lock(tx, caller.organization, id).await?;
        if payment.version != version {
            return Err(Refusal::of(Code::StaleVersion).at("version").into());
        }
        let (command, kind) = match &deny {
            None => (OutsideCommand::Confirm, "OutsidePaymentConfirmed"),
            Some(reason) => (OutsideCommand::Deny(reason.clone()), "OutsidePaymentDenied"),
        };
        let state = payment.state.clone().next(command, by)?;
        rows::answer(tx, &payment, &state).await?;
        let answer = Changed { id, version: version.next() };
        Ok(record(tx, actor(caller), told(kind, &payment), answer).await?)
    })
    .await
}

/// A part of such payments of the own organization, or of the jurisdiction's hospitals, the newest first. Errors: `FORBIDDEN`.
pub async fn outside_payments(
    app: &App,
    caller: &Caller,
    page: &Page<OutsidePaymentId>,
) -> Result<Part<OutsidePayment>, Error> {
    let scope = own_or_observed(caller)?;
    let mut tx = app.store.read().await?;
    Ok(rows::page(&mut tx, &scope, page).await?)
}

/// What became of the goods that the jurisdiction's hospitals accepted on some days, by hospital. Errors: `FORBIDDEN`.
pub async fn payment_rates(
    app: &App,
    caller: &Caller,
    (from, until): (Day, Day),
    page: &Page<OrganizationId>,
) -> Result<Part<Rate>, Error> {
    let scope = observed(caller)?;
    app.store
        .keep("read_payment_rates", async |tx| {
            reach(tx, &scope).await?;
            let goods = goods(tx, (from, until)).await?;
            Ok::<_, Error>(rates::rates(tx, &scope, goods, page).await?)
        })
        .await
}

/// A part of what is overdue, of the own organization or of the jurisdiction, the oldest first. Errors: `FORBIDDEN`.
pub async fn overdue_goods(
    app: &App,
    caller: &Caller,
    page: &Page<AcceptanceId>,
) -> Result<Part<Overdue>, Error> {
    let scope = own_or_observed(caller)?;
    app.store
        .keep("read_overdue_goods", async |tx| {
            reach(tx, &scope).await?;
            let until = tx.now().await?.day_in_china();
            let goods = goods(tx, (FIRST, until)).await?;
            Ok::<_, Error>(rates::overdue(tx, &scope, goods, page).await?)
        })
        .await
}

async fn goods(tx: &mut Tx, (from, until): (Day, Day)) -> Result<Goods, Error> {
    let months = exposure_preset()?.pay_after_months;
    let today = tx.now().await?.day_in_china();
    let pay_after_months = i32::try_from(months).map_err(|_large| Refusal::of(Code::RulesInvalid))?;
    Ok(Goods { from, until, pay_after_months, today })
}
