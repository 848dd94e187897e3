//! Changes of agreed volume that wait: for whom the volume comes to, and for the office.
use diesel::pg::data_types::PgTimestamp;
use jicai_domain::identity::Scope;
use uuid::Uuid;

use super::{Row, found};
use crate::door::Tx;
use crate::errors::StoreError;

/// Those that the own organization has to agree to.
pub(super) async fn received(
    tx: &mut Tx,
    scope: &Scope,
    after: (PgTimestamp, Uuid),
    most: i64,
) -> Result<Vec<Row>, StoreError> {
    waiting(tx, scope, "v.status = 'APPLIED' AND v.receiver = $1", after, most).await
}

/// Those that the own office has to decide.
pub(super) async fn undecided(
    tx: &mut Tx,
    scope: &Scope,
    after: (PgTimestamp, Uuid),
    most: i64,
) -> Result<Vec<Row>, StoreError> {
    waiting(tx, scope, "v.status = 'AGREED' AND r.office = $1", after, most).await
}

async fn waiting(
    tx: &mut Tx,
    scope: &Scope,
    which: &'static str,
    after: (PgTimestamp, Uuid),
    most: i64,
) -> Result<Vec<Row>, StoreError> {
    let query = format!(
        "SELECT v.id, v.status_since AS since, i.name AS detail FROM volume_changes v JOIN sub_contracts s ON s.id = v.part \
             JOIN contracts c ON c.id = s.contract JOIN official_results r ON r.id = c.result JOIN organizations i ON i.id = s.institution \
         WHERE {which} AND (v.status_since, v.id) > ($2, $3) ORDER BY v.status_since, v.id LIMIT $4"
    );
    found(tx, query, scope, after, most).await
}
