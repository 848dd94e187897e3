//! Rows of a national release: they wait until somebody has seen what they change and publishes it. None is left out in silence: what cannot be read waits
//! as well, with the reason, and is among the rejected rows of the import.
use jicai_domain::audit::Act;
use jicai_domain::catalog::release::{ReleaseStatus, StagedRow};
use jicai_domain::errors::{Code, Refusal};
use jicai_domain::imports::Import;
use jicai_store::catalog::releases::{self, Staged};
use jicai_store::{Tx, fresh};

use super::pieces::Line;
use super::taken::{Taken, fields, rejected};
use crate::errors::Error;

/// Takes all of the rows. Errors: `RELEASE_STATE` once the release was discarded.
pub(super) async fn take(
    tx: &mut Tx,
    import: &Import,
    (lines, positions, width): (&[Line], &[usize], usize),
) -> Result<Taken, Error> {
    let release = releases::of_import(tx, import.id).await?;
    if release.status != ReleaseStatus::Staging {
        let allowed = format!("not while {}", release.status.label());
        return Err(Refusal::of(Code::ReleaseState).allowing(allowed).into());
    }
    let mut rejects = Vec::new();
    let mut staged = Vec::with_capacity(lines.len());
    for line in lines {
        let row = match fields(line, positions, width) {
            Ok(fields) => StagedRow::read(&fields),
            Err(refusal) => too_wide(line, positions, refusal),
        };
        if let StagedRow::Faulty { refusal, .. } = &row {
            rejects.push(rejected(line, refusal.clone()));
        }
        let number = i32::try_from(line.number).map_err(|_large| Refusal::of(Code::FileUnreadable))?;
        staged.push(Staged { line: number, base: fresh(), row });
    }
    releases::stage(tx, release.number, &staged).await?;
    let act = Act::new("ItemReleaseRowsStaged", import.id)
        .concerning(import.organization)
        .with("release", release.number)
        .with("rows", staged.len());
    Ok(Taken { acts: vec![act], rejects })
}

fn too_wide(line: &Line, positions: &[usize], refusal: Refusal) -> StagedRow {
    let typed =
        |at: usize| positions.get(at).and_then(|place| line.fields.get(*place)).cloned().unwrap_or_default();
    StagedRow::Faulty { code: None, typed: typed(0), name: typed(1), refusal }
}
