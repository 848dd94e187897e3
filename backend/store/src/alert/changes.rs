//! What changed of alerts, for whoever follows them.
use diesel::pg::data_types::PgTimestamp;
use diesel::prelude::*;
use diesel::sql_types::{Array, BigInt, Bool, Integer, Nullable, Text, Timestamptz, Uuid as SqlUuid};
use diesel_async::RunQueryDsl;
use jicai_domain::alert::Severity;
use jicai_domain::alert::live::{AlertState, PriceAlert};
use jicai_domain::errors::{Code, Refusal};
use jicai_domain::ids::{AlertChangeId, PriceAlertId, UserId};
use jicai_domain::time::Timestamp;
use uuid::Uuid;

use super::alerts::Seen;
use crate::door::Tx;
use crate::errors::StoreError;
use crate::ids::{column, fresh, id};
use crate::page::{Page, Part};
use crate::schema::{alert_changes, app_clock};
use crate::times::timestamp;

/// A change of an alert.
#[derive(Clone, Debug)]
pub struct AlertChange {
    /// Its id, the cursor of whoever follows.
    pub id: AlertChangeId,
    /// The alert.
    pub alert: PriceAlertId,
    /// What happened: `OPENED`, `CHANGED`, `HELD`, `ACKNOWLEDGED`, `ASSIGNED`, `DISMISSED` or `CLOSED`.
    pub change: String,
    /// How it stood then.
    pub state: String,
    /// How grave it was then.
    pub severity: Severity,
    /// What was judged then.
    pub value: String,
    /// The person; none where the observations changed it.
    pub by: Option<UserId>,
    /// Who was to work on it then.
    pub assignee: Option<UserId>,
    /// Why, of what was dismissed.
    pub reason: Option<String>,
    /// When.
    pub at: Timestamp,
    /// How often the alert had changed.
    pub version: i32,
}

/// Writes down what changed of alerts, each as it is now.
pub async fn add(
    tx: &mut Tx,
    changed: &[(&'static str, &PriceAlert)],
    by: Option<UserId>,
) -> Result<(), StoreError> {
    let rows = changed.iter().map(|(change, alert)| {
        let reason = dismissed_because(alert);
        (
            alert_changes::id.eq(column(fresh::<AlertChangeId>())),
            alert_changes::alert.eq(column(alert.id)),
            alert_changes::change.eq(*change),
            alert_changes::state.eq(alert.state.label()),
            alert_changes::severity.eq(alert.found.severity.name().to_uppercase()),
            alert_changes::value.eq(alert.found.value.clone()),
            alert_changes::made_by.eq(by.map(column)),
            alert_changes::assignee.eq(alert.assignee.map(column)),
            alert_changes::reason.eq(reason),
            alert_changes::at.eq(app_clock()),
            alert_changes::version.eq(alert.version.number()),
        )
    });
    let rows: Vec<_> = rows.collect();
    if rows.is_empty() {
        return Ok(());
    }
    tx.later(diesel::insert_into(alert_changes::table).values(rows)).await
}

fn dismissed_because(alert: &PriceAlert) -> Option<String> {
    if let AlertState::Dismissed { reason, .. } = &alert.state {
        return Some(reason.as_str().to_owned());
    }
    None
}

#[derive(QueryableByName)]
struct Row {
    #[diesel(sql_type = SqlUuid)]
    id: Uuid,
    #[diesel(sql_type = SqlUuid)]
    alert: Uuid,
    #[diesel(sql_type = Text)]
    change: String,
    #[diesel(sql_type = Text)]
    state: String,
    #[diesel(sql_type = Text)]
    severity: String,
    #[diesel(sql_type = Text)]
    value: String,
    #[diesel(sql_type = Nullable<SqlUuid>)]
    made_by: Option<Uuid>,
    #[diesel(sql_type = Nullable<SqlUuid>)]
    assignee: Option<Uuid>,
    #[diesel(sql_type = Nullable<Text>)]
    reason: Option<String>,
    #[diesel(sql_type = Timestamptz)]
    at: PgTimestamp,
    #[diesel(sql_type = Integer)]
    version: i32,
}

#[derive(QueryableByName)]
struct There {
    #[diesel(sql_type = Bool)]
    there: bool,
}

/// A part of what changed of the alerts that the looker sees, after a change, in the order of the transactions. Only what lies below the oldest
/// transaction that still runs is told: nothing can appear there any more. Errors: `CURSOR_INVALID`.
pub async fn feed(
    tx: &mut Tx,
    seen: &Seen,
    page: &Page<AlertChangeId>,
) -> Result<Part<AlertChange>, StoreError> {
    if let Some(after) = page.after {
        let known = diesel::sql_query("SELECT EXISTS (SELECT FROM alert_changes WHERE id = $1) AS there");
        let known: There = known.bind::<SqlUuid, _>(column(after)).get_result(tx.connection()).await?;
        if !known.there {
            return Err(Refusal::of(Code::CursorInvalid).at("after").into());
        }
    }
    let (own, covered) = match seen {
        Seen::Firm(scope) => (scope.organization().map(column), Vec::new()),
        Seen::Jurisdiction(scope) => {
            (None, scope.regions().iter().map(ToString::to_string).collect::<Vec<_>>())
        }
    };
    let rows: Vec<Row> = diesel::sql_query(
        "SELECT c.id, c.alert, c.change, c.state, c.severity, c.value, c.made_by, c.assignee, c.reason, c.at, c.version \
         FROM alert_changes c JOIN alerts a ON a.id = c.alert \
         WHERE c.written_by < pg_snapshot_xmin(pg_current_snapshot()) \
             AND ($1 IS NULL OR (c.written_by, c.id) > (SELECT p.written_by, p.id FROM alert_changes p WHERE p.id = $1)) \
             AND (a.within && $2 OR (a.manufacturer = $3 AND c.change NOT IN ('ACKNOWLEDGED', 'ASSIGNED'))) \
         ORDER BY c.written_by, c.id LIMIT $4",
    )
    .bind::<Nullable<SqlUuid>, _>(page.after.map(column))
    .bind::<Array<Text>, _>(covered)
    .bind::<Nullable<SqlUuid>, _>(own)
    .bind::<BigInt, _>(page.limit())
    .load(tx.connection())
    .await?;
    Ok(Part::cut(rows.into_iter().map(read).collect::<Result<_, _>>()?, page))
}

/// A part of what changed of one alert, the newest first. Who sees the alert is for the caller to ask.
pub async fn of_alert(
    tx: &mut Tx,
    alert: PriceAlertId,
    page: &Page<AlertChangeId>,
) -> Result<Part<AlertChange>, StoreError> {
    let rows: Vec<Row> = diesel::sql_query(
        "SELECT id, alert, change, state, severity, value, made_by, assignee, reason, at, version FROM alert_changes \
         WHERE alert = $1 AND ($2 IS NULL OR id < $2) ORDER BY id DESC LIMIT $3",
    )
    .bind::<SqlUuid, _>(column(alert))
    .bind::<Nullable<SqlUuid>, _>(page.after.map(column))
    .bind::<BigInt, _>(page.limit())
    .load(tx.connection())
    .await?;
    Ok(Part::cut(rows.into_iter().map(read).collect::<Result<_, _>>()?, page))
}

fn read(row: Row) -> Result<AlertChange, StoreError> {
    let severity = Severity::from_name(&row.severity.to_lowercase());
    Ok(AlertChange {
        id: id(row.id),
        alert: id(row.alert),
        change: row.change,
        state: row.state,
        severity: severity.ok_or_else(|| StoreError::row("severity", row.id))?,
        value: row.value,
        by: row.made_by.map(id),
        assignee: row.assignee.map(id),
        reason: row.reason,
        at: timestamp(row.at),
        version: row.version,
    })
}
