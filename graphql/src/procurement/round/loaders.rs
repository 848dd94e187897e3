//! What belongs to rounds and lots, read once a level. Whoever found the round may see it.
use std::collections::HashMap;
use std::sync::Arc;

use async_graphql::dataloader::Loader;
use jicai_domain::ids::{ItemId, LotId, RoundId, SpecId};
use jicai_service::procurement::{self as cases, Parts, SpecRow};
use jicai_service::{App, Error};

/// Custodians, documents and regions by their rounds.
pub(crate) struct RoundPartsLoader {
    pub(crate) app: App,
}

impl Loader<RoundId> for RoundPartsLoader {
    type Value = Arc<Parts>;
    type Error = Arc<Error>;

    async fn load(&self, rounds: &[RoundId]) -> Result<HashMap<RoundId, Self::Value>, Self::Error> {
        let empty = || Parts { custodians: Vec::new(), documents: Vec::new(), regions: Vec::new() };
        let mut found: HashMap<RoundId, Parts> = rounds.iter().map(|round| (*round, empty())).collect();
        let Parts { custodians, documents, regions } = cases::parts(&self.app, rounds).await?;
        for custodian in custodians {
            found.entry(custodian.round).or_insert_with(empty).custodians.push(custodian);
        }
        for document in documents {
            found.entry(document.0).or_insert_with(empty).documents.push(document);
        }
        for region in regions {
            found.entry(region.0).or_insert_with(empty).regions.push(region);
        }
        Ok(found.into_iter().map(|(round, parts)| (round, Arc::new(parts))).collect())
    }
}

/// Specs by their lots.
pub(crate) struct SpecLoader {
    pub(crate) app: App,
}

impl Loader<LotId> for SpecLoader {
    type Value = Vec<SpecRow>;
    type Error = Arc<Error>;

    async fn load(&self, lots: &[LotId]) -> Result<HashMap<LotId, Self::Value>, Self::Error> {
        let mut found: HashMap<LotId, Self::Value> = HashMap::new();
        for row in cases::specs_of(&self.app, lots).await? {
            found.entry(row.lot).or_default().push(row);
        }
        Ok(found)
    }
}

/// The items of the registry that specs are drawn from.
pub(crate) struct SpecItemLoader {
    pub(crate) app: App,
}

impl Loader<SpecId> for SpecItemLoader {
    type Value = ItemId;
    type Error = Arc<Error>;

    async fn load(&self, specs: &[SpecId]) -> Result<HashMap<SpecId, ItemId>, Self::Error> {
        Ok(cases::spec_items(&self.app, specs).await?.into_iter().collect())
    }
}
