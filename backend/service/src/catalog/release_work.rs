//! The work on a release, in parts that take far less than five seconds each: its rows are compared with what stands; once it is published they are written;
//! then they are forgotten. Each part says in its own transaction how far it came, so whoever goes on after a crash does nothing twice.
use std::time::{Duration, Instant};

use jicai_domain::audit::{Act, Actor};
use jicai_domain::catalog::release::{Counts, Release, ReleaseCommand, ReleaseStatus};
use jicai_domain::errors::{Code, Refusal};
use jicai_store::audit::record;
use jicai_store::catalog::releases as rows;
use jicai_store::catalog::revision;
use jicai_store::{Recorded, Tx};

use crate::app::App;
use crate::errors::Error;
use crate::jobs::Progress;

/// Rows that a transaction compares or writes.
const ROWS: i32 = 5_000;
/// Items that a transaction looks for in a release.
const ITEMS: i64 = 20_000;
/// Rows that a transaction forgets.
const FORGOTTEN: i64 = 20_000;
/// After so long the rest is left to another try, well before the job's lease ends.
const TURN: Duration = Duration::from_secs(20);

/// What a part came to.
enum Part {
    /// There is more.
    More,
    /// That was all.
    All,
}

/// Works on a release for as long as a try may take.
pub(crate) async fn work_on_release(app: &App, subject: &str) -> Result<Progress, Error> {
    let number: i32 = subject.parse().map_err(|_text| Error::broken(format!("no release: {subject}")))?;
    let begun = Instant::now();
    while begun.elapsed() < TURN {
        let mut tx = app.store.read().await?;
        let status = rows::find(&mut tx, number).await?.status;
        drop(tx);
        let part = match status {
            ReleaseStatus::Staging => {
                app.store.write("compare_release", async |tx| compare(tx, number).await).await?
            }
            ReleaseStatus::Applying => {
                app.store.write("apply_release", async |tx| apply(tx, number).await).await?
            }
            ReleaseStatus::Staged => Part::All,
            ReleaseStatus::Published | ReleaseStatus::Discarded => {
                let discarded = status == ReleaseStatus::Discarded;
                forget(app, number, discarded).await?
            }
        };
        if matches!(part, Part::All) {
            return Ok(Progress::Done);
        }
    }
    Ok(Progress::Part)
}

/// A release that is so far, held until the transaction ends. Errors: `RELEASE_STATE` where it went on meanwhile.
async fn held(tx: &mut Tx, number: i32, status: ReleaseStatus) -> Result<Release, Error> {
    let release = rows::lock(tx, number).await?;
    if release.status == status { Ok(release) } else { Err(Refusal::of(Code::ReleaseState).into()) }
}

async fn compare(tx: &mut Tx, number: i32) -> Result<Recorded<Part>, Error> {
    let release = held(tx, number, ReleaseStatus::Staging).await?;
    let (next, part) = match rows::last_line(tx, (number, release.reached), ROWS).await? {
        Some(to) => {
            rows::compare_rows(tx, &release, to).await?;
            (Release { reached: to, ..release }, Part::More)
        }
        None => match rows::compare_gone(tx, &release, ITEMS).await? {
            Some(to) => (Release { reached_item: Some(to), ..release }, Part::More),
            None => {
                let counts = rows::count(tx, number).await?;
                let status = release.status.next(ReleaseCommand::Compare)?;
                (Release { status, counts, ..release }, Part::All)
            }
        },
    };
    rows::save(tx, &next, None).await?;
    Ok(record(tx, Actor::Platform, told("ItemReleaseCompared", &next), part).await?)
}

async fn apply(tx: &mut Tx, number: i32) -> Result<Recorded<Part>, Error> {
    let release = held(tx, number, ReleaseStatus::Applying).await?;
    let next = match rows::last_line(tx, (number, release.reached), ROWS).await? {
        Some(to) => {
            let step = rows::apply_rows(tx, &release, to).await?;
            let counts = sum(release.counts, step.counts);
            Release { reached: step.reached, counts, ..release }
        }
        None => match rows::apply_gone(tx, &release, ITEMS).await? {
            Some(step) => {
                let counts = sum(release.counts, step.counts);
                Release { reached_item: Some(step.reached), counts, ..release }
            }
            None => {
                // From this commit on readers know all of it.
                revision::bump(tx).await?;
                let published_at = Some(tx.now().await?);
                let status = release.status.next(ReleaseCommand::Finish)?;
                Release { status, published_at, ..release }
            }
        },
    };
    rows::save(tx, &next, None).await?;
    let act = match next.status {
        ReleaseStatus::Published => told("ItemReleasePublished", &next),
        ReleaseStatus::Staging
        | ReleaseStatus::Staged
        | ReleaseStatus::Applying
        | ReleaseStatus::Discarded => told("ItemReleaseWritten", &next),
    };
    Ok(record(tx, Actor::Platform, act, Part::More).await?)
}

async fn forget(app: &App, number: i32, discarded: bool) -> Result<Part, Error> {
    let forgotten = app
        .store
        .keep("forget_release_rows", async |tx| {
            Ok::<_, Error>(rows::forget_rows(tx, number, (discarded, FORGOTTEN)).await?)
        })
        .await?;
    Ok(if forgotten == 0 { Part::All } else { Part::More })
}

fn sum(one: Counts, other: Counts) -> Counts {
    Counts {
        read: one.read.saturating_add(other.read),
        added: one.added.saturating_add(other.added),
        changed: one.changed.saturating_add(other.changed),
        unchanged: one.unchanged.saturating_add(other.unchanged),
        retired: one.retired.saturating_add(other.retired),
        quarantined: one.quarantined.saturating_add(other.quarantined),
    }
}

fn told(kind: &'static str, release: &Release) -> Act {
    let counts = release.counts;
    Act::new(kind, release.number)
        .with("line", release.reached)
        .with("added", counts.added)
        .with("changed", counts.changed)
        .with("retired", counts.retired)
        .with("quarantined", counts.quarantined)
}
