//! What a day of alerts came to, for whoever they are about or with: one notification instead of hundreds.
use jicai_domain::audit::{Act, Actor};
use jicai_domain::identity::{Caller, Permission};
use jicai_domain::ids::AlertDigestId;
use jicai_store::alert::digests as rows;
pub use jicai_store::alert::digests::AlertDigest;
use jicai_store::audit::record_with;
use jicai_store::{Page, Part};

use crate::app::App;
use crate::errors::Error;
use crate::jobs::Progress;

/// Counts the day before, in China, for everybody to whom it brought something. Does nothing the second time.
pub(crate) async fn count_yesterday(app: &App) -> Result<Progress, Error> {
    app.store
        .keep("count_alerts", async |tx| {
            let yesterday = tx.now().await?.day_in_china().plus_days(-1);
            let made = rows::count(tx, yesterday).await?;
            if made.is_empty() {
                return Ok(());
            }
            let told = made.iter().map(|(digest, organization)| {
                Act::new("PriceAlertDigest", digest).with("day", yesterday).concerning(*organization)
            });
            let told: Vec<Act> = told.collect();
            let counted = Act::new("PriceAlertsCounted", yesterday).with("organizations", told.len());
            let _recorded = record_with(tx, Actor::Platform, counted, told, ()).await?;
            Ok::<_, Error>(())
        })
        .await?;
    Ok(Progress::Done)
}

/// A part of the own organization's, the newest day first. Errors: `FORBIDDEN`.
pub async fn alert_digests(
    app: &App,
    caller: &Caller,
    page: &Page<AlertDigestId>,
) -> Result<Part<AlertDigest>, Error> {
    let allowed =
        caller.require(Permission::OwnAlerts).or_else(|_other| caller.require(Permission::ObserveAlerts));
    allowed?;
    let mut tx = app.store.read().await?;
    Ok(rows::list(&mut tx, caller.organization, page).await?)
}
