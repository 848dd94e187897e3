//! Contracts that wait for a seal or end soon, and withdrawals that wait for a decision.
use diesel::pg::data_types::PgTimestamp;
use jicai_domain::identity::Scope;
use jicai_domain::tasks::RENEWED_AHEAD_DAYS;
use uuid::Uuid;

use super::{DueRow, Row, found};
use crate::door::Tx;
use crate::errors::StoreError;
use crate::times;

const UNSEALED: &str = "SELECT c.id, c.created_at AS since, p.name || ' ' || c.region AS detail FROM contracts c \
        JOIN official_results r ON r.id = c.result JOIN selected_products p ON p.id = c.product \
    WHERE (c.holder = $1 OR c.distributor = $1 OR EXISTS (SELECT FROM sub_contracts s WHERE s.contract = c.id AND s.institution = $1)) \
        AND c.institutions IS NOT NULL AND c.status IN ('DRAFT', 'SEALING') AND p.blocked IS NULL \
        AND (r.standstill_until IS NULL OR r.standstill_until <= app_clock()) \
        AND NOT EXISTS (SELECT FROM contract_seals z WHERE z.contract = c.id AND z.party = $1) \
        AND (c.created_at, c.id) > ($2, $3) ORDER BY c.created_at, c.id LIMIT $4";

const WITHDRAWN: &str = "SELECT w.id, w.filed_at AS since, p.holder_name || ' ' || p.name AS detail FROM withdrawals w \
        JOIN selected_products p ON p.id = w.product JOIN official_results r ON r.id = p.result \
    WHERE w.decided_at IS NULL AND r.office = $1 AND (w.filed_at, w.id) > ($2, $3) ORDER BY w.filed_at, w.id LIMIT $4";

/// Those that may be sealed now, of which the own organization is a party that has not sealed.
pub(super) async fn unsealed(
    tx: &mut Tx,
    scope: &Scope,
    after: (PgTimestamp, Uuid),
    most: i64,
) -> Result<Vec<Row>, StoreError> {
    found(tx, UNSEALED, scope, after, most).await
}

/// Withdrawals from results of the own office that wait for a decision.
pub(super) async fn withdrawals(
    tx: &mut Tx,
    scope: &Scope,
    after: (PgTimestamp, Uuid),
    most: i64,
) -> Result<Vec<Row>, StoreError> {
    found(tx, WITHDRAWN, scope, after, most).await
}

const DAY_SECONDS: i64 = 86_400;

/// Results of the own office with contracts that end soon and that no other follows.
pub(super) async fn ending(
    tx: &mut Tx,
    scope: &Scope,
    after: (PgTimestamp, Uuid),
    most: i64,
) -> Result<Vec<DueRow>, StoreError> {
    let since =
        format!("((min(c.until) + 1 - {RENEWED_AHEAD_DAYS})::timestamp AT TIME ZONE 'Asia/Shanghai')");
    let query = format!(
        "SELECT r.id, {since} AS since, r.name || ' ' || count(*) AS detail FROM official_results r JOIN contracts c ON c.result = r.id \
         WHERE r.office = $1 AND c.status = 'IN_FORCE' AND c.ends_on IS NULL \
             AND c.until + 1 - {RENEWED_AHEAD_DAYS} <= (app_clock() AT TIME ZONE 'Asia/Shanghai')::date \
             AND NOT EXISTS (SELECT FROM contracts n WHERE n.renews = c.id OR n.replaces = c.id) \
         GROUP BY r.id HAVING ({since}, r.id) > ($2, $3) ORDER BY 2, 1 LIMIT $4"
    );
    let ends = |since: PgTimestamp| {
        times::at(times::timestamp(since).plus_seconds(i64::from(RENEWED_AHEAD_DAYS) * DAY_SECONDS))
    };
    let rows = found(tx, query, scope, after, most).await?;
    Ok(rows.into_iter().map(|(id, since, detail)| (id, since, detail, Some(ends(since)))).collect())
}
