//! Items, what was said of them, and what names them, read once a level. Each carries the caller, so that nothing is loaded that the caller may not see.
use std::collections::HashMap;
use std::hash::Hash;
use std::sync::Arc;

use async_graphql::dataloader::Loader;
use jicai_domain::catalog::item::ItemUse;
use jicai_domain::errors::{Code, Refusal};
use jicai_domain::identity::Caller;
use jicai_domain::ids::{ItemId, RoundId, SelectedProductId};
use jicai_domain::time::Timestamp;
use jicai_service::catalog::{self as cases, ItemVersion, Seen};
use jicai_service::contract::official::{Placed, selected_of_items};
use jicai_service::procurement::{Shown, rounds_of_items};
use jicai_service::{App, Error, Page, Part};

use crate::error::ApiError;

/// Items as they stand today, and what of procurement names them.
pub(crate) struct ItemLoader {
    pub(crate) app: App,
    pub(crate) caller: Option<Caller>,
}

/// A part of what names an item.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct ItemPage<K> {
    pub(super) item: ItemId,
    pub(super) first: u16,
    pub(super) after: Option<K>,
}

impl Loader<ItemId> for ItemLoader {
    type Value = Seen;
    type Error = Arc<Error>;

    async fn load(&self, items: &[ItemId]) -> Result<HashMap<ItemId, Seen>, Self::Error> {
        let caller = self.caller.as_ref().ok_or_else(|| Error::from(Refusal::of(Code::Unauthenticated)))?;
        let found = cases::items_now(&self.app, caller, items).await?;
        Ok(found.into_iter().map(|seen| (seen.item.id, seen)).collect())
    }
}

/// What was said of an item at the instant at which something named it.
impl Loader<(ItemId, Timestamp)> for ItemLoader {
    type Value = ItemVersion;
    type Error = Arc<Error>;

    async fn load(
        &self,
        uses: &[(ItemId, Timestamp)],
    ) -> Result<HashMap<(ItemId, Timestamp), ItemVersion>, Self::Error> {
        Ok(cases::said_at_uses(&self.app, uses).await?.into_iter().collect())
    }
}

/// What selected products name.
impl Loader<SelectedProductId> for ItemLoader {
    type Value = ItemUse;
    type Error = Arc<Error>;

    async fn load(
        &self,
        products: &[SelectedProductId],
    ) -> Result<HashMap<SelectedProductId, ItemUse>, Self::Error> {
        Ok(cases::uses_of_selected(&self.app, products).await?.into_iter().collect())
    }
}

impl Loader<ItemPage<SelectedProductId>> for ItemLoader {
    type Value = Part<Placed>;
    type Error = Arc<Error>;

    async fn load(
        &self,
        wanted: &[ItemPage<SelectedProductId>],
    ) -> Result<HashMap<ItemPage<SelectedProductId>, Part<Placed>>, Self::Error> {
        let mut found = HashMap::new();
        for (page, items) in alike(wanted) {
            let rows = selected_of_items(&self.app, self.caller.as_ref(), &items, &page).await?;
            found.extend(parts(&page, items, rows));
        }
        Ok(found)
    }
}

impl Loader<ItemPage<RoundId>> for ItemLoader {
    type Value = Part<Shown>;
    type Error = Arc<Error>;

    async fn load(
        &self,
        wanted: &[ItemPage<RoundId>],
    ) -> Result<HashMap<ItemPage<RoundId>, Part<Shown>>, Self::Error> {
        let mut found = HashMap::new();
        for (page, items) in alike(wanted) {
            let rows = rounds_of_items(&self.app, &items, &page).await?;
            found.extend(parts(&page, items, rows));
        }
        Ok(found)
    }
}

/// The items whose same part is wanted.
fn alike<K: Copy + Eq + Hash>(wanted: &[ItemPage<K>]) -> Vec<(Page<K>, Vec<ItemId>)> {
    let mut alike: HashMap<(u16, Option<K>), Vec<ItemId>> = HashMap::new();
    for key in wanted {
        alike.entry((key.first, key.after)).or_default().push(key.item);
    }
    alike.into_iter().map(|((first, after), items)| (Page { first, after }, items)).collect()
}

/// The part of each item, of rows that are one more than it has room for.
fn parts<K: Copy, T>(
    page: &Page<K>,
    items: Vec<ItemId>,
    rows: Vec<(ItemId, T)>,
) -> Vec<(ItemPage<K>, Part<T>)> {
    let mut of: HashMap<ItemId, Vec<T>> = HashMap::new();
    for (item, row) in rows {
        of.entry(item).or_default().push(row);
    }
    let part = |item: ItemId| {
        let key = ItemPage { item, first: page.first, after: page.after };
        let mut rows = of.remove(&item).unwrap_or_default();
        let more = rows.len() > usize::from(page.first);
        rows.truncate(page.first.into());
        (key, Part { rows, more })
    };
    items.into_iter().map(part).collect()
}

/// What a loader found. A part is there for each item that was asked for.
pub(super) fn loaded<T>(found: Result<Option<Part<T>>, Arc<Error>>) -> Result<Part<T>, ApiError> {
    let found = found.map_err(|error| ApiError::shared(&error))?;
    Ok(found.unwrap_or_else(|| Part { rows: Vec::new(), more: false }))
}
