//! 供应地区确认: the selected firms of each lot choose their regions in turns, in public; whoever lets the time pass is given one.
mod begin;
mod choose;
mod market;
mod settle;
mod show;

pub use begin::{BeginSupply, begin_supply_selection};
pub(crate) use begin::{codes, markets_to_open, open_markets, reopened};
pub use choose::{ChooseRegion, PreferRegions, choose_supply_region, set_supply_preferences};
pub use jicai_store::procurement::supply::ChoiceRow;
pub(crate) use market::OpenMarket;
pub use market::{MarketFirm, MarketRegion};
pub(crate) use settle::{decide_supply, move_supply};
pub use show::{ShownBoard, choices, supply_board};
