//! The region tree. It changes only with a migration, so what was read of it is kept for a minute.
use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use jicai_domain::errors::{Code, Refusal};
use jicai_domain::identity::{Region, RegionCode};
use jicai_store::identity::regions as rows;
use jicai_store::{Page, Part};

use crate::app::App;
use crate::errors::Error;

/// For how long what was read is kept.
const KEPT: Duration = Duration::from_secs(60);

/// The regions that were asked for lately.
pub(crate) struct Regions(Mutex<Kept>);

struct Kept {
    since: Instant,
    read: BTreeMap<RegionCode, Region>,
}

impl Regions {
    pub(crate) fn none() -> Regions {
        Regions(Mutex::new(Kept { since: Instant::now(), read: BTreeMap::new() }))
    }

    /// Those of the codes that are kept, or nothing when one is missing.
    fn all(&self, codes: &[RegionCode]) -> Option<Vec<Region>> {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.since.elapsed() > KEPT {
            *kept = Kept { since: Instant::now(), read: BTreeMap::new() };
        }
        codes.iter().map(|code| kept.read.get(code).cloned()).collect()
    }

    fn keep(&self, regions: &[Region]) {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        kept.read.extend(regions.iter().map(|region| (region.code, region.clone())));
    }
}

/// A region of the tree. Public. Errors: `NOT_FOUND`.
pub async fn region(app: &App, code: RegionCode) -> Result<Region, Error> {
    let found = regions_named(app, &[code]).await?;
    found.into_iter().next().ok_or(Error::Refused(Refusal::of(Code::NotFound)))
}

/// The regions of those codes, in their order, where all of them are kept: without a look at the database. Public.
pub fn regions_kept(app: &App, codes: &[RegionCode]) -> Option<Vec<Region>> {
    app.regions.all(codes)
}

/// The regions of those codes, in any order. Public.
pub async fn regions_named(app: &App, codes: &[RegionCode]) -> Result<Vec<Region>, Error> {
    if let Some(kept) = app.regions.all(codes) {
        return Ok(kept);
    }
    let mut tx = app.store.read().await?;
    let found = rows::named(&mut tx, codes).await?;
    app.regions.keep(&found);
    Ok(found)
}

/// The parts of a region, one level down. Public.
pub async fn regions(app: &App, parent: RegionCode, page: &Page<RegionCode>) -> Result<Part<Region>, Error> {
    let mut tx = app.store.read().await?;
    Ok(rows::below(&mut tx, parent, page).await?)
}
