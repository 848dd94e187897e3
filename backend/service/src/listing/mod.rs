//! 挂网与配送: who distributes what of whom, what is listed at which price, and whether a new order may go in.
pub mod apply;
pub mod choices;
pub mod decide;
pub mod marks;
pub mod read;
pub mod relations;
pub mod verdict;

use jicai_domain::audit::Act;
use jicai_domain::errors::{Code, Refusal};
use jicai_domain::identity::{Reason, Version};
use jicai_domain::listing::state::Listing;

fn fresh_enough(found: Version, seen: Version) -> Result<(), Refusal> {
    if found == seen { Ok(()) } else { Err(Refusal::of(Code::StaleVersion).at("version")) }
}

/// What the log tells of a listing.
fn told(kind: &'static str, listing: &Listing) -> Act {
    Act::new(kind, listing.id)
        .concerning(listing.manufacturer)
        .with("manufacturer", listing.manufacturer)
        .with("item", listing.item.map(|item| item.to_string()).unwrap_or_default())
        .with("region", listing.region.to_string())
        .with("price", listing.price.normalize().to_string())
        .with("state", listing.state.label())
        .with("reason", listing.state.reason().map(Reason::as_str).unwrap_or_default())
        .with("version", listing.version.number())
}
