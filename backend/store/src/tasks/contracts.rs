//! Contracts that wait for a seal, and withdrawals that wait for a decision.
use diesel::pg::data_types::PgTimestamp;
use jicai_domain::identity::Scope;
use uuid::Uuid;

use super::{Row, found};
use crate::door::Tx;
use crate::errors::StoreError;

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
