//! Who supplies which region, now and as a lot stood before.
#![expect(clippy::unused_async, reason = "the library wants the function of a field to be async")]
use async_graphql::connection::{Connection, Edge};
use async_graphql::{Object, SimpleObject};
use jicai_service::procurement::result as cases;

use super::types::{LotStatus, number};
use crate::connection::{cost, page};
use crate::dates::DateTime;
use crate::error::ApiError;

/// How a lot stood before it was decided again: with the regions that its firms chose, or without what an objection excluded.
pub(super) struct EarlierLotResult(pub(super) cases::EarlierLot);

#[Object]
impl EarlierLotResult {
    /// Which decision, from 1.
    async fn edition(&self) -> i32 {
        self.0.edition
    }

    /// Whether it was decided.
    async fn status(&self) -> LotStatus {
        self.0.status.into()
    }

    /// When.
    async fn decided_at(&self) -> DateTime {
        DateTime(self.0.decided_at)
    }

    /// When it was decided again.
    async fn replaced_at(&self) -> DateTime {
        DateTime(self.0.replaced_at)
    }

    /// Why: `SUPPLY` where its firms chose their regions, `OBJECTION` where an objection was upheld.
    async fn cause(&self) -> &str {
        &self.0.cause
    }

    /// The suppliers of its regions, by region and content.
    #[graphql(complexity = "cost(first, child_complexity)")]
    async fn regions(
        &self,
        first: Option<i32>,
        after: Option<String>,
    ) -> Result<Connection<String, RegionSupply>, ApiError> {
        supplies(&self.0.view.regions, first, after.as_deref())
    }
}

/// A part of the suppliers of a lot's regions.
pub(super) fn supplies(
    regions: &[cases::RegionView],
    first: Option<i32>,
    after: Option<&str>,
) -> Result<Connection<String, RegionSupply>, ApiError> {
    let page = page(first, after, number)?;
    let (skip, first) = (usize::try_from(page.after.unwrap_or(0)).unwrap_or(0), usize::from(page.first));
    let mut found = Connection::new(skip > 0, regions.len() > skip.saturating_add(first));
    let rows = regions.iter().enumerate().skip(skip).take(first);
    found.edges.extend(
        rows.map(|(place, region)| Edge::new(place.saturating_add(1).to_string(), region.clone().into())),
    );
    Ok(found)
}

/// Who supplies a region.
#[derive(SimpleObject)]
pub(super) struct RegionSupply {
    /// The region.
    region: String,
    /// The content; null where the demand names none.
    content: Option<String>,
    /// The main supplier. 主供企业
    main: String,
    /// The backup supplier. 备供企业
    backup: Option<String>,
    /// The main supplier's agreed volume here.
    volume: String,
}

impl From<cases::RegionView> for RegionSupply {
    fn from(view: cases::RegionView) -> Self {
        let cases::RegionView { region, content, main, backup, volume } = view;
        Self { region, content, main, backup, volume: volume.to_string() }
    }
}
