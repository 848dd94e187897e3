//! National releases for those who keep them, and once they are published for everybody who sees the registry.
use jicai_domain::audit::{Act, IdempotencyKey};
use jicai_domain::catalog::release::{ChangeKind, Release, ReleaseCommand, ReleaseStatus};
use jicai_domain::errors::{Code, Refusal};
use jicai_domain::identity::{Caller, Permission};
use jicai_domain::jobs::JobKind;
use jicai_store::audit::record;
use jicai_store::catalog;
use jicai_store::catalog::releases::{self as rows, ChangedItem, Quarantined};
use jicai_store::{Page, Part, jobs};

use crate::app::App;
use crate::audit::{Answer, actor, keyed, once};
use crate::errors::Error;

/// The number of a release, as it is kept for a repetition.
struct Number(i32);

impl Answer for Number {
    fn to_text(&self) -> String {
        self.0.to_string()
    }

    fn from_text(text: &str) -> Option<Self> {
        text.parse().ok().map(Number)
    }
}

/// The releases of a source or of all, the newest first; whoever keeps releases sees those that are not published too. Errors: `FORBIDDEN`.
pub async fn releases(
    app: &App,
    caller: &Caller,
    source: Option<&str>,
    page: &Page<i32>,
) -> Result<Part<Release>, Error> {
    caller.require(Permission::ViewItems)?;
    let mut tx = app.store.read().await?;
    Ok(rows::list(&mut tx, (source, keeps(caller)), page).await?)
}

/// A release. Errors: `FORBIDDEN`, `NOT_FOUND`.
pub async fn release(app: &App, caller: &Caller, number: i32) -> Result<Release, Error> {
    caller.require(Permission::ViewItems)?;
    let mut tx = app.store.read().await?;
    let release = rows::find(&mut tx, number).await?;
    if release.status == ReleaseStatus::Published || keeps(caller) {
        return Ok(release);
    }
    Err(Refusal::of(Code::NotFound).into())
}

/// A part of what a release changes: as it was compared before it is published, as it was written after. Errors: `FORBIDDEN`.
pub async fn release_changes(
    app: &App,
    caller: &Caller,
    (release, kind): (&Release, Option<ChangeKind>),
    page: &Page<String>,
) -> Result<Part<ChangedItem>, Error> {
    caller.require(Permission::ViewItems)?;
    let mut tx = app.store.read().await?;
    Ok(rows::changes(&mut tx, release, kind, page).await?)
}

/// A part of the rows of a release that wait for somebody. Errors: `FORBIDDEN` for whoever does not keep releases.
pub async fn quarantine(
    app: &App,
    caller: &Caller,
    release: i32,
    page: &Page<i32>,
) -> Result<Part<Quarantined>, Error> {
    caller.require(Permission::KeepReleases)?;
    let mut tx = app.store.read().await?;
    Ok(rows::quarantine(&mut tx, release, page).await?)
}

/// Has a release written that was compared; it counts once all of it is. Errors: `FORBIDDEN`, `NOT_FOUND`, `RELEASE_STATE`.
pub async fn publish(app: &App, caller: &Caller, number: i32, key: &IdempotencyKey) -> Result<i32, Error> {
    caller.require(Permission::KeepReleases)?;
    let by = caller.user()?;
    let keyed = keyed(app, Some(caller), key, "publish_item_release", &[&number.to_string()]);
    let done = once(app, &keyed, async |tx| {
        // Whoever is changing the registry finishes first; whoever comes later is told that a release runs.
        catalog::hold(tx).await?;
        let release = rows::lock(tx, number).await?;
        let status = release.status.next(ReleaseCommand::Publish)?;
        let now = tx.now().await?;
        let last = rows::last_recorded(tx).await?;
        if last.is_some_and(|last| last >= now) {
            return Err(Refusal::of(Code::ReleaseState).at("number").into());
        }
        let applying = Release {
            status,
            recorded_at: Some(now),
            reached: 0,
            reached_item: None,
            counts: Default::default(),
            ..release
        };
        rows::save(tx, &applying, Some(by)).await?;
        jobs::put(tx, JobKind::ItemRelease, &number.to_string()).await?;
        let act = Act::new("ItemReleaseBegun", number)
            .concerning(caller.organization)
            .with("source", &applying.head.source)
            .with("label", &applying.head.label)
            .with("sha256", applying.sha256);
        Ok(record(tx, actor(caller), act, Number(number)).await?)
    })
    .await?;
    Ok(done.0)
}

/// Discards a release that is not published. Errors: `FORBIDDEN`, `NOT_FOUND`, `RELEASE_STATE`.
pub async fn discard(app: &App, caller: &Caller, number: i32, key: &IdempotencyKey) -> Result<i32, Error> {
    caller.require(Permission::KeepReleases)?;
    let keyed = keyed(app, Some(caller), key, "discard_item_release", &[&number.to_string()]);
    let done = once(app, &keyed, async |tx| {
        let release = rows::lock(tx, number).await?;
        let status = release.status.next(ReleaseCommand::Discard)?;
        rows::save(tx, &Release { status, ..release }, None).await?;
        jobs::put(tx, JobKind::ItemRelease, &number.to_string()).await?;
        let act = Act::new("ItemReleaseDiscarded", number).concerning(caller.organization);
        Ok(record(tx, actor(caller), act, Number(number)).await?)
    })
    .await?;
    Ok(done.0)
}

fn keeps(caller: &Caller) -> bool {
    caller.require(Permission::KeepReleases).is_ok()
}
