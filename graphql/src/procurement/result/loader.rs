//! The bids of many lots, and who supplies their regions, read with one query a level.
use std::collections::HashMap;
use std::sync::Arc;

use async_graphql::dataloader::Loader;
use jicai_domain::ids::LotId;
use jicai_domain::procurement::result::Viewer;
use jicai_service::procurement::result::{self as cases, LotView, ShownBid};
use jicai_service::{App, Error, Page, Part};

/// Bids by lot, page and viewer.
pub(crate) struct BidLoader {
    pub(crate) app: App,
}

/// A part of the bids of a lot.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct LotBids {
    pub(super) lot: LotId,
    pub(super) first: u16,
    pub(super) after: i32,
    pub(super) viewer: Viewer,
}

impl Loader<LotBids> for BidLoader {
    type Value = Part<ShownBid>;
    type Error = Arc<Error>;

    async fn load(&self, wanted: &[LotBids]) -> Result<HashMap<LotBids, Self::Value>, Self::Error> {
        let mut alike: HashMap<(u16, i32, Viewer), Vec<LotId>> = HashMap::new();
        for key in wanted {
            alike.entry((key.first, key.after, key.viewer)).or_default().push(key.lot);
        }
        let mut found = HashMap::new();
        for ((first, after, viewer), lots) in alike {
            let page = Page { first, after: Some(after) };
            let mut bids: HashMap<LotId, Vec<ShownBid>> = HashMap::new();
            for bid in cases::bids_of(&self.app, &viewer, &lots, &page).await? {
                bids.entry(bid.lot).or_default().push(bid);
            }
            found.extend(lots.into_iter().map(|lot| {
                let mut rows = bids.remove(&lot).unwrap_or_default();
                let more = rows.len() > usize::from(first);
                rows.truncate(first.into());
                (LotBids { lot, first, after, viewer }, Part { rows, more })
            }));
        }
        Ok(found)
    }
}

/// Who supplies the regions of lots, by lot and viewer.
pub(crate) struct LotViewLoader {
    pub(crate) app: App,
}

impl Loader<(LotId, Viewer)> for LotViewLoader {
    type Value = Arc<LotView>;
    type Error = Arc<Error>;

    async fn load(
        &self,
        wanted: &[(LotId, Viewer)],
    ) -> Result<HashMap<(LotId, Viewer), Self::Value>, Self::Error> {
        let mut alike: HashMap<Viewer, Vec<LotId>> = HashMap::new();
        for (lot, viewer) in wanted {
            alike.entry(*viewer).or_default().push(*lot);
        }
        let mut found = HashMap::new();
        for (viewer, lots) in alike {
            let views = cases::views(&self.app, &viewer, &lots).await?;
            found.extend(views.into_iter().map(|(lot, view)| ((lot, viewer), Arc::new(view))));
        }
        Ok(found)
    }
}
