//! What an authority does with an alert of its region.
use jicai_domain::alert::live::{AlertCommand, PriceAlert};
use jicai_domain::audit::IdempotencyKey;
use jicai_domain::errors::{Code, Refusal};
use jicai_domain::identity::{Caller, Permission, Reason, UserStatus, Version};
use jicai_domain::ids::{PriceAlertId, UserId};
use jicai_store::Tx;
use jicai_store::alert::{alerts, changes};
use jicai_store::audit::record;
use jicai_store::identity::users;

use super::monitor::act;
use crate::app::App;
use crate::audit::{Changed, actor, keyed, once};
use crate::errors::Error;

/// An alert after a change.
pub type AlertChanged = Changed<PriceAlertId>;

/// An alert, the version of it that was seen, and the key of the request.
pub type SeenAlert<'k> = (PriceAlertId, Version, &'k IdempotencyKey);

/// What is done with an alert.
enum Deed<'d> {
    Acknowledge,
    Dismiss(&'d Reason),
    Assign(UserId),
}

impl Deed<'_> {
    /// The change, its entry in the log, and what was said of it.
    fn named(&self) -> (&'static str, &'static str, String) {
        match self {
            Self::Acknowledge => ("ACKNOWLEDGED", "PriceAlertAcknowledged", String::new()),
            Self::Dismiss(reason) => ("DISMISSED", "PriceAlertDismissed", reason.as_str().to_owned()),
            Self::Assign(to) => ("ASSIGNED", "PriceAlertAssigned", to.to_string()),
        }
    }

    async fn apply(&self, tx: &mut Tx, caller: &Caller, alert: PriceAlert) -> Result<PriceAlert, Error> {
        let by = caller.user()?;
        match self {
            Self::Acknowledge => {
                let state = alert.state.next(AlertCommand::Acknowledge { by })?;
                Ok(PriceAlert { state, assignee: alert.assignee.or(Some(by)), ..alert })
            }
            Self::Dismiss(reason) => {
                let state = alert.state.next(AlertCommand::Dismiss { by, reason: (*reason).clone() })?;
                Ok(PriceAlert { state, ..alert })
            }
            Self::Assign(to) => {
                alert.state.may_be_assigned()?;
                let own = caller.require(Permission::OwnOrganization)?;
                let found = users::find(tx, &own, *to).await;
                let works = found.is_ok_and(|user| {
                    user.status == UserStatus::Active
                        && Permission::HandleAlerts.rule().roles.contains(&user.role)
                });
                if works {
                    return Ok(PriceAlert { assignee: Some(*to), ..alert });
                }
                Err(Refusal::of(Code::AlertAssignee).at("assignee").into())
            }
        }
    }
}

/// Takes an alert up: from now on the caller works on it. Errors: `FORBIDDEN`, `NOT_FOUND`, `STALE_VERSION`, `ALERT_STATE`.
pub async fn acknowledge_alert(
    app: &App,
    caller: &Caller,
    seen: SeenAlert<'_>,
) -> Result<AlertChanged, Error> {
    change(app, caller, seen, &Deed::Acknowledge).await
}

/// Puts an alert away: nothing is wrong, for that reason. Errors: `FORBIDDEN`, `NOT_FOUND`, `STALE_VERSION`, `ALERT_STATE`.
pub async fn dismiss_alert(
    app: &App,
    caller: &Caller,
    seen: SeenAlert<'_>,
    reason: &Reason,
) -> Result<AlertChanged, Error> {
    change(app, caller, seen, &Deed::Dismiss(reason)).await
}

/// Gives an alert to a person of the own organization. Errors: `FORBIDDEN`, `NOT_FOUND`, `STALE_VERSION`, `ALERT_STATE`, `ALERT_ASSIGNEE`.
pub async fn assign_alert(
    app: &App,
    caller: &Caller,
    seen: SeenAlert<'_>,
    assignee: UserId,
) -> Result<AlertChanged, Error> {
    change(app, caller, seen, &Deed::Assign(assignee)).await
}

async fn change(
    app: &App,
    caller: &Caller,
    (id, seen, key): SeenAlert<'_>,
    deed: &Deed<'_>,
) -> Result<AlertChanged, Error> {
    let scope = caller.require(Permission::HandleAlerts)?;
    let by = caller.user()?;
    let (change, kind, said) = deed.named();
    let keyed = keyed(app, Some(caller), key, kind, &[&id.to_string(), &seen.number().to_string(), &said]);
    once(app, &keyed, async |tx| {
        let before = alerts::lock(tx, &scope, (id, seen)).await?;
        let (state, version, now) = (before.state.clone(), before.version.next(), tx.now().await?);
        let after = deed.apply(tx, caller, before).await?;
        let state_since = if after.state == state { after.state_since } else { now };
        let after = PriceAlert { version, state_since, ..after };
        alerts::save_state(tx, &after).await?;
        changes::add(tx, &[(change, &after)], Some(by)).await?;
        let act = act(kind, &after).with("because", &said);
        Ok(record(tx, actor(caller), act, Changed { id, version }).await?)
    })
    .await
}
