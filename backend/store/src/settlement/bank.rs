//! Accounts that enterprises are paid to, and answers of the bank that were taken in.
use diesel::prelude::*;
use diesel::sql_types::{Binary, Integer, Text, Uuid as SqlUuid};
use diesel_async::RunQueryDsl;
use jicai_domain::ids::{OrganizationId, PaymentBatchId, UserId};

use crate::door::Tx;
use crate::errors::StoreError;
use crate::ids::column;

/// To which account an enterprise is paid.
#[derive(Clone, Debug)]
pub struct Payee {
    /// The holder of the account.
    pub holder: String,
    /// The number of the bank's branch (联行号), 12 digits.
    pub bank_code: String,
    /// The account.
    pub account: String,
}

/// Sets the account of an enterprise; its version after that.
pub async fn set_payee(
    tx: &mut Tx,
    of: OrganizationId,
    payee: &Payee,
    by: UserId,
) -> Result<i32, StoreError> {
    let row: Version = diesel::sql_query(
        "INSERT INTO payee_accounts AS p (organization, holder, bank_code, account, version, set_by, set_at) \
         VALUES ($1, $2, $3, $4, 1, $5, app_clock()) ON CONFLICT (organization) DO UPDATE SET holder = excluded.holder, \
             bank_code = excluded.bank_code, account = excluded.account, version = p.version + 1, set_by = excluded.set_by, set_at = app_clock() \
         RETURNING version",
    )
    .bind::<SqlUuid, _>(column(of))
    .bind::<Text, _>(&payee.holder)
    .bind::<Text, _>(&payee.bank_code)
    .bind::<Text, _>(&payee.account)
    .bind::<SqlUuid, _>(column(by))
    .get_result(tx.connection())
    .await?;
    Ok(row.version)
}

#[derive(QueryableByName)]
struct Version {
    #[diesel(sql_type = Integer)]
    version: i32,
}

/// Keeps that an answer of the bank was taken in. False where this very file was before.
pub async fn keep_answer(
    tx: &mut Tx,
    batch: PaymentBatchId,
    (sha256, answers): (&[u8], i32),
    by: UserId,
) -> Result<bool, StoreError> {
    let kept = diesel::sql_query(
        "INSERT INTO bank_answers (batch, sha256, answers, taken_by, taken_at) VALUES ($1, $2, $3, $4, app_clock()) ON CONFLICT DO NOTHING",
    )
    .bind::<SqlUuid, _>(column(batch))
    .bind::<Binary, _>(sha256)
    .bind::<Integer, _>(answers)
    .bind::<SqlUuid, _>(column(by))
    .execute(tx.connection())
    .await?;
    Ok(kept == 1)
}
