//! Which institutions the fund settles for, and what a pooling area has chosen within its rules.
use jicai_domain::audit::{Act, IdempotencyKey};
use jicai_domain::errors::{Code, Refusal};
use jicai_domain::identity::{Caller, Permission, Reason, RegionCode, Version};
use jicai_domain::ids::{DesignationId, OrganizationId};
use jicai_domain::settlement::ledger::Book;
use jicai_domain::time::Day;
use jicai_store::audit::record;
use jicai_store::settlement::bank::Payee;
use jicai_store::settlement::designations::{self as rows, Designation};
use jicai_store::settlement::terms;
use jicai_store::{Page, Part, Tx, fresh};

use super::invoices::check;
use super::ledger::within;
use super::read::own_or_observed;
use crate::app::App;
use crate::audit::{Changed, actor, keyed, once};
use crate::errors::Error;

/// Designates a hospital from a day on. Errors: `FORBIDDEN`, `NOT_FOUND`, `REGION_UNKNOWN`, `DESIGNATION_STATE` where it is designated then already.
pub async fn designate(
    app: &App,
    caller: &Caller,
    (area, hospital, begins): (RegionCode, OrganizationId, Day),
    key: &IdempotencyKey,
) -> Result<Changed<DesignationId>, Error> {
    let scope = caller.require(Permission::KeepLedger)?;
    let by = caller.user()?;
    if !scope.covers(area) {
        return Err(Refusal::of(Code::NotFound).at("area").into());
    }
    let said = [area.to_string(), hospital.to_string(), begins.to_string()];
    let keyed = keyed(app, Some(caller), key, "designate", &said.each_ref().map(String::as_str));
    once(app, &keyed, async |tx| {
        let version = Version::new(1);
        let new = Designation { id: fresh(), area, hospital, begins, ends: None, reason: None, version };
        rows::begin(tx, &new, (caller.organization, by)).await?;
        let act = Act::new("HospitalDesignated", new.id)
            .concerning(hospital)
            .with("area", area)
            .with("hospital", hospital)
            .with("begins", begins);
        Ok(record(tx, actor(caller), act, Changed { id: new.id, version }).await?)
    })
    .await
}

/// Ends a designation: its last day, which may be past, and why. Errors: `FORBIDDEN`, `NOT_FOUND`, `STALE_VERSION`, `DESIGNATION_STATE`.
pub async fn end_designation(
    app: &App,
    caller: &Caller,
    (id, version): (DesignationId, Version),
    (last, reason): (Day, &Reason),
    key: &IdempotencyKey,
) -> Result<Changed<DesignationId>, Error> {
    let scope = caller.require(Permission::KeepLedger)?;
    let by = caller.user()?;
    let said = [id.to_string(), version.number().to_string(), last.to_string(), reason.as_str().to_owned()];
    let keyed = keyed(app, Some(caller), key, "end_designation", &said.each_ref().map(String::as_str));
    once(app, &keyed, async |tx| {
        let ended = rows::end(tx, &scope, (id, version), (last, reason.as_str(), by)).await?;
        let act = Act::new("DesignationEnded", id)
            .concerning(ended.hospital)
            .with("area", ended.area)
            .with("hospital", ended.hospital)
            .with("ends", last)
            .with("reason", reason.as_str());
        Ok(record(tx, actor(caller), act, Changed { id, version: version.next() }).await?)
    })
    .await
}

/// Holds it against a hospital that it is not designated in any day of a month. Errors: `HOSPITAL_NOT_DESIGNATED`.
pub(super) async fn designated(
    tx: &mut Tx,
    (book, hospital): (Book, OrganizationId),
    month: Day,
) -> Result<(), Error> {
    let last = month.last_of_months(1).ok_or_else(|| Refusal::of(Code::DateInvalid).at("month"))?;
    if rows::held(tx, (book.area, hospital), (month, last)).await? {
        Ok(())
    } else {
        Err(Refusal::of(Code::HospitalNotDesignated).at("hospital").into())
    }
}

/// A part of the designations of the jurisdiction, or of the own organization, the newest first. Errors: `FORBIDDEN`.
pub async fn designations(
    app: &App,
    caller: &Caller,
    page: &Page<DesignationId>,
) -> Result<Part<Designation>, Error> {
    let scope = own_or_observed(caller)?;
    let mut tx = app.store.read().await?;
    Ok(rows::page(&mut tx, &scope, page).await?)
}

/// Says whether the silence of a hospital confirms a statement of an area after its time. Errors: `FORBIDDEN`, `NOT_FOUND`.
pub async fn set_silence(
    app: &App,
    caller: &Caller,
    (area, confirms_itself): (RegionCode, bool),
    key: &IdempotencyKey,
) -> Result<Changed<OrganizationId>, Error> {
    let scope = caller.require(Permission::KeepLedger)?;
    let by = caller.user()?;
    if !scope.covers(area) {
        return Err(Refusal::of(Code::NotFound).at("area").into());
    }
    let said = [area.to_string(), confirms_itself.to_string()];
    let keyed = keyed(app, Some(caller), key, "set_silence", &said.each_ref().map(String::as_str));
    once(app, &keyed, async |tx| {
        let version = terms::set_silence(tx, area, confirms_itself, by).await?;
        let act = Act::new("SettlementTermsSet", area).with("confirmsItself", confirms_itself);
        let answer = Changed { id: caller.organization, version: Version::new(version) };
        Ok(record(tx, actor(caller), act, answer).await?)
    })
    .await
}

/// Names the account that a book pays from. Errors: `FORBIDDEN`, `NOT_FOUND`, `PAYEE_INVALID`.
pub async fn set_paying_account(
    app: &App,
    caller: &Caller,
    (book, account): (Book, Payee),
    key: &IdempotencyKey,
) -> Result<Changed<OrganizationId>, Error> {
    let scope = caller.require(Permission::KeepLedger)?;
    let by = caller.user()?;
    within(&scope, book)?;
    check(&account)?;
    let said = [book.to_string(), format!("{account:?}")];
    let keyed = keyed(app, Some(caller), key, "set_paying_account", &said.each_ref().map(String::as_str));
    once(app, &keyed, async |tx| {
        let version = terms::set_paying_account(tx, book, &account, by).await?;
        let act = Act::new("PayingAccountSet", book).with("bank", &account.bank_code);
        let answer = Changed { id: caller.organization, version: Version::new(version) };
        Ok(record(tx, actor(caller), act, answer).await?)
    })
    .await
}
