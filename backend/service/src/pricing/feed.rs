//! What the platform sees itself: prices that come into force on the list, are selected, or are paid. Whoever makes such a price leaves a job in the same commit and waits
//! for nothing; the job may run twice, because a price has the same id each time.
use std::collections::BTreeMap;

use jicai_domain::audit::{Act, Actor};
use jicai_domain::catalog::item::ItemStatus;
use jicai_domain::ids::{
    AcceptanceId, Id, ItemId, ListingId, OfficialResultId, OrganizationId, PaymentStandardSetId, PriceBatchId,
};
use jicai_domain::jobs::JobKind;
use jicai_domain::pricing::observation::{PriceBatch, Said};
use jicai_store::audit::record_with;
use jicai_store::catalog::{self, versions};
use jicai_store::pricing::seen;
use jicai_store::{Tx, fresh, jobs};

use super::record_batch;
use crate::app::App;
use crate::errors::Error;
use crate::jobs::Progress;
use crate::listing::verdict::group_keys;

/// Acceptances of one job.
const AT_ONCE: usize = 200;
/// Payment standards of one job.
const STANDARDS_AT_ONCE: usize = 2_000;

/// Leaves to be seen what hospitals took or gave back.
pub(crate) async fn leave_bought(tx: &mut Tx, acceptances: &[AcceptanceId]) -> Result<(), Error> {
    let named = |some: &[AcceptanceId]| some.iter().map(ToString::to_string).collect::<Vec<_>>().join(" ");
    let subjects: Vec<String> = acceptances.chunks(AT_ONCE).map(named).collect();
    if !subjects.is_empty() {
        jobs::put_each(tx, JobKind::PriceFeed, &subjects).await?;
    }
    Ok(())
}

/// Leaves to be seen that a price of a listing came into force.
pub(crate) async fn leave_listed(tx: &mut Tx, listing: ListingId) -> Result<(), Error> {
    jobs::put(tx, JobKind::PriceFeed, &listing.to_string()).await?;
    Ok(())
}

/// Leaves to be seen what an official result selected.
pub(crate) async fn leave_selected(tx: &mut Tx, result: OfficialResultId) -> Result<(), Error> {
    jobs::put(tx, JobKind::PriceFeed, &result.to_string()).await?;
    Ok(())
}

/// Leaves to be seen so many payment standards that were published.
pub(crate) async fn leave_standards(
    tx: &mut Tx,
    set: PaymentStandardSetId,
    standards: usize,
) -> Result<(), Error> {
    let pieces = (0..standards).step_by(STANDARDS_AT_ONCE);
    let subjects: Vec<String> = pieces.map(|after| format!("{set} {after}")).collect();
    jobs::put_each(tx, JobKind::PriceFeed, &subjects).await?;
    Ok(())
}

/// Takes the prices that a job is about. Jobs take turns from before they read: what went back after an acceptance is never taken back by the job that saw less.
pub(crate) async fn feed(app: &App, subject: &str) -> Result<Progress, Error> {
    app.store
        .write("take_seen_prices", async |tx| {
            seen::hold(tx).await?;
            let mut found = read(tx, subject).await?;
            group(tx, &mut found).await?;
            let mut of_source: BTreeMap<OrganizationId, Vec<Said>> = BTreeMap::new();
            for said in found {
                of_source.entry(said.source).or_default().push(said);
            }
            let mut acts = Vec::with_capacity(of_source.len());
            for (source, said) in of_source {
                let sound = said.into_iter().map(|said| (fresh(), said)).collect();
                let batch = PriceBatch { id: fresh(), sound, doubted: Vec::new() };
                acts.push(record_batch(tx, source, &batch).await?.1);
            }
            let act = Act::new("PricesSeen", fresh::<PriceBatchId>()).with("of", subject);
            Ok::<_, Error>(record_with(tx, Actor::Platform, act, acts, Progress::Done).await?)
        })
        .await
}

async fn read(tx: &mut Tx, subject: &str) -> Result<Vec<Said>, Error> {
    if let Ok(listing) = ListingId::parse(subject) {
        return Ok(seen::listed(tx, listing).await?);
    }
    if let Ok(result) = OfficialResultId::parse(subject) {
        return Ok(seen::selected(tx, result).await?);
    }
    if let Some((set, after)) = subject.split_once(' ')
        && let (Ok(set), Ok(after)) = (PaymentStandardSetId::parse(set), after.parse::<i64>())
    {
        let count = i64::try_from(STANDARDS_AT_ONCE).unwrap_or(i64::MAX);
        return Ok(seen::standards(tx, set, (after, count)).await?);
    }
    let acceptances: Result<Vec<AcceptanceId>, _> =
        subject.split_whitespace().map(AcceptanceId::parse).collect();
    Ok(seen::bought(tx, &acceptances?).await?)
}

/// Says which groups items are in where nothing did.
async fn group(tx: &mut Tx, found: &mut [Said]) -> Result<(), Error> {
    let without = |said: &&Said| said.loose_group.is_none();
    let mut items: Vec<ItemId> = found.iter().filter(without).filter_map(|said| said.item).collect();
    items.sort_unstable();
    items.dedup();
    let known_at = catalog::horizon(tx).await?;
    let versions = versions::as_of(tx, &items, known_at.day_in_china(), known_at).await?;
    let keys: BTreeMap<ItemId, (Option<String>, Option<String>)> = versions
        .into_iter()
        .filter(|version| version.said.status != ItemStatus::EnteredInError)
        .map(|version| (version.item, group_keys(&version.said.content)))
        .collect();
    for said in found.iter_mut().filter(|said| said.loose_group.is_none()) {
        if let Some((same4, same3)) = said.item.and_then(|item| keys.get(&item)) {
            said.group_key.clone_from(same4);
            said.loose_group.clone_from(same3);
        }
    }
    Ok(())
}
