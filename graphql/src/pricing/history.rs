//! 价格历史.
use async_graphql::connection::Connection;
use async_graphql::{Context, Enum, ID, InputObject, Object};
use jicai_domain::errors::{Code, Refusal};
use jicai_domain::identity::RegionCode;
use jicai_domain::ids::{Id, ItemId, OrganizationId, PriceObservationId};
use jicai_domain::time::Day;
use jicai_service::pricing::history::{self as cases, Across, Wanted};

use super::types::{PriceKind, PriceObservation};
use crate::asking::{app, caller};
use crate::connection::{connection, cost, page};
use crate::dates::Date;
use crate::error::ApiError;

/// What an item is compared with.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Enum)]
enum PriceComparison {
    /// Nothing: the item alone.
    #[default]
    Item,
    /// 四同: one product in other regions.
    #[graphql(name = "SAME4")]
    Same4,
    /// 三同: other makers too.
    #[graphql(name = "SAME3")]
    Same3,
}

/// Which prices.
#[derive(InputObject)]
struct PriceFilter {
    /// The id of an item.
    item: Option<ID>,
    /// Also what the item is compared with.
    #[graphql(default)]
    across: PriceComparison,
    /// A 三同 group, in the place of an item.
    same3: Option<String>,
    /// Of those kinds; of all where none is named.
    #[graphql(default)]
    kinds: Vec<PriceKind>,
    /// In those regions and all below them; everywhere where none is named.
    #[graphql(default)]
    regions: Vec<String>,
    /// Of that firm.
    manufacturer: Option<ID>,
    /// From that day.
    from: Option<Date>,
    /// Until that day.
    to: Option<Date>,
    /// Also what counts no more.
    #[graphql(default)]
    superseded: bool,
}

impl PriceFilter {
    fn read(self) -> Result<(Wanted, Across), Refusal> {
        let regions = self.regions.iter().map(|code| RegionCode::parse(code));
        let firm = self.manufacturer.map(|id| OrganizationId::parse(&id)).transpose();
        let wanted = Wanted {
            item: self.item.map(|id| ItemId::parse(&id)).transpose().map_err(|one| one.at("item"))?,
            group_key: None,
            loose_group: self.same3,
            kinds: self.kinds.into_iter().map(Into::into).collect(),
            regions: regions.collect::<Result<_, _>>().map_err(|one| one.at("regions"))?,
            manufacturer: firm.map_err(|one| one.at("manufacturer"))?,
            from: self.from.map(|day| day.0),
            to: self.to.map(|day| day.0),
            superseded: self.superseded,
        };
        let across = match self.across {
            PriceComparison::Item => Across::Item,
            PriceComparison::Same4 => Across::Same4,
            PriceComparison::Same3 => Across::Same3,
        };
        Ok((wanted, across))
    }
}

fn cursor(text: &str) -> Result<(Day, PriceObservationId), Refusal> {
    let unknown = Refusal::of(Code::CursorInvalid);
    let (day, id) = text.split_once(' ').ok_or(unknown.clone())?;
    Ok((Day::parse(day).ok_or(unknown)?, PriceObservationId::parse(id)?))
}

/// Queries about prices.
#[derive(Default)]
pub(crate) struct HistoryQuery;

#[Object]
impl HistoryQuery {
    /// The prices of an item or a group that the caller may see, the newest first: what is disclosed; an authority its regions' and those of regions that share
    /// with it, a firm its own products', a hospital what it paid. 价格历史
    #[graphql(complexity = "cost(first, child_complexity)")]
    async fn price_history(
        &self,
        ctx: &Context<'_>,
        filter: PriceFilter,
        first: Option<i32>,
        after: Option<String>,
    ) -> Result<Connection<String, PriceObservation>, ApiError> {
        let (app, caller) = (app(ctx)?, caller(ctx)?);
        let page = page(first, after.as_deref(), cursor)?;
        let part = cases::price_history(app, caller, filter.read()?, &page).await?;
        Ok(connection(part, |one| format!("{} {}", one.said.observed_on, one.id), PriceObservation::of))
    }
}
