//! 挂网与配送: who distributes what of whom, what is listed at which price, and whether a new order may go in.
pub mod choices;
pub mod relations;

use jicai_domain::errors::{Code, Refusal};
use jicai_domain::identity::Version;

fn fresh_enough(found: Version, seen: Version) -> Result<(), Refusal> {
    if found == seen { Ok(()) } else { Err(Refusal::of(Code::StaleVersion).at("version")) }
}
