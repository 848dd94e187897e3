//! What every row of a contract says, however much of it is read.
use diesel::pg::data_types::PgDate;
use jicai_domain::contract::agreement::ContractStatus;
use jicai_domain::contract::term::AgreementYear;
use jicai_domain::identity::Reason;
use uuid::Uuid;

use crate::errors::StoreError;
use crate::times::day;

fn unreadable(contract: Uuid) -> StoreError {
    StoreError::row("contract", contract)
}

pub(super) fn count(contract: Uuid, number: i64) -> Result<u64, StoreError> {
    u64::try_from(number).map_err(|_negative| unreadable(contract))
}

pub(super) fn year(
    contract: Uuid,
    number: i16,
    (start, end): (PgDate, PgDate),
) -> Result<AgreementYear, StoreError> {
    let number = u32::try_from(number).map_err(|_negative| unreadable(contract))?;
    Ok(AgreementYear { number, start: day(start), end: day(end) })
}

pub(super) fn status(
    contract: Uuid,
    label: &str,
    reason: Option<&str>,
) -> Result<ContractStatus, StoreError> {
    let reason = reason.map(Reason::parse).transpose().map_err(|_refusal| unreadable(contract))?;
    ContractStatus::from_row(label, reason).ok_or_else(|| unreadable(contract))
}
