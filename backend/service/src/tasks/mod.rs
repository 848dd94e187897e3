//! What waits for the caller now, from the state and the caller's permissions.
use jicai_domain::identity::{Caller, Permission};
pub use jicai_domain::tasks::{Task, TaskKind, TaskPlace};
use jicai_store::tasks as rows;
use jicai_store::{Page, Part};

use crate::app::App;
use crate::errors::Error;

/// A part of what waits for the caller: by kind, and what waits longest first. A kind that the caller may not do is left out.
pub async fn tasks(app: &App, caller: &Caller, page: &Page<TaskPlace>) -> Result<Part<Task>, Error> {
    caller.require(Permission::OwnAccount)?;
    let mut tx = app.store.read().await?;
    let (first, mut found) = (usize::from(page.first), Vec::new());
    let to_come = TaskKind::ALL.iter().copied().filter(|kind| page.after.is_none_or(|at| *kind >= at.kind));
    for kind in to_come {
        let Ok(scope) = caller.require(kind.permission()) else { continue };
        let after = page.after.filter(|place| place.kind == kind);
        // One more than there is room for, to know whether there are more.
        let room = i64::try_from(first.saturating_sub(found.len())).unwrap_or(0).saturating_add(1);
        found.extend(rows::waiting(&mut tx, kind, (&scope, caller.user().ok()), after, room).await?);
        if found.len() > first {
            break;
        }
    }
    let more = found.len() > first;
    found.truncate(first);
    Ok(Part { rows: found, more })
}
