//! Who asks, with what, and the loaders that live as long as the request.
use async_graphql::Context;
use async_graphql::dataloader::DataLoader;
use jicai_domain::errors::{Code, Refusal};
use jicai_domain::identity::Caller;
use jicai_service::App;

use crate::catalog::ItemLoader;
use crate::error::ApiError;
use crate::identity::{LicenceLoader, OrganizationLoader, RegionLoader};
use crate::procurement::{BidLoader, LotViewLoader, RoundPartsLoader, SpecItemLoader, SpecLoader};

/// What every resolver of a request has.
pub(crate) struct Asking {
    pub(crate) app: App,
    pub(crate) caller: Option<Caller>,
    pub(crate) regions: DataLoader<RegionLoader>,
    pub(crate) organizations: DataLoader<OrganizationLoader>,
    pub(crate) licences: DataLoader<LicenceLoader>,
    pub(crate) items: DataLoader<ItemLoader>,
    pub(crate) round_parts: DataLoader<RoundPartsLoader>,
    pub(crate) specs: DataLoader<SpecLoader>,
    pub(crate) spec_items: DataLoader<SpecItemLoader>,
    pub(crate) bids: DataLoader<BidLoader>,
    pub(crate) lot_views: DataLoader<LotViewLoader>,
}

impl Asking {
    pub(crate) fn new(app: App, caller: Option<Caller>) -> Asking {
        let regions = RegionLoader { app: app.clone() };
        let organizations = OrganizationLoader { app: app.clone(), caller: caller.clone() };
        let licences = LicenceLoader { app: app.clone(), caller: caller.clone() };
        let items = ItemLoader { app: app.clone(), caller: caller.clone() };
        let round_parts = RoundPartsLoader { app: app.clone() };
        let specs = SpecLoader { app: app.clone() };
        let spec_items = SpecItemLoader { app: app.clone() };
        let bids = BidLoader { app: app.clone() };
        let lot_views = LotViewLoader { app: app.clone() };
        Asking {
            app,
            caller,
            regions: DataLoader::new(regions, tokio::spawn),
            organizations: DataLoader::new(organizations, tokio::spawn),
            licences: DataLoader::new(licences, tokio::spawn),
            items: DataLoader::new(items, tokio::spawn),
            round_parts: DataLoader::new(round_parts, tokio::spawn),
            specs: DataLoader::new(specs, tokio::spawn),
            spec_items: DataLoader::new(spec_items, tokio::spawn),
            bids: DataLoader::new(bids, tokio::spawn),
            lot_views: DataLoader::new(lot_views, tokio::spawn),
        }
    }
}

/// What the request carries.
pub(crate) fn asking<'a>(ctx: &Context<'a>) -> Result<&'a Asking, ApiError> {
    ctx.data_opt::<Asking>().ok_or_else(|| Refusal::of(Code::Internal).into())
}

/// The app of the worker that answers.
pub(crate) fn app<'a>(ctx: &Context<'a>) -> Result<&'a App, ApiError> {
    asking(ctx).map(|asking| &asking.app)
}

/// Who asks. Errors: `UNAUTHENTICATED`.
pub(crate) fn caller<'a>(ctx: &Context<'a>) -> Result<&'a Caller, ApiError> {
    asking(ctx)?.caller.as_ref().ok_or_else(|| Refusal::of(Code::Unauthenticated).into())
}
